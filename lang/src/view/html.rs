//! Reports as self-contained fragments of HTML.
//!
//! Enters: reports and sources. Leaves: fragments that read the same in a trusted notebook, in one that is not trusted
//! (where `<style>`, `<script>`, `<svg>` and ids are removed, inline styles and `<img>` data URIs kept), in an export and
//! on paper. So what is needed to read is in tags and inline styles; pictures are dark where the page is. No style sheet:
//! where styles are removed and texts kept it would be read.

use super::heading;
use super::words;
use crate::report::question::Question;
use crate::report::{
    CheckReport, Coverage, Expectation, FindReport, Finding, LineOutcome, LineResult, Partitions, Report,
    ScenarioReport, Unused, Verdict,
};
use crate::span::Sources;
use crate::value::Value;
use maud::{Markup, html};
use parts::{code, figure, muted, obligation_list, place, verdict_chip};

mod beside;
mod conform;
mod graph;
mod hand;
mod mapping;
mod panel;
mod parts;
mod profile;
mod simulation;
mod states;
mod variants;

pub(super) use panel::panel;
pub(super) use parts::{chip, prose};

pub(super) fn report(report: &Report, sources: &Sources) -> String {
    let body = match report {
        Report::Check(check) => self::check(check, sources),
        Report::Scenario(scenario) => self::scenario(scenario, report),
        Report::Find(find) => self::find(find, report),
        Report::Simulation(report) => simulation::simulation(report, sources),
        Report::Sweep(sweep) => variants::sweep(sweep),
        Report::Mutation(mutation) => variants::mutation(mutation),
        Report::Relax(relax) => variants::relax(relax),
        Report::Grade(grade) => variants::grade(grade),
        Report::Graph(graph) => self::graph::graph(graph),
        Report::Audit(audit) => mapping::audit(audit),
        Report::Compare(compare) => mapping::compare(compare),
        Report::Diagram(diagram) => mapping::diagram(diagram),
        Report::Hand(hand) => hand::hand(hand, report),
        Report::Beside(beside) => beside::beside(beside),
        Report::Conform(conform) => self::conform::conform(conform),
        Report::Saved(saved) => hand::saved(saved),
        Report::Value(value) => mapping::value(value),
        Report::Inspection(found) => mapping::inspection(found),
        Report::Defined(defined) => mapping::defined(defined),
    };
    let questions = report.questions();
    let body = match words::asked(report).filter(|_| !questions.is_empty()) {
        Some(what) => asked(&what, &questions, &body),
        None => body,
    };
    let html = html! { div class="rcv" style="text-align:left" { (body) } }.into_string();
    // The end of a cell says nothing that the next one does not.
    html.replace("</td>", "")
}

