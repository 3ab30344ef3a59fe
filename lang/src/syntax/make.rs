//! What the grammar's actions call: tree nodes with their spans, within the depth limit.
//!
//! Enters: token indices and parts of the tree. Leaves: nodes. Where a node would be deeper than [`MAX_DEPTH`] an error
//! node takes its place, so that no pass over the tree, nor dropping it, can exhaust the stack.

use crate::diag::{Diagnostic, codes::analysis::CLASH, codes::syntax as code};
use crate::span::{SourceId, Span};
use crate::syntax::elsewhere;
use crate::syntax::lexer::unescape;
use crate::syntax::structure::Token;
use crate::syntax::tree::*;
use crate::words::{Builtin, Place as Standing, Question, TypeWord, foreign, foreign_call};
use std::cell::{Cell as Flag, RefCell};
use std::collections::BTreeMap;

/// A node with the height of its tree, where the tree itself does not keep it.
pub(super) struct Deep<T> {
    pub node: T,
    pub depth: u32,
}

pub(super) struct Builder<'t> {
    pub source: SourceId,
    pub text: &'t str,
    pub tokens: &'t [Token<'t>],
    pub docs: &'t BTreeMap<u32, String>,
    pub diagnostics: RefCell<Vec<Diagnostic>>,
    /// The depth limit is reported once.
    pub too_deep: Flag<bool>,
}

pub(super) type Arms = Vec<(Expr, Block)>;
pub(super) type Fields = Vec<(Name, Expr)>;
impl<'t> Builder<'t> {
    /// The span of the tokens `l..r`; of no width where there are none.
    pub(super) fn span(&self, l: usize, r: usize) -> Span {
        let Some(first) = self.tokens.get(l).or(self.tokens.last()) else {
            return Span::new(self.source, 0, 0);
        };
        if r <= l {
            return Span { source: self.source, start: first.start, end: first.start };
        }
        Span { source: self.source, start: first.start, end: self.tokens[r - 1].end.max(first.start) }
    }

    /// A name that is declared, or mentioned where no expression stands. A built-in word would hide it.
    pub(super) fn name(&self, l: usize, text: &str) -> Name {
        if Question::named(text) == Some(Question::Quiescent) {
            let words = format!("`{text}` is built in: nothing but a fault can change anything");
            let d = Diagnostic::error(CLASH, self.span(l, l + 1), words);
            self.diagnostics.borrow_mut().push(d.help("give yours another name"));
        }
        Name { text: text.to_string(), span: self.span(l, l + 1) }
    }

    pub(super) fn text(&self, l: usize, literal: &str) -> Text {
        Text { value: unescape(literal), span: self.span(l, l + 1) }
    }

    pub(super) fn doc(&self, l: usize) -> Option<String> {
        self.tokens.get(l).and_then(|t| self.docs.get(&t.start)).cloned()
    }

    fn deep(&self, span: Span) {
        if !self.too_deep.replace(true) {
            self.diagnostics.borrow_mut().push(
                Diagnostic::error(code::TOO_DEEP, span, format!("nested more than {MAX_DEPTH} deep"))
                    .label("this is too deep")
                    .help("name a part with `def` or `let`; long chains count, too"),
            );
        }
    }

    pub(super) fn expr(&self, l: usize, r: usize, kind: ExprKind) -> Expr {
        let span = self.span(l, r);
        let depth = 1 + height(&kind);
        if depth > MAX_DEPTH {
            self.deep(span);
            return Expr { kind: ExprKind::Error, span, depth: 1 };
        }
        Expr { kind, span, depth }
    }

    pub(super) fn binary(&self, l: usize, r: usize, a: Expr, op: BinaryOp, b: Expr) -> Expr {
        self.expr(l, r, ExprKind::Binary(op, Box::new(a), Box::new(b)))
    }

    pub(super) fn unary(&self, l: usize, r: usize, op: UnaryOp, a: Expr) -> Expr {
        self.expr(l, r, ExprKind::Unary(op, Box::new(a)))
    }

    pub(super) fn word(&self, l: usize, text: &str) -> Expr {
        let kind = if Question::named(text) == Some(Question::Quiescent) {
            ExprKind::Quiescent
        } else {
            ExprKind::Name(text.to_string())
        };
        self.expr(l, l + 1, kind)
    }

    pub(super) fn call(&self, l: usize, r: usize, function: Name, mut args: Vec<Expr>) -> Expr {
        if Question::named(&function.text) == Some(Question::Old) && args.len() == 1 {
            return self.expr(l, r, ExprKind::Old(Box::new(args.remove(0))));
        }
        self.expr(l, r, ExprKind::Call(function, args))
    }

