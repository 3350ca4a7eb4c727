//! A change in the making: the bytes that were read, with fields set in a copy of them.

use super::decode::{Block, WriteProtection, decode, number, value_of};
use super::guard::{self, Question};
use super::meaning::{Boot, LEVEL_1, Role};
use super::part::Row;
use super::plan::{ChangePlan, FieldChange, Proposal, ReadProtection, Rewrite};
use super::protection::{self, units_in_words};
use super::recognise::Part;
use super::refusal::Refusal;
use super::wanted::{self, Change};
use crate::address::Address;

/// A change in the making.
pub(super) struct Draft<'a> {
    part: &'a Part,
    raw: &'a [Block],
    after: Vec<Block>,
    /// Rows that were set to another value.
    changed: Vec<&'a Row>,
    /// The units to protect, if that was asked for.
    protection: Option<Vec<u32>>,
    read_protection: ReadProtection,
}

impl<'a> Draft<'a> {
    pub(super) fn new(part: &'a Part, raw: &'a [Block]) -> Self {
        Self {
            part,
            raw,
            after: raw.to_vec(),
            changed: Vec::new(),
            protection: None,
            read_protection: ReadProtection::Unchanged,
        }
    }

    pub(super) fn set_all(&mut self, changes: &[Change]) -> Result<(), Refusal> {
        for (index, change) in changes.iter().enumerate() {
            let earlier = changes.iter().take(index);
            if earlier
                .into_iter()
                .any(|other| other.name.eq_ignore_ascii_case(&change.name))
            {
                return Err(Refusal::Twice(change.name.clone()));
            }
            self.set(change)?;
        }
        if self.read_protection == ReadProtection::TurnedOn && changes.len() > 1 {
            return Err(Refusal::ReadProtectionAlone);
        }
        Ok(())
    }

    fn set(&mut self, change: &Change) -> Result<(), Refusal> {
        if change.name.eq_ignore_ascii_case("WRP") {
            let units = wanted::parse_units(change)?;
            return self.protect(units);
        }
        let part = self.part;
        let Some(known) = part.field(&change.name) else {
            return Err(self.no_field(&change.name));
        };
        let row = &known.row;
        match row.meaning.role {
            Role::Locked(lock) => {
                let name = row.name;
                return Err(Refusal::Locked { name, lock });
            }
            Role::WriteProtection(_) => return Err(Refusal::PartOfProtection),
            Role::ReadProtection
            | Role::BrownOut
            | Role::Watchdog
            | Role::LowPower
            | Role::Boot(_)
            | Role::Bank
            | Role::UserData
            | Role::Ram => {}
        }
        let value = wanted::parse_value(row, change)?;
        if row.meaning.role == Role::ReadProtection && value == LEVEL_1 {
            self.read_protection = ReadProtection::TurnedOn;
        }
        self.store(row, value)
    }

    fn no_field(&self, name: &str) -> Refusal {
        let mut uncertain = self.part.uncertain.iter();
        if let Some(row) = uncertain.find(|row| row.name.eq_ignore_ascii_case(name)) {
            return match row.meaning.role {
                Role::Locked(lock) => {
                    let name = row.name;
                    Refusal::Locked { name, lock }
                }
                _ => Refusal::Uncertain(row.name),
            };
        }
        let settable = self
            .part
            .fields
            .iter()
            .map(|known| &known.row)
            .filter(|row| !matches!(row.meaning.role, Role::Locked(_) | Role::WriteProtection(_)));
        let mut known: Vec<&str> = settable.map(|row| row.name).collect();
        known.push("WRP");
        let name = name.to_owned();
        Refusal::NoField { name, known }
    }

