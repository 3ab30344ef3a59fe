//! Definitions: what a cell adds to the session, what that breaks elsewhere, and the mappings that `use` brings in.
//!
//! Enters: the tree of a cell. Leaves: the session with it applied and the report of what changed, or errors.

use super::{Host, Session};
use crate::analysis::{self, Defined, Growing, Verb, program::Program};
use crate::diag::Diagnostic;
use crate::diag::codes::{analysis as analysis_codes, session as codes};
use crate::mapping;
use crate::model::{BuildOptions, Model};
use crate::report::{DefinedReport, DefinedSystem};
use crate::syntax;
use crate::syntax::tree::{Cell, Command, CommandKind, Item, MemberKind, Name, Target};

impl Session {
    /// Applies the definitions of a cell in place of those it gave before, and types every system they touch.
    pub(super) fn apply(
        &mut self,
        key: &str,
        cell: &Cell,
        host: &dyn Host,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<DefinedReport, Vec<Diagnostic>> {
        let mut report = DefinedReport { systems: Vec::new(), stale: Vec::new() };
        let mut found = Vec::new();
        let before = self.hand.is_some().then(|| self.definitions.clone());
        for (at, item) in cell.items.iter().enumerate() {
            let before = report.systems.len();
            match item {
                Item::Use(name) => self.bring_in(name, &mut report, &mut found),
                Item::UseFile(path) => self.use_file(path, host, &mut report, &mut found),
                Item::System(_) | Item::Extend(_) | Item::Command(_) => {}
            }
            found.extend(used_below(&cell.items[..=at], &report.systems[before..]));
        }
        let defined = analysis::define(&mut self.definitions, key, &cell.items);
        take_problems(&mut found, &defined);
        if found.iter().any(Diagnostic::is_error) {
            found.retain(Diagnostic::is_error);
            return Err(found);
        }
        for (name, verb, program) in &defined.systems {
            let verb = match verb {
                Verb::Defined => "defined",
                Verb::Redefined => "redefined",
                Verb::Extended => "extended",
            };
            report.systems.extend(program.as_ref().map(|p| system(p, name, verb)));
        }
        report.stale.extend(self.gone_stale(&defined));
        if let (Some(hand), Some(before)) = (&self.hand, &before) {
            report.stale.extend(super::hand::goes_stale(hand, (before, &self.definitions), &self.sources));
        }
        warnings.extend(found);
        warnings.extend(self.new_params(key, &cell.items));
        Ok(report)
    }

    /// What sets parameters and nothing else (papermill does), where the system has none of such a name.
    fn new_params(&self, key: &str, items: &[Item]) -> Vec<Diagnostic> {
        let sets = |item: &Item| match item {
            Item::Extend(extend) => extend.members.iter().all(|m| matches!(m.kind, MemberKind::Param { .. })),
            Item::System(_) | Item::Use(_) | Item::UseFile(_) | Item::Command(_) => false,
        };
        let mut found = Vec::new();
        if items.is_empty() || !items.iter().all(sets) {
            return found;
        }
        let mut others = self.definitions.clone();
        others.apply(key, &[]);
        for item in items {
            let Item::Extend(extend) = item else { continue };
            let Some(known) = others.get(&extend.name.text) else { continue };
            for member in &extend.members {
                let MemberKind::Param { name, .. } = &member.kind else { continue };
                if known.params().all(|param| param != name.text) {
                    let words = format!("{} had no parameter `{}`: this is a new one", known.name, name.text);
                    let d = Diagnostic::warning(analysis_codes::UNUSED, name.span, words);
                    let help = "nothing of the system reads it yet";
                    found.push(d.meant_among(&name.text, known.params(), help));
                }
            }
        }
        found
    }

    /// What a cell defines becomes what expressions are about from where it stands on, and not before.
    pub(super) fn pass(&mut self, item: &Item) {
        let name = match item {
            Item::System(system) => &system.name.text,
            Item::Extend(extension) => &extension.name.text,
            Item::Use(_) | Item::UseFile(_) | Item::Command(_) => return,
        };
        self.named.remove(name);
        self.subject = self.target(name);
        self.run = None;
    }

    /// What no longer fits, in words.
    pub(super) fn gone_stale(&self, defined: &Defined) -> Vec<String> {
        let stale = defined.stale.iter().map(|(name, errors)| match errors.first() {
            Some(d) => format!("{name} no longer fits, {}: {}", self.sources.describe(d.span), d.message),
            None => format!("{name} no longer fits"),
        });
        let removed = defined.removed.iter().map(|n| format!("{n} is gone: no cell defines it any more"));
        let dropped = defined.dropped.iter().map(|n| {
            let place = self.sources.describe(n.span);
            format!("what extended {} at {place} is gone with what it extended: run that cell again", n.text)
        });
        stale.chain(removed).chain(dropped).collect()
    }

    /// A system with the values its parameters have by themselves.
    pub(super) fn target(&self, name: &str) -> Option<Target> {
        let span = self.definitions.get(name)?.span;
        Some(Target { name: Name { text: name.to_string(), span }, args: Vec::new(), span })
    }

    /// `use kafka`: the systems of that file. Where they are here already, extensions made since are kept.
    pub(super) fn bring_in(&mut self, name: &Name, report: &mut DefinedReport, found: &mut Vec<Diagnostic>) {
        let library = self.library.clone();
        let Some((file, text)) = library.iter().find(|(file, _)| *file == name.text) else {
            found.push(unknown_mapping(name, library.iter().map(|(file, _)| file.as_str())));
            return;
        };
        let key = format!("use {file}");
        let source = self.sources.add(format!("{file}.rcv"), text.as_str());
        let (tree, problems) = syntax::parse(source, text);
        found.extend(problems.into_iter().filter(Diagnostic::is_error));
        let names: Vec<&str> = tree.items.iter().filter_map(system_name).collect();
        if self.holds(&key, &names) {
            let programs = names.iter().filter_map(|n| self.program_of(n));
            report.systems.extend(programs.map(|p| system(&p, &p.name, "already here")));
        } else {
            let mut own = Vec::new();
            self.take_in(&key, &tree, report, &mut own);
            found.extend(own.into_iter().filter(Diagnostic::is_error));
        }
        // What came before the system that a file is named after, and variants, may stand before and behind it.
        let called = file.replace('_', "");
        let of_file = names.iter().find(|name| name.eq_ignore_ascii_case(&called)).or(names.first());
        self.subject = of_file.and_then(|n| self.target(n)).or(self.subject.take());
        self.run = None;
    }

    /// What a file or a bundled mapping defines, in the place of what it gave before. A system of a name that is known is
    /// defined anew, as by a cell.
    pub(super) fn take_in(
        &mut self,
        key: &str,
        tree: &Cell,
        report: &mut DefinedReport,
        found: &mut Vec<Diagnostic>,
    ) {
        let names = tree.items.iter().filter_map(system_name);
        let elsewhere = |name: &&str| self.definitions.cell_of(name).is_some_and(|cell| *cell != *key);
        let others: Vec<&str> = names.filter(elsewhere).collect();
        let defined = analysis::define(&mut self.definitions, key, &tree.items);
        report.stale.extend(self.gone_stale(&defined));
        for (name, verb, program) in &defined.systems {
            self.named.remove(name);
            let verb = match verb {
                Verb::Defined => "brought in".to_string(),
                Verb::Redefined if others.contains(&name.as_str()) => format!("redefined by `{key}`"),
                Verb::Redefined => "brought in anew".to_string(),
                Verb::Extended => "extended".to_string(),
            };
            report.systems.extend(program.as_ref().map(|p| system(p, name, &verb)));
        }
        take_problems(found, &defined);
    }

    /// Whether all these systems are here and come from there.
    pub(super) fn holds(&self, key: &str, names: &[&str]) -> bool {
        let from_there = |name: &&str| {
            self.definitions.get(name).is_some_and(|d| d.entries.iter().any(|e| &*e.cell == key))
        };
        !names.is_empty() && names.iter().all(from_there)
    }

    pub(super) fn program_of(&self, name: &str) -> Option<Program> {
        analysis::analyse(&self.definitions, &self.target(name)?).0
    }

    /// What is wrong with the commands of a cell before the first of them runs: what one of them names must be there, or
    /// the others would run in vain. What is taken by hand, or evaluated along a run, depends on what was done before.
    pub(super) fn doomed(&self, key: &str, cell: &Cell) -> Vec<Diagnostic> {
        let awaits = |ahead: &Session, kind: &CommandKind| {
            let step = super::command::is_by_hand(kind) && !matches!(kind, CommandKind::Start { .. });
            step || matches!(kind, CommandKind::Save { .. })
                || ahead.run.is_some() && matches!(kind, CommandKind::Expression(_))
        };
        let mut found = self.clone().problems(key, cell, &awaits);
        found.retain(Diagnostic::is_error);
        found
    }

    /// What is wrong with the commands of a cell, as far as it can be known without exploring.
    pub(super) fn untyped_commands(&mut self, key: &str, cell: &Cell) -> Vec<Diagnostic> {
        self.problems(key, cell, &|_, _| false)
    }

    /// What is wrong with a command that is about what came before it.
    fn problems_of_session(&self, command: &Command) -> Vec<Diagnostic> {
        if let CommandKind::Ask(name) = &command.kind {
            return match super::inspection::asked(self, None, name) {
                Err(super::Stop::Diagnostics(found)) => found,
                Ok(_) | Err(_) => Vec::new(),
            };
        }
        if let CommandKind::Save { what, .. } = &command.kind {
            let before = (self.started.is_some(), self.searched);
            return super::save::problems((*what, command.span), before, self.subject.as_ref());
        }
        Vec::new()
    }

    /// `awaits`: a command of which nothing is asked.
    fn problems(
        &mut self,
        key: &str,
        cell: &Cell,
        awaits: &dyn Fn(&Session, &CommandKind) -> bool,
    ) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        let mut growing = Growing::new(self.definitions.clone(), key, &cell.items);
        for (index, item) in cell.items.iter().enumerate() {
            self.pass(item);
            let Item::Command(command) = item else { continue };
            if awaits(self, &command.kind) {
                self.remember(command, None);
                continue;
            }
            let definitions = growing.at(index);
            let about = (self.subject.as_ref(), self.started.as_ref());
            let of_session = self.problems_of_session(command);
            let all = super::command::problems(definitions, about, (command, &self.sources));
            for d in of_session.into_iter().chain(all) {
                if !found.iter().any(|f| f.code == d.code && f.span == d.span) {
                    found.push(d);
                }
            }
            self.remember(command, None);
        }
        found
    }
}

