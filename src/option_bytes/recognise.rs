//! Which part it is, as far as the announced memory shows.

use super::meaning::Role;
use super::part::{Kind, Mark, Row};
use super::parts;
use crate::address::{Address, AddressRange};
use crate::memory::MemoryMap;

/// What a ROM bootloader of ST announces about itself.
#[derive(Clone, Copy, Debug)]
pub struct Announced<'a> {
    pub(crate) flash: &'a MemoryMap,
    pub(crate) options: &'a MemoryMap,
    /// Where its engineering bytes begin.
    pub(crate) engineering: Option<Address>,
    /// bcdDevice
    pub(crate) version: u16,
}

/// One kind of part, or several that announce the same: then only what they have in common is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub(super) kinds: Vec<&'static Kind>,
    /// The announced regions, the one with RDP first.
    pub(super) regions: Vec<AddressRange>,
    pub(super) fields: Vec<Known>,
    /// Fields that not all of the kinds have.
    pub(super) uncertain: Vec<Row>,
    pub(super) flash: MemoryMap,
}

/// A field that all of the kinds have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) row: Row,
    /// The factory's value, if it is known and the same for all.
    pub(super) default: Option<u32>,
}

impl Part {
    /// `None` for parts without an entry in the tables.
    pub fn recognise(announced: &Announced<'_>) -> Option<Self> {
        let runs = announced.options.runs().iter();
        let regions: Vec<AddressRange> = runs.map(|run| run.range()).collect::<Option<_>>()?;
        let mut kinds: Vec<&'static Kind> = parts::all()
            .filter(|kind| kind.announces(announced.flash, &regions))
            .filter(|kind| kind.mark.is_none_or(|mark| mark.is_seen(announced)))
            .collect();
        if kinds.iter().any(|kind| kind.mark.is_some()) {
            kinds.retain(|kind| kind.mark.is_some());
        }
        Self::of(kinds, regions, announced.flash.clone())
    }

    fn of(
        kinds: Vec<&'static Kind>,
        mut regions: Vec<AddressRange>,
        flash: MemoryMap,
    ) -> Option<Self> {
        let (first, others) = kinds.split_first()?;
        if others.iter().any(|kind| kind.storage != first.storage) {
            return None;
        }
        regions.sort_by_key(|range| {
            let starts = first.regions.iter();
            starts
                .take_while(|start| **start != range.start().0)
                .count()
        });
        let common = |row: &Row| {
            let mut narrowest = *row;
            for kind in others {
                let same = kind.rows().find(|other| other.is_same(row))?;
                narrowest.width = narrowest.width.min(same.width);
            }
            Some(narrowest)
        };
        let rows: Vec<Row> = first.rows().filter_map(common).collect();
        let all = kinds.iter().flat_map(|kind| kind.rows());
        let uncertain = all.filter(|row| !rows.iter().any(|known| known.is_same(row)));
        let uncertain = uncertain.copied().collect();
        let known = |row: Row| {
            let mut defaults = kinds.iter().map(|kind| kind.default_of(&row));
            let default = defaults.next().flatten();
            let default = default.filter(|value| defaults.all(|other| other == Some(*value)));
            Known { row, default }
        };
        let fields = rows.into_iter().map(known).collect();
        Some(Self {
            kinds,
            regions,
            fields,
            uncertain,
            flash,
        })
    }

    /// "STM32F405 or F407"; several kinds are listed.
    pub fn name(&self) -> String {
        self.names().join("; ")
    }

    /// The names of the parts that it may be.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = Vec::new();
        for kind in &self.kinds {
            if !names.contains(&kind.name) {
                names.push(kind.name);
            }
        }
        names
    }

    /// The announced regions, in the order in which they are read and written.
    pub fn regions(&self) -> &[AddressRange] {
        &self.regions
    }

    /// What is known of it is certain enough to change it.
    pub fn is_settable(&self) -> bool {
        self.kinds.iter().all(|kind| kind.is_settable) && self.read_protection().is_some()
    }

    /// What the announced regions do not show, one sentence each.
    pub fn notes(&self) -> Vec<&'static str> {
        let mut notes: Vec<&str> = Vec::new();
        for note in self.kinds.iter().filter_map(|kind| kind.note) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }

    pub(super) fn kind(&self) -> Option<&'static Kind> {
        self.kinds.first().copied()
    }

    pub(super) fn read_protection(&self) -> Option<&Row> {
        let rows = self.fields.iter().map(|known| &known.row);
        rows.into_iter()
            .find(|row| row.meaning.role == Role::ReadProtection)
    }

    /// By its name, in upper or lower case.
    pub(super) fn field(&self, name: &str) -> Option<&Known> {
        let mut fields = self.fields.iter();
        fields.find(|known| known.row.name.eq_ignore_ascii_case(name))
    }
}

impl Kind {
    fn announces(&self, flash: &MemoryMap, regions: &[AddressRange]) -> bool {
        let Some(run) = flash.runs().first() else {
            return false;
        };
        let all = regions.len() == self.regions.len()
            && regions
                .iter()
                .all(|range| self.regions.contains(&range.start().0));
        let start = self.regions.first().copied();
        let first = regions.iter().find(|range| Some(range.start().0) == start);
        let length = first.and_then(|range| u32::try_from(range.len()).ok());
        let kib = u32::try_from(flash.bytes() >> 10).unwrap_or(u32::MAX);
        all && length.is_some_and(|length| self.announced.contains(&length))
            && run.start == Address::FLASH
            && run.size == self.page
            && self.flash.contains(&kib)
    }
}

impl Mark {
    fn is_seen(self, announced: &Announced<'_>) -> bool {
        match self {
            Self::Version(version) => announced.version == version,
            Self::Engineering(start) => announced.engineering == Some(Address(start)),
        }
    }
}
