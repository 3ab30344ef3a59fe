//! HTML of systems that differ in one thing.
//!
//! Enters: reports of `sweep`, `mutate`, `why` and `grade`. Leaves: markup.

use super::parts::{CELL, HEAD, MARK, TABLE, chip, code, figure, muted, picture, prose};
use super::{coverage, title};
use crate::report::variants::{
    Depends, GradeReport, Graded, LooserOrder, MutationReport, RelaxReport, SourceLine, SweepReport, Weaker,
};
use crate::view::palette::Theme;
use crate::view::words::Tone;
use crate::view::{heading, svg, variants as rows, words};
use maud::{Markup, html};

pub(super) fn sweep(report: &SweepReport) -> Markup {
    html! {
        div style="margin-bottom:0.4em" {
            span style="font-size:115%" { strong { "sweep " (rows::swept(report)) " of " (rows::swept_subject(report)) } }
            " · " (rows::swept_budgets(report))
        }
        @if let Some(picture) = svg::grid(report, Theme::Light) { (self::picture(&picture, &rows::describe(report))) }
        @for member in &report.members {
            div { strong { (code(&member.name)) } ": " (prose(&rows::flips(&report.params, &member.flips))) }
        }
        @if let Some(why) = &report.incomplete { div { (chip("…", "incomplete", Tone::Qualified)) " " (prose(why)) } }
        @if let Some(line) = rows::to_see(report) { div { "a run that breaks it: " (code(&line)) } }
        details { summary { "every point" } (points(report)) }
    }
}

fn points(report: &SweepReport) -> Markup {
    html! {
        table style=(TABLE) {
            thead { tr { @for head in rows::points_head(report) { th style=(HEAD) { (code(&head)) } } } }
            tbody {
                @for point in &report.points {
                    tr { @for cell in rows::point(point) { td style=(CELL) { (cell) } } }
                }
            }
        }
    }
}

pub(super) fn mutation(report: &MutationReport) -> Markup {
    let what = match &report.asked {
        Some(asked) => format!("why {} of", asked.name),
        None => "mutate".to_string(),
    };
    let needed = rows::dependencies(report);
    html! {
        (title(&what, &report.subject, &rows::noticed_tally(report)))
        @if let Some(why) = &report.incomplete { div { (chip("…", "incomplete", Tone::Qualified)) " " (prose(why)) } }
        @if let Some(asked) = &report.asked {
            @if let Some(sentence) = &asked.sentence { div { em { (prose(sentence)) } } }
            @for line in rows::because(report) { div style="margin:0.3em 0" { (prose(&line)) } }
            @if !needed.is_empty() { (dependencies(&needed)) }
            (runs(report))
            details { summary { "the source, by what it depends on" } (source(&report.lines)) }
            details { summary { "everything that was made weaker" } (weaker(report.weaker.iter())) }
        } @else if !report.weaker.is_empty() {
            (source(&report.lines))
            details { summary { "everything that was made weaker" } (weaker(report.weaker.iter())) }
        }
        @for (name, why) in &report.left_out { (muted(&format!("left out: `{name}`, {why}"))) }
        (coverage(&report.coverage))
    }
}

/// What breaks a member once a part is weaker: the shortest run drawn, the others folded.
fn runs(report: &MutationReport) -> Markup {
    html! {
        @for (i, run) in rows::runs(report).iter().enumerate() {
            @let heading = heading::of_weaker(&report.subject, run);
            @if i == 0 { (figure(run.trace, &heading)) }
            @else {
                details {
                    summary { (prose(&heading.title)) " (" (words::trace_size(run.trace)) ")" }
                    (figure(run.trace, &heading))
                }
            }
        }
    }
}

