//! Calls: definitions, built-in functions, messages in flight.
//!
//! Enters: a name and its arguments. Leaves: a typed call.

use super::check::Checker;
use super::declare::UNKNOWN_NODE;
use super::program::{Builtin, Expr, ExprKind, Flight, MessageId, NodeId, Type, TypeId};
use super::sought::Needed;
use crate::concepts::Fault;
use crate::diag::codes::analysis as codes;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::tree::{self, ExprKind as Tree, Name};
use crate::syntax::{elsewhere, printer};
use crate::words::Question;

/// The ends of a message.
#[derive(Clone, Copy)]
pub(super) enum End {
    Sender,
    Receiver,
}

impl End {
    fn words(self) -> &'static str {
        match self {
            End::Sender => "sends",
            End::Receiver => "receives",
        }
    }
}

/// Whether it is the name of a function that needs no declaration.
pub(super) fn is_builtin(name: &str) -> bool {
    Builtin::named(name).is_some() || name == Question::InFlight.word()
}

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        name: &Name,
        args: &[tree::Expr],
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        if let Some(id) = self.names.def(&name.text) {
            let params = self.program.defs[id.index()].params.clone();
            let types = params.iter().map(|p| self.program.locals[p.index()].ty).collect::<Vec<_>>();
            if !self.arity(name, args.len(), params.len()) {
                self.look_at_arguments(args, &types);
                return self.broken(span);
            }
            let args = args.iter().zip(types).map(|(a, ty)| self.check(a, ty)).collect();
            self.use_def(id, span);
            let ty = self.program.defs[id.index()].ty;
            return Expr { kind: ExprKind::Call(id, args), ty, span };
        }
        if let Some(builtin) = Builtin::named(&name.text) {
            return self.builtin(builtin, name, args, span, hint);
        }
        if name.text == Question::InFlight.word() {
            let one = self.arity(name, args.len(), 1);
            return if one { self.in_flight(&args[0], span) } else { self.broken(span) };
        }
        args.iter().for_each(|a| {
            self.infer(a, None);
        });
        let d = Diagnostic::error(
            codes::UNKNOWN_FUNCTION,
            name.span,
            format!("unknown function `{}`", name.text),
        );
        let builtins = Builtin::ALL.map(Builtin::word).into_iter().chain([Question::InFlight.word()]);
        let known: Vec<&str> = self.program.defs.iter().map(|d| d.name.as_str()).chain(builtins).collect();
        let near = nearest(&name.text, known).map(str::to_owned);
        let given: Vec<String> = args.iter().map(printer::expression).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let is_record =
            self.meaning_of_type(&name.text).is_some_and(|t| matches!(self.get(t), Type::Record(_)));
        if is_record {
            return self.wrong(self.record_called(d, span, name, &given));
        }
        self.wrong(match (elsewhere(d.clone(), span, &name.text, &given), near) {
            (Some(d), _) => d,
            (None, Some(near)) => d.meant(&near),
            (None, None) => d.help("declare it: `def NAME(x: TYPE) = EXPR`"),
        })
    }

    /// `R(1, 2)`
    fn record_called(&self, d: Diagnostic, call: Span, name: &Name, given: &[&str]) -> Diagnostic {
        let ty = self.meaning_of_type(&name.text).map(|t| self.get(t));
        let Some(Type::Record(id)) = ty else { return d };
        let fields = &self.program.records[id.index()].fields;
        let complete = fields.len() == given.len();
        let values = given.iter().copied().chain(std::iter::repeat("EXPR"));
        let value = |gap: &str| if complete { gap.to_owned() } else { "EXPR".to_owned() };
        let each: Vec<String> =
            fields.iter().zip(values).map(|((field, _), v)| format!("{field}: {}", value(v))).collect();
        let text = format!("{} {{ {} }}", name.text, each.join(", "));
        let words = format!("a record is written `{text}`");
        if complete { d.fix(call, text, words) } else { d.help(words) }
    }

    fn arity(&mut self, name: &Name, found: usize, expected: usize) -> bool {
        if found != expected {
            let s = if expected == 1 { "" } else { "s" };
            let words = format!("`{}` takes {expected} argument{s}, found {found}", name.text);
            let d = Diagnostic::error(codes::ARGUMENTS, name.span, words);
            self.report(match Builtin::named(&name.text) {
                Some(Builtin::Min | Builtin::Max) => {
                    d.help(format!("of a set: `({0} x in S: x)`; of two integers: `{0}(a, b)`", name.text))
                }
                _ => d,
            });
        }
        found == expected
    }

    fn builtin(
        &mut self,
        builtin: Builtin,
        name: &Name,
        args: &[tree::Expr],
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        if !self.arity(name, args.len(), builtin.arity()) {
            args.iter().for_each(|arg| self.seek(arg, Needed::Argument(builtin)));
            self.look_at_arguments(args, &[]);
            return self.broken(span);
        }
        match builtin {
            Builtin::Min | Builtin::Max => {
                let (a, b) = (self.integer(&args[0]), self.integer(&args[1]));
                let (Some((l, h)), Some((m, i))) = (self.bounds(a.ty), self.bounds(b.ty)) else {
                    return self.broken(span);
                };
                let (lo, hi) =
                    if builtin == Builtin::Min { (l.min(m), h.min(i)) } else { (l.max(m), h.max(i)) };
                self.int_expr(ExprKind::Builtin(builtin, vec![a, b]), lo, hi, span)
            }
            Builtin::Abs => {
                let a = self.integer(&args[0]);
                let Some((lo, hi)) = self.bounds(a.ty) else { return self.broken(span) };
                let low = if lo > 0 { lo } else { hi.min(0).saturating_neg() };
                let high = hi.max(lo.saturating_neg());
                self.int_expr(ExprKind::Builtin(builtin, vec![a]), low, high, span)
            }
            Builtin::IsPrefix | Builtin::CommonPrefix | Builtin::Comparable => {
                self.prefixes(builtin, args, span, hint)
            }
            Builtin::Reachable => {
                let nodes = args.iter().map(|a| self.a_node(a)).collect();
                self.reads(builtin.word(), false, span);
                self.bool_expr(ExprKind::Builtin(builtin, nodes), span)
            }
            Builtin::Index => self.position_of(&args[0], span),
            Builtin::Len
            | Builtin::First
            | Builtin::Last
            | Builtin::Indices
            | Builtin::Elements
            | Builtin::Majority => self.of_collection(builtin, &args[0], span),
        }
    }

    /// `index(n)`: of a node, or of a variant.
    fn position_of(&mut self, e: &tree::Expr, span: Span) -> Expr {
        let found = self.infer(e, None);
        let found = self.opened(found);
        match self.get(found.ty) {
            Type::Node(_) | Type::Enum(_) => {
                let last = self.domain(found.ty) - 1;
                self.int_expr(ExprKind::Builtin(Builtin::Index, vec![found]), 0, last.max(0), span)
            }
            Type::Error => found,
            _ => self.mismatch(found.span, "a node or a variant", found.ty),
        }
    }

    /// Some node, of any kind.
    fn a_node(&mut self, e: &tree::Expr) -> Expr {
        self.seek(e, Needed::Node);
        let found = self.infer(e, None);
        let found = self.opened(found);
        match self.get(found.ty) {
            Type::Node(_) | Type::Error => found,
            _ => self.mismatch(found.span, "a node", found.ty),
        }
    }

    fn prefixes(&mut self, builtin: Builtin, args: &[tree::Expr], span: Span, hint: Option<TypeId>) -> Expr {
        let hint = hint.filter(|h| matches!(self.get(*h), Type::List { .. }));
        args.iter().for_each(|arg| self.seek(arg, Needed::Argument(builtin)));
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
        let kind = ExprKind::Builtin(builtin, vec![a, b]);
        if builtin == Builtin::CommonPrefix {
            return Expr { kind, ty: self.ty(Type::List { element, max }), span };
        }
        self.bool_expr(kind, span)
    }

    /// Of those that take one collection.
    fn of_collection(&mut self, builtin: Builtin, arg: &tree::Expr, span: Span) -> Expr {
        self.seek(arg, Needed::Argument(builtin));
        let arg = self.infer(arg, None);
        let arg = self.opened(arg);
        let (found, at) = (arg.ty, arg.span);
        let ty = self.get(found);
        let kind = ExprKind::Builtin(builtin, vec![arg]);
        match (builtin, ty) {
            (_, Type::Error) => self.broken(span),
            (Builtin::Len, Type::List { max, .. } | Type::Bag { max, .. }) => {
                self.int_expr(kind, 0, i64::from(max), span)
            }
            (Builtin::Len, Type::Set(element)) => {
                let most = self.domain(element);
                self.int_expr(kind, 0, most, span)
            }
            (Builtin::Len, _) => {
                self.unlike(at, "a set, list or bag", found, "a map has a value for every key: `len(KEY)`")
            }
            (Builtin::First | Builtin::Last, Type::List { element, .. }) => Expr { kind, ty: element, span },
            (Builtin::Indices, Type::List { max, .. }) => {
                let element = self.int_type(0, i64::from(max.max(1)) - 1);
                let ty = self.set_type(element, span);
                Expr { kind, ty, span }
            }
            (Builtin::First | Builtin::Last | Builtin::Indices, _) => {
                self.unlike(at, "a list", found, "what has no order is chosen from: `choose x in S { … }`")
            }
            (Builtin::Elements, Type::List { element, .. } | Type::Bag { element, .. }) => {
                let ty = self.set_type(element, span);
                Expr { kind, ty, span }
            }
            (Builtin::Elements, _) => self.mismatch(at, "a list or bag", found),
            (_, Type::Set(element)) if matches!(self.get(element), Type::Node(_)) => {
                self.bool_expr(kind, span)
            }
            _ => {
                let words = "the nodes themselves, not how many: `majority({ x for x in S where P })`";
                self.unlike(at, "a set of nodes", found, words)
            }
        }
    }

    /// A mismatch, with what is done where the type is another kind of collection or a number.
    fn unlike(&mut self, at: Span, expected: &str, found: TypeId, words: &str) -> Expr {
        let before = self.diagnostics.len();
        let broken = self.mismatch(at, expected, found);
        let kin =
            matches!(self.get(found), Type::Map { .. } | Type::Set(_) | Type::Bag { .. } | Type::Int { .. });
        if let Some(d) = self.diagnostics.get_mut(before).filter(|_| kin) {
            d.help = Some(words.to_owned());
        }
        broken
    }

    /// Number of values of a type, for bounds of counts.
    pub(super) fn domain(&mut self, ty: TypeId) -> i64 {
        i64::try_from(self.size(ty).values).unwrap_or(i64::MAX)
    }

    fn in_flight(&mut self, arg: &tree::Expr, span: Span) -> Expr {
        if let Tree::Record(name, _) = &arg.kind {
            let d = Diagnostic::error(
                codes::UNKNOWN_MESSAGE,
                arg.span,
                "messages of a kind are counted, whatever is in them",
            );
            return self.wrong(d.write(name.text.clone()));
        }
        let Tree::Name(name) = &arg.kind else {
            return self.wrong(Diagnostic::error(
                codes::UNKNOWN_MESSAGE,
                arg.span,
                "expected the name of a message",
            ));
        };
        let name = Name { text: name.clone(), span: arg.span };
        let Some(id) = self.message(&name) else { return self.broken(span) };
        self.flying(id, ExprKind::InFlight(id), span)
    }

    /// A number of messages of a kind.
    fn flying(&mut self, id: MessageId, kind: ExprKind, span: Span) -> Expr {
        self.reads(Question::InFlight.word(), false, span);
        let most = self.program.messages[id.index()].link.map_or(0, |link| {
            let link = &self.program.links[link.index()];
            let nodes = |n: NodeId| self.program.nodes.get(n.index()).map_or(0, |n| i64::from(n.count));
            let receivers: i64 = link.to.iter().map(|to| nodes(*to)).sum();
            let pairs = if link.ordered { nodes(link.from) * receivers * 2 } else { 1 };
            pairs * i64::from(link.capacity)
        });
        self.int_expr(kind, 0, most, span)
    }

    /// `in_flight(M from a to b where P)`
    pub(super) fn in_flight_where(&mut self, flight: &tree::Flight, span: Span) -> Expr {
        let Some(message) = self.message(&flight.message) else { return self.broken(span) };
        let from = flight.from.as_ref().map(|e| Box::new(self.end(e, message, End::Sender)));
        let to = flight.to.as_ref().map(|e| Box::new(self.end(e, message, End::Receiver)));
        let record = self.program.messages[message.index()].record;
        let declared = self.program.records[record.index()].fields.clone();
        let mark = self.locals.len();
        let name = |text: String| Name { text, span: flight.message.span };
        let fields = declared.into_iter().map(|(field, ty)| self.bind(&name(field), ty)).collect();
        let filter = flight.filter.as_ref().map(|e| Box::new(self.condition(e)));
        self.locals.truncate(mark);
        self.flying(message, ExprKind::InFlightWhere(Flight { message, from, to, fields, filter }), span)
    }

    /// A node that may be at this end of a message.
    pub(super) fn end(&mut self, e: &tree::Expr, message: MessageId, end: End) -> Expr {
        let node = self.a_node(e);
        let (Type::Node(kind), Some(link)) = (self.get(node.ty), self.program.messages[message.index()].link)
        else {
            return node;
        };
        let link = &self.program.links[link.index()];
        let there = |(from, to): (NodeId, NodeId)| match end {
            End::Sender => from,
            End::Receiver => to,
        };
        if link.ways().into_iter().map(there).any(|at| at == kind || at == UNKNOWN_NODE) {
            return node;
        }
        let (what, name) = (end.words(), &self.program.messages[message.index()].name);
        let words = format!("a node that {what} {name}");
        self.mismatch(node.span, &words, node.ty)
    }

    /// A message by name, or a report.
    pub(super) fn message(&mut self, name: &Name) -> Option<MessageId> {
        if let Some(id) = self.names.message(&name.text) {
            return Some(id);
        }
        let known: Vec<&str> = self.program.messages.iter().map(|m| m.name.as_str()).collect();
        let d =
            Diagnostic::error(codes::UNKNOWN_MESSAGE, name.span, format!("unknown message `{}`", name.text));
        let link = self.program.links.iter().position(|l| l.name == name.text);
        let carried =
            link.and_then(|l| self.program.messages.iter().find(|m| m.link.is_some_and(|k| k.index() == l)));
        let d = match nearest(&name.text, known.iter().copied()) {
            _ if let Some(message) = carried => {
                let words = format!("a link is no message; it carries `{}`", message.name);
                d.fix(name.span, message.name.clone(), words)
            }
            Some(near) => d.meant(near),
            None if matches!(name.text.as_str(), "start" | "Start" | "init" | "Init" | "setup") => d.help(
                "nothing runs at the start: first values stand with their variables, `state NAME: TYPE = EXPR`",
            ),
            None if matches!(name.text.as_str(), "recover" | "recovery" | "boot" | "reboot") => {
                d.fix(name.span, "restart", "what a node does when it comes back is `on restart at n { … }`")
            }
            None if Fault::named(&name.text).is_some() => d.help("a fault is no message: what a node does when it comes back is `on restart at n { … }`"),
            None => d.help(format!("declare it: `message {}`", name.text)),
        };
        self.report(d);
        None
    }
}
