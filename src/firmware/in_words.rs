//! What a file is, in plain words, for `info` and the window's details.

use super::contents::ImageTarget;
use super::image::Image;
use super::memory_kind::MemoryKind;
use super::vector_table::VectorTable;
use crate::address::ByteSize;

/// `40 KiB`, and of a file with a restart of the board in between `40 KiB in 2 parts`.
pub(crate) fn size_in_words(image: &Image) -> String {
    let later = image.later.iter().map(|stage| stage.target.bytes());
    let all = ByteSize(image.bytes() + later.sum::<u64>());
    match image.later.len() {
        0 => all.to_string(),
        later => format!("{all} in {} parts", later + 1),
    }
}

/// The program at the start of `target`: `begins at 0x08000000, in the microcontroller's flash; 40 KiB;
/// its stack begins at 0x20020000`. `None` if none seems to begin there.
pub(crate) fn program_in_words(target: &ImageTarget) -> Option<String> {
    let table = VectorTable::read(target).filter(VectorTable::is_plausible)?;
    let at = table.at;
    let size = ByteSize(target.bytes());
    let sp = table.initial_sp;
    let kind = MemoryKind::of(at);
    Some(format!(
        "{size}, begins at {at} in {kind}; its stack begins at {sp}"
    ))
}

/// Where `target` goes: `the microcontroller's flash, external memory`.
pub(crate) fn memories_in_words(target: &ImageTarget) -> String {
    let mut kinds: Vec<MemoryKind> = Vec::new();
    for segment in &target.segments {
        let kind = MemoryKind::of(segment.range().start());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let words: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::contents::Segment;
    use super::*;
    use crate::address::Address;

    fn target(segments: &[(u32, &[u8])]) -> ImageTarget {
        let segment = |(at, data): &(u32, &[u8])| Segment::new(Address(*at), *data).unwrap();
        ImageTarget {
            alternate: 0,
            name: None,
            segments: segments.iter().map(segment).collect(),
        }
    }

    #[test]
    fn a_program_is_described() {
        let program = [0x00, 0x00, 0x02, 0x20, 0x09, 0x00, 0x00, 0x08, 0, 0, 0, 0];
        assert_eq!(
            program_in_words(&target(&[(0x0800_0000, &program)])).as_deref(),
            Some(
                "12 bytes, begins at 0x08000000 in the microcontroller's flash; its stack begins at \
                 0x20020000"
            )
        );
        assert_eq!(program_in_words(&target(&[(0x0800_0000, &[1; 12])])), None);
    }

    #[test]
    fn each_memory_is_named_once() {
        let all = target(&[
            (0x0800_0000, &[1]),
            (0x0801_0000, &[1]),
            (0x9000_0000, &[1]),
        ]);
        assert_eq!(
            memories_in_words(&all),
            "the microcontroller's flash, external memory"
        );
        assert_eq!(
            memories_in_words(&target(&[(0x1FFF_7800, &[1])])),
            "option bytes or system memory"
        );
    }
}
