//! Real read-outs, dangers and properties, on parts as their bootloaders announce themselves.

mod dangers;
mod properties;
mod vectors;

use super::*;
use crate::address::Address;
use crate::memory::parse_layout;

/// Layout strings of the flash and the option bytes.
struct Board {
    flash: &'static str,
    options: &'static str,
    version: u16,
}

const fn board(flash: &'static str, options: &'static str) -> Board {
    Board {
        flash,
        options,
        version: 0x2200,
    }
}

const AT_F0: &str = "@Option Bytes  /0x1FFFF800/01*016 e";
const AT_F4: &str = "@Option Bytes  /0x1FFFC000/01*016 e";
const AT_F7: &str = "@Option Bytes  /0x1FFF0000/01*048 e";
const AT_L0: &str = "@Option Bytes  /0x1FF80000/01*032 e";
const AT_L4: &str = "@Option Bytes  /0x1FFF7800/01*040 e";
const AT_U5: &str = "@Option Bytes   /0x40022040/01*64 e";

const F042: Board = board("@Internal Flash  /0x08000000/032*0001Kg", AT_F0);
const F072: Board = board("@Internal Flash  /0x08000000/064*0002Kg", AT_F0);
const F303: Board = board("@Internal Flash  /0x08000000/128*0002Kg", AT_F0);
const F107: Board = Board {
    version: 0x2000,
    ..F303
};
const F407: Board = board(
    "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",
    AT_F4,
);
const F446: Board = board(
    "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg",
    AT_F4,
);
const F413: Board = board(
    "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,011*128Kg",
    AT_F4,
);
const F429: Board = board(
    "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg,04*016Kg,01*064Kg,07*128Kg",
    "@Option Bytes  /0x1FFFC000/01*016 e/0x1FFEC000/01*016 e",
);
const F722: Board = board(
    "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg",
    AT_F7,
);
const F767: Board = board(
    "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg",
    AT_F7,
);
const L073: Board = board("@Internal Flash  /0x08000000/1536*128g", AT_L0);
const L152: Board = board("@Internal Flash  /0x08000000/1024*256 g", AT_L0);
const L433: Board = board("@Internal Flash   /0x08000000/64*02Kg", AT_L4);
const L452: Board = board("@Internal Flash   /0x08000000/256*02Kg", AT_L4);
const L496: Board = board("@Internal Flash   /0x08000000/512*02Kg", AT_L4);
const G431: Board = board(
    "@Internal Flash   /0x08000000/64*02Kg",
    "@Option Bytes   /0x1FFF7800/01*048 e",
);
const G474: Board = board(
    "@Internal Flash   /0x08000000/256*02Kg",
    "@Option Bytes   /0x1FFF7800/01*048 e/0x1FFFF800/01*048 e",
);
/// No such string was seen: the table for the G0 is for read-outs.
const G0: Board = board(
    "@Internal Flash   /0x08000000/32*02Kg",
    "@Option Bytes   /0x1FFF7800/01*116 e",
);
const WB55: Board = board(
    "@Internal Flash   /0x08000000/256*04Kg",
    "@Option Bytes   /0x1FFF8000/01*128 e",
);
const U575: Board = board("@Internal Flash   /0x08000000/256*08Kg", AT_U5);
const H743: Board = board(
    "@Internal Flash   /0x08000000/16*128Kg",
    "@Option Bytes   /0x5200201C/01*128 e",
);
const H563: Board = board(
    "@Internal Flash   /0x08000000/256*08Kg",
    "@Option Bytes /0x40022050/01*432e",
);

impl Board {
    fn part(&self) -> Part {
        self.recognise(None).unwrap()
    }

    fn recognise(&self, engineering: Option<Address>) -> Option<Part> {
        let flash = parse_layout(self.flash).unwrap();
        let options = parse_layout(self.options).unwrap();
        Part::recognise(&Announced {
            flash: &flash,
            options: &options,
            engineering,
            version: self.version,
        })
    }

    /// The factory's values in every slot that has them, no write protection, 0xFF elsewhere.
    fn factory(&self) -> Vec<Block> {
        let part = self.part();
        let kind = part.kind().unwrap();
        let regions = part.regions().iter().enumerate();
        let blocks = regions.map(|(number, region)| {
            let mut bytes = vec![0xFF; region.len_usize()];
            for row in kind.rows().filter(|row| row.region == number) {
                kind.storage.write(&mut bytes, row.offset, 0).unwrap();
            }
            for row in kind.rows().filter(|row| row.region == number) {
                let slot = kind.storage.read(&bytes, row.offset).unwrap().value;
                if let Role::WriteProtection(meaning::Wrp::Start(_)) = row.meaning.role {
                    let none = row.insert(slot, u32::MAX);
                    kind.storage.write(&mut bytes, row.offset, none).unwrap();
                }
            }
            for (region, offset, value) in kind.factory {
                if *region == number {
                    kind.storage.write(&mut bytes, *offset, *value).unwrap();
                }
            }
            Block {
                start: region.start(),
                bytes,
            }
        });
        blocks.collect()
    }
}

/// `aa 55 ff`: bytes as they are sent.
fn hex(text: &str) -> Vec<u8> {
    let bytes = text.split_whitespace();
    bytes
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn block(start: u32, bytes: Vec<u8>) -> Block {
    Block {
        start: Address(start),
        bytes,
    }
}

fn set(text: &str) -> Wanted {
    Wanted::Fields(
        text.split_whitespace()
            .map(|each| each.parse().unwrap())
            .collect(),
    )
}

fn value(decoded: &Decoded, name: &str) -> Option<u32> {
    let field = decoded.fields.iter().find(|field| field.name == name);
    field.map(|field| field.value)
}

fn protected(decoded: &Decoded) -> Vec<u32> {
    match &decoded.write_protection {
        WriteProtection::Units(units) => units.iter().map(|unit| unit.number).collect(),
        WriteProtection::Unknown => panic!("unknown"),
    }
}
