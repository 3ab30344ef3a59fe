//! Types as they are declared and written: enums, nodes, aliases, records, and type expressions.
//!
//! Enters: the members of a system. Leaves: the program's types and their names. Types that need types declared later
//! are resolved in the order of their needs; circles are reported, because everything is finite.

use super::analyser::{Analyser, Of};
use super::declare::unique;
use super::graph;
use super::names::Meaning;
use super::program::{Enum, EnumId, Node, NodeId, Record, RecordId, Type, TypeId, TypeName};
use super::types::{MAX_BITS, MAX_NESTING};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, FieldDecl, MemberKind, Name, TypeExpr, TypeExprKind};
use crate::words::{Kw, Place, TypeWord, foreign};
use rustc_hash::FxHashMap;

/// Nodes of one kind, at most.
const MAX_NODES: i64 = 64;
/// Elements of a list or bag, at most.
const MAX_LENGTH: i64 = 1024;

impl Analyser<'_, '_> {
    /// Enums need nothing.
    pub(super) fn enums(&mut self) {
        for m in self.members.clone() {
            if let MemberKind::Enum { name, symmetric, variants } = &m.member.kind {
                self.enumeration(m, name, *symmetric, variants);
            }
        }
    }

    /// Nodes first (they need no other types), then aliases and records in the order of their needs.
    pub(super) fn types(&mut self) {
        let mut later: Vec<(Of<'_>, &Name)> = Vec::new();
        for m in self.members.clone() {
            match &m.member.kind {
                MemberKind::Node { name, count, symmetric, .. } => {
                    self.node(m, name, count.as_ref(), *symmetric)
                }
                MemberKind::Alias { name, .. } | MemberKind::Record { name, .. } => later.push((m, name)),
                _ => {}
            }
        }
        let positions: FxHashMap<&str, usize> =
            later.iter().enumerate().map(|(i, (_, n))| (n.text.as_str(), i)).collect();
        let needs: Vec<Vec<usize>> = later
            .iter()
            .map(|(m, _)| match &m.member.kind {
                MemberKind::Alias { ty, .. } => types_in([ty].into_iter(), &positions),
                MemberKind::Record { fields, .. } => types_in(fields.iter().map(|f| &f.ty), &positions),
                _ => Vec::new(),
            })
            .collect();
        let (order, cycles) = graph::order(&needs);
        for i in order {
            let (m, name) = later[i];
            let ty = if let Some(cycle) = cycles.iter().find(|c| c.contains(&i)) {
                self.circle(name, "type", cycle.iter().map(|c| later[*c].1));
                self.error_type()
            } else {
                match &m.member.kind {
                    MemberKind::Alias { ty, .. } => self.type_expr(ty),
                    MemberKind::Record { fields, .. } => {
                        let id = self.fields_record(&name.text, fields, m.member.docs.clone(), name.span);
                        self.ty(Type::Record(id))
                    }
                    _ => continue,
                }
            };
            self.declare_type(name, ty, m.member.docs.clone());
        }
        // In declaration order, whatever the order of needs was.
        let at: FxHashMap<String, usize> = self
            .members
            .iter()
            .enumerate()
            .filter_map(|(i, m)| match &m.member.kind {
                MemberKind::Enum { name, .. }
                | MemberKind::Node { name, .. }
                | MemberKind::Alias { name, .. }
                | MemberKind::Record { name, .. } => Some((name.text.clone(), i)),
                _ => None,
            })
            .collect();
        self.program.type_names.sort_by_key(|t| at.get(&t.name).copied());
    }

    fn enumeration(&mut self, m: Of<'_>, name: &Name, symmetric: bool, variants: &[Name]) {
        let id = EnumId(self.program.enums.len() as u32);
        for (i, v) in variants.iter().enumerate() {
            if let Some(first) = variants[..i].iter().find(|f| f.text == v.text) {
                self.report(super::definitions::duplicate(v, first.span));
            } else {
                self.declare_value(v, Meaning::Variant(id, i as u32));
            }
        }
        if variants.is_empty() {
            self.error(codes::EMPTY, name.span, format!("enum {} has no variants", name.text));
        }
        self.program.enums.push(Enum {
            name: name.text.clone(),
            symmetric,
            variants: variants.iter().map(|v| v.text.clone()).collect(),
            docs: m.member.docs.clone(),
            span: name.span,
        });
        let ty = self.ty(Type::Enum(id));
        self.declare_type(name, ty, m.member.docs.clone());
    }

    fn node(&mut self, m: Of<'_>, name: &Name, count: Option<&tree::Expr>, symmetric: bool) {
        let id = NodeId(self.program.nodes.len() as u32);
        let number = count.map_or(Some(1), |c| self.constant_in(c, 1, MAX_NODES, "the number of nodes"));
        self.program.nodes.push(Node {
            name: name.text.clone(),
            count: number.unwrap_or(1) as u32,
            single: count.is_none(),
            symmetric,
            fields: Vec::new(),
            docs: m.member.docs.clone(),
            span: name.span,
        });
        for i in 0..number.unwrap_or(1) as u32 {
            let member = Name { text: self.program.nodes[id.index()].member(i), span: name.span };
            self.declare_value(&member, Meaning::Member(id, i));
        }
        let ty = self.ty(Type::Node(id));
        self.declare_type(name, ty, m.member.docs.clone());
    }

    fn declare_type(&mut self, name: &Name, ty: TypeId, docs: Option<String>) {
        self.declare_value(name, Meaning::Type(ty));
        self.program.type_names.push(TypeName { name: name.text.clone(), ty, docs, span: name.span });
    }

    /// A name that a built-in word would win against, wherever it is used like this.
    fn hidden(&mut self, name: &Name, meaning: Meaning) {
        let constant = matches!(meaning, Meaning::Param(_) | Meaning::Variant(..) | Meaning::Member(..));
        let what = match meaning {
            Meaning::Type(_) if TypeWord::named(&name.text) == Some(TypeWord::Bool) => "it is a type",
            // Of all values, only constants are named where a variable gets its initial value.
            _ if constant && name.text == Kw::Any.word() => "as an initial value it stands for every one",
            _ => return,
        };
        let words = format!("`{}` is built in: {what}", name.text);
        self.report(Diagnostic::error(codes::CLASH, name.span, words).help("give yours another name"));
    }

    /// A name of a value or type; reported where it clashes with another.
    pub(super) fn declare_value(&mut self, name: &Name, meaning: Meaning) {
        self.hidden(name, meaning);
        let Some((other, span)) = self.names.add(&name.text, meaning, name.span) else { return };
        if other == Meaning::Broken {
            return;
        }
        // What it means is not known: what is said with it is not looked at.
        let ty = |m: Meaning| matches!(m, Meaning::Type(_));
        if !ty(other) && !ty(meaning) {
            self.names.spoil(&name.text);
        }
        let words = format!("`{}` is {} and {}", name.text, what_it_is(other), what_it_is(meaning));
        let d = Diagnostic::error(codes::CLASH, name.span, words).related(span, "declared here too");
        self.report(d.help("give one of them another name"));
    }

    pub(super) fn fields_record(
        &mut self,
        name: &str,
        fields: &[FieldDecl],
        docs: Option<String>,
        span: Span,
    ) -> RecordId {
        let mut typed: Vec<(String, TypeId)> = Vec::new();
        for (i, f) in fields.iter().enumerate() {
            if let Some(first) = fields[..i].iter().find(|o| o.name.text == f.name.text) {
                self.report(super::definitions::duplicate(&f.name, first.name.span));
                continue;
            }
            let ty = self.type_expr(&f.ty);
            typed.push((f.name.text.clone(), ty));
        }
        let name = name.to_owned();
        self.program.records.push(Record { name, fields: typed, docs, span });
        RecordId(self.program.records.len() as u32 - 1)
    }

    // ---- type expressions ----

    /// A type as written; `Type::Error` where something is wrong with it (reported).
    pub(super) fn type_expr(&mut self, ty: &TypeExpr) -> TypeId {
        let mark = self.nesting;
        let id = if self.descend(ty.span) { self.type_kind(ty) } else { self.error_type() };
        self.nesting = mark;
        if self.is_error(id) {
            return id;
        }
        let size = self.size(id);
        if size.nesting > MAX_NESTING {
            self.error(codes::TOO_DEEP, ty.span, format!("types nest at most {MAX_NESTING} levels deep"));
            return self.error_type();
        }
        if size.bits > MAX_BITS {
            let words = format!("this type is too large: {} bits, at most {MAX_BITS}", size.bits);
            let d = Diagnostic::error(codes::TOO_LARGE, ty.span, words);
            self.report(d.help("make it smaller: shorter lists, narrower ranges, fewer fields"));
            return self.error_type();
        }
        id
    }

    fn type_kind(&mut self, ty: &TypeExpr) -> TypeId {
        match &ty.kind {
            TypeExprKind::Name(name) if name == "bool" => self.bool_type(),
            TypeExprKind::Name(name) => self.named_type(name, ty.span),
            TypeExprKind::Range(lo, hi) => {
                if let tree::ExprKind::Index(last, many) = &hi.kind {
                    return self.brackets_behind((lo, last), many, ty.span);
                }
                self.range_type((lo, hi), ty.span)
            }
            TypeExprKind::Option(inner) => {
                let inner = self.type_expr(inner);
                match self.get(inner) {
                    Type::Error => inner,
                    Type::Option(_) => {
                        self.error(
                            codes::MISMATCH,
                            ty.span,
                            "an option of an option says no more than an option",
                        );
                        self.error_type()
                    }
                    _ => self.ty(Type::Option(inner)),
                }
            }
            TypeExprKind::Set(element) => {
                let element = self.type_expr(element);
                self.set_type(element, ty.span)
            }
            TypeExprKind::List(element, max) | TypeExprKind::Bag(element, max) => {
                let element = self.type_expr(element);
                let Some(max) = self.constant_in(max, 0, MAX_LENGTH, "the greatest length") else {
                    return self.error_type();
                };
                let max = max as u32;
                if self.is_error(element) {
                    return element;
                }
                self.ty(match &ty.kind {
                    TypeExprKind::List(..) => Type::List { element, max },
                    _ => Type::Bag { element, max },
                })
            }
            TypeExprKind::Map(key, value) => {
                let (key, value) = (self.type_expr(key), self.type_expr(value));
                if self.is_error(key) || self.is_error(value) || !self.small(key, "a map from", ty.span) {
                    return self.error_type();
                }
                self.ty(Type::Map { key, value })
            }
            TypeExprKind::Error => self.error_type(),
        }
    }

    fn range_type(&mut self, (lo, hi): (&tree::Expr, &tree::Expr), span: Span) -> TypeId {
        self.from_params = false;
        let (Some(low), Some(high)) = (self.constant(lo), self.constant(hi)) else {
            return self.error_type();
        };
        if low > high {
            let d = Diagnostic::error(codes::EMPTY, span, format!("the range {low}..{high} is empty"));
            let written = !self.from_params;
            self.report(if written { d.help(format!("the least comes first: `{high}..{low}`")) } else { d });
            return self.error_type();
        }
        let range = self.int_type(low, high);
        if self.from_params {
            self.flexible.insert(range);
        }
        range
    }

    /// `0..3[4]`: a list, or a map where it is a type that stands in the brackets.
    fn brackets_behind(
        &mut self,
        (lo, hi): (&tree::Expr, &tree::Expr),
        many: &tree::Expr,
        span: Span,
    ) -> TypeId {
        let range = format!("{}..{}", printer::expression(lo), printer::expression(hi));
        let many = printer::expression(many);
        let d = Diagnostic::error(codes::NOT_CONSTANT, span, "a type takes no brackets");
        let d = match self.meaning_of_type(&many) {
            Some(_) => d.write(format!("map<{many} -> {range}>")),
            None => d.write(format!("list<{range}, {many}>")),
        };
        self.report(d);
        self.error_type()
    }

    fn named_type(&mut self, name: &str, span: Span) -> TypeId {
        if let Some(ty) = self.meaning_of_type(name) {
            return ty;
        }
        let d = Diagnostic::error(codes::UNKNOWN_TYPE, span, format!("unknown type `{name}`"));
        let near = self.names.nearest_type(name).map(str::to_owned);
        let d = match (foreign(Place::Type, name), near) {
            (Some(entry), _) if entry.here == "bool" => d.write("bool"),
            (Some(entry), _) => d.help(entry.words()),
            (_, Some(near)) => d.meant(&near),
            _ if self.names.message(name).is_some() => {
                d.help("this is a message; declare a `record` for its content")
            }
            _ => d.help(format!("declare it: `type {name} = 0..3`, or an enum, record or node")),
        };
        self.report(d);
        self.error_type()
    }
}

fn what_it_is(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Param(_) | Meaning::Late => "a parameter",
        Meaning::State(_) => "a state",
        Meaning::Type(_) => "a type",
        Meaning::Variant(..) => "a variant of an enum",
        Meaning::Member(..) => "a node's name",
        Meaning::Broken => "a parameter",
    }
}

fn types_in<'t>(types: impl Iterator<Item = &'t TypeExpr>, positions: &FxHashMap<&str, usize>) -> Vec<usize> {
    let mut stack: Vec<&TypeExpr> = types.collect();
    let mut found = Vec::new();
    while let Some(ty) = stack.pop() {
        match &ty.kind {
            TypeExprKind::Name(name) => found.extend(positions.get(name.as_str())),
            TypeExprKind::Option(t)
            | TypeExprKind::Set(t)
            | TypeExprKind::List(t, _)
            | TypeExprKind::Bag(t, _) => {
                stack.push(t);
            }
            TypeExprKind::Map(k, v) => stack.extend([&**k, &**v]),
            TypeExprKind::Range(..) | TypeExprKind::Error => {}
        }
    }
    unique(found.into_iter())
}
