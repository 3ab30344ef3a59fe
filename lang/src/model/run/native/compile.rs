//! From flat code to executable memory.
//!
//! Enters: a model's code, its instances, its pieces with one result. Leaves: [`Native`]. What cannot be translated, or
//! a machine for which there is no code generator, leaves less or nothing: the interpreter runs the rest.

use super::context::{self, Run};
use super::survey::Survey;
use super::translate::{Purpose, Setting, Translator, Untranslatable, signature};
use crate::engine::machine::{Successor, Trap};
use crate::model::form::code::{Code, Op, Slot};
use crate::model::form::frame::FrameMap;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module};
use std::collections::BTreeSet;
use std::mem::ManuallyDrop;

/// Operations of one function: the time for a function grows faster than its length.
const FUNCTION_OPS: usize = 1500;
/// Records of a buffer that may be emptied on the way.
const BUFFERED: usize = 256;
/// More records than this are not waited for in any case.
const MOST_BUFFERED: usize = 4096;

/// Where the parts of a model's code are.
#[derive(Debug)]
pub struct Parts {
    /// The blocks of all instances, in order, and where the last ends.
    pub starts: Vec<usize>,
    pub end: usize,
    /// Pieces with one result: where they start, and the slot.
    pub pieces: Vec<(usize, Slot)>,
}

/// The machine code of a model.
pub struct Native {
    /// Where each function begins, in order, and the function.
    functions: Vec<(usize, Run)>,
    end: usize,
    pieces: Vec<Option<Run>>,
    /// Words that the buffer of a run must have.
    room: usize,
    /// Looked into by the machine code.
    _tables: Vec<Box<[u64]>>,
    /// Owns the memory.
    module: ManuallyDrop<JITModule>,
}

// SAFETY: the module is touched by `drop` alone; machine code and tables are only read.
unsafe impl Send for Native {}
// SAFETY: as above.
unsafe impl Sync for Native {}

impl Drop for Native {
    fn drop(&mut self) {
        // SAFETY: it is not used again, and no code of it is running: that would need a reference to `self`.
        unsafe { ManuallyDrop::take(&mut self.module).free_memory() };
    }
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Native").field("functions", &self.functions.len()).finish_non_exhaustive()
    }
}

/// What functions are made in, one after the other.
struct Workshop<'a> {
    setting: Setting<'a>,
    module: JITModule,
    builders: FunctionBuilderContext,
    context: cranelift_codegen::Context,
}

impl Native {
    pub fn compile(code: &Code, map: FrameMap, parts: &Parts) -> Option<Native> {
        let module = JITModule::new(JITBuilder::with_isa(isa()?, cranelift_module::default_libcall_names()));
        let tables: Vec<Box<[u64]>> = code.tables.iter().map(|t| t.clone().into_boxed_slice()).collect();
        let call = module.isa().default_call_conv();
        let mut shop = Workshop {
            setting: Setting { code, tables: &tables, map, call },
            context: module.make_context(),
            builders: FunctionBuilderContext::new(),
            module,
        };
        let expanding = shop.expanding(parts);
        let pieces: Vec<_> = parts.pieces.iter().map(|(start, result)| shop.piece(*start, *result)).collect();
        let Workshop { mut module, .. } = shop;
        let finished = module.finalize_definitions().is_ok();
        let (Some((functions, room)), true) = (expanding, finished) else {
            // SAFETY: no function was taken out of it.
            unsafe { module.free_memory() };
            return None;
        };
        // SAFETY: made with the signature of a `Run`.
        let run =
            |id: FuncId| unsafe { std::mem::transmute::<*const u8, Run>(module.get_finalized_function(id)) };
        Some(Native {
            functions: functions.into_iter().map(|(start, id)| (start, run(id))).collect(),
            end: parts.end,
            pieces: pieces.into_iter().map(|id| id.map(run)).collect(),
            room,
            _tables: tables,
            module: ManuallyDrop::new(module),
        })
    }

    /// Functions, and pieces that were left to the interpreter.
    pub fn size(&self) -> (usize, usize) {
        let made = self.pieces.iter().flatten().count();
        (self.functions.len() + made, self.pieces.len() - made)
    }

    /// Shows every successor and trap of the state before in the frame. The code is that of the model.
    pub fn expand<F: FnMut(u32, Result<Successor<'_>, Trap>)>(
        &self,
        (code, map): (&Code, FrameMap),
        frame: &mut [u64],
        buffer: &mut Vec<u64>,
        visit: &mut F,
    ) {
        if buffer.len() < self.room {
            buffer.resize(self.room, 0);
        }
        let find = |at: u64| match self.functions[..] {
            [(_, only)] => only,
            _ => self.functions[self.functions.partition_point(|(start, _)| *start as u64 <= at) - 1].1,
        };
        // SAFETY: the model passes its own code, and a frame of it; the buffer has the room that was counted.
        unsafe { context::expand((code, map), frame, buffer, (self.end as u64, find), visit) }
    }

