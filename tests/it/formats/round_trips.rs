//! Written files read back, and translating through a format loses nothing that the format can hold.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use upfuse::address::Address;
use upfuse::firmware::{
    EncodeOptions, Format, Image, ImageTarget, MadeFor, Segment, encode, parse,
};

/// Segments from gaps and lengths, counted from `start`. A gap of 0 makes neighbours that touch.
fn segments(start: u32, pieces: &[(u32, Vec<u8>)]) -> Vec<Segment> {
    let mut at = u64::from(start);
    let mut list = Vec::new();
    for (gap, data) in pieces {
        at += u64::from(*gap);
        let Ok(address) = u32::try_from(at) else {
            break;
        };
        list.extend(Segment::new(Address(address), data.as_slice()));
        at += data.len() as u64;
    }
    list
}

fn start() -> impl Strategy<Value = u32> {
    prop_oneof![
        Just(0x0800_0000),
        Just(0xFFFF_FF00),
        0u32..0x1_0010,
        0xFF_FF00u32..0x100_0010,
        any::<u32>()
    ]
}

/// Data with gaps of at least `gap`.
fn data(gap: u32) -> impl Strategy<Value = Vec<Segment>> {
    let piece = (gap..300, vec(any::<u8>(), 1..80));
    (start(), vec(piece, 1..6))
        .prop_map(|(start, pieces)| segments(start, &pieces))
        .prop_filter("nothing fits there", |list| !list.is_empty())
}

fn target(alternate: u8, name: Option<String>, segments: Vec<Segment>) -> ImageTarget {
    ImageTarget {
        alternate,
        name,
        segments,
    }
}

fn any_targets() -> impl Strategy<Value = Vec<ImageTarget>> {
    let name = option::of("[A-Za-zäß /.@]{1,60}");
    btree_map(any::<u8>(), (name, data(0)), 1..5).prop_map(|all| {
        all.into_iter()
            .map(|(alternate, (name, segments))| target(alternate, name, segments))
            .collect()
    })
}

fn round_trip(format: Format, targets: &[ImageTarget], options: EncodeOptions) -> Image {
    let bytes = encode(format, targets, options).unwrap();
    // A binary has no address: it is read at its original one.
    let at = targets[0].segments[0].range().start();
    let at = format.needs_address().then_some(at);
    let name = format!("a.{}", format.extension());
    parse(&name, &bytes, at).unwrap_or_else(|error| panic!("{error}"))
}

/// One segment from the first byte to the last.
fn flattened(target: &ImageTarget, fill: u8) -> Vec<Segment> {
    let first = target.segments[0].range().start();
    let last = target.segments.last().unwrap().range().end();
    let mut bytes = vec![fill; (last - u64::from(first)) as usize];
    for segment in &target.segments {
        let at = (segment.range().start().0 - first.0) as usize;
        bytes[at..at + segment.data().len()].copy_from_slice(segment.data());
    }
    vec![Segment::new(first, bytes).unwrap()]
}

/// The pages of 256 bytes around the data, as UF2 bootloaders take them.
fn in_pages(target: &ImageTarget, fill: u8) -> Vec<Segment> {
    let mut pages: Vec<(u64, Vec<u8>)> = Vec::new();
    for segment in &target.segments {
        let start = u64::from(segment.range().start());
        for (at, byte) in (start..).zip(segment.data()) {
            match pages.last_mut() {
                Some((page, bytes)) if at < *page + bytes.len() as u64 => {
                    bytes[(at - *page) as usize] = *byte;
                }
                Some((page, bytes)) if at == *page + bytes.len() as u64 => {
                    bytes.push(*byte);
                    bytes.resize(bytes.len() + 255, fill);
                }
                _ => {
                    let page = at / 256 * 256;
                    let mut bytes = vec![fill; 256];
                    bytes[(at - page) as usize] = *byte;
                    // Pages that touch are one segment.
                    match pages.last_mut() {
                        Some((before, all)) if *before + all.len() as u64 == page => {
                            all.extend(bytes)
                        }
                        _ => pages.push((page, bytes)),
                    }
                }
            }
        }
    }
    let pages = pages.iter();
    pages
        .filter_map(|(at, bytes)| Segment::new(Address(*at as u32), bytes.as_slice()))
        .collect()
}

/// What is left of `target` when it went through `format`.
fn expected(format: Format, target: &ImageTarget, fill: u8) -> ImageTarget {
    let segments = match format {
        Format::Binary => flattened(target, fill),
        Format::Uf2 => in_pages(target, fill),
        _ => target.segments.clone(),
    };
    ImageTarget {
        segments,
        ..target.clone()
    }
}

proptest! {
    #[test]
    fn every_pair_of_formats(
        segments in data(1),
        // A page of spaces with a letter in it is refused as text.
        fill in 0x80..=u8::MAX,
    ) {
        let original = target(0, None, segments);
        let options = EncodeOptions { fill: Some(fill), ..EncodeOptions::default() };
        for first in Format::writable() {
            let between = round_trip(first, std::slice::from_ref(&original), options);
            for second in Format::writable() {
                let last = round_trip(second, &between.targets, options);
                let wanted = expected(second, &expected(first, &original, fill), fill);
                prop_assert_eq!(&last.targets, std::slice::from_ref(&wanted));
            }
        }
    }

    #[test]
    fn dfuse_keeps_targets_names_elements_and_identity(
        targets in any_targets(),
        (vendor, product, version) in any::<(u16, u16, u16)>(),
    ) {
        let made_for = MadeFor { vendor, product, version };
        let format = Format::DfuSe;
        let options = EncodeOptions { made_for, ..EncodeOptions::default() };
        let bytes = encode(format, &targets, options).unwrap();
        let image = parse("a.dfu", &bytes, None).unwrap();
        prop_assert_eq!(image.targets, targets);
        prop_assert_eq!(image.made_for, Some(made_for));
        prop_assert!(image.notes.is_empty());
    }

    #[test]
    fn text_formats_keep_the_start_address(segments in data(1), entry in 1u32..) {
        let original = target(0, None, segments);
        let options = EncodeOptions { entry: Some(Address(entry)), ..EncodeOptions::default() };
        for format in [Format::IntelHex, Format::SRecord] {
            let image = round_trip(format, std::slice::from_ref(&original), options);
            prop_assert_eq!(image.entry, options.entry);
            prop_assert!(image.notes.is_empty());
        }
    }
}
