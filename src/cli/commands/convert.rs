//! `upfuse convert IN... -o OUT`: the functions of ST's DFU File Manager.

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;
#[cfg(unix)]
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;

use crate::address::{Address, ByteSize, parse_number};
use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::eprint_line;
use crate::cli::{Context, Options};
use crate::firmware::convert::{
    Binaries, Conversion, ConvertError, Destination, Input, Prepared, base_name,
};
use crate::firmware::{
    EncodeError, Existing, Family, Format, SaveError, readable_names, writable_extensions,
};
use crate::printable::printable_path;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  upfuse convert fw.hex -o fw.dfu
  upfuse convert boot.bin@0x08000000 app.bin@0x08008000 -o fw.dfu --name 'Internal Flash'
  upfuse convert 0:fw.hex 1:options.bin@0x1FFF7800 -o both.dfu
  upfuse convert both.dfu --target 0 -o fw.s19
  upfuse convert both.dfu -o parts/ --to bin")]
pub(in crate::cli) struct Args {
    #[arg(
        required = true,
        value_name = "IN",
        help = format!(
            "Input files, as [ALT:]FILE[@ADDRESS]: {}; ALT is the target that it becomes, ADDRESS \
             the load address of a binary",
            readable_names()
        )
    )]
    inputs: Vec<OsString>,

    #[arg(
        long,
        short,
        value_name = "OUT",
        help = format!("Output file, whose extension chooses the format ({}), or a folder for one file per target", writable_extensions())
    )]
    output: PathBuf,

    /// The format to write, if the name of OUT does not choose it
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    to: Option<Format>,

    /// With --to bin into a folder: one flat file per target instead of one per element
    #[arg(long)]
    flat: bool,

    /// The UF2 family: a name such as STM32F4, or a number [default: as in the input]
    #[arg(long, value_name = "FAMILY")]
    family: Option<Family>,

    /// The byte that fills gaps in a flat binary, and the pages of a .uf2
    #[arg(long, value_name = "BYTE", default_value = "0xFF", value_parser = byte)]
    fill: u8,

    /// A target's name in a .dfu; ALT defaults to --target, or to 0
    #[arg(long = "name", value_name = "[ALT=]NAME")]
    names: Vec<String>,

    /// Vendor ID for a .dfu, four hexadecimal digits [default: as in the input, or 0483]
    #[arg(long, value_name = "HEX", value_parser = id)]
    vid: Option<u16>,

    /// Product ID for a .dfu [default: as in the input, or DF11]
    #[arg(long, value_name = "HEX", value_parser = id)]
    pid: Option<u16>,

    /// Device version for a .dfu [default: as in the input, or FFFF, any]
    #[arg(long, value_name = "HEX", value_parser = id)]
    device_version: Option<u16>,
}

/// The formats that can be written, by their usual extensions.
fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::writable().map(Format::extension)).try_map(|extension| {
        let mut writable = Format::writable();
        let named = writable.find(|format| format.extension() == extension);
        named.ok_or("not a format that can be written")
    })
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let conversion = conversion(args, &context.options)?;
    // This is quick; Ctrl-C ends the program.
    let watch = &mut |_| ControlFlow::Continue(());
    let prepared = conversion.prepare(watch)?;
    for note in &prepared.notes {
        eprint_line(format_args!("note: {note}"));
    }
    let notes = prepared.notes.clone();
    let existing = confirm_overwriting(&prepared, &context.options)?;
    let written = prepared.write(existing, watch)?;
    if context.options.json {
        let files: Vec<_> = written
            .iter()
            .map(|(path, bytes)| json!({ "path": path.display().to_string(), "bytes": bytes }))
            .collect();
        context.out.json(&json!({
            "event": "finished",
            "outcome": "done",
            "files": files,
            "notes": notes,
        }));
    } else {
        for (path, bytes) in &written {
            let size = ByteSize(*bytes);
            context
                .out
                .line(format_args!("{}  {size}", printable_path(&path)));
        }
    }
    Ok(Exit::Done)
}

/// Asks whether files that exist already may be overwritten.
fn confirm_overwriting(prepared: &Prepared, options: &Options) -> Result<Existing, Failure> {
    let existing: Vec<&Path> = prepared.existing().collect();
    let question = match existing.as_slice() {
        [] => return Ok(Existing::Refuse),
        [one] => format!("Overwrite {}?", printable_path(&one)),
        [first, others @ ..] => {
            format!(
                "Overwrite {} and {} more?",
                printable_path(&first),
                others.len()
            )
        }
    };
    confirm(options, &question)?;
    Ok(Existing::Replace)
}

