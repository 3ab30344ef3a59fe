//! Initial states: one block that chooses every value that is left open.
//!
//! Enters: the `init` of every variable, and the filters. Leaves: code that emits each initial state.
//! `from any state`: every declared variable takes every value of its type; ghosts keep their initial values, nodes are
//! up, links are empty and nothing is observed yet, since those say how a state came about.

use super::lower::{Context, Low, Lower, Typed, Val};
use crate::analysis::program::{Init, NodeField};
use crate::diag::Diagnostic;
use crate::diag::codes::model as codes;
use crate::model::form::code::Op;
use crate::model::form::domain;
use crate::model::form::frame::Region;
use crate::model::form::shape::{Kind, MAX_RANKS};

/// More initial states than this are refused.
const MAX_STATES: u128 = 1 << 27;

/// No more values of one variable than this are tried.
const MAX_VALUES: usize = 1 << 20;

/// The block; returns where it starts.
pub(crate) fn initial(l: &mut Lower<'_>, from_any_state: bool) -> Low<usize> {
    let entry = l.b.here();
    let end = l.b.label();
    l.b.fresh_registers();
    l.locals.clear();
    l.context = Context::default();
    l.here = Region::After;
    l.b.op(Op::SetFail { to: end });
    let words = l.layout.words + 1;
    l.b.op(Op::Zero { dst: l.b.map.region(Region::After), words });
    let program = l.program;
    check_count(l, from_any_state)?;
    for (state, bit) in program.states.iter().zip(&l.layout.states) {
        l.span = state.span;
        let place = l.variable(*bit);
        declared(
            l,
            Typed { at: place, ty: state.ty },
            &state.init,
            &state.name,
            from_any_state && !state.ghost,
        )?;
    }
    let layout = l.layout;
    for late in [false, true] {
        let fields = program.node_fields.iter().zip(&layout.fields);
        for (field, bits) in fields.filter(|(field, _)| field.init.is_computed() == late) {
            for (member, bit) in bits.iter().enumerate() {
                l.span = field.span;
                let to = Typed { at: l.variable(*bit), ty: field.ty };
                match from_any_state && !field.ghost {
                    true => any_value(l, to)?,
                    false => of_node(l, to, field, member as u32)?,
                }
            }
        }
    }
    for bit in l.layout.up.iter().flatten() {
        let to = l.variable(*bit);
        l.write_code(to, Val::Const(1), 1);
    }
    if !from_any_state {
        l.statements(&program.first_shown)?;
    }
    for condition in &program.init {
        require(l, condition)?;
    }
    l.statements(&program.initially)?;
    l.b.op(Op::Emit {});
    l.b.bind(end);
    l.b.op(Op::Return {});
    Ok(entry)
}

fn require(l: &mut Lower<'_>, condition: &crate::analysis::program::Expr) -> Low<()> {
    l.context.fail = None;
    let fail = l.fail_label();
    l.branch(condition, false, fail)?;
    l.end_fail_label(fail);
    Ok(())
}

/// Refuses more combinations of values than can be tried.
fn check_count(l: &mut Lower<'_>, from_any_state: bool) -> Low<()> {
    let mut count = 1u128;
    let program = l.program;
    let open =
        |ghost: bool, init: &Init| (from_any_state && !ghost) || matches!(init, Init::Any { set: None, .. });
    let states = program.states.iter().map(|s| (s.ty, open(s.ghost, &s.init), 1));
    let fields = program.node_fields.iter();
    let fields = fields.map(|f| (f.ty, open(f.ghost, &f.init), program.nodes[f.node.index()].count));
    for (ty, _, times) in states.chain(fields).filter(|v| v.1).collect::<Vec<_>>() {
        let Some(codes) = domain::codes(&mut l.shapes, ty, MAX_VALUES).map(|c| c.len() as u128) else {
            let name = program.types.name(ty, program);
            let words = format!("too many initial values of type {name}");
            let error = Diagnostic::error(codes::TOO_MANY_INITIAL, program.span, words)
                .label(format!("at most {MAX_VALUES} values of one variable can be tried"))
                .help("use a smaller type, or choose initial values from a set: `any in { … }`");
            return Err(Box::new(error));
        };
        for _ in 0..times {
            count = count.saturating_mul(codes);
        }
    }
    if count > MAX_STATES {
        let words = "there are too many initial states";
        let error = Diagnostic::error(codes::TOO_MANY_INITIAL, program.span, words)
            .label(format!("{count} combinations of values, at most {MAX_STATES} can be tried"))
            .help("use smaller types or fewer nodes, or choose initial values from a set: `any in { … }`");
        return Err(Box::new(error));
    }
    Ok(())
}

