//! Stories about job profiles: saved by one person, opened by another.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use upfuse::gui::state::{Modal, PathFor, Screen};

use super::bench::{Bench, f407, noise};

const FLASH: u32 = 0x0800_0000;

/// A profile that was saved in `folder`, with the firmware beside it.
fn saved(folder: &Path) -> PathBuf {
    let mut bench = Bench::new(Vec::new());
    let file = bench.dfu_file("product.dfu", FLASH, &noise(30_000, 4));
    let beside = folder.join("product.dfu");
    std::fs::copy(file, &beside).unwrap();
    bench.drop_file(&beside);
    bench.press(Modifiers::COMMAND, Key::Num2);
    bench.type_into("Batch name", "lot 7");
    bench.type_into("Number of boards", "200");
    let state = &mut bench.window.state_mut().state;
    state.settings.options.start = false;
    let profile = folder.join("line.upfuse");
    // As on a system without file dialogs.
    bench.window.state_mut().state.modal = Some(Modal::TypePath {
        purpose: PathFor::SaveJob,
        text: profile.display().to_string(),
        why: String::new(),
    });
    bench.window.run();
    bench.click("Save");
    bench.wait_for_text("Saved ");
    profile
}

#[test]
fn a_job_that_was_saved_opens_in_another_folder_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let profile = saved(folder.path());
    let moved = tempfile::tempdir().unwrap();
    for name in ["product.dfu", "line.upfuse"] {
        std::fs::copy(folder.path().join(name), moved.path().join(name)).unwrap();
    }
    drop(folder);
    assert!(!profile.exists());

    let mut bench = Bench::new(vec![f407()]);
    bench.drop_file(&moved.path().join("line.upfuse"));
    bench.wait_for_text("Job: line.upfuse");
    bench.assert_shows("Label: product.dfu");
    bench.assert_shows("lot 7");
    bench.assert_shows("200");
    bench.assert_shows("The program is not started");
    let state = &bench.app().state;
    assert_eq!(state.screen, Screen::Batch);
    assert!(state.batch.armed.is_none() && state.jobs.is_empty());
    assert!(bench.is_enabled("Start batch…"));

    bench.click("Start batch…");
    bench.click("Start batch");
    bench.wait_for_text("1 of 200 passed");
}

#[test]
fn another_file_in_the_place_of_the_firmware_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let profile = saved(folder.path());
    let mut bench = Bench::new(vec![f407()]);
    let other = bench.dfu_file("other.dfu", FLASH, &noise(30_000, 6));
    std::fs::copy(other, folder.path().join("product.dfu")).unwrap();
    bench.drop_file(&profile);
    bench.wait_for_text("product.dfu cannot be used");
    bench.assert_shows("This is not the file that line.upfuse was made with");
    assert!(!bench.is_enabled("Start batch…"));
}

#[test]
fn a_file_from_elsewhere_closes_the_job_unless_it_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let profile = saved(folder.path());
    let mut bench = Bench::new(Vec::new());
    std::fs::rename(
        folder.path().join("product.dfu"),
        folder.path().join("moved.dfu"),
    )
    .unwrap();
    bench.drop_file(&profile);
    bench.wait_for_text("product.dfu cannot be used");
    bench.drop_file(&folder.path().join("moved.dfu"));
    bench.wait_for_text("Label: moved.dfu");
    bench.assert_shows("Job: line.upfuse");
    let other = bench.dfu_file("other.dfu", FLASH, &noise(30_000, 6));
    bench.drop_file(&other);
    bench.wait_for_text("line.upfuse was closed: this is not its firmware file");
    assert!(!bench.shows("Job: line.upfuse"));
}

#[test]
fn a_profile_of_a_newer_version_is_refused_and_changes_nothing() {
    let mut bench = Bench::new(Vec::new());
    let path = bench.path("new.upfuse");
    std::fs::write(&path, "{\"upfuse_job\": 7, \"voltage\": 3.3}").unwrap();
    let before = bench.app().state.settings.clone();
    bench.drop_onto_window(&path);
    bench.wait_for_text("new.upfuse cannot be opened. It was made by a newer Upfuse");
    assert_eq!(bench.app().state.settings, before);
    assert!(bench.app().state.open_job.is_none());
}

#[test]
fn no_job_opens_while_a_batch_is_armed() {
    let folder = tempfile::tempdir().unwrap();
    let profile = saved(folder.path());
    let mut bench = Bench::new(Vec::new());
    bench.drop_file(&bench.dfu_file("mine.dfu", FLASH, &noise(3_000, 4)));
    bench.press(Modifiers::COMMAND, Key::B);
    bench.click("Start batch");
    bench.drop_onto_window(&profile);
    bench.window.run();
    bench.assert_shows("mine.dfu is being used");
    assert!(bench.app().state.open_job.is_none());
}
