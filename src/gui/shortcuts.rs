//! The shortcuts of the actions, as keys of egui.

use egui::{Context, Key, KeyboardShortcut, Modifiers};

use super::state::Action;

pub(super) fn shortcut(action: Action) -> Option<KeyboardShortcut> {
    let text = action.row().shortcut?;
    let (modifiers, key) = if let Some(key) = text.strip_prefix("Ctrl+Shift+") {
        (Modifiers::COMMAND | Modifiers::SHIFT, key)
    } else if let Some(key) = text.strip_prefix("Ctrl+") {
        (Modifiers::COMMAND, key)
    } else {
        (Modifiers::NONE, text)
    };
    Some(KeyboardShortcut::new(modifiers, Key::from_name(key)?))
}

/// As this system writes it.
pub(super) fn shortcut_text(ctx: &Context, action: Action) -> Option<String> {
    Some(ctx.format_shortcut(&shortcut(action)?))
}

/// The action whose shortcut was just pressed. Longer shortcuts come first, so that Ctrl+Shift+S
/// is not taken for Ctrl+S.
pub(super) fn pressed(ctx: &Context) -> Option<Action> {
    let mut known: Vec<(Action, KeyboardShortcut)> = Action::ALL
        .iter()
        .filter_map(|action| Some((*action, shortcut(*action)?)))
        .collect();
    known.sort_by_key(|(_, shortcut)| !shortcut.modifiers.shift);
    ctx.input_mut(|input| {
        known
            .into_iter()
            .find(|(_, shortcut)| input.consume_shortcut(shortcut))
            .map(|(action, _)| action)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn egui_knows_the_key_of_every_shortcut() {
        for action in Action::ALL {
            let has_shortcut = action.row().shortcut.is_some();
            assert_eq!(shortcut(*action).is_some(), has_shortcut, "{action:?}");
        }
    }

    #[test]
    fn no_two_actions_share_a_shortcut() {
        let mut seen = HashSet::new();
        for action in Action::ALL {
            if let Some(shortcut) = shortcut(*action) {
                assert!(seen.insert(format!("{shortcut:?}")), "{action:?}");
            }
        }
    }
}