fn declared(l: &mut Lower<'_>, at: Typed, init: &Init, name: &str, any: bool) -> Low<()> {
    if any {
        return any_value(l, at);
    }
    variable(l, at, init, name)
}

/// Gives a field of a node its initial value, or each of them.
pub(crate) fn of_node(l: &mut Lower<'_>, to: Typed, field: &NodeField, member: u32) -> Low<()> {
    if let Init::Computed { node, .. } = field.init {
        l.locals.insert(node, Val::Const(u64::from(member)));
    }
    variable(l, to, &field.init, &field.name)
}

/// Gives a variable its initial value, or each of them.
fn variable(l: &mut Lower<'_>, to: Typed, init: &Init, name: &str) -> Low<()> {
    let Typed { at: place, ty } = to;
    match init {
        Init::Default => {
            let (empty, shape) = (l.empty(ty)?, l.shape(ty)?);
            // The packed code 0 is the first value of every type; an integer counts from its lower bound.
            let value = l.decode(empty, &shape);
            l.write(place, value, &shape);
            Ok(())
        }
        Init::Value(e) | Init::Computed { value: e, .. } => {
            let value = l.named(name, |l| l.expression_as(e, ty))?;
            let shape = l.shape(ty)?;
            l.write(place, value, &shape);
            Ok(())
        }
        Init::Any { local, set, filter } => {
            match set {
                Some(set) => {
                    let value = l.named(name, |l| l.choose_from(set, ty))?;
                    let shape = l.shape(ty)?;
                    l.write(place, value, &shape);
                }
                None => any_value(l, to)?,
            }
            if let Some(filter) = filter {
                l.with_local(*local, Val::Mem(place), |l| require(l, filter))?;
            }
            Ok(())
        }
    }
}

/// Every value of a type, one after the other.
fn any_value(l: &mut Lower<'_>, to: Typed) -> Low<()> {
    let Typed { at: place, ty } = to;
    let shape = l.shape(ty)?;
    if let Some(codes) = domain::codes(&mut l.shapes, ty, MAX_RANKS as usize) {
        let number = l.choose_number(codes.len() as u64);
        let (table, dst) = (l.b.table(codes), l.b.register());
        l.b.op(Op::TableOffset { dst, index: number, table });
        l.write_code(place, Val::Slot(dst), shape.bits);
        return Ok(());
    }
    match &shape.kind {
        Kind::Record { fields } => {
            for (field, offset) in fields {
                any_value(l, to.part(*offset, *field))?;
            }
        }
        Kind::Map { key, value, array } => {
            for rank in domain::valid_ranks(&mut l.shapes, *key).unwrap_or_default() {
                any_value(l, to.part(array.offset(rank), *value))?;
            }
        }
        Kind::Set { element, .. } => {
            for rank in domain::valid_ranks(&mut l.shapes, *element).unwrap_or_default() {
                let bit = l.choose_number(2);
                l.write_code(place.plus(rank), Val::Slot(bit), 1);
            }
        }
        Kind::List { element, list, bag: false } => {
            let (length, done) = (l.choose_number(list.array.count as u64 + 1), l.b.label());
            l.write_code(place, Val::Slot(length), list.length);
            for i in 0..list.array.count {
                let index = l.b.constant(i as u64);
                l.b.op(Op::JumpLe { a: length, b: index, to: done });
                any_value(l, to.part(list.array.offset(i), *element))?;
            }
            l.b.bind(done);
        }
        Kind::Scalar { .. } if shape.ranks.is_some() => {
            let number = l.choose_number(shape.ranks.unwrap_or(1));
            l.write_code(place, Val::Slot(number), shape.bits);
        }
        _ => {
            let words = "expected a type with fewer values, to take each of them";
            return Err(Box::new(Diagnostic::error(codes::TOO_MANY_INITIAL, l.span, words)));
        }
    }
    Ok(())
}
