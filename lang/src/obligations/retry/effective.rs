//! Of `retry`: the acts that make an attempt whether they count it or not.
//!
//! Enters: acts, what counts them, what is protected. Leaves: those that do, whichever way a step of theirs goes, to what is
//! protected what one of those does that count.

use crate::analysis::alike::alike;
use crate::analysis::program::{
    ActionId, Expr, LocalId, PathStep, Place, PlaceRoot, Program, Stmt, StmtKind,
};
use crate::analysis::walk::Mentions;
use crate::obligations::build;

/// A statement that writes a variable, and the name of the node of its action.
type Written<'p> = (&'p Stmt, Option<LocalId>);

pub(super) fn effective(
    program: &Program,
    acts: &[ActionId],
    counter: &Expr,
    protects: Option<&Expr>,
) -> Vec<ActionId> {
    let Some(protects) = protects else { return Vec::new() };
    let (counts, protected) = (Mentions::of(program, counter), Mentions::of(program, protects));
    let writes = |stmt: &Stmt, what: &Mentions| Mentions::written(std::slice::from_ref(stmt)).overlap(what);
    let body = |act: &ActionId| &program.actions[act.index()].body;
    let counting = |act: &&ActionId| body(act).iter().any(|stmt| writes(stmt, &counts));
    let any = acts.iter().any(|act| counting(&act));
    let mut done: Vec<Written<'_>> = Vec::new();
    for act in acts.iter().filter(|act| !any || counting(act)) {
        let at = program.actions[act.index()].at;
        body(act).iter().for_each(|stmt| stmt.walk(&mut |stmt| done.push((stmt, at))));
    }
    done.retain(|(stmt, _)| is_write(stmt) && writes(stmt, &protected) && !writes(stmt, &counts));
    let does = |act: &&ActionId| {
        let at = program.actions[act.index()].at;
        let mut always = on_every_way(body(act)).into_iter();
        always.any(|mine| done.iter().any(|theirs| same(program, (mine, at), *theirs)))
    };
    acts.iter().filter(does).copied().collect()
}

fn is_write(stmt: &Stmt) -> bool {
    matches!(stmt.kind, StmtKind::Assign { .. } | StmtKind::Mutate { .. })
}

/// What is executed in every step that takes these.
pub(super) fn on_every_way(body: &[Stmt]) -> Vec<&Stmt> {
    let mut all = Vec::new();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Choose { body, .. } => all.extend(on_every_way(body)),
            _ => all.push(stmt),
        }
    }
    all
}

/// Whether both write the same to the same.
fn same(program: &Program, (a, here): Written<'_>, (b, there): Written<'_>) -> bool {
    if std::ptr::eq(a, b) {
        return true;
    }
    let (x, y, values) = match (&a.kind, &b.kind) {
        (StmtKind::Assign { place: x, value: v }, StmtKind::Assign { place: y, value: w }) => {
            (x, y, Some((v, w)))
        }
        (
            StmtKind::Mutate { place: x, op: one, value: v },
            StmtKind::Mutate { place: y, op: other, value: w },
        ) if one == other => (x, y, v.as_ref().zip(w.as_ref())),
        _ => return false,
    };
    let alike = |mine: &Expr, theirs: &Expr| match here.zip(there) {
        Some((here, there)) => {
            let mine = mine.with_local(here, &build::local(program, there, mine.span));
            alike(program, &mine, theirs)
        }
        None => alike(program, mine, theirs),
    };
    is_same_place(x, y, &alike) && values.is_none_or(|(v, w)| alike(v, w))
}

fn is_same_place(a: &Place, b: &Place, alike: &impl Fn(&Expr, &Expr) -> bool) -> bool {
    let variable = match (&a.root, &b.root) {
        (PlaceRoot::State(a), PlaceRoot::State(b)) => a == b,
        (PlaceRoot::NodeField { node: x, field: a }, PlaceRoot::NodeField { node: y, field: b }) => {
            a == b && alike(x, y)
        }
        _ => false,
    };
    variable
        && a.path.len() == b.path.len()
        && a.path.iter().zip(&b.path).all(|pair| match pair {
            (PathStep::Field(a), PathStep::Field(b)) => a == b,
            (PathStep::Index { index: a, .. }, PathStep::Index { index: b, .. }) => alike(a, b),
            (PathStep::Field(_) | PathStep::Index { .. }, _) => false,
        })
}
