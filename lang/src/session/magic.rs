//! Magics: `%profile` is what people who come from IPython type, meaning the same as the clause; `%interact` says that a
//! reader may move the values of a cell.
//!
//! Enters: the text of a cell. Leaves: the text without it, the checks of the cell with the clause `profile`, the panel of
//! what may be moved.

use super::conform::conforms;
use super::interact::{self, Allowed, Asked};
use super::{CellRef, Completion, CompletionItem, Host, Session};
use crate::analysis::Definitions;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::panel::{MAGIC as INTERACT, Panel};
use crate::span::{SourceId, Span};
use crate::syntax::tree::{Cell, CheckOption, CheckOptionKind, Command, CommandKind, Item};

const PROFILE: &str = "%profile";
const RUST: &str = "%%rust";

/// A cell that begins with a magic.
pub(super) struct Magic {
    /// The cell, with blanks where the magic was: places stay what they are.
    pub rest: String,
    kind: Kind,
    span: Span,
}

enum Kind {
    Profile,
    /// With the values that the author allows; `None`: what is known.
    Interact(Option<Vec<Allowed>>),
}

/// The magic that a cell begins with. Errors: another one, a `!command`, or what is wrong with what the magic says.
pub(super) fn magic(source: SourceId, code: &str) -> Result<Option<Magic>, Vec<Diagnostic>> {
    let start = code.len() - code.trim_start().len();
    let line = code[start..].lines().next().unwrap_or_default();
    if conforms(code) {
        return Err(super::conform::elsewhere(source, code));
    }
    if !line.starts_with(['%', '!']) {
        return Ok(None);
    }
    let word = line.split_whitespace().next().unwrap_or_default();
    let end = start + word.len();
    let known = match word {
        PROFILE => Some(Kind::Profile),
        INTERACT => Some(Kind::Interact(interact::allowed(source, code, (start, end))?)),
        _ => None,
    };
    if let Some(kind) = known {
        let gone = if matches!(kind, Kind::Interact(Some(_))) { start + line.len() } else { end };
        let rest = format!("{}{}{}", &code[..start], " ".repeat(gone - start), &code[gone..]);
        return Ok(Some(Magic { rest, kind, span: Span::new(source, start, end) }));
    }
    let span = Span::new(source, start, start + line.len());
    if word == RUST {
        let d = Diagnostic::error(codes::RUST, span, "Rust cells are run by the kernel of a notebook alone");
        return Err(vec![d.label("a cell in another language").help(
            "open the notebook in Jupyter: neither `reconverge run` nor a cell inside of another runs Rust",
        )]);
    }
    let d = Diagnostic::error(
        codes::NOT_THIS_LANGUAGE,
        span,
        "expected a definition, a command or an expression",
    )
    .label("a command of IPython")
    .help("delete this line: `%interact` and `%profile`, before a check, are the magics of this language");
    Err(vec![d])
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
    let item = |magic: &str| CompletionItem {
        text: magic.to_owned(),
        kind: "magic",
        detail: help(magic).map(str::to_owned),
        docs: None,
        snippet: None,
    };
    let items = [RUST, INTERACT, PROFILE].into_iter().filter(|magic| magic.starts_with(typed)).map(item);
    Some(Completion { start, end: cursor, items: items.collect() })
}

/// What a magic is for.
pub(super) fn help(magic: &str) -> Option<&'static str> {
    match magic {
        PROFILE => Some("where states, bits and time of the checks below go"),
        INTERACT => Some("parameters and faults of the commands below as sliders"),
        RUST => Some("a cell in Rust, with the systems as types"),
        _ => None,
    }
}

/// What is wrong with a cell in which a magic does not stand first.
pub(super) fn late(code: &str, found: &mut [Diagnostic]) {
    for d in found {
        let rest = code.get(d.span.start as usize..).unwrap_or_default();
        if let Some(magic) = [PROFILE, INTERACT, RUST].into_iter().find(|magic| rest.starts_with(magic)) {
            d.message = format!("`{magic}` does not stand first");
            (d.fix, d.label) = (None, None);
            d.help = Some("a magic is the first word of its cell".to_owned());
        }
    }
}

/// `code` without its magic, for questions about a text that is not executed.
pub(super) fn without(code: &str) -> Option<String> {
    magic(SourceId::default(), code).ok().flatten().map(|magic| magic.rest)
}

impl Magic {
    /// Gives every check of the cell the clause that the magic means. Errors: there is none.
    pub(super) fn apply(&self, cell: &mut Cell) -> Option<Diagnostic> {
        if !matches!(self.kind, Kind::Profile) {
            return None;
        }
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

    /// What may be moved in the cell. `definitions`: as they are where the item of that number stands. Errors: nothing, or
    /// nothing of a name that the author allows.
    pub(super) fn panel(
        &self,
        code: &str,
        cell: &Cell,
        definitions: impl Fn(usize) -> Definitions,
    ) -> Result<Option<Panel>, Vec<Diagnostic>> {
        let Kind::Interact(allowed) = &self.kind else { return Ok(None) };
        let items = cell.items.iter().enumerate();
        let commands: Vec<(&Command, Definitions)> = items
            .filter_map(|(index, item)| match item {
                Item::Command(command) => Some((command, definitions(index))),
                Item::System(_) | Item::Extend(_) | Item::Use(_) | Item::UseFile(_) => None,
            })
            .collect();
        let asked = Asked { code, span: self.span, allowed: allowed.as_deref() };
        interact::panel(&asked, &commands).map(Some)
    }
}

impl Session {
    /// What a reader may move in a cell, which is not executed; `None`: nothing, or the cell has errors.
    pub fn panel(&self, cell: CellRef, code: &str, host: &dyn Host) -> Option<Panel> {
        if code.split_whitespace().next() != Some(INTERACT) {
            return None;
        }
        self.clone().prepare(cell, code, host, &mut Vec::new()).ok()?.panel
    }
}
