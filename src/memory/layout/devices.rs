//! Every layout string that was collected from listings and sources of real devices and that
//! `tests.rs` does not hold, each with its meaning and its source.

use super::tests::letter;
use super::*;

const KIB: u64 = 1 << 10;
const FLASH: u32 = 0x0800_0000;

enum Outcome {
    /// Name, `start + bytes` of each region, sectors, and the access of the runs.
    Memory(&'static str, &'static [(u32, u64)], u32, &'static str),
    NoMemory,
    /// Refused, and a part of the reason.
    Unreadable(&'static str),
}
use Outcome::{Memory, NoMemory, Unreadable};

#[rustfmt::skip]
const DEVICES: &[(&str, &str, Outcome)] = &[
    // ROMs of ST.
    ("zephyr sensortile_box (STM32L4R9)", "@Internal Flash  /0x08000000/512*0004Kg", Memory("Internal Flash", &[(FLASH, 2048 * KIB)], 512, "g")),
    ("zephyr sensortile_box (STM32L4R9)", "@Option Bytes  /0x1FF00000/01*040 e/0x1FF01000/01*040 e", Memory("Option Bytes", &[(0x1FF0_0000, 40), (0x1FF0_1000, 40)], 2, "ee")),
    ("zephyr sensortile_box (STM32L4R9)", "@OTP Memory /0x1FFF7000/01*0001Ke", Memory("OTP Memory", &[(0x1FFF_7000, KIB)], 1, "e")),
    ("commaai/panda python/dfu.py (STM32F413)", "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,011*128Kg", Memory("Internal Flash", &[(FLASH, 1536 * KIB)], 16, "ggg")),
    ("dfu-util -l of an STM32U083", "@Internal Flash    /0x08000000/128*02Kg", Memory("Internal Flash", &[(FLASH, 256 * KIB)], 128, "g")),
    ("dfu-util -l of an STM32U083", "@OB Bytes          /0x40022020/01*136 e", Memory("OB Bytes", &[(0x4002_2020, 136)], 1, "e")),
    ("dfu-util -l of an STM32U083", "@OTP Memory        /0x1FFF6800/01*1024 e", Memory("OTP Memory", &[(0x1FFF_6800, KIB)], 1, "e")),
    ("dfu-util -l of an STM32U083", "@ENGI Bytes        /0x1FFF6C00/01*1024.e", Memory("ENGI Bytes", &[(0x1FFF_6C00, KIB)], 1, "e")),
    ("a WebUSB flasher for the STM32C071", "@ENGI Bytes        /0x1FFF7500/01*768 e", Memory("ENGI Bytes", &[(0x1FFF_7500, 768)], 1, "e")),
    ("chcbaram/stm32h563-core (STM32H563)", "@Internal Flash   /0x08000000/256*08Kg", Memory("Internal Flash", &[(FLASH, 2048 * KIB)], 256, "g")),
    ("dfu-util -l of an STM32L5", "@Option Bytes   /0x40022040/01*48 e", Memory("Option Bytes", &[(0x4002_2040, 48)], 1, "e")),
    ("dfu-util -l of an STM32L5", "@OTP Memory   /0x1FFF7000/01*512 e", Memory("OTP Memory", &[(0x1FFF_7000, 512)], 1, "e")),
    ("a DFU handbook", "@Internal Flash  /0x08000000/01*064Ke", Memory("Internal Flash", &[(FLASH, 64 * KIB)], 1, "e")),
    // ST's OpenBootloader for the STM32C5 (openbl_usb_dfu_descriptors.h). The manufacturer's own
    // bytes and the read-only ones are neither erased nor written, whatever their type says.
    ("OpenBootloader, STM32C5", "@Internal Flash /0x08000000/64*08Kg", Memory("Internal Flash", &[(FLASH, 512 * KIB)], 64, "g")),
    ("OpenBootloader, STM32C5", "@Option Bytes /0x40022050/01*432e", Memory("Option Bytes", &[(0x4002_2050, 432)], 1, "e")),
    ("OpenBootloader, STM32C5", "@Read only Memory /0x08FFF800/01.5*01Kg", Memory("Read only Memory", &[(0x08FF_F800, 1536)], 2, "aa")),
    ("OpenBootloader, STM32C5", "@OTP Memory /0x08FFE000/04.5*01Kg", Memory("OTP Memory", &[(0x08FF_E000, 4608)], 5, "ee")),
    ("OpenBootloader, STM32C5", "@ENGI Memory /0x40022400/01*01Kg", Memory("ENGI Memory", &[(0x4002_2400, KIB)], 1, "e")),
    ("OpenBootloader, STM32C5", "@Device ID/0x44E,@Revision ID/0x0001", Unreadable("'0x44E,' is not a 32-bit address")),
    // STM32MP1 and N6.
    ("U-Boot, STM32MP1", "@FlashLayout/0x00/1*256Ke", Memory("FlashLayout", &[(0, 256 * KIB)], 1, "e")),
    ("TF-A, STM32MP1", "@virtual/0xf1/1*512Be", Memory("virtual", &[(0xF1, 512)], 1, "e")),
    ("U-Boot, STM32MP1", "@PMIC/0xf4/1*8Be", Memory("PMIC", &[(0xF4, 8)], 1, "e")),
    ("MetaModule (STM32MP1)", "@DDR RAM          /0xC4000000/1*32Me", Memory("DDR RAM", &[(0xC400_0000, 32 * 1024 * KIB)], 1, "e")),
    ("MetaModule (STM32MP1)", "@NOR Flash        /0x70080000/999*4Kg", Memory("NOR Flash", &[(0x7008_0000, 999 * 4 * KIB)], 999, "g")),
    // Its author meant 0x100 sectors; the string says 100.
    ("Betaflight's bootloader for the STM32N6", "@Betaflight  /0x70100000/0100*064Kg", Memory("Betaflight", &[(0x7010_0000, 6400 * KIB)], 100, "g")),
    ("Betaflight's bootloader for the STM32N6", "@Betaflight  /0x70100000/0800*064Kg", Memory("Betaflight", &[(0x7010_0000, 51_200 * KIB)], 800, "g")),
    ("Betaflight's bootloader for the STM32N6", "@DBGRAM /0x24100000/1*512Ba", Memory("DBGRAM", &[(0x2410_0000, 512)], 1, "a")),
    // Bootloaders in flash.
    ("NumWorks N0110", "@Flash/0x90030000/61*064Kg,64*064Kg", Memory("Flash", &[(0x9003_0000, 125 * 64 * KIB)], 125, "gg")),
    ("NumWorks N0110", "@SRAM/0x20000000/01*252Ke", Memory("SRAM", &[(0x2000_0000, 252 * KIB)], 1, "e")),
    ("Daisy bootloader", "@Flash /0x90000000/64*4Kg/0x90040000/60*64Kg/0x90400000/60*64Kg", Memory("Flash", &[(0x9000_0000, 7936 * KIB)], 184, "ggg")),
    ("Arduino Portenta H7", "@Internal Flash  2MB   /0x08000000/01*128Ka,15*128Kg", Memory("Internal Flash  2MB", &[(FLASH, 2048 * KIB)], 16, "ag")),
    ("Arduino Portenta H7", "@Ext RAW  Flash 16MB   /0x90000000/4096*4Kg", Memory("Ext RAW  Flash 16MB", &[(0x9000_0000, 16_384 * KIB)], 4096, "g")),
    ("Arduino Portenta H7", "@Ext File Flash 16MB   /0xA0000000/16*128Kg", Memory("Ext File Flash 16MB", &[(0xA000_0000, 2048 * KIB)], 16, "g")),
    ("Arduino Portenta H7", "@Ext File Flash  0MB   /0x00000000/0*4Kg", NoMemory),
    ("Arduino Portenta H7", "@Arduino  boot  v.25   /0x00000000/0*4Kg", NoMemory),
    ("Arduino UNO R4 (plain DFU)", "@CodeFlash /0x00000000/8*2Ka,120*2Kg", Memory("CodeFlash", &[(0, 256 * KIB)], 128, "ag")),
    ("Arduino UNO R4 (plain DFU)", "@DataFlash /0x08000000/8*1Kg", Memory("DataFlash", &[(FLASH, 8 * KIB)], 8, "g")),
    ("OpenMV (plain DFU)", "@romfs", Unreadable("names no region")),
    ("OpenMV (plain DFU)", "@fw", Unreadable("names no region")),
    ("GigaDevice's SDK, in_flash_if.h", "@Internal Flash   /0x08000000U/16U*001Ka,48U*001Kg", Memory("Internal Flash", &[(FLASH, 64 * KIB)], 64, "ag")),
    // The type is the letter behind the unit, as dfu-util reads it.
    ("a product on an STM32G4", "@Internal Flash   /0x08000000/256*02Kgd,", Memory("Internal Flash", &[(FLASH, 512 * KIB)], 256, "g")),
    ("ST's USBX example for the STM32H7RS", "@Internal Flash   /0x08000000/8*008Kg", Memory("Internal Flash", &[(FLASH, 64 * KIB)], 8, "g")),
    ("ST's STR910 demo", "@External Flash  /0x60000000/8*008Kg,63*064Kg", Memory("External Flash", &[(0x6000_0000, 4096 * KIB)], 71, "gg")),
    ("a bootloader in Rust", "@Flash/0x08000000/128*2Kf", Memory("Flash", &[(FLASH, 256 * KIB)], 128, "f")),
];

#[test]
fn every_collected_string_of_a_device_means_what_its_source_says() {
    for (source, text, outcome) in DEVICES {
        let context = format!("{source}: {text}");
        match (parse_layout(text), outcome) {
            (Ok(map), Memory(name, regions, sectors, access)) => {
                assert_eq!(map.name, *name, "{context}");
                let found = map.regions().into_iter();
                let found: Vec<_> = found.map(|r| (r.start().0, r.len())).collect();
                assert_eq!(found, *regions, "{context}");
                assert_eq!(map.sector_count(), *sectors, "{context}");
                let letters: String = map.runs().iter().map(|run| letter(run.access)).collect();
                assert_eq!(letters, *access, "{context}");
            }
            (Err(LayoutError::NoMemory { text: reported }), NoMemory) => {
                assert_eq!(reported, *text);
            }
            (Err(LayoutError::Unreadable { why, .. }), Unreadable(part)) => {
                assert!(why.contains(part), "{context}: {why}");
            }
            (result, _) => panic!("{context}: {result:?}"),
        }
    }
}

#[test]
fn a_fraction_of_a_sector_is_a_last_sector_of_whole_bytes() {
    let map = parse_layout("@OTP Memory /0x08FFE000/04.5*01Kg").unwrap();
    let sizes: Vec<u64> = map.sectors().map(|s| s.range.len()).collect();
    assert_eq!(sizes, [1024, 1024, 1024, 1024, 512]);
    for text in [
        "@F/0x0/1.3*1Kg",
        "@F/0x0/1.*1Kg",
        "@F/0x0/.5*1Kg",
        "@F/0x0/1.5.5*1Kg",
        "@F/0x0/1.00000000000000000000005*1Kg",
        "@F/0x0/4294967295.5*2 g",
    ] {
        parse_layout(text).expect_err(text);
    }
}
