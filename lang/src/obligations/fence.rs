//! Obligations of `fence`: what makes it safe that somebody who was replaced goes on writing.
//!
//! Enters: the clauses of one resolution. Leaves: that its token never goes back, that what is protected changes only by
//! writes that carry the newest token seen, or with a newer token, and that this stays so where the token itself forgets.

use super::monitor::{self, Monitor};
use super::orders::{changers, taken_probe};
use super::{Member, build, instances, probes};
use crate::analysis::alike::alike;
use crate::analysis::program::{
    ActionId, BinaryOp, Binder, Expr, NodeId, Program, Resolution, Stmt, Token, Type, TypeId,
};
use crate::analysis::walk::Mentions;
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};

const BACK: &str = "the token never goes back";
const OLDER: &str = "a write that carries an older token than the newest seen changes nothing";
const ROUND: &str =
    "nothing goes round the fence: what carries no token changes nothing, unless it raises the token";
const FORGOTTEN: &str = "a token that was seen is not forgotten: later writes carry at least that";

pub(super) fn fence(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let Some(Token { value: token, binder }) = &resolution.token else {
        let missing = "add `token EXPR`, the newest token seen";
        member.unchecked(BACK, missing);
        member.unchecked(OLDER, missing);
        return;
    };
    never_back(program, member, token, binder.as_ref());
    let Some(protected) = &resolution.protects else {
        member.unchecked(OLDER, "add `protects EXPR`, what an old writer must not change");
        return;
    };
    if resolution.writes.is_empty() {
        member
            .unchecked(OLDER, "add `write ACTION carries EXPR` for each action that writes under the token");
        return;
    }
    if build::less(program, token.clone(), token.clone()).is_none() {
        member.unchecked(OLDER, "tokens of this type have no order: use a number");
        return;
    }
    let fence = Fence { token, binder: binder.as_ref(), protected, resolution };
    fence.writes_are_new(program, member);
    fence.nothing_else(program, member);
    if member.watches() {
        fence.remembers(program, member);
    }
}

fn never_back(program: &mut Program, member: &mut Member, token: &Expr, binder: Option<&Binder>) {
    let Some(e) = build::at_most(program, build::old(token.clone()), token.clone()) else {
        member.unchecked(BACK, "tokens of this type have no order: use a number");
        return;
    };
    let binder = binder.map(|b| build::through_step(program, b));
    let changed = build::differs(program, build::old(token.clone()), token.clone());
    let probe = probes::happens(program, binder.as_slice(), changed, "the token never changed");
    let e = build::all(program, binder.as_ref(), e);
    member.add(BACK, token.span, PropertyKind::Step(e)).probes.push(probe);
}

/// A declared write: what it carries, as it is before the step.
struct Write {
    action: ActionId,
    carried: Expr,
    span: crate::span::Span,
}

struct Fence<'a> {
    token: &'a Expr,
    binder: Option<&'a Binder>,
    protected: &'a Expr,
    resolution: &'a Resolution,
}

