//! Symbols: every name of a program with what an editor shows about it.
//!
//! Enters: a program. Leaves: names with their kinds, types as text, docs and places, for completion and hover.

use super::literal;
use super::program::{ActionKind, Header, LocalId, NodeId, Program, Type, TypeId};
use crate::concepts::ConceptKind;
use crate::span::Span;

/// A name, and what an editor shows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// As declared.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Type or signature, as one would write it: `list<Entry, 2>`, `(v: Value) at b in Broker`.
    pub detail: String,
    /// The comment above it.
    pub docs: Option<String>,
    /// Where it is declared.
    pub span: Span,
    /// The node, record, message or enum that it belongs to.
    pub within: Option<String>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymbolKind {
    /// A parameter, with its value.
    Param,
    /// An alias, enum or record.
    Type,
    /// Of an enum.
    Variant,
    /// A kind of node.
    Node,
    /// A node.
    Member,
    /// A variable of nodes.
    Field,
    /// A global variable.
    State,
    /// A variable of either kind that is only for obligations.
    Ghost,
    /// A kind of message.
    Message,
    /// A link.
    Link,
    /// A definition.
    Def,
    /// An action.
    Action,
    /// An order.
    Order,
    /// An invariant.
    Invariant,
    /// A resolution.
    Resolution,
    /// A reconciler.
    Reconciler,
}

impl SymbolKind {
    /// The word for it: `state`, `invariant`.
    pub fn word(self) -> &'static str {
        match self {
            SymbolKind::Param => "param",
            SymbolKind::Type => "type",
            SymbolKind::Variant => "variant",
            SymbolKind::Node => "node",
            SymbolKind::Member => "member",
            SymbolKind::Field => "field",
            SymbolKind::State => "state",
            SymbolKind::Ghost => "ghost",
            SymbolKind::Message => "message",
            SymbolKind::Link => "link",
            SymbolKind::Def => "def",
            SymbolKind::Action => "action",
            SymbolKind::Order => "order",
            SymbolKind::Invariant => "invariant",
            SymbolKind::Resolution => "resolution",
            SymbolKind::Reconciler => "reconciler",
        }
    }
}

/// All names of a program: values and types, fields, messages and links, definitions, actions, concepts; each group in
/// declaration order.
pub fn symbols(program: &Program) -> Vec<Symbol> {
    let mut table = Table { program, all: Vec::new() };
    for p in &program.params {
        let value = literal::value(program, &p.value).map_or_else(String::new, |value| value.to_string());
        table.add(&p.name, SymbolKind::Param, value, &p.docs, p.span, None);
    }
    table.types();
    table.nodes();
    for s in &program.states {
        let kind = if s.ghost { SymbolKind::Ghost } else { SymbolKind::State };
        table.add(&s.name, kind, table.ty(s.ty), &s.docs, s.span, None);
    }
    table.messages();
    table.steps();
    for header in headers(program) {
        let kind = match header.concept {
            ConceptKind::Order => SymbolKind::Order,
            ConceptKind::Invariant => SymbolKind::Invariant,
            ConceptKind::Resolution => SymbolKind::Resolution,
            ConceptKind::Reconciler => SymbolKind::Reconciler,
        };
        let docs = header.docs.clone().or_else(|| header.sentence.clone());
        table.add(&header.name, kind, header.type_words(), &docs, header.span, None);
    }
    table.all
}

struct Table<'p> {
    program: &'p Program,
    all: Vec<Symbol>,
}

