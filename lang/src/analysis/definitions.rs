//! All systems so far: what each cell contributed, and what follows from it.
//!
//! Enters: the items of a cell. Leaves: for each system its members in order, each with where it came from.
//! Only contributions are kept; everything else is derived from them again whenever they change, so running a cell
//! again replaces what it gave, and a system made `from` another follows it.

pub use growing::Growing;

mod growing;

use super::graph;
use crate::concepts::ConceptKind;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::{SourceId, Span};
use crate::syntax::tree::{Expr, ExprKind, Extend, Item, Member, MemberKind, Name, Recovery, System, Target};
use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// All systems so far. Cloning is cheap in trees: members are shared.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    contributions: Vec<Contribution>,
    systems: IndexMap<String, Definition>,
}

#[derive(Debug, Clone)]
struct Contribution {
    cell: Arc<str>,
    name: Name,
    /// `system`; else `extend`.
    system: Option<Head>,
    members: Vec<Arc<Member>>,
}

#[derive(Debug, Clone)]
struct Head {
    docs: Option<String>,
    sentence: Option<String>,
    base: Option<Target>,
}

/// One system: its members, inherited ones included, in order.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Name of the system.
    pub name: String,
    /// The comment above its declaration.
    pub docs: Option<String>,
    /// The sentence after the name.
    pub sentence: Option<String>,
    /// The system it was made `from`.
    pub base: Option<String>,
    /// The name in the declaration.
    pub span: Span,
    /// Its members, in the order of their cells.
    pub entries: Vec<Entry>,
    /// What is wrong with how it is put together.
    pub problems: Vec<Diagnostic>,
}

/// A member and where it came from.
#[derive(Debug, Clone)]
pub struct Entry {
    /// As written.
    pub member: Arc<Member>,
    /// The system that declared it.
    pub system: Arc<str>,
    /// The cell that declared it.
    pub cell: Arc<str>,
}

/// What a cell did to a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// For the first time.
    Defined,
    /// In the place of what it was.
    Redefined,
    /// By members of an `extend`.
    Extended,
}

/// What applying a cell changed.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// What is wrong with the cell's own items as declarations.
    pub diagnostics: Vec<Diagnostic>,
    /// The systems that the cell defines or extends, in order.
    pub systems: Vec<(String, Verb)>,
    /// Systems that exist no longer.
    pub removed: Vec<String>,
    /// What extended a system that is defined anew, in earlier cells: it is gone, too.
    pub dropped: Vec<Name>,
    /// Other systems that are made `from` changed or removed ones, in order.
    pub dependents: Vec<String>,
}

/// Members of one class replace each other by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Class {
    Value,
    Type,
    Message,
    Link,
    Concept,
    Action,
    Handler,
    Recovery,
    Def,
}

impl Class {
    /// Whether there may be several of one name, which are replaced together.
    fn repeats(self) -> bool {
        matches!(self, Class::Handler | Class::Recovery)
    }
}

impl Definitions {
    /// Takes what a cell contributes, in place of what the same cell contributed before. Items other than `system` and
    /// `extend` are passed over. The caller keeps a clone where an error must leave everything as it was.
    pub fn apply(&mut self, cell: &str, items: &[Item]) -> Applied {
        let known: Vec<String> = self.systems.keys().cloned().collect();
        let mut touched = self.drop_cell(cell);
        let at = touched.1.unwrap_or(self.contributions.len());
        let fresh: Vec<Contribution> = items.iter().filter_map(|i| contribution(cell, i)).collect();
        let mut applied = Applied { diagnostics: twice(&fresh), ..Applied::default() };
        applied.dropped = self.insert(at, fresh.clone());
        self.derive();
        for c in &fresh {
            let name = c.name.text.clone();
            let verb = match (&c.system, known.contains(&name)) {
                (None, _) => Verb::Extended,
                (Some(_), false) => Verb::Defined,
                (Some(_), true) => Verb::Redefined,
            };
            touched.0.push(name.clone());
            if !applied.systems.iter().any(|(n, _)| *n == name) {
                applied.systems.push((name, verb));
            }
        }
        applied.diagnostics.extend(self.own_problems(cell));
        applied.removed =
            known.into_iter().filter(|n| touched.0.contains(n) && !self.systems.contains_key(n)).collect();
        applied.dependents = self.dependents(&touched.0);
        applied.dependents.retain(|d| !applied.systems.iter().any(|(n, _)| n == d));
        applied
    }

