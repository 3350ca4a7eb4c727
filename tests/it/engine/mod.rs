//! The engine against simulated boards in virtual time: durations and transfer counts are exact.

mod advice;
mod bench;
mod differences;
mod erased;
mod every_fault;
mod every_fault_board;
mod faults;
mod flat_backup;
mod hostile;
mod independent;
mod kept;
mod mass_erase;
mod old_program;
mod other_tasks;
mod overstated;
mod pacing;
mod plain;
mod refusals;
mod replay;
mod speed;
mod states;
mod summary;
mod unprotect;
mod unreadable;
mod upgrade;
mod write_only;
