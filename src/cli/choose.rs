//! Which boards a command works on. Never guesses between two.

use std::time::Duration;

use super::exit::{Exit, Failure};
use crate::transport::Place;

/// What a board must be able to do for this command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Talk DFU now.
    DfuMode,
    /// A running application that can be asked into DFU mode.
    RunTime,
}

/// A board as far as choosing needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) place: Place,
    pub(super) serial: Option<String>,
    /// What a person calls it: "STM32F4, 1 MiB".
    pub(super) name: String,
    pub(super) fitness: Fitness,
    /// What is wrong, where something is: "No permission to open STM32".
    pub(super) trouble: Option<String>,
    /// What to do about it.
    pub(super) advice: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fitness {
    Ready,
    /// What is wanted, but no permission, wrong driver, or in use.
    Blocked,
    /// In DFU mode, but without flash at addresses.
    Unsuitable,
    /// Something else: an application, a debugger.
    Other,
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
    candidates: &[Candidate],
    asked: Asked<'_>,
    wanted: Wanted,
) -> Result<Vec<Candidate>, NotChosen> {
    match asked {
        Asked::Named(name) => named(candidates, name, wanted).map(|one| vec![one]),
        Asked::TheOne => {
            let usable = usable(candidates, wanted)?;
            match usable.as_slice() {
                [one] => fit(one, wanted).map(|one| vec![one]),
                _ => Err(several("several boards are there", &usable)),
            }
        }
        Asked::All => {
            let usable = usable(candidates, wanted)?;
            if usable.iter().all(|c| c.fitness == Fitness::Blocked)
                && let Some(first) = usable.first()
            {
                return Err(blocked(first));
            }
            Ok(usable)
        }
    }
}

/// What is wanted, usable now or not.
fn usable(candidates: &[Candidate], wanted: Wanted) -> Result<Vec<Candidate>, NotChosen> {
    let usable: Vec<Candidate> = candidates
        .iter()
        .filter(|c| matches!(c.fitness, Fitness::Ready | Fitness::Blocked))
        .cloned()
        .collect();
    if !usable.is_empty() {
        return Ok(usable);
    }
    let unsuitable = candidates.iter().find(|c| c.fitness == Fitness::Unsuitable);
    Err(unsuitable.map_or_else(|| none(candidates, wanted), self::unsuitable))
}

fn named(candidates: &[Candidate], name: &str, wanted: Wanted) -> Result<Candidate, NotChosen> {
    if let Some(found) = candidates.iter().find(|c| c.place.0 == name) {
        return fit(found, wanted);
    }
    let same_serial: Vec<Candidate> = candidates
        .iter()
        .filter(|c| c.serial.as_deref() == Some(name))
        .cloned()
        .collect();
    match same_serial.as_slice() {
        [] => {
            let failure = Failure::new(
                Exit::NoDevice,
                "no-device",
                format!("there is no board '{name}'"),
            );
            Err(NotChosen::None(list_others(failure, candidates)))
        }
        [one] => fit(one, wanted),
        _ => Err(several(
            &format!("several boards have the serial number {name}"),
            &same_serial,
        )),
    }
}

/// A board that was named, if it can do what is wanted.
fn fit(candidate: &Candidate, wanted: Wanted) -> Result<Candidate, NotChosen> {
    match candidate.fitness {
        Fitness::Ready => Ok(candidate.clone()),
        Fitness::Blocked => Err(blocked(candidate)),
        Fitness::Unsuitable => Err(unsuitable(candidate)),
        Fitness::Other => {
            let what = match wanted {
                Wanted::DfuMode => "is not in DFU mode",
                Wanted::RunTime => "has no run-time DFU interface",
            };
            let message = format!("{} at {} {what}", candidate.name, candidate.place);
            let failure = Failure::new(Exit::NoDevice, "no-device", message);
            Err(NotChosen::None(with_advice(failure, candidate)))
        }
    }
}

fn blocked(candidate: &Candidate) -> NotChosen {
    let failure = Failure::new(Exit::NotReady, "not-ready", trouble(candidate));
    NotChosen::Blocked(with_advice(failure, candidate))
}

fn unsuitable(candidate: &Candidate) -> NotChosen {
    let failure = Failure::new(Exit::Refused, "not-flash", trouble(candidate));
    NotChosen::Hopeless(with_advice(failure, candidate))
}

fn trouble(candidate: &Candidate) -> String {
    let place = &candidate.place;
    match &candidate.trouble {
        Some(trouble) => format!("{trouble} (at {place})"),
        None => format!("{} at {place} is not ready", candidate.name),
    }
}

fn with_advice(mut failure: Failure, candidate: &Candidate) -> Failure {
    failure.advice.clone_from(&candidate.advice);
    failure
}

