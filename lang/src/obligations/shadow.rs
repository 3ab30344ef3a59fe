//! The shadow: the state as it would be had an attempt never begun, with everybody else's steps as they were.
//!
//! Enters: a program as the author wrote it. Leaves: ghosts for all of its variables and links, and its statements and
//! expressions over those. In the shadow a step is the same clause with the same choices; guards and `require` are not
//! asked, because it was taken. Where it has no value there, the attempt is not judged.

use super::attempt::{Protected, any_node};
use super::monitor::{Monitor, append, assign, first_value, state};
use super::rest::{all_up, asked, at_rest, enabled, restarts};
use super::{Crashed, build};
use crate::analysis::program::Init;
use crate::analysis::program::{
    Action, ActionId, ActionKind, AtCrash, AtMessage, DefId, Expr, ExprKind, LinkId, LocalId, Loss,
    MessageId, NodeField, NodeFieldId, NodeId, PathStep, Place, PlaceRoot, Program, StateId, Stmt, StmtKind,
    Timekeeper, Type,
};
use crate::analysis::walk::Mentions;
use crate::concepts::Fault;
use crate::obligations::property::Compared;
use crate::span::Span;

/// For each variable, link, message and definition of the original the one that stands for it.
pub(super) struct Shadow {
    states: Vec<StateId>,
    fields: Vec<NodeFieldId>,
    links: Vec<LinkId>,
    messages: Vec<MessageId>,
    defs: Vec<DefId>,
    /// What each reconciler remembers there of what it observes, in order; optional: it may have observed nothing.
    observed: Vec<Vec<Remembered>>,
    /// Which states are behind the scenes, by number: nothing keeps them up in the shadow, where no view goes back.
    timers: Vec<bool>,
    /// The same of fields.
    field_timers: Vec<bool>,
    span: Span,
}

/// Where an observation is remembered: at each node of a kind, or once.
#[derive(Debug, Clone, Copy)]
enum Remembered {
    At(NodeFieldId),
    Once(StateId),
}

/// The message in the shadow that a handler takes.
struct Twin {
    message: MessageId,
    link: LinkId,
    fields: Vec<Expr>,
    from: Expr,
    to: Expr,
}

impl Shadow {
    pub(super) fn new(
        program: &mut Program,
        monitor: &mut Monitor,
        original: &Program,
        span: Span,
    ) -> Shadow {
        let mut shadow = Shadow {
            states: Vec::new(),
            fields: Vec::new(),
            links: Vec::new(),
            messages: Vec::new(),
            defs: Vec::new(),
            observed: Vec::new(),
            timers: original.states.iter().map(|state| state.time == Some(Timekeeper::Timer)).collect(),
            field_timers: (original.node_fields.iter())
                .map(|field| field.time == Some(Timekeeper::Timer))
                .collect(),
            span,
        };
        for known in &original.states {
            shadow.states.push(monitor.ghost(program, &known.name, known.ty));
        }
        for known in &original.node_fields {
            shadow.fields.push(shadow_field(program, known));
        }
        for known in &original.links {
            let mut twin = known.clone();
            twin.name = format!("{} shadow", known.name);
            (twin.lossy, twin.duplicating, twin.shadow) = (false, false, true);
            shadow.links.push(LinkId(program.links.len() as u32));
            program.links.push(twin);
        }
        for known in &original.messages {
            let mut twin = known.clone();
            twin.name = format!("{} shadow", known.name);
            twin.link = known.link.map(|link| shadow.links[link.index()]);
            shadow.messages.push(MessageId(program.messages.len() as u32));
            program.messages.push(twin);
        }
        for link in &shadow.links {
            let messages = &mut program.links[link.index()].messages;
            messages.iter_mut().for_each(|m| *m = shadow.messages[m.index()]);
        }
        let first = program.defs.len() as u32;
        shadow.defs = (0..original.defs.len() as u32).map(|i| DefId(first + i)).collect();
        for known in &original.defs {
            let mut twin = known.clone();
            twin.name = format!("{} shadow", known.name);
            twin.body = shadow.expr(&known.body);
            program.defs.push(twin);
        }
        shadow.observed =
            (0..original.reconcilers.len()).map(|r| remembered(program, monitor, original, r)).collect();
        let cleared = shadow.cleared(program);
        monitor.reset(cleared);
        shadow
    }

