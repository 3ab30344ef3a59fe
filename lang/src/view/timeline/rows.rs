//! The rows of a space-time diagram: the words of each step, how high they are, and where its mark stands.
//!
//! Enters: a trace. Leaves: rows and words in a [`Layout`].

use super::folds::{Piece, pieces};
use super::words::{Anchor, Run, Words, flow};
use super::{Columns, Layout, MARK, PAD, Row};
use crate::concepts::{Fault, StepKind};
use crate::report::{Broken, Change, Trace, TraceStep};
use crate::view::heading::{Heading, Mark};
use crate::view::measure::{Face, shorten, wrap_at_most};
use crate::view::palette::Ink;
use crate::view::words as say;
use std::ops::Range;

/// Steps with more changes than this name the rest by number (all are in the table below the picture).
const CHANGES: usize = 8;

/// A line of a row before it has a place.
pub(super) struct Line {
    runs: Vec<Run>,
    size: f64,
    height: f64,
    indent: f64,
    full: Option<String>,
}

/// A row before it has a place.
pub(super) struct Plan {
    pub kind: Option<StepKind>,
    pub height: f64,
    number: usize,
    lines: Vec<Line>,
    breaks: bool,
    left_out: usize,
    folded: usize,
}

/// Places title, subtitle and note; the y below them.
pub(super) fn heading(heading: &Heading, layout: &mut Layout) -> f64 {
    let room = layout.width - 2.0 * PAD;
    let (title, note) = (heading.plain_title(), say::first_paragraph(&heading.note));
    let mut y = PAD - 4.0;
    let blocks = [
        (title.as_str(), Face::SansBold, 15.0, Ink::Text, 2),
        (heading.subtitle.as_str(), Face::Sans, 12.0, Ink::Muted, 2),
        (note.as_str(), Face::Sans, 12.5, Ink::Text, 4),
    ];
    for (text, face, size, ink, most) in blocks {
        if text.is_empty() {
            continue;
        }
        let (lines, cut) = wrap_at_most(text, face, size, room, most);
        for line in lines {
            y += size + 5.0;
            let mut words = Words::line(PAD, y, size, &line, face, ink);
            words.full = cut.then(|| text.to_string());
            layout.words.push(words);
        }
    }
    y + 14.0
}

/// The rows of a trace, the initial state first; `room` is the width of the column of words.
pub(super) fn plan(trace: &Trace, heading: &Heading, room: f64) -> Vec<Plan> {
    let broken_at = trace.broken.as_ref().map(|b| b.step.map_or(0, |step| step + 1));
    let mut plans = vec![initial(trace, room)];
    plans.extend(pieces(trace).into_iter().map(|piece| match piece {
        Piece::Step(index) => {
            let step = &trace.steps[index];
            let (kind, lines) = (Some(step.kind), step_lines(step, trace, room));
            Plan { kind, height: 0.0, number: index + 1, lines, breaks: false, left_out: 0, folded: 0 }
        }
        Piece::Local(steps) => local(trace, &steps, room),
        Piece::LeftOut(steps) => {
            let fewer: usize = trace.steps[steps.clone()].iter().map(|s| s.folded.saturating_sub(1)).sum();
            middle(steps.len() + fewer, room)
        }
    }));
    if let (Some(broken), Some(at)) = (&trace.broken, broken_at) {
        let row = plans.iter().rposition(|p| p.number <= at && (p.number > 0 || at == 0)).unwrap_or(0);
        let plan = &mut plans[row];
        plan.breaks = !matches!(heading.mark, Mark::Reaches(_));
        plan.lines.extend(broken_lines(broken, &heading.mark, room));
    } else if let (Mark::Reaches(goal), Some(last)) = (&heading.mark, plans.last_mut()) {
        last.lines.extend(reached_lines(goal, room));
    }
    if let Some(start) = trace.loop_start
        && trace.steps.get(start).is_some_and(|s| s.kind != StepKind::Stutter)
        && let Some(last) = plans.last_mut()
    {
        let words = format!("↺ and so on for ever, again from step {}", trace.number(start));
        last.lines.extend(apart(lines(
            &[Run::new(words, Face::SansBold, Ink::Reconciler)],
            12.5,
            0.0,
            room,
            2,
        )));
    }
    for plan in &mut plans {
        let words: f64 = plan.lines.iter().map(|l| l.height).sum();
        plan.height = (words + 16.0).max(if plan.number == 0 { 32.0 } else { 36.0 });
    }
    plans
}

/// Words of the initial state: only named, since every later line shows old values too, and what another initial state has
/// otherwise; all of it where no step follows.
fn initial(trace: &Trace, room: f64) -> Plan {
    let mut all = lines(&[Run::new("initial state", Face::Sans, Ink::Muted)], 12.5, 0.0, room, 1);
    for said in say::initial(trace, trace.length() == 0).into_iter().take(2 * CHANGES) {
        all.extend(lines(&[Run::new(said.trim_start(), Face::Mono, Ink::Text)], 12.0, 12.0, room, 3));
    }
    Plan { kind: None, height: 0.0, number: 0, lines: all, breaks: false, left_out: 0, folded: 0 }
}

