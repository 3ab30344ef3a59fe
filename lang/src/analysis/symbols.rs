//! Symbols: every name of a program with what an editor shows about it.
//!
//! Enters: a program. Leaves: names with their kinds, types as text, docs and places, for completion and hover.

use super::concepts::concept_word;
use super::program::{ActionKind, Header, Program, Type, TypeId};
use crate::span::Span;

/// A name, and what an editor shows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    pub name: String,
    pub kind: SymbolKind,
    /// Type or signature, as one would write it: `list<Entry, 2>`, `(v: Value) at b in Broker`.
    pub detail: String,
    pub docs: Option<String>,
    /// Where it is declared.
    pub span: Span,
    /// The node, record, message or enum that it belongs to.
    pub within: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymbolKind {
    Param,
    Type,
    Variant,
    Node,
    Member,
    Field,
    State,
    Ghost,
    Message,
    Link,
    Def,
    Action,
    Order,
    Invariant,
    Resolution,
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
    let mut all = Vec::new();
    let ty = |id: TypeId| program.types.name(id, program);
    let mut add = |name: &str, kind, detail: String, docs: &Option<String>, span, within: Option<&str>| {
        let within = within.map(str::to_owned);
        all.push(Symbol { name: name.to_owned(), kind, detail, docs: docs.clone(), span, within });
    };
    for p in &program.params {
        add(&p.name, SymbolKind::Param, p.value.to_string(), &p.docs, p.span, None);
    }
    for t in &program.type_names {
        let (kind, detail) = match program.types.get(t.ty) {
            Type::Node(id) if program.nodes[id.index()].name == t.name => {
                (SymbolKind::Node, format!("[{}]", program.nodes[id.index()].count))
            }
            Type::Enum(id) => {
                (SymbolKind::Type, format!("{{ {} }}", program.enums[id.index()].variants.join(", ")))
            }
            Type::Record(id) => (SymbolKind::Type, fields(program, &program.records[id.index()].fields)),
            _ => (SymbolKind::Type, ty(t.ty)),
        };
        add(&t.name, kind, detail, &t.docs, t.span, None);
        if let Type::Record(id) = program.types.get(t.ty) {
            for (field, of) in &program.records[id.index()].fields {
                add(field, SymbolKind::Field, ty(*of), &None, t.span, Some(&t.name));
            }
        }
    }
    for e in &program.enums {
        for v in &e.variants {
            add(v, SymbolKind::Variant, e.name.clone(), &None, e.span, Some(&e.name));
        }
    }
    for n in &program.nodes {
        for i in 0..n.count {
            add(&n.member(i), SymbolKind::Member, n.name.clone(), &n.docs, n.span, Some(&n.name));
        }
        for f in n.fields.iter().map(|f| &program.node_fields[f.index()]) {
            let word = if f.ghost {
                "ghost "
            } else if f.volatile {
                "volatile "
            } else {
                "durable "
            };
            add(&f.name, SymbolKind::Field, format!("{word}{}", ty(f.ty)), &f.docs, f.span, Some(&n.name));
        }
        let docs = Some("Whether the node runs: false from a crash to its restart.".to_owned());
        add("up", SymbolKind::Field, "bool".to_owned(), &docs, n.span, Some(&n.name));
    }
    for s in &program.states {
        let kind = if s.ghost { SymbolKind::Ghost } else { SymbolKind::State };
        add(&s.name, kind, ty(s.ty), &s.docs, s.span, None);
    }
    for m in &program.messages {
        let declared = &program.records[m.record.index()].fields;
        add(&m.name, SymbolKind::Message, fields(program, declared), &m.docs, m.span, None);
        for (field, of) in declared {
            add(field, SymbolKind::Field, ty(*of), &None, m.span, Some(&m.name));
        }
    }
    for l in &program.links {
        let node = |n: super::program::NodeId| program.nodes.get(n.index()).map_or("?", |n| n.name.as_str());
        let way = if l.both_ways {
            format!("between {}, {}", node(l.from), node(l.to))
        } else {
            format!("from {} to {}", node(l.from), node(l.to))
        };
        let order = if l.ordered { "ordered" } else { "unordered" };
        add(&l.name, SymbolKind::Link, format!("{way} {order}"), &l.docs, l.span, None);
    }
    for d in &program.defs {
        let detail = format!("({}): {}", locals(program, &d.params), ty(d.ty));
        add(&d.name, SymbolKind::Def, detail, &d.docs, d.span, None);
    }
    for a in program.actions.iter().filter(|a| matches!(a.kind, ActionKind::Client)) {
        let mut detail = format!("({})", locals(program, &a.params));
        if let Some(at) = a.at.map(|at| &program.locals[at.index()]) {
            detail.push_str(&format!(" at {} in {}", at.name, ty(at.ty)));
        }
        add(&a.name, SymbolKind::Action, detail, &a.docs, a.span, None);
    }
    for header in headers(program) {
        let kind = match concept_word(header.concept) {
            "order" => SymbolKind::Order,
            "invariant" => SymbolKind::Invariant,
            "resolution" => SymbolKind::Resolution,
            _ => SymbolKind::Reconciler,
        };
        let docs = header.docs.clone().or_else(|| header.sentence.clone());
        add(&header.name, kind, header.types.join(", "), &docs, header.span, None);
    }
    all
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

fn locals(program: &Program, ids: &[super::program::LocalId]) -> String {
    let one = |id: &super::program::LocalId| {
        let l = &program.locals[id.index()];
        format!("{}: {}", l.name, program.types.name(l.ty, program))
    };
    ids.iter().map(one).collect::<Vec<_>>().join(", ")
}
