//! Where something is: sources (cells, mapping files) and half-open byte ranges in them.
//!
//! Enters: source texts as they are read. Leaves: spans, and lines and columns for people (1-based, in code points).

use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// One source text: a cell of a notebook, or a mapping file. Ids are handed out by [`Sources`] and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Default)]
pub struct SourceId(pub u32);

/// A half-open byte range `start..end` of one source; `start <= end`, both on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Default)]
pub struct Span {
    /// In which text.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
}

/// As the command line writes it: with what people need to find it. Notebooks keep the bytes alone.
impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Half-open range of bytes in a text; lines and columns from 1, columns in characters.",
            "type": "object",
            "properties": {
                "source": { "type": "integer", "minimum": 0 },
                "start": { "type": "integer", "minimum": 0 },
                "end": { "type": "integer", "minimum": 0 },
                "name": { "type": "string" },
                "line": { "type": "integer", "minimum": 1 },
                "column": { "type": "integer", "minimum": 1 },
            },
            "required": ["source", "start", "end", "name", "line", "column"],
            "additionalProperties": false,
        })
    }
}

impl Span {
    /// From byte to byte.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Span { source, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both; `self` and `other` lie in the same source.
    pub fn to(self, other: Span) -> Span {
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether another lies in it.
    pub fn contains(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }

    /// In bytes.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A position for people: 1-based line and column, the column in Unicode code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// A position in a source that people know by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Location {
    /// The name of the text.
    pub source: String,
    /// Where in it.
    pub position: Position,
}

/// `cell 2:2:8`
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.position.line, self.position.column)
    }
}

/// A source text with the name that people know it by (`cell 2`, `kafka.rcv`).
#[derive(Debug, Clone)]
pub struct Source {
    /// As reports call it.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// All source texts of a session, in the order in which they were added. A clone shares the texts.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    list: Vec<Arc<Source>>,
}

impl Sources {
    /// Keeps a text, and gives it a number.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.list.push(Arc::new(Source { name: name.into(), text: text.into() }));
        SourceId(self.list.len() as u32 - 1)
    }

    /// Panics: the number is not of these sources.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    /// The same texts, some of them by another name.
    pub fn renamed(&self, name: impl Fn(&str) -> Option<String>) -> Sources {
        let renamed = |source: &Arc<Source>| match name(&source.name) {
            Some(name) => Arc::new(Source { name, text: source.text.clone() }),
            None => source.clone(),
        };
        Sources { list: self.list.iter().map(renamed).collect() }
    }

    /// What the texts are called, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|source| source.name.as_str())
    }

    /// The texts, in the order in which they were added.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|source| source.text.as_str())
    }

    /// The text that a span covers.
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.source).text[span.range()]
    }

    /// Line and column of a byte offset (clamped to the text) in a source.
    pub fn position(&self, source: SourceId, offset: u32) -> Position {
        let text = &self.get(source).text;
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Position {
            line: before.matches('\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
        }
    }

    /// Where a span starts.
    pub fn locate(&self, span: Span) -> Location {
        let position = self.position(span.source, span.start);
        Location { source: self.get(span.source).name.clone(), position }
    }

    /// `cell 2:2:8`: source name, line and column of a span's start.
    pub fn describe(&self, span: Span) -> String {
        self.locate(span).to_string()
    }
}
