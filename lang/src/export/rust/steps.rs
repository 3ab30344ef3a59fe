//! Steps as functions of Rust: what each is called, what it is passed, what it sends.
//!
//! Enters: a program. Leaves: names and parameters of its steps, its variables in the order of `State`, and the text of what
//! is sent: `Sent`, `Node`, `Sends`.

use super::{Module, ident, write};
use crate::analysis::program::{Action, ActionKind, LocalId, NodeId, Program, StmtKind, Type, TypeId};
use crate::concepts::Fault;
use std::collections::BTreeSet;

/// A parameter of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// Of this type.
    Value(TypeId),
    /// A node of any kind.
    Anyone,
}

/// How a step is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// As the mapping calls it: `produce`, `on Fetch`, `crash`.
    pub name: String,
    /// Parameters, then the node at which it happens; of a delivery the receiver, the sender, the message.
    pub params: Vec<Passed>,
    /// What these are called, as Rust has it.
    pub names: Vec<String>,
    /// It sends something.
    pub sends: bool,
    /// Steps of this name have other parameters, too: nothing can be called so.
    pub unlike: bool,
}

impl Method {
    /// As a name in Rust: `on_fetch`.
    pub fn rust_name(&self) -> String {
        let mut name = String::new();
        for c in self.name.chars() {
            if c.is_uppercase() && !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            name.extend(c.to_lowercase().map(|c| if c.is_alphanumeric() { c } else { '_' }));
        }
        ident(&name)
    }
}

/// A variable in `State`.
#[derive(Debug, Clone)]
pub struct Variable {
    /// As reports have it: `total`, `replica1.seen`.
    pub path: String,
    /// Of its values.
    pub ty: TypeId,
    /// Only obligations read it: code has none.
    pub ghost: bool,
    /// As a place in Rust: `total`, `Replica[0].seen`.
    pub(super) place: String,
}

/// In the order in which `State` has them.
pub fn variables(program: &Program) -> Vec<Variable> {
    let mut found = Vec::new();
    for state in program.states.iter().filter(|s| s.time.is_none()) {
        let (path, place) = (state.name.clone(), ident(&state.name));
        found.push(Variable { path, ty: state.ty, ghost: state.ghost, place });
    }
    for node in &program.nodes {
        for member in 0..node.count {
            for id in &node.fields {
                let field = &program.node_fields[id.index()];
                if field.time.is_none() {
                    let path = format!("{}.{}", node.member(member), field.name);
                    let place = format!("{}[{member}].{}", ident(&node.name), ident(&field.name));
                    found.push(Variable { path, ty: field.ty, ghost: field.ghost, place });
                }
            }
        }
    }
    found
}

/// The steps of a program by their names, and what faults tell code of: a crash, a loss of the disk, a restart. The types
/// that they are passed are added to those of the program.
pub fn methods(program: &mut Program) -> Vec<Method> {
    let mut found: Vec<Method> = Vec::new();
    for action in program.actions.clone() {
        let params = params(program, &action);
        let sends = sends(&action);
        match found.iter_mut().find(|known| known.name == action.name) {
            Some(known) => {
                known.sends |= sends;
                known.meets(program, &params);
            }
            None => {
                let names = names(program, &action);
                found.push(Method { name: action.name, params, names, sends, unlike: false });
            }
        }
    }
    for fault in [Fault::Crash, Fault::Wipe, Fault::Restart] {
        let name = fault.word().to_string();
        found.retain(|known| known.name != name);
        let (params, names) = (vec![Passed::Anyone], vec!["node".to_string()]);
        let recovers = |action: &Action| matches!(action.kind, ActionKind::Restart(_)) && self::sends(action);
        let sends = fault == Fault::Restart && program.actions.iter().any(recovers);
        found.push(Method { name, params, names, sends, unlike: false });
    }
    for message in program.messages.clone() {
        program.types.intern(Type::Record(message.record));
    }
    found
}

impl Method {
    /// Another step has this name: where only the kinds of nodes differ, any node is passed.
    fn meets(&mut self, program: &Program, params: &[Passed]) {
        self.unlike |= self.params.len() != params.len();
        let node = |p: &Passed| match p {
            Passed::Anyone => true,
            Passed::Value(ty) => matches!(program.types.get(*ty), Type::Node(_)),
        };
        for (mine, other) in self.params.iter_mut().zip(params).filter(|(mine, other)| mine != other) {
            self.unlike |= !(node(mine) && node(other));
            *mine = Passed::Anyone;
        }
    }
}

