//! What machine code and its caller share: a cursor, two ways back into Rust, the last trap.
//!
//! Enters: a frame, a function. Leaves: successors and traps to a visitor, in order; verdicts.

use crate::engine::machine::{Successor, Trap};
use crate::model::form::code::Code;
use crate::model::form::frame::FrameMap;
use crate::model::run::interpret::{Helped, help};
use std::any::Any;
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A function of machine code: frame, context, where to begin; returns where to go on, or a verdict.
pub type Run = unsafe extern "C" fn(*mut u64, *mut Context, u64) -> u64;

/// Of the first word of a record: a trap, not a successor.
pub const IS_TRAP: u64 = 1 << 32;
/// A verdict beside 0 and 1.
pub const TRAPPED: u64 = 2;

/// Words of a record: instance and fair key, then the state; or instance, site, two operands.
pub fn stride(words: u32) -> u32 {
    2 + words.max(2)
}

#[repr(C)]
pub struct Context {
    cursor: *mut u64,
    end: *mut u64,
    flush: unsafe extern "C" fn(*mut Context),
    help: unsafe extern "C" fn(*mut u64, *mut Context, u64) -> u64,
    trap: [u64; 3],
    code: *const Code,
    map: FrameMap,
    /// A panic of what was called, which must not unwind through machine code: it goes on when that has returned.
    panic: Option<Box<dyn Any + Send>>,
}

impl Context {
    fn go_on_panicking(&mut self) {
        if let Some(panic) = self.panic.take() {
            resume_unwind(panic);
        }
    }
}

pub const CURSOR: i32 = offset_of!(Context, cursor) as i32;
pub const END: i32 = offset_of!(Context, end) as i32;
pub const FLUSH: i32 = offset_of!(Context, flush) as i32;
pub const HELP: i32 = offset_of!(Context, help) as i32;
pub const TRAP: i32 = offset_of!(Context, trap) as i32;

/// A context, and who takes the records.
#[repr(C)]
struct Visit<'v, F> {
    context: Context,
    start: *mut u64,
    visit: &'v mut F,
}

/// Does one operation on the frame.
unsafe extern "C" fn helper(frame: *mut u64, context: *mut Context, at: u64) -> u64 {
    // SAFETY: the caller of the machine code holds the code and all slots of the frame while it runs, and nothing else
    // looks at either; the context is its own.
    let (context, frame, code) = unsafe {
        let context = &mut *context;
        let code = &*context.code;
        (context, std::slice::from_raw_parts_mut(frame, code.slots as usize), code)
    };
    let map = context.map;
    match catch_unwind(AssertUnwindSafe(|| help(code, map, frame, code.ops[at as usize]))) {
        Ok(Helped::Done) => 0,
        Ok(Helped::Nothing) => 1,
        Ok(Helped::Full(length)) => {
            context.trap[0] = length;
            1
        }
        Err(panic) => {
            context.panic = Some(panic);
            1
        }
    }
}

unsafe extern "C" fn never(_: *mut Context) {}

impl<F: FnMut(u32, Result<Successor<'_>, Trap>)> Visit<'_, F> {
    /// Shows what has been recorded, and makes room again.
    fn drain(&mut self) {
        let words = self.context.map.words;
        let stride = stride(words) as usize;
        // SAFETY: both lie in the buffer, of which everything up to the cursor was written.
        let records = unsafe {
            let length = self.context.cursor.offset_from(self.start) as usize;
            std::slice::from_raw_parts(self.start, length)
        };
        for record in records.chunks_exact(stride) {
            let instance = record[0] as u32;
            if record[0] & IS_TRAP == 0 {
                let state = &record[2..2 + words as usize];
                (self.visit)(instance, Ok(Successor { instance, fair_key: record[1], state }));
            } else {
                let operands = [record[2] as i64, record[3] as i64];
                (self.visit)(instance, Err(Trap { site: record[1] as u32, operands }));
            }
        }
        self.context.cursor = self.start;
    }

    unsafe extern "C" fn flush(context: *mut Context) {
        // SAFETY: the context is the first field of a visit, which `expand` holds while the machine code runs.
        let visit = unsafe { &mut *context.cast::<Self>() };
        if visit.context.panic.is_none() {
            visit.context.panic = catch_unwind(AssertUnwindSafe(|| visit.drain())).err();
        }
        visit.context.cursor = visit.start;
    }
}

/// Runs `functions` from the first on until they arrive at `end`. `find` gives the function for a position.
///
/// # Safety
/// The functions were made from this code, the frame is one of its frames, and the buffer has room for a record; for as
/// many as the code can leave in one run where it does not look for room.
pub unsafe fn expand<F: FnMut(u32, Result<Successor<'_>, Trap>)>(
    (code, map): (&Code, FrameMap),
    frame: &mut [u64],
    buffer: &mut [u64],
    (end, find): (u64, impl Fn(u64) -> Run),
    visit: &mut F,
) {
    let room = buffer.len() - buffer.len() % stride(map.words) as usize;
    let range = buffer[..room].as_mut_ptr_range();
    let context = Context {
        cursor: range.start,
        end: range.end,
        flush: Visit::<F>::flush,
        help: helper,
        trap: [0; 3],
        code,
        map,
        panic: None,
    };
    let mut whole = Visit { context, start: range.start, visit };
    let (frame, shared) = (frame.as_mut_ptr(), &raw mut whole);
    let mut at = 0;
    while at != end {
        // SAFETY: as above; a context comes first in a visit.
        at = unsafe { find(at)(frame, shared.cast(), at) };
    }
    whole.context.go_on_panicking();
    whole.drain();
}

/// Runs a function that has a verdict.
///
/// # Safety
/// It was made from this code, and the frame is one of its frames.
pub unsafe fn judge((code, map): (&Code, FrameMap), frame: &mut [u64], run: Run) -> Result<bool, Trap> {
    let nowhere = std::ptr::null_mut();
    let mut context = Context {
        cursor: nowhere,
        end: nowhere,
        flush: never,
        help: helper,
        trap: [0; 3],
        code,
        map,
        panic: None,
    };
    // SAFETY: as above; a judging function leaves no records.
    let verdict = unsafe { run(frame.as_mut_ptr(), &raw mut context, 0) };
    context.go_on_panicking();
    match verdict {
        TRAPPED => {
            let [site, a, b] = context.trap;
            Err(Trap { site: site as u32, operands: [a as i64, b as i64] })
        }
        verdict => Ok(verdict != 0),
    }
}