impl Fence<'_> {
    fn writes(&self) -> Vec<Write> {
        let each = self.resolution.writes.iter().flat_map(|write| {
            let pairs = write.actions.iter().zip(&write.values);
            pairs.map(|(action, carried)| Write {
                action: *action,
                carried: instances::opened(carried),
                span: write.span,
            })
        });
        each.collect()
    }

    /// What is protected belongs to those who have the tokens, each its own.
    fn each(&self) -> Option<&Binder> {
        self.binder.filter(|b| build::mentions(self.protected, b.local))
    }

    fn over(&self, program: &mut Program, e: Expr) -> Expr {
        let binder = self.each().map(|b| build::everyone(program, b));
        build::all(program, binder.as_ref(), e)
    }

    fn changed(&self, program: &mut Program) -> Expr {
        build::differs(program, build::old(self.protected.clone()), self.protected.clone())
    }

    /// The node where an action happens, where tokens belong to nodes of its kind.
    fn here(&self, program: &Program, action: ActionId) -> Option<Expr> {
        let binder = self.binder.filter(|_| self.each().is_none())?;
        let kind = program.locals[binder.local.index()].ty;
        let at = program.actions[action.index()].at.filter(|at| program.locals[at.index()].ty == kind)?;
        Some(build::local(program, at, self.token.span))
    }

    /// What a write carries is below the token that it is compared with: that of what it changes; else that of the node
    /// where it arrives; else any.
    fn below(&self, program: &mut Program, write: &Write) -> Option<Expr> {
        let (token, among) = self.compared(program, write.action);
        let below = build::less(program, write.carried.clone(), token)?;
        Some(build::some(program, among, below))
    }

    /// The token that counts for a step of an action, and the binder whose element it belongs to where it is any of them.
    fn compared(&self, program: &Program, action: ActionId) -> (Expr, Option<&Binder>) {
        let Some(binder) = self.binder.filter(|_| self.each().is_none()) else {
            return (self.token.clone(), None);
        };
        match self.here(program, action) {
            Some(at) => (self.token.with_local(binder.local, &at), None),
            None => (self.token.clone(), Some(binder)),
        }
    }

    fn writes_are_new(&self, program: &mut Program, member: &mut Member) {
        let (mut each, mut taken, mut blind) = (Vec::new(), Vec::new(), Vec::new());
        for write in self.writes() {
            let compared = self.compared(program, write.action).0;
            if alike(program, &write.carried, &compared) {
                let why = "carries what the token is when it comes";
                blind.push(instances::blind(program, write.action, why, write.span));
            }
            let Some(stale) = self.below(program, &write) else { continue };
            let stale = build::old(stale);
            let same = build::equal(program, build::old(self.protected.clone()), self.protected.clone());
            let e = build::implies(program, stale, same);
            each.push((write.action, self.over(program, e)));
            taken.push(write.action);
        }
        let span = self.resolution.writes[0].span;
        if each.is_empty() {
            member.unchecked(OLDER, "what writes carry cannot be compared with the token: use numbers");
            return;
        }
        let probe = self.older(program).unwrap_or_else(|| taken_probe(program, taken, span));
        let property = member.add(OLDER, span, PropertyKind::StepOf(each));
        property.probes.push(probe);
        property.notes = blind;
    }

    /// A declared write, its guards aside, must have carried an older token at some time.
    fn older(&self, program: &mut Program) -> Option<Probe> {
        let mut all = Vec::new();
        for write in self.writes() {
            let mut older = self.below(program, &write)?;
            // 0 is a token that nobody has been given.
            if let Type::Int { lo, .. } = program.types.get(write.carried.ty)
                && *lo <= 0
            {
                let none = build::int(program, 0, write.span);
                let given = build::binary(program, BinaryOp::Greater, write.carried.clone(), none);
                older = build::and(program, given, older);
            }
            let older = instances::about(program, write.action, self.each(), older);
            all.push(instances::some(program, write.action, older));
        }
        let some = all.into_iter().reduce(|a, b| build::or(program, a, b))?;
        let binder = self.each().map(|b| build::everyone(program, b));
        let some = build::some(program, binder.as_ref(), some);
        let words = "no declared write ever carried an older token".to_string();
        Some(Probe {
            condition: ProbeCondition::State(some),
            words,
            span: self.resolution.writes[0].span,
            watched_by: None,
        })
    }

    /// What is no declared write changes nothing, unless it raises the token.
    fn nothing_else(&self, program: &mut Program, member: &mut Member) {
        let mut reads = Mentions::of(program, self.protected);
        if let Some(binder) = self.each() {
            binder.parts(&mut |part| reads.read(program, part));
        }
        let mut others = changers(program, &reads);
        others.retain(|action| self.resolution.writes.iter().all(|w| !w.actions.contains(action)));
        let mut each = Vec::new();
        for action in others {
            let changed = self.changed(program);
            let raised = self.raised(program, action);
            let e = build::implies(program, changed, raised);
            each.push((action, self.over(program, e)));
        }
        if !each.is_empty() {
            member.add(ROUND, self.protected.span, PropertyKind::StepOf(each));
        }
    }

    fn raised(&self, program: &mut Program, action: ActionId) -> Expr {
        let (token, among) = self.compared(program, action);
        let raised = build::less(program, build::old(token.clone()), token);
        let raised = raised.unwrap_or_else(|| build::truth(program, self.token.span));
        build::some(program, among, raised)
    }

    // ---- forgotten tokens ----

    /// What was seen and is more than the token says: what a write carried that was taken, what the token was when it was
    /// hidden. A monitor remembers one such, and of whom.
    fn remembers(&self, program: &mut Program, member: &mut Member) {
        let writes = self.writes();
        let Some(ty) = self.seen_type(program, &writes) else { return };
        let span = self.resolution.writes[0].span;
        let mut monitor = Monitor::new(program, span);
        monitor.tell(program);
        let ty = monitor::remembered(program, ty);
        let seen = monitor.ghost(program, "seen", ty);
        let who = self.binder.map(|binder| {
            let ty = program.locals[binder.local.index()].ty;
            monitor::element(program, &mut monitor, "whose", ty)
        });
        let ghosts = Ghosts { monitor, seen, who };
        for write in &writes {
            if let Some(picked) = self.taken(program, &ghosts, write) {
                monitor::append(program, write.action, picked);
            }
        }
        self.hidden(program, &ghosts);
        self.caught_up(program, &ghosts);
        let mut each = Vec::new();
        for write in &writes {
            let then = build::old(monitor::state(program, ghosts.seen, self.token.span));
            let Some(new) = build::at_most(program, then, build::old(write.carried.clone())) else {
                continue;
            };
            let mut asked = self.changed(program);
            let whose = self.each().map(|b| build::local(program, b.local, b.span));
            if let (Some(who), Some(me)) = (ghosts.who, whose.or_else(|| self.here(program, write.action))) {
                let mine = monitor::was_element(program, who, me);
                asked = build::and(program, mine, asked);
            }
            let on = ghosts.monitor.was_on(program);
            let asked = build::and(program, on, asked);
            let e = build::implies(program, asked, new);
            each.push((write.action, self.over(program, e)));
        }
        let doubt = ghosts.monitor.doubt(program);
        let property = member.add(FORGOTTEN, span, PropertyKind::StepOf(each));
        property.watched_by = Some(ghosts.monitor.id());
        property.doubts.push(doubt);
    }

    /// A type for the tokens and all that writes carry.
    fn seen_type(&self, program: &mut Program, writes: &[Write]) -> Option<TypeId> {
        let mut ty = program.types.inner(self.token.ty);
        for write in writes {
            let carried = program.types.inner(write.carried.ty);
            ty = program.types.join(ty, carried, false)?;
        }
        Some(ty)
    }

    /// A write was taken that carries more than the token is afterwards.
    fn taken(&self, program: &mut Program, ghosts: &Ghosts, write: &Write) -> Option<Vec<Stmt>> {
        let carried = build::old(write.carried.clone());
        let changed = self.changed(program);
        let Some(binder) = self.each() else {
            let (token, among) = self.compared(program, write.action);
            let more = build::less(program, token, carried.clone())?;
            let more = build::all(program, among, more);
            let when = build::and(program, changed, more);
            let whose = self.here(program, write.action);
            let begin = ghosts.begin(program, carried, whose);
            return Some(ghosts.monitor.pick(program, when, begin));
        };
        let hidden = monitor::nameless(program, binder);
        let x = build::local(program, hidden.local, binder.span);
        let token = self.token.with_local(binder.local, &x);
        let more = build::less(program, token, carried.clone())?;
        let when = build::and(program, changed.with_local(binder.local, &x), more);
        let begin = ghosts.begin(program, carried, Some(x));
        let everyone = build::everyone(program, &hidden);
        Some(ghosts.monitor.pick_of(program, everyone, when, begin))
    }

    /// Where the token says as much again, nothing is forgotten any more.
    fn caught_up(&self, program: &mut Program, ghosts: &Ghosts) {
        let span = self.token.span;
        let seen = monitor::state(program, ghosts.seen, span);
        let Some(mut caught) = build::at_most(program, seen, self.token.clone()) else { return };
        let mut reads = Mentions::of(program, self.token);
        if let Some(binder) = self.binder {
            binder.parts(&mut |part| reads.read(program, part));
            let x = build::local(program, binder.local, span);
            if let Some(who) = ghosts.who {
                let whose = monitor::state(program, who, span);
                let mine = build::binary(program, BinaryOp::In, x, whose);
                caught = build::and(program, mine, caught);
            }
            caught = build::some(program, Some(binder), caught);
        }
        let end = ghosts.monitor.end(program);
        let end = ghosts.monitor.follow(program, caught, end);
        reads.surroundings = false;
        for action in changers(program, &reads) {
            monitor::append(program, action, vec![end.clone()]);
        }
    }

    /// Somebody who had a token is not among those who have one any more.
    fn hidden(&self, program: &mut Program, ghosts: &Ghosts) {
        let Some(binder) = self.binder else { return };
        let hidden = monitor::nameless(program, binder);
        let (Some(was), Some(is)) = (build::was_in(program, &hidden), build::is_in(program, &hidden)) else {
            return;
        };
        let x = build::local(program, hidden.local, binder.span);
        let left = build::not(program, is);
        let mut when = build::and(program, was, left);
        let before = build::old(self.token.with_local(binder.local, &x));
        // Nothing is below the least.
        if let Type::Int { lo, .. } = *program.types.get(self.token.ty) {
            let least = build::int(program, lo, binder.span);
            let more = build::binary(program, BinaryOp::Greater, before.clone(), least);
            when = build::and(program, when, more);
        }
        let begin = ghosts.begin(program, before, Some(x));
        let everyone = build::everyone(program, &hidden);
        let picked = ghosts.monitor.pick_of(program, everyone, when, begin);
        let mut reads = Mentions::default();
        binder.parts(&mut |part| reads.read(program, part));
        // Only faults and restarts change which nodes are up or cut off.
        let up = reads.surroundings;
        reads.surroundings = false;
        let mut actions = changers(program, &reads);
        let restarts = (0..program.nodes.len() as u32).filter_map(|kind| program.recovery(NodeId(kind)));
        let more: Vec<ActionId> = restarts.filter(|id| up && !actions.contains(id)).collect();
        actions.extend(more);
        for action in actions {
            monitor::append(program, action, picked.clone());
        }
        reads.surroundings = up;
        monitor::behind_faults(program, &reads, &picked);
    }
}

/// What the monitor remembers.
struct Ghosts {
    monitor: Monitor,
    seen: crate::analysis::program::StateId,
    who: Option<crate::analysis::program::StateId>,
}

impl Ghosts {
    fn begin(&self, program: &mut Program, seen: Expr, whose: Option<Expr>) -> Vec<Stmt> {
        let mut all = vec![monitor::remember(program, self.seen, seen)];
        if let (Some(who), Some(whose)) = (self.who, whose) {
            all.push(monitor::remember_element(program, who, whose));
        }
        all
    }
}
