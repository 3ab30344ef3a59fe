//! Parameters: constants that commands may set.
//!
//! Enters: their declarations and the values that a command gives. Leaves: their values as constant expressions. Those
//! that are numbers, bools or variants come first, since sizes and ranges of types are made of them; the others come when
//! types and nodes are known.

use super::analyser::Analyser;
use super::check::Context;
use super::constant::Constant;
use super::declare::unique;
use super::graph;
use super::literal;
use super::names::Meaning;
use super::program::{EnumId, Expr, ExprKind, Param, Type};
use super::sought::Needed;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, Member, MemberKind, Name, TypeExpr, TypeExprKind};
use rustc_hash::FxHashMap;

/// Aliases of aliases are followed so far.
const MAX_ALIASES: u32 = 32;

/// A parameter as declared, and the value that it gets.
#[derive(Clone, Copy)]
pub(super) struct Given<'m> {
    member: &'m Member,
    name: &'m Name,
    ty: Option<&'m TypeExpr>,
    default: &'m tree::Expr,
    range: Option<&'m (tree::Expr, tree::Expr)>,
    value: &'m tree::Expr,
    /// Of a type that is known before all others.
    scalar: Option<Scalar<'m>>,
}

/// What a parameter of which sizes can be made may be.
#[derive(Clone, Copy)]
enum Scalar<'m> {
    Int,
    Range(&'m tree::Expr, &'m tree::Expr),
    Bool,
    Enum(EnumId),
}

