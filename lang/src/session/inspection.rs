//! Inspection: what is known of the name at the cursor; and whether a text is complete.
//!
//! Enters: a text, a cursor, the session. Leaves: a signature with documentation, or nothing.

use super::members::Declared;
use super::scan::{Token, blocks, scan};
use super::{Completeness, Inspection, Session};
use crate::{syntax, words};

impl Session {
    /// What is known of the name that byte `cursor` of `code` is in or right behind.
    pub fn inspect(&self, code: &str, cursor: usize) -> Option<Inspection> {
        let scanned = scan(code);
        let touches = |t: &&Token<'_>| t.is_word() && t.start <= cursor && cursor <= t.start + t.text.len();
        let token = *scanned.tokens.iter().rev().find(touches)?;
        let before: Vec<Token<'_>> =
            scanned.tokens.iter().copied().filter(|t| t.start < token.start).collect();
        let probe = self.probe(code);
        let after_dot = before.last().is_some_and(|t| t.text == ".");
        if let Some(found) = probe.system_named(token.text) {
            return Some(found);
        }
        let system = probe.system_at(&blocks(&before));
        let declared = system.map_or(Vec::new(), |s| probe.declared_in(&s));
        let named = |d: &&Declared| d.name == token.text;
        let best = declared.iter().filter(named).find(|d| d.is_field == after_dot);
        if let Some(d) = best.or(declared.iter().find(named)) {
            return Some(probe.describe(d));
        }
        if before.last().is_some_and(|t| t.text == "use")
            && let Some((_, text)) = self.library.iter().find(|(name, _)| name == token.text)
        {
            return Some(mapping(token.text, text));
        }
        word(token.text)
    }

    fn describe(&self, d: &Declared) -> Inspection {
        let colon = if matches!(d.kind, "action" | "def" | "node" | "member") { " " } else { ": " };
        let detail = if d.detail.is_empty() { String::new() } else { format!("{colon}{}", d.detail) };
        Inspection {
            signature: format!("{} {}{detail}", d.kind, d.name).replace(" (", "("),
            docs: d.docs.clone(),
            place: Some(self.sources.locate(d.span)),
            source: Some(self.sources.text(d.span).to_string()),
        }
    }

    fn system_named(&self, name: &str) -> Option<Inspection> {
        let definition = self.definitions.get(name)?;
        let from = definition.base.as_ref().map_or(String::new(), |b| format!(" from {b}"));
        let params: Vec<&str> = definition.params().collect();
        let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
        Some(Inspection {
            signature: format!("system {name}{params}{from}"),
            docs: definition.docs.clone().or_else(|| definition.sentence.clone()),
            place: Some(self.sources.locate(definition.span)),
            source: None,
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

/// A bundled mapping, by the comment that it starts with.
fn mapping(name: &str, text: &str) -> Inspection {
    let comment = text.lines().map_while(|l| l.trim().strip_prefix("//"));
    let docs: Vec<&str> = comment.map(|l| l.trim_start_matches('/').trim()).collect();
    let docs = Some(docs.join("\n")).filter(|d| !d.is_empty());
    Inspection { signature: format!("use {name}"), docs, place: None, source: Some(text.to_string()) }
}

fn word(text: &str) -> Option<Inspection> {
    let meanings = words::meanings(text);
    let first = meanings.first()?;
    let more: Vec<&str> = meanings.iter().map(|w| w.help).collect();
    Some(Inspection {
        signature: format!("{} {}", first.kind, first.text),
        docs: Some(more.join("\n")),
        place: None,
        source: None,
    })
}
