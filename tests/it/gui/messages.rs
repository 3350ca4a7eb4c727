//! Stories about messages: they lie over the window, and move nothing below them.

use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::kittest::NodeT as _;
use upfuse::gui::state::{Intent, State};

use super::bench::{Bench, f407};

fn act(bench: &mut Bench, intent: Intent) {
    let state: &mut State = &mut bench.window.state_mut().state;
    state.act(Duration::ZERO, intent);
    bench.window.run();
}

#[test]
fn a_message_moves_nothing() {
    for key in [
        egui::Key::Num1,
        egui::Key::Num2,
        egui::Key::Num3,
        egui::Key::Num4,
    ] {
        let mut bench = Bench::new(vec![f407()]);
        bench.press(egui::Modifiers::COMMAND, key);
        let places = |bench: &Bench| -> Vec<(String, egui::Rect)> {
            bench
                .window
                .root()
                .children_recursive()
                .filter(|node| node.accesskit_node().role() == Role::Button)
                .filter_map(|node| Some((node.accesskit_node().label()?, node.rect())))
                .filter(|(name, _)| name != "Close this message")
                .collect()
        };
        let before = places(&bench);
        act(&mut bench, Intent::CopyText("text".to_owned()));
        bench.assert_shows("Copied");
        bench
            .window
            .state_mut()
            .state
            .banner(upfuse::gui::state::Level::Error, "Not saved: no space left");
        bench.window.run();
        bench.assert_shows("Not saved: no space left");
        assert_eq!(places(&bench), before, "{key:?}");
        bench.click("Close this message");
        assert_eq!(bench.app().state.banners, []);
    }
}

#[test]
fn good_news_leaves_and_an_error_stays() {
    let mut state = State::default();
    use upfuse::gui::state::Level;
    state.banner(Level::Good, "Saved flash.dfu");
    state.banner(Level::Error, "Not saved: no space left");
    state.expire_banners(Duration::from_secs(60));
    let left: Vec<&str> = state.banners.iter().map(|b| b.text.as_str()).collect();
    assert_eq!(left, ["Not saved: no space left"]);
    let log = state.log.text();
    assert!(
        log.contains("Saved flash.dfu") && log.contains("Not saved"),
        "{log}"
    );
}
