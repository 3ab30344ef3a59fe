//! Why a Rust cell failed, in words.
//!
//! Enters: faults as `reconverge-rust` tells them. Leaves: Jupyter's words for errors, those of the compiler placed in the
//! cell.

use super::library::{find, names, word};
use super::process::Unstarted;
use super::protocol::{AT, CompilerError, Fault, Place};
use super::{RustCell, TYPES};
use crate::cells::is_rust;
use crate::wire::Failed;
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::diag::codes::session as codes;
use reconverge_lang::export::rust::{Library, Need};
use reconverge_lang::session::{Comparison, Failure, Refused};
use reconverge_lang::span::{SourceId, Sources, Span};
use reconverge_outputs::display::interrupted;
use std::collections::BTreeMap;

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

/// Variables that held something of a system whose types are other ones now.
pub(super) fn variables_lost((system, names): &(String, Vec<String>)) -> String {
    let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!(
        "`{system}` was defined anew or has other parameters: variables that held its types of before are lost: {names}\n"
    )
}

/// Code does something else than the mapping.
pub(super) fn differs(words: &str) -> Failed {
    Failed::new("Differs", words.trim())
}

/// Where something stands, as people say it.
fn named(place: Place, cells: &[(String, String)]) -> Option<String> {
    cells.get(place.cell).map(|(name, _)| format!("{name}:{}", place.line))
}

/// What compares code tells, with the place of a panic as people say it.
pub(super) fn placed(told: &str, cells: &[(String, String)]) -> String {
    let parts: Vec<&str> = told.splitn(3, AT).collect();
    let &[before, place, after] = &parts[..] else { return told.to_string() };
    let place = serde_json::from_str(place).ok().and_then(|place| named(place, cells));
    format!("{before}{}{after}", place.map_or(String::new(), |place| format!(" ({place})")))
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

/// A cell, and all that were asked for, of which it is the last: what each is called, its text.
pub(super) type Cells<'c> = (&'c RustCell<'c>, &'c [(String, String)]);

/// `comparison`: what the cell compares, `library`: the systems that it knows.
pub(super) fn failed(
    fault: Fault,
    (cell, cells): Cells<'_>,
    comparison: Option<&Comparison>,
    library: &Library,
) -> Failed {
    match (fault, comparison) {
        (Fault::Compiler(errors), Some(comparison)) => unfit(&errors, (cell, cells), comparison),
        (Fault::Compiler(errors), None) => compiler(&errors, (cell, cells), library),
        (Fault::Panicked { words, .. }, Some(_)) => differs(&words),
        (Fault::Returned { words, .. }, Some(_)) => differs(&words),
        (Fault::Panicked { words, place, lost }, None) => {
            let place = place.and_then(|place| named(place, cells));
            let place = place.map_or(String::new(), |place| format!("{place}: "));
            let words = words.trim();
            let words = if words.is_empty() { "it panicked" } else { words };
            Failed::new("RustPanic", &format!("{place}{words}\n{}", ended_there(&lost)))
        }
        (Fault::Returned { words, lost }, None) => {
            Failed::new("RustError", &format!("{}\n{}", words.trim(), ended_there(&lost)))
        }
        (Fault::NoToolchain(words), _) => Failed::new(
            "NoRustToolchain",
            &format!(
                "Rust cells are compiled by cargo and rustc, which are not on the path of this kernel ({words}). \
                 https://rustup.rs says how to install them; then restart the kernel"
            ),
        ),
        (Fault::Refused(words), _) => Failed::new("RustRefused", &advised(&words)),
        (Fault::Crashed(status), _) => Failed::new(
            "RustCrash",
            &format!(
                "the process that runs Rust ended by itself ({status}): the variables of Rust cells are lost; {KEPT}"
            ),
        ),
        (Fault::Interrupted, _) => Failed::new(
            "Interrupted",
            &format!("the Rust cell was interrupted: the variables of Rust cells are lost; {KEPT}"),
        ),
    }
}

