//! Stories about firmware files: chosen, typed, dropped, rebuilt, and refused.

use egui::{Key, Modifiers};
use upfuse::engine::Outcome;

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

#[test]
fn a_broken_file_is_refused_with_a_reason() {
    let mut bench = Bench::new(vec![f407()]);
    let path = bench.path("broken.hex");
    std::fs::write(&path, ":0400000001020304F2\n:00000001FF\nnot a record\n").unwrap();
    bench.drop_file(&path);
    bench.assert_shows("broken.hex cannot be used");
    bench.assert_shows("Download or build the file again, or choose another one");
    bench.assert_shows("Line ");
    assert!(!bench.is_enabled("Upgrade the board"));
    bench.assert_shows("The file cannot be used; choose another one");
}

#[test]
fn of_several_files_in_an_archive_one_is_chosen_with_a_button() {
    use zip::write::{SimpleFileOptions, ZipWriter};
    let mut bench = Bench::new(vec![f407()]);
    let path = bench.path("release.zip");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    for name in ["f4/app.hex", "f7/app.hex"] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        let text = ":020000040800F2\n:0400000001020304F2\n:00000001FF\n";
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    bench.drop_file(&path);
    bench.assert_shows("The archive holds several firmware files");
    bench.click("f7/app.hex");
    bench.wait("the file has been read", |app| {
        app.state.firmware.loaded().is_some()
    });
    bench.wait_for_text("app.hex in release.zip");
    bench.assert_shows("Intel HEX, 4 bytes");
}

#[test]
fn a_file_that_does_not_fit_is_refused_before_anything_is_erased() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("large.dfu", 0x080F_FFF0, &noise(64, 1));
    bench.drop_file(&file);
    bench.assert_shows(
        "Too big for this board: the file needs 1048624 bytes, the board has 1048576 bytes",
    );
    assert!(!bench.is_enabled("Upgrade STM32F2 or F4"));
}

#[test]
fn a_second_file_replaces_the_result_of_the_first() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("one.dfu", FLASH, &noise(9_000, 8));
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    let done = bench.app().state.jobs.values().all(|job| {
        job.report()
            .is_some_and(|report| report.outcome == Outcome::Done)
    });
    assert!(done);
    let other = bench.dfu_file("two.dfu", FLASH, &noise(9_000, 9));
    bench.drop_file(&other);
    assert!(!bench.shows("Upgraded in"));
    bench.assert_shows("two.dfu");
}

#[test]
fn a_file_chosen_during_a_job_is_refused_and_the_result_names_the_jobs_file() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("one.dfu", FLASH, &noise(9_000, 8));
    let other = bench.dfu_file("two.dfu", FLASH, &noise(9_000, 9));
    bench.drop_file(&file);
    let hold = bench.hold_at_transfer(30);
    bench.click_starting("Upgrade STM32F2 or F4");
    hold.wait();
    bench.drop_onto_window(&other);
    bench.wait_for_text("one.dfu is being used");
    assert!(!bench.is_enabled("Choose file"));
    hold.release();
    bench.wait_for_text("one.dfu is on STM32F2 or F4, 1 MiB (port sim-1), verified");
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(!bench.shows("Label: two.dfu"));
    assert!(bench.is_enabled("Choose file"));
}

#[test]
fn the_result_of_another_file_leaves_when_the_next_one_cannot_be_read() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("one.dfu", FLASH, &noise(9_000, 8));
    bench.drop_file(&file);
    bench.click_starting("Upgrade STM32F2 or F4");
    bench.wait_for_text("Upgraded in");
    let broken = bench.path("broken.hex");
    std::fs::write(&broken, "not a record\n").unwrap();
    bench.drop_file(&broken);
    bench.assert_shows("broken.hex cannot be used");
    assert!(!bench.shows("Upgraded in"));
}

#[test]
fn files_are_inspected_and_offered_for_an_upgrade() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("parts.dfu", FLASH, &noise(5_000, 2));
    bench.press(Modifiers::COMMAND, Key::Num4);
    bench.drop_onto_window(&file);
    bench.wait_for_text("Target 0, Internal Flash, 4.9 KiB");
    bench.assert_shows("0x08000000–0x08001387");
    assert!(bench.is_enabled("Save as…"));
    bench.type_into("Vendor ID", "nonsense");
    bench.assert_shows("The vendor ID must be up to four hexadecimal digits");
    assert!(!bench.is_enabled("Save as…"));
    bench.click("Use for upgrade");
    bench.wait("the file has been read", |app| {
        app.state.firmware.loaded().is_some()
    });
    bench.assert_shows("Fits this board: changes at most 1 of ");
}

#[test]
fn several_dropped_files_are_combined_in_files() {
    let mut bench = Bench::new(vec![f407()]);
    let one = bench.dfu_file("one.dfu", FLASH, &noise(5_000, 2));
    let two = bench.dfu_file("two.dfu", FLASH + 0x2000, &noise(5_000, 3));
    bench.drop_several(&[&one, &two]);
    bench.wait_for_text("0x08002000–0x08003387");
    bench.assert_shows("Label: one.dfu");
    bench.assert_shows("Label: two.dfu");
    assert!(bench.app().state.firmware.path().is_none());
}

