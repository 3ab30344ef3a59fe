//! Reports as MIME bundles.
//!
//! Enters: outputs of a session, progress, diagnostics. Leaves: bundles for `display_data` and `execute_result`.

use crate::worker::Rate;
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::engine::Progress;
use reconverge_lang::session::Output;
use reconverge_lang::span::Sources;
use reconverge_lang::{diag, view};
use serde_json::{Map, Value};

/// The machine-readable form of a report.
pub const JSON_MIME: &str = "application/vnd.reconverge+json";

/// One output in several representations.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    pub data: Map<String, Value>,
    pub metadata: Map<String, Value>,
}

impl Bundle {
    pub fn text(words: &str) -> Bundle {
        let mut bundle = Bundle::default();
        bundle.data.insert("text/plain".into(), words.into());
        bundle
    }

    pub fn plain(&self) -> Option<&str> {
        self.data.get("text/plain").and_then(Value::as_str)
    }

    /// About how much it weighs on the wire.
    pub fn bytes(&self) -> usize {
        self.data.values().map(weight).sum()
    }
}

fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(map) => map.iter().map(|(k, v)| k.len() + 4 + weight(v)).sum(),
        _ => 5,
    }
}

pub fn output(output: &Output) -> Bundle {
    let mut bundle = Bundle::text(&view::text(&output.report, &output.sources));
    bundle.data.insert("text/html".into(), view::html(&output.report, &output.sources).into());
    if let Some(svg) = view::svg(&output.report, view::Theme::Light) {
        bundle.data.insert("image/svg+xml".into(), svg.into());
    }
    // A report is plain data, so this does not fail; a person still sees the rest if it ever does.
    if let Ok(json) = serde_json::to_value(&output.report) {
        bundle.data.insert(JSON_MIME.into(), json);
    }
    bundle
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

pub fn progress(rate: &Rate) -> Bundle {
    let Progress { generated, distinct, depth, frontier } = rate.progress;
    let (text, html) =
        view::progress(&view::Progress { generated, distinct, depth, frontier, elapsed: rate.elapsed });
    let mut bundle = Bundle::text(&text);
    bundle.data.insert("text/html".into(), html.into());
    bundle
}