/// What is left after a cell that did not come to its end.
fn ended_there(lost: &[String]) -> String {
    let names = lost.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let but = if names.is_empty() { names } else { format!(", but for what it took with it: {names}") };
    format!("The cell ended there; variables from before are still there{but}")
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

fn compiler(errors: &[CompilerError], cells: Cells<'_>, library: &Library) -> Failed {
    let mut texts = Texts::of(cells);
    let mut diagnostics: Vec<Diagnostic> = errors
        .iter()
        .map(|error| imported(error, &texts, library).unwrap_or_else(|| texts.diagnostic(error)))
        .collect();
    diagnostics.dedup_by(|one, other| one.span == other.span && one.message == other.message);
    Failure { diagnostics, sources: texts.sources }.into()
}

/// An import of what is no system.
fn imported(error: &CompilerError, texts: &Texts<'_>, library: &Library) -> Option<Diagnostic> {
    if error.place.is_some_and(|place| texts.earlier(place).is_some()) {
        return None;
    }
    let code = texts.cell.code;
    let from = error.place.map_or(0, |place| offset(code, place.line, 1));
    let mut named = code[from..].match_indices(TYPES).map(|(at, _)| from + at + TYPES.len());
    let is_item = |name: &str| name.is_empty() || name == "report" || find(library, name).is_some();
    let at = named.find(|at| !is_item(word(&code[*at..])))?;
    let name = word(&code[at..]);
    if !error.message.contains(name) {
        return None;
    }
    let systems = names(library);
    let all = if systems.is_empty() { "none".to_string() } else { systems.join(", ") };
    let span = Span::new(texts.source, at, at + name.len());
    let d = Diagnostic::error(codes::RUST, span, format!("no system `{name}` in this notebook"));
    Some(d.meant_among(name, systems, format!("systems: {all}")))
}

/// Code that cannot be called in the place of what it is compared with.
fn unfit(errors: &[CompilerError], cells: Cells<'_>, comparison: &Comparison) -> Failed {
    let mut texts = Texts::of(cells);
    let span = Span::new(texts.source, comparison.place.start, comparison.place.end);
    let number = texts.number();
    let needs = |error: &CompilerError| {
        let place = error.place.filter(|place| place.cell == number)?;
        comparison.call.needs.iter().find(|need| need.line == place.line)
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
        let need = needs(error);
        let mut d = texts.diagnostic(error);
        if d.span.source == texts.source {
            d.span = span;
        }
        if let Some(need) = need {
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
    Failure { diagnostics, sources: texts.sources }.into()
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

/// The texts that errors stand in.
struct Texts<'c> {
    sources: Sources,
    cell: &'c RustCell<'c>,
    source: SourceId,
    cells: &'c [(String, String)],
    /// Earlier cells that errors stand in, by their numbers.
    earlier: BTreeMap<usize, SourceId>,
}

impl<'c> Texts<'c> {
    fn of((cell, cells): Cells<'c>) -> Texts<'c> {
        let mut sources = cell.sources.clone();
        let source = sources.add(cell.name, cell.code);
        Texts { sources, cell, source, cells, earlier: BTreeMap::new() }
    }

    /// Of the cell that ran.
    fn number(&self) -> usize {
        self.cells.len().saturating_sub(1)
    }

    /// The earlier cell of a place: what people call it, its text.
    fn earlier(&self, place: Place) -> Option<&'c (String, String)> {
        self.cells.get(place.cell).filter(|_| place.cell < self.number())
    }

    fn diagnostic(&mut self, error: &CompilerError) -> Diagnostic {
        let number = error.code.as_ref().map_or(String::new(), |code| format!(" (rustc {code})"));
        let message = format!("{}{number}", error.message);
        let earlier = error.place.and_then(|place| Some((place, self.earlier(place)?)));
        let Some((place, (name, code))) = earlier else {
            let whole = Span::new(self.source, 0, 0);
            let here = error.place.filter(|_| is_rust(self.cell.code));
            let span = here.map_or(whole, |place| span(place, self.source, self.cell.code));
            let mut d = Diagnostic::error(codes::RUST, span, message);
            // What has no label of its own repeats the message.
            d.label = error.label.clone().filter(|label| !label.contains(&error.message));
            d.help = error.help.clone();
            return d;
        };
        let sources = &mut self.sources;
        let source = *self.earlier.entry(place.cell).or_insert_with(|| sources.add(name, code));
        let mut d = Diagnostic::error(codes::RUST, span(place, source, code), message);
        d.label = error.label.clone().filter(|label| !label.contains(&error.message));
        d.help(format!(
            "{name} ran before, and what it defines no longer compiles: run it again as it should be now, with a line that \
             names `{TYPES}`, as `use {TYPES}…;` does, where it is for the systems of now; or run `:clear` in a Rust cell, \
             which forgets them all"
        ))
    }
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
