//! Option bytes: what is delivered, what a write makes of them, and what the chip obeys then.

use super::*;

use upfuse::address::{Address, AddressRange};
use upfuse::simulator::Defect;

impl Host {
    fn select(&mut self, alternate: u8) {
        self.opened.transport.select_alternate(alternate).unwrap();
    }

    fn options(&mut self, start: u32, length: usize) -> Vec<u8> {
        self.select(1);
        self.set_address(start);
        self.abort();
        let bytes = self.upload(2, length).unwrap();
        self.abort();
        bytes
    }

    /// Writes option bytes, and opens the board again after its reset.
    fn set_options(&mut self, start: u32, bytes: &[u8]) {
        self.select(1);
        self.set_address(start);
        self.download(2, bytes).unwrap();
        assert!(self.status().is(Status::Ok, State::DownloadBusy));
        self.wait(LONG);
        assert_eq!(kind(self.try_status(LONG)), UsbErrorKind::Gone);
        self.bus.scan().unwrap();
        self.reopen().unwrap();
    }
}

fn pairs(words: &[u32]) -> Vec<u8> {
    let pair = |word: &u32| [word.to_le_bytes(), (!word).to_le_bytes()];
    words.iter().flat_map(pair).flatten().collect()
}

#[test]
fn a_new_f042_holds_the_factory_values() {
    // dap42, option-bytes/factory_default.options.bin
    let factory = [[0xAA, 0x55]].iter().chain(&[[0xFF, 0x00]; 7]).flatten();
    let factory: Vec<u8> = factory.copied().collect();
    assert_eq!(Host::named("f042").options(0x1FFF_F800, 16), factory);
}

#[test]
fn a_g431_announces_48_bytes_and_delivers_and_takes_40() {
    // ST community 574813
    let mut host = Host::named("g431");
    let held = host.options(0x1FFF_7800, 48);
    assert_eq!(held.len(), 40);
    host.set_address(0x1FFF_7800);
    let longer = [held.as_slice(), &[0xFF; 8]].concat();
    assert!(host.write(2, &longer).is(Status::Target, State::Error));
    host.clear_status();
    host.set_options(0x1FFF_7800, &held);
    assert_eq!(host.options(0x1FFF_7800, 48), held);
}

#[test]
fn a_write_that_does_not_begin_at_the_option_bytes_is_refused() {
    // AN2662 §4.5.1
    let mut host = Host::named("f072");
    host.select(1);
    host.set_address(0x1FFF_F804);
    assert!(host.write(2, &[0xFF, 0]).is(Status::Target, State::Error));
}

#[test]
fn the_f0_writes_a_byte_and_its_complement_as_they_come() {
    let mut host = Host::named("f042");
    let mut bytes = host.options(0x1FFF_F800, 16);
    bytes[4..6].copy_from_slice(&[0x12, !0x12]);
    host.set_options(0x1FFF_F800, &bytes);
    assert_eq!(host.options(0x1FFF_F800, 16), bytes);
    // Level 0 with a wrong complement loads as 0xFF: level 1.
    bytes[1] = 0;
    host.set_options(0x1FFF_F800, &bytes);
    assert!(host.board.is_read_protected());
}

#[test]
fn the_f4_takes_the_first_half_word_of_eight_bytes() {
    // What STM32CubeProgrammer sends (an OpenBootloader for the F446): an old complement and an old
    // copy of the changed second value.
    let mut host = Host::named("f411");
    let sent = [
        [0xEF, 0xAA, 0x10, 0x55, 0xEF, 0xAA, 0x10, 0x55],
        [0x7F, 0x3F, 0x00, 0xC0, 0xFF, 0x3F, 0x00, 0xC0],
    ];
    host.set_options(0x1FFF_C000, sent.as_flattened());
    let held = host.options(0x1FFF_C000, 16);
    assert_eq!(held[..8], sent[0]);
    assert_eq!(held[8..], [0x7F, 0x3F, 0x80, 0xC0, 0x7F, 0x3F, 0x80, 0xC0]);
    // Sector 7 is write-protected: no error, and no effect (AN2662).
    assert!(host.erase(0x0806_0000).is(Status::Ok, State::DownloadIdle));
    assert!(host.erase(0x0804_0000).is(Status::Ok, State::DownloadIdle));
    let erased: Vec<_> = host
        .board
        .erasures()
        .iter()
        .map(|e| e.range.start())
        .collect();
    assert_eq!(erased, [Address(0x0804_0000)]);
}

#[test]
fn the_l4_takes_words_and_makes_their_complements() {
    let mut host = Host::named("l433");
    let held = host.options(0x1FFF_7800, 40);
    let start = [0xFFFF_F8AA, 0xFFFF_FFFF, 0xFFFF_0000, 0xFF00_FFFF];
    assert_eq!(held[..32], pairs(&start));
    let mut sent = held.clone();
    // Pages 2 to 3, and no complement of them.
    sent[24..28].copy_from_slice(&0xFF03_FF02_u32.to_le_bytes());
    host.set_options(0x1FFF_7800, &sent);
    let held = host.options(0x1FFF_7800, 40);
    assert_eq!(held[24..32], pairs(&[0xFF03_FF02]));
    for page in 0..6 {
        host.erase(0x0800_0000 + page * 2048);
    }
    let erased: Vec<_> = host
        .board
        .erasures()
        .iter()
        .map(|e| e.range.start().0)
        .collect();
    assert_eq!(erased, [0x0800_0000, 0x0800_0800, 0x0800_2000, 0x0800_2800]);
}

