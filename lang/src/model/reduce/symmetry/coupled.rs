//! Coupled groups: members that are stored, or that index something together, so that columns alone do not say which
//! renaming is least.
//!
//! Enters: a plan. Leaves: the least of the states that a renaming gives, and how many there are.
//! Members are first sorted by a signature that no renaming changes. What it leaves open is tried: members that may be
//! exchanged without any effect count as one, all other orders are compared. The renamings that give the least state are
//! a coset of those that change nothing, so their number says how many states the orbit has.

use super::Group;
use super::plan::{Digit, Member, Part, Piece, Slots};
use super::relabel::{Permutation, get, relabel};
use crate::engine::machine::Word;
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Coupled {
    slots: Vec<Slots>,
    groups: Vec<Group>,
    /// Which of them are coupled.
    which: Vec<usize>,
    /// Where the members of each group begin in a permutation.
    start: Vec<usize>,
    identity: Vec<u32>,
    /// Of each of those, whether it stays where it is.
    fixed: Vec<bool>,
    /// Number of renamings.
    order: u64,
}

/// Buffers of one thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    /// By member of each group.
    signatures: Vec<u64>,
    permutation: Vec<u32>,
    /// The members of coupled groups in the order that is tried, and of each which of its equals it counts as.
    order: Vec<Member>,
    class: Vec<u32>,
    /// Runs of equal signatures.
    runs: Vec<Range<usize>>,
    context: Vec<Member>,
    moved: Vec<Word>,
    best: Vec<Word>,
    /// How often a lesser state was found.
    lesser: u64,
}

/// Takes the members of a run for different ones.
fn apart(scratch: &mut Scratch, run: usize) -> u64 {
    scratch.runs[run].clone().for_each(|i| scratch.class[i] = i as u32);
    1
}

fn mix(a: u64, b: u64) -> u64 {
    let product = (a.rotate_left(23) ^ b).wrapping_add(0x1b87_3593).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 29
}

impl Coupled {
    pub(super) fn new(groups: &[Group], coupled: &[bool], slots: Vec<Slots>) -> Coupled {
        let start = groups.iter().scan(0, |at, g| {
            let start = *at;
            *at += g.count as usize;
            Some(start)
        });
        let which: Vec<usize> = (0..groups.len()).filter(|g| coupled[*g]).collect();
        Coupled {
            start: start.collect(),
            identity: groups.iter().flat_map(|g| 0..g.count).collect(),
            fixed: groups.iter().flat_map(|g| (0..g.count).map(|m| !g.members.contains(&m))).collect(),
            order: super::order(groups, &|g| coupled[g]),
            groups: groups.to_vec(),
            which,
            slots,
        }
    }

    pub(super) fn scratch(&self) -> Scratch {
        Scratch {
            signatures: vec![0; self.identity.len()],
            permutation: self.identity.clone(),
            ..Scratch::default()
        }
    }

    /// Makes a state the least that a renaming gives; returns how many states renamings give.
    pub(super) fn canonical(&self, scratch: &mut Scratch, state: &mut [Word]) -> u64 {
        // Of two there is nothing to be saved by telling them apart first.
        if self.order > 2 {
            self.sign(scratch, state);
        }
        self.by_signature(scratch);
        scratch.moved.resize(state.len(), 0);
        let mut same = 1;
        for run in 0..scratch.runs.len() {
            same *= match self.order {
                ..=2 => apart(scratch, run),
                _ => self.exchangeable(scratch, run, state),
            };
        }
        scratch.best.clear();
        let least = self.arrange(scratch, 0, scratch.runs.first().map_or(0, |r| r.start), state);
        state.copy_from_slice(&scratch.best);
        self.order / (same * least)
    }

    fn permutation<'s>(&'s self, to: &'s [u32]) -> Permutation<'s> {
        Permutation { to, start: &self.start }
    }

    /// Sorts the members of each group by signature and finds those that are equal.
    fn by_signature(&self, scratch: &mut Scratch) {
        let Scratch { signatures, order, runs, class, .. } = scratch;
        order.clear();
        runs.clear();
        for group in &self.which {
            let begin = order.len();
            let signature = |m: Member| signatures[self.start[m.group] + m.member as usize];
            order.extend(self.groups[*group].members.iter().map(|m| Member { group: *group, member: *m }));
            order[begin..].sort_by_key(|member| signature(*member));
            let mut at = begin;
            while at < order.len() {
                let run = order[at..].iter().take_while(|m| signature(**m) == signature(order[at])).count();
                if run > 1 {
                    runs.push(at..at + run);
                }
                at += run;
            }
        }
        class.clear();
        class.resize(order.len(), 0);
    }

