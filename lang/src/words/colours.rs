//! Colours of words, for tools that see words alone and not where they stand.
//!
//! Enters: nothing. Leaves: [`Colour`], and the words of each.

use super::{CellWord, Kw, TypeWord};
use crate::concepts::{ConceptKind, ConceptType, table};

table! {
    /// How a word is shown; its word names the group for other tools.
    pub enum Colour {
        Declaration "declarations" "systems and the four concepts.",
        Command "commands" "what a cell can ask for.",
        Constant "constants" "values that are words.",
        Operator "operators" "words between or before operands.",
        Type "types" "built-in types, and the types of the four concepts.",
        Keyword "keywords" "all others that seldom are names.",
        Soft "soft" "words that often are names: shown as such where the surroundings are not seen.",
    }
}

/// The words of a colour, each once, in the order of the tables.
pub fn coloured(colour: Colour) -> Vec<&'static str> {
    let keywords = Kw::ALL.into_iter().filter(|kw| kw.colour() == colour).flat_map(|kw| kw.word().split(' '));
    let mut words: Vec<&str> = keywords.collect();
    if colour == Colour::Type {
        words.extend(TypeWord::ALL.map(TypeWord::word));
        words.extend(ConceptKind::ALL.into_iter().flat_map(ConceptType::of).map(ConceptType::word));
    }
    if colour == Colour::Command {
        words.extend(CellWord::ALL.map(CellWord::word));
    }
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(*word));
    words
}