    // ---- translation ----

    /// The same expression of the shadow.
    pub(super) fn expr(&self, e: &Expr) -> Expr {
        let mut copy = e.clone();
        self.translate(&mut copy);
        copy
    }

    /// What is protected, as it is in the shadow.
    pub(super) fn compared(&self, protected: &Protected) -> Compared {
        match protected {
            Protected::Value(e) => Compared::Value(self.expr(e)),
            Protected::Written { states, fields, .. } => Compared::variables(
                states.iter().map(|id| self.states[id.index()]).collect(),
                fields.iter().map(|id| self.fields[id.index()]).collect(),
            ),
        }
    }

    fn translate(&self, e: &mut Expr) {
        match &mut e.kind {
            // Time is the same there.
            ExprKind::State(id) if self.timers.get(id.index()) == Some(&true) => {}
            ExprKind::NodeField { field, .. } if self.field_timers.get(field.index()) == Some(&true) => {}
            ExprKind::State(id) => *id = self.states.get(id.index()).copied().unwrap_or(*id),
            ExprKind::NodeField { field, .. } => {
                *field = self.fields.get(field.index()).copied().unwrap_or(*field);
            }
            ExprKind::InFlight(m) => *m = self.messages[m.index()],
            ExprKind::InFlightWhere(flight) => flight.message = self.messages[flight.message.index()],
            ExprKind::Call(def, _) => *def = self.defs[def.index()],
            _ => {}
        }
        e.parts_mut(&mut |part| self.translate(part));
    }

    fn place(&self, place: &Place) -> Place {
        let root = match &place.root {
            PlaceRoot::State(id) => PlaceRoot::State(self.states[id.index()]),
            PlaceRoot::NodeField { node, field } => {
                PlaceRoot::NodeField { node: Box::new(self.expr(node)), field: self.fields[field.index()] }
            }
        };
        let step = |step: &PathStep| match step {
            PathStep::Field(i) => PathStep::Field(*i),
            PathStep::Index { container, index } => {
                PathStep::Index { container: *container, index: self.expr(index) }
            }
        };
        Place { root, path: place.path.iter().map(step).collect(), ..place.clone() }
    }

    fn binder(&self, binder: &crate::analysis::program::Binder) -> crate::analysis::program::Binder {
        let mut copy = binder.clone();
        copy.parts_mut(&mut |part| self.translate(part));
        copy
    }

    fn statements(&self, body: &[Stmt]) -> Vec<Stmt> {
        body.iter().filter_map(|stmt| self.statement(stmt)).collect()
    }

    fn statement(&self, stmt: &Stmt) -> Option<Stmt> {
        let kind = match &stmt.kind {
            StmtKind::Assign { value: Expr { kind: ExprKind::State(id), .. }, .. }
                if self.timers.get(id.index()) == Some(&true) =>
            {
                return None;
            }
            StmtKind::Assign { place, value } => {
                StmtKind::Assign { place: self.place(place), value: self.expr(value) }
            }
            StmtKind::Mutate { place, op, value } => StmtKind::Mutate {
                place: self.place(place),
                op: *op,
                value: value.as_ref().map(|e| self.expr(e)),
            },
            StmtKind::If { condition, then, otherwise } => StmtKind::If {
                condition: self.expr(condition),
                then: self.statements(then),
                otherwise: self.statements(otherwise),
            },
            StmtKind::For { binder, body } => {
                StmtKind::For { binder: self.binder(binder), body: self.statements(body) }
            }
            StmtKind::Let { local, value } => StmtKind::Let { local: *local, value: self.expr(value) },
            StmtKind::Choose { binder, body } => {
                StmtKind::Retake { local: binder.local, body: self.statements(body) }
            }
            StmtKind::Send { message, link, fields, from, to } => StmtKind::Send {
                message: self.messages[message.index()],
                link: self.links[link.index()],
                fields: fields.iter().map(|e| self.expr(e)).collect(),
                from: self.expr(from),
                to: self.expr(to),
            },
            StmtKind::Require(_) => return None,
            // Only obligations write these.
            StmtKind::Fork { .. }
            | StmtKind::Attempt { .. }
            | StmtKind::Retake { .. }
            | StmtKind::Take { .. }
            | StmtKind::Refill { .. } => return None,
        };
        Some(Stmt { kind, span: stmt.span })
    }

