//! The device record, as rows and as text: the properties that DfuSe showed.

use super::facts::ProgramId;
use super::found::Found;

impl Found {
    /// Name and value of each property, in a fixed order; unknown ones are left out.
    pub fn properties(&self) -> Vec<(&'static str, String)> {
        let record = &self.record;
        let own = ProgramId::from(record);
        let (program, bootloader) = if self.is_bootloader() {
            (self.previous_program, Some(own))
        } else {
            (Some(own), None)
        };
        let mut rows = Vec::new();
        let mut row = |name, value: Option<String>| {
            rows.extend(value.map(|value: String| (name, value)));
        };
        row("Device", Some(self.display_name()));
        row("State", Some(self.state().to_owned()));
        row("Product", record.product_name.clone());
        row("Manufacturer", record.manufacturer.clone());
        row("DFU mode", bootloader.map(format_id));
        row("Application mode", program.map(format_id));
        row("Serial number", record.serial.clone());
        row("Port", Some(record.place.to_string()));
        row("Bus address", Some(record.address.to_string()));
        row("Driver", record.driver.clone());
        if let Some(functional) = self.functional {
            row("Can upload", Some(yes_no(functional.can_upload())));
            row("Can download", Some(yes_no(functional.can_download())));
            row(
                "Detaches without a reset",
                Some(yes_no(functional.will_detach())),
            );
            row(
                "Manifestation tolerant",
                Some(yes_no(functional.manifestation_tolerant())),
            );
            row(
                "Accelerated upload (ST)",
                Some(yes_no(functional.accelerated_upload())),
            );
            let size = format!("{} bytes", functional.transfer_size);
            row("Transfer size", Some(size));
            row(
                "Detach timeout",
                Some(format!("{} ms", functional.detach_timeout)),
            );
            row("DFU version", Some(bcd(functional.dfu_version)));
        }
        for target in &self.targets {
            let layout = target
                .layout
                .clone()
                .unwrap_or_else(|| "not read".to_owned());
            rows.push(("Target", format!("{}: {layout}", target.alternate)));
        }
        rows.extend(self.notes.iter().map(|note| ("Note", note.clone())));
        rows
    }

    /// The properties as text, for the clipboard and for reports.
    pub fn report_text(&self) -> String {
        self.properties()
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect()
    }

    /// The label, marked if it is inferred: "STM32F2 or F4, 1 MiB (likely)".
    pub fn display_name(&self) -> String {
        let mark = if self.likely { " (likely)" } else { "" };
        format!("{}{mark}", self.label)
    }
}

fn format_id(id: ProgramId) -> String {
    format!(
        "VID {:04x}, PID {:04x}, version {}",
        id.vendor,
        id.product,
        bcd(id.version)
    )
}

/// `0x011A` as USB writes it: `1.1a`.
fn bcd(version: u16) -> String {
    format!("{:x}.{:02x}", version >> 8, version & 0xFF)
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use crate::discovery::examine;
    use crate::discovery::facts::ProgramId;
    use crate::discovery::samples::{f407, linux, only, run_time};

    #[test]
    fn the_record_has_the_rows_of_dfuse() {
        let expected = "\
Device: STM32F2 or F4, 1 MiB (likely)
State: ready
Product: STM32  BOOTLOADER
Manufacturer: STMicroelectronics
DFU mode: VID 0483, PID df11, version 22.00
Serial number: 3574364C3034
Port: 1-4.2
Bus address: 5
Can upload: yes
Can download: yes
Detaches without a reset: yes
Manifestation tolerant: no
Accelerated upload (ST): no
Transfer size: 2048 bytes
Detach timeout: 255 ms
DFU version: 1.1a
Target: 0: @Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg
Target: 1: @Option Bytes  /0x1FFFC000/01*016 e
Target: 2: @OTP Memory /0x1FFF7800/01*512 e,01*016 e
Target: 3: @Device Feature/0xFFFF0000/01*004 e
";
        assert_eq!(only(f407()).report_text(), expected);
    }

    #[test]
    fn a_detached_board_shows_the_program_it_ran() {
        let mut facts = linux();
        let program = run_time();
        facts
            .previous_programs
            .insert(f407().place, ProgramId::from(&program));
        let found = examine(&[f407()], &facts).remove(0);
        let text = found.report_text();
        assert!(text.contains("Application mode: VID 0483, PID 5740, version 2.00\n"));
        assert!(text.contains("DFU mode: VID 0483, PID df11, version 22.00\n"));
    }
}
