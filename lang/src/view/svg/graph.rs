//! Draws a state graph.
//!
//! Enters: its layout. Leaves: SVG.

use super::{arrow_head, document, line, n, rect, words};
use crate::view::graph::{Curve, Framing, NodeBox, Picture};
use crate::view::palette::{Ink, Theme};
use crate::view::timeline::Rect;
use maud::{Markup, html};

const HEAD: f64 = 9.0;

pub(super) fn draw(picture: &Picture, description: &str, theme: Theme) -> String {
    // What is on the run lies on top.
    let below = picture.edges.iter().filter(|edge| !edge.bold);
    let edges = below.chain(picture.edges.iter().filter(|edge| edge.bold));
    let content = html! {
        @for edge in edges.clone() { (curve(edge, theme)) }
        @for label in edges.filter_map(|edge| edge.label.as_ref()) {
            (rect(label, 3.0, Ink::Card.hex(theme), None, false))
        }
        @for node in &picture.nodes { (self::node(node, theme)) }
        @for text in &picture.words { (words(text, theme)) }
    };
    document(picture.width, picture.height, &picture.title, description, theme, content)
}

fn curve(edge: &Curve, theme: Theme) -> Markup {
    let [_, .., before, tip] = edge.points.as_slice() else { return html! {} };
    let (ink, width) = (edge.ink.hex(theme), if edge.bold { 2.6 } else { 1.4 });
    let dashes = edge.dashed.then_some("5 4");
    let (dx, dy) = super::unit(*before, *tip);
    // The line ends inside of its head.
    let end = (tip.0 - dx * HEAD * 0.7, tip.1 - dy * HEAD * 0.7);
    let mut points = edge.points.clone();
    if let Some(last) = points.last_mut() {
        *last = end;
    }
    let path = smooth(&points);
    html! {
        g {
            title { (edge.full) }
            path d=(path) fill="none" stroke=(ink) stroke-width=(n(width)) stroke-dasharray=[dashes] {}
            (arrow_head(*before, *tip, HEAD, ink))
        }
    }
}

/// A curve through all points, as cubic Bézier curves: labels stand on some of them.
pub(super) fn smooth(points: &[(f64, f64)]) -> String {
    let turned: Vec<(f64, f64)> = points.iter().map(|(x, y)| (*y, *x)).collect();
    if advances(points) {
        monotone(points, |x, y| format!("{},{}", n(x), n(y)))
    } else if advances(&turned) {
        monotone(&turned, |y, x| format!("{},{}", n(x), n(y)))
    } else {
        catmull_rom(points)
    }
}

/// Whether each point lies below the one before, or each above.
fn advances(points: &[(f64, f64)]) -> bool {
    let way = (points[points.len() - 1].1 - points[0].1).signum();
    points.windows(2).all(|pair| (pair[1].1 - pair[0].1) * way > 0.5)
}

/// Of points that advance: Fritsch and Carlson's, which never swings out beyond a point.
fn monotone(points: &[(f64, f64)], point: impl Fn(f64, f64) -> String) -> String {
    let slopes: Vec<f64> =
        points.windows(2).map(|pair| (pair[1].0 - pair[0].0) / (pair[1].1 - pair[0].1)).collect();
    let inner = slopes.windows(2).map(|pair| match pair[0] * pair[1] > 0.0 {
        true => 2.0 * pair[0] * pair[1] / (pair[0] + pair[1]),
        false => 0.0,
    });
    let inner: Vec<f64> = inner.collect();
    let first = slopes[0];
    let last = slopes[slopes.len() - 1];
    let tangents: Vec<f64> = std::iter::once(first).chain(inner).chain([last]).collect();
    let mut path = format!("M{}", point(points[0].0, points[0].1));
    for (i, pair) in points.windows(2).enumerate() {
        let third = (pair[1].1 - pair[0].1) / 3.0;
        let first = point(pair[0].0 + third * tangents[i], pair[0].1 + third);
        let second = point(pair[1].0 - third * tangents[i + 1], pair[1].1 - third);
        path += &format!(" C{first} {second} {}", point(pair[1].0, pair[1].1));
    }
    path
}

/// Catmull and Rom's, of steps that lead back to where they began.
fn catmull_rom(points: &[(f64, f64)]) -> String {
    let at = |i: usize| points[i.min(points.len() - 1)];
    let mut path = format!("M{},{}", n(at(0).0), n(at(0).1));
    for i in 1..points.len() {
        let (before, from, to, after) = (at(i.saturating_sub(2)), at(i - 1), at(i), at(i + 1));
        let first = (from.0 + (to.0 - before.0) / 6.0, from.1 + (to.1 - before.1) / 6.0);
        let second = (to.0 - (after.0 - from.0) / 6.0, to.1 - (after.1 - from.1) / 6.0);
        let [a, b, c, d, e, f] = [first.0, first.1, second.0, second.1, to.0, to.1].map(n);
        path += &format!(" C{a},{b} {c},{d} {e},{f}");
    }
    path
}

fn node(node: &NodeBox, theme: Theme) -> Markup {
    let (ground, edge) = match node.framing {
        Framing::Plain => (Ink::Head, Ink::Lane),
        Framing::Broken => (Ink::Alarm, Ink::Broken),
        Framing::Goal => (Ink::Head, Ink::Resolution),
        Framing::Unexpanded => (Ink::Card, Ink::Lane),
    };
    let dashes = (node.framing == Framing::Unexpanded).then_some("4 3");
    let Rect { left, bottom, right, .. } = node.place;
    let width = if node.bold { 2.6 } else { 1.3 };
    html! {
        @if let Some((x, y)) = node.entry {
            (line((x - 18.0, y), (x - 6.0, y), Ink::Text.hex(theme), 2.0, None))
            (arrow_head((x - 18.0, y), (x - 1.0, y), HEAD, Ink::Text.hex(theme)))
        }
        g {
            title { (node.full) }
            rect x=(n(node.place.left)) y=(n(node.place.top)) width=(n(node.place.width()))
                height=(n(node.place.height())) rx="7" fill=(ground.hex(theme)) stroke=(edge.hex(theme))
                stroke-width=(n(width)) stroke-dasharray=[dashes] {}
        }
        @if node.stuck {
            (line((left + 8.0, bottom), (right - 8.0, bottom), edge.hex(theme), 4.5, None))
        }
    }
}
