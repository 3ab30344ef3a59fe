//! Obligations of resolutions: what makes each kind of move safe.
//!
//! Enters: the clauses of one resolution. Leaves: one or more properties for each of its types.

use super::orders::taken_probe;
use super::{Member, build, probes};
use crate::analysis::program::{ActionId, ActionKind, Binder, Expr, Program, Resolution, Type};
use crate::analysis::walk::Mentions;
use crate::concepts::{ResolutionType, Topic};
use crate::obligations::property::{Property, PropertyKind, Variable};

pub fn resolution(program: &mut Program, index: usize, properties: &mut Vec<Property>) {
    let resolution = program.resolutions[index].clone();
    let only_stated = resolution.actions.is_empty()
        && resolution.attempts.is_none()
        && resolution.merge.is_none()
        && resolution.protects.is_none()
        && resolution.restores.is_none()
        && resolution.token.is_none();
    let mut member = Member { header: resolution.header.clone(), index, only_stated, properties };
    for ty in resolution.types() {
        match ty {
            ResolutionType::Retry => retry(program, &mut member, &resolution),
            ResolutionType::Merge => merge(program, &mut member, &resolution),
            ResolutionType::Abort | ResolutionType::Reject => leaves_alone(program, &mut member, &resolution),
            ResolutionType::Compensate => compensate(program, &mut member, &resolution),
            ResolutionType::Fence => fence(program, &mut member, &resolution),
            ResolutionType::Dedupe | ResolutionType::Repair => {
                idempotent(program, &mut member, &resolution.actions, TWICE_IS_ONCE, &[]);
            }
        }
    }
}

