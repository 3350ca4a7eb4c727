//! The boards that can be simulated, by name.

mod families;
mod stm32;

use super::board::Board;

/// Every board: the name, and how it is made.
const BOARDS: &[fn() -> Board] = &[
    stm32::f072,
    stm32::f103,
    stm32::f407,
    stm32::f411,
    stm32::f767,
    stm32::g474,
    stm32::h743,
    stm32::l475,
    stm32::f042,
    stm32::f303,
    stm32::f745,
    stm32::g0b1,
    stm32::h743_rev_v,
    stm32::l152,
    stm32::l433,
    stm32::wb55,
];

impl Board {
    /// The board that `--simulate NAME` means.
    pub fn by_name(name: &str) -> Option<Self> {
        BOARDS
            .iter()
            .map(|make| make())
            .find(|board| board.name.eq_ignore_ascii_case(name))
    }

    /// Every name that [`Board::by_name`] knows.
    pub fn names() -> Vec<&'static str> {
        BOARDS.iter().map(|make| make().name).collect()
    }
}
