//! Lines of a scenario as other languages of tests write them, or as they are copied from a trace.
//!
//! Enters: the error, in a scenario. Leaves: a diagnostic with the line as it is written here.

use super::Spot;
use crate::concepts::ExpectedVerdict;
use crate::diag::Diagnostic;
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::words;
use crate::words::Kw;

impl<'t> Spot<'_, 't> {
    pub(super) fn of_lines(&self) -> Option<Diagnostic> {
        if self.body == Body::Parens {
            return self.named_argument();
        }
        if self.body != Body::Lines {
            return None;
        }
        self.statement()
            .or_else(|| self.expected_otherwise())
            .or_else(|| self.copied())
            .or_else(|| self.step_otherwise())
    }

    /// `for n in N { … }`, `if P { … }`
    fn statement(&self) -> Option<Diagnostic> {
        let Tok::Kw(Kw::For | Kw::If | Kw::Let) = self.tok()? else { return None };
        self.takes("Gone").then(|| {
            self.here(format!("a scenario has no `{}`", self.shown(self.at)))
                .help("it has steps and expectations, one by one: `do NAME at NODE`; `run until quiet` takes every step there is")
        })
    }

    /// `do inc(k = 1)`
    fn named_argument(&self) -> Option<Diagnostic> {
        let (open, _) = self.brackets().filter(|_| self.tok() == Some(Tok::P(P::Is)))?;
        let taken = open.checked_sub(2).is_some_and(|i| self.tokens[i].tok == Tok::Kw(Kw::Do));
        let name = self.previous().filter(|i| taken && matches!(self.tokens[*i].tok, Tok::Id(_)))?;
        let d = self.say(name, self.at, "arguments stand in their order, without names");
        let span = d.span;
        Some(d.fix(span, "", "leave the name out: `do NAME(EXPR) at NODE`"))
    }

    /// `expect not violated p`, `expect p violated`, `expect eventually P`
    fn expected_otherwise(&self) -> Option<Diagnostic> {
        let word = self.word_before(1)?;
        let previous = self.previous()?;
        let negated = self.is_word(2, Kw::Not) && self.is_word(3, Kw::Expect);
        if negated && let Some(verdict) = ExpectedVerdict::named(word) {
            let opposite = match verdict {
                ExpectedVerdict::Holds => ExpectedVerdict::Violated,
                _ => ExpectedVerdict::Holds,
            };
            let d = self.say(previous - 1, previous, "a verdict has no `not` before it");
            let span = d.span;
            let words = format!("write `expect {} NAME`", opposite.word());
            return Some(d.fix(span, opposite.word(), words));
        }
        if !self.is_word(2, Kw::Expect) {
            return None;
        }
        if ExpectedVerdict::named(self.shown(self.at)).is_some() {
            let d = self.say(previous, self.at, "the verdict comes first");
            let text = format!("{} {word}", self.shown(self.at));
            let (span, words) = (d.span, format!("write `expect {text}`"));
            return Some(d.fix(span, text, words));
        }
        let words = match word {
            "eventually" | "finally" | "sometime" => "a run goes on until it is so: `run until P`",
            "always" | "never" | "globally" => {
                "of every state so far an invariant is asked: `expect holds NAME`"
            }
            "disabled" | "impossible" | "fails" | "fail" | "error" | "blocked" => {
                "of a step that cannot be taken: `expect not enabled NAME at NODE`"
            }
            _ => return None,
        };
        Some(self.unknown(previous).help(words))
    }

    /// A line of a trace with its number, or what changed in a step.
    fn copied(&self) -> Option<Diagnostic> {
        let next = self.tokens.get(self.at + 1).map(|_| self.shown(self.at + 1)).unwrap_or_default();
        match self.tok()? {
            Tok::Int(_) if self.takes("Gone") && words::is_head(Body::Lines, next) => {
                let d = self.here("lines of a scenario have no numbers");
                let span = d.span;
                Some(d.fix(span, "", "leave the number out"))
            }
            Tok::Id("tick") if self.takes("Gone") => {
                Some(self.here("`tick` is a step as others are").write("do tick"))
            }
            Tok::Id(_) if self.takes("Gone") => {
                let mut end = self.at + 1;
                while matches!(
                    self.tokens.get(end).map(|t| t.tok),
                    Some(Tok::P(P::Dot | P::LBracket | P::RBracket) | Tok::Id(_) | Tok::Int(_))
                ) {
                    end += 1;
                }
                let colon = self.tokens.get(end).map(|t| t.tok) == Some(Tok::P(P::Colon));
                colon.then(|| {
                    self.say(self.at, end, "this says what a step has changed")
                        .help("leave it out, or ask for it: `expect P`")
                })
            }
            _ => None,
        }
    }

    /// A step in other words.
    fn step_otherwise(&self) -> Option<Diagnostic> {
        let previous = self.previous()?;
        let (head, line) = self.head()?;
        let left_out = |i: usize, words: &str| {
            let d = self.say(i, i, format!("unexpected `{}`", self.shown(i)));
            let span = d.span;
            Some(d.fix(span, "", words))
        };
        match (self.tok()?, line) {
            (_, Kw::Crash | Kw::Restart) if self.before(1) == Some(Tok::Id("at")) && previous == head + 1 => {
                left_out(previous, "leave it out: `crash NODE`")
            }
            (
                Tok::Id("at" | "at_") | Tok::Kw(Kw::At),
                Kw::Deliver | Kw::Reorder | Kw::Lose | Kw::Duplicate,
            ) => Some(self.here("a message goes to a node").write("to")),
            (Tok::P(P::LParen), Kw::Deliver | Kw::Reorder | Kw::Lose | Kw::Duplicate) => Some(
                self.here("the fields of a message have names")
                    .help("write `deliver M { field: EXPR } to NODE`"),
            ),
            (Tok::P(P::Set), Kw::Init) => Some(self.here("nothing is assigned here").write("==")),
            (Tok::P(P::Dot), Kw::Do) if previous == head + 1 => self.method_taken(previous),
            (Tok::Int(_), Kw::Do) if self.following_is("times") => Some(
                self.say(self.at, self.at + 1, "a line takes one step")
                    .help("write it again, or `run NAME 2 times`"),
            ),
            _ if self.shown(self.at) == "then" => left_out(self.at, "lines follow each other: leave it out"),
            (_, Kw::Partition) if previous == head => self.sides(),
            _ => None,
        }
    }

    /// `do n1.inc(1)`; `node`: where it stands.
    fn method_taken(&self, node: usize) -> Option<Diagnostic> {
        let action = self.at + 1;
        self.tokens.get(action).filter(|t| matches!(t.tok, Tok::Id(_)))?;
        let open = self.tokens.get(action + 1).filter(|t| t.tok == Tok::P(P::LParen)).map(|_| action + 1);
        let last = open.and_then(|open| self.closer_of(open)).unwrap_or(action);
        let text = format!("{} at {}", self.slice(action, last)?, self.shown(node));
        let d = self.say(node, last, "an action is named first, and then its node");
        let (span, words) = (d.span, format!("write `do {text}`"));
        Some(d.fix(span, text, words))
    }

    fn starts_line(&self, i: usize) -> bool {
        self.tokens[i].head && words::is_head(Body::Lines, self.shown(i))
    }

    /// `partition n1, n2` or `partition [n1], [n2]`
    fn sides(&self) -> Option<Diagnostic> {
        let from = self.tokens.get(self.at)?.start as usize;
        let ends = |i: &usize| self.starts_line(*i) || self.closer_around(self.at - 1) == Some(*i);
        let last = (self.at + 1..self.tokens.len()).find(ends).unwrap_or(self.tokens.len()) - 1;
        let rest = &self.text[from..self.tokens[last].end as usize];
        let separators = [" vs ", "|", "], [", "],["];
        let parts: Vec<&str> = match separators.iter().find(|s| rest.contains(**s)) {
            Some(separator) => rest.split(separator).collect(),
            None => rest.split(',').collect(),
        };
        let sides: Vec<String> = parts
            .iter()
            .map(|p| format!("{{{}}}", p.trim_matches([' ', '[', ']', '(', ')', '{', '}'])))
            .collect();
        let d = self.say(self.at, last, "the sides of a partition stand in braces");
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | ',' | ' ' | '{' | '}');
        Some(match sides.as_slice() {
            [a, b] if sides.iter().all(|s| s.chars().all(named) && s.matches('{').count() == 1) => {
                let (span, text) = (d.span, format!("{a} | {b}"));
                let words = format!("write `partition {text}`");
                d.fix(span, text, words)
            }
            _ => d.help("write `partition {a} | {b, c}`"),
        })
    }
}
