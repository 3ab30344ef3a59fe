//! Flat register code: what guards, effects and properties are lowered to, and what the interpreter runs.
//!
//! Enters: nothing (data only). Leaves: [`Op`]s, from `lower` to `interpret`.
//! One frame of 64-bit slots holds everything: the state before a step, the state after it, a few fixed slots, constants
//! (filled in once) and registers. So a field of the state, a constant and a register are all just slots, and an
//! operation needs no variants for them. Control: an instance of an action runs down to `Emit`; where it has to choose, it
//! leaves the place to come back to in the slot `FAIL`, as Warren's abstract machine does, with the saved state in slots
//! of its own (there is no recursion, so there is no stack).

use super::frame::FrameMap;
use super::fused::{Fused, Step, Steps};
use super::shape::{ArrayShape, ListShape};

/// Set in the keys of deliveries, and in none of other steps, which are numbers of instances.
pub(crate) const DELIVERY: u64 = 1 << 63;

/// Where the key of a delivery begins, before its message: links are far apart.
pub(crate) fn key_of_link(salt: u32) -> u64 {
    (u64::from(salt) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A slot of the frame. While code is being built the two highest bits say what kind it is; `finish` resolves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot(pub u32);

impl Slot {
    const CONST: u32 = 1 << 30;
    const REGISTER: u32 = 1 << 31;

    pub fn fixed(index: u32) -> Slot {
        Slot(index)
    }

    pub fn constant(index: u32) -> Slot {
        Slot(index | Self::CONST)
    }

    pub fn register(index: u32) -> Slot {
        Slot(index | Self::REGISTER)
    }

    /// The slot `words` further on.
    pub fn plus(self, words: u32) -> Slot {
        Slot(self.0 + words)
    }

    pub fn is_constant(self) -> bool {
        self.0 & Self::CONST != 0 && self.0 & Self::REGISTER == 0
    }

    fn resolve(self, constants: u32, registers: u32) -> Slot {
        let index = self.0 & !(Self::CONST | Self::REGISTER);
        match self {
            Slot(s) if s & Self::REGISTER != 0 => Slot(registers + index),
            Slot(s) if s & Self::CONST != 0 => Slot(constants + index),
            slot => slot,
        }
    }

    #[inline(always)]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// Where to go on: a label while code is being built, then an index into the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Target(pub u32);

trait Part {
    fn slot(&mut self, _: &mut dyn FnMut(&mut Slot)) {}
    fn target(&mut self, _: &mut dyn FnMut(&mut Target)) {}
}
impl Part for Slot {
    fn slot(&mut self, f: &mut dyn FnMut(&mut Slot)) {
        f(self);
    }
}
impl Part for Target {
    fn target(&mut self, f: &mut dyn FnMut(&mut Target)) {
        f(self);
    }
}
impl Part for u32 {}
impl Part for u8 {}

macro_rules! ops {
    ($($section:ident { $($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),* })* })*) => {
        /// One operation. `f[x]` below is the content of slot `x`; a truth value is 0 or 1; comparisons are signed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Op { $($($(#[$doc])* $name { $($field: $ty),* }),*),* }
        impl Op {
            /// Every slot of the operation.
            pub(crate) fn slots(&mut self, f: &mut dyn FnMut(&mut Slot)) {
                match self { $($(Op::$name { $($field),* } => { let _ = &f; $($field.slot(f);)* })*)* }
            }
            /// Every place the operation may jump to.
            pub(crate) fn targets(&mut self, f: &mut dyn FnMut(&mut Target)) {
                match self { $($(Op::$name { $($field),* } => { let _ = &f; $($field.target(f);)* })*)* }
            }
        }
        $(
            macro_rules! $section { () => { $($crate::model::form::code::Op::$name { .. })|* } }
            pub(in crate::model) use $section;
        )*
    };
}

// Each section has a pattern of its name that stands for all operations in it: `lists!()`. A `match` that must know them
// all names them one by one or by section and has no `_`, so that the compiler names it when there is a new one.
ops! {
    // Where a way begins, chooses and ends.
    ways {
        /// Begin of instance `id`: where it fails, the code goes on at `next`.
        Instance { id: u32, next: Target }
        /// A successor is complete; go on where the last choice was made.
        Emit {}
        /// This way does not exist; go on where the last choice was made.
        Fail {}
        /// The last choice is to be continued at `to`.
        SetFail { to: Target }
        /// No value: reported with two operands, then as `Fail`.
        Trap { site: u32, a: Slot, b: Slot }
        Return {}
    }
    jumps {
        Jump { to: Target }
        JumpIf { cond: Slot, to: Target }
        JumpUnless { cond: Slot, to: Target }
        JumpEq { a: Slot, b: Slot, to: Target }
        JumpNe { a: Slot, b: Slot, to: Target }
        /// `a < b`
        JumpLt { a: Slot, b: Slot, to: Target }
        /// `a <= b`
        JumpLe { a: Slot, b: Slot, to: Target }
        /// Jump unless `f[word] & f[mask] == f[value]`: several fields of one word compared with constants at once.
        JumpTest { word: Slot, mask: Slot, value: Slot, to: Target }
        /// Jump where `f[word] & f[mask] == f[value]`.
        JumpTestIs { word: Slot, mask: Slot, value: Slot, to: Target }
        /// Jump unless bit `f[index]` of the `words` words at `set` is 1.
        JumpBit { set: Slot, index: Slot, words: u32, to: Target }
    }
    // One word each.
    scalars {
        Move { dst: Slot, src: Slot }
        /// `f[dst] = f[src] >> shift`, `width` bits of it
        Load { dst: Slot, src: Slot, shift: u8, width: u8 }
        /// `width` bits of `f[dst]` from `shift` on become `f[src]`
        Store { dst: Slot, src: Slot, shift: u8, width: u8 }
        /// `f[word] = f[word] & !f[mask] | f[value]`
        SetBits { word: Slot, mask: Slot, value: Slot }
        /// Choice `bit` was made on this way (for labels).
        Note { slot: Slot, bit: u8 }
        Add { dst: Slot, a: Slot, b: Slot }
        Sub { dst: Slot, a: Slot, b: Slot }
        Mul { dst: Slot, a: Slot, b: Slot }
        Min { dst: Slot, a: Slot, b: Slot }
        Max { dst: Slot, a: Slot, b: Slot }
        Abs { dst: Slot, src: Slot }
        Eq { dst: Slot, a: Slot, b: Slot }
        Lt { dst: Slot, a: Slot, b: Slot }
        And { dst: Slot, a: Slot, b: Slot }
        Or { dst: Slot, a: Slot, b: Slot }
        AndNot { dst: Slot, a: Slot, b: Slot }
    }
    checked {
        /// As `Add`, `Sub` and `Mul`, with a trap where 64 bits do not hold the result.
        AddChecked { dst: Slot, a: Slot, b: Slot, site: u32 }
        SubChecked { dst: Slot, a: Slot, b: Slot, site: u32 }
        MulChecked { dst: Slot, a: Slot, b: Slot, site: u32 }
        /// Rounds towards negative infinity; a trap where `f[b]` is 0.
        Div { dst: Slot, a: Slot, b: Slot, site: u32 }
        Rem { dst: Slot, a: Slot, b: Slot, site: u32 }
        /// A trap with operands `f[src]` and 0 unless `f[lo] <= f[src] <= f[hi]`.
        CheckRange { src: Slot, lo: Slot, hi: Slot, site: u32 }
    }
    // Plain runs of words.
    runs {
        Copy { dst: Slot, src: Slot, words: u32 }
        Zero { dst: Slot, words: u32 }
    }
    // One bit of the `words` words at `set`.
    bits {
        TestBit { dst: Slot, set: Slot, index: Slot, words: u32 }
        SetBit { set: Slot, index: Slot, words: u32 }
        ClearBit { set: Slot, index: Slot, words: u32 }
    }
    words {
        /// The identity of the message that is delivered; `salt`: its link.
        Key { src: Slot, words: u32, salt: u32 }
        AndWords { dst: Slot, a: Slot, b: Slot, words: u32 }
        OrWords { dst: Slot, a: Slot, b: Slot, words: u32 }
        AndNotWords { dst: Slot, a: Slot, b: Slot, words: u32 }
        EqWords { dst: Slot, a: Slot, b: Slot, words: u32 }
        /// `a` has no bit that `b` has not.
        SubsetWords { dst: Slot, a: Slot, b: Slot, words: u32 }
        /// Number of bits.
        Count { dst: Slot, set: Slot, words: u32 }
        /// Sets bits `f[from] ..= f[to]` of the words at `set`.
        SetRange { set: Slot, from: Slot, to: Slot, words: u32 }
    }
    addressed {
        /// As `Load`, of bit `f[addr] + offset` after slot `base`, all of it within the first `extent` words there.
        LoadAt { dst: Slot, addr: Slot, base: Slot, offset: u32, extent: u32, width: u8 }
        StoreAt { src: Slot, addr: Slot, base: Slot, offset: u32, extent: u32, width: u8 }
        /// `words` words from bit address `f[addr] + offset` (a multiple of 64) after slot `base`, within `extent` words.
        CopyFrom { dst: Slot, addr: Slot, base: Slot, offset: u32, extent: u32, words: u32 }
        CopyTo { src: Slot, addr: Slot, base: Slot, offset: u32, extent: u32, words: u32 }
        /// Bit offset of element `f[index]` of an array.
        ElementOffset { dst: Slot, index: Slot, array: u32 }
        /// Bit offset of entry `f[index]` of a table.
        TableOffset { dst: Slot, index: Slot, table: u32 }
    }
    // Operations that may find no value, or no room.
    attempts {
        /// Takes the lowest bit out of the words at `set`; jumps where there is none.
        Next { dst: Slot, set: Slot, words: u32, to: Target }
        /// A trap where the list is full.
        ListPush { list: Slot, src: Slot, shape: u32, site: u32 }
        /// Into a sorted list, at its place; a trap where it is full.
        BagAdd { list: Slot, src: Slot, shape: u32, site: u32 }
    }
    lists {
        ListGet { dst: Slot, list: Slot, index: Slot, shape: u32 }
        ListRemove { list: Slot, index: Slot, shape: u32 }
        ListInsert { list: Slot, index: Slot, src: Slot, shape: u32 }
        /// Index of the first element equal to `src`, or -1.
        ListFind { dst: Slot, list: Slot, src: Slot, shape: u32 }
        /// The elements from `f[from]` to before `f[to]`, both clamped, in place.
        ListSlice { list: Slot, from: Slot, to: Slot, shape: u32 }
        ListIsPrefix { dst: Slot, a: Slot, b: Slot, shape: u32 }
        /// Cuts `a` back to what it has in common with `b`.
        ListCommonPrefix { a: Slot, b: Slot, shape: u32 }
    }
}

impl Op {
    /// Whether a way may end here, in a successor, a trap or nothing.
    pub(crate) fn may_end(&self) -> bool {
        matches!(self, ways!()) || self.may_trap()
    }

    /// Whether there may be no value here.
    pub(crate) fn may_trap(&self) -> bool {
        match self {
            checked!() | Op::Trap { .. } | Op::ListPush { .. } | Op::BagAdd { .. } => true,
            Op::Instance { .. } | Op::Emit {} | Op::Fail {} | Op::SetFail { .. } | Op::Return {} => false,
            jumps!() | scalars!() | runs!() | bits!() | words!() | addressed!() | lists!() => false,
            Op::Next { .. } => false,
        }
    }
}

/// Code as it was put together: registers and constants do not have their places yet.
#[derive(Debug)]
pub(crate) struct Draft {
    pub map: FrameMap,
    /// With the positions of their targets, and slots as they were handed out.
    pub ops: Vec<Op>,
    pub arrays: Vec<ArrayShape>,
    pub lists: Vec<ListShape>,
    pub tables: Vec<Vec<u64>>,
    pub constants: Vec<u64>,
    /// Number of registers.
    pub registers: u32,
}

/// Finished code with its tables. Nothing of it changes any more: frames and machine code are made for it as it is.
#[derive(Debug)]
pub(crate) struct Code {
    /// Its slots have their places.
    draft: Draft,
    /// For each operation what it does together with those behind it.
    fused: Vec<Fused>,
    steps: Steps,
}

impl Code {
    /// Gives registers and constants their places in the frame. `fuse` says what the interpreter runs: one for each
    /// operation, and the steps among them.
    pub(crate) fn new(draft: Draft, fuse: impl FnOnce(&Code) -> (Vec<Fused>, Steps)) -> Code {
        let mut code = Code { draft, fused: Vec::new(), steps: Steps::default() };
        let mut ops = std::mem::take(&mut code.draft.ops);
        for op in &mut ops {
            op.slots(&mut |slot| *slot = code.resolve(*slot));
        }
        code.draft.ops = ops;
        (code.fused, code.steps) = fuse(&code);
        assert_eq!(code.fused.len(), code.draft.ops.len(), "one for each operation");
        code
    }

    /// Where the fixed slots lie.
    #[inline]
    pub(crate) fn map(&self) -> FrameMap {
        self.draft.map
    }

    /// In order; a target is an index.
    pub(crate) fn ops(&self) -> &[Op] {
        &self.draft.ops
    }

    /// What the interpreter does at a position.
    #[inline(always)]
    pub(crate) fn fused(&self, at: usize) -> &Fused {
        &self.fused[at]
    }

    #[inline]
    pub(crate) fn step(&self, number: u32) -> &Step {
        &self.steps.steps[number as usize]
    }

    /// The constant fields that a step changes: slot, bits that stay, bits that are set.
    #[inline]
    pub(crate) fn sets(&self, step: &Step) -> &[(Slot, u64, u64)] {
        &self.steps.sets[step.first as usize..step.last as usize]
    }

    #[inline]
    pub(crate) fn array(&self, number: u32) -> &ArrayShape {
        &self.draft.arrays[number as usize]
    }

    #[inline]
    pub(crate) fn list(&self, number: u32) -> &ListShape {
        &self.draft.lists[number as usize]
    }

    /// Bit addresses.
    #[inline]
    pub(crate) fn table(&self, number: u32) -> &[u64] {
        &self.draft.tables[number as usize]
    }

    /// In the order of their slots, of which the first is the first behind the fixed ones.
    pub(crate) fn constants(&self) -> &[u64] {
        &self.draft.constants
    }

    /// The value of a constant slot; `None`: it is fixed or a register.
    pub(crate) fn constant(&self, slot: Slot) -> Option<u64> {
        let index = slot.0.checked_sub(self.draft.map.fixed())?;
        self.draft.constants.get(index as usize).copied()
    }

    /// Whether a slot is neither a constant nor a register.
    pub(crate) fn is_fixed(&self, slot: Slot) -> bool {
        slot.0 < self.draft.map.fixed()
    }

    /// Slots of a frame: fixed ones, constants, registers.
    #[inline]
    pub(crate) fn slots(&self) -> usize {
        let Draft { map, constants, registers, .. } = &self.draft;
        map.fixed() as usize + constants.len() + *registers as usize
    }

    /// Where a slot of unfinished code lies in the finished frame.
    pub(crate) fn resolve(&self, slot: Slot) -> Slot {
        let constants = self.draft.map.fixed();
        slot.resolve(constants, constants + self.draft.constants.len() as u32)
    }
}
