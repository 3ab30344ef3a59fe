//! Shapes: how many bits the values of a type take, and which.
//!
//! Enters: the types of a program. Leaves: one [`Shape`] for each, from which `layout` places variables and `lower`
//! addresses their parts.
//! The idea: domains are finite, so a scalar is a dense code in as few bits as its domain needs; a composite of at most
//! 64 bits is *narrow* and lives in one register; anything greater is *wide*: whole words, its narrow parts never across
//! a word boundary. The packing is canonical: equal values are equal words (unused list elements are zero, bags are
//! sorted, sets are bitmaps).

use crate::analysis::program::{Program, Type, TypeId, Types};
use std::sync::Arc;

/// How the values of one type are packed.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub kind: Kind,
    /// Bits of a narrow value (0 where the type has one value); a wide one has `64 * words`.
    pub bits: u32,
    /// 1 for a narrow value.
    pub words: u32,
    /// At most 64 bits.
    pub narrow: bool,
    /// Number of ranks: positions of this type's values in a bitmap or map. `None`: too many to be counted on.
    pub ranks: Option<u64>,
    /// The rank of a value is its packed code.
    pub flat: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Boolean, integer (`lo` is subtracted), enum variant, node.
    Scalar { lo: i64 },
    /// Dense: 0 is none, then 1 + the code of the value. Else bit 0 says whether there is one, and it follows.
    Option { inner: TypeId, dense: bool, payload: u32 },
    /// Bit offset of each field.
    Record { fields: Vec<(TypeId, u32)> },
    /// A bitmap over the ranks of the element.
    Set { element: TypeId, count: u32 },
    /// Length, then the elements; zero beyond the length. A bag's elements are sorted.
    List { element: TypeId, list: ListShape, bag: bool },
    /// The values by the rank of the key.
    Map { key: TypeId, value: TypeId, array: ArrayShape },
}

/// Equally wide elements that never cross a word boundary, after `start` bits of something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArrayShape {
    pub start: u32,
    /// Bits of a narrow element.
    pub width: u32,
    /// How many fit in the first word.
    pub first: u32,
    /// How many fit in each later word.
    pub per_word: u32,
    /// Words of a wide element, else 0.
    pub element_words: u32,
    pub count: u32,
}

/// The room that something takes in packed states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Size {
    /// 64 for each word of a wide one.
    pub bits: u32,
    /// Whole words of a wide one; 0 for a narrow one, which shares its word with others.
    pub words: u32,
}

impl Size {
    pub(crate) fn narrow(bits: u32) -> Size {
        Size { bits, words: 0 }
    }

    pub(crate) fn wide(words: u32) -> Size {
        Size { bits: 64 * words, words }
    }

    /// Bits that no other thing can take.
    pub(crate) fn room(self) -> u32 {
        self.bits.max(64 * self.words)
    }
}

impl ArrayShape {
    /// `start`: bits before the first element.
    pub(crate) fn new(start: u32, element: Size, count: u32) -> Self {
        let Size { bits: width, words: element_words } = element;
        let (first, per_word) = match element {
            Size { words: 0, bits: 0 } => (u32::MAX, 1),
            Size { words: 0, bits } => ((64 - start) / bits, 64 / bits),
            Size { .. } => (0, 1),
        };
        ArrayShape { start, width, first, per_word, element_words, count }
    }

    pub(crate) fn element(&self) -> Size {
        Size { bits: self.width, words: self.element_words }
    }

    /// Bit offset of element `index`.
    #[inline]
    pub(crate) fn offset(&self, index: u32) -> u32 {
        if self.element_words > 0 {
            return 64 * (self.start.div_ceil(64) + index * self.element_words);
        }
        if index < self.first {
            return self.start + index * self.width;
        }
        let beyond = index - self.first;
        64 * (1 + beyond / self.per_word) + (beyond % self.per_word) * self.width
    }

    /// Bits up to the end of the last element.
    pub(crate) fn bits(&self) -> u32 {
        match (self.count, self.element_words) {
            (0, _) => self.start,
            (n, 0) => self.offset(n - 1) + self.width,
            (n, _) => self.offset(n),
        }
    }

    /// Words that one element takes in registers.
    pub(crate) fn element_slots(&self) -> u32 {
        self.element_words.max(1)
    }
}

/// A list: its length in the lowest bits, then an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListShape {
    pub length: u32,
    pub array: ArrayShape,
    pub words: u32,
}

impl ListShape {
    pub(crate) fn new(element: Size, max: u32) -> Self {
        let length = bits_for(max as u128 + 1);
        let array = ArrayShape::new(length, element, max);
        ListShape { length, array, words: array.bits().div_ceil(64).max(1) }
    }

    pub(crate) fn narrow(&self) -> bool {
        self.array.bits() <= 64
    }

