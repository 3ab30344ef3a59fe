//! Clauses of resolutions that name several things, and the parts of a `simulate` out of their order.
//!
//! Enters: the error, after a comma. Leaves: a diagnostic with the clause as it is written here.

use super::Spot;
use crate::diag::Diagnostic;
use crate::syntax::token::{Body, Tok};
use crate::words::Kw;

impl<'t> Spot<'_, 't> {
    /// `protects a, b`, `restores a, b`, `undoes a, B`
    pub(super) fn of_several(&self) -> Option<Diagnostic> {
        let comma = self.previous().filter(|i| self.text_at(*i) == "," && self.body == Body::Clauses)?;
        let (head, clause) = self.head()?;
        let Tok::Id(_) = self.tok()? else { return None };
        match clause {
            Kw::Protects | Kw::Restores | Kw::Key => {
                let last = self.last_of_list();
                let list = self.slice(head + 1, last)?.to_string();
                let d = self.say(head + 1, last, format!("`{}` takes one expression", clause.word()));
                Some(self.instead(d, format!("[{list}]"), "several stand in one list: `[a, b]`"))
            }
            Kw::Undoes | Kw::Since => {
                let word = clause.word();
                let d = self.say(comma, comma, format!("`{word}` names one"));
                let span = d.span;
                let words = format!("say it again for each: `{word} a  {word} B`");
                Some(d.fix(span, format!(" {word}"), words))
            }
            _ => None,
        }
    }

    /// The last token of what stands between commas, from the error on.
    fn last_of_list(&self) -> usize {
        let frame = self.tokens[self.at].frame;
        let closer = self.closer_around(self.at);
        let ends = |i: &usize| self.tokens[*i].frame == frame && (self.tokens[*i].head || Some(*i) == closer);
        let end = (self.at + 1..self.tokens.len()).find(ends).unwrap_or(self.tokens.len());
        let written = |i: &usize| self.tokens[*i].start < self.tokens[*i].end;
        let mut last = (self.at..end).rev().find(written).unwrap_or(self.at);
        // A comma may separate clauses, too.
        while last > self.at && self.text_at(last) == "," {
            last -= 1;
        }
        last
    }

    /// `simulate A runs 10 for 5s`, `simulate A for 5s, seed 1, runs 10`
    pub(super) fn simulated_otherwise(&self) -> Option<Diagnostic> {
        const WHOLE: &str = "write `simulate SYSTEM for 60s, runs 1000, seed 1 { … }`";
        let (_, command) = self.head().filter(|_| self.body == Body::Cell)?;
        if command != Kw::Simulate {
            return None;
        }
        let word = self.shown(self.at);
        if word == "," {
            let d = self.here("unexpected `,`: the options follow at once");
            let span = d.span;
            return Some(d.fix(span, "", "leave it out"));
        }
        let known = [Kw::Runs.word(), Kw::Seed.word(), Kw::For.word()];
        if !known.contains(&word) {
            return None;
        }
        let number = |i: usize| matches!(self.tokens.get(i).map(|t| t.tok), Some(Tok::Int(_)));
        let seed = (0..self.at).rev().find(|i| self.shown(*i) == Kw::Seed.word());
        if let Some(seed) =
            seed.filter(|seed| word == Kw::Runs.word() && number(seed + 1) && number(self.at + 1))
        {
            let d = self.say(seed, self.at + 1, "`runs` comes before `seed`");
            let text = format!("{}, {}", self.slice(self.at, self.at + 1)?, self.slice(seed, seed + 1)?);
            return Some(d.write(text));
        }
        Some(self.here(format!("`{word}` stands elsewhere in a `simulate`, and once")).help(WHOLE))
    }
}
