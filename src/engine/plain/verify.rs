//! Verifying by upload, where the board gives back what it got.

use super::plan::plan_stream_to_verify;
use super::read::upload;
use super::stream::Stream;
use crate::address::AddressRange;
use crate::engine::error::JobError;
use crate::engine::event::JobEvent;
use crate::engine::job::Job;
use crate::engine::phase::Phase;
use crate::firmware::Image;

/// How much of a stream the board gave back, equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verified {
    pub(super) bytes: u64,
}

/// Compares the board's upload with the file.
pub(super) fn verify_image(
    job: &mut Job<'_>,
    image: &Image,
    only: Option<u8>,
    keep_ranges: &[AddressRange],
) -> Result<(), JobError> {
    let plan = plan_stream_to_verify(job.board, image, only, keep_ranges)?;
    let Some(stream) = plan.stream else {
        return Err(JobError::Internal("a plan without a stream".to_owned()));
    };
    for doubt in plan.doubts {
        job.emit(JobEvent::Note(doubt.to_string()));
    }
    job.start_phase(Phase::Connect, 0);
    job.select(stream.alternate)?;
    let verified = compare(job, &stream)?;
    if verified.bytes < stream.length() {
        return Err(JobError::GivesNothing("verified"));
    }
    job.report.board_summary = "The board gives back the bytes of the file".to_owned();
    Ok(())
}

/// As [`verify_image`] after an upgrade: a board that gives nothing back, or not all, may be right.
pub(super) fn verify_stream(job: &mut Job<'_>, stream: &Stream) -> Result<Verified, JobError> {
    if !job.board.functional.can_upload() {
        return Ok(Verified::default());
    }
    let compared = compare(job, stream);
    Ok(job.if_readable(compared)?.unwrap_or_default())
}

/// Reads as many bytes as the stream has. Fewer are no difference: TinyUSB's example gives back a
/// sentence.
///
/// # Errors
/// [`JobError::Mismatch`] where the board gives back as many, and other ones.
fn compare(job: &mut Job<'_>, stream: &Stream) -> Result<Verified, JobError> {
    job.start_phase(Phase::Verify, stream.length());
    let read = upload(job, stream.length())?;
    let same = read
        .iter()
        .zip(stream.bytes.iter())
        .take_while(|(read, sent)| read == sent)
        .count();
    let is_short = read.len() < stream.bytes.len();
    match (read.get(same), stream.bytes.get(same)) {
        (_, None) | (None, Some(_)) => {}
        // Shorter and other bytes: something else than the program.
        (Some(_), Some(_)) if is_short => return Ok(Verified::default()),
        (Some(found), Some(expected)) => {
            return Err(JobError::Differs {
                offset: same as u64,
                expected: *expected,
                found: *found,
            });
        }
    }
    let bytes = same as u64;
    job.report.bytes_verified = bytes;
    Ok(Verified { bytes })
}
