use super::super::samples;
use super::*;
use crate::discovery::driver::{Bound, Refusal};
use crate::transport::VirtualClock;

/// A Windows with one board. As two programs that do the same describe it, a bootloader without
/// `USB\MS_COMP_WINUSB` is offered winusb.inf only by its setup class, once it has been moved there.
struct Fake {
    device: Option<Device>,
    present: bool,
    /// It does not start again by itself.
    stays_away: bool,
    plugged: bool,
    held: Held,
    st_package: Option<PathBuf>,
    /// The driver that a package or winusb.inf brings; `None`: Windows has nothing.
    brings: Option<Device>,
    /// What Windows ranks best for a board that it finds anew, after this many looks.
    best: (u32, Device),
    fails: Option<(&'static str, u32)>,
    /// What a failing call leaves behind.
    leaves: Option<Option<Device>>,
    /// winusb.inf is in the list by IDs as well.
    compatible: bool,
    restart: bool,
    kept: Option<String>,
    calls: Vec<String>,
    looks: u32,
}

impl Fake {
    fn with(device: Device) -> Self {
        Self {
            device: Some(device),
            present: true,
            stays_away: false,
            plugged: true,
            held: Held::No,
            st_package: None,
            brings: Some(samples::inbox_winusb()),
            best: (0, samples::dfuse()),
            fails: None,
            leaves: None,
            compatible: false,
            restart: false,
            kept: None,
            calls: Vec::new(),
            looks: 0,
        }
    }

    fn call(&mut self, call: &'static str) -> Result<(), WindowsError> {
        self.calls.push(call.to_owned());
        match self.fails {
            Some((failing, code)) if failing == call => {
                if let Some(left) = self.leaves.take() {
                    self.device = left;
                    self.looks = 0;
                }
                Err(WindowsError { call, code })
            }
            _ => Ok(()),
        }
    }

    fn class(&self) -> Option<&str> {
        self.device.as_ref()?.class.as_deref()
    }
}

impl Windows for Fake {
    fn device(&mut self, _: &InstanceId) -> Result<Option<Device>, WindowsError> {
        self.looks += 1;
        if self.device.is_none() && self.present && self.looks > self.best.0 {
            self.device = Some(self.best.1.clone());
        }
        Ok(self.device.clone())
    }

    fn is_present(&mut self, _: &InstanceId) -> bool {
        self.present
    }

    fn stop_and_start(&mut self, _: &InstanceId) -> Result<Held, WindowsError> {
        self.call("stop and start")?;
        if self.stays_away {
            self.present = false;
        }
        Ok(self.held.clone())
    }

    fn look_for_devices(&mut self) -> Result<(), WindowsError> {
        self.call("look")?;
        self.present = self.plugged;
        Ok(())
    }

    fn st_package(&mut self) -> Option<PathBuf> {
        self.st_package.clone()
    }

    fn add_package(&mut self, _: PathBuf) -> Result<bool, WindowsError> {
        self.call("add package")?;
        self.device = self.brings.clone();
        Ok(self.restart)
    }

    fn bind_winusb(
        &mut self,
        _: &InstanceId,
        list: DriverList,
    ) -> Result<Option<bool>, WindowsError> {
        if list == DriverList::Class && self.class().is_none() {
            // ERROR_NO_ASSOCIATED_CLASS
            let (call, code) = (BUILD_LIST, 0xE000_0200);
            return Err(WindowsError { call, code });
        }
        let is_listed = match list {
            DriverList::Compatible => self.compatible,
            DriverList::Class => self.class() == Some(USB_DEVICE),
        };
        if !is_listed {
            return Ok(None);
        }
        self.call("bind")?;
        let Some(device) = self.brings.clone() else {
            return Ok(None);
        };
        self.device = Some(device);
        Ok(Some(self.restart))
    }

    fn set_class(&mut self, _: &InstanceId, class: &str) -> Result<(), WindowsError> {
        self.call("set class")?;
        if let Some(device) = &mut self.device {
            device.class = Some(class.to_owned());
        }
        Ok(())
    }

    fn bind_nothing(&mut self, _: &InstanceId) -> Result<(), WindowsError> {
        self.call("bind nothing")
    }

    fn forget(&mut self, _: &InstanceId) -> Result<bool, WindowsError> {
        self.call("forget")?;
        self.calls.push(format!("class {:?}", self.class()));
        self.device = None;
        self.looks = 0;
        Ok(self.restart)
    }

