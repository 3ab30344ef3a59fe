//! What cells print: put together, and cut where a notebook could not hold it.
//!
//! Enters: lines from both channels of the process in which cells run. Leaves: a few messages to the kernel.

use crate::lines::{OPEN, PANICKED as HAS_PANICKED, RETURNED};
use crate::protocol::{Stream, Tell};
use crossbeam_channel::Receiver;

/// A cell may print this many bytes; browsers slow down on more.
const LIMIT: usize = 2 << 20;
/// A message has at most about this many bytes.
const MESSAGE: usize = 64 << 10;
/// What the panic of the thread that runs cells begins with.
const PANICS: [&str; 2] = ["thread 'main' (", "thread '<unnamed>' ("];

/// What follows, and then the place.
const PANICKED: &str = " panicked at ";
/// What evcxr says before it ends a process for a segmentation fault; a backtrace follows.
const FAULT: &str = "Segmentation fault.";

/// What the present cell has printed.
pub(crate) struct Screen {
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    /// The process in which the cell runs.
    process: u32,
    shown: usize,
    left_out: usize,
    backtrace: bool,
    /// What the last panic of the thread that runs cells said: the place, then the words.
    panic: Vec<String>,
    panicking: bool,
    /// The process said that it ends for a segmentation fault.
    fault: bool,
    /// How the cell came to its end.
    ended: Ended,
    /// What was written last to standard error.
    last: String,
}

/// How a cell comes to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// After its last statement.
    Whole,
    /// By a panic.
    Panicked,
    /// At a `?`.
    Returned,
}

impl Screen {
    pub(crate) fn new(stdout: Receiver<String>, stderr: Receiver<String>) -> Screen {
        Screen {
            stdout,
            stderr,
            process: 0,
            shown: 0,
            left_out: 0,
            backtrace: false,
            panic: Vec::new(),
            panicking: false,
            fault: false,
            ended: Ended::Whole,
            last: String::new(),
        }
    }

    /// A new cell, which runs in this process.
    pub(crate) fn begin(&mut self, process: u32) {
        self.process = process;
        (self.shown, self.left_out) = (0, 0);
        (self.backtrace, self.panicking, self.fault) = (false, false, false);
        self.panic.clear();
        self.ended = Ended::Whole;
        self.last.clear();
    }

    /// Shows what has come; true if anything had.
    pub(crate) fn pump(&mut self) -> bool {
        let mut any = false;
        for stream in [Stream::Stdout, Stream::Stderr] {
            let mut text = String::new();
            while let Ok(line) = self.of(stream).try_recv() {
                any = true;
                let is_shown = match stream {
                    Stream::Stderr => self.keeps(&line),
                    Stream::Stdout => !self.tells(&line),
                };
                if !is_shown {
                    continue;
                }
                let room = LIMIT.saturating_sub(self.shown);
                let (line, end) = line.strip_suffix(OPEN).map_or((&*line, "\n"), |line| (line, ""));
                let kept = prefix(line, room);
                if kept.len() < line.len() || room == 0 {
                    self.left_out += line.len() - kept.len() + 1;
                }
                if room > 0 {
                    self.shown += kept.len() + 1;
                    text.push_str(kept);
                    text.push_str(end);
                }
                if text.len() >= MESSAGE {
                    print(stream, std::mem::take(&mut text));
                }
            }
            if !text.is_empty() {
                print(stream, text);
            }
        }
        any
    }

    /// The cell is over: what was left out is said.
    pub(crate) fn end(&mut self) {
        if self.left_out > 0 {
            let megabytes = self.left_out as f64 / f64::from(1 << 20);
            let words =
                format!("… {megabytes:.1} MB more were printed and are left out: a cell shows 2 MB.\n");
            print(Stream::Stderr, words);
        }
    }

    /// What the thread that runs cells said as it panicked: the place, then the words.
    pub(crate) fn panic(&self) -> Option<(&str, String)> {
        let (first, words) = self.panic.split_first()?;
        let (_, place) = first.split_once(PANICKED)?;
        Some((place.trim_end_matches(':'), words.join("\n")))
    }

    /// Whether the process said that it ends for a segmentation fault.
    pub(crate) fn is_fault(&self) -> bool {
        self.fault
    }

    /// How the cell has come to its end, and what was written last to standard error.
    pub(crate) fn ended(&self) -> (Ended, &str) {
        (self.ended, &self.last)
    }

    /// Whether a panic ended the cell whose words have not come yet.
    pub(crate) fn waits(&self) -> bool {
        self.ended == Ended::Panicked && self.panic.len() < 2
            || self.ended == Ended::Returned && self.last.is_empty()
    }

    /// Whether a line of standard output tells how the cell ends.
    fn tells(&mut self, line: &str) -> bool {
        self.ended = match line {
            HAS_PANICKED => Ended::Panicked,
            RETURNED => Ended::Returned,
            _ => return false,
        };
        true
    }

    fn of(&self, stream: Stream) -> &Receiver<String> {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    /// Whether a line of standard error is for people: backtraces lead through the insides of this program.
    fn keeps(&mut self, line: &str) -> bool {
        if line == "stack backtrace:" {
            (self.backtrace, self.panicking) = (true, false);
        }
        if self.backtrace {
            self.backtrace = !line.starts_with("note: ");
            return false;
        }
        if !line.trim().is_empty() {
            self.last = line.to_string();
        }
        self.fault |= line == FAULT;
        if self.fault && is_frame(line) {
            return false;
        }
        if self.panics(line) {
            self.panic = vec![line.to_string()];
            self.panicking = true;
        } else if self.panicking {
            self.panic.push(line.to_string());
        }
        true
    }
}

impl Screen {
    /// Whether a line begins the words of a panic of the first thread, in which cells run: elsewhere than on Linux its
    /// number tells nothing.
    fn panics(&self, line: &str) -> bool {
        let rest = PANICS.iter().find_map(|panic| line.strip_prefix(panic));
        let Some((number, rest)) = rest.and_then(|rest| rest.split_once(')')) else { return false };
        let is_first = !cfg!(target_os = "linux") || number.parse() == Ok(self.process);
        is_first && rest.starts_with(PANICKED)
    }
}

/// Whether a line is one of a backtrace: `  3: name`, `  at place`, or a name that was inlined.
fn is_frame(line: &str) -> bool {
    let words = line.trim_start();
    words.is_empty() || words.len() < line.len()
}

fn print(stream: Stream, text: String) {
    crate::tell(&Tell::Printed { stream, text });
}

/// As much of a text as fits into so many bytes.
fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
