//! ELF: the loadable segments of a linked program, by their physical (load) addresses.

use object::Endianness;
use object::elf::{ELFCLASS64, ELFDATA2MSB, EM_ARM, EM_RISCV, FileHeader32, PT_LOAD};
use object::elf::{SHF_ALLOC, SHT_NOBITS};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

use crate::address::Address;
use crate::firmware::contents::{Machine, Parsed};
use crate::firmware::error::{Fault, Position, Refusal};
use crate::firmware::foreign::Foreign;
use crate::firmware::overlay::Pieces;

/// The first bytes of an ELF file.
pub(super) const SIGNATURE: &[u8] = b"\x7FELF";

const CLASS: usize = 4;
const DATA: usize = 5;
const MACHINE: usize = 18;

type Header = FileHeader32<Endianness>;
type Segment<'a> = &'a <Header as FileHeader>::ProgramHeader;

/// Reads an ELF file for Arm or for RISC-V (GD32VF103 has the same bootloader protocol).
///
/// # Errors
/// When it is for another kind of machine, is invalid, or has nothing to load.
pub(super) fn parse(file: &[u8]) -> Result<Parsed, Refusal> {
    let is_other = file.get(CLASS) == Some(&ELFCLASS64) || file.get(DATA) == Some(&ELFDATA2MSB);
    let known = match e_machine(file) {
        Some(EM_ARM) => Some(Machine::Arm),
        Some(EM_RISCV) => Some(Machine::RiscV),
        _ => None,
    };
    if is_other || known.is_none() && e_machine(file).is_some() {
        let foreign = Foreign::for_machine(e_machine(file).unwrap_or_default());
        return Err(Fault::Foreign(foreign).of_file());
    }
    let header = Header::parse(file).map_err(invalid)?;
    let endian = header.endian().map_err(invalid)?;
    let program = Program::new(header, endian, file);
    let segments = header.program_headers(endian, file).map_err(invalid)?;
    let loaded: Vec<Load<'_>> = segments
        .iter()
        .filter(|segment| segment.p_type(endian) == PT_LOAD && segment.p_filesz(endian) > 0)
        .map(|segment| program.load(segment))
        .collect::<Result<_, _>>()?;
    // Thousands of headers may refer to the same bytes; this limits memory to the size of the file.
    let total = loaded.iter().map(|load| load.data.len()).sum::<usize>();
    if total > file.len() {
        let found = format!("segments of {total} bytes in all");
        return Err(Fault::unexpected(found, "no more than the file has").of_file());
    }
    let mut pieces = Pieces::with_capacity(total);
    for load in loaded {
        pieces.add(load.address, load.data, Position::Offset(load.offset))?;
    }
    let entry = Address(header.e_entry(endian));
    Ok(Parsed {
        machine: known,
        ..pieces.parsed((entry.0 != 0).then_some(entry))?
    })
}

/// The data that one program header loads.
struct Load<'a> {
    offset: u64,
    address: Address,
    data: &'a [u8],
}

struct Program<'a> {
    file: &'a [u8],
    endian: Endianness,
    /// Length of the ELF header: a segment that begins inside it holds headers.
    header: u64,
    /// Sorted file offsets of the loaded sections; `None` without sections.
    sections: Option<Vec<u64>>,
}

impl<'a> Program<'a> {
    fn new(header: &Header, endian: Endianness, file: &'a [u8]) -> Self {
        // Sections only help to separate the headers from the program; they are optional.
        let sections = header.section_headers(endian, file).unwrap_or_default();
        let mut starts: Vec<u64> = sections
            .iter()
            .filter(|s| s.sh_flags(endian) & SHF_ALLOC != 0 && s.sh_type(endian) != SHT_NOBITS)
            .map(|s| u64::from(s.sh_offset(endian)))
            .collect();
        starts.sort_unstable();
        Self {
            file,
            endian,
            header: u64::from(header.e_ehsize(endian)),
            sections: (!sections.is_empty()).then_some(starts),
        }
    }

