//! Where a host and a record part.

use std::fmt;

use crate::transport::Place;
use crate::transport::recording::{Asked, Data, Transfer};

/// The first request that is not the record's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}, transfer {number}: expected {expected}, found {found}{}", hint(*.made_up))]
pub struct Departure {
    pub place: Place,
    /// The record's number of the transfer.
    pub number: u64,
    pub expected: String,
    pub found: String,
    /// Blocks answered with made-up bytes before.
    pub made_up: u64,
}

fn hint(made_up: u64) -> String {
    match made_up {
        0 => String::new(),
        1 => " (1 block before was made up: the record has only its hash)".to_owned(),
        n => format!(" ({n} blocks before were made up: the record has only their hashes)"),
    }
}

/// A request, with its data in whatever form it is known.
pub(super) struct Described<'a, T> {
    pub(super) asked: Asked,
    pub(super) out: &'a T,
}

impl<'a> Described<'a, Data> {
    pub(super) fn recorded(transfer: &'a Transfer) -> Self {
        Self {
            asked: transfer.asked,
            out: &transfer.out,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Described<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.asked.name())?;
        let Some(setup) = self.asked.setup() else {
            return Ok(());
        };
        write!(f, " [{setup}]")?;
        if setup.to_host() || setup.length == 0 {
            return Ok(());
        }
        write!(f, " with {}", self.out)
    }
}
