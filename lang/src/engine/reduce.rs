//! Partial order in the search: when it is tried, and what for.
//!
//! Enters: a search that has found many states and is not done. Leaves: an exploration of fewer. A small model is always
//! explored whole, so that its counts are what it has. Above a number of states, where nothing but states is judged and
//! the machine says what its instances touch, the search begins again and takes of each state only the steps that
//! [`super::stubborn`] chooses. What it finds wrong may not lie on the shortest way; so it is looked for once more in
//! the plain order, which now knows when to end.

use super::expand::{Fewer, Filter, Worker};
use super::exploration::{Exploration, Outcome, PartialOrder};
use super::machine::{Judged, Machine};
use super::search::{Aim, Search};
use super::store::{Cursor, Seen, States};
use super::stubborn::Relations;
use super::{Limits, Observer};

/// States on which a reduction is tried out, and of how many it has to serve one.
const SAMPLED: u32 = 4096;
const WORTH: u64 = 4;

/// The plain search for shortest traces may find so many times as many states as were found before the reduction was tried.
const PATIENCE: u64 = 4;

/// The number of states from which on the reduction is tried; `None`: never. Runs and steps are judged on all states,
/// where those are watched every order counts, and a cap on depth would cut what was put off.
fn due<M: Machine>(machine: &M, limits: &Limits) -> Option<u64> {
    let of_states = |(property, judged): (usize, &Judged)| match judged {
        Judged::State => machine.watcher_of(property) == 0,
        Judged::Settled => true,
        Judged::Step
        | Judged::Converges(_)
        | Judged::LeadsTo(_)
        | Judged::Eventually
        | Judged::Repairs
        | Judged::Returns
        | Judged::Refines => false,
    };
    let states_alone = machine.properties().iter().enumerate().all(of_states);
    limits.reduce_after.filter(|_| states_alone && limits.depth.is_none())
}

/// Explores whole, or from the beginning in fewer steps where that takes too long.
pub(super) fn explore<M: Machine>(machine: &M, limits: &Limits, observer: &dyn Observer) -> Exploration {
    let aim = Aim::Whole { until: due(machine, limits), due: None };
    let (whole, relations) = Search::new(machine, limits, observer, aim).run();
    let Some(relations) = relations else { return whole };
    let (mut reduced, _) = Search::new(machine, limits, observer, Aim::Reduced(&relations)).run();
    let mut order = PartialOrder { looked_at: whole.states_explored, shortest: true };
    // A violation found in the plain order counts for more: it lies on a shortest way.
    let wanted = prefer(&mut reduced, &whole);
    if let Some(wanted) = wanted {
        let patience = limits.reduce_after.filter(|after| *after > 0).map(|after| PATIENCE * after);
        let states = limits.states.into_iter().chain(patience).min();
        let limits = Limits { stop_when_decided: true, states, ..limits.clone() };
        let (plain, _) = Search::new(machine, &limits, observer, Aim::Shortest(wanted)).run();
        order.shortest = prefer(&mut reduced, &plain).is_none();
    }
    reduced.partial_order = Some(order);
    reduced
}

/// What is to be found again, on a shortest way.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) properties: Vec<bool>,
    /// Of traps.
    pub(super) sites: Vec<u32>,
}

/// Replaces what is wrong in `reduced` by the same from an exploration in the plain order; returns what that has not.
fn prefer(reduced: &mut Exploration, plain: &Exploration) -> Option<Wanted> {
    let is_bad = |outcome: &Outcome| matches!(outcome, Outcome::Violated(_) | Outcome::Trapped(_));
    let mut wanted = Wanted { properties: vec![false; reduced.outcomes.len()], sites: Vec::new() };
    for (property, outcome) in reduced.outcomes.iter_mut().enumerate() {
        match &plain.outcomes[property] {
            found if is_bad(found) => *outcome = found.clone(),
            _ => wanted.properties[property] = is_bad(outcome),
        }
    }
    for trapped in &mut reduced.traps {
        match plain.traps.iter().find(|found| found.trap.site == trapped.trap.site) {
            Some(found) => *trapped = found.clone(),
            None => wanted.sites.push(trapped.trap.site),
        }
    }
    for found in &plain.traps {
        if reduced.traps.iter().all(|trapped| trapped.trap.site != found.trap.site) {
            reduced.traps.push(found.clone());
        }
    }
    for (seen, also) in reduced.probes.iter_mut().zip(&plain.probes) {
        *seen |= also;
    }
    (wanted.properties.contains(&true) || !wanted.sites.is_empty()).then_some(wanted)
}

/// Whether fewer steps would do in a good part of the states so far: beginning again costs as much as was done.
pub(super) fn pays<M: Machine>(worker: &mut Worker<'_, M>, states: &States, relations: &Relations) -> bool {
    if states.len() < SAMPLED {
        return true;
    }
    let every = (states.len() / SAMPLED) as usize;
    let [tried, served] = serve(worker, states, relations, (0..states.len()).step_by(every));
    served >= tried / WORTH
}

/// The number of some states, and of those where fewer steps would do.
fn serve<M: Machine>(
    worker: &mut Worker<'_, M>,
    states: &States,
    relations: &Relations,
    ids: impl Iterator<Item = u32>,
) -> [u64; 2] {
    // As if all steps led to new states.
    let nothing = Seen::new();
    let (mut fewer, mut cursor) = (Fewer::new(relations, &nothing), Cursor::default());
    let (mut tried, mut served) = (0, 0);
    for id in ids {
        fewer.prepare(worker, cursor.state(states, id));
        tried += 1;
        served += u64::from(fewer.leaves_out());
    }
    [tried, served]
}

/// When a search that is shared, which takes every step, has to look whether one machine would take fewer.
pub(super) struct Reduction {
    until: Option<u64>,
    relations: Option<Relations>,
}

impl Reduction {
    pub(super) fn due<M: Machine>(machine: &M, limits: &Limits) -> Self {
        let due = due(machine, limits);
        let relations = due.and_then(|_| machine.footprints()).and_then(|prints| Relations::new(&prints));
        Reduction { until: due.filter(|_| relations.is_some()), relations }
    }

    /// Whether it is still to be looked at.
    pub(super) fn is_open(&self) -> bool {
        self.until.is_some()
    }

    /// Whether it is to be looked at where there are so many states: once.
    pub(super) fn is_due(&mut self, states: u64) -> bool {
        self.until.take_if(|until| states >= *until).is_some()
    }

    /// Of those of a member's states that one machine would look at, of so many of all members: how many, and in how many
    /// fewer steps would do. `ids`: the numbers of the member's states.
    pub(super) fn serve<M: Machine>(
        &self,
        worker: &mut Worker<'_, M>,
        states: &States,
        ids: &[u32],
        all: u32,
    ) -> [u64; 2] {
        let Some(relations) = &self.relations else { return [0, 0] };
        let every = (all / SAMPLED).max(1);
        let sampled = |(_, id): &(usize, &u32)| id.is_multiple_of(every);
        let places = ids.iter().enumerate().filter(sampled).map(|(place, _)| place as u32);
        serve(worker, states, relations, places)
    }

    /// Whether that is enough; of fewer states than are sampled nobody asks.
    pub(super) fn pays([tried, served]: [u64; 2], all: u32) -> bool {
        all < SAMPLED || served >= tried / WORTH
    }
}
