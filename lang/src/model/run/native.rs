//! Machine code for models, beside the portable form.
//!
//! Enters: flat code. Leaves: functions that do what the interpreter does on the same frame, an order of magnitude
//! faster. Where there is no code generator for a machine, or a model has something that is not translated, the portable
//! form runs alone; both give the same successors, traps and verdicts, in the same order, so that nothing depends on
//! which of them ran.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(target_family = "wasm")]
mod absent;
#[cfg(not(target_family = "wasm"))]
mod compile;
#[cfg(not(target_family = "wasm"))]
mod context;
#[cfg(not(target_family = "wasm"))]
mod operands;
#[cfg(not(target_family = "wasm"))]
mod survey;
#[cfg(not(target_family = "wasm"))]
mod translate;

#[cfg(target_family = "wasm")]
pub use absent::{Native, Parts};
#[cfg(not(target_family = "wasm"))]
pub use compile::{Native, Parts};

/// States that one thread expands in the portable form before it asks for machine code. Translating takes longer the
/// more operations there are, and so does expanding a state, so this number does not depend on the model: about as much
/// time goes into the one as would have been lost on the other.
const PATIENCE: u32 = 1 << 14;

/// How a model is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Execution {
    /// In the portable form, and as machine code once enough states have been expanded to make that worth while.
    #[default]
    Automatic,
    Portable,
    /// As machine code from the first state on, where there is any.
    Native,
}

/// The machine code of a model, once somebody has asked for it.
#[derive(Debug, Default)]
pub struct Compiled {
    code: OnceLock<Option<Native>>,
    /// One thread makes it; the others go on as they are.
    asked: AtomicBool,
}

impl Compiled {
    /// What there is.
    #[inline]
    pub fn get(&self) -> Option<&Native> {
        self.code.get()?.as_ref()
    }

    /// What is to be used by a thread that has expanded so many states.
    #[inline]
    pub fn wanted(
        &self,
        execution: Execution,
        expanded: u32,
        make: impl FnOnce() -> Option<Native>,
    ) -> Option<&Native> {
        match self.code.get() {
            Some(code) => code.as_ref(),
            None => self.perhaps(execution, expanded, make),
        }
    }

    #[inline(never)]
    fn perhaps(
        &self,
        execution: Execution,
        expanded: u32,
        make: impl FnOnce() -> Option<Native>,
    ) -> Option<&Native> {
        match execution {
            Execution::Portable => None,
            Execution::Automatic if expanded < PATIENCE => None,
            Execution::Automatic if self.asked.swap(true, Ordering::Relaxed) => None,
            Execution::Automatic | Execution::Native => self.code.get_or_init(make).as_ref(),
        }
    }
}
