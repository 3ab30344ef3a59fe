//! Draws the grid of a sweep.
//!
//! Enters: its layout. Leaves: SVG.

use super::{document, rect, words};
use crate::report::variants::Came;
use crate::view::palette::{Ink, Theme};
use crate::view::variants::Grid;
use maud::html;

pub(super) fn draw(grid: &Grid, description: &str, theme: Theme) -> String {
    let ground = |came: Came| match came {
        Came::Holds | Came::HoldsWithinBound => Ink::Head,
        Came::Violated | Came::Failed => Ink::Alarm,
        Came::Vacuous | Came::Incomplete => Ink::Cut,
        Came::NotChecked => Ink::Down,
    };
    let edge = |came: Came| if came.is_bad() { Ink::Broken } else { Ink::Edge };
    let content = html! {
        @for (square, came) in &grid.squares {
            (rect(square, 5.0, ground(*came).hex(theme), Some(edge(*came).hex(theme)), false))
        }
        @for text in &grid.words { (words(text, theme)) }
    };
    document(grid.width, grid.height, &grid.title, description, theme, content)
}
