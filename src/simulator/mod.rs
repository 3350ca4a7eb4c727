//! An STM32 ROM bootloader in memory: the DFU state machine as the ROM has it, flash whose bits
//! only clear until erased, real sector maps and timing, and scripted faults; and the programs that
//! enter it when they are asked over their serial port. In virtual time it carries the tests; in real
//! time it is the board for users who have none.
//!
//! ```
//! use upfuse::simulator::{Board, SimulatedBus, Time};
//! use upfuse::transport::Bus;
//!
//! let mut bus = SimulatedBus::new();
//! let board = bus.plug(Board::by_name("f407").unwrap(), Time::Virtual);
//! assert_eq!(bus.scan().unwrap().len(), 1);
//! board.unplug();
//! assert!(bus.scan().unwrap().is_empty());
//! ```

mod board;
mod bus;
mod faults;
mod flash;
mod open_port;
mod option_bytes;
mod plain;
mod profiles;
mod protocol;
mod replay;
mod rom;
mod serial;
mod transport;
mod unit;
pub mod usbip;

pub use board::{
    AfterFailure, Alternate, Application, ApplicationInterface, Area, AreaKind, BlockAddress,
    Board, Bootloader, ClearOutsideError, Dialect, Identity, Poll, Reported, Second,
    SerialEncoding, StartsIn, Timing, WhileBusy, pseudo_random,
};
pub use bus::{SimulatedBoard, SimulatedBus, Time};
pub use faults::{Fault, Faults};
pub use flash::{Defect, Erasure};
pub use option_bytes::{Bits, OptionBytes, Piece, ReadProtection, Storage, WriteProtection};
pub use plain::{BlockCounting, GivesBack, Manifestation, OnDetach, OnReset, PlainDfu};
pub use profiles::{GROUPS, Group, Profile};
pub use protocol::{RequestKind, State, Status};
pub use replay::{Departure, Matching, Replay, Replayed};
pub use serial::{Serial, SerialProgram};
pub use transport::{PACKET_TIME, SETUP_TIME, bus_time};
pub use unit::{Counters, TransferRecord};
