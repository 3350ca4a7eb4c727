//! `upfuse option-bytes`: shows the option bytes of a board, saves, changes and restores them.

mod change;
mod json;
mod show;
mod text;

use std::path::PathBuf;

use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, Files, jobs, save_to};
use crate::engine::Task;
use crate::option_bytes::{Change, Refusal};

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  upfuse option-bytes                          show every field and its meaning
  upfuse option-bytes set BOR_LEV=2 --dry-run  show what would change
  upfuse option-bytes set BOR_LEV=2
  upfuse option-bytes set WRP=none             remove the write protection
  upfuse option-bytes set WRP=0-3              protect these sectors, and no others
  upfuse option-bytes save options.dfu
  upfuse option-bytes restore options.dfu";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show every field, its value and its meaning (as without a command)
    Show,

    /// Change fields; everything else stays as it is
    Set(Set),

    /// Save the option bytes to a file
    Save {
        /// Output file
        #[arg(value_name = "OUT.dfu")]
        out: PathBuf,
    },

    /// Set the fields as in a file that was saved from this board
    Restore(Restore),
}

#[derive(Debug, clap::Args)]
struct Set {
    /// A field and its value, as `show` names them: BOR_LEV=2, WRP=none, WRP=0-3,7
    #[arg(required = true, value_name = "NAME=VALUE")]
    changes: Vec<Change>,

    #[command(flatten)]
    options: ChangeOptions,
}

#[derive(Debug, clap::Args)]
struct Restore {
    /// The saved option bytes
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    options: ChangeOptions,
}

#[derive(Debug, clap::Args)]
struct ChangeOptions {
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,

    /// Save the old option bytes to this new file, or under a new name in this folder; without it,
    /// in the current folder
    #[arg(long, value_name = "OUT", conflicts_with = "dry_run")]
    backup: Option<PathBuf>,

    /// Agree to a change that could make the board unreachable, by the name of its field; may be
    /// given several times
    #[arg(long, value_name = "NAME")]
    confirm: Vec<String>,
}

impl ChangeOptions {
    fn backup_file(&self) -> Option<&std::path::Path> {
        let backup = self.backup.as_deref();
        backup.filter(|path| !save_to::is_folder(path))
    }
}

impl Args {
    pub(super) fn files(&self, files: Files) -> Files {
        match &self.action {
            None | Some(Action::Show) => files,
            Some(Action::Set(set)) => files.output(save_to::BACKUP, set.options.backup_file()),
            Some(Action::Save { out }) => files.output(OUTPUT, [out.as_path()]),
            Some(Action::Restore(restore)) => files
                .input("the file of the option bytes", [restore.file.as_path()])
                .output(save_to::BACKUP, restore.options.backup_file()),
        }
    }
}

const OUTPUT: &str = save_to::READ_OUT;

pub(in crate::cli) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    match &args.action {
        None | Some(Action::Show) => show::run(context),
        Some(Action::Set(set)) => change::set(set, context),
        Some(Action::Save { out }) => save(out, context),
        Some(Action::Restore(restore)) => change::restore(restore, context),
    }
}

fn save(out: &std::path::Path, context: &mut Context) -> Result<Exit, Failure> {
    save_to::check_extension(out)?;
    let mut session = context.session()?;
    let boards = session.choose(&context.options, jobs::RequiredMode::OptionBytes)?;
    let files = save_to::file_for_each_board(out, &boards, context)?;
    jobs::run(context, &mut session, &boards, |place| {
        Task::ReadOptionBytes {
            save: files.get(place).cloned(),
        }
    })
}

/// The exit code of a refusal is decided where those of jobs are.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::from_job(&crate::engine::JobError::OptionBytes(refusal))
    }
}
