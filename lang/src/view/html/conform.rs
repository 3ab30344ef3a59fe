//! HTML of a run on which code differs: what is otherwise, and the run as the mapping and as the code takes it.
//!
//! Enters: a report. Leaves: markup.

use super::parts::{CELL, HEAD, TABLE, chip, code, figure};
use crate::report::conform::ConformReport;
use crate::view::heading;
use crate::view::words::{self, Tone};
use maud::{Markup, html};

pub(super) fn conform(conform: &ConformReport) -> Markup {
    html! {
        (super::title("conform system", &conform.subject, ""))
        div { (chip("✗", "differs", Tone::Bad)) " " (conform.why) }
        @if !conform.differing.is_empty() {
            table style=(TABLE) {
                thead { tr {
                    th style=(HEAD) { "at the end" }
                    th style=(HEAD) { (conform.subject.system) }
                    th style=(HEAD) { (conform.code) }
                } }
                tbody {
                    @for (path, model, shown) in &conform.differing {
                        tr {
                            td style=(CELL) { (code(path)) }
                            td style=(CELL) { (code(&model.to_string())) }
                            td style=(CELL) { (code(&shown.to_string())) }
                        }
                    }
                }
            }
        }
        (figure(&conform.model, &heading::of_mapping(conform)))
        details class="rcv-carries" {
            summary { "the run of " strong { (conform.code) } " (" (words::trace_size(&conform.shown)) ")" }
            (figure(&conform.shown, &heading::of_code(conform)))
        }
    }
}
