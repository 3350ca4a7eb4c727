//! The list of boards: the result of the scan with the window's labels, and the selection.

use std::collections::BTreeSet;

use crate::discovery::{Access, Action, Diagnosis, Dialect, Found, Kind, Obstacle, Step};
use crate::gui::settings::Settings;
use crate::transport::Place;

/// A device in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub found: Found,
    /// The name a person gave.
    pub own_name: Option<String>,
    /// Why it is not ready.
    pub problem: Option<Diagnosis>,
    /// It was asked to enter DFU mode and has left the bus for it.
    pub away: bool,
}

/// How an entry is marked, with an icon and a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoardStatus {
    /// Ready for a job.
    Ready,
    /// A board that is not ready.
    Blocked,
    /// Runs its program; it can be brought into DFU mode.
    Application,
    /// A debugger's port: never ready, which is no fault.
    Debugger,
}

impl Entry {
    pub fn new(found: Found, problem: Option<Diagnosis>, settings: &Settings) -> Self {
        let own_name = settings.name_of(&name_keys(&found)).map(str::to_owned);
        Self {
            found,
            own_name,
            problem,
            away: false,
        }
    }

    pub fn place(&self) -> &Place {
        self.found.place()
    }

    pub fn is_ready(&self) -> bool {
        self.found.can_upgrade()
    }

    /// Its program may be asked to enter DFU mode, unasked for.
    pub fn offers_dfu_mode(&self) -> bool {
        self.found.offers_dfu_mode() && !self.away
    }

    /// The person's name for it, else the program's.
    pub fn title(&self) -> &str {
        self.own_name.as_deref().unwrap_or(&self.found.label)
    }

    /// It left and returned since `before`, or it is another device.
    pub fn is_new_since(&self, before: &Self) -> bool {
        self.found.record.address != before.found.record.address
    }

    pub fn status(&self) -> BoardStatus {
        match self.found.kind {
            Kind::Bootloader(_) if self.is_ready() && self.problem.is_none() => BoardStatus::Ready,
            Kind::Bootloader(_) => BoardStatus::Blocked,
            Kind::RunTime | Kind::Application(_) => BoardStatus::Application,
            Kind::DebugProbe => BoardStatus::Debugger,
        }
    }

    /// "ready", "no permission".
    pub fn status_text(&self) -> &'static str {
        match (self.found.kind, &self.found.access) {
            _ if self.away => "entering DFU mode…",
            (_, Access::Settling(_)) => "just plugged in…",
            (Kind::RunTime, _) => "runs its program, has DFU",
            (Kind::Application(_), _) => "runs its program",
            (Kind::DebugProbe, _) => "debugger's port",
            (Kind::Bootloader(_), Access::Ready) if self.is_ready() => match &self.problem {
                None => "ready",
                Some(problem) if removes_protection(problem) => "protected",
                Some(_) => "stuck",
            },
            (Kind::Bootloader(dialect), Access::Ready) => match dialect {
                Dialect::Partitions => "not supported (STM32MP)",
                Dialect::Plain => "takes no firmware",
                Dialect::DfuSe => "no readable memory map",
            },
            (Kind::Bootloader(_), Access::Blocked(obstacle)) => match obstacle {
                Obstacle::NoAccess(_) => "no permission",
                Obstacle::WrongDriver(_) => "wrong driver",
                Obstacle::InUse => "in use by another program",
            },
        }
    }
}

pub(super) fn removes_protection(problem: &Diagnosis) -> bool {
    let action = |step: &Step| matches!(step.action, Some(Action::RemoveProtection(_)));
    problem.steps.iter().any(action)
}

/// The keys of a person's name for a board in the settings: serial number, then port.
pub(super) fn name_keys(found: &Found) -> Vec<String> {
    let record = &found.record;
    let (vendor, product) = (record.vendor, record.product);
    let serial = record.serial.iter();
    serial
        .map(|serial| format!("{vendor:04x}:{product:04x} {serial}"))
        .chain([format!("port {}", record.place)])
        .collect()
}

