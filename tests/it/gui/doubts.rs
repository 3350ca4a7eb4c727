//! Files that a person should look at twice: what the window asks before it writes them.

use upfuse::firmware::{EncodeOptions, Format, MadeFor, encode, parse};
use upfuse::simulator::{Board, Time};

use super::bench::{Bench, f407, no_program};

const FLASH: u32 = 0x0800_0000;
const UPGRADE: &str = "Upgrade STM32F";

impl Bench {
    fn raw_file(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// A program linked at `base`: a stack pointer, and a reset handler in the file.
fn program(base: u32) -> Vec<u8> {
    let mut bytes = no_program(3000, 4);
    bytes[..4].copy_from_slice(&0x2000_1000_u32.to_le_bytes());
    bytes[4..8].copy_from_slice(&(base + 9).to_le_bytes());
    bytes
}

#[test]
fn a_picture_is_refused_by_what_it_is() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.raw_file("pic.png", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01");
    bench.drop_file(&file);
    bench.assert_shows("pic.png cannot be used");
    bench.assert_shows("This is a PNG picture, not firmware");
    assert!(!bench.is_enabled("Upgrade the board"));
}

#[test]
fn a_program_for_risc_v_is_not_doubted_for_its_board() {
    let mut bench = Bench::new(vec![Board::by_name("gd32vf103").unwrap()]);
    let file = bench.raw_file(
        "riscv.bin",
        &[&[0x6F, 0, 0, 4][..], &no_program(3000, 4)].concat(),
    );
    bench.drop_file(&file);
    bench.click("Write to 0x08000000, the start of flash");
    bench.wait_for_text("Fits this board");
    assert!(!bench.shows("This may be the wrong file"));
    assert!(bench.is_enabled("Upgrade GD32VF103"));
}

#[test]
fn a_file_that_does_not_fit_is_refused_without_an_offer_to_write_it() {
    let mut bench = Bench::new(vec![Board::by_name("f072").unwrap()]);
    let file = bench.raw_file("big.bin", &no_program(200_000, 4));
    bench.drop_file(&file);
    bench.click("Write to 0x08000000, the start of flash");
    bench.wait_for_text("Too big for this board: the file needs");
    assert!(!bench.shows("Write it anyway"));
    assert!(!bench.is_enabled("Upgrade STM32F"));
}

#[test]
fn a_raw_file_that_is_no_program_is_written_only_after_a_second_step() {
    let mut bench = Bench::new(vec![f407()]);
    let bytes = no_program(3000, 4);
    let file = bench.raw_file("data.bin", &bytes);
    bench.drop_file(&file);

    // It is asked where the file belongs before anything is said about its fit.
    bench.assert_shows("Where does this file belong?");
    assert!(!bench.shows("Fits this board"));
    assert!(!bench.is_enabled(UPGRADE));
    bench.assert_shows("Choose where the file is written first");

    bench.click("Write to 0x08000000, the start of flash");
    bench.wait_for_text("This may be the wrong file");
    bench.assert_shows("does not look like a program");
    assert!(!bench.is_enabled(UPGRADE));
    bench.assert_shows("Check the warning about the file first");

    bench.click("Write it anyway");
    bench.assert_shows("You chose to write it anyway");
    assert!(bench.is_enabled(UPGRADE));
    // Passing the address field with Tab does not read the file again.
    for _ in 0..60 {
        bench.press(egui::Modifiers::NONE, egui::Key::Tab);
    }
    assert!(bench.is_enabled(UPGRADE));
    bench.click_starting(UPGRADE);
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(0).flash()[..bytes.len()], bytes);
    let report = upfuse::gui::state::report::text(&bench.app().state);
    assert!(report.contains("It is written all the same"), "{report}");

    // Consent is for one file.
    let other = bench.raw_file("other.bin", &no_program(3000, 5));
    bench.drop_file(&other);
    bench.click("Write to 0x08000000, the start of flash");
    bench.wait_for_text("This may be the wrong file");
    assert!(!bench.is_enabled(UPGRADE));
}

#[test]
fn a_program_shows_its_own_address() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.raw_file("app.bin", &program(FLASH));
    bench.drop_file(&file);
    bench.assert_shows("The program in this file is built for 0x08000000");
    bench.assert_shows("Fits this board");
    assert!(bench.is_enabled(UPGRADE));
}

#[test]
fn the_likely_address_is_proposed() {
    let mut bench = Bench::new(vec![f407()]);
    let bytes = program(FLASH + 0x4000);
    let file = bench.raw_file("app.bin", &bytes);
    bench.drop_file(&file);
    bench.assert_shows("Its program seems to be built for 0x08004000");
    bench.click("Write to 0x08004000");
    bench.wait_for_text("Fits this board");
    bench.click_starting(UPGRADE);
    bench.wait_for_text("Upgraded in");
    assert_eq!(bench.board(0).flash()[0x4000..0x4000 + bytes.len()], bytes);
}

#[test]
fn an_address_that_the_board_does_not_have_is_named_and_not_proposed() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.raw_file("app.bin", &program(FLASH + 0x0030_0000));
    bench.drop_file(&file);
    bench.assert_shows("Its program seems to be built for 0x08300000");
    bench.assert_shows("This board has no memory there");
    assert!(!bench.shows("Write to 0x08300000"));
    bench.assert_shows("Write to 0x08000000, the start of flash");
}

