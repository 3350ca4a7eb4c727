//! The names of boards, from what their bootloaders show.

use super::*;

#[test]
fn an_f407_is_ready_and_labelled_with_its_likely_family() {
    let found = only(f407());
    assert_eq!(found.access, Access::Ready);
    assert_eq!(found.kind, Kind::Bootloader(Dialect::DfuSe));
    assert_eq!(
        (found.label.as_str(), found.likely),
        ("STM32F2 or F4, 1 MiB", true)
    );
    assert_eq!(found.interface, Some(0));
    let names: Vec<&str> = found.targets.iter().map(|t| t.name.as_str()).collect();
    let expected = [
        "Internal Flash",
        "Option Bytes",
        "OTP Memory",
        "Device Feature",
    ];
    assert_eq!(names, expected);
    assert!(found.can_upgrade());
}

#[test]
fn families_are_inferred_from_option_bytes_and_sectors() {
    let rows: &[(&[&str], u16, u16, &str)] = &[
        (
            &[
                "@Internal Flash  /0x08000000/128*002Kg",
                "@Option Bytes  /0x1FFFF800/01*016 g",
            ],
            0x2000,
            2048,
            "STM32F105 or F107, 256 KiB",
        ),
        (
            &[
                "@Internal Flash  /0x08000000/064*0002Kg",
                "@Option Bytes  /0x1FFFF800/01*016 e",
            ],
            0x2200,
            2048,
            "STM32F0 or F3, 128 KiB",
        ),
        (
            &[
                "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg",
                "@Option Bytes  /0x1FFFC000/01*016 e",
            ],
            0x2200,
            2048,
            "STM32F2 or F4, 512 KiB",
        ),
        (
            &[
                "@Internal Flash  /0x08000000/04*016Kg,01*64Kg,03*128Kg",
                "@Option Bytes  /0x1FFF0000/01*032 e",
            ],
            0x2200,
            2048,
            "STM32F7, 512 KiB",
        ),
        // ArduPilot's page "Loading firmware", an F42x.
        (
            &[
                "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg,04*016Kg,01*064Kg,07*128Kg",
                "@Option Bytes  /0x1FFFC000/01*016 e/0x1FFEC000/01*016 e",
            ],
            0x2200,
            2048,
            "STM32F4, 2 MiB",
        ),
        // inertial-sense-sdk
        (
            &[
                "@Internal Flash   /0x08000000/256*08Kg",
                "@Option Bytes   /0x40022040/01*64 e",
            ],
            0x0200,
            1024,
            "STM32U5, 2 MiB",
        ),
        // A public dfu-util -l log
        (
            &[
                "@Internal Flash   /0x08000000/256*02Kg",
                "@Option Bytes   /0x40022040/01*48 e",
            ],
            0x0200,
            1024,
            "STM32L5, 512 KiB",
        ),
        // commaai/panda (F413)
        (
            &[
                "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,011*128Kg",
                "@Option Bytes  /0x1FFFC000/01*016 e",
            ],
            0x2200,
            2048,
            "STM32F4, 1.5 MiB",
        ),
        // zephyr sensortile_box (L4R9)
        (
            &[
                "@Internal Flash  /0x08000000/512*0004Kg",
                "@Option Bytes  /0x1FF00000/01*040 e/0x1FF01000/01*040 e",
            ],
            0x2200,
            2048,
            "STM32L4+, 2 MiB",
        ),
        // dfu-util -l of a U083
        (
            &[
                "@Internal Flash    /0x08000000/128*02Kg",
                "@OB Bytes          /0x40022020/01*136 e",
                "@OTP Memory        /0x1FFF6800/01*1024 e",
                "@ENGI Bytes        /0x1FFF6C00/01*1024.e",
            ],
            0x0220,
            1024,
            "STM32U0, 256 KiB",
        ),
        // A WebUSB flasher for the C071
        (
            &[
                "@Internal Flash    /0x08000000/64*02Kg",
                "@ENGI Bytes        /0x1FFF7500/01*768 e",
            ],
            0x0200,
            1024,
            "STM32C0, 128 KiB",
        ),
        (
            &[
                "@Internal Flash   /0x08000000/64*02Kg",
                "@Option Bytes   /0x1FFF7800/01*048 e",
            ],
            0x0200,
            1024,
            "STM32C0, G0 or G4, 128 KiB",
        ),
        // chcbaram/stm32h563-core
        (
            &["@Internal Flash   /0x08000000/256*08Kg"],
            0x0300,
            1024,
            "STM32H5 or C5, 2 MiB",
        ),
        (
            &["@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg"],
            0x2200,
            2048,
            "STM32F7, 2 MiB",
        ),
        (
            &[
                "@Internal Flash  /0x08000000/1536*128g",
                "@Option Bytes  /0x1FF80000/01*032 e",
            ],
            0x2200,
            2048,
            "STM32L0, 192 KiB",
        ),
        (
            &[
                "@Internal Flash  /0x08000000/1024*256 g",
                "@Option Bytes  /0x1FF80000/01*032 e",
            ],
            0x2200,
            2048,
            "STM32L1, 256 KiB",
        ),
        (
            &[
                "@Internal Flash  /0x08000000/0256*0002Kg",
                "@Option Bytes  /0x1FFF7800/01*040 e",
            ],
            0x0200,
            2048,
            "STM32L4, 512 KiB",
        ),
        (
            &[
                "@Internal Flash   /0x08000000/256*02Kg",
                "@Option Bytes   /0x1FFF7800/01*048 e/0x1FFFF800/01*048 e",
            ],
            0x0200,
            1024,
            "STM32G4, 512 KiB",
        ),
        (
            &[
                "@Internal Flash   /0x08000000/16*128Kg",
                "@Option Bytes   /0x5200201C/01*128 e",
            ],
            0x0200,
            1024,
            "STM32H7, 2 MiB",
        ),
        (
            &[
                "@Internal Flash   /0x08000000/256*08Kg",
                "@Option Bytes   /0x5200201C/01*297 e",
            ],
            0x0200,
            1024,
            "STM32H7A3 or H7B, 2 MiB",
        ),
        (
            &["@Internal Flash   /0x08000000/128*008Kg"],
            0x0200,
            1024,
            "STM32H5 or U5, 1 MiB",
        ),
        (
            &[
                "@Internal Flash   /0x08000000/256*04Kg",
                "@Option Bytes   /0x1FFF8000/01*128 e",
            ],
            0x0200,
            2048,
            "STM32WB, 1 MiB",
        ),
    ];
    for (layouts, version, transfer_size, label) in rows {
        let mut record = rom("1-1", layouts);
        record.version = *version;
        for setting in &mut record.interfaces {
            setting.functional = Some(functional(*transfer_size, 0x011A));
        }
        let found = only(record);
        assert_eq!((found.label.as_str(), found.likely), (*label, true));
    }
}

