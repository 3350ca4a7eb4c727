//! What happens to the boards, for people and for scripts.

use serde_json::{Value, json};

use super::Served;
use crate::address::AddressRange;
use crate::cli::output::{Output, eprint_line};
use crate::simulator::usbip;
use crate::simulator::{RequestKind, SimulatedBoard};

/// Prints text to stderr, or JSON lines to stdout.
pub(super) struct Printer<'a> {
    pub(super) json: bool,
    pub(super) out: &'a mut Output,
}

impl Printer<'_> {
    pub(super) fn serving(&mut self, server: &usbip::Server, served: &[Served]) {
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

    pub(super) fn event(&mut self, name: &str, one: &Served, with_statistics: bool) {
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
        "serial_received": hex(&board.serial_received()),
    })
}

/// Two digits for each byte.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
