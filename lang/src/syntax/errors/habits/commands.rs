//! Commands, their options and what stands after `expect`.
//!
//! Enters: the error, in a cell or in options. Leaves: a diagnostic with the form of the command.

use super::Spot;
use crate::concepts::{ExpectedVerdict, Fault};
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::token::{Body, P, Tok};
use crate::words::{Kw, Place};

impl<'t> Spot<'_, 't> {
    pub(super) fn of_commands(&self) -> Option<Diagnostic> {
        self.sentence_before_base()
            .or_else(|| self.system_cut_short())
            .or_else(|| self.file_bare())
            .or_else(|| self.goal_displaced())
            .or_else(|| self.faults_in_goal())
            .or_else(|| self.fault_in_disorder())
            .or_else(|| self.verdict_expected())
            .or_else(|| self.arguments())
            .or_else(|| self.option_bare())
            .or_else(|| self.goal_bare())
            .or_else(|| self.command_cut_short())
    }

    /// `system B "sentence" from A`
    fn sentence_before_base(&self) -> Option<Diagnostic> {
        let Some(Tok::Id("from") | Tok::Kw(Kw::From)) = self.tok() else { return None };
        let sentence = self.previous().filter(|i| matches!(self.tokens[*i].tok, Tok::Str(_)))?;
        let base =
            self.tokens.get(self.at + 1).filter(|t| matches!(t.tok, Tok::Id(_))).map(|_| self.at + 1)?;
        let text = format!("{} {}", self.slice(self.at, base)?, self.shown(sentence));
        let d = self.say(sentence, base, "the sentence comes after `from`");
        Some(self.instead(d, text, "write `system B from A \"…\" { … }`"))
    }

    /// `use parts/lease.rcv`
    fn file_bare(&self) -> Option<Diagnostic> {
        let first = self.previous().filter(|i| matches!(self.tokens[*i].tok, Tok::Id(_)))?;
        let before = self.tokens[..first].iter().rev().find(|token| token.tok != Tok::Mark)?;
        if before.tok != Tok::Kw(Kw::Use) {
            return None;
        }
        if !matches!(self.tok(), Some(Tok::P(P::Dot | P::Slash))) {
            return None;
        }
        let close = |i: &usize| {
            let of_path = matches!(
                self.tokens[*i].tok,
                Tok::Id(_) | Tok::Mark | Tok::P(P::Dot | P::DotDot | P::Slash | P::Minus)
            );
            of_path && self.tokens[*i - 1].end == self.tokens[*i].start
        };
        let last = (self.at..self.tokens.len()).take_while(close).last()?;
        let path = format!("\"{}\"", self.slice(first, last)?);
        let d = self.say(first, last, "a file of your own stands in quotation marks");
        let (span, words) = (d.span, format!("write `use {path}`"));
        Some(d.fix(span, path, words))
    }

    fn faults_in_goal(&self) -> Option<Diagnostic> {
        let faults = |i: usize| {
            matches!(self.tokens.get(i).map(|t| t.tok), Some(Tok::Id("faults") | Tok::Kw(Kw::Faults)))
        };
        let at = [Some(self.at), self.previous()].into_iter().flatten().find(|i| faults(*i))?;
        let goal = self
            .tokens
            .get(at)
            .is_some_and(|t| t.frame == self.tokens[self.at.min(self.tokens.len() - 1)].frame);
        (self.body == Body::Goal && goal).then(|| {
            self.say(at, at, "faults stand after the goal")
                .help("write `find SYSTEM { P } faults { crash 1 }`")
        })
    }

    /// `expect holds within bound i`, `expect not checked i`, `expect not violated i`
    pub(super) fn no_verdict(&self) -> Option<Diagnostic> {
        let word =
            self.tokens.get(self.at).filter(|_| self.body == Body::Options).map(|_| self.shown(self.at))?;
        let verdict = |back: usize| self.word_before(back).and_then(ExpectedVerdict::named);
        if word == "bound" && self.word_before(1) == Some("within") && self.is_word(3, Kw::Expect) {
            let from = self.previous()?;
            let d = self.say(from, self.at, "what holds within a bound is met by `holds`");
            let span = Span { start: self.tokens[from - 1].end, ..d.span };
            return Some(d.fix(span, "", "leave it out: `expect holds NAME`"));
        }
        if !(self.is_word(1, Kw::Not) && self.is_word(2, Kw::Expect) && self.takes("found")) {
            return None;
        }
        let from = self.previous()?;
        let opposite = match verdict(0) {
            Some(ExpectedVerdict::Holds) => Some(ExpectedVerdict::Violated),
            Some(_) => Some(ExpectedVerdict::Holds),
            None => None,
        };
        let d = self.say(from, self.at, format!("`not {word}` is no verdict that can be expected"));
        Some(match opposite {
            Some(opposite) => {
                let (span, words) = (d.span, format!("write `expect {} NAME`", opposite.word()));
                d.fix(span, opposite.word(), words)
            }
            None => d.help(format!("what can be expected: {}", known_verdicts())),
        })
    }

    fn verdict_expected(&self) -> Option<Diagnostic> {
        if let (Some(Tok::Id(word)), true) =
            (self.before(1), self.is_word(2, Kw::Expect) && self.body == Body::Lines)
        {
            let i = self.previous()?;
            let near = nearest(word, ExpectedVerdict::all().map(ExpectedVerdict::word))?;
            return Some(self.unknown(i).meant(near));
        }
        let word = self.word_before(0).filter(|_| self.takes("Verdict") && !self.operand())?;
        let next = self.tokens.get(self.at + 1).map(|_| self.shown(self.at + 1)).unwrap_or_default();
        if ExpectedVerdict::named(next).is_some() {
            let d = self.say(self.at, self.at + 1, "the verdict comes first");
            return Some(d.write(format!("{next} {word}")));
        }
        let d = self.here(format!("expected a verdict, found `{word}`"));
        Some(match nearest(word, ExpectedVerdict::all().map(ExpectedVerdict::word)) {
            Some(near) => d.meant(near),
            None => d.help(format!("what can be expected: {}", known_verdicts())),
        })
    }

    /// `check A depth 3`, and `depth 3`.
    fn option_bare(&self) -> Option<Diagnostic> {
        if self.takes("<=") && matches!(self.before(1), Some(Tok::Kw(Kw::Depth | Kw::States | Kw::Memory))) {
            let word = self.word_before(1)?;
            let d = self.here(format!("expected `<=`, found {}", self.found()));
            let number = |i: usize| match self.tokens.get(i).map(|t| t.tok) {
                Some(Tok::Int(n)) => n.to_string(),
                _ => "20".to_string(),
            };
            let span = d.span;
            return Some(match self.tok() {
                Some(Tok::P(P::Is | P::Colon | P::Lt | P::Eq)) => {
                    d.fix(span, "<=", format!("write `{word} <= {}`", number(self.at + 1)))
                }
                Some(Tok::Int(_)) => {
                    let before = Span { end: span.start, ..span };
                    d.fix(before, "<= ", format!("write `{word} <= {}`", number(self.at)))
                }
                _ => d.help(format!("write `{word} <= 20`")),
            });
        }
        if self.is_word(1, Kw::Traces)
            && matches!(self.tok(), Some(Tok::P(P::Le | P::Is | P::Colon | P::Lt | P::Eq)))
        {
            let d = self.here("the number follows `traces` at once");
            let span = d.span;
            return Some(d.fix(span, "", "write `traces 3`"));
        }
        if self.is_word(1, Kw::Only) && self.takes("Id") {
            return Some(self.here("expected the name of a member").help("write `only NAME`"));
        }
        if matches!(self.before(1), Some(Tok::Kw(Kw::Symmetry | Kw::Reductions))) && self.takes("off") {
            let i = self.previous()?;
            let d = self.say(i, self.at, "they are on unless they are switched off");
            let span = d.span;
            return Some(d.fix(span, "", "leave it out, or write `symmetry off`"));
        }
        let (_, command) = self.head().filter(|_| self.body == Body::Cell)?;
        let word = self.word_before(0).filter(|_| command == Kw::Check)?;
        let option = match word {
            "faults" => "faults { crash 1 }",
            "depth" | "states" | "memory" => "depth <= 20",
            "only" | "expect" => "expect holds",
            "symmetry" | "reductions" => "reductions off",
            "traces" => "traces 3",
            "threads" => "threads 2",
            "spill" => "spill",
            _ => return None,
        };
        let d = self.here("options stand in braces");
        let last = self.last_of_command();
        let Some(text) = self.slice(self.at, last).filter(|_| last > self.at) else {
            return Some(d.help(format!("write `check SYSTEM {{ {option} }}`")));
        };
        let (text, whole) = (format!("{{ {text} }}"), self.span(self.at, last));
        if !crate::syntax::is_sound(&format!("check A {text}")) {
            return Some(d.help(format!("write `check SYSTEM {{ {option} }}`")));
        }
        let words = match text.len() <= super::LONGEST && !text.contains('\n') {
            true => format!("write `check SYSTEM {text}`"),
            false => format!("write `check SYSTEM {{ {option} }}`"),
        };
        Some(d.fix(whole, text, words))
    }

    /// The last token of the command that the error stands in.
    fn last_of_command(&self) -> usize {
        let frame = self.tokens[self.at].frame;
        let next = |i: &usize| self.tokens[*i].head && self.tokens[*i].frame == frame;
        let end = (self.at + 1..self.tokens.len()).find(next).unwrap_or(self.tokens.len());
        let written = |i: &usize| self.tokens[*i].start < self.tokens[*i].end;
        (self.at..end).rev().find(written).unwrap_or(self.at)
    }

    /// `find A P`
    fn goal_bare(&self) -> Option<Diagnostic> {
        let (_, command) = self.head().filter(|_| self.takes("{") && self.body == Body::Cell)?;
        (command == Kw::Find)
            .then(|| self.here("the goal stands in braces").help("write `find SYSTEM { P }`"))
    }

    /// `find A within 3 steps { P }`, `find A { P } expect none`, `diagram A by ordering`, `show A`
    fn goal_displaced(&self) -> Option<Diagnostic> {
        let (_, command) = self.head().filter(|_| self.body == Body::Cell)?;
        let word = self.word_before(0)?;
        match (command, word) {
            (Kw::Find, "within") if self.takes("{") => {
                let open = (self.at..self.tokens.len()).find(|i| self.tokens[*i].tok == Tok::P(P::LBrace))?;
                let close = self.closer_of(open)?;
                let text = format!("{} {}", self.slice(open, close)?, self.slice(self.at, open - 1)?);
                let d = self.say(self.at, close, "the goal comes first");
                let span = d.span;
                Some(d.fix(span, text, "write `find SYSTEM { P } within 3 steps`"))
            }
            (Kw::Find, word) if matches!(self.before(1), Some(Tok::Kw(Kw::Expect))) => {
                let d = self.here(format!("expected `found` or `not found`, found `{word}`"));
                Some(d.write("not found"))
            }
            (Kw::Diagram, "by") => Some(
                self.here("a diagram shows all four concepts")
                    .help("one of them: `compare A, B by ordering`"),
            ),
            (Kw::Show, _) => Some(
                self.here(
                    "`show` is about a run: the one by hand, or with a number a step of the run shown last",
                )
                .help("`diagram SYSTEM` shows a system, `check SYSTEM` explores it"),
            ),
            _ => None,
        }
    }

    /// `system B from A`, without a block.
    fn system_cut_short(&self) -> Option<Diagnostic> {
        let ended = self.tokens.get(self.at).is_none_or(|t| t.head && self.body == Body::Cell);
        let (_, command) = self.head().filter(|_| ended && self.takes("{"))?;
        if !matches!(command, Kw::System | Kw::Extend) {
            return None;
        }
        // A sentence that is not closed holds the brace.
        let closed = |tok: Tok<'_>| !matches!(tok, Tok::Str(text) if text.len() < 2 || !text.ends_with('"'));
        let last = self.previous().filter(|i| closed(self.tokens[*i].tok))?;
        let d = self.say(last, last, "the members stand in braces, even where there are none");
        let end = Span { start: d.span.end, ..d.span };
        let what = command.word();
        Some(d.fix(end, " { }", format!("write `{what} NAME {{ }}`")))
    }

    /// `check A(3)`, `scenario up on A`, `do a 3`, `faults { crash 1 lose 1 }`
    fn arguments(&self) -> Option<Diagnostic> {
        let operand = matches!(self.tok()?, Tok::Int(_) | Tok::Id(_) | Tok::Kw(Kw::True | Kw::False));
        let word = self.shown(self.at);
        if self.body == Body::Parens && self.tok()? == Tok::P(P::Colon) && self.takes("=") {
            return Some(self.here("expected `=`, found `:`").write("="));
        }
        let checks = self.body == Body::Cell && self.head().is_some_and(|(_, kw)| kw == Kw::Check);
        match self.tok()? {
            Tok::P(P::Dot) | Tok::Id("for") | Tok::Kw(Kw::For) if checks => {
                return Some(
                    self.here("a check is of a system").help("of one member: `check SYSTEM { only NAME }`"),
                );
            }
            Tok::P(P::Comma) if checks => {
                return Some(self.here("one system at a time").help("write `check SYSTEM` for each"));
            }
            _ => {}
        }
        if self.body == Body::Faults && self.tok()? == Tok::P(P::Star) {
            return Some(self.here("how often is a number").help("write `faults { crash 2 }`"));
        }
        match self.body {
            Body::Parens if self.takes("Id") && self.takes(")") && matches!(self.tok()?, Tok::Int(_)) => {
                Some(
                    self.here(format!("expected a name, found `{word}`"))
                        .help("parameters are given by name: `check SYSTEM(PARAM = 3)`"),
                )
            }
            Body::Cell if self.is_word(1, Kw::Scenario) && word == "on" => {
                let d = self.here("a scenario has a title");
                let before = Span { end: d.span.start, ..d.span };
                Some(d.fix(before, "\"title\" ", "write `scenario \"title\" on SYSTEM { … }`"))
            }
            Body::Cell if self.is_word(1, Kw::Scenario) && operand => {
                Some(self.here("expected a sentence in quotes").write(format!("\"{word}\"")))
            }
            Body::Lines
                if self.is_word(2, Kw::Do) && operand && self.takes("(") && !self.tokens[self.at].head =>
            {
                let d = self.here("arguments stand in parentheses");
                let before = self.tokens[self.previous()?].end;
                let span = Span { start: before, ..d.span };
                let words = format!("write `do {}({word})`", self.word_before(1)?);
                Some(d.fix(span, format!("({word})"), words))
            }
            Body::Faults if matches!((self.before(1)?, self.tok()?), (Tok::Id(_), Tok::Int(_))) => {
                let i = self.previous()?;
                let d = self.say(i, i, "which node or message it hits is left open");
                let span = d.span;
                Some(d.fix(span, "", "leave it out: `faults { crash 1 }`; a scenario names it: `crash NODE`"))
            }
            Body::Faults
                if matches!((self.before(1)?, self.tok()?), (Tok::Int(_), Tok::Id(_)))
                    && Fault::named(word).is_none()
                    && !matches!(self.following(), Some(Tok::Int(_))) =>
            {
                let d = self.here("the kind of node stands behind `of`");
                Some(d.write(format!("of {word}")))
            }
            Body::Faults if self.takes(",") && operand => {
                let d = self.here(format!("expected `,`, found `{word}`"));
                let before = self.tokens[self.previous()?].end;
                let span = Span { start: before, end: before, ..d.span };
                Some(d.fix(span, ",", "faults are separated by commas: `faults { crash 1, lose 1 }`"))
            }
            _ => None,
        }
    }

    /// A command that ends too early: its form.
    fn command_cut_short(&self) -> Option<Diagnostic> {
        let ended = self.tokens.get(self.at).is_none_or(|t| t.head && self.body == Body::Cell);
        let (head, command) = self.head().filter(|_| ended)?;
        if self.takes("Gone") {
            return None;
        }
        if let Some(asks) = head.checked_sub(1)
            && matches!(self.tokens[asks].tok, Tok::Id("help" | "man" | "doc" | "docs"))
        {
            let d = self.say(asks, head, format!("`{}` is explained where it stands", command.word()));
            return Some(
                d.help(format!("Shift+Tab with the cursor in it explains a word; {}", form_of(command)?)),
            );
        }
        let message = format!("expected {}, found {}", self.wanted(), self.found());
        Some(self.here(message).help(form_of(command)?))
    }

    /// The form of the command that the error stands in.
    pub(in crate::syntax::errors) fn command_form(&self) -> Option<String> {
        let (_, command) = self.head().filter(|_| self.body == Body::Cell)?;
        form_of(command)
    }
}

fn known_verdicts() -> String {
    let known: Vec<String> = ExpectedVerdict::all().map(|v| format!("`expect {}`", v.word())).collect();
    known.join(", ")
}

/// The whole of a command, as the table of words has it.
fn form_of(command: Kw) -> Option<String> {
    if matches!(command, Kw::System | Kw::Extend) {
        return None;
    }
    let help = command.help_at(Place::Top)?;
    let form = help.split_once(": ").map_or(help, |(form, _)| form);
    let form = form.split_once(" [").map_or(form, |(form, _)| form).replace("lines", "…");
    Some(format!("the whole command: `{form}`"))
}
