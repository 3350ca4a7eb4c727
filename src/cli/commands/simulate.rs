//! `upfuse simulate`: simulated boards on a real bus, through USB/IP.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, bounded, select};
use serde_json::{Value, json};

use crate::address::{Address, AddressRange};
use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, eprint_line};
use crate::simulator::usbip::{self, Event};
use crate::simulator::{Board, Fault, Faults, GROUPS, RequestKind, SimulatedBoard, Time};
use crate::transport::Place;
use crate::worker::simulated_board;

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
    #[arg(long = "board", value_name = "BOARD", required = true)]
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

    /// Unplug each board at its Nth control transfer
    #[arg(long, value_name = "N")]
    unplug_at: Option<u64>,
}

/// A board with its bus ID and its flash file.
struct Served {
    board: SimulatedBoard,
    bus_id: String,
    flash_file: Option<PathBuf>,
}

type Log = Arc<Mutex<BufWriter<File>>>;

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let served = plug(args)?;
    let log = args.log.as_deref().map(open_log).transpose()?;
    for one in &served {
        if let Some(log) = &log {
            log_transfers(one, Arc::clone(log));
        }
    }
    let stop = stop_signal()?;
    let boards: Vec<_> = served.iter().map(|one| one.board.clone()).collect();
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
        .and_then(|listener| usbip::serve(listener, boards))
        .map_err(|error| {
            let message = format!("port {} cannot be served: {error}", args.port);
            Failure::new(Exit::Refused, "port", message).advise("Choose another with --port")
        })?;
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
            let one = Served {
                board: SimulatedBoard::new(board, Place(format!("sim-{number}")), Time::Real),
                bus_id: usbip::bus_id(index),
                flash_file: files.next().cloned(),
            };
            load_flash(&one)?;
            Ok(one)
        })
        .collect()
}

fn simulated(name: &str, args: &Args) -> Result<Board, Failure> {
    let mut board = simulated_board(name)?;
    if args.old_firmware {
        board = board.holding_old_firmware(1);
    }
    if let Some(number) = args.unplug_at {
        board = board.with_faults(Faults::new().at_transfer(number, Fault::Unplug));
    }
    Ok(board)
}

/// Fills the flash from its file, if there is one.
fn load_flash(one: &Served) -> Result<(), Failure> {
    let Some(path) = one.flash_file.as_deref().filter(|path| path.exists()) else {
        return Ok(());
    };
    let bytes = std::fs::read(path).map_err(|error| file_failure(path, "read", &error))?;
    let capacity = one.board.flash().len();
    if bytes.len() > capacity {
        let (board, size) = (one.board.name(), bytes.len());
        let path = path.display();
        return Err(Failure::usage(format!(
            "'{path}' holds {size} bytes, but the flash of {board} only {capacity}"
        )));
    }
    one.board.fill(Address::FLASH, &bytes);
    Ok(())
}

/// Writes the flash to its file, completely or not at all.
fn save_flash(one: &Served) -> Result<(), Failure> {
    let Some(path) = &one.flash_file else {
        return Ok(());
    };
    let mut part = path.clone().into_os_string();
    part.push(".part");
    std::fs::write(&part, one.board.flash())
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|error| file_failure(path, "written", &error))
}

fn file_failure(path: &Path, done: &str, error: &std::io::Error) -> Failure {
    let path = path.display();
    Failure::new(
        Exit::Internal,
        "file",
        format!("'{path}' cannot be {done}: {error}"),
    )
}

fn open_log(path: &Path) -> Result<Log, Failure> {
    let file = File::create(path).map_err(|error| file_failure(path, "written", &error))?;
    Ok(Arc::new(Mutex::new(BufWriter::new(file))))
}

fn log_transfers(one: &Served, log: Log) {
    let name = one.board.name();
    one.board.listen(move |transfer| {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not stop the board.
        writeln!(
            log,
            "{:.6} {name} {} value={} length={} {} {}",
            transfer.at.as_secs_f64(),
            transfer.kind,
            transfer.value,
            transfer.length,
            if transfer.stalled { "stall" } else { "ok" },
            transfer.state,
        )
        .ok();
    });
}

fn flush(log: &Log) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.flush().ok();
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

