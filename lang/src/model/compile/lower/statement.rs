//! Statements to effects on the state after the step.
//!
//! Enters: the body of an action. Leaves: operations; where the body chooses, code that comes back for the next choice.
//! A choice saves the state, leaves its own place in `FAIL` and goes on; what follows in the program follows in the code,
//! so nothing is duplicated, and the end of every way (`Emit`, `Fail`) goes back to the latest choice that has more.

use super::branch::Jumps;
use super::link::EndsOf;
use super::{Addr, ChoiceNote, Low, Lower, Val};
use crate::analysis::program::{Binder, Expr, LocalId, Stmt, StmtKind, Type, TypeId};
use crate::diag::Diagnostic;
use crate::diag::codes::model as codes;
use crate::model::form::code::{Op, Slot, Target};
use crate::model::form::domain;
use crate::model::form::frame::Region;
use crate::model::form::shape::{Kind, Shape};

/// Choices of one instance that have a note of their own.
const MAX_CHOICES: usize = 64;

impl Lower<'_> {
    pub(crate) fn statements(&mut self, body: &[Stmt]) -> Low<()> {
        let mut bound = Vec::new();
        for stmt in body {
            self.span = stmt.span;
            self.check_size()?;
            if let StmtKind::Let { local, value } = &stmt.kind {
                let ty = self.local_type(*local);
                let value = self.expression_as(value, ty)?;
                let shape = self.shape(ty)?;
                let value = self.force(value, &shape);
                bound.push((*local, self.locals.insert(*local, value)));
                continue;
            }
            if let StmtKind::Fork { local, when } = &stmt.kind {
                let value = self.fork(when)?;
                bound.push((*local, self.locals.insert(*local, value)));
                continue;
            }
            self.statement(stmt)?;
        }
        for (local, before) in bound {
            match before {
                Some(value) => self.locals.insert(local, value),
                None => self.locals.remove(&local),
            };
        }
        Ok(())
    }

    fn statement(&mut self, stmt: &Stmt) -> Low<()> {
        match &stmt.kind {
            StmtKind::Assign { place, value } => self.assign(place, value),
            StmtKind::Mutate { place, op, value } => self.mutate(place, *op, value.as_ref()),
            StmtKind::If { condition, then, otherwise } => {
                let (no, end) = (self.b.label(), self.b.label());
                let jumps = self.branch(condition, false, no)?;
                if jumps != Jumps::Always {
                    self.statements(then)?;
                }
                if jumps == Jumps::Maybe && !otherwise.is_empty() {
                    self.b.jump(end);
                }
                self.b.bind(no);
                if jumps != Jumps::Never {
                    self.statements(otherwise)?;
                }
                self.b.bind(end);
                Ok(())
            }
            StmtKind::For { binder, body } => {
                if body.iter().any(chooses) {
                    return self.each_unrolled(binder, &mut |l, _| l.statements(body));
                }
                self.each(binder, weight(body), &mut |l, _| l.statements(body))
            }
            StmtKind::Let { .. } | StmtKind::Fork { .. } => Ok(()),
            StmtKind::Attempt { body, otherwise } => self.attempt(body, otherwise),
            StmtKind::Retake { local, body } => self.retake(*local, body),
            StmtKind::Take { message, link, fields, from, to, then } => {
                self.take(*message, *link, fields, EndsOf { from, to }, then)
            }
            StmtKind::Refill { link, from } => {
                self.refill(*link, *from);
                Ok(())
            }
            StmtKind::Choose { binder, body } => self.choose(binder, body),
            StmtKind::Send { message, link, fields, from, to } => {
                if self.context.silent {
                    return Ok(());
                }
                self.send(*message, *link, fields, EndsOf { from, to })
            }
            StmtKind::Require(condition) => {
                let fail = self.fail_label();
                self.branch(condition, false, fail)?;
                self.end_fail_label(fail);
                Ok(())
            }
        }
    }

    /// 0, and then 1 where the condition is true.
    fn fork(&mut self, when: &Expr) -> Low<Val> {
        let (taken, zero) = (self.b.register(), self.b.constant(0));
        let (no, end, outer) = (self.b.label(), self.b.label(), self.b.register());
        self.b.op(Op::Move { dst: taken, src: zero });
        // A condition that has no value here is not true here.
        self.b.op(Op::Move { dst: outer, src: self.b.map.fail() });
        self.b.op(Op::SetFail { to: no });
        let quiet = std::mem::replace(&mut self.context.quiet, true);
        let jumps = self.branch(when, false, no)?;
        self.context.quiet = quiet;
        if jumps != Jumps::Always {
            self.b.op(Op::Move { dst: self.b.map.fail(), src: outer });
            let number = self.choose_number(2);
            self.b.op(Op::Move { dst: taken, src: number });
            self.b.jump(end);
        }
        self.b.bind(no);
        self.b.op(Op::Move { dst: self.b.map.fail(), src: outer });
        self.b.bind(end);
        Ok(Val::Slot(taken))
    }

    /// With the choice of this step, as it was noted.
    fn retake(&mut self, local: LocalId, body: &[Stmt]) -> Low<()> {
        let notes = self.context.choices.iter().enumerate().filter(|(_, note)| note.local == local);
        let found: Vec<(usize, Slot)> = notes.map(|(bit, note)| (bit, note.slot)).collect();
        let [(bit, slot)] = found[..] else {
            self.b.op(Op::Fail {});
            return Ok(());
        };
        let (made, index, on) = (self.b.register(), self.b.constant(bit as u64), self.b.label());
        self.b.op(Op::TestBit { dst: made, set: self.b.map.notes(), index, words: 1 });
        self.b.op(Op::JumpIf { cond: made, to: on });
        self.b.op(Op::Fail {});
        self.b.bind(on);
        let ty = self.local_type(local);
        let shape = self.shape(ty)?;
        let value = if shape.narrow { Val::Slot(slot) } else { Val::Mem(Addr::of(slot)) };
        let outer = self.locals.insert(local, value);
        self.statements(body)?;
        match outer {
            Some(value) => self.locals.insert(local, value),
            None => self.locals.remove(&local),
        };
        Ok(())
    }

    /// What has no value in the body goes on elsewhere and is not told.
    fn attempt(&mut self, body: &[Stmt], otherwise: &[Stmt]) -> Low<()> {
        let (caught, end, outer) = (self.b.label(), self.b.label(), self.b.register());
        self.b.op(Op::Move { dst: outer, src: self.b.map.fail() });
        self.b.op(Op::SetFail { to: caught });
        let (fail, quiet) = (self.context.fail.take(), std::mem::replace(&mut self.context.quiet, true));
        self.statements(body)?;
        (self.context.fail, self.context.quiet) = (fail, quiet);
        self.b.op(Op::Move { dst: self.b.map.fail(), src: outer });
        self.b.jump(end);
        self.b.bind(caught);
        self.b.op(Op::Move { dst: self.b.map.fail(), src: outer });
        self.statements(otherwise)?;
        self.b.bind(end);
        Ok(())
    }

    /// A label to jump to where this way does not exist.
    pub(crate) fn fail_label(&mut self) -> Target {
        match self.context.fail {
            Some(next) => next,
            None => self.b.label(),
        }
    }

    /// Gives the label its code, where it has none elsewhere.
    pub(crate) fn end_fail_label(&mut self, fail: Target) {
        if self.context.fail.is_none() {
            let on = self.b.label();
            self.b.jump(on);
            self.b.bind(fail);
            self.b.op(Op::Fail {});
            self.b.bind(on);
        }
    }

    fn choose(&mut self, binder: &Binder, body: &[Stmt]) -> Low<()> {
        let ty = self.local_type(binder.local);
        let (retry, value) = self.choice_from(&binder.set, ty)?;
        let outer = self.locals.insert(binder.local, value);
        if let Some(filter) = &binder.filter {
            self.branch(filter, false, retry.again)?;
        }
        self.note(binder, value)?;
        self.statements(body)?;
        match outer {
            Some(value) => self.locals.insert(binder.local, value),
            None => self.locals.remove(&binder.local),
        };
        Ok(())
    }

    /// A choice from a set, whose elements are brought to type `ty`.
    pub(crate) fn choose_from(&mut self, set: &Expr, ty: TypeId) -> Low<Val> {
        Ok(self.choice_from(set, ty)?.1)
    }

    fn choice_from(&mut self, from: &Expr, ty: TypeId) -> Low<(Choice, Val)> {
        // What is stored is the chosen value, and not what it is chosen from.
        let subject = self.subject.take();
        let set = self.expression(from);
        self.subject = subject;
        let set = set?;
        let element = match *self.shapes.get(from.ty) {
            Type::Set(element) | Type::List { element, .. } | Type::Bag { element, .. } => element,
            _ => ty,
        };
        let choice = self.begin_choice();
        let value = self.next_choice(choice, set, from.ty, element)?;
        self.resume_choice(choice);
        Ok((choice, self.convert_or_trap(value, element, ty)?))
    }

    fn note(&mut self, binder: &Binder, value: Val) -> Low<()> {
        let local = &self.program.locals[binder.local.index()];
        // Obligations choose without being seen.
        if local.name.is_empty() {
            return Ok(());
        }
        let bit = self.context.choices.len();
        if bit >= MAX_CHOICES {
            let words = format!("expected at most {MAX_CHOICES} choices in one step");
            return Err(Box::new(Diagnostic::error(codes::TOO_MANY_CHOICES, binder.span, words)));
        }
        let shape = self.shape(local.ty)?;
        let slot = self.slot(value, &shape);
        self.b.op(Op::Note { slot: self.b.map.notes(), bit: bit as u8 });
        let (name, ty) = (local.name.clone(), local.ty);
        self.context.choices.push(ChoiceNote { local: binder.local, name, ty, slot });
        Ok(())
    }

    // ---- choices, also used for initial states ----

    /// Saves the state; what is saved is restored each time the choice goes on.
    pub(crate) fn begin_choice(&mut self) -> Choice {
        self.context.fail = None;
        let words = self.b.map.words + 1;
        let choice = Choice {
            saved: self.b.registers_run(words),
            fail: self.b.register(),
            again: self.b.label(),
            none: self.b.label(),
        };
        self.b.op(Op::Copy { dst: choice.saved, src: self.b.map.region(Region::After), words });
        self.b.op(Op::Move { dst: choice.fail, src: self.b.map.fail() });
        choice
    }

    /// Element by element out of a set, list or bag; must follow `begin_choice`.
    fn next_choice(&mut self, choice: Choice, set: Val, ty: TypeId, element: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let copy = self.copy(set, &shape);
        let mut rest = (copy, shape.clone());
        if matches!(shape.kind, Kind::List { .. }) {
            // Equal elements are one choice.
            let set_ty = self.shapes.types.intern(Type::Set(element));
            let set_shape = self.shape(set_ty)?;
            let bits = self.zeroed(&set_shape).base;
            self.fill(bits, copy, &shape, element)?;
            rest = (bits, set_shape);
        }
        self.b.op(Op::SetFail { to: choice.again });
        self.b.bind(choice.again);
        let rank = self.b.register();
        self.b.op(Op::Next { dst: rank, set: rest.0, words: rest.1.words, to: choice.none });
        self.unrank(Val::Slot(rank), element)
    }

    fn fill(&mut self, bits: Slot, list: Slot, shape: &Shape, element: TypeId) -> Low<()> {
        let Kind::List { list: array, .. } = shape.kind else { return Ok(()) };
        let (part, done) = (self.shape(element)?, self.b.label());
        let length = self.length(Val::Mem(Addr::of(list)), shape);
        let length = self.number_slot(length);
        for i in 0..array.array.count {
            let index = self.b.constant(i as u64);
            self.b.op(Op::JumpLe { a: length, b: index, to: done });
            let item = self.part(Val::Mem(Addr::of(list)), shape, array.array.offset(i), &part);
            self.set_bit(bits, item, element)?;
        }
        self.b.bind(done);
        Ok(())
    }

    /// A choice among `0..count`; the slot holds the number.
    pub(crate) fn choose_number(&mut self, count: u64) -> Slot {
        let choice = self.begin_choice();
        let (i, last, one) = (self.b.register(), self.b.constant(count.wrapping_sub(1)), self.b.constant(1));
        let minus_one = self.b.constant(u64::MAX);
        self.b.op(Op::Move { dst: i, src: minus_one });
        self.b.op(Op::SetFail { to: choice.again });
        self.b.bind(choice.again);
        self.b.op(Op::JumpLe { a: last, b: i, to: choice.none });
        self.b.op(Op::Add { dst: i, a: i, b: one });
        self.resume_choice(choice);
        i
    }

    /// The code for when nothing is left, and the restored state for the element just taken.
    pub(crate) fn resume_choice(&mut self, choice: Choice) {
        let go = self.b.label();
        self.b.jump(go);
        self.b.bind(choice.none);
        self.b.op(Op::Move { dst: self.b.map.fail(), src: choice.fail });
        self.b.op(Op::Fail {});
        self.b.bind(go);
        let words = self.b.map.words + 1;
        self.b.op(Op::Copy { dst: self.b.map.region(Region::After), src: choice.saved, words });
    }

    /// All values of a type as constants, for choices: packed.
    pub(crate) fn values_of(&mut self, ty: TypeId, cap: usize) -> Option<Vec<u64>> {
        domain::codes(&mut self.shapes, ty, cap)
    }
}

/// A choice under way: the saved state, the choice before it, where it goes on, where it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    saved: Slot,
    fail: Slot,
    again: Target,
    none: Target,
}

/// Whether a statement chooses, at any depth.
pub(crate) fn chooses(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Choose { .. } => true,
        StmtKind::If { then, otherwise, .. } => then.iter().chain(otherwise).any(chooses),
        StmtKind::For { body, .. } => body.iter().any(chooses),
        // A fork is no choice of the mapping: it has no note.
        _ => false,
    }
}

/// A rough size of statements.
fn weight(body: &[Stmt]) -> usize {
    let one = |stmt: &Stmt| match &stmt.kind {
        StmtKind::If { then, otherwise, .. } => 4 + weight(then) + weight(otherwise),
        StmtKind::For { body, .. } | StmtKind::Choose { body, .. } => 8 + weight(body),
        StmtKind::Attempt { body, otherwise } => 4 + weight(body) + weight(otherwise),
        _ => 8,
    };
    body.iter().map(one).sum()
}
