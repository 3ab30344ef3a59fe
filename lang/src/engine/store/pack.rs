//! States of one block, packed: each as its difference from the one before.
//!
//! Enters: the words and parents of a block. Leaves: bytes, and the same words and parents again. States that were
//! found one after another differ in a few fields (delta encoding of state vectors; Evangelista and Pradat-Peyre,
//! Memory Efficient State Space Storage in Explicit Software Model Checking, 2005): of each word's exclusive or with the
//! same word of the state before, the bytes that are not 0 are kept, after a byte that says which. Parents are kept as
//! variable-length differences.

use crate::engine::machine::Word;

/// Most bytes that a word takes.
const WIDEST: usize = 9;

/// Packs states side by side, `words` each, and their parents.
pub(crate) fn pack(states: &[Word], words: usize, parents: &[u32]) -> Box<[u8]> {
    let mut out = vec![0u8; WIDEST * states.len() + 5 * parents.len()];
    let mut at = 0;
    let mut before = vec![0; words];
    for state in states.chunks_exact(words) {
        for (word, before) in state.iter().zip(&mut before) {
            at = put(&mut out, at, *word ^ *before);
            *before = *word;
        }
    }
    let mut before = 0u32;
    for parent in parents {
        let by = parent.wrapping_sub(before) as i32;
        at = put_number(&mut out, at, ((by << 1) ^ (by >> 31)) as u32);
        before = *parent;
    }
    out[..at].into()
}

/// Unpacks what [`pack`] made, in place of whatever the buffers held.
pub(crate) fn unpack(
    bytes: &[u8],
    words: usize,
    count: usize,
    states: &mut Vec<Word>,
    parents: &mut Vec<u32>,
) {
    states.clear();
    parents.clear();
    let mut rest = bytes;
    let mut before = vec![0; words];
    for _ in 0..count {
        for before in &mut before {
            *before ^= take(&mut rest);
            states.push(*before);
        }
    }
    let mut before = 0u32;
    for _ in 0..count {
        let folded = take_number(&mut rest);
        before = before.wrapping_add((folded >> 1) ^ 0u32.wrapping_sub(folded & 1));
        parents.push(before);
    }
}

/// Without branches on the content: every byte is written, and stays where it is not 0.
#[inline]
fn put(out: &mut [u8], at: usize, word: Word) -> usize {
    let room: &mut [u8; WIDEST] = (&mut out[at..at + WIDEST]).try_into().unwrap_or_else(|_| unreachable!());
    let (mut mask, mut next) = (0u8, 1);
    for (i, byte) in word.to_le_bytes().into_iter().enumerate() {
        room[next] = byte;
        mask |= u8::from(byte != 0) << i;
        next += usize::from(byte != 0);
    }
    room[0] = mask;
    at + next
}

#[inline]
fn take(rest: &mut &[u8]) -> Word {
    let mut mask = rest[0];
    let mut next = 1;
    let mut word = 0;
    while mask != 0 {
        word |= Word::from(rest[next]) << (8 * mask.trailing_zeros());
        next += 1;
        mask &= mask - 1;
    }
    *rest = &rest[next..];
    word
}

/// Seven bits a byte, the lowest first (LEB128).
#[inline]
fn put_number(out: &mut [u8], mut at: usize, mut number: u32) -> usize {
    while number >= 0x80 {
        out[at] = number as u8 | 0x80;
        number >>= 7;
        at += 1;
    }
    out[at] = number as u8;
    at + 1
}

#[inline]
fn take_number(rest: &mut &[u8]) -> u32 {
    let (mut number, mut shift, mut next) = (0, 0, 0);
    loop {
        let byte = rest[next];
        number |= u32::from(byte & 0x7f) << shift;
        next += 1;
        shift += 7;
        if byte < 0x80 {
            break;
        }
    }
    *rest = &rest[next..];
    number
}
