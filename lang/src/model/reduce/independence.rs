//! What each instance may read and write, to the bit, from its code.
//!
//! Enters: a built model. Leaves: [`Footprints`] for the engine's partial-order reduction, or nothing where something is
//! judged that depends on the order of steps. Everything is an over-approximation: an address that is computed stands
//! for every place it may be, an operation that is not known for the whole state.

use super::touch::{Place, Touch, touches};
use crate::engine::stubborn::{Comparison, Footprint, Footprints, MOST_INSTANCES, Number, Test};
use crate::model::Model;
use crate::model::form::checked::{Checked, CheckedProbe, Entry};
use crate::model::form::code::{Code, Op, Slot};
use crate::model::form::layout::Layout;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// More addresses than this are the whole state.
const MOST_ADDRESSES: usize = 4096;

impl Model {
    /// `None`: a property or probe looks at steps or runs, or asks for quiescence; the author's bounds cut; or there are
    /// too many instances.
    pub(in crate::model) fn independence(&self) -> Option<Footprints> {
        if !self.bounds.is_empty() || self.instances.len() > MOST_INSTANCES {
            return None;
        }
        let (code, words) = (self.code(), self.layout.words as usize);
        let mut watched = vec![0; words];
        let mut watch = |entry: &Entry| {
            if entry.quiescence {
                return None;
            }
            let end = (entry.start..code.ops().len()).find(|at| code.ops()[*at] == Op::Return {})?;
            let read = Reader::new(self, entry.start..end).footprint().reads;
            watched.iter_mut().zip(read).for_each(|(all, more)| *all |= more);
            Some(())
        };
        for (property, settled) in self.checked.iter().zip(&self.settled) {
            match property {
                Checked::State(entry) => watch(entry)?,
                Checked::Settled => {}
                Checked::Merge(_) if settled.is_some() => {}
                Checked::Returns { .. }
                | Checked::Step(_)
                | Checked::StepOf(_)
                | Checked::Idempotent { .. }
                | Checked::Merge(_)
                | Checked::Parts(_)
                | Checked::Refines(_)
                | Checked::Repairs { .. } => return None,
            }
        }
        for probe in &self.probes {
            match probe {
                CheckedProbe::State(entry) => watch(entry)?,
                // Every step that can be taken is taken.
                CheckedProbe::Taken(_) => {}
                CheckedProbe::Step(_) | CheckedProbe::StepOf(_) | CheckedProbe::Meets(_) => return None,
            }
        }
        let mut instances = Vec::with_capacity(self.instances.len());
        for instance in &self.instances {
            let next = code.ops()[instance.entry..].iter().find_map(|op| match op {
                Op::Instance { next, .. } => Some(next.0 as usize),
                _ => None,
            });
            instances.push(Reader::new(self, instance.entry..next?).footprint());
        }
        Some(Footprints { instances, watched })
    }
}

/// Reads one piece of code.
struct Reader<'m> {
    code: &'m Code,
    layout: &'m Layout,
    range: Range<usize>,
    /// Bit addresses that a register may hold; `None`: any.
    addresses: FxHashMap<u32, Option<FxHashSet<u64>>>,
    /// Slots in which the whole state after the step is kept while a choice goes on.
    saved: Vec<u32>,
    footprint: Footprint,
}

impl<'m> Reader<'m> {
    fn new(model: &'m Model, range: Range<usize>) -> Self {
        let words = model.layout.words as usize;
        Reader {
            code: model.code(),
            layout: &model.layout,
            range,
            addresses: FxHashMap::default(),
            saved: Vec::new(),
            footprint: Footprint {
                reads: vec![0; words],
                sets: vec![0; words],
                clears: vec![0; words],
                tests: Vec::new(),
            },
        }
    }

