//! Extension tags: what a block says beside its data.

use super::block::{AREA, Block};
use crate::address::Address;
use crate::firmware::about::About;
use crate::firmware::error::{Fault, Refusal};

const VERSION: u32 = 0x9F_C7BC;
const DEVICE: u32 = 0x65_0D9D;
const PAGE_SIZE: u32 = 0x0B_E9F7;
const DEVICE_ID: u32 = 0xC8_A729;
/// The address of the program to start before the next block: EdgeTX's own (EdgeTX/rs-dfu,
/// uf2/src/lib.rs; the writer is elf-to-uf2.py in EdgeTX/edgetx).
const RESTART: u32 = 0xE6_0835;
/// The block is only there for an erratum of the RP2350 (boot/uf2.h in raspberrypi/pico-sdk).
const IGNORED: u32 = 0x99_57E3;

/// The tags of one block.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) about: About,
    pub(super) restart: Option<Address>,
    pub(super) is_ignored: bool,
}

/// Reads the tags after the payload; unknown ones are skipped.
///
/// # Errors
/// When a tag is longer than the rest of the block, or shorter than its own header.
pub(super) fn read(block: &Block<'_>) -> Result<Tags, Refusal> {
    let mut tags = Tags::default();
    // Each begins at a multiple of four bytes of the block.
    let mut rest = block
        .rest
        .get(padding(block.payload.len())..)
        .unwrap_or_default();
    while let Some(([length, kind @ ..], _)) = rest.split_first_chunk::<4>() {
        let length = usize::from(*length);
        let [low, middle, high] = *kind;
        let kind = u32::from_le_bytes([low, middle, high, 0]);
        if length == 0 {
            break;
        }
        let Some(value) = rest.get(4..length) else {
            let end = if block.md5.is_some() { AREA - 24 } else { AREA };
            let at = block.offset + 32 + end.saturating_sub(rest.len()) as u64;
            let found = format!("a tag of {length} bytes");
            let fault = Fault::unexpected(found, format!("4 to {}", rest.len()));
            return Err(fault.at_offset(at));
        };
        tags.add(kind, value);
        rest = rest.get(length + padding(length)..).unwrap_or_default();
    }
    Ok(tags)
}

/// To the next multiple of four.
fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

impl Tags {
    fn add(&mut self, kind: u32, value: &[u8]) {
        let word = || value.first_chunk().map(|word| u32::from_le_bytes(*word));
        let text = || {
            let text = String::from_utf8_lossy(value);
            let text = text.trim_end_matches('\0').trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        match kind {
            VERSION => self.about.version = text(),
            DEVICE => self.about.device = text(),
            PAGE_SIZE => self.about.page_size = word(),
            DEVICE_ID => {
                let long = value.first_chunk().map(|id| u64::from_le_bytes(*id));
                self.about.device_id = long.or_else(|| word().map(u64::from));
            }
            RESTART => self.restart = word().map(Address),
            IGNORED => self.is_ignored = true,
            _ => {}
        }
    }
}
