//! Changing option bytes (AN2662 §4.5.1, AN3156): read, set the address, no erase, one block of what was
//! delivered, GETSTATUS; the board resets itself and comes back; read back. Only that is done.

use super::read::{destination, image_target, read_all, read_region};
use super::{OptionBytesChange, OptionBytesState, guard, require_target};
use crate::address::{Address, AddressRange};
use crate::discovery::OptionTarget;
use crate::engine::error::JobError;
use crate::engine::event::JobEvent;
use crate::engine::job::Job;
use crate::engine::phase::Phase;
use crate::option_bytes::{Block, ChangePlan, ReadProtection, Refusal, Rewrite, plan};

pub(in crate::engine) fn write(
    job: &mut Job<'_>,
    change: &OptionBytesChange,
) -> Result<(), JobError> {
    let target = require_target(job)?;
    let part = target.part.as_ref();
    let part = part.ok_or(JobError::OptionBytes(Refusal::UnknownPart))?;
    job.require_upload()?;
    if !job.board.functional.can_download() {
        return Err(JobError::NotCapable("download"));
    }
    let destination = destination(&change.backup, target)?;
    job.start_phase(Phase::Connect, 0);
    job.select(target.alternate)?;
    let before = read_all(job, target)?;
    job.report.option_bytes.clone_from(&before);
    if change.seen.as_ref().is_some_and(|seen| *seen != before) {
        return Err(JobError::OptionBytesChanged);
    }
    let plan = plan(part, &before, &change.wanted, &change.consent);
    let plan = plan.map_err(JobError::OptionBytes)?;
    for rewrite in &plan.rewrites {
        guard::check(&target.regions, rewrite, plan.read_protection)?;
    }
    if plan.rewrites.is_empty() {
        job.report.board_summary =
            "The option bytes already held these values; nothing was written".to_owned();
        return Ok(());
    }
    job.start_phase(Phase::Backup, 0);
    destination.save(&[image_target(job, target, &before)])?;
    job.report.backup = Some(change.backup.path.clone());
    write_all(job, target, &plan)?;
    job.report.board_summary = job.ledger.sentence();
    Ok(())
}

/// Writes the regions that change, one after the other, each with a restart of the board.
fn write_all(job: &mut Job<'_>, target: &OptionTarget, plan: &ChangePlan) -> Result<(), JobError> {
    let bytes = plan.rewrites.iter().map(|r| r.after.len() as u64).sum();
    job.start_phase(Phase::Write, bytes);
    let mut unchanged = OptionBytesState::AsBefore;
    let mut rewrites = plan.rewrites.iter().peekable();
    while let Some(rewrite) = rewrites.next() {
        job.dfu(None, |session| session.check_cancel())?;
        let changed = match rewrites.peek() {
            None => OptionBytesState::New,
            Some(_) => OptionBytesState::PartlyNew,
        };
        let written = Region {
            target,
            rewrite,
            protection: plan.read_protection,
            leaves_bootloader: plan.leaves_bootloader,
            unchanged,
            changed,
        };
        written.write(job)?;
        unchanged = changed;
    }
    Ok(())
}

/// A region that is written.
struct Region<'a> {
    target: &'a OptionTarget,
    rewrite: &'a Rewrite,
    protection: ReadProtection,
    /// The field with whose new value the board is not expected back in DFU mode.
    leaves_bootloader: Option<&'static str>,
    /// The state of the option bytes as long as this region is as before.
    unchanged: OptionBytesState,
    /// Their state once it was written.
    changed: OptionBytesState,
}

