//! The picture of the memory in view, made again when something that it shows has changed.

use crate::address::AddressRange;

use super::memory_map::{Done, Picture};
use super::{Screen, State};

impl State {
    /// Many events may mark the picture before the next frame updates it.
    pub(super) fn mark_picture_stale(&mut self) {
        self.picture_is_stale = true;
    }

    /// Updates the picture if it is stale; at most once per frame.
    pub fn update_picture(&mut self) {
        if !std::mem::take(&mut self.picture_is_stale) {
            return;
        }
        self.picture_version += 1;
        let alternate = self.shown_target;
        let job = self.shown_job();
        let map = self
            .boards
            .ready_focus()
            .and_then(|board| board.map(alternate))
            .or_else(|| {
                // The board left during its job: its map stays in view.
                let known = self.picture.as_ref().filter(|p| p.alternate == alternate)?;
                job.map(|_| &known.map)
            });
        let Some(map) = map else {
            self.picture = None;
            return;
        };
        let draft = self.preview.as_ref().and_then(|p| p.result.as_ref().ok());
        // Each screen shows its own jobs only: the plan of an upgrade is of no use while reading.
        let job = job.filter(|job| job.screen() == self.screen && !job.is_about_mode());
        let plan = match self.screen {
            Screen::ReadAndErase => None,
            _ => job.and_then(|job| job.plan.as_ref()).or(draft),
        };
        let done = job.map(|job| Done::new(alternate, job)).unwrap_or_default();
        let mut picture = Picture::new(alternate, map, plan.cloned(), done);
        picture.protected = self.write_protected();
        let is_here = |range: &AddressRange| picture.map.sectors_touching(*range).next().is_some();
        picture.protected.retain(is_here);
        self.picture = Some(picture);
    }
}
