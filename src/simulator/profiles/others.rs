//! Everything else that shows up beside a board in DFU mode: debug probes, serial adapters,
//! running programs, clones, and boards with something wrong with them.

use crate::address::{Address, AddressRange};
use crate::transport::{FunctionalDescriptor, UsbErrorKind};

use super::super::board::{
    ALL, Alternate, Application, ApplicationInterface, Area, AreaKind, Board, Bootloader,
    ClearOutsideError, Dialect, Identity, Poll, READ_ONLY, READ_WRITE, Reported, SerialEncoding,
    StartsIn, pseudo_random,
};
use super::super::faults::{Fault, Faults};
use super::super::rom::RequestKind;
use super::families::{
    KIB, f1_timing, f4_timing, flash, functional, gd32_timing, l4_timing, other, rom, st_identity,
    virtual_com_port,
};
use super::stm32::{board, f407};

/// The debugger on a Nucleo board, often taken for the board itself.
pub(super) fn st_link() -> Board {
    let identity = identity(0x0483, 0x374B, "STMicroelectronics", "STM32 STLink")
        .with_serial("066EFF495056805087123456");
    program(
        "st-link",
        "an ST-LINK/V2-1 debugger: no DFU",
        identity,
        vec![
            interface(0xFF, 0xFF, 0xFF, "ST-Link Debug"),
            interface(0x08, 0x06, 0x50, "ST-Link Mass Storage"),
            interface(0x02, 0x02, 0x01, "ST-Link VCP Ctrl"),
            interface(0x0A, 0x00, 0x00, "ST-Link VCP Data"),
        ],
    )
}

/// A program with ST's virtual COM port.
pub(super) fn vcp() -> Board {
    let application = virtual_com_port();
    program(
        "vcp",
        "a running program with ST's virtual COM port",
        application.identity,
        application.interfaces,
    )
}

pub(super) fn micropython() -> Board {
    let product = "Pyboard Virtual Comm Port in FS Mode";
    program(
        "micropython",
        "a board that runs MicroPython",
        identity(0xF055, 0x9800, "MicroPython", product).with_serial("325C387F3234"),
        vec![
            interface(0x08, 0x06, 0x50, ""),
            interface(0x02, 0x02, 0x01, ""),
            interface(0x0A, 0x00, 0x00, ""),
        ],
    )
}

pub(super) fn ch340() -> Board {
    program(
        "ch340",
        "a CH340 serial adapter",
        identity(0x1A86, 0x7523, "", "USB Serial"),
        vec![interface(0xFF, 0x01, 0x02, "")],
    )
}

pub(super) fn cp2102() -> Board {
    let product = "CP2102 USB to UART Bridge Controller";
    program(
        "cp2102",
        "a CP2102 serial adapter",
        identity(0x10C4, 0xEA60, "Silicon Labs", product).with_serial("0001"),
        vec![interface(0xFF, 0x00, 0x00, product)],
    )
}

fn program(
    name: &'static str,
    about: &'static str,
    identity: Identity,
    interfaces: Vec<ApplicationInterface>,
) -> Board {
    Board {
        name,
        about,
        bootloader: None,
        application: Some(Application {
            identity,
            interfaces,
            run_time: None,
        }),
        ..starting_its_program(f407())
    }
}

fn starting_its_program(mut board: Board) -> Board {
    board.starts_in = StartsIn::Application;
    board
}

