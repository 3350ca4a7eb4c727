//! What a person can do about an error; the same for the window and the terminal. `task_advice` has
//! what depends on the task.

use super::doubt::{Doubt, DoubtKind};
use super::error::JobError;
use super::parts::Part;
use super::phase::Phase;
use crate::address::{Address, AddressRange};
use crate::dfu::{DfuError, State, Status};
use crate::firmware::MemoryKind;
use crate::memory::LayoutError;
use crate::option_bytes::Refusal;
use crate::transport::{SerialErrorKind, UsbErrorKind};

/// Steps for a person, most promising first. An uncertain cause is worded as uncertain.
pub fn advice(error: &JobError) -> Vec<String> {
    let steps: &[&str] = match error {
        JobError::Open { source, .. } => usb_advice(source.kind),
        JobError::Serial { source, .. } => serial_advice(source.kind),
        JobError::UnknownProgram { buttons, .. } => {
            let first = "Close other programs that use the board's serial port, then try again";
            return owned(std::iter::once(first).chain(buttons.iter().copied()));
        }
        JobError::NotEntered { buttons, .. } => return owned([*buttons]),
        JobError::NotInDfuMode { steps, .. } => return steps.clone(),
        JobError::NoBoard(_) => &["Plug the board in again, in DFU mode"],
        JobError::BoardChanged(_) => &["Check which board is plugged in there, then start again"],
        JobError::NotReady { steps, .. } if !steps.is_empty() => return steps.clone(),
        JobError::NotReady { .. } => &["Follow the steps shown for the board, then try again"],
        JobError::AlreadyRunning(_) => &["Wait for the running job to end, or stop it"],
        JobError::NoTarget { .. } | JobError::NoImageTarget { .. } => &[
            "Check that the file is meant for this board",
            "Choose one of the file's targets",
        ],
        JobError::Layout {
            source: LayoutError::NoMemory { .. },
            ..
        } => &["Choose another of the board's targets: this one has no memory"],
        JobError::Layout { .. } => {
            &["Upfuse cannot read this board's memory description; please report the text above"]
        }
        JobError::NotFlash { name, .. } if is_option_bytes(name) => &[
            "An upgrade writes no option bytes: a wrong byte there can lock a board permanently. A \
             file that was saved from this board is restored, with its checks, by upfuse option-bytes \
             restore",
            "If the file also has a target in flash, choose that one",
        ],
        JobError::NotFlash { .. } => &[
            "Upfuse does not erase option bytes, one-time memory or partitions, and does not write a \
             file there: a wrong byte can lock a board permanently",
            "Saved option bytes are brought back with upfuse option-bytes restore",
            "If the file also has a target in flash, choose that one",
        ],
        // STM32 bootloaders in ROM write no external memory: ST community 882035 (an H7S7 needs a
        // loader of its own), and files for a Daisy's own bootloader at 0x90040000.
        JobError::DoesNotFit { range, .. }
            if MemoryKind::of(range.start()) == MemoryKind::External =>
        {
            &[
                "This address is in external memory, which this board's bootloader cannot write",
                "If the board has a second bootloader that can, as a Daisy has, start that one, or \
                 use the tool of the board's maker",
            ]
        }
        JobError::TooBig { .. } | JobError::DoesNotFit { .. } => &[
            "Check that the file is meant for this board",
            "For a binary file, check its load address",
        ],
        JobError::NotAllowed { what: "read", .. } => &[
            "The board lets this memory be written, not read: it cannot be compared, saved or \
             kept",
        ],
        JobError::NotAllowed { .. } => &[
            "The board reserves this sector, often for its bootloader: use a file that is linked \
             after it",
        ],
        JobError::BackupGap(_) => {
            &["Save the backup as .dfu: it holds only the sectors that the upgrade erases"]
        }
        JobError::SeveralFamilies { .. } => {
            &["Choose the contents for this board's microcontroller (--family)"]
        }
        JobError::KeptErased(_) => &["Keep nothing, or do not erase everything first"],
        JobError::AllKept => &["Check the ranges to keep (--keep-range)"],
        JobError::Stages { .. } => &[
            "One part of the file can be chosen on the command line: --part 1, --part 2, and so on",
        ],
        JobError::BackupInParts { .. } => &[
            "Upgrade without a backup",
            "Or write one part after the other on the command line, each with a backup of its own: \
             --part 1, and when the board is back in DFU mode --part 2, and so on",
        ],
        JobError::PartsNotCompared { .. } => &[
            "To compare that part, verify again when the board runs the bootloader that takes it, as \
             after an upgrade with this file",
        ],
        JobError::NotRestarted {
            next, takes_next, ..
        } => return not_restarted(*next, *takes_next),
        JobError::NotBack { steps, .. } => {
            let again = "Bring the board into DFU mode and run the upgrade again: it continues \
                         where it stopped";
            return steps.iter().cloned().chain([again.to_owned()]).collect();
        }
        JobError::ReadGap(_) => &[
            "Save it as .dfu, .hex or .s19: they hold only what can be read",
            "Or read each part to a .bin file of its own, by its range",
        ],
        JobError::Doubtful(doubts) => return doubt_advice(doubts),
        JobError::Plain(refusal) => refusal.advice(),
        JobError::Differs { .. } => &[
            "Try again",
            "Some boards give back something else than what they got: if the maker says so, leave \
             Verify out (--no-verify)",
        ],
        JobError::GivesNothing(_) => &[
            "Boards of this kind often keep their program to themselves; an upgrade is possible all \
             the same",
        ],
        JobError::NoOptionBytes => &["This board's bootloader does not offer them"],
        JobError::OptionBytes(refusal) => option_advice(refusal),
        JobError::OptionBytesChanged => {
            &["Look at the option bytes again, and decide again: nothing was sent"]
        }
        JobError::OptionBytesUnstable(_) => &[
            "Try again",
            "Try slow but safe timing, or another cable or port",
        ],
        JobError::OptionBytesUnread { .. } => &[
            "If its program can enter DFU mode, ask it (upfuse enter-dfu), then look what the board \
             holds: upfuse option-bytes",
            "Otherwise only a debug probe such as ST-LINK reaches the option bytes",
        ],
        JobError::OptionBytesDiffer { .. } => &[
            "Read the option bytes again (upfuse option-bytes)",
            "The board's own program may have set them again at its start",
        ],
        JobError::WriteProtected { .. } => &[
            "Remove the write protection (upfuse option-bytes set WRP=none), then try again",
            "If the board's maker protects its bootloader this way, use a file that is linked after \
             it",
        ],
        JobError::Endless => &["Unplug the board and plug it in again, then retry"],
        JobError::NotCapable(_) => &["The board's bootloader does not support this"],
        JobError::Dfu {
            phase: Phase::Erase,
            at: Some(at),
            source,
        } if is_l0_second_bank(*at) && !matches!(source, DfuError::Cancelled) => {
            return [L0_SECOND_BANK.to_owned()]
                .into_iter()
                .chain(dfu_advice(source))
                .collect();
        }
        JobError::Dfu {
            phase: Phase::Start,
            source: DfuError::Ignored { .. },
            ..
        } => &[
            "Press the board's reset button, or unplug the board and plug it in again, to run its \
             program",
        ],
        JobError::Dfu { source, .. } => return dfu_advice(source),
        JobError::Mismatch { .. } => &[
            "Try again",
            "If it fails at the same address, the sector is probably write-protected (option \
             bytes) or worn out",
        ],
        JobError::File { .. } => &["Choose another location for the file, then try again"],
        JobError::Internal(_) => &[
            "Unplug the board and plug it in again",
            "Please report this with the copied report",
        ],
    };
    owned(steps.iter().copied())
}

