//! Draws the loop of the four concepts.
//!
//! Enters: its layout. Leaves: SVG.

use super::{arrow_head, document, line, n, rect, words};
use crate::view::concepts::{self, Layout};
use crate::view::palette::{Ink, Theme};
use maud::{Markup, html};

pub(super) fn draw(layout: &Layout, description: &str, theme: Theme) -> String {
    let ink = |ink: Ink| ink.hex(theme);
    let content = html! {
        @for (i, area) in layout.boxes.iter().enumerate() {
            (rect(area, 8.0, ink(Ink::Head), Some(ink(concepts::ink(i))), false))
        }
        @for (from, to) in &layout.flows { (flow(*from, *to, ink(Ink::Lane))) }
        @for card in &layout.cards { (rect(&card.area, 5.0, ink(Ink::Card), Some(ink(Ink::Edge)), card.stated)) }
        @for chip in &layout.chips { (rect(chip, 8.5, "none", Some(ink(Ink::Lane)), false)) }
        @for wire in &layout.wires { (self::wire(wire, ink(Ink::Resolution))) }
        @for line in &layout.words { (words(line, theme)) }
    };
    let title = format!("The four concepts of {}", layout.title);
    document(layout.width, layout.height, &title, description, theme, content)
}

fn flow(from: (f64, f64), to: (f64, f64), ink: &str) -> Markup {
    let (dx, dy) = super::unit(from, to);
    let stop = (to.0 - dx * 10.0, to.1 - dy * 10.0);
    html! {
        (line((from.0 + dx * 3.0, from.1 + dy * 3.0), stop, ink, 4.0, None))
        (arrow_head(from, (to.0 - dx * 2.0, to.1 - dy * 2.0), 14.0, ink))
    }
}

fn wire(points: &[(f64, f64)], ink: &str) -> Markup {
    let list: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect();
    html! {
        polyline points=(list.join(" ")) fill="none" stroke=(ink) stroke-width="1.3" stroke-linejoin="round" {}
        @if let [.., before, end] = points { (arrow_head(*before, *end, 8.0, ink)) }
    }
}
