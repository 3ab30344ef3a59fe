//! The space-time diagram of a trace, as geometry: what stands where, before anything is drawn.
//!
//! Enters: a trace and its heading. Leaves: a [`Layout`] in pixels, origin at the top left. Time runs downwards, one row
//! for each step: its number at the left, a lane for each node in the middle, its words (label, messages sent, what
//! changed) at the right. Rows are as high as their words, so nothing overlaps however long the values are. The diagram
//! is Lamport's ("Time, Clocks, and the Ordering of Events", 1978), turned so that words have a column of their own.

use super::flights::flights;
use super::heading::Heading;
use super::measure::{Face, elide};
use super::palette::Ink;
use crate::concepts::{Fault, StepKind};
use crate::report::{Trace, TraceStep};
use crate::value::Value;
pub use words::{Anchor, Rect, Run, Words};

mod arrows;
mod folds;
mod marks;
mod rows;
mod words;

/// Margin inside the card.
pub const PAD: f64 = 18.0;
/// A step's marker stands this far below the top of its row.
pub(super) const MARK: f64 = 18.0;
/// Lane names are repeated after so many pixels of rows.
const REPEAT: f64 = 1100.0;
/// Height of a row of lane names.
const HEAD: f64 = 26.0;
/// The least width of the column of words, and the usual width of the whole.
const WORDS: f64 = 380.0;
const WIDTH: f64 = 890.0;

/// A space-time diagram, ready to be drawn.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
    /// From left to right.
    pub lanes: Vec<Lane>,
    /// The initial state, then each step, from top to bottom.
    pub rows: Vec<Row>,
    /// One for each flight of a message.
    pub arrows: Vec<Arrow>,
    /// One for each partition.
    pub cuts: Vec<Cut>,
    /// The loop of a lasso: from the top of its first row to the bottom of its last, and where its bracket stands.
    pub loop_rows: Option<(f64, f64)>,
    /// Where time ends because nothing can happen any more.
    pub stuck_at: Option<f64>,
    /// All words of the picture.
    pub words: Vec<Words>,
    /// What the marks mean: only those that occur.
    pub legend: Vec<(Glyph, Rect)>,
    /// Left and right edge of the lanes.
    pub lanes_span: (f64, f64),
}

/// One node (or `system`, the global state), with its name as often as it is repeated.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Of the node, or `system`.
    pub name: String,
    /// Of its line.
    pub x: f64,
    /// Boxes with its name, one above each stretch of rows.
    pub heads: Vec<Rect>,
    /// Stretches of time from top to bottom, and whether the node is down in them.
    pub stretches: Vec<Stretch>,
}

/// One step: the rows are numbered from 1; the initial state is row 0, without a mark.
#[derive(Debug, Clone)]
pub struct Row {
    /// Of the step, from 1; 0: the initial state.
    pub number: usize,
    /// Who takes the step; `None`: the initial state.
    pub kind: Option<StepKind>,
    /// Its mark.
    pub glyph: Option<Glyph>,
    /// Upper edge.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Where the step's marker stands; none where it has no place of its own (the initial state, a partition).
    pub mark: Option<(f64, f64)>,
    /// Lanes of other nodes that the step changed: where they are touched.
    pub touched: Vec<(f64, f64)>,
    /// The property turns false here.
    pub breaks: bool,
    /// Stands for so many steps that are not drawn.
    pub left_out: usize,
    /// Stands for so many local steps, from `number` on; 0: for one.
    pub folded: usize,
}

/// The way of a message.
#[derive(Debug, Clone)]
pub struct Arrow {
    /// From the sender's lane; to the receiver's where it is delivered.
    pub points: Vec<(f64, f64)>,
    /// What its end shows.
    pub tip: Tip,
    /// The message is a copy.
    pub copy: bool,
    /// `Fetch { offset: 0 }`
    pub message: String,
    /// Message, sender, receiver and fate.
    pub full: String,
    /// The lanes (indices into `Layout::lanes`) of sender and receiver.
    pub from: usize,
    /// Lane of the receiver.
    pub to: usize,
}

/// The end of an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tip {
    /// It has arrived.
    Delivered,
    /// It was lost.
    Lost,
    /// It has not arrived by the end.
    InFlight,
}

/// How a node is for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// It takes steps.
    Up,
    /// It has crashed.
    Down,
    /// It stands still and knows nothing of it.
    Paused,
}

/// A part of a lane, from its top to its bottom.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Its y.
    pub top: f64,
    /// Below it the next one begins.
    pub bottom: f64,
    /// For so long.
    pub running: Running,
}

/// Between two neighbours on different sides of a partition.
#[derive(Debug, Clone, Copy)]
pub struct Wall {
    /// Halfway between the two.
    pub x: f64,
    /// Of those that would cross it.
    pub stops: Stops,
}

/// Which messages a wall stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stops {
    /// All that cross it.
    BothWays,
    /// Those that go from the left to the right.
    ToTheRight,
    /// Those that go from the right to the left.
    ToTheLeft,
}