impl<'m> Analyser<'_, 'm> {
    /// The parameters that sizes and ranges may be made of; returned are all, those that are still to come included.
    pub(super) fn params(&mut self, args: &'m [(Name, tree::Expr)]) -> Vec<Given<'m>> {
        let all = self.given(args);
        self.check_args(args, &all);
        let other = all.iter().filter(|p| !std::ptr::eq(p.value, p.default));
        self.checker.set = other
            .map(|p| (p.value.span, format!("{} = {}", p.name.text, printer::expression(p.value))))
            .collect();
        let positions: FxHashMap<&str, usize> =
            all.iter().enumerate().map(|(i, p)| (p.name.text.as_str(), i)).collect();
        let needs: Vec<Vec<usize>> = all.iter().map(|p| p.needs(&positions)).collect();
        let broken = self.broken(Span::default());
        for p in &all {
            let (name, docs, span) = (p.name.text.clone(), p.member.docs.clone(), p.name.span);
            self.program.params.push(Param { name, value: broken.clone(), docs, span });
        }
        let (order, cycles) = graph::order(&needs);
        let mut sorted = Vec::with_capacity(all.len());
        for i in order {
            let p = all[i];
            let meaning = if let Some(cycle) = cycles.iter().find(|c| c.contains(&i)) {
                self.circle(p.name, "parameter", cycle.iter().map(|c| all[*c].name));
                Meaning::Broken
            } else if let Some(scalar) = p.scalar {
                let value = self.scalar(&p, scalar);
                self.settle(i, value)
            } else {
                sorted.push(p);
                Meaning::Late
            };
            self.declare_value(p.name, meaning);
        }
        sorted
    }

    /// The others, in the order of their needs.
    pub(super) fn late_params(&mut self, late: Vec<Given<'m>>) {
        for p in late {
            let Some(i) = self.program.params.iter().position(|known| known.name == p.name.text) else {
                continue;
            };
            let value = self.late(&p);
            let meaning = self.settle(i, value);
            self.names.change(&p.name.text, Meaning::Late, meaning);
        }
    }

    fn settle(&mut self, i: usize, value: Option<Expr>) -> Meaning {
        match value {
            Some(value) => {
                self.program.params[i].value = value;
                Meaning::Param(i)
            }
            None => Meaning::Broken,
        }
    }

    fn given(&self, args: &'m [(Name, tree::Expr)]) -> Vec<Given<'m>> {
        let found = self.members.iter().filter_map(|m| match &m.member.kind {
            MemberKind::Param { name, ty, value, range } => {
                let set = args.iter().find(|(n, _)| n.text == name.text).map(|(_, value)| value);
                Some(Given {
                    member: m.member,
                    name,
                    ty: ty.as_ref(),
                    default: value,
                    range: range.as_ref(),
                    value: set.unwrap_or(value),
                    scalar: ty.as_ref().map_or(Some(Scalar::Int), |ty| self.as_scalar(ty, 0)),
                })
            }
            _ => None,
        });
        found.collect()
    }

    fn check_args(&mut self, args: &[(Name, tree::Expr)], declared: &[Given<'_>]) {
        for (i, (name, _)) in args.iter().enumerate() {
            if !declared.iter().any(|p| p.name.text == name.text) {
                let known = declared.iter().map(|p| p.name.text.as_str());
                let d = super::definitions::unknown_param(name, &self.program.name, known);
                self.report(d);
            } else if let Some((first, _)) = args[..i].iter().find(|(n, _)| n.text == name.text) {
                self.report(super::definitions::duplicate(name, first.span));
            }
        }
    }

    /// A type that needs no other types.
    fn as_scalar(&self, ty: &'m TypeExpr, depth: u32) -> Option<Scalar<'m>> {
        match &ty.kind {
            TypeExprKind::Range(low, high) => Some(Scalar::Range(low, high)),
            TypeExprKind::Name(name) if name == "bool" => Some(Scalar::Bool),
            TypeExprKind::Name(name) => match self.meaning_of_type(name).map(|ty| self.get(ty)) {
                Some(Type::Enum(id)) => Some(Scalar::Enum(id)),
                _ => {
                    let alias = self.members.iter().find_map(|m| match &m.member.kind {
                        MemberKind::Alias { name: n, ty } if n.text == *name => Some(ty),
                        _ => None,
                    })?;
                    if depth < MAX_ALIASES { self.as_scalar(alias, depth + 1) } else { None }
                }
            },
            _ => None,
        }
    }

    fn scalar(&mut self, p: &Given<'_>, scalar: Scalar<'_>) -> Option<Expr> {
        let span = p.name.span;
        let wanted = match scalar {
            Scalar::Enum(id) => Some(id),
            _ => None,
        };
        let needed = match scalar {
            Scalar::Enum(id) => Needed::Value(self.ty(Type::Enum(id))),
            Scalar::Bool => Needed::Value(self.bool_type()),
            Scalar::Int | Scalar::Range(..) => Needed::Integer,
        };
        self.seek_constant(p.value, needed);
        let found = self.constant_value(p.value, wanted)?;
        match (scalar, found) {
            (Scalar::Int, Constant::Int(n)) => {
                self.within_range(p, n, p.range.map(|(low, high)| (low, high)))?;
                Some(self.int_expr(ExprKind::Int(n), n, n, span))
            }
            (Scalar::Range(low, high), Constant::Int(n)) => {
                self.within_range(p, n, Some((low, high)))?;
                self.within_range(p, n, p.range.map(|(low, high)| (low, high)))?;
                Some(self.int_expr(ExprKind::Int(n), n, n, span))
            }
            (Scalar::Bool, Constant::Bool(b)) => {
                self.no_range(p)?;
                Some(self.bool_expr(ExprKind::Bool(b), span))
            }
            (Scalar::Enum(id), Constant::Member(of, i)) if of == id => {
                self.no_range(p)?;
                let ty = self.ty(Type::Enum(id));
                Some(Expr { kind: ExprKind::Member(i), ty, span })
            }
            (scalar, found) => {
                self.not_of_type(p, scalar, found);
                None
            }
        }
    }

    fn not_of_type(&mut self, p: &Given<'_>, scalar: Scalar<'_>, found: Constant) {
        let of = |c: &Self, id: EnumId| c.program.enums[id.index()].name.clone();
        let expected = match scalar {
            Scalar::Int => "a constant integer".to_owned(),
            Scalar::Range(..) => "an integer".to_owned(),
            Scalar::Bool => "bool".to_owned(),
            Scalar::Enum(id) => of(self, id),
        };
        let found = match found {
            Constant::Int(n) => format!("the integer {n}"),
            Constant::Bool(_) => "bool".to_owned(),
            Constant::Member(id, _) => of(self, id),
        };
        let words = format!("expected {expected}, found {found}");
        let mut d = Diagnostic::error(codes::MISMATCH, p.value.span, words);
        let own = std::ptr::eq(p.value, p.default);
        if own && p.ty.is_none() {
            let text = format!("{}: {found}", p.name.text);
            let words = format!("a parameter that is no number says its type: `param {text} = …`");
            d = d.fix(p.name.span, text, words);
        } else if !own {
            d = d.related(p.default.span, "its default");
        }
        self.report(d);
    }

    fn no_range(&mut self, p: &Given<'_>) -> Option<()> {
        let Some((low, high)) = p.range else { return Some(()) };
        let d = Diagnostic::error(codes::MISMATCH, low.span.to(high.span), "only a number is in a range");
        self.report(d.help("its type says which values it may have"));
        None
    }

    fn within_range(
        &mut self,
        p: &Given<'_>,
        n: i64,
        range: Option<(&tree::Expr, &tree::Expr)>,
    ) -> Option<()> {
        let Some((lo, hi)) = range else { return Some(()) };
        let (low, high) = (self.constant(lo)?, self.constant(hi)?);
        if (low..=high).contains(&n) {
            return Some(());
        }
        let words = format!("`{}` must be in {low}..{high}, found {n}", p.name.text);
        let mut d = Diagnostic::error(codes::OUT_OF_RANGE, p.value.span, words);
        d = d.related(lo.span.to(hi.span), "its range");
        if !std::ptr::eq(p.value, p.default) {
            d = d.related(p.default.span, "its default");
        }
        self.report(d);
        None
    }

    fn late(&mut self, p: &Given<'_>) -> Option<Expr> {
        let ty = self.type_expr(p.ty?);
        self.no_range(p)?;
        if self.is_error(ty) {
            return None;
        }
        let value = self.within(Context::PARAMETER, |c| c.check(p.value, ty));
        if self.is_error(value.ty) {
            return None;
        }
        let Some(constant) = literal::value(self.program, &value) else {
            let d = Diagnostic::error(codes::NOT_CONSTANT, p.value.span, "expected a constant");
            self.report(
                d.help("it is made of values that are written out, of operators, and of other parameters"),
            );
            return None;
        };
        let written = literal::literal(self.program, ty, &constant, p.name.span);
        if written.is_none() {
            let words = format!("{constant} is no value of {}", self.type_name(ty));
            self.error(codes::OUT_OF_RANGE, p.value.span, words);
        }
        written
    }
}

impl Given<'_> {
    /// The parameters that its value and its range mention.
    fn needs(&self, positions: &FxHashMap<&str, usize>) -> Vec<usize> {
        let bounds = match self.scalar {
            Some(Scalar::Range(low, high)) => vec![low, high],
            _ => Vec::new(),
        };
        let ranges = self.range.into_iter().flat_map(|(low, high)| [low, high]);
        let all = bounds.into_iter().chain(ranges).chain([self.value]);
        let names = all.flat_map(graph::expressions).filter_map(|e| match &e.kind {
            tree::ExprKind::Name(name) => positions.get(name.as_str()).copied(),
            _ => None,
        });
        unique(names)
    }
}
