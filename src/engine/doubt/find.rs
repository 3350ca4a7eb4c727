//! Looks for doubts about a file. Most rest on the place where every STM32 starts its program, the
//! start of flash (AN2606, boot configuration): what a file holds elsewhere may be data, a part of a
//! program, or what a bootloader starts in its own way.

use std::borrow::Cow;

use super::{Doubt, DoubtKind, Severity};
use crate::address::{Address, AddressRange};
use crate::discovery::{Core, Dialect};
use crate::engine::backup::is_backup_name;
use crate::engine::board::Board;
use crate::engine::chosen::image_for;
use crate::engine::family_doubt::other_family;
use crate::firmware::{Image, ImageTarget, LinkAddress, Machine, MadeFor, VectorTable};

/// The doubts about a file alone, and about a file for `board`.
pub(crate) fn doubts(image: &Image, board: Option<&Board>) -> Vec<Doubt> {
    if let Some(board) = board.filter(|board| board.dialect == Dialect::Plain) {
        return doubts_without_address(image, board);
    }
    let chosen = board.and_then(|board| image_for(board, image).ok());
    let image = chosen.as_deref().unwrap_or(image);
    let of_board = board.and_then(|board| other_device(image.made_for?, board.identity));
    let of_family = board
        .filter(|_| image.variants.is_empty())
        .and_then(|board| other_family(image, board));
    of_contents(image, board)
        .into_iter()
        .chain(of_board)
        .chain(of_family)
        .collect()
}

/// Of a board without addresses only the file itself can be doubted, and its suffix: it names the
/// device, in DFU mode or while its program runs (DFU 1.1, appendix B).
fn doubts_without_address(image: &Image, board: &Board) -> Vec<Doubt> {
    let identities = [Some(board.identity), board.program];
    let is_for = |made_for: MadeFor| {
        let matches = |(vendor, product)| {
            let any_or = |file: u16, board: u16| matches!(file, 0 | 0xFFFF) || file == board;
            any_or(made_for.vendor, vendor) && any_or(made_for.product, product)
        };
        identities.into_iter().flatten().any(matches)
    };
    let other = image.made_for.filter(|made_for| !is_for(*made_for));
    let other = other.map(|made_for| {
        let board = board.identity;
        Doubt::serious(DoubtKind::OtherDevice { made_for, board })
    });
    let blank = image.targets.first().and_then(blank);
    let blank = blank.map(|doubt| unless_backup(image, doubt));
    blank.into_iter().chain(other).collect()
}

/// The first of these explains those after it.
fn of_contents(image: &Image, board: Option<&Board>) -> Option<Doubt> {
    let at_start = image.targets.iter().find_map(AtStart::of);
    let states = image.machine.map(core_of);
    let core = board
        .map(|board| board.core)
        .or(states)
        .unwrap_or(Core::Arm);
    let raw = image
        .targets
        .first()
        .filter(|_| image.source.format.needs_address());
    let is_blank = || {
        let of_raw = raw.and_then(blank);
        let doubt = of_raw.or_else(|| blank(at_start.as_ref()?.target))?;
        Some(unless_backup(image, doubt))
    };
    let program = states.or_else(|| at_start.as_ref()?.shown_core());
    if let Some(program) = program.filter(|program| *program != core) {
        let board = core;
        return Some(Doubt::serious(DoubtKind::OtherCore { program, board }));
    }
    is_blank().or_else(|| match core {
        // These rest on a vector table, and programs for other cores have none.
        Core::Arm => {
            let of_start = at_start.as_ref().and_then(AtStart::doubt);
            of_start.or_else(|| behind_start(raw?))
        }
        Core::RiscV => None,
    })
}

fn core_of(machine: Machine) -> Core {
    match machine {
        Machine::Arm => Core::Arm,
        Machine::RiscV => Core::RiscV,
    }
}

/// A board that held nothing is restored to that.
fn unless_backup(image: &Image, doubt: Doubt) -> Doubt {
    match is_backup_name(&image.source.name) {
        true => Doubt {
            severity: Severity::Note,
            ..doubt
        },
        false => doubt,
    }
}

fn blank(target: &ImageTarget) -> Option<Doubt> {
    let mut bytes = target.segments.iter().flat_map(|segment| segment.data());
    let byte = *bytes.next()?;
    let is_blank = matches!(byte, 0 | 0xFF) && bytes.all(|other| *other == byte);
    is_blank.then(|| Doubt::serious(DoubtKind::Blank { byte }))
}

