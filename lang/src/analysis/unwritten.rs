//! Typed expressions and statements that nobody wrote: what time and views add to a program.
//!
//! Enters: typed parts. Leaves: larger ones, at the place in the text that they follow from.

use super::check::Checker;
use super::program::{
    BinaryOp, Expr, ExprKind, LocalId, NodeId, Place, PlaceRoot, Stmt, StmtKind, Type, TypeId,
};
use crate::span::Span;

impl Checker<'_> {
    pub(super) fn joined(&mut self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        let span = left.span;
        self.bool_expr(ExprKind::Binary(op, Box::new(left), Box::new(right)), span)
    }

    pub(super) fn not(&mut self, e: Expr) -> Expr {
        let span = e.span;
        self.bool_expr(ExprKind::Not(Box::new(e)), span)
    }

    /// `TYPE` as a set.
    pub(super) fn all_of(&mut self, ty: TypeId, span: Span) -> Expr {
        let set = self.ty(Type::Set(ty));
        Expr { kind: ExprKind::TypeSet(ty), ty: set, span }
    }

    pub(super) fn node_local(&mut self, name: &str, kind: NodeId, span: Span) -> LocalId {
        let ty = self.ty(Type::Node(kind));
        self.new_local(name, ty, span)
    }

    /// A whole variable gets a value.
    pub(super) fn assigned(&self, root: PlaceRoot, value: Expr) -> Stmt {
        let span = value.span;
        let ty = match &root {
            PlaceRoot::State(id) => self.program.states[id.index()].ty,
            PlaceRoot::NodeField { field, .. } => self.program.node_fields[field.index()].ty,
        };
        let place = Place { root, path: Vec::new(), ty, span };
        Stmt { kind: StmtKind::Assign { place, value }, span }
    }
}