#[derive(Debug, Default)]
pub struct Boards {
    pub entries: Vec<Entry>,
    /// Why the bus cannot be read.
    pub bus_error: Option<String>,
    /// The bus has been scanned.
    pub scanned: bool,
    chosen: BTreeSet<Place>,
    /// The board that the panels show.
    focus: Option<Place>,
    /// The board that a person chose last: it stays in view, ready or not.
    picked: Option<Place>,
}

impl Boards {
    /// Takes a new list. A chosen board stays chosen while its place is occupied, and a board with a
    /// job stays in view after it has left. If nothing is chosen and a single board is ready, it is
    /// chosen; if none is ready, the first that needs help comes into view.
    pub fn replace(
        &mut self,
        entries: Vec<Entry>,
        bus_error: Option<String>,
        has_job: impl Fn(&Place) -> bool,
    ) {
        self.entries = entries;
        self.bus_error = bus_error;
        self.scanned = true;
        let present: BTreeSet<Place> = self.entries.iter().map(|e| e.place().clone()).collect();
        self.chosen.retain(|place| present.contains(place));
        self.picked = self.picked.take().filter(|place| present.contains(place));
        let is_ready = self.focus().is_some_and(Entry::is_ready);
        let stays = |place: &Place| {
            has_job(place) || present.contains(place) && (is_ready || self.picked.is_some())
        };
        if !self.focus.as_ref().is_some_and(stays) {
            self.focus = self.chosen.first().cloned();
        }
        if self.chosen.is_empty() {
            self.choose_automatically();
        }
    }

    fn choose_automatically(&mut self) {
        let place = match &self.focus {
            Some(_) => self.focus().filter(|entry| entry.is_ready()),
            None => self.only_ready().or_else(|| self.most_in_need()),
        };
        if let Some(place) = place.map(|entry| entry.place().clone()) {
            self.show(&place);
        }
    }

    fn only_ready(&self) -> Option<&Entry> {
        let mut ready = self.ready();
        ready.next().filter(|_| ready.next().is_none())
    }

    /// While no board is ready: the first whose help leads to one.
    fn most_in_need(&self) -> Option<&Entry> {
        if self.ready().next().is_some() {
            return None;
        }
        let rank = |entry: &&Entry| match entry.status() {
            BoardStatus::Ready | BoardStatus::Blocked => 0,
            BoardStatus::Application => 1,
            BoardStatus::Debugger => 2,
        };
        self.entries.iter().min_by_key(rank)
    }

    /// Chooses this board alone.
    pub fn choose(&mut self, place: &Place) {
        self.picked = Some(place.clone());
        self.show(place);
    }

    fn show(&mut self, place: &Place) {
        self.focus = Some(place.clone());
        self.chosen.clear();
        if self.entry(place).is_some_and(Entry::is_ready) {
            self.chosen.insert(place.clone());
        }
    }

    /// Brings a board into view, and chooses it alone unless it is one of the chosen.
    pub fn look_at(&mut self, place: &Place) {
        if self.is_chosen(place) {
            self.focus = Some(place.clone());
        } else {
            self.choose(place);
        }
    }

    /// Chooses every board that is ready, or none.
    pub fn choose_all(&mut self, all: bool) {
        let ready = self.ready().map(|entry| entry.place().clone());
        self.chosen = ready.filter(|_| all).collect();
        if !self.focus().is_some_and(Entry::is_ready) {
            self.focus = self.chosen.first().cloned();
        }
    }

    /// Adds a board to the selection, or removes it.
    pub fn toggle(&mut self, place: &Place) {
        if !self.chosen.remove(place) {
            self.chosen.insert(place.clone());
            self.focus = Some(place.clone());
        } else if self.focus.as_ref() == Some(place) {
            self.focus = self.chosen.first().cloned().or_else(|| Some(place.clone()));
        }
    }

