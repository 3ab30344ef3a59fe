//! `reconverge run` and `reconverge check`: a program from top to bottom, without a front end.
//!
//! Enters: a file. Leaves: results as text, as a page, or as JSON, and the verdict.

use super::notebook::{self, Cell};
use super::output::{stderr_is_terminal, to_stderr, to_stdout};
use super::{Trouble, Verdict, page};
use crate::hosts::{Files, Machine, STACK};
use crate::jobs::Rate;
use crate::{display, library};
use clap::{Args, ValueEnum};
use reconverge_lang::diag::{Diagnostic, render};
use reconverge_lang::session::{Execution, Outcome, Output, Session};
use reconverge_lang::span::Sources;
use reconverge_lang::view;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[derive(Args)]
pub(super) struct RunArguments {
    /// FILE.rcv, FILE.ipynb, or - for standard input
    file: PathBuf,
    /// Also write the results as one self-contained page
    #[arg(long, value_name = "OUT.html")]
    html: Option<PathBuf>,
    /// Print the results as JSON instead of text
    #[arg(long)]
    json: bool,
    /// Threads for explorations (default: all)
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Files that `use` may read lie below this folder (default: that of FILE)
    #[arg(long, value_name = "FOLDER")]
    files: Option<PathBuf>,
    /// How models run: the answers are the same, the time is not
    #[arg(long, value_enum, default_value_t)]
    execution: Form,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Form {
    /// Portable at first, machine code where that pays
    #[default]
    Automatic,
    /// Never machine code
    Portable,
    /// Machine code from the first state on
    Native,
}

/// What one cell did.
pub(super) struct Ran {
    pub name: String,
    pub code: String,
    pub outputs: Vec<Output>,
    pub warnings: Vec<Diagnostic>,
    /// Lines with ANSI colours; empty: no error.
    pub error: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Sources,
}

pub(super) fn run(arguments: &RunArguments) -> Result<Verdict, Trouble> {
    let cells = notebook::read(&arguments.file)?;
    let text = !arguments.json;
    let title = arguments.file.display().to_string();
    let (threads, execution) = (arguments.threads, arguments.execution);
    let files = files(&arguments.file, arguments.files.as_deref())?;
    let ran = on_large_stack(move || {
        let mut session = Session::new(library::mappings());
        let mut host = terminal(threads, execution)?;
        host.files = files;
        let several = cells.len() > 1;
        Ok(cells
            .into_iter()
            .map(|cell| run_cell(&mut session, &host, cell, text, several))
            .collect::<Vec<_>>())
    })?;
    let wrong = ran.iter().find_map(amiss);
    let verdict = if wrong.is_none() { Verdict::AsExpected } else { Verdict::Wrong };
    if arguments.json {
        let cells: Vec<Value> = ran.iter().map(as_json).collect();
        to_stdout(&format!("{}\n", json!({ "as_expected": verdict == Verdict::AsExpected, "cells": cells })));
    }
    if let Some(path) = &arguments.html {
        std::fs::write(path, page::page(&title, &ran))
            .map_err(|e| Trouble(format!("cannot write {}: {e}", path.display())))?;
    }
    if let Some(why) = wrong {
        to_stderr(&format!("not as expected: {why}\n"));
    }
    Ok(verdict)
}

/// Parses and analyses, and explores nothing.
pub(super) fn check(file: &Path, allowed: Option<&Path>, as_json: bool) -> Result<Verdict, Trouble> {
    let cells = notebook::read(file)?;
    let files = files(file, allowed)?;
    let (found, sources) = on_large_stack(move || {
        let mut session = Session::new(library::mappings());
        let mut host = terminal(None, Form::Automatic)?;
        host.files = files;
        let found: Vec<Diagnostic> =
            cells.into_iter().flat_map(|c| session.define(c.cell, &c.code, &host)).collect();
        Ok((found, session.sources().clone()))
    })?;
    if as_json {
        to_stdout(&format!("{}\n", Value::Array(found.iter().map(|d| diagnostic(d, &sources)).collect())));
    } else {
        to_stdout(&render::ansi(&found, &sources));
        let errors = found.iter().filter(|d| d.is_error()).count();
        to_stdout(&format!(
            "{} and {}\n",
            counted(errors, "error"),
            counted(found.len() - errors, "warning")
        ));
    }
    let wrong = found.iter().any(Diagnostic::is_error);
    Ok(if wrong { Verdict::Wrong } else { Verdict::AsExpected })
}

/// What a program in a file may use.
fn files(file: &Path, allowed: Option<&Path>) -> Result<Files, Trouble> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Files::new(folder, allowed).map_err(|e| Trouble(format!("--files: {e}")))
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The language recurses over trees that are at most 200 levels deep; the main thread's stack may be small.
pub(super) fn on_large_stack<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    thread.join().unwrap_or_else(|_| Err(Trouble("this is a fault of Reconverge, not of the program".into())))
}

