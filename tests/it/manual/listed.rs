//! Which pages there must be: one for each type of a concept, each command and each code, and where they are listed.
//!
//! Enters: the tables of the language. Leaves: pages by their paths, and the navigation of the site.

use super::Files;
use super::blocks::commands_with_pages;
use super::markdown::prose;
use reconverge_lang::concepts::{ConceptKind, ConceptType};
use reconverge_lang::diag::codes;
use reconverge_lang::words::{Place, Word, at};
use std::path::{Path, PathBuf};

fn pages(rest: &str) -> PathBuf {
    Path::new("pages").join(rest)
}

/// What a type or a command begins with that has no page yet; people go on from there.
pub(super) fn first_pages() -> Files {
    let mut all = Files::new();
    for kind in ConceptKind::ALL {
        for ty in ConceptType::of(kind) {
            let (kind, word) = (kind.word(), ty.word());
            let text = format!("# {word}\n\n<!-- manual: type {kind} {word} -->\n<!-- end -->\n");
            all.insert(pages(&format!("concepts/{kind}/{word}.md")), text);
        }
    }
    for Word { text: word, .. } in commands_with_pages() {
        let mut text = format!("# {word}\n\n<!-- manual: command {word} -->\n<!-- end -->\n");
        if at(Place::Top).iter().any(|command| command.text == word) {
            text += &format!("\n<!-- manual: options {word} -->\n<!-- end -->\n");
        }
        all.insert(pages(&format!("commands/{word}.md")), text);
    }
    all
}

/// A page for each code, without the outputs; and the list of all.
pub(super) fn pages_of_codes() -> Files {
    let mut all = Files::new();
    for code in codes::all() {
        let entry = code.0;
        let mut text = format!("# {}: {}\n\n{}\n", entry.code, prose(entry.title), prose(entry.explanation));
        if !entry.example.is_empty() {
            let example = entry.example;
            text.push_str(&format!(
                "\nThe shortest cell that triggers it:\n\n```reconverge\n{example}\n```\n\n```reconverge-output\n```\n"
            ));
        }
        text.push_str(&beside_files(entry.code).unwrap_or_default());
        text.push_str(&format!(
            "\nIn a terminal: `reconverge explain {}`. [All codes](index.md)\n",
            entry.code
        ));
        all.insert(pages(&format!("errors/{}.md", entry.code)), text);
    }
    let text = "# Error codes\n\nEvery message has a code that stays. Each code has a page: what it means, the shortest \
                cell that triggers it, and what is then shown.\n\n<!-- manual: codes -->\n<!-- end -->\n";
    all.insert(pages("errors/index.md"), text.into());
    all
}

/// The example of a code that takes files beside the cell.
fn beside_files(code: &str) -> Option<String> {
    const LEASE: &str =
        "system Lease {\n  state held: bool = false\n  action take when not held { held := true }\n}";
    const LONGER: &str =
        "system Lease {\n  state held: 0..2 = 0\n  action take when held < 2 { held += 1 }\n}";
    let file = |name: &str, text: &str| format!("\n``` {{ .reconverge title=\"{name}\" }}\n{text}\n```\n");
    let cell = |text: &str| format!("\n```reconverge\n{text}\n```\n\n```reconverge-output\n```\n");
    let parts = match code {
        "E0530" => vec![file("lease.rcv", LEASE), cell("use \"leases.rcv\"")],
        "E0531" => vec![file("lease.rcv", LEASE), cell("use \"../lease.rcv\"")],
        "E0533" => vec![
            file("client.rcv", "use \"server.rcv\""),
            file("server.rcv", "use \"client.rcv\""),
            cell("use \"client.rcv\""),
        ],
        "E0534" => vec![
            file("lease.rcv", LEASE),
            cell("use \"lease.rcv\""),
            "\nThen the file is saved with something else in it, and a cell goes on:\n".to_string(),
            file("lease.rcv", LONGER),
            cell("check Lease"),
        ],
        _ => return None,
    };
    Some(format!("\nWith this beside the notebook:\n{}", parts.concat()))
}

/// The code whose page this is, if it has an example.
pub(super) fn code_with_an_example(path: &Path) -> Option<&'static str> {
    let name = path.strip_prefix("pages/errors").ok()?.file_stem()?.to_str()?;
    let code = codes::all().find(|code| code.0.code == name)?;
    (!code.0.example.is_empty() || beside_files(code.0.code).is_some()).then_some(code.0.code)
}

/// The file of the site with its lists of pages: each stands between `# pages: FOLDER` and `# end`.
pub(super) fn navigation(text: &str, all: &Files) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines() {
        let bare = line.trim();
        if bare == "# end" {
            inside = false;
        }
        if !inside {
            out.push_str(line);
            out.push('\n');
        }
        if let Some(folder) = bare.strip_prefix("# pages: ") {
            inside = true;
            let indent = " ".repeat(line.len() - line.trim_start().len());
            for path in list(folder, all) {
                out.push_str(&format!("{indent}\"{path}\",\n"));
            }
        }
    }
    out
}

/// The pages of a folder: types and commands in the order of their tables, codes by number.
fn list(folder: &str, all: &Files) -> Vec<String> {
    let kind = folder.strip_prefix("concepts/");
    let kind = kind.and_then(|word| ConceptKind::ALL.into_iter().find(|kind| kind.word() == word));
    let names: Vec<String> = match (kind, folder) {
        (Some(kind), _) => ConceptType::of(kind).iter().map(|ty| ty.word().to_string()).collect(),
        (None, "commands") => commands_with_pages().iter().map(|word| word.text.to_string()).collect(),
        (None, _) => {
            let below = all.keys().filter(|path| path.parent() == Some(&pages(folder)));
            let names = below.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
            names.filter(|name| name != "index").collect()
        }
    };
    names.into_iter().map(|name| format!("{folder}/{name}.md")).collect()
}
