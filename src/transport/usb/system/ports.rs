//! Whether anything was plugged in or out, without libusb: it opens some hundred files to list all
//! devices and hubs, on a machine that also runs jobs.

/// The devices at all ports. Equal as long as nothing came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Ports {
    /// Linux: place, and the address that the kernel gave, another one after each replug. Windows:
    /// the device instance, and its address and driver.
    #[cfg(any(target_os = "linux", windows))]
    addresses: std::collections::BTreeMap<String, String>,
}

#[cfg(target_os = "linux")]
impl Ports {
    /// `None` if the system does not show them.
    pub(super) fn below(root: &std::path::Path) -> Option<Self> {
        let mut addresses = std::collections::BTreeMap::new();
        for entry in std::fs::read_dir(root).ok()? {
            let name = entry.ok()?.file_name().into_string().ok()?;
            // "1-4.2:1.0" is an interface of a device.
            if name.contains(':') {
                continue;
            }
            // Empty for a device that is just leaving; it is missing next time. A root hub ("usb1")
            // never leaves.
            let address = match name.starts_with("usb") {
                true => String::new(),
                false => {
                    std::fs::read_to_string(root.join(&name).join("devnum")).unwrap_or_default()
                }
            };
            addresses.insert(name, address);
        }
        Some(Self { addresses })
    }

    /// Every device, root hubs aside, is one of `places`.
    pub(in super::super) fn are_all_among<'p>(
        &self,
        places: impl Iterator<Item = &'p str>,
    ) -> bool {
        let places: std::collections::BTreeSet<&str> = places.collect();
        let mut devices = self.addresses.keys().filter(|n| !n.starts_with("usb"));
        devices.all(|name| places.contains(name.as_str()))
    }
}

#[cfg(windows)]
impl Ports {
    pub(super) fn new(devices: &[super::listed::Listed]) -> Self {
        let key = |device: &super::listed::Listed| device.instance.clone();
        let value = |device: &super::listed::Listed| {
            let driver = device.driver.as_deref().unwrap_or_default();
            format!("{} {driver}", device.address)
        };
        let addresses = devices.iter().map(|device| (key(device), value(device)));
        Self {
            addresses: addresses.collect(),
        }
    }

    /// libusb lists no fewer devices; it names the places differently.
    pub(in super::super) fn are_all_among<'p>(
        &self,
        places: impl Iterator<Item = &'p str>,
    ) -> bool {
        places.count() >= self.addresses.len()
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
impl Ports {
    pub(in super::super) fn are_all_among<'p>(&self, _: impl Iterator<Item = &'p str>) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_ports_change_when_a_board_comes_goes_or_comes_back() {
        let root = tempfile::tempdir().unwrap();
        let plug = |place: &str, address: &str| {
            let folder = root.path().join(place);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("devnum"), address).unwrap();
        };
        let ports = || Ports::below(root.path()).unwrap();
        plug("usb1", "1\n");
        let empty = ports();
        plug("1-4.2", "7\n");
        plug("1-4.2:1.0", "");
        let plugged = ports();
        assert_ne!(empty, plugged);
        assert_eq!(plugged, ports());
        plug("1-4.2", "8\n");
        assert_ne!(plugged, ports());
        std::fs::remove_dir_all(root.path().join("1-4.2")).unwrap();
        assert_eq!(empty, ports());
    }

    #[test]
    fn a_device_that_libusb_did_not_list_is_noticed() {
        let root = tempfile::tempdir().unwrap();
        for name in ["usb1", "1-4", "1-4.2", "1-4.2:1.0"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let ports = Ports::below(root.path()).unwrap();
        assert!(ports.are_all_among(["1-4", "1-4.2"].into_iter()));
        assert!(!ports.are_all_among(["1-4"].into_iter()));
    }

    #[test]
    fn there_are_no_ports_on_a_machine_without_sysfs() {
        assert_eq!(Ports::below(std::path::Path::new("/nowhere")), None);
    }
}