#[test]
fn an_unknown_memory_map_is_labelled_with_its_size_only() {
    // The C5's map is two KiB pages and nothing else: other families have those too.
    let found = only(rom("1-1", &["@Internal Flash   /0x08000000/64*02Kg"]));
    assert_eq!(
        (found.label.as_str(), found.likely),
        ("STM32, 128 KiB", false)
    );
}

#[test]
fn other_makers_bootloaders_are_known_by_their_ids() {
    let layout = "@Internal Flash   /0x08000000/512*002Kg";
    for (vendor, product, label) in [
        (0x2E3C, 0xDF11, "AT32, 1 MiB"),
        (0x314B, 0x0106, "APM32, 1 MiB"),
        (0x342D, 0xDFA0, "WB32, 1 MiB"),
        (0x3997, 0xDF11, "X32, 1 MiB"),
        (0x1D50, 0x607F, "Spark Core, 1 MiB"),
    ] {
        let mut record = rom("1-1", &[layout]);
        (record.vendor, record.product) = (vendor, product);
        let found = only(record);
        assert_eq!(found.label, label);
        assert!(found.can_upgrade());
    }
}

#[test]
fn micropythons_bootloader_keeps_its_own_name() {
    let mut record = f407();
    record.product_name = Some("Pyboard DFU".to_owned());
    let found = only(record);
    assert_eq!(
        (found.label.as_str(), found.likely),
        ("Pyboard DFU, 1 MiB", false)
    );
}

#[test]
fn a_gd32vf103_gets_its_memory_size_from_its_serial_number() {
    // fiveforths#20: the ROM reports 512 pages of 2 KiB.
    let found = only(gd32vf103());
    assert_eq!(found.label, "GD32VF103, 128 KiB");
    assert_eq!(found.map(0).unwrap().sector_count(), 128);
    assert_eq!(found.notes.len(), 1);
    assert_eq!(found.core(), Core::RiscV);
}

/// GigaDevice's Arm parts have the same ID.
#[test]
fn a_gd32_with_another_serial_number_has_an_arm_core() {
    let mut record = gd32vf103();
    record.serial = Some("0123456789".to_owned());
    assert_eq!(only(record).core(), Core::Arm);
}
