//! `compare traces`: the two runs that were shown last, side by side.
//!
//! Enters: runs as they were told. Leaves: rows. The longest sequence of steps that they have in common decides which stand
//! together, as in the explorer; what differs is said where it begins to.

use super::Stop;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::beside::{BesideReport, Differ, Ran, Row, Taken};
use crate::report::hand::Did;
use crate::report::{Report, Trace};
use crate::span::Span;
use crate::value::Value;
use crate::view::{self, heading::Heading};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A run as it was shown.
pub(super) struct Told {
    heading: Heading,
    trace: Trace,
    by_hand: bool,
}

/// The runs that were shown last, at most two.
#[derive(Clone, Default)]
pub(super) struct Lately(Vec<Arc<Told>>);

impl Lately {
    /// What a command shows. Steps by hand are one run, however many commands they take.
    pub(super) fn keep(&mut self, report: &Report) {
        let by_hand = match report {
            Report::Hand(hand) if matches!(hand.did, Did::Looked { .. } | Did::Asked) => return,
            report => matches!(report, Report::Hand(_)),
        };
        let Some((heading, trace)) = view::first_run(report) else { return };
        if by_hand && self.0.last().is_some_and(|last| last.by_hand) {
            self.0.pop();
        }
        if self.0.len() == 2 {
            self.0.remove(0);
        }
        self.0.push(Arc::new(Told { heading, trace: trace.clone(), by_hand }));
    }
}

/// `compare traces`
pub(super) fn beside(lately: &Lately, span: Span) -> Result<Report, Stop> {
    let [one, other] = &lately.0[..] else {
        let words = match lately.0.len() {
            0 => "no run was shown yet",
            _ => "one run was shown, and none before it",
        };
        let help = "`check`, `find`, `scenario`, `simulate` and steps by hand show one each: the last two are compared";
        return Err(Stop::Refused(vec![Diagnostic::error(codes::NO_TRACES, span, words).help(help)]));
    };
    let runs = [&**one, &**other];
    let ran =
        |told: &Told| Ran { title: told.heading.title.clone(), subtitle: told.heading.subtitle.clone() };
    let states = runs.map(|told| told.trace.states());
    let known = |path: &String, side: usize| states[side].iter().any(|state| state.contains_key(path));
    let paths = |side: usize| states[side].iter().flat_map(BTreeMap::keys);
    let mut alone: Vec<String> = [0, 1]
        .into_iter()
        .flat_map(|side| paths(side).filter(move |path| !known(path, 1 - side)))
        .cloned()
        .collect();
    alone.sort();
    alone.dedup();
    let mut before = BTreeMap::new();
    let mut at = [0, 0];
    let rows = align(&one.trace, &other.trace).into_iter().map(|step| {
        let taken = [0, 1].map(|side| {
            let index = step[side]?;
            at[side] = index;
            Some(taken(runs[side], index))
        });
        let now = differing(&states[0][at[0]], &states[1][at[1]]);
        let new = now.iter().filter(|(path, values)| before.get(*path) != Some(*values));
        let differ =
            new.map(|(path, values)| Differ { path: path.clone(), values: values.clone() }).collect();
        let alike = before.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        before = now;
        Row { taken, differ, alike }
    });
    let rows = rows.collect();
    Ok(Report::Beside(Box::new(BesideReport { runs: runs.map(ran), rows, alone })))
}

/// The beginning, or the step that leads to a state of a run.
fn taken(told: &Told, state: usize) -> Taken {
    let Told { heading, trace, .. } = told;
    let (number, line) = match state.checked_sub(1) {
        None => (0, "initial state".to_string()),
        Some(step) => (trace.number(step), trace.steps[step].line()),
    };
    let decides = trace.broken.as_ref().is_some_and(|broken| broken.step == state.checked_sub(1));
    Taken { number, line, mark: decides.then(|| heading.mark.words()) }
}

/// The variables of both that have other values.
fn differing(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> BTreeMap<String, [Value; 2]> {
    let pairs = one.iter().filter_map(|(path, a)| Some((path, a, other.get(path)?)));
    let differ = pairs.filter(|(_, a, b)| a != b);
    differ.map(|(path, a, b)| (path.clone(), [a.clone(), b.clone()])).collect()
}

/// States of the one, of the other, or of both; the beginnings first.
fn align(one: &Trace, other: &Trace) -> Vec<[Option<usize>; 2]> {
    let lines = |trace: &Trace| trace.steps.iter().map(|step| step.line()).collect::<Vec<_>>();
    let (a, b) = (lines(one), lines(other));
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let at = i * width + j;
            let (down, right) = (longest[at + width], longest[at + 1]);
            longest[at] = if a[i] == b[j] { longest[at + width + 1] + 1 } else { down.max(right) };
        }
    }
    let (mut rows, mut i, mut j) = (vec![[Some(0), Some(0)]], 0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
            rows.push([Some(i), Some(j)]);
        } else if j == b.len() || i < a.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
            rows.push([Some(i), None]);
        } else {
            j += 1;
            rows.push([None, Some(j)]);
        }
    }
    rows
}
