//! The expressions of the four concepts, in one place.
//!
//! Enters: a program. Leaves: visits of every expression that stands directly in an order, invariant, resolution or
//! reconciler, in declaration order.

use super::program::{Binder, Expr, Form, FormKind, Program, Resolution};
use crate::analysis::program::{Attempts, Token};

impl Program {
    /// Calls `visit` on every expression of orders, invariants, resolutions and reconcilers (their acts are
    /// [`Program::actions`] and not entered).
    pub fn concept_expressions<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        for o in &self.orders {
            o.by.iter().for_each(|b| b.parts(visit));
            o.epoch.iter().for_each(&mut *visit);
            if let Some(views) = &o.views {
                views.binder.iter().for_each(|b| b.parts(visit));
                visit(&views.value);
            }
            o.value.iter().chain(&o.version).for_each(&mut *visit);
            for more in &o.more {
                more.views.binder.iter().for_each(|b| b.parts(visit));
                visit(&more.views.value);
                more.value.iter().chain(&more.version).for_each(&mut *visit);
            }
            o.writes.iter().flat_map(|w| &w.values).for_each(&mut *visit);
        }
        for form in self.invariants.iter().flat_map(|i| &i.forms) {
            form.parts(visit);
        }
        for r in &self.resolutions {
            r.parts(visit);
        }
        for r in &self.reconcilers {
            r.drift.iter().for_each(&mut *visit);
        }
    }
}

impl Resolution {
    /// Calls `visit` on each expression of its clauses.
    fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        // Every clause is named here, so that none is forgotten.
        let Resolution {
            header: _,
            handles: _,
            actions: _,
            attempts,
            backoff: _,
            merge: _,
            protects,
            since: _,
            undoes: _,
            key,
            restores,
            token,
            writes,
        } = self;
        if let Some(Attempts { counter, limit }) = attempts {
            visit(counter);
            visit(limit);
        }
        protects.iter().chain(restores).for_each(&mut *visit);
        key.iter().for_each(|(_, e)| visit(e));
        if let Some(Token { value, binder }) = token {
            binder.iter().for_each(|b| b.parts(visit));
            visit(value);
        }
        writes.iter().flat_map(|w| &w.values).for_each(&mut *visit);
    }
}

impl Form {
    /// Calls `visit` on each expression of the form, in source order, sets of binders before their filters.
    pub fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        let with = |binder: &'a Option<Binder>, value: &'a Expr, visit: &mut dyn FnMut(&'a Expr)| {
            binder.iter().for_each(|b| b.parts(visit));
            visit(value);
        };
        match &self.kind {
            FormKind::For(binder, inner) => {
                binder.parts(visit);
                inner.parts(visit);
            }
            FormKind::Cardinality { number, binder, .. } => {
                visit(number);
                binder.parts(visit);
            }
            FormKind::Monotonic { value, binder, .. } | FormKind::Immutable { value, binder } => {
                with(binder, value, visit);
            }
            FormKind::Unique { value, binder } => {
                binder.parts(visit);
                visit(value);
            }
            FormKind::Ownership { each, owner, takes } => {
                each.parts(visit);
                owner.parts(visit);
                takes.iter().for_each(|t| visit(&t.concerns));
            }
            FormKind::OnceClientsStop(inner) => inner.parts(visit),
            FormKind::LeadsTo(a, b) => {
                visit(a);
                visit(b);
            }
            FormKind::Eventually(e)
            | FormKind::AlwaysEventually(e)
            | FormKind::EventuallyAlways(e)
            | FormKind::Stable(e)
            | FormKind::Always(e) => visit(e),
        }
    }
}