#[test]
fn inputs_that_overlap_are_named_at_once_and_no_longer_when_one_moves() {
    let mut bench = Bench::new(Vec::new());
    let one = bench.dfu_file("one.dfu", FLASH, &noise(5_000, 2));
    let two = bench.path("two.bin");
    std::fs::write(&two, noise(100, 3)).unwrap();
    bench.drop_several(&[&one, &two]);
    bench.wait_for_text("binary, 100 bytes");
    bench.type_into("Address", "0x08001000");
    bench.assert_shows("one.dfu and two.bin both cover 0x08001000–0x08001063 of target 0");
    bench.press(Modifiers::COMMAND, Key::A);
    bench.type_into("Address", "0x08002000");
    assert!(!bench.shows("both cover"), "{}", bench.text());
}

#[test]
fn only_files_that_could_be_opened_are_recent() {
    let mut bench = Bench::new(vec![f407()]);
    let good = bench.dfu_file("good.dfu", FLASH, &noise(5_000, 2));
    let bad = bench.path("bad.dfu");
    std::fs::write(&bad, "").unwrap();
    let missing = bench.path("missing.dfu");
    let folder = bench.path("folder");
    std::fs::create_dir(&folder).unwrap();
    for path in [&good, &bad, &missing, &folder] {
        bench.drop_file(path);
    }
    assert_eq!(
        bench.app().state.settings.recent,
        std::slice::from_ref(&good)
    );
    // What was good and is no longer leaves the list.
    std::fs::remove_file(&good).unwrap();
    bench.drop_file(&good);
    assert!(bench.app().state.settings.recent.is_empty());
    // The same in Files.
    let bad = bench.path("worse.dfu");
    std::fs::write(&bad, "").unwrap();
    let fine = bench.dfu_file("fine.dfu", FLASH, &noise(5_000, 2));
    bench.drop_several(&[&bad, &fine]);
    bench.wait_for_text("Target 0, Internal Flash, 4.9 KiB");
    assert_eq!(bench.app().state.settings.recent, [fine]);
}

#[test]
fn a_file_that_does_not_fit_cannot_be_verified_either_and_the_reason_is_the_same() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("large.dfu", 0x080F_FFF0, &noise(64, 1));
    bench.drop_file(&file);
    assert!(!bench.is_enabled("Verify only"));
    let state = &bench.app().state;
    let upgrade = state.available(upfuse::gui::state::Action::Upgrade);
    let verify = state.available(upfuse::gui::state::Action::Verify);
    assert_eq!(upgrade, verify);
    assert!(verify.unwrap_err().contains("not for STM32F2 or F4, 1 MiB"));
}

#[test]
fn option_bytes_can_be_verified_although_no_upgrade_writes_them() {
    let mut bench = Bench::new(vec![f407()]);
    let path = bench.path("options.dfu");
    let target = upfuse::firmware::ImageTarget {
        alternate: 1,
        name: Some("Option Bytes".to_owned()),
        segments: vec![
            upfuse::firmware::Segment::new(upfuse::address::Address(0x1FFF_C000), vec![0xFF; 16])
                .unwrap(),
        ],
    };
    let format = upfuse::firmware::Format::DfuSe;
    let bytes = upfuse::firmware::encode(format, &[target], Default::default()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    bench.drop_file(&path);
    assert!(!bench.is_enabled("Upgrade STM32F2 or F4"));
    assert!(bench.is_enabled("Verify only"));
}

#[test]
fn a_rebuilt_file_is_offered_for_reload_and_not_reloaded_automatically() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("built.dfu", FLASH, &noise(5_000, 2));
    bench.drop_file(&file);
    bench.dfu_file("built.dfu", FLASH, &noise(6_000, 3));
    bench.wait_for_text("The file has changed on disk");
    bench.assert_shows("DfuSe, 4.9 KiB");
    bench.click("Reload file");
    bench.wait_for_text("DfuSe, 5.9 KiB");
}

#[test]
fn a_path_can_be_typed_without_a_file_dialog() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.dfu_file("typed.dfu", FLASH, &noise(5_000, 2));
    bench.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    bench.type_into("Path", &file.display().to_string());
    bench.press(Modifiers::NONE, Key::Enter);
    bench.wait("the file has been read", |app| {
        app.state.firmware.loaded().is_some()
    });
    bench.assert_shows("typed.dfu");
}

#[test]
fn dragging_a_file_over_the_window_shows_an_overlay_and_changes_nothing() {
    let mut bench = Bench::new(vec![f407()]);
    let file = egui::HoveredFile::default();
    bench.window.input_mut().hovered_files.push(file);
    bench.window.step();
    let shapes = bench.window.output().shapes.len();
    bench.window.input_mut().hovered_files.clear();
    bench.window.step();
    assert!(
        bench.window.output().shapes.len() < shapes,
        "the overlay is gone"
    );
    assert!(bench.app().state.firmware.path().is_none());
}
