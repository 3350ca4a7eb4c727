//! `upfuse driver`: Windows' driver for the boards.

use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::jobs::Session;
use crate::cli::output::{Output, eprint_line};
use crate::discovery::Found;
use crate::discovery::driver::{
    self, Action, Bound, Device, HandOverError, InstanceId, Refusal, Report, change_driver,
};
use crate::transport::Place;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  upfuse driver status                    # which driver each board has, and what that means
  upfuse driver install                   # WinUSB for the only board that needs it
  upfuse driver install --device 1-4.2
  upfuse driver restore --device 1-4.2    # back to Windows' choice: DfuSe's driver, if it is installed

Windows asks for administrator rights once for each change.";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum What {
    /// Name the driver of each board, plugged in or remembered by Windows
    Status,
    /// Bind WinUSB to a board: ST's package if STM32CubeProgrammer left it, else Windows' own
    Install,
    /// Let Windows choose the driver again, for DfuSe
    Restore,
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    match args.what {
        What::Status => status(context),
        What::Install => change(Action::Install, context),
        What::Restore => change(Action::Restore, context),
    }
}

/// A board, and where it is plugged in.
struct Row {
    device: Device,
    place: Option<Place>,
}

fn status(context: &mut Context) -> Result<Exit, Failure> {
    let session = context.session()?;
    let rows = rows(context, &session)?;
    if context.options.json {
        let all: Vec<Value> = rows.iter().map(row_to_json).collect();
        context.out.json(&all);
    } else if rows.is_empty() {
        eprint_line("Windows has seen no board in DFU mode yet");
    }
    if !context.options.json {
        for row in &rows {
            print_row(row, &mut context.out);
        }
    }
    Ok(Exit::Done)
}

/// The boards that are plugged in, then those that Windows remembers.
fn rows(context: &Context, session: &Session) -> Result<Vec<Row>, Failure> {
    let bootloaders = session.inventory.found.iter();
    let mut rows: Vec<Row> = bootloaders
        .filter(|found| found.is_bootloader())
        .filter_map(|found| {
            let place = Some(found.place().clone());
            driver::of_record(&found.record).map(|device| Row { device, place })
        })
        .collect();
    if context.options.simulate.is_empty() {
        for device in driver::remembered().map_err(failure)? {
            if !rows
                .iter()
                .any(|row| row.device.instance.is(&device.instance))
            {
                let place = None;
                rows.push(Row { device, place });
            }
        }
    }
    Ok(rows)
}

fn row_to_json(row: &Row) -> Value {
    device_to_json(&row.device, row.place.as_ref())
}

/// Fixed: scripts rely on these fields.
fn device_to_json(device: &Device, place: Option<&Place>) -> Value {
    let bound = Bound::of(device);
    json!({
        "id": place.map(|place| &place.0),
        "instance": device.instance,
        "vid": format!("{:04x}", device.instance.vendor()),
        "pid": format!("{:04x}", device.instance.product()),
        "driver": bound.id(),
        "works": bound.works(),
        "service": device.service,
        "provider": device.package.provider,
        "inf": device.package.inf,
        "description": device.package.description,
        "version": device.package.version,
        "meaning": device.meaning(),
        "refusal": device.refusal().map(Refusal::code),
    })
}

fn print_row(row: &Row, out: &mut Output) {
    let instance = &row.device.instance;
    match &row.place {
        Some(place) => out.line(format_args!("{place}: {instance}")),
        None => out.line(format_args!("not plugged in: {instance}")),
    }
    let bound = Bound::of(&row.device);
    out.line(format_args!("  {}", bound.describe(&row.device)));
    out.line(format_args!("  {}", row.device.meaning()));
}

