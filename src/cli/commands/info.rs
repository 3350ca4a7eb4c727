//! `upfuse info FILE`: shows the contents of a firmware file.

use std::fmt;

use serde_json::{Value, json};

use crate::address::{AddressRange, ByteSize};
use crate::cli::exit::{Exit, Failure};
use crate::cli::firmware_file::FirmwareFile;
use crate::cli::jobs::Session;
use crate::cli::output::eprint_line;
use crate::cli::{Context, Files, job_json};
use crate::discovery::Found;
use crate::engine::{self, Doubt, UpgradeOptions};
use crate::firmware::{
    Format, Image, ImageTarget, MemoryKind, Placement, Source, Stage, VectorTable, family_text,
    memories_in_words, program_in_words,
};
use crate::printable::printable;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    firmware: FirmwareFile,
}

impl Args {
    pub(super) fn files(&self, files: Files) -> Files {
        files.input("the firmware file", [self.firmware.path()])
    }
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let image = args.firmware.load()?;
    let boards = boards(&image, context)?;
    if context.options.json {
        context.out.json(&facts(&image, &boards));
    } else {
        context.out.raw(Summary(&image).to_string().as_bytes());
        for fit in &boards {
            context.out.line(fit);
        }
    }
    Ok(Exit::Done)
}

/// Whether the file fits one of the boards.
struct Fit {
    id: String,
    label: String,
    /// The doubts that concern only this board, or why the file does not fit.
    result: Result<Vec<Doubt>, String>,
}

/// The boards that could be upgraded. Without boards, or without USB, the list is empty.
fn boards(image: &Image, context: &mut Context) -> Result<Vec<Fit>, Failure> {
    context.open_traffic()?;
    let session = match Session::open(&context.options, &context.traffic) {
        Ok(session) => session,
        Err(failure) if failure.exit == Exit::Usage => return Err(failure),
        Err(failure) => {
            eprint_line(format_args!(
                "Boards cannot be checked: {}",
                failure.message
            ));
            return Ok(Vec::new());
        }
    };
    let options = UpgradeOptions {
        target: context.options.target,
        ..UpgradeOptions::default()
    };
    let of_file = engine::doubts(image, None);
    let fit = |found: &Found| Fit {
        id: found.place().to_string(),
        label: found.label.clone(),
        result: match engine::plan_upgrade(&found.into(), image, &options) {
            Err(error) => Err(error.to_string()),
            Ok(plan) => {
                let mut doubts = plan.doubts;
                doubts.retain(|doubt| !of_file.contains(doubt));
                Ok(doubts)
            }
        },
    };
    let ready = session
        .inventory
        .found
        .iter()
        .filter(|found| found.can_upgrade());
    Ok(ready.map(fit).collect())
}

impl Fit {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "label": self.label,
            "fits": self.result.is_ok(),
            "reason": self.result.as_ref().err(),
            "doubts": self.result.iter().flatten().map(job_json::doubt).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, label, result } = self;
        match result {
            Ok(doubts) => {
                write!(f, "Fits {label} ({id})")?;
                doubts.iter().try_for_each(|doubt| write!(f, ". {doubt}"))
            }
            Err(why) => write!(f, "Does not fit {label} ({id}): {why}"),
        }
    }
}

fn facts(image: &Image, boards: &[Fit]) -> Value {
    let Source {
        name,
        format,
        size,
        sha256: _,
        crc,
        placement,
    } = &image.source;
    json!({
        "name": name,
        "format": format.name(),
        "size": size,
        "sha256": image.source.sha256_hex(),
        // A file whose two differ is not loaded.
        "crc": crc.map(|crc| json!({ "stated": crc, "computed": crc })),
        "made_for": image.made_for.map(|made_for| json!({
            "vid": format!("{:04x}", made_for.vendor),
            "pid": format!("{:04x}", made_for.product),
            "version": format!("{:04x}", made_for.version),
        })),
        "entry": image.entry.map(|entry| entry.0),
        "placement": match placement {
            Placement::InFile => "in-file",
            Placement::Given(_) => "asked",
            Placement::Proven(_) => "proven",
            Placement::Assumed(_) => "assumed",
        },
        "families": image.families().flatten().map(|family| json!({
            "id": format!("0x{:08x}", family.0),
            "name": family.name(),
        })).collect::<Vec<_>>(),
        "firmware_version": image.about.version,
        "device_description": image.about.device,
        "device_id": image.about.device_id,
        "page_size": image.about.page_size,
        "targets": image.targets.iter().map(target_facts).collect::<Vec<_>>(),
        "stages": image.later.iter().map(stage_facts).collect::<Vec<_>>(),
        "variants": image.variants.iter().map(|variant| json!({
            "family": variant.family.map(|family| format!("0x{:08x}", family.0)),
            "target": target_facts(&variant.target),
            "stages": variant.later.iter().map(stage_facts).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "notes": image.notes,
        "doubts": engine::doubts(image, None).iter().map(job_json::doubt).collect::<Vec<_>>(),
        "boards": boards.iter().map(Fit::to_json).collect::<Vec<_>>(),
    })
}

fn stage_facts(stage: &Stage) -> Value {
    json!({
        "start": job_json::address(stage.restart.start),
        "target": target_facts(&stage.target),
    })
}

fn target_facts(target: &ImageTarget) -> Value {
    let range = |range: AddressRange| {
        json!({
            "start": range.start().0,
            "address": job_json::address(range.start()),
            "bytes": range.len(),
        })
    };
    let elements = target.segments.iter().map(|segment| range(segment.range()));
    json!({
        "alt": target.alternate,
        "name": target.name,
        "bytes": target.bytes(),
        "memory": memories_in_words(target),
        "elements": elements.collect::<Vec<_>>(),
        "gaps": target.gaps().into_iter().map(range).collect::<Vec<_>>(),
        "vector_table": VectorTable::read(target).map(|table| json!({
            "at": table.at.0,
            "initial_sp": table.initial_sp.0,
            "reset": table.reset.0,
            "plausible": table.is_plausible(),
            "doubts": table.doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })),
    })
}

/// The facts as text.
struct Summary<'a>(&'a Image);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(image) = self;
        let source = &image.source;
        writeln!(f, "{}", source.name)?;
        line(f, "Format", source.format.name())?;
        line(f, "Size", Size(source.size))?;
        line(f, "SHA-256", source.sha256_hex())?;
        if let Some(crc) = source.crc {
            line(f, "CRC", format_args!("0x{crc:08X} stated and computed"))?;
        }
        if let Some(made_for) = image.made_for {
            line(f, "Made for", made_for)?;
        }
        match source.placement {
            Placement::InFile => {}
            Placement::Given(at) => line(f, "Placed", format_args!("at {at}, as requested"))?,
            Placement::Proven(at) => line(
                f,
                "Placed",
                format_args!("at {at}, where its vector table shows that it belongs"),
            )?,
            Placement::Assumed(at) => line(
                f,
                "Placed",
                format_args!("at {at}, the start of flash: the file carries no address"),
            )?,
        }
        if let Some(entry) = image.entry {
            line(f, "Entry", entry)?;
        }
        write_uf2(f, image)?;
        for target in &image.targets {
            write_target(f, source, target)?;
        }
        write_stages(f, source, &image.later)?;
        for variant in &image.variants {
            line(f, "Or for", family_text(variant.family))?;
            write_target(f, source, &variant.target)?;
            write_stages(f, source, &variant.later)?;
        }
        for note in &image.notes {
            line(f, "Note", note)?;
        }
        for doubt in engine::doubts(image, None) {
            line(f, "Doubt", doubt)?;
        }
        Ok(())
    }
}

