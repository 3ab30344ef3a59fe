//! The door between `model` and the search: what an exploration needs to know of a model, and nothing of the language.
//!
//! Enters: nothing (a trait). Leaves: [`Machine`], implemented by `model::Model` and by hand-written models in tests and
//! benchmarks. Expanding a state is a pure function from packed state to packed successors.

use super::stubborn::Footprints;

/// A state is `words()` words; equal states are equal words (the packing is canonical).
pub type Word = u64;

/// Why a step or an expression has no value: index into the model's table of traps (kind, span, words) and up to two
/// operands to show (a value out of range and the capacity of a link, say).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trap {
    /// Index into the model's table of traps.
    pub site: u32,
    /// What to show; 0 where there is nothing.
    pub operands: [i64; 2],
}

/// Who takes a step. Faults and client steps are switched off where convergence is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepClass {
    /// An unfair action.
    Client,
    /// Deliveries, resolutions, reconcilers, fair actions.
    System,
    /// restart, heal: fair, and not charged to a budget of faults.
    Recovery,
    /// crash, lose, duplicate, reorder, partition: each counts one fault.
    Fault,
}

/// How surely an instance is taken, on a fair run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strength {
    /// Perhaps never.
    Unfair,
    /// If it stays possible.
    Weak,
    /// If it is possible again and again.
    Strong,
}

/// One instance of an action (all parameters bound), or one slot of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Who takes it.
    pub class: StepClass,
    /// How surely.
    pub strength: Strength,
    /// Step of a reconciler: counted as a round of repair. Index into the program's reconcilers.
    pub reconciler: Option<u32>,
    /// Whom else it shares its fairness with.
    pub joint: Joint,
}

/// Fairness is owed to each instance, and to what is one thing written in several clauses: where some clause of it is
/// possible all the time, though each only now and then, one of them is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Joint {
    /// It stands for itself; deliveries of one message are one.
    Alone,
    /// The clause, from 0, of several that take the same message.
    Handler(u32),
    /// The number of the first instance of those that are acts of one member at one node.
    Acts(u32),
}

/// A successor. `fair_key` tells fair instances apart: steps with equal keys satisfy each other's fairness (a delivery's
/// key depends on the message, not on the slot it happens to lie in). Meaningless for unfair steps.
#[derive(Debug, Clone, Copy)]
pub struct Successor<'a> {
    /// Which instance leads there.
    pub instance: u32,
    /// See above.
    pub fair_key: u64,
    /// Packed.
    pub state: &'a [Word],
}

/// What the steps of an instance are to a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Of the repair itself.
    Own,
    /// What its own steps wait for and cannot be kept from: time goes on, a view shows what is there. No repair by itself.
    Informs,
    /// Of others that may mend what it handles: where one of them can be taken, nothing has ended yet.
    Other,
    /// They do not count.
    None,
}

/// What happens on the runs without end that a property is judged on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clients {
    /// Faults and client steps too.
    GoOn,
    /// From every reachable state on, neither.
    Stop,
}

/// How a property is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// [`Machine::state_holds`] on every reachable state.
    State,
    /// [`Machine::step_holds`] on every step.
    Step,
    /// Every fair run from every reachable state reaches `part_holds(p, 0, ·)` and stays there.
    Converges(Clients),
    /// On every fair run: a state where part 0 holds is followed (or accompanied) by one where part 1 holds.
    LeadsTo(Clients),
    /// As `LeadsTo` with part 0 true in initial states alone.
    Eventually,
    /// From every reachable state its own steps ([`Machine::role`]) come to an end, with the same possible ends
    /// ([`Machine::value`]) whichever goes first, and no end leaves part 0 false while nobody else can act.
    Repairs,
    /// As `State`; besides, once faults and clients have stopped every fair run leaves the states where
    /// `part_holds(p, 0, ·)`, which it does not where it has no value.
    Returns,
    /// As `Step`; besides, on every fair run what [`Machine::owes`] an obligation without end [`Machine::pays`] it.
    Refines,
    /// Decided when the model was built (merge laws, not checked): never asked.
    Settled,
}

impl Judged {
    /// Whether [`Machine::state_holds`] is asked on every reachable state.
    pub fn in_states(self) -> bool {
        matches!(self, Judged::State | Judged::Returns)
    }

    /// Whether [`Machine::step_holds`] is asked of every step.
    pub fn in_steps(self) -> bool {
        matches!(self, Judged::Step | Judged::Refines)
    }
}

/// A model that can be explored.
pub trait Machine: Sync {
    /// Registers and buffers of one thread.
    type Scratch: Send;

    /// Words of a packed state, at least 1.
    fn words(&self) -> usize;
    /// What one thread needs.
    fn scratch(&self) -> Self::Scratch;

    /// Every initial state, possibly repeated, as long as `visit` returns true; the order is the same in every run.
    fn initial(&self, scratch: &mut Self::Scratch, visit: &mut dyn FnMut(Result<&[Word], Trap>) -> bool);

