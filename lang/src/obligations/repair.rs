//! Obligation of `repair`: its steps end, in the same whichever goes first, and leave nothing broken that it handles.
//!
//! Enters: the clauses of a resolution. Leaves: one property, judged on the graph of its steps and of the deliveries
//! that they cause.

use super::attempt::Protected;
use super::orders::taken_probe;
use super::reaching::reaching;
use super::retry::ACT;
use super::{Made, Member, Watch, build, invariants};
use crate::analysis::program::{ActionId, ActionKind, Expr, ExprKind, Program, Resolution};
use crate::analysis::walk::Mentions;
use crate::concepts::Topic;
use crate::obligations::property::{Compared, Probe, ProbeCondition, PropertyKind};
use crate::span::Span;

const ALONE: &str = "its steps end, in the same whichever goes first";
const BROKEN: &str = ", and leave nothing broken that it handles";

pub(super) fn repair(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    if resolution.actions.is_empty() {
        member.unchecked(ALONE, ACT).about(Topic::Repetition);
        return;
    }
    let actions = with_deliveries(program, &resolution.actions);
    let Some(protected) = Protected::whole(program, resolution, &actions) else {
        let missing = "it writes nothing that could be compared: add `protects EXPR`, what it repairs";
        member.unchecked(ALONE, missing).about(Topic::Repetition);
        return;
    };
    let span = program.actions[resolution.actions[0].index()].span;
    let mut changed = Vec::new();
    for action in &actions {
        changed.push((*action, protected.changed(program, span)));
    }
    let probes = vec![
        taken_probe(program, resolution.actions.clone(), span),
        Probe {
            condition: ProbeCondition::StepOf(changed),
            words: "it never changed what is protected".to_string(),
            span,
            watched_by: None,
        },
    ];
    let handled = handled(program, resolution, span);
    let whole = !matches!(handled.kind, ExprKind::Bool(true));
    let words = if whole { format!("{ALONE}{BROKEN}") } else { ALONE.to_string() };
    let words = match protected.words(program) {
        names if names.is_empty() => words,
        names => format!("{words} (of {names})"),
    };
    let protected = match protected {
        Protected::Value(e) => Compared::Value(e),
        Protected::Written { states, fields, .. } => Compared::variables(states, fields),
    };
    let others = mending(member.original, &handled, &actions);
    let all = (0..member.original.actions.len() as u32).map(ActionId);
    let informs = all.filter(|id| informs(&member.original.actions[id.index()].kind)).collect();
    let kind = PropertyKind::Repairs { actions, informs, others, protected, handled };
    member.add(words, span, kind).about(Topic::Repetition).probes = probes;
    if resolution.handles.is_empty() {
        member.unchecked("it leaves nothing broken", "add `handles INVARIANT`, what it repairs");
    }
}

/// Actions, and the handlers of the messages that they send, and of those that these send.
pub(super) fn with_deliveries(program: &Program, actions: &[ActionId]) -> Vec<ActionId> {
    let mut all = actions.to_vec();
    loop {
        let more: Vec<_> = program.deliveries(&all).into_iter().filter(|a| !all.contains(a)).collect();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// What comes without anybody's doing, and mends nothing by itself: views show what is there, reconcilers look, time goes
/// on.
fn informs(kind: &ActionKind) -> bool {
    match kind {
        ActionKind::Sync(_)
        | ActionKind::Tick
        | ActionKind::ReconcilerLook(_)
        | ActionKind::ReconcilerObserve { .. } => true,
        ActionKind::Client
        | ActionKind::Handler { .. }
        | ActionKind::Resolution(_)
        | ActionKind::ReconcilerAct(_)
        | ActionKind::Restart(_) => false,
    }
}

/// The actions of others whose steps may mend what is handled, if only by what they make possible. Clients do not: they
/// need not act.
fn mending(program: &Program, handled: &Expr, own: &[ActionId]) -> Vec<ActionId> {
    let reads = Mentions::of(program, handled);
    let mut quiet = false;
    let mut look = |e: &Expr| e.walk(&mut |e| quiet |= matches!(e.kind, ExprKind::Quiescent));
    look(handled);
    reads.defs.iter().for_each(|def| look(&program.defs[def.index()].body));
    // That nothing happens any more, and what an obligation remembers, any step may change.
    let any = quiet || reads.states.iter().any(|id| id.index() >= program.states.len());
    let counts = |id: ActionId| {
        let kind = &program.actions[id.index()].kind;
        let idle = matches!(kind, ActionKind::Client) || informs(kind);
        !idle && !own.contains(&id)
    };
    match any {
        true => (0..program.actions.len() as u32).map(ActionId).filter(|id| counts(*id)).collect(),
        false => reaching(program, reads, &counts),
    }
}

/// What the invariants that it handles say of single states, all together.
fn handled(program: &mut Program, resolution: &Resolution, span: Span) -> Expr {
    let named = |name: &String| resolution.handles.iter().any(|(handled, _)| handled == name);
    let invariants: Vec<usize> =
        (0..program.invariants.len()).filter(|i| named(&program.invariants[*i].header.name)).collect();
    let mut properties = Vec::new();
    for index in invariants {
        let original = program.clone();
        let mut made = Made {
            properties: &mut properties,
            watch: Watch::Nothing,
            crashed: super::Crashed::default(),
            original: &original,
        };
        invariants::invariant(program, index, &mut made);
    }
    let states = properties.into_iter().filter_map(|property| match property.kind {
        PropertyKind::State(e) => Some(e),
        _ => None,
    });
    let all = states.collect::<Vec<_>>().into_iter().reduce(|a, b| build::and(program, a, b));
    all.unwrap_or_else(|| build::truth(program, span))
}
