//! `reconverge check`: errors and warnings, without exploring anything.
//!
//! Enters: files and folders. Leaves: diagnostics as text or JSON, and whether there is an error among them.

use super::output::{to_stderr, to_stdout};
use super::programs::{self, Program};
use super::results::{line, placed};
use super::runner::{interrupts, on_large_stack, terminal};
use super::{Trouble, Verdict};
use crate::library;
use clap::Args;
use reconverge_lang::diag::{Diagnostic, render};
use reconverge_lang::session::Session;
use reconverge_lang::span::Sources;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct CheckArguments {
    /// FILE.rcv, FILE.ipynb, folders of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    programs: Vec<PathBuf>,
    /// Print diagnostics as JSON
    #[arg(long)]
    json: bool,
    /// Files that `use` may read lie below this folder (default: that of FILE)
    #[arg(long, value_name = "FOLDER")]
    files: Option<PathBuf>,
}

/// What was found in a file, and its texts.
type Found = (Vec<Diagnostic>, Sources);

pub(super) fn check(arguments: &CheckArguments) -> Result<Verdict, Trouble> {
    let programs = programs::read(&arguments.programs, arguments.files.as_deref())?;
    let interrupts = interrupts()?;
    let found: Vec<Found> = on_large_stack(move || {
        let mut host = terminal(None, &interrupts);
        let several = programs.len() > 1;
        let defined = programs.into_iter().map(|Program { path, cells, files }| {
            host.files = files;
            let mut session = Session::new(library::mappings());
            let found = cells.into_iter().flat_map(|c| session.define(c.cell, &c.code, &host)).collect();
            (found, programs::placed(session.sources(), several.then_some(path.as_path())))
        });
        Ok(defined.collect())
    })?;
    let all = || found.iter().flat_map(|(found, _)| found);
    let errors = all().filter(|d| d.is_error()).count();
    if arguments.json {
        let placed: Vec<_> = found.iter().flat_map(|(found, sources)| placed(found, sources)).collect();
        to_stdout(&line(&placed));
    } else {
        to_stdout(&found.iter().map(|(found, sources)| render::ansi(found, sources)).collect::<String>());
        let warnings = all().count() - errors;
        to_stdout(&format!("{} and {}\n", counted(errors, "error"), counted(warnings, "warning")));
    }
    if errors == 0 {
        return Ok(Verdict::AsExpected);
    }
    to_stderr(&format!("not as expected: {}\n", counted(errors, "error")));
    Ok(Verdict::Wrong)
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
