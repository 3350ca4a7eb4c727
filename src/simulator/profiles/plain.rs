//! Bootloaders that speak plain DFU 1.1, without addresses. Their flash and its times are made up,
//! except where a comment says otherwise.

use crate::address::Address;
use crate::transport::FunctionalDescriptor;

use super::super::board::{
    ALL, Alternate, Area, AreaKind, Board, Bootloader, Dialect, Identity, Poll, READ_ONLY,
    Reported, WhileBusy,
};
use super::super::plain::{BlockCounting, GivesBack, Manifestation, OnDetach, OnReset, PlainDfu};
use super::Profile;
use super::families::{KIB, board, f1_timing, flash, functional, identity, rom, text};

pub(super) const BOARDS: &[Profile] = &[
    Profile::new("dfu11", "a plain DFU 1.1 device, without addresses", dfu11),
    Profile::new(
        "uno-r4",
        "Arduino UNO R4: plain DFU, with names as DfuSe has them",
        uno_r4,
    ),
    Profile::new(
        "tinyusb",
        "TinyUSB's DFU example: gives back a sentence instead of what it got",
        tinyusb,
    ),
    Profile::new(
        "tinyusb-0.9",
        "an older TinyUSB: asking too early is an error",
        tinyusb_0_9,
    ),
    Profile::new("dapboot", "dapboot on an STM32F103", dapboot),
    Profile::new(
        "embassy-boot",
        "embassy-boot's DFU: cannot be read, waits for a bus reset",
        embassy_boot,
    ),
    Profile::new(
        "maple",
        "STM32duino's bootloader: plain DFU with the version of DfuSe",
        maple,
    ),
    Profile::new(
        "zephyr",
        "Zephyr's DFU: only its second image can be written",
        zephyr,
    ),
    Profile::new("u-boot", "U-Boot's DFU: leaves after a DETACH", u_boot),
];

const MANIFESTATION_TOLERANT: u8 = 4;

fn attributes(attributes: u8, transfer_size: u16, dfu_version: u16) -> FunctionalDescriptor {
    FunctionalDescriptor {
        attributes,
        dfu_version,
        ..functional(transfer_size)
    }
}

/// A bootloader that erases as it writes.
fn plain(identity: Identity, alternates: Vec<Alternate>, plain: PlainDfu) -> Bootloader {
    Bootloader {
        dialect: Dialect::Dfu11,
        plain,
        functional: attributes(0x03 | MANIFESTATION_TOLERANT, 1024, 0x0110),
        commands: Vec::new(),
        mass_erase: false,
        timing: f1_timing(),
        flash_word: 2,
        while_busy: WhileBusy::AnswerBusy,
        ..rom(identity, alternates)
    }
}

fn memory(layout: &str, start: u32, runs: &[(u32, u32, crate::memory::Access)]) -> Alternate {
    Alternate {
        layout: text(layout),
        areas: vec![Area::new(AreaKind::Flash, start, runs)],
    }
}

/// As the specification has it.
fn dfu11() -> Board {
    let identity = identity(0x1209, 0x0001, "Example", "Plain DFU device").with_serial("0001");
    board(plain(
        identity,
        vec![flash("Firmware", &[(64, KIB)])],
        PlainDfu::DFU_1_1,
    ))
}

/// A Renesas RA4M1 that dfu-util writes as plain DFU: version 1.01, blocks of 64 bytes,
/// dfuMANIFEST and then dfuIDLE (a session of dfu-util 0.11). A Set Address would be written as
/// firmware.
fn uno_r4() -> Board {
    let alternates = vec![
        memory(
            "@CodeFlash /0x00000000/8*2Ka,120*2Kg",
            0,
            &[(128, 2 * KIB, ALL)],
        ),
        memory(
            "@DataFlash /0x08000000/8*1Kg",
            0x0800_0000,
            &[(8, KIB, ALL)],
        ),
    ];
    let identity = identity(0x2341, 0x0369, "Arduino", "UNO R4 Minima")
        .with_serial("370B0B185931393864FA33324B572E3F");
    let behaviour = PlainDfu {
        manifestation: Manifestation::ThenIdle,
        ..PlainDfu::DFU_1_1
    };
    board(Bootloader {
        functional: attributes(0x0B, 64, 0x0101),
        ..plain(identity, alternates, behaviour)
    })
}

/// examples/device/dfu and src/class/dfu/dfu_device.c: two partitions, 1 ms for the first; an upload
/// is a sentence, whatever was written; DETACH is accepted, and the example does nothing then;
/// CLRSTATUS and ABORT lead to dfuIDLE from anywhere.
fn tinyusb() -> Board {
    let alternates = vec![
        flash("FLASH", &[(64, KIB)]),
        memory("EEPROM", 0x0810_0000, &[(8, KIB, ALL)]),
    ];
    let behaviour = PlainDfu {
        manifestation: Manifestation::ThenIdle,
        gives_back: GivesBack::Text("Hello world from TinyUSB DFU! - Partition 0"),
        on_detach: OnDetach::Ignores,
        on_reset: OnReset::Stays,
        ..PlainDfu::DFU_1_1
    };
    let identity = identity(0xCAFE, 0x4000, "TinyUSB", "TinyUSB Device").with_serial("123456");
    board(Bootloader {
        functional: attributes(0x03 | MANIFESTATION_TOLERANT, 64, 0x0101),
        ..plain(identity, alternates, behaviour)
    })
}