/// What a member depends on.
fn dependencies(all: &[rows::Needed<'_>]) -> Markup {
    html! {
        table style=(TABLE) {
            thead { tr { th style=(HEAD) {} th style=(HEAD) { "weaker" } th style=(HEAD) { "who notices" } } }
            tbody {
                @for needed in all {
                    @let (mark, word, tone) = needed.mark;
                    tr {
                        td style=(MARK) { (chip(mark, word, tone)) }
                        td style=(CELL) {
                            @for form in &needed.forms {
                                div { (prose(&form.words)) " " small { (code(&form.of)) " · " (form.place) } }
                            }
                        }
                        td style=(CELL) { @for who in &needed.who { div { (prose(who)) } } }
                    }
                }
            }
        }
    }
}

fn weaker<'r>(all: impl Iterator<Item = &'r Weaker>) -> Markup {
    html! {
        table style=(TABLE) {
            thead { tr { th style=(HEAD) {} th style=(HEAD) { "weaker" } th style=(HEAD) { "who notices" } } }
            tbody {
                @for weaker in all {
                    @let (mark, word, tone, who) = rows::noticed(&weaker.noticed);
                    tr {
                        td style=(MARK) { (chip(mark, word, tone)) }
                        td style=(CELL) { (prose(&weaker.words)) br; small { (code(&weaker.of)) " · " (weaker.place) } }
                        td style=(CELL) { (prose(&who)) }
                    }
                }
            }
        }
    }
}

/// The source: a bar before what somebody depends on, another before what nobody notices.
fn source(lines: &[SourceLine]) -> Markup {
    html! {
        table style="border-collapse:collapse;margin:0.4em 0;text-align:left;font-size:92%" {
            tbody {
                @for (i, line) in lines.iter().enumerate() {
                    @let before = i.checked_sub(1).map(|i| &lines[i]);
                    @if before.is_none_or(|before| before.source != line.source) {
                        tr { td colspan="3" style="text-align:left;padding:0.5em 0.3em 0.2em" { strong { (line.source) } } }
                    } @else if before.is_some_and(|before| before.line + 1 < line.line) {
                        tr { td colspan="3" style="text-align:left;padding:0 0.3em;opacity:0.6" { "⋮" } }
                    }
                    (source_line(line))
                }
            }
        }
        (muted("green: a member notices when it is weaker · yellow: only a part of it is noticed · red: nobody notices, so it is untested · grey: superfluous by itself, or not decided"))
    }
}

fn source_line(line: &SourceLine) -> Markup {
    let (bar, ground) = match line.depends.as_ref().map(standing) {
        None => ("transparent", "transparent"),
        Some(Tone::Good) => ("#2f7d52", "rgba(47,125,82,0.10)"),
        Some(Tone::Qualified) => ("#a87f1b", "rgba(168,127,27,0.10)"),
        Some(Tone::Bad) => ("#b3261e", "rgba(179,38,30,0.10)"),
        Some(Tone::Unknown) => ("#77818f", "rgba(119,129,143,0.10)"),
    };
    let text = "text-align:left;vertical-align:top;padding:0 0.8em 0 0.6em;white-space:pre-wrap;font-family:ui-monospace,monospace";
    let text = format!("{text};border-left:4px solid {bar};background-color:{ground}");
    html! {
        tr {
            td style="text-align:right;vertical-align:top;padding:0 0.6em;opacity:0.6;font-family:ui-monospace,monospace" { (line.line) }
            td style=(text) { (line.text) }
            td style="text-align:left;vertical-align:top;padding:0 0.3em" {
                @if let Some(depends) = &line.depends { small { (who(depends)) } }
            }
        }
    }
}

/// Whose parts decide how a line looks: what nobody notices stands out.
fn standing(depends: &Depends) -> Tone {
    let Depends { members, values, unnoticed, unknown, .. } = depends;
    // What was not decided is not called unnoticed.
    match (members.is_empty() && *values == 0, *unnoticed > 0 && *unknown == 0, *unknown > 0) {
        (false, false, _) => Tone::Good,
        (false, true, _) => Tone::Qualified,
        (true, true, _) => Tone::Bad,
        (true, false, _) => Tone::Unknown,
    }
}

