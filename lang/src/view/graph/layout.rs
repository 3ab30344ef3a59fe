//! A state graph as geometry: what stands where, before anything is drawn.
//!
//! Enters: a report. Leaves: a [`Picture`] in pixels. Boxes with their words are measured first; the library lays them
//! out in layers, routes the edges and finds room for their labels (Sugiyama's method, as dagre has it); then everything is
//! put below the title. The fewer states there are, the more is said of each.

use super::{common, differs, ink, legend, remarks, shows, step, times, title};
use crate::report::graph::{GraphEdge, GraphNode, GraphReport, GraphStep};
use crate::view::measure::{Face, elide, shorten, width, wrap_at_most};
use crate::view::palette::Ink;
use crate::view::timeline::{Anchor, Rect, Run, Words};
use dagre::graph::{Graph, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, Point, RankDir};

/// A laid-out graph.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// Of the document.
    pub title: String,
    /// Of the card.
    pub width: f64,
    /// Of the card.
    pub height: f64,
    /// One for each state.
    pub nodes: Vec<NodeBox>,
    /// One for each edge.
    pub edges: Vec<Curve>,
    /// What is read; on top of everything.
    pub words: Vec<Words>,
}

/// How a box is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As most are.
    Plain,
    /// Something is broken.
    Broken,
    /// A goal is reached.
    Goal,
    /// Its steps were not taken.
    Unexpanded,
}

/// The box of a state.
#[derive(Debug, Clone)]
pub struct NodeBox {
    /// Where it stands.
    pub place: Rect,
    /// Its ground and edge.
    pub framing: Framing,
    /// The run that is drawn leads through it.
    pub bold: bool,
    /// Runs begin here: an arrow from nowhere ends at this point.
    pub entry: Option<(f64, f64)>,
    /// Nothing leads out: a bar below it.
    pub stuck: bool,
    /// The whole state.
    pub full: String,
}

/// An edge with the ground of its label.
#[derive(Debug, Clone)]
pub struct Curve {
    /// From the box that it leaves to the one that it enters; to be drawn smoothly.
    pub points: Vec<(f64, f64)>,
    /// Of the line.
    pub ink: Ink,
    /// Faults are.
    pub dashed: bool,
    /// The run that is drawn leads along it.
    pub bold: bool,
    /// Behind its label.
    pub label: Option<Rect>,
    /// Every step, where some are left out.
    pub full: String,
}

/// How much is said of each state and step.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// Lines of a state.
    lines: usize,
    /// Pixels of a line of a state.
    line: f64,
    /// Steps on an edge.
    steps: usize,
    /// Pixels of a step.
    step: f64,
}

impl Scale {
    fn of(nodes: usize) -> Scale {
        match nodes {
            0..=12 => Scale { lines: 12, line: 300.0, steps: 4, step: 240.0 },
            13..=30 => Scale { lines: 8, line: 200.0, steps: 2, step: 190.0 },
            _ => Scale { lines: 5, line: 180.0, steps: 1, step: 150.0 },
        }
    }
}

const PAD: f64 = 18.0;
const SIZE: f64 = 11.0;
const LEADING: f64 = 15.0;
const INSIDE: f64 = 8.0;
const NAME: f64 = 12.5;
/// As wide as other pictures are.
const WIDE: f64 = 890.0;
const LEAST: f64 = 420.0;