    /// All systems, in the order in which they were first defined.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.systems.keys().map(String::as_str)
    }

    /// The cell that defines a system.
    pub fn cell_of(&self, name: &str) -> Option<Arc<str>> {
        let defines = |c: &&Contribution| c.system.is_some() && c.name.text == name;
        self.contributions.iter().find(defines).map(|c| c.cell.clone())
    }

    /// The definition of a name.
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.systems.get(name)
    }

    /// Names of the orders and invariants that a system declares itself, in order.
    pub fn declared(&self, name: &str) -> Vec<String> {
        let said = self.own(name).filter_map(|member| match &member.kind {
            MemberKind::Concept(concept) => Some(concept.name.text.clone()),
            _ => None,
        });
        said.collect()
    }

    /// A copy in which `to` has the orders, invariants and definitions that `from` declares itself.
    pub fn lent(&self, from: &str, to: &Name) -> Definitions {
        let mut copy = self.clone();
        let (cell, members) = (Arc::from(""), self.own(from).cloned().collect());
        copy.contributions.push(Contribution { cell, name: to.clone(), system: None, members });
        copy.derive();
        copy
    }

    /// A copy in which a system has a member in the place of what has its name.
    pub(super) fn with(&self, system: &Name, member: Member) -> Definitions {
        let mut copy = self.clone();
        let (cell, members) = (Arc::from(""), vec![Arc::new(member)]);
        copy.contributions.push(Contribution { cell, name: system.clone(), system: None, members });
        copy.derive();
        copy
    }

    /// What a system says itself, and what that is said in.
    fn own(&self, name: &str) -> impl Iterator<Item = &Arc<Member>> {
        let entries = self.systems.get(name).map_or(&[][..], |definition| &definition.entries);
        entries.iter().filter(move |entry| *entry.system == *name).map(|entry| &entry.member).filter(
            |member| match &member.kind {
                MemberKind::Concept(concept) => {
                    matches!(concept.kind, ConceptKind::Order | ConceptKind::Invariant)
                }
                kind => matches!(kind, MemberKind::Def { .. }),
            },
        )
    }

    /// Whether the text of an earlier cell than `cell` (or of none) holds this source.
    pub(super) fn is_later(&self, cell: &str, source: SourceId) -> bool {
        let mine = self.contributions.iter().position(|c| &*c.cell == cell);
        let theirs = self.contributions.iter().position(|c| c.name.span.source == source);
        matches!((mine, theirs), (Some(mine), Some(theirs)) if theirs > mine && &*self.contributions[theirs].cell != cell)
    }

    /// The systems it contributed to, and where in the order.
    fn drop_cell(&mut self, cell: &str) -> (Vec<String>, Option<usize>) {
        let at = self.contributions.iter().position(|c| &*c.cell == cell);
        let names: Vec<String> =
            self.contributions.iter().filter(|c| &*c.cell == cell).map(|c| c.name.text.clone()).collect();
        self.contributions.retain(|c| &*c.cell != cell);
        (names, at)
    }

    /// A `system` takes the place of every other definition of that name, and of what extended it before: the names there.
    fn insert(&mut self, at: usize, fresh: Vec<Contribution>) -> Vec<Name> {
        let defined = |name: &str| fresh.iter().any(|f| f.system.is_some() && f.name.text == name);
        let mut before: Vec<Contribution> = self.contributions.drain(..at).collect();
        let mut after: Vec<Contribution> = self.contributions.drain(..).collect();
        let extended = before.iter().filter(|c| c.system.is_none() && defined(&c.name.text));
        let dropped = extended.map(|c| c.name.clone()).collect();
        before.retain(|c| !defined(&c.name.text));
        after.retain(|c| c.system.is_none() || !defined(&c.name.text));
        self.contributions = before;
        self.contributions.extend(fresh);
        self.contributions.extend(after);
        dropped
    }

    /// Systems made from these, directly or not.
    fn dependents(&self, names: &[String]) -> Vec<String> {
        let mut found: Vec<String> = names.to_vec();
        loop {
            let more: Vec<String> = self
                .systems
                .values()
                .filter(|d| d.base.as_ref().is_some_and(|b| found.contains(b)) && !found.contains(&d.name))
                .map(|d| d.name.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        self.systems.keys().filter(|n| found.contains(n) && !names.contains(n)).cloned().collect()
    }

    fn own_problems(&self, cell: &str) -> Vec<Diagnostic> {
        let sources: Vec<SourceId> =
            self.contributions.iter().filter(|c| &*c.cell == cell).map(|c| c.name.span.source).collect();
        let mut found: Vec<Diagnostic> = Vec::new();
        for c in self.contributions.iter().filter(|c| &*c.cell == cell && c.system.is_none()) {
            if !self.systems.contains_key(&c.name.text) {
                found.push(unknown_system(&c.name, self.names()));
            }
        }
        // A variant repeats the problems of its base: each place is reported once.
        for problem in self.systems.values().flat_map(|d| &d.problems) {
            if sources.contains(&problem.span.source) && !found.iter().any(|f| f.span == problem.span) {
                found.push(problem.clone());
            }
        }
        found
    }

    fn derive(&mut self) {
        let heads: Vec<&Contribution> = self.contributions.iter().filter(|c| c.system.is_some()).collect();
        let mut places: FxHashMap<&str, usize> = FxHashMap::default();
        heads.iter().enumerate().for_each(|(i, h)| _ = places.entry(&h.name.text).or_insert(i));
        let mut said: FxHashMap<&str, Vec<&Contribution>> = FxHashMap::default();
        self.contributions.iter().for_each(|c| said.entry(&c.name.text).or_default().push(c));
        let position = |name: &str| places.get(name).copied();
        let base = |h: &Contribution| h.system.as_ref().and_then(|s| s.base.clone());
        let needs: Vec<Vec<usize>> = heads
            .iter()
            .map(|h| base(h).and_then(|t| position(&t.name.text)).into_iter().collect())
            .collect();
        let (order, cycles) = graph::order(&needs);
        let mut derived: Vec<Option<Definition>> = vec![None; heads.len()];
        for i in order {
            let in_cycle = cycles.iter().find(|c| c.contains(&i));
            let parent = needs[i].first().filter(|_| in_cycle.is_none()).and_then(|p| derived[*p].clone());
            let mut definition = self.start(heads[i], parent);
            if let Some(cycle) = in_cycle {
                let names: Vec<&str> = cycle.iter().map(|c| heads[*c].name.text.as_str()).collect();
                definition.problems.push(cyclic(heads[i], &names));
            }
            said[heads[i].name.text.as_str()].iter().for_each(|c| definition.take(c));
            derived[i] = Some(definition);
        }
        self.systems = derived.into_iter().flatten().map(|d| (d.name.clone(), d)).collect();
    }

    /// A definition with what it inherits.
    fn start(&self, c: &Contribution, parent: Option<Definition>) -> Definition {
        let head = c.system.as_ref();
        let base = head.and_then(|h| h.base.as_ref());
        let mut definition = Definition {
            name: c.name.text.clone(),
            docs: head.and_then(|h| h.docs.clone()),
            sentence: head.and_then(|h| h.sentence.clone()),
            base: base.map(|t| t.name.text.clone()),
            span: c.name.span,
            entries: Vec::new(),
            problems: Vec::new(),
        };
        match (base, parent) {
            (Some(target), Some(parent)) => {
                definition.entries = parent.entries;
                definition.problems = parent.problems;
                for (name, value) in &target.args {
                    definition.default(name, value);
                }
            }
            (Some(target), None) => {
                let known = self.contributions.iter().filter(|c| c.system.is_some());
                if !known.clone().any(|c| c.name.text == target.name.text) {
                    let names = known.map(|c| c.name.text.as_str()).filter(|name| *name != definition.name);
                    definition.problems.push(unknown_system(&target.name, names));
                }
            }
            (None, _) => {}
        }
        definition
    }
}

impl Definition {
    /// The members that a contribution declares, added or in place of those of the same name.
    fn take(&mut self, c: &Contribution) {
        let mut groups: IndexMap<(Class, String), Vec<Entry>> = IndexMap::new();
        let mut more = Vec::new();
        for member in &c.members {
            let entry =
                Entry { member: member.clone(), system: Arc::from(self.name.as_str()), cell: c.cell.clone() };
            let Some((class, name)) = key(&member.kind) else {
                more.push(entry);
                continue;
            };
            let group = groups.entry((class, name.text.clone())).or_default();
            if let Some(first) = group.first().filter(|_| !class.repeats()) {
                self.problems.push(duplicate(&name, key(&first.member.kind).map_or(name.span, |k| k.1.span)));
            } else {
                group.push(entry);
            }
        }
        self.say_replaced(&groups);
        let mut merged: Vec<Entry> = Vec::new();
        for entry in self.entries.drain(..) {
            let replaced = key(&entry.member.kind).map(|(class, name)| (class, name.text.clone()));
            match replaced.and_then(|k| groups.get_mut(&k)) {
                // Emptied where the first of its name stood.
                Some(group) => merged.append(group),
                None => merged.push(entry),
            }
        }
        // Members without a name keep their place among the others.
        let mut fresh: Vec<Entry> = groups.into_values().flatten().chain(more).collect();
        fresh.sort_by_key(|e| e.member.span.start);
        merged.extend(fresh);
        self.entries = merged;
    }

    /// Warns of messages that have fewer handlers than were inherited for them.
    fn say_replaced(&mut self, groups: &IndexMap<(Class, String), Vec<Entry>>) {
        for ((class, name), group) in groups.iter().filter(|((class, _), _)| class.repeats()) {
            let is_it = |e: &&Entry| key(&e.member.kind).is_some_and(|(c, n)| c == *class && n.text == *name);
            let before: Vec<&Entry> = self.entries.iter().filter(is_it).collect();
            let (Some(first), Some(last)) = (group.first(), before.last()) else { continue };
            if before.len() > group.len() {
                let all = before.len();
                let words = match class {
                    Class::Recovery => {
                        format!("this replaces all {all} clauses `on {name}` that {} had", self.name)
                    }
                    _ => format!("this replaces all {all} handlers of `{name}` that {} had", self.name),
                };
                let span = key(&first.member.kind).map_or(first.member.span, |(_, name)| name.span);
                let d = Diagnostic::warning(codes::REPLACED, span, words)
                    .label(format!("{} in place of {all}", group.len()))
                    .related(last.member.span, "one that is gone")
                    .help("repeat those that are to stay");
                self.problems.push(d);
            }
        }
    }

    /// `from A(name = value)`: a new default.
    fn default(&mut self, name: &Name, value: &Expr) {
        let is_it = |e: &&mut Entry| matches!(&e.member.kind, MemberKind::Param { name: n, .. } if n.text == name.text);
        let Some(entry) = self.entries.iter_mut().find(is_it) else {
            self.problems.push(unknown_param(name, &self.name, self.params()));
            return;
        };
        let mut member = (*entry.member).clone();
        if let MemberKind::Param { value: old, .. } = &mut member.kind {
            *old = value.clone();
        }
        entry.member = Arc::new(member);
    }

    /// The names of its parameters.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|e| match &e.member.kind {
            MemberKind::Param { name, .. } => Some(name.text.as_str()),
            _ => None,
        })
    }
}

