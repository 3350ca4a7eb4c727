//! The program: from its arguments to the report.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use upfuse::cli::Exit;
use upfuse::discovery::driver::{
    self, Action, Device, DriverList, Held, InstanceId, Report, Windows, WindowsError, registry,
};
use upfuse::transport::Clock;

use crate::windows_calls;

pub(crate) fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((action, instance)) = parse(&arguments) else {
        print(r"Usage: upfuse-driver install|restore USB\VID_xxxx&PID_xxxx\INSTANCE");
        return Exit::Usage.into();
    };
    let report = run(action, &instance);
    if let Ok(line) = serde_json::to_string(&report) {
        print(&line);
    }
    match registry::leave_report(&report) {
        Ok(()) => Exit::for_driver(&report.outcome).into(),
        Err(error) => {
            print(&format!("The report could not be left: {error}"));
            Exit::Internal.into()
        }
    }
}

fn parse(arguments: &[String]) -> Option<(Action, InstanceId)> {
    let [action, instance] = arguments else {
        return None;
    };
    let action = [Action::Install, Action::Restore]
        .into_iter()
        .find(|known| known.name() == action)?;
    Some((action, instance.parse().ok()?))
}

fn run(action: Action, instance: &InstanceId) -> Report {
    let mut steps = Vec::new();
    let mut step = |text: String| {
        print(&text);
        steps.push(text);
    };
    let clock = SystemClock::default();
    let change = match action {
        Action::Install => driver::install,
        Action::Restore => driver::restore,
    };
    let outcome = change(&mut ThisMachine, &clock, instance, &mut step);
    Report {
        run: run_id(),
        action,
        instance: instance.clone(),
        outcome,
        device: registry::device(instance).ok().flatten(),
        steps,
    }
}

/// Different for each run on this machine.
fn run_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_micros());
    format!("{now}-{}", std::process::id())
}

/// Time for a few pauses of half a second. `RealClock` is exact, and needs winmm.dll for that: see
/// `windows_calls::newdev`.
struct SystemClock(Instant);

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is a clock")]
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is a clock")]
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A closed console is no reason to stop in the middle.
fn print(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}

struct ThisMachine;

impl Windows for ThisMachine {
    fn device(&mut self, instance: &InstanceId) -> Result<Option<Device>, WindowsError> {
        registry::device(instance).map_err(|error| {
            print(&error);
            failed_registry()
        })
    }

    fn is_present(&mut self, instance: &InstanceId) -> bool {
        windows_calls::is_present(instance.as_str())
    }

    fn stop_and_start(&mut self, instance: &InstanceId) -> Result<Held, WindowsError> {
        windows_calls::stop_and_start(instance.as_str())
    }

    fn look_for_devices(&mut self) -> Result<(), WindowsError> {
        let mut scan = pnputil()?;
        scan.arg("/scan-devices");
        finish(scan, &[]).map(drop)
    }

    fn st_package(&mut self) -> Option<PathBuf> {
        let folders = [
            "STMicroelectronics",
            "STM32Cube",
            "STM32CubeProgrammer",
            "Drivers",
            "DFU_Driver",
        ];
        let programs = PathBuf::from(registry::program_files()?);
        let file = programs
            .join(folders.iter().collect::<PathBuf>())
            .join("STM32Bootloader.inf");
        file.is_file().then_some(file)
    }

    fn add_package(&mut self, inf: PathBuf) -> Result<bool, WindowsError> {
        let mut pnputil = pnputil()?;
        pnputil.arg("/add-driver").arg(inf).arg("/install");
        // ERROR_NO_MORE_ITEMS: added, and no device has a worse driver.
        finish(pnputil, &[259])
    }

    fn bind_winusb(
        &mut self,
        instance: &InstanceId,
        list: DriverList,
    ) -> Result<Option<bool>, WindowsError> {
        windows_calls::bind_winusb(instance.as_str(), list)
    }

    fn set_class(&mut self, instance: &InstanceId, class: &str) -> Result<(), WindowsError> {
        windows_calls::set_class(instance.as_str(), class)
    }

    fn bind_nothing(&mut self, instance: &InstanceId) -> Result<(), WindowsError> {
        windows_calls::bind_nothing(instance.as_str())
    }

    fn forget(&mut self, instance: &InstanceId) -> Result<bool, WindowsError> {
        let mut remove = pnputil()?;
        remove.arg("/remove-device").arg(instance.as_str());
        let restart = finish(remove, &[])?;
        if restart {
            return Ok(true);
        }
        self.look_for_devices()?;
        Ok(false)
    }

    fn kept_class(&mut self, instance: &InstanceId) -> Option<String> {
        registry::kept_class(instance)
    }

    fn keep_class(&mut self, instance: &InstanceId, class: &str) -> Result<(), WindowsError> {
        registry::keep_class(instance, class).map_err(|error| {
            print(&error);
            failed_registry()
        })
    }
}

/// The registry's error has been printed; its code is in that text.
fn failed_registry() -> WindowsError {
    WindowsError {
        call: "the registry",
        code: 1,
    }
}

/// Windows' own, not one that the user's PATH names.
fn pnputil() -> Result<Command, WindowsError> {
    let folder = windows_calls::system_directory()?;
    let mut pnputil = Command::new(folder.join("pnputil.exe"));
    pnputil.current_dir(folder).stdin(Stdio::null());
    Ok(pnputil)
}

/// ERROR_SUCCESS_REBOOT_REQUIRED and ERROR_SUCCESS_REBOOT_INITIATED; pnputil's other exit codes are
/// the system's errors. Its text is localised, and only for the person who reads the console.
fn finish(mut command: Command, fine: &[i32]) -> Result<bool, WindowsError> {
    let status = command.status().map_err(|error| WindowsError {
        call: "pnputil",
        code: error.raw_os_error().map_or(1, i32::unsigned_abs),
    })?;
    match status.code() {
        Some(0) => Ok(false),
        Some(3010 | 1641) => Ok(true),
        Some(code) if fine.contains(&code) => Ok(false),
        code => Err(WindowsError {
            call: "pnputil",
            code: u32::from_ne_bytes(code.unwrap_or(1).to_ne_bytes()),
        }),
    }
}
