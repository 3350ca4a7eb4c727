//! The window. Only this module and those below it know egui.
//!
//! [`state`] is a reducer over the worker's events and the person's intents and knows no egui;
//! [`views`] draws it; [`app`] connects both to the worker and the system.

mod announce;
mod app;
mod background;
mod batch_file;
mod block_on;
#[cfg(target_os = "linux")]
mod desktop;
mod icon;
mod icons;
mod job_profile;
mod settings;
mod shortcuts;
mod sound;
pub mod state;
mod theme;
mod views;

mod file_dialog;
mod protocol_log;
mod startup;
mod text;
mod window_size;

use crate::cli::Traffic;
use crate::worker::{self, Setup};
use state::traffic::TrafficRecord;

pub use crate::cli::WindowOptions;
pub use app::App;
pub use settings::Store;
pub use startup::{refer_to_console_program, start};

/// Names the window to the system: the desktop file has the same name.
pub const APP_ID: &str = "io.github.upfuse.Upfuse";

/// Opens the window, calls `on_open` once it can draw, and returns when it has been closed.
///
/// # Errors
/// When no window can be opened: no display, no OpenGL.
fn run(
    setup: Setup,
    options: WindowOptions,
    traffic: &Traffic,
    on_open: impl FnOnce(),
) -> Result<(), eframe::Error> {
    protocol_log::begin();
    let store = Store::for_user();
    let viewport = egui::ViewportBuilder::default()
        .with_title("Upfuse")
        .with_app_id(APP_ID)
        .with_inner_size(window_size::first(store.window_size()))
        .with_min_inner_size(window_size::SMALLEST)
        .with_icon(icon())
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        persist_window: false,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        APP_ID,
        native,
        Box::new(|creation| {
            on_open();
            let ctx = creation.egui_ctx.clone();
            let wake = {
                let ctx = ctx.clone();
                move || ctx.request_repaint()
            };
            let worker = worker::spawn(setup, wake);
            let mut app = App::new(&ctx, worker, store, options);
            app.start_speaker(&ctx);
            app.use_desktop();
            if let Some((recorder, path)) = traffic.record() {
                recorder.begin();
                app.record(&ctx, TrafficRecord::new(recorder.clone(), path.clone()));
            }
            Ok(Box::new(app))
        }),
    )
}

fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icons/icon-256.png"))
        .unwrap_or_default()
}
