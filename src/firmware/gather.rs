//! Merges the contents of several files into one set of targets.

use std::collections::BTreeMap;

use super::contents::ImageTarget;
use super::overlay::{Clash, Neighbours, Overlaid, Pieces};
use crate::address::{Address, ByteSize};

/// The targets of one file.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Its name in errors and notes.
    pub(super) label: String,
    pub(super) targets: Vec<ImageTarget>,
}

/// Two files that give one address different values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "target {alternate}: {address} is 0x{first_byte:02X} in {first}, \
     but 0x{second_byte:02X} in {second}"
)]
pub struct Conflict {
    pub alternate: u8,
    pub address: Address,
    pub first: String,
    pub first_byte: u8,
    pub second: String,
    pub second_byte: u8,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gathered {
    /// Sorted by alternate setting.
    pub(super) targets: Vec<ImageTarget>,
    pub(super) notes: Vec<String>,
}

/// Merges the targets by alternate setting. Segments that touch stay separate: each becomes an
/// element, as in ST's file manager.
///
/// # Errors
/// [`Conflict`] where two parts overlap with different bytes.
pub(super) fn gather(parts: &[Part]) -> Result<Gathered, Conflict> {
    let mut notes = Vec::new();
    let mut names: BTreeMap<u8, String> = BTreeMap::new();
    let mut pieces: BTreeMap<u8, Pieces<usize>> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        for target in &part.targets {
            let alternate = target.alternate;
            if let Some(name) = &target.name {
                let kept = names.entry(alternate).or_insert_with(|| name.clone());
                if kept != name {
                    notes.push(format!(
                        "Alternate setting {alternate} is called '{kept}'; {} says '{name}'",
                        part.label
                    ));
                }
            }
            let all = pieces.entry(alternate).or_default();
            for segment in &target.segments {
                all.push(segment.range(), segment.data(), index);
            }
        }
    }
    let mut targets = Vec::new();
    for (alternate, pieces) in pieces {
        let Overlaid { segments, repeated } = pieces
            .overlay(Neighbours::Apart)
            .map_err(|clash| conflict(alternate, parts, clash))?;
        if repeated > 0 {
            notes.push(format!(
                "Alternate setting {alternate}: {} come from more than one file, each time with the same value",
                ByteSize(repeated)
            ));
        }
        targets.push(ImageTarget {
            alternate,
            name: names.remove(&alternate),
            segments,
        });
    }
    Ok(Gathered { targets, notes })
}

/// Names the two files in the order in which they were given.
fn conflict(alternate: u8, parts: &[Part], clash: Clash<usize>) -> Conflict {
    let label = |index: usize| {
        parts
            .get(index)
            .map_or_else(String::new, |part| part.label.clone())
    };
    let [(first, first_byte), (second, second_byte)] = clash.values;
    Conflict {
        alternate,
        address: clash.address,
        first: label(first),
        first_byte,
        second: label(second),
        second_byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::Segment;

    /// Alternate setting, name, and data at addresses.
    type Target<'a> = (u8, Option<&'a str>, &'a [(u32, &'a [u8])]);

    fn part(label: &str, targets: &[Target<'_>]) -> Part {
        let segment = |(start, data): &(u32, &[u8])| Segment::new(Address(*start), *data).unwrap();
        Part {
            label: label.to_owned(),
            targets: targets
                .iter()
                .map(|(alternate, name, segments)| ImageTarget {
                    alternate: *alternate,
                    name: name.map(str::to_owned),
                    segments: segments.iter().map(segment).collect(),
                })
                .collect(),
        }
    }

    fn shape(target: &ImageTarget) -> Vec<(u32, Vec<u8>)> {
        let segments = target.segments.iter();
        segments
            .map(|s| (s.range().start().0, s.data().to_vec()))
            .collect()
    }

    #[test]
    fn several_binaries_become_elements_of_one_target() {
        let gathered = gather(&[
            part("b.bin", &[(0, None, &[(4, &[4, 5])])]),
            part("a.bin", &[(0, None, &[(0, &[0, 1, 2, 3])])]),
            part("c.bin", &[(1, None, &[(0, &[9])])]),
        ])
        .unwrap();
        assert_eq!(gathered.targets.len(), 2);
        assert_eq!(
            shape(&gathered.targets[0]),
            [(0, vec![0, 1, 2, 3]), (4, vec![4, 5])]
        );
        assert_eq!(gathered.notes, [""; 0]);
    }

    #[test]
    fn an_overlap_with_equal_bytes_is_kept_once() {
        let gathered = gather(&[
            part("a", &[(0, None, &[(0, &[0, 1, 2, 3])])]),
            part("b", &[(0, None, &[(1, &[1, 2])])]),
            part("c", &[(0, None, &[(2, &[2, 3, 4])])]),
            part("d", &[(0, None, &[(3, &[3, 4, 5])])]),
        ])
        .unwrap();
        assert_eq!(
            shape(&gathered.targets[0]),
            [(0, vec![0, 1, 2, 3]), (4, vec![4]), (5, vec![5])]
        );
        assert!(gathered.notes[0].contains("6 bytes come from more than one file"));
    }

    #[test]
    fn an_overlap_with_different_bytes_names_both_files() {
        let conflict = gather(&[
            part("app.bin", &[(2, None, &[(2, &[2, 7])])]),
            part("boot.hex", &[(2, None, &[(0, &[0, 1, 2, 3])])]),
        ])
        .unwrap_err();
        assert_eq!(
            conflict.to_string(),
            "target 2: 0x00000003 is 0x07 in app.bin, but 0x03 in boot.hex"
        );
        // The same addresses in different targets do not conflict.
        assert!(
            gather(&[
                part("a", &[(0, None, &[(0, &[1])])]),
                part("b", &[(1, None, &[(0, &[2])])]),
            ])
            .is_ok()
        );
    }

    #[test]
    fn the_first_name_is_kept() {
        let gathered = gather(&[
            part("a", &[(0, None, &[(0, &[1])])]),
            part("b", &[(0, Some("Flash"), &[(1, &[1])])]),
            part("c", &[(0, Some("ST..."), &[(2, &[1])])]),
        ])
        .unwrap();
        assert_eq!(gathered.targets[0].name.as_deref(), Some("Flash"));
        assert_eq!(
            gathered.notes,
            ["Alternate setting 0 is called 'Flash'; c says 'ST...'"]
        );
    }
}
