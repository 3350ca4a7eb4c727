//! Puts the contents of several files together into one set of targets.

use std::collections::BTreeMap;

use super::contents::{ImageTarget, Segment};
use crate::address::{Address, AddressRange, ByteSize};

/// What one file contributes.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// What errors and notes call it.
    pub(super) label: String,
    pub(super) targets: Vec<ImageTarget>,
}

/// Two files that give one address different values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "alternate setting {alternate}: {address} is 0x{first_byte:02X} in {first}, \
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

/// A segment, and the index of the part it comes from.
struct Piece {
    segment: Segment,
    part: usize,
}

/// Joins the parts' targets by alternate setting. Segments stay apart even where they touch: each
/// becomes an element, as in ST's file manager.
///
/// # Errors
/// [`Conflict`] where two parts overlap with different bytes.
pub(super) fn gather(parts: &[Part]) -> Result<Gathered, Conflict> {
    let mut notes = Vec::new();
    let mut names: BTreeMap<u8, String> = BTreeMap::new();
    let mut pieces: BTreeMap<u8, Vec<Piece>> = BTreeMap::new();
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
            let segments = target.segments.iter().cloned();
            let all = pieces.entry(alternate).or_default();
            all.extend(segments.map(|segment| Piece {
                segment,
                part: index,
            }));
        }
    }
    let mut targets = Vec::new();
    for (alternate, pieces) in pieces {
        let (segments, repeated) =
            apart(pieces).map_err(|clash| clash.between(alternate, parts))?;
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

/// Sorts pieces and cuts away what an earlier one holds already; returns how many bytes that were.
fn apart(mut pieces: Vec<Piece>) -> Result<(Vec<Segment>, u64), Clash> {
    pieces.sort_by_key(|piece| piece.segment.range().start());
    let mut kept: Vec<Piece> = Vec::new();
    let mut repeated: u64 = 0;
    for piece in pieces {
        let range = piece.segment.range();
        let covered = kept.last().map_or(0, |last| last.segment.range().end());
        if covered <= u64::from(range.start()) {
            kept.push(piece);
            continue;
        }
        for old in kept.iter().rev() {
            let Some(common) = old.segment.range().intersection(range) else {
                break;
            };
            agree(old, &piece, common)?;
            repeated = repeated.saturating_add(common.len());
        }
        kept.extend(rest(&piece, covered));
    }
    let segments = kept.into_iter().map(|piece| piece.segment).collect();
    Ok((segments, repeated))
}

/// What of `piece` lies at or behind `from`.
fn rest(piece: &Piece, from: u64) -> Option<Piece> {
    let start = Address(u32::try_from(from).ok()?);
    let range = AddressRange::between(start, piece.segment.range().end())?;
    Some(Piece {
        segment: Segment::new(start, piece.segment.slice(range)?)?,
        part: piece.part,
    })
}

/// Two pieces with different bytes.
struct Clash {
    address: Address,
    old: (usize, u8),
    new: (usize, u8),
}

fn agree(old: &Piece, new: &Piece, common: AddressRange) -> Result<(), Clash> {
    let (Some(old_bytes), Some(new_bytes)) = (old.segment.slice(common), new.segment.slice(common))
    else {
        return Ok(());
    };
    let differing = (0u64..)
        .zip(old_bytes.iter().zip(new_bytes))
        .find(|(_, (old, new))| old != new);
    match differing {
        None => Ok(()),
        Some((offset, (old_byte, new_byte))) => Err(Clash {
            address: common.start().checked_add(offset).unwrap_or(common.start()),
            old: (old.part, *old_byte),
            new: (new.part, *new_byte),
        }),
    }
}

impl Clash {
    fn between(self, alternate: u8, parts: &[Part]) -> Conflict {
        let label = |index: usize| {
            let part = parts.get(index);
            part.map_or_else(String::new, |part| part.label.clone())
        };
        // In the order in which the files were given.
        let (first, second) = if self.old.0 <= self.new.0 {
            (self.old, self.new)
        } else {
            (self.new, self.old)
        };
        Conflict {
            alternate,
            address: self.address,
            first: label(first.0),
            first_byte: first.1,
            second: label(second.0),
            second_byte: second.1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_overlap_that_agrees_is_kept_once() {
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
    fn an_overlap_that_differs_names_both_files() {
        let conflict = gather(&[
            part("app.bin", &[(2, None, &[(2, &[2, 7])])]),
            part("boot.hex", &[(2, None, &[(0, &[0, 1, 2, 3])])]),
        ])
        .unwrap_err();
        assert_eq!(
            conflict.to_string(),
            "alternate setting 2: 0x0000_0003 is 0x07 in app.bin, but 0x03 in boot.hex"
        );
        // The same addresses in another target are no conflict.
        assert!(
            gather(&[
                part("a", &[(0, None, &[(0, &[1])])]),
                part("b", &[(1, None, &[(0, &[2])])]),
            ])
            .is_ok()
        );
    }

    #[test]
    fn the_first_name_stays() {
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
