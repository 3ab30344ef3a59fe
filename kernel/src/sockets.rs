//! The sockets: the only file that names zmq.
//!
//! Enters: a connection, bytes from front ends, events of the worker threads, signals. Leaves: bytes. One thread owns
//! shell, control, stdin and iopub and never runs the language, so control is answered while a cell runs; the heartbeat
//! has a thread and a socket of its own. No socket is ever touched by two threads: other threads send events through a
//! channel and wake this one with a byte on a pipe.

use crate::connection::Connection;
use crate::jobs::Event;
use crate::server::{Effect, Server};
use crate::wire::{Channel, Key, Outgoing, Reader, Writer};
use crate::worker::{Tell, Workers};
use reconverge_lang::session::Session;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::parent_id;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use thiserror::Error;
use zmq::{DONTWAIT, POLLIN, PollItem, SocketType};

/// How long unsent messages may hold up the end of the process, in milliseconds.
const LINGER: i32 = 1000;
/// Messages that wait for a slow front end before the newest are dropped (libzmq's own default is 1000).
const IOPUB_QUEUE: i32 = 200_000;
/// How often the parent process is looked for, in milliseconds.
const TICK: i64 = 1000;
/// Messages read from one socket before the others get their turn.
const BATCH: usize = 64;

#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error("cannot listen on {endpoint}: {error}")]
    Bind { endpoint: String, error: zmq::Error },
    #[error("cannot set up the sockets: {0}")]
    Zmq(#[from] zmq::Error),
    #[error("cannot set up threads and signals: {0}")]
    Io(#[from] std::io::Error),
}

/// Serves until a shutdown request, SIGTERM, or the end of the parent process.
pub(crate) fn serve(
    connection: &Connection,
    session: Session,
    parent: Option<u32>,
) -> Result<(), ServeError> {
    let mut context = zmq::Context::new();
    let sockets = Sockets::bind(&context, connection)?;
    let heartbeat = bind(&context, SocketType::ROUTER, connection, connection.hb_port)?;
    std::thread::Builder::new().name("heartbeat".into()).spawn(move || echo(&heartbeat))?;
    let served = Loop::new(sockets, connection, session, parent)?.run();
    // All sockets of this thread are closed by now; this ends the heartbeat and sends the rest.
    context.destroy()?;
    served
}

fn bind(
    context: &zmq::Context,
    kind: SocketType,
    connection: &Connection,
    port: u32,
) -> Result<zmq::Socket, ServeError> {
    let socket = context.socket(kind)?;
    socket.set_linger(LINGER)?;
    if connection.ip.contains(':') {
        socket.set_ipv6(true)?;
    }
    match kind {
        SocketType::XPUB => {
            socket.set_xpub_verbose(true)?;
            socket.set_sndhwm(IOPUB_QUEUE)?;
        }
        // A front end that comes back with its old identity takes the place of the dead connection.
        _ => {
            socket.set_router_handover(true)?;
            socket.set_sndhwm(0)?;
        }
    }
    let endpoint = connection.endpoint(port);
    socket.bind(&endpoint).map_err(|error| ServeError::Bind { endpoint, error })?;
    Ok(socket)
}

/// Sends back what comes, byte for byte, until the context ends.
fn echo(socket: &zmq::Socket) {
    loop {
        match socket.recv_multipart(0) {
            Ok(frames) => {
                if let Err(error) = socket.send_multipart(frames, 0) {
                    log::debug!("heartbeat not sent: {error}");
                }
            }
            Err(zmq::Error::EINTR | zmq::Error::EAGAIN) => {}
            Err(_) => return,
        }
    }
}

struct Sockets {
    shell: zmq::Socket,
    control: zmq::Socket,
    stdin: zmq::Socket,
    iopub: zmq::Socket,
}

impl Sockets {
    fn bind(context: &zmq::Context, connection: &Connection) -> Result<Sockets, ServeError> {
        Ok(Sockets {
            shell: bind(context, SocketType::ROUTER, connection, connection.shell_port)?,
            control: bind(context, SocketType::ROUTER, connection, connection.control_port)?,
            stdin: bind(context, SocketType::ROUTER, connection, connection.stdin_port)?,
            iopub: bind(context, SocketType::XPUB, connection, connection.iopub_port)?,
        })
    }

    fn of(&self, channel: Channel) -> &zmq::Socket {
        match channel {
            Channel::Shell => &self.shell,
            Channel::Control => &self.control,
            Channel::Stdin => &self.stdin,
        }
    }
}

struct Loop {
    sockets: Sockets,
    server: Server,
    workers: Workers,
    events: Receiver<Event>,
    /// One byte for each event, or for many.
    wake: UnixStream,
    interrupts: UnixStream,
    terminate: UnixStream,
    /// The time when it began, and how long ago that is: what others do to the clock of the machine is not seen.
    began: Duration,
    clock: Instant,
    reader: Reader,
    writer: Writer,
    parent: Parent,
    stopped: bool,
}

impl Loop {
    fn new(
        sockets: Sockets,
        connection: &Connection,
        session: Session,
        parent: Option<u32>,
    ) -> Result<Loop, ServeError> {
        let (wake, waker) = pipe()?;
        let (interrupts, on_interrupt) = pipe()?;
        let (terminate, on_terminate) = pipe()?;
        signal_hook::low_level::pipe::register(signal_hook::consts::SIGINT, on_interrupt)?;
        signal_hook::low_level::pipe::register(signal_hook::consts::SIGTERM, on_terminate)?;
        let (sender, events) = channel();
        let sender = Mutex::new(sender);
        let tell: Tell = Arc::new(move |event| {
            let sender = sender.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if sender.send(event).is_ok() {
                // A full pipe means that the loop is going to wake anyway.
                let _full = (&waker).write(&[0]);
            }
        });
        let session = Arc::new(session);
        let key = Key::new(&connection.key);
        let unique = uuid::Uuid::new_v4().simple().to_string();
        Ok(Loop {
            workers: Workers::start(session.clone(), tell)?,
            server: Server::new(session).with_ids(&unique[..8]),
            writer: Writer::new(key.clone(), unique),
            reader: Reader::new(key, dated),
            parent: Parent::new(parent),
            began: since_epoch(jiff::Timestamp::now()).unwrap_or_default(),
            clock: Instant::now(),
            sockets,
            events,
            wake,
            interrupts,
            terminate,
            stopped: false,
        })
    }

    fn run(mut self) -> Result<(), ServeError> {
        let effects = self.server.start();
        self.perform(effects);
        while !self.stopped {
            self.wait()?;
            if drain(&self.terminate) {
                self.handle(Event::Terminate);
            }
            if self.parent.is_gone() {
                break;
            }
            if drain(&self.interrupts) {
                self.handle(Event::Interrupt);
            }
            self.read_subscriptions();
            self.read(Channel::Control);
            drain(&self.wake);
            while let Ok(event) = self.events.try_recv() {
                // Cells that were sent before the front end could know of a failure must be in the queue by now.
                while matches!(event, Event::Finished { .. }) && !self.read(Channel::Shell) && !self.stopped {
                }
                self.handle(event);
            }
            self.read(Channel::Stdin);
            self.read(Channel::Shell);
            self.handle(Event::Tick);
        }
        Ok(())
    }

    /// Until something can be read (level-triggered, so nothing is missed), or for a tick.
    fn wait(&self) -> Result<(), ServeError> {
        let s = &self.sockets;
        let fd = |stream: &UnixStream| PollItem::from_fd(stream.as_raw_fd(), POLLIN);
        let mut items = [
            s.control.as_poll_item(POLLIN),
            s.shell.as_poll_item(POLLIN),
            s.stdin.as_poll_item(POLLIN),
            s.iopub.as_poll_item(POLLIN),
            fd(&self.wake),
            fd(&self.interrupts),
            fd(&self.terminate),
        ];
        let quiet = self.server.quiet().map_or(TICK, |quiet| TICK.min(quiet.as_millis() as i64 + 1));
        match zmq::poll(&mut items, quiet) {
            Ok(_) | Err(zmq::Error::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads what has come, up to a batch; true if nothing is left.
    fn read(&mut self, channel: Channel) -> bool {
        for _ in 0..BATCH {
            match self.sockets.of(channel).recv_multipart(DONTWAIT) {
                Ok(frames) => match self.reader.read(frames) {
                    Ok(request) => self.handle(Event::Received(channel, request)),
                    Err(error) => log::warn!("dropped a message on {channel:?}: {error}"),
                },
                Err(zmq::Error::EAGAIN) => return true,
                Err(zmq::Error::EINTR) => {}
                Err(error) => {
                    log::error!("cannot read from {channel:?}: {error}");
                    return true;
                }
            }
            if self.stopped {
                return false;
            }
        }
        false
    }

    fn read_subscriptions(&mut self) {
        while let Ok(mut frames) = self.sockets.iopub.recv_multipart(DONTWAIT) {
            // `\x01topic` subscribes; anything else is not for us.
            if let [frame] = frames.as_mut_slice()
                && frame.first() == Some(&1)
            {
                self.handle(Event::Subscribed(frame.split_off(1)));
            }
        }
    }

    fn handle(&mut self, event: Event) {
        let now = self.began + self.clock.elapsed();
        let effects = self.server.at(now).handle(event);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(channel, message) => {
                    let frames = self.encode(message);
                    // A front end that has gone away needs no reply.
                    if let Err(error) = self.sockets.of(channel).send_multipart(frames, DONTWAIT) {
                        log::debug!("reply on {channel:?} not sent: {error}");
                    }
                }
                Effect::Publish(message) => {
                    let frames = self.encode(message);
                    if let Err(error) = self.sockets.iopub.send_multipart(frames, DONTWAIT) {
                        log::warn!("not published: {error}");
                    }
                }
                Effect::Run(job) => self.workers.run(job),
                Effect::Answer(job) => self.workers.answer(job),
                Effect::Replace(session) => {
                    if let Err(error) = self.workers.replace(session) {
                        log::error!("no thread for cells: {error}");
                        self.stopped = true;
                    }
                }
                Effect::Stop => self.stopped = true,
            }
        }
    }

    fn encode(&mut self, message: Outgoing) -> Vec<Vec<u8>> {
        let date = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
        self.writer.encode(message, &date)
    }
}

fn pipe() -> std::io::Result<(UnixStream, UnixStream)> {
    let (reader, writer) = UnixStream::pair()?;
    reader.set_nonblocking(true)?;
    writer.set_nonblocking(true)?;
    Ok((reader, writer))
}

/// Empties a pipe; true if there was anything in it.
fn drain(mut stream: &UnixStream) -> bool {
    let mut any = false;
    let mut buffer = [0; 256];
    loop {
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => any = true,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return any,
        }
    }
}

/// The process that started the kernel, which must not outlive it. Where a shell stands between the two, that process
/// is looked for; where it cannot be seen from here, only the adoption by process 1 tells.
struct Parent {
    watched: Option<u32>,
    direct: bool,
    /// It was there when the kernel began.
    seen: bool,
    looked: Instant,
}

impl Parent {
    fn new(watched: Option<u32>) -> Parent {
        let now = parent_id();
        let direct = watched == Some(now);
        // Already adopted: nothing can be told any more.
        let watched = watched.filter(|_| direct || now != 1);
        Parent { watched, direct, seen: watched.is_some_and(is_there), looked: Instant::now() }
    }

    fn is_gone(&mut self) -> bool {
        let Some(watched) = self.watched else { return false };
        if self.looked.elapsed() < Duration::from_millis(900) {
            return false;
        }
        self.looked = Instant::now();
        let now = parent_id();
        match self.direct {
            true => now != watched,
            false => now == 1 && watched != 1 || self.seen && !is_there(watched),
        }
    }
}

/// The time of a date that a front end wrote; where it leaves out parts of a second, the last that it may mean.
fn dated(date: &str) -> Option<Duration> {
    let time = since_epoch(date.parse().ok()?)?;
    Some(if date.contains(['.', ',']) { time } else { time + Duration::from_secs(1) })
}

/// `None`: it was before.
fn since_epoch(time: jiff::Timestamp) -> Option<Duration> {
    time.as_duration().try_into().ok()
}

/// Whether there is a process of that number, of whomever.
fn is_there(process: u32) -> bool {
    let number = i32::try_from(process).ok().and_then(Pid::from_raw);
    number.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}
