//! The phases of a job, as people see them.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Opening, recovering to dfuIDLE.
    Connect,
    Compare,
    Backup,
    Erase,
    Write,
    Verify,
    Read,
    Start,
    /// Removing protection, detaching, waiting for the board to come back.
    Wait,
}

impl Phase {
    /// For people, while it runs: "Erasing".
    pub fn label(self) -> &'static str {
        match self {
            Self::Connect => "Connecting",
            Self::Compare => "Comparing",
            Self::Backup => "Saving a backup",
            Self::Erase => "Erasing",
            Self::Write => "Writing",
            Self::Verify => "Verifying",
            Self::Read => "Reading",
            Self::Start => "Starting the program",
            Self::Wait => "Waiting for the board",
        }
    }

    /// For scripts: `erase`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Compare => "compare",
            Self::Backup => "backup",
            Self::Erase => "erase",
            Self::Write => "write",
            Self::Verify => "verify",
            Self::Read => "read",
            Self::Start => "start",
            Self::Wait => "wait",
        }
    }

    /// For error messages: "erasing", "the backup".
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Compare => "comparing",
            Self::Backup => "the backup",
            Self::Erase => "erasing",
            Self::Write => "writing",
            Self::Verify => "verifying",
            Self::Read => "reading",
            Self::Start => "starting the program",
            Self::Wait => "waiting",
        }
    }
}
