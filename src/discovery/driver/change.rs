//! Installing WinUSB for a board, and going back: every decision. The calls are made by a
//! [`Windows`], which tests replace.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::device::Device;
use super::instance::InstanceId;
use super::refusal::check_id;
use super::report::{Action, Outcome};
use super::settled::settled;
use crate::transport::Clock;

/// A call of Windows that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowsError {
    /// The name of the function or program.
    pub call: &'static str,
    /// The system's error code, or the program's exit code.
    pub code: u32,
}

/// `DiInstallDevice: 0xE0000248`
impl fmt::Display for WindowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, code } = self;
        // SetupAPI's codes are known by their hexadecimal form, the others by their decimal one.
        match *code < 0x1_0000 {
            true => write!(f, "{call}: {code}"),
            false => write!(f, "{call}: 0x{code:08X}"),
        }
    }
}

/// Whether a program holds a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    No,
    /// Windows may name the driver or program.
    By(String),
}

/// The list of drivers that `winusb.inf` is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverList {
    /// SPDIT_COMPATDRIVER: matched by the device's IDs. STM32 bootloaders do not ask for WinUSB.
    Compatible,
    /// SPDIT_CLASSDRIVER: all of the device's setup class.
    Class,
}

/// What [`install`] and [`restore`] ask of Windows, as administrator.
pub trait Windows {
    /// What is recorded about a device; `None` if it was never plugged in.
    ///
    /// # Errors
    /// If the records cannot be read.
    fn device(&mut self, instance: &InstanceId) -> Result<Option<Device>, WindowsError>;

    fn is_present(&mut self, instance: &InstanceId) -> bool;

    /// Stops the device as "Safely remove" does and starts it again, to see whether it is held.
    /// Changes nothing if it is; otherwise it may take a moment to be present again.
    ///
    /// # Errors
    /// If it cannot be stopped for another reason.
    fn stop_and_start(&mut self, instance: &InstanceId) -> Result<Held, WindowsError>;

    /// Looks for devices that are plugged in and not present.
    ///
    /// # Errors
    /// If Windows refuses it.
    fn look_for_devices(&mut self) -> Result<(), WindowsError>;

    /// ST's signed package, where STM32CubeProgrammer left it.
    fn st_package(&mut self) -> Option<PathBuf>;

    /// Adds a package, and installs it for all devices that it fits better than their driver.
    /// `true`: a restart is needed.
    ///
    /// # Errors
    /// If Windows refuses it.
    fn add_package(&mut self, inf: PathBuf) -> Result<bool, WindowsError>;

    /// Binds Windows' own WinUSB if the list has it. `None`: it has not. `Some(true)`: a restart is
    /// needed.
    ///
    /// # Errors
    /// If the list cannot be made, or Windows refuses the driver.
    fn bind_winusb(
        &mut self,
        instance: &InstanceId,
        list: DriverList,
    ) -> Result<Option<bool>, WindowsError>;

    /// Moves the device to another setup class.
    ///
    /// # Errors
    /// If Windows refuses it.
    fn set_class(&mut self, instance: &InstanceId, class: &str) -> Result<(), WindowsError>;

    /// Leaves the device without a driver.
    ///
    /// # Errors
    /// If Windows refuses it.
    fn bind_nothing(&mut self, instance: &InstanceId) -> Result<(), WindowsError>;

    /// Removes the device from Windows' records and looks for it anew, so that Windows takes the
    /// driver that it ranks best. `true`: only after a restart.
    ///
    /// # Errors
    /// If Windows refuses it.
    fn forget(&mut self, instance: &InstanceId) -> Result<bool, WindowsError>;

    /// The setup class that [`Self::keep_class`] kept.
    fn kept_class(&mut self, instance: &InstanceId) -> Option<String>;

    /// Keeps the setup class from before, for [`restore`].
    ///
    /// # Errors
    /// If it cannot be written.
    fn keep_class(&mut self, instance: &InstanceId, class: &str) -> Result<(), WindowsError>;
}

