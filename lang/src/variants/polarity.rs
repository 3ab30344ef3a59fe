//! How steps ask for definitions: as they are, or for their opposite.
//!
//! Enters: a program. Leaves: for each definition whether more is possible where it is true more often, and whether more
//! is possible where it is false more often. A definition that stands under `not` alone is weaker where it is false.

use super::weaken::is_written;
use crate::analysis::program::{Action, BinaryOp, Binder, DefId, Expr, ExprKind, Program, Stmt, StmtKind};

/// Where a definition, or a condition, stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Polarity {
    /// Where it is true, more is possible.
    pub(super) so: bool,
    /// Where it is false, more is possible.
    pub(super) not: bool,
}

impl Polarity {
    pub(super) const SO: Polarity = Polarity { so: true, not: false };
    const BOTH: Polarity = Polarity { so: true, not: true };

    fn opposite(self) -> Polarity {
        Polarity { so: self.not, not: self.so }
    }

    /// Whether it is asked both ways.
    pub(super) fn is_both(self) -> bool {
        self == Polarity::BOTH
    }

    /// Whether it is asked for its opposite alone.
    pub(super) fn is_opposite(self) -> bool {
        self.not && !self.so
    }
}

/// By the index of the definition.
pub(super) fn of_definitions(program: &Program) -> Vec<Polarity> {
    let mut program = program.clone();
    let mut found = vec![Polarity::default(); program.defs.len()];
    let note = |found: &mut Vec<Polarity>, def: &DefId, here: Polarity| {
        let known = &mut found[def.index()];
        *known = Polarity { so: known.so || here.so, not: known.not || here.not };
    };
    in_steps(&mut program.actions, &mut |def, here| note(&mut found, def, here));
    // What they call is asked for as they are, until nothing new is found.
    loop {
        let before = found.clone();
        for (def, polarity) in program.defs.iter_mut().zip(&before) {
            calls(&mut def.body, *polarity, &mut |def, here| note(&mut found, def, here));
        }
        if found == before {
            return before;
        }
    }
}

/// Sees a call, and where it stands.
type See<'s> = &'s mut dyn FnMut(&mut DefId, Polarity);

/// Every call in what steps do.
pub(super) fn in_steps(actions: &mut [Action], see: See<'_>) {
    for action in actions.iter_mut().filter(|action| is_written(action)) {
        action.at_set.iter_mut().for_each(|e| calls(e, Polarity::BOTH, see));
        action.guards.iter_mut().for_each(|e| calls(e, Polarity::SO, see));
        action.body.iter_mut().for_each(|stmt| statement(stmt, see));
    }
}

fn statement(stmt: &mut Stmt, see: See<'_>) {
    match &mut stmt.kind {
        StmtKind::Require(condition) => calls(condition, Polarity::SO, see),
        // It decides between two ways.
        StmtKind::If { condition, .. } => calls(condition, Polarity::BOTH, see),
        StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => {
            self::binder(binder, Polarity::SO, see);
        }
        _ => return stmt.all_parts_mut(&mut |e| calls(e, Polarity::BOTH, see)),
    }
    stmt.blocks_mut().flatten().for_each(|stmt| statement(stmt, see));
}

fn binder(binder: &mut Binder, filter: Polarity, see: See<'_>) {
    calls(&mut binder.set, Polarity::BOTH, see);
    binder.filter.iter_mut().for_each(|e| calls(e, filter, see));
}

/// Every call in an expression that stands here.
pub(super) fn calls(e: &mut Expr, here: Polarity, see: See<'_>) {
    if here == Polarity::default() {
        return;
    }
    match &mut e.kind {
        ExprKind::Not(x) => calls(x, here.opposite(), see),
        ExprKind::Binary(BinaryOp::And | BinaryOp::Or, a, b) => {
            calls(a, here, see);
            calls(b, here, see);
        }
        ExprKind::Binary(BinaryOp::Implies, a, b) => {
            calls(a, here.opposite(), see);
            calls(b, here, see);
        }
        ExprKind::All(binder, body) => {
            self::binder(binder, here.opposite(), see);
            calls(body, here, see);
        }
        ExprKind::Any(binder, body) => {
            self::binder(binder, here, see);
            calls(body, here, see);
        }
        ExprKind::Let(_, value, body) => {
            calls(value, Polarity::BOTH, see);
            calls(body, here, see);
        }
        ExprKind::If(condition, then, otherwise) => {
            calls(condition, Polarity::BOTH, see);
            calls(then, here, see);
            calls(otherwise, here, see);
        }
        ExprKind::Call(def, args) => {
            see(def, here);
            args.iter_mut().for_each(|e| calls(e, Polarity::BOTH, see));
        }
        _ => e.parts_mut(&mut |part| calls(part, Polarity::BOTH, see)),
    }
}
