//! An operation that the first GETSTATUS started: what it does to the chip, and when it is over.

use std::time::Duration;

use crate::address::{Address, AddressRange};
use crate::memory::Sector;

use super::super::board::{AfterFailure, AreaKind, Dialect, Reported};
use super::super::flash::Located;
use super::super::protocol::Status;
use super::command::Command;
use super::{ActiveFault, Chip, Departure, Rom};

/// Moving the address pointer is a few instructions; the ROM still goes through dfuDNBUSY.
pub(super) const SET_ADDRESS_TIME: Duration = Duration::from_micros(100);
/// A refused operation is refused at once.
const REFUSAL_TIME: Duration = Duration::from_micros(100);

/// A running operation.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    effect: Effect,
    began: Duration,
    /// When it is over, on the board's clock.
    pub(super) until: Duration,
    /// It takes place, and the state machine never hears of its end.
    pub(super) unanswered: bool,
}

#[derive(Clone, Debug)]
enum Effect {
    Nothing(Status),
    Erase(Vec<Sector>),
    Program {
        /// Sectors that a plain DFU 1.1 bootloader erases on its own.
        erase: Vec<Sector>,
        address: Address,
        bytes: Vec<u8>,
        kind: AreaKind,
    },
    ReadUnprotect(Vec<Sector>),
}

/// How it ended.
pub(super) struct Outcome {
    pub(super) status: Status,
    pub(super) departure: Option<Departure>,
}

impl Operation {
    /// Starts `command` and moves the pointer where it does. Returns it with the bwPollTimeout to
    /// report, in milliseconds.
    pub(super) fn start(
        chip: &mut Chip,
        rom: &mut Rom,
        command: Command,
        fault: Option<ActiveFault>,
        now: Duration,
    ) -> (Self, u32) {
        let (poll, planned) = plan(chip, rom, command, fault);
        let (effect, time) = match planned {
            Ok(planned) => planned,
            Err(status) => (Effect::Nothing(status), REFUSAL_TIME),
        };
        let reported = poll.milliseconds(time);
        let fails_busy = chip.bootloader.after_failure == AfterFailure::DeviceLibrary
            && matches!(effect, Effect::Nothing(status) if status != Status::Ok);
        let stuck = fault == Some(ActiveFault::StuckBusy) || fails_busy;
        let unanswered = stuck || hangs(chip, &effect);
        let operation = Self {
            effect,
            began: now,
            until: now + time,
            unanswered,
        };
        (operation, reported)
    }

    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.until
    }

    fn time(&self) -> Duration {
        self.until - self.began
    }

    /// Takes effect.
    pub(super) fn complete(self, chip: &mut Chip, alternate: usize) -> Outcome {
        let time = self.time();
        let ok = Outcome {
            status: Status::Ok,
            departure: None,
        };
        match self.effect {
            Effect::Nothing(status) => Outcome {
                status,
                departure: None,
            },
            Effect::Erase(sectors) => {
                chip.memory.spend(time);
                erase(chip, &sectors, self.until);
                ok
            }
            Effect::Program {
                erase: sectors,
                address,
                bytes,
                kind,
            } => {
                if kind == AreaKind::OptionBytes {
                    // AN3156: after a write to the option bytes the device resets itself.
                    let resets = chip.write_options(address, &bytes);
                    return Outcome {
                        departure: resets.then_some(Departure::Reset),
                        ..ok
                    };
                }
                if matches!(kind, AreaKind::Flash | AreaKind::OneTime) {
                    chip.memory.spend(time);
                }
                erase(chip, &sectors, self.until);
                chip.memory.program(alternate, address, &bytes);
                ok
            }
            Effect::ReadUnprotect(sectors) => {
                chip.memory.spend(time);
                erase(chip, &sectors, self.until);
                chip.set_read_protection(false);
                Outcome {
                    departure: Some(Departure::Reset),
                    ..ok
                }
            }
        }
    }

    /// The power goes while it runs: a program operation has got as far as the time allowed, an
    /// erase leaves rubbish.
    pub(super) fn tear(self, chip: &mut Chip, alternate: usize, now: Duration) {
        // Whoever pulls the cable may have read the clock before the operation began.
        let spent = now.saturating_sub(self.began);
        let whole = self.time().as_nanos().max(1);
        match self.effect {
            Effect::Nothing(_) => {}
            Effect::Erase(sectors) | Effect::ReadUnprotect(sectors) => {
                for sector in sectors {
                    chip.memory.tear_erase(sector.range);
                }
            }
            Effect::Program {
                address,
                kind: AreaKind::OptionBytes,
                ..
            } => chip.tear_options(address),
            Effect::Program { address, bytes, .. } => {
                let part = bytes.len() as u128 * spent.as_nanos() / whole;
                let part = usize::try_from(part).unwrap_or(usize::MAX);
                if let Some(written) = bytes.get(..part) {
                    chip.memory.program(alternate, address, written);
                }
                if let Some(range) = AddressRange::new(address, bytes.len() as u64) {
                    chip.memory.note_torn(range);
                }
            }
        }
    }
}