/// Lays the graph out.
pub fn layout(report: &GraphReport) -> Picture {
    let scale = Scale::of(report.nodes.len());
    let boxes: Vec<Lines> = report.nodes.iter().map(|node| Lines::of(report, node, scale)).collect();
    let mut keys = Keys::default();
    let mut labels: Vec<Lines> = report.edges.iter().map(|edge| Lines::on(edge, scale)).collect();
    let mut best = Placed::new(report, (&boxes, &labels), RankDir::TB);
    if best.width > WIDE {
        let (letters, short) = Keys::of(report);
        let other = Placed::new(report, (&boxes, &short), RankDir::TB);
        let aside = (other.width > WIDE).then(|| Placed::new(report, (&boxes, &short), RankDir::LR));
        let other = aside.filter(|aside| aside.width < 0.8 * other.width).unwrap_or(other);
        if other.width < 0.9 * best.width {
            (best, labels, keys) = (other, short, letters);
        }
    }
    let head = head(report, best.width.clamp(LEAST, WIDE));
    let wide = best.width.max(LEAST).max(head.width);
    let shift = (PAD + (wide - best.width) / 2.0, head.bottom);
    let mut picture = Picture { title: title(report), width: wide + 2.0 * PAD, ..Picture::default() };
    picture.words = head.words;
    for (i, node) in report.nodes.iter().enumerate() {
        let place = moved(best.nodes[i], shift);
        picture.words.extend(boxes[i].inside(place));
        picture.nodes.push(framed(report, node, place));
    }
    for (i, edge) in report.edges.iter().enumerate() {
        let (points, label) = &best.edges[i];
        let label = label.map(|label| moved(label, shift));
        picture.words.extend(label.into_iter().flat_map(|place| labels[i].centred(place)));
        let points = points.iter().map(|(x, y)| (x + shift.0, y + shift.1)).collect();
        picture.edges.push(curve(edge, points, label));
    }
    let below = head.bottom + best.height + 12.0;
    let below = keys.below(&mut picture.words, (below, wide));
    picture.height = foot(report, &mut picture.words, (below, wide)) + PAD;
    picture
}

fn moved(rect: Rect, (dx, dy): (f64, f64)) -> Rect {
    Rect::new(rect.left + dx, rect.top + dy, rect.right + dx, rect.bottom + dy)
}

fn framed(report: &GraphReport, node: &GraphNode, place: Rect) -> NodeBox {
    let framing = if !node.breaks.is_empty() || !node.no_value.is_empty() || node.is_short(&report.lasting) {
        Framing::Broken
    } else if node.unexpanded {
        Framing::Unexpanded
    } else if !node.goals.is_empty() {
        Framing::Goal
    } else {
        Framing::Plain
    };
    let entry = node.initial.then_some((place.left, place.top + INSIDE + 6.0));
    let full = format!("{}: {}", node.name(), super::values(&node.state));
    NodeBox { place, framing, bold: node.on_run, entry, stuck: node.stuck, full }
}

fn curve(edge: &GraphEdge, points: Vec<(f64, f64)>, label: Option<Rect>) -> Curve {
    let inks: Vec<Ink> = edge.steps.iter().map(ink).collect();
    let same = inks.iter().all(|ink| *ink == inks[0]);
    let ink = match inks.first() {
        _ if edge.on_run => Ink::Broken,
        Some(ink) if same => *ink,
        _ => Ink::Lane,
    };
    let full: Vec<String> = edge.steps.iter().map(step).collect();
    Curve { points, ink, dashed: edge.faults, bold: edge.on_run, label, full: full.join("\n") }
}

/// Lines of one box or label, and the room that they take.
struct Lines {
    lines: Vec<Words>,
    width: f64,
    height: f64,
}

impl Lines {
    /// `s3 ×6`, what is to be said of it, and what tells it from others.
    fn of(report: &GraphReport, node: &GraphNode, scale: Scale) -> Lines {
        let mut head = vec![Run::new(node.name(), Face::SansBold, Ink::Text)];
        let times = times(node);
        if !times.is_empty() {
            head.push(Run::new(format!(" {times}"), Face::Sans, Ink::Muted));
        }
        let mut lines = vec![Words { runs: head, ..line(NAME, "", Face::Sans, Ink::Text) }];
        for remark in remarks(report, node) {
            let text = elide(&format!("{} {}", remark.mark, remark.words), Face::Sans, SIZE, scale.line);
            lines.push(line(SIZE, &text, Face::Sans, remark.ink));
        }
        let told = differs(report, node);
        let shown = if told.len() == scale.lines + 1 { told.len() } else { scale.lines };
        for (path, value) in told.iter().take(shown) {
            let whole = format!("{path} = {value}");
            let most = (scale.line / width("x", Face::Mono, SIZE)) as usize;
            let room = most.saturating_sub(path.chars().count() + 3).max(8);
            let text = elide(
                &format!("{path} = {}", shorten(&value.to_string(), room)),
                Face::Mono,
                SIZE,
                scale.line,
            );
            let full = (text != whole).then_some(whole);
            lines.push(Words { full, ..line(SIZE, &text, Face::Mono, Ink::Text) });
        }
        if told.len() > shown {
            let more = format!("… {} more", told.len() - shown);
            lines.push(line(SIZE, &more, Face::Sans, Ink::Muted));
        }
        Lines::measured(lines, INSIDE)
    }

