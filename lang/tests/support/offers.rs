//! What a diagnostic offers is a program.
//!
//! Enters: diagnostics and their sources. Leaves: a failure for each piece in backticks of a help that is no piece of a
//! program, and for each edit after which the program reads worse. In a help, names in capitals and `…` stand for what
//! is to be filled in; what somebody wrote stands in the message, never in the help.

use reconverge_lang::diag::Diagnostic;
use reconverge_lang::span::{SourceId, Sources};
use reconverge_lang::syntax::parse;
use reconverge_lang::words::meanings;

/// Where a piece of a program may stand: `@` is the piece.
const CONTEXTS: &[&str] = &[
    "@",
    "system A { @ }",
    "system B @ { }",
    "system A { node N { @ } }",
    "system A { enum E { @ } }",
    "system A { resolution r: retry { @ } }",
    "system A { invariant i: safety { @ } }",
    "system A { invariant i: @ }",
    "system A { action a { @ } }",
    "system A { action a @ { } }",
    "system A { action a { if P { } @ P { } } }",
    "system A { @ { } }",
    "system A { resolution r: retry { @ { } } }",
    "system A { order o: append { views @ } }",
    "system A { order o: append { views x @ } }",
    "system A { link l: M @ }",
    "system A { link l: M from A to B @ }",
    "system A { state x: @ }",
    "system A { state x: bool = @ }",
    "system A { state x: bool @ }",
    "system A { bound @ }",
    "system A { bound all @: P }",
    "check A { @ }",
    "check A { faults { @ } }",
    "check @",
    "find A { P } @",
    "simulate A for @",
    "scenario \"t\" on A { @ }",
    "@ system A { }",
];

/// What `…` may stand for.
const FILLINGS: [&str; 3] = ["", "x", "x: x"];

/// Marks, and words that stand inside of something only.
const PARTS: &[&str] = &[
    "=", ":=", "==", "!=", "<=", "+=", "-=", "->", "..", "+", "-", "*", "/", "%", "&", "<", ">", "{", "}",
    "(", ")", "[", "]", "?", "not some", "not in",
];

/// Whether a text is a piece of a program.
pub(crate) fn is_fragment(text: &str) -> bool {
    let word = PARTS.contains(&text) || !meanings(text).is_empty();
    word || FILLINGS.iter().any(|filling| {
        let piece = text.replace('…', filling);
        CONTEXTS.iter().any(|context| parses(&context.replace('@', &piece)))
    })
}

fn parses(text: &str) -> bool {
    let (_, found) = parse(SourceId::default(), text);
    !found.iter().any(Diagnostic::is_error)
}

/// What stands between backticks.
pub(crate) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The text of a diagnostic's source after its edit; none where it offers none.
pub(crate) fn mended(d: &Diagnostic, sources: &Sources) -> Option<String> {
    let fix = d.fix.as_ref()?;
    let mut text = sources.get(fix.span.source).text.clone();
    text.replace_range(fix.span.range(), &fix.text);
    Some(text)
}

/// Where the syntax errors of a text start.
fn errors(text: &str) -> Vec<usize> {
    let (_, found) = parse(SourceId::default(), text);
    found.iter().filter(|d| d.is_error()).map(|d| d.span.start as usize).collect()
}

/// The helps that quote what is no piece of a program.
fn helps(found: &[Diagnostic]) -> Vec<String> {
    let mut wrong = Vec::new();
    for d in found {
        let help = d.help.as_deref().unwrap_or_default();
        for piece in quoted(help).filter(|piece| !is_fragment(piece)) {
            wrong.push(format!("{}: `{piece}` of the help is no piece of a program: {help}", d.code));
        }
    }
    wrong
}

/// The edits after which there are more errors of syntax, or one where the edit was made.
fn edits(found: &[Diagnostic], sources: &Sources) -> Vec<String> {
    let mut wrong = Vec::new();
    for d in found {
        let (Some(fix), Some(text)) = (&d.fix, mended(d, sources)) else { continue };
        let before = errors(&sources.get(fix.span.source).text);
        let after = errors(&text);
        let start = fix.span.start as usize;
        let edited = start..start + fix.text.len().max(1);
        if after.len() > before.len() || after.iter().any(|at| edited.contains(at)) {
            wrong.push(format!("{} {}: after the edit that it offers\n{text}", d.code, d.message));
        }
    }
    wrong
}

/// Both.
pub(crate) fn wrong(found: &[Diagnostic], sources: &Sources) -> Vec<String> {
    helps(found).into_iter().chain(edits(found, sources)).collect()
}