/// Empty texts are strings that the device does not have.
fn identity(vendor: u16, product: u16, manufacturer: &str, product_name: &str) -> Identity {
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

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Identity {
    fn with_serial(mut self, serial: &str) -> Self {
        self.serial = Some(serial.to_owned());
        self
    }
}

fn interface(class: u8, subclass: u8, protocol: u8, name: &str) -> ApplicationInterface {
    ApplicationInterface {
        class,
        subclass,
        protocol,
        name: text(name),
    }
}

/// DETACH makes it leave the bus by itself (bitWillDetach). In DFU mode it has another serial
/// number: only its place tells that it is the same board.
pub(super) fn runtime() -> Board {
    with_run_time_dfu(
        "runtime",
        "a running program with a run-time DFU interface",
        0x0B | 0x08,
    )
}

/// As [`runtime`], but DETACH only prepares it: the host must reset the bus in time.
pub(super) fn runtime_reset() -> Board {
    with_run_time_dfu(
        "runtime-reset",
        "the same, but waits for a bus reset after DETACH",
        0x03,
    )
}

fn with_run_time_dfu(name: &'static str, about: &'static str, attributes: u8) -> Board {
    let mut board = starting_its_program(f407());
    (board.name, board.about) = (name, about);
    board.application = Some(Application {
        identity: identity(
            0x0483,
            0x5740,
            "STMicroelectronics",
            "STM32 Virtual ComPort",
        )
        .with_serial("program-0001"),
        interfaces: vec![
            interface(0x02, 0x02, 0x01, ""),
            interface(0x0A, 0x00, 0x00, ""),
            interface(0xFE, 0x01, 0x01, "DFU run-time"),
        ],
        run_time: Some(FunctionalDescriptor {
            attributes,
            detach_timeout: 1000,
            transfer_size: 2048,
            dfu_version: 0x011A,
        }),
    });
    board
}

fn f407_as(name: &'static str, about: &'static str) -> Board {
    let mut board = f407();
    (board.name, board.about) = (name, about);
    board
}

pub(super) fn f407_protected() -> Board {
    f407_as("f407-protected", "STM32F407 with read protection").read_protected()
}

/// Sectors 0 and 1 are write-protected by option bytes: erase and write are acknowledged and
/// dropped (AN2662).
pub(super) fn f407_write_protected() -> Board {
    let mut board = f407_as(
        "f407-write-protected",
        "STM32F407 whose first 32 KiB silently ignore writes",
    );
    let first = AddressRange::new(Address::FLASH, 32 * u64::from(KIB));
    board.write_protected.extend(first);
    board
}

pub(super) fn f407_error() -> Board {
    f407_as("f407-error", "STM32F407 that starts in dfuERROR").starting_in_error()
}

pub(super) fn f407_no_access() -> Board {
    blocked(
        "f407-no-access",
        "STM32F407 that the system does not let you open",
        UsbErrorKind::Access,
    )
}

pub(super) fn f407_in_use() -> Board {
    blocked(
        "f407-in-use",
        "STM32F407 that another program uses",
        UsbErrorKind::Busy,
    )
}

pub(super) fn f407_wrong_driver() -> Board {
    blocked(
        "f407-wrong-driver",
        "STM32F407 whose driver cannot be used",
        UsbErrorKind::WrongDriver,
    )
}

fn blocked(name: &'static str, about: &'static str, kind: UsbErrorKind) -> Board {
    let mut board = f407_as(name, about);
    board.blocked = Some(kind);
    board
}

/// Late enough that a small job is under way.
const SOME_TRANSFERS_IN: u64 = 20;

pub(super) fn f407_unplugged() -> Board {
    f407_as(
        "f407-unplugged",
        "STM32F407 whose cable is pulled at the 20th transfer",
    )
    .with_faults(Faults::new().at_transfer(SOME_TRANSFERS_IN, Fault::Unplug))
}

/// Flips a bit of an early download of data; a command that it meets is left as it is.
pub(super) fn f407_bad_write() -> Board {
    let faults = (1..=SOME_TRANSFERS_IN).fold(Faults::new(), |faults, number| {
        faults.at_request(RequestKind::Download, number, Fault::CorruptByte(0))
    });
    f407_as("f407-bad-write", "STM32F407 that writes some bits wrongly").with_faults(faults)
}

/// STM32MP: the settings are partitions of a boot medium, not flash at an address, behind the
/// same 0483:df11 (facts: public logs). The memory behind the largest is cut to 1 MiB here.
pub(super) fn mp1() -> Board {
    let partition = |layout: &str, start, size, access| Alternate {
        layout: Some(layout.to_owned()),
        areas: vec![Area::new(AreaKind::Ram, start, &[(1, size, access)])],
    };
    let alternates = vec![
        partition("@Partition0 /0x00/1*256Ke", 0, 256 * KIB, READ_WRITE),
        partition("@FSBL /0x01/1*1Me", 1, 1024 * KIB, READ_WRITE),
        partition("@Partition2 /0x02/1*1Me", 2, 1024 * KIB, READ_WRITE),
        partition("@Partition3 /0x03/1*16Me", 3, 1024 * KIB, READ_WRITE),
        partition("@virtual /0xF1/1*512Ba", 0xF1, 512, READ_ONLY),
    ];
    let mut identity = st_identity(0x0200, "003B00223138510B31373439");
    identity.product_name = text("DFU in HS Mode @Device ID /0x500, @Revision ID /0x0000");
    let bootloader = Bootloader {
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        ..rom(identity, alternates)
    };
    board(
        "mp1",
        "STM32MP1: partitions, no flash at an address",
        bootloader,
    )
}

/// The layout string is wrong (twice the page size, eight times the memory); the serial number
/// tells the size ("B" = 128 KiB) and is UTF-8. Reports 100 ms for an erase and 104 for the rest
/// (dfu-util quirks.c, fwupd, gd32-dfu-utils#3, aw/fiveforths#20).
pub(super) fn gd32vf103() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/512*002Kg", &[(128, KIB)]),
        other(
            "@Option Bytes  /0x1FFFF800/01*016 g",
            AreaKind::OptionBytes,
            &[(0x1FFF_F800, 16)],
        ),
    ];
    let identity = Identity {
        serial_encoding: SerialEncoding::Utf8,
        ..identity(0x28E9, 0x0189, "GigaDevice", "GD32 0x418 DFU Bootloader").with_serial("3CBJ")
    };
    let bootloader = Bootloader {
        timing: gd32_timing(),
        poll: Poll {
            erase: Reported::Always(100),
            ..Poll::always(104)
        },
        ..rom(identity, alternates)
    };
    board(
        "gd32vf103",
        "GD32VF103 with a wrong memory layout",
        bootloader,
    )
}

