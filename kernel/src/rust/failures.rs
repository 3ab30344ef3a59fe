//! Why a Rust cell failed, in words.
//!
//! Enters: faults as `reconverge-rust` tells them. Leaves: Jupyter's words for errors, those of the compiler placed in the
//! cell.

use super::library::{self, word};
use super::process::Unstarted;
use super::protocol::{CompilerError, Fault, Place};
use super::{RustCell, TYPES};
use crate::cells::is_rust;
use crate::wire::Failed;
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::diag::codes::session as codes;
use reconverge_lang::export::rust::Need;
use reconverge_lang::session::{Comparison, Failure, Refused};
use reconverge_lang::span::{SourceId, Span};
use reconverge_outputs::display::interrupted;

const KEPT: &str = "functions, types and dependencies are still there, and so is all that is not Rust";

pub(super) fn unstarted(why: Unstarted) -> Failed {
    match why {
        Unstarted::Missing => Failed::new(
            "NoRustCells",
            "Rust cells are an optional part of Reconverge that is not here. `install/rust-cells`, in the folder of \
             Reconverge, builds and adds it (once, about four minutes of processor time); then run this cell again",
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

/// There is nothing to compare code with.
pub(super) fn not_compared(refused: Refused) -> Failed {
    match refused {
        Refused::Placed(failure) => (*failure).into(),
        Refused::Nothing(words) => Failed::new("NothingToCompare", &words),
        Refused::Interrupted => interrupted(),
    }
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

/// `comparison`: what the cell compares, `library`: the systems that it knows.
pub(super) fn failed(
    fault: Fault,
    cell: &RustCell<'_>,
    comparison: Option<&Comparison>,
    library: &str,
) -> Failed {
    match (fault, comparison) {
        (Fault::Compiler(errors), Some(comparison)) => unfit(&errors, cell, comparison),
        (Fault::Compiler(errors), None) => compiler(&errors, cell, library),
        (Fault::Panicked { words, .. }, Some(_)) => differs(&words),
        (fault, _) => otherwise(fault, cell),
    }
}

fn otherwise(fault: Fault, cell: &RustCell<'_>) -> Failed {
    match fault {
        Fault::Compiler(errors) => compiler(&errors, cell, ""),
        Fault::NoToolchain(words) => Failed::new(
            "NoRustToolchain",
            &format!(
                "Rust cells are compiled by cargo and rustc, which are not on the path of this kernel ({words}). \
                 https://rustup.rs says how to install them; then restart the kernel"
            ),
        ),
        Fault::Refused(words) => Failed::new("RustRefused", &advised(&words)),
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

fn compiler(errors: &[CompilerError], cell: &RustCell<'_>, library: &str) -> Failed {
    let mut sources = cell.sources.clone();
    let source = sources.add(cell.name, cell.code);
    let diagnostics = errors.iter().map(|error| {
        imported(error, source, (cell.code, library)).unwrap_or_else(|| diagnostic(error, source, cell.code))
    });
    let diagnostics = diagnostics.collect();
    Failure { diagnostics, sources }.into()
}

/// An import of what is no system: the compiler does not say where it stands.
fn imported(error: &CompilerError, source: SourceId, (code, library): (&str, &str)) -> Option<Diagnostic> {
    let unplaced = error.place.is_none_or(|place| place.line <= 1);
    if !unplaced {
        return None;
    }
    let mut named = code.match_indices(TYPES).map(|(at, _)| at + TYPES.len());
    let is_item = |name: &str| name.is_empty() || name == "report" || library::has(library, name);
    let at = named.find(|at| !is_item(word(&code[*at..])))?;
    let name = word(&code[at..]);
    if !error.message.contains(name) {
        return None;
    }
    let systems = library::systems(library);
    let all = if systems.is_empty() { "none".to_string() } else { systems.join(", ") };
    let span = Span::new(source, at, at + name.len());
    let d = Diagnostic::error(codes::RUST, span, format!("no system `{name}` in this notebook"));
    Some(d.meant_among(name, systems, format!("systems: {all}")))
}

/// Code that cannot be called in the place of what it is compared with.
fn unfit(errors: &[CompilerError], cell: &RustCell<'_>, comparison: &Comparison) -> Failed {
    let mut sources = cell.sources.clone();
    let source = sources.add(cell.name, cell.code);
    let span = Span::new(source, comparison.place.start, comparison.place.end);
    let needs = |error: &CompilerError| {
        let line = error.place?.line;
        comparison.call.needs.iter().find(|need| need.line == line)
    };
    let (missing, others): (Vec<_>, Vec<_>) =
        errors.iter().partition(|e| needs(e).is_some_and(|_| is_missing(e)));
    let code = &comparison.code;
    let mut diagnostics = Vec::new();
    let mut lacks: Vec<&Need> = missing.into_iter().filter_map(needs).collect();
    lacks.dedup();
    if !lacks.is_empty() {
        let names = lacks.iter().map(|need| format!("`{}`", need.name)).collect::<Vec<_>>().join(", ");
        let d = Diagnostic::error(codes::RUST, span, format!("`{code}` has no {names}"));
        let all = lacks.iter().map(|need| format!("  {} {{ todo!() }}", need.signature));
        let all = all.collect::<Vec<_>>().join("\n");
        diagnostics.push(d.help(format!("`impl {code}` needs, for {}:\n{all}", of(&lacks))));
    }
    let (unknown, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|error| is_unknown(error));
    // One that is not there is wrong on every line.
    for error in unknown.into_iter().take(1).chain(others) {
        let mut d = diagnostic(error, source, cell.code);
        d.span = span;
        if let Some(need) = needs(error) {
            if !is_unknown(error) {
                d.message = format!("`{}` does not fit {}: {}", need.name, need.of, d.message);
            }
            let is_type = comparison.call.needs.iter().any(|other| other.of != need.of);
            d.help = (!is_unknown(error) || !is_type).then(|| format!("expected `{}`", need.signature));
        }
        if !diagnostics.iter().any(|known: &Diagnostic| known.message == d.message) {
            diagnostics.push(d);
        }
    }
    Failure { diagnostics, sources }.into()
}

/// What several needs are of.
fn of(needs: &[&Need]) -> String {
    let mut all: Vec<&str> = needs.iter().map(|need| need.of.as_str()).collect();
    all.dedup();
    all.join(", ")
}

/// A method or function that is not there.
fn is_missing(error: &CompilerError) -> bool {
    error.code.as_deref() == Some("E0599")
}

/// A name that nothing has.
fn is_unknown(error: &CompilerError) -> bool {
    matches!(error.code.as_deref(), Some("E0412" | "E0425" | "E0433"))
}

fn diagnostic(error: &CompilerError, source: SourceId, code: &str) -> Diagnostic {
    let number = error.code.as_ref().map_or(String::new(), |code| format!(" (rustc {code})"));
    let whole = Span::new(source, 0, 0);
    let span = error.place.filter(|_| is_rust(code)).map_or(whole, |place| span(place, source, code));
    let mut d = Diagnostic::error(codes::RUST, span, format!("{}{number}", error.message));
    // What has no label of its own repeats the message.
    d.label = error.label.clone().filter(|label| !label.contains(&error.message));
    d.help = error.help.clone();
    if error.place.is_none() && is_rust(code) {
        d.label = Some("in what an earlier cell defines".to_string());
        d.help = error.help.clone().or(Some(
            "run that cell again as it should be now, or `:clear`, which forgets them all".to_string(),
        ));
    }
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
