//! What shows up beside boards in DFU mode: debug probes, serial adapters, running programs.

use crate::transport::FunctionalDescriptor;

use super::super::board::{Application, ApplicationInterface, Board, Identity, StartsIn};
use super::families::{identity, text, virtual_com_port};
use super::stm32::f407;

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
