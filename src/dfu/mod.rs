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
pub use error::DfuError;
pub use pacing::{Operation, Pace};
pub use session::{LeaveOutcome, Session, TransferCounts};
pub use status::{Request, State, Status, StatusReport};
