//! Actions, handlers, clauses, forms and statements as lines.
//!
//! Enters: trees. Leaves: lines of the printer.

use super::expr::{binder, expr, fields, list, operand, place_of, standing, text};
use super::layout::Printer;
use super::{duration, fairness, names, params};
use crate::concepts::ConceptKind;
use crate::syntax::token::Body;
use crate::syntax::tree::*;
use crate::syntax::words;

impl Printer<'_> {
    pub(super) fn action(&mut self, a: &Action) {
        let at = a.at.as_ref().map_or(String::new(), |at| format!(" at {}", place_of(at)));
        let head = format!(
            "{}action {}{}{at}{}{}",
            fairness(a.fairness),
            a.name.text,
            params(&a.params),
            when(&a.when),
            deadline(&a.within)
        );
        self.block(&head, &a.body);
    }

    pub(super) fn handler(&mut self, h: &Handler) {
        let from = h.from.as_ref().map_or(String::new(), |f| format!(" from {}", place_of(f)));
        let (fair, message) = (fairness(h.fairness), &h.message.text);
        let head = format!("{fair}on {message}{from} at {}{}", place_of(&h.at), when(&h.when));
        self.block(&head, &h.body);
    }

    pub(super) fn recovery(&mut self, r: &Recovery) {
        let head = format!("on {} at {}{}", r.word.text, place_of(&r.at), when(&r.when));
        self.block(&head, &r.body);
    }

    /// `head { … }`; one simple statement stays on the line.
    pub(super) fn block(&mut self, head: &str, block: &Block) {
        let spread = !block.stmts.is_empty() && self.spread(block.span);
        match flat(block).map(|body| format!("{head} {body}")) {
            Some(line) if !spread && self.fits(&line, block.span.end) => self.line(&line),
            _ => self.body(head, block.span.end, &block.stmts, |p, s| p.stmt(&s.kind)),
        }
    }

    fn stmt(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::If { condition, then, otherwise } => self.branches(condition, then, otherwise.as_ref()),
            StmtKind::For { binder: b, body } => self.block(&format!("for {}", binder(b)), body),
            StmtKind::Choose { binder: b, body } => self.block(&format!("choose {}", binder(b)), body),
            _ => {
                if let Some(line) = simple(kind) {
                    self.line(&line);
                }
            }
        }
    }

    fn branches(&mut self, condition: &Expr, then: &Block, otherwise: Option<&Block>) {
        let mut arms = vec![(format!("if {}", expr(condition)), then)];
        let mut otherwise = otherwise;
        while let Some(next) = otherwise {
            // A block made of one `if` in the place of `else` is `else if`: it has the span of that statement.
            otherwise = match next.stmts.as_slice() {
                [Stmt { kind: StmtKind::If { condition: c, then: t, otherwise: o }, span }]
                    if *span == next.span =>
                {
                    arms.push((format!("else if {}", expr(c)), t));
                    o.as_ref()
                }
                _ => {
                    arms.push(("else".to_string(), next));
                    None
                }
            };
        }
        let end = arms.last().map_or(0, |(_, block)| block.span.end);
        let line: Option<Vec<String>> =
            arms.iter().map(|(head, block)| Some(format!("{head} {}", flat(block)?))).collect();
        if let Some(line) = line.map(|l| l.join(" "))
            && self.fits(&line, end)
            && !arms.iter().any(|(_, block)| self.spread(block.span))
        {
            return self.line(&line);
        }
        for (i, (head, block)) in arms.iter().enumerate() {
            if i == 0 {
                self.line(&format!("{head} {{"));
            } else {
                // On the line of the brace before it.
                let brace = format!("{}}}\n", "  ".repeat(self.indent));
                let before = self.out.strip_suffix(&brace).map_or(self.out.len(), str::len);
                self.out.truncate(before);
                self.line(&format!("}} {head} {{"));
            }
            self.inside(block.span.end, &block.stmts, |p, s| p.stmt(&s.kind));
            self.line("}");
        }
    }

    pub(super) fn clause(&mut self, concept: ConceptKind, kind: &ClauseKind) {
        let over = |b: &Option<Binder>| b.as_ref().map_or(String::new(), |b| format!(" for {}", binder(b)));
        let line = match kind {
            ClauseKind::Scope(t) if is_word(&t.value) => format!("scope {}", t.value),
            ClauseKind::Scope(t) => format!("scope {}", text(&t.value)),
            ClauseKind::By(b) => format!("by {}", binder(b)),
            ClauseKind::Epoch(e) => format!("epoch {}", expr(e)),
            ClauseKind::Views { value, binder } => format!("views {}{}", expr(value), over(binder)),
            ClauseKind::Value(e) => format!("value {}", expr(e)),
            ClauseKind::Version(e) => format!("version {}", expr(e)),
            ClauseKind::Write { action, role, value } => {
                let role = if *role == WriteRole::Expects { "expects" } else { "carries" };
                format!("write {} {role} {}", action.text, expr(value))
            }
            ClauseKind::Form(f) => form(f),
            ClauseKind::Handles(n) => format!("handles {}", names(n)),
            ClauseKind::Act { at, when: guard, within, body } => {
                return self.act(concept, at, &(when(guard) + &deadline(within)), body);
            }
            ClauseKind::On(h) => return self.handler(h),
            ClauseKind::Attempts { value, limit } => {
                format!("attempts {} at most {}", expr(value), expr(limit))
            }
            ClauseKind::Backoff(d) => {
                format!("backoff{}", d.as_ref().map_or(String::new(), |d| format!(" {}", duration(d))))
            }
            ClauseKind::Merge(n) => format!("merge {}", n.text),
            ClauseKind::Protects(e) => format!("protects {}", expr(e)),
            ClauseKind::Since(n) => format!("since {}", n.text),
            ClauseKind::Key(e) => format!("key {}", expr(e)),
            ClauseKind::Undoes(n) => format!("undoes {}", n.text),
            ClauseKind::Restores(e) => format!("restores {}", expr(e)),
            ClauseKind::Token { value, binder } => format!("token {}{}", expr(value), over(binder)),
            ClauseKind::Every(d) => format!("every {}", duration(d)),
            ClauseKind::EveryTicks(e) => format!("every {}", ticks(e)),
            ClauseKind::Drift(e) => format!("drift {}", expr(e)),
            ClauseKind::Desired(e) => format!("desired {}", expr(e)),
            ClauseKind::Actual(e) => format!("actual {}", expr(e)),
            ClauseKind::Observe { name, value } => format!("observe {} = {}", name.text, expr(value)),
            ClauseKind::Atomic => "atomic".to_string(),
            ClauseKind::Error => return,
        };
        self.line(&line);
    }

    fn act(&mut self, concept: ConceptKind, at: &Option<Place>, guard: &str, body: &Block) {
        let word = concept == ConceptKind::Reconciler || at.is_none() && !guard.starts_with(" when");
        let at = at.as_ref().map_or(String::new(), |at| format!(" at {}", place_of(at)));
        let head = format!("{}{at}{guard}", if word { "act" } else { "" });
        self.block(head.trim_start(), body);
    }
}

