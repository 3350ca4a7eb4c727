//! The eight bytes that begin a control transfer.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::CLASS_IN;

/// Setup stage of a control transfer (USB 2.0 §9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// bmRequestType
    pub kind: u8,
    /// bRequest
    pub request: u8,
    /// wValue
    pub value: u16,
    /// wIndex
    pub index: u16,
    /// wLength
    pub length: u16,
}

/// What a host asks of a device's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A control transfer.
    Control(Setup),
    /// A reset of the port.
    Reset,
    /// To claim the device again that reset itself.
    Reopen,
}

impl Asked {
    pub(crate) fn setup(self) -> Option<Setup> {
        match self {
            Self::Control(setup) => Some(setup),
            Self::Reset | Self::Reopen => None,
        }
    }

    /// For readers of the record; for requests without setup also for the replay.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Control(setup) => setup.name(),
            Self::Reset => "RESET",
            Self::Reopen => "REOPEN",
        }
    }

    pub(super) fn new(name: &str, setup: Option<Setup>) -> Option<Self> {
        match (name, setup) {
            (_, Some(setup)) => Some(Self::Control(setup)),
            ("RESET", None) => Some(Self::Reset),
            ("REOPEN", None) => Some(Self::Reopen),
            _ => None,
        }
    }

    pub(crate) fn is_get_status(self) -> bool {
        self.setup().is_some_and(Setup::is_get_status)
    }

    pub(crate) fn is_select(self) -> bool {
        self.setup().is_some_and(Setup::is_select)
    }
}

impl Setup {
    const GET_STATUS: u8 = 3;

    /// As it is on the bus.
    pub(crate) fn from_bytes([kind, request, v0, v1, i0, i1, l0, l1]: [u8; 8]) -> Self {
        Self {
            kind,
            request,
            value: u16::from_le_bytes([v0, v1]),
            index: u16::from_le_bytes([i0, i1]),
            length: u16::from_le_bytes([l0, l1]),
        }
    }

    /// The data goes from the device to the host.
    pub(crate) fn to_host(self) -> bool {
        self.kind & 0x80 != 0
    }

    /// A request of the DFU class to `interface`.
    pub(crate) fn class(kind: u8, request: u8, value: u16, interface: u8, length: usize) -> Self {
        Self {
            kind,
            request,
            value,
            index: interface.into(),
            length: u16::try_from(length).unwrap_or(u16::MAX),
        }
    }

    /// SET_INTERFACE.
    pub(crate) fn select(alternate: u8, interface: u8) -> Self {
        Self {
            kind: 0x01,
            request: 11,
            value: alternate.into(),
            index: interface.into(),
            length: 0,
        }
    }

    fn is_get_status(self) -> bool {
        (self.kind, self.request) == (CLASS_IN, Self::GET_STATUS)
    }

    fn is_select(self) -> bool {
        (self.kind, self.request) == (0x01, 11)
    }

    /// The request's name, for readers of the record.
    fn name(self) -> &'static str {
        match (self.kind, self.request) {
            (0x01, 11) => "SET_INTERFACE",
            (0x21, 0) => "DETACH",
            (0x21, 1) => "DNLOAD",
            (CLASS_IN, 2) => "UPLOAD",
            (CLASS_IN, Self::GET_STATUS) => "GETSTATUS",
            (0x21, 4) => "CLRSTATUS",
            (CLASS_IN, 5) => "GETSTATE",
            (0x21, 6) => "ABORT",
            _ => "other",
        }
    }
}

/// `21 01 0002 0000 0800`, as usbmon writes it.
impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            request,
            value,
            index,
            length,
        } = self;
        write!(
            f,
            "{kind:02x} {request:02x} {value:04x} {index:04x} {length:04x}"
        )
    }
}

impl FromStr for Setup {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WHY: &str = "setup is not five hexadecimal numbers";
        let mut numbers = text.split(' ');
        let mut next = |digits| {
            let number = numbers.next().filter(|number| number.len() == digits);
            number.and_then(parse_hex).ok_or(WHY)
        };
        let byte = |number: u16| u8::try_from(number).map_err(|_| WHY);
        let setup = Self {
            kind: byte(next(2)?)?,
            request: byte(next(2)?)?,
            value: next(4)?,
            index: next(4)?,
            length: next(4)?,
        };
        match numbers.next() {
            None => Ok(setup),
            Some(_) => Err(WHY),
        }
    }
}

/// Digits only: the standard parser also takes a sign.
fn parse_hex(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u16::from_str_radix(text, 16).ok())?
}

impl Serialize for Setup {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Setup {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

pub(super) mod hex_u8 {
    use super::*;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(in super::super) fn serialize<S: Serializer>(value: &u8, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{value:02x}"))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<u8, D::Error> {
        let number = parse_hex(&String::deserialize(from)?);
        number
            .and_then(|number| u8::try_from(number).ok())
            .ok_or_else(|| D::Error::custom("not a byte in hexadecimal"))
    }
}

pub(super) mod hex_u16 {
    use super::*;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(in super::super) fn serialize<S: Serializer>(
        value: &u16,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{value:04x}"))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<u16, D::Error> {
        parse_hex(&String::deserialize(from)?)
            .ok_or_else(|| D::Error::custom("not a 16-bit number in hexadecimal"))
    }
}
