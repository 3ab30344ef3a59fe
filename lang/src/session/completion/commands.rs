//! Names in commands, and outside of everything.
//!
//! Enters: a command, what a name in it is for, and the session. Leaves: the names that have that role.

use super::proposals::{Proposals, Rank};
use super::{Asker, members, plain, values};
use crate::analysis::program::{ActionKind, NodeId, Program, Type};
use crate::analysis::sought::{Demand, Pointer, Seen, in_command, in_system};
use crate::concepts::{ConceptKind, Fault};
use crate::diag;
use crate::session::Session;
use crate::session::command::targets;
use crate::syntax::cursor::{Role, Wanted};
use crate::syntax::tree::{CommandKind, Expr};
use crate::words::{self, Place};

impl Asker<'_> {
    pub(super) fn of_command(
        &self,
        probe: &Session,
        role: &Role,
        command: &CommandKind,
        found: &mut Proposals,
    ) {
        let system = self.system_of(probe, command);
        let program = |name: &str| in_system(&probe.definitions, &plain(name), None).map(|seen| seen.program);
        let of_system = || system.as_deref().and_then(program);
        match role {
            Role::System => self.systems(probe, Some(command), found),
            Role::Parameter { system, given } => {
                let params = probe.definitions.get(system).into_iter().flat_map(|d| d.params());
                for param in params.filter(|p| !given.iter().any(|g| g == p)) {
                    found.add(Rank::Fits, param, "param", None);
                }
            }
            Role::Swept { given } => swept(probe, command, given, found),
            Role::Area => {
                for kind in ConceptKind::ALL {
                    found.add(Rank::Fits, kind.area(), "keyword", Some(kind.question().to_owned()));
                }
            }
            Role::Fault { given } => faults(of_system().as_ref(), given, found),
            Role::Variable { given } => {
                let CommandKind::Refine { specification, .. } = command else {
                    return outside_refinement(of_system().as_ref(), found);
                };
                let Some(program) = program(&specification.name.text) else { return };
                for state in program.states.iter().filter(|s| !s.ghost && !given.contains(&s.name)) {
                    found.add(Rank::Fits, &state.name, "state", Some(program.types.name(state.ty, &program)));
                }
            }
            Role::Member { .. } => self.members(probe, role, command, found),
            Role::Order => {
                if let Some(program) =
                    system.as_deref().filter(|s| *s != crate::syntax::cursor::CURSOR).and_then(program)
                {
                    return members::named(&program, role, found);
                }
                for program in probe.definitions.names().filter_map(program) {
                    members::named(&program, role, found);
                }
                self.systems(probe, None, found);
            }
            Role::Operand(operand) => self.expression(probe, system.as_deref(), operand, found),
            Role::Until(e) => {
                found.add(
                    Rank::Fits,
                    "quiet",
                    "keyword",
                    Some("until nothing fair is left to do".to_owned()),
                );
                let operand = ((**e).clone(), Wanted::Condition);
                self.expression(probe, system.as_deref(), &operand, found);
            }
            Role::Asked => self.everything(probe, found),
            _ => {
                if let Some(program) = of_system() {
                    members::named(&program, role, found);
                }
            }
        }
    }

    /// Names that stand in no command and no member.
    pub(super) fn outside(&self, probe: &Session, role: &Role, found: &mut Proposals) {
        match role {
            Role::Mapping => {
                for (name, _) in self.session.library.iter() {
                    found.add(Rank::Fits, name, "mapping", None);
                }
            }
            Role::System => self.systems(probe, None, found),
            Role::Parameter { system, given } => {
                let params = probe.definitions.get(system).into_iter().flat_map(|d| d.params());
                for param in params.filter(|p| !given.iter().any(|g| g == p)) {
                    found.add(Rank::Fits, param, "param", None);
                }
            }
            Role::Asked => self.everything(probe, found),
            _ => {}
        }
    }

    /// Takes out the steps that are faults which cannot happen in the system of a scenario, or of a run by hand.
    pub(super) fn without_impossible(&self, probe: &Session, command: &CommandKind, found: &mut Proposals) {
        let system = self.system_of(probe, command);
        let seen = system.and_then(|system| in_system(&probe.definitions, &plain(&system), None));
        if let Some(Seen { program, .. }) = seen {
            found.retain(|word| Fault::named(word).is_none_or(|fault| can(&program, fault)));
        }
    }

    fn systems(&self, probe: &Session, command: Option<&CommandKind>, found: &mut Proposals) {
        let named: Vec<&str> =
            command.map_or(Vec::new(), |c| targets(c).into_iter().map(|t| t.name.text.as_str()).collect());
        let graded = match command {
            Some(CommandKind::Grade { target, .. }) => Some(target.name.text.as_str()),
            _ => None,
        };
        let listed = matches!(command, Some(CommandKind::Compare { .. } | CommandKind::Grade { .. }));
        for name in probe.definitions.names() {
            if listed && (named.contains(&name) || graded == Some(name)) {
                continue;
            }
            if command.is_none_or(|command| serves(probe, name, command)) {
                let sentence = probe.definitions.get(name).and_then(|d| d.sentence.clone());
                found.add(Rank::Fits, name, "system", sentence);
            }
        }
    }

    /// Members of the system of the command; where none is named, of the one named last.
    fn members(&self, probe: &Session, role: &Role, command: &CommandKind, found: &mut Proposals) {
        if let CommandKind::Refine { specification, .. } = command {
            return found.add(Rank::Fits, &specification.name.text, "system", None);
        }
        let named = targets(command).first().map(|t| t.name.text.clone());
        let name = named.filter(|name| probe.definitions.get(name).is_some() || !self.is_gap(name));
        let name = name
            .or_else(|| self.subject(probe))
            .or_else(|| probe.definitions.names().next().map(str::to_owned));
        let seen = name.and_then(|name| in_system(&probe.definitions, &plain(&name), None));
        if let Some(seen) = seen {
            members::named(&seen.program, role, found);
        }
        // Which system it is of may be said behind it.
        if targets(command).iter().all(|t| self.is_gap(&t.name.text)) {
            let mut others = Proposals::default();
            for name in probe.definitions.names() {
                let seen = in_system(&probe.definitions, &plain(name), None);
                seen.iter().for_each(|seen| members::named(&seen.program, role, &mut others));
            }
            found.take(others, |_, _| true);
        }
    }

    /// Whether a name was put in where one is missing.
    fn is_gap(&self, name: &str) -> bool {
        !self.code.contains(name)
    }

    fn expression(
        &self,
        probe: &Session,
        system: Option<&str>,
        operand: &(Expr, Wanted),
        found: &mut Proposals,
    ) {
        let pointer = self.pointer();
        let seen = system
            .and_then(|system| probe.operand(system, operand, super::words::command(self.spot), pointer));
        if let Some(Seen { mut program, scene: Some(scene), .. }) = seen {
            let nodes = matches!(
                operand.1,
                Wanted::Node | Wanted::Runner { .. } | Wanted::Sender { .. } | Wanted::Receiver { .. }
            );
            let mut all = Proposals::default();
            values::offer(&mut program, &scene, &self.spot.takes.words, &mut all);
            // A line says which node, seldom by an expression.
            found.take(all, |rank, kind| !nodes || rank == Rank::Fits && matches!(kind, "member" | "field"));
        }
        if matches!(operand.1, Wanted::Anything)
            && matches!(operand.0.kind, crate::syntax::tree::ExprKind::Name(_))
        {
            for name in probe.definitions.names() {
                found.add(Rank::May, name, "system", None);
            }
        }
    }

    /// Everything that can be asked about.
    fn everything(&self, probe: &Session, found: &mut Proposals) {
        for name in probe.definitions.names() {
            found.add(Rank::Fits, name, "system", None);
        }
        for name in probe.definitions.names() {
            for declared in probe.declared_in(name) {
                found.add(
                    Rank::Likely,
                    declared.name,
                    declared.kind,
                    Some(declared.detail).filter(|d| !d.is_empty()),
                );
            }
        }
        for (name, _) in self.session.library.iter() {
            found.add(Rank::Gives, name, "mapping", None);
        }
        for word in Place::ALL.into_iter().flat_map(words::at).filter(|w| !w.text.contains(' ')) {
            found.add(Rank::May, word.text, word.kind, Some(word.help.to_owned()));
        }
        if self.spot.start < self.spot.end {
            for code in diag::codes::all().map(|code| code.0) {
                found.add(Rank::Seldom, code.code, "code", Some(code.title.to_owned()));
            }
        }
    }
}

