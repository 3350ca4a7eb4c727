//! The channel of events, together with the wake-up of the listener that goes with each event.

use std::sync::Arc;

use crossbeam_channel::{Sender, TrySendError};

use super::message::Event;

#[derive(Clone)]
pub(super) struct Outbox {
    events: Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    pub(super) fn new(events: Sender<Event>, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { events, wake }
    }

    /// Sends, waiting for room. A listener that has ended is not an error.
    pub(super) fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }

    /// Sends if at most half of the channel is in use; returns the event otherwise. The other half
    /// is kept for events that must not be lost.
    pub(super) fn offer(&self, event: Event) -> Option<Event> {
        let half = self.events.capacity().unwrap_or(usize::MAX) / 2;
        if self.events.len() >= half {
            return Some(event);
        }
        match self.events.try_send(event) {
            Ok(()) => {
                (self.wake)();
                None
            }
            Err(TrySendError::Full(event)) => Some(event),
            Err(TrySendError::Disconnected(_)) => None,
        }
    }
}
