//! Which recorded transfer answers a request.

use crate::transport::recording::{Asked, Entry, Transfer};

/// How closely a host must follow the record. Times never count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// Every transfer, in order.
    #[default]
    Strict,
    /// As strict, but a status may be read more or fewer times in a row, and SET_INTERFACE be sent or
    /// left out: hosts and systems differ in both, and neither changes the board. And a board that left
    /// may be asked whether it did.
    Tolerant,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The entry with this index answers, and the next request begins after it.
    Entry(usize),
    /// The status that was read last answers again.
    SameStatus,
    /// SET_INTERFACE, which the record does not have here.
    Nothing,
    /// The board has left.
    Gone,
    Departed,
}

/// Finds the answer to what was asked with the data `out`, from the entry `next` on.
pub(super) fn step(
    entries: &[Entry],
    next: usize,
    (asked, out): (Asked, &[u8]),
    matching: Matching,
) -> Step {
    let is_it = |transfer: &Transfer| transfer.asked == asked && transfer.out.is(out);
    let status_before = entries
        .get(..next)
        .and_then(last_transfer)
        .is_some_and(is_status);
    let mut in_session = entries.iter().enumerate().skip(next);
    if let Some((index, first)) = next_transfer(&mut in_session) {
        if is_it(first) {
            return Step::Entry(index);
        }
        // The rest of a row of statuses whose last state this host has seen.
        let mut skipped = Some(first);
        while let Some(transfer) = skipped
            .filter(|transfer| matching == Matching::Tolerant && may_skip(transfer, status_before))
        {
            log::debug!("left out: transfer {} of the record", transfer.number);
            skipped = match next_transfer(&mut in_session) {
                Some((index, transfer)) if is_it(transfer) => return Step::Entry(index),
                other => other.map(|(_, transfer)| transfer),
            };
        }
    }
    match matching {
        Matching::Tolerant if has_left(entries.get(next..).unwrap_or_default()) => Step::Gone,
        Matching::Tolerant if asked.is_get_status() && status_before => Step::SameStatus,
        Matching::Tolerant if asked.is_select() => Step::Nothing,
        _ => Step::Departed,
    }
}

/// Nothing more is asked of the board in this session, because it leaves.
fn has_left(rest: &[Entry]) -> bool {
    let mut session = rest
        .iter()
        .take_while(|entry| !matches!(entry, Entry::Open { .. }));
    session.any(|entry| matches!(entry, Entry::Gone))
        && next_transfer(&mut rest.iter().enumerate()).is_none()
}

fn may_skip(transfer: &Transfer, status_before: bool) -> bool {
    transfer.asked.is_select() || (is_status(transfer) && status_before)
}

fn is_status(transfer: &Transfer) -> bool {
    transfer.asked.is_get_status()
}

/// The transfer before, in this session.
fn last_transfer(entries: &[Entry]) -> Option<&Transfer> {
    let mut back = entries.iter().enumerate().rev();
    next_transfer(&mut back).map(|(_, transfer)| transfer)
}

/// The next transfer of this session. What happened on the bus in between asks nothing of the host.
pub(super) fn next_transfer<'a>(
    entries: &mut impl Iterator<Item = (usize, &'a Entry)>,
) -> Option<(usize, &'a Transfer)> {
    for (index, entry) in entries {
        match entry {
            Entry::Device(_) | Entry::Gone => {}
            Entry::Open { .. } => return None,
            Entry::Transfer(transfer) => return Some((index, transfer)),
        }
    }
    None
}
