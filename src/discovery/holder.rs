//! Linux: the program that holds a device, if this account may see it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::printable::printable;
use crate::transport::{DeviceRecord, Place, UsbErrorKind};

/// The programs that hold busy devices: `dfu-util (process 1234)`. Those of other accounts stay
/// unknown. Searches only if a device is busy.
pub(super) fn holders(processes: &Path, records: &[DeviceRecord]) -> HashMap<Place, String> {
    let mut wanted: HashMap<PathBuf, Place> = records
        .iter()
        .filter(|record| record.blocked == Some(UsbErrorKind::Busy))
        .filter_map(|record| Some((device_node(record)?, record.place.clone())))
        .collect();
    let mut found = HashMap::new();
    if wanted.is_empty() {
        return found;
    }
    let folders = std::fs::read_dir(processes).into_iter().flatten().flatten();
    for process in folders.map(|entry| entry.path()) {
        for file in open_files(&process) {
            if let Some(place) = wanted.remove(&file) {
                found.extend(process_name(&process).map(|name| (place, name)));
            }
        }
    }
    found
}

/// `/dev/bus/usb/001/005` of the device at `1-4.2` with address 5.
fn device_node(record: &DeviceRecord) -> Option<PathBuf> {
    let (bus, _) = record.place.0.split_once('-')?;
    let bus: u8 = bus.parse().ok()?;
    Some(PathBuf::from(format!(
        "/dev/bus/usb/{bus:03}/{:03}",
        record.address
    )))
}

fn open_files(process: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(process.join("fd"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
}

fn process_name(process: &Path) -> Option<String> {
    let id: u32 = process.file_name()?.to_str()?.parse().ok()?;
    let name = std::fs::read_to_string(process.join("comm")).ok()?;
    Some(format!("{} (process {id})", printable(name.trim())))
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::samples::{blocked_rom, f407};
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_program_with_the_open_device_node_is_the_holder() {
        let processes = tempfile::tempdir().unwrap();
        for (id, name, file) in [
            ("12", "editor", "/home/me/text"),
            ("1234", "dfu-util", "/dev/bus/usb/001/005"),
            ("77", "other", "/dev/bus/usb/002/005"),
        ] {
            let process = processes.path().join(id);
            std::fs::create_dir_all(process.join("fd")).unwrap();
            std::fs::write(process.join("comm"), format!("{name}\n")).unwrap();
            symlink(file, process.join("fd/3")).unwrap();
        }
        std::fs::create_dir_all(processes.path().join("self")).unwrap();

        let busy = blocked_rom(UsbErrorKind::Busy);
        let found = holders(processes.path(), std::slice::from_ref(&busy));
        assert_eq!(found[&busy.place], "dfu-util (process 1234)");
        assert!(holders(processes.path(), &[f407()]).is_empty());
        assert!(holders(Path::new("/nowhere"), &[busy]).is_empty());
    }
}
