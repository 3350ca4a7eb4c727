//! Any bytes as a file; what could be read is written in each format and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upfuse::address::{Address, AddressRange};
use upfuse::firmware::{EncodeOptions, Format, Image, ImageTarget, encode, parse};

/// A flat binary with gaps may have 256 MiB: not in each of thousands of runs.
const MOST_SPAN: u64 = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let [choice, bytes @ ..] = input else { return };
    let name = match choice % 8 {
        0 => "a.dfu",
        1 => "a.hex",
        2 => "a.s19",
        3 => "a.elf",
        4 => "a.bin",
        6 => "a.uf2",
        7 => "a.zip",
        _ => "a",
    };
    let at = (choice & 0x80 != 0).then_some(Address(0xFFFF_FF00));
    let Ok(image) = parse(name, bytes, at) else {
        return;
    };
    assert!(image.bytes() <= bytes.len() as u64 * most_times(bytes));
    for format in Format::writable() {
        round_trip(&image, format);
    }
});

/// Deflate packs at most so many bytes into one (zlib's technical details).
fn most_times(bytes: &[u8]) -> u64 {
    let is_archive = bytes.starts_with(b"PK") || bytes.starts_with(b"\x1F\x8B");
    if is_archive { 1032 } else { 1 }
}

fn round_trip(image: &Image, format: Format) {
    if format.needs_address() && image.targets.iter().any(|target| span(target) > MOST_SPAN) {
        return;
    }
    let Ok(written) = encode(format, &image.targets, EncodeOptions::default()) else {
        return;
    };
    let start = image
        .targets
        .first()
        .and_then(|t| t.segments.first())
        .map(|s| s.range().start());
    let name = format!("b.{}", format.extension());
    // A flat binary can look like a file of another format.
    let Ok(again) = parse(&name, &written, start) else {
        assert!(format.needs_address(), "{} is refused", format.name());
        return;
    };
    if again.source.format != format {
        return;
    }
    for (before, after) in image.targets.iter().zip(&again.targets) {
        for segment in &before.segments {
            let mut found = vec![0; segment.data().len()];
            after.copy_to(segment.range(), &mut found);
            assert!(found == segment.data(), "{}", format.name());
        }
    }
}

fn span(target: &ImageTarget) -> u64 {
    let ranges: Vec<AddressRange> = target.ranges();
    match (ranges.first(), ranges.last()) {
        (Some(first), Some(last)) => last.end() - u64::from(first.start()),
        _ => 0,
    }
}
