//! States and statuses: AN3156, AN2662, usbd_dfu.c, DFU 1.1 §A.1.

use super::*;

use upfuse::simulator::WhileBusy;

#[test]
fn a_rom_may_start_in_error_firmware_and_clears() {
    let mut host = Host::of(board("f407").starting_in_error());
    assert!(host.status().is(Status::Firmware, State::Error));
    host.clear_status();
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn nothing_is_executed_before_the_first_getstatus() {
    // AN3156: "the erase is executed when a GETSTATUS is received".
    let mut host = Host::of(board("f407").holding_old_firmware(1));
    host.command(0x41, 0x0800_0000).unwrap();
    host.wait(LONG);
    assert_eq!(host.board.erasures(), []);
    assert_eq!(host.state(), State::DownloadSync as u8);
    assert!(host.finish().is(Status::Ok, State::DownloadIdle));
    assert_eq!(host.board.erasures().len(), 1);
}

#[test]
fn an_abort_before_the_first_getstatus_forgets_the_download() {
    let mut host = Host::of(board("f407").holding_old_firmware(1));
    host.command(0x41, 0x0800_0000).unwrap();
    host.abort();
    assert!(host.status().is(Status::Ok, State::Idle));
    host.wait(LONG);
    assert_eq!(host.board.erasures(), []);
}

#[test]
fn downloads_follow_each_other_without_abort() {
    let mut host = Host::named("f407");
    assert!(
        host.write(2, &[1; 2048])
            .is(Status::Ok, State::DownloadIdle)
    );
    assert!(
        host.write(3, &[2; 2048])
            .is(Status::Ok, State::DownloadIdle)
    );
    assert_eq!(host.board.flash()[2047..2049], [1, 2]);
}

#[test]
fn an_upload_needs_dfu_idle() {
    // AN3156: after Set Address the device is in dfuDNLOAD-IDLE; ABORT comes first.
    let mut host = Host::named("f407");
    host.set_address(0x0800_0000);
    assert_eq!(kind(host.upload(2, 2048)), UsbErrorKind::Stall);
    assert!(host.status().is(Status::StalledPacket, State::Error));
    host.clear_status();
    assert_eq!(host.upload(2, 2048).unwrap(), [0xFF; 2048]);
    assert_eq!(host.state(), State::UploadIdle as u8);
    assert_eq!(kind(host.download(2, &[0; 4])), UsbErrorKind::Stall);
}

#[test]
fn a_short_packet_ends_an_upload() {
    let mut host = Host::named("f407");
    host.set_address(0x1FFF_7800);
    host.abort();
    assert_eq!(host.upload(2, 2048).unwrap().len(), 528);
    assert_eq!(host.state(), State::Idle as u8);
}

#[test]
fn block_1_is_reserved() {
    // AN2662: wBlockNum 1 stalls.
    let mut host = Host::named("f407");
    assert_eq!(kind(host.download(1, &[0; 16])), UsbErrorKind::Stall);
    assert!(host.status().is(Status::StalledPacket, State::Error));
    host.clear_status();
    assert_eq!(kind(host.upload(1, 16)), UsbErrorKind::Stall);
}

#[test]
fn more_than_w_transfer_size_is_refused() {
    let mut host = Host::named("g474");
    assert_eq!(kind(host.download(2, &[0; 1025])), UsbErrorKind::Stall);
    host.clear_status();
    assert_eq!(kind(host.upload(2, 2048)), UsbErrorKind::Stall);
}

#[test]
fn clrstatus_outside_dfu_error_enters_it() {
    // usbd_dfu.c DFU_ClearStatus; dfu-libusb#4.
    let mut host = Host::named("f407");
    host.clear_status();
    assert!(host.status().is(Status::Unknown, State::Error));
    host.clear_status();
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn abort_does_nothing_in_dfu_error() {
    let mut host = Host::of(board("f407").starting_in_error());
    host.abort();
    assert!(host.status().is(Status::Firmware, State::Error));
}

#[test]
fn a_detach_in_dfu_mode_is_refused() {
    let mut host = Host::named("f407");
    let detach = host.opened.transport.write(0, 1000, &[], LONG);
    assert_eq!(kind(detach), UsbErrorKind::Stall);
}

#[test]
fn an_answering_device_says_busy_until_it_is_done_and_takes_nothing_else() {
    let mut host = Host::of(board("f407").holding_old_firmware(1));
    host.command(0x41, 0x0800_0000).unwrap();
    assert_eq!(host.status().poll, 250);
    assert!(host.status().is(Status::Ok, State::DownloadBusy));
    assert_eq!(host.board.erasures(), []);
    host.wait(Duration::from_millis(250));
    assert!(host.status().is(Status::Ok, State::DownloadIdle));
    assert_eq!(host.board.erasures().len(), 1);
}

#[test]
fn a_holding_device_answers_when_it_is_done() {
    let mut host = Host::of(board("f767").holding_old_firmware(1));
    host.command(0x41, 0x0800_0000).unwrap();
    assert_eq!(host.status().poll, 104);
    let begun = host.now();
    assert!(host.status().is(Status::Ok, State::DownloadIdle));
    assert_eq!(host.now() - begun, Duration::from_millis(250));
}

#[test]
fn a_held_getstatus_can_time_out_and_be_asked_again() {
    let mut host = Host::of(board("f767").holding_old_firmware(1));
    host.command(0x41, 0x0800_0000).unwrap();
    host.status();
    let begun = host.now();
    let early = host.try_status(Duration::from_millis(100));
    assert_eq!(kind(early), UsbErrorKind::Timeout);
    assert_eq!(host.now() - begun, Duration::from_millis(100));
    assert!(host.status().is(Status::Ok, State::DownloadIdle));
    assert_eq!(host.now() - begun, Duration::from_millis(250));
}

#[test]
fn an_f072_stalls_when_it_is_asked_too_early_and_works_on() {
    // openmv#1508, ST community 772965.
    let mut host = Host::of(board("f072").holding_old_firmware(1));
    host.command(0x41, 0x0800_0000).unwrap();
    assert_eq!(host.status().poll, 20);
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Stall);
    host.wait(Duration::from_millis(20));
    assert!(host.status().is(Status::Ok, State::DownloadIdle));
}

#[test]
fn an_l4_reports_less_time_than_it_needs() {
    // ST's own tool waits 40 ms where the ROM says 10.
    for (name, way) in [("l433", WhileBusy::Stall), ("l475", WhileBusy::AnswerBusy)] {
        let mut host = Host::of(board(name).holding_old_firmware(1));
        host.command(0x41, 0x0800_0000).unwrap();
        let poll = host.status().poll;
        host.wait(Duration::from_millis(poll.into()));
        match way {
            WhileBusy::Stall => assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Stall),
            _ => assert!(host.status().is(Status::Ok, State::DownloadBusy)),
        }
        host.wait(LONG);
        assert!(host.status().is(Status::Ok, State::DownloadIdle));
    }
}

#[test]
fn a_bus_reset_puts_the_rom_back_to_its_first_state() {
    let mut host = Host::named("f407");
    host.set_address(0x0800_4000);
    host.opened.transport.reset().unwrap();
    assert_eq!(host.state(), State::Idle as u8);
    host.write(2, &[0; 4]);
    assert_eq!(host.board.flash()[..4], [0; 4]);
}

#[test]
fn an_alternate_setting_that_is_not_there_stalls() {
    let mut host = Host::named("f407");
    host.opened.transport.select_alternate(3).unwrap();
    let fifth = host.opened.transport.select_alternate(4);
    assert_eq!(kind(fifth), UsbErrorKind::Stall);
}
