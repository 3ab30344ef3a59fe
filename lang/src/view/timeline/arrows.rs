//! The ways of messages, and a place for each one's name where it covers nothing.
//!
//! Enters: flights and rows. Leaves: arrows, marks on arrows (lost, duplicated) and labels in a [`Layout`].

use super::marks::step_y;
use super::words::{Anchor, Rect, Run, Words};
use super::{Arrow, Columns, Cut, Layout, Stops, Tip};
use crate::concepts::{Fault, StepKind};
use crate::report::Trace;
use crate::view::flights::{End, Flight};
use crate::view::measure::{Face, elide, width};
use crate::view::palette::Ink;

/// How far along its way a lost message gets, and where a duplicate branches off.
const LOST: f64 = 0.62;
const COPIED: f64 = 0.5;
/// A message still in flight is drawn this far.
const DANGLING: f64 = 0.42;

pub(super) fn place(flights: &[Flight], trace: &Trace, columns: &Columns, layout: &mut Layout) {
    for flight in flights {
        if let Some(arrow) = arrow(flight, columns, layout) {
            layout.arrows.push(arrow);
        }
    }
    for (index, step) in trace.steps.iter().enumerate() {
        let on_arrow = matches!(step.kind, StepKind::Fault(Fault::Lose) | StepKind::Fault(Fault::Duplicate));
        match step.received {
            Some(number) if on_arrow => mark_on_arrow(number, index, step.kind, trace, columns, layout),
            None if matches!(step.kind, StepKind::Deliver | StepKind::Fault(Fault::Reorder)) => {
                initial_message(index, &step.label, columns, layout)
            }
            _ => {}
        }
    }
    labels(columns, layout);
}

fn arrow(flight: &Flight, columns: &Columns, layout: &Layout) -> Option<Arrow> {
    let start_y = step_y(&layout.rows, flight.sent_at)?;
    let (from, to) = (columns.column(flight.from), columns.column(flight.to));
    let (x0, x1) = (columns.at(from), columns.at(to));
    let along = |part: f64| if from == to { x0 + 26.0 } else { x0 + (x1 - x0) * part };
    let mut points = vec![(x0, start_y)];
    if let Some(copied) = flight.copied_at {
        points.push((along(COPIED), step_y(&layout.rows, copied)?));
    } else if from == to
        && let End::Delivered(step) = flight.end
    {
        points.push((x0 + 26.0, start_y + 8.0));
        points.push((x0 + 26.0, step_y(&layout.rows, step)? - 8.0));
    }
    let tip = match flight.end {
        End::Delivered(step) => {
            let end = (x1, step_y(&layout.rows, step)?);
            points.extend(round_walls(points[points.len() - 1], end, &layout.cuts));
            points.push(end);
            Tip::Delivered
        }
        End::Lost(step) => {
            points.push((along(LOST), step_y(&layout.rows, step)?));
            Tip::Lost
        }
        End::InFlight => {
            let (x, y) = points[points.len() - 1];
            let reach = if flight.copied_at.is_some() { 0.2 * (x1 - x0) } else { along(DANGLING) - x };
            let wall = walls(x, x + reach, &layout.cuts)
                .find(|wall| stopped_until(*wall, y, x1 > x0, &layout.cuts).is_some());
            points.push((wall.map_or(x + reach, |wall| wall - 8.0 * reach.signum()), y + 16.0));
            Tip::InFlight
        }
    };
    let hidden = |y: f64| layout.rows.iter().any(|r| r.left_out > 0 && r.top <= y && y <= r.bottom);
    if hidden(start_y) && hidden(points[points.len() - 1].1) {
        return None;
    }
    let fate = match tip {
        Tip::Delivered => "",
        Tip::Lost => " (lost)",
        Tip::InFlight => " (still in flight at the end)",
    };
    let name = |lane: usize| trace_name(layout, lane);
    let full = format!("{} from {} to {}{fate}", flight.message, name(from), name(to));
    let copy = flight.copied_at.is_some();
    Some(Arrow { points, tip, copy, message: flight.message.clone(), full, from, to })
}

