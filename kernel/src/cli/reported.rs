//! What was judged, for tools that know tests: JUnit's XML and GitHub's annotations.
//!
//! Enters: what files did. Leaves: a document, and lines of a log. What a cell expected in vain is judged in its report
//! already, and is not told a second time as an error of the cell.

use super::Trouble;
use super::programs::placed;
use super::runner::{FailedCell, Ran, RanFile};
use reconverge_lang::diag::codes::session::EXPECTATION;
use reconverge_lang::diag::{Diagnostic, render};
use reconverge_lang::export::github::{Annotation, Level};
use reconverge_lang::export::junit::{self, Broken};
use reconverge_lang::export::{Judged, Judgement, Strictness, judged};
use reconverge_lang::span::{Sources, Span};
use std::path::Path;

pub(super) fn junit(ran: &[RanFile], strictness: Strictness) -> Result<String, Trouble> {
    let file = |file: &RanFile| junit::File {
        name: file.path.display().to_string(),
        judged: all(file, strictness).map(|(judged, _)| judged).collect(),
        errors: file.cells.iter().flat_map(|ran| broken(file, ran)).collect(),
    };
    junit::document(&ran.iter().map(file).collect::<Vec<_>>()).map_err(Trouble)
}

/// With the texts that they point into. What has no place of its own stands where its command does.
fn all(file: &RanFile, strictness: Strictness) -> impl Iterator<Item = (Judged, &Sources)> {
    let outputs = file.cells.iter().flat_map(|ran| &ran.outputs);
    outputs.flat_map(move |o| {
        let placed = |judged: Judged| Judged { span: judged.span.or(o.command), ..judged };
        judged(&o.report, strictness).into_iter().map(move |judged| (placed(judged), &o.sources))
    })
}

/// Errors in the text of a cell.
fn errors(ran: &Ran) -> impl Iterator<Item = &Diagnostic> {
    ran.diagnostics().iter().filter(|d| d.is_error() && d.code != EXPECTATION)
}

fn broken(file: &RanFile, ran: &Ran) -> Vec<Broken> {
    let error = |d: &Diagnostic| Broken {
        place: ran.sources.describe(d.span),
        why: format!("{}: {}", d.code, d.message),
        text: render::plain(std::slice::from_ref(d), &placed(&ran.sources, Some(&file.path))),
    };
    let interrupted = matches!(ran.failed, Some(FailedCell::Interrupted)).then(|| Broken {
        place: ran.name.clone(),
        why: "interrupted".to_string(),
        text: String::new(),
    });
    errors(ran).map(error).chain(interrupted).collect()
}

/// Lines that end with newlines; none where all is as expected and nothing is suspicious.
pub(super) fn annotations(file: &RanFile, strictness: Strictness) -> String {
    let amiss = all(file, strictness).filter(|(judged, _)| judged.amiss);
    let judged = amiss.map(|(judged, sources)| of_judged(file, judged, sources));
    let texts = file.cells.iter().flat_map(|ran| {
        let told = errors(ran).map(|d| (Level::Error, d));
        let told = told.chain(ran.warnings.iter().map(|d| (Level::Warning, d)));
        told.map(|(level, d)| of_diagnostic(file, level, d, &ran.sources))
    });
    judged.chain(texts).map(|annotation| format!("{annotation}\n")).collect()
}

fn of_judged(file: &RanFile, judged: Judged, sources: &Sources) -> Annotation {
    let (why, run) = match judged.judgement {
        Judgement::Failed { why, run } | Judgement::Error { why, run } => (why, run),
        Judgement::Skipped(why) => (why, String::new()),
        Judgement::Passed(note) => (note.unwrap_or_default(), String::new()),
    };
    let place = judged.span.map(|span| Place::of(file, span, sources));
    Annotation {
        level: Level::Error,
        file: place.as_ref().map_or_else(|| file.path.display().to_string(), |p| p.file.clone()),
        at: place.as_ref().and_then(|p| p.at),
        title: judged.name,
        text: [place.and_then(|p| p.words), Some(format!("{}: {why}", judged.command)), Some(run)]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn of_diagnostic(file: &RanFile, level: Level, d: &Diagnostic, sources: &Sources) -> Annotation {
    let place = Place::of(file, d.span, sources);
    let text = render::plain(std::slice::from_ref(d), &placed(sources, Some(&file.path)));
    Annotation {
        level,
        file: place.file,
        at: place.at,
        title: format!("{}: {}", d.code, d.message),
        text: text.trim_end().to_string(),
    }
}

/// Where GitHub shows it.
struct Place {
    file: String,
    /// `None`: the file has no such line, as a notebook whose cells have lines of their own.
    at: Option<(u32, u32)>,
    /// The place in words, where there are no numbers for it.
    words: Option<String>,
}

impl Place {
    fn of(file: &RanFile, span: Span, sources: &Sources) -> Place {
        let location = sources.locate(span);
        let at = Some((location.position.line, location.position.column));
        let path = file.path.as_path();
        let own = path.file_name().is_some_and(|name| *name == *location.source);
        let beside = path.parent().unwrap_or(Path::new("")).join(&location.source);
        if own {
            return Place { file: path.display().to_string(), at, words: None };
        }
        if beside.is_file() {
            return Place { file: beside.display().to_string(), at, words: None };
        }
        Place { file: path.display().to_string(), at: None, words: Some(location.to_string()) }
    }
}