fn params(program: &mut Program, action: &Action) -> Vec<Passed> {
    let ty = |program: &Program, local: LocalId| Passed::Value(program.locals[local.index()].ty);
    let ActionKind::Handler { message, from, .. } = &action.kind else {
        return action.params.iter().chain(&action.at).map(|local| ty(program, *local)).collect();
    };
    let at = action.at.map(|at| ty(program, at));
    let from = match from {
        Some(from) => Some(ty(program, *from)),
        None => {
            sender(program, at, *message).map(|kind| Passed::Value(program.types.intern(Type::Node(kind))))
        }
    };
    let record = program.messages[message.index()].record;
    let record = Passed::Value(program.types.intern(Type::Record(record)));
    at.into_iter().chain(from).chain([record]).collect()
}

/// What parameters are called; of a delivery what everybody calls them.
fn names(program: &Program, action: &Action) -> Vec<String> {
    if matches!(action.kind, ActionKind::Handler { .. }) {
        let at = action.at.map(|_| "at");
        return at.into_iter().chain(["from", "message"]).map(str::to_string).collect();
    }
    let locals = action.params.iter().chain(&action.at);
    locals.map(|local| ident(&program.locals[local.index()].name)).collect()
}

fn sends(action: &Action) -> bool {
    let mut found = false;
    for stmt in &action.body {
        stmt.walk(&mut |stmt| found |= matches!(stmt.kind, StmtKind::Send { .. }));
    }
    found
}

/// The kind of those who send a message to nodes of a kind.
fn sender(
    program: &Program,
    at: Option<Passed>,
    message: crate::analysis::program::MessageId,
) -> Option<NodeId> {
    let link = &program.links[program.messages[message.index()].link?.index()];
    let ty = |at: Passed| if let Passed::Value(ty) = at { Some(program.types.get(ty)) } else { None };
    match at.and_then(ty) {
        Some(Type::Node(kind)) => Some(link.sender(*kind)),
        _ => Some(link.from),
    }
}

impl Module<'_> {
    /// Who may be sent something, and what is sent.
    pub(super) fn sending(&self, text: &mut String) {
        let program = self.program;
        let [message, node, sent, sends] = ["Message", "Node", "Sent", "Sends"].map(|name| self.ours(name));
        let kinds = program.nodes.iter().map(|n| ident(&n.name));
        let variants = kinds.clone().map(|kind| format!("{kind}({kind})")).collect::<Vec<_>>().join(", ");
        let derive = self.derive("");
        write(
            text,
            format_args!(
                "{}\npub enum {node} {{ {variants} }}\n\
                 /// A message, and whom it is for.\n{derive}\npub struct {sent} {{ pub message: {message}, pub to: {node} }}\n\
                 /// What a step may give back: nothing, a message, or several.\n\
                 #[diagnostic::on_unimplemented(message = \"a step gives back nothing, `{sent}`, `Option<{sent}>` or `Vec<{sent}>`, found `{{Self}}`\", label = \"`{{Self}}` is nothing that can be sent\")]\n\
                 pub trait {sends} {{ fn list(self) -> ::std::vec::Vec<{sent}>; }}\n\
                 impl {sends} for () {{ fn list(self) -> ::std::vec::Vec<{sent}> {{ ::std::vec::Vec::new() }} }}\n\
                 impl {sends} for {sent} {{ fn list(self) -> ::std::vec::Vec<{sent}> {{ ::std::vec![self] }} }}\n\
                 impl {sends} for ::std::option::Option<{sent}> {{ fn list(self) -> ::std::vec::Vec<{sent}> {{ self.into_iter().collect() }} }}\n\
                 impl {sends} for ::std::vec::Vec<{sent}> {{ fn list(self) -> ::std::vec::Vec<{sent}> {{ self }} }}\n\
                 impl {message} {{ pub fn to<N: ::std::convert::Into<{node}>>(self, to: N) -> {sent} {{ {sent} {{ message: self, to: to.into() }} }} }}\n",
                self.derive(", Copy"),
            ),
        );
        for kind in kinds {
            write(
                text,
                format_args!(
                    "impl ::std::convert::From<{kind}> for {node} {{ fn from(n: {kind}) -> {node} {{ {node}::{kind}(n) }} }}\n"
                ),
            );
        }
        let mut known = BTreeSet::new();
        for kind in program.messages.iter().filter(|m| known.insert(m.record)) {
            let record = ident(&program.records[kind.record.index()].name);
            let name = ident(&kind.name);
            write(
                text,
                format_args!(
                    "impl {record} {{ pub fn to<N: ::std::convert::Into<{node}>>(self, to: N) -> {sent} {{ {message}::{name}(self).to(to) }} }}\n"
                ),
            );
        }
    }
}
