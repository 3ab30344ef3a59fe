//! Building flat code: labels, constants, registers, and the small improvements that need no second pass.
//!
//! Enters: operations in order. Leaves: finished [`Code`].
//! Comparisons of neighbouring fields with constants become one masked comparison, as do stores of constants; both only
//! where nothing can jump in between.

use super::fuse::fuse;
use crate::model::form::code::{Code, Draft, Op, Slot, Target};
use crate::model::form::frame::FrameMap;
use crate::model::form::shape::{ArrayShape, ListShape};
use rustc_hash::FxHashMap;

/// More operations than this are refused.
pub(crate) const MAX_OPS: usize = 4_000_000;

#[derive(Debug)]
pub(crate) struct Builder {
    pub map: FrameMap,
    ops: Vec<Op>,
    /// Position of each label, once bound.
    labels: Vec<Option<u32>>,
    /// Operations before this position may be jumped to or over: not to be merged with.
    barrier: usize,
    constants: Vec<u64>,
    known: FxHashMap<u64, Slot>,
    arrays: Vec<ArrayShape>,
    lists: Vec<ListShape>,
    tables: Vec<Vec<u64>>,
    next_register: u32,
    registers: u32,
}

impl Builder {
    pub(crate) fn new(map: FrameMap) -> Self {
        Builder {
            map,
            ops: Vec::new(),
            labels: Vec::new(),
            barrier: 0,
            constants: Vec::new(),
            known: FxHashMap::default(),
            arrays: Vec::new(),
            lists: Vec::new(),
            tables: Vec::new(),
            next_register: 0,
            registers: 0,
        }
    }

