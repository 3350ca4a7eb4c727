//! Asks a running program over its serial port to enter DFU mode: recognises it first, by the rows of
//! `discovery::senders`, and sends nothing more to a program that it did not recognise.

mod answer;
mod port;
mod run;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::dfu::Cancel;
use crate::discovery::{Question, Request, Sender};
use crate::transport::{OpenedSerial, SerialError, SerialErrorKind};
use answer::Verdict;
use port::Port;
pub(crate) use run::enter_dfu;

/// Why a program was not asked, or did not follow.
#[derive(Clone, Debug)]
enum NotEntered {
    Serial(SerialError),
    /// No row's proof was given.
    Unknown,
    /// A recognised program, and the reason why it may not be asked, or does not follow.
    Refused {
        sender: &'static Sender,
        why: String,
    },
    Cancelled,
}

impl From<SerialError> for NotEntered {
    fn from(error: SerialError) -> Self {
        Self::Serial(error)
    }
}

/// How long a program may take to answer a request, or to leave.
const REQUEST_LIMIT: Duration = Duration::from_secs(1);
/// Betaflight reads a '#' as the start of its command line only if it stands alone for 100 ms
/// (src/main/msp/msp_serial.c).
const GUARD: Duration = Duration::from_millis(150);
/// The programs look at DTR some time after the rate has changed.
const TOUCH: Duration = Duration::from_millis(250);
const TOUCH_RATE: u32 = 1200;

/// Recognises the program, calls `recognised`, and asks it. `Ok` when it left, or did not refuse.
fn ask(
    opened: OpenedSerial,
    senders: &[&'static Sender],
    cancel: &Cancel,
    recognised: &mut dyn FnMut(&'static Sender),
) -> Result<&'static Sender, NotEntered> {
    let mut port = Port::new(opened, cancel);
    for sender in senders {
        if is_proved(&mut port, sender)? {
            recognised(sender);
            request(&mut port, sender)?;
            return Ok(sender);
        }
    }
    Err(NotEntered::Unknown)
}

fn is_proved(port: &mut Port<'_>, sender: &'static Sender) -> Result<bool, NotEntered> {
    for question in sender.proof {
        match ask_one(port, question)? {
            Verdict::Yes => {}
            Verdict::No => return Ok(false),
            Verdict::Refused(why) => return Err(refused(sender, why)),
        }
    }
    Ok(true)
}

fn ask_one(port: &mut Port<'_>, question: &Question) -> Result<Verdict, NotEntered> {
    port.drop_input()?;
    port.write(question.send)?;
    let limit = Duration::from_millis(question.milliseconds.into());
    let answer = port.read_until(limit, |so_far| question.answer.is_complete(so_far))?;
    Ok(question.answer.judge(&answer))
}

fn refused(sender: &'static Sender, why: impl Into<String>) -> NotEntered {
    NotEntered::Refused {
        sender,
        why: why.into(),
    }
}

fn request(port: &mut Port<'_>, sender: &'static Sender) -> Result<(), NotEntered> {
    match sender.request {
        Request::Send { bytes, refusal } => match send(port, bytes, &[refusal])? {
            true => Ok(()),
            false => Err(refused(sender, "it does not know the request")),
        },
        Request::Console {
            enter,
            prompt,
            commands,
        } => {
            port.wait(GUARD)?;
            port.drop_input()?;
            port.write(enter)?;
            let prompt = prompt.as_bytes();
            let answer = port.read_until(REQUEST_LIMIT, |so_far| so_far.ends_with(prompt))?;
            if !answer.ends_with(prompt) {
                return Err(refused(sender, "its command line does not open"));
            }
            for command in commands {
                if send(port, command, &["nknown", "ERR"])? {
                    return Ok(());
                }
            }
            Err(refused(sender, "its command line has no such command"))
        }
        Request::Touch1200 => {
            port.set_baud_rate(TOUCH_RATE)?;
            port.drop_dtr()?;
            port.wait(TOUCH)
        }
    }
}

/// Sends a request to a recognised program; `false` if it answers with one of `refusals`. One that
/// leaves, even before it has answered, follows.
fn send(port: &mut Port<'_>, bytes: &[u8], refusals: &[&str]) -> Result<bool, NotEntered> {
    port.drop_input()?;
    port.write(bytes)?;
    let is_refusal = |answer: &[u8]| refusals.iter().any(|text| answer::contains(answer, text));
    match port.read_until(REQUEST_LIMIT, is_refusal) {
        Ok(answer) => Ok(!is_refusal(&answer)),
        Err(NotEntered::Serial(error)) if has_left(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

fn has_left(error: &SerialError) -> bool {
    matches!(error.kind, SerialErrorKind::Gone | SerialErrorKind::Io)
}
