//! Plain DFU files: raw firmware with a DFU suffix.

use super::{binary, dfu_suffix};
use crate::address::Address;
use crate::firmware::contents::{MadeFor, Parsed};
use crate::firmware::error::Refusal;

/// bcdDFU of DFU 1.0 and 1.1 (DFU 1.1, appendix B).
const DFU_1_1: u16 = 0x0100;

/// Reads all bytes before the suffix as data at `address`.
///
/// # Errors
/// When the suffix is missing or its CRC is wrong, or when there is no data before it.
pub(super) fn parse(file: &[u8], address: Address) -> Result<Parsed, Refusal> {
    let (body, suffix) = dfu_suffix::split(file)?;
    let parsed = binary::parse(body, address)?;
    Ok(Parsed {
        made_for: Some(suffix.made_for),
        crc: Some(suffix.crc),
        ..parsed
    })
}

/// The file of `data` for the device that `made_for` names.
pub(crate) fn write(data: &[u8], made_for: MadeFor) -> Vec<u8> {
    let mut file = data.to_vec();
    dfu_suffix::append(&mut file, made_for, DFU_1_1);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::format::Format;
    use crate::firmware::{Fault, Position, parse as parse_file};

    const MADE_FOR: MadeFor = MadeFor {
        vendor: 0x1209,
        product: 1,
        version: 2,
    };

    fn plain(body: &[u8]) -> Vec<u8> {
        write(body, MADE_FOR)
    }

    #[test]
    fn a_plain_dfu_file_is_its_payload() {
        let address = Address(0x0800_4000);
        let file = plain(b"firmware");
        let parsed = parse(&file, address).unwrap();
        assert_eq!(parsed.flat(), [(address.0, b"firmware".to_vec())]);
        assert_eq!(parsed.made_for, Some(MADE_FOR));
        for name in ["a.dfu", "a.bin", "a"] {
            let image = parse_file(name, &file, Some(address)).unwrap();
            assert_eq!(image.source.format, Format::PlainDfu);
            assert_eq!(image.targets, parsed.targets);
            assert_eq!(image.notes.is_empty(), name != "a.bin");
        }
    }

    #[test]
    fn a_longer_suffix_is_removed_completely() {
        let mut file = b"firmware....".to_vec();
        file.extend([0, 0x22, 0x11, 0xDF, 0x83, 0x04, 0, 1, b'U', b'F', b'D', 20]);
        let crc = !crc32fast::hash(&file);
        file.extend(crc.to_le_bytes());
        let parsed = parse(&file, Address(0)).unwrap();
        assert_eq!(parsed.flat(), [(0, b"firmware".to_vec())]);
    }

    #[test]
    fn the_crc_detects_a_changed_byte() {
        let mut file = plain(b"firmware");
        file[2] ^= 1;
        let refusal = parse(&file, Address(0)).unwrap_err();
        assert!(matches!(refusal.fault, Fault::Crc { .. }));
        assert_eq!(refusal.position, Position::Offset(20));
    }

    #[test]
    fn a_file_without_payload_is_refused() {
        let refusal = parse(&plain(b""), Address(0)).unwrap_err();
        assert_eq!(refusal.fault, Fault::NoData);
    }
}