    pub(crate) fn op(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// Position of the next operation.
    pub(crate) fn here(&self) -> usize {
        self.ops.len()
    }

    /// Forgets everything from `position` on: nothing may refer to it.
    pub(crate) fn rewind(&mut self, position: usize) {
        self.ops.truncate(position);
        self.barrier = position;
    }

    /// Number of labels so far: those made later have greater numbers.
    pub(crate) fn labels(&self) -> usize {
        self.labels.len()
    }

    /// Moves the operation at `from` behind all that follow it, if none of those can end a way: what is tested first
    /// then costs nothing where it fails. Labels before `first_label` were bound before `from`.
    pub(crate) fn defer(&mut self, from: usize, first_label: usize) {
        if self.ops[from + 1..].iter().any(|op| op.may_end()) {
            return;
        }
        self.ops[from..].rotate_left(1);
        for position in self.labels[first_label..].iter_mut().flatten() {
            if *position as usize > from {
                *position -= 1;
            }
        }
        self.barrier = self.ops.len();
    }

    /// Whether an operation from `from` on may have no value.
    pub(crate) fn may_trap(&self, from: usize) -> bool {
        self.ops[from..].iter().any(Op::may_trap)
    }

    pub(crate) fn overflowed(&self) -> bool {
        self.ops.len() > MAX_OPS
    }

    pub(crate) fn label(&mut self) -> Target {
        self.labels.push(None);
        Target(self.labels.len() as u32 - 1)
    }

    /// The label stands for the next operation.
    pub(crate) fn bind(&mut self, label: Target) {
        self.labels[label.0 as usize] = Some(self.ops.len() as u32);
        self.barrier = self.ops.len();
    }

    /// As `bind`, of a label that only operations from `since` on can know. Where none of them jumps to it, what comes next
    /// may be merged with what was last.
    pub(crate) fn bind_forward(&mut self, label: Target, since: usize) {
        let barrier = self.barrier;
        self.bind(label);
        let mut known = false;
        for op in self.ops.iter_mut().skip(since) {
            op.targets(&mut |to| known |= *to == label);
        }
        if !known {
            self.barrier = barrier;
        }
    }

    pub(crate) fn jump(&mut self, to: Target) {
        self.op(Op::Jump { to });
    }

    /// A fresh register.
    pub(crate) fn register(&mut self) -> Slot {
        self.registers_run(1)
    }

    /// Fresh registers beside each other.
    pub(crate) fn registers_run(&mut self, words: u32) -> Slot {
        let slot = Slot::register(self.next_register);
        self.next_register += words;
        self.registers = self.registers.max(self.next_register);
        slot
    }

    /// All registers may be used again: a new piece of code begins that shares nothing with what came before.
    pub(crate) fn fresh_registers(&mut self) {
        self.next_register = 0;
    }

    pub(crate) fn constant(&mut self, value: u64) -> Slot {
        let next = Slot::constant(self.constants.len() as u32);
        let slot = *self.known.entry(value).or_insert(next);
        if slot == next {
            self.constants.push(value);
        }
        slot
    }

    /// Constants beside each other.
    pub(crate) fn constants_run(&mut self, values: &[u64]) -> Slot {
        if let [value] = values {
            return self.constant(*value);
        }
        let slot = Slot::constant(self.constants.len() as u32);
        self.constants.extend_from_slice(values);
        slot
    }

    /// The value of a constant slot.
    pub(crate) fn constant_value(&self, slot: Slot) -> Option<u64> {
        let index = slot.0.checked_sub(Slot::constant(0).0).filter(|_| slot.is_constant())?;
        self.constants.get(index as usize).copied()
    }

    pub(crate) fn array(&mut self, shape: ArrayShape) -> u32 {
        position_or_push(&mut self.arrays, shape)
    }

    pub(crate) fn list(&mut self, shape: ListShape) -> u32 {
        position_or_push(&mut self.lists, shape)
    }

    pub(crate) fn table(&mut self, table: Vec<u64>) -> u32 {
        position_or_push(&mut self.tables, table)
    }

    /// Jumps to `to` where the bits of `mask` in `word` are `value` (`on`) or are not (`!on`).
    pub(crate) fn test(&mut self, word: Slot, mask: u64, value: u64, on: bool, to: Target) {
        // One bit has two values, so "is" becomes "is not": then tests of several bits become one.
        let (value, on) = if mask.is_power_of_two() {
            (if on { mask & !value } else { value }, false)
        } else {
            (value, on)
        };
        if on {
            let (mask, value) = (self.constant(mask), self.constant(value));
            return self.op(Op::JumpTestIs { word, mask, value, to });
        }
        let merged = match self.last() {
            Some(Op::JumpTest { word: w, mask: m, value: v, to: t }) if (w, t) == (word, to) => {
                let (m, v) = (self.known_value(m), self.known_value(v));
                (v & mask == value & m).then_some((m | mask, v | value))
            }
            _ => None,
        };
        if merged.is_some() {
            self.ops.pop();
        }
        let (mask, value) = merged.unwrap_or((mask, value));
        let (mask, value) = (self.constant(mask), self.constant(value));
        self.op(Op::JumpTest { word, mask, value, to });
    }

    /// The bits of `mask` in `word` become `value`.
    pub(crate) fn set_bits(&mut self, word: Slot, mask: u64, value: u64) {
        let (mut mask, mut value) = (mask, value);
        if let Some(Op::SetBits { word: w, mask: m, value: v }) = self.last()
            && w == word
        {
            let (m, v) = (self.known_value(m), self.known_value(v));
            self.ops.pop();
            (mask, value) = (m | mask, v & !mask | value);
        }
        let (mask, value) = (self.constant(mask), self.constant(value));
        self.op(Op::SetBits { word, mask, value });
    }

    fn last(&self) -> Option<Op> {
        self.ops.last().copied().filter(|_| self.ops.len() > self.barrier)
    }

    fn known_value(&self, slot: Slot) -> u64 {
        self.constant_value(slot).unwrap_or(0)
    }

    /// Targets and slots get their places. Every label is bound.
    pub(crate) fn finish(mut self) -> Code {
        for op in &mut self.ops {
            op.targets(&mut |target| {
                let position = self.labels[target.0 as usize];
                assert!(position.is_some(), "a label was never bound");
                *target = Target(position.unwrap_or(0));
            });
        }
        let Builder { map, ops, arrays, lists, tables, constants, registers, .. } = self;
        Code::new(Draft { map, ops, arrays, lists, tables, constants, registers }, fuse)
    }
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> u32 {
    if let Some(i) = list.iter().position(|x| *x == item) {
        return i as u32;
    }
    list.push(item);
    list.len() as u32 - 1
}