fn contribution(cell: &str, item: &Item) -> Option<Contribution> {
    let share = |members: &[Member]| members.iter().cloned().map(Arc::new).collect();
    match item {
        Item::System(System { docs, name, base, sentence, members, .. }) => Some(Contribution {
            cell: Arc::from(cell),
            name: name.clone(),
            system: Some(Head {
                docs: docs.clone(),
                sentence: sentence.as_ref().map(|t| t.value.clone()),
                base: base.clone(),
            }),
            members: share(members),
        }),
        Item::Extend(Extend { name, members, .. }) => Some(Contribution {
            cell: Arc::from(cell),
            name: name.clone(),
            system: None,
            members: share(members),
        }),
        Item::Use(_) | Item::UseFile(_) | Item::Command(_) => None,
    }
}

fn key(kind: &MemberKind) -> Option<(Class, Name)> {
    let (class, name) = match kind {
        MemberKind::Param { name, .. } | MemberKind::State { name, .. } => (Class::Value, name),
        MemberKind::Enum { name, .. }
        | MemberKind::Alias { name, .. }
        | MemberKind::Record { name, .. }
        | MemberKind::Node { name, .. } => (Class::Type, name),
        MemberKind::Message { name, .. } => (Class::Message, name),
        MemberKind::Link(link) => (Class::Link, &link.name),
        MemberKind::Concept(concept) => (Class::Concept, &concept.name),
        MemberKind::Action(action) => (Class::Action, &action.name),
        MemberKind::Handler(handler) => (Class::Handler, &handler.message),
        MemberKind::Recovery(recovery) => return Some((Class::Recovery, recovered(recovery))),
        MemberKind::Def { name, .. } => (Class::Def, name),
        MemberKind::Init(_) | MemberKind::Bound(_) | MemberKind::Knows { .. } | MemberKind::Error => {
            return None;
        }
    };
    Some((class, name.clone()))
}

