//! What steps know that nobody told their nodes.
//!
//! Enters: a program. Leaves: for each step at a node what it reads of others at once: fields of other nodes, whether
//! they are up, global state, what is in flight. In a real system that takes a message, a read or a view, and what is read may be old by
//! then; where a mapping means it all the same, it says so (`knows leaders "…"`). Observing steps are such reads; ghosts
//! and what a statement changes are known to nobody.

use super::analyser::Analyser;
use super::program::{
    Action, ActionKind, DefId, Expr, ExprKind, Flight, LocalId, MessageId, NodeFieldId, NodeId, Place,
    PlaceRoot, Program, STALE, StateId, Stmt, StmtKind, Timekeeper, Type,
};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::tree::{self, MemberKind};

/// Something that a node does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// A global variable.
    State(StateId),
    /// Of another node.
    Field(NodeFieldId),
    /// Whether another node of this kind is up.
    Up(NodeId),
    /// What is in flight of a kind of message.
    InFlight(MessageId),
}

/// What a mapping says may be known at once: `knows leaders, Broker.log "sentence"`.
#[derive(Debug, Clone)]
pub struct Knows {
    /// What is known.
    pub known: Vec<Known>,
    /// By what it is known.
    pub sentence: String,
    /// Where it is written.
    pub span: Span,
    /// A variant has it from its base, whose steps it is said of.
    pub inherited: bool,
}

/// What the steps of one name know at once.
#[derive(Debug, Clone)]
pub(crate) struct Knowledge {
    /// `produce`, `on Fetch`, `truncate`
    pub step: String,
    /// In order of first mention.
    pub known: Vec<Known>,
    pub span: Span,
}

impl Known {
    /// `leaders`, `Broker.log`
    pub fn words(self, program: &Program) -> String {
        match self {
            Known::State(id) => program.states[id.index()].name.clone(),
            Known::Field(id) => {
                let field = &program.node_fields[id.index()];
                format!("{}.{}", program.nodes[field.node.index()].name, field.name)
            }
            Known::Up(node) => format!("{}.up", program.nodes[node.index()].name),
            Known::InFlight(message) => program.messages[message.index()].name.clone(),
        }
    }
}

/// In the order of the steps, those of one name together; steps that know nothing are left out.
pub(crate) fn knowledge(program: &Program) -> Vec<Knowledge> {
    let mut all: Vec<Knowledge> = Vec::new();
    for action in &program.actions {
        let Some(at) = action.at else { continue };
        let mut reading =
            Reading { program, own: vec![at], kind: only_of_its_kind(program, at), found: Vec::new() };
        reading.action(action);
        if reading.found.is_empty() {
            continue;
        }
        match all.iter_mut().find(|knowledge| knowledge.step == action.name) {
            Some(knowledge) => reading.found.into_iter().for_each(|known| once(&mut knowledge.known, known)),
            None => {
                let (step, known) = (action.name.clone(), reading.found);
                all.push(Knowledge { step, known, span: action.span });
            }
        }
    }
    all
}

fn once(all: &mut Vec<Known>, known: Known) {
    if !all.contains(&known) {
        all.push(known);
    }
}

fn only_of_its_kind(program: &Program, at: LocalId) -> Option<NodeId> {
    match program.types.get(program.locals[at.index()].ty) {
        Type::Node(kind) if program.nodes[kind.index()].count == 1 => Some(*kind),
        _ => None,
    }
}

struct Reading<'p> {
    program: &'p Program,
    /// Locals that are the node at hand.
    own: Vec<LocalId>,
    /// Of the node at hand, where there is no other.
    kind: Option<NodeId>,
    found: Vec<Known>,
}

