//! The later STM32 families with their ROM bootloader: G, H, L, W and C.

use crate::address::Address;

use super::super::board::{
    Alternate, AreaKind, Board, Bootloader, ClearOutsideError, Poll, Reported, WhileBusy,
};
use super::Profile;
use super::families::{
    KIB, board, device_feature, flash, functional, h7_timing, l0_timing, l1_timing, l4_timing,
    l475_timing, one_time, option_bytes, other, st_rom,
};
use super::option_bytes as options;

pub(super) const BOARDS: &[Profile] = &[
    // All three settings carry the name of the flash (BTT U2C and EBB boards).
    Profile::new(
        "g0b1",
        "STM32G0B1, 128 KiB; every target has the same name",
        || {
            let layout = "@Internal Flash   /0x08000000/64*02Kg";
            board(g4(vec![
                flash(layout, &[(64, 2 * KIB)]),
                option_bytes(layout, 0x1FFF_7800, 128),
                one_time(layout, 0x1FFF_7000, 1024),
            ]))
        },
    ),
    // Option bytes in two regions of one string (dfu-util).
    Profile::new(
        "g431",
        "STM32G431, 128 KiB; has fewer option bytes than it announces",
        || {
            let announced = "@Option Bytes   /0x1FFF7800/01*048 e";
            let targets = vec![
                flash("@Internal Flash   /0x08000000/64*02Kg", &[(64, 2 * KIB)]),
                option_bytes(announced, 0x1FFF_7800, 40),
                one_time("@OTP Memory   /0x1FFF7000/01*1024 e", 0x1FFF_7000, 1024),
            ];
            board(g4(targets).with_option_bytes(options::g431()))
        },
    ),
    Profile::new("g474", "STM32G474, 512 KiB, blocks of 1024 bytes", || {
        let targets = vec![
            flash("@Internal Flash   /0x08000000/256*02Kg", &[(256, 2 * KIB)]),
            other(
                "@Option Bytes   /0x1FFF7800/01*048 e/0x1FFFF800/01*048 e",
                AreaKind::OptionBytes,
                &[(0x1FFF_7800, 48), (0x1FFF_F800, 48)],
            ),
            one_time("@OTP Memory   /0x1FFF7000/01*1024 e", 0x1FFF_7000, 1024),
        ];
        board(g4(targets).with_option_bytes(options::g474()))
    })
    .in_menu(),
    Profile::new("h743", "STM32H743, 2 MiB, blocks of 1024 bytes", || {
        board(h7())
    })
    .in_menu(),
    Profile::new(
        "h743-rev-v",
        "STM32H743 revision V: erasing bank 2 never reports its end",
        || {
            board(Bootloader {
                // betaflight PR 1861, 5348
                hangs_from: Some(Address(0x0810_0000)),
                ..h7()
            })
        },
    ),
    // The ROM announces 192 KiB on parts with 64 and 128 KiB as well (ST community 92276).
    Profile::new("l072", "STM32L072, 192 KiB in pages of 128 bytes", || {
        let alternates = vec![
            flash("@Internal Flash  /0x08000000/1536*128g", &[(1536, 128)]),
            option_bytes("@Option Bytes  /0x1FF80000/01*032 e", 0x1FF8_0000, 32),
            other(
                "@DATA Memory /0x08080000/2*3Ke",
                AreaKind::Ram,
                &[(0x0808_0000, 6 * KIB)],
            ),
        ];
        board(
            Bootloader {
                erased: 0x00,
                timing: l0_timing(),
                // ST's own tool waits 40 ms.
                poll: too_short_an_erase(10),
                ..st_rom(0x2200, alternates)
            }
            .with_option_bytes(options::l0(0x8070)),
        )
    }),
    Profile::new("l152", "STM32L152, 256 KiB in pages of 256 bytes", || {
        let alternates = vec![
            flash("@Internal Flash  /0x08000000/1024*256 g", &[(1024, 256)]),
            option_bytes("@Option Bytes  /0x1FF80000/01*032 e", 0x1FF8_0000, 32),
            other(
                "@DATA Memory /0x08080000/02*004Ke",
                AreaKind::Ram,
                &[(0x0808_0000, 8 * KIB)],
            ),
        ];
        board(
            Bootloader {
                erased: 0x00,
                timing: l1_timing(),
                // ST's own tool waits 30 ms.
                poll: too_short_an_erase(5),
                ..st_rom(0x2200, alternates)
            }
            .with_option_bytes(options::l0(0x00F8)),
        )
    }),
    // Stalls when it is asked while busy: dfu-util tolerates three such stalls for the L4.
    Profile::new(
        "l433",
        "STM32L433, 128 KiB; reports too short an erase, then stalls",
        || {
            board(
                Bootloader {
                    while_busy: WhileBusy::Stall,
                    poll: too_short_an_erase(10),
                    ..l4(vec![
                        flash("@Internal Flash   /0x08000000/64*02Kg", &[(64, 2 * KIB)]),
                        option_bytes("@Option Bytes   /0x1FFF7800/01*40Be", 0x1FFF_7800, 40),
                        one_time("@OTP Memory   /0x1FFF7000/01*01Ke", 0x1FFF_7000, KIB),
                    ])
                }
                .with_option_bytes(options::l4(0xFFFF_F8AA, true)),
            )
        },
    ),
    // Reports less time than an erase needs, as L4 ROMs do (ST's own tool corrects 10 ms to 40 on
    // erase), and answers dfuDNBUSY meanwhile.
    Profile::new(
        "l475",
        "STM32L475, 512 KiB; reports less time than an erase needs",
        || {
            board(
                Bootloader {
                    timing: l475_timing(),
                    while_busy: WhileBusy::AnswerBusy,
                    poll: too_short_an_erase(5),
                    ..l4(vec![
                        // mobilinkd/tnc3-firmware#12
                        flash(
                            "@Internal Flash  /0x08000000/0256*0002Kg",
                            &[(256, 2 * KIB)],
                        ),
                        option_bytes("@Option Bytes  /0x1FFF7800/01*040 e", 0x1FFF_7800, 40),
                        one_time("@OTP Memory /0x1FFF7000/01*0001Ke", 0x1FFF_7000, KIB),
                        device_feature(),
                    ])
                }
                .with_option_bytes(options::l4(0xFFEF_F8AA, false)),
            )
        },
    )
    .in_menu(),
    // The flash's top belongs to the radio (qFlipper).
    Profile::new("wb55", "STM32WB55, 1 MiB; has no mass erase", wb55),
    // ISDFUFirmwareUpdater.h of Inertial Sense.
    Profile::new("u575", "STM32U575, 1 MiB", || {
        let targets = vec![
            flash("@Internal Flash   /0x08000000/128*08Kg", &[(128, 8 * KIB)]),
            option_bytes("@Option Bytes   /0x40022040/01*64 e", 0x4002_2040, 64),
            one_time("@OTP Memory   /0x0BFA0000/01*512 e", 0x0BFA_0000, 512),
        ];
        board(
            Bootloader {
                flash_word: 16,
                ..g4(targets)
            }
            .with_option_bytes(options::u575()),
        )
    }),
    // A request for the functional descriptor alone is never answered, and there are no option
    // bytes (betaflight PR#5300). The layout is an assumption.
    Profile::new(
        "c5",
        "STM32C5: stalls a CLRSTATUS that is not needed",
        || {
            let layout = "@Internal Flash   /0x08000000/64*08Kg";
            board(Bootloader {
                flash_word: 16,
                clear_outside_error: ClearOutsideError::Stalls,
                answers_functional_request: false,
                ..g4(vec![flash(layout, &[(64, 8 * KIB)])])
            })
        },
    ),
];

