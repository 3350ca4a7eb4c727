//! Devices found beside boards in DFU mode: debug probes, serial adapters, running programs.

use crate::transport::FunctionalDescriptor;

use super::super::board::{Application, Board, Identity, StartsIn};
use super::Profile;
use super::families::{functional, identity, interface, virtual_com_port};
use super::stm32::f407;

pub(super) const BOARDS: &[Profile] = &[
    // DETACH makes it leave the bus on its own (bitWillDetach).
    Profile::new(
        "runtime",
        "a running program with a run-time DFU interface",
        || with_run_time_dfu(0x0B),
    ),
    // DETACH only prepares it: the host must reset the bus in time.
    Profile::new(
        "runtime-reset",
        "a running program that waits for a bus reset after DETACH",
        || with_run_time_dfu(0x03),
    ),
    Profile::new(
        "vcp",
        "a running program with ST's virtual COM port",
        || only_a_program(virtual_com_port()),
    ),
    // The debugger on a Nucleo board, often taken for the board itself.
    Profile::new("st-link", "an ST-LINK/V2-1 debugger: no DFU", || {
        program(
            identity(0x0483, 0x374B, "STMicroelectronics", "STM32 STLink")
                .with_serial("066EFF495056805087123456"),
            &[
                (0xFF, 0xFF, 0xFF, "ST-Link Debug"),
                (0x08, 0x06, 0x50, "ST-Link Mass Storage"),
                (0x02, 0x02, 0x01, "ST-Link VCP Ctrl"),
                (0x0A, 0x00, 0x00, "ST-Link VCP Data"),
            ],
        )
    }),
    Profile::new("ch340", "a CH340 serial adapter", || {
        program(
            identity(0x1A86, 0x7523, "", "USB Serial"),
            &[(0xFF, 0x01, 0x02, "")],
        )
    }),
    Profile::new("cp2102", "a CP2102 serial adapter", || {
        let product = "CP2102 USB to UART Bridge Controller";
        program(
            identity(0x10C4, 0xEA60, "Silicon Labs", product).with_serial("0001"),
            &[(0xFF, 0x00, 0x00, product)],
        )
    }),
];

fn program(identity: Identity, interfaces: &[(u8, u8, u8, &str)]) -> Board {
    only_a_program(Application {
        identity,
        interfaces: interfaces.iter().copied().map(interface).collect(),
        run_time: None,
        serial: None,
    })
}

fn only_a_program(application: Application) -> Board {
    Board {
        bootloader: None,
        ..running(application)
    }
}

fn running(application: Application) -> Board {
    Board {
        application: Some(application),
        starts_in: StartsIn::Application,
        ..f407()
    }
}

/// In DFU mode it has another serial number: only its port identifies it as the same board.
fn with_run_time_dfu(attributes: u8) -> Board {
    let interfaces = [
        (0x02, 0x02, 0x01, ""),
        (0x0A, 0x00, 0x00, ""),
        (0xFE, 0x01, 0x01, "DFU run-time"),
    ];
    running(Application {
        identity: identity(
            0x0483,
            0x5740,
            "STMicroelectronics",
            "STM32 Virtual ComPort",
        )
        .with_serial("program-0001"),
        interfaces: interfaces.map(interface).to_vec(),
        run_time: Some(FunctionalDescriptor {
            attributes,
            detach_timeout: 1000,
            ..functional(2048)
        }),
        serial: None,
    })
}
