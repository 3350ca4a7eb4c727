//! Any descriptors and strings of a device, as far as the list of boards.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use upfuse::discovery::{Os, SystemFacts, examine};
use upfuse::transport::FunctionalDescriptor;

fuzz_target!(|input: &[u8]| {
    if let Some(found) = FunctionalDescriptor::find(input) {
        let _ = format!("{found:?}");
    }
    let mut source = common::Source(input);
    let devices = [common::device(&mut source), common::device(&mut source)];
    for os in [Os::Linux, Os::Windows, Os::MacOs] {
        for found in examine(&devices, &SystemFacts::new(os)) {
            assert!(
                !found.label.chars().any(char::is_control),
                "{:?}",
                found.label
            );
        }
    }
});