/// Questions to the reader; what came out is folded, on paper too.
fn asked(what: &str, questions: &[Question<'_>], body: &Markup) -> Markup {
    let mut how: Vec<&str> = questions.iter().map(|q| q.answer.how()).collect();
    how.dedup();
    // As `title` has it: what was run, and in plain letters the rest.
    let (what, rest) = what.split_at(what.find(" · ").unwrap_or(what.len()));
    html! {
        div style="margin-bottom:0.4em" { span style="font-size:115%" { strong { (what) } } (rest) }
        @for question in questions { div { (chip("?", "asked", words::Tone::Unknown)) " " (code(question.words)) } }
        details class="rcv-asked" {
            summary { "Your answer first: " (prose(&how.join("; "))) "; or open this" }
            (body)
        }
    }
}

/// What was run, on what.
fn title(command: &str, subject: &crate::report::Subject, rest: &str) -> Markup {
    html! {
        div style="margin-bottom:0.4em" {
            span style="font-size:115%" { strong { (command) " " (words::subject(subject)) } }
            " · " (words::budgets(subject))
            @if !rest.is_empty() { br; (rest) }
        }
    }
}

fn coverage(coverage: &Coverage) -> Markup {
    muted(&words::coverage(coverage).join(" · "))
}

fn check(check: &CheckReport, sources: &Sources) -> Markup {
    let pictured = words::pictured(check);
    let shown = pictured.map(|(i, ..)| i);
    let others = check.findings.iter().enumerate().filter(|(i, _)| Some(*i) != shown);
    html! {
        (title("check", &check.subject, &words::tally(&check.findings)))
        @if !check.findings.is_empty() { (findings(&check.findings, sources)) }
        (coverage(&check.coverage))
        @if let Some((_, finding, trace)) = pictured {
            (figure(trace, &heading::of_finding(&check.subject, finding, trace)))
        }
        @for (_, finding) in others {
            @if let Some(trace) = words::trace_of(&finding.verdict) {
                details class="rcv-carries" {
                    summary { "the trace of " strong { (finding.name) } " (" (words::trace_size(trace)) ")" }
                    (figure(trace, &heading::of_finding(&check.subject, finding, trace)))
                }
            }
        }
        @if let Some(further) = &check.further {
            @for run in &further.runs {
                details class="rcv-carries" {
                    summary {
                        strong { (run.member) } " in another way: " (prose(&words::differs(run)))
                        " (" (words::trace_size(&run.trace)) ")"
                    }
                    (figure(&run.trace, &heading::of_further(&check.subject, run)))
                }
            }
            @if let Some(fewer) = words::fewer(further) { (muted(&fewer)) }
        }
        @if !check.expectations.is_empty() { (expectations(&check.expectations, sources)) }
        (partitions(&check.coverage))
        @if !check.unused.is_empty() { (unused(&check.unused)) }
        @if let Some(profile) = &check.profile { (profile::profile(&check.subject, profile)) }
        @if let Some(sample) = &check.sample {
            details {
                summary { "a sample run (" (words::trace_size(sample)) ")" }
                (parts::told(sample))
            }
        }
    }
}

/// One entry for each member of the mapping.
fn findings(findings: &[Finding], sources: &Sources) -> Markup {
    html! {
        @for finding in findings {
            (parts::member(
                &verdict_chip(&finding.verdict),
                &finding.name,
                &words::kind_and_types(finding.concept, &finding.types),
                &html! {
                    @if let Some(sentence) = &finding.sentence { div { (prose(sentence)) } }
                    (finding_reason(finding, sources))
                    (obligation_list(finding))
                },
            ))
        }
    }
}

/// Why, and for what has no value where.
fn finding_reason(finding: &Finding, sources: &Sources) -> Markup {
    let reason = words::reason(&finding.verdict);
    let strong = matches!(finding.verdict, Verdict::Violated { .. } | Verdict::Failed { .. });
    html! {
        @if !reason.is_empty() {
            div { @if strong { strong { (prose(&reason)) } } @else { em { (prose(&reason)) } } }
        }
        @if let Verdict::Failed { span, .. } = &finding.verdict { div { "at " (place(sources, *span)) } }
    }
}

fn expectations(expectations: &[Expectation], sources: &Sources) -> Markup {
    html! {
        @for expectation in expectations {
            div title=(place(sources, expectation.span)) {
                @if expectation.asked { (chip("?", "asked", words::Tone::Unknown)) } @else { (parts::met(expectation.met)) }
                " " (code(&expectation.words))
                @if !expectation.found.is_empty() { " · " (prose(&expectation.found)) }
            }
        }
    }
}

/// What partitions come to; nothing where there are none.
fn partitions(coverage: &Coverage) -> Markup {
    let passed = words::passed_by(coverage);
    html! {
        @if let Some(idle) = words::idle(coverage) { div { strong { (prose(&capital(idle))) } "." } }
        @if !passed.is_empty() {
            div style="margin-top:0.5em" { strong { (prose(&capital(Partitions::PASSED_BY))) ":" } }
            ul style="margin-top:0" {
                @for (step, touches) in &passed { li { (code(step)) ": " (touches) } }
            }
        }
    }
}

fn capital(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

fn unused(unused: &[Unused]) -> Markup {
    html! {
        div style="margin-top:0.5em" { strong { "Never happened in what was explored:" } }
        ul style="margin-top:0" {
            @for unused in unused {
                li { (unused.what) " " (code(&unused.name)) @if !unused.why.is_empty() { ": " (prose(&unused.why)) } }
            }
        }
    }
}

fn scenario(scenario: &ScenarioReport, report: &Report) -> Markup {
    let ways = words::ways(scenario);
    html! {
        (title("scenario", &scenario.subject, &ways))
        div { strong { (prose(&scenario.title)) } }
        @for line in &scenario.lines { (scenario_line(line)) }
        @if let Some(why) = &scenario.incomplete { (muted(&format!("not every way was tried: {why}"))) }
        @if let Some((heading, trace)) = heading::pictured(report) { (figure(trace, &heading)) }
    }
}

fn scenario_line(line: &LineResult) -> Markup {
    let (mark, why, values) = match &line.outcome {
        LineOutcome::Passed { ways, values } => {
            let why = if *ways > 1 { format!("in {}", words::ways_counted(*ways)) } else { String::new() };
            (html! { span title="passes" { "✓" } }, why, values.as_slice())
        }
        LineOutcome::Failed { passed, failed, why, values } => {
            (parts::met(false), format!("{why}{}", words::mixed(*passed, *failed)), values.as_slice())
        }
        LineOutcome::Asked { answers, .. } => {
            let chip = chip("?", "asked", words::Tone::Unknown);
            (chip, words::answers(answers), &[] as &[(String, Value)])
        }
        LineOutcome::NotReached => {
            let chip = chip("–", "not reached", words::Tone::Unknown);
            (chip, String::new(), &[] as &[(String, Value)])
        }
    };
    let values: Vec<String> =
        words::telling(values).map(|(what, value)| format!("{what} = {value}")).collect();
    html! {
        div {
            (mark) " " (code(&line.text))
            @if !why.is_empty() { " · " (prose(&why)) }
            @if !values.is_empty() { " · " (code(&values.join(", "))) }
        }
    }
}

fn find(find: &FindReport, report: &Report) -> Markup {
    let within =
        find.within.map(|n| format!("within {}", words::plural(u64::from(n), "step"))).unwrap_or_default();
    let reason = match &find.verdict {
        Verdict::Witnessed { trace } => format!("reached in {}", words::trace_size(trace)),
        Verdict::Holds { note } => {
            note.clone().unwrap_or_else(|| "no reachable state is like that".to_string())
        }
        verdict @ (Verdict::HoldsWithinBound { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Violated { .. }
        | Verdict::Incomplete { .. }
        | Verdict::Failed { .. }
        | Verdict::NotChecked { .. }) => words::reason(verdict),
    };
    let chip = match &find.verdict {
        Verdict::Holds { .. } => chip("∅", "never reached", words::Tone::Qualified),
        Verdict::HoldsWithinBound { .. } => chip("≤", "not reached within bound", words::Tone::Qualified),
        verdict @ (Verdict::Witnessed { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Violated { .. }
        | Verdict::Incomplete { .. }
        | Verdict::Failed { .. }
        | Verdict::NotChecked { .. }) => verdict_chip(verdict),
    };
    html! {
        (title("find", &find.subject, &within))
        div { (chip) " " (code(&find.goal)) " " (prose(&reason)) }
        (coverage(&find.coverage))
        (partitions(&find.coverage))
        @if let Some(expected) = &find.expected {
            @if !expected.asked {
                div { (parts::met(expected.met)) " " (code(&expected.words)) " " @if !expected.met { (prose(&expected.found)) } }
            }
        }
        @if let Some((heading, trace)) = heading::pictured(report) { (figure(trace, &heading)) }
    }
}