type Planned = Result<(Effect, Duration), Status>;

/// What the command will do, how long it takes, and which of the reported times is its own.
fn plan(
    chip: &Chip,
    rom: &mut Rom,
    command: Command,
    fault: Option<ActiveFault>,
) -> (Reported, Planned) {
    let poll = chip.bootloader.poll;
    let protected = chip.read_protected;
    let guard = |planned: Planned| {
        if protected {
            Err(Status::Vendor)
        } else {
            planned
        }
    };
    match command {
        Command::SetAddress(address) => {
            let taken = Ok((Effect::Nothing(Status::Ok), SET_ADDRESS_TIME));
            if chip.bootloader.after_failure != AfterFailure::Error {
                // usbd_dfu.c takes any address; what the media then says is another matter.
                rom.pointer = address;
                return (poll.set_address, taken);
            }
            let known = chip.memory.locate(rom.alternate, address).is_some();
            if known && !protected {
                rom.pointer = address;
            }
            let planned = if known { taken } else { Err(Status::Target) };
            (poll.set_address, guard(planned))
        }
        Command::Ignored => (
            poll.program,
            Ok((Effect::Nothing(Status::Ok), REFUSAL_TIME)),
        ),
        Command::Erase(address) => {
            if !protected {
                // usbd_dfu.c keeps the operand in the data pointer.
                rom.pointer = address;
            }
            (poll.erase, guard(plan_erase(chip, rom, address)))
        }
        Command::MassErase => {
            let mut sectors = chip.memory.erasable_sectors();
            // mboot_flash_mass_erase begins after mboot.
            sectors.retain(|sector| !is_guarded(chip, sector.range));
            let planned = (Effect::Erase(sectors), chip.memory.mass_erase_time());
            (poll.mass_erase, guard(Ok(planned)))
        }
        Command::ReadUnprotect => {
            let sectors = chip.memory.erasable_sectors();
            let time = chip.memory.mass_erase_time();
            (poll.mass_erase, Ok((Effect::ReadUnprotect(sectors), time)))
        }
        Command::Data { block, bytes } => {
            let planned = plan_program(chip, rom, block, bytes, fault);
            (poll.program, guard(planned))
        }
    }
}

fn plan_erase(chip: &Chip, rom: &Rom, address: Address) -> Planned {
    let found = chip.memory.locate(rom.alternate, address);
    let found = found.ok_or(Status::Target)?;
    if found.kind != AreaKind::Flash || !found.sector.access.erase {
        return Err(Status::Target);
    }
    if is_guarded(chip, found.sector.range) {
        return Err(Status::Address);
    }
    if fails(chip, found.sector.range) {
        return Err(Status::Vendor);
    }
    if chip.is_write_protected(found.sector.range) {
        if chip.bootloader.after_failure == AfterFailure::DeviceLibrary {
            // HAL_FLASHEx_Erase fails with WRPERR (CubeF4, usbd_dfu_flash.c).
            return Err(Status::Erase);
        }
        // AN2662: "no error is returned when performing erase … on write-protected sectors".
        return Ok((Effect::Nothing(Status::Ok), REFUSAL_TIME));
    }
    let time = chip.memory.erase_time(found.sector);
    Ok((Effect::Erase(vec![found.sector]), time))
}

