//! How bootloaders that speak plain DFU 1.1 differ from each other.

/// The behaviour of one; [`PlainDfu::DFU_1_1`] is what the specification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainDfu {
    pub counting: BlockCounting,
    pub manifestation: Manifestation,
    pub gives_back: GivesBack,
    pub on_detach: OnDetach,
    pub on_reset: OnReset,
}

/// Where a block goes, or comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockCounting {
    /// wBlockNum × wTransferSize.
    ByNumber,
    /// After the block before, whatever its number; from the start in dfuIDLE.
    Running,
}

/// What follows the end of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manifestation {
    /// dfuIDLE at the first GETSTATUS.
    Idle,
    /// dfuMANIFEST, then dfuIDLE.
    ThenIdle,
    /// dfuMANIFEST, and it leaves the bus.
    Leaves,
    /// dfuMANIFEST-WAIT-RESET, and it leaves at a bus reset.
    AwaitsReset,
    /// dfuMANIFEST until a bus reset, and it leaves then.
    Stays,
}

/// What an upload returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivesBack {
    Memory,
    /// And an error in place of a short block at its end.
    MemoryThenError,
    /// This, for every block.
    Text(&'static str),
}

/// What a DETACH does in dfuIDLE, where DFU 1.1 has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDetach {
    /// Stall and dfuERROR (DFU 1.1 §A.2.3).
    Refuses,
    /// It is accepted and does nothing.
    Ignores,
    Leaves,
}

/// What a bus reset does outside dfuMANIFEST-WAIT-RESET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReset {
    /// It starts the program (DFU 1.1 §A.2.3).
    Leaves,
    /// It is in dfuIDLE afterwards.
    Stays,
}

impl PlainDfu {
    pub const DFU_1_1: Self = Self {
        counting: BlockCounting::ByNumber,
        manifestation: Manifestation::Idle,
        gives_back: GivesBack::Memory,
        on_detach: OnDetach::Refuses,
        on_reset: OnReset::Leaves,
    };
}
