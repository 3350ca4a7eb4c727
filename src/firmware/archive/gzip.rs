//! Gzip: one file.

use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::{Member, Wanted, read_limited};
use crate::firmware::error::Fault;

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1F\x8B\x08")
}

/// The name is the one in the archive, else the archive's without `.gz`.
pub(super) fn open(bytes: &[u8], wanted: Wanted<'_>) -> Result<Member, Fault> {
    let mut decoder = MultiGzDecoder::new(bytes);
    let bytes = read_limited(&mut decoder)?;
    let stored = decoder.header().and_then(|header| header.filename());
    let stored = stored.map(|name| String::from_utf8_lossy(name).into_owned());
    let path = Path::new(wanted.archive);
    let own = path
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned());
    let name = stored.or(own).unwrap_or_default();
    match wanted.member {
        Some(wanted) if wanted != name => Err(Fault::NotInside {
            wanted: wanted.to_owned(),
            names: vec![name],
        }),
        _ => Ok(Member { name, bytes }),
    }
}
