//! Encodes targets as a file: the checks that all formats share.

use super::contents::{EncodeOptions, ImageTarget};
use super::error::EncodeError;
use super::format::Format;

/// Encodes a file with `targets`, whose segments must be sorted and must not overlap. Targets
/// without data are left out.
///
/// # Errors
/// When the format cannot hold the targets: several targets, too large a span, a name that does not fit.
pub fn encode(
    format: Format,
    targets: &[ImageTarget],
    options: EncodeOptions,
) -> Result<Vec<u8>, EncodeError> {
    let mut targets: Vec<&ImageTarget> = targets
        .iter()
        .filter(|target| !target.segments.is_empty())
        .collect();
    targets.sort_by_key(|target| target.alternate);
    if let Some([one, _]) = targets
        .array_windows()
        .find(|[one, next]| one.alternate == next.alternate)
    {
        return Err(EncodeError::RepeatedAlternate(one.alternate));
    }
    if targets.is_empty() {
        return Err(EncodeError::NoData);
    }
    format.write(&targets, &options)
}

#[cfg(test)]
mod tests {
    use super::super::Segment;
    use super::*;
    use crate::address::{Address, AddressRange};

    fn target(alternate: u8, segments: &[(u32, &[u8])]) -> ImageTarget {
        ImageTarget {
            alternate,
            name: None,
            segments: segments
                .iter()
                .map(|(start, data)| Segment::new(Address(*start), *data).unwrap())
                .collect(),
        }
    }

    fn encoded(format: Format, targets: &[ImageTarget]) -> Result<Vec<u8>, EncodeError> {
        encode(format, targets, EncodeOptions::default())
    }

    #[test]
    fn a_flat_binary_fills_its_gaps() {
        let gapped = [target(0, &[(0x10, &[1]), (0x13, &[2, 3])])];
        assert_eq!(
            encoded(Format::Binary, &gapped),
            Ok(vec![1, 0xFF, 0xFF, 2, 3])
        );
    }

    #[test]
    fn a_flat_binary_of_a_board_holds_no_invented_bytes() {
        let of_board = |segments| {
            let target = [target(0, segments)];
            encode(Format::Binary, &target, EncodeOptions::of_board())
        };
        let gap = AddressRange::new(Address(0x11), 2).unwrap();
        let gapped = of_board(&[(0x10, &[1]), (0x13, &[2, 3])]);
        assert_eq!(gapped, Err(EncodeError::Gap(gap)));
        assert_eq!(of_board(&[(0x10, &[1]), (0x11, &[2])]), Ok(vec![1, 2]));
    }

    #[test]
    fn a_flat_binary_with_too_large_a_span_is_refused() {
        let wide = [target(0, &[(0, &[1]), (0xFFFF_FFFF, &[2])])];
        assert_eq!(
            encoded(Format::Binary, &wide).unwrap_err().to_string(),
            "a flat binary of 0x00000000–0xFFFFFFFF would have 4 GiB, the limit is 256 MiB"
        );
        // The other formats do not store gaps.
        for format in [Format::DfuSe, Format::IntelHex, Format::SRecord] {
            assert!(encoded(format, &wide).unwrap().len() < 400);
        }
    }

    #[test]
    fn only_dfuse_holds_several_targets() {
        let two = [target(1, &[(0, &[1])]), target(0, &[(0, &[2])])];
        assert!(encoded(Format::DfuSe, &two).is_ok());
        for format in [Format::IntelHex, Format::SRecord, Format::Binary] {
            let refused = encoded(format, &two).unwrap_err();
            let name = format.name();
            let expected = EncodeError::SeveralTargets {
                format: name,
                count: 2,
            };
            assert_eq!(refused, expected);
            // A target without data does not count.
            let one = [target(0, &[]), target(1, &[(0, &[1])])];
            assert!(encoded(format, &one).is_ok());
        }
    }

    #[test]
    fn a_format_that_is_only_read_is_refused() {
        let refused = encoded(Format::Elf, &[target(0, &[(0, &[1])])]);
        assert_eq!(refused, Err(EncodeError::NotWritable { format: "ELF" }));
    }

    #[test]
    fn no_data_and_repeated_alternate_settings_are_refused() {
        for format in Format::writable() {
            assert_eq!(encoded(format, &[target(0, &[])]), Err(EncodeError::NoData));
        }
        let twice = [target(4, &[(0, &[1])]), target(4, &[(8, &[2])])];
        let refused = encoded(Format::DfuSe, &twice);
        assert_eq!(refused, Err(EncodeError::RepeatedAlternate(4)));
        let many: Vec<_> = (0..=255).map(|n| target(n, &[(0, &[n])])).collect();
        let refused = encoded(Format::DfuSe, &many);
        assert_eq!(refused, Err(EncodeError::TooManyTargets(256)));
    }
}
