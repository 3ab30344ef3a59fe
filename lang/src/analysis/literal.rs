//! Values and constant expressions, one as the other.
//!
//! Enters: an expression that reads nothing, or a value with its type. Leaves: its value, or the expression that writes
//! it out. A bag is the elements that stand in its braces.

use super::program::{BinaryOp, Binder, Expr, ExprKind, LocalId, Program, Type, TypeId};
use crate::span::Span;
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A value as an expression of type `ty`; `None` where the value is not of that type.
pub(crate) fn literal(program: &Program, ty: TypeId, value: &Value, span: Span) -> Option<Expr> {
    let all = |ty: TypeId, values: &[Value]| -> Option<Vec<Expr>> {
        values.iter().map(|v| literal(program, ty, v, span)).collect()
    };
    let kind = match (program.types.get(ty), value) {
        (Type::Bool, Value::Bool(b)) => ExprKind::Bool(*b),
        (Type::Int { lo, hi }, Value::Int(n)) if (lo..=hi).contains(&n) => ExprKind::Int(*n),
        (Type::Enum(id), Value::Name(name)) => {
            let position = program.enums[id.index()].variants.iter().position(|v| **v == **name)?;
            ExprKind::Member(position as u32)
        }
        (Type::Node(id), Value::Name(name)) => {
            let node = &program.nodes[id.index()];
            ExprKind::Member((0..node.count).find(|i| node.member(*i) == **name)?)
        }
        (Type::Option(_), Value::None) => ExprKind::None,
        (Type::Option(inner), value) => ExprKind::Some(Box::new(literal(program, *inner, value, span)?)),
        (Type::Record(id), Value::Record(_, fields)) => {
            let types = &program.records[id.index()].fields;
            let values = fields.iter().zip(types);
            let values =
                values.map(|((_, v), (_, ty))| literal(program, *ty, v, span)).collect::<Option<_>>()?;
            ExprKind::Record(*id, values)
        }
        (Type::Set(element), Value::Set(items)) => ExprKind::Set(all(*element, items)?),
        (Type::List { element, max }, Value::List(items)) if items.len() <= *max as usize => {
            ExprKind::List(all(*element, items)?)
        }
        (Type::Bag { element, max }, Value::Set(items) | Value::Bag(items))
            if items.len() <= *max as usize =>
        {
            ExprKind::List(all(*element, items)?)
        }
        (Type::Map { value: element, .. }, Value::Map(entries)) => {
            let values: Vec<Value> = entries.iter().map(|(_, v)| v.clone()).collect();
            ExprKind::Map(all(*element, &values)?)
        }
        _ => return None,
    };
    Some(Expr { kind, ty, span })
}

/// The value of an expression that reads nothing but what it binds itself; `None` where it does, has no value, or is of
/// a kind that constants are not made of.
pub(crate) fn value(program: &Program, e: &Expr) -> Option<Value> {
    Constants { program, locals: FxHashMap::default() }.value(e)
}

/// Whether a condition is the same everywhere: what it is then.
pub(crate) fn truth(program: &Program, e: &Expr) -> Option<bool> {
    match value(program, e)? {
        Value::Bool(b) => Some(b),
        _ => None,
    }
}

/// Known to have an element in every state.
pub(crate) fn has_some(program: &Program, set: &Expr) -> bool {
    matches!(set.kind, ExprKind::TypeSet(_))
        || match value(program, set) {
            Some(Value::Set(all) | Value::List(all) | Value::Bag(all)) => !all.is_empty(),
            _ => false,
        }
}

/// The values of a type, in canonical order; `None` where they are many or are collections.
fn all_values(program: &Program, ty: TypeId) -> Option<Vec<Value>> {
    Some(match program.types.get(ty) {
        Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Type::Int { lo, hi } if hi.saturating_sub(*lo) < 1 << 16 => (*lo..=*hi).map(Value::Int).collect(),
        Type::Enum(id) => {
            program.enums[id.index()].variants.iter().map(|v| Value::Name(Arc::from(v.as_str()))).collect()
        }
        Type::Node(id) => {
            let node = &program.nodes[id.index()];
            (0..node.count).map(|i| Value::Name(Arc::from(node.member(i)))).collect()
        }
        Type::Option(inner) => std::iter::once(Value::None).chain(all_values(program, *inner)?).collect(),
        Type::Record(id) => {
            let record = &program.records[id.index()];
            let mut all = vec![Vec::new()];
            for (field, ty) in &record.fields {
                let values = all_values(program, *ty)?;
                let longer = |known: Vec<(Arc<str>, Value)>| {
                    values
                        .iter()
                        .map(move |v| [&known[..], &[(Arc::from(field.as_str()), v.clone())]].concat())
                };
                all = all.into_iter().flat_map(longer).collect();
            }
            all.into_iter().map(|fields| Value::Record(Arc::from(record.name.as_str()), fields)).collect()
        }
        _ => return None,
    })
}

