//! Completion: what may stand at the cursor.
//!
//! Enters: a text in the middle of being typed, and the session. Leaves: proposals, the likeliest first. Which words may
//! stand there the parser says (`syntax::cursor`), which names analysis (`analysis::sought`); here both are put in order.

use super::magic;
use super::{Completion, CompletionItem, Session};
use crate::analysis::sought::{Pointer, Seen, in_system};
use crate::span::{SourceId, Span};
use crate::syntax::cursor::{self, Body, CURSOR, In, Role, Sight, Spot};
use crate::syntax::tree::{CommandKind, Extend, Item, Name, Target};
use crate::words::CellWord;
use proposals::Proposals;

mod commands;
mod members;
mod proposals;
mod snippets;
mod types;
mod values;
mod words;

impl Session {
    /// What may stand at byte `cursor` of `code` (clamped to the text, and to the start of a character).
    pub fn complete(&self, code: &str, cursor: usize) -> Completion {
        self.complete_among(code, cursor, &Vec::new)
    }

    /// The same with the files that `use` may read, by their paths from the folder of the notebook.
    pub fn complete_among(&self, code: &str, cursor: usize, files: &dyn Fn() -> Vec<String>) -> Completion {
        let mut end = cursor.min(code.len());
        while !code.is_char_boundary(end) {
            end -= 1;
        }
        if let Some(found) = magic::offered(code, end).or_else(|| self.steps_by_hand(code, end)) {
            return found;
        }
        if let Some(found) = self.files_to_use(code, end, files) {
            return found;
        }
        // What is compared stands in a cell of Rust.
        let behind = code[..end].trim_start().strip_prefix(CellWord::Conform.word());
        if behind.is_some_and(|rest| !rest.is_empty() && rest.trim().is_empty()) {
            return Completion { start: end, end, items: Vec::new() };
        }
        let without = magic::without(code);
        let (mut sources, code) = (self.sources.clone(), without.as_deref().unwrap_or(code));
        let source = sources.add("here", code);
        let nothing = Completion { start: end, end, items: Vec::new() };
        let Some(spot) = cursor::spot(source, code, end) else { return nothing };
        let typed = code[spot.start..end].to_lowercase();
        let items = Asker { session: self, source, code, spot: &spot }.proposals().items(&typed);
        Completion { start: spot.start, end, items }
    }

    /// After `do `, in a cell: the steps that can be taken by hand and begin with what is there.
    fn steps_by_hand(&self, code: &str, end: usize) -> Option<Completion> {
        let hand = self.hand.as_deref()?;
        let start = cursor::line_of_do(&code[..end])?;
        let line = &code[start..end];
        let steps = hand.offered(&self.definitions, &self.sources);
        let item = |step: &str| CompletionItem {
            text: step.to_owned(),
            kind: "step",
            detail: None,
            docs: None,
            snippet: None,
        };
        let items: Vec<CompletionItem> = steps.filter(|step| step.starts_with(line)).map(item).collect();
        (!items.is_empty()).then_some(Completion { start, end, items })
    }

    /// Within the quotes behind `use`: files, those that are used already among them, and bundled mappings, which have none.
    fn files_to_use(&self, code: &str, end: usize, files: &dyn Fn() -> Vec<String>) -> Option<Completion> {
        let start = cursor::quote_of_use(&code[..end])?;
        let typed = &code[start + 1..end];
        let mut paths = files();
        paths.extend(self.files.iter().map(|used| used.path.clone()));
        paths.sort_unstable();
        paths.dedup();
        let item = |text: String, kind: &'static str| CompletionItem {
            text,
            kind,
            detail: None,
            docs: None,
            snippet: None,
        };
        let paths = paths.into_iter().filter(|path| path.starts_with(typed));
        let bundled = self.library.iter().filter(|(name, _)| name.starts_with(typed));
        let items = paths.map(|path| item(format!("\"{path}\""), "file"));
        let items = items.chain(bundled.map(|(name, _)| item(name.clone(), "mapping"))).collect();
        let closed = usize::from(code[end..].starts_with('"'));
        Some(Completion { start, end: end + closed, items })
    }

    /// The session as it would be after these items, errors passed over.
    pub(super) fn after(&self, source: SourceId, code: &str, items: &[Item]) -> Session {
        let mut probe = self.clone();
        let again = probe.sources.add("here", code);
        debug_assert_eq!(again, source);
        let mut nothing = crate::report::DefinedReport { systems: Vec::new(), stale: Vec::new() };
        for item in items {
            if let Item::Use(name) = item {
                probe.bring_in(name, &mut nothing, &mut Vec::new());
            }
        }
        probe.definitions.apply("here", items);
        probe
    }
}

/// Who asks what may stand at a place.
struct Asker<'a> {
    session: &'a Session,
    source: SourceId,
    code: &'a str,
    spot: &'a Spot,
}

