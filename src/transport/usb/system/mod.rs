//! What the operating system knows about a device without opening it: the driver it bound, and the
//! strings it read when the device was plugged in.

#[cfg(any(windows, test))]
mod listed;
mod ports;

use crate::transport::DeviceRecord;

#[cfg(target_os = "linux")]
pub(super) use linux::SystemView;
#[cfg(not(any(target_os = "linux", windows)))]
pub(super) use other::SystemView;
pub(super) use ports::Ports;
#[cfg(windows)]
pub(super) use windows::SystemView;

#[cfg(target_os = "linux")]
mod linux {
    use std::path::{Path, PathBuf};

    use super::super::strings::sanitize;
    use super::{DeviceRecord, Ports};

    /// sysfs.
    pub(in super::super) struct SystemView {
        root: PathBuf,
    }

    impl SystemView {
        pub(in super::super) fn read() -> Self {
            Self {
                root: PathBuf::from("/sys/bus/usb/devices"),
            }
        }

        /// `None` on a machine without sysfs.
        pub(in super::super) fn ports(&self) -> Option<Ports> {
            Ports::below(&self.root)
        }

        /// Adds the driver, and the strings that were not read from the device itself.
        pub(in super::super) fn complete(&self, record: &mut DeviceRecord) {
            let folder = self.root.join(&record.place.0);
            fill(&mut record.manufacturer, &folder.join("manufacturer"));
            fill(&mut record.product_name, &folder.join("product"));
            fill(&mut record.serial, &folder.join("serial"));
            record.driver = self.driver(record);
            if let Some(only) = single_alternate(record) {
                let name = self.interface_folder(record, only).join("interface");
                if let Some(first) = record.interfaces.iter_mut().find(|i| i.number == only) {
                    fill(&mut first.name, &name);
                }
            }
        }

        /// The driver of the DFU interface, else of the first.
        fn driver(&self, record: &DeviceRecord) -> Option<String> {
            let dfu = record
                .interfaces
                .iter()
                .find(|i| (i.class, i.subclass) == super::super::DFU_CLASS);
            let number = dfu.or(record.interfaces.first())?.number;
            let link = self.interface_folder(record, number).join("driver");
            let target = std::fs::read_link(link).ok()?;
            Some(target.file_name()?.to_str()?.to_owned())
        }

        /// `1-4.2:1.0`: place, configuration, interface.
        fn interface_folder(&self, record: &DeviceRecord, number: u8) -> PathBuf {
            let place = &record.place.0;
            let configuration =
                std::fs::read_to_string(self.root.join(place).join("bConfigurationValue"))
                    .ok()
                    .and_then(|text| text.trim().parse::<u8>().ok())
                    .unwrap_or(1);
            self.root.join(format!("{place}:{configuration}.{number}"))
        }
    }

