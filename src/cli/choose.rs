//! Chooses the boards that a command works on. It never guesses between two.

use std::time::Duration;

use super::exit::{Exit, Failure};
use crate::discovery::{Dialect, Found, Inventory, Kind};
use crate::engine::{JobError, PlainRefusal, advice};

/// The mode in which a command needs its boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequiredMode {
    /// A bootloader that Upfuse writes and reads.
    Dfu,
    /// One with addresses, whose sectors can be erased.
    Erasable,
    /// One with addresses, and a command that removes read protection.
    Unprotectable,
    /// One with addresses, which may announce option bytes.
    OptionBytes,
    /// A running program that enters DFU mode when it is asked.
    RunTime,
    /// `Dfu` or `RunTime`.
    DfuOrRunTime,
}

impl RequiredMode {
    /// The device is in this mode, whether or not it is ready.
    fn includes(self, found: &Found) -> bool {
        match self {
            Self::Dfu => matches!(
                found.kind,
                Kind::Bootloader(Dialect::DfuSe | Dialect::Plain)
            ),
            Self::Erasable | Self::Unprotectable | Self::OptionBytes => {
                found.kind == Kind::Bootloader(Dialect::DfuSe)
            }
            Self::RunTime => found.kind == Kind::RunTime || found.may_be_asked(),
            Self::DfuOrRunTime => Self::Dfu.includes(found) || Self::RunTime.includes(found),
        }
    }

    /// Without being named: a laptop's Bluetooth may have a run-time DFU interface as well.
    fn offers(self, found: &Found) -> bool {
        match self {
            Self::Dfu | Self::Erasable | Self::Unprotectable | Self::OptionBytes => true,
            Self::RunTime | Self::DfuOrRunTime => !found.is_perhaps_no_board(),
        }
    }

    /// The device is in DFU mode, and of a kind that the command is not for.
    fn rejects(self, found: &Found) -> bool {
        self != Self::RunTime && found.is_bootloader() && !self.includes(found)
    }

    /// What a board without addresses cannot do.
    fn refusal(self) -> Option<PlainRefusal> {
        match self {
            Self::Dfu | Self::RunTime | Self::DfuOrRunTime => None,
            Self::Erasable => Some(PlainRefusal::Erase),
            Self::Unprotectable => Some(PlainRefusal::Unprotect),
            Self::OptionBytes => Some(PlainRefusal::OptionBytes),
        }
    }

    fn can_use(self, found: &Found) -> bool {
        match self {
            Self::Dfu | Self::Erasable | Self::Unprotectable | Self::OptionBytes => {
                self.includes(found) && found.is_ready()
            }
            Self::RunTime => found.can_enter_dfu(),
            Self::DfuOrRunTime => Self::Dfu.can_use(found) || Self::RunTime.can_use(found),
        }
    }
}

/// The boards that the command line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selection<'a> {
    /// No option: the only board.
    Only,
    Named(&'a str),
    All,
}

/// Why no board was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ChooseError {
    /// There is none: waiting may help.
    Missing(Failure),
    /// There is one, but it is not ready: waiting may help, because udev sets permissions a moment
    /// after a board appears.
    Blocked(Failure),
    /// Waiting will not help.
    Final(Failure),
}

impl ChooseError {
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Final(_))
    }

    /// The failure to report; `waited` with `--wait`.
    pub(super) fn into_failure(self, waited: Option<Duration>) -> Failure {
        match (self, waited) {
            (Self::Missing(failure), Some(waited)) => Failure {
                exit: Exit::TimedOut,
                code: "timed-out",
                message: format!("waited {} s: {}", waited.as_secs_f64(), failure.message),
                ..failure
            },
            (Self::Missing(failure) | Self::Blocked(failure) | Self::Final(failure), _) => failure,
        }
    }
}

/// Picks the boards; never empty.
pub(super) fn choose(
    inventory: &Inventory,
    selection: Selection<'_>,
    required: RequiredMode,
) -> Result<Vec<Found>, ChooseError> {
    let choice = Choice {
        inventory,
        required,
    };
    let chosen = match selection {
        Selection::Named(name) => vec![choice.named(name)?],
        Selection::Only => vec![choice.the_one()?],
        Selection::All => choice.all()?,
    };
    Ok(chosen.into_iter().cloned().collect())
}

struct Choice<'a> {
    inventory: &'a Inventory,
    required: RequiredMode,
}

