//! HTML of what may be moved in a cell, for front ends in which nothing can be moved.
//!
//! Enters: a panel. Leaves: markup.

use super::parts::{CELL, HEAD, TABLE, code, muted, style};
use crate::report::panel::Panel;
use crate::view::{PANEL_FOOT, PANEL_HEAD};
use maud::{Markup, html};

pub(in crate::view) fn panel(panel: &Panel) -> Markup {
    html! {
        div class="rcv" style="text-align:left" {
            (style())
            table style=(TABLE) {
                thead { tr { @for word in PANEL_HEAD { th style=(HEAD) { (word) } } } }
                tbody {
                    @for knob in &panel.knobs {
                        tr {
                            td style=(CELL) { strong { (code(&knob.name)) } }
                            td style=(CELL) { (knob.kind.word()) }
                            td style=(CELL) { (code(&knob.values.word(knob.at))) }
                            td style=(CELL) { (code(&knob.values.words())) }
                        }
                    }
                }
            }
            (muted(PANEL_FOOT))
        }
    }
}
