//! How a bus reports that a device may have come, gone or become accessible.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// Reports changes on a bus to the one that scans it.
#[derive(Clone, Debug)]
pub struct Changes(Sender<()>);

impl Changes {
    /// The receiver gets one message for all changes since the last that it took.
    pub fn channel() -> (Self, Receiver<()>) {
        let (sender, receiver) = bounded(1);
        (Self(sender), receiver)
    }

    /// Never waits. `false` once the receiver is gone.
    pub fn report(&self) -> bool {
        self.0.try_send(()) != Err(TrySendError::Disconnected(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_changes_are_one_message_until_it_is_taken() {
        let (changes, changed) = Changes::channel();
        assert!(changes.report() && changes.clone().report());
        assert_eq!(changed.try_iter().count(), 1);
        assert!(changes.report());
        assert_eq!(changed.try_iter().count(), 1);
        drop(changed);
        assert!(!changes.report());
    }
}