impl<'a> Choice<'a> {
    fn the_one(&self) -> Result<&'a Found, ChooseError> {
        let candidates = self.candidates()?;
        match candidates.as_slice() {
            [one] => self.check(one),
            _ => Err(several("there are several boards", &candidates)),
        }
    }

    fn all(&self) -> Result<Vec<&'a Found>, ChooseError> {
        let candidates = self.candidates()?;
        match candidates.first() {
            Some(first) if !candidates.iter().any(|found| self.required.can_use(found)) => {
                Err(self.blocked(first))
            }
            _ => Ok(candidates),
        }
    }

    fn named(&self, name: &str) -> Result<&'a Found, ChooseError> {
        let all = &self.inventory.found;
        if let Some(found) = all.iter().find(|found| found.place().0 == name) {
            return self.check(found);
        }
        let has_serial = |found: &&Found| found.record.serial.as_deref() == Some(name);
        let same_serial: Vec<&Found> = all.iter().filter(has_serial).collect();
        match same_serial.as_slice() {
            [] => {
                let message = format!("there is no board '{name}'");
                let failure = Failure::new(Exit::NoDevice, "no-device", message);
                Err(ChooseError::Missing(list(failure, all)))
            }
            [one] => self.check(one),
            _ => Err(several(
                &format!("several boards have the serial number {name}"),
                &same_serial,
            )),
        }
    }

    /// The boards in the required mode, ready or not; never empty.
    fn candidates(&self) -> Result<Vec<&'a Found>, ChooseError> {
        let all = || self.inventory.found.iter();
        let candidates: Vec<&Found> = all()
            .filter(|found| self.required.includes(found) && self.required.offers(found))
            .collect();
        if !candidates.is_empty() {
            return Ok(candidates);
        }
        let rejected = all().find(|found| self.required.rejects(found));
        Err(rejected.map_or_else(|| self.missing(), |found| self.unsuitable(found)))
    }

    /// The board, if it can be used.
    fn check(&self, found: &'a Found) -> Result<&'a Found, ChooseError> {
        if self.required.can_use(found) {
            return Ok(found);
        }
        if self.required.includes(found) {
            return Err(self.blocked(found));
        }
        if self.required.rejects(found) {
            return Err(self.unsuitable(found));
        }
        let reason = match self.required {
            RequiredMode::Dfu
            | RequiredMode::Erasable
            | RequiredMode::Unprotectable
            | RequiredMode::OptionBytes => "is not in DFU mode",
            RequiredMode::RunTime => "runs no program that can switch to DFU mode",
            RequiredMode::DfuOrRunTime => {
                "is not in DFU mode, and runs no program that can switch to it"
            }
        };
        let message = format!("{} at {} {reason}", found.label, found.place());
        let failure = Failure::new(Exit::NoDevice, "no-device", message);
        Err(ChooseError::Missing(self.with_advice(failure, found)))
    }

    fn blocked(&self, found: &Found) -> ChooseError {
        let failure = Failure::new(Exit::NotReady, "not-ready", self.problem(found));
        ChooseError::Blocked(self.with_advice(failure, found))
    }

    fn unsuitable(&self, found: &Found) -> ChooseError {
        if let Some(refusal) = self.required.refusal().filter(|_| found.is_plain()) {
            let (label, place) = (&found.label, found.place());
            let error = JobError::from(refusal);
            let message = format!("{label} at {place} speaks plain DFU: {error}");
            let mut failure = Failure::new(Exit::Refused, error.code(), message);
            failure.advice = advice(&error);
            return ChooseError::Final(failure);
        }
        let failure = Failure::new(Exit::Refused, "not-flash", self.problem(found));
        ChooseError::Final(self.with_advice(failure, found))
    }

    fn problem(&self, found: &Found) -> String {
        let place = found.place();
        match self.inventory.diagnosis(place) {
            Some(diagnosis) => format!("{} (at {place})", diagnosis.what),
            None => format!("{} at {place} is not ready", found.label),
        }
    }

    fn with_advice(&self, mut failure: Failure, found: &Found) -> Failure {
        failure.advice = self.inventory.advice(found.place());
        failure
    }

    fn missing(&self) -> ChooseError {
        let message = match self.required {
            RequiredMode::Dfu
            | RequiredMode::Erasable
            | RequiredMode::Unprotectable
            | RequiredMode::OptionBytes => "there is no board in DFU mode",
            RequiredMode::RunTime => "there is no board whose program can switch to DFU mode",
            RequiredMode::DfuOrRunTime => {
                "there is no board in DFU mode, and none whose program can switch to it"
            }
        };
        let mut failure = Failure::new(Exit::NoDevice, "no-device", message);
        for found in &self.inventory.found {
            let place = found.place();
            let Some(diagnosis) = self.inventory.diagnosis(place) else {
                continue;
            };
            failure = failure.advise(format!("{} at {place}:", found.label));
            for line in diagnosis.advice() {
                failure = failure.advise(format!("  {line}"));
            }
        }
        ChooseError::Missing(failure.advise("Find out why: upfuse doctor"))
    }
}

fn several(message: &str, boards: &[&Found]) -> ChooseError {
    let failure = Failure::new(Exit::SeveralDevices, "several-devices", message);
    let failure = list(failure, boards.iter().copied());
    ChooseError::Final(failure.advise("Choose one with --device ID, or all with --all-devices"))
}

