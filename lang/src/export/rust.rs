//! Mappings as a crate of Rust: a module for each system with its types, and what reads the last run as values of them.
//!
//! Enters: typed programs; the run that was shown last, its report as JSON. Leaves: the text of `lib.rs`, and of a file. Names are those of
//! the mapping; what Rust keeps for itself has a `_` behind it.

mod call;
mod conform;
mod domain;
mod flat;
mod replay;
mod shown;
mod steps;

pub use call::{Call, Need};
pub use conform::{Case, Subject, comparing};
pub use domain::Domain;
pub use flat::{Flat, made_once};
pub use replay::{DIFFERS, Graph, Replayed, Step, replayed, replaying};
pub use shown::{LAST, last_run};
pub use steps::{Method, Passed, methods, variables};

use crate::analysis::program::{ActionKind, Program, Type, TypeId};
use std::fmt::Write;

/// Words that are no names in Rust.
const KEPT: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// What stands around every cell.
const CELL: &str = include_str!("rust/cell.template");

/// Where the traits of serde are derived, if they are.
const SERDE: &str = "/*serde*/";

/// The systems of a session as Rust.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Library {
    /// In the order of the session.
    pub systems: Vec<Written>,
}

/// A system as Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Of its module.
    pub name: String,
    /// What people read of it.
    sentence: String,
    /// All that its module says: where two are equal, their types are, too.
    pub text: String,
}

impl Written {
    /// What is in the module, what everybody uses first: each item begins a line.
    pub fn items(&self) -> Vec<&str> {
        let kinds = ["struct ", "enum ", "trait ", "fn "];
        let items = self.text.lines().filter_map(|line| line.strip_prefix("pub "));
        let items = items.filter_map(|item| kinds.iter().find_map(|kind| item.strip_prefix(kind)));
        let mut names: Vec<&str> =
            items.filter_map(|item| item.split(|c: char| !c.is_alphanumeric() && c != '_').next()).collect();
        names.sort_by_key(|name| *name != "State");
        names
    }

    fn write(&self, edition: usize, text: &mut String) {
        let Written { name, sentence, text: body } = self;
        let (mut inner, items) = (format!("of_{edition}"), self.items());
        while items.contains(&inner.as_str()) {
            inner.push('_');
        }
        write(
            text,
            format_args!(
                "/// {sentence}\npub mod {name} {{\nmod {inner} {{\n{body}}}\npub use self::{inner}::*;\n}}\n"
            ),
        );
    }
}

impl Library {
    /// Of one program for each system.
    pub fn of(programs: &[Program]) -> Library {
        let written = |program| Module { program, prefix: String::new() }.written();
        Library { systems: programs.iter().map(written).collect() }
    }

    /// The text of `lib.rs`. `serde`: the types are to be read and written by it, and the crate depends on it then.
    ///
    /// `edition`: which of the texts that a system has had this is, from 1. The compiler tells types apart by their path:
    /// that of a type that nobody sees has this number in it, and so a system that is as it was keeps its types, whatever
    /// comes beside it, and one that was defined anew has others.
    pub fn text(&self, serde: bool, edition: &dyn Fn(&Written) -> usize) -> String {
        let mut text = String::from(
            "//! Written by Reconverge: the systems of the notebook as Rust.\n\
             #![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code, unused_imports, unused_variables, bindings_with_variant_name, clippy::all)]\n",
        );
        text.push_str(shown::LAST_RUN);
        text.push_str(CELL);
        self.systems.iter().for_each(|system| system.write(edition(system), &mut text));
        if serde { text.replace(SERDE, ", serde::Serialize, serde::Deserialize") } else { text }
    }
}

fn write(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(words);
}

fn ident(name: &str) -> String {
    if KEPT.contains(&name) { format!("{name}_") } else { name.to_string() }
}

