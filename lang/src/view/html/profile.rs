//! The profile of a check as HTML.
//!
//! Enters: a profile. Leaves: a picture of bars, two tables, what would make the model smaller.

use super::parts::{CELL, HEAD, NUMBER, TABLE, code, muted, picture, prose};
use crate::report::Subject;
use crate::report::profile::Profile;
use crate::view::palette::Theme;
use crate::view::{profile as rows, svg};
use maud::{Markup, html};

pub(super) fn profile(subject: &Subject, profile: &Profile) -> Markup {
    let alt = format!("Where the states of {} come from. {}", subject.system, rows::describe(profile));
    html! {
        div style="margin-top:0.6em" { strong { "Profile" } }
        @if !profile.steps.is_empty() { (picture(&svg::profile(subject, profile, Theme::Light), &alt)) }
        @for advice in &profile.advice { div { "→ " (prose(advice)) } }
        table style=(TABLE) {
            thead { tr {
                @for (i, head) in rows::STEPS.iter().enumerate() { th style=(if i < 2 { HEAD } else { NUMBER }) { (head) } }
            } }
            tbody {
                @for step in &profile.steps {
                    tr {
                        @for (i, cell) in rows::step(step).iter().enumerate() {
                            @if i == 1 { td style=(CELL) { (code(cell)) } }
                            @else { td style=(if i == 0 { CELL } else { NUMBER }) { (cell) } }
                        }
                    }
                }
            }
        }
        (muted(&rows::basis(profile)))
        table style=(TABLE) {
            thead { tr {
                @for (i, head) in rows::VARIABLES.iter().enumerate() {
                    th style=(if i < 2 { HEAD } else { NUMBER }) { (head) }
                }
            } }
            tbody {
                @for variable in &profile.variables {
                    tr {
                        @for (i, cell) in rows::variable(variable, profile.bits).iter().enumerate() {
                            @if i < 2 && !cell.is_empty() { td style=(CELL) { (code(cell)) } }
                            @else { td style=(if i < 2 { CELL } else { NUMBER }) { (cell) } }
                        }
                    }
                }
            }
        }
        (muted(&rows::size(profile)))
    }
}
