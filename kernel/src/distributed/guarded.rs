//! Sockets as timely sees them: they never fail, for timely ends its process where one does.
//!
//! Enters: a proved socket. Leaves: the same, counted; where it breaks before this process is done, [`Fate`] knows who is
//! gone and tells all others, what is written to it is dropped, and whoever reads from it waits for ever.
//!
//! What timely writes goes in frames, so that between two of them a process can say whom it misses: it ends because of that
//! other, and whoever only sees that its socket closes would name the wrong one.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use timely::communication::allocator::zero_copy::stream::Stream;

/// Of a frame: how many bytes follow, or, with [`MISSED`], the number of the process that is gone.
pub(super) type Header = [u8; 4];

/// The bit that says that no bytes follow.
const MISSED: u32 = 1 << 31;

/// So long the others are told whom this process misses, at most; who takes nothing for so long learns it by itself.
const TELLING: Duration = Duration::from_secs(2);

/// The way to another process: a lock, so that nothing comes into the middle of a frame.
type Way = Arc<Mutex<TcpStream>>;

/// Says that a process is gone.
pub(super) fn missed(process: usize) -> Header {
    (MISSED | process as u32).to_be_bytes()
}

/// What a header says.
pub(super) enum Said {
    /// So many bytes follow.
    Bytes(usize),
    /// A process is gone.
    Missed(usize),
}

impl Said {
    pub(super) fn by(header: Header) -> Said {
        let word = u32::from_be_bytes(header);
        match word & MISSED {
            0 => Said::Bytes(word as usize),
            _ => Said::Missed((word & !MISSED) as usize),
        }
    }
}

/// What has become of the other processes.
#[derive(Debug)]
pub(super) struct Fate {
    /// Which of all this is.
    process: usize,
    /// One more than the number of the first that is gone; 0: none is.
    gone: AtomicUsize,
    /// Members of this process that are not done, and those whose workers have not ended.
    busy: AtomicUsize,
    working: AtomicUsize,
    sent: AtomicU64,
    ways: OnceLock<Vec<Way>>,
    /// Those that are to be told, and are not yet.
    untold: AtomicUsize,
}

impl Fate {
    /// For a process of so many members.
    pub(super) fn new(process: usize, members: usize) -> Fate {
        let all = || AtomicUsize::new(members);
        Fate {
            process,
            gone: AtomicUsize::new(0),
            busy: all(),
            working: all(),
            sent: AtomicU64::new(0),
            ways: OnceLock::new(),
            untold: AtomicUsize::new(0),
        }
    }

    /// The first process that was found to be gone.
    pub(super) fn gone(&self) -> Option<usize> {
        self.gone.load(Ordering::SeqCst).checked_sub(1)
    }

    /// Who is told when somebody is gone.
    fn ways(&self) -> &[Way] {
        self.ways.get().map_or(&[], Vec::as_slice)
    }

    fn is_gone(self: &Arc<Self>, process: usize) {
        let ways = self.ways();
        self.untold.fetch_add(ways.len(), Ordering::SeqCst);
        let first = self.gone.compare_exchange(0, process + 1, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        // A thread for each: one that takes nothing holds nobody else up.
        for way in ways {
            let (fate, way) = (self.clone(), way.clone());
            let tell = move || {
                let _ = way.lock().unwrap_or_else(PoisonError::into_inner).write_all(&missed(process));
                fate.untold.fetch_sub(1, Ordering::SeqCst);
            };
            if !first || thread::Builder::new().spawn(tell).is_err() {
                self.untold.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }

    /// Where somebody is gone: waits until all others know of it, unless they take too long.
    pub(super) fn wait_until_told(&self) {
        let until = Instant::now() + TELLING;
        while self.untold.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
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

/// A socket to another process, or a half of it: one reads, one writes.
pub(super) struct Guarded {
    socket: TcpStream,
    way: Way,
    other: usize,
    fate: Arc<Fate>,
    /// Bytes of the frame that is being read.
    left: usize,
}

impl Guarded {
    /// Sockets to all other processes, by process; `None` is this one.
    pub(super) fn all(sockets: Vec<Option<TcpStream>>, fate: &Arc<Fate>) -> io::Result<Vec<Option<Guarded>>> {
        let guard = |(other, socket): (usize, Option<TcpStream>)| {
            let guard = |socket: TcpStream| {
                let way = Arc::new(Mutex::new(socket.try_clone()?));
                Ok(Guarded { socket, way, other, fate: fate.clone(), left: 0 })
            };
            socket.map(guard).transpose()
        };
        let guarded = sockets.into_iter().enumerate().map(guard).collect::<io::Result<Vec<_>>>()?;
        let ways = guarded.iter().flatten().map(|guarded| guarded.way.clone()).collect();
        let _ = fate.ways.set(ways);
        Ok(guarded)
    }

    /// Nothing more comes from here, and timely is not to know it.
    fn park(&self, gone: usize) -> ! {
        self.fate.is_gone(gone);
        loop {
            thread::park();
        }
    }

    /// As [`Read::read`], without interruptions.
    fn some(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.read(into) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// What the next header says; `None`: none comes.
    fn said(&mut self) -> Option<Said> {
        let (mut header, mut at) = (Header::default(), 0);
        while at < header.len() {
            match self.some(&mut header[at..]) {
                Ok(read) if read > 0 => at += read,
                _ => return None,
            }
        }
        Some(Said::by(header))
    }
}

impl Read for Guarded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            match self.said() {
                Some(Said::Bytes(bytes)) => self.left = bytes,
                // Whoever is told that it is gone itself knows better.
                Some(Said::Missed(process)) if process != self.fate.process => self.park(process),
                None if self.fate.is_done() && self.fate.gone().is_none() => return Ok(0),
                Some(Said::Missed(_)) | None => self.park(self.other),
            }
        }
        let most = into.len().min(self.left);
        match self.some(&mut into[..most]) {
            Ok(read) if read > 0 => {
                self.left -= read;
                Ok(read)
            }
            _ => self.park(self.other),
        }
    }
}

impl Write for Guarded {
    /// What cannot be written is dropped: who reads from the same socket learns why.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(MISSED as usize - 1)];
        if self.fate.gone().is_none() {
            let mut socket = self.way.lock().unwrap_or_else(PoisonError::into_inner);
            if frame(&mut socket, bytes).is_ok() {
                self.fate.sent.fetch_add((size_of::<Header>() + bytes.len()) as u64, Ordering::Relaxed);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A header and what follows it, in one packet where it fits.
fn frame(socket: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let header = (bytes.len() as u32).to_be_bytes();
    let mut slices = [IoSlice::new(&header), IoSlice::new(bytes)];
    let mut slices = &mut slices[..];
    while !slices.is_empty() {
        match socket.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

impl Stream for Guarded {
    fn try_clone(&self) -> io::Result<Self> {
        let socket = self.socket.try_clone()?;
        Ok(Guarded { socket, way: self.way.clone(), other: self.other, fate: self.fate.clone(), left: 0 })
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.socket.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        // Where somebody is gone, the others are yet to be told; where it fails, who reads from the same socket learns why.
        if self.fate.gone().is_none() {
            let _ = self.socket.shutdown(how);
        }
        Ok(())
    }
}
