//! The later STM32 families with their ROM bootloader: G, H, L, W and C.

use crate::address::Address;

use super::super::board::{
    AreaKind, Board, Bootloader, ClearOutsideError, Poll, Reported, WhileBusy,
};
use super::families::{
    KIB, SERIAL, board, device_feature, flash, functional, h7_timing, l1_timing, l4_timing,
    l475_timing, other, rom, st_identity,
};

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

/// Reports less time than an erase needs, as L4 ROMs do (ST's own tool corrects 10 ms to 40 on erase),
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
        poll: too_short_an_erase(5),
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board(
        "l475",
        "STM32L475, 512 KiB; reports less time than an erase needs",
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
        poll: too_short_an_erase(10),
        ..rom(st_identity(0x0200, SERIAL), alternates)
    };
    board(
        "l433",
        "STM32L433, 128 KiB; reports too short an erase, then stalls",
        bootloader,
    )
}

/// Only the erase: that is what dfu-util and ST's own tool correct.
fn too_short_an_erase(milliseconds: u32) -> Poll {
    let reported = Reported::Always(milliseconds);
    Poll {
        erase: reported,
        mass_erase: reported,
        ..Poll::TRUE
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
        poll: too_short_an_erase(5),
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

/// CLRSTATUS outside dfuERROR stalls, a request for the functional descriptor alone is never
/// answered, and there are no option bytes (betaflight PR#5300). The layout is an assumption.
pub(super) fn c5() -> Board {
    let layout = "@Internal Flash   /0x08000000/64*08Kg";
    let bootloader = Bootloader {
        functional: functional(1024),
        flash_word: 16,
        timing: l4_timing(),
        clear_outside_error: ClearOutsideError::Stalls,
        answers_functional_request: false,
        ..rom(
            st_identity(0x0200, "3065346A3433"),
            vec![flash(layout, &[(64, 8 * KIB)])],
        )
    };
    board(
        "c5",
        "STM32C5: stalls a CLRSTATUS that is not needed",
        bootloader,
    )
}
