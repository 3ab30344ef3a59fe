//! Obligations of `merge`: what makes it safe that two values become one, in whatever order they meet.
//!
//! Enters: the clauses of one resolution. Leaves: the laws of its function.

use super::Member;
use crate::analysis::program::{Program, Resolution};
use crate::concepts::Topic;
use crate::obligations::property::PropertyKind;

pub fn merge(program: &Program, member: &mut Member, resolution: &Resolution) {
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
