//! Inspection: what is known of a name, at the cursor or asked for by `?NAME`; and whether a text is complete.
//!
//! Enters: a text, a cursor, the session. Leaves: a signature with documentation, or nothing.

use super::members::Declared;
use super::scan::{Token, blocks, scan};
use super::{Completeness, Session, Stop};
use crate::diag::codes::analysis as analysis_codes;
use crate::diag::{self, Diagnostic};
use crate::report::{InspectedMember, Inspection};
use crate::span::Span;
use crate::syntax::tree::Name;
use crate::{syntax, words};

/// A text of more lines is not shown with its name.
const LINES: usize = 24;

impl Session {
    /// What is known of the name that byte `cursor` of `code` is in or right behind.
    pub fn inspect(&self, code: &str, cursor: usize) -> Option<Inspection> {
        let scanned = scan(code);
        let touches = |t: &&Token<'_>| t.is_word() && t.start <= cursor && cursor <= t.start + t.text.len();
        let token = *scanned.tokens.iter().rev().find(touches)?;
        let before: Vec<Token<'_>> =
            scanned.tokens.iter().copied().filter(|t| t.start < token.start).collect();
        let last = before.last().map_or("", |t| t.text);
        let probe = self.probe(code);
        let system = probe.system_at(&blocks(&before));
        let stands = match last {
            "." => Stands::BehindDot,
            "use" => Stands::BehindUse,
            "?" => Stands::Anywhere,
            _ => Stands::Alone,
        };
        probe.known(token.text, system.as_deref(), stands)
    }

    /// What is known of a name. `system`: whose names come first.
    fn known(&self, name: &str, system: Option<&str>, stands: Stands) -> Option<Inspection> {
        if let Some(found) = self.system_named(name) {
            return Some(found);
        }
        let declared = system.map_or(Vec::new(), |s| self.declared_in(s));
        let named = |d: &&Declared| d.name == name;
        let best = declared.iter().filter(named).find(|d| d.is_field == (stands == Stands::BehindDot));
        if let (Some(d), Some(system)) = (best.or(declared.iter().find(named)), system) {
            return Some(self.describe(d, system));
        }
        if matches!(stands, Stands::BehindUse | Stands::Anywhere)
            && let Some((_, text)) = self.library.iter().find(|(known, _)| known == name)
        {
            return Some(mapping(name, text));
        }
        (stands == Stands::Anywhere).then(|| self.elsewhere(name)).flatten().or_else(|| word(name))
    }

    /// In the system defined last that has it; or the code of a diagnostic.
    fn elsewhere(&self, name: &str) -> Option<Inspection> {
        let systems: Vec<&str> = self.definitions.names().collect();
        let found = systems.iter().rev().find_map(|system| {
            let declared = self.declared_in(system);
            declared.iter().find(|d| d.name == name).map(|d| self.describe(d, system))
        });
        found.or_else(|| code(name))
    }

    fn describe(&self, d: &Declared, system: &str) -> Inspection {
        let name = &d.name;
        let source = self.written(d, system);
        let next = match d.kind {
            "order" | "invariant" | "resolution" | "reconciler" => {
                Some(format!("check {system} {{ only {name} }}"))
            }
            _ => None,
        };
        Inspection {
            docs: d.docs.clone(),
            next,
            place: Some(self.sources.locate(d.span)),
            source: source.clone().filter(|s| s.lines().count() <= LINES),
            whole: source,
            ..Inspection::of(d.signature())
        }
    }

    /// The text of the member that declares a name; none of a field, of which the signature says all.
    fn written(&self, d: &Declared, system: &str) -> Option<String> {
        let declares =
            |span: Span| span.source == d.span.source && span.start <= d.span.start && d.span.end <= span.end;
        let mut entries = self.definitions.get(system)?.entries.iter().filter(|_| !d.is_field);
        let span = entries.find(|e| declares(e.member.span))?.member.span;
        Some(level(self.sources.text(span)))
    }

