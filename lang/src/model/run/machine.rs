//! The model as a machine: expanding states and judging properties by running its code.
//!
//! Enters: packed states. Leaves: successors, verdicts.

use super::interpret::Sink;
use super::native::Native;
use super::specification::Specification;
use crate::engine::machine::{
    InstanceInfo, Judged, Machine, Role, Step, StepClass, Strength, Successor, Trap, Word,
};
use crate::engine::stubborn::Footprints;
use crate::model::Model;
use crate::model::form::checked::{Checked, CheckedProbe, ComparedBy, Entry, Valued};
use crate::model::form::frame::{Frame, Region};
use crate::model::form::instance::{ChoiceNote, Instance, InstanceKind};
use crate::model::form::layout::{Counter, LinkPlace};
use crate::model::form::shape::mask;
use rustc_hash::FxHashMap;

/// What one thread needs to run a model: two frames of its code, so that a judgement can look further while another is
/// under way. With another model, even one of the same program, it panics.
#[derive(Debug, Clone)]
pub struct Scratch {
    pub(in crate::model) frame: Frame,
    pub(in crate::model) other: Frame,
    /// Where machine code leaves its results.
    results: Vec<u64>,
    /// States expanded so far.
    expanded: u32,
    /// Whether the laws of a merge hold, by its number and the operands that meet.
    pub(super) lawful: FxHashMap<Vec<u64>, bool>,
    symmetry: crate::model::reduce::symmetry::Scratch,
}

/// Passes on every successor.
struct Expand<'v, F> {
    visit: &'v mut F,
    instances: &'v [Instance],
    words: usize,
    /// Where a delivery leaves its key.
    key: usize,
    current: u32,
}

impl<F: FnMut(u32, Result<Successor<'_>, Trap>)> Sink for Expand<'_, F> {
    fn instance(&mut self, id: u32) -> bool {
        self.current = id;
        true
    }

    fn emit(&mut self, frame: &[u64]) -> bool {
        let state = &frame[self.words..2 * self.words];
        let fair_key = match self.instances[self.current as usize].kind {
            InstanceKind::Deliver { .. } => frame[self.key],
            _ => u64::from(self.current),
        };
        let successor = Successor { instance: self.current, fair_key, state };
        (self.visit)(self.current, Ok(successor));
        true
    }

    fn trap(&mut self, _: &[u64], trap: Trap) -> bool {
        (self.visit)(self.current, Err(trap));
        true
    }
}

/// Passes on the successors of one instance, as long as `visit` returns true.
struct One<F> {
    id: Option<u32>,
    begun: bool,
    visit: F,
}

impl<F: FnMut(&[u64], Result<(), Trap>) -> bool> Sink for One<F> {
    fn instance(&mut self, id: u32) -> bool {
        let first = !std::mem::replace(&mut self.begun, true);
        first && self.id == Some(id)
    }

    fn emit(&mut self, frame: &[u64]) -> bool {
        (self.visit)(frame, Ok(()))
    }

    fn trap(&mut self, frame: &[u64], trap: Trap) -> bool {
        (self.visit)(frame, Err(trap))
    }
}

/// Keeps the trap of a piece of code, if it has one.
#[derive(Default)]
pub(in crate::model) struct Judge {
    pub(in crate::model) trap: Option<Trap>,
}

impl Sink for Judge {
    fn instance(&mut self, _: u32) -> bool {
        false
    }

    fn emit(&mut self, _: &[u64]) -> bool {
        false
    }

    fn trap(&mut self, _: &[u64], trap: Trap) -> bool {
        self.trap = Some(trap);
        false
    }
}

/// Whether anything but a fault changes the state.
struct Quiet<'m> {
    infos: &'m [InstanceInfo],
    words: usize,
    current: usize,
    quiet: bool,
    /// The least, of steps that are no faults.
    trapped: Option<Trap>,
}

/// What is possible is possible, whatever else has no value.
fn known(quiet: bool, trapped: Option<Trap>) -> Result<bool, Trap> {
    trapped.filter(|_| quiet).map_or(Ok(quiet), Err)
}