impl Session {
    /// What is around a name in an expression of a command.
    pub(in crate::session) fn operand(
        &self,
        system: &str,
        (e, wanted): &(Expr, Wanted),
        command: Option<&CommandKind>,
        pointer: Pointer,
    ) -> Option<Seen> {
        let program = in_system(&self.definitions, &plain(system), None)?.program;
        let (program, demand) = if let Wanted::Parameter { system: of, name } = wanted {
            let program = match *of != system {
                true => in_system(&self.definitions, &plain(of), None)?.program,
                false => program,
            };
            let demand = parameter(&program, name);
            (program, demand)
        } else if let Wanted::Mapped { variable } = wanted {
            let demand = self.mapped(command, variable);
            let demand = demand.map_or(Demand::Anything, |ty| like(&program, &ty));
            (program, demand)
        } else {
            let demand = demand(&program, wanted);
            (program, demand)
        };
        let mut seen = in_command(program, e, demand, pointer);
        if let (Wanted::Parameter { .. }, Some(scene)) = (wanted, &mut seen.scene) {
            (scene.state, scene.ghosts, scene.old, scene.quiescent) = (false, false, false, false);
        }
        Some(seen)
    }

    /// The type of a variable of the specification, as it is written.
    fn mapped(&self, command: Option<&CommandKind>, variable: &str) -> Option<String> {
        let Some(CommandKind::Refine { specification, .. }) = command else { return None };
        let seen = in_system(&self.definitions, &plain(&specification.name.text), None)?;
        let state = seen.program.states.iter().find(|s| s.name == variable)?;
        Some(seen.program.types.name(state.ty, &seen.program))
    }
}

