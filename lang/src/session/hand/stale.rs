//! Whether a system is still what it was when a run of it was started.
//!
//! Enters: the definitions now, and what the run was made of. Leaves: what is otherwise. Running a cell again that has not
//! changed makes nothing stale: what counts is what is written.

use super::ByHand;
use crate::analysis::Definitions;
use crate::session::trace::text;
use crate::span::Sources;
use crate::syntax::tree::MemberKind;

/// Everything that a definition is made of, as written.
pub(in crate::session) fn words(definitions: &Definitions, name: &str, sources: &Sources) -> String {
    let Some(definition) = definitions.get(name) else { return String::new() };
    let mut words = String::new();
    for entry in &definition.entries {
        // Room between words says nothing; where a line ends, a comment does.
        for line in sources.text(entry.member.span).lines() {
            words.extend(line.split_whitespace().flat_map(|word| [word, " "]));
            words.push('\n');
        }
        // A variant has values of its own.
        if let MemberKind::Param { value, .. } = &entry.member.kind {
            words.push_str(sources.text(value.span));
        }
        words.push('\n');
    }
    words
}

/// Why a run is stale, if it is.
pub(super) fn stale(hand: &ByHand, definitions: &Definitions, sources: &Sources) -> Option<String> {
    let name = &hand.target.name.text;
    if definitions.get(name).is_none() {
        return Some(format!("the run is stale: {name}, which it is of, is gone"));
    }
    let changed = words(definitions, name, sources) != *hand.words;
    changed.then(|| format!("the run is stale: {name} was defined otherwise when it was started"))
}

/// What to do about it.
pub(super) fn instead(hand: &ByHand, sources: &Sources) -> String {
    let target = text(sources, hand.target.span);
    let keep = if hand.steps.is_empty() { "" } else { ", `save as scenario \"by hand\"` keeps its steps" };
    format!("`start {target}` begins anew{keep}")
}

/// What is said of a run where a cell makes it stale.
pub(in crate::session) fn goes_stale(
    hand: &ByHand,
    (before, after): (&Definitions, &Definitions),
    sources: &Sources,
) -> Option<String> {
    let was_fresh = stale(hand, before, sources).is_none();
    stale(hand, after, sources).filter(|_| was_fresh)?;
    let steps = match hand.steps.len() {
        1 => "1 step".to_string(),
        n => format!("{n} steps"),
    };
    let name = &hand.target.name.text;
    Some(format!("the run of {name} by hand, of {steps}: {}", instead(hand, sources)))
}
