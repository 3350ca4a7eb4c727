//! A window with simulated boards, without a display. Waits for the worker's events, never for a
//! fixed time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use upfuse::address::Address;
use upfuse::firmware::{EncodeOptions, Format, ImageTarget, Segment, encode};
use upfuse::gui::{App, Store, WindowOptions};
use upfuse::simulator::{Board, SimulatedBoard, SimulatedBus, Time, TransferRecord};
use upfuse::worker::{self, Command, Setup};

/// A test fails if no event arrives within this time.
const EVENT_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Bench {
    pub(crate) window: Harness<'static, App>,
    pub(crate) bus: SimulatedBus,
    woken: Receiver<()>,
    commands: Sender<Command>,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A window that lists these boards.
    pub(crate) fn new(boards: Vec<Board>) -> Self {
        Self::sized(boards, egui::vec2(1100.0, 760.0))
    }

    pub(crate) fn sized(boards: Vec<Board>, size: egui::Vec2) -> Self {
        let bus = SimulatedBus::new();
        let count = boards.len();
        for board in boards {
            bus.plug(board, Time::Virtual);
        }
        let simulated = bus.clone();
        let (wake, woken) = bounded(1);
        let folder = tempfile::tempdir().unwrap();
        let (spawned, handle) = bounded(1);
        let store = Store::at(folder.path().join("settings/settings.json"));
        let window = Harness::builder()
            .with_size(size)
            .with_max_steps(30)
            .build_eframe(move |creation| {
                let setup = Setup {
                    usb: None,
                    simulated,
                    time: Time::Virtual,
                };
                // One pending wake-up is enough.
                let wake = move || {
                    wake.try_send(()).ok();
                };
                // Background tasks wake the window by requesting a frame.
                let wake_for_frame = wake.clone();
                creation
                    .egui_ctx
                    .set_request_repaint_callback(move |_| wake_for_frame());
                let worker = worker::spawn(setup, wake);
                spawned.send(worker.commands.clone()).ok();
                let options = WindowOptions::default();
                App::new(&creation.egui_ctx, worker, store, options)
            });
        let mut bench = Self {
            window,
            bus,
            woken,
            commands: handle.recv().unwrap(),
            folder,
        };
        bench.wait("the bus has been scanned", |app| app.state.boards.scanned);
        assert_eq!(bench.app().state.boards.entries.len(), count);
        bench
    }

    pub(crate) fn app(&self) -> &App {
        self.window.state()
    }

    pub(crate) fn board(&self, number: usize) -> SimulatedBoard {
        self.bus.boards()[number].clone()
    }

    /// Stops the first board's job at one of its transfers, until it is released.
    pub(crate) fn hold_at_transfer(&self, number: u32) -> Hold {
        let mut count = 0;
        self.hold_where(move |_| {
            count += 1;
            count == number
        })
    }

    /// Stops the first board's job after each of these transfers, until it is released.
    pub(crate) fn hold_where(
        &self,
        these: impl FnMut(&TransferRecord) -> bool + Send + 'static,
    ) -> Hold {
        self.hold_on(0, these)
    }

    /// The same for the board with this number, from 0.
    pub(crate) fn hold_on(
        &self,
        number: usize,
        mut these: impl FnMut(&TransferRecord) -> bool + Send + 'static,
    ) -> Hold {
        let (reached, arrived) = bounded(1);
        let (release, released) = bounded::<()>(1);
        self.board(number).listen(move |transfer| {
            if these(transfer) {
                reached.send(()).ok();
                released.recv().ok();
            }
        });
        Hold { arrived, release }
    }

    /// Clicks Stop, and releases the job once the worker knows of it.
    #[track_caller]
    pub(crate) fn stop(&mut self, hold: &Hold) {
        self.click("Stop");
        self.wait_for_worker();
        hold.release();
    }

    /// Waits until the worker has carried out every command: it takes them in order, and answers
    /// this one.
    pub(crate) fn wait_for_worker(&mut self) {
        let unknown = "a board that does not exist";
        let command = Command::PlugSimulated(unknown.to_owned());
        self.commands.send(command).unwrap();
        self.wait_for_text(unknown);
    }

    /// Waits for an event, and draws one frame.
    pub(crate) fn step(&mut self) {
        if self.woken.recv_timeout(EVENT_TIMEOUT).is_err() {
            panic!("no event. The window shows:\n{}", self.text());
        }
        self.window.step();
    }

    /// Draws frames until `happened`, and waits for the worker in between.
    pub(crate) fn wait(&mut self, event: &str, happened: impl Fn(&App) -> bool) {
        loop {
            self.window.run();
            if happened(self.app()) {
                return;
            }
            if self.woken.recv_timeout(EVENT_TIMEOUT).is_err() {
                panic!("still waiting: {event}. The window shows:\n{}", self.text());
            }
        }
    }

    pub(crate) fn wait_for_text(&mut self, text: &str) {
        loop {
            self.window.run();
            if self.shows(text) {
                return;
            }
            if self.woken.recv_timeout(EVENT_TIMEOUT).is_err() {
                panic!("no '{text}' in the window:\n{}", self.text());
            }
        }
    }

    pub(crate) fn wait_until_idle(&mut self) {
        self.wait("all jobs have ended", |app| {
            app.state.jobs.values().all(|job| !job.is_running())
        });
    }

    /// Whether any widget's name or value contains `text`.
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    #[track_caller]
    pub(crate) fn assert_shows(&self, text: &str) {
        assert!(self.shows(text), "no '{text}' in:\n{}", self.text());
    }

    /// Everything that a screen reader finds.
    pub(crate) fn text(&self) -> String {
        self.window
            .root()
            .children_recursive()
            .filter_map(|node| {
                let node = node.accesskit_node();
                let text = node.label().or_else(|| node.value())?;
                Some(format!("{:?}: {text}\n", node.role()))
            })
            .collect()
    }

    #[track_caller]
    pub(crate) fn click(&mut self, name: &str) {
        self.window
            .get_by_role_and_label(Role::Button, name)
            .click();
        self.window.run();
    }

    /// Clicks the only button whose name begins with `start`.
    #[track_caller]
    pub(crate) fn click_starting(&mut self, start: &str) {
        let name = self
            .window
            .root()
            .children_recursive()
            .filter(|node| node.accesskit_node().role() == Role::Button)
            .filter_map(|node| node.accesskit_node().label())
            .find(|label| label.starts_with(start));
        let Some(name) = name else {
            panic!("no button '{start}…' in:\n{}", self.text());
        };
        self.click(&name);
    }

    /// Clicks an item behind the "…" of the first board.
    #[track_caller]
    pub(crate) fn click_more(&mut self, name: &str) {
        self.click_starting("More about");
        self.click(name);
    }

    /// Clicks the last of several buttons with this name.
    #[track_caller]
    pub(crate) fn click_last(&mut self, name: &str) {
        let buttons = self.window.query_all_by_role_and_label(Role::Button, name);
        match buttons.last() {
            Some(button) => button.click(),
            None => panic!("no button '{name}' in:\n{}", self.text()),
        }
        self.window.run();
    }

    #[track_caller]
    pub(crate) fn unfold(&mut self, name: &str) {
        self.window
            .get_by_role_and_label(Role::DisclosureTriangle, name)
            .click();
        self.window.run();
    }

    #[track_caller]
    pub(crate) fn tick(&mut self, name: &str) {
        self.window
            .get_by_role_and_label(Role::CheckBox, name)
            .click();
        self.window.run();
    }

    #[track_caller]
    pub(crate) fn is_enabled(&self, start: &str) -> bool {
        self.window
            .root()
            .children_recursive()
            .map(|node| node.accesskit_node())
            .find(|node| {
                node.role() == Role::Button
                    && node.label().is_some_and(|label| label.starts_with(start))
            })
            .map(|node| !node.is_disabled())
            .unwrap_or_else(|| panic!("no button '{start}…' in:\n{}", self.text()))
    }

    #[track_caller]
    pub(crate) fn type_into(&mut self, field: &str, text: &str) {
        let node = self.window.get_by_role_and_label(Role::TextInput, field);
        node.focus();
        self.window.run();
        self.window
            .get_by_role_and_label(Role::TextInput, field)
            .type_text(text);
        self.window.run();
    }

    pub(crate) fn press(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.window.run();
    }

    pub(crate) fn drop_onto_window(&mut self, path: &Path) {
        self.drop_several(&[path]);
    }

    pub(crate) fn drop_several(&mut self, paths: &[&Path]) {
        for path in paths {
            let file = Dropped((*path).to_owned());
            let files = &mut self.window.input_mut().dropped_files;
            files.push(std::sync::Arc::new(file));
        }
        self.window.step();
    }

    /// Drops a file onto the window, and waits until it has been read.
    pub(crate) fn drop_file(&mut self, path: &Path) {
        self.drop_onto_window(path);
        self.wait("the file has been read", |app| {
            use upfuse::gui::state::firmware::Firmware;
            matches!(
                app.state.firmware,
                Firmware::Loaded(_) | Firmware::Failed { .. }
            )
        });
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a DfuSe file that puts `bytes` at `address` of target 0.
    pub(crate) fn dfu_file(&self, name: &str, address: u32, bytes: &[u8]) -> PathBuf {
        let target = ImageTarget {
            alternate: 0,
            name: Some("Internal Flash".to_owned()),
            segments: vec![Segment::new(Address(address), bytes).unwrap()],
        };
        let file = encode(Format::DfuSe, &[target], EncodeOptions::default()).unwrap();
        let path = self.path(name);
        std::fs::write(&path, file).unwrap();
        path
    }
}

/// A job that is stopped at a transfer.
pub(crate) struct Hold {
    arrived: Receiver<()>,
    release: Sender<()>,
}

impl Hold {
    /// Waits until the job reaches that transfer.
    pub(crate) fn wait(&self) {
        self.arrived.recv_timeout(EVENT_TIMEOUT).unwrap();
    }

    pub(crate) fn release(&self) {
        self.release.send(()).unwrap();
    }
}

/// Pseudo-random bytes, the same in every run, that begin like a program: a stack pointer, and a
/// reset handler at the start of flash.
pub(crate) fn noise(length: usize, seed: u32) -> Vec<u8> {
    let table = [0x2000_1000_u32, 0x0800_0009].map(u32::to_le_bytes);
    let rest = no_program(length, seed).into_iter().skip(8);
    table.concat().into_iter().chain(rest).collect()
}

/// Pseudo-random bytes, the same in every run.
pub(crate) fn no_program(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect()
}

pub(crate) fn f407() -> Board {
    Board::by_name("f407").unwrap()
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
