//! Suspicious things that are no errors: few, and right.
//!
//! Enters: a program without errors. Leaves: warnings. A system without behaviour gets none: it is still being written.

use super::knowledge::unneeded;
use super::program::{
    ActionKind, BinaryOp, Expr, ExprKind, Init, LocalId, MessageId, NodeFieldId, NodeId, PlaceRoot, Program,
    StateId, Stmt, StmtKind, Timekeeper, Type,
};
use super::walk::Mentions;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;

pub(super) fn lints(program: &Program) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if program.actions.is_empty() {
        return found;
    }
    unused(program, &mut found);
    unstated(program, &mut found);
    for (i, m) in program.messages.iter().enumerate() {
        let handled = program
            .actions
            .iter()
            .any(|a| matches!(&a.kind, ActionKind::Handler { message, .. } if message.index() == i));
        let sent = program
            .actions
            .iter()
            .any(|a| Mentions::written(&a.body).messages.iter().any(|id| id.index() == i));
        if sent && !handled {
            let words = format!("nobody handles {}: it stays in flight for ever", m.name);
            let d = Diagnostic::warning(codes::UNHANDLED, m.span, words);
            found.push(d.help(format!("add `on {} from f at b {{ … }}`", m.name)));
        } else if let Some(kind) = unheard(program, MessageId(i as u32)).filter(|_| sent) {
            let kind = &program.nodes[kind.index()].name;
            let words = format!("no {kind} handles {}: what goes to one stays in flight for ever", m.name);
            let d = Diagnostic::warning(codes::UNHANDLED, m.span, words);
            found.push(d.help(format!("add `on {} from f at b in {kind} {{ … }}`", m.name)));
        }
    }
    implied(program, &mut found);
    while_down(program, &mut found);
    found.extend(unneeded(program));
    for guard in program.actions.iter().flat_map(|a| &a.guards) {
        if constant(guard) == Some(false) {
            let d = Diagnostic::warning(codes::NEVER_ENABLED, guard.span, "this guard is never true");
            found.push(d.help("the action cannot happen: correct the guard, or delete the action"));
        }
    }
    found
}

/// Of several kinds of receivers, the first that does not handle the message.
fn unheard(program: &Program, message: MessageId) -> Option<NodeId> {
    let link = &program.links[program.messages[message.index()].link?.index()];
    let handlers = program.handlers(&[message]);
    let hears = |kind: NodeId| {
        let at = handlers.iter().filter_map(|id| program.actions[id.index()].at);
        let mut kinds = at.map(|at| program.types.get(program.locals[at.index()].ty));
        kinds.any(|ty| *ty == Type::Node(kind))
    };
    link.to.iter().copied().filter(|_| link.to.len() > 1).find(|kind| !hears(*kind))
}

/// Whether a warning may vanish when something is added.
pub(super) fn is_about_completeness(d: &Diagnostic) -> bool {
    d.code == codes::UNUSED || d.code == codes::UNHANDLED
}

/// Whether a warning is of a variable that nothing uses.
pub(super) fn is_about_use(d: &Diagnostic) -> bool {
    d.code == codes::UNUSED
}

/// Variables that nothing reads or writes.
fn unused(program: &Program, found: &mut Vec<Diagnostic>) {
    let mut mentions = Mentions::default();
    for e in expressions(program) {
        mentions.read(program, e);
    }
    for action in &program.actions {
        let written = Mentions::written(&action.body);
        mentions.states.extend(written.states);
        mentions.node_fields.extend(written.node_fields);
        for stmt in &action.body {
            stmt.walk(&mut |s| s.parts(&mut |e| mentions.read(program, e)));
        }
    }
    let mut report = |name: String, span| {
        let words = format!("nothing reads or writes `{name}`");
        found.push(
            Diagnostic::warning(codes::UNUSED, span, words)
                .help("use it, or delete it: it only makes states"),
        );
    };
    for (i, s) in program.states.iter().enumerate() {
        if !mentions.states.contains(&StateId(i as u32)) {
            report(s.name.clone(), s.span);
        }
    }
    for (i, f) in program.node_fields.iter().enumerate() {
        if !mentions.node_fields.contains(&NodeFieldId(i as u32)) {
            report(format!("{}.{}", program.nodes[f.node.index()].name, f.name), f.span);
        }
    }
}