    pub(crate) fn size(&self) -> Size {
        if self.narrow() { Size::narrow(self.array.bits()) } else { Size::wide(self.words) }
    }
}

/// Bits that tell `count` values apart.
pub(crate) fn bits_for(count: u128) -> u32 {
    if count <= 1 { 0 } else { 128 - (count - 1).leading_zeros() }
}

/// The low `width` bits.
#[inline]
pub(crate) fn mask(width: u32) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

/// Sets and maps over more values than this are refused.
pub(crate) const MAX_RANKS: u64 = 4096;
/// A variable wider than this is refused.
pub(crate) const MAX_BITS: u32 = 1 << 16;
/// Composites that are not records are ranked by their packed code up to this width.
const MAX_CODE_RANK_BITS: u32 = 16;

/// A type that does not fit: which, and why, in words.
#[derive(Debug, Clone)]
pub(crate) struct TooWide {
    pub ty: TypeId,
    pub why: String,
}

/// The shapes of all types, made as they are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Shapes {
    pub types: Types,
    enums: Vec<u32>,
    nodes: Vec<u32>,
    records: Vec<Vec<TypeId>>,
    made: Vec<Option<Arc<Shape>>>,
}

impl Shapes {
    pub(crate) fn new(program: &Program) -> Self {
        Shapes {
            types: program.types.clone(),
            enums: program.enums.iter().map(|e| e.variants.len() as u32).collect(),
            nodes: program.nodes.iter().map(|n| n.count).collect(),
            records: program.records.iter().map(|r| r.fields.iter().map(|f| f.1).collect()).collect(),
            made: Vec::new(),
        }
    }

    pub(crate) fn get(&self, ty: TypeId) -> &Type {
        self.types.get(ty)
    }

    /// Types of a record's fields.
    pub(crate) fn fields(&self, record: usize) -> &[TypeId] {
        &self.records[record]
    }

    pub(crate) fn of(&mut self, ty: TypeId) -> Result<Arc<Shape>, TooWide> {
        if self.made.len() <= ty.index() {
            self.made.resize(ty.index() + 1, None);
        }
        if let Some(shape) = &self.made[ty.index()] {
            return Ok(shape.clone());
        }
        let shape = Arc::new(self.make(ty)?);
        self.made[ty.index()] = Some(shape.clone());
        Ok(shape)
    }

    /// The shape of a type that has been asked for before.
    pub(crate) fn known(&self, ty: TypeId) -> Option<&Arc<Shape>> {
        self.made.get(ty.index()).and_then(Option::as_ref)
    }

    fn make(&mut self, ty: TypeId) -> Result<Shape, TooWide> {
        match self.types.get(ty).clone() {
            Type::Bool => Ok(scalar(0, 2)),
            Type::Int { lo, hi } => Ok(scalar(lo, (hi as i128 - lo as i128 + 1).max(0) as u128)),
            Type::Enum(e) => Ok(scalar(0, self.enums[e.index()] as u128)),
            Type::Node(n) => Ok(scalar(0, self.nodes[n.index()] as u128)),
            Type::Option(inner) => self.option(inner),
            Type::Record(r) => self.record(ty, r.index()),
            Type::Set(element) => self.set(ty, element),
            Type::List { element, max } => self.list(ty, element, max, false),
            Type::Bag { element, max } => self.list(ty, element, max, true),
            Type::Map { key, value } => self.map(ty, key, value),
            Type::Error => Ok(scalar(0, 1)),
        }
    }

    fn option(&mut self, inner: TypeId) -> Result<Shape, TooWide> {
        let shape = self.of(inner)?;
        let ranks = shape.ranks.map(|r| r + 1);
        let dense = match shape.kind {
            Kind::Scalar { .. } | Kind::Option { dense: true, .. } => shape.ranks.is_some(),
            _ => false,
        };
        if dense {
            let bits = bits_for(ranks.unwrap_or(0) as u128);
            let kind = Kind::Option { inner, dense, payload: 0 };
            return Ok(Shape { kind, bits, words: 1, narrow: true, ranks, flat: true });
        }
        let narrow = shape.narrow && shape.bits < 64;
        let (payload, bits, words) =
            if narrow { (1, shape.bits + 1, 1) } else { (64, 64 * (shape.words + 1), shape.words + 1) };
        let kind = Kind::Option { inner, dense, payload };
        Ok(Shape { kind, bits, words, narrow, ranks: ranks.filter(|_| narrow), flat: false })
    }

