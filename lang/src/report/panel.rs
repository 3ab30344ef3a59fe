//! What a reader may move in a cell: parameters and budgets of faults, with the values that each may have.
//!
//! Enters: nothing (data only). Leaves: the text of the cell with other values in it.

use std::ops::Range;

/// What such a cell begins with.
pub const MAGIC: &str = "%interact";

/// A cell whose values can be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// The text of the cell.
    pub code: String,
    /// At least one, in the order in which they are met in the cell.
    pub knobs: Vec<Knob>,
}

/// One value of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knob {
    /// `brokers`, `crash of Broker`; with its system behind it where several differ.
    pub name: String,
    /// What it is.
    pub kind: KnobKind,
    /// What it may be; never empty.
    pub values: Values,
    /// The value in the cell, by its position among them from 0.
    pub at: usize,
    /// Where it is written.
    pub places: Vec<Place>,
}

/// What a reader moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnobKind {
    /// Of a system.
    Parameter,
    /// How often a fault may happen.
    Budget,
}

impl KnobKind {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            KnobKind::Parameter => "parameter",
            KnobKind::Budget => "fault",
        }
    }
}

/// The values of a knob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Both ends included.
    Numbers {
        /// The first.
        least: i64,
        /// The last.
        most: i64,
    },
    /// As they are typed.
    Words(Vec<String>),
}

impl Values {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Values::Numbers { least, most } => {
                usize::try_from(most.saturating_sub(*least).saturating_add(1)).unwrap_or(usize::MAX)
            }
            Values::Words(words) => words.len(),
        }
    }

    /// As it is typed. A position behind the last is the last.
    pub fn word(&self, at: usize) -> String {
        match self {
            Values::Numbers { least, most } => {
                let steps = i64::try_from(at).unwrap_or(i64::MAX);
                least.saturating_add(steps).min(*most).to_string()
            }
            Values::Words(words) => words.get(at).or(words.last()).cloned().unwrap_or_default(),
        }
    }

    /// The position of a value, as it is typed.
    pub fn position(&self, word: &str) -> Option<usize> {
        match self {
            Values::Numbers { least, most } => {
                let value: i64 = word.parse().ok().filter(|n| (*least..=*most).contains(n))?;
                usize::try_from(value.checked_sub(*least)?).ok()
            }
            Values::Words(words) => words.iter().position(|known| known == word),
        }
    }

    /// As they are typed: `0..3`, `strict, loose`.
    pub fn words(&self) -> String {
        match self {
            Values::Numbers { least, most } => format!("{least}..{most}"),
            Values::Words(words) => words.join(", "),
        }
    }
}

/// Where a value stands in the text, or would stand; in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the place of this.
    Over(Range<usize>),
    /// Behind the word of a fault.
    Behind(usize),
    /// Among the values that a system is given.
    Given {
        /// Where.
        at: usize,
        /// By this name.
        name: String,
        /// What stands before it.
        after: After,
    },
}

/// What stands before a value that a system is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The name of the system.
    Name,
    /// The opening parenthesis.
    Parenthesis,
    /// Another value.
    Value,
}

/// The values that one system is given besides those that are written.
struct Additions<'p> {
    at: usize,
    after: After,
    words: Vec<(&'p str, String)>,
}

impl Panel {
    /// The cell with these values, one position for each knob. What is as it was is not written anew.
    pub fn code(&self, at: &[usize]) -> String {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut given: Vec<Additions<'_>> = Vec::new();
        for (knob, at) in self.knobs.iter().zip(at).filter(|(knob, at)| knob.at != **at) {
            let word = knob.values.word(*at);
            for place in &knob.places {
                match place {
                    Place::Over(range) => edits.push((range.clone(), word.clone())),
                    Place::Behind(at) => edits.push((*at..*at, format!(" {word}"))),
                    Place::Given { at, name, after } => {
                        let word = (name.as_str(), word.clone());
                        match given.iter_mut().find(|known| known.at == *at) {
                            Some(known) => known.words.push(word),
                            None => given.push(Additions { at: *at, after: *after, words: vec![word] }),
                        }
                    }
                }
            }
        }
        edits.extend(given.into_iter().map(|added| {
            let words: Vec<String> =
                added.words.into_iter().map(|(name, word)| format!("{name} = {word}")).collect();
            let words = words.join(", ");
            let text = match added.after {
                After::Name => format!("({words})"),
                After::Parenthesis => words,
                After::Value => format!(", {words}"),
            };
            (added.at..added.at, text)
        }));
        edits.sort_by_key(|(range, _)| range.start);
        let (mut text, mut end) = (String::with_capacity(self.code.len()), 0);
        for (range, word) in edits {
            text.push_str(&self.code[end..range.start]);
            text.push_str(&word);
            end = range.end;
        }
        text.push_str(&self.code[end..]);
        text
    }

    /// The lines of the cell that have such values, with these, as they are typed.
    pub fn lines(&self, at: &[usize]) -> Vec<String> {
        let line = |place: &Place| {
            let at = match place {
                Place::Over(range) => range.start,
                Place::Behind(at) | Place::Given { at, .. } => *at,
            };
            self.code.get(..at).map_or(0, |before| before.matches('\n').count())
        };
        let mut numbers: Vec<usize> = self.knobs.iter().flat_map(|knob| &knob.places).map(line).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let bare = |line: &str| line.trim_start().strip_prefix(MAGIC).unwrap_or(line).trim().to_owned();
        let code = self.code(at);
        let lines = code.lines().enumerate().filter(|(number, _)| numbers.contains(number));
        lines.map(|(_, line)| bare(line)).collect()
    }

    /// The values in the cell as it is written.
    pub fn written(&self) -> Vec<usize> {
        self.knobs.iter().map(|knob| knob.at).collect()
    }
}