fn owned<'a>(steps: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    steps.into_iter().map(str::to_owned).collect()
}

/// For an upgrade that changed the board and did not end, if there is a backup.
pub(super) const RESTORE: &str = "To restore the old contents instead, upgrade with the backup";

/// As [`RESTORE`], for option bytes.
pub(super) const RESTORE_OPTIONS: &str = "To bring the old values back, restore the saved option \
    bytes (upfuse option-bytes restore)";

/// For an upgrade that lost data which it was to keep.
pub(super) const LOST_KEPT: &str = "Running the upgrade again completes the firmware; it does not \
    bring back the lost data";
/// As [`LOST_KEPT`], if there is no backup.
pub(super) const BACKUP_NEXT_TIME: &str = "Another time, back up first (--backup): the backup \
    brings back what an upgrade loses";

/// One user's report of an L073 (ST community 382839) and one of an L072RB (214330).
const L0_SECOND_BANK: &str = "On an STM32L0, check how much flash the part really has: its \
    bootloader announces 192 KiB on every part. On some, it cannot erase single pages beyond \
    96 KiB either: erase everything first";

/// Only the STM32L0 has pages of 128 bytes; the second bank of an L07x begins at 96 KiB (RM0367).
fn is_l0_second_bank(page: AddressRange) -> bool {
    page.len() == 128 && page.start() >= Address(0x0801_8000)
}

