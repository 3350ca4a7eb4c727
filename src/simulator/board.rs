//! What a simulated board is: identities, memory, timing, and how its bootloader behaves. Plain
//! data, so that a test can change any field before plugging in the board.

use std::time::Duration;

use crate::address::{Address, AddressRange};
use crate::memory::{Access, SectorRun};
use crate::transport::{FunctionalDescriptor, UsbErrorKind};

use super::faults::Faults;
use super::option_bytes::OptionBytes;
use super::plain::PlainDfu;
use super::protocol::{State, Status};
use super::serial::Serial;

/// A board before it is plugged in.
#[derive(Clone, Debug)]
pub struct Board {
    /// As `--simulate` takes it.
    pub name: &'static str,
    /// The DFU bootloader; `None` on boards that have none on USB.
    pub bootloader: Option<Bootloader>,
    /// A bootloader in flash that the first one starts.
    pub second: Option<Second>,
    /// What the program on the board shows on the bus; `None` shows nothing.
    pub application: Option<Application>,
    pub starts_in: StartsIn,
    /// Read protection level 1: everything but `Get` and `Read Unprotect` answers errVENDOR.
    pub read_protected: bool,
    /// Write-protected whatever the option bytes say: erase and write are acknowledged and dropped
    /// (AN2662).
    pub write_protected: Vec<AddressRange>,
    /// Bytes in memory before the first power-up; the rest is blank.
    pub contents: Vec<(Address, Vec<u8>)>,
    pub faults: Faults,
    /// Why it cannot be opened: the system's permissions, drivers or programs.
    pub blocked: Option<UsbErrorKind>,
}

/// A bootloader in flash that stays in DFU mode when it is started with a mark in RAM, as that of
/// EdgeTX's H7 radios (EdgeTX/rs-dfu, dfu/src/connection.rs, `reboot`). Its program is started in all
/// other cases.
#[derive(Clone, Debug)]
pub struct Second {
    pub bootloader: Bootloader,
    pub mark: (Address, Vec<u8>),
}

/// Which mode the board starts in when it is plugged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartsIn {
    Bootloader,
    Application,
}

/// What the device descriptor and its strings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub vendor: u16,
    pub product: u16,
    /// bcdDevice
    pub version: u16,
    pub manufacturer: Option<String>,
    pub product_name: Option<String>,
    pub serial: Option<String>,
    pub serial_encoding: SerialEncoding,
}

/// How the serial number is encoded in its string descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialEncoding {
    /// As USB wants it.
    Utf16,
    /// GD32VF103 (dfu-util quirks.c).
    Utf8,
}

/// A program that runs on the board, as the bus sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub identity: Identity,
    pub interfaces: Vec<ApplicationInterface>,
    /// The run-time DFU interface's functional descriptor, if the program has such an interface.
    pub run_time: Option<FunctionalDescriptor>,
    /// The program behind its CDC-ACM interface. `None` on one that is only listed.
    pub serial: Option<Serial>,
}

/// One interface of a program: class, subclass, protocol and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationInterface {
    pub class: u8,
    pub subclass: u8,
    pub protocol: u8,
    pub name: Option<String>,
}

