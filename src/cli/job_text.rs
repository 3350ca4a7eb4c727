//! Plans and reports as text.

use std::path::Path;

use super::Options;
use super::output::eprint_line;
use crate::address::{AddressRange, ByteSize};
use crate::discovery::Found;
use crate::engine::summary::amounts;
use crate::engine::{
    Action, Outcome, Plan, Report, SectorPlan, Severity, Stream, Summary, TargetPlan, Task,
};
use crate::printable::printable_path;

/// The result of an upgrade.
pub(super) fn upgraded(report: &Report) -> String {
    let mut facts = amounts(report);
    if report.sectors_erased > 0 {
        facts.push(format!("{} erased", count(report.sectors_erased, "sector")));
    }
    facts.push(seconds(report));
    let started = if report.started {
        "; its program was started"
    } else {
        ""
    };
    format!("{}{started} ({})", report.board_summary, facts.join(", "))
}

/// Where the contents of before are.
pub(super) fn backup(report: &Report) -> Option<String> {
    let path = report.backup.as_ref()?;
    Some(format!(
        "The old contents are saved in {}",
        printable_path(&path)
    ))
}

/// The result of a read-out.
pub(super) fn saved(report: &Report, path: &Path) -> Vec<String> {
    let bytes = ByteSize(report.bytes_read);
    let saved = format!(
        "Saved {bytes} to {} ({})",
        printable_path(&path),
        seconds(report)
    );
    let remark = report.remark().map(str::to_owned);
    [saved].into_iter().chain(remark).collect()
}

/// The result of any other task.
pub(super) fn done(report: &Report) -> String {
    format!("{} ({})", report.board_summary, seconds(report))
}

fn seconds(report: &Report) -> String {
    format!("{:.1} s", report.duration.as_secs_f64())
}

/// A job that failed or was cancelled: the error, the state of the board, the next steps.
pub(super) fn unfinished(task: &Task, report: &Report) -> Vec<String> {
    let first = match &report.outcome {
        Outcome::Done => return Vec::new(),
        Outcome::Failed(error) => format!("error: {error}"),
        Outcome::Cancelled => "Cancelled".to_owned(),
    };
    let mut lines = vec![first];
    if !report.board_summary.is_empty() {
        lines.push(format!("  {}", report.board_summary));
    }
    lines.extend(backup(report).map(|line| format!("  {line}")));
    let summary = Summary::new(task.noun(), task, report);
    lines.extend(summary.steps.iter().map(|step| format!("  {step}")));
    lines
}

/// A plan in one line.
pub(super) fn plan(plan: &Plan) -> String {
    if let Some(stream) = &plan.stream {
        return sent_as_a_whole(stream);
    }
    let totals = plan.totals();
    let mut parts = Vec::new();
    if totals.undecided_bytes > 0 {
        parts.push(format!("{} to compare", ByteSize(totals.undecided_bytes)));
    }
    if totals.matching_bytes > 0 {
        parts.push(format!(
            "{} already up to date",
            ByteSize(totals.matching_bytes)
        ));
    }
    if totals.write_bytes > 0 {
        parts.push(format!("{} to write", ByteSize(totals.write_bytes)));
    }
    if totals.erase_sectors > 0 {
        parts.push(format!(
            "{} to erase",
            count(totals.erase_sectors, "sector")
        ));
    }
    if totals.kept_bytes > 0 {
        parts.push(format!("{} left as they are", ByteSize(totals.kept_bytes)));
    }
    if totals.lost_bytes > 0 {
        parts.push(lost(plan, totals.lost_bytes));
    }
    if totals.unverified_bytes > 0 {
        parts.push(unverified(totals.unverified_bytes));
    }
    format!("{}: {}", count(totals.sectors, "sector"), parts.join(", "))
}

fn sent_as_a_whole(stream: &Stream) -> String {
    let size = ByteSize(stream.length());
    let target = &stream.name;
    format!("{size} to send to {target}; the board decides where it goes and what is erased for it")
}

/// "at most" until the board has been compared.
fn lost(plan: &Plan, bytes: u64) -> String {
    let undecided = sectors(plan).any(|s| s.action == Action::Undecided);
    let at_most = if undecided { "at most " } else { "" };
    format!(
        "{at_most}{} outside the file erased with them",
        ByteSize(bytes)
    )
}

fn unverified(bytes: u64) -> String {
    format!("{} cannot be read back to verify", ByteSize(bytes))
}

fn sectors(plan: &Plan) -> impl Iterator<Item = &SectorPlan> {
    plan.targets.iter().flat_map(|t| &t.sectors)
}

