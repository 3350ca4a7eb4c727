//! Linux: `/sys/bus/usb/devices/1-4.2:1.0/tty/ttyACM0` is a port of interface 0 of the device at
//! `1-4.2`.

use std::path::{Path, PathBuf};

use super::{gone, no_port};
use crate::transport::DeviceRecord;
use crate::transport::serial::SerialError;

/// # Errors
/// As [`super::first_port`].
pub(super) fn first_port(root: &Path, device: &DeviceRecord) -> Result<PathBuf, SerialError> {
    if !is_there(root, device) {
        return Err(gone(device));
    }
    let mut interfaces: Vec<u8> = device.interfaces.iter().map(|i| i.number).collect();
    interfaces.sort_unstable();
    interfaces.dedup();
    let place = &device.place.0;
    let configuration = number(&root.join(place).join("bConfigurationValue"), 10).unwrap_or(1);
    interfaces
        .iter()
        .find_map(|number| port_of(&root.join(format!("{place}:{configuration}.{number}"))))
        .ok_or_else(|| no_port(device))
}

/// The device at the place is this one: the kernel gives each arrival a new number.
fn is_there(root: &Path, device: &DeviceRecord) -> bool {
    let folder = root.join(&device.place.0);
    let is = |file: &str, radix: u32, expected: u16| {
        number(&folder.join(file), radix) == Some(u32::from(expected))
    };
    is("devnum", 10, device.address.into())
        && is("idVendor", 16, device.vendor)
        && is("idProduct", 16, device.product)
}

fn number(file: &Path, radix: u32) -> Option<u32> {
    let text = std::fs::read_to_string(file).ok()?;
    u32::from_str_radix(text.trim(), radix).ok()
}

fn port_of(interface: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(interface.join("tty")).ok()?;
    let name = entries.next()?.ok()?.file_name();
    Some(Path::new("/dev").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::samples::plain;
    use crate::transport::InterfaceRecord;
    use crate::transport::serial::SerialErrorKind;

    fn interface(number: u8) -> InterfaceRecord {
        InterfaceRecord {
            number,
            alternate: 0,
            class: 2,
            subclass: 2,
            protocol: 1,
            name: None,
            functional: None,
        }
    }

    /// MicroPython with two ports and a disk, as Linux lists it.
    fn device() -> DeviceRecord {
        DeviceRecord {
            address: 9,
            interfaces: [3, 1, 0, 2].map(interface).to_vec(),
            ..plain("1-4.2", 0xF055, 0x9800, None)
        }
    }

    fn tree(devnum: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let device = root.path().join("1-4.2");
        std::fs::create_dir_all(&device).unwrap();
        for (file, text) in [
            ("devnum", devnum),
            ("idVendor", "f055\n"),
            ("idProduct", "9800\n"),
            ("bConfigurationValue", "1\n"),
        ] {
            std::fs::write(device.join(file), text).unwrap();
        }
        for folder in [
            "1-4.2:1.0",
            "1-4.2:1.1/tty/ttyACM10",
            "1-4.2:1.3/tty/ttyACM2",
            "1-4:1.0/tty/ttyACM0",
            "2-4.2:1.0/tty/ttyACM1",
        ] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        root
    }

    #[test]
    fn the_port_is_the_first_of_exactly_this_device() {
        let root = tree("9\n");
        let port = first_port(root.path(), &device());
        assert_eq!(port, Ok(PathBuf::from("/dev/ttyACM10")));
    }

    #[test]
    fn a_device_that_came_to_its_place_since_is_another_one() {
        let root = tree("10\n");
        let error = first_port(root.path(), &device()).unwrap_err();
        assert_eq!(error.kind, SerialErrorKind::Gone);
        let elsewhere = DeviceRecord {
            product: 0x9801,
            ..device()
        };
        let error = first_port(tree("9\n").path(), &elsewhere).unwrap_err();
        assert_eq!(error.kind, SerialErrorKind::Gone);
    }

    #[test]
    fn a_device_without_a_port_has_none() {
        let root = tree("9\n");
        std::fs::remove_dir_all(root.path().join("1-4.2:1.1")).unwrap();
        std::fs::remove_dir_all(root.path().join("1-4.2:1.3")).unwrap();
        let error = first_port(root.path(), &device()).unwrap_err();
        assert_eq!(error.kind, SerialErrorKind::NoPort);
    }
}
