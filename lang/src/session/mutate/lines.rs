//! The source of a system, line by line, with what depends on each.
//!
//! Enters: what came of each weaker system. Leaves: the lines of everything in which something was made weaker.

use crate::analysis::program::Program;
use crate::report::variants::{Depends, Noticed, SourceLine, Weaker};
use crate::span::{SourceId, Sources};
use std::collections::BTreeMap;

/// Lines between two that matter are shown where they are no more than this.
const NEAR: u32 = 2;

pub(super) fn lines(program: &Program, weaker: &[Weaker], sources: &Sources) -> Vec<SourceLine> {
    let mut shown: BTreeMap<(SourceId, u32), Option<Depends>> = BTreeMap::new();
    for one in weaker {
        let line = sources.position(one.span.source, one.span.start).line;
        let depends = shown.entry((one.span.source, line)).or_default();
        count(depends.get_or_insert_with(nothing), &one.noticed);
    }
    // A line by itself says little: what it is the middle of comes with it.
    let heads = program.actions.iter().map(|action| action.span);
    for span in heads.filter(|span| weaker.iter().any(|one| inside(one, *span))) {
        let first = sources.position(span.source, span.start).line;
        shown.entry((span.source, first)).or_default();
    }
    let known: Vec<(SourceId, u32)> = shown.keys().copied().collect();
    for pair in known.windows(2) {
        let [(source, from), (other, to)] = pair else { continue };
        if source == other && to - from <= NEAR + 1 {
            (from + 1..*to).for_each(|line| {
                shown.entry((*source, line)).or_default();
            });
        }
    }
    let told = shown.into_iter().map(|((source, line), depends)| {
        let known = sources.get(source);
        let text = known.text.lines().nth(line as usize - 1).unwrap_or_default();
        SourceLine { source: known.name.clone(), line, text: text.to_string(), depends }
    });
    told.collect()
}

fn inside(one: &Weaker, span: crate::span::Span) -> bool {
    one.span.source == span.source && span.range().contains(&(one.span.start as usize))
}

fn nothing() -> Depends {
    Depends { members: Vec::new(), values: 0, unnoticed: 0, superfluous: 0, unknown: 0, parts: 0 }
}

fn count(depends: &mut Depends, noticed: &Noticed) {
    depends.parts += 1;
    match noticed {
        Noticed::By { members } | Noticed::Emptied { members } => {
            for brief in members {
                if !depends.members.contains(&brief.member) {
                    depends.members.push(brief.member.clone());
                }
            }
        }
        Noticed::NoValue { .. } => depends.values += 1,
        Noticed::Unnoticed { .. } => depends.unnoticed += 1,
        Noticed::Superfluous => depends.superfluous += 1,
        Noticed::Unknown { .. } => depends.unknown += 1,
    }
}
