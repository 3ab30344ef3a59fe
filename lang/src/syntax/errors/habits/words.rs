//! Words of other languages, where the parser stopped at them or just after them.
//!
//! Enters: the error. Leaves: a diagnostic with the word of this language, and the edit where that is all it takes.

use super::{Spot, places};
use crate::diag::{Diagnostic, nearest};
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::words;
use crate::words::{Foreign, Kw, Place, foreign};

impl<'t> Spot<'_, 't> {
    pub(super) fn foreign_word(&self) -> Option<Diagnostic> {
        self.word_for_guard()
            .or_else(|| self.word_before_field())
            .or_else(|| self.matched())
            .or_else(|| self.word_in_expression())
            .or_else(|| self.word_at_start())
            .or_else(|| self.misspelt())
    }

    /// `= match x { … }`
    fn matched(&self) -> Option<Diagnostic> {
        let i = self.previous()?;
        let word = matches!(self.tokens[i].tok, Tok::Id("match" | "switch" | "case"));
        let value = word && !self.tokens[i].head && matches!(self.tok()?, Tok::Id(_));
        value.then(|| {
            let words = "a value is one of two by a condition: `if x.kind == a then e else f`";
            self.unknown(i).help(words)
        })
    }

    pub(super) fn unknown(&self, i: usize) -> Diagnostic {
        let word = self.shown(i);
        let message = match self.tokens[i].tok {
            Tok::Kw(_) => format!("unexpected `{word}`"),
            _ => format!("unknown word `{word}`"),
        };
        self.say(i, i, message)
    }

    /// `action a requires P { … }`
    fn word_for_guard(&self) -> Option<Diagnostic> {
        let word = self.word_before(0).filter(|_| self.takes("when") && self.takes("{"))?;
        if self.takes("at")
            && matches!(word, "for" | "by" | "on" | "of" | "in" | "each" | "foreach" | "forall")
        {
            return Some(self.unknown(self.at).write("at"));
        }
        if word == "from" && !self.takes("from") {
            return Some(
                self.unknown(self.at).help("who sent it comes first: `on MESSAGE from a at b { … }`"),
            );
        }
        let entry = foreign(Place::Detail, word)?;
        Some(self.unknown(self.at).fix(
            self.span(self.at, self.at),
            entry.here,
            "a guard is written `when P`",
        ))
    }

    /// `a AND b`, `forall x in S: P`, `NOT a`. The parser may have taken the word for a name, and stopped after it.
    fn word_in_expression(&self) -> Option<Diagnostic> {
        let previous = self.previous();
        let at = Some(self.at).filter(|i| *i < self.tokens.len());
        let infix = [at, previous].into_iter().flatten().find_map(|i| self.infix(i));
        infix.or_else(|| self.prefix(previous?)).or_else(|| self.shape(previous?.checked_sub(1)?))
    }

    /// A word two tokens back that starts an expression elsewhere: the parser took what follows for a statement.
    fn shape(&self, i: usize) -> Option<Diagnostic> {
        let words = match self.tokens[i].tok {
            Tok::Id("IF" | "If") => "write `if c then a else b`",
            Tok::Id("CHOOSE" | "pick") => {
                "what is open is chosen in an effect: `choose x in S where P { … }`"
            }
            _ => return None,
        };
        Some(self.unknown(i).help(words))
    }

    /// The operator of another language at `i`, between two operands.
    fn infix(&self, i: usize) -> Option<Diagnostic> {
        let Tok::Id(word) = self.tokens[i].tok else { return None };
        let before = i.checked_sub(1).filter(|before| self.ends_operand(*before))?;
        if word == "EXCEPT" {
            return Some(self.unknown(i).help("one key of a map is assigned: `m[k] := EXPR`"));
        }
        if word == "as" {
            let d = self.say(i, i + 1, "values need no conversion");
            let span = d.span;
            return Some(d.fix(span, "", "leave it out: a number fits where its value is in range"));
        }
        if word == "is" && self.tokens.get(i + 1).map(|t| t.tok) == Some(Tok::Kw(Kw::Not)) {
            return Some(self.say(i, i + 1, "unknown word `is`").write("!="));
        }
        let entry = foreign(Place::Expression, word)?;
        let number = matches!(self.tokens[before].tok, Tok::Int(_));
        match entry.here {
            "true" | "false" | "none" | "not" | "if" | "all" | "some" | "not some" | "{false, true}" | "" => {
                None
            }
            ".." if !number => None,
            ".." => Some(self.unknown(i).fix(self.span(i, i), "..", "a range is written `1..10`")),
            here => Some(self.unknown(i).write(here)),
        }
    }

    pub(super) fn ends_operand(&self, i: usize) -> bool {
        matches!(
            self.tokens[i].tok,
            Tok::Id(_)
                | Tok::Int(_)
                | Tok::P(P::RParen | P::RBracket)
                | Tok::Kw(Kw::True | Kw::False | Kw::Nothing)
        )
    }

    /// The word of another language at `i`, before an operand.
    fn prefix(&self, i: usize) -> Option<Diagnostic> {
        let Tok::Id(word) = self.tokens[i].tok else { return None };
        if words::is_quantifier(word) && matches!(self.tok()?, Tok::Id(_)) && word != "min" && word != "max" {
            let name = self.shown(self.at);
            return Some(
                self.here("a quantifier goes through a set").help(format!("write `{word} {name} in S: P`")),
            );
        }
        let operand = matches!(
            self.tok()?,
            Tok::Id(_)
                | Tok::Int(_)
                | Tok::P(P::LParen)
                | Tok::Kw(Kw::True | Kw::False | Kw::All | Kw::Exists)
        );
        if !operand {
            return None;
        }
        if matches!(word, "one" | "lone") {
            let words =
                "write `exactly 1 x in S where P`, or `(count x in S where P) == 1` inside of an expression";
            return Some(self.unknown(i).help(words));
        }
        if word == "enabled" {
            return foreign(Place::Method, word).map(|entry| self.unknown(i).help(entry.words()));
        }
        let entry = foreign(Place::Expression, word)?;
        let bound = self.following() == Some(Tok::Kw(Kw::In)) || self.following_is("in");
        match entry.here {
            "" => Some(self.unknown(i).help(entry.why)),
            here @ ("all" | "some" | "not some") if bound => Some(self.unknown(i).write(here)),
            here @ ("all" | "some" | "not some") => {
                Some(self.unknown(i).help(format!("write `{here} x in S: P`")))
            }
            "not" => Some(self.unknown(i).write("not")),
            _ => None,
        }
    }

    /// In a node: what is no field.
    fn word_before_field(&self) -> Option<Diagnostic> {
        let i = self.previous().filter(|_| self.body == Body::Fields && self.takes(":"))?;
        let Tok::Id(word) = self.tokens[i].tok else { return None };
        if let Some(entry) = foreign(Place::Node, word) {
            let d = self.unknown(i);
            let span = d.span;
            let kept = entry.here.contains("field");
            return Some(if kept {
                d.fix(span, "", "leave it out: fields need no word before")
            } else {
                d.help(entry.words())
            });
        }
        words::is_head(Body::Members, word).then(|| {
            let words = "it belongs directly in a system, after the end of the node";
            self.say(i, i, format!("`{word}` has no place among fields")).help(words)
        })
    }

    /// The first word of a member, statement, …, misspelt: the parser took it for a name, and stopped after it.
    fn misspelt(&self) -> Option<Diagnostic> {
        let i = self.previous()?;
        let Tok::Id(word) = self.tokens[i].tok else { return None };
        let starts = self.tokens[i].head || i > 0 && self.tokens[i - 1].tok == Tok::Mark;
        let name = matches!(self.tok(), Some(Tok::Id(_) | Tok::Str(_)));
        if !starts || !name || word.len() <= 2 || foreign(Place::Expression, word).is_some() {
            return None;
        }
        let meant = nearest(word, words::heads(self.body).map(Kw::first)).filter(|meant| *meant != word)?;
        Some(self.unknown(i).meant(meant))
    }

    /// A word that starts a statement, member, … elsewhere: at the error, or just before it.
    fn word_at_start(&self) -> Option<Diagnostic> {
        let known = |i: usize| -> Option<&'static Foreign> {
            let word = match self.tokens.get(i)?.tok {
                Tok::Id(word) => word,
                _ => return None,
            };
            places(self.body).iter().find_map(|place| foreign(*place, word))
        };
        let starts = |i: usize| self.tokens[i].head || i > 0 && self.tokens[i - 1].tok == Tok::Mark;
        let at = Some(self.at).filter(|i| self.takes("Gone") && known(*i).is_some());
        let at = at.or_else(|| {
            self.previous().filter(|i| starts(*i) && !self.tokens[self.at.min(self.tokens.len() - 1)].head)
        })?;
        let entry = known(at)?;
        Some(match entry.here {
            "else if" => self.unknown(at).write("else if"),
            _ => self.unknown(at).help(entry.words()),
        })
    }
}
