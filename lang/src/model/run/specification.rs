//! A specification beside a model: which steps it has from what a state of the model stands for.
//!
//! Enters: a model without hidden variables, values of its variables in order. Leaves: whether a run may begin there, and
//! whether one state follows another. States are expanded when they are first asked for, and kept.

use crate::analysis::program::{Timekeeper, Type, TypeId};
use crate::engine::machine::{Joint, Machine, Strength, Trap, Word};
use crate::model::Model;
use crate::model::form::layout::{Variable, VariableKind};
use crate::model::form::shape::{Size, mask};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

/// Where a variable lies in a state.
#[derive(Debug, Clone, Copy)]
struct Place {
    bit: u32,
    size: Size,
    /// What is subtracted from an integer.
    lo: i64,
}

/// One step out of a state that changes something.
#[derive(Debug)]
struct Way {
    instance: u32,
    to: Box<[Word]>,
}

/// What a fair run owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obligation {
    /// The steps of one instance, if they stay possible (again and again, where it is strongly fair).
    Instance(u32),
    /// Those of several clauses of one member at one node, by the first of their instances.
    Acts(u32),
}

/// A model that says what another may do.
#[derive(Debug)]
pub(crate) struct Specification {
    model: Model,
    places: Vec<Place>,
    owed: Vec<Obligation>,
    beginnings: OnceLock<Result<FxHashSet<Box<[Word]>>, Trap>>,
    ways: RwLock<FxHashMap<Box<[Word]>, Arc<[Way]>>>,
    /// Some step of the model changed something here.
    moved: AtomicBool,
    /// Of a step that has no value, the least.
    trapped: Mutex<Option<Trap>>,
}

/// A variable of a specification: what it is called, whose it is, and its type there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The variable, or the field of a node.
    pub name: String,
    /// The kind of the node, and which of them; by index.
    pub node: Option<(u32, u32)>,
    pub ty: TypeId,
}

impl Specification {
    /// Errors: what it has beside declared variables, in words.
    pub(crate) fn new(model: Model) -> Result<(Specification, Vec<Wanted>), String> {
        let (mut places, mut wanted) = (Vec::new(), Vec::new());
        for variable in &model.layout.variables {
            let one = declared(&model, variable)?;
            let lo = match model.program.types.get(one.ty) {
                Type::Int { lo, .. } => *lo,
                _ => 0,
            };
            places.push(Place { bit: variable.bit, size: variable.size, lo });
            wanted.push(one);
        }
        let mut owed = Vec::new();
        for (number, info) in model.infos.iter().enumerate().filter(|(_, i)| i.strength != Strength::Unfair) {
            owed.push(Obligation::Instance(number as u32));
            match info.joint {
                Joint::Acts(first) if !owed.contains(&Obligation::Acts(first)) => {
                    owed.push(Obligation::Acts(first));
                }
                Joint::Acts(_) | Joint::Alone | Joint::Handler(_) => {}
            }
        }
        let beginnings = OnceLock::new();
        let (ways, trapped) = (RwLock::default(), Mutex::default());
        let moved = AtomicBool::new(false);
        Ok((Specification { model, places, owed, beginnings, ways, moved, trapped }, wanted))
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// How surely its fair runs come to each thing that they owe.
    pub(crate) fn owed(&self) -> Vec<Strength> {
        (0..self.owed.len()).map(|obligation| self.strength(obligation)).collect()
    }

    /// How surely its fair runs come to what they owe.
    pub(crate) fn strength(&self, obligation: usize) -> Strength {
        match self.owed[obligation] {
            Obligation::Instance(number) => self.model.infos[number as usize].strength,
            // As in the graph of a model: several clauses together are never more than weakly fair.
            Obligation::Acts(_) => Strength::Weak,
        }
    }

    /// The words of a state, from the words of each variable in order: an integer as it is, everything else packed.
    pub(crate) fn state<'v>(&self, values: impl Iterator<Item = &'v [Word]>, state: &mut Vec<Word>) {
        let first = state.len();
        state.resize(first + self.model.words(), 0);
        let words = &mut state[first..];
        for (place, value) in self.places.iter().zip(values) {
            let at = place.bit as usize / 64;
            match place.size {
                Size { words: 0, bits: 0 } => {}
                Size { words: 0, bits } => {
                    let code = value[0].wrapping_sub(place.lo as u64) & mask(bits);
                    words[at] |= code << (place.bit % 64);
                }
                Size { words: n, .. } => words[at..at + n as usize].copy_from_slice(&value[..n as usize]),
            }
        }
    }