/// A DFU bootloader in ROM or in flash.
#[derive(Clone, Debug)]
pub struct Bootloader {
    pub identity: Identity,
    pub alternates: Vec<Alternate>,
    /// bInterfaceProtocol; 2 except on the DSO Nano, which says 0.
    pub protocol: u8,
    pub functional: FunctionalDescriptor,
    pub dialect: Dialect,
    /// Its behaviour as a plain DFU 1.1 device; of no meaning for DfuSe.
    pub plain: PlainDfu,
    /// How the chip keeps and obeys its option bytes; without it they are bytes of no meaning.
    pub option_bytes: Option<OptionBytes>,
    /// Bytes that the flash programs in one go.
    pub flash_word: u32,
    /// What an erased byte holds, and programming moves away from: 0xFF, and 0x00 on STM32L0 and L1
    /// (stlink, `stlink_get_erased_pattern`; OpenOCD stm32lx.c, `stm32lx_erase_check`).
    pub erased: u8,
    pub timing: Timing,
    pub poll: Poll,
    pub while_busy: WhileBusy,
    /// State and status at power-up. Many ROMs start in dfuERROR/errFIRMWARE.
    pub first_state: (State, Status),
    /// What UPLOAD of block 0 answers; a command that is not in it stalls.
    pub commands: Vec<u8>,
    /// `0x41` without an address works.
    pub mass_erase: bool,
    pub block_address: BlockAddress,
    /// Sector erases from here on stay dfuDNBUSY forever, although the sector is erased: H743
    /// revision V, bank 2 (betaflight PR 1861).
    pub hangs_from: Option<Address>,
    /// A bootloader in flash: where the program behind it begins. The pointer stands there after
    /// power-up, and leaving runs what is there whatever the pointer says (USBD_DFU_APP_DEFAULT_ADD
    /// of ST's device library). `None` for a ROM, which runs what the pointer says.
    pub program_at: Option<Address>,
    /// It leaves while the empty download is still on the bus: GD32VF103 (dfu-util quirks.c,
    /// QUIRK_DFUSE_LEAVE).
    pub leaves_at_once: bool,
    pub clear_outside_error: ClearOutsideError,
    pub after_failure: AfterFailure,
    /// Uploads of memory are refused, though bitCanUpload is set: the Read of ST's template for a
    /// media driver returns NULL (usbd_dfu_media_template.c), and public projects kept that.
    pub unreadable: bool,
    /// Erasing and programming fail here with errVENDOR, as any failure of the media driver does in
    /// ST's device library (usbd_dfu.c, stm32-mw-usb-device 2025-10).
    pub failing: Vec<AddressRange>,
    /// It refuses to overwrite itself, and says why.
    pub guarded: Option<Guarded>,
    /// GETSTATE. `false`: it is never answered, as by MicroPython's mboot before 0006c902.
    pub answers_get_state: bool,
    /// GET_DESCRIPTOR for the functional descriptor alone. `false`: it is never answered.
    pub answers_functional_request: bool,
}

/// Sectors where every erase and write ends in errADDRESS, with the index of this string in GETSTATUS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    pub range: AddressRange,
    pub index: u8,
    pub reason: &'static str,
}

/// What CLRSTATUS does when there is no error to clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearOutsideError {
    /// dfuERROR/errUNKNOWN: ST's device library.
    EntersError,
    /// STM32C5 (betaflight PR#5300).
    Stalls,
}

/// The state that a failure leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// dfuERROR with its status (DFU 1.1 §A.2).
    Error,
    /// ST's device library (usbd_dfu.c): a failed operation stays dfuDNBUSY, a failed upload stalls
    /// in "state 15", and any other refused request leaves the state unchanged. A command of one
    /// byte that it does not have is accepted and ignored.
    DeviceLibrary,
    /// The same library below ST's OpenBootloader (usb_interface.c, `OPENBL_USB_*Nack`): the status
    /// is also written where GETSTATE looks, while GETSTATUS returns dfuERROR; and a protected
    /// upload is answered with an empty packet.
    OpenBootloader,
}

/// One alternate setting: the layout string it shows, and the memory that is really there. The
/// two can differ, as they do on real boards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternate {
    pub layout: Option<String>,
    pub areas: Vec<Area>,
}

/// Memory of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub kind: AreaKind,
    pub runs: Vec<SectorRun>,
}

/// How memory takes a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AreaKind {
    /// Bits go from 1 to 0 until the sector is erased.
    Flash,
    /// As flash, and never erased.
    OneTime,
    /// Any value can be written; the device resets itself afterwards.
    OptionBytes,
    /// Any value can be written: a partition of an STM32MP lands in its RAM first.
    Ram,
    /// Writes are taken and mean nothing: "@Device Feature".
    Ignored,
}

/// DfuSe, or plain DFU 1.1 without addresses and commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    DfuSe,
    Dfu11,
}

/// The two readings of ST's address formula (AN3156): `(block - 2) * size + pointer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockAddress {
    /// `size` is the descriptor's wTransferSize: ST's library and its own host tool.
    TransferSize,
    /// `size` is the length of this very request: the documents, taken literally.
    RequestLength,
}

/// How long the flash itself takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Bytes of a sector and its erase time. A size between two entries takes the larger one's.
    pub erase: Vec<(u32, Duration)>,
    /// For one flash word.
    pub program: Duration,
    pub mass_erase: Duration,
}

impl Timing {
    /// Erase time of one sector of `size` bytes.
    pub fn erase_of(&self, size: u32) -> Duration {
        self.erase
            .iter()
            .find(|(upto, _)| size <= *upto)
            .or(self.erase.last())
            .map_or(Duration::ZERO, |(_, time)| *time)
    }
}

/// The bwPollTimeout that the device *reports*, which need not be the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    pub set_address: Reported,
    pub erase: Reported,
    pub program: Reported,
    pub mass_erase: Reported,
}

