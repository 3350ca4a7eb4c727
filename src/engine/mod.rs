//! Plans a job, then runs it. Knows the protocol and the memory map, neither the bus nor the
//! window.

mod advice;
mod backup;
mod blocks;
mod board;
mod chosen;
mod compare;
mod doubt;
mod enter_dfu;
mod erase;
mod error;
mod event;
mod family_doubt;
mod job;
mod keep_range;
mod kept;
mod leave;
mod ledger;
mod option_bytes;
mod options;
mod parts;
mod phase;
mod plain;
mod plan;
mod planning;
mod read;
mod run;
pub(crate) mod summary;
mod task;
mod task_advice;
mod unprotect;
mod upgrade;
mod verify;
mod write;

pub use advice::advice;
#[cfg(feature = "gui")]
pub use backup::BackupName;
#[cfg(feature = "gui")]
pub(crate) use backup::is_backup;
pub use backup::{backup_board, new_backup};
pub use board::Board;
pub(crate) use doubt::doubts;
pub use doubt::{Consent, Doubt, DoubtKind, Severity};
pub(crate) use enter_dfu::enter_dfu;
pub use error::JobError;
pub use event::{JobEvent, Outcome, Report, SectorState};
pub(crate) use event::{Progress, SectorChange};
pub use family_doubt::FamilyHint;
pub use kept::LostBytes;
pub use option_bytes::OptionBytesChange;
pub use options::{SaveTo, UpgradeOptions};
pub use parts::Part;
#[cfg(feature = "gui")]
pub(crate) use parts::later_parts;
pub(crate) use parts::{Next, Parts};
pub(crate) use phase::Phase;
#[cfg(feature = "gui")]
pub(crate) use plain::file_of as plain_file;
pub use plain::{PlainRefusal, Stream, StreamState};
pub use plan::Action;
pub(crate) use plan::{Plan, SectorPlan, TargetPlan};
pub(crate) use planning::plan_upgrade;
pub use run::run;
pub use summary::Summary;
pub use task::{Detail, EraseScope, Task};
pub(crate) use task_advice::ended_at_once;
pub use task_advice::{advice_for, steps_after};
#[cfg(feature = "gui")]
pub(crate) use verify::plan_to_verify;
