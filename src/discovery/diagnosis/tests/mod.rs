//! Each cause of "my board is not there", without hardware.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::discovery::Inventory;
use crate::discovery::facts::Health;
use crate::discovery::samples::*;
use crate::discovery::udev::RuleState;
use crate::transport::{DeviceRecord, Place};

mod access;

fn on(os: Os) -> SystemFacts {
    SystemFacts::new(os)
}

fn diagnoses(records: &[DeviceRecord], facts: &SystemFacts) -> Vec<Diagnosis> {
    Inventory::new(records, None, facts).summary()
}

#[track_caller]
fn one(records: &[DeviceRecord], facts: &SystemFacts) -> Diagnosis {
    let mut all = diagnoses(records, facts);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// Everything a person reads, in one line.
fn text(diagnosis: &Diagnosis) -> String {
    let steps = diagnosis.advice().join(" | ");
    format!("{} | {} | {steps}", diagnosis.what, diagnosis.why)
}

#[track_caller]
fn assert_mentions(diagnosis: &Diagnosis, parts: &[&str]) {
    let text = text(diagnosis);
    for part in parts {
        assert!(text.contains(part), "'{part}' is missing in: {text}");
    }
}

fn actions(diagnosis: &Diagnosis) -> Vec<&Action> {
    diagnosis
        .steps
        .iter()
        .filter_map(|s| s.action.as_ref())
        .collect()
}

#[test]
fn a_ready_board_has_no_diagnosis() {
    assert_eq!(diagnoses(&[f407()], &linux()), []);
}

#[test]
fn nothing_relevant_on_the_bus() {
    let mouse = plain("1-1", 0x046D, 0xC077, None);
    let diagnosis = one(&[mouse], &linux());
    assert_eq!(diagnosis.about, None);
    assert_mentions(
        &diagnosis,
        &[
            "BOOT0",
            "VDD",
            "reset",
            "Nucleo",
            "cable",
            "another port",
            "simulated",
        ],
    );
}

#[test]
fn only_an_st_link() {
    let diagnosis = one(
        &[plain("1-1", 0x0483, 0x374B, Some("STM32 STLink"))],
        &linux(),
    );
    assert_eq!(diagnosis.about, Some(Place("1-1".to_owned())));
    assert_mentions(
        &diagnosis,
        &[
            "debugger's port",
            "USB USER",
            "USB OTG",
            "BOOT0",
            "reset",
            "stay plugged in, for power",
        ],
    );
}

#[test]
fn an_st_link_next_to_a_ready_board_has_no_diagnosis() {
    let probe = plain("1-1", 0x0483, 0x374B, None);
    assert_eq!(diagnoses(&[probe, f407()], &linux()), []);
}

#[test]
fn an_st_link_next_to_a_blocked_board_hides_neither_diagnosis() {
    let probe = plain("1-1", 0x0483, 0x374B, None);
    let blocked = blocked_rom(UsbErrorKind::Access);
    assert_eq!(diagnoses(&[probe, blocked], &linux()).len(), 2);
}

#[test]
fn a_virtual_com_port() {
    for (vendor, product) in [
        (0x0483, 0x5740),
        (0x28E9, 0x018A),
        (0x2E3C, 0x5740),
        (0x314B, 0x5740),
    ] {
        let diagnosis = one(&[plain("1-1", vendor, product, None)], &linux());
        assert_mentions(
            &diagnosis,
            &[
                "runs its program",
                "serial port",
                "BOOT0",
                "type bl",
                "INAV: dfu",
            ],
        );
    }
}

#[test]
fn a_disk() {
    let diagnosis = one(&[plain("1-1", 0x0483, 0x5720, None)], &linux());
    assert_mentions(&diagnosis, &["runs its program", "disk", "Eject", "BOOT0"]);
}

#[test]
fn micropython_has_a_command_to_copy() {
    let diagnosis = one(
        &[plain(
            "1-1",
            0xF055,
            0x9800,
            Some("Pyboard Virtual Comm Port"),
        )],
        &linux(),
    );
    assert_mentions(
        &diagnosis,
        &[
            "Pyboard Virtual Comm Port runs its program",
            "prompt",
            "BOOT0",
        ],
    );
    let command = "import machine; machine.bootloader()".to_owned();
    assert_eq!(
        actions(&diagnosis),
        [
            &Action::EnterDfuMode(Place("1-1".to_owned())),
            &Action::CopyText(command)
        ]
    );
}

#[test]
fn a_serial_chip_may_belong_to_anything() {
    for (vendor, product) in [(0x1A86, 0x7523), (0x10C4, 0xEA60)] {
        let all = diagnoses(&[plain("1-1", vendor, product, None)], &linux());
        assert_eq!(all.len(), 2);
        assert_mentions(
            &all[0],
            &["not the microcontroller's own USB", "PA11", "PA12"],
        );
        assert_mentions(&all[1], &["No board in DFU mode"]);
    }
}

#[test]
fn a_run_time_interface_has_a_button() {
    let diagnosis = one(&[run_time()], &linux());
    assert_mentions(
        &diagnosis,
        &["My board runs its program", "upfuse enter-dfu --device 1-5"],
    );
    let action = Action::EnterDfuMode(Place("1-5".to_owned()));
    assert_eq!(actions(&diagnosis), [&action]);
}

#[test]
fn a_laptops_bluetooth_is_not_offered_to_be_switched() {
    // The TDK adapter of dfu-util's device-logs, and Apple's and Broadcom's in public lsusb lists.
    for vendor in [0x04BF, 0x05AC, 0x0A5C] {
        let mut record = run_time();
        record.vendor = vendor;
        record.product = 0x0320;
        let found = only(record);
        assert!(found.can_detach() && !found.offers_dfu_mode() && found.is_no_board());
        let diagnoses = diagnose(&[found], None, &linux());
        assert_mentions(&diagnoses[0], &["perhaps not a board", "--device 1-5"]);
        assert!(actions(&diagnoses[0]).is_empty());
        // It leads to no board: the way to one is shown as well.
        assert_mentions(&diagnoses[1], &["No board in DFU mode"]);
    }
}

#[test]
fn a_run_time_interface_without_permission_needs_the_rule_first() {
    let mut record = run_time();
    record.blocked = Some(UsbErrorKind::Access);
    let diagnosis = one(&[record], &linux());
    assert_mentions(&diagnosis, &["no permission", "udev"]);
    let detach = |a: &&Action| matches!(a, Action::EnterDfuMode(_));
    assert!(!actions(&diagnosis).iter().any(detach));
}

#[test]
fn a_board_that_does_not_answer() {
    let diagnosis = one(&[blocked_rom(UsbErrorKind::Timeout)], &linux());
    assert_mentions(
        &diagnosis,
        &[
            "does not answer",
            "did not answer in time",
            "plug it in again",
        ],
    );
}

#[test]
fn a_stuck_board_mentions_the_recovery_that_was_tried() {
    let mut facts = linux();
    let tried = "recovering from dfuDNBUSY (ABORT, CLRSTATUS) did not end within 35 s";
    let stuck = Health::Stuck(tried.to_owned());
    facts.health.insert(f407().place, stuck);
    let diagnosis = one(&[f407()], &facts);
    assert_mentions(
        &diagnosis,
        &[
            "is stuck",
            "dfuDNBUSY",
            "ABORT, CLRSTATUS",
            "plug it in again",
        ],
    );
}

#[test]
fn a_protected_board_mentions_both_levels_and_that_everything_is_erased() {
    let mut facts = linux();
    facts.health.insert(f407().place, Health::Protected);
    let diagnosis = one(&[f407()], &facts);
    assert_mentions(
        &diagnosis,
        &[
            "read-protected",
            "level 1",
            "Level 2 is permanent",
            "erases everything",
        ],
    );
    let action = Action::RemoveProtection(f407().place);
    assert_eq!(actions(&diagnosis), [&action]);
}

/// Removing the protection erases the bootloader that would write the program afterwards.
#[test]
fn the_protection_of_a_board_with_its_bootloader_in_flash_is_not_offered_for_removal() {
    let board = rom("1-1", &["@Internal Flash   /0x08000000/10*02Ka,118*02Kg"]);
    let mut facts = linux();
    facts.health.insert(board.place.clone(), Health::Protected);
    let diagnosis = one(&[board], &facts);
    assert_mentions(
        &diagnosis,
        &["read-protected", "erase the bootloader for good"],
    );
    assert!(actions(&diagnosis).is_empty());
}

#[test]
fn partitions_are_refused_with_a_reason() {
    let diagnosis = one(&[stm32mp1()], &linux());
    assert_mentions(
        &diagnosis,
        &["STM32MP", "partitions, not flash at an address", "refuses"],
    );
}

#[test]
fn a_plain_dfu_device_is_ready_unless_it_takes_no_firmware() {
    let mut record = rom("1-1", &["sdcard_rootfs"]);
    assert!(diagnoses(std::slice::from_ref(&record), &linux()).is_empty());
    for setting in &mut record.interfaces {
        if let Some(functional) = &mut setting.functional {
            functional.attributes = 0x02;
        }
    }
    assert_mentions(&one(&[record], &linux()), &["takes no firmware"]);
}

#[test]
fn an_unreadable_memory_map_is_quoted() {
    let diagnosis = one(
        &[rom("1-1", &["@Internal Flash  /0x08000000/???*08Kg"])],
        &linux(),
    );
    assert_mentions(&diagnosis, &["is not known", "???*08Kg", "report"]);
}

#[test]
fn a_gd32_is_corrected_and_has_no_diagnosis() {
    assert_eq!(diagnoses(&[gd32vf103()], &linux()), []);
}

#[test]
fn a_board_has_no_diagnosis_within_the_first_second_after_plugging() {
    let mut facts = linux();
    let record = blocked_rom(UsbErrorKind::Access);
    facts
        .ages
        .insert(record.place.clone(), Duration::from_millis(300));
    assert_eq!(diagnoses(std::slice::from_ref(&record), &facts), []);
    facts
        .ages
        .insert(record.place.clone(), Duration::from_millis(1100));
    assert_eq!(diagnoses(&[record], &facts).len(), 1);
}

#[test]
fn a_machine_without_usb() {
    let error = UsbError::new(UsbErrorKind::NoUsb, "libusb: Other error");
    let all = Inventory::new(&[], Some(error), &linux()).summary();
    assert_eq!(all.len(), 1);
    assert_mentions(
        &all[0],
        &[
            "cannot be read",
            "libusb: Other error",
            "container",
            "WSL",
            "simulated",
        ],
    );
}

#[test]
fn a_single_sentence_has_no_final_period_and_several_have() {
    let records = [
        f407(),
        blocked_rom(UsbErrorKind::Access),
        blocked_rom(UsbErrorKind::WrongDriver),
        blocked_rom(UsbErrorKind::Busy),
        blocked_rom(UsbErrorKind::Io),
        stm32mp1(),
        run_time(),
        rom("1-1", &["sdcard_rootfs"]),
        plain("1-1", 0x0483, 0x374B, None),
        plain("1-1", 0x0483, 0x5740, None),
        plain("1-1", 0xF055, 0x9800, None),
        plain("1-1", 0x1A86, 0x7523, None),
    ];
    for os in [Os::Linux, Os::Windows, Os::MacOs, Os::Other] {
        for record in &records {
            for diagnosis in diagnoses(std::slice::from_ref(record), &on(os)) {
                let texts = [&diagnosis.what, &diagnosis.why].into_iter();
                for text in texts.chain(diagnosis.steps.iter().map(|step| &step.text)) {
                    assert!(!text.trim().is_empty());
                    assert_eq!(text.contains(". "), text.ends_with('.'), "{text}");
                    assert!(!text.contains("  "), "{text}");
                }
                assert!(!diagnosis.steps.is_empty());
            }
        }
    }
}
