//! What fits where a value is needed, and what leads to something that does.
//!
//! Enters: a need and a type. Leaves: a [`Fit`].

use crate::analysis::program::{Builtin, Program, Type, TypeId};
use crate::analysis::sought::Needed;

/// So many fields, elements or values behind each other are looked into.
const DEEPEST: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Directly,
    /// A part of it does, or a comparison with it.
    Leads,
    No,
}

/// How a value of a type fits where something is needed.
pub(super) fn fit(program: &mut Program, needed: Needed, ty: TypeId) -> Fit {
    if directly(program, needed, ty) {
        return Fit::Directly;
    }
    if leads(program, needed, ty, DEEPEST) { Fit::Leads } else { Fit::No }
}

fn directly(program: &mut Program, needed: Needed, ty: TypeId) -> bool {
    let inner = program.types.inner(ty);
    let known = program.types.get(inner).clone();
    match needed {
        Needed::Anything => true,
        Needed::Value(wanted) => {
            let wanted = program.types.inner(wanted);
            !matches!(known, Type::Error) && program.types.fits(wanted, inner)
        }
        Needed::Condition => matches!(known, Type::Bool),
        Needed::Integer => matches!(known, Type::Int { .. }),
        Needed::Set => matches!(known, Type::Set(_)),
        Needed::SetOf(element) => match known {
            Type::Set(of) | Type::List { element: of, .. } | Type::Bag { element: of, .. } => {
                program.types.fits(element, of)
            }
            _ => false,
        },
        Needed::Nodes => match known {
            Type::Set(of) => matches!(program.types.get(of), Type::Node(_)),
            _ => false,
        },
        Needed::Node => matches!(known, Type::Node(_)),
        Needed::Argument(builtin) => match builtin {
            Builtin::Len => matches!(known, Type::Set(_) | Type::List { .. } | Type::Bag { .. }),
            Builtin::Elements => matches!(known, Type::List { .. } | Type::Bag { .. }),
            Builtin::Majority => directly(program, Needed::Nodes, ty),
            Builtin::Index => matches!(known, Type::Node(_) | Type::Enum(_)),
            Builtin::Reachable => matches!(known, Type::Node(_)),
            Builtin::Min | Builtin::Max | Builtin::Abs => matches!(known, Type::Int { .. }),
            Builtin::IsPrefix
            | Builtin::CommonPrefix
            | Builtin::Comparable
            | Builtin::First
            | Builtin::Last
            | Builtin::Indices => matches!(known, Type::List { .. }),
        },
    }
}

pub(super) fn is_condition(program: &Program, needed: Needed) -> bool {
    let bool = |ty: TypeId| matches!(program.types.get(program.types.inner(ty)), Type::Bool);
    needed == Needed::Condition || matches!(needed, Needed::Value(ty) if bool(ty))
}

fn is_number(program: &Program, needed: Needed) -> bool {
    let int = |ty: TypeId| matches!(program.types.get(program.types.inner(ty)), Type::Int { .. });
    needed == Needed::Integer || matches!(needed, Needed::Value(ty) if int(ty))
}

fn leads(program: &mut Program, needed: Needed, ty: TypeId, deep: u32) -> bool {
    if deep == 0 {
        return false;
    }
    let inner = program.types.inner(ty);
    let known = program.types.get(inner).clone();
    // Whatever has a value can be compared.
    if is_condition(program, needed) {
        return !matches!(known, Type::Error);
    }
    let parts: Vec<TypeId> = match known {
        Type::Node(id) => {
            let fields = program.nodes[id.index()].fields.clone();
            fields.iter().map(|f| program.node_fields[f.index()].ty).collect()
        }
        Type::Record(id) => program.records[id.index()].fields.iter().map(|(_, ty)| *ty).collect(),
        // How many it has is a number.
        Type::Set(_) | Type::Bag { .. } if is_number(program, needed) => return true,
        Type::List { .. } if is_number(program, needed) => return true,
        Type::List { element, .. } => vec![element],
        Type::Map { value, .. } => vec![value],
        _ => Vec::new(),
    };
    parts.into_iter().any(|part| directly(program, needed, part) || leads(program, needed, part, deep - 1))
}
