//! A line for each control transfer.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::Served;
use super::files::unusable;
use crate::cli::exit::Failure;
use crate::io_error::reason;

pub(super) type Log = Arc<Mutex<BufWriter<File>>>;

pub(super) fn open_log(path: &Path) -> Result<Log, Failure> {
    let file = File::create(path).map_err(|error| unusable(path, &reason(&error)))?;
    Ok(Arc::new(Mutex::new(BufWriter::new(file))))
}

pub(super) fn log_transfers(one: &Served, log: Log) {
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

pub(super) fn flush(log: &Log) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.flush().ok();
}
