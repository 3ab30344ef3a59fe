//! The manual: its pages are executed, and what they show is what came out.
//!
//! Enters: `manual/pages/`, the tables of the language, the program. Leaves: failures that show the first line that is
//! otherwise. `RECONVERGE_BLESS=1` writes what came out: outputs, pictures, tables, whole pages of codes, and a first
//! page for a command or a type that has none.
//!
//! A page is a session and each fenced `reconverge` block a cell of it; the `reconverge-output` block after it is what the cell
//! shows in a terminal; a fenced block with a title is a file beside it. What stands between `<!-- manual: … -->` and `<!-- end -->` is made by `blocks`.

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::{Report, Verdict};
use reconverge_lang::session::{CellRef, Host, Outcome, Session, Unread};
use reconverge_lang::view::{self, Theme};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

mod blocks;
mod listed;
mod markdown;

/// What is written by the tests: texts by their paths below `manual/`.
type Files = BTreeMap<PathBuf, String>;

fn manual() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("manual")
}

/// A piece of a page; the pieces joined are the page.
enum Piece {
    /// Everything else, fences and marks included.
    Prose(String),
    Cell(String),
    Output(String),
    /// What stands after a mark, and what the mark asks for.
    Block {
        asked: String,
        body: String,
    },
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = vec![Piece::Prose(String::new())];
    let mut other_fence = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let ends = match pieces.last() {
            Some(Piece::Cell(_) | Piece::Output(_)) => bare == "```",
            Some(Piece::Block { .. }) => bare == "<!-- end -->",
            _ => false,
        };
        if ends {
            pieces.push(Piece::Prose(line.to_string()));
            continue;
        }
        let inside = !matches!(pieces.last(), Some(Piece::Prose(_)));
        if let Some(Piece::Prose(t) | Piece::Cell(t) | Piece::Output(t) | Piece::Block { body: t, .. }) =
            pieces.last_mut()
        {
            t.push_str(line);
        }
        let asked = bare.strip_prefix("<!-- manual: ").and_then(|rest| rest.strip_suffix(" -->"));
        match bare {
            _ if inside => {}
            "```reconverge" if !other_fence => pieces.push(Piece::Cell(String::new())),
            "```reconverge-output" if !other_fence => pieces.push(Piece::Output(String::new())),
            _ if bare.starts_with("```") => other_fence = !other_fence,
            _ => pieces.extend(asked.map(|asked| Piece::Block { asked: asked.into(), body: String::new() })),
        }
    }
    pieces
}

/// A host without anything of a machine but the files that a page shows: what it says is the same everywhere.
#[derive(Default)]
struct Bare {
    files: BTreeMap<String, String>,
}

impl Bare {
    /// Takes in the files that stand in a piece of a page: a fenced block with `title="lease.rcv"`. One that stands
    /// there again is what it has become.
    fn reads(&mut self, prose: &str) {
        let mut lines = prose.lines();
        while let Some(line) = lines.next() {
            let name =
                line.strip_prefix("``` { .reconverge title=\"").and_then(|rest| rest.strip_suffix("\" }"));
            let Some(name) = name else { continue };
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            self.files.insert(name.to_string(), text.join("\n") + "\n");
        }
    }
}

impl Observer for Bare {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Bare {
    fn threads(&self) -> usize {
        2
    }

    fn read(&self, path: &str) -> Result<String, Unread> {
        if self.files.is_empty() {
            return Err(Unread::Otherwise("there is no disk here".to_string()));
        }
        if path.starts_with("..") {
            return Err(Unread::Outside);
        }
        self.files.get(path).cloned().ok_or(Unread::Missing)
    }
}

/// What a cell shows in a terminal, and its reports.
fn shown(session: &mut Session, host: &Bare, number: usize, code: &str) -> (String, Vec<Report>) {
    let mut reports = Vec::new();
    let mut texts = Vec::new();
    let cell = CellRef { id: None, name: format!("cell {number}") };
    let outcome = session.execute(cell, code, host, &mut |output| {
        texts.push(view::text(&output.report, &output.sources).trim_end().to_string());
        reports.push(output.report);
    });
    match outcome {
        Outcome::Done { warnings } => texts.push(view::diagnostics_text(&warnings, session.sources())),
        Outcome::Failed(failure) => {
            texts.push(view::diagnostics_text(&failure.diagnostics, &failure.sources))
        }
        Outcome::Interrupted => texts.push("interrupted".into()),
    }
    texts.retain(|text| !text.trim().is_empty());
    let text = texts.join("\n\n");
    // Lines end where their words end.
    let lines = text.trim_end().lines().map(|line| format!("{}\n", line.trim_end()));
    (lines.collect(), reports)
}

/// The pictures of a cell, light and dark, as lines of a page that is so many folders down.
fn picture(name: &str, depth: usize, reports: &[Report], files: &mut Files) -> String {
    let report = reports.iter().rev().find(|report| view::svg(report, Theme::Light).is_some());
    let report = report.unwrap_or_else(|| panic!("{name}: nothing in the cell before is a picture"));
    let themes = [("light", Theme::Light), ("dark", Theme::Dark)];
    let mut lines = String::new();
    for (word, theme) in themes {
        let svg = view::svg(report, theme).unwrap();
        let title = svg.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
        let title = title.replace(['[', ']'], "");
        let file = format!("pictures/{name}-{word}.svg");
        lines.push_str(&format!("![{title}]({}{file}#only-{word})\n", "../".repeat(depth)));
        let twice = files.insert(Path::new("pages").join(&file), svg);
        assert!(twice.is_none(), "two pictures are called {name}");
    }
    lines
}

/// What a page of a type must show: a member of the type that is broken, and one that holds.
fn shows_both(path: &Path, reports: &[Report]) {
    let word = path.file_stem().unwrap().to_string_lossy();
    let findings = reports.iter().filter_map(|report| match report {
        Report::Check(check) => Some(&check.findings),
        _ => None,
    });
    let of_type = findings.flatten().filter(|finding| finding.types.iter().any(|ty| *ty == word));
    let verdicts: Vec<_> = of_type.map(|finding| &finding.verdict).collect();
    let broken = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Violated { .. }));
    let holds = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Holds { .. }));
    assert!(broken && holds, "{}: a mapping that breaks it, and one that keeps it", path.display());
}