    fn kept_class(&mut self, _: &InstanceId) -> Option<String> {
        self.kept.clone()
    }

    fn keep_class(&mut self, _: &InstanceId, class: &str) -> Result<(), WindowsError> {
        self.kept = Some(class.to_owned());
        Ok(())
    }
}

type Ask = fn(&mut dyn Windows, &dyn Clock, &InstanceId, &mut dyn FnMut(String)) -> Outcome;

fn ask(what: Ask, windows: &mut Fake) -> (Outcome, Vec<String>) {
    let instance = samples::dfuse().instance;
    let mut steps = Vec::new();
    let clock = VirtualClock::default();
    let outcome = what(windows, &clock, &instance, &mut |step| steps.push(step));
    (outcome, steps)
}

const DONE: Outcome = Outcome::Done { replug: false };

fn bound(windows: &Fake) -> Bound {
    Bound::of(windows.device.as_ref().unwrap())
}

#[test]
fn winusb_is_bound_to_a_board_with_dfuses_driver_and_with_none() {
    for before in [samples::dfuse(), samples::nothing()] {
        let class = before.class.clone();
        let mut windows = Fake::with(before);
        let (outcome, steps) = ask(install, &mut windows);
        assert_eq!(outcome, DONE, "{steps:?}");
        assert_eq!(bound(&windows), Bound::InboxWinUsb);
        assert_eq!(windows.calls, ["stop and start", "set class", "bind"]);
        assert_eq!(windows.kept, class);
    }
}

#[test]
fn sts_package_is_preferred_where_it_is_there() {
    let mut windows = Fake {
        st_package: Some(PathBuf::from("STM32Bootloader.inf")),
        brings: Some(samples::st_winusb()),
        ..Fake::with(samples::dfuse())
    };
    let (outcome, steps) = ask(install, &mut windows);
    assert_eq!(outcome, DONE);
    assert_eq!(windows.calls, ["stop and start", "add package"]);
    assert!(
        steps
            .iter()
            .any(|step| step.contains("STM32Bootloader.inf"))
    );
}

#[test]
fn where_windows_refuses_sts_package_or_ranks_it_lower_its_own_winusb_is_bound() {
    let mut windows = Fake {
        st_package: Some(PathBuf::from("STM32Bootloader.inf")),
        fails: Some(("add package", 259)),
        ..Fake::with(samples::dfuse())
    };
    assert_eq!(ask(install, &mut windows).0, DONE);
    assert_eq!(bound(&windows), Bound::InboxWinUsb);
}

#[test]
fn a_board_that_has_winusb_is_not_touched() {
    for before in samples::all() {
        let mut windows = Fake::with(before.clone());
        if Bound::of(&before).works() {
            assert_eq!(ask(install, &mut windows).0, Outcome::AlreadyDone);
        } else {
            assert_eq!(ask(restore, &mut windows).0, Outcome::AlreadyDone);
        }
        assert_eq!(windows.calls, [""; 0]);
    }
}

#[test]
fn a_board_that_another_program_holds_is_not_touched() {
    let held = Held::By("dfu-util.exe".to_owned());
    let in_use = Outcome::InUse {
        holder: "dfu-util.exe".to_owned(),
    };
    for (what, device) in [
        (install as Ask, samples::dfuse()),
        (restore, samples::inbox_winusb()),
    ] {
        let mut windows = Fake {
            held: held.clone(),
            ..Fake::with(device)
        };
        assert_eq!(ask(what, &mut windows).0, in_use);
        assert_eq!(windows.calls, ["stop and start"]);
    }
}

#[test]
fn a_board_that_does_not_start_again_is_looked_for_once() {
    for (plugged, outcome) in [(true, DONE), (false, Outcome::NotPluggedIn)] {
        let mut windows = Fake {
            stays_away: true,
            plugged,
            ..Fake::with(samples::dfuse())
        };
        assert_eq!(ask(install, &mut windows).0, outcome);
        assert_eq!(windows.calls[..2], ["stop and start", "look"]);
        assert_eq!(windows.calls.len() > 2, plugged);
    }
}

#[test]
fn a_device_that_is_no_bootloader_is_not_even_stopped() {
    let mut composite = samples::dfuse();
    composite.compatible_ids = vec![r"USB\COMPOSITE".to_owned()];
    let refused = Outcome::Refused {
        why: Refusal::Composite,
    };
    for what in [install as Ask, restore] {
        let mut windows = Fake::with(composite.clone());
        assert_eq!(ask(what, &mut windows).0, refused);
        assert_eq!(windows.calls, [""; 0]);
    }
}

#[test]
fn a_board_that_is_not_plugged_in_gets_no_driver() {
    let mut remembered = Fake {
        present: false,
        ..Fake::with(samples::dfuse())
    };
    let mut unknown = Fake {
        device: None,
        ..Fake::with(samples::dfuse())
    };
    unknown.present = false;
    for windows in [&mut remembered, &mut unknown] {
        assert_eq!(ask(install, windows).0, Outcome::NotPluggedIn);
        assert_eq!(windows.calls, [""; 0]);
    }
}

#[test]
fn a_refused_driver_is_undone_and_the_class_is_as_before() {
    let class = samples::dfuse().class;
    let mut windows = Fake {
        fails: Some(("bind", 0xE000_0248)),
        ..Fake::with(samples::dfuse())
    };
    let failed = Outcome::Failed {
        call: Some("bind".to_owned()),
        code: Some(0xE000_0248),
        undone: true,
        package_stays: false,
        replug: false,
    };
    assert_eq!(ask(install, &mut windows).0, failed);
    let end = [
        "set class".to_owned(),
        "forget".to_owned(),
        format!("class {:?}", class.as_deref()),
    ];
    assert!(windows.calls.ends_with(&end), "{:?}", windows.calls);
}

#[test]
fn a_board_without_winusb_afterwards_is_given_back_to_windows() {
    // The list had something, and another driver was bound in the end.
    let mut windows = Fake {
        brings: Some(samples::dfuse()),
        best: (0, samples::nothing()),
        ..Fake::with(samples::nothing())
    };
    let (outcome, steps) = ask(install, &mut windows);
    let Outcome::Failed {
        call: None,
        undone: true,
        ..
    } = outcome
    else {
        panic!("{outcome:?} after {steps:?}");
    };
    assert!(windows.calls.contains(&"forget".to_owned()));
}

#[test]
fn a_windows_without_winusb_for_the_board_is_asked_in_every_way_and_restored() {
    let mut windows = Fake {
        brings: None,
        ..Fake::with(samples::dfuse())
    };
    let (outcome, _) = ask(install, &mut windows);
    assert!(matches!(
        outcome,
        Outcome::Failed {
            call: None,
            undone: true,
            ..
        }
    ));
    assert!(windows.calls.contains(&"bind nothing".to_owned()));
    assert!(windows.calls.contains(&"forget".to_owned()));
}

#[test]
fn an_undo_that_fails_is_not_called_one() {
    let mut windows = Fake {
        brings: None,
        fails: Some(("forget", 5)),
        ..Fake::with(samples::dfuse())
    };
    let (outcome, _) = ask(install, &mut windows);
    assert!(matches!(outcome, Outcome::Failed { undone: false, .. }));
}

#[test]
fn nothing_is_undone_before_anything_is_changed() {
    let mut windows = Fake {
        fails: Some(("stop and start", 5)),
        ..Fake::with(samples::dfuse())
    };
    let (outcome, _) = ask(install, &mut windows);
    assert!(matches!(
        outcome,
        Outcome::Failed {
            code: Some(5),
            undone: true,
            ..
        }
    ));
    assert_eq!(windows.calls, ["stop and start"]);
}

#[test]
fn a_restart_that_windows_needs_is_passed_on() {
    let mut windows = Fake {
        restart: true,
        ..Fake::with(samples::dfuse())
    };
    assert_eq!(ask(install, &mut windows).0, Outcome::Done { replug: true });
}

#[test]
fn going_back_waits_for_the_driver_that_windows_ranks_best() {
    let mut windows = Fake {
        kept: samples::dfuse().class,
        best: (5, samples::dfuse()),
        ..Fake::with(samples::inbox_winusb())
    };
    let (outcome, steps) = ask(restore, &mut windows);
    assert_eq!(outcome, DONE);
    assert_eq!(bound(&windows), Bound::DfuSe);
    assert!(steps.last().unwrap().contains("STTub30"));
    // The old class first: a removal that Windows defers keeps it.
    assert_eq!(windows.calls[1..3], ["set class", "forget"]);
}

#[test]
fn going_back_ends_although_windows_has_no_driver() {
    let mut windows = Fake {
        best: (0, samples::nothing()),
        ..Fake::with(samples::inbox_winusb())
    };
    let (outcome, steps) = ask(restore, &mut windows);
    assert_eq!(outcome, DONE);
    assert!(steps.last().unwrap().contains("no driver"));
}

#[test]
fn a_board_that_is_not_plugged_in_can_go_back() {
    let mut windows = Fake {
        present: false,
        ..Fake::with(samples::inbox_winusb())
    };
    assert_eq!(ask(restore, &mut windows).0, DONE);
    assert_eq!(windows.calls[0], "forget");
}

fn is_undone(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed { undone, .. } => *undone,
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn a_first_binding_that_fails_half_way_is_undone() {
    let mut windows = Fake {
        compatible: true,
        fails: Some(("bind", 13)),
        leaves: Some(Some(samples::nothing())),
        ..Fake::with(samples::dfuse())
    };
    let (outcome, steps) = ask(install, &mut windows);
    assert!(is_undone(&outcome), "{steps:?}");
    assert!(windows.calls.contains(&"forget".to_owned()), "{steps:?}");
    assert_eq!(bound(&windows), Bound::DfuSe);
}

#[test]
fn a_board_that_a_refused_binding_left_as_it_was_is_not_removed() {
    // A policy that forbids WinUSB may forbid the return of the driver as well.
    let mut windows = Fake {
        compatible: true,
        fails: Some(("bind", 0xE000_0248)),
        ..Fake::with(samples::dfuse())
    };
    assert!(is_undone(&ask(install, &mut windows).0));
    assert_eq!(windows.calls, ["stop and start", "bind"]);
}

#[test]
fn a_board_with_another_driver_after_the_undo_is_not_as_it_was() {
    for (best, undone) in [
        (samples::dfuse(), true),
        (samples::nothing(), false),
        (samples::libwdi(), false),
    ] {
        let mut windows = Fake {
            fails: Some(("bind", 13)),
            best: (3, best),
            ..Fake::with(samples::dfuse())
        };
        let (outcome, steps) = ask(install, &mut windows);
        assert_eq!(is_undone(&outcome), undone, "{steps:?}");
    }
}

#[test]
fn going_back_that_fails_half_way_is_put_right_or_said() {
    let removed = Fake {
        leaves: Some(None),
        ..Fake::with(samples::inbox_winusb())
    };
    let class_only = Fake {
        kept: samples::dfuse().class,
        ..Fake::with(samples::inbox_winusb())
    };
    for (windows, undone) in [(removed, false), (class_only, true)] {
        let mut windows = Fake {
            fails: Some(("forget", 5)),
            ..windows
        };
        let (outcome, steps) = ask(restore, &mut windows);
        assert_eq!(is_undone(&outcome), undone, "{steps:?}");
        let class = windows.class().map(str::to_owned);
        let wanted = match undone {
            true => samples::inbox_winusb(),
            false => samples::dfuse(),
        };
        assert_eq!(class, wanted.class, "{steps:?}");
    }
}

#[test]
fn sts_package_that_was_added_in_vain_is_said_to_stay() {
    // Windows ranks the bound driver higher, and offers no WinUSB of its own.
    let mut windows = Fake {
        st_package: Some(PathBuf::from("STM32Bootloader.inf")),
        brings: Some(samples::dfuse()),
        fails: Some(("bind", 13)),
        ..Fake::with(samples::dfuse())
    };
    let (outcome, steps) = ask(install, &mut windows);
    let Outcome::Failed { package_stays, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(package_stays, "{steps:?}");
}

#[test]
fn a_device_with_another_id_is_not_even_looked_up() {
    let mouse: InstanceId = r"USB\VID_046D&PID_C077\1".parse().unwrap();
    for what in [install as Ask, restore] {
        let mut windows = Fake::with(samples::dfuse());
        let clock = VirtualClock::default();
        let outcome = what(&mut windows, &clock, &mouse, &mut |_| ());
        let why = Refusal::NotABootloader;
        assert_eq!(outcome, Outcome::Refused { why });
        assert_eq!(windows.looks, 0);
    }
}