    /// sysfs has only the name of the selected alternate setting: it is certain if there is no
    /// other.
    fn single_alternate(record: &DeviceRecord) -> Option<u8> {
        let dfu: Vec<u8> = record
            .interfaces
            .iter()
            .filter(|i| (i.class, i.subclass) == super::super::DFU_CLASS)
            .map(|i| i.number)
            .collect();
        match dfu.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    fn fill(field: &mut Option<String>, file: &Path) {
        if field.is_none() {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            *field = sanitize(text.trim_end_matches('\n'));
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::transport::{InterfaceRecord, Place};

        fn record() -> DeviceRecord {
            DeviceRecord {
                place: Place("1-4.2".to_owned()),
                address: 7,
                speed: None,
                vendor: 0x0483,
                product: 0xDF11,
                version: 0x2200,
                manufacturer: None,
                product_name: Some("read from the device".to_owned()),
                serial: None,
                interfaces: vec![InterfaceRecord {
                    number: 0,
                    alternate: 0,
                    class: 0xFE,
                    subclass: 1,
                    protocol: 2,
                    name: None,
                    functional: None,
                }],
                blocked: None,
                driver: None,
            }
        }

        #[test]
        fn a_board_that_cannot_be_opened_has_the_strings_that_linux_read() {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join("1-4.2");
            let interface = root.path().join("1-4.2:1.0");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::create_dir_all(&interface).unwrap();
            std::fs::write(folder.join("manufacturer"), "STMicroelectronics\n").unwrap();
            std::fs::write(folder.join("product"), "STM32  BOOTLOADER\n").unwrap();
            std::fs::write(folder.join("serial"), "3574364C3034\n").unwrap();
            std::fs::write(interface.join("interface"), "@Internal Flash  /0x0/1*1Kg\n").unwrap();
            std::os::unix::fs::symlink("../../../bus/usb/drivers/usbfs", interface.join("driver"))
                .unwrap();

            let mut found = record();
            let view = SystemView {
                root: root.path().to_owned(),
            };
            view.complete(&mut found);
            assert_eq!(found.manufacturer.as_deref(), Some("STMicroelectronics"));
            assert_eq!(found.product_name.as_deref(), Some("read from the device"));
            assert_eq!(found.serial.as_deref(), Some("3574364C3034"));
            assert_eq!(found.driver.as_deref(), Some("usbfs"));
            let name = found.interfaces[0].name.as_deref();
            assert_eq!(name, Some("@Internal Flash  /0x0/1*1Kg"));

            let mut several = record();
            let second = InterfaceRecord {
                alternate: 1,
                ..several.interfaces[0].clone()
            };
            several.interfaces.push(second);
            view.complete(&mut several);
            assert_eq!(several.interfaces[0].name, None);
        }

        #[test]
        fn a_record_is_unchanged_on_a_machine_without_sysfs() {
            let mut found = record();
            let root = PathBuf::from("/nowhere");
            SystemView { root }.complete(&mut found);
            assert_eq!(found, record());
        }
    }
}

#[cfg(windows)]
mod windows {
    use nusb::MaybeFuture as _;

    use super::listed::{self, Listed};
    use super::{DeviceRecord, Ports};

    /// The devices as Windows' Plug and Play lists them; `None` if it lists none.
    pub(in super::super) struct SystemView {
        devices: Option<Vec<Listed>>,
    }

    impl SystemView {
        pub(in super::super) fn read() -> Self {
            let devices = nusb::list_devices().wait();
            Self {
                devices: devices
                    .map(|found| found.map(|d| listed(&d)).collect())
                    .ok(),
            }
        }

        pub(in super::super) fn ports(&self) -> Option<Ports> {
            self.devices.as_deref().map(Ports::new)
        }

        /// Adds the driver, and the strings that Windows read itself.
        pub(in super::super) fn complete(&self, record: &mut DeviceRecord) {
            listed::complete(self.devices.as_deref().unwrap_or_default(), record);
        }

        /// Windows' name of the device of a record.
        pub(in super::super) fn instance(&self, record: &DeviceRecord) -> Option<String> {
            listed::instance(self.devices.as_deref().unwrap_or_default(), record)
        }
    }

    fn listed(device: &nusb::DeviceInfo) -> Listed {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Listed {
            instance: device.instance_id().to_string_lossy().into_owned(),
            address: device.device_address(),
            vendor: device.vendor_id(),
            product: device.product_id(),
            ports: device.port_chain().to_vec(),
            driver: own(device.driver()),
            manufacturer: own(device.manufacturer_string()),
            product_name: own(device.product_string()),
            serial: own(device.serial_number()),
        }
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod other {
    use super::{DeviceRecord, Ports};

    /// This system adds nothing to what libusb reads.
    pub(in super::super) struct SystemView;

    impl SystemView {
        pub(in super::super) fn read() -> Self {
            Self
        }

        /// Unknown without listing the devices.
        pub(in super::super) fn ports(&self) -> Option<Ports> {
            None
        }

        pub(in super::super) fn complete(&self, _: &mut DeviceRecord) {}
    }
}