/// A partition, from its step until it heals: tinted lanes, a wall between neighbours of different sides.
#[derive(Debug, Clone)]
pub struct Cut {
    /// The rows that it lasts.
    pub area: Rect,
    /// Where the sides meet.
    pub walls: Vec<Wall>,
    /// Healed within the trace.
    pub heals: bool,
}

/// The shape that stands for a kind of step or message end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// A step of a client.
    Action,
    /// A message arrives.
    Deliver,
    /// A message arrives, and a resolution takes it.
    Taken,
    /// An act of a resolution.
    Resolution,
    /// An act of a reconciler.
    Reconciler,
    /// A node goes down.
    Crash,
    /// A node goes down and loses its disk.
    Wipe,
    /// It comes up again.
    Restart,
    /// It stands still.
    Pause,
    /// It goes on.
    Resume,
    /// Time goes on.
    Tick,
    /// What a node sees goes back to an earlier version.
    Stale,
    /// Time goes on, but not by the clocks of a node.
    Skew,
    /// A message is lost.
    Lost,
    /// A message is duplicated.
    Duplicate,
    /// A message is delivered before its turn.
    Reorder,
    /// Nodes are cut off, or the cut heals.
    Partition,
    /// What goes one way is stopped.
    OneWay,
    /// A message has not arrived by the end.
    InFlight,
    /// A node is down.
    Down,
    /// A stretch in which a node stands still.
    Paused,
    /// A node whose variables change in a step of another.
    Touched,
    /// Nothing can happen any more.
    Stop,
    /// Several steps of one node alone.
    Folded,
}

impl Glyph {
    /// The glyph of a step.
    pub fn of(step: &TraceStep) -> Glyph {
        match step.kind {
            StepKind::Deliver if step.by.is_some() => Glyph::Taken,
            StepKind::Action => Glyph::Action,
            StepKind::Deliver => Glyph::Deliver,
            StepKind::Resolution => Glyph::Resolution,
            StepKind::Reconciler => Glyph::Reconciler,
            StepKind::Fault(Fault::Crash) => Glyph::Crash,
            StepKind::Fault(Fault::Wipe) => Glyph::Wipe,
            StepKind::Fault(Fault::Restart) => Glyph::Restart,
            StepKind::Fault(Fault::Pause) => Glyph::Pause,
            StepKind::Fault(Fault::Resume) => Glyph::Resume,
            StepKind::Fault(Fault::Lose) => Glyph::Lost,
            StepKind::Fault(Fault::Duplicate) => Glyph::Duplicate,
            StepKind::Fault(Fault::Reorder) => Glyph::Reorder,
            StepKind::Fault(Fault::Partition) if step.one_way => Glyph::OneWay,
            StepKind::Fault(Fault::Partition) | StepKind::Heal => Glyph::Partition,
            StepKind::Tick => Glyph::Tick,
            StepKind::Fault(Fault::Skew) => Glyph::Skew,
            StepKind::Fault(Fault::Stale) => Glyph::Stale,
            StepKind::Stutter => Glyph::Stop,
        }
    }

    /// What stands in the other lanes that a step changes: clocks, where they go on.
    pub fn beside(kind: StepKind) -> Glyph {
        match kind {
            StepKind::Tick | StepKind::Fault(Fault::Skew) => Glyph::Tick,
            StepKind::Action
            | StepKind::Deliver
            | StepKind::Resolution
            | StepKind::Reconciler
            | StepKind::Heal
            | StepKind::Stutter
            | StepKind::Fault(_) => Glyph::Touched,
        }
    }

    /// What it means, for the legend.
    pub fn words(self) -> &'static str {
        match self {
            Glyph::Action => "action",
            Glyph::Deliver => "message handled",
            Glyph::Taken => "message taken by a resolution",
            Glyph::Resolution => "resolution",
            Glyph::Reconciler => "reconciler",
            Glyph::Crash => "crash",
            Glyph::Wipe => "crash, disk lost",
            Glyph::Restart => "restart",
            Glyph::Pause => "pause",
            Glyph::Tick => "a clock goes on (tick)",
            Glyph::Skew => "a tick that a clock misses",
            Glyph::Stale => "a view goes back",
            Glyph::Resume => "resume",
            Glyph::Lost => "lost",
            Glyph::Duplicate => "duplicated",
            Glyph::Reorder => "handled out of order",
            Glyph::Partition => "cut off from each other",
            Glyph::OneWay => "stops what goes that way",
            Glyph::InFlight => "still in flight at the end",
            Glyph::Down => "down",
            Glyph::Paused => "paused",
            Glyph::Touched => "also changed",
            Glyph::Stop => "the run ends",
            Glyph::Folded => "so many steps of one node alone",
        }
    }
}

impl Row {
    /// Whether a step, by its 0-based index, is drawn in this row.
    pub fn has(&self, step: usize) -> bool {
        (self.number..self.number + self.folded.max(1)).contains(&(step + 1))
    }
}