    fn ops(&self) -> &'m [Op] {
        &self.code.ops()[self.range.clone()]
    }

    fn footprint(mut self) -> Footprint {
        self.find_saved();
        self.find_addresses();
        for op in self.ops() {
            if self.is_plain_copy(*op) {
                continue;
            }
            for touch in touches(self.code, *op) {
                self.touch(touch);
            }
        }
        self.footprint.tests = self.tests();
        self.footprint
    }

    /// The state after begins as a copy of the state before; a choice keeps a copy of it and goes back to it. None of
    /// these is a use of what is copied, as long as nobody looks into the copy.
    fn is_plain_copy(&self, op: Op) -> bool {
        let words = self.layout.words;
        match op {
            Op::Move { dst, src } => words == 1 && dst.0 == words && src.0 == 0,
            Op::Copy { dst, src, words: n } if (dst.0, src.0, n) == (words, 0, words) => true,
            Op::Copy { dst, src, words: n } => {
                n > words
                    && (src.0 == words && self.saved.contains(&dst.0)
                        || dst.0 == words && self.saved.contains(&src.0))
            }
            _ => false,
        }
    }

    fn find_saved(&mut self) {
        let words = self.layout.words;
        let saves = |op: &Op| match *op {
            // The notes of choices lie behind the state, and are kept with it.
            Op::Copy { dst, src, words: n } if src.0 == words && n > words && dst.0 >= 2 * words => {
                Some(dst.0)
            }
            _ => None,
        };
        let candidates: FxHashSet<u32> = self.ops().iter().filter_map(saves).collect();
        let mut saved: Vec<u32> = candidates.into_iter().collect();
        saved.sort_unstable();
        self.saved = saved.clone();
        for op in self.ops().iter().filter(|op| !self.is_plain_copy(**op)) {
            let mut op = *op;
            op.slots(&mut |slot| saved.retain(|at| !(*at..=*at + words).contains(&slot.0)));
        }
        self.saved = saved;
    }

    /// What registers hold that are made of tables of addresses, until nothing is added any more.
    fn find_addresses(&mut self) {
        loop {
            let mut changed = false;
            for op in self.ops() {
                let (made, dst) = match *op {
                    Op::TableOffset { dst, table, .. } => {
                        (Some(self.code.table(table).iter().copied().collect()), dst)
                    }
                    Op::ElementOffset { dst, array, .. } => {
                        let array = self.code.array(array);
                        let few = (array.count as usize) < MOST_ADDRESSES;
                        (few.then(|| (0..array.count).map(|i| u64::from(array.offset(i))).collect()), dst)
                    }
                    Op::Add { dst, a, b } => match (self.held(a), self.held(b)) {
                        (Some(a), Some(b)) if a.is_empty() || b.is_empty() => continue,
                        (Some(a), Some(b)) if a.len() * b.len() <= MOST_ADDRESSES => {
                            (Some(a.iter().flat_map(|x| b.iter().map(move |y| x + y)).collect()), dst)
                        }
                        _ => (None, dst),
                    },
                    op => {
                        for touch in touches(self.code, op) {
                            changed |= self.spoil(touch);
                        }
                        continue;
                    }
                };
                changed |= self.hold(dst, made);
            }
            if !changed {
                return;
            }
        }
    }

    /// The addresses in a slot; empty: nothing was put there yet.
    fn held(&self, slot: Slot) -> Option<FxHashSet<u64>> {
        match self.code.constant(slot) {
            Some(value) => Some(FxHashSet::from_iter([value])),
            None if self.code.is_fixed(slot) => None,
            None => self.addresses.get(&slot.0).cloned().unwrap_or_else(|| Some(FxHashSet::default())),
        }
    }

    /// True: something was added.
    fn hold(&mut self, slot: Slot, made: Option<FxHashSet<u64>>) -> bool {
        let held = self.addresses.entry(slot.0).or_insert_with(|| Some(FxHashSet::default()));
        let (Some(all), Some(made)) = (held.as_mut(), made) else {
            return held.take().is_some();
        };
        let before = all.len();
        all.extend(made);
        let grown = all.len() > before;
        if all.len() > MOST_ADDRESSES {
            *held = None;
        }
        grown
    }

    /// A slot that is written otherwise may hold anything.
    fn spoil(&mut self, touch: Touch) -> bool {
        let slots = match touch {
            Touch::Write { slot, words } => slot.0..slot.0 + words,
            Touch::WriteBits { slot, .. } => slot.0..slot.0 + 1,
            Touch::WriteSet { set, words, .. } => set.0..set.0 + words,
            Touch::WriteAt(place) => place.base.0..place.base.0 + place.extent,
            _ => return false,
        };
        slots.fold(false, |changed, slot| self.hold(Slot(slot), None) | changed)
    }

    fn touch(&mut self, touch: Touch) {
        match touch {
            Touch::Read { slot, words } => {
                (0..words).for_each(|i| self.read(Slot(slot.0 + i), u64::MAX));
            }
            Touch::ReadBits { slot, mask } => self.read(slot, mask),
            Touch::ReadSet { set, index, words } => {
                for (slot, mask) in self.bits_of_set(set, Some(index), words) {
                    self.read(slot, mask);
                }
            }
            Touch::ReadAt(place) => {
                for (slot, mask) in self.bits_at(place) {
                    self.read(slot, mask);
                }
            }
            Touch::Write { slot, words } => {
                (0..words).for_each(|i| self.write(Slot(slot.0 + i), u64::MAX, None));
            }
            Touch::WriteBits { slot, mask, value } => self.write(slot, mask, value),
            Touch::WriteSet { set, index, words } => {
                for (slot, mask) in self.bits_of_set(set, index, words) {
                    self.write(slot, mask, None);
                }
            }
            Touch::WriteAt(place) => {
                for (slot, mask) in self.bits_at(place) {
                    self.write(slot, mask, None);
                }
            }
            Touch::Everything => {
                let Footprint { reads, sets, clears, .. } = &mut self.footprint;
                [reads, sets, clears].into_iter().for_each(|bits| bits.fill(u64::MAX));
            }
        }
    }

    /// The word of the state that a slot is; `None`: no part of a state.
    fn word(&self, slot: Slot) -> Option<usize> {
        let words = self.layout.words;
        (slot.0 < 2 * words).then_some((slot.0 % words) as usize)
    }

    fn read(&mut self, slot: Slot, mask: u64) {
        match self.word(slot) {
            Some(word) => self.footprint.reads[word] |= mask,
            // Whether a state is quiescent depends on all of it.
            None if self.code.is_fixed(slot) && self.is_about_all(slot) => {
                self.footprint.reads.fill(u64::MAX);
            }
            None => {}
        }
    }

    /// Whether a slot says whether a state is quiescent.
    fn is_about_all(&self, slot: Slot) -> bool {
        use crate::model::form::frame::Region::{After, Before};
        let map = self.layout.map();
        [Before, After].into_iter().any(|region| map.quiescent(region) == slot)
    }

    fn write(&mut self, slot: Slot, mask: u64, value: Option<u64>) {
        let Some(word) = self.word(slot) else { return };
        self.footprint.sets[word] |= mask & value.unwrap_or(u64::MAX);
        self.footprint.clears[word] |= mask & !value.unwrap_or(0);
    }

    /// The bit of a set, or all of them.
    fn bits_of_set(&self, set: Slot, index: Option<Slot>, words: u32) -> Vec<(Slot, u64)> {
        match index.and_then(|index| self.code.constant(index)) {
            Some(index) => vec![(Slot(set.0 + (index >> 6) as u32), 1 << (index & 63))],
            None => (0..words).map(|i| (Slot(set.0 + i), u64::MAX)).collect(),
        }
    }

    /// All bits that a computed address may mean.
    fn bits_at(&self, Place { addr, base, offset, extent, bits }: Place) -> Vec<(Slot, u64)> {
        if self.word(base).is_none() {
            return Vec::new();
        }
        let all = || (0..extent).map(|i| (Slot(base.0 + i), u64::MAX)).collect();
        let Some(known) = self.held(addr).filter(|known| !known.is_empty()) else { return all() };
        let mut found = Vec::new();
        for start in known {
            let (mut at, end) = (start + u64::from(offset), start + u64::from(offset) + u64::from(bits));
            while at < end {
                let (word, shift) = (at / 64, at % 64);
                let width = (64 - shift).min(end - at);
                if word >= u64::from(extent) {
                    return all();
                }
                found.push((
                    Slot(base.0 + word as u32),
                    crate::model::form::shape::mask(width as u32) << shift,
                ));
                at += width;
            }
        }
        found
    }

    // ---- tests ----

    /// The tests at the beginning that every way must pass: jumps out of the block that nothing before them can skip, as
    /// long as no way may have ended before.
    fn tests(&self) -> Vec<Test> {
        let mut tests = Vec::new();
        // Where the farthest jump inside the block so far leads.
        let mut skipped = self.range.start;
        for at in self.range.clone() {
            let op = self.code.ops()[at];
            if op.may_end() && !matches!(op, Op::Instance { .. }) {
                return tests;
            }
            let (mut out, mut inside) = (false, None);
            if !matches!(op, Op::Instance { .. }) {
                let mut op = op;
                op.targets(&mut |target| match target.0 as usize {
                    to if self.range.contains(&to) => inside = Some(to),
                    _ => out = true,
                });
            }
            if out && skipped <= at {
                tests.extend(self.test(op, at));
            }
            skipped = skipped.max(inside.unwrap_or(0));
        }
        tests
    }

    fn test(&self, op: Op, at: usize) -> Option<Test> {
        let before = |slot: Slot| (slot.0 < self.layout.words).then_some(slot.0);
        let compared = |a, fails, b| {
            Some(Test::Compared { left: self.number(a, at)?, fails, right: self.number(b, at)? })
        };
        match op {
            Op::JumpTest { word, mask, value, .. } | Op::JumpTestIs { word, mask, value, .. } => {
                let same = matches!(op, Op::JumpTest { .. });
                let (mask, value) = (self.code.constant(mask)?, self.code.constant(value)?);
                Some(Test::Masked { word: before(word)?, mask, value, same })
            }
            Op::JumpLt { a, b, .. } => compared(a, Comparison::Less, b),
            Op::JumpLe { a, b, .. } => compared(a, Comparison::LessOrEqual, b),
            Op::JumpEq { a, b, .. } => compared(a, Comparison::Equal, b),
            Op::JumpNe { a, b, .. } => compared(a, Comparison::Different, b),
            _ => None,
        }
    }

    /// A constant, or a field of the state before, that was loaded right on the way to the operation at `at`.
    fn number(&self, slot: Slot, at: usize) -> Option<Number> {
        if let Some(value) = self.code.constant(slot) {
            return Some(Number::Constant(value as i64));
        }
        match self.code.ops()[self.only_write(slot, at)?] {
            Op::Load { src, shift, width, .. } if src.0 < self.layout.words && width < 64 => {
                Some(Number::Field { word: src.0, shift, width, plus: 0 })
            }
            Op::Add { a, b, .. } => match (self.number(a, at)?, self.code.constant(b)?) {
                (Number::Field { word, shift, width, plus: 0 }, by) => {
                    Some(Number::Field { word, shift, width, plus: by as i64 })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The only operation of the block that writes a register, if it is always executed before the one at `at`.
    fn only_write(&self, slot: Slot, at: usize) -> Option<usize> {
        if self.code.is_fixed(slot) {
            return None;
        }
        let writes = |op: &Op| {
            touches(self.code, *op).iter().any(|touch| match touch {
                Touch::Write { slot: dst, words } => (dst.0..dst.0 + words).contains(&slot.0),
                Touch::WriteBits { slot: dst, .. } => *dst == slot,
                Touch::WriteSet { set, words, .. } => (set.0..set.0 + words).contains(&slot.0),
                Touch::WriteAt(place) => (place.base.0..place.base.0 + place.extent).contains(&slot.0),
                Touch::Everything => true,
                _ => false,
            })
        };
        let mut all = self.range.clone().filter(|at| writes(&self.code.ops()[*at]));
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        let mut skipped = only > at;
        for op in &self.code.ops()[self.range.start..at] {
            let mut op = *op;
            op.targets(&mut |to| skipped |= (only + 1..=at).contains(&(to.0 as usize)));
        }
        (!skipped).then_some(only)
    }
}