/// What only a UF2 file has.
fn write_uf2(f: &mut fmt::Formatter<'_>, image: &Image) -> fmt::Result {
    for family in image
        .families()
        .filter(|_| image.source.format == Format::Uf2)
    {
        line(f, "Family", family_text(family))?;
    }
    if let Some(version) = &image.about.version {
        line(f, "Version", printable(version))?;
    }
    if let Some(device) = &image.about.device {
        line(f, "Device", printable(device))?;
    }
    if let Some(id) = image.about.device_id {
        line(f, "Device ID", format_args!("0x{id:X}"))?;
    }
    if let Some(bytes) = image.about.page_size {
        line(f, "Page size", ByteSize(bytes.into()))?;
    }
    Ok(())
}

/// Only `--json` prints more rows than this.
const ROWS: usize = 20;

/// What is written after a restart of the board.
fn write_stages(f: &mut fmt::Formatter<'_>, source: &Source, stages: &[Stage]) -> fmt::Result {
    for stage in stages {
        let start = stage.restart.start;
        line(
            f,
            "Then",
            format_args!("the program at {start} is started, and takes:"),
        )?;
        write_target(f, source, &stage.target)?;
    }
    Ok(())
}

fn write_target(f: &mut fmt::Formatter<'_>, source: &Source, target: &ImageTarget) -> fmt::Result {
    let alternate = target.alternate;
    let name = target.name.as_deref().unwrap_or("unnamed");
    let size = Size(target.bytes());
    line(f, "Target", format_args!("{alternate}, {name}, {size}"))?;
    let data = match source.format.holds_targets() {
        true => "  Element",
        false => "  Data",
    };
    line(f, "  Goes to", memories_in_words(target))?;
    if let Some(program) = program_in_words(target) {
        line(f, "  Program", program)?;
    }
    let gaps = target.gaps();
    let all = target.segments.len() + gaps.len();
    let segments = target.segments.iter().take(ROWS);
    let mut rows: Vec<(AddressRange, &str)> = segments.map(|s| (s.range(), data)).collect();
    rows.extend(gaps.into_iter().take(ROWS).map(|gap| (gap, "  Gap")));
    rows.sort();
    for (range, label) in rows.iter().take(ROWS) {
        line(f, label, format_args!("{range}  {}", ByteSize(range.len())))?;
    }
    if let Some(more) = all.checked_sub(ROWS).filter(|more| *more > 0) {
        line(f, "", format_args!("and {more} more; use --json for all"))?;
    }
    if let Some(table) = VectorTable::read(target).filter(may_boot) {
        line(f, "  Vectors", describe_table(&table))?;
    }
    Ok(())
}

/// The microcontroller starts from its flash; what else begins like a vector table is noted too.
fn may_boot(table: &VectorTable) -> bool {
    table.is_plausible() || MemoryKind::of(table.at) == MemoryKind::Flash
}

fn describe_table(table: &VectorTable) -> String {
    let doubts: Vec<_> = table.doubts.iter().map(ToString::to_string).collect();
    let verdict = match doubts.as_slice() {
        [] => "plausible".to_owned(),
        doubts => format!("not plausible: {}", doubts.join(", ")),
    };
    format!(
        "initial stack pointer {}, reset handler {}; {verdict}",
        table.initial_sp, table.reset
    )
}

fn line(f: &mut fmt::Formatter<'_>, label: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(f, "  {label:<11}{value}")
}

/// `352672 bytes (344.4 KiB)`
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        match bytes {
            0..1024 => write!(f, "{}", ByteSize(*bytes)),
            _ => write!(f, "{bytes} bytes ({})", ByteSize(*bytes)),
        }
    }
}
