//! The worker's buses: the real one, or simulated boards instead of it.

use std::sync::Arc;

use crate::simulator::{Board, Replay, SimulatedBus, Time};
use crate::transport::usb::UsbBus;
use crate::transport::{Bus, RealClock};

/// The buses that the worker owns.
pub struct Setup {
    /// The real bus, or a replayed record; `None` with `--simulate`.
    pub usb: Option<Box<dyn Bus>>,
    pub simulated: SimulatedBus,
    /// The clock of boards that [`super::Command::PlugSimulated`] plugs in.
    pub time: Time,
}

/// There is no simulated board of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no simulated board is called '{0}'")]
pub struct UnknownBoard(pub String);

impl Setup {
    /// The real bus, or the named simulated boards instead of it.
    ///
    /// # Errors
    /// When there is no such simulated board.
    pub(crate) fn new(simulate: &[String]) -> Result<Self, UnknownBoard> {
        let simulated = SimulatedBus::new();
        for name in simulate {
            simulated.plug(simulated_board(name)?, Time::Real);
        }
        let real = || Box::new(UsbBus::new(Arc::new(RealClock::default()))) as _;
        Ok(Self {
            usb: simulate.is_empty().then(real),
            simulated,
            time: Time::Real,
        })
    }

    /// The boards of a record instead of the real bus.
    pub(crate) fn replay(replay: Replay) -> Self {
        Self {
            usb: Some(Box::new(replay)),
            simulated: SimulatedBus::new(),
            time: Time::Real,
        }
    }
}

pub(crate) fn simulated_board(name: &str) -> Result<Board, UnknownBoard> {
    Board::by_name(name).ok_or_else(|| UnknownBoard(name.to_owned()))
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup")
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}
