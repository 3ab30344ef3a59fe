//! Variants: systems that differ from a system in one thing.
//!
//! Enters: a typed program. Leaves: the same with one part weaker, and which part that is. What its members say stays as
//! it was: a weaker `def` is a weaker `def` for steps alone, and for a `merge`, which speaks of what steps use.
//! The idea is that of mutation testing (DeMillo, Lipton and Sayward, Hints on Test Data Selection, 1978), asked of a
//! model whose every run is looked at: what can be taken away without a member noticing is superfluous, or untested.

mod apart;
mod polarity;
pub mod relax;
pub mod weaken;

use crate::analysis::Looser;
use crate::analysis::program::{Fairness, Link, NodeId, Program};
use crate::span::Span;

/// What is weaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakening {
    /// A condition of a guard, a filter or a definition always holds.
    Condition,
    /// An act without a `when` comes also where it sees no drift; the drift, which is the goal, stays.
    Drift,
    /// A condition of a definition that is asked for its opposite alone never holds.
    Never,
    /// `<` lets the same value through, `<=` the next.
    Boundary,
    /// A statement is not carried out.
    Statement,
    /// A durable field is volatile.
    Volatile,
    /// Nobody takes the message.
    Handler,
    /// A resolution is not there.
    Resolution,
    /// A reconciler is not there.
    Reconciler,
    /// Messages overtake each other.
    Unordered,
    /// Messages may be lost.
    Lossy,
    /// Messages may come twice.
    Duplicating,
    /// It happens less surely.
    Fairness(Fairness),
    /// A word is left out, for which the system is analysed anew.
    Looser(Looser),
}

impl Variant {
    /// Whether all that could happen still can.
    pub fn only_adds(&self) -> bool {
        match self.weakening {
            Weakening::Condition | Weakening::Never | Weakening::Boundary => self.adds,
            Weakening::Lossy | Weakening::Duplicating | Weakening::Unordered | Weakening::Drift => true,
            Weakening::Fairness(_) => true,
            Weakening::Looser(_) => true,
            Weakening::Statement
            | Weakening::Volatile
            | Weakening::Handler
            | Weakening::Resolution
            | Weakening::Reconciler => false,
        }
    }

    /// Whether it only adds runs, or only takes some away: then as many states and steps are the same ones.
    pub fn is_monotonic(&self) -> bool {
        match self.weakening {
            Weakening::Condition | Weakening::Never | Weakening::Boundary => self.adds,
            Weakening::Handler
            | Weakening::Resolution
            | Weakening::Reconciler
            | Weakening::Lossy
            | Weakening::Duplicating
            | Weakening::Drift => true,
            // States and steps are the same by nature: runs are not.
            Weakening::Fairness(_) => false,
            // What is in flight is told apart in another way.
            Weakening::Unordered => false,
            Weakening::Statement | Weakening::Volatile | Weakening::Looser(_) => false,
        }
    }
}

/// A system that is weaker in one part.
#[derive(Debug, Clone)]
pub struct Variant {
    /// How.
    pub weakening: Weakening,
    /// The part, where it was written.
    pub span: Span,
    /// What it belongs to: `produce`, `on Fetch`, `def serves`, `Broker`.
    pub of: String,
    /// Of a condition: it lets steps through and does nothing else, as in a guard; it decides between two ways in an
    /// `if` or a `for`, and a `def` may be asked for its opposite.
    pub adds: bool,
    /// Members that are not there any more: names.
    pub without: Option<String>,
    /// The weaker system.
    pub program: Program,
}

/// More messages than these at once are a model that nobody can look at.
const MOST_IN_FLIGHT: u32 = 8;

/// The capacity of an ordered link is that of a pair of nodes, the one of an unordered link that of all of them.
fn loosened_capacity(program: &Program, link: &Link) -> u32 {
    let of = |kind: &NodeId| program.nodes[kind.index()].count;
    let pairs: u32 = link.ways().iter().map(|(from, to)| of(from) * of(to)).sum();
    link.capacity.saturating_mul(pairs.max(1)).min(MOST_IN_FLIGHT.max(link.capacity))
}
