//! Names of types, nodes and members, for messages and labels.
//!
//! Enters: ids. Leaves: words as the author would write them.

use crate::analysis::program::{Program, Type, TypeId, Types};

/// A type as it is written.
pub(crate) fn type_name(program: &Program, types: &Types, ty: TypeId) -> String {
    let name = |ty: &TypeId| type_name(program, types, *ty);
    match types.get(ty) {
        Type::Bool => "bool".into(),
        Type::Int { lo, hi } => format!("{lo}..{hi}"),
        Type::Enum(e) => program.enums[e.index()].name.clone(),
        Type::Node(n) => program.nodes[n.index()].name.clone(),
        Type::Option(inner) => match types.get(*inner) {
            Type::Int { .. } => format!("({})?", name(inner)),
            _ => format!("{}?", name(inner)),
        },
        Type::Record(r) => program.records[r.index()].name.clone(),
        Type::Set(element) => format!("set<{}>", name(element)),
        Type::List { element, max } => format!("list<{}, {max}>", name(element)),
        Type::Bag { element, max } => format!("bag<{}, {max}>", name(element)),
        Type::Map { key, value } => format!("map<{} -> {}>", name(key), name(value)),
        Type::Error => "?".into(),
    }
}

/// The name of a node, by its number among all.
pub(crate) fn node_name(program: &Program, number: u32) -> String {
    let mut rest = number;
    for node in &program.nodes {
        if rest < node.count {
            return node.member(rest);
        }
        rest -= node.count;
    }
    String::new()
}
