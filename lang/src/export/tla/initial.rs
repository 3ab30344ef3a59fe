//! Initial states, and what every state is made of.
//!
//! Enters: variables with their initial values. Leaves: `Init` and `TypeOK`.

use super::Writer;
use crate::analysis::program::{Init, TypeId};
use crate::span::Span;

impl Writer<'_> {
    pub(super) fn initial(&mut self) -> String {
        let program = self.program;
        let mut parts = Vec::new();
        for index in 0..program.states.len() {
            let state = self.state_of(index);
            let name = self.names.states[index].clone();
            let value = self.value(&state.init, state.ty, state.span);
            parts.push(match value {
                Initial::One(value) => format!("{name} = {value}"),
                Initial::Of(set) => format!("{name} \\in {set}"),
            });
        }
        // What is made of other fields comes behind them.
        for late in [false, true] {
            for (kind, node) in program.nodes.iter().enumerate() {
                for id in &node.fields {
                    let field = &program.node_fields[id.index()];
                    if field.init.is_computed() != late {
                        continue;
                    }
                    let (name, nodes) =
                        (self.names.fields[id.index()].clone(), self.names.nodes[kind].clone());
                    let n = match &field.init {
                        Init::Computed { node, .. } => self.names.local(*node),
                        Init::Default | Init::Value(_) | Init::Any { .. } => self.fresh("n"),
                    };
                    parts.push(match self.value(&field.init, field.ty, field.span) {
                        Initial::One(value) => format!("{name} = [{n} \\in {nodes} |-> {value}]"),
                        Initial::Of(set) => format!("{name} \\in [{nodes} -> {set}]"),
                    });
                }
            }
        }
        for (index, link) in program.links.iter().enumerate() {
            let name = self.names.links[index].clone();
            let empty = if link.ordered {
                let p = self.fresh("p");
                format!("[{p} \\in {} |-> <<>>]", self.pairs(index))
            } else {
                "[x \\in {} |-> 0]".to_string()
            };
            parts.push(format!("{name} = {empty}"));
        }
        for (kind, name) in self.names.up.clone().iter().enumerate() {
            if let Some(name) = name {
                let n = self.fresh("n");
                parts.push(format!("{name} = [{n} \\in {} |-> TRUE]", self.names.nodes[kind]));
            }
        }
        parts.extend(self.names.spent.iter().flatten().map(|name| format!("{name} = 0")));
        let conditions: Vec<String> = program.init.iter().map(|e| self.expression(e, "")).collect();
        parts.extend(conditions);
        format!("Init ==\n  /\\ {}\n\n", parts.join("\n  /\\ "))
    }

    /// Sender and receiver of every queue.
    fn pairs(&self, link: usize) -> String {
        let sets = self.link(link).ways().into_iter().map(|(from, to)| {
            format!("({} \\X {})", self.names.nodes[from.index()], self.names.nodes[to.index()])
        });
        format!("({})", sets.collect::<Vec<_>>().join(" \\cup "))
    }

    fn value(&mut self, init: &Init, ty: TypeId, span: Span) -> Initial {
        match init {
            Init::Default => Initial::One(self.first_value(ty, span)),
            Init::Value(value) | Init::Computed { value, .. } => Initial::One(self.expression(value, "")),
            Init::Any { .. } => Initial::Of(self.open(init, ty, span, "").0),
        }
    }

    /// The values that an initial value may have, and what they are called in its filter.
    pub(super) fn open(&mut self, init: &Init, ty: TypeId, span: Span, s: &str) -> (String, String) {
        let Init::Any { local, set, filter } = init else { return (String::new(), String::new()) };
        let name = self.names.local(*local);
        let all = match set {
            Some(set) => self.as_set(set, s),
            None => self.domain(ty, span),
        };
        match filter {
            Some(filter) => (format!("{{{name} \\in {all} : {}}}", self.expression(filter, s)), name),
            None => (all, name),
        }
    }

    /// That every variable has a value of its type, and no link holds more than it can.
    pub(super) fn type_ok(&mut self) -> String {
        let program = self.program;
        let mut parts = Vec::new();
        for index in 0..program.states.len() {
            let name = self.names.states[index].clone();
            parts.push(self.is_of(&name, self.state_of(index).ty));
        }
        for (kind, node) in program.nodes.iter().enumerate() {
            for id in &node.fields {
                let (name, n) = (self.names.fields[id.index()].clone(), self.fresh("n"));
                let inner = self.is_of(&format!("{name}[{n}]"), program.node_fields[id.index()].ty);
                parts.push(format!("\\A {n} \\in {} : {inner}", self.names.nodes[kind]));
            }
        }
        for (index, link) in program.links.iter().enumerate() {
            let name = self.names.links[index].clone();
            parts.push(if link.ordered {
                let p = self.fresh("p");
                format!("\\A {p} \\in DOMAIN {name} : Len({name}[{p}]) <= {}", link.capacity)
            } else {
                format!("BagSize({name}) <= {}", link.capacity)
            });
        }
        let parts = if parts.is_empty() { vec!["TRUE".to_string()] } else { parts };
        format!("TypeOK ==\n  /\\ {}\n\n", parts.join("\n  /\\ "))
    }
}

/// What a variable is in an initial state.
enum Initial {
    One(String),
    Of(String),
}
