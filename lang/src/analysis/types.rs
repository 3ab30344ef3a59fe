//! Types: their names, their sizes, and how they fit each other.
//!
//! Enters: interned types and the declarations they name. Leaves: names as in source, domain sizes, joins.
//! Two types *fit* where they have the same shape and differ only in integer bounds and in the maxima of lists and bags:
//! such a difference is decided value by value when the program runs.

use super::program::{Program, Type, TypeId, Types};

/// Sets and map keys range over at most this many values.
pub(crate) const MAX_DOMAIN: u128 = 4096;
/// No variable needs more bits than this.
pub(crate) const MAX_BITS: u64 = 1 << 16;
/// Types nest at most this deep.
pub(crate) const MAX_NESTING: u32 = 12;

/// How large a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Number of values, saturating.
    pub values: u128,
    /// Bits of a plain layout, saturating.
    pub bits: u64,
    /// Levels of nesting: 1 for `bool`.
    pub nesting: u32,
}

/// The sizes of all types of a program, in the order of their ids.
pub(super) fn extend_sizes(sizes: &mut Vec<Size>, program: &Program) {
    while sizes.len() < program.types.len() {
        let size = size(sizes, program, program.types.get(TypeId(sizes.len() as u32)));
        sizes.push(size);
    }
}

/// Parts are interned before the whole, so `sizes` has them already.
fn size(sizes: &[Size], program: &Program, ty: &Type) -> Size {
    let of = |id: TypeId| sizes.get(id.index()).copied().unwrap_or(Size { values: 1, bits: 0, nesting: 1 });
    let plain = |values: u128| Size { values, bits: bits_for(values), nesting: 1 };
    match ty {
        Type::Bool => plain(2),
        Type::Int { lo, hi } => plain((i128::from(*hi) - i128::from(*lo)) as u128 + 1),
        Type::Enum(id) => plain(program.enums[id.index()].variants.len() as u128),
        Type::Node(id) => plain(u128::from(program.nodes[id.index()].count)),
        Type::Option(inner) => {
            let inner = of(*inner);
            let values = inner.values.saturating_add(1);
            Size { values, bits: inner.bits.saturating_add(1), nesting: inner.nesting + 1 }
        }
        Type::Record(id) => program.records[id.index()].fields.iter().map(|(_, ty)| of(*ty)).fold(
            Size { values: 1, bits: 0, nesting: 1 },
            |all, field| Size {
                values: all.values.saturating_mul(field.values),
                bits: all.bits.saturating_add(field.bits),
                nesting: all.nesting.max(field.nesting + 1),
            },
        ),
        Type::Set(element) => {
            let element = of(*element);
            let values = if element.values < 128 { 1u128 << element.values } else { u128::MAX };
            let bits = u64::try_from(element.values).unwrap_or(u64::MAX);
            Size { values, bits, nesting: element.nesting + 1 }
        }
        Type::List { element, max } | Type::Bag { element, max } => {
            let element = of(*element);
            let mut values = 1u128;
            let mut of_length = 1u128;
            for _ in 0..*max {
                of_length = of_length.saturating_mul(element.values);
                values = values.saturating_add(of_length);
                if values == u128::MAX {
                    break;
                }
            }
            let bits = element.bits.saturating_mul(u64::from(*max)) + bits_for(u128::from(*max) + 1);
            Size { values, bits, nesting: element.nesting + 1 }
        }
        Type::Map { key, value } => {
            let (key, value) = (of(*key), of(*value));
            let keys = u32::try_from(key.values).unwrap_or(u32::MAX);
            let values = value.values.checked_pow(keys).unwrap_or(u128::MAX);
            let bits = value.bits.saturating_mul(u64::from(keys));
            Size { values, bits, nesting: value.nesting.max(key.nesting) + 1 }
        }
        Type::Error => plain(1),
    }
}

