//! Option bytes for scripts.

use serde_json::{Value, json};

use crate::cli::job_json::address;
use crate::option_bytes::{Block, Decoded, Field, Part, Proposal, WriteProtection, decode};
use crate::transport::Place;

/// Fixed: scripts rely on these fields.
pub(super) fn shown(place: &Place, part: Option<&Part>, raw: &[Block]) -> Value {
    let decoded = part.map(|part| decode(part, raw));
    json!({
        "event": "option-bytes",
        "device": place.0,
        "part": part.map(Part::name),
        "settable": part.is_some_and(Part::is_settable),
        "fields": decoded.as_ref().map(fields),
        "write_protected": decoded.as_ref().map(write_protected),
        "damaged": decoded.as_ref().map(|decoded| {
            decoded.faults.iter().copied().map(address).collect::<Vec<_>>()
        }),
        "notes": part.map(Part::notes),
        "raw": raw.iter().map(block).collect::<Vec<_>>(),
    })
}

fn fields(decoded: &Decoded) -> Vec<Value> {
    decoded.fields.iter().map(field).collect()
}

fn field(field: &Field) -> Value {
    json!({
        "name": field.name,
        "value": field.value,
        "meaning": field.meaning,
        "default": field.default,
        "default_meaning": field.default_meaning,
        "differs": field.differs(),
        "locked": field.lock().map(|lock| lock.reason()),
    })
}

/// `null` where the bits mean something else.
fn write_protected(decoded: &Decoded) -> Value {
    match &decoded.write_protection {
        WriteProtection::Unknown => Value::Null,
        WriteProtection::Units(units) => units
            .iter()
            .map(|unit| {
                json!({
                    "unit": unit.number,
                    "start": address(unit.range.start()),
                    "bytes": unit.range.len(),
                })
            })
            .collect(),
    }
}

fn block(block: &Block) -> Value {
    let bytes = block.bytes.iter();
    json!({
        "start": address(block.start),
        "bytes": bytes.map(|byte| format!("{byte:02x}")).collect::<String>(),
    })
}

/// Fixed: scripts rely on these fields.
pub(super) fn proposed(place: &Place, proposal: &Proposal) -> Value {
    let changes = proposal
        .changes()
        .iter()
        .map(|change| json!({"name": change.name, "before": change.before, "after": change.after}));
    let regions = proposal.rewrites().iter().map(|rewrite| {
        let after = rewrite.after.iter();
        json!({
            "start": address(rewrite.start),
            "bytes": after.map(|byte| format!("{byte:02x}")).collect::<String>(),
        })
    });
    json!({
        "event": "option-bytes-plan",
        "device": place.0,
        "changes": changes.collect::<Vec<_>>(),
        "regions": regions.collect::<Vec<_>>(),
        "warnings": proposal.warnings,
        "confirm": proposal.questions.iter().map(|question| question.word()).collect::<Vec<_>>(),
    })
}