impl Region<'_> {
    fn write(&self, job: &mut Job<'_>) -> Result<(), JobError> {
        job.ledger.set_option_bytes(self.unchanged);
        let Rewrite { start, after, .. } = self.rewrite;
        job.select(self.target.alternate)?;
        self.check_pointer(job)?;
        job.dfu(None, |session| session.set_address(*start))?;
        // From here on a cancel would only leave the state unknown.
        job.despite_cancel(|job| {
            job.ledger.set_option_bytes(OptionBytesState::Unknown);
            let mut known = std::mem::take(&mut job.report.option_bytes);
            known.retain(|block| block.start != *start);
            job.report.option_bytes = known;
            let sent = job.dfu(None, |session| session.write_option_bytes(after));
            if let Err(error) = sent {
                return Err(self.after_failure(job, error));
            }
            self.wait_for_return(job)?;
            self.check(job)?;
            job.report.bytes_written += after.len() as u64;
            job.advance(after.len() as u64);
            Ok(())
        })
    }

    /// Reads the region once more, right before: it is still the same, and the board's address pointer
    /// stands there. Were the next command lost, the block would land where the pointer stands.
    fn check_pointer(&self, job: &mut Job<'_>) -> Result<(), JobError> {
        let region = self.range()?;
        let found = read_region(job, region)?;
        match found.bytes == self.rewrite.before {
            true => Ok(()),
            false => Err(JobError::OptionBytesUnstable(region)),
        }
    }

    /// The board refused, or stayed: what it holds can still be read.
    fn after_failure(&self, job: &mut Job<'_>, error: JobError) -> JobError {
        if error.is_gone() {
            return error;
        }
        job.forget_target();
        // What the board answers to this says nothing about the failure.
        if let Ok(found) = self.read_back(job) {
            job.ledger.set_option_bytes(self.state_of(&found));
            self.report(job, found);
        }
        error
    }

    fn wait_for_return(&self, job: &mut Job<'_>) -> Result<(), JobError> {
        job.enter_phase(Phase::Wait, 0);
        job.emit(JobEvent::Note(
            "The board restarts to load its option bytes. If it has a boot button, hold it until the \
             board is back"
                .to_owned(),
        ));
        let returned = job.dfu(None, crate::dfu::Session::wait_for_return);
        returned.map_err(|error| match self.leaves_bootloader {
            Some(field) if error.is_gone() => JobError::OptionBytesUnread { field },
            _ => error,
        })?;
        job.forget_target();
        Ok(())
    }

    /// Reads the region back after the restart: it must hold the new bytes.
    fn check(&self, job: &mut Job<'_>) -> Result<(), JobError> {
        let found = match self.read_back(job) {
            Ok(found) => found,
            Err(error) if error.is_protected() && self.protection == ReadProtection::TurnedOn => {
                job.ledger.set_option_bytes(OptionBytesState::Protected);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let state = self.state_of(&found);
        let difference = self.difference(&found);
        job.ledger.set_option_bytes(state);
        self.report(job, found);
        match difference {
            None => Ok(()),
            Some((at, expected, found)) => Err(JobError::OptionBytesDiffer {
                at,
                expected,
                found,
            }),
        }
    }

    fn read_back(&self, job: &mut Job<'_>) -> Result<Block, JobError> {
        job.select(self.target.alternate)?;
        read_region(job, self.range()?)
    }

    /// The announced range that the region was read from.
    fn range(&self) -> Result<AddressRange, JobError> {
        let mut regions = self.target.regions.iter();
        let region = regions.find(|range| range.start() == self.rewrite.start);
        let lost = || JobError::Internal("the region is not announced".to_owned());
        region.copied().ok_or_else(lost)
    }

    /// All that the region is to hold.
    fn wanted(&self) -> Vec<u8> {
        let Rewrite { before, after, .. } = self.rewrite;
        let rest = before.get(after.len()..).unwrap_or_default();
        [after.as_slice(), rest].concat()
    }

    fn state_of(&self, found: &Block) -> OptionBytesState {
        if found.bytes == self.wanted() {
            self.changed
        } else if found.bytes == self.rewrite.before {
            self.unchanged
        } else {
            OptionBytesState::Other
        }
    }

    /// The first byte that is not as wanted, the wanted one and the one that is there.
    fn difference(&self, found: &Block) -> Option<(Address, u8, u8)> {
        let wanted = self.wanted();
        if wanted == found.bytes {
            return None;
        }
        let pairs = (0u64..).zip(wanted.iter().zip(&found.bytes));
        let mut differing = pairs.filter(|(_, (wanted, found))| wanted != found);
        let (offset, (wanted, there)) = differing.next().unwrap_or((0, (&0, &0)));
        let at = self.rewrite.start.checked_add(offset);
        Some((at.unwrap_or(self.rewrite.start), *wanted, *there))
    }

    /// The report has what was read last, and nothing that was sent and not read back.
    fn report(&self, job: &mut Job<'_>, found: Block) {
        let blocks = &mut job.report.option_bytes;
        blocks.retain(|block| block.start != found.start);
        blocks.push(found);
        blocks.sort_by_key(|block| block.start);
    }
}
