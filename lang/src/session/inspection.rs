//! Inspection: what is known of a name, at the cursor or asked for by `?NAME`; and whether a text is complete.
//!
//! Enters: a text, a cursor, the session. Leaves: a signature with documentation, or nothing.

use super::command::targets;
use super::completion::{named, plain};
use super::members::{self, Declared};
use super::{Completeness, Session, Stop};
use crate::analysis::program::Type;
use crate::analysis::sought::{Owner, Pointer, Seen, in_system};
use crate::diag::codes::analysis as analysis_codes;
use crate::diag::{self, Diagnostic};
use crate::report::{InspectedMember, Inspection};
use crate::span::Span;
use crate::syntax::cursor::{self, In, Role, Sight};
use crate::syntax::tree::{Item, Name};
use crate::{syntax, words};

/// A text of more lines is not shown with its name.
const LINES: usize = 24;

impl Session {
    /// What is known of the name that byte `cursor` of `code` is in or right behind.
    pub fn inspect(&self, code: &str, cursor: usize) -> Option<Inspection> {
        let without = super::magic::without(code);
        let code = without.as_deref().unwrap_or(code);
        let source = self.sources.clone().add("here", code);
        let word = cursor::word(source, code, cursor)?;
        let (cell, _) = syntax::parse(source, code);
        let probe = self.after(source, code, &cell.items);
        let sight = cursor::of_name(&cell, word.at);
        let system = probe.system_around(sight.as_ref(), &cell.items, word.at);
        let stands = match sight.as_ref().map(|sight| &sight.role) {
            Some(Role::Mapping) => Stands::BehindUse,
            Some(Role::Asked) => Stands::Anywhere,
            Some(Role::Field { of, .. } | Role::FieldOfKind { kind: of }) => Stands::In(of.clone()),
            Some(Role::Known { of: Some(of) }) => Stands::In(of.clone()),
            Some(role) => match probe.in_scope(role, sight.as_ref(), system.as_deref(), &word)? {
                Scoped::Local(found) => return Some(*found),
                Scoped::Stands(stands) => stands,
            },
            None if word.behind_dot => Stands::BehindDot,
            None if word.behind_question => Stands::Anywhere,
            None => Stands::Alone,
        };
        probe.known(word.text, system.as_deref(), &stands)
    }

    /// The system whose names count where a name stands.
    fn system_around(&self, sight: Option<&Sight>, items: &[Item], at: Span) -> Option<String> {
        let within = |span: Span| span.start <= at.start && at.end <= span.end;
        let around = items.iter().find_map(|item| match item {
            Item::System(s) if within(s.span) => Some(s.name.text.clone()),
            Item::Extend(e) if within(e.span) => Some(e.name.text.clone()),
            Item::Command(c) if within(c.span) => targets(&c.kind).first().map(|t| t.name.text.clone()),
            _ => None,
        });
        let seen = sight.and_then(|sight| match &sight.inside {
            In::System(item) => named(item).map(str::to_owned),
            In::Command(command) => targets(command).first().map(|t| t.name.text.clone()),
            In::Nothing => None,
        });
        let before = items.iter().rev().filter_map(|item| match item {
            Item::Command(c) if c.span.end <= at.start => super::command::target(&c.kind),
            _ => None,
        });
        let before = before.map(|t| t.name.text.clone()).next();
        let last = || self.subject.as_ref().map(|s| s.name.text.clone());
        seen.or(around).or(before).or_else(last).filter(|name| self.definitions.get(name).is_some())
    }

    /// What a name is in the scope in which it stands: a bound one, or of what kind the value before its dot is.
    /// `None`: nothing has such a name.
    fn in_scope(
        &self,
        role: &Role,
        sight: Option<&Sight>,
        system: Option<&str>,
        word: &cursor::Word<'_>,
    ) -> Option<Scoped> {
        let pointer = Pointer { name: word.text.to_owned(), at: word.at, behind: None };
        let alone = Some(Scoped::Stands(Stands::Alone));
        let seen = match (role, sight.map(|s| &s.inside), system) {
            (Role::Operand(operand), _, Some(system)) => self.operand(system, operand, None, pointer),
            (Role::Value | Role::Place, Some(In::System(_)), Some(system)) => {
                in_system(&self.definitions, &plain(system), Some(pointer))
            }
            _ => return alone,
        };
        let Some(Seen { program, scene: Some(scene), .. }) = seen else { return alone };
        match scene.owner {
            Owner::Nobody => {
                let Some(local) = scene.locals.iter().rev().find(|l| l.name == word.text) else {
                    return alone;
                };
                let signature = format!("local {}: {}", local.name, program.types.name(local.ty, &program));
                let place = Some(self.sources.locate(local.span));
                let declared = Some(local.span);
                Some(Scoped::Local(Box::new(Inspection { place, declared, ..Inspection::of(signature) })))
            }
            Owner::Variants(id) => Some(Scoped::Stands(Stands::In(program.enums[id.index()].name.clone()))),
            Owner::Value(ty) => match program.types.get(program.types.inner(ty)) {
                Type::Node(id) => Some(Scoped::Stands(Stands::In(program.nodes[id.index()].name.clone()))),
                Type::Record(id) => {
                    Some(Scoped::Stands(Stands::In(program.records[id.index()].name.clone())))
                }
                _ => Some(Scoped::Stands(Stands::BehindDot)),
            },
        }
    }