impl Table<'_> {
    fn ty(&self, id: TypeId) -> String {
        self.program.types.name(id, self.program)
    }

    fn add(
        &mut self,
        name: &str,
        kind: SymbolKind,
        detail: String,
        docs: &Option<String>,
        span: Span,
        within: Option<&str>,
    ) {
        let (name, docs, within) = (name.to_owned(), docs.clone(), within.map(str::to_owned));
        self.all.push(Symbol { name, kind, detail, docs, span, within });
    }

    fn types(&mut self) {
        let program = self.program;
        for t in &program.type_names {
            let (kind, detail) = match program.types.get(t.ty) {
                Type::Node(id) if program.nodes[id.index()].name == t.name => {
                    (SymbolKind::Node, format!("[{}]", program.nodes[id.index()].count))
                }
                Type::Enum(id) => {
                    (SymbolKind::Type, format!("{{ {} }}", program.enums[id.index()].variants.join(", ")))
                }
                Type::Record(id) => (SymbolKind::Type, fields(program, &program.records[id.index()].fields)),
                _ => (SymbolKind::Type, self.ty(t.ty)),
            };
            self.add(&t.name, kind, detail, &t.docs, t.span, None);
            if let Type::Record(id) = program.types.get(t.ty) {
                for (field, of) in &program.records[id.index()].fields {
                    self.add(field, SymbolKind::Field, self.ty(*of), &None, t.span, Some(&t.name));
                }
            }
        }
        for e in &program.enums {
            for v in &e.variants {
                self.add(v, SymbolKind::Variant, e.name.clone(), &None, e.span, Some(&e.name));
            }
        }
    }

    fn nodes(&mut self) {
        let program = self.program;
        for n in &program.nodes {
            for i in 0..n.count {
                self.add(&n.member(i), SymbolKind::Member, n.name.clone(), &n.docs, n.span, Some(&n.name));
            }
            for f in n.fields.iter().map(|f| &program.node_fields[f.index()]) {
                let word = if f.ghost {
                    "ghost"
                } else if f.volatile {
                    "volatile"
                } else {
                    "durable"
                };
                let detail = format!("{word} {}", self.ty(f.ty));
                self.add(&f.name, SymbolKind::Field, detail, &f.docs, f.span, Some(&n.name));
            }
            let docs = Some("Whether the node runs: false from a crash to its restart.".to_owned());
            self.add("up", SymbolKind::Field, "bool".to_owned(), &docs, n.span, Some(&n.name));
        }
    }

    fn messages(&mut self) {
        let program = self.program;
        for m in &program.messages {
            let declared = &program.records[m.record.index()].fields;
            self.add(&m.name, SymbolKind::Message, fields(program, declared), &m.docs, m.span, None);
            for (field, of) in declared {
                self.add(field, SymbolKind::Field, self.ty(*of), &None, m.span, Some(&m.name));
            }
        }
        for l in &program.links {
            let node = |n: NodeId| program.nodes.get(n.index()).map_or("?", |n| n.name.as_str());
            let to: Vec<&str> = l.to.iter().map(|to| node(*to)).collect();
            let (from, to) = (node(l.from), to.join(", "));
            let way =
                if l.both_ways { format!("between {from}, {to}") } else { format!("from {from} to {to}") };
            let order = if l.ordered { "ordered" } else { "unordered" };
            self.add(&l.name, SymbolKind::Link, format!("{way} {order}"), &l.docs, l.span, None);
        }
    }

    /// Definitions and actions.
    fn steps(&mut self) {
        let program = self.program;
        for d in &program.defs {
            let detail = format!("({}): {}", locals(program, &d.params), self.ty(d.ty));
            self.add(&d.name, SymbolKind::Def, detail, &d.docs, d.span, None);
        }
        for a in program.actions.iter().filter(|a| matches!(a.kind, ActionKind::Client)) {
            let mut detail = format!("({})", locals(program, &a.params));
            if let Some(at) = a.at.map(|at| &program.locals[at.index()]) {
                detail.push_str(&format!(" at {} in {}", at.name, self.ty(at.ty)));
            }
            self.add(&a.name, SymbolKind::Action, detail, &a.docs, a.span, None);
        }
    }
}

/// The headers of all concepts: orders, invariants, resolutions, reconcilers.
fn headers(program: &Program) -> impl Iterator<Item = &Header> {
    let orders = program.orders.iter().map(|o| &o.header);
    let invariants = program.invariants.iter().map(|i| &i.header);
    let resolutions = program.resolutions.iter().map(|r| &r.header);
    orders.chain(invariants).chain(resolutions).chain(program.reconcilers.iter().map(|r| &r.header))
}

fn fields(program: &Program, fields: &[(String, TypeId)]) -> String {
    let all: Vec<String> =
        fields.iter().map(|(name, ty)| format!("{name}: {}", program.types.name(*ty, program))).collect();
    if all.is_empty() { String::new() } else { format!("{{ {} }}", all.join(", ")) }
}

fn locals(program: &Program, ids: &[LocalId]) -> String {
    let one = |id: &LocalId| {
        let l = &program.locals[id.index()];
        format!("{}: {}", l.name, program.types.name(l.ty, program))
    };
    ids.iter().map(one).collect::<Vec<_>>().join(", ")
}
