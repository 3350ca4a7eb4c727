//! The label of a device. Bootloaders do not report the part they run on: the family is inferred
//! from the memory map, and marked as such.

use crate::address::{Address, ByteSize};
use crate::memory::MemoryMap;
use crate::transport::{DeviceRecord, FunctionalDescriptor};

use super::found::Target;
use super::identity::Identity;
use super::kind::{Dialect, Kind};

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
        Kind::Bootloader(Dialect::Partitions) => ("STM32MP or STM32N6".to_owned(), true),
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

/// "STM32  BOOTLOADER", with one blank on some, and the names of ST's demos.
fn is_st_bootloader(product: &str) -> bool {
    let upper = product.to_ascii_uppercase();
    upper.starts_with("STM32") && upper.ends_with("BOOTLOADER")
        || upper == "STM DEVICE IN DFU MODE"
        || upper == "DFU IN FS MODE"
        || upper == "DFU IN HS MODE"
}

fn is_gd32vf103(record: &DeviceRecord) -> bool {
    let serial = record.serial.as_deref().unwrap_or_default();
    record.vendor == 0x28E9 && serial.starts_with("3C") && serial.ends_with('J')
}

/// The memory for programs: the one at 0x08000000, else the first whose name contains "flash".
fn flash(targets: &[Target]) -> Option<&MemoryMap> {
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

fn memory_family(
    record: &DeviceRecord,
    targets: &[Target],
    functional: Option<FunctionalDescriptor>,
) -> Option<&'static str> {
    let own = record.product_name.as_deref().unwrap_or("STM32 BOOTLOADER");
    if record.vendor != ST || !is_st_bootloader(own.trim()) {
        return None;
    }
    let flash = flash(targets)?;
    let options = targets
        .iter()
        .filter_map(|target| target.map.as_ref().ok())
        .find(|map| map.name.to_ascii_lowercase().starts_with("option"));
    // Only its ROM gives every target the flash's name.
    if targets
        .iter()
        .any(|target| target.repeated(targets).is_some())
    {
        return Some("STM32G0");
    }
    options
        .and_then(|options| by_options(record, flash, options, functional))
        .or_else(|| by_flash(flash))
}

/// Option bytes lie at an address of their own in most families (the reference manuals; the
/// strings in layout/tests.rs).
fn by_options(
    record: &DeviceRecord,
    flash: &MemoryMap,
    options: &MemoryMap,
    functional: Option<FunctionalDescriptor>,
) -> Option<&'static str> {
    // An F42x has more of them below its first ones.
    let f4 = Address(0x1FFF_C000);
    if options.runs().iter().any(|run| run.start == f4) {
        return Some("STM32F4");
    }
    let start = options.runs().first()?.start;
    let sector = flash.runs().first()?.size;
    let transfer_size = functional.map(|f| f.transfer_size);
    match (start.0, sector) {
        (0x1FFF_0000, _) => Some("STM32F7"),
        (0x1FF8_0000, 128) => Some("STM32L0"),
        (0x1FF8_0000, 256) => Some("STM32L1"),
        (0x1FFF_8000, _) => Some("STM32WB"),
        (0x1FFF_7800, _) if options.runs().len() > 1 => Some("STM32G4"),
        (0x1FFF_7800, _) if transfer_size == Some(1024) => Some("STM32G0 or G4"),
        (0x1FFF_7800, _) => Some("STM32L4"),
        (0x1FFF_F800, _) if record.version == 0x2000 => Some("STM32F105 or F107"),
        (0x1FFF_F800, _) => Some("STM32F0 or F3"),
        (0x4002_2040, 0x800) => Some("STM32L5"),
        (0x4002_2040, 0x2000) => Some("STM32U5"),
        (0x5200_201C, 0x2000) => Some("STM32H7A3 or H7B"),
        (0x5200_201C, _) => Some("STM32H7"),
        _ => None,
    }
}

/// Sector sizes that only one family has.
fn by_flash(flash: &MemoryMap) -> Option<&'static str> {
    const KIB: u32 = 1 << 10;
    let sizes: Vec<u32> = flash.runs().iter().map(|run| run.size / KIB).collect();
    match sizes.as_slice() {
        [16, 64] | [16, 64, 128] => Some("STM32F4"),
        [32, 128] | [32, 128, 256] => Some("STM32F7"),
        [128] => Some("STM32H7"),
        [8] => Some("STM32H5 or U5"),
        _ => match flash.runs().first()?.size {
            128 => Some("STM32L0"),
            256 => Some("STM32L1"),
            _ => None,
        },
    }
}
