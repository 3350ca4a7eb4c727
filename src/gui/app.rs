//! The window: handles events before each frame, draws it, and applies its intents.

use std::time::Duration;

use crossbeam_channel::TryRecvError;
use egui::ThemePreference;

use super::announce::Announcer;
use super::background::Background;
use super::batch_file::RecordFile;
use super::file_dialog::{Answer, DialogFailure, Dialogs, Question};
use super::settings::{Settings, Store, ThemeChoice};
use super::sound::Speaker;
use super::state::log::Level;
use super::state::traffic::TrafficRecord;
use super::state::{Effect, FileThere, Intent, Modal, State};
use super::views::{self, ViewState};
use super::window_size::WindowSize;
use super::{WindowOptions, protocol_log, shortcuts, theme};
use crate::io_error::reason;
use crate::printable::printable_path;
use crate::worker::{Command, Handle};

/// Everything the window owns.
pub struct App {
    pub state: State,
    worker: Handle,
    view: ViewState,
    dialogs: Dialogs,
    background: Background,
    store: Store,
    record: RecordFile,
    /// None without a player; tests play nothing.
    speaker: Option<Speaker>,
    announcer: Announcer,
    /// The settings on disk.
    saved: Settings,
    /// The person has confirmed closing during a job.
    closing: bool,
    shown_theme: Option<ThemeChoice>,
    size: WindowSize,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Installs fonts and colours in `ctx`. `store` may have no file (tests).
    pub fn new(ctx: &egui::Context, worker: Handle, store: Store, options: WindowOptions) -> Self {
        theme::install(ctx);
        let (settings, problem) = store.load();
        let wake = || {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let mut app = Self {
            state: State::new(settings.clone()),
            worker,
            view: ViewState::default(),
            dialogs: Dialogs::new(wake()),
            background: Background::new(wake()),
            store,
            record: RecordFile::default(),
            speaker: None,
            announcer: Announcer::default(),
            saved: settings,
            closing: false,
            shown_theme: None,
            size: WindowSize::default(),
        };
        app.state.own_records_folder = app.store.records_folder();
        app.state.batch.host = gethostname::gethostname().to_string_lossy().into_owned();
        if let Some(problem) = problem {
            app.state.banner(Level::Warning, problem);
        }
        if !options.files.is_empty() {
            let given = Intent::Open(options.files);
            let effects = app.state.act(Duration::ZERO, given);
            app.apply_effects(ctx, effects);
        }
        app.apply_theme(ctx);
        app
    }

    /// Announces ends by the desktop's notifications from now on.
    pub(super) fn use_desktop(&mut self) {
        self.announcer.use_desktop();
    }

    /// Plays the sounds of a batch from now on, if this system can.
    pub(super) fn start_speaker(&mut self, ctx: &egui::Context) {
        let ctx = ctx.clone();
        match Speaker::start(move || ctx.request_repaint()) {
            Ok(speaker) => self.speaker = Some(speaker),
            Err(why) => self.state.sound_problem = Some(why),
        }
    }

    /// Records the USB traffic from now on.
    pub(super) fn record(&mut self, ctx: &egui::Context, record: TrafficRecord) {
        let effects = self.state.begin_record(record);
        self.apply_effects(ctx, effects);
    }

    /// Handles all pending events of the worker, the dialogs and the background tasks.
    pub fn drain_events(&mut self, ctx: &egui::Context) {
        let now = now(ctx);
        loop {
            match self.worker.events.try_recv() {
                Ok(event) => {
                    let effects = self.state.apply(now, event);
                    self.apply_effects(ctx, effects);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.state.worker_lost();
                    break;
                }
            }
        }
        while let Some(answer) = self.dialogs.poll(now) {
            match answer {
                Answer::Path(purpose, path) => {
                    self.handle(ctx, Intent::PathGiven(purpose, path));
                }
                Answer::Cancelled => {}
                Answer::NoDialog(failure) => self.type_path(failure),
            }
        }
        if let Some(why) = self.speaker.as_ref().and_then(Speaker::problem) {
            self.state.sound_problem = Some(why);
        }
        while let Some(update) = self.background.poll() {
            let effects = self.state.update(now, update);
            self.apply_effects(ctx, effects);
        }
        self.announcer.progress(ctx, self.state.progress());
    }

    /// Draws one frame and handles its intents.
    pub fn frame(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        self.keys(&ctx);
        self.state.update_picture();
        let intents = views::show(ui, &mut self.state, &mut self.view);
        for intent in intents {
            self.handle(&ctx, intent);
        }
        self.close_requested(&ctx);
        if let Some(due) = self.state.expire_banners(now(&ctx)) {
            ctx.request_repaint_after(due);
        }
        if let Some(due) = self.state.expire_waits(now(&ctx)) {
            ctx.request_repaint_after(due);
        }
        self.apply_theme(&ctx);
        self.size.follow(&ctx);
        self.save_settings();
    }

    fn handle(&mut self, ctx: &egui::Context, intent: Intent) {
        let effects = self.state.act(now(ctx), intent);
        self.apply_effects(ctx, effects);
        // Shows the change immediately.
        ctx.request_repaint();
    }

    fn keys(&mut self, ctx: &egui::Context) {
        // A modal takes the keyboard: only its own buttons react.
        if self.state.modal.is_some() {
            return;
        }
        // Escape closes a menu, or leaves a text field, before it stops a job.
        if egui::Popup::is_any_open(ctx) || ctx.text_edit_focused() && escape(ctx) {
            return;
        }
        if escape(ctx) && is_full_screen(ctx) {
            ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(false));
            return;
        }
        if escape(ctx)
            && let Some(place) = self.state.closable_result()
        {
            self.handle(ctx, Intent::DismissResult(place));
            return;
        }
        if let Some(action) = shortcuts::pressed(ctx)
            && self.state.belongs_to_screen(action)
        {
            self.handle(ctx, Intent::Do(action));
        }
    }

