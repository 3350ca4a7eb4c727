//! The boards that can be simulated: one row each, in the file of their kind. A new board is a new
//! row; the README's list, the window's menus and the help texts are made from the rows.

mod clones;
mod families;
mod faulty;
mod in_flash;
mod option_bytes;
mod plain;
mod programs;
mod serial;
mod stm32;
mod stm32_later;

use super::board::Board;

/// A row: a board by its name.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// As `--simulate` takes it.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    in_menu: bool,
    make: fn() -> Board,
}

impl Profile {
    const fn new(name: &'static str, about: &'static str, make: fn() -> Board) -> Self {
        Self {
            name,
            about,
            in_menu: false,
            make,
        }
    }

    /// Offers the board in the window's menus, and names it in the help of `--simulate`.
    const fn in_menu(mut self) -> Self {
        self.in_menu = true;
        self
    }

    pub fn board(&self) -> Board {
        Board {
            name: self.name,
            ..(self.make)()
        }
    }

    /// The boards that the window's menus offer.
    pub fn menu() -> impl Iterator<Item = &'static Self> {
        Self::all().filter(|profile| profile.in_menu)
    }

    fn all() -> impl Iterator<Item = &'static Self> {
        GROUPS.iter().flat_map(Group::profiles)
    }
}

/// Boards of one kind, as the README and the help list them.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub title: &'static str,
    tables: &'static [&'static [Profile]],
}

impl Group {
    pub fn profiles(&self) -> impl Iterator<Item = &'static Profile> + use<> {
        self.tables.iter().copied().flatten()
    }
}

/// Every board.
pub const GROUPS: &[Group] = &[
    Group {
        title: "STM32 bootloaders",
        tables: &[stm32::BOARDS, stm32_later::BOARDS, in_flash::BOARDS],
    },
    Group {
        title: "Boards with something wrong, to see what Upfuse says then",
        tables: &[faulty::BOARDS],
    },
    Group {
        title: "Boards that speak plain DFU 1.1",
        tables: &[plain::BOARDS],
    },
    Group {
        title: "Boards whose program has a serial port",
        tables: &[serial::BOARDS],
    },
    Group {
        title: "Other things found on a bus",
        tables: &[programs::BOARDS, clones::BOARDS],
    },
];

impl Board {
    /// The board that `--simulate NAME` means.
    pub fn by_name(name: &str) -> Option<Self> {
        Profile::all()
            .find(|profile| profile.name.eq_ignore_ascii_case(name))
            .map(Profile::board)
    }

    /// Every name that [`Board::by_name`] knows.
    pub fn names() -> Vec<&'static str> {
        Profile::all().map(|profile| profile.name).collect()
    }
}
