//! Statements and members that are put together otherwise elsewhere.
//!
//! Enters: the error, and what it stands in. Leaves: a diagnostic with the form that they have here.

use super::Spot;
use crate::concepts::Fault;
use crate::diag::Diagnostic;
use crate::span::Span;
use crate::syntax::token::{Body, P, Tok};
use crate::words::Kw;

impl<'t> Spot<'_, 't> {
    pub(super) fn of_statements(&self) -> Option<Diagnostic> {
        let tok = self.tok()?;
        if let Some(d) = self.let_in_statement(tok) {
            return Some(d);
        }
        if let Some(d) = self.chosen_in_let(tok).or_else(|| self.sent_by_arrow(tok)) {
            return Some(d);
        }
        match tok {
            Tok::P(P::Lt | P::Le | P::Gt | P::Ge | P::Ne) | Tok::Kw(Kw::In | Kw::NotIn)
                if self.takes(":=") && self.body == Body::Block =>
            {
                Some(
                    self.here("a condition is no statement")
                        .help("write `require P`: where it is false, this way of the action is not possible"),
                )
            }
            Tok::P(P::Star | P::Slash | P::Percent)
                if self.takes(":=") && self.following() == Some(Tok::P(P::Is)) =>
            {
                let mark = self.shown(self.at);
                let place = self.previous().map_or("x", |i| self.shown(i));
                Some(
                    self.here(format!("there is no `{mark}=`"))
                        .help(format!("write `{place} := {place} {mark} EXPR`")),
                )
            }
            Tok::P(P::Comma | P::Semi)
                if self.takes(":=") && self.takes("+=") && self.text_at(self.at) == "," =>
            {
                Some(
                    self.here("one assignment at a time")
                        .help("they run one after the other: `let before = EXPR` keeps a value for the next"),
                )
            }
            Tok::P(P::LParen) if self.body == Body::Block && self.several_assigned() => Some(
                self.here("one assignment at a time")
                    .help("they run one after the other: `let before = EXPR` keeps a value for the next"),
            ),
            Tok::Kw(Kw::Else) if self.takes("{") && self.head().is_some_and(|(_, kw)| kw == Kw::If) => Some(
                self.here("a choice between values is written otherwise").help("write `if c then a else b`"),
            ),
            Tok::Id(_) if self.is_word(2, Kw::Let) && self.before(1) == Some(Tok::Id("mut")) => {
                let i = self.previous()?;
                Some(self.unknown(i).fix(self.span(i, i), "", "a name keeps its value: leave `mut` out"))
            }
            Tok::Str(_) if self.body == Body::Block && self.takes("Gone") => Some(
                self.here("a statement has no words for people")
                    .help("what an action is for stands before it: `/// …`"),
            ),
            Tok::P(P::Comma | P::Semi)
                if self.takes("in") && self.is_word(2, Kw::For) && self.text_at(self.at) == "," =>
            {
                Some(self.two_in_a_loop())
            }
            Tok::P(P::LParen) if self.is_word(1, Kw::For) => Some(self.counted_loop(self.at + 2)),
            Tok::P(P::Colon) if self.takes("=") && self.is_word(2, Kw::Let) => {
                Some(self.here("a name in a block has the type of its value").help("write `let x = EXPR`"))
            }
            Tok::P(P::Set | P::Is) if self.takes("in") && self.is_word(2, Kw::For) => {
                Some(self.counted_loop(self.at))
            }
            Tok::Id(_) if self.takes(":=") && self.body == Body::Block => self.no_statement(),
            _ => self.of_ticks(tok).or_else(|| self.of_handlers(tok)),
        }
    }

    /// Whether a bracket begins `(a, b) := …`.
    fn several_assigned(&self) -> bool {
        let close = self.closer_of(self.at);
        close.is_some_and(|close| {
            let comma = (self.at..close).any(|i| self.text_at(i) == ",");
            let next = self.tokens.get(close + 1).map(|t| t.tok);
            comma && matches!(next, Some(Tok::P(P::Set | P::Is)))
        })
    }

    /// `inc inc`
    fn no_statement(&self) -> Option<Diagnostic> {
        let i = self.previous().filter(|i| matches!(self.tokens[*i].tok, Tok::Id(_)))?;
        Some(self.say(i, i, format!("`{}` is no statement", self.shown(i))).help(
            "a statement assigns or sends, `n := EXPR`; what two actions share is a `def`, and none calls another",
        ))
    }

    /// `for _, n := range N { … }`
    fn two_in_a_loop(&self) -> Diagnostic {
        let (first, second) = (self.at - 1, self.at + 1);
        let ranges = self.tokens.get(self.at + 3).is_some_and(|_| self.shown(self.at + 3) == "range");
        let d = self.here("one name at a time");
        match ranges && self.shown(first) == "_" {
            true => {
                let name = self.shown(second);
                let words = format!("write `for {name} in S {{ … }}`");
                d.fix(self.span(first, self.at + 3), format!("{name} in"), words)
            }
            false => d.help("write `for a in S { for b in S { … } }`; the value of a key is `m[k]`"),
        }
    }

    /// `for i := 0; i < 3; i++ { … }`, `for (i = 0; i < 3; i++) { … }`, `for n := range N { … }`; `mark`: where the
    /// first `:=` or `=` stands.
    fn counted_loop(&self, mark: usize) -> Diagnostic {
        let number = |i: usize| match self.tokens.get(i).map(|t| t.tok) {
            Some(Tok::Int(n)) => Some(n),
            _ => None,
        };
        let name = self.tokens.get(mark - 1).map_or("i", |_| self.shown(mark - 1));
        if self.tokens.get(mark + 1).is_some_and(|_| self.shown(mark + 1) == "range") {
            let d = self.say(mark, mark + 1, "a loop goes through a set");
            let (span, words) = (d.span, format!("write `for {name} in S {{ … }}`"));
            return d.fix(span, "in", words);
        }
        let body = (self.at..self.tokens.len()).find(|i| self.tokens[*i].tok == Tok::P(P::LBrace));
        let body = body.unwrap_or(self.tokens.len());
        let less = (mark..body).find(|i| matches!(self.tokens[*i].tok, Tok::P(P::Lt | P::Le)));
        let last = less.and_then(|i| Some((self.tokens[i].tok, number(i + 1)?)));
        let to = match (number(mark + 1), last) {
            (Some(from), Some((Tok::P(P::Lt), end))) => format!("{from}..{}", end - 1),
            (Some(from), Some((_, end))) => format!("{from}..{end}"),
            _ => "0..3".to_string(),
        };
        let d = self.here("a loop goes through a set");
        let words = format!("write `for {name} in {to} {{ … }}`");
        let first = if mark == self.at { mark - 1 } else { self.at };
        match last.is_some() && number(mark + 1).is_some() && body > self.at {
            true => d.fix(self.span(first, body - 1), format!("{name} in {to}"), words),
            false => d.help(words),
        }
    }

    /// `on restart` in a clause, or behind a word of fairness.
    fn restart_of_its_own(&self) -> Diagnostic {
        match self.body {
            Body::Members => {
                let d = self.here("a restart happens some time by itself");
                d.help("leave the word before `on restart` out")
            }
            _ => self.here("a restart is of no clause").help("`on restart at n { … }` stands in the system"),
        }
    }

    /// `n1 <- Ping`
    fn sent_by_arrow(&self, tok: Tok) -> Option<Diagnostic> {
        let arrow = tok == Tok::P(P::Lt) && self.following() == Some(Tok::P(P::Minus));
        let to = self.previous().filter(|_| arrow && self.body == Body::Block)?;
        let what = self.tokens.get(self.at + 2).map_or("MESSAGE", |_| self.shown(self.at + 2));
        let d = self.say(self.at, self.at + 1, "a message is sent with a word");
        Some(d.help(format!("write `send {what} to {}`", self.shown(to))))
    }

    /// `within 2s`, `clock t` without a range
    fn of_time(&self, tok: Tok) -> Option<Diagnostic> {
        if matches!(tok, Tok::Duration(_)) && self.is_word(1, Kw::Within) {
            let d = self.here("time is counted in ticks");
            let span = d.span;
            return Some(d.fix(
                span,
                "2 ticks",
                "say how many ticks, as in `action NAME within 2 ticks { … }`",
            ));
        }
        let declared = self.is_word(2, Kw::Clock) && self.takes(":");
        let name =
            self.word_before(1).filter(|_| declared && matches!(self.body, Body::Members | Body::Fields))?;
        let d = self.say(self.at - 1, self.at - 1, "a clock counts up to a greatest value");
        Some(d.help(format!("write `clock {name}: 0..5`")))
    }

    /// `on tick { … }`
    fn of_ticks(&self, tok: Tok) -> Option<Diagnostic> {
        let head =
            matches!(tok, Tok::P(P::LBrace) | Tok::Kw(_)) && self.takes("at") && self.is_word(2, Kw::On);
        let time = head && matches!(self.word_before(1), Some("tick" | "timeout" | "timer"));
        time.then(|| {
            self.say(self.at - 1, self.at - 1, "time is no message").help(
                "an action waits for a clock, `action NAME when t >= 3 { … }`; a reconciler looks `every 3 ticks`",
            )
        })
    }

    /// What stands before the body of a handler or an action.
    fn of_handlers(&self, tok: Tok) -> Option<Diagnostic> {
        match tok {
            Tok::P(P::LBrace)
                if self.takes("at")
                    && self.head().is_some_and(|(_, kw)| kw == Kw::On)
                    && !self.is_word(2, Kw::On) =>
            {
                let (head, _) = self.head()?;
                Some(self.here("a message arrives at a node").help(format!(
                    "say at which: `{} at b in NODE {{ … }}`",
                    self.slice(head, self.previous()?)?
                )))
            }
            Tok::Kw(Kw::Restart) if self.is_word(1, Kw::On) => Some(self.restart_of_its_own()),
            Tok::P(P::LBrace) | Tok::Id(_) | Tok::Kw(_)
                if self.takes("at") && self.is_word(1, Kw::Restart) && self.is_word(2, Kw::On) =>
            {
                let d = self.here("a restart is of a node");
                Some(match tok {
                    Tok::Kw(Kw::From) => d.help("nobody sends it: a message needs another name"),
                    _ => d.help("say of which: `on restart at n in NODE { … }`"),
                })
            }
            Tok::P(P::Colon) if self.is_word(2, Kw::On) => {
                let i = self.previous()?;
                let d = self.say(i, self.at, "a message has no name of its own");
                let span = d.span;
                Some(d.fix(span, "", "leave it out: the fields are names in `on M from a at b { … }`"))
            }
            Tok::P(P::LBrace) | Tok::Id(_) | Tok::Kw(_)
                if self.takes("at")
                    && self.takes("from")
                    && self.is_word(2, Kw::On)
                    && tok != Tok::Id("to") =>
            {
                let message = self.word_before(1).unwrap_or("MESSAGE");
                if Fault::named(message).is_some() {
                    return Some(
                        self.say(self.at - 1, self.at - 1, "a fault is no message")
                            .help("what a node does when it comes back is `on restart at n { … }`"),
                    );
                }
                Some(
                    self.here("a message arrives at a node")
                        .help(format!("say at which: `on {message} at b in NODE {{ … }}`")),
                )
            }
            Tok::P(P::Colon) if self.takes("in") && self.is_word(2, Kw::At) => {
                Some(self.here("expected `in`, found `:`").write("in"))
            }
            Tok::P(P::Is) if self.takes("{") && self.takes("when") && self.following_is("any") => Some(
                self.say(self.at + 1, self.at + 1, "one of several is an action for each")
                    .help("or a choice: `action NAME { choose x in S { … } }`"),
            ),
            Tok::P(P::Is | P::Colon) if self.takes("{") && self.takes("when") => {
                let all = self.following_is("all") || self.following() == Some(Tok::Kw(Kw::All));
                let last = if all { self.at + 1 } else { self.at };
                let d = self.say(self.at, last, "the body follows the head");
                let span = d.span;
                Some(d.fix(span, "", "leave it out: `action NAME { … }`"))
            }
            _ => None,
        }
    }

    /// `let x = choose y in S where P`, and the same after `:=`.
    fn chosen_in_let(&self, tok: Tok) -> Option<Diagnostic> {
        let (choice, name) = (self.at.checked_sub(2)?, self.previous()?);
        let stands = matches!(self.shown(choice), "choose" | "CHOOSE" | "pick" | "oneOf")
            && matches!(tok, Tok::Kw(Kw::In) | Tok::Id("in"))
            && self.body == Body::Block;
        let given =
            choice.checked_sub(1).is_some_and(|i| matches!(self.tokens[i].tok, Tok::P(P::Is | P::Set)));
        (stands && given).then(|| {
            let words = format!("write `choose {} in S where P {{ … }}`", self.shown(name));
            self.say(choice, choice, "a choice is a statement, with what is done in braces").help(words)
        })
    }

    /// `let x = 1 in y := x`: in a block, the name is there for the rest of it.
    fn let_in_statement(&self, tok: Tok) -> Option<Diagnostic> {
        let (at, _) = self.head().filter(|(_, kw)| *kw == Kw::Let && self.body == Body::Block)?;
        let within = (at..self.at).rev().find(|i| self.tokens[*i].tok == Tok::Kw(Kw::In))?;
        let assigns = matches!(tok, Tok::P(P::Set | P::AddSet | P::SubSet));
        if !assigns && self.previous() != Some(within) {
            return None;
        }
        let d = self.say(within, within, "a `let` among statements has no `in`");
        let span = d.span;
        Some(d.fix(span, ";", "leave `in` out: the name is there for the rest of the block"))
    }

    /// `def f(x: T): x + 1`
    pub(super) fn def_with_colon(&self) -> Option<Diagnostic> {
        let (head, _) = self.head().filter(|(_, kw)| *kw == Kw::Def && self.body == Body::Members)?;
        let frame = self.tokens[head].frame;
        let own = |i: &usize| self.tokens[*i].frame == frame;
        let colon = (head..self.at).filter(own).find(|i| self.tokens[*i].tok == Tok::P(P::Colon))?;
        let given = (colon..self.at).filter(own).any(|i| self.tokens[i].tok == Tok::P(P::Is));
        let body = (colon + 1..=self.at).any(|i| {
            let mark = |p: P| {
                !matches!(p, P::DotDot | P::Question | P::Lt | P::Arrow | P::Comma | P::Is | P::LBrace)
            };
            let word =
                |kw: Kw| matches!(kw, Kw::And | Kw::Or | Kw::Not | Kw::In | Kw::All | Kw::Exists | Kw::If);
            let token = self.tokens.get(i);
            token.is_some_and(|t| !t.head && matches!(t.tok, Tok::P(p) if mark(p)))
                || token.is_some_and(|t| matches!(t.tok, Tok::Kw(kw) if word(kw)))
        });
        (body && !given).then(|| {
            let d = self.say(colon, colon, "expected `=`, found `:`");
            let span = d.span;
            d.fix(span, " =", "the body of a `def` stands after `=`: `def f(x: TYPE) = EXPR`")
        })
    }

    /// `Init == P`
    pub(super) fn definition(&self) -> Option<Diagnostic> {
        let Tok::Id(name) = self.tok()? else { return None };
        (self.body == Body::Members && self.following() == Some(Tok::P(P::Eq))).then(|| {
            self.here("a definition begins with `def`").help(format!(
                "write `def {name} = EXPR`, or for what can happen `action {name} {{ … }}`; \
                 first values stand with their variables"
            ))
        })
    }

    pub(super) fn of_types_declared(&self) -> Option<Diagnostic> {
        let message = match self.tok()? {
            Tok::P(P::LBrace) if self.is_word(2, Kw::Type) => "expected `=`, found `{`",
            Tok::Id(_) if self.is_word(2, Kw::Type) && self.takes("=") => "a type is no record",
            Tok::P(P::LBrace) if self.is_word(3, Kw::Type) => "a type is no record",
            Tok::P(P::Bar) if self.is_word(4, Kw::Type) => "a type is no choice",
            _ => return None,
        };
        Some(
            self.here(message)
                .help("fields together are a `record NAME { field: TYPE }`, names an `enum NAME { a, b }`"),
        )
    }

    /// Whether the bracket around the error belongs to the name after that keyword.
    fn stands_in(&self, kw: Kw) -> bool {
        let before = self.brackets().and_then(|(open, _)| open.checked_sub(2));
        before.is_some_and(|i| self.tokens[i].tok == Tok::Kw(kw))
    }

    /// A link whose ends or words are written otherwise.
    fn of_links(&self, tok: Tok) -> Option<Diagnostic> {
        self.head().filter(|(_, kw)| *kw == Kw::Link && self.body == Body::Members)?;
        let unexpected = |text: &str, words: &str| {
            let d = self.here(format!("unexpected `{}`", self.shown(self.at)));
            let span = d.span;
            Some(d.fix(span, text, words))
        };
        if self.takes(",") && self.is_word(2, Kw::Between) && tok != Tok::P(P::Comma) {
            let node = self.word_before(1)?;
            let last = self.previous()?;
            let d = self.say(last, last, "a link has two ends");
            let end = Span { start: d.span.end, ..d.span };
            return Some(d.fix(end, format!(", {node}"), format!("write `between {node}, {node}`")));
        }
        match tok {
            Tok::P(P::Is) if self.is_word(1, Kw::Capacity) => unexpected("", "leave it out: `capacity 3`"),
            Tok::Int(_) if matches!(self.before(1), Some(Tok::Kw(Kw::Lossy | Kw::Duplicating))) => {
                unexpected("", "how often is said by a check: `faults { lose 1 }`")
            }
            Tok::Id("fifo" | "FIFO" | "queue" | "inorder") => unexpected("ordered", "write `ordered`"),
            Tok::Id("unreliable" | "faulty") => unexpected("lossy", "write `lossy`"),
            Tok::Id("reliable" | "async" | "sync") => {
                unexpected("", "leave it out: a link loses nothing unless it is `lossy`")
            }
            Tok::Id(_) | Tok::P(_) | Tok::Kw(Kw::To | Kw::From | Kw::Between)
                if self.takes("between") || self.takes(":") =>
            {
                Some(
                    self.here(format!("expected the ends of the link, found {}", self.found()))
                        .help("write `link NAME: MESSAGE from A to B`, or `between A, B` for both ways"),
                )
            }
            _ => None,
        }
    }

    /// The head of an action or handler whose parts are written otherwise.
    fn of_heads(&self, tok: Tok) -> Option<Diagnostic> {
        let (head, kw) = self.head().filter(|(_, kw)| matches!(kw, Kw::Action | Kw::On))?;
        let guarded = (head..self.at).any(|i| self.tokens[i].tok == Tok::Kw(Kw::When));
        match tok {
            Tok::P(P::Colon) if guarded && self.takes("{") => {
                Some(self.here("a body stands in braces").help("write `action NAME when P { … }`"))
            }
            Tok::P(P::Comma) | Tok::Kw(Kw::When) if guarded && self.takes("{") => {
                let d = self.here(format!("unexpected `{}`", self.shown(self.at)));
                let span = d.span;
                Some(d.fix(span, " and ", "a guard is one condition: `when P and Q`"))
            }
            Tok::Id("at") | Tok::Kw(Kw::At) if guarded && kw == Kw::Action => Some(
                self.here("the node comes before the guard")
                    .help("write `action NAME at n in NODE when P { … }`"),
            ),
            Tok::P(P::Comma) | Tok::Kw(Kw::At) if self.takes("when") && kw == Kw::Action && !guarded => Some(
                self.here("an action runs at one node")
                    .help("another node is a parameter: `action NAME(m: NODE) at n in NODE { … }`"),
            ),
            _ => None,
        }
    }

    /// An invariant without its type, or without its braces.
    pub(super) fn of_invariants(&self) -> Option<Diagnostic> {
        match self.tok()? {
            Tok::P(P::LBrace) if self.is_word(2, Kw::Invariant) => {
                let d = self.here("expected `:`, found `{`");
                let before = Span { end: d.span.start, ..d.span };
                Some(d.fix(before, ": safety ", "a type comes first: `invariant NAME: safety { P }`"))
            }
            _ if self.takes("for") && self.head().is_some_and(|(_, kw)| kw == Kw::Unique) => {
                let message = format!("expected `for`, found {}", self.found());
                Some(self.here(message).help("say of which: `unique EXPR for x in S`"))
            }
            Tok::P(_)
                if self.body == Body::Members
                    && self.is_word(4, Kw::Invariant)
                    && self.before(2) == Some(Tok::P(P::Colon)) =>
            {
                Some(
                    self.here("a property stands in braces, after a type")
                        .help("write `invariant NAME: safety { P }`"),
                )
            }
            _ => None,
        }
    }

    /// Declarations with less or more than belongs to them.
    fn of_declared(&self, tok: Tok) -> Option<Diagnostic> {
        let named = |kw: Kw| self.is_word(2, kw);
        let known = self.head().is_some_and(|(_, kw)| kw == Kw::Knows);
        match (tok, self.body) {
            _ if known && self.takes("Str") => Some(
                self.here(format!("expected a sentence in quotes, found {}", self.found()))
                    .help("say what lets them know it: `knows NAME \"the controller's log\"`"),
            ),
            (Tok::P(P::DotDot), Body::Square) if self.stands_in(Kw::Node) => {
                Some(self.here("how many there are is a number").help("write `node N[3] { field: TYPE }`"))
            }
            (Tok::P(P::Is), Body::Fields) if self.stands_in(Kw::Record) => Some(
                self.here("a record has no first values")
                    .help("they stand with the variable: `state NAME: TYPE = RECORD { field: EXPR }`"),
            ),
            (_, Body::Members) if named(Kw::Param) && self.takes("=") && tok != Tok::P(P::Colon) => {
                let last = self.previous()?;
                Some(self.say(last, last, "a parameter has a value").help("write `param NAME = 3`"))
            }
            (Tok::P(P::Is | P::Colon), _) if named(Kw::Message) => Some(
                self.here("the fields of a message stand in braces")
                    .help("write `message NAME { field: TYPE }`"),
            ),
            _ => None,
        }
    }

    /// Clauses, and definitions, that say more than one thing or say it in other words.
    fn of_clauses(&self, tok: Tok) -> Option<Diagnostic> {
        let comma = self.previous().is_some_and(|i| self.text_at(i) == ",");
        if comma && self.body == Body::Clauses && self.head().is_some_and(|(_, kw)| kw == Kw::Views) {
            return Some(
                self.here("`views` stands once for each kind of view")
                    .help("write `views a.log for a in A  views b.log for b in B`"),
            );
        }
        let returned = self.previous().filter(|i| self.tokens[*i].tok == Tok::Id("return"));
        if let (Some(i), Some((_, Kw::Def))) = (returned, self.head()) {
            return Some(self.unknown(i).fix(
                self.span(i, i),
                "",
                "leave it out: a `def` is what stands there",
            ));
        }
        (tok == Tok::P(P::LParen) && self.body == Body::Clauses && self.is_word(1, Kw::Merge)).then(|| {
            self.here("a merge has a name")
                .help("declare it in the system, `def join(a: TYPE, b: TYPE) = EXPR`, and write `merge join`")
        })
    }

    /// `state x: 0..3, y: 0..3`, `param a = 1, b = 2`
    fn declared_again(&self) -> Option<Diagnostic> {
        let (_, kw) = self.head()?;
        let word = match kw {
            Kw::State | Kw::Ghost | Kw::Param | Kw::Clock => kw.word(),
            _ => return None,
        };
        let name = self.tokens.get(self.at + 1).filter(|t| matches!(t.tok, Tok::Id(_)))?;
        let given = self.tokens.get(self.at + 2).map(|t| t.tok);
        let given = matches!(given, Some(Tok::P(P::Colon | P::Is)));
        let d = self.here("one at a time").fix(self.span(self.at, self.at), format!(" {word}"), "");
        let form = if kw == Kw::Param { "NAME = 3" } else { "NAME: TYPE" };
        let name = &self.text[name.start as usize..name.end as usize];
        given.then(|| d.help(format!("each is declared by itself: `{word} {}`", form.replace("NAME", name))))
    }

    pub(super) fn of_members(&self) -> Option<Diagnostic> {
        let tok = self.tok()?;
        if let Some(d) = self.of_clauses(tok).or_else(|| self.of_time(tok)) {
            return Some(d);
        }
        let named = |kw: Kw| self.is_word(2, kw);
        if let Some(d) = self.of_links(tok).or_else(|| self.of_heads(tok)).or_else(|| self.of_declared(tok)) {
            return Some(d);
        }
        match (tok, self.body) {
            (Tok::P(P::Comma), Body::Members) if self.declared_again().is_some() => self.declared_again(),
            (Tok::Id(_), Body::Members) if self.is_word(1, Kw::Fair) => Some(
                self.here("fairness is said of each action")
                    .help("write `fair action NAME { … }` where it is declared"),
            ),
            (Tok::P(P::Colon | P::Is), Body::Clauses) if self.at > 0 && self.tokens[self.at - 1].head => {
                let mark = if tok == Tok::P(P::Is) { "`=`" } else { "colon" };
                let d = self.here(format!("no {mark} stands after the word of a clause"));
                let (span, word) = (d.span, self.shown(self.at - 1));
                Some(d.fix(span, "", format!("leave it out: `{word}` is followed by what it says")))
            }
            (Tok::P(P::LParen | P::LBrace | P::LRecord | P::Is), Body::Variants) => Some(self.payload()),
            (Tok::Kw(Kw::In), Body::Parens) if self.takes(":") => {
                let d = self.here("expected `:`, found `in`");
                let span = d.span;
                Some(d.fix(
                    span,
                    ":",
                    "a parameter has a type; the node that acts is named by `at n in NODE`",
                ))
            }
            (Tok::P(P::Is), _) if self.takes(":") && (named(Kw::State) || named(Kw::Ghost)) => {
                let name = self.word_before(1)?;
                Some(
                    self.here("expected `:`, found `=`")
                        .help(format!("a variable has a type: `state {name}: TYPE = EXPR`")),
                )
            }
            (Tok::P(P::Is | P::Colon), _) if named(Kw::Enum) => {
                Some(self.here("the variants stand in braces").help("write `enum NAME { a, b }`"))
            }
            (Tok::P(P::LParen | P::Star | P::Is | P::Colon), _) if named(Kw::Node) => {
                let name = self.word_before(1)?;
                Some(
                    self.here("how many there are stands in brackets")
                        .help(format!("write `node {name}[3] {{ field: TYPE }}`")),
                )
            }
            (Tok::P(P::Comma), Body::Members)
                if self.head().is_some_and(|(_, kw)| kw == Kw::Link) && self.takes("state") =>
            {
                let more = self.shown(self.at + 1);
                let words = format!("one way it may go to several kinds: `from A to B, {more}`");
                Some(self.here("a link has two ends").help(words))
            }
            (Tok::P(P::Eq), Body::Members) => {
                Some(self.here("unexpected `==`").help("a definition is written `def NAME = EXPR`"))
            }
            _ => None,
        }
    }
}
