//! Reading DfuSe files.
//!
//! Real files differ in fields that no reader needs: DFUImageSize is the length of the file with or
//! without the suffix, or 0; target names have garbage after their NUL; vendor and product are those
//! of some board, or "any". None of that is an error. A contradiction between fields is.

use super::cursor::Cursor;
use super::layout::{NAME, SIGNATURE, TARGET_SIGNATURE, VERSION};
use crate::address::{Address, AddressRange};
use crate::firmware::contents::{ImageTarget, Parsed, Segment};
use crate::firmware::error::{Fault, Position, Refusal};
use crate::firmware::format::dfu_suffix;
use crate::firmware::overlay::{Neighbours, Overlaid, Pieces, repeated_note};
use crate::printable::printable;

/// Reads a DfuSe file.
///
/// # Errors
/// With the byte offset: a wrong CRC, sizes that contradict each other or the file, elements that
/// give one address different values.
pub(crate) fn parse(file: &[u8]) -> Result<Parsed, Refusal> {
    let (body, suffix) = dfu_suffix::split(file)?;
    let mut notes = Vec::new();
    if usize::from(suffix.length) != dfu_suffix::LENGTH {
        let found = format!("a DFU suffix of {} bytes", suffix.length);
        let at = file.len() as u64 - 5;
        return Err(Fault::unexpected(found, "16").at_offset(at));
    }
    if suffix.dfu_version != dfu_suffix::DFUSE_VERSION {
        notes.push(format!(
            "The suffix says DFU version {:04X}; DfuSe files say 011A",
            suffix.dfu_version
        ));
    }
    let mut cursor = Cursor::new(body);
    let count = prefix(&mut cursor, file.len(), body.len(), &mut notes)?;
    let mut read = Vec::new();
    for _ in 0..count {
        read.push(target(&mut cursor)?);
    }
    if cursor.left() > 0 {
        let found = format!("{} more bytes after the last target", cursor.left());
        return Err(Fault::unexpected(found, "the DFU suffix").at_offset(cursor.offset()));
    }
    let targets = by_alternate(read, &mut notes)?;
    if targets.is_empty() {
        return Err(Fault::NoData.of_file());
    }
    Ok(Parsed {
        machine: None,
        targets,
        made_for: Some(suffix.made_for),
        crc: Some(suffix.crc),
        notes,
        ..Parsed::default()
    })
}

/// Reads the file's prefix; returns the number of targets.
fn prefix(
    cursor: &mut Cursor<'_>,
    file: usize,
    body: usize,
    notes: &mut Vec<String>,
) -> Result<u8, Refusal> {
    let part = "the DfuSe prefix";
    cursor.signature(SIGNATURE, "\"DfuSe\"", part)?;
    let at = cursor.offset();
    let version = cursor.u8(part)?;
    if version != VERSION {
        let found = format!("DfuSe version {version}");
        return Err(Fault::unexpected(found, "version 1").at_offset(at));
    }
    // ST's own reader ignores this size, and dfuse-pack.py writes the whole length. The CRC and the
    // targets' sizes protect the firmware, so another value is only noted.
    let size = cursor.u32(part)? as usize;
    if ![file, body, 0].contains(&size) {
        notes.push(format!(
            "The prefix says {size} bytes, but the file has {file}; this does no harm"
        ));
    }
    cursor.u8(part)
}

/// A target as in the file.
struct RawTarget<'a> {
    offset: u64,
    alternate: u8,
    name: Option<String>,
    elements: Vec<Element<'a>>,
}

struct Element<'a> {
    offset: u64,
    range: AddressRange,
    data: &'a [u8],
}

