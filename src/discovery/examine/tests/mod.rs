use super::*;
use crate::discovery::kind::{Core, Dialect, Program};
use crate::discovery::samples::*;

mod families;

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
