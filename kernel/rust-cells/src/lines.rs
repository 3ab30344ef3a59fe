//! Lines of the process in which cells run: what a cell leaves without an end of line stands before what evcxr (0.22) reads as
//! the end of the cell, which it knows only as a line of its own. What a cell flushes in the middle of a line is handed on, too.
//!
//! Enters: the standard output of that process. Leaves: the same, each end on a line of its own.

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
const MARKS: [&[u8]; 5] = [
    END,
    BEGIN_CONTENT,
    b"EVCXR_PANIC_NOTIFICATION\n",
    b"EVCXR_VARIABLE_CHANGED_TYPE:",
    b"EVCXR_ERROR_OCCURRED\n",
];
/// Until the next line that evcxr reads, what follows is a value or a picture.
const BEGIN_CONTENT: &[u8] = b"EVCXR_BEGIN_CONTENT";
/// Text that was flushed without an end of line is handed on after so long.
const SOON: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// Stands at the end of a line that a cell did not end.
pub(crate) const OPEN: char = '\u{1}';
/// The argument with which this program does nothing but this.
pub(crate) const ARGUMENT: &str = "--lines";
/// evcxr sets it where cells run.
const RUNS_CELLS: &str = "EVCXR_IS_RUNTIME";

/// Lets a process of its own stand between the standard output of this one and who reads it, where cells run here: it has what was
/// printed also where this process ends itself.
pub(crate) fn stand_between() -> std::io::Result<()> {
    if std::env::var_os(RUNS_CELLS).is_none() {
        return Ok(());
    }
    let mut between = Command::new(std::env::current_exe()?);
    let mut between = between.arg(ARGUMENT).env_remove(RUNS_CELLS).stdin(Stdio::piped()).spawn()?;
    if let Some(to) = between.stdin.take() {
        rustix::stdio::dup2_stdout(to)?;
    }
    Ok(())
}

/// Hands on lines until there are none.
pub(crate) fn hand_on() -> ExitCode {
    match copy(std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn copy(from: impl Read + AsFd, to: impl Write) -> std::io::Result<()> {
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    let mut line = Line::default();
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
            to.write_all(&line.bytes)?;
            return to.flush();
        }
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        line.bytes.extend_from_slice(&bytes[..end]);
        from.consume(end);
        if line.bytes.ends_with(b"\n") {
            line.hand_on(&mut to)?;
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
#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
    /// It is one of a value or a picture.
    in_content: bool,
}

impl Line {
    /// Whether it is text that people read, and not a part of what evcxr reads or of a character.
    fn may_be_cut(&self) -> bool {
        let is_mark = self.bytes.windows(MARK.len()).any(|bytes| bytes == MARK);
        !self.bytes.is_empty() && !self.in_content && !is_mark && std::str::from_utf8(&self.bytes).is_ok()
    }

    fn hand_on(&mut self, to: &mut impl Write) -> std::io::Result<()> {
        let begins = |mark: &&[u8]| self.bytes.windows(mark.len()).position(|bytes| bytes == *mark);
        let open = MARKS.iter().find_map(begins).unwrap_or(0);
        let rest = self.bytes.split_off(open);
        if !self.bytes.is_empty() {
            self.hand_on_open(to)?;
        }
        if rest.starts_with(MARK) {
            self.in_content = rest.starts_with(BEGIN_CONTENT);
        }
        to.write_all(&rest)
    }

    fn hand_on_open(&mut self, to: &mut impl Write) -> std::io::Result<()> {
        to.write_all(&self.bytes)?;
        self.bytes.clear();
        to.write_all(format!("{OPEN}\n").as_bytes())
    }
}