impl Sink for Quiet<'_> {
    fn instance(&mut self, id: u32) -> bool {
        self.current = id as usize;
        true
    }

    fn emit(&mut self, frame: &[u64]) -> bool {
        let changed = frame[..self.words] != frame[self.words..2 * self.words];
        self.quiet = !(changed && self.infos[self.current].class != StepClass::Fault);
        self.quiet
    }

    fn trap(&mut self, _: &[u64], trap: Trap) -> bool {
        if self.infos[self.current].class != StepClass::Fault {
            self.trapped = self.trapped.into_iter().chain([trap]).min();
        }
        true
    }
}

/// A choice that a way has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Its number among the choices of the instance.
    pub note: usize,
    /// The value that was chosen, packed.
    pub words: Vec<u64>,
}

impl Model {
    pub(super) fn put(&self, frame: &mut [u64], region: Region, state: &[Word]) {
        let at = self.layout.map().region(region).at();
        frame[at..at + state.len()].copy_from_slice(state);
    }

    /// Whether a property is judged at the steps of an instance.
    pub(crate) fn judges_step(&self, property: usize, instance: u32) -> bool {
        match &self.checked[property] {
            Checked::Step(_) | Checked::Refines(_) => true,
            Checked::StepOf(entries) => entries.contains_key(&instance),
            Checked::Idempotent { instances, .. } => instances[instance as usize],
            Checked::State(_)
            | Checked::Returns { .. }
            | Checked::Merge(_)
            | Checked::Parts(_)
            | Checked::Repairs { .. }
            | Checked::Settled => false,
        }
    }

    /// Runs one instance (or, with `id` none, a block that is not an instance) on the state before that is in `frame`.
    pub(in crate::model) fn run_one(
        &self,
        frame: &mut Frame,
        id: Option<u32>,
        entry: usize,
        mut visit: impl FnMut(Result<&[u64], Trap>) -> bool,
    ) {
        let visit = |frame: &[u64], result: Result<(), Trap>| visit(result.map(|()| frame));
        let mut sink = One { id, begun: false, visit };
        self.executable.run(frame, entry, &mut sink);
    }

    /// Runs a piece of code on the states that are in the frame.
    fn judge(&self, scratch: &mut Scratch, entry: Entry, step: bool) -> Result<bool, Trap> {
        self.ask_quiescence(scratch, entry, step)?;
        if let Some(native) = self.executable.native()
            && let Some(verdict) = native.judge(&mut scratch.frame, entry.number)
        {
            return verdict;
        }
        let mut sink = Judge::default();
        self.executable.run(&mut scratch.frame, entry.start, &mut sink);
        match sink.trap {
            Some(trap) => Err(trap),
            None => Ok(scratch.frame[entry.result.at()] != 0),
        }
    }

    /// Notes of the states in the frame whether they are quiescent, where a piece of code wants to know.
    #[inline]
    fn ask_quiescence(&self, scratch: &mut Scratch, entry: Entry, step: bool) -> Result<(), Trap> {
        if entry.quiescence { self.note_quiescence(scratch, step) } else { Ok(()) }
    }

    fn note_quiescence(&self, scratch: &mut Scratch, step: bool) -> Result<(), Trap> {
        for region in [Region::After, Region::Before].into_iter().take(1 + step as usize) {
            let at = self.layout.map().region(region).at();
            let words = self.layout.words as usize;
            let state = scratch.frame[at..at + words].to_vec();
            let Scratch { other, results, .. } = scratch;
            let quiet = self.quiescent(other, results, &state)?;
            scratch.frame[self.layout.map().quiescent(region).at()] = quiet as u64;
        }
        Ok(())
    }

