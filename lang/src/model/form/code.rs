//! Flat register code: what guards, effects and properties are lowered to, and what the interpreter runs.
//!
//! Enters: nothing (data only). Leaves: [`Op`]s, from `lower` to `interpret`.
//! One frame of 64-bit slots holds everything: the state before a step, the state after it, a few fixed slots, constants
//! (filled in once) and registers. So a field of the state, a constant and a register are all just slots, and an
//! operation needs no variants for them. Control: an instance of an action runs down to `Emit`; where it has to choose, it
//! leaves the place to come back to in the slot `FAIL`, as Warren's abstract machine does, with the saved state in slots
//! of its own (there is no recursion, so there is no stack).

use super::fused::{Fused, Steps};
use super::shape::{ArrayShape, ListShape};

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
pub struct Target(pub u32);

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
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),* })*) => {
        /// One operation. `f[x]` below is the content of slot `x`; a truth value is 0 or 1; comparisons are signed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Op { $($(#[$doc])* $name { $($field: $ty),* }),* }
        impl Op {
            /// Every slot of the operation.
            pub fn slots(&mut self, f: &mut dyn FnMut(&mut Slot)) {
                match self { $(Op::$name { $($field),* } => { let _ = &f; $($field.slot(f);)* })* }
            }
            /// Every place the operation may jump to.
            pub fn targets(&mut self, f: &mut dyn FnMut(&mut Target)) {
                match self { $(Op::$name { $($field),* } => { let _ = &f; $($field.target(f);)* })* }
            }
        }
    };
}

ops! {
    /// Begin of instance `id`: where it fails, the code goes on at `next`.
    Instance { id: u32, next: Target }
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
    /// A successor is complete; go on where the last choice was made.
    Emit {}
    /// This way does not exist; go on where the last choice was made.
    Fail {}
    /// The last choice is to be continued at `to`.
    SetFail { to: Target }
    /// No value: reported with two operands, then as `Fail`.
    Trap { site: u32, a: Slot, b: Slot }
    Return {}
    /// The identity of the message that is delivered.
    Key { src: Slot, words: u32, salt: u32 }
    /// Choice `bit` was made on this way (for labels).
    Note { slot: Slot, bit: u8 }

    Move { dst: Slot, src: Slot }
    Copy { dst: Slot, src: Slot, words: u32 }
    Zero { dst: Slot, words: u32 }
    /// `f[dst] = f[src] >> shift`, `width` bits of it
    Load { dst: Slot, src: Slot, shift: u8, width: u8 }
    /// `width` bits of `f[dst]` from `shift` on become `f[src]`
    Store { dst: Slot, src: Slot, shift: u8, width: u8 }
    /// `f[word] = f[word] & !f[mask] | f[value]`
    SetBits { word: Slot, mask: Slot, value: Slot }
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

    Add { dst: Slot, a: Slot, b: Slot }
    Sub { dst: Slot, a: Slot, b: Slot }
    Mul { dst: Slot, a: Slot, b: Slot }
    /// As the three above, with a trap where 64 bits do not hold the result.
    AddChecked { dst: Slot, a: Slot, b: Slot, site: u32 }
    SubChecked { dst: Slot, a: Slot, b: Slot, site: u32 }
    MulChecked { dst: Slot, a: Slot, b: Slot, site: u32 }
    /// Rounds towards negative infinity; a trap where `f[b]` is 0.
    Div { dst: Slot, a: Slot, b: Slot, site: u32 }
    Rem { dst: Slot, a: Slot, b: Slot, site: u32 }
    Min { dst: Slot, a: Slot, b: Slot }
    Max { dst: Slot, a: Slot, b: Slot }
    Abs { dst: Slot, src: Slot }
    Eq { dst: Slot, a: Slot, b: Slot }
    Lt { dst: Slot, a: Slot, b: Slot }
    Le { dst: Slot, a: Slot, b: Slot }
    Not { dst: Slot, src: Slot }
    /// A trap with operands `f[src]` and 0 unless `f[lo] <= f[src] <= f[hi]`.
    CheckRange { src: Slot, lo: Slot, hi: Slot, site: u32 }

    And { dst: Slot, a: Slot, b: Slot }
    Or { dst: Slot, a: Slot, b: Slot }
    AndNot { dst: Slot, a: Slot, b: Slot }
    ShiftLeft { dst: Slot, src: Slot, by: u8 }
    ShiftRight { dst: Slot, src: Slot, by: u8 }
    AndWords { dst: Slot, a: Slot, b: Slot, words: u32 }
    OrWords { dst: Slot, a: Slot, b: Slot, words: u32 }
    AndNotWords { dst: Slot, a: Slot, b: Slot, words: u32 }
    EqWords { dst: Slot, a: Slot, b: Slot, words: u32 }
    /// `a` has no bit that `b` has not.
    SubsetWords { dst: Slot, a: Slot, b: Slot, words: u32 }
    /// Number of bits.
    Count { dst: Slot, set: Slot, words: u32 }
    /// Of the `words` words at `set`, as the two below and `SetRange`.
    TestBit { dst: Slot, set: Slot, index: Slot, words: u32 }
    SetBit { set: Slot, index: Slot, words: u32 }
    ClearBit { set: Slot, index: Slot, words: u32 }
    /// Takes the lowest bit out of the words at `set`; jumps where there is none.
    Next { dst: Slot, set: Slot, words: u32, to: Target }
    /// Sets bits `f[from] ..= f[to]` of the words at `set`.
    SetRange { set: Slot, from: Slot, to: Slot, words: u32 }

    ListGet { dst: Slot, list: Slot, index: Slot, shape: u32 }
    ListSet { list: Slot, index: Slot, src: Slot, shape: u32 }
    /// A trap where the list is full.
    ListPush { list: Slot, src: Slot, shape: u32, site: u32 }
    ListRemove { list: Slot, index: Slot, shape: u32 }
    ListInsert { list: Slot, index: Slot, src: Slot, shape: u32 }
    /// Into a sorted list, at its place; a trap where it is full.
    BagAdd { list: Slot, src: Slot, shape: u32, site: u32 }
    /// Index of the first element equal to `src`, or -1.
    ListFind { dst: Slot, list: Slot, src: Slot, shape: u32 }
    /// The elements from `f[from]` to before `f[to]`, both clamped, in place.
    ListSlice { list: Slot, from: Slot, to: Slot, shape: u32 }
    ListIsPrefix { dst: Slot, a: Slot, b: Slot, shape: u32 }
    /// Cuts `a` back to what it has in common with `b`.
    ListCommonPrefix { a: Slot, b: Slot, shape: u32 }
}

