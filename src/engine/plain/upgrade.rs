//! The upgrade of a board without addresses: send, end, verify where the board gives its memory
//! back, start.

use super::plan::plan_stream;
use super::read::save_backup;
use super::stream::{Stream, StreamState};
use super::verify::{Verified, verify_stream};
use crate::address::ByteSize;
use crate::dfu::DownloadEnd;
use crate::engine::error::JobError;
use crate::engine::event::JobEvent;
use crate::engine::job::Job;
use crate::engine::leave::hint;
use crate::engine::options::UpgradeOptions;
use crate::engine::phase::Phase;
use crate::engine::plan::Plan;
use crate::engine::upgrade::note_doubts;
use crate::firmware::Image;

pub(super) fn upgrade(
    job: &mut Job<'_>,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<(), JobError> {
    let (plan, stream) = planned(job, image, options)?;
    plan.require_consent()?;
    note_doubts(job, &plan);
    job.require_download()?;
    job.emit(JobEvent::Planned(plan));
    job.start_phase(Phase::Connect, 0);
    job.select(stream.alternate)?;
    save_backup(job, stream.alternate, options)?;
    let end = send(job, &stream)?;
    let verified = match (options.verify, end) {
        (true, DownloadEnd::Idle) => verify_stream(job, &stream)?,
        _ => Verified::default(),
    };
    job.report.board_summary = summarize(job, &stream, end, options.verify, verified);
    match end {
        DownloadEnd::Left => job.report.started = true,
        _ if options.start => start(job)?,
        DownloadEnd::Idle => {}
        DownloadEnd::AwaitsReset | DownloadEnd::Silent => hint(job, AWAITS_RESET),
    }
    Ok(())
}

/// The plan of an upgrade: nothing of the board can be compared before.
pub(super) fn show_plan(
    job: &mut Job<'_>,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<(), JobError> {
    let (plan, _) = planned(job, image, options)?;
    job.require_download()?;
    job.emit(JobEvent::Planned(plan));
    Ok(())
}

fn planned(
    job: &Job<'_>,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<(Plan, Stream), JobError> {
    let plan = plan_stream(job.board, image, options)?;
    let stream = plan.stream.clone();
    let stream = stream.ok_or_else(|| JobError::Internal("a plan without a stream".to_owned()))?;
    Ok((plan, stream))
}

/// Sends all blocks and the end. wBlockNum counts from 0 and wraps (DFU 1.1 §6.1.1).
fn send(job: &mut Job<'_>, stream: &Stream) -> Result<DownloadEnd, JobError> {
    job.start_phase(Phase::Write, stream.length());
    let size = usize::from(job.session.transfer_size());
    let mut number = 0u16;
    let mut sent = 0;
    for block in stream.bytes.chunks(size) {
        let of = stream.length();
        job.dfu(None, |session| session.check_cancel())?;
        // The board may have the block, whatever becomes of its transfer.
        job.report.stream = Some(StreamState::Sending { sent, of });
        job.dfu(None, |session| session.download_block(number, block))?;
        let length = block.len() as u64;
        sent += length;
        number = number.wrapping_add(1);
        job.report.stream = Some(StreamState::Sending { sent, of });
        job.report.bytes_written = sent;
        job.advance(length);
    }
    job.report.stream = Some(StreamState::Sent);
    let functional = job.board.functional;
    let end = job.dfu(None, |session| session.end_download(number, functional))?;
    job.report.stream = Some(StreamState::Stored);
    Ok(end)
}

fn start(job: &mut Job<'_>) -> Result<(), JobError> {
    job.start_phase(Phase::Start, 0);
    match job.dfu(None, |session| session.leave_by_reset()) {
        Ok(()) => job.report.started = true,
        // It holds the new firmware all the same.
        Err(error) if error.is_ignored() => hint(job, STAYED),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn summarize(
    job: &Job<'_>,
    stream: &Stream,
    end: DownloadEnd,
    wanted: bool,
    verified: Verified,
) -> String {
    let stored = match end {
        DownloadEnd::Idle | DownloadEnd::AwaitsReset => {
            "The board reports that it holds the new firmware"
        }
        DownloadEnd::Left => "The board took all of the new firmware and left DFU mode",
        DownloadEnd::Silent => "The board took all of the new firmware, and answers nothing more",
    };
    let all = stream.length();
    match verified.bytes {
        bytes if bytes == all => "The board holds the new firmware, verified".to_owned(),
        0 if wanted && job.board.functional.can_upload() && end == DownloadEnd::Idle => {
            format!("{stored}; it does not give its program back, so nothing is verified")
        }
        0 => format!("{stored}, not verified"),
        bytes => format!(
            "{stored}; it gives only {} of it back, which are verified",
            ByteSize(bytes)
        ),
    }
}

const STAYED: &str = "The board was asked to start its program and stayed in DFU mode: press reset, \
                      or unplug it and plug it in again";
const AWAITS_RESET: &str = "The board waits for a reset: press reset, or unplug it and plug it in \
                            again";

impl Job<'_> {
    fn require_download(&self) -> Result<(), JobError> {
        if self.board.functional.can_download() {
            return Ok(());
        }
        Err(JobError::NotCapable("download"))
    }
}