    /// Whether nothing but faults can happen in a state. Errors: nothing is possible for certain, and whether some step is
    /// has no value.
    pub(in crate::model) fn quiescent(
        &self,
        frame: &mut Frame,
        results: &mut Vec<u64>,
        state: &[Word],
    ) -> Result<bool, Trap> {
        self.put(frame, Region::Before, state);
        let words = self.layout.words as usize;
        if let Some(native) = self.executable.native() {
            let (mut quiet, mut trapped) = (true, None);
            native.expand(frame, results, &mut |id, result| {
                let fault = self.infos[id as usize].class == StepClass::Fault;
                match result {
                    Ok(successor) => quiet &= fault || successor.state == state,
                    Err(trap) if !fault => trapped = trapped.into_iter().chain([trap]).min(),
                    Err(_) => {}
                }
            });
            return known(quiet, trapped);
        }
        let mut sink = Quiet { infos: &self.infos, words, current: 0, quiet: true, trapped: None };
        self.executable.run(frame, 0, &mut sink);
        known(sink.quiet, sink.trapped)
    }

    /// Appends the words of a value in a state.
    fn valued(
        &self,
        scratch: &mut Scratch,
        Valued { entry, words }: Valued,
        state: &[Word],
        value: &mut Vec<Word>,
    ) -> Result<(), Trap> {
        self.put(&mut scratch.frame, Region::After, state);
        self.ask_quiescence(scratch, entry, false)?;
        let mut sink = Judge::default();
        self.executable.run(&mut scratch.frame, entry.start, &mut sink);
        if let Some(trap) = sink.trap {
            return Err(trap);
        }
        value.extend_from_slice(&scratch.frame[entry.result.at()..][..words as usize]);
        Ok(())
    }

    /// Appends the state of the specification that a state stands for.
    fn stands_for(
        &self,
        scratch: &mut Scratch,
        (values, specification): (&[Valued], &Specification),
        state: &[Word],
        words: &mut Vec<Word>,
    ) -> Result<(), Trap> {
        let mut all = Vec::new();
        for value in values {
            self.valued(scratch, *value, state, &mut all)?;
        }
        let mut from = 0;
        let each = values.iter().map(|value| {
            let first = from;
            from += value.words as usize;
            &all[first..from]
        });
        specification.state(each, words);
        Ok(())
    }

    /// Whether a step is one of the specification, or changes nothing there.
    fn is_specified(&self, scratch: &mut Scratch, values: &[Valued], step: Step<'_>) -> Result<bool, Trap> {
        let Some(specification) = &self.specification else { return Ok(true) };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        self.stands_for(scratch, (values, specification), step.before, &mut before)?;
        self.stands_for(scratch, (values, specification), step.after, &mut after)?;
        Ok(before == after || specification.follows(&before, &after))
    }

    pub(in crate::model) fn on_state(
        &self,
        scratch: &mut Scratch,
        entry: Entry,
        state: &[Word],
    ) -> Result<bool, Trap> {
        self.put(&mut scratch.frame, Region::After, state);
        self.judge(scratch, entry, false)
    }

    fn on_step(&self, scratch: &mut Scratch, entry: Entry, step: Step<'_>) -> Result<bool, Trap> {
        self.put(&mut scratch.frame, Region::Before, step.before);
        self.put(&mut scratch.frame, Region::After, step.after);
        self.judge(scratch, entry, true)
    }

    /// How many functions of machine code there are, and how many pieces of code have none; `None`: the model runs in
    /// the portable form (yet).
    pub fn machine_code(&self) -> Option<(usize, usize)> {
        self.executable.native().map(Native::size)
    }

    /// The choices that a way has made: which, and their values.
    pub(in crate::model) fn chosen(&self, frame: &[u64], choices: &[ChoiceNote]) -> Vec<Chosen> {
        let notes = if choices.is_empty() { 0 } else { frame[self.layout.map().notes().at()] };
        let taken = choices.iter().enumerate().filter(|(i, _)| notes >> i & 1 != 0);
        taken
            .map(|(i, choice)| {
                let words = self.shapes.known(choice.ty).map_or(1, |s| s.words) as usize;
                Chosen { note: i, words: frame[choice.slot.at()..choice.slot.at() + words].to_vec() }
            })
            .collect()
    }

    /// The choices that successor number `choice` of an instance made.
    pub(in crate::model) fn choices_of(&self, frame: &mut Frame, step: Step<'_>) -> Vec<Chosen> {
        if self.instances[step.instance as usize].choices.is_empty() {
            return Vec::new();
        }
        let (mut number, mut last) = (0, Vec::new());
        self.each_choice(frame, step.before, step.instance, &mut |chosen| {
            last = chosen;
            number += 1;
            number <= step.choice
        });
        last
    }

