//! `upfuse man [COMMAND]`: the manual pages that packages install.

use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The page of this command; without one, the page of the program
    command: Option<String>,
}

pub(in crate::cli) fn run(
    args: &Args,
    definition: fn() -> clap::Command,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let mut program = definition();
    // Names each command by the whole line that runs it.
    program.build();
    let described = match &args.command {
        None => program,
        Some(name) => program
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| Failure::usage(format!("there is no command '{name}'")))?,
    };
    let page = page(described)
        .map_err(|error| Failure::new(Exit::Internal, "internal", error.to_string()))?;
    context.out.raw(&page);
    Ok(Exit::Done)
}

/// Renders the sections in their usual order. Without clap_mangen's own last section, which runs the
/// lines of the examples together.
fn page(described: clap::Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let notes = described
        .get_after_long_help()
        .or_else(|| described.get_after_help())
        .map(ToString::to_string);
    let has_commands = described.has_subcommands();
    let man = Man::new(described)
        .source(concat!("Upfuse ", env!("CARGO_PKG_VERSION")))
        .manual("Upfuse");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(notes) = notes {
        sections(&notes).to_writer(&mut page)?;
    }
    Ok(page)
}

/// The text below a help: "Title:" begins a section, and indented lines keep their form.
fn sections(notes: &str) -> Roff {
    let mut roff = Roff::default();
    let mut titled = false;
    let mut verbatim = false;
    for line in notes.lines() {
        let indented = line.starts_with("  ");
        if indented != verbatim && !line.is_empty() {
            roff.control(if indented { "nf" } else { "fi" }, []);
            verbatim = indented;
        }
        match line.strip_suffix(':') {
            _ if line.is_empty() => roff.control("PP", []),
            _ if indented => roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]),
            Some(title) => {
                titled = true;
                roff.control("SH", [title.to_uppercase().as_str()])
            }
            None => {
                if !titled {
                    titled = true;
                    roff.control("SH", ["NOTES"]);
                }
                roff.text([roman(line)])
            }
        };
    }
    if verbatim {
        roff.control("fi", []);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_keep_their_lines_and_titles_begin_sections() {
        let page = sections(
            "Waits.\n\nExamples:\n  upfuse list\n  upfuse info f.dfu\n\nExit codes:\n  0  done",
        )
        .render();
        let expected = ".SH NOTES\nWaits.\n.PP\n.SH EXAMPLES\n.nf\nupfuse list\nupfuse info f.dfu\n.PP\n.fi\n.SH \"EXIT CODES\"\n.nf\n0  done\n.fi\n";
        assert!(page.ends_with(expected), "{page}");
    }
}
