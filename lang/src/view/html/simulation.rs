//! HTML of a simulation: what broke with its run, how long repair takes, what happened how often.
//!
//! Enters: its report. Leaves: markup.

use super::expectations;
use super::parts::{self, CELL, HEAD, NUMBER, TABLE, chip, code, figure, muted, picture, prose};
use crate::report::SimulationReport;
use crate::report::simulation::{Sampled, SimulatedMember};
use crate::span::Sources;
use crate::view::palette::Theme;
use crate::view::{heading, simulation as rows, svg, words};
use maud::{Markup, html};

pub(super) fn simulation(report: &SimulationReport, sources: &Sources) -> Markup {
    let pictured = report.pictured();
    let shown = pictured.map(|(member, _)| member.span);
    html! {
        div style="margin-bottom:0.4em" {
            span style="font-size:115%" { strong { "simulate " (words::subject(&report.subject)) } }
            " · " (rows::asked(report)) br; (rows::tally(report))
        }
        @if let Some(why) = &report.incomplete { div { (chip("…", "incomplete", words::Tone::Qualified)) " " (prose(why)) } }
        @if !report.members.is_empty() { (members(report)) }
        @if let Some((member, broken)) = pictured {
            (figure(&broken.trace, &heading::of_simulated(&report.subject, member, broken)))
        }
        @for member in report.members.iter().filter(|member| Some(member.span) != shown) {
            @if let Sampled::Broken(broken) = &member.outcome && broken.shown().is_some() {
                details class="rcv-carries" {
                    summary { "a run that breaks " strong { (member.name) } " (" (words::trace_size(&broken.trace)) ")" }
                    (figure(&broken.trace, &heading::of_simulated(&report.subject, member, broken)))
                }
            }
        }
        @if let Some(picture) = svg::plots(report, Theme::Light) { (self::picture(&picture, &rows::describe(report))) }
        @if !report.repairs.is_empty() { (repairs(report)) }
        @if !report.expectations.is_empty() { (expectations(&report.expectations, sources)) }
        details { summary { "what happened how often" } (taken(report)) }
        (muted(&rows::size(report)))
        @for note in &report.notes { (muted(note)) }
        @if !report.assumed.is_empty() { (muted(&format!("assumed: {}", report.assumed.join(", ")))) }
    }
}

fn members(report: &SimulationReport) -> Markup {
    html! {
        div { "On these runs, with 95 % confidence:" }
        @for member in &report.members { (self::member(member, report.runs)) }
    }
}

fn member(member: &SimulatedMember, runs: u64) -> Markup {
    let (mark, word, tone) = rows::outcome(&member.outcome);
    let told = rows::runs(member, runs);
    let said = html! {
        @if let Some(sentence) = &member.sentence { div { (prose(sentence)) } }
        div { @if matches!(member.outcome, Sampled::Broken(_)) { strong { (prose(&told)) } } @else { em { (prose(&told)) } } }
        @for line in rows::lines(member) { div { (prose(&line)) } }
    };
    let kind = words::kind_and_types(member.concept, &member.types);
    parts::member(&chip(mark, word, tone), &member.name, &kind, &said)
}

fn repairs(report: &SimulationReport) -> Markup {
    html! {
        table style=(TABLE) {
            thead { tr {
                @for (i, head) in rows::REPAIRS.iter().enumerate() { th style=(if i < 2 { HEAD } else { NUMBER }) { (head) } }
                th style=(NUMBER) { "drifting" }
            } }
            tbody {
                @for repair in &report.repairs {
                    tr {
                        @for (i, cell) in rows::repair(repair).iter().enumerate() {
                            @if i == 0 { td style=(CELL) { strong { (code(cell)) } } }
                            @else { td style=(if i == 1 { CELL } else { NUMBER }) { (cell) } }
                        }
                        td style=(NUMBER) { (rows::percent(repair.share)) " of the time" }
                    }
                }
            }
        }
    }
}

fn taken(report: &SimulationReport) -> Markup {
    html! {
        table style=(TABLE) {
            thead { tr { @for (i, head) in rows::TAKEN.iter().enumerate() { th style=(if i < 2 { HEAD } else { NUMBER }) { (head) } } } }
            tbody {
                @for taken in &report.taken {
                    tr {
                        @for (i, cell) in rows::taken(taken).iter().enumerate() {
                            @if i == 1 { td style=(CELL) { (code(cell)) } }
                            @else { td style=(if i == 0 { CELL } else { NUMBER }) { (cell) } }
                        }
                    }
                }
            }
        }
    }
}
