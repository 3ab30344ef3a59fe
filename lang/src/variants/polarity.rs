//! How steps ask for definitions: as they are, or for their opposite.
//!
//! Enters: a program. Leaves: for each definition whether more is possible where it is true more often, and whether more
//! is possible where it is false more often. A definition that stands under `not` alone is weaker where it is false.

use super::weaken::is_written;
use crate::analysis::program::{BinaryOp, Binder, Expr, ExprKind, Program, Stmt, StmtKind};

/// Where a definition, or a condition, stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Polarity {
    /// Where it is true, more is possible.
    pub(super) so: bool,
    /// Where it is false, more is possible.
    pub(super) not: bool,
}

impl Polarity {
    const SO: Polarity = Polarity { so: true, not: false };
    const BOTH: Polarity = Polarity { so: true, not: true };

    fn opposite(self) -> Polarity {
        Polarity { so: self.not, not: self.so }
    }

    /// Whether it is asked for its opposite alone.
    pub(super) fn is_opposite(self) -> bool {
        self.not && !self.so
    }
}

/// By the index of the definition.
pub(super) fn of_definitions(program: &Program) -> Vec<Polarity> {
    let mut uses = Uses { found: vec![Polarity::default(); program.defs.len()] };
    for action in program.actions.iter().filter(|action| is_written(action)) {
        action.at_set.iter().for_each(|e| uses.expr(e, Polarity::BOTH));
        action.guards.iter().for_each(|e| uses.expr(e, Polarity::SO));
        action.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| uses.statement(stmt)));
    }
    // What they call is asked for as they are, until nothing new is found.
    loop {
        let before = uses.found.clone();
        for (def, polarity) in program.defs.iter().zip(&before) {
            uses.expr(&def.body, *polarity);
        }
        if uses.found == before {
            return before;
        }
    }
}

struct Uses {
    found: Vec<Polarity>,
}

impl Uses {
    /// Its own expressions, not those of the statements in it.
    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Require(condition) => self.expr(condition, Polarity::SO),
            // It decides between two ways.
            StmtKind::If { condition, .. } => self.expr(condition, Polarity::BOTH),
            StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => {
                self.binder(binder, Polarity::SO)
            }
            _ => stmt.parts(&mut |e| self.expr(e, Polarity::BOTH)),
        }
    }

    fn binder(&mut self, binder: &Binder, filter: Polarity) {
        self.expr(&binder.set, Polarity::BOTH);
        binder.filter.iter().for_each(|e| self.expr(e, filter));
    }

    fn expr(&mut self, e: &Expr, here: Polarity) {
        if here == Polarity::default() {
            return;
        }
        match &e.kind {
            ExprKind::Not(x) => self.expr(x, here.opposite()),
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, a, b) => {
                self.expr(a, here);
                self.expr(b, here);
            }
            ExprKind::Binary(BinaryOp::Implies, a, b) => {
                self.expr(a, here.opposite());
                self.expr(b, here);
            }
            ExprKind::All(binder, body) => {
                self.binder(binder, here.opposite());
                self.expr(body, here);
            }
            ExprKind::Any(binder, body) => {
                self.binder(binder, here);
                self.expr(body, here);
            }
            ExprKind::Let(_, value, body) => {
                self.expr(value, Polarity::BOTH);
                self.expr(body, here);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.expr(condition, Polarity::BOTH);
                self.expr(then, here);
                self.expr(otherwise, here);
            }
            ExprKind::Call(def, args) => {
                let known = &mut self.found[def.index()];
                *known = Polarity { so: known.so || here.so, not: known.not || here.not };
                args.iter().for_each(|e| self.expr(e, Polarity::BOTH));
            }
            _ => e.parts(&mut |part| self.expr(part, Polarity::BOTH)),
        }
    }
}
