//! `upfuse upgrade FILE`: compare, erase, write, verify, start.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::enter_dfu;
use crate::address::AddressRange;
use crate::cli::confirm::confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::firmware_file::{FirmwareFile, require_address};
use crate::cli::{Context, Files, job_text, jobs, save_to};
use crate::discovery::Found;
use crate::engine::{Consent, Task, UpgradeOptions};

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  upfuse upgrade firmware.dfu
  upfuse upgrade firmware.bin --at 0x08004000
  upfuse upgrade firmware.hex --dry-run
  upfuse upgrade firmware.bin --keep-range 0x08004000+16K
  upfuse upgrade firmware.dfu --backup before.dfu
  upfuse upgrade firmware.dfu --backup my-backups
  upfuse upgrade firmware.dfu --enter-dfu
  upfuse upgrade firmware.dfu --wait 30 --json";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    firmware: FirmwareFile,

    /// Do not read back what was written
    #[arg(long)]
    no_verify: bool,

    /// Write even data that the board already holds
    #[arg(long)]
    rewrite: bool,

    /// Keep the rest of partly covered sectors: read it and write it back
    #[arg(long, conflicts_with = "mass_erase")]
    keep: bool,

    /// Leave this range as it is although the file covers it (START..END or START+LENGTH): the rest
    /// of its sectors is read and written back; may be given several times
    #[arg(long, value_name = "R", conflicts_with = "mass_erase")]
    keep_range: Vec<AddressRange>,

    /// Erase all of the memory first
    #[arg(long)]
    mass_erase: bool,

    /// Save the sectors that will change before anything is erased: to this new file, or under
    /// a new name in this folder, which is created. A .bin file also holds the memory between them
    #[arg(long, value_name = "OUT")]
    backup: Option<PathBuf>,

    /// First bring a board that runs its program into DFU mode, as `upfuse enter-dfu` does
    #[arg(long, conflicts_with_all = ["dry_run", "mass_erase"])]
    enter_dfu: bool,

    /// Leave the board in DFU mode afterwards
    #[arg(long)]
    no_start: bool,

    /// Write the file although it does not look like a program, or is for another address or device
    #[arg(long)]
    force: bool,

    /// Only compare the board with the file and print the plan
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    /// In a folder, a backup gets a new name.
    pub(super) fn files(&self, files: Files) -> Files {
        let backup = self.backup.as_deref();
        let backup = backup.filter(|path| !save_to::is_folder(path));
        files
            .input("the firmware file", [self.firmware.path()])
            .output(save_to::BACKUP, backup)
    }
}

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let backup = args.backup.as_deref();
    if let Some(backup) = backup.filter(|path| !save_to::is_folder(path)) {
        save_to::check_extension(backup)?;
    }
    let image = args.firmware.load_and_print_summary(&context.options)?;
    let mut session = context.session()?;
    let mut boards = session.inventory.found.iter();
    // A board without addresses, there or awaited, needs none.
    if context.options.wait.is_none() && !boards.any(Found::is_plain) {
        require_address(&image)?;
    }
    let required = match (args.mass_erase, args.enter_dfu) {
        (true, _) => jobs::RequiredMode::Erasable,
        (false, true) => jobs::RequiredMode::DfuOrRunTime,
        (false, false) => jobs::RequiredMode::Dfu,
    };
    let boards = session.choose(&context.options, required)?;
    if !boards.iter().all(Found::is_plain) {
        require_address(&image)?;
    }
    let options = UpgradeOptions {
        verify: !args.no_verify,
        rewrite: args.rewrite,
        keep: args.keep,
        keep_ranges: args.keep_range.clone(),
        mass_erase: args.mass_erase,
        start: !args.no_start,
        backup: None,
        target: context.options.target,
        enter_dfu: args.enter_dfu,
        consent: match args.force {
            true => Consent::All,
            false => Consent::default(),
        },
    };
    if args.dry_run {
        return jobs::run(context, &mut session, &boards, |_| Task::Compare {
            image: image.clone(),
            options: options.clone(),
        });
    }
    if args.mass_erase {
        job_text::warn_of_erase(&context.options, &boards);
        let target = job_text::whole_flash(&boards);
        let question = format!("Erase {target} on {}?", job_text::boards(&boards));
        confirm(&context.options, &question)?;
    }
    enter_dfu::confirm_stop(&context.options, &boards)?;
    let backups = match &args.backup {
        Some(path) => {
            let backup = save_to::Backup {
                to: path,
                firmware: args.firmware.path(),
                all: &session.inventory.found,
            };
            backup.for_each_board(&boards, context)?
        }
        None => BTreeMap::new(),
    };
    jobs::run(context, &mut session, &boards, |place| Task::Upgrade {
        image: image.clone(),
        options: UpgradeOptions {
            backup: backups.get(place).cloned(),
            ..options.clone()
        },
    })
}