    // ---- steps ----

    /// The shadow becomes the state before the step.
    pub(super) fn copied(&self, program: &mut Program, original: &Program) -> Vec<Stmt> {
        let mut all = Vec::new();
        for (i, twin) in self.states.iter().enumerate() {
            let before = build::old(state(program, StateId(i as u32), self.span));
            all.push(assign(program, *twin, before));
        }
        for (i, twin) in self.fields.iter().enumerate() {
            let known = NodeFieldId(i as u32);
            all.push(self.each_node(program, original, known, *twin, build::old));
        }
        for (i, twin) in self.links.iter().enumerate() {
            let kind = StmtKind::Refill { link: *twin, from: Some(LinkId(i as u32)) };
            all.push(Stmt { kind, span: self.span });
        }
        for (reconciler, observed) in self.observed.iter().enumerate() {
            for (index, to) in observed.iter().enumerate() {
                all.push(self.observed_before(program, original, reconciler, index, *to));
            }
        }
        all
    }

    /// What a reconciler had in mind before the step is remembered there too.
    fn observed_before(
        &self,
        program: &mut Program,
        original: &Program,
        reconciler: usize,
        index: usize,
        to: Remembered,
    ) -> Stmt {
        let span = self.span;
        let ty = original.reconcilers[reconciler].observed[index].1;
        let truth = program.types.intern(Type::Bool);
        let option = program.types.intern(Type::Option(ty));
        let pending = |node: Option<Expr>| {
            let node = node.map(Box::new);
            let (has, value) = (
                ExprKind::Pending { reconciler, index: None, node: node.clone() },
                ExprKind::Pending { reconciler, index: Some(index), node },
            );
            let has = Expr { kind: has, ty: truth, span };
            let value = Expr { kind: value, ty, span };
            let some = Expr { kind: ExprKind::Some(Box::new(value)), ty: option, span };
            let none = Expr { kind: ExprKind::None, ty: option, span };
            let kind = ExprKind::If(Box::new(has), Box::new(some), Box::new(none));
            build::old(Expr { kind, ty: option, span })
        };
        match to {
            Remembered::Once(id) => assign(program, id, pending(None)),
            Remembered::At(field) => {
                let node = program.node_fields[field.index()].node;
                self.each(program, node, field, |node| pending(Some(node)))
            }
        }
    }

    /// All of it has its first value.
    fn cleared(&self, program: &mut Program) -> Vec<Stmt> {
        let mut all = Vec::new();
        for twin in &self.fields {
            let known = &program.node_fields[twin.index()];
            let (node, value) = (known.node, first_value(program, known.ty, self.span));
            all.push(self.each(program, node, *twin, |_| value));
        }
        for field in self.observed.iter().flatten() {
            all.extend(self.forgotten(program, *field, None));
        }
        let empty =
            |link: &LinkId| Stmt { kind: StmtKind::Refill { link: *link, from: None }, span: self.span };
        all.extend(self.links.iter().map(empty));
        all
    }

    /// `for n in KIND { n.twin := value of n }`
    fn each(
        &self,
        program: &mut Program,
        node: NodeId,
        twin: NodeFieldId,
        value: impl FnOnce(Expr) -> Expr,
    ) -> Stmt {
        let binder = any_node(program, node, self.span);
        let element = build::local(program, binder.local, self.span);
        let assigned = self.set_field(program, element.clone(), twin, value(element));
        Stmt { kind: StmtKind::For { binder, body: vec![assigned] }, span: self.span }
    }

