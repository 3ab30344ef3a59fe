//! Traces: from the id of a state to the run that leads there.
//!
//! Enters: ids, or steps of the graph. Leaves: paths with the instance and choice of each step. Only the parent of each
//! state is stored; what happened between the two is found by expanding the parent again, which proves at the same
//! time that each step of the trace is real. Where states stand for their orbits, the path is one of the machine all the
//! same: from a real state the successor is taken that lies in the orbit wanted.

use super::exploration::{Path, PathStep};
use super::live::Label;
use super::machine::{Machine, Step, Trap, Word};
use super::steps::{Numbered, Orbits, steps};
use super::store::{BLOCK, Cursor, NONE, States};

pub(super) struct Replay<'s, M: Machine> {
    machine: &'s M,
    states: &'s States,
    scratch: M::Scratch,
    /// For what looks at successors while `scratch` makes them.
    judge: M::Scratch,
    orbits: Orbits<'s, M>,
    /// Paths jump back and forth between blocks.
    cursors: Vec<Cursor>,
}

/// Blocks that are kept unpacked.
const KEPT: usize = 16;

/// Which successor is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'w> {
    /// The first that is this state (or of its orbit).
    State(&'w [Word]),
    /// The first that is this state by a step of this label.
    Labelled(&'w [Word], Label),
    /// The first that is this state by a step with this fair key.
    Keyed(&'w [Word], u64),
    /// The n-th, from 1.
    Position(u32),
}

/// What happened at a step whose number is known of another state of the orbit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sought {
    /// The property is false, or has the trap with this site.
    Judgement(usize, Option<u32>),
    /// The step itself has a trap with this site.
    Trap(u32),
}

impl<'s, M: Machine> Replay<'s, M> {
    pub(super) fn new(machine: &'s M, states: &'s States) -> Self {
        let cursors = (0..KEPT).map(|_| Cursor::default()).collect();
        let (scratch, judge) = (machine.scratch(), machine.scratch());
        Replay { machine, states, scratch, judge, orbits: Orbits::new(machine), cursors }
    }

    pub(super) fn symmetric(&self) -> bool {
        self.orbits.symmetric()
    }

    /// Whether states could not be read back.
    pub(super) fn lost(&self) -> bool {
        self.states.lost()
    }

    /// A state by its id.
    pub(super) fn state(&mut self, id: u32) -> Box<[Word]> {
        self.cursors[id as usize / BLOCK % KEPT].state(self.states, id).into()
    }

    fn parent(&mut self, id: u32) -> u32 {
        self.cursors[id as usize / BLOCK % KEPT].parent(self.states, id)
    }

    /// The first path to a state: fewest faults, then fewest steps. Errors: the machine did not repeat a step.
    pub(super) fn to(&mut self, id: u32) -> Result<Path, String> {
        let mut chain = vec![id];
        let mut at = id;
        loop {
            at = self.parent(at);
            if at == NONE {
                break;
            }
            chain.push(at);
        }
        let first = chain.pop().unwrap_or(id);
        let mut path = Path { init: self.state(first), steps: Vec::new(), loop_start: None };
        for next in chain.iter().rev() {
            let next = self.state(*next);
            self.go(&mut path, Wanted::State(&next))?;
        }
        // A placeholder for a lost block is no state, and no run begins there.
        if self.lost() {
            return Err("the states of a trace could not be read back".to_string());
        }
        Ok(path)
    }

    /// Takes one more step.
    pub(super) fn go(&mut self, path: &mut Path, wanted: Wanted<'_>) -> Result<(), String> {
        let step = self.find(path.last(), wanted);
        let number = path.steps.len() + 1;
        path.steps.push(step.ok_or_else(|| format!("step {number} of a trace cannot be taken again"))?);
        Ok(())
    }

    fn find(&mut self, from: &[Word], wanted: Wanted<'_>) -> Option<PathStep> {
        let Replay { machine, scratch, orbits, .. } = self;
        let mut found = None;
        steps(*machine, scratch, from, |Numbered { position, instance, choice, result }| {
            let (Ok(successor), None) = (result, &found) else { return };
            let after = successor.state;
            let meant = match wanted {
                Wanted::State(state) => after == state || orbits.representative(after) == state,
                Wanted::Labelled(state, label) => {
                    let info = &machine.instances()[instance as usize];
                    after == state && Label::new(info, successor.fair_key) == label
                }
                Wanted::Keyed(state, key) => after == state && successor.fair_key == key,
                Wanted::Position(n) => position == n,
            };
            if meant {
                found = Some(PathStep { instance, choice, state: after.into() });
            }
        });
        found
    }

    /// The number, from 1, of the first step out of a state at which something sought happens; if there is none, of the
    /// first with another trap (of several, which comes first depends on the order of members).
    pub(super) fn position(&mut self, from: &[Word], sought: Sought) -> Option<u32> {
        let Replay { machine, scratch, judge, .. } = self;
        let (mut found, mut near) = (None, None);
        steps(*machine, scratch, from, |Numbered { position, instance, choice, result }| {
            if found.is_some() {
                return;
            }
            let (exactly, nearly) = match (sought, result) {
                (Sought::Trap(site), Err(trap)) => (trap.site == site, true),
                (Sought::Judgement(property, site), Ok(successor)) => {
                    let step = Step { before: from, instance, choice, after: successor.state };
                    match machine.step_holds(judge, property, step) {
                        Ok(holds) => (!holds && site.is_none(), false),
                        Err(trap) => (Some(trap.site) == site, site.is_some()),
                    }
                }
                _ => (false, false),
            };
            if exactly {
                found = Some(position);
            } else if nearly {
                near.get_or_insert(position);
            }
        });
        found.or(near)
    }

    /// The instance of the n-th successor or trap of a state, from 1, and the trap if it is one.
    pub(super) fn instance_at(&mut self, from: &[Word], n: u32) -> Option<(u32, Option<Trap>)> {
        let mut found = None;
        steps(self.machine, &mut self.scratch, from, |step| {
            if step.position == n {
                found = Some((step.instance, step.result.err()));
            }
        });
        found
    }
}