    /// `f(M where P)`: only of messages in flight.
    pub(super) fn in_flight(&self, l: usize, r: usize, function: Name, flight: Option<Flight>) -> Expr {
        let Some(flight) = flight else { return self.expr(l, r, ExprKind::Error) };
        if Question::named(&function.text) != Some(Question::InFlight) {
            let words = format!("`{}` takes values", function.text);
            let d = Diagnostic::error(code::UNEXPECTED, function.span, words);
            self.report(d.help("messages under way are counted by `in_flight(MESSAGE from a to b where P)`"));
            return self.expr(l, r, ExprKind::Error);
        }
        self.expr(l, r, ExprKind::InFlight(function, Box::new(flight)))
    }

    pub(super) fn flight(
        &self,
        message: Expr,
        from: Option<Expr>,
        to: Option<Expr>,
        filter: Option<Expr>,
    ) -> Option<Flight> {
        let ExprKind::Name(text) = message.kind else {
            let d = Diagnostic::error(code::UNEXPECTED, message.span, "expected the name of a message");
            self.report(d.help("messages under way are counted by `in_flight(MESSAGE from a to b where P)`"));
            return None;
        };
        Some(Flight { message: Name { text, span: message.span }, from, to, filter })
    }

    /// `e[i]`, or the slice `e[a..b]`.
    pub(super) fn index(&self, l: usize, r: usize, of: Expr, index: Expr) -> Expr {
        let kind = match index.kind {
            ExprKind::Range(a, b) => ExprKind::Slice(Box::new(of), Some(a), Some(b)),
            _ => ExprKind::Index(Box::new(of), Box::new(index)),
        };
        self.expr(l, r, kind)
    }

    pub(super) fn quantified(
        &self,
        l: usize,
        r: usize,
        q: Quantifier,
        binder: Binder,
        body: Option<Expr>,
    ) -> Expr {
        self.expr(l, r, ExprKind::Quantified(q, Box::new(binder), body.map(Box::new)))
    }

    pub(super) fn ty(&self, l: usize, r: usize, kind: TypeExprKind, below: u32) -> Deep<TypeExpr> {
        let span = self.span(l, r);
        if below >= MAX_DEPTH {
            self.deep(span);
            return Deep { node: TypeExpr { kind: TypeExprKind::Error, span }, depth: 1 };
        }
        Deep { node: TypeExpr { kind, span }, depth: below + 1 }
    }

    /// `NAME<…>`: one of the built-in constructors.
    pub(super) fn type_of(
        &self,
        l: usize,
        r: usize,
        constructor: &str,
        first: Deep<TypeExpr>,
        bound: Option<Expr>,
        value: Option<Deep<TypeExpr>>,
    ) -> Deep<TypeExpr> {
        let depth = first.depth.max(value.as_ref().map_or(0, |v| v.depth));
        let given: Vec<Span> = std::iter::once(first.node.span)
            .chain(bound.as_ref().map(|b| b.span))
            .chain(value.as_ref().map(|v| v.node.span))
            .collect();
        let element = Box::new(first.node);
        let kind = match (TypeWord::named(constructor), bound, value) {
            (Some(TypeWord::Set), None, None) => TypeExprKind::Set(element),
            (Some(TypeWord::List), Some(max), None) => TypeExprKind::List(element, Box::new(max)),
            (Some(TypeWord::Bag), Some(max), None) => TypeExprKind::Bag(element, Box::new(max)),
            (Some(TypeWord::Map), None, Some(value)) => TypeExprKind::Map(element, Box::new(value.node)),
            _ => {
                self.bad_type(l, r, constructor, &given);
                TypeExprKind::Error
            }
        };
        self.ty(l, r, kind, depth)
    }

    /// What stands in the text there.
    fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    fn report(&self, d: Diagnostic) {
        self.diagnostics.borrow_mut().push(d);
    }

