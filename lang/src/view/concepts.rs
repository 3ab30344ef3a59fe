//! The loop of the four concepts with a system's members in it, as geometry.
//!
//! Enters: a diagram report. Leaves: a [`Layout`] in pixels: Ordering → Invariants → Resolution in a row, Reconciliation
//! below them, leading back; each member a card with its types; a wire from each resolution to what it handles.

use super::measure::{Face, width, wrap_at_most};
use super::palette::Ink;
use super::timeline::{Anchor, Rect, Run, Words};
use super::words;
use crate::concepts::ConceptKind;
use crate::report::{DiagramMember, DiagramReport};

const PAD: f64 = 18.0;
const WIDTH: f64 = 890.0;
/// Between the columns, where the wires run.
const GAP: f64 = 58.0;
/// Inside a box, around its cards.
const INSET: f64 = 10.0;
/// Wires run this far apart.
const WIRE: f64 = 7.0;

/// Where everything of the picture is, in pixels.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Of the picture.
    pub width: f64,
    /// Of the picture.
    pub height: f64,
    /// What a screen reader is told.
    pub title: String,
    /// Ordering, Invariants, Resolution, Reconciliation.
    pub boxes: Vec<Rect>,
    /// One for each member.
    pub cards: Vec<Card>,
    /// Type chips, and `stated` on members that are only words.
    pub chips: Vec<Rect>,
    /// All texts.
    pub words: Vec<Words>,
    /// From a resolution to what it handles.
    pub wires: Vec<Vec<(f64, f64)>>,
    /// The big arrows between the boxes.
    pub flows: Vec<((f64, f64), (f64, f64))>,
}

/// The box of one member.
#[derive(Debug, Clone)]
pub struct Card {
    /// 0 to 3, as in [`ConceptKind::ALL`].
    pub concept: usize,
    /// Of the member.
    pub name: String,
    /// Its border.
    pub area: Rect,
    /// Only words so far: nothing of it is executed.
    pub stated: bool,
}

/// The colour of a concept.
pub fn ink(concept: usize) -> Ink {
    [Ink::Action, Ink::Broken, Ink::Resolution, Ink::Reconciler][concept.min(3)]
}

/// Lays out the loop diagram.
pub fn layout(diagram: &DiagramReport) -> Layout {
    let mut layout = Layout { width: WIDTH, title: words::subject(&diagram.subject), ..Layout::default() };
    let mut y = PAD + 12.0;
    layout.words.push(Words::line(PAD, y, 15.0, &layout.title.clone(), Face::SansBold, Ink::Text));
    let docs = words::first_paragraph(diagram.subject.docs.as_deref().unwrap_or_default());
    if !docs.is_empty() {
        let (lines, cut) = wrap_at_most(&docs, Face::Sans, 12.0, WIDTH - 2.0 * PAD, 3);
        for line in lines {
            y += 17.0;
            let mut words = Words::line(PAD, y, 12.0, &line, Face::Sans, Ink::Muted);
            words.full = cut.then(|| docs.clone());
            layout.words.push(words);
        }
    }
    let top = y + 14.0;
    let column = (WIDTH - 2.0 * PAD - 2.0 * GAP) / 3.0;
    let lists = [&diagram.orders, &diagram.invariants, &diagram.resolutions];
    let mut bottom = top + 90.0;
    for (concept, members) in lists.into_iter().enumerate() {
        let left = PAD + concept as f64 * (column + GAP);
        let mut y = header(concept, left, top, column, &mut layout);
        for member in members {
            let handles = if concept == 2 { handled(diagram, &member.name) } else { Vec::new() };
            y = card(concept, member, &handles, (left + INSET, y, column - 2.0 * INSET), &mut layout) + 8.0;
        }
        if members.is_empty() {
            y = nothing(left, y, &mut layout);
        }
        bottom = bottom.max(y + 2.0);
    }
    for concept in 0..3 {
        let left = PAD + concept as f64 * (column + GAP);
        layout.boxes.push(Rect::new(left, top, left + column, bottom));
    }
    let channel = wires(diagram, bottom, &mut layout);
    reconcilers(diagram, channel + 34.0, column, &mut layout);
    flows(&mut layout);
    layout.height = layout.boxes[3].bottom + PAD;
    layout
}

