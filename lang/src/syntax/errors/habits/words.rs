//! Words of other languages, where the parser stopped at them or just after them.
//!
//! Enters: the error. Leaves: a diagnostic with the word of this language, and the edit where that is all it takes.

use super::{Spot, places};
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::words;
use crate::words::{Foreign, Kw, Place, foreign};

impl<'t> Spot<'_, 't> {
    pub(super) fn foreign_word(&self) -> Option<Diagnostic> {
        self.else_if()
            .or_else(|| self.declared_by_word())
            .or_else(|| self.fair_after())
            .or_else(|| self.word_for_guard())
            .or_else(|| self.word_before_field())
            .or_else(|| self.matched())
            .or_else(|| self.word_in_expression())
            .or_else(|| self.word_at_start())
            .or_else(|| self.misspelt())
    }

    /// `VARIABLES x, y`, `CONSTANT N`: each is a member of its own.
    fn declared_by_word(&self) -> Option<Diagnostic> {
        let at = [Some(self.at).filter(|i| *i < self.tokens.len()), self.previous()];
        let (i, form) = at.into_iter().flatten().find_map(|i| match self.tokens[i].tok {
            Tok::Id("VARIABLE" | "VARIABLES") => Some((i, "state NAME: TYPE = VALUE")),
            Tok::Id("CONSTANT" | "CONSTANTS") => Some((i, "param NAME = 3")),
            _ => None,
        })?;
        let (mut names, mut last) = (Vec::new(), i);
        while let Some(Tok::Id(name)) = self.tokens.get(last + 1).map(|t| t.tok) {
            names.push(name);
            last += 1;
            if self.tokens.get(last + 1).map(|t| t.tok) != Some(Tok::P(P::Comma)) {
                break;
            }
            last += 1;
        }
        let each: Vec<String> = names.iter().map(|name| form.replace("NAME", name)).collect();
        let first = each.first().filter(|_| self.body == Body::Members)?;
        let help = format!("each is declared by itself: `{first}`");
        let d = self.say(i, last, format!("unknown word `{}`", self.shown(i)));
        let span = d.span;
        Some(d.fix(span, each.join("  "), help))
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

    /// `elif`, which the parser may have taken for a name.
    fn else_if(&self) -> Option<Diagnostic> {
        let at = Some(self.at).filter(|i| *i < self.tokens.len());
        let i = [at, self.previous()]
            .into_iter()
            .flatten()
            .find(|i| matches!(self.tokens[*i].tok, Tok::Id("elif" | "elsif" | "elseif" | "elsf")))?;
        Some(self.unknown(i).write("else if"))
    }

    /// `action fair a`, `action a at n fair { … }`
    fn fair_after(&self) -> Option<Diagnostic> {
        let words = "fairness comes first: `fair action NAME { … }`";
        let fair = |i: usize| matches!(self.shown(i), "fair" | "unfair");
        let previous = self.previous()?;
        let (head, _) = self.head().filter(|(_, kw)| *kw == Kw::Action)?;
        if previous == head + 1 && fair(previous) && matches!(self.tok()?, Tok::Id(_)) {
            let d = self.say(head, previous, "fairness is said before `action`");
            let text = format!("{} action", self.shown(previous));
            let span = d.span;
            return Some(d.fix(span, text, words));
        }
        let last = [self.at, previous].into_iter().find(|i| *i < self.tokens.len() && fair(*i))?;
        let d = self.say(last, last, "fairness is said before `action`");
        Some(d.help(words))
    }

    /// `action a requires P { … }`
    fn word_for_guard(&self) -> Option<Diagnostic> {
        if self.tok() == Some(Tok::Kw(Kw::When)) && self.is_word(1, Kw::Ticks) && self.takes("{") {
            let within = (0..self.at).rev().find(|i| self.tokens[*i].tok == Tok::Kw(Kw::Within))?;
            let text = format!("when P {}", self.slice(within, self.previous()?)?);
            return Some(
                self.here("the deadline stands behind the guard").help(format!("write `{text} {{ … }}`")),
            );
        }
        let word = self.word_before(0).filter(|_| self.takes("when") && self.takes("{"))?;
        if let Some(d) = self.clause_for_each(word) {
            return Some(d);
        }
        if self.takes("at")
            && matches!(word, "for" | "by" | "on" | "of" | "in" | "each" | "foreach" | "forall")
        {
            return Some(self.unknown(self.at).write("at"));
        }
        if matches!(word, "after" | "every" | "within" | "for") && self.following_is_time() {
            let help = match self.head() {
                Some((_, Kw::On)) => {
                    "a message has no deadline: a clock that is set when it is sent, and a guard, say one"
                }
                Some((_, Kw::Action)) if word == "within" => {
                    "a deadline is the last: `action a when P within 2 ticks { … }`"
                }
                _ => "what is possible may happen, `when P` says when; `within 2 ticks` is a deadline",
            };
            return Some(self.unknown(self.at).help(help));
        }
        if word == "from" && !self.takes("from") {
            return Some(
                self.unknown(self.at).help("who sent it comes first: `on MESSAGE from a at b { … }`"),
            );
        }
        if matches!(word, "defer" | "ignore" | "goto") {
            return Some(
                self.unknown(self.at)
                    .help("what is not taken waits in its link: `on MESSAGE from a at b when P { … }`"),
            );
        }
        let entry = foreign(Place::Detail, word)?;
        Some(self.unknown(self.at).fix(
            self.span(self.at, self.at),
            entry.here,
            "a guard is written `when P`",
        ))
    }

    fn following_is_time(&self) -> bool {
        matches!(self.following(), Some(Tok::Duration(_) | Tok::Int(_)))
    }

    /// `protects n.x for n in N`
    fn clause_for_each(&self, word: &str) -> Option<Diagnostic> {
        let (head, clause) = self.head().filter(|_| word == "for" && self.body == Body::Clauses)?;
        let acts = matches!(clause, Kw::At | Kw::Act | Kw::When | Kw::On);
        if acts || self.previous() == Some(head) {
            return None;
        }
        let d = self.here(format!("`{}` takes no `for`", clause.word()));
        if matches!(clause, Kw::Value | Kw::Version | Kw::Epoch) {
            return Some(d.help("of whom is said by `views EXPR for x in S`: this speaks of the same x"));
        }
        let ends = |i: &usize| self.tokens[*i].head || self.closer_around(self.at) == Some(*i);
        let last = (self.at + 1..self.tokens.len()).find(ends).unwrap_or(self.tokens.len()) - 1;
        let text = format!("[{}]", self.slice(head + 1, last)?);
        let words = format!("a list names all: `{} {text}`", clause.word());
        Some(d.fix(self.span(head + 1, last), text, words))
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
            return Some(
                self.unknown(i).help("a part is assigned by itself: `m[k] := EXPR`, `r.FIELD := EXPR`"),
            );
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
            if let Some(d) = self.several_names(i, word) {
                return Some(d);
            }
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
        if matches!(word, "LET" | "Let") {
            return Some(self.let_otherwise(i));
        }
        let bound = self.following() == Some(Tok::Kw(Kw::In)) || self.following_is("in");
        let words = match word {
            "one" => {
                "write `exactly 1 x in S where P`, or `(count x in S where P) == 1` inside of an expression"
            }
            "lone" => {
                "write `at most 1 x in S where P`, or `(count x in S where P) <= 1` inside of an expression"
            }
            _ => "",
        };
        if !words.is_empty() {
            return Some(self.unknown(i).help(words));
        }
        if word == "any" && !bound && self.body == Body::Block {
            return Some(self.unknown(i).help("what is open is chosen: `choose x in S { … }`"));
        }
        if word == "enabled" {
            return foreign(Place::Method, word).map(|entry| self.unknown(i).help(entry.words()));
        }
        if let Some(d) = self.lambda(i) {
            return Some(d);
        }
        let entry = foreign(Place::Expression, word)?;
        match entry.here {
            "" if self.tokens[i].head && foreign(Place::Effect, word).is_some() => None,
            "" => Some(self.unknown(i).help(entry.why)),
            here @ ("all" | "some" | "not some") if bound => Some(self.unknown(i).write(here)),
            here @ ("all" | "some" | "not some") => {
                Some(self.unknown(i).help(format!("write `{here} x in S: P`")))
            }
            "not" => Some(self.unknown(i).write("not")),
            "if" => Some(self.unknown(i).help("write `if c then a else b`")),
            _ => None,
        }
    }

    /// `LET y == x + 1 IN y > 0`; `i`: where `LET` stands.
    fn let_otherwise(&self, i: usize) -> Diagnostic {
        let d = self.unknown(i);
        let name = self.shown(self.at);
        let frame = self.tokens[i].frame;
        let defines = |i: &usize| {
            self.tokens[*i].frame == frame && matches!(self.tokens[*i].tok, Tok::P(P::Eq | P::Is))
        };
        let within =
            (self.at..self.tokens.len()).find(|i| matches!(self.tokens[*i].tok, Tok::Id("IN" | "In")));
        let one = within
            .filter(|within| defines(&(self.at + 1)) && (self.at..*within).filter(defines).count() == 1);
        let value = one.and_then(|within| Some((within, self.slice(self.at + 2, within - 1)?)));
        match value {
            Some((within, value)) => {
                let text = format!("let {name} = {value} in");
                let words = format!("write `let {name} = EXPR in …`");
                d.fix(self.span(i, within), text, words)
            }
            None => d.help("write `let x = EXPR in …`, and one in the other for several"),
        }
    }

    /// `filter(lambda x: P, S)`; `i`: where `lambda` stands.
    fn lambda(&self, i: usize) -> Option<Diagnostic> {
        let (open, close) = self.brackets().filter(|(open, _)| open + 1 == i && self.shown(i) == "lambda")?;
        let function = open.checked_sub(1)?;
        let Tok::Id(word @ ("filter" | "map" | "any" | "all" | "some")) = self.tokens[function].tok else {
            return None;
        };
        let (Tok::Id(name), Some(Tok::P(P::Colon))) = (self.tok()?, self.following()) else { return None };
        let frame = self.tokens[i].frame;
        let comma = (self.at..close).find(|i| self.tokens[*i].frame == frame && self.text_at(*i) == ",")?;
        let (said, of) = (self.slice(self.at + 2, comma - 1)?, self.slice(comma + 1, close - 1)?);
        let text = crate::words::foreign_call(word, &[of.trim()])?.with_lambda(of.trim(), name, said)?;
        Some(self.say(function, close, "there are no functions without a name").write(text))
    }

    /// `all a, b in S: P`
    fn several_names(&self, i: usize, quantifier: &str) -> Option<Diagnostic> {
        let mut names = Vec::new();
        let mut at = self.at;
        loop {
            let Tok::Id(name) = self.tokens.get(at)?.tok else { return None };
            names.push(name);
            at += 1;
            if self.tokens.get(at).is_none_or(|_| self.shown(at) != ",") {
                break;
            }
            at += 1;
            at += usize::from(self.tokens.get(at).is_some_and(|t| t.tok == Tok::Mark));
        }
        let colon = (at..self.tokens.len()).find(|i| self.tokens[*i].tok == Tok::P(P::Colon))?;
        if names.len() < 2 || self.shown(at) != "in" {
            return None;
        }
        let set = self.slice(at + 1, colon - 1)?;
        let each: Vec<String> = names.iter().map(|name| format!("{quantifier} {name} in {set}:")).collect();
        let d = self.say(i, colon, "one name at a time");
        Some(d.fix(self.span(i, colon), each.join(" "), "write `all x in S: all y in S: P`"))
    }

    /// In a node: what is no field.
    fn word_before_field(&self) -> Option<Diagnostic> {
        let i = self.previous().filter(|_| self.body == Body::Fields && self.takes(":"))?;
        let Tok::Id(word) = self.tokens[i].tok else { return None };
        if matches!(word, "state" | "start" | "hot" | "cold") && self.following() == Some(Tok::P(P::LBrace)) {
            return Some(self.unknown(i).help(
                "the states of a machine are values of a field, `phase: Phase = a`; what it does in one stands \
                 beside the node: `on M from f at n when n.phase == a { … }`",
            ));
        }
        if let Some(entry) = foreign(Place::Node, word) {
            let d = self.unknown(i);
            let span = d.span;
            if let Some(own) =
                entry.here.split(' ').next().filter(|own| matches!(*own, "durable" | "volatile"))
            {
                return Some(d.write(own));
            }
            let kept = entry.here.contains("field");
            return Some(if kept {
                d.fix(span, "", "leave it out: fields need no word before")
            } else {
                d.help(entry.words())
            });
        }
        if word == "clock"
            && let Some(before) = i.checked_sub(1)
            && let Tok::Kw(kind @ (Kw::Durable | Kw::Volatile)) = self.tokens[before].tok
        {
            let d = self.say(
                before,
                before,
                format!("a clock is not {}: it goes on while its node is down", kind.word()),
            );
            let span = Span { start: self.tokens[before].start, end: self.tokens[i].start, ..d.span };
            return Some(d.fix(span, "", "leave the word out"));
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
        // Among statements no name follows a value but one that begins anew.
        let anew = |i: usize| i > 0 && self.body == Body::Block && self.ends_operand(i - 1);
        let marked = |i: usize| i > 0 && self.tokens[i - 1].tok == Tok::Mark;
        let starts = |i: usize| self.tokens[i].head || marked(i) || anew(i);
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
