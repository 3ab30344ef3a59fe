//! HTML of what is known about a mapping without a run: audit, comparison, diagram, definitions; and of values.
//!
//! Enters: reports. Leaves: markup.

use super::partitions;
use super::parts::{BELOW, CELL, HEAD, TABLE, chip, code, marked, muted, picture, prose};
use crate::concepts::ConceptKind;
use crate::report::{
    AlongTrace, Answer, AuditReport, CompareReport, CompareTable, DefinedReport, DefinedSystem,
    DiagramMember, DiagramReport, Inspection, Question, Standing, ValueReport,
};
use crate::view::palette::Theme;
use crate::view::{concepts, inspection as asked, svg, words};
use maud::{Markup, html};

pub(super) fn audit(audit: &AuditReport) -> Markup {
    html! {
        div style="margin-bottom:0.4em" {
            span style="font-size:115%" { strong { "audit " (words::subject(&audit.subject)) } }
            " · " (words::budgets(&audit.subject))
        }
        @for (i, question) in audit.questions.iter().enumerate() { (self::question(question, i, audit)) }
        @if let Some(coverage) = &audit.coverage {
            (muted(&words::coverage(coverage).join(" · ")))
            (partitions(coverage))
        }
        @let broken = words::standing_so(audit, Standing::Broken);
        @let undecided = words::standing_so(audit, Standing::Undecided);
        @if !broken.is_empty() {
            div { strong { "What is broken:" } }
            ul style="margin-top:0" {
                @for (question, words) in &broken { li { (question) " " (prose(words)) } }
            }
        }
        @if !undecided.is_empty() {
            div { strong { "What is not decided:" } }
            ul style="margin-top:0" {
                @for (question, words) in &undecided { li { (question) " " (prose(words)) } }
            }
        }
        @if audit.open.is_empty() {
            @if broken.is_empty() && undecided.is_empty() { div { strong { "Every question has an answer." } } }
        } @else {
            div { strong { "If you can’t answer one, that’s the bug:" } }
            ul style="margin-top:0" { @for open in &audit.open { li { (prose(open)) } } }
        }
    }
}

fn question(question: &Question, index: usize, audit: &AuditReport) -> Markup {
    let first = index == 0 || audit.questions[index - 1].concept != question.concept;
    let (mark, word, tone) = words::standing(question.standing);
    html! {
        @if first { div style="margin-top:0.6em" { strong { (capital(&question.concept)) } } }
        div { (chip(mark, word, tone)) " " (question.question) }
        div style=(BELOW) {
            @if question.answers.is_empty() { em { "no answer" } }
            @for answer in &question.answers { (self::answer(answer)) }
        }
    }
}

