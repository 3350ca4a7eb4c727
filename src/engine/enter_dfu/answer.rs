//! Whether an answer proves a program.

use crate::discovery::Answer;

/// What an answer says about the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    /// Another program, or none.
    No,
    /// This program, which may not be asked; the reason.
    Refused(&'static str),
}

pub(super) fn contains(bytes: &[u8], text: &str) -> bool {
    text.is_empty()
        || bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
}

impl Answer {
    /// Nothing more is to be waited for.
    pub(super) fn is_complete(&self, so_far: &[u8]) -> bool {
        match self {
            Self::Anything => false,
            Self::Text { end, .. } => contains(so_far, end),
            Self::Msp { command, .. } => msp_payload(so_far, *command).is_some(),
        }
    }

    pub(super) fn judge(&self, answer: &[u8]) -> Verdict {
        match self {
            Self::Anything => Verdict::Yes,
            Self::Text {
                any,
                end,
                refusals,
                otherwise,
            } => {
                let refusal = refusals.iter().find(|(text, _)| contains(answer, text));
                let has_any = any.iter().any(|text| contains(answer, text));
                match (refusal, otherwise) {
                    (Some((_, why)), _) => Verdict::Refused(why),
                    _ if has_any && contains(answer, end) => Verdict::Yes,
                    (None, Some(why)) => Verdict::Refused(why),
                    (None, None) => Verdict::No,
                }
            }
            Self::Msp { command, accepts } => match msp_payload(answer, *command) {
                Some(payload) if accepts(payload) => Verdict::Yes,
                _ => Verdict::No,
            },
        }
    }
}

/// The payload of the first whole frame `$M>` that answers `command`, with the right checksum.
fn msp_payload(bytes: &[u8], command: u8) -> Option<&[u8]> {
    const HEADER: &[u8] = b"$M>";
    let starts = bytes.windows(HEADER.len()).enumerate();
    let starts = starts.filter(|(_, part)| *part == HEADER);
    starts.map(|(at, _)| at).find_map(|at| {
        let frame = bytes.get(at + HEADER.len()..)?;
        let (&length, rest) = frame.split_first()?;
        let (&answered, rest) = rest.split_first()?;
        let payload = rest.get(..length.into())?;
        let checksum = *rest.get(usize::from(length))?;
        let sum = payload.iter().fold(length ^ answered, |sum, b| sum ^ b);
        (answered == command && sum == checksum).then_some(payload)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_counts_only_whole_and_with_its_checksum() {
        let frame = b"\0$M>\x03\x01\x00\x01\x2e\x2d";
        assert_eq!(msp_payload(frame, 1), Some(&[0, 1, 0x2E][..]));
        assert_eq!(msp_payload(frame, 2), None);
        for length in 0..frame.len() {
            assert_eq!(msp_payload(&frame[..length], 1), None, "{length}");
        }
        assert_eq!(msp_payload(b"$M>\x03\x01\x00\x01\x2e\x2c", 1), None);
        // A header in the middle of something else.
        let twice = b"$M>\xff$M>\x00\x01\x01";
        assert_eq!(msp_payload(twice, 1), Some(&[][..]));
    }
}
