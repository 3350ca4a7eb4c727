//! Boards that speak DFU and are no STM32 with a ROM bootloader.

use crate::address::Address;
use crate::transport::FunctionalDescriptor;

use super::super::board::{
    ALL, Alternate, Area, AreaKind, Board, Bootloader, Identity, Poll, READ_ONLY, READ_WRITE,
    Reported, SerialEncoding, pseudo_random,
};
use super::Profile;
use super::families::{
    KIB, board, f1_timing, flash, functional, gd32_timing, identity, option_bytes, rom,
    st_identity, text,
};

pub(super) const BOARDS: &[Profile] = &[
    Profile::new(
        "gd32vf103",
        "GD32VF103 with a wrong memory layout",
        gd32vf103,
    ),
    Profile::new("at32f415", "AT32F415, an STM32 clone", at32f415),
    Profile::new(
        "dso-nano",
        "a DSO Nano: DfuSe under interface protocol 0",
        dso_nano,
    ),
    Profile::new("mp1", "STM32MP1: partitions, no flash at an address", mp1),
    Profile::new(
        "numworks",
        "NumWorks N0110: DfuSe, with the version of plain DFU",
        numworks,
    ),
];

/// The layout string is wrong (twice the page size, eight times the memory); the serial number
/// gives the size ("B" = 128 KiB) and is UTF-8. Reports 100 ms for an erase and 104 for the rest
/// (dfu-util quirks.c, fwupd, gd32-dfu-utils#3, aw/fiveforths#20).
fn gd32vf103() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/512*002Kg", &[(128, KIB)]),
        option_bytes("@Option Bytes  /0x1FFFF800/01*016 g", 0x1FFF_F800, 16),
    ];
    let identity = Identity {
        serial_encoding: SerialEncoding::Utf8,
        ..identity(0x28E9, 0x0189, "GigaDevice", "GD32 0x418 DFU Bootloader").with_serial("3CBJ")
    };
    board(Bootloader {
        leaves_at_once: true,
        timing: gd32_timing(),
        poll: Poll {
            erase: Reported::Always(100),
            ..Poll::always(104)
        },
        ..rom(identity, alternates)
    })
}

/// Spaces in unusual places (betaflight).
fn at32f415() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/ 128*1Kg", &[(128, KIB)]),
        option_bytes("@Option Byte   /0x1FFFF800/02*016 e", 0x1FFF_F800, 32),
    ];
    let identity = Identity {
        version: 0x0200,
        ..identity(0x2E3C, 0xDF11, "Artery-Tech", "AT32 Bootloader DFU").with_serial("AT32")
    };
    board(Bootloader {
        timing: f1_timing(),
        ..rom(identity, alternates)
    })
}

/// Interface protocol 0 with bcdDFU 1.1a, and two memories (dfu-util).
fn dso_nano() -> Board {
    let memory = |layout, start, runs: &[_]| Alternate {
        layout: text(layout),
        areas: vec![Area::new(AreaKind::Flash, start, runs)],
    };
    let alternates = vec![
        memory(
            "@Internal Flash  /0x08000000/12*001Ka,116*001Kg",
            0x0800_0000,
            &[(12, KIB, READ_ONLY), (116, KIB, ALL)],
        ),
        memory(
            "@SPI Flash : M25P64/0x00000000/64*064Kg,64*064Kg",
            0,
            &[(128, 64 * KIB, ALL)],
        ),
    ];
    board(Bootloader {
        protocol: 0,
        functional: functional(1024),
        flash_word: 2,
        timing: f1_timing(),
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        program_at: Some(Address(0x0800_3000)),
        ..rom(st_identity(0x0200, "001"), alternates)
    })
    .holding(Address::FLASH, pseudo_random(12, 12 * u64::from(KIB)))
}

/// STM32MP: the settings are partitions of a boot medium, not flash at an address, behind the
/// same 0483:df11 (seen in public logs). The memory behind the largest is cut to 1 MiB here.
fn mp1() -> Board {
    let partition = |layout, start, size, access| Alternate {
        layout: text(layout),
        areas: vec![Area::new(AreaKind::Ram, start, &[(1, size, access)])],
    };
    let alternates = vec![
        partition("@Partition0 /0x00/1*256Ke", 0, 256 * KIB, READ_WRITE),
        partition("@FSBL /0x01/1*1Me", 1, 1024 * KIB, READ_WRITE),
        partition("@Partition2 /0x02/1*1Me", 2, 1024 * KIB, READ_WRITE),
        partition("@Partition3 /0x03/1*16Me", 3, 1024 * KIB, READ_WRITE),
        partition("@virtual /0xF1/1*512Ba", 0xF1, 512, READ_ONLY),
    ];
    let mut identity = st_identity(0x0200, "003B00223138510B31373439");
    identity.product_name = text("DFU in HS Mode @Device ID /0x500, @Revision ID /0x0000");
    board(Bootloader {
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        ..rom(identity, alternates)
    })
}

/// lsusb of an N0110 and its documentation ("Addresses and structures"): version 1.00, no
/// WillDetach, and DfuSe all the same; its program offers it, the running slot is left out.
fn numworks() -> Board {
    let alternates = vec![
        Alternate {
            layout: text("@Flash/0x90030000/61*064Kg,64*064Kg"),
            areas: vec![Area::new(
                AreaKind::Flash,
                0x9003_0000,
                &[(125, 64 * KIB, ALL)],
            )],
        },
        Alternate {
            layout: text("@SRAM/0x20000000/01*252Ke"),
            areas: vec![Area::new(
                AreaKind::Ram,
                0x2000_0000,
                &[(1, 252 * KIB, READ_WRITE)],
            )],
        },
    ];
    let identity = Identity {
        version: 0x0110,
        ..identity(0x0483, 0xA291, "NumWorks", "NumWorks Calculator")
            .with_serial("XXXXXXXXXXXXXXXX")
    };
    board(Bootloader {
        functional: FunctionalDescriptor {
            attributes: 0x03,
            detach_timeout: 0,
            dfu_version: 0x0100,
            ..functional(2048)
        },
        commands: vec![0x21, 0x41],
        mass_erase: false,
        program_at: Some(Address(0x9003_0000)),
        ..rom(identity, alternates)
    })
}
