//! Which boards a command works on. Never guesses between two.

use std::time::Duration;

use super::exit::{Exit, Failure};
use crate::discovery::{Dialect, Found, Inventory, Kind};

/// What a board must be able to do for this command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Talk DFU now.
    DfuMode,
    /// A running application that can be asked into DFU mode.
    RunTime,
}

impl Wanted {
    /// Such a device is wanted, whether or not it can be used now.
    fn includes(self, found: &Found) -> bool {
        match self {
            Self::DfuMode => found.kind == Kind::Bootloader(Dialect::DfuSe),
            Self::RunTime => found.kind == Kind::RunTime,
        }
    }

    /// In DFU mode, but without flash at addresses.
    fn refuses(self, found: &Found) -> bool {
        self == Self::DfuMode && found.is_bootloader() && !self.includes(found)
    }

    fn can_use(self, found: &Found) -> bool {
        match self {
            Self::DfuMode => self.includes(found) && found.is_ready(),
            Self::RunTime => found.can_detach(),
        }
    }
}

/// What was asked for on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// The only one.
    TheOne,
    Named(&'a str),
    All,
}

/// Why nothing could be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotChosen {
    /// None there: waiting may help.
    None(Failure),
    /// There, and not usable: waiting may help, because permissions come a moment after a plug.
    Blocked(Failure),
    /// Waiting will not help.
    Hopeless(Failure),
}

impl NotChosen {
    /// Waiting will not help.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Hopeless(_))
    }

    /// What to say when nobody waits, or when waiting was in vain.
    pub(super) fn into_failure(self, waited: Option<Duration>) -> Failure {
        match (self, waited) {
            (Self::None(failure), Some(waited)) => Failure {
                exit: Exit::TimedOut,
                code: "timed-out",
                message: format!("waited {} s: {}", waited.as_secs_f64(), failure.message),
                ..failure
            },
            (Self::None(failure) | Self::Blocked(failure) | Self::Hopeless(failure), _) => failure,
        }
    }
}

/// Picks the boards; never empty.
pub(super) fn choose(
    inventory: &Inventory,
    asked: Asked<'_>,
    wanted: Wanted,
) -> Result<Vec<Found>, NotChosen> {
    let choice = Choice { inventory, wanted };
    let chosen = match asked {
        Asked::Named(name) => vec![choice.named(name)?],
        Asked::TheOne => vec![choice.the_one()?],
        Asked::All => choice.all()?,
    };
    Ok(chosen.into_iter().cloned().collect())
}

struct Choice<'a> {
    inventory: &'a Inventory,
    wanted: Wanted,
}