fn answer(answer: &Answer) -> Markup {
    let (mark, word, _) = words::standing(answer.standing);
    html! {
        div {
            (marked(mark, word)) " "
            @if let Some(member) = words::unnamed(answer) { strong { (code(member)) } " " }
            (prose(&answer.words))
            @if let Some(place) = &answer.place { " " small { "(" (place) ")" } }
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// So many systems have a column each; of more there is a table for each concept.
const BESIDE: usize = 4;

pub(super) fn compare(compare: &CompareReport) -> Markup {
    if compare.systems.len() <= BESIDE {
        return beside(compare);
    }
    html! {
        div style="font-size:115%" { strong { (compare.systems.join(", ")) } }
        @for table in &compare.tables {
            div style="margin-top:0.8em" { strong { (table.title) } br; em { (table.check) } }
            table style=(TABLE) {
                thead { tr { @for column in &table.columns { th style=(HEAD) { (column) } } } }
                tbody {
                    @for (i, row) in table.rows.iter().enumerate() {
                        tr {
                            @for (j, cell) in row.iter().enumerate() {
                                // The system is named once for all its members.
                                @let again = j == 0 && i > 0 && table.rows[i - 1].first() == Some(cell);
                                td style=(CELL) { @if j == 0 && !again { strong { (cell) } } @else if !again { (prose(cell)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A row for each concept, a column for each system.
fn beside(compare: &CompareReport) -> Markup {
    let of = |table: &'_ CompareTable, system: &str| -> Vec<Vec<String>> {
        table.rows.iter().filter(|row| row.first().is_some_and(|of| of == system)).cloned().collect()
    };
    html! {
        div style="overflow-x:auto" {
            table style=(TABLE) {
                thead { tr { th {} @for system in &compare.systems { th style=(HEAD) { (system) } } } }
                tbody {
                    @for table in &compare.tables {
                        tr {
                            td style=(CELL) {
                                strong { (table.title) } br; em { (table.check) } br;
                                small { (table.columns.iter().skip(1).cloned().collect::<Vec<_>>().join(" · ")) }
                            }
                            @for system in &compare.systems {
                                td style=(CELL) {
                                    @let members = of(table, system);
                                    @if members.is_empty() { em { "nothing said yet" } }
                                    @for member in &members { (self::compared(&member[1..])) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn compared(member: &[String]) -> Markup {
    html! {
        div style="margin-bottom:0.4em" {
            @if let Some((what, rest)) = member.split_first() {
                (prose(what))
                @if !rest.is_empty() { br; small { (prose(&rest.join(" · "))) } }
            }
        }
    }
}

pub(super) fn diagram(diagram: &DiagramReport) -> Markup {
    html! {
        (picture(&svg::diagram(diagram, Theme::Light), &concepts::describe(diagram)))
        details class="rcv-words" { summary { "the same in words" } (members(diagram)) }
    }
}

/// The members of the four concepts, as a table.
fn members(diagram: &DiagramReport) -> Markup {
    let lists = [&diagram.orders, &diagram.invariants, &diagram.resolutions, &diagram.reconcilers];
    html! {
        table style=(TABLE) {
            tbody {
                @for (concept, members) in ConceptKind::ALL.into_iter().zip(lists) {
                    @if members.is_empty() {
                        tr { td style=(CELL) { strong { (concept.title()) } } td style=(CELL) { em { "nothing said yet" } } }
                    }
                    @for (i, member) in members.iter().enumerate() {
                        tr {
                            td style=(CELL) { @if i == 0 { strong { (concept.title()) } } }
                            td style=(CELL) { (self::member(member, diagram)) }
                        }
                    }
                }
            }
        }
    }
}

fn member(member: &DiagramMember, diagram: &DiagramReport) -> Markup {
    let handles: Vec<&str> =
        diagram.handles.iter().filter(|(r, _)| *r == member.name).map(|(_, what)| what.as_str()).collect();
    html! {
        strong { (code(&member.name)) } " " (member.types.join(", "))
        @if !member.executable { " " em { "(only stated)" } }
        @if let Some(sentence) = &member.sentence { br; (prose(sentence)) }
        @if !handles.is_empty() { br; "handles " (handles.join(", ")) }
    }
}

pub(super) fn value(value: &ValueReport) -> Markup {
    html! {
        @match &value.values {
            AlongTrace::Once(once) => pre style="margin:0;white-space:pre-wrap;font-family:monospace" { (once) },
            AlongTrace::Steps(steps) => {
                div {
                    strong { (code(&value.expression)) } " along the last trace"
                    @if let Some(system) = &value.system { " of " (system) }
                }
                table style=(TABLE) {
                    thead { tr { th style=(HEAD) { "" } th style=(HEAD) { "after" } th style=(HEAD) { "value" } } }
                    tbody {
                        @for (i, (label, now)) in steps.iter().enumerate() {
                            @let same = i > 0 && steps[i - 1].1 == *now;
                            tr {
                                td style=(CELL) { (value.numbers.get(i).unwrap_or(&i)) }
                                td style=(CELL) { (label) }
                                td style=(CELL) {
                                    @match now {
                                        None => (muted("no value")),
                                        Some(now) if same => (code(&now.to_string())),
                                        Some(now) => strong { (code(&now.to_string())) },
                                    }
                                }
                            }
                        }
                    }
                }
                (muted("bold: it changed"))
            }
        }
    }
}

pub(super) fn defined(defined: &DefinedReport) -> Markup {
    html! {
        @for system in &defined.systems { (self::system(system)) }
        @for stale in &defined.stale { div { (chip("!", "stale", words::Tone::Qualified)) " " (prose(stale)) } }
    }
}

fn system(system: &DefinedSystem) -> Markup {
    html! {
        div {
            strong { (system.name) } " " (system.verb) ": " (words::members(&system.diagram))
            @if let Some(size) = system.size { " · " (words::size(size)) }
        }
    }
}

pub(super) fn inspection(found: &Inspection) -> Markup {
    html! {
        div style="margin-bottom:0.4em;font-size:115%" { strong { (code(&found.signature)) } }
        @if let Some(docs) = &found.docs { @for line in docs.lines() { div { (prose(line)) } } }
        @if !found.members.is_empty() {
            table style=(TABLE) {
                tbody {
                    @for member in &found.members {
                        tr {
                            td style=(CELL) { (code(&member.signature)) }
                            td style=(CELL) { @if let Some(docs) = asked::first(member) { (prose(docs)) } }
                        }
                    }
                }
            }
        }
        @if let Some(source) = &found.source { pre style="margin:0.5em 0" { code { (source) } } }
        @if let Some(place) = &found.place { (muted(&format!("declared at {place}"))) }
        @if let Some(next) = &found.next { div { "next: " (code(next)) } }
    }
}
