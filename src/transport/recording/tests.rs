use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::simulator::{Board, SimulatedBus, Time};
use crate::transport::{Bus as _, UsbErrorKind};

/// A file in memory.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sheet {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// A record of some transfers to an f072.
fn record(keep: KeepData) -> String {
    let sheet = Sheet::default();
    let recorder = Recorder::new(sheet.clone(), keep, Side::Host).unwrap();
    let mut bus = SimulatedBus::new();
    let board = Board::by_name("f072").unwrap().with_serial("207A35785841");
    bus.plug(board, Time::Virtual);
    let found = bus.scan().unwrap();
    recorder.devices(&found);
    let opened = bus.open(&found[0].place, 0).map(|(opened, _)| opened);
    let mut opened = recorder.opened(&found[0], 0, opened).unwrap();
    let transport = &mut opened.transport;
    transport.select_alternate(0).unwrap();
    transport.read(3, 0, &mut [0; 6], SECOND).unwrap();
    transport.write(1, 0, &[0x21, 0, 0, 0, 8], SECOND).unwrap();
    let mixed: Vec<u8> = (0..100).collect();
    transport.write(1, 2, &mixed, SECOND).unwrap_err();
    bus.boards()[0].unplug();
    recorder.devices(&bus.scan().unwrap());
    drop(opened);
    assert_eq!(recorder.failure(), None);
    sheet.text()
}

#[test]
fn a_record_holds_the_descriptors_and_each_transfer_but_no_serial_number() {
    let text = record(KeepData::Hashes);
    let recording = Recording::parse(&text).unwrap();
    assert!(!text.contains("207A35785841") && text.contains("\"serial_length\":12"));
    assert!(text.contains("@Internal Flash  /0x08000000/064*0002Kg"));
    let (place, entries) = &recording.boards[0];
    assert_eq!(place.0, "sim-1");
    let Entry::Device(device) = &entries[0] else {
        panic!("{entries:?}");
    };
    assert_eq!(device.serial.as_deref(), Some("000000000000"));
    assert_eq!(
        device
            .interfaces
            .last()
            .unwrap()
            .functional
            .unwrap()
            .transfer_size,
        2048
    );
    let Entry::Transfer(status) = &entries[3] else {
        panic!("{entries:?}");
    };
    assert_eq!(
        status.asked.setup().unwrap().to_string(),
        "a1 03 0000 0000 0006"
    );
    assert_eq!(status.received.length(), 6);
    assert!(status.took > Duration::ZERO);
    assert_eq!(entries.last(), Some(&Entry::Gone));
}

/// Windows Notepad writes the mark, and many editors a last blank line.
#[test]
fn a_byte_order_mark_and_blank_lines_at_the_end_are_passed_over() {
    let text = record(KeepData::Hashes);
    let expected = Recording::parse(&text);
    assert!(expected.is_ok());
    for edited in [
        format!("\u{FEFF}{text}"),
        format!("{text}\n"),
        format!("\u{FEFF}{}\r\n \r\n", text.replace('\n', "\r\n")),
    ] {
        assert_eq!(Recording::parse(&edited), expected);
    }
    assert!(error_of("\u{FEFF}\n\n").starts_with("line 1: the record is empty"));
    let within = text.replacen('\n', "\n\n", 1);
    assert!(error_of(&within).starts_with("line 2: "));
}

#[test]
fn a_string_that_no_descriptor_holds_is_refused_with_its_line() {
    let text = record(KeepData::Hashes);
    for name in [
        "STM32  BOOTLOADER",
        "@Internal Flash  /0x08000000/064*0002Kg",
    ] {
        assert!(text.contains(name));
        let with = |other: &str| text.replacen(name, other, 1);
        assert!(Recording::parse(&with(&"x".repeat(126))).is_ok());
        let error = error_of(&with(&"x".repeat(127)));
        assert!(
            error.starts_with("line 2: a string of 127 characters"),
            "{error}"
        );
    }
}

#[test]
fn names_in_a_record_are_made_printable() {
    let text = record(KeepData::Hashes);
    let hostile = text.replace("@Internal Flash  ", "@\\u001b[2J\\u202e");
    assert_ne!(text, hostile);
    let recording = Recording::parse(&hostile).unwrap();
    let Entry::Device(device) = &recording.boards[0].1[0] else {
        panic!("no device");
    };
    let name = device.interfaces[0].name.as_deref().unwrap();
    assert!(
        name.starts_with("@\u{FFFD}[2J\u{FFFD}/0x08000000"),
        "{name:?}"
    );
}

