//! Bootloaders in flash that other people publish: their state machines differ from the ROM's.

use crate::address::{Address, AddressRange};

use super::super::board::{
    ALL, AfterFailure, Alternate, Area, AreaKind, Board, Bootloader, Guarded, Poll, READ_ONLY,
    READ_WRITE, Second, pseudo_random,
};
use super::Profile;
use super::families::{KIB, board, flash, functional, identity, l4_timing, rom, st_identity, text};
use super::stm32_later::h7;

pub(super) const BOARDS: &[Profile] = &[
    Profile::new(
        "openbl",
        "ST's OpenBootloader in the first 16 KiB of an STM32G0C1",
        openbl,
    ),
    Profile::new(
        "cube",
        "ST's example bootloader in the first 48 KiB of an STM32F407",
        cube,
    ),
    Profile::new(
        "mboot",
        "an older MicroPython mboot on an F407: never answers GETSTATE",
        mboot,
    ),
    Profile::new(
        "mboot-guarded",
        "MicroPython's mboot on an F407: refuses to overwrite itself, and says why",
        mboot_guarded,
    ),
    Profile::new(
        "edgetx-h7",
        "an STM32H743 that starts a second bootloader, which writes external flash, as EdgeTX's radios",
        edgetx_h7,
    ),
];

/// STM32CubeG0, Projects/STM32G0C1E-EV/Applications/OpenBootloader: 500 ms are truncated to the
/// 244 of one byte.
fn openbl() -> Board {
    let runs = [(8, 2 * KIB, READ_ONLY), (248, 2 * KIB, ALL)];
    let layout = "@Internal Flash   /0x08000000/8*02Ka,248*02Kg";
    board(Bootloader {
        functional: functional(1024),
        flash_word: 8,
        timing: l4_timing(),
        poll: Poll::always(244),
        after_failure: AfterFailure::OpenBootloader,
        ..on_the_device_library("STM32 OpenBootloader", layout, &runs)
    })
    .holding(Address::FLASH, pseudo_random(16, 16 * u64::from(KIB)))
}

/// STM32CubeF4, Applications/USB_Device/DFU_Standalone.
fn cube() -> Board {
    let runs = [
        (3, 16 * KIB, READ_ONLY),
        (1, 16 * KIB, ALL),
        (1, 64 * KIB, ALL),
        (7, 128 * KIB, ALL),
    ];
    let layout = "@Internal Flash   /0x08000000/03*016Ka,01*016Kg,01*064Kg,07*128Kg";
    board(Bootloader {
        poll: Poll::always(50),
        after_failure: AfterFailure::DeviceLibrary,
        ..on_the_device_library("STM32 DFU bootloader in flash", layout, &runs)
    })
    .holding(Address::FLASH, pseudo_random(48, 48 * u64::from(KIB)))
}

/// ports/stm32/mboot/main.c up to 0006c902: its `dfu_handle_tx` knows UPLOAD and GETSTATUS only,
/// and puts the number of its command (3, a download) where bwPollTimeout belongs.
fn mboot() -> Board {
    let runs = [(4, 16 * KIB), (1, 64 * KIB), (7, 128 * KIB)];
    let layout = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg";
    let product = "Pyboard DFU Bootloader";
    board(Bootloader {
        poll: Poll::always(3),
        commands: vec![0x21, 0x41],
        answers_get_state: false,
        ..rom(
            identity(0x0483, 0xDF11, "MicroPython", product).with_serial("000000000000"),
            vec![flash(layout, &runs)],
        )
    })
}

/// ports/stm32/mboot/main.c since 0006c902: GETSTATE is answered, and `mboot_flash_page_erase` refuses
/// its own sectors with errADDRESS and a string (mboot/dfu.h: 0x10), though the layout marks them as
/// writable.
fn mboot_guarded() -> Board {
    let mut board = mboot();
    if let Some(bootloader) = &mut board.bootloader {
        bootloader.answers_get_state = true;
        let range = AddressRange::new(Address::FLASH, 32 * u64::from(KIB));
        bootloader.guarded = range.map(|range| Guarded {
            range,
            index: 0x10,
            reason: "Can't overwrite mboot",
        });
    }
    board
}

/// EdgeTX/rs-dfu: the ROM takes the second bootloader and a mark in RAM, which no layout names
/// (dfu/src/connection.rs, `reboot`), and starts it; that one takes the rest for external flash, in the
/// setting whose segments hold it (cli/src/write.rs). Strings and sizes are this simulator's own: none
/// of a radio is published.
fn edgetx_h7() -> Board {
    const MARK_AT: u32 = 0x2400_0000;
    let mut first = h7();
    if let Some(internal) = first.alternates.first_mut() {
        let ram = Area::new(AreaKind::Ram, MARK_AT, &[(1, KIB, READ_WRITE)]);
        internal.areas.push(ram);
    }
    let external = Area::new(AreaKind::Flash, 0x9000_0000, &[(128, 64 * KIB, ALL)]);
    let second = Bootloader {
        identity: identity(0x0483, 0xDF11, "EdgeTX", "EdgeTX bootloader"),
        alternates: vec![
            flash("@Internal Flash   /0x08000000/16*128Kg", &[(16, 128 * KIB)]),
            Alternate {
                layout: text("@External Flash   /0x90000000/128*064Kg"),
                areas: vec![external],
            },
        ],
        // They are in none of its settings; those of the chip are the first bootloader's.
        option_bytes: None,
        ..h7()
    };
    Board {
        second: Some(Second {
            bootloader: second,
            mark: (Address(MARK_AT), b"BDFU".to_vec()),
        }),
        ..board(first)
    }
}

/// It knows neither mass erase nor read unprotect (usbd_dfu.c: 00 21 41); its program begins where
/// the first writable sector does.
fn on_the_device_library(
    product: &str,
    layout: &str,
    runs: &[(u32, u32, crate::memory::Access)],
) -> Bootloader {
    let area = Area::new(AreaKind::Flash, 0x0800_0000, runs);
    let program_at = area.runs.iter().find(|run| run.access.write);
    let mut identity = st_identity(0x0200, "STM32");
    identity.product_name = text(product);
    Bootloader {
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        program_at: program_at.map(|run| run.start),
        ..rom(
            identity,
            vec![Alternate {
                layout: text(layout),
                areas: vec![area],
            }],
        )
    }
}