    /// Finds which members of a run may be exchanged without effect; returns how many orders of them are then one.
    fn exchangeable(&self, scratch: &mut Scratch, run: usize, state: &[Word]) -> u64 {
        let Scratch { order, class, runs, permutation, moved, .. } = scratch;
        let Range { start: begin, end } = runs[run];
        let mut orders = 1;
        for i in begin..end {
            class[i] = i as u32;
            for j in begin..i {
                if class[j] != j as u32 {
                    continue;
                }
                let [a, b] = [order[i], order[j]].map(|m| self.start[m.group] + m.member as usize);
                permutation.swap(a, b);
                relabel(&self.slots, self.permutation(permutation), state, moved);
                permutation.swap(a, b);
                if *moved == state {
                    class[i] = j as u32;
                    orders *= class[begin..=i].iter().filter(|c| **c == j as u32).count() as u64;
                    break;
                }
            }
        }
        orders
    }

    /// Tries every order of what is left open from a position on; returns how many of them give the least state.
    fn arrange(&self, scratch: &mut Scratch, run: usize, at: usize, state: &[Word]) -> u64 {
        let Some(end) = scratch.runs.get(run).map(|r| r.end) else { return self.attempt(scratch, state) };
        if at == end {
            let next = scratch.runs.get(run + 1).map_or(0, |r| r.start);
            return self.arrange(scratch, run + 1, next, state);
        }
        let mut least: u64 = 0;
        for other in at..end {
            // Equals take their places in one order.
            if scratch.class[at..other].contains(&scratch.class[other]) {
                continue;
            }
            let before = scratch.lesser;
            scratch.order.swap(at, other);
            scratch.class.swap(at, other);
            let found = self.arrange(scratch, run, at + 1, state);
            scratch.order.swap(at, other);
            scratch.class.swap(at, other);
            least = if scratch.lesser == before { least + found } else { found };
        }
        least
    }

    /// The state in the present order: 1 where it is the least so far.
    fn attempt(&self, scratch: &mut Scratch, state: &[Word]) -> u64 {
        let Scratch { order, permutation, moved, best, lesser, .. } = scratch;
        let mut rest = &order[..];
        for group in &self.which {
            let members = &self.groups[*group].members;
            let (mine, others) = rest.split_at(members.len());
            for (mine, to) in mine.iter().zip(members) {
                permutation[self.start[*group] + mine.member as usize] = *to;
            }
            rest = others;
        }
        if *permutation == self.identity {
            moved.copy_from_slice(state);
        } else {
            relabel(&self.slots, self.permutation(permutation), state, moved);
            permutation.copy_from_slice(&self.identity);
        }
        if best.is_empty() || *moved < *best {
            best.clone_from(moved);
            *lesser += 1;
            return 1;
        }
        u64::from(moved == best)
    }

    // ---- signatures ----

    /// A number for each member that no renaming changes.
    fn sign(&self, scratch: &mut Scratch, state: &[Word]) {
        scratch.signatures.fill(0);
        scratch.context.clear();
        let mut signer = Signer { coupled: self, scratch, state };
        for (i, slots) in self.slots.iter().enumerate() {
            signer.slots(slots, 0, i as u64);
        }
    }
}

/// Adds to the signature of each member what is known of it: all that it stands together with, members by their number
/// in the whole and not by their names.
struct Signer<'a> {
    coupled: &'a Coupled,
    scratch: &'a mut Scratch,
    state: &'a [Word],
}

