//! The text of the crate of the session's systems, a module for each.
//!
//! Enters: that text, as cells have it and as it would be now. Leaves: what is in a module; which systems cells still have as
//! they were.

/// Names of systems with the texts of their modules.
fn modules(library: &str) -> impl Iterator<Item = (&str, &str)> {
    library.split("\npub mod ").skip(1).filter_map(|module| module.split_once(" {\n"))
}

/// What is in a module: each item begins a line.
pub(super) fn names<'l>(library: &'l str, system: &str) -> Vec<&'l str> {
    let body = modules(library).find(|(name, _)| *name == system).map_or("", |(_, body)| body);
    let kinds = ["struct ", "enum ", "trait ", "fn "];
    let item = |line: &'l str| {
        let rest = line.strip_prefix("pub ")?;
        kinds.iter().find_map(|kind| rest.strip_prefix(kind)).map(word)
    };
    let mut names: Vec<&str> = body.lines().filter_map(item).collect();
    // What everybody uses first.
    names.sort_by_key(|name| *name != "State");
    names
}

/// Whether the crate has a system of this name.
pub(super) fn has(library: &str, system: &str) -> bool {
    modules(library).any(|(name, _)| name == system)
}

/// The systems of the crate.
pub(super) fn systems(library: &str) -> Vec<&str> {
    modules(library).map(|(name, _)| name).collect()
}

/// What is said where cells have other types than there would be now; empty: they are the same.
pub(super) fn stale(written: &str, library: &str) -> String {
    let other = |(name, body): &(&str, &str)| {
        modules(library).find(|(known, _)| known == name).is_some_and(|(_, now)| text(now) != text(body))
    };
    let names: Vec<String> = modules(written).filter(other).map(|(name, _)| format!("`{name}`")).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "Rust cells still have {} as it was before: the next cell that names `reconverge::` takes what it is now, and \
         variables of its types are lost then.\n",
        names.join(", ")
    )
}

/// Without what describes the next module.
fn text(body: &str) -> &str {
    body.rsplit_once("\n}").map_or(body, |(text, _)| text)
}

pub(super) fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}