fn target<'a>(cursor: &mut Cursor<'a>) -> Result<RawTarget<'a>, Refusal> {
    let part = "a target's prefix";
    let offset = cursor.offset();
    cursor.signature(TARGET_SIGNATURE, "\"Target\"", part)?;
    let alternate = cursor.u8(part)?;
    let named = cursor.u32(part)? != 0;
    let name = cursor.take(NAME, part)?;
    let size_at = cursor.offset();
    let size = cursor.u32(part)?;
    let count = cursor.u32(part)?;
    let begin = cursor.offset();
    let mut elements = Vec::new();
    for _ in 0..count {
        elements.extend(element(cursor)?);
    }
    let held = cursor.offset() - begin;
    if u64::from(size) != held {
        return Err(Fault::unexpected(
            format!("a target size of {size} bytes"),
            format!("{held}, which its {count} elements take"),
        )
        .at_offset(size_at));
    }
    Ok(RawTarget {
        offset,
        alternate,
        name: named.then(|| text_of(name)).filter(|name| !name.is_empty()),
        elements,
    })
}

/// Reads an element; `None` if it is empty.
fn element<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Element<'a>>, Refusal> {
    let offset = cursor.offset();
    let start = Address(cursor.u32("an element's header")?);
    let length = cursor.u32("an element's header")?;
    let data = cursor.take(length as usize, "an element's data")?;
    let range = AddressRange::new(start, u64::from(length)).ok_or_else(|| {
        let length = u64::from(length);
        Fault::PastAddressSpace {
            address: start,
            length,
        }
        .at_offset(offset)
    })?;
    Ok((!range.is_empty()).then_some(Element {
        offset,
        range,
        data,
    }))
}

/// The name up to its NUL, after which ST's tool left garbage. The tool wrote the system's code
/// page, so a name that is not UTF-8 is read as Latin-1.
fn text_of(field: &[u8]) -> String {
    let bytes = field.split(|byte| *byte == 0).next().unwrap_or(&[]);
    match std::str::from_utf8(bytes) {
        Ok(text) => printable(text),
        Err(_) => printable(&bytes.iter().copied().map(char::from).collect::<String>()),
    }
}

/// Sorts targets and their elements.
///
/// The format allows an alternate setting twice, and a downloader that walks the file writes both,
/// so their elements are merged, as long as they do not contradict each other.
fn by_alternate(
    mut raw: Vec<RawTarget<'_>>,
    notes: &mut Vec<String>,
) -> Result<Vec<ImageTarget>, Refusal> {
    raw.sort_by_key(|target| target.alternate);
    let mut merged: Vec<RawTarget<'_>> = Vec::new();
    for target in raw {
        if target.elements.is_empty() {
            notes.push(format!(
                "Target {} at byte offset 0x{:X} is empty",
                target.alternate, target.offset
            ));
            continue;
        }
        match merged.last_mut() {
            Some(last) if last.alternate == target.alternate => {
                notes.push(format!(
                    "Alternate setting {} appears more than once; its targets were merged",
                    target.alternate
                ));
                last.elements.extend(target.elements);
            }
            _ => merged.push(target),
        }
    }
    merged
        .into_iter()
        .map(|target| {
            Ok(ImageTarget {
                alternate: target.alternate,
                name: target.name,
                segments: segments(target.elements, notes)?,
            })
        })
        .collect()
}