/// Where a value stands among all of its type, in canonical order; `None` where it is none of it, or the type has lists.
pub(crate) fn rank(program: &Program, ty: TypeId, value: &Value) -> Option<usize> {
    match (program.types.get(ty), value) {
        (Type::Option(_), Value::None) => Some(0),
        (Type::Option(inner), value) => rank(program, *inner, value)?.checked_add(1),
        (Type::Record(id), Value::Record(_, fields)) => {
            let types = &program.records[id.index()].fields;
            fields.iter().zip(types).try_fold(0usize, |before, ((_, value), (_, ty))| {
                before.checked_mul(count(program, *ty)?)?.checked_add(rank(program, *ty, value)?)
            })
        }
        (Type::Set(inner), Value::Set(items)) => items.iter().try_fold(0usize, |others, item| {
            Some(others | 1usize.checked_shl(u32::try_from(rank(program, *inner, item)?).ok()?)?)
        }),
        (Type::Int { lo, hi }, Value::Int(n)) if (lo..=hi).contains(&n) => {
            usize::try_from(n.checked_sub(*lo)?).ok()
        }
        _ => all_values(program, ty)?.iter().position(|known| known == value),
    }
}

/// How many values a type has.
fn count(program: &Program, ty: TypeId) -> Option<usize> {
    match program.types.get(ty) {
        Type::Set(inner) => 1usize.checked_shl(u32::try_from(count(program, *inner)?).ok()?),
        Type::Option(inner) => count(program, *inner)?.checked_add(1),
        Type::Record(id) => {
            let types = program.records[id.index()].fields.iter();
            types.map(|(_, ty)| count(program, *ty)).try_fold(1usize, |all, one| all.checked_mul(one?))
        }
        _ => all_values(program, ty).map(|all| all.len()),
    }
}

struct Constants<'p> {
    program: &'p Program,
    locals: FxHashMap<LocalId, Value>,
}

