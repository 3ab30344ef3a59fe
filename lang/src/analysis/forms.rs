//! Invariants: their forms, and whether each form says what the invariant's type promises.
//!
//! Enters: the forms of an invariant. Leaves: typed forms. A type is an obligation, so a mislabelled invariant is an
//! error, with the fix suggested.

use super::analyser::Analyser;
use super::check::Context;
use super::program::{Binder, Expr, Form, FormKind, Type};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::tree::{self, ClauseKind, Concept, FormKind as Tree, Quantity};

/// Properties of a single state; `old` is for steps.
const STATE: Context = Context { old: false, place: "a property of states", ..Context::INVARIANT };

impl Analyser<'_, '_> {
    pub(super) fn invariant(&mut self, c: &Concept, index: usize) {
        let types = self.program.invariants[index].header.types.clone();
        let mut met: Vec<&str> = Vec::new();
        let mut last = None;
        for clause in &c.clauses {
            let ClauseKind::Form(form) = &clause.kind else { continue };
            let needed = type_of_form(form);
            met.push(needed);
            last = Some(form);
            if !types.is_empty() && !types.iter().any(|t| t == needed) {
                self.mislabelled(form, needed, &types[0]);
            }
            let mark = self.nesting;
            if let Some(form) = self.form(form) {
                self.program.invariants[index].forms.push(form);
            }
            self.nesting = mark;
            self.locals.clear();
        }
        // Several types: each needs a form. One type is covered by the check of each form.
        let Some(last) = last.filter(|_| types.len() > 1) else { return };
        for ty in types.iter().filter(|t| !met.contains(&t.as_str())) {
            if met.iter().all(|m| types.iter().any(|t| t == m)) {
                let words = format!("nothing here says what `{ty}` promises");
                let d = Diagnostic::error(codes::FORM, last.span, words);
                self.report(d.help(format!("add {}, or delete the type `{ty}`", shape(ty))));
            }
        }
    }

    fn mislabelled(&mut self, form: &tree::Form, needed: &str, ty: &str) {
        let words = format!("expected {} (the type is `{ty}`), found {}", shape(ty), shape(needed));
        let d = Diagnostic::error(codes::FORM, form.span, words);
        self.report(d.help(format!("call it `{needed}`, or write {}", shape(ty))));
    }

    fn form(&mut self, form: &tree::Form) -> Option<Form> {
        if !self.descend(form.span) {
            return None;
        }
        self.context = STATE;
        let kind = match &form.kind {
            Tree::For(binder, inner) => {
                self.context = Context::INVARIANT;
                let binder = self.binder(binder);
                FormKind::For(binder, Box::new(self.form(inner)?))
            }
            Tree::Cardinality { quantity, number, binder } => {
                let number = self.integer(number);
                let binder = self.binder(binder);
                self.possible(*quantity, &number, &binder, form.span);
                FormKind::Cardinality { quantity: *quantity, number, binder }
            }
            Tree::Monotonic { value, strictly, binder } => {
                let binder = binder.as_ref().map(|b| self.binder(b));
                let value = self.infer(value, None);
                self.has_order(&value);
                FormKind::Monotonic { value, strictly: *strictly, binder }
            }
            Tree::Unique { value, binder } => {
                let binder = self.binder(binder);
                let value = self.infer(value, None);
                FormKind::Unique { value, binder }
            }
            Tree::Ownership { each, owner } => {
                let each = self.binder(each);
                let owner = self.binder(owner);
                FormKind::Ownership { each, owner }
            }
            Tree::Immutable { value, binder } => {
                let binder = binder.as_ref().map(|b| self.binder(b));
                let value = self.infer(value, None);
                FormKind::Immutable { value, binder }
            }
            Tree::Eventually(e) => FormKind::Eventually(self.condition(e)),
            Tree::AlwaysEventually(e) => FormKind::AlwaysEventually(self.condition(e)),
            Tree::LeadsTo(a, b) => FormKind::LeadsTo(self.condition(a), self.condition(b)),
            Tree::Stable(e) => FormKind::Stable(self.condition(e)),
            Tree::Always(e) => {
                self.context = Context::INVARIANT;
                FormKind::Always(self.condition(e))
            }
        };
        Some(Form { kind, span: form.span })
    }

    /// What can grow: numbers, sets (by inclusion), lists (by prefix), options of these.
    fn has_order(&mut self, value: &Expr) {
        let inner = self.program.types.inner(value.ty);
        if !matches!(
            self.get(inner),
            Type::Int { .. } | Type::Set(_) | Type::List { .. } | Type::Bool | Type::Error
        ) {
            self.mismatch(value.span, "something that can grow (a number, a set or a list)", value.ty);
        }
    }

    /// `at most 5 of 3` says nothing, `at least 5 of 3` is never true.
    fn possible(&mut self, quantity: Quantity, number: &Expr, binder: &Binder, span: Span) {
        let Some((lo, hi)) = self.bounds(number.ty) else { return };
        let local = self.program.locals[binder.local.index()].ty;
        if self.is_error(local) || lo != hi {
            return;
        }
        let most = self.domain(local);
        let words = match quantity {
            Quantity::AtLeast | Quantity::Exactly if lo > most || hi < 0 => "never true",
            Quantity::AtMost if hi < 0 => "never true",
            _ => return,
        };
        let d = Diagnostic::warning(
            codes::IMPOSSIBLE,
            span,
            format!("this is {words}: there are at most {most}"),
        );
        self.report(d);
    }
}

/// The type whose promise a form keeps.
fn type_of_form(form: &tree::Form) -> &'static str {
    let mut kind = &form.kind;
    while let Tree::For(_, inner) = kind {
        kind = &inner.kind;
    }
    match kind {
        Tree::For(..) | Tree::Always(_) | Tree::Immutable { .. } => "safety",
        Tree::Cardinality { .. } => "cardinality",
        Tree::Monotonic { .. } => "monotonicity",
        Tree::Unique { .. } => "uniqueness",
        Tree::Ownership { .. } => "ownership",
        Tree::Eventually(_) | Tree::AlwaysEventually(_) | Tree::LeadsTo(..) | Tree::Stable(_) => {
            "convergence"
        }
    }
}

/// How the forms of a type are written.
fn shape(ty: &str) -> &'static str {
    match ty {
        "cardinality" => "`at most|at least|exactly N x in S where P`",
        "monotonicity" => "`monotonic e for x in S`",
        "uniqueness" => "`unique e for x in S`",
        "ownership" => "`each x in S has at most one owner o in O where P`",
        "convergence" => "`eventually P`, `always eventually P`, `P leads to Q` or `stable P`",
        _ => "a plain condition (or `immutable e`)",
    }
}
