//! Boards that cannot be opened: drivers, permission, another program.

use super::*;
use crate::discovery::driver::samples;

#[test]
fn dfuses_driver_on_windows_is_named_and_replaced() {
    let mut record = blocked_rom(UsbErrorKind::WrongDriver);
    record.driver = Some("STTub30".to_owned());
    let diagnosis = one(&[record], &on(Os::Windows));
    assert_mentions(
        &diagnosis,
        &[
            "STTub30",
            "STM Device in DFU Mode",
            "WinUSB",
            "Device Manager",
            "WinUsb Device",
            "Zadig",
            "Replace Driver",
            "To go back",
            "DfuSe cannot use the board while WinUSB is bound",
        ],
    );
    assert!(actions(&diagnosis).contains(&&Action::OpenLink("https://zadig.akeo.ie")));
}

#[test]
fn where_windows_has_recorded_the_driver_its_installation_is_the_first_step() {
    let record = blocked_rom(UsbErrorKind::WrongDriver);
    let place = record.place.clone();
    let mut facts = on(Os::Windows);
    for (driver, words) in [
        (
            samples::dfuse(),
            "(STTub30, by STMicroelectronics, oem12.inf)",
        ),
        (samples::nothing(), "has no driver"),
        (
            samples::other(),
            "another driver (usbser, by Somebody, oem7.inf)",
        ),
    ] {
        facts.drivers.insert(place.clone(), driver);
        let diagnosis = one(std::slice::from_ref(&record), &facts);
        assert_mentions(&diagnosis, &[words, "By hand", "Zadig"]);
        let first = diagnosis.steps[0].action.as_ref();
        assert_eq!(first, Some(&Action::InstallDriver(place.clone())));
    }
    let unknown = one(&[record], &on(Os::Windows));
    assert!(!actions(&unknown).contains(&&Action::InstallDriver(place)));
}

#[test]
fn a_missing_driver_on_windows_is_stated_as_a_possibility() {
    let diagnosis = one(&[blocked_rom(UsbErrorKind::WrongDriver)], &on(Os::Windows));
    assert_mentions(
        &diagnosis,
        &["another driver, or none at all", "WinUsb Device"],
    );
}

#[test]
fn cubeprogrammers_driver_is_offered_if_it_is_installed() {
    let mut facts = on(Os::Windows);
    facts.cube_driver = Some(PathBuf::from(r"C:\ST\STM32Bootloader.inf"));
    let diagnosis = one(&[blocked_rom(UsbErrorKind::WrongDriver)], &facts);
    let command = r#"pnputil /add-driver "C:\ST\STM32Bootloader.inf" /install"#;
    assert_mentions(&diagnosis, &[command, "administrator"]);
    assert!(actions(&diagnosis).contains(&&Action::CopyText(command.to_owned())));
}

#[test]
fn no_permission_on_linux() {
    let mut facts = linux();
    facts.rule = Some(RuleState::Missing);
    facts.pkexec = true;
    let diagnosis = one(&[blocked_rom(UsbErrorKind::Access)], &facts);
    assert_mentions(
        &diagnosis,
        &[
            "No permission",
            "no rule for this board is installed",
            "upfuse doctor prints the commands",
            "without replugging",
            "own screen",
        ],
    );
    assert!(actions(&diagnosis).contains(&&Action::InstallUdevRule));
    let copies = |a: &&Action| matches!(a, Action::CopyText(text) if text.contains("sudo tee /etc/udev/rules.d/70-upfuse.rules"));
    assert!(actions(&diagnosis).iter().any(copies));
}

#[test]
fn the_rule_is_not_installed_twice() {
    let mut facts = linux();
    facts.rule = Some(RuleState::Installed);
    facts.pkexec = true;
    let diagnosis = one(&[blocked_rom(UsbErrorKind::Access)], &facts);
    assert_mentions(&diagnosis, &["has not taken effect", "plug it in again"]);
    assert!(!actions(&diagnosis).contains(&&Action::InstallUdevRule));
}

#[test]
fn beside_another_rule_upfuses_own_one_is_installed() {
    let mut facts = linux();
    facts.rule = Some(RuleState::Other);
    facts.pkexec = true;
    let diagnosis = one(&[blocked_rom(UsbErrorKind::Access)], &facts);
    assert_mentions(
        &diagnosis,
        &[
            "a rule for STM32 boards is installed",
            "Install Upfuse's own rule as well",
        ],
    );
    let step = |text: &str| diagnosis.steps.iter().any(|s| s.text.starts_with(text));
    assert!(!step("Install the rule") && !step("Install the udev rule"));
}

#[test]
fn over_ssh_there_is_no_local_seat() {
    let mut facts = linux();
    facts.rule = Some(RuleState::Installed);
    facts.remote = true;
    let diagnosis = one(&[blocked_rom(UsbErrorKind::Access)], &facts);
    assert_mentions(&diagnosis, &["SSH", "local seat", "sudo"]);
}

#[test]
fn two_boards_without_permission_need_the_rule_once() {
    let first = blocked_rom(UsbErrorKind::Access);
    let mut second = first.clone();
    second.place = Place("1-7".to_owned());
    let mut program = run_time();
    program.blocked = Some(UsbErrorKind::Access);
    let all = diagnoses(&[first, second, program], &linux());
    assert_eq!(all.len(), 3);
    assert!(all[0].steps.len() > 2);
    assert_eq!(
        all[1].advice(),
        ["The same steps as for the device at 1-4.2"]
    );
    assert!(
        actions(&all[2])
            .iter()
            .all(|a| !matches!(a, Action::CopyText(_)))
    );
    assert_mentions(&all[2], &["as for the device at 1-4.2", "BOOT0"]);
}

#[test]
fn a_sandbox_is_named() {
    let mut facts = linux();
    facts.sandbox = Some("Snap");
    let diagnosis = one(&[blocked_rom(UsbErrorKind::Access)], &facts);
    assert_mentions(&diagnosis, &["Snap", "raw-usb"]);
}

#[test]
fn in_use_by_another_program() {
    for (os, blocked) in [
        (Os::Linux, UsbErrorKind::Busy),
        (Os::Windows, UsbErrorKind::Access),
        (Os::MacOs, UsbErrorKind::Access),
    ] {
        let diagnosis = one(&[blocked_rom(blocked)], &on(os));
        assert_mentions(
            &diagnosis,
            &[
                "Another program uses",
                "STM32CubeProgrammer",
                "browser tab",
                "virtual machine",
            ],
        );
        assert!(actions(&diagnosis).contains(&&Action::Retry));
    }
}

#[test]
fn the_program_that_holds_a_board_is_named_if_known() {
    let mut facts = linux();
    let record = blocked_rom(UsbErrorKind::Busy);
    let holder = "dfu-util (process 1234)".to_owned();
    facts.holders.insert(record.place.clone(), holder);
    let diagnosis = one(&[record], &facts);
    assert_eq!(
        diagnosis.what,
        "dfu-util (process 1234) uses STM32 bootloader"
    );
    assert_mentions(&diagnosis, &["one program at a time", "then check again"]);
}
