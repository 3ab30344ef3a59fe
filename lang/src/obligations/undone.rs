//! Obligations of `abort`, `reject` and `compensate`: afterwards, what is protected is what it would be had the attempt
//! never begun, with everybody else's steps as they were.
//!
//! Enters: the clauses of a resolution. Leaves: a property over a shadow, which a monitor keeps from the first step of the
//! attempt that it picked. Once the attempt is being taken back, and faults and clients have stopped, no fair run may come
//! again and again to where protected values differ: what is under way, whoever has it in mind and however long it takes,
//! is waited for. Where faults may strand it, they are compared as soon as nothing is under way in the run alone.

use super::attempt::{Identity, Protected, is_handler, is_small, node_kind};
use super::monitor::{Monitor, assign, state};
use super::rest::{Due, is_over, reacts};
use super::retry::ACT;
use super::shadow::{Shadow, behind_all};
use super::{Crashed, Member, build};
use crate::analysis::program::{
    ActionId, ActionKind, BinaryOp, Expr, ExprKind, LocalId, Method, NodeId, Place, PlaceRoot, Program,
    Resolution, STALE, StateId, Stmt, StmtKind, Type,
};
use crate::analysis::symmetry::may_trap;
use crate::analysis::walk::Mentions;
use crate::concepts::Topic;
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind, Worlds};
use crate::span::Span;

/// How far the watched attempt has come.
const BEGUN: i64 = 1;
const TAKEN_BACK: i64 = 2;
/// It was taken back before it began.
const BEFORE: i64 = 3;
/// A step, or what is compared, had no value: what would be is not known.
const LOST: i64 = 4;

/// Besides, where faults may strand what an attempt waits for.
const STRANDED: &str = "the same where what is under way never arrives";
/// Why nothing was compared although something was taken back.
const NEVER_COMPARED: &str = "what was taken back was never compared: something of it was always under way";
/// Why nothing can be said.
const SEVERAL: &str =
    "an attempt begins while another is open that nothing tells from it: add `key EXPR`, or let it wait";
const DUE: &str = "where an attempt never began somebody would still have to act, which nobody does here: what would be is \
                   not known";
const NOT_JUDGED: &str = "some step, or what is compared, has no value in the world where an attempt never began, or its \
                          key has none: what would be is not known";

/// An attempt, and what takes it back.
struct Undone<'r> {
    resolution: &'r Resolution,
    begins: Vec<ActionId>,
    ends: Vec<ActionId>,
    protected: Protected,
    span: Span,
    /// Taking back what never began changes nothing either.
    compensates: bool,
    words: &'static str,
    unexercised: &'static str,
    had: &'static str,
}

pub(super) const UNTOUCHED: &str =
    "afterwards, what is protected is what it would be had the attempt never begun";

/// `abort` and `reject` with `since`.
pub(super) fn since(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let undone = Undone::new(program, resolution, &resolution.since);
    judge(program, member, undone, UNTOUCHED, "add `protects EXPR`, the state that must be as it was");
}

pub(super) fn compensate(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let words = "after the compensation, what is restored is what it would be had the action never happened";
    if resolution.undoes.is_empty() {
        member.unchecked(words, "add `undoes ACTION`, the action that it compensates");
        return;
    }
    let undone = Undone::new(program, resolution, &resolution.undoes);
    let undone = undone.map(|undone| Undone {
        compensates: true,
        words,
        unexercised: "the compensation never came after its action",
        had: "had the action never happened",
        ..undone
    });
    judge(program, member, undone, words, "add `restores EXPR`, what must be as it was");
}

fn judge(program: &mut Program, member: &mut Member, undone: Option<Undone<'_>>, words: &str, missing: &str) {
    match undone {
        None => drop(member.unchecked(words, missing).about(Topic::Repetition)),
        Some(undone) if undone.ends.is_empty() => drop(member.unchecked(words, ACT).about(Topic::Repetition)),
        Some(undone) => undone.judge(program, member),
    }
}

