//! Cells, executed: with few states and few steps.
//!
//! Enters: any text. Leaves: a panic where a report cannot be shown, a printed line cannot be typed, or the portable form
//! on one thread and machine code on several find different things.

use super::by_hand::by_hand;
use super::host::Hurried;
use super::{can_be_shown, cell, cells, number, seeds, systems};
use crate::typed::{shown, walks};
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::report::Report;
use reconverge_lang::session::{Execution, Outcome, Output, Session};
use reconverge_lang::view;
use reconverge_lang::view::Theme;

/// One text of so many is also executed as machine code, which takes long to make.
const COMPILED: u64 = 8;

/// Execution, reports, and a run by hand of each system. It comes far where something is executed.
pub fn running(text: &str) -> bool {
    let mut far = false;
    let number = number(text);
    let plain = Hurried::new(1, Execution::Portable);
    let mut session = Session::new(seeds::library());
    let found = executed(&mut session, text, &plain, &mut |session, outputs| {
        for output in outputs {
            far = true;
            can_be_drawn(output);
            can_be_typed(session, &output.report, &plain);
        }
    });
    for system in cells(text).flat_map(systems) {
        by_hand(&session, &system, number, &plain);
        looked_at(&session, &system, &plain);
    }
    if number.is_multiple_of(COMPILED) {
        let native = Hurried::new(2, Execution::Native);
        let other = executed(&mut Session::new(seeds::library()), text, &native, &mut |_, _| {});
        // An interrupt comes earlier or later.
        let same = found.iter().zip(&other).find(|(one, other)| one != other);
        if let (Some((one, other)), true) = (same, found.iter().chain(&other).all(|f| f != INTERRUPTED)) {
            panic!("portable:\n{one}\nmachine code:\n{other}");
        }
    }
    far
}

/// Steps of a state graph that are typed.
const TYPED: usize = 12;

/// The state graph of a system, and several runs that break it: they can be drawn, and their lines typed.
fn looked_at(session: &Session, system: &str, host: &Hurried) {
    for command in [format!("graph {system}"), format!("check {system} {{ traces 4 }}")] {
        let mut session = session.clone();
        let mut outputs = Vec::new();
        host.again();
        session.execute(cell(0), &command, host, &mut |output| outputs.push(output));
        for output in &outputs {
            can_be_drawn(output);
            can_be_typed(&session, &output.report, host);
            for walk in walks(&output.report).into_iter().take(TYPED) {
                host.again();
                if let Some(otherwise) = walk.otherwise(&session, host).filter(|o| !o.undecided) {
                    panic!("it cannot be typed:\n{}{}", walk.script(), otherwise.why);
                }
            }
        }
    }
}

const INTERRUPTED: &str = "interrupted";

/// Executes all cells up to one that is interrupted; what came of each, in words.
fn executed(
    session: &mut Session,
    text: &str,
    host: &Hurried,
    seen: &mut dyn FnMut(&Session, &[Output]),
) -> Vec<String> {
    let mut found = Vec::new();
    for (number, code) in (1..).zip(cells(text)) {
        let mut outputs = Vec::new();
        host.again();
        let outcome = session.execute(cell(number), code, host, &mut |output| outputs.push(output));
        let diagnostics = match &outcome {
            Outcome::Done { warnings } => warnings,
            Outcome::Failed(failure) => &failure.diagnostics,
            Outcome::Interrupted => {
                found.push(INTERRUPTED.to_string());
                return found;
            }
        };
        can_be_shown(diagnostics, session.sources());
        seen(session, &outputs);
        let reports: Vec<&Report> = outputs.iter().map(|output| &output.report).collect();
        let words = |found: Result<String, serde_json::Error>| found.expect("reports are data");
        found.push(words(serde_json::to_string(&reports)) + &words(serde_json::to_string(diagnostics)));
    }
    found
}

fn can_be_drawn(output: &Output) {
    view::text(&output.report, &output.sources);
    view::html(&output.report, &output.sources);
    view::svg(&output.report, Theme::Light);
}

fn can_be_typed(session: &Session, report: &Report, host: &Hurried) {
    for shown in shown(report) {
        // A cell that has an error in a later command has defined nothing.
        let named = format!("diagram {}", shown.subject.system);
        if session.clone().define(cell(0), &named, host).iter().any(Diagnostic::is_error) {
            return;
        }
        host.again();
        if let Some(otherwise) = shown.otherwise(session, host).filter(|o| !o.undecided) {
            panic!("it cannot be typed:\n{}{}", shown.script(), otherwise.why);
        }
    }
}
