//! Words to keywords or names, by where they stand.
//!
//! Enters: a word with what stands around it. Leaves: its token; where it starts a statement, clause or member, the
//! frame knows.

use super::frames::Wait;
use super::{Prev, Structurer, Token};
use crate::concepts::ExpectedVerdict;
use crate::syntax::cursor::CURSOR;
use crate::syntax::lexer::RawKind;
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::words;
use crate::words::{Kw, directly_after, inside};

impl<'t> Structurer<'t> {
    pub(super) fn word(&mut self, i: usize, w: &'t str) {
        if self.asking(i, w) {
            return;
        }
        let literal = matches!(w, "true" | "false" | "none");
        if self.last() == Some(Tok::P(P::Dot)) || self.names_a_field(i) && !literal {
            let head = self.prev != Prev::Other && self.body() == Body::Fields;
            if head {
                self.frame().start(None);
            }
            return self.push(i, Tok::Id(w), Prev::Operand, head);
        }
        if let Some((kw, prev)) = self.infix(i, w) {
            return self.keyword(i, kw, prev, false);
        }
        if self.starts_here(i, w) {
            if self.prev == Prev::Other {
                self.break_off(i);
            }
            return self.head(i, w);
        }
        self.inner(i, w);
    }

    /// `state:` and the like, where only a name can stand before the colon.
    pub(super) fn names_a_field(&self, i: usize) -> bool {
        self.kind(i + 1) == Some(RawKind::P(P::Colon))
            && matches!(self.body(), Body::Fields | Body::RecordValue | Body::Parens)
            && self.open.last().is_some_and(|f| f.waits.is_empty())
            && !(self.body() == Body::Fields
                && self.prev == Prev::Other
                && self.last() == Some(Tok::P(P::Colon)))
    }

    /// Whether the word at `i` is the first of a member, clause, statement, …
    pub(super) fn starts_here(&mut self, i: usize, w: &str) -> bool {
        if words::continues_expression(w)
            || w == "not" && self.word_at(i + 1) == Some("in")
            || self.keys_a_first(i, w)
        {
            return false;
        }
        let in_next = self.word_at(i + 1) == Some("in");
        let (prev, body, frame) = (self.prev, self.body(), self.frame());
        if !body.is_list() {
            return false;
        }
        match prev {
            Prev::Start => true,
            Prev::Other => self.starts_anew(i, w, body),
            Prev::Operand if frame.angle > 0 => false,
            Prev::Operand if frame.quantity && in_next => {
                frame.quantity = false;
                false
            }
            Prev::Operand if w == "for" => body == Body::Block || body == Body::Forms && self.for_is_form(i),
            // On the same line only an unmistakable word starts something new.
            Prev::Operand => {
                let assigns = body == Body::Block
                    && (self.followed_by_assignment(i) || self.kind(i + 1) == Some(RawKind::P(P::LBracket)));
                assigns || self.new_line(i) || self.head_keyword(i, w, body).is_some()
            }
        }
    }

    /// Ends what was broken off before the word at `i`.
    pub(super) fn break_off(&mut self, i: usize) {
        let (start, frame) = (self.raw[i].start, self.frame().index);
        self.out.push(Token { tok: Tok::P(P::Semi), start, end: start, frame, head: false });
        self.prev = Prev::Start;
    }

    /// Whether what stands before the word at `i` is broken off: on a new line, something starts that cannot be meant
    /// as an operand.
    pub(super) fn starts_anew(&self, i: usize, w: &str, body: Body) -> bool {
        let after_keyword = matches!(self.last(), Some(Tok::Kw(k)) if !words::joins(k));
        if !self.new_line(i) || after_keyword {
            return false;
        }
        let named = self.word_at(i + 1).is_some_and(|n| !words::continues_expression(n));
        match body {
            Body::Block => {
                matches!(self.kind(i + 1), Some(RawKind::P(P::Set | P::AddSet | P::SubSet)))
                    || named && matches!(w, "send" | "choose" | "require" | "for")
            }
            Body::Members => {
                let after = self.kind(i + 2);
                let declares =
                    matches!(after, Some(RawKind::P(P::Colon | P::Is | P::LBrace | P::LParen | P::LBracket)));
                named && words::is_head(body, w) && (declares || matches!(w, "action" | "on" | "link"))
            }
            Body::Cell => named && words::is_head(body, w),
            _ => false,
        }
    }

