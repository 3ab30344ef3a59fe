//! The border between Rust and machine code, and all that is unsafe about it.
//!
//! Enters: functions that were compiled from one code. Leaves: [`Native`], which runs them on frames of that code and on
//! nothing else: successors and traps to a visitor, in order; verdicts.
//! Both sides share a [`Context`]: a cursor, two ways back into Rust, the last trap.

use crate::engine::halt;
use crate::engine::machine::{Successor, Trap};
use crate::model::form::code::Code;
use crate::model::form::frame::Frame;
use crate::model::run::interpret::{Helped, help};
use cranelift_codegen::ir::{AbiParam, Signature, types::I64};
use cranelift_codegen::isa::CallConv;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};
use std::any::Any;
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null_mut;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// A function of machine code: frame, context, where to begin; returns where to go on, or a verdict.
type Run = unsafe extern "C" fn(*mut u64, *mut Context<'_>, u64) -> u64;

/// The same in the words of the code generator.
pub(super) fn signature(call: CallConv) -> Signature {
    let mut signature = Signature::new(call);
    signature.params.extend([AbiParam::new(I64); 3]);
    signature.returns.push(AbiParam::new(I64));
    signature
}

/// Of the first word of a record: a trap, not a successor.
pub(super) const IS_TRAP: u64 = 1 << 32;
/// A verdict beside 0 and 1.
pub(super) const TRAPPED: u64 = 2;
/// In place of where to go on or a verdict: the host has stopped what runs.
pub(super) const HALTED: u64 = u64::MAX;

/// Words of a record: instance and fair key, then the state; or instance, site, two operands.
pub(super) fn stride(words: u32) -> u32 {
    2 + words.max(2)
}

#[repr(C)]
pub(super) struct Context<'c> {
    /// Where the next record goes, and where there is room for none.
    cursor: *mut u64,
    end: *mut u64,
    flush: unsafe extern "C" fn(*mut Context<'_>),
    help: unsafe extern "C" fn(*mut u64, *mut Context<'_>, u64) -> u64,
    trap: [u64; 3],
    /// Whether what runs is to end.
    halt: *const AtomicBool,
    code: &'c Code,
    /// A panic of what was called, which must not unwind through machine code: it goes on when that has returned.
    panic: Option<Box<dyn Any + Send>>,
}

impl Context<'_> {
    fn go_on_panicking(&mut self) {
        if let Some(panic) = self.panic.take() {
            resume_unwind(panic);
        }
    }
}

pub(super) const CURSOR: i32 = offset_of!(Context<'_>, cursor) as i32;
pub(super) const END: i32 = offset_of!(Context<'_>, end) as i32;
pub(super) const FLUSH: i32 = offset_of!(Context<'_>, flush) as i32;
pub(super) const HELP: i32 = offset_of!(Context<'_>, help) as i32;
pub(super) const HALT: i32 = offset_of!(Context<'_>, halt) as i32;
pub(super) const TRAP: i32 = offset_of!(Context<'_>, trap) as i32;

/// Does one operation on the frame.
unsafe extern "C" fn helper(frame: *mut u64, context: *mut Context<'_>, at: u64) -> u64 {
    // SAFETY: machine code passes on the frame and the context that `Native::enter` gave to it. That holds both, and a
    // frame of this code has as many slots; nobody else looks at them until this returns.
    let (context, frame) = unsafe {
        let context = &mut *context;
        let slots = context.code.slots();
        (context, std::slice::from_raw_parts_mut(frame, slots))
    };
    let code = context.code;
    match catch_unwind(AssertUnwindSafe(|| help(code, frame, code.ops()[at as usize]))) {
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

/// A context, and who takes the records.
#[repr(C)]
struct Visit<'v, F> {
    context: Context<'v>,
    /// Where records are left.
    buffer: &'v mut [u64],
    visit: &'v mut F,
}

impl<'v, F: FnMut(u32, Result<Successor<'_>, Trap>)> Visit<'v, F> {
    /// With no room for records before `rewind`.
    fn new(code: &'v Code, buffer: &'v mut [u64], visit: &'v mut F) -> Self {
        let (cursor, end, panic) = (null_mut(), null_mut(), None);
        let halt = halt::address();
        let context =
            Context { cursor, end, flush: Self::flush, help: helper, trap: [0; 3], halt, code, panic };
        Visit { context, buffer, visit }
    }

    /// All of the buffer is free.
    fn rewind(&mut self) {
        let free = self.buffer.as_mut_ptr_range();
        (self.context.cursor, self.context.end) = (free.start, free.end);
    }

    /// Shows what has been recorded, and makes room again.
    fn drain(&mut self) {
        let Visit { context, buffer, visit } = self;
        let words = context.code.map().words;
        let written = (context.cursor.addr() - buffer.as_ptr().addr()) / size_of::<u64>();
        for record in buffer[..written].chunks_exact(stride(words) as usize) {
            let instance = record[0] as u32;
            if record[0] & IS_TRAP == 0 {
                let state = &record[2..2 + words as usize];
                visit(instance, Ok(Successor { instance, fair_key: record[1], state }));
            } else {
                let operands = [record[2] as i64, record[3] as i64];
                visit(instance, Err(Trap { site: record[1] as u32, operands }));
            }
        }
        self.rewind();
    }

    unsafe extern "C" fn flush(context: *mut Context<'_>) {
        // SAFETY: machine code passes on the context that `Native::enter` gave to it, which is the first field of a visit
        // of this very type: `new` put this function there. Nobody else looks at the visit until this returns.
        let visit = unsafe { &mut *context.cast::<Self>() };
        if visit.context.panic.is_none() {
            visit.context.panic = catch_unwind(AssertUnwindSafe(|| visit.drain())).err();
        }
        visit.rewind();
    }
}

/// The functions of a model, compiled and not yet where they can be run.
pub(super) struct Functions {
    /// Those that expand: where each begins, in order from 0 on.
    pub(super) stretches: Vec<(usize, FuncId)>,
    /// Where the last of them ends.
    pub(super) end: usize,
    /// Those with a verdict; `None`: left to the interpreter.
    pub(super) pieces: Vec<Option<FuncId>>,
    /// Words that all records take that one run leaves between two flushes.
    pub(super) room: usize,
}

/// A module, whose memory is freed with it. Never locked: a module may be sent to another thread, and with the lock
/// around it, it may also lie where several threads look.
struct Memory(Mutex<Option<JITModule>>);

impl Memory {
    fn module(&mut self) -> Option<&mut JITModule> {
        self.0.get_mut().ok()?.as_mut()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Ok(Some(module)) = self.0.get_mut().map(Option::take) {
            // SAFETY: functions of the module are known to its `Native` alone, which owns this and so is gone; none of
            // them is running, for that takes a reference to it.
            unsafe { module.free_memory() };
        }
    }
}

/// A function of a module where it can be run. Panics: it is not finished, or of another kind.
fn function(module: &JITModule, id: FuncId) -> Run {
    let made = &module.declarations().get_function_decl(id).signature;
    assert_eq!(*made, signature(module.isa().default_call_conv()), "not the signature of a `Run`");
    // SAFETY: the address of a finished function with the signature of a `Run`, in the convention of C.
    unsafe { std::mem::transmute::<*const u8, Run>(module.get_finalized_function(id)) }
}

/// The machine code of a model.
pub(in crate::model) struct Native {
    /// What it was made from: frames of this code are run, and machine code looks into its tables.
    code: Arc<Code>,
    stretches: Vec<(usize, Run)>,
    end: usize,
    pieces: Vec<Option<Run>>,
    room: usize,
    /// Where the functions lie.
    _memory: Memory,
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Native").field("functions", &self.stretches.len()).finish_non_exhaustive()
    }
}

impl Native {
    /// Makes functions executable that `translate` made from the code; frees the module where there are none.
    pub(super) fn new(code: &Arc<Code>, module: JITModule, functions: Option<Functions>) -> Option<Native> {
        let mut memory = Memory(Mutex::new(Some(module)));
        let Functions { stretches, end, pieces, room } = functions?;
        let module = memory.module()?;
        module.finalize_definitions().ok()?;
        let stretches = stretches.into_iter().map(|(start, id)| (start, function(module, id))).collect();
        let pieces = pieces.into_iter().map(|id| Some(function(module, id?))).collect();
        Some(Native { code: Arc::clone(code), stretches, end, pieces, room, _memory: memory })
    }

    /// Functions, and pieces that were left to the interpreter.
    pub(in crate::model) fn size(&self) -> (usize, usize) {
        let made = self.pieces.iter().flatten().count();
        (self.stretches.len() + made, self.pieces.len() - made)
    }

    /// Shows every successor and trap of the state before in the frame. Panics: the frame is one of other code; where
    /// `visit` panics.
    pub(in crate::model) fn expand<F: FnMut(u32, Result<Successor<'_>, Trap>)>(
        &self,
        frame: &mut Frame,
        buffer: &mut Vec<u64>,
        visit: &mut F,
    ) {
        if buffer.len() < self.room {
            buffer.resize(self.room, 0);
        }
        let mut visit = Visit::new(&self.code, &mut buffer[..self.room], visit);
        visit.rewind();
        let (mut at, end) = (0, self.end as u64);
        while at != end {
            at = self.enter(self.stretch(at), frame, &mut visit, at);
        }
        visit.context.go_on_panicking();
        visit.drain();
    }

    /// The verdict of a piece on the states in the frame; `None`: the interpreter must judge. Panics: the frame is one
    /// of other code.
    #[inline]
    pub(in crate::model) fn judge(&self, frame: &mut Frame, piece: usize) -> Option<Result<bool, Trap>> {
        let run = (*self.pieces.get(piece)?)?;
        let mut nobody = |_: u32, _: Result<Successor<'_>, Trap>| {};
        let mut visit = Visit::new(&self.code, &mut [], &mut nobody);
        let verdict = self.enter(run, frame, &mut visit, 0);
        visit.context.go_on_panicking();
        Some(match verdict {
            TRAPPED => {
                let [site, a, b] = visit.context.trap;
                Err(Trap { site: site as u32, operands: [a as i64, b as i64] })
            }
            verdict => Ok(verdict != 0),
        })
    }

    /// The function in which a position lies.
    fn stretch(&self, at: u64) -> Run {
        match self.stretches[..] {
            [(_, only)] => only,
            _ => self.stretches[self.stretches.partition_point(|(start, _)| *start as u64 <= at) - 1].1,
        }
    }

    /// Every way into machine code; `run` is one of these functions.
    #[inline]
    fn enter<F>(&self, run: Run, frame: &mut Frame, visit: &mut Visit<'_, F>, at: u64) -> u64 {
        frame.assert_of(&self.code);
        let frame = frame.as_mut_ptr();
        // SAFETY: the function reads and writes the frame, the context, records between its cursor and its end, and
        // tables of the code, which is held here; it reads the flag of this thread, which stays
        // where it is for as long as `halt::within` runs this. `Translator::place` kept it within the slots that a frame of this code has, as this one is. A context comes
        // first in a visit. What is called from there does not unwind.
        let end = unsafe { run(frame, (&raw mut *visit).cast(), at) };
        if end == HALTED {
            halt::end();
        }
        end
    }
}
