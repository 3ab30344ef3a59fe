//! Verdicts that need no states: the laws of merge functions, over their whole finite domain.
//!
//! Enters: a definition with two parameters. Leaves: whether it is commutative, associative and idempotent, and the
//! values that show that it is not.

use crate::analysis::program::{Builtin, DefId, Expr, ExprKind, Program};
use crate::model::compile::lower::{Addr, Low, Lower, Val};
use crate::model::explain::decode::Decoder;
use crate::model::form::code::{Op, Slot};
use crate::model::form::domain;
use crate::model::form::frame::Frame;
use crate::model::form::layout::Layout;
use crate::model::form::shape::Shapes;
use crate::model::run::interpret::run;
use crate::model::run::machine::Judge;
use crate::obligations::property::{Property, PropertyKind};
use crate::value::Value;
use std::sync::Arc;

/// A domain with more values than this is not tried out (the laws need every three of them).
const MAX_VALUES: usize = 400;

/// A verdict that was reached while the model was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// With what was tried.
    Holds(String),
    /// A counterexample in words.
    Violated(String),
    NotChecked(String),
}

/// The verdict on a property that needs no states.
pub fn settle(program: &Program, shapes: &Shapes, property: &Property) -> Low<Option<Settled>> {
    match &property.kind {
        PropertyKind::NotChecked(why) => Ok(Some(Settled::NotChecked(why.clone()))),
        PropertyKind::MergeLaws(def) => merge_laws(program, shapes, *def).map(Some),
        PropertyKind::State(_)
        | PropertyKind::Step(_)
        | PropertyKind::StepOf(_)
        | PropertyKind::Idempotent { .. }
        | PropertyKind::SameAsBefore { .. }
        | PropertyKind::Undoes { .. }
        | PropertyKind::Converges(_)
        | PropertyKind::LeadsTo(..)
        | PropertyKind::Eventually(_) => Ok(None),
    }
}

fn merge_laws(program: &Program, shapes: &Shapes, id: DefId) -> Low<Settled> {
    let def = &program.defs[id.index()];
    let [a, b] = def.params[..] else {
        return Ok(Settled::NotChecked(format!("{} does not take two values", def.name)));
    };
    let ty = program.locals[a.index()].ty;
    let mut shapes = shapes.clone();
    let Some(codes) = domain::codes(&mut shapes, ty, MAX_VALUES) else {
        return Ok(Settled::NotChecked(format!(
            "{} takes more than {MAX_VALUES} values, too many to try every three of them",
            def.name
        )));
    };
    if reads_state(program, &def.body) {
        return Ok(Settled::NotChecked(format!(
            "{} depends on the state, so it is not one function",
            def.name
        )));
    }
    let layout = Layout::default();
    let mut l = Lower::new(program, &layout, &[], shapes);
    l.span = def.span;
    let shape = l.shape(ty)?;
    let (x, y) = (l.b.register(), l.b.register());
    for (local, slot) in [(a, x), (b, y)] {
        let value = Val::Mem(Addr::of(slot));
        let value = if program.locals[local.index()].ty == ty { value } else { Val::Const(0) };
        l.locals.insert(local, value);
    }
    let value = l.expression_as(&def.body, ty)?;
    let result = l.code_slot(value, &shape);
    l.b.op(Op::Return {});
    let Lower { b: builder, shapes, traps, .. } = l;
    let code = builder.finish();
    let (x, y, result) = (code.resolve(x), code.resolve(y), code.resolve(result));
    let mut frame = Frame::new(&Arc::new(code));
    let mut merge = |a: u64, b: u64| -> Result<u64, String> {
        let slots: [(Slot, u64); 2] = [(x, a), (y, b)];
        slots.iter().for_each(|(slot, value)| frame[slot.at()] = *value);
        let mut sink = Judge::default();
        run(&mut frame, 0, &mut sink);
        match sink.trap {
            Some(trap) => Err(traps[trap.site as usize].diagnostic(trap).message),
            None => Ok(frame[result.at()]),
        }
    };
    let decoder = Decoder { program, shapes: &shapes };
    let show = |code: u64| decoder.packed(&[code], 0, ty);
    Ok(laws(&def.name, &codes, &mut merge, &show))
}

fn reads_state(program: &Program, e: &Expr) -> bool {
    use ExprKind::{Call, InFlight, NodeField, Observed, Quiescent, SomeMessage, State, Up};
    let mut found = matches!(
        e.kind,
        State(_) | NodeField { .. } | Up(_) | Quiescent | Observed { .. } | InFlight(_) | SomeMessage(..)
    ) || matches!(e.kind, ExprKind::Builtin(Builtin::Reachable, _));
    if let Call(def, _) = &e.kind {
        found |= reads_state(program, &program.defs[def.index()].body);
    }
    crate::model::compile::lower::iterate::children(e, &mut |child| found |= reads_state(program, child));
    found
}

fn laws(
    name: &str,
    codes: &[u64],
    merge: &mut dyn FnMut(u64, u64) -> Result<u64, String>,
    show: &dyn Fn(u64) -> Value,
) -> Settled {
    let n = codes.len();
    let call = |a: u64, b: u64| format!("{name}({}, {})", show(a), show(b));
    let mut table = Vec::with_capacity(n * n);
    for a in codes {
        for b in codes {
            match merge(*a, *b).map(|c| codes.iter().position(|x| *x == c)) {
                Ok(Some(index)) => table.push(index),
                Ok(None) => {
                    return Settled::NotChecked(format!("{} is outside its own domain", call(*a, *b)));
                }
                Err(why) => return Settled::Violated(format!("{} has no value: {why}", call(*a, *b))),
            }
        }
    }
    let at = |a: usize, b: usize| table[a * n + b];
    for a in 0..n {
        if at(a, a) != a {
            let found = show(codes[at(a, a)]);
            return Settled::Violated(format!("not idempotent: {} is {found}", call(codes[a], codes[a])));
        }
        for b in 0..n {
            if at(a, b) != at(b, a) {
                let (one, other) = (show(codes[at(a, b)]), show(codes[at(b, a)]));
                let (x, y) = (codes[a], codes[b]);
                let words = format!("not commutative: {} is {one}, {} is {other}", call(x, y), call(y, x));
                return Settled::Violated(words);
            }
        }
    }
    for a in 0..n {
        for b in 0..n {
            for c in 0..n {
                let (left, right) = (at(at(a, b), c), at(a, at(b, c)));
                if left != right {
                    let (x, y, z) = (codes[a], codes[b], codes[c]);
                    let words = format!(
                        "not associative: {name}({}, {}) is {}, {name}({}, {}) is {}",
                        call(x, y),
                        show(z),
                        show(codes[left]),
                        show(x),
                        call(y, z),
                        show(codes[right])
                    );
                    return Settled::Violated(words);
                }
            }
        }
    }
    Settled::Holds(format!("tried with every three of {n} values"))
}