    /// Whether the `for` at `i` starts a form (`for x in S: …`) rather than ending one (`… for x in S`).
    pub(super) fn for_is_form(&self, i: usize) -> bool {
        const FARTHEST: usize = 2000;
        let (mut depth, mut waiting, mut operand) = (0u32, 0u32, false);
        for k in i + 1..(i + FARTHEST).min(self.raw.len()) {
            let kind = self.raw[k].kind;
            let before = std::mem::replace(&mut operand, false);
            match kind {
                RawKind::P(P::LBrace | P::LParen | P::LBracket) => depth += 1,
                RawKind::P(P::RBrace | P::RParen | P::RBracket) => {
                    if depth == 0 {
                        return false;
                    }
                    depth -= 1;
                    operand = true;
                }
                _ if depth > 0 => {}
                RawKind::P(P::Semi | P::Comma) => return false,
                RawKind::P(P::Colon) if waiting == 0 => return true,
                RawKind::P(P::Colon) => waiting -= 1,
                RawKind::Word(w) if words::continues_expression(w) => {}
                RawKind::Word(_) if before => return false,
                RawKind::Word(w) if words::has_a_body(w) && self.word_at(k + 2) == Some("in") => waiting += 1,
                RawKind::Word("not" | "if" | "let") => {}
                RawKind::Word(_) | RawKind::Int(_) => operand = true,
                _ => {}
            }
        }
        false
    }

    /// The keyword that continues the current statement here, if the word at `i` is one.
    pub(super) fn infix(&mut self, i: usize, w: &str) -> Option<(Kw, Prev)> {
        let (head, last, prev) = (self.head_word(), self.last(), self.prev);
        let next = self.word_at(i + 1);
        let allowed = match head {
            Some(head) if last == Some(Tok::Kw(head)) => directly_after(head),
            _ if prev == Prev::Operand => inside(head),
            _ => return None,
        };
        // A name that is a command of its own may stand on the line after a check, a scenario behind one that is saved.
        let anew = |kw: Kw| match kw {
            Kw::Profile => self.new_line(i),
            Kw::Scenario => last != Some(Tok::Kw(Kw::As)),
            _ => false,
        };
        words::infix(allowed, w, next).filter(|(kw, _)| self.spelled_out(i, *kw) && !anew(*kw))
    }

    /// Whether all words of `kw` are there from `i` on.
    pub(super) fn spelled_out(&self, i: usize, kw: Kw) -> bool {
        matches!(kw, Kw::Steps | Kw::Ticks)
            || kw.word().split(' ').enumerate().all(|(k, part)| self.word_at(i + k) == Some(part))
    }

    pub(super) fn keyword(&mut self, i: usize, kw: Kw, prev: Prev, head: bool) {
        use Kw::*;
        let words = kw.word().split(' ').count();
        match kw {
            HasOwner | AtMost | AtLeast | From | At => self.frame().binder = true,
            When => self.frame().binder = false,
            Strictly => self.frame().list = self.word_at(i + 1) == Some(In.word()),
            OnlyItsOwnerTakes => self.frame().list = true,
            For => self.frame().list = false,
            // Commas part the choices, not lines.
            With => self.frame().list = true,
            _ => {}
        }
        self.push(i, Tok::Kw(kw), prev, head);
        if words > 1 {
            let end = self.raw[i + words - 1].end;
            if let Some(token) = self.out.last_mut() {
                token.end = end;
            }
            for k in 1..words {
                self.raw[i + k].kind = RawKind::Comment;
            }
        }
    }

