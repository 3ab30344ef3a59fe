//! Obligations of `versioned`: a greater version is newer, and one version means one value.
//!
//! Enters: value and version of an order, as each participant sees them. Leaves: that they move together, and that they
//! are the same wherever they are shown.

use super::{Versioned, views_differ};
use crate::analysis::program::{Order, Program};
use crate::obligations::property::PropertyKind;
use crate::obligations::{Member, build};

const GREATER: &str = "a changed value has a greater version";
const EQUAL: &str = "equal versions mean equal values in every view";

pub fn versioned(program: &mut Program, member: &mut Member, order: &Order) {
    let versioned = match Versioned::of(order) {
        Ok(versioned) => versioned,
        Err(missing) => {
            member.unchecked(GREATER, missing);
            member.unchecked(EQUAL, missing);
            return;
        }
    };
    let Versioned { value, version, binder } = &versioned;
    let probe = views_differ(program, binder.as_ref(), &[value, version]);
    match build::less(program, build::old(version.clone()), version.clone()) {
        None => {
            member.unchecked(GREATER, "versions of this type have no order: use a number");
        }
        Some(newer) => {
            let changed = versioned.value_changed(program);
            let e = build::implies(program, changed, newer);
            let kind = versioned.at_changes_of(program, value, e);
            member.add(GREATER, version.span, kind).probes.push(probe);
        }
    }
    // One view has nothing to differ from.
    let Some(binder) = binder else { return };
    let other = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, other);
    let y = build::local(program, other, value.span);
    let versions = build::equal(program, version.clone(), version.with_local(binder.local, &y));
    let values = build::equal(program, value.clone(), value.with_local(binder.local, &y));
    let e = build::implies(program, versions, values);
    let e = build::all(program, Some(&others), e);
    let e = build::all(program, Some(binder), e);
    member.add(EQUAL, value.span, PropertyKind::State(e));
}
