//! Shared by the boards of a family: timing, polling, memory besides the flash.
//!
//! Times are the typical ones of ST's datasheets ("Flash memory programming" in the electrical
//! characteristics) unless a comment says otherwise.

use std::time::Duration;

use crate::transport::FunctionalDescriptor;

use super::super::board::{
    ALL, AfterFailure, Alternate, Application, ApplicationInterface, Area, AreaKind, BlockAddress,
    Board, Bootloader, ClearOutsideError, Dialect, Identity, Poll, READ_WRITE, SerialEncoding,
    StartsIn, Timing, WhileBusy,
};
use super::super::faults::Faults;
use super::super::plain::PlainDfu;
use super::super::protocol::{State, Status};
use super::super::serial::{Serial, SerialProgram};

pub(super) const KIB: u32 = 1024;

/// On F4 and F7 the serial number is made of the unique ID: 12 hex digits.
pub(super) const SERIAL: &str = "3065346A3433";

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

const fn us(microseconds: u64) -> Duration {
    Duration::from_micros(microseconds)
}

const fn ns(nanoseconds: u64) -> Duration {
    Duration::from_nanos(nanoseconds)
}

/// F405/F407 (DS8626) and F411 at x32 parallelism: 16 µs for a word, mass erase 8 s. 512 KiB:
/// 4.55 s of erasing and 2.10 s of programming.
pub(super) fn f4_timing() -> Timing {
    Timing {
        erase: vec![
            (16 * KIB, ms(250)),
            (64 * KIB, ms(550)),
            (128 * KIB, ms(1000)),
        ],
        program: us(16),
        mass_erase: ms(8000),
    }
}

/// F7: 12 ms of work for 2048 bytes is what a real F745 takes (fwupd#1944: answered 7 ms after a
/// first poll at 5 ms); the datasheet's 16 µs for a word would make it 8.2 ms. Erase times lie
/// between the datasheet's x32 and x16 columns, so that 512 KiB take 3.8 s to erase and 3.07 s to
/// program, as measured before on another simulated F767.
pub(super) fn f7_timing() -> Timing {
    Timing {
        erase: vec![
            (32 * KIB, ms(250)),
            (128 * KIB, ms(930)),
            (256 * KIB, ms(1870)),
        ],
        program: ns(23_430),
        mass_erase: ms(16_000),
    }
}

/// F072/F042: the page erase is the datasheet's least (20 ms; at most 40). Programming is five to
/// six times *faster* than the datasheet's 53.5 µs for a half-word: 9.7 ms for 2 KiB, so that the
/// F072's 128 KiB cost the 1.9 s that other tools were measured against. A quicker flash is the
/// harder test for a host, whose own delays count more.
pub(super) fn f0_timing() -> Timing {
    Timing {
        erase: vec![(2 * KIB, ms(20))],
        program: ns(9_470),
        mass_erase: ms(30),
    }
}

/// F103 and F303: 52.5 µs for a half-word, 20 ms for a page.
pub(super) fn f1_timing() -> Timing {
    Timing {
        erase: vec![(2 * KIB, ms(20))],
        program: ns(52_500),
        mass_erase: ms(30),
    }
}

/// L4, G0, G4, WB: 22.02 ms for a page, 81.69 µs for a double word (DS10198, DS12288).
pub(super) fn l4_timing() -> Timing {
    Timing {
        erase: vec![(4 * KIB, us(22_020))],
        program: ns(81_690),
        mass_erase: us(22_130),
    }
}

/// The L475 is about three times *faster* than its datasheet (that is [`l4_timing`]): 14.84 ms for
/// a page instead of 42.9, so that 512 KiB cost the 3.8 s that other tools were measured against.
/// See [`f0_timing`] for why quicker is the safe side.
pub(super) fn l475_timing() -> Timing {
    Timing {
        erase: vec![(2 * KIB, us(7_600))],
        program: ns(28_280),
        mass_erase: us(22_130),
    }
}

/// L1: 3.28 ms to erase a page of 256 bytes and to program a word.
pub(super) fn l1_timing() -> Timing {
    Timing {
        erase: vec![(256, us(3_280))],
        // A half-page (128 bytes) is programmed in one 3.28 ms cycle.
        program: us(102),
        mass_erase: ms(100),
    }
}

/// L0: 3.2 ms to erase a page of 128 bytes and to program a half-page of 64 (DS10182).
pub(super) fn l0_timing() -> Timing {
    Timing {
        erase: vec![(128, us(3_200))],
        program: us(200),
        mass_erase: ms(100),
    }
}

/// H743 (DS12110) at x64: 100 µs for a flash word of 32 bytes, 1.1 s for a sector. 512 KiB: 6.0 s.
pub(super) fn h7_timing() -> Timing {
    Timing {
        erase: vec![(8 * KIB, ms(5)), (128 * KIB, ms(1100))],
        program: us(100),
        mass_erase: ms(16_000),
    }
}

/// GD32VF103: about 100 ms for a page and 40 µs for a word, of the order of its datasheet.
pub(super) fn gd32_timing() -> Timing {
    Timing {
        erase: vec![(KIB, ms(100))],
        program: us(40),
        mass_erase: ms(3000),
    }
}

