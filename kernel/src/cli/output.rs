//! Standard output and standard error, and nothing else in the project writes to them.
//!
//! Enters: text with ANSI colours. Leaves: bytes; the colours only where a terminal shows them, or where they are asked
//! for (`--color`, `NO_COLOR`, `CLICOLOR_FORCE`).

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};
use std::sync::OnceLock;

/// When there are colours.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Colours {
    /// On a terminal
    #[default]
    Auto,
    /// Also in a pipe
    Always,
    /// Nowhere
    Never,
}

impl Colours {
    /// From now on.
    pub(super) fn choose(self) {
        match self {
            Colours::Auto => ColorChoice::Auto,
            Colours::Always => ColorChoice::Always,
            Colours::Never => ColorChoice::Never,
        }
        .write_global();
    }
}

/// Why standard output was not written: the first time.
static UNWRITTEN: OnceLock<String> = OnceLock::new();

/// What is not written is told when the command ends; a closed pipe (`reconverge run … | head`) is not worth an error.
pub(super) fn to_stdout(text: &str) {
    let mut to = AutoStream::auto(stdout()).lock();
    if let Err(error) = to.write_all(text.as_bytes()).and_then(|()| to.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        _ = UNWRITTEN.set(error.to_string());
    }
}

/// Why not all of standard output was written.
pub(super) fn unwritten() -> Option<&'static str> {
    UNWRITTEN.get().map(String::as_str)
}

pub(super) fn to_stderr(text: &str) {
    let _closed = AutoStream::auto(stderr()).lock().write_all(text.as_bytes());
}

/// In place of the line before, and only where somebody looks.
pub(super) fn progress(line: &str) {
    let mut to = stderr().lock();
    if to.is_terminal() {
        let _closed = write!(to, "\r\x1b[2K{line}");
    }
}