fn who(depends: &Depends) -> Markup {
    let Depends { members, values, unnoticed, superfluous, unknown, parts } = depends;
    html! {
        @for (i, member) in members.iter().enumerate() { @if i > 0 { ", " } (code(member)) }
        @if *values > 0 && members.is_empty() { "keeps values in their types" }
        @if *unknown > 0 { "not decided" }
        @else if *unnoticed > 0 && members.is_empty() && *values == 0 { "nobody notices" }
        @else if *unnoticed > 0 { " · nobody notices " (unnoticed) " of " (parts) }
        @else if *superfluous > 0 && members.is_empty() && *values == 0 { "superfluous by itself: the same states and steps without it" }
        @else if *superfluous > 0 { " · superfluous " (superfluous) " of " (parts) }
    }
}

pub(super) fn relax(report: &RelaxReport) -> Markup {
    let shown = rows::pictured(report).map(|(looser, ..)| looser as *const LooserOrder);
    html! {
        (title("relax", &report.subject, "which members need which order"))
        @if !report.orders.is_empty() { (orders(&report.orders)) }
        @else if report.incomplete.is_none() { div { "there is no order to relax" } }
        @if let Some(why) = &report.incomplete { div { (chip("…", "incomplete", Tone::Qualified)) " " (prose(why)) } }
        @for looser in &report.orders {
            @if let Some(finding) = &looser.run && let Some(trace) = words::trace_of(&finding.verdict) {
                @let heading = heading::of_looser(&report.subject, looser, finding, trace);
                @if shown == Some(looser as *const LooserOrder) { (figure(trace, &heading)) }
                @else {
                    details class="rcv-carries" {
                        summary { (prose(&heading.title)) " (" (words::trace_size(trace)) ")" }
                        (figure(trace, &heading))
                    }
                }
            }
        }
        @if let Some(words) = rows::untried(report) { (muted(&words)) }
        @for (name, why) in &report.left_out { (muted(&format!("left out: `{name}`, {why}"))) }
        (coverage(&report.coverage))
    }
}

fn orders(orders: &[LooserOrder]) -> Markup {
    html! {
        table style=(TABLE) {
            thead { tr { th style=(HEAD) {} th style=(HEAD) { "without the order" } th style=(HEAD) { "who notices" } } }
            tbody {
                @for looser in orders {
                    @let (mark, word, tone, who) = rows::needed(looser);
                    tr {
                        td style=(MARK) { (chip(mark, word, tone)) }
                        td style=(CELL) { strong { (code(&looser.order)) } br; (looser.words) br; small { (looser.place) } }
                        td style=(CELL) { (prose(&who)) }
                    }
                }
            }
        }
    }
}

pub(super) fn grade(report: &GradeReport) -> Markup {
    html! {
        (title("grade", &report.subject, &rows::grade_tally(report)))
        table style=(TABLE) {
            thead { tr {
                th style=(HEAD) {} th style=(HEAD) { "mapping" }
                @for member in &report.members { th style=(HEAD) { (code(member)) } }
                th style=(HEAD) {}
            } }
            tbody { @for graded in &report.against { (self::graded(graded, &report.members)) } }
        }
        @if let Some(why) = &report.incomplete { div { (chip("…", "incomplete", Tone::Qualified)) " " (prose(why)) } }
    }
}

fn graded(graded: &Graded, members: &[String]) -> Markup {
    let (mark, word, tone) = rows::graded(graded);
    html! {
        tr {
            td style=(MARK) { (chip(mark, word, tone)) }
            td style=(CELL) { strong { (code(&graded.system)) } br; small { (if graded.right { "right" } else { "wrong" }) } }
            @for member in members {
                td style=(CELL) {
                    @match graded.verdicts.iter().find(|brief| brief.member == *member) {
                        Some(brief) => (rows::short(brief)),
                        None => "–",
                    }
                }
            }
            td style=(CELL) { @if let Some(why) = &graded.why { (prose(why)) } }
        }
    }
}