fn plan_program(
    chip: &Chip,
    rom: &Rom,
    block: u16,
    mut bytes: Vec<u8>,
    fault: Option<ActiveFault>,
) -> Planned {
    let length = bytes.len() as u64;
    let address = rom
        .data_address(chip, block, length)
        .ok_or(Status::Target)?;
    let range = AddressRange::new(address, length).ok_or(Status::Target)?;
    let found = chip.memory.locate(rom.alternate, address);
    let found = match (found, chip.bootloader.dialect) {
        (Some(found), _) => found,
        (None, Dialect::DfuSe) => return Err(Status::Target),
        // DFU 1.1 §6.1.2: an image that is too long is an address error.
        (None, Dialect::Dfu11) => return Err(Status::Address),
    };
    if !writable(chip, rom, range, found) {
        return Err(Status::Target);
    }
    // "The address pointer must always be the start address of the option bytes, otherwise the
    // request is not performed" (AN2662 §4.5.1).
    if found.kind == AreaKind::OptionBytes && !chip.begins_options(address) {
        return Err(Status::Target);
    }
    if is_guarded(chip, range) {
        return Err(Status::Address);
    }
    if fails(chip, range) {
        return Err(Status::Vendor);
    }
    if chip.is_write_protected(range) || fault == Some(ActiveFault::DropWrite) {
        return Ok((Effect::Nothing(Status::Ok), REFUSAL_TIME));
    }
    if let Some(ActiveFault::CorruptByte(index)) = fault
        && let Some(byte) = bytes.get_mut(index)
    {
        *byte ^= 1;
    }
    let erase = match chip.bootloader.dialect {
        Dialect::DfuSe => Vec::new(),
        Dialect::Dfu11 => sectors_begun(chip, rom, range),
    };
    let erasing: Duration = erase.iter().map(|s| chip.memory.erase_time(*s)).sum();
    let time = erasing + chip.memory.program_time(found.kind, range);
    let effect = Effect::Program {
        erase,
        address,
        bytes,
        kind: found.kind,
    };
    Ok((effect, time))
}

/// The sectors whose first byte is in `range`: a plain DFU 1.1 bootloader erases as it goes.
fn sectors_begun(chip: &Chip, rom: &Rom, range: AddressRange) -> Vec<Sector> {
    let mut sectors = chip.memory.sectors_touching(rom.alternate, range);
    sectors.retain(|sector| range.contains(sector.range.start()));
    sectors
}

fn writable(chip: &Chip, rom: &Rom, range: AddressRange, found: Located) -> bool {
    found.area.contains_range(range)
        && chip
            .memory
            .sectors_touching(rom.alternate, range)
            .iter()
            .all(|sector| sector.access.write)
}

fn fails(chip: &Chip, range: AddressRange) -> bool {
    chip.bootloader.failing.iter().any(|f| f.overlaps(range))
}

fn is_guarded(chip: &Chip, range: AddressRange) -> bool {
    let guarded = chip.bootloader.guarded.as_ref();
    guarded.is_some_and(|guarded| guarded.range.overlaps(range))
}

fn erase(chip: &mut Chip, sectors: &[Sector], at: Duration) {
    for sector in sectors {
        if !chip.is_write_protected(sector.range) {
            chip.memory.erase(sector.range, at);
        }
    }
}

/// H743 revision V: the end of a sector erase in bank 2 is never reported.
fn hangs(chip: &Chip, effect: &Effect) -> bool {
    match (chip.bootloader.hangs_from, effect) {
        (Some(from), Effect::Erase(sectors)) => {
            matches!(sectors.as_slice(), [sector] if sector.range.start() >= from)
        }
        _ => false,
    }
}
