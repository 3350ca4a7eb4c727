//! Windows: the driver bound to a board, and how to change it.
//!
//! | file | contents |
//! |---|---|
//! | `instance` | [`InstanceId`]: Windows' name of a device |
//! | `device` | [`Device`]: what Windows has recorded about it |
//! | `bound` | [`Bound`]: whose driver that is, and what it means for Upfuse |
//! | `refusal` | [`Refusal`]: the devices that are never touched |
//! | `settled` | the changes that need no administrator rights to be known as refused or done |
//! | `change` | [`install`] and [`restore`]: every decision, over the [`Windows`] that is given |
//! | `report` | [`Report`]: what became of it, for the program that asked |
//! | `words` | the same for people |
//! | `registry` | what Windows has recorded; where a report is left |
//! | `hand_over` | the question for administrator rights, and the report that comes back |
//!
//! Windows wants administrator rights for a change of driver. They are given to `upfuse-driver.exe`
//! alone, which takes an action and an instance ID, believes nothing else that its caller may write,
//! and does [`install`] or [`restore`] with the Windows calls of its own module.

mod bound;
mod change;
mod device;
mod hand_over;
mod instance;
mod refusal;
#[cfg(windows)]
pub mod registry;
mod report;
pub(super) mod samples;
mod settled;
mod words;

pub use bound::Bound;
pub use change::{DriverList, Held, Windows, WindowsError, install, restore};
pub use device::{Device, Package};
pub(crate) use hand_over::{HandOverError, change_driver};
pub use instance::{InstanceId, NotAnInstance};
pub use refusal::{Refusal, check};
pub use report::{Action, Outcome, Report};

use crate::transport::DeviceRecord;

/// What Windows has recorded about the board of a scan. `None` on other systems, and where it is
/// not certain which of several boards it is.
pub(crate) fn of_record(record: &DeviceRecord) -> Option<Device> {
    match record.place.is_simulated() {
        true => samples::simulated(record),
        false => of_system(record),
    }
}

#[cfg(windows)]
fn of_system(record: &DeviceRecord) -> Option<Device> {
    let instance = crate::transport::usb::instance(record)?;
    registry::device(&instance.parse().ok()?).ok()?
}

#[cfg(not(windows))]
fn of_system(_: &DeviceRecord) -> Option<Device> {
    None
}

/// The bootloaders that Windows has recorded, plugged in or not.
///
/// # Errors
/// If the system's records cannot be read, or it is not Windows.
pub(crate) fn remembered() -> Result<Vec<Device>, HandOverError> {
    #[cfg(windows)]
    return registry::bootloaders().map_err(HandOverError::Records);
    #[cfg(not(windows))]
    Err(HandOverError::NotWindows)
}
