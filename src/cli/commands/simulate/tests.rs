//! The files of simulated boards, and which board gets which.

use std::fs::File;
use std::path::Path;

use crate::address::Address;
use crate::cli::Options;

use super::*;

fn args(boards: &[&str], flash_file: &Path) -> Args {
    Args {
        boards: boards.iter().map(|&name| name.to_owned()).collect(),
        port: 0,
        flash_files: vec![flash_file.to_owned()],
        old_firmware: true,
        log: None,
        unplug_at: None,
    }
}

fn plugged(args: &Args) -> Result<Vec<Served>, Failure> {
    args.files(Files::default()).check()?;
    let served = plug(args)?;
    check_files(args, &served, &Options::default())?;
    served.iter().try_for_each(load_flash)?;
    Ok(served)
}

#[test]
fn a_flash_file_is_read_at_the_start_and_saved_completely() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f042.bin");
    let fresh = plugged(&args(&["f042"], &file)).unwrap();
    let old = fresh[0].board.flash();
    assert_ne!(old[0..4], [1, 2, 3, 4]);
    fresh[0].board.fill(Address::FLASH, &[1, 2, 3, 4]);
    save_flash(&fresh[0]).unwrap();
    assert_eq!(std::fs::read(&file).unwrap().len(), 32 * 1024);
    let again = plugged(&args(&["f042"], &file)).unwrap();
    assert_eq!(again[0].board.flash()[..4], [1, 2, 3, 4]);
    assert_eq!(again[0].board.flash()[4..], old[4..]);
}

#[test]
fn a_flash_file_that_is_too_long_is_refused_with_both_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("big.bin");
    // Sparse: it must not be read.
    File::create(&file).unwrap().set_len(5 << 30).unwrap();
    let failure = plugged(&args(&["f042"], &file)).map(drop).unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.message.contains("5368709120") && failure.message.contains("32768"));
}

#[test]
fn a_file_that_is_no_flash_of_the_board_is_replaced_only_after_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "precious").unwrap();
    let mut args = args(&["f042"], &file);
    let failure = plugged(&args).map(drop).unwrap_err();
    assert_eq!(failure.code, "not-confirmed");
    let served = plug(&args).unwrap();
    let yes = Options {
        yes: true,
        ..Options::default()
    };
    check_files(&args, &served, &yes).unwrap();
    // The same for a log.
    args.log = args.flash_files.pop();
    let failure = plugged(&args).map(drop).unwrap_err();
    assert_eq!(failure.code, "not-confirmed");
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
}

#[test]
fn two_boards_cannot_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flash.bin");
    let mut args = args(&["f042", "f042"], &file);
    args.flash_files.push(file.clone());
    let failure = plugged(&args).map(drop).unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
    // Under another name.
    File::create(&file).unwrap();
    args.flash_files[1] = folder.path().join(".").join("flash.bin");
    let failure = plugged(&args).map(drop).unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_refused_and_links_modes_and_parts_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    for device in ["/dev/null", "/dev/zero"] {
        let failure = plugged(&args(&["f042"], Path::new(device)));
        let failure = failure.map(drop).unwrap_err();
        assert_eq!((failure.exit, failure.code), (Exit::Refused, "file"));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flash.bin");
    let part = folder.path().join("flash.bin.part");
    let link = folder.path().join("link.bin");
    std::fs::write(&file, vec![0; 32 * 1024]).unwrap();
    std::fs::write(&part, "other").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    let served = plugged(&args(&["f042"], &link)).unwrap();
    served[0].board.fill(Address::FLASH, &[1, 2, 3, 4]);
    save_flash(&served[0]).unwrap();
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&file).unwrap()[..4], [1, 2, 3, 4]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read(&part).unwrap(), b"other");
}

#[test]
fn flash_files_belong_to_the_boards_in_order() {
    let file = Path::new("/nowhere/of-the-first");
    let served = plug(&args(&["f042", "f072"], file)).unwrap();
    let files: Vec<_> = served.iter().map(|one| one.flash_file.is_some()).collect();
    assert_eq!(files, [true, false]);
    assert_eq!(served[1].bus_id, "1-2");
}

#[test]
fn an_unknown_board_is_refused_with_a_list_of_all_boards() {
    let failure = plug(&args(&["f999"], Path::new("x")))
        .map(drop)
        .unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.advice[0].contains("f407"));
}
