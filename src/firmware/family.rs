//! Families of UF2 files: numbers that say which microcontrollers a file is for.

use std::fmt;
use std::str::FromStr;

use super::contents::ImageTarget;
use super::stage::Stage;
use crate::address::parse_number;

/// A UF2 family ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Family(pub u32);

impl Family {
    /// The short name in the public list; `None` if it is not there.
    pub fn name(self) -> Option<&'static str> {
        let row = FAMILIES.iter().find(|(id, _)| *id == self.0);
        row.map(|(_, name)| *name)
    }

    /// The series of an STM32, such as `F4`; `None` for other makers' parts and unknown families.
    pub fn stm32_series(self) -> Option<&'static str> {
        self.name()?.strip_prefix("STM32")?.get(..2)
    }
}

/// `STM32F4 (0x57755A57)`
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (0x{:08X})", self.0),
            None => write!(f, "0x{:08X}", self.0),
        }
    }
}

/// Not the name of a family in the list, and no 32-bit number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UF2 family: give a name such as STM32F4, or a number such as 0x57755A57")]
pub struct UnknownFamily;

/// A name in upper or lower case, or a number.
impl FromStr for Family {
    type Err = UnknownFamily;

    fn from_str(text: &str) -> Result<Self, UnknownFamily> {
        let mut rows = FAMILIES.iter();
        if let Some((id, _)) = rows.find(|(_, name)| name.eq_ignore_ascii_case(text)) {
            return Ok(Self(*id));
        }
        let number = parse_number(text).map_err(|_| UnknownFamily)?;
        u32::try_from(number).map(Self).map_err(|_| UnknownFamily)
    }
}

/// The contents of a file for one family, where it has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// `None`: the part that names no family.
    pub family: Option<Family>,
    pub target: ImageTarget,
    pub later: Vec<Stage>,
}

/// `STM32F4 (0x57755A57)`, or `any`
pub(crate) fn family_text(family: Option<Family>) -> String {
    family.map_or_else(|| "any".to_owned(), |family| family.to_string())
}

/// `STM32F4 (0x57755A57), STM32F7 (0x53B80F00)`
pub(crate) fn families_text(families: &[Option<Family>]) -> String {
    let texts: Vec<String> = families.iter().map(|family| family_text(*family)).collect();
    texts.join(", ")
}

/// IDs and short names of uf2families.json (github.com/microsoft/uf2, utils).
const FAMILIES: &[(u32, &str)] = &[
    (0x00FF_6919, "STM32L4"),
    (0x0424_0BDF, "STM32L5"),
    (0x06D1_097B, "STM32F411xC"),
    (0x11DE_784A, "M0SENSE"),
    (0x1657_3617, "ATMEGA32"),
    (0x1851_780A, "SAML21"),
    (0x1B57_745F, "NRF52"),
    (0x1C5F_21B0, "ESP32"),
    (0x1E1F_432D, "STM32L1"),
    (0x202E_3A91, "STM32L0"),
    (0x2146_0FF0, "STM32WL"),
    (0x22E0_D6FC, "RTL8710B"),
    (0x2ABC_77EC, "LPC55"),
    (0x2B88_D29C, "ESP32C2"),
    (0x2DC3_09C5, "STM32F411xE"),
    (0x300F_5633, "STM32G0"),
    (0x31D2_28C6, "GD32F350"),
    (0x3327_26F6, "ESP32H2"),
    (0x3379_CFE2, "RTL8720D"),
    (0x3D30_8E94, "ESP32P4"),
    (0x4B68_4D71, "MaixPlay-U4"),
    (0x4C71_240A, "STM32G4"),
    (0x4E8F_1C5D, "STM32H5"),
    (0x4F6A_CE52, "CSK4"),
    (0x4FB2_D5BD, "MIMXRT10XX"),
    (0x51E9_03A8, "XR809"),
    (0x53B8_0F00, "STM32F7"),
    (0x540D_DF62, "ESP32C6"),
    (0x5511_4460, "SAMD51"),
    (0x5775_5A57, "STM32F4"),
    (0x5A18_069B, "FX2"),
    (0x5D1A_0A2E, "STM32F2"),
    (0x5EE2_1072, "STM32F1"),
    (0x621E_937A, "NRF52833"),
    (0x6478_24B6, "STM32F0"),
    (0x675A_40B0, "BK7231U"),
    (0x68ED_2B88, "SAMD21"),
    (0x699B_62EC, "CH32V"),
    (0x6A82_CC42, "BK7251"),
    (0x6B84_6188, "STM32F3"),
    (0x6D09_22FA, "STM32F407"),
    (0x6DB6_6082, "STM32H7"),
    (0x6E73_48A8, "CSK6"),
    (0x6F75_2678, "NRF52832xxAB"),
    (0x70D1_6653, "STM32WB"),
    (0x7272_1D4E, "NRF52832xxAA"),
    (0x7410_520A, "MAX32690"),
    (0x77D8_50C4, "ESP32C61"),
    (0x7B3E_F230, "BK7231N"),
    (0x7BE8_976D, "RA4M1"),
    (0x7EAB_61ED, "ESP8266"),
    (0x7F83_E793, "KL32L2"),
    (0x820D_9A5F, "NRF52820"),
    (0x8FB0_60FE, "STM32F407VG"),
    (0x91D3_FD18, "MAX78002"),
    (0x9517_422F, "RZA1LU"),
    (0x9AF0_3E33, "GD32VF103"),
    (0x9FFF_D543, "RTL8710A"),
    (0xA0C9_7B8E, "AT32F415"),
    (0xADA5_2840, "NRF52840"),
    (0xBFDD_4EEE, "ESP32S2"),
    (0xC47E_5767, "ESP32S3"),
    (0xD42B_A06C, "ESP32C3"),
    (0xD63F_8632, "MAX32650"),
    (0xDE12_70B7, "BL602"),
    (0xE08F_7564, "RTL8720C"),
    (0xE48B_FF56, "RP2040"),
    (0xE48B_FF57, "RP2XXX_ABSOLUTE"),
    (0xE48B_FF58, "RP2XXX_DATA"),
    (0xE48B_FF59, "RP2350_ARM_S"),
    (0xE48B_FF5A, "RP2350_RISCV"),
    (0xE48B_FF5B, "RP2350_ARM_NS"),
    (0xF0C3_0D71, "MAX32666"),
    (0xF71C_0343, "ESP32C5"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_a_name_or_a_number() {
        let f4 = Family(0x5775_5A57);
        assert_eq!("stm32f4".parse(), Ok(f4));
        assert_eq!("0x57755A57".parse(), Ok(f4));
        assert_eq!(f4.to_string(), "STM32F4 (0x57755A57)");
        assert_eq!(Family(7).to_string(), "0x00000007");
        for wrong in ["", "STM32", "F4", "0x157755A57", "-1"] {
            assert_eq!(wrong.parse::<Family>(), Err(UnknownFamily), "{wrong}");
        }
    }

    #[test]
    fn only_an_stm32_has_a_series() {
        let series = |name: &str| name.parse::<Family>().unwrap().stm32_series();
        assert_eq!(series("STM32F407VG"), Some("F4"));
        assert_eq!(series("STM32WB"), Some("WB"));
        assert_eq!(series("RP2040"), None);
        assert_eq!(Family(7).stm32_series(), None);
    }

    #[test]
    fn the_list_is_sorted_without_repetition() {
        assert!(FAMILIES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
