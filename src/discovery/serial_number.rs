//! Which serial numbers name one board and no other.

/// A prefix of the counters and version numbers that bootloaders in flash report.
const ZEROS: &str = "00000000";

/// Reported by every board of a family, whatever its unique ID: F0 and F3 (dfu-util's wiki, ST
/// community 254296), H7 (STM32CubeProgrammer and dfu-util listings of many H743 and H750).
const CONSTANT: [&str; 2] = ["FFFFFFFEFFFF", "200364500000"];

/// ST's bootloaders report 12 hexadecimal digits of the unique ID; others report a constant, such
/// as "AT32", "STM32" or "0001", or nothing.
pub(crate) fn is_unique(serial: Option<&str>) -> bool {
    let Some(serial) = serial else {
        return false;
    };
    let upper = serial.to_ascii_uppercase();
    let is_id = matches!(serial.len(), 12 | 24) && serial.chars().all(|c| c.is_ascii_hexdigit());
    is_id && !upper.starts_with(ZEROS) && !CONSTANT.contains(&upper.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_unique_id_names_one_board() {
        assert!(is_unique(Some("3065346A3433")));
        assert!(is_unique(Some("066EFF495056805087123456")));
        for constant in [
            "",
            "0001",
            "STM32",
            "AT32",
            "3CBJ",
            "00000000001A",
            "000000000000",
            "FFFFFFFEFFFF",
            "fffffffeffff",
            "200364500000",
            "program-0001",
        ] {
            assert!(!is_unique(Some(constant)), "{constant}");
        }
        assert!(!is_unique(None));
    }
}