    /// What each successor of an instance chose, until `visit` wants no more. A trap takes the number of the successor
    /// that it prevented, and shows what was chosen before it.
    pub(in crate::model) fn each_choice(
        &self,
        frame: &mut Frame,
        state: &[Word],
        instance: u32,
        visit: &mut dyn FnMut(Vec<Chosen>) -> bool,
    ) {
        self.put(frame, Region::Before, state);
        let Instance { entry, choices, .. } = &self.instances[instance as usize];
        let visit = |frame: &[u64], _| visit(self.chosen(frame, choices));
        let mut sink = One { id: Some(instance), begun: false, visit };
        self.executable.run(frame, *entry, &mut sink);
    }

    /// Whether the same again changes nothing that counts.
    fn idempotent(&self, scratch: &mut Scratch, bits: &[u64], step: Step<'_>) -> bool {
        let instance = &self.instances[step.instance as usize];
        let chosen = self.choices_of(&mut scratch.other, step);
        let frame = &mut scratch.frame;
        self.put(frame, Region::Before, step.after);
        let (id, entry, choices) = match instance.kind {
            InstanceKind::Deliver { action, slot } => {
                self.put_envelope(frame, step.before, slot);
                match self.replays.get(&(action, slot.list)) {
                    Some(replay) => (None, replay.entry, &replay.choices),
                    None => return true,
                }
            }
            _ => (Some(step.instance), instance.entry, &instance.choices),
        };
        let words = self.layout.words as usize;
        // There is nothing to compare where the second time is not possible or has other choices.
        let (mut same, mut other) = (true, false);
        self.run_one(frame, id, entry, |result| {
            let Ok(frame) = result else {
                other = true;
                return true;
            };
            if self.chosen(frame, choices) == chosen {
                let changed = |i: usize| (frame[i] ^ frame[words + i]) & bits[i] != 0;
                same = !(0..words).any(changed);
                return false;
            }
            true
        });
        same && !(other && chosen.is_empty())
    }

    fn put_envelope(&self, frame: &mut [u64], before: &[Word], slot: crate::model::form::instance::LinkSlot) {
        let words = self.envelope(before, slot);
        let at = self.layout.map().envelope().at();
        frame[at..at + words.len()].copy_from_slice(&words);
    }

    /// The packed envelope in a slot of a link.
    pub(crate) fn envelope(&self, state: &[Word], slot: crate::model::form::instance::LinkSlot) -> Vec<u64> {
        let link = &self.layout.links[slot.link.index()];
        let start = match &link.place {
            LinkPlace::Bag(bit) => *bit,
            LinkPlace::Pairs(pairs) => pairs[slot.list as usize].bit,
        };
        let bit = start + link.list.array.offset(slot.position);
        let at = bit as usize / 64;
        match link.list.array.element_words as usize {
            0 if link.list.array.width == 0 => vec![0],
            0 => vec![(state[at] >> (bit % 64)) & mask(link.list.array.width)],
            words => state[at..at + words].to_vec(),
        }
    }
}

impl Machine for Model {
    type Scratch = Scratch;

    fn words(&self) -> usize {
        self.layout.words as usize
    }

    fn scratch(&self) -> Scratch {
        let symmetry =
            self.symmetry().map(crate::model::reduce::symmetry::Symmetry::scratch).unwrap_or_default();
        let (frame, other) = (self.executable.frame(), self.executable.frame());
        Scratch { frame, other, results: Vec::new(), expanded: 0, lawful: FxHashMap::default(), symmetry }
    }

    fn initial(&self, scratch: &mut Scratch, visit: &mut dyn FnMut(Result<&[Word], Trap>) -> bool) {
        let words = self.words();
        self.run_one(&mut scratch.frame, None, self.initial, |result| {
            visit(result.map(|frame| &frame[words..2 * words]))
        });
    }

