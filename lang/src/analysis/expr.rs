//! Expressions: names resolved, types inferred from the inside and expected from the outside.
//!
//! Enters: an expression of the tree and, where the surroundings know it, the expected type. Leaves: the typed
//! expression. Bidirectional typing (Pierce and Turner, 2000): the expected type is a hint that gives `none`, `{}`,
//! `[]` and variants shared by enums their meaning; `check` then makes sure of it.

use super::calls::is_builtin;
use super::check::{Checker, Context, OTHER_BRANCH, Unified};
use super::names::Meaning;
use super::program::{Expr, ExprKind, NodeId, RecordId, Type, TypeId};
use super::sought::Needed;
use crate::diag::codes::analysis as codes;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, ExprKind as Tree, Name, Quantifier};
use crate::words::{Place, TypeWord, foreign};

impl Checker<'_> {
    /// An expression that stands where `expected` is needed.
    pub(super) fn check(&mut self, e: &tree::Expr, expected: TypeId) -> Expr {
        let found = self.infer(e, Some(expected));
        if matches!(self.get(expected), Type::Bool)
            && !self.program.types.fits(expected, self.program.types.inner(found.ty))
        {
            let (before, ty) = (self.diagnostics.len(), found.ty);
            let broken = self.no_condition(e, found);
            if let Some(text) = self.meant(e, ty, expected)
                && let Some(d) = self.diagnostics.get_mut(before).filter(|d| d.help.is_none())
            {
                *d = d.clone().write(text);
            }
            return broken;
        }
        let (before, ty) = (self.diagnostics.len(), found.ty);
        let value = self.coerce(found, expected);
        if self.diagnostics.len() > before
            && let Some(text) = self.meant(e, ty, expected)
            && let Some(d) = self.diagnostics.get_mut(before).filter(|d| d.help.is_none())
        {
            *d = d.clone().write(text);
        }
        value
    }

    /// What was meant by a value of another type: a number by a condition, an element by a set of it.
    fn meant(&mut self, e: &tree::Expr, found: TypeId, expected: TypeId) -> Option<String> {
        let inner = self.program.types.inner(expected);
        match (&e.kind, self.get(found), self.bounds(inner)) {
            (Tree::Bool(b), _, Some((lo, hi))) if (lo..=hi).contains(&i64::from(*b)) => {
                Some(i64::from(*b).to_string())
            }
            (_, Type::Bool, Some((lo, hi))) if lo <= 0 && hi >= 1 => {
                Some(format!("if {} then 1 else 0", printer::expression(e)))
            }
            (Tree::Set(items) | Tree::List(items), ..) if items.len() == 1 => {
                let element = self.element(found)?;
                self.program.types.fits(inner, element).then(|| printer::expression(&items[0]))
            }
            _ => None,
        }
    }

    /// A number or an option where a condition is needed: neither is true or false by itself.
    fn no_condition(&mut self, e: &tree::Expr, found: Expr) -> Expr {
        let before = self.diagnostics.len();
        let broken = self.mismatch(found.span, "bool", found.ty);
        let text = match (&found.kind, self.get(found.ty)) {
            (ExprKind::Int(0), _) => "false".to_owned(),
            (ExprKind::Int(1), _) => "true".to_owned(),
            (_, Type::Option(_)) => format!("{} != none", printer::operand(e)),
            (_, Type::Int { .. }) => format!("{} != 0", printer::operand(e)),
            _ => return broken,
        };
        if let Some(d) = self.diagnostics.get_mut(before) {
            *d = d.clone().write(text);
        }
        broken
    }

    /// A condition.
    pub(super) fn condition(&mut self, e: &tree::Expr) -> Expr {
        self.seek(e, Needed::Condition);
        // What is being typed is no condition yet, and its parts are looked for all the same.
        if self.sought.is_none()
            && let Some(d) = self.compared_within(e)
        {
            return self.wrong(d);
        }
        let bool_type = self.bool_type();
        self.check(e, bool_type)
    }

    /// An integer, out of an option where need be.
    pub(super) fn integer(&mut self, e: &tree::Expr) -> Expr {
        self.seek(e, Needed::Integer);
        let found = self.infer(e, None);
        self.as_integer(found)
    }

    pub(super) fn as_integer(&mut self, found: Expr) -> Expr {
        let found = self.opened(found);
        match self.get(found.ty) {
            Type::Int { .. } | Type::Error => found,
            _ => self.mismatch(found.span, "an integer", found.ty),
        }
    }

    /// An expression and its type. `hint` is a guess at the type, not a demand.
    pub(super) fn infer(&mut self, e: &tree::Expr, hint: Option<TypeId>) -> Expr {
        if self.sought.is_none() {
            return self.inferred(e, hint);
        }
        self.look(e, hint);
        let found = self.inferred(e, hint);
        self.passed(e.span, found.ty);
        found
    }

    fn inferred(&mut self, e: &tree::Expr, hint: Option<TypeId>) -> Expr {
        let span = e.span;
        match &e.kind {
            Tree::Bool(b) => self.bool_expr(ExprKind::Bool(*b), span),
            Tree::Int(n) => self.int_expr(ExprKind::Int(*n), *n, *n, span),
            Tree::None => self.none(span, hint),
            Tree::Quiescent => {
                self.use_quiescent(span);
                self.bool_expr(ExprKind::Quiescent, span)
            }
            Tree::Name(name) => self.name(name, span, hint),
            Tree::Field(base, name) => self.field(base, name, span),
            Tree::Index(base, index) => self.index(base, index, span),
            Tree::Slice(base, from, to) => self.slice(base, from.as_deref(), to.as_deref(), span),
            Tree::Call(name, args) => self.call(name, args, span, hint),
            Tree::Unary(op, a) => self.unary(*op, a, span),
            Tree::Binary(op, a, b) => self.binary(*op, a, b, span, hint),
            Tree::If(condition, a, b) => self.if_else(condition, a, b, span, hint),
            Tree::Let(name, value, body) => self.let_in(name, value, body, span, hint),
            Tree::Quantified(quantifier, binder, body) => {
                self.quantified(*quantifier, binder, body.as_deref(), span)
            }
            Tree::MapOf(key, value, binder) => self.map_of(key, value, binder, span, hint),
            Tree::InFlight(_, flight) => self.in_flight_where(flight, span),
            Tree::SetOf(body, binder) => self.set_of(body, binder, span, hint),
            Tree::ListOf(body, binder) => self.list_of(body, binder, span, hint),
            Tree::Set(items) => match self.range_as_set(e, hint) {
                Some(range) => range,
                None => self.set(items, span, hint),
            },
            Tree::List(items) => self.list(items, span, hint),
            Tree::Map(entries) => self.map(entries, span, hint),
            Tree::Record(name, fields) => self.record(name, fields, span),
            Tree::Range(from, to) => self.range(from, to, span),
            Tree::Old(inner) => self.old(inner, span, hint),
            Tree::Error => self.broken(span),
        }
    }

    /// Whether the type of an expression can only come from outside.
    pub(super) fn needs_hint(&self, e: &tree::Expr) -> bool {
        match &e.kind {
            Tree::None => true,
            Tree::Set(items) | Tree::List(items) => items.iter().all(|i| self.needs_hint(i)),
            Tree::Map(entries) => entries.is_empty(),
            Tree::Name(name) if self.is_sought(name, e.span) => true,
            Tree::Name(name) => {
                self.names.values(name).len() > 1 && !self.locals.iter().any(|l| l.name == *name)
            }
            Tree::If(_, a, b) => self.needs_hint(a) && self.needs_hint(b),
            _ => false,
        }
    }

    fn none(&mut self, span: Span, hint: Option<TypeId>) -> Expr {
        let ty = match hint.map(|h| (h, self.get(h))) {
            Some((hint, Type::Option(_) | Type::Error)) => hint,
            Some((hint, _)) => self.ty(Type::Option(hint)),
            None => {
                let d = Diagnostic::error(codes::CANNOT_INFER, span, "the type of `none` is unknown here");
                return self.wrong(d.help("compare or assign it to something that has a type `T?`"));
            }
        };
        Expr { kind: ExprKind::None, ty, span }
    }

    // ---- names ----

    fn name(&mut self, name: &str, span: Span, hint: Option<TypeId>) -> Expr {
        if let Some(binding) = self.locals.iter().rev().find(|l| l.name == name) {
            return Expr { kind: binding.kind.clone(), ty: binding.ty, span };
        }
        let meanings = self.names.values(name).to_vec();
        let wanted = hint.map(|h| self.get(self.program.types.inner(h)));
        let fits =
            |m: &Meaning| matches!((m, &wanted), (Meaning::Variant(e, _), Some(Type::Enum(w))) if e == w);
        let variants = meanings.iter().filter(|(m, _)| matches!(m, Meaning::Variant(..))).count();
        let chosen = meanings.iter().find(|(m, _)| fits(m)).or(meanings.first());
        match chosen {
            None if name == TypeWord::Bool.word() => {
                let ty = self.bool_type();
                self.meaning(Meaning::Type(ty), name, span)
            }
            None => {
                let before = self.diagnostics.len();
                let broken = self.unknown_name(name, span);
                if let (Some(Type::Enum(id)), Some(d)) = (wanted, self.diagnostics.get_mut(before))
                    && d.help.is_none()
                {
                    let known = &self.program.enums[id.index()];
                    d.help = Some(format!("{} has: {}", known.name, known.variants.join(", ")));
                }
                broken
            }
            Some((m, _)) if variants > 1 && !fits(m) => {
                let enums: Vec<String> = meanings
                    .iter()
                    .filter_map(|(m, _)| match m {
                        Meaning::Variant(e, _) => {
                            Some(format!("`{}.{name}`", self.program.enums[e.index()].name))
                        }
                        _ => None,
                    })
                    .collect();
                let d = Diagnostic::error(
                    codes::AMBIGUOUS,
                    span,
                    format!("`{name}` is a variant of several enums"),
                );
                self.wrong(d.help(format!("write {}", enums.join(" or "))))
            }
            Some((m, _)) => self.meaning(*m, name, span),
        }
    }

    fn meaning(&mut self, meaning: Meaning, name: &str, span: Span) -> Expr {
        match meaning {
            Meaning::Param(i) => {
                let mut value = self.program.params[i].value.clone();
                stands_at(&mut value, span);
                value
            }
            Meaning::State(id) => self.read_state(id, span),
            Meaning::Type(ty) => {
                let set = self.set_type(ty, span);
                Expr { kind: ExprKind::TypeSet(ty), ty: set, span }
            }
            Meaning::Variant(id, i) => {
                let ty = self.ty(Type::Enum(id));
                Expr { kind: ExprKind::Member(i), ty, span }
            }
            Meaning::Member(id, i) => {
                let ty = self.ty(Type::Node(id));
                Expr { kind: ExprKind::Member(i), ty, span }
            }
            Meaning::Late => self.wrong(too_late(name, span)),
            Meaning::Broken => self.broken(span),
        }
    }

    pub(super) fn unknown_name(&mut self, name: &str, span: Span) -> Expr {
        let d = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("unknown name `{name}`"));
        if let Some(words) = self.help_for(name) {
            return self.wrong(d.help(words));
        }
        if self.context.place == Context::CONSTANT.place && matches!(name, "self" | "this" | "Self" | "me") {
            return self.wrong(d.help(
                "nodes begin with values of their own by `= any` and a member `init a.id != b.id`; \
                 the node itself is the name after `at`, and `index(n)` its number",
            ));
        }
        if let Some(entry) = foreign(Place::Expression, name) {
            return self.wrong(if entry.why.is_empty() {
                d.write(entry.here)
            } else {
                d.help(entry.words())
            });
        }
        let locals = self.locals.iter().map(|l| l.name.as_str());
        if let Some(near) = self.names.nearest(name, locals) {
            let d = d.meant(near);
            return self.wrong(d);
        }
        let fields = self.program.node_fields.iter().map(|f| f.name.as_str());
        let near = nearest(name, fields).and_then(|n| self.program.node_fields.iter().find(|f| f.name == n));
        self.wrong(match near.map(|field| (&field.name, &self.program.nodes[field.node.index()].name)) {
            Some((field, node)) => d.help(format!("did you mean `{field}` of a {node}?")),
            None => d,
        })
    }

    /// Whether a name has a meaning, or there is something to say of it.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let bound = self.locals.iter().any(|l| l.name == name);
        bound || !self.names.values(name).is_empty() || self.help_for(name).is_some()
    }

    fn help_for(&self, name: &str) -> Option<String> {
        if name == "any" && self.context.place == Context::EFFECT.place {
            return Some("what is open is chosen: `choose x in S { … }`".into());
        }
        if let Some(bound) = self.bound_elsewhere.iter().find(|l| l.name == name) {
            let of = self.type_name(bound.ty);
            return Some(format!(
                "`{name}` is bound only where it acts: here go through all, `[{name}.FIELD for {name} in {of}]`"
            ));
        }
        if let Some(field) = self.program.node_fields.iter().find(|f| f.name == name) {
            let node = &self.program.nodes[field.node.index()];
            let local = self.locals.iter().rev().find(|l| self.get(l.ty) == Type::Node(field.node));
            if !self.context.state {
                return Some(format!("an initial value is a constant: it cannot read `{name}`"));
            }
            let of = local.map_or_else(|| node.member(0), |l| l.name.clone());
            return Some(format!("`{name}` belongs to each {}: write `{of}.{name}`", node.name));
        }
        if let Some(node) = self.program.nodes.iter().find(|n| n.name.to_lowercase() == name && n.count > 0) {
            let (first, last) = (node.member(0), node.member(node.count - 1));
            return Some(match node.count {
                1 => format!("the one {} is `{first}`", node.name),
                _ => format!("the nodes of {} are `{first}` to `{last}`", node.name),
            });
        }
        if self.names.def(name).is_some() || is_builtin(name) {
            return Some(format!("`{name}` is a function: write `{name}(…)`"));
        }
        let only =
            |n: &&super::program::Node| n.single && name.strip_prefix(&n.member(0)).is_some_and(is_number);
        if let Some(node) = self.program.nodes.iter().find(only) {
            return Some(format!("the one {} is `{}`", node.name, node.member(0)));
        }
        if let Some(node) = self.beyond(name) {
            let (first, last) = (node.member(0), node.member(node.count - 1));
            return Some(match node.count {
                1 => format!("there is only one {}: {first}", node.name),
                n => format!("there are only {n} of {}: {first} to {last}", node.name),
            });
        }
        if self.program.invariants.iter().any(|i| i.header.name == name) {
            return Some(format!(
                "it is an invariant: `check {} {{ only {name} }}` judges it",
                self.program.name
            ));
        }
        None
    }

    /// The kind that a node of this name would be of, if there were more of it: `broker4`.
    fn beyond(&self, name: &str) -> Option<&super::program::Node> {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = stem.len() < name.len();
        self.program.nodes.iter().find(|n| {
            let known = n.member(0);
            numbered && !n.single && n.count > 0 && known.strip_suffix('1') == Some(stem)
        })
    }

    // ---- parts ----

    fn field(&mut self, base: &tree::Expr, name: &Name, span: Span) -> Expr {
        if let Tree::Name(of) = &base.kind
            && !self.locals.iter().any(|l| l.name == *of)
            && let Some(Type::Enum(id)) = self.meaning_of_type(of).map(|ty| self.get(ty))
        {
            let e = &self.program.enums[id.index()];
            let found = e.variants.iter().position(|v| *v == name.text);
            let known: Vec<String> = e.variants.clone();
            return match found {
                Some(i) => self.meaning(Meaning::Variant(id, i as u32), &name.text, span),
                None => self.unknown_field(name, &format!("enum {of}"), "variant", &known),
            };
        }
        if let Tree::Name(of) = &base.kind
            && let Some(d) = self.of_nobody((of, base.span), name, span)
        {
            return self.wrong(d);
        }
        let tree = base;
        let base = self.infer(base, None);
        let base = self.opened(base);
        match self.get(base.ty) {
            Type::Error => self.broken(span),
            Type::Set(element)
                if matches!((&base.kind, self.get(element)), (ExprKind::TypeSet(_), Type::Node(_))) =>
            {
                self.of_a_kind(element, name)
            }
            Type::Node(id) => self.node_member(base, id, name, span),
            Type::Record(id) => self.record_member(base, id, name, span),
            _ => {
                let ty = self.type_name(base.ty);
                let words = format!("{ty} has no field `{}`", name.text);
                let d = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, words).label(format!("of {ty}"));
                let collection =
                    matches!(self.get(base.ty), Type::List { .. } | Type::Bag { .. } | Type::Set(_));
                let function = match name.text.as_str() {
                    "length" | "size" | "count" | "len" if collection => Some("len"),
                    other if is_builtin(other) => Some(other),
                    _ => None,
                };
                self.wrong(if let Some(function) = function {
                    let of = printer::expression(tree);
                    let text = format!("{function}({of})");
                    let words = format!("write `{text}`");
                    d.fix(span, text, words)
                } else {
                    d.help("only nodes and records have fields")
                })
            }
        }
    }

    /// `n.x` where nobody is called n: in a handler, or where a kind of node has an x.
    fn of_nobody(&self, (of, at): (&str, Span), name: &Name, span: Span) -> Option<Diagnostic> {
        let message = self.names.message(of).is_some();
        if self.locals.iter().any(|l| l.name == of) || !self.names.values(of).is_empty() && !message {
            return None;
        }
        let d = Diagnostic::error(codes::UNKNOWN_NAME, at, format!("unknown name `{of}`"));
        let held = self.locals.iter().any(|l| l.name == name.text);
        if held && (message || matches!(of, "msg" | "m" | "message" | "self" | "this" | "event" | "e")) {
            let words = format!("the fields of a message are names in its handler: write `{}`", name.text);
            return Some(d.fix(span, name.text.clone(), words));
        }
        let known =
            self.bound_elsewhere.iter().any(|l| l.name == of) || foreign(Place::Expression, of).is_some();
        let field = self.program.node_fields.iter().find(|f| f.name == name.text).filter(|_| !known)?;
        let node = &self.program.nodes[field.node.index()].name;
        if self.names.nearest(of, self.locals.iter().map(|l| l.name.as_str())).is_some() {
            return None;
        }
        Some(d.help(match self.context.place {
            "a clause" => {
                format!("say of which: `some {of} in {node}: P`, {}", of_each(of, node, &name.text))
            }
            "a guard" | "an effect" => {
                format!("which {node} acts stands in the head, `at {of} in {node}`; all are gone through by `for {of} in {node} {{ … }}`")
            }
            _ => format!("each {node} has it: `all {of} in {node}: P`"),
        }))
    }

    /// `N.x`: a field of all nodes of a kind.
    fn of_a_kind(&mut self, kind: TypeId, name: &Name) -> Expr {
        let kind = self.type_name(kind);
        let n = kind.to_lowercase();
        let field = &name.text;
        let d = Diagnostic::error(
            codes::UNKNOWN_FIELD,
            name.span,
            format!("{kind} is all nodes of the kind, and `{field}` belongs to one"),
        );
        if matches!(field.as_str(), "len" | "length" | "size" | "count") {
            return self.wrong(d.help(format!("how many there are: `len({kind})`")));
        }
        self.wrong(d.help(match self.context.place {
            "a clause" => format!("say of which: {}", of_each(&n, &kind, field)),
            "an effect" => format!("of each: `for {n} in {kind} {{ {n}.{field} := EXPR }}`"),
            _ => format!("of each: `all {n} in {kind}: {n}.{field} == EXPR`"),
        }))
    }

    fn node_member(&mut self, base: Expr, id: NodeId, name: &Name, span: Span) -> Expr {
        if let Some(field) = self.node_field(id, &name.text) {
            return self.read_field(base, field, span);
        }
        if name.text == "up" {
            self.reads("up", false, span);
            return self.bool_expr(ExprKind::Up(Box::new(base)), span);
        }
        let node = &self.program.nodes[id.index()];
        let known: Vec<String> = node
            .fields
            .iter()
            .map(|f| self.program.node_fields[f.index()].name.clone())
            .chain(["up".to_owned()])
            .collect();
        let owner = format!("node {}", node.name);
        if let Some(def) = self.names.def(&name.text)
            && self.program.defs[def.index()].params.len() == 1
        {
            let words = format!("{owner} has no field `{}`", name.text);
            let d = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, words);
            return self.wrong(d.help(format!("it is a `def`: write `{}(…)`", name.text)));
        }
        self.unknown_field(name, &owner, "field", &known)
    }

    fn record_member(&mut self, base: Expr, id: RecordId, name: &Name, span: Span) -> Expr {
        let record = &self.program.records[id.index()];
        if let Some(i) = record.fields.iter().position(|(f, _)| *f == name.text) {
            let ty = record.fields[i].1;
            return Expr { kind: ExprKind::Field(Box::new(base), i as u32), ty, span };
        }
        let known: Vec<String> = record.fields.iter().map(|(f, _)| f.clone()).collect();
        let owner = format!("record {}", record.name);
        self.unknown_field(name, &owner, "field", &known)
    }

    pub(super) fn unknown_field(&mut self, name: &Name, owner: &str, what: &str, known: &[String]) -> Expr {
        let words = format!("{owner} has no {what} `{}`", name.text);
        let d = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, words);
        let words = format!("it has: {}", known.join(", "));
        self.wrong(d.meant_among(&name.text, known.iter().map(String::as_str), words))
    }

    fn index(&mut self, of: &tree::Expr, index: &tree::Expr, span: Span) -> Expr {
        let base = of;
        let base = self.infer(base, None);
        let base = self.opened(base);
        match self.get(base.ty) {
            Type::List { element, .. } => {
                if let Tree::Unary(tree::UnaryOp::Negate, n) = &index.kind
                    && matches!(n.kind, Tree::Int(_))
                {
                    let d = Diagnostic::error(codes::OUT_OF_RANGE, index.span, "an index counts from 0");
                    let text = format!("last({})", printer::expression(of));
                    let words = format!("the last element is `{text}`");
                    return self.wrong(d.fix(span, text, words));
                }
                let index = self.integer(index);
                Expr { kind: ExprKind::Index(Box::new(base), Box::new(index)), ty: element, span }
            }
            Type::Map { key, value } => {
                let index = self.check(index, key);
                Expr { kind: ExprKind::Index(Box::new(base), Box::new(index)), ty: value, span }
            }
            _ => {
                self.infer(index, None);
                match (&base.kind, &index.kind) {
                    (ExprKind::TypeSet(kind), Tree::Int(n)) if matches!(self.get(*kind), Type::Node(_)) => {
                        self.node_by_number(*kind, *n, span)
                    }
                    _ => self.no_parts(&base, (of, index)),
                }
            }
        }
    }

    /// `s[0]` of what is no list and no map.
    fn no_parts(&mut self, base: &Expr, (of, index): (&tree::Expr, &tree::Expr)) -> Expr {
        let before = self.diagnostics.len();
        let broken = self.mismatch(base.span, "a list or a map", base.ty);
        let (of, index) = (printer::operand(of), printer::expression(index));
        let words = match self.get(base.ty) {
            Type::Set(_) => format!(
                "a set has no places: `{index} in {of}` asks whether it is there, `choose x in {of} {{ … }}` takes one"
            ),
            Type::Bag { .. } => format!(
                "a bag has no places: `{index} in {of}` asks whether it is there, `choose x in elements({of}) {{ … }}` takes one"
            ),
            Type::Int { .. } | Type::Bool | Type::Enum(_) => {
                "what has parts is declared as a list or a map: `list<TYPE, 3>`, `map<KEY -> TYPE>`"
                    .to_owned()
            }
            Type::Node(_) | Type::Record(_) => format!("its parts are fields: `{of}.FIELD`"),
            _ => return broken,
        };
        if let Some(d) = self.diagnostics.get_mut(before) {
            d.help = Some(words);
        }
        broken
    }

    /// `N[0]`: nodes have names.
    fn node_by_number(&mut self, kind: TypeId, n: i64, span: Span) -> Expr {
        let Type::Node(id) = self.get(kind) else { return self.broken(span) };
        let node = &self.program.nodes[id.index()];
        let words = format!("{} is a kind of node, and no list", node.name);
        let (first, last) = (node.member(0), node.member(node.count.saturating_sub(1)));
        let meant = u32::try_from(n).ok().filter(|n| *n < node.count).map(|n| node.member(n));
        let d = Diagnostic::error(codes::MISMATCH, span, words);
        self.wrong(match meant {
            Some(meant) => d.write(meant),
            None => d.help(format!("its nodes are `{first}` to `{last}`")),
        })
    }

    fn slice(
        &mut self,
        base: &tree::Expr,
        from: Option<&tree::Expr>,
        to: Option<&tree::Expr>,
        span: Span,
    ) -> Expr {
        let base = self.infer(base, None);
        let base = self.opened(base);
        let from = from.map(|e| Box::new(self.integer(e)));
        let to = to.map(|e| Box::new(self.integer(e)));
        match self.get(base.ty) {
            Type::List { .. } => {
                let ty = base.ty;
                Expr { kind: ExprKind::Slice(Box::new(base), from, to), ty, span }
            }
            _ => self.mismatch(base.span, "a list", base.ty),
        }
    }

    fn old(&mut self, inner: &tree::Expr, span: Span, hint: Option<TypeId>) -> Expr {
        self.use_old(span);
        let context = Context { old: false, quiescent: false, ..self.context };
        // Where `old` itself is wrong, one report is enough.
        let context = if self.context.old { Context { before: true, ..context } } else { self.context };
        let inner = self.within(context, |c| c.infer(inner, hint));
        let ty = inner.ty;
        Expr { kind: ExprKind::Old(Box::new(inner)), ty, span }
    }

    fn let_in(
        &mut self,
        name: &Name,
        value: &tree::Expr,
        body: &tree::Expr,
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        let value = self.infer(value, None);
        let local = self.bind(name, value.ty);
        let body = self.infer(body, hint);
        self.locals.pop();
        let ty = body.ty;
        Expr { kind: ExprKind::Let(local, Box::new(value), Box::new(body)), ty, span }
    }

    fn if_else(
        &mut self,
        condition: &tree::Expr,
        a: &tree::Expr,
        b: &tree::Expr,
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        let condition = self.condition(condition);
        let (a, b) = self.both(a, b, hint);
        match self.unified(a, b, OTHER_BRANCH) {
            Some(Unified { a, b, ty }) => {
                let kind = ExprKind::If(Box::new(condition), Box::new(a), Box::new(b));
                Expr { kind, ty, span }
            }
            None => self.broken(span),
        }
    }

    /// Two expressions that should have one type: whichever knows its type helps the other.
    pub(super) fn both(&mut self, a: &tree::Expr, b: &tree::Expr, hint: Option<TypeId>) -> (Expr, Expr) {
        if self.needs_hint(a) && !self.needs_hint(b) {
            let b = self.infer(b, hint);
            let a = self.infer(a, Some(b.ty));
            return (a, b);
        }
        let a = self.infer(a, hint);
        let b = self.infer(b, Some(hint.unwrap_or(a.ty)));
        (a, b)
    }

    pub(super) fn quantified(
        &mut self,
        quantifier: Quantifier,
        binder: &tree::Binder,
        body: Option<&tree::Expr>,
        span: Span,
    ) -> Expr {
        let mark = self.locals.len();
        let binder = self.binder(binder);
        let result = match quantifier {
            Quantifier::All | Quantifier::Some => {
                let body = match body {
                    Some(body) => self.condition(body),
                    None => self.bool_expr(ExprKind::Bool(true), span),
                };
                let kind = match quantifier {
                    Quantifier::All => ExprKind::All(binder, Box::new(body)),
                    _ => ExprKind::Any(binder, Box::new(body)),
                };
                self.bool_expr(kind, span)
            }
            Quantifier::Count => self.count(binder, body, span),
            Quantifier::First => self.first(binder, body, span),
            Quantifier::Sum | Quantifier::Min | Quantifier::Max => {
                let body = match body {
                    Some(body) => self.integer(body),
                    None => {
                        let own = self.local_expr(binder.local, binder.span);
                        self.as_integer(own)
                    }
                };
                self.fold(quantifier, binder, body, span)
            }
        };
        self.locals.truncate(mark);
        result
    }
}

/// A field of all nodes of a kind, in a clause.
fn of_each(name: &str, kind: &str, field: &str) -> String {
    let binder = format!("for {name} in {kind}");
    format!("`[{name}.{field} {binder}]`; `views` and `token` take `{binder}` after the value")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// A parameter where its value is not known yet.
pub(super) fn too_late(name: &str, span: Span) -> Diagnostic {
    let words = format!("`{name}` is not known yet here");
    let d = Diagnostic::error(codes::NOT_CONSTANT, span, words);
    d.help("sizes and ranges are made of integers, bools and variants")
}

/// An expression that another stands for.
fn stands_at(e: &mut Expr, span: Span) {
    e.span = span;
    e.parts_mut(&mut |part| stands_at(part, span));
}
