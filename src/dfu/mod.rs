//! DFU 1.1 and DfuSe over a [`Transport`](crate::transport::Transport): requests, states,
//! statuses, pacing. Knows neither USB libraries nor real time.
//!
//! | file | contents |
//! |---|---|
//! | `status` | the numbers of requests, states and statuses; the six bytes of GETSTATUS |
//! | `requests` | single requests: counted, logged, retried after a stall; waiting and cancelling |
//! | `session` | [`Session`]: state and address pointer, to dfuIDLE from any state |
//! | `leave` | out of DFU mode, and into it from a program |
//! | `dfuse` | all downloads: commands, blocks to write, and waiting for their end |
//! | `plain` | plain DFU 1.1: blocks without addresses, and the end of a download |
//! | `own_reset` | removing read protection and writing option bytes, and waiting for the device to come back |
//! | `upload` | reading blocks, whole or only their first bytes |
//! | `pacing` | when to poll a busy device; all time limits |
//! | `wait_bounds` | how the pacing learns from the device's answers |
//!
//! # Device quirks, and where each is handled
//!
//! | the device | handled in |
//! |---|---|
//! | reports a bwPollTimeout far too long or too short | `pacing` |
//! | reports a bwPollTimeout of hours | `pacing`: `Operation::believable` |
//! | stalls or stays silent when polled while busy | `dfuse`: `wait_for_end`; then `Pacing::use_reported_times` |
//! | stalls a request that it accepts a moment later | `requests`: `retry_on_stall`; `dfuse`: `send` |
//! | stalls an upload, or answers errVENDOR without being protected | `upload`: `retry_upload`; `dfuse`: `perform` |
//! | reports errVENDOR for every erase or write that fails (ST's device library) | `dfuse`: `perform` |
//! | stays dfuDNBUSY forever after an erase (H743 rev V) | `dfuse`: `is_hung`, `clear_hang` |
//! | reports an erase in bank 2 as done while it runs (H743 with bootloader V9.1) | `dfuse`: `erase_sector` |
//! | stays dfuDNBUSY after an erase that failed (usbd_dfu.c) | the same; `engine::erase` reads the sector |
//! | stays dfuDNBUSY after a write, or since another program used it | `dfuse`: `clear_busy`; `session`: `recover` |
//! | counts blocks by the length of the request | `dfuse`: module comment; `upload`: `peek` |
//! | accepts UPLOAD only in dfuIDLE | `upload`: `try_upload` |
//! | returns another state from GETSTATE than from GETSTATUS after an error, needs two CLRSTATUS | `session`: `recover` |
//! | ends a refused upload with an empty packet instead of a stall | `upload`: `upload` |
//! | is in dfuERROR or in the middle of a transfer at first | `session`: `recover` |
//! | stalls SET_INTERFACE although it has only alternate 0 selected | `session`: `select` |
//! | stalls the status stage of a download that it accepted | `dfuse`: `send` |
//! | never answers GETSTATE | `session`: `state_without_starting` |
//! | starts, at a GETSTATUS, what another program sent | `session`: `recover` |
//! | refuses CLRSTATUS outside dfuERROR | `session`: `clear_status` |
//! | breaks the transfer that makes it leave, or leaves before it answers | `leave`; `own_reset` |
//! | waits for a reset of its port after DETACH, which WinUSB cannot make | `leave`: `restarts_without_reset` |
//! | has left, which Windows shows as a stall and failed transfers | `requests`: `gone_if_left` |
//! | accepts the request to leave, and stays | `leave`: `see_leaving` |
//! | leaves, and does not start the program (STM32H563, H743 with ROM V9.0) | `engine::leave`: `start` |
//! | reports a transfer size of 0, or above 4096 | `session`: `Session::new` |
//! | accepts read unprotect and ignores it, or answers it with a wrong state | `own_reset` |
//! | resets itself after option bytes were written, or needs a power cycle (STM32U5) | `own_reset` |
//! | delivers fewer option bytes than it announces (STM32G431) | `upload`: `upload_available`; `engine::option_bytes` |
//! | refuses to be read, though its descriptor allows it (template of ST's device library) | `engine::job`: `if_readable` |
//! | reports success for an erase that write protection prevented | `engine::verify` |
//! | refuses a mass erase, or accepts it and erases nothing, or not all | `engine::erase`: `mass_erase`, `erase_spared` |
//! | holds 0x00 in erased flash (STM32L0 and L1) | `memory::map`: `erased_value` |
//! | marks option bytes as erasable (F105, early F40x, GD32, AT32) | `memory::layout`: `is_never_erased` |
//! | has names as DfuSe's and is plain DFU, or the version of plain DFU and is DfuSe | `discovery::dialect` |
//! | describes its memory wrongly | `memory::layout`, `memory::known_wrong` |
//! | announces more memory than it has (STM32L0) | `memory::known_wrong`: `may_end_at`; `engine::read`, `engine::verify` |
//! | plain DFU: counts blocks for itself, or fails when polled too early | `plain`: module comment |
//! | plain DFU: forgets a download and is in dfuIDLE | `plain`: `download_block` |
//! | plain DFU: answers nothing after the end of a download, leaves, or waits for a bus reset | `plain`: `end_download` |
//! | plain DFU: leaves DFU mode at a DETACH in dfuIDLE (U-Boot), or refuses it | `plain`: `leave_by_reset` |
//! | plain DFU: ends an upload with an error (STM32duino) | `engine::plain::read`: `upload` |
//! | plain DFU: gives back something else than it got (TinyUSB's example) | `engine::plain::verify` |
//! | has memory that it writes and does not read (type f) | `engine::planning`: `check_readable`; `engine::compare`, `engine::verify` |

mod cancel;
mod dfuse;
mod error;
mod leave;
mod own_reset;
mod pacing;
mod plain;
mod requests;
mod session;
mod status;
mod upload;
mod wait_bounds;

pub use cancel::Cancel;
pub(crate) use error::DfuError;
pub use pacing::Pace;
pub(crate) use plain::DownloadEnd;
pub use session::Session;
pub(crate) use session::{EraseEnd, TransferCounts};
pub(crate) use status::{Request, State, Status};
