//! What each pair of brackets holds, and what is known of the statement being read in it.
//!
//! Enters: brackets, commas and colons as they come. Leaves: frames opened and closed, and the tokens for them.

use super::{FrameInfo, Prev, Structurer};
use crate::syntax::cursor::CURSOR;
use crate::syntax::lexer::RawKind;
use crate::syntax::token::{Body, P, Tok};
use crate::words::{Kw, TypeWord};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wait {
    Quantifier,
    /// `count` whose token is at this index: a body may or may not follow.
    Count(usize),
    /// `first` whose token is at this index: `by` may or may not follow.
    First(usize),
    Form,
}

impl Wait {
    fn needs_a_colon(&self) -> bool {
        matches!(self, Wait::Quantifier | Wait::Form)
    }
}

/// An open frame and what is known of the statement that is being read in it.
pub(super) struct Frame {
    pub(super) index: usize,
    pub(super) body: Body,
    pub(super) head: Option<Kw>,
    /// Open `<` of types.
    pub(super) angle: u32,
    pub(super) waits: Vec<Wait>,
    /// `let … = …` expressions whose `in` is to come.
    pub(super) lets: u32,
    /// The next `in` belongs to a binder.
    pub(super) binder: bool,
    /// After `at most` and its like: a number, then a binder.
    pub(super) quantity: bool,
    /// A comma separates names here, not statements.
    pub(super) list: bool,
    /// Bodies of the current head that are closed.
    pub(super) bodies: u32,
}

impl Frame {
    pub(super) fn new(index: usize, body: Body) -> Frame {
        let (head, waits) = (None, Vec::new());
        Frame {
            index,
            body,
            head,
            angle: 0,
            waits,
            lets: 0,
            binder: false,
            quantity: false,
            list: false,
            bodies: 0,
        }
    }

    pub(super) fn start(&mut self, head: Option<Kw>) {
        *self = Frame { head, ..Frame::new(self.index, self.body) };
        use Kw::*;
        self.list = matches!(head, Some(Handles | Only | Run));
        self.quantity = matches!(head, Some(AtMost | AtLeast | Exactly));
        self.binder = self.quantity || matches!(head, Some(Each | For | ForForm | Choose | At | By | Sweep));
    }
}

