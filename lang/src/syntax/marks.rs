//! Marks of other languages, read as what they stand for.
//!
//! Enters: raw tokens, foreign marks among them. Leaves: raw tokens without them, and one diagnostic for each kind of
//! mark, however often it stands there. What a mark means depends on what stands before it: `<>` between operands
//! is `!=`, before one it is TLA+'s *eventually*.

use crate::diag::{Diagnostic, Fix, codes::syntax as code};
use crate::span::{SourceId, Span};
use crate::syntax::lexer::{Raw, RawKind};
use crate::syntax::token::P;
use crate::syntax::words;
use crate::words::{Place, foreign};
use std::ops::Range;

/// What each mark is here, between or before operands alike.
const MARKS: &[(&[&str], &str)] = &[
    (&["&&", "∧", "/\\", "\\land"], "and"),
    (&["||", "∨", "\\/", "\\lor"], "or"),
    (&["!", "¬", "~", "\\neg", "\\lnot"], "not"),
    (&["=>", "⇒", "==>", "-->"], "implies"),
    (&["→", "|->", ":>"], "->"),
    (&["===", "<=>", "<->", "\\equiv"], "=="),
    (&["!==", "<>", "≠", "/=", "\\neq"], "!="),
    (&["≤", "=<", "\\leq", "\\subseteq", "⊆"], "<="),
    (&["≥", "\\geq", "\\supseteq"], ">="),
    (&["∈", "\\in"], "in"),
    (&["∉", "\\notin"], "not in"),
    (&["∪", "\\cup", "\\union", "\\o", "\\circ"], "+"),
    (&["∩", "\\cap", "\\intersect"], "&"),
    (&["\\div"], "/"),
    (&["\\", "\\setminus"], "-"),
    (&["...", "..=", "..<"], ".."),
    (&["::"], "."),
    (&["~>", "↝"], "leads to"),
    (&["\\A", "∀"], "all"),
    (&["\\E", "∃"], "some"),
    (&["◇"], "eventually"),
];

/// One kind of mark, and where it stands.
struct Found {
    /// What is said once, however often it stands there.
    kind: String,
    message: String,
    spans: Vec<Span>,
    /// In place of each.
    text: Option<String>,
}

struct Reader<'a, 't> {
    source: SourceId,
    text: &'a str,
    raw: &'a [Raw<'t>],
    out: Vec<Raw<'t>>,
    found: Vec<Found>,
    /// `<<` that are open.
    angles: u32,
    /// Of each `[x \in S |-> e]` that is read: where its arrow and its closing bracket stand.
    functions: Vec<(usize, usize)>,
}

/// Tokens without foreign marks, and what is to be said of those.
pub(super) fn read<'t>(source: SourceId, text: &str, raw: &[Raw<'t>]) -> (Vec<Raw<'t>>, Vec<Diagnostic>) {
    let out = Vec::with_capacity(raw.len());
    let mut reader = Reader { source, text, raw, out, found: Vec::new(), angles: 0, functions: Vec::new() };
    let mut i = 0;
    while i < raw.len() {
        i += reader.token(i);
    }
    let diagnostics = reader.found.into_iter().map(diagnostic).collect();
    (reader.out, diagnostics)
}

fn diagnostic(found: Found) -> Diagnostic {
    let mut d = Diagnostic::error(code::FOREIGN_MARK, found.spans[0], found.message);
    match (found.spans.len(), found.text) {
        (1, Some(text)) => d.fix = Some(Fix { span: d.span, text }),
        (1, None) => {}
        (all, _) => d = d.label(format!("here and {} more times in this cell", all - 1)),
    }
    d
}

