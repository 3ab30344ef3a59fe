//! HTML of two runs side by side: a row for each step, across both where both take it.
//!
//! Enters: the report. Leaves: a table that needs no style to be read.

use super::parts::{CELL, HEAD, TABLE, code, muted, prose};
use crate::report::beside::{BesideReport, Differ, Row, Taken};
use crate::view::words;
use maud::{Markup, html};

pub(super) fn beside(report: &BesideReport) -> Markup {
    html! {
        div style="margin-bottom:0.4em" {
            span style="font-size:115%" { strong { "compare traces" } } " · " (words::in_common(report))
        }
        div style="overflow-x:auto" {
            table style=(TABLE) {
                thead { tr {
                    @for run in &report.runs { th style=(HEAD) { (prose(&run.title)) br; small style="font-weight:normal" { (run.subtitle) } } }
                    th style=(HEAD) { "what differs from here on" }
                } }
                tbody { @for row in &report.rows { (self::row(row)) } }
            }
        }
        @if let Some(words) = words::alone(report) { (muted(&words)) }
    }
}

fn row(row: &Row) -> Markup {
    let [one, other] = &row.taken;
    html! {
        tr {
            @match (one, other) {
                (Some(one), Some(other)) => td style=(CELL) colspan="2" { (both(one, other)) },
                _ => @for taken in &row.taken {
                    td style=(CELL) { @if let Some(taken) = taken { (alone(taken)) } @else { "–" } }
                },
            }
            td style=(CELL) {
                @for differ in &row.differ { div { (self::differ(differ)) } }
                @if !row.alike.is_empty() { div { "equal again: " (code(&row.alike.join(", "))) } }
            }
        }
    }
}

/// A step of both. It may have two numbers.
fn both(one: &Taken, other: &Taken) -> Markup {
    let marks = [one, other].into_iter().flat_map(|taken| &taken.mark);
    html! {
        (one.number) @if one.number != other.number { " · " (other.number) } " " (code(&one.line))
        @for mark in marks { br; b { (mark) } }
    }
}

/// A step that only one of them takes: told apart without colour.
fn alone(taken: &Taken) -> Markup {
    html! {
        (taken.number) " ≠ " b { (code(&taken.line)) }
        @if let Some(mark) = &taken.mark { br; b { (mark) } }
    }
}

fn differ(differ: &Differ) -> Markup {
    let [one, other] = &differ.values;
    html! { (code(&differ.path)) ": " (code(&one.to_string())) " ≠ " (code(&other.to_string())) }
}