struct Module<'p> {
    program: &'p Program,
    /// Where its types are, as seen by what is written: `::reconverge::Counter::`, or nothing.
    prefix: String,
}

impl Module<'_> {
    fn written(&self) -> Written {
        let (program, mut text) = (self.program, String::new());
        self.types(&mut text);
        self.trace(&mut text);
        let sentence = program.sentence.as_deref().unwrap_or_default().replace('\n', " ");
        Written { name: ident(&program.name), sentence, text }
    }

    fn types(&self, text: &mut String) {
        let program = self.program;
        for e in &program.enums {
            self.choice(text, &e.name, e.variants.clone());
        }
        for node in &program.nodes {
            self.choice(text, &node.name, (0..node.count).map(|i| node.member(i)).collect());
        }
        for record in &program.records {
            self.structure(text, &ident(&record.name), &record.fields);
        }
        self.messages(text);
        self.sending(text);
        self.actions(text);
        self.state(text);
    }

    /// A name of ours that the mapping has not taken.
    fn ours(&self, name: &str) -> String {
        let p = self.program;
        let taken = p.enums.iter().map(|e| &e.name).chain(p.nodes.iter().map(|n| &n.name));
        let mut taken = taken.chain(p.records.iter().map(|r| &r.name));
        if taken.any(|t| t == name) { format!("{name}_") } else { name.to_string() }
    }

    fn derive(&self, more: &str) -> String {
        format!("#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash{more}{SERDE})]")
    }

    /// An enum without data, with all of its values.
    fn choice(&self, text: &mut String, name: &str, variants: Vec<String>) {
        let names: Vec<String> = variants.iter().map(|v| ident(v)).collect();
        let (name, count) = (ident(name), names.len());
        let all = names.iter().map(|v| format!("{name}::{v}")).collect::<Vec<_>>().join(", ");
        write(text, format_args!("{}\npub enum {name} {{ {} }}\n", self.derive(", Copy"), names.join(", ")));
        write(text, format_args!("impl {name} {{ pub const ALL: [{name}; {count}] = [{all}]; }}\n"));
    }

    fn structure(&self, text: &mut String, name: &str, fields: &[(String, TypeId)]) {
        let fields = fields.iter().map(|(field, ty)| format!("pub {}: {}", ident(field), self.ty(*ty)));
        let fields = fields.collect::<Vec<_>>().join(", ");
        write(text, format_args!("{}\npub struct {name} {{ {fields} }}\n", self.derive("")));
    }

    fn messages(&self, text: &mut String) {
        let messages = self.program.messages.iter().map(|message| {
            let record = ident(&self.program.records[message.record.index()].name);
            format!("{}({record})", ident(&message.name))
        });
        let messages = messages.collect::<Vec<_>>().join(", ");
        let name = self.ours("Message");
        write(text, format_args!("{}\npub enum {name} {{ {messages} }}\n", self.derive("")));
    }

    /// What clients do, with parameters and the node at which they do it.
    fn actions(&self, text: &mut String) {
        let clients = self.program.actions.iter().filter(|a| matches!(a.kind, ActionKind::Client));
        let actions = clients.map(|action| {
            let locals = action.params.iter().chain(&action.at);
            let fields = locals.map(|local| {
                let local = &self.program.locals[local.index()];
                format!("{}: {}", ident(&local.name), self.ty(local.ty))
            });
            let fields = fields.collect::<Vec<_>>().join(", ");
            let fields = if fields.is_empty() { fields } else { format!(" {{ {fields} }}") };
            format!("{}{fields}", ident(&action.name))
        });
        let actions = actions.collect::<Vec<_>>().join(", ");
        let name = self.ours("Action");
        write(text, format_args!("{}\npub enum {name} {{ {actions} }}\n", self.derive("")));
    }

    /// Global variables, and for each kind of node a list of what its members have.
    fn state(&self, text: &mut String) {
        let (program, derive, name) = (self.program, self.derive(""), self.ours("State"));
        let mut fields = String::new();
        for state in program.states.iter().filter(|s| s.time.is_none()) {
            write(&mut fields, format_args!("  pub {}: {},\n", ident(&state.name), self.ty(state.ty)));
        }
        for node in &program.nodes {
            let (kind, of) = (ident(&node.name), self.fields_of(&node.name));
            let members: Vec<(String, TypeId)> = node
                .fields
                .iter()
                .map(|id| &program.node_fields[id.index()])
                .filter(|field| field.time.is_none())
                .map(|field| (field.name.clone(), field.ty))
                .collect();
            self.structure(text, &of, &members);
            write(&mut fields, format_args!("  pub {kind}: ::std::vec::Vec<{of}>,\n"));
            // No member can be asked for where there is none.
            let indexed = node.count > 0;
            let text: &mut String = if indexed { text } else { &mut String::new() };
            write(
                text,
                format_args!(
                    "impl ::std::ops::Index<{kind}> for {name} {{ type Output = {of}; \
                     fn index(&self, node: {kind}) -> &{of} {{ &self.{kind}[node as usize] }} }}\n\
                     impl ::std::ops::IndexMut<{kind}> for {name} {{ \
                     fn index_mut(&mut self, node: {kind}) -> &mut {of} {{ &mut self.{kind}[node as usize] }} }}\n"
                ),
            );
        }
        let others = "  /// What is under way, who is crashed, and the like, as reports write it.\n  \
                      pub others: ::std::collections::BTreeMap<::std::string::String, ::std::string::String>,\n";
        write(text, format_args!("{derive}\npub struct {name} {{\n{fields}{others}}}\n"));
        let (trace, step) = (self.ours("Trace"), self.ours("Step"));
        write(
            text,
            format_args!(
                "{derive}\npub struct {step} {{ pub line: ::std::string::String, pub state: {name} }}\n\
                 {derive}\npub struct {trace} {{\n  /// What it shows, and of what.\n  pub shows: ::std::string::String,\n  \
                 pub of: ::std::string::String,\n  pub first: {name},\n  pub steps: ::std::vec::Vec<{step}>,\n  \
                 /// After the last step it goes on from the state before this one.\n  \
                 pub loop_start: ::std::option::Option<usize>,\n}}\n"
            ),
        );
    }

    fn fields_of(&self, node: &str) -> String {
        self.ours(&format!("{node}Fields"))
    }

    /// The name of a type that has one.
    fn named(&self, id: TypeId) -> String {
        let p = self.program;
        match p.types.get(id) {
            Type::Enum(id) => ident(&p.enums[id.index()].name),
            Type::Node(id) => ident(&p.nodes[id.index()].name),
            Type::Record(id) => ident(&p.records[id.index()].name),
            Type::Bool
            | Type::Int { .. }
            | Type::Option(_)
            | Type::Set(_)
            | Type::List { .. }
            | Type::Bag { .. }
            | Type::Map { .. }
            | Type::Error => String::new(),
        }
    }

    fn ty(&self, id: TypeId) -> String {
        let p = self.program;
        match p.types.get(id) {
            Type::Bool => "bool".to_string(),
            Type::Int { .. } => "i64".to_string(),
            Type::Enum(_) | Type::Node(_) | Type::Record(_) => {
                format!("{}{}", self.prefix, self.named(id))
            }
            Type::Option(inner) => format!("::std::option::Option<{}>", self.ty(*inner)),
            Type::Set(inner) => format!("::std::collections::BTreeSet<{}>", self.ty(*inner)),
            Type::List { element, .. } | Type::Bag { element, .. } => {
                format!("::std::vec::Vec<{}>", self.ty(*element))
            }
            Type::Map { key, value } => {
                format!("::std::collections::BTreeMap<{}, {}>", self.ty(*key), self.ty(*value))
            }
            Type::Error => "()".to_string(),
        }
    }
}
