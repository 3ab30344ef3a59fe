//! Collections: binders, comprehensions, literals of sets, lists, maps and records, folds.
//!
//! Enters: their trees and the expected type, where known. Leaves: typed expressions over finite domains.

use super::check::{Checker, Context};
use super::literal;
use super::program::{BinaryOp, Binder, Expr, ExprKind, LocalId, Record, RecordId, Type, TypeId};
use super::sought::Needed;
use super::types::MAX_DOMAIN;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, ExprKind as Tree, Name, Quantifier};
use crate::words::TypeWord;

impl Checker<'_> {
    /// `x in S where P`. The local stays in scope: the caller truncates `locals`.
    pub(super) fn binder(&mut self, b: &tree::Binder) -> Binder {
        self.seek(&b.set, Needed::Set);
        let set = self.range_in_brackets(&b.set);
        let set = set.unwrap_or_else(|| self.infer(&b.set, None));
        self.binder_over(b, set)
    }

    /// `{0..3}` where a set of numbers is expected.
    pub(super) fn range_as_set(&mut self, set: &tree::Expr, hint: Option<TypeId>) -> Option<Expr> {
        let element = self.hinted_element(hint)?;
        let numbers = matches!(self.get(element), Type::Int { .. });
        if numbers { self.range_in_brackets(set) } else { None }
    }

    /// `[0..3]` and `{0..3}` where `0..3` is meant: the range itself, after a report.
    pub(super) fn range_in_brackets(&mut self, set: &tree::Expr) -> Option<Expr> {
        let (Tree::Set(items) | Tree::List(items)) = &set.kind else { return None };
        let [range] = items.as_slice() else { return None };
        if !matches!(range.kind, Tree::Range(..)) {
            return None;
        }
        let d = Diagnostic::error(codes::MISMATCH, set.span, "a range is a set by itself");
        self.report(d.write(crate::syntax::printer::expression(range)));
        Some(self.infer(range, None))
    }

    fn binder_over(&mut self, b: &tree::Binder, set: Expr) -> Binder {
        let (set, ty) = self.gone_through(set);
        self.hides(&b.name);
        let local = self.bind(&b.name, ty);
        let filter = b.filter.as_ref().map(|f| Box::new(self.condition(f)));
        Binder { local, set: Box::new(set), filter, span: b.span }
    }

    /// A set that is gone through, and what it consists of.
    fn gone_through(&mut self, set: Expr) -> (Expr, TypeId) {
        let set = self.opened(set);
        match self.get(set.ty) {
            Type::Set(element) => (set, element),
            Type::Error => {
                let ty = set.ty;
                (set, ty)
            }
            other => {
                let found = self.type_name(set.ty);
                let words = format!("expected a set to go through, found {found}");
                let d = Diagnostic::error(codes::NOT_A_SET, set.span, words);
                let d = match other {
                    Type::List { .. } => {
                        d.help("write `elements(…)` for its elements, or `indices(…)` for its positions")
                    }
                    Type::Bag { .. } => d.help("write `elements(…)` for its distinct elements"),
                    Type::Map { .. } => d.help("go through the type of its keys"),
                    Type::Int { .. } => d.help("the integers up to n are `1..n`"),
                    _ => d.help(
                        "a set is a type's name, a range `lo..hi`, `{…}`, or a variable of type `set<…>`",
                    ),
                };
                let broken = self.wrong(d);
                let ty = broken.ty;
                (broken, ty)
            }
        }
    }

    /// A name that cannot be reached behind this one. An expression may be read more than once.
    fn hides(&mut self, name: &tree::Name) {
        // A clause speaks of all beside an act that speaks of one: `restores [n.x for n in N]`.
        if self.context.place == Context::CLAUSE.place {
            return;
        }
        let Some(outer) = self.locals.iter().rev().find(|l| l.name == name.text).map(|l| l.span) else {
            return;
        };
        if self.diagnostics.iter().any(|d| (d.code, d.span) == (codes::HIDES, name.span)) {
            return;
        }
        let words = format!("`{0}` hides the `{0}` around it", name.text);
        let d = Diagnostic::warning(codes::HIDES, name.span, words).label("another one from here on");
        self.report(d.related(outer, "this one").help("give one of them another name"));
    }

    /// `count x in S where P`; a body is a condition more.
    pub(super) fn count(&mut self, mut binder: Binder, body: Option<&tree::Expr>, span: Span) -> Expr {
        if let Some(body) = body {
            let body = self.condition(body);
            let filter = match binder.filter.take() {
                Some(filter) => {
                    let at = filter.span;
                    let kind = ExprKind::Binary(super::program::BinaryOp::And, filter, Box::new(body));
                    self.bool_expr(kind, at)
                }
                None => body,
            };
            binder.filter = Some(Box::new(filter));
        }
        let most = self.most(&binder);
        self.int_expr(ExprKind::Count(binder), 0, most, span)
    }

    /// How many elements a binder goes through at most.
    fn most(&mut self, binder: &Binder) -> i64 {
        let ty = self.program.locals[binder.local.index()].ty;
        let domain = self.domain(ty);
        match &binder.set.kind {
            ExprKind::Set(items) => domain.min(items.len() as i64),
            _ => domain,
        }
    }

    pub(super) fn fold(&mut self, quantifier: Quantifier, binder: Binder, body: Expr, span: Span) -> Expr {
        let Some((lo, hi)) = self.bounds(body.ty) else { return self.broken(span) };
        let body = Box::new(body);
        match quantifier {
            Quantifier::Min => self.int_expr(ExprKind::Min(binder, body), lo, hi, span),
            Quantifier::Max => self.int_expr(ExprKind::Max(binder, body), lo, hi, span),
            _ => {
                let most = self.most(&binder);
                let (lo, hi) = (lo.saturating_mul(most).min(0), hi.saturating_mul(most).max(0));
                self.int_expr(ExprKind::Sum(binder, body), lo, hi, span)
            }
        }
    }

    /// `first x in S where P by e`
    pub(super) fn first(&mut self, binder: Binder, key: Option<&tree::Expr>, span: Span) -> Expr {
        let key = key.map(|key| Box::new(self.integer(key)));
        let element = self.program.locals[binder.local.index()].ty;
        match self.get(element) {
            Type::Error => self.broken(span),
            Type::Option(_) => {
                let d = Diagnostic::error(codes::MISMATCH, span, "the first of several options is no option");
                self.wrong(d.help("go through their values: `first x in S`, where S is a set of `T`"))
            }
            _ => {
                let ty = self.ty(Type::Option(element));
                Expr { kind: ExprKind::First(binder, key), ty, span }
            }
        }
    }

    pub(super) fn set_of(
        &mut self,
        body: &tree::Expr,
        binder: &tree::Binder,
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        let mark = self.locals.len();
        let binder = self.binder(binder);
        let hint = self.hinted_element(hint);
        let body = self.infer(body, hint);
        self.locals.truncate(mark);
        let element = self.settled(body.ty, hint);
        let ty = self.set_type(element, span);
        Expr { kind: ExprKind::SetOf(binder, Box::new(body)), ty, span }
    }

    pub(super) fn list_of(
        &mut self,
        body: &tree::Expr,
        binder: &tree::Binder,
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        let mark = self.locals.len();
        let binder = self.binder(binder);
        let hint = self.hinted_element(hint);
        let body = self.infer(body, hint);
        self.locals.truncate(mark);
        let max = self.most(&binder).min(MAX_DOMAIN as i64) as u32;
        let element = self.settled(body.ty, hint);
        let ty = self.list_type(element, max);
        Expr { kind: ExprKind::ListOf(binder, Box::new(body)), ty, span }
    }

    fn list_type(&mut self, element: TypeId, max: u32) -> TypeId {
        if self.is_error(element) {
            return element;
        }
        self.ty(Type::List { element, max })
    }

    /// What the expected type, options opened, consists of.
    fn hinted_element(&self, hint: Option<TypeId>) -> Option<TypeId> {
        self.element(self.program.types.inner(hint?))
    }

    /// The expected element type where it holds all values of the found one; else the found one.
    fn settled(&mut self, found: TypeId, hint: Option<TypeId>) -> TypeId {
        match hint {
            Some(hint) if self.program.types.join(hint, found, false) == Some(hint) => hint,
            _ => found,
        }
    }

    /// Items of one literal, all lifted where one is an option, and their joined type.
    fn items(&mut self, items: &[&tree::Expr], hint: Option<TypeId>) -> (Vec<Expr>, Option<TypeId>) {
        // The first that knows its own type helps the others.
        let telling = if hint.is_none() { items.iter().position(|i| !self.needs_hint(i)) } else { None };
        let told = telling.map(|i| self.infer(items[i], None));
        let hint = hint.or_else(|| told.as_ref().map(|e| e.ty));
        let mut told = told;
        let mut typed: Vec<Expr> = Vec::with_capacity(items.len());
        let mut all: Option<TypeId> = None;
        for (i, item) in items.iter().enumerate() {
            let e = match told.take_if(|_| telling == Some(i)) {
                Some(e) => e,
                None => self.infer(item, hint),
            };
            let joined = match all {
                None => Some(e.ty),
                Some(all) => self.program.types.join(all, e.ty, true),
            };
            match joined {
                Some(joined) => {
                    all = Some(joined);
                    typed.push(e);
                }
                None => {
                    let expected = all.map_or_else(String::new, |ty| self.found(ty));
                    let broken = self.mismatch(e.span, &format!("{expected}, as before"), e.ty);
                    typed.push(broken);
                }
            }
        }
        if let Some(ty) = all
            && matches!(self.get(ty), Type::Option(_))
        {
            typed = typed.into_iter().map(|e| self.lifted(e)).collect();
        }
        (typed, all)
    }

    /// What is compared by value: unlike values in one list are parts of one.
    pub(super) fn compared(&mut self, e: &tree::Expr) -> Expr {
        let mark = self.diagnostics.len();
        let whole = self.infer(e, None);
        let Tree::List(items) = &e.kind else { return whole };
        if self.diagnostics.len() == mark {
            return whole;
        }
        let unlike = self.diagnostics.split_off(mark);
        let parts: Vec<Expr> = items.iter().map(|item| self.infer(item, None)).collect();
        if self.diagnostics.len() > mark {
            self.diagnostics.truncate(mark);
            self.diagnostics.extend(unlike);
            return whole;
        }
        let fields = parts.iter().enumerate().map(|(i, part)| ((i + 1).to_string(), part.ty)).collect();
        let record = RecordId(self.program.records.len() as u32);
        self.program.records.push(Record { name: String::new(), fields, docs: None, span: e.span });
        let ty = self.program.types.intern(Type::Record(record));
        Expr { kind: ExprKind::Record(record, parts), ty, span: e.span }
    }

    pub(super) fn set(&mut self, items: &[tree::Expr], span: Span, hint: Option<TypeId>) -> Expr {
        if let Some(wrong) = self.other_brackets(items, "{", span, hint) {
            return wrong;
        }
        let whole = hint.map(|h| self.program.types.inner(h));
        if items.is_empty()
            && let Some(ty) = whole
            && matches!(self.get(ty), Type::Set(_) | Type::Bag { .. } | Type::Error)
        {
            let (kind, ty) = match self.get(ty) {
                Type::Bag { .. } => (ExprKind::List(Vec::new()), ty),
                // A hint need not be a type that can be.
                Type::Set(element) => (ExprKind::Set(Vec::new()), self.set_type(element, span)),
                _ => return self.broken(span),
            };
            return Expr { kind, ty, span };
        }
        // `{}` and `{a, b}` are also how a bag is written where one is expected.
        let bag = whole.is_some_and(|w| matches!(self.get(w), Type::Bag { .. }));
        let hint = self.hinted_element(hint);
        let items: Vec<&tree::Expr> = items.iter().collect();
        let (items, element) = self.items(&items, hint);
        let Some(element) = element else { return self.cannot_infer("{}", span) };
        let (element, items) = self.lift_to(element, hint, items);
        if bag && !self.is_error(element) {
            let ty = self.ty(Type::Bag { element, max: items.len() as u32 });
            return Expr { kind: ExprKind::List(items), ty, span };
        }
        let ty = self.set_type(element, span);
        Expr { kind: ExprKind::Set(items), ty, span }
    }

    /// `[a]` where a set is expected, `{a}` where a list is, `{}` where a map is.
    fn other_brackets(
        &mut self,
        items: &[tree::Expr],
        open: &str,
        span: Span,
        hint: Option<TypeId>,
    ) -> Option<Expr> {
        let hint = hint?;
        let written: Vec<String> = items.iter().map(crate::syntax::printer::expression).collect();
        let written = written.join(", ");
        let d = |words: &str| Diagnostic::error(codes::MISMATCH, span, words);
        let d = match (self.get(self.program.types.inner(hint)), open) {
            (Type::Set(_), "[") => d("a set is written with braces").write(format!("{{{written}}}")),
            (Type::List { .. }, "{") => d("a list is written with brackets").write(format!("[{written}]")),
            (Type::Map { key, value }, "{") => {
                let key = self.type_name(key);
                let key = if key.contains(['<', '.', '?']) { "KEY".to_owned() } else { key };
                let d = d("a map has a value for every key");
                match items {
                    [one] if self.would_fit(one, value) => {
                        let text = format!("{{ {key} -> {written} }}");
                        d.fix(span, text.clone(), format!("one for all: `{text}`"))
                    }
                    _ => d.help(format!("one for all: `{{ {key} -> EXPR }}`")),
                }
            }
            _ => return None,
        };
        Some(self.wrong(d))
    }

    /// Whether an expression can stand where a type is needed; nothing is reported.
    pub(super) fn would_fit(&mut self, e: &tree::Expr, ty: TypeId) -> bool {
        let known = self.diagnostics.len();
        let found = self.check(e, ty);
        let fits = self.diagnostics.len() == known && !self.is_error(found.ty);
        self.diagnostics.truncate(known);
        fits
    }

    pub(super) fn list(&mut self, items: &[tree::Expr], span: Span, hint: Option<TypeId>) -> Expr {
        if let Some(wrong) = self.other_brackets(items, "[", span, hint) {
            return wrong;
        }
        if items.is_empty()
            && let Some(hint) = hint
            && matches!(self.get(self.program.types.inner(hint)), Type::List { .. } | Type::Error)
        {
            let ty = self.program.types.inner(hint);
            return Expr { kind: ExprKind::List(Vec::new()), ty, span };
        }
        let hint = self.hinted_element(hint);
        let items: Vec<&tree::Expr> = items.iter().collect();
        let (items, element) = self.items(&items, hint);
        let Some(element) = element else { return self.cannot_infer("[]", span) };
        let (element, items) = self.lift_to(element, hint, items);
        let ty = self.list_type(element, items.len() as u32);
        Expr { kind: ExprKind::List(items), ty, span }
    }

    /// Items lifted where the expected elements are options and they are not; the element type that results.
    fn lift_to(&mut self, element: TypeId, hint: Option<TypeId>, items: Vec<Expr>) -> (TypeId, Vec<Expr>) {
        let Some(hint) = hint else { return (element, items) };
        let lift = matches!(self.get(hint), Type::Option(inner)
            if !matches!(self.get(element), Type::Option(_)) && self.program.types.fits(inner, element));
        if !lift {
            return (self.settled(element, Some(hint)), items);
        }
        let items = items.into_iter().map(|e| self.lifted(e)).collect();
        let element = self.ty(Type::Option(element));
        (self.settled(element, Some(hint)), items)
    }

    fn cannot_infer(&mut self, what: &str, span: Span) -> Expr {
        let d = Diagnostic::error(codes::CANNOT_INFER, span, format!("the type of `{what}` is unknown here"));
        self.wrong(d.help("compare or assign it to something whose type is known"))
    }

    pub(super) fn range(&mut self, from: &tree::Expr, to: &tree::Expr, span: Span) -> Expr {
        let (from, to) = (self.integer(from), self.integer(to));
        let (Some((lo, _)), Some((_, hi))) = (self.bounds(from.ty), self.bounds(to.ty)) else {
            return self.broken(span);
        };
        let element = self.int_type(lo, hi.max(lo));
        let ty = self.set_type(element, span);
        Expr { kind: ExprKind::Range(Box::new(from), Box::new(to)), ty, span }
    }

    // ---- records ----

    pub(super) fn record(&mut self, name: &Name, fields: &[(Name, tree::Expr)], span: Span) -> Expr {
        let ty = self.meaning_of_type(&name.text);
        match ty.map(|ty| self.get(ty)) {
            Some(Type::Record(id)) => {
                let values = self.fields(id, &format!("record {}", name.text), name.span, fields);
                let ty = self.ty(Type::Record(id));
                Expr { kind: ExprKind::Record(id, values), ty, span }
            }
            Some(Type::Error) => self.broken(span),
            _ => {
                fields.iter().for_each(|(_, value)| {
                    self.infer(value, None);
                });
                let records = self.program.records.iter().map(|r| r.name.as_str());
                let near = crate::diag::nearest(&name.text, records).map(str::to_owned);
                let d = Diagnostic::error(
                    codes::UNKNOWN_TYPE,
                    name.span,
                    format!("unknown record `{}`", name.text),
                );
                self.wrong(match near {
                    _ if self.names.message(&name.text).is_some() => {
                        d.help("this is a message: only `send` makes one")
                    }
                    Some(near) => d.meant(&near),
                    None => d.help(format!("declare it: `record {} {{ field: TYPE }}`", name.text)),
                })
            }
        }
    }

    /// The fields of a record or message, each given once, in declared order.
    pub(super) fn fields(
        &mut self,
        id: RecordId,
        owner: &str,
        span: Span,
        given: &[(Name, tree::Expr)],
    ) -> Vec<Expr> {
        let declared = self.program.records[id.index()].fields.clone();
        let known: Vec<String> = declared.iter().map(|(f, _)| f.clone()).collect();
        let mut values: Vec<Option<Expr>> = vec![None; declared.len()];
        for (i, (name, value)) in given.iter().enumerate() {
            let Some(at) = known.iter().position(|f| *f == name.text) else {
                self.unknown_field(name, owner, "field", &known);
                self.infer(value, None);
                continue;
            };
            let value = self.check(value, declared[at].1);
            if values[at].is_some() {
                let first =
                    given[..i].iter().find(|(n, _)| n.text == name.text).map_or(span, |(n, _)| n.span);
                self.report(super::definitions::duplicate(name, first));
            }
            values[at] = Some(value);
        }
        let missing: Vec<String> =
            known.iter().zip(&values).filter(|(_, v)| v.is_none()).map(|(f, _)| format!("`{f}`")).collect();
        if !missing.is_empty() && values.iter().flatten().count() == given.len() {
            let s = if missing.len() == 1 { "" } else { "s" };
            let words = format!("{owner} needs the field{s} {}", missing.join(", "));
            let d = Diagnostic::error(codes::ARGUMENTS, span, words);
            self.report(d.help(format!("write `{}`", whole(owner, &known, given))));
        }
        values.into_iter().map(|v| v.unwrap_or_else(|| self.broken(span))).collect()
    }

    // ---- maps ----

    pub(super) fn map(
        &mut self,
        entries: &[(tree::Expr, tree::Expr)],
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        let expected = match hint.map(|h| self.get(self.program.types.inner(h))) {
            Some(Type::Map { key, value }) => Some((key, value)),
            _ => None,
        };
        let fill = entries.iter().find_map(|(k, _)| self.all_keys(k));
        let mut key_type = expected.map(|e| e.0).or(fill);
        let mut keys: Vec<Option<Expr>> = Vec::with_capacity(entries.len());
        for (key, _) in entries {
            if self.all_keys(key).is_some() {
                keys.push(None);
                continue;
            }
            let found = self.infer(key, key_type);
            if let (Tree::Range(..), Type::Set(_)) = (&key.kind, self.get(found.ty)) {
                return self.keys_by_range(key);
            }
            let key = found;
            key_type = key_type.or(Some(key.ty));
            keys.push(Some(key));
        }
        let written: Vec<&tree::Expr> = entries.iter().map(|(_, v)| v).collect();
        let (values, value_type) = self.items(&written, expected.map(|e| e.1));
        let (Some(key_type), Some(value_type)) = (key_type, value_type) else {
            return self.cannot_infer("{}", span);
        };
        let (value_type, values) = self.lift_to(value_type, expected.map(|e| e.1), values);
        if self.is_error(key_type) || self.is_error(value_type) {
            return self.broken(span);
        }
        if let Some(fill) = fill.filter(|f| *f != key_type) {
            let expected = self.type_name(key_type);
            return self.mismatch(span, &format!("keys of type {expected}"), fill);
        }
        let values: Vec<Expr> = match expected {
            Some((_, value)) => values.into_iter().map(|v| self.coerce(v, value)).collect(),
            None => values,
        };
        let ty = self.ty(Type::Map { key: key_type, value: value_type });
        self.total(keys, values, key_type, Expr { kind: ExprKind::Error, ty, span })
    }

    /// `{ x -> e for x in S where P }`: keys that it does not speak of have `none`, so that one which does not speak of
    /// every key is a map to options.
    pub(super) fn map_of(
        &mut self,
        key: &tree::Expr,
        value: &tree::Expr,
        binder: &tree::Binder,
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        if !matches!(&key.kind, Tree::Name(name) if *name == binder.name.text) {
            let d = Diagnostic::error(codes::MAP_KEYS, key.span, "the key is what is gone through");
            return self.wrong(d.write(&binder.name.text));
        }
        let expected = match hint.map(|h| self.get(self.program.types.inner(h))) {
            Some(Type::Map { key, value }) => Some((key, value)),
            _ => None,
        };
        let set = self.range_in_brackets(&binder.set);
        let set = set.unwrap_or_else(|| self.infer(&binder.set, None));
        let (set, element) = self.gone_through(set);
        let key_type = match expected {
            Some((key, _)) if self.program.types.fits(key, element) => key,
            _ => element,
        };
        if self.is_error(key_type) || !self.small(key_type, "a map from", span) {
            return self.broken(span);
        }
        let mark = self.locals.len();
        let local = self.bind(&binder.name, key_type);
        let filter = binder.filter.as_ref().map(|f| self.condition(f));
        let body = self.infer(value, expected.map(|e| e.1));
        self.locals.truncate(mark);
        let total = filter.is_none() && self.has_all(&set, key_type);
        let wanted = expected.map(|(_, value)| value);
        let option = |c: &Self, ty| matches!(c.get(ty), Type::Option(_));
        if let Some(wanted) = wanted.filter(|v| !total && !option(self, *v) && !self.is_error(body.ty)) {
            return self.partial(value, binder, (key_type, wanted), span);
        }
        let mut body = match wanted {
            Some(wanted) => self.coerce(body, wanted),
            None => body,
        };
        if !total {
            body = self.where_spoken_of((local, set), filter, body);
        }
        if self.is_error(body.ty) {
            return self.broken(span);
        }
        let value_type = self.settled(body.ty, wanted);
        let all = self.set_type(key_type, binder.span);
        let all = Expr { kind: ExprKind::TypeSet(key_type), ty: all, span: binder.set.span };
        let binder = Binder { local, set: Box::new(all), filter: None, span: binder.span };
        let ty = self.ty(Type::Map { key: key_type, value: value_type });
        Expr { kind: ExprKind::MapOf(binder, Box::new(body)), ty, span }
    }

    /// Whether a set has, whatever the state, all values of a type.
    fn has_all(&self, set: &Expr, ty: TypeId) -> bool {
        let known = match &set.kind {
            ExprKind::TypeSet(of) if *of == ty => return true,
            ExprKind::TypeSet(of) => self.bounds(*of),
            ExprKind::Range(a, b) => match (&a.kind, &b.kind) {
                (ExprKind::Int(lo), ExprKind::Int(hi)) => Some((*lo, *hi)),
                _ => None,
            },
            _ => None,
        };
        known.zip(self.bounds(ty)).is_some_and(|(has, all)| has.0 <= all.0 && all.1 <= has.1)
    }

    /// The value as an option where a key is in the set and passes the filter, else `none`.
    fn where_spoken_of(&mut self, (local, set): (LocalId, Expr), filter: Option<Expr>, value: Expr) -> Expr {
        let (at, span) = (set.span, value.span);
        let key = Box::new(self.local_expr(local, at));
        let mut spoken = self.bool_expr(ExprKind::Binary(BinaryOp::In, key, Box::new(set)), at);
        if let Some(filter) = filter {
            let kind = ExprKind::Binary(BinaryOp::And, Box::new(spoken), Box::new(filter));
            spoken = self.bool_expr(kind, at);
        }
        let value = self.lifted(value);
        let ty = value.ty;
        let none = Expr { kind: ExprKind::None, ty, span };
        Expr { kind: ExprKind::If(Box::new(spoken), Box::new(value), Box::new(none)), ty, span }
    }

    /// A map that does not speak of every key, where each has a value.
    fn partial(
        &mut self,
        value: &tree::Expr,
        binder: &tree::Binder,
        (key, wanted): (TypeId, TypeId),
        span: Span,
    ) -> Expr {
        use crate::syntax::printer::{expression, operand};
        let name = self.type_name(key);
        let words = format!("a map gives every {name} a value: this one does not speak of all of them");
        let d = Diagnostic::error(codes::MAP_KEYS, span, words);
        let rest = match self.get(wanted) {
            Type::Bool => "false".to_owned(),
            Type::Int { lo, .. } => lo.to_string(),
            Type::Enum(id) => self.program.enums[id.index()].variants.first().cloned().unwrap_or_default(),
            Type::Node(id) => self.program.nodes[id.index()].member(0),
            Type::Set(_) | Type::Bag { .. } => "{}".to_owned(),
            Type::List { .. } => "[]".to_owned(),
            _ => "EXPR".to_owned(),
        };
        let (x, set) = (&binder.name.text, operand(&binder.set));
        let filter = binder.filter.as_ref().map_or(String::new(), |f| format!(" and {}", in_brackets(f)));
        let text = format!(
            "{{ {x} -> if {x} in {set}{filter} then {} else {rest} for {x} in {name} }}",
            expression(value)
        );
        self.wrong(if rest == "EXPR" || name.contains(['<', '?']) {
            d.help(format!("say what the others have: `{text}`; or `none`, with values of a type `T?`"))
        } else {
            let words = format!("say what the others have: `{text}`; or `none`, with values of a type `T?`");
            d.fix(span, text, words)
        })
    }

    /// `{ 0..2 -> v }`: all keys at once have a name, that of their type.
    fn keys_by_range(&mut self, key: &tree::Expr) -> Expr {
        let range = crate::syntax::printer::expression(key);
        let d = Diagnostic::error(codes::MAP_KEYS, key.span, "expected a key, found a set of integers");
        self.wrong(d.help(format!(
            "name the type of the keys: `type Key = {range}`, `map<Key -> TYPE>`, `{{ Key -> EXPR }}`"
        )))
    }

    /// `{ K -> v }`: the type whose values are all keys.
    fn all_keys(&mut self, key: &tree::Expr) -> Option<TypeId> {
        match &key.kind {
            Tree::Name(name) if self.locals.iter().any(|l| l.name == *name) => None,
            Tree::Name(name) if name == TypeWord::Bool.word() => Some(self.bool_type()),
            Tree::Name(name) => self.meaning_of_type(name),
            _ => None,
        }
    }

    /// A map: each key given once, a value without key for all others. `map` has its type and span.
    fn total(&mut self, given: Vec<Option<Expr>>, values: Vec<Expr>, key: TypeId, map: Expr) -> Expr {
        let keys = self.size(key).values.min(MAX_DOMAIN) as usize;
        let mut slots: Vec<Option<Expr>> = vec![None; keys];
        let mut rest = None;
        let only_rest = given.iter().all(Option::is_none);
        for (written, value) in given.into_iter().zip(values) {
            let Some(written) = written else {
                rest = Some(value);
                continue;
            };
            let written = self.coerce(written, key);
            let constant = literal::value(self.program, &written);
            let at = constant.and_then(|value| literal::rank(self.program, key, &value));
            match at.and_then(|at| slots.get_mut(at)) {
                Some(slot) if slot.is_none() => *slot = Some(value),
                Some(_) => self.error(codes::MAP_KEYS, written.span, "this key is given twice"),
                None if self.is_error(written.ty) => return self.broken(map.span),
                None => {
                    let d = Diagnostic::error(codes::MAP_KEYS, written.span, "expected a constant key");
                    return self.wrong(d.help(
                        "write a value that is the same everywhere, or the key type's name for all keys",
                    ));
                }
            }
        }
        if let (true, Some(rest)) = (only_rest, &rest) {
            return Expr { kind: ExprKind::MapFill(Box::new(rest.clone())), ..map };
        }
        let missing = slots.iter().filter(|s| s.is_none()).count();
        if rest.is_none() && missing > 0 {
            let name = self.type_name(key);
            let words = format!("a map gives every {name} a value: {missing} of {keys} keys have none");
            let d = Diagnostic::error(codes::MAP_KEYS, map.span, words);
            return self.wrong(if name.contains(['<', '.', '?']) {
                d.help("add them, or name the type of the keys and use it as the key for all others")
            } else {
                d.help(format!("add them, or one value for all others: `{{ {name} -> EXPR }}`"))
            });
        }
        let filled = slots.into_iter().filter_map(|s| s.or_else(|| rest.clone())).collect();
        Expr { kind: ExprKind::Map(filled), ..map }
    }
}

/// An operand of `and`.
fn in_brackets(e: &tree::Expr) -> String {
    let text = crate::syntax::printer::expression(e);
    let plain = matches!(e.kind, Tree::Name(_) | Tree::Field(..) | Tree::Call(..) | Tree::Index(..));
    if plain { text } else { format!("({text})") }
}

/// A record or message with all its fields, those that are given as they stand there.
fn whole(owner: &str, known: &[String], given: &[(Name, tree::Expr)]) -> String {
    let field = |name: &String| {
        let value = given.iter().find(|(n, _)| n.text == *name).map(|(_, value)| printer::expression(value));
        format!("{name}: {}", value.as_deref().unwrap_or("EXPR"))
    };
    let fields: Vec<String> = known.iter().map(field).collect();
    let name = owner.rsplit(' ').next().unwrap_or(owner);
    format!("{name} {{ {} }}", fields.join(", "))
}