    /// The first word of a member, clause, statement, form, item or line.
    pub(super) fn head(&mut self, i: usize, w: &'t str) {
        let body = self.body();
        let head = self.head_keyword(i, w, body);
        self.frame().start(head);
        match head {
            Some(kw) => {
                let prev = self.after_head(i, kw, body);
                if matches!(kw, Kw::ForForm | Kw::OnceClientsStop) {
                    self.frame().waits.push(Wait::Form);
                }
                self.keyword(i, kw, prev, true);
            }
            None => {
                self.mark_if_expression_starts(i, true);
                let from = self.out.len();
                self.inner(i, w);
                if !matches!(body, Body::Cell | Body::Forms)
                    && let Some(token) = self.out.get_mut(from)
                {
                    token.head = true;
                }
            }
        }
    }

    /// `run` may stand alone, too: what follows is then the next line.
    pub(super) fn after_head(&self, i: usize, kw: Kw, body: Body) -> Prev {
        let next = self.word_at(i + 1);
        let alone = kw == Kw::Run && next.is_none_or(|n| self.new_line(i + 1) && words::is_head(body, n));
        if words::complete_alone(kw) || alone { Prev::Operand } else { Prev::Other }
    }

    pub(super) fn head_keyword(&self, i: usize, w: &str, body: Body) -> Option<Kw> {
        let next = self.word_at(i + 1);
        let name = self.operator_follows(i);
        match body {
            Body::Block if self.followed_by_assignment(i) => None,
            Body::Fields if next.is_none() => None,
            Body::Cell | Body::Forms if name && w != "for" => None,
            Body::Forms if w == "at" && !matches!(next, Some("most" | "least")) => None,
            Body::Options if w == "from" && (next, self.word_at(i + 2)) != (Some("any"), Some("state")) => {
                None
            }
            _ => words::head(body, w, next),
        }
    }

    pub(super) fn followed_by_assignment(&self, i: usize) -> bool {
        matches!(self.kind(i + 1), Some(RawKind::P(P::Set | P::AddSet | P::SubSet | P::Dot)))
    }

    /// Whether what follows the word at `i` shows that it is a name.
    pub(super) fn operator_follows(&self, i: usize) -> bool {
        match self.kind(i + 1) {
            Some(RawKind::P(P::LParen | P::LBracket)) => self.adjacent(i),
            Some(RawKind::P(P::Minus)) => self.adjacent(i) || !self.adjacent(i + 1),
            Some(RawKind::P(p)) => !matches!(p, P::LBrace | P::RBrace | P::Semi),
            Some(RawKind::Word("not")) => self.word_at(i + 2) == Some("in"),
            Some(RawKind::Word(w)) => words::continues_expression(w),
            _ => false,
        }
    }

    /// A word inside a statement.
    pub(super) fn inner(&mut self, i: usize, w: &'t str) {
        use Kw::*;
        let (next, after) = (self.word_at(i + 1), self.word_at(i + 2));
        let quantified =
            next.is_some() && after == Some("in") || next == Some(CURSOR) || after == Some(CURSOR);
        let kw = match w {
            "true" => return self.push(i, Tok::Kw(True), Prev::Operand, false),
            "false" => return self.push(i, Tok::Kw(False), Prev::Operand, false),
            "none" => return self.push(i, Tok::Kw(Nothing), Prev::Operand, false),
            "not" if next == Some("in") => NotIn,
            "if" | "else" | "then" | "and" | "or" | "not" | "implies" | "where" => {
                Kw::named(w).unwrap_or(Not)
            }
            "for" => {
                self.frame().binder = true;
                For
            }
            "in" => self.keyword_in(),
            "let" if self.body() != Body::Block || self.prev == Prev::Other => {
                let frame = self.frame();
                frame.lets += 1;
                frame.binder = false;
                LetExpr
            }
            "let" => Let,
            _ if quantified && words::is_quantifier(w) => return self.quantifier(i, w),
            _ if self.keys_a_first(i, w) => {
                self.key_a_first();
                By
            }
            "from" | "to" if self.prev == Prev::Operand && self.body() == Body::Parens => {
                Kw::named(w).unwrap_or(From)
            }
            "any" if self.last() == Some(Tok::P(P::Is)) && self.declares_state() => {
                return self.any(i, quantified, next);
            }
            "view" if self.last() == Some(Tok::P(P::Is)) && self.declares_state() && next == Some("of") => {
                ViewOf
            }
            _ => return self.step_or_name(i, w),
        };
        self.keyword(i, kw, Prev::Other, false);
    }

