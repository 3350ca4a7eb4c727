//! What Windows has recorded about USB devices, and the report of `upfuse-driver`.
//!
//! The report is under `HKEY_LOCAL_MACHINE\SOFTWARE`: everybody may read there, only administrators
//! may write. A file at a place that the caller names, or in a folder that a user can make, would let
//! any program of that user have a file written with administrator rights.

use windows_registry::{Key, LOCAL_MACHINE};

use super::device::{Device, Package};
use super::instance::{InstanceId, ids};
use super::report::Report;
use crate::discovery::identity;

const USB: &str = r"SYSTEM\CurrentControlSet\Enum\USB";
/// Below it a key for each class, with a key for each driver.
const CLASSES: &str = r"SYSTEM\CurrentControlSet\Control\Class";
const REPORTS: &str = r"SOFTWARE\Upfuse\Driver";

/// ERROR_FILE_NOT_FOUND and ERROR_PATH_NOT_FOUND as an HRESULT.
const MISSING: [u32; 2] = [0x8007_0002, 0x8007_0003];

/// Whole devices with the ID of a known bootloader, plugged in or not.
///
/// # Errors
/// The system's text, if its records cannot be read.
pub fn bootloaders() -> Result<Vec<Device>, String> {
    let Some(usb) = open(USB)? else {
        return Ok(Vec::new());
    };
    let is_bootloader = |name: &String| {
        ids(name).is_some_and(|(vendor, product)| identity::is_bootloader(vendor, product))
    };
    let mut devices = Vec::new();
    for name in usb.keys().map_err(|e| e.to_string())?.filter(is_bootloader) {
        let instances = usb.open(&name).map_err(|e| e.to_string())?;
        for suffix in instances.keys().map_err(|e| e.to_string())? {
            // An instance that Upfuse would not pass on is not offered either.
            if let Ok(instance) = format!(r"USB\{name}\{suffix}").parse::<InstanceId>() {
                devices.extend(device(&instance)?);
            }
        }
    }
    Ok(devices)
}

/// What is recorded about one device; `None` if it was never plugged in.
///
/// # Errors
/// The system's text, if its records cannot be read.
pub fn device(instance: &InstanceId) -> Result<Option<Device>, String> {
    let path = format!(r"SYSTEM\CurrentControlSet\Enum\{instance}");
    let Some(key) = open(&path)? else {
        return Ok(None);
    };
    // `{36fc9e60-…}\0007`
    let driver = text(&key, "Driver");
    let driver = driver.and_then(|driver| LOCAL_MACHINE.open(format!(r"{CLASSES}\{driver}")).ok());
    Ok(Some(Device {
        instance: instance.clone(),
        service: text(&key, "Service"),
        class: text(&key, "ClassGUID"),
        hardware_ids: texts(&key, "HardwareID"),
        compatible_ids: texts(&key, "CompatibleIDs"),
        package: driver.map(|key| package(&key)).unwrap_or_default(),
    }))
}

fn package(key: &Key) -> Package {
    Package {
        inf: text(key, "InfPath"),
        provider: text(key, "ProviderName"),
        description: text(key, "DriverDesc"),
        version: text(key, "DriverVersion"),
    }
}

/// `None` if there is no such text.
fn text(key: &Key, name: &str) -> Option<String> {
    key.get_string(name).ok().filter(|text| !text.is_empty())
}

fn texts(key: &Key, name: &str) -> Vec<String> {
    let mut texts = key.get_multi_string(name).unwrap_or_default();
    // The end of the list.
    texts.retain(|text| !text.is_empty());
    texts
}

/// `None` if there is no such key.
fn open(path: &str) -> Result<Option<Key>, String> {
    match LOCAL_MACHINE.open(path) {
        Ok(key) => Ok(Some(key)),
        Err(error) => {
            let code = u32::from_ne_bytes(error.code().0.to_ne_bytes());
            match MISSING.contains(&code) {
                true => Ok(None),
                false => Err(error.to_string()),
            }
        }
    }
}

/// Where the report about a device is: its name has backslashes, which part keys.
fn report_key(instance: &InstanceId) -> String {
    let name = instance.as_str().to_ascii_uppercase().replace('\\', "#");
    format!(r"{REPORTS}\{name}")
}

/// The report of the last run for this device.
pub fn report(instance: &InstanceId) -> Option<Report> {
    let key = LOCAL_MACHINE.open(report_key(instance)).ok()?;
    let text = key.get_string("Report").ok()?;
    let report: Report = serde_json::from_str(&text).ok()?;
    report.instance.is(instance).then_some(report)
}

/// Leaves the report for the program that asked. Needs administrator rights.
///
/// # Errors
/// The system's text.
pub fn leave_report(report: &Report) -> Result<(), String> {
    let text = serde_json::to_string(report).map_err(|e| e.to_string())?;
    keep(&report.instance, "Report", &text)
}

/// The setup class that the device had before.
pub fn kept_class(instance: &InstanceId) -> Option<String> {
    let key = LOCAL_MACHINE.open(report_key(instance)).ok()?;
    text(&key, "PreviousClass")
}

/// Needs administrator rights.
///
/// # Errors
/// The system's text.
pub fn keep_class(instance: &InstanceId, class: &str) -> Result<(), String> {
    keep(instance, "PreviousClass", class)
}

fn keep(instance: &InstanceId, name: &str, text: &str) -> Result<(), String> {
    let key = LOCAL_MACHINE.create(report_key(instance));
    key.and_then(|key| key.set_string(name, text))
        .map_err(|error| error.to_string())
}

/// `C:\Program Files`, from where only administrators can write; the environment is the user's.
pub fn program_files() -> Option<String> {
    let key = LOCAL_MACHINE.open(r"SOFTWARE\Microsoft\Windows\CurrentVersion");
    text(&key.ok()?, "ProgramFilesDir")
}
