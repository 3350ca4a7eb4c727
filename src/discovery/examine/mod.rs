//! From the records of a scan to the devices that matter.

use crate::memory::LayoutError;
use crate::transport::{DeviceRecord, InterfaceRecord, UsbErrorKind};

use super::dialect::{dialect, has_at_name, reports_dfuse};
use super::facts::{Os, SystemFacts};
use super::family;
use super::found::{Found, Target};
use super::identity::{Identity, identify};
use super::kind::{Access, Dialect, Kind, Obstacle};
use super::targets::read_targets;

/// DFU 1.1 §4.2.1 and §4.1.2.
const DFU_CLASS: (u8, u8) = (0xFE, 0x01);
const RUN_TIME_PROTOCOL: u8 = 1;
const DFU_MODE_PROTOCOL: u8 = 2;

/// Every device that is, or may become, a board to upgrade, in the order of `records`.
pub fn examine(records: &[DeviceRecord], facts: &SystemFacts) -> Vec<Found> {
    records
        .iter()
        .filter_map(|record| examine_one(record, facts))
        .collect()
}

fn examine_one(record: &DeviceRecord, facts: &SystemFacts) -> Option<Found> {
    let identity = identify(record.vendor, record.product);
    let settings = dfu_settings(record);
    let (targets, notes) = read_targets(record, &settings);
    let kind = kind_of(record, identity, &settings, &targets)?;
    let functional = settings.iter().find_map(|setting| setting.functional);
    let (label, likely) = family::label(record, identity, kind, &targets, functional);
    Some(Found {
        record: record.clone(),
        kind,
        access: access_of(record, facts),
        interface: settings.first().map(|setting| setting.number),
        targets: match kind {
            Kind::Bootloader(Dialect::Plain) => without_maps(targets),
            Kind::Bootloader(_) => targets,
            Kind::RunTime | Kind::Application(_) | Kind::DebugProbe => Vec::new(),
        },
        functional,
        label,
        likely,
        notes,
        previous_program: facts.previous_programs.get(&record.place).copied(),
    })
}

/// A plain board's names may look like layouts (UNO R4); their addresses are never sent.
fn without_maps(targets: Vec<Target>) -> Vec<Target> {
    let without = |target| Target {
        map: Err(LayoutError::NoAddresses),
        ..target
    };
    targets.into_iter().map(without).collect()
}

/// The alternate settings of the first interface in DFU mode, else of the first run-time one.
fn dfu_settings(record: &DeviceRecord) -> Vec<&InterfaceRecord> {
    let dfu = || {
        record
            .interfaces
            .iter()
            .filter(|i| (i.class, i.subclass) == DFU_CLASS)
    };
    let number = dfu()
        .find(|i| is_dfu_mode(i))
        .or_else(|| dfu().next())
        .map(|i| i.number);
    dfu().filter(|i| Some(i.number) == number).collect()
}

/// The DSO Nano reports protocol 0 in DFU mode, with DfuSe's version (dfu-util); some bootloaders
/// report the run-time protocol, but a memory layout exists only in DFU mode.
fn is_dfu_mode(setting: &InterfaceRecord) -> bool {
    let has_layout = has_at_name(setting);
    match setting.protocol {
        DFU_MODE_PROTOCOL => true,
        RUN_TIME_PROTOCOL => has_layout,
        _ => has_layout || reports_dfuse(setting),
    }
}

fn kind_of(
    record: &DeviceRecord,
    identity: Option<&Identity>,
    settings: &[&InterfaceRecord],
    targets: &[Target],
) -> Option<Kind> {
    let known = identity.map(|identity| identity.kind);
    if settings.iter().any(|setting| is_dfu_mode(setting)) {
        return Some(Kind::Bootloader(dialect(record, known, settings, targets)));
    }
    match known {
        Some(Kind::DebugProbe) => known,
        _ if !settings.is_empty() => Some(Kind::RunTime),
        // A bootloader whose interfaces could not be read, as happens without a driver.
        _ => known,
    }
}

fn access_of(record: &DeviceRecord, facts: &SystemFacts) -> Access {
    let Some(reason) = record.blocked else {
        return if record.interfaces.is_empty() {
            Access::Blocked(unreadable(record, facts.os))
        } else {
            Access::Ready
        };
    };
    let obstacle = match reason {
        UsbErrorKind::Busy => Obstacle::InUse,
        // Only Linux has permissions on devices; elsewhere the error means that another program has it open.
        UsbErrorKind::Access if matches!(facts.os, Os::Windows | Os::MacOs) => Obstacle::InUse,
        UsbErrorKind::WrongDriver => wrong_driver(record),
        reason => Obstacle::NoAccess(reason),
    };
    if facts.is_settling(&record.place) {
        Access::Settling(obstacle)
    } else {
        Access::Blocked(obstacle)
    }
}

/// The system did not provide the descriptors.
fn unreadable(record: &DeviceRecord, os: Os) -> Obstacle {
    match os {
        Os::Windows => wrong_driver(record),
        Os::Linux | Os::MacOs | Os::Other => Obstacle::NoAccess(UsbErrorKind::Io),
    }
}

/// A driver that libusb can use is not the obstacle.
fn wrong_driver(record: &DeviceRecord) -> Obstacle {
    let usable = |driver: &str| {
        ["winusb", "libusbk", "libusb0"].contains(&driver.to_ascii_lowercase().as_str())
    };
    match &record.driver {
        Some(driver) if usable(driver) => Obstacle::NoAccess(UsbErrorKind::Io),
        driver => Obstacle::WrongDriver(driver.clone()),
    }
}

#[cfg(test)]
mod tests;
