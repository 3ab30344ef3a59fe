//! The states along a run as a table: a row for each step, a column for each variable that ever changes.
//!
//! Enters: a trace and its heading. Leaves: markup that needs no style and no picture to be read.

use super::parts::{HEAD, code};
use crate::concepts::StepKind;
use crate::report::{Broken, Trace, TraceStep};
use crate::value::{Value, part_of};
use crate::view::heading::Heading;
use crate::view::words;
use maud::{Markup, html};

/// Tables with more cells say a value only where it changes.
const CELLS: usize = 150;

/// A step and the state after it.
struct Row {
    said: Markup,
    /// By column.
    now: Vec<Option<Value>>,
    /// By column: the step changed it.
    changed: Vec<bool>,
}

/// A run as its states; what is said of each step stands in its row.
pub(super) fn along(trace: &Trace, heading: &Heading) -> Markup {
    let columns = columns(trace);
    let still = trace.init.iter().filter(|(path, _)| !columns.contains(&path.as_str()));
    let still: Vec<String> = still.map(|(path, value)| format!("{path} = {value}")).collect();
    let rows = rows(trace, &columns);
    let whole = columns.len() * rows.len() <= CELLS;
    html! {
        div style="overflow-x:auto" {
            table {
                tr { th style=(HEAD) { "after step" } @for column in &columns { th { (column) } } }
                @for (index, row) in rows.iter().enumerate() { (self::row(row, whole || index == 0)) }
            }
        }
        @if let Some(broken) = &trace.broken { (broken_here(broken, trace, heading)) }
        div {
            "bold: the step changed it"
            @if !whole { "; empty: as above" }
            @if !still.is_empty() { " · never changes: " (code(&still.join(", "))) }
        }
    }
}

/// The initial state, and that after each step.
fn rows(trace: &Trace, columns: &[&str]) -> Vec<Row> {
    let mut now: Vec<Option<Value>> = columns.iter().map(|column| first(trace, column)).collect();
    let initial = html! { "0 initial state" };
    let mut rows = vec![Row { said: initial, now: now.clone(), changed: vec![false; columns.len()] }];
    for ((index, step), number) in trace.steps.iter().enumerate().zip(trace.numbers()) {
        let mut changed = vec![false; columns.len()];
        for change in &step.changes {
            let Some(column) = columns.iter().position(|column| part_of(&change.path, column).is_some())
            else {
                continue;
            };
            let path = part_of(&change.path, columns[column]).unwrap_or_default();
            if let Some(inner) = now[column].get_or_insert(Value::None).part_mut(path) {
                *inner = change.after.clone();
            }
            changed[column] = true;
        }
        let numbered = step.kind != StepKind::Stutter && step.folded == 0;
        let number = if numbered { format!("{number} ") } else { String::new() };
        let said = html! { (number) (said(index, step, trace)) };
        rows.push(Row { said, now: now.clone(), changed });
    }
    rows
}

/// A run of which nothing hangs: its steps, and what they changed in the end.
pub(super) fn steps(trace: &Trace) -> Markup {
    let taken = trace.steps.iter().filter(|step| step.kind != StepKind::Stutter);
    let changed = |(path, value): &&(String, Value)| !trace.init.iter().any(|(p, v)| p == path && v == value);
    let last: Vec<String> =
        trace.last.iter().filter(changed).map(|(path, value)| format!("{path} = {value}")).collect();
    html! {
        ol { @for step in taken { li { (step.line()) } } }
        @if !last.is_empty() { div { "different at its end: " (code(&last.join(", "))) } }
    }
}

/// With all values, or with those that the step changed.
fn row(row: &Row, whole: bool) -> Markup {
    html! {
        tr {
            td style=(HEAD) { (row.said) }
            @for (value, changed) in row.now.iter().zip(&row.changed) {
                td {
                    @if let Some(value) = value {
                        @if *changed { b { (value) } } @else if whole { (value) }
                    }
                }
            }
        }
    }
}

/// The step, what it sends, and what it stands for in a specification.
fn said(index: usize, step: &TraceStep, trace: &Trace) -> Markup {
    html! {
        @if trace.loop_start == Some(index) && step.kind != StepKind::Stutter { em { "from here on for ever: " } }
        (step.line())
        @for (message, to) in words::sent(step, &trace.lanes) { br; "sends " (message) " to " (to) }
        @if let Some(by) = words::taken(step) { br; (by) }
        @if let Some(is) = &step.counterpart { br; (is) }
    }
}

/// The variables that ever change, those of the initial state first, in its order.
fn columns(trace: &Trace) -> Vec<&str> {
    let variable = |path: &str| trace.init.iter().position(|(known, _)| part_of(path, known).is_some());
    let mut columns: Vec<(usize, &str)> = Vec::new();
    for change in trace.steps.iter().flat_map(|step| &step.changes) {
        let column = match variable(&change.path) {
            Some(place) => (place, trace.init[place].0.as_str()),
            None => (usize::MAX, change.path.as_str()),
        };
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.sort_by_key(|(place, _)| *place);
    columns.into_iter().map(|(_, path)| path).collect()
}

/// What it is at the beginning: of what is not said there, what it is before it first changes.
fn first(trace: &Trace, column: &str) -> Option<Value> {
    let said = trace.init.iter().find(|(path, _)| path == column).map(|(_, value)| value);
    let before = || trace.steps.iter().flat_map(|step| &step.changes).find(|change| change.path == column);
    said.or_else(|| before().map(|change| &change.before)).cloned()
}

fn broken_here(broken: &Broken, trace: &Trace, heading: &Heading) -> Markup {
    html! {
        div { b { (heading.mark.symbol()) " " (words::broken(&heading.mark, broken, trace)) ": " } (code(&broken.expression)) }
        @if !broken.values.is_empty() {
            div { code { @for (i, (path, value)) in broken.values.iter().enumerate() { @if i > 0 { br; } (path) " = " (value) } } }
        }
    }
}
