//! All processes of a hosts file find each other.
//!
//! Enters: a listener, the hosts, what is claimed. Leaves: a proved socket to every other process. Each connects to those
//! before it and listens for those after it; what anybody else does at the port is refused and changes nothing. Whoever has
//! met all says so to all, and goes on once all have said so: until then, one that ends ends the meeting everywhere.

use super::guarded::{Header, Said, missed};
use super::handshake::{self, Claims, Refused};
use super::{Apart, Part};
use rustix::net::sockopt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at the listener, or two attempts to connect.
const PAUSE: Duration = Duration::from_millis(20);
const AGAIN: Duration = Duration::from_millis(150);

/// For one attempt to connect.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Who is not here by then is told of.
const TOLD_AFTER: Duration = Duration::from_secs(2);

/// Connections that are looked at at once; more are closed unread.
const LOOKED_AT: usize = 64;

/// Proofs that a process may refuse before this one gives up: the secrets differ.
const REFUSALS: u32 = 3;

/// What says that a process has met all: no bytes follow.
const ALL_HERE: Header = [0; 4];

/// Another process, proved.
struct Met {
    socket: TcpStream,
    /// It has met all.
    ready: bool,
}

impl Met {
    /// Takes what it has said. Errors: a process is gone: this one, or the one that it names.
    fn look(&mut self, process: usize) -> Result<(), usize> {
        let mut header = Header::default();
        match self.socket.peek(&mut header) {
            Ok(0) => Err(process),
            Ok(read) if read == header.len() && !self.ready => {
                self.socket.read_exact(&mut header).map_err(|_| process)?;
                match Said::by(header) {
                    Said::Bytes(_) => self.ready = true,
                    Said::Missed(other) => return Err(other),
                }
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            Err(_) => Err(process),
        }
    }
}

/// What the threads of a meeting share.
struct Meeting<'m> {
    part: &'m Part,
    claims: &'m Claims,
    others: Mutex<Vec<Option<Met>>>,
    /// Why it fails.
    failed: Mutex<Option<Apart>>,
    over: AtomicBool,
    looked_at: AtomicUsize,
    strangers: AtomicUsize,
    until: Instant,
}

/// A socket to each process but this one, by process. Errors: one does not come in time, or does not fit.
pub(super) fn meet(
    part: &Part,
    claims: &Claims,
    listener: &TcpListener,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Option<TcpStream>>, Apart> {
    listener.set_nonblocking(true).map_err(|e| Apart(format!("cannot listen: {e}")))?;
    let meeting = Meeting {
        part,
        claims,
        others: Mutex::new(part.hosts.iter().map(|_| None).collect()),
        failed: Mutex::new(None),
        over: AtomicBool::new(false),
        looked_at: AtomicUsize::new(0),
        strangers: AtomicUsize::new(0),
        until: Instant::now() + part.wait,
    };
    thread::scope(|scope| {
        for other in 0..part.process {
            let meeting = &meeting;
            scope.spawn(move || meeting.connect(other));
        }
        meeting.listen(listener, scope, tell);
        meeting.over.store(true, Ordering::SeqCst);
    });
    match meeting.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(apart) => Err(apart),
        None => {
            let others = meeting.others.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok(others.into_iter().map(|met| met.map(|met| met.socket)).collect())
        }
    }
}

