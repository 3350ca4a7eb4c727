//! Option bytes read and changed on boards of each storage model.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use upfuse::address::{Address, AddressRange};
use upfuse::engine::{OptionBytesChange, Outcome, SaveTo, Task, steps_after};
use upfuse::firmware::{self, Existing};
use upfuse::option_bytes::{Block, Consent, Wanted};
use upfuse::simulator::{Board, Fault, Faults, RequestKind, State, Status};

use super::bench::{Bench, FLASH, Run, cancel_at, image, named, random};
use super::every_fault::{FAULTS, KINDS, LASTING};

/// A board of each storage model, where its option bytes are, and a change that it takes.
const MODELS: [(&str, u32, &str); 8] = [
    ("f072", 0x1FFF_F800, "nRST_STOP=0"),
    ("f407", 0x1FFF_C000, "BOR_LEV=0"),
    ("f767", 0x1FFF_0000, "WRP=3"),
    ("l072", 0x1FF8_0000, "BOR_LEV=10"),
    ("l475", 0x1FFF_7800, "BOR_LEV=3"),
    ("g431", 0x1FFF_7800, "IWDG_STOP=0"),
    ("g474", 0x1FFF_7800, "WRP=2-3"),
    ("u575", 0x4002_2040, "BOR_LEV=2"),
];

/// One of each storage model, and one with two regions.
const FAULTY: [&str; 5] = ["f072", "f407", "l072", "g474", "u575"];

