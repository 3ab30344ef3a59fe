//! Syntax through its only door: what parses, what does not, and what the diagnostics say.

use reconverge_lang::diag::Diagnostic;
use reconverge_lang::span::Sources;
use reconverge_lang::syntax;

const KAFKA: &str = include_str!("data/kafka.rcv");
const COMMANDS: &str = include_str!("data/commands.rcv");

/// Parses `text`; its diagnostics as `code line:column message`.
fn diagnostics(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let id = sources.add("cell 1", text);
    let (_, found) = syntax::parse(id, text);
    let show = |d: &Diagnostic| {
        let p = sources.position(id, d.span.start);
        format!("{} {}:{} {}", d.code, p.line, p.column, d.message)
    };
    found.iter().map(show).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(diagnostics(text), expected, "in:\n{text}");
}

#[test]
fn the_example_mapping_parses() {
    check(KAFKA, &[]);
}

#[test]
fn always_eventually_is_one_form() {
    check("system S { invariant i: convergence { always eventually (count x in X where P) == 1 } }", &[]);
    check("system S { invariant i: convergence { always eventually done } }", &[]);
}

#[test]
fn every_command_parses() {
    check(COMMANDS, &[]);
}
