//! The laws of a merge function, tried on values.
//!
//! Enters: values, and a function of two of them. Leaves: the first law that some of them break.
//! A function that is commutative, associative and idempotent is the join of a semilattice: whatever is merged, in
//! whatever order and however often, the result is the same (Shapiro, Preguiça, Baquero, Zawirski: Conflict-free
//! Replicated Data Types, 2011).

use super::machine::{Judge, Scratch};
use crate::engine::machine::{Trap, Word};
use crate::model::Model;
use crate::model::form::checked::{Applied, Checked, Merge};
use crate::model::form::frame::{Frame, Region};
use crate::model::run::interpret::Sink;
use crate::model::run::native::Executable;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// A packed value.
pub(crate) type Packed = Vec<u64>;

/// More values than this that come of what meets in a state are not tried; those that are, are the first.
pub(in crate::model) const MOST: usize = 64;

/// Two values that have no merge, or values that break a law and what came out.
#[derive(Debug)]
pub(crate) enum Broken {
    NoValue { of: [Packed; 2], trap: Trap },
    NotIdempotent { of: Packed, found: Packed },
    NotCommutative { of: [Packed; 2], found: [Packed; 2] },
    NotAssociative { of: [Packed; 3], found: [Packed; 2] },
}

/// The values that were tried over a whole exploration.
#[derive(Debug, Default)]
pub(in crate::model) struct Met {
    pub(in crate::model) values: BTreeSet<(usize, Packed)>,
    /// In some state there would have been more.
    pub(in crate::model) sampled: bool,
}

impl Met {
    /// Whether it is a sample; then of each value its property, its length, its words.
    pub(super) fn words(&self) -> Vec<Word> {
        let of = |(property, value): &(usize, Packed)| {
            [*property as Word, value.len() as Word]
                .into_iter()
                .chain(value.iter().copied())
                .collect::<Vec<_>>()
        };
        std::iter::once(Word::from(self.sampled)).chain(self.values.iter().flat_map(of)).collect()
    }

    /// Adds what another has met.
    pub(super) fn add(&mut self, words: &[Word]) {
        let Some((sampled, mut rest)) = words.split_first() else { return };
        self.sampled |= *sampled != 0;
        while let [property, length, after @ ..] = rest {
            let Some((value, after)) = after.split_at_checked(*length as usize) else { return };
            self.values.insert((*property as usize, value.to_vec()));
            rest = after;
        }
    }
}

/// A function that can be run.
pub(crate) struct Function<'m> {
    pub executable: &'m Executable,
    pub applied: &'m Applied,
    pub frame: &'m mut Frame,
}

