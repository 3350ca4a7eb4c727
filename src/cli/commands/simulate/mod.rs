//! `upfuse simulate`: simulated boards on a real bus, through USB/IP.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded, select};

use crate::cli::board_name::BoardName;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, Files, Traffic};
use crate::simulator::usbip::{self, Event};
use crate::simulator::{Board, Fault, Faults, GROUPS, SimulatedBoard, Time};
use crate::transport::Place;
use crate::transport::recording::Side;
use crate::worker::simulated_board;

mod files;
mod log;
mod printer;
#[cfg(test)]
mod tests;

use files::{check_files, load_flash, save_flash};
use log::{Log, flush, log_transfers, open_log};
use printer::Printer;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  upfuse simulate --board f407
  sudo modprobe vhci-hcd && sudo usbip attach -r 127.0.0.1 -b 1-1
  upfuse list";

pub(in crate::cli) fn after_long_help() -> String {
    let mut text = String::new();
    for group in GROUPS {
        text += &format!("{}:\n", group.title);
        for profile in group.profiles() {
            text += &format!("  {:21} {}\n", profile.name, profile.about);
        }
        text += "\n";
    }
    text + EXAMPLES
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A board to simulate; if given several times, the boards get the bus IDs 1-1, 1-2, …
    #[arg(
        long = "board",
        value_name = "BOARD",
        required = true,
        value_parser = BoardName,
        hide_possible_values = true
    )]
    boards: Vec<String>,

    /// The local TCP port to serve them on; 0 chooses a free one
    #[arg(long, value_name = "PORT", default_value_t = 3240)]
    port: u16,

    /// Keep the board's flash in this file: read at the start if it exists; written whenever the
    /// host pauses or releases the board, and at the end; if given several times, one for each
    /// board in order
    #[arg(long = "flash-file", value_name = "FILE")]
    flash_files: Vec<PathBuf>,

    /// Begin with an old program in all of the flash instead of with a blank flash
    #[arg(long)]
    old_firmware: bool,

    /// Write one line for each control transfer to this file
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// Unplug each board at its Nth control transfer; until the hub notices, transfers fail
    #[arg(long, value_name = "N")]
    unplug_at: Option<u64>,
}

impl Args {
    pub(super) fn files(&self, files: Files) -> Files {
        let flash = self.flash_files.iter().map(PathBuf::as_path);
        files
            .output("the flash", flash)
            .output("the log", self.log.as_deref())
    }
}

/// A board with its bus ID and its flash file.
struct Served {
    board: SimulatedBoard,
    bus_id: String,
    flash_file: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    if context.options.replay.is_some() {
        return Err(Failure::usage("--replay cannot be put on a real bus"));
    }
    let served = plug(args)?;
    check_files(args, &served, &context.options)?;
    served.iter().try_for_each(load_flash)?;
    let log = args.log.as_deref().map(open_log).transpose()?;
    for one in &served {
        if let Some(log) = &log {
            log_transfers(one, Arc::clone(log));
        }
    }
    let not_served = |error| {
        let message = format!("port {} cannot be served: {error}", args.port);
        Failure::new(Exit::Refused, "port", message).advise("Choose another with --port")
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).map_err(not_served)?;
    context.traffic = Traffic::open(&context.options, Side::Device)?;
    let stop = stop_signal()?;
    let boards: Vec<_> = served.iter().map(|one| one.board.clone()).collect();
    let recorder = context.traffic.recorder().cloned();
    let server = usbip::serve(listener, boards, recorder).map_err(not_served)?;
    context.traffic.begin_record();
    let mut printer = Printer {
        json: context.options.json,
        out: &mut context.out,
    };
    printer.serving(&server, &served);
    loop {
        select! {
            recv(stop) -> _ => break,
            recv(server.events()) -> event => match event {
                Ok(event) => handle_event(event, &served, log.as_ref(), &mut printer)?,
                Err(_) => break,
            },
        }
    }
    for one in &served {
        save_flash(one)?;
        printer.event("finished", one, true);
    }
    if let Some(log) = &log {
        flush(log);
    }
    Ok(Exit::Done)
}

fn handle_event(
    event: Event,
    served: &[Served],
    log: Option<&Log>,
    printer: &mut Printer<'_>,
) -> Result<(), Failure> {
    let (name, index) = match event {
        Event::Attached(index) => ("attached", index),
        Event::Idle(index) => ("idle", index),
        Event::Released(index) => ("released", index),
    };
    let Some(one) = served.get(index) else {
        return Ok(());
    };
    if let Some(log) = log {
        flush(log);
    }
    save_flash(one)?;
    printer.event(name, one, !matches!(event, Event::Attached(_)));
    Ok(())
}

fn plug(args: &Args) -> Result<Vec<Served>, Failure> {
    if args.flash_files.len() > args.boards.len() {
        return Err(Failure::usage("there are more --flash-file than --board"));
    }
    let mut files = args.flash_files.iter();
    args.boards
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let board = simulated(name, args)?;
            let number = index + 1;
            Ok(Served {
                board: SimulatedBoard::new(board, Place(format!("sim-{number}")), Time::Real),
                bus_id: usbip::bus_id(index),
                flash_file: files.next().cloned(),
            })
        })
        .collect()
}

fn simulated(name: &str, args: &Args) -> Result<Board, Failure> {
    let mut board = simulated_board(name)?;
    if args.old_firmware {
        board = board.holding_old_firmware(1);
    }
    if let Some(number) = args.unplug_at {
        board = board.with_faults(Faults::new().at_transfer(number, Fault::UnplugLate));
    }
    Ok(board)
}

fn stop_signal() -> Result<Receiver<()>, Failure> {
    let (sender, receiver) = bounded(1);
    let press = move || {
        // The channel is full if the first press was not handled yet.
        sender.try_send(()).ok();
    };
    ctrlc::set_handler(press).map_err(|error| {
        let message = format!("Ctrl-C cannot be handled: {error}");
        Failure::new(Exit::Internal, "internal", message)
    })?;
    Ok(receiver)
}