fn list<'a>(mut failure: Failure, boards: impl IntoIterator<Item = &'a Found>) -> Failure {
    for found in boards {
        let serial = found.record.serial.as_deref();
        let serial = serial.unwrap_or("no serial number");
        failure = failure.advise(format!("{}  {}, {serial}", found.place(), found.label));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::samples::{blocked_rom, f407, linux, plain, stm32mp1};
    use crate::transport::{DeviceRecord, Place, UsbErrorKind};

    fn at(place: &str, serial: &str, record: DeviceRecord) -> DeviceRecord {
        DeviceRecord {
            place: Place(place.to_owned()),
            serial: Some(serial.to_owned()),
            ..record
        }
    }

    fn ready(place: &str, serial: &str) -> DeviceRecord {
        at(place, serial, f407())
    }

    fn blocked(place: &str, serial: &str) -> DeviceRecord {
        at(place, serial, blocked_rom(UsbErrorKind::Access))
    }

    fn probe(place: &str) -> DeviceRecord {
        plain(place, 0x0483, 0x374B, None)
    }

    fn pick(records: &[DeviceRecord], selection: Selection<'_>) -> Result<Vec<String>, Exit> {
        let inventory = Inventory::new(records, None, &linux());
        choose(&inventory, selection, RequiredMode::Dfu)
            .map(|chosen| {
                chosen
                    .into_iter()
                    .map(|found| found.record.place.0)
                    .collect()
            })
            .map_err(|error| error.into_failure(None).exit)
    }

    #[test]
    fn a_single_board_is_chosen_and_between_two_there_is_no_guess() {
        let one = ready("1-1", "A");
        let two = ready("1-2", "B");
        assert_eq!(
            pick(std::slice::from_ref(&one), Selection::Only),
            Ok(vec!["1-1".to_owned()])
        );
        assert_eq!(
            pick(&[one, two], Selection::Only),
            Err(Exit::SeveralDevices)
        );
        assert_eq!(pick(&[], Selection::Only), Err(Exit::NoDevice));
    }

    #[test]
    fn a_board_that_cannot_be_opened_counts_when_there_are_two() {
        let boards = [ready("1-1", "A"), blocked("1-2", "B")];
        assert_eq!(pick(&boards, Selection::Only), Err(Exit::SeveralDevices));
    }

    #[test]
    fn debuggers_and_applications_do_not_count() {
        assert_eq!(
            pick(&[ready("1-1", "A"), probe("1-2")], Selection::Only),
            Ok(vec!["1-1".to_owned()])
        );
        assert_eq!(pick(&[probe("1-2")], Selection::Only), Err(Exit::NoDevice));
    }

    #[test]
    fn a_device_without_flash_at_addresses_is_refused_and_counts_only_when_alone() {
        let partitions = at("1-1", "A", stm32mp1());
        let alone = std::slice::from_ref(&partitions);
        assert_eq!(pick(alone, Selection::Only), Err(Exit::Refused));
        assert_eq!(pick(alone, Selection::Named("1-1")), Err(Exit::Refused));
        assert_eq!(
            pick(&[partitions, ready("1-2", "B")], Selection::Only),
            Ok(vec!["1-2".to_owned()])
        );
    }

    #[test]
    fn a_serial_number_names_a_board_only_if_no_other_board_has_it() {
        let boards = [
            ready("1-1", "STM32"),
            ready("1-2", "STM32"),
            ready("1-3", "OTHER"),
        ];
        assert_eq!(
            pick(&boards, Selection::Named("STM32")),
            Err(Exit::SeveralDevices)
        );
        assert_eq!(
            pick(&boards, Selection::Named("OTHER")),
            Ok(vec!["1-3".to_owned()])
        );
        assert_eq!(
            pick(&boards, Selection::Named("1-2")),
            Ok(vec!["1-2".to_owned()])
        );
        assert_eq!(pick(&boards, Selection::Named("1-9")), Err(Exit::NoDevice));
    }

    #[test]
    fn a_board_that_cannot_be_opened_is_not_ready_and_comes_with_advice() {
        let inventory = Inventory::new(&[blocked("1-1", "A")], None, &linux());
        for selection in [Selection::Only, Selection::Named("1-1"), Selection::All] {
            let failure = choose(&inventory, selection, RequiredMode::Dfu)
                .unwrap_err()
                .into_failure(Some(Duration::from_secs(1)));
            assert_eq!(failure.exit, Exit::NotReady);
            assert!(failure.message.starts_with("No permission to open"));
            assert!(!failure.advice.is_empty());
            assert_eq!(failure.advice, inventory.diagnoses[0].advice());
        }
    }

    #[test]
    fn all_boards_includes_one_that_cannot_be_opened() {
        let boards = [ready("1-1", "A"), blocked("1-2", "B"), probe("1-3")];
        assert_eq!(
            pick(&boards, Selection::All),
            Ok(vec!["1-1".to_owned(), "1-2".to_owned()])
        );
    }

    #[test]
    fn waiting_without_result_is_a_timeout() {
        let failure = choose(&Inventory::default(), Selection::Only, RequiredMode::Dfu)
            .unwrap_err()
            .into_failure(Some(Duration::from_secs(2)));
        assert_eq!(failure.exit, Exit::TimedOut);
    }
}
