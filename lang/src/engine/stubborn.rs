//! Partial order: which steps out of a state may wait, because their order with the others does not matter.
//!
//! Enters: for each instance the bits of the state that it may read and write and the tests that its guard begins with,
//! and the bits that properties read; then a state with the instances that are enabled in it. Leaves: a stubborn set: of
//! the enabled instances some that will do for now.
//!
//! After Valmari ("Stubborn sets for reduced state space generation", 1989) and Godefroid ("Partial-order methods", LNCS
//! 1032, 1996, chapter 4). A set is stubborn in a state where (1) some instance in it is enabled; (2) with an enabled
//! instance it holds all that touch what it writes, or write what it reads; (3) with a disabled one it holds all that
//! could undo one reason for its being disabled. So a run whose steps are all outside the set neither enables nor
//! disables nor disturbs what is in it, and the first step of a run that is in the set may as well be taken first.
//!
//! What must not happen is that the others wait for ever. Let a step be invisible where it writes nothing that a
//! property reads. The search takes a set that is smaller than all only where one of its steps is invisible and leads to
//! a state that is expanded later than this one (Bosnacki and Holzmann, "Improving Spin's partial-order reduction for
//! breadth-first search", 2005): following such steps ends in a state that is expanded whole, with everything that
//! waited still to come and every property as it was. So every valuation of the properties, every trap, every action and
//! every state without steps is found as without reduction. Enabled means here: has a successor or a trap; and states in
//! which a step has a trap are always expanded whole.

use super::machine::Word;

/// More instances than this are not related to each other: the tables grow with their square.
pub const MOST_INSTANCES: usize = 4096;

/// More words than this are not spent on who sets which bit.
const MOST_WORDS: usize = 1 << 22;

/// Instances whose sets are tried; the smallest wins.
const TRIED: usize = 16;

/// What one instance may do, at most; each vector has the words of a state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Bits on which depends whether it is enabled, what it does, and whether it has a trap.
    pub reads: Vec<Word>,
    /// Bits that it may change from 0 to 1, by word.
    pub sets: Vec<Word>,
    /// Bits that it may change from 1 to 0, by word.
    pub clears: Vec<Word>,
    /// Each must pass for it to be enabled.
    pub tests: Vec<Test>,
}

/// A test of the state before the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Passes where the masked word is the value (`same`), or is not.
    Masked {
        /// Index of the word in the state.
        word: u32,
        /// The bits that are compared.
        mask: Word,
        /// What they are compared with.
        value: Word,
        /// Whether they have to be equal, else different.
        same: bool,
    },
    /// Fails where the comparison of two non-negative numbers is true.
    Compared {
        /// Left operand.
        left: Number,
        /// The comparison that must be false.
        fails: Comparison,
        /// Right operand.
        right: Number,
    },
}

/// An operand of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Known.
    Constant(i64),
    /// `width` bits (less than 64) of a word, from `shift` on, and a constant.
    Field {
        /// Index of the word in the state.
        word: u32,
        /// Lowest bit, 0 to 63.
        shift: u8,
        /// Number of bits, less than 64.
        width: u8,
        /// Added to what the bits say.
        plus: i64,
    },
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `==`
    Equal,
    /// `!=`
    Different,
}

/// What a machine says of its instances; see [`super::machine::Machine::footprints`].
#[derive(Debug, Clone, Default)]
pub struct Footprints {
    /// One for each instance, in order.
    pub instances: Vec<Footprint>,
    /// Bits that properties and probes read.
    pub watched: Vec<Word>,
}

/// A set of instances.
type Set = Vec<u64>;

/// Who disturbs whom.
#[derive(Debug)]
pub struct Relations {
    /// Words of a set.
    width: usize,
    /// For each instance: those that touch what it writes, or write what it reads.
    disturb: Vec<u64>,
    /// For each instance: those that write what it reads.
    feed: Vec<u64>,
    /// For each bit of a state: those that may clear it; then those that may set it.
    change: [Vec<u64>; 2],
    tests: Vec<Vec<Test>>,
    /// Instances that write nothing that is watched.
    invisible: Set,
}

/// Room for choosing, to be used again.
#[derive(Debug, Default)]
pub struct Chooser {
    enabled: Set,
    set: Set,
    best: Set,
    /// Members whose conditions are still to be met.
    todo: Vec<u32>,
    row: Set,
    candidate: Set,
}

