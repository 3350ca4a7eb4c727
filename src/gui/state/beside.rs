//! Other bytes beside those in view: of a file, or of the read-out before.

use std::path::Path;
use std::sync::Arc;

use crate::address::{Address, AddressRange};
use crate::firmware::{Comparison, Image, ImageTarget};
use crate::gui::background::LoadFailure;
use crate::printable::printable_path;

use super::log::Level;
use super::read_erase::ReadOut;
use super::{Screen, State};

/// The other side of a comparison, and its result.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// "blinky.dfu", "the bytes read before"
    pub(crate) name: String,
    pub(crate) comparison: Comparison,
    /// The difference in view.
    pub(crate) at: Option<usize>,
    target: ImageTarget,
}

/// The direction of a step through the differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Next,
    Previous,
}

impl Beside {
    fn new(read_out: &ReadOut, name: String, target: ImageTarget) -> Self {
        Self {
            comparison: Comparison::of(&target, &read_out.target),
            name,
            at: None,
            target,
        }
    }

    /// The bytes from `start`, where this side has any.
    pub(crate) fn bytes(&self, start: Address, count: usize) -> Vec<Option<u8>> {
        let mut bytes = vec![None; count];
        let Some(wanted) = AddressRange::new(start, count as u64) else {
            return bytes;
        };
        let segments = &self.target.segments;
        let first = segments.partition_point(|s| s.range().end() <= u64::from(start));
        for segment in segments.iter().skip(first) {
            let Some(common) = segment.range().intersection(wanted) else {
                break;
            };
            let into = wanted.offsets_of(common).and_then(|at| bytes.get_mut(at));
            if let (Some(source), Some(into)) = (segment.slice(common), into) {
                let both = into.iter_mut().zip(source);
                both.for_each(|(into, byte)| *into = Some(*byte));
            }
        }
        bytes
    }

    /// The range of the next or the previous difference; the first one follows the last.
    fn step(&mut self, step: Step) -> Option<AddressRange> {
        let last = self.comparison.differences.len().checked_sub(1)?;
        let at = match (step, self.at) {
            (Step::Next, Some(at)) if at < last => at + 1,
            (Step::Next, _) => 0,
            (Step::Previous, Some(at)) if at > 0 => at - 1,
            (Step::Previous, _) => last,
        };
        self.at = Some(at);
        Some(self.comparison.differences.get(at)?.range)
    }
}

impl State {
    /// Compares the bytes in view with those of a file.
    pub(super) fn compare_with(&mut self, image: &Image) {
        let Some(read_out) = &self.read_out else {
            return;
        };
        let alternate = read_out.target.alternate;
        let target = match image.targets.as_slice() {
            [only] => Some(only),
            several => several.iter().find(|t| t.alternate == alternate),
        };
        let name = image.source.name.clone();
        match target.cloned() {
            Some(target) => self.put_beside(name, target),
            None => self.banner(
                Level::Error,
                format!("{name} has nothing for target {alternate}"),
            ),
        }
    }

    pub(super) fn compare_with_firmware(&mut self) {
        if let Some(image) = self.firmware.image().cloned() {
            self.compare_with(&image);
        }
    }

    pub(super) fn compare_with_before(&mut self) {
        if let Some(before) = &self.read_before {
            let name = format!("the bytes before ({})", before.board);
            let target = before.target.clone();
            self.put_beside(name, target);
        }
    }

    fn put_beside(&mut self, name: String, target: ImageTarget) {
        if let Some(read_out) = &mut self.read_out {
            read_out.beside = Some(Beside::new(read_out, name, target));
        }
        self.step_to_difference(Step::Next);
    }

    pub(super) fn step_to_difference(&mut self, step: Step) {
        let beside = self.read_out.as_mut().and_then(|r| r.beside.as_mut());
        if let Some(range) = beside.and_then(|beside| beside.step(step)) {
            self.show_in_hex(range);
        }
    }

    /// Shows a difference, by its number in the list.
    pub(super) fn show_difference(&mut self, number: usize) {
        let Some(read_out) = &mut self.read_out else {
            return;
        };
        let range = read_out.beside.as_mut().and_then(|beside| {
            let range = beside.comparison.differences.get(number)?.range;
            beside.at = Some(number);
            Some(range)
        });
        if let Some(range) = range {
            self.show_in_hex(range);
        }
    }

    fn show_in_hex(&mut self, range: AddressRange) {
        if let Some(read_out) = &self.read_out {
            self.hex.scroll_to = read_out.row_at(range.start());
            self.hex.mark = None;
            self.hex.message = None;
        }
    }

    pub(super) fn end_comparison(&mut self) {
        if let Some(read_out) = &mut self.read_out {
            read_out.beside = None;
        }
    }

    /// Shows new bytes; those before remain to compare with.
    pub(super) fn show_bytes(&mut self, read_out: ReadOut) {
        self.read_before = self.read_out.replace(read_out);
        self.hex = super::HexView::default();
    }

    /// A file was read to look at its bytes.
    pub(super) fn file_to_view(&mut self, path: &Path, loaded: Result<Arc<Image>, LoadFailure>) {
        match loaded.as_deref().map(|image| image.targets.first()) {
            Ok(Some(target)) => {
                let name = printable_path(path.file_name().unwrap_or(path.as_os_str()));
                self.show_bytes(ReadOut::new(name, target.clone(), 0xFF));
                self.show(Screen::ReadAndErase);
            }
            Ok(None) => {}
            Err(error) => self.banner(Level::Error, error.text.clone()),
        }
    }

    /// A file was read to compare it with the bytes in view.
    pub(super) fn file_to_compare(&mut self, loaded: Result<Arc<Image>, LoadFailure>) {
        match loaded {
            Ok(image) => self.compare_with(&image),
            Err(error) => self.banner(Level::Error, error.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::Segment;

    fn target(segments: &[(u32, &[u8])]) -> ImageTarget {
        let segment = |(start, data): &(u32, &[u8])| Segment::new(Address(*start), *data).unwrap();
        ImageTarget {
            alternate: 0,
            name: None,
            segments: segments.iter().map(segment).collect(),
        }
    }

    #[test]
    fn bytes_that_the_other_side_lacks_are_none() {
        let read_out = ReadOut::new("b".into(), target(&[(0x100, &[1; 8])]), 0xFF);
        let other = target(&[(0x102, &[1, 2]), (0x106, &[3])]);
        let beside = Beside::new(&read_out, "other".into(), other);
        let bytes = beside.bytes(Address(0x100), 8);
        let held = [None, None, Some(1), Some(2), None, None, Some(3), None];
        assert_eq!(bytes, held);
    }

    #[test]
    fn steps_go_round_in_both_directions() {
        let old = [0u8; 200];
        let mut new = old;
        (new[0], new[100], new[199]) = (1, 1, 1);
        let read_out = ReadOut::new("b".into(), target(&[(0, &new)]), 0xFF);
        let mut beside = Beside::new(&read_out, "other".into(), target(&[(0, &old)]));
        let mut go = |step| beside.step(step).map(|range| range.start().0);
        let steps = [Step::Next, Step::Next, Step::Next, Step::Next];
        assert_eq!(steps.map(&mut go), [Some(0), Some(100), Some(199), Some(0)]);
        assert_eq!(go(Step::Previous), Some(199));
    }
}