    fn each_node(
        &self,
        program: &mut Program,
        original: &Program,
        known: NodeFieldId,
        twin: NodeFieldId,
        value: impl FnOnce(Expr) -> Expr,
    ) -> Stmt {
        let field = &original.node_fields[known.index()];
        let (ty, span) = (field.ty, self.span);
        self.each(program, field.node, twin, |node| {
            value(Expr { kind: ExprKind::NodeField { node: Box::new(node), field: known }, ty, span })
        })
    }

    fn set_field(&self, program: &Program, node: Expr, twin: NodeFieldId, value: Expr) -> Stmt {
        let ty = program.node_fields[twin.index()].ty;
        let root = PlaceRoot::NodeField { node: Box::new(node), field: twin };
        let place = Place { root, path: Vec::new(), ty, span: self.span };
        Stmt { kind: StmtKind::Assign { place, value }, span: self.span }
    }

    /// The message that a handler takes leaves the shadow's link, where it is there, and `then` follows; of an action,
    /// `then` alone.
    pub(super) fn delivered(&self, program: &mut Program, action: ActionId, then: Vec<Stmt>) -> Vec<Stmt> {
        match self.message(program, action) {
            None => then,
            Some(Twin { message, link, fields, from, to }) => {
                let kind = StmtKind::Take { message, link, fields, from, to, then };
                vec![Stmt { kind, span: self.span }]
            }
        }
    }

    fn message(&self, program: &mut Program, action: ActionId) -> Option<Twin> {
        let from = super::attempt::sender(program, action)?;
        let known = &program.actions[action.index()];
        let ActionKind::Handler { message, fields, .. } = known.kind.clone() else { return None };
        let (at, span) = (known.at?, self.span);
        let link = program.messages[message.index()].link?;
        let local = |id: LocalId| build::local(program, id, span);
        let fields = fields.into_iter().map(local).collect();
        let (message, link) = (self.messages[message.index()], self.links[link.index()]);
        Some(Twin { message, link, fields, from: local(from), to: local(at) })
    }

    /// A step of somebody else, taken in the shadow.
    pub(super) fn taken(&self, program: &mut Program, original: &Program, action: ActionId) -> Vec<Stmt> {
        let known = self.as_remembered(program, &original.actions[action.index()]);
        let mut body = self.statements(&known.body);
        match &known.kind {
            ActionKind::ReconcilerObserve { reconciler, values } => {
                for (value, to) in values.iter().zip(self.observed[*reconciler].clone()) {
                    let seen = self.expr(value);
                    body.push(self.remember(program, to, known.at, seen));
                }
            }
            ActionKind::ReconcilerAct(reconciler) => {
                for to in self.observed[*reconciler].clone() {
                    body.extend(self.forgotten(program, to, known.at));
                }
            }
            ActionKind::Client
            | ActionKind::Handler { .. }
            | ActionKind::Resolution(_)
            | ActionKind::ReconcilerLook(_)
            | ActionKind::Restart(_)
            | ActionKind::Tick
            | ActionKind::Sync(_) => {}
        }
        self.delivered(program, action, body)
    }

    // ---- what was observed ----

    /// An action that asks for what is remembered there where it asks for what it has observed: that has no value where
    /// nothing was.
    fn as_remembered(&self, program: &mut Program, action: &Action) -> Action {
        let mut copy = action.clone();
        let mut put = |e: &mut Expr| self.put_remembered(program, action.at, e);
        copy.guards.iter_mut().for_each(&mut put);
        copy.body.iter_mut().for_each(|stmt| stmt.all_parts_mut(&mut put));
        if let ActionKind::ReconcilerAct(reconciler) = action.kind
            && let Some(to) = self.observed[reconciler].first()
        {
            // It acts on what it has observed, and only then.
            let there = self.read_remembered(program, *to, action.at, action.span);
            let none = build::is_none(program, there);
            copy.guards.insert(0, build::not(program, none));
        }
        copy
    }

