//! Windows: a device, or a function of a composite device, has its port's name in the registry, below
//! `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Enum`. Names of keys have no case. Separate from the
//! calls that read it, so that it is tested on every system.

/// The registry below `Enum`.
pub(super) trait Enum {
    /// The keys in a key; none if it is not there.
    fn keys(&self, key: &str) -> Vec<String>;

    fn text(&self, key: &str, value: &str) -> Option<String>;
}

/// The port of the device whose instance is `USB\VID_0483&PID_5740\207F31`: `COM7`. Of a composite
/// device, that of its first function that has one.
pub(super) fn first_port(root: &impl Enum, instance: &str) -> Option<String> {
    port_of(root, instance).or_else(|| port_of_function(root, instance))
}

fn port_of(root: &impl Enum, instance: &str) -> Option<String> {
    let name = root.text(&format!(r"{instance}\Device Parameters"), "PortName")?;
    name.starts_with("COM").then_some(name)
}

/// A function has a key such as `USB\VID_F055&PID_9800&MI_01`, and in it one for each device that was
/// ever plugged in: its name begins with what the device's own key has as ParentIdPrefix.
fn port_of_function(root: &impl Enum, instance: &str) -> Option<String> {
    let prefix = root.text(instance, "ParentIdPrefix")?;
    let (device, _) = instance.rsplit_once('\\')?;
    let (bus, device) = device.split_once('\\')?;
    let mut functions = root.keys(bus);
    functions.retain(|name| begins_with(name, &format!("{device}&MI_")));
    functions.sort();
    functions.iter().find_map(|function| {
        let key = format!(r"{bus}\{function}");
        let instances = root.keys(&key).into_iter();
        let mut own = instances.filter(|name| begins_with(name, &format!("{prefix}&")));
        own.find_map(|name| port_of(root, &format!(r"{key}\{name}")))
    })
}

fn begins_with(name: &str, with: &str) -> bool {
    name.get(..with.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(with))
}

#[cfg(windows)]
pub(super) use system::CurrentControlSet;

#[cfg(windows)]
mod system {
    use windows_registry::{Key, LOCAL_MACHINE};

    use super::Enum;

    pub(in super::super) struct CurrentControlSet;

    fn open(key: &str) -> Option<Key> {
        let path = format!(r"SYSTEM\CurrentControlSet\Enum\{key}");
        LOCAL_MACHINE.open(path).ok()
    }

    impl Enum for CurrentControlSet {
        fn keys(&self, key: &str) -> Vec<String> {
            let key = open(key);
            key.and_then(|key| Some(key.keys().ok()?.collect()))
                .unwrap_or_default()
        }

        fn text(&self, key: &str, value: &str) -> Option<String> {
            open(key)?.get_string(value).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of `key`, or `key : value = text`, as an export of the registry has them.
    struct Export(&'static [&'static str]);

    impl Enum for Export {
        fn keys(&self, key: &str) -> Vec<String> {
            let lines = self.0.iter();
            let keys = lines.map(|line| line.split_once(" : ").map_or(*line, |(key, _)| key));
            let below = keys.filter_map(|line| line.strip_prefix(key)?.strip_prefix('\\'));
            let mut names: Vec<String> = below
                .filter_map(|rest| rest.split('\\').next().map(str::to_owned))
                .collect();
            names.dedup();
            names
        }

        fn text(&self, key: &str, value: &str) -> Option<String> {
            let start = format!("{key} : {value} = ");
            let mut lines = self.0.iter();
            lines.find_map(|line| Some(line.strip_prefix(&start)?.to_owned()))
        }
    }

    #[test]
    fn a_device_that_is_nothing_else_has_its_ports_name() {
        let export = Export(&[
            r"USB\VID_0483&PID_5740\6&1F\Device Parameters : PortName = COM3",
            r"USB\VID_0483&PID_5740\207F3159\Device Parameters : PortName = COM12",
        ]);
        let port = first_port(&export, r"USB\VID_0483&PID_5740\207F3159");
        assert_eq!(port.as_deref(), Some("COM12"));
        assert_eq!(first_port(&export, r"USB\VID_0483&PID_5740\OTHER"), None);
    }

    /// Of two boards of a kind, each has a key in the same functions.
    #[test]
    fn a_function_belongs_to_the_device_whose_prefix_it_has() {
        let export = Export(&[
            r"USB\VID_F055&PID_9800\325C : ParentIdPrefix = 7&2a0c3a8b&0",
            r"USB\VID_F055&PID_9800\416D : ParentIdPrefix = 7&2a0c3a8b&1",
            r"USB\VID_F055&PID_9800&MI_00\7&2A0C3A8B&0&0000\Device Parameters : Icons = x",
            r"USB\VID_F055&PID_9800&MI_01\7&2A0C3A8B&1&0001\Device Parameters : PortName = COM4",
            r"USB\VID_F055&PID_9800&MI_01\7&2A0C3A8B&0&0001\Device Parameters : PortName = COM5",
            r"USB\VID_F055&PID_9801&MI_01\7&2A0C3A8B&0&0001\Device Parameters : PortName = COM6",
        ]);
        let port = |instance| first_port(&export, instance);
        let first = port(r"USB\VID_F055&PID_9800\325C");
        assert_eq!(first.as_deref(), Some("COM5"));
        let second = port(r"USB\VID_F055&PID_9800\416D");
        assert_eq!(second.as_deref(), Some("COM4"));
    }
}
