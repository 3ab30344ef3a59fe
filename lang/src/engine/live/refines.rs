//! Refines: is every fair run one of the specification, where every step is one?
//!
//! Enters: a finished search. Leaves: the shortest fair run (to where it stays, and then round) on which something that the
//! specification owes stays possible and is never done, or becomes possible again and again where it is strongly fair. For
//! each obligation the steps that pay it lead out of the graph; a weak one is also met where a state does not owe it (Abadi
//! and Lamport, The Existence of Refinement Mappings, 1991).

use super::fair::Fairness;
use super::graph::{Graph, Label, Steps, Ticker};
use super::lasso::Lasso;
use super::leads_to::{Asked, Sets, again, never};
use super::{Judgement, Unjudged, shortest};
use crate::engine::conclude::Ended;
use crate::engine::exploration::{Kind, Outcome, Violation};
use crate::engine::machine::{Clients, Machine, Strength, Word};
use crate::engine::store::{Bits, Cursor};
use rustc_hash::FxHashMap;

/// Faults and steps to where a run stays, and the steps with which it goes round.
type Length = ((u32, u32), usize);

/// What each state stands for in the specification.
#[derive(Default)]
struct Values {
    /// By state: a number.
    of: Vec<u32>,
    /// By number.
    all: Vec<Box<[Word]>>,
    numbers: FxHashMap<Box<[Word]>, u32>,
}

impl Values {
    fn number(&mut self, value: &[Word]) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(value.into());
        self.numbers.insert(value.into(), number);
        number
    }
}

impl<M: Machine> Ended<'_, M> {
    /// The outcome of a refinement of which no step is wrong.
    pub(super) fn refines(&self, property: usize, steps: &Steps, ticker: &mut Ticker<'_>) -> Outcome {
        let instances = self.machine.instances();
        let graph = steps.graph(&|instance, key| Some(Label::new(&instances[instance as usize], key)));
        let judgement = self.judge_refines(&graph, property, ticker);
        self.live_outcome(judgement).0
    }

    fn judge_refines(&self, graph: &Graph, property: usize, ticker: &mut Ticker<'_>) -> Judgement {
        let values = self.specified(property, ticker)?;
        let mut first: Option<(Length, Violation)> = None;
        for owed in self.machine.owed(property).into_iter().enumerate() {
            let Some(found) = self.owing(graph, (property, owed), &values, ticker)? else { continue };
            if first.as_ref().is_none_or(|(known, _)| found.0 < *known) {
                first = Some(found);
            }
        }
        Ok((first.map(|(_, violation)| violation), None))
    }

    fn specified(&self, property: usize, ticker: &mut Ticker<'_>) -> Result<Values, Unjudged> {
        let (mut scratch, mut cursor) = (self.machine.scratch(), Cursor::default());
        let (mut values, mut value) = (Values::default(), Vec::new());
        for id in 0..self.store.len() {
            ticker.tick(1)?;
            value.clear();
            let state = cursor.state(self.store.states(), id);
            let found = self.machine.value(&mut scratch, property, state, &mut value);
            found.map_err(|trap| Unjudged::Trap(trap, id))?;
            let number = values.number(&value);
            values.of.push(number);
        }
        Ok(values)
    }

    /// A run on which an obligation stays owed for ever; a strong one again and again.
    fn owing(
        &self,
        graph: &Graph,
        (property, (obligation, strength)): (usize, (usize, Strength)),
        values: &Values,
        ticker: &mut Ticker<'_>,
    ) -> Result<Option<(Length, Violation)>, Unjudged> {
        let machine = self.machine;
        let owed: Vec<bool> =
            values.all.iter().map(|value| machine.owes(property, obligation, value)).collect();
        let mut known: FxHashMap<(u32, u32), bool> = FxHashMap::default();
        let pays = |from: u32, to: u32| {
            let (from, to) = (values.of[from as usize], values.of[to as usize]);
            let value = |number: u32| &values.all[number as usize];
            from != to
                && *known
                    .entry((from, to))
                    .or_insert_with(|| machine.pays(property, obligation, value(from), value(to)))
        };
        let paid = graph.redirected(pays);
        let (out, open) = (self.store.len(), self.store.open());
        let (mut from, mut goal) = (Bits::default(), Bits::default());
        goal.set(out);
        for (state, value) in values.of.iter().enumerate() {
            match owed[*value as usize] {
                true => from.set(state as u32),
                false => goal.set(state as u32),
            }
        }
        let mut fairness = Fairness::new(&paid, paid.on(Clients::GoOn));
        let level = &|state| self.level(state);
        let found = match strength {
            Strength::Strong => {
                let (member, met) = (|state| state != out && !open.get(state), |state| from.get(state));
                let mut all = Bits::default();
                (0..out).for_each(|state| all.set(state));
                let asked = Asked { from: &all, level, member: &member, met: &met, enters: &|_| true };
                again(&mut fairness, asked, ticker)?
            }
            Strength::Weak | Strength::Unfair => {
                never(&mut fairness, Sets { from: &from, goal: &goal, open }, level, ticker)?
            }
        };
        let Some((found, cycle)) = shortest(&mut fairness, found, &goal, ticker)? else { return Ok(None) };
        let length = (found.level, cycle.len());
        let path = self.path(&fairness, Lasso { first: found.state, stem: &found.way, cycle: &cycle })?;
        Ok(Some((length, Violation { path, kind: Kind::Owing(obligation), other: None })))
    }
}