    fn put_remembered(&self, program: &mut Program, at: Option<LocalId>, e: &mut Expr) {
        if let ExprKind::Observed { reconciler, index } = e.kind {
            let whole = self.read_remembered(program, self.observed[reconciler][index], at, e.span);
            e.kind = ExprKind::Unwrap(Box::new(whole));
        }
        e.parts_mut(&mut |part| self.put_remembered(program, at, part));
    }

    fn read_remembered(&self, program: &Program, what: Remembered, at: Option<LocalId>, span: Span) -> Expr {
        match (what, at) {
            (Remembered::At(field), Some(at)) => {
                let ty = program.node_fields[field.index()].ty;
                let node = Box::new(build::local(program, at, span));
                Expr { kind: ExprKind::NodeField { node, field }, ty, span }
            }
            (Remembered::At(field), None) => {
                let ty = program.node_fields[field.index()].ty;
                Expr { kind: ExprKind::None, ty, span }
            }
            (Remembered::Once(id), _) => state(program, id, span),
        }
    }

    fn remember(&self, program: &Program, to: Remembered, at: Option<LocalId>, seen: Expr) -> Stmt {
        let ty = match to {
            Remembered::At(field) => program.node_fields[field.index()].ty,
            Remembered::Once(id) => program.states[id.index()].ty,
        };
        let value = Expr { kind: ExprKind::Some(Box::new(seen)), ty, span: self.span };
        match (to, at) {
            (Remembered::At(field), Some(at)) => {
                self.set_field(program, build::local(program, at, self.span), field, value)
            }
            (Remembered::At(_), None) => unreachable!("what is remembered at nodes is observed at one"),
            (Remembered::Once(id), _) => assign(program, id, value),
        }
    }

    /// Nothing is remembered; `None`: at no node.
    fn forgotten(&self, program: &mut Program, to: Remembered, at: Option<LocalId>) -> Option<Stmt> {
        Some(match (to, at) {
            (Remembered::At(field), Some(at)) => {
                let ty = program.node_fields[field.index()].ty;
                let none = Expr { kind: ExprKind::None, ty, span: self.span };
                self.set_field(program, build::local(program, at, self.span), field, none)
            }
            (Remembered::At(field), None) => {
                let known = &program.node_fields[field.index()];
                let (node, none) = (known.node, Expr { kind: ExprKind::None, ty: known.ty, span: self.span });
                self.each(program, node, field, |_| none)
            }
            (Remembered::Once(id), _) => {
                let ty = program.states[id.index()].ty;
                assign(program, id, Expr { kind: ExprKind::None, ty, span: self.span })
            }
        })
    }

    /// Faults happen in the shadow as well.
    pub(super) fn faults(&self, program: &mut Program, monitor: &Monitor, original: &Program) {
        for (index, node) in original.nodes.iter().enumerate() {
            let kind = NodeId(index as u32);
            // What is computed has its value last.
            for (loss, computed) in [(Loss::Memory, false), (Loss::Disk, false), (Loss::Memory, true)] {
                let lost = node.fields.iter().filter(|f| {
                    let field = &original.node_fields[f.index()];
                    let late = field.init.is_computed();
                    let of_this = match field.time {
                        None => field.volatile == (loss == Loss::Memory),
                        Some(Timekeeper::Clock) => loss == Loss::Disk,
                        Some(Timekeeper::View | Timekeeper::Timer) => false,
                    };
                    of_this && !field.ghost && late == computed
                });
                let local = any_node(program, kind, self.span).local;
                let crashed = build::local(program, local, self.span);
                let mut body = Vec::new();
                for field in lost {
                    let known = &original.node_fields[field.index()];
                    let value = match &known.init {
                        Init::Computed { node, value } => self.expr(value).with_local(*node, &crashed),
                        _ => {
                            let kind = ExprKind::NodeField { node: Box::new(crashed.clone()), field: *field };
                            Expr { kind, ty: known.ty, span: self.span }
                        }
                    };
                    body.push(self.set_field(program, crashed.clone(), self.fields[field.index()], value));
                }
                if loss == Loss::Memory && !computed {
                    for field in self.observed.iter().flatten() {
                        if let Remembered::At(f) = field
                            && program.node_fields[f.index()].node == kind
                        {
                            body.extend(self.forgotten(program, *field, Some(local)));
                        }
                    }
                }
                if !body.is_empty() {
                    let when = build::truth(program, self.span);
                    let body = vec![monitor.follow(program, when, body)];
                    program.at_crash.push(AtCrash { node: kind, loss, local, body });
                }
            }
        }
        for more in &original.at_crash {
            let body = self.statements(&more.body);
            let when = build::truth(program, self.span);
            let body = vec![monitor.follow(program, when, body)];
            program.at_crash.push(AtCrash { body, ..more.clone() });
        }
        self.messages_lost(program, monitor, original);
    }