impl Constants<'_> {
    fn value(&mut self, e: &Expr) -> Option<Value> {
        Some(match &e.kind {
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Int(n) => Value::Int(*n),
            ExprKind::None => Value::None,
            ExprKind::Member(i) => all_values(self.program, e.ty)?.get(*i as usize)?.clone(),
            ExprKind::Some(x) => self.value(x)?,
            ExprKind::Unwrap(x) => self.value(x).filter(|value| *value != Value::None)?,
            ExprKind::Local(local) => self.locals.get(local)?.clone(),
            ExprKind::Not(x) => Value::Bool(!self.truth(x)?),
            ExprKind::Negate(x) => Value::Int(self.number(x)?.checked_neg()?),
            ExprKind::If(c, a, b) => {
                if self.truth(c)? {
                    self.value(a)?
                } else {
                    self.value(b)?
                }
            }
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, e.ty)?,
            ExprKind::TypeSet(ty) => Value::Set(all_values(self.program, *ty)?),
            ExprKind::Range(a, b) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                self.set((a..=b).map(Value::Int).collect(), e.ty)
            }
            ExprKind::Set(items) => {
                let items = self.all(items)?;
                self.set(items, e.ty)
            }
            ExprKind::SetOf(binder, body) => {
                let items = self.each(binder, body)?;
                self.set(items, e.ty)
            }
            ExprKind::List(items) => match self.program.types.get(e.ty) {
                Type::Bag { .. } => Value::Set(self.all(items)?),
                _ => Value::List(self.all(items)?),
            },
            ExprKind::Map(items) => {
                let keys = self.keys(e.ty)?;
                Value::Map(keys.into_iter().zip(self.all(items)?).collect())
            }
            ExprKind::MapFill(x) => {
                let value = self.value(x)?;
                Value::Map(self.keys(e.ty)?.into_iter().map(|key| (key, value.clone())).collect())
            }
            ExprKind::MapOf(binder, body) => {
                let keys = self.keys(e.ty)?;
                Value::Map(keys.into_iter().zip(self.each(binder, body)?).collect())
            }
            ExprKind::Record(id, items) => {
                let record = &self.program.records[id.index()];
                let names = record.fields.iter().map(|(field, _)| Arc::from(field.as_str()));
                Value::Record(Arc::from(record.name.as_str()), names.zip(self.all(items)?).collect())
            }
            _ => return None,
        })
    }

    fn truth(&mut self, e: &Expr) -> Option<bool> {
        match self.value(e)? {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    fn number(&mut self, e: &Expr) -> Option<i64> {
        match self.value(e)? {
            Value::Int(n) => Some(n),
            _ => None,
        }
    }

    fn all(&mut self, items: &[Expr]) -> Option<Vec<Value>> {
        items.iter().map(|e| self.value(e)).collect()
    }

    fn keys(&self, map: TypeId) -> Option<Vec<Value>> {
        match self.program.types.get(map) {
            Type::Map { key, .. } => all_values(self.program, *key),
            _ => None,
        }
    }

    /// Each once, in canonical order where that is known.
    fn set(&self, items: Vec<Value>, ty: TypeId) -> Value {
        let order = match self.program.types.get(ty) {
            Type::Set(element) => all_values(self.program, *element),
            _ => None,
        };
        let mut once: Vec<Value> = Vec::with_capacity(items.len());
        items.into_iter().for_each(|item| {
            if !once.contains(&item) {
                once.push(item);
            }
        });
        match order {
            Some(order) => once.sort_by_key(|item| order.iter().position(|known| known == item)),
            None => once.sort(),
        }
        Value::Set(once)
    }

    fn each(&mut self, binder: &Binder, body: &Expr) -> Option<Vec<Value>> {
        let Value::Set(items) = self.value(&binder.set)? else { return None };
        let mut found = Vec::new();
        for item in items {
            self.locals.insert(binder.local, item);
            let passes = match &binder.filter {
                Some(filter) => self.truth(filter)?,
                None => true,
            };
            if passes {
                found.push(self.value(body)?);
            }
        }
        Some(found)
    }

    fn binary(&mut self, op: BinaryOp, a: &Expr, b: &Expr, ty: TypeId) -> Option<Value> {
        use BinaryOp::*;
        match op {
            And => return Some(Value::Bool(self.truth(a)? && self.truth(b)?)),
            Or => return Some(Value::Bool(self.truth(a)? || self.truth(b)?)),
            Implies => return Some(Value::Bool(!self.truth(a)? || self.truth(b)?)),
            _ => {}
        }
        let (a, b) = (self.value(a)?, self.value(b)?);
        Some(match (op, a, b) {
            (Equal, a, b) => Value::Bool(a == b),
            (NotEqual, a, b) => Value::Bool(a != b),
            (In, a, Value::Set(items) | Value::List(items)) => Value::Bool(items.contains(&a)),
            (Less, Value::Int(a), Value::Int(b)) => Value::Bool(a < b),
            (LessEqual, Value::Int(a), Value::Int(b)) => Value::Bool(a <= b),
            (Greater, Value::Int(a), Value::Int(b)) => Value::Bool(a > b),
            (GreaterEqual, Value::Int(a), Value::Int(b)) => Value::Bool(a >= b),
            (Add, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_add(b)?),
            (Subtract, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_sub(b)?),
            (Multiply, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_mul(b)?),
            (Subset, Value::Set(a), Value::Set(b)) => Value::Bool(a.iter().all(|x| b.contains(x))),
            (Union, Value::Set(a), Value::Set(b)) => self.set([a, b].concat(), ty),
            (Difference, Value::Set(a), Value::Set(b)) => {
                Value::Set(a.into_iter().filter(|x| !b.contains(x)).collect())
            }
            (Intersect, Value::Set(a), Value::Set(b)) => {
                Value::Set(a.into_iter().filter(|x| b.contains(x)).collect())
            }
            (Concat, Value::List(a), Value::List(b)) => Value::List([a, b].concat()),
            _ => return None,
        })
    }
}
