//! Why a condition is false: the sub-expressions that made it so, with their values.
//!
//! Enters: a condition, and a way to evaluate expressions where it is false. Leaves: pairs of source text and value, for
//! people. The idea: follow the falsehood inwards. Of a conjunction the false side matters, of `all x in S` the first x
//! for which the body is false, of a comparison both sides.

use crate::analysis::literal::literal;
use crate::analysis::program::{BinaryOp, Binder, Expr, ExprKind, Program};
use crate::span::{Sources, Span};
use crate::value::Value;

/// More lines than this help nobody.
const MOST: usize = 8;

/// Evaluates closed expressions in the state (or step) where the condition is false; `None` where there is no value.
pub type Evaluate<'a> = &'a mut dyn FnMut(&Expr) -> Option<Value>;

/// What made `condition` false, outermost first, each text once: `e` = `1`, `leader.log` = `[]`.
pub fn because(
    program: &Program,
    sources: &Sources,
    evaluate: Evaluate,
    condition: &Expr,
) -> Vec<(String, Value)> {
    let mut search = Because { program, sources, evaluate, found: Vec::new(), depth: 0 };
    search.falsehood(condition);
    search.found.truncate(MOST);
    search.found
}

/// Both sides of a condition that is true, or the variables that it reads.
pub fn sides(
    program: &Program,
    sources: &Sources,
    evaluate: Evaluate,
    condition: &Expr,
) -> Vec<(String, Value)> {
    let mut search = Because { program, sources, evaluate, found: Vec::new(), depth: 0 };
    match &condition.kind {
        ExprKind::Binary(op, a, b) if !matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Implies) => {
            search.side(a);
            search.side(b);
        }
        _ => search.reads(condition),
    }
    search.found.truncate(MOST);
    search.found
}

struct Because<'a> {
    program: &'a Program,
    sources: &'a Sources,
    evaluate: Evaluate<'a>,
    found: Vec<(String, Value)>,
    depth: u32,
}

