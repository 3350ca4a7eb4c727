//! An F407 with something wrong with it: for every refusal and failure a board that shows it.

use crate::address::{Address, AddressRange};
use crate::transport::UsbErrorKind;

use super::super::board::Board;
use super::super::faults::{Fault, Faults};
use super::super::protocol::RequestKind;
use super::families::KIB;
use super::stm32::f407;

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