    pub fn is_chosen(&self, place: &Place) -> bool {
        self.chosen.contains(place)
    }

    pub fn is_focus(&self, place: &Place) -> bool {
        self.focus.as_ref() == Some(place)
    }

    pub fn entry(&self, place: &Place) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.place() == place)
    }

    /// The board that the panels show.
    pub fn focus(&self) -> Option<&Entry> {
        self.entry(self.focus.as_ref()?)
    }

    pub fn focus_place(&self) -> Option<&Place> {
        self.focus.as_ref()
    }

    /// The board that the panels show, if it is ready.
    pub fn ready_focus(&self) -> Option<&Found> {
        let entry = self.focus().filter(|entry| entry.is_ready());
        entry.map(|entry| &entry.found)
    }

    /// Every chosen board that is ready.
    pub fn chosen(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.is_ready() && self.chosen.contains(entry.place()))
    }

    pub fn ready(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_ready())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::discovery::samples::{only, rom};
    use crate::transport::DeviceRecord;

    /// A board of 64 KiB that is ready, at a place and with a bus address.
    pub(in crate::gui::state) fn entry(place: &str, address: u8, serial: &str) -> Entry {
        let record = DeviceRecord {
            address,
            serial: Some(serial.to_owned()),
            ..rom(place, &["@Internal Flash  /0x08000000/64*001Kg"])
        };
        Entry::new(only(record), None, &Settings::default())
    }

    fn none(_: &Place) -> bool {
        false
    }

    fn place(text: &str) -> Place {
        Place(text.into())
    }

    #[test]
    fn a_single_ready_board_is_chosen_automatically_and_two_are_not() {
        let mut boards = Boards::default();
        boards.replace(vec![entry("1-1", 1, "A"), entry("1-2", 2, "B")], None, none);
        assert_eq!(boards.chosen().count(), 0);
        boards.replace(vec![entry("1-1", 1, "A")], None, none);
        assert!(boards.is_chosen(&place("1-1")) && boards.is_focus(&place("1-1")));
    }

    #[test]
    fn a_selection_never_moves_to_another_board() {
        let mut boards = Boards::default();
        boards.replace(vec![entry("1-1", 1, "A"), entry("1-2", 2, "B")], None, none);
        boards.choose(&place("1-2"));
        boards.replace(vec![entry("1-1", 1, "A"), entry("1-3", 3, "C")], None, none);
        assert_eq!(boards.chosen().count(), 0);
        assert!(boards.focus().is_none());
    }

    #[test]
    fn a_board_with_a_job_stays_in_view_after_it_left() {
        let mut boards = Boards::default();
        boards.replace(vec![entry("1-1", 1, "A")], None, none);
        boards.replace(Vec::new(), None, |_| true);
        assert_eq!(boards.focus_place(), Some(&place("1-1")));
        assert_eq!(boards.chosen().count(), 0);
        boards.replace(vec![entry("1-1", 9, "A")], None, |_| true);
        assert!(boards.is_chosen(&place("1-1")));
    }

    #[test]
    fn toggling_adds_and_removes_boards() {
        let mut boards = Boards::default();
        boards.replace(vec![entry("1-1", 1, "A"), entry("1-2", 2, "B")], None, none);
        boards.toggle(&place("1-1"));
        boards.toggle(&place("1-2"));
        assert_eq!(boards.chosen().count(), 2);
        assert!(boards.is_focus(&place("1-2")));
        boards.toggle(&place("1-2"));
        assert!(boards.is_focus(&place("1-1")));
        assert_eq!(boards.chosen().count(), 1);
    }

    #[test]
    fn a_persons_name_replaces_the_label() {
        let mut entry = entry("1-4", 3, "ABC");
        assert_eq!(entry.title(), "STM32, 64 KiB");
        entry.own_name = Some("left jig".into());
        assert_eq!(entry.title(), "left jig");
    }
}
