//! Windows: libusb cannot use the bound driver, or there is none.

use super::step::{Action, Diagnosis, Step};
use crate::discovery::driver::Bound;
use crate::discovery::facts::SystemFacts;
use crate::discovery::found::Found;
use crate::transport::Place;

const ZADIG: &str = "https://zadig.akeo.ie";
const CUBE_PROGRAMMER: &str = "https://www.st.com/en/development-tools/stm32cubeprog.html";

/// `service` is the name of the driver's service, as Windows reports it: "STTub30". Whose driver it
/// is, Windows' records may tell as well.
pub(super) fn wrong(found: &Found, service: Option<&str>, facts: &SystemFacts) -> Diagnosis {
    let label = &found.label;
    let recorded = facts.drivers.get(found.place());
    let service = recorded.map_or(service, |device| device.service.as_deref());
    let (what, why) = match service.filter(|name| !name.is_empty()) {
        Some(name) if is_dfuse_driver(name) => (
            format!("{label} is bound to DfuSe's driver ({name})"),
            "Windows shows it as \"STM Device in DFU Mode\". Only DfuSe can use that driver; Upfuse \
             needs WinUSB, and a board has one driver at a time"
                .to_owned(),
        ),
        Some(name) => (
            format!("{label} is bound to the driver {name}"),
            "Upfuse needs WinUSB, and a board has one driver at a time".to_owned(),
        ),
        None if recorded.is_some() => (
            format!("{label} has no driver"),
            "Upfuse needs WinUSB. Windows has found no driver for it: STM32 bootloaders do not ask \
             for WinUSB"
                .to_owned(),
        ),
        None => (
            format!("{label} has no driver that Upfuse can use"),
            "Upfuse needs WinUSB. Windows has bound another driver, or none at all: STM32 \
             bootloaders do not ask for WinUSB"
                .to_owned(),
        ),
    };
    let why = match recorded {
        Some(device) if service.is_some() => {
            format!("{why}. It has {}", Bound::of(device).describe(device))
        }
        _ => why,
    };
    let mut all = by_hand(service, facts);
    if recorded.is_some() {
        all.insert(0, install_step(found.place()));
    }
    Diagnosis::new(what, why, all)
}

fn install_step(place: &Place) -> Step {
    Step::with_action(
        format!(
            "Install the driver (upfuse driver install --device {place}): Windows asks for \
             administrator rights, and the board gets WinUSB"
        ),
        Action::InstallDriver(place.clone()),
    )
}

fn is_dfuse_driver(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with("sttub")
}

fn by_hand(driver: Option<&str>, facts: &SystemFacts) -> Vec<Step> {
    let shown_as = if driver.is_some_and(is_dfuse_driver) {
        "\"STM Device in DFU Mode\""
    } else {
        "the board (\"STM32 BOOTLOADER\", or \"STM Device in DFU Mode\")"
    };
    vec![
        Step::new(format!(
            "By hand: in Device Manager right-click {shown_as}, then: Update driver, Browse my \
             computer for drivers, Let me pick from a list, Universal Serial Bus devices, WinUsb \
             Device, WinUsb Device, Next"
        )),
        cube_step(facts),
        Step::with_action(
            "Or with Zadig: Options, List All Devices, choose STM32 BOOTLOADER, choose WinUSB, \
             Replace Driver",
            Action::OpenLink(ZADIG),
        ),
        Step::new(
            "DfuSe cannot use the board while WinUSB is bound. To go back (upfuse driver restore): \
             in Device Manager right-click the board, Update driver, Browse, Let me pick, STM Device \
             in DFU Mode",
        ),
        Step::retry("Unplug the board and plug it in again, in DFU mode"),
    ]
}

/// ST's own INF binds WinUSB too (STM32Bootloader.inf 1.3.0.0).
fn cube_step(facts: &SystemFacts) -> Step {
    match &facts.cube_driver {
        Some(inf) => {
            let command = format!("pnputil /add-driver \"{}\" /install", inf.display());
            Step::with_action(
                format!(
                    "Or use the driver that STM32CubeProgrammer installed, in a terminal run as \
                     administrator: {command}"
                ),
                Action::CopyText(command),
            )
        }
        None => Step::with_action(
            "Or install STM32CubeProgrammer, which brings ST's WinUSB driver for STM32 bootloaders",
            Action::OpenLink(CUBE_PROGRAMMER),
        ),
    }
}
