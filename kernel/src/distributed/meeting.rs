//! All processes of a hosts file find each other.
//!
//! Enters: a listener, the hosts, what is claimed. Leaves: a proved socket to every other process. Each connects to those
//! before it and listens for those after it; what anybody else does at the port is refused and changes nothing.

use super::handshake::{self, Claims, Refused};
use super::{Apart, Part};
use rustix::net::sockopt;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
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

/// What the threads of a meeting share.
struct Meeting<'m> {
    part: &'m Part,
    claims: &'m Claims,
    sockets: Mutex<Vec<Option<TcpStream>>>,
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
        sockets: Mutex::new(part.hosts.iter().map(|_| None).collect()),
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
        None => Ok(meeting.sockets.into_inner().unwrap_or_else(PoisonError::into_inner)),
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

    /// Those that are not here yet.
    fn missing(&self) -> Vec<usize> {
        let sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let others = (0..sockets.len()).filter(|other| *other != self.part.process);
        others.filter(|other| sockets[*other].is_none()).collect()
    }

    fn named(&self, process: usize) -> String {
        format!("process {process} ({})", self.part.hosts[process])
    }

    /// Takes a proved socket in, if it is one of those that are missing.
    fn take(&self, other: usize, socket: TcpStream) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let place = sockets.get_mut(other).filter(|place| other != self.part.process && place.is_none());
        if let Some(place) = place
            && prepare(&socket).is_ok()
        {
            *place = Some(socket);
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

    /// For the processes after this one, until all are there; says whom it waits for.
    fn listen<'s>(
        &'s self,
        listener: &TcpListener,
        scope: &'s thread::Scope<'s, '_>,
        tell: &(dyn Fn(&str) + Sync),
    ) {
        let began = Instant::now();
        let mut told = false;
        loop {
            let missing = self.missing();
            if missing.is_empty() || self.is_over() {
                return;
            }
            if Instant::now() >= self.until {
                return self.fail(self.late(&missing));
            }
            if !told && began.elapsed() >= TOLD_AFTER {
                told = true;
                let names: Vec<String> = missing.iter().map(|other| self.named(*other)).collect();
                tell(&format!("waiting for {}", names.join(", ")));
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

    fn late(&self, missing: &[usize]) -> Apart {
        let names: Vec<String> = missing.iter().map(|other| self.named(*other)).collect();
        let strangers = match self.strangers.load(Ordering::SeqCst) {
            0 => String::new(),
            1 => "; one connection was refused, as it did not know the secret".to_string(),
            n => format!("; {n} connections were refused, as they did not know the secret"),
        };
        let (names, seconds) = (names.join(", "), self.part.wait.as_secs());
        Apart(format!("{names} did not come within {seconds} s{strangers}"))
    }
}

/// No time limits any more; a machine that vanishes without a word is noticed within half a minute.
fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_read_timeout(None)?;
    socket.set_write_timeout(None)?;
    socket.set_nodelay(true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, Duration::from_secs(10))?;
    sockopt::set_tcp_keepintvl(socket, Duration::from_secs(5))?;
    sockopt::set_tcp_keepcnt(socket, 4)?;
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(socket, 30_000)?;
    Ok(())
}
