//! The simulator held to the documents, rule by rule.

mod coming_and_going;
mod commands;
mod faults;
mod identities;
mod option_bytes;
mod profiles;
mod records;
mod serial_ports;
mod state_machine;
mod timing;

use std::time::Duration;

use upfuse::transport::{Bus, Opened, Place, UsbError, UsbErrorKind};

use upfuse::simulator::{Board, SimulatedBoard, SimulatedBus, State, Status, Time};

const LONG: Duration = Duration::from_secs(60);

/// A host that knows the requests and nothing else.
struct Host {
    bus: SimulatedBus,
    board: SimulatedBoard,
    opened: Opened,
}

/// GETSTATUS, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reply {
    status: u8,
    poll: u32,
    state: u8,
}

impl Reply {
    fn is(self, status: Status, state: State) -> bool {
        (self.status, self.state) == (status as u8, state as u8)
    }
}

fn board(name: &str) -> Board {
    Board::by_name(name).unwrap()
}

impl Host {
    fn of(board: Board) -> Self {
        let mut bus = SimulatedBus::new();
        let board = bus.plug(board, Time::Virtual);
        let (opened, _) = bus.open(&Place("sim-1".into()), 0).unwrap();
        Self { bus, board, opened }
    }

    fn named(name: &str) -> Self {
        Self::of(board(name))
    }

    fn reopen(&mut self) -> Result<(), UsbError> {
        // The old handle is let go first, as a host does.
        let dead = SimulatedBus::new();
        dead.plug(board("f042"), Time::Virtual);
        self.opened = dead.clone().open(&Place("sim-1".into()), 0)?.0;
        self.opened = self.bus.open(&self.board.place(), 0)?.0;
        Ok(())
    }

    fn now(&self) -> Duration {
        self.opened.clock.now()
    }

    fn wait(&self, time: Duration) {
        self.opened.clock.sleep(time);
    }

    fn download(&mut self, block: u16, data: &[u8]) -> Result<(), UsbError> {
        self.opened.transport.write(1, block, data, LONG)
    }

    fn upload(&mut self, block: u16, length: usize) -> Result<Vec<u8>, UsbError> {
        let mut buffer = vec![0; length];
        let received = self.opened.transport.read(2, block, &mut buffer, LONG)?;
        buffer.truncate(received);
        Ok(buffer)
    }

    fn try_status(&mut self, timeout: Duration) -> Result<Reply, UsbError> {
        let mut b = [0; 6];
        self.opened.transport.read(3, 0, &mut b, timeout)?;
        Ok(Reply {
            status: b[0],
            poll: u32::from_le_bytes([b[1], b[2], b[3], 0]),
            state: b[4],
        })
    }

    fn status(&mut self) -> Reply {
        self.try_status(LONG).unwrap()
    }

    fn clear_status(&mut self) {
        self.opened.transport.write(4, 0, &[], LONG).unwrap();
    }

    fn state(&mut self) -> u8 {
        let mut b = [0];
        self.opened.transport.read(5, 0, &mut b, LONG).unwrap();
        b[0]
    }

    fn abort(&mut self) {
        self.opened.transport.write(6, 0, &[], LONG).unwrap();
    }

    fn command(&mut self, code: u8, address: u32) -> Result<(), UsbError> {
        let [a, b, c, d] = address.to_le_bytes();
        self.download(0, &[code, a, b, c, d])
    }

    /// Starts the operation with a first GETSTATUS, waits its true time out, and returns the
    /// second.
    fn finish(&mut self) -> Reply {
        assert!(self.status().is(Status::Ok, State::DownloadBusy));
        self.wait(LONG);
        self.status()
    }

    fn set_address(&mut self, address: u32) -> Reply {
        self.command(0x21, address).unwrap();
        self.finish()
    }

    fn erase(&mut self, address: u32) -> Reply {
        self.command(0x41, address).unwrap();
        self.finish()
    }

    fn write(&mut self, block: u16, data: &[u8]) -> Reply {
        self.download(block, data).unwrap();
        self.finish()
    }
}

fn kind<T: std::fmt::Debug>(result: Result<T, UsbError>) -> UsbErrorKind {
    result.unwrap_err().kind
}
