//! Drivers and changes of drivers in words; the same in the window and at a terminal.

use super::bound::Bound;
use super::device::Device;
use super::refusal::{Refusal, check};
use super::report::{Action, Outcome, Report};

impl Bound {
    /// "DfuSe's driver (STTub30, by STMicroelectronics, oem12.inf)"
    pub(crate) fn describe(self, device: &Device) -> String {
        let whose = match self {
            Self::Nothing => return "no driver".to_owned(),
            Self::DfuSe => "DfuSe's driver",
            Self::StWinUsb => "ST's WinUSB driver",
            Self::InboxWinUsb => "Windows' own WinUSB driver",
            Self::ImpulseRc => "the ImpulseRC Driver Fixer's WinUSB driver",
            Self::Libwdi => "Zadig's driver",
            Self::OtherUsable => "a WinUSB driver",
            Self::Other => "another driver",
        };
        let by = device.package.provider.as_ref();
        let parts = [
            device.service.clone(),
            by.map(|provider| format!("by {provider}")),
            device.package.inf.clone(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{whose} ({})", parts.join(", "))
    }

    /// What it means for a person who wants to upgrade the board.
    fn meaning(self) -> &'static str {
        match self {
            Self::Nothing => "No program can use the board yet. WinUSB can be installed for it",
            Self::DfuSe => {
                "Only DfuSe can use that driver; Upfuse needs WinUSB, and a board has one driver at \
                 a time"
            }
            Self::StWinUsb => "Upfuse can use it, on every port and for every board with this ID",
            Self::InboxWinUsb => {
                "Upfuse can use it. It is bound to this board alone: a board with another serial \
                 number, or at another port, may need it again"
            }
            Self::ImpulseRc | Self::Libwdi | Self::OtherUsable => "Upfuse can use it",
            Self::Other => {
                "Upfuse cannot use it; it needs WinUSB, and a board has one driver at a time"
            }
        }
    }
}

impl Device {
    /// What its driver means for a person who wants to upgrade the board.
    pub(crate) fn meaning(&self) -> String {
        let bound = Bound::of(self);
        match self.refusal() {
            Some(why) if !bound.works() => why.sentence(),
            _ => bound.meaning().to_owned(),
        }
    }

    /// Why its driver is never changed.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        check(self).err()
    }
}

impl Refusal {
    fn sentence(self) -> String {
        format!("{}: its driver is not changed", self.words())
    }

    fn words(self) -> &'static str {
        match self {
            Self::NotABootloader => "It is no bootloader that Upfuse knows",
            Self::Composite => "It has several functions, with a driver each",
            Self::Hub => "It is a hub",
            Self::Input => "It is a keyboard, a mouse or another input device",
            Self::Disk => "It is a disk",
            Self::NotDfu => "Windows has not recorded that it is in DFU mode",
        }
    }

    /// For scripts.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotABootloader => "not-a-bootloader",
            Self::Composite => "composite",
            Self::Hub => "hub",
            Self::Input => "input",
            Self::Disk => "disk",
            Self::NotDfu => "not-dfu",
        }
    }
}

impl Outcome {
    /// The `code` of `driver install --json`, which scripts rely on; `None` if nothing is wrong.
    pub(crate) fn code(&self) -> Option<&'static str> {
        match self {
            Self::Done { .. } | Self::AlreadyDone => None,
            Self::NotPluggedIn => Some("not-plugged-in"),
            Self::InUse { .. } => Some("in-use"),
            Self::Refused { why } => Some(why.code()),
            Self::Failed { .. } => Some("driver"),
        }
    }
}

