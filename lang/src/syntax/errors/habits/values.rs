//! Types, collections and quantifiers as other languages write them.
//!
//! Enters: the error, with the brackets around it. Leaves: a diagnostic with the whole as it is written here.

use super::{LONGEST, Spot};
use crate::diag::Diagnostic;
use crate::span::Span;
use crate::syntax::structure::Token;
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::words;
use crate::words::{Kw, Place, TypeWord, foreign};

impl<'t> Spot<'_, 't> {
    pub(super) fn of_types(&self) -> Option<Diagnostic> {
        let tok = self.tok()?;
        let previous = self.previous()?;
        let after_parens = self.tokens[previous].tok == Tok::P(P::RParen);
        let open = after_parens.then(|| self.opener_of(previous)).flatten();
        let typed = open
            .and_then(|o| o.checked_sub(1))
            .is_some_and(|b| matches!(self.tokens[b].tok, Tok::P(P::Colon | P::Lt | P::Comma | P::Arrow)));
        if let Some(open) = open.filter(|_| typed && self.takes("..") && !self.takes("and")) {
            let last = if tok == Tok::P(P::Question) { self.at } else { previous };
            let inside = self.slice(open + 1, previous - 1)?;
            let mark = if tok == Tok::P(P::Question) { "?" } else { "" };
            let text = format!("{inside}{mark}");
            return Some(self.instead(
                self.say(open, last, "a type has no parentheses"),
                text,
                "leave them out",
            ));
        }
        self.arguments_of_type(tok, previous)
    }

    /// `set[T]`, `Map(K, V)`, `SUBSET T`, `[]T`
    fn arguments_of_type(&self, tok: Tok, previous: usize) -> Option<Diagnostic> {
        if let Some(d) = self.map_in_brackets(tok) {
            return Some(d);
        }
        let stands = |i: usize| {
            i.checked_sub(1)
                .is_some_and(|b| matches!(self.tokens[b].tok, Tok::P(P::Colon | P::Is | P::Arrow | P::Lt)))
        };
        let open = match (tok, self.body) {
            (Tok::P(P::LBracket | P::LParen), _) => Some(self.at),
            (_, Body::Square | Body::Parens) => self.brackets().map(|(open, _)| open),
            (Tok::P(P::Is), _) if self.tokens[previous].tok == Tok::P(P::RParen) => self.opener_of(previous),
            _ => None,
        };
        let named =
            open.and_then(|o| o.checked_sub(1)).filter(|name| self.names_type(*name) && stands(*name));
        if let (Some(open), Some(name)) = (open, named) {
            let close = self.closer_of(open)?;
            let mut inside = self.slice(open + 1, close - 1)?.to_string();
            let more = self.tokens.get(close + 1).filter(|t| matches!(t.tok, Tok::Id(_)) && !t.head);
            if more.is_some() {
                inside = format!("{inside}, {}", self.slice(close + 1, close + 1)?);
            }
            let d = self.say(open, close, "the arguments of a type stand between `<` and `>`");
            return Some(self.type_written(d, self.shown(name), &inside));
        }
        let subscript =
            (self.tokens[previous].tok == Tok::P(P::RBracket)).then(|| self.opener_of(previous)).flatten();
        let subscripted = subscript
            .and_then(|open| open.checked_sub(1))
            .filter(|name| self.names_type(*name) && stands(*name));
        if let (Some(open), Some(name)) = (subscript, subscripted) {
            let d = self.say(name, previous, "the arguments of a type stand between `<` and `>`");
            // `map[K]V`
            let of_type = |i: &usize| {
                let t = self.tokens.get(*i).filter(|t| !t.head);
                t.is_some_and(|t| matches!(t.tok, Tok::Id(_) | Tok::Int(_) | Tok::P(P::DotDot)))
            };
            let inside = self.slice(open + 1, previous - 1)?.to_string();
            let inside = match (self.at..).take_while(of_type).last() {
                Some(last) => format!("{inside}, {}", self.slice(self.at, last)?),
                None => inside,
            };
            return Some(self.type_written(d, self.shown(name), &inside));
        }
        if let Some(d) = subscript.and_then(|open| self.type_in_brackets(open, previous)) {
            return Some(d);
        }
        if matches!(tok, Tok::Int(_)) && self.names_type(previous) && stands(previous) {
            let last = self.last_of_type()?;
            let d = self.say(previous, last, format!("unknown word `{}`", self.shown(previous)));
            return Some(self.type_written(d, self.shown(previous), self.slice(self.at, last)?));
        }
        let Tok::Id(word) = tok else { return None };
        if self.names_type(previous) && stands(previous) {
            let d = self.say(previous, self.at, format!("unknown word `{}`", self.shown(previous)));
            return Some(self.type_written(d, self.shown(previous), word));
        }
        let open =
            (self.tokens[previous].tok == Tok::P(P::RBracket)).then(|| self.opener_of(previous)).flatten();
        let slice = open.is_some_and(|open| open + 1 == previous && stands(open));
        slice.then(|| {
            let of =
                foreign(Place::Type, word).map(|f| f.here).filter(|here| !here.contains('$')).unwrap_or(word);
            let d = self.say(open.unwrap_or(previous), self.at, "a list has a type and a largest length");
            d.help(format!("write `list<{of}, 3>`"))
        })
    }

    /// The last token of a type that goes on where the error is.
    fn last_of_type(&self) -> Option<usize> {
        let closer = self.closer_around(self.at);
        let ends = |i: &usize| {
            let token = &self.tokens[*i];
            token.head || token.tok == Tok::P(P::Is) || Some(*i) == closer
        };
        (self.at..self.tokens.len()).find(ends)?.checked_sub(1)
    }

    /// `Color[4]`, `(0..3)[4]`; the brackets stand at `open` and `close`.
    fn type_in_brackets(&self, open: usize, close: usize) -> Option<Diagnostic> {
        let last = open.checked_sub(1)?;
        let first = match self.tokens[last].tok {
            Tok::P(P::RParen) => self.opener_of(last)?,
            Tok::Id(_) => last,
            _ => return None,
        };
        if self.tokens[first.checked_sub(1)?].tok != Tok::P(P::Colon) {
            return None;
        }
        let of = self.slice(first, last)?.trim_matches(['(', ')']);
        let text = of_brackets(of, self.slice(open + 1, close - 1)?);
        Some(self.say(first, close, "a type takes no brackets").write(text))
    }

    /// `[K -> V]` as a type
    fn map_in_brackets(&self, tok: Tok) -> Option<Diagnostic> {
        let (open, close) = self.brackets().filter(|_| self.body == Body::Square)?;
        let typed = open.checked_sub(1).is_some_and(|i| self.tokens[i].tok == Tok::P(P::Colon));
        if !typed || tok != Tok::P(P::Arrow) {
            return None;
        }
        let text = format!("map<{}>", self.slice(open + 1, close - 1)?);
        Some(self.say(open, close, "a function is a map").write(text))
    }

    /// Whether a type with arguments is named at `i`.
    fn names_type(&self, i: usize) -> bool {
        matches!(self.tokens[i].tok, Tok::Id(w)
            if TypeWord::named(w).is_some() || foreign(Place::Type, w).is_some_and(|f| f.here.contains("$0")))
    }

    fn type_written(&self, d: Diagnostic, name: &str, inside: &str) -> Diagnostic {
        let args: Vec<&str> = inside.split(',').map(str::trim).collect();
        let written = match foreign(Place::Type, name) {
            Some(entry) => entry.with(&args),
            None if name == "bool" => Some(of_brackets(name, inside)),
            None if name == "map" => None,
            None => Some(format!("{name}<{}>", args.join(", "))),
        };
        match written.or_else(|| {
            (args.len() == 2 && name == "map").then(|| format!("map<{} -> {}>", args[0], args[1]))
        }) {
            Some(text) => d.help(format!("write `{text}`")),
            None => d,
        }
    }

    /// The opening bracket of the closing one at `i`, as the closing one of an opening one, by their frame.
    fn opener_of(&self, i: usize) -> Option<usize> {
        let frame = self.tokens[i].frame;
        self.tokens.iter().position(|t| t.frame == frame)?.checked_sub(1)
    }

    pub(super) fn closer_of(&self, i: usize) -> Option<usize> {
        let frame = self.tokens.get(i + 1)?.frame;
        self.tokens.iter().rposition(|t| t.frame == frame)
    }

    pub(super) fn of_collections(&self) -> Option<Diagnostic> {
        if let Some(d) = self.after_binder().or_else(|| self.of_parts()).or_else(|| self.of_values()) {
            return Some(d);
        }
        match (self.tok()?, self.body) {
            (Tok::P(P::Set | P::AddSet | P::SubSet), Body::Braces) => Some(
                self.here("nothing is assigned here")
                    .help("first values stand with their variables: `state NAME: TYPE = EXPR`"),
            ),
            (Tok::P(P::Bar), body)
                if body != Body::Members && self.previous().is_some_and(|i| self.ends_operand(i)) =>
            {
                let d = self.here("unexpected `|`");
                let span = d.span;
                Some(d.fix(span, "+", "sets are joined by `+`, conditions by `or`"))
            }
            (Tok::P(P::Is), Body::RecordValue) if self.takes(":") => {
                let d = self.here("expected `:`, found `=`");
                let span = d.span;
                Some(d.fix(span, ":", "a field is given after a colon: `NAME { field: EXPR }`"))
            }
            (Tok::P(P::Question), _) if self.takes("and") => Some(self.question_mark()),
            (Tok::P(P::Comma), Body::Parens) if self.takes(")") && !self.takes(",") => {
                Some(self.here("there are no tuples").help(
                    "fields have names: `record NAME { a: TYPE, b: TYPE }`; a list is written `[a, b]`",
                ))
            }
            (Tok::P(P::Colon), Body::Braces) if self.takes("->") || self.takes("for") => {
                self.colon_in_braces()
            }
            (Tok::Kw(Kw::For), Body::Braces) if !self.takes("for") => {
                let (open, _) = self.brackets()?;
                let arrow = (open..self.at).any(|i| self.tokens[i].tok == Tok::P(P::Arrow));
                arrow.then(|| {
                    self.here("a map by `for` has one entry").help(
                        "by a condition on the key: `{ k -> if P then e else f for k in KEY }`; or written out: `{ a -> 1, KEY -> 2 }`",
                    )
                })
            }
            (Tok::Kw(Kw::If), Body::Braces | Body::Square) => {
                let d = self.here("unexpected `if`");
                let span = d.span;
                Some(d.fix(span, "where", "what is left out is said by `where`: `{ x for x in S where P }`"))
            }
            (Tok::Kw(Kw::For), Body::Parens) => {
                let (name, close) = self.called_quantifier()?;
                if matches!(self.shown(name), "len" | "count" | "size") {
                    return self.counted(name, close);
                }
                let (body, binder) =
                    (self.slice(name + 2, self.at - 1)?, self.slice(self.at + 1, close - 1)?);
                let text = format!("{} {binder}: {body}", self.quantifier(name)?);
                let text = if self.goes_on(close) { format!("({text})") } else { text };
                let d = self.say(name, close, format!("`{}` goes through a set by itself", self.shown(name)));
                Some(self.instead(d, text, "the set comes first: `all x in S: P`"))
            }
            (Tok::P(P::Colon), Body::Parens) if self.takes(")") => {
                let (name, close) = self.called_quantifier()?;
                let text = format!("{} {}", self.quantifier(name)?, self.slice(name + 2, close - 1)?);
                let text = if self.goes_on(close) { format!("({text})") } else { text };
                let d = self.say(name, close, "a quantifier has no parentheses");
                Some(self.instead(d, text, "leave them out: `all x in S: P`"))
            }
            _ => None,
        }
    }

    /// Strings, and what stands between two values.
    fn of_values(&self) -> Option<Diagnostic> {
        match (self.tok()?, self.body) {
            (Tok::Str(text), _) if self.operand() => {
                let d = self.here(format!("expected {}, found a string", self.wanted()));
                let name = text.trim_matches('"');
                let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
                let is_name = starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                if !is_name || !crate::words::meanings(name).is_empty() {
                    return Some(d.help("values have names: `enum NAME { a, b }`"));
                }
                let (span, words) = (d.span, format!("a value is a name without quotes, of an `enum NAME {{ {name} }}`"));
                Some(d.fix(span, name, words))
            }
            (Tok::P(P::Arrow), Body::Square) if self.takes("for") => self.function_in_brackets(),
            (Tok::P(P::Arrow), Body::Forms) if self.takes("leads to") || self.takes("implies") => {
                Some(self.arrow_in_form())
            }
            (Tok::P(P::Comma), Body::Braces | Body::Square) if self.takes("where") || self.in_comprehension() => {
                Some(self.here("one name at a time").help(
                    "what it has to do with a second one stands behind `where`: `{ x for x in S where some y in T: P }`",
                ))
            }
            _ => None,
        }
    }

    /// `len(x for x in S if P)`
    fn counted(&self, name: usize, close: usize) -> Option<Diagnostic> {
        let binder = self.slice(self.at + 1, close - 1)?.replace(" if ", " where ");
        let d = self.say(name, close, "elements are counted by `count`");
        Some(self.instead(d, format!("(count {binder})"), "write `count x in S where P`"))
    }

    /// Slices, records with some fields, sizes and numbers of elements.
    fn of_parts(&self) -> Option<Diagnostic> {
        match (self.tok()?, self.body) {
            (Tok::P(P::Semi), Body::Square) => self.repeated(),
            (Tok::P(P::Colon), Body::Square) if self.takes("]") => {
                let d = self.here("a slice is written with `..`");
                let span = d.span;
                Some(d.fix(span, "..", "write `l[a..b]`"))
            }
            (Tok::P(P::DotDot), Body::RecordValue | Body::Braces) if self.takes("Id") || self.takes("}") => {
                Some(self.here("a record is given whole").help("one field of a variable: `r.FIELD := EXPR`"))
            }
            (Tok::P(P::LBrace | P::LRecord), Body::Block) if self.before(1) == Some(Tok::Id("with")) => Some(
                self.here("a part is assigned by itself").help("one field of a variable: `r.FIELD := EXPR`"),
            ),
            (Tok::P(P::Bar), Body::Parens) if self.closure().is_some() => self.closure(),
            (Tok::P(P::Bar), _) if self.operand() || self.body == Body::Forms && self.takes("Gone") => {
                Some(self.here("unexpected `|`").help("how many there are: `len(S)`"))
            }
            (Tok::P(P::Colon), Body::Forms)
                if self
                    .head()
                    .is_some_and(|(_, kw)| matches!(kw, Kw::AtMost | Kw::AtLeast | Kw::Exactly)) =>
            {
                let d = self.here("expected `where`, found `:`");
                let span = d.span;
                Some(d.fix(span, " where", "write `at most 1 x in S where P`"))
            }
            _ => None,
        }
    }

    /// `[0; 3]`
    fn repeated(&self) -> Option<Diagnostic> {
        const MOST: i64 = 8;
        let (open, close) = self.brackets()?;
        let Tok::Int(times) = self.following().filter(|_| self.at + 2 == close)? else { return None };
        let element = self.slice(open + 1, self.previous()?)?;
        let times = usize::try_from(times).ok().filter(|_| (1..=MOST).contains(&times))?;
        let text = format!("[{}]", vec![element; times].join(", "));
        let d = self.say(open, close, "a list is written element by element");
        Some(self.instead(d, text, "each element by itself: `[0, 0, 0]`"))
    }

    /// `S.all(|x| P)`
    fn closure(&self) -> Option<Diagnostic> {
        let (open, _) = self.brackets()?;
        let method = open.checked_sub(1).filter(|_| open + 1 == self.at)?;
        let Tok::Id(word) = self.tokens[method].tok else { return None };
        let Tok::Id(name) = self.tokens.get(self.at + 1)?.tok else { return None };
        let here = crate::words::foreign_call(word, &["S"])?.with_lambda("S", name, "P")?;
        Some(self.here("there are no closures").help(format!("write `{here}`")))
    }

    /// `o ?? 0`, `o?`, `c ? a : b`
    fn question_mark(&self) -> Diagnostic {
        let next = self.tokens.get(self.at + 1);
        if next.is_some_and(|t| t.tok == Tok::P(P::Question)) {
            let d = self.say(self.at, self.at + 1, "a value in place of `none` is written with words");
            return d.help("write `if o == none then EXPR else o`");
        }
        let colon = |t: &&Token<'_>| t.tok == Tok::P(P::Colon);
        let rest = self.tokens[self.at + 1..].iter().take_while(|t| {
            let ends = matches!(t.tok, Tok::P(P::Semi | P::LBrace | P::RBrace));
            !ends && !t.head
        });
        if rest.into_iter().any(|t| colon(&t)) {
            return self.here("a choice is written with words").help("write `if c then a else b`");
        }
        let d = self.here("whether there is a value is a comparison");
        let span = d.span;
        d.fix(span, " != none ", "write `o != none`")
    }

    /// `if let Some(x) = o { … }`
    pub(super) fn opened_option(&self) -> Option<Diagnostic> {
        let (head, _) = self.head().filter(|(_, kw)| *kw == Kw::If)?;
        let opened = self.tokens.get(head + 1).is_some_and(|_| self.shown(head + 1) == "let");
        let near = self.at <= head + 8;
        (opened && near).then(|| {
            self.say(head, head + 1, "an option is opened by its use")
                .help("write `if o != none { … }`: where a value is needed `o` stands for it")
        })
    }

    /// Whether an expression that ends at `i` is an operand of what follows.
    fn goes_on(&self, i: usize) -> bool {
        use P::*;
        matches!(
            self.tokens.get(i + 1).map(|t| t.tok),
            Some(
                Tok::P(
                    Eq | Ne | Lt | Le | Gt | Ge | Plus | Minus | Star | Slash | Percent | Amp | DotDot | Dot
                ) | Tok::Kw(Kw::And | Kw::Or | Kw::Implies | Kw::In | Kw::NotIn)
            )
        )
    }

    /// After `all x in S`: what is said of each needs its colon.
    fn after_binder(&self) -> Option<Diagnostic> {
        if let (Some(Tok::P(P::Lt)), Some(Tok::Id(kind @ ("set" | "list" | "bag" | "map"))), true) =
            (self.tok(), self.before(1), self.is_word(2, Kw::In))
        {
            let d = self.say(self.previous()?, self.at, "all values of a type stand by its name");
            return Some(
                d.help(format!("write `type Values = {kind}<…>` in the system, and `x in Values` here")),
            );
        }
        let words = "what is said of each comes after a colon: `all x in S: P`";
        match self.tok()? {
            Tok::Kw(Kw::Where) if !self.takes("where") && self.takes("}") => {
                Some(self.here("unexpected `where`").help("it stands after the set: `all x in S where P: Q`"))
            }
            _ if !self.takes(":") || !self.in_quantifier() => None,
            Tok::P(P::Eq | P::Ne | P::Lt | P::Le | P::Gt | P::Ge) => {
                Some(self.here(format!("expected `:`, found {}", self.found())).help(words))
            }
            Tok::Kw(Kw::Implies) | Tok::P(P::Bar | P::Dot | P::Arrow) => {
                let d = self.here(format!("expected `:`, found {}", self.found()));
                let span = d.span;
                Some(d.fix(span, ":", words))
            }
            // `some x in S where P`
            Tok::P(P::RBrace | P::RParen | P::RBracket | P::Semi) | Tok::Mark => {
                let frame = self.tokens[self.at].frame;
                let filter = |i: &usize| self.tokens[*i].tok == Tok::Kw(Kw::Where);
                let filter = (0..self.at).rev().find(filter)?;
                let near = self.tokens[filter].frame <= frame;
                let before = self.tokens[..filter].iter().rev().map(|t| t.tok);
                let quantifier = before
                    .take_while(|tok| !matches!(tok, Tok::P(P::Colon | P::LBrace | P::Semi)))
                    .find(|tok| matches!(tok, Tok::Kw(Kw::All | Kw::Exists | Kw::Sum | Kw::Min | Kw::Max)));
                let Some(Tok::Kw(kw @ (Kw::All | Kw::Exists))) = quantifier.filter(|_| near) else {
                    return None;
                };
                let d = self.say(filter, filter, "nothing is said of each");
                let span = Span { start: self.tokens[filter.checked_sub(1)?].end, ..d.span };
                Some(d.fix(span, ":", format!("what is said comes after a colon: `{} x in S: P`", kw.word())))
            }
            Tok::Id(_) | Tok::Int(_) | Tok::P(P::LParen) => {
                let d = self.here(format!("expected `:`, found {}", self.found()));
                let before = self.tokens[self.previous()?].end;
                let between = Span { start: before, end: before, ..d.span };
                Some(d.fix(between, ":", words))
            }
            _ => None,
        }
    }

    /// `[k in K -> 0]`
    fn function_in_brackets(&self) -> Option<Diagnostic> {
        let (open, close) = self.brackets()?;
        let name = self.slice(open + 1, open + 1)?;
        let within = self.tokens[open + 2].tok == Tok::Kw(Kw::In);
        let (set, value) = (self.slice(open + 3, self.at - 1)?, self.slice(self.at + 1, close - 1)?);
        let text = format!("{{ {name} -> {value} for {name} in {set} }}");
        let d = self.say(open, close, "a function is a map");
        within.then(|| self.instead(d, text, "write `{ k -> EXPR for k in KEY }`"))
    }

    /// `x == 0 -> x == 3`
    fn arrow_in_form(&self) -> Diagnostic {
        let d = self.here("an arrow has no meaning between conditions");
        let written = self.brackets().and_then(|(open, _)| open.checked_sub(1)).map(|i| self.shown(i));
        let word = match written == Some("convergence") && self.takes("leads to") {
            true => "leads to",
            false => "implies",
        };
        let span = d.span;
        d.fix(span, format!(" {word} "), format!("write `{word}`"))
    }

    /// Whether the brackets around the error hold a `for` of their own before it.
    fn in_comprehension(&self) -> bool {
        let Some((open, _)) = self.brackets() else { return false };
        let frame = self.tokens[self.at].frame;
        (open + 1..self.at).any(|i| self.tokens[i].tok == Tok::Kw(Kw::For) && self.tokens[i].frame == frame)
    }

    /// Whether a quantifier has named its element before the error, and no colon has come.
    fn in_quantifier(&self) -> bool {
        let before = self.tokens[..self.at].iter().rev();
        let last = before.map(|t| t.tok).find(|tok| {
            matches!(
                tok,
                Tok::P(P::Colon | P::LBrace | P::RBrace | P::Semi)
                    | Tok::Kw(Kw::All | Kw::Exists | Kw::Sum | Kw::Min | Kw::Max)
            )
        });
        matches!(last, Some(Tok::Kw(_)))
    }

    /// The name before the parentheses around the error, and their end.
    fn called_quantifier(&self) -> Option<(usize, usize)> {
        let (open, close) = self.brackets()?;
        Some((open.checked_sub(1)?, close))
    }

    /// What the quantifier at `i` is here, in whatever language it is.
    fn quantifier(&self, i: usize) -> Option<&'t str> {
        match self.tokens[i].tok {
            Tok::Id(word) if words::is_quantifier(word) => Some(word),
            Tok::Id(word) => {
                let here = foreign(Place::Expression, word)?.here;
                matches!(here, "all" | "some").then_some(here)
            }
            _ => None,
        }
    }

    /// Whether that keyword stands so far before the token at `i`.
    fn is_word_at(&self, i: usize, back: usize, kw: Kw) -> bool {
        i.checked_sub(back).is_some_and(|k| self.tokens[k].tok == Tok::Kw(kw))
    }

    /// `{ a: 1 }` for a map, `{ x in S: P }` for a set.
    fn colon_in_braces(&self) -> Option<Diagnostic> {
        let (open, close) = self.brackets()?;
        let frame = self.tokens[self.at].frame;
        let inside = open + 1..close;
        let is_in = |i: &usize| matches!(self.tokens[*i].tok, Tok::Kw(Kw::In));
        if let Some(at) = inside.clone().find(is_in).filter(|at| *at == open + 2) {
            let (name, set) = (self.slice(open + 1, open + 1)?, self.slice(at + 1, self.at - 1)?);
            let filter = self.slice(self.at + 1, close - 1)?;
            let text = format!("{{ {name} for {name} in {set} where {filter} }}");
            let d = self.say(open, close, "a set of some elements is written with `for` and `where`");
            return Some(self.instead(d, text, "write `{ x for x in S where P }`"));
        }
        if self.is_word_at(open, 3, Kw::Type) {
            let (head, name) = (open - 3, self.shown(open - 2));
            let text = format!("record {name} {}", self.slice(open, close)?);
            let d = self.say(head, close, "fields together are a record");
            return Some(self.instead(d, text, "write `record NAME { field: TYPE }`"));
        }
        let mut text = String::from("{ ");
        for (i, token) in inside.clone().map(|i| (i, &self.tokens[i])).filter(|(_, t)| t.tok != Tok::Mark) {
            let colon = token.tok == Tok::P(P::Colon) && token.frame == frame;
            let gap = match i.checked_sub(1).map(|b| &self.tokens[b]) {
                Some(before) if i > open + 1 => &self.text[before.end as usize..token.start as usize],
                _ => "",
            };
            text.push_str(if colon { " " } else { gap });
            text.push_str(if colon { "->" } else { self.shown(i) });
        }
        text.push_str(" }");
        let named = self.slice(open, close)?;
        let d = self.say(open, close, "a map is written with `->`, a record with its name");
        let short = text.len() + named.len() <= LONGEST && !named.contains('\n');
        let (map, record) = if short { (text.as_str(), named) } else { ("{ a -> 1 }", "{ a: 1 }") };
        Some(d.help(format!("a map: `{map}`; a record: `NAME {record}`")))
    }
}

/// `T[4]` and `T[K]` as types.
fn of_brackets(of: &str, inside: &str) -> String {
    match inside.starts_with(|c: char| c.is_ascii_uppercase()) || inside.contains("..") {
        true => format!("map<{inside} -> {of}>"),
        false => format!("list<{of}, {inside}>"),
    }
}
