//! Any bytes as the messages of a USB/IP client.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/simulator/usbip/wire.rs"]
#[expect(dead_code, reason = "the replies are the server's")]
mod wire;

fuzz_target!(|input: &[u8]| {
    let mut from = Cursor::new(input);
    if wire::read_operation(&mut from).is_err() {
        return;
    }
    while let Ok(command) = wire::read_command(&mut from) {
        if let wire::Command::Submit(submit) = command {
            assert!(submit.data.len() <= input.len());
            assert!(!submit.to_host || submit.data.is_empty());
            assert!(submit.data.len() <= submit.length);
            let length = submit.data.len();
            let reply = wire::submit_reply(submit.sequence, Ok(wire::Transferred::Sent(length)));
            assert_eq!(reply.len(), 48);
        }
    }
});
