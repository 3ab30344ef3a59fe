//! Obligations: what the type of each order, invariant, resolution and reconciler makes the engine check.
//!
//! Enters: a program. Leaves: properties as typed expressions, in the order of the members, and the program with the
//! locals, types and ghosts that those expressions need. Pure desugaring: nothing here is known to the engine, and
//! every obligation could be written by hand in the language. What cannot be checked for lack of a clause is a property
//! too, [`PropertyKind::NotChecked`], which says what to write.

use crate::analysis::program::{Header, Program};
use crate::concepts::Topic;
use crate::obligations::property::{Property, PropertyKind};
use crate::span::Span;

mod build;
mod fence;
mod invariants;
mod merge;
mod orders;
mod probes;
pub mod property;
mod reconcilers;
mod resolutions;

/// Every obligation of every member: orders, then invariants, resolutions and reconcilers, each in declaration order;
/// within a member in the order of its types and clauses. Each member has at least one.
///
/// Adds to `program` (fresh locals, interned types, and for an order with several views one ghost that remembers what
/// was agreed), so call it once for each program that is to be executed.
pub fn obligations(program: &mut Program) -> Vec<Property> {
    let mut properties = Vec::new();
    for member in 0..program.orders.len() {
        orders::order(program, member, &mut properties);
    }
    for member in 0..program.invariants.len() {
        invariants::invariant(program, member, &mut properties);
    }
    for member in 0..program.resolutions.len() {
        resolutions::resolution(program, member, &mut properties);
    }
    for member in 0..program.reconcilers.len() {
        reconcilers::reconciler(program, member, &mut properties);
    }
    properties
}

/// For the audit, which asks it of every resolution: whether happening twice is happening once, of those whose types do
/// not promise it. That it is not breaks nothing; it is only worth knowing.
pub fn repetitions(program: &Program) -> Vec<Property> {
    let mut properties = Vec::new();
    for member in 0..program.resolutions.len() {
        resolutions::repetition(program, member, &mut properties);
    }
    properties
}

/// Collects the properties of one member.
struct Member<'a> {
    header: Header,
    index: usize,
    /// Nothing that can be checked was written: the reason why is that it is only stated.
    only_stated: bool,
    properties: &'a mut Vec<Property>,
}

impl Member<'_> {
    /// Adds an obligation; `probes` are to be pushed by the caller.
    fn add(&mut self, words: impl Into<String>, span: Span, kind: PropertyKind) -> &mut Property {
        self.properties.push(Property {
            concept: self.header.concept,
            member: self.index,
            words: words.into(),
            topic: Topic::Other,
            span,
            kind,
            probes: Vec::new(),
        });
        self.properties.last_mut().expect("just pushed")
    }

    /// Adds an obligation that cannot be checked, and what to write so that it can.
    fn unchecked(&mut self, words: &str, missing: &str) -> &mut Property {
        let why = if self.only_stated { format!("only stated: {missing}") } else { missing.to_string() };
        let span = self.header.span;
        self.add(words, span, PropertyKind::NotChecked(why))
    }
}