    fn messages_lost(&self, program: &mut Program, monitor: &Monitor, original: &Program) {
        let mut seen = Vec::new();
        for index in 0..original.actions.len() {
            let handler = ActionId(index as u32);
            let ActionKind::Handler { message, .. } = original.actions[index].kind else { continue };
            let at = original.actions[index].at.map(|at| original.locals[at.index()].ty);
            if seen.contains(&(message, at)) {
                continue;
            }
            seen.push((message, at));
            let Some(Twin { message, link, fields, from, to }) = self.message(program, handler) else {
                continue;
            };
            let kind = StmtKind::Send { message, link, fields, from, to };
            let again = vec![Stmt { kind, span: self.span }; 2];
            for (fault, then) in [(Fault::Lose, Vec::new()), (Fault::Duplicate, again)] {
                let body = self.delivered(program, handler, then);
                let when = build::truth(program, self.span);
                let body = vec![monitor.follow(program, when, body)];
                program.at_message.push(AtMessage { fault, handler, body });
            }
        }
    }

    /// A variable of the shadow has the value that it begins with; `None`: there are several.
    pub(super) fn state_begins(
        &self,
        program: &mut Program,
        original: &Program,
        id: StateId,
    ) -> Option<Stmt> {
        let known = &original.states[id.index()];
        let value = super::refused::begins(program, original, (&known.init, known.ty), (None, self.span))?;
        Some(assign(program, self.states[id.index()], value))
    }

    /// The same of a field, at every node.
    pub(super) fn field_begins(
        &self,
        program: &mut Program,
        original: &Program,
        id: NodeFieldId,
    ) -> Option<Stmt> {
        let known = &original.node_fields[id.index()];
        let binder = any_node(program, known.node, self.span);
        let node = build::local(program, binder.local, self.span);
        let value =
            super::refused::begins(program, original, (&known.init, known.ty), (Some(&node), self.span))?;
        let assigned = self.set_field(program, node, self.fields[id.index()], value);
        Some(Stmt { kind: StmtKind::For { binder, body: vec![assigned] }, span: self.span })
    }

    // ---- when it can be compared ----

    /// Nothing is under way that is not under way in the shadow: all nodes are up, no fair step that changes something is
    /// possible only here, and no message is in flight only here, unless nothing fair can happen any more: what nobody
    /// takes then may stay for ever.
    pub(super) fn settled(
        &self,
        program: &mut Program,
        original: &Program,
        crashed: Crashed,
        protected: Mentions,
    ) -> Expr {
        let span = self.span;
        let mut all = all_up(program, original, crashed, span);
        let mut within = build::truth(program, span);
        for (i, twin) in self.links.iter().enumerate() {
            let here = build::boolean(program, ExprKind::Within(LinkId(i as u32), *twin), span);
            within = build::and(program, within, here);
        }
        if !self.links.is_empty() {
            let rest = at_rest(program, original, protected, span);
            let waits_no_more = build::or(program, within, rest);
            all = build::and(program, all, waits_no_more);
        }
        for (index, action) in original.actions.iter().enumerate() {
            let fair = action.fairness != crate::analysis::program::Fairness::Unfair && !restarts(action);
            if !fair || (asked(action).next().is_none() && action.at_set.is_none()) {
                continue;
            }
            let here = enabled(program, action);
            let there = self.enabled_there(program, action);
            let there = build::not(program, there);
            let mut only_here = build::and(program, here, there);
            // A delivery takes the message away.
            if !matches!(action.kind, ActionKind::Handler { .. }) {
                let changes = super::changes::changes(program, &action.body, span);
                only_here = build::and(program, only_here, changes);
            }
            let some = super::instances::some(program, ActionId(index as u32), only_here);
            let none = build::not(program, some);
            all = build::and(program, all, none);
        }
        all
    }