/// Title and question of a box; the y below them.
fn header(concept: usize, left: f64, top: f64, width: f64, layout: &mut Layout) -> f64 {
    let kind = ConceptKind::ALL[concept];
    let mut y = top + 20.0;
    layout.words.push(Words::line(left + INSET, y, 13.5, kind.title(), Face::SansBold, ink(concept)));
    for line in wrap_at_most(kind.question(), Face::Sans, 11.0, width - 2.0 * INSET, 3).0 {
        y += 14.5;
        layout.words.push(Words::line(left + INSET, y, 11.0, &line, Face::Sans, Ink::Muted));
    }
    y + 12.0
}

fn nothing(left: f64, y: f64, layout: &mut Layout) -> f64 {
    let text = "nothing said yet";
    layout.words.push(Words::line(left + INSET, y + 12.0, 12.0, text, Face::Sans, Ink::Muted));
    y + 24.0
}

fn handled(diagram: &DiagramReport, resolution: &str) -> Vec<String> {
    diagram.handles.iter().filter(|(r, _)| r == resolution).map(|(_, what)| what.clone()).collect()
}

/// One member; the y of its lower edge.
fn card(
    concept: usize,
    member: &DiagramMember,
    handles: &[String],
    (left, top, room): (f64, f64, f64),
    layout: &mut Layout,
) -> f64 {
    let inner = room - 16.0;
    let x = left + 8.0;
    let mut y = top + 4.0;
    let (lines, cut) = wrap_at_most(&member.name, Face::MonoBold, 12.5, inner, 2);
    for line in lines {
        y += 15.5;
        let mut words = Words::line(x, y, 12.5, &line, Face::MonoBold, Ink::Text);
        words.full = cut.then(|| member.name.clone());
        layout.words.push(words);
    }
    y = chips(member, x, y + 5.0, inner, layout);
    let sentence = words::first_paragraph(member.sentence.as_deref().unwrap_or_default());
    if !sentence.is_empty() {
        let (lines, cut) = wrap_at_most(&sentence, Face::Sans, 11.5, inner, 5);
        for line in lines {
            y += 15.0;
            let mut words = Words::line(x, y, 11.5, &line, Face::Sans, Ink::Text);
            words.full = cut.then(|| sentence.clone());
            layout.words.push(words);
        }
        y += 2.0;
    }
    if !handles.is_empty() {
        let text = handles.join(", ");
        let (lines, cut) = wrap_at_most(&text, Face::Mono, 11.0, inner - 56.0, 3);
        for (i, line) in lines.iter().enumerate() {
            y += 15.0;
            let mut words = Words::line(x, y, 11.0, line, Face::Mono, Ink::Resolution);
            if i == 0 {
                words.runs.insert(0, Run::new("handles ", Face::Sans, Ink::Muted));
            }
            words.full = cut.then(|| text.clone());
            layout.words.push(words);
        }
        y += 2.0;
    }
    let area = Rect::new(left, top, left + room, y + 7.0);
    layout.cards.push(Card { concept, name: member.name.clone(), area, stated: !member.executable });
    area.bottom
}

/// The types as chips; the y below them.
fn chips(member: &DiagramMember, left: f64, top: f64, room: f64, layout: &mut Layout) -> f64 {
    let stated = (!member.executable).then_some("only stated");
    let texts: Vec<&str> = member.types.iter().map(String::as_str).chain(stated).collect();
    if texts.is_empty() {
        return top - 2.0;
    }
    let (mut x, mut y) = (left, top);
    for text in texts {
        let text = super::measure::elide(text, Face::Sans, 10.5, room - 14.0);
        let w = width(&text, Face::Sans, 10.5) + 12.0;
        if x + w > left + room && x > left {
            (x, y) = (left, y + 21.0);
        }
        layout.chips.push(Rect::new(x, y, x + w, y + 17.0));
        let mut words = Words::line(x + w / 2.0, y + 12.2, 10.5, &text, Face::Sans, Ink::Muted);
        words.anchor = Anchor::Middle;
        layout.words.push(words);
        x += w + 5.0;
    }
    y + 20.0
}

