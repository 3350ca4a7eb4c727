//! Opens the window, or reports why it cannot be opened. A Windows program with a window has no
//! console: without a message box it would end silently.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

use crate::cli::{self, Exit, Files, Traffic, WindowOptions};
use crate::transport::recording::Side;
use crate::worker::job::panic_text;

const NO_WINDOW: &str = "Upfuse cannot open its window";
const NO_CONSOLE: &str = "This is a command for upfuse-cli";

/// Opens the window, and returns when it has been closed or could not be opened.
pub fn start(options: WindowOptions) -> Exit {
    let files = Files::of_options(&options.device);
    let prepared = files
        .input(
            "the firmware file",
            options.files.iter().map(PathBuf::as_path),
        )
        .check()
        .and_then(|()| Traffic::open(&options.device, Side::Host))
        .and_then(|traffic| Ok((traffic.setup(&options.device)?, traffic)));
    let (setup, traffic) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => {
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
    let trouble = match catch_unwind(AssertUnwindSafe(|| {
        super::run(setup, options, &traffic, on_open)
    })) {
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

/// For a command given to the program of the window where its output would be lost: on Windows
/// the program for a console is `upfuse-cli`.
pub fn refer_to_console_program(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Exit {
    show(NO_CONSOLE, &console_command(arguments));
    Exit::Usage
}

fn no_window(trouble: &str) -> String {
    format!(
        "Upfuse draws its window with OpenGL 2.0 or newer, and this system does not provide it.\n\n\
         That is common over Remote Desktop, in a virtual machine, and before the driver of the \
         graphics card is installed. Start Upfuse at the computer itself, or install that driver.\n\n\
         Everything also works without a window. In a terminal:\n\
         {CONSOLE_PROGRAM} upgrade firmware.dfu\n\
         {CONSOLE_PROGRAM} --help\n\n\
         The system reports: {trouble}"
    )
}

/// winit's error begins with a place in its source, a path of the build machine; glutin's ends with
/// every field of the requested configuration.
fn shortened(trouble: &str) -> &str {
    let text = trouble
        .rsplit_once(".rs:")
        .and_then(|(_, line_and_text)| line_and_text.split_once(": "))
        .map_or(trouble, |(_, text)| text);
    text.split_once('{')
        .map_or(text, |(text, _)| text.trim_end())
}

fn stopped(trouble: &str) -> String {
    format!(
        "This is an error in Upfuse. A board that was being upgraded is still in DFU mode, or can \
         be put into it: start Upfuse again and repeat the upgrade.\n\n\
         What happened: {trouble}"
    )
}

fn console_command(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> String {
    let mut parts = vec![CONSOLE_PROGRAM.to_owned()];
    parts.extend(
        arguments
            .into_iter()
            .skip(1)
            .map(|argument| quoted(&argument.to_string_lossy())),
    );
    format!(
        "upfuse.exe opens the window and cannot print to a console. The command was not run.\n\n\
         In a terminal:\n{}",
        parts.join(" ")
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

/// A message box of the system. On Linux, stderr is readable where there is no display, and a
/// message box would need another program.
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
            device: cli::Options {
                simulate: vec!["f407".to_owned(), "nonsense".to_owned()],
                ..cli::Options::default()
            },
            ..WindowOptions::default()
        };
        assert_eq!(start(options), Exit::Usage);
    }

    #[test]
    fn a_record_does_not_replace_the_firmware_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fw.bin");
        std::fs::write(&file, "precious").unwrap();
        let options = WindowOptions {
            files: vec![file.clone()],
            device: cli::Options {
                simulate: vec!["f407".to_owned()],
                record: Some(file.clone()),
                yes: true,
                ..cli::Options::default()
            },
        };
        assert_eq!(start(options), Exit::Refused);
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    }

    #[test]
    fn without_opengl_the_message_names_the_cause_and_the_command_line() {
        let text = no_window("no pixel format");
        for part in ["OpenGL", "Remote Desktop", "--help", "no pixel format"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.contains(&format!("{CONSOLE_PROGRAM} upgrade firmware.dfu")));
    }

    #[test]
    fn long_errors_are_shown_without_their_fields() {
        let trouble = "Found no glutin configs: ConfigTemplate { alpha_size: 8 }. Error: not found";
        assert_eq!(
            shortened(trouble),
            "Found no glutin configs: ConfigTemplate"
        );
    }

    #[test]
    fn errors_are_shown_without_their_place_in_the_source() {
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