/// Whether a system has what a command names.
fn serves(probe: &Session, name: &str, command: &CommandKind) -> bool {
    let program = || in_system(&probe.definitions, &plain(name), None).map(|seen| seen.program);
    if let CommandKind::Sweep { swept, .. } = command {
        return swept.iter().all(|s| {
            let mut params = probe.definitions.get(name).into_iter().flat_map(|d| d.params());
            params.any(|p| p == s.param.text)
        });
    }
    if let CommandKind::Why { member, .. } = command {
        return program().is_some_and(|p| members::all_headers(&p).any(|h| h.name == member.text));
    }
    if let CommandKind::Relax { order: Some(order), .. } = command {
        return program().is_some_and(|p| {
            p.orders.iter().any(|o| o.header.name == order.text)
                || p.links.iter().any(|l| l.name == order.text)
        });
    }
    true
}

fn swept(probe: &Session, command: &CommandKind, given: &[String], found: &mut Proposals) {
    let named =
        targets(command).first().map(|t| t.name.text.as_str()).filter(|n| probe.definitions.get(n).is_some());
    let systems = probe.definitions.names().filter(|name| named.is_none_or(|n| n == *name));
    for param in systems.filter_map(|name| probe.definitions.get(name)).flat_map(|d| d.params()) {
        if !given.iter().any(|g| g == param) {
            found.add(Rank::Fits, param, "param", None);
        }
    }
}

/// Whether a fault can happen in a system.
fn can(program: &Program, fault: Fault) -> bool {
    match fault {
        Fault::Lose => program.links.iter().any(|l| l.lossy),
        Fault::Duplicate => program.links.iter().any(|l| l.duplicating),
        Fault::Reorder => program.links.iter().any(|l| l.ordered),
        Fault::Stale => !program.views.is_empty(),
        Fault::Skew => {
            program.node_fields.iter().any(|f| f.time.is_some())
                || program.states.iter().any(|s| s.time.is_some())
        }
        Fault::Crash | Fault::Wipe | Fault::Restart | Fault::Pause | Fault::Resume | Fault::Partition => {
            !program.nodes.is_empty()
        }
    }
}

