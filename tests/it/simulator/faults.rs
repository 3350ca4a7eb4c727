//! Every scripted fault does what it says, once.

use super::*;

use upfuse::simulator::{Fault, Faults, RequestKind};

fn with(faults: Faults) -> Host {
    Host::of(board("f407").with_faults(faults))
}

#[test]
fn a_stall_leaves_the_device_as_it_was() {
    let mut host = with(Faults::new().at_transfer(2, Fault::Stall));
    host.status();
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Stall);
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn a_timeout_takes_its_time_and_never_reached_the_device() {
    let mut host = with(Faults::new().at_transfer(1, Fault::Timeout));
    let abort = host
        .opened
        .transport
        .write(4, 0, &[], Duration::from_secs(2));
    assert_eq!(kind(abort), UsbErrorKind::Timeout);
    assert_eq!(host.now(), Duration::from_secs(2));
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn a_lost_answer_did_reach_the_device() {
    let mut host = with(Faults::new().at_transfer(1, Fault::LostAnswer));
    let clear = host.opened.transport.write(4, 0, &[], LONG);
    assert_eq!(kind(clear), UsbErrorKind::Timeout);
    assert!(host.status().is(Status::Unknown, State::Error));
}

#[test]
fn unplugged_at_a_transfer_it_stays_gone() {
    let mut host = with(Faults::new().at_transfer(2, Fault::Unplug));
    host.status();
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
    assert!(host.bus.scan().unwrap().is_empty());
}

#[test]
fn a_corrupted_byte_is_one_flipped_bit() {
    let fault = Fault::CorruptByte(5);
    let mut host = with(Faults::new().at_request(RequestKind::Download, 1, fault));
    assert!(
        host.write(2, &[0xF0; 8])
            .is(Status::Ok, State::DownloadIdle)
    );
    let flash = host.board.flash();
    assert_eq!(flash[..8], [0xF0, 0xF0, 0xF0, 0xF0, 0xF0, 0xF1, 0xF0, 0xF0]);
}

#[test]
fn a_dropped_write_is_acknowledged_and_not_there() {
    // inertial-sense-sdk PR#1186: U5 at RDP1 acknowledges writes and drops them.
    let mut host = with(Faults::new().at_request(RequestKind::Download, 2, Fault::DropWrite));
    host.write(2, &[0; 2048]);
    assert!(
        host.write(3, &[0; 2048])
            .is(Status::Ok, State::DownloadIdle)
    );
    assert_eq!(host.board.flash()[2047..2049], [0, 0xFF]);
}

#[test]
fn stuck_busy_ends_with_two_clrstatus_and_the_work_was_done() {
    let mut host = with(Faults::new().at_request(RequestKind::Download, 1, Fault::StuckBusy));
    host.download(2, &[0; 4]).unwrap();
    for _ in 0..3 {
        assert!(host.status().is(Status::Ok, State::DownloadBusy));
        host.wait(LONG);
    }
    host.clear_status();
    assert!(host.status().is(Status::Unknown, State::Error));
    host.clear_status();
    assert!(host.status().is(Status::Ok, State::Idle));
    assert_eq!(host.board.flash()[..4], [0; 4]);
}

#[test]
fn garbage_has_the_right_length() {
    let mut host = with(Faults::new().at_request(RequestKind::GetStatus, 1, Fault::Garbage));
    assert_eq!(
        (host.status().status, host.status().state),
        (0xEE, State::Idle as u8)
    );
}

#[test]
fn a_short_read_is_half() {
    let mut host = with(Faults::new().at_request(RequestKind::Upload, 2, Fault::ShortRead));
    assert_eq!(host.upload(2, 2048).unwrap().len(), 2048);
    assert_eq!(host.upload(3, 2048).unwrap().len(), 1024);
    assert_eq!(host.upload(4, 2048).unwrap().len(), 2048);
}

#[test]
fn a_wrong_status_is_answered_and_stays() {
    let fault = Fault::Status(Status::Verify, State::Error);
    let mut host = with(Faults::new().at_request(RequestKind::GetStatus, 2, fault));
    host.download(2, &[0; 4]).unwrap();
    host.status();
    assert!(host.status().is(Status::Verify, State::Error));
    assert!(host.status().is(Status::Verify, State::Error));
    host.clear_status();
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn a_fault_from_a_transfer_on_does_not_go_away() {
    let mut host = with(Faults::new().from_transfer(2, Fault::Stall));
    host.status();
    for _ in 0..5 {
        assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Stall);
    }
}
