//! Keywords inside a statement, clause, member or command: by the word that it begins with.
//!
//! Enters: that word. Leaves: the keywords that may follow it.

use super::Kw::{self, *};

/// What may follow the first word at once.
pub fn directly_after(head: Kw) -> &'static [Kw] {
    match head {
        Act => &[At, When],
        Run => &[Until],
        Save => &[Trace, As],
        Compare => &[Traces],
        Reductions | Symmetry => &[Off],
        Always => &[Eventually],
        Eventually => &[Always],
        On => &[Restart],
        _ => &[],
    }
}

/// What may follow an operand, by the first word; without one, in an expression.
pub fn inside(head: Option<Kw>) -> &'static [Kw] {
    let Some(head) = head else { return &[LeadsTo] };
    match head {
        System => &[From],
        Check => &[Profile, Refines],
        Scenario => &[On],
        Find => &[Within, Steps, Faults, Expect],
        Sweep | Relax | Why => &[Of],
        Grade => &[Against],
        Compare => &[By],
        Simulate => &[Runs, Seed],
        Save => &[As, Scenario],
        Do | Enabled | Failed => &[Observe, At, With],
        Deliver | Reorder | Lose | Duplicate => &[From, To, With],
        Crash | Wipe | Restart | Pause | Resume | Skew | Stale => &[With],
        Run => &[Until, Times],
        Node | Enum => &[Symmetric],
        Link => &[Between, From, To, Ordered, Unordered, Lossy, Duplicating, Capacity, Latency],
        Volatile | Durable => &[Fresh],
        Action | Act => &[At, When, Within, Ticks],
        On => &[From, At, When],
        At => &[When, Within, Ticks],
        When => &[Within, Ticks],
        Every => &[Ticks],
        Write => &[Expects, Carries],
        Send => &[To],
        Monotonic => &[Strictly, LeadsTo],
        Strictly => &[In, For],
        Attempts => &[AtMost],
        Each => &[HasOwner, OnlyItsOwnerTakes, LeadsTo],
        _ => &[],
    }
}
