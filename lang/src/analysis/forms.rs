//! Invariants: their forms, and whether each form says what the invariant's type promises.
//!
//! Enters: the forms of an invariant. Leaves: typed forms. A type is an obligation, so a mislabelled invariant is an
//! error, with the fix suggested.

use super::analyser::Analyser;
use super::check::{Context, Unified};
use super::program::{
    Action, ActionId, ActionKind, BinaryOp, Binder, Expr, ExprKind, Form, FormKind, Strictly, Taking, Type,
    TypeId,
};
use crate::concepts::InvariantType;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::tree::{self, ClauseKind, Concept, FormKind as Tree, Quantity};

/// Properties of a single state; `old` is for steps.
const STATE: Context = Context { old: false, place: "a property of states", ..Context::INVARIANT };

impl Analyser<'_, '_> {
    pub(super) fn invariant(&mut self, c: &Concept, index: usize) {
        let types: Vec<InvariantType> = self.program.invariants[index].types().collect();
        let mut met: Vec<InvariantType> = Vec::new();
        let mut last = None;
        for clause in &c.clauses {
            let ClauseKind::Form(form) = &clause.kind else { continue };
            let needed = type_of_form(form);
            met.push(needed);
            last = Some(form);
            if !types.is_empty() && !types.contains(&needed) {
                self.mislabelled(c, form, needed);
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
        for ty in types.iter().filter(|ty| !met.contains(ty)) {
            if met.iter().all(|needed| types.contains(needed)) {
                let word = ty.word();
                let words = format!("nothing here says what `{word}` promises");
                let d = Diagnostic::error(codes::FORM, last.span, words);
                self.report(d.help(format!("add {}, or delete the type `{word}`", shape(*ty))));
            }
        }
    }

    fn mislabelled(&mut self, c: &Concept, form: &tree::Form, needed: InvariantType) {
        let Some(name) = c.types.first() else { return };
        let Some(ty) = InvariantType::named(&name.text) else { return };
        let words = format!("expected {} (the type is `{}`), found {}", shape(ty), ty.word(), written(form));
        let d = Diagnostic::error(codes::FORM, form.span, words);
        let help = format!("call it `{}`, or write {}", needed.word(), shape(ty));
        self.report(if c.types.len() == 1 { d.fix(name.span, needed.word(), help) } else { d.help(help) });
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
                let strictly = strictly.as_ref().map(|names| self.strictly(names));
                FormKind::Monotonic { value, strictly, binder }
            }
            Tree::Unique { value, binder } => {
                let binder = self.binder(binder);
                let value = self.infer(value, None);
                FormKind::Unique { value, binder }
            }
            Tree::Ownership { each, owner, takes } => {
                let each = self.binder(each);
                let owner = self.binder(owner);
                self.locals.pop();
                let takes = takes.iter().flat_map(|t| self.taking(t, &owner)).collect();
                FormKind::Ownership { each, owner, takes }
            }
            Tree::Immutable { value, binder } => {
                let binder = binder.as_ref().map(|b| self.binder(b));
                let value = self.infer(value, None);
                FormKind::Immutable { value, binder }
            }
            Tree::Eventually(e) => FormKind::Eventually(self.condition(e)),
            Tree::AlwaysEventually(e) => FormKind::AlwaysEventually(self.condition(e)),
            Tree::EventuallyAlways(e) => FormKind::EventuallyAlways(self.condition(e)),
            Tree::OnceClientsStop(inner) => {
                self.lasts(inner);
                self.context = Context::INVARIANT;
                FormKind::OnceClientsStop(Box::new(self.form(inner)?))
            }
            Tree::LeadsTo(a, b) => FormKind::LeadsTo(self.condition(a), self.condition(b)),
            Tree::Stable(e) => FormKind::Stable(self.condition(e)),
            Tree::Always(e) => {
                self.context = Context::INVARIANT;
                FormKind::Always(self.condition(e))
            }
        };
        Some(Form { kind, span: form.span })
    }

    /// What its owner takes alone, for each action of that name.
    fn taking(&mut self, taking: &tree::Taking, owner: &Binder) -> Vec<Taking> {
        let owner = self.program.locals[owner.local.index()].ty;
        let mut found = Vec::new();
        for action in self.actions_named(&taking.name).unwrap_or_default() {
            let Some(concerns) = self.concerns(taking, action, owner) else { break };
            found.push(Taking { action, name: taking.name.text.clone(), concerns, span: taking.span });
        }
        found
    }

