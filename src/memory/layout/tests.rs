use super::*;
use proptest::prelude::*;

/// A string as a board sent it, and its meaning: name, `start+bytes` of each region, sectors,
/// and the access of the runs.
type Row = (
    &'static str,
    &'static str,
    &'static [(u32, u64)],
    u32,
    &'static str,
);

const KIB: u64 = 1 << 10;
const FLASH: u32 = 0x0800_0000;

/// ROM bootloaders of ST parts. Sources: dfu-util device-logs (F105/F107, F4), rusefi/dfu_java
/// F407usb.txt, betaflight and iNav usbdfu.js comments, zmk#1711 (F411), sboot_stm32#25 (F072),
/// tnc3-firmware#12 (L4), pydfuutil#15 and EdgeTX/rs-dfu tests (H7), ArduPilot "Loading firmware"
/// (F42x), inertial-sense-sdk (U5), STM32CubeG0 OpenBootloader.
#[rustfmt::skip]
const ROMS: &[Row] = &[
    ("@Internal Flash  /0x08000000/128*002Kg", "Internal Flash", &[(FLASH, 256 * KIB)], 128, "g"),
    ("@Option Bytes  /0x1FFFF800/01*016 g", "Option Bytes", &[(0x1FFF_F800, 16)], 1, "e"),
    ("@Option Bytes  /0x1FFFF800/01*016 e", "Option Bytes", &[(0x1FFF_F800, 16)], 1, "e"),
    ("@Internal Flash  /0x08000000/032*0001Kg", "Internal Flash", &[(FLASH, 32 * KIB)], 32, "g"),
    ("@Internal Flash  /0x08000000/064*0002Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 64, "g"),
    ("@Internal Flash  /0x08000000/128*0002Kg", "Internal Flash", &[(FLASH, 256 * KIB)], 128, "g"),
    ("@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 12, "ggg"),
    ("@Option Bytes  /0x1FFFC000/01*016 g", "Option Bytes", &[(0x1FFF_C000, 16)], 1, "e"),
    ("@Option Bytes  /0x1FFFC000/01*016 e", "Option Bytes", &[(0x1FFF_C000, 16)], 1, "e"),
    ("@OTP Memory /0x1FFF7800/01*512 g,01*016 g", "OTP Memory", &[(0x1FFF_7800, 528)], 2, "ee"),
    ("@OTP Memory /0x1FFF7800/01*512 e,01*016 e", "OTP Memory", &[(0x1FFF_7800, 528)], 2, "ee"),
    ("@Device Feature/0xFFFF0000/01*004 e", "Device Feature", &[(0xFFFF_0000, 4)], 1, "e"),
    ("@Internal Flash  /0x08000000/04*016Kg,01*064Kg,03*128Kg", "Internal Flash", &[(FLASH, 512 * KIB)], 8, "ggg"),
    ("@Internal Flash  /0x08000000/04*016Kg,01*64Kg,03*128Kg", "Internal Flash", &[(FLASH, 512 * KIB)], 8, "ggg"),
    ("@Internal Flash  /0x08000000/04*032Kg,01*128Kg,03*256Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 8, "ggg"),
    ("@Internal Flash  /0x08000000/1536*128g", "Internal Flash", &[(FLASH, 192 * KIB)], 1536, "g"),
    ("@Internal Flash  /0x08000000/1536*128 g", "Internal Flash", &[(FLASH, 192 * KIB)], 1536, "g"),
    ("@Option Bytes  /0x1FF80000/01*032 e", "Option Bytes", &[(0x1FF8_0000, 32)], 1, "e"),
    ("@DATA Memory /0x08080000/2*3Ke", "DATA Memory", &[(0x0808_0000, 6 * KIB)], 2, "e"),
    ("@Internal Flash  /0x08000000/1024*256 g", "Internal Flash", &[(FLASH, 256 * KIB)], 1024, "g"),
    ("@DATA Memory /0x08080000/02*004Ke", "DATA Memory", &[(0x0808_0000, 8 * KIB)], 2, "e"),
    ("@Internal Flash  /0x08000000/0128*0002Kg", "Internal Flash", &[(FLASH, 256 * KIB)], 128, "g"),
    ("@Internal Flash  /0x08000000/0256*0002Kg", "Internal Flash", &[(FLASH, 512 * KIB)], 256, "g"),
    ("@Option Bytes  /0x1FFF7800/01*040 e", "Option Bytes", &[(0x1FFF_7800, 40)], 1, "e"),
    ("@OTP Memory /0x1FFF7000/01*0001Ke", "OTP Memory", &[(0x1FFF_7000, KIB)], 1, "e"),
    ("@Internal Flash   /0x08000000/64*02Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 64, "g"),
    ("@Option Bytes   /0x1FFF7800/01*40Be", "Option Bytes", &[(0x1FFF_7800, 40)], 1, "e"),
    ("@OTP Memory   /0x1FFF7000/01*01Ke", "OTP Memory", &[(0x1FFF_7000, KIB)], 1, "e"),
    ("@Internal Flash   /0x08000000/256*02Kg", "Internal Flash", &[(FLASH, 512 * KIB)], 256, "g"),
    ("@Option Bytes   /0x1FFF7800/01*048 e/0x1FFFF800/01*048 e", "Option Bytes", &[(0x1FFF_7800, 48), (0x1FFF_F800, 48)], 2, "ee"),
    ("@OTP Memory   /0x1FFF7000/01*1024 e", "OTP Memory", &[(0x1FFF_7000, KIB)], 1, "e"),
    ("@OTP Memory   /0x1FFF7000/01*1024.e", "OTP Memory", &[(0x1FFF_7000, KIB)], 1, "e"),
    ("@OTP Memory   /0x1FFF7000/01*512 e", "OTP Memory", &[(0x1FFF_7000, 512)], 1, "e"),
    ("@OTP Memory   /0x1FFF7800/01*512g", "OTP Memory", &[(0x1FFF_7800, 512)], 1, "e"),
    ("@OTP Memory   /0x1FFF7800/01*528e", "OTP Memory", &[(0x1FFF_7800, 528)], 1, "e"),
    ("@Internal Flash   /0x08000000/16*128Kg", "Internal Flash", &[(FLASH, 2048 * KIB)], 16, "g"),
    ("@Internal Flash   /0x08000000/8*128Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 8, "g"),
    ("@Internal Flash   /0x08000000/256*08Kg", "Internal Flash", &[(FLASH, 2048 * KIB)], 256, "g"),
    ("@Option Bytes   /0x5200201C/01*128 e", "Option Bytes", &[(0x5200_201C, 128)], 1, "e"),
    ("@Option Bytes   /0x5200201C/01*88 e", "Option Bytes", &[(0x5200_201C, 88)], 1, "e"),
    ("@Option Bytes   /0x5200201C/01*297 e", "Option Bytes", &[(0x5200_201C, 297)], 1, "e"),
    ("@OTP Memory   /0x08FFF000/01*1024 e", "OTP Memory", &[(0x08FF_F000, KIB)], 1, "e"),
    ("@Internal Flash   /0x08000000/128*008Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 128, "g"),
    ("@Internal Flash   /0x08000000/256*04Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 256, "g"),
    ("@Option Bytes  /0x1FFFC000/01*016 e/0x1FFEC000/01*016 e", "Option Bytes", &[(0x1FFE_C000, 16), (0x1FFF_C000, 16)], 2, "ee"),
    ("@Option Bytes   /0x40022040/01*64 e", "Option Bytes", &[(0x4002_2040, 64)], 1, "e"),
    ("@OTP Memory   /0x0BFA0000/01*512 e", "OTP Memory", &[(0x0BFA_0000, 512)], 1, "e"),
    ("@Option Bytes   /0x40022040/01*48 e", "Option Bytes", &[(0x4002_2040, 48)], 1, "e"),
    ("@Internal Flash   /0x08000000/8*02Ka,248*02Kg", "Internal Flash", &[(FLASH, 512 * KIB)], 256, "ag"),
];

/// STM32MP1, MP2 and N6: partitions, not flash at an address. Whether they may be written is
/// decided in the engine; here they are only parsed.
#[rustfmt::skip]
const PARTITIONS: &[Row] = &[
    ("@Partition0 /0x00/1*256Ke", "Partition0", &[(0, 256 * KIB)], 1, "e"),
    ("@FSBL /0x01/1*1Me", "FSBL", &[(1, 1024 * KIB)], 1, "e"),
    ("@Partition2 /0x02/1*1Me", "Partition2", &[(2, 1024 * KIB)], 1, "e"),
    ("@Partition3 /0x03/1*16Me", "Partition3", &[(3, 16 * 1024 * KIB)], 1, "e"),
    ("@SSBL /0x03/1*16Me", "SSBL", &[(3, 16 * 1024 * KIB)], 1, "e"),
    ("@DDR FIP /0x02/1*32Ke", "DDR FIP", &[(2, 32 * KIB)], 1, "e"),
    ("@FIP /0x03/1*16Me", "FIP", &[(3, 16 * 1024 * KIB)], 1, "e"),
    ("@virtual /0xF1/1*512Ba", "virtual", &[(0xF1, 512)], 1, "a"),
    ("@virtual /0xF1/1*512Be", "virtual", &[(0xF1, 512)], 1, "e"),
];

/// Other makers' ROMs. Sources: fiveforths#20 and dfu-util quirks.c (GD32VF103), betaflight and
/// iNav (AT32).
#[rustfmt::skip]
const CLONES: &[Row] = &[
    ("@Internal Flash  /0x08000000/512*002Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 512, "g"),
    ("@Internal Flash  /0x08000000/128*001Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 128, "g"),
    ("@Internal Flash  /0x08000000/12*001Ka,116*001Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 128, "ag"),
    ("@Option Bytes  /0x1FFFF800/01*016Be", "Option Bytes", &[(0x1FFF_F800, 16)], 1, "e"),
    ("@Option byte   /0x1FFFF800/01*512g", "Option byte", &[(0x1FFF_F800, 512)], 1, "e"),
    ("@Internal Flash  /0x08000000/ 128*1Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 128, "g"),
    ("@Option Byte   /0x1FFFF800/02*016 e", "Option Byte", &[(0x1FFF_F800, 32)], 2, "e"),
    ("@Internal Flash   /0x08000000/0512*002Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 512, "g"),
    ("@Option byte   /0x1FFFC000/01*512 g", "Option byte", &[(0x1FFF_C000, 512)], 1, "e"),
    ("@Internal Flash   /0x08000000/08*04Ka,1000*04Kg", "Internal Flash", &[(FLASH, 4032 * KIB)], 1008, "ag"),
    ("@Option byte   /0x1FFFC000/01*4096 g", "Option byte", &[(0x1FFF_C000, 4 * KIB)], 1, "e"),
];

/// Bootloaders in flash. Sources: STM32Cube DFU examples, DSO Nano, Spark Core, Black Magic,
/// Particle, usbd-dfu, MicroPython ports/stm32/mboot/main.c.
#[rustfmt::skip]
const IN_FLASH: &[Row] = &[
    ("@Internal Flash   /0x08000000/10*02Ka,118*02Kg", "Internal Flash", &[(FLASH, 256 * KIB)], 128, "ag"),
    ("@Internal Flash   /0x08000000/10*02Ka,502*02Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 512, "ag"),
    ("@Internal Flash   /0x08000000/6*02Ka,122*02Kg", "Internal Flash", &[(FLASH, 256 * KIB)], 128, "ag"),
    ("@Internal Flash   /0x08000000/6*02Ka,26*02Kg", "Internal Flash", &[(FLASH, 64 * KIB)], 32, "ag"),
    ("@Internal Flash   /0x08000000/14*02Ka,242*02Kg", "Internal Flash", &[(FLASH, 512 * KIB)], 256, "ag"),
    ("@Internal Flash   /0x08000000/016*2Ka,240*02Kg", "Internal Flash", &[(FLASH, 512 * KIB)], 256, "ag"),
    ("@Internal Flash   /0x08000000/12*4Ka,500*04Kg", "Internal Flash", &[(FLASH, 2048 * KIB)], 512, "ag"),
    ("@NOR Flash : M29W128F/0x64000000/0256*64Kg", "NOR Flash : M29W128F", &[(0x6400_0000, 16384 * KIB)], 256, "g"),
    ("@SPI Flash : M25P64/0x00000000/128*64Kg", "SPI Flash : M25P64", &[(0, 8192 * KIB)], 128, "g"),
    ("@SPI Flash : M25P64/0x00000000/64*064Kg,64*064Kg", "SPI Flash : M25P64", &[(0, 8192 * KIB)], 128, "gg"),
    ("@Internal Flash  /0x08000000/20*001Ka,108*001Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 128, "ag"),
    ("@SPI Flash : SST25x/0x00000000/512*04Kg", "SPI Flash : SST25x", &[(0, 2048 * KIB)], 512, "g"),
    ("@Internal Flash   /0x08000000/8*001Ka,120*001Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 128, "ag"),
    ("@Internal Flash   /0x08000000/8*001Kg", "Internal Flash", &[(FLASH, 8 * KIB)], 8, "g"),
    ("@Internal Flash   /0x08000000/01*016Ka,02*016Kg,01*016Kg,01*064Kg,07*128Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 12, "agggg"),
    ("@Internal Flash   /0x08000000/03*016Ka,01*016Kg,01*064Kg,07*128Kg", "Internal Flash", &[(FLASH, 1024 * KIB)], 12, "aggg"),
    ("@Internal Flash   /0x08000000/4*002Ka,124*002Kg", "Internal Flash", &[(FLASH, 256 * KIB)], 128, "ag"),
    ("@Flash/0x08000000/16*1Ka,48*1Kg", "Flash", &[(FLASH, 64 * KIB)], 64, "ag"),
    ("@Flash/0x00000000/1*1Kg", "Flash", &[(0, KIB)], 1, "g"),
    ("@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg", "Internal Flash", &[(FLASH, 2048 * KIB)], 12, "ggg"),
    ("@Internal Flash  /0x08000000/01*128Kg", "Internal Flash", &[(FLASH, 128 * KIB)], 1, "g"),
    ("@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg/0x80000000/64*32Kg", "Internal Flash", &[(FLASH, 1024 * KIB), (0x8000_0000, 2048 * KIB)], 76, "gggg"),
    ("@Internal Flash  /0x08000000/16*128Kg/0x90000000/512*128Kg", "Internal Flash", &[(FLASH, 2048 * KIB), (0x9000_0000, 65536 * KIB)], 528, "gg"),
    ("@External Flash /0x70000000/16384*4Kg", "External Flash", &[(0x7000_0000, 65536 * KIB)], 16384, "g"),
    ("@External Flash /0x90000000/998*128Kg,1*128Kg,4*128Kg,21*128Ka", "External Flash", &[(0x9000_0000, 131_072 * KIB)], 1024, "ggga"),
    ("@Flash/0x0/1*384Kg", "Flash", &[(0, 384 * KIB)], 1, "g"),
];

/// Edges of the grammar.
#[rustfmt::skip]
const EDGES: &[Row] = &[
    // UM0424's own example claims 0xF000 twice: the first claim keeps it, and the first of the
    // three 8 KiB sectors, which would erase it too, is left out.
    ("@Flash2 /0xF000/4*100Ba/0xE000/3*8Kg/0x80000/2*24Kg", "Flash2", &[(0xF000, 400), (0x1_0000, 16 * KIB), (0x8_0000, 48 * KIB)], 8, "agg"),
    // fwupd refuses it; taken literally it is twelve read-only sectors of one byte.
    ("@Internal Flash /0x08000000/12*001a", "Internal Flash", &[(FLASH, 12)], 12, "a"),
    ("  @Internal Flash /0x08000000/1*1Kg \0\0", "Internal Flash", &[(FLASH, KIB)], 1, "g"),
    ("Internal Flash/0x08000000/1*1Kg", "Internal Flash", &[(FLASH, KIB)], 1, "g"),
    ("@/0x08000000/1*1Kg", "", &[(FLASH, KIB)], 1, "g"),
    ("@Read/Write Flash/0x08000000/1*1Kg", "Read/Write Flash", &[(FLASH, KIB)], 1, "g"),
    ("@Internal Flash /0x8000000U/1*1kg,1*1mg", "Internal Flash", &[(FLASH, 1025 * KIB)], 2, "gg"),
    ("@Internal Flash /0X0000000008000000UL/1*1KG/", "Internal Flash", &[(FLASH, KIB)], 1, "g"),
    ("@Internal Flash /0x08000000-0x00000000/2*1Kg,", "Internal Flash", &[(FLASH, 2 * KIB)], 2, "g"),
    ("@Internal Flash / 0x08000000 / 02 * 001 K g , 1*4Kc", "Internal Flash", &[(FLASH, 6 * KIB)], 3, "gc"),
    ("@Internal Flash /0x08000000/0*8Ka,2*8Kg", "Internal Flash", &[(FLASH, 16 * KIB)], 2, "g"),
    ("@Types /0x0/1*1a,1*1b,1*1c,1*1d,1*1e,1*1f,1*1g", "Types", &[(0, 7)], 7, "abcdefg"),
    // Old units have 'g', others nothing, others nonsense: dfu-util forces 'e'.
    ("@Device Feature/0xFFFF0000/01*004 g", "Device Feature", &[(0xFFFF_0000, 4)], 1, "e"),
    ("@Device Feature/0xFFFF0000/01*004", "Device Feature", &[(0xFFFF_0000, 4)], 1, "e"),
    ("@Device Feature/0xFFFF0000/01*004 ?", "Device Feature", &[(0xFFFF_0000, 4)], 1, "e"),
    // iNav's note on the AT32F435: two targets in one string.
    ("@Internal Flash   /0x08000000/0512*002Kg,@Option byte   /0x1FFFC000/01*512 g", "Internal Flash", &[(FLASH, 1024 * KIB)], 512, "g"),
    ("@Big /0x0/65535*1Kg", "Big", &[(0, 65535 * KIB)], 65535, "g"),
    ("@Most /0x0/262143*4Kg,1*4Ka", "Most", &[(0, 1024 * 1024 * KIB)], 262_144, "ga"),
    ("@Last /0xFFFFFC00/1*1Kg", "Last", &[(0xFFFF_FC00, KIB)], 1, "g"),
];

const UNREADABLE: &[(&str, &str)] = &[
    ("", "names no region"),
    ("   ", "names no region"),
    ("@", "names no region"),
    ("@Flash3", "names no region"),
    ("UNKNOWN", "names no region"),
    ("sdcard_rootfs", "names no region"),
    ("@Flash/08000000/1*1Kg", "names no region"),
    ("@Flash/0x08000000", "lists no sectors"),
    ("@Flash/0x08000000/", "lists no sectors"),
    ("@Flash/0x08000000/1*1Kg/0x09000000", "lists no sectors"),
    ("@Flash/0x/1*1Kg", "'0x' is not a 32-bit address"),
    ("@Flash/0x0800000G/1*1Kg", "not a 32-bit address"),
    ("@Flash/0x108000000/1*1Kg", "not a 32-bit address"),
    ("@Flash/0x0-end/1*1Kg", "not a 32-bit address"),
    ("@Flash/0x08000000/1*0Kg", "'1*0Kg'"),
    // mboot for the H5 fills the count in at run time.
    ("@Internal Flash  /0x08000000/???*08Kg", "'???*08Kg'"),
    ("@Flash/0x08000000/1*1Kg,,1*1Kg", "''"),
    ("@Flash/0x08000000/04*016Kg,01*0", "'01*0'"),
    ("@Flash/0x08000000/04*016Kh", "'04*016Kh'"),
    ("@Flash/0x08000000/04*016K", "'04*016K'"),
    ("@Flash/0x08000000/04*016Xg", "'04*016Xg'"),
    ("@Flash/0x08000000/04*016Kgx", "'04*016Kgx'"),
    ("@Flash/0x08000000/-4*016Kg", "'-4*016Kg'"),
    ("@Flash/0x08000000/4*+16Kg", "'4*+16Kg'"),
    ("@Flash/0x08000000/4294967296*1Kg", "'4294967296*1Kg'"),
    ("@Flash/0x08000000/1*4194304Kg", "'1*4194304Kg'"),
    (
        "@Flash/0x08000000/4294967295*1Kg",
        "past the 32-bit address space",
    ),
    (
        "@Flash/0xFFFFFC00/1*1Kg,1*1Kg",
        "past the 32-bit address space",
    ),
    ("@Everything /0x0/4294967295*1 g", "4294967295 sectors"),
    ("@Most /0x0/262144*4Kg,1*4Ka", "262145 sectors"),
    ("@Fläsh/0x08000000/1٣*1Kg", "'1٣*1Kg'"),
];

pub(super) fn letter(access: Access) -> char {
    let bits = u8::from(access.read) | u8::from(access.erase) << 1 | u8::from(access.write) << 2;
    char::from(b'a' + bits - 1)
}

#[track_caller]
fn check(rows: &[Row]) {
    for (text, name, regions, sectors, access) in rows {
        let map = parse_layout(text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(map.name, *name, "{text}");
        let found: Vec<(u32, u64)> = map
            .regions()
            .iter()
            .map(|r| (r.start().0, r.len()))
            .collect();
        assert_eq!(found, *regions, "{text}");
        assert_eq!(map.sector_count(), *sectors, "{text}");
        let bytes: u64 = regions.iter().map(|(_, length)| length).sum();
        assert_eq!(map.bytes(), bytes, "{text}");
        let letters: String = map.runs().iter().map(|run| letter(run.access)).collect();
        assert_eq!(letters, *access, "{text}");
    }
}

#[test]
fn every_known_string_of_a_rom_is_parsed() {
    check(ROMS);
}

#[test]
fn partitions_of_the_mp1_and_n6_are_parsed_literally() {
    check(PARTITIONS);
}

#[test]
fn every_known_string_of_a_clone_is_parsed() {
    check(CLONES);
}

#[test]
fn every_known_string_of_a_bootloader_in_flash_is_parsed() {
    check(IN_FLASH);
}

#[test]
fn known_departures_from_the_grammar_are_parsed() {
    check(EDGES);
}

#[test]
fn sectors_follow_each_other_within_a_region() {
    let map = parse_layout("@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg").unwrap();
    let starts: Vec<u32> = map.sectors().map(|s| s.range.start().0 - FLASH).collect();
    let expected = [
        0, 0x4000, 0x8000, 0xC000, 0x1_0000, 0x2_0000, 0x4_0000, 0x6_0000, 0x8_0000, 0xA_0000,
        0xC_0000, 0xE_0000,
    ];
    assert_eq!(starts, expected);
}

#[test]
fn unreadable_strings_are_refused_with_the_string_and_the_cause() {
    for (text, why) in UNREADABLE {
        let error = parse_layout(text).expect_err(text);
        let LayoutError::Unreadable { text: reported, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(reported, text);
        assert!(error.why().contains(why), "{text:?}: {}", error.why());
    }
}

#[test]
fn control_characters_from_a_board_do_not_reach_the_terminal() {
    let error = parse_layout("@Flash\u{1b}[2J").unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
    let error = parse_layout("@F/0x0/1*1\u{7}g").unwrap_err();
    assert!(!error.to_string().contains('\u{7}'), "{error}");
    let error = parse_layout("@F/0xFFFFFFFF/1*1\0Kg").unwrap_err();
    assert!(!error.to_string().contains('\0'), "{error}");
}

proptest! {
    #[test]
    fn no_string_causes_a_panic(text in any::<String>()) {
        drop(parse_layout(&text));
    }

    #[test]
    fn no_string_of_the_grammars_own_letters_causes_a_panic(text in "[@/0-9xXa-gKMB*, .u-]{0,80}") {
        drop(parse_layout(&text));
    }

    #[test]
    fn maps_are_sorted_and_free_of_overlap(
        groups in prop::collection::vec((0u32..0x2_0000, 0u32..40, 1u32..5000), 1..8)
    ) {
        let regions: String = groups.iter().map(|(at, n, size)| format!("/0x{at:X}/{n}*{size} g")).collect();
        if let Ok(map) = parse_layout(&format!("@Flash {regions}")) {
            let ends: Vec<_> = map.runs().iter().map(|run| (u64::from(run.start), run.range().unwrap().end())).collect();
            prop_assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{ends:?}");
        }
    }
}

#[test]
fn only_l0_and_l1_flash_erases_to_0x00() {
    for (text, erased) in [
        ("@Internal Flash  /0x08000000/1536*128g", 0x00),
        ("@Internal Flash  /0x08000000/1024*256 g", 0x00),
        ("@Internal Flash  /0x08000000/032*0001Kg", 0xFF),
        ("@Internal Flash   /0x08000000/256*08Kg", 0xFF),
        ("@External Flash /0x90000000/1024*256 g", 0xFF),
    ] {
        assert_eq!(parse_layout(text).unwrap().erased_value(), erased, "{text}");
    }
}
