//! Parse errors in words for people.
//!
//! Enters: the token at which the parser stopped and what it would have taken. Leaves: a diagnostic with what was
//! expected (grouped: a clause, an expression), what was found, and the likeliest fix.

use crate::concepts::{ConceptKind, ConceptType, Fault};
use crate::diag::{Diagnostic, codes::syntax as code, nearest};
use crate::span::{SourceId, Span};
use crate::syntax::lexer::clip;
use crate::syntax::structure::{FrameInfo, Token};
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::words;
use crate::words::Kw;
use std::collections::BTreeSet;

mod habits;

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "&", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "implies",
    "..", ".", "[", "(", "{r",
];

const COMPARISONS: &[P] = &[P::Eq, P::Ne, P::Lt, P::Le, P::Gt, P::Ge];

/// The error at a token, with all that is around it.
struct Spot<'a, 't> {
    source: SourceId,
    text: &'a str,
    tokens: &'a [Token<'t>],
    /// Index of the token that has no place here; past the end at the end of the cell.
    at: usize,
    body: Body,
    expected: BTreeSet<&'a str>,
}

/// The diagnostic for a parser that stopped at token `at` and would have taken one of `expected`.
pub(super) fn describe(
    source: SourceId,
    text: &str,
    tokens: &[Token],
    frames: &[FrameInfo],
    at: usize,
    expected: &[String],
) -> Diagnostic {
    let mut spot = Spot {
        source,
        text,
        tokens,
        at,
        body: tokens.get(at).map_or(Body::Cell, |t| frames[t.frame].body),
        expected: expected.iter().map(|e| e.trim_matches('"')).collect(),
    };
    // Tokens that are not in the text stand for the one after them.
    if tokens.get(at).is_some_and(|t| t.start == t.end && matches!(t.tok, Tok::Mark | Tok::P(P::Semi))) {
        spot.at = at + 1;
    }
    let span = match tokens.get(spot.at) {
        Some(t) => Span { source, start: t.start, end: t.end },
        None => Span::new(source, text.trim_end().len(), text.trim_end().len()),
    };
    spot.habit().unwrap_or_else(|| {
        let message = format!("expected {}, found {}", spot.wanted(), spot.found());
        let mut d = Diagnostic::error(code::UNEXPECTED, span, message);
        match spot.help() {
            Some(Help::Meant(word)) => d = d.meant(word),
            Some(Help::Words(words)) => d.help = Some(words),
            None => {}
        }
        d
    })
}

/// The likeliest fix of what has no better name.
enum Help<'a> {
    /// The word that was meant at the error.
    Meant(&'a str),
    Words(String),
}

