//! The kinds that every room speaks of, and their words: concepts and their types, faults, steps,
//! verdicts.
//!
//! Enters: nothing (tables only). Leaves: enums. What is written of a kind stands once, in its table; what differs from
//! member to member elsewhere is matched there member by member, so that the compiler names each place that a new one
//! touches. The ground floor: nothing of ours is imported.

mod fault;
mod step;
mod types;
mod verdict;

pub use fault::{Allowance, Fault, FaultBudget};
pub use step::StepKind;
pub use types::{ConceptType, InvariantType, OrderType, ReconcilerType, ResolutionType};
pub use verdict::{BLANK, Divergence, EVERY_STATE, EVERY_STEP, ExpectedVerdict};

/// Defines an enum by its table: the members in order, each with its word and, where that is said, what the word means.
macro_rules! table {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($member:ident $word:literal $help:literal,)+ }) => {
        table! {
            $(#[$meta])*
            $vis enum $name { $(#[doc = $help] $member $word,)+ }
        }

        impl $name {
            /// One sentence on what the word means.
            $vis fn help(self) -> &'static str {
                match self {
                    $(Self::$member => $help),+
                }
            }
        }
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $member:ident $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$doc])* $member),+
        }

        impl $name {
            /// Every member, in the order of the table.
            $vis const ALL: [Self; [$($word),+].len()] = [$(Self::$member),+];

            /// The word of the language.
            $vis fn word(self) -> &'static str {
                match self {
                    $(Self::$member => $word),+
                }
            }

            /// The member with this word; the first where several share it.
            $vis fn named(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|member| member.word() == word)
            }
        }

        /// As its word.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words = Self::ALL.map(Self::word);
                schemars::json_schema!({ "enum": words.as_slice() })
            }
        }
    };
}
pub(crate) use table;

/// The four concepts, in the order of the loop.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConceptKind {
    /// Where agreement is created.
    Order,
    /// What must never be broken.
    Invariant,
    /// How a violation is handled.
    Resolution,
    /// Who keeps repairing.
    Reconciler,
}

impl ConceptKind {
    /// In the order of the loop.
    pub const ALL: [Self; 4] = [Self::Order, Self::Invariant, Self::Resolution, Self::Reconciler];

    /// The word that declares one.
    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Invariant => "invariant",
            Self::Resolution => "resolution",
            Self::Reconciler => "reconciler",
        }
    }

    /// What the four are called as areas of a system.
    pub fn area(self) -> &'static str {
        match self {
            Self::Order => "ordering",
            Self::Invariant => "invariants",
            Self::Resolution => "resolution",
            Self::Reconciler => "reconciliation",
        }
    }

    /// The same as a title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Order => "Ordering",
            Self::Invariant => "Invariants",
            Self::Resolution => "Resolution",
            Self::Reconciler => "Reconciliation",
        }
    }

    /// The question that finds the members of a concept.
    pub fn question(self) -> &'static str {
        match self {
            Self::Order => "What is the smallest scope that agrees on order?",
            Self::Invariant => "If everything goes wrong, what must still be true?",
            Self::Resolution => "When invariants are threatened, what safe move is allowed?",
            Self::Reconciler => "What runs forever to push the system back to correctness?",
        }
    }

    /// The word that declares one, with its article.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Order => "an order",
            Self::Invariant => "an invariant",
            Self::Resolution => "a resolution",
            Self::Reconciler => "a reconciler",
        }
    }
}

/// What an obligation speaks of, for those who look for it among others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Topic {
    /// Whether it does harm to do it twice.
    Repetition,
    /// Who still expects a version.
    Expectation,
    /// None of these.
    #[default]
    Other,
}