    fn bad_type(&self, l: usize, r: usize, constructor: &str, args: &[Span]) {
        let help = match TypeWord::named(constructor) {
            Some(TypeWord::Set) => "a set has one type: `set<T>`",
            Some(TypeWord::List) => "a list has a type and a largest length: `list<T, 3>`",
            Some(TypeWord::Bag) => "a bag has a type and a largest size: `bag<T, 3>`",
            Some(TypeWord::Map) => "a map has a type of keys and a type of values: `map<K -> V>`",
            Some(TypeWord::Bool) | None => {
                let message = format!("no type `{constructor}<…>`");
                return self.report(match self.type_meant(constructor, args) {
                    Some(text) => Diagnostic::error(code::UNEXPECTED, self.span(l, r), message).write(text),
                    None => {
                        let known = foreign(Standing::Type, constructor).map(|entry| entry.words());
                        let all = "the types with arguments are `set<T>`, `list<T, max>`, `bag<T, max>`, `map<K -> V>`";
                        Diagnostic::error(code::UNEXPECTED, self.span(l, l + 1), message)
                            .help(known.unwrap_or_else(|| all.to_string()))
                    }
                });
            }
        };
        let (span, message) = (self.span(l, r), format!("wrong arguments of `{constructor}`"));
        let d = Diagnostic::error(code::UNEXPECTED, span, message);
        self.report(match self.type_meant(constructor, args) {
            Some(text) => d.fix(span, text, help),
            None => d.help(help),
        });
    }

    /// The type as it is written here, with what was given to it.
    fn type_meant(&self, constructor: &str, args: &[Span]) -> Option<String> {
        let args: Vec<&str> = args.iter().map(|span| self.slice(*span)).collect();
        foreign(Standing::Type, constructor).filter(|entry| entry.here.contains('$'))?.with(&args)
    }

    /// `map<K, 0..3>`
    pub(super) fn two_types(
        &self,
        l: usize,
        r: usize,
        constructor: &str,
        first: TypeExpr,
        second: Span,
    ) -> Deep<TypeExpr> {
        self.bad_type(l, r, constructor, &[first.span, second]);
        self.ty(l, r, TypeExprKind::Error, 0)
    }

    /// `e.f(args)`: functions stand before what they are given.
    pub(super) fn method(&self, l: usize, r: usize, of: Expr, name: Name, args: Vec<Expr>) -> Expr {
        let span = self.span(l, r);
        let given: Vec<&str> = std::iter::once(&of).chain(&args).map(|e| self.slice(e.span)).collect();
        let d = Diagnostic::error(code::UNEXPECTED, name.span, "values have no methods");
        if matches!(name.text.as_str(), "pop" | "dequeue" | "pop_front" | "popleft") {
            let first = given[0];
            self.report(d.help(format!(
                "`first({first})` is the element, and the statement `{first}.pop()` takes it away"
            )));
            return self.expr(l, r, ExprKind::Error);
        }
        if matches!(name.text.as_str(), "set" | "put" | "setBy" | "update" | "insert") && args.len() == 2 {
            let (map, key, value) = (given[0], given[1], given[2]);
            self.report(d.help(format!("one entry is assigned by itself: `{map}[{key}] := {value}`")));
            return self.expr(l, r, ExprKind::Error);
        }
        if let [Expr { kind: ExprKind::Binary(BinaryOp::Implies, x, said), .. }] = args.as_slice()
            && let ExprKind::Name(x) = &x.kind
            && let Some(text) = foreign_call(&name.text, &given[..1])
                .and_then(|entry| entry.with_lambda(given[0], x, self.slice(said.span)))
        {
            self.report(d.fix(span, text.clone(), format!("write `{text}`")));
            return self.expr(l, r, ExprKind::Error);
        }
        let function = Builtin::named(&name.text).filter(|f| f.arity() == given.len());
        self.report(match function.map(|f| format!("{}({})", f.word(), given.join(", "))) {
            Some(text) => {
                let words = format!("write `{text}`");
                d.fix(span, text, words)
            }
            None => elsewhere(d.clone(), span, &name.text, &given).unwrap_or_else(|| {
                d.help(format!(
                    "a function stands before what it is given: `{}({})`",
                    name.text,
                    given.join(", ")
                ))
            }),
        });
        self.expr(l, r, ExprKind::Error)
    }

    pub(super) fn form(&self, l: usize, r: usize, kind: FormKind, below: u32) -> Deep<Form> {
        let span = self.span(l, r);
        if below >= MAX_DEPTH {
            self.deep(span);
            let nothing = Expr { kind: ExprKind::Error, span, depth: 1 };
            return Deep { node: Form { kind: FormKind::Always(nothing), span }, depth: 1 };
        }
        Deep { node: Form { kind, span }, depth: below + 1 }
    }

