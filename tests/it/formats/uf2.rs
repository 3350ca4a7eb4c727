//! UF2 files as other programs write and read them.

use upfuse::address::Address;
use upfuse::firmware::{
    EncodeOptions, Family, Fault, Format, Image, ImageTarget, Segment, encode, parse,
};

const F4: u32 = 0x5775_5A57;
const H7: u32 = 0x6DB6_6082;

/// A block of a file of three, without a family.
pub(crate) fn of_three(flags: u32, address: u32, number: u32, data: &[u8], rest: &[u8]) -> Vec<u8> {
    let block = Block {
        flags,
        family: 0,
        rest: rest.to_vec(),
        ..Block::new(address, data, number, 3)
    };
    block.bytes()
}

/// One block, field by field (github.com/microsoft/uf2, README.md).
#[derive(Clone)]
struct Block {
    flags: u32,
    address: u32,
    payload: Vec<u8>,
    number: u32,
    total: u32,
    family: u32,
    rest: Vec<u8>,
}

impl Block {
    fn new(address: u32, payload: &[u8], number: u32, total: u32) -> Self {
        Self {
            flags: 0x2000,
            address,
            payload: payload.to_vec(),
            number,
            total,
            family: F4,
            rest: Vec::new(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let length = self.payload.len() as u32;
        let words = [
            0x0A32_4655,
            0x9E5D_5157,
            self.flags,
            self.address,
            length,
            self.number,
            self.total,
            self.family,
        ];
        let mut bytes: Vec<u8> = words
            .iter()
            .flat_map(|word: &u32| word.to_le_bytes())
            .collect();
        bytes.extend(&self.payload);
        bytes.extend(&self.rest);
        bytes.resize(508, 0);
        bytes.extend(0x0AB1_6F30u32.to_le_bytes());
        bytes
    }
}

/// An extension tag, padded as EdgeTX's writer does.
fn tag(kind: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![value.len() as u8 + 4];
    bytes.extend(&kind.to_le_bytes()[..3]);
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn file(blocks: &[Block]) -> Vec<u8> {
    blocks.iter().flat_map(Block::bytes).collect()
}

fn read(blocks: &[Block]) -> Image {
    parse("a.uf2", &file(blocks), None).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(bytes: &[u8]) -> String {
    parse("a.uf2", bytes, None).unwrap_err().to_string()
}

fn flat(target: &ImageTarget) -> Vec<(u32, Vec<u8>)> {
    let segments = target.segments.iter();
    segments
        .map(|s| (s.range().start().0, s.data().to_vec()))
        .collect()
}

#[test]
fn blocks_come_in_any_order_and_more_than_once() {
    let [a, b, c] = [
        Block::new(0x0800_0000, &[1; 256], 0, 3),
        Block::new(0x0800_0100, &[2; 256], 1, 3),
        Block::new(0x0801_0000, &[3; 4], 2, 3),
    ];
    let wanted = [
        (0x0800_0000, [[1; 256], [2; 256]].concat()),
        (0x0801_0000, vec![3; 4]),
    ];
    let image = read(&[a.clone(), b.clone(), c.clone()]);
    assert_eq!(flat(&image.targets[0]), wanted);
    assert_eq!(image.family, Some(Family(F4)));
    assert_eq!(image.source.format, Format::Uf2);
    let image = read(&[c.clone(), a.clone(), b.clone(), a.clone()]);
    assert_eq!(flat(&image.targets[0]), wanted);
    assert_eq!(
        image.notes,
        ["256 bytes appear more than once, each time with the same value"]
    );
    let other = a.clone().with(|block| block.payload[7] = 9);
    let text = refused(&file(&[a, b, c, other]));
    assert!(text.contains("0x08000007 is 0x09 here, but 0x01"), "{text}");
}

#[test]
fn content_decides_not_the_name() {
    let bytes = Block::new(0x0800_0000, &[1; 256], 0, 1).bytes();
    assert_eq!(
        parse("a.bin", &bytes, None).unwrap().source.format,
        Format::Uf2
    );
    assert!(refused(&[0x5A; 512]).contains("expected a UF2 file"));
}

#[test]
fn an_incomplete_or_damaged_file_is_refused() {
    let blocks: Vec<Block> = (0..4)
        .map(|n| Block::new(n * 256, &[1; 256], n, 4))
        .collect();
    let whole = file(&blocks);
    assert_eq!(
        refused(&file(&[
            blocks[0].clone(),
            blocks[1].clone(),
            blocks[3].clone()
        ])),
        "block 2 of 4 is missing, counted from 0: the file is incomplete (a.uf2)"
    );
    assert!(refused(&whole[..whole.len() - 512]).contains("block 3 of 4 is missing"));
    let cut = refused(&whole[..whole.len() - 1]);
    assert!(
        cut.starts_with("byte offset 0x600: the file ends within a block"),
        "{cut}"
    );
    let damaged = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        refused(&bytes)
    };
    assert!(damaged(512).starts_with("byte offset 0x200: found 0x0A324615"));
    assert!(damaged(1020).starts_with("byte offset 0x3FC:"));
    let long = Block::new(0, &[1; 256], 0, 1).with(|block| block.payload = vec![1; 476]);
    let mut long = long.bytes();
    long[16..20].copy_from_slice(&477u32.to_le_bytes());
    assert!(refused(&long).contains("a payload of 477 bytes"));
    let beyond = Block::new(0, &[1; 256], 3, 3);
    assert!(refused(&beyond.bytes()).contains("found block 3 of 3"));
    let beyond = Block::new(0xFFFF_FF80, &[1; 256], 0, 1);
    assert!(refused(&beyond.bytes()).contains("run past the 32-bit address space"));
}

#[test]
fn comments_and_files_are_left_out() {
    let data = Block::new(0x0800_0000, &[1; 256], 1, 3);
    let comment = Block::new(0, b"source", 0, 3).with(|block| block.flags |= 1);
    // Its address is an offset in the file, and its family the file's length.
    let of_file = Block::new(0, b"text", 2, 3).with(|block| block.flags = 0x1001);
    let image = read(&[comment.clone(), data, of_file]);
    assert_eq!(flat(&image.targets[0]), [(0x0800_0000, vec![1; 256])]);
    assert_eq!(
        image.notes,
        [
            "1 block is left out: it is a file on the board's drive, not the program in its flash",
            "1 block is left out: it is no part of the program"
        ]
    );
    let only = comment.with(|block| block.total = 1);
    let error = parse("a.uf2", &only.bytes(), None).unwrap_err();
    assert_eq!(error.fault, Fault::NoData);
}

/// A block for an erratum of the RP2350, alone of two, as picotool writes it.
#[test]
fn a_block_that_is_to_be_ignored_is_left_out() {
    let ignored = Block::new(0x10FF_FF00, &[0xEF; 256], 0, 2).with(|block| {
        block.flags |= 0x8000;
        block.family = 0xE48B_FF57;
        block.rest = 0x9957_E304u32.to_le_bytes().to_vec();
    });
    let image = read(&[ignored, Block::new(0x0800_0000, &[1; 256], 0, 1)]);
    assert_eq!(flat(&image.targets[0]), [(0x0800_0000, vec![1; 256])]);
    assert!(image.variants.is_empty());
}

#[test]
fn several_families_are_kept_apart() {
    let h7 = |number, byte| {
        Block::new(0x0800_0000 + 256 * number, &[byte; 256], number, 2).with(|b| b.family = H7)
    };
    let image = read(&[Block::new(0x0800_0000, &[1; 256], 0, 1), h7(0, 2), h7(1, 3)]);
    let families: Vec<_> = image.families().collect();
    assert_eq!(families, [Some(Family(F4)), Some(Family(H7))]);
    let chosen = image.for_family(Some(Family(H7))).unwrap();
    assert_eq!(
        flat(&chosen.targets[0]),
        [(0x0800_0000, [[2; 256], [3; 256]].concat())]
    );
    assert_eq!(
        (chosen.family, chosen.variants.len()),
        (Some(Family(H7)), 0)
    );
    assert_eq!(image.for_family(None), None);
}

#[test]
fn tags_say_what_the_file_is() {
    let rest = [
        tag(0x9F_C7BC, b"2.11.1"),
        tag(0x12_3456, b"unknown"),
        tag(0x65_0D9D, "Rádio TX16S\0".as_bytes()),
        tag(0x0B_E9F7, &4096u32.to_le_bytes()),
        tag(0xC8_A729, &7u64.to_le_bytes()),
    ];
    let block = Block::new(0x0800_0000, &[1; 256], 0, 1).with(|block| {
        block.flags |= 0x8000;
        block.rest = rest.concat();
    });
    let about = read(std::slice::from_ref(&block)).about;
    assert_eq!(about.version.as_deref(), Some("2.11.1"));
    assert_eq!(about.device.as_deref(), Some("Rádio TX16S"));
    assert_eq!((about.page_size, about.device_id), (Some(4096), Some(7)));
    for wrong in [3u8, 240] {
        let wrong = block
            .clone()
            .with(|block| block.rest = vec![wrong, 1, 2, 3]);
        let text = refused(&wrong.bytes());
        assert!(
            text.starts_with("byte offset 0x120: found a tag of"),
            "{text}"
        );
    }
}

/// The RFC's digest of "message digest", and of that followed by zeros.
#[test]
fn a_stated_md5_is_checked_where_the_file_holds_the_region() {
    use md5::{Digest, Md5};
    let payload = [7u8; 256];
    let md5: [u8; 16] = Md5::digest([payload, payload].concat()).into();
    let block = |number: u32, md5: [u8; 16], length: u32| {
        Block::new(0x0800_0000 + 256 * number, &payload, number, 2).with(|block| {
            block.flags |= 0x4000;
            block.rest = vec![0; 452 - 256];
            block.rest.extend(0x0800_0000u32.to_le_bytes());
            block.rest.extend(length.to_le_bytes());
            block.rest.extend(md5);
        })
    };
    read(&[block(0, md5, 512), block(1, md5, 512)]);
    let wrong = file(&[block(0, md5, 512), block(1, [1; 16], 512)]);
    assert!(refused(&wrong).contains("does not give the MD5"));
    // Of a region that the file holds only in part, nothing can be said.
    read(&[block(0, [1; 16], 4096), block(1, [1; 16], 4096)]);
}

/// As elf-to-uf2.py of EdgeTX writes it: the bootloader, a block with a mark for RAM and the program to
/// start, and the rest.
#[test]
fn a_restart_divides_the_file_into_stages() {
    let boot = Block::new(0x0800_0000, &[1; 256], 0, 3);
    let restart = Block::new(0x2400_0000, b"BDFU", 1, 3).with(|block| {
        block.flags |= 0x8001;
        block.rest = tag(0xE6_0835, &0x0800_0000u32.to_le_bytes());
    });
    let rest = Block::new(0x9000_0000, &[2; 256], 2, 3);
    for order in [[&boot, &restart, &rest], [&rest, &boot, &restart]] {
        let image = read(&order.map(Clone::clone));
        assert_eq!(flat(&image.targets[0]), [(0x0800_0000, vec![1; 256])]);
        let [stage] = image.later.as_slice() else {
            panic!("{:?}", image.later);
        };
        assert_eq!(flat(&stage.target), [(0x9000_0000, vec![2; 256])]);
        assert_eq!(stage.restart.start, Address(0x0800_0000));
        let marker = stage.restart.marker.as_ref().unwrap();
        assert_eq!(
            (marker.range().start(), marker.data()),
            (Address(0x2400_0000), &b"BDFU"[..])
        );
        assert_eq!(image.notes, [""; 0]);
    }
    let last = [boot.with(|b| b.total = 2), restart.with(|b| b.total = 2)];
    assert!(refused(&file(&last)).contains("holds no firmware data"));
}

/// What uf2conv.py of Microsoft does, said again: skip blocks outside the main flash, fill gaps with
/// zeros, and refuse anything out of order.
fn uf2conv(file: &[u8]) -> (u32, Vec<u8>, Vec<u32>) {
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (mut start, mut out, mut families) = (None, Vec::new(), Vec::new());
    for (number, block) in file.chunks(512).enumerate() {
        assert_eq!(block.len(), 512);
        assert_eq!((word(block, 0), word(block, 4)), (0x0A32_4655, 0x9E5D_5157));
        assert_eq!(word(block, 508), 0x0AB1_6F30);
        assert_eq!(word(block, 20) as usize, number);
        assert_eq!(word(block, 24) as usize, file.len() / 512);
        if word(block, 8) & 1 != 0 {
            continue;
        }
        if word(block, 8) & 0x2000 != 0 {
            families.push(word(block, 28));
        }
        let (address, length) = (word(block, 12), word(block, 16) as usize);
        assert!(length <= 476 && address % 4 == 0);
        let start = *start.get_or_insert(address);
        let padding = (address - start) as usize - out.len();
        out.resize(out.len() + padding, 0);
        out.extend(&block[32..32 + length]);
    }
    families.dedup();
    (start.unwrap(), out, families)
}

#[test]
fn another_reader_agrees() {
    let segment = |at: u32, data: &[u8]| Segment::new(Address(at), data).unwrap();
    let target = ImageTarget {
        alternate: 0,
        name: None,
        segments: vec![
            segment(0x0800_0010, &[1; 300]),
            segment(0x0800_0150, &[2; 4]),
            segment(0x0800_0500, &[3; 256]),
        ],
    };
    let options = EncodeOptions {
        family: Some(Family(F4)),
        ..EncodeOptions::default()
    };
    let file = encode(Format::Uf2, &[target], options).unwrap();
    let (start, bytes, families) = uf2conv(&file);
    assert_eq!((start, families), (0x0800_0000, vec![F4]));
    let mut wanted = [vec![0xFF; 0x200], vec![0; 0x300], vec![3; 256]].concat();
    wanted[0x10..0x13C].fill(1);
    wanted[0x150..0x154].fill(2);
    assert_eq!(bytes, wanted);
}
