//! The label of a device. Bootloaders do not report the part they run on: the family is inferred
//! from the memory map, and marked as such.

use std::fmt;

use crate::address::{Address, ByteSize};
use crate::memory::MemoryMap;
use crate::transport::{DeviceRecord, FunctionalDescriptor};

use super::found::Target;
use super::identity::Identity;
use super::kind::{Core, Dialect, Kind};

/// The name, and whether it is inferred.
pub(super) fn label(
    record: &DeviceRecord,
    identity: Option<&Identity>,
    kind: Kind,
    targets: &[Target],
    functional: Option<FunctionalDescriptor>,
) -> (String, bool) {
    let (name, likely) = name(record, identity, kind, targets, functional);
    // ST's own product string has two blanks in a row.
    let parts: Vec<&str> = name.split_whitespace().collect();
    (parts.join(" "), likely)
}

fn name(
    record: &DeviceRecord,
    identity: Option<&Identity>,
    kind: Kind,
    targets: &[Target],
    functional: Option<FunctionalDescriptor>,
) -> (String, bool) {
    let own = || record.product_name.as_deref().map(str::trim);
    let known = identity.map(|identity| identity.name);
    let unknown = format!("USB device {:04x}:{:04x}", record.vendor, record.product);
    match kind {
        Kind::DebugProbe => (known.unwrap_or(&unknown).to_owned(), false),
        Kind::Bootloader(Dialect::Partitions) => (partitioned(own().unwrap_or_default()), true),
        Kind::RunTime | Kind::Application(_) | Kind::Bootloader(Dialect::Plain) => {
            (own().or(known).unwrap_or(&unknown).to_owned(), false)
        }
        Kind::Bootloader(Dialect::DfuSe) => {
            let (name, likely) = match memory_family(record, targets, functional) {
                Some(family) => (family, true),
                None => (own_name(record, known).unwrap_or(&unknown), false),
            };
            match flash(targets) {
                Some(map) => (format!("{name}, {}", ByteSize(map.bytes())), likely),
                None => (known.unwrap_or(name).to_owned(), false),
            }
        }
    }
}

/// The name that a bootloader of another maker reports, or that its ID stands for.
fn own_name<'a>(record: &'a DeviceRecord, known: Option<&'a str>) -> Option<&'a str> {
    if is_gd32vf103(record) {
        return Some("GD32VF103");
    }
    let own = record.product_name.as_deref().map(str::trim);
    let specific = own.filter(|name| !name.is_empty() && !is_st_bootloader(name));
    let known = known.map(|name| name.strip_suffix(" bootloader").unwrap_or(name));
    if record.vendor == ST {
        return specific.or(known);
    }
    known.or(specific)
}

const ST: u16 = 0x0483;

/// By the product string: "DFU in HS Mode @Device ID /0x500, @Revision ID /0x0000" (logs of
/// STM32CubeProgrammer and dfu-util; 0x486 is ST's OpenBootloader for the STM32N6).
fn partitioned(product: &str) -> String {
    let id = product.split("@Device ID /").nth(1);
    let id = id.and_then(|id| id.split(',').next()).map(str::trim);
    match id {
        Some("0x500") => "STM32MP15",
        Some("0x501") => "STM32MP13",
        Some("0x505") => "STM32MP2",
        Some("0x486") => "STM32N6",
        _ => "STM32MP or STM32N6",
    }
    .to_owned()
}

/// "STM32  BOOTLOADER", with one blank on some, and the names of ST's demos.
fn is_st_bootloader(product: &str) -> bool {
    let upper = product.to_ascii_uppercase();
    upper.starts_with("STM32") && upper.ends_with("BOOTLOADER")
        || upper == "STM DEVICE IN DFU MODE"
        || upper == "DFU IN FS MODE"
        || upper == "DFU IN HS MODE"
}

fn is_gd32vf103(record: &DeviceRecord) -> bool {
    let code = record.part_code();
    code.is_some_and(|code| code.starts_with("3C"))
}

/// The core of a device's microcontroller: Arm, unless it is known to be another.
pub(super) fn core(record: &DeviceRecord) -> Core {
    match is_gd32vf103(record) {
        true => Core::RiscV,
        false => Core::Arm,
    }
}

/// The memory for programs: the one at 0x08000000, else the first whose name contains "flash".
pub(super) fn flash(targets: &[Target]) -> Option<&MemoryMap> {
    let maps = || targets.iter().filter_map(|target| target.map.as_ref().ok());
    let starts_at_flash = |map: &&MemoryMap| {
        map.runs()
            .first()
            .is_some_and(|r| r.start == Address::FLASH)
    };
    maps()
        .find(starts_at_flash)
        .or_else(|| maps().find(|map| map.name.to_ascii_lowercase().contains("flash")))
}

/// One or several families, as far as a memory map shows them: `STM32F2 or F4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardFamily(pub(super) &'static str);

impl fmt::Display for BoardFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl BoardFamily {
    /// Whether the board may be of this series, such as `F4`.
    pub fn may_be(self, series: &str) -> bool {
        let names = self.0.trim_start_matches("STM32");
        let mut parts = names.split(", ").flat_map(|some| some.split(" or "));
        parts.any(|part| part.starts_with(series))
    }
}

/// A bootloader of ST, by its names; a board that reports none may be one.
pub(super) fn is_st_rom(record: &DeviceRecord) -> bool {
    let own = record.product_name.as_deref().unwrap_or("STM32 BOOTLOADER");
    record.vendor == ST && is_st_bootloader(own.trim())
}

