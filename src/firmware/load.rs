//! Loads a firmware file: reads it once, hashes it, and calls its format's parser.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::archive::{self, Wanted};
use super::detect::{detect_format, mismatch_note};
use super::error::{FILE_LIMIT, Fault, FirmwareError};
use super::image::{Image, Placement, Source};
use super::link_address::LinkAddress;
use super::part_names::part_names;
use crate::address::Address;
use crate::io_error::reason;
use crate::printable::{printable, printable_path};

/// Reads and parses the file at `path`, which may be in an archive, as if that were a folder. `at` is where the data goes if the format has no addresses
/// (`None`: where its vector table shows, or else to the start of flash).
///
/// # Errors
/// When it is no regular file, cannot be read, is empty, larger than [`FILE_LIMIT`], or is refused
/// by [`parse`].
pub fn load(path: &Path, at: Option<Address>) -> Result<Image, FirmwareError> {
    let (file, member) = archive::split(path);
    let name = printable_path(&file);
    let bytes = read(&file).map_err(|fault| fault.of_file().in_file(&name))?;
    let wanted = Wanted {
        archive: &name,
        member: member.as_deref(),
    };
    unpack_and_parse(wanted, &bytes, at)
}

/// Parses a file, or the file inside if it is an archive.
fn unpack_and_parse(
    wanted: Wanted<'_>,
    bytes: &[u8],
    at: Option<Address>,
) -> Result<Image, FirmwareError> {
    let archive = wanted.archive;
    let refused = |fault: Fault| fault.of_file().in_file(archive);
    match archive::open(bytes, wanted) {
        None if wanted.member.is_some() => Err(refused(Fault::NoArchive)),
        None => parse_bare(archive, bytes, at),
        Some(member) => {
            let member = member.map_err(refused)?;
            let inside = |name: &str| format!("{} in {}", printable(&member.name), file_name(name));
            let mut image =
                parse_bare(&member.name, &member.bytes, at).map_err(|error| FirmwareError {
                    file: inside(archive),
                    ..error
                })?;
            image.source.name = format!("{} in {}", file_name(&member.name), file_name(archive));
            Ok(image)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable = |error: io::Error| Fault::Unreadable(reason(&error));
    // Checked before opening: opening a pipe would wait for its writer.
    let facts = path.metadata().map_err(unreadable)?;
    if facts.is_dir() {
        return Err(Fault::NotAFile("this is a folder"));
    }
    if !facts.is_file() {
        return Err(Fault::NotAFile("this is a device or a pipe"));
    }
    let size = facts.len();
    if size > FILE_LIMIT {
        return Err(Fault::TooLarge { size });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let file = File::open(path).map_err(unreadable)?;
    // It may have grown since.
    let limited = &mut file.take(FILE_LIMIT + 1);
    limited.read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 {
        size if size > FILE_LIMIT => Err(Fault::TooLarge { size }),
        _ => Ok(bytes),
    }
}

/// Parses a firmware file that is in memory, or the only one in an archive. `name` is its name or
/// path; `at` as for [`load`].
///
/// # Errors
/// [`FirmwareError`] names the file, the position, what was found and what was expected.
pub fn parse(name: &str, bytes: &[u8], at: Option<Address>) -> Result<Image, FirmwareError> {
    let wanted = Wanted {
        archive: name,
        member: None,
    };
    unpack_and_parse(wanted, bytes, at)
}

/// [`parse`] for a file that is no archive.
fn parse_bare(name: &str, bytes: &[u8], at: Option<Address>) -> Result<Image, FirmwareError> {
    if bytes.is_empty() {
        return Err(Fault::EmptyFile.of_file().in_file(name));
    }
    let format = detect_format(name, bytes).map_err(|refusal| refusal.in_file(name))?;
    let placement = match (format.needs_address(), at) {
        (false, _) => Placement::InFile,
        (true, Some(address)) => Placement::Given(address),
        (true, None) => match LinkAddress::of(bytes) {
            Some(LinkAddress::Proven(address)) => Placement::Proven(address),
            _ => Placement::Assumed(Address::FLASH),
        },
    };
    let mut parsed = format
        .read(bytes, placement.address().unwrap_or(Address::FLASH))
        .map_err(|refusal| refusal.in_file(name))?;
    parsed.notes.extend(mismatch_note(name, format));
    if let (Placement::InFile, Some(address)) = (placement, at) {
        let note = format!("The address {address} is not used: the file carries its own");
        parsed.notes.push(note);
    }
    let part_names = match parsed.variants.as_slice() {
        [] => part_names(&parsed.targets),
        _ => Vec::new(),
    };
    Ok(Image {
        source: Source {
            name: file_name(name),
            format,
            size: bytes.len() as u64,
            sha256: Sha256::digest(bytes).into(),
            crc: parsed.crc,
            placement,
        },
        targets: parsed.targets,
        made_for: parsed.made_for,
        entry: parsed.entry,
        family: parsed.family,
        later: parsed.later,
        then: None,
        variants: parsed.variants,
        about: parsed.about,
        part_names,
        machine: parsed.machine,
        notes: parsed.notes,
    })
}

fn file_name(path: &str) -> String {
    let last = Path::new(path).file_name();
    last.map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into())
}

#[cfg(test)]
mod tests {
    use super::super::format::Format;
    use super::*;

    fn format(name: &str, bytes: &[u8]) -> Format {
        parse(name, bytes, None).unwrap().source.format
    }

    const HEX: &[u8] = b":0100000001FE\n:00000001FF\n";
    const S19: &[u8] = b"S104000001FA\nS9030000FC\n";

    #[test]
    fn content_decides_the_format_and_the_name_does_not() {
        assert_eq!(format("fw.bin", HEX), Format::IntelHex);
        assert_eq!(format("fw", S19), Format::SRecord);
        assert_eq!(format("fw.hex", S19), Format::SRecord);
        let image = parse("fw.bin", HEX, None).unwrap();
        assert_eq!(
            image.notes,
            ["The file name suggests binary, but the content is Intel HEX"]
        );
        assert!(parse("fw.HEX", HEX, None).unwrap().notes.is_empty());
    }

    #[test]
    fn data_without_addresses_goes_to_the_given_address_or_to_the_start_of_flash() {
        let start = |image: &Image| image.targets[0].segments[0].range().start();
        let assumed = parse("a.bin", &[1], None).unwrap();
        assert_eq!(start(&assumed), Address::FLASH);
        assert_eq!(assumed.source.placement, Placement::Assumed(Address::FLASH));
        let given = parse("a.bin", &[1], Some(Address(0x0800_4000))).unwrap();
        assert_eq!(start(&given), Address(0x0800_4000));
        assert_eq!(
            given.source.placement,
            Placement::Given(Address(0x0800_4000))
        );
        let high = parse("a.bin", &[1, 2], Some(Address(u32::MAX))).unwrap_err();
        assert!(matches!(high.fault, Fault::PastAddressSpace { .. }));
    }

    #[test]
    fn an_address_for_a_file_that_has_its_own_is_noted() {
        let image = parse("a.hex", HEX, Some(Address::FLASH)).unwrap();
        assert_eq!(image.source.placement, Placement::InFile);
        assert_eq!(image.targets[0].segments[0].range().start(), Address(0));
        assert!(image.notes[0].contains("0x08000000 is not used"));
    }

    #[test]
    fn folders_devices_and_missing_empty_or_huge_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path| load(path, None).unwrap_err().to_string();
        let shown = folder.path().display().to_string();
        assert_eq!(
            refused(folder.path()),
            format!("not a file: this is a folder ({shown})")
        );
        let missing = folder.path().join("none.bin");
        assert!(refused(&missing).contains("there is no such file"));
        let huge = folder.path().join("huge.bin");
        File::create(&huge).unwrap().set_len(5 << 30).unwrap();
        assert!(refused(&huge).contains("the file is 5 GiB; the limit is 256 MiB"));
        let empty = folder.path().join("empty.bin");
        File::create(&empty).unwrap();
        assert!(refused(&empty).contains("the file is empty"));
        #[cfg(unix)]
        assert!(refused(Path::new("/dev/zero")).contains("a device or a pipe"));
    }

    #[test]
    fn the_source_has_name_size_and_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("größe.bin");
        std::fs::write(&path, b"abc").unwrap();
        let source = load(&path, None).unwrap().source;
        assert_eq!(source.name, "größe.bin");
        assert_eq!(source.size, 3);
        // FIPS 180-2, appendix B.1
        assert_eq!(source.sha256[..4], [0xBA, 0x78, 0x16, 0xBF]);
    }
}
