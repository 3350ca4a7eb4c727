//! macOS: `ioreg` prints the system's registry as a tree, in which a serial port is below the USB
//! device that makes it. Separate from the call, so that it is tested on every system.

use crate::transport::DeviceRecord;

/// A USB device in the tree, as far as its lines were read.
#[derive(Clone, Debug, Default)]
struct UsbDevice {
    /// Bus and ports, four bits for each hub on the way.
    location: u32,
    address: Option<u32>,
    vendor: Option<u32>,
    product: Option<u32>,
}

/// A node of the tree, and its distance from the left.
struct Node {
    depth: usize,
    usb: Option<UsbDevice>,
}

/// The first port of `device` in the text of `ioreg -r -c IOUSBHostDevice -l -w 0`:
/// `/dev/cu.usbmodem14101`.
pub(super) fn first_port(text: &str, device: &DeviceRecord) -> Option<String> {
    let mut path: Vec<Node> = Vec::new();
    for line in text.lines() {
        if let Some((depth, node)) = line.split_once("+-o ").map(|(l, r)| (l.len(), r)) {
            path.retain(|above| above.depth < depth);
            let is_usb = node.contains("<class IOUSBHostDevice");
            let usb = is_usb.then(UsbDevice::default);
            path.push(Node { depth, usb });
        } else if let Some((name, value)) = property(line) {
            if name == "IOCalloutDevice" {
                let nearest = path.iter().rev().find_map(|node| node.usb.as_ref());
                if nearest.is_some_and(|usb| usb.is(device)) {
                    return Some(value.trim_matches('"').to_owned());
                }
            } else if let Some(usb) = path.last_mut().and_then(|node| node.usb.as_mut()) {
                usb.learn(name, value);
            }
        }
    }
    None
}

/// `"idVendor" = 10755`
fn property(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once('"')?;
    rest.split_once("\" = ")
}

impl UsbDevice {
    fn learn(&mut self, name: &str, value: &str) {
        let number = value.parse::<u32>().ok();
        match name {
            "locationID" => self.location = number.unwrap_or_default(),
            "USB Address" | "kUSBAddress" => self.address = number,
            "idVendor" => self.vendor = number,
            "idProduct" => self.product = number,
            _ => {}
        }
    }

    fn is(&self, device: &DeviceRecord) -> bool {
        let is_there = device.place.0 == self.place()
            || self.address.is_some_and(|address| {
                device.place.0 == format!("{}-a{address}", self.location >> 24)
            });
        let is_kind = self.vendor == Some(device.vendor.into())
            && self.product == Some(device.product.into());
        let is_arrival = self
            .address
            .is_none_or(|address| address == u32::from(device.address));
        is_there && is_kind && is_arrival
    }

    /// `20-1.4` of the location 0x14140000, as libusb counts on macOS (darwin_usb.c).
    fn place(&self) -> String {
        let bus = self.location >> 24;
        let digits = (0..6)
            .rev()
            .map(|digit| (self.location >> (4 * digit)) & 0xF);
        let ports: Vec<String> = digits
            .take_while(|port| *port != 0)
            .map(|port| port.to_string())
            .collect();
        format!("{bus}-{}", ports.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::samples::plain;

    /// Shaped as a user's output for an Arduino Uno (stackoverflow.com/q/58679114), here behind a hub
    /// and beside another board of the kind.
    const TEXT: &str = r#"
+-o Hub@14100000  <class IOUSBHostDevice, id 0x100001100, registered, matched, active, busy 0>
  | {
  |   "locationID" = 336592896
  |   "idVendor" = 1507
  |   "idProduct" = 1552
  |   "USB Address" = 3
  | }
  +-o Pyboard@14140000  <class IOUSBHostDevice, id 0x100001201, registered, matched, active, busy 0>
  | | {
  | |   "sessionID" = 17679814164580
  | |   "idProduct" = 38912
  | |   "locationID" = 336855040
  | |   "idVendor" = 61525
  | |   "USB Address" = 7
  | | }
  | +-o AppleUSBACMData  <class AppleUSBACMData, id 0x100001210, registered, matched, active>
  |   +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100001213, registered, matched, active>
  |       {
  |         "IOCalloutDevice" = "/dev/cu.usbmodem14141"
  |         "IODialinDevice" = "/dev/tty.usbmodem14141"
  |       }
  +-o Pyboard@14120000  <class IOUSBHostDevice, id 0x100001301, registered, matched, active, busy 0>
    | {
    |   "idProduct" = 38912
    |   "locationID" = 336723968
    |   "idVendor" = 61525
    | }
    +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100001313, registered, matched, active>
        {
          "IOCalloutDevice" = "/dev/cu.usbmodem14121"
        }
"#;

    fn port(place: &str, address: u8, product: u16) -> Option<String> {
        let device = DeviceRecord {
            address,
            ..plain(place, 0xF055, product, None)
        };
        first_port(TEXT, &device)
    }

    #[test]
    fn the_port_is_below_exactly_this_device() {
        assert_eq!(port("20-1.4", 7, 0x9800).unwrap(), "/dev/cu.usbmodem14141");
        assert_eq!(port("20-1.2", 8, 0x9800).unwrap(), "/dev/cu.usbmodem14121");
        assert_eq!(port("20-a7", 7, 0x9800).unwrap(), "/dev/cu.usbmodem14141");
        assert_eq!(port("20-1.4", 8, 0x9800), None, "another arrival");
        assert_eq!(port("20-1.4", 7, 0x9801), None, "another kind");
        assert_eq!(port("20-1", 3, 0x9800), None, "a hub");
    }
}