/// A message that walls stop waits for their end: it goes through the places where they end.
fn round_walls(from: (f64, f64), to: (f64, f64), cuts: &[Cut]) -> Vec<(f64, f64)> {
    let (mut at, mut through) = (from, Vec::new());
    for wall in walls(from.0, to.0, cuts) {
        let met = at.1 + (to.1 - at.1) * (wall - at.0) / (to.0 - at.0);
        let mut y = met;
        while let Some(end) = stopped_until(wall, y, to.0 > from.0, cuts) {
            y = end;
        }
        if y > met && y < to.1 {
            at = (wall, y);
            through.push(at);
        }
    }
    through
}

/// Where walls stand between two places, in the order in which they are met.
fn walls(from: f64, to: f64, cuts: &[Cut]) -> impl Iterator<Item = f64> {
    let between = |x: &f64| from.min(to) < *x && *x < from.max(to);
    let mut all: Vec<f64> =
        cuts.iter().flat_map(|cut| cut.walls.iter().map(|wall| wall.x)).filter(between).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    if to < from {
        all.reverse();
    }
    all.into_iter()
}

/// Where the wall ends that stops there, at that time, what goes in that direction.
fn stopped_until(x: f64, y: f64, rightwards: bool, cuts: &[Cut]) -> Option<f64> {
    let stops = |stops: Stops| match stops {
        Stops::BothWays => true,
        Stops::ToTheRight => rightwards,
        Stops::ToTheLeft => !rightwards,
    };
    let then = cuts.iter().filter(|cut| cut.area.top <= y && y < cut.area.bottom);
    then.filter(|cut| cut.walls.iter().any(|wall| wall.x == x && stops(wall.stops)))
        .map(|cut| cut.area.bottom)
        .next()
}

fn trace_name(layout: &Layout, column: usize) -> &str {
    layout.lanes.get(column).map_or("system", |l| l.name.as_str())
}

/// Puts the mark of a lost or duplicated message on its arrow.
fn mark_on_arrow(
    number: usize,
    step: usize,
    kind: StepKind,
    trace: &Trace,
    columns: &Columns,
    layout: &mut Layout,
) {
    let Some(sent) = trace.steps.iter().flat_map(|s| &s.sent).nth(number) else { return };
    let (x0, x1) = (columns.x(sent.from), columns.x(sent.to));
    let part = if kind == StepKind::Fault(Fault::Lose) { LOST } else { COPIED };
    let x = if sent.from == sent.to { x0 + 26.0 } else { x0 + (x1 - x0) * part };
    let y = step_y(&layout.rows, step);
    if let (Some(y), Some(row)) = (y, layout.rows.iter_mut().find(|r| r.number == step + 1)) {
        row.mark = Some((x, y));
    }
}

/// A message that was in flight from the beginning: a short arrow out of nowhere.
fn initial_message(step: usize, label: &str, columns: &Columns, layout: &mut Layout) {
    let Some(row) = layout.rows.iter().find(|r| r.number == step + 1) else { return };
    let Some((x, y)) = row.mark else { return };
    let to = layout.lanes.iter().position(|l| l.x == x).unwrap_or(0);
    let back = if to == 0 { columns.spacing * 0.4 } else { -columns.spacing * 0.4 };
    layout.arrows.push(Arrow {
        points: vec![(x + back, y - 12.0), (x, y)],
        tip: Tip::Delivered,
        copy: false,
        message: String::new(),
        full: format!("{label} (in flight from the beginning)"),
        from: to,
        to,
    });
}

