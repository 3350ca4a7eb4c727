//! Installing the driver of a board, on Windows.

use super::log::Level;
use super::{Banner, Effect, State};
use crate::gui::background::{DriverChange, Task};
use crate::worker::Command;

const INSTALLING: &str = "Installing the driver: Windows asks for administrator rights";

impl State {
    pub(super) fn install_driver(&mut self) -> Vec<Effect> {
        let Some(record) = self.boards.focus().map(|entry| entry.found.record.clone()) else {
            return Vec::new();
        };
        self.changes_driver = true;
        // Until the end: a person may need a while for the question.
        self.banners.push(Banner {
            level: Level::Info,
            text: INSTALLING.to_owned(),
            until: None,
        });
        vec![Effect::Background(Task::InstallDriver(Box::new(record)))]
    }

    pub(super) fn driver_changed(&mut self, change: DriverChange) -> Vec<Effect> {
        self.changes_driver = false;
        self.banners.retain(|banner| banner.text != INSTALLING);
        for step in change.steps {
            self.note(Level::Info, None, step);
        }
        self.ended(change.result);
        vec![Effect::Send(Command::Rescan)]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::discovery::samples::blocked_rom;
    use crate::discovery::{Inventory, Os, SystemFacts};
    use crate::gui::background::Update;
    use crate::gui::settings::Settings;
    use crate::gui::state::{Action, Intent};
    use crate::transport::UsbErrorKind;
    use crate::worker::Event;

    /// A window with a board that has DfuSe's driver.
    fn state() -> State {
        let mut record = blocked_rom(UsbErrorKind::WrongDriver);
        record.driver = Some("STTub30".to_owned());
        let facts = SystemFacts::new(Os::Windows);
        let inventory = Inventory::new(&[record], None, &facts);
        let mut state = State::new(Settings::default());
        state.apply(Duration::ZERO, Event::Boards(inventory));
        state
    }

    fn press(state: &mut State) -> Vec<Effect> {
        state.act(Duration::ZERO, Intent::Do(Action::InstallDriver))
    }

    fn change(result: Result<&str, &str>) -> Update {
        Update::DriverChanged(DriverChange {
            result: result.map(str::to_owned).map_err(str::to_owned),
            steps: vec!["Look up the board".to_owned()],
        })
    }

    #[test]
    fn a_press_asks_windows_once_until_the_answer_is_there() {
        let mut state = state();
        let effects = press(&mut state);
        let [Effect::Background(Task::InstallDriver(record))] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(record.driver.as_deref(), Some("STTub30"));
        assert!(press(&mut state).is_empty());
        let effects = state.update(Duration::ZERO, change(Err("Windows denied access")));
        assert!(matches!(
            effects.as_slice(),
            [Effect::Send(Command::Rescan)]
        ));
        assert_eq!(press(&mut state).len(), 1);
    }

    #[test]
    fn the_end_is_shown_and_the_steps_are_in_the_log() {
        for (result, level) in [(Ok("Installed"), Level::Good), (Err("No"), Level::Error)] {
            let mut state = state();
            press(&mut state);
            state.expire_banners(Duration::from_secs(60));
            assert_eq!(state.banners.len(), 1);
            state.update(Duration::ZERO, change(result));
            assert_eq!(state.banners.len(), 1);
            let shown = state.banners.last().unwrap();
            assert_eq!(shown.level, level);
            assert_eq!(shown.text, result.unwrap_or_else(|text| text));
            assert!(state.log.text().contains("Look up the board"));
        }
    }
}
