//! The functions of ST's DFU File Manager, with real files and folders.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use upfuse::address::Address;
use upfuse::firmware::convert::{Binaries, Conversion, ConvertError, Destination, Input, Progress};
use upfuse::firmware::{
    EncodeError, EncodeOptions, Existing, Format, ImageTarget, MadeFor, Segment, encode, load,
    parse,
};

fn input(path: PathBuf) -> Input {
    Input {
        path,
        at: None,
        alternate: None,
    }
}

fn to_file(inputs: Vec<Input>, path: &Path) -> Conversion {
    Conversion {
        family: None,
        inputs,
        target: None,
        names: Vec::new(),
        vendor: None,
        product: None,
        version: None,
        fill: 0xFF,
        output: Destination::File {
            path: path.to_owned(),
            format: Format::for_output(path).unwrap(),
        },
    }
}

type Written = Vec<(PathBuf, u64)>;

fn run(conversion: &Conversion) -> Result<Written, ConvertError> {
    run_with(Existing::Refuse, conversion)
}

fn run_with(existing: Existing, conversion: &Conversion) -> Result<Written, ConvertError> {
    let proceed = &mut |_| ControlFlow::Continue(());
    conversion.prepare(proceed)?.write(existing, proceed)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Alternate setting 0 with two elements, and 3 with one.
fn two_targets(folder: &Path) -> PathBuf {
    let target = |alternate, name: &str, segments: &[(u32, &[u8])]| ImageTarget {
        alternate,
        name: Some(name.to_owned()),
        segments: segments
            .iter()
            .map(|(start, data)| Segment::new(Address(*start), *data).unwrap())
            .collect(),
    };
    let targets = [
        target(0, "Flash", &[(0x0800_0000, &[1, 2]), (0x0800_0004, &[3])]),
        target(3, "Other", &[(0x9000_0000, &[4])]),
    ];
    let made_for = MadeFor {
        vendor: 0x0694,
        product: 8,
        version: 0x100,
    };
    let options = EncodeOptions {
        made_for,
        ..EncodeOptions::default()
    };
    let bytes = encode(Format::DfuSe, &targets, options).unwrap();
    write(folder, "fw.dfu", &bytes)
}

fn files(written: &Written) -> Vec<(String, Vec<u8>)> {
    let file = |(path, length): &(PathBuf, u64)| {
        let bytes = fs::read(path).unwrap();
        assert_eq!(bytes.len() as u64, *length);
        let name = path.file_name().unwrap().to_str().unwrap();
        (name.to_owned(), bytes)
    };
    written.iter().map(file).collect()
}

#[test]
fn binaries_and_hex_generate_one_dfu() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hex = b":020000040800F2\n:0100000055AA\n:040000050800010DE1\n:00000001FF\n";
    let out = folder.join("out.dfu");
    let at = |address| Some(Address(address));
    let mut job = to_file(
        vec![
            input(write(folder, "boot.hex", hex)),
            Input {
                at: at(0x0800_4000),
                ..input(write(folder, "app.bin", &[1, 2, 3]))
            },
            Input {
                at: at(0x1FFF_7800),
                alternate: Some(1),
                ..input(write(folder, "options.bin", &[0xAA; 8]))
            },
        ],
        &out,
    );
    job.names = vec![(0, "Internal Flash".to_owned())];
    job.version = Some(0x0102);
    run(&job).unwrap();
    let image = load(&out, None).unwrap();
    let [flash, options] = image.targets.as_slice() else {
        panic!("two targets expected");
    };
    assert_eq!(flash.name.as_deref(), Some("Internal Flash"));
    assert_eq!(flash.segments.len(), 2);
    assert_eq!(flash.segments[1].range().start(), Address(0x0800_4000));
    assert_eq!((options.alternate, options.name.as_deref()), (1, None));
    assert_eq!(
        image.made_for,
        Some(MadeFor {
            version: 0x0102,
            ..MadeFor::ST_BOOTLOADER
        })
    );
}

#[test]
fn extracted_files_have_the_names_of_st_s_tool() {
    let folder = tempfile::tempdir().unwrap();
    let source = two_targets(folder.path());
    let extract = |format, binaries| {
        let out = tempfile::tempdir().unwrap();
        let mut job = to_file(vec![input(source.clone())], Path::new("x.bin"));
        job.output = Destination::Folder {
            path: out.path().to_owned(),
            base: "fw".to_owned(),
            format,
            binaries,
        };
        files(&run(&job).unwrap())
    };
    assert_eq!(
        extract(Format::Binary, Binaries::Elements),
        [
            ("fw_00_08000000.bin".to_owned(), vec![1, 2]),
            ("fw_00_08000004.bin".to_owned(), vec![3]),
            ("fw_03_90000000.bin".to_owned(), vec![4]),
        ]
    );
    assert_eq!(
        extract(Format::Binary, Binaries::Flat),
        [
            ("fw_00_08000000.bin".to_owned(), vec![1, 2, 0xFF, 0xFF, 3]),
            ("fw_03_90000000.bin".to_owned(), vec![4]),
        ]
    );
    for (format, names) in [
        (Format::IntelHex, ["fw_00.hex", "fw_03.hex"]),
        (Format::SRecord, ["fw_00.s19", "fw_03.s19"]),
    ] {
        let made = extract(format, Binaries::Elements);
        assert_eq!(made.len(), 2);
        for ((name, bytes), wanted) in made.iter().zip(names) {
            assert_eq!(name, wanted);
            assert!(parse(name, bytes, None).is_ok());
        }
    }
}

