//! DfuSe or plain DFU. A plain device would take a Set Address for a block of firmware, so neither
//! a name with an '@' nor the version alone makes a device DfuSe.
//!
//! The first row that fits decides:
//!
//! | the device | it speaks | source |
//! |---|---|---|
//! | known as plain: Maple reports DfuSe's version | plain DFU | dfu-util, QUIRK_FORCE_DFU11 |
//! | known as plain: UNO R4, Nano R4, Portenta C33 and OpenMV have names with '@' | plain DFU | a dfu-util session of an UNO R4; OpenMV's manual |
//! | has a partition (STM32MP1, MP2, N6) | DFU with partitions | dfu-util -l of STM32MP1 |
//! | could not be opened for its names, and reports 0x011A or is known as DfuSe | DfuSe | |
//! | has no name with an '@' or with a memory layout | plain DFU | U-Boot's `sdcard_rootfs` |
//! | reports bcdDFU 0x011A | DfuSe | UM0424 §10.2; dfu-util and webdfu decide by this alone |
//! | known as DfuSe, or with ST's vendor ID | DfuSe | NumWorks reports 1.00, an OPC-20 1A.01 (lsusb of both); fwupd overrides the version of 0483:DF11 |
//! | anything else | plain DFU | what an unknown Renesas board would be |

use crate::transport::{DeviceRecord, FunctionalDescriptor, InterfaceRecord};

use super::found::Target;
use super::kind::{Dialect, Kind};
use super::targets::is_partition;

const ST: u16 = 0x0483;

/// What a device in DFU mode speaks. `known` is what its IDs tell.
pub(super) fn dialect(
    record: &DeviceRecord,
    known: Option<Kind>,
    settings: &[&InterfaceRecord],
    targets: &[Target],
) -> Dialect {
    if known == Some(Kind::Bootloader(Dialect::Plain)) {
        return Dialect::Plain;
    }
    if targets.iter().any(is_partition) {
        return Dialect::Partitions;
    }
    let reports_dfuse = settings.iter().any(|setting| reports_dfuse(setting));
    let known_dfuse = known == Some(Kind::Bootloader(Dialect::DfuSe));
    let unread = settings.iter().all(|setting| setting.name.is_none());
    let described = settings.iter().any(|setting| has_at_name(setting))
        || targets.iter().any(|target| target.map.is_ok());
    let is_dfuse = if unread {
        reports_dfuse || known_dfuse
    } else {
        described && (reports_dfuse || known_dfuse || record.vendor == ST)
    };
    if is_dfuse {
        Dialect::DfuSe
    } else {
        Dialect::Plain
    }
}

/// It reports DfuSe's version.
pub(super) fn reports_dfuse(setting: &InterfaceRecord) -> bool {
    let version = setting.functional.map(|functional| functional.dfu_version);
    version == Some(FunctionalDescriptor::DFUSE_VERSION)
}

/// Its name begins as one with a memory layout does.
pub(super) fn has_at_name(setting: &InterfaceRecord) -> bool {
    let name = setting.name.as_deref();
    name.is_some_and(|name| name.trim_start().starts_with('@'))
}

#[cfg(test)]
mod tests {
    use crate::discovery::found::Found;
    use crate::discovery::kind::{Dialect, Kind};
    use crate::discovery::samples::{functional, only, rom};

    const UNO_R4: &[&str] = &[
        "@CodeFlash /0x00000000/8*2Ka,120*2Kg",
        "@DataFlash /0x08000000/8*1Kg",
    ];
    const NUMWORKS: &[&str] = &[
        "@Flash/0x90030000/61*064Kg,64*064Kg",
        "@SRAM/0x20000000/01*252Ke",
    ];
    const OPC_20: &[&str] = &[
        "@Internal Flash  /0x08000000/12*001Ka,116*001Kg",
        "@SPI Flash : M25P64/0x00000000/128*64Kg",
    ];

    fn found(vendor: u16, product: u16, version: Option<u16>, layouts: &[&str]) -> Found {
        let mut record = rom("1-1", layouts);
        (record.vendor, record.product) = (vendor, product);
        record.product_name = None;
        for setting in &mut record.interfaces {
            setting.functional = version.map(|version| functional(64, version));
        }
        only(record)
    }

    #[test]
    fn versions_and_ids_decide_and_names_alone_do_not() {
        let maple: &[&str] = &["STM32duino bootloader v1.0  Upload to Flash 0x8002000"];
        for (vendor, product, version, layouts, expected) in [
            (0x2341, 0x0369, 0x0101, UNO_R4, Dialect::Plain),
            (0x2341, 0x0374, 0x0101, UNO_R4, Dialect::Plain),
            (0x2341, 0x0368, 0x0101, UNO_R4, Dialect::Plain),
            // Even if they reported DfuSe's version.
            (0x2341, 0x0369, 0x011A, UNO_R4, Dialect::Plain),
            // Boards of the same kind under an ID that is not known.
            (0x1209, 0x0001, 0x0101, UNO_R4, Dialect::Plain),
            (0x0483, 0xA291, 0x0100, NUMWORKS, Dialect::DfuSe),
            (0x0483, 0xDF11, 0x1A01, OPC_20, Dialect::DfuSe),
            (0x1209, 0x2444, 0x011A, OPC_20, Dialect::DfuSe),
            (0x28E9, 0x0189, 0x0110, OPC_20, Dialect::DfuSe),
            (0x37C5, 0x9204, 0x0110, &["@romfs", "@fw"], Dialect::Plain),
            (0x1EAF, 0x0003, 0x011A, maple, Dialect::Plain),
            (0x0483, 0xDF11, 0x0110, &["sdcard_rootfs"], Dialect::Plain),
        ] {
            let found = found(vendor, product, Some(version), layouts);
            let context = format!("{vendor:04x}:{product:04x} {version:04x}");
            assert_eq!(found.kind, Kind::Bootloader(expected), "{context}");
            assert!(found.can_upgrade(), "{context}");
        }
    }

    #[test]
    fn without_a_version_only_a_known_id_is_dfuse() {
        let unknown = found(0x1209, 0x0001, None, OPC_20);
        assert_eq!(unknown.kind, Kind::Bootloader(Dialect::Plain));
        let st = found(0x0483, 0xDF11, None, OPC_20);
        assert_eq!(st.kind, Kind::Bootloader(Dialect::DfuSe));
    }

    #[test]
    fn a_plain_device_with_a_layout_is_told_apart_in_words() {
        let found = found(0x2341, 0x0369, Some(0x0101), UNO_R4);
        assert_eq!(found.label, "Arduino UNO R4 bootloader");
    }
}