    /// What is known of a name. `system`: whose names come first.
    fn known(&self, name: &str, system: Option<&str>, stands: &Stands) -> Option<Inspection> {
        let behind = matches!(stands, Stands::In(_) | Stands::BehindDot);
        if let Some(found) = self.system_named(name).filter(|_| !behind) {
            return Some(found);
        }
        let declared = system.map_or(Vec::new(), |s| self.declared_in(s));
        let its = |d: &&Declared| matches!(stands, Stands::In(of) if d.within.as_ref() == Some(of));
        let named = |d: &&Declared| d.name == name;
        let best = declared.iter().filter(named).find(its);
        let best = best.or_else(|| declared.iter().filter(named).find(|d| d.is_field == behind));
        if let (Some(d), Some(system)) = (best.or(declared.iter().find(named)), system) {
            return Some(self.describe(d, system));
        }
        if matches!(*stands, Stands::BehindUse | Stands::Anywhere)
            && let Some((known, text)) =
                self.library.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            return Some(mapping(known, text));
        }
        (*stands == Stands::Anywhere).then(|| self.elsewhere(name)).flatten().or_else(|| word(name))
    }

    /// Of a member that several systems have, with how to ask for that of another.
    fn with_others(&self, found: Inspection, name: &str) -> Inspection {
        let has = |system: &&str| self.declared_in(system).iter().any(|d| d.name == name && !d.is_field);
        let others = self.definitions.names().filter(has).filter(|system| {
            found.next.as_ref().is_some_and(|next| !next.starts_with(&format!("check {system} ")))
        });
        let others: Vec<String> = others.map(|system| format!("`?{system}.{name}`")).collect();
        if found.next.is_none() || others.is_empty() {
            return found;
        }
        let more = format!("others have it too: {}", others.join(", "));
        let docs = found.docs.into_iter().chain([more]).collect::<Vec<_>>().join("\n");
        Inspection { docs: Some(docs), ..found }
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

    pub(super) fn declared_in(&self, system: &str) -> Vec<Declared> {
        match (self.program_of(system), self.definitions.get(system)) {
            (Some(program), _) => members::typed(&program),
            (None, Some(definition)) => members::untyped(definition),
            (None, None) => Vec::new(),
        }
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
            declared: Some(d.span),
            source: source.clone().filter(|s| s.lines().count() <= LINES),
            whole: source,
            ..Inspection::of(d.signature())
        }
    }

    /// The text of the member that declares a name; none of a field, of which the signature says all.
    fn written(&self, d: &Declared, system: &str) -> Option<String> {
        let declares = |span: Span| span.contains(d.span);
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
            declared: Some(definition.span),
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

/// What is known of a name in its scope.
enum Scoped {
    Local(Box<Inspection>),
    Stands(Stands),
}

/// Where a name stands: what it can be.
#[derive(Clone, PartialEq)]
enum Stands {
    BehindDot,
    /// A field or variant of what is named.
    In(String),
    BehindUse,
    Alone,
    /// Behind a `?`.
    Anywhere,
}

/// What is known of the name of `?NAME`, or `?SYSTEM.NAME`.
pub(super) fn asked(session: &Session, of: Option<&str>, name: &Name) -> Result<Inspection, Stop> {
    let system = session.subject.as_ref().map(|s| s.name.text.as_str());
    let system = of.filter(|of| session.definitions.get(of).is_some()).or(system);
    let found = match super::magic::help(&name.text) {
        Some(help) => Some(Inspection { docs: Some(help.to_owned()), ..Inspection::of(name.text.clone()) }),
        None => session.known(&name.text, system, &Stands::Anywhere),
    };
    let found = found.map(|found| if of.is_none() { session.with_others(found, &name.text) } else { found });
    found.ok_or_else(|| {
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
            declared: None,
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
