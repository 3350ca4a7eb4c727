//! How a value is stored: with a complement, twice, or as a plain register.

/// The storage models. A slot is a value with its complement and copies; it begins at the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// A byte and its complement: F0, F1, F3.
    Bytes,
    /// 16 bits and their complement: L0, L1.
    Halfwords,
    /// 16 bits and their complement, both stored twice: F2, F4, F7.
    DoubledHalfwords,
    /// 32 bits and their complement: L4, G0, C0, G4, WB.
    Words,
    /// Registers of 32 bits: L5, U5, U0.
    Registers,
    /// Registers of 32 bits, each followed by the one that is written: H7, H5.
    RegisterPairs,
}

/// One stored form of a slot's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    /// From the start of the slot, bytes.
    offset: usize,
    inverted: bool,
}

const fn form(offset: usize, inverted: bool) -> Form {
    Form { offset, inverted }
}

/// A value as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) value: u32,
    /// Complement and copies agree with the value.
    pub(super) is_intact: bool,
}

impl Storage {
    fn forms(self) -> &'static [Form] {
        const PLAIN: Form = form(0, false);
        const BYTES: &[Form] = &[PLAIN, form(1, true)];
        const HALFWORDS: &[Form] = &[PLAIN, form(2, true)];
        const DOUBLED: &[Form] = &[PLAIN, form(2, true), form(4, false), form(6, true)];
        const WORDS: &[Form] = &[PLAIN, form(4, true)];
        const REGISTER: &[Form] = &[PLAIN];
        match self {
            Self::Bytes => BYTES,
            Self::Halfwords => HALFWORDS,
            Self::DoubledHalfwords => DOUBLED,
            Self::Words => WORDS,
            Self::Registers | Self::RegisterPairs => REGISTER,
        }
    }

    /// Where a slot holds its value, bytes from its start, and whether as complement.
    pub(super) fn byte_offsets(self) -> Vec<(usize, bool)> {
        let forms = self.forms().iter();
        forms.map(|form| (form.offset, form.inverted)).collect()
    }

    /// Bytes of one value.
    fn width(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Halfwords | Self::DoubledHalfwords => 2,
            Self::Words | Self::Registers | Self::RegisterPairs => 4,
        }
    }

    /// The bytes from one slot to the next.
    pub(super) fn pitch(self) -> usize {
        match self {
            Self::Bytes => 2,
            Self::Halfwords | Self::Registers | Self::RegisterPairs => 4,
            Self::DoubledHalfwords | Self::Words => 8,
        }
    }

    /// The slot at byte `at`; `None` if the bytes end before it does.
    pub(super) fn read(self, bytes: &[u8], at: usize) -> Option<Slot> {
        let value = self.stored(bytes, at, form(0, false))?;
        let mut is_intact = true;
        for form in self.forms() {
            is_intact &= self.stored(bytes, at, *form)? == value;
        }
        Some(Slot { value, is_intact })
    }

    /// Every stored form of the slot's value, as values.
    pub(super) fn read_all(self, bytes: &[u8], at: usize) -> Option<Vec<u32>> {
        let forms = self.forms().iter();
        forms.map(|form| self.stored(bytes, at, *form)).collect()
    }

    /// Stores the value with its complement and copies; `None` if the bytes end before.
    pub(super) fn write(self, bytes: &mut [u8], at: usize, value: u32) -> Option<()> {
        for form in self.forms() {
            let start = at.checked_add(form.offset)?;
            let place = bytes.get_mut(start..start.checked_add(self.width())?)?;
            let stored = if form.inverted { !value } else { value };
            for (byte, new) in place.iter_mut().zip(stored.to_le_bytes()) {
                *byte = new;
            }
        }
        Some(())
    }

    fn stored(self, bytes: &[u8], at: usize, form: Form) -> Option<u32> {
        let start = at.checked_add(form.offset)?;
        let place = bytes.get(start..start.checked_add(self.width())?)?;
        let mut word = [0; 4];
        for (to, from) in word.iter_mut().zip(place) {
            *to = if form.inverted { !*from } else { *from };
        }
        Some(u32::from_le_bytes(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Storage; 6] = [
        Storage::Bytes,
        Storage::Halfwords,
        Storage::DoubledHalfwords,
        Storage::Words,
        Storage::Registers,
        Storage::RegisterPairs,
    ];

    #[test]
    fn what_is_written_is_read_back_intact() {
        for storage in ALL {
            let mut bytes = vec![0x5A; 2 * storage.pitch()];
            storage.write(&mut bytes, storage.pitch(), 0x12).unwrap();
            let slot = storage.read(&bytes, storage.pitch()).unwrap();
            assert_eq!((slot.value, slot.is_intact), (0x12, true), "{storage:?}");
            let untouched = &bytes[..storage.pitch()];
            assert!(untouched.iter().all(|byte| *byte == 0x5A), "{storage:?}");
        }
    }

    #[test]
    fn one_wrong_bit_in_a_complement_or_copy_is_found() {
        for storage in ALL.into_iter().filter(|s| s.forms().len() > 1) {
            let mut bytes = vec![0; storage.pitch()];
            storage.write(&mut bytes, 0, 0xAA).unwrap();
            for at in storage.width()..storage.pitch() {
                let mut wrong = bytes.clone();
                wrong[at] ^= 1;
                assert!(
                    !storage.read(&wrong, 0).unwrap().is_intact,
                    "{storage:?} {at}"
                );
            }
        }
    }

    #[test]
    fn a_slot_that_was_not_delivered_whole_is_none() {
        for storage in ALL {
            let used: usize =
                storage.forms().iter().map(|f| f.offset).max().unwrap() + storage.width();
            let mut short = vec![0xFF; used - 1];
            assert_eq!(storage.read(&short, 0), None);
            assert_eq!(storage.read(&short, usize::MAX), None);
            assert_eq!(storage.write(&mut short, 0, 1), None);
        }
    }
}
