//! Inputs of the files screen that cover the same addresses, said before they are combined.

use std::fmt;

use crate::address::{Address, AddressRange};

use super::files::{Contents, FilesForm, InputFile};
use super::firmware::TargetFacts;

/// Two inputs that cover the same addresses of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    first: String,
    second: String,
    target: u8,
    range: AddressRange,
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            first,
            second,
            target,
            range,
        } = self;
        write!(
            f,
            "{first} and {second} both cover {range} of target {target}: one file can be made of \
             them only if they hold the same bytes there"
        )
    }
}

impl FilesForm {
    /// The first overlap of each pair of inputs.
    pub(crate) fn overlaps(&self) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        let mut inputs = self.inputs.iter();
        while let Some(first) = inputs.next() {
            let later = inputs.as_slice().iter();
            overlaps.extend(later.filter_map(|second| overlap(first, second)));
        }
        overlaps
    }
}

fn overlap(first: &InputFile, second: &InputFile) -> Option<Overlap> {
    let (Contents::Known(facts), Contents::Known(others)) = (&first.contents, &second.contents)
    else {
        return None;
    };
    for target in &facts.targets {
        for other in &others.targets {
            let number = first.target_of(target);
            let common = || common(&first.placed(target), &second.placed(other));
            if number == second.target_of(other)
                && let Some(range) = common()
            {
                return Some(Overlap {
                    first: facts.name.clone(),
                    second: others.name.clone(),
                    target: number,
                    range,
                });
            }
        }
    }
    None
}

/// Both lists are sorted.
fn common(ranges: &[AddressRange], others: &[AddressRange]) -> Option<AddressRange> {
    let mut others = others.iter().peekable();
    ranges.iter().find_map(|range| {
        while others
            .next_if(|other| other.end() <= u64::from(range.start()))
            .is_some()
        {}
        range.intersection(**others.peek()?)
    })
}

impl InputFile {
    /// The number of the target that a part becomes.
    fn target_of(&self, part: &TargetFacts) -> u8 {
        self.alternate.trim().parse().unwrap_or(part.alternate)
    }

    /// Where a part goes, at the address that was typed.
    fn placed(&self, part: &TargetFacts) -> Vec<AddressRange> {
        let typed: Option<Address> = self.at.trim().parse().ok();
        match (self.default_address(), typed) {
            (Some(from), Some(to)) => {
                let moved = |range: &AddressRange| {
                    let offset = range.start().offset_from(from)?;
                    AddressRange::new(to.checked_add(offset)?, range.len())
                };
                part.ranges.iter().filter_map(moved).collect()
            }
            _ => part.ranges.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u32, length: u64) -> AddressRange {
        AddressRange::new(Address(start), length).unwrap()
    }

    #[test]
    fn the_first_common_range_is_found() {
        let ranges = [range(0, 10), range(20, 10), range(40, 10)];
        let others = [range(10, 10), range(45, 100)];
        assert_eq!(common(&ranges, &others), Some(range(45, 5)));
        assert_eq!(common(&others, &ranges), Some(range(45, 5)));
        assert_eq!(common(&ranges, &others[..1]), None);
        assert_eq!(common(&ranges, &[]), None);
    }
}
