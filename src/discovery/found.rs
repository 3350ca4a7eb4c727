//! The judgement on one device of the bus.

use crate::memory::{LayoutError, MemoryMap, parse_layout};
use crate::transport::{DeviceRecord, FunctionalDescriptor, UsbErrorKind};

/// Something on the bus that matters to a person with a board.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The place, as `--device` takes it.
    pub id: String,
    pub record: DeviceRecord,
    pub kind: Kind,
    pub readiness: Readiness,
    /// The alternate settings of the DFU interface.
    pub targets: Vec<Target>,
    pub functional: Option<FunctionalDescriptor>,
    /// Number of the DFU interface (wIndex).
    pub interface: u8,
    /// What to call it: "STM32F4, 1 MiB".
    pub label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    DfuMode,
    RunTimeDfu,
    Application,
    DebugProbe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Readiness {
    Ready,
    NoAccess,
    WrongDriver,
    InUse,
    RunTime,
    Application,
    DebugProbe,
}

impl Readiness {
    /// The word in `list --json`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NoAccess => "no-access",
            Self::WrongDriver => "wrong-driver",
            Self::InUse => "in-use",
            Self::RunTime => "run-time",
            Self::Application => "application",
            Self::DebugProbe => "debug-probe",
        }
    }
}

/// One alternate setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub alternate: u8,
    pub name: String,
    /// The layout string, as the board gave it.
    pub layout: Option<String>,
    pub map: Result<MemoryMap, LayoutError>,
}

/// The devices that matter, in the order of their places.
pub fn examine(records: &[DeviceRecord]) -> Vec<Found> {
    let mut found: Vec<Found> = records.iter().filter_map(examine_one).collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

fn examine_one(record: &DeviceRecord) -> Option<Found> {
    let dfu: Vec<_> = record
        .interfaces
        .iter()
        .filter(|i| i.class == 0xFE && i.subclass == 1 && matches!(i.protocol, 1 | 2))
        .collect();
    let first = dfu.first()?;
    let kind = if first.protocol == 1 {
        Kind::RunTimeDfu
    } else {
        Kind::DfuMode
    };
    let readiness = match (record.blocked, kind) {
        (None, Kind::RunTimeDfu) => Readiness::RunTime,
        (None, _) => Readiness::Ready,
        (Some(UsbErrorKind::Busy), _) => Readiness::InUse,
        (Some(UsbErrorKind::WrongDriver), _) => Readiness::WrongDriver,
        (Some(_), _) => Readiness::NoAccess,
    };
    let targets: Vec<Target> = dfu
        .iter()
        .map(|setting| {
            let layout = setting.name.clone();
            let map = parse_layout(layout.as_deref().unwrap_or_default());
            let name = map
                .as_ref()
                .map_or_else(|_| String::new(), |map| map.name.clone());
            Target {
                alternate: setting.alternate,
                name,
                layout,
                map,
            }
        })
        .collect();
    Some(Found {
        id: record.place.0.clone(),
        record: record.clone(),
        kind,
        readiness,
        targets,
        functional: dfu.iter().find_map(|setting| setting.functional),
        interface: first.number,
        label: record
            .product_name
            .clone()
            .unwrap_or_else(|| "DFU device".to_owned()),
    })
}