/// Lays a trace out. Total: any trace gives a picture, also one whose lanes or messages do not fit together.
pub fn layout(trace: &Trace, heading: &Heading) -> Layout {
    let columns = Columns::new(trace);
    let mut layout = Layout {
        width: columns.right + PAD,
        lanes_span: (columns.first, columns.words - 16.0),
        ..Layout::default()
    };
    let mut y = rows::heading(heading, &mut layout);
    let mut heads = vec![y];
    y += HEAD + 6.0;
    let mut since = 0.0;
    for plan in rows::plan(trace, heading, columns.right - columns.words) {
        if since > REPEAT && plan.kind != Some(StepKind::Stutter) {
            heads.push(y + 6.0);
            y += HEAD + 12.0;
            since = 0.0;
        }
        since += plan.height;
        y = rows::place(plan, trace, &columns, y, &mut layout);
    }
    let end = y + 6.0;
    let stop = layout.rows.iter().find(|r| r.kind == Some(StepKind::Stutter)).map_or(end, |r| r.top + MARK);
    columns.lanes(trace, &heads, stop, &mut layout);
    marks::cuts(trace, &columns, end, &mut layout);
    marks::loop_rows(trace, &mut layout);
    arrows::place(&flights(trace), trace, &columns, &mut layout);
    let bottom = marks::legend(trace, end + 10.0, &mut layout);
    layout.height = bottom + PAD - 6.0;
    layout
}

/// Where the columns stand.
struct Columns {
    /// Left edge of the first lane's space.
    first: f64,
    spacing: f64,
    /// Index into `Trace::lanes` for each lane shown.
    shown: Vec<usize>,
    /// Left and right edge of the column of words.
    words: f64,
    right: f64,
    numbers: f64,
}

impl Columns {
    fn new(trace: &Trace) -> Columns {
        let shown = shown_lanes(trace);
        let spacing = match shown.len() {
            0..=1 => 150.0,
            2 => 140.0,
            3 => 120.0,
            4 => 104.0,
            5 => 94.0,
            6 => 86.0,
            _ => 74.0,
        };
        let bracket = if trace.loop_start.is_some() { 20.0 } else { 0.0 };
        let numbers = PAD + bracket + 24.0;
        let first = numbers + 4.0;
        let words = first + spacing * shown.len().max(1) as f64 + 16.0;
        let right = (WIDTH - PAD).max(words + WORDS);
        Columns { first, spacing, shown, words, right, numbers }
    }

    /// The column of a lane; the nearest one for a lane that is not shown.
    fn column(&self, lane: usize) -> usize {
        match self.shown.iter().position(|l| *l == lane) {
            Some(column) => column,
            None => self.shown.len().saturating_sub(1),
        }
    }

    fn at(&self, column: usize) -> f64 {
        self.first + self.spacing * (column as f64 + 0.5)
    }

    fn x(&self, lane: usize) -> f64 {
        self.at(self.column(lane))
    }

    /// Adds the lanes with their names and the stretches in which they are up and down.
    fn lanes(&self, trace: &Trace, heads: &[f64], end: f64, layout: &mut Layout) {
        for (column, lane) in self.shown.iter().enumerate() {
            let name = trace.lanes.get(*lane).cloned().unwrap_or_else(|| "system".to_string());
            let x = self.at(column);
            let size = if self.spacing < 80.0 { 11.0 } else { 12.0 };
            let shown = elide(&name, Face::MonoBold, size, self.spacing - 16.0);
            let width = super::measure::width(&shown, Face::MonoBold, size) + 14.0;
            let rects: Vec<Rect> = heads
                .iter()
                .map(|y| Rect::new(x - width / 2.0, *y, x + width / 2.0, y + HEAD - 4.0))
                .collect();
            for rect in &rects {
                let mut words = Words::line(x, rect.top + 15.5, size, &shown, Face::MonoBold, Ink::Text);
                words.anchor = Anchor::Middle;
                words.full = (shown != name).then(|| name.clone());
                layout.words.push(words);
            }
            let start = rects.first().map_or(0.0, |r| r.bottom);
            let stretches = marks::stretches(trace, *lane, &name, start, end, &layout.rows);
            layout.lanes.push(Lane { name, x, heads: rects, stretches });
        }
    }
}

/// All nodes; the global state only where a step, a message or a change has its place there.
fn shown_lanes(trace: &Trace) -> Vec<usize> {
    let own_place = |kind: StepKind| {
        !matches!(
            kind,
            StepKind::Fault(Fault::Partition) | StepKind::Tick | StepKind::Heal | StepKind::Stutter
        )
    };
    let used = |lane: usize| {
        trace.steps.iter().any(|s| {
            s.lane == lane && own_place(s.kind) && s.kind != StepKind::Fault(Fault::Lose)
                || s.sent.iter().any(|m| m.from == lane || m.to == lane)
                || s.changes.iter().any(|c| c.lane == Some(lane))
        })
    };
    let shown: Vec<usize> =
        (0..trace.lanes.len()).filter(|lane| trace.lanes[*lane] != "system" || used(*lane)).collect();
    if shown.is_empty() { vec![0] } else { shown }
}

/// Whether a node is down to begin with.
fn initially_down(trace: &Trace, name: &str) -> bool {
    let path = format!("{name}.up");
    trace.init.iter().any(|(p, v)| *p == path && *v == Value::Bool(false))
}
