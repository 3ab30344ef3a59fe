//! From flat code to executable memory.
//!
//! Enters: a model's code, its instances, its pieces with one result. Leaves: [`Native`]. What cannot be translated, or
//! a machine for which there is no code generator, leaves less or nothing: the interpreter runs the rest.

use super::Parts;
use super::border::{Functions, Native, signature, stride};
use super::survey::Survey;
use super::translate::{Purpose, Setting, Translator, Untranslatable};
use crate::model::form::code::{Code, Op, Slot};
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Operations of one function: the time for a function grows faster than its length.
const FUNCTION_OPS: usize = 1500;
/// Records of a buffer that may be emptied on the way.
const BUFFERED: usize = 256;
/// More records than this are not waited for in any case.
const MOST_BUFFERED: usize = 4096;

/// What functions are made in, one after the other.
struct Workshop<'a> {
    setting: Setting<'a>,
    module: JITModule,
    builders: FunctionBuilderContext,
    context: cranelift_codegen::Context,
}

/// Machine code for all that can be translated; `None`: there is no code generator for this machine, or not all that
/// expands can be translated.
pub(super) fn compile(code: &Arc<Code>, parts: &Parts) -> Option<Native> {
    // Places in the frame are offsets in bytes of 32 bits.
    i32::try_from(size_of::<u64>() * code.slots()).ok()?;
    let module = JITModule::new(JITBuilder::with_isa(isa()?, cranelift_module::default_libcall_names()));
    let call = module.isa().default_call_conv();
    let mut shop = Workshop {
        setting: Setting { code, call },
        context: module.make_context(),
        builders: FunctionBuilderContext::new(),
        module,
    };
    let functions = shop.functions(parts);
    Native::new(code, shop.module, functions)
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
    let isa = cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()?;
    (isa.pointer_type() == I64).then_some(isa)
}

impl Workshop<'_> {
    /// `None`: not all that expands can be translated.
    fn functions(&mut self, parts: &Parts) -> Option<Functions> {
        let (stretches, room) = self.expanding(parts)?;
        let pieces = parts.pieces.iter().map(|(start, result)| self.piece(*start, *result)).collect();
        Some(Functions { stretches, end: parts.end, pieces, room })
    }

    /// The functions that expand, and the words that the records of a run take.
    fn expanding(&mut self, parts: &Parts) -> Option<(Vec<(usize, FuncId)>, usize)> {
        let code = self.setting.code;
        let ends = parts.starts.iter().skip(1).chain([&parts.end]);
        let ranges = parts.starts.iter().zip(ends).map(|(start, end)| *start..*end);
        let surveys: Vec<Survey> = ranges.map(|r| Survey::new(code, r)).collect::<Option<_>>()?;
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
        Some((functions, records * stride(code.map().words) as usize))
    }

    /// A piece with one result, up to its `Return`.
    fn piece(&mut self, start: usize, result: Slot) -> Option<FuncId> {
        let code = self.setting.code;
        let length = code.ops()[start..].iter().position(|op| matches!(op, Op::Return {}))?;
        let survey = Survey::new(code, start..start + length + 1)?;
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
            // The next function must not find an unfinished one.
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