    /// Stores one field, with complement and copies; all other bits stay.
    fn store(&mut self, row: &'a Row, value: u32) -> Result<(), Refusal> {
        let storage = self.part.kind().ok_or(Refusal::UnknownPart)?.storage;
        let region = self
            .part
            .regions
            .get(row.region)
            .ok_or(Refusal::Incomplete)?;
        let mut blocks = self.after.iter_mut();
        let block = blocks.find(|block| block.start == region.start());
        let block = block.ok_or(Refusal::Incomplete)?;
        let slot = storage
            .read(&block.bytes, row.offset)
            .ok_or(Refusal::Incomplete)?;
        if row.extract(slot.value) == value {
            return Ok(());
        }
        let new = row.insert(slot.value, value);
        storage
            .write(&mut block.bytes, row.offset, new)
            .ok_or(Refusal::Incomplete)?;
        self.changed.push(row);
        Ok(())
    }

    /// Protects exactly these units.
    fn protect(&mut self, units: Vec<u32>) -> Result<(), Refusal> {
        let part = self.part;
        if decode(part, self.raw).write_protection == WriteProtection::Unknown {
            return Err(Refusal::OtherProtection);
        }
        for (row, value) in protection::encode(part, self.raw, &units)? {
            self.store(row, value)?;
        }
        self.protection = Some(units);
        Ok(())
    }

    /// Takes from a file the fields that may be changed; the rest must be as it is.
    pub(super) fn restore(&mut self, image: &[Block]) -> Result<(), Refusal> {
        let part = self.part;
        if image
            .iter()
            .any(|block| guard::holds_level_2(block.start, &block.bytes))
        {
            return Err(Refusal::ForEver);
        }
        if image.len() != self.raw.len() {
            return Err(Refusal::OtherImage("it has other regions"));
        }
        for block in image {
            let here = self.raw.iter().find(|raw| raw.start == block.start);
            let here = here.ok_or(Refusal::OtherImage("it begins at another address"))?;
            if here.bytes.len() != block.bytes.len() {
                return Err(Refusal::OtherImage("its length is another"));
            }
        }
        if !decode(part, image).faults.is_empty() {
            return Err(Refusal::OtherImage(
                "its values and complements do not agree",
            ));
        }
        let read_out = |blocks: &[Block]| decode(part, blocks).write_protection;
        if read_out(image) == WriteProtection::Unknown {
            return Err(Refusal::OtherProtection);
        }
        for row in part.fields.iter().map(|known| &known.row) {
            if matches!(row.meaning.role, Role::Locked(_) | Role::ReadProtection) {
                continue;
            }
            if let Some(value) = value_of(part, image, row) {
                self.store(row, value)?;
            }
        }
        self.check_same(image)
    }

    /// Refuses a file that differs in more than the fields that may be changed.
    fn check_same(&self, image: &[Block]) -> Result<(), Refusal> {
        for block in image {
            let mut after = self.after.iter();
            let Some(after) = after.find(|after| after.start == block.start) else {
                return Err(Refusal::Incomplete);
            };
            let mut pairs = after.bytes.iter().zip(&block.bytes);
            if let Some(offset) = pairs.position(|(ours, theirs)| ours != theirs) {
                let at = u64::try_from(offset)
                    .ok()
                    .and_then(|o| block.start.checked_add(o));
                let at = at.unwrap_or(block.start);
                return Err(Refusal::ChangesLocked {
                    at,
                    name: self.locked_at(image, block.start, offset),
                });
            }
        }
        Ok(())
    }

