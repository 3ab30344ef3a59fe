//! `reconverge run`: programs from top to bottom.
//!
//! Enters: files and folders. Leaves: results as text, as a page, as JSON, as JUnit's XML, as GitHub's annotations, and the
//! verdict.

use super::output::{to_stderr, to_stdout};
use super::results::{DiagnosticLine, End, ReportLine, Results, line};
use super::runner::{self, Event, FailedCell, Ran, RanFile, Settings};
use super::shared::Shared;
use super::{Trouble, Verdict, page, programs, reported};
use clap::Args;
use reconverge_lang::diag::render;
use reconverge_lang::export::Strictness;
use reconverge_lang::view;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct RunArguments {
    /// FILE.rcv, FILE.ipynb, folders of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    programs: Vec<PathBuf>,
    /// What is not checked, holds within its bound, or was judged with partitions that change nothing, is not as expected either
    #[arg(long)]
    strict: bool,
    /// Print the results as JSON instead of text
    #[arg(long)]
    json: bool,
    /// Print each result as a line of JSON as soon as it is there
    #[arg(long, conflicts_with = "json")]
    json_lines: bool,
    /// Also print what is amiss as annotations for GitHub
    #[arg(long, conflicts_with_all = ["json", "json_lines"])]
    github: bool,
    /// Also write what was judged as JUnit's XML
    #[arg(long, value_name = "OUT.xml")]
    junit: Option<PathBuf>,
    /// Also write the results as one self-contained page
    #[arg(long, value_name = "OUT.html")]
    html: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    shared: Shared,
}

/// What is printed while programs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Printed {
    /// For people.
    Text,
    /// A line of JSON for each result.
    Lines,
    /// Nothing until the end.
    Nothing,
}

pub(super) fn run(arguments: &RunArguments) -> Result<Verdict, Trouble> {
    let strictness = if arguments.strict { Strictness::Whole } else { Strictness::AsStated };
    let printed = match (arguments.json, arguments.json_lines) {
        (true, _) => Printed::Nothing,
        (_, true) => Printed::Lines,
        (false, false) => Printed::Text,
    };
    let programs = programs::read(&arguments.programs, arguments.settings.files.as_deref())?;
    let headed = programs.len() > 1;
    let quiet = !arguments.shared.is_first();
    let mut settings = arguments.settings.clone();
    settings.shared = arguments.shared.clone();
    let ran = runner::run(programs, &settings, &runner::interrupts()?, move |event| match printed {
        _ if quiet => {}
        Printed::Text => print_text(&event, headed),
        Printed::Lines => print_lines(&event),
        Printed::Nothing => {}
    })?;
    let wrong = runner::amiss(&ran, strictness);
    if quiet {
        // The first process tells what is found; this one ends in the same way.
        return Ok(if wrong.is_some() { Verdict::Wrong } else { Verdict::AsExpected });
    }
    match printed {
        Printed::Nothing => to_stdout(&line(&Results::of(&ran, wrong.clone()))),
        Printed::Lines => to_stdout(&line(&End::of(wrong.clone()))),
        Printed::Text => {}
    }
    if arguments.github {
        to_stdout(&ran.iter().map(|file| reported::annotations(file, strictness)).collect::<String>());
    }
    if let Some(path) = &arguments.junit {
        write(path, &reported::junit(&ran, strictness)?)?;
    }
    if let Some(path) = &arguments.html {
        write(path, &page::page(&ran, strictness))?;
    }
    let Some(why) = wrong else { return Ok(Verdict::AsExpected) };
    to_stderr(&format!("not as expected: {why}\n"));
    Ok(Verdict::Wrong)
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    std::fs::write(path, text).map_err(|e| Trouble(format!("cannot write {}: {e}", path.display())))
}

/// `headed`: the name of each file stands above what it shows.
pub(super) fn print_text(event: &Event<'_>, headed: bool) {
    match event {
        Event::Begins { path } if headed => to_stdout(&format!("\x1b[1m══ {} ══\x1b[0m\n", path.display())),
        Event::Begins { .. } => {}
        Event::Shows { cell, several, first, output, .. } => {
            if *several && *first {
                to_stdout(&format!("\x1b[1m── {cell} ──\x1b[0m\n"));
            }
            to_stdout(&format!(
                "{}\n\n",
                view::coloured(view::text(&output.report, &output.sources).trim_end())
            ));
        }
        Event::Ends { path, ran } => print_diagnostics(ran, headed.then_some(*path)),
    }
}

/// Warnings and errors of a cell; of one of several files by its path.
pub(super) fn print_diagnostics(ran: &Ran, path: Option<&Path>) {
    let sources = programs::placed(&ran.sources, path);
    to_stderr(&render::ansi(&ran.warnings, &sources));
    match &ran.failed {
        Some(FailedCell::Diagnostics(found)) => to_stderr(&render::ansi(found, &sources)),
        Some(FailedCell::Interrupted) => to_stderr("interrupted\n"),
        None => {}
    }
}

fn print_lines(event: &Event<'_>) {
    match event {
        Event::Begins { .. } => {}
        Event::Shows { path, cell, output, .. } => {
            to_stdout(&line(&ReportLine::of(path, cell, &output.report, &output.sources)));
        }
        Event::Ends { path, ran } => {
            DiagnosticLine::all(path, ran).for_each(|diagnostic| to_stdout(&line(&diagnostic)));
        }
    }
}

/// The files of a run, for those that look at each.
pub(super) fn title(ran: &[RanFile]) -> String {
    ran.iter().map(|file| file.path.display().to_string()).collect::<Vec<_>>().join(", ")
}
