//! The tables: bit positions, factory values, and which flash each belongs to. Numbers only, from
//! STMicroelectronics' device database of STM32CubeProgrammer (bank "Bootloader"), unless a comment
//! names another source.

mod f0_f1_f3;
mod f2_f4_f7;
mod g4_wb;
mod l0_l1;
mod l4;
mod registers;

use super::part::Kind;

pub(super) fn all() -> impl Iterator<Item = &'static Kind> {
    let lists: [&'static [Kind]; 6] = [
        f0_f1_f3::KINDS,
        f2_f4_f7::KINDS,
        l0_l1::KINDS,
        l4::KINDS,
        g4_wb::KINDS,
        registers::KINDS,
    ];
    lists.into_iter().flatten()
}
