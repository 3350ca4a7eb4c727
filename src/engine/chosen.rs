//! The part of a file that is for a board, where a file has parts for several families.

use std::borrow::Cow;

use super::board::Board;
use super::error::JobError;
use crate::firmware::{Family, Image};

/// The image with contents for one family: the only one of the file, or the only one that the board
/// may be of.
///
/// # Errors
/// When several families, or none of several, may be the board's.
pub(super) fn image_for<'a>(board: &Board, image: &'a Image) -> Result<Cow<'a, Image>, JobError> {
    if image.variants.is_empty() {
        return Ok(Cow::Borrowed(image));
    }
    let may_be = |family: &Family| match (board.family, family.stm32_series()) {
        (Some(of_board), Some(series)) => of_board.may_be(series),
        _ => false,
    };
    let families: Vec<Option<Family>> = image.families().collect();
    let mut fitting = families.iter().flatten().copied().filter(may_be);
    let chosen = match (fitting.next(), fitting.next()) {
        (Some(one), None) => image.for_family(Some(one)),
        _ => None,
    };
    let several = JobError::SeveralFamilies {
        families: families.clone(),
    };
    chosen.map(Cow::Owned).ok_or(several)
}

/// Refuses a file of which a part is written after a restart of the board.
pub(super) fn require_one_stage(image: &Image) -> Result<(), JobError> {
    match image.later.len() {
        0 => Ok(()),
        later => Err(JobError::Stages { parts: later + 1 }),
    }
}

/// What is written first. The rest goes to a bootloader that this part starts: nothing is known of its
/// memory before.
pub(super) fn first_part(image: Cow<'_, Image>) -> Cow<'_, Image> {
    match image.part(1).filter(|_| !image.later.is_empty()) {
        Some(first) => Cow::Owned(first),
        None => image,
    }
}