impl Poll {
    pub const TRUE: Self = Self {
        set_address: Reported::True,
        erase: Reported::True,
        program: Reported::True,
        mass_erase: Reported::True,
    };

    pub const fn always(milliseconds: u32) -> Self {
        let same = Reported::Always(milliseconds);
        Self {
            set_address: same,
            erase: same,
            program: same,
            mass_erase: same,
        }
    }
}

/// One reported time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The true time, rounded up to milliseconds.
    True,
    /// This many milliseconds, whatever the truth is.
    Always(u32),
}

impl Reported {
    /// The value in milliseconds for an operation that takes `real`.
    pub fn milliseconds(self, real: Duration) -> u32 {
        match self {
            Self::Always(milliseconds) => milliseconds,
            Self::True => u32::try_from(real.as_micros().div_ceil(1000)).unwrap_or(u32::MAX),
        }
    }
}

/// What a host gets that asks GETSTATUS before the operation is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileBusy {
    /// Nothing until it is done: the device answers NAK, the transfer waits.
    Hold,
    /// dfuDNBUSY.
    AnswerBusy,
    /// A stalled endpoint; the operation goes on.
    Stall,
    /// A stalled endpoint and dfuERROR, as DFU 1.1 §A.2.5 wants it (TinyUSB 0.9, dfu_device.c).
    EnterError,
}

/// `rew`, the letter g.
pub(super) const ALL: Access = Access {
    read: true,
    erase: true,
    write: true,
};
/// `r`, the letter a.
pub(super) const READ_ONLY: Access = Access {
    read: true,
    erase: false,
    write: false,
};
/// `rw`, the letter e.
pub(super) const READ_WRITE: Access = Access {
    read: true,
    erase: false,
    write: true,
};

impl Area {
    /// Consecutive runs of `(count, bytes, access)` from `start` on.
    pub fn new(kind: AreaKind, start: u32, runs: &[(u32, u32, Access)]) -> Self {
        let mut next = Some(Address(start));
        let mut sectors = Vec::new();
        for &(count, size, access) in runs {
            let Some(start) = next else { break };
            sectors.push(SectorRun {
                start,
                count,
                size,
                access,
            });
            next = start.checked_add(u64::from(count) * u64::from(size));
        }
        Self {
            kind,
            runs: sectors,
        }
    }
}

impl Board {
    /// Fills memory from `address` on before the board is plugged in.
    #[must_use]
    pub fn holding(mut self, address: Address, bytes: impl Into<Vec<u8>>) -> Self {
        self.contents.push((address, bytes.into()));
        self
    }

    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    #[must_use]
    pub fn read_protected(mut self) -> Self {
        self.read_protected = true;
        self
    }

    /// Marks sectors as write-protected, whatever the option bytes say.
    #[must_use]
    pub fn write_protected(mut self, range: AddressRange) -> Self {
        self.write_protected.push(range);
        self
    }

    /// Powers up in dfuERROR/errFIRMWARE, as real ROMs often do (dfu-util and fwupd clear it).
    #[must_use]
    pub fn starting_in_error(mut self) -> Self {
        if let Some(bootloader) = &mut self.bootloader {
            bootloader.first_state = (State::Error, Status::Firmware);
        }
        self
    }

    /// The serial number in every mode.
    #[must_use]
    pub fn with_serial(mut self, serial: &str) -> Self {
        if let Some(bootloader) = &mut self.bootloader {
            bootloader.identity.serial = Some(serial.to_owned());
        }
        if let Some(application) = &mut self.application {
            application.identity.serial = Some(serial.to_owned());
        }
        self
    }

    /// A deterministic old program over all of the internal flash, so that every sector has to
    /// be erased before it can be written.
    #[must_use]
    pub fn holding_old_firmware(mut self, seed: u32) -> Self {
        for area in self.flash_areas() {
            let bytes = pseudo_random(seed, area.len());
            self.contents.push((area.start(), bytes));
        }
        self
    }

    /// The erasable and writable part of each flash area.
    fn flash_areas(&self) -> Vec<AddressRange> {
        self.bootloader
            .iter()
            .flat_map(|b| &b.alternates)
            .flat_map(|a| &a.areas)
            .filter(|area| area.kind == AreaKind::Flash)
            .flat_map(|area| &area.runs)
            .filter(|run| run.access.write)
            .filter_map(SectorRun::range)
            .collect()
    }
}

/// Bytes that look random and are the same each time (xorshift32).
pub fn pseudo_random(seed: u32, length: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_be_bytes()[0]
        })
        .collect()
}
