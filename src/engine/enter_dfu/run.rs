//! The job that asks a program over its serial port.

use super::{NotEntered, ask};
use crate::dfu::Cancel;
use crate::discovery::Sender;
use crate::engine::{JobError, JobEvent, Outcome, Phase, Report};
use crate::transport::{OpenedSerial, Place, SerialError};

/// Asks the program of the board at `place` to enter DFU mode. The last event is
/// [`JobEvent::Finished`].
pub(crate) fn enter_dfu(
    place: &Place,
    opened: Result<OpenedSerial, SerialError>,
    senders: &[&'static Sender],
    cancel: &Cancel,
    emit: &mut dyn FnMut(JobEvent),
) {
    emit(JobEvent::Phases(vec![Phase::Connect, Phase::Wait]));
    emit(JobEvent::Phase(Phase::Connect));
    let (outcome, board_summary) = match run(place, opened, senders, cancel, emit) {
        Ok(()) => (Outcome::Done, ASKED),
        Err(None) => (Outcome::Cancelled, RUNS_ON),
        Err(Some(error)) => (Outcome::Failed(error), RUNS_ON),
    };
    emit(JobEvent::Finished(Box::new(Report {
        outcome,
        board_summary: board_summary.to_owned(),
        ..Report::default()
    })));
}

const ASKED: &str = "The board was asked to enter DFU mode";
const RUNS_ON: &str = "Nothing on the board was changed";

/// `None` for a cancel.
fn run(
    place: &Place,
    opened: Result<OpenedSerial, SerialError>,
    senders: &[&'static Sender],
    cancel: &Cancel,
    emit: &mut dyn FnMut(JobEvent),
) -> Result<(), Option<JobError>> {
    let serial = |source| JobError::Serial {
        place: place.clone(),
        source,
    };
    let opened = opened.map_err(|source| Some(serial(source)))?;
    let port = opened.name.clone();
    let started = (opened.clock.clone(), opened.clock.now());
    let mut recognised = |sender: &'static Sender| {
        emit(JobEvent::Note(format!("On {port}: {}", sender.program)));
        emit(JobEvent::Phase(Phase::Wait));
    };
    let asked = ask(opened, senders, cancel, &mut recognised);
    let (clock, since) = started;
    log::info!("{place}: {port}: {asked:?} after {:?}", clock.now() - since);
    match asked {
        Ok(_) => Ok(()),
        Err(NotEntered::Cancelled) => Err(None),
        Err(NotEntered::Serial(source)) => Err(Some(serial(source))),
        Err(NotEntered::Refused { sender, why }) => Err(Some(JobError::NotEntered {
            program: sender.program,
            why,
            buttons: sender.buttons,
        })),
        Err(NotEntered::Unknown) => {
            let mut buttons: Vec<&'static str> = Vec::new();
            for sender in senders {
                if !buttons.contains(&sender.buttons) {
                    buttons.push(sender.buttons);
                }
            }
            Err(Some(JobError::UnknownProgram {
                place: place.clone(),
                port,
                buttons,
            }))
        }
    }
}
