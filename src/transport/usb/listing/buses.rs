//! Numbers of buses that stay. On Windows libusb counts the host controllers in the order in which it
//! finds them, and each new context counts again: a dock that is plugged in could rename the places
//! of all boards, also of those in the middle of a job.

use std::collections::{BTreeMap, BTreeSet};

use rusb::{Context, Device};

/// What tells a device from the others on its bus, and the number of the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) bus: u8,
    ports: Vec<u8>,
    address: u8,
    /// idVendor and idProduct.
    product: Option<(u16, u16)>,
}

impl Seen {
    pub(super) fn new(device: &Device<Context>) -> Self {
        let descriptor = device.device_descriptor();
        Self {
            bus: device.bus_number(),
            ports: device.port_numbers().unwrap_or_default(),
            address: device.address(),
            product: descriptor.map(|d| (d.vendor_id(), d.product_id())).ok(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        // All root hubs look the same.
        !self.ports.is_empty()
            && self.ports == other.ports
            && self.address == other.address
            && self.product == other.product
    }
}

/// Gives each bus of `now` the number that it had `before`, as far as its devices show which it is;
/// to the others, numbers that no other bus has.
pub(super) fn keep_numbers(before: &[Seen], now: &mut [Seen]) {
    let old: BTreeSet<u8> = before.iter().map(|seen| seen.bus).collect();
    let new: BTreeSet<u8> = now.iter().map(|seen| seen.bus).collect();
    let common = |new: u8, old: u8| {
        let on_new = now.iter().filter(|seen| seen.bus == new);
        on_new
            .filter(|seen| before.iter().any(|b| b.bus == old && b.is(seen)))
            .count()
    };
    let mut candidates: Vec<(usize, bool, u8, u8)> = new
        .iter()
        .flat_map(|&new| old.iter().map(move |&old| (new, old)))
        .map(|(new, old)| (common(new, old), new == old, new, old))
        .filter(|(devices, ..)| *devices > 0)
        .collect();
    // The most devices in common first; where that does not decide, the number as it is.
    candidates.sort_by_key(|(devices, same, ..)| std::cmp::Reverse((*devices, *same)));
    let mut numbers: BTreeMap<u8, u8> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (_, _, new, old) in candidates {
        if !numbers.contains_key(&new) && used.insert(old) {
            numbers.insert(new, old);
        }
    }
    for bus in new {
        numbers.entry(bus).or_insert_with(|| {
            let free = std::iter::once(bus).chain(1..=u8::MAX);
            let number = free.into_iter().find(|n| !used.contains(n)).unwrap_or(bus);
            used.insert(number);
            number
        });
    }
    for seen in now {
        if let Some(number) = numbers.get(&seen.bus) {
            seen.bus = *number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bus: u8, ports: &[u8], address: u8) -> Seen {
        Seen {
            bus,
            ports: ports.to_vec(),
            address,
            product: Some((0x0483, 0xDF11)),
        }
    }

    fn kept(before: &[Seen], mut now: Vec<Seen>) -> Vec<u8> {
        keep_numbers(before, &mut now);
        now.iter().map(|seen| seen.bus).collect()
    }

    #[test]
    fn a_controller_that_is_found_first_does_not_rename_the_other_boards() {
        let before = [seen(1, &[], 1), seen(1, &[4, 2], 5), seen(1, &[3], 6)];
        let docked = vec![
            seen(1, &[], 1),
            seen(1, &[1], 2),
            seen(2, &[], 1),
            seen(2, &[4, 2], 5),
            seen(2, &[3], 6),
        ];
        assert_eq!(kept(&before, docked), [2, 2, 1, 1, 1]);
    }

    #[test]
    fn buses_that_are_the_same_keep_their_numbers() {
        let before = [seen(1, &[4], 5), seen(2, &[4], 5), seen(3, &[1], 2)];
        assert_eq!(kept(&before, before.to_vec()), [1, 2, 3]);
        assert_eq!(kept(&[], before.to_vec()), [1, 2, 3]);
        let replugged = vec![seen(1, &[4], 9), seen(2, &[4], 5), seen(3, &[1], 2)];
        assert_eq!(kept(&before, replugged), [1, 2, 3]);
    }
}
