//! `%profile`, the one magic: what people who come from IPython type, meaning the same as the clause.
//!
//! Enters: the text of a cell. Leaves: the text without it, and the checks of the cell with the clause `profile`.

use super::{Completion, CompletionItem};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::span::{SourceId, Span};
use crate::syntax::tree::{Cell, CheckOption, CheckOptionKind, CommandKind, Item};

const PROFILE: &str = "%profile";
const RUST: &str = "%%rust";
const CONFORM: &str = "conform ";

/// A cell that begins with `%profile`.
pub(super) struct Magic {
    /// The cell, with blanks where the magic was: places stay what they are.
    pub rest: String,
    span: Span,
}

/// The magic that a cell begins with. Errors: another one, or a `!command`.
pub(super) fn magic(source: SourceId, code: &str) -> Result<Option<Magic>, Box<Diagnostic>> {
    let start = code.len() - code.trim_start().len();
    let line = code[start..].lines().next().unwrap_or_default();
    let compares = line.starts_with(CONFORM) && line.contains(" of ") && line.contains(" with ");
    if compares {
        let span = Span::new(source, start, start + CONFORM.trim_end().len());
        let d = Diagnostic::error(
            codes::RUST,
            span,
            "a function in Rust is compared by the kernel of a notebook alone",
        );
        return Err(Box::new(
            d.label("`conform` stands in a cell of its own")
                .help("open the notebook in Jupyter, where the function stands in a cell in Rust"),
        ));
    }
    if !line.starts_with(['%', '!']) {
        return Ok(None);
    }
    let word = line.split_whitespace().next().unwrap_or_default();
    if word == PROFILE {
        let (before, after) = (&code[..start], &code[start + word.len()..]);
        let rest = format!("{before}{}{after}", " ".repeat(word.len()));
        return Ok(Some(Magic { rest, span: Span::new(source, start, start + word.len()) }));
    }
    let span = Span::new(source, start, start + line.len());
    if word == RUST {
        let d = Diagnostic::error(codes::RUST, span, "Rust cells are run by the kernel of a notebook alone");
        return Err(Box::new(d.label("a cell in another language").help(
            "open the notebook in Jupyter: neither `reconverge run` nor a cell inside of another runs Rust",
        )));
    }
    let d = Diagnostic::error(
        codes::NOT_THIS_LANGUAGE,
        span,
        "expected a definition, a command or an expression",
    )
    .label("a command of IPython")
    .help("delete this line: `%profile`, before a check, is the only magic in a cell of this language");
    Err(Box::new(d))
}

/// The magics that begin as the first line does, where the cursor is in its first word. A cell in Rust has nothing else.
pub(super) fn offered(code: &str, cursor: usize) -> Option<Completion> {
    let start = code.len() - code.trim_start().len();
    let line = code[start..].lines().next().unwrap_or_default();
    let word = line.split_whitespace().next().unwrap_or_default();
    if !line.starts_with('%') {
        return None;
    }
    if cursor < start || cursor > start + word.len() {
        let nothing = Completion { start: cursor, end: cursor, items: Vec::new() };
        return (word == RUST).then_some(nothing);
    }
    let typed = &code[start..cursor];
    let help = |magic: &str| match magic {
        PROFILE => "where states, bits and time of the checks below go",
        _ => "a cell in Rust, with the systems as types",
    };
    let item = |magic: &str| CompletionItem {
        text: magic.to_owned(),
        kind: "magic",
        detail: Some(help(magic).to_owned()),
        docs: None,
        snippet: None,
    };
    let items = [RUST, PROFILE].into_iter().filter(|magic| magic.starts_with(typed)).map(item);
    Some(Completion { start, end: cursor, items: items.collect() })
}

/// `code` without `%profile`, for questions about a text that is not executed.
pub(super) fn without(code: &str) -> Option<String> {
    magic(SourceId::default(), code).ok().flatten().map(|magic| magic.rest)
}

impl Magic {
    /// Gives every check of the cell the clause. Errors: there is none.
    pub(super) fn apply(&self, cell: &mut Cell) -> Option<Diagnostic> {
        let mut checks = 0;
        for item in &mut cell.items {
            let Item::Command(command) = item else { continue };
            let CommandKind::Check { options, .. } = &mut command.kind else { continue };
            options.insert(0, CheckOption { kind: CheckOptionKind::Profile, span: self.span });
            checks += 1;
        }
        if checks > 0 {
            return None;
        }
        let d = Diagnostic::error(
            codes::NOT_THIS_LANGUAGE,
            self.span,
            "expected a check in this cell, found none",
        );
        Some(d.help("write `%profile check SYSTEM`, which means `check SYSTEM profile`"))
    }
}
