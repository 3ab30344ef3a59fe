//! Fairness: which components a run may stay in for ever.
//!
//! Enters: strongly connected components. Leaves: the parts of them that a fair run can go round in for ever. A run that
//! stays owes a weakly fair key a step or a state where it is not enabled; it owes a strongly fair key a step if that is
//! enabled anywhere. A component where a weak debt cannot be paid is unfair with all its parts; where a strong one cannot,
//! the states that enable it go and the rest is looked at again (Streett automata: Emerson and Lei, 1987).
//! One state alone stands for staying in it: nothing happens any more.

use super::components::Components;
use super::graph::{Graph, Ticker};
use crate::engine::exploration::Why;
use crate::engine::store::NONE;

pub(crate) struct Fairness<'g> {
    pub(crate) graph: &'g Graph,
    /// Which labels count.
    pub(crate) on: Vec<bool>,
    /// For each state, the stamp of the latest part it was in.
    part: Vec<u32>,
    stamp: u32,
    /// For each key, in the part of its stamp: states that enable it, the last of them, whether it is taken.
    debts: Vec<Debt>,
    inner: Option<Components>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Debt {
    stamp: u32,
    enabled: u32,
    latest: u32,
    taken: bool,
}

enum Judgement {
    Fair,
    Unfair,
    /// What is left without the states that enable a strong debt, in order.
    Rest(Vec<u32>),
}

impl<'g> Fairness<'g> {
    pub(crate) fn new(graph: &'g Graph, on: Vec<bool>) -> Self {
        Fairness {
            graph,
            on,
            part: vec![0; graph.states() as usize],
            stamp: 0,
            debts: vec![Debt::default(); graph.strong.len()],
            inner: None,
        }
    }

    /// Makes `states` the part that [`Fairness::inside`] asks about.
    pub(crate) fn enter(&mut self, states: &[u32]) {
        self.stamp += 1;
        for state in states {
            self.part[*state as usize] = self.stamp;
        }
    }

    #[inline]
    pub(crate) fn inside(&self, state: u32) -> bool {
        self.part[state as usize] == self.stamp
    }

    /// Steps that count.
    pub(crate) fn steps(&self, state: u32) -> impl Iterator<Item = (u32, u32)> {
        self.graph.steps(state).filter(|(_, label)| self.on[*label as usize])
    }

    /// The numbers of a label's fair keys: none if it is unfair.
    pub(crate) fn keys(&self, label: u32) -> impl Iterator<Item = u32> {
        self.graph.keys[label as usize].into_iter().filter(|key| *key != NONE)
    }

    /// The fair keys that a state enables, in order.
    pub(crate) fn enabled(&self, state: u32) -> Vec<u32> {
        let mut keys: Vec<_> = self.steps(state).flat_map(|(_, label)| self.keys(label)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Whether nothing fair can happen in a state: a run may end there, whatever else is possible.
    pub(crate) fn rests(&self, state: u32) -> bool {
        self.steps(state).all(|(_, label)| self.keys(label).next().is_none())
    }

    /// Reports each part of a component in which a fair run can stay for ever, in the order of components, parts of a
    /// part before the next one. Parts for which `wanted` is false are not looked at.
    pub(crate) fn fair_parts(
        &mut self,
        component: &[u32],
        wanted: impl Fn(&[u32]) -> bool,
        mut visit: impl FnMut(&[u32]),
        ticker: &mut Ticker<'_>,
    ) -> Result<(), Why> {
        let mut rest_of = |this: &mut Self, part: &[u32]| match wanted(part).then(|| this.judge(part))? {
            Judgement::Fair => {
                visit(part);
                None
            }
            Judgement::Unfair => None,
            Judgement::Rest(rest) => Some(rest),
        };
        let mut rest = rest_of(self, component);
        let mut waiting = Vec::new();
        loop {
            if let Some(rest) = rest {
                let parts = self.split(&rest, ticker)?;
                waiting.extend(parts.into_iter().rev());
            }
            let Some(part) = waiting.pop() else { return Ok(()) };
            rest = rest_of(self, &part);
        }
    }

    fn judge(&mut self, part: &[u32]) -> Judgement {
        self.enter(part);
        let stamp = self.stamp;
        let mut met = Vec::new();
        for &state in part {
            for (target, label) in self.graph.steps(state) {
                if !self.on[label as usize] {
                    continue;
                }
                for key in self.graph.keys[label as usize].into_iter().filter(|key| *key != NONE) {
                    let debt = &mut self.debts[key as usize];
                    if debt.stamp != stamp {
                        *debt = Debt { stamp, enabled: 0, latest: NONE, taken: false };
                        met.push(key);
                    }
                    if debt.latest != state {
                        debt.enabled += 1;
                        debt.latest = state;
                    }
                    debt.taken |= self.part[target as usize] == stamp;
                }
            }
        }
        let unpaid = |key: &u32| !self.debts[*key as usize].taken;
        let always = |key: &u32| self.debts[*key as usize].enabled as usize == part.len();
        if met.iter().any(|key| unpaid(key) && always(key)) {
            return Judgement::Unfair;
        }
        let strong: Vec<_> =
            met.into_iter().filter(|key| unpaid(key) && self.graph.strong[*key as usize]).collect();
        if strong.is_empty() {
            return Judgement::Fair;
        }
        let without = |state: &u32| self.enabled(*state).iter().all(|key| !strong.contains(key));
        let mut rest: Vec<_> = part.iter().copied().filter(without).collect();
        rest.sort_unstable();
        Judgement::Rest(rest)
    }

    /// The components of what is left of a component.
    fn split(&mut self, rest: &[u32], ticker: &mut Ticker<'_>) -> Result<Vec<Vec<u32>>, Why> {
        self.enter(rest);
        let mut inner = self.inner.take().unwrap_or_else(|| Components::new(self.graph.states()));
        inner.forget(rest);
        let mut parts = Vec::new();
        let note = |part: &[u32], _: &mut Ticker<'_>| {
            parts.push(part.to_vec());
            Ok(())
        };
        inner.run(self.graph, &self.on, |s| self.inside(s), rest.iter().copied(), note, ticker)?;
        self.inner = Some(inner);
        Ok(parts)
    }
}