fn none(candidates: &[Candidate], wanted: Wanted) -> NotChosen {
    let what = match wanted {
        Wanted::DfuMode => "there is no board in DFU mode",
        Wanted::RunTime => "there is no board with a run-time DFU interface",
    };
    let mut failure = Failure::new(Exit::NoDevice, "no-device", what);
    for candidate in candidates.iter().filter(|c| !c.advice.is_empty()) {
        failure = failure.advise(format!("{} at {}:", candidate.name, candidate.place));
        for line in &candidate.advice {
            failure = failure.advise(format!("  {line}"));
        }
    }
    NotChosen::None(failure.advise("Find out why: upfuse doctor"))
}

fn several(what: &str, candidates: &[Candidate]) -> NotChosen {
    let failure = Failure::new(Exit::SeveralDevices, "several-devices", what);
    let failure = list_others(failure, candidates);
    NotChosen::Hopeless(failure.advise("Choose one with --device ID, or all with --all-devices"))
}

fn list_others(mut failure: Failure, candidates: &[Candidate]) -> Failure {
    for candidate in candidates {
        let serial = candidate.serial.as_deref().unwrap_or("no serial number");
        failure = failure.advise(format!("{}  {}, {serial}", candidate.place, candidate.name));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(place: &str, serial: &str, fitness: Fitness) -> Candidate {
        Candidate {
            place: Place(place.to_owned()),
            serial: Some(serial.to_owned()),
            name: "STM32F4".to_owned(),
            fitness,
            trouble: None,
            advice: vec!["Install the rule".to_owned()],
        }
    }

    fn pick(candidates: &[Candidate], asked: Asked<'_>) -> Result<Vec<String>, Exit> {
        choose(candidates, asked, Wanted::DfuMode)
            .map(|chosen| chosen.into_iter().map(|c| c.place.0).collect())
            .map_err(|not| not.into_failure(None).exit)
    }

    #[test]
    fn a_single_board_is_taken_and_two_are_not_guessed_between() {
        let one = board("1-1", "A", Fitness::Ready);
        let two = board("1-2", "B", Fitness::Ready);
        assert_eq!(
            pick(std::slice::from_ref(&one), Asked::TheOne),
            Ok(vec!["1-1".to_owned()])
        );
        assert_eq!(pick(&[one, two], Asked::TheOne), Err(Exit::SeveralDevices));
        assert_eq!(pick(&[], Asked::TheOne), Err(Exit::NoDevice));
    }

    #[test]
    fn a_board_that_cannot_be_opened_counts_when_there_are_two() {
        let ready = board("1-1", "A", Fitness::Ready);
        let blocked = board("1-2", "B", Fitness::Blocked);
        assert_eq!(
            pick(&[ready, blocked], Asked::TheOne),
            Err(Exit::SeveralDevices)
        );
    }

    #[test]
    fn debuggers_and_applications_do_not_count() {
        let ready = board("1-1", "A", Fitness::Ready);
        let probe = board("1-2", "B", Fitness::Other);
        assert_eq!(
            pick(&[ready, probe.clone()], Asked::TheOne),
            Ok(vec!["1-1".to_owned()])
        );
        assert_eq!(pick(&[probe], Asked::TheOne), Err(Exit::NoDevice));
    }

    #[test]
    fn a_device_without_flash_at_addresses_is_refused_and_counts_only_when_alone() {
        let partitions = board("1-1", "A", Fitness::Unsuitable);
        let ready = board("1-2", "B", Fitness::Ready);
        let alone = std::slice::from_ref(&partitions);
        assert_eq!(pick(alone, Asked::TheOne), Err(Exit::Refused));
        assert_eq!(pick(alone, Asked::Named("1-1")), Err(Exit::Refused));
        assert_eq!(
            pick(&[partitions, ready], Asked::TheOne),
            Ok(vec!["1-2".to_owned()])
        );
    }

    #[test]
    fn a_serial_number_names_a_board_only_where_no_other_has_it() {
        let boards = [
            board("1-1", "STM32", Fitness::Ready),
            board("1-2", "STM32", Fitness::Ready),
            board("1-3", "OTHER", Fitness::Ready),
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
        let boards = [board("1-1", "A", Fitness::Blocked)];
        for asked in [Asked::TheOne, Asked::Named("1-1"), Asked::All] {
            let failure = choose(&boards, asked, Wanted::DfuMode)
                .unwrap_err()
                .into_failure(Some(Duration::from_secs(1)));
            assert_eq!(failure.exit, Exit::NotReady);
            assert_eq!(failure.advice, ["Install the rule"]);
        }
    }

    #[test]
    fn all_boards_includes_one_that_will_fail_so_that_its_failure_is_told() {
        let boards = [
            board("1-1", "A", Fitness::Ready),
            board("1-2", "B", Fitness::Blocked),
            board("1-3", "C", Fitness::Other),
        ];
        assert_eq!(
            pick(&boards, Asked::All),
            Ok(vec!["1-1".to_owned(), "1-2".to_owned()])
        );
    }

    #[test]
    fn waiting_in_vain_is_a_time_out() {
        let failure = choose(&[], Asked::TheOne, Wanted::DfuMode)
            .unwrap_err()
            .into_failure(Some(Duration::from_secs(2)));
        assert_eq!(failure.exit, Exit::TimedOut);
    }
}