fn has(set: &[u64], i: usize) -> bool {
    set[i / 64] >> (i % 64) & 1 != 0
}

fn put(set: &mut [u64], i: usize) {
    set[i / 64] |= 1 << (i % 64);
}

fn members(set: &[u64]) -> impl Iterator<Item = usize> {
    set.iter().enumerate().flat_map(|(at, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(64 * at + bit)
        })
    })
}

fn meet(a: &[Word], b: &[Word]) -> bool {
    a.iter().zip(b).any(|(a, b)| a & b != 0)
}

impl Relations {
    /// `None`: too many instances to be worth it.
    pub fn new(prints: &Footprints) -> Option<Relations> {
        let (all, count) = (&prints.instances, prints.instances.len());
        let bits = 64 * prints.watched.len();
        let width = count.div_ceil(64).max(1);
        if count > MOST_INSTANCES || bits * width > MOST_WORDS {
            return None;
        }
        let writes: Vec<Vec<Word>> = all
            .iter()
            .map(|p| p.sets.iter().zip(&p.clears).map(|(set, clear)| set | clear).collect())
            .collect();
        let mut made = Relations {
            width,
            disturb: vec![0; count * width],
            feed: vec![0; count * width],
            change: [vec![0; bits * width], vec![0; bits * width]],
            tests: all.iter().map(|p| p.tests.clone()).collect(),
            invisible: vec![0; width],
        };
        for (i, print) in all.iter().enumerate() {
            for (j, other) in all.iter().enumerate() {
                let feeds = meet(&writes[j], &print.reads);
                if feeds {
                    put(&mut made.feed[i * width..(i + 1) * width], j);
                }
                if feeds || meet(&writes[i], &other.reads) || meet(&writes[i], &writes[j]) {
                    put(&mut made.disturb[i * width..(i + 1) * width], j);
                }
            }
            for (change, bits) in made.change.iter_mut().zip([&print.clears, &print.sets]) {
                members(bits).for_each(|bit| put(&mut change[bit * width..(bit + 1) * width], i));
            }
            if !meet(&writes[i], &prints.watched) {
                put(&mut made.invisible, i);
            }
        }
        Some(made)
    }

    /// Whether no property sees what the instance changes.
    pub fn is_invisible(&self, instance: u32) -> bool {
        has(&self.invisible, instance as usize)
    }

    /// A stubborn set around one of `seeds`, which are enabled, with as few enabled instances as are found. Returns
    /// whether it is smaller than all that is enabled; [`Chooser::chosen`] then says who is in it.
    pub fn choose(&self, state: &[Word], enabled: &[u32], seeds: &[u32], room: &mut Chooser) -> bool {
        let Chooser { enabled: on, best, .. } = room;
        on.clear();
        on.resize(self.width, 0);
        enabled.iter().for_each(|i| put(on, *i as usize));
        best.clear();
        let mut least = enabled.len();
        for seed in seeds.iter().take(TRIED) {
            if least == 1 {
                break;
            }
            if let Some(size) = self.close(state, *seed, least, room) {
                least = size;
                room.best.clone_from(&room.set);
            }
        }
        !room.best.is_empty()
    }

    /// The smallest set that is found around an enabled instance, in `room.set`; its number of enabled instances, if
    /// that is less than `least`.
    fn close(&self, state: &[Word], seed: u32, least: usize, room: &mut Chooser) -> Option<usize> {
        room.set.clear();
        room.set.resize(self.width, 0);
        room.todo.clear();
        put(&mut room.set, seed as usize);
        room.todo.push(seed);
        let mut size = 1;
        while let Some(next) = room.todo.pop() {
            if has(&room.enabled, next as usize) {
                room.row.clear();
                room.row.extend_from_slice(self.row(&self.disturb, next as usize));
            } else {
                self.reason(state, next as usize, room);
            }
            for at in 0..self.width {
                let fresh = room.row[at] & !room.set[at];
                room.set[at] |= fresh;
                size += (fresh & room.enabled[at]).count_ones() as usize;
                let mut rest = fresh;
                while rest != 0 {
                    room.todo.push(64 * at as u32 + rest.trailing_zeros());
                    rest &= rest - 1;
                }
            }
            if size >= least {
                return None;
            }
        }
        Some(size)
    }

