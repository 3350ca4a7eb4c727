//! STM32 F with their ROM bootloader, and the F103 with one in flash. Layout strings are verbatim
//! from boards; their sources are named where the string is.

use crate::address::Address;

use super::super::board::{
    ALL, Alternate, Area, AreaKind, Board, Bootloader, Poll, READ_ONLY, Reported, WhileBusy,
    pseudo_random,
};
use super::families::{
    KIB, SERIAL, board, device_feature, f0_timing, f1_timing, f4_timing, f7_timing, flash, other,
    rom, st_identity,
};

/// Polled too early, this ROM stalls: openmv#1508, ST community 772965. Its serial number is
/// bogus (dfu-util, F0).
pub(super) fn f072() -> Board {
    let alternates = vec![
        // dmitrystu/sboot_stm32#25
        flash("@Internal Flash  /0x08000000/064*0002Kg", &[(64, 2 * KIB)]),
        f0_option_bytes(),
    ];
    let bootloader = Bootloader {
        flash_word: 2,
        timing: f0_timing(),
        while_busy: WhileBusy::Stall,
        ..rom(st_identity(0x2200, "FFFFFFFEFFFF"), alternates)
    };
    board(
        "f072",
        "STM32F072, 128 KiB; stalls when asked too early",
        bootloader,
    )
}

/// Pages of 1 KiB, smaller than a block of 2 KiB.
pub(super) fn f042() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/032*0001Kg", &[(32, KIB)]),
        f0_option_bytes(),
    ];
    let bootloader = Bootloader {
        flash_word: 2,
        timing: f0_timing(),
        while_busy: WhileBusy::Stall,
        ..rom(st_identity(0x2200, "FFFFFFFEFFFF"), alternates)
    };
    board(
        "f042",
        "STM32F042, 32 KiB in pages smaller than a block",
        bootloader,
    )
}

fn f0_option_bytes() -> Alternate {
    other(
        "@Option Bytes  /0x1FFFF800/01*016 e",
        AreaKind::OptionBytes,
        &[(0x1FFF_F800, 16)],
    )
}

/// The F103 has no DFU in ROM: this is ST's DFU demonstration, a bootloader in the first ten
/// sectors. Built on the device library, it holds GETSTATUS, reports 50 ms for everything
/// (FLASH_PROGRAM_TIME and FLASH_ERASE_TIME of the Cube examples) and knows neither mass erase
/// nor read unprotect (usbd_dfu.c: 00 21 41).
pub(super) fn f103() -> Board {
    let start = 0x0800_0000;
    let runs = [(10, 2 * KIB, READ_ONLY), (118, 2 * KIB, ALL)];
    let alternates = vec![Alternate {
        layout: Some("@Internal Flash   /0x08000000/10*02Ka,118*02Kg".to_owned()),
        areas: vec![Area::new(AreaKind::Flash, start, &runs)],
    }];
    let mut identity = st_identity(0x0200, "STM32");
    identity.product_name = Some("STM32 DFU bootloader in flash".to_owned());
    let bootloader = Bootloader {
        flash_word: 2,
        timing: f1_timing(),
        poll: Poll::always(50),
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        program_at: Some(Address(0x0800_5000)),
        ..rom(identity, alternates)
    };
    board(
        "f103",
        "STM32F103, 256 KiB, with a bootloader in its first 20 KiB",
        bootloader,
    )
    .holding(Address(start), pseudo_random(103, 20 * u64::from(KIB)))
}

pub(super) fn f303() -> Board {
    let alternates = vec![
        // betaflight usbdfu.js
        flash("@Internal Flash  /0x08000000/128*0002Kg", &[(128, 2 * KIB)]),
        f0_option_bytes(),
    ];
    let bootloader = Bootloader {
        flash_word: 2,
        timing: f1_timing(),
        ..rom(st_identity(0x2200, SERIAL), alternates)
    };
    board("f303", "STM32F303, 256 KiB", bootloader)
}

/// Answers dfuDNBUSY with true poll times. Reports 100 ms for a mass erase that takes seconds
/// (dfu-util, fwupd: wait 35 s).
pub(super) fn f407() -> Board {
    // rusefi/dfu_java reference/F407usb.txt
    let sectors = [(4, 16 * KIB), (1, 64 * KIB), (7, 128 * KIB)];
    let layout = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg";
    board("f407", "STM32F407, 1 MiB", f4(layout, &sectors))
}

pub(super) fn f411() -> Board {
    // zmkfirmware/zmk#1711
    let sectors = [(4, 16 * KIB), (1, 64 * KIB), (3, 128 * KIB)];
    let layout = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg";
    board("f411", "STM32F411, 512 KiB", f4(layout, &sectors))
}

fn f4(layout: &str, sectors: &[(u32, u32)]) -> Bootloader {
    let alternates = vec![
        flash(layout, sectors),
        other(
            "@Option Bytes  /0x1FFFC000/01*016 e",
            AreaKind::OptionBytes,
            &[(0x1FFF_C000, 16)],
        ),
        other(
            "@OTP Memory /0x1FFF7800/01*512 e,01*016 e",
            AreaKind::OneTime,
            &[(0x1FFF_7800, 528)],
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
        ..rom(st_identity(0x2200, SERIAL), alternates)
    }
}

/// Reports 104 ms for everything and holds GETSTATUS until it is done (fwupd#2696, measured on an
/// F745).
pub(super) fn f767() -> Board {
    let sectors = [(4, 32 * KIB), (1, 128 * KIB), (7, 256 * KIB)];
    let layout = "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg";
    board(
        "f767",
        "STM32F767, 2 MiB; reports 104 ms for everything",
        f7(layout, &sectors),
    )
}

pub(super) fn f745() -> Board {
    // betaflight/iNav usbdfu.js
    let sectors = [(4, 32 * KIB), (1, 128 * KIB), (3, 256 * KIB)];
    let layout = "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,03*256Kg";
    board(
        "f745",
        "STM32F745, 1 MiB; reports 104 ms for everything",
        f7(layout, &sectors),
    )
}

fn f7(layout: &str, sectors: &[(u32, u32)]) -> Bootloader {
    let alternates = vec![
        flash(layout, sectors),
        other(
            "@Option Bytes  /0x1FFF0000/01*032 e",
            AreaKind::OptionBytes,
            &[(0x1FFF_0000, 32)],
        ),
        other(
            "@OTP Memory /0x1FF0F000/01*1024 e",
            AreaKind::OneTime,
            &[(0x1FF0_F000, 1024)],
        ),
    ];
    Bootloader {
        timing: f7_timing(),
        poll: Poll::always(104),
        ..rom(st_identity(0x2200, SERIAL), alternates)
    }
}
