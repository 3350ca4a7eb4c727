//! Facts from outside the bus: the system, the age of each device, and its health as jobs found it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::transport::{DeviceRecord, Place, UsbErrorKind};

use super::driver;
use super::holder::holders;
use super::udev::{RuleState, rule_state};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Os {
    Linux,
    Windows,
    MacOs,
    Other,
}

impl Os {
    /// The system this program was built for.
    pub fn current() -> Self {
        match std::env::consts::OS {
            "linux" => Self::Linux,
            "windows" => Self::Windows,
            "macos" => Self::MacOs,
            _ => Self::Other,
        }
    }
}

/// The facts behind every diagnosis. Unknown facts are `None` or absent; nothing is concluded from
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemFacts {
    pub os: Os,
    /// Linux: the udev rule.
    pub rule: Option<RuleState>,
    /// Linux: pkexec is installed, which asks for the administrator's password.
    pub pkexec: bool,
    /// The session runs over SSH: uaccess grants it nothing.
    pub remote: bool,
    /// "Flatpak" or "Snap", which block USB.
    pub sandbox: Option<&'static str>,
    /// Windows: the INF that STM32CubeProgrammer installs.
    pub cube_driver: Option<PathBuf>,
    /// Linux: the program that holds a busy device, if this account may see it.
    pub holders: HashMap<Place, String>,
    /// Windows: the driver of each board whose driver cannot be used.
    pub drivers: HashMap<Place, driver::Device>,
    /// The age of each device at its place; one without an entry has been there for long.
    pub ages: HashMap<Place, Duration>,
    /// Health of the bootloader at a place, as jobs found it.
    pub health: HashMap<Place, Health>,
    /// The program that ran at a place before it was detached into DFU mode.
    pub previous_programs: HashMap<Place, ProgramId>,
}

/// Trouble that a job had with a bootloader. Discovery itself sends no DFU request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// It did not become idle again; with the recovery that was tried: "recovering from dfuDNBUSY
    /// did not end within 35 s".
    Stuck(String),
    /// It refuses to read, write and erase its flash (errVENDOR).
    Protected,
}

/// The identity of a device while it runs its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProgramId {
    pub vendor: u16,
    pub product: u16,
    /// bcdDevice
    pub version: u16,
}

impl From<&DeviceRecord> for ProgramId {
    fn from(record: &DeviceRecord) -> Self {
        Self {
            vendor: record.vendor,
            product: record.product,
            version: record.version,
        }
    }
}

impl SystemFacts {
    /// Facts with nothing known but the system.
    pub fn new(os: Os) -> Self {
        Self {
            os,
            rule: None,
            pkexec: false,
            remote: false,
            sandbox: None,
            cube_driver: None,
            holders: HashMap::new(),
            drivers: HashMap::new(),
            ages: HashMap::new(),
            health: HashMap::new(),
            previous_programs: HashMap::new(),
        }
    }

    /// Reads files and environment of this machine; opens no device.
    pub fn refresh(&mut self) {
        let linux = self.os == Os::Linux;
        let set = |name: &str| std::env::var_os(name).is_some();
        self.rule = linux.then(|| rule_state(Path::new("/")));
        self.pkexec = linux && is_in_path("pkexec");
        self.remote = set("SSH_CONNECTION") || set("SSH_TTY");
        self.sandbox = match (set("FLATPAK_ID"), set("SNAP")) {
            (true, _) => Some("Flatpak"),
            (_, true) => Some("Snap"),
            _ => None,
        };
        self.cube_driver = cube_driver();
    }

    /// Finds the programs that hold the busy ones of these devices.
    pub fn find_holders(&mut self, records: &[DeviceRecord]) {
        if self.os == Os::Linux {
            self.holders = holders(Path::new("/proc"), records);
        }
    }

    /// Finds the drivers of the boards among these whose driver cannot be used.
    pub fn find_drivers(&mut self, records: &[DeviceRecord]) {
        let wrong = Some(UsbErrorKind::WrongDriver);
        self.drivers = records
            .iter()
            .filter(|record| record.blocked == wrong)
            .filter_map(|record| Some((record.place.clone(), driver::of_record(record)?)))
            .collect();
    }

    /// Permissions and claims fail for a moment after plugging (libusb#168; packetry).
    pub(super) fn is_settling(&self, place: &Place) -> bool {
        const SETTLED_AFTER: Duration = Duration::from_secs(1);
        self.ages.get(place).is_some_and(|age| *age < SETTLED_AFTER)
    }
}

fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Where STM32CubeProgrammer's installer puts its driver.
fn cube_driver() -> Option<PathBuf> {
    let programs = std::env::var_os("ProgramW6432").or_else(|| std::env::var_os("ProgramFiles"))?;
    let file = [
        "STMicroelectronics",
        "STM32Cube",
        "STM32CubeProgrammer",
        "Drivers",
        "DFU_Driver",
        "STM32Bootloader.inf",
    ]
    .iter()
    .fold(PathBuf::from(programs), |path, part| path.join(part));
    file.is_file().then_some(file)
}