    /// Whether a run may begin in a state. Errors: an initial value has no value.
    pub(crate) fn begins(&self, state: &[Word]) -> Result<bool, Trap> {
        let known = self.beginnings.get_or_init(|| {
            let (mut found, mut trapped) = (FxHashSet::default(), None);
            self.model.initial(&mut self.model.scratch(), &mut |result| {
                match result {
                    Ok(state) => {
                        found.insert(Box::from(state));
                    }
                    Err(trap) => trapped = Some(trap),
                }
                trapped.is_none()
            });
            trapped.map_or(Ok(found), Err)
        });
        known.as_ref().map(|known| known.contains(state)).map_err(|trap| *trap)
    }

    /// Whether one state follows another.
    pub(crate) fn follows(&self, before: &[Word], after: &[Word]) -> bool {
        self.moved.store(true, Ordering::Relaxed);
        self.ways(before).iter().any(|way| *way.to == *after)
    }

    /// Whether any step has been asked for.
    pub(crate) fn moved(&self) -> bool {
        self.moved.load(Ordering::Relaxed)
    }

    /// Whether an instance is one of those that pay an obligation.
    pub(crate) fn is_owed(&self, obligation: usize, instance: u32) -> bool {
        self.is_of(instance, self.owed[obligation])
    }

    pub(crate) fn owes(&self, obligation: usize, state: &[Word]) -> bool {
        self.ways(state).iter().any(|way| self.is_of(way.instance, self.owed[obligation]))
    }

    pub(crate) fn pays(&self, obligation: usize, before: &[Word], after: &[Word]) -> bool {
        let ways = self.ways(before);
        ways.iter().any(|way| self.is_of(way.instance, self.owed[obligation]) && *way.to == *after)
    }

    /// The instance that leads from one state to another.
    pub(crate) fn taken(&self, before: &[Word], after: &[Word]) -> Option<u32> {
        self.ways(before).iter().find(|way| *way.to == *after).map(|way| way.instance)
    }

    /// The instances that lead anywhere from a state, and where to.
    pub(crate) fn possible(&self, state: &[Word]) -> Vec<(u32, Box<[Word]>)> {
        self.ways(state).iter().map(|way| (way.instance, way.to.clone())).collect()
    }

    /// A step of it that has no value, where it came to one.
    pub(crate) fn trapped(&self) -> Option<Trap> {
        *self.trapped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_of(&self, instance: u32, obligation: Obligation) -> bool {
        match obligation {
            Obligation::Instance(only) => instance == only,
            Obligation::Acts(first) => self.model.infos[instance as usize].joint == Joint::Acts(first),
        }
    }

    fn ways(&self, state: &[Word]) -> Arc<[Way]> {
        if let Some(known) = self.ways.read().unwrap_or_else(PoisonError::into_inner).get(state) {
            return Arc::clone(known);
        }
        let (mut found, mut trapped) = (Vec::new(), None);
        self.model.expand(&mut self.model.scratch(), state, |instance, result| match result {
            Ok(successor) if successor.state != state => {
                found.push(Way { instance, to: successor.state.into() });
            }
            Ok(_) => {}
            Err(trap) => trapped = Some(trap).into_iter().chain(trapped).min(),
        });
        if trapped.is_some() {
            let mut known = self.trapped.lock().unwrap_or_else(PoisonError::into_inner);
            *known = trapped.into_iter().chain(*known).min();
        }
        let found: Arc<[Way]> = found.into();
        let mut all = self.ways.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(state.into()).or_insert(found))
    }
}

/// What a variable is to those who say what it stands for. Errors: it is hidden.
fn declared(model: &Model, variable: &Variable) -> Result<Wanted, String> {
    let program = &model.program;
    match variable.kind {
        VariableKind::State(id) if program.states[id.index()].time != Some(Timekeeper::Timer) => {
            let state = &program.states[id.index()];
            Ok(Wanted { name: state.name.clone(), node: None, ty: state.ty })
        }
        VariableKind::Field(id, member)
            if program.node_fields[id.index()].time != Some(Timekeeper::Timer) =>
        {
            let field = &program.node_fields[id.index()];
            let node = Some((field.node.0, member));
            Ok(Wanted { name: field.name.clone(), node, ty: field.ty })
        }
        VariableKind::State(_) | VariableKind::Field(..) => {
            Err("views that lag, deadlines or looks every few ticks".to_string())
        }
        VariableKind::Link(_) | VariableKind::Pair(..) => Err("messages".to_string()),
        VariableKind::HasObserved(..) | VariableKind::Observed(..) => {
            Err("reconcilers that observe first and act later (`atomic` makes that one step)".to_string())
        }
        VariableKind::Up(_)
        | VariableKind::Side(_)
        | VariableKind::Paused(_)
        | VariableKind::Wall
        | VariableKind::Spent(..) => Err("faults".to_string()),
    }
}
