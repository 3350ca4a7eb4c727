//! The table of boards, and what is made from it.

use super::*;

use upfuse::address::ByteSize;
use upfuse::simulator::{GROUPS, Identity, Profile, StartsIn};

const README: &str = include_str!("../../../README.md");

#[test]
fn the_readme_lists_every_board() {
    let list: Vec<String> = GROUPS
        .iter()
        .map(|group| {
            let names: Vec<_> = group.profiles().map(|profile| profile.name).collect();
            format!("* {}: {}", group.title, names.join(", "))
        })
        .collect();
    let list = list.join("\n");
    // Git may have made CR LF of line ends.
    let readme = README.replace("\r\n", "\n");
    let (_, after) = readme.split_once("<!-- simulated boards -->\n").unwrap();
    let (listed, _) = after.split_once("\n<!-- end -->").unwrap();
    assert!(
        listed == list,
        "README.md is to list the boards so:\n\n{list}\n"
    );
}

#[test]
fn every_name_makes_its_own_board() {
    let names = Board::names();
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{name} is there twice");
        let board = Board::by_name(&name.to_uppercase()).unwrap();
        assert_eq!(board.name, *name);
        let Identity { vendor, .. } = match (board.starts_in, &board.bootloader) {
            (StartsIn::Bootloader, Some(bootloader)) => bootloader.identity.clone(),
            _ => board.application.clone().unwrap().identity,
        };
        assert_ne!(vendor, 0);
    }
    assert!(Board::by_name("f999").is_none());
}

#[test]
fn an_entry_of_the_menu_gives_the_size_of_the_boards_flash() {
    assert!(Profile::menu().count() >= 8);
    for profile in Profile::menu() {
        let flash = Host::of(profile.board()).board.flash();
        let size = ByteSize(flash.len() as u64).to_string();
        let about = profile.about;
        assert!(about.contains(&format!(", {size}")), "{about}: {size}");
    }
}
