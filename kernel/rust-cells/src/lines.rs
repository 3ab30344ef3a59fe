//! Lines of the process in which cells run: what a cell leaves without an end of line stands before what evcxr (0.22) reads as
//! the end of the cell, which it knows only as a line of its own.
//!
//! Enters: the standard output of that process. Leaves: the same, each end on a line of its own.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Command, ExitCode, Stdio};

/// What evcxr prints behind a cell.
const END: &[u8] = b"EVCXR_EXECUTION_COMPLETE\n";
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

fn copy(from: impl Read, to: impl Write) -> std::io::Result<()> {
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        match line.strip_suffix(END) {
            Some(open) if !open.is_empty() => {
                to.write_all(open)?;
                to.write_all(format!("{OPEN}\n").as_bytes())?;
                to.write_all(END)?;
            }
            Some(_) | None => to.write_all(&line)?,
        }
        line.clear();
        if from.buffer().is_empty() {
            to.flush()?;
        }
    }
    to.flush()
}