    /// The verdict of a piece on the states in the frame; `None`: the interpreter must judge.
    #[inline]
    pub fn judge(
        &self,
        code: (&Code, FrameMap),
        frame: &mut [u64],
        piece: usize,
    ) -> Option<Result<bool, Trap>> {
        let run = (*self.pieces.get(piece)?)?;
        // SAFETY: the model passes its own code, and a frame of it.
        Some(unsafe { context::judge(code, frame, run) })
    }
}

/// What a function consists of.
#[derive(Clone, Copy)]
enum Body<'s> {
    /// And where it may be entered, beside its start.
    Stretches(&'s [Survey], &'s [usize]),
    Piece,
}

/// The machine that this runs on, if code can be made for it.
fn isa() -> Option<OwnedTargetIsa> {
    let mut flags = settings::builder();
    let wanted = [
        ("opt_level", "speed"),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
        ("unwind_info", "false"),
    ];
    for (flag, value) in wanted {
        flags.set(flag, value).ok()?;
    }
    cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()
}

impl Workshop<'_> {
    /// The functions that expand, and the room that a run needs for its records.
    fn expanding(&mut self, parts: &Parts) -> Option<(Vec<(usize, FuncId)>, usize)> {
        let Setting { code, map, .. } = self.setting;
        let ends = parts.starts.iter().skip(1).chain([&parts.end]);
        let ranges = parts.starts.iter().zip(ends).map(|(start, end)| *start..*end);
        let surveys: Vec<Survey> = ranges.map(|r| Survey::new(code, map, r)).collect::<Option<_>>()?;
        let doors: BTreeSet<usize> = parts.starts.iter().copied().chain([parts.end]).collect();
        if parts.starts.first().is_some_and(|s| *s != 0)
            || surveys.iter().any(|s| !s.outside.is_subset(&doors))
        {
            return None;
        }
        let results: usize = surveys.iter().map(|s| s.results).sum();
        let may_outgrow = surveys.iter().any(Survey::loops) || results > MOST_BUFFERED;
        let records = if may_outgrow { BUFFERED } else { results.max(1) };
        let mut functions = Vec::new();
        for chunk in chunks(&surveys) {
            let (start, end) = (chunk[0].range.start, chunk[chunk.len() - 1].range.end);
            // Entered from before it, elsewhere than at its start.
            let entries: BTreeSet<usize> = surveys
                .iter()
                .take_while(|s| s.range.start < start)
                .flat_map(|s| s.outside.range(start + 1..end).copied())
                .collect();
            let entries: Vec<usize> = entries.into_iter().collect();
            let purpose = Purpose::Expand { may_outgrow };
            let id = self.function(&chunk[0], purpose, Body::Stretches(chunk, &entries))?;
            functions.push((start, id));
        }
        Some((functions, records * context::stride(map.words) as usize))
    }

    /// A piece with one result, up to its `Return`.
    fn piece(&mut self, start: usize, result: Slot) -> Option<FuncId> {
        let Setting { code, map, .. } = self.setting;
        let length = code.ops[start..].iter().position(|op| matches!(op, Op::Return {}))?;
        let survey = Survey::new(code, map, start..start + length + 1)?;
        if !survey.outside.is_empty() {
            return None;
        }
        self.function(&survey, Purpose::Judge { result }, Body::Piece)
    }

    fn function(&mut self, first: &Survey, purpose: Purpose, body: Body<'_>) -> Option<FuncId> {
        let Workshop { setting, module, builders, context } = self;
        context.func.signature = signature(setting.call);
        let builder = FunctionBuilder::new(&mut context.func, builders);
        let translator = Translator::new(builder, *setting, purpose, first);
        let done = match body {
            Body::Stretches(surveys, entries) => translator.expand(surveys, entries),
            Body::Piece => translator.judge(),
        };
        let id = done.and_then(|()| {
            let id =
                module.declare_anonymous_function(&context.func.signature).map_err(|_| Untranslatable)?;
            module.define_function(id, context).map_err(|_| Untranslatable)?;
            Ok(id)
        });
        module.clear_context(context);
        if id.is_err() {
            // What was left unfinished must not be found by the next one.
            *builders = FunctionBuilderContext::new();
        }
        id.ok()
    }
}

/// Stretches that follow each other, for one function each.
fn chunks(surveys: &[Survey]) -> Vec<&[Survey]> {
    let (mut chunks, mut from, mut ops) = (Vec::new(), 0, 0);
    for (i, survey) in surveys.iter().enumerate() {
        ops += survey.range.len();
        if ops >= FUNCTION_OPS || i + 1 == surveys.len() {
            chunks.push(&surveys[from..=i]);
            (from, ops) = (i + 1, 0);
        }
    }
    chunks
}
