//! One entry of the list of boards, in the window's words: made from what discovery found, once
//! for each change on the bus.

use crate::discovery::{Access, Diagnosis, Dialect, Found, Kind, Obstacle};
use crate::engine::Board;
use crate::gui::settings::Settings;
use crate::transport::{FunctionalDescriptor, Place};

/// How an entry is marked: an icon, a colour and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Ready for a job.
    Ready,
    /// A board, but something must be done first.
    Blocked,
    /// Runs its program; it can be brought into DFU mode.
    Application,
    /// A debugger's port: never ready, and nothing is wrong with it.
    Debugger,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub place: Place,
    /// A new one means that the device left and came back.
    pub address: u8,
    /// "STM32F4, 1 MiB"
    pub name: String,
    /// The name a person gave.
    pub own_name: Option<String>,
    /// By what a person's name for it is found again: serial number, then port.
    pub keys: Vec<String>,
    pub standing: Standing,
    /// "ready", "no permission".
    pub status: String,
    pub vendor: u16,
    pub product: u16,
    pub serial: Option<String>,
    /// For the engine, when it is ready.
    pub board: Option<Board>,
    pub can_detach: bool,
    /// What is the matter with it, and what to do.
    pub problem: Option<Diagnosis>,
    /// What DfuSe showed of a device: name and value.
    pub record: Vec<(String, String)>,
    pub simulated: bool,
}

impl Entry {
    pub fn of(found: &Found, problem: Option<&Diagnosis>, settings: &Settings) -> Self {
        let record = &found.record;
        let place = record.place.clone();
        let ready = found.can_upgrade();
        let mut keys: Vec<String> = Vec::new();
        if let Some(serial) = &record.serial {
            let (vendor, product) = (record.vendor, record.product);
            keys.push(format!("{vendor:04x}:{product:04x} {serial}"));
        }
        keys.push(format!("port {place}"));
        let standing = standing(found, ready);
        Self {
            address: record.address,
            name: found.label.clone(),
            own_name: settings.name_of(&keys).map(str::to_owned),
            keys,
            standing,
            status: status(found, ready),
            vendor: record.vendor,
            product: record.product,
            serial: record.serial.clone(),
            board: ready.then(|| Board::from(found)),
            can_detach: found.can_detach(),
            problem: problem.cloned(),
            record: record_rows(found),
            simulated: place.0.starts_with("sim-"),
            place,
        }
    }

    pub fn is_ready(&self) -> bool {
        self.board.is_some()
    }

    /// What to call it: the person's name before the program's.
    pub fn title(&self) -> &str {
        self.own_name.as_deref().unwrap_or(&self.name)
    }

    /// The record as text, for the clipboard.
    pub fn record_text(&self) -> String {
        self.record
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect()
    }
}

fn standing(found: &Found, ready: bool) -> Standing {
    match found.kind {
        Kind::Bootloader(_) if ready => Standing::Ready,
        Kind::Bootloader(_) => Standing::Blocked,
        Kind::RunTime | Kind::Application(_) => Standing::Application,
        Kind::DebugProbe => Standing::Debugger,
    }
}

fn status(found: &Found, ready: bool) -> String {
    let words = match (found.kind, &found.access) {
        (_, Access::Settling(_)) => "just plugged in…",
        (Kind::RunTime, _) => "runs its program, has DFU",
        (Kind::Application(_), _) => "runs its program",
        (Kind::DebugProbe, _) => "debugger's port",
        (Kind::Bootloader(_), Access::Ready) if ready => "ready",
        (Kind::Bootloader(dialect), Access::Ready) => match dialect {
            Dialect::Partitions => "not supported (STM32MP)",
            Dialect::Plain => "not supported (plain DFU)",
            Dialect::DfuSe => "no readable memory map",
        },
        (Kind::Bootloader(_), Access::Blocked(obstacle)) => match obstacle {
            Obstacle::NoAccess(_) => "no permission",
            Obstacle::WrongDriver(_) => "wrong driver",
            Obstacle::InUse => "in use by another program",
        },
    };
    words.to_owned()
}

/// What DfuSe showed of a device.
fn record_rows(found: &Found) -> Vec<(String, String)> {
    let record = &found.record;
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    row("Port", record.place.to_string());
    row("Vendor ID", format!("{:04X}", record.vendor));
    row("Product ID", format!("{:04X}", record.product));
    row("Version", format!("{:04X}", record.version));
    for (name, value) in [
        ("Manufacturer", &record.manufacturer),
        ("Product", &record.product_name),
        ("Serial number", &record.serial),
        ("Driver", &record.driver),
    ] {
        if let Some(value) = value {
            row(name, value.clone());
        }
    }
    if let Some(functional) = found.functional {
        rows.extend(functional_rows(functional));
    }
    for target in &found.targets {
        if let Some(layout) = &target.layout {
            rows.push((format!("Target {}", target.alternate), layout.clone()));
        }
    }
    for note in &found.notes {
        rows.push(("Note".to_owned(), note.clone()));
    }
    rows
}

fn functional_rows(functional: FunctionalDescriptor) -> Vec<(String, String)> {
    let yes = |yes| if yes { "yes" } else { "no" }.to_owned();
    let FunctionalDescriptor {
        detach_timeout,
        transfer_size,
        dfu_version,
        ..
    } = functional;
    [
        ("Can upload", yes(functional.can_upload())),
        ("Can download", yes(functional.can_download())),
        ("Will detach", yes(functional.will_detach())),
        (
            "Manifestation tolerant",
            yes(functional.manifestation_tolerant()),
        ),
        ("Transfer size", format!("{transfer_size} bytes")),
        ("Detach timeout", format!("{detach_timeout} ms")),
        ("DFU version", format!("{dfu_version:04X}")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::address::Address;
    use crate::discovery::Target;
    use crate::memory::{Access, MemoryMap, SectorRun};

    /// A board of 64 KiB that is ready, at a place and with a bus address.
    pub(in crate::gui::state) fn entry(place: &str, address: u8, serial: &str) -> Entry {
        let run = SectorRun {
            start: Address::FLASH,
            count: 64,
            size: 1024,
            access: Access {
                read: true,
                erase: true,
                write: true,
            },
        };
        let board = Board {
            place: Place(place.into()),
            targets: vec![Target {
                alternate: 0,
                name: "Internal Flash".into(),
                layout: None,
                map: Ok(MemoryMap::new("Internal Flash", vec![run]).unwrap()),
            }],
            functional: FunctionalDescriptor {
                attributes: 0x0B,
                detach_timeout: 255,
                transfer_size: 2048,
                dfu_version: 0x011A,
            },
        };
        Entry {
            place: Place(place.into()),
            address,
            name: "STM32".into(),
            own_name: None,
            keys: vec![serial.into()],
            standing: Standing::Ready,
            status: "ready".into(),
            vendor: 0x0483,
            product: 0xDF11,
            serial: Some(serial.into()),
            board: Some(board),
            can_detach: false,
            problem: None,
            record: vec![("Port".into(), place.into())],
            simulated: false,
        }
    }

    #[test]
    fn a_persons_name_comes_before_the_programs() {
        let mut entry = entry("1-4", 3, "ABC");
        assert_eq!(entry.title(), "STM32");
        entry.own_name = Some("left jig".into());
        assert_eq!(entry.title(), "left jig");
        assert_eq!(entry.record_text(), "Port: 1-4\n");
    }
}
