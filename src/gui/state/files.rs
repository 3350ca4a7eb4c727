//! The files screen, which does the work of ST's DFU File Manager: input files, their contents, and
//! the files made of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::dfu::Cancel;
use crate::firmware::Format;
use crate::firmware::convert::{Binaries, Conversion, Destination, Input, base_name};

use super::firmware::Facts;
use crate::gui::text::capitalised;

#[derive(Clone, Debug, Default)]
pub struct FilesForm {
    pub inputs: Vec<InputFile>,
    /// Hexadecimal, empty: from the files.
    pub vendor: String,
    pub product: String,
    pub version: String,
    /// Names typed for targets.
    pub names: BTreeMap<u8, String>,
    pub extract_as: ExtractAs,
    /// The conversion that is running.
    pub progress: Option<ConversionProgress>,
}

/// The progress of a running conversion.
#[derive(Clone, Debug, Default)]
pub struct ConversionProgress {
    pub cancel: Cancel,
    /// "Reading app.hex"
    pub doing: String,
    /// Bytes of input.
    pub done: u64,
    pub total: u64,
}

impl ConversionProgress {
    /// 0 to 1
    pub fn fraction(&self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "a bar has fewer pixels")]
        let fraction = self.done as f32 / self.total.max(1) as f32;
        fraction.min(1.0)
    }
}

/// An input file, with its form fields.
#[derive(Clone, Debug)]
pub struct InputFile {
    pub path: PathBuf,
    pub contents: Contents,
    /// The load address, for files without addresses.
    pub at: String,
    /// The alternate setting it becomes; empty: its own.
    pub alternate: String,
}

#[derive(Clone, Debug)]
pub enum Contents {
    Reading,
    Known(Box<Facts>),
    Refused(String),
}

/// The kind of files to extract into a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtractAs {
    format: Format,
    binaries: Binaries,
}

impl Default for ExtractAs {
    /// As ST's tool extracted them.
    fn default() -> Self {
        Self {
            format: Format::SRecord,
            binaries: Binaries::Elements,
        }
    }
}

impl ExtractAs {
    /// Formats for one target; two choices if the file's name must hold the address. The
    /// default comes first.
    pub fn choices() -> Vec<Self> {
        let mut choices = Vec::new();
        for format in Format::writable().filter(|format| !format.holds_targets()) {
            let binaries = Binaries::Elements;
            choices.push(Self { format, binaries });
            if format.needs_address() {
                let binaries = Binaries::Flat;
                choices.push(Self { format, binaries });
            }
        }
        choices.sort_by_key(|choice| *choice != Self::default());
        choices
    }

    pub fn label(self) -> String {
        let each = match self.binaries {
            Binaries::Elements if self.format.needs_address() => "element",
            _ => "target",
        };
        format!("{}, one for each {each}", capitalised(self.format.name()))
    }
}

impl FilesForm {
    /// Adds a file; false if it is already an input.
    pub fn add(&mut self, path: PathBuf) -> bool {
        if self.inputs.iter().any(|input| input.path == path) {
            return false;
        }
        self.inputs.push(InputFile {
            path,
            contents: Contents::Reading,
            at: String::new(),
            alternate: String::new(),
        });
        true
    }

    pub fn set_contents(&mut self, path: &Path, contents: Result<Facts, String>) {
        for input in self.inputs.iter_mut().filter(|input| input.path == path) {
            input.contents = match &contents {
                Ok(facts) => Contents::Known(Box::new(facts.clone())),
                Err(why) => Contents::Refused(why.clone()),
            };
        }
    }

    /// Updates the running conversion, if it has not ended.
    pub fn set_progress(&mut self, doing: String, done: u64, total: u64) {
        if let Some(progress) = &mut self.progress {
            (progress.doing, progress.done, progress.total) = (doing, done, total);
        }
    }

    /// The alternate settings of the result, with the names from the files.
    pub fn targets(&self) -> BTreeMap<u8, String> {
        let mut targets = BTreeMap::new();
        for input in &self.inputs {
            let Contents::Known(facts) = &input.contents else {
                continue;
            };
            for target in &facts.targets {
                let alternate = input.alternate.trim().parse().unwrap_or(target.alternate);
                let name = targets.entry(alternate).or_insert_with(String::new);
                if name.is_empty() {
                    *name = target.name.clone().unwrap_or_default();
                }
            }
        }
        targets
    }

    /// The name of the result, without its extension.
    pub fn stem(&self) -> String {
        base_name(self.inputs.first().map(|input| input.path.as_path()))
    }

    /// # Errors
    /// Why no conversion can start, as a sentence.
    pub fn ready(&self) -> Result<(), String> {
        if self.progress.is_some() {
            return Err("A conversion is running".to_owned());
        }
        if self.inputs.is_empty() {
            return Err("Add a file first".to_owned());
        }
        for input in &self.inputs {
            match &input.contents {
                Contents::Reading => return Err("A file is being read".to_owned()),
                Contents::Refused(_) => {
                    return Err("Remove the file that cannot be used".to_owned());
                }
                Contents::Known(_) => {}
            }
        }
        self.fields().map(|_| ())
    }

    /// # Errors
    /// A sentence about the first field that is not valid.
    fn fields(&self) -> Result<(Vec<Input>, [Option<u16>; 3]), String> {
        let inputs = self.inputs.iter().map(InputFile::input);
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let identity = [
            hex16("The vendor ID", &self.vendor)?,
            hex16("The product ID", &self.product)?,
            hex16("The version", &self.version)?,
        ];
        Ok((inputs, identity))
    }

