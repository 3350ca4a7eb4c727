//! The serial port of a program, through the wire.

use super::*;

#[test]
fn a_serial_port_has_the_descriptors_that_a_system_looks_for() {
    // usbcfg.c of DiSlord/NanoVNA-D: 67 bytes, device class 2; there the protocol is 0.
    let server = server(&boards(&["nanovna", "micropython"]));
    let mut client = import(&server, "1-1").unwrap();
    assert_eq!(client.get_descriptor(1, 0, 18).unwrap()[4..7], [2, 2, 0]);
    let all = client.get_descriptor(2, 0, 4096).unwrap();
    assert_eq!(all[..9], [9, 2, 67, 0, 2, 1, 0, 0xC0, 50]);
    assert_eq!(
        all[9..],
        [
            9, 4, 0, 0, 1, 2, 2, 1, 0, 5, 0x24, 0, 0x10, 1, 5, 0x24, 1, 0, 1, 4, 0x24, 2, 2, 5,
            0x24, 6, 0, 1, 7, 5, 0x82, 3, 8, 0, 0xFF, 9, 4, 1, 0, 2, 0x0A, 0, 0, 0, 7, 5, 1, 2, 64,
            0, 0, 7, 5, 0x81, 2, 64, 0, 0
        ]
    );
    // A composite device associates the two interfaces of its port.
    let mut client = import(&server, "1-2").unwrap();
    assert_eq!(client.get_descriptor(1, 0, 18).unwrap()[4..7], [0xEF, 2, 1]);
    let all = client.get_descriptor(2, 0, 4096).unwrap();
    assert_eq!(all[18..26], [8, 11, 1, 2, 2, 2, 1, 0]);
    // Requests to the port: 115200 8N1 at first.
    let coding = [0x00, 0xC2, 0x01, 0x00, 0, 0, 8];
    let get = [0xA1, 0x21, 0, 0, 1, 0, 7, 0];
    assert_eq!(client.control(get, &[]), Ok(coding.to_vec()));
    let slow = [0xB0, 0x04, 0, 0, 0, 0, 8];
    client
        .control([0x21, 0x20, 0, 0, 1, 0, 7, 0], &slow)
        .unwrap();
    assert_eq!(client.control(get, &[]), Ok(slow.to_vec()));
    client.control([0x21, 0x22, 3, 0, 1, 0, 0, 0], &[]).unwrap();
}

#[test]
fn a_transfer_from_a_program_waits_for_its_answer() {
    let server = server(&boards(&["betaflight"]));
    let mut client = import(&server, "1-1").unwrap();
    let notification = client.receive(2, 8);
    let first = client.receive(1, 128);
    let second = client.receive(1, 128);
    let question = client.transmit(1, b"$M<\x00\x01\x01");
    assert_eq!(client.returned(false), (3, question, 0, vec![]));
    let answer = b"$M>\x03\x01\x00\x01\x2E\x2D".to_vec();
    assert_eq!(client.returned(true), (3, first, 0, answer));
    // A request is answered while others wait.
    assert_eq!(client.get_descriptor(1, 0, 18).unwrap().len(), 18);
    for waiting in [second, notification] {
        let unlinked = client.unlink(waiting);
        assert_eq!(client.returned(false), (4, unlinked, -104, vec![]));
    }
    let late = client.unlink(first);
    assert_eq!(client.returned(false), (4, late, 0, vec![]));
    // There is no endpoint 5.
    let sequence = client.receive(5, 64);
    assert_eq!(client.returned(true), (3, sequence, STALL, vec![]));
}

#[test]
fn the_program_leaves_and_the_bootloader_can_be_attached() {
    let boards = boards(&["betaflight"]);
    let server = server(&boards);
    let mut client = import(&server, "1-1").unwrap();
    let waiting = client.receive(1, 128);
    let reboot = client.transmit(1, b"$M<\x01\x44\x01\x44");
    assert_eq!(client.returned(false), (3, reboot, 0, vec![]));
    let answer = b"$M>\x01\x44\x01\x44".to_vec();
    assert_eq!(client.returned(true), (3, waiting, 0, answer));
    client.receive(1, 128);
    assert!(client.is_at_its_end());
    let mut client = import(&server, "1-1").unwrap();
    assert_eq!(
        client.get_descriptor(1, 0, 18).unwrap()[8..12],
        [0x83, 0x04, 0x11, 0xDF]
    );
    // It has no serial port any more.
    let sequence = client.receive(1, 128);
    assert_eq!(client.returned(true), (3, sequence, STALL, vec![]));
    assert_eq!(boards[0].serial_received(), b"$M<\x01\x44\x01\x44");
}

#[test]
fn a_client_with_too_many_waiting_reads_is_disconnected() {
    let boards = boards(&["vcp"]);
    let limits = Limits {
        waiting: 20,
        ..Limits::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = serve_within(limits, listener, boards, None).unwrap();
    let mut client = import(&server, "1-1").unwrap();
    // What Linux has at most: 16 reads and one for notifications (cdc-acm.h, ACM_NR).
    for _ in 0..17 {
        client.receive(1, 128);
    }
    assert_eq!(client.get_descriptor(1, 0, 18).unwrap().len(), 18);
    for _ in 0..10 {
        client.receive(1, 128);
    }
    assert!(client.is_at_its_end());
}
