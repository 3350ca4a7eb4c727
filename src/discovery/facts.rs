//! What is known beside the bus itself: the system, how long each device has been there, and what
//! jobs learned about it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::transport::{DeviceRecord, Place};

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

/// Facts that judgements rest on. What is not known is `None` or absent, and nothing is concluded
/// from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemFacts {
    pub os: Os,
    /// Linux: the udev rule.
    pub rule: Option<RuleState>,
    /// Linux: pkexec is there to ask for the administrator's password.
    pub pkexec: bool,
    /// The session came over SSH: uaccess gives it nothing.
    pub remote: bool,
    /// "Flatpak" or "Snap", which keep USB from a program.
    pub sandbox: Option<&'static str>,
    /// Windows: the INF that STM32CubeProgrammer brings along.
    pub cube_driver: Option<PathBuf>,
    /// How long each device has been at its place; a device that is missing here counts as long
    /// present.
    pub ages: HashMap<Place, Duration>,
    /// What jobs learned about the bootloader at a place.
    pub health: HashMap<Place, Health>,
    /// The program that was at a place before it was detached into DFU mode.
    pub before: HashMap<Place, ProgramId>,
}

/// What talking to a bootloader showed. Discovery itself sends no DFU request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// It was not idle, and answers again after what was done: `was` "dfuERROR, errFIRMWARE",
    /// `done` "the error was cleared".
    Recovered { was: String, done: String },
    /// What was done did not help.
    Stuck { was: String, done: String },
    /// It refuses to read, write and erase its flash (errVENDOR).
    Protected,
}

/// A device as it calls itself while it runs its program.
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
    /// Facts of a system of which nothing else is known.
    pub fn of(os: Os) -> Self {
        Self {
            os,
            rule: None,
            pkexec: false,
            remote: false,
            sandbox: None,
            cube_driver: None,
            ages: HashMap::new(),
            health: HashMap::new(),
            before: HashMap::new(),
        }
    }

    /// Looks around on this machine: files and environment, no devices.
    pub fn gather() -> Self {
        let os = Os::current();
        let linux = os == Os::Linux;
        let set = |name: &str| std::env::var_os(name).is_some();
        Self {
            rule: linux.then(|| rule_state(Path::new("/"))),
            pkexec: linux && is_in_path("pkexec"),
            remote: set("SSH_CONNECTION") || set("SSH_TTY"),
            sandbox: match (set("FLATPAK_ID"), set("SNAP")) {
                (true, _) => Some("Flatpak"),
                (_, true) => Some("Snap"),
                _ => None,
            },
            cube_driver: cube_driver(),
            ..Self::of(os)
        }
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

/// Remembers when each device came, from scan to scan.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    /// Address and arrival; `None` where the device was there before the first scan.
    seen: HashMap<Place, (u8, Option<Duration>)>,
    scanned: bool,
}

impl Arrivals {
    /// Takes note of a scan at `now` and tells the ages for [`SystemFacts::ages`].
    pub fn observe(&mut self, now: Duration, records: &[DeviceRecord]) -> HashMap<Place, Duration> {
        let arrival = self.scanned.then_some(now);
        self.seen = records
            .iter()
            .map(|record| {
                let known = self.seen.get(&record.place).copied();
                let same = known.filter(|(address, _)| *address == record.address);
                let entry = same.unwrap_or((record.address, arrival));
                (record.place.clone(), entry)
            })
            .collect();
        self.scanned = true;
        let age = |(place, (_, arrival)): (&Place, &(u8, Option<Duration>))| {
            Some((place.clone(), now.saturating_sub((*arrival)?)))
        };
        self.seen.iter().filter_map(age).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::f407;
    use super::*;

    #[test]
    fn a_device_has_the_age_since_it_came() {
        let mut arrivals = Arrivals::default();
        let second = Duration::from_secs(1);
        let board = f407();
        assert!(arrivals.observe(second, &[]).is_empty());
        let ages = arrivals.observe(second * 2, std::slice::from_ref(&board));
        assert_eq!(ages.get(&board.place), Some(&Duration::ZERO));
        let ages = arrivals.observe(second * 5, std::slice::from_ref(&board));
        assert_eq!(ages.get(&board.place), Some(&(second * 3)));
    }

    #[test]
    fn a_device_that_left_and_came_back_is_new_even_between_two_scans() {
        let mut arrivals = Arrivals::default();
        let second = Duration::from_secs(1);
        let mut board = f407();
        arrivals.observe(second, &[]);
        arrivals.observe(second * 2, std::slice::from_ref(&board));
        board.address += 1;
        let ages = arrivals.observe(second * 9, std::slice::from_ref(&board));
        assert_eq!(ages.get(&board.place), Some(&Duration::ZERO));
    }

    #[test]
    fn of_what_was_there_before_the_program_the_age_is_not_known() {
        let mut arrivals = Arrivals::default();
        let second = Duration::from_secs(1);
        assert!(arrivals.observe(second, &[f407()]).is_empty());
        assert!(arrivals.observe(second * 2, &[f407()]).is_empty());
    }
}
