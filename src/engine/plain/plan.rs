//! What an upgrade of a board without addresses sends.

use super::refusal::PlainRefusal;
use super::stream::Stream;
use crate::address::AddressRange;
use crate::discovery::Target;
use crate::engine::board::Board;
use crate::engine::doubt::doubts;
use crate::engine::error::JobError;
use crate::engine::options::UpgradeOptions;
use crate::engine::plan::Plan;
use crate::firmware::{Image, Placement};

/// # Errors
/// When the file has addresses, one was given, or an option needs them; when the board has several
/// targets and none is chosen.
pub(in crate::engine) fn plan_stream(
    board: &Board,
    image: &Image,
    options: &UpgradeOptions,
) -> Result<Plan, JobError> {
    if options.mass_erase {
        return Err(PlainRefusal::Erase.into());
    }
    if options.keep || !options.keep_ranges.is_empty() {
        return Err(PlainRefusal::Keep.into());
    }
    if let Placement::Given(_) = image.source.placement {
        return Err(PlainRefusal::Address.into());
    }
    let stream = stream(board, image, options.target)?;
    Ok(Plan {
        targets: Vec::new(),
        stream: Some(stream),
        options: options.clone(),
        start: None,
        marker: None,
        doubts: doubts(image, Some(board)),
    })
}

/// # Errors
/// As for [`plan_stream`].
pub(in crate::engine) fn plan_stream_to_verify(
    board: &Board,
    image: &Image,
    only: Option<u8>,
    keep_ranges: &[AddressRange],
) -> Result<Plan, JobError> {
    if !board.functional.can_upload() {
        return Err(JobError::GivesNothing("verified"));
    }
    let options = UpgradeOptions {
        target: only,
        keep_ranges: keep_ranges.to_vec(),
        ..UpgradeOptions::default()
    };
    plan_stream(board, image, &options)
}

/// The bytes of `image` for the alternate setting `chosen`, or for the only one.
fn stream(board: &Board, image: &Image, chosen: Option<u8>) -> Result<Stream, JobError> {
    let format = image.source.format;
    let segments = image.targets.iter().flat_map(|target| &target.segments);
    let mut data = segments.map(|segment| segment.data());
    let (Some(bytes), None, true) = (data.next(), data.next(), format.needs_address()) else {
        return Err(PlainRefusal::File(format).into());
    };
    let target = target(board, chosen)?;
    Ok(Stream {
        alternate: target.alternate,
        name: target.name.clone(),
        bytes: bytes.into(),
    })
}

/// Between two targets nothing is guessed: the first of a Maple is RAM.
pub(super) fn target(board: &Board, chosen: Option<u8>) -> Result<&Target, JobError> {
    match (chosen, board.targets.as_slice()) {
        (Some(alternate), _) => board.require_target(alternate),
        (None, [only]) => Ok(only),
        (None, []) => board.require_target(0),
        (None, several) => Err(PlainRefusal::choose_target(several).into()),
    }
}