/// Variables that start with the least value of their type, where that is nothing like zero. Said once, for all.
fn unstated(program: &Program, found: &mut Vec<Diagnostic>) {
    let timer = Some(Timekeeper::Timer);
    let states = program.states.iter().filter(|s| s.time != timer);
    let states = states.map(|s| (&s.name, &s.init, s.ty, s.span));
    let is_view = |id: usize| program.views.iter().any(|view| view.field.index() == id);
    let fields = program.node_fields.iter().enumerate().filter(|(id, f)| f.time != timer && !is_view(*id));
    let fields = fields.map(|(_, f)| (&f.name, &f.init, f.ty, f.span));
    let mut all = states.chain(fields).filter(|(_, init, ..)| matches!(init, Init::Default)).filter_map(
        |(name, _, ty, span)| {
            let first = match program.types.get(ty) {
                Type::Int { lo, .. } if *lo != 0 => lo.to_string(),
                Type::Enum(id) => program.enums[id.index()].variants.first()?.clone(),
                Type::Node(id) => program.nodes[id.index()].member(0),
                _ => return None,
            };
            Some((name, first, span))
        },
    );
    let Some((name, first, span)) = all.next() else { return };
    let words = format!("`{name}` has no initial value, and starts with the least: {first}");
    let mut d = Diagnostic::warning(codes::NO_INITIAL_VALUE, span, words)
        .help(format!("say so, `= {first}`, or take every value, `= any`"));
    for (name, first, span) in all {
        d = d.related(span, format!("`{name}` starts with {first}"));
    }
    found.push(d);
}

/// `some x in S: P implies Q`, without parentheses around what is said of x.
fn implied(program: &Program, found: &mut Vec<Diagnostic>) {
    let mut report = |e: &Expr| {
        let ExprKind::Any(_, body) = &e.kind else { return };
        let implies = matches!(body.kind, ExprKind::Binary(BinaryOp::Implies, ..));
        if !implies || body.span.end != e.span.end || found.iter().any(|d| d.span == e.span) {
            return;
        }
        let words = "this is true as soon as the left of `implies` is false for one";
        found.push(
            Diagnostic::warning(codes::IMPLIED, e.span, words)
                .help("write `(some x in S: P) implies Q`, or `some x in S: P and Q`"),
        );
    };
    for e in expressions(program) {
        e.walk(&mut report);
    }
    for stmt in program.actions.iter().flat_map(|a| &a.body) {
        stmt.walk(&mut |s| s.parts(&mut |e| e.walk(&mut report)));
    }
}

/// Actions that change a field of a node that they are given and do not act at.
fn while_down(program: &Program, found: &mut Vec<Diagnostic>) {
    let clients = program.actions.iter().filter(|a| matches!(a.kind, ActionKind::Client) && a.at.is_none());
    for action in clients {
        let asks = |local: LocalId| {
            let mut asked = false;
            let mut look = |e: &Expr| {
                asked |= matches!(&e.kind, ExprKind::Up(n) if n.kind == ExprKind::Local(local));
            };
            action.guards.iter().for_each(|e| e.walk(&mut look));
            action.body.iter().for_each(|s| s.walk(&mut |s| s.parts(&mut |e| e.walk(&mut look))));
            asked
        };
        let mut changed = action.params.iter().filter(|p| writes_at(&action.body, **p) && !asks(**p));
        let Some(local) = changed.next().map(|p| &program.locals[p.index()]) else { continue };
        let kind = program.types.name(local.ty, program);
        let words = format!("`{}` changes a field of `{}`, also while it is down", action.name, local.name);
        let d = Diagnostic::warning(codes::WHILE_DOWN, local.span, words);
        found.push(d.help(format!(
            "the node that acts is named by `at {0} in {kind}`; where it may be down, say so in the guard: `{0}.up`",
            local.name
        )));
    }
}

/// Whether a body writes a field of the node that a local is.
fn writes_at(body: &[Stmt], node: LocalId) -> bool {
    let mut writes = false;
    for stmt in body {
        stmt.walk(&mut |s| {
            let (StmtKind::Assign { place, .. } | StmtKind::Mutate { place, .. }) = &s.kind else { return };
            let PlaceRoot::NodeField { node: of, .. } = &place.root else { return };
            writes |= of.kind == ExprKind::Local(node);
        });
    }
    writes
}

/// Every expression that stands directly in a member, bodies of actions apart.
pub(super) fn expressions(program: &Program) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = program.init.iter().chain(&program.bounds).collect();
    all.extend(program.defs.iter().map(|d| &d.body));
    for init in program.states.iter().map(|s| &s.init).chain(program.node_fields.iter().map(|f| &f.init)) {
        match init {
            Init::Default => {}
            Init::Value(e) | Init::Computed { value: e, .. } => all.push(e),
            Init::Any { set, filter, .. } => all.extend(set.iter().chain(filter)),
        }
    }
    for a in &program.actions {
        all.extend(a.guards.iter().chain(&a.at_set));
        if let ActionKind::ReconcilerObserve { values, .. } = &a.kind {
            all.extend(values);
        }
    }
    program.concept_expressions(&mut |e| all.push(e));
    all
}

/// The value of a guard that consists of literals. Parameters count as literals nowhere: another value may enable it.
fn constant(e: &Expr) -> Option<bool> {
    match &e.kind {
        ExprKind::Bool(b) => Some(*b),
        ExprKind::Not(inner) => constant(inner).map(|b| !b),
        ExprKind::Binary(BinaryOp::And, a, b) => match (constant(a), constant(b)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        ExprKind::Binary(BinaryOp::Or, a, b) => match (constant(a), constant(b)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        _ => None,
    }
}