impl Report {
    /// What happened, in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let now = self.device.as_ref();
        let now = now.map(|device| Bound::of(device).describe(device));
        match (&self.outcome, self.action) {
            (Outcome::Done { .. }, Action::Install) => {
                "WinUSB is installed for the board".to_owned()
            }
            (Outcome::Done { replug: true }, Action::Restore) => {
                "Windows goes back to its own choice of driver after a restart".to_owned()
            }
            (Outcome::Done { replug: false }, Action::Restore) => match now {
                Some(now) => format!("Windows has bound {now}"),
                None => "Windows chooses a driver when the board is plugged in again".to_owned(),
            },
            (Outcome::AlreadyDone, Action::Install) => format!(
                "Nothing to change: the board has {}",
                now.unwrap_or_else(|| "WinUSB".to_owned())
            ),
            (Outcome::AlreadyDone, Action::Restore) => format!(
                "Nothing to change: the board has no WinUSB, but {}",
                now.unwrap_or_else(|| "no driver".to_owned())
            ),
            (Outcome::NotPluggedIn, _) => "The board is not plugged in".to_owned(),
            (Outcome::InUse { holder }, _) if holder.is_empty() => {
                "Another program uses the board; nothing was changed".to_owned()
            }
            (Outcome::InUse { holder }, _) => {
                format!("Another program uses the board ({holder}); nothing was changed")
            }
            (Outcome::Refused { why }, _) => why.sentence(),
            (
                Outcome::Failed {
                    call,
                    code,
                    undone,
                    package_stays,
                    ..
                },
                _,
            ) => {
                let why = match (call, code) {
                    (Some(call), Some(code)) => because(call, *code),
                    _ => "Windows does not offer WinUSB for this board".to_owned(),
                };
                let state = match (undone, now) {
                    (true, _) => "the board is as it was".to_owned(),
                    (false, Some(now)) => format!("the board now has {now}"),
                    (false, None) => "the board may be without a driver".to_owned(),
                };
                let stays = match package_stays {
                    true => "; ST's driver package was added to Windows and stays there",
                    false => "",
                };
                format!("{why}; {state}{stays}")
            }
        }
    }

    /// What to do now.
    pub(crate) fn advice(&self) -> Vec<String> {
        let mut steps: Vec<&str> = Vec::new();
        match &self.outcome {
            Outcome::Done { .. } | Outcome::AlreadyDone | Outcome::Refused { .. } => {}
            Outcome::NotPluggedIn => steps.push("Plug the board in, in DFU mode"),
            Outcome::InUse { .. } => steps.extend([
                "Close that program or tab, or stop its job, then try again",
                "If that does not help, unplug the board and plug it in again, in DFU mode",
            ]),
            Outcome::Failed { .. } if self.got_its_driver() => {}
            Outcome::Failed { code, .. } => {
                if code.is_some_and(is_policy) {
                    steps.push(
                        "Ask the administrator of this machine to allow the installation of WinUSB \
                         for this device",
                    );
                }
                steps.push(match self.action {
                    Action::Install => {
                        "Install the driver by hand: `upfuse doctor` lists the steps"
                    }
                    Action::Restore => {
                        "By hand: in Device Manager right-click the board, Uninstall device; then \
                         Action, Scan for hardware changes"
                    }
                });
            }
        }
        if self.outcome.needs_replug() {
            steps.push(
                "Unplug the board and plug it in again, in DFU mode; if that does not help, restart \
                 Windows",
            );
        }
        let mut steps: Vec<String> = steps.into_iter().map(str::to_owned).collect();
        steps.extend(self.package_that_stays());
        steps
    }

    /// A change that failed can end with the driver that was wanted.
    fn got_its_driver(&self) -> bool {
        let works = |device: &Device| Bound::of(device).works();
        let device = self.device.as_ref();
        device.is_some_and(|device| works(device) == (self.action == Action::Install))
    }

    /// After a restoration, Windows may rank another WinUSB package best.
    fn package_that_stays(&self) -> Option<String> {
        let device = self.device.as_ref()?;
        let is_done = self.outcome == Outcome::Done { replug: false };
        let inf = device.package.inf.as_deref()?;
        // A package of somebody: Windows' own stay.
        let is_added = inf.to_ascii_lowercase().starts_with("oem");
        if self.action != Action::Restore || !is_done || !is_added || !Bound::of(device).works() {
            return None;
        }
        Some(format!(
            "Windows prefers this package as long as it is installed. To remove it for all boards, in \
             a terminal run as administrator: pnputil /delete-driver {inf} /uninstall"
        ))
    }
}