/// src/class/dfu/dfu_device.c at 01661b3f: in dfuDNBUSY every request stalls and leads to dfuERROR.
fn tinyusb_0_9() -> Board {
    let mut board = tinyusb();
    if let Some(bootloader) = &mut board.bootloader {
        bootloader.while_busy = WhileBusy::EnterError;
        bootloader.plain.gives_back = GivesBack::Memory;
        bootloader.alternates.truncate(1);
    }
    board
}

/// src/dfu.c: counts for itself from dfuIDLE on, reports 100 ms for each block and leaves after
/// dfuMANIFEST; DETACH is an error.
fn dapboot() -> Board {
    let identity = identity(0x1209, 0xDB42, "Devanlai", "DAPBoot DFU Bootloader")
        .with_serial("0123456789ABCDEF");
    let behaviour = PlainDfu {
        counting: BlockCounting::Running,
        manifestation: Manifestation::Leaves,
        on_reset: OnReset::Stays,
        ..PlainDfu::DFU_1_1
    };
    let program = memory("DAPBoot DFU", 0x0800_2000, &[(56, KIB, ALL)]);
    board(Bootloader {
        functional: attributes(0x0B, 1024, 0x0110),
        poll: Poll {
            program: Reported::Always(100),
            ..Poll::TRUE
        },
        ..plain(identity, vec![program], behaviour)
    })
}

/// embassy-usb 0.6, class/dfu/dfu_mode.rs: counts for itself from block 0 on, reports 50 ms for
/// anything, stalls uploads, stays in dfuMANIFEST and restarts at a bus reset then. Written here is the second slot, which
/// embassy-boot swaps in later.
fn embassy_boot() -> Board {
    let identity = identity(0xC0DE, 0xCAFE, "Embassy", "USB-DFU Bootloader").with_serial("1235678");
    let behaviour = PlainDfu {
        counting: BlockCounting::Running,
        manifestation: Manifestation::Stays,
        on_detach: OnDetach::Ignores,
        on_reset: OnReset::Stays,
        ..PlainDfu::DFU_1_1
    };
    let mut slot = flash("", &[(16, 4 * KIB)]);
    slot.layout = None;
    board(Bootloader {
        functional: attributes(0x01, 4096, 0x0110),
        unreadable: true,
        poll: Poll::always(50),
        ..plain(identity, vec![slot], behaviour)
    })
}

/// dfu-util -l and -D of STM32duino boards: the version of DfuSe, three settings of which the first
/// is RAM, dfuMANIFEST-WAIT-RESET at the end, a hard reset then (dfuUpdateByReset); an upload ends
/// with an error after the last byte (dfu-util -U: "Error during upload").
fn maple() -> Board {
    let name = |target: &str| format!("STM32duino bootloader v1.0  {target}");
    let alternates = vec![
        memory(
            &name("ERROR. Upload to RAM not supported."),
            0x2000_0000,
            &[(1, KIB, READ_ONLY)],
        ),
        memory(
            &name("Upload to Flash 0x8005000"),
            0x0800_5000,
            &[(108, KIB, ALL)],
        ),
        memory(
            &name("Upload to Flash 0x8002000"),
            0x0800_2000,
            &[(120, KIB, ALL)],
        ),
    ];
    let behaviour = PlainDfu {
        counting: BlockCounting::Running,
        gives_back: GivesBack::MemoryThenError,
        manifestation: Manifestation::AwaitsReset,
        on_reset: OnReset::Stays,
        ..PlainDfu::DFU_1_1
    };
    let identity = Identity {
        version: 0x0201,
        ..identity(0x1EAF, 0x0003, "LeafLabs", "Maple 003").with_serial("LLM 003")
    };
    board(Bootloader {
        functional: attributes(0x03, 1024, 0x011A),
        ..plain(identity, alternates, behaviour)
    })
}

/// subsys/usb/class/usb_dfu.c: the first image is the running one and cannot be written (errWRITE),
/// the second is marked for a swap at the end.
fn zephyr() -> Board {
    let alternates = vec![
        memory("image_0", 0x0801_0000, &[(32, KIB, READ_ONLY)]),
        memory("image_1", 0x0802_0000, &[(32, KIB, ALL)]),
    ];
    let behaviour = PlainDfu {
        counting: BlockCounting::Running,
        on_reset: OnReset::Stays,
        ..PlainDfu::DFU_1_1
    };
    let identity = identity(0x2FE3, 0x0005, "ZEPHYR", "USBD_DFU").with_serial("0.01");
    board(Bootloader {
        functional: attributes(0x03 | MANIFESTATION_TOLERANT, 128, 0x0110),
        ..plain(identity, alternates, behaviour)
    })
    .holding(Address(0x0801_0000), vec![0x5A; 32 << 10])
}

/// drivers/usb/gadget/f_dfu.c: dfuMANIFEST, then dfuIDLE; a DETACH in dfuIDLE ends DFU mode. The
/// memory behind is cut to 64 KiB here.
fn u_boot() -> Board {
    let behaviour = PlainDfu {
        manifestation: Manifestation::ThenIdle,
        on_detach: OnDetach::Leaves,
        on_reset: OnReset::Stays,
        ..PlainDfu::DFU_1_1
    };
    let identity = identity(0x0525, 0xA4A5, "U-Boot", "USB download gadget");
    board(Bootloader {
        functional: attributes(0x0B | MANIFESTATION_TOLERANT, 4096, 0x0110),
        ..plain(
            identity,
            vec![flash("sdcard_rootfs", &[(64, KIB)])],
            behaviour,
        )
    })
}
