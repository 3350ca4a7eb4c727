//! Option bytes as text.

use crate::address::push_joined;
use crate::option_bytes::{
    Block, Decoded, Field, Part, Proposal, ProtectedUnit, Role, WriteProtection, decode,
    units_in_words,
};

/// Every field, and the bytes.
pub(super) fn shown(part: Option<&Part>, raw: &[Block]) -> Vec<String> {
    let mut lines = Vec::new();
    match part {
        None => lines.push(
            "The option bytes of this board are not known: only the bytes are shown".to_owned(),
        ),
        Some(part) => fields(part, &decode(part, raw), &mut lines),
    }
    lines.push(String::new());
    lines.extend(raw.iter().flat_map(bytes));
    lines
}

fn fields(part: &Part, decoded: &Decoded, lines: &mut Vec<String>) {
    lines.push(format!("{}: {}", one_of(part), part.name()));
    for at in &decoded.faults {
        lines.push(format!(
            "Damaged at {at}: the value and its complement do not agree"
        ));
    }
    let rows: Vec<&Field> = decoded
        .fields
        .iter()
        .filter(|field| !is_protection(field))
        .collect();
    let (locked, free): (Vec<&Field>, Vec<&Field>) =
        rows.into_iter().partition(|field| field.lock().is_some());
    let mut table: Vec<Row> = free.into_iter().map(row).collect();
    table.push(write_protection(part, decoded));
    let shown: Vec<Row> = locked.into_iter().map(row).collect();
    let width = |of: fn(&Row) -> &str| {
        let cells = table.iter().chain(&shown).map(of);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (name, value, meaning) = (
        width(|r| &r.name),
        width(|r| &r.value),
        width(|r| &r.meaning),
    );
    let line = |row: &Row| {
        let mark = if row.default.is_empty() { ' ' } else { '*' };
        let Row {
            name: n,
            value: v,
            meaning: m,
            default,
        } = row;
        let text = format!("{mark} {n:<name$}  {v:<value$}  {m:<meaning$}  {default}");
        text.trim_end().to_owned()
    };
    lines.push(String::new());
    lines.extend(table.iter().map(line));
    let differs = table
        .iter()
        .chain(&shown)
        .any(|row| !row.default.is_empty());
    if !shown.is_empty() {
        lines.extend([String::new(), "Only shown, never changed:".to_owned()]);
        lines.extend(shown.iter().map(line));
    }
    if differs {
        lines.extend([
            String::new(),
            "* not as delivered by the factory".to_owned(),
        ]);
    }
    lines.extend(part.notes().into_iter().map(|note| format!("Note: {note}")));
    if !part.is_settable() {
        lines.push("Note: Upfuse only shows the option bytes of this part".to_owned());
    }
}

fn one_of(part: &Part) -> &'static str {
    match part.names().len() {
        1 => "Part",
        _ => "One of",
    }
}

fn is_protection(field: &Field) -> bool {
    matches!(field.role, Role::WriteProtection(_))
}

struct Row {
    name: String,
    value: String,
    meaning: String,
    /// The factory's value, where it differs.
    default: String,
}

fn row(field: &Field) -> Row {
    let default = field.default_in_words().filter(|_| field.differs());
    Row {
        name: field.name.to_owned(),
        value: field.number(),
        meaning: field.meaning.clone(),
        default: default.map_or(String::new(), |text| format!("(factory: {text})")),
    }
}

fn write_protection(part: &Part, decoded: &Decoded) -> Row {
    let protection = &decoded.write_protection;
    let is_any = match protection {
        WriteProtection::Units(units) => !units.is_empty(),
        WriteProtection::Unknown => true,
    };
    let words = units_in_words(part, protection);
    Row {
        name: "WRP".to_owned(),
        value: String::new(),
        meaning: match protection {
            WriteProtection::Units(_) if !is_any => "no write protection".to_owned(),
            WriteProtection::Units(units) => {
                format!("cannot be written: {words} ({})", places(units))
            }
            WriteProtection::Unknown => words,
        },
        default: if is_any {
            "(factory: none)".to_owned()
        } else {
            String::new()
        },
    }
}

/// Where the units are, neighbours as one range.
fn places(units: &[ProtectedUnit]) -> String {
    let mut ranges = Vec::new();
    for unit in units {
        push_joined(&mut ranges, unit.range);
    }
    let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
    ranges.join(", ")
}

/// The bytes, sixteen in a line.
fn bytes(block: &Block) -> Vec<String> {
    let lines = (0u64..).step_by(16).zip(block.bytes.chunks(16));
    let line = |(offset, bytes): (u64, &[u8])| {
        let at = block.start.checked_add(offset).unwrap_or(block.start);
        let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("{at}  {}", bytes.join(" "))
    };
    lines.map(line).collect()
}

/// What a change does, and what to know before.
pub(super) fn proposed(proposal: &Proposal) -> Vec<String> {
    let mut lines: Vec<String> = proposal
        .changes()
        .iter()
        .map(|change| format!("{}: {} -> {}", change.name, change.before, change.after))
        .collect();
    if proposal.rewrites().is_empty() {
        lines.push("The option bytes already have these values".to_owned());
    }
    lines.extend(
        proposal
            .warnings
            .iter()
            .map(|text| format!("Warning: {text}")),
    );
    lines.extend(proposal.questions.iter().map(|question| {
        let (danger, word) = (question.danger(), question.word());
        format!("Warning: {danger}. It is done only with --confirm {word}")
    }));
    lines
}
