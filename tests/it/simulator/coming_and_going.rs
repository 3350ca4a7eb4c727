//! Leaving, resetting, plugging, opening.

use super::*;

use upfuse::address::{Address, AddressRange};
use upfuse::simulator::Defect;
use upfuse::transport::DeviceRecord;

const VECTORS: [u8; 8] = [0, 0, 2, 0x20, 0xC1, 0x01, 0, 8];

fn leave(host: &mut Host) -> Result<Reply, UsbError> {
    host.abort();
    host.download(0, &[])?;
    host.try_status(LONG)
}

fn scan(host: &mut Host) -> Option<DeviceRecord> {
    host.bus.scan().unwrap().pop()
}

#[test]
fn leaving_starts_the_program_at_the_pointer() {
    let mut host = Host::of(board("f407").holding(Address(0x0800_4000), VECTORS));
    host.set_address(0x0800_4000);
    let reply = leave(&mut host).unwrap();
    assert!(reply.is(Status::Ok, State::Manifest));
    assert_eq!(reply.poll, 1);
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
    assert_eq!(scan(&mut host), None);
    let back = scan(&mut host).unwrap();
    assert_eq!(
        (back.vendor, back.product, back.address),
        (0x0483, 0x5740, 2)
    );
    assert_eq!(back.place, Place("sim-1".into()));
}

#[test]
fn leaving_to_no_program_comes_back_as_the_bootloader() {
    let mut host = Host::named("f407");
    leave(&mut host).unwrap();
    assert_eq!(scan(&mut host), None);
    let back = scan(&mut host).unwrap();
    assert_eq!((back.product, back.address), (0xDF11, 2));
    host.reopen().unwrap();
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn a_bootloader_in_flash_starts_the_program_behind_it_wherever_the_pointer_is() {
    let mut host = Host::of(board("f103").holding(Address(0x0800_5000), VECTORS));
    host.set_address(0x0800_8000);
    leave(&mut host).unwrap();
    scan(&mut host);
    assert_eq!(scan(&mut host).unwrap().product, 0x5740);
}

#[test]
fn a_bootloader_in_flash_begins_behind_itself() {
    // usbd_dfu.c: data_ptr = USBD_DFU_APP_DEFAULT_ADD
    let mut host = Host::named("f103");
    host.write(2, &[0; 16]);
    assert_eq!(host.board.writes()[0].start(), Address(0x0800_5000));
}

#[test]
fn leaving_works_from_download_idle_too() {
    let mut host = Host::of(board("f407").holding(Address::FLASH, VECTORS));
    host.set_address(0x0800_0000);
    host.download(0, &[]).unwrap();
    assert!(host.status().is(Status::Ok, State::Manifest));
}

#[test]
fn writing_option_bytes_resets_the_board() {
    // AN3156: the second GETSTATUS may never be answered.
    let mut host = Host::named("f407");
    host.set_address(0x1FFF_C000);
    let written = [
        [0xE3, 0xAA, 0x1C, 0x55].repeat(2),
        [0xFF, 0x0F, 0x00, 0xF0].repeat(2),
    ]
    .concat();
    host.download(2, &written).unwrap();
    assert!(host.status().is(Status::Ok, State::DownloadBusy));
    host.wait(LONG);
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
    scan(&mut host);
    host.reopen().unwrap();
    assert_eq!(host.state(), State::Idle as u8);
    let range = AddressRange::new(Address(0x1FFF_C000), 16).unwrap();
    assert_eq!(host.board.read(range).unwrap(), written);
}

#[test]
fn read_unprotect_erases_everything_resets_and_unlocks() {
    let mut host = Host::of(board("f407").holding_old_firmware(9).read_protected());
    host.download(0, &[0x92]).unwrap();
    assert!(host.status().is(Status::Ok, State::DownloadBusy));
    host.wait(LONG);
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
    assert!(host.board.flash().iter().all(|b| *b == 0xFF));
    assert!(!host.board.is_read_protected());
    scan(&mut host);
    host.reopen().unwrap();
    assert!(
        host.set_address(0x0800_0000)
            .is(Status::Ok, State::DownloadIdle)
    );
}

#[test]
fn an_unplugged_board_is_gone_from_the_bus_and_for_its_handle() {
    let mut host = Host::named("f407");
    host.board.unplug();
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
    assert_eq!(scan(&mut host), None);
    assert_eq!(kind(host.reopen()), UsbErrorKind::Gone);
    host.board.plug();
    assert_eq!(scan(&mut host).unwrap().address, 2);
    host.reopen().unwrap();
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn a_handle_from_before_the_board_left_does_not_reach_it_again() {
    let mut host = Host::named("f407");
    host.board.unplug();
    host.board.plug();
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
}

#[test]
fn pulling_the_cable_tears_what_was_being_written() {
    let mut host = Host::named("f407");
    host.download(2, &[0; 2048]).unwrap();
    host.status();
    host.wait(Duration::from_micros(4096));
    host.board.unplug();
    let flash = host.board.flash();
    assert_eq!(flash[0], 0);
    assert_eq!(flash[2047], 0xFF);
    assert!(matches!(host.board.defects()[..], [Defect::Torn(_)]));
}

#[test]
fn pulling_the_cable_during_an_erase_leaves_no_clean_sector() {
    let mut host = Host::of(board("f407").holding(Address::FLASH, [0; 64]));
    host.command(0x41, 0x0800_0000).unwrap();
    host.status();
    host.board.unplug();
    assert_ne!(host.board.flash()[0], 0xFF);
    assert_eq!(host.board.erasures(), []);
}

#[test]
fn a_board_is_opened_once_at_a_time() {
    let mut host = Host::named("f407");
    let place = host.board.place();
    assert_eq!(kind(host.bus.open(&place, 0)), UsbErrorKind::Busy);
    host.reopen().unwrap();
}

#[test]
fn a_blocked_board_is_listed_without_strings_and_does_not_open() {
    let mut host = Host::named("f407");
    host.board.set_blocked(UsbErrorKind::Access);
    let record = scan(&mut host).unwrap();
    assert_eq!(record.blocked, Some(UsbErrorKind::Access));
    assert_eq!((record.serial, record.product_name), (None, None));
    assert!(record.interfaces.iter().all(|i| i.name.is_none()));
    assert_eq!(kind(host.reopen()), UsbErrorKind::Access);
    host.board.set_blocked(None);
    host.reopen().unwrap();
}

#[test]
fn a_scan_shows_each_alternate_with_its_layout_and_one_functional_descriptor() {
    let record = scan(&mut Host::named("f407")).unwrap();
    assert_eq!(record.serial.as_deref(), Some("3065346A3433"));
    assert_eq!(record.product_name.as_deref(), Some("STM32  BOOTLOADER"));
    let alternates: Vec<_> = record
        .interfaces
        .iter()
        .map(|i| (i.number, i.alternate, i.class, i.subclass, i.protocol))
        .collect();
    assert_eq!(alternates, [0, 1, 2, 3].map(|alt| (0, alt, 0xFE, 1, 2)));
    let layout = record.interfaces[0].name.as_deref().unwrap();
    assert_eq!(
        layout,
        "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg"
    );
    // rusefi/dfu_java, F407usb.txt: behind the last alternate setting.
    let sizes: Vec<_> = record
        .interfaces
        .iter()
        .map(|i| i.functional.map(|f| f.transfer_size))
        .collect();
    assert_eq!(sizes, [None, None, None, Some(2048)]);
}