    /// `if … else if … else …`, which nests to the right.
    pub(super) fn chain(&self, l: usize, r: usize, mut arms: Arms, last: Option<Block>) -> Stmt {
        let span = self.span(l, r);
        if arms.len() > MAX_DEPTH as usize {
            self.deep(span);
            return Stmt { kind: StmtKind::Error, span };
        }
        let mut otherwise = last;
        while let Some((condition, then)) = arms.pop() {
            let end = otherwise.as_ref().map_or(then.span, |b| b.span);
            let span = if arms.is_empty() { span } else { condition.span.to(end) };
            let stmt = Stmt { kind: StmtKind::If { condition, then, otherwise }, span };
            if arms.is_empty() {
                return stmt;
            }
            otherwise = Some(Block { span: stmt.span, stmts: vec![stmt] });
        }
        Stmt { kind: StmtKind::Error, span }
    }

    /// `param x = e in lo..hi` reads as one expression; this takes the range off.
    pub(super) fn param(&self, name: Name, ty: Option<TypeExpr>, value: Expr) -> MemberKind {
        match value.kind {
            ExprKind::Binary(BinaryOp::In, value, set) => match set.kind {
                ExprKind::Range(low, high) => {
                    MemberKind::Param { name, ty, value: *value, range: Some((*low, *high)) }
                }
                _ => {
                    let message = "the values of a parameter are a range";
                    let d = Diagnostic::error(code::UNEXPECTED, set.span, message);
                    self.diagnostics.borrow_mut().push(d.help("write `param n = 3 in 1..5`"));
                    MemberKind::Error
                }
            },
            _ => MemberKind::Param { name, ty, value, range: None },
        }
    }

    pub(super) fn until(&self, condition: Expr) -> RunUntil {
        match &condition.kind {
            ExprKind::Name(word) if word == "quiet" => RunUntil::Quiet,
            _ => RunUntil::Condition(condition),
        }
    }

    /// The words after a link's ends, in any order.
    pub(super) fn link(
        &self,
        name: Name,
        messages: Vec<Name>,
        ends: (Name, Vec<Name>, bool),
        words: Vec<LinkWord>,
    ) -> MemberKind {
        let (from, to, both_ways) = ends;
        let mut link = Link {
            name,
            messages,
            from,
            to,
            both_ways,
            ordered: None,
            unordered: None,
            lossy: false,
            duplicating: false,
            capacity: None,
            latency: None,
        };
        for word in words {
            match word {
                LinkWord::Ordered(span) => link.ordered = Some(span),
                LinkWord::Unordered(span) => link.unordered = Some(span),
                LinkWord::Lossy => link.lossy = true,
                LinkWord::Duplicating => link.duplicating = true,
                LinkWord::Capacity(e) => link.capacity = Some(e),
                LinkWord::Latency(between) => link.latency = Some(between),
            }
        }
        MemberKind::Link(link)
    }
}

pub(super) enum LinkWord {
    Ordered(Span),
    Unordered(Span),
    Lossy,
    Duplicating,
    Capacity(Expr),
    Latency(Between),
}

fn of_binder(b: &Binder) -> u32 {
    b.set.depth.max(b.filter.as_ref().map_or(0, |f| f.depth))
}

fn most<'a>(list: impl IntoIterator<Item = &'a Expr>) -> u32 {
    list.into_iter().map(|e| e.depth).max().unwrap_or(0)
}

/// The height of the highest part of an expression.
fn height(kind: &ExprKind) -> u32 {
    use ExprKind::*;
    match kind {
        Bool(_) | Int(_) | None | Quiescent | Name(_) | Error => 0,
        Field(e, _) | Unary(_, e) | Old(e) => e.depth,
        Index(a, b) | Binary(_, a, b) | Let(_, a, b) | Range(a, b) => a.depth.max(b.depth),
        Slice(e, a, b) => e.depth.max(most(a.as_deref())).max(most(b.as_deref())),
        Call(_, args) | Set(args) | List(args) => most(args),
        If(a, b, c) => a.depth.max(b.depth).max(c.depth),
        Quantified(_, binder, body) => of_binder(binder).max(most(body.as_deref())),
        SetOf(e, binder) | ListOf(e, binder) => e.depth.max(of_binder(binder)),
        MapOf(k, v, binder) => k.depth.max(v.depth).max(of_binder(binder)),
        InFlight(_, flight) => most(flight.parts()),
        Map(pairs) => pairs.iter().map(|(k, v)| k.depth.max(v.depth)).max().unwrap_or(0),
        Record(_, fields) => most(fields.iter().map(|(_, e)| e)),
    }
}
