//! Types as the numbers of their values: the same numbers here and in the Rust that is written.
//!
//! Enters: a type, a number or a value. Leaves: how many values there are, the value of a number, the number of a value.

use crate::analysis::program::{Program, Type, TypeId};
use crate::value::Value;
use std::sync::Arc;

/// A type with more values is not counted.
const MOST: u64 = 1 << 48;

/// The values of the types of a program.
#[derive(Clone, Copy)]
pub struct Domain<'p> {
    program: &'p Program,
}

impl<'p> Domain<'p> {
    /// Of its types.
    pub fn new(program: &'p Program) -> Domain<'p> {
        Domain { program }
    }

    /// How many values a type has; `None`: more than are counted, or it has bags, which have no numbers.
    pub fn size(self, id: TypeId) -> Option<u64> {
        let p = self.program;
        let size = match p.types.get(id) {
            Type::Bool => 2,
            Type::Int { lo, hi } => u64::try_from(hi.checked_sub(*lo)?).ok()?.checked_add(1)?,
            Type::Enum(id) => p.enums[id.index()].variants.len() as u64,
            Type::Node(id) => u64::from(p.nodes[id.index()].count),
            Type::Option(inner) => self.size(*inner)?.checked_add(1)?,
            Type::Record(id) => {
                let fields = p.records[id.index()].fields.iter();
                fields.map(|(_, ty)| self.size(*ty)).try_fold(1u64, |all, one| all.checked_mul(one?))?
            }
            Type::Set(inner) => 1u64.checked_shl(u32::try_from(self.size(*inner)?).ok()?)?,
            Type::List { element, max } => self.lists(self.size(*element)?, *max)?,
            Type::Map { key, value } => {
                let keys = u32::try_from(self.size(*key)?).ok()?;
                self.size(*value)?.checked_pow(keys)?
            }
            Type::Bag { .. } | Type::Error => return None,
        };
        (size <= MOST).then_some(size)
    }

    fn lists(self, elements: u64, max: u32) -> Option<u64> {
        (0..=max).try_fold(0u64, |all, length| all.checked_add(elements.checked_pow(length)?))
    }

    /// A value by its number, which is less than the size of the type; `None`: it is not, or has none.
    pub fn value(self, id: TypeId, number: u64) -> Option<Value> {
        let p = self.program;
        let mut number = number;
        Some(match p.types.get(id) {
            Type::Bool => Value::Bool(number == 1),
            Type::Int { lo, .. } => Value::Int(lo.checked_add(i64::try_from(number).ok()?)?),
            Type::Enum(id) => Value::Name(p.enums[id.index()].variants.get(number as usize)?.as_str().into()),
            Type::Node(id) => Value::Name(p.nodes[id.index()].member(u32::try_from(number).ok()?).into()),
            Type::Option(_) if number == 0 => Value::None,
            Type::Option(inner) => self.value(*inner, number - 1)?,
            Type::Record(id) => {
                let record = &p.records[id.index()];
                let mut fields: Vec<(Arc<str>, Value)> = Vec::new();
                for (name, ty) in &record.fields {
                    fields.push((name.as_str().into(), self.digit(*ty, &mut number)?));
                }
                Value::Record(record.name.as_str().into(), fields)
            }
            Type::Set(inner) => {
                let members = (0..self.size(*inner)?).filter(|bit| number >> bit & 1 == 1);
                Value::Set(members.map(|bit| self.value(*inner, bit)).collect::<Option<_>>()?)
            }
            Type::List { element, .. } => {
                let elements = self.size(*element)?;
                let (mut length, mut count) = (0, 1u64);
                while number >= count {
                    number -= count;
                    count = count.checked_mul(elements)?;
                    length += 1;
                }
                Value::List((0..length).map(|_| self.digit(*element, &mut number)).collect::<Option<_>>()?)
            }
            Type::Map { key, value } => {
                let entry = |k| Some((self.value(*key, k)?, self.digit(*value, &mut number)?));
                Value::Map((0..self.size(*key)?).map(entry).collect::<Option<_>>()?)
            }
            Type::Bag { .. } | Type::Error => return None,
        })
    }

    /// The value of the lowest digit of a number, which goes.
    fn digit(self, id: TypeId, number: &mut u64) -> Option<Value> {
        let size = self.size(id).filter(|size| *size > 0)?;
        let value = self.value(id, *number % size);
        *number /= size;
        value
    }

    /// The number of a value; `None`: it is none of that type.
    pub fn number(self, id: TypeId, value: &Value) -> Option<u64> {
        let p = self.program;
        let size = |ty: TypeId| self.size(ty);
        Some(match (p.types.get(id), value) {
            (Type::Bool, Value::Bool(b)) => u64::from(*b),
            (Type::Int { lo, hi }, Value::Int(n)) if lo <= n && n <= hi => u64::try_from(n - lo).ok()?,
            (Type::Enum(id), Value::Name(name)) => {
                p.enums[id.index()].variants.iter().position(|v| **v == **name)? as u64
            }
            (Type::Node(id), Value::Name(name)) => {
                let node = &p.nodes[id.index()];
                (0..node.count).position(|i| *node.member(i) == **name)? as u64
            }
            (Type::Option(_), Value::None) => 0,
            (Type::Option(inner), value) => self.number(*inner, value)? + 1,
            (Type::Record(id), Value::Record(_, values)) => {
                let types = p.records[id.index()].fields.iter().map(|(_, ty)| *ty);
                let digits = types.zip(values.iter().map(|(_, value)| value)).rev();
                digits
                    .into_iter()
                    .try_fold(0, |all, (ty, value)| Some(all * size(ty)? + self.number(ty, value)?))?
            }
            (Type::Set(inner), Value::Set(items)) => {
                items.iter().try_fold(0, |all, item| Some(all | 1 << self.number(*inner, item)?))?
            }
            (Type::List { element, max }, Value::List(items)) if items.len() <= *max as usize => {
                let elements = size(*element)?;
                let shorter = (0..items.len() as u32).map(|length| elements.pow(length)).sum::<u64>();
                let digits = items.iter().rev();
                shorter
                    + digits
                        .into_iter()
                        .try_fold(0, |all, item| Some(all * elements + self.number(*element, item)?))?
            }
            (Type::Map { value: of, .. }, Value::Map(entries)) => {
                let values = size(*of)?;
                entries.iter().rev().try_fold(0, |all, (_, v)| Some(all * values + self.number(*of, v)?))?
            }
            _ => return None,
        })
    }
}
