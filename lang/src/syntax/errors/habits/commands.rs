//! Commands, their options and what stands after `expect`.
//!
//! Enters: the error, in a cell or in options. Leaves: a diagnostic with the form of the command.

use super::Spot;
use crate::concepts::ExpectedVerdict;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::token::{Body, P, Tok};
use crate::words::{Kw, Place};

impl<'t> Spot<'_, 't> {
    pub(super) fn of_commands(&self) -> Option<Diagnostic> {
        self.sentence_before_base()
            .or_else(|| self.faults_in_goal())
            .or_else(|| self.verdict_expected())
            .or_else(|| self.arguments())
            .or_else(|| self.option_bare())
            .or_else(|| self.goal_bare())
            .or_else(|| self.command_cut_short())
            .or_else(|| self.question())
            .or_else(|| self.file_brought_in())
    }

    /// Whether the error is the mark of `?NAME` or `NAME?`.
    pub(super) fn asks(&self) -> bool {
        let alone = self.tokens.get(self.at + 1).is_none_or(|t| t.head);
        let first = self.previous().is_none_or(|i| {
            !self.text[self.tokens[i].end as usize..].trim_start_matches([' ', '\t']).starts_with('?')
        });
        self.tok() == Some(Tok::P(P::Question)) && self.body == Body::Cell && (alone || first)
    }

    fn question(&self) -> Option<Diagnostic> {
        self.asks().then(|| {
            self.here("`?` asks nothing here")
                .help("`diagram SYSTEM` shows a system, Shift+Tab explains the name at the cursor")
        })
    }

    /// `use "file"`
    fn file_brought_in(&self) -> Option<Diagnostic> {
        let file = matches!(self.tok(), Some(Tok::Str(_))) && self.is_word(1, Kw::Use);
        file.then(|| {
            self.here(format!("expected a name, found {}", self.found()))
                .help("a bundled mapping has a name, as in `use kafka`; a file cannot be brought in yet")
        })
    }

    /// `system B "sentence" from A`
    fn sentence_before_base(&self) -> Option<Diagnostic> {
        let Some(Tok::Id("from") | Tok::Kw(Kw::From)) = self.tok() else { return None };
        let sentence = self.previous().filter(|i| matches!(self.tokens[*i].tok, Tok::Str(_)))?;
        let base =
            self.tokens.get(self.at + 1).filter(|t| matches!(t.tok, Tok::Id(_))).map(|_| self.at + 1)?;
        let text = format!("{} {}", self.slice(self.at, base), self.shown(sentence));
        let d = self.say(sentence, base, "the sentence comes after `from`");
        Some(self.instead(d, text, "write `system B from A \"…\" { … }`"))
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
        let known: Vec<String> = ExpectedVerdict::all().map(|v| format!("`expect {}`", v.word())).collect();
        let d = self.here(format!("expected a verdict, found `{word}`"));
        Some(match nearest(word, ExpectedVerdict::all().map(ExpectedVerdict::word)) {
            Some(near) => d.meant(near),
            None => d.help(format!("what can be expected: {}", known.join(", "))),
        })
    }

    /// `check A depth 3`, and `depth 3`.
    fn option_bare(&self) -> Option<Diagnostic> {
        if self.takes("<=") && matches!(self.before(1), Some(Tok::Kw(Kw::Depth | Kw::States | Kw::Memory))) {
            let word = self.word_before(1)?;
            let d = self.here(format!("expected `<=`, found {}", self.found()));
            return Some(match self.tok() {
                Some(Tok::P(P::Is | P::Colon | P::Lt | P::Eq)) => {
                    let span = d.span;
                    d.fix(span, "<=", format!("write `{word} <= 20`"))
                }
                _ => d.help(format!("write `{word} <= 20`")),
            });
        }
        let (_, command) = self.head().filter(|_| self.body == Body::Cell)?;
        let word = self.word_before(0).filter(|_| command == Kw::Check)?;
        let option = match word {
            "faults" => "faults { crash 1 }",
            "depth" | "states" | "memory" => "depth <= 20",
            "only" | "expect" => "expect holds",
            "symmetry" | "reductions" => "reductions off",
            _ => return None,
        };
        Some(self.here("options stand in braces").help(format!("write `check SYSTEM {{ {option} }}`")))
    }

    /// `find A P`
    fn goal_bare(&self) -> Option<Diagnostic> {
        let (_, command) = self.head().filter(|_| self.takes("{") && self.body == Body::Cell)?;
        (command == Kw::Find)
            .then(|| self.here("the goal stands in braces").help("write `find SYSTEM { P }`"))
    }

    /// `check A(3)`, `scenario up on A`, `do a 3`, `faults { crash 1 lose 1 }`
    fn arguments(&self) -> Option<Diagnostic> {
        let operand = matches!(self.tok()?, Tok::Int(_) | Tok::Id(_) | Tok::Kw(Kw::True | Kw::False));
        let word = self.shown(self.at);
        match self.body {
            Body::Parens if self.takes("Id") && self.takes(")") && matches!(self.tok()?, Tok::Int(_)) => {
                Some(
                    self.here(format!("expected a name, found `{word}`"))
                        .help("parameters are given by name: `check SYSTEM(PARAM = 3)`"),
                )
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
        let (_, command) = self.head().filter(|_| ended)?;
        if self.takes("Gone") {
            return None;
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