impl Outcome {
    fn needs_replug(&self) -> bool {
        match self {
            Self::Done { replug } | Self::Failed { replug, .. } => *replug,
            _ => false,
        }
    }
}

// winerror.h and setupapi.h.
const ERROR_ACCESS_DENIED: u32 = 5;
const ERROR_ACCESS_DISABLED_BY_POLICY: u32 = 1260;
const ERROR_INSTALL_PACKAGE_REJECTED: u32 = 1625;
const ERROR_NO_CATALOG_FOR_OEM_INF: u32 = 0xE000_022F;
const ERROR_IN_WOW64: u32 = 0xE000_0235;
const ERROR_AUTHENTICODE_TRUST_NOT_ESTABLISHED: u32 = 0xE000_0242;
const ERROR_AUTHENTICODE_PUBLISHER_NOT_TRUSTED: u32 = 0xE000_0243;
const ERROR_DRIVER_STORE_ADD_FAILED: u32 = 0xE000_0247;
const ERROR_DEVICE_INSTALL_BLOCKED: u32 = 0xE000_0248;

fn is_policy(code: u32) -> bool {
    matches!(
        code,
        ERROR_ACCESS_DISABLED_BY_POLICY
            | ERROR_INSTALL_PACKAGE_REJECTED
            | ERROR_DEVICE_INSTALL_BLOCKED
    )
}

