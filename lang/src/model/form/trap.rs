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
    /// An integer outside `lo..hi`; `what` would hold it, where it is to be stored.
    Range { what: Option<Held>, lo: i64, hi: i64 },
    /// An option without a value.
    None,
    /// Operands: the index and the length.
    Index,
    /// A list or bag that would have more than `max` elements.
    Full { what: String, max: u32 },
    /// A link at its capacity, and whether that was written.
    LinkFull { link: String, messages: String, capacity: u32, stated: bool },
    /// By zero, or the least integer by -1. Operands: both numbers.
    Division,
    /// First, last, min or max of nothing.
    Empty { what: &'static str },
    /// An integer that 64 bits do not hold.
    Overflow(Computed),
}

/// What is computed, of two numbers or of the second alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Computed {
    Sum,
    Difference,
    Product,
    Negative,
    Absolute,
}

impl Computed {
    fn words(self, [a, b]: [i64; 2]) -> String {
        match self {
            Computed::Sum => format!("{a} + {b}"),
            Computed::Difference => format!("{a} - {b}"),
            Computed::Product => format!("{a} * {b}"),
            Computed::Negative => format!("-({b})"),
            Computed::Absolute => format!("abs({b})"),
        }
    }
}

/// Where a value is stored: the whole of what is assigned, or something inside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// What is assigned: `x`, `r.a`, `m[k]`, `the result of f`.
    name: String,
    /// Of a part, which: `an element of`.
    part: Option<&'static str>,
    /// What is declared with a type: `x`, `a of R`.
    declared: String,
    /// Its type around the part: `set<` and `>`.
    around: [String; 2],
}

impl Held {
    pub(crate) fn whole(name: String) -> Held {
        Held { declared: name.clone(), name, part: None, around: Default::default() }
    }

    /// Its field, declared in a record.
    pub(crate) fn field(mut self, field: &str, record: &str) -> Held {
        self.name = format!("{}.{field}", self.name);
        self.declared = format!("{field} of {record}");
        self.around = Default::default();
        self
    }

    /// What is assigned at an index, of what is declared with this type around it.
    pub(crate) fn at(mut self, index: &str, around: Around) -> Held {
        self.name = format!("{}[{index}]", self.name);
        self.enclose(&around);
        self
    }

    /// A part of what is assigned.
    pub(crate) fn inside(mut self, around: Around) -> Held {
        self.enclose(&around);
        self.part = around.part.or(self.part);
        self
    }

    fn enclose(&mut self, around: &Around) {
        self.around[0].push_str(&around.before);
        self.around[1].insert_str(0, &around.after);
    }

    /// In the words of a message.
    pub(crate) fn words(&self) -> String {
        match self.part {
            Some(part) => format!("{part} {}", self.name),
            None => self.name.clone(),
        }
    }

    /// `s as set<0..5>`
    fn declared_as(&self, low: i64, high: i64) -> String {
        let [before, after] = &self.around;
        format!("{} as {before}{low}..{high}{after}", self.declared)
    }
}

/// A type around another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around {
    pub before: String,
    pub after: String,
    pub part: Option<&'static str>,
}

impl TrapSite {
    /// What to do about an initial value that is outside its type.
    pub(crate) fn initial_help(&self, trap: Trap) -> Option<String> {
        let TrapKind::Range { what, lo, hi } = &self.kind else { return None };
        let [value, _] = trap.operands;
        let (low, high) = (value.min(*lo), value.max(*hi));
        let declare = match what {
            Some(what) => format!("declare {}", what.declared_as(low, high)),
            None => format!("widen its type to {low}..{high}"),
        };
        Some(format!("it is an initial value: begin with one in {lo}..{hi}, or {declare}"))
    }

    pub(crate) fn diagnostic(&self, trap: Trap) -> Diagnostic {
        let [a, b] = trap.operands;
        let error = |code: Code, message: String| Diagnostic::error(code, self.span, message);
        match &self.kind {
            TrapKind::Range { what, lo, hi } => {
                let (low, high) = (a.min(*lo), a.max(*hi));
                let message = match what {
                    // What is stored becomes something; a result is something.
                    Some(what) => {
                        let words = what.words();
                        let verb = if words.contains(' ') { "be" } else { "become" };
                        format!("{words} would {verb} {a}, its type is {lo}..{hi}")
                    }
                    None => format!("expected a value in {lo}..{hi}, found {a}"),
                };
                let help = match what {
                    Some(what) => format!(
                        "guard the step so that it stays in {lo}..{hi}; declaring {} is enough only \
                         where something else stops it",
                        what.declared_as(low, high)
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
            TrapKind::LinkFull { link, messages, capacity, stated } => {
                let origin = if *stated { "" } else { " (the default)" };
                error(codes::LINK_FULL, format!("link {link} is full: its capacity is {capacity}{origin}"))
                    .help(format!(
                        "guard the send, as with `{messages} < {capacity}`; `capacity {}` is enough only where \
                         something else stops the senders",
                        capacity + 1
                    ))
            }
            TrapKind::Division if b == 0 => error(codes::DIVIDE_BY_ZERO, format!("{a} is divided by 0"))
                .help("test `… != 0` first"),
            TrapKind::Empty { what } => {
                error(codes::EMPTY, format!("{what} of nothing")).help("test first that there is an element")
            }
            TrapKind::Overflow(_) | TrapKind::Division => {
                let computed = match &self.kind {
                    TrapKind::Overflow(computed) => computed.words([a, b]),
                    _ => format!("{a} / {b}"),
                };
                error(codes::OVERFLOW, format!("{computed} does not fit in 64 bits"))
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
            TrapKind::Overflow(_) | TrapKind::Division => "too great here".into(),
        }
    }
}
