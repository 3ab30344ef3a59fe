//! The cell that asks for a comparison: `conform merge of Counter with my_merge`, `conform system Kafka with MyKafka`.
//!
//! Enters: the text of a cell. Leaves: what is compared with what, each with its place; or what is wrong with it.

use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::span::{SourceId, Span};
use crate::syntax;
use crate::syntax::tree::{CheckOption, CommandKind, Item, Target};
use crate::words::{CellWord, Colour, coloured};
use std::ops::Range;

const FORMS: &str = "of a definition or a step it reads: conform NAME of SYSTEM with FUNCTION; of a system: conform system SYSTEM with TYPE";
/// What the parser reads in its place.
const CHECK: &str = "check ";

/// What is asked for. Places are those in the cell.
pub(super) struct Asked {
    /// The cell without comments, on one line.
    text: String,
    /// A definition, a resolution or a step; `None`: the system itself.
    name: Option<Range<usize>>,
    target: Range<usize>,
    code: Range<usize>,
}

/// Whether a cell asks for a comparison, well or not.
pub fn conforms(code: &str) -> bool {
    let text = bare(code);
    let mut words = text.split_whitespace();
    let first = words.next() == Some(CellWord::Conform.word());
    // As a name it stands before an operator.
    let operators = coloured(Colour::Operator);
    let named = |word: &str| word.starts_with(char::is_alphabetic) && !operators.contains(&word);
    first && words.next().is_some_and(named)
}

/// Comments and ends of lines as blanks: places stay what they are.
fn bare(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    for line in code.split_inclusive('\n') {
        let kept = line.find("//").unwrap_or(line.trim_end_matches('\n').len());
        text.push_str(&line[..kept]);
        text.extend(std::iter::repeat_n(' ', line.len() - kept));
    }
    text.replace(['\t', '\r'], " ")
}

/// A part of a text without the blanks around it.
fn trimmed(text: &str, part: Range<usize>) -> Range<usize> {
    let inner = &text[part.clone()];
    let start = part.start + inner.len() - inner.trim_start().len();
    start..start + inner.trim().len()
}

impl Asked {
    /// Of a cell that [`conforms`].
    pub(super) fn of(source: SourceId, code: &str) -> Result<Asked, Vec<Diagnostic>> {
        let text = bare(code);
        let word = CellWord::Conform.word();
        let start = text.find(word).unwrap_or_default();
        let wrong = |part: Range<usize>, message: String| {
            let span = Span::new(source, part.start, part.end);
            vec![Diagnostic::error(codes::CONFORMS, span, message).help(FORMS)]
        };
        let whole = trimmed(&text, start..text.len());
        let rest = start + word.len();
        if text[rest..].contains(" conform ") {
            return Err(wrong(whole, "expected one `conform`, found several in a cell".to_string()));
        }
        let Some(with) = text.rfind(" with ") else {
            return Err(wrong(
                whole,
                "expected `with` and a path in Rust behind what is compared".to_string(),
            ));
        };
        let code = trimmed(&text, with + " with ".len()..text.len());
        let what = trimmed(&text, rest..with);
        let system = text[what.clone()].strip_prefix("system ").map(|rest| what.end - rest.len());
        let (name, target) = match (system, text[what.clone()].find(" of ")) {
            (Some(target), _) => (None, target..what.end),
            (None, Some(of)) => (Some(what.start..what.start + of), what.start + of + " of ".len()..what.end),
            (None, None) => return Err(wrong(what, "expected a name, `of` and a system".to_string())),
        };
        let target = trimmed(&text, target);
        if target.is_empty() || code.is_empty() {
            return Err(wrong(whole, "expected a system, and a path in Rust behind `with`".to_string()));
        }
        if !is_path(&text[code.clone()]) {
            let found = &text[code.clone()];
            let message =
                format!("expected a path in Rust such as `my_join` or `lib::join::<u8>`, found `{found}`");
            let mut found = wrong(code, message);
            found[0].help = Some("make it a function in a Rust cell, and write its name".to_string());
            return Err(found);
        }
        let name = name.map(|name| trimmed(&text, name));
        Ok(Asked { text, name, target, code })
    }

    /// What is compared; `None`: a system.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.clone().map(|name| &self.text[name])
    }

    /// Where that stands.
    pub(super) fn place(&self, source: SourceId) -> Span {
        let Range { start, end } = self.name.clone().unwrap_or(self.target.clone());
        Span::new(source, start, end)
    }

    /// The path in Rust.
    pub(super) fn code(&self) -> &str {
        &self.text[self.code.clone()]
    }

    /// Where the path stands in the cell.
    pub(super) fn code_place(&self) -> Range<usize> {
        self.code.clone()
    }

    /// The system with its parameters, and what may go wrong.
    pub(super) fn target(&self, source: SourceId) -> Result<(Target, Vec<CheckOption>), Vec<Diagnostic>> {
        // As a check in the same place.
        let before = " ".repeat(self.target.start.saturating_sub(CHECK.len()));
        let text = format!("{before}{CHECK}{}", &self.text[self.target.clone()]);
        let (cell, found) = syntax::parse(source, &text);
        if found.iter().any(Diagnostic::is_error) {
            return Err(found);
        }
        let mut items = cell.items.into_iter();
        if let (Some(Item::Command(command)), None) = (items.next(), items.next())
            && let CommandKind::Check { target, options } = command.kind
        {
            return Ok((target, options));
        }
        let span = Span::new(source, self.target.start, self.target.end);
        let message = format!("expected a system, found `{}`", &self.text[self.target.clone()]);
        Err(vec![Diagnostic::error(codes::CONFORMS, span, message).help(FORMS)])
    }
}

/// Names with `::` between them, and types between angle brackets.
fn is_path(text: &str) -> bool {
    let mut depth = 0i32;
    let fits = |c: char, depth: &mut i32| {
        match c {
            '<' => *depth += 1,
            '>' => *depth -= 1,
            _ => {}
        }
        let within =
            *depth > 0 && (c.is_whitespace() || matches!(c, ',' | '&' | '\'' | '(' | ')' | '[' | ']' | ';'));
        *depth >= 0 && (within || c.is_alphanumeric() || matches!(c, '_' | ':' | '<' | '>'))
    };
    !text.starts_with(|c: char| c.is_numeric()) && text.chars().all(|c| fits(c, &mut depth)) && depth == 0
}