/// What the statements of a monitor of attempts are made of.
struct Watch<'u> {
    undone: &'u Undone<'u>,
    original: &'u Program,
    monitor: Monitor,
    identity: Identity,
    shadow: Shadow,
    phase: StateId,
    broken: StateId,
    /// The ghost that holds the attempts that have begun, where that has to be known of all.
    open: Option<StateId>,
    /// The node where an action began the attempt, by kind.
    own: Vec<(NodeId, StateId)>,
    span: Span,
    crashed: Crashed,
    /// Why what is under way may be so for ever.
    stranded: Option<&'static str>,
    due: Option<Due>,
}

impl<'r> Undone<'r> {
    /// `None`: nothing is protected.
    fn new(program: &Program, resolution: &'r Resolution, begins: &[ActionId]) -> Option<Undone<'r>> {
        let (begins, ends) = (begins.to_vec(), resolution.actions.clone());
        let watched = [begins.clone(), ends.clone()].concat();
        let protected = Protected::of(program, resolution, &watched)?;
        let span = match &protected {
            Protected::Value(e) => e.span,
            Protected::Written { .. } => ends.first().map(|a| program.actions[a.index()].span)?,
        };
        Some(Undone {
            resolution,
            begins,
            ends,
            protected,
            span,
            compensates: false,
            words: UNTOUCHED,
            unexercised: "no attempt was ever taken back",
            had: "had the attempt never begun",
        })
    }

    /// Messages begin it, which may come more than once.
    fn is_of_messages(&self, program: &Program) -> bool {
        self.begins.iter().any(|a| is_handler(program, *a))
    }

    /// Whether a step begins an attempt of its own, whatever was begun before.
    fn is_first(&self, program: &Program, action: ActionId) -> bool {
        let name = |a: ActionId| &program.actions[a.index()].name;
        !self.is_of_messages(program) && self.begins.first().is_some_and(|first| name(*first) == name(action))
    }

    /// The action whose steps nothing relates to what takes them back.
    fn unclear(&self, program: &Program, identity: &Identity) -> Option<ActionId> {
        if !self.resolution.key.is_empty() {
            return None;
        }
        let apart = |a: &ActionId| {
            let at = program.actions[a.index()].at;
            let kind = at.and_then(|at| node_kind(program, at));
            !is_handler(program, *a)
                && kind.is_some_and(|k| program.nodes[k.index()].count > 1 && !identity.has_node(program, k))
        };
        self.begins.iter().copied().find(apart)
    }

    fn judge(&self, program: &mut Program, member: &mut Member) {
        if !member.watches() {
            return;
        }
        let (span, original) = (self.span, member.original);
        let mut monitor = Monitor::new(program, span);
        let mut actions = self.begins.clone();
        self.ends.iter().filter(|a| !self.begins.contains(a)).for_each(|a| actions.push(*a));
        let identity = Identity::common(program, &mut monitor, &self.resolution.key, &actions);
        if let Some(action) = self.unclear(program, &identity) {
            let name = &program.actions[action.index()].name;
            let why = format!(
                "nothing tells which attempt it ends: `{name}` happens at several nodes; add `key EXPR`"
            );
            member.unchecked(self.words, &why).about(Topic::Repetition);
            return;
        }
        let ty = program.types.intern(Type::Int { lo: 0, hi: LOST });
        let phase = monitor.ghost(program, "phase", ty);
        let truth = program.types.intern(Type::Bool);
        let broken = monitor.ghost(program, "broken", truth);
        let needed = self.compensates || self.is_of_messages(program);
        let several = self.begins.len() > 1 && self.opened_is_small(program, &identity);
        let open = (needed || several).then(|| self.opened(program, &mut monitor, &identity));
        let elements = open.map(|open| program.types.get(program.states[open.index()].ty).clone());
        if matches!(elements, Some(Type::Set(element)) if !is_small(program, element)) {
            let why = "there are too many different attempts to remember which have begun: add `key EXPR`";
            member.unchecked(self.words, why).about(Topic::Repetition);
            return;
        }
        let mut own = Vec::new();
        if !self.is_of_messages(program) {
            for action in &self.begins {
                let kind = program.actions[action.index()].at.and_then(|at| node_kind(program, at));
                if let Some(kind) = kind.filter(|k| own.iter().all(|(o, _)| o != k)) {
                    let node = program.types.intern(Type::Node(kind));
                    let set = program.types.intern(Type::Set(node));
                    own.push((kind, monitor.ghost(program, &format!("own{}", kind.0), set)));
                }
            }
        }
        let shadow = Shadow::new(program, &mut monitor, original, span);
        let mut watch = Watch {
            undone: self,
            original,
            monitor,
            identity,
            shadow,
            phase,
            broken,
            open,
            own,
            span,
            crashed: member.crashed,
            stranded: member.crashed.stranded.or_else(|| blocked(original, member.crashed)),
            due: Due::new(original, &self.protected.reads(original), &actions, span),
        };
        let lost = watch.to_phase(program, LOST);
        watch.monitor.tell_lost(program, vec![lost]);
        watch.instrument(program);
        watch.property(program, member);
        watch.valued(program, member);
        if let Some(why) = watch.stranded {
            member.unchecked(STRANDED, why).about(Topic::Repetition);
        }
    }

    /// Of a compensation: who takes a message and changes what is restored is somebody else until that is named.
    fn unnamed(&self, program: &mut Program) -> Option<String> {
        let mut restored = Mentions::default();
        for (_, part) in self.protected.parts(program, self.span) {
            restored.read(program, &part);
        }
        let taken = program.actions.iter().enumerate().find_map(|(i, action)| {
            let ActionKind::Handler { message, .. } = action.kind else { return None };
            let id = ActionId(i as u32);
            let own = self.begins.contains(&id) || self.ends.contains(&id);
            let changes = Mentions::written(&action.body).overlap(&restored);
            (self.compensates && !own && changes).then_some(message)
        })?;
        let name = &program.messages[taken.index()].name;
        Some(format!("who takes {name} changes it: where that is part of the action, add `undoes {name}`"))
    }

    fn opened_is_small(&self, program: &mut Program, identity: &Identity) -> bool {
        let element = identity.whole(program, self.begins[0], self.span).ty;
        is_small(program, element)
    }

    fn opened(&self, program: &mut Program, monitor: &mut Monitor, identity: &Identity) -> StateId {
        let element = identity.whole(program, self.begins[0], self.span).ty;
        let ty = program.types.intern(Type::Set(element));
        monitor.ghost(program, "open", ty)
    }
}

/// Why a node may stay down that could restart.
fn blocked(original: &Program, crashed: Crashed) -> Option<&'static str> {
    let fails = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Require(_) => true,
        // A view always finds something to show.
        StmtKind::Choose { binder, .. } if original.locals[binder.local.index()].name == STALE => false,
        StmtKind::Choose { binder, .. } => {
            binder.filter.is_some() || !matches!(binder.set.kind, ExprKind::TypeSet(_))
        }
        _ => false,
    };
    let mut found = false;
    for action in original.actions.iter().filter(|a| matches!(a.kind, ActionKind::Restart(_))) {
        action.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| found |= fails(stmt)));
    }
    (found && crashed.go_down).then_some(
        "an `on restart` that has no way to go on keeps its node down, and what waits for it waits for ever",
    )
}