/// Prints text to stderr, or JSON lines to stdout.
struct Printer<'a> {
    json: bool,
    out: &'a mut Output,
}

impl Printer<'_> {
    fn serving(&mut self, server: &usbip::Server, served: &[Served]) {
        let address = server.address();
        if self.json {
            let boards: Vec<_> = served
                .iter()
                .map(|one| json!({"board": one.board.name(), "bus_id": one.bus_id}))
                .collect();
            let address = address.to_string();
            self.out
                .json(&json!({"event": "serving", "address": address, "boards": boards}));
            return;
        }
        for Served { board, bus_id, .. } in served {
            eprint_line(format_args!(
                "{}: sudo usbip --tcp-port {} attach -r {} -b {bus_id}",
                board.name(),
                address.port(),
                address.ip(),
            ));
        }
        eprint_line("Press Ctrl-C to unplug everything");
    }

    fn event(&mut self, name: &str, one: &Served, with_statistics: bool) {
        let board = one.board.name();
        if !self.json {
            eprint_line(format_args!("{board} ({}): {name}", one.bus_id));
            return;
        }
        let mut line = json!({"event": name, "board": board, "bus_id": one.bus_id});
        if let (true, Value::Object(line), Value::Object(statistics)) =
            (with_statistics, &mut line, statistics(&one.board))
        {
            line.extend(statistics);
        }
        self.out.json(&line);
    }
}

/// What was done to the board so far.
fn statistics(board: &SimulatedBoard) -> Value {
    let counters = board.counters();
    let requests: serde_json::Map<_, _> = RequestKind::ALL
        .iter()
        .map(|kind| (kind.to_string(), counters.of(*kind).into()))
        .collect();
    let written: u64 = board.writes().into_iter().map(AddressRange::len).sum();
    json!({
        "state": board.state().to_string(),
        "flash_work_seconds": board.flash_work().as_secs_f64(),
        "transfers": counters.transfers(),
        "requests": requests,
        "blocks_written": counters.blocks_written,
        "blocks_read": counters.blocks_read,
        "bytes_written": written,
        "sectors_erased": board.erasures().len(),
        "defects": board.defects().len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(boards: &[&str], flash_file: &Path) -> Args {
        Args {
            boards: boards.iter().map(|&name| name.to_owned()).collect(),
            port: 0,
            flash_files: vec![flash_file.to_owned()],
            old_firmware: true,
            log: None,
            unplug_at: None,
        }
    }

    #[test]
    fn a_flash_file_is_read_at_the_start_and_saved_completely() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f042.bin");
        let fresh = plug(&args(&["f042"], &file)).unwrap();
        let old = fresh[0].board.flash();
        assert_ne!(old[0..4], [1, 2, 3, 4]);
        fresh[0].board.fill(Address::FLASH, &[1, 2, 3, 4]);
        save_flash(&fresh[0]).unwrap();
        assert_eq!(std::fs::read(&file).unwrap().len(), 32 * 1024);
        let again = plug(&args(&["f042"], &file)).unwrap();
        assert_eq!(again[0].board.flash()[..4], [1, 2, 3, 4]);
        assert_eq!(again[0].board.flash()[4..], old[4..]);
    }

    #[test]
    fn a_flash_file_that_is_too_long_is_refused_with_both_sizes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("big.bin");
        std::fs::write(&file, vec![0; 32 * 1024 + 1]).unwrap();
        let failure = plug(&args(&["f042"], &file)).map(drop).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.contains("32769") && failure.message.contains("32768"));
    }

    #[test]
    fn flash_files_belong_to_the_boards_in_order() {
        let file = Path::new("/nowhere/of-the-first");
        let served = plug(&args(&["f042", "f072"], file)).unwrap();
        let files: Vec<_> = served.iter().map(|one| one.flash_file.is_some()).collect();
        assert_eq!(files, [true, false]);
        assert_eq!(served[1].bus_id, "1-2");
    }

    #[test]
    fn an_unknown_board_is_refused_with_a_list_of_all_boards() {
        let failure = plug(&args(&["f999"], Path::new("x")))
            .map(drop)
            .unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.advice[0].contains("f407"));
    }
}