    fn row<'r>(&self, table: &'r [u64], i: usize) -> &'r [u64] {
        &table[i * self.width..(i + 1) * self.width]
    }

    /// Into `room.row`: instances of which one must be taken before a disabled one is enabled; of the reasons that its
    /// tests give, the one that adds the fewest.
    fn reason(&self, state: &[Word], instance: usize, room: &mut Chooser) {
        let Chooser { set, row, candidate, enabled, .. } = room;
        row.clear();
        row.extend_from_slice(self.row(&self.feed, instance));
        // Enabled instances count most: the fewer, the better.
        let cost = |of: &[u64]| {
            let fresh = of.iter().zip(set.iter()).map(|(new, old)| new & !old);
            fresh.zip(enabled.iter()).fold((0, 0), |sum: (u32, u32), (fresh, enabled)| {
                (sum.0 + (fresh & enabled).count_ones(), sum.1 + fresh.count_ones())
            })
        };
        let mut least = cost(row);
        let mut offer = |of: &[u64]| {
            let cost = cost(of);
            if cost < least {
                least = cost;
                row.clear();
                row.extend_from_slice(of);
            }
        };
        for test in self.tests[instance].iter() {
            match *test {
                Test::Masked { word, mask, value, same: true } => {
                    // Each wrong bit has to change.
                    let wrong = (state[word as usize] & mask) ^ value;
                    for bit in members(&[wrong]) {
                        let needed = (value >> bit & 1) as usize;
                        offer(self.row(&self.change[needed], 64 * word as usize + bit));
                    }
                }
                Test::Masked { word, mask, value, same: false } => {
                    if state[word as usize] & mask == value {
                        // One of them has to.
                        self.any(state, word, mask, [true, true], candidate);
                        offer(candidate);
                    }
                }
                Test::Compared { left, fails, right } => {
                    if fails.holds(left.value(state), right.value(state)) {
                        self.compared(state, left, fails, right, candidate);
                        offer(candidate);
                    }
                }
            }
        }
    }

    /// Into `into`: those that may change one of some bits from what it is: of those that are 0 (`ups[0]`), of those
    /// that are 1 (`ups[1]`).
    fn any(&self, state: &[Word], word: u32, mask: Word, change: [bool; 2], into: &mut Set) {
        into.clear();
        into.resize(self.width, 0);
        self.more(state, word, mask, change, into);
    }

    fn more(&self, state: &[Word], word: u32, mask: Word, change: [bool; 2], into: &mut Set) {
        for bit in members(&[mask]) {
            let now = (state[word as usize] >> bit & 1) as usize;
            if change[now] {
                let row = self.row(&self.change[1 - now], 64 * word as usize + bit);
                into.iter_mut().zip(row).for_each(|(into, more)| *into |= more);
            }
        }
    }

    /// What could make a comparison that is true false. A number grows only where one of its bits becomes 1, and falls
    /// only where one becomes 0.
    fn compared(&self, state: &[Word], left: Number, fails: Comparison, right: Number, into: &mut Set) {
        into.clear();
        into.resize(self.width, 0);
        let (grows, falls, moves) = ([true, false], [false, true], [true, true]);
        let (of_left, of_right) = match fails {
            Comparison::Less | Comparison::LessOrEqual => (grows, falls),
            Comparison::Equal | Comparison::Different => (moves, moves),
        };
        for (number, change) in [(left, of_left), (right, of_right)] {
            if let Number::Field { word, shift, width, .. } = number {
                let mask = ((1 << width) - 1) << shift;
                self.more(state, word, mask, change, into);
            }
        }
    }
}

impl Chooser {
    /// Whether an instance is in the set that was chosen.
    #[inline]
    pub fn chosen(&self, instance: u32) -> bool {
        has(&self.best, instance as usize)
    }
}

impl Number {
    fn value(self, state: &[Word]) -> i64 {
        match self {
            Number::Constant(value) => value,
            Number::Field { word, shift, width, plus } => {
                ((state[word as usize] >> shift & ((1 << width) - 1)) as i64).wrapping_add(plus)
            }
        }
    }
}

impl Comparison {
    fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Equal => left == right,
            Comparison::Different => left != right,
        }
    }
}
