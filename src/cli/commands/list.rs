//! `upfuse list`: boards on the bus, their state, and the steps that make them ready.

use serde_json::{Value, json};

use crate::address::ByteSize;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, eprint_line};
use crate::cli::{Context, job_text};
use crate::discovery::{Found, Inventory, Target};
use crate::memory::MemoryMap;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Also devices that are no boards but have a DFU interface, such as a computer's Bluetooth
    #[arg(long)]
    all: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let mut session = context.session()?;
    context.traffic.begin_record();
    if !args.all {
        session.inventory.found.retain(|found| !found.is_no_board());
    }
    let inventory = &session.inventory;
    if let Some(error) = &inventory.bus_error {
        let answer = &error.detail;
        eprint_line(format_args!("This machine's USB cannot be read: {answer}"));
    }
    if context.options.json {
        let found = inventory.found.iter();
        let boards: Vec<Value> = found.map(|found| to_json(found, inventory)).collect();
        context.out.json(&boards);
    } else if inventory.found.is_empty() {
        eprint_line("No boards found; run `upfuse doctor` for help");
    } else {
        table(inventory, &mut context.out);
    }
    Ok(Exit::Done)
}

/// Fixed: scripts rely on these fields.
fn to_json(found: &Found, inventory: &Inventory) -> Value {
    let targets: Vec<Value> = found.targets.iter().map(target_to_json).collect();
    json!({
        "id": found.place().0,
        "vid": format!("{:04x}", found.record.vendor),
        "pid": format!("{:04x}", found.record.product),
        "serial": found.record.serial,
        "product": found.record.product_name.as_ref().unwrap_or(&found.label),
        "state": found.state(),
        "protocol": found.protocol(),
        "advice": inventory.advice(found.place()),
        "targets": targets,
    })
}

fn target_to_json(target: &Target) -> Value {
    let map = target.map.as_ref();
    json!({
        "alt": target.alternate,
        "name": target.name,
        "layout": target.layout,
        "bytes": map.map_or(0, MemoryMap::bytes),
        "sectors": map.map_or(0, MemoryMap::sector_count),
    })
}

fn table(inventory: &Inventory, out: &mut Output) {
    let heads = ["ID", "STATE", "BOARD", "USB ID", "SERIAL"].map(str::to_owned);
    let rows: Vec<[String; 5]> = inventory.found.iter().map(cells).collect();
    let width = |column: usize| {
        std::iter::once(&heads)
            .chain(&rows)
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let (id_width, state_width, board_width) = (width(0), width(1), width(2));
    let line = |[id, state, board, usb_id, serial]: &[String; 5]| {
        let (id, state) = (padded(id, id_width), padded(state, state_width));
        let board = padded(board, board_width);
        format!("{id}  {state}  {board}  {usb_id:<9}  {serial}")
    };
    out.line(line(&heads));
    for (found, row) in inventory.found.iter().zip(&rows) {
        out.line(line(row));
        // The memory of a board that could not be opened is unknown.
        for target in found.targets.iter().filter(|t| t.layout.is_some()) {
            out.line(format_args!("  {}", describe(target)));
        }
        for note in &found.notes {
            out.line(format_args!("  note: {note}"));
        }
        if let Some(diagnosis) = inventory.diagnosis(found.place()) {
            out.line(format_args!("  {}", diagnosis.what));
            for (number, step) in (1u32..).zip(&diagnosis.steps) {
                out.line(format_args!("  {number}. {}", step.text));
            }
        }
    }
}

/// A width in a format string is at most 65535, and a name from a record may be longer.
fn padded(cell: &str, width: usize) -> String {
    let blanks = width.saturating_sub(cell.chars().count());
    cell.to_owned() + &" ".repeat(blanks)
}

fn cells(found: &Found) -> [String; 5] {
    let record = &found.record;
    [
        found.place().to_string(),
        found.state().to_owned(),
        found.label.clone(),
        format!("{:04x}:{:04x}", record.vendor, record.product),
        record.serial.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

fn describe(target: &Target) -> String {
    let size = match &target.map {
        Ok(map) => format!(
            "{}, {}",
            ByteSize(map.bytes()),
            job_text::count(map.sector_count(), "sector")
        ),
        Err(error) => error.why().to_owned(),
    };
    format!("target {}: {}, {size}", target.alternate, target.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_wide_as_the_widest() {
        assert_eq!(padded("sim-1", 7), "sim-1  ");
        assert_eq!(padded("sim-1", 3), "sim-1");
        assert_eq!(padded("é", 70_000).chars().count(), 70_000);
    }
}
