//! Any text as a memory layout: its sectors lie in order and do not overlap.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upfuse::memory::parse_layout;

fuzz_target!(|text: &str| {
    let Ok(map) = parse_layout(text) else { return };
    let mut end = 0;
    for sector in map.sectors().take(100_000) {
        assert!(u64::from(sector.range.start()) >= end);
        assert!(!sector.range.is_empty());
        end = sector.range.end();
        let touching = map.sectors_touching(sector.range).next();
        assert_eq!(touching, Some(sector));
    }
    assert!(!map.regions().is_empty());
});