fn conversion(args: &Args, options: &Options) -> Result<Conversion, Failure> {
    let inputs = args
        .inputs
        .iter()
        .map(|text| input(text))
        .collect::<Result<Vec<_>, _>>()?;
    let names = args
        .names
        .iter()
        .map(|text| name(text, options.target))
        .collect::<Result<_, _>>()?;
    Ok(Conversion {
        family: args.family,
        target: options.target,
        names,
        vendor: args.vid,
        product: args.pid,
        version: args.device_version,
        fill: args.fill,
        output: destination(args, &inputs)?,
        inputs,
    })
}

fn destination(args: &Args, inputs: &[Input]) -> Result<Destination, Failure> {
    let path = args.output.clone();
    if path.is_dir() || ends_in_separator(&path) {
        let format = args.to.ok_or_else(|| {
            Failure::usage(format!(
                "'{}' is a folder: choose the format of its files with --to",
                printable_path(&path)
            ))
        })?;
        return Ok(Destination::Folder {
            path,
            base: base_name(inputs.first().map(|input| input.path.as_path())),
            format,
            binaries: match args.flat {
                true => Binaries::Flat,
                false => Binaries::Elements,
            },
        });
    }
    let format = args.to.or_else(|| Format::for_output(&path).ok());
    let format = format.ok_or_else(|| {
        Failure::usage(format!(
            "'{}' does not end in {}: choose its format with --to",
            printable_path(&path),
            writable_extensions()
        ))
    })?;
    Ok(Destination::File { path, format })
}

fn ends_in_separator(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    last.is_some_and(|byte| std::path::is_separator(char::from(*byte)))
}

/// Parses `[ALT:]FILE[@ADDRESS]`. The whole text is the name if such a file exists.
fn input(text: &OsStr) -> Result<Input, Failure> {
    let whole = Path::new(text);
    let mut input = Input {
        path: whole.to_owned(),
        at: None,
        alternate: None,
    };
    if whole.exists() {
        return Ok(input);
    }
    if let Some((digits, rest)) = split_at_first(&input.path, ':').filter(|(d, _)| is_number(d)) {
        input.alternate = Some(alternate(&digits)?);
        input.path = rest;
    }
    if input.path.exists() {
        return Ok(input);
    }
    if let Some((path, address)) = split_at_last(&input.path, '@') {
        input.at = Some(at(&address)?);
        input.path = path;
    }
    Ok(input)
}

/// The text before the first `separator` and the path after it. Names that are not UTF-8 are split
/// as well; the text is ASCII.
#[cfg(unix)]
fn split_at_first(path: &Path, separator: char) -> Option<(String, PathBuf)> {
    let bytes = path.as_os_str().as_bytes();
    let at = bytes
        .iter()
        .position(|byte| char::from(*byte) == separator)?;
    let (text, rest) = bytes.split_at_checked(at)?;
    let rest = OsStr::from_bytes(rest.get(1..)?);
    Some((std::str::from_utf8(text).ok()?.to_owned(), rest.into()))
}

/// The path before the last `separator` and the text after it.
#[cfg(unix)]
fn split_at_last(path: &Path, separator: char) -> Option<(PathBuf, String)> {
    let bytes = path.as_os_str().as_bytes();
    let at = bytes
        .iter()
        .rposition(|byte| char::from(*byte) == separator)?;
    let (path, rest) = bytes.split_at_checked(at)?;
    let text = std::str::from_utf8(rest.get(1..)?).ok()?;
    Some((OsStr::from_bytes(path).into(), text.to_owned()))
}

#[cfg(not(unix))]
fn split_at_first(path: &Path, separator: char) -> Option<(String, PathBuf)> {
    let (text, rest) = path.to_str()?.split_once(separator)?;
    Some((text.to_owned(), rest.into()))
}

#[cfg(not(unix))]
fn split_at_last(path: &Path, separator: char) -> Option<(PathBuf, String)> {
    let (path, text) = path.to_str()?.rsplit_once(separator)?;
    Some((path.into(), text.to_owned()))
}

fn at(text: &str) -> Result<Address, Failure> {
    text.parse()
        .map_err(|error| Failure::usage(format!("the address after '@': {error}")))
}

fn alternate(digits: &str) -> Result<u8, Failure> {
    digits
        .parse()
        .map_err(|_| Failure::usage(format!("'{digits}' is not a target number (0 to 255)")))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Parses `NAME`, for the target of the command, or `ALT=NAME`.
fn name(text: &str, target: Option<u8>) -> Result<(u8, String), Failure> {
    match text.split_once('=') {
        Some((digits, name)) if is_number(digits) => Ok((alternate(digits)?, name.to_owned())),
        _ => Ok((target.unwrap_or_default(), text.to_owned())),
    }
}

fn byte(text: &str) -> Result<u8, String> {
    let number = parse_number(text).map_err(|error| error.to_string())?;
    u8::try_from(number).map_err(|_| "not a byte".to_owned())
}

fn id(text: &str) -> Result<u16, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // from_str_radix takes a sign as well.
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = hexadecimal.then(|| u16::from_str_radix(digits, 16).ok());
    number
        .flatten()
        .ok_or_else(|| "not four hexadecimal digits".to_owned())
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        Self::new(Exit::Refused, "file", error.to_string())
    }
}

