//! Flat code to the intermediate form of the code generator.
//!
//! Enters: stretches of operations with their surveys. Leaves: one function of machine code, not yet compiled.
//! The idea: a slot is a value. What the interpreter keeps in its frame is here a register of the processor, constants
//! are immediate, a word of the state before is loaded where it is first needed, and those of the state after are put
//! together in the record that a successor leaves. Only what is addressed by an index that is known late, and what the
//! interpreter has to see, stays in the frame.

use super::border::{CURSOR, END, FLUSH, HALT, HALTED, HELP, IS_TRAP, TRAP, TRAPPED, signature, stride};
use super::survey::Survey;
use crate::model::form::code::{Code, Op, Slot, Target};
use crate::model::form::code::{
    addressed, attempts, bits, checked, jumps, lists, runs, scalars, ways, words,
};
use crate::model::form::frame::{FrameMap, Region};
use crate::model::form::trap::QUIET;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, InstBuilder, MemFlags, SigRef, Signature, Value, types::I8, types::I64,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, Variable};
use rustc_hash::FxHashMap;

mod arithmetic;
mod lists;
mod memory;
mod words;

/// What code is translated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Successors and traps, as records. Where they may outgrow the buffer, room is looked for before each.
    Expand { may_outgrow: bool },
    /// One result, in a slot, or a trap.
    Judge { result: Slot },
}

/// It cannot be translated: the interpreter runs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Untranslatable;

pub(super) type Done = Result<(), Untranslatable>;

/// What is true of every function of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub code: &'a Code,
    pub call: CallConv,
}

/// One function under way.
pub(super) struct Translator<'a, 'f> {
    b: FunctionBuilder<'f>,
    setting: Setting<'a>,
    purpose: Purpose,
    frame: Value,
    context: Value,
    /// Where the next record goes.
    cursor: Variable,
    /// Of the stretch at hand.
    survey: &'a Survey,
    blocks: FxHashMap<usize, Block>,
    variables: FxHashMap<u32, Variable>,
    /// Blocks of stretches, and of what lies in other functions.
    doors: FxHashMap<usize, Block>,
    help: SigRef,
    flush: SigRef,
    /// The operation at hand.
    at: usize,
    /// Nothing comes here: the operations up to the next block are dead.
    ended: bool,
}

impl<'a, 'f> Translator<'a, 'f> {
    pub(super) fn new(
        mut b: FunctionBuilder<'f>,
        setting: Setting<'a>,
        purpose: Purpose,
        first: &'a Survey,
    ) -> Self {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        b.seal_block(entry);
        let (frame, context) = (b.block_params(entry)[0], b.block_params(entry)[1]);
        let cursor = b.declare_var(I64);
        let help = b.import_signature(signature(setting.call));
        let mut flush = Signature::new(setting.call);
        flush.params.push(AbiParam::new(I64));
        let flush = b.import_signature(flush);
        let mut new = Translator {
            b,
            setting,
            purpose,
            frame,
            context,
            cursor,
            survey: first,
            blocks: FxHashMap::default(),
            variables: FxHashMap::default(),
            doors: FxHashMap::default(),
            help,
            flush,
            at: 0,
            ended: false,
        };
        if let Purpose::Expand { .. } = purpose {
            let at = new.load(new.context, CURSOR);
            new.b.def_var(cursor, at);
        }
        new
    }

    /// The stretches of a function that expands, in order; `entries` are those at which it may be entered. What lies
    /// outside is returned to who called.
    pub(super) fn expand(mut self, surveys: &'a [Survey], entries: &[usize]) -> Done {
        let start = self.b.block_params(self.b.current_block().ok_or(Untranslatable)?)[2];
        for survey in surveys {
            let block = self.b.create_block();
            self.doors.insert(survey.range.start, block);
        }
        for entry in entries {
            let (door, other) = (*self.doors.get(entry).ok_or(Untranslatable)?, self.b.create_block());
            let here = self.b.ins().icmp_imm(IntCC::Equal, start, *entry as i64);
            self.b.ins().brif(here, door, &[], other, &[]);
            self.begin(other);
        }
        let first = self.door(surveys[0].range.start);
        self.b.ins().jump(first, &[]);
        for survey in surveys {
            self.survey = survey;
            self.stretch()?;
        }
        self.leave(surveys);
        self.b.seal_all_blocks();
        self.b.finalize();
        Ok(())
    }

    /// The blocks by which other functions are reached.
    fn leave(&mut self, surveys: &[Survey]) {
        let mut outside: Vec<(usize, Block)> = self.doors.iter().map(|(at, block)| (*at, *block)).collect();
        outside.retain(|(at, _)| surveys.iter().all(|s| s.range.start != *at));
        outside.sort();
        for (at, block) in outside {
            self.begin(block);
            let cursor = self.b.use_var(self.cursor);
            self.store(cursor, self.context, CURSOR);
            let at = self.constant(at as u64);
            self.b.ins().return_(&[at]);
        }
    }

