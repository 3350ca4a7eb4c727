//! ZIP: many files in one.

use std::io::Cursor;
use std::path::Path;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{Member, read_limited};
use crate::firmware::error::{FILE_LIMIT, Fault};
use crate::firmware::format::Format;

/// More files than any firmware's archive has; the reader keeps some hundred bytes for each.
const MOST_FILES: usize = 10_000;
/// Begins the entry of each file in the archive's directory (PKWARE's APPNOTE.TXT, 4.3.12).
const ENTRY: [u8; 4] = *b"PK\x01\x02";

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// A file of the archive.
struct Entry {
    index: usize,
    name: String,
}

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

pub(super) fn open(bytes: &[u8], wanted: Option<&str>) -> Result<Member, Fault> {
    // Before the directory is read, which takes memory for each.
    if bytes.windows(ENTRY.len()).filter(|at| *at == ENTRY).count() > MOST_FILES {
        return Err(Fault::BadArchive(format!(
            "it holds more than {MOST_FILES} files"
        )));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(fault)?;
    let entries = entries(&archive);
    let entry = match wanted {
        Some(name) => named(entries, name)?,
        None => only_firmware(entries)?,
    };
    unpack(&mut archive, entry)
}

/// The files, without folders and what packers add of their own.
fn entries(archive: &Archive<'_>) -> Vec<Entry> {
    let name = |index| {
        archive
            .name_for_index(index)?
            .ok()
            .map(|name| name.into_owned())
    };
    let all = (0..archive.len()).filter_map(|index| {
        Some(Entry {
            index,
            name: name(index)?,
        })
    });
    let is_file = |entry: &Entry| {
        let is_of_finder = entry.name.starts_with("__MACOSX/");
        !entry.name.ends_with(['/', '\\'])
            && !is_of_finder
            && !file_name(&entry.name).starts_with('.')
    };
    all.filter(is_file).collect()
}

fn file_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// By its whole name, or by its name without folders if no other file has that.
fn named(entries: Vec<Entry>, wanted: &str) -> Result<Entry, Fault> {
    let names = names(&entries);
    let whole = entries
        .iter()
        .position(|entry| entry.name.replace('\\', "/") == wanted);
    let mut short = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| file_name(&entry.name) == wanted);
    let only = match (short.next(), short.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    };
    let index = whole.or(only);
    let found = index.and_then(|index| entries.into_iter().nth(index));
    found.ok_or_else(|| Fault::NotInside {
        wanted: wanted.to_owned(),
        names,
    })
}

fn only_firmware(entries: Vec<Entry>) -> Result<Entry, Fault> {
    let all = names(&entries);
    let is_only = entries.len() == 1;
    let is_firmware =
        |entry: &Entry| is_only || Format::from_extension(Path::new(&entry.name)).is_some();
    let mut found: Vec<Entry> = entries.into_iter().filter(is_firmware).collect();
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Fault::NoneInside { names: all }),
        (Some(last), false) => {
            found.push(last);
            Err(Fault::SeveralInside {
                names: names(&found),
            })
        }
    }
}

fn names(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.name.clone()).collect()
}

fn unpack(archive: &mut Archive<'_>, entry: Entry) -> Result<Member, Fault> {
    let packing = archive
        .by_index_raw(entry.index)
        .map_err(fault)?
        .compression();
    if !matches!(
        packing,
        CompressionMethod::Stored | CompressionMethod::Deflated
    ) {
        return Err(Fault::OtherPacking);
    }
    let file = archive.by_index(entry.index).map_err(fault)?;
    // What it states may be too small: the reading is limited as well.
    if file.size() > FILE_LIMIT {
        return Err(Fault::TooLargeInside);
    }
    let bytes = read_limited(file)?;
    Ok(Member {
        name: entry.name,
        bytes,
    })
}

fn fault(error: ZipError) -> Fault {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            Fault::Encrypted
        }
        ZipError::UnsupportedArchive(why) => Fault::BadArchive(why.to_owned()),
        other => Fault::BadArchive(other.to_string()),
    }
}
