//! Any text as a record of transfers; what could be read is replayed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upfuse::simulator::{Matching, Replay};
use upfuse::transport::Bus;
use upfuse::transport::recording::Recording;

fuzz_target!(|text: &str| {
    let Ok(recording) = Recording::parse(text) else {
        return;
    };
    let mut bus = Replay::new(recording, Matching::default());
    let Ok(devices) = bus.scan() else { return };
    for device in devices {
        let Ok((mut opened, _)) = bus.open(&device.place, 0) else {
            continue;
        };
        let mut buffer = [0; 64];
        for request in 0..8 {
            let timeout = std::time::Duration::from_secs(1);
            if let Ok(length) = opened.transport.read(request, 2, &mut buffer, timeout) {
                assert!(length <= buffer.len());
            }
        }
    }
    let _ = bus.result();
});