/// Bits that tell `values` values apart.
fn bits_for(values: u128) -> u64 {
    u64::from(u128::BITS - values.saturating_sub(1).leading_zeros())
}

impl Types {
    /// The type as one writes it in a program.
    pub fn name(&self, id: TypeId, program: &Program) -> String {
        match self.get(id) {
            Type::Bool => "bool".into(),
            Type::Int { lo: i64::MIN, .. } | Type::Int { hi: i64::MAX, .. } => "an integer".into(),
            Type::Int { lo, hi } => format!("{lo}..{hi}"),
            Type::Enum(id) => program.enums[id.index()].name.clone(),
            Type::Node(id) => program.nodes[id.index()].name.clone(),
            Type::Option(inner) => format!("{}?", self.name(*inner, program)),
            Type::Record(id) => program.records[id.index()].name.clone(),
            Type::Set(element) => format!("set<{}>", self.name(*element, program)),
            Type::List { element, max } => format!("list<{}, {max}>", self.name(*element, program)),
            Type::Map { key, value } => {
                format!("map<{} -> {}>", self.name(*key, program), self.name(*value, program))
            }
            Type::Bag { element, max } => format!("bag<{}, {max}>", self.name(*element, program)),
            Type::Error => "?".into(),
        }
    }

    /// The smallest type that holds the values of both, where they fit each other. `lift`: a `T` fits a `T?`, outermost.
    pub fn join(&mut self, a: TypeId, b: TypeId, lift: bool) -> Option<TypeId> {
        if a == b {
            return Some(a);
        }
        let joined = match (self.get(a).clone(), self.get(b).clone()) {
            (Type::Error, _) | (_, Type::Error) => Type::Error,
            (Type::Int { lo, hi }, Type::Int { lo: low, hi: high }) => {
                Type::Int { lo: lo.min(low), hi: hi.max(high) }
            }
            (Type::Option(a), Type::Option(b)) => Type::Option(self.join(a, b, false)?),
            (Type::Option(a), _) if lift => Type::Option(self.join(a, b, false)?),
            (_, Type::Option(b)) if lift => Type::Option(self.join(a, b, false)?),
            (Type::Set(a), Type::Set(b)) => Type::Set(self.join(a, b, false)?),
            (Type::List { element, max }, Type::List { element: other, max: most }) => {
                Type::List { element: self.join(element, other, false)?, max: max.max(most) }
            }
            (Type::Bag { element, max }, Type::Bag { element: other, max: most }) => {
                Type::Bag { element: self.join(element, other, false)?, max: max.max(most) }
            }
            (Type::Map { key, value }, Type::Map { key: same, value: other }) if key == same => {
                Type::Map { key, value: self.join(value, other, false)? }
            }
            _ => return None,
        };
        Some(self.intern(joined))
    }

    /// Whether a value of type `found` can stand where `expected` is written, save for bounds and maxima.
    pub fn fits(&mut self, expected: TypeId, found: TypeId) -> bool {
        self.join(expected, found, false).is_some()
    }

    /// What is inside an option; the type itself where it is none.
    pub fn inner(&self, id: TypeId) -> TypeId {
        match self.get(id) {
            Type::Option(inner) => *inner,
            _ => id,
        }
    }

    /// The type with every option in it taken off, however deep.
    pub fn plain(&mut self, id: TypeId) -> TypeId {
        let plain = match self.get(id).clone() {
            Type::Option(inner) => return self.plain(inner),
            Type::Set(element) => Type::Set(self.plain(element)),
            Type::List { element, max } => Type::List { element: self.plain(element), max },
            Type::Bag { element, max } => Type::Bag { element: self.plain(element), max },
            Type::Map { key, value } => Type::Map { key, value: self.plain(value) },
            other => other,
        };
        self.intern(plain)
    }

    /// Whether it is that of a reported error.
    pub fn is_error(&self, id: TypeId) -> bool {
        matches!(self.get(id), Type::Error)
    }
}
