//! Linux: the udev rule that gives the person at the machine access to boards, and its
//! installation. The terminal only prints the commands; the window can run them.

use std::path::Path;

#[cfg(feature = "gui")]
mod install;
#[cfg(feature = "gui")]
pub(crate) use install::install_rule;

/// The rule as it ships; packages install it below /usr/lib/udev/rules.d.
pub(crate) const RULE: &str = include_str!("../../../assets/linux/70-upfuse.rules");

/// Where the installation puts it.
pub(crate) const RULE_FILE: &str = "/etc/udev/rules.d/70-upfuse.rules";

/// The rule that is installed on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleState {
    /// Ours.
    Installed,
    /// Only another rule that names the STM32's ID.
    Other,
    Missing,
}

/// Installs the rule from a terminal.
pub(crate) fn install_commands() -> String {
    let lines: Vec<&str> = RULE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    format!(
        "sudo tee {RULE_FILE} <<'END'\n{}\nEND\nsudo udevadm control --reload\n\
         sudo udevadm trigger --subsystem-match=usb --action=add\n",
        lines.join("\n")
    )
}

/// Searches udev's folders below `root` ("/" on a real machine).
pub(super) fn rule_state(root: &Path) -> RuleState {
    let folders = [
        "etc/udev/rules.d",
        "run/udev/rules.d",
        "usr/local/lib/udev/rules.d",
        "usr/lib/udev/rules.d",
        "lib/udev/rules.d",
    ];
    let files = || {
        folders
            .iter()
            .filter_map(|folder| std::fs::read_dir(root.join(folder)).ok())
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
    };
    let named = |path: &Path| {
        let ours = Path::new(RULE_FILE).file_name();
        // An empty file of that name, or a link to /dev/null, switches the rule off.
        path.file_name() == ours && std::fs::read(path).is_ok_and(|text| !text.is_empty())
    };
    if files().any(|path| named(&path)) {
        return RuleState::Installed;
    }
    let names_stm32 = |path: &Path| {
        std::fs::read_to_string(path)
            .is_ok_and(|text| text.contains("0483") && text.to_ascii_lowercase().contains("df11"))
    };
    if files().any(|path| names_stm32(&path)) {
        RuleState::Other
    } else {
        RuleState::Missing
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::identity::{board_makers, bootloader_ids};
    use super::*;

    #[test]
    fn the_rule_is_sorted_before_the_one_that_grants_access() {
        let name = Path::new(RULE_FILE).file_name().unwrap().to_str().unwrap();
        assert!(name < "73-seat-late.rules");
        assert!(RULE.contains("*:fe0102:*") && RULE.contains("uaccess"));
    }

    #[test]
    fn the_rule_covers_every_bootloader_that_discovery_knows() {
        for (vendor, first, last) in bootloader_ids() {
            let vendor = format!("ATTR{{idVendor}}==\"{vendor:04x}\", ATTR{{idProduct}}==");
            let products = RULE
                .lines()
                .find_map(|line| line.strip_prefix(&vendor))
                .unwrap_or_else(|| panic!("no line for {vendor}"));
            let expected = if first == last {
                format!("{first:04x}")
            } else {
                format!("{:02x}??", first >> 8)
            };
            assert!(products.contains(&expected), "{expected} in {products}");
        }
    }

    #[test]
    fn the_rule_covers_the_programs_that_are_offered_to_be_switched() {
        let line = format!(
            "ATTR{{idVendor}}==\"{}\", ENV{{ID_USB_INTERFACES}}==\"*:fe0101:*\", TAG+=\"uaccess\"",
            board_makers()
        );
        assert!(RULE.lines().any(|found| found == line), "{line}");
    }

    #[test]
    fn udev_itself_accepts_the_rule() {
        let file = tempfile::Builder::new()
            .suffix(".rules")
            .tempfile()
            .unwrap();
        std::fs::write(file.path(), RULE).unwrap();
        let verify = Command::new("udevadm")
            .arg("verify")
            .arg(file.path())
            .output();
        match verify {
            Ok(output) if !String::from_utf8_lossy(&output.stderr).contains("verify") => {
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{stderr}");
            }
            // Before systemd 254 udevadm had no such command, and many build machines no udevadm.
            Ok(_) | Err(_) => println!("skipped: no udevadm that can verify"),
        }
    }

    #[test]
    fn the_commands_for_a_terminal_hold_the_whole_rule() {
        let commands = install_commands();
        assert!(commands.starts_with("sudo tee /etc/udev/rules.d/70-upfuse.rules <<'END'\n"));
        for line in RULE
            .lines()
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
        {
            assert!(commands.contains(line), "{line}");
        }
        assert!(!commands.contains("\n#"));
    }

    #[test]
    fn installed_other_and_missing_rules_are_recognised() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(rule_state(root.path()), RuleState::Missing);

        let folder = root.path().join("usr/lib/udev/rules.d");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("50-audio.rules"), "SUBSYSTEM==\"sound\"").unwrap();
        assert_eq!(rule_state(root.path()), RuleState::Missing);

        let other = "ATTRS{idVendor}==\"0483\", ATTRS{idProduct}==\"DF11\", MODE=\"0666\"";
        std::fs::write(folder.join("60-dfuse.rules"), other).unwrap();
        assert_eq!(rule_state(root.path()), RuleState::Other);

        let own = root.path().join("etc/udev/rules.d");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(own.join("70-upfuse.rules"), "").unwrap();
        assert_eq!(rule_state(root.path()), RuleState::Other);
        std::fs::write(own.join("70-upfuse.rules"), RULE).unwrap();
        assert_eq!(rule_state(root.path()), RuleState::Installed);
    }
}
