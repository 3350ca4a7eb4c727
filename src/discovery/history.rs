//! Facts about the device at each place that outlive a scan.

use std::collections::HashMap;
use std::time::Duration;

use crate::transport::{DeviceRecord, Place};

use super::facts::{Health, ProgramId, SystemFacts};

/// A program that was asked to enter DFU mode does so within this time: most need two to five
/// seconds, and Windows up to two minutes where it installs a driver first (qFlipper waits as long,
/// startrecoveryoperation.cpp). A device that appears later is another board.
pub(crate) const DFU_MODE_WITHIN: Duration = match cfg!(windows) {
    true => Duration::from_secs(120),
    false => Duration::from_secs(15),
};

#[derive(Debug, Default)]
pub(crate) struct History {
    visits: HashMap<Place, Visit>,
    /// Programs that were asked to start their bootloader, and the time.
    detached: HashMap<Place, (ProgramId, Duration)>,
    scanned: bool,
}

/// From plugging to unplugging; each visit has its own bus address.
#[derive(Debug)]
struct Visit {
    address: u8,
    /// `None` if the device was present at the first scan.
    arrived: Option<Duration>,
    health: Option<Health>,
    previous_program: Option<ProgramId>,
}

impl History {
    /// Records the result of a scan at `now`, and adds the remembered facts to `facts`.
    pub(crate) fn observe(
        &mut self,
        now: Duration,
        records: &[DeviceRecord],
        facts: &mut SystemFacts,
    ) {
        let mut visits = HashMap::new();
        for record in records {
            let visit = match self.visits.remove(&record.place) {
                Some(visit) if visit.address == record.address => visit,
                _ => self.arrival(now, record),
            };
            visits.insert(record.place.clone(), visit);
        }
        self.visits = visits;
        self.scanned = true;
        self.detached
            .retain(|_, (_, since)| now - *since < DFU_MODE_WITHIN);
        self.fill(now, facts);
    }

    fn arrival(&mut self, now: Duration, record: &DeviceRecord) -> Visit {
        let before = self.detached.remove(&record.place);
        Visit {
            address: record.address,
            arrived: self.scanned.then_some(now),
            health: None,
            previous_program: before.map(|(program, _)| program),
        }
    }

    fn fill(&self, now: Duration, facts: &mut SystemFacts) {
        facts.ages.clear();
        facts.health.clear();
        facts.previous_programs.clear();
        for (place, visit) in &self.visits {
            let age = visit.arrived.map(|arrived| now - arrived);
            facts.ages.extend(age.map(|age| (place.clone(), age)));
            let health = visit.health.clone();
            facts.health.extend(health.map(|h| (place.clone(), h)));
            let before = visit.previous_program;
            facts
                .previous_programs
                .extend(before.map(|b| (place.clone(), b)));
        }
    }

    /// Keeps the health of the bootloader at `place` until it leaves; `None` after a job without
    /// trouble.
    pub(crate) fn set_health(&mut self, place: &Place, health: Option<Health>) {
        if let Some(visit) = self.visits.get_mut(place) {
            visit.health = health;
        }
    }

    /// The program `record` is asked to start its bootloader: the next device at its place, if it
    /// appears soon, is the same board.
    pub(crate) fn note_detach(&mut self, now: Duration, record: &DeviceRecord) {
        let program = ProgramId::from(record);
        self.detached.insert(record.place.clone(), (program, now));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{f407, linux, run_time};
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn scan(history: &mut History, at: u32, records: &[DeviceRecord]) -> SystemFacts {
        let mut facts = linux();
        history.observe(SECOND * at, records, &mut facts);
        facts
    }

    fn bootloader_of(program: &DeviceRecord) -> DeviceRecord {
        DeviceRecord {
            place: program.place.clone(),
            address: program.address + 1,
            ..f407()
        }
    }

    #[test]
    fn the_age_of_a_device_counts_from_its_arrival() {
        let mut history = History::default();
        let place = f407().place;
        assert!(scan(&mut history, 1, &[]).ages.is_empty());
        assert_eq!(
            scan(&mut history, 2, &[f407()]).ages[&place],
            Duration::ZERO
        );
        assert_eq!(scan(&mut history, 5, &[f407()]).ages[&place], SECOND * 3);
    }

    #[test]
    fn devices_present_at_startup_have_unknown_age() {
        let mut history = History::default();
        assert!(scan(&mut history, 1, &[f407()]).ages.is_empty());
        assert!(scan(&mut history, 2, &[f407()]).ages.is_empty());
    }

    #[test]
    fn a_device_that_left_and_returned_between_two_scans_is_new() {
        let mut history = History::default();
        let mut board = f407();
        scan(&mut history, 1, &[]);
        scan(&mut history, 2, &[board.clone()]);
        history.set_health(&board.place, Some(Health::Protected));
        assert_eq!(scan(&mut history, 3, &[board.clone()]).health.len(), 1);
        board.address += 1;
        let facts = scan(&mut history, 9, &[board.clone()]);
        assert_eq!(facts.ages[&board.place], Duration::ZERO);
        assert!(facts.health.is_empty());
    }

    #[test]
    fn a_job_without_trouble_clears_the_health() {
        let mut history = History::default();
        scan(&mut history, 1, &[f407()]);
        history.set_health(&f407().place, Some(Health::Protected));
        history.set_health(&f407().place, None);
        assert!(scan(&mut history, 2, &[f407()]).health.is_empty());
    }

    #[test]
    fn the_bootloader_of_a_detached_program_remembers_it() {
        let mut history = History::default();
        let program = run_time();
        scan(&mut history, 1, std::slice::from_ref(&program));
        history.note_detach(SECOND, &program);
        assert!(scan(&mut history, 2, &[]).previous_programs.is_empty());
        let bootloader = bootloader_of(&program);
        for at in [3, 100] {
            let facts = scan(&mut history, at, std::slice::from_ref(&bootloader));
            assert_eq!(
                facts.previous_programs[&program.place],
                ProgramId::from(&program)
            );
        }
    }

    #[test]
    fn a_device_that_arrives_much_later_is_not_the_detached_board() {
        let mut history = History::default();
        let program = run_time();
        scan(&mut history, 1, std::slice::from_ref(&program));
        history.note_detach(SECOND, &program);
        scan(&mut history, 20, &[]);
        let facts = scan(&mut history, 21, &[bootloader_of(&program)]);
        assert!(facts.previous_programs.is_empty());
    }
}