#[test]
fn one_of_several_targets_can_be_selected() {
    let folder = tempfile::tempdir().unwrap();
    let source = two_targets(folder.path());
    let out = folder.path().join("out.hex");
    let mut job = to_file(vec![input(source)], &out);
    assert!(matches!(
        run(&job),
        Err(ConvertError::Encode {
            fault: EncodeError::SeveralTargets { count: 2, .. },
            ..
        })
    ));
    assert!(!out.exists());
    job.target = Some(3);
    run(&job).unwrap();
    let image = load(&out, None).unwrap();
    assert_eq!(
        image.targets[0].segments[0].range().start(),
        Address(0x9000_0000)
    );
    job.target = Some(7);
    let refused = run(&job).unwrap_err().to_string();
    assert_eq!(refused, "fw.dfu has no target 7");
}

#[test]
fn identity_and_names_of_a_dfu_are_kept_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let source = two_targets(folder.path());
    let out = folder.path().join("out.dfu");
    let mut job = to_file(vec![input(source.clone())], &out);
    job.product = Some(9);
    run(&job).unwrap();
    let image = load(&out, None).unwrap();
    assert_eq!(image.targets, load(&source, None).unwrap().targets);
    assert_eq!(
        image.made_for,
        Some(MadeFor {
            vendor: 0x0694,
            product: 9,
            version: 0x100
        })
    );
}

#[test]
fn a_file_becomes_the_selected_target() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let out = folder.join("out.dfu");
    let bin = input(write(folder, "a.bin", &[1]));
    let mut job = to_file(vec![bin.clone()], &out);
    job.target = Some(2);
    run(&job).unwrap();
    assert_eq!(load(&out, None).unwrap().targets[0].alternate, 2);
    let whole = Input {
        alternate: Some(5),
        ..input(two_targets(folder))
    };
    let other = folder.join("other.dfu");
    let mut job = to_file(vec![whole], &other);
    assert!(matches!(
        run(&job),
        Err(ConvertError::OneFromSeveral { count: 2, .. })
    ));
    job.target = Some(3);
    run(&job).unwrap();
    assert_eq!(load(&other, None).unwrap().targets[0].alternate, 5);
}

#[test]
fn existing_outputs_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let source = two_targets(folder.path());
    write(folder.path(), "fw_03.hex", b"old");
    let mut job = to_file(vec![input(source)], Path::new("x.bin"));
    job.output = Destination::Folder {
        path: folder.path().to_owned(),
        base: "fw".to_owned(),
        format: Format::IntelHex,
        binaries: Binaries::Elements,
    };
    let refused = run(&job).unwrap_err().to_string();
    assert!(refused.starts_with("the file exists already"));
    assert!(refused.contains("fw_03.hex"));
    assert!(!folder.path().join("fw_00.hex").exists());
    run_with(Existing::Replace, &job).unwrap();
    assert_ne!(fs::read(folder.path().join("fw_03.hex")).unwrap(), b"old");
}

#[test]
fn cancelling_at_any_step_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let inputs = ["a.bin", "b.bin"].map(|name| Input {
        alternate: Some(name.as_bytes()[0]),
        ..input(write(folder, name, &[1; 10]))
    });
    let out = folder.join("out.dfu");
    let job = to_file(inputs.to_vec(), &out);
    let mut seen = Vec::new();
    let on_step = &mut |progress: Progress| {
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };
    let prepared = job.prepare(on_step).unwrap();
    assert!(!out.exists());
    prepared.write(Existing::Refuse, on_step).unwrap();
    assert_eq!(seen, [(0, 20), (10, 20), (20, 20)]);
    fs::remove_file(&out).unwrap();
    for stop in 0..seen.len() {
        let mut steps = 0..stop;
        let on_step = &mut |_| match steps.next() {
            Some(_) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        };
        let stopped = job
            .prepare(on_step)
            .and_then(|prepared| prepared.write(Existing::Refuse, on_step));
        assert_eq!(stopped, Err(ConvertError::Cancelled));
        assert!(!out.exists());
    }
}

#[test]
fn start_and_gaps_of_a_binary_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let source = two_targets(folder.path());
    let mut job = to_file(vec![input(source)], &folder.path().join("out.bin"));
    job.target = Some(0);
    job.fill = 0;
    let prepared = job.prepare(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(
        prepared.notes,
        ["out.bin begins at 0x08000000; gaps of 2 bytes are filled with 0x00"]
    );
}

#[test]
fn an_address_for_a_file_that_has_its_own_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = Input {
        at: Some(Address::FLASH),
        ..input(two_targets(folder.path()))
    };
    let refused = run(&to_file(vec![source], &folder.path().join("out.hex"))).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "fw.dfu carries its own addresses; 0x08000000 cannot be used"
    );
}

#[test]
fn an_output_never_replaces_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let source = two_targets(folder.path());
    let before = fs::read(&source).unwrap();
    let other_name = folder.path().join(".").join("fw.dfu");
    let job = to_file(vec![input(source.clone())], &other_name);
    let refused = run_with(Existing::Replace, &job).unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("fw.dfu is an input file itself")
    );
    assert_eq!(fs::read(&source).unwrap(), before);
}