pub(super) fn is_option_bytes(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["option", "ob bytes"]
        .iter()
        .any(|word| name.starts_with(word))
}

fn option_advice(refusal: &Refusal) -> &'static [&'static str] {
    match refusal {
        Refusal::ReadProtected => &[
            "Remove the read protection first, which erases everything on the board (upfuse \
             unprotect)",
        ],
        Refusal::ProtectedForEver => &["Level 2 is permanent: nothing removes it"],
        Refusal::RemovesReadProtection => {
            &["Removing read protection erases everything on the board: upfuse unprotect"]
        }
        Refusal::Faulty(_) => {
            &["Try again; if it stays so, only a debug probe such as ST-LINK can set them"]
        }
        Refusal::OtherImage(_) | Refusal::ChangesLocked { .. } => {
            &["Restore a file that was saved from this board"]
        }
        Refusal::NoField { .. } | Refusal::PartOfProtection | Refusal::BadValue { .. } => {
            &["upfuse option-bytes shows the fields of this board and their values"]
        }
        _ => &[],
    }
}

fn not_restarted(next: Part, takes_next: bool) -> Vec<String> {
    let number = next.number;
    let alone = format!(
        "The board is already in the bootloader that takes part {number}: write that part alone, on \
         the command line: --part {number}"
    );
    let all = "Bring the board into the bootloader that it was in first, and upgrade again: then all \
               parts are written";
    let alone = takes_next.then_some(alone);
    alone.into_iter().chain([all.to_owned()]).collect()
}

fn doubt_advice(doubts: &[Doubt]) -> Vec<String> {
    let mut steps: Vec<String> = doubts
        .iter()
        .map(|doubt| match &doubt.kind {
            DoubtKind::Blank { .. } => "Choose another file".to_owned(),
            DoubtKind::NotAProgram { .. } => {
                "Check that this is the firmware file, and the address that it is written to"
                    .to_owned()
            }
            DoubtKind::OtherAddress { linked, .. } => {
                format!("Write it to {0} instead (--at {0})", linked.address())
            }
            DoubtKind::OtherCore { .. }
            | DoubtKind::OtherDevice { .. }
            | DoubtKind::OtherFamily { .. } => {
                "Check that the file is meant for this board".to_owned()
            }
        })
        .collect();
    steps.push("If you are sure: Write it anyway (--force)".to_owned());
    steps
}

