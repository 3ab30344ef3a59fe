//! A function or method of another language, as a diagnostic says it.
//!
//! Enters: a diagnostic, the call and what it is given, as text. Leaves: the diagnostic with what is written here.

use crate::diag::Diagnostic;
use crate::span::Span;
use crate::words::foreign_call;

/// Names that stand for something to be filled in.
const GAPS: [&str; 6] = ["EXPR", "KEY", "NODE", "P", "Q", "S"];

/// The diagnostic with what is written in place of `call`; none where nobody knows the function.
pub(crate) fn elsewhere(d: Diagnostic, call: Span, function: &str, args: &[&str]) -> Option<Diagnostic> {
    let entry = foreign_call(function, args)?;
    let text = entry.with(args).unwrap_or_default();
    let gap = entry.here.split(|c: char| !c.is_alphanumeric()).any(|word| GAPS.contains(&word));
    let words = match (entry.why, text.as_str()) {
        (why, "") => why.to_string(),
        ("", text) => format!("write `{text}`"),
        (why, text) => format!("{why}: `{text}`"),
    };
    let filled_in = !gap && !text.is_empty() && (text.starts_with('{') || !text.contains('{'));
    Some(if filled_in { d.fix(call, text, words) } else { d.help(words) })
}
