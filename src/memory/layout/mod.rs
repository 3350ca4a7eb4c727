//! The total parser of DfuSe memory layout strings (UM0424 §10.3.2).
//!
//! `@Name /0xADDRESS/COUNT*SIZE UNIT TYPE,…/0xADDRESS/…`, and every known departure of real boards
//! from it. It never guesses an address: a string that it cannot parse is refused with its text.

use super::map::MapError;
use super::{Access, MemoryMap, SectorRun};
use crate::address::Address;

#[cfg(test)]
mod devices;
#[cfg(test)]
mod tests;

/// Why a layout string, kept as it is, gives no memory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    #[error("the memory layout '{}' cannot be read: {why}", .text.escape_debug())]
    Unreadable { text: String, why: String },
    /// All counts are zero: Arduino's H7 bootloader shows its version in such a name.
    #[error("the memory layout '{}' holds no memory", .text.escape_debug())]
    NoMemory { text: String },
    /// Plain DFU: whatever the name says, the board takes no addresses.
    #[error("the board takes plain data, without addresses")]
    NoAddresses,
}

impl LayoutError {
    pub(crate) fn unreadable(text: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unreadable {
            text: text.into(),
            why: why.into(),
        }
    }

    /// In place of the size: "no memory".
    pub(crate) fn why(&self) -> &str {
        match self {
            Self::Unreadable { why, .. } => why,
            Self::NoMemory { .. } => "no memory",
            Self::NoAddresses => "no addresses",
        }
    }
}

/// Parses `@Internal Flash  /0x08000000/04*016Kg,…`.
///
/// Where one string describes several targets (`…,@Option byte /0x…`, iNav's note on the
/// AT32F435), the map is the first one's.
///
/// # Errors
/// [`LayoutError`] unless the string describes at least one sector, and no more than
/// [`MemoryMap::new`] accepts.
pub fn parse_layout(text: &str) -> Result<MemoryMap, LayoutError> {
    let (name, runs) = read(text).map_err(|why| LayoutError::unreadable(text, why))?;
    MemoryMap::new(name, runs).map_err(|error| match error {
        MapError::Empty => LayoutError::NoMemory {
            text: text.to_owned(),
        },
        error => LayoutError::unreadable(text, error.to_string()),
    })
}

/// The first target's name and its runs of sectors.
fn read(text: &str) -> Result<(&str, Vec<SectorRun>), String> {
    let (name, regions) = split_name(text).ok_or("it names no region such as '/0x08000000/…'")?;
    let mut runs: Vec<SectorRun> = Vec::new();
    let mut pieces = regions.split('/').peekable();
    while let Some(address) = pieces.next() {
        if is_blank(address) && pieces.peek().is_none() {
            break;
        }
        let start = read_address(address)
            .ok_or_else(|| format!("'{}' is not a 32-bit address", address.escape_debug()))?;
        let sectors = pieces
            .next()
            .map(|sectors| trim(sectors).trim_end_matches(','))
            .filter(|sectors| !is_blank(sectors))
            .ok_or_else(|| format!("the region at {start} lists no sectors"))?;
        for mut run in read_region(start, sectors, fixed_access(name))? {
            run.access = restricted(run.access, name);
            let rest = unclaimed(run, &runs);
            runs.extend(rest);
        }
    }
    Ok((name, runs))
}

/// The first target's name, trimmed, and the text after its '/'. A name may contain a '/'; a region
/// begins with "/0x".
fn split_name(text: &str) -> Option<(&str, &str)> {
    let text = trim(text);
    let text = text.strip_prefix('@').unwrap_or(text);
    let first_target = text.split('@').next()?;
    first_target.match_indices('/').find_map(|(at, _)| {
        let (name, rest) = first_target.split_at_checked(at)?;
        let rest = rest.strip_prefix('/')?;
        strip_hex_prefix(rest).map(|_| (trim(name), rest))
    })
}

/// Removes blanks, and the NULs that some boards include in their strings.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
}

fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

fn strip_hex_prefix(text: &str) -> Option<&str> {
    let text = trim(text);
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
}

/// `0x08000000`, with any number of digits and a C suffix; the first of `0xA-0xB`: ST's own parser
/// treats the second as an alias of the same memory.
fn read_address(text: &str) -> Option<Address> {
    let (first, alias) = match text.split_once('-') {
        Some((first, alias)) => (first, Some(alias)),
        None => (text, None),
    };
    if let Some(alias) = alias {
        read_hex(alias)?;
    }
    read_hex(first).map(Address)
}

/// The suffixes of C's integer constants.
const C_SUFFIX: [char; 4] = ['u', 'U', 'l', 'L'];