    /// A piece of code with one result.
    pub(super) fn judge(mut self) -> Done {
        let start = self.b.create_block();
        self.doors.insert(self.survey.range.start, start);
        self.b.ins().jump(start, &[]);
        self.stretch()?;
        self.b.seal_all_blocks();
        self.b.finalize();
        Ok(())
    }

    fn stretch(&mut self) -> Done {
        self.variables.clear();
        self.blocks.clear();
        let survey = self.survey;
        for leader in &survey.leaders {
            let block = match *leader == survey.range.start {
                true => self.door(*leader),
                false => self.b.create_block(),
            };
            self.blocks.insert(*leader, block);
        }
        self.ended = true;
        for at in survey.range.clone() {
            if let Some(block) = self.blocks.get(&at).copied() {
                if !self.ended {
                    self.b.ins().jump(block, &[]);
                }
                self.b.switch_to_block(block);
                if !survey.late.contains(&at) {
                    self.b.seal_block(block);
                }
                self.ended = false;
            }
            self.at = at;
            if !self.ended {
                self.op(at, self.setting.code.ops()[at])?;
            }
        }
        if !self.ended {
            self.go(survey.range.end);
        }
        for late in survey.late.iter().filter_map(|at| self.blocks.get(at)) {
            self.b.seal_block(*late);
        }
        Ok(())
    }

    fn op(&mut self, at: usize, op: Op) -> Done {
        if super::operands::is_helped(self.setting.code, &op) {
            return self.helped(at, op);
        }
        match op {
            Op::Instance { next, .. } => self.set(self.map().fail(), next.0 as u64),
            Op::SetFail { to } => self.set(self.map().fail(), to.0 as u64),
            Op::Emit {} => self.emit(),
            Op::Fail {} => self.fail(),
            Op::Trap { site, a, b } => {
                let (a, b) = (self.get(a), self.get(b));
                self.trap(site, a, b)
            }
            Op::Return {} => self.end(),
            Op::Next { dst, set, words, to } => self.next(dst, set, words, to),
            Op::ListPush { list, src, shape, site } => self.push(list, src, shape, site),
            jumps!() => self.jumps(op),
            scalars!() => self.arithmetic(op),
            checked!() => self.checked(op),
            addressed!() => self.memory(op),
            runs!() | words!() => self.words(op),
            bits!() => self.bits(op),
            lists!() => self.lists(op),
            // The interpreter does it.
            Op::BagAdd { .. } => self.unknown(),
        }
    }

    fn jumps(&mut self, op: Op) -> Done {
        let (yes, to) = match op {
            Op::Jump { to } => {
                self.go(to.0 as usize);
                return Ok(());
            }
            Op::JumpIf { cond, to } => (self.get(cond), to),
            Op::JumpUnless { cond, to } => {
                let cond = self.get(cond);
                (self.b.ins().icmp_imm(IntCC::Equal, cond, 0), to)
            }
            Op::JumpEq { a, b, to } => (self.compare(IntCC::Equal, a, b), to),
            Op::JumpNe { a, b, to } => (self.compare(IntCC::NotEqual, a, b), to),
            Op::JumpLt { a, b, to } => (self.compare(IntCC::SignedLessThan, a, b), to),
            Op::JumpLe { a, b, to } => (self.compare(IntCC::SignedLessThanOrEqual, a, b), to),
            Op::JumpTest { word, mask, value, to } => (self.masked(IntCC::NotEqual, word, mask, value), to),
            Op::JumpTestIs { word, mask, value, to } => (self.masked(IntCC::Equal, word, mask, value), to),
            Op::JumpBit { set, index, words, to } => {
                let bit = self.bit(set, index, words);
                (self.b.ins().icmp_imm(IntCC::Equal, bit, 0), to)
            }
            ways!() | scalars!() | checked!() | runs!() | bits!() | words!() => return self.unknown(),
            addressed!() | attempts!() | lists!() => return self.unknown(),
        };
        self.jump_if(yes, to);
        Ok(())
    }

    // ---- control ----

    fn begin(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.b.seal_block(block);
        self.ended = false;
    }

    /// The block of a stretch, or of what lies in another function.
    fn door(&mut self, at: usize) -> Block {
        let b = &mut self.b;
        *self.doors.entry(at).or_insert_with(|| b.create_block())
    }

    fn block(&mut self, at: usize) -> Block {
        match self.blocks.get(&at) {
            Some(block) => *block,
            None => self.door(at),
        }
    }

    fn go(&mut self, at: usize) {
        let block = self.block(at);
        if self.is_back(at) {
            self.look();
        }
        self.b.ins().jump(block, &[]);
        self.ended = true;
    }

