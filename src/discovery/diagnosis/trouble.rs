//! Boards that are present but cannot be used.

use super::step::{Action, Diagnosis, Step};
use crate::discovery::facts::{Health, Os, SystemFacts};
use crate::discovery::found::Found;
use crate::discovery::kind::Dialect;
use crate::transport::{UsbError, UsbErrorKind};

/// This machine's USB cannot be read.
pub(super) fn no_usb(error: &UsbError, facts: &SystemFacts) -> Diagnosis {
    let mut steps = match facts.os {
        Os::Linux => vec![
            Step::new(
                "In a virtual machine or a container, pass the board's USB device through; in WSL, \
                 attach it with usbipd",
            ),
            Step::new("Check that /dev/bus/usb exists"),
        ],
        Os::Windows | Os::MacOs | Os::Other => vec![Step::new(
            "In a virtual machine, pass the board's USB device through",
        )],
    };
    steps.push(Step::retry("Check again"));
    steps.push(Step::with_action(
        "No board? Try a simulated one",
        Action::TrySimulated,
    ));
    Diagnosis::new(
        "This machine's USB cannot be read",
        format!("The system's answer was: {}", error.detail),
        steps,
    )
}

pub(super) fn in_use(found: &Found, facts: &SystemFacts) -> Diagnosis {
    let label = &found.label;
    let mut steps = vec![
        Step::retry("Close that program or tab, or stop its job, then check again"),
        Step::retry("If that does not help, unplug the board and plug it in again, in DFU mode"),
    ];
    if let Some(holder) = facts.holders.get(found.place()) {
        let what = format!("{holder} uses {label}");
        return Diagnosis::new(what, "A board belongs to one program at a time", steps);
    }
    let mut why = "A board belongs to one program at a time. It is usually held by another \
                   programmer (STM32CubeProgrammer, DfuSe, dfu-util, a configurator such as \
                   Betaflight's), a browser tab that flashed it, or a virtual machine that took it"
        .to_owned();
    match found.record.driver.as_deref() {
        // Linux shows every program under this name; on Windows every program uses WinUSB.
        Some("usbfs") | None => {}
        Some(name) if name.eq_ignore_ascii_case("winusb") => {}
        Some(name) => why.push_str(&format!(". The driver bound to it is {name}")),
    }
    if facts.os == Os::Linux {
        steps.push(Step::new(
            "To see which program it is: sudo lsof /dev/bus/usb/*/*",
        ));
    }
    Diagnosis::new(format!("Another program uses {label}"), why, steps)
}

/// It could not be opened, or did not answer a request for its strings.
pub(super) fn silent(label: &str, reason: UsbErrorKind) -> Diagnosis {
    Diagnosis::new(
        format!("{label} does not answer"),
        format!(
            "When asked for its description: {reason}. It may be busy erasing for another program, \
             or its bootloader hangs; a bad cable is also likely"
        ),
        vec![
            Step::retry("Wait for another program's job to end, then check again"),
            Step::new("Unplug the board and plug it in again, in DFU mode"),
            Step::new("Try another cable or another port, without a hub"),
        ],
    )
}

/// A device that can be opened: its health or its dialect may still prevent a job.
pub(super) fn ready_device(
    found: &Found,
    dialect: Dialect,
    facts: &SystemFacts,
) -> Option<Diagnosis> {
    match facts.health.get(found.place()) {
        Some(Health::Protected) => return Some(protected(found)),
        Some(Health::Stuck(tried)) => return Some(stuck(&found.label, tried)),
        None => {}
    }
    match dialect {
        Dialect::Partitions => Some(partitions(&found.label)),
        Dialect::Plain | Dialect::DfuSe if found.can_upgrade() => None,
        Dialect::Plain => Some(read_only(&found.label)),
        Dialect::DfuSe => Some(unreadable(found)),
    }
}

fn stuck(label: &str, tried: &str) -> Diagnosis {
    Diagnosis::new(
        format!("{label} is stuck"),
        format!("Its bootloader does not become idle: {tried}"),
        vec![
            Step::new("Unplug the board and plug it in again, in DFU mode"),
            Step::new(
                "If it runs from a battery or a debugger's port, cut that power too: only a reset \
                 restarts the bootloader",
            ),
        ],
    )
}

fn protected(found: &Found) -> Diagnosis {
    if found.erase_warning().is_some() {
        return protected_with_its_bootloader(found);
    }
    Diagnosis::new(
        format!("{} is read-protected", found.label),
        "It refuses to read, write and erase its flash. At level 1 the protection can be removed, \
         which erases everything on the board, its settings included. Level 2 is permanent: such a \
         board cannot be upgraded over USB, and nothing can change that",
        vec![
            Step::with_action(
                format!(
                    "Remove protection… (upfuse unprotect --device {}): erases everything",
                    found.place()
                ),
                Action::RemoveProtection(found.place().clone()),
            ),
            Step::new(
                "Afterwards the board restarts; unplug it and plug it in again, in DFU mode, and \
                 upgrade it",
            ),
            Step::new(
                "If you do not expect a protected board, look for a firmware file and instructions \
                 from its maker first",
            ),
        ],
    )
}

/// Removing the protection would erase the bootloader that does it.
fn protected_with_its_bootloader(found: &Found) -> Diagnosis {
    Diagnosis::new(
        format!("{} is read-protected", found.label),
        "It refuses to read, write and erase its flash. Its bootloader probably lives in that flash \
         too: removing the protection would erase the bootloader for good",
        vec![
            Step::new("Look for a program and instructions from the maker of the board"),
            Step::new("A debug probe such as ST-LINK can erase the board and write a bootloader"),
        ],
    )
}

fn partitions(label: &str) -> Diagnosis {
    Diagnosis::new(
        format!("{label} offers partitions, not flash at an address"),
        "Its boot ROM has the same ID as the STM32 bootloaders, but is loaded with signed images \
         in a fixed order. Upfuse refuses to write there",
        vec![Step::with_action(
            "Use STM32CubeProgrammer with the flash layout file (.tsv) of your image",
            Action::OpenLink("https://www.st.com/en/development-tools/stm32cubeprog.html"),
        )],
    )
}

/// Plain DFU without bitCanDnload.
fn read_only(label: &str) -> Diagnosis {
    Diagnosis::new(
        format!("{label} takes no firmware"),
        "Its description says that it can be read at most, not written",
        vec![Step::new(
            "Look for the way that its maker names to upgrade it",
        )],
    )
}

fn unreadable(found: &Found) -> Diagnosis {
    let reasons: Vec<String> = found
        .targets
        .iter()
        .filter_map(|target| target.map.as_ref().err())
        .map(ToString::to_string)
        .collect();
    let why = if reasons.is_empty() {
        "It offers no memory at all".to_owned()
    } else {
        reasons.join("; ")
    };
    Diagnosis::new(
        format!("The memory of {} is not known", found.label),
        why,
        vec![
            Step::retry("Unplug the board and plug it in again, in DFU mode"),
            Step::with_action(
                "If that does not help, please report it with this text",
                Action::CopyText(found.report_text()),
            ),
        ],
    )
}