    /// The steps of an edge.
    fn on(edge: &GraphEdge, scale: Scale) -> Lines {
        let shown = if edge.steps.len() == scale.steps + 1 { scale.steps + 1 } else { scale.steps };
        let mut lines: Vec<Words> = Vec::new();
        for one in edge.steps.iter().take(shown) {
            let whole = step(one);
            let text = elide(&whole, Face::Mono, SIZE, scale.step);
            let full = (text != whole).then_some(whole);
            lines.push(Words { full, ..line(SIZE, &text, Face::Mono, ink(one)) });
        }
        if edge.steps.len() > shown {
            let more = format!("or {} more", edge.steps.len() - shown);
            lines.push(line(SIZE, &more, Face::Sans, Ink::Muted));
        }
        Lines::measured(lines, 3.0)
    }

    fn measured(lines: Vec<Words>, around: f64) -> Lines {
        let width = lines.iter().map(Words::width).fold(0.0, f64::max) + 2.0 * around;
        let height = lines.len() as f64 * LEADING + 2.0 * around - 2.0;
        Lines { lines, width, height }
    }

    /// Below each other, from the left.
    fn inside(&self, place: Rect) -> impl Iterator<Item = Words> {
        let lines = self.lines.iter().cloned().enumerate();
        lines.map(move |(i, words)| Words {
            x: place.left + INSIDE,
            y: place.top + INSIDE + 10.0 + i as f64 * LEADING,
            ..words
        })
    }

    /// Below each other, in the middle.
    fn centred(&self, place: Rect) -> impl Iterator<Item = Words> {
        let lines = self.lines.iter().cloned().enumerate();
        lines.map(move |(i, words)| Words {
            x: (place.left + place.right) / 2.0,
            y: place.top + 3.0 + 10.0 + i as f64 * LEADING,
            anchor: Anchor::Middle,
            ..words
        })
    }
}

/// A letter for each step, where the steps themselves would make the picture too wide.
#[derive(Default)]
struct Keys {
    /// The steps, and what they are written in.
    steps: Vec<(String, Ink)>,
}

impl Keys {
    /// With the labels of all edges.
    fn of(report: &GraphReport) -> (Keys, Vec<Lines>) {
        let mut keys = Keys::default();
        let labels = report.edges.iter().map(|edge| keys.on(edge)).collect();
        (keys, labels)
    }

    fn on(&mut self, edge: &GraphEdge) -> Lines {
        const ROW: usize = 5;
        let mut runs: Vec<Run> = Vec::new();
        for one in &edge.steps {
            let key = (one.line.clone(), ink(&GraphStep { breaks: Vec::new(), ..one.clone() }));
            let known = self.steps.iter().position(|known| *known == key);
            let at = known.unwrap_or(self.steps.len());
            if known.is_none() {
                self.steps.push(key);
            }
            let breaks = if one.breaks.is_empty() { "" } else { "✗" };
            runs.push(Run::new(format!("{}{breaks} ", letter(at)), Face::MonoBold, ink(one)));
        }
        let rows = runs.chunks_mut(ROW).map(|row| {
            if let Some(last) = row.last_mut() {
                last.text.truncate(last.text.trim_end().len());
            }
            Words { runs: row.to_vec(), ..line(SIZE, "", Face::MonoBold, Ink::Text) }
        });
        Lines::measured(rows.collect(), 3.0)
    }

