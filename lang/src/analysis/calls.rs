//! Calls: definitions, built-in functions, messages in flight.
//!
//! Enters: a name and its arguments. Leaves: a typed call.

use super::check::Checker;
use super::program::{Builtin, Expr, ExprKind, MessageId, NodeId, Type, TypeId};
use crate::diag::codes::analysis as codes;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::tree::{self, ExprKind as Tree, Name};

/// The functions that need no declaration.
pub(super) const BUILTINS: &[&str] = &[
    "len",
    "is_prefix",
    "common_prefix",
    "comparable",
    "first",
    "last",
    "indices",
    "min",
    "max",
    "abs",
    "elements",
    "reachable",
    "majority",
    "in_flight",
];

impl Checker<'_> {
    pub fn call(&mut self, name: &Name, args: &[tree::Expr], span: Span, hint: Option<TypeId>) -> Expr {
        if let Some(id) = self.names.def(&name.text) {
            let params = self.program.defs[id.index()].params.clone();
            if !self.arity(name, args.len(), params.len()) {
                return self.broken(span);
            }
            let types = params.iter().map(|p| self.program.locals[p.index()].ty).collect::<Vec<_>>();
            let args = args.iter().zip(types).map(|(a, ty)| self.check(a, ty)).collect();
            self.use_def(id, span);
            let ty = self.program.defs[id.index()].ty;
            return Expr { kind: ExprKind::Call(id, args), ty, span };
        }
        if BUILTINS.contains(&name.text.as_str()) {
            return self.builtin(name, args, span, hint);
        }
        args.iter().for_each(|a| {
            self.infer(a, None);
        });
        let d = Diagnostic::error(
            codes::UNKNOWN_FUNCTION,
            name.span,
            format!("unknown function `{}`", name.text),
        );
        let known: Vec<&str> =
            self.program.defs.iter().map(|d| d.name.as_str()).chain(BUILTINS.iter().copied()).collect();
        let near = nearest(&name.text, known).map(str::to_owned);
        let is_record =
            self.meaning_of_type(&name.text).is_some_and(|t| matches!(self.get(t), Type::Record(_)));
        self.wrong(match near {
            _ if is_record => d.help(format!("a record is written `{} {{ field: value }}`", name.text)),
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help("declare it: `def NAME(x: TYPE) = …`"),
        })
    }

    fn arity(&mut self, name: &Name, found: usize, expected: usize) -> bool {
        if found != expected {
            let s = if expected == 1 { "" } else { "s" };
            let words = format!("`{}` takes {expected} argument{s}, found {found}", name.text);
            self.error(codes::ARGUMENTS, name.span, words);
        }
        found == expected
    }

    fn builtin(&mut self, name: &Name, args: &[tree::Expr], span: Span, hint: Option<TypeId>) -> Expr {
        let expected = match name.text.as_str() {
            "is_prefix" | "common_prefix" | "comparable" | "min" | "max" | "reachable" => 2,
            _ => 1,
        };
        if !self.arity(name, args.len(), expected) {
            return self.broken(span);
        }
        match name.text.as_str() {
            "in_flight" => self.in_flight(&args[0], span),
            "min" | "max" => {
                let (a, b) = (self.integer(&args[0]), self.integer(&args[1]));
                let (Some((l, h)), Some((m, i))) = (self.bounds(a.ty), self.bounds(b.ty)) else {
                    return self.broken(span);
                };
                let (function, lo, hi) = if name.text == "min" {
                    (Builtin::Min, l.min(m), h.min(i))
                } else {
                    (Builtin::Max, l.max(m), h.max(i))
                };
                self.int_expr(ExprKind::Builtin(function, vec![a, b]), lo, hi, span)
            }
            "abs" => {
                let a = self.integer(&args[0]);
                let Some((lo, hi)) = self.bounds(a.ty) else { return self.broken(span) };
                let low = if lo > 0 { lo } else { hi.min(0).saturating_neg() };
                let high = hi.max(lo.saturating_neg());
                self.int_expr(ExprKind::Builtin(Builtin::Abs, vec![a]), low, high, span)
            }
            "is_prefix" | "common_prefix" | "comparable" => self.prefixes(name, args, span, hint),
            "reachable" => {
                let nodes = args.iter().map(|a| self.a_node(a)).collect();
                self.reads("reachable", false, span);
                self.bool_expr(ExprKind::Builtin(Builtin::Reachable, nodes), span)
            }
            _ => self.of_collection(name, &args[0], span),
        }
    }

    /// Some node, of any kind.
    fn a_node(&mut self, e: &tree::Expr) -> Expr {
        let found = self.infer(e, None);
        let found = self.opened(found);
        match self.get(found.ty) {
            Type::Node(_) | Type::Error => found,
            _ => self.mismatch(found.span, "a node", found.ty),
        }
    }

    fn prefixes(&mut self, name: &Name, args: &[tree::Expr], span: Span, hint: Option<TypeId>) -> Expr {
        let hint = hint.filter(|h| matches!(self.get(*h), Type::List { .. }));
        let (a, b) = self.both(&args[0], &args[1], hint);
        let (a, b) = (self.opened(a), self.opened(b));
        let (element, max) = match (self.get(a.ty), self.get(b.ty)) {
            (Type::List { element, max }, Type::List { element: other, max: most }) => {
                match self.program.types.join(element, other, false) {
                    Some(element) => (element, max.min(most)),
                    None => {
                        let expected = self.type_name(a.ty);
                        return self.mismatch(b.span, &expected, b.ty);
                    }
                }
            }
            (Type::List { .. }, _) => return self.mismatch(b.span, "a list", b.ty),
            _ => return self.mismatch(a.span, "a list", a.ty),
        };
        let function = match name.text.as_str() {
            "is_prefix" => Builtin::IsPrefix,
            "comparable" => Builtin::Comparable,
            _ => {
                let ty = self.ty(Type::List { element, max });
                return Expr { kind: ExprKind::Builtin(Builtin::CommonPrefix, vec![a, b]), ty, span };
            }
        };
        self.bool_expr(ExprKind::Builtin(function, vec![a, b]), span)
    }

    /// `len`, `first`, `last`, `indices`, `elements`, `majority`
    fn of_collection(&mut self, name: &Name, arg: &tree::Expr, span: Span) -> Expr {
        let arg = self.infer(arg, None);
        let arg = self.opened(arg);
        let (found, at) = (arg.ty, arg.span);
        let ty = self.get(found);
        let args = vec![arg];
        match (name.text.as_str(), ty) {
            (_, Type::Error) => self.broken(span),
            ("len", Type::List { max, .. } | Type::Bag { max, .. }) => {
                self.int_expr(ExprKind::Builtin(Builtin::Len, args), 0, i64::from(max), span)
            }
            ("len", Type::Set(element)) => {
                let most = self.domain(element);
                self.int_expr(ExprKind::Builtin(Builtin::Len, args), 0, most, span)
            }
            ("len", _) => self.mismatch(at, "a set, list or bag", found),
            ("first" | "last", Type::List { element, .. }) => {
                let function = if name.text == "first" { Builtin::First } else { Builtin::Last };
                Expr { kind: ExprKind::Builtin(function, args), ty: element, span }
            }
            ("indices", Type::List { max, .. }) => {
                let element = self.int_type(0, i64::from(max.max(1)) - 1);
                let ty = self.set_type(element, span);
                Expr { kind: ExprKind::Builtin(Builtin::Indices, args), ty, span }
            }
            ("first" | "last" | "indices", _) => self.mismatch(at, "a list", found),
            ("elements", Type::List { element, .. } | Type::Bag { element, .. }) => {
                let ty = self.set_type(element, span);
                Expr { kind: ExprKind::Builtin(Builtin::Elements, args), ty, span }
            }
            ("elements", _) => self.mismatch(at, "a list or bag", found),
            (_, Type::Set(element)) if matches!(self.get(element), Type::Node(_)) => {
                self.bool_expr(ExprKind::Builtin(Builtin::Majority, args), span)
            }
            _ => self.mismatch(at, "a set of nodes", found),
        }
    }

    /// Number of values of a type, for bounds of counts.
    pub fn domain(&mut self, ty: TypeId) -> i64 {
        i64::try_from(self.size(ty).values).unwrap_or(i64::MAX)
    }

    fn in_flight(&mut self, arg: &tree::Expr, span: Span) -> Expr {
        let Tree::Name(name) = &arg.kind else {
            return self.wrong(Diagnostic::error(
                codes::UNKNOWN_MESSAGE,
                arg.span,
                "expected the name of a message",
            ));
        };
        let name = Name { text: name.clone(), span: arg.span };
        let Some(id) = self.message(&name) else { return self.broken(span) };
        self.reads("in_flight", false, span);
        let most = self.program.messages[id.index()].link.map_or(0, |link| {
            let link = &self.program.links[link.index()];
            let nodes = |n: NodeId| self.program.nodes.get(n.index()).map_or(0, |n| i64::from(n.count));
            let pairs = if link.ordered { nodes(link.from) * nodes(link.to) * 2 } else { 1 };
            pairs * i64::from(link.capacity)
        });
        self.int_expr(ExprKind::InFlight(id), 0, most, span)
    }

    /// A message by name, or a report.
    pub fn message(&mut self, name: &Name) -> Option<MessageId> {
        if let Some(id) = self.names.message(&name.text) {
            return Some(id);
        }
        let known: Vec<&str> = self.program.messages.iter().map(|m| m.name.as_str()).collect();
        let d =
            Diagnostic::error(codes::UNKNOWN_MESSAGE, name.span, format!("unknown message `{}`", name.text));
        let d = match nearest(&name.text, known.iter().copied()) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help(format!("declare it: `message {}`", name.text)),
        };
        self.report(d);
        None
    }
}
