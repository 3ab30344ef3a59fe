//! Domains: all values of a type, packed.
//!
//! Enters: types. Leaves: their packed codes in canonical order, as far as there are not too many.

use super::shape::{Kind, MAX_RANKS, Shapes};
use crate::analysis::program::TypeId;

/// All packed values of a narrow type, in ascending order of rank where it has ranks; `None` where there are more than
/// `cap`, or the type is wide.
pub(crate) fn codes(shapes: &mut Shapes, ty: TypeId, cap: usize) -> Option<Vec<u64>> {
    let shape = shapes.of(ty).ok().filter(|s| s.narrow)?;
    let codes =
        match &shape.kind {
            Kind::Scalar { .. } => {
                let count = shape.ranks.filter(|c| *c <= cap as u64)?;
                (0..count).collect()
            }
            Kind::Option { inner, dense, payload } => {
                let inner = codes(shapes, *inner, cap)?;
                let some = inner.into_iter().map(|c| if *dense { c + 1 } else { 1 | c << payload });
                std::iter::once(0).chain(some).collect()
            }
            Kind::Record { fields } => {
                let mut all = vec![0];
                for (field, offset) in fields.iter().rev() {
                    all = product(&all, &codes(shapes, *field, cap)?, *offset, cap)?;
                }
                all
            }
            Kind::Set { element, .. } => {
                let ranks = valid_ranks(shapes, *element)?;
                if ranks.len() >= 32 || 1usize << ranks.len() > cap {
                    return None;
                }
                let subset = |n: u64| ranks.iter().enumerate().map(|(i, r)| (n >> i & 1) << r).sum();
                (0..1u64 << ranks.len()).map(subset).collect()
            }
            Kind::List { element, list, bag } => {
                let elements = codes(shapes, *element, cap)?;
                let mut all = vec![0];
                let mut longest = vec![(0u64, 0u64)];
                for length in 0..list.array.count {
                    let offset = list.array.offset(length);
                    let mut longer = Vec::new();
                    for (code, last) in longest {
                        let next = elements.iter().filter(|e| !bag || **e >= last);
                        longer.extend(next.map(|e| {
                            ((code & !lengths(list.length)) | e << offset | (length + 1) as u64, *e)
                        }));
                        if longer.len() > cap {
                            return None;
                        }
                    }
                    all.extend(longer.iter().map(|l| l.0));
                    longest = longer;
                }
                all
            }
            Kind::Map { value, array, .. } => {
                let values = codes(shapes, *value, cap)?;
                let mut all = vec![0];
                for i in 0..array.count {
                    all = product(&all, &values, array.offset(i), cap)?;
                }
                all
            }
        };
    (codes.len() <= cap).then_some(codes)
}

fn lengths(bits: u32) -> u64 {
    super::shape::mask(bits)
}

/// Later parts vary slowest.
fn product(all: &[u64], parts: &[u64], offset: u32, cap: usize) -> Option<Vec<u64>> {
    if all.len().saturating_mul(parts.len()) > cap {
        return None;
    }
    let shift = |p: u64| p.checked_shl(offset).unwrap_or(0);
    Some(parts.iter().flat_map(|p| all.iter().map(move |a| a | shift(*p))).collect())
}

/// The ranks that values have, ascending (a list's ranks are its packed codes, of which not all are values).
pub(crate) fn valid_ranks(shapes: &mut Shapes, ty: TypeId) -> Option<Vec<u32>> {
    let codes = codes(shapes, ty, MAX_RANKS as usize)?;
    let mut ranks: Vec<u32> = codes.into_iter().map(|c| rank(shapes, ty, c) as u32).collect();
    ranks.sort_unstable();
    Some(ranks)
}

/// The rank of a packed value.
pub(crate) fn rank(shapes: &mut Shapes, ty: TypeId, code: u64) -> u64 {
    let Ok(shape) = shapes.of(ty) else { return code };
    match &shape.kind {
        _ if shape.flat => code,
        Kind::Record { fields } => {
            let mut sum = 0u64;
            for (field, offset) in fields {
                let Ok(part) = shapes.of(*field) else { return code };
                let value = code.checked_shr(*offset).unwrap_or(0) & super::shape::mask(part.bits);
                sum = sum.wrapping_mul(part.ranks.unwrap_or(1)).wrapping_add(rank(shapes, *field, value));
            }
            sum
        }
        Kind::Option { inner, payload, .. } if code & 1 != 0 => {
            1 + rank(shapes, *inner, code.checked_shr(*payload).unwrap_or(0))
        }
        Kind::Option { .. } => 0,
        _ => code,
    }
}

/// Packed values by rank; ranks without a value have 0.
pub(crate) fn by_rank(shapes: &mut Shapes, ty: TypeId) -> Vec<u64> {
    let all = codes(shapes, ty, MAX_RANKS as usize).unwrap_or_default();
    let mut table = Vec::new();
    for code in all {
        let rank = rank(shapes, ty, code) as usize;
        if table.len() <= rank {
            table.resize(rank + 1, 0);
        }
        table[rank] = code;
    }
    table
}
