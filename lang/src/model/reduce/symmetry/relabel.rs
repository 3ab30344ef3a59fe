//! Renaming: what a permutation does to a packed state.
//!
//! Enters: a state, a plan, for each group where its members go. Leaves: the state with members exchanged, as the model
//! itself would have packed it.

use super::plan::{Digit, Digits, Envelope, Member, Part, Piece, Slots};
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

/// What is read: words of a state, from a bit on.
#[derive(Debug, Clone, Copy)]
struct Source<'w> {
    words: &'w [Word],
    bit: u32,
}

/// What is written: the same of another state.
struct Target<'w> {
    words: &'w mut [Word],
    bit: u32,
}

impl Source<'_> {
    fn plus(self, bits: u32) -> Self {
        Source { bit: self.bit + bits, ..self }
    }

    fn get(self, width: u32) -> u64 {
        get(self.words, self.bit, width)
    }
}

impl Target<'_> {
    fn plus(&mut self, bits: u32) -> Target<'_> {
        Target { words: self.words, bit: self.bit + bits }
    }

    fn put(&mut self, width: u32, value: u64) {
        put(self.words, self.bit, width, value);
    }
}

/// `to` becomes `from` with members exchanged.
pub(super) fn relabel(slots: &[Slots], by: Permutation<'_>, from: &[Word], to: &mut [Word]) {
    to.copy_from_slice(from);
    let from = Source { words: from, bit: 0 };
    slots.iter().for_each(|slots| move_slots(slots, by, from, &mut Target { words: to, bit: 0 }));
}

fn move_slots(slots: &Slots, by: Permutation<'_>, from: Source<'_>, to: &mut Target<'_>) {
    for (rank, digits) in slots.digits.iter().enumerate() {
        let target = slots.places[by.rank(rank, digits)];
        move_piece(&slots.inner, by, from.plus(slots.places[rank]), &mut to.plus(target));
    }
}

fn copy(piece: &Piece, from: Source<'_>, to: &mut Target<'_>) {
    match piece.size.words as usize {
        0 => to.put(piece.size.bits, from.get(piece.size.bits)),
        words => {
            let (s, d) = (from.bit as usize / 64, to.bit as usize / 64);
            to.words[d..d + words].copy_from_slice(&from.words[s..s + words]);
        }
    }
}

fn move_piece(piece: &Piece, by: Permutation<'_>, from: Source<'_>, to: &mut Target<'_>) {
    copy(piece, from, to);
    match &piece.part {
        Part::Plain => {}
        Part::Value { group, levels } => {
            let code = from.get(piece.size.bits) as u32;
            if code >= *levels {
                to.put(piece.size.bits, u64::from(levels + by.of(*group, code - levels)));
            }
        }
        Part::Option { payload, inner } => {
            if from.get(1) != 0 {
                move_piece(inner, by, from.plus(*payload), &mut to.plus(*payload));
            }
        }
        Part::Record(fields) => {
            for (offset, field) in fields {
                move_piece(field, by, from.plus(*offset), &mut to.plus(*offset));
            }
        }
        Part::Set(digits) => move_set(piece, digits, by, from, to),
        Part::Map(slots) => move_slots(slots, by, from, to),
        Part::List { list, bag, inner } => {
            let length = from.get(list.length) as u32;
            for i in 0..length {
                let offset = list.array.offset(i);
                move_piece(inner, by, from.plus(offset), &mut to.plus(offset));
            }
            if *bag {
                sort(list, length, to.words, to.bit);
            }
        }
        Part::Envelope(envelope) => move_envelope(envelope, by, from, to),
    }
}

fn move_set(piece: &Piece, digits: &Digits, by: Permutation<'_>, from: Source<'_>, to: &mut Target<'_>) {
    if piece.size.words == 0 {
        let (mut rest, mut moved) = (from.get(piece.size.bits), 0u64);
        while rest != 0 {
            let rank = rest.trailing_zeros() as usize;
            moved |= 1 << by.rank(rank, &digits[rank]);
            rest &= rest - 1;
        }
        return to.put(piece.size.bits, moved);
    }
    let (s, d) = (from.bit as usize / 64, to.bit as usize / 64);
    to.words[d..d + piece.size.words as usize].fill(0);
    for word in 0..piece.size.words as usize {
        let mut rest = from.words[s + word];
        while rest != 0 {
            let rank = 64 * word + rest.trailing_zeros() as usize;
            let moved = by.rank(rank, &digits[rank]);
            to.words[d + moved / 64] |= 1 << (moved % 64);
            rest &= rest - 1;
        }
    }
}

fn move_envelope(envelope: &Envelope, by: Permutation<'_>, from: Source<'_>, to: &mut Target<'_>) {
    let bits = envelope.end_bits;
    if bits > 0 {
        for at in [0, bits] {
            let index = from.plus(at).get(bits);
            // Participants of a kind are in the order of its members.
            if let Some(Some(Member { group, member })) = envelope.ends.get(index as usize) {
                let moved = index + u64::from(by.of(*group, *member));
                to.plus(at).put(bits, moved - u64::from(*member));
            }
        }
    }
    let tag = from.plus(2 * bits).get(envelope.tag_bits) as usize;
    if let Some(message) = envelope.messages.get(tag) {
        move_piece(message, by, from.plus(envelope.payload), &mut to.plus(envelope.payload));
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
