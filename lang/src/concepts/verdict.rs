//! Words for verdicts: what an author may expect, and how a run fails to converge.
//!
//! Enters: nothing (tables). Leaves: [`ExpectedVerdict`], for the word after `expect`, and [`Divergence`].

use super::table;

table! {
    /// How a fair run misses its goal.
    pub enum Divergence {
        Stuck "stuck" "nothing fair is enabled any more, and the goal is not reached.",
        Flapping "flapping" "the goal is reached and left again and again, for ever.",
        Livelock "livelock" "it goes round for ever and never comes to the goal, which it could reach.",
        Unreachable "unreachable" "no way leads to the goal any more.",
    }
}

/// The verdict that an author expects, after `expect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVerdict {
    /// An obligation is broken.
    Violated,
    /// Nothing breaks it, anywhere.
    Holds,
    /// Violated in this way.
    Diverges(Divergence),
    /// It holds because what it speaks of never happened.
    Vacuous,
    /// A step has no value; of a member, what it says has none.
    Failed,
    /// The reader is asked, and is to write the answer in its place.
    Asked,
}

impl ExpectedVerdict {
    /// In the order in which messages list them.
    pub fn all() -> impl Iterator<Item = Self> {
        let ways = Divergence::ALL.map(Self::Diverges);
        [Self::Violated, Self::Holds].into_iter().chain(ways).chain([
            Self::Vacuous,
            Self::Failed,
            Self::Asked,
        ])
    }

    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Violated => "violated",
            Self::Holds => "holds",
            Self::Diverges(way) => way.word(),
            Self::Vacuous => "vacuous",
            Self::Failed => "failed",
            Self::Asked => BLANK,
        }
    }

    /// The verdict with this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::all().find(|verdict| verdict.word() == word)
    }
}

/// Where the reader is to write an answer.
pub const BLANK: &str = "___";

/// What an invariant of states demands where its form says no more.
pub const EVERY_STATE: &str = "true in every state";
/// The same of one that speaks of steps.
pub const EVERY_STEP: &str = "true at every step";
