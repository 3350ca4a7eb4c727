//! The messages of USB/IP 1.1.1, byte for byte (Linux Documentation/usb/usbip_protocol.rst).

use std::io::{self, Read};

/// Longest transfer taken; a control transfer carries at most 65535 bytes.
const MOST_DATA: u32 = 1 << 16;
const VERSION: u16 = 0x0111;
const OP_REQ_DEVLIST: u16 = 0x8005;
const OP_REP_DEVLIST: u16 = 0x0005;
const OP_REQ_IMPORT: u16 = 0x8003;
const OP_REP_IMPORT: u16 = 0x0003;
const CMD_SUBMIT: u32 = 1;
const CMD_UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;
const DIRECTION_IN: u32 = 1;
/// USB_SPEED_FULL
const FULL_SPEED: u32 = 2;
/// -EPIPE: a stalled endpoint.
pub(super) const STALLED: i32 = -32;
/// -EPROTO: the transfer broke on the bus.
pub(super) const BROKEN: i32 = -71;
/// -ECONNRESET: unlinked before it was done.
pub(super) const UNLINKED: i32 = -104;

/// The request that opens a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    DeviceList,
    Import(String),
}

/// Why an import is refused: ST_DEV_BUSY, ST_NODEV of the kernel's usbip tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Refusal {
    Busy = 2,
    NoDevice = 4,
}

/// One transfer for the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Submit {
    pub(super) sequence: u32,
    pub(super) endpoint: u32,
    pub(super) to_host: bool,
    /// The most bytes that the host takes, or those that it sends.
    pub(super) length: usize,
    pub(super) setup: [u8; 8],
    pub(super) data: Vec<u8>,
}

/// The messages of a client after an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Submit(Submit),
    /// Take back the transfer with the second number.
    Unlink(u32, u32),
}

/// The description of a device before it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exported {
    /// Counted from 1; makes bus ID `1-1` and its siblings.
    pub(super) number: usize,
    pub(super) vendor: u16,
    pub(super) product: u16,
    pub(super) version: u16,
    /// Class, subclass and protocol of each interface.
    pub(super) interfaces: Vec<[u8; 3]>,
}

impl Exported {
    pub(super) fn bus_id(number: usize) -> String {
        format!("1-{number}")
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut buffer = [0; N];
    from.read_exact(&mut buffer)?;
    Ok(buffer)
}

fn number(from: &mut impl Read) -> io::Result<u32> {
    bytes(from).map(u32::from_be_bytes)
}

pub(super) fn read_operation(from: &mut impl Read) -> io::Result<Operation> {
    let _version: [u8; 2] = bytes(from)?;
    let code = u16::from_be_bytes(bytes(from)?);
    let _status = number(from)?;
    match code {
        OP_REQ_DEVLIST => Ok(Operation::DeviceList),
        OP_REQ_IMPORT => {
            let id: [u8; 32] = bytes(from)?;
            let text = id.split(|b| *b == 0).next().unwrap_or_default();
            Ok(Operation::Import(
                String::from_utf8_lossy(text).into_owned(),
            ))
        }
        _ => Err(invalid("an operation that USB/IP does not have")),
    }
}

pub(super) fn read_command(from: &mut impl Read) -> io::Result<Command> {
    let command = number(from)?;
    let sequence = number(from)?;
    let _device = number(from)?;
    let direction = number(from)?;
    let endpoint = number(from)?;
    match command {
        CMD_SUBMIT => {
            let _flags = number(from)?;
            let length = number(from)?;
            // Start frame, number of packets, interval: for other kinds of transfer.
            let _unused: [u8; 12] = bytes(from)?;
            let setup = bytes(from)?;
            if length > MOST_DATA {
                return Err(invalid("a transfer that is too long"));
            }
            let to_host = direction == DIRECTION_IN;
            let carried = if to_host { 0 } else { length };
            let mut data = Vec::new();
            from.take(carried.into()).read_to_end(&mut data)?;
            Ok(Command::Submit(Submit {
                sequence,
                endpoint,
                to_host,
                length: usize::try_from(length).unwrap_or(usize::MAX),
                setup,
                data,
            }))
        }
        CMD_UNLINK => {
            let victim = number(from)?;
            let _padding: [u8; 24] = bytes(from)?;
            Ok(Command::Unlink(sequence, victim))
        }
        _ => Err(invalid("a command that USB/IP does not have")),
    }
}

/// A message under construction; all numbers are big-endian.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn i32(mut self, value: i32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn text(mut self, text: &str, length: usize) -> Self {
        let text = text.bytes().chain(std::iter::repeat(0)).take(length);
        self.0.extend(text);
        self
    }

    fn device(self, device: &Exported) -> Self {
        let id = Exported::bus_id(device.number);
        let number = u32::try_from(device.number).unwrap_or(u32::MAX);
        let interfaces = u8::try_from(device.interfaces.len()).unwrap_or(u8::MAX);
        self.text(&format!("/sys/devices/simulated/{id}"), 256)
            .text(&id, 32)
            .u32(1)
            .u32(number)
            .u32(FULL_SPEED)
            .u16(device.vendor)
            .u16(device.product)
            .u16(device.version)
            // Class, subclass and protocol are the interfaces' own.
            .u8(0)
            .u8(0)
            .u8(0)
            // Configuration 1 of 1.
            .u8(1)
            .u8(1)
            .u8(interfaces)
    }
}

pub(super) fn device_list(devices: &[Exported]) -> Vec<u8> {
    let count = u32::try_from(devices.len()).unwrap_or(u32::MAX);
    let mut message = Message::default()
        .u16(VERSION)
        .u16(OP_REP_DEVLIST)
        .u32(0)
        .u32(count);
    for device in devices {
        message = message.device(device);
        for [class, subclass, protocol] in &device.interfaces {
            message = message.u8(*class).u8(*subclass).u8(*protocol).u8(0);
        }
    }
    message.0
}

pub(super) fn import_reply(device: Result<&Exported, Refusal>) -> Vec<u8> {
    let reply = Message::default().u16(VERSION).u16(OP_REP_IMPORT);
    match device {
        Ok(device) => reply.u32(0).device(device).0,
        Err(refusal) => reply.u32(refusal as u32).0,
    }
}

fn return_header(kind: u32, sequence: u32) -> Message {
    // Device, direction and endpoint stay 0 in replies.
    Message::default()
        .u32(kind)
        .u32(sequence)
        .u32(0)
        .u32(0)
        .u32(0)
}

/// The answer to a transfer: what was received, or how many bytes were sent, or a negative errno.
pub(super) fn submit_reply(sequence: u32, result: Result<Transferred, i32>) -> Vec<u8> {
    let (status, length, data) = match result {
        Ok(Transferred::Received(data)) => (0, data.len(), data),
        Ok(Transferred::Sent(length)) => (0, length, Vec::new()),
        Err(status) => (status, 0, Vec::new()),
    };
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let mut message = return_header(RET_SUBMIT, sequence)
        .i32(status)
        .u32(length)
        // Start frame, number of packets, errors.
        .u32(0)
        .u32(0)
        .u32(0)
        .text("", 8)
        .0;
    message.extend(data);
    message
}

/// What a control transfer carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Transferred {
    Received(Vec<u8>),
    Sent(usize),
}

pub(super) fn unlink_reply(sequence: u32, status: i32) -> Vec<u8> {
    return_header(RET_UNLINK, sequence)
        .i32(status)
        .text("", 24)
        .0
}
