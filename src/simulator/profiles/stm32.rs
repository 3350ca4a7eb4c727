//! STM32 parts with their ROM bootloader. Layout strings are verbatim from boards; their sources
//! are named where the string is.

use crate::address::Address;

use super::super::board::{
    ALL, Alternate, Area, AreaKind, Board, Bootloader, Poll, READ_ONLY, Reported, StartsIn,
    WhileBusy, pseudo_random,
};
use super::super::faults::Faults;
use super::families::{
    KIB, f0_timing, f1_timing, f4_timing, f7_timing, flash, functional, h7_timing, l1_timing,
    l4_timing, l475_timing, other, rom, st_identity, virtual_com_port,
};

/// On F4 and F7 the serial number is made of the unique ID: 12 hex digits.
const SERIAL: &str = "3065346A3433";

pub(super) fn board(name: &'static str, about: &'static str, bootloader: Bootloader) -> Board {
    Board {
        name,
        about,
        bootloader: Some(bootloader),
        application: Some(virtual_com_port()),
        starts_in: StartsIn::Bootloader,
        read_protected: false,
        write_protected: Vec::new(),
        contents: Vec::new(),
        faults: Faults::new(),
    }
}

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

fn device_feature() -> Alternate {
    other(
        "@Device Feature/0xFFFF0000/01*004 e",
        AreaKind::Ignored,
        &[(0xFFFF_0000, 4)],
    )
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

/// Blocks of 1024 bytes, and option bytes in two regions of one string (dfu-util).
pub(super) fn g474() -> Board {
    let alternates = vec![
        flash("@Internal Flash   /0x08000000/256*02Kg", &[(256, 2 * KIB)]),
        other(
            "@Option Bytes   /0x1FFF7800/01*048 e/0x1FFFF800/01*048 e",
            AreaKind::OptionBytes,
            &[(0x1FFF_7800, 48), (0x1FFF_F800, 48)],
        ),
        other(
            "@OTP Memory   /0x1FFF7000/01*1024 e",
            AreaKind::OneTime,
            &[(0x1FFF_7000, 1024)],
        ),
    ];
    let bootloader = Bootloader {
        functional: functional(1024),
        flash_word: 8,
        timing: l4_timing(),
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board(
        "g474",
        "STM32G474, 512 KiB, blocks of 1024 bytes",
        bootloader,
    )
}

/// All three settings carry the name of the flash (BTT U2C and EBB boards).
pub(super) fn g0b1() -> Board {
    let layout = "@Internal Flash   /0x08000000/64*02Kg";
    let alternates = vec![
        flash(layout, &[(64, 2 * KIB)]),
        other(layout, AreaKind::OptionBytes, &[(0x1FFF_7800, 128)]),
        other(layout, AreaKind::OneTime, &[(0x1FFF_7000, 1024)]),
    ];
    let bootloader = Bootloader {
        functional: functional(1024),
        flash_word: 8,
        timing: l4_timing(),
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board(
        "g0b1",
        "STM32G0B1, 128 KiB; every target has the same name",
        bootloader,
    )
}

/// Flash words of 32 bytes, blocks of 1024.
pub(super) fn h743() -> Board {
    let alternates = vec![
        // o-murphy/pydfuutil#15
        flash("@Internal Flash   /0x08000000/16*128Kg", &[(16, 128 * KIB)]),
        other(
            "@Option Bytes   /0x5200201C/01*128 e",
            AreaKind::OptionBytes,
            &[(0x5200_201C, 128)],
        ),
    ];
    let bootloader = Bootloader {
        functional: functional(1024),
        flash_word: 32,
        timing: h7_timing(),
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board("h743", "STM32H743, 2 MiB, blocks of 1024 bytes", bootloader)
}

/// Sector erases in bank 2 never leave dfuDNBUSY (betaflight PR 1861, 5348).
pub(super) fn h743_rev_v() -> Board {
    let mut board = h743();
    board.name = "h743-rev-v";
    board.about = "STM32H743 revision V: erasing bank 2 never reports its end";
    if let Some(bootloader) = &mut board.bootloader {
        bootloader.wedges_from = Some(Address(0x0810_0000));
    }
    board
}

/// Reports less time than it needs, as L4 ROMs do (ST's own tool corrects 10 ms to 40 on erase),
/// and answers dfuDNBUSY meanwhile.
pub(super) fn l475() -> Board {
    let alternates = vec![
        // mobilinkd/tnc3-firmware#12
        flash(
            "@Internal Flash  /0x08000000/0256*0002Kg",
            &[(256, 2 * KIB)],
        ),
        other(
            "@Option Bytes  /0x1FFF7800/01*040 e",
            AreaKind::OptionBytes,
            &[(0x1FFF_7800, 40)],
        ),
        other(
            "@OTP Memory /0x1FFF7000/01*0001Ke",
            AreaKind::OneTime,
            &[(0x1FFF_7000, KIB)],
        ),
        device_feature(),
    ];
    let bootloader = Bootloader {
        flash_word: 8,
        timing: l475_timing(),
        while_busy: WhileBusy::AnswerBusy,
        poll: too_short(5),
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board(
        "l475",
        "STM32L475, 512 KiB; reports less time than it needs",
        bootloader,
    )
}

/// As [`l475`], but it stalls when it is asked while busy: dfu-util tolerates three such stalls
/// for the L4.
pub(super) fn l433() -> Board {
    let alternates = vec![
        flash("@Internal Flash   /0x08000000/64*02Kg", &[(64, 2 * KIB)]),
        other(
            "@Option Bytes   /0x1FFF7800/01*40Be",
            AreaKind::OptionBytes,
            &[(0x1FFF_7800, 40)],
        ),
        other(
            "@OTP Memory   /0x1FFF7000/01*01Ke",
            AreaKind::OneTime,
            &[(0x1FFF_7000, KIB)],
        ),
    ];
    let bootloader = Bootloader {
        flash_word: 8,
        timing: l4_timing(),
        while_busy: WhileBusy::Stall,
        poll: too_short(10),
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board(
        "l433",
        "STM32L433, 128 KiB; reports too short a time, then stalls",
        bootloader,
    )
}

fn too_short(milliseconds: u32) -> Poll {
    let reported = Reported::Always(milliseconds);
    Poll {
        set_address: Reported::True,
        erase: reported,
        program: reported,
        mass_erase: reported,
    }
}

/// Pages of 256 bytes; reports 5 ms for an erase that ST's own tool waits 30 ms for.
pub(super) fn l152() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/1024*256 g", &[(1024, 256)]),
        other(
            "@Option Bytes  /0x1FF80000/01*032 e",
            AreaKind::OptionBytes,
            &[(0x1FF8_0000, 32)],
        ),
        other(
            "@DATA Memory /0x08080000/02*004Ke",
            AreaKind::Ram,
            &[(0x0808_0000, 8 * KIB)],
        ),
    ];
    let bootloader = Bootloader {
        timing: l1_timing(),
        poll: too_short(5),
        ..rom(st_identity(0x2200, SERIAL), alternates)
    };
    board(
        "l152",
        "STM32L152, 256 KiB in pages of 256 bytes",
        bootloader,
    )
}

/// Has no mass erase: the flash's top belongs to the radio (qFlipper).
pub(super) fn wb55() -> Board {
    let alternates = vec![
        flash("@Internal Flash   /0x08000000/256*04Kg", &[(256, 4 * KIB)]),
        other(
            "@Option Bytes   /0x1FFF8000/01*128 e",
            AreaKind::OptionBytes,
            &[(0x1FFF_8000, 128)],
        ),
        other(
            "@OTP Memory   /0x1FFF7000/01*01Ke",
            AreaKind::OneTime,
            &[(0x1FFF_7000, KIB)],
        ),
    ];
    let bootloader = Bootloader {
        flash_word: 8,
        timing: l4_timing(),
        mass_erase: false,
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board("wb55", "STM32WB55, 1 MiB; has no mass erase", bootloader)
}
