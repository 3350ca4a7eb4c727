//! Reading a board without addresses: its upload, from the first byte to the end that it reports.

use std::sync::Arc;

use super::plan::target;
use super::refusal::PlainRefusal;
use crate::address::{Address, ByteSize};
use crate::engine::error::JobError;
use crate::engine::event::JobEvent;
use crate::engine::job::Job;
use crate::engine::options::{SaveTo, UpgradeOptions};
use crate::engine::phase::Phase;
use crate::firmware::{self, Format, ImageTarget, MadeFor, Segment};

/// No board of this kind holds more; one that goes on has no end.
const UPLOAD_LIMIT: u64 = 64 << 20;

pub(super) fn read(
    job: &mut Job<'_>,
    alternate: u8,
    save: Option<&SaveTo>,
) -> Result<(), JobError> {
    job.require_upload()?;
    let destination = save.map(Destination::new).transpose()?;
    let target = target(job.board, Some(alternate))?;
    job.start_phase(Phase::Connect, 0);
    job.select(alternate)?;
    job.start_phase(Phase::Read, 0);
    let bytes = upload(job, UPLOAD_LIMIT)?;
    if bytes.is_empty() {
        return Err(JobError::GivesNothing("read"));
    }
    if let Some(destination) = destination {
        destination.save(job, &bytes)?;
    }
    // Counted from 0, for want of an address.
    let segment = Segment::new(Address(0), Arc::<[u8]>::from(bytes));
    job.report.read = vec![ImageTarget {
        alternate,
        name: Some(target.name.clone()),
        segments: segment.into_iter().collect(),
    }];
    Ok(())
}

/// Reads until a short block, or until `limit` bytes; counts them.
///
/// # Errors
/// Also when the upload goes on beyond [`UPLOAD_LIMIT`].
pub(super) fn upload(job: &mut Job<'_>, limit: u64) -> Result<Vec<u8>, JobError> {
    let mut block = vec![0; usize::from(job.session.transfer_size())];
    let mut all = Vec::new();
    let mut number = 0u16;
    loop {
        let uploaded = job.dfu(None, |session| session.upload_block(number, &mut block));
        let received = match uploaded {
            // Some end with an error in place of a short block (STM32duino: dfu-util reports
            // "Error during upload" after the last byte).
            Err(error) if error.is_refusal_of_upload() && number > 0 => {
                note_end(job, all.len());
                break;
            }
            uploaded => uploaded?,
        };
        all.extend_from_slice(block.get(..received).unwrap_or(&block));
        job.report.bytes_read += received as u64;
        job.advance(received as u64);
        if received < block.len() || all.len() as u64 >= limit {
            break;
        }
        number = number.wrapping_add(1);
    }
    if all.len() as u64 >= UPLOAD_LIMIT {
        return Err(JobError::Endless);
    }
    Ok(all)
}

fn note_end(job: &mut Job<'_>, length: usize) {
    let size = ByteSize(length as u64);
    let note =
        format!("The board ended with an error after {size}: its memory probably ends there");
    job.report.board_summary.clone_from(&note);
    job.emit(JobEvent::Note(note));
}

/// Saves what the board gives back before an upgrade; the file is on disk when this returns.
pub(super) fn save_backup(
    job: &mut Job<'_>,
    alternate: u8,
    options: &UpgradeOptions,
) -> Result<(), JobError> {
    let Some(to) = &options.backup else {
        return Ok(());
    };
    let destination = Destination::new(to)?;
    job.require_upload()?;
    job.start_phase(Phase::Backup, 0);
    let bytes = upload(job, UPLOAD_LIMIT)?;
    if bytes.is_empty() {
        return Err(JobError::GivesNothing("saved"));
    }
    destination.save(job, &bytes)?;
    job.report.backup = Some(to.path.clone());
    let size = ByteSize(bytes.len() as u64);
    job.emit(JobEvent::Note(format!(
        "The backup holds {size} from target {alternate}"
    )));
    Ok(())
}

fn check_format(format: Format) -> Result<(), PlainRefusal> {
    match format {
        Format::Binary | Format::DfuSe => Ok(()),
        other => Err(PlainRefusal::Output(other)),
    }
}

/// The file of bytes that a board without addresses gave back. As a .dfu, it is made for the device
/// with these vendor and product IDs: an upgrade with it restores them.
///
/// # Errors
/// When the format has addresses.
pub(crate) fn file_of(
    format: Format,
    bytes: &[u8],
    (vendor, product): (u16, u16),
) -> Result<Vec<u8>, PlainRefusal> {
    check_format(format)?;
    let made_for = MadeFor {
        vendor,
        product,
        version: 0xFFFF,
    };
    Ok(match format {
        Format::Binary => bytes.to_vec(),
        _ => firmware::write_plain_dfu(bytes, made_for),
    })
}

/// The file for the data; made before reading, so that a wrong name is refused immediately.
struct Destination<'a> {
    to: &'a SaveTo,
    format: Format,
}

impl<'a> Destination<'a> {
    fn new(to: &'a SaveTo) -> Result<Self, JobError> {
        let format = Format::for_output(&to.path).map_err(|e| failed(to, e.to_string()))?;
        check_format(format)?;
        firmware::check_save(&to.path, to.existing).map_err(|e| failed(to, e.fault.to_string()))?;
        Ok(Self { to, format })
    }

    fn save(&self, job: &Job<'_>, bytes: &[u8]) -> Result<(), JobError> {
        let bytes = file_of(self.format, bytes, job.board.identity)?;
        firmware::save(&self.to.path, &bytes, self.to.existing)
            .map_err(|e| failed(self.to, e.fault.to_string()))
    }
}

fn failed(to: &SaveTo, why: String) -> JobError {
    JobError::File {
        path: to.path.clone(),
        why,
    }
}