    fn record(&mut self, ty: TypeId, record: usize) -> Result<Shape, TooWide> {
        let types = self.records[record].clone();
        let shapes = types.iter().map(|t| self.of(*t)).collect::<Result<Vec<_>, _>>()?;
        // The first field is highest, so that packed codes and ranks are in the order in which people compare records.
        let (mut offsets, bits) = pack(shapes.iter().rev().map(|s| s.size()));
        offsets.reverse();
        let narrow = bits <= 64;
        let mut ranks = Some(1u64);
        let mut flat = narrow;
        for (i, shape) in shapes.iter().enumerate() {
            ranks = ranks.zip(shape.ranks).and_then(|(a, b)| a.checked_mul(b));
            let full = shape.ranks == 1u64.checked_shl(shape.bits);
            flat &= shape.flat && (full || i == 0);
        }
        let fields = types.into_iter().zip(offsets).collect();
        let words = bits.div_ceil(64).max(1);
        let bits = if narrow { bits } else { 64 * words };
        self.capped(
            ty,
            Shape {
                kind: Kind::Record { fields },
                bits,
                words,
                narrow,
                ranks: ranks.filter(|_| narrow && bits < 64),
                flat,
            },
        )
    }

    fn set(&mut self, ty: TypeId, element: TypeId) -> Result<Shape, TooWide> {
        let count = self.ranks(ty, element, "a set holds one bit for each value of its element")?;
        let kind = Kind::Set { element, count };
        self.capped(ty, composite(kind, count))
    }

    fn map(&mut self, ty: TypeId, key: TypeId, value: TypeId) -> Result<Shape, TooWide> {
        let count = self.ranks(ty, key, "a map holds one value for each value of its key")?;
        let value_shape = self.of(value)?;
        let size = value_shape.size();
        let total = count as u64 * size.room() as u64;
        if total > 2 * MAX_BITS as u64 {
            return Err(TooWide { ty, why: format!("its {count} values take {total} bits") });
        }
        let array = ArrayShape::new(0, size, count);
        self.capped(ty, composite(Kind::Map { key, value, array }, array.bits()))
    }

    fn list(&mut self, ty: TypeId, element: TypeId, max: u32, bag: bool) -> Result<Shape, TooWide> {
        let size = self.of(element)?.size();
        let total = max as u64 * size.room() as u64;
        if total > 2 * MAX_BITS as u64 {
            return Err(TooWide { ty, why: format!("its {max} elements take {total} bits") });
        }
        let list = ListShape::new(size, max);
        self.capped(ty, composite(Kind::List { element, list, bag }, list.array.bits()))
    }

    fn ranks(&mut self, ty: TypeId, element: TypeId, why: &str) -> Result<u32, TooWide> {
        match self.of(element)?.ranks {
            Some(n) if n <= MAX_RANKS => Ok(n as u32),
            Some(n) => Err(TooWide { ty, why: format!("{why}, and there are {n} of them") }),
            None => Err(TooWide { ty, why: format!("{why}, and there are too many of them") }),
        }
    }

    fn capped(&self, ty: TypeId, shape: Shape) -> Result<Shape, TooWide> {
        if shape.bits > MAX_BITS {
            return Err(TooWide { ty, why: format!("its values take {} bits", shape.bits) });
        }
        Ok(shape)
    }
}

impl Shape {
    pub(crate) fn size(&self) -> Size {
        Size { bits: self.bits, words: if self.narrow { 0 } else { self.words } }
    }
}

fn scalar(lo: i64, count: u128) -> Shape {
    let bits = bits_for(count);
    let ranks = u64::try_from(count).ok().filter(|c| *c < 1 << 62);
    Shape { kind: Kind::Scalar { lo }, bits, words: 1, narrow: true, ranks, flat: true }
}

fn composite(kind: Kind, bits: u32) -> Shape {
    let narrow = bits <= 64;
    let words = bits.div_ceil(64).max(1);
    let ranks = (bits <= MAX_CODE_RANK_BITS).then(|| 1 << bits);
    Shape { kind, bits: if narrow { bits } else { 64 * words }, words, narrow, ranks, flat: narrow }
}

/// Places things so that no narrow one crosses a word boundary: in order where all fit in one word, else each in the
/// first word with room. Returns the bit offsets and the total number of bits.
pub(crate) fn pack(sizes: impl IntoIterator<Item = Size>) -> (Vec<u32>, u32) {
    let mut used: Vec<u32> = Vec::new();
    let mut offsets = Vec::new();
    for Size { bits, words } in sizes {
        if words > 0 {
            offsets.push(64 * used.len() as u32);
            used.extend(std::iter::repeat_n(64, words as usize));
            continue;
        }
        let word = used.iter().position(|u| u + bits <= 64).unwrap_or_else(|| {
            used.push(0);
            used.len() - 1
        });
        offsets.push(64 * word as u32 + used[word]);
        used[word] += bits;
    }
    let total = match used.last() {
        Some(last) => 64 * (used.len() as u32 - 1) + last,
        None => 0,
    };
    (offsets, total)
}
