//! Help as notebooks of other languages ask for it: `NAME ?`, `? NAME`, `NAME??`, `SYSTEM.NAME?`, `%interact?`.
//!
//! Enters: the text of a cell. Leaves: what it asks about, where that is all it has. `?NAME` and `NAME?`, which may stand
//! among other things, are commands.

/// What a cell asks about.
pub(super) struct Asked<'t> {
    /// What stands before the last dot.
    pub of: Option<&'t str>,
    pub name: &'t str,
    /// Where the name begins.
    pub at: usize,
}

/// `None`: it does something else.
pub(super) fn asked(code: &str) -> Option<Asked<'_>> {
    let text = code.trim();
    let whole = text.trim_matches('?').trim();
    let marks = text.starts_with('?') || text.ends_with('?');
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let named =
        !whole.is_empty() && !whole.ends_with('.') && whole.trim_start_matches('%').chars().all(is_part);
    let command = [format!("?{whole}"), format!("{whole}?")].iter().any(|command| command == text);
    if !marks || !named || command && !whole.contains(['.', '%']) {
        return None;
    }
    let at = code.find(whole)?;
    Some(match whole.rsplit_once('.') {
        Some((of, name)) => Asked { of: Some(of), name, at: at + of.len() + 1 },
        None => Asked { of: None, name: whole, at },
    })
}