/// The row of what a node does alone: from where to where, and what is different after it.
fn local(trace: &Trace, steps: &Range<usize>, room: f64) -> Plan {
    let folded = &trace.steps[steps.clone()];
    let (first, last) = (&folded[0], &folded[folded.len() - 1]);
    let words = format!("{} … {}", first.line(), last.line());
    let mut all = lines(&[Run::new(words, Face::MonoBold, ink(first.kind))], 12.5, 0.0, room, 3);
    let mut changes: Vec<Change> = Vec::new();
    for change in folded.iter().flat_map(say::changes) {
        match changes.iter_mut().find(|known| known.path == change.path) {
            Some(known) => known.after = change.after.clone(),
            None => changes.push(change.clone()),
        }
    }
    let changes: Vec<&Change> = changes.iter().filter(|change| change.before != change.after).collect();
    all.extend(changes_lines(&changes, room));
    let (kind, number) = (Some(first.kind), steps.start + 1);
    Plan { kind, height: 0.0, number, lines: all, breaks: false, left_out: 0, folded: folded.len() }
}

/// The row that stands for the steps that are not drawn.
fn middle(left_out: usize, room: f64) -> Plan {
    let words = format!("⋮ {} not drawn (all are in the table)", say::plural(left_out as u64, "step"));
    let lines = lines(&[Run::new(words, Face::Sans, Ink::Muted)], 12.5, 0.0, room, 2);
    Plan { kind: None, height: 0.0, number: 0, lines, breaks: false, left_out, folded: 0 }
}

fn step_lines(step: &TraceStep, trace: &Trace, room: f64) -> Vec<Line> {
    let label = match step.label.as_str() {
        "" => super::Glyph::of(step).words().to_string(),
        _ => step.line(),
    };
    let mut all = lines(&[Run::new(label, Face::MonoBold, ink(step.kind))], 12.5, 0.0, room, 3);
    if let Some(by) = say::taken(step) {
        all.extend(lines(&[Run::new(by, Face::Sans, Ink::Resolution)], 12.0, 12.0, room, 2));
    }
    for (message, to) in say::sent(step, &trace.lanes) {
        let runs = [
            Run::new("sends ", Face::Sans, Ink::Muted),
            Run::new(message, Face::Mono, Ink::Message),
            Run::new(format!(" to {to}"), Face::Sans, Ink::Muted),
        ];
        all.extend(lines(&runs, 12.0, 12.0, room, 2));
    }
    let changes: Vec<&Change> = say::changes(step).collect();
    all.extend(changes_lines(&changes, room));
    if let Some(is) = &step.counterpart {
        all.extend(lines(&[Run::new(is.clone(), Face::Mono, Ink::Muted)], 12.0, 12.0, room, 2));
    }
    all
}

/// The first changes, and how many there are besides.
fn changes_lines(changes: &[&Change], room: f64) -> Vec<Line> {
    let mut all: Vec<Line> =
        changes.iter().take(CHANGES).flat_map(|change| change_lines(change, room)).collect();
    if changes.len() > CHANGES {
        let rest = &changes[CHANGES..];
        let words = format!("… and {}", say::plural(rest.len() as u64, "more change"));
        let mut more = lines(&[Run::new(words, Face::Sans, Ink::Muted)], 12.0, 12.0, room, 1);
        let full: Vec<String> = rest.iter().map(|c| say::change(c)).collect();
        more.iter_mut().for_each(|l| l.full = Some(full.join("\n")));
        all.extend(more);
    }
    all
}

fn change_lines(change: &Change, room: f64) -> Vec<Line> {
    let before = change.before.to_string();
    let runs = [
        Run::new(format!("{} ", change.path), Face::Mono, Ink::Text),
        Run::new(format!("{} → ", shorten(&before, 60)), Face::Mono, Ink::Text),
        Run::new(change.after.to_string(), Face::MonoBold, Ink::Text),
    ];
    let mut all = lines(&runs, 12.0, 12.0, room, 4);
    if before.chars().count() > 60 {
        all.iter_mut().for_each(|l| l.full = Some(say::change(change)));
    }
    all
}

/// A goal that the run reaches at its end.
fn reached_lines(goal: &str, room: f64) -> Vec<Line> {
    let runs = [
        Run::new("✓ reached: ", Face::SansBold, Ink::Resolution),
        Run::new(goal.split_whitespace().collect::<Vec<_>>().join(" "), Face::Mono, Ink::Resolution),
    ];
    apart(lines(&runs, 12.5, 0.0, room, 4))
}

/// With a little room above.
fn apart(mut lines: Vec<Line>) -> Vec<Line> {
    if let Some(first) = lines.first_mut() {
        first.height += 5.0;
    }
    lines
}

