//! Sockets as timely sees them: they never fail, for timely ends its process where one does.
//!
//! Enters: a proved socket. Leaves: the same, counted; where it breaks before this process is done, [`Fate`] knows who is
//! gone, what is written to it is dropped, and whoever reads from it waits for ever.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use timely::communication::allocator::zero_copy::stream::Stream;

/// What has become of the other processes.
#[derive(Debug)]
pub(super) struct Fate {
    /// One more than the number of the first that is gone; 0: none is.
    gone: AtomicUsize,
    /// Members of this process that are not done, and those whose workers have not ended.
    busy: AtomicUsize,
    working: AtomicUsize,
    sent: AtomicU64,
}

impl Fate {
    /// For a process of so many members.
    pub(super) fn new(members: usize) -> Fate {
        let all = || AtomicUsize::new(members);
        Fate { gone: AtomicUsize::new(0), busy: all(), working: all(), sent: AtomicU64::new(0) }
    }

    /// The first process that was found to be gone.
    pub(super) fn gone(&self) -> Option<usize> {
        self.gone.load(Ordering::SeqCst).checked_sub(1)
    }

    fn is_gone(&self, process: usize) {
        let _ = self.gone.compare_exchange(0, process + 1, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// A member says so before it says the same to the others: so nobody closes a socket before all here have said it.
    pub(super) fn member_is_done(&self) {
        self.busy.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn worker_is_done(&self) {
        self.working.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether nothing is to be waited for any more.
    pub(super) fn is_over(&self) -> bool {
        self.gone().is_some() || self.working.load(Ordering::SeqCst) == 0
    }

    fn is_done(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// A socket to another process.
pub(super) struct Guarded {
    socket: TcpStream,
    other: usize,
    fate: Arc<Fate>,
}

impl Guarded {
    pub(super) fn new(socket: TcpStream, other: usize, fate: Arc<Fate>) -> Guarded {
        Guarded { socket, other, fate }
    }

    fn broken(&self) {
        if !self.fate.is_done() {
            self.fate.is_gone(self.other);
        }
    }
}

impl Read for Guarded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.read(into) {
                Ok(0) if self.fate.is_done() && self.fate.gone().is_none() => return Ok(0),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(read) if read > 0 => return Ok(read),
                _ => {
                    self.fate.is_gone(self.other);
                    loop {
                        thread::park();
                    }
                }
            }
        }
    }
}

impl Write for Guarded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.socket.write(bytes) {
            Ok(written) => {
                self.fate.sent.fetch_add(written as u64, Ordering::Relaxed);
                Ok(written)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(_) => {
                self.broken();
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Stream for Guarded {
    fn try_clone(&self) -> io::Result<Self> {
        let socket = self.socket.try_clone()?;
        Ok(Guarded { socket, other: self.other, fate: self.fate.clone() })
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.socket.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        if self.socket.shutdown(how).is_err() {
            self.broken();
        }
        Ok(())
    }
}
