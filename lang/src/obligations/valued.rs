//! What a resolution says of its steps must have a value: what tells attempts apart, and what they must not change.
//!
//! Enters: the clauses of a resolution, the steps where they are asked for. Leaves: properties that fail where one has no
//! value, with the run that gets there.
//! A monitor evaluates such an expression inside attempts, so that it takes no step away from the model; here the same
//! expression is asked for again, where nothing is in its way.

use super::retry::{acts, deduped, retried};
use super::{Member, build};
use crate::analysis::program::{ActionId, Attempts, Expr, Program, Resolution};
use crate::analysis::symmetry::may_trap;
use crate::concepts::{ResolutionType, Topic};
use crate::obligations::property::PropertyKind;

const WORDS: &str = "what `key`, `attempts` and `protects` say has a value wherever it is asked for";

/// For each action, what is true at its steps or has no value there.
type Asked = Vec<(ActionId, Expr)>;

/// Adds what says so, where a value may be missing.
pub(super) fn valued(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    if !member.watches() {
        return;
    }
    let mut asked = Asked::new();
    for (action, key) in &resolution.key {
        before(program, &mut asked, *action, key);
    }
    let has = |ty| resolution.types().any(|known| known == ty);
    if has(ResolutionType::Retry)
        && let Some(attempts) = &resolution.attempts
    {
        limit(program, &mut asked, resolution, attempts);
    }
    if let Some(protected) = resolution.protects.as_ref().or(resolution.restores.as_ref()) {
        let begins = [&resolution.since[..], &resolution.undoes[..]].concat();
        begins.iter().for_each(|action| before(program, &mut asked, *action, protected));
        let mut both = Vec::new();
        if has(ResolutionType::Retry) {
            both.extend(retried(member.original, resolution).actions);
        }
        if has(ResolutionType::Dedupe) {
            let (taken, followed) = deduped(member.original, resolution);
            both.extend(taken.into_iter().chain(followed));
        }
        if has(ResolutionType::Repair) {
            both.extend(super::repair::with_deliveries(member.original, &resolution.actions));
        }
        both.sort_unstable();
        both.dedup();
        for action in both {
            before(program, &mut asked, action, protected);
            after(program, &mut asked, action, protected);
        }
        if !begins.is_empty() {
            resolution.actions.iter().for_each(|action| after(program, &mut asked, *action, protected));
        }
    }
    let Some((_, first)) = asked.first() else { return };
    let span = first.span;
    member.add(WORDS, span, PropertyKind::StepOf(asked)).about(Topic::Other);
}

/// How many attempts there may be is asked for at each act that counts one.
fn limit(program: &mut Program, asked: &mut Asked, resolution: &Resolution, attempts: &Attempts) {
    let acts = acts(program, resolution);
    let from = acts.first().and_then(|act| program.actions[act.index()].at);
    for act in acts {
        let to = program.actions[act.index()].at;
        let there = |program: &Program, e: &Expr| match (from, to) {
            (Some(from), Some(to)) => e.with_local(from, &build::local(program, to, e.span)),
            _ => e.clone(),
        };
        let limit = there(program, &attempts.limit);
        if !may_trap(program, &limit) {
            continue;
        }
        let counter = there(program, &attempts.counter);
        let counted = build::differs(program, build::old(counter.clone()), counter);
        let limit = itself(program, build::old(limit));
        let e = build::implies(program, counted, limit);
        add(program, asked, act, e);
    }
}

/// It is asked for before the step.
fn before(program: &mut Program, asked: &mut Asked, action: ActionId, e: &Expr) {
    if may_trap(program, e) {
        let e = itself(program, build::old(e.clone()));
        add(program, asked, action, e);
    }
}

/// It is asked for after the step.
fn after(program: &mut Program, asked: &mut Asked, action: ActionId, e: &Expr) {
    if may_trap(program, e) {
        let e = itself(program, e.clone());
        add(program, asked, action, e);
    }
}

/// True wherever it has a value.
pub(super) fn itself(program: &mut Program, e: Expr) -> Expr {
    build::equal(program, e.clone(), e)
}

fn add(program: &mut Program, asked: &mut Asked, action: ActionId, e: Expr) {
    match asked.iter_mut().find(|(known, _)| *known == action) {
        Some((_, all)) => *all = build::and(program, all.clone(), e),
        None => asked.push((action, e)),
    }
}
