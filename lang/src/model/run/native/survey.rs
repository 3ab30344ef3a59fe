//! What has to be known of a stretch of code before it is translated.
//!
//! Enters: a range of operations. Leaves: where its blocks begin, where its ways go on when they end, and which of its
//! slots must stay in memory. All other slots become values that live in registers of the processor.

use super::operands::in_memory;
use crate::model::form::code::{Code, Op, Slot};
use crate::model::form::code::{addressed, attempts, bits, checked, jumps, lists, runs, scalars, words};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::ops::Range;

#[derive(Debug, Clone)]
pub(super) struct Survey {
    pub range: Range<usize>,
    /// Where control may arrive, the start of the range among it.
    pub leaders: BTreeSet<usize>,
    /// Leaders to which something jumps back.
    pub late: FxHashSet<usize>,
    /// Targets behind the range.
    pub outside: BTreeSet<usize>,
    /// Where a way may go on that ends here.
    pub fails: BTreeSet<usize>,
    /// The instance of this stretch.
    pub instance: Option<u32>,
    /// Successors and traps, if nothing is run twice.
    pub results: usize,
    /// Some fixed slots are never registers.
    memory: FxHashSet<u32>,
}

impl Survey {
    /// `None`: nothing that can be translated (it jumps back out of itself).
    pub(super) fn new(code: &Code, range: Range<usize>) -> Option<Survey> {
        let mut survey = Survey {
            leaders: BTreeSet::from([range.start]),
            late: FxHashSet::default(),
            outside: BTreeSet::new(),
            fails: BTreeSet::new(),
            instance: None,
            results: 0,
            memory: FxHashSet::default(),
            range: range.clone(),
        };
        for at in range.clone() {
            survey.look_at(code, at)?;
        }
        for at in range {
            if code.ops()[at].may_end() {
                survey.late.extend(survey.fails.range(..=at));
            }
        }
        Some(survey)
    }

    fn look_at(&mut self, code: &Code, at: usize) -> Option<()> {
        let mut op = code.ops()[at];
        match op {
            Op::Instance { id, next } => {
                // One stretch, one instance.
                if self.instance.replace(id).is_some() {
                    return None;
                }
                self.fails.insert(next.0 as usize);
            }
            Op::SetFail { to } => {
                self.fails.insert(to.0 as usize);
            }
            Op::Emit {} | Op::Fail {} | Op::Trap { .. } | Op::Return {} => {}
            jumps!() | scalars!() | checked!() | runs!() | bits!() | words!() => {}
            addressed!() | attempts!() | lists!() => {}
        }
        self.results += (op.may_end() && !matches!(op, Op::Instance { .. } | Op::SetFail { .. })) as usize;
        let mut backwards = false;
        op.targets(&mut |target| {
            let target = target.0 as usize;
            if self.range.contains(&target) {
                self.leaders.insert(target);
                if target <= at {
                    self.late.insert(target);
                }
            } else {
                backwards |= target < self.range.start;
                self.outside.insert(target);
            }
        });
        in_memory(code, &op, &mut |slot, words| {
            self.memory.extend(slot.0..slot.0 + words);
        });
        (!backwards).then_some(())
    }

    pub(super) fn loops(&self) -> bool {
        !self.late.is_empty()
    }

    pub(super) fn is_in_memory(&self, slot: Slot) -> bool {
        self.memory.contains(&slot.0)
    }
}
