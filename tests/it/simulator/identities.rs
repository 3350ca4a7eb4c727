//! Boards that are something else than an STM32 in DFU mode, or have something wrong with them.

use super::*;

use upfuse::transport::DeviceRecord;

fn record(name: &str) -> DeviceRecord {
    let mut bus = SimulatedBus::new();
    bus.plug(board(name), Time::Virtual);
    bus.scan().unwrap().remove(0)
}

fn classes(record: &DeviceRecord) -> Vec<(u8, u8, u8)> {
    let classes = |i: &upfuse::transport::InterfaceRecord| (i.class, i.subclass, i.protocol);
    record.interfaces.iter().map(classes).collect()
}

#[test]
fn probes_adapters_and_programs_show_their_ids_and_no_dfu() {
    for (name, vendor, product) in [
        ("st-link", 0x0483, 0x374B),
        ("vcp", 0x0483, 0x5740),
        ("micropython", 0xF055, 0x9800),
        ("ch340", 0x1A86, 0x7523),
        ("cp2102", 0x10C4, 0xEA60),
    ] {
        let record = record(name);
        assert_eq!((record.vendor, record.product), (vendor, product), "{name}");
        assert!(!classes(&record).iter().any(|class| class.0 == 0xFE));
    }
}

#[test]
fn a_program_without_dfu_stalls_every_request() {
    let mut host = Host::named("vcp");
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Stall);
}

#[test]
fn a_detach_brings_a_run_time_device_back_as_bootloader_under_another_serial() {
    let mut host = Host::named("runtime");
    let before = record("runtime");
    assert_eq!(classes(&before)[2], (0xFE, 1, 1));
    assert!(before.interfaces[2].functional.unwrap().will_detach());
    assert!(host.status().is(Status::Ok, State::AppIdle));
    host.opened.transport.write(0, 1000, &[], LONG).unwrap();
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);
    assert!(host.bus.scan().unwrap().is_empty());
    let after = host.bus.scan().unwrap().remove(0);
    assert_eq!((after.place.clone(), after.product), (before.place, 0xDF11));
    assert_ne!(after.serial, before.serial);
}

#[test]
fn a_device_that_does_not_detach_itself_waits_for_a_bus_reset() {
    // DFU 1.1 §5.1
    let mut host = Host::named("runtime-reset");
    host.opened.transport.write(0, 1000, &[], LONG).unwrap();
    assert_eq!(host.state(), State::AppDetach as u8);
    assert_eq!(kind(host.opened.transport.reset()), UsbErrorKind::Gone);
    host.bus.scan().unwrap();
    assert_eq!(host.bus.scan().unwrap()[0].product, 0xDF11);
}

#[test]
fn a_bus_reset_after_the_detach_timeout_changes_nothing() {
    let mut host = Host::named("runtime-reset");
    host.opened.transport.write(0, 1000, &[], LONG).unwrap();
    host.wait(Duration::from_millis(1100));
    host.opened.transport.reset().unwrap();
    assert_eq!(host.state(), State::AppIdle as u8);
}

#[test]
fn a_c5_stalls_clrstatus_outside_dfu_error() {
    // betaflight PR#5300
    let mut host = Host::named("c5");
    let clear = host.opened.transport.write(4, 0, &[], LONG);
    assert_eq!(kind(clear), UsbErrorKind::Stall);
    assert!(host.status().is(Status::Ok, State::Idle));
    host.set_address(0x6000_0000);
    host.clear_status();
    assert!(host.status().is(Status::Ok, State::Idle));
}

#[test]
fn a_gd32vf103_erases_one_kibibyte_where_its_layout_says_two() {
    // aw/fiveforths#20
    let mut host = Host::of(board("gd32vf103").holding_old_firmware(1));
    host.erase(0x0800_0000);
    assert_eq!(host.board.erasures()[0].range.len(), 1024);
    assert!(
        host.set_address(0x0802_0000)
            .is(Status::Target, State::Error)
    );
}

#[test]
fn a_plain_dfu_device_takes_blocks_from_0_and_erases_as_it_goes() {
    let mut host = Host::of(board("dfu11").holding_old_firmware(1));
    assert_eq!(kind(host.download(0, &[])), UsbErrorKind::Stall);
    host.clear_status();
    for block in 0..3 {
        let reply = host.write(block, &[block as u8; 1024]);
        assert!(reply.is(Status::Ok, State::DownloadIdle));
    }
    assert_eq!(host.board.erasures().len(), 3);
    assert_eq!(host.board.defects(), []);
    host.abort();
    assert_eq!(host.upload(0, 1024).unwrap(), [0; 1024]);
    assert_eq!(host.upload(2, 1024).unwrap(), [2; 1024]);
    assert!(host.upload(64, 1024).unwrap().is_empty());
    assert_eq!(host.state(), State::Idle as u8);
    assert!(host.write(64, &[0; 4]).is(Status::Address, State::Error));
}

#[test]
fn partitions_of_an_mp1_are_told_apart_by_the_alternate_setting() {
    let mut host = Host::named("mp1");
    host.opened.transport.select_alternate(1).unwrap();
    host.set_address(1);
    host.write(2, &[0xAB; 16]);
    host.opened.transport.select_alternate(0).unwrap();
    host.set_address(0);
    host.abort();
    assert_eq!(host.upload(2, 16).unwrap(), [0xFF; 16]);
    host.abort();
    host.opened.transport.select_alternate(1).unwrap();
    host.set_address(1);
    host.abort();
    assert_eq!(host.upload(2, 16).unwrap(), [0xAB; 16]);
}

#[test]
fn boards_that_the_system_keeps_shut_say_why() {
    for (name, why) in [
        ("f407-no-access", UsbErrorKind::Access),
        ("f407-in-use", UsbErrorKind::Busy),
        ("f407-wrong-driver", UsbErrorKind::WrongDriver),
    ] {
        let mut bus = SimulatedBus::new();
        let one = bus.plug(board(name), Time::Virtual);
        assert_eq!(bus.scan().unwrap()[0].blocked, Some(why));
        assert_eq!(kind(bus.open(&one.place(), 0)), why);
    }
}

#[test]
fn boards_that_fail_on_the_way_fail_as_their_names_say() {
    let mut host = Host::named("f407-unplugged");
    for _ in 1..20 {
        host.status();
    }
    assert_eq!(kind(host.try_status(LONG)), UsbErrorKind::Gone);

    let mut host = Host::named("f407-bad-write");
    host.write(2, &[0; 16]);
    assert_eq!(host.board.flash()[..2], [1, 0]);

    let mut host = Host::of(board("f407-write-protected").holding_old_firmware(1));
    let before = host.board.flash();
    host.erase(0x0800_4000);
    assert_eq!(host.board.flash(), before);
}

#[test]
fn a_dso_nano_speaks_dfuse_under_protocol_0() {
    let record = record("dso-nano");
    assert_eq!(classes(&record), [(0xFE, 1, 0); 2]);
    assert_eq!(record.interfaces[1].functional.unwrap().dfu_version, 0x011A);
    let mut host = Host::named("dso-nano");
    host.set_address(0x0000_1000);
    assert!(host.write(2, &[1; 4]).is(Status::Ok, State::DownloadIdle));
}
