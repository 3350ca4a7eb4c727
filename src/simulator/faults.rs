//! Scripted faults and the transfers they apply to.

use super::protocol::{RequestKind, State, Status};

/// Something that goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is refused; the device never saw it.
    Stall,
    /// The request never reaches the device; the host waits out its timeout.
    Timeout,
    /// The device acts on the request, and its answer is lost.
    LostAnswer,
    /// The transfer breaks on the bus (EPROTO on Linux); the device never saw it.
    Broken,
    /// The device acts on the request, and the bus breaks before its answer.
    BrokenAnswer,
    /// The device acts on the request, and its status stage is stalled.
    StalledAnswer,
    /// The cable is pulled: gone from now on.
    Unplug,
    /// The cable is pulled, and transfers break until the hub reports it.
    UnplugLate,
    /// The cable is pulled as WinUSB shows it: a stall, then transfers that cannot be submitted
    /// (libusb's windows_winusb.c); only the list of devices shows that it is gone.
    UnplugOnWindows,
    /// The power fails for a moment: what ran is torn, and the board comes back.
    PowerCycle,
    /// The byte at this offset of the downloaded block is written with its lowest bit flipped.
    CorruptByte(usize),
    /// The downloaded block is acknowledged and never written.
    DropWrite,
    /// The operation that this download starts takes place but never ends: dfuDNBUSY until two
    /// CLRSTATUS (H7 bank 2: betaflight PR 1861, 5348).
    StuckBusy,
    /// The answer has its length and no meaning.
    Garbage,
    /// Half of the answer.
    ShortRead,
    /// The answer has this many bytes: cut, or filled with 0xEE. More than the host asked for is
    /// babble, which the host controller reports as a bus error (EOVERFLOW on Linux).
    Length(u16),
    /// GETSTATUS answers this and the device is in that state from now on.
    Status(Status, State),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    Transfer(u64),
    EveryTransferFrom(u64),
    Request(RequestKind, u64),
    EveryRequestFrom(RequestKind, u64),
}

/// A script of faults. Transfers and requests are counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    script: Vec<(Trigger, Fault)>,
}

impl Faults {
    pub fn new() -> Self {
        Self::default()
    }

    /// At the `number`th transfer of the board's life.
    #[must_use]
    pub fn at_transfer(mut self, number: u64, fault: Fault) -> Self {
        self.script.push((Trigger::Transfer(number), fault));
        self
    }

    /// At the `number`th transfer and each one after it.
    #[must_use]
    pub fn from_transfer(mut self, number: u64, fault: Fault) -> Self {
        self.script
            .push((Trigger::EveryTransferFrom(number), fault));
        self
    }

    /// At the `number`th request of this kind.
    #[must_use]
    pub fn at_request(mut self, kind: RequestKind, number: u64, fault: Fault) -> Self {
        self.script.push((Trigger::Request(kind, number), fault));
        self
    }

    /// At the `number`th request of this kind and each one after it.
    #[must_use]
    pub fn from_request(mut self, kind: RequestKind, number: u64, fault: Fault) -> Self {
        let trigger = Trigger::EveryRequestFrom(kind, number);
        self.script.push((trigger, fault));
        self
    }

    /// What goes wrong with this transfer: the `transfer`th of all, the `nth` of its kind.
    pub(super) fn due(&self, transfer: u64, kind: RequestKind, nth: u64) -> Option<Fault> {
        self.script
            .iter()
            .find(|(trigger, _)| match *trigger {
                Trigger::Transfer(number) => number == transfer,
                Trigger::EveryTransferFrom(number) => number <= transfer,
                Trigger::Request(wanted, number) => wanted == kind && number == nth,
                Trigger::EveryRequestFrom(wanted, number) => wanted == kind && number <= nth,
            })
            .map(|(_, fault)| *fault)
    }
}
