//! The systems whose exact counts are published, by hand: one word each.

use crate::small::{Out, Small, client, reconciler};
use reconverge_lang::engine::machine::{Clients, InstanceInfo, Judged, Trap};

const WORKING: u64 = 0;
const PREPARED: u64 = 1;
const COMMITTED: u64 = 2;
const ABORTED: u64 = 3;

fn two_bits(state: u64, at: u64) -> u64 {
    state >> (2 * at) & 3
}

fn with_two_bits(state: u64, at: u64, value: u64) -> u64 {
    state & !(3 << (2 * at)) | value << (2 * at)
}

/// Two-phase commit (Gray and Lamport, Consensus on Transaction Commit, 2006) with `n` resource managers.
/// From the low end: 2 bits for each manager, 2 for the transaction manager (init, committed, aborted), 1 for each
/// manager that it knows is prepared, 1 for each `Prepared` message, `Commit`, `Abort`.
pub struct TwoPhase {
    pub n: u64,
}

impl TwoPhase {
    fn prepared(&self, rm: u64) -> u64 {
        1 << (2 * self.n + 2 + rm)
    }

    fn message(&self, rm: u64) -> u64 {
        1 << (3 * self.n + 2 + rm)
    }
}

impl Small for TwoPhase {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(); 2 + 5 * self.n as usize]
    }

    fn initial(&self) -> Vec<u64> {
        vec![0]
    }

    fn next(&self, s: u64, out: Out<'_>) {
        let n = self.n;
        let (commit, abort) = (self.message(n), self.message(n + 1));
        let all = (1..=n).map(|rm| self.prepared(rm - 1)).sum::<u64>();
        let undecided = two_bits(s, n) == 0;
        if undecided && s & all == all {
            out(0, 0, Ok(with_two_bits(s, n, 1) | commit));
        }
        if undecided {
            out(1, 0, Ok(with_two_bits(s, n, 2) | abort));
        }
        for rm in 0..n {
            let first = 2 + 5 * rm as u32;
            if undecided && s & self.message(rm) != 0 {
                out(first, 0, Ok(s | self.prepared(rm)));
            }
            if two_bits(s, rm) == WORKING {
                out(first + 1, 0, Ok(with_two_bits(s, rm, PREPARED) | self.message(rm)));
                out(first + 2, 0, Ok(with_two_bits(s, rm, ABORTED)));
            }
            if s & commit != 0 {
                out(first + 3, 0, Ok(with_two_bits(s, rm, COMMITTED)));
            }
            if s & abort != 0 {
                out(first + 4, 0, Ok(with_two_bits(s, rm, ABORTED)));
            }
        }
    }

    fn properties(&self) -> Vec<Judged> {
        vec![Judged::State]
    }

    fn holds(&self, _: usize, _: usize, s: u64) -> Result<bool, Trap> {
        let any = |value| (0..self.n).any(|rm| two_bits(s, rm) == value);
        Ok(!(any(COMMITTED) && any(ABORTED)))
    }
}

/// Transaction commit, what two-phase commit implements.
pub struct Commit {
    pub n: u64,
}

impl Small for Commit {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(); 3 * self.n as usize]
    }

    fn initial(&self) -> Vec<u64> {
        vec![0]
    }

    fn next(&self, s: u64, out: Out<'_>) {
        let of = |rm| two_bits(s, rm);
        let can_commit = (0..self.n).all(|rm| of(rm) == PREPARED || of(rm) == COMMITTED);
        let not_committed = (0..self.n).all(|rm| of(rm) != COMMITTED);
        for rm in 0..self.n {
            let first = 3 * rm as u32;
            if of(rm) == WORKING {
                out(first, 0, Ok(with_two_bits(s, rm, PREPARED)));
            }
            if of(rm) == PREPARED && can_commit {
                out(first + 1, 0, Ok(with_two_bits(s, rm, COMMITTED)));
            }
            if (of(rm) == WORKING || of(rm) == PREPARED) && not_committed {
                out(first + 2, 0, Ok(with_two_bits(s, rm, ABORTED)));
            }
        }
    }
}

/// Dining philosophers who hand clean forks on (Chandy and Misra, The Drinking Philosophers Problem, 1984).
/// For each fork 4 bits: holder and whether it is clean (8); then for each philosopher 2 bits: what comes next (0: look
/// around, 1: eat, 2: think); then 1 bit: hungry.
pub struct Philosophers {
    pub n: u64,
}

impl Philosophers {
    fn fork(&self, s: u64, fork: u64) -> (u64, bool) {
        (s >> (4 * fork) & 7, s >> (4 * fork) & 8 != 0)
    }

    fn with_fork(&self, s: u64, fork: u64, holder: u64, clean: bool) -> u64 {
        s & !(15 << (4 * fork)) | (holder | u64::from(clean) << 3) << (4 * fork)
    }

    fn with_next(&self, s: u64, philosopher: u64, next: u64) -> u64 {
        let at = 4 * self.n + 2 * philosopher;
        s & !(3 << at) | next << at
    }

    fn hungry(&self, philosopher: u64) -> u64 {
        1 << (6 * self.n + philosopher)
    }