fn read_hex(text: &str) -> Option<u32> {
    let digits = strip_hex_prefix(text)?.trim_end_matches(C_SUFFIX);
    let all_digits = digits.chars().all(|c| c.is_ascii_hexdigit());
    all_digits
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

fn read_decimal(text: &str) -> Option<u32> {
    let digits = trim(text);
    let all_digits = digits.chars().all(|c| c.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

/// One region's runs, each after the one before.
fn read_region(
    start: Address,
    sectors: &str,
    fixed: Option<Access>,
) -> Result<Vec<SectorRun>, String> {
    let mut runs = Vec::new();
    let mut next = u64::from(start);
    for text in sectors.split(',') {
        let group = read_group(text, fixed).ok_or_else(|| {
            format!(
                "'{}' is not a count, a size and a type such as '04*016Kg'",
                text.escape_debug()
            )
        })?;
        for (count, size) in [(group.count, group.size), (1, group.rest)] {
            if count == 0 || size == 0 {
                continue;
            }
            let too_far = || {
                let group = trim(text).escape_debug();
                format!("'{group}' ends past the 32-bit address space")
            };
            let start = Address(u32::try_from(next).map_err(|_| too_far())?);
            let run = SectorRun {
                start,
                count,
                size,
                access: group.access,
            };
            next = run.range().ok_or_else(too_far)?.end();
            runs.push(run);
        }
    }
    Ok(runs)
}

/// `count` sectors of `size` bytes, and one of `rest` bytes unless that is 0.
struct Group {
    count: u32,
    size: u32,
    rest: u32,
    access: Access,
}

/// `04*016Kg`: count, bytes in one sector, access.
fn read_group(text: &str, fixed: Option<Access>) -> Option<Group> {
    let (count, size) = text.split_once('*')?;
    let size = size.trim_start();
    let tail = size.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = read_decimal(size.strip_suffix(tail)?)?;
    let (scale, kind) = read_tail(tail)?;
    let access = fixed.or_else(|| kind.and_then(read_access))?;
    let size = number.checked_mul(scale).filter(|size| *size > 0)?;
    let (count, rest) = read_count(count, size)?;
    Some(Group {
        count,
        size,
        rest,
        access,
    })
}

/// A count, and the bytes of a last sector that is only a part of one: `04.5*01K` is 4.5 KiB (ST's
/// OpenBootloader for the STM32C5). `16U` is a C constant (GigaDevice's SDK).
fn read_count(text: &str, size: u32) -> Option<(u32, u32)> {
    let text = trim(text).trim_end_matches(C_SUFFIX);
    let Some((count, fraction)) = text.split_once('.') else {
        return Some((read_decimal(text)?, 0));
    };
    let digits = u32::try_from(fraction.len()).ok()?;
    let parts = 10u64.checked_pow(digits)?;
    let bytes = u64::from(read_decimal(fraction)?).checked_mul(u64::from(size))?;
    let whole = bytes.is_multiple_of(parts);
    let rest = whole.then(|| u32::try_from(bytes / parts).ok()).flatten()?;
    Some((read_decimal(count)?, rest))
}

/// The unit's scale, and the type if there is one. The unit may be missing (`1536*128g`,
/// STM32L0), blank (`01*016 e`) or a point (`1024.e`): bytes. Further type letters (`02Kgd`, a
/// product on an STM32G4) mean nothing, as in dfu-util.
fn read_tail(tail: &str) -> Option<(u32, Option<char>)> {
    let mut letters = tail
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\0' && *c != '.');
    match (letters.next(), letters.next(), letters.next()) {
        (None, ..) => Some((1, None)),
        // Alone, 'b' is the type "erasable" and not the unit: the type is never missing there.
        (Some(letter), None, _) if letter != 'b' && scale_of(letter).is_some() => {
            scale_of(letter).map(|scale| (scale, None))
        }
        (Some(letter), None, _) => Some((1, Some(letter))),
        (Some(unit), Some(kind), stray) if stray.into_iter().chain(letters).all(is_type) => {
            scale_of(unit).map(|scale| (scale, Some(kind)))
        }
        _ => None,
    }
}

fn scale_of(unit: char) -> Option<u32> {
    match unit {
        'B' | 'b' => Some(1),
        'K' | 'k' => Some(1 << 10),
        'M' | 'm' => Some(1 << 20),
        _ => None,
    }
}

fn is_type(letter: char) -> bool {
    read_access(letter).is_some()
}

/// The types a–g: bit 0 readable, bit 1 erasable, bit 2 writable.
fn read_access(kind: char) -> Option<Access> {
    let bits = match kind.to_ascii_lowercase() {
        'a' => 1,
        'b' => 2,
        'c' => 3,
        'd' => 4,
        'e' => 5,
        'f' => 6,
        'g' => 7,
        _ => return None,
    };
    Some(Access {
        read: bits & 1 != 0,
        erase: bits & 2 != 0,
        write: bits & 4 != 0,
    })
}

/// Older ROMs and clones mark option bytes and one-time memory as erasable, ST's OpenBootloader for
/// the STM32C5 all of its memories. Erasing option bytes ("OB Bytes" on the STM32U0) or the
/// manufacturer's own ("ENGI") can lock a board permanently, one-time memory cannot be erased.
fn restricted(access: Access, name: &str) -> Access {
    let name = name.to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    Access {
        erase: access.erase && !begins(&["option", "ob bytes", "otp", "engi", "read only"]),
        write: access.write && !begins(&["read only"]),
        ..access
    }
}

/// "@Device Feature" has no type, a wrong one, or 'g' on older units, and cannot be erased:
/// readable and writable, as dfu-util has it.
fn fixed_access(name: &str) -> Option<Access> {
    name.to_ascii_lowercase()
        .starts_with("device feature")
        .then_some(Access {
            read: true,
            erase: false,
            write: true,
        })
}

/// The sectors of `run` that share no address with `claimed`. Regions that overlap exist (the
/// example of UM0424 §10.3.2 does): the first to claim an address keeps it, as in dfu-util, and a
/// later sector that touches it is left out, because erasing it would erase both.
fn unclaimed(run: SectorRun, claimed: &[SectorRun]) -> Vec<SectorRun> {
    let mut pieces = vec![run];
    for other in claimed {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| without(piece, other))
            .collect();
    }
    pieces
}

fn without(piece: SectorRun, other: &SectorRun) -> Vec<SectorRun> {
    let claimed = other.range().and_then(|r| piece.numbers_touching(r));
    let Some(claimed) = claimed else {
        return vec![piece];
    };
    [0..claimed.start, claimed.end..piece.count]
        .into_iter()
        .filter(|numbers| !numbers.is_empty())
        .filter_map(|numbers| {
            Some(SectorRun {
                start: piece.start_of(numbers.start)?,
                count: numbers.end - numbers.start,
                ..piece
            })
        })
        .collect()
}