#[test]
fn long_data_is_written_as_its_hash_unless_everything_is_wanted() {
    let mixed: Vec<u8> = (0..100).collect();
    for (keep, full) in [(KeepData::Hashes, false), (KeepData::Everything, true)] {
        let recording = Recording::parse(&record(keep)).unwrap();
        let Entry::Transfer(refused) = &recording.boards[0].1[5] else {
            panic!("{recording:?}");
        };
        assert_eq!(refused.out == Data::Bytes(mixed.clone()), full);
        assert!(refused.out.is(&mixed) && !refused.out.is(&mixed[1..]));
        assert_eq!(
            refused.result.clone().unwrap_err().kind,
            UsbErrorKind::Stall
        );
    }
}

#[test]
fn blank_data_is_short_and_complete() {
    let blank = Data::new(&[0xFF; 2048], KeepData::Hashes);
    assert!(blank.is(&[0xFF; 2048]) && !blank.is(&[0; 2048]));
    let text = serde_json::to_string(&blank).unwrap();
    assert_eq!(text, r#"{"length":2048,"fill":"ff"}"#);
    assert_eq!(serde_json::from_str::<Data>(&text).unwrap(), blank);
}

fn error_of(text: &str) -> String {
    Recording::parse(text).unwrap_err().to_string()
}

#[test]
fn a_damaged_record_is_refused_with_the_line() {
    let good = record(KeepData::Hashes);
    let without = |number: usize| -> String {
        let lines = good.lines().enumerate();
        let kept = lines.filter(|(index, _)| index + 1 != number);
        kept.map(|(_, line)| format!("{line}\n")).collect()
    };
    assert!(error_of("").starts_with("line 1: the record is empty"));
    assert!(error_of("S0030000FC\n").starts_with("line 1: this is no record"));
    assert!(error_of(&without(1)).starts_with("line 1: the first line of a record is missing"));
    assert!(error_of(&without(2)).starts_with("line 2: no line describes the device sim-1"));
    assert!(error_of(&without(3)).starts_with("line 3: a transfer before sim-1 was opened"));
    assert!(error_of(&without(5)).starts_with("line 5: transfer 3 where transfer 2 is due"));
    let changed = |from: &str, to: &str| error_of(&good.replacen(from, to, 1));
    assert!(changed("\"version\":1,", "\"version\":2,").starts_with("line 1: version 2"));
    assert!(
        changed("\"2100000008\"", "\"21000000\"").starts_with("line 6: the data is not as long")
    );
    assert!(changed("\"2100000008\"", "\"210000000x\"").starts_with("line 6: "));
    assert!(changed("a1 03 0000", "a1 +3 0000").starts_with("line 5: setup is not five"));
    assert!(
        changed("\"result\":\"stall\"", "\"result\":\"stal\"")
            .starts_with("line 7: unknown result")
    );
    assert!(error_of(&format!("{good}{good}")).starts_with("line 9: a second record"));
}

#[test]
fn a_record_that_a_crash_cut_off_says_which_line_to_leave_out() {
    let good = record(KeepData::Hashes);
    let cut = &good[..good.len() - 4];
    let error = Recording::parse(cut).unwrap_err();
    assert_eq!(error.line, 8);
    assert!(error.why.contains("the record ends within this line"));
    let lines: Vec<&str> = cut.lines().collect();
    assert!(Recording::parse(&lines[..7].join("\n")).is_ok());
}

#[test]
fn a_full_disk_ends_the_record_and_not_the_job() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let recorder = Recorder::new(Full(1000), KeepData::Hashes, Side::Host).unwrap();
    let mut bus = SimulatedBus::new();
    bus.plug(Board::by_name("f072").unwrap(), Time::Virtual);
    let found = bus.scan().unwrap();
    let opened = bus.open(&found[0].place, 0).map(|(opened, _)| opened);
    let mut opened = recorder.opened(&found[0], 0, opened).unwrap();
    for _ in 0..10 {
        opened.transport.read(3, 0, &mut [0; 6], SECOND).unwrap();
    }
    assert!(recorder.failure().is_some());
}