    fn look_around(&self, s: u64, me: u64) -> u64 {
        let (left, right) = (me, (me + 1) % self.n);
        let mine = |fork| self.fork(s, fork).0 == me;
        let dirty = |fork| mine(fork) && !self.fork(s, fork).1;
        let mut after = s;
        if dirty(left) {
            after = self.with_fork(s, left, (me + self.n - 1) % self.n, true);
        } else if dirty(right) {
            after = self.with_fork(s, right, (me + 1) % self.n, true);
        }
        let clean = |fork| self.fork(after, fork) == (me, true);
        match (s & self.hungry(me) != 0, clean(left) && clean(right)) {
            (true, true) => self.with_next(after, me, 1),
            (true, false) => after,
            (false, _) => self.with_next(after, me, 2),
        }
    }

    fn eat(&self, s: u64, me: u64) -> u64 {
        let fed = self.with_next(s & !self.hungry(me), me, 0);
        let dirty = |s, fork| self.with_fork(s, fork, self.fork(s, fork).0, false);
        dirty(dirty(fed, me), (me + 1) % self.n)
    }
}

impl Small for Philosophers {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(); self.n as usize]
    }

    fn initial(&self) -> Vec<u64> {
        let hungry = (0..self.n).map(|p| self.hungry(p)).sum::<u64>();
        let held = |s, fork| self.with_fork(s, fork, if fork == 1 { 0 } else { fork }, false);
        vec![(0..self.n).fold(hungry, held)]
    }

    fn next(&self, s: u64, out: Out<'_>) {
        for me in 0..self.n {
            let after = match s >> (4 * self.n + 2 * me) & 3 {
                0 => self.look_around(s, me),
                1 => self.eat(s, me),
                _ => self.with_next(s | self.hungry(me), me, 0),
            };
            out(me as u32, 0, Ok(after));
        }
    }
}

/// Two jugs of 3 and 5 litres. Property 0: the big one never holds 4.
pub struct DieHard;

impl Small for DieHard {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(); 6]
    }

    fn initial(&self) -> Vec<u64> {
        vec![0]
    }

    fn next(&self, s: u64, out: Out<'_>) {
        let (small, big) = (s & 7, s >> 3);
        let mut to = |instance, small, big| out(instance, 0, Ok(small | big << 3));
        to(0, 3, big);
        to(1, small, 5);
        to(2, 0, big);
        to(3, small, 0);
        let poured = small.min(5 - big);
        to(4, small - poured, big + poured);
        let poured = big.min(3 - small);
        to(5, small + poured, big - poured);
    }

    fn properties(&self) -> Vec<Judged> {
        vec![Judged::State]
    }

    fn holds(&self, _: usize, _: usize, s: u64) -> Result<bool, Trap> {
        Ok(s >> 3 != 4)
    }
}

/// Dijkstra's self-stabilising ring (EWD426) of `n` machines with `m` values, every state initial: 3 bits each.
/// Property 0: converges to one token.
pub struct Ring {
    pub n: u64,
    pub m: u64,
}

impl Ring {
    fn of(&self, s: u64, i: u64) -> u64 {
        s >> (3 * i) & 7
    }

    fn enabled(&self, s: u64, i: u64) -> bool {
        let before = self.of(s, (i + self.n - 1) % self.n);
        (i == 0) == (self.of(s, i) == before)
    }
}

impl Small for Ring {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![reconciler(); self.n as usize]
    }

    fn initial(&self) -> Vec<u64> {
        let values = |states: Vec<u64>, i| {
            let with = |s: u64| (0..self.m).map(move |v| s | v << (3 * i));
            states.into_iter().flat_map(with).collect()
        };
        (0..self.n).fold(vec![0], values)
    }

    fn next(&self, s: u64, out: Out<'_>) {
        for i in (0..self.n).filter(|i| self.enabled(s, *i)) {
            let before = self.of(s, (i + self.n - 1) % self.n);
            let value = if i == 0 { (before + 1) % self.m } else { before };
            out(i as u32, i, Ok(s & !(7 << (3 * i)) | value << (3 * i)));
        }
    }

    fn properties(&self) -> Vec<Judged> {
        vec![Judged::Converges(Clients::Stop)]
    }

    fn holds(&self, _: usize, _: usize, s: u64) -> Result<bool, Trap> {
        Ok((0..self.n).filter(|i| self.enabled(s, *i)).count() == 1)
    }
}

/// Clients ask for sets of resources and get them one set at a time. For each client two sets: wanted and held.
pub struct Allocator {
    pub clients: u64,
    pub resources: u64,
}

impl Small for Allocator {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(); 3 * self.clients as usize]
    }

    fn initial(&self) -> Vec<u64> {
        vec![0]
    }

    fn next(&self, s: u64, out: Out<'_>) {
        let (r, all) = (self.resources, (1 << self.resources) - 1);
        let wanted = |c: u64| s >> (2 * r * c) & all;
        let held = |c: u64| s >> (2 * r * c + r) & all;
        let free = (0..self.clients).fold(all, |free, c| free & !held(c));
        for c in 0..self.clients {
            let (at, first) = (2 * r * c, 3 * c as u32);
            for set in 1..=all {
                if wanted(c) == 0 && held(c) == 0 {
                    out(first, 0, Ok(s | set << at));
                }
                if set & !(free & wanted(c)) == 0 {
                    out(first + 1, 0, Ok(s & !(set << at) | set << (at + r)));
                }
                if set & !held(c) == 0 {
                    out(first + 2, 0, Ok(s & !(set << (at + r))));
                }
            }
        }
    }
}
