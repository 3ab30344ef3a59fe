//! Obligations of resolutions: what makes each kind of move safe.
//!
//! Enters: the clauses of one resolution. Leaves: one or more properties for each of its types.

use super::attempt::{Protected, is_handler};
use super::changes::changes;
use super::orders::taken_probe;
use super::retry::{self, ACT};
use super::{Made, Member, build, fence, merge, repair, undone, valued};
use crate::analysis::program::{Program, Resolution};
use crate::concepts::{ResolutionType, Topic};
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::span::Span;

/// Why nothing was put to the test.
const IDLE: &str = "it never took a message and never changed anything, so that nobody was refused: take the message \
                    that it refuses, or write down that it was";

pub(super) fn resolution(program: &mut Program, index: usize, made: &mut Made<'_>) {
    let mut resolution = program.resolutions[index].clone();
    super::attempt::key_of_others(program, &mut resolution);
    let resolution = resolution;
    let only_stated = resolution.actions.is_empty()
        && resolution.attempts.is_none()
        && resolution.merge.is_none()
        && resolution.protects.is_none()
        && resolution.restores.is_none()
        && resolution.token.is_none();
    let mut member = Member::new(resolution.header.clone(), index, only_stated, made);
    valued::valued(program, &mut member, &resolution);
    for ty in resolution.types() {
        match ty {
            ResolutionType::Retry => retry::retry(program, &mut member, &resolution),
            ResolutionType::Merge => merge::merge(program, &mut member, &resolution),
            ResolutionType::Abort | ResolutionType::Reject => leaves_alone(program, &mut member, &resolution),
            ResolutionType::Compensate => undone::compensate(program, &mut member, &resolution),
            ResolutionType::Fence => fence::fence(program, &mut member, &resolution),
            ResolutionType::Dedupe => retry::dedupe(program, &mut member, &resolution),
            ResolutionType::Repair => repair::repair(program, &mut member, &resolution),
        }
    }
}

/// Whether it may happen twice, where no type of it says so.
pub(super) fn repetition(program: &Program, index: usize, made: &mut Made<'_>) {
    let resolution = &program.resolutions[index];
    if resolution.actions.is_empty() || resolution.types().any(speaks_of_repetition) {
        return;
    }
    let span = program.actions[resolution.actions[0].index()].span;
    let probe = taken_probe(program, resolution.actions.clone(), span);
    let kind = PropertyKind::Idempotent { actions: resolution.actions.clone() };
    let mut member = Member::new(resolution.header.clone(), index, false, made);
    let words = "applying it twice is applying it once";
    member.add(words, span, kind).about(Topic::Repetition).probes.push(probe);
}

/// Whether an obligation of the type says that happening twice does no harm.
fn speaks_of_repetition(ty: ResolutionType) -> bool {
    match ty {
        ResolutionType::Retry
        | ResolutionType::Merge
        | ResolutionType::Abort
        | ResolutionType::Reject
        | ResolutionType::Dedupe
        | ResolutionType::Repair => true,
        ResolutionType::Compensate | ResolutionType::Fence => false,
    }
}

/// Somebody was refused, by a step that takes his message or by which something changes.
fn refuses(program: &mut Program, resolution: &Resolution, span: Span) -> Probe {
    let (actions, mut each) = (&resolution.actions, Vec::new());
    if actions.iter().all(|id| is_handler(program, *id)) {
        return taken_probe(program, actions.clone(), span);
    }
    for id in actions {
        let did = match is_handler(program, *id) {
            true => build::truth(program, span),
            false => {
                let body = program.actions[id.index()].body.clone();
                build::old(changes(program, &body, span))
            }
        };
        each.push((*id, did));
    }
    Probe { condition: ProbeCondition::StepOf(each), words: IDLE.to_string(), span, watched_by: None }
}

/// abort, reject
fn leaves_alone(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let words = "it changes nothing that is protected";
    if !resolution.since.is_empty() {
        return undone::since(program, member, resolution);
    }
    if resolution.actions.is_empty() {
        member.unchecked(words, ACT).about(Topic::Repetition);
        return;
    }
    let Some(protected) = Protected::of(program, resolution, &resolution.actions) else {
        let missing = "add `protects EXPR`, the state that must be as it was";
        member.unchecked(words, missing).about(Topic::Repetition);
        return;
    };
    let span = match &protected {
        Protected::Value(e) => e.span,
        Protected::Written { .. } => program.actions[resolution.actions[0].index()].span,
    };
    let mut each = Vec::new();
    for action in &resolution.actions {
        let changed = protected.changed(program, span);
        each.push((*action, build::not(program, changed)));
    }
    let kind = PropertyKind::StepOf(each);
    let probe = refuses(program, resolution, span);
    let words = match protected.words(program) {
        names if names.is_empty() => words.to_string(),
        names => format!("{words} (of {names})"),
    };
    let property = member.add(words, span, kind).about(Topic::Repetition);
    property.otherwise = protected.advice(program, "protects");
    property.probes.push(probe);
}