impl<'t> Reader<'_, 't> {
    /// Reads the token at `i`; how many tokens that took.
    fn token(&mut self, i: usize) -> usize {
        if let Some(taken) = self.function(i) {
            return taken;
        }
        match self.raw[i].kind {
            RawKind::Foreign("'") => self.prime(i),
            RawKind::Foreign("\\") if self.next(i) == Some(RawKind::P(P::Star)) && self.adjacent(i) => {
                self.comment(i, "\\*", "\n")
            }
            RawKind::Foreign(mark) => self.mark(i, mark),
            RawKind::P(P::LParen) if self.next(i) == Some(RawKind::P(P::Star)) && self.adjacent(i) => {
                self.comment(i, "(*", "*)")
            }
            RawKind::P(P::Minus) if self.is_dashes(i) => self.comment(i, "--", "\n"),
            RawKind::P(P::Minus) if self.doubled(i, P::Minus) && self.ends_statement(i) => {
                self.minus_minus(i)
            }
            RawKind::P(P::Lt) if self.is_empty_tuple(i) => {
                let range = self.raw[i].start..self.raw[i + 2].end;
                self.note(range.clone(), "`<<>>` is written `[]`".to_string(), Some("[]"));
                self.push(RawKind::P(P::LBracket), range.start..range.start + 1);
                self.push(RawKind::P(P::RBracket), range.end - 1..range.end);
                3
            }
            RawKind::P(P::LBracket) if self.is_box(i) => self.boxed(i),
            RawKind::P(P::Lt) if self.doubled(i, P::Lt) && !self.operand_before() => {
                self.angle(i, P::LBracket)
            }
            RawKind::P(P::Gt) if self.doubled(i, P::Gt) && self.angles > 0 => self.angle(i, P::RBracket),
            RawKind::P(P::Plus) if self.doubled(i, P::Plus) => self.plus_plus(i),
            _ => {
                self.out.push(self.raw[i]);
                1
            }
        }
    }

    fn mark(&mut self, i: usize, mark: &str) -> usize {
        let range = self.range(i);
        let operand = self.operand_before();
        match mark {
            "<>" | "◇" if !operand => {
                self.note(range.clone(), format!("`{mark}` is written `eventually`"), Some("eventually "));
                // Its end is cut off, so that no bracket follows at once as in a call.
                self.push(RawKind::Word("eventually"), range.start..range.end - 1);
            }
            "!" if operand && self.adjacent_before(i) && self.ends_value(i) => {
                let words = "`o!` is written `o`: where a value is needed, an option stands for it";
                self.note(range, words.to_string(), Some(""));
            }
            "!" if self.is_macro(i) => self.expanded(range),
            "/\\" | "∧" if self.states(i + 1) => {
                self.bullet(mark, range.clone());
                self.push(RawKind::P(P::Semi), range);
            }
            "/\\" | "∧" | "\\/" | "∨" if !operand => self.bullet(mark, range),
            "=>" if self.is_lambda() => self.push(RawKind::Word("implies"), range),
            "=>" if self.lambda().is_some() => self.defined_by_lambda(range),
            "!" if self.next(i) == Some(RawKind::P(P::LBracket))
                && self.last() == Some(RawKind::Word("EXCEPT")) => {}
            "\\in" | "∈" if self.binds() => self.push(RawKind::Word("in"), range),
            "\\A" | "\\E" | "∀" | "∃" => {
                let here = known(mark).unwrap_or_default();
                self.note(range.clone(), format!("`{mark} x \\in S: P` is written `{here} x in S: P`"), None);
                self.push(RawKind::Word(here), range);
            }
            _ => match known(mark) {
                Some(here) => self.translate(mark, here, range),
                None => self.push(RawKind::Bad, range),
            },
        }
        1
    }

    /// A junction list: its marks are no operators.
    fn bullet(&mut self, mark: &str, range: Range<u32>) {
        let words = format!("`{mark}` begins nothing: conditions are joined by `and`, statements by nothing");
        self.note(range, words, Some(""));
    }

    /// `S.forall(x => P)`: the method is reported.
    fn is_lambda(&self) -> bool {
        match self.out.as_slice() {
            [.., dot, function, open, name] => {
                dot.kind == RawKind::P(P::Dot)
                    && matches!(function.kind, RawKind::Word(_))
                    && open.kind == RawKind::P(P::LParen)
                    && matches!(name.kind, RawKind::Word(_))
            }
            _ => false,
        }
    }

    /// `vec![a]`, `assert!(P)`: a word of Rust or a function with a mark behind it.
    fn is_macro(&self, i: usize) -> bool {
        let open = matches!(self.next(i), Some(RawKind::P(P::LBracket | P::LParen)));
        let word = self.last().and_then(word).filter(|_| open && self.adjacent_before(i));
        let places = [Place::Effect, Place::Method];
        word.is_some_and(|word| places.iter().any(|place| foreign(*place, word).is_some()))
    }

    /// A list; of others the word is told.
    fn expanded(&mut self, range: Range<u32>) {
        if let Some(of) = self.out.pop_if(|t| t.kind == RawKind::Word("vec")) {
            self.note(of.start..range.end, "`vec![a, b]` is written `[a, b]`".to_string(), Some(""));
        }
    }

    /// Where the parameters of `= (a, b) =>` or `= a =>` begin in what is read.
    fn lambda(&self) -> Option<usize> {
        let kind = |i: usize| self.out.get(i).map(|t| t.kind);
        let last = self.out.len().checked_sub(1)?;
        let first = match kind(last)? {
            RawKind::Word(_) => last,
            RawKind::P(P::RParen) => {
                let named = |i: &usize| matches!(kind(*i), Some(RawKind::Word(_) | RawKind::P(P::Comma)));
                (0..last).rev().find(|i| !named(i)).filter(|i| kind(*i) == Some(RawKind::P(P::LParen)))?
            }
            _ => return None,
        };
        let defined = first.checked_sub(1).and_then(kind) == Some(RawKind::P(P::Is));
        defined.then_some(first)
    }

    /// `def f = (y) => EXPR`: what stands before the arrow are parameters.
    fn defined_by_lambda(&mut self, range: Range<u32>) {
        let Some(first) = self.lambda() else { return };
        let names: Vec<&str> = self.out[first..].iter().filter_map(|t| word(t.kind)).collect();
        let def = first.checked_sub(2).and_then(|i| word(self.out[i].kind)).unwrap_or("NAME");
        let typed: Vec<String> = names.iter().map(|name| format!("{name}: TYPE")).collect();
        let message = format!(
            "`def {def} = ({}) => EXPR` is written `def {def}({}) = EXPR`",
            names.join(", "),
            typed.join(", ")
        );
        self.out.truncate(first);
        self.note(range, message, None);
    }

    /// `[x \in S |-> e]`, of which the tokens at `i` are read as `{ S -> e }`; how many that takes.
    fn function(&mut self, i: usize) -> Option<usize> {
        if let Some((arrow, _)) = self.functions.iter().find(|(arrow, close)| i == *arrow || i == *close) {
            let read = if i == *arrow { P::Arrow } else { P::RBrace };
            self.push(RawKind::P(read), self.range(i));
            return Some(1);
        }
        let within = matches!(self.raw.get(i + 2).map(|t| t.kind), Some(RawKind::Foreign("\\in" | "∈")));
        let name = word(self.next(i)?).filter(|_| within && self.raw[i].kind == RawKind::P(P::LBracket))?;
        let (arrow, close) = self.arrow_and_end(i)?;
        let text = |from: usize, to: usize| {
            self.text[self.raw[from].start as usize..self.raw[to].end as usize].to_string()
        };
        let (set, value) = (text(i + 3, arrow - 1), text(arrow + 1, close - 1));
        let fix = format!("{{ {name} -> {value} for {name} in {set} }}");
        let whole = self.raw[i].start..self.raw[close].end;
        let message =
            format!("`[{name} \\in {set} |-> EXPR]` is written `{{ {name} -> EXPR for {name} in {set} }}`");
        // Of one inside another, the outer is offered: each is read once.
        let inner = self.functions.iter().any(|(_, end)| *end > i);
        let fix = Some(fix).filter(|fix| !inner && crate::syntax::is_sound(fix));
        self.note(whole, message, fix.as_deref());
        self.functions.push((arrow, close));
        self.push(RawKind::P(P::LBrace), self.range(i));
        Some(3)
    }

    /// Where the `|->` of the bracket at `open` stands, and the end of the bracket; something stands between each.
    fn arrow_and_end(&self, open: usize) -> Option<(usize, usize)> {
        let (mut depth, mut arrow) = (0, None);
        for i in open..self.raw.len() {
            match self.raw[i].kind {
                RawKind::P(P::LBracket | P::LParen | P::LBrace | P::LRecord) => depth += 1,
                RawKind::P(P::RBracket | P::RParen | P::RBrace) => depth -= 1,
                RawKind::Foreign("|->") if depth == 1 => arrow = arrow.or(Some(i)),
                _ => {}
            }
            if depth == 0 {
                let arrow = arrow.filter(|arrow| *arrow > open + 3 && arrow + 1 < i)?;
                return Some((arrow, i));
            }
        }
        None
    }

    fn translate(&mut self, mark: &str, here: &'static str, range: Range<u32>) {
        self.note(range.clone(), format!("`{mark}` is written `{here}`"), Some(here));
        let mut part = range.clone();
        for piece in here.split(' ') {
            self.push(P::named(piece).map_or(RawKind::Word(piece), RawKind::P), part);
            part = range.end..range.end;
        }
    }

    /// `n'`: before `=` an assignment, elsewhere the value after a step.
    fn prime(&mut self, i: usize) -> usize {
        let range = self.range(i);
        let name = match self.last() {
            Some(RawKind::Word(name)) => name,
            _ => "",
        };
        let (kind, message, text) = match self.next(i) {
            Some(RawKind::P(P::Is)) => {
                ("primed =", format!("`{name}' = EXPR` is written `{name} := EXPR`"), " :=")
            }
            Some(RawKind::Foreign("\\in" | "∈")) => {
                ("primed in", format!("`{name}' \\in S` is written `choose e in S {{ {name} := e }}`"), "")
            }
            _ => {
                let words = format!(
                    "`{name}'` is written `{name}`: the value after a step, and `old({name})` is the one before"
                );
                self.note(range, words, Some(""));
                return 1;
            }
        };
        let whole = range.start..self.raw[i + 1].end;
        self.note_once(kind, whole.clone(), message, Some(text).filter(|text| !text.is_empty()));
        self.push(RawKind::P(P::Set), whole);
        2
    }

    /// `[]` before an operand, where no list can stand.
    fn is_box(&self, i: usize) -> bool {
        let starts = match self.last() {
            None | Some(RawKind::P(P::LBrace | P::Semi)) => true,
            Some(RawKind::Word(w)) => matches!(w, "and" | "or" | "implies" | "not" | "eventually"),
            _ => false,
        };
        let follows = match self.raw.get(i + 2).map(|t| t.kind) {
            Some(RawKind::Word(w)) => !words::continues_expression(w) && w != "for",
            Some(RawKind::P(P::LParen) | RawKind::Foreign("<>" | "!" | "~" | "\\A" | "\\E")) => true,
            Some(RawKind::P(P::LBracket)) => {
                self.raw.get(i + 3).is_some_and(|t| t.kind != RawKind::P(P::RBracket))
            }
            _ => false,
        };
        starts && follows && self.raw[i + 1].kind == RawKind::P(P::RBracket) && self.on_one_line(i + 1)
    }

    fn boxed(&mut self, i: usize) -> usize {
        let range = self.raw[i].start..self.raw[i + 1].end;
        if self.last() == Some(RawKind::Word("eventually")) {
            self.note(range.clone(), "`<>[]P` is written `eventually always P`".to_string(), None);
            self.push(RawKind::Word("always"), range.start..range.end - 1);
            return 2;
        }
        if self.raw[i + 2].kind == RawKind::Foreign("<>") {
            let whole = range.start..self.raw[i + 2].end;
            self.note(
                whole,
                "`[]<>P` is written `always eventually P`".to_string(),
                Some("always eventually "),
            );
            self.push(RawKind::Word("always"), range);
            self.push(RawKind::Word("eventually"), self.raw[i + 2].start..self.raw[i + 2].end - 1);
            return 3;
        }
        self.note(
            range,
            "`[]P` is written `P`: a `safety` invariant is true in every state".to_string(),
            Some(""),
        );
        2
    }

    fn angle(&mut self, i: usize, read: P) -> usize {
        let range = self.raw[i].start..self.raw[i + 1].end;
        if read == P::LBracket {
            self.angles += 1;
            self.note(range.clone(), "`<<a, b>>` is written `[a, b]`".to_string(), None);
        } else {
            self.angles -= 1;
        }
        self.push(RawKind::P(read), range);
        2
    }

    /// A comment of another language, which ends with its line or with `end`. How many tokens it holds.
    fn comment(&mut self, i: usize, begin: &str, end: &str) -> usize {
        let start = self.raw[i].start as usize;
        let rest = &self.text[start..];
        let length = match end {
            "\n" => rest.find('\n').unwrap_or(rest.len()),
            _ => rest.find(end).map_or(rest.len(), |n| n + end.len()),
        };
        let to = (start + length) as u32;
        let inside = self.raw[i..].iter().take_while(|t| t.start < to).count();
        let mark = self.raw[i].start..self.raw[i].start + begin.len() as u32;
        let fix = (end == "\n").then_some("//");
        self.note(mark, format!("a comment begins with `//`, not with `{begin}`"), fix);
        inside
    }

    /// Two dashes with space around them, which no expression has.
    fn is_dashes(&self, i: usize) -> bool {
        let (before, after) = (self.raw[i].start as usize, self.raw.get(i + 1).map_or(0, |t| t.end as usize));
        self.doubled(i, P::Minus)
            && self.text[after..].starts_with(|c: char| c.is_whitespace())
            && !self.text[..before].ends_with(|c: char| !c.is_whitespace())
    }

    /// `n--`
    fn minus_minus(&mut self, i: usize) -> usize {
        let range = self.raw[i].start..self.raw[i + 1].end;
        self.note(range.clone(), "`n--` is written `n -= 1`".to_string(), Some(" -= 1"));
        self.push(RawKind::P(P::SubSet), range.clone());
        self.push(RawKind::Int(1), range.end..range.end);
        2
    }

    /// `<<>>`, which is read as `<`, `<>`, `>`.
    fn is_empty_tuple(&self, i: usize) -> bool {
        self.next(i) == Some(RawKind::Foreign("<>"))
            && self.adjacent(i)
            && self.raw.get(i + 2).map(|t| t.kind) == Some(RawKind::P(P::Gt))
            && self.adjacent(i + 1)
    }

    /// `n++` and `++n` are statements elsewhere, `S ++ T` a sum.
    fn plus_plus(&mut self, i: usize) -> usize {
        let range = self.raw[i].start..self.raw[i + 1].end;
        match self.raw.get(i + 2) {
            // The head is told as a whole.
            _ if self.in_loop_head() => {
                self.add_one(range);
                2
            }
            _ if self.ends_statement(i) => {
                self.note(range.clone(), "`n++` is written `n += 1`".to_string(), Some(" += 1"));
                self.add_one(range);
                2
            }
            Some(name) if !self.operand_before() && matches!(name.kind, RawKind::Word(_)) => {
                self.note(range, "`++n` is written `n += 1`".to_string(), None);
                self.out.push(*name);
                self.add_one(name.end..name.end);
                3
            }
            _ => {
                self.translate("++", "+", range);
                2
            }
        }
    }

    fn add_one(&mut self, range: Range<u32>) {
        self.push(RawKind::P(P::AddSet), range.clone());
        self.push(RawKind::Int(1), range.end..range.end);
    }

    // ---- the surroundings ----

    /// Whether a statement ends with the doubled mark at `i`.
    fn ends_statement(&self, i: usize) -> bool {
        let ends = match self.raw.get(i + 2).map(|t| t.kind) {
            None | Some(RawKind::P(P::LBrace | P::RBrace | P::RParen | P::Semi)) => true,
            _ => !self.on_one_line(i + 1),
        };
        ends && self.operand_before()
    }

    /// Whether nothing after the token at `i` could be its operand.
    fn ends_value(&self, i: usize) -> bool {
        match self.raw.get(i + 1).map(|t| t.kind) {
            None => true,
            Some(RawKind::P(p)) => !matches!(p, P::LParen | P::LBracket | P::LBrace | P::Is),
            Some(RawKind::Word(w)) => words::continues_expression(w) || !self.on_one_line(i),
            _ => false,
        }
    }

    /// Whether no space stands between the token at `i` and the next.
    fn adjacent(&self, i: usize) -> bool {
        self.raw.get(i + 1).is_some_and(|next| next.start == self.raw[i].end)
    }

    fn adjacent_before(&self, i: usize) -> bool {
        i.checked_sub(1).is_some_and(|before| self.adjacent(before))
    }

    fn range(&self, i: usize) -> Range<u32> {
        self.raw[i].start..self.raw[i].end
    }

    fn push(&mut self, kind: RawKind<'t>, range: Range<u32>) {
        self.out.push(Raw { kind, start: range.start, end: range.end });
    }

    /// The same message is said once.
    fn note(&mut self, range: Range<u32>, message: String, text: Option<&str>) {
        self.note_once(&message.clone(), range, message, text);
    }

    /// Of one kind, the first is told.
    fn note_once(&mut self, kind: &str, range: Range<u32>, message: String, text: Option<&str>) {
        let span = Span { source: self.source, start: range.start, end: range.end };
        match self.found.iter_mut().find(|found| found.kind == kind) {
            Some(found) => found.spans.push(span),
            None => {
                let text = text.map(str::to_string);
                self.found.push(Found { kind: kind.to_string(), message, spans: vec![span], text });
            }
        }
    }

    /// Whether what is read stands in the head of a `for`.
    fn in_loop_head(&self) -> bool {
        let before = self.out.iter().rev().map(|t| t.kind);
        let mut head = before.take_while(|kind| !matches!(kind, RawKind::P(P::LBrace | P::RBrace)));
        head.any(|kind| kind == RawKind::Word("for"))
    }

    fn next(&self, i: usize) -> Option<RawKind<'t>> {
        self.raw.get(i + 1).map(|t| t.kind)
    }

    fn last(&self) -> Option<RawKind<'t>> {
        self.out.iter().rev().map(|t| t.kind).find(|kind| !matches!(kind, RawKind::Comment | RawKind::Doc(_)))
    }

    fn operand_before(&self) -> bool {
        match self.last() {
            Some(RawKind::Word(w)) => {
                !words::continues_expression(w)
                    && !matches!(w, "not" | "eventually" | "always" | "when" | "require")
            }
            Some(RawKind::Int(_) | RawKind::Duration(_) | RawKind::Str(_)) => true,
            Some(RawKind::P(p)) => matches!(p, P::RBrace | P::RParen | P::RBracket | P::Question),
            _ => false,
        }
    }

    /// Whether the token after the one at `i` is the same, without space between.
    fn doubled(&self, i: usize, p: P) -> bool {
        self.next(i) == Some(RawKind::P(p)) && self.raw[i].end == self.raw[i + 1].start
    }

    /// Whether a primed name or `UNCHANGED` stands at `i`.
    fn states(&self, i: usize) -> bool {
        match self.raw.get(i).map(|t| t.kind) {
            Some(RawKind::Word("UNCHANGED")) => true,
            Some(RawKind::Word(_)) => self.next(i) == Some(RawKind::Foreign("'")),
            _ => false,
        }
    }

    /// Whether the last two tokens are a quantifier and its name.
    fn binds(&self) -> bool {
        match self.out.as_slice() {
            [.., quantifier, name] => {
                matches!(quantifier.kind, RawKind::Word(w) if words::is_quantifier(w) || w == "CHOOSE")
                    && matches!(name.kind, RawKind::Word(_))
            }
            _ => false,
        }
    }

    /// Whether the token at `i` and the next stand on one line.
    fn on_one_line(&self, i: usize) -> bool {
        let after = self.raw.get(i + 1).map_or(self.text.len(), |t| t.start as usize);
        !self.text[self.raw[i].end as usize..after].contains('\n')
    }
}

fn word(kind: RawKind<'_>) -> Option<&str> {
    match kind {
        RawKind::Word(word) => Some(word),
        _ => None,
    }
}

fn known(mark: &str) -> Option<&'static str> {
    MARKS.iter().find(|(marks, _)| marks.contains(&mark)).map(|(_, here)| *here)
}