/// Wires from resolutions to what they handle; the y below the last that runs under the boxes.
fn wires(diagram: &DiagramReport, bottom: f64, layout: &mut Layout) -> f64 {
    let area = |concept: usize, name: &str| {
        layout.cards.iter().find(|c| c.concept == concept && c.name == name).map(|c| c.area)
    };
    let most = (GAP - 24.0) / WIRE;
    let mut ends: Vec<(String, f64)> = Vec::new();
    let mut offset = |name: &str| match ends.iter_mut().find(|(n, _)| n == name) {
        Some((_, used)) => {
            *used += WIRE;
            *used
        }
        None => {
            ends.push((name.to_string(), 0.0));
            0.0
        }
    };
    let (mut wires, mut under, mut vertical) = (Vec::new(), 0.0, 0.0);
    for (resolution, target) in &diagram.handles {
        let Some(from) = area(2, resolution) else { continue };
        let (to, far) = match (area(1, target), area(0, target)) {
            (Some(to), _) => (to, false),
            (None, Some(to)) => (to, true),
            _ => continue,
        };
        let inside = |rect: Rect, y: f64| (rect.top + 12.0 + y).min(rect.bottom - 4.0);
        let (y0, y1) = (inside(from, offset(resolution)), inside(to, offset(target)));
        let shift = 12.0 + WIRE * (vertical % most);
        let x = from.left - INSET - shift;
        vertical += 1.0;
        if far {
            under += 1.0;
            let (channel, back) = (bottom + 4.0 + WIRE * under, to.right + INSET + shift);
            wires.push(vec![
                (from.left, y0),
                (x, y0),
                (x, channel),
                (back, channel),
                (back, y1),
                (to.right, y1),
            ]);
        } else {
            wires.push(vec![(from.left, y0), (x, y0), (x, y1), (to.right, y1)]);
        }
    }
    layout.wires = wires;
    bottom + 4.0 + WIRE * under
}

/// The box below, with its members side by side.
fn reconcilers(diagram: &DiagramReport, top: f64, column: f64, layout: &mut Layout) {
    let room = WIDTH - 2.0 * PAD;
    let mut y = header(3, PAD, top, room, layout);
    for row in diagram.reconcilers.chunks(3) {
        let mut lowest = y;
        for (i, member) in row.iter().enumerate() {
            let left = PAD + INSET + i as f64 * (column + GAP);
            lowest = lowest.max(card(3, member, &[], (left, y, column - 2.0 * INSET), layout));
        }
        y = lowest + 8.0;
    }
    if diagram.reconcilers.is_empty() {
        y = nothing(PAD, y, layout);
    }
    layout.boxes.push(Rect::new(PAD, top, PAD + room, y + 2.0));
}

/// Ordering → Invariants → Resolution ↓ Reconciliation ↑ Ordering.
fn flows(layout: &mut Layout) {
    let [order, invariant, resolution, loops] = layout.boxes[..] else { return };
    let (y, middle) = (order.top + 16.0, |r: &Rect| (r.left + r.right) / 2.0);
    layout.flows = vec![
        ((order.right, y), (invariant.left, y)),
        ((invariant.right, y), (resolution.left, y)),
        ((middle(&resolution), resolution.bottom), (middle(&resolution), loops.top)),
        ((middle(&order), loops.top), (middle(&order), order.bottom)),
    ];
}

/// The same in one paragraph.
pub fn describe(diagram: &DiagramReport) -> String {
    let lists = [&diagram.orders, &diagram.invariants, &diagram.resolutions, &diagram.reconcilers];
    let parts: Vec<String> = ConceptKind::ALL
        .into_iter()
        .zip(lists)
        .map(|(concept, members)| {
            let names: Vec<String> = members
                .iter()
                .map(|m| {
                    if m.types.is_empty() {
                        m.name.clone()
                    } else {
                        format!("{} ({})", m.name, m.types.join(", "))
                    }
                })
                .collect();
            format!(
                "{}: {}",
                concept.title(),
                if names.is_empty() { "nothing yet".to_string() } else { names.join(", ") }
            )
        })
        .collect();
    let handles: Vec<String> =
        diagram.handles.iter().map(|(r, what)| format!("{r} handles {what}")).collect();
    let handles = if handles.is_empty() { String::new() } else { format!(" {}.", handles.join("; ")) };
    format!(
        "The four concepts of {} as a loop: ordering leads to invariants, invariants to resolution, resolution to reconciliation, \
         which leads back to ordering. {}.{handles}",
        diagram.subject.system,
        parts.join(". ")
    )
}