fn change(action: Action, context: &mut Context) -> Result<Exit, Failure> {
    let is_simulated = !context.options.simulate.is_empty();
    if !is_simulated && cfg!(not(windows)) {
        return Err(failure(HandOverError::NotWindows));
    }
    let session = context.session()?;
    let instance = chosen(context, &session, action)?;
    if is_simulated {
        return Err(failure(HandOverError::Simulated(instance)));
    }
    let says_so = !context.options.json;
    let asks = || {
        if says_so {
            eprint_line("Windows asks for administrator rights");
        }
    };
    let report = change_driver(action, &instance, asks).map_err(failure)?;
    for step in &report.steps {
        eprint_line(format_args!("  {step}"));
    }
    if context.options.json {
        context.out.json(&report_to_json(&report));
    } else {
        print_report(&report, &mut context.out);
    }
    Ok(Exit::for_driver(&report.outcome))
}

/// The board to change: the only one, or the one that is named.
fn chosen(context: &Context, session: &Session, action: Action) -> Result<InstanceId, Failure> {
    let boards: Vec<(&Found, Device)> = session
        .inventory
        .found
        .iter()
        .filter(|found| found.is_bootloader())
        .filter_map(|found| Some((found, driver::of_record(&found.record)?)))
        .collect();
    if let Some(name) = &context.options.device {
        if let Ok(instance) = name.parse() {
            return Ok(instance);
        }
        let mut named = boards.into_iter().filter(|(found, _)| {
            found.place().0 == *name || found.record.serial.as_ref() == Some(name)
        });
        return match (named.next(), named.next()) {
            (Some((_, device)), None) => Ok(device.instance),
            (Some(_), Some(_)) => Err(several(&[])),
            (None, _) => Err(no_board(format!("there is no board {name} in DFU mode"))),
        };
    }
    let worth_it = |device: &Device| Bound::of(device).works() == (action == Action::Restore);
    let (mut candidates, others): (Vec<_>, Vec<_>) =
        boards.into_iter().partition(|(_, device)| worth_it(device));
    if candidates.is_empty() {
        candidates = others;
    }
    match candidates.as_slice() {
        [(_, device)] => Ok(device.instance.clone()),
        [] => Err(no_board("there is no board in DFU mode".to_owned())),
        several_boards => {
            let places: Vec<&Place> = several_boards
                .iter()
                .map(|(found, _)| found.place())
                .collect();
            Err(several(&places))
        }
    }
}

fn no_board(message: String) -> Failure {
    let failure = Failure::new(Exit::NoDevice, "no-device", message);
    failure.advise("`upfuse driver status` lists the boards that Windows knows")
}

fn several(places: &[&Place]) -> Failure {
    let failure = Failure::new(
        Exit::SeveralDevices,
        "several-devices",
        "there are several boards",
    );
    let failure = failure.advise("Choose one with --device");
    places
        .iter()
        .fold(failure, |failure, place| failure.advise(place.to_string()))
}

fn failure(error: HandOverError) -> Failure {
    let (exit, code) = match &error {
        HandOverError::Simulated(_) => (Exit::Refused, "simulated"),
        HandOverError::NotWindows => (Exit::Refused, "not-windows"),
        HandOverError::Declined | HandOverError::Unclear(_) => (Exit::Refused, "not-confirmed"),
        HandOverError::ProgramMissing(_)
        | HandOverError::Start(_)
        | HandOverError::NoReport(_)
        | HandOverError::Records(_) => (Exit::Internal, "driver"),
    };
    Failure::new(exit, code, error.to_string())
}

/// Fixed: scripts rely on these fields.
fn report_to_json(report: &Report) -> Value {
    let code = report.outcome.code();
    json!({
        "event": "driver",
        "action": report.action,
        "instance": report.instance,
        "outcome": if code.is_none() { "done" } else { "failed" },
        "result": report.outcome,
        "device": report.device.as_ref().map(|device| device_to_json(device, None)),
        "steps": report.steps,
        "error": code.map(|code| json!({
            "code": code,
            "message": report.sentence(),
            "advice": report.advice(),
        })),
    })
}

fn print_report(report: &Report, out: &mut Output) {
    match report.outcome.code() {
        None => out.line(report.sentence()),
        Some(_) => eprint_line(format_args!("error: {}", report.sentence())),
    }
    for line in report.advice() {
        eprint_line(format_args!("  {line}"));
    }
}