fn when(guard: &Option<Expr>) -> String {
    guard.as_ref().map_or(String::new(), |g| format!(" when {}", expr(g)))
}

fn ticks(n: &Expr) -> String {
    let word = if matches!(n.kind, ExprKind::Int(1)) { "tick" } else { "ticks" };
    format!("{} {word}", expr(n))
}

fn deadline(within: &Option<Expr>) -> String {
    within.as_ref().map_or(String::new(), |n| format!(" within {}", ticks(n)))
}

fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.is_ascii()
        && !words::is_of_expressions(text)
}

/// A block on one line: nothing in it, or one simple statement.
fn flat(block: &Block) -> Option<String> {
    match block.stmts.as_slice() {
        [] => Some("{}".to_string()),
        [only] => simple(&only.kind).map(|s| format!("{{ {s} }}")),
        _ => None,
    }
}

/// A statement without blocks.
fn simple(kind: &StmtKind) -> Option<String> {
    Some(match kind {
        StmtKind::Assign { place, op, value } => {
            let op = match op {
                AssignOp::Set => ":=",
                AssignOp::Add => "+=",
                AssignOp::Subtract => "-=",
            };
            format!("{} {op} {}", expr(place), expr(value))
        }
        StmtKind::Mutate { place, method, args } => {
            format!("{}.{}({})", expr(place), method.text, list(args))
        }
        StmtKind::Let { name, value } => format!("let {} = {}", name.text, expr(value)),
        StmtKind::Send { message, fields: f, to } if f.is_empty() => {
            format!("send {} to {}", message.text, expr(to))
        }
        StmtKind::Send { message, fields: f, to } => {
            format!("send {} {} to {}", message.text, fields(f), expr(to))
        }
        StmtKind::Require(e) => format!("require {}", expr(e)),
        StmtKind::If { .. } | StmtKind::For { .. } | StmtKind::Choose { .. } | StmtKind::Error => {
            return None;
        }
    })
}

fn form(f: &Form) -> String {
    let over = |b: &Option<Binder>| b.as_ref().map_or(String::new(), |b| format!(" for {}", binder(b)));
    match &f.kind {
        FormKind::For(b, inner) => format!("for {}: {}", binder(b), form(inner)),
        FormKind::Cardinality { quantity, number, binder: b } => {
            let words = match quantity {
                Quantity::AtMost => "at most",
                Quantity::AtLeast => "at least",
                Quantity::Exactly => "exactly",
            };
            format!("{words} {} {}", operand(number), binder(b))
        }
        FormKind::Monotonic { value, strictly, binder } => {
            let strictly = match strictly.as_deref() {
                None => String::new(),
                Some([]) => " strictly".to_string(),
                Some(actions) => format!(" strictly in {}", names(actions)),
            };
            format!("monotonic {}{strictly}{}", expr(value), over(binder))
        }
        FormKind::Unique { value, binder: b } => format!("unique {} for {}", expr(value), binder(b)),
        FormKind::Ownership { each, owner, takes } => {
            let taking = |t: &Taking| format!("{}({})", t.name.text, list(&t.args));
            let takes: Vec<String> = takes.iter().map(taking).collect();
            let takes = if takes.is_empty() {
                String::new()
            } else {
                format!(" only its owner takes {}", takes.join(", "))
            };
            format!("each {} has at most one owner {}{takes}", binder(each), binder(owner))
        }
        FormKind::Immutable { value, binder } => format!("immutable {}{}", expr(value), over(binder)),
        FormKind::Eventually(e) => format!("eventually {}", expr(e)),
        FormKind::AlwaysEventually(e) => format!("always eventually {}", expr(e)),
        FormKind::EventuallyAlways(e) => format!("eventually always {}", expr(e)),
        FormKind::OnceClientsStop(inner) => format!("once clients stop: {}", form(inner)),
        FormKind::LeadsTo(p, q) => format!("{} leads to {}", standing(p, Body::Forms), expr(q)),
        FormKind::Stable(e) => format!("stable {}", expr(e)),
        FormKind::Always(e) => standing(e, Body::Forms),
    }
}
