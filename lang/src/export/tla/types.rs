//! Types as sets of values, as conditions on a value, as first values and as orders.
//!
//! Enters: types. Leaves: expressions in TLA+.

use super::Writer;
use crate::analysis::program::{Expr, ExprKind, Type, TypeId};
use crate::span::Span;

impl Writer<'_> {
    /// All values of a type, as a set.
    pub(super) fn domain(&mut self, ty: TypeId, span: Span) -> String {
        let program = self.program;
        match program.types.get(ty).clone() {
            Type::Bool => "BOOLEAN".to_string(),
            Type::Int { lo, hi } => format!("({lo}..{hi})"),
            Type::Enum(id) => self.names.enums[id.index()].clone(),
            Type::Node(id) => self.names.nodes[id.index()].clone(),
            Type::Option(inner) => {
                let (inner, x) = (self.domain(inner, span), self.fresh("o"));
                format!("({{<<>>}} \\cup {{<<{x}>> : {x} \\in {inner}}})")
            }
            Type::Record(id) => {
                let record = &program.records[id.index()];
                if record.fields.is_empty() {
                    return format!("{{\"{}\"}}", record.name);
                }
                let fields: Vec<String> = record
                    .fields
                    .iter()
                    .map(|(name, ty)| format!("{name} : {}", self.domain(*ty, span)))
                    .collect();
                format!("[{}]", fields.join(", "))
            }
            Type::Set(element) => format!("(SUBSET {})", self.domain(element, span)),
            Type::List { element, max } => {
                let (element, n) = (self.domain(element, span), self.fresh("n"));
                format!("UNION {{[1..{n} -> {element}] : {n} \\in 0..{max}}}")
            }
            Type::Map { key, value } => {
                format!("[{} -> {}]", self.domain(key, span), self.domain(value, span))
            }
            Type::Bag { .. } => self.refuse(span, "all values of a bag's type"),
            Type::Error => self.refuse(span, "an error"),
        }
    }

    /// That a value is of a type.
    pub(super) fn is_of(&mut self, value: &str, ty: TypeId) -> String {
        let program = self.program;
        match program.types.get(ty).clone() {
            Type::Bool | Type::Int { .. } | Type::Enum(_) | Type::Node(_) => {
                format!("{value} \\in {}", self.domain(ty, program.span))
            }
            Type::Option(inner) => {
                let inner = self.is_of(&format!("{value}[1]"), inner);
                format!("({value} = <<>> \\/ (Len({value}) = 1 /\\ {inner}))")
            }
            Type::Record(id) => {
                let record = &program.records[id.index()];
                let fields: Vec<String> = record
                    .fields
                    .iter()
                    .map(|(name, ty)| self.is_of(&format!("{value}.{name}"), *ty))
                    .collect();
                if fields.is_empty() { "TRUE".to_string() } else { format!("({})", fields.join(" /\\ ")) }
            }
            Type::Set(element) => {
                let x = self.fresh("e");
                let inner = self.is_of(&x, element);
                format!("(\\A {x} \\in {value} : {inner})")
            }
            Type::List { element, max } => {
                let i = self.fresh("i");
                let inner = self.is_of(&format!("{value}[{i}]"), element);
                format!("(Len({value}) <= {max} /\\ \\A {i} \\in DOMAIN {value} : {inner})")
            }
            Type::Map { key, value: values } => {
                let k = self.fresh("k");
                let inner = self.is_of(&format!("{value}[{k}]"), values);
                let keys = self.domain(key, program.span);
                format!("(DOMAIN {value} = {keys} /\\ \\A {k} \\in DOMAIN {value} : {inner})")
            }
            Type::Bag { element, max } => {
                let x = self.fresh("e");
                let inner = self.is_of(&x, element);
                format!("(BagSize({value}) <= {max} /\\ \\A {x} \\in DOMAIN {value} : {inner})")
            }
            Type::Error => self.refuse(program.span, "an error"),
        }
    }

    /// The first value of a type: that of variables without an initial value.
    pub(super) fn first_value(&mut self, ty: TypeId, span: Span) -> String {
        let program = self.program;
        match program.types.get(ty).clone() {
            Type::Bool => "FALSE".to_string(),
            Type::Int { lo, .. } => lo.to_string(),
            Type::Enum(id) => format!("\"{}\"", program.enums[id.index()].variants[0]),
            Type::Node(id) => format!("\"{}\"", program.nodes[id.index()].member(0)),
            Type::Option(_) | Type::List { .. } => "<<>>".to_string(),
            Type::Record(id) => {
                let record = &program.records[id.index()];
                if record.fields.is_empty() {
                    return format!("\"{}\"", record.name);
                }
                let fields: Vec<String> = (record.fields.iter())
                    .map(|(name, ty)| format!("{name} |-> {}", self.first_value(*ty, span)))
                    .collect();
                format!("[{}]", fields.join(", "))
            }
            Type::Set(_) => "{}".to_string(),
            Type::Map { key, value } => {
                let (keys, k) = (self.domain(key, span), self.fresh("k"));
                format!("[{k} \\in {keys} |-> {}]", self.first_value(value, span))
            }
            Type::Bag { .. } => "[x \\in {} |-> 0]".to_string(),
            Type::Error => self.refuse(span, "an error"),
        }
    }

    /// A number for each value of a type, in canonical order.
    pub(super) fn rank(&mut self, value: &str, ty: TypeId, span: Span) -> String {
        match self.program.types.get(ty).clone() {
            Type::Int { .. } => value.to_string(),
            Type::Bool => format!("(IF {value} THEN 1 ELSE 0)"),
            Type::Enum(id) => format!("RankIn({}, {value})", self.names.enum_order(id.index())),
            Type::Node(id) => format!("RankIn({}, {value})", self.names.node_order(id.index())),
            _ => self.refuse(span, "the order of values that are made of others"),
        }
    }

    /// All values of a type, in canonical order: those that can be written out.
    pub(super) fn members(&mut self, ty: TypeId, span: Span) -> Vec<String> {
        let program = self.program;
        match program.types.get(ty).clone() {
            Type::Int { lo, hi } => (lo..=hi).map(|n| n.to_string()).collect(),
            Type::Bool => vec!["FALSE".to_string(), "TRUE".to_string()],
            Type::Enum(id) => program.enums[id.index()].variants.iter().map(|v| format!("\"{v}\"")).collect(),
            Type::Node(id) => {
                let node = &program.nodes[id.index()];
                (0..node.count).map(|member| format!("\"{}\"", node.member(member))).collect()
            }
            _ => {
                self.refuse(span, "a map whose keys are made of other values");
                Vec::new()
            }
        }
    }

    /// What is in a set, list or bag, as a set.
    pub(super) fn as_set(&mut self, e: &Expr, s: &str) -> String {
        let text = self.expression(e, s);
        match self.program.types.get(e.ty) {
            Type::List { .. } => format!("RangeOf({text})"),
            Type::Bag { .. } => format!("(DOMAIN {text})"),
            _ => text,
        }
    }

    /// The type of what is in a set, list or bag.
    pub(super) fn element(&self, e: &Expr) -> TypeId {
        match (self.program.types.get(e.ty), &e.kind) {
            (Type::Set(element) | Type::List { element, .. } | Type::Bag { element, .. }, _) => *element,
            (_, ExprKind::TypeSet(ty)) => *ty,
            _ => e.ty,
        }
    }

    /// What is in a set or list, as a sequence: in canonical order, or in that of the list.
    pub(super) fn in_order(&mut self, e: &Expr, s: &str) -> String {
        let text = self.expression(e, s);
        match self.program.types.get(e.ty).clone() {
            Type::List { .. } => text,
            Type::Set(element) => {
                let v = self.fresh("v");
                let rank = self.rank(&v, element, e.span);
                let set = self.fresh("S");
                format!("(LET {set} == {text} IN InOrderOf([{v} \\in {set} |-> {rank}], {set}))")
            }
            _ => self.refuse(e.span, "going through a bag one by one"),
        }
    }
}