/// `on restart` of a kind of node, by the name of the kind.
fn recovered(recovery: &Recovery) -> Name {
    let kind = match recovery.at.set.as_ref().map(|set| &set.kind) {
        Some(ExprKind::Name(kind)) => format!(" at {kind}"),
        _ => String::new(),
    };
    Name { text: format!("{}{kind}", recovery.word.text), span: recovery.word.span }
}

/// Systems that a cell defines twice.
fn twice(fresh: &[Contribution]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (i, c) in fresh.iter().enumerate().filter(|(_, c)| c.system.is_some()) {
        let first = fresh[..i].iter().find(|f| f.system.is_some() && f.name.text == c.name.text);
        found.extend(first.map(|f| duplicate(&c.name, f.name.span)));
    }
    found
}

pub(super) fn duplicate(name: &Name, first: Span) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE, name.span, format!("`{}` is declared twice", name.text))
        .label("declared again here")
        .related(first, "first declared here")
        .help("give one of them another name, or delete it")
}

pub(super) fn unknown_system<'a>(name: &Name, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let d = Diagnostic::error(codes::UNKNOWN_SYSTEM, name.span, format!("unknown system `{}`", name.text));
    match known.is_empty() {
        true => d.help("no system is defined yet: run the cell that defines it first"),
        false => {
            let words = format!("defined so far: {}", known.join(", "));
            d.meant_among(&name.text, known, words)
        }
    }
}