fn run_cell(session: &mut Session, host: &Terminal, cell: Cell, text: bool, several: bool) -> Ran {
    let name = cell.cell.name.clone();
    let mut outputs = Vec::new();
    let outcome = session.execute(cell.cell, &cell.code, host, &mut |output: Output| {
        clear_line(host);
        if text {
            if several && outputs.is_empty() {
                to_stdout(&format!("\x1b[1m── {name} ──\x1b[0m\n"));
            }
            to_stdout(&format!("{}\n", view::text(&output.report, &output.sources).trim_end()));
            to_stdout("\n");
        }
        outputs.push(output);
    });
    clear_line(host);
    let mut ran = Ran {
        name,
        code: cell.code,
        outputs,
        warnings: Vec::new(),
        error: Vec::new(),
        diagnostics: Vec::new(),
        sources: session.sources().clone(),
    };
    match outcome {
        Outcome::Done { warnings } => ran.warnings = warnings,
        Outcome::Failed(failure) => {
            let words = render::ansi(&failure.diagnostics, &failure.sources);
            ran.error = words.lines().map(str::to_owned).collect();
            ran.diagnostics = failure.diagnostics;
        }
        Outcome::Interrupted => ran.error = vec!["interrupted".into()],
    }
    if text {
        to_stderr(&render::ansi(&ran.warnings, &ran.sources));
        to_stderr(&ran.error.iter().map(|l| format!("{l}\n")).collect::<String>());
    }
    ran
}

/// Why the exit code is not 0.
fn amiss(ran: &Ran) -> Option<String> {
    let error = || ran.diagnostics.iter().find(|d| d.is_error()).map(|d| d.message.clone());
    let failed = (!ran.error.is_empty()).then(|| error().unwrap_or_else(|| ran.error.join(" ")));
    ran.outputs.iter().find_map(|output| output.report.amiss()).or(failed)
}

fn as_json(ran: &Ran) -> Value {
    json!({
        "cell": ran.name,
        "reports": ran.outputs.iter().map(|o| json!(o.report)).collect::<Vec<_>>(),
        "warnings": ran.warnings.iter().map(|d| diagnostic(d, &ran.sources)).collect::<Vec<_>>(),
        "failed": !ran.error.is_empty(),
        "error": super::output::without_colours(&ran.error.join("\n")),
        "diagnostics": ran.diagnostics.iter().map(|d| diagnostic(d, &ran.sources)).collect::<Vec<_>>(),
    })
}

fn diagnostic(d: &Diagnostic, sources: &Sources) -> Value {
    let mut value = json!(d);
    let at = sources.position(d.span.source, d.span.start);
    value["place"] =
        json!({ "source": sources.get(d.span.source).name, "line": at.line, "column": at.column });
    value
}

/// Tells of progress on standard error.
type Terminal = Machine<fn(Rate)>;

/// Ctrl-C stops the exploration, a second one the command.
fn terminal(threads: Option<usize>, execution: Form) -> Result<Terminal, Trouble> {
    let cancel = Arc::new(AtomicBool::new(false));
    let interrupt = signal_hook::consts::SIGINT;
    signal_hook::flag::register_conditional_shutdown(interrupt, 130, cancel.clone())?;
    signal_hook::flag::register(interrupt, cancel.clone())?;
    let mut host = Terminal::new(cancel, show_progress);
    if let Some(threads) = threads {
        host.threads = threads.max(1);
    }
    host.execution = match execution {
        Form::Automatic => Execution::Automatic,
        Form::Portable => Execution::Portable,
        Form::Native => Execution::Native,
    };
    Ok(host)
}

/// One line that is written again and again, which is for people alone.
fn show_progress(rate: Rate) {
    if stderr_is_terminal() {
        let (words, _) = display::progress_words(&rate);
        to_stderr(&format!("\r\x1b[2K{words}"));
    }
}

fn clear_line(host: &Terminal) {
    if host.end_progress() && stderr_is_terminal() {
        to_stderr("\r\x1b[2K");
    }
}
