use super::*;
use crate::discovery::kind::{Core, Dialect, Program};
use crate::discovery::samples::*;

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
fn any_dfu_interface_with_a_memory_layout_is_a_board_whatever_its_id() {
    let mut record = rom("1-1", &["@Flash/0x08000000/16*1Ka,48*1Kg"]);
    (record.vendor, record.product) = (0x1209, 0x2444);
    record.product_name = Some("DAPBoot DFU Bootloader".to_owned());
    let found = only(record);
    assert_eq!(found.label, "DAPBoot DFU Bootloader, 64 KiB");
    assert_eq!(found.kind, Kind::Bootloader(Dialect::DfuSe));
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

#[test]
fn the_dso_nano_is_in_dfu_mode_although_it_reports_protocol_0() {
    let mut record = rom("1-1", &["@Internal Flash  /0x08000000/12*001Ka,116*001Kg"]);
    record.interfaces[0].protocol = 0;
    assert_eq!(only(record.clone()).kind, Kind::Bootloader(Dialect::DfuSe));
    record.interfaces[0].name = None;
    assert_eq!(only(record).kind, Kind::Bootloader(Dialect::DfuSe));
}

#[test]
fn partitions_of_an_stm32mp1_are_not_flash_at_an_address() {
    let found = only(stm32mp1());
    assert_eq!(found.kind, Kind::Bootloader(Dialect::Partitions));
    assert!(!found.can_upgrade());
    assert!(found.targets.iter().all(|target| target.map.is_err()));
    assert_eq!(found.targets[1].name, "FSBL");
    assert_eq!(found.label, "STM32MP or STM32N6");
    for (product, label) in [
        (
            "DFU in HS Mode @Device ID /0x500, @Revision ID /0x0000",
            "STM32MP15",
        ),
        (
            "USB download gadget@Device ID /0x501, @Revision ID /0x1003, @Name /STM32MP135F Rev.Y,",
            "STM32MP13",
        ),
        (
            "DFU in HS Mode @Device ID /0x505, @Revision ID /0x2000",
            "STM32MP2",
        ),
        (
            "STM32OpenBootloader DFU@Device ID /0x486, @Revision ID /0x1000",
            "STM32N6",
        ),
    ] {
        let mut record = stm32mp1();
        record.product_name = Some(product.to_owned());
        assert_eq!(only(record).label, label);
    }
}

#[test]
fn plain_dfu_devices_are_recognised_and_have_no_memory() {
    // U-Boot on an STM32MP; its names have no '@'.
    let found = only(rom("1-1", &["sdcard_rootfs"]));
    assert_eq!(
        (found.kind, found.can_upgrade()),
        (Kind::Bootloader(Dialect::Plain), true)
    );
    assert_eq!(found.targets[0].map, Err(LayoutError::NoAddresses));
    // Maple 3 reports DfuSe's version but is not DfuSe (dfu-util).
    let mut maple = rom(
        "1-1",
        &["STM32duino bootloader v1.0  Upload to Flash 0x8002000"],
    );
    (maple.vendor, maple.product) = (0x1EAF, 0x0003);
    assert_eq!(only(maple).kind, Kind::Bootloader(Dialect::Plain));
}

#[test]
fn a_target_without_sectors_is_named_and_has_no_memory() {
    // dfu-util -l of a Portenta H7: the version of its bootloader is a target's name.
    let mut record = rom(
        "1-1",
        &[
            "@Internal Flash  2MB   /0x08000000/01*128Ka,15*128Kg",
            "@Ext RAW  Flash 16MB   /0x90000000/4096*4Kg",
            "@Ext File Flash  0MB   /0x00000000/0*4Kg",
            "@Arduino  boot  v.25   /0x00000000/0*4Kg",
        ],
    );
    (record.vendor, record.product) = (0x2341, 0x035B);
    let found = only(record);
    assert!(found.can_upgrade());
    let last = &found.targets[3];
    assert_eq!(last.name, "Arduino boot v.25");
    assert_eq!(last.map.as_ref().unwrap_err().why(), "no memory");
}

#[test]
fn a_g0b1_with_one_name_for_all_targets_is_written_through_the_first() {
    let layout = "@Internal Flash   /0x08000000/64*02Kg";
    let found = only(rom("1-1", &[layout, layout, layout]));
    assert!(found.map(0).is_some());
    assert!(found.map(1).is_none() && found.map(2).is_none());
    assert_eq!(found.notes.len(), 2);
    assert_eq!(found.label, "STM32G0, 128 KiB");
}

#[test]
fn every_st_link_is_a_debug_probe() {
    for product in [
        0x3744, 0x3748, 0x374A, 0x374B, 0x374D, 0x374E, 0x374F, 0x3752, 0x3753, 0x3754, 0x3757,
    ] {
        let found = only(plain("1-1", 0x0483, product, None));
        assert_eq!(found.state(), "debug-probe");
        assert!(found.label.starts_with("ST-LINK/V"), "{}", found.label);
    }
}

#[test]
fn programs_are_recognised_by_their_ids() {
    for (vendor, product, program) in [
        (0x0483, 0x5740, Program::VirtualComPort),
        (0x0483, 0x5720, Program::MassStorage),
        (0xF055, 0x9800, Program::MicroPython),
        (0xF055, 0x9802, Program::MicroPython),
        (0x10C4, 0xEA60, Program::SerialChip),
        (0x1A86, 0x7523, Program::SerialChip),
        (0x28E9, 0x018A, Program::VirtualComPort),
        (0x2E3C, 0x5740, Program::VirtualComPort),
        (0x314B, 0x5740, Program::VirtualComPort),
        (0x2341, 0x0266, Program::Arduino),
    ] {
        let found = only(plain("1-1", vendor, product, None));
        assert_eq!(found.kind, Kind::Application(program));
        assert_eq!(found.state(), "application");
    }
}

#[test]
fn a_run_time_interface_can_be_detached_unless_it_cannot_be_opened() {
    let mut record = run_time();
    assert_eq!(only(record.clone()).state(), "run-time");
    assert!(only(record.clone()).can_detach());
    record.blocked = Some(UsbErrorKind::Access);
    assert!(!only(record.clone()).can_detach());
    assert_eq!(only(record).state(), "run-time");
}

#[test]
fn mice_and_cameras_are_ignored() {
    let mouse = plain("1-1", 0x046D, 0xC077, Some("USB Optical Mouse"));
    assert_eq!(examine(&[mouse], &linux()), []);
}

#[test]
fn devices_that_cannot_be_opened_are_listed_with_the_reason() {
    for (os, blocked, state) in [
        (Os::Linux, UsbErrorKind::Access, "no-access"),
        (Os::Windows, UsbErrorKind::Access, "in-use"),
        (Os::MacOs, UsbErrorKind::Access, "in-use"),
        (Os::Linux, UsbErrorKind::Busy, "in-use"),
        (Os::Windows, UsbErrorKind::WrongDriver, "wrong-driver"),
        (Os::Linux, UsbErrorKind::Timeout, "no-access"),
    ] {
        let found = examine(&[blocked_rom(blocked)], &SystemFacts::new(os));
        assert_eq!(found[0].state(), state, "{os:?} {blocked:?}");
        assert_eq!(found[0].label, "STM32 bootloader");
        assert!(!found[0].can_upgrade());
    }
}

#[test]
fn a_bootloader_without_descriptors_on_windows_has_the_wrong_driver() {
    let mut record = blocked_rom(UsbErrorKind::WrongDriver);
    record.blocked = None;
    record.interfaces.clear();
    let found = examine(&[record], &SystemFacts::new(Os::Windows));
    assert_eq!(
        found[0].access,
        Access::Blocked(Obstacle::WrongDriver(None))
    );
}

#[test]
fn a_bootloader_with_winusb_that_does_not_open_has_another_obstacle() {
    let mut record = blocked_rom(UsbErrorKind::WrongDriver);
    record.driver = Some("WINUSB".to_owned());
    let found = examine(&[record], &SystemFacts::new(Os::Windows));
    let other = Obstacle::NoAccess(UsbErrorKind::Io);
    assert_eq!(found[0].access, Access::Blocked(other));
}

#[test]
fn a_bootloader_that_lives_in_flash_is_noted() {
    // An F103 has no USB bootloader in ROM: erasing everything would erase this one.
    let found = only(rom(
        "1-1",
        &["@Internal Flash   /0x08000000/10*02Ka,118*02Kg"],
    ));
    assert_eq!(found.notes.len(), 1);
    assert!(found.notes[0].contains("20 KiB"), "{}", found.notes[0]);
    assert_eq!(only(f407()).notes, [""; 0]);
}

#[test]
fn obstacles_within_the_first_second_after_plugging_are_settling() {
    let mut facts = linux();
    let record = blocked_rom(UsbErrorKind::Access);
    facts
        .ages
        .insert(record.place.clone(), std::time::Duration::from_millis(700));
    let records = std::slice::from_ref(&record);
    let no_access = Obstacle::NoAccess(UsbErrorKind::Access);
    let found = &examine(records, &facts)[0];
    assert_eq!(found.access, Access::Settling(no_access.clone()));
    assert_eq!(found.state(), "no-access");
    facts
        .ages
        .insert(record.place.clone(), std::time::Duration::from_secs(1));
    let blocked = Access::Blocked(no_access);
    assert_eq!(examine(records, &facts)[0].access, blocked);
    facts.ages.clear();
    assert_eq!(examine(records, &facts)[0].access, blocked);
}

#[test]
fn a_board_after_499_other_devices_is_found() {
    // A DfuSe user suspected this when the list was empty.
    let mut records: Vec<DeviceRecord> = (0..499u16)
        .map(|n| plain(&format!("1-{n}"), 0x046D, n, Some("Some device")))
        .collect();
    records.push(f407());
    let found = examine(&records, &linux());
    assert_eq!(found.len(), 1);
    assert!(found[0].can_upgrade());
}

#[test]
fn a_device_that_cannot_be_opened_hides_no_other() {
    let mut second = f407();
    second.place.0 = "1-9".to_owned();
    let found = examine(&[blocked_rom(UsbErrorKind::Access), second], &linux());
    assert_eq!(found.len(), 2);
    assert!(!found[0].can_upgrade() && found[1].can_upgrade());
}