impl Reading<'_> {
    fn action(&mut self, action: &Action) {
        match action.kind {
            ActionKind::ReconcilerObserve { .. }
            | ActionKind::ReconcilerLook(_)
            | ActionKind::Tick
            | ActionKind::Sync(_) => return,
            ActionKind::Client
            | ActionKind::Handler { .. }
            | ActionKind::Resolution(_)
            | ActionKind::ReconcilerAct(_)
            | ActionKind::Restart(_) => {}
        }
        action.at_set.iter().chain(&action.guards).for_each(|e| self.expression(e, 0));
        action.body.iter().for_each(|stmt| self.statement(stmt));
    }

    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            // A view is told by others.
            StmtKind::Assign { place: Place { root: PlaceRoot::NodeField { field, .. }, .. }, .. }
                if self.program.node_fields[field.index()].time == Some(Timekeeper::View) => {}
            StmtKind::Choose { binder, .. } if self.program.locals[binder.local.index()].name == STALE => {}
            StmtKind::Assign { place, value } => {
                let Some(changed) = self.changed(&place.root) else { return };
                place.parts(&mut |e| self.expression(e, 0));
                let known = self.found.contains(&changed);
                self.expression(value, 0);
                // What its own field becomes says nothing of that field elsewhere.
                let own = matches!(&place.root, PlaceRoot::NodeField { node, .. } if self.is_own(node));
                if !known && !own {
                    self.found.retain(|found| *found != changed);
                }
            }
            StmtKind::Mutate { place, .. } if self.changed(&place.root).is_none() => {}
            StmtKind::Let { local, value } => {
                if self.is_own(value) {
                    self.own.push(*local);
                }
                self.expression(value, 0);
            }
            _ => stmt.parts(&mut |e| self.expression(e, 0)),
        }
        for inner in stmt.inner() {
            self.statement(inner);
        }
    }

    /// What a statement changes; `None`: a ghost.
    fn changed(&self, root: &PlaceRoot) -> Option<Known> {
        match root {
            PlaceRoot::State(id) => (!self.program.states[id.index()].ghost).then_some(Known::State(*id)),
            PlaceRoot::NodeField { field, .. } => {
                (!self.program.node_fields[field.index()].ghost).then_some(Known::Field(*field))
            }
        }
    }

    fn is_own(&self, node: &Expr) -> bool {
        match (&node.kind, self.program.types.get(node.ty)) {
            (ExprKind::Local(local), _) if self.own.contains(local) => true,
            (ExprKind::Old(e) | ExprKind::Unwrap(e) | ExprKind::Some(e), _) => self.is_own(e),
            (_, Type::Node(kind)) => Some(*kind) == self.kind,
            _ => false,
        }
    }

    /// `depth`: of the definitions entered, which do not call each other in circles.
    fn expression(&mut self, e: &Expr, depth: u32) {
        match &e.kind {
            ExprKind::State(id) if self.program.states[id.index()].time == Some(Timekeeper::Timer) => {}
            ExprKind::State(id) if !self.program.states[id.index()].ghost => {
                once(&mut self.found, Known::State(*id));
            }
            ExprKind::NodeField { node, field }
                if !self.is_own(node) && !self.program.node_fields[field.index()].ghost =>
            {
                once(&mut self.found, Known::Field(*field));
            }
            ExprKind::Up(node) if !self.is_own(node) => {
                if let Type::Node(kind) = self.program.types.get(node.ty) {
                    once(&mut self.found, Known::Up(*kind));
                }
            }
            ExprKind::InFlight(message) | ExprKind::InFlightWhere(Flight { message, .. }) => {
                once(&mut self.found, Known::InFlight(*message));
            }
            ExprKind::Let(local, value, _) if self.is_own(value) => self.own.push(*local),
            ExprKind::Call(id, args) if depth < self.program.defs.len() as u32 => {
                self.expression(&called(self.program, *id, args), depth + 1);
            }
            _ => {}
        }
        e.parts(&mut |part| self.expression(part, depth));
    }
}

/// What a call means: the body of the definition, with arguments in the place of parameters.
pub(super) fn called(program: &Program, id: DefId, args: &[Expr]) -> Expr {
    let def = &program.defs[id.index()];
    def.params.iter().zip(args).fold(def.body.clone(), |body, (p, a)| body.with_local(*p, a))
}

impl Analyser<'_, '_> {
    /// `knows leaders, Broker.log "sentence"`
    pub(super) fn knows(&mut self) {
        for m in self.members.clone() {
            let MemberKind::Knows { what, sentence } = &m.member.kind else { continue };
            let known = what.iter().filter_map(|known| self.known(known)).collect();
            let (sentence, span) = (sentence.value.clone(), m.member.span);
            let inherited = m.system != self.program.name;
            self.program.knows.push(Knows { known, sentence, span, inherited });
        }
    }

    fn known(&mut self, known: &tree::Known) -> Option<Known> {
        let name = &known.name;
        let Some(field) = &known.field else {
            let states = &self.program.states;
            let found = states.iter().position(|s| s.name == name.text && !s.ghost);
            if found.is_none()
                && let Some(message) = self.names.message(&name.text)
            {
                return Some(Known::InFlight(message));
            }
            if found.is_none() {
                let timer = Some(Timekeeper::Timer);
                let known = states.iter().filter(|s| !s.ghost && s.time != timer);
                let mut names: Vec<String> = known.map(|s| s.name.clone()).collect();
                let fields = self.program.node_fields.iter().enumerate();
                let fields = fields.filter(|(_, f)| !f.ghost && f.time != timer);
                names.extend(fields.map(|(i, _)| Known::Field(NodeFieldId(i as u32)).words(self.program)));
                self.unknown_member(name, "variable that could be known", &names);
            }
            return found.map(|i| Known::State(StateId(i as u32)));
        };
        let Some(node) = self.program.nodes.iter().position(|n| n.name == name.text) else {
            let nodes: Vec<String> = self.program.nodes.iter().map(|n| n.name.clone()).collect();
            self.unknown_member(name, "node", &nodes);
            return None;
        };
        let node = NodeId(node as u32);
        if field.text == "up" {
            return Some(Known::Up(node));
        }
        let of_node = |f: &super::program::NodeField| f.node == node && !f.ghost;
        let fields = &self.program.node_fields;
        let found = fields.iter().position(|f| of_node(f) && f.name == field.text);
        if found.is_none() {
            let names: Vec<String> = fields.iter().filter(|f| of_node(f)).map(|f| f.name.clone()).collect();
            self.unknown_member(field, "field", &names);
        }
        found.map(|i| Known::Field(NodeFieldId(i as u32)))
    }
}

/// What is said to be known and no step knows.
pub(super) fn unneeded(program: &Program) -> Vec<Diagnostic> {
    let needed: Vec<Known> = knowledge(program).into_iter().flat_map(|k| k.known).collect();
    let mut found = Vec::new();
    for knows in &program.knows {
        for known in knows.known.iter().filter(|known| !knows.inherited && !needed.contains(known)) {
            let words = format!("no step knows `{}` of others at once", known.words(program));
            let d = Diagnostic::warning(codes::UNUSED, knows.span, words);
            found.push(d.help("delete it: nothing has to be said of what is not read"));
        }
    }
    found
}
