//! Why a Rust cell failed, in words.
//!
//! Enters: faults as `reconverge-rust` tells them. Leaves: Jupyter's words for errors, those of the compiler placed in the
//! cell.

use super::RustCell;
use super::process::Unstarted;
use super::protocol::{CompilerError, Fault, Place};
use crate::cells::is_rust;
use crate::wire::Failed;
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::diag::codes::session as codes;
use reconverge_lang::session::Failure;
use reconverge_lang::span::{SourceId, Span};

const KEPT: &str = "functions, types and dependencies are still there, and so is all that is not Rust";

pub(super) fn unstarted(why: Unstarted) -> Failed {
    match why {
        Unstarted::Missing => Failed::new(
            "NoRustCells",
            "Rust cells are an optional part of Reconverge that is not here. `install/rust-cells`, in the folder of \
             Reconverge, builds and adds it (once, about ten minutes of processor time); then run this cell again",
        ),
        Unstarted::Otherwise(program, error) => {
            let words =
                format!("cannot start {}: {error}; `install/rust-cells` builds it anew", program.display());
            Failed::new("NoRustCells", &words)
        }
    }
}

/// The session's types cannot be written.
pub(super) fn no_types(error: &std::io::Error) -> Failed {
    Failed::new("RustRefused", &format!("the systems of this notebook cannot be written as Rust: {error}"))
}

/// There is nothing to compare a function with.
pub(super) fn not_compared(words: &str) -> Failed {
    Failed::new("NothingToCompare", words)
}

/// A cell imports names that others have.
pub(super) fn names_taken(words: &str) -> Failed {
    Failed::new("NamesTaken", words)
}

/// Code does something else than the mapping.
pub(super) fn differs(words: &str) -> Failed {
    Failed::new("Differs", words.trim())
}

/// What the program itself says of its end.
pub(super) fn lost(words: &str) -> Failed {
    let words = format!(
        "the program that runs Rust cells has ended ({}): what Rust cells defined is lost. The session is as it was; \
         the next Rust cell begins anew",
        words.trim()
    );
    Failed::new("RustEnded", &words)
}

pub(super) fn all_lost() -> Failed {
    Failed::new(
        "Interrupted",
        "the Rust cell was interrupted and did not answer: all that Rust cells defined is lost. The session is as it was",
    )
}

pub(super) fn failed(fault: Fault, cell: &RustCell<'_>) -> Failed {
    match fault {
        Fault::Compiler(errors) => compiler(&errors, cell),
        Fault::NoToolchain(words) => Failed::new(
            "NoRustToolchain",
            &format!(
                "Rust cells are compiled by cargo and rustc, which are not on the path of this kernel ({words}). \
                 https://rustup.rs says how to install them; then restart the kernel"
            ),
        ),
        Fault::Refused(words) => Failed::new("RustRefused", &advised(&words)),
        Fault::Panicked { words, .. } if cell.conform.is_some() => differs(&words),
        Fault::Panicked { words, line } => {
            let place = line.map_or(String::new(), |line| format!("{}:{line}: ", cell.name));
            let words = words.trim();
            Failed::new(
                "RustPanic",
                &format!("{place}{words}\nThe cell ended there; variables from before are still there"),
            )
        }
        Fault::Crashed(status) => Failed::new(
            "RustCrash",
            &format!(
                "the process that runs Rust ended by itself ({status}): the variables of Rust cells are lost; {KEPT}"
            ),
        ),
        Fault::Interrupted => Failed::new(
            "Interrupted",
            &format!("the Rust cell was interrupted: the variables of Rust cells are lost; {KEPT}"),
        ),
    }
}

/// What evcxr says, with what can be done.
fn advised(words: &str) -> String {
    if !words.contains("Couldn't automatically determine type") {
        return words.to_string();
    }
    format!(
        "{words}\n(Types of the standard library's functions are known where the toolchain has its sources: \
         `rustup component add rust-src`, then restart the kernel.)"
    )
}

fn compiler(errors: &[CompilerError], cell: &RustCell<'_>) -> Failed {
    let mut sources = cell.sources.clone();
    let source = sources.add(cell.name, cell.code);
    let diagnostics = errors.iter().map(|error| diagnostic(error, source, cell.code)).collect();
    Failure { diagnostics, sources }.into()
}

fn diagnostic(error: &CompilerError, source: SourceId, code: &str) -> Diagnostic {
    let number = error.code.as_ref().map_or(String::new(), |code| format!(" (rustc {code})"));
    let whole = Span::new(source, 0, 0);
    let span = error.place.filter(|_| is_rust(code)).map_or(whole, |place| span(place, source, code));
    let mut d = Diagnostic::error(codes::RUST, span, format!("{}{number}", error.message));
    d.label = error.label.clone();
    d.help = error.help.clone();
    d
}

/// Clamped to the cell.
fn span(place: Place, source: SourceId, code: &str) -> Span {
    let start = offset(code, place.line, place.column);
    let end = offset(code, place.end_line, place.end_column).max(start);
    Span::new(source, start, end)
}

fn offset(code: &str, line: usize, column: usize) -> usize {
    let before: usize = code.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let text = code[before..].lines().next().unwrap_or_default();
    let within = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    before + within
}