    /// What the letters mean, in columns. Returns where it ends.
    fn below(&self, words: &mut Vec<Words>, (top, wide): (f64, f64)) -> f64 {
        const LEAST: f64 = 180.0;
        let mut rows: Vec<Vec<Run>> = Vec::new();
        for (at, (step, ink)) in self.steps.iter().enumerate() {
            let step = elide(step, Face::Mono, SIZE, wide - 30.0);
            let letter = Run::new(format!("{}  ", letter(at)), Face::MonoBold, *ink);
            rows.push(vec![letter, Run::new(step, Face::Mono, *ink)]);
        }
        let measured = |runs: &Vec<Run>| runs.iter().map(|run| width(&run.text, run.face, SIZE)).sum::<f64>();
        let column = rows.iter().map(measured).fold(LEAST, f64::max) + 18.0;
        let columns = ((wide / column) as usize).max(1);
        let deep = rows.len().div_ceil(columns);
        for (at, runs) in rows.into_iter().enumerate() {
            let (x, y) = (PAD + (at / deep) as f64 * column, top + (at % deep + 1) as f64 * LEADING);
            words.push(Words { runs, ..Words::line(x, y, SIZE, "", Face::Mono, Ink::Text) });
        }
        if deep == 0 { top } else { top + deep as f64 * LEADING + 6.0 }
    }
}

/// `a`, … `z`, `a1`, …
fn letter(at: usize) -> String {
    let letter = (b'a' + (at % 26) as u8) as char;
    if at < 26 { letter.to_string() } else { format!("{letter}{}", at / 26) }
}

fn line(size: f64, text: &str, face: Face, ink: Ink) -> Words {
    Words::line(0.0, 0.0, size, text, face, ink)
}

/// Boxes and edges as the library places them.
struct Placed {
    width: f64,
    height: f64,
    nodes: Vec<Rect>,
    edges: Vec<(Vec<(f64, f64)>, Option<Rect>)>,
}

impl Placed {
    /// States lie the lower (or further right) the more steps lead to them. What leads up is turned before the library sees it, so that
    /// cycles are broken where runs come back.
    fn new(report: &GraphReport, (boxes, labels): (&[Lines], &[Lines]), rankdir: RankDir) -> Placed {
        let options = GraphOptions { directed: true, multigraph: true, compound: false };
        let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(options);
        for (node, lines) in report.nodes.iter().zip(boxes) {
            let (width, height) = (lines.width, lines.height);
            graph
                .set_node(node.number.to_string(), Some(NodeLabel { width, height, ..NodeLabel::default() }));
        }
        let turned = turned(report);
        for ((i, edge), lines) in report.edges.iter().enumerate().zip(labels) {
            let label = EdgeLabel {
                width: lines.width,
                height: lines.height,
                labelpos: LabelPos::Center,
                weight: if edge.on_run { 4 } else { 1 },
                ..EdgeLabel::default()
            };
            let (from, to) = ends(edge, turned[i]);
            graph.set_edge(&from, &to, Some(label), Some(&i.to_string()));
        }
        let (nodesep, edgesep, ranksep) = (30.0, 12.0, 36.0);
        dagre::layout(
            &mut graph,
            Some(LayoutOptions { rankdir, nodesep, edgesep, ranksep, ..LayoutOptions::default() }),
        );
        Placed::read(report, &graph, &turned)
    }

    fn read(report: &GraphReport, graph: &Graph<NodeLabel, EdgeLabel>, turned: &[bool]) -> Placed {
        let around = |x: Option<f64>, y: Option<f64>, width: f64, height: f64| {
            let (x, y) = (x.unwrap_or(0.0), y.unwrap_or(0.0));
            Rect::new(x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0)
        };
        let node = |node: &GraphNode| match graph.node(&node.number.to_string()) {
            Some(at) => around(at.x, at.y, at.width, at.height),
            None => Rect::around(0.0, 0.0, 0.0),
        };
        let edge = |(i, edge): (usize, &GraphEdge)| {
            let (from, to) = ends(edge, turned[i]);
            let Some(at) = graph.edge(&from, &to, Some(&i.to_string())) else { return (Vec::new(), None) };
            let mut points: Vec<_> = at.points.iter().map(|Point { x, y }| (*x, *y)).collect();
            if turned[i] {
                points.reverse();
            }
            (points, at.x.map(|_| around(at.x, at.y, at.width, at.height)))
        };
        let mut placed = Placed {
            width: 0.0,
            height: 0.0,
            nodes: report.nodes.iter().map(node).collect(),
            edges: report.edges.iter().enumerate().map(edge).collect(),
        };
        placed.normalize();
        placed
    }

