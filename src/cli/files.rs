//! The files that a command reads and writes: no output is an input or another output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Options;
use super::exit::{Exit, Failure};
use crate::firmware::is_same;
use crate::printable::printable_path;
use crate::transport::Place;

/// A file with what it is, as in "the firmware file".
type Named = (&'static str, PathBuf);

/// What a command reads and writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    inputs: Vec<Named>,
    outputs: Vec<Named>,
}

impl Files {
    /// The records that the options name.
    pub(crate) fn of_options(options: &Options) -> Self {
        let replayed = options.replay.as_deref();
        let record = options.record.as_deref();
        Self::default()
            .input("the replayed record", replayed)
            .output("the record", record)
    }

    pub(crate) fn input<'a>(
        mut self,
        what: &'static str,
        paths: impl IntoIterator<Item = &'a Path>,
    ) -> Self {
        let paths = paths.into_iter();
        self.inputs
            .extend(paths.map(|path| (what, path.to_owned())));
        self
    }

    pub(super) fn output<'a>(
        mut self,
        what: &'static str,
        paths: impl IntoIterator<Item = &'a Path>,
    ) -> Self {
        let paths = paths.into_iter();
        self.outputs
            .extend(paths.map(|path| (what, path.to_owned())));
        self
    }

    /// The same with the file of each board for the one output that the command line names.
    pub(super) fn for_boards(&self, what: &'static str, paths: &BTreeMap<Place, PathBuf>) -> Self {
        let mut files = self.clone();
        files.outputs.retain(|(known, _)| *known != what);
        files.output(what, paths.values().map(PathBuf::as_path))
    }

    /// # Errors
    /// Refused: an output is an input. Usage: two outputs are one file.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let mut outputs = self.outputs.iter();
        while let Some((what, path)) = outputs.next() {
            let is_here = |(_, other): &&Named| is_same(path, other);
            let advice = format!("Choose another file for {what}");
            let name = printable_path(path);
            if let Some((input, _)) = self.inputs.iter().find(is_here) {
                let message = format!("{name} is {input} itself");
                return Err(Failure::new(Exit::Refused, "same-file", message).advise(advice));
            }
            if outputs.as_slice().iter().any(|other| is_here(&other)) {
                let message = format!("'{name}' is given twice");
                return Err(Failure::usage(message).advise(advice));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_device_may_be_given_twice() {
        let null = Path::new("/dev/null");
        let files = Files::default().input("the log", [null]);
        files.output("the record", [null, null]).check().unwrap();
    }
}
