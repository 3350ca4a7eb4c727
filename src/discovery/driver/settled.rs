//! The changes of driver that end before they begin.

use super::bound::Bound;
use super::device::Device;
use super::instance::InstanceId;
use super::refusal::{check, check_id};
use super::report::{Action, Outcome};

/// How a change ends that what Windows has recorded decides: administrator rights are not asked for.
/// `None`: it has to be tried. `device` is `None` if it was never plugged in.
pub(super) fn settled(
    action: Action,
    instance: &InstanceId,
    device: Option<&Device>,
) -> Option<Outcome> {
    if let Err(why) = check_id(instance) {
        return Some(Outcome::Refused { why });
    }
    let Some(device) = device else {
        return Some(Outcome::NotPluggedIn);
    };
    if let Err(why) = check(device) {
        return Some(Outcome::Refused { why });
    }
    let is_there = Bound::of(device).works() == (action == Action::Install);
    is_there.then_some(Outcome::AlreadyDone)
}

#[cfg(test)]
mod tests {
    use super::super::refusal::Refusal;
    use super::super::samples;
    use super::*;

    #[test]
    fn a_board_that_has_the_driver_already_is_known_before_rights_are_asked_for() {
        for device in samples::all() {
            let ends = |action| settled(action, &device.instance, Some(&device));
            let (install, restore) = match Bound::of(&device).works() {
                true => (Some(Outcome::AlreadyDone), None),
                false => (None, Some(Outcome::AlreadyDone)),
            };
            assert_eq!(ends(Action::Install), install, "{device:?}");
            assert_eq!(ends(Action::Restore), restore, "{device:?}");
        }
    }

    #[test]
    fn refused_and_unknown_devices_are_known_before_rights_are_asked_for() {
        let mut composite = samples::dfuse();
        composite.compatible_ids = vec![r"USB\COMPOSITE".to_owned()];
        let board = composite.instance.clone();
        let mouse: InstanceId = r"USB\VID_046D&PID_C077\1".parse().unwrap();
        for action in [Action::Install, Action::Restore] {
            for (instance, device, outcome) in [
                (
                    &board,
                    Some(&composite),
                    Outcome::Refused {
                        why: Refusal::Composite,
                    },
                ),
                (
                    &mouse,
                    None,
                    Outcome::Refused {
                        why: Refusal::NotABootloader,
                    },
                ),
                (&board, None, Outcome::NotPluggedIn),
            ] {
                assert_eq!(settled(action, instance, device), Some(outcome));
            }
        }
    }
}
