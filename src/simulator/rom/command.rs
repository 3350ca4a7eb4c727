//! What a DNLOAD asks for.

use crate::address::{ADDRESS_SPACE, Address};

use super::super::board::{AfterFailure, BlockAddress, Bootloader, Dialect};
use super::Request;

pub(super) const SET_ADDRESS: u8 = 0x21;
pub(super) const ERASE: u8 = 0x41;
pub(super) const READ_UNPROTECT: u8 = 0x92;

/// A download that carries something, understood. An empty one means: leave DFU mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    SetAddress(Address),
    Erase(Address),
    MassErase,
    ReadUnprotect,
    Ignored,
    /// Data for this block.
    Data {
        block: u16,
        bytes: Vec<u8>,
    },
}

impl Command {
    /// `None` for what the bootloader stalls: block 1 (reserved), a command it does not have, and
    /// a single byte of data (AN2662: 2 to 2048 bytes).
    pub(super) fn read(bootloader: &Bootloader, request: &Request) -> Option<Self> {
        let data = request.data.as_slice();
        match (bootloader.dialect, request.value, data) {
            (Dialect::DfuSe, 0, [code, operand @ ..]) => {
                let known = bootloader.commands.contains(code);
                let command = Self::special(bootloader, *code, operand).filter(|_| known);
                let ignores = bootloader.after_failure != AfterFailure::Error && operand.is_empty();
                command.or(ignores.then_some(Self::Ignored))
            }
            (Dialect::DfuSe, 1, _) | (Dialect::DfuSe, _, [_]) => None,
            (_, block, bytes) => Some(Self::Data {
                block,
                bytes: bytes.to_vec(),
            }),
        }
    }

    fn special(bootloader: &Bootloader, code: u8, operand: &[u8]) -> Option<Self> {
        match (code, operand) {
            (SET_ADDRESS, &[a, b, c, d]) => {
                Some(Self::SetAddress(Address(u32::from_le_bytes([a, b, c, d]))))
            }
            (ERASE, &[a, b, c, d]) => Some(Self::Erase(Address(u32::from_le_bytes([a, b, c, d])))),
            (ERASE, []) if bootloader.mass_erase => Some(Self::MassErase),
            (READ_UNPROTECT, []) => Some(Self::ReadUnprotect),
            _ => None,
        }
    }
}

/// Where a block lies: `(block - 2) * size + pointer` for DfuSe; plain DFU 1.1 counts blocks from 0,
/// and `pointer` is the start of its memory.
pub(super) fn block_address(
    bootloader: &Bootloader,
    pointer: Address,
    block: u16,
    length: u64,
) -> Option<Address> {
    let size = u64::from(bootloader.functional.transfer_size);
    let number = u64::from(block);
    let offset = match (bootloader.dialect, bootloader.block_address) {
        (Dialect::Dfu11, _) => number.checked_mul(size)?,
        (Dialect::DfuSe, BlockAddress::TransferSize) => number.checked_sub(2)?.checked_mul(size)?,
        (Dialect::DfuSe, BlockAddress::RequestLength) => {
            number.checked_sub(2)?.checked_mul(length)?
        }
    };
    (offset < ADDRESS_SPACE).then(|| pointer.checked_add(offset))?
}
