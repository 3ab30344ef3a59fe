//! Obligations: what the type of each order, invariant, resolution and reconciler makes the engine check.
//!
//! Enters: a program. Leaves: properties as typed expressions, in the order of the members, and the program with the
//! locals, types and ghosts that those expressions need. Pure desugaring: nothing here is known to the engine, and
//! every obligation could be written by hand in the language. What cannot be checked for lack of a clause is a property
//! too, [`PropertyKind::NotChecked`], which says what to write.

use crate::analysis::program::{Header, Program};
use crate::concepts::{ConceptKind, Fault, FaultBudget, Topic};
use crate::obligations::property::{Property, PropertyKind};
use crate::span::Span;

mod attempt;
mod build;
mod changes;
mod fence;
mod instances;
mod invariants;
mod merge;
mod monitor;
mod orders;
mod origins;
mod probes;
pub mod property;
mod reaching;
mod reconcilers;
mod refused;
mod repair;
mod resolutions;
mod rest;
mod retry;
mod shadow;
mod undone;
mod valued;

/// Whose obligations are made, and whether runs are watched for them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'w> {
    /// Names of members; empty: all.
    pub members: &'w [String],
    /// Whether runs are watched.
    pub watch: Watch,
    /// What becomes of nodes that crash.
    pub crashed: Crashed,
}

/// What becomes of nodes that have stopped: what waits for them would wait for ever where they stay down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Crashed {
    /// Bit n: nodes of kind n never come back.
    stay_down: u64,
    /// Nodes may go down at all.
    pub go_down: bool,
    /// Durable fields may be lost too.
    pub wiped: bool,
    /// Why something may be waited for that never comes, other than nodes of a kind that never come back.
    pub stranded: Option<&'static str>,
}

impl Crashed {
    /// Under a budget.
    pub fn of(faults: &FaultBudget) -> Crashed {
        let mut stay_down = 0;
        for (_, entry) in faults.of(Fault::Restart).filter(|(_, entry)| entry.times == 0) {
            stay_down |= entry.of.map_or(u64::MAX, |kind| 1u64.checked_shl(kind).unwrap_or(0));
        }
        let wiped = faults.allows(Fault::Wipe);
        let go_down = wiped || faults.allows(Fault::Crash);
        Crashed { stay_down, go_down, wiped, stranded: stranded(faults) }
    }

    /// Whether nodes of a kind, by its index, may restart.
    pub fn come_back(self, kind: usize) -> bool {
        kind >= 64 || self.stay_down >> kind & 1 == 0
    }
}

/// What faults may leave as it is for ever, if only on some runs or of some nodes.
fn stranded(faults: &FaultBudget) -> Option<&'static str> {
    let fewer = |mends: Fault, breaks: &[Fault]| {
        faults.of(mends).find(|(_, mend)| {
            let meets = |of: Option<u32>| of.is_none() || mend.of.is_none() || of == mend.of;
            let broken = faults.said().filter(|(_, e)| breaks.contains(&e.fault) && meets(e.of));
            mend.times < broken.map(|(_, entry)| entry.times).fold(0, u32::saturating_add)
        })
    };
    if faults.of(Fault::Partition).any(|(_, entry)| entry.lasting && entry.times > 0) {
        return Some("a `lasting` partition keeps what it cuts off waiting for ever");
    }
    if fewer(Fault::Resume, &[Fault::Pause]).is_some() {
        return Some(
            "a paused node may never resume, and what waits for it waits for ever: allow as many `resume`",
        );
    }
    // Where none restarts, nobody waits for them.
    let few = fewer(Fault::Restart, &[Fault::Crash, Fault::Wipe]).filter(|(_, entry)| entry.times > 0);
    few.map(|_| "a node may go down once more than it restarts, and what waits for it waits for ever: allow as many `restart`")
}

/// What becomes of obligations that are judged on whole runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Watch {
    /// Monitors are added for them.
    #[default]
    Runs,
    /// They are left out: the program steps as it did.
    Nothing,
    /// They are left out, but for what one run shows by itself, where something is remembered of it.
    OneRun,
}

/// Every obligation of every member: orders, then invariants, resolutions and reconcilers, each in declaration order;
/// within a member in the order of its types and clauses. Each member has at least one.
///
/// Adds to `program` (fresh locals, interned types, ghosts that remember what was agreed, monitors), so call it once for
/// each program that is to be executed.
pub fn obligations(program: &mut Program) -> Vec<Property> {
    wanted(program, Wanted::default())
}

/// The same of some members.
pub fn wanted(program: &mut Program, wanted: Wanted<'_>) -> Vec<Property> {
    let mut properties = Vec::new();
    let original = program.clone();
    let asked = |header: &Header| wanted.members.is_empty() || wanted.members.contains(&header.name);
    let every: [(usize, Make); 4] = [
        (program.orders.len(), orders::order),
        (program.invariants.len(), invariants::invariant),
        (program.resolutions.len(), resolutions::resolution),
        (program.reconcilers.len(), reconcilers::reconciler),
    ];
    for (concept, (count, make)) in ConceptKind::ALL.into_iter().zip(every) {
        for index in 0..count {
            if asked(program.header(concept, index)) {
                let Wanted { watch, crashed, .. } = wanted;
                let properties = &mut properties;
                make(program, index, &mut Made { properties, watch, crashed, original: &original });
            }
        }
    }
    properties
}

/// Makes the obligations of a member.
type Make = fn(&mut Program, usize, &mut Made<'_>);

/// What was made so far.
struct Made<'a> {
    properties: &'a mut Vec<Property>,
    watch: Watch,
    crashed: Crashed,
    /// Before anything was added.
    original: &'a Program,
}

/// For the audit, which asks it of every resolution: whether happening twice is happening once, of those whose types do
/// not promise it. That it is not breaks nothing; it is only worth knowing.
pub fn repetitions(program: &Program) -> Vec<Property> {
    let mut properties = Vec::new();
    for member in 0..program.resolutions.len() {
        resolutions::repetition(
            program,
            member,
            &mut Made {
                properties: &mut properties,
                watch: Watch::Nothing,
                crashed: Crashed::default(),
                original: program,
            },
        );
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
    watch: Watch,
    crashed: Crashed,
    original: &'a Program,
}

impl<'a> Member<'a> {
    fn new(header: Header, index: usize, only_stated: bool, made: &'a mut Made<'_>) -> Self {
        Member {
            header,
            index,
            only_stated,
            properties: &mut *made.properties,
            watch: made.watch,
            crashed: made.crashed,
            original: made.original,
        }
    }

    /// Whether runs are watched.
    fn watches(&self) -> bool {
        self.watch == Watch::Runs
    }

    /// Adds an obligation; `probes` are to be pushed by the caller.
    fn add(&mut self, words: impl Into<String>, span: Span, kind: PropertyKind) -> &mut Property {
        self.properties.push(Property {
            concept: self.header.concept,
            member: self.index,
            words: words.into(),
            topic: Topic::Other,
            span,
            kind,
            watched_by: None,
            probes: Vec::new(),
            worlds: Vec::new(),
            otherwise: None,
            notes: Vec::new(),
            doubts: Vec::new(),
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
