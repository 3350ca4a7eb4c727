//! What a client may take up. The server listens on the loopback interface only, but any program of
//! the machine can connect to it, and the kernel's own client must not suffer from that.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use crate::transport::Clock;

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at the same time, further ones are closed. A board has one; `usbip list` and
    /// `usbip attach` open short ones.
    pub(super) connections: usize,
    /// How long a client may take to ask for something, to read an answer, and to hang up after its
    /// board has left. An attached host may be silent for as long as it likes.
    pub(super) silence: Duration,
    /// Transfers that wait behind the one that the board works on. A host sends the next after the
    /// answer to the last one; several programs may each have one under way.
    pub(super) waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            silence: Duration::from_secs(10),
            waiting: 64,
        }
    }
}

/// The wait after a connection that could not be accepted: for lack of file descriptors it fails
/// again immediately.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The connections that were accepted.
pub(super) fn accepted(
    incoming: impl Iterator<Item = io::Result<TcpStream>>,
    clock: impl std::ops::Deref<Target: Clock>,
) -> impl Iterator<Item = TcpStream> {
    incoming.filter_map(move |stream| {
        let failed = |error: io::Error| {
            log::warn!("USB/IP: a connection cannot be accepted: {error}");
            clock.sleep(ACCEPT_PAUSE);
        };
        stream.map_err(failed).ok()
    })
}

/// The places for connections.
#[derive(Debug, Default)]
pub(super) struct Places(Arc<()>);

impl Places {
    /// A place until it is dropped; `None` if `limit` are taken.
    pub(super) fn take(&self, limit: usize) -> Option<Arc<()>> {
        let taken = Arc::strong_count(&self.0) - 1;
        (taken < limit).then(|| Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::VirtualClock;

    #[test]
    fn connections_that_cannot_be_accepted_are_waited_for() {
        let clock = VirtualClock::default();
        let failing = std::iter::repeat_with(|| Err(io::Error::other("no file descriptors left")));
        assert_eq!(accepted(failing.take(50), &clock).count(), 0);
        assert_eq!(clock.now(), 50 * ACCEPT_PAUSE);
    }

    #[test]
    fn a_place_is_free_again_after_its_connection() {
        let places = Places::default();
        let (first, second) = (places.take(2), places.take(2));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(2).is_none());
        drop(first);
        assert!(places.take(2).is_some());
    }
}
