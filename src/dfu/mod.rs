//! DFU 1.1 and DfuSe over a [`Transport`](crate::transport::Transport): requests, states,
//! statuses, pacing. Knows neither USB libraries nor real time.

mod cancel;
mod dfuse;
mod error;
mod pacing;
mod requests;
mod session;
mod status;
mod upload;

pub use cancel::Cancel;
pub(crate) use error::DfuError;
pub use pacing::Pace;
pub use session::Session;
pub(crate) use session::TransferCounts;
pub(crate) use status::{State, Status};
