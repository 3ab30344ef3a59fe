//! Traps: why a step or an expression has no value, worded for people.
//!
//! Enters: sites, as code is lowered; trapped operands, as it runs. Leaves: diagnostics `E07xx`.

use crate::diag::codes::model as codes;
use crate::diag::{Code, Diagnostic};
use crate::engine::machine::Trap;
use crate::span::Span;

/// The site of everything that has no value inside an attempt: nobody is told.
pub(crate) const QUIET: u32 = u32::MAX;

/// A place in the program where a value may fail to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrapSite {
    pub span: Span,
    pub kind: TrapKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrapKind {
    /// An integer outside `lo..hi`; `what` is the variable that would hold it, where there is one.
    Range { what: Option<String>, lo: i64, hi: i64 },
    /// An option without a value.
    None,
    /// Operands: the index and the length.
    Index,
    /// A list or bag that would have more than `max` elements.
    Full { what: String, max: u32 },
    /// A link at its capacity, and whether that was written.
    LinkFull { link: String, capacity: u32, stated: bool },
    /// By zero, or the least integer by -1. Operands: both numbers.
    Division,
    /// First, last, min or max of nothing.
    Empty { what: &'static str },
    /// An integer that 64 bits do not hold.
    Overflow,
}

impl TrapSite {
    pub(crate) fn diagnostic(&self, trap: Trap) -> Diagnostic {
        let [a, b] = trap.operands;
        let error = |code: Code, message: String| Diagnostic::error(code, self.span, message);
        match &self.kind {
            TrapKind::Range { what, lo, hi } => {
                let (low, high) = (a.min(*lo), a.max(*hi));
                let message = match what {
                    // What is stored becomes something; a result is something.
                    Some(what) if what.contains(' ') => {
                        format!("{what} would be {a}, its type is {lo}..{hi}")
                    }
                    Some(what) => format!("{what} would become {a}, its type is {lo}..{hi}"),
                    None => format!("expected a value in {lo}..{hi}, found {a}"),
                };
                let help = match what {
                    Some(what) => format!(
                        "guard the step so that it stays in {lo}..{hi}; declaring {what} as {low}..{high} is enough only \
                         where something else stops it"
                    ),
                    None => format!("widen the type to {low}..{high}, or guard the step"),
                };
                error(codes::OUT_OF_RANGE, message).help(help)
            }
            TrapKind::None => error(codes::NO_VALUE, "expected a value, found none".into())
                .help("test it first: `x != none and …`"),
            TrapKind::Index => error(codes::INDEX, format!("index {a} is outside a list of length {b}"))
                .help("an index runs from 0 to len - 1: test `… < len(…)` first"),
            TrapKind::Full { what, max } => {
                error(codes::FULL, format!("{what} would hold more than {max} elements"))
                    .help(format!("raise its maximum above {max}, or guard the step with `len(…) < {max}`"))
            }
            TrapKind::LinkFull { link, capacity, stated } => {
                let origin = if *stated { "" } else { " (the default)" };
                error(codes::LINK_FULL, format!("link {link} is full: its capacity is {capacity}{origin}"))
                    .help(format!(
                        "guard the send, as with `in_flight(M) < {capacity}`; `capacity {}` is enough only where \
                         something else stops the senders",
                        capacity + 1
                    ))
            }
            TrapKind::Division if b == 0 => error(codes::DIVIDE_BY_ZERO, format!("{a} is divided by 0"))
                .help("test `… != 0` first"),
            TrapKind::Empty { what } => {
                error(codes::EMPTY, format!("{what} of nothing")).help("test first that there is an element")
            }
            TrapKind::Overflow | TrapKind::Division => {
                error(codes::OVERFLOW, format!("the result of {a} and {b} does not fit in 64 bits"))
                    .help("use smaller numbers: a model is best kept small")
            }
        }
        .label(self.label(trap))
    }

    fn label(&self, trap: Trap) -> String {
        match &self.kind {
            TrapKind::Range { .. } => format!("is {} here", trap.operands[0]),
            TrapKind::None => "is none here".into(),
            TrapKind::Index => "outside the list here".into(),
            TrapKind::Full { .. } | TrapKind::LinkFull { .. } => "full here".into(),
            TrapKind::Division if trap.operands[1] == 0 => "0 here".into(),
            TrapKind::Empty { .. } => "empty here".into(),
            TrapKind::Overflow | TrapKind::Division => "too great here".into(),
        }
    }
}
