//! Machine code for models, beside the portable form.
//!
//! Enters: flat code. Leaves: functions that do what the interpreter does on the same frame, an order of magnitude
//! faster. Where there is no code generator for a machine, or a model has something that is not translated, the portable
//! form runs alone; both give the same successors, traps and verdicts, in the same order, so that nothing depends on
//! which of them ran.
//! The seal: an [`Executable`] owns its code, makes the frames for it and has the machine code made from it; each of
//! them knows the code that it belongs to, and what belongs to other code is refused at every run. All that is unsafe
//! stands in `native/border.rs`.

use super::interpret::{Sink, run};
use crate::model::form::code::{Code, Slot};
use crate::model::form::frame::Frame;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

#[cfg(target_family = "wasm")]
mod absent;
#[cfg(not(target_family = "wasm"))]
#[expect(unsafe_code, reason = "machine code is entered and left here")]
mod border;
#[cfg(not(target_family = "wasm"))]
mod compile;
#[cfg(not(target_family = "wasm"))]
mod operands;
#[cfg(not(target_family = "wasm"))]
mod survey;
#[cfg(not(target_family = "wasm"))]
mod translate;

#[cfg(target_family = "wasm")]
use absent::compile;
#[cfg(not(target_family = "wasm"))]
use compile::compile;

#[cfg(target_family = "wasm")]
pub(in crate::model) use absent::Native;
#[cfg(not(target_family = "wasm"))]
pub(in crate::model) use border::Native;

/// States that one thread expands in the portable form before it asks for machine code, for each `SMALL` operations that
/// there are: about as much time goes into the one as would have been lost on the other. Translating takes longer the more
/// operations there are (0.04 s for a thousand, 0.3 s for four thousand), expanding a state less so: of most steps it
/// executes the guard alone.
const PATIENCE: usize = 1 << 14;
const SMALL: usize = 1 << 10;

/// How a model is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Execution {
    /// In the portable form, and as machine code once enough states have been expanded to make that worth while.
    #[default]
    Automatic,
    /// Interpreted on every machine.
    Portable,
    /// As machine code from the first state on, where there is any.
    Native,
}

/// Where the parts of a model's code are, as positions of operations.
#[derive(Debug)]
#[cfg_attr(target_family = "wasm", expect(dead_code, reason = "read where machine code is made"))]
pub(in crate::model) struct Parts {
    /// The blocks of all instances, in order, from 0 on, and where the last ends.
    pub(in crate::model) starts: Vec<usize>,
    pub(in crate::model) end: usize,
    /// Pieces with one result: where they start, and the slot.
    pub(in crate::model) pieces: Vec<(usize, Slot)>,
}

/// The code of a model, and all that is made for it: frames, and machine code once somebody has asked for it.
#[derive(Debug)]
pub(in crate::model) struct Executable {
    code: Arc<Code>,
    parts: Parts,
    execution: Execution,
    /// Before so many states that a thread has expanded, machine code does not pay.
    patience: u32,
    native: OnceLock<Option<Native>>,
    /// One thread makes it; the others go on as they are.
    asked: AtomicBool,
}

impl Executable {
    pub(in crate::model) fn new(code: Code, parts: Parts, execution: Execution) -> Executable {
        let patience = PATIENCE * code.ops().len().div_ceil(SMALL).max(1);
        let (code, patience) = (Arc::new(code), u32::try_from(patience).unwrap_or(u32::MAX));
        Executable {
            code,
            parts,
            execution,
            patience,
            native: OnceLock::new(),
            asked: AtomicBool::new(false),
        }
    }

    pub(in crate::model) fn code(&self) -> &Code {
        &self.code
    }

    pub(in crate::model) fn frame(&self) -> Frame {
        Frame::new(&self.code)
    }

    /// Runs in the portable form from a position on. Panics: the frame is one of other code.
    pub(in crate::model) fn run<S: Sink>(&self, frame: &mut Frame, pc: usize, sink: &mut S) {
        frame.assert_of(&self.code);
        run(frame, pc, sink);
    }

    /// The machine code that there is.
    #[inline]
    pub(in crate::model) fn native(&self) -> Option<&Native> {
        self.native.get()?.as_ref()
    }

    /// The machine code that is to be used by a thread that has expanded so many states.
    #[inline]
    pub(in crate::model) fn wanted(&self, expanded: u32) -> Option<&Native> {
        match self.native.get() {
            Some(native) => native.as_ref(),
            None => self.perhaps(expanded),
        }
    }

    /// Makes machine code now, if there is to be any and nobody makes it yet.
    pub(in crate::model) fn hurry(&self) {
        if self.execution != Execution::Portable && !self.asked.swap(true, Ordering::Relaxed) {
            self.native.get_or_init(|| compile(&self.code, &self.parts));
        }
    }

    #[inline(never)]
    fn perhaps(&self, expanded: u32) -> Option<&Native> {
        match self.execution {
            Execution::Portable => None,
            Execution::Automatic if expanded < self.patience => None,
            Execution::Automatic if self.asked.swap(true, Ordering::Relaxed) => None,
            Execution::Automatic | Execution::Native => {
                self.native.get_or_init(|| compile(&self.code, &self.parts)).as_ref()
            }
        }
    }
}
