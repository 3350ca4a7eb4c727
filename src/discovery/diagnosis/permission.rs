//! The system does not let this account open the device.

use super::step::{Action, Diagnosis, Step};
use crate::discovery::facts::{Os, SystemFacts};
use crate::discovery::udev::{RuleState, install_commands};

pub(super) fn missing(label: &str, facts: &SystemFacts) -> Diagnosis {
    if facts.os != Os::Linux {
        return Diagnosis::new(
            format!("No permission to open {label}"),
            "The system does not let this account open it",
            vec![Step::retry(
                "Run upfuse as administrator, or ask for access to USB devices",
            )],
        );
    }
    Diagnosis::new(
        format!("No permission to open {label}"),
        why(facts),
        steps(facts),
    )
}

fn why(facts: &SystemFacts) -> String {
    let rule = match facts.rule {
        Some(RuleState::Missing) => {
            "Linux lets only root open USB devices unless a udev rule grants access, and no rule \
             for this board is installed"
        }
        Some(RuleState::Other) => {
            "Linux lets only root open USB devices unless a udev rule grants access; a rule for \
             STM32 boards is installed, but it gives this session no access"
        }
        Some(RuleState::Installed) => {
            "Upfuse's udev rule is installed, but has not taken effect for this board in this \
             session"
        }
        None => "Linux lets only root open USB devices unless a udev rule grants access",
    };
    let mut why = rule.to_owned();
    if facts.remote {
        why.push_str(
            ". This session came over SSH, and the rule gives access to the person at the \
             machine's own screen (a local seat) only",
        );
    }
    if let Some(sandbox) = facts.sandbox {
        why.push_str(&format!(
            ". This program runs inside a {sandbox} sandbox, which may keep USB from it"
        ));
    }
    why
}

fn steps(facts: &SystemFacts) -> Vec<Step> {
    let mut steps = Vec::new();
    let installed = facts.rule == Some(RuleState::Installed);
    // Under a text about another rule, "install the rule" would read like a mistake.
    let (rule, udev_rule) = match facts.rule {
        Some(RuleState::Other) => ("Upfuse's own rule as well", "Upfuse's own rule as well"),
        _ => ("the rule", "the udev rule"),
    };
    if installed {
        steps.push(Step::retry("Unplug the board and plug it in again"));
    } else {
        if facts.pkexec && !facts.remote && facts.sandbox.is_none() {
            steps.push(Step::with_action(
                format!(
                    "Install {rule} (asks for the administrator's password); the board becomes \
                     ready without replugging"
                ),
                Action::InstallUdevRule,
            ));
        }
        steps.push(Step::with_action(
            format!("Install {udev_rule} in a terminal (upfuse doctor prints the commands)"),
            Action::CopyText(install_commands()),
        ));
        steps.push(Step::retry(
            "If the board is not ready then, unplug it and plug it in again",
        ));
    }
    if facts.remote {
        steps.push(Step::new(
            "Over SSH run upfuse with sudo, or add GROUP=\"plugdev\", MODE=\"0660\" to the rule and \
             yourself to that group",
        ));
    } else {
        steps.push(Step::new(
            "The rule gives access to the person at the machine's own screen and keyboard; over \
             SSH, run upfuse with sudo",
        ));
    }
    match facts.sandbox {
        Some("Snap") => steps.push(Step::new("Allow USB: snap connect upfuse:raw-usb")),
        Some(_) => steps.push(Step::new(
            "Allow USB: flatpak override --user --device=all, followed by this program's name",
        )),
        None => {}
    }
    steps
}