#[test]
fn a_program_put_behind_its_address_is_doubted() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.raw_file("app.bin", &program(FLASH));
    bench.drop_file(&file);
    bench.assert_shows("Fits this board");
    bench.type_into("Write to address", "0x08008000");
    bench.press(egui::Modifiers::NONE, egui::Key::Tab);
    bench.wait_for_text("is built for 0x08000000, but would be written to 0x08008000");
    bench.assert_shows("This may be the wrong file");
    assert!(!bench.is_enabled(UPGRADE));
}

/// A program linked at `base`, whose code proves it: handlers that push, and an endless loop for
/// unused interrupts.
fn proven_program(base: u32) -> Vec<u8> {
    let (reset, fault, unused) = (0x0C00, 0x0C40, 0x0C50);
    let mut table = vec![0x2000_1000, base + reset + 1];
    table.resize(16, base + fault + 1);
    table.resize(64, base + unused + 1);
    let mut bytes = no_program(4096, 4);
    for (word, place) in table.iter().zip(bytes.as_chunks_mut().0) {
        *place = word.to_le_bytes();
    }
    for (at, code) in [(reset, 0xB508_u16), (fault, 0xB510), (unused, 0xE7FE)] {
        let at = at as usize;
        bytes[at..at + 2].copy_from_slice(&code.to_le_bytes());
    }
    bytes
}

#[test]
fn the_files_screen_knows_where_a_raw_file_goes_without_an_address() {
    let mut bench = Bench::new(Vec::new());
    let file = bench.raw_file("app.bin", &proven_program(FLASH + 0x4000));
    bench.press(egui::Modifiers::COMMAND, egui::Key::Num4);
    bench.drop_onto_window(&file);
    bench.wait("the file has been read", |app| {
        let mut inputs = app.state.files.inputs.iter();
        inputs.any(|input| input.default_address().is_some())
    });
    let inputs = &bench.app().state.files.inputs;
    let address = inputs.first().and_then(|input| input.default_address());
    assert_eq!(address, Some(upfuse::address::Address(FLASH + 0x4000)));
}

#[test]
fn a_program_put_to_the_wrong_address_is_doubted() {
    let mut bench = Bench::new(vec![f407()]);
    let file = bench.raw_file("app.bin", &program(FLASH + 0x4000));
    bench.drop_file(&file);
    bench.click("Write to 0x08000000, the start of flash");
    bench.wait_for_text("seems to be built for 0x08004000, but would be written to 0x08000000");
    assert!(!bench.is_enabled(UPGRADE));
}

fn file_for_another_device(bench: &Bench) -> std::path::PathBuf {
    let image = parse("a.bin", &program(FLASH), None).unwrap();
    let made_for = MadeFor {
        vendor: 0x0694,
        product: 0x0008,
        version: 0xFFFF,
    };
    let options = EncodeOptions {
        made_for,
        ..EncodeOptions::default()
    };
    let bytes = encode(Format::DfuSe, &image.targets, options).unwrap();
    bench.raw_file("hub.dfu", &bytes)
}

#[test]
fn a_file_for_another_device_is_written_only_after_a_second_step() {
    let mut bench = Bench::new(vec![f407()]);
    let file = file_for_another_device(&bench);
    bench.drop_file(&file);
    bench.assert_shows("made for another device (0694:0008); this board is 0483:DF11");
    assert!(!bench.is_enabled(UPGRADE));
    bench.click("Write it anyway");
    assert!(bench.is_enabled(UPGRADE));
}

#[test]
fn batch_mode_is_armed_with_a_doubtful_file_only_after_the_second_step() {
    use upfuse::gui::state::Action;

    let mut bench = Bench::new(vec![f407()]);
    let file = bench.raw_file("data.bin", &no_program(3000, 4));
    bench.drop_file(&file);
    assert!(bench.app().state.available(Action::ArmBatch).is_err());
    bench.click("Write to 0x08000000, the start of flash");
    bench.wait_for_text("This may be the wrong file");
    assert!(bench.app().state.available(Action::ArmBatch).is_err());
    bench.click("Write it anyway");
    bench.press(egui::Modifiers::COMMAND, egui::Key::B);
    bench
        .assert_shows("Written to every board all the same: The file does not look like a program");
    bench.click("Start batch");
    bench.wait_for_text("PASS");
    let record = bench.app().state.batch.csv();
    assert!(record.contains("pass,"), "{record}");
    assert!(
        record.contains("accepted: The file does not look like a program"),
        "{record}"
    );
}

#[test]
fn a_batch_skips_a_board_that_the_file_is_not_made_for() {
    let mut bench = Bench::new(Vec::new());
    let file = file_for_another_device(&bench);
    bench.drop_file(&file);
    bench.press(egui::Modifiers::COMMAND, egui::Key::B);
    bench.click("Start batch");
    bench.bus.plug(f407(), Time::Virtual);
    bench.wait_for_text("SKIPPED");
    bench.assert_shows("made for another device");
    assert!(bench.board(0).erasures().is_empty());
}