#[test]
fn the_l0_protects_where_a_bit_is_1() {
    // meetjestad programmer.py: the last 4 KiB, 24 of 32 bytes
    let mut host = Host::named("l072");
    let mut bytes = host.options(0x1FF8_0000, 32);
    let default = [
        0xAA, 0x00, 0x55, 0xFF, 0x70, 0x80, 0x8F, 0x7F, 0x00, 0x00, 0xFF, 0xFF,
    ];
    assert_eq!(bytes[..12], default);
    bytes[16..20].copy_from_slice(&[0x00, 0x80, 0xFF, 0x7F]);
    host.set_options(0x1FF8_0000, &bytes[..24]);
    host.erase(0x0802_F000);
    host.erase(0x0802_EF80);
    let erased: Vec<_> = host
        .board
        .erasures()
        .iter()
        .map(|e| e.range.start().0)
        .collect();
    assert_eq!(erased, [0x0802_EF80]);
}

#[test]
fn the_h7_takes_the_registers_to_write() {
    let mut host = Host::named("h743");
    let mut bytes = host.options(0x5200_201C, 128);
    assert_eq!(bytes[..4], 0x1BC6_AAF0_u32.to_le_bytes());
    bytes[..4].fill(0);
    bytes[4..8].copy_from_slice(&0x1BC6_AAF4_u32.to_le_bytes());
    host.set_options(0x5200_201C, &bytes);
    let held = host.options(0x5200_201C, 128);
    assert_eq!(held[..4], 0x1BC6_AAF4_u32.to_le_bytes());
}

#[test]
fn the_last_registers_of_a_u5_are_keys() {
    let mut host = Host::named("u575");
    let bytes = host.options(0x4002_2040, 64);
    host.set_options(0x4002_2040, &bytes[..48]);
    assert_eq!(host.board.defects(), []);
    host.set_options(0x4002_2040, &bytes);
    assert_eq!(host.board.defects(), [Defect::KeySet(Address(0x4002_2070))]);
}

#[test]
fn read_protection_follows_its_byte_and_read_unprotect_writes_it() {
    for (name, start, offset) in [
        ("f072", 0x1FFF_F800, 0),
        ("f407", 0x1FFF_C000, 1),
        ("l152", 0x1FF8_0000, 0),
        ("l475", 0x1FFF_7800, 0),
        ("u575", 0x4002_2040, 0),
    ] {
        let mut host = Host::named(name);
        let length = if name == "u575" { 48 } else { 16 };
        let mut bytes = host.options(start, length);
        assert_eq!(bytes[offset], 0xAA, "{name}");
        bytes[offset] = 0xBB;
        bytes[1] = if name == "f072" { !0xBB } else { bytes[1] };
        bytes[2] = if name == "l152" { !0xBB } else { bytes[2] };
        assert!(!host.board.is_read_protected(), "{name}");
        host.set_options(start, &bytes);
        assert!(host.board.is_read_protected(), "{name}");
        // A write is refused now.
        host.select(1);
        host.download(2, &bytes).unwrap();
        assert!(host.finish().is(Status::Vendor, State::Error), "{name}");
        host.clear_status();
        host.download(0, &[0x92]).unwrap();
        host.status();
        host.wait(LONG);
        assert!(!host.board.is_read_protected(), "{name}");
        let level = AddressRange::new(Address(start + offset as u32), 1).unwrap();
        assert_eq!(host.board.read(level).unwrap(), [0xAA], "{name}");
    }
}

#[test]
fn at_level_2_the_bootloader_never_runs_again() {
    let mut host = Host::named("l475");
    let mut bytes = host.options(0x1FFF_7800, 40);
    bytes[0] = 0xCC;
    host.select(1);
    host.set_address(0x1FFF_7800);
    host.write_and_leave(&bytes);
    host.board.unplug();
    host.board.plug();
    assert_eq!(host.board.state(), State::AppIdle);
}

#[test]
fn a_boot_pin_that_option_bytes_switch_off_leads_to_no_bootloader() {
    // usbkvm, progdata/option.bin
    let mut host = Host::named("f042");
    let mut bytes = host.options(0x1FFF_F800, 16);
    bytes[2..4].copy_from_slice(&[0x7F, 0x80]);
    host.select(1);
    host.set_address(0x1FFF_F800);
    host.write_and_leave(&bytes);
    assert_eq!(host.board.state(), State::AppIdle);
}

#[test]
fn a_power_cut_during_the_write_leaves_erased_option_bytes() {
    // rusefi#8926: read protection at 0xFF, which is level 1
    let mut host = Host::named("f411");
    let bytes = host.options(0x1FFF_C000, 16);
    host.set_address(0x1FFF_C000);
    host.download(2, &bytes).unwrap();
    host.status();
    host.board.unplug();
    host.board.plug();
    assert!(host.board.is_read_protected());
    let all = AddressRange::new(Address(0x1FFF_C000), 16).unwrap();
    assert_eq!(host.board.read(all).unwrap(), [0xFF; 16]);
}

impl Host {
    fn write_and_leave(&mut self, bytes: &[u8]) {
        self.download(2, bytes).unwrap();
        self.status();
        self.wait(LONG);
        self.bus.scan().unwrap();
    }
}