    /// Whether a step is one with these arguments; `None`: it cannot be said, and that is reported.
    fn concerns(&mut self, taking: &tree::Taking, action: ActionId, owner: TypeId) -> Option<Expr> {
        let name = &taking.name.text;
        let Action { at, kind, params, .. } = &self.program.actions[action.index()];
        let (at, params) = match kind {
            ActionKind::Handler { fields, .. } => (*at, fields.clone()),
            _ => (*at, params.clone()),
        };
        let kind = at.map(|at| self.program.locals[at.index()].ty);
        if kind.is_none_or(|kind| self.program.types.inner(owner) != kind) {
            let owner = self.type_name(owner);
            let words = match kind {
                None => format!("`{name}` happens at no node, so nobody is seen to take it"),
                Some(kind) => {
                    format!("`{name}` happens at {}, and owners are of {owner}", self.type_name(kind))
                }
            };
            let d = Diagnostic::error(codes::FORM, taking.span, words);
            self.report(d.help(format!("declare it at its owner, as `action {name} at o in {owner}`")));
            return None;
        }
        if params.len() != taking.args.len() {
            let words = format!("`{name}` takes {}, found {}", params.len(), taking.args.len());
            self.report(Diagnostic::error(codes::ARGUMENTS, taking.span, words));
            return None;
        }
        let mut concerns = self.bool_expr(ExprKind::Bool(true), Span::default());
        for (param, arg) in params.iter().zip(&taking.args) {
            let ty = self.program.locals[param.index()].ty;
            let value = self.infer(arg, Some(ty));
            let param = Expr { kind: ExprKind::Local(*param), ty, span: Span::default() };
            let Unified { a, b, .. } = self.unified(param, value, "")?;
            // No author wrote the comparison, so no violation shows it.
            let same = ExprKind::Binary(BinaryOp::Equal, Box::new(a), Box::new(b));
            let same = self.bool_expr(same, Span::default());
            let both = ExprKind::Binary(BinaryOp::And, Box::new(concerns), Box::new(same));
            concerns = self.bool_expr(both, Span::default());
        }
        Some(concerns)
    }

    /// What comes once clients have stopped is said of runs without end.
    fn lasts(&mut self, form: &tree::Form) {
        let mut kind = &form.kind;
        while let Tree::For(_, inner) = kind {
            kind = &inner.kind;
        }
        if matches!(kind, Tree::Stable(_) | Tree::OnceClientsStop(_))
            || type_of_form(form) != InvariantType::Convergence
        {
            let words = "expected what fair runs come to, after `once clients stop:`";
            let d = Diagnostic::error(codes::FORM, form.span, words);
            self.report(d.help(
                "write `eventually P`, `eventually always P`, `always eventually P` or `P leads to Q`",
            ));
        }
    }

    fn strictly(&mut self, names: &[tree::Name]) -> Strictly {
        if names.is_empty() {
            return Strictly::Every;
        }
        let actions = names.iter().filter_map(|name| self.actions_named(name)).flatten().collect();
        let words: Vec<String> = names.iter().map(|name| format!("`{}`", name.text)).collect();
        Strictly::In(actions, words.join(", "))
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
            Quantity::AtLeast | Quantity::Exactly | Quantity::AtMost => return,
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
fn type_of_form(form: &tree::Form) -> InvariantType {
    let mut kind = &form.kind;
    while let Tree::For(_, inner) = kind {
        kind = &inner.kind;
    }
    match kind {
        Tree::For(..) | Tree::Always(_) | Tree::Immutable { .. } => InvariantType::Safety,
        Tree::Cardinality { .. } => InvariantType::Cardinality,
        Tree::Monotonic { .. } => InvariantType::Monotonicity,
        Tree::Unique { .. } => InvariantType::Uniqueness,
        Tree::Ownership { .. } => InvariantType::Ownership,
        Tree::Eventually(_)
        | Tree::AlwaysEventually(_)
        | Tree::EventuallyAlways(_)
        | Tree::OnceClientsStop(_)
        | Tree::LeadsTo(..)
        | Tree::Stable(_) => InvariantType::Convergence,
    }
}

/// The form that somebody wrote, in short.
fn written(form: &tree::Form) -> &'static str {
    match &form.kind {
        Tree::For(_, inner) => written(inner),
        Tree::Always(_) => "a plain condition",
        Tree::Immutable { .. } => "`immutable e`",
        Tree::Eventually(_) => "`eventually P`",
        Tree::AlwaysEventually(_) => "`always eventually P`",
        Tree::EventuallyAlways(_) => "`eventually always P`",
        Tree::OnceClientsStop(_) => "`once clients stop: FORM`",
        Tree::LeadsTo(..) => "`P leads to Q`",
        Tree::Stable(_) => "`stable P`",
        Tree::Cardinality { .. } | Tree::Monotonic { .. } | Tree::Unique { .. } | Tree::Ownership { .. } => {
            shape(type_of_form(form))
        }
    }
}

/// How the forms of a type are written.
fn shape(ty: InvariantType) -> &'static str {
    match ty {
        InvariantType::Cardinality => "`at most N x in S where P` (or `at least`, `exactly`)",
        InvariantType::Monotonicity => "`monotonic e for x in S`",
        InvariantType::Uniqueness => "`unique e for x in S`",
        InvariantType::Ownership => "`each x in S has at most one owner o in O where P`",
        InvariantType::Convergence => {
            "`eventually P`, `always eventually P`, `eventually always P`, `P leads to Q` or `stable P`"
        }
        InvariantType::Safety => "a plain condition (or `immutable e`)",
    }
}
