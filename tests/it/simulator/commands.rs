//! The DfuSe commands and addresses: AN3156, AN2662, UM0424.

use super::*;

use upfuse::address::{Address, AddressRange};
use upfuse::simulator::{BlockAddress, Defect};

fn range(start: u32, length: u64) -> AddressRange {
    AddressRange::new(Address(start), length).unwrap()
}

#[test]
fn the_address_is_the_pointer_and_the_block_number_less_two() {
    let mut host = Host::named("f407");
    host.set_address(0x0800_4000);
    host.write(4, &[0x5A; 2048]);
    assert_eq!(host.board.writes(), [range(0x0800_5000, 2048)]);
}

#[test]
fn without_set_address_the_pointer_is_the_start_of_flash() {
    let mut host = Host::named("f407");
    host.write(2, &[0x5A; 16]);
    assert_eq!(host.board.writes(), [range(0x0800_0000, 16)]);
}

#[test]
fn a_short_block_lies_where_the_device_reads_the_formula() {
    // AN3156 to the letter: the size is that of this very request.
    for (reading, start) in [
        (BlockAddress::TransferSize, 0x0800_0800),
        (BlockAddress::RequestLength, 0x0800_0010),
    ] {
        let mut board = board("f407");
        board.bootloader.as_mut().unwrap().block_address = reading;
        let mut host = Host::of(board);
        host.write(3, &[0x5A; 16]);
        assert_eq!(host.board.writes(), [range(start, 16)]);
    }
}

#[test]
fn an_erase_moves_the_pointer() {
    // usbd_dfu.c keeps the operand in its data pointer.
    let mut host = Host::named("f407");
    host.set_address(0x0800_0000);
    host.erase(0x0800_4000);
    host.write(2, &[0x5A; 16]);
    assert_eq!(host.board.writes(), [range(0x0800_4000, 16)]);
}

#[test]
fn an_erase_takes_the_whole_sector_that_holds_the_address_and_no_other() {
    let mut host = Host::of(board("f407").holding_old_firmware(7));
    let before = host.board.flash();
    host.erase(0x0800_4004);
    let after = host.board.flash();
    assert_eq!(after[..0x4000], before[..0x4000]);
    assert!(after[0x4000..0x8000].iter().all(|b| *b == 0xFF));
    assert_eq!(after[0x8000..], before[0x8000..]);
    assert_eq!(host.board.erasures()[0].range, range(0x0800_4000, 0x4000));
}

#[test]
fn a_mass_erase_takes_every_sector_and_reports_100_ms_for_it() {
    // dfu-util, fwupd: F405/F407 report 100 ms and take up to 32 s.
    let mut host = Host::of(board("f407").holding_old_firmware(7));
    host.download(0, &[0x41]).unwrap();
    let reply = host.status();
    assert_eq!(reply.poll, 100);
    host.wait(LONG);
    assert!(host.status().is(Status::Ok, State::DownloadIdle));
    assert!(host.board.flash().iter().all(|b| *b == 0xFF));
    assert_eq!(host.board.erasures().len(), 12);
}

#[test]
fn a_wrong_address_is_err_target() {
    let mut host = Host::named("f407");
    assert!(
        host.set_address(0x6000_0000)
            .is(Status::Target, State::Error)
    );
    host.clear_status();
    assert!(host.erase(0x6000_0000).is(Status::Target, State::Error));
    host.clear_status();
    host.set_address(0x080F_F800);
    assert!(host.write(3, &[0; 4]).is(Status::Target, State::Error));
    host.clear_status();
    assert_eq!(kind(host.upload(3, 4)), UsbErrorKind::Stall);
    assert!(host.status().is(Status::Target, State::Error));
}

#[test]
fn a_block_that_runs_past_the_end_is_refused_and_one_that_fills_it_is_not() {
    let mut host = Host::named("f411");
    host.set_address(0x0807_FC00);
    assert!(host.write(2, &[0; 2048]).is(Status::Target, State::Error));
    host.clear_status();
    assert!(
        host.write(2, &[0; 1024])
            .is(Status::Ok, State::DownloadIdle)
    );
    assert_eq!(host.board.writes(), [range(0x0807_FC00, 1024)]);
}

#[test]
fn get_lists_the_commands() {
    let mut host = Host::named("f407");
    assert_eq!(host.upload(0, 64).unwrap(), [0x00, 0x21, 0x41, 0x92]);
    assert_eq!(host.state(), State::Idle as u8);
}

#[test]
fn an_unknown_command_stalls() {
    let mut host = Host::named("f407");
    assert_eq!(kind(host.download(0, &[0x53])), UsbErrorKind::Stall);
    assert!(host.status().is(Status::StalledPacket, State::Error));
}

#[test]
fn the_bootloader_in_an_f103s_flash_cannot_be_erased() {
    let mut host = Host::named("f103");
    let before = host.board.flash();
    assert!(host.erase(0x0800_0000).is(Status::Target, State::Error));
    host.clear_status();
    assert_eq!(kind(host.download(0, &[0x41])), UsbErrorKind::Stall);
    host.clear_status();
    assert_eq!(kind(host.download(0, &[0x92])), UsbErrorKind::Stall);
    assert_eq!(host.board.flash(), before);
}

#[test]
fn a_wb55_has_no_mass_erase() {
    // qFlipper
    let mut host = Host::named("wb55");
    assert_eq!(kind(host.download(0, &[0x41])), UsbErrorKind::Stall);
}

