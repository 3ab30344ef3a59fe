//! What the language gives, as the protocol wants it.
//!
//! Enters: outputs and failures of a session, progress, diagnostics. Leaves: MIME bundles and Jupyter's words for errors.

use crate::bundle::{Bundle, Failed};
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::report::panel::Panel;
use reconverge_lang::session::{Failure, Output, Variants};
use reconverge_lang::span::Sources;
use reconverge_lang::{diag, engine, simulate, view};
use serde_json::json;
use std::any::Any;
use std::time::Duration;

/// Progress, and for how long it has gone on.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// What has been counted.
    pub work: Work,
    /// Since it began.
    pub elapsed: Duration,
}

/// What takes long enough to be told of.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// An exploration.
    Explored(engine::Progress),
    /// Several systems.
    Compared(Variants),
    /// A simulation.
    Simulated(simulate::Progress),
}

mod lean;

/// The machine-readable form of a report.
pub const JSON_MIME: &str = "application/vnd.reconverge+json";

/// What a command shows, as text, HTML and JSON.
pub fn output(output: &Output) -> Bundle {
    let mut bundle = Bundle::text(&ruled(&view::text(&output.report, &output.sources)));
    bundle.data.insert("text/html".into(), view::html(&output.report, &output.sources).into());
    if let Some(mut json) = json(output) {
        lean::lean(&mut json);
        bundle.data.insert(JSON_MIME.into(), json);
    }
    bundle
}

/// The line below the heads of a table, short: what a terminal draws takes three bytes for each of its pieces.
fn ruled(text: &str) -> String {
    let is_rule = |line: &str| !line.is_empty() && line.chars().all(|c| c == '─');
    let lines: Vec<&str> = text.lines().map(|line| if is_rule(line) { "--------" } else { line }).collect();
    lines.join("\n")
}

/// The machine-readable form. A report is plain data, so there is one; a person still sees the rest if there is none.
pub fn json(output: &Output) -> Option<serde_json::Value> {
    let mut json = serde_json::to_value(view::told(&output.report, &output.sources)).ok()?;
    without_undrawn(&mut json);
    Some(json)
}

/// Leaves out the runs of obligations, of which no picture is shown: `reconverge run --json` writes them.
fn without_undrawn(report: &mut serde_json::Value) {
    let findings = report.get_mut("findings").and_then(serde_json::Value::as_array_mut);
    let obligations =
        findings.into_iter().flatten().filter_map(|f| f["obligations"].as_array_mut()).flatten();
    for verdict in obligations.filter_map(|obligation| obligation["verdict"].as_object_mut()) {
        verdict.remove("trace");
    }
}

/// What a reader may move in a cell: the view of the widget with this id, and a table where there are no widgets.
pub fn panel(panel: &Panel, widget: &str) -> Bundle {
    let (text, html) = view::panel(panel);
    let mut bundle = Bundle::text(&text);
    bundle.data.insert("text/html".into(), html.into());
    let view = json!({ "model_id": widget, "version_major": 2, "version_minor": 0 });
    bundle.data.insert("application/vnd.jupyter.widget-view+json".into(), view);
    bundle
}

/// What went wrong, as lines with colours: for a place in which there was a report before.
pub fn failed(failed: &Failed) -> Bundle {
    Bundle::text(&failed.traceback.join("\n"))
}

/// Warnings, shown after what the cell shows; `None` if there are none.
pub fn warnings(list: &[Diagnostic], sources: &Sources) -> Option<Bundle> {
    if list.is_empty() {
        return None;
    }
    let mut bundle = Bundle::text(&diag::render::plain(list, sources));
    bundle.data.insert("text/html".into(), view::diagnostics_html(list, sources).into());
    Some(bundle)
}

/// How far the work is.
pub fn progress(rate: &Rate) -> Bundle {
    let (text, html) = progress_words(rate);
    let mut bundle = Bundle::text(&text);
    bundle.data.insert("text/html".into(), html.into());
    bundle
}

/// As text and as HTML.
pub fn progress_words(rate: &Rate) -> (String, String) {
    let elapsed = rate.elapsed;
    view::progress(&match rate.work {
        Work::Explored(engine::Progress { generated, distinct, depth, faults, frontier, bytes, caps }) => {
            let engine::Caps { states, depth: steps, bytes: memory } = caps;
            let caps = view::Caps { states, depth: steps, bytes: memory };
            view::Progress::Explored { generated, distinct, depth, faults, frontier, bytes, caps, elapsed }
        }
        Work::Compared(Variants { done, all, generated }) => {
            view::Progress::Compared { done: done as u64, all: all as u64, generated, elapsed }
        }
        Work::Simulated(simulate::Progress { events, runs_done, runs }) => {
            view::Progress::Simulated { events, runs_done, runs, elapsed }
        }
    })
}

/// The first error by its code and message, with how many more there are; all of them as lines, what matters in bold.
impl From<Failure> for Failed {
    fn from(Failure { diagnostics, sources }: Failure) -> Failed {
        let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.is_error()).collect();
        let more = match errors.len().saturating_sub(1) {
            0 => String::new(),
            1 => " (and 1 more error)".to_string(),
            n => format!(" (and {n} more errors)"),
        };
        let words = |d: &&Diagnostic| format!("{}: {}{more}", sources.describe(d.span), d.message);
        Failed {
            ename: errors.first().map_or("Error", |d| d.code.0.code).to_string(),
            evalue: errors.first().map(words).unwrap_or_default(),
            traceback: diag::render::bold(&diagnostics, &sources).lines().map(str::to_owned).collect(),
        }
    }
}

/// Of a cell that was stopped.
pub fn interrupted() -> Failed {
    Failed::new("Interrupted", "the cell was interrupted; the session is as it was before it")
}

/// Of a panic, by what it carries.
pub fn fault(panic: &(dyn Any + Send)) -> Failed {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let words = words.unwrap_or("the language stopped unexpectedly");
    let note = "this is a fault of Reconverge, not of the cell; the session is as it was before it";
    Failed::new("InternalError", &format!("{words} ({note})"))
}
