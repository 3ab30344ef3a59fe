//! Steps: every action and every delivery as an operator from a state to the set of states that it may lead to.
//!
//! Enters: the actions of a program. Leaves: definitions in TLA+, `Next` last.

use super::{Writer, one_line};
use crate::analysis::program::{Action, ActionKind, LocalId, MessageId, Type};

impl Writer<'_> {
    /// All steps, and `Next`.
    pub(super) fn steps(&mut self) -> String {
        let program = self.program;
        let mut out = String::new();
        let mut names = Vec::new();
        for (index, action) in program.actions.iter().enumerate() {
            let written = match &action.kind {
                ActionKind::Client | ActionKind::Resolution(_) | ActionKind::ReconcilerAct(_) => {
                    self.acts(action)
                }
                ActionKind::Handler { message, from, fields, .. } => {
                    self.delivers(action, *message, (*from, fields))
                }
                // Part of the fault, or refused.
                ActionKind::Restart(_)
                | ActionKind::ReconcilerObserve { .. }
                | ActionKind::ReconcilerLook(_)
                | ActionKind::Tick
                | ActionKind::Sync(_) => continue,
            };
            let name = self.names.actions[index].clone();
            if let Some(docs) = &action.docs {
                out += &format!("\\* {}\n", one_line(docs));
            }
            out += &format!("{name}(s) ==\n  {written}\n");
            names.push(name);
        }
        for (name, written) in self.faults() {
            out += &format!("{name}(s) ==\n  {written}\n");
            names.push(name);
        }
        let bounds: Vec<String> = program.bounds.iter().map(|bound| self.expression(bound, "Now")).collect();
        let bound = if bounds.is_empty() { "TRUE".to_string() } else { bounds.join(" /\\ ") };
        out += &format!(
            "\\* What lies outside is looked at, and nothing follows it.\nBound == {bound}\n\nNext ==\n  /\\ Bound\n"
        );
        let ways: Vec<String> =
            names.iter().map(|name| format!("\\/ \\E t \\in {name}(Now) : Becomes(t)")).collect();
        let none = "\\/ FALSE /\\ Becomes(Now)".to_string();
        let ways = if ways.is_empty() { none } else { ways.join("\n     ") };
        out + &format!("  /\\ {ways}\n\n")
    }

    /// What an action does for each node and each value of its parameters.
    fn acts(&mut self, action: &Action) -> String {
        let guards = self.guards(action, "s");
        let after = self.after(action, "s");
        let step = format!("IF {guards} THEN {after} ELSE {{}}");
        let locals = action.at.iter().chain(&action.params);
        let ranges: Vec<String> = locals
            .map(|local| {
                let span = self.program.locals[local.index()].span;
                format!("{} \\in {}", self.names.local(*local), self.domain(self.type_of(*local), span))
            })
            .collect();
        if ranges.is_empty() { step } else { format!("UNION {{{step} : {}}}", ranges.join(", ")) }
    }

    /// The states behind a step that is taken.
    fn after(&mut self, action: &Action, s: &str) -> String {
        let statements = [action.body.as_slice(), action.timers.as_slice()].concat();
        self.states_after(&statements, s)
    }

    fn guards(&mut self, action: &Action, s: &str) -> String {
        let mut all = Vec::new();
        if let Some(at) = action.at {
            let name = self.names.local(at);
            if let Type::Node(kind) = *self.program.types.get(self.type_of(at)) {
                all.push(self.up(&name, kind.index(), s));
            }
            if let Some(set) = &action.at_set {
                all.push(format!("{name} \\in {}", self.as_set(set, s)));
            }
        }
        all.extend(action.guards.iter().map(|guard| self.expression(guard, s)));
        if all.is_empty() { "TRUE".to_string() } else { all.join(" /\\ ") }
    }

    /// The first message of each queue, or any message of a link without order.
    fn delivers(
        &mut self,
        action: &Action,
        message: MessageId,
        (from, fields): (Option<LocalId>, &[LocalId]),
    ) -> String {
        let declared = &self.program.messages[message.index()];
        let Some(link) = declared.link else { return "{}".to_string() };
        let queue = self.names.links[link.index()].clone();
        let (e, rest) = (self.fresh("e"), self.fresh("s"));
        let mut fits = vec![format!("{e}.message = \"{}\"", declared.name)];
        let mut lets = String::new();
        for (end, local) in [("from", from), ("to", action.at)] {
            let Some(local) = local else { continue };
            lets += &format!("LET {} == {e}.{end} IN ", self.names.local(local));
            if let Type::Node(kind) = *self.program.types.get(self.type_of(local)) {
                fits.push(format!("{e}.{end} \\in {}", self.names.nodes[kind.index()]));
            }
        }
        let ordered = self.link(link.index()).ordered;
        let p = self.fresh("p");
        let left = if ordered { format!("[{p}] = Tail(@)") } else { format!(" = BagRemove(@, {e})") };
        let guards = self.guards(action, "s");
        let after = self.after(action, &rest);
        let inner = format!(
            "{lets}IF {} /\\ {guards} THEN LET {rest} == [s EXCEPT !.{queue}{left}] IN {after} ELSE {{}}",
            fits.join(" /\\ ")
        );
        let inner = self.with_fields(message, fields, &e, &inner);
        if ordered {
            format!(
                "UNION {{IF s.{queue}[{p}] = <<>> THEN {{}} ELSE LET {e} == Head(s.{queue}[{p}]) IN {inner} : \
                 {p} \\in DOMAIN s.{queue}}}"
            )
        } else {
            format!("UNION {{{inner} : {e} \\in DOMAIN s.{queue}}}")
        }
    }
}
