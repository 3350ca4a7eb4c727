//! Boards whose program has a serial port, and most of them a command that enters the bootloader.
//! Several share one pair of IDs: only their answers tell them apart.

use crate::address::Address;

use super::super::board::{
    ALL, Alternate, Application, Area, AreaKind, Board, Bootloader, Identity, READ_ONLY, StartsIn,
};
use super::super::serial::{Serial, SerialProgram};
use super::Profile;
use super::families::{KIB, identity, interface, text, virtual_com_port};
use super::stm32::{f072, f303, f407};
use super::stm32_later::{h7, wb55};

pub(super) const BOARDS: &[Profile] = &[
    // vcpf4/usbd_desc.c: the manufacturer is the program's name.
    Profile::new(
        "betaflight",
        "a flight controller with Betaflight, 1 MiB",
        || {
            let identity = st_port("Betaflight", "Betaflight STM32F405", "0x8000000");
            simple(f407(), SerialProgram::Betaflight, identity)
        },
    )
    .in_menu(),
    Profile::new("inav", "a flight controller with INAV", || {
        let identity = st_port("INAV", "STM32 Virtual ComPort in FS Mode", "0x8000000");
        simple(f407(), SerialProgram::Inav, identity)
    }),
    Profile::new(
        "cleanflight",
        "a flight controller with Cleanflight",
        || {
            let identity = st_port(
                "Cleanflight",
                "STM32 Virtual ComPort in FS Mode",
                "0x8000000",
            );
            simple(f303(), SerialProgram::Cleanflight, identity)
        },
    ),
    Profile::new("micropython", "a board that runs MicroPython", micropython),
    // usbcfg.c of DiSlord/NanoVNA-D and of erikkaashoek/tinySA.
    Profile::new("nanovna", "a NanoVNA-H", || {
        let identity = st_port("nanovna.com", "NanoVNA-H", "5F2E30543656");
        simple(f072(), SerialProgram::NanoVna, identity)
    }),
    Profile::new(
        "tinysa-ultra",
        "a tinySA Ultra, whose program cannot enter the bootloader",
        || {
            let identity = st_port("tinysa.org", "tinySA4", "400");
            simple(f303(), SerialProgram::TinySaUltra, identity)
        },
    ),
    Profile::new(
        "chibios-shell",
        "a running program with the shell of ChibiOS",
        || {
            let product = "ChibiOS/RT Virtual COM Port";
            let identity = st_port("STMicroelectronics", product, "301");
            simple(f072(), SerialProgram::ChibiOsShell, identity)
        },
    ),
    // furi_hal_usb_cdc.c
    Profile::new("flipper", "a Flipper Zero", || {
        let identity = st_port("Flipper Devices Inc.", "Flipper Kitsune", "flip_Kitsune");
        simple(wb55(), SerialProgram::FlipperZero, identity)
    }),
    Profile::new("grblhal", "a CNC controller with grblHAL", || {
        simple(f407(), SerialProgram::GrblHal, st_example())
    }),
    Profile::new("giga", "an Arduino GIGA R1 that runs a sketch", giga),
    Profile::new(
        "vcp-echo",
        "a running program that sends back what it gets",
        || simple(f407(), SerialProgram::Echo, st_example()),
    ),
    Profile::new(
        "vcp-measuring",
        "a running program that only sends measurements",
        || simple(f407(), SerialProgram::Measurements, st_example()),
    ),
];

/// ST's IDs of a virtual COM port.
fn st_port(manufacturer: &str, product: &str, serial: &str) -> Identity {
    Identity {
        version: 0x0200,
        ..identity(0x0483, 0x5740, manufacturer, product).with_serial(serial)
    }
}

/// As ST's example leaves it.
fn st_example() -> Identity {
    virtual_com_port().identity
}

/// Nothing but a serial port.
fn simple(board: Board, program: SerialProgram, identity: Identity) -> Board {
    let serial = Serial {
        program,
        device_class: [2, 2, 0],
        data_endpoint: 1,
    };
    let interfaces = [(0x02, 0x02, 0x01, ""), (0x0A, 0x00, 0x00, "")];
    running(board, identity, &interfaces, serial)
}

fn running(
    board: Board,
    identity: Identity,
    interfaces: &[(u8, u8, u8, &str)],
    serial: Serial,
) -> Board {
    Board {
        application: Some(Application {
            identity,
            interfaces: interfaces.iter().copied().map(interface).collect(),
            run_time: None,
            serial: Some(serial),
        }),
        starts_in: StartsIn::Application,
        ..board
    }
}

/// Its drive comes first, on endpoint 1 (ports/stm32/usbd_conf.c, usbdev/class/usbd_cdc_msc_hid.c);
/// the drive's own endpoints are not simulated.
fn micropython() -> Board {
    let product = "Pyboard Virtual Comm Port in FS Mode";
    let identity = identity(0xF055, 0x9800, "MicroPython", product).with_serial("325C387F3234");
    let interfaces = [
        (0x08, 0x06, 0x50, ""),
        (0x02, 0x02, 0x01, ""),
        (0x0A, 0x00, 0x00, ""),
    ];
    let serial = Serial {
        program: SerialProgram::MicroPython,
        device_class: [0xEF, 2, 1],
        data_endpoint: 3,
    };
    running(f407(), identity, &interfaces, serial)
}

/// With Arduino's own bootloader in the first sector (ArduinoCore-mbed boards.txt:
/// `upload.address=0x08040000`).
fn giga() -> Board {
    let layout = "@Internal Flash  2MB   /0x08000000/01*128Ka,15*128Kg";
    let bootloader = Bootloader {
        identity: identity(0x2341, 0x0366, "Arduino", "Giga DFU").with_serial("003300223132"),
        alternates: vec![Alternate {
            layout: text(layout),
            areas: vec![Area::new(
                AreaKind::Flash,
                0x0800_0000,
                &[(1, 128 * KIB, READ_ONLY), (15, 128 * KIB, ALL)],
            )],
        }],
        program_at: Some(Address(0x0804_0000)),
        ..h7()
    };
    let board = Board {
        bootloader: Some(bootloader),
        ..f407()
    };
    let identity = identity(0x2341, 0x0266, "Arduino", "Giga").with_serial("003300223132");
    let serial = Serial {
        program: SerialProgram::ArduinoMbed,
        device_class: [0xEF, 2, 1],
        data_endpoint: 1,
    };
    let interfaces = [(0x02, 0x02, 0x00, ""), (0x0A, 0x00, 0x00, "")];
    running(board, identity, &interfaces, serial)
}
