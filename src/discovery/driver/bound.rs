//! Whose driver is bound to a board.

use super::device::Device;

/// The drivers that people have bound to bootloaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Windows has found no driver.
    Nothing,
    /// DfuSe's: STtube.inf, service STTub30.
    DfuSe,
    /// WinUSB by ST's STM32Bootloader.inf, of STM32CubeProgrammer.
    StWinUsb,
    /// WinUSB by Windows' own winusb.inf.
    InboxWinUsb,
    /// By the ImpulseRC Driver Fixer.
    ImpulseRc,
    /// By libwdi: Zadig, or another program that has it inside.
    Libwdi,
    /// WinUSB, libusbK or libusb0 by another package.
    OtherUsable,
    /// Something that libusb cannot use.
    Other,
}

impl Bound {
    pub fn of(device: &Device) -> Self {
        let Some(service) = device.service.as_deref().filter(|name| !name.is_empty()) else {
            return Self::Nothing;
        };
        let package = &device.package;
        let has = |field: &Option<String>, text: &str| {
            let field = field.as_deref().unwrap_or_default();
            field.to_ascii_lowercase().contains(text)
        };
        if service.to_ascii_lowercase().starts_with("sttub") {
            Self::DfuSe
        } else if !is_usable(service) {
            Self::Other
        } else if has(&package.description, "impulserc") || has(&package.provider, "impulserc") {
            // Before libwdi, which is inside it.
            Self::ImpulseRc
        } else if has(&package.provider, "libwdi") {
            Self::Libwdi
        } else if has(&package.inf, "winusb.inf") {
            Self::InboxWinUsb
        } else if has(&package.provider, "stmicroelectronics") {
            Self::StWinUsb
        } else {
            Self::OtherUsable
        }
    }

    /// Upfuse can open a board that is bound to it.
    pub fn works(self) -> bool {
        match self {
            Self::StWinUsb
            | Self::InboxWinUsb
            | Self::ImpulseRc
            | Self::Libwdi
            | Self::OtherUsable => true,
            Self::Nothing | Self::DfuSe | Self::Other => false,
        }
    }

    /// The `driver` of `driver status --json`, which scripts rely on.
    pub fn id(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::DfuSe => "st-dfuse",
            Self::StWinUsb => "st-winusb",
            Self::InboxWinUsb => "inbox-winusb",
            Self::ImpulseRc => "impulserc",
            Self::Libwdi => "libwdi",
            Self::OtherUsable => "other-winusb",
            Self::Other => "other",
        }
    }
}

/// libusb/os/windows_winusb.c, `winusbx_driver_names`.
fn is_usable(service: &str) -> bool {
    ["winusb", "libusbk", "libusb0"]
        .iter()
        .any(|usable| service.eq_ignore_ascii_case(usable))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn each_recorded_board_has_the_driver_that_was_bound_to_it() {
        for (device, bound, works) in [
            (samples::nothing(), Bound::Nothing, false),
            (samples::dfuse(), Bound::DfuSe, false),
            (samples::st_winusb(), Bound::StWinUsb, true),
            (samples::inbox_winusb(), Bound::InboxWinUsb, true),
            (samples::impulserc(), Bound::ImpulseRc, true),
            (samples::libwdi(), Bound::Libwdi, true),
        ] {
            assert_eq!(Bound::of(&device), bound);
            assert_eq!(bound.works(), works, "{bound:?}");
        }
    }

    #[test]
    fn other_drivers_are_told_apart_by_what_libusb_can_use() {
        let mut device = samples::libwdi();
        device.package.provider = Some("Somebody".to_owned());
        device.service = Some("libusbK".to_owned());
        assert_eq!(Bound::of(&device), Bound::OtherUsable);
        device.service = Some("usbser".to_owned());
        assert_eq!(Bound::of(&device), Bound::Other);
        device.service = Some(String::new());
        assert_eq!(Bound::of(&device), Bound::Nothing);
    }
}