/// A page as it is to be.
fn page(path: &Path, text: &str, files: &mut Files) -> String {
    let mut session = Session::new(reconverge_kernel::library::mappings());
    let mut host = Bare::default();
    let (mut number, mut answer, mut reports, mut all) = (0, String::new(), Vec::new(), Vec::new());
    let mut out = String::new();
    let depth = path.components().count() - 2;
    for piece in pieces(text) {
        match piece {
            Piece::Prose(text) => {
                host.reads(&text);
                out.push_str(&text);
            }
            Piece::Cell(code) => {
                assert!(answer.is_empty(), "{}: cell {number} shows something:\n{answer}", path.display());
                number += 1;
                (answer, reports) = shown(&mut session, &host, number, &code);
                all.extend(reports.iter().cloned());
                out.push_str(&code);
            }
            Piece::Output(_) => out.push_str(&std::mem::take(&mut answer)),
            Piece::Block { asked, .. } => match asked.strip_prefix("picture ") {
                Some(name) => out.push_str(&picture(name, depth, &reports, files)),
                None => out.push_str(&blocks::block(&asked, &path.display().to_string())),
            },
        }
    }
    assert!(answer.is_empty(), "{}: cell {number} shows something:\n{answer}", path.display());
    let of_a_type = path.starts_with("pages/concepts") && depth == 2 && !path.ends_with("index.md");
    if of_a_type {
        shows_both(path, &all);
    }
    out
}

fn below(folder: &str, extension: &str) -> Files {
    let files = walkdir::WalkDir::new(manual().join(folder)).sort_by_file_name();
    files
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| (path.strip_prefix(manual()).unwrap().to_path_buf(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// Everything that is written by the tests, as it is to be, and as it is.
fn files() -> (Files, Files) {
    let config = PathBuf::from("zensical.toml");
    let mut found = below("pages", "md");
    let mut wanted = Files::new();
    let mut sources = found.clone();
    sources.retain(|path, _| !path.starts_with("pages/errors"));
    for (path, text) in listed::first_pages() {
        sources.entry(path).or_insert(text);
    }
    for (path, text) in sources.into_iter().chain(listed::pages_of_codes()) {
        let text = page(&path, &text, &mut wanted);
        if let Some(code) = listed::code_with_an_example(&path) {
            let said = [format!("[{code}]"), format!(" {code}: ")];
            assert!(said.iter().any(|said| text.contains(said)), "the example of {code} does not trigger it");
        }
        wanted.insert(path, text);
    }
    // The site cannot show what lies outside of its folder.
    let logo = PathBuf::from("pages/logo.svg");
    wanted.insert(logo.clone(), include_str!("../../kernel/assets/logo-svg.svg").into());
    found.extend(fs::read_to_string(manual().join(&logo)).map(|text| (logo, text)));
    let nav = fs::read_to_string(manual().join(&config)).unwrap();
    wanted.insert(config.clone(), listed::navigation(&nav, &wanted));
    found.insert(config, nav);
    found.extend(below("pages/pictures", "svg"));
    (wanted, found)
}

#[test]
fn the_manual_shows_what_comes_out() {
    let bless = std::env::var_os("RECONVERGE_BLESS").is_some();
    let _alone = bless.then(|| crate::REWRITING.lock().unwrap());
    let (wanted, found) = files();
    let mut wrong = Vec::new();
    for (path, text) in &wanted {
        let old = found.get(path).map_or("", String::as_str);
        if old == text {
            continue;
        }
        if bless {
            let path = manual().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        } else {
            let number = (0..).find(|n| old.lines().nth(*n) != text.lines().nth(*n)).unwrap();
            let line = |text: &str| {
                text.lines().nth(number).unwrap_or("(end)").chars().take(200).collect::<String>()
            };
            wrong.push(format!(
                "manual/{}:{}:\n  written  {}\n  came out {}",
                path.display(),
                number + 1,
                line(old),
                line(text)
            ));
        }
    }
    for path in found.keys().filter(|path| !wanted.contains_key(*path)) {
        if bless {
            fs::remove_file(manual().join(path)).unwrap();
        } else {
            wrong.push(format!("manual/{}: nothing asks for it", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\n(RECONVERGE_BLESS=1 writes what came out)", wrong.join("\n"));
}
