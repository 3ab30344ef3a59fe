//! Obligation of `repair`: its steps end, in the same whichever goes first, and leave nothing broken that it handles.
//!
//! Enters: the clauses of a resolution. Leaves: one property, judged on the graph of its steps and of the deliveries
//! that they cause.

use super::attempt::Protected;
use super::orders::taken_probe;
use super::retry::ACT;
use super::{Made, Member, Watch, build, invariants};
use crate::analysis::program::{ActionId, Expr, Program, Resolution};
use crate::concepts::Topic;
use crate::obligations::property::{Compared, Probe, ProbeCondition, PropertyKind, Variable};
use crate::span::Span;

const WORDS: &str =
    "its steps end, in the same whichever goes first, and leave nothing broken that it handles";

pub(super) fn repair(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    if resolution.actions.is_empty() {
        member.unchecked(WORDS, ACT).about(Topic::Repetition);
        return;
    }
    let actions = with_deliveries(program, &resolution.actions);
    let Some(protected) = Protected::whole(program, resolution, &actions) else {
        let missing = "it writes nothing that could be compared: add `protects EXPR`, what it repairs";
        member.unchecked(WORDS, missing).about(Topic::Repetition);
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
    let words = match protected.words(program) {
        names if names.is_empty() => WORDS.to_string(),
        names => format!("{WORDS} (of {names})"),
    };
    let protected = match protected {
        Protected::Value(e) => Compared::Value(e),
        Protected::Written { states, fields } => {
            let states = states.into_iter().map(Variable::State);
            Compared::Variables(states.chain(fields.into_iter().map(Variable::NodeField)).collect())
        }
    };
    let handled = handled(program, resolution, span);
    let kind = PropertyKind::Repairs { actions, protected, handled };
    member.add(words, span, kind).about(Topic::Repetition).probes = probes;
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
