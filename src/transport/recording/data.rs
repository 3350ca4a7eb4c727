//! The data of a transfer, as a record holds it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::SHORT;

/// Whether long data is recorded in full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepData {
    /// Only the length and the hash of more than 64 bytes.
    #[default]
    Hashes,
    Everything,
}

/// Data of one transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Data {
    Bytes(#[serde(with = "hexadecimal")] Vec<u8>),
    /// `length` equal bytes.
    Filled {
        length: usize,
        #[serde(with = "super::setup::hex_u8")]
        fill: u8,
    },
    Hashed {
        length: usize,
        sha256: String,
    },
}

impl Default for Data {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Data {
    pub(super) fn new(bytes: &[u8], keep: KeepData) -> Self {
        match bytes {
            [first, rest @ ..] if bytes.len() > SHORT && rest.iter().all(|byte| byte == first) => {
                Self::Filled {
                    length: bytes.len(),
                    fill: *first,
                }
            }
            _ if bytes.len() > SHORT && keep == KeepData::Hashes => Self::Hashed {
                length: bytes.len(),
                sha256: sha256(bytes),
            },
            _ => Self::Bytes(bytes.to_vec()),
        }
    }

    /// In bytes.
    pub fn length(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Filled { length, .. } | Self::Hashed { length, .. } => *length,
        }
    }

    /// Whether `bytes` are this data, as far as the record tells.
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.length() == bytes.len()
            && match self {
                Self::Bytes(own) => own == bytes,
                Self::Filled { fill, .. } => bytes.iter().all(|byte| byte == fill),
                Self::Hashed { sha256: own, .. } => *own == sha256(bytes),
            }
    }
}

/// For people: the length, and enough to tell two blocks apart.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// A whole GETSTATUS, a command with its address.
        const SHOWN: usize = 8;
        match self {
            Self::Bytes(bytes) if bytes.is_empty() => f.write_str("no data"),
            Self::Bytes(bytes) if bytes.len() <= SHOWN => write!(f, "{bytes:02x?}"),
            Self::Bytes(bytes) => write!(f, "{} bytes ({:.8}…)", bytes.len(), sha256(bytes)),
            Self::Filled { length, fill } => write!(f, "{length} bytes of {fill:02x}"),
            Self::Hashed { length, sha256 } => write!(f, "{length} bytes ({sha256:.8}…)"),
        }
    }
}

/// In hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal::text(&Sha256::digest(bytes))
}

mod hexadecimal {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn text(bytes: &[u8]) -> String {
        use std::fmt::Write as _;

        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            // Writing to a String does not fail.
            write!(text, "{byte:02x}").ok();
        }
        text
    }

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        bytes(&text).ok_or_else(|| D::Error::custom("data is not hexadecimal"))
    }

    fn bytes(text: &str) -> Option<Vec<u8>> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| {
                let [high, low] = pair else { return None };
                let digit = |digit: u8| char::from(digit).to_digit(16);
                u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
            })
            .collect()
    }
}
