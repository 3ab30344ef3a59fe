//! Two processes show each other that they know the secret, before anything else is read.
//!
//! Enters: a socket and what this side claims. Leaves: what the other side claims, or why it is refused. HMAC-SHA256 over
//! both sides' random numbers and claims, in both directions, under different labels, so that no answer can be used
//! twice or sent back. Whoever asked to connect answers first: a stranger learns nothing but 32 random bytes. What
//! follows is neither encrypted nor signed.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What a side says of itself; everything but `process` must be the same on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) version: &'static str,
    pub(super) processes: u32,
    pub(super) process: u32,
    pub(super) threads: u32,
    pub(super) texts: [u8; 32],
}

/// Claims as they come from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claimed([u8; CLAIMS]);

/// Why no connection comes of it.
#[derive(Debug)]
pub(super) enum Refused {
    /// It does not know the secret, or does not take this one's proof.
    Stranger,
    /// Nobody is there, or it is no Reconverge.
    Closed,
    /// It knows the secret and is not one of these processes: in words.
    Other(String),
}

impl From<io::Error> for Refused {
    fn from(_: io::Error) -> Refused {
        Refused::Closed
    }
}

/// Who gives this long and no proof is a stranger.
const PATIENCE: Duration = Duration::from_secs(5);

const NONCE: usize = 32;
const PROOF: usize = 32;
const VERSION: usize = 16;
const CLAIMS: usize = VERSION + 12 + 32;

/// The first bytes of who listens.
const GREETING: &[u8; 12] = b"reconverge/1";

/// Which side proves.
#[derive(Debug, Clone, Copy)]
enum Side {
    Asks,
    Listens,
}

impl Side {
    fn label(self) -> &'static [u8] {
        match self {
            Side::Asks => b"reconverge: who asks to connect",
            Side::Listens => b"reconverge: who listens",
        }
    }
}

/// What both sides have said before a proof.
#[derive(Debug, Clone)]
struct Said {
    listens: [u8; NONCE],
    asks: [u8; NONCE],
    claims: Vec<u8>,
}

impl Said {
    fn proof(&self, secret: &[u8], side: Side) -> Option<Hmac<Sha256>> {
        let mut proof = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        [side.label(), &self.listens, &self.asks, &self.claims]
            .into_iter()
            .for_each(|part| proof.update(part));
        Some(proof)
    }

    fn prove(&self, secret: &[u8], side: Side) -> Option<[u8; PROOF]> {
        Some(self.proof(secret, side)?.finalize().into_bytes().into())
    }

    fn is_proved(&self, secret: &[u8], side: Side, proof: &[u8]) -> bool {
        self.proof(secret, side).is_some_and(|known| known.verify_slice(proof).is_ok())
    }
}

impl Claims {
    fn bytes(&self) -> [u8; CLAIMS] {
        let mut bytes = [0; CLAIMS];
        let numbers = [self.processes, self.process, self.threads].into_iter().flat_map(u32::to_be_bytes);
        let version = self.version.bytes().chain(std::iter::repeat(0)).take(VERSION);
        bytes.iter_mut().zip(version.chain(numbers).chain(self.texts)).for_each(|(to, from)| *to = from);
        bytes
    }

    /// The number of the other process. Errors: it belongs to another run.
    fn agree(&self, other: &Claimed) -> Result<u32, Refused> {
        let process = other.number(1);
        let differs = |what: &str, fix: &str| {
            Err(Refused::Other(format!("process {process} has {what} than process {}: {fix}", self.process)))
        };
        if other.0[..VERSION] != self.bytes()[..VERSION] {
            return differs("another version of Reconverge", "install the same everywhere");
        }
        if other.number(0) != self.processes {
            return differs("a hosts file of another length", "give all processes the same");
        }
        if other.number(2) != self.threads {
            let (theirs, mine) = (other.number(2), self.threads);
            return differs(
                &format!("other threads ({theirs}, not {mine})"),
                &format!("start all with `--threads {}`", theirs.min(mine)),
            );
        }
        if other.0[CLAIMS - 32..] != self.texts {
            return differs("another text to run", "give all processes the same files");
        }
        Ok(process)
    }
}

impl Claimed {
    fn number(&self, which: usize) -> u32 {
        let at = VERSION + 4 * which;
        self.0[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }
}

/// Who connects. Returns the number of who listens.
pub(super) fn ask(socket: &TcpStream, secret: &[u8], claims: &Claims) -> Result<u32, Refused> {
    let mut socket = Timed::new(socket);
    let mut greeting = [0; GREETING.len()];
    socket.read(&mut greeting)?;
    if greeting != *GREETING {
        return Err(Refused::Closed);
    }
    let mut listens = [0; NONCE];
    socket.read(&mut listens)?;
    let mut said = Said { listens, asks: nonce(), claims: claims.bytes().to_vec() };
    let proof = said.prove(secret, Side::Asks).ok_or(Refused::Closed)?;
    socket.write(&[&said.asks[..], &said.claims, &proof].concat())?;
    let mut answer = [0; CLAIMS + PROOF];
    // Who listens says no more to those whose proof is wrong.
    socket.read(&mut answer).map_err(|_| Refused::Stranger)?;
    let (theirs, proof) = answer.split_at(CLAIMS);
    said.claims.extend_from_slice(theirs);
    if !said.is_proved(secret, Side::Listens, proof) {
        return Err(Refused::Stranger);
    }
    claims.agree(&claimed(theirs))
}

/// Who listens. Returns the number of who connects.
pub(super) fn answer(socket: &TcpStream, secret: &[u8], claims: &Claims) -> Result<u32, Refused> {
    let mut socket = Timed::new(socket);
    let listens = nonce();
    socket.write(&[&GREETING[..], &listens].concat())?;
    let mut answer = [0; NONCE + CLAIMS + PROOF];
    socket.read(&mut answer).map_err(|_| Refused::Stranger)?;
    let (asks, rest) = answer.split_at(NONCE);
    let (theirs, proof) = rest.split_at(CLAIMS);
    let asks = asks.try_into().map_err(|_| Refused::Stranger)?;
    let mut said = Said { listens, asks, claims: theirs.to_vec() };
    if !said.is_proved(secret, Side::Asks, proof) {
        return Err(Refused::Stranger);
    }
    said.claims.extend_from_slice(&claims.bytes());
    let proof = said.prove(secret, Side::Listens).ok_or(Refused::Closed)?;
    socket.write(&[&claims.bytes()[..], &proof].concat())?;
    claims.agree(&claimed(theirs))
}

fn claimed(bytes: &[u8]) -> Claimed {
    let mut claims = [0; CLAIMS];
    claims.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Claimed(claims)
}

/// 244 random bits of the operating system's.
fn nonce() -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    let bytes = Uuid::new_v4().into_bytes().into_iter().chain(Uuid::new_v4().into_bytes());
    nonce.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    nonce
}

/// A socket that is read from and written to until a moment, however the other side drips.
struct Timed<'s> {
    socket: &'s TcpStream,
    until: Instant,
}

impl<'s> Timed<'s> {
    fn new(socket: &'s TcpStream) -> Self {
        Timed { socket, until: Instant::now() + PATIENCE }
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<()> {
        let mut at = 0;
        while at < into.len() {
            self.socket.set_read_timeout(self.left()?)?;
            match self.socket.read(&mut into[at..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => at += read,
            }
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write_all(bytes)
    }
}
