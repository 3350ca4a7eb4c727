//! The target with a board's option bytes, and the part that they belong to.

use super::family;
use super::found::{Found, Target};
use super::kind::{Dialect, Kind};
use crate::address::{Address, AddressRange};
use crate::memory::MemoryMap;
use crate::option_bytes::{Announced, Part};

/// Where a board announces option bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionTarget {
    pub alternate: u8,
    /// The announced regions, lowest address first.
    pub regions: Vec<AddressRange>,
    /// `None` if Upfuse does not know them: then only the bytes are shown.
    pub part: Option<Part>,
}

impl Found {
    /// `None` where no target is named as option bytes.
    pub fn option_bytes(&self) -> Option<OptionTarget> {
        if self.kind != Kind::Bootloader(Dialect::DfuSe) {
            return None;
        }
        let (target, options) = self
            .maps()
            .find(|(_, map)| is_called(map, &["option", "ob bytes"]))?;
        let engineering = self.maps().find(|(_, map)| is_called(map, &["engi"]));
        Some(OptionTarget {
            alternate: target.alternate,
            regions: options
                .runs()
                .iter()
                .filter_map(|run| run.range())
                .collect(),
            part: self.part(options, engineering.and_then(|(_, map)| map.start())),
        })
    }

    /// Other makers use the same addresses with other meanings (AT32, GD32, APM32): only a ROM of ST
    /// is believed.
    fn part(&self, options: &MemoryMap, engineering: Option<Address>) -> Option<Part> {
        let maker = self.record.manufacturer.as_deref().map(str::trim);
        if !family::is_st_rom(&self.record) || maker != Some("STMicroelectronics") {
            return None;
        }
        Part::recognise(&Announced {
            flash: family::flash(&self.targets)?,
            options,
            engineering,
            version: self.record.version,
        })
    }

    fn maps(&self) -> impl Iterator<Item = (&Target, &MemoryMap)> {
        let targets = self.targets.iter();
        targets.filter_map(|target| Some((target, target.map.as_ref().ok()?)))
    }
}

fn is_called(map: &MemoryMap, names: &[&str]) -> bool {
    let own = map.name.to_ascii_lowercase();
    names.iter().any(|name| own.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::samples::{self, only};
    use crate::transport::DeviceRecord;

    fn option_bytes(record: &DeviceRecord) -> OptionTarget {
        only(record.clone()).option_bytes().unwrap()
    }

    #[test]
    fn a_rom_of_st_is_recognised_by_what_it_announces() {
        let target = option_bytes(&samples::f407());
        assert_eq!(target.alternate, 1);
        assert_eq!(target.regions.len(), 1);
        assert!(target.part.unwrap().name().contains("F407"));
    }

    /// D18: an AT32 has sizes of its SRAM where an STM32F4 has other things, and so on.
    #[test]
    fn the_same_addresses_on_the_parts_of_other_makers_are_only_shown() {
        let others: [fn(&mut DeviceRecord); 4] = [
            |record| record.vendor = 0x2E3C,
            |record| record.manufacturer = Some("Artery-Tech".to_owned()),
            |record| record.manufacturer = None,
            |record| record.product_name = Some("GD32 DFU Bootloader".to_owned()),
        ];
        for change in others {
            let mut record = samples::f407();
            change(&mut record);
            assert_eq!(option_bytes(&record).part, None, "{record:?}");
        }
        assert_eq!(option_bytes(&samples::gd32vf103()).part, None);
    }
}