/// Faults that can happen in a system.
fn faults(program: Option<&Program>, given: &[String], found: &mut Proposals) {
    const LIKELY: [Fault; 11] = [
        Fault::Crash,
        Fault::Lose,
        Fault::Partition,
        Fault::Duplicate,
        Fault::Pause,
        Fault::Wipe,
        Fault::Reorder,
        Fault::Skew,
        Fault::Stale,
        Fault::Restart,
        Fault::Resume,
    ];
    for fault in LIKELY.into_iter().filter(|fault| program.is_none_or(|program| can(program, *fault))) {
        // One budget for each kind of node.
        let again = fault.strikes_node() && given.iter().any(|g| g == fault.word());
        if again || !given.iter().any(|g| g == fault.word()) {
            let rank = if again { Rank::Seldom } else { Rank::Fits };
            found.add(rank, fault.word(), "keyword", Some(fault.help().to_owned()));
        }
    }
}

fn outside_refinement(program: Option<&Program>, found: &mut Proposals) {
    for state in program.iter().flat_map(|p| &p.states) {
        found.add(Rank::May, &state.name, "state", None);
    }
}

fn parameter(program: &Program, name: &str) -> Demand {
    let param = program.params.iter().find(|p| p.name == name);
    param.map_or(Demand::Anything, |p| Demand::Value(p.value.ty))
}

/// A type of this program that is written as another program's.
fn like(program: &Program, written: &str) -> Demand {
    let same = (0..program.types.len() as u32)
        .map(crate::analysis::program::TypeId)
        .find(|ty| program.types.name(*ty, program) == written);
    match same {
        Some(ty) => Demand::Value(ty),
        None if written.contains("..") => Demand::Integer,
        None => Demand::Anything,
    }
}

fn demand(program: &Program, wanted: &Wanted) -> Demand {
    let ways = |message: &str, receiver: bool| -> Vec<NodeId> {
        let message = program.messages.iter().find(|m| m.name == message);
        let handled = message.map(|m| format!("on {}", m.name));
        let mut kinds: Vec<NodeId> = Vec::new();
        // A node that takes it, or that may have sent it to such a node.
        for action in program.actions.iter().filter(|a| Some(&a.name) == handled.as_ref()) {
            let ActionKind::Handler { from, .. } = &action.kind else { continue };
            let local = if receiver { action.at } else { *from };
            let ty = local.map(|l| program.types.get(program.locals[l.index()].ty));
            if let Some(Type::Node(kind)) = ty
                && !kinds.contains(kind)
            {
                kinds.push(*kind);
            }
        }
        kinds
    };
    match wanted {
        Wanted::Condition => Demand::Condition,
        Wanted::Number => Demand::Integer,
        Wanted::Node => Demand::Node,
        Wanted::Argument { step, at } => {
            let action = program.actions.iter().find(|a| a.name == *step);
            let param = action.and_then(|a| a.params.get(*at));
            param.map_or(Demand::Anything, |p| Demand::Value(program.locals[p.index()].ty))
        }
        Wanted::Runner { step } => {
            let at = program.actions.iter().filter(|a| a.name == *step).find_map(|a| a.at);
            let kind = at.map(|at| program.types.get(program.locals[at.index()].ty));
            match kind {
                Some(Type::Node(kind)) => Demand::NodeOf(vec![*kind]),
                _ => Demand::Node,
            }
        }
        Wanted::Sender { message } => Demand::NodeOf(ways(message, false)),
        Wanted::Receiver { message } => Demand::NodeOf(ways(message, true)),
        Wanted::FieldOf { message, field } => {
            let record = program.records.iter().find(|r| r.name == *message);
            let field = record.and_then(|r| r.fields.iter().find(|(name, _)| name == field));
            field.map_or(Demand::Anything, |(_, ty)| Demand::Value(*ty))
        }
        Wanted::Anything | Wanted::Parameter { .. } | Wanted::Mapped { .. } => Demand::Anything,
    }
}
