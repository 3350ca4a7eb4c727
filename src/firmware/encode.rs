//! Turns targets into a file's bytes: the formats that DFU File Manager wrote, and flat binaries.

use std::path::Path;

use super::error::{EncodeError, FILE_LIMIT};
use super::image::{ImageTarget, MadeFor};
use super::{dfuse, intel_hex, s_record};
use crate::address::{Address, AddressRange};

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    DfuSe,
    IntelHex,
    SRecord,
    /// Flat: from the first byte to the last, holes filled.
    Binary,
}

impl OutputFormat {
    pub const ALL: [Self; 4] = [Self::DfuSe, Self::IntelHex, Self::SRecord, Self::Binary];

    /// The format that a file's extension asks for, in any case; `None` if it asks for none of
    /// ours.
    pub fn from_path(path: &Path) -> Option<Self> {
        Self::from_extension(path.extension()?.to_str()?)
    }

    /// `dfu`; `hex`, `ihex`, `ihx`, `h86`; `s19`, `s28`, `s37`, `srec`, `mot`, `sx`; `bin`.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "dfu" => Self::DfuSe,
            "hex" | "ihex" | "ihx" | "h86" => Self::IntelHex,
            "s19" | "s28" | "s37" | "srec" | "mot" | "sx" => Self::SRecord,
            "bin" => Self::Binary,
            _ => return None,
        })
    }

    /// The usual extension, without its dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::DfuSe => "dfu",
            Self::IntelHex => "hex",
            Self::SRecord => "s19",
            Self::Binary => "bin",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::DfuSe => "DfuSe",
            Self::IntelHex => "Intel HEX",
            Self::SRecord => "S-record",
            Self::Binary => "binary",
        }
    }
}

/// What a file says beside its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeOptions {
    /// What fills the holes of a flat binary.
    pub fill: u8,
    /// Start address, for Intel HEX and S-records.
    pub entry: Option<Address>,
}

impl Default for EncodeOptions {
    /// Holes as erased flash, no start address.
    fn default() -> Self {
        Self {
            fill: 0xFF,
            entry: None,
        }
    }
}

/// The bytes of a file with `targets`, whose segments must be sorted and apart. Targets without
/// data are left out. `made_for` is only used by DfuSe.
///
/// # Errors
/// When the format cannot carry it: several targets, too large a span, a name that does not fit.
pub fn encode(
    format: OutputFormat,
    targets: &[ImageTarget],
    made_for: MadeFor,
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
        return Err(EncodeError::TwiceAlternate(one.alternate));
    }
    if targets.is_empty() {
        return Err(EncodeError::NoData);
    }
    let only = || match targets.as_slice() {
        [only] => Ok(*only),
        several => Err(EncodeError::SeveralTargets {
            format: format.name(),
            count: several.len(),
        }),
    };
    match format {
        OutputFormat::DfuSe => dfuse::write(&targets, made_for),
        OutputFormat::IntelHex => Ok(intel_hex::write(&only()?.segments, options.entry)),
        OutputFormat::SRecord => Ok(s_record::write(&only()?.segments, options.entry)),
        OutputFormat::Binary => flat(only()?, options.fill),
    }
}

/// From the first byte to the last, with `fill` between.
fn flat(target: &ImageTarget, fill: u8) -> Result<Vec<u8>, EncodeError> {
    let (Some(first), Some(last)) = (target.segments.first(), target.segments.last()) else {
        return Err(EncodeError::NoData);
    };
    let range = AddressRange::between(first.range().start(), last.range().end())
        .ok_or(EncodeError::NoData)?;
    if range.len() > FILE_LIMIT {
        return Err(EncodeError::Span { range });
    }
    let length = usize::try_from(range.len()).map_err(|_| EncodeError::Span { range })?;
    let mut bytes = vec![fill; length];
    target.copy_to(range, &mut bytes);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::Segment;
    use super::*;

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

    fn encoded(format: OutputFormat, targets: &[ImageTarget]) -> Result<Vec<u8>, EncodeError> {
        encode(
            format,
            targets,
            MadeFor::ST_BOOTLOADER,
            EncodeOptions::default(),
        )
    }

    #[test]
    fn a_flat_binary_fills_its_holes() {
        let holes = [target(0, &[(0x10, &[1]), (0x13, &[2, 3])])];
        assert_eq!(
            encoded(OutputFormat::Binary, &holes),
            Ok(vec![1, 0xFF, 0xFF, 2, 3])
        );
    }

    #[test]
    fn a_flat_binary_of_an_absurd_span_is_refused_in_words() {
        let wide = [target(0, &[(0, &[1]), (0xFFFF_FFFF, &[2])])];
        assert_eq!(
            encoded(OutputFormat::Binary, &wide)
                .unwrap_err()
                .to_string(),
            "a flat binary of 0x0000_0000..0x10000_0000 would have 4096 MiB, the limit is 256 MiB"
        );
        // The others hold the segments alone.
        for format in [
            OutputFormat::DfuSe,
            OutputFormat::IntelHex,
            OutputFormat::SRecord,
        ] {
            assert!(encoded(format, &wide).unwrap().len() < 400);
        }
    }

    #[test]
    fn only_dfuse_holds_several_targets() {
        let two = [target(1, &[(0, &[1])]), target(0, &[(0, &[2])])];
        assert!(encoded(OutputFormat::DfuSe, &two).is_ok());
        for format in [
            OutputFormat::IntelHex,
            OutputFormat::SRecord,
            OutputFormat::Binary,
        ] {
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
    fn nothing_and_twice_the_same_are_refused() {
        for format in OutputFormat::ALL {
            assert_eq!(encoded(format, &[target(0, &[])]), Err(EncodeError::NoData));
        }
        let twice = [target(4, &[(0, &[1])]), target(4, &[(8, &[2])])];
        let refused = encoded(OutputFormat::DfuSe, &twice);
        assert_eq!(refused, Err(EncodeError::TwiceAlternate(4)));
        let many: Vec<_> = (0..=255).map(|n| target(n, &[(0, &[n])])).collect();
        let refused = encoded(OutputFormat::DfuSe, &many);
        assert_eq!(refused, Err(EncodeError::TooManyTargets(256)));
    }

    #[test]
    fn the_extension_chooses_the_format() {
        let format = |name: &str| OutputFormat::from_path(Path::new(name));
        assert_eq!(format("a.DFU"), Some(OutputFormat::DfuSe));
        assert_eq!(format("a.b/c.hex"), Some(OutputFormat::IntelHex));
        assert_eq!(format("a.h86"), Some(OutputFormat::IntelHex));
        assert_eq!(format("a.mot"), Some(OutputFormat::SRecord));
        assert_eq!(format("a.sx"), Some(OutputFormat::SRecord));
        assert_eq!(format("a.bin"), Some(OutputFormat::Binary));
        assert_eq!(format("a.elf"), None);
        assert_eq!(format("hex"), None);
        for known in OutputFormat::ALL {
            assert_eq!(OutputFormat::from_extension(known.extension()), Some(known));
        }
    }
}