    pub(super) fn declares_state(&self) -> bool {
        self.body() == Body::Fields || matches!(self.head_word(), Some(Kw::State | Kw::Ghost | Kw::Clock))
    }

    pub(super) fn keyword_in(&mut self) -> Kw {
        let frame = self.frame();
        if frame.binder {
            frame.binder = false;
            return Kw::In;
        }
        match frame.lets.checked_sub(1) {
            Some(left) => {
                frame.lets = left;
                Kw::LetIn
            }
            None => Kw::In,
        }
    }

    pub(super) fn quantifier(&mut self, i: usize, w: &str) {
        let kw = Kw::named(w).unwrap_or(Kw::All);
        let wait = match kw {
            Kw::Count => Wait::Count(self.out.len()),
            Kw::First => Wait::First(self.out.len()),
            _ => Wait::Quantifier,
        };
        let frame = self.frame();
        frame.waits.push(wait);
        frame.binder = true;
        self.keyword(i, kw, Prev::Other, false);
    }

    /// Whether the `by` at `i` is that of a `first x in S` before it. A clause `by x in S` begins anew: no key is a
    /// membership.
    fn keys_a_first(&self, i: usize, w: &str) -> bool {
        let waits = self.open.last().is_some_and(|f| f.waits.iter().any(|w| matches!(w, Wait::First(_))));
        let clause = self.body() == Body::Clauses && self.word_at(i + 2) == Some("in");
        let indexed = self.kind(i + 1) == Some(RawKind::P(P::LBracket)) && self.adjacent(i);
        let place = self.followed_by_assignment(i) || indexed;
        w == Kw::By.word() && waits && self.prev == Prev::Operand && !clause && !place
    }

    /// The last `first` that waits for its key has it.
    fn key_a_first(&mut self) {
        let waits = &mut self.frame().waits;
        let Some(last) = waits.iter().rposition(|w| matches!(w, Wait::First(_))) else { return };
        let found = waits.drain(last..).next();
        if let Some(Wait::First(at)) = found {
            self.out[at].tok = Tok::Kw(Kw::FirstBy);
        }
    }

    pub(super) fn any(&mut self, i: usize, quantified: bool, next: Option<&str>) {
        let (kw, prev) = match (quantified, next) {
            (true, _) => (Kw::AnyBind, Prev::Other),
            (false, Some("in")) => (Kw::Any, Prev::Other),
            _ => (Kw::Any, Prev::Operand),
        };
        self.frame().binder = prev == Prev::Other;
        self.keyword(i, kw, prev, false);
    }

