//! DFU 1.1 and DfuSe over a [`Transport`](crate::transport::Transport): requests, states,
//! statuses, pacing. Knows neither USB libraries nor real time.
//!
//! | file | what it holds |
//! |---|---|
//! | `status` | the numbers of requests, states and statuses; the six bytes of GETSTATUS |
//! | `requests` | single requests: counted, logged, repeated after a stall; waiting and cancelling |
//! | `session` | [`Session`]: state and address pointer, to dfuIDLE from any state, leave, detach |
//! | `dfuse` | everything that is a download: commands, blocks to write, and waiting for their end |
//! | `upload` | reading blocks, whole or only their first bytes |
//! | `pacing` | when to ask a busy device again, and what is learned about that; all time limits |
//!
//! # Quirks of devices, and where each is handled
//!
//! | a device | handled in |
//! |---|---|
//! | reports a bwPollTimeout far too long or too short | `pacing` |
//! | stalls or stays silent when asked while busy | `dfuse`: `finish`; then `Pacing::obey` |
//! | stalls a request that it takes a moment later | `requests`: `patiently`; `dfuse`: `send` |
//! | stalls an upload, or answers errVENDOR without being protected | `upload`: `upload_again`; `dfuse`: `perform` |
//! | erases for ever in dfuDNBUSY (H743 rev V) | `dfuse`: `looks_wedged`, `unwedge` |
//! | counts blocks by the length of the request | `dfuse`: module comment; `upload`: `peek` |
//! | takes UPLOAD only in dfuIDLE | `upload`: `try_upload` |
//! | is found in dfuERROR, or with something begun | `session`: `to_idle` |
//! | starts what another program sent when asked for its status | `session`: `to_idle` |
//! | does not take CLRSTATUS outside dfuERROR | `session`: `clear_status` |
//! | leaves before it answers | `session`: `leave`, `detach`; `dfuse`: `read_unprotect` |
//! | names a transfer size of 0 | `session`: `Session::new` |
//! | reports success for an erase that write protection prevented | `engine::verify` |
//! | describes its memory wrongly | `memory::layout`, `memory::known_wrong` |

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
