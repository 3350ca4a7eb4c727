//! Signs that a file is for another family of microcontrollers than the board's.

use std::fmt;

use super::board::Board;
use super::doubt::{Doubt, DoubtKind, Severity};
use crate::address::{Address, AddressRange};
use crate::discovery::BoardFamily;
use crate::firmware::{Family, Image, VectorTable};

/// What a file says about the family that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FamilyHint {
    Uf2(Family),
    /// The name of a target in a DfuSe file.
    TargetName(String),
    /// The name of the file.
    FileName(String),
    /// The only family whose parts the program names.
    InProgram(String),
    /// The program's stack is where the board's family has no RAM.
    Stack(Address),
}

/// A sentence without its end, which names the board's family.
impl fmt::Display for FamilyHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uf2(family) => write!(f, "The file is for the family {family}"),
            Self::TargetName(part) => write!(f, "The file names the {part}"),
            Self::InProgram(part) => write!(f, "The program names the {part}"),
            Self::FileName(part) => write!(f, "The file's name says {part}"),
            Self::Stack(sp) => write!(
                f,
                "The program needs more memory (RAM) than this board probably has: its stack ends \
                 at {sp}"
            ),
        }
    }
}

/// The strongest sign that contradicts the board's family, if that is known.
pub(super) fn other_family(image: &Image, board: &Board) -> Option<Doubt> {
    let of_board = board.family?;
    let hint = family_of_uf2(image, of_board)
        .or_else(|| stack(image, of_board))
        .or_else(|| target_name(image, of_board))
        .or_else(|| in_program(image, of_board))
        .or_else(|| file_name(image, of_board))?;
    // People give files any name.
    let severity = match hint {
        FamilyHint::FileName(_) => Severity::Note,
        _ => Severity::Serious,
    };
    let kind = DoubtKind::OtherFamily {
        hint,
        board: of_board,
    };
    Some(Doubt { kind, severity })
}

/// A family that is not in the public list says nothing.
fn family_of_uf2(image: &Image, board: BoardFamily) -> Option<FamilyHint> {
    let family = image.family.filter(|family| family.name().is_some())?;
    let is_board = family
        .stm32_series()
        .is_some_and(|series| board.may_be(series));
    (!is_board).then_some(FamilyHint::Uf2(family))
}

fn target_name(image: &Image, board: BoardFamily) -> Option<FamilyHint> {
    let names = image
        .targets
        .iter()
        .filter_map(|target| target.name.as_deref());
    let part = names.filter_map(only_part).next()?;
    contradicts(&part, board).then_some(FamilyHint::TargetName(part))
}

/// A program that names several families, or one that is not in [`SERIES`], says nothing.
fn in_program(image: &Image, board: BoardFamily) -> Option<FamilyHint> {
    let [only] = image.part_names.as_slice() else {
        return None;
    };
    let is_other = is_part(only) && contradicts(only, board);
    is_other.then(|| FamilyHint::InProgram(only.clone()))
}

fn file_name(image: &Image, board: BoardFamily) -> Option<FamilyHint> {
    let part = only_part(&image.source.name)?;
    contradicts(&part, board).then_some(FamilyHint::FileName(part))
}

fn contradicts(part: &str, board: BoardFamily) -> bool {
    let series = part.strip_prefix("STM32").and_then(|rest| rest.get(..2));
    series.is_some_and(|series| !board.may_be(series))
}

/// The STM32 that `text` names, such as `STM32F407`; `None` if it names none, or several.
fn only_part(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let mut parts: Vec<String> = upper
        .split("STM32")
        .skip(1)
        .map(|rest| {
            let rest: String = rest
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .take(4)
                .collect();
            format!("STM32{rest}")
        })
        .filter(|part| is_part(part))
        .collect();
    parts.dedup_by(|a, b| a.get(..7) == b.get(..7));
    match parts.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Series of ST's (AN2606), each with the end of its largest RAM at 0x20000000 in KiB (reference
/// manuals; `u32::MAX` where no limit is known), and whether there is more below, core-coupled.
const SERIES: &[(&str, u32)] = &[
    ("C0", 36),
    ("C5", u32::MAX),
    ("F0", 32),
    ("F1", 96),
    ("F2", 128),
    ("F3", 80),
    ("F4", 384),
    ("F7", 512),
    ("G0", 144),
    ("G4", 128),
    ("H5", 640),
    ("H7", u32::MAX),
    ("L0", 20),
    ("L1", 80),
    ("L4", 640),
    ("L5", 256),
    ("U0", 40),
    ("U3", u32::MAX),
    ("U5", u32::MAX),
    ("WB", 256),
    ("WL", 64),
    ("N6", u32::MAX),
];

fn is_part(part: &str) -> bool {
    let series = part.strip_prefix("STM32").and_then(|rest| rest.get(..2));
    series.is_some_and(|series| SERIES.iter().any(|(known, _)| *known == series))
}

/// A stack between the largest RAM of all series that the board may be of, and external memory.
fn stack(image: &Image, board: BoardFamily) -> Option<FamilyHint> {
    let table = VectorTable::read(image.targets.first()?)?;
    let sizes = SERIES.iter().filter(|(series, _)| board.may_be(series));
    let largest = sizes.map(|(_, kib)| *kib).max()?;
    let ram = u64::from(largest).checked_mul(1 << 10)?;
    let internal = AddressRange::new(Address(0x2000_0000), 0x2000_0000)?;
    let sp = table.initial_sp;
    let beyond = sp.offset_from(internal.start())? > ram;
    let is_internal = internal.contains(sp);
    let is_program = table.is_plausible();
    (is_program && is_internal && beyond && largest != u32::MAX).then_some(FamilyHint::Stack(sp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_from_a_name() {
        let part = |text| only_part(text);
        assert_eq!(
            part("betaflight_4.5_STM32F405.hex").as_deref(),
            Some("STM32F405")
        );
        assert_eq!(part("fw-stm32h743zi.bin").as_deref(), Some("STM32H743"));
        assert_eq!(part("STM32_boot.bin"), None);
        assert_eq!(part("stm32f103-to-stm32f407.bin"), None);
        assert_eq!(
            part("stm32f405_stm32f407.bin").as_deref(),
            Some("STM32F405")
        );
        assert_eq!(part("@Internal Flash"), None);
    }
}
