//! The literate language suite: programs with the answers that they must get, beside them.
//!
//! Enters: `tests/suite/*.md`, the reference manual and the README. Leaves: failures that show the answer expected and the answer found.
//!
//! A file is a session and each fenced `reconverge` block a cell of it. An `expect` block after a cell is what the cell
//! must answer, in the short form that `summary` writes; a cell without one must do without errors and say nothing.
//! `RECONVERGE_BLESS=1` rewrites the expectations; the difference is then reviewed as behaviour.

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, Execution, Host, Session};
use reconverge_tests::literate::{Piece, pieces};
use std::fs;
use std::path::{Path, PathBuf};

mod compared;
mod explored;
mod refined;
mod schema;
mod summary;
mod typed;
mod variants;

/// Never interrupts.
pub(crate) struct Quiet {
    threads: usize,
    execution: Execution,
    reductions: bool,
}

/// What no answer may depend on. The first is what expectations are written with.
const WAYS: [Quiet; 4] = [
    Quiet { threads: 2, execution: Execution::Automatic, reductions: true },
    Quiet { threads: 1, execution: Execution::Portable, reductions: true },
    Quiet { threads: 4, execution: Execution::Native, reductions: true },
    Quiet { threads: 2, execution: Execution::Automatic, reductions: false },
];

impl Observer for Quiet {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Quiet {
    fn threads(&self) -> usize {
        self.threads
    }

    fn execution(&self) -> Execution {
        self.execution
    }

    fn reductions(&self) -> bool {
        self.reductions
    }
}

impl Quiet {
    /// The first way.
    pub(crate) fn new() -> Quiet {
        let [first, ..] = WAYS;
        first
    }

    /// What of a file must be the same this way: without reductions, all but which of several nodes takes a step.
    fn same(&self, text: &str) -> String {
        let left_out = |line: &str| {
            let line = line.trim_start();
            let numbered = line.split_once(". ").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
            line.starts_with("broken: ") || line.starts_with("made smaller by ") || numbered
        };
        let lines = text.lines().filter(|line| self.reductions || !left_out(line));
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// Runs every cell of a file, and shows what came of it: the session after the cell, its text and its reports.
fn cells(path: &Path, way: &Quiet, seen: &mut dyn FnMut(&Session, &str, &[Report])) {
    let text = fs::read_to_string(path).unwrap();
    let mut session = Session::new(reconverge_kernel::library::mappings());
    for (number, piece) in pieces(&text).iter().enumerate() {
        let Piece::Cell(code) = piece else { continue };
        let mut reports = Vec::new();
        let cell = CellRef { id: None, name: format!("piece {number}") };
        session.execute(cell, code, way, &mut |output| reports.push(output.report));
        seen(&session, code, &reports);
    }
}

/// Runs every cell of a file; returns the file with the expectations as they came out.
fn answered(path: &Path, way: &Quiet) -> String {
    let text = fs::read_to_string(path).unwrap();
    let mut session = Session::new(reconverge_kernel::library::mappings());
    let mut pieces = pieces(&text);
    let mut answer = String::new();
    let mut number = 0;
    for index in 0..pieces.len() {
        match &pieces[index] {
            Piece::Prose(_) => {}
            Piece::Cell(code) => {
                number += 1;
                let cell = CellRef { id: None, name: format!("cell {number}") };
                let mut reports = Vec::new();
                let outcome = session.execute(cell, code, way, &mut |output| reports.push(output.report));
                answer = summary::summary(code, &reports, &outcome);
                let followed = pieces[index + 1..]
                    .iter()
                    .find(|p| !matches!(p, Piece::Prose(_)))
                    .is_some_and(|p| matches!(p, Piece::Expect(_)));
                let place = path.file_name().unwrap().to_string_lossy();
                assert!(
                    followed || answer.is_empty(),
                    "{place}: cell {number} has an answer and no ```expect block after it:\n{answer}"
                );
            }
            Piece::Expect(_) => pieces[index] = Piece::Expect(std::mem::take(&mut answer)),
        }
    }
    pieces.into_iter().map(|(Piece::Prose(t) | Piece::Cell(t) | Piece::Expect(t))| t).collect()
}

pub(crate) fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "md"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    files.extend([root.join("lang/REFERENCE.md"), root.join("README.md")]);
    files.sort();
    files
}

/// The first lines in which two texts differ.
pub(crate) fn difference(expected: &str, found: &str) -> String {
    let (mut old, mut new) = (expected.lines(), found.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (None, None) => return String::new(),
            (a, b) if a == b => {}
            (a, b) => {
                let or_end = |line: Option<&str>| line.unwrap_or("(end)").to_string();
                return format!("line {number}:\n  expected {}\n  found    {}", or_end(a), or_end(b));
            }
        }
    }
}

#[test]
fn every_program_gets_its_expected_answer() {
    let bless = std::env::var_os("RECONVERGE_BLESS").is_some();
    let _alone = bless.then(|| crate::REWRITING.lock().unwrap());
    let files = files();
    assert!(!files.is_empty(), "no suite");
    let mut wrong = Vec::new();
    for path in &files {
        let expected = fs::read_to_string(path).unwrap();
        let differs =
            |way: &Quiet| Some(answered(path, way)).filter(|found| way.same(found) != way.same(&expected));
        // Blessing is for the first way: the others must agree with it.
        let ways = if bless { &WAYS[..1] } else { &WAYS };
        let Some((way, found)) = ways.iter().enumerate().find_map(|(n, way)| Some((n, differs(way)?))) else {
            continue;
        };
        if bless {
            fs::write(path, found).unwrap();
        } else {
            let name = path.file_name().unwrap().to_string_lossy().to_string();
            let (expected, found) = (WAYS[way].same(&expected), WAYS[way].same(&found));
            wrong.push(format!("{name}, way {way}, {}", difference(&expected, &found)));
        }
    }
    assert!(wrong.is_empty(), "{}\n(RECONVERGE_BLESS=1 takes what was found as expected)", wrong.join("\n"));
}
