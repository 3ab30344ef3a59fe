//! `use "lease.rcv"`: the systems of a file of one's own.
//!
//! Enters: a path, and the host that reads it. Leaves: the session with what the file defines, and what the files that it uses
//! define; commands in it are not executed. A file counts as a cell of its own: using it again replaces what it gave. Paths
//! in a file are relative to its own folder.

use super::define::{system, system_name, used_below};
use super::{Host, LONGEST_CELL, Session, Unread};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::DefinedReport;
use crate::span::Span;
use crate::syntax;
use crate::syntax::tree::{Cell, Item, Text};
use std::sync::Arc;

/// Files use each other no deeper than this.
const DEEPEST: usize = 32;

/// A file as it was when it was used.
#[derive(Debug)]
pub(super) struct Used {
    /// From the folder of the notebook.
    pub(super) path: String,
    text: String,
    /// Where it was used.
    span: Span,
    /// The text that was found in it since, once it was told of.
    told: Option<Result<String, Unread>>,
}

/// A file on the way in: those that use it, and what is shown of all.
struct Reading<'r> {
    host: &'r dyn Host,
    report: &'r mut DefinedReport,
    found: &'r mut Vec<Diagnostic>,
    /// The paths of the files that are being read, the outermost first.
    within: Vec<String>,
    /// Those that were read for this cell.
    done: Vec<String>,
}

impl Session {
    /// Brings in what a file defines.
    pub(super) fn use_file(
        &mut self,
        path: &Text,
        host: &dyn Host,
        report: &mut DefinedReport,
        found: &mut Vec<Diagnostic>,
    ) {
        let mut reading = Reading { host, report, found, within: Vec::new(), done: Vec::new() };
        let before = reading.found.len();
        let Some(first) = self.read(path, &mut reading) else { return };
        if !reading.found[before..].iter().any(Diagnostic::is_error) {
            self.subject = self.target(&first).or(self.subject.take());
            self.run = None;
        }
    }

    /// The name of the first system of a file.
    fn read(&mut self, path: &Text, reading: &mut Reading<'_>) -> Option<String> {
        let place = joined(reading.within.last().map(String::as_str), &path.value);
        if reading.within.contains(&place) || reading.within.len() >= DEEPEST {
            reading.found.push(circle(path, &place, &reading.within));
            return None;
        }
        if place.is_empty() || place.ends_with(".ipynb") {
            reading.found.push(no_program(path, &place));
            return None;
        }
        let text = match reading.host.read(&place) {
            Ok(text) => text,
            Err(why) => {
                reading.found.push(unread(path, &place, &why));
                return None;
            }
        };
        if text.len() > LONGEST_CELL {
            reading.found.push(unread(path, &place, &Unread::TooLong(text.len() as u64)));
            return None;
        }
        let source = self.sources.add(place.as_str(), text.as_str());
        let (tree, problems) = syntax::parse(source, &text);
        let sound = !problems.iter().any(Diagnostic::is_error);
        reading.found.extend(problems);
        if sound && tree.items.iter().all(|item| matches!(item, Item::Command(_))) {
            reading.found.push(nothing(path, &place, &tree));
            return None;
        }
        let first = tree.items.iter().find_map(system_name).map(str::to_owned);
        if !sound || reading.done.contains(&place) {
            return first;
        }
        let before = reading.found.len();
        reading.within.push(place.clone());
        for (at, item) in tree.items.iter().enumerate() {
            let before = reading.report.systems.len();
            match item {
                Item::Use(name) => self.bring_in(name, reading.report, reading.found),
                Item::UseFile(path) => drop(self.read(path, reading)),
                Item::System(_) | Item::Extend(_) | Item::Command(_) => {}
            }
            reading.found.extend(used_below(&tree.items[..=at], &reading.report.systems[before..]));
        }
        reading.within.pop();
        if reading.found[before..].iter().any(Diagnostic::is_error) {
            // What it makes of what is not there says nothing.
            return first;
        }
        self.take_file(&place, &text, &tree, reading);
        reading.done.push(place.clone());
        self.files.retain(|known| known.path != place);
        self.files.push(Arc::new(Used { path: place, text, span: path.span, told: None }));
        first
    }

    fn take_file(&mut self, place: &str, text: &str, tree: &Cell, reading: &mut Reading<'_>) {
        let key = format!("use \"{place}\"");
        let names: Vec<&str> = tree.items.iter().filter_map(system_name).collect();
        let same = |used: &Arc<Used>| used.path == place && used.text == text;
        if self.holds(&key, &names) && self.files.iter().any(same) {
            let programs = names.iter().filter_map(|n| self.program_of(n));
            reading.report.systems.extend(programs.map(|p| system(&p, &p.name, "already here")));
            return;
        }
        self.take_in(&key, tree, reading.report, reading.found);
    }

