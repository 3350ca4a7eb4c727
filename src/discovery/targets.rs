//! The alternate settings of a DFU interface, and the memory of each.

use crate::address::{Address, ByteSize};
use crate::memory::{LayoutError, MemoryMap, doubt, known_correction, parse_layout};
use crate::transport::{DeviceRecord, InterfaceRecord};

use super::found::Target;

/// Targets, and notes on their faults.
pub(super) fn read_targets(
    record: &DeviceRecord,
    settings: &[&InterfaceRecord],
) -> (Vec<Target>, Vec<String>) {
    let mut notes = Vec::new();
    let mut targets: Vec<Target> = Vec::new();
    for setting in settings {
        let target = read_target(record, setting, &mut notes);
        targets.push(refuse_repetition(target, &targets, &mut notes));
    }
    notes.extend(
        targets
            .iter()
            .find_map(|t| in_flash_note(t.map.as_ref().ok()?)),
    );
    let doubts = targets
        .iter()
        .filter_map(|target| doubt(target.map.as_ref().ok()?));
    notes.extend(doubts.map(str::to_owned));
    (targets, notes)
}

fn read_target(
    record: &DeviceRecord,
    setting: &InterfaceRecord,
    notes: &mut Vec<String>,
) -> Target {
    let layout = setting.name.clone();
    let correction = known_correction(
        record.vendor,
        record.product,
        record.serial.as_deref(),
        setting.alternate,
        layout.as_deref(),
    );
    let map = match (correction, &layout) {
        (Some(correction), _) => {
            notes.push(correction.note);
            Ok(correction.map)
        }
        (None, Some(text)) => parse_layout(text).and_then(|map| refuse_partition(text, map)),
        (None, None) => Err(LayoutError::unreadable("", "the device did not report it")),
    };
    Target {
        alternate: setting.alternate,
        name: target_name(&map, layout.as_deref(), setting.alternate),
        layout,
        map,
    }
}

fn target_name(
    map: &Result<MemoryMap, LayoutError>,
    layout: Option<&str>,
    alternate: u8,
) -> String {
    let text = match (map, layout) {
        (Ok(map), _) => map.name.as_str(),
        (Err(_), Some(text)) => {
            let name = text.trim().trim_start_matches('@');
            name.split('/').next().unwrap_or(name).trim()
        }
        (Err(_), None) => "",
    };
    if text.is_empty() {
        return format!("target {alternate}");
    }
    // "Arduino  boot  v.25"
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn in_flash_note(map: &MemoryMap) -> Option<String> {
    let size = bootloader_in_flash(map)?;
    Some(format!(
        "its bootloader probably lives in the first {size} of the flash; a mass erase, or removing \
         read protection, may erase it for good"
    ))
}

/// The size of a bootloader at the start of flash. ST's ROMs let all of the flash be written;
/// bootloaders in flash protect their own sectors, but a mass erase and the end of read protection
/// ignore that.
pub(super) fn bootloader_in_flash(map: &MemoryMap) -> Option<ByteSize> {
    let first = map.runs().first()?;
    let own = first.start == Address::FLASH && !first.access.write && !first.access.erase;
    let size = first.range()?.len();
    own.then_some(ByteSize(size))
}

/// STM32MP1, MP2 and N6 offer partitions under 0483:df11, with numbers 0x00–0xF1 in place of
/// addresses (`@FSBL /0x01/1*1Me`), not erasable.
fn partition_number(map: &MemoryMap) -> Option<u32> {
    match map.runs() {
        [only] if only.start.0 <= 0xFF && !only.access.erase => Some(only.start.0),
        _ => None,
    }
}

pub(super) fn is_partition(target: &Target) -> bool {
    let map = target.layout.as_deref().map(parse_layout);
    map.is_some_and(|map| map.is_ok_and(|map| partition_number(&map).is_some()))
}

fn refuse_partition(text: &str, map: MemoryMap) -> Result<MemoryMap, LayoutError> {
    match partition_number(&map) {
        Some(number) => {
            let why = format!("it is partition {number:#04x} and not memory at an address");
            Err(LayoutError::unreadable(text, why))
        }
        None => Ok(map),
    }
}

/// The STM32G0B1's ROM gives all of its alternate settings the flash's name: only the first is known
/// to be the flash.
fn refuse_repetition(mut target: Target, earlier: &[Target], notes: &mut Vec<String>) -> Target {
    if let (Some(other), Some(text), true) =
        (target.repeated(earlier), &target.layout, target.map.is_ok())
    {
        notes.push(format!(
            "target {} has the same layout as target {}, as on the STM32G0B1; its contents are \
             unknown, and it is not used",
            target.alternate, other.alternate
        ));
        let why = format!("target {} has the same layout", other.alternate);
        target.map = Err(LayoutError::unreadable(text, why));
    }
    target
}

impl Target {
    /// The target among `others` with a lower number and the same layout string.
    pub(super) fn repeated<'a>(&self, others: &'a [Self]) -> Option<&'a Self> {
        self.layout.as_ref()?;
        others
            .iter()
            .find(|other| other.alternate < self.alternate && other.layout == self.layout)
    }
}
