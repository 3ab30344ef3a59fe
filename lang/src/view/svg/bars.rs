//! Draws the bars of a profile.
//!
//! Enters: their layout. Leaves: SVG.

use super::{document, rect, words};
use crate::view::palette::{Ink, Theme};
use crate::view::profile::Layout;
use maud::html;

pub(super) fn draw(layout: &Layout, description: &str, theme: Theme) -> String {
    let content = html! {
        @for (all, first) in &layout.bars {
            (rect(all, 2.0, Ink::Faint.hex(theme), None, false))
            (rect(first, 2.0, Ink::Action.hex(theme), None, false))
        }
        @for line in &layout.words { (words(line, theme)) }
    };
    document(layout.width, layout.height, &layout.title, description, theme, content)
}
