//! From verdicts on obligations to findings on members.
//!
//! Enters: a verdict for each obligation. Leaves: a finding for each member, with the verdict of its worst obligation. A
//! step of the model that has no value is a finding of its own, first.

use super::Explored;
use super::judged::Judgement;
use crate::analysis::program::Header;
use crate::concepts::{ConceptKind, Topic};
use crate::report::{BUILT_IN, Finding, HAS_VALUES, Obligation, Verdict};

/// `judgements`: of the obligations of members, member by member.
pub(super) fn findings(explored: &Explored<'_>, judgements: &[Judgement]) -> Vec<Finding> {
    let member = |j: &Judgement| (j.property.concept, j.property.member);
    let members = judgements.chunk_by(|a, b| member(a) == member(b)).map(|all| {
        let (concept, index) = member(&all[0]);
        let obligations = all.iter().map(obligation);
        finding(explored.model.program().header(concept, index), obligations.collect())
    });
    explored.no_value().into_iter().chain(members).collect()
}

pub(super) fn obligation(judgement: &Judgement) -> Obligation {
    let Judgement { property, verdict, .. } = judgement;
    Obligation { words: property.words.clone(), topic: property.topic, verdict: verdict.clone() }
}

fn finding(header: &Header, mut obligations: Vec<Obligation>) -> Finding {
    let verdict = member_verdict(&obligations);
    let deciding = deciding(&obligations);
    let mut first = obligations.remove(deciding);
    stands_above(&mut first.verdict);
    obligations.insert(0, first);
    Finding {
        concept: header.concept,
        name: header.name.clone(),
        types: header.types.iter().map(|ty| ty.word().to_string()).collect(),
        sentence: header.sentence.clone(),
        span: header.span,
        verdict,
        obligations,
    }
}

/// Its run is that of the verdict above it.
fn stands_above(verdict: &mut Verdict) {
    if let Verdict::Violated { trace, .. } | Verdict::Failed { trace: Some(trace), .. } = verdict {
        trace.above = true;
    }
}

/// The index of the worst: of several that are violated the one with the shortest run, else the first.
fn deciding(obligations: &[Obligation]) -> usize {
    let steps = |verdict: &Verdict| match verdict {
        Verdict::Violated { trace, .. } => trace.steps.len(),
        _ => 0,
    };
    let key = |o: &Obligation| (o.verdict.rank(), steps(&o.verdict));
    let worst = obligations.iter().enumerate().min_by_key(|(i, o)| (key(o), *i));
    worst.map_or(0, |(i, _)| i)
}

/// The verdict on a member with these obligations (at least one), its main one first.
fn member_verdict(obligations: &[Obligation]) -> Verdict {
    let worst = &obligations[deciding(obligations)].verdict;
    let others = obligations.iter().filter(|o| o.verdict.rank() > worst.rank()).count();
    match worst {
        Verdict::NotChecked { why } if others > 0 => {
            let words = format!("{others} of {} obligations checked; not checked: {why}", obligations.len());
            Verdict::NotChecked { why: words }
        }
        Verdict::Vacuous { why } if others > 0 => Verdict::Vacuous { why: format!("in part: {why}") },
        Verdict::Holds { .. } => {
            let note = obligations.iter().find_map(|o| match &o.verdict {
                Verdict::Holds { note } => note.clone(),
                _ => None,
            });
            Verdict::Holds { note }
        }
        Verdict::NotChecked { .. }
        | Verdict::Vacuous { .. }
        | Verdict::HoldsWithinBound { .. }
        | Verdict::Violated { .. }
        | Verdict::Witnessed { .. }
        | Verdict::Incomplete { .. }
        | Verdict::Failed { .. } => worst.clone(),
    }
}

impl Explored<'_> {
    /// Steps and bounds of the model without a value.
    pub fn no_value(&self) -> Option<Finding> {
        no_value(self)
    }
}

fn no_value(explored: &Explored<'_>) -> Option<Finding> {
    let words = |verdict: &Verdict| match verdict {
        Verdict::Failed { why, .. } => why.clone(),
        _ => String::new(),
    };
    let verdicts = explored.exploration.traps.iter().map(|found| explored.failed(found));
    let mut obligations: Vec<_> =
        verdicts.map(|verdict| Obligation { words: words(&verdict), topic: Topic::Other, verdict }).collect();
    let verdict = obligations.first()?.verdict.clone();
    stands_above(&mut obligations[0].verdict);
    let span = match &verdict {
        Verdict::Failed { span, .. } => *span,
        _ => explored.model.program().span,
    };
    Some(Finding {
        concept: ConceptKind::Invariant,
        name: HAS_VALUES.to_string(),
        types: vec![BUILT_IN.to_string()],
        sentence: None,
        span,
        verdict,
        obligations,
    })
}