    /// Words that are special only right after `do` and `expect`; otherwise a name.
    pub(super) fn step_or_name(&mut self, i: usize, w: &'t str) {
        let next = self.word_at(i + 1);
        let n = self.out.len();
        let before = n.checked_sub(2).map(|k| self.out[k].tok);
        let name = self.operator_follows(i);
        let expects = self.last() == Some(Tok::Kw(Kw::Expect));
        let expects_not = self.last() == Some(Tok::Kw(Kw::Not)) && before == Some(Tok::Kw(Kw::Expect));
        let step_follows = !name && next.is_some() && !self.new_line(i + 1);
        if expects && w == Kw::Failed.word() && self.body() == Body::Lines && step_follows {
            self.frame().head = Some(Kw::Failed);
            return self.keyword(i, Kw::Failed, Prev::Other, false);
        }
        if let Some(verdict) = ExpectedVerdict::named(w).filter(|_| expects && !name) {
            // A line of a scenario may be named; on a line of its own it starts.
            let body = self.body();
            let apart = body == Body::Options || next.is_some() && self.new_line(i + 1);
            let more = next.is_some_and(|n| !apart || !words::is_head(body, n));
            self.frame().list = true;
            let prev = if more { Prev::Other } else { Prev::Operand };
            return self.push(i, Tok::Verdict(verdict), prev, false);
        }
        match self.last() {
            // `expect enabled do write(1)` reads as `expect enabled write(1)`.
            Some(Tok::Kw(Kw::Enabled | Kw::Failed)) if w == "do" && !name && next.is_some() => {}
            Some(Tok::Kw(Kw::Do | Kw::Enabled | Kw::Failed)) => {
                let action = name
                    || matches!(next, Some("at" | "with" | "observe"))
                    || w != "run" && self.ends_line(i);
                let kw = words::step(w).filter(|k| *k != Kw::Heal && !action);
                let Some(kw) = kw else { return self.push(i, Tok::Id(w), Prev::Operand, false) };
                let frame = self.frame();
                frame.head = Some(kw);
                frame.list = kw == Kw::Run;
                let prev = self.after_head(i, kw, Body::Lines);
                self.keyword(i, kw, prev, false);
            }
            _ if (expects || expects_not)
                && w == Kw::Found.word()
                && matches!(self.body(), Body::Cell | Body::Options) =>
            {
                self.keyword(i, Kw::Found, Prev::Operand, false);
            }
            _ if (expects || expects_not) && w == "enabled" && step_follows => {
                self.frame().head = Some(Kw::Enabled);
                self.keyword(i, Kw::Enabled, Prev::Other, false);
            }
            _ if self.body() == Body::Faults => self.budget_word(i, w, next),
            Some(Tok::Kw(Kw::Strongly)) if w == "fair" => self.prefixed(i, Kw::Fair),
            Some(Tok::Kw(Kw::Fair | Kw::Unfair)) => match words::head(Body::Members, w, next) {
                Some(kw) => self.prefixed(i, kw),
                None => self.push(i, Tok::Id(w), Prev::Operand, false),
            },
            _ => self.push(i, Tok::Id(w), Prev::Operand, false),
        }
    }

    /// A word among the budgets of faults: behind the name of one, how it may happen.
    fn budget_word(&mut self, i: usize, w: &'t str, next: Option<&str>) {
        let first = matches!(self.last(), None | Some(Tok::P(P::LBrace | P::Comma)));
        let timed = matches!(self.kind(i + 1), Some(RawKind::Duration(_)));
        match w {
            _ if first => self.push(i, Tok::Id(w), Prev::Operand, false),
            "after" if timed => self.keyword(i, Kw::After, Prev::Other, false),
            "every" if timed => self.keyword(i, Kw::Every, Prev::Other, false),
            "of" if next.is_some() => self.keyword(i, Kw::Of, Prev::Other, false),
            "one" if next == Some("way") => self.keyword(i, Kw::OneWay, Prev::Operand, false),
            "lasting" => self.keyword(i, Kw::Lasting, Prev::Operand, false),
            _ => self.push(i, Tok::Id(w), Prev::Operand, false),
        }
    }

    /// Whether nothing follows the word at `i` on a line of a scenario.
    fn ends_line(&self, i: usize) -> bool {
        match self.kind(i + 1) {
            None | Some(RawKind::P(P::RBrace | P::Semi)) => true,
            Some(RawKind::Word(next)) => self.new_line(i + 1) || words::is_head(Body::Lines, next),
            _ => false,
        }
    }

    /// The real head after `fair` and the like.
    pub(super) fn prefixed(&mut self, i: usize, kw: Kw) {
        self.frame().start(Some(kw));
        self.keyword(i, kw, Prev::Other, false);
    }
}
