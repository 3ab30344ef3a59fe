//! Types as the numbers of their values.
//!
//! Enters: a type, a number. Leaves: how many values there are, the value of a number.

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

/// Of so few values all are tried, and so many at either end.
const FEW: u64 = 64;

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

    /// Numbers of values where mistakes are: small ones, the ends, those in which all is the same or one is not. All, where there
    /// are few; nothing, where they have no numbers.
    pub fn notable(self, id: TypeId) -> Vec<u64> {
        let Some(size) = self.size(id) else { return Vec::new() };
        if size <= FEW {
            return (0..size).collect();
        }
        let p = self.program;
        let mut found = match p.types.get(id) {
            Type::Option(inner) => self.notable(*inner).into_iter().map(|number| number + 1).collect(),
            Type::Set(inner) => subsets(self.size(*inner).unwrap_or(0)),
            Type::Record(id) => {
                let types: Vec<TypeId> = p.records[id.index()].fields.iter().map(|(_, ty)| *ty).collect();
                self.rows(&types)
            }
            Type::Map { key, value } => {
                let keys = self.size(*key).and_then(|keys| usize::try_from(keys).ok()).unwrap_or(0);
                self.rows(&vec![*value; keys])
            }
            Type::List { element, max } => self.notable_lists(*element, *max),
            _ => (0..FEW / 2).chain(size - FEW / 2..size).collect(),
        };
        found.extend([0, size - 1]);
        found.retain(|number| *number < size);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn notable_lists(self, element: TypeId, max: u32) -> Vec<u64> {
        let elements = self.size(element).unwrap_or(0);
        let (mut found, mut before) = (Vec::new(), 0u64);
        for length in 0..=max {
            let of_length = self.rows(&vec![element; length as usize]);
            found.extend(of_length.into_iter().filter_map(|number| before.checked_add(number)));
            let Some(next) = elements.checked_pow(length).and_then(|count| before.checked_add(count)) else {
                break;
            };
            before = next;
        }
        found
    }

    /// Of values in a row, the first the lowest digit: all are the same one; one is another than all others; all go up.
    fn rows(self, types: &[TypeId]) -> Vec<u64> {
        let lists: Vec<(Vec<u64>, u64)> =
            types.iter().map(|ty| (self.notable(*ty), self.size(*ty).unwrap_or(1))).collect();
        let longest = lists.iter().map(|(list, _)| list.len()).max().unwrap_or(0).min(FEW as usize);
        let number = |digit: &dyn Fn(usize) -> usize| {
            let mut parts = lists.iter().enumerate().rev();
            parts.try_fold(0u64, |number, (at, (list, size))| {
                number.checked_mul(*size)?.checked_add(*list.get(digit(at).min(list.len().checked_sub(1)?))?)
            })
        };
        let same = (0..longest).map(|n| number(&|_| n));
        let up = (0..longest).map(|n| number(&|at| (n + at) % longest));
        let ends = [(0, usize::MAX), (usize::MAX, 0), (0, 1), (1, 0)];
        let one = (0..lists.len().min(FEW as usize)).flat_map(|other| ends.map(|pair| (other, pair)));
        let one = one.map(|(other, (most, it))| number(&|at| if at == other { it } else { most }));
        same.chain(up).chain(one).flatten().collect()
    }

    /// The value of the lowest digit of a number, which goes.
    fn digit(self, id: TypeId, number: &mut u64) -> Option<Value> {
        let size = self.size(id).filter(|size| *size > 0)?;
        let value = self.value(id, *number % size);
        *number /= size;
        value
    }
}

/// Of so many members: none, each alone and all others, all, and pairs.
fn subsets(members: u64) -> Vec<u64> {
    let members = members.min(63);
    let all = (1u64 << members) - 1;
    let alone = (0..members).flat_map(|bit| [1 << bit, all ^ 1 << bit]);
    let pairs = (1..members).flat_map(|bit| [1 | 1 << bit, 1 << bit | 1 << (bit - 1)]);
    alone.chain(pairs).chain([0, all]).collect()
}
