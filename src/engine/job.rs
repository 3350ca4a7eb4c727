//! The shared state of a running job: the session, the ledger of sectors, progress, the report.

use std::time::Duration;

use super::board::{Board, require_map};
use super::error::JobError;
use super::event::{JobEvent, Progress, Report, SectorState, WrittenTo};
use super::ledger::Ledger;
use super::phase::Phase;
use crate::address::{Address, AddressRange, ByteSize};
use crate::dfu::{DfuError, Session};
use crate::memory::MemoryMap;

pub(super) struct Job<'a> {
    pub(super) session: &'a mut Session,
    pub(super) board: &'a Board,
    pub(super) report: Report,
    pub(super) ledger: Ledger,
    emit: &'a mut dyn FnMut(JobEvent),
    started_at: Duration,
    phase: Phase,
    done: u64,
    total: u64,
    written: Option<WrittenTo>,
    alternate: Option<u8>,
    /// False if the descriptor says so, or once the device refused the first read.
    readable: bool,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        session: &'a mut Session,
        board: &'a Board,
        emit: &'a mut dyn FnMut(JobEvent),
    ) -> Self {
        let started_at = session.now();
        Self {
            session,
            board,
            report: Report::default(),
            ledger: Ledger::default(),
            emit,
            started_at,
            phase: Phase::Connect,
            done: 0,
            total: 0,
            written: None,
            alternate: None,
            readable: board.functional.can_upload(),
        }
    }

    pub(super) fn emit(&mut self, event: JobEvent) {
        (self.emit)(event);
    }

    /// Starts a phase of `total` bytes.
    pub(super) fn start_phase(&mut self, phase: Phase, total: u64) {
        self.phase = phase;
        self.done = 0;
        self.total = total;
        self.written = None;
        self.emit(JobEvent::Phase(phase));
        self.advance(0);
    }

    /// As [`Self::start_phase`], unless the job is in that phase.
    pub(super) fn enter_phase(&mut self, phase: Phase, total: u64) {
        if self.phase != phase {
            self.start_phase(phase, total);
        }
    }

    /// The part of a partly written `range` that the write phase did not reach; `None` if it is not
    /// known.
    pub(super) fn not_written(&self, alternate: u8, range: AddressRange) -> Option<AddressRange> {
        let written = self.written.filter(|to| to.alternate == alternate)?;
        range.intersection(AddressRange::between(range.start(), written.end)?)?;
        let from = u32::try_from(written.end).ok().map(Address)?;
        AddressRange::between(from, range.end())
    }

    /// Reports `bytes` more as written, up to the end of `block`.
    pub(super) fn advance_writing(&mut self, alternate: u8, block: AddressRange, bytes: u64) {
        let end = block.end();
        self.written = Some(WrittenTo { alternate, end });
        self.advance(bytes);
    }

    /// Reports `bytes` more of the phase as done.
    pub(super) fn advance(&mut self, bytes: u64) {
        self.done = (self.done + bytes).min(self.total);
        let progress = Progress {
            phase: self.phase,
            done: self.done,
            total: self.total,
            written: self.written,
            elapsed: self.elapsed(),
        };
        self.emit(JobEvent::Progress(progress));
        self.flush_notes();
    }

    /// Emits the session's notes.
    pub(super) fn flush_notes(&mut self) {
        for note in self.session.take_notes() {
            self.emit(JobEvent::Note(note));
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.session.since(self.started_at)
    }

    /// Records a sector's new state, and emits it if it changed.
    pub(super) fn mark(&mut self, alternate: u8, index: u32, state: SectorState) {
        if let Some(change) = self.ledger.mark(alternate, index, state) {
            self.emit(JobEvent::Sectors(vec![change]));
        }
    }

    /// Selects the alternate setting and brings the board to dfuIDLE, unless it is already
    /// selected.
    pub(super) fn select(&mut self, alternate: u8) -> Result<(), JobError> {
        if self.alternate == Some(alternate) {
            return Ok(());
        }
        self.dfu(None, |session| session.select(alternate))?;
        self.alternate = Some(alternate);
        Ok(())
    }

    /// Assumes no longer that a target is selected: the board was away.
    pub(super) fn forget_target(&mut self) {
        self.alternate = None;
    }

    /// Notes where the old program begins: in the first sector of a target that can be erased. That
    /// the new one begins further on says nothing about the old one.
    pub(super) fn note_program_start(&mut self, alternate: u8) -> Result<(), JobError> {
        let map = self.map(alternate)?;
        if let Some(first) = map.sectors().find(|sector| sector.access.erase) {
            self.ledger.add_program_start(alternate, first.index);
        }
        Ok(())
    }

    /// Runs `work` to its end, even after a cancel.
    pub(super) fn despite_cancel<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let honoured = self.session.set_honour_cancel(false);
        let result = work(self);
        self.session.set_honour_cancel(honoured);
        result
    }

    /// Runs an operation on the device; an error gets the phase and the range `at`.
    pub(super) fn dfu<T>(
        &mut self,
        at: Option<AddressRange>,
        operation: impl FnOnce(&mut Session) -> Result<T, DfuError>,
    ) -> Result<T, JobError> {
        let phase = self.phase;
        operation(self.session).map_err(|source| JobError::Dfu {
            phase,
            at,
            source: self.session.explain(source),
        })
    }

    pub(super) fn is_readable(&self) -> bool {
        self.readable
    }

    /// The result of reading the board; `None` if it refuses to be read although nothing is
    /// protected: the job then continues without. The Read of ST's template for a media driver
    /// returns NULL (usbd_dfu_media_template.c), and public projects kept that.
    pub(super) fn if_readable<T>(
        &mut self,
        result: Result<T, JobError>,
    ) -> Result<Option<T>, JobError> {
        match result {
            Err(error) if error.is_refused_read() && !self.session.has_read() => {
                if std::mem::take(&mut self.readable) {
                    let note =
                        "The board refuses to be read: nothing is compared, nothing is verified";
                    self.emit(JobEvent::Note(note.to_owned()));
                }
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Notes that the memory is smaller than its layout announces; returns the sentence.
    pub(super) fn note_end_of_memory(&mut self, end: Address) -> String {
        let size = end.offset_from(Address::FLASH).map(ByteSize);
        let after = size
            .map(|size| format!(", after {size}"))
            .unwrap_or_default();
        let note = format!(
            "The board cannot be read from {end} on: its memory probably ends there{after}"
        );
        self.emit(JobEvent::Note(note.clone()));
        note
    }

    pub(super) fn map(&self, alternate: u8) -> Result<&'a MemoryMap, JobError> {
        require_map(self.board.require_target(alternate)?)
    }

    pub(super) fn require_upload(&self) -> Result<(), JobError> {
        if self.board.functional.can_upload() {
            Ok(())
        } else {
            Err(JobError::NotCapable("upload"))
        }
    }
}