impl<'a, 't> Spot<'a, 't> {
    fn tok(&self) -> Option<Tok<'t>> {
        self.tokens.get(self.at).map(|t| t.tok)
    }

    fn before(&self, back: usize) -> Option<Tok<'t>> {
        let mut i = self.at;
        for _ in 0..back {
            i = i.checked_sub(1)?;
            if self.tokens[i].tok == Tok::Mark {
                i = i.checked_sub(1)?;
            }
        }
        self.tokens.get(i).map(|t| t.tok)
    }

    fn shown(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |t| &self.text[t.start as usize..t.end as usize])
    }

    /// The text of a word that stands `back` tokens before the error.
    fn word_before(&self, back: usize) -> Option<&'t str> {
        match self.before(back)? {
            Tok::Id(w) => Some(w),
            Tok::Kw(k) => Some(k.word()),
            _ => None,
        }
    }

    fn takes(&self, what: &str) -> bool {
        self.expected.contains(what)
    }

    fn found(&self) -> String {
        match self.tokens.get(self.at) {
            None => "the end of the cell".to_string(),
            Some(t) if t.start == t.end => match t.tok {
                Tok::P(p) => format!("the end (`{}` is missing)", p.word()),
                _ => "the end".to_string(),
            },
            Some(t) if matches!(t.tok, Tok::Gone | Tok::GoneHead(_)) => {
                let text = self.shown(self.at);
                format!("`{}`", clip(text.split_whitespace().next().unwrap_or(text)))
            }
            Some(_) => format!("`{}`", clip(self.shown(self.at))),
        }
    }

    fn operand(&self) -> bool {
        self.takes("Int") && self.takes("Id") && self.takes("(")
    }

    /// What was expected, in a few words.
    fn wanted(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let operators = ["+", "and", "implies"].iter().any(|o| self.takes(o)) && !self.operand();
        if self.operand() {
            parts.push(self.operand_name().to_string());
        }
        let heads: Vec<Kw> = words::heads(self.body).collect();
        let starts = heads.iter().filter(|head| self.takes(head.terminal())).count();
        let whole = starts >= 2 || self.takes("Gone") && self.body.is_list();
        let mut others: Vec<String> = Vec::new();
        for e in &self.expected {
            let block = *e == "{" && whole && self.body == Body::Clauses;
            let skip = block || matches!(*e, "Gone" | "Mark" | ";") || e.starts_with("Gone");
            let head = whole && heads.iter().any(|head| e.split(' ').next() == Some(head.first()));
            let part_of_operand = self.operand() && OPERAND_STARTS.contains(e);
            let operator = operators && OPERATORS.contains(e);
            if skip || head || part_of_operand || operator {
                continue;
            }
            match *e {
                "Id" if self.operand() || whole && self.body == Body::Block => {}
                "Id" => parts.insert(0, "a name".to_string()),
                "Int" => others.push("a number".to_string()),
                "Str" => others.push("a sentence in quotes".to_string()),
                "Dur" => parts.insert(0, "a duration such as `1s`".to_string()),
                "Verdict" | "Asked" => {}
                _ => others.push(format!("`{}`", spelled(e))),
            }
        }
        others.sort_by_key(|o| !matches!(o.as_str(), "`)`" | "`]`" | "`}`" | "`:`"));
        others.dedup();
        if others.len() <= 5 {
            parts.extend(others);
        } else if parts.is_empty() && !whole {
            parts.extend(others.into_iter().take(5));
        }
        if whole {
            parts.push(head_name(self.body).to_string());
        }
        if operators && (parts.is_empty() || whole && !self.stands_after_head()) {
            parts.insert(0, "an operator".to_string());
        }
        choice(&parts)
    }

    fn stands_after_head(&self) -> bool {
        self.at.checked_sub(1).is_some_and(|i| self.tokens[i].head)
    }

    fn operand_name(&self) -> &'static str {
        let type_follows = matches!(self.before(1), Some(Tok::P(P::Colon | P::Lt | P::Arrow)))
            || self.before(3) == Some(Tok::Kw(Kw::Type)) && self.before(1) == Some(Tok::P(P::Is));
        match self.before(1) {
            _ if self.takes("not") => "an expression",
            _ if type_follows => "a type",
            Some(Tok::Kw(Kw::In | Kw::Any)) => "a set",
            Some(Tok::Kw(_)) | Some(Tok::P(P::Comma)) => "a number",
            _ => "an expression",
        }
    }

    fn help(&self) -> Option<Help<'a>> {
        self.help_for_construct()
            .or_else(|| self.help_for_mark())
            .map(Help::Words)
            .or_else(|| self.help_for_word())
            .or_else(|| self.help_for_gap().map(Help::Words))
            .or_else(|| self.command_form().map(Help::Words))
    }

    /// Constructs that are written otherwise in other languages, by what was begun and what came.
    fn help_for_construct(&self) -> Option<String> {
        let begun = |kw: Kw, back: usize| self.before(back) == Some(Tok::Kw(kw));
        let named = |kw: Kw| begun(kw, 2);
        let text = match (self.tok()?, self.body) {
            (Tok::P(P::LParen), Body::Cell) if named(Kw::System) => {
                "parameters are members: `system A { param brokers = 3 … }`"
            }
            (Tok::P(P::LParen), _) if named(Kw::Message) || named(Kw::Record) => {
                "fields stand in braces: `message M { a: bool }`"
            }
            (Tok::P(P::LParen), _) if named(Kw::Send) => "fields stand in braces: `send M { a: 1 } to b`",
            (Tok::P(P::LParen), _) if named(Kw::On) => {
                "the fields of a message are names in the body of its handler"
            }
            (Tok::P(P::Colon | P::Is), Body::Faults) => "write how often: `faults { crash 1, lose 2 }`",
            (Tok::P(P::Colon) | Tok::Id(_), Body::Block) if self.takes("{") => self.braced(),
            (Tok::P(P::Comma), Body::Members) if self.takes("state") => "members need nothing between them",
            (Tok::P(P::Comma), _)
                if self.takes(":") && (self.takes("where") || self.before(2) == Some(Tok::Kw(Kw::In))) =>
            {
                "one name at a time: `all x in S: all y in T: P`"
            }
            (Tok::P(P::Comma), _) if self.takes("to") => {
                "one kind sends: `from A to B, C`; both ways: `between A, B`"
            }
            (Tok::P(P::Plus), Body::Block) if self.takes("+=") => "write `x += 1`",
            (Tok::Kw(Kw::Else), Body::Block) => "`else` follows the closing brace of an `if`",
            (_, Body::Clauses) if self.takes("ticks") && named(Kw::Every) => {
                "in ticks: `every 5 ticks`; a duration has a unit: `every 5s`"
            }
            (Tok::Int(_), _) if self.takes("Dur") => "a duration has a unit: `60s`, `5ms`",
            (Tok::Str(_), _) if self.takes("Id") => "a name has no quotes",
            (Tok::P(P::RParen | P::Comma), _) if self.takes(":") && begun(Kw::Def, 4) => {
                "parameters have types: `def f(x: T) = …`"
            }
            (Tok::Kw(Kw::And), Body::Cell) if self.takes(",") => "systems are separated by commas",
            (Tok::Id("to"), _) if begun(Kw::In, 2) => "a range is written `1..10`",
            (Tok::Id("to"), _) if self.takes("at") => "a handler is written `on M from f at b { … }`",
            (Tok::Id("with"), Body::Cell) if self.takes("(") => {
                "what may happen stands in braces: `check A { faults { crash 1 } }`"
            }
            (Tok::Id(w), Body::Options) if Fault::named(w).is_some() => {
                "faults stand in braces: `faults { crash 1 }`"
            }
            (Tok::Id(_), Body::Lines) if self.following() == Some(Tok::P(P::Set)) => {
                "a scenario changes no state by itself: `do NAME at NODE` takes a step"
            }
            (Tok::Id(w), Body::Lines)
                if self.takes("do") && !words::heads(Body::Lines).any(|line| is_near(w, line.first())) =>
            {
                "an action is taken with `do NAME(…) at NODE`"
            }
            (Tok::Id(_), Body::Members) if self.following() == Some(Tok::P(P::Set)) => {
                "what changes state stands in an `action NAME { … }`"
            }
            (Tok::Id(_), Body::Clauses) if self.following() == Some(Tok::P(P::Set)) => {
                "what it does stands in braces: `act { … }`"
            }
            (_, Body::Clauses) if self.takes("at most") => "write `attempts EXPR at most 3`",
            _ => return None,
        };
        Some(text.to_string())
    }

    /// A statement with its body.
    fn braced(&self) -> &'static str {
        let before = self.tokens[..self.at].iter().rev();
        match before.map(|t| t.tok).find(|tok| matches!(tok, Tok::Kw(Kw::For | Kw::Choose | Kw::If))) {
            Some(Tok::Kw(Kw::For)) => "a body stands in braces: `for x in S { … }`",
            Some(Tok::Kw(Kw::Choose)) => "a body stands in braces: `choose x in S { … }`",
            _ => "a body stands in braces: `if c { … }`",
        }
    }

    fn following(&self) -> Option<Tok<'t>> {
        self.tokens.get(self.at + 1).map(|t| t.tok)
    }

    fn help_for_mark(&self) -> Option<String> {
        let text = match self.tok()? {
            Tok::P(P::Arrow) if self.takes("=") => {
                "the type of a result comes after a colon: `def f(x: T): U = …`"
            }
            Tok::P(P::LBrace) if self.takes("then") => {
                "an `if` inside an expression is written `if c then a else b`"
            }
            Tok::P(P::LBrace) if self.takes("=") && (self.takes(":") || self.takes("?")) => {
                "the body of a `def` is one expression after `=`"
            }
            Tok::P(P::LParen) if self.takes(":=") => {
                "nothing is called in a body: a `def` gives a value, and each action happens by itself"
            }
            Tok::P(P::LBracket) if self.takes("{") && self.before(1) == Some(Tok::Kw(Kw::Faults)) => {
                "write `faults { crash 1 }`"
            }
            Tok::P(P::LBracket) if self.takes("{") => {
                "a count of nodes comes right after the name: `node N[3] { … }`"
            }
            Tok::Kw(Kw::Then) if self.takes("{") => "among statements, write `if c { … } else { … }`",
            _ => return None,
        };
        Some(text.to_string())
    }

    fn help_for_word(&self) -> Option<Help<'a>> {
        let word = match self.tok()? {
            Tok::Id(w) => w,
            Tok::Kw(Kw::All | Kw::Exists) if self.before(1) == Some(Tok::Kw(Kw::By)) => {
                let words = "write `by x in S where P`".to_string();
                return Some(Help::Words(words));
            }
            Tok::Kw(k) if self.takes("Id") && !self.operand() => {
                let words = format!("`{}` is a word of the language here; choose another name", k.word());
                return Some(Help::Words(words));
            }
            _ => return None,
        };
        let heads = words::heads(self.body).filter(|head| self.takes(head.terminal()));
        let own: Vec<&str> = heads.map(Kw::first).collect();
        let slip = own.iter().find(|head| word.len() > 2 && is_near(word, head));
        if let (None, Some(help)) = (slip, self.misplaced(word).filter(|_| self.takes("Gone"))) {
            return Some(Help::Words(help));
        }
        let joining = self.expected.iter().copied().filter(|e| e.chars().all(|c| c.is_ascii_lowercase()));
        if let Some(meant) = nearest(word, own.into_iter().chain(joining)) {
            return Some(Help::Meant(meant));
        }
        let earlier = self.word_before(1)?;
        self.misplaced(earlier).map(Help::Words)
    }

    /// A head word of another kind of body.
    fn misplaced(&self, word: &str) -> Option<String> {
        let strange = matches!(self.body, Body::Fields) || !self.body.is_list();
        if words::is_head(self.body, word) || strange {
            return None;
        }
        let place = [Body::Members, Body::Forms, Body::Clauses, Body::Options, Body::Block, Body::Cell]
            .into_iter()
            .find(|b| words::is_head(*b, word))?;
        Some(format!("`{word}` starts {}, which belongs {}", head_name(place), place_name(place)))
    }

    fn help_for_gap(&self) -> Option<String> {
        let text = if self.takes("to") && !self.operand() && self.body == Body::Block {
            "a message is sent to a node: `send M { … } to b`"
        } else if self.takes("in") && !self.takes("+") && !self.takes("when") {
            "a name is taken from a set: `x in S`"
        } else if self.takes("has at most one owner") {
            "write `each x in S has at most one owner o in O where P`"
        } else if let (true, Some(types)) = (self.takes(":"), self.concept_types()) {
            return Some(format!("a type follows: {types}"));
        } else if self.takes(":") && self.body == Body::Fields && self.tok() == Some(Tok::P(P::Is)) {
            "a field has a type: `name: TYPE = EXPR`"
        } else if self.takes(":") && self.body == Body::Fields {
            "a field is written `name: TYPE`"
        } else if matches!(self.tok(), Some(Tok::Id(_) | Tok::Int(_))) && self.takes("+") && self.takes(")") {
            "arguments are separated by commas"
        } else {
            return None;
        };
        Some(text.to_string())
    }

    fn concept_types(&self) -> Option<String> {
        let Tok::Kw(declared) = self.before(2)? else { return None };
        let kind = ConceptKind::ALL.into_iter().find(|kind| kind.word() == declared.word())?;
        let types: Vec<String> = ConceptType::of(kind).iter().map(|ty| format!("`{}`", ty.word())).collect();
        Some(choice(&types))
    }
}