    fn system_named(&self, name: &str) -> Option<Inspection> {
        let definition = self.definitions.get(name)?;
        let from = definition.base.as_ref().map_or(String::new(), |b| format!(" from {b}"));
        let params: Vec<&str> = definition.params().collect();
        let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
        let declared = self.declared_in(name);
        // What belongs to a type or a node is said with it.
        let shown = declared.iter().filter(|d| !d.is_field && !matches!(d.kind, "member" | "variant"));
        let docs = [&definition.docs, &definition.sentence].into_iter().flatten().cloned();
        Some(Inspection {
            docs: Some(docs.collect::<Vec<_>>().join("\n")).filter(|docs| !docs.is_empty()),
            members: shown
                .map(|d| InspectedMember { signature: d.signature(), docs: d.docs.clone() })
                .collect(),
            next: Some(format!("check {name}")),
            place: Some(self.sources.locate(definition.span)),
            ..Inspection::of(format!("system {name}{params}{from}"))
        })
    }

    /// Whether a text can be executed as it stands.
    pub fn is_complete(&self, code: &str) -> Completeness {
        match syntax::completeness(super::magic::without(code).as_deref().unwrap_or(code)) {
            syntax::Completeness::Complete => Completeness::Complete,
            syntax::Completeness::Incomplete { indent } => {
                Completeness::Incomplete { indent: " ".repeat(indent) }
            }
            syntax::Completeness::Invalid => Completeness::Invalid,
        }
    }
}

/// Where a name stands: what it can be.
#[derive(Clone, Copy, PartialEq)]
enum Stands {
    BehindDot,
    BehindUse,
    Alone,
    /// Behind a `?`.
    Anywhere,
}

/// What is known of the name of `?NAME`.
pub(super) fn asked(session: &Session, name: &Name) -> Result<Inspection, Stop> {
    let system = session.subject.as_ref().map(|s| s.name.text.as_str());
    session.known(&name.text, system, Stands::Anywhere).ok_or_else(|| {
        let message = format!("nothing is known of `{}`", name.text);
        let d = Diagnostic::error(analysis_codes::UNKNOWN_NAME, name.span, message);
        let mut names: Vec<String> = session.definitions.names().map(str::to_owned).collect();
        names.extend(system.map_or(Vec::new(), |s| session.declared_in(s)).into_iter().map(|d| d.name));
        let words =
            "`?` asks about a system, one of its names, a word of the language or a code such as `E0201`";
        Stop::Diagnostics(vec![d.meant_among(&name.text, names.iter().map(String::as_str), words)])
    })
}

impl Inspection {
    fn of(signature: String) -> Inspection {
        Inspection {
            signature,
            docs: None,
            members: Vec::new(),
            next: None,
            place: None,
            source: None,
            whole: None,
        }
    }
}

impl Declared {
    /// `state n: 0..3`, `action inc(by: 1..2)`
    fn signature(&self) -> String {
        let colon = match self.kind {
            "action" | "def" | "node" | "member" => " ",
            "param" => " = ",
            _ => ": ",
        };
        let detail = if self.detail.is_empty() { String::new() } else { format!("{colon}{}", self.detail) };
        format!("{} {}{detail}", self.kind, self.name).replace(" (", "(").replace(" [", "[")
    }
}

/// A bundled mapping, by the comment that it starts with.
fn mapping(name: &str, text: &str) -> Inspection {
    let comment = text.lines().map_while(|l| l.trim().strip_prefix("//"));
    let docs: Vec<&str> = comment.map(|l| l.trim_start_matches('/').trim()).collect();
    Inspection {
        docs: Some(docs.join("\n")).filter(|d| !d.is_empty()),
        next: Some(format!("use {name}")),
        whole: Some(text.to_string()),
        ..Inspection::of(format!("mapping {name}"))
    }
}

fn word(text: &str) -> Option<Inspection> {
    let meanings = words::meanings(text);
    let first = meanings.first()?;
    let more: Vec<&str> = meanings.iter().map(|w| w.help).collect();
    Some(Inspection {
        docs: Some(more.join("\n")),
        ..Inspection::of(format!("{} {}", first.kind, first.text))
    })
}

fn code(name: &str) -> Option<Inspection> {
    let entry = diag::codes::all().find(|c| c.0.code.eq_ignore_ascii_case(name))?.0;
    Some(Inspection {
        docs: Some(entry.explanation.to_string()),
        source: Some(entry.example.to_string()).filter(|s| !s.is_empty()),
        ..Inspection::of(format!("{}: {}", entry.code, entry.title))
    })
}

/// A text whose later lines stand as far to the left as they can.
fn level(text: &str) -> String {
    let later = text.lines().skip(1).filter(|l| !l.trim().is_empty());
    let indent = later.map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let line = |(i, l)| if i == 0 { l } else { str::get(l, indent..).unwrap_or("") };
    text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
}
