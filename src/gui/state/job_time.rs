//! How far a whole job is, and how long it still takes: from the plan, and from the speed of the
//! board. Everything is on the board's clock.

use std::time::Duration;

use crate::engine::{Action, Phase, Plan, Progress};

/// The speed is measured over this time: long enough for a steady number, short enough to show a
/// change.
const SPEED_WINDOW: Duration = Duration::from_secs(3);

/// First guesses in bytes per second, until the board has been measured: an STM32F4 with blocks of
/// 2 KiB at full speed, and its datasheet's typical time for a sector of 128 KiB.
const READ_RATE: f64 = 100.0 * 1024.0;
const WRITE_RATE: f64 = 96.0 * 1024.0;
const ERASE_RATE: f64 = 96.0 * 1024.0;

/// To connect, to start, and to see the board return.
const SHORT: Duration = Duration::from_millis(300);

/// Bytes of work in the phases, as far as the plan says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amounts {
    compare: u64,
    erase: u64,
    write: u64,
    /// The board was compared: what is not in the plan is not needed.
    decided: bool,
}

/// Bytes per second that this job has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Rates {
    read: Option<f64>,
    erase: Option<f64>,
    write: Option<f64>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct JobTime {
    phases: Vec<Phase>,
    amounts: Option<Amounts>,
    rates: Rates,
    phase: Option<Phase>,
    progress: Option<Progress>,
    /// The first progress of this phase.
    first: Option<Progress>,
    elapsed: Duration,
    /// Of the whole job, 0 to 1: never goes back.
    fraction: f32,
    /// (time on the board's clock, bytes) of the current phase, newest last.
    samples: Vec<(Duration, u64)>,
}

impl JobTime {
    pub(super) fn begin(&mut self, phases: &[Phase]) {
        self.phases = phases.to_vec();
    }

    pub(super) fn plan(&mut self, plan: &Plan) {
        let totals = plan.totals();
        let sectors = plan.targets.iter().flat_map(|target| &target.sectors);
        let erased =
            sectors.filter(|sector| sector.action.erases() || sector.action == Action::Undecided);
        self.amounts = Some(Amounts {
            compare: totals.undecided_bytes,
            erase: erased.map(|sector| sector.sector.range.len()).sum(),
            write: totals.write_bytes + totals.undecided_bytes,
            decided: totals.undecided_bytes == 0,
        });
        self.advance();
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.learn();
        self.phase = Some(phase);
        self.progress = None;
        self.first = None;
        self.samples.clear();
        self.advance();
    }

    pub(super) fn measure(&mut self, progress: Progress) {
        let oldest = progress.elapsed.saturating_sub(SPEED_WINDOW);
        // One older sample is kept, so that slow boards have a speed too.
        while let [_, (second, _), ..] = self.samples.as_slice()
            && *second <= oldest
        {
            self.samples.remove(0);
        }
        self.samples.push((progress.elapsed, progress.done));
        self.elapsed = self.elapsed.max(progress.elapsed);
        self.first.get_or_insert(progress);
        self.progress = Some(progress);
        self.advance();
    }

    /// Keeps the speed of the phase that ends. A comparison skips what differs, and says nothing
    /// about the speed of reading.
    fn learn(&mut self) {
        let (Some(first), Some(last)) = (self.first, self.progress) else {
            return;
        };
        let rate = rate((first.elapsed, first.done), (last.elapsed, last.done));
        let known = match last.phase {
            Phase::Backup | Phase::Read | Phase::Verify => &mut self.rates.read,
            Phase::Erase => &mut self.rates.erase,
            Phase::Write => &mut self.rates.write,
            Phase::Compare | Phase::Connect | Phase::Start | Phase::Wait => return,
        };
        *known = rate.or(*known);
    }

    /// The recent speed in bytes per second; `None` until it is known.
    pub(super) fn speed(&self) -> Option<f64> {
        rate(*self.samples.first()?, *self.samples.last()?)
    }

    /// Until the job ends; `None` if nothing is known about its amount of work.
    pub(super) fn left(&self) -> Option<Duration> {
        let phase = self.phase?;
        let now = match self.progress.filter(|progress| progress.total > 0) {
            Some(progress) => {
                let speed = self.speed().unwrap_or_else(|| self.expected_rate(phase));
                seconds(progress.total.saturating_sub(progress.done), speed)
            }
            None => self.expected(phase)?,
        };
        let later = self.phases.iter().skip_while(|other| **other != phase);
        later
            .skip(1)
            .try_fold(now, |sum, phase| Some(sum + self.expected(*phase)?))
    }

    /// Of the whole job, 0 to 1.
    pub(super) fn fraction(&self) -> f32 {
        self.fraction
    }

    /// There is nothing to do in this phase.
    pub(super) fn is_not_needed(&self, phase: Phase) -> bool {
        self.amounts
            .is_some_and(|amounts| amounts.decided && self.bytes(phase) == Some(0))
    }

    fn advance(&mut self) {
        let Some(left) = self.left() else { return };
        let all = (self.elapsed + left).as_secs_f32();
        if all > 0.0 {
            let fraction = self.elapsed.as_secs_f32() / all;
            self.fraction = self.fraction.max(fraction.clamp(0.0, 1.0));
        }
    }

