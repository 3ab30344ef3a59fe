//! A statement that is broken off at the cursor, ended.
//!
//! Enters: the tokens up to the cursor. Leaves: the tree in which the shortest end that the parser accepts stands behind
//! it. Brackets close as soon as they may; where more has to come, the first of a list of tokens that fits.

use super::{CURSOR, MOST_ROUNDS, Stopped, Way};
use crate::span::SourceId;
use crate::syntax::recover::Islands;
use crate::syntax::structure::Token;
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::tree::Cell;
use crate::words::{Kw, TypeWord};

/// What stands for anything: never declared.
const GAP: &str = "⁂";

/// What may have to come, by what the grammar calls it: the first that fits is taken.
const FILL: [(&str, Tok<'static>); 29] = [
    (":=", Tok::P(P::Set)),
    ("=", Tok::P(P::Is)),
    (":", Tok::P(P::Colon)),
    ("in", Tok::Kw(Kw::In)),
    ("let in", Tok::Kw(Kw::LetIn)),
    ("then", Tok::Kw(Kw::Then)),
    ("else", Tok::Kw(Kw::Else)),
    ("to", Tok::Kw(Kw::To)),
    ("at", Tok::Kw(Kw::At)),
    ("at most", Tok::Kw(Kw::AtMost)),
    ("expects", Tok::Kw(Kw::Expects)),
    ("has at most one owner", Tok::Kw(Kw::HasOwner)),
    ("between", Tok::Kw(Kw::Between)),
    ("by", Tok::Kw(Kw::By)),
    ("on", Tok::Kw(Kw::On)),
    ("of", Tok::Kw(Kw::Of)),
    ("against", Tok::Kw(Kw::Against)),
    ("for", Tok::Kw(Kw::For)),
    ("Id", Tok::Id(GAP)),
    ("{", Tok::P(P::LBrace)),
    (">", Tok::P(P::Gt)),
    ("Str", Tok::Str("\"\"")),
    ("ticks", Tok::Kw(Kw::Ticks)),
    ("Dur", Tok::Duration(1)),
    (",", Tok::P(P::Comma)),
    ("->", Tok::P(P::Arrow)),
    ("<=", Tok::P(P::Le)),
    ("/", Tok::P(P::Slash)),
    ("action", Tok::Kw(Kw::Action)),
];

/// These are operators, too: where one may follow they need not come.
const OPERATORS: [&str; 5] = ["in", ">", "->", "<=", "/"];

impl<'t> Way<'t> {
    /// The tree with the statement at the cursor ended, and what comes behind that statement.
    pub(super) fn ended(
        &self,
        source: SourceId,
        text: &str,
        before: &[Token<'t>],
        with_cursor: bool,
    ) -> Option<Cell> {
        let mark = self.tokens[self.at];
        // The list in which the statement stands, and the brackets that have to close before it ends.
        let (mut list, mut open) = (mark.frame, Vec::new());
        while !self.all.frames[list].body.is_list() {
            open.push(closer(self.all.frames[list].body));
            list = self.all.frames[list].parent?.0;
        }
        open.reverse();
        let mut tokens = before.to_vec();
        if with_cursor {
            tokens.push(Token { tok: Tok::Id(CURSOR), head: true, ..mark });
        }
        // Whether an expression has a place of its own here is tried.
        if matches!(self.parse(source, text, &tokens), Stopped::At(_)) {
            tokens.insert(before.len(), Token { tok: Tok::Mark, head: true, end: mark.start, ..mark });
        }
        self.fill(source, text, &mut tokens, (list, &mut open))?;
        let mut all = self.tokens.clone();
        let islands = Islands { text, tokens: &mut all, frames: &self.all.frames };
        let rest = islands.part_end(list, self.at, self.at + 1);
        tokens.extend(&self.tokens[rest..]);
        Some(self.tree(source, text, tokens))
    }

    fn fill(
        &self,
        source: SourceId,
        text: &str,
        tokens: &mut Vec<Token<'t>>,
        (list, open): (usize, &mut Vec<P>),
    ) -> Option<()> {
        let mark = self.tokens[self.at];
        let add = |tok: Tok<'static>, frame: usize| Token {
            tok,
            start: mark.end,
            end: mark.end,
            frame,
            head: false,
        };
        for _ in 0..MOST_ROUNDS {
            let Stopped::AtEnd(expected) = self.parse(source, text, tokens) else { return None };
            if let Some(close) = open.last().copied() {
                if expected.contains(close.word()) {
                    tokens.push(add(Tok::P(close), mark.frame));
                    open.pop();
                    continue;
                }
            } else if self.ends(list, &expected) {
                return Some(());
            }
            let operators = expected.contains("and");
            let fits = |name: &str| expected.contains(name) && !(operators && OPERATORS.contains(&name));
            let of_type = (fits(">") && fits("->")).then(|| second(tokens)).flatten();
            let (name, tok) = of_type.or_else(|| FILL.into_iter().find(|(name, _)| fits(name)))?;
            if name == "{" {
                open.push(P::RBrace);
            }
            tokens.push(add(tok, mark.frame));
        }
        None
    }

    /// Whether the statement may end here: what holds it may, too.
    fn ends(&self, list: usize, expected: &std::collections::BTreeSet<String>) -> bool {
        match self.all.frames[list].body {
            Body::Cell => expected.contains("system"),
            _ => expected.contains("}"),
        }
    }
}

/// What comes behind the first type in the brackets of a list, a bag or a map.
fn second(tokens: &[Token<'_>]) -> Option<(&'static str, Tok<'static>)> {
    let bracket = tokens.iter().rposition(|t| t.tok == Tok::P(P::Lt))?;
    let Tok::Id(word) = tokens.get(bracket.checked_sub(1)?)?.tok else { return None };
    match TypeWord::named(word)? {
        TypeWord::List | TypeWord::Bag => Some((",", Tok::P(P::Comma))),
        TypeWord::Map => Some(("->", Tok::P(P::Arrow))),
        TypeWord::Set | TypeWord::Bool => None,
    }
}

fn closer(body: Body) -> P {
    match body {
        Body::Parens => P::RParen,
        Body::Square => P::RBracket,
        _ => P::RBrace,
    }
}
