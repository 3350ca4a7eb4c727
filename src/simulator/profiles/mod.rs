//! The boards that can be simulated, by name.

mod clones;
mod families;
mod faulty;
mod programs;
mod stm32;
mod stm32_later;

use super::board::Board;

/// Every board: the name, and how it is made.
const BOARDS: &[fn() -> Board] = &[
    stm32::f072,
    stm32::f103,
    stm32::f407,
    stm32::f411,
    stm32::f767,
    stm32_later::g474,
    stm32_later::h743,
    stm32_later::l475,
    stm32::f042,
    stm32::f303,
    stm32::f745,
    stm32_later::g0b1,
    stm32_later::h743_rev_v,
    stm32_later::l152,
    stm32_later::l433,
    stm32_later::wb55,
    stm32_later::c5,
    faulty::f407_protected,
    faulty::f407_write_protected,
    faulty::f407_error,
    faulty::f407_no_access,
    faulty::f407_in_use,
    faulty::f407_wrong_driver,
    faulty::f407_unplugged,
    faulty::f407_bad_write,
    programs::runtime,
    programs::runtime_reset,
    clones::gd32vf103,
    clones::at32f415,
    clones::dso_nano,
    clones::mp1,
    clones::dfu11,
    programs::st_link,
    programs::vcp,
    programs::micropython,
    programs::ch340,
    programs::cp2102,
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
