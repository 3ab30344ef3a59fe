//! Texts of the tables as Markdown that reads the same everywhere.
//!
//! Enters: what tables say. Leaves: Markdown.

/// A sentence in which pieces of programs stand in backquotes.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        match index % 2 {
            0 => out.push_str(&escaped(part)),
            _ => out.push_str(&code(part)),
        }
    }
    out
}

/// A piece of a program, also in a cell of a table.
pub(super) fn code(text: &str) -> String {
    if text.contains('|') {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        return format!("<code>{}</code>", text.replace('|', "&#124;"));
    }
    format!("`{text}`")
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '|' => out.push_str("&#124;"),
            '*' | '_' | '[' | ']' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// What a help says, as its form and its sentence: `find SYSTEM { P }`, `a run that …`. What follows a colon in capitals
/// belongs to the form: `order NAME: TYPE`.
pub(super) fn form(help: &str) -> (&str, &str) {
    let mut depth = 0;
    for (at, c) in help.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ':' if depth == 0 => match help[at + 1..].strip_prefix(' ') {
                Some(rest) if !rest.starts_with(char::is_uppercase) => return (&help[..at], rest),
                _ => {}
            },
            _ => {}
        }
    }
    if help.ends_with('.') { ("", help) } else { (help, "") }
}

/// A help in a page: its form by itself, then its sentence.
pub(super) fn help(text: &str) -> String {
    match form(text) {
        ("", sentence) => prose(sentence),
        (form, "") => code(form),
        (form, sentence) => format!("{}: {}", code(form), prose(sentence)),
    }
}
