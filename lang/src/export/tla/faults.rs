//! Faults and recoveries as steps: crash, wipe, restart, lose, duplicate.
//!
//! Enters: the budget of faults. Leaves: definitions in TLA+, by name. How often each happened is part of the state.

use super::Writer;
use crate::analysis::program::{Init, NodeField};
use crate::concepts::{Allowance, Fault};

/// What pays for a fault: its place in the budget, and what is said there.
type Payer<'b> = Option<(usize, &'b Allowance)>;

impl Writer<'_> {
    /// Every fault that may happen, and the recoveries from it.
    pub(super) fn faults(&mut self) -> Vec<(String, String)> {
        let mut made = Vec::new();
        for (kind, node) in self.program.nodes.iter().enumerate() {
            for fault in [Fault::Crash, Fault::Wipe, Fault::Restart] {
                let payer = self.asked.faults.of_node(fault, kind as u32);
                let never = payer.map_or(fault != Fault::Restart, |(_, entry)| entry.times == 0);
                if !never && self.goes_down(kind) {
                    let written = if fault == Fault::Restart {
                        self.restart(kind, payer)
                    } else {
                        self.crash(kind, fault, payer)
                    };
                    made.push((self.names.member(&format!("{}_{}", node.name, fault.word())), written));
                }
            }
        }
        for (index, link) in self.program.links.iter().enumerate() {
            for (fault, can) in [(Fault::Lose, link.lossy), (Fault::Duplicate, link.duplicating)] {
                let payer = self.asked.faults.of(fault).next();
                if can && self.asked.faults.allows(fault) {
                    let written = self.message(index, fault, payer);
                    made.push((self.names.member(&format!("{}_{}", link.name, fault.word())), written));
                }
            }
        }
        made
    }

    /// Whether the budget is not spent, and what is spent of it: further changes of an `EXCEPT`.
    fn pays(&self, payer: Payer<'_>) -> (String, String) {
        let counter = payer.and_then(|(place, entry)| Some((self.names.spent[place].as_ref()?, entry)));
        match counter {
            Some((name, entry)) => (format!("s.{name} < {}", entry.times), format!(", !.{name} = @ + 1")),
            None => ("TRUE".to_string(), String::new()),
        }
    }

    /// The node is down, and what it loses is what it was initially: volatile fields, all where it is wiped.
    fn crash(&mut self, kind: usize, fault: Fault, payer: Payer<'_>) -> String {
        let (affordable, spent) = self.pays(payer);
        let (n, down) = (self.fresh("n"), self.fresh("s"));
        let up = self.names.up[kind].clone().unwrap_or_default();
        let id = crate::analysis::program::NodeId(kind as u32);
        let mut lost: Vec<(usize, &NodeField)> =
            self.fields_of(id).filter(|(_, f)| (f.volatile || fault == Fault::Wipe) && !f.ghost).collect();
        lost.sort_by_key(|(_, field)| field.init.is_computed());
        let after = self.lose_fields(&lost, &n, &down);
        format!(
            "UNION {{IF s.{up}[{n}] /\\ {affordable} THEN LET {down} == [s EXCEPT !.{up}[{n}] = FALSE{spent}] IN \
             {after} ELSE {{}} : {n} \\in {}}}",
            self.names.nodes[kind]
        )
    }

    fn lose_fields(&mut self, lost: &[(usize, &NodeField)], n: &str, s: &str) -> String {
        let Some(((index, field), others)) = lost.split_first() else { return format!("{{{s}}}") };
        let name = self.names.fields[*index].clone();
        let next = self.fresh("s");
        let with = |value: &str| format!("[{s} EXCEPT !.{name}[{n}] = {value}]");
        let one = |writer: &mut Self, value: String| {
            let after = writer.lose_fields(others, n, &next);
            format!("LET {next} == {} IN {after}", with(&value))
        };
        match &field.init {
            Init::Default => {
                let value = self.first_value(field.ty, field.span);
                one(self, value)
            }
            Init::Value(value) => {
                let value = self.expression(value, s);
                one(self, value)
            }
            Init::Computed { node, value } => {
                let value =
                    format!("LET {} == {n} IN {}", self.names.local(*node), self.expression(value, s));
                one(self, format!("({value})"))
            }
            Init::Any { .. } => {
                let (all, local) = self.open(&field.init, field.ty, field.span, s);
                let after = self.lose_fields(others, n, &next);
                format!("UNION {{LET {next} == {} IN {after} : {local} \\in {all}}}", with(&local))
            }
        }
    }

    /// The node is up again, and does what it does as part of that.
    fn restart(&mut self, kind: usize, payer: Payer<'_>) -> String {
        let (affordable, spent) = self.pays(payer);
        let up = self.names.up[kind].clone().unwrap_or_default();
        let (n, s) = (self.fresh("n"), self.fresh("s"));
        let after = match self.recovery(kind) {
            Some(id) => {
                let action = &self.program.actions[id.index()];
                let statements = [action.body.as_slice(), action.timers.as_slice()].concat();
                let after = self.states_after(&statements, &s);
                match action.at {
                    Some(at) => format!("LET {} == {n} IN {after}", self.names.local(at)),
                    None => after,
                }
            }
            None => format!("{{{s}}}"),
        };
        format!(
            "UNION {{IF ~s.{up}[{n}] /\\ {affordable} THEN LET {s} == [s EXCEPT !.{up}[{n}] = TRUE{spent}] IN \
             {after} ELSE {{}} : {n} \\in {}}}",
            self.names.nodes[kind]
        )
    }

    /// A message is gone, or there twice; a full link has no room for a copy.
    fn message(&mut self, link: usize, fault: Fault, payer: Payer<'_>) -> String {
        let (affordable, spent) = self.pays(payer);
        let queue = self.names.links[link].clone();
        let capacity = self.link(link).capacity;
        let lose = fault == Fault::Lose;
        let (p, e) = (self.fresh("p"), self.fresh("e"));
        if !self.link(link).ordered {
            let (room, change) = if lose {
                ("TRUE".to_string(), "BagRemove")
            } else {
                (format!("BagSize(s.{queue}) < {capacity}"), "BagAdd")
            };
            return format!(
                "IF {affordable} /\\ {room} THEN \
                 {{[s EXCEPT !.{queue} = {change}(@, {e}){spent}] : {e} \\in DOMAIN s.{queue}}} ELSE {{}}"
            );
        }
        let (room, kept) = if lose {
            ("TRUE".to_string(), format!("{e} - 1"))
        } else {
            (format!("Len(s.{queue}[{p}]) < {capacity}"), e.clone())
        };
        let behind = if lose { format!("{e} + 1") } else { e.clone() };
        format!(
            "UNION {{IF {affordable} /\\ {room} THEN {{[s EXCEPT !.{queue}[{p}] = \
             SubSeq(@, 1, {kept}) \\o SubSeq(@, {behind}, Len(@)){spent}] : {e} \\in DOMAIN s.{queue}[{p}]}} \
             ELSE {{}} : {p} \\in DOMAIN s.{queue}}}"
        )
    }
}