/// What stands above a `use`, the last of some items, that brings in a system of the same name: it would count, although
/// the order of the lines says otherwise.
pub(super) fn used_below(items: &[Item], brought: &[DefinedSystem]) -> Option<Diagnostic> {
    let [above @ .., last] = items else { return None };
    let is_brought = |name: &Name| brought.iter().any(|system| system.name == name.text);
    let name = above.iter().find_map(|item| match item {
        Item::System(system) => Some(&system.name).filter(|name| is_brought(name)),
        Item::Extend(_) | Item::Use(_) | Item::UseFile(_) | Item::Command(_) => None,
    })?;
    let span = match last {
        Item::Use(name) => name.span,
        Item::UseFile(path) => path.span,
        Item::System(_) | Item::Extend(_) | Item::Command(_) => return None,
    };
    let words = format!("this brings in `{}` too, which is defined above", name.text);
    let d = Diagnostic::error(codes::USED_BELOW, span, words).related(name.span, "this one would count");
    Some(d.help("give one of them another name; or write `use` first, and what defines it anew below"))
}

/// Takes what is wrong with definitions; where something that they use is not there, a system that nobody knows comes from
/// that, and so does all else.
fn take_problems(found: &mut Vec<Diagnostic>, defined: &Defined) {
    let unknown = |d: &Diagnostic| d.code == analysis_codes::UNKNOWN_SYSTEM;
    if !(found.iter().any(Diagnostic::is_error) && defined.diagnostics.iter().any(unknown)) {
        found.extend(defined.diagnostics.iter().cloned());
    }
}