pub(super) fn memory_family(
    record: &DeviceRecord,
    targets: &[Target],
    functional: Option<FunctionalDescriptor>,
) -> Option<&'static str> {
    if !is_st_rom(record) {
        return None;
    }
    let flash = flash(targets)?;
    // Only its ROM gives every target the flash's name.
    if targets
        .iter()
        .any(|target| target.repeated(targets).is_some())
    {
        return Some("STM32G0");
    }
    let called = |names: &[&str]| {
        let mut maps = targets.iter().filter_map(|target| target.map.as_ref().ok());
        maps.find(|map| {
            let name = map.name.to_ascii_lowercase();
            names.iter().any(|wanted| name.starts_with(wanted))
        })
    };
    let options = called(&["option", "ob bytes"]);
    let engineering = called(&["engi"]).and_then(MemoryMap::start);
    options
        .and_then(|options| by_options(record, flash, options, functional))
        .or_else(|| engineering.and_then(by_engineering_bytes))
        .or_else(|| by_flash(record, flash))
}

/// Option bytes lie at an address of their own in most families (the reference manuals; the
/// strings in layout/tests.rs and layout/devices.rs).
fn by_options(
    record: &DeviceRecord,
    flash: &MemoryMap,
    options: &MemoryMap,
    functional: Option<FunctionalDescriptor>,
) -> Option<&'static str> {
    let starts: Vec<u32> = options.runs().iter().map(|run| run.start.0).collect();
    let sector = flash.runs().first()?.size;
    let transfer_size = functional.map(|f| f.transfer_size);
    match (starts.as_slice(), sector) {
        // F42x, F43x, F469, F479: the second bank's lie below the first's.
        ([0x1FFE_C000, 0x1FFF_C000], _) => Some("STM32F4"),
        ([0x1FFF_C000], _) => Some(f2_or_f4(flash)),
        ([0x1FFF_0000], _) => Some("STM32F7"),
        ([0x1FF0_0000, 0x1FF0_1000], _) => Some("STM32L4+"),
        ([0x1FF8_0000], 128) => Some("STM32L0"),
        ([0x1FF8_0000], 256) => Some("STM32L1"),
        ([0x1FFF_8000], _) => Some("STM32WB"),
        ([0x1FFF_7800, _, ..], _) => Some("STM32G4"),
        ([0x1FFF_7800], _) if transfer_size == Some(1024) => Some("STM32C0, G0 or G4"),
        ([0x1FFF_7800], _) => Some("STM32L4"),
        ([0x1FFF_F800], _) if record.version == 0x2000 => Some("STM32F105 or F107"),
        ([0x1FFF_F800], _) => Some("STM32F0 or F3"),
        ([0x4002_2020], _) => Some("STM32U0"),
        ([0x4002_2040], 0x800) => Some("STM32L5"),
        ([0x4002_2040], 0x2000) => Some("STM32U5"),
        ([0x4002_2050], 0x2000) => Some("STM32H5 or C5"),
        ([0x5200_201C], 0x2000) => Some("STM32H7A3 or H7B"),
        ([0x5200_201C], _) => Some("STM32H7"),
        _ => None,
    }
}

/// The manufacturer's own bytes: on an STM32C071 (a WebUSB flasher finds it by them; the G0's ROM
/// gives all targets the flash's name) and on an STM32U083 (dfu-util -l).
fn by_engineering_bytes(start: Address) -> Option<&'static str> {
    match start.0 {
        0x1FFF_7500 => Some("STM32C0"),
        0x1FFF_6C00 => Some("STM32U0"),
        _ => None,
    }
}

/// Both families have the same sectors and option bytes (RM0033, RM0090); only an F4 has more than
/// 1 MiB.
fn f2_or_f4(flash: &MemoryMap) -> &'static str {
    if flash.bytes() > 1 << 20 {
        "STM32F4"
    } else {
        "STM32F2 or F4"
    }
}

/// Sector sizes that only one family has, or two.
fn by_flash(record: &DeviceRecord, flash: &MemoryMap) -> Option<&'static str> {
    const KIB: u32 = 1 << 10;
    let sizes: Vec<u32> = flash.runs().iter().map(|run| run.size / KIB).collect();
    match sizes.as_slice() {
        [16, 64] | [16, 64, 128] => Some(f2_or_f4(flash)),
        [16, 64, 128, 16, 64, 128] => Some("STM32F4"),
        [32, 128] | [32, 128, 256] => Some("STM32F7"),
        [128] => Some("STM32H7"),
        // bcdDevice of an H563's ROM; AN2606 gives the C5's the same version.
        [8] if record.version == 0x0300 => Some("STM32H5 or C5"),
        [8] => Some("STM32H5 or U5"),
        _ => match flash.runs().first()?.size {
            128 => Some("STM32L0"),
            256 => Some("STM32L1"),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_may_be_any_of_its_parts() {
        let board = BoardFamily("STM32C0, G0 or G4");
        assert!(board.may_be("C0") && board.may_be("G0") && board.may_be("G4"));
        assert!(!board.may_be("F4"));
        assert!(BoardFamily("STM32F105 or F107").may_be("F1"));
        assert!(BoardFamily("STM32L4+").may_be("L4"));
        assert!(BoardFamily("STM32H7A3 or H7B").may_be("H7"));
    }
}