impl Because<'_> {
    fn value(&mut self, e: &Expr) -> Option<Value> {
        (self.evaluate)(e)
    }

    fn is(&mut self, e: &Expr, truth: bool) -> bool {
        self.value(e) == Some(Value::Bool(truth))
    }

    fn text(&self, span: Span) -> Option<String> {
        let known = span != Span::default();
        let text = known.then(|| self.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" "))?;
        (!text.is_empty()).then_some(text)
    }

    fn show(&mut self, text: Option<String>, value: Option<Value>) {
        let (Some(text), Some(value)) = (text, value) else { return };
        match self.found.iter().find(|(known, _)| *known == text) {
            None => self.found.push((text, value)),
            Some((_, known)) if *known != value => {
                // The second of a pair: its expression was written once for all elements.
                if let Some(text) = self.of_the_second(&text) {
                    self.found.push((text, value));
                }
            }
            Some(_) => {}
        }
    }

    /// `b.log` as `b'.log`, where a `b'` was shown (an obligation compares two elements) and this was not.
    fn of_the_second(&self, text: &str) -> Option<String> {
        let second = self.found.iter().find_map(|(name, _)| name.strip_suffix('\''))?;
        let renamed = renamed(text, second, &format!("{second}'"));
        let known = self.found.iter().any(|(known, _)| *known == renamed);
        (!known).then_some(renamed)
    }

    /// Follows an expression that is false.
    fn falsehood(&mut self, e: &Expr) {
        self.depth += 1;
        if self.depth > 64 {
            return;
        }
        match &e.kind {
            ExprKind::Binary(BinaryOp::And, a, b) => {
                let side = if self.is(a, false) { a } else { b };
                self.falsehood(side);
            }
            ExprKind::Binary(BinaryOp::Or, a, b) => {
                self.falsehood(a);
                self.falsehood(b);
            }
            ExprKind::Binary(BinaryOp::Implies, a, b) => {
                self.reads(a);
                self.falsehood(b);
            }
            ExprKind::Binary(_, a, b) => {
                self.side(a);
                self.side(b);
            }
            ExprKind::Not(a) => match &a.kind {
                ExprKind::Any(binder, body) => self.witness(binder, body, true),
                ExprKind::All(binder, body) => self.each(binder, body, true),
                _ => self.reads(a),
            },
            ExprKind::All(binder, body) => self.witness(binder, body, false),
            ExprKind::Any(binder, body) => self.each(binder, body, false),
            ExprKind::Let(local, value, body) => {
                // The value is of the state after, wherever in the body it stands.
                let ty = self.program.locals[local.index()].ty;
                let known = self.value(value).and_then(|v| literal(self.program, ty, &v, value.span));
                let body = body.with_local(*local, known.as_ref().unwrap_or(value));
                self.falsehood(&body);
            }
            ExprKind::If(condition, a, b) => {
                self.reads(condition);
                let branch = if self.is(condition, true) { a } else { b };
                self.falsehood(branch);
            }
            ExprKind::Call(def, args) => {
                let def = &self.program.defs[def.index()];
                let body =
                    def.params.iter().zip(args).fold(def.body.clone(), |e, (p, arg)| e.with_local(*p, arg));
                self.falsehood(&body);
            }
            ExprKind::Builtin(_, args) => args.iter().for_each(|e| self.side(e)),
            _ => self.side(e),
        }
    }

    /// The first element for which `body` is `truth`, and why.
    fn witness(&mut self, binder: &Binder, body: &Expr, truth: bool) {
        let ty = self.program.locals[binder.local.index()].ty;
        let elements = match self.value(&binder.set) {
            Some(Value::Set(items)) => items,
            _ => return,
        };
        for element in elements {
            let Some(constant) = literal(self.program, ty, &element, binder.span) else { return };
            if let Some(filter) = &binder.filter {
                let filter = filter.with_local(binder.local, &constant);
                if !self.is(&filter, true) {
                    continue;
                }
            }
            let body = body.with_local(binder.local, &constant);
            if self.is(&body, truth) {
                let local = &self.program.locals[binder.local.index()];
                // The name that an obligation gives to places of a list says nothing.
                if (local.name.as_str(), local.span) != ("each", binder.set.span) {
                    self.show(Some(local.name.clone()), Some(element));
                }
                return if truth { self.reads(&body) } else { self.falsehood(&body) };
            }
        }
    }

    /// Why `body` is `truth` for each element, with that in place of the name; where it asks for each of others again, there
    /// would be too much to tell.
    fn each(&mut self, binder: &Binder, body: &Expr, truth: bool) {
        let local = &self.program.locals[binder.local.index()];
        let mut nested = false;
        body.walk(&mut |part| nested |= matches!(part.kind, ExprKind::All(..) | ExprKind::Any(..)));
        let elements = match self.value(&binder.set) {
            Some(Value::Set(items)) if !items.is_empty() && !nested => items,
            _ => return self.side(&binder.set),
        };
        let mut asked = false;
        for element in elements {
            let Some(constant) = literal(self.program, local.ty, &element, binder.span) else { return };
            let filter = binder.filter.as_ref().map(|filter| filter.with_local(binder.local, &constant));
            if filter.is_some_and(|filter| !self.is(&filter, true)) {
                continue;
            }
            asked = true;
            let mut inner = Because { evaluate: &mut *self.evaluate, found: Vec::new(), ..*self };
            let body = body.with_local(binder.local, &constant);
            if truth {
                inner.reads(&body)
            } else {
                inner.falsehood(&body)
            }
            for (text, value) in inner.found {
                let text = renamed(&text, &local.name, &element.to_string());
                self.show(Some(text), Some(value));
            }
        }
        if !asked {
            self.counted(binder);
        }
    }

    /// One side of a comparison: its value, unless it says that itself.
    fn side(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Member(_)
            | ExprKind::None
            | ExprKind::TypeSet(_) => {}
            ExprKind::Some(inner) => self.side(inner),
            _ if !self.says_what_it_is(e) || self.is_clause(e) => {}
            ExprKind::Count(binder) => self.counted(binder),
            _ => {
                let value = self.value(e);
                let text = self.text(e.span);
                let text = match (&e.kind, text) {
                    (ExprKind::Index(..) | ExprKind::Call(..), _) => self.made_up(e),
                    (ExprKind::Old(inner), _) => {
                        self.text(inner.span).map(|t| format!("old({})", stripped(&t)))
                    }
                    // An obligation may ask this of what the author wrote alone.
                    (ExprKind::Builtin(f, args), Some(t)) if args.iter().any(|arg| arg.span == e.span) => {
                        (args.len() == 1).then(|| format!("{}({t})", f.word()))
                    }
                    (_, text) => text,
                };
                self.show(text, value);
            }
        }
    }

    /// The text of an expression; where an obligation made it of what is written, of what it asks: `old([r.e for r in R])[0]`,
    /// `newer(a, b)`.
    fn made_up(&mut self, e: &Expr) -> Option<String> {
        match &e.kind {
            ExprKind::Index(of, at) if of.span == e.span => {
                let (of, at) = (self.made_up(of)?, self.value(at)?);
                Some(format!("{of}[{at}]"))
            }
            ExprKind::Call(def, args) if args.iter().any(|arg| arg.span == e.span) => {
                let args: Option<Vec<String>> = args.iter().map(|arg| self.made_up(arg)).collect();
                Some(format!("{}({})", self.program.defs[def.index()].name, args?.join(", ")))
            }
            ExprKind::Old(inner) if inner.span == e.span => Some(format!("old({})", self.made_up(inner)?)),
            _ => self.text(e.span),
        }
    }

    /// Whether its text is a whole clause, of which an obligation asks whether it can be taken.
    fn is_clause(&self, e: &Expr) -> bool {
        self.program.actions.iter().any(|action| action.span == e.span)
    }

    /// Whether the text of an expression is what has its value: not where it speaks of an element that is not given, nor
    /// of what only an obligation knows (which may be shown as the old value of what it remembers).
    fn says_what_it_is(&self, e: &Expr) -> bool {
        let (mut bound, mut used, mut made_up) = (Vec::new(), Vec::new(), false);
        e.walk(&mut |part| match &part.kind {
            ExprKind::Local(local) => used.push(*local),
            ExprKind::Let(local, ..) => bound.push(*local),
            ExprKind::All(b, _)
            | ExprKind::Any(b, _)
            | ExprKind::Sum(b, _)
            | ExprKind::Min(b, _)
            | ExprKind::Max(b, _)
            | ExprKind::SetOf(b, _)
            | ExprKind::ListOf(b, _)
            | ExprKind::MapOf(b, _)
            | ExprKind::First(b, _)
            | ExprKind::Count(b) => bound.push(b.local),
            ExprKind::InFlightWhere(flight) => bound.extend(&flight.fields),
            ExprKind::State(state) => made_up |= self.program.states[state.index()].name.contains(' '),
            ExprKind::NodeField { field, .. } => {
                made_up |= self.program.node_fields[field.index()].name.contains(' ');
            }
            _ => {}
        });
        let remembered = matches!(e.kind, ExprKind::Old(_));
        used.iter().all(|local| bound.contains(local)) && (!made_up || remembered)
    }

    /// What was counted says more than how many there are.
    fn counted(&mut self, binder: &Binder) {
        let local = &self.program.locals[binder.local.index()];
        let element = Expr { kind: ExprKind::Local(binder.local), ty: local.ty, span: binder.span };
        let kind = ExprKind::SetOf(binder.clone(), Box::new(element));
        let set = Expr { kind, ty: binder.set.ty, span: binder.span };
        let value = self.value(&set);
        self.show(self.text(binder.span), value);
    }

    /// The variables that a condition reads, with their values.
    fn reads(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::State(_) | ExprKind::NodeField { .. } | ExprKind::Up(_) => self.side(e),
            ExprKind::InFlight(_) | ExprKind::InFlightWhere(_) => self.side(e),
            ExprKind::Count(binder) => self.counted(binder),
            ExprKind::All(binder, _) | ExprKind::Any(binder, _) => self.side(&binder.set),
            ExprKind::Builtin(..) => self.side(e),
            ExprKind::Index(of, _) if of.span == e.span => self.side(e),
            _ => {
                let mut parts = Vec::new();
                e.parts(&mut |part| parts.push(part));
                parts.into_iter().for_each(|part| self.reads(part));
            }
        }
    }
}

/// A text with another name, or a value, in place of a name.
fn renamed(text: &str, name: &str, other: &str) -> String {
    let words = |c: char| c.is_alphanumeric() || c == '_';
    let mut renamed = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let field = before.ends_with('.') && !before.ends_with("..");
        let apart = !renamed.ends_with(words) || !before.is_empty();
        let whole = apart && !field && !before.ends_with(words) && !after.starts_with(words);
        renamed.push_str(before);
        renamed.push_str(if whole { other } else { name });
        rest = after;
    }
    renamed + rest
}

/// `old(x)` as written is not wrapped again.
fn stripped(text: &str) -> &str {
    text.strip_prefix("old(").and_then(|t| t.strip_suffix(')')).unwrap_or(text)
}