    /// Files that are not any more what they were when they were used: each change is told of once.
    pub(super) fn changed_files(&mut self, host: &dyn Host) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for used in &mut self.files {
            let now = host.read(&used.path);
            let same = now.as_ref().is_ok_and(|text| *text == used.text);
            if same || used.told.as_ref() == Some(&now) {
                continue;
            }
            let Used { path, text, span, .. } = &**used;
            let (what, help) = match &now {
                Ok(_) => ("has changed", "run the cell that uses it again to bring in what it says now"),
                Err(_) => ("is gone", "put it back before its cell is run again, or take its `use` out"),
            };
            let words = format!("{path} {what} since it was used: what it defined then still counts");
            found.push(Diagnostic::warning(codes::FILE_CHANGED, *span, words).help(help));
            *used = Arc::new(Used { path: path.clone(), text: text.clone(), span: *span, told: Some(now) });
        }
        found
    }
}

/// A path in a file, from the folder of the notebook: `a/../b` is `b`.
fn joined(from: Option<&str>, path: &str) -> String {
    let path = path.replace('\\', "/");
    if path.starts_with('/') || path.get(1..2) == Some(":") {
        return path;
    }
    let folder = from.and_then(|from| from.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// A path that leads to no program.
fn no_program(path: &Text, place: &str) -> Diagnostic {
    if place.is_empty() {
        let words = match path.value.trim() {
            "" => "the path of the file is missing".to_string(),
            folder => format!("{folder} is a folder, not a file"),
        };
        return Diagnostic::error(codes::FILE_MISSING, path.span, words)
            .help("write `use \"lease.rcv\"`, with the name of your file");
    }
    Diagnostic::error(codes::FILE_UNREAD, path.span, format!("{place} is a notebook, not a program")).help(
        "put the systems that several notebooks need into a file such as `lease.rcv`, and `use` that in each",
    )
}

/// A file that defines nothing.
fn nothing(path: &Text, place: &str, tree: &Cell) -> Diagnostic {
    let words = format!("{place} defines no system, so that there is nothing to use");
    let d = Diagnostic::error(codes::FILE_UNREAD, path.span, words);
    match tree.items.first() {
        None => d.help("a file that is used has systems: `system NAME { … }`"),
        Some(_) => d.help("it has commands, which only run in the file itself: `reconverge run`"),
    }
}

fn circle(path: &Text, place: &str, within: &[String]) -> Diagnostic {
    let round: Vec<&str> = within.iter().map(String::as_str).chain([place]).collect();
    let words = match within.iter().any(|known| known == place) {
        true => format!("{place} uses itself"),
        false => format!("files use each other more than {DEEPEST} deep"),
    };
    let shown = round.iter().skip(round.len().saturating_sub(6)).copied().collect::<Vec<_>>();
    Diagnostic::error(codes::FILE_CYCLE, path.span, words)
        .label(format!("the circle: {}", shown.join(" uses ")))
        .help("put what both need into a file of its own")
}

fn unread(path: &Text, place: &str, why: &Unread) -> Diagnostic {
    let error = |code, words: String| Diagnostic::error(code, path.span, words);
    match why {
        Unread::Missing => {
            let d = error(codes::FILE_MISSING, format!("there is no file {place}"));
            let bundled = !path.value.contains(['.', '/']);
            d.help(match bundled {
                true => "a bundled mapping has a name without quotes, as in `use kafka`",
                false => "paths begin at the folder of the notebook, or of the file in which they stand",
            })
        }
        Unread::Outside => {
            let words = format!("{place} lies outside of the folder whose files may be used");
            error(codes::FILE_OUTSIDE, words).help(
                "allow another folder: --files FOLDER on the command line, RECONVERGE_FILES=FOLDER in the environment of Jupyter",
            )
        }
        Unread::TooLong(bytes) => {
            let words = format!("{place} has {bytes} bytes of text, at most {LONGEST_CELL} are taken");
            error(codes::FILE_UNREAD, words).help("split it into several files that use each other")
        }
        Unread::NotText(byte) => {
            let words = format!("{place} is not UTF-8 text: byte {} is none", byte + 1);
            error(codes::FILE_UNREAD, words).help("save it as UTF-8; a notebook or an archive cannot be used")
        }
        Unread::Otherwise(why) => error(codes::FILE_UNREAD, format!("cannot read {place}: {why}")),
    }
}
