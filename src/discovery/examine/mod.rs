//! From the records of a scan to the devices that matter.

use crate::transport::{DeviceRecord, InterfaceRecord, UsbErrorKind};

use super::diagnosis;
use super::facts::{Os, SystemFacts};
use super::family;
use super::found::{Found, Kind, Readiness, Target};
use super::identity::{Identity, Role, identify};
use super::targets::{is_partition, read_targets};

/// DFU 1.1 §4.2.1 and §4.1.2.
const DFU_CLASS: (u8, u8) = (0xFE, 0x01);
const RUN_TIME_PROTOCOL: u8 = 1;
const DFU_MODE_PROTOCOL: u8 = 2;
/// bcdDFUVersion of DfuSe (UM0424 §10.2).
const DFUSE_VERSION: u16 = 0x011A;

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
    let kind = kind_of(identity, &settings, &targets)?;
    let readiness = readiness_of(kind, record, facts.os);
    let functional = settings.iter().find_map(|setting| setting.functional);
    let (label, likely) = family::label(record, identity, kind, &targets, functional);
    let settling = readiness != Readiness::Ready
        && record.blocked.is_some()
        && facts.is_settling(&record.place);
    let mut found = Found {
        id: record.place.0.clone(),
        record: record.clone(),
        kind,
        readiness,
        interface: settings.first().map(|setting| setting.number),
        targets: match kind {
            Kind::RunTime | Kind::Application(_) | Kind::DebugProbe => Vec::new(),
            Kind::DfuSe | Kind::PlainDfu | Kind::Partitions => targets,
        },
        functional,
        label,
        likely,
        notes,
        settling,
        before: facts.before.get(&record.place).copied(),
        diagnosis: None,
    };
    found.diagnosis = diagnosis::of_device(&found, facts);
    Some(found)
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

/// The DSO Nano says protocol 0 in DFU mode, with DfuSe's version (dfu-util); some bootloaders say
/// the run-time protocol, but only in DFU mode is there a memory layout.
fn is_dfu_mode(setting: &InterfaceRecord) -> bool {
    let has_layout = setting
        .name
        .as_deref()
        .is_some_and(|name| name.trim_start().starts_with('@'));
    match setting.protocol {
        DFU_MODE_PROTOCOL => true,
        RUN_TIME_PROTOCOL => has_layout,
        _ => {
            has_layout
                || setting
                    .functional
                    .is_some_and(|f| f.dfu_version == DFUSE_VERSION)
        }
    }
}

fn kind_of(
    identity: Option<&Identity>,
    settings: &[&InterfaceRecord],
    targets: &[Target],
) -> Option<Kind> {
    let role = identity.map(|identity| identity.role);
    if settings.iter().any(|setting| is_dfu_mode(setting)) {
        return Some(bootloader_kind(role, settings, targets));
    }
    match role {
        Some(Role::DebugProbe) => Some(Kind::DebugProbe),
        _ if !settings.is_empty() => Some(Kind::RunTime),
        // Its interfaces could not be read, as happens without a driver.
        Some(Role::DfuSe) => Some(Kind::DfuSe),
        Some(Role::PlainDfu) => Some(Kind::PlainDfu),
        Some(Role::Application(program)) => Some(Kind::Application(program)),
        None => None,
    }
}

/// The version in the descriptor is often wrong (fwupd forces it for 0483:df11): a layout string
/// counts for more.
fn bootloader_kind(role: Option<Role>, settings: &[&InterfaceRecord], targets: &[Target]) -> Kind {
    if role == Some(Role::PlainDfu) {
        return Kind::PlainDfu;
    }
    if targets.iter().any(is_partition) {
        return Kind::Partitions;
    }
    let names: Vec<&str> = settings.iter().filter_map(|s| s.name.as_deref()).collect();
    let has_memory = targets.iter().any(|target| target.map.is_ok());
    let says_dfuse = settings
        .iter()
        .any(|s| s.functional.is_some_and(|f| f.dfu_version == DFUSE_VERSION));
    let unread = names.is_empty() && (says_dfuse || role == Some(Role::DfuSe));
    if has_memory || unread || names.iter().any(|name| name.trim_start().starts_with('@')) {
        Kind::DfuSe
    } else {
        Kind::PlainDfu
    }
}

fn readiness_of(kind: Kind, record: &DeviceRecord, os: Os) -> Readiness {
    match kind {
        Kind::RunTime => Readiness::RunTime,
        Kind::Application(_) => Readiness::Application,
        Kind::DebugProbe => Readiness::DebugProbe,
        Kind::DfuSe | Kind::PlainDfu | Kind::Partitions => match record.blocked {
            None if record.interfaces.is_empty() => unreadable(record, os),
            None => Readiness::Ready,
            Some(UsbErrorKind::Busy) => Readiness::InUse,
            // Only Linux has permissions on devices; elsewhere it means that somebody has it.
            Some(UsbErrorKind::Access) if matches!(os, Os::Windows | Os::MacOs) => Readiness::InUse,
            Some(UsbErrorKind::WrongDriver) => wrong_driver(record),
            Some(reason) => Readiness::NoAccess(reason),
        },
    }
}

/// A bootloader by its ID whose descriptors the system did not hand out.
fn unreadable(record: &DeviceRecord, os: Os) -> Readiness {
    match os {
        Os::Windows => wrong_driver(record),
        Os::Linux | Os::MacOs | Os::Other => Readiness::NoAccess(UsbErrorKind::Io),
    }
}

/// Where the driver is one that libusb can use, the trouble is another.
fn wrong_driver(record: &DeviceRecord) -> Readiness {
    let usable = |driver: &str| {
        ["winusb", "libusbk", "libusb0"].contains(&driver.to_ascii_lowercase().as_str())
    };
    match &record.driver {
        Some(driver) if usable(driver) => Readiness::NoAccess(UsbErrorKind::Io),
        driver => Readiness::WrongDriver(driver.clone()),
    }
}

#[cfg(test)]
mod tests;
