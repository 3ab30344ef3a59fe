//! A comparison behind a comparison.
//!
//! Enters: the error at the second mark. Leaves: a diagnostic with what was meant: both, where all three stand in an
//! order; the truth or the number of the first in parentheses, where that is what is compared.

use super::{COMPARISONS, LONGEST, Spot};
use crate::diag::Diagnostic;
use crate::syntax::token::{P, Tok};
use crate::words::Kw;

impl Spot<'_, '_> {
    pub(super) fn chained(&self) -> Diagnostic {
        let d = self.here("comparisons do not chain");
        let generic = "write `a < b and b < c`";
        let Some((first, middle)) = self.first_comparison() else { return d.help(generic) };
        if let Some(d) = self.reduced(first, middle) {
            return d;
        }
        let last = self.at - 1;
        let truth = matches!(self.following(), Some(Tok::Kw(Kw::True | Kw::False)));
        let equates = matches!(self.tok(), Some(Tok::P(P::Eq | P::Ne)));
        let ordered = !matches!(self.tokens[middle].tok, Tok::P(P::Eq | P::Ne));
        let number = self.number_before(first, middle).filter(|_| !truth);
        let whole = match number {
            Some(number) => Some(number),
            None if truth || equates && ordered => Some(first),
            None => None,
        };
        if let Some(whole) = whole {
            let Some(text) = self.slice(whole, last) else { return d.help(generic) };
            let text = format!("({text})");
            let d = self.say(whole, self.at, "comparisons do not chain");
            let whole = format!("{text} {}", self.shown(self.at));
            let words = "what is compared as a whole stands in parentheses: ";
            let shown = self.simple_operand();
            let help = match whole.len() <= LONGEST && !whole.contains('\n') {
                true => format!("{words}`{whole} {shown}`"),
                false => format!("{words}`(count x in S where P) == 2`"),
            };
            let span = d.span;
            return d.fix(span, whole, help);
        }
        let Some(of) = self.slice(middle + 1, last) else { return d.help(generic) };
        let text = format!("and {of} {}", self.shown(self.at));
        let span = d.span;
        let both = self.slice(first, last).map(|both| format!("{both} {text} {}", self.simple_operand()));
        let help = both.filter(|both| both.len() <= LONGEST && !both.contains('\n'));
        d.fix(span, text, help.map_or(generic.to_string(), |both| format!("write `{both}`")))
    }

    /// Where the operands of the comparison before the error begin, and its mark.
    fn first_comparison(&self) -> Option<(usize, usize)> {
        let frame = self.tokens.get(self.at)?.frame;
        let own = |i: &usize| self.tokens[*i].frame == frame;
        let mark = |i: &usize| matches!(self.tokens[*i].tok, Tok::P(p) if COMPARISONS.contains(&p));
        let middle = (0..self.at).rev().filter(own).find(mark)?;
        let bounds = |i: &usize| match self.tokens[*i].tok {
            Tok::P(p) => {
                matches!(p, P::Colon | P::Semi | P::Comma | P::Is | P::Set | P::AddSet | P::SubSet | P::Arrow)
            }
            Tok::Kw(kw) => !matches!(kw, Kw::True | Kw::False | Kw::Nothing),
            Tok::Mark => true,
            _ => self.tokens[*i].frame == 0 && self.tokens[*i].head,
        };
        let starts = (0..middle).rev().take_while(|i| own(i) || self.tokens[*i].frame > frame);
        let first = starts.take_while(|i| !own(i) || !bounds(i)).last()?;
        Some((first, middle))
    }

    /// `max x in S: x.v < 3 == true`: what is compared is the greatest, and not what it is the greatest of.
    fn reduced(&self, first: usize, middle: usize) -> Option<Diagnostic> {
        let as_said = match (self.tok()?, self.following()?) {
            (Tok::P(P::Eq), Tok::Kw(Kw::True)) | (Tok::P(P::Ne), Tok::Kw(Kw::False)) => true,
            (Tok::P(P::Eq), Tok::Kw(Kw::False)) | (Tok::P(P::Ne), Tok::Kw(Kw::True)) => false,
            _ => return None,
        };
        let frame = self.tokens[middle].frame;
        let own = |i: &usize| self.tokens[*i].frame == frame;
        let begins = (0..first).rev().filter(own).take_while(|i| !self.tokens[*i].head).find(|i| {
            let binds = matches!(self.tokens[i + 1].tok, Tok::Id(_)) && own(&(i + 1));
            binds && matches!(self.tokens[*i].tok, Tok::Kw(Kw::Max | Kw::Min | Kw::Sum))
        })?;
        let colon = |i: &usize| self.tokens[*i].tok == Tok::P(P::Colon);
        (begins..first).filter(own).find(colon)?;
        let (number, compared) = (self.slice(begins, middle - 1)?, self.slice(middle, self.at - 1)?);
        let text = match as_said {
            true => format!("({number}) {compared}"),
            false => format!("not (({number}) {compared})"),
        };
        let d = self.say(begins, self.at + 1, "comparisons do not chain");
        Some(self.instead(d, text, "what is compared stands in parentheses: `(max x in S: EXPR) < 3`"))
    }

    /// Where a `count` begins, of which the comparison from `first` on is the last part.
    fn number_before(&self, first: usize, middle: usize) -> Option<usize> {
        let frame = self.tokens[middle].frame;
        let quantifier = |i: &usize| {
            let kw = matches!(self.tokens[*i].tok, Tok::Kw(Kw::Count | Kw::CountBody));
            kw && self.tokens[*i].frame == frame
        };
        let ends = |i: &usize| {
            let token = &self.tokens[*i];
            let out = token.frame < frame;
            out || token.frame == frame
                && matches!(
                    token.tok,
                    Tok::Kw(Kw::And | Kw::Or | Kw::Implies | Kw::Not) | Tok::P(P::Semi) | Tok::Mark
                )
        };
        (0..first).rev().take_while(|i| !ends(i)).find(quantifier)
    }

    /// The operand behind the mark, where it is one token.
    fn simple_operand(&self) -> &str {
        match self.following() {
            Some(Tok::Int(_) | Tok::Id(_) | Tok::Kw(Kw::True | Kw::False)) => self.shown(self.at + 1),
            _ => "EXPR",
        }
    }
}