    /// The locked field of the slot at `offset` that differs.
    fn locked_at(&self, image: &[Block], start: Address, offset: usize) -> Option<&'static str> {
        let part = self.part;
        let pitch = part.kind()?.storage.pitch();
        let mut rows = part.fields.iter().map(|known| &known.row);
        let row = rows.find(|row| {
            let here = part
                .regions
                .get(row.region)
                .is_some_and(|r| r.start() == start);
            let slot = row.offset..row.offset.saturating_add(pitch);
            here && slot.contains(&offset)
                && value_of(part, image, row) != value_of(part, &self.after, row)
        });
        row.map(|row| row.name)
    }

    pub(super) fn finish(self) -> Result<Proposal, Refusal> {
        let part = self.part;
        guard::check_read_protection(part, self.raw, &self.after, self.read_protection)?;
        let mut questions = Vec::new();
        if self.read_protection == ReadProtection::TurnedOn {
            questions.push(Question::ReadProtection);
        }
        let boot = guard::boot_question(part, &self.after, &self.changed);
        let leaves_bootloader = boot.as_ref().map(Question::word);
        questions.extend(boot);
        Ok(Proposal {
            questions,
            warnings: self.warnings(),
            plan: ChangePlan {
                changes: self.field_changes(),
                rewrites: self.rewrites()?,
                read_protection: self.read_protection,
                leaves_bootloader,
            },
        })
    }

    fn field_changes(&self) -> Vec<FieldChange> {
        let part = self.part;
        let single = |row: &&&Row| !matches!(row.meaning.role, Role::WriteProtection(_));
        let mut changes: Vec<FieldChange> = self
            .changed
            .iter()
            .filter(single)
            .map(|row| FieldChange {
                name: row.name,
                before: described(row, value_of(part, self.raw, row)),
                after: described(row, value_of(part, &self.after, row)),
            })
            .collect();
        let before = decode(part, self.raw).write_protection;
        let after = decode(part, &self.after).write_protection;
        if before != after || self.changed.len() > changes.len() {
            changes.push(FieldChange {
                name: "WRP",
                before: units_in_words(part, &before),
                after: units_in_words(part, &after),
            });
        }
        changes
    }

    fn warnings(&self) -> Vec<String> {
        let part = self.part;
        let mut warnings = Vec::new();
        for row in &self.changed {
            let value = value_of(part, &self.after, row);
            let warning = match (row.meaning.role, value) {
                (Role::Watchdog, Some(0)) => {
                    "the watchdog then runs from reset: a program that does not serve it in time is \
                     restarted again and again, and the bootloader may be interrupted as well"
                }
                (Role::BrownOut, Some(value)) if row.is_high_threshold(value) => {
                    "the board then does not start with a supply near or below that voltage: it must \
                     be well above it"
                }
                (Role::Bank, _) => {
                    "the board may then start another program, or none: the flash may have to be \
                     written again"
                }
                (Role::Boot(Boot::AddressLow), _) => {
                    "the board then starts the program at that address: one must be there"
                }
                _ => continue,
            };
            warnings.push(format!("{}: {warning}", row.name));
        }
        if !self.changed.is_empty() {
            let notes = part.notes().into_iter().map(str::to_owned);
            warnings.extend(notes.filter(|_| self.protection.is_some()));
        }
        warnings
    }

    /// The regions that differ, each as one block from its start.
    fn rewrites(&self) -> Result<Vec<Rewrite>, Refusal> {
        let mut rewrites = Vec::new();
        for region in &self.part.regions {
            let here = |blocks: &'_ [Block]| {
                blocks
                    .iter()
                    .find(|block| block.start == region.start())
                    .cloned()
            };
            let (Some(before), Some(after)) = (here(self.raw), here(&self.after)) else {
                return Err(Refusal::Incomplete);
            };
            if before == after {
                continue;
            }
            let length = self.sent_length(&before.bytes, &after.bytes)?;
            let mut sent = after.bytes;
            sent.truncate(length);
            rewrites.push(Rewrite {
                start: region.start(),
                before: before.bytes,
                after: sent,
            });
        }
        Ok(rewrites)
    }

    /// All that was delivered; or the shortest allowed part that holds every change.
    fn sent_length(&self, before: &[u8], after: &[u8]) -> Result<usize, Refusal> {
        let kind = self.part.kind().ok_or(Refusal::UnknownPart)?;
        if kind.prefixes.is_empty() {
            return Ok(after.len());
        }
        let same = |length: &&usize| before.get(**length..) == after.get(**length..);
        let fits = |length: &&usize| **length <= after.len();
        let mut lengths = kind.prefixes.iter().filter(fits);
        lengths.find(same).copied().ok_or(Refusal::Incomplete)
    }
}

fn described(row: &Row, value: Option<u32>) -> String {
    let Some(value) = value else {
        return "unknown".to_owned();
    };
    let number = number(row.width, value);
    match row.in_words(value) {
        words if words.is_empty() => number,
        words => format!("{number}, {words}"),
    }
}
