//! The desktop's notifications, and the progress on the icon in its dock: the only module that
//! names `zbus`. Only on Linux; other systems show the window's title and flash its button.

use std::collections::HashMap;

use crossbeam_channel::{Receiver, Sender, bounded};
use zbus::Connection;
use zbus::zvariant::Value;

use super::APP_ID;
use super::announce::Announcement;
use super::block_on::block_on;

/// A desktop that does not answer is not waited for: what does not fit is dropped.
const QUEUE: usize = 8;

#[derive(Clone, Debug)]
enum Message {
    Notify(Announcement),
    /// 0 to 1, or no job.
    Progress(Option<f64>),
}

/// The session's bus, on a thread of its own.
#[derive(Debug)]
pub(super) struct Desktop {
    queue: Sender<Message>,
}

impl Desktop {
    /// `None` if no thread can be started.
    pub(super) fn start() -> Option<Self> {
        let (queue, queued) = bounded(QUEUE);
        let serve = move || {
            // A system without a session bus has no notifications either.
            if let Err(error) = block_on(Box::pin(serve(queued))) {
                log::info!("No desktop notifications: {error}");
            }
        };
        let thread = std::thread::Builder::new().name("desktop".to_owned());
        thread.spawn(serve).ok().map(|_| Self { queue })
    }

    pub(super) fn notify(&self, announcement: &Announcement) {
        let message = Message::Notify(announcement.clone());
        self.queue.try_send(message).ok();
    }

    pub(super) fn progress(&self, fraction: Option<f32>) {
        let message = Message::Progress(fraction.map(f64::from));
        self.queue.try_send(message).ok();
    }
}

async fn serve(queued: Receiver<Message>) -> zbus::Result<()> {
    let mut bus = None;
    // Its own thread: waiting for a message blocks nothing else.
    for message in queued {
        let bus = match &bus {
            Some(bus) => bus,
            None => bus.insert(Connection::session().await?),
        };
        match message {
            Message::Notify(announcement) => notify(bus, &announcement).await?,
            Message::Progress(fraction) => show_progress(bus, fraction).await?,
        }
    }
    Ok(())
}

/// Desktop Notifications Specification 1.2.
async fn notify(bus: &Connection, announcement: &Announcement) -> zbus::Result<()> {
    let urgency: u8 = if announcement.is_good() { 1 } else { 2 };
    let hints = HashMap::from([
        ("urgency", Value::from(urgency)),
        ("desktop-entry", Value::from(APP_ID)),
    ]);
    let no_actions: &[&str] = &[];
    let body = (
        "Upfuse",
        0u32,
        APP_ID,
        announcement.title.as_str(),
        announcement.text.as_str(),
        no_actions,
        hints,
        -1i32,
    );
    let name = "org.freedesktop.Notifications";
    let path = "/org/freedesktop/Notifications";
    bus.call_method(Some(name), path, Some(name), "Notify", &body)
        .await
        .map(drop)
}

/// Unity's LauncherEntry, which KDE Plasma and GNOME's docks read too.
async fn show_progress(bus: &Connection, fraction: Option<f64>) -> zbus::Result<()> {
    let properties = HashMap::from([
        ("progress", Value::from(fraction.unwrap_or_default())),
        ("progress-visible", Value::from(fraction.is_some())),
    ]);
    let body = (format!("application://{APP_ID}.desktop"), properties);
    let interface = "com.canonical.Unity.LauncherEntry";
    let path = "/io/github/upfuse/Upfuse";
    bus.emit_signal(None::<&str>, path, interface, "Update", &body)
        .await
}
