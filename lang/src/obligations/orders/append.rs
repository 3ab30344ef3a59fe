//! Obligations of `append`: what was agreed once stays as it is, and goes on to be shown.
//!
//! Enters: the views of an order. Leaves: that they keep to what was agreed.

use super::{Agreed, COMPARABLE, NO_LIST, REWRITTEN, Shown, VIEWS, WIPED, views_differ};
use crate::analysis::program::{Order, Program};
use crate::obligations::Member;

pub(super) fn append(program: &mut Program, member: &mut Member, order: &Order, agreed: Option<&Agreed>) {
    if order.views.is_none() {
        member.unchecked(COMPARABLE, VIEWS);
        member.unchecked(REWRITTEN, VIEWS);
        member.unchecked(WIPED, VIEWS);
        return;
    }
    let Some(agreed) = agreed else {
        member.unchecked(COMPARABLE, NO_LIST);
        return;
    };
    let first = member.properties.len();
    agreed.kept(program, member);
    let shown = agreed.each().map(|views| Shown { binder: views.binder.as_ref(), value: &views.value });
    let probe = views_differ(program, &shown.collect::<Vec<_>>());
    member.properties[first].probes.push(probe);
}
