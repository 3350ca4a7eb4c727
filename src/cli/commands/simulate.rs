//! `upfuse simulate`: simulated boards on a real bus, through USB/IP.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, bounded, select};
use serde_json::{Value, json};

use crate::address::{Address, AddressRange, ByteSize};
use crate::cli::board_name::BoardName;
use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, eprint_line};
use crate::cli::{Context, Files, Options, Traffic};
use crate::firmware::{self, Existing};
use crate::io_error::reason;
use crate::printable::printable_path;
use crate::simulator::usbip::{self, Event};
use crate::simulator::{Board, Fault, Faults, GROUPS, RequestKind, SimulatedBoard, Time};
use crate::transport::Place;
use crate::transport::recording::Side;
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

type Log = Arc<Mutex<BufWriter<File>>>;

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

/// Fills the flash from its file, if there is one.
fn load_flash(one: &Served) -> Result<(), Failure> {
    let Some(path) = one.flash_file.as_deref().filter(|path| path.exists()) else {
        return Ok(());
    };
    let bytes = std::fs::read(path).map_err(|error| unusable(path, &reason(&error)))?;
    one.board.fill(Address::FLASH, &bytes);
    Ok(())
}

/// Writes the flash to its file, completely or not at all.
fn save_flash(one: &Served) -> Result<(), Failure> {
    let Some(path) = &one.flash_file else {
        return Ok(());
    };
    firmware::save(path, &one.board.flash(), Existing::Replace).map_err(Failure::from)
}

/// The files are written again and again: whatever they hold that is no flash of these boards is
/// replaced only after a question.
fn check_files(args: &Args, served: &[Served], options: &Options) -> Result<(), Failure> {
    for one in served {
        if let Some(path) = &one.flash_file {
            check_flash_file(one, path, options)?;
        }
    }
    match &args.log {
        Some(path) => check_log(path, options),
        None => Ok(()),
    }
}

/// A file of exactly the flash's size is taken for an earlier flash of the board, as an empty one is.
fn check_flash_file(one: &Served, path: &Path, options: &Options) -> Result<(), Failure> {
    firmware::check_save(path, Existing::Replace)?;
    let Ok(facts) = path.metadata() else {
        return Ok(());
    };
    let (size, capacity) = (facts.len(), one.board.flash().len() as u64);
    let (board, name) = (one.board.name(), printable_path(&path));
    if size > capacity {
        return Err(Failure::usage(format!(
            "'{name}' holds {size} bytes, but the flash of {board} only {capacity}"
        )));
    }
    if size != 0 && size != capacity {
        let size = ByteSize(size);
        confirm(
            options,
            &format!("Overwrite {name}, which holds {size}, with the flash of {board}?"),
        )?;
    }
    Ok(())
}

fn check_log(path: &Path, options: &Options) -> Result<(), Failure> {
    match path.metadata() {
        Ok(facts) if facts.is_file() && facts.len() > 0 => {
            confirm(options, &format!("Overwrite {}?", printable_path(&path)))
        }
        Ok(facts) if facts.is_dir() => Err(unusable(path, "this is a folder")),
        // A device such as /dev/stderr is written to, not replaced.
        _ => Ok(()),
    }
}

fn unusable(path: &Path, why: &str) -> Failure {
    let message = format!("{why} ({})", printable_path(&path));
    Failure::new(Exit::Refused, "file", message)
}

fn open_log(path: &Path) -> Result<Log, Failure> {
    let file = File::create(path).map_err(|error| unusable(path, &reason(&error)))?;
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

    fn plugged(args: &Args) -> Result<Vec<Served>, Failure> {
        args.files(Files::default()).check()?;
        let served = plug(args)?;
        check_files(args, &served, &Options::default())?;
        served.iter().try_for_each(load_flash)?;
        Ok(served)
    }

    #[test]
    fn a_flash_file_is_read_at_the_start_and_saved_completely() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f042.bin");
        let fresh = plugged(&args(&["f042"], &file)).unwrap();
        let old = fresh[0].board.flash();
        assert_ne!(old[0..4], [1, 2, 3, 4]);
        fresh[0].board.fill(Address::FLASH, &[1, 2, 3, 4]);
        save_flash(&fresh[0]).unwrap();
        assert_eq!(std::fs::read(&file).unwrap().len(), 32 * 1024);
        let again = plugged(&args(&["f042"], &file)).unwrap();
        assert_eq!(again[0].board.flash()[..4], [1, 2, 3, 4]);
        assert_eq!(again[0].board.flash()[4..], old[4..]);
    }

    #[test]
    fn a_flash_file_that_is_too_long_is_refused_with_both_sizes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("big.bin");
        // Sparse: it must not be read.
        File::create(&file).unwrap().set_len(5 << 30).unwrap();
        let failure = plugged(&args(&["f042"], &file)).map(drop).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.contains("5368709120") && failure.message.contains("32768"));
    }

    #[test]
    fn a_file_that_is_no_flash_of_the_board_is_replaced_only_after_a_question() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("letter.txt");
        std::fs::write(&file, "precious").unwrap();
        let mut args = args(&["f042"], &file);
        let failure = plugged(&args).map(drop).unwrap_err();
        assert_eq!(failure.code, "not-confirmed");
        let served = plug(&args).unwrap();
        let yes = Options {
            yes: true,
            ..Options::default()
        };
        check_files(&args, &served, &yes).unwrap();
        // The same for a log.
        args.log = args.flash_files.pop();
        let failure = plugged(&args).map(drop).unwrap_err();
        assert_eq!(failure.code, "not-confirmed");
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    }

    #[test]
    fn two_boards_cannot_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flash.bin");
        let mut args = args(&["f042", "f042"], &file);
        args.flash_files.push(file.clone());
        let failure = plugged(&args).map(drop).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        // Under another name.
        File::create(&file).unwrap();
        args.flash_files[1] = folder.path().join(".").join("flash.bin");
        let failure = plugged(&args).map(drop).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_pipes_are_refused_and_links_modes_and_parts_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        for device in ["/dev/null", "/dev/zero"] {
            let failure = plugged(&args(&["f042"], Path::new(device)));
            let failure = failure.map(drop).unwrap_err();
            assert_eq!((failure.exit, failure.code), (Exit::Refused, "file"));
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flash.bin");
        let part = folder.path().join("flash.bin.part");
        let link = folder.path().join("link.bin");
        std::fs::write(&file, vec![0; 32 * 1024]).unwrap();
        std::fs::write(&part, "other").unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        let served = plugged(&args(&["f042"], &link)).unwrap();
        served[0].board.fill(Address::FLASH, &[1, 2, 3, 4]);
        save_flash(&served[0]).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&file).unwrap()[..4], [1, 2, 3, 4]);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read(&part).unwrap(), b"other");
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
