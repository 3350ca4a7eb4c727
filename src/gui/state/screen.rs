//! The screens of the window.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    #[default]
    Upgrade,
    Batch,
    ReadAndErase,
    Files,
    Log,
}
