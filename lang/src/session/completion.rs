//! Completion: what may stand at the cursor.
//!
//! Enters: a text in the middle of being typed, and the session. Leaves: choices, the names of the system first. Where
//! it stands is judged by the words and brackets before it, so that it works in texts that are not right yet.

use super::members::{self, Declared};
use super::scan::{Block, Token, blocks, scan};
use super::{Completion, CompletionItem, Session};
use crate::concepts::{ConceptKind, ExpectedVerdict};
use crate::syntax::tree::Item;
use crate::words::{Kw, Place};
use crate::{syntax, words};

impl Session {
    /// What may stand at byte `cursor` of `code` (clamped to the text, and to the start of a character).
    pub fn complete(&self, code: &str, cursor: usize) -> Completion {
        let mut end = cursor.min(code.len());
        while !code.is_char_boundary(end) {
            end -= 1;
        }
        if let Some(steps) = self.steps_by_hand(&code[..end]) {
            return steps;
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

    /// After `do `, in a cell: the steps that can be taken by hand and begin with what is there.
    fn steps_by_hand(&self, before: &str) -> Option<Completion> {
        let scan = scan(before);
        let at = scan.tokens.iter().rposition(|t| t.text == Kw::Do.word())?;
        let rest = &before[scan.tokens[at].start + Kw::Do.word().len()..];
        let line = rest.trim_start();
        let another = scan.tokens.iter().any(|t| t.text == Kw::Start.word());
        if line.len() == rest.len()
            || rest.contains('\n')
            || another
            || !blocks(&scan.tokens[..at]).is_empty()
        {
            return None;
        }
        let hand = self.hand.as_deref()?;
        let steps = hand.offered(&self.definitions, &self.sources);
        let items: Vec<CompletionItem> =
            steps.filter(|step| step.starts_with(line)).map(|step| item(step, "step", None)).collect();
        let (start, end) = (before.len() - line.len(), before.len());
        (!items.is_empty()).then_some(Completion { start, end, items })
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
            "expect" if !open.is_empty() => {
                let verdicts = ExpectedVerdict::all().map(|v| item(v.word(), "keyword", None));
                return verdicts.chain(self.names(&open)).chain(offered(Place::Expression)).collect();
            }
            "," if types_of_concept(before).is_some() => return self.after_colon(before, &open),
            _ => {}
        }
        if open.is_empty() && names_system(before) {
            return self.systems();
        }
        if let Some(unit) = unit_after(before, open.is_empty()) {
            return vec![item(unit.word(), "keyword", None)];
        }
        let mut found: Vec<CompletionItem> = places(&open, before).iter().flat_map(|p| offered(*p)).collect();
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
        if open.iter().any(|b| b.places().is_some_and(|places| places.contains(&Place::Effect))) {
            found.extend(offered(Place::Method));
        }
        found
    }

    fn after_colon(&self, before: &[Token<'_>], open: &[Block<'_>]) -> Vec<CompletionItem> {
        if let Some(place) = types_of_concept(before) {
            return offered(place).collect();
        }
        // A type, or (in `all x in S: P` and record values) an expression.
        let mut found = self.names(open);
        found.extend([Place::Type, Place::Expression].into_iter().flat_map(offered));
        found
    }
}

fn offered(place: Place) -> impl Iterator<Item = CompletionItem> {
    words::at(place).into_iter().map(|word| item(word.text, word.kind, Some(word.help.to_string())))
}

fn item(text: &str, kind: &'static str, detail: Option<String>) -> CompletionItem {
    CompletionItem { text: text.to_string(), kind, detail }
}

/// Whether a system's name is expected after these tokens, outside of all blocks.
fn names_system(before: &[Token<'_>]) -> bool {
    let names = |token: &Token<'_>| token.keyword().filter(|kw| kw.names_system());
    let Some(last) = before.last() else { return false };
    match last.text {
        // `compare A, B` and `grade A against B, C`
        "," => {
            let list = before.iter().rev().find_map(names);
            matches!(list, Some(Kw::Compare | Kw::Against))
        }
        "on" => before.iter().rev().nth(1).is_some_and(Token::is_string),
        _ => names(last).is_some(),
    }
}

/// What is counted after `every 3`, `within 3`.
fn unit_after(before: &[Token<'_>], outside: bool) -> Option<Kw> {
    let [.., word, number] = before else { return None };
    let counted = number.text.bytes().all(|b| b.is_ascii_digit());
    match word.keyword().filter(|_| counted)? {
        Kw::Within if outside => Some(Kw::Steps),
        Kw::Every | Kw::Within if !outside => Some(Kw::Ticks),
        _ => None,
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
    let kind = ConceptKind::ALL.into_iter().find(|kind| kind.word() == before[colon - 2].text)?;
    Some(Place::of_types(kind))
}

/// What kinds of words may stand inside these blocks.
fn places(open: &[Block<'_>], before: &[Token<'_>]) -> &'static [Place] {
    let Some(places) = open.iter().rev().find_map(Block::places) else {
        return &[Place::Top, Place::Expression];
    };
    let after_operator =
        before.last().is_some_and(|t| matches!(t.text, "=" | "<" | "(" | "->" | "when" | "where"));
    if after_operator && places.contains(&Place::Member) {
        return &[Place::Type, Place::Expression];
    }
    places
}
