//! Lines of the process in which cells run: what a cell leaves without an end of line stands before what evcxr (0.22) reads as
//! the end of the cell, which it knows only as a line of its own, and what a cell prints is never taken for that. What a cell
//! flushes in the middle of a line is handed on, too; bytes that are no text are told as such.
//!
//! Enters: what that process writes. Leaves: the same as lines of text, each end on a line of its own.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, ExitCode, Stdio};

/// What evcxr prints behind a cell.
const END: &[u8] = b"EVCXR_EXECUTION_COMPLETE\n";
/// What all begins with that evcxr reads.
const MARK: &[u8] = b"EVCXR_";
/// What it reads only as the beginning of a line.
const MARKS: [&[u8]; 7] = [BEGIN, OVER, END, PANIC, ERROR, BEGIN_CONTENT, b"EVCXR_VARIABLE_CHANGED_TYPE:"];
const PANIC: &[u8] = b"EVCXR_PANIC_NOTIFICATION\n";
const ERROR: &[u8] = b"EVCXR_ERROR_OCCURRED\n";
const END_CONTENT: &[u8] = b"EVCXR_END_CONTENT";
/// Between these two what is printed is the cell's own (`cell.template` of the crate that cells have).
const BEGIN: &[u8] = b"\x03begin\n";
const OVER: &[u8] = b"\x03over\n";
/// Until the next line that evcxr reads, what follows is a value or a picture.
const BEGIN_CONTENT: &[u8] = b"EVCXR_BEGIN_CONTENT";
/// Text that was flushed without an end of line is handed on after so long.
const SOON: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// A line that is longer is handed on in pieces.
const LONG: usize = 16 << 10;
/// Stands at the end of a line that a cell did not end.
pub(crate) const OPEN: char = '\u{1}';
/// Lines for the one who reads behind evcxr, which takes what they tell for itself.
pub(crate) const PANICKED: &str = "\u{2}panicked";
pub(crate) const RETURNED: &str = "\u{2}returned";
/// The arguments with which this program does nothing but this.
pub(crate) const ARGUMENTS: [(&str, Channel); 2] =
    [("--lines", Channel::Output), ("--words", Channel::Error)];
/// evcxr sets it where cells run.
const RUNS_CELLS: &str = "EVCXR_IS_RUNTIME";

/// What a process writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Evcxr's words are among it.
    Output,
    /// Nothing but text.
    Error,
}

/// Lets processes of their own stand between what this one writes and who reads it, where cells run here: they have what was
/// printed also where this process ends itself.
pub(crate) fn stand_between() -> std::io::Result<()> {
    if std::env::var_os(RUNS_CELLS).is_none() {
        return Ok(());
    }
    for (argument, channel) in ARGUMENTS {
        let mut between = Command::new(std::env::current_exe()?);
        between.arg(argument).env_remove(RUNS_CELLS).stdin(Stdio::piped());
        if channel == Channel::Error {
            between.stdout(rustix::io::dup(std::io::stderr())?);
        }
        if let Some(to) = between.spawn()?.stdin.take() {
            match channel {
                Channel::Output => rustix::stdio::dup2_stdout(to)?,
                Channel::Error => rustix::stdio::dup2_stderr(to)?,
            }
        }
    }
    Ok(())
}

/// Hands on lines until there are none.
pub(crate) fn hand_on(channel: Channel) -> ExitCode {
    match copy(std::io::stdin().lock(), std::io::stdout().lock(), channel) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn copy(from: impl Read + AsFd, to: impl Write, channel: Channel) -> std::io::Result<()> {
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    let mut line = Line { channel, bytes: Vec::new(), in_content: false, in_cell: false };
    loop {
        if from.buffer().is_empty() {
            to.flush()?;
            if line.may_be_cut() && !comes(from.get_ref())? {
                line.hand_on_open(&mut to)?;
                to.flush()?;
            }
        }
        let bytes = from.fill_buf()?;
        if bytes.is_empty() {
            line.hand_on_open(&mut to)?;
            return to.flush();
        }
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        line.bytes.extend_from_slice(&bytes[..end]);
        from.consume(end);
        if line.bytes.ends_with(b"\n") {
            line.hand_on(&mut to)?;
        } else if line.bytes.len() >= LONG && line.may_be_cut() {
            line.hand_on_open(&mut to)?;
        }
    }
}

/// Whether more comes soon.
fn comes(from: impl AsFd) -> std::io::Result<bool> {
    loop {
        match poll(&mut [PollFd::new(&from, PollFlags::IN)], Some(&SOON)) {
            Err(Errno::INTR) => {}
            ready => return Ok(ready? > 0),
        }
    }
}

/// What has come of a line.
struct Line {
    channel: Channel,
    bytes: Vec<u8>,
    /// It is one of a value or a picture.
    in_content: bool,
    /// The cell is not over.
    in_cell: bool,
}

impl Line {
    /// Whether it is text that people read, and not a part of what evcxr reads or of a character.
    fn may_be_cut(&self) -> bool {
        if self.bytes.is_empty() || self.in_content || self.channel == Channel::Error {
            return false;
        }
        let is_mark = |mark: &[u8]| self.bytes.windows(mark.len()).any(|bytes| bytes == mark);
        let is_whole =
            std::str::from_utf8(&self.bytes).map_or_else(|wrong| wrong.error_len().is_some(), |_| true);
        is_whole && !is_mark(MARK) && !self.bytes.contains(&BEGIN[0])
    }

    /// Of a line that has its end.
    fn hand_on(&mut self, to: &mut impl Write) -> std::io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        if self.channel == Channel::Error {
            return to.write_all(text(&bytes).as_bytes());
        }
        let begins = |mark: &&[u8]| bytes.windows(mark.len()).position(|part| part == *mark);
        let (open, rest) = bytes.split_at(MARKS.iter().filter_map(begins).min().unwrap_or(0));
        self.bytes = open.to_vec();
        self.hand_on_open(to)?;
        let is = |mark: &[u8]| rest == mark;
        if is(BEGIN) || is(OVER) {
            self.in_cell = is(BEGIN);
            return Ok(());
        }
        if self.in_cell && (is(END) || is(PANIC)) {
            // A cell has printed it: it is broken in two, so that it is text for evcxr.
            return write!(to, "{}{OPEN}\n{}", text(&rest[..1]), text(&rest[1..]));
        }
        if is(END) && self.in_content {
            // What began a value did not end it.
            to.write_all(END_CONTENT)?;
            to.write_all(b"\n")?;
        }
        if rest.starts_with(MARK) {
            self.in_content = rest.starts_with(BEGIN_CONTENT);
        }
        if is(PANIC) {
            writeln!(to, "{PANICKED}")?;
        }
        if is(ERROR) {
            writeln!(to, "{RETURNED}")?;
        }
        to.write_all(text(rest).as_bytes())
    }

    /// Of one that has none.
    fn hand_on_open(&mut self, to: &mut impl Write) -> std::io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() {
            return Ok(());
        }
        let end = if self.channel == Channel::Output { OPEN.to_string() } else { String::new() };
        writeln!(to, "{}{end}", text(&bytes))
    }
}

/// What is no text is told as such.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
