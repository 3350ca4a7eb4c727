//! "Copy report": the facts that a request for help needs.

use super::State;

/// Version, system, boards, file, last results and the log, as text.
pub fn text(state: &State) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("Upfuse {}", env!("CARGO_PKG_VERSION")));
    line(format!(
        "System: {} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    ));
    line(String::new());
    match &state.boards.bus_error {
        Some(error) => line(format!("USB: {error}")),
        None if state.boards.entries.is_empty() => line("No board".to_owned()),
        None => {}
    }
    for entry in &state.boards.entries {
        line(format!(
            "{} at {}: {}",
            entry.found.label,
            entry.place(),
            entry.status_text()
        ));
        for (name, value) in entry.found.properties() {
            line(format!("  {name}: {value}"));
        }
    }
    if let Some(loaded) = state.firmware.loaded() {
        line(String::new());
        line(format!(
            "File: {} ({})",
            loaded.facts.name, loaded.facts.kind
        ));
        line(format!("SHA-256: {}", loaded.facts.sha256));
    }
    for job in state.jobs.values() {
        line(String::new());
        match job.verdict() {
            None => line(format!("{} is running", job.noun())),
            Some(verdict) => {
                line(format!("{}. {}", verdict.headline, verdict.text));
                for (name, value) in &verdict.details {
                    line(format!("  {name}: {value}"));
                }
            }
        }
    }
    if let Some(record) = &state.traffic {
        line(String::new());
        line(record.describe());
    }
    line(String::new());
    line("Log".to_owned());
    out.push_str(&state.log.text());
    out
}