impl Asker<'_> {
    fn proposals(&self) -> Proposals {
        let mut found = Proposals::default();
        let spot = self.spot;
        if !spot.takes.rests.is_empty() {
            words::rests(spot, &mut found);
            return found;
        }
        words::amounts(spot, &mut found);
        let probe = self.probe();
        let behind = spot.operand.as_ref().and_then(|(sight, end)| self.types_behind(&probe, sight, *end));
        words::offer(spot, behind.as_deref(), &mut found);
        if let Some(command) = Self::of_steps(spot) {
            self.without_impossible(&probe, command, &mut found);
        }
        let names = spot.takes.name && !words::ends_before(spot);
        if let Some(sight) = spot.sight.as_ref().filter(|_| names) {
            self.names(&probe, sight, &mut found);
        }
        found
    }

    /// The session with the rest of the text, and the member around the cursor as it is in the tree.
    fn probe(&self) -> Session {
        let mut items = self.spot.others.items.clone();
        let sights = self.spot.sight.iter().chain(self.spot.operand.as_ref().map(|(sight, _)| sight));
        if let Some(In::System(here)) = sights.map(|sight| &sight.inside).next() {
            with_member(&mut items, here, self.spot.at);
        }
        self.session.after(self.source, self.code, &items)
    }

    fn pointer(&self) -> Pointer {
        Pointer { name: CURSOR.to_owned(), at: self.spot.at, behind: None }
    }

    fn names(&self, probe: &Session, sight: &Sight, found: &mut Proposals) {
        match &sight.inside {
            In::System(item) => {
                let Some(name) = named(item) else { return };
                let Some(seen) = in_system(&probe.definitions, &plain(name), Some(self.pointer())) else {
                    return;
                };
                members::offer(seen, &sight.role, self.spot, found);
            }
            In::Command(command) => self.of_command(probe, &sight.role, command, found),
            In::Nothing => self.outside(probe, &sight.role, found),
        }
    }

    /// The command around, where steps are what it takes.
    fn of_steps(spot: &Spot) -> Option<&CommandKind> {
        if spot.body == Body::Lines {
            return words::command(spot);
        }
        match &spot.sight.as_ref()?.inside {
            In::Command(command) => Some(&**command).filter(|c| matches!(c, CommandKind::Do(_))),
            In::System(_) | In::Nothing => None,
        }
    }

    /// The system that an expression outside of all blocks is about: that of the command before it.
    fn subject(&self, probe: &Session) -> Option<String> {
        let mut before = None;
        for item in &self.spot.others.items {
            let Item::Command(command) = item else { continue };
            if command.span.end as usize <= self.spot.start
                && let Some(target) = super::command::target(&command.kind)
            {
                before = Some(target.name.text.clone());
            }
        }
        before.or_else(|| probe.subject.as_ref().map(|s| s.name.text.clone()))
    }

    /// Types of the operands that end before the cursor. `None`: nothing is known of them.
    fn types_behind(&self, probe: &Session, sight: &Sight, end: Span) -> Option<Vec<words::Behind>> {
        let pointer = Pointer { behind: Some(end), at: end, name: CURSOR.to_owned() };
        let seen: Seen = match (&sight.inside, &sight.role) {
            (In::System(item), _) => {
                let name = named(item)?;
                in_system(&probe.definitions, &plain(name), Some(pointer))?
            }
            (In::Command(command), Role::Operand(operand)) => {
                let system = self.system_of(probe, command)?;
                probe.operand(&system, operand, words::command(self.spot), pointer)?
            }
            _ => return None,
        };
        let literal = self.code[..end.end as usize].ends_with(|c: char| c.is_ascii_digit())
            && seen.behind.len() == 1
            && self.code[..end.end as usize]
                .trim_end_matches(|c: char| c.is_ascii_digit())
                .ends_with(|c: char| !c.is_alphanumeric() && c != '_');
        Some(seen.behind.iter().map(|ty| words::Behind::of(&seen.program, *ty, literal)).collect())
    }

    fn system_of(&self, probe: &Session, command: &CommandKind) -> Option<String> {
        let named = super::command::targets(command).first().map(|target| target.name.text.clone());
        if let CommandKind::Do(_) = command {
            return probe.started.as_ref().map(|s| s.name.text.clone()).or_else(|| self.subject(probe));
        }
        if let CommandKind::Expression(_) = command { self.subject(probe) } else { named }
    }
}

/// The system that an item defines or extends.
pub(super) fn named(item: &Item) -> Option<&str> {
    match item {
        Item::System(system) => Some(&system.name.text),
        Item::Extend(extend) => Some(&extend.name.text),
        Item::Use(_) | Item::UseFile(_) | Item::Command(_) => None,
    }
}

/// A system with its parameters as they are declared.
pub(super) fn plain(name: &str) -> Target {
    let span = Span::default();
    Target { name: Name { text: name.to_owned(), span }, args: Vec::new(), span }
}

/// Puts the member around the cursor into the system that it stands in.
fn with_member(items: &mut Vec<Item>, here: &Item, at: Span) {
    let (name, members) = match here {
        Item::System(system) => (&system.name, &system.members),
        Item::Extend(extend) => (&extend.name, &extend.members),
        Item::Use(_) | Item::UseFile(_) | Item::Command(_) => return,
    };
    let around = |span: Span| span.start <= at.start && at.start <= span.end;
    for item in items.iter_mut() {
        let own = match item {
            Item::System(s) if s.name.text == name.text && around(s.span) => &mut s.members,
            Item::Extend(e) if e.name.text == name.text && around(e.span) => &mut e.members,
            _ => continue,
        };
        own.extend(members.iter().cloned());
        own.sort_by_key(|m| m.span.start);
        return;
    }
    // Its head may be broken, or be the one that is being typed.
    items.push(match here {
        Item::System(system) => Item::System(system.clone()),
        _ => Item::Extend(Extend { docs: None, name: name.clone(), members: members.clone(), span: at }),
    });
}