    fn load(&self, segment: Segment<'_>) -> Result<Load<'a>, Refusal> {
        let offset = u64::from(segment.p_offset(self.endian));
        let data = segment.data(self.endian, self.file).map_err(|()| {
            Fault::CutShort {
                part: "a segment",
                needed: u64::from(segment.p_filesz(self.endian)),
                left: (self.file.len() as u64).saturating_sub(offset),
            }
            .at_offset(offset)
        })?;
        let skipped = self.headers_in(offset, data.len() as u64);
        let skip = usize::try_from(skipped).unwrap_or(usize::MAX);
        let address = Address(segment.p_paddr(self.endian));
        let address = address
            .checked_add(skipped)
            .ok_or_else(|| Fault::AddressOverflow.at_offset(offset))?;
        Ok(Load {
            offset: offset + skipped,
            address,
            data: data.get(skip..).unwrap_or(&[]),
        })
    }

    /// The number of bytes at the start of a segment that are the file's own headers.
    ///
    /// Where a linker script leaves room before the program, GNU ld maps the ELF and program
    /// headers into the first segment, at addresses below it. objcopy copies sections and so
    /// leaves them out, and so does this reader.
    fn headers_in(&self, offset: u64, length: u64) -> u64 {
        let Some(sections) = self.sections.as_ref().filter(|_| offset < self.header) else {
            return 0;
        };
        let next = sections.partition_point(|start| *start < offset);
        let before = sections.get(next).map_or(length, |start| start - offset);
        before.min(length)
    }
}

/// At the same offset in every class.
fn e_machine(file: &[u8]) -> Option<u16> {
    let bytes = *file.get(MACHINE..)?.first_chunk()?;
    Some(match file.get(DATA) {
        Some(&ELFDATA2MSB) => u16::from_be_bytes(bytes),
        _ => u16::from_le_bytes(bytes),
    })
}

fn invalid(error: object::read::Error) -> Refusal {
    Fault::unexpected(format!("an invalid ELF file ({error})"), "a valid one").of_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program header: file offset, virtual and physical address, size in the file.
    struct Ph {
        kind: u32,
        offset: u32,
        physical: u32,
        size: u32,
    }

    fn program(segments: &[Ph], sections: &[(u32, u32)], body: &[u8]) -> Vec<u8> {
        let half = |n: usize| (n as u16).to_le_bytes();
        let mut file = b"\x7FELF\x01\x01\x01".to_vec();
        file.resize(16, 0);
        let section_table = 52 + 32 * segments.len() as u32;
        file.extend(half(2));
        file.extend(half(usize::from(EM_ARM)));
        for word in [1, 0x0800_0101, 52, section_table, 0] {
            file.extend(u32::to_le_bytes(word));
        }
        let count = if sections.is_empty() {
            0
        } else {
            sections.len() + 1
        };
        for number in [52, 32, segments.len(), 40, count, 0] {
            file.extend(half(number));
        }
        for ph in segments {
            let words = [
                ph.kind,
                ph.offset,
                0x2000_0000,
                ph.physical,
                ph.size,
                ph.size + 64,
                7,
                4,
            ];
            file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        if count > 0 {
            file.extend([0; 40]);
        }
        for (offset, size) in sections {
            let words = [0, 1, SHF_ALLOC, 0, *offset, *size, 0, 0, 4, 0];
            file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        file.resize(file.len().max(0x200), 0);
        file.extend(body);
        file
    }

    fn ph(physical: u32, offset: u32, size: u32) -> Ph {
        Ph {
            kind: PT_LOAD,
            offset,
            physical,
            size,
        }
    }

    fn error_text(file: &[u8]) -> String {
        parse(file).unwrap_err().in_file("a.elf").to_string()
    }

    #[test]
    fn segments_load_at_their_physical_address() {
        let note = Ph {
            kind: 4,
            ..ph(0x100, 0x200, 4)
        };
        let segments = [
            ph(0x0800_0100, 0x200, 2),
            note,
            ph(0x0800_0000, 0x202, 2),
            ph(0x2000_0000, 0x204, 0),
        ];
        let parsed = parse(&program(&segments, &[], &[1, 2, 3, 4])).unwrap();
        assert_eq!(
            parsed.flat(),
            [(0x0800_0000, vec![3, 4]), (0x0800_0100, vec![1, 2])]
        );
        assert_eq!(parsed.entry, Some(Address(0x0800_0101)));
    }

    #[test]
    fn headers_mapped_by_the_linker_are_left_out() {
        let segments = [ph(0x07FF_FE00, 0, 0x204)];
        let parsed = parse(&program(&segments, &[(0x200, 4)], &[1, 2, 3, 4])).unwrap();
        assert_eq!(parsed.flat(), [(0x0800_0000, vec![1, 2, 3, 4])]);
        // Without sections the headers cannot be recognised, so nothing is left out.
        let parsed = parse(&program(&segments, &[], &[1, 2, 3, 4])).unwrap();
        assert_eq!(parsed.flat()[0].0, 0x07FF_FE00);
    }

    #[test]
    fn other_machines_are_refused() {
        let good = program(&[ph(0, 0x200, 1)], &[], &[1]);
        let with = |at: usize, value: u8| {
            let mut file = good.clone();
            file[at] = value;
            error_text(&file)
        };
        assert!(with(CLASS, 2).contains("another kind of processor"));
        assert!(with(DATA, 2).contains("another kind of processor"));
        assert!(with(MACHINE, 62).contains("a program for a PC"));
        let mut risc_v = good.clone();
        risc_v[18] = 243;
        assert!(parse(&risc_v).is_ok());
    }

    #[test]
    fn invalid_programs_are_refused() {
        assert!(error_text(b"\x7FELF\x01\x01\x01").contains("invalid ELF"));
        assert!(error_text(&program(&[], &[], &[])).contains("no firmware data"));
        let outside = program(&[ph(0, 0x200, 100)], &[], &[1]);
        assert_eq!(
            error_text(&outside),
            "byte offset 0x200: the file ends within a segment: 100 bytes needed, 1 left (a.elf)"
        );
        let high = program(&[ph(u32::MAX, 0x200, 2)], &[], &[1, 2]);
        assert!(error_text(&high).contains("past the 32-bit"));
        let overlap = program(&[ph(0, 0x200, 2), ph(1, 0x202, 1)], &[], &[1, 2, 3]);
        assert!(error_text(&overlap).contains("is 0x03 here"));
    }

    #[test]
    fn many_headers_for_the_same_bytes_do_not_multiply_memory() {
        let many: Vec<Ph> = (0..1000).map(|n| ph(n * 0x1_0000, 0x200, 0x8000)).collect();
        assert!(error_text(&program(&many, &[], &[0; 0x1_0000])).contains("segments of"));
    }
}
