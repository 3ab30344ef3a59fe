//! What must be true of any text, as one function for each stretch of the way from text to report.
//!
//! Enters: a text that nobody wrote, cells separated by lines of `---`. Leaves: a panic where something is wrong. The
//! fuzzers of `tests/fuzz/` and the tests give them texts: those that once were wrong (`tests/fuzz/found/`), and what
//! `mutate` makes of the programs that `seeds` finds in this repository.

mod by_hand;
mod host;
mod mutate;
mod running;
mod seeds;
mod syntax;
mod typing;

pub use mutate::mutate;
pub use running::running;
pub use syntax::syntax;
pub use typing::typing;

use reconverge_lang::diag::{Diagnostic, render};
use reconverge_lang::session::CellRef;
use reconverge_lang::span::{SourceId, Sources};
use reconverge_lang::syntax::parse;
use reconverge_lang::syntax::tree::Item;
use reconverge_lang::view;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// A question about a text: it panics where something is wrong, and says whether the text came far enough to be worth
/// changing further.
pub type Question = fn(&str) -> bool;

/// All of them, by the name of the fuzzer.
pub const TARGETS: [(&str, Question); 3] = [("syntax", syntax), ("typing", typing), ("running", running)];

/// Between two cells.
const BREAK: &str = "\n---\n";

/// Longer texts are cut: what is wrong shows in short ones.
pub const LONGEST: usize = 6000;

fn cells(text: &str) -> impl Iterator<Item = &str> {
    text.split(BREAK)
}

/// The cell of a number, from 1.
fn cell(number: usize) -> CellRef {
    CellRef { id: None, name: format!("cell {number}") }
}

/// A number that is always the same for a text: what is done by lot is done again.
fn number(text: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}

/// The systems that a cell defines.
fn systems(code: &str) -> Vec<String> {
    let (cell, _) = parse(SourceId(0), code);
    let name = |item: Item| match item {
        Item::System(system) => Some(system.name.text),
        Item::Extend(_) | Item::Use(_) | Item::UseFile(_) | Item::Command(_) => None,
    };
    cell.items.into_iter().filter_map(name).collect()
}

/// Diagnostics can be shown, and point into their texts.
fn can_be_shown(found: &[Diagnostic], sources: &Sources) {
    for d in found {
        let fix = d.fix.iter().map(|fix| fix.span);
        for span in fix.chain([d.span]).chain(d.related.iter().map(|(span, _)| *span)) {
            let text = &sources.get(span.source).text;
            assert!(text.get(span.range()).is_some(), "{} {:?} out of bounds", d.code, d.message);
        }
        assert!(!d.message.is_empty() && !d.message.contains('\n'), "{} {:?}", d.code, d.message);
    }
    render::ansi(found, sources);
    view::diagnostics_text(found, sources);
    view::diagnostics_html(found, sources);
}

/// A small generator of numbers (xorshift), always the same from the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        // The first numbers of seeds that are near to each other are near to each other.
        for _ in 0..4 {
            dice.roll(2);
        }
        dice
    }

    /// Below `sides`, which is at least 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % sides as u64) as usize
    }

    pub fn one_of<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        if among.is_empty() { None } else { among.get(self.roll(among.len())) }
    }
}