impl Meeting<'_> {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    fn fail(&self, apart: Apart) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(apart);
        self.over.store(true, Ordering::SeqCst);
    }

    fn others(&self) -> MutexGuard<'_, Vec<Option<Met>>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are not here yet.
    fn missing(&self) -> Vec<usize> {
        self.those(|other| other.is_none())
    }

    /// Those that have not met all yet.
    fn unready(&self) -> Vec<usize> {
        self.those(|other| !other.as_ref().is_some_and(|met| met.ready))
    }

    fn those(&self, which: impl Fn(&Option<Met>) -> bool) -> Vec<usize> {
        let others = self.others();
        (0..others.len()).filter(|other| *other != self.part.process && which(&others[*other])).collect()
    }

    /// Whether those that are here still are.
    fn look(&self) {
        let mut others = self.others();
        let all = others.iter_mut().enumerate().filter_map(|(other, met)| Some((other, met.as_mut()?)));
        let Some(gone) = all.filter_map(|(other, met)| met.look(other).err()).next() else { return };
        others.iter_mut().flatten().for_each(|met| drop(met.socket.write_all(&missed(gone))));
        let gone = self.named(gone);
        self.fail(Apart(format!("{gone} ended before all had met: start all again")));
    }

    fn named(&self, process: usize) -> String {
        format!("process {process} ({})", self.part.hosts[process])
    }

    /// Takes a proved socket in, if it is one of those that are missing.
    fn take(&self, other: usize, socket: TcpStream) {
        let mut others = self.others();
        let place = others.get_mut(other).filter(|place| other != self.part.process && place.is_none());
        if let Some(place) = place
            && prepare(&socket).is_ok()
        {
            *place = Some(Met { socket, ready: false });
        }
    }

    /// To one of the processes before this one, until it is there.
    fn connect(&self, other: usize) {
        let mut refusals = 0;
        while !self.is_over() {
            match self.ask(other) {
                Ok(socket) => return self.take(other, socket),
                Err(Refused::Other(words)) => return self.fail(Apart(words)),
                Err(Refused::Stranger) => refusals += 1,
                Err(Refused::Closed) => {}
            }
            if refusals == REFUSALS {
                let other = self.named(other);
                return self.fail(Apart(format!("{other} has another secret: give all processes the same")));
            }
            thread::sleep(AGAIN);
        }
    }

    fn ask(&self, other: usize) -> Result<TcpStream, Refused> {
        let addresses: Vec<SocketAddr> = self.part.hosts[other].to_socket_addrs()?.collect();
        let mut connected = Err(io::ErrorKind::NotFound.into());
        for address in addresses {
            connected = TcpStream::connect_timeout(&address, ATTEMPT);
            if connected.is_ok() {
                break;
            }
        }
        let socket = connected?;
        let who = handshake::ask(&socket, &self.part.secret, self.claims)?;
        // Two names of one address.
        if who as usize != other {
            let (named, found) = (self.named(other), self.named(who as usize));
            return Err(Refused::Other(format!(
                "the hosts files differ: at the address of {named} is {found}"
            )));
        }
        Ok(socket)
    }

    /// For the processes after this one, until all are there and have met all; says whom it waits for.
    fn listen<'s>(
        &'s self,
        listener: &TcpListener,
        scope: &'s thread::Scope<'s, '_>,
        tell: &(dyn Fn(&str) + Sync),
    ) {
        let began = Instant::now();
        let (mut told, mut ready) = (Vec::new(), false);
        loop {
            self.look();
            let missing = self.missing();
            if missing.is_empty() && !ready {
                ready = true;
                self.others().iter_mut().flatten().for_each(|met| drop(met.socket.write_all(&ALL_HERE)));
            }
            let awaited = if ready { self.unready() } else { missing };
            if awaited.is_empty() || self.is_over() {
                return;
            }
            if Instant::now() >= self.until {
                return self.fail(self.late(&awaited));
            }
            if told != awaited && began.elapsed() >= TOLD_AFTER {
                tell(&format!("waiting for {}", self.names(&awaited)));
                told = awaited;
            }
            match listener.accept() {
                Ok((socket, _)) if self.looked_at.load(Ordering::SeqCst) < LOOKED_AT => {
                    self.looked_at.fetch_add(1, Ordering::SeqCst);
                    scope.spawn(move || {
                        self.look_at(socket);
                        self.looked_at.fetch_sub(1, Ordering::SeqCst);
                    });
                }
                Ok(_) => {}
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Whoever has connected.
    fn look_at(&self, socket: TcpStream) {
        // Where the listener does not block, on some systems its sockets do not either.
        if socket.set_nonblocking(false).is_err() {
            return;
        }
        match handshake::answer(&socket, &self.part.secret, self.claims) {
            Ok(who) => self.take(who as usize, socket),
            Err(Refused::Other(words)) => self.fail(Apart(words)),
            Err(Refused::Stranger | Refused::Closed) => {
                self.strangers.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    fn names(&self, processes: &[usize]) -> String {
        processes.iter().map(|process| self.named(*process)).collect::<Vec<_>>().join(", ")
    }

    /// They did not come, or did not meet all others.
    fn late(&self, awaited: &[usize]) -> Apart {
        let strangers = match self.strangers.load(Ordering::SeqCst) {
            0 => String::new(),
            1 => "; one connection was refused, as it did not know the secret".to_string(),
            n => format!("; {n} connections were refused, as they did not know the secret"),
        };
        let (names, seconds) = (self.names(awaited), self.part.wait.as_secs());
        let did = if self.missing().is_empty() { "meet all others" } else { "come" };
        Apart(format!("{names} did not {did} within {seconds} s{strangers}"))
    }
}

/// No time limits any more, and nobody waits for what is not there yet; a machine that vanishes without a word is noticed within half a minute.
fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_read_timeout(None)?;
    socket.set_write_timeout(None)?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, Duration::from_secs(10))?;
    sockopt::set_tcp_keepintvl(socket, Duration::from_secs(5))?;
    sockopt::set_tcp_keepcnt(socket, 4)?;
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(socket, 30_000)?;
    Ok(())
}