/// A new folder for the files of one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("upfuse-{}-{name}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn backup(&self) -> SaveTo {
        SaveTo {
            path: self.0.join("before.dfu"),
            existing: Existing::Replace,
        }
    }

    fn change(&self, fields: &str) -> Task {
        self.task(Wanted::Fields(
            fields
                .split(' ')
                .map(|field| field.parse().unwrap())
                .collect(),
        ))
    }

    fn task(&self, wanted: Wanted) -> Task {
        Task::WriteOptionBytes(Arc::new(OptionBytesChange {
            wanted,
            consent: Consent::default(),
            seen: None,
            backup: self.backup(),
        }))
    }

    /// The bytes in the backup.
    fn saved(&self) -> Vec<u8> {
        let path = self.0.join("before.dfu");
        let bytes = std::fs::read(&path).unwrap();
        let image = firmware::parse("before.dfu", &bytes, None).unwrap();
        let segments = image.targets.iter().flat_map(|target| &target.segments);
        segments
            .flat_map(|segment| segment.data().to_vec())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// All that the board holds of option bytes, without the protocol.
fn held(bench: &Bench, start: u32) -> Vec<u8> {
    let board = Board::by_name(bench.board.name()).unwrap();
    let factory = board.bootloader.unwrap().option_bytes.unwrap().factory;
    assert_eq!(factory[0].0, Address(start));
    let region = |(start, bytes): &(Address, Vec<u8>)| {
        let range = AddressRange::new(*start, bytes.len() as u64).unwrap();
        bench.board.read(range).unwrap()
    };
    factory.iter().flat_map(region).collect()
}

fn flat(blocks: &[Block]) -> Vec<u8> {
    blocks
        .iter()
        .flat_map(|block| block.bytes.clone())
        .collect()
}

#[test]
fn they_are_read_as_long_as_they_are_delivered() {
    for (name, start, _) in MODELS {
        let mut bench = Bench::blank(name);
        let run = bench.run(&Task::ReadOptionBytes { save: None });
        let read = flat(&run.done().option_bytes);
        assert_eq!(read, held(&bench, start), "{name}");
    }
}

#[test]
fn a_change_is_written_in_one_block_read_back_and_undone() {
    for (name, start, change) in MODELS {
        let folder = Folder::new(&format!("options-{name}"));
        let mut bench = Bench::blank(name);
        let before = held(&bench, start);
        let run = bench.run(&folder.change(change));
        let report = run.done();
        let summary = "The option bytes hold the new values, read back after a restart";
        assert_eq!(report.board_summary, summary, "{name}");
        let after = held(&bench, start);
        assert_ne!(after, before, "{name}");
        assert_eq!(flat(&report.option_bytes), after, "{name}");
        assert_eq!(folder.saved(), before, "{name}");
        // A command for the address, the block, and nothing erased.
        assert_eq!(bench.board.counters().blocks_written, 1, "{name}");
        assert!(bench.board.erasures().is_empty(), "{name}");
        assert_eq!(bench.board.defects(), [], "{name}");

        let bytes = std::fs::read(folder.0.join("before.dfu")).unwrap();
        let file = firmware::parse("before.dfu", &bytes, None).unwrap();
        let segments = file.targets[0].segments.iter();
        let blocks = segments.map(|segment| Block {
            start: segment.range().start(),
            bytes: segment.data().to_vec(),
        });
        let restore = folder.task(Wanted::Image(blocks.collect()));
        bench.run(&restore).done();
        assert_eq!(held(&bench, start), before, "{name}");
    }
}

#[test]
fn what_is_already_so_is_not_written() {
    let folder = Folder::new("options-same");
    let mut bench = Bench::blank("f407");
    let run = bench.run(&folder.change("BOR_LEV=3"));
    assert_eq!(
        run.done().board_summary,
        "The option bytes already held these values; nothing was written"
    );
    assert_eq!(bench.board.counters().blocks_written, 0);
}

#[test]
fn level_2_is_refused_as_a_value_and_in_a_file() {
    for (name, start, _) in MODELS {
        let folder = Folder::new(&format!("options-level-2-{name}"));
        let mut bench = Bench::blank(name);
        let before = held(&bench, start);
        for level in ["RDP=2", "RDP=0xCC", "RDP=204"] {
            let run = bench.run(&folder.change(level));
            assert_eq!(
                run.error().code(),
                "locked",
                "{name} {level}: {}",
                run.error()
            );
        }
        let read = bench.run(&Task::ReadOptionBytes { save: None });
        let good = read.done().option_bytes.clone();
        let level = before
            .iter()
            .take(2)
            .position(|byte| *byte == 0xAA)
            .unwrap();
        for at in [level, level + 4] {
            let mut blocks = good.clone();
            let first = blocks
                .iter_mut()
                .find(|b| b.start == Address(start))
                .unwrap();
            first.bytes[at] = if at == level { 0xCC } else { first.bytes[at] };
            if at != level {
                continue;
            }
            let run = bench.run(&folder.task(Wanted::Image(blocks)));
            assert_eq!(run.error().code(), "locked", "{name}: {}", run.error());
        }
        assert_eq!(held(&bench, start), before, "{name}");
        assert_eq!(bench.board.counters().blocks_written, 0, "{name}");
    }
}

#[test]
fn an_upgrade_with_option_bytes_in_its_file_is_refused() {
    // With level 2 among them, or not.
    for level in [0xAA, 0xCC] {
        let mut bench = Bench::blank("f407");
        let before = held(&bench, 0x1FFF_C000);
        let mut bytes = before.clone();
        bytes[1] = level;
        let run = bench.upgrade(&image(0x1FFF_C000, &bytes));
        assert_eq!(run.error().code(), "does-not-fit", "{}", run.error());
        let mut file = (*image(0x1FFF_C000, &bytes)).clone();
        file.targets[0].alternate = 1;
        file.source.format = firmware::Format::DfuSe;
        let run = bench.upgrade(&Arc::new(file));
        assert_eq!(run.error().code(), "not-flash", "{}", run.error());
        assert_eq!(held(&bench, 0x1FFF_C000), before);
    }
}

#[test]
fn read_protection_needs_its_own_word_and_is_seen() {
    for (name, ..) in MODELS {
        let folder = Folder::new(&format!("options-level-1-{name}"));
        let mut bench = Bench::blank(name);
        let task = folder.change("RDP=1");
        let run = bench.run(&task);
        assert_eq!(
            run.error().code(),
            "not-confirmed",
            "{name}: {}",
            run.error()
        );
        let Task::WriteOptionBytes(change) = task else {
            unreachable!()
        };
        let mut change = (*change).clone();
        change.consent.typed.push("RDP".to_owned());
        let run = bench.run(&Task::WriteOptionBytes(Arc::new(change)));
        assert_eq!(
            run.done().board_summary,
            "The board is read-protected: it refuses to be read after its restart",
            "{name}"
        );
        assert!(bench.board.is_read_protected(), "{name}");
        bench.run(&Task::Unprotect).done();
        assert!(!bench.board.is_read_protected(), "{name}");
    }
}

#[test]
fn a_plan_for_other_bytes_is_not_carried_out() {
    let folder = Folder::new("options-seen");
    let mut bench = Bench::blank("l475");
    let read = bench.run(&Task::ReadOptionBytes { save: None });
    let mut seen = read.done().option_bytes.clone();
    seen[0].bytes[8] ^= 1;
    let Task::WriteOptionBytes(change) = folder.change("BOR_LEV=3") else {
        unreachable!()
    };
    let mut change = (*change).clone();
    change.seen = Some(seen);
    let run = bench.run(&Task::WriteOptionBytes(Arc::new(change)));
    assert_eq!(run.error().code(), "board-changed", "{}", run.error());
    assert_eq!(bench.board.counters().blocks_written, 0);
}

/// An STM32U5 whose hardware does not reset (ST community 815774).
#[test]
fn a_board_that_stays_is_no_success() {
    let folder = Folder::new("options-stays");
    let mut board = named("u575");
    let bootloader = board.bootloader.as_mut().unwrap();
    bootloader.option_bytes.as_mut().unwrap().resets = false;
    let mut bench = Bench::new(board);
    let run = bench.run(&folder.change("BOR_LEV=2"));
    assert_eq!(
        run.error().to_string(),
        "writing failed: the device accepted writing option bytes, but stayed on the bus"
    );
    assert!(run.report.duration < Duration::from_secs(5));
}

#[test]
fn a_board_that_starts_its_program_as_it_was_set_to_is_not_sought_at_its_boot_pin() {
    let folder = Folder::new("options-away");
    let mut bench = Bench::blank("f042");
    let Task::WriteOptionBytes(change) = folder.change("BOOT_SEL=0") else {
        unreachable!()
    };
    let mut change = (*change).clone();
    change.consent.typed.push("BOOT_SEL".to_owned());
    let task = Task::WriteOptionBytes(Arc::new(change));
    let run = bench.run(&task);
    assert_eq!(run.error().code(), "lost-contact", "{}", run.error());
    let text = run.error().to_string();
    assert!(text.contains("could not be read back"), "{text}");
    assert!(text.contains("BOOT0 pin no longer"), "{text}");
    let steps = steps_after(&task, &run.report).join("\n");
    assert!(!steps.contains("Hold the boot button"), "{steps}");
    for step in ["upfuse enter-dfu", "debug probe"] {
        assert!(steps.contains(step), "{steps}");
    }
    assert_eq!(
        run.report.board_summary,
        "The new option bytes were sent; whether the board holds them is not known"
    );
    assert_eq!(bench.board.state(), State::AppIdle);
}

#[test]
fn write_protection_met_by_an_upgrade_and_an_erase_is_named_and_removed() {
    let mut bench = Bench::new(named("f407-write-protected").holding_old_firmware(3));
    let file = image(FLASH, &random(7, 40_000));
    let run = bench.upgrade(&file);
    assert_eq!(run.error().code(), "write-protected", "{}", run.error());
    assert_eq!(
        run.error().to_string(),
        "write-protected by the option bytes: sectors 0-1, 0x08000000–0x08007FFF"
    );
    let erase = Task::Erase(upfuse::engine::EraseScope::Range {
        alternate: 0,
        range: AddressRange::new(Address(0x0800_4000), 0x8000).unwrap(),
    });
    let run = bench.run(&erase);
    assert_eq!(
        run.error().to_string(),
        "write-protected by the option bytes: sector 1, 0x08004000–0x08007FFF"
    );
    let folder = Folder::new("options-wrp");
    bench.run(&folder.change("WRP=none")).done();
    bench.upgrade(&file).done();
}

/// A difference without write protection stays what it is.
#[test]
fn a_bad_write_is_not_blamed_on_write_protection() {
    let faults = (1..=20).fold(Faults::new(), |faults, number| {
        faults.at_request(RequestKind::Download, number, Fault::CorruptByte(0))
    });
    let mut bench = Bench::new(named("f407").with_faults(faults));
    let run = bench.upgrade(&image(FLASH, &random(7, 40_000)));
    assert_eq!(run.error().code(), "mismatch", "{}", run.error());
}

/// What the report says of the option bytes, against what is there once the board has settled.
fn check_claim(run: &Run, bench: &Bench, start: u32, before: &[u8], new: &[u8], context: &str) {
    bench.board.clock().sleep(Duration::from_secs(60));
    let now = held(bench, start);
    let text = &run.report.board_summary;
    let done = run.report.outcome == Outcome::Done;
    if done || text.starts_with("The option bytes hold the new values") {
        assert_eq!(now, new, "{context}: {text}");
    }
    if text.starts_with("Nothing on the board was changed") || text.contains("as before") {
        assert_eq!(now, before, "{context}: {text}");
    }
    if text.starts_with("The first part") {
        assert!(now != before && now != new, "{context}: {text}");
    }
    if text.contains("neither the old") {
        assert!(now != before && now != new, "{context}: {text}");
    }
    let is_level_2 = |byte: &u8| *byte == 0xCC;
    assert!(!now.iter().take(2).any(is_level_2), "{context}: level 2");
    if now != before {
        assert!(run.report.backup.is_some(), "{context}: no backup");
    }
}

fn transfers(name: &str, change: &Task) -> (u64, Vec<u8>, Vec<u8>) {
    let start = MODELS.iter().find(|model| model.0 == name).unwrap().1;
    let mut bench = Bench::blank(name);
    let before = held(&bench, start);
    bench.run(change).done();
    (
        bench.board.counters().transfers(),
        before,
        held(&bench, start),
    )
}

fn try_faults(
    name: &str,
    start: u32,
    change: &Task,
    script: Faults,
    context: &str,
    clean: &[Vec<u8>; 2],
) {
    let mut bench = Bench::new(named(name).with_faults(script));
    let run = bench.run(change);
    check_claim(&run, &bench, start, &clean[0], &clean[1], context);
    assert!(run.report.duration < Duration::from_secs(400), "{context}");
}

#[test]
fn every_fault_at_any_transfer_of_a_change_is_reported_correctly() {
    for (name, start, change) in MODELS.into_iter().filter(|model| FAULTY.contains(&model.0)) {
        let folder = Folder::new(&format!("options-faults-{name}"));
        let change = folder.change(change);
        let (count, before, new) = transfers(name, &change);
        let clean = [before, new];
        for n in 1..=count {
            for fault in FAULTS.into_iter().chain([Fault::PowerCycle]) {
                // Nothing in the protocol protects what is read but USB's own checksums; an answer
                // that claims success for what was never done is found by reading back.
                let script = Faults::new().at_transfer(n, fault);
                let context = format!("{name}, {fault:?} at {n}");
                try_faults(name, start, &change, script, &context, &clean);
            }
            for fault in LASTING {
                let script = Faults::new().from_transfer(n, fault);
                let context = format!("{name}, {fault:?} from {n}");
                try_faults(name, start, &change, script, &context, &clean);
            }
            let mut bench = Bench::blank(name);
            cancel_at(&bench, n);
            let run = bench.run(&change);
            let context = format!("{name}, stop at {n}");
            check_claim(&run, &bench, start, &clean[0], &clean[1], &context);
        }
        for kind in KINDS {
            for n in 1..=3 {
                let script = Faults::new().from_request(kind, n, Fault::Timeout);
                let context = format!("{name}, no answer to {kind} from the {n}. on");
                try_faults(name, start, &change, script, &context, &clean);
            }
        }
    }
}

#[test]
fn a_refusal_before_the_write_leaves_them_as_before() {
    let folder = Folder::new("options-refused");
    let change = folder.change("BOR_LEV=0");
    // The sixth GETSTATUS follows the block.
    for status in [Status::Target, Status::Write, Status::Vendor] {
        for nth in 1..=10 {
            let fault = Fault::Status(status, State::Error);
            let script = Faults::new().at_request(RequestKind::GetStatus, nth, fault);
            let mut bench = Bench::new(named("f407").with_faults(script));
            let before = held(&bench, 0x1FFF_C000);
            let run = bench.run(&change);
            if run.report.outcome != Outcome::Done {
                assert_eq!(held(&bench, 0x1FFF_C000), before, "{status:?} at {nth}");
                assert_eq!(
                    run.report.board_summary,
                    "Nothing on the board was changed",
                    "{status:?} at {nth}: {}",
                    run.error()
                );
            }
        }
    }
}