#[test]
fn a_read_protected_device_answers_err_vendor_to_everything_that_touches_memory() {
    // AN2662: errVENDOR = read protection active.
    let mut host = Host::of(board("f407").holding_old_firmware(3).read_protected());
    assert!(
        host.set_address(0x0800_0000)
            .is(Status::Vendor, State::Error)
    );
    host.clear_status();
    assert!(host.erase(0x0800_0000).is(Status::Vendor, State::Error));
    host.clear_status();
    assert!(host.write(2, &[0; 16]).is(Status::Vendor, State::Error));
    host.clear_status();
    assert_eq!(kind(host.upload(2, 16)), UsbErrorKind::Stall);
    assert!(host.status().is(Status::Vendor, State::Error));
    host.clear_status();
    assert_eq!(host.upload(0, 16).unwrap().len(), 4);
    assert!(host.board.erasures().is_empty() && host.board.writes().is_empty());
}

#[test]
fn write_protected_sectors_ignore_erase_and_write_without_an_error() {
    // AN2662: "no error is returned"; hence verify.
    let protected = range(0x0800_4000, 0x4000);
    let mut host = Host::of(
        board("f407")
            .holding_old_firmware(3)
            .write_protected(protected),
    );
    let before = host.board.flash();
    assert!(host.erase(0x0800_4000).is(Status::Ok, State::DownloadIdle));
    host.set_address(0x0800_4000);
    assert!(host.write(2, &[0; 16]).is(Status::Ok, State::DownloadIdle));
    assert_eq!(host.board.flash(), before);
    host.download(0, &[0x41]).unwrap();
    host.finish();
    assert_eq!(host.board.flash()[0x4000..0x8000], before[0x4000..0x8000]);
    assert_eq!(host.board.erasures().len(), 11);
}

#[test]
fn bits_only_clear_and_a_word_programmed_twice_is_a_defect() {
    let mut host = Host::named("f407");
    host.write(2, &[0xF0; 8]);
    assert_eq!(host.board.defects(), []);
    host.write(2, &[0x3F; 4]);
    assert_eq!(
        host.board.flash()[..8],
        [0x30, 0x30, 0x30, 0x30, 0xF0, 0xF0, 0xF0, 0xF0]
    );
    assert_eq!(
        host.board.defects(),
        [Defect::NotErased(Address(0x0800_0000))]
    );
    host.erase(0x0800_0000);
    host.write(2, &[0x3F; 4]);
    assert_eq!(host.board.flash()[..4], [0x3F; 4]);
    assert_eq!(host.board.defects().len(), 1);
}

#[test]
fn a_tail_in_the_middle_of_a_flash_word_spends_the_whole_word() {
    // H7: a flash word is 32 bytes with ECC.
    let mut host = Host::named("h743");
    host.write(2, &[0; 20]);
    host.set_address(0x0800_0014);
    host.write(2, &[0; 12]);
    assert_eq!(
        host.board.defects(),
        [Defect::NotErased(Address(0x0800_0000))]
    );
}

#[test]
fn otp_is_written_once_and_never_erased() {
    let mut host = Host::named("f407");
    host.set_address(0x1FFF_7800);
    host.write(2, &[0x0F; 16]);
    assert!(host.erase(0x1FFF_7800).is(Status::Target, State::Error));
    host.clear_status();
    host.set_address(0x1FFF_7800);
    host.write(2, &[0xF0; 16]);
    assert_eq!(host.board.read(range(0x1FFF_7800, 16)).unwrap(), [0; 16]);
    assert_eq!(host.board.defects().len(), 4);
}

#[test]
fn a_single_byte_of_data_is_refused() {
    // AN2662: 2 to 2048 bytes.
    let mut host = Host::named("f407");
    assert_eq!(kind(host.download(2, &[0])), UsbErrorKind::Stall);
}

#[test]
fn erasing_h743_bank_2_never_reports_its_end() {
    // betaflight PR 1861, 5348: CLRSTATUS twice, (14,10) then (0,2); the erase did happen.
    let mut host = Host::of(board("h743-rev-v").holding_old_firmware(3));
    assert!(host.erase(0x0800_0000).is(Status::Ok, State::DownloadIdle));
    host.command(0x41, 0x0810_0000).unwrap();
    for _ in 0..3 {
        assert!(host.status().is(Status::Ok, State::DownloadBusy));
        host.wait(LONG);
    }
    host.clear_status();
    assert!(host.status().is(Status::Unknown, State::Error));
    host.clear_status();
    assert!(host.status().is(Status::Ok, State::Idle));
    assert_eq!(host.board.erasures()[1].range, range(0x0810_0000, 0x2_0000));
}

#[test]
fn every_layout_string_describes_the_memory_that_is_there() {
    // Wrong on the real thing: the G0B1 gives its three settings one name, the GD32VF103 counts
    // too much, the G431 announces more option bytes, an H7's names no RAM. The MP1's largest partition is cut here, and plain DFU has no
    // layout.
    let others = ["g0b1", "g431", "gd32vf103", "edgetx-h7", "mp1"];
    for name in Board::names()
        .into_iter()
        .filter(|name| !others.contains(name))
    {
        let Some(bootloader) = board(name).bootloader else {
            continue;
        };
        if bootloader.dialect == upfuse::simulator::Dialect::Dfu11 {
            continue;
        }
        for alternate in &bootloader.alternates {
            let Some(layout) = &alternate.layout else {
                continue;
            };
            let map = upfuse::memory::parse_layout(layout).unwrap();
            let real = alternate.areas.iter().flat_map(|area| &area.runs);
            let bytes: u64 = real.filter_map(|run| run.range()).map(|r| r.len()).sum();
            assert_eq!(map.bytes(), bytes, "{name}: {layout}");
        }
    }
}
