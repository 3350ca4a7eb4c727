//! Boards that speak DFU and are no STM32 with a ROM bootloader.

use crate::address::Address;
use crate::transport::FunctionalDescriptor;

use super::super::board::{
    ALL, Alternate, Area, AreaKind, Board, Bootloader, Dialect, Identity, Poll, READ_ONLY,
    READ_WRITE, Reported, SerialEncoding, pseudo_random,
};
use super::families::{
    KIB, board, f1_timing, f4_timing, flash, functional, gd32_timing, identity, other, rom,
    st_identity, text,
};

/// STM32MP: the settings are partitions of a boot medium, not flash at an address, behind the
/// same 0483:df11 (seen in public logs). The memory behind the largest is cut to 1 MiB here.
pub(super) fn mp1() -> Board {
    let partition = |layout: &str, start, size, access| Alternate {
        layout: Some(layout.to_owned()),
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
    let bootloader = Bootloader {
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        ..rom(identity, alternates)
    };
    board(
        "mp1",
        "STM32MP1: partitions, no flash at an address",
        bootloader,
    )
}

/// The layout string is wrong (twice the page size, eight times the memory); the serial number
/// tells the size ("B" = 128 KiB) and is UTF-8. Reports 100 ms for an erase and 104 for the rest
/// (dfu-util quirks.c, fwupd, gd32-dfu-utils#3, aw/fiveforths#20).
pub(super) fn gd32vf103() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/512*002Kg", &[(128, KIB)]),
        other(
            "@Option Bytes  /0x1FFFF800/01*016 g",
            AreaKind::OptionBytes,
            &[(0x1FFF_F800, 16)],
        ),
    ];
    let identity = Identity {
        serial_encoding: SerialEncoding::Utf8,
        ..identity(0x28E9, 0x0189, "GigaDevice", "GD32 0x418 DFU Bootloader").with_serial("3CBJ")
    };
    let bootloader = Bootloader {
        timing: gd32_timing(),
        poll: Poll {
            erase: Reported::Always(100),
            ..Poll::always(104)
        },
        ..rom(identity, alternates)
    };
    board(
        "gd32vf103",
        "GD32VF103 with a wrong memory layout",
        bootloader,
    )
}

/// Spaces where nobody expects them (betaflight).
pub(super) fn at32f415() -> Board {
    let alternates = vec![
        flash("@Internal Flash  /0x08000000/ 128*1Kg", &[(128, KIB)]),
        other(
            "@Option Byte   /0x1FFFF800/02*016 e",
            AreaKind::OptionBytes,
            &[(0x1FFF_F800, 32)],
        ),
    ];
    let identity = Identity {
        version: 0x0200,
        ..identity(0x2E3C, 0xDF11, "Artery-Tech", "AT32 Bootloader DFU").with_serial("AT32")
    };
    let bootloader = Bootloader {
        timing: f1_timing(),
        ..rom(identity, alternates)
    };
    board("at32f415", "AT32F415, an STM32 clone", bootloader)
}

/// Interface protocol 0 with bcdDFU 1.1a, and two memories (dfu-util).
pub(super) fn dso_nano() -> Board {
    let runs = [(12, KIB, READ_ONLY), (116, KIB, ALL)];
    let spi_runs = [(128, 64 * KIB, ALL)];
    let alternates = vec![
        Alternate {
            layout: text("@Internal Flash  /0x08000000/12*001Ka,116*001Kg"),
            areas: vec![Area::new(AreaKind::Flash, 0x0800_0000, &runs)],
        },
        Alternate {
            layout: text("@SPI Flash : M25P64/0x00000000/64*064Kg,64*064Kg"),
            areas: vec![Area::new(AreaKind::Flash, 0, &spi_runs)],
        },
    ];
    let bootloader = Bootloader {
        protocol: 0,
        flash_word: 2,
        timing: f1_timing(),
        commands: vec![0x00, 0x21, 0x41],
        mass_erase: false,
        functional: functional(1024),
        program_at: Some(Address(0x0800_3000)),
        ..rom(st_identity(0x0200, "001"), alternates)
    };
    board(
        "dso-nano",
        "a DSO Nano: DfuSe under interface protocol 0",
        bootloader,
    )
    .holding(Address::FLASH, pseudo_random(12, 12 * u64::from(KIB)))
}

/// No addresses, no commands, no layout: blocks from 0, and the device erases as it goes.
pub(super) fn dfu11() -> Board {
    let bootloader = Bootloader {
        dialect: Dialect::Dfu11,
        functional: FunctionalDescriptor {
            attributes: 0x03,
            detach_timeout: 255,
            transfer_size: 1024,
            dfu_version: 0x0110,
        },
        timing: f4_timing(),
        commands: Vec::new(),
        mass_erase: false,
        ..rom(
            identity(0x1209, 0xDB42, "Example", "Plain DFU device").with_serial("0001"),
            vec![flash("Firmware", &[(64, KIB)])],
        )
    };
    board(
        "dfu11",
        "a plain DFU 1.1 device, without addresses",
        bootloader,
    )
}
