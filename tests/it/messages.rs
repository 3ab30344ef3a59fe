//! What diagnostics offer: every piece of a program in a help, and every edit, in everything that is written anywhere.
//!
//! Enters: the programs of the suite, the reference, the manual, the README, the notebooks, the tests of the language and the examples
//! of codes, and the words of other languages. Leaves: failures that show what does not read as a program, and mistakes
//! that are still there after the edit that was offered for them.

use reconverge_lang::diag::{Diagnostic, codes};
use reconverge_lang::session::{CellRef, Session};
use reconverge_lang::words::foreign_words;
use std::fs;
use std::path::Path;
use walkdir::WalkDir;

#[path = "../../lang/tests/support/offers.rs"]
mod offers;

/// What a cell says without being explored, after the cells before it.
fn said(session: &mut Session, number: usize, code: &str) -> Vec<Diagnostic> {
    session.define(CellRef { id: None, name: format!("cell {number}") }, code, &crate::hosts::machine())
}

fn fresh() -> Session {
    Session::new(reconverge_kernel::library::mappings())
}

/// The blocks of a Markdown file that hold programs.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match (&mut open, line.trim_end()) {
            (None, "```reconverge" | "```rcv") => open = Some(String::new()),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), _) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

/// The cells of a notebook.
fn cells(text: &str) -> Vec<String> {
    let notebook: serde_json::Value = serde_json::from_str(text).unwrap();
    let code = notebook["cells"].as_array().unwrap().iter().filter(|cell| cell["cell_type"] == "code");
    code.map(|cell| {
        let lines = cell["source"].as_array().unwrap().iter();
        lines.map(|line| line.as_str().unwrap()).collect()
    })
    .collect()
}

/// Every session that is written down: its name, its cells.
fn sessions() -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folders =
        ["lang/tests", "lang/REFERENCE.md", "tests/suite", "notebooks", "manual/pages", "README.md"];
    let files = folders.iter().flat_map(|folder| WalkDir::new(root.join(folder)).sort_by_file_name());
    let mut all = Vec::new();
    for path in files.map(|entry| entry.unwrap().into_path()) {
        let programs = match path.extension().and_then(|e| e.to_str()) {
            Some("md") => blocks(&fs::read_to_string(&path).unwrap()),
            Some("ipynb") => cells(&fs::read_to_string(&path).unwrap()),
            Some("rcv") => vec![fs::read_to_string(&path).unwrap()],
            _ => continue,
        };
        all.push((path.file_name().unwrap().to_string_lossy().into_owned(), programs));
    }
    for code in codes::all() {
        all.push((format!("the example of {code}"), vec![code.0.example.to_string()]));
    }
    all
}

#[test]
fn what_is_offered_reads_as_a_program() {
    let mut wrong = Vec::new();
    for (name, programs) in sessions() {
        let mut session = fresh();
        for (number, code) in programs.iter().enumerate() {
            let found = said(&mut session, number + 1, code);
            let offers = offers::wrong(&found, session.sources());
            wrong.extend(offers.into_iter().map(|w| format!("{name}, {}: {w}", number + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_edit_that_is_offered_mends_what_it_is_offered_for() {
    let mut wrong = Vec::new();
    let mut offered = 0;
    for (name, programs) in sessions() {
        for (number, code) in programs.iter().enumerate() {
            let mut session = fresh();
            let found = said(&mut session, 1, code);
            let place = format!("{name}, {}", number + 1);
            for d in &found {
                let Some(text) = offers::mended(d, session.sources()) else { continue };
                offered += 1;
                let at = |other: &&Diagnostic| other.code == d.code && other.span.start == d.span.start;
                if let Some(left) = said(&mut fresh(), 1, &text).iter().find(at) {
                    wrong.push(format!(
                        "{place}: still {}: {}, after the edit:\n{text}",
                        left.code, left.message
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(offered > 50, "{offered} edits");
}

#[test]
fn what_is_written_instead_of_a_foreign_word_is_a_piece_of_a_program() {
    let mut wrong = Vec::new();
    for (place, entry) in foreign_words() {
        let args: Vec<&str> = ["a", "b", "c"].into_iter().take(entry.arguments()).collect();
        let text = entry.with(&args).unwrap_or_default();
        let words = entry.words();
        let pieces = offers::quoted(&words).filter(|piece| !piece.contains('$'));
        for piece in pieces.chain([text.as_str()].into_iter().filter(|text| !text.is_empty())) {
            if !offers::is_fragment(piece) {
                wrong.push(format!("{}: `{piece}`", place.word()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
