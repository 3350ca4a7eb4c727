//! Programs that enter DFU mode when they are asked over their serial port: how each is recognised,
//! and the bytes that ask it. Data only; `engine::enter_dfu` sends them.
//!
//! An ID alone proves nothing where many programs share it (0483:5740). A row's request is sent only
//! after its proof, and nothing is sent unasked.

mod flight_controller;
mod table;

use crate::transport::DeviceRecord;

pub(crate) use table::SENDERS;

/// One kind of program.
#[derive(Debug)]
pub(crate) struct Sender {
    /// As in a sentence: "a flight controller with Betaflight".
    pub(crate) program: &'static str,
    /// Vendor, first and last product ID.
    ids: &'static [(u16, u16, u16)],
    /// How the names of the device must begin, where the program has names of its own.
    names: Option<Names>,
    /// All of these questions must be answered. None if the IDs are the program's own, and the
    /// request cannot be mistaken.
    pub(crate) proof: &'static [Question],
    pub(crate) request: Request,
    /// Into DFU mode without the program.
    pub(crate) buttons: &'static str,
}

#[derive(Debug)]
enum Names {
    /// Of the maker, or of the product where the system does not know the maker.
    MakerOrProduct(&'static str, &'static str),
}

/// Bytes for the program, and the answer that it must give to be this program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) send: &'static [u8],
    pub(crate) answer: Answer,
    /// How long the whole answer takes at most.
    pub(crate) milliseconds: u16,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// What comes within the time is dropped.
    Anything,
    Text {
        /// One of these is in it.
        any: &'static [&'static str],
        /// What it ends with.
        end: &'static str,
        /// Texts with which the program is recognised and may not be asked, each with the reason.
        refusals: &'static [(&'static str, &'static str)],
        /// The program is recognised before, and may be asked only after one of `any`; the reason.
        otherwise: Option<&'static str>,
    },
    /// A frame of the MultiWii Serial Protocol that answers this command, with a payload that is
    /// accepted.
    Msp {
        command: u8,
        accepts: fn(&[u8]) -> bool,
    },
}

impl Answer {
    /// This text, at last.
    const fn ending(end: &'static [&'static str; 1]) -> Self {
        let [text] = end;
        Self::text(end, text)
    }

    const fn text(any: &'static [&'static str], end: &'static str) -> Self {
        Self::Text {
            any,
            end,
            refusals: &[],
            otherwise: None,
        }
    }

    /// One of `any`, or the program may not be asked now.
    const fn state(
        any: &'static [&'static str],
        end: &'static str,
        otherwise: &'static str,
    ) -> Self {
        Self::Text {
            any,
            end,
            refusals: &[],
            otherwise: Some(otherwise),
        }
    }
}

/// What brings a recognised program into DFU mode.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Request {
    /// These bytes. The program may answer before it leaves, and does not with `refusal`.
    Send {
        bytes: &'static [u8],
        refusal: &'static str,
    },
    /// A command line: `enter` leads to its prompt, and of `commands` the first that it knows.
    Console {
        enter: &'static [u8],
        prompt: &'static str,
        commands: &'static [&'static [u8]],
    },
    /// The port is opened with 1200 bits per second, and closed.
    Touch1200,
}

/// The rows for a device, in the order in which they are tried. One with the names of a program is
/// asked only as that program.
pub(crate) fn senders_for(record: &DeviceRecord) -> Vec<&'static Sender> {
    if !has_serial_port(record) {
        return Vec::new();
    }
    let may_be = |sender: &&Sender| sender.may_be(record);
    let mut rows: Vec<&Sender> = SENDERS.iter().filter(may_be).collect();
    if rows.iter().any(|sender| sender.names.is_some()) {
        rows.retain(|sender| sender.names.is_some());
    }
    rows
}

impl Sender {
    fn may_be(&self, record: &DeviceRecord) -> bool {
        let has_id = self.ids.iter().any(|(vendor, first, last)| {
            record.vendor == *vendor && (*first..=*last).contains(&record.product)
        });
        has_id && self.names.as_ref().is_none_or(|names| names.fit(record))
    }
}

impl Names {
    fn fit(&self, record: &DeviceRecord) -> bool {
        let Self::MakerOrProduct(maker, product) = self;
        let starts = |name: &Option<String>, with: &str| {
            name.as_deref().is_some_and(|name| name.starts_with(with))
        };
        starts(&record.manufacturer, maker) || starts(&record.product_name, product)
    }
}

/// An interface of USB's communications class: CDC-ACM.
fn has_serial_port(record: &DeviceRecord) -> bool {
    const COMMUNICATIONS: u8 = 0x02;
    record.interfaces.iter().any(|i| i.class == COMMUNICATIONS)
}