    /// The time that a phase takes, before it has begun.
    fn expected(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Connect | Phase::Start => Some(SHORT),
            Phase::Wait => None,
            _ => Some(seconds(self.bytes(phase)?, self.expected_rate(phase))),
        }
    }

    /// Bytes of work in a phase that has not begun. What an erase without a plan covers is read
    /// afterwards.
    fn bytes(&self, phase: Phase) -> Option<u64> {
        let Some(amounts) = self.amounts else {
            return self.progress.map(|progress| progress.total);
        };
        match phase {
            Phase::Compare => Some(amounts.compare),
            Phase::Backup | Phase::Erase => Some(amounts.erase),
            Phase::Write | Phase::Verify => Some(amounts.write),
            Phase::Connect | Phase::Read | Phase::Start | Phase::Wait => None,
        }
    }

    fn expected_rate(&self, phase: Phase) -> f64 {
        match phase {
            Phase::Erase => self.rates.erase.unwrap_or(ERASE_RATE),
            Phase::Write => self.rates.write.unwrap_or(WRITE_RATE),
            _ => self.rates.read.unwrap_or(READ_RATE),
        }
    }
}

/// Bytes per second between two samples, if they are apart.
fn rate((from, first): (Duration, u64), (to, last): (Duration, u64)) -> Option<f64> {
    let time = to.saturating_sub(from).as_secs_f64();
    let bytes = float(last.checked_sub(first)?);
    (time > 0.05 && bytes > 0.0).then(|| bytes / time)
}

fn seconds(bytes: u64, rate: f64) -> Duration {
    Duration::try_from_secs_f64(float(bytes) / rate).unwrap_or(Duration::MAX / 16)
}

#[expect(clippy::cast_precision_loss, reason = "for people, and far below 2^52")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{Address, AddressRange};
    use crate::gui::state::memory_map::tests::{f407, plan};

    const ALL: [Phase; 6] = [
        Phase::Connect,
        Phase::Compare,
        Phase::Erase,
        Phase::Write,
        Phase::Verify,
        Phase::Start,
    ];

    fn progress(phase: Phase, done: u64, total: u64, millis: u64) -> Progress {
        Progress {
            phase,
            done,
            total,
            written: None,
            elapsed: Duration::from_millis(millis),
        }
    }

    fn planned(action: Action, bytes: u64) -> Plan {
        let covered = AddressRange::new(Address::FLASH, bytes).unwrap();
        plan(&f407(), covered, action)
    }

    fn upgrade() -> JobTime {
        let mut time = JobTime::default();
        time.begin(&ALL);
        time.plan(&planned(Action::Undecided, 128 << 10));
        time
    }

    #[test]
    fn speed_comes_from_the_boards_clock() {
        let mut time = JobTime::default();
        time.enter(Phase::Read);
        assert_eq!(time.speed(), None);
        time.measure(progress(Phase::Read, 0, 1000, 1000));
        time.measure(progress(Phase::Read, 200, 1000, 2000));
        assert_eq!(time.speed(), Some(200.0));
        assert_eq!(time.left(), Some(Duration::from_secs(4)));
    }

    #[test]
    fn speed_ignores_old_samples_and_other_phases() {
        let mut time = JobTime::default();
        time.enter(Phase::Erase);
        time.measure(progress(Phase::Erase, 900, 1000, 0));
        time.enter(Phase::Write);
        for step in 0..100u64 {
            time.measure(progress(Phase::Write, step * 10, 1000, step * 1000));
        }
        assert_eq!(time.speed(), Some(10.0));
        assert!(time.samples.len() < 7);
    }

    #[test]
    fn the_time_left_counts_the_phases_to_come() {
        let mut time = upgrade();
        time.plan(&planned(Action::EraseAndWrite, 128 << 10));
        time.enter(Phase::Erase);
        time.measure(progress(Phase::Erase, 0, 128 << 10, 0));
        time.measure(progress(Phase::Erase, 64 << 10, 128 << 10, 1000));
        let left = time.left().unwrap();
        // A second of erasing, 1.33 s of writing, 1.28 s of reading, and the start.
        let expected = Duration::from_millis(1000 + 1333 + 1280 + 300);
        assert!(
            left.abs_diff(expected) < Duration::from_millis(2),
            "{left:?}"
        );
    }

    #[test]
    fn one_bar_for_the_whole_job_never_goes_back_and_ends_full() {
        let mut time = upgrade();
        let mut at = 0;
        let mut last = 0.0;
        for (phase, millis) in [
            (Phase::Compare, 100),
            (Phase::Erase, 3000),
            (Phase::Write, 9000),
            (Phase::Verify, 700),
        ] {
            time.enter(phase);
            if phase == Phase::Erase {
                time.plan(&planned(Action::EraseAndWrite, 128 << 10));
            }
            for step in 0..=16 {
                let done = step * (8 << 10);
                time.measure(progress(phase, done, 128 << 10, at + millis * step / 16));
                assert!(time.fraction() >= last, "{phase:?} {step}");
                last = time.fraction();
            }
            at += millis;
        }
        assert!(last > 0.95, "{last}");
    }

    #[test]
    fn phases_without_work_are_not_needed() {
        let mut time = upgrade();
        assert!(!time.is_not_needed(Phase::Erase), "not compared yet");
        time.plan(&planned(Action::Leave, 128 << 10));
        assert!(time.is_not_needed(Phase::Erase) && time.is_not_needed(Phase::Write));
        time.plan(&planned(Action::Write, 128 << 10));
        assert!(time.is_not_needed(Phase::Erase) && !time.is_not_needed(Phase::Write));
    }

    #[test]
    fn nothing_is_claimed_about_a_wait() {
        let mut time = JobTime::default();
        time.begin(&[Phase::Connect, Phase::Wait]);
        time.enter(Phase::Wait);
        assert_eq!(time.left(), None);
        assert_eq!(time.fraction(), 0.0);
    }
}