pub(super) fn system_name(item: &Item) -> Option<&str> {
    match item {
        Item::System(s) => Some(&s.name.text),
        _ => None,
    }
}

pub(super) fn system(program: &Program, name: &str, verb: &str) -> DefinedSystem {
    DefinedSystem {
        name: name.to_string(),
        verb: verb.to_string(),
        diagram: mapping::diagram(program),
        size: size(program),
    }
}

/// Nodes, bits of a state and action instances, without faults; `None` where there is nothing to execute.
fn size(program: &Program) -> Option<(u32, u32, u32)> {
    if program.actions.is_empty() {
        return None;
    }
    let model = Model::build(program, Vec::new(), &BuildOptions::default()).ok()?;
    let nodes = program.nodes.iter().map(|n| n.count).sum();
    Some((nodes, model.state_bits(), model.instance_list().len() as u32))
}

fn unknown_mapping<'a>(name: &Name, known: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    let words = format!("there is no bundled mapping `{}`", name.text);
    let d = Diagnostic::error(codes::UNKNOWN_MAPPING, name.span, words);
    let all: Vec<String> = known.clone().map(|name| format!("`use {name}`")).collect();
    match all.is_empty() {
        true => d.help("no mappings are bundled with this build"),
        false => {
            let words = format!("bundled are {}; a file of your own: `use \"FILE.rcv\"`", all.join(", "));
            d.meant_among(&name.text, known, words)
        }
    }
}
