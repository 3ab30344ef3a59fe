//! Completion: what may stand at the cursor.
//!
//! Enters: a text in the middle of being typed, and the session. Leaves: choices, the names of the system first. Where
//! it stands is judged by the words and brackets before it, so that it works in texts that are not right yet.

use super::members::{self, Declared};
use super::scan::{Block, Token, blocks, scan};
use super::vocabulary::{self, Place};
use super::{Completion, CompletionItem, Session};
use crate::syntax;
use crate::syntax::tree::Item;

/// Words that a system's name follows.
const BEFORE_SYSTEM: &[&str] = &[
    "check", "audit", "diagram", "find", "mutate", "graph", "start", "simulate", "extend", "from", "compare",
    "grade", "against", "of",
];

impl Session {
    /// What may stand at byte `cursor` of `code` (clamped to the text, and to the start of a character).
    pub fn complete(&self, code: &str, cursor: usize) -> Completion {
        let mut end = cursor.min(code.len());
        while !code.is_char_boundary(end) {
            end -= 1;
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let start =
            code[..end].char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(end, |(i, _)| i);
        let before = scan(&code[..start]);
        if before.inside_words || code[start..end].starts_with(|c: char| c.is_ascii_digit()) {
            return Completion { start: end, end, items: Vec::new() };
        }
        let typed = code[start..end].to_lowercase();
        let mut items: Vec<CompletionItem> = Vec::new();
        for item in self.probe(code).choices(&before.tokens) {
            if item.text.to_lowercase().starts_with(&typed) && !items.iter().any(|i| i.text == item.text) {
                items.push(item);
            }
        }
        Completion { start, end, items }
    }

    /// The session as it would be after this text, errors passed over.
    pub(super) fn probe(&self, code: &str) -> Session {
        let mut probe = self.clone();
        let source = probe.sources.add("here", code);
        let (tree, _) = syntax::parse(source, code);
        let mut nothing = crate::report::DefinedReport { systems: Vec::new(), stale: Vec::new() };
        for item in &tree.items {
            if let Item::Use(name) = item {
                probe.bring_in(name, &mut nothing, &mut Vec::new());
            }
        }
        probe.definitions.apply("here", &tree.items);
        probe
    }

    fn choices(&self, before: &[Token<'_>]) -> Vec<CompletionItem> {
        let open = blocks(before);
        let last = before.last().map_or("", |t| t.text);
        match last {
            "use" if open.is_empty() => {
                return self.library.iter().map(|(name, _)| item(name, "mapping", None)).collect();
            }
            "." => return self.after_dot(&open),
            ":" => return self.after_colon(before, &open),
            "," if types_of_concept(before).is_some() => return self.after_colon(before, &open),
            _ => {}
        }
        if open.is_empty() && names_system(before) {
            return self.systems();
        }
        let mut found = Vec::new();
        for place in places(&open, before) {
            found.extend(vocabulary::at(*place).map(|w| item(w.0, w.kind(), Some(w.2.to_string()))));
        }
        if open.is_empty() {
            found.extend(self.systems());
        }
        let mut names = self.names(&open);
        names.append(&mut found);
        names
    }

    fn systems(&self) -> Vec<CompletionItem> {
        let mut names: Vec<&str> = self.definitions.names().collect();
        names.sort_unstable();
        names.into_iter().map(|n| item(n, "system", None)).collect()
    }

    /// The system whose names count inside these blocks.
    pub(super) fn system_at(&self, open: &[Block<'_>]) -> Option<String> {
        let named = open.iter().map(|b| b.name).find(|n| self.definitions.get(n).is_some());
        named.map(str::to_owned).or_else(|| self.subject.as_ref().map(|s| s.name.text.clone()))
    }

    pub(super) fn declared_in(&self, system: &str) -> Vec<Declared> {
        match (self.program_of(system), self.definitions.get(system)) {
            (Some(program), _) => members::typed(&program),
            (None, Some(definition)) => members::untyped(definition),
            (None, None) => Vec::new(),
        }
    }

    fn choices_of(&self, open: &[Block<'_>], fields: bool) -> Vec<CompletionItem> {
        let Some(system) = self.system_at(open) else { return Vec::new() };
        let mut found: Vec<CompletionItem> = self
            .declared_in(&system)
            .into_iter()
            .filter(|d| d.is_field == fields)
            .map(|d| item(&d.name, d.kind, Some(d.detail).filter(|t| !t.is_empty())))
            .collect();
        found.sort_by(|a, b| (a.kind, &a.text).cmp(&(b.kind, &b.text)));
        found
    }

    /// Names of the system, its nodes' members included; fields are for after a dot.
    fn names(&self, open: &[Block<'_>]) -> Vec<CompletionItem> {
        self.choices_of(open, false)
    }

    fn after_dot(&self, open: &[Block<'_>]) -> Vec<CompletionItem> {
        let mut found = self.choices_of(open, true);
        if open
            .iter()
            .any(|b| matches!(b.head, "action" | "on" | "act" | "at" | "if" | "else" | "for" | "choose"))
        {
            found.extend(vocabulary::at(Place::Method).map(|w| item(w.0, w.kind(), Some(w.2.to_string()))));
        }
        found
    }

    fn after_colon(&self, before: &[Token<'_>], open: &[Block<'_>]) -> Vec<CompletionItem> {
        if let Some(place) = types_of_concept(before) {
            return vocabulary::at(place).map(|w| item(w.0, w.kind(), Some(w.2.to_string()))).collect();
        }
        // A type, or (in `all x in S: P` and record values) an expression.
        let words = [Place::Type, Place::Expression].into_iter().flat_map(vocabulary::at);
        let mut found = self.names(open);
        found.extend(words.map(|w| item(w.0, w.kind(), Some(w.2.to_string()))));
        found
    }
}

fn item(text: &str, kind: &'static str, detail: Option<String>) -> CompletionItem {
    CompletionItem { text: text.to_string(), kind, detail }
}

/// Whether a system's name is expected after these tokens, outside of all blocks.
fn names_system(before: &[Token<'_>]) -> bool {
    let word = |back: usize| before.len().checked_sub(back).map_or("", |i| before[i].text);
    match word(1) {
        // `compare A, B` and `grade A against B, C`
        "," => {
            let list = before.iter().rev().find(|t| t.is_word() && BEFORE_SYSTEM.contains(&t.text));
            list.is_some_and(|t| matches!(t.text, "compare" | "against"))
        }
        "on" => before.iter().rev().nth(1).is_some_and(Token::is_string),
        last => BEFORE_SYSTEM.contains(&last),
    }
}

/// After `order NAME:` and `order NAME: leader,`: the place of that concept's types.
fn types_of_concept(before: &[Token<'_>]) -> Option<Place> {
    let colon = before.iter().rposition(|t| t.text == ":")?;
    let list = &before[colon + 1..];
    let is_list = list.iter().enumerate().all(|(i, t)| if i % 2 == 0 { t.is_word() } else { t.text == "," });
    if !is_list || colon < 2 || list.len() % 2 == 1 {
        return None;
    }
    match before[colon - 2].text {
        "order" => Some(Place::OrderType),
        "invariant" => Some(Place::InvariantType),
        "resolution" => Some(Place::ResolutionType),
        "reconciler" => Some(Place::ReconcilerType),
        _ => None,
    }
}

/// What kinds of words may stand inside these blocks.
fn places(open: &[Block<'_>], before: &[Token<'_>]) -> &'static [Place] {
    use Place::*;
    let Some(block) = open.iter().rev().find(|b| !b.head.is_empty()) else { return &[Top, Expression] };
    match block.head {
        "system" | "extend" => {
            let after_operator =
                before.last().is_some_and(|t| matches!(t.text, "=" | "<" | "(" | "->" | "when" | "where"));
            if after_operator { &[Type, Expression] } else { &[Member, Detail] }
        }
        "node" => &[Node, Type],
        "record" | "message" => &[Type],
        "enum" => &[],
        "order" => &[Order, Expression],
        "invariant" => &[Invariant, Expression],
        "resolution" => &[Resolution, Expression],
        "reconciler" => &[Reconciler, Expression],
        "check" | "audit" | "simulate" | "graph" | "sweep" => &[Option],
        "faults" => &[Fault],
        "scenario" => &[Line, Expression],
        "find" => &[Expression],
        _ => &[Effect, Expression],
    }
}