/// L4 and WB.
fn l4(alternates: Vec<Alternate>) -> Bootloader {
    Bootloader {
        flash_word: 8,
        timing: l4_timing(),
        ..st_rom(0x0200, alternates)
    }
}

/// As [`l4`], with blocks of 1024 bytes.
fn g4(alternates: Vec<Alternate>) -> Bootloader {
    Bootloader {
        functional: functional(1024),
        ..l4(alternates)
    }
}

pub(super) fn wb55() -> Board {
    board(
        Bootloader {
            mass_erase: false,
            ..l4(vec![
                flash("@Internal Flash   /0x08000000/256*04Kg", &[(256, 4 * KIB)]),
                option_bytes("@Option Bytes   /0x1FFF8000/01*128 e", 0x1FFF_8000, 128),
                one_time("@OTP Memory   /0x1FFF7000/01*01Ke", 0x1FFF_7000, KIB),
            ])
        }
        .with_option_bytes(options::wb55()),
    )
}

/// Flash words of 32 bytes, blocks of 1024.
pub(super) fn h7() -> Bootloader {
    let alternates = vec![
        // o-murphy/pydfuutil#15
        flash("@Internal Flash   /0x08000000/16*128Kg", &[(16, 128 * KIB)]),
        option_bytes("@Option Bytes   /0x5200201C/01*128 e", 0x5200_201C, 128),
    ];
    Bootloader {
        functional: functional(1024),
        flash_word: 32,
        timing: h7_timing(),
        ..st_rom(0x0200, alternates)
    }
    .with_option_bytes(options::h743())
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
