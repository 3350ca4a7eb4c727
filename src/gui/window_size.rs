//! The size of the window: remembered, and never larger than the screen has room for. Its position
//! is left to the system, which knows which screens there are now.

use egui::{Context, Vec2, ViewportCommand, vec2};

/// Fits a laptop of 1366 × 768 with a task bar.
const FIRST: Vec2 = vec2(1100.0, 680.0);
pub(super) const SMALLEST: Vec2 = vec2(720.0, 480.0);

/// What a title bar and a task bar take from a screen. No system reports it through winit.
const BARS: Vec2 = vec2(16.0, 88.0);

/// The size to open with.
pub(super) fn first(remembered: Option<[u16; 2]>) -> Vec2 {
    let size = remembered.map_or(FIRST, |[width, height]| vec2(width.into(), height.into()));
    size.max(SMALLEST)
}

/// The largest size that a screen has room for.
fn room(screen: Vec2) -> Vec2 {
    (screen - BARS).max(SMALLEST)
}

/// Follows the window from frame to frame.
#[derive(Debug, Default)]
pub(super) struct WindowSize {
    /// The screen was known, and the window fits it.
    fitted: bool,
    /// While the window is neither maximised nor full screen.
    now: Option<[u16; 2]>,
}

impl WindowSize {
    /// Once the screen is known, makes a window smaller that does not fit. Later sizes are the
    /// person's own.
    pub(super) fn follow(&mut self, ctx: &Context) {
        let (inner, screen, fills) = ctx.input(|input| {
            let viewport = input.viewport();
            let fills = [viewport.maximized, viewport.fullscreen, viewport.minimized];
            let inner = viewport.inner_rect.map(|rect| rect.size());
            (inner, viewport.monitor_size, fills.contains(&Some(true)))
        });
        let (Some(inner), Some(screen)) = (inner, screen) else {
            return;
        };
        if fills {
            return;
        }
        if !self.fitted {
            self.fitted = true;
            let fitting = inner.min(room(screen));
            if fitting != inner {
                ctx.send_viewport_cmd(ViewportCommand::InnerSize(fitting));
                return;
            }
        }
        self.now = Some([whole(inner.x), whole(inner.y)]);
    }

    pub(super) fn to_remember(&self) -> Option<[u16; 2]> {
        self.now
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float is cut off at the ends of the range"
)]
fn whole(points: f32) -> u16 {
    points.round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_window_fits_a_laptop_with_a_task_bar() {
        let size = first(None);
        let room = room(vec2(1366.0, 768.0));
        assert_eq!(size.min(room), size);
    }

    #[test]
    fn a_size_from_a_larger_screen_is_made_to_fit() {
        let size = first(Some([2200, 1520]));
        assert_eq!(size.min(room(vec2(1366.0, 768.0))), vec2(1350.0, 680.0));
    }

    #[test]
    fn no_size_is_smaller_than_what_can_be_used() {
        assert_eq!(first(Some([10, 0])), SMALLEST);
        assert_eq!(room(vec2(640.0, 400.0)), SMALLEST);
    }

    #[test]
    fn sizes_are_whole_points() {
        assert_eq!(
            [whole(719.6), whole(-3.0), whole(f32::MAX)],
            [720, 0, u16::MAX]
        );
    }
}
