//! Profiles that are written and read again, and those that are refused.

use proptest::prelude::*;

use super::*;

fn profile() -> JobProfile {
    JobProfile {
        firmware: "/jobs/fw/product.dfu".into(),
        sha256: "0f".repeat(32),
        address: Some(Address(0x0800_4000)),
        options: JobOptions {
            verify: true,
            only_what_differs: true,
            keep: false,
            start: false,
            mass_erase: true,
            compatible_timing: false,
            keep_ranges: "0x08010000+16K".to_owned(),
            target: Some(0),
        },
        backup_folder: Some("/backups".into()),
        record_folder: Some("/jobs".into()),
        count: Some(200),
        batch: "lot 7".to_owned(),
    }
}

fn parse(text: &str) -> Result<JobProfile, String> {
    JobProfile::parse(text.as_bytes(), Path::new("/jobs"))
}

/// The text of a good profile, with one part replaced.
fn with(old: &str, new: &str) -> String {
    let text = profile().text(Path::new("/jobs")).unwrap();
    assert!(text.contains(old), "{text}");
    text.replacen(old, new, 1)
}

#[test]
#[cfg(unix)]
fn a_profile_moves_with_its_folder() {
    let text = profile().text(Path::new("/jobs")).unwrap();
    assert!(text.contains("\"firmware\": \"fw/product.dfu\""), "{text}");
    assert!(text.contains("\"record_folder\": \".\""), "{text}");
    assert!(text.contains("\"backup_folder\": \"/backups\""), "{text}");
    assert_eq!(parse(&text).unwrap().firmware, profile().firmware);
    let moved = JobProfile::parse(text.as_bytes(), Path::new("/elsewhere")).unwrap();
    assert_eq!(moved.firmware, Path::new("/elsewhere/fw/product.dfu"));
    assert_eq!(moved.options, profile().options);
    assert_eq!((moved.count, moved.batch.as_str()), (Some(200), "lot 7"));
    assert_eq!(moved.address, profile().address);
}

#[test]
fn another_file_is_refused_without_the_words_of_a_parser() {
    for text in ["{}", "[]", "", "{", "Hello", "{\"upfuse_job\": \"1\"}"] {
        let why = parse(text).unwrap_err();
        assert_eq!(why, "It is no job profile, or it is damaged", "{text}");
    }
}

#[test]
fn what_this_version_does_not_know_is_refused_in_words() {
    for (text, why) in [
        (
            with("\"upfuse_job\": 1", "\"upfuse_job\": 2"),
            "newer Upfuse",
        ),
        (
            with("\"upfuse_job\": 1", "\"upfuse_job\": 2, \"new\": 1"),
            "newer Upfuse",
        ),
        (with("\"upfuse_job\": 1", "\"upfuse_job\": 0"), "never was"),
        (
            with("\"count\"", "\"boards\""),
            "Line 18: this version does not know \"boards\"",
        ),
        (
            with("\"verify\"", "\"verifies\""),
            "Line 7: this version does not know \"verifies\"",
        ),
        (with("\"keep\": false,", ""), "\"keep\" is missing"),
        (
            with("0f0f", "0f"),
            "Line 4: its SHA-256 is not 64 hexadecimal digits",
        ),
        (with("0f0f", "0fzz"), "64 hexadecimal digits"),
        (with("\"count\": 200", "\"count\": 0"), "number of boards"),
        (
            with("\"count\": 200", "\"count\": -1"),
            "Line 18: the value of \"count\" is wrong",
        ),
        (with("0f\",", "0f\""), "damaged near line 5"),
        (with("\"batch\": \"lot 7\"\n}", ""), "its end is missing"),
        (
            with("\"keep\": false,", "\"keep\": false, \"keep\": false,"),
            "Line 9: \"keep\" is there twice",
        ),
        (with("0x08004000", "0x8zz"), "address is wrong"),
        (with("+16K", "+16Q"), "Line 13: a range in it is none"),
        (with("lot 7", &"x".repeat(300)), "name of the batch"),
        (with("lot 7", "a\\u0007"), "name of the batch"),
        (with("fw/product.dfu", ""), "path in it is none"),
        (
            with("fw/product.dfu", &"x".repeat(5000)),
            "path in it is none",
        ),
        (with("lot 7", &"x".repeat(70_000)), "larger than 64 KiB"),
        ("{}".to_owned(), "no job profile"),
        ("[1, 2]".to_owned(), "no job profile"),
        (String::new(), "no job profile"),
        ("[".repeat(60_000), "no job profile"),
    ] {
        let refused = parse(&text).unwrap_err();
        assert!(refused.contains(why), "'{refused}' instead of '{why}'");
    }
}

#[test]
fn a_profile_in_the_place_of_a_firmware_file_is_named() {
    let text = profile().text(Path::new("/jobs")).unwrap();
    let refused = crate::firmware::parse("a.upfuse", text.as_bytes(), None).unwrap_err();
    assert!(refused.to_string().contains("a job profile"), "{refused}");
}

#[test]
fn job_profiles_are_known_by_their_name() {
    for name in ["line 7.upfuse", "a.UPFUSE", "a.upfuse.json"] {
        assert!(is_job_profile(Path::new(name)), "{name}");
    }
    for name in ["upfuse.dfu", "a.json", "upfuse", ""] {
        assert!(!is_job_profile(Path::new(name)), "{name}");
    }
}

#[test]
fn a_large_file_is_not_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.upfuse");
    std::fs::write(&path, vec![b' '; 1 << 20]).unwrap();
    assert!(JobProfile::read(&path).unwrap_err().contains("64 KiB"));
    assert!(
        JobProfile::read(folder.path())
            .unwrap_err()
            .contains("no file")
    );
}

proptest! {
    #[test]
    fn any_bytes_are_a_profile_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        JobProfile::parse(&bytes, Path::new("/jobs")).ok();
    }

    /// Near a profile: some bytes of a good one are others.
    #[test]
    fn a_damaged_profile_is_a_profile_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = profile().text(Path::new("/jobs")).unwrap().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = JobProfile::parse(&bytes, Path::new("/jobs")) {
            prop_assert_eq!(read.sha256.len(), 64);
            prop_assert!(read.count.is_none_or(|count| (1..=MOST_BOARDS).contains(&count)));
        }
    }
}
