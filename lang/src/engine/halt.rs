//! The end of what runs too long to look at the observer: code of a model may loop for hours within one expression.
//!
//! Enters: a flag of the host, for the threads that work for one command. Leaves: where it is set, an unwinding with
//! [`Halted`], so that nothing half computed is ever taken for a result. Who let the flag in catches it.
//! The flag goes with the thread and not with the model: a model outlives the cell that it was built for.

#[cfg(not(target_family = "wasm"))]
use std::cell::Cell;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the unwinding carries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Halted;

/// Whether somebody has stopped what runs.
pub(crate) type Flag = Arc<AtomicBool>;

thread_local! {
    static FLAG: RefCell<Option<Flag>> = const { RefCell::new(None) };
}

#[cfg(not(target_family = "wasm"))]
thread_local! {
    /// Where the flag is: asked for each time that machine code is entered.
    static ADDRESS: Cell<*const AtomicBool> = const { Cell::new(&raw const NEVER) };
}

/// Puts the flag back that was there before.
struct Before(Option<Flag>);

impl Drop for Before {
    fn drop(&mut self) {
        drop(put(self.0.take()));
    }
}

/// Makes a flag that of this thread; gives the one before, which lives until nothing knows where it is.
fn put(flag: Option<Flag>) -> Option<Flag> {
    #[cfg(not(target_family = "wasm"))]
    ADDRESS.set(flag.as_ref().map_or(&raw const NEVER, Arc::as_ptr));
    FLAG.replace(flag)
}

/// The flag of this thread, to be given to those that work for it.
pub(crate) fn current() -> Option<Flag> {
    FLAG.with_borrow(Clone::clone)
}

/// Nobody stops what runs.
#[cfg(not(target_family = "wasm"))]
static NEVER: AtomicBool = AtomicBool::new(false);

/// Where the flag of this thread is, until the `within` that let it in returns.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn address() -> *const AtomicBool {
    ADDRESS.get()
}

/// Does something that ends where the flag is set.
pub(crate) fn within<T>(flag: Option<Flag>, run: impl FnOnce() -> T) -> T {
    let _before = Before(put(flag));
    run()
}

/// As [`within`]; `Err`: it was stopped on the way.
pub(crate) fn catch<T>(flag: Option<Flag>, run: impl FnOnce() -> T) -> Result<T, Halted> {
    catch_unwind(AssertUnwindSafe(|| within(flag, run))).map_err(|panic| match panic.downcast::<Halted>() {
        Ok(halted) => *halted,
        Err(panic) => resume_unwind(panic),
    })
}

/// Ends what runs, where the flag is set. Panics then, which is no fault: see above.
pub(crate) fn look() {
    if FLAG.with_borrow(|flag| flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))) {
        end();
    }
}

/// Ends what runs.
pub(crate) fn end() -> ! {
    resume_unwind(Box::new(Halted))
}