/// A plan as a table: neighbouring sectors with the same action share a row.
pub(super) fn plan_table(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for doubt in &plan.doubts {
        let needs = match doubt.severity {
            Severity::Note => "",
            Severity::Serious => ". To write it all the same, use --force",
        };
        lines.push(format!("Doubt: {doubt}{needs}"));
    }
    if let Some(stream) = &plan.stream {
        lines.push(sent_as_a_whole(stream));
        return lines;
    }
    for target in &plan.targets {
        lines.push(format!("Target {}, {}", target.alternate, target.name));
        lines.push(format!(
            "  {:<11} {:<26} {:>10} {:>12}  {}",
            "SECTOR", "ADDRESSES", "SIZE", "FROM FILE", "ACTION"
        ));
        lines.extend(rows(target).iter().map(Row::to_line));
    }
    let totals = plan.totals();
    lines.push(format!(
        "{} to write, {} already up to date, {} to erase",
        ByteSize(totals.write_bytes),
        ByteSize(totals.matching_bytes),
        count(totals.erase_sectors, "sector"),
    ));
    for range in &plan.options.keep_ranges {
        lines.push(format!("Left as it is: {range}, {}", ByteSize(range.len())));
    }
    if totals.lost_bytes > 0 {
        lines.push(format!(
            "Lost: {}. Use --keep to restore it",
            lost(plan, totals.lost_bytes)
        ));
    }
    if totals.unverified_bytes > 0 {
        lines.push(unverified(totals.unverified_bytes));
    }
    if let Some(start) = plan.start {
        lines.push(format!("Start the program at {start}"));
    }
    lines
}

/// Neighbouring sectors of one size with the same action.
struct Row {
    first: u32,
    last: u32,
    range: AddressRange,
    sector_size: u64,
    covered: u64,
    action: Action,
    /// Each is covered completely or not at all.
    uniform: bool,
}

impl Row {
    fn new(sector: &SectorPlan) -> Self {
        let covered = sector.covered_bytes();
        Self {
            first: sector.sector.index,
            last: sector.sector.index,
            range: sector.sector.range,
            sector_size: sector.sector.range.len(),
            covered,
            action: sector.action,
            uniform: covered == 0 || sector.uncovered_bytes() == 0,
        }
    }

    /// Adds `next` if the two can share a row.
    fn extend(&mut self, next: &Self) -> bool {
        let same = self.uniform
            && next.uniform
            && self.sector_size == next.sector_size
            && self.action == next.action
            && (self.covered == 0) == (next.covered == 0)
            && self.range.end() == u64::from(next.range.start());
        let joined = AddressRange::between(self.range.start(), next.range.end());
        match joined {
            Some(joined) if same => {
                self.range = joined;
                self.last = next.last;
                self.covered += next.covered;
                true
            }
            _ => false,
        }
    }

    fn to_line(&self) -> String {
        let numbers = if self.first == self.last {
            self.first.to_string()
        } else {
            format!("{}-{}", self.first, self.last)
        };
        let action = match self.action {
            Action::Undecided => "compare",
            Action::Leave => "leave: already up to date",
            Action::Write => "write: already blank",
            Action::EraseAndWrite => "erase, write",
            Action::Erase => "erase",
        };
        format!(
            "  {numbers:<11} {:<26} {:>10} {:>12}  {action}",
            self.range.to_string(),
            ByteSize(self.range.len()).to_string(),
            ByteSize(self.covered).to_string(),
        )
    }
}

fn rows(target: &TargetPlan) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for sector in &target.sectors {
        let row = Row::new(sector);
        if !rows.last_mut().is_some_and(|last| last.extend(&row)) {
            rows.push(row);
        }
    }
    rows
}

/// `1 sector`, `3 sectors`
pub(super) fn count(number: u32, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// For questions: `all of Internal Flash (1 MiB, 12 sectors)`, the memory that a mass erase erases.
pub(super) fn whole_flash(boards: &[Found]) -> String {
    let first = |board: &Found| {
        let target = board.targets.first()?;
        let map = target.map.as_ref().ok()?;
        let sectors = count(map.sector_count(), "sector");
        let size = ByteSize(map.bytes());
        Some(format!("all of {} ({size}, {sectors})", target.name))
    };
    same(boards.iter().map(first)).unwrap_or_else(|| "everything".to_owned())
}

/// Prints what to know before everything on `boards` is erased, with `--yes` too.
pub(super) fn warn_of_erase(options: &Options, boards: &[Found]) {
    if options.json {
        return;
    }
    for warning in boards.iter().filter_map(Found::erase_warning) {
        eprint_line(warning);
    }
}

/// For questions: `Internal Flash`, or `target 1` where the boards differ.
pub(super) fn target_name(boards: &[Found], alternate: u8) -> String {
    let name = |board: &Found| Some(board.target(alternate)?.name.clone());
    same(boards.iter().map(name)).unwrap_or_else(|| format!("target {alternate}"))
}

/// What all are, if they are the same.
fn same(mut all: impl Iterator<Item = Option<String>>) -> Option<String> {
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// For questions: `STM32F2 or F4, 1 MiB (1-4.2)`, or how many there are.
pub(super) fn boards(boards: &[Found]) -> String {
    match boards {
        [one] => format!("{} ({})", one.label, one.place()),
        several => format!("{} boards", several.len()),
    }
}
