//! The system's own reports of devices that come, go or change. Where there are none, the slow scans
//! of the worker notice everything.

use crate::transport::Changes;

/// Reports to `changes`, from a thread of its own, until its receiver is gone.
pub(super) fn start(changes: Changes) {
    if let Err(why) = system::start(changes) {
        log::info!("this system reports no changes on USB: {why}");
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
use libusb as system;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(windows)]
use windows as system;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::io::Errno;
    use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
    use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

    use crate::transport::Changes;

    /// The kernel's reports come at once, and also where udev does not run. udev's come when its
    /// rules have set the permissions, and when `udevadm trigger` applied new rules.
    const KERNEL_AND_UDEV: u32 = 0b11;
    /// Longer ones are cut off, but begin with what is searched (UEVENT_BUFFER_SIZE is 2048).
    const MESSAGE: usize = 8192;

    pub(super) fn start(changes: Changes) -> io::Result<()> {
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            Some(KOBJECT_UEVENT),
        )?;
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL_AND_UDEV))?;
        std::thread::Builder::new()
            .name("usb changes".to_owned())
            .spawn(move || listen(&socket, &changes))?;
        Ok(())
    }

    fn listen(socket: &OwnedFd, changes: &Changes) {
        let mut message = vec![0; MESSAGE];
        loop {
            let changed = match recv(socket, message.as_mut_slice(), RecvFlags::empty()) {
                Ok((length, _)) => is_about_a_device(message.get(..length).unwrap_or_default()),
                // Some messages were lost.
                Err(Errno::NOBUFS) => true,
                Err(Errno::INTR) => false,
                Err(error) => {
                    log::warn!("changes on USB are not reported any more: {error}");
                    return;
                }
            };
            if changed && !changes.report() {
                return;
            }
        }
    }

    /// A whole device, not one of its interfaces: those change when a program claims them.
    /// Both senders separate `KEY=value` by NULs; udev has a binary header before the first.
    fn is_about_a_device(message: &[u8]) -> bool {
        let has = |property: &[u8]| message.split(|b| *b == 0).any(|p| p.ends_with(property));
        has(b"SUBSYSTEM=usb") && has(b"DEVTYPE=usb_device")
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// In the kernel's form (lib/kobject_uevent.c, drivers/usb/core/usb.c usb_dev_uevent).
        const PLUGGED: &[u8] = b"add@/devices/pci0000:00/0000:00:14.0/usb1/1-4\0ACTION=add\0\
            DEVPATH=/devices/pci0000:00/0000:00:14.0/usb1/1-4\0SUBSYSTEM=usb\0MAJOR=189\0MINOR=6\0\
            DEVNAME=bus/usb/001/007\0DEVTYPE=usb_device\0PRODUCT=483/df11/2200\0TYPE=0/0/0\0\
            BUSNUM=001\0DEVNUM=007\0SEQNUM=4711\0";

        #[test]
        fn only_reports_about_usb_devices_count() {
            assert!(is_about_a_device(PLUGGED));
            let text = String::from_utf8(PLUGGED.to_vec()).unwrap();
            let interface = text.replace("usb_device", "usb_interface");
            assert!(!is_about_a_device(interface.as_bytes()));
            let disk = text.replace("=usb\0", "=block\0");
            assert!(!is_about_a_device(disk.as_bytes()));
            assert!(!is_about_a_device(b""));
        }

        #[test]
        fn the_header_of_udev_may_touch_the_first_property() {
            let mut message =
                b"libudev\0\xfe\xed\xca\xfe\x28\0\0\0\x28\0\0\0\x40\0\0\0\x01\x02\x03\x04".to_vec();
            message.extend(b"SUBSYSTEM=usb\0ACTION=bind\0DEVTYPE=usb_device\0");
            assert!(is_about_a_device(&message));
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::io;

    use crate::transport::Changes;

    pub(super) fn start(changes: Changes) -> io::Result<()> {
        if is_wine() {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        let events = nusb::watch_devices()?;
        std::thread::Builder::new()
            .name("usb changes".to_owned())
            .spawn(move || {
                for _ in futures_lite::stream::block_on(events) {
                    if !changes.report() {
                        return;
                    }
                }
            })?;
        Ok(())
    }

    /// Wine lacks CM_Register_Notification, and ends a program that calls it (seen in Wine 8.0).
    fn is_wine() -> bool {
        std::env::var_os("SystemRoot").is_some_and(|windows| {
            let own_program = r"System32\winecfg.exe";
            std::path::Path::new(&windows).join(own_program).exists()
        })
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod libusb {
    use rusb::{Context, Device, Hotplug, HotplugBuilder, UsbContext};

    use crate::transport::Changes;

    pub(super) fn start(changes: Changes) -> Result<(), Box<dyn std::error::Error>> {
        if !rusb::has_hotplug() {
            return Err(rusb::Error::NotSupported.into());
        }
        let context = Context::new()?;
        let (reporter, mut reports) = (Reporter(changes), HotplugBuilder::new());
        let registration = reports
            .enumerate(false)
            .register(&context, Box::new(reporter))?;
        std::thread::Builder::new()
            .name("usb changes".to_owned())
            .spawn(move || {
                let _registration = registration;
                while let Ok(()) | Err(rusb::Error::Interrupted) = context.handle_events(None) {}
            })?;
        Ok(())
    }

    struct Reporter(Changes);

    impl Hotplug<Context> for Reporter {
        fn device_arrived(&mut self, _: Device<Context>) {
            self.0.report();
        }

        fn device_left(&mut self, _: Device<Context>) {
            self.0.report();
        }
    }
}