fn because(call: &str, code: u32) -> String {
    let why = match code {
        ERROR_ACCESS_DENIED => "Windows denied access: administrator rights are missing",
        ERROR_NO_CATALOG_FOR_OEM_INF
        | ERROR_AUTHENTICODE_TRUST_NOT_ESTABLISHED
        | ERROR_AUTHENTICODE_PUBLISHER_NOT_TRUSTED => {
            "Windows does not trust the driver's signature"
        }
        ERROR_IN_WOW64 => "A 32-bit program cannot install drivers on 64-bit Windows",
        ERROR_DRIVER_STORE_ADD_FAILED => "Windows could not store the driver",
        code if is_policy(code) => "A policy of this machine forbids the change of driver",
        _ => "Windows could not change the driver",
    };
    // As the system's documentation writes them.
    match code < 0x1_0000 {
        true => format!("{why} ({call}, error {code})"),
        false => format!("{why} ({call}, error 0x{code:08X})"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn report(action: Action, outcome: Outcome, device: Option<Device>) -> Report {
        Report {
            run: "1".to_owned(),
            action,
            instance: samples::dfuse().instance,
            outcome,
            device,
            steps: Vec::new(),
        }
    }

    fn failed(code: u32) -> Report {
        let outcome = Outcome::Failed {
            call: Some("DiInstallDevice".to_owned()),
            code: Some(code),
            undone: true,
            package_stays: false,
            replug: false,
        };
        report(Action::Install, outcome, Some(samples::dfuse()))
    }

    #[test]
    fn a_driver_is_named_by_service_provider_and_package() {
        let describe = |device: Device| Bound::of(&device).describe(&device);
        assert_eq!(
            describe(samples::dfuse()),
            "DfuSe's driver (STTub30, by STMicroelectronics, oem12.inf)"
        );
        assert_eq!(
            describe(samples::inbox_winusb()),
            "Windows' own WinUSB driver (WinUSB, by Microsoft, winusb.inf)"
        );
        assert_eq!(describe(samples::nothing()), "no driver");
    }

    #[test]
    fn a_policy_is_named_and_leads_to_the_administrator() {
        for code in [0xE000_0248, 1260, 1625] {
            let report = failed(code);
            assert!(report.sentence().contains("policy"), "{code:#X}");
            assert!(report.advice()[0].contains("administrator"), "{code:#X}");
        }
        let other = failed(13);
        assert!(!other.sentence().contains("policy"));
        assert!(other.sentence().ends_with("the board is as it was"));
        assert_eq!(other.advice().len(), 1);
    }

    #[test]
    fn an_unknown_error_shows_its_call_and_number() {
        let text = failed(0xE000_0203).sentence();
        assert!(text.contains("DiInstallDevice, error 0xE0000203"), "{text}");
        assert!(failed(13).sentence().contains("error 13)"));
    }

    #[test]
    fn a_needed_replug_is_the_last_step() {
        let done = report(Action::Install, Outcome::Done { replug: true }, None);
        assert!(done.advice().last().unwrap().contains("restart Windows"));
        let done = report(Action::Install, Outcome::Done { replug: false }, None);
        assert!(done.advice().is_empty());
    }

    #[test]
    fn going_back_names_the_driver_that_windows_chose() {
        let done = Outcome::Done { replug: false };
        let dfuse = report(Action::Restore, done.clone(), Some(samples::dfuse()));
        assert!(dfuse.sentence().contains("DfuSe's driver"));
        assert!(dfuse.advice().is_empty());
        let libwdi = report(Action::Restore, done, Some(samples::libwdi()));
        assert!(libwdi.advice()[0].contains("pnputil /delete-driver oem45.inf"));
    }

    #[test]
    fn a_change_that_is_not_undone_names_the_driver_that_is_bound_now() {
        let mut report = failed(13);
        let Outcome::Failed { undone, .. } = &mut report.outcome else {
            panic!("{report:?}");
        };
        *undone = false;
        for (device, state) in [
            (Some(samples::nothing()), "the board now has no driver"),
            (Some(samples::libwdi()), "the board now has Zadig's driver"),
            (None, "the board may be without a driver"),
        ] {
            report.device = device;
            let text = report.sentence();
            assert!(text.contains(state), "{text}");
        }
        report.device = Some(samples::libwdi());
        assert!(report.advice().is_empty(), "{:?}", report.advice());
    }

    #[test]
    fn a_device_that_is_refused_is_not_promised_a_driver() {
        for mut device in [samples::nothing(), samples::other()] {
            device.compatible_ids = vec![r"USB\COMPOSITE".to_owned()];
            let text = device.meaning();
            assert!(text.contains("is not changed"), "{text}");
            assert!(!text.contains("WinUSB"), "{text}");
        }
        let text = samples::nothing().meaning();
        assert!(text.contains("WinUSB can be installed"), "{text}");
    }

    #[test]
    fn a_package_that_stays_is_named() {
        let mut report = failed(13);
        assert!(!report.sentence().contains("package"));
        let Outcome::Failed { package_stays, .. } = &mut report.outcome else {
            panic!("{report:?}");
        };
        *package_stays = true;
        assert!(report.sentence().contains("package"));
    }

    #[test]
    fn going_back_that_waits_for_a_restart_names_no_driver() {
        let waits = Outcome::Done { replug: true };
        let report = report(Action::Restore, waits, Some(samples::libwdi()));
        let text = report.sentence();
        assert!(text.contains("restart"), "{text}");
        assert!(!text.contains("bound"), "{text}");
        assert_eq!(report.advice().len(), 1, "{:?}", report.advice());
    }

    #[test]
    fn a_report_is_the_same_after_its_way_through_json() {
        for report in [
            failed(5),
            report(
                Action::Restore,
                Outcome::Refused {
                    why: Refusal::Composite,
                },
                None,
            ),
        ] {
            let text = serde_json::to_string(&report).unwrap();
            assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        }
    }
}
