//! The bootloader's state machine, request by request, as AN3156 and AN2662 describe it and ST's
//! own device library (usbd_dfu.c) has it; DFU 1.1 (§A.1) where they are silent.

mod chip;
mod command;
mod operation;

use std::time::Duration;

use crate::address::{Address, AddressRange};

use super::board::{AfterFailure, Bootloader, ClearOutsideError, Dialect, WhileBusy};
use super::plain::{BlockCounting, GivesBack, Manifestation, OnDetach, OnReset};
use super::protocol::{RequestKind, State, Status};
pub(super) use chip::Chip;
use command::Command;
use operation::Operation;

/// One request as the device sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) kind: RequestKind,
    pub(super) value: u16,
    pub(super) data: Vec<u8>,
    /// wLength of a request to the host.
    pub(super) length: u16,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Done; with the bytes for the host, if any.
    Done(Vec<u8>),
    Stall,
    /// No answer, ever.
    Silence,
    /// It is off the bus before its status stage.
    Broken,
    /// NAK until then, on the board's clock: ask again.
    Wait(Duration),
}

/// The bootloader is about to leave the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Departure {
    /// Leave DFU mode and run the program whose vector table is here.
    Start(Address),
    /// Reset after option bytes or read unprotect; BOOT0 still selects the bootloader.
    Reset,
}

/// A scripted fault that applies to the next operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActiveFault {
    CorruptByte(usize),
    DropWrite,
    StuckBusy,
}

/// The state machine.
#[derive(Clone, Debug)]
pub(super) struct Rom {
    state: State,
    status: Status,
    /// What GETSTATE returns instead, in dfuERROR: usbd_dfu.c has one variable for each of the two.
    stray_state: Option<u8>,
    alternate: usize,
    pointer: Address,
    /// Downloaded and acknowledged; the next GETSTATUS starts it (AN3156).
    pending: Option<Command>,
    operation: Option<Operation>,
    /// bwPollTimeout while dfuDNBUSY, milliseconds.
    busy_poll: u32,
    fault: Option<ActiveFault>,
    departure: Option<Departure>,
    /// Where a stream of blocks that are not counted by their numbers is, in bytes, and where its
    /// next block is.
    stream: (u64, u64),
}