/// Gives each message's name the best free place along its arrow; none where every place covers something.
fn labels(columns: &Columns, layout: &mut Layout) {
    let mut taken: Vec<Rect> = layout.words.iter().map(Words::bounds).collect();
    for row in &layout.rows {
        taken.extend(row.mark.iter().map(|(x, y)| Rect::around(*x, *y, 9.0)));
        taken.extend(row.touched.iter().map(|(x, y)| Rect::around(*x, *y, 6.0)));
    }
    taken.extend(layout.lanes.iter().flat_map(|l| l.heads.iter().copied()));
    let tips = layout.arrows.iter().filter_map(|a| a.points.last());
    taken.extend(tips.map(|(x, y)| Rect::around(*x, *y, 7.0)));
    let area = Rect::new(columns.first - 2.0, 0.0, columns.words - 6.0, f64::MAX);
    let arrows = layout.arrows.clone();
    for (index, arrow) in arrows.iter().enumerate().filter(|(_, a)| !a.message.is_empty()) {
        let text = short(&arrow.message, columns.spacing - 22.0);
        let size = (width(&text, Face::Mono, 10.5), 10.5);
        let best = candidates(arrow, size)
            .filter(|rect| rect.inside(&area) && !taken.iter().any(|t| t.overlaps(rect)))
            .map(|rect| (cost(&rect, index, &arrows, layout), rect))
            .min_by_key(|(cost, _)| *cost);
        let Some((_, rect)) = best else { continue };
        taken.push(rect);
        layout.words.push(Words {
            x: rect.left,
            y: rect.bottom - 3.0,
            size: size.1,
            anchor: Anchor::Start,
            full: (text != arrow.message).then(|| arrow.message.clone()),
            runs: vec![Run::new(text, Face::Mono, Ink::Message)],
            halo: true,
        });
    }
}

/// The whole message where it fits, else its name.
fn short(message: &str, room: f64) -> String {
    if width(message, Face::Mono, 10.5) <= room {
        return message.to_string();
    }
    let name = message.split([' ', '{', '(']).next().unwrap_or(message);
    elide(name, Face::Mono, 10.5, room)
}

/// Places beside an arrow, the middle of its longest stretch first.
fn candidates(arrow: &Arrow, (w, size): (f64, f64)) -> impl Iterator<Item = Rect> {
    let h = size + 2.0;
    let length = |pair: &&[(f64, f64)]| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        ((x1 - x0).powi(2) + (y1 - y0).powi(2)) as u64
    };
    let longest = arrow.points.windows(2).max_by_key(length).map(|p| (p[0], p[1]));
    let parts = [0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.14, 0.86, 0.08];
    longest.into_iter().flat_map(move |((x0, y0), (x1, y1))| {
        parts.into_iter().flat_map(move |part| {
            let (x, y) = (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part);
            let rightwards = x1 >= x0;
            // Beside the line on the side where it is not: above right of a line that falls to the right, and so on.
            let (above, below) = if rightwards { (x + 4.0, x - 4.0 - w) } else { (x - 4.0 - w, x + 4.0) };
            [
                Rect::new(x - w / 2.0, y - 4.0 - h, x + w / 2.0, y - 4.0),
                Rect::new(above, y - 3.0 - h, above + w, y - 3.0),
                Rect::new(below, y + 3.0, below + w, y + 3.0 + h),
            ]
        })
    })
}

/// How much a label there would cover: its own arrow a little, others and life lines more.
fn cost(rect: &Rect, own: usize, arrows: &[Arrow], layout: &Layout) -> u32 {
    let mut cost = 0;
    for (index, arrow) in arrows.iter().enumerate() {
        let hits = arrow.points.windows(2).filter(|p| crosses(rect, p[0], p[1])).count() as u32;
        cost += hits * if index == own { 3 } else { 4 };
    }
    cost += 2 * layout.lanes.iter().filter(|l| rect.left < l.x && l.x < rect.right).count() as u32;
    let guides = layout.rows.iter().filter_map(|r| r.mark);
    cost += guides.filter(|(x, y)| rect.right > *x && rect.top < *y && *y < rect.bottom).count() as u32;
    cost
}

/// Whether a segment meets a rectangle (sampled: labels are a few times wider than the step).
fn crosses(rect: &Rect, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> bool {
    if x0.max(x1) < rect.left || x0.min(x1) > rect.right || y0.max(y1) < rect.top || y0.min(y1) > rect.bottom
    {
        return false;
    }
    let steps = (((x1 - x0).abs() + (y1 - y0).abs()) / 4.0).ceil().clamp(1.0, 2000.0) as u32;
    (0..=steps).any(|i| {
        let part = f64::from(i) / f64::from(steps);
        let (x, y) = (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part);
        x > rect.left && x < rect.right && y > rect.top && y < rect.bottom
    })
}