impl Watch<'_> {
    fn instrument(&self, program: &mut Program) {
        let count = self.original.actions.len();
        if self.open.is_some() {
            let begin = self.monitor.at_the_start(program, Vec::new());
            program.initially.extend(begin);
        }
        behind_all(program, count, &mut |program, action| self.behind(program, action));
        self.shadow.faults(program, &self.monitor, self.original);
        let compare = self.compare(program);
        program.behind_faults.push(compare);
    }

    /// The statements behind the body of an action.
    fn behind(&self, program: &mut Program, action: ActionId) -> Vec<Stmt> {
        let begins = self.undone.begins.contains(&action);
        let ends = self.undone.ends.contains(&action);
        let mut all = Vec::new();
        let watching = self.phase_is(program, BinaryOp::Greater, 0);
        let known = self.phase_is(program, BinaryOp::Less, LOST);
        let watching = build::and(program, watching, known);
        let lost = self.phase_is(program, BinaryOp::Equal, LOST);
        let end = self.monitor.end(program);
        all.push(self.monitor.follow(program, lost, end));
        let step = match begins || ends {
            true => self.of_attempt(program, action),
            false => self.of_others(program, action),
        };
        all.push(self.monitor.follow(program, watching, step));
        if begins {
            all.extend(self.begin(program, action));
        } else if ends && let Some(open) = self.open {
            all.extend(self.end(program, action, open));
        }
        all.push(self.compare(program));
        all
    }

    // ---- expressions ----

    /// The phase before the step.
    fn phase_is(&self, program: &mut Program, op: BinaryOp, phase: i64) -> Expr {
        let (left, right) = (state(program, self.phase, self.span), build::int(program, phase, self.span));
        build::old(build::binary(program, op, left, right))
    }

    fn to_phase(&self, program: &mut Program, phase: i64) -> Stmt {
        let value = build::int(program, phase, self.span);
        assign(program, self.phase, value)
    }

    fn when(&self, condition: Expr, then: Vec<Stmt>, otherwise: Vec<Stmt>) -> Stmt {
        Stmt { kind: StmtKind::If { condition, then, otherwise }, span: self.span }
    }

    /// Whether the attempt of this step was open before it.
    fn is_open(&self, program: &mut Program, action: ActionId, open: StateId) -> Expr {
        let mine = self.identity.whole(program, action, self.span);
        let set = build::old(state(program, open, self.span));
        build::binary(program, BinaryOp::In, mine, set)
    }

    fn change_open(&self, program: &mut Program, action: ActionId, open: StateId, op: Method) -> Stmt {
        let value = Some(self.identity.whole(program, action, self.span));
        let ty = program.states[open.index()].ty;
        let place = Place { root: PlaceRoot::State(open), path: Vec::new(), ty, span: self.span };
        Stmt { kind: StmtKind::Mutate { place, op, value }, span: self.span }
    }

    // ---- steps ----

    /// A step that may belong to the attempt or to its taking back.
    fn of_attempt(&self, program: &mut Program, action: ActionId) -> Vec<Stmt> {
        let begins = self.undone.begins.contains(&action);
        let ends = self.undone.ends.contains(&action);
        let same = self.identity.same(program, action, self.span);
        let mut mine = self.shadow.delivered(program, action, Vec::new());
        if begins && self.undone.is_first(program, action) {
            // Another attempt of the same begins; this one is past.
            mine = self.monitor.end(program);
        } else if begins {
            let before = self.phase_is(program, BinaryOp::Equal, BEFORE);
            let done = self.to_phase(program, TAKEN_BACK);
            mine.push(self.when(before, vec![done], Vec::new()));
        }
        if ends {
            let begun = self.phase_is(program, BinaryOp::Equal, BEGUN);
            let done = self.to_phase(program, TAKEN_BACK);
            mine.push(self.when(begun, vec![done], Vec::new()));
        }
        let others = self.of_others(program, action);
        vec![self.when(same, mine, others)]
    }

    /// Everybody else's step is taken in the shadow, except that where the attempt began, and by who has to act, what is
    /// not possible there is not taken.
    fn of_others(&self, program: &mut Program, action: ActionId) -> Vec<Stmt> {
        let taken = self.shadow.taken(program, self.original, action);
        let known = &self.original.actions[action.index()];
        let own = known.at.and_then(|at| {
            let kind = node_kind(program, at)?;
            self.own.iter().find(|(k, _)| *k == kind).map(|(_, ghost)| (at, *ghost))
        });
        let own_step = self.undone.begins.contains(&action) || self.undone.ends.contains(&action);
        let reacts = reacts(known) && !own_step;
        if taken.is_empty() || (own.is_none() && !reacts) {
            return taken;
        }
        let possible = self.shadow.possible(program, self.original, action);
        let when = match own.filter(|_| !reacts) {
            None => possible,
            Some((at, ghost)) => {
                let here = self.at_own(program, at, ghost);
                let elsewhere = build::not(program, here);
                build::or(program, elsewhere, possible)
            }
        };
        vec![self.when(when, taken, Vec::new())]
    }

    fn at_own(&self, program: &mut Program, at: LocalId, ghost: StateId) -> Expr {
        let (node, set) = (build::local(program, at, self.span), state(program, ghost, self.span));
        build::binary(program, BinaryOp::In, node, build::old(set))
    }

    // ---- picking ----

    /// What the monitor remembers of an attempt that it picks at a step.
    fn remembered(&self, program: &mut Program, action: ActionId, phase: i64) -> Vec<Stmt> {
        let mut all = self.identity.set(program, action);
        all.push(self.to_phase(program, phase));
        if let Some(open) = self.open {
            let ty = program.states[open.index()].ty;
            let none = Expr { kind: ExprKind::Set(Vec::new()), ty, span: self.span };
            all.push(assign(program, open, none));
        }
        let at = self.original.actions[action.index()].at;
        if let Some((at, kind)) = at.and_then(|at| Some((at, node_kind(program, at)?)))
            && let Some((_, ghost)) = self.own.iter().find(|(k, _)| *k == kind)
            && phase == BEGUN
        {
            let node = build::local(program, at, self.span);
            all.push(super::monitor::remember_element(program, *ghost, node));
        }
        all.extend(self.shadow.copied(program, self.original));
        all.extend(self.shadow.delivered(program, action, Vec::new()));
        all
    }

    fn begin(&self, program: &mut Program, action: ActionId) -> Vec<Stmt> {
        let begin = self.remembered(program, action, BEGUN);
        let first = self.undone.is_first(program, action);
        let Some(open) = self.open else {
            // Later steps belong to the attempt that the first-named action has begun.
            let when = build::truth(program, self.span);
            return if first { self.monitor.pick(program, when, begin) } else { Vec::new() };
        };
        let mut when = self.phase_is(program, BinaryOp::Equal, 0);
        if !first {
            let known = self.is_open(program, action, open);
            let new = build::not(program, known);
            when = build::and(program, when, new);
        }
        let add = self.change_open(program, action, open, Method::Add);
        let idle = self.phase_is(program, BinaryOp::Equal, 0);
        let otherwise = vec![self.when(idle, vec![add], Vec::new())];
        self.monitor.split(program, when, begin, otherwise)
    }

    /// It is taken back: what never began is picked, what was open may be over.
    fn end(&self, program: &mut Program, action: ActionId, open: StateId) -> Vec<Stmt> {
        let known = self.is_open(program, action, open);
        let idle = self.phase_is(program, BinaryOp::Equal, 0);
        let closes = match self.closes(program) {
            false => Vec::new(),
            true => {
                let more = self.identity.can_go_on(program, &self.undone.ends, action, self.span);
                let over = build::not(program, more);
                let over = build::and(program, idle.clone(), over);
                let remove = self.change_open(program, action, open, Method::Remove);
                vec![self.when(over, vec![remove], Vec::new())]
            }
        };
        if !self.undone.compensates {
            let on = build::truth(program, self.span);
            return if closes.is_empty() { closes } else { vec![self.monitor.follow(program, on, closes)] };
        }
        let new = build::not(program, known);
        let when = build::and(program, idle, new);
        let begin = self.remembered(program, action, BEFORE);
        self.monitor.split(program, when, begin, closes)
    }

    /// Whether attempts are over at some time: what a message begins, or takes back, may always come once more.
    fn closes(&self, program: &Program) -> bool {
        !self.undone.is_of_messages(program) && self.undone.ends.iter().all(|a| !is_handler(program, *a))
    }

    // ---- comparing ----

    fn differs(&self, program: &mut Program) -> Expr {
        self.undone.protected.differs(program, self.span, &|e| self.shadow.expr(e))
    }

    /// After a step, whether it is taken back, or was before it began.
    fn is_back(&self, program: &mut Program) -> Expr {
        let left = state(program, self.phase, self.span);
        let (least, lost) =
            (build::int(program, TAKEN_BACK, self.span), build::int(program, LOST, self.span));
        let back = build::binary(program, BinaryOp::GreaterEqual, left.clone(), least);
        let known = build::binary(program, BinaryOp::Less, left, lost);
        build::and(program, back, known)
    }

    /// After a step, whether the two worlds can be compared at once.
    fn comparable(&self, program: &mut Program) -> Expr {
        let back = self.is_back(program);
        let reads = self.undone.protected.reads(self.original);
        let settled = match self.stranded {
            Some(_) => self.shadow.settled(program, self.original, self.crashed, reads),
            None => is_over(program, self.original, self.crashed, reads, self.span),
        };
        build::and(program, back, settled)
    }

    /// Whether they differ, and what would be is known.
    fn apart(&self, program: &mut Program) -> Expr {
        let (on, back) = (self.monitor.is_on(program), self.is_back(program));
        let differs = self.differs(program);
        let back = build::and(program, back, differs);
        let apart = build::and(program, on, back);
        match self.is_due(program) {
            None => apart,
            Some(due) => {
                let known = build::not(program, due);
                build::and(program, apart, known)
            }
        }
    }

    /// Whether nothing happens in the run any more, and somebody has to act in the shadow.
    fn is_due(&self, program: &mut Program) -> Option<Expr> {
        let due = self.due.as_ref()?;
        let still = due.still(program, self.original, self.crashed);
        let some = due.some(program, self.original, &self.shadow);
        Some(build::and(program, still, some))
    }

    fn compare(&self, program: &mut Program) -> Stmt {
        let yes = build::truth(program, self.span);
        let found = assign(program, self.broken, yes);
        let comparable = self.comparable(program);
        let apart = self.apart(program);
        let broken = build::and(program, comparable, apart);
        let (on, back) = (self.monitor.is_on(program), self.is_back(program));
        let (back, differs) = (build::and(program, on, back), self.differs(program));
        let asked = build::and(program, back, differs);
        let mut body = self.caught_up(program);
        // Also where it is not compared yet it has to have a value.
        body.push(self.when(asked, Vec::new(), Vec::new()));
        body.push(self.when(broken, vec![found], Vec::new()));
        // Where a value is missing, nothing can be compared.
        let on = self.monitor.is_on(program);
        let lost = self.to_phase(program, LOST);
        let lost = self.when(on, vec![lost], Vec::new());
        Stmt { kind: StmtKind::Attempt { body, otherwise: vec![lost] }, span: self.span }
    }

    /// Where nothing happens in the run any more, what somebody has to do in the shadow is done there.
    fn caught_up(&self, program: &mut Program) -> Vec<Stmt> {
        let Some(due) = &self.due else { return Vec::new() };
        let (on, back) = (self.monitor.is_on(program), self.is_back(program));
        let back = build::and(program, on, back);
        let still = due.still(program, self.original, self.crashed);
        let when = build::and(program, back, still);
        let done = due.done(program, self.original, &self.shadow);
        if done.is_empty() { Vec::new() } else { vec![self.when(when, done, Vec::new())] }
    }

    /// Nothing happens in the run any more, and what would be is not known.
    fn unknown(&self, program: &mut Program) -> Option<Probe> {
        let due = self.due.as_ref()?;
        let still = due.still(program, self.original, self.crashed);
        let some = due.some(program, self.original, &self.shadow);
        let waits = due.waits(program, self.original, &self.shadow);
        let some = build::or(program, some, waits);
        let open = build::and(program, still, some);
        let (on, back) = (self.monitor.is_on(program), self.is_back(program));
        let back = build::and(program, on, back);
        Some(Probe {
            condition: ProbeCondition::State(build::and(program, back, open)),
            words: DUE.to_string(),
            span: self.span,
            watched_by: None,
        })
    }

    /// Another attempt begins while one is watched that nothing tells from it, and that could still be taken back.
    fn several(&self, program: &mut Program) -> Vec<(ActionId, Expr)> {
        let mut all = Vec::new();
        for action in self.undone.begins.clone() {
            if !self.undone.is_first(program, action) {
                continue;
            }
            let on = self.monitor.was_on(program);
            let begun = self.phase_is(program, BinaryOp::Equal, BEGUN);
            let same = self.identity.same(program, action, self.span);
            let acts: Vec<ActionId> =
                self.undone.ends.iter().copied().filter(|a| !is_handler(program, *a)).collect();
            let open = self.identity.can_go_on(program, &acts, action, self.span);
            let open = build::and(program, same, build::old(open));
            let watched = build::and(program, on, begun);
            all.push((action, build::and(program, watched, open)));
        }
        all
    }

    fn is_lost(&self, program: &mut Program) -> Expr {
        let (left, right) = (state(program, self.phase, self.span), build::int(program, LOST, self.span));
        let lost = build::binary(program, BinaryOp::Equal, left, right);
        let on = self.monitor.is_on(program);
        build::and(program, on, lost)
    }

    /// What is compared has a value on the run, from when the attempt is taken back. Where it has none in the world where
    /// the attempt never began, that is not known.
    fn valued(&self, program: &mut Program, member: &mut Member) {
        let Protected::Value(e) = &self.undone.protected else { return };
        if !may_trap(program, e) {
            return;
        }
        let back = self.is_back(program);
        let valued = super::valued::itself(program, e.clone());
        let e = build::implies(program, build::old(back), valued);
        let words = format!("what `{}` says has a value from when it is taken back", self.clause());
        let property = member.add(words, self.span, PropertyKind::Step(e));
        property.watched_by = Some(self.monitor.id());
    }

    /// The word with which the author says what is compared.
    fn clause(&self) -> &'static str {
        if self.undone.compensates { "restores" } else { "protects" }
    }

    fn property(&self, program: &mut Program, member: &mut Member) {
        let on = self.monitor.is_on(program);
        let broken = state(program, self.broken, Span::default());
        let bad = build::and(program, on.clone(), broken);
        let same = self.differs(program);
        let same = build::not(program, same);
        let whole = build::implies(program, bad, same);
        let comparable = self.comparable(program);
        let (left, right) =
            (state(program, self.phase, self.span), build::int(program, TAKEN_BACK, self.span));
        let back = build::binary(program, BinaryOp::Equal, left, right);
        let back = build::and(program, on, back);
        let seen = build::and(program, back.clone(), comparable);
        let probe = |condition: Expr, words: &str| Probe {
            condition: ProbeCondition::State(condition),
            words: words.to_string(),
            span: self.span,
            watched_by: None,
        };
        let mut probes = vec![probe(back, self.undone.unexercised)];
        // On runs without end it always is.
        if self.stranded.is_some() {
            probes.push(probe(seen, NEVER_COMPARED));
        }
        let words = match self.undone.protected.words(program) {
            names if names.is_empty() => self.undone.words.to_string(),
            names => format!("{} (of {names})", self.undone.words),
        };
        let lost = self.is_lost(program);
        let note = Probe {
            condition: ProbeCondition::State(lost),
            words: NOT_JUDGED.to_string(),
            span: self.span,
            watched_by: None,
        };
        let doubt = Probe {
            condition: ProbeCondition::StepOf(self.several(program)),
            words: SEVERAL.to_string(),
            span: self.span,
            watched_by: None,
        };
        let unknown = self.unknown(program);
        let parts = self.undone.protected.parts(program, self.span);
        let kind = match self.stranded {
            // What is under way for ever says nothing then.
            Some(_) => PropertyKind::State(whole),
            None => PropertyKind::Returns {
                holds: whole,
                apart: self.apart(program),
                would_be: self.shadow.compared(&self.undone.protected),
            },
        };
        let otherwise =
            self.undone.unnamed(program).or_else(|| self.undone.protected.advice(program, self.clause()));
        let property = member.add(words, self.span, kind);
        property.otherwise = otherwise;
        property.about(Topic::Repetition).watched_by = Some(self.monitor.id());
        property.probes.extend(probes);
        property.doubts.push(note);
        property.doubts.push(doubt);
        property.doubts.extend(unknown);
        property.worlds = parts
            .into_iter()
            .map(|(name, is)| {
                let would_be = self.shadow.expr(&is);
                Worlds { name, is, would_be, had: self.undone.had }
            })
            .collect();
    }
}