    fn expand<F>(&self, scratch: &mut Scratch, state: &[Word], mut visit: F)
    where
        F: FnMut(u32, Result<Successor<'_>, Trap>),
    {
        self.put(&mut scratch.frame, Region::Before, state);
        if let Some(native) = self.executable.wanted(scratch.expanded) {
            return native.expand(&mut scratch.frame, &mut scratch.results, &mut visit);
        }
        scratch.expanded = scratch.expanded.saturating_add(1);
        let mut sink = Expand {
            visit: &mut visit,
            instances: &self.instances,
            words: self.words(),
            key: self.layout.map().key().at(),
            current: 0,
        };
        self.executable.run(&mut scratch.frame, 0, &mut sink);
    }

    fn instances(&self) -> &[InstanceInfo] {
        &self.infos
    }

    fn symmetric(&self) -> bool {
        self.symmetry().is_some()
    }

    fn learnt(&self) -> Vec<Word> {
        self.met.lock().map_or(Vec::new(), |met| met.words())
    }

    fn learn(&self, learnt: &[Word]) {
        if let Ok(mut met) = self.met.lock() {
            met.add(learnt);
        }
    }

    fn canonical(&self, scratch: &mut Scratch, state: &mut [Word]) -> u64 {
        match self.symmetry() {
            Some(symmetry) => symmetry.canonical(&mut scratch.symmetry, state),
            None => 1,
        }
    }

    fn footprints(&self) -> Option<Footprints> {
        self.independence()
    }

    fn faults_used(&self, state: &[Word]) -> u32 {
        let mut used = 0;
        for (place, _) in self.options.faults.allowed().filter(|(_, entry)| !entry.fault.is_recovery()) {
            if let Some(Counter { bit, width }) = self.layout.spent[place] {
                used += (state[bit as usize / 64] >> (bit % 64) & mask(width)) as u32;
            }
        }
        used
    }

    #[inline(always)]
    fn watcher(&self, state: &[Word]) -> u32 {
        self.watching.map_or(0, |watching| watching.watcher(state))
    }

    fn watcher_of(&self, property: usize) -> u32 {
        self.properties[property].watched_by.map_or(0, |monitor| monitor.0)
    }

    fn probe_watcher(&self, probe: usize) -> u32 {
        let (property, index) = self.probe_owners[probe];
        let probe = self.properties[property].watched_for().nth(index);
        probe.and_then(|probe| probe.watched_by).map_or(0, |monitor| monitor.0)
    }

    fn within_bounds(&self, scratch: &mut Scratch, state: &[Word]) -> Result<bool, Trap> {
        for bound in &self.bounds {
            if !self.on_state(scratch, *bound, state)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn properties(&self) -> &[Judged] {
        &self.judged
    }

    #[inline]
    fn state_holds(&self, scratch: &mut Scratch, property: usize, state: &[Word]) -> Result<bool, Trap> {
        match &self.checked[property] {
            Checked::State(entry) | Checked::Returns { holds: entry, .. } => {
                self.on_state(scratch, *entry, state)
            }
            Checked::Merge(merge) => Ok(self.lawful(scratch, property, merge, state)),
            Checked::Step(_)
            | Checked::StepOf(_)
            | Checked::Idempotent { .. }
            | Checked::Parts(_)
            | Checked::Repairs { .. }
            | Checked::Refines(_)
            | Checked::Settled => Ok(true),
        }
    }

    fn step_holds(&self, scratch: &mut Scratch, property: usize, step: Step<'_>) -> Result<bool, Trap> {
        match &self.checked[property] {
            Checked::Step(entry) => self.on_step(scratch, *entry, step),
            Checked::StepOf(entries) => match entries.get(&step.instance) {
                Some(entry) => self.on_step(scratch, *entry, step),
                None => Ok(true),
            },
            Checked::Idempotent { instances, mask } if instances[step.instance as usize] => {
                Ok(self.idempotent(scratch, mask, step))
            }
            Checked::Refines(values) => self.is_specified(scratch, values, step),
            Checked::Idempotent { .. }
            | Checked::State(_)
            | Checked::Returns { .. }
            | Checked::Merge(_)
            | Checked::Parts(_)
            | Checked::Repairs { .. }
            | Checked::Settled => Ok(true),
        }
    }

    fn part_holds(
        &self,
        scratch: &mut Scratch,
        property: usize,
        part: usize,
        state: &[Word],
    ) -> Result<bool, Trap> {
        match &self.checked[property] {
            Checked::Repairs { handled: entry, .. } | Checked::Returns { apart: entry, .. } => {
                self.on_state(scratch, *entry, state)
            }
            Checked::Parts(parts) => self.on_state(scratch, parts[part.min(parts.len() - 1)], state),
            Checked::State(_)
            | Checked::Step(_)
            | Checked::StepOf(_)
            | Checked::Idempotent { .. }
            | Checked::Refines(_)
            | Checked::Merge(_)
            | Checked::Settled => Ok(true),
        }
    }

    fn role(&self, property: usize, instance: u32) -> Role {
        match &self.checked[property] {
            Checked::Repairs { roles, .. } => roles[instance as usize],
            _ => Role::None,
        }
    }

    fn value(
        &self,
        scratch: &mut Scratch,
        property: usize,
        state: &[Word],
        value: &mut Vec<Word>,
    ) -> Result<(), Trap> {
        match &self.checked[property] {
            Checked::Repairs { protected: ComparedBy::Bits(mask), .. }
            | Checked::Returns { would_be: ComparedBy::Bits(mask), .. } => {
                let some = state.iter().zip(mask).filter(|(_, mask)| **mask != 0);
                value.extend(some.map(|(word, mask)| word & mask));
                Ok(())
            }
            Checked::Repairs { protected: ComparedBy::Code(code), .. }
            | Checked::Returns { would_be: ComparedBy::Code(code), .. } => {
                self.valued(scratch, *code, state, value)
            }
            Checked::Refines(values) => match &self.specification {
                Some(specification) => self.stands_for(scratch, (values, specification), state, value),
                None => Ok(()),
            },
            Checked::State(_)
            | Checked::Step(_)
            | Checked::StepOf(_)
            | Checked::Idempotent { .. }
            | Checked::Merge(_)
            | Checked::Parts(_)
            | Checked::Settled => Ok(()),
        }
    }

    fn owed(&self, property: usize) -> Vec<Strength> {
        self.specification(property).map_or(Vec::new(), Specification::owed)
    }

    fn owes(&self, property: usize, obligation: usize, value: &[Word]) -> bool {
        self.specification(property).is_some_and(|specification| specification.owes(obligation, value))
    }

    fn pays(&self, property: usize, obligation: usize, from: &[Word], to: &[Word]) -> bool {
        self.specification(property).is_some_and(|specification| specification.pays(obligation, from, to))
    }

    fn probes(&self) -> usize {
        self.probes.len()
    }

    fn probes_steps(&self, probe: usize) -> bool {
        !matches!(self.probes[probe], CheckedProbe::State(_) | CheckedProbe::Meets(_))
    }

    fn probe(&self, scratch: &mut Scratch, state: &[Word], step: Option<Step<'_>>, seen: &mut [bool]) {
        for (probe, seen) in self.probes.iter().zip(seen).filter(|(_, seen)| !**seen) {
            // A condition that has no value here is not true here.
            *seen = match (probe, step) {
                (CheckedProbe::State(entry), None) => self.on_state(scratch, *entry, state) == Ok(true),
                (CheckedProbe::Meets(property), None) => self.meets(scratch, *property, state),
                (CheckedProbe::Step(entry), Some(step)) => self.on_step(scratch, *entry, step) == Ok(true),
                (CheckedProbe::Taken(instances), Some(step)) => instances[step.instance as usize],
                (CheckedProbe::StepOf(entries), Some(step)) => {
                    let entry = entries.get(&step.instance);
                    entry.is_some_and(|entry| self.on_step(scratch, *entry, step) == Ok(true))
                }
                (CheckedProbe::State(_) | CheckedProbe::Meets(_), Some(_))
                | (CheckedProbe::Step(_) | CheckedProbe::Taken(_) | CheckedProbe::StepOf(_), None) => false,
            };
        }
    }
}
