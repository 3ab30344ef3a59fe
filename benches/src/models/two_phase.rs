//! Two-phase commit (Gray and Lamport, Consensus on Transaction Commit, 2006; TLA+ Examples, TwoPhase).

use crate::yardstick::Packed;

/// Bits: two for each manager (working, prepared, committed, aborted), two for the coordinator (init, committed,
/// aborted), one `prepared` note for each manager at the coordinator, then the messages: prepared of each manager,
/// commit, abort.
pub struct TwoPhase {
    pub managers: u32,
}

const WORKING: u128 = 0;
const PREPARED: u128 = 1;
const COMMITTED: u128 = 2;
const ABORTED: u128 = 3;

impl TwoPhase {
    fn coordinator(&self) -> u32 {
        2 * self.managers
    }
    fn noted(&self) -> u32 {
        self.coordinator() + 2
    }
    fn sent(&self) -> u32 {
        self.noted() + self.managers
    }
    fn commit(&self) -> u128 {
        1 << (self.sent() + self.managers)
    }
    fn abort(&self) -> u128 {
        self.commit() << 1
    }
}

fn put(state: u128, shift: u32, value: u128) -> u128 {
    state & !(3 << shift) | value << shift
}

impl Packed for TwoPhase {
    fn init(&self) -> u128 {
        0
    }

    fn successors(&self, s: u128, visit: &mut impl FnMut(u128)) {
        let all = (1u128 << self.managers) - 1;
        if s >> self.coordinator() & 3 == 0 {
            if s >> self.noted() & all == all {
                visit(put(s, self.coordinator(), COMMITTED) | self.commit());
            }
            visit(put(s, self.coordinator(), ABORTED) | self.abort());
            for m in 0..self.managers {
                if s >> (self.sent() + m) & 1 == 1 {
                    visit(s | 1 << (self.noted() + m));
                }
            }
        }
        for m in 0..self.managers {
            if s >> (2 * m) & 3 == WORKING {
                visit(put(s, 2 * m, PREPARED) | 1 << (self.sent() + m));
                visit(put(s, 2 * m, ABORTED));
            }
            if s & self.commit() != 0 {
                visit(put(s, 2 * m, COMMITTED));
            }
            if s & self.abort() != 0 {
                visit(put(s, 2 * m, ABORTED));
            }
        }
    }

    fn holds(&self, s: u128) -> bool {
        let mut found = [false; 4];
        for m in 0..self.managers {
            found[(s >> (2 * m) & 3) as usize] = true;
        }
        !(found[COMMITTED as usize] && found[ABORTED as usize])
    }
}
