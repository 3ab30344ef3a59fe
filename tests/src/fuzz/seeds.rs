//! Programs to begin with: those of this repository.
//!
//! Enters: suite, manual and mappings. Leaves: texts of one system each, with the cells that are about it.

use super::{BREAK, systems};
use crate::literate::{Piece, pieces};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Names and texts of the bundled mappings.
pub(super) fn library() -> Vec<(String, String)> {
    reconverge_kernel::library::mappings()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files with an ending of a folder, by name.
pub(super) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|e| e == ending));
    found.sort();
    found
}

/// All of them, always in the same order.
pub(super) fn seeds() -> &'static [String] {
    static SEEDS: OnceLock<Vec<String>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder above");
        let mut texts: Vec<PathBuf> = files(&root.join("tests/suite"), "md");
        texts.push(root.join("lang/REFERENCE.md"));
        let mut seeds: Vec<String> = texts.iter().flat_map(|path| programs(&read(path))).collect();
        let plain = ["lang/tests/data", "benches/models", "notebooks/mappings"];
        let files = plain.iter().flat_map(|folder| files(&root.join(folder), "rcv"));
        seeds.extend(files.map(|path| read(&path)));
        assert!(seeds.len() > 300, "only {} programs", seeds.len());
        seeds
    })
}

/// The cells of a literate file: one that defines a system begins a program, what follows belongs to it.
fn programs(text: &str) -> Vec<String> {
    let mut programs: Vec<String> = Vec::new();
    for piece in pieces(text) {
        let Piece::Cell(code) = piece else { continue };
        match programs.last_mut() {
            Some(last) if systems(&code).is_empty() && !last.is_empty() => {
                last.push_str(BREAK.trim_start());
                last.push_str(&code);
            }
            _ => programs.push(code),
        }
    }
    programs
}
