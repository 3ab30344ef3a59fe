//! HTML of stepping by hand: what the step did, what is false, the state as a table, what can be done next.
//!
//! Enters: reports. Leaves: markup.

use super::parts::{CELL, HEAD, TABLE, chip, code, figure, muted, prose};
use crate::report::hand::{Did, Group, HandReport, Possible, Wrong};
use crate::report::{Report, SavedReport, TraceStep};
use crate::view::heading;
use crate::view::state::{Shown, tables};
use crate::view::words::{self, Tone};
use maud::{Markup, html};

/// So many steps are in sight after each step.
const MOST: usize = 12;

pub(super) fn hand(hand: &HandReport, report: &Report) -> Markup {
    let asked = matches!(hand.did, Did::Asked);
    html! {
        div style="margin-bottom:0.4em" { span style="font-size:115%" { strong { (words::hand_title(hand)) } } }
        @match &hand.did {
            Did::Took { step } => (taken(step, &hand.lanes)),
            Did::Undid { lines } => {
                div { "taken back: " @for (i, line) in lines.iter().enumerate() { @if i > 0 { ", " } (code(line)) } }
            }
            Did::Started | Did::Shown | Did::Asked | Did::Looked { .. } => {}
        }
        @for wrong in &hand.wrong { (self::wrong(wrong)) }
        @for earlier in &hand.earlier { div { (chip("✗", "was false", Tone::Qualified)) " " (words::earlier(earlier)) } }
        @for note in &hand.notes { (muted(note)) }
        @if matches!(hand.did, Did::Started | Did::Shown | Did::Undid { .. } | Did::Looked { .. }) { (state(hand)) }
        @if !matches!(hand.did, Did::Looked { .. }) { (next(hand, asked)) }
        @if !asked && let Some((heading, run)) = heading::pictured(report) { (figure(run, &heading)) }
        @if matches!(hand.did, Did::Took { .. }) {
            details { summary { "the state" } (state(hand)) }
        }
    }
}

fn taken(step: &TraceStep, lanes: &[String]) -> Markup {
    html! {
        div { strong { (code(&step.command())) } }
        div style="margin-left:1.5em" {
            @for (message, to) in words::sent(step, lanes) { div { "sends " (code(message)) " to " (to) } }
            @for change in words::changes(step) {
                div { (code(&change.path)) ": " (code(&change.before.to_string())) " → " (code(&change.after.to_string())) }
            }
            @if words::is_idle(step) { em { "changes nothing" } }
        }
    }
}

fn wrong(wrong: &Wrong) -> Markup {
    html! {
        div style="margin:0.3em 0" {
            (chip("✗", &words::wrong(wrong), Tone::Bad)) " " (code(&wrong.expression))
            @for (path, value) in &wrong.values {
                div style="margin-left:1.5em" { (code(&format!("{path} = {value}"))) }
            }
        }
    }
}

fn state(hand: &HandReport) -> Markup {
    let tables = tables(hand);
    html! {
        @for kind in &tables.kinds {
            table style=(TABLE) {
                thead { tr { th style=(HEAD) {} @for node in &kind.nodes { th style=(HEAD) { (code(node)) } } } }
                tbody {
                    @for (name, values) in &kind.fields {
                        tr {
                            td style=(CELL) { (name) }
                            @for value in values { td style=(CELL) { @if let Some(value) = value { (shown(value)) } } }
                        }
                    }
                }
            }
        }
        @if !tables.rest.is_empty() {
            table style=(TABLE) {
                tbody {
                    @for (name, value) in &tables.rest {
                        tr { td style=(CELL) { (name) } td style=(CELL) { (shown(value)) } }
                    }
                }
            }
        }
        @if tables.tells_changes() { (muted("bold: the last step changed it")) }
    }
}

fn shown(shown: &Shown<'_>) -> Markup {
    let value = shown.value.to_string();
    html! { @if shown.changed { strong { (code(&value)) } } @else { (code(&value)) } }
}

fn next(hand: &HandReport, all: bool) -> Markup {
    let next = &hand.next;
    let (count, listed) = (next.count(), next.listed().count());
    html! {
        @if count == 0 {
            div { em { "Nothing can be done." } }
        } @else if all {
            @for group in &next.groups { (self::group(group, &words::group(group, next))) }
        } @else {
            div style="margin-top:0.4em" { (words::can_be_done(next)) ":" }
            (lines(next.listed().take(MOST)))
            @if count > MOST {
                @let more = words::count((count - MOST) as u64);
                @if listed > MOST {
                    details { summary { "and " (more) " more" } (lines(next.listed().skip(MOST))) }
                } @else { div { "and " (more) " more" } }
            }
        }
    }
}

fn group(group: &Group, title: &str) -> Markup {
    html! {
        div style="margin-top:0.4em" { strong { (title) } }
        (lines(group.steps.iter()))
        @if group.more > 0 { (muted(&format!("… and {} more", words::count(group.more as u64)))) }
    }
}

fn lines<'r>(steps: impl Iterator<Item = &'r Possible>) -> Markup {
    html! {
        div style="margin-left:1.5em" {
            @for step in steps {
                div { (code(&step.line)) @if let Some(note) = &step.note { " " em { (prose(note)) } } }
            }
        }
    }
}

/// A cell to be copied.
pub(super) fn saved(saved: &SavedReport) -> Markup {
    html! {
        pre style="margin:0.2em 0;white-space:pre-wrap;font-family:monospace" { (saved.code.trim_end()) }
        (muted(&saved.comes_out))
    }
}
