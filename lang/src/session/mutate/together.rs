//! `why`, of several parts at once: which of those that are not needed one by one stand in for each other.
//!
//! Enters: the parts, and a judge of systems with several of them weaker. Leaves: as many as can be weaker together, and for each
//! of the others a smallest group with which it cannot. By halves, as in QuickXplain (Junker, AAAI 2004): few of many are
//! found with few systems.
//! Together are only those that let more happen and take nothing away: what is broken with some of them is broken with all (of states and steps: on runs without end what happens more easily may mend).
//! Without a statement or a handler what is broken may not happen any more, and so each of those is tried beside them by itself.

use crate::report::Finding;
use crate::report::variants::{Group, Noticed, Together};

/// So many systems are tried, at most.
const MOST: usize = 200;

/// Whether what is weaker is missed.
fn is_missed(noticed: &Noticed) -> bool {
    match noticed {
        Noticed::By { .. } | Noticed::Emptied { .. } | Noticed::NoValue { .. } => true,
        Noticed::Unnoticed { .. } | Noticed::Superfluous | Noticed::Unknown { .. } => false,
    }
}

/// What became of a system.
pub(super) struct Tried {
    pub noticed: Noticed,
    pub run: Option<Finding>,
}

/// Judges the system with these parts weaker; `None`: it was interrupted.
pub(super) type Judge<'j> = dyn Fn(&[usize]) -> Option<Tried> + 'j;

/// Tries the parts with these numbers: those that only let more happen, and others.
pub(super) fn together(adding: &[usize], others: &[usize], judge: &Judge<'_>) -> Option<Together> {
    if adding.len() + others.len() < 2 {
        return None;
    }
    let mut search =
        Search { judge, tried: 0, spare: Vec::new(), rest: Vec::new(), open: Vec::new(), why: None };
    search.grow(adding);
    let mut beside = Vec::new();
    for other in others {
        search.beside(*other, &mut beside);
    }
    let mut groups: Vec<Group> = Vec::new();
    for Rest { part, beside, broken } in std::mem::take(&mut search.rest) {
        match search.group(part, &beside, broken) {
            Some(group) => groups.push(group),
            None => search.open.push(part),
        }
    }
    let Search { spare, open, why: incomplete, .. } = search;
    Some(Together { spare, some_untried: false, beside, groups, open, incomplete })
}

/// A part that cannot be weaker beside these.
struct Rest {
    part: usize,
    beside: Vec<usize>,
    broken: Tried,
}

struct Search<'j> {
    judge: &'j Judge<'j>,
    tried: usize,
    spare: Vec<usize>,
    rest: Vec<Rest>,
    open: Vec<usize>,
    why: Option<String>,
}

impl Search<'_> {
    /// `None`: no more is tried.
    fn judged(&mut self, parts: &[usize]) -> Option<Tried> {
        if self.tried == MOST {
            self.why.get_or_insert_with(|| format!("{MOST} systems with several parts weaker were tried"));
            return None;
        }
        self.tried += 1;
        let tried = (self.judge)(parts);
        if tried.is_none() {
            self.why.get_or_insert_with(|| "interrupted".to_string());
        }
        tried
    }

    /// Whether a part can be weaker beside all that is spare.
    fn beside(&mut self, part: usize, fine: &mut Vec<usize>) {
        let all = [&self.spare[..], &[part]].concat();
        // By itself it was tried.
        let tried = if self.spare.is_empty() { None } else { self.judged(&all) };
        match tried {
            None if self.spare.is_empty() => fine.push(part),
            None => self.open.push(part),
            Some(tried) => match tried.noticed {
                Noticed::Unnoticed { .. } | Noticed::Superfluous => fine.push(part),
                Noticed::Unknown { why } => {
                    self.why.get_or_insert(why);
                    self.open.push(part);
                }
                _ => self.rest.push(Rest { part, beside: self.spare.clone(), broken: tried }),
            },
        }
    }

    /// Adds as many of these to what is spare as there can be.
    fn grow(&mut self, parts: &[usize]) {
        if parts.is_empty() {
            return;
        }
        let mut all = self.spare.clone();
        all.extend(parts);
        all.sort_unstable();
        match (self.judged(&all), parts) {
            (None, _) => self.open.extend(parts),
            (Some(Tried { noticed: Noticed::Unnoticed { .. } | Noticed::Superfluous, .. }), _) => {
                self.spare = all;
            }
            (Some(Tried { noticed: Noticed::Unknown { why }, .. }), &[part]) => {
                self.why.get_or_insert(why);
                self.open.push(part);
            }
            (Some(broken), &[part]) => self.rest.push(Rest { part, beside: self.spare.clone(), broken }),
            (Some(_), parts) => {
                let (first, second) = parts.split_at(parts.len() / 2);
                self.grow(first);
                self.grow(second);
            }
        }
    }

    /// The part, with as few of these as break the member; `None`: no more is tried.
    fn group(&mut self, part: usize, beside: &[usize], broken: Tried) -> Option<Group> {
        let mut parts = self.fewest(vec![part], false, beside)?;
        parts.sort_unstable();
        parts.push(part);
        // What a part does alone need not be what it does among others: then all are the group.
        let (mut parts, mut tried) = match self.judged(&parts)? {
            fewer if is_missed(&fewer.noticed) => (parts, fewer),
            _ => (beside.iter().copied().chain([part]).collect(), broken),
        };
        // Without any one of them it must not be broken any more.
        let mut at = 0;
        while at < parts.len() && parts.len() > 2 {
            let fewer: Vec<usize> =
                parts.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, n)| *n).collect();
            let without = self.judged(&fewer)?;
            if is_missed(&without.noticed) {
                (parts, tried, at) = (fewer, without, 0);
            } else {
                at += 1;
            }
        }
        Some(Group { parts, noticed: tried.noticed, run: tried.run.map(Box::new) })
    }

    /// Of `among` those that have to be weaker beside `before` to break it. `grown`: `before` is more than was known not to.
    fn fewest(&mut self, before: Vec<usize>, grown: bool, among: &[usize]) -> Option<Vec<usize>> {
        if grown && is_missed(&self.judged(&before)?.noticed) {
            return Some(Vec::new());
        }
        if among.len() < 2 {
            return Some(among.to_vec());
        }
        let (first, second) = among.split_at(among.len() / 2);
        let mut found = self.fewest([&before[..], first].concat(), true, second)?;
        let with = [&before[..], &found].concat();
        found.extend(self.fewest(with, !found.is_empty(), first)?);
        Some(found)
    }
}
