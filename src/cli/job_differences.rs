//! Where a board differs from the file: as lines, and as JSON.

use serde_json::{Value, json};

use super::job_json::address;
use crate::address::{AddressRange, ByteSize};
use crate::firmware::{Comparison, Difference};

/// Bytes of a range in a line.
const SHOWN: usize = 8;

/// A table of the ranges, and what is not in it.
pub(super) fn lines(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    let Comparison {
        differences,
        omitted,
        differing_bytes,
        not_compared,
        ..
    } = comparison;
    if !differences.is_empty() {
        lines.push(row("TARGET", "ADDRESSES", "SIZE", "FILE", "BOARD"));
        lines.extend(differences.iter().map(difference));
        let all = ByteSize(*differing_bytes);
        let ranges = differences.len() as u64 + omitted;
        let s = if ranges == 1 { "" } else { "s" };
        let listed = match omitted {
            0 => String::new(),
            more => format!(", {more} not listed"),
        };
        lines.push(format!("{all} differ, in {ranges} range{s}{listed}"));
    }
    for (alternate, range) in not_compared {
        lines.push(format!(
            "Cannot be read: target {alternate}, {range}, {}",
            ByteSize(range.len())
        ));
    }
    lines
}

fn difference(difference: &Difference) -> String {
    row(
        &difference.alternate.to_string(),
        &difference.range.to_string(),
        &ByteSize(difference.range.len()).to_string(),
        &hex(difference.expected(), difference.range),
        &hex(difference.found(), difference.range),
    )
}

fn row(target: &str, addresses: &str, size: &str, file: &str, board: &str) -> String {
    let line = format!("{target:<7} {addresses:<22} {size:>10}  {file:<25}  {board}");
    line.trim_end().to_owned()
}

/// `DE AD BE EF`, the first bytes of a range.
fn hex(bytes: &[u8], range: AddressRange) -> String {
    let shown: Vec<String> = bytes
        .iter()
        .take(SHOWN)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    let more = if range.len() > SHOWN as u64 {
        " …"
    } else {
        ""
    };
    format!("{}{more}", shown.join(" "))
}

pub(super) fn json(comparison: &Comparison) -> Value {
    let range = |alternate: u8, range: AddressRange| json!({"alt": alternate, "start": address(range.start()), "bytes": range.len()});
    let digits = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let ranges: Vec<Value> = comparison
        .differences
        .iter()
        .map(|difference| {
            let mut object = range(difference.alternate, difference.range);
            if let Some(keys) = object.as_object_mut() {
                keys.insert("file".to_owned(), digits(difference.expected()).into());
                keys.insert("board".to_owned(), digits(difference.found()).into());
            }
            object
        })
        .collect();
    let unread = comparison.not_compared.iter();
    json!({
        "bytes": comparison.differing_bytes,
        "ranges": ranges,
        "ranges_omitted": comparison.omitted,
        "unreadable": unread.map(|(alternate, at)| range(*alternate, *at)).collect::<Vec<_>>(),
    })
}
