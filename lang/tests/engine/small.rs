//! Hand-written machines whose state fits one word, without the ceremony of `Machine`.

use reconverge_lang::engine::machine::{
    InstanceInfo, Joint, Judged, Machine, Role, Step, StepClass, Strength, Successor, Trap, Word,
};
use reconverge_lang::engine::{Exploration, Limits, Observer, Unobserved, explore};

pub type Out<'o> = &'o mut dyn FnMut(u32, u64, Result<u64, Trap>);

pub trait Small: Sync {
    fn instances(&self) -> Vec<InstanceInfo>;
    fn initial(&self) -> Vec<u64>;
    /// Reports instance, fair key and successor.
    fn next(&self, state: u64, out: Out<'_>);

    fn properties(&self) -> Vec<Judged> {
        Vec::new()
    }
    fn holds(&self, _property: usize, _part: usize, _state: u64) -> Result<bool, Trap> {
        Ok(true)
    }
    fn step(&self, _property: usize, _before: u64, _instance: u32, _after: u64) -> Result<bool, Trap> {
        Ok(true)
    }
    fn bound(&self, _state: u64) -> Result<bool, Trap> {
        Ok(true)
    }
    fn faults(&self, _state: u64) -> u32 {
        0
    }
    /// The representative of the state's orbit, and the size of the orbit.
    fn orbit(&self, _state: u64) -> Option<(u64, u64)> {
        None
    }
    fn role(&self, _instance: u32) -> Role {
        Role::None
    }
    /// What a repair protects.
    fn value(&self, _state: u64) -> u64 {
        0
    }
    fn probes(&self) -> usize {
        0
    }
    fn probe(&self, _probe: usize, _state: u64, _step: Option<(u64, u32)>) -> bool {
        false
    }
}

pub fn client() -> InstanceInfo {
    InstanceInfo {
        class: StepClass::Client,
        strength: Strength::Unfair,
        reconciler: None,
        joint: Joint::Alone,
    }
}

pub fn system(strength: Strength) -> InstanceInfo {
    InstanceInfo { class: StepClass::System, strength, reconciler: None, joint: Joint::Alone }
}

pub fn reconciler() -> InstanceInfo {
    InstanceInfo { reconciler: Some(0), ..system(Strength::Weak) }
}

pub fn fault() -> InstanceInfo {
    InstanceInfo {
        class: StepClass::Fault,
        strength: Strength::Unfair,
        reconciler: None,
        joint: Joint::Alone,
    }
}

/// A small machine as a machine; with `words > 1` the other words are functions of the first.
pub struct Of<S> {
    small: S,
    words: usize,
    instances: Vec<InstanceInfo>,
    properties: Vec<Judged>,
}

impl<S: Small> Of<S> {
    pub fn new(small: S, words: usize) -> Self {
        let (instances, properties) = (small.instances(), small.properties());
        Of { small, words, instances, properties }
    }

    fn wide(&self, state: u64) -> Vec<Word> {
        (0..self.words as u64).map(|i| state.wrapping_mul(1 + i * 0x1_0001)).collect()
    }
}

impl<S: Small> Machine for Of<S> {
    type Scratch = ();

    fn words(&self) -> usize {
        self.words
    }

    fn scratch(&self) {}

    fn initial(&self, (): &mut (), visit: &mut dyn FnMut(Result<&[Word], Trap>) -> bool) {
        for state in self.small.initial() {
            if !visit(Ok(&self.wide(state))) {
                return;
            }
        }
    }

    fn expand<F>(&self, (): &mut (), state: &[Word], mut visit: F)
    where
        F: FnMut(u32, Result<Successor<'_>, Trap>),
    {
        self.small.next(state[0], &mut |instance, fair_key, next| match next {
            Ok(next) => visit(instance, Ok(Successor { instance, fair_key, state: &self.wide(next) })),
            Err(trap) => visit(instance, Err(trap)),
        });
    }

    fn instances(&self) -> &[InstanceInfo] {
        &self.instances
    }

    fn symmetric(&self) -> bool {
        self.small.orbit(0).is_some()
    }

    fn canonical(&self, (): &mut (), state: &mut [Word]) -> u64 {
        let Some((representative, size)) = self.small.orbit(state[0]) else { return 1 };
        state.copy_from_slice(&self.wide(representative));
        size
    }

    fn faults_used(&self, state: &[Word]) -> u32 {
        self.small.faults(state[0])
    }

    fn within_bounds(&self, (): &mut (), state: &[Word]) -> Result<bool, Trap> {
        self.small.bound(state[0])
    }

    fn properties(&self) -> &[Judged] {
        &self.properties
    }

    fn state_holds(&self, (): &mut (), property: usize, state: &[Word]) -> Result<bool, Trap> {
        self.small.holds(property, 0, state[0])
    }

    fn step_holds(&self, (): &mut (), property: usize, step: Step<'_>) -> Result<bool, Trap> {
        self.small.step(property, step.before[0], step.instance, step.after[0])
    }

    fn part_holds(&self, (): &mut (), property: usize, part: usize, state: &[Word]) -> Result<bool, Trap> {
        self.small.holds(property, part, state[0])
    }

    fn role(&self, _property: usize, instance: u32) -> Role {
        self.small.role(instance)
    }

    fn value(&self, (): &mut (), _: usize, state: &[Word], value: &mut Vec<Word>) -> Result<(), Trap> {
        value.push(self.small.value(state[0]));
        Ok(())
    }

    fn probes(&self) -> usize {
        self.small.probes()
    }

    fn probe(&self, (): &mut (), state: &[Word], step: Option<Step<'_>>, seen: &mut [bool]) {
        for (i, seen) in seen.iter_mut().enumerate() {
            *seen |= self.small.probe(i, state[0], step.map(|s| (s.before[0], s.instance)));
        }
    }
}

/// Explores with the default limits but these.
pub fn run_with<S: Small>(small: S, limits: &Limits, observer: &dyn Observer) -> Exploration {
    explore(&Of::new(small, 1), limits, observer)
}

pub fn run<S: Small>(small: S) -> Exploration {
    run_with(small, &Limits::default(), &Unobserved)
}

/// The instances of a path, in order.
pub fn taken(path: &reconverge_lang::engine::Path) -> Vec<u32> {
    path.steps.iter().map(|step| step.instance).collect()
}