/// The setup class of `winusb.inf`: "Universal Serial Bus devices".
const USB_DEVICE: &str = "{88bae032-5a81-49f0-bc3d-a4ff138216d6}";

/// The call that makes a list of drivers.
const BUILD_LIST: &str = "SetupDiBuildDriverInfoList";

/// The only ID that ST's STM32Bootloader.inf names.
pub(super) const ST_BOOTLOADER: (u16, u16) = (0x0483, 0xDF11);

/// How long Windows may take to bind a driver to a device that it found anew.
const BACK_AFTER: Duration = Duration::from_secs(30);

/// How long a device may take to start again.
const STARTS_AFTER: Duration = Duration::from_secs(5);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Binds WinUSB to the board; undoes what it changed if that fails. `step` is called before each
/// thing that is tried, in words.
pub fn install(
    windows: &mut dyn Windows,
    clock: &dyn Clock,
    instance: &InstanceId,
    step: &mut dyn FnMut(String),
) -> Outcome {
    let mut change = Change {
        windows,
        clock,
        instance,
        step,
        before: None,
        replug: false,
        changed: false,
        package_stays: false,
    };
    match change.install() {
        Ok(outcome) | Err(Trouble::Is(outcome)) => outcome,
        Err(Trouble::Failed(error)) => change.failed(Some(error), Change::undo),
    }
}

/// Removes the board's driver, so that Windows binds what it ranks best: DfuSe's, where DfuSe is
/// installed.
pub fn restore(
    windows: &mut dyn Windows,
    clock: &dyn Clock,
    instance: &InstanceId,
    step: &mut dyn FnMut(String),
) -> Outcome {
    let mut change = Change {
        windows,
        clock,
        instance,
        step,
        before: None,
        replug: false,
        changed: false,
        package_stays: false,
    };
    match change.restore() {
        Ok(outcome) | Err(Trouble::Is(outcome)) => outcome,
        Err(Trouble::Failed(error)) => change.failed(Some(error), Change::put_back),
    }
}

struct Change<'a> {
    windows: &'a mut dyn Windows,
    clock: &'a dyn Clock,
    instance: &'a InstanceId,
    step: &'a mut dyn FnMut(String),
    /// What was recorded about the board, once it is known that it may be changed.
    before: Option<Device>,
    /// Windows finishes only after a replug or a restart.
    replug: bool,
    /// The board is not as it was. A call that failed may have changed it all the same.
    changed: bool,
    /// ST's package was added.
    package_stays: bool,
}

enum Trouble {
    Is(Outcome),
    Failed(WindowsError),
}

impl From<WindowsError> for Trouble {
    fn from(error: WindowsError) -> Self {
        Self::Failed(error)
    }
}

