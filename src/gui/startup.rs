//! Opening the window, and what to say when there is none to say it in. A Windows program that
//! has a window has no console: without a message of the system's own it would end in silence.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::cli::{self, Exit, Failure, WindowOptions};
use crate::worker::Setup;
use crate::worker::job::panic_text;

const NO_WINDOW: &str = "Upfuse cannot open its window";
const NO_CONSOLE: &str = "This is a command for upfuse-cli";

/// Opens the window, and returns when it has been closed or could not be opened.
pub fn start(options: WindowOptions) -> Exit {
    let setup = match Setup::new(&options.simulate) {
        Ok(setup) => setup,
        Err(unknown) => {
            let failure = Failure::from(unknown);
            let lines = [std::slice::from_ref(&failure.message), &failure.advice].concat();
            show(NO_WINDOW, &lines.join("\n"));
            return cli::refuse_window(&failure);
        }
    };
    let opened = Rc::new(Cell::new(false));
    let on_open = {
        let opened = Rc::clone(&opened);
        move || opened.set(true)
    };
    // eframe returns errors for most of what a graphics driver can lack, and panics for some.
    let trouble = match catch_unwind(AssertUnwindSafe(|| super::run(setup, options, on_open))) {
        Ok(Ok(())) => return Exit::Done,
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic_text(&*panic),
    };
    if opened.get() {
        show("Upfuse had to close", &stopped(&trouble));
        return cli::window_failed(&trouble);
    }
    let trouble = shortened(&trouble);
    show(NO_WINDOW, &no_window(trouble));
    cli::no_window(&trouble)
}

/// For a command typed to the window's program where nobody could read what it answers: on
/// Windows, a console's program is `upfuse-cli`.
pub fn refer_to_console_program(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Exit {
    show(NO_CONSOLE, &console_command(arguments));
    Exit::Usage
}

fn no_window(trouble: &str) -> String {
    format!(
        "Upfuse draws its window with OpenGL 2.0 or newer, and got none from this system.\n\n\
         That is usual over Remote Desktop, in a virtual machine, and until the graphics card's \
         own driver is installed. Start Upfuse at the computer itself, or install that driver.\n\n\
         Everything works without a window too. In a terminal:\n\
         {CONSOLE_PROGRAM} upgrade firmware.dfu\n\
         {CONSOLE_PROGRAM} --help\n\n\
         What the system said: {trouble}"
    )
}

/// winit's error begins with the place in its own source, a path of the machine it was built on;
/// glutin's goes on with every field of what was asked for.
fn shortened(trouble: &str) -> &str {
    let words = trouble
        .rsplit_once(".rs:")
        .and_then(|(_, line_and_words)| line_and_words.split_once(": "))
        .map_or(trouble, |(_, words)| words);
    words
        .split_once('{')
        .map_or(words, |(words, _)| words.trim_end())
}

fn stopped(trouble: &str) -> String {
    format!(
        "This is an error in Upfuse. A board that was being upgraded is still in DFU mode or can \
         be put there: start Upfuse again and upgrade it once more.\n\n\
         What happened: {trouble}"
    )
}

fn console_command(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> String {
    let mut words = vec![CONSOLE_PROGRAM.to_owned()];
    words.extend(
        arguments
            .into_iter()
            .skip(1)
            .map(|argument| quoted(&argument.to_string_lossy())),
    );
    format!(
        "upfuse.exe opens the window and cannot print to a console. Nothing was done.\n\n\
         In a terminal:\n{}",
        words.join(" ")
    )
}

fn quoted(argument: &str) -> String {
    if argument.is_empty() || argument.contains(char::is_whitespace) {
        format!("\"{argument}\"")
    } else {
        argument.to_owned()
    }
}

const CONSOLE_PROGRAM: &str = if cfg!(windows) {
    "upfuse-cli"
} else {
    "upfuse"
};

/// A message box of the system's own. On Linux whoever starts a program without a display reads
/// stderr; and a message box there would need another program.
#[cfg(any(windows, target_os = "macos"))]
fn show(title: &str, text: &str) {
    rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title(title)
        .set_description(text)
        .show();
}

#[cfg(not(any(windows, target_os = "macos")))]
fn show(title: &str, text: &str) {
    log::error!("{title}: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_simulated_board_is_refused_before_a_window_is_opened() {
        let options = WindowOptions {
            simulate: vec!["f407".to_owned(), "nonsense".to_owned()],
            ..WindowOptions::default()
        };
        assert_eq!(start(options), Exit::Usage);
    }

    #[test]
    fn without_opengl_the_message_names_the_cause_and_the_command_line() {
        let text = no_window("no pixel format");
        for words in ["OpenGL", "Remote Desktop", "--help", "no pixel format"] {
            assert!(text.contains(words), "{words}");
        }
        assert!(text.contains(&format!("{CONSOLE_PROGRAM} upgrade firmware.dfu")));
    }

    #[test]
    fn of_a_long_error_the_words_are_shown_and_not_the_fields() {
        let trouble = "Found no glutin configs: ConfigTemplate { alpha_size: 8 }. Error: not found";
        assert_eq!(
            shortened(trouble),
            "Found no glutin configs: ConfigTemplate"
        );
    }

    #[test]
    fn of_an_error_with_a_place_in_the_source_the_words_are_shown() {
        let trouble = "winit EventLoopError: os error at /home/x/winit-0.30/src/mod.rs:788: Failed \
                       to open connection to X server";
        assert_eq!(shortened(trouble), "Failed to open connection to X server");
        assert_eq!(shortened("no pixel format"), "no pixel format");
    }

    #[test]
    fn a_command_given_to_the_window_is_repeated_for_the_console() {
        let typed = ["upfuse.exe", "info", "my firmware.dfu", ""].map(std::ffi::OsString::from);
        let text = console_command(typed);
        assert!(
            text.ends_with(&format!("{CONSOLE_PROGRAM} info \"my firmware.dfu\" \"\"")),
            "{text}"
        );
    }
}
