//! Records of real devices, for tests.

use super::{Found, Os, SystemFacts, examine};
use crate::transport::{DeviceRecord, FunctionalDescriptor, InterfaceRecord, Place, UsbErrorKind};

pub(crate) fn linux() -> SystemFacts {
    SystemFacts::new(Os::Linux)
}

/// Examines one record on Linux; it must be found.
#[track_caller]
pub(crate) fn only(record: DeviceRecord) -> Found {
    let mut found = examine(&[record], &linux());
    assert_eq!(found.len(), 1);
    found.remove(0)
}

pub(crate) fn functional(transfer_size: u16, dfu_version: u16) -> FunctionalDescriptor {
    FunctionalDescriptor {
        transfer_size,
        dfu_version,
        ..FunctionalDescriptor::ST_DEFAULT
    }
}

/// A device without a DFU interface.
pub(crate) fn plain(
    place: &str,
    vendor: u16,
    product: u16,
    product_name: Option<&str>,
) -> DeviceRecord {
    DeviceRecord {
        place: Place(place.to_owned()),
        address: 5,
        speed: None,
        vendor,
        product,
        version: 0x0200,
        manufacturer: None,
        product_name: product_name.map(str::to_owned),
        serial: None,
        interfaces: vec![InterfaceRecord {
            number: 0,
            alternate: 0,
            class: 2,
            subclass: 2,
            protocol: 1,
            name: None,
            functional: None,
        }],
        blocked: None,
        driver: None,
    }
}

/// An ST ROM bootloader with these alternate settings.
pub(crate) fn rom(place: &str, layouts: &[&str]) -> DeviceRecord {
    let setting = |(alternate, name): (usize, &&str)| InterfaceRecord {
        number: 0,
        alternate: u8::try_from(alternate).unwrap(),
        class: 0xFE,
        subclass: 1,
        protocol: 2,
        name: Some((*name).to_owned()),
        functional: Some(functional(2048, 0x011A)),
    };
    DeviceRecord {
        version: 0x2200,
        manufacturer: Some("STMicroelectronics".to_owned()),
        serial: Some("3574364C3034".to_owned()),
        interfaces: layouts.iter().enumerate().map(setting).collect(),
        ..plain(place, 0x0483, 0xDF11, Some("STM32  BOOTLOADER"))
    }
}

/// rusefi/dfu_java reference/F407usb.txt
pub(crate) fn f407() -> DeviceRecord {
    rom(
        "1-4.2",
        &[
            "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",
            "@Option Bytes  /0x1FFFC000/01*016 e",
            "@OTP Memory /0x1FFF7800/01*512 e,01*016 e",
            "@Device Feature/0xFFFF0000/01*004 e",
        ],
    )
}

/// An ST ROM bootloader that could not be opened: no strings.
pub(crate) fn blocked_rom(reason: UsbErrorKind) -> DeviceRecord {
    let mut record = f407();
    record.blocked = Some(reason);
    record.manufacturer = None;
    record.product_name = None;
    record.serial = None;
    for setting in &mut record.interfaces {
        setting.name = None;
    }
    record
}

/// fiveforths#20
pub(crate) fn gd32vf103() -> DeviceRecord {
    DeviceRecord {
        vendor: 0x28E9,
        product: 0x0189,
        product_name: Some("GD32 0x418 DFU Bootloader ".to_owned()),
        serial: Some("3CBJ".to_owned()),
        ..rom(
            "1-3",
            &[
                "@Internal Flash  /0x08000000/512*002Kg",
                "@Option Bytes  /0x1FFFF800/01*016 g",
            ],
        )
    }
}

pub(crate) fn stm32mp1() -> DeviceRecord {
    rom(
        "1-2",
        &[
            "@Partition0 /0x00/1*256Ke",
            "@FSBL /0x01/1*1Me",
            "@Partition2 /0x02/1*1Me",
            "@virtual /0xF1/1*512Ba",
        ],
    )
}

/// A program with a virtual COM port and a run-time DFU interface.
pub(crate) fn run_time() -> DeviceRecord {
    let mut record = plain("1-5", 0x0483, 0x5740, Some("My board"));
    record.interfaces.push(InterfaceRecord {
        number: 2,
        alternate: 0,
        class: 0xFE,
        subclass: 1,
        protocol: 1,
        name: None,
        functional: Some(functional(1024, 0x011A)),
    });
    record
}
