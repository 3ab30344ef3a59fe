//! Variants that hold something, as other languages have them: here a record with an enum and optional fields.
//!
//! Enters: the error at what a variant holds. Leaves: a diagnostic with the record, and the edit that writes it.

use super::Spot;
use crate::diag::Diagnostic;
use crate::syntax::token::Tok;
use crate::words::Kw;

/// A variant as written: its name, and the fields that go with it.
struct Variant {
    name: String,
    fields: Vec<String>,
}

impl Spot<'_, '_> {
    pub(super) fn payload(&self) -> Diagnostic {
        let message = "a variant is a name and nothing else";
        let record = "what goes with it stands in a record: `record NAME { kind: ENUM, value: TYPE? }`";
        let Some((first, last, text)) = self.as_record() else { return self.here(message).help(record) };
        let d = self.here(message);
        let words = if text.len() <= super::LONGEST * 2 {
            format!("what goes with it stands in a record: `{text}`")
        } else {
            record.to_owned()
        };
        d.fix(self.span(first, last), text, words)
    }

    /// The tokens of the whole enum, and what is written instead.
    fn as_record(&self) -> Option<(usize, usize, String)> {
        let (open, close) = self.brackets()?;
        let head = (0..open).rev().find(|i| self.tokens[*i].tok == Tok::Kw(Kw::Enum))?;
        let name = self.shown(head + 1);
        let inside = self.slice(open, close)?;
        let inside = inside.strip_prefix('{')?.strip_suffix('}')?;
        let variants: Option<Vec<Variant>> = parts(inside).map(variant).collect();
        let variants = variants?;
        let kinds: Vec<&str> = variants.iter().map(|v| v.name.as_str()).collect();
        let fields: Vec<&str> = variants.iter().flat_map(|v| v.fields.iter().map(String::as_str)).collect();
        let (kinds, fields) = (kinds.join(", "), fields.join(", "));
        let text = format!("enum {name}Kind {{ {kinds} }}  record {name} {{ kind: {name}Kind, {fields} }}");
        Some((head, close, text))
    }
}

/// `read`, `write(Value)`, `write { value: Value }`
fn variant(text: &str) -> Option<Variant> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = (&text[..end], text[end..].trim());
    if name.is_empty() {
        return None;
    }
    let fields = match rest {
        "" => Vec::new(),
        rest => {
            let inside = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')'));
            let inside = inside.or_else(|| rest.strip_prefix('{').and_then(|r| r.strip_suffix('}')))?;
            let all: Vec<&str> = parts(inside).collect();
            let numbered = all.len() > 1;
            all.iter().enumerate().map(|(i, part)| field(name, part, numbered.then_some(i + 1))).collect()
        }
    };
    Some(Variant { name: name.to_owned(), fields })
}

/// `value: Value?` of `value: Value`; what has no name is called as its variant.
fn field(variant: &str, part: &str, number: Option<usize>) -> String {
    let (name, ty) = match part.split_once(':') {
        Some((name, ty)) => (name.trim().to_owned(), ty.trim()),
        None => (number.map_or(variant.to_owned(), |n| format!("{variant}_{n}")), part),
    };
    let option = if ty.ends_with('?') { "" } else { "?" };
    format!("{name}: {ty}{option}")
}

/// What stands between commas that are in no brackets.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0u32;
    let between = move |c: char| {
        match c {
            '(' | '{' | '[' | '<' => depth += 1,
            ')' | '}' | ']' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(between).map(str::trim).filter(|part| !part.is_empty())
}
