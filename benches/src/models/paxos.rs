//! Single-decree Paxos (Lamport, The Part-Time Parliament; TLA+ Examples, Paxos) with one value.

use crate::yardstick::Packed;

/// Three acceptors; messages are a set that only grows. Bits: for each acceptor the highest ballot seen and the ballot
/// voted in (each 0 = none, b + 1), then the sets 1a (a bit a ballot), 1b (acceptor, ballot, ballot voted in or none),
/// 2a (a ballot), 2b (acceptor, ballot).
pub struct Paxos {
    pub ballots: u32,
}

const ACCEPTORS: u32 = 3;
/// Bits of a ballot number or none.
const BALLOT: u32 = 3;

impl Paxos {
    fn seen(&self, a: u32) -> u32 {
        a * 2 * BALLOT
    }
    fn one_a(&self, b: u32) -> u32 {
        ACCEPTORS * 2 * BALLOT + b
    }
    fn one_b(&self, a: u32, b: u32, voted: u32) -> u32 {
        self.one_a(self.ballots) + (a * self.ballots + b) * (self.ballots + 1) + voted
    }
    fn two_a(&self, b: u32) -> u32 {
        self.one_b(ACCEPTORS, 0, 0) + b
    }
    fn two_b(&self, a: u32, b: u32) -> u32 {
        self.two_a(self.ballots) + a * self.ballots + b
    }
}

fn bit(s: u128, i: u32) -> bool {
    s >> i & 1 == 1
}

impl Packed for Paxos {
    fn init(&self) -> u128 {
        0
    }

    fn successors(&self, s: u128, visit: &mut impl FnMut(u128)) {
        for b in 0..self.ballots {
            visit(s | 1 << self.one_a(b));
            for a in 0..ACCEPTORS {
                let at = self.seen(a);
                let seen = (s >> at & 7) as u32;
                let voted = (s >> (at + BALLOT) & 7) as u32;
                if bit(s, self.one_a(b)) && b + 1 > seen {
                    visit(s & !(7 << at) | ((b + 1) as u128) << at | 1 << self.one_b(a, b, voted));
                }
                if bit(s, self.two_a(b)) && b + 1 >= seen {
                    let both = (b + 1) as u128 | ((b + 1) as u128) << BALLOT;
                    visit(s & !(63 << at) | both << at | 1 << self.two_b(a, b));
                }
            }
            let promised = (0..ACCEPTORS)
                .filter(|a| (0..=self.ballots).any(|voted| bit(s, self.one_b(*a, b, voted))))
                .count();
            if !bit(s, self.two_a(b)) && promised >= 2 {
                visit(s | 1 << self.two_a(b));
            }
        }
    }

    fn holds(&self, _: u128) -> bool {
        true // one value: agreement is trivial, the state space is what is measured
    }
}