impl Function<'_> {
    fn apply(&mut self, of: [&Packed; 2]) -> Result<Packed, Broken> {
        for (slot, value) in self.applied.operands.iter().zip(of) {
            self.frame[slot.at()..slot.at() + value.len()].copy_from_slice(value);
        }
        let mut sink = Judge::default();
        self.executable.run(self.frame, self.applied.start, &mut sink);
        match sink.trap {
            Some(trap) => Err(Broken::NoValue { of: of.map(Clone::clone), trap }),
            None => {
                let at = self.applied.result.at();
                Ok(self.frame[at..at + self.applied.words as usize].to_vec())
            }
        }
    }

    /// Adds what comes of the values; whether that is all.
    fn close(&mut self, values: &mut Vec<Packed>) -> Result<bool, Broken> {
        let mut known: BTreeSet<Packed> = values.iter().cloned().collect();
        let mut done = 0;
        while done < values.len() {
            for other in 0..=done {
                for (a, b) in [(done, other), (other, done)] {
                    let (a, b) = (values[a].clone(), values[b].clone());
                    let found = self.apply([&a, &b])?;
                    if known.contains(&found) {
                        continue;
                    }
                    if values.len() >= MOST {
                        return Ok(false);
                    }
                    known.insert(found.clone());
                    values.push(found);
                }
            }
            done += 1;
        }
        Ok(true)
    }

    /// The laws, of every three of the values.
    pub(crate) fn laws(&mut self, values: &[Packed]) -> Result<(), Broken> {
        let n = values.len();
        let number: FxHashMap<&Packed, usize> = values.iter().enumerate().map(|(i, v)| (v, i)).collect();
        let mut table = Vec::with_capacity(n * n);
        for a in values {
            for b in values {
                let found = self.apply([a, b])?;
                table.push(Product { known: number.get(&found).copied(), value: found });
            }
        }
        for a in 0..n {
            let found = &table[a * n + a].value;
            if *found != values[a] {
                return Err(Broken::NotIdempotent { of: values[a].clone(), found: found.clone() });
            }
            for b in 0..n {
                let found = [&table[a * n + b].value, &table[b * n + a].value];
                if found[0] != found[1] {
                    let of = [values[a].clone(), values[b].clone()];
                    return Err(Broken::NotCommutative { of, found: found.map(Clone::clone) });
                }
            }
        }
        self.associative(values, &table)
    }

    fn associative(&mut self, values: &[Packed], table: &[Product]) -> Result<(), Broken> {
        let n = values.len();
        for a in 0..n {
            for b in 0..n {
                for c in 0..n {
                    let (ab, bc) = (&table[a * n + b], &table[b * n + c]);
                    if let (Some(ab), Some(bc)) = (ab.known, bc.known)
                        && table[ab * n + c].value == table[a * n + bc].value
                    {
                        continue;
                    }
                    let found = [self.apply([&ab.value, &values[c]])?, self.apply([&values[a], &bc.value])?];
                    if found[0] != found[1] {
                        let of = [a, b, c].map(|i| values[i].clone());
                        return Err(Broken::NotAssociative { of, found });
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a function gives for two values.
struct Product {
    /// Its number, where it is one of the values that are tried.
    known: Option<usize>,
    value: Packed,
}

/// Collects the operands that are shown.
struct Meetings<'m> {
    merge: &'m Merge,
    found: BTreeSet<[Packed; 2]>,
}

impl Sink for Meetings<'_> {
    fn instance(&mut self, _: u32) -> bool {
        true
    }

    fn emit(&mut self, frame: &[u64]) -> bool {
        if frame[self.merge.flag.at()] != 0 {
            let words = self.merge.applied.words as usize;
            self.found.insert(self.merge.operands.map(|slot| frame[slot.at()..slot.at() + words].to_vec()));
        }
        true
    }

    fn trap(&mut self, _: &[u64], _: Trap) -> bool {
        true
    }
}

impl Model {
    /// The operands of the calls that are possible in a state.
    fn meetings(&self, scratch: &mut Scratch, merge: &Merge, state: &[Word]) -> BTreeSet<[Packed; 2]> {
        let mut sink = Meetings { merge, found: BTreeSet::new() };
        if let Some(start) = merge.blocks {
            self.put(&mut scratch.other, Region::Before, state);
            scratch.other[merge.flag.at()] = 0;
            self.executable.run(&mut scratch.other, start, &mut sink);
        }
        sink.found
    }

    pub(super) fn meets(&self, scratch: &mut Scratch, property: usize, state: &[Word]) -> bool {
        let Checked::Merge(merge) = &self.checked[property] else { return false };
        self.meetings(scratch, merge, state).iter().any(|[a, b]| a != b)
    }

    /// Whether the laws hold for what meets in a state.
    pub(super) fn lawful(
        &self,
        scratch: &mut Scratch,
        property: usize,
        merge: &Merge,
        state: &[Word],
    ) -> bool {
        let values = values(self.meetings(scratch, merge, state));
        let mut key = vec![property as u64];
        key.extend(values.iter().flatten());
        if let Some(known) = scratch.lawful.get(&key) {
            return *known;
        }
        let holds = self.tried(scratch, property, merge, values).is_ok();
        scratch.lawful.insert(key, holds);
        holds
    }

    /// Tries the laws with the operands of the calls that are possible in a state.
    pub(in crate::model) fn try_laws(
        &self,
        scratch: &mut Scratch,
        property: usize,
        merge: &Merge,
        state: &[Word],
    ) -> Result<(), Broken> {
        let values = values(self.meetings(scratch, merge, state));
        self.tried(scratch, property, merge, values)
    }

    fn tried(
        &self,
        scratch: &mut Scratch,
        property: usize,
        merge: &Merge,
        mut values: Vec<Packed>,
    ) -> Result<(), Broken> {
        let frame = &mut scratch.other;
        let mut function = Function { executable: &self.executable, applied: &merge.applied, frame };
        let all = function.close(&mut values)?;
        if let Ok(mut met) = self.met.lock() {
            met.sampled |= !all;
            met.values.extend(values.iter().map(|value| (property, value.clone())));
        }
        function.laws(&values)
    }
}

/// All operands, each once.
fn values(meetings: BTreeSet<[Packed; 2]>) -> Vec<Packed> {
    let all: BTreeSet<Packed> = meetings.into_iter().flatten().collect();
    all.into_iter().collect()
}