    /// The same with the shadow as it is by now.
    pub(super) fn possible_now(&self, program: &mut Program, original: &Program, action: ActionId) -> Expr {
        self.enabled_there(program, &original.actions[action.index()])
    }

    /// Whether a step of this action is possible in the shadow, and changes something there.
    pub(super) fn is_due(&self, program: &mut Program, original: &Program, action: ActionId) -> Expr {
        let known = self.as_remembered(program, &original.actions[action.index()]);
        let here = enabled(program, &known);
        let changes = super::changes::changes(program, &known.body, self.span);
        let both = build::and(program, here, changes);
        self.expr(&both)
    }

    /// Whether a step of this action is possible in the shadow, as far as its guards say, with the step's own locals
    /// and the state of the shadow before it.
    pub(super) fn possible(&self, program: &mut Program, original: &Program, action: ActionId) -> Expr {
        build::old(self.enabled_there(program, &original.actions[action.index()]))
    }

    /// The guards of an action and where it runs, in the shadow.
    fn enabled_there(&self, program: &mut Program, action: &Action) -> Expr {
        let known = self.as_remembered(program, action);
        let here = enabled(program, &known);
        self.expr(&here)
    }
}

/// Ghosts for what a reconciler observes in steps of their own.
fn remembered(
    program: &mut Program,
    monitor: &mut Monitor,
    original: &Program,
    index: usize,
) -> Vec<Remembered> {
    let reconciler = &original.reconcilers[index];
    let observes = reconciler.actions.iter().map(|id| &original.actions[id.index()]);
    let mut observes = observes.filter(|a| matches!(a.kind, ActionKind::ReconcilerObserve { .. }));
    let Some(action) = observes.next() else { return Vec::new() };
    let kind = action.at.and_then(|at| super::attempt::node_kind(original, at));
    let mut all = Vec::new();
    for (name, ty) in &reconciler.observed {
        let ty = program.types.intern(Type::Option(*ty));
        let name = format!("{} observed {name}", reconciler.header.name);
        all.push(match kind {
            None => Remembered::Once(monitor.ghost(program, &name, ty)),
            Some(node) => {
                let id = NodeFieldId(program.node_fields.len() as u32);
                program.node_fields.push(NodeField {
                    name: format!("{name} shadow"),
                    node,
                    ty,
                    volatile: false,
                    ghost: true,
                    time: None,
                    init: Init::Default,
                    docs: None,
                    span: action.span,
                });
                program.nodes[node.index()].fields.push(id);
                Remembered::At(id)
            }
        });
    }
    all
}

/// A ghost field beside a field, with a name that no trace shows.
fn shadow_field(program: &mut Program, known: &NodeField) -> NodeFieldId {
    let id = NodeFieldId(program.node_fields.len() as u32);
    program.node_fields.push(NodeField {
        name: format!("{} shadow", known.name),
        volatile: false,
        ghost: true,
        time: None,
        init: Init::Default,
        docs: None,
        ..known.clone()
    });
    program.nodes[known.node.index()].fields.push(id);
    id
}

/// Adds statements behind the body of every action.
pub(super) fn behind_all(
    program: &mut Program,
    count: usize,
    make: &mut dyn FnMut(&mut Program, ActionId) -> Vec<Stmt>,
) {
    for index in 0..count {
        let action = ActionId(index as u32);
        let more = make(program, action);
        append(program, action, more);
    }
}