pub(super) fn functional(transfer_size: u16) -> FunctionalDescriptor {
    // `09 21 0B FF 00 00 08 1A 01` on an F407 (rusefi/dfu_java reference/F407usb.txt).
    FunctionalDescriptor {
        attributes: 0x0B,
        detach_timeout: 255,
        transfer_size,
        dfu_version: 0x011A,
    }
}

pub(super) fn st_identity(version: u16, serial: &str) -> Identity {
    Identity {
        version,
        ..identity(0x0483, 0xDF11, "STMicroelectronics", "STM32  BOOTLOADER").with_serial(serial)
    }
}

/// ST's ROM bootloader with this bcdDevice.
pub(super) fn st_rom(version: u16, alternates: Vec<Alternate>) -> Bootloader {
    rom(st_identity(version, SERIAL), alternates)
}

/// A bootloader without quirks. A family, or a row, changes what differs, with the source beside it.
pub(super) fn rom(identity: Identity, alternates: Vec<Alternate>) -> Bootloader {
    Bootloader {
        identity,
        alternates,
        protocol: 2,
        functional: functional(2048),
        dialect: Dialect::DfuSe,
        plain: PlainDfu::DFU_1_1,
        option_bytes: None,
        flash_word: 4,
        erased: 0xFF,
        timing: f4_timing(),
        poll: Poll::TRUE,
        while_busy: WhileBusy::Hold,
        first_state: (State::Idle, Status::Ok),
        // AN2662: Get, Set Address Pointer, Erase, Read Unprotect.
        commands: vec![0x00, 0x21, 0x41, 0x92],
        mass_erase: true,
        block_address: BlockAddress::TransferSize,
        hangs_from: None,
        program_at: None,
        leaves_at_once: false,
        clear_outside_error: ClearOutsideError::EntersError,
        after_failure: AfterFailure::Error,
        unreadable: false,
        failing: Vec::new(),
        guarded: None,
        answers_get_state: true,
        answers_functional_request: true,
    }
}

/// Internal flash at 0x08000000, all of it readable, erasable and writable.
pub(super) fn flash(layout: &str, sectors: &[(u32, u32)]) -> Alternate {
    let runs: Vec<_> = sectors.iter().map(|&(n, size)| (n, size, ALL)).collect();
    Alternate {
        layout: text(layout),
        areas: vec![Area::new(AreaKind::Flash, 0x0800_0000, &runs)],
    }
}

/// Option bytes of one region.
pub(super) fn option_bytes(layout: &str, start: u32, size: u32) -> Alternate {
    other(layout, AreaKind::OptionBytes, &[(start, size)])
}

pub(super) fn one_time(layout: &str, start: u32, size: u32) -> Alternate {
    other(layout, AreaKind::OneTime, &[(start, size)])
}

pub(super) fn device_feature() -> Alternate {
    other(
        "@Device Feature/0xFFFF0000/01*004 e",
        AreaKind::Ignored,
        &[(0xFFFF_0000, 4)],
    )
}

/// Readable and writable memory of another kind.
pub(super) fn other(layout: &str, kind: AreaKind, areas: &[(u32, u32)]) -> Alternate {
    Alternate {
        layout: text(layout),
        areas: areas
            .iter()
            .map(|&(start, size)| Area::new(kind, start, &[(1, size, READ_WRITE)]))
            .collect(),
    }
}

/// The usual program on such a board: ST's virtual COM port.
pub(super) fn virtual_com_port() -> Application {
    Application {
        identity: Identity {
            version: 0x0200,
            ..identity(
                0x0483,
                0x5740,
                "STMicroelectronics",
                "STM32 Virtual ComPort",
            )
            .with_serial(SERIAL)
        },
        interfaces: [(0x02, 0x02, 0x01, ""), (0x0A, 0x00, 0x00, "")]
            .map(interface)
            .to_vec(),
        run_time: None,
        serial: Some(Serial {
            program: SerialProgram::Silent,
            device_class: [2, 2, 0],
            data_endpoint: 1,
        }),
    }
}

/// Class, subclass, protocol and name.
pub(super) fn interface(
    (class, subclass, protocol, name): (u8, u8, u8, &str),
) -> ApplicationInterface {
    ApplicationInterface {
        class,
        subclass,
        protocol,
        name: text(name),
    }
}

/// A sound board with this bootloader; its row names it.
pub(super) fn board(bootloader: Bootloader) -> Board {
    Board {
        name: "",
        bootloader: Some(bootloader),
        second: None,
        application: Some(virtual_com_port()),
        starts_in: StartsIn::Bootloader,
        read_protected: false,
        write_protected: Vec::new(),
        contents: Vec::new(),
        faults: Faults::new(),
        blocked: None,
    }
}

/// Empty texts are strings that the device does not have.
pub(super) fn identity(
    vendor: u16,
    product: u16,
    manufacturer: &str,
    product_name: &str,
) -> Identity {
    Identity {
        vendor,
        product,
        version: 0x0100,
        manufacturer: text(manufacturer),
        product_name: text(product_name),
        serial: None,
        serial_encoding: SerialEncoding::Utf16,
    }
}

pub(super) fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Identity {
    pub(super) fn with_serial(mut self, serial: &str) -> Self {
        self.serial = Some(serial.to_owned());
        self
    }
}
