//! Names of STM32 in a program: in its USB strings, its banner, its messages.

use super::contents::ImageTarget;

/// Bytes that are searched. More than any program for internal flash has.
const LIMIT: usize = 16 << 20;
const PREFIX: &[u8] = b"STM32";
/// Characters of a name that tell its family: `STM32F4`.
const FAMILY: usize = 7;
/// More say no more: the program names several families.
const ENOUGH: usize = 2;

/// The first name of each family, of two families at most.
pub(super) fn part_names(targets: &[ImageTarget]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut left = LIMIT;
    for segment in targets.iter().flat_map(|target| &target.segments) {
        let data = segment.data();
        let data = data.get(..left).unwrap_or(data);
        left = left.saturating_sub(data.len());
        for name in names_in(data) {
            if !names.iter().any(|known| family(known) == family(&name)) {
                names.push(name);
            }
            if names.len() >= ENOUGH {
                return names;
            }
        }
    }
    names
}

fn family(name: &str) -> Option<&str> {
    name.get(..FAMILY)
}

fn names_in(mut data: &[u8]) -> impl Iterator<Item = String> {
    std::iter::from_fn(move || {
        loop {
            let at = data.iter().position(|byte| *byte == b'S')?;
            let found = data.get(at..)?;
            data = found.get(1..)?;
            let name = found.strip_prefix(PREFIX).and_then(name);
            if name.is_some() {
                return name;
            }
        }
    })
}

/// `G474CE` is one, and `F4xx`; `BOOTLOADER` and `duino` are none.
fn name(rest: &[u8]) -> Option<String> {
    let is_part = |byte: &&u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || **byte == b'x';
    let text: Vec<u8> = rest.iter().take(6).take_while(is_part).copied().collect();
    let digit = text.iter().position(u8::is_ascii_digit)?;
    let text = String::from_utf8(text).ok()?;
    (1..=2).contains(&digit).then(|| format!("STM32{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        names_in(text.as_bytes()).collect()
    }

    #[test]
    fn names_are_found_and_other_words_are_not() {
        assert_eq!(found("SSTM32G474CEU6"), ["STM32G474CE"]);
        assert_eq!(
            found("STM32F4xx HAL, STM32WB55"),
            ["STM32F4xx", "STM32WB55"]
        );
        assert_eq!(found("STM32MP157"), ["STM32MP157"]);
        for text in [
            "STM32 BOOTLOADER",
            "STM32BOOT1",
            "STM32duino",
            "STM32_F4",
            "STM3",
            "STM32",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
