//! Which steps of a long run are drawn one by one, and which together.
//!
//! Enters: a trace. Leaves: its steps in pieces. What one node does alone, one step after the other, is one piece, as in ShiViz
//! (Beschastnikh, Wang, Brun, Ernst: Debugging Distributed Systems, 2016); of what is still too long the middle is left out.

use crate::concepts::StepKind;
use crate::report::{Trace, TraceStep};
use std::ops::Range;

/// Runs up to this long are drawn step by step.
const WHOLE: usize = 60;
/// Fewer local steps are drawn as they are.
const FEWEST: usize = 3;
/// Longer ones are drawn without their middle: the beginning, and the end, where the reason lies.
const PIECES: usize = 120;
const BEGINNING: usize = 40;

/// Steps of a run, by 0-based index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Drawn by itself.
    Step(usize),
    /// Local to one lane, drawn as one.
    Local(Range<usize>),
    /// Not drawn.
    LeftOut(Range<usize>),
}

impl Piece {
    fn steps(&self) -> Range<usize> {
        match self {
            Piece::Step(step) => *step..step + 1,
            Piece::Local(steps) | Piece::LeftOut(steps) => steps.clone(),
        }
    }
}

/// The pieces of a run, in order, with every step in one of them.
pub(super) fn pieces(trace: &Trace) -> Vec<Piece> {
    if trace.steps.len() <= WHOLE {
        return (0..trace.steps.len()).map(Piece::Step).collect();
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < trace.steps.len() {
        let local = (at..trace.steps.len()).take_while(|next| joins(trace, at, *next)).count();
        if local >= FEWEST {
            pieces.push(Piece::Local(at..at + local));
        } else {
            pieces.extend((at..at + local.max(1)).map(Piece::Step));
        }
        at += local.max(1);
    }
    if pieces.len() > PIECES + 1 {
        let end = pieces.len() - (PIECES - BEGINNING);
        let left_out = pieces[BEGINNING].steps().start..pieces[end].steps().start;
        pieces.splice(BEGINNING..end, [Piece::LeftOut(left_out)]);
    }
    pieces
}

/// Whether a step is local to the lane of the first one, and nothing begins or is decided at it.
fn joins(trace: &Trace, first: usize, next: usize) -> bool {
    let (one, step) = (&trace.steps[first], &trace.steps[next]);
    let decides = trace.broken.as_ref().is_some_and(|broken| broken.step == Some(next));
    let begins = next > first && trace.loop_start == Some(next);
    step.lane == one.lane && is_local(step) && !decides && !begins
}

fn is_local(step: &TraceStep) -> bool {
    let own = matches!(step.kind, StepKind::Action | StepKind::Resolution | StepKind::Reconciler);
    own && step.folded == 0
        && step.sent.is_empty()
        && step.received.is_none()
        && step.changes.iter().all(|c| c.lane == Some(step.lane))
}
