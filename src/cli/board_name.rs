//! The name of a simulated board on the command line.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::simulator::Board;

/// Offers every name to the completions and accepts any: the refusal of an unknown one is the same for
/// the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoardName;

impl TypedValueParser for BoardName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Board::names().into_iter().map(PossibleValue::new)))
    }
}
