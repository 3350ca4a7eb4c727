//! A device as the first bytes of the input describe it.

use upfuse::transport::{DeviceRecord, FunctionalDescriptor, InterfaceRecord, Place};

/// The input, taken from its start; zeros once it is used up.
pub struct Source<'a>(pub &'a [u8]);

impl Source<'_> {
    pub fn byte(&mut self) -> u8 {
        let [first, rest @ ..] = self.0 else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn number(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// As many bytes as the next one says.
    pub fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken.to_vec()
    }

    /// A string descriptor: the transport takes out control characters.
    pub fn text(&mut self) -> Option<String> {
        let bytes = self.bytes();
        let text = String::from_utf8_lossy(&bytes);
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        (!text.is_empty()).then_some(text)
    }
}

/// Mostly a DfuSe device.
pub fn device(source: &mut Source<'_>) -> DeviceRecord {
    let (flags, count) = (source.byte(), source.byte() % 4 + 1);
    let usual = flags & 1 == 0;
    let (vendor, product) = match usual {
        true => (0x0483, 0xDF11),
        false => (source.number(), source.number()),
    };
    let interface = |source: &mut Source<'_>, alternate| {
        let [class, subclass, protocol] = match usual {
            true => [0xFE, 1, 2],
            false => [source.byte(), source.byte(), source.byte()],
        };
        InterfaceRecord {
            number: 0,
            alternate,
            class,
            subclass,
            protocol,
            name: source.text(),
            functional: FunctionalDescriptor::find(&source.bytes()),
        }
    };
    DeviceRecord {
        place: Place("1-1".to_owned()),
        address: 1,
        speed: None,
        vendor,
        product,
        version: source.number(),
        manufacturer: None,
        product_name: source.text(),
        serial: source.text(),
        interfaces: (0..count)
            .map(|alternate| interface(source, alternate))
            .collect(),
        blocked: None,
        driver: None,
    }
}
