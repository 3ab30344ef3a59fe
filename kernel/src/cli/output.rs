//! Standard output and standard error, and nothing else in the project writes to them.
//!
//! Enters: text with ANSI colours. Leaves: bytes; the colours only where a terminal shows them.

use std::io::{IsTerminal, Write, stderr, stdout};

/// A closed pipe (`reconverge run … | head`) is not worth an error.
pub(super) fn to_stdout(text: &str) {
    let mut out = stdout().lock();
    let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let _closed = out.write_all(if colours { text.into() } else { without_colours(text) }.as_bytes());
}

pub(super) fn to_stderr(text: &str) {
    let mut out = stderr().lock();
    let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let _closed = out.write_all(if colours { text.into() } else { without_colours(text) }.as_bytes());
}

pub(super) fn stderr_is_terminal() -> bool {
    stderr().is_terminal()
}

/// The text without `ESC [ … m` sequences.
pub(super) fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        rest = end.map_or("", |e| &after[e + after[e..].chars().next().map_or(0, char::len_utf8)..]);
    }
    out.push_str(rest);
    out
}