    fn conversion(&self, output: Destination) -> Result<Conversion, String> {
        let (inputs, [vendor, product, version]) = self.fields()?;
        let targets = self.targets();
        let names = self
            .names
            .iter()
            .filter(|(alternate, name)| !name.is_empty() && targets.contains_key(alternate))
            .map(|(alternate, name)| (*alternate, name.clone()))
            .collect();
        Ok(Conversion {
            family: None,
            inputs,
            target: None,
            names,
            vendor,
            product,
            version,
            fill: 0xFF,
            output,
        })
    }

    /// One file; its extension chooses the format.
    ///
    /// # Errors
    /// A sentence about the fault.
    pub fn one_file(&self, path: PathBuf) -> Result<Conversion, String> {
        let format = Format::for_output(&path).map_err(|error| capitalised(&error.to_string()))?;
        self.conversion(Destination::File { path, format })
    }

    /// Several files in a folder.
    ///
    /// # Errors
    /// A sentence about the fault.
    pub fn folder(&self, path: PathBuf) -> Result<Conversion, String> {
        self.conversion(Destination::Folder {
            path,
            base: self.stem(),
            format: self.extract_as.format,
            binaries: self.extract_as.binaries,
        })
    }
}

impl InputFile {
    pub fn needs_address(&self) -> bool {
        matches!(&self.contents, Contents::Known(facts) if facts.needs_address())
    }

    /// Where its data goes if no address is typed; `None` if it carries its own.
    pub fn default_address(&self) -> Option<Address> {
        match &self.contents {
            Contents::Known(facts) => facts.placement.address(),
            Contents::Reading | Contents::Refused(_) => None,
        }
    }

    fn input(&self) -> Result<Input, String> {
        let typed = self.at.trim();
        let at = if self.needs_address() && !typed.is_empty() {
            let at: Address = typed.parse().map_err(|e| format!("The address: {e}"))?;
            Some(at)
        } else {
            None
        };
        let alternate = match self.alternate.trim() {
            "" => None,
            typed => Some(
                typed
                    .parse()
                    .map_err(|_| format!("'{typed}' is not a target number (0 to 255)"))?,
            ),
        };
        Ok(Input {
            path: self.path.clone(),
            at,
            alternate,
        })
    }
}

fn hex16(field: &str, typed: &str) -> Result<Option<u16>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let digits = typed.trim_start_matches("0x").trim_start_matches("0X");
    u16::from_str_radix(digits, 16)
        .map(Some)
        .map_err(|_| format!("{field} must be up to four hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::Placement;
    use crate::gui::state::firmware::TargetFacts;

    fn facts(alternate: u8, name: &str, needs_address: bool) -> Facts {
        Facts {
            name: "a".into(),
            kind: String::new(),
            about: Vec::new(),
            targets: vec![TargetFacts {
                memory: String::new(),
                program: None,
                alternate,
                name: Some(name.into()),
                bytes: 1,
                ranges: Vec::new(),
            }],
            made_for: None,
            sha256: String::new(),
            notes: Vec::new(),
            placement: match needs_address {
                true => Placement::Assumed(Address::FLASH),
                false => Placement::InFile,
            },
            likely_address: None,
        }
    }

    fn form() -> FilesForm {
        let mut form = FilesForm::default();
        assert!(form.add("a.bin".into()));
        assert!(!form.add("a.bin".into()));
        form.set_contents(Path::new("a.bin"), Ok(facts(0, "Flash", true)));
        form
    }

    #[test]
    fn the_conversion_contains_the_form_fields() {
        let mut form = form();
        form.vendor = "0483".into();
        if let Some(input) = form.inputs.first_mut() {
            input.at = "0x08004000".into();
            input.alternate = "2".into();
        }
        form.names.insert(2, "Mine".into());
        form.names.insert(7, "unused".into());
        let conversion = form.one_file("out.dfu".into()).unwrap();
        assert_eq!(conversion.vendor, Some(0x0483));
        assert_eq!(conversion.product, None);
        assert_eq!(conversion.names, [(2, "Mine".to_owned())]);
        let input = conversion.inputs.first().unwrap();
        assert_eq!(input.at, Some(Address(0x0800_4000)));
        assert_eq!(input.alternate, Some(2));
    }

    #[test]
    fn every_format_for_one_target_can_be_extracted() {
        let labels: Vec<_> = ExtractAs::choices().iter().map(|c| c.label()).collect();
        assert_eq!(labels.first().unwrap(), "S-record, one for each target");
        for label in [
            "Intel HEX, one for each target",
            "Binary, one for each element",
            "Binary, one for each target",
        ] {
            assert!(labels.iter().any(|l| l == label), "{label}");
        }
        assert!(!labels.iter().any(|label| label.contains("DfuSe")));
    }

    #[test]
    fn invalid_fields_and_files_are_reported() {
        let mut form = form();
        assert_eq!(form.ready(), Ok(()));
        assert!(form.one_file("out.zip".into()).is_err());
        form.product = "xyz".into();
        assert!(form.ready().unwrap_err().contains("product"));
        form.product.clear();
        form.set_contents(Path::new("a.bin"), Err("empty".into()));
        assert!(form.ready().is_err());
        assert!(FilesForm::default().ready().is_err());
    }

    #[test]
    fn only_one_conversion_runs_at_a_time() {
        let mut form = form();
        form.set_progress("Reading a.bin".into(), 1, 2);
        assert!(form.progress.is_none());
        form.progress = Some(ConversionProgress::default());
        form.set_progress("Reading a.bin".into(), 1, 2);
        assert_eq!(form.progress.as_ref().map(|m| m.done), Some(1));
        assert!(form.ready().is_err());
    }
}