    /// Every step out of `state`, in the order of instances and of choices, including steps that change nothing and
    /// repeated successors. A trap stands for the successor it prevented.
    fn expand<F>(&self, scratch: &mut Self::Scratch, state: &[Word], visit: F)
    where
        F: FnMut(u32, Result<Successor<'_>, Trap>);

    /// All, in the order in which `expand` shows them.
    fn instances(&self) -> &[InstanceInfo];

    /// Whether states have orbits of more than one state, so that one of each need be explored.
    fn symmetric(&self) -> bool {
        false
    }

    /// Makes `state` the representative of its orbit: of all states that a renaming of interchangeable nodes and values
    /// turns it into. Returns how many they are. Steps, properties and probes are the same for all of them.
    fn canonical(&self, _scratch: &mut Self::Scratch, _state: &mut [Word]) -> u64 {
        1
    }

    /// What each instance may read and write, if that is known and everything that is judged of this machine is judged
    /// on states: then the order of steps that do not touch each other need not be explored.
    fn footprints(&self) -> Option<Footprints> {
        None
    }

    /// Faults used up to this state (the sum of spent budgets): 0 in initial states, grows by one at each fault step.
    fn faults_used(&self, state: &[Word]) -> u32;

    /// Which monitor watches the run in a state, from 1: it is a state of the model with what that monitor remembers; 0:
    /// none. The steps that begin to watch are taken beside the same steps that do not, so what is left without such
    /// states is the model alone: they are counted apart. No step goes from one monitor to another.
    fn watcher(&self, _state: &[Word]) -> u32 {
        0
    }

    /// Whether a state watches a run.
    #[inline(always)]
    fn watching(&self, state: &[Word]) -> bool {
        self.watcher(state) != 0
    }

    /// The monitor where whose runs a property is judged, and nowhere else; 0: everywhere else.
    fn watcher_of(&self, _property: usize) -> u32 {
        0
    }

    /// The monitor that alone makes a probe true that stands on a property of others; 0: none.
    fn probe_watcher(&self, _probe: usize) -> u32 {
        0
    }

    /// False: outside the author's bounds. Such a state is judged and counted as cut, but not expanded.
    fn within_bounds(&self, scratch: &mut Self::Scratch, state: &[Word]) -> Result<bool, Trap>;

    /// How each property is judged; the index is the property's id below.
    fn properties(&self) -> &[Judged];

    /// Errors: the property has no value in the state.
    fn state_holds(&self, scratch: &mut Self::Scratch, property: usize, state: &[Word])
    -> Result<bool, Trap>;

    /// `choice` counts the successors and traps of `instance` in `before` in the order of `expand`, from 0.
    fn step_holds(&self, scratch: &mut Self::Scratch, property: usize, step: Step<'_>) -> Result<bool, Trap>;

    /// As `state_holds`, for a part of a property that is judged on runs.
    fn part_holds(
        &self,
        scratch: &mut Self::Scratch,
        property: usize,
        part: usize,
        state: &[Word],
    ) -> Result<bool, Trap>;

    /// What the steps of an instance are to a property of repair.
    fn role(&self, _property: usize, _instance: u32) -> Role {
        Role::None
    }

    /// Appends what a repair protects, what would be, or what a state stands for in a specification, as words that are equal where it is
    /// equal.
    fn value(
        &self,
        _scratch: &mut Self::Scratch,
        _property: usize,
        _state: &[Word],
        _value: &mut Vec<Word>,
    ) -> Result<(), Trap> {
        Ok(())
    }

    /// What the fair runs of a specification owe: how surely each comes, never [`Strength::Unfair`]. Asked once every step
    /// has been judged.
    fn owed(&self, _property: usize) -> Vec<Strength> {
        Vec::new()
    }

    /// Whether an obligation of the specification can be paid where a state stands for `value`.
    fn owes(&self, _property: usize, _obligation: usize, _value: &[Word]) -> bool {
        false
    }

    /// Whether a step from one value to another pays it.
    fn pays(&self, _property: usize, _obligation: usize, _from: &[Word], _to: &[Word]) -> bool {
        false
    }

    /// What it has come to know beside what is told to the engine, as words: told of in the end, of all that was explored.
    fn learnt(&self) -> Vec<Word> {
        Vec::new()
    }

    /// Takes over what one that is equal had come to know: in another process, or before an interruption.
    fn learn(&self, _learnt: &[Word]) {}

    /// Number of vacuity probes: conditions that a non-vacuous run makes true at least once.
    fn probes(&self) -> usize;

    /// Whether a probe looks at steps (else at states alone): steps need not be shown once all of those are seen.
    fn probes_steps(&self, _probe: usize) -> bool {
        true
    }

    /// Sets `seen[i]` for each probe that is true in this state, or in this step where one is given. Only probes not
    /// yet seen are evaluated.
    fn probe(&self, scratch: &mut Self::Scratch, state: &[Word], step: Option<Step<'_>>, seen: &mut [bool]);
}

/// A step with the states on both sides.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The state before.
    pub before: &'a [Word],
    /// Which instance is taken.
    pub instance: u32,
    /// Counts what it leads to, from 0.
    pub choice: u32,
    /// The state after.
    pub after: &'a [Word],
}