/// Converts elements to segments: one each, unless some of them overlap.
fn segments(
    mut elements: Vec<Element<'_>>,
    notes: &mut Vec<String>,
) -> Result<Vec<Segment>, Refusal> {
    elements.sort_by_key(|element| element.range.start());
    let apart = elements
        .array_windows()
        .all(|[one, next]| one.range.end() <= u64::from(next.range.start()));
    if apart {
        let whole = |element: &Element<'_>| Segment::new(element.range.start(), element.data);
        return Ok(elements.iter().filter_map(whole).collect());
    }
    elements.sort_by_key(|element| element.offset);
    let mut pieces = Pieces::default();
    for element in &elements {
        let position = Position::Offset(element.offset);
        pieces.push(element.range, element.data, position);
    }
    let Overlaid { segments, repeated } = pieces.overlay(Neighbours::Joined)?;
    notes.extend(repeated_note(repeated));
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::super::layout::{PREFIX, TARGET_PREFIX};
    use super::*;
    use crate::firmware::MadeFor;

    const ANY: MadeFor = MadeFor::ST_BOOTLOADER;

    fn element_bytes(address: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = address.to_le_bytes().to_vec();
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    fn target_bytes(alternate: u8, name: &[u8], elements: &[(u32, &[u8])]) -> Vec<u8> {
        let body: Vec<u8> = elements
            .iter()
            .flat_map(|(address, data)| element_bytes(*address, data))
            .collect();
        let mut bytes = b"Target".to_vec();
        bytes.push(alternate);
        bytes.extend(u32::from(!name.is_empty()).to_le_bytes());
        let mut field = name.to_vec();
        field.resize(NAME, 0);
        bytes.extend(field);
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend((elements.len() as u32).to_le_bytes());
        bytes.extend(body);
        bytes
    }

    fn file_of(targets: &[Vec<u8>]) -> Vec<u8> {
        let body = targets.concat();
        let mut file = SIGNATURE.to_vec();
        file.push(1);
        file.extend(((PREFIX + body.len()) as u32).to_le_bytes());
        file.push(targets.len() as u8);
        file.extend(body);
        dfu_suffix::append(&mut file, ANY, dfu_suffix::DFUSE_VERSION);
        file
    }

    /// Changes bytes and updates the CRC.
    fn patched(mut file: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
        file[at..at + bytes.len()].copy_from_slice(bytes);
        let crc = dfu_suffix::crc_of(&file).to_le_bytes();
        let end = file.len() - 4;
        file[end..].copy_from_slice(&crc);
        file
    }

    fn error_text(file: &[u8]) -> String {
        parse(file).unwrap_err().in_file("a.dfu").to_string()
    }

    fn simple() -> Vec<u8> {
        file_of(&[target_bytes(0, b"ST...", &[(0x0800_0000, &[1, 2, 3])])])
    }

    #[test]
    fn targets_and_elements_are_sorted_and_kept_apart() {
        let file = file_of(&[
            target_bytes(2, b"", &[(0x1000, &[9])]),
            target_bytes(
                0,
                b"Flash\0:\\garbage",
                &[(0x104, &[3]), (0x100, &[1, 2, 3, 4])],
            ),
        ]);
        let parsed = parse(&file).unwrap();
        let [first, second] = parsed.targets.as_slice() else {
            panic!("two targets expected");
        };
        assert_eq!((first.alternate, first.name.as_deref()), (0, Some("Flash")));
        assert_eq!((second.alternate, second.name.as_deref()), (2, None));
        // Touching elements stay elements.
        assert_eq!(first.segments.len(), 2);
        assert_eq!(first.segments[0].data(), [1, 2, 3, 4]);
        assert_eq!(parsed.made_for, Some(ANY));
        assert_eq!(parsed.notes, [""; 0]);
    }

    #[test]
    fn usual_image_sizes_are_accepted_and_others_noted() {
        let file = simple();
        let length = file.len() as u32;
        for size in [length, length - 16, 0] {
            let file = patched(file.clone(), 6, &size.to_le_bytes());
            assert_eq!(parse(&file).unwrap().notes, [""; 0]);
        }
        let odd = patched(file, 6, &7u32.to_le_bytes());
        assert_eq!(parse(&odd).unwrap().notes.len(), 1);
    }

    #[test]
    fn any_device_identity_is_accepted() {
        for id in [0u16, 0xFFFF, 0x0694] {
            let file = simple();
            let at = file.len() - 14;
            let pair = [id.to_le_bytes(), id.to_le_bytes()].concat();
            let parsed = parse(&patched(file, at, &pair)).unwrap();
            assert_eq!(parsed.made_for.unwrap().vendor, id);
        }
    }

    #[test]
    fn names_are_made_printable() {
        assert_eq!(text_of(b"\xFCber\x1B[2J\0junk"), "über\u{FFFD}[2J");
        assert_eq!(text_of("für".as_bytes()), "für");
        assert_eq!(text_of(&[b'x'; NAME]).len(), NAME);
    }

    #[test]
    fn a_wrong_crc_is_refused_with_both_values() {
        let mut file = simple();
        let last = file.len() - 20;
        file[last] ^= 0x80;
        assert!(error_text(&file).contains("the CRC is 0x"));
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let file = file_of(&[
            target_bytes(0, b"a", &[(0, &[1, 2]), (8, &[3])]),
            target_bytes(1, b"b", &[(0, &[1])]),
        ]);
        for length in 0..file.len() {
            assert!(parse(&file[..length]).is_err());
            // With a valid suffix, the inner sizes must reveal the cut.
            let mut shortened = file[..length.min(file.len() - 17)].to_vec();
            dfu_suffix::append(&mut shortened, ANY, dfu_suffix::DFUSE_VERSION);
            assert!(parse(&shortened).is_err());
        }
    }

    #[test]
    fn contradictory_sizes_are_refused_with_their_offset() {
        let size_at = PREFIX + 266;
        let wrong_size = patched(simple(), size_at, &12u32.to_le_bytes());
        assert!(
            error_text(&wrong_size).starts_with("byte offset 0x115: found a target size of 12")
        );
        let two_elements = patched(simple(), size_at + 4, &2u32.to_le_bytes());
        assert!(error_text(&two_elements).contains("ends within an element's header"));
        let many_elements = patched(simple(), size_at + 4, &u32::MAX.to_le_bytes());
        assert!(error_text(&many_elements).contains("ends within an element's header"));
        let long_element = patched(simple(), PREFIX + TARGET_PREFIX + 4, &[0xFF; 4]);
        assert!(error_text(&long_element).contains("ends within an element's data"));
        let high = patched(simple(), PREFIX + TARGET_PREFIX, &[0xFF; 4]);
        assert!(error_text(&high).contains("run past the 32-bit address space"));
        let two_targets = patched(simple(), 10, &[2]);
        assert!(error_text(&two_targets).contains("ends within a target's prefix"));
        let no_target = patched(simple(), 10, &[0]);
        assert!(error_text(&no_target).contains("more bytes after the last target"));
    }

    #[test]
    fn signatures_and_versions_are_checked() {
        assert!(error_text(&patched(simple(), 5, &[2])).contains("DfuSe version 2"));
        assert!(error_text(&patched(simple(), 11, b"t")).contains("found \"target\""));
        let file = simple();
        let at = file.len() - 10;
        let old = parse(&patched(file, at, &[0, 1])).unwrap();
        assert!(old.notes[0].contains("DFU version 0100"));
    }

    #[test]
    fn elements_that_overlap_must_agree() {
        let same = file_of(&[target_bytes(0, b"", &[(2, &[3, 4]), (0, &[1, 2, 3])])]);
        let parsed = parse(&same).unwrap();
        assert_eq!(parsed.flat(), [(0, vec![1, 2, 3, 4])]);
        assert_eq!(parsed.notes.len(), 1);
        let other = file_of(&[target_bytes(0, b"", &[(2, &[7, 4]), (0, &[1, 2, 3])])]);
        assert_eq!(
            error_text(&other),
            "byte offset 0x127: 0x00000002 is 0x03 here, but 0x07 at byte offset 0x11D (a.dfu)"
        );
    }

    #[test]
    fn targets_with_the_same_alternate_setting_are_merged() {
        let file = file_of(&[
            target_bytes(0, b"a", &[(0, &[1])]),
            target_bytes(0, b"b", &[(8, &[2])]),
        ]);
        let parsed = parse(&file).unwrap();
        assert_eq!(parsed.targets.len(), 1);
        assert_eq!(parsed.flat(), [(0, vec![1]), (8, vec![2])]);
        assert!(parsed.notes[0].contains("more than once"));
        let clash = file_of(&[
            target_bytes(0, b"a", &[(0, &[1])]),
            target_bytes(0, b"b", &[(0, &[2])]),
        ]);
        assert!(error_text(&clash).contains("is 0x02 here"));
    }

    #[test]
    fn empty_targets_and_elements_are_left_out() {
        let file = file_of(&[
            target_bytes(0, b"", &[(0, &[])]),
            target_bytes(1, b"", &[(0, &[]), (0, &[1])]),
        ]);
        let parsed = parse(&file).unwrap();
        assert_eq!(parsed.targets.len(), 1);
        assert_eq!(parsed.targets[0].alternate, 1);
        let nothing = file_of(&[target_bytes(0, b"", &[])]);
        assert!(error_text(&nothing).contains("no firmware data"));
    }
}
