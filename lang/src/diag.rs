//! Diagnostics: what is wrong with a program, as data, for people.
//!
//! Enters: findings of every pass. Leaves: diagnostics with a stable code, exact spans and the likeliest fix, worded in
//! the pass that finds them; rendered as text by [`render`], in HTML by `view`.

use crate::span::Span;
use schemars::JsonSchema;
use serde::Serialize;

pub mod codes;
pub mod render;

pub use codes::Code;

/// How much it matters. A cell with an error changes nothing in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// What is suspicious; everything goes on.
    Warning,
    /// What cannot be carried out.
    Error,
}

/// One thing to say about the text of the author.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// Stable: what it is known by.
    pub code: Code,
    /// Whether anything is carried out all the same.
    pub severity: Severity,
    /// One line, lower case, no full stop: `expected a node, found set<Broker>`.
    pub message: String,
    /// Where it stands.
    pub span: Span,
    /// What stands at the primary span, in a few words.
    pub label: Option<String>,
    /// Other places that matter: where it was declared, what it was first.
    pub related: Vec<(Span, String)>,
    /// The likeliest fix, in words; what stands in backticks is a piece of a program.
    pub help: Option<String>,
    /// The edit that does what `help` says, where one edit does it.
    pub fix: Option<Fix>,
}

/// An edit of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fix {
    /// What is replaced; of no width where something is put in.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

impl Diagnostic {
    /// An error without label, relatives or help.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: short(message.into()),
            span,
            label: None,
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// A warning without label, relatives or help.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Words at the span itself.
    pub fn label(mut self, words: impl Into<String>) -> Self {
        self.label = Some(short(words.into()));
        self
    }

    /// Another place that has to do with it.
    pub fn related(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }

    /// The likeliest fix.
    pub fn help(mut self, words: impl Into<String>) -> Self {
        self.help = Some(short(words.into()));
        self
    }

    /// `help`, and the edit that does it.
    pub fn fix(mut self, span: Span, text: impl Into<String>, words: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, text: text.into() });
        self.help(words)
    }

    /// What is to be written in place of what stands at the primary span.
    pub fn write(self, text: impl Into<String>) -> Self {
        let (span, text) = (self.span, text.into());
        let words = format!("write `{text}`");
        self.fix(span, text, words)
    }

    /// The name that was meant at the primary span.
    pub fn meant(self, name: &str) -> Self {
        let span = self.span;
        self.fix(span, name, format!("did you mean `{name}`?"))
    }

    /// Which of the names that are known was meant by `name` at the primary span; if none is near, `otherwise` says what
    /// there is.
    pub fn meant_among<'a>(
        self,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> Self {
        match nearest(name, known) {
            Some(near) => self.meant(near),
            None => self.help(otherwise),
        }
    }

    /// Whether nothing is carried out.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Names may be as long as a cell, what is said of them not.
fn short(words: String) -> String {
    const MOST: usize = 4000;
    match words.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &words[..cut]),
        None => words,
    }
}

/// The nearest of `candidates` to a misspelt name, if one is near enough to be meant. A name is never meant for itself.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .filter(|c| *c != name)
        .map(|c| (strsim::damerau_levenshtein(&name.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(distance, c)| {
            let longest = name.chars().count().max(c.chars().count());
            // Names of one letter are near to nothing.
            *distance <= 1 + longest / 4 && *distance < longest
        })
        .min()
        .map(|(_, c)| c)
}