fn dfu_advice(error: &DfuError) -> Vec<String> {
    if let DfuError::NoPortReset { timeout_ms } = error {
        return reset_advice(*timeout_ms);
    }
    let steps: &[&str] = match error {
        DfuError::Usb { source, .. } | DfuError::Select { source, .. } => {
            if source.kind == UsbErrorKind::Gone {
                LOST_BOARD
            } else {
                usb_advice(source.kind)
            }
        }
        DfuError::Protected { .. } => &[
            "The board is read-protected (level 1): remove the protection, which erases everything \
             on it (upfuse unprotect), and a bootloader that lives in flash as well",
            "Level 2 is permanent: such a board cannot be upgraded over USB",
        ],
        DfuError::Device {
            status: Status::Target | Status::Address,
            ..
        } => &["Check that the file is meant for this board"],
        DfuError::Device {
            status: Status::Vendor,
            ..
        } => &[
            "The board is not read-protected; this sector is probably write-protected, reserved \
             for its bootloader, or worn out",
            "Try again",
        ],
        DfuError::Away { .. } => &[
            "Plug the board in again in DFU mode: if it can be read then, the protection is gone \
             and the board is empty",
            "If it is still protected, remove the protection again",
        ],
        // The AT32: flashfloppy#584.
        DfuError::Ignored { .. } => &[
            "Unplug the board and plug it in again: an AT32 removes the protection although its \
             answer is wrong",
            "The board's bootloader probably cannot remove read protection; a debug probe such as \
             ST-LINK can",
        ],
        DfuError::UnexpectedState {
            state: State::AppIdle | State::AppDetach,
            ..
        } => &["The board runs its program: bring it into DFU mode first"],
        _ => &[
            "Unplug the board and plug it in again, then retry",
            "Try another cable or another port, without a hub or with one",
            "Try slow but safe timing",
        ],
    };
    steps.iter().map(|step| (*step).to_owned()).collect()
}

const LOST_BOARD: &[&str] = &[
    "Plug the board in again in DFU mode and try again",
    "If it happens again, try another cable or port",
];

/// A board that the cable powers forgets what it waits for, so its button comes first.
fn reset_advice(timeout_ms: u16) -> Vec<String> {
    vec![
        "Use the board's boot button instead: hold it, or set BOOT0 to high, while you plug the \
         board in"
            .to_owned(),
        format!(
            "If the board has its own power supply, start this again, and unplug and plug in the \
             USB cable within {timeout_ms} ms"
        ),
    ]
}

fn serial_advice(kind: SerialErrorKind) -> &'static [&'static str] {
    match kind {
        SerialErrorKind::NoPort => &[
            "Plug the board in again; if it still shows no serial port, the system has no driver for \
             it",
            "Use the board's boot button instead",
        ],
        SerialErrorKind::Access => &[
            "Add your account to the group that may use serial ports (sudo usermod -aG dialout \
             $USER; on Arch Linux: uucp), then log out and in again",
            "Or use the board's boot button instead",
        ],
        SerialErrorKind::Busy => &[
            "Close the other program that uses the board's serial port (a terminal, a configurator, \
             an IDE, a slicer), then try again",
            "If nothing seems to use it, wait a few seconds: the system examines a new port first \
             (ModemManager)",
        ],
        SerialErrorKind::Gone => &["Plug the board in again"],
        SerialErrorKind::Io => &[
            "Unplug the board and plug it in again, then retry",
            "Use the board's boot button instead",
        ],
    }
}

fn usb_advice(kind: UsbErrorKind) -> &'static [&'static str] {
    match kind {
        UsbErrorKind::Access => {
            &["Install the udev rule (upfuse doctor shows it), then plug the board in again"]
        }
        UsbErrorKind::WrongDriver => {
            &["Bind the WinUSB driver to the board (upfuse doctor shows how)"]
        }
        UsbErrorKind::Busy => &[
            "Close the other program that uses the board (STM32CubeProgrammer, dfu-util, a virtual \
             machine), then try again",
        ],
        UsbErrorKind::Gone => &["Plug the board in again, in DFU mode"],
        UsbErrorKind::NoUsb => &["Upfuse cannot use this machine's USB"],
        UsbErrorKind::Stall | UsbErrorKind::Timeout | UsbErrorKind::Io => &[
            "Unplug the board and plug it in again, then retry",
            "Try another cable or another port, without a hub or with one",
            "Try slow but safe timing",
        ],
        UsbErrorKind::NotInRecord => &[
            "Compare the command and the file with those of the record",
            "If the record holds only hashes of long data, make it again with --record-data",
        ],
    }
}
