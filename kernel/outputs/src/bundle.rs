//! One output in several representations, and Jupyter's three words for an error.
//!
//! Enters: nothing. Leaves: JSON with the field names of Jupyter's messaging protocol.

use serde::Serialize;
use serde_json::{Map, Value};

/// One output in several representations.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Bundle {
    /// By MIME type: text, or JSON as itself.
    pub data: Map<String, Value>,
    /// By MIME type.
    pub metadata: Map<String, Value>,
}

impl Bundle {
    /// Of plain text.
    pub fn text(words: &str) -> Bundle {
        let mut bundle = Bundle::default();
        bundle.data.insert("text/plain".into(), words.into());
        bundle
    }

    /// As plain text.
    pub fn plain(&self) -> Option<&str> {
        self.data.get("text/plain").and_then(Value::as_str)
    }

    /// With another below it, as text and as HTML.
    #[must_use]
    pub fn above(self, other: &Bundle) -> Bundle {
        let of =
            |bundle: &Bundle, mime: &str| bundle.data.get(mime).and_then(Value::as_str).map(str::to_owned);
        let mut both = Bundle::default();
        for (mime, between) in [("text/plain", "\n"), ("text/html", "")] {
            let words: Vec<String> = [&self, other].into_iter().filter_map(|b| of(b, mime)).collect();
            // HTML takes the place of text, so that it is there only where both have it.
            if words.len() == 2 || mime == "text/plain" {
                both.data.insert(mime.into(), words.join(between).into());
            }
        }
        both
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
        Value::Null | Value::Bool(_) | Value::Number(_) => 5,
    }
}

/// Jupyter's three words for an error.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    /// Its code: `E0308`.
    pub ename: String,
    /// What it says, in a line.
    pub evalue: String,
    /// Lines, with ANSI colours.
    pub traceback: Vec<String>,
}

impl Failed {
    /// Of a line.
    pub fn new(ename: &str, evalue: &str) -> Failed {
        let line = format!("\x1b[1;31m{ename}\x1b[0m: {evalue}");
        Failed { ename: ename.into(), evalue: evalue.into(), traceback: vec![line] }
    }
}
