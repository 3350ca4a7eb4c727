//! Any text as the settings of the window; what could be read is written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/gui/settings.rs"]
#[allow(dead_code, reason = "only the contents are read here, no file")]
mod settings;

#[path = "../../../src/printable.rs"]
#[allow(dead_code, reason = "the settings use a part of it")]
mod printable;

/// What the settings use of the program.
mod firmware {
    pub(crate) use upfuse::firmware::{Existing, SaveError};

    pub(crate) fn save(_: &std::path::Path, _: &[u8], _: Existing) -> Result<(), SaveError> {
        Ok(())
    }
}

fuzz_target!(|text: &str| {
    let Ok(settings) = serde_json::from_str::<settings::Settings>(text) else { return };
    let Ok(written) = serde_json::to_string(&settings) else {
        panic!("settings that were read cannot be written")
    };
    let again = serde_json::from_str(&written);
    assert!(again.is_ok_and(|again: settings::Settings| again == settings));
});