impl Signer<'_> {
    fn push(&mut self, group: usize, member: u32, hash: u64) -> u64 {
        if self.coupled.fixed[self.coupled.start[group] + member as usize] {
            return mix(hash, 1 << 32 | u64::from(member));
        }
        self.scratch.context.push(Member { group, member });
        mix(hash, 2 << 32)
    }

    /// The members of an index; what is left of it has no names.
    fn index(&mut self, rank: usize, digits: &[Digit], hash: u64) -> u64 {
        let mut rest = rank as i64;
        for d in digits {
            self.scratch.context.push(Member { group: d.group, member: d.member });
            rest -= i64::from(d.member) * i64::from(d.stride);
        }
        mix(hash, rest as u64)
    }

    fn slots(&mut self, slots: &Slots, bit: u32, hash: u64) {
        for (rank, digits) in slots.digits.iter().enumerate() {
            let mark = self.scratch.context.len();
            let hash = self.index(rank, digits, hash);
            self.whole(&slots.inner, bit + slots.places[rank], hash);
            self.scratch.context.truncate(mark);
        }
    }

    /// A value: its members are signed together, then what it holds.
    fn whole(&mut self, piece: &Piece, bit: u32, hash: u64) {
        let mark = self.scratch.context.len();
        let hash = self.gather(piece, bit, hash);
        self.emit(hash);
        if piece.nested {
            self.inside(piece, bit, hash);
        }
        self.scratch.context.truncate(mark);
    }

    fn emit(&mut self, mut hash: u64) {
        let Scratch { context, signatures, .. } = &mut *self.scratch;
        for (i, a) in context.iter().enumerate() {
            for (j, b) in context[..i].iter().enumerate() {
                if a == b {
                    hash = mix(hash, (i * 64 + j) as u64);
                }
            }
        }
        for (i, Member { group, member }) in context.iter().enumerate() {
            let sum = &mut signatures[self.coupled.start[*group] + *member as usize];
            *sum = sum.wrapping_add(mix(hash, i as u64));
        }
    }

    fn plain(&self, piece: &Piece, bit: u32, hash: u64) -> u64 {
        match piece.size.words as usize {
            0 => mix(hash, get(self.state, bit, piece.size.bits)),
            words => {
                let at = bit as usize / 64;
                self.state[at..at + words].iter().fold(hash, |hash, word| mix(hash, *word))
            }
        }
    }

    fn gather(&mut self, piece: &Piece, bit: u32, hash: u64) -> u64 {
        match &piece.part {
            Part::Plain => self.plain(piece, bit, hash),
            Part::Value { group, levels } => {
                let code = get(self.state, bit, piece.size.bits) as u32;
                match code.checked_sub(*levels) {
                    Some(member) => self.push(*group, member, hash),
                    None => mix(hash, u64::from(code)),
                }
            }
            Part::Option { payload, inner } => {
                let flag = get(self.state, bit, 1);
                let hash = mix(hash, flag);
                if flag == 0 { hash } else { self.gather(inner, bit + payload, hash) }
            }
            Part::Record(fields) => {
                fields.iter().fold(hash, |hash, (offset, field)| self.gather(field, bit + offset, hash))
            }
            Part::Envelope(envelope) => {
                let (bits, mut hash) = (envelope.end_bits, hash);
                for at in [0, bits].into_iter().filter(|_| bits > 0) {
                    let index = get(self.state, bit + at, bits);
                    hash = match envelope.ends.get(index as usize) {
                        // Ends of several kinds: the kind is no name.
                        Some(Some(Member { group, member })) => {
                            self.push(*group, *member, mix(hash, *group as u64))
                        }
                        _ => mix(hash, 3 << 32 | index),
                    };
                }
                let tag = get(self.state, bit + 2 * bits, envelope.tag_bits);
                let hash = mix(hash, tag);
                match envelope.messages.get(tag as usize) {
                    Some(message) => self.gather(message, bit + envelope.payload, hash),
                    None => hash,
                }
            }
            // By itself, afterwards.
            Part::Set(_) | Part::Map(_) | Part::List { .. } => hash,
        }
    }

    /// What is in the sets, maps and lists of a value.
    fn inside(&mut self, piece: &Piece, bit: u32, hash: u64) {
        match &piece.part {
            Part::Plain | Part::Value { .. } => {}
            Part::Option { payload, inner } => {
                if get(self.state, bit, 1) != 0 {
                    self.inside(inner, bit + payload, mix(hash, 5));
                }
            }
            Part::Record(fields) => {
                for (i, (offset, field)) in fields.iter().enumerate() {
                    self.inside(field, bit + offset, mix(hash, 7 + i as u64));
                }
            }
            Part::Envelope(envelope) => {
                let tag = get(self.state, bit + 2 * envelope.end_bits, envelope.tag_bits);
                if let Some(message) = envelope.messages.get(tag as usize) {
                    self.inside(message, bit + envelope.payload, mix(hash, tag));
                }
            }
            Part::Set(digits) => {
                for (rank, digits) in digits.iter().enumerate() {
                    if get(self.state, bit + rank as u32, 1) != 0 {
                        let mark = self.scratch.context.len();
                        let hash = self.index(rank, digits, hash);
                        self.emit(hash);
                        self.scratch.context.truncate(mark);
                    }
                }
            }
            Part::Map(slots) => self.slots(slots, bit, hash),
            Part::List { list, bag, inner } => {
                let length = get(self.state, bit, list.length);
                for i in 0..length as u32 {
                    let place = if *bag { 0 } else { u64::from(i) + 1 };
                    let hash = mix(mix(hash, length), place);
                    self.whole(inner, bit + list.array.offset(i), hash);
                }
            }
        }
    }
}