impl Op {
    /// Whether a way may end here, in a successor, a trap or nothing.
    pub fn may_end(&self) -> bool {
        self.may_trap()
            || matches!(
                self,
                Op::Instance { .. } | Op::Emit {} | Op::Fail {} | Op::SetFail { .. } | Op::Return {}
            )
    }

    /// Whether there may be no value here.
    pub fn may_trap(&self) -> bool {
        matches!(
            self,
            Op::Trap { .. }
                | Op::AddChecked { .. }
                | Op::SubChecked { .. }
                | Op::MulChecked { .. }
                | Op::Div { .. }
                | Op::Rem { .. }
                | Op::CheckRange { .. }
                | Op::ListPush { .. }
                | Op::BagAdd { .. }
        )
    }
}

/// Finished code with its tables; `entry` points are kept by who asked for them.
#[derive(Debug, Clone, Default)]
pub struct Code {
    pub ops: Vec<Op>,
    pub arrays: Vec<ArrayShape>,
    pub lists: Vec<ListShape>,
    pub tables: Vec<Vec<u64>>,
    pub constants: Vec<u64>,
    /// First slot of the constants.
    pub constant_base: u32,
    /// Slots of the whole frame.
    pub slots: u32,
    /// What the interpreter runs: for each operation what it does together with those behind it.
    pub fused: Vec<Fused>,
    pub steps: Steps,
}

impl Code {
    /// A frame with the constants in place.
    pub fn frame(&self) -> Vec<u64> {
        let mut frame = vec![0; self.slots as usize];
        let base = self.constant_base as usize;
        frame[base..base + self.constants.len()].copy_from_slice(&self.constants);
        frame
    }

    /// Where a slot of unfinished code lies in the finished frame.
    pub fn resolve(&self, slot: Slot) -> Slot {
        slot.resolve(self.constant_base, self.constant_base + self.constants.len() as u32)
    }
}
