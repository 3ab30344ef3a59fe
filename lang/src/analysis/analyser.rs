//! One system to one program: the passes, in order.
//!
//! Enters: the members of a system and the values of its parameters. Leaves: the program and every diagnostic.

use super::check::{Checker, Context};
use super::definitions::{Definition, Entry, duplicate};
use super::program::{Header, Program};
use super::sought::Sought;
use super::{lints, outside, program};
use crate::concepts::ConceptKind;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::syntax::tree::{self, Member, MemberKind, Name, Target};
use std::ops::{Deref, DerefMut};

pub(super) struct Analyser<'p, 'm> {
    pub checker: Checker<'p>,
    pub members: Vec<Of<'m>>,
}

/// A member and the system that declared it.
#[derive(Clone, Copy)]
pub(super) struct Of<'m> {
    pub member: &'m Member,
    pub system: &'m str,
}

impl<'p> Deref for Analyser<'p, '_> {
    type Target = Checker<'p>;
    fn deref(&self) -> &Checker<'p> {
        &self.checker
    }
}

impl DerefMut for Analyser<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.checker
    }
}

/// The program of a system (also where there are errors: then nothing may execute it), and what is wrong.
pub(super) fn analyse(definition: &Definition, target: &Target) -> (Program, Vec<Diagnostic>) {
    let (program, diagnostics, _) = passes(definition, target, None);
    (program, diagnostics)
}

/// The program of a system, and what is around a name in it.
pub(super) fn seek(
    definition: &Definition,
    target: &Target,
    sought: Option<Box<Sought>>,
) -> (Program, Option<Box<Sought>>) {
    let (program, _, sought) = passes(definition, target, sought);
    (program, sought)
}

fn passes(
    definition: &Definition,
    target: &Target,
    sought: Option<Box<Sought>>,
) -> (Program, Vec<Diagnostic>, Option<Box<Sought>>) {
    let mut program = Program {
        name: definition.name.clone(),
        docs: definition.docs.clone(),
        sentence: definition.sentence.clone(),
        base: definition.base.clone(),
        span: definition.span,
        ..Program::default()
    };
    // Nothing more is known of it: every other name would be reported, too.
    if definition.problems.iter().any(|d| d.code == codes::UNKNOWN_SYSTEM) {
        return (program, definition.problems.clone(), sought);
    }
    let of = |e: &'_ Entry| -> Option<()> { (!matches!(e.member.kind, MemberKind::Error)).then_some(()) };
    let members = definition
        .entries
        .iter()
        .filter(|e| of(e).is_some())
        .map(|e| Of { member: &e.member, system: &e.system })
        .collect();
    let mut analyser = Analyser { checker: Checker::new(&mut program), members };
    analyser.sought = sought;
    analyser.diagnostics.extend(definition.problems.iter().cloned());
    analyser.enums();
    let late = analyser.params(&target.args);
    analyser.types();
    analyser.late_params(late);
    analyser.variables();
    analyser.defs();
    analyser.initial_values();
    analyser.headers();
    analyser.behaviour();
    analyser.computed_again();
    analyser.clauses();
    analyser.conditions();
    let views = analyser.lag();
    analyser.time();
    analyser.remember_versions(views);
    analyser.knows();
    let sought = analyser.sought.take();
    let mut diagnostics = std::mem::take(&mut analyser.checker.diagnostics);
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(lints::lints(&program));
    }
    outside::only_own(definition, &mut diagnostics);
    diagnostics.dedup_by(|a, b| a.span == b.span && a.code == b.code && a.message == b.message);
    (program, diagnostics, sought)
}

impl Analyser<'_, '_> {
    /// The four concepts by name, so that acts can say whose they are and clauses can name each other.
    fn headers(&mut self) {
        let mut seen: Vec<(&Name, bool)> = Vec::new();
        for m in self.members.clone() {
            // What `do` and `run` name, and what reports name: within each, a name means one thing.
            let (name, step) = match &m.member.kind {
                MemberKind::Concept(c) => {
                    (&c.name, matches!(c.kind, ConceptKind::Resolution | ConceptKind::Reconciler))
                }
                MemberKind::Action(a) => (&a.name, true),
                _ => continue,
            };
            if let Some((first, _)) = seen.iter().find(|(n, s)| n.text == name.text && *s && step) {
                self.report(duplicate(name, first.span));
            }
            seen.push((name, step));
            let MemberKind::Concept(concept) = &m.member.kind else { continue };
            let header = self.header(concept, m);
            self.add_concept(concept.kind, header);
        }
    }

    fn header(&mut self, concept: &tree::Concept, m: Of<'_>) -> Header {
        Header {
            concept: concept.kind,
            name: concept.name.text.clone(),
            types: self.concept_types(concept),
            sentence: concept.sentence.as_ref().map(|s| s.value.clone()),
            docs: m.member.docs.clone(),
            span: concept.name.span,
            system: m.system.to_owned(),
        }
    }

    fn add_concept(&mut self, kind: ConceptKind, header: Header) {
        use program::{Invariant, Order, Reconciler, Resolution};
        match kind {
            ConceptKind::Order => self.program.orders.push(Order {
                header,
                scope: None,
                by: None,
                epoch: None,
                views: None,
                value: None,
                version: None,
                more: Vec::new(),
                writes: Vec::new(),
            }),
            ConceptKind::Invariant => self.program.invariants.push(Invariant { header, forms: Vec::new() }),
            ConceptKind::Resolution => self.program.resolutions.push(Resolution {
                header,
                handles: Vec::new(),
                actions: Vec::new(),
                attempts: None,
                backoff: None,
                merge: None,
                protects: None,
                since: Vec::new(),
                undoes: Vec::new(),
                key: Vec::new(),
                restores: None,
                token: None,
                writes: Vec::new(),
            }),
            ConceptKind::Reconciler => self.program.reconcilers.push(Reconciler {
                header,
                every: None,
                every_ticks: None,
                drift: None,
                desired: None,
                actual: None,
                atomic: false,
                observed: Vec::new(),
                actions: Vec::new(),
            }),
        }
    }

    /// Everything that can happen, in declaration order.
    fn behaviour(&mut self) {
        let (mut resolution, mut reconciler) = (0, 0);
        for m in self.members.clone() {
            match &m.member.kind {
                MemberKind::Action(action) => self.action(action, m.member.docs.clone()),
                MemberKind::Handler(handler) => {
                    let docs = m.member.docs.clone();
                    self.handler(handler, docs, None, program::Fairness::Weak);
                }
                MemberKind::Recovery(recovery) => self.recovery(recovery, m.member.docs.clone()),
                MemberKind::Concept(c) if c.kind == ConceptKind::Resolution => {
                    self.resolution_acts(c, resolution);
                    resolution += 1;
                }
                MemberKind::Concept(c) if c.kind == ConceptKind::Reconciler => {
                    self.reconciler_acts(c, reconciler);
                    reconciler += 1;
                }
                _ => {}
            }
        }
    }

    /// `init P`, `bound P`
    fn conditions(&mut self) {
        for m in self.members.clone() {
            match &m.member.kind {
                MemberKind::Init(e) => {
                    let e = self.within(Context::INIT, |c| c.condition(e));
                    self.program.init.push(e);
                }
                MemberKind::Bound(e) => {
                    let e = self.within(Context::BOUND, |c| c.condition(e));
                    self.program.bounds.push(e);
                }
                _ => {}
            }
        }
    }
}