impl Change<'_> {
    fn step(&mut self, text: impl Into<String>) {
        (self.step)(text.into());
    }

    fn install(&mut self) -> Result<Outcome, Trouble> {
        self.permitted(Action::Install)?;
        if !self.windows.is_present(self.instance) {
            return Err(Trouble::Is(Outcome::NotPluggedIn));
        }
        self.see_that_nobody_holds_it()?;
        if self.add_st_package()? {
            return Ok(self.done());
        }
        match self.bind_winusb()? && self.is_winusb()? {
            true => Ok(self.done()),
            false => Ok(self.failed(None, Self::undo)),
        }
    }

    fn restore(&mut self) -> Result<Outcome, Trouble> {
        self.permitted(Action::Restore)?;
        let present = self.windows.is_present(self.instance);
        if present {
            self.see_that_nobody_holds_it()?;
        }
        if let Some(class) = self.windows.kept_class(self.instance) {
            self.step(format!("Set the setup class back to {class}"));
            self.windows.set_class(self.instance, &class)?;
        }
        self.changed = true;
        self.forget()?;
        if present && !self.replug {
            self.wait_for_a_driver()?;
        }
        Ok(self.done())
    }

    fn done(&self) -> Outcome {
        Outcome::Done {
            replug: self.replug,
        }
    }

    /// Undoes what was changed, and looks whether it is undone.
    fn failed(
        &mut self,
        error: Option<WindowsError>,
        undo: fn(&mut Self) -> Result<(), Trouble>,
    ) -> Outcome {
        let mut undone = !self.changed && self.is_as_before();
        if !undone {
            let result = undo(self);
            if let Err(Trouble::Failed(error)) = &result {
                self.step(format!("The change stays: {error}"));
            }
            undone = result.is_ok() && self.is_as_before();
        }
        Outcome::Failed {
            call: error.as_ref().map(|error| error.call.to_owned()),
            code: error.map(|error| error.code),
            undone,
            package_stays: self.package_stays,
            replug: self.replug,
        }
    }

    /// Nothing is changed before it is known what is recorded.
    fn is_as_before(&mut self) -> bool {
        let Some(before) = &self.before else {
            return true;
        };
        match self.windows.device(self.instance) {
            Ok(Some(now)) => {
                is_same(&now.service, &before.service)
                    && is_same(&now.class, &before.class)
                    && is_same(&now.package.inf, &before.package.inf)
            }
            Ok(None) => false,
            Err(error) => {
                self.step(format!("What its driver is now cannot be read: {error}"));
                false
            }
        }
    }

    /// Looks up what is recorded about the device; goes on if there is something to change, and it
    /// may be changed.
    fn permitted(&mut self, action: Action) -> Result<(), Trouble> {
        // Nothing is looked up for any other ID, with the rights of an administrator.
        check_id(self.instance).map_err(|why| Trouble::Is(Outcome::Refused { why }))?;
        self.step(format!("Look up {}", self.instance));
        let device = self.windows.device(self.instance)?;
        if let Some(device) = &device {
            let service = device.service.as_deref().unwrap_or("none");
            let inf = device.package.inf.as_deref().unwrap_or("none");
            self.step(format!("Its driver: service {service}, package {inf}"));
        }
        if let Some(outcome) = settled(action, self.instance, device.as_ref()) {
            return Err(Trouble::Is(outcome));
        }
        self.before = device;
        Ok(())
    }

    fn see_that_nobody_holds_it(&mut self) -> Result<(), Trouble> {
        self.step("Stop and start it, to see whether a program holds it");
        match self.windows.stop_and_start(self.instance)? {
            Held::No => self.wait_until_present(),
            Held::By(holder) => Err(Trouble::Is(Outcome::InUse { holder })),
        }
    }

    fn wait_until_present(&mut self) -> Result<(), Trouble> {
        for looks_anew in [false, true] {
            if looks_anew {
                self.step("It has not started again: look for it anew");
                self.windows.look_for_devices()?;
            }
            let until = self.clock.now() + STARTS_AFTER;
            while self.clock.now() < until {
                if self.windows.is_present(self.instance) {
                    return Ok(());
                }
                self.clock.sleep(PAUSE);
            }
        }
        Err(Trouble::Is(Outcome::NotPluggedIn))
    }

    /// ST's package covers all boards with this ID, also those to come. `true`: the board has it now.
    fn add_st_package(&mut self) -> Result<bool, Trouble> {
        if (self.instance.vendor(), self.instance.product()) != ST_BOOTLOADER {
            return Ok(false);
        }
        let Some(inf) = self.windows.st_package() else {
            return Ok(false);
        };
        self.step(format!("Add ST's package {}", inf.display()));
        match self.windows.add_package(inf) {
            Ok(restart) => {
                self.replug |= restart;
                self.package_stays = true;
            }
            Err(error) => {
                self.step(format!("Windows refused it: {error}"));
                return Ok(false);
            }
        }
        self.is_winusb()
    }

    fn class_before(&self) -> Option<String> {
        self.before.as_ref()?.class.clone()
    }

    fn bind_winusb(&mut self) -> Result<bool, Trouble> {
        self.step("Look for winusb.inf among the drivers that fit the board's IDs");
        if self.bind_if_listed(DriverList::Compatible)? {
            return Ok(true);
        }
        self.step("Look for winusb.inf among the drivers of the board's setup class");
        if self.bind_if_listed(DriverList::Class)? {
            return Ok(true);
        }
        let is_there = |class: &str| class.eq_ignore_ascii_case(USB_DEVICE);
        let class_before = self.class_before();
        if !class_before.as_deref().is_some_and(is_there) {
            self.step(format!("Move the board to the setup class {USB_DEVICE}"));
            if let Some(class) = &class_before {
                self.windows.keep_class(self.instance, class)?;
            }
            self.windows.set_class(self.instance, USB_DEVICE)?;
            self.changed = true;
            if self.bind_from(DriverList::Class)? {
                return Ok(true);
            }
        }
        self.step("Leave the board without a driver, and look once more");
        self.changed = true;
        self.windows.bind_nothing(self.instance)?;
        self.bind_from(DriverList::Class)
    }

    /// A board without a driver has no setup class, and Windows may have no list for it.
    fn bind_if_listed(&mut self, list: DriverList) -> Result<bool, Trouble> {
        match self.bind_from(list) {
            Err(Trouble::Failed(error)) if error.call == BUILD_LIST => {
                self.step(format!("Windows has no such list: {error}"));
                Ok(false)
            }
            result => result,
        }
    }

    fn bind_from(&mut self, list: DriverList) -> Result<bool, Trouble> {
        let bound = self.windows.bind_winusb(self.instance, list)?;
        self.replug |= bound == Some(true);
        self.changed |= bound.is_some();
        Ok(bound.is_some())
    }

    fn is_winusb(&mut self) -> Result<bool, Trouble> {
        let device = self.windows.device(self.instance)?;
        let service = device.and_then(|device| device.service);
        self.step(format!(
            "Its driver now: service {}",
            service.as_deref().unwrap_or("none")
        ));
        Ok(service.is_some_and(|name| name.eq_ignore_ascii_case("winusb")))
    }

    /// Gives the board back to Windows' own choice.
    fn undo(&mut self) -> Result<(), Trouble> {
        self.step("Undo the change");
        if let Some(class) = self.class_before()
            && let Err(error) = self.windows.set_class(self.instance, &class)
        {
            self.step(format!("The setup class stays: {error}"));
        }
        self.forget()?;
        self.wait_for_a_driver()
    }

    /// After a return to Windows' choice that ended half-way.
    fn put_back(&mut self) -> Result<(), Trouble> {
        self.step("Undo the change");
        let Some(now) = self.windows.device(self.instance)? else {
            self.windows.look_for_devices()?;
            return self.wait_for_a_driver();
        };
        // Windows may have chosen another driver already: its class is its own.
        let before = self.before.as_ref();
        let is_still_bound = before.is_some_and(|before| is_same(&now.service, &before.service));
        if let Some(class) = self.class_before()
            && is_still_bound
        {
            self.windows.set_class(self.instance, &class)?;
        }
        Ok(())
    }

    fn forget(&mut self) -> Result<(), Trouble> {
        self.step("Remove the board from Windows' records, and look for it anew");
        self.replug |= self.windows.forget(self.instance)?;
        Ok(())
    }

    /// Until Windows has bound a driver, or has none for it.
    fn wait_for_a_driver(&mut self) -> Result<(), Trouble> {
        let until = self.clock.now() + BACK_AFTER;
        loop {
            let device = self.windows.device(self.instance)?;
            let service = device.and_then(|device| device.service);
            if let Some(service) = service {
                self.step(format!("Its driver now: service {service}"));
                return Ok(());
            }
            if self.clock.now() >= until {
                self.step("Windows has bound no driver to it");
                return Ok(());
            }
            self.clock.sleep(PAUSE);
        }
    }
}

/// Names in the registry have no case.
fn is_same(now: &Option<String>, before: &Option<String>) -> bool {
    match (now, before) {
        (Some(now), Some(before)) => now.eq_ignore_ascii_case(before),
        (now, before) => now == before,
    }
}

#[cfg(test)]
mod tests;