impl<'a> Choice<'a> {
    fn the_one(&self) -> Result<&'a Found, NotChosen> {
        let usable = self.usable()?;
        match usable.as_slice() {
            [one] => self.fit(one),
            _ => Err(several("several boards are there", &usable)),
        }
    }

    fn all(&self) -> Result<Vec<&'a Found>, NotChosen> {
        let usable = self.usable()?;
        match usable.first() {
            Some(first) if !usable.iter().any(|found| self.wanted.can_use(found)) => {
                Err(self.blocked(first))
            }
            _ => Ok(usable),
        }
    }

    fn named(&self, name: &str) -> Result<&'a Found, NotChosen> {
        let all = &self.inventory.found;
        if let Some(found) = all.iter().find(|found| found.place().0 == name) {
            return self.fit(found);
        }
        let has_serial = |found: &&Found| found.record.serial.as_deref() == Some(name);
        let same_serial: Vec<&Found> = all.iter().filter(has_serial).collect();
        match same_serial.as_slice() {
            [] => {
                let message = format!("there is no board '{name}'");
                let failure = Failure::new(Exit::NoDevice, "no-device", message);
                Err(NotChosen::None(list(failure, all)))
            }
            [one] => self.fit(one),
            _ => Err(several(
                &format!("several boards have the serial number {name}"),
                &same_serial,
            )),
        }
    }

    /// What is wanted, usable now or not; never empty.
    fn usable(&self) -> Result<Vec<&'a Found>, NotChosen> {
        let all = || self.inventory.found.iter();
        let usable: Vec<&Found> = all().filter(|found| self.wanted.includes(found)).collect();
        if !usable.is_empty() {
            return Ok(usable);
        }
        let refused = all().find(|found| self.wanted.refuses(found));
        Err(refused.map_or_else(|| self.none(), |found| self.unsuitable(found)))
    }

    /// A board that was named, if it can do what is wanted.
    fn fit(&self, found: &'a Found) -> Result<&'a Found, NotChosen> {
        if self.wanted.can_use(found) {
            return Ok(found);
        }
        if self.wanted.includes(found) {
            return Err(self.blocked(found));
        }
        if self.wanted.refuses(found) {
            return Err(self.unsuitable(found));
        }
        let what = match self.wanted {
            Wanted::DfuMode => "is not in DFU mode",
            Wanted::RunTime => "has no run-time DFU interface",
        };
        let message = format!("{} at {} {what}", found.label, found.place());
        let failure = Failure::new(Exit::NoDevice, "no-device", message);
        Err(NotChosen::None(self.with_advice(failure, found)))
    }

    fn blocked(&self, found: &Found) -> NotChosen {
        let failure = Failure::new(Exit::NotReady, "not-ready", self.trouble(found));
        NotChosen::Blocked(self.with_advice(failure, found))
    }

    fn unsuitable(&self, found: &Found) -> NotChosen {
        let failure = Failure::new(Exit::Refused, "not-flash", self.trouble(found));
        NotChosen::Hopeless(self.with_advice(failure, found))
    }

    fn trouble(&self, found: &Found) -> String {
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

    fn none(&self) -> NotChosen {
        let what = match self.wanted {
            Wanted::DfuMode => "there is no board in DFU mode",
            Wanted::RunTime => "there is no board with a run-time DFU interface",
        };
        let mut failure = Failure::new(Exit::NoDevice, "no-device", what);
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
        NotChosen::None(failure.advise("Find out why: upfuse doctor"))
    }
}

fn several(what: &str, boards: &[&Found]) -> NotChosen {
    let failure = Failure::new(Exit::SeveralDevices, "several-devices", what);
    let failure = list(failure, boards.iter().copied());
    NotChosen::Hopeless(failure.advise("Choose one with --device ID, or all with --all-devices"))
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

    fn pick(records: &[DeviceRecord], asked: Asked<'_>) -> Result<Vec<String>, Exit> {
        let inventory = Inventory::new(records, None, &linux());
        choose(&inventory, asked, Wanted::DfuMode)
            .map(|chosen| {
                chosen
                    .into_iter()
                    .map(|found| found.record.place.0)
                    .collect()
            })
            .map_err(|not| not.into_failure(None).exit)
    }

    #[test]
    fn a_single_board_is_taken_and_two_are_not_guessed_between() {
        let one = ready("1-1", "A");
        let two = ready("1-2", "B");
        assert_eq!(
            pick(std::slice::from_ref(&one), Asked::TheOne),
            Ok(vec!["1-1".to_owned()])
        );
        assert_eq!(pick(&[one, two], Asked::TheOne), Err(Exit::SeveralDevices));
        assert_eq!(pick(&[], Asked::TheOne), Err(Exit::NoDevice));
    }

    #[test]
    fn a_board_that_cannot_be_opened_counts_when_there_are_two() {
        let boards = [ready("1-1", "A"), blocked("1-2", "B")];
        assert_eq!(pick(&boards, Asked::TheOne), Err(Exit::SeveralDevices));
    }

    #[test]
    fn debuggers_and_applications_do_not_count() {
        assert_eq!(
            pick(&[ready("1-1", "A"), probe("1-2")], Asked::TheOne),
            Ok(vec!["1-1".to_owned()])
        );
        assert_eq!(pick(&[probe("1-2")], Asked::TheOne), Err(Exit::NoDevice));
    }

    #[test]
    fn a_device_without_flash_at_addresses_is_refused_and_counts_only_when_alone() {
        let partitions = at("1-1", "A", stm32mp1());
        let alone = std::slice::from_ref(&partitions);
        assert_eq!(pick(alone, Asked::TheOne), Err(Exit::Refused));
        assert_eq!(pick(alone, Asked::Named("1-1")), Err(Exit::Refused));
        assert_eq!(
            pick(&[partitions, ready("1-2", "B")], Asked::TheOne),
            Ok(vec!["1-2".to_owned()])
        );
    }

    #[test]
    fn a_serial_number_names_a_board_only_where_no_other_has_it() {
        let boards = [
            ready("1-1", "STM32"),
            ready("1-2", "STM32"),
            ready("1-3", "OTHER"),
        ];
        assert_eq!(
            pick(&boards, Asked::Named("STM32")),
            Err(Exit::SeveralDevices)
        );
        assert_eq!(
            pick(&boards, Asked::Named("OTHER")),
            Ok(vec!["1-3".to_owned()])
        );
        assert_eq!(
            pick(&boards, Asked::Named("1-2")),
            Ok(vec!["1-2".to_owned()])
        );
        assert_eq!(pick(&boards, Asked::Named("1-9")), Err(Exit::NoDevice));
    }

    #[test]
    fn what_cannot_be_opened_is_not_ready_and_says_what_to_do() {
        let inventory = Inventory::new(&[blocked("1-1", "A")], None, &linux());
        for asked in [Asked::TheOne, Asked::Named("1-1"), Asked::All] {
            let failure = choose(&inventory, asked, Wanted::DfuMode)
                .unwrap_err()
                .into_failure(Some(Duration::from_secs(1)));
            assert_eq!(failure.exit, Exit::NotReady);
            assert!(failure.message.starts_with("No permission to open"));
            assert!(!failure.advice.is_empty());
            assert_eq!(failure.advice, inventory.diagnoses[0].advice());
        }
    }

    #[test]
    fn all_boards_includes_one_that_will_fail_so_that_its_failure_is_told() {
        let boards = [ready("1-1", "A"), blocked("1-2", "B"), probe("1-3")];
        assert_eq!(
            pick(&boards, Asked::All),
            Ok(vec!["1-1".to_owned(), "1-2".to_owned()])
        );
    }

    #[test]
    fn waiting_in_vain_is_a_time_out() {
        let failure = choose(&Inventory::default(), Asked::TheOne, Wanted::DfuMode)
            .unwrap_err()
            .into_failure(Some(Duration::from_secs(2)));
        assert_eq!(failure.exit, Exit::TimedOut);
    }
}
