//! The way out to whoever listens: the channel and the wake-up together, so that nobody forgets
//! one of them.

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

    /// Sends, waiting for room. Nobody listening any more is no error: the listener has ended.
    pub(super) fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }

    /// Sends if there is plenty of room; gives the event back otherwise. Half of the room is kept
    /// for what must not be lost.
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