/// Spaces where nobody expects them (betaflight).
pub(super) fn at32f415() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/ 128*1Kg", &[(128, KIB)]),
        other(
            "@Option Byte   /0x1FFFF800/02*016 e",
            AreaKind::OptionBytes,
            &[(0x1FFF_F800, 32)],
        ),
    ];
    let identity = Identity {
        version: 0x0200,
        ..identity(0x2E3C, 0xDF11, "Artery-Tech", "AT32 Bootloader DFU").with_serial("AT32")
    };
    let bootloader = Bootloader {
        timing: f1_timing(),
        ..rom(identity, alternates)
    };
    board("at32f415", "AT32F415, an STM32 clone", bootloader)
}

/// Interface protocol 0 with bcdDFU 1.1a, and two memories (dfu-util).
pub(super) fn dso_nano() -> Board {
    let runs = [(12, KIB, READ_ONLY), (116, KIB, ALL)];
    let spi_runs = [(128, 64 * KIB, ALL)];
    let alternates = vec![
        Alternate {
            layout: text("@Internal Flash  /0x08000000/12*001Ka,116*001Kg"),
            areas: vec![Area::new(AreaKind::Flash, 0x0800_0000, &runs)],
        },
        Alternate {
            layout: text("@SPI Flash : M25P64/0x00000000/64*064Kg,64*064Kg"),
            areas: vec![Area::new(AreaKind::Flash, 0, &spi_runs)],
        },
    ];
    let bootloader = Bootloader {
        protocol: 0,
        flash_word: 2,
        timing: f1_timing(),
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        functional: functional(1024),
        ..rom(st_identity(0x0200, "001"), alternates)
    };
    board(
        "dso-nano",
        "a DSO Nano: DfuSe under interface protocol 0",
        bootloader,
    )
    .holding(Address::FLASH, pseudo_random(12, 12 * u64::from(KIB)))
}

/// CLRSTATUS outside dfuERROR stalls, a request for the functional descriptor alone is never
/// answered, and there are no option bytes (betaflight PR#5300). The layout is an assumption.
pub(super) fn c5() -> Board {
    let layout = "@Internal Flash   /0x08000000/64*08Kg";
    let bootloader = Bootloader {
        functional: functional(1024),
        flash_word: 16,
        timing: l4_timing(),
        clear_outside_error: ClearOutsideError::Stalls,
        answers_functional_request: false,
        ..rom(
            st_identity(0x0200, "3065346A3433"),
            vec![flash(layout, &[(64, 8 * KIB)])],
        )
    };
    board(
        "c5",
        "STM32C5: stalls a CLRSTATUS that is not needed",
        bootloader,
    )
}

/// No addresses, no commands, no layout: blocks from 0, and the device erases as it goes.
pub(super) fn dfu11() -> Board {
    let bootloader = Bootloader {
        dialect: Dialect::Dfu11,
        functional: FunctionalDescriptor {
            attributes: 0x03,
            detach_timeout: 255,
            transfer_size: 1024,
            dfu_version: 0x0110,
        },
        timing: f4_timing(),
        commands: Vec::new(),
        mass_erase: false,
        ..rom(
            identity(0x1209, 0xDB42, "Example", "Plain DFU device").with_serial("0001"),
            vec![flash("Firmware", &[(64, KIB)])],
        )
    };
    board(
        "dfu11",
        "a plain DFU 1.1 device, without addresses",
        bootloader,
    )
}
