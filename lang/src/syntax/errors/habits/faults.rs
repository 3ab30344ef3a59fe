//! The parts of a fault in another order than that of the grammar.
//!
//! Enters: the error, among faults. Leaves: a diagnostic with the parts in order.

use super::Spot;
use crate::diag::Diagnostic;
use crate::syntax::token::{Body, P, Tok};
use crate::words::Kw;

/// What is said of a fault, in the order in which it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Often,
    Of,
    OneWay,
    Lasting,
    For,
}

impl Spot<'_, '_> {
    /// `partition every 60s for 5s one way`, `crash of N 1`
    pub(super) fn fault_in_disorder(&self) -> Option<Diagnostic> {
        let frame = self.tokens.get(self.at).filter(|_| self.body == Body::Faults)?.frame;
        let own = |i: &usize| self.tokens[*i].frame == frame && self.tokens[*i].tok != Tok::P(P::Comma);
        let first = (0..self.at).rev().take_while(own).last()?;
        let closer = self.closer_around(self.at)?;
        let last = (self.at..closer).take_while(own).last()?;
        let mut parts: Vec<(Part, usize)> = Vec::new();
        for i in first + 1..=last {
            let part = match self.tokens[i].tok {
                Tok::Kw(Kw::Every | Kw::After) => Some(Part::Often),
                Tok::Kw(Kw::Of) => Some(Part::Of),
                Tok::Kw(Kw::OneWay) => Some(Part::OneWay),
                Tok::Kw(Kw::Lasting) => Some(Part::Lasting),
                Tok::Kw(Kw::For) => Some(Part::For),
                Tok::Int(_) | Tok::Duration(_) if !self.is_rest_of_part(i) => Some(Part::Often),
                Tok::Int(_) | Tok::Duration(_) | Tok::P(P::DotDot | P::Dot | P::Percent) | Tok::Id(_) => None,
                _ => return None,
            };
            match part {
                Some(part) => parts.push((part, i)),
                // A name that says neither where nor how often.
                None if parts.is_empty() => return None,
                None => {}
            }
        }
        let end = |n: usize| parts.get(n + 1).map_or(last, |(_, next)| next - 1);
        let texts: Option<Vec<(Part, &str)>> = (parts.iter().enumerate())
            .map(|(n, (part, from))| Some((*part, self.slice(*from, end(n))?)))
            .collect();
        let mut texts = texts?;
        texts.sort_by_key(|(part, _)| *part);
        let twice = texts.windows(2).any(|pair| pair[0].0 == pair[1].0);
        if twice || parts.is_sorted_by_key(|(part, _)| *part) {
            return None;
        }
        let name = std::iter::once(self.text_at(first));
        let text = name.chain(texts.iter().map(|(_, text)| *text)).collect::<Vec<_>>().join(" ");
        let d = self.say(
            first,
            last,
            "what is said of a fault has an order: how often, `of`, `one way`, `lasting`, `for`",
        );
        Some(self.instead(d, text, "put it in this order"))
    }

    /// Whether a number belongs to what stands before it.
    fn is_rest_of_part(&self, i: usize) -> bool {
        let before = i.checked_sub(1).map(|i| self.tokens[i].tok);
        matches!(before, Some(Tok::Kw(Kw::Every | Kw::After | Kw::For) | Tok::P(P::DotDot | P::Dot)))
    }
}