/// One of several.
fn choice(parts: &[String]) -> String {
    match parts {
        [] => "something else".to_string(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

fn is_near(word: &str, other: &str) -> bool {
    strsim::damerau_levenshtein(word, other) == 1
}

/// The terminals that start an operand, as the grammar names them.
const OPERAND_STARTS: &[&str] = &[
    "first",
    "first by",
    "Int",
    "Id",
    "(",
    "[",
    "{",
    "-",
    "not",
    "true",
    "false",
    "none",
    "all",
    "some",
    "count",
    "count body",
    "sum",
    "min",
    "max",
    "if",
    "let expr",
    "..",
];

/// A terminal as it is written in a program.
fn spelled(terminal: &str) -> &str {
    match terminal {
        "{r" => "{",
        other => Kw::ALL.into_iter().find(|kw| kw.terminal() == other).map_or(other, |kw| kw.word()),
    }
}

fn head_name(body: Body) -> &'static str {
    match body {
        Body::Cell => "a system, a command or an expression",
        Body::Members => "a member",
        Body::Fields => "a field",
        Body::Clauses => "a clause",
        Body::Forms => "a form",
        Body::Block => "a statement",
        Body::Options => "an option",
        Body::Lines => "a step",
        _ => "something else",
    }
}

fn place_name(body: Body) -> &'static str {
    match body {
        Body::Members => "directly in a system",
        Body::Forms => "in an invariant",
        Body::Clauses => "in an order, resolution or reconciler",
        Body::Options => "in the options of a command such as `check`",
        Body::Block => "in an action",
        _ => "in a cell, outside of systems",
    }
}
