//! The bus that the options ask for: this machine's USB, or simulated boards.

use std::sync::Arc;

use super::Options;
use super::exit::Failure;
use crate::simulator::{Board, SimulatedBus, Time};
use crate::transport::RealClock;
use crate::transport::usb::UsbBus;
use crate::worker::Setup;

pub(super) fn of(options: &Options) -> Result<Setup, Failure> {
    let simulated = SimulatedBus::new();
    for name in &options.simulate {
        let board = Board::by_name(name).ok_or_else(|| unknown(name))?;
        simulated.plug(board, Time::Real);
    }
    let usb = UsbBus::new(Arc::new(RealClock::default()));
    Ok(Setup {
        usb: options.simulate.is_empty().then(|| Box::new(usb) as _),
        simulated,
        time: Time::Real,
    })
}

fn unknown(name: &str) -> Failure {
    Failure::usage(format!("no simulated board is called '{name}'"))
        .advise(format!("There are: {}", Board::names().join(", ")))
}