fn broken_lines(broken: &Broken, mark: &Mark, room: f64) -> Vec<Line> {
    let ink = if matches!(mark, Mark::Reaches(_)) { Ink::Resolution } else { Ink::Broken };
    let mut all = apart(lines(&[Run::new(mark.words(), Face::SansBold, ink)], 12.5, 0.0, room, 2));
    let expression: String = broken.expression.split_whitespace().collect::<Vec<_>>().join(" ");
    all.extend(lines(&[Run::new(expression, Face::Mono, ink)], 12.0, 12.0, room, 4));
    for (path, value) in broken.values.iter().take(CHANGES) {
        let runs = [
            Run::new(format!("{path} = "), Face::Mono, Ink::Text),
            Run::new(value.to_string(), Face::MonoBold, Ink::Text),
        ];
        all.extend(lines(&runs, 12.0, 24.0, room, 3));
    }
    all
}

/// Wrapped lines; continuation lines are indented, and each carries the whole text where something was left out.
fn lines(runs: &[Run], size: f64, indent: f64, room: f64, most: usize) -> Vec<Line> {
    let (wrapped, cut) = flow(runs, size, room - indent - 14.0, most);
    let full = cut.then(|| runs.iter().map(|r| r.text.as_str()).collect::<String>());
    let line = |(i, runs): (usize, Vec<Run>)| Line {
        runs,
        size,
        height: size + 4.5,
        indent: if i == 0 { indent } else { indent + 14.0 },
        full: full.clone(),
    };
    wrapped.into_iter().enumerate().map(line).collect()
}

/// The colour of a step's label and mark.
pub(super) fn ink(kind: StepKind) -> Ink {
    match kind {
        StepKind::Action => Ink::Action,
        StepKind::Deliver => Ink::Message,
        StepKind::Resolution => Ink::Resolution,
        StepKind::Reconciler => Ink::Reconciler,
        StepKind::Tick | StepKind::Heal | StepKind::Stutter => Ink::Text,
        StepKind::Fault(fault) if fault.is_recovery() => Ink::Text,
        StepKind::Fault(_) => Ink::Fault,
    }
}

/// Gives a row its place; the y below it.
pub(super) fn place(plan: Plan, trace: &Trace, columns: &Columns, top: f64, layout: &mut Layout) -> f64 {
    let step = plan.number.checked_sub(1).and_then(|i| trace.steps.get(i));
    let y = top + MARK;
    if plan.number > 0 && plan.kind != Some(StepKind::Stutter) {
        let number = match plan.folded {
            0 => trace.number(plan.number - 1).to_string(),
            folded => {
                let last = plan.number + folded - 2;
                format!("{}–{}", trace.number(plan.number - 1), trace.number(last))
            }
        };
        let mut words = Words::line(columns.numbers, y + 4.0, 11.0, &number, Face::Sans, Ink::Muted);
        words.anchor = Anchor::End;
        layout.words.push(words);
    }
    let mut baseline = top + 6.0;
    for line in plan.lines {
        baseline += line.height;
        layout.words.push(Words {
            x: columns.words + line.indent,
            y: baseline,
            size: line.size,
            anchor: Anchor::Start,
            runs: line.runs,
            full: line.full,
            halo: false,
        });
    }
    let mark = step.and_then(|s| mark(s, columns, y));
    let glyph =
        step.map(super::Glyph::of).map(|glyph| if plan.folded > 0 { super::Glyph::Folded } else { glyph });
    if plan.folded > 0
        && let Some((x, y)) = mark
    {
        let count = plan.folded.to_string();
        let mut words = Words::line(x, y + 4.0, 11.0, &count, Face::SansBold, Ink::Text);
        words.anchor = Anchor::Middle;
        layout.words.push(words);
    }
    layout.rows.push(Row {
        number: plan.number,
        kind: plan.kind,
        glyph,
        top,
        bottom: top + plan.height,
        mark,
        touched: step.map(|s| touched(s, columns, y)).unwrap_or_default(),
        breaks: plan.breaks,
        left_out: plan.left_out,
        folded: plan.folded,
    });
    top + plan.height
}

fn mark(step: &TraceStep, columns: &Columns, y: f64) -> Option<(f64, f64)> {
    let own_place = match step.kind {
        StepKind::Fault(Fault::Partition) | StepKind::Tick | StepKind::Heal | StepKind::Stutter => false,
        // These stand on the message's arrow, which knows where.
        StepKind::Fault(Fault::Lose | Fault::Duplicate) => step.received.is_none(),
        StepKind::Action
        | StepKind::Deliver
        | StepKind::Resolution
        | StepKind::Reconciler
        | StepKind::Fault(
            Fault::Crash
            | Fault::Wipe
            | Fault::Restart
            | Fault::Pause
            | Fault::Resume
            | Fault::Skew
            | Fault::Stale
            | Fault::Reorder,
        ) => true,
    };
    own_place.then(|| (columns.x(step.lane), y))
}

/// The other lanes that a step changed, from left to right.
fn touched(step: &TraceStep, columns: &Columns, y: f64) -> Vec<(f64, f64)> {
    // A tick is nobody's.
    let own = (step.kind != StepKind::Tick).then(|| columns.column(step.lane));
    let changed = step.changes.iter().filter_map(|c| c.lane).map(|l| columns.column(l));
    let mut others: Vec<usize> = changed.filter(|c| Some(*c) != own).collect();
    others.sort_unstable();
    others.dedup();
    others.into_iter().map(|c| (columns.at(c), y)).collect()
}