impl From<ConvertError> for Failure {
    fn from(error: ConvertError) -> Self {
        let message = error.to_string();
        match error {
            ConvertError::Input(_) | ConvertError::Conflict(_) => {
                Self::new(Exit::BadFile, "bad-file", message)
            }
            ConvertError::OwnAddresses { .. }
            | ConvertError::OneFromSeveral { .. }
            | ConvertError::NoTarget { .. } => Self::usage(message),
            ConvertError::SeveralFamilies { .. } => {
                Self::usage(message).advise("Choose one with --family")
            }
            ConvertError::Encode { fault, .. } => {
                let failure = Self::new(Exit::Refused, "does-not-fit", message);
                match advice(&fault) {
                    Some(step) => failure.advise(step),
                    None => failure,
                }
            }
            ConvertError::IsInput { .. } => Self::new(Exit::Refused, "same-file", message)
                .advise("Choose another name for the output"),
            ConvertError::Save { .. } => Self::new(Exit::Refused, "file", message),
            ConvertError::Cancelled => Self::new(Exit::Cancelled, "cancelled", message),
        }
    }
}

fn advice(error: &EncodeError) -> Option<&'static str> {
    match error {
        EncodeError::SeveralTargets { .. } => {
            Some("--target ALT converts one target; with a folder as OUT each target gets a file")
        }
        EncodeError::Name { .. } => Some("Give the target a shorter name with --name"),
        EncodeError::Span { .. } | EncodeError::Gap(_) => {
            Some("Use a .dfu, .hex or .s19 file, which does not store the gaps")
        }
        EncodeError::NotWritable { .. }
        | EncodeError::NoData
        | EncodeError::RepeatedAlternate(_)
        | EncodeError::TooManyTargets(_)
        | EncodeError::TooLarge => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Option<u8>, String, Option<Address>) {
        let input = input(OsStr::new(text)).unwrap();
        let path = input.path.to_str().unwrap().to_owned();
        (input.alternate, path, input.at)
    }

    #[test]
    fn inputs_carry_alternate_setting_and_address() {
        assert_eq!(parsed("a.hex"), (None, "a.hex".into(), None));
        let flash = Some(Address::FLASH);
        assert_eq!(parsed("a.bin@0x08000000"), (None, "a.bin".into(), flash));
        assert_eq!(
            parsed("1:a.bin@0x0800_0000"),
            (Some(1), "a.bin".into(), flash)
        );
        // A drive letter is not an alternate setting.
        assert_eq!(parsed(r"C:\a.hex"), (None, r"C:\a.hex".into(), None));
        assert_eq!(parsed(r"0:C:\a.hex"), (Some(0), r"C:\a.hex".into(), None));
        for wrong in ["a.bin@", "a.bin@x", "a.bin@0x100000000", "256:a.bin"] {
            assert_eq!(input(OsStr::new(wrong)).unwrap_err().exit, Exit::Usage);
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf_8_carry_them_too() {
        let text = OsStr::from_bytes(b"1:b\xff.bin@0x08001000");
        let input = input(text).unwrap();
        assert_eq!(input.path.as_os_str(), OsStr::from_bytes(b"b\xff.bin"));
        assert_eq!(input.alternate, Some(1));
        assert_eq!(input.at, Some(Address(0x0800_1000)));
    }

    #[test]
    fn the_name_of_an_existing_file_is_not_parsed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fw@2.0.bin");
        std::fs::write(&path, b"1").unwrap();
        let text = path.to_str().unwrap();
        assert_eq!(parsed(text), (None, text.to_owned(), None));
        let placed = format!("2:{text}@0x10");
        assert_eq!(
            parsed(&placed),
            (Some(2), text.to_owned(), Some(Address(0x10)))
        );
        assert_eq!(
            parsed(&format!("2:{text}")),
            (Some(2), text.to_owned(), None)
        );
    }

    #[test]
    fn names_bytes_and_ids() {
        assert_eq!(name("Flash", None), Ok((0, "Flash".into())));
        assert_eq!(name("Flash", Some(3)), Ok((3, "Flash".into())));
        assert_eq!(name("1=a=b", None), Ok((1, "a=b".into())));
        assert_eq!(name("a=b", None), Ok((0, "a=b".into())));
        assert!(name("256=a", None).is_err());
        assert_eq!(byte("0x00"), Ok(0));
        assert!(byte("256").is_err());
        assert_eq!(id("0483"), Ok(0x0483));
        assert_eq!(id("0xDF11"), Ok(0xDF11));
        for wrong in ["12345", "0x0x0483", "+483", "-1", ""] {
            assert!(id(wrong).is_err(), "{wrong}");
        }
    }
}
