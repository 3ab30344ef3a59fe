//! Renaming: what a permutation does to a packed state.
//!
//! Enters: a state, a plan, for each group where its members go. Leaves: the state with members exchanged, as the model
//! itself would have packed it.

use super::plan::{Digit, Digits, Envelope, Part, Piece, Slots};
use crate::engine::machine::Word;
use crate::model::form::shape::{ListShape, mask};

/// For each group, by member: where it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permutation<'p> {
    pub to: &'p [u32],
    /// Where each group begins in `to`.
    pub start: &'p [usize],
}

impl Permutation<'_> {
    #[inline]
    fn of(&self, group: usize, member: u32) -> u32 {
        self.to[self.start[group] + member as usize]
    }

    /// The rank that a rank becomes.
    #[inline]
    fn rank(&self, rank: usize, digits: &[Digit]) -> usize {
        let mut to = rank as i64;
        for d in digits {
            to += (i64::from(self.of(d.group, d.member)) - i64::from(d.member)) * i64::from(d.stride);
        }
        to as usize
    }
}

#[inline]
pub(super) fn get(words: &[Word], bit: u32, width: u32) -> u64 {
    if width == 0 {
        return 0;
    }
    words[bit as usize / 64] >> (bit % 64) & mask(width)
}

#[inline]
pub(super) fn put(words: &mut [Word], bit: u32, width: u32, value: u64) {
    if width == 0 {
        return;
    }
    let (word, field) = (&mut words[bit as usize / 64], mask(width) << (bit % 64));
    *word = *word & !field | value << (bit % 64) & field;
}

/// `to` becomes `from` with members exchanged.
pub(super) fn relabel(slots: &[Slots], by: Permutation<'_>, from: &[Word], to: &mut [Word]) {
    to.copy_from_slice(from);
    slots.iter().for_each(|slots| move_slots(slots, by, (from, 0), (to, 0)));
}

fn move_slots(slots: &Slots, by: Permutation<'_>, (from, s): (&[Word], u32), (to, d): (&mut [Word], u32)) {
    for (rank, digits) in slots.digits.iter().enumerate() {
        let target = slots.places[by.rank(rank, digits)];
        move_piece(&slots.inner, by, (from, s + slots.places[rank]), (to, d + target));
    }
}

fn copy(piece: &Piece, (from, s): (&[Word], u32), (to, d): (&mut [Word], u32)) {
    match piece.words as usize {
        0 => put(to, d, piece.bits, get(from, s, piece.bits)),
        words => {
            let (s, d) = (s as usize / 64, d as usize / 64);
            to[d..d + words].copy_from_slice(&from[s..s + words]);
        }
    }
}

fn move_piece(piece: &Piece, by: Permutation<'_>, (from, s): (&[Word], u32), (to, d): (&mut [Word], u32)) {
    copy(piece, (from, s), (to, d));
    match &piece.part {
        Part::Plain => {}
        Part::Value { group, levels } => {
            let code = get(from, s, piece.bits) as u32;
            if code >= *levels {
                put(to, d, piece.bits, u64::from(levels + by.of(*group, code - levels)));
            }
        }
        Part::Option { payload, inner } => {
            if get(from, s, 1) != 0 {
                move_piece(inner, by, (from, s + payload), (to, d + payload));
            }
        }
        Part::Record(fields) => {
            for (offset, field) in fields {
                move_piece(field, by, (from, s + offset), (to, d + offset));
            }
        }
        Part::Set(digits) => move_set(piece, digits, by, (from, s), (to, d)),
        Part::Map(slots) => move_slots(slots, by, (from, s), (to, d)),
        Part::List { list, bag, inner } => {
            let length = get(from, s, list.length) as u32;
            for i in 0..length {
                let offset = list.array.offset(i);
                move_piece(inner, by, (from, s + offset), (to, d + offset));
            }
            if *bag {
                sort(list, length, to, d);
            }
        }
        Part::Envelope(envelope) => move_envelope(envelope, by, (from, s), (to, d)),
    }
}

fn move_set(
    piece: &Piece,
    digits: &Digits,
    by: Permutation<'_>,
    (from, s): (&[Word], u32),
    (to, d): (&mut [Word], u32),
) {
    if piece.words == 0 {
        let (mut rest, mut moved) = (get(from, s, piece.bits), 0u64);
        while rest != 0 {
            let rank = rest.trailing_zeros() as usize;
            moved |= 1 << by.rank(rank, &digits[rank]);
            rest &= rest - 1;
        }
        return put(to, d, piece.bits, moved);
    }
    let (s, d) = (s as usize / 64, d as usize / 64);
    to[d..d + piece.words as usize].fill(0);
    for word in 0..piece.words as usize {
        let mut rest = from[s + word];
        while rest != 0 {
            let rank = 64 * word + rest.trailing_zeros() as usize;
            let moved = by.rank(rank, &digits[rank]);
            to[d + moved / 64] |= 1 << (moved % 64);
            rest &= rest - 1;
        }
    }
}

fn move_envelope(
    envelope: &Envelope,
    by: Permutation<'_>,
    (from, s): (&[Word], u32),
    (to, d): (&mut [Word], u32),
) {
    let bits = envelope.end_bits;
    if bits > 0 {
        for at in [0, bits] {
            let index = get(from, s + at, bits);
            // Participants of a kind are in the order of its members.
            if let Some(Some((group, member))) = envelope.ends.get(index as usize) {
                let moved = index + u64::from(by.of(*group, *member));
                put(to, d + at, bits, moved - u64::from(*member));
            }
        }
    }
    let tag = get(from, s + 2 * bits, envelope.tag_bits) as usize;
    if let Some(message) = envelope.messages.get(tag) {
        move_piece(message, by, (from, s + envelope.payload), (to, d + envelope.payload));
    }
}

/// Brings the elements of a bag into the canonical order of packed words.
fn sort(list: &ListShape, length: u32, words: &mut [Word], d: u32) {
    let (width, many) = (list.array.width, list.array.element_words as usize);
    for i in 1..length {
        let mut at = i;
        while at > 0 {
            let (a, b) = (d + list.array.offset(at - 1), d + list.array.offset(at));
            if many == 0 {
                let (x, y) = (get(words, a, width), get(words, b, width));
                if x <= y {
                    break;
                }
                put(words, a, width, y);
                put(words, b, width, x);
            } else {
                let (a, b) = (a as usize / 64, b as usize / 64);
                let (low, high) = words.split_at_mut(b);
                let (x, y) = (&mut low[a..a + many], &mut high[..many]);
                if *x <= *y {
                    break;
                }
                x.swap_with_slice(y);
            }
            at -= 1;
        }
    }
}
