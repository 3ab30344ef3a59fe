//! Draws the plots of a simulation.
//!
//! Enters: their layout. Leaves: SVG.

use super::{document, line, n, rect, words};
use crate::view::palette::{Ink, Theme};
use crate::view::simulation::Layout;
use maud::html;

pub(super) fn draw(layout: &Layout, description: &str, theme: Theme) -> String {
    let points = |area: &[(f64, f64)]| {
        area.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect::<Vec<_>>().join(" ")
    };
    let content = html! {
        @for ground in &layout.grounds { (rect(ground, 3.0, Ink::Head.hex(theme), None, false)) }
        @for bar in &layout.bars { (rect(bar, 1.5, Ink::Reconciler.hex(theme), None, false)) }
        @for area in &layout.areas {
            polygon points=(points(area)) fill=(Ink::Fault.hex(theme)) fill-opacity="0.75" {}
        }
        @for (from, to) in &layout.marks { (line(*from, *to, Ink::Text.hex(theme), 1.2, Some("3 2"))) }
        @for text in &layout.words { (words(text, theme)) }
    };
    document(layout.width, layout.height, &layout.title, description, theme, content)
}