    /// Moves everything to the right of and below the origin, with room for the arrows at initial states.
    fn normalize(&mut self) {
        let labels = self.edges.iter().filter_map(|(_, label)| *label);
        let points =
            self.edges.iter().flat_map(|(points, _)| points.iter().map(|(x, y)| Rect::around(*x, *y, 2.0)));
        let all: Vec<Rect> = self.nodes.iter().copied().chain(labels).chain(points).collect();
        let least = |of: fn(&Rect) -> f64| all.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&Rect) -> f64| all.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        if all.is_empty() {
            return;
        }
        let (left, top) = (least(|r| r.left) - ENTRY, least(|r| r.top));
        (self.width, self.height) = (most(|r| r.right) - left, most(|r| r.bottom) - top + 4.0);
        let back = (-left, -top);
        self.nodes.iter_mut().for_each(|rect| *rect = moved(*rect, back));
        for (points, label) in &mut self.edges {
            points.iter_mut().for_each(|point| *point = (point.0 - left, point.1 - top));
            *label = label.map(|rect| moved(rect, back));
        }
    }
}

/// The names of what an edge leads from and to for the library.
fn ends(edge: &GraphEdge, turned: bool) -> (String, String) {
    let (from, to) = (edge.from.to_string(), edge.to.to_string());
    if turned { (to, from) } else { (from, to) }
}

/// For each edge whether it leads back: to a state to which fewer steps lead from where runs begin.
fn turned(report: &GraphReport) -> Vec<bool> {
    const FAR: usize = usize::MAX;
    let mut depths = vec![FAR; report.nodes.len() + 1];
    let begins = report.nodes.iter().filter(|node| node.initial).map(|node| node.number);
    let mut queue: Vec<usize> = begins.chain(report.nodes.iter().map(|node| node.number)).collect();
    let initial = report.nodes.iter().filter(|node| node.initial).count();
    queue.truncate(initial.max(1));
    queue.iter().for_each(|number| depths[*number] = 0);
    let mut next = 0;
    while next < queue.len() {
        let from = queue[next];
        for edge in report.edges.iter().filter(|edge| edge.from == from) {
            if depths[edge.to] == FAR {
                depths[edge.to] = depths[from] + 1;
                queue.push(edge.to);
            }
        }
        next += 1;
    }
    let place = |number: usize| (depths[number], number);
    report.edges.iter().map(|edge| place(edge.from) > place(edge.to)).collect()
}

/// Of the arrow at an initial state.
pub(in crate::view) const ENTRY: f64 = 20.0;

/// Title, size, what is broken, what is the same everywhere.
struct Head {
    words: Vec<Words>,
    width: f64,
    bottom: f64,
}

fn head(report: &GraphReport, wide: f64) -> Head {
    let text = elide(&title(report), Face::SansBold, 14.0, wide);
    let mut words = vec![Words::line(PAD, PAD + 14.0, 14.0, &text, Face::SansBold, Ink::Text)];
    let mut y = PAD + 34.0;
    let mut put = |text: &str, face: Face, ink: Ink, most: usize| {
        for text in wrap_at_most(&text.replace('`', ""), face, 11.5, wide, most).0 {
            words.push(Words::line(PAD, y, 11.5, &text, face, ink));
            y += 16.0;
        }
    };
    put(&shows(report), Face::Sans, Ink::Muted, 3);
    for broken in super::broken(report).iter().take(3) {
        put(&format!("✗ {broken}"), Face::Sans, Ink::Broken, 2);
    }
    if let Some(why) = &report.no_value {
        put(&format!("! {why}"), Face::Sans, Ink::Broken, 3);
    }
    if let Some((words, values)) = common(report) {
        put(&format!("{words}{values}"), Face::Sans, Ink::Muted, 3);
    }
    let width = words.iter().map(|words: &Words| words.bounds().right - PAD).fold(0.0, f64::max);
    Head { width, bottom: y + 2.0, words }
}

/// What the marks mean. Returns where it ends.
fn foot(report: &GraphReport, words: &mut Vec<Words>, (top, wide): (f64, f64)) -> f64 {
    let mut y = top;
    for (mark, meaning) in legend(report) {
        for text in wrap_at_most(&format!("{mark}: {meaning}"), Face::Sans, SIZE, wide, 3).0 {
            y += LEADING;
            words.push(Words::line(PAD, y, SIZE, &text, Face::Sans, Ink::Muted));
        }
    }
    y
}