/// A name that a command gives, and no system has: a member of one, perhaps.
pub(super) fn not_a_system(name: &Name, definitions: &Definitions) -> Diagnostic {
    let d = unknown_system(name, definitions.names());
    let named = |e: &Entry| matches!(&e.member.kind, MemberKind::Concept(c) if c.name.text == name.text);
    let mut systems = definitions.systems.values().filter(|s| s.entries.iter().any(named));
    match (systems.next_back(), &d.fix) {
        (Some(of), None) => {
            d.help(format!("it belongs to {0}: `check {0} {{ only {1} }}` judges it", of.name, name.text))
        }
        _ => d,
    }
}

pub(super) fn unknown_param<'a>(
    name: &Name,
    system: &str,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let words = format!("system {system} has no parameter `{}`", name.text);
    let d = Diagnostic::error(codes::UNKNOWN_PARAMETER, name.span, words);
    match known.is_empty() {
        true => d.help("it has no parameters: declare one with `param NAME = 3`"),
        false => {
            let words = format!("its parameters: {}", known.join(", "));
            d.meant_among(&name.text, known, words)
        }
    }
}

fn cyclic(c: &Contribution, names: &[&str]) -> Diagnostic {
    let base = c.system.as_ref().and_then(|s| s.base.as_ref());
    let span = base.map_or(c.name.span, |b| b.name.span);
    let words = format!("system {} is made from itself", c.name.text);
    Diagnostic::error(codes::CYCLE, span, words).label(format!("the circle: {}", names.join(" from ")))
}
