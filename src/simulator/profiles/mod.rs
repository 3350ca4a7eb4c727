//! The boards that can be simulated, by name.

mod families;
mod others;
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
    others::c5,
    others::f407_protected,
    others::f407_write_protected,
    others::f407_error,
    others::f407_no_access,
    others::f407_in_use,
    others::f407_wrong_driver,
    others::f407_unplugged,
    others::f407_bad_write,
    others::runtime,
    others::runtime_reset,
    others::gd32vf103,
    others::at32f415,
    others::dso_nano,
    others::mp1,
    others::dfu11,
    others::st_link,
    others::vcp,
    others::micropython,
    others::ch340,
    others::cp2102,
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
