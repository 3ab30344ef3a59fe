//! Frequent sequences of operations as one, for the portable form.
//!
//! Enters: finished operations. Leaves: one [`Fused`] for each position, which does what the operations from there on do
//! and goes on behind them. Positions stay what they are, so that a jump into the middle of a sequence finds there what
//! it always found.
//! What pays: the blocks of small instances (a masked test, a copy of the state, a few constant fields, a successor) are
//! one operation altogether, and so are a field and its comparison.

use crate::model::form::code::{Code, Op, Slot, Target};
use crate::model::form::fused::{Compare, Fused, Load, Step, Steps};

/// One for each operation of the code.
pub(crate) fn fuse(code: &Code) -> (Vec<Fused>, Steps) {
    let mut steps = Steps::default();
    let fused = (0..code.ops().len()).map(|at| one(code, at, &mut steps)).collect();
    (fused, steps)
}

fn one(code: &Code, at: usize, steps: &mut Steps) -> Fused {
    let op = code.ops()[at];
    match op {
        Op::JumpTest { word, mask, value, to } => {
            let (mask, value) = (code.constant(mask), code.constant(value));
            let (Some(mask), Some(value)) = (mask, value) else { return Fused::Plain(op) };
            match block(code, at + 1, steps) {
                Some(step) => push(steps, Step { word, mask, value, to, ..step }),
                None => Fused::Test { word, to, mask, value },
            }
        }
        Op::JumpTestIs { word, mask, value, to } => match (code.constant(mask), code.constant(value)) {
            (Some(mask), Some(value)) => Fused::TestIs { word, to, mask, value },
            _ => Fused::Plain(op),
        },
        Op::Instance { .. } => match (block(code, at, steps), begin(code, at)) {
            (Some(step), _) => push(steps, step),
            (None, Some(begin)) => begin,
            _ => Fused::Plain(op),
        },
        Op::Load { dst, src, shift, width } => match compare(code.ops().get(at + 1)) {
            Some((how, a, b, to)) => Fused::LoadJump { load: Load { dst, src, shift, width }, how, a, b, to },
            None => Fused::Plain(op),
        },
        op => Fused::Plain(op),
    }
}

fn push(steps: &mut Steps, step: Step) -> Fused {
    steps.steps.push(step);
    Fused::Step(steps.steps.len() as u32 - 1)
}

fn compare(op: Option<&Op>) -> Option<(Compare, Slot, Slot, Target)> {
    Some(match *op? {
        Op::JumpEq { a, b, to } => (Compare::Equal, a, b, to),
        Op::JumpNe { a, b, to } => (Compare::NotEqual, a, b, to),
        Op::JumpLt { a, b, to } => (Compare::Less, a, b, to),
        Op::JumpLe { a, b, to } => (Compare::LessOrEqual, a, b, to),
        Op::JumpUnless { cond, to } => (Compare::Zero, cond, cond, to),
        Op::JumpIf { cond, to } => (Compare::NotZero, cond, cond, to),
        _ => return None,
    })
}

fn begin(code: &Code, at: usize) -> Option<Fused> {
    let Some(Op::Instance { id, next }) = code.ops().get(at).copied() else { return None };
    match *code.ops().get(at + 1)? {
        Op::Move { dst, src } => Some(Fused::Begin { id, next, dst, src, words: 1 }),
        Op::Copy { dst, src, words } => Some(Fused::Begin { id, next, dst, src, words }),
        _ => None,
    }
}

/// `Instance`, copy, constant fields, `Emit`; the test is one that never fails.
fn block(code: &Code, at: usize, steps: &mut Steps) -> Option<Step> {
    let Some(Fused::Begin { id, next, dst, src, words }) = begin(code, at) else { return None };
    let sets = code.ops()[at + 2..].iter().map_while(|op| match *op {
        Op::SetBits { word, mask, value } => Some((word, !code.constant(mask)?, code.constant(value)?)),
        _ => None,
    });
    let sets: Vec<_> = sets.collect();
    if code.ops().get(at + 2 + sets.len()) != Some(&Op::Emit {}) {
        return None;
    }
    let first = steps.sets.len() as u32;
    steps.sets.extend(sets);
    let last = steps.sets.len() as u32;
    Some(Step { word: src, mask: 0, value: 0, to: next, id, next, dst, src, words, first, last })
}