impl Structurer<'_> {
    pub(super) fn opens_type_arguments(&self) -> bool {
        let n = self.out.len();
        let (Some(Tok::Id(name)), Some(before)) = (self.last(), n.checked_sub(2).map(|k| self.out[k].tok))
        else {
            return false;
        };
        let in_type = matches!(before, Tok::P(P::Colon | P::Lt | P::Comma | P::Arrow | P::Is));
        let declares = self.body() == Body::Fields
            || matches!(self.head_word(), Some(Kw::State | Kw::Ghost | Kw::Type | Kw::Param))
                && self.body() == Body::Members;
        in_type
            && (TypeWord::named(name).is_some_and(|ty| ty != TypeWord::Bool)
                || declares && before == Tok::P(P::Colon))
    }

    pub(super) fn comma(&mut self, i: usize) {
        let next = self.word_at(i + 1);
        let (body, frame) = (self.body(), self.frame());
        let waiting = frame.waits.iter().any(|w| w.needs_a_colon());
        frame.waits.clear();
        let separates =
            matches!(body, Body::Clauses | Body::Forms | Body::Block | Body::Options | Body::Lines)
                || body == Body::Fields;
        if separates && frame.angle == 0 && !frame.list && !waiting {
            frame.start(None);
            return self.push(i, Tok::P(P::Semi), Prev::Start, false);
        }
        // What is being typed may become one of these.
        let goes_on = matches!(next, Some("runs" | "seed" | CURSOR));
        let optional = body == Body::Cell && frame.head == Some(Kw::Simulate) && goes_on;
        if !optional {
            self.push(i, Tok::P(P::Comma), Prev::Other, false);
        }
    }

    pub(super) fn colon(&mut self, i: usize) {
        let frame = self.frame();
        let waiting = frame.waits.iter().rposition(Wait::needs_a_colon);
        if waiting.is_none() {
            frame.waits.retain(|w| !matches!(w, Wait::First(_)));
        }
        let found = match waiting {
            Some(at) => frame.waits.drain(at..).next(),
            None => frame.waits.pop(),
        };
        if let Some(Wait::Count(at)) = found {
            self.out[at].tok = Tok::Kw(Kw::CountBody);
        }
        let prev = if found == Some(Wait::Form) { Prev::Start } else { Prev::Other };
        self.push(i, Tok::P(P::Colon), prev, false);
    }

    pub(super) fn open(&mut self, i: usize, p: P) {
        let fresh = self.prev == Prev::Start || self.prev == Prev::Operand && self.new_line(i);
        let body = match p {
            P::LParen => Body::Parens,
            P::LBracket => Body::Square,
            _ => self.brace(i),
        };
        let expression = matches!(body, Body::Parens | Body::Square | Body::Braces);
        let plain_block = self.body() == Body::Clauses && body == Body::Block && self.prev == Prev::Start;
        if expression {
            self.mark_if_expression_starts(i, fresh);
        }
        let p = if body == Body::RecordValue { P::LRecord } else { p };
        let parent = Some((self.frame().index, self.out.len()));
        self.push(i, Tok::P(p), Prev::Start, plain_block);
        let index = self.frames.len();
        self.frames.push(FrameInfo { body, parent });
        self.open.push(Frame::new(index, body));
        if !body.is_list() {
            self.prev = Prev::Other;
        }
    }

    /// Whether a brace on a new line is the body of the command before it.
    pub(super) fn awaits_body(&self) -> bool {
        use Kw::*;
        let bodies = self.open.last().map_or(0, |f| f.bodies);
        match self.head_word() {
            Some(
                System | Extend | Check | Scenario | Start | Audit | Simulate | Graph | Sweep | Relax
                | Mutate | Why | Grade,
            ) => bodies == 0,
            Some(Find) => bodies < 2 + u32::from(self.last() == Some(Tok::Kw(Faults))),
            _ => false,
        }
    }

    pub(super) fn close(&mut self, i: usize, p: P) {
        self.push(i, Tok::P(p), Prev::Operand, false);
        let Some(closed) = (self.open.len() > 1).then(|| self.open.pop()).flatten() else { return };
        let outer = self.frame();
        // The values of a sweep are no body.
        let values = outer.head == Some(Kw::Sweep) && closed.body == Body::Braces;
        let part = matches!(closed.body, Body::Parens | Body::Square | Body::Faults) || values;
        outer.bodies += u32::from(!part);
        let ends = match outer.body {
            Body::Members => {
                !matches!(closed.body, Body::Parens | Body::Square | Body::Braces | Body::RecordValue)
            }
            Body::Clauses => closed.body == Body::Block,
            Body::Cell => matches!(closed.body, Body::Members | Body::Lines),
            _ => false,
        };
        if ends {
            outer.start(None);
            outer.bodies = 1;
        }
    }

    /// What the brace at `i` holds.
    pub(super) fn brace(&mut self, i: usize) -> Body {
        use Kw::*;
        let (head, prev, last) = (self.head_word(), self.prev, self.last());
        let named = matches!(last, Some(Tok::Id(_)));
        let record = named
            && self.word_at(i + 1).is_some()
            && self.kind(i + 2) == Some(RawKind::P(P::Colon))
            && !matches!(self.word_at(i + 1), Some("true" | "false" | "none"));
        // A record whose fields are given by `=` is one mistake, a body that assigns by it another.
        let stated = matches!(
            (self.body(), head),
            (Body::Members, Some(State | Ghost | Def | Param)) | (Body::Block, None | Some(Let))
        );
        let equated =
            stated && named && self.word_at(i + 1).is_some() && self.kind(i + 2) == Some(RawKind::P(P::Is));
        let record = record || equated;
        let sends = named && matches!(head, Some(Send | Deliver | Reorder | Lose | Duplicate));
        let operand = prev == Prev::Operand;
        let body = match (self.body(), head) {
            (Body::Members, Some(Record | Message | Node)) => Some(Body::Fields),
            (Body::Members, Some(Enum)) => Some(Body::Variants),
            (Body::Members, Some(Order | Resolution | Reconciler)) => Some(Body::Clauses),
            (Body::Members, Some(Invariant)) => Some(Body::Forms),
            (Body::Members, Some(Action | On)) if operand && !record => Some(Body::Block),
            (Body::Cell, Some(System | Extend)) => Some(Body::Members),
            (Body::Cell, Some(Scenario | Start)) => Some(Body::Lines),
            (Body::Cell, Some(Find)) if last == Some(Tok::Kw(Faults)) => Some(Body::Faults),
            (Body::Cell, Some(Find)) if self.frame().bodies == 0 => Some(Body::Goal),
            // The values of a sweep are a set in braces.
            (Body::Cell, Some(Sweep)) if last == Some(Tok::Kw(In)) => None,
            (
                Body::Cell,
                Some(Check | Audit | Graph | Sweep | Simulate | Find | Relax | Mutate | Why | Grade),
            ) if self.awaits_body() => Some(Body::Options),
            (Body::Options | Body::Lines, Some(Faults)) if last == Some(Tok::Kw(Faults)) => {
                Some(Body::Faults)
            }
            (Body::Block, Some(If)) if last == Some(Tok::Kw(Else)) => Some(Body::Block),
            (Body::Block, Some(If | For | Choose)) if operand && !record => Some(Body::Block),
            (Body::Clauses, _)
                if !record && (operand || prev == Prev::Start || last == Some(Tok::Kw(Act))) =>
            {
                Some(Body::Block)
            }
            _ => None,
        };
        // The arguments of a target come before the body of its command.
        let begun = named && self.word_at(i + 1) == Some(CURSOR);
        body.unwrap_or(if record || sends || begun { Body::RecordValue } else { Body::Braces })
    }
}
