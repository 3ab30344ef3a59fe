//! Columns: what belongs to each member of a type that only ever indexes, brought into order.
//!
//! Enters: the cells of each member, in one order for all. Leaves: a sort of the columns, and the number of states that
//! permutations of them give.

use super::plan::Cell;
use crate::engine::machine::Word;
use crate::model::form::shape::mask;

/// A group has at most as many members.
const MEMBERS: usize = 16;

/// The columns of one group.
#[derive(Debug)]
pub(super) struct Columns {
    members: usize,
    /// Strips of a column that fit one key.
    keys: Vec<Vec<Strip>>,
    /// `0!` to `members!`
    factorials: Vec<u64>,
}

/// Bits that every member has, beside each other: a row of the columns.
#[derive(Debug)]
struct Strip {
    /// The bit of the key at which they begin.
    key_bit: u32,
    mask: u64,
    /// By member.
    places: Vec<Bits>,
}

/// Where bits of a state begin.
#[derive(Debug, Clone, Copy)]
struct Bits {
    word: u32,
    shift: u32,
}

impl Columns {
    /// The cells by member.
    pub(super) fn new(cells: &[Vec<Cell>]) -> Columns {
        let members = cells.len();
        assert!(members <= MEMBERS && cells.iter().all(|c| c.len() == cells[0].len()), "uneven columns");
        let mut rows: Vec<Vec<Cell>> =
            (0..cells[0].len()).map(|i| cells.iter().map(|c| c[i]).collect()).collect();
        rows.sort();
        let mut merged: Vec<Vec<Cell>> = Vec::new();
        for row in rows {
            match merged.last_mut() {
                Some(last) if continues(last, &row) => {
                    last.iter_mut().zip(&row).for_each(|(l, r)| l.width += r.width);
                }
                _ => merged.push(row),
            }
        }
        let (mut keys, mut used): (Vec<Vec<Strip>>, u32) = (vec![Vec::new()], 0);
        for row in merged {
            let width = row[0].width;
            if used + width > 64 {
                keys.push(Vec::new());
                used = 0;
            }
            let places = row.iter().map(|cell| Bits { word: cell.bit / 64, shift: cell.bit % 64 }).collect();
            let strip = Strip { key_bit: used, mask: mask(width), places };
            keys.last_mut().expect("there is one").push(strip);
            used += width;
        }
        let factorials = (0..=members as u64).scan(1u64, |f, i| {
            *f *= i.max(1);
            Some(*f)
        });
        Columns { members, keys, factorials: factorials.collect() }
    }

    /// Sorts the columns; returns the number of different states that permuting them gives.
    #[inline]
    pub(super) fn sort(&self, state: &mut [Word]) -> u64 {
        match &self.keys[..] {
            [key] => self.sort_by(key, state),
            keys => self.sort_by_all(keys, state),
        }
    }

    /// Where a column fits one word.
    #[inline]
    fn sort_by(&self, key: &[Strip], state: &mut [Word]) -> u64 {
        let mut columns = [0u64; MEMBERS];
        let columns = &mut columns[..self.members];
        self.gather(key, state, columns);
        if !columns.is_sorted() {
            for i in 1..columns.len() {
                let (mut at, column) = (i, columns[i]);
                while at > 0 && columns[at - 1] > column {
                    columns[at] = columns[at - 1];
                    at -= 1;
                }
                columns[at] = column;
            }
            self.scatter(key, state, columns);
        }
        self.orbit(|i| columns[i - 1] == columns[i])
    }

    #[inline]
    fn gather(&self, key: &[Strip], state: &[Word], columns: &mut [u64]) {
        for strip in key {
            for (column, Bits { word, shift }) in columns.iter_mut().zip(&strip.places) {
                *column |= (state[*word as usize] >> shift & strip.mask) << strip.key_bit;
            }
        }
    }

    #[inline]
    fn scatter(&self, key: &[Strip], state: &mut [Word], columns: &[u64]) {
        for strip in key {
            for (column, Bits { word, shift }) in columns.iter().zip(&strip.places) {
                let word = &mut state[*word as usize];
                *word = *word & !(strip.mask << shift) | (column >> strip.key_bit & strip.mask) << shift;
            }
        }
    }

    fn sort_by_all(&self, keys: &[Vec<Strip>], state: &mut [Word]) -> u64 {
        let mut order: [usize; MEMBERS] = std::array::from_fn(|i| i);
        let order = &mut order[..self.members];
        let all = keys.iter().flatten();
        let compare = |a: usize, b: usize| {
            let of = |strip: &Strip, m: usize| {
                let Bits { word, shift } = strip.places[m];
                state[word as usize] >> shift & strip.mask
            };
            all.clone()
                .map(|s| of(s, a).cmp(&of(s, b)))
                .find(|o| o.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        };
        for i in 1..order.len() {
            let (mut at, member) = (i, order[i]);
            while at > 0 && compare(order[at - 1], member).is_gt() {
                order[at] = order[at - 1];
                at -= 1;
            }
            order[at] = member;
        }
        let orbit = self.orbit(|i| compare(order[i - 1], order[i]).is_eq());
        if !order.is_sorted() {
            for key in keys {
                let mut columns = [0u64; MEMBERS];
                self.gather(key, state, &mut columns[..self.members]);
                let moved: [u64; MEMBERS] =
                    std::array::from_fn(|i| order.get(i).map_or(0, |member| columns[*member]));
                self.scatter(key, state, &moved[..self.members]);
            }
        }
        orbit
    }

    /// `n!` by the factorials of how often each column occurs.
    #[inline]
    fn orbit(&self, same: impl Fn(usize) -> bool) -> u64 {
        let (mut run, mut product) = (1, 1);
        for i in 1..self.members {
            run = if same(i) { run + 1 } else { 1 };
            product *= run;
        }
        self.factorials[self.members] / product
    }
}

/// The second row follows the first directly, for every member, in one word.
fn continues(first: &[Cell], second: &[Cell]) -> bool {
    let follows = |(one, next): (&Cell, &Cell)| {
        one.bit + one.width == next.bit && one.bit / 64 == (next.bit + next.width - 1) / 64
    };
    first.iter().zip(second).all(follows)
}
