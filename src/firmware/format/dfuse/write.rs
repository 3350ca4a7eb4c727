//! Writing DfuSe files, like ST's own file manager.

use super::layout::{
    ELEMENT_HEADER, NAME, PREFIX, SIGNATURE, TARGET_PREFIX, TARGET_SIGNATURE, VERSION,
};
use crate::firmware::contents::{ImageTarget, MadeFor, Segment};
use crate::firmware::error::EncodeError;
use crate::firmware::format::dfu_suffix;

/// Writes targets with at least one segment each, no alternate setting twice.
///
/// # Errors
/// When a name does not fit, or when sizes or counts do not fit their fields.
pub(crate) fn write(targets: &[&ImageTarget], made_for: MadeFor) -> Result<Vec<u8>, EncodeError> {
    let sizes: Vec<usize> = targets.iter().map(|target| elements_size(target)).collect();
    let body = PREFIX + sizes.iter().map(|size| TARGET_PREFIX + size).sum::<usize>();
    let count =
        u8::try_from(targets.len()).map_err(|_| EncodeError::TooManyTargets(targets.len()))?;
    let mut file = Vec::with_capacity(body + dfu_suffix::LENGTH);
    file.extend(SIGNATURE);
    file.push(VERSION);
    // Without the suffix: dfuse-pack.py counts it, but other readers refuse that.
    file.extend(field(body)?);
    file.push(count);
    for (target, size) in targets.iter().zip(sizes) {
        file.extend(TARGET_SIGNATURE);
        file.push(target.alternate);
        file.extend(u32::from(target.name.is_some()).to_le_bytes());
        file.extend(name_field(target)?);
        file.extend(field(size)?);
        file.extend(field(target.segments.len())?);
        for segment in &target.segments {
            file.extend(segment.range().start().0.to_le_bytes());
            file.extend(field(segment.data().len())?);
            file.extend(segment.data());
        }
    }
    dfu_suffix::append(&mut file, made_for, dfu_suffix::DFUSE_VERSION);
    Ok(file)
}

/// Bytes that a target's elements take, headers included.
fn elements_size(target: &ImageTarget) -> usize {
    let size = |segment: &Segment| segment.data().len() + ELEMENT_HEADER;
    target.segments.iter().map(size).sum()
}

fn field(number: usize) -> Result<[u8; 4], EncodeError> {
    u32::try_from(number)
        .map(u32::to_le_bytes)
        .map_err(|_| EncodeError::TooLarge)
}

fn name_field(target: &ImageTarget) -> Result<[u8; NAME], EncodeError> {
    let name = target.name.as_deref().unwrap_or_default().as_bytes();
    let mut field = [0; NAME];
    match field.get_mut(..name.len()) {
        // All of the field may be used, as in files that are read: it has a fixed length.
        Some(room) if !name.contains(&0) => {
            room.copy_from_slice(name);
            Ok(field)
        }
        _ => Err(EncodeError::Name {
            alternate: target.alternate,
            bytes: name.len(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn target(alternate: u8, name: Option<&str>, segments: &[(u32, &[u8])]) -> ImageTarget {
        ImageTarget {
            alternate,
            name: name.map(str::to_owned),
            segments: segments
                .iter()
                .map(|(start, data)| Segment::new(Address(*start), *data).unwrap())
                .collect(),
        }
    }

    #[test]
    fn every_field_is_at_the_offset_of_um0391() {
        let one = target(
            3,
            Some("ST..."),
            &[(0x0800_0000, &[1, 2, 3]), (0x0800_4000, &[9])],
        );
        let made_for = MadeFor {
            vendor: 0x0483,
            product: 0xDF11,
            version: 0x2200,
        };
        let file = write(&[&one], made_for).unwrap();
        assert_eq!(file.len(), 11 + 274 + 8 + 3 + 8 + 1 + 16);
        assert_eq!(file[..11], *b"DfuSe\x01\x31\x01\0\0\x01");
        assert_eq!(file[11..28], *b"Target\x03\x01\0\0\0ST...\0");
        assert_eq!(file[22 + 5..277], [0; 250]);
        assert_eq!(file[277..285], [20, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(file[285..296], [0, 0, 0, 8, 3, 0, 0, 0, 1, 2, 3]);
        assert_eq!(file[296..305], [0, 0x40, 0, 8, 1, 0, 0, 0, 9]);
        assert_eq!(file[305..317], *b"\0\x22\x11\xDF\x83\x04\x1A\x01UFD\x10");
        let crc = u32::from_le_bytes(file[317..].try_into().unwrap());
        assert_eq!(crc, !crc32fast::hash(&file[..317]));
    }

    #[test]
    fn a_written_file_reads_back() {
        let targets = [
            target(0, None, &[(0, &[1])]),
            target(255, Some(&"n".repeat(255)), &[(0xFFFF_FFFF, &[2])]),
        ];
        let file = write(&targets.each_ref(), MadeFor::ST_BOOTLOADER).unwrap();
        let parsed = super::super::parse(&file).unwrap();
        assert_eq!(parsed.targets, targets);
        assert_eq!(parsed.made_for, Some(MadeFor::ST_BOOTLOADER));
        assert_eq!(parsed.notes, [""; 0]);
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        for name in ["n".repeat(256), "a\0b".to_owned()] {
            let refused = write(
                &[&target(7, Some(&name), &[(0, &[1])])],
                MadeFor::ST_BOOTLOADER,
            );
            let bytes = name.len();
            assert_eq!(
                refused,
                Err(EncodeError::Name {
                    alternate: 7,
                    bytes
                })
            );
        }
    }
}
