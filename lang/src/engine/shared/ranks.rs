//! The numbers of new states: their places in the order in which one machine finds them.
//!
//! Enters: for each member the keys of its new states, in order. Leaves: for each of them its number. The parents are
//! shared out evenly; whoever has a parent puts the keys in order that name it, and answers with their ranks. So twelve
//! bytes go about for each new state, and no member sees more than its part.

use super::merge::{Form, merge};
use super::outgoing::{WATCHING, parent};
use super::{Gone, Member};
use crate::engine::machine::Word;
use std::ops::Range;

/// What all new states of a round come to.
pub(super) struct Ranks {
    /// Of the new states of this member, counted from 0 over all members.
    pub(super) of_mine: Vec<u32>,
    /// New states of all members.
    pub(super) all: u64,
    /// Some had no room.
    pub(super) over: bool,
}

/// What a member knows of the keys that it has put in order.
struct Ordered {
    /// For each member the ranks of its keys.
    ranks: Vec<Vec<Word>>,
    all: u64,
    /// Ranks of those that watch no run.
    own: Vec<u32>,
}

/// Numbers the states of the `keys`, whose parents lie in a range, of all members. Where there is `room` for fewer that
/// watch no run, those from the first on that has none are not counted.
pub(super) fn ranks(
    link: &mut dyn Member,
    keys: &[u64],
    parents: &Range<u32>,
    room: Option<u64>,
) -> Result<Ranks, Gone> {
    let members = link.members();
    let mut rest = keys;
    for to in 0..members {
        let (part, after) = rest.split_at(rest.partition_point(|key| part_of(*key, parents, members) <= to));
        if !part.is_empty() {
            link.send(to, part.to_vec());
        }
        rest = after;
    }
    let ordered = order(link)?;
    for (to, ranks) in ordered.ranks.iter().enumerate() {
        let head = [ordered.all, ordered.own.len() as Word];
        link.send(to, head.into_iter().chain(ranks.iter().copied()).collect());
    }
    let answers = link.finish()?;
    let (mut of_mine, mut all) = (Vec::with_capacity(keys.len()), 0);
    // Of the part in which the first state lies that has no room: whose it is, and which of its own.
    let (mut over, mut own) = (None, 0);
    for (from, answer) in answers.iter().enumerate() {
        let Some([of_part, own_of_part, ranks @ ..]) = answer.first().map(Vec::as_slice) else { continue };
        of_mine.extend(ranks.iter().map(|rank| (all + rank) as u32));
        if let Some(room) = room.filter(|room| over.is_none() && own + own_of_part > *room) {
            over = Some((from, all, room - own));
        }
        (all, own) = (all + of_part, own + own_of_part);
    }
    if let Some((whose, before, which)) = over {
        if whose == link.index() {
            let first = before + Word::from(ordered.own[which as usize]);
            (0..members).for_each(|to| link.send(to, vec![first]));
        }
        all = link.finish()?[whose][0][0];
        of_mine.retain(|rank| u64::from(*rank) < all);
    }
    Ok(Ranks { of_mine, all, over: over.is_some() })
}

/// Who puts a key in order.
fn part_of(key: u64, parents: &Range<u32>, members: usize) -> usize {
    let at = u64::from(parent(key).saturating_sub(parents.start));
    let all = u64::from(parents.end.saturating_sub(parents.start)).max(1);
    ((at * members as u64 / all) as usize).min(members - 1)
}

fn order(link: &mut dyn Member) -> Result<Ordered, Gone> {
    let received = link.finish()?;
    let sizes = received.iter().map(|messages| messages.iter().map(Vec::len).sum());
    let mut ranks: Vec<Vec<Word>> = sizes.map(Vec::with_capacity).collect();
    let (mut all, mut own) = (0, Vec::new());
    merge(&received, Form { length: 1, skip: 0 }, |sender, record| {
        ranks[sender].push(all);
        if record[0] & WATCHING == 0 {
            own.push(all as u32);
        }
        all += 1;
    });
    Ok(Ordered { ranks, all, own })
}
