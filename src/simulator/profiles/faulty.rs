//! An F407 with something wrong with it: for every refusal and failure a board that shows it.

use crate::address::Address;
use crate::transport::UsbErrorKind;

use super::super::board::Board;
use super::super::faults::{Fault, Faults};
use super::super::protocol::RequestKind;
use super::Profile;
use super::stm32::f407;

pub(super) const BOARDS: &[Profile] = &[
    Profile::new("f407-protected", "STM32F407 with read protection", || {
        f407().read_protected()
    }),
    // Sectors 0 and 1, by option bytes: erase and write are acknowledged and dropped (AN2662).
    Profile::new(
        "f407-write-protected",
        "STM32F407 whose first 32 KiB silently ignore writes",
        || {
            let protection = [0xFC, 0x0F, 0x03, 0xF0].repeat(2);
            f407().holding(Address(0x1FFF_C008), protection)
        },
    ),
    Profile::new("f407-error", "STM32F407 that starts in dfuERROR", || {
        f407().starting_in_error()
    }),
    Profile::new(
        "f407-no-access",
        "STM32F407 that the system does not let you open",
        || blocked(UsbErrorKind::Access),
    ),
    Profile::new("f407-in-use", "STM32F407 that another program uses", || {
        blocked(UsbErrorKind::Busy)
    }),
    Profile::new(
        "f407-wrong-driver",
        "STM32F407 whose driver cannot be used",
        || blocked(UsbErrorKind::WrongDriver),
    ),
    Profile::new(
        "f407-unplugged",
        "STM32F407 whose cable is pulled at the 20th transfer",
        || f407().with_faults(Faults::new().at_transfer(SOME_TRANSFERS_IN, Fault::Unplug)),
    ),
    Profile::new(
        "f407-bad-write",
        "STM32F407 that writes some bits wrongly",
        || f407().with_faults(bad_writes()),
    ),
];

/// Late enough that a small job is under way.
const SOME_TRANSFERS_IN: u64 = 20;

fn blocked(kind: UsbErrorKind) -> Board {
    Board {
        blocked: Some(kind),
        ..f407()
    }
}

/// Flips a bit of an early download of data; a command that it meets is left as it is.
fn bad_writes() -> Faults {
    (1..=SOME_TRANSFERS_IN).fold(Faults::new(), |faults, number| {
        faults.at_request(RequestKind::Download, number, Fault::CorruptByte(0))
    })
}