/// Whether it may happen twice, where no type of it says so.
pub fn repetition(program: &Program, index: usize, properties: &mut Vec<Property>) {
    let resolution = &program.resolutions[index];
    if resolution.actions.is_empty() || resolution.types().any(speaks_of_repetition) {
        return;
    }
    let mut member = Member { header: resolution.header.clone(), index, only_stated: false, properties };
    idempotent(program, &mut member, &resolution.actions, TWICE_IS_ONCE, &[]);
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

const TWICE_IS_ONCE: &str = "applying it twice is applying it once";

const ACT: &str = "add what it does: `at x in S when P { … }` or `on MESSAGE …`";

fn retry(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let bounded = "attempts are bounded";
    let mut except = Vec::new();
    match &resolution.attempts {
        Some((value, limit)) => {
            let mentions = Mentions::of(program, value);
            except.extend(mentions.states.into_iter().map(Variable::State));
            except.extend(mentions.node_fields.into_iter().map(Variable::NodeField));
            match build::at_most(program, value.clone(), limit.clone()) {
                None => {
                    member.unchecked(bounded, "attempts of this type have no order: use a number");
                }
                Some(e) => {
                    let span = value.span.to(limit.span);
                    let e = build::closed(program, Expr { span, ..e });
                    member.add(bounded, span, PropertyKind::State(e));
                }
            }
        }
        None if resolution.backoff.is_some() => {
            let missing = "attempts back off, which only a simulation can see: add `attempts EXPR at most N` \
                           to have a bound checked";
            member.unchecked(bounded, missing);
        }
        None => {
            member.unchecked(bounded, "add `attempts EXPR at most N`, or `backoff`");
        }
    }
    let deliveries = deliveries(program, &resolution.actions);
    let actions = if deliveries.is_empty() { &resolution.actions } else { &deliveries };
    idempotent(program, member, actions, "a second delivery of the same attempt changes nothing", &except);
}

/// The handlers of the messages that these actions send.
fn deliveries(program: &Program, actions: &[ActionId]) -> Vec<ActionId> {
    let mut sent = Vec::new();
    for action in actions {
        sent.extend(Mentions::written(&program.actions[action.index()].body).messages);
    }
    let handles =
        |kind: &ActionKind| matches!(kind, ActionKind::Handler { message, .. } if sent.contains(message));
    let mut handlers = Vec::new();
    for (i, action) in program.actions.iter().enumerate() {
        if handles(&action.kind) {
            handlers.push(ActionId(i as u32));
        }
    }
    handlers
}

fn idempotent(
    program: &Program,
    member: &mut Member,
    actions: &[ActionId],
    words: &str,
    except: &[Variable],
) {
    if actions.is_empty() {
        member.unchecked(words, ACT).about(Topic::Repetition);
        return;
    }
    let span = program.actions[actions[0].index()].span;
    let probe = taken_probe(program, actions.to_vec(), span);
    let kind = PropertyKind::Idempotent { actions: actions.to_vec(), except: except.to_vec() };
    member.add(words, span, kind).about(Topic::Repetition).probes.push(probe);
}

fn merge(program: &Program, member: &mut Member, resolution: &Resolution) {
    let words = "the merge function is commutative, associative and idempotent over its whole domain";
    match resolution.merge {
        Some(def) => {
            let span = program.defs[def.index()].span;
            member.add(words, span, PropertyKind::MergeLaws(def)).about(Topic::Repetition);
        }
        None => {
            member
                .unchecked(words, "add `merge DEF`, a `def` of two values of one type")
                .about(Topic::Repetition);
        }
    }
}

/// abort, reject
fn leaves_alone(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let words = "after it, the protected state equals the state before the attempt";
    let Some(protected) = &resolution.protects else {
        let missing = "add `protects EXPR`, the state that must be as it was";
        member.unchecked(words, missing).about(Topic::Repetition);
        return;
    };
    if resolution.actions.is_empty() {
        member.unchecked(words, ACT).about(Topic::Repetition);
        return;
    }
    let kind = if resolution.since.is_empty() {
        let each = resolution
            .actions
            .iter()
            .map(|action| (*action, build::equal(program, build::old(protected.clone()), protected.clone())));
        PropertyKind::StepOf(each.collect())
    } else {
        PropertyKind::SameAsBefore {
            begins: resolution.since.clone(),
            ends: resolution.actions.clone(),
            value: protected.clone(),
        }
    };
    let probe = taken_probe(program, resolution.actions.clone(), protected.span);
    member.add(words, protected.span, kind).about(Topic::Repetition).probes.push(probe);
}

fn compensate(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let words = "doing the action and then the compensation restores what `restores` names";
    let missing = match (&resolution.restores, resolution.undoes.is_empty(), resolution.actions.is_empty()) {
        (_, true, _) => "add `undoes ACTION`, the action that it compensates",
        (None, ..) => "add `restores EXPR`, what must be as it was",
        (_, _, true) => ACT,
        (Some(value), false, false) => {
            let kind = PropertyKind::Undoes {
                action: resolution.undoes.clone(),
                undo: resolution.actions.clone(),
                value: value.clone(),
            };
            let probe = taken_probe(program, resolution.undoes.clone(), value.span);
            member.add(words, value.span, kind).probes.push(probe);
            return;
        }
    };
    member.unchecked(words, missing);
}

fn fence(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let back = "the token never goes back";
    let older = "a write that carries an older token than the newest seen changes nothing";
    let Some((token, binder)) = &resolution.token else {
        let missing = "add `token EXPR`, the newest token seen";
        member.unchecked(back, missing);
        member.unchecked(older, missing);
        return;
    };
    match build::at_most(program, build::old(token.clone()), token.clone()) {
        None => {
            member.unchecked(back, "tokens of this type have no order: use a number");
        }
        Some(e) => {
            let binder = binder.as_ref().map(|b| build::through_step(program, b));
            let changed = build::differs(program, build::old(token.clone()), token.clone());
            let probe = probes::happens(program, binder.as_slice(), changed, "the token never changed");
            let e = build::all(program, binder.as_ref(), e);
            member.add(back, token.span, PropertyKind::Step(e)).probes.push(probe);
        }
    }
    let Some(protected) = &resolution.protects else {
        member.unchecked(older, "add `protects EXPR`, what an old writer must not change");
        return;
    };
    if resolution.writes.is_empty() {
        member
            .unchecked(older, "add `write ACTION carries EXPR` for each action that writes under the token");
        return;
    }
    let (mut each, mut taken) = (Vec::new(), Vec::new());
    for write in &resolution.writes {
        for (action, carried) in write.actions.iter().zip(&write.values) {
            let newest = newest_seen(program, *action, token, binder.as_ref());
            let carried = build::old(carried.clone());
            let Some(stale) = build::less(program, carried, build::old(newest)) else { continue };
            let same = build::equal(program, build::old(protected.clone()), protected.clone());
            each.push((*action, build::implies(program, stale, same)));
            taken.push(*action);
        }
    }
    let span = resolution.writes[0].span;
    let probe = taken_probe(program, taken, span);
    member.add(older, span, PropertyKind::StepOf(each)).probes.push(probe);
}

/// The token that a write is compared with: that of the node where it arrives, where tokens belong to nodes of its
/// kind; else the greatest.
fn newest_seen(program: &mut Program, action: ActionId, token: &Expr, binder: Option<&Binder>) -> Expr {
    let Some(binder) = binder else { return token.clone() };
    let kind = program.locals[binder.local.index()].ty;
    let at = program.actions[action.index()].at.filter(|at| program.locals[at.index()].ty == kind);
    match at {
        Some(at) => token.with_local(binder.local, &build::local(program, at, token.span)),
        None if matches!(program.types.get(token.ty), Type::Int { .. }) => {
            build::greatest(binder, token.clone())
        }
        None => token.clone(),
    }
}