impl Rom {
    pub(super) fn new(bootloader: &Bootloader) -> Self {
        let (state, status) = bootloader.first_state;
        Self {
            state,
            status,
            stray_state: None,
            alternate: 0,
            pointer: bootloader.program_at.unwrap_or(Address::FLASH),
            pending: None,
            operation: None,
            busy_poll: 0,
            fault: None,
            departure: None,
            stream: (0, 0),
        }
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn alternate(&self) -> usize {
        self.alternate
    }

    pub(super) fn set_fault(&mut self, fault: ActiveFault) {
        self.fault = Some(fault);
    }

    pub(super) fn force(&mut self, status: Status, state: State) {
        (self.status, self.state) = (status, state);
        self.stray_state = None;
        self.operation = None;
        self.pending = None;
    }

    /// Whether it has left, and where to. Taken once.
    pub(super) fn take_departure(&mut self) -> Option<Departure> {
        self.departure.take()
    }

    /// Lets the time that has passed take effect: an operation whose end has come is complete.
    pub(super) fn advance(&mut self, chip: &mut Chip, now: Duration) {
        let Some(operation) = self.operation.take_if(|o| o.is_over(now)) else {
            return;
        };
        let unanswered = operation.unanswered;
        let outcome = operation.complete(chip, self.alternate);
        if unanswered {
            return;
        }
        self.departure = outcome.departure;
        (self.status, self.state) = match outcome.status {
            Status::Ok => (Status::Ok, State::DownloadIdle),
            status => {
                self.stray_state = (chip.bootloader.after_failure == AfterFailure::OpenBootloader)
                    .then_some(status as u8);
                (status, State::Error)
            }
        };
    }

    /// The power goes now.
    pub(super) fn lose_power(&mut self, chip: &mut Chip, now: Duration) {
        if let Some(operation) = self.operation.take() {
            operation.tear(chip, self.alternate, now);
        }
    }

    pub(super) fn handle(&mut self, chip: &mut Chip, request: &Request, now: Duration) -> Answer {
        self.advance(chip, now);
        if let Some(operation) = self.operation.as_ref().filter(|o| !o.is_over(now)) {
            match chip.bootloader.while_busy {
                WhileBusy::Hold => return Answer::Wait(operation.until),
                WhileBusy::Stall if request.kind == RequestKind::GetStatus => return Answer::Stall,
                WhileBusy::EnterError => {
                    self.operation = None;
                    return self.fail(Status::StalledPacket);
                }
                WhileBusy::AnswerBusy | WhileBusy::Stall => {}
            }
        }
        match request.kind {
            RequestKind::Download => self.download(chip, request),
            RequestKind::Upload => self.upload(chip, request),
            RequestKind::GetStatus => self.get_status(chip, now),
            RequestKind::GetState if !chip.bootloader.answers_get_state => Answer::Silence,
            RequestKind::GetState => {
                Answer::Done(vec![self.stray_state.unwrap_or(self.state as u8)])
            }
            RequestKind::ClearStatus => self.clear_status(chip),
            RequestKind::Abort => self.abort(),
            RequestKind::SetInterface => self.set_interface(chip, request),
            RequestKind::Detach => self.detach(chip),
        }
    }

    /// Stall and dfuERROR/errSTALLEDPKT (DFU 1.1 §A.2; AN2662 for block 1 and bad commands).
    fn refuse(&mut self, chip: &Chip) -> Answer {
        match chip.bootloader.after_failure {
            AfterFailure::Error => self.fail(Status::StalledPacket),
            AfterFailure::DeviceLibrary | AfterFailure::OpenBootloader => Answer::Stall,
        }
    }

    fn fail_upload(&mut self, chip: &Chip, status: Status) -> Answer {
        let answer = self.fail(status);
        match (chip.bootloader.after_failure, status) {
            (AfterFailure::Error, _) => answer,
            (AfterFailure::OpenBootloader, Status::Vendor) => {
                self.stray_state = Some(status as u8);
                Answer::Done(Vec::new())
            }
            _ => {
                self.status = Status::Ok;
                self.stray_state = Some(Status::StalledPacket as u8);
                answer
            }
        }
    }

    fn fail(&mut self, status: Status) -> Answer {
        (self.status, self.state) = (status, State::Error);
        self.pending = None;
        Answer::Stall
    }

    /// Only a run-time device detaches (DFU 1.1 §5.1), and some others.
    fn detach(&mut self, chip: &Chip) -> Answer {
        match (chip.bootloader.dialect, chip.bootloader.plain.on_detach) {
            (Dialect::DfuSe, _) | (_, OnDetach::Refuses) => self.refuse(chip),
            (_, OnDetach::Ignores) => Answer::Done(Vec::new()),
            (_, OnDetach::Leaves) if self.state == State::Idle => {
                self.start_program(chip);
                Answer::Done(Vec::new())
            }
            (_, OnDetach::Leaves) => self.refuse(chip),
        }
    }

    /// Where a block of data goes or comes from.
    fn data_address(&self, chip: &Chip, block: u16, length: u64) -> Option<Address> {
        let bootloader = &chip.bootloader;
        match (bootloader.dialect, bootloader.plain.counting) {
            (Dialect::DfuSe, _) => command::block_address(bootloader, self.pointer, block, length),
            (Dialect::Dfu11, BlockCounting::ByNumber) => {
                let start = self.memory_start(chip)?;
                command::block_address(bootloader, start, block, length)
            }
            (Dialect::Dfu11, BlockCounting::Running) => {
                self.memory_start(chip)?.checked_add(self.stream.0)
            }
        }
    }

    fn memory_start(&self, chip: &Chip) -> Option<Address> {
        let alternate = chip.bootloader.alternates.get(self.alternate)?;
        Some(alternate.areas.first()?.runs.first()?.start)
    }

    /// Counts a block of the stream; the first one begins in dfuIDLE.
    fn count_block(&mut self, length: u64) {
        let from = match self.state {
            State::Idle => 0,
            _ => self.stream.1,
        };
        self.stream = (from, from + length);
    }

    /// The program behind a plain DFU bootloader, or the one at the pointer.
    fn start_program(&mut self, chip: &Chip) {
        let start = match chip.bootloader.dialect {
            Dialect::DfuSe => Some(self.pointer),
            Dialect::Dfu11 => self.memory_start(chip),
        };
        let program = chip.bootloader.program_at.or(start);
        self.departure = program.map(Departure::Start);
    }

    /// A bus reset. `true` if it starts the program.
    pub(super) fn reset(&mut self, chip: &Chip) -> bool {
        let leaves = match (chip.bootloader.dialect, chip.bootloader.plain.on_reset) {
            (Dialect::DfuSe, _) => false,
            (Dialect::Dfu11, OnReset::Leaves) => true,
            (Dialect::Dfu11, OnReset::Stays) => {
                matches!(self.state, State::ManifestWaitReset | State::Manifest)
            }
        };
        if leaves {
            self.start_program(chip);
        }
        leaves
    }

    fn download(&mut self, chip: &Chip, request: &Request) -> Answer {
        let accepts = match chip.bootloader.dialect {
            // DFU 1.1 §A.2.3: an empty download from dfuIDLE is an error.
            Dialect::Dfu11 if request.data.is_empty() => self.state == State::DownloadIdle,
            _ => matches!(self.state, State::Idle | State::DownloadIdle),
        };
        let too_long = request.data.len() > usize::from(chip.bootloader.functional.transfer_size);
        if !accepts || too_long {
            return self.refuse(chip);
        }
        if request.data.is_empty() {
            self.state = State::ManifestSync;
            if chip.bootloader.leaves_at_once {
                self.leave(chip);
                return Answer::Broken;
            }
            return Answer::Done(Vec::new());
        }
        let Some(command) = Command::read(&chip.bootloader, request) else {
            return self.refuse(chip);
        };
        self.count_block(request.data.len() as u64);
        self.state = State::DownloadSync;
        self.pending = Some(command);
        Answer::Done(Vec::new())
    }

    fn upload(&mut self, chip: &Chip, request: &Request) -> Answer {
        let accepts = matches!(self.state, State::Idle | State::UploadIdle);
        let too_long = request.length > chip.bootloader.functional.transfer_size;
        if !accepts || too_long {
            return self.refuse(chip);
        }
        if request.length == 0 {
            self.state = State::Idle;
            return Answer::Done(Vec::new());
        }
        self.count_block(request.length.into());
        let bytes = match (chip.bootloader.dialect, request.value) {
            (Dialect::DfuSe, 0) => chip.bootloader.commands.clone(),
            (Dialect::DfuSe, 1) => return self.fail_upload(chip, Status::StalledPacket),
            _ => match self.read_data(chip, request) {
                Ok(bytes) => bytes,
                Err(status) => return self.fail_upload(chip, status),
            },
        };
        let bytes: Vec<u8> = bytes.into_iter().take(request.length.into()).collect();
        // A short packet ends the upload (DFU 1.1 §6.2).
        self.state = if bytes.len() < usize::from(request.length) {
            State::Idle
        } else {
            State::UploadIdle
        };
        Answer::Done(bytes)
    }

    fn read_data(&self, chip: &Chip, request: &Request) -> Result<Vec<u8>, Status> {
        match (chip.bootloader.dialect, chip.bootloader.plain.gives_back) {
            (Dialect::Dfu11, GivesBack::Text(text)) => Ok(text.as_bytes().to_vec()),
            _ => self.read_memory(chip, request),
        }
    }

    fn read_memory(&self, chip: &Chip, request: &Request) -> Result<Vec<u8>, Status> {
        if chip.read_protected {
            return Err(Status::Vendor);
        }
        if chip.bootloader.unreadable {
            return Err(Status::StalledPacket);
        }
        let length = u64::from(request.length);
        let address = self.data_address(chip, request.value, length);
        let found = address.and_then(|a| chip.memory.locate(self.alternate, a));
        match (found, chip.bootloader.dialect) {
            (Some(found), _) if found.sector.access.read => {
                Ok(self.read_up_to(chip, found.area, length))
            }
            // Past the end of a plain DFU 1.1 device's memory the upload is over.
            (None, Dialect::Dfu11) if chip.bootloader.plain.gives_back == GivesBack::Memory => {
                Ok(Vec::new())
            }
            _ => Err(Status::Target),
        }
    }

    /// Up to `length` bytes from the start of `area`.
    fn read_up_to(&self, chip: &Chip, area: AddressRange, length: u64) -> Vec<u8> {
        AddressRange::new(area.start(), length.min(area.len()))
            .and_then(|range| chip.memory.read_selected(self.alternate, range))
            .unwrap_or_default()
            .to_vec()
    }

    fn get_status(&mut self, chip: &mut Chip, now: Duration) -> Answer {
        let mut poll = 0;
        match self.state {
            State::DownloadSync => {
                if let Some(command) = self.pending.take() {
                    let fault = self.fault.take();
                    let (operation, milliseconds) =
                        Operation::start(chip, self, command, fault, now);
                    poll = milliseconds;
                    self.busy_poll = milliseconds;
                    self.operation = Some(operation);
                    self.state = State::DownloadBusy;
                } else {
                    self.state = State::DownloadIdle;
                }
            }
            State::DownloadBusy => poll = self.busy_poll,
            // DFU 1.1 §A.1: a manifestation-tolerant device returns to dfuIDLE.
            State::ManifestSync if chip.bootloader.dialect == Dialect::Dfu11 => {
                self.manifest(chip);
            }
            State::Manifest
                if chip.bootloader.dialect == Dialect::Dfu11
                    && chip.bootloader.plain.manifestation != Manifestation::Stays =>
            {
                self.state = State::Idle;
            }
            State::ManifestSync if chip.bootloader.functional.manifestation_tolerant() => {
                self.state = State::Idle;
            }
            State::ManifestSync => {
                self.leave(chip);
                // usbd_dfu.c answers 1 ms.
                poll = 1;
            }
            _ => {}
        }
        let [p0, p1, p2, _] = poll.to_le_bytes();
        // A failed upload of usbd_dfu.c sets both variables, and no status.
        let state = self.stray_state.filter(|_| self.status == Status::Ok);
        let state = state.unwrap_or(self.state as u8);
        let guarded = chip.bootloader.guarded.as_ref();
        let reason = guarded.filter(|_| self.status == Status::Address);
        let string = reason.map_or(0, |guarded| guarded.index);
        Answer::Done(vec![self.status as u8, p0, p1, p2, state, string])
    }

    fn leave(&mut self, chip: &Chip) {
        self.state = State::Manifest;
        self.start_program(chip);
    }

    fn manifest(&mut self, chip: &Chip) {
        match chip.bootloader.plain.manifestation {
            Manifestation::Idle => self.state = State::Idle,
            Manifestation::ThenIdle | Manifestation::Stays => self.state = State::Manifest,
            Manifestation::Leaves => self.leave(chip),
            Manifestation::AwaitsReset => self.state = State::ManifestWaitReset,
        }
    }

    /// Outside dfuERROR it *enters* dfuERROR with errUNKNOWN (usbd_dfu.c, DFU_ClearStatus).
    fn clear_status(&mut self, chip: &Chip) -> Answer {
        if self.state == State::Error && self.stray_state.is_none() {
            (self.status, self.state) = (Status::Ok, State::Idle);
        } else if chip.bootloader.clear_outside_error == ClearOutsideError::Stalls {
            return Answer::Stall;
        } else {
            (self.status, self.state) = (Status::Unknown, State::Error);
            if let Some(operation) = &mut self.operation {
                operation.unanswered = true;
            }
        }
        self.pending = None;
        self.stray_state = None;
        Answer::Done(Vec::new())
    }

    /// Elsewhere it is taken and does nothing (usbd_dfu.c, DFU_Abort).
    fn abort(&mut self) -> Answer {
        if matches!(
            self.state,
            State::Idle
                | State::DownloadSync
                | State::DownloadIdle
                | State::ManifestSync
                | State::UploadIdle
        ) {
            (self.status, self.state) = (Status::Ok, State::Idle);
            self.pending = None;
        }
        Answer::Done(Vec::new())
    }

    fn set_interface(&mut self, chip: &Chip, request: &Request) -> Answer {
        let alternate = usize::from(request.value);
        if alternate >= chip.bootloader.alternates.len() {
            return Answer::Stall;
        }
        self.alternate = alternate;
        Answer::Done(Vec::new())
    }
}
