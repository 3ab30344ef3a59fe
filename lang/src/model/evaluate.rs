//! Expressions of commands: compiled against a model, evaluated in its states.
//!
//! Enters: a typed expression over the model's program (which may have grown by locals and types since). Leaves: code
//! of its own, and values.

use crate::analysis::program::{Expr, Program, TypeId};
use crate::diag::Diagnostic;
use crate::engine::machine::{Machine, Trap, Word};
use crate::model::Model;
use crate::model::compile::lower::Lower;
use crate::model::explain::decode::Decoder;
use crate::model::form::code::{Code, Op, Slot};
use crate::model::form::frame::{Frame, Region};
use crate::model::form::shape::Shapes;
use crate::model::form::trap::TrapSite;
use crate::model::run::interpret::run;
use crate::model::run::machine::Judge;
use crate::value::Value;
use std::sync::Arc;

/// A compiled expression.
#[derive(Debug)]
pub struct Expression {
    code: Arc<Code>,
    shapes: Shapes,
    result: Slot,
    words: u32,
    ty: TypeId,
    quiescence: bool,
    /// Its own; behind them those of the model, where it asks what can happen.
    traps: Vec<TrapSite>,
    /// How many are its own.
    own_traps: u32,
}

impl Expression {
    /// A trap of this expression, in words.
    pub fn trap(&self, trap: Trap) -> Diagnostic {
        self.traps[trap.site as usize].diagnostic(trap)
    }
}

impl Model {
    /// Compiles an expression. `program` is the model's, with the locals and types that the expression brought.
    pub fn compile_expr(&self, program: &Program, e: &Expr) -> Result<Expression, Box<Diagnostic>> {
        let mut lower = Lower::new(program, &self.layout, &self.properties, Shapes::new(program));
        let value = lower.expression(e)?;
        let shape = lower.shape(e.ty)?;
        let result = lower.slot(value, &shape);
        lower.b.op(Op::Return {});
        let quiescence = lower.asks_quiescence;
        let Lower { b, shapes, mut traps, .. } = lower;
        let own_traps = traps.len() as u32;
        if quiescence {
            traps.extend(self.traps.iter().cloned());
        }
        let code = b.finish();
        Ok(Expression {
            result: code.resolve(result),
            code: Arc::new(code),
            shapes,
            words: shape.words,
            ty: e.ty,
            quiescence,
            traps,
            own_traps,
        })
    }

    /// The value of an expression in a state; `before` is the state before the step that led there, for `old` (in its
    /// absence `old` is now). Errors: where it has no value, to be worded by [`Expression::trap`].
    pub fn eval(
        &self,
        program: &Program,
        expression: &Expression,
        before: Option<&[Word]>,
        state: &[Word],
    ) -> Result<Value, Trap> {
        let map = self.layout.map();
        let mut frame = Frame::new(&expression.code);
        for (region, words) in [(Region::Before, before.unwrap_or(state)), (Region::After, state)] {
            let at = map.region(region).at();
            frame[at..at + words.len()].copy_from_slice(words);
            if expression.quiescence {
                let quiet = self.quiescent(&mut self.scratch().other, &mut Vec::new(), words);
                let own = expression.own_traps;
                let quiet = quiet.map_err(|trap| Trap { site: trap.site + own, ..trap })?;
                frame[map.quiescent(region).at()] = quiet as u64;
            }
        }
        let mut sink = Judge::default();
        run(&mut frame, 0, &mut sink);
        match sink.trap {
            Some(trap) => Err(trap),
            None => {
                let words = &frame[expression.result.at()..][..expression.words as usize];
                Ok(Decoder { program, shapes: &expression.shapes }.register(words, expression.ty))
            }
        }
    }
}