/// Where a reset handler may be though the file does not hold it, as start and length: flash, the
/// largest that the parts have (a program in two files may continue there), and the same flash as
/// an F7 shows it to its instruction bus (RM0385) and as parts with TrustZone show it (RM0456).
const FLASH: [(u32, u64); 3] = [
    (0x0800_0000, 32 << 20),
    (0x0020_0000, 2 << 20),
    (0x0C00_0000, 4 << 20),
];

/// What a file puts where the board starts its program.
struct AtStart<'a> {
    target: &'a ImageTarget,
    /// From there on, without a gap.
    data: Cow<'a, [u8]>,
    table: Option<VectorTable>,
}

impl<'a> AtStart<'a> {
    /// `None` if the target has nothing there.
    fn of(target: &'a ImageTarget) -> Option<Self> {
        let data = target.data_at(Address::FLASH)?;
        let table = VectorTable::at(Address::FLASH, &data, target);
        Some(Self {
            target,
            data,
            table,
        })
    }

    /// The core that the program is for, if its first words show it.
    fn shown_core(&self) -> Option<Core> {
        let table = self.table.as_ref()?;
        table.is_plausible().then_some(Core::Arm)
    }

    fn doubt(&self) -> Option<Doubt> {
        self.no_program().or_else(|| self.other_address())
    }

    fn no_program(&self) -> Option<Doubt> {
        let flash = FLASH.map(|(start, length)| AddressRange::new(Address(start), length));
        let flash: Vec<AddressRange> = flash.into_iter().flatten().collect();
        let is_program = self
            .table
            .as_ref()
            .is_some_and(|table| table.is_plausible() || table.is_plausible_in(&flash));
        let why = self.table.as_ref().map(|table| table.doubts.clone());
        let (at, why) = (Address::FLASH, why.unwrap_or_default());
        (!is_program).then(|| Doubt::serious(DoubtKind::NotAProgram { at, why }))
    }

    fn other_address(&self) -> Option<Doubt> {
        let linked = LinkAddress::of(&self.data)?;
        let is_here = FLASH.iter().any(|(start, _)| linked.address().0 == *start);
        let is_other = match linked {
            LinkAddress::Proven(_) => !is_here,
            LinkAddress::Likely(_) => !is_here && self.shown_core().is_none(),
        };
        let at = Address::FLASH;
        is_other.then(|| Doubt::serious(DoubtKind::OtherAddress { at, linked }))
    }
}

/// Whether a raw program was linked for another address than its own behind the start of flash,
/// where a bootloader may start it: only a note if nothing proves that it cannot run there. A
/// format with addresses was written by a tool that knew the program.
fn behind_start(target: &ImageTarget) -> Option<Doubt> {
    let first = target.segments.first()?;
    let at = first.range().start();
    let linked = LinkAddress::of(first.data())?;
    let is_likely_here = VectorTable::read(target).is_some_and(|table| table.is_plausible());
    let is_other = match linked {
        LinkAddress::Proven(address) => address != at,
        LinkAddress::Likely(address) => address != at && !is_likely_here,
    };
    let kind = DoubtKind::OtherAddress { at, linked };
    let severity = match linked {
        LinkAddress::Proven(_) if !linked.allows(first.data(), at) => Severity::Serious,
        LinkAddress::Proven(_) | LinkAddress::Likely(_) => Severity::Note,
    };
    (at != Address::FLASH && is_other).then_some(Doubt { kind, severity })
}

/// Zero and 0xFFFF mean any, and ST's own identity means any STM32: most tools write it into every
/// file.
fn other_device(made_for: MadeFor, board: (u16, u16)) -> Option<Doubt> {
    let ids = (made_for.vendor, made_for.product);
    let generic = (
        MadeFor::ST_BOOTLOADER.vendor,
        MadeFor::ST_BOOTLOADER.product,
    );
    let differs = |file: u16, board: u16| !matches!(file, 0 | 0xFFFF) && file != board;
    let is_other = differs(ids.0, board.0) || differs(ids.1, board.1);
    (ids != generic && is_other).then(|| Doubt::serious(DoubtKind::OtherDevice { made_for, board }))
}
