//! What lies behind the steps: nodes that are down, partitions, the loop of a lasso, the end of a stuck run, the legend.
//!
//! Enters: a trace and the rows that have their places. Leaves: stretches, cuts and legend in a [`Layout`].

use super::words::{Rect, Words};
use super::{Columns, Cut, Glyph, Layout, MARK, PAD, Row, Running, Stops, Stretch, Wall};
use crate::concepts::{Fault, StepKind};
use crate::report::{Trace, TraceStep};
use crate::value::Value;
use crate::view::measure::{Face, width};
use crate::view::palette::Ink;

/// Where a step's mark stands: the y of the step with a 0-based index; of the gap where it is not drawn.
pub(super) fn step_y(rows: &[Row], step: usize) -> Option<f64> {
    let drawn = rows.iter().find(|r| r.has(step));
    drawn.or_else(|| rows.iter().find(|r| r.left_out > 0)).map(|r| r.top + MARK)
}

/// The stretches of a lane from `start` to `end`.
pub(super) fn stretches(
    trace: &Trace,
    lane: usize,
    name: &str,
    start: f64,
    end: f64,
    rows: &[Row],
) -> Vec<Stretch> {
    let up = format!("{name}.up");
    let mut running = if super::initially_down(trace, name) { Running::Down } else { Running::Up };
    let mut from = start;
    let mut all = Vec::new();
    for (index, step) in trace.steps.iter().enumerate() {
        let told = step.changes.iter().find(|c| c.path == up).map(|c| c.after == Value::Bool(false));
        let here = match step.kind {
            StepKind::Fault(fault) if step.lane == lane => Some(fault),
            _ => None,
        };
        let next = match (told, here) {
            (Some(true), _) | (None, Some(Fault::Crash | Fault::Wipe)) => Running::Down,
            (None, Some(Fault::Pause)) => Running::Paused,
            (Some(false), _) | (None, Some(Fault::Restart | Fault::Resume)) => Running::Up,
            (None, _) => continue,
        };
        if next == running {
            continue;
        }
        let Some(y) = step_y(rows, index).filter(|y| *y <= end) else { continue };
        all.push(Stretch { top: from, bottom: y, running });
        (from, running) = (y, next);
    }
    all.push(Stretch { top: from, bottom: end, running });
    all
}

/// Partitions: each lasts until it heals, until the next one, or until the end.
pub(super) fn cuts(trace: &Trace, columns: &Columns, end: f64, layout: &mut Layout) {
    for (index, step) in trace.steps.iter().enumerate() {
        if step.kind != StepKind::Fault(Fault::Partition) {
            continue;
        }
        let Some(top) = step_y(&layout.rows, index) else { continue };
        let until = trace.steps[index + 1..]
            .iter()
            .position(|s| matches!(s.kind, StepKind::Heal | StepKind::Fault(Fault::Partition)))
            .map(|offset| index + 1 + offset);
        let bottom = until.and_then(|u| step_y(&layout.rows, u)).unwrap_or(end);
        let side = |lane: usize| step.sides.iter().position(|s| s.contains(&lane));
        let cut: Vec<usize> =
            (0..columns.shown.len()).filter(|c| side(columns.shown[*c]).is_some()).collect();
        let (Some(first), Some(last)) = (cut.first(), cut.last()) else { continue };
        let wall = |pair: &[usize]| {
            let (left, right) = (side(columns.shown[pair[0]]), side(columns.shown[pair[1]]));
            let stops = match (step.one_way, left) {
                (false, _) => Stops::BothWays,
                (true, Some(0)) => Stops::ToTheRight,
                (true, _) => Stops::ToTheLeft,
            };
            let x = (columns.at(pair[0]) + columns.at(pair[1])) / 2.0;
            (left != right).then_some(Wall { x, stops })
        };
        let walls: Vec<Wall> = cut.windows(2).filter_map(wall).collect();
        if walls.len() + 1 > step.sides.len() {
            letters(&cut, &|c| side(columns.shown[c]), columns, top, layout);
        }
        let half = columns.spacing / 2.0 - 4.0;
        layout.cuts.push(Cut {
            area: Rect::new(columns.at(*first) - half, top, columns.at(*last) + half, bottom),
            walls,
            heals: until.is_some_and(|u| trace.steps[u].kind == StepKind::Heal),
        });
    }
}

/// Names the sides where the walls alone do not tell them: nodes of one side that are not neighbours.
fn letters(
    cut: &[usize],
    side: &dyn Fn(usize) -> Option<usize>,
    columns: &Columns,
    y: f64,
    layout: &mut Layout,
) {
    for column in cut {
        let Some(number) = side(*column) else { continue };
        let letter = char::from(b'A' + (number % 26) as u8).to_string();
        let mut words =
            Words::line(columns.at(*column) + 6.0, y + 14.0, 11.0, &letter, Face::SansBold, Ink::Wall);
        words.full = Some(format!("side {letter} of the partition"));
        layout.words.push(words);
    }
}

/// The loop of a lasso; where its only step is that nothing happens, the end of a stuck run instead.
pub(super) fn loop_rows(trace: &Trace, layout: &mut Layout) {
    let stutter = layout.rows.iter().find(|r| r.kind == Some(StepKind::Stutter));
    layout.stuck_at = stutter.map(|r| r.top + MARK);
    let Some(start) = trace.loop_start else { return };
    let drawn = layout.rows.iter().find(|r| r.has(start));
    let first = drawn.or_else(|| layout.rows.iter().find(|r| r.left_out > 0));
    if let (Some(first), Some(last)) = (first, layout.rows.last())
        && first.kind != Some(StepKind::Stutter)
    {
        layout.loop_rows = Some((first.top, last.bottom));
    }
}

/// The legend: the marks that occur, in one or more lines; the y below it.
pub(super) fn legend(trace: &Trace, top: f64, layout: &mut Layout) -> f64 {
    let mut glyphs: Vec<Glyph> = Vec::new();
    let mut add = |glyph: Glyph| {
        if !glyphs.contains(&glyph) {
            glyphs.push(glyph);
        }
    };
    let named = |step: &&TraceStep| !matches!(step.kind, StepKind::Stutter | StepKind::Heal);
    trace.steps.iter().filter(named).for_each(|s| add(Glyph::of(s)));
    layout.rows.iter().filter(|r| r.folded > 0).for_each(|_| add(Glyph::Folded));
    let touched = layout.rows.iter().filter(|r| !r.touched.is_empty()).filter_map(|r| r.kind);
    touched.for_each(|kind| add(Glyph::beside(kind)));
    for (running, glyph) in [(Running::Down, Glyph::Down), (Running::Paused, Glyph::Paused)] {
        if layout.lanes.iter().any(|l| l.stretches.iter().any(|s| s.running == running)) {
            add(glyph);
        }
    }
    if layout.arrows.iter().any(|a| a.tip == super::Tip::InFlight) {
        add(Glyph::InFlight);
    }
    if glyphs.is_empty() {
        return top;
    }
    let (mut x, mut y) = (PAD, top + 14.0);
    for glyph in glyphs {
        let room = 22.0 + width(glyph.words(), Face::Sans, 11.0) + 18.0;
        if x + room > layout.width - PAD && x > PAD {
            (x, y) = (PAD, y + 20.0);
        }
        layout.legend.push((glyph, Rect::new(x, y - 11.0, x + 16.0, y + 5.0)));
        layout.words.push(Words::line(x + 22.0, y + 1.0, 11.0, glyph.words(), Face::Sans, Ink::Muted));
        x += room;
    }
    y + 10.0
}