    /// Whether going there may be a round of a loop.
    fn is_back(&self, to: usize) -> bool {
        to <= self.at && self.survey.range.contains(&to)
    }

    /// Ends where the host has stopped what runs.
    fn look(&mut self) {
        let flag = self.load(self.context, HALT);
        let halted = self.b.ins().atomic_load(I8, MemFlags::trusted(), flag);
        let on = self.seldom(halted);
        let end = self.constant(HALTED);
        self.b.ins().return_(&[end]);
        self.begin(on);
    }

    fn jump_if(&mut self, yes: Value, to: Target) {
        let (at, on) = (to.0 as usize, self.b.create_block());
        let to = self.block(at);
        if self.is_back(at) {
            let round = self.b.create_block();
            self.b.ins().brif(yes, round, &[], on, &[]);
            self.begin(round);
            self.look();
            self.b.ins().jump(to, &[]);
        } else {
            self.b.ins().brif(yes, to, &[], on, &[]);
        }
        self.begin(on);
    }

    /// A block that is seldom entered; the code goes on in another one.
    fn seldom(&mut self, when: Value) -> Block {
        let (rare, on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(rare);
        self.b.ins().brif(when, rare, &[], on, &[]);
        self.begin(rare);
        on
    }

    /// On where the last choice was made.
    fn fail(&mut self) -> Done {
        let mut fails: Vec<usize> = self.survey.fails.iter().copied().collect();
        let last = fails.pop().ok_or(Untranslatable)?;
        for fail in fails {
            let latest = self.get(self.map().fail());
            let here = self.b.ins().icmp_imm(IntCC::Equal, latest, fail as i64);
            self.jump_if(here, Target(fail as u32));
        }
        self.go(last);
        Ok(())
    }

    /// The end of all code that expands, or of a piece.
    fn end(&mut self) -> Done {
        match self.purpose {
            Purpose::Judge { result } => {
                let result = self.get(result);
                let holds = self.b.ins().icmp_imm(IntCC::NotEqual, result, 0);
                let holds = self.wide(holds);
                self.b.ins().return_(&[holds]);
            }
            // The end of all is a door that is never entered.
            Purpose::Expand { .. } => return Err(Untranslatable),
        }
        self.ended = true;
        Ok(())
    }

    // ---- results ----

    /// A trap with two operands, then as `fail`.
    fn trap(&mut self, site: u32, a: Value, b: Value) -> Done {
        if site == QUIET {
            return self.fail();
        }
        if let Purpose::Judge { .. } = self.purpose {
            let site = self.constant(site as u64);
            for (i, value) in [site, a, b].into_iter().enumerate() {
                self.store(value, self.context, TRAP + 8 * i as i32);
            }
            let trapped = self.constant(TRAPPED);
            self.b.ins().return_(&[trapped]);
            self.ended = true;
            return Ok(());
        }
        let id = self.survey.instance.ok_or(Untranslatable)? as u64 | IS_TRAP;
        let (id, site) = (self.constant(id), self.constant(site as u64));
        self.record(&[id, site, a, b])
    }

    fn emit(&mut self) -> Done {
        let id = self.survey.instance.ok_or(Untranslatable)?;
        let map = self.map();
        let id = self.constant(id as u64);
        // Of no use for other instances than deliveries, which are told apart by their number.
        let key = match self.variables.contains_key(&map.key().0) {
            true => self.get(map.key()),
            false => id,
        };
        let mut values = vec![id, key];
        for word in 0..map.words {
            values.push(self.get(map.region(Region::After).plus(word)));
        }
        self.record(&values)
    }

    fn record(&mut self, values: &[Value]) -> Done {
        if let Purpose::Expand { may_outgrow: true } = self.purpose {
            let (cursor, end) = (self.b.use_var(self.cursor), self.load(self.context, END));
            let full = self.b.ins().icmp(IntCC::Equal, cursor, end);
            let on = self.seldom(full);
            self.store(cursor, self.context, CURSOR);
            let flush = self.load(self.context, FLUSH);
            self.b.ins().call_indirect(self.flush, flush, &[self.context]);
            let cursor = self.load(self.context, CURSOR);
            self.b.def_var(self.cursor, cursor);
            self.b.ins().jump(on, &[]);
            self.begin(on);
        }
        let cursor = self.b.use_var(self.cursor);
        for (i, value) in values.iter().enumerate() {
            self.store(*value, cursor, 8 * i as i32);
        }
        let stride = 8 * stride(self.map().words) as i64;
        let cursor = self.b.ins().iadd_imm(cursor, stride);
        self.b.def_var(self.cursor, cursor);
        self.fail()
    }

    // ---- what the interpreter does ----

    /// Has the interpreter do an operation: what it reads is put into the frame before, what it writes taken from there.
    fn helped(&mut self, at: usize, op: Op) -> Done {
        use super::operands::{Access, operands};
        let operands = operands(self.setting.code, &op);
        for operand in operands.iter().filter(|o| o.access != Access::Write) {
            for slot in (0..operand.words).map(|i| operand.slot.plus(i)) {
                if self.is_value(slot) {
                    let value = self.get(slot);
                    self.store(value, self.frame, self.place(slot, 1));
                }
            }
        }
        let (help, at) = (self.load(self.context, HELP), self.constant(at as u64));
        let call = self.b.ins().call_indirect(self.help, help, &[self.frame, self.context, at]);
        let outcome = self.b.inst_results(call)[0];
        for operand in operands.iter().filter(|o| o.access != Access::Read) {
            for slot in (0..operand.words).map(|i| operand.slot.plus(i)) {
                if self.is_fixed(slot) {
                    return Err(Untranslatable);
                }
                if self.is_value(slot) {
                    let value = self.load(self.frame, self.place(slot, 1));
                    self.put(slot, value)?;
                }
            }
        }
        match op {
            Op::Next { to, .. } => self.jump_if(outcome, to),
            Op::ListPush { site, .. } | Op::BagAdd { site, .. } => {
                let on = self.seldom(outcome);
                let (length, zero) = (self.load(self.context, TRAP), self.constant(0));
                self.trap(site, length, zero)?;
                self.begin(on);
            }
            _ => {}
        }
        Ok(())
    }

    // ---- slots ----

    fn map(&self) -> FrameMap {
        self.setting.code.map()
    }

    /// Bytes from the start of the frame to slots that follow each other. Panics: the frame ends before them.
    fn place(&self, first: Slot, words: u32) -> i32 {
        let slots = self.setting.code.slots();
        assert!(first.at() + words as usize <= slots, "{words} words at {first:?} of {slots}");
        8 * first.0 as i32
    }

    fn constant(&mut self, value: u64) -> Value {
        self.b.ins().iconst(I64, value as i64)
    }

    fn load(&mut self, from: Value, offset: i32) -> Value {
        self.b.ins().load(I64, MemFlags::trusted(), from, offset)
    }

    fn store(&mut self, value: Value, to: Value, offset: i32) {
        self.b.ins().store(MemFlags::trusted(), value, to, offset);
    }

    /// Whether nothing that is translated for this purpose changes the slot.
    fn is_fixed(&self, slot: Slot) -> bool {
        let map = self.map();
        let states = if matches!(self.purpose, Purpose::Judge { .. }) { 2 * map.words } else { map.words };
        slot.0 < states
            || self.setting.code.constant(slot).is_some()
            || (map.quiescent(Region::Before).0..map.fixed()).contains(&slot.0)
    }

    /// Whether the slot is a value, not a place in the frame.
    fn is_value(&self, slot: Slot) -> bool {
        !self.is_fixed(slot) && !self.survey.is_in_memory(slot)
    }

    fn get(&mut self, slot: Slot) -> Value {
        if let Some(value) = self.setting.code.constant(slot) {
            return self.constant(value);
        }
        if self.is_fixed(slot) {
            let flags = MemFlags::trusted().with_readonly().with_can_move();
            let place = self.place(slot, 1);
            return self.b.ins().load(I64, flags, self.frame, place);
        }
        if self.survey.is_in_memory(slot) {
            return self.load(self.frame, self.place(slot, 1));
        }
        let variable = self.variable(slot);
        self.b.use_var(variable)
    }

    fn put(&mut self, slot: Slot, value: Value) -> Done {
        if self.is_fixed(slot) {
            return Err(Untranslatable);
        }
        if self.survey.is_in_memory(slot) {
            self.store(value, self.frame, self.place(slot, 1));
        } else {
            let variable = self.variable(slot);
            self.b.def_var(variable, value);
        }
        Ok(())
    }

    fn set(&mut self, slot: Slot, value: u64) -> Done {
        let value = self.constant(value);
        self.put(slot, value)
    }

    fn variable(&mut self, slot: Slot) -> Variable {
        let b = &mut self.b;
        *self.variables.entry(slot.0).or_insert_with(|| b.declare_var(I64))
    }

    /// A truth value as 64 bits.
    fn wide(&mut self, truth: Value) -> Value {
        self.b.ins().uextend(I64, truth)
    }

    fn compare(&mut self, how: IntCC, a: Slot, b: Slot) -> Value {
        let (a, b) = (self.get(a), self.get(b));
        self.b.ins().icmp(how, a, b)
    }

    fn masked(&mut self, how: IntCC, word: Slot, mask: Slot, value: Slot) -> Value {
        let (word, mask, value) = (self.get(word), self.get(mask), self.get(value));
        let bits = self.b.ins().band(word, mask);
        self.b.ins().icmp(how, bits, value)
    }
}