    fn apply_effects(&mut self, ctx: &egui::Context, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(command) => self.send(command),
                Effect::AskPath { purpose, name } => {
                    let question = Question {
                        purpose,
                        folder: self.state.folder_for(purpose),
                        name,
                        asked_at: now(ctx),
                    };
                    if let Err(failure) = self.dialogs.ask(question) {
                        self.type_path(failure);
                    }
                }
                Effect::CheckTyped { purpose, path } => {
                    let there = FileThere::at(&path);
                    self.handle(ctx, Intent::SavePathTyped(purpose, path, there));
                }
                Effect::Background(task) => {
                    if let Err(error) = self.background.start(task) {
                        let text = format!("Cannot start a thread: {error}");
                        self.state.banner(Level::Error, text);
                    }
                }
                Effect::Record { path, text } => {
                    if let Err(error) = self.record.append(&path, &text) {
                        self.state.record_failed(&path, &error.to_string());
                    }
                }
                Effect::CreateFolder(path) => {
                    if let Err(error) = std::fs::create_dir_all(&path) {
                        let text = format!(
                            "The folder {} cannot be created: {}",
                            printable_path(&path),
                            reason(&error)
                        );
                        self.state.banner(Level::Error, text);
                    }
                }
                Effect::Play(sound) => {
                    if let Some(speaker) = &self.speaker {
                        speaker.play(sound);
                    }
                }
                Effect::ToggleFullScreen => {
                    let on = is_full_screen(ctx);
                    ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(!on));
                }
                Effect::Announce(end) => self.announcer.ended(ctx, &end),
                Effect::Copy(text) => ctx.copy_text(text),
                Effect::CopyReport(text) => {
                    let protocol = protocol_log::text();
                    ctx.copy_text(format!("{text}\nProtocol log (local time)\n{protocol}"));
                }
                Effect::OpenLink(link) => ctx.open_url(egui::OpenUrl::new_tab(link)),
                Effect::Close => {
                    self.closing = true;
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
        }
    }

    fn send(&mut self, command: Command) {
        // The worker always receives promptly, whatever its boards are doing. A full or closed
        // channel is a defect, and the window must not hang on it.
        if self.worker.commands.try_send(command).is_err() {
            self.state.worker_lost();
        }
    }

    /// Asks for a path without a file dialog.
    fn type_path(&mut self, DialogFailure { question, why }: DialogFailure) {
        self.state.modal = Some(Modal::TypePath {
            purpose: question.purpose,
            text: question.proposed().display().to_string(),
            why: why.to_owned(),
        });
    }

    /// Closing during a job or a batch asks first.
    fn close_requested(&mut self, ctx: &egui::Context) {
        if self.closing || !ctx.input(|input| input.viewport().close_requested()) {
            return;
        }
        if self.state.asks_before_closing() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.handle(ctx, Intent::CloseRequested);
        }
    }

    fn apply_theme(&mut self, ctx: &egui::Context) {
        let theme = self.state.settings.theme;
        if self.shown_theme != Some(theme) {
            self.shown_theme = Some(theme);
            ctx.set_theme(match theme {
                ThemeChoice::System => ThemePreference::System,
                ThemeChoice::Light => ThemePreference::Light,
                ThemeChoice::Dark => ThemePreference::Dark,
            });
        }
    }

    fn save_settings(&mut self) {
        if self.state.settings == self.saved {
            return;
        }
        self.saved.clone_from(&self.state.settings);
        if let Err(error) = self.store.save(&self.saved) {
            self.state.banner(
                Level::Warning,
                format!("The settings could not be saved: {error}"),
            );
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.drain_events(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.frame(ui);
    }

    fn save(&mut self, _storage: &mut dyn eframe::Storage) {
        if let Some(size) = self.size.to_remember() {
            self.state.settings.window_size = Some(size);
            self.save_settings();
        }
    }

    /// Details are closed at first, in every session.
    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        theme::for_visuals(visuals).window.to_normalized_gamma_f32()
    }
}

fn is_full_screen(ctx: &egui::Context) -> bool {
    ctx.input(|input| input.viewport().fullscreen.unwrap_or_default())
}

fn escape(ctx: &egui::Context) -> bool {
    ctx.input(|input| input.key_pressed(egui::Key::Escape))
}

fn now(ctx: &egui::Context) -> Duration {
    Duration::try_from_secs_f64(ctx.input(|input| input.time)).unwrap_or_default()
}
