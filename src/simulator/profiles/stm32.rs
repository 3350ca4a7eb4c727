//! STM32 F with their ROM bootloader, and the F103 with one in flash. Layout strings are verbatim
//! from boards; their sources are named where the string is.

use crate::address::Address;

use super::super::board::{
    ALL, Alternate, Area, AreaKind, Board, Bootloader, Poll, READ_ONLY, Reported, WhileBusy,
    pseudo_random,
};
use super::super::option_bytes::OptionBytes;
use super::Profile;
use super::families::{
    KIB, board, device_feature, f0_timing, f1_timing, f4_timing, f7_timing, flash, one_time,
    option_bytes, rom, st_identity, st_rom, text,
};
use super::option_bytes as options;

pub(super) const BOARDS: &[Profile] = &[
    Profile::new(
        "f042",
        "STM32F042, 32 KiB in pages smaller than a block",
        || {
            let layout = "@Internal Flash  /0x08000000/032*0001Kg";
            board(f0(layout, (32, KIB)).with_option_bytes(options::f042()))
        },
    ),
    Profile::new(
        "f072",
        "STM32F072, 128 KiB; stalls when asked too early",
        f072,
    )
    .in_menu(),
    Profile::new(
        "f103",
        "STM32F103, 256 KiB, with a bootloader in its first 20 KiB",
        f103,
    )
    .in_menu(),
    Profile::new("f303", "STM32F303, 256 KiB", f303),
    Profile::new("f407", "STM32F407, 1 MiB", f407).in_menu(),
    Profile::new("f411", "STM32F411, 512 KiB", || {
        // zmkfirmware/zmk#1711
        let layout = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg";
        board(f4(layout, &[(4, 16 * KIB), (1, 64 * KIB), (3, 128 * KIB)]))
    })
    .in_menu(),
    Profile::new(
        "f745",
        "STM32F745, 1 MiB; reports 104 ms for everything",
        || {
            // betaflight/iNav usbdfu.js
            let layout = "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,03*256Kg";
            let sectors = [(4, 32 * KIB), (1, 128 * KIB), (3, 256 * KIB)];
            board(f7(layout, &sectors, options::f7(8, 0xC0FF)))
        },
    ),
    Profile::new(
        "f767",
        "STM32F767, 2 MiB; reports 104 ms for everything",
        || {
            let layout = "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg";
            let sectors = [(4, 32 * KIB), (1, 128 * KIB), (7, 256 * KIB)];
            board(f7(layout, &sectors, options::f7(12, 0xFFFF)))
        },
    )
    .in_menu(),
];

pub(super) fn f072() -> Board {
    // dmitrystu/sboot_stm32#25
    board(f0("@Internal Flash  /0x08000000/064*0002Kg", (64, 2 * KIB)))
}

pub(super) fn f303() -> Board {
    board(
        Bootloader {
            flash_word: 2,
            timing: f1_timing(),
            ..st_rom(
                0x2200,
                vec![
                    // betaflight usbdfu.js
                    flash("@Internal Flash  /0x08000000/128*0002Kg", &[(128, 2 * KIB)]),
                    options::f0_target(),
                ],
            )
        }
        .with_option_bytes(options::f0()),
    )
}

pub(super) fn f407() -> Board {
    // rusefi/dfu_java reference/F407usb.txt
    let layout = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg";
    board(f4(layout, &[(4, 16 * KIB), (1, 64 * KIB), (7, 128 * KIB)]))
}

/// The F103 has no DFU in ROM: this is ST's DFU demonstration, a bootloader in the first ten
/// sectors. Built on the device library, it holds GETSTATUS, reports 50 ms for everything
/// (FLASH_PROGRAM_TIME and FLASH_ERASE_TIME of the Cube examples) and knows neither mass erase
/// nor read unprotect (usbd_dfu.c: 00 21 41).
fn f103() -> Board {
    let runs = [(10, 2 * KIB, READ_ONLY), (118, 2 * KIB, ALL)];
    let alternates = vec![Alternate {
        layout: text("@Internal Flash   /0x08000000/10*02Ka,118*02Kg"),
        areas: vec![Area::new(AreaKind::Flash, 0x0800_0000, &runs)],
    }];
    let mut identity = st_identity(0x0200, "STM32");
    identity.product_name = text("STM32 DFU bootloader in flash");
    board(Bootloader {
        flash_word: 2,
        timing: f1_timing(),
        poll: Poll::always(50),
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        program_at: Some(Address(0x0800_5000)),
        ..rom(identity, alternates)
    })
    .holding(Address::FLASH, pseudo_random(103, 20 * u64::from(KIB)))
}

/// Asked too early, this ROM stalls: openmv#1508, ST community 772965. Its serial number is
/// bogus (dfu-util, F0).
fn f0(layout: &str, sectors: (u32, u32)) -> Bootloader {
    Bootloader {
        flash_word: 2,
        timing: f0_timing(),
        while_busy: WhileBusy::Stall,
        ..rom(
            st_identity(0x2200, "FFFFFFFEFFFF"),
            vec![flash(layout, &[sectors]), options::f0_target()],
        )
    }
    .with_option_bytes(options::f0())
}

/// Answers dfuDNBUSY with true poll times. Reports 100 ms for a mass erase that takes seconds
/// (dfu-util, fwupd: wait 35 s).
fn f4(layout: &str, sectors: &[(u32, u32)]) -> Bootloader {
    let alternates = vec![
        flash(layout, sectors),
        option_bytes("@Option Bytes  /0x1FFFC000/01*016 e", 0x1FFF_C000, 16),
        one_time(
            "@OTP Memory /0x1FFF7800/01*512 e,01*016 e",
            0x1FFF_7800,
            528,
        ),
        device_feature(),
    ];
    Bootloader {
        timing: f4_timing(),
        while_busy: WhileBusy::AnswerBusy,
        poll: Poll {
            mass_erase: Reported::Always(100),
            ..Poll::TRUE
        },
        ..st_rom(0x2200, alternates)
    }
    .with_option_bytes(options::f4(sectors.iter().map(|(count, _)| count).sum()))
}

/// Reports 104 ms for everything and holds GETSTATUS until it is done (fwupd#2696, measured on an
/// F745).
fn f7(layout: &str, sectors: &[(u32, u32)], held: OptionBytes) -> Bootloader {
    let alternates = vec![
        flash(layout, sectors),
        option_bytes("@Option Bytes  /0x1FFF0000/01*032 e", 0x1FFF_0000, 32),
        one_time("@OTP Memory /0x1FF0F000/01*1024 e", 0x1FF0_F000, 1024),
    ];
    Bootloader {
        timing: f7_timing(),
        poll: Poll::always(104),
        ..st_rom(0x2200, alternates)
    }
    .with_option_bytes(held)
}
