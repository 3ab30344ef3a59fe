//! `reconverge format`: programs in the standard layout.
//!
//! Enters: `.rcv` files, and folders of them. Leaves: the same program on standard output, or in the files themselves; or
//! which files are not in that layout.

use super::output::{to_stderr, to_stdout};
use super::runner::on_large_stack;
use super::{Trouble, Verdict, notebook, programs, run};
use clap::Args;
use reconverge_lang::diag::render;
use reconverge_lang::span::Sources;
use reconverge_lang::syntax::printer;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(after_help = "\
Examples:
  reconverge format lesson.rcv          print it in the standard layout
  reconverge format --write mappings    bring every .rcv below a folder into it
  reconverge format --check mappings    name those that are not; exit code 1 if there are any")]
pub(super) struct FormatArguments {
    /// FILE.rcv, folders of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    programs: Vec<PathBuf>,
    /// Write the files instead of printing them
    #[arg(long)]
    write: bool,
    /// Only name the files that are not in the standard layout
    #[arg(long, conflicts_with = "write")]
    check: bool,
}

/// A file before and after.
struct Laid {
    path: PathBuf,
    before: String,
    after: String,
}

pub(super) fn format(arguments: &FormatArguments) -> Result<Verdict, Trouble> {
    let named = |path: &Path| arguments.programs.iter().any(|argument| argument == path);
    let mut texts = Vec::new();
    for path in programs::paths(&arguments.programs)? {
        if path.extension().is_none_or(|e| e != "ipynb") {
            let before: String = notebook::read(&path)?.into_iter().map(|cell| cell.code).collect();
            texts.push((path, before));
        } else if named(&path) {
            return Err(Trouble("notebooks cannot be formatted, only .rcv files".into()));
        }
    }
    if texts.len() > 1 && !arguments.check && !arguments.write {
        return Err(Trouble("several files: say --write or --check".into()));
    }
    let laid = on_large_stack(move || Ok(texts.into_iter().map(lay).collect::<Vec<_>>()))?;
    let (good, bad): (Vec<_>, Vec<_>) = laid.into_iter().partition(Result::is_ok);
    bad.iter().filter_map(|laid| laid.as_ref().err()).for_each(|words| to_stderr(words));
    let mut wrong = (!bad.is_empty()).then(|| format!("{} cannot be parsed", files(bad.len())));
    let mut other = 0;
    for Laid { path, before, after } in good.into_iter().flatten() {
        other += usize::from(before != after);
        match (arguments.check, arguments.write && path != Path::new("-")) {
            (true, _) if before != after => to_stdout(&format!("{}\n", path.display())),
            (true, _) => {}
            (_, true) if before != after => run::write(&path, &after)?,
            (_, true) => {}
            (false, false) => to_stdout(&after),
        }
    }
    if arguments.check && other > 0 {
        let layout = format!("{} not in the standard layout (reconverge format --write)", files(other));
        wrong = Some(wrong.map_or(layout.clone(), |wrong| format!("{wrong}; {layout}")));
    }
    let Some(why) = wrong else { return Ok(Verdict::AsExpected) };
    to_stderr(&format!("not as expected: {why}\n"));
    Ok(Verdict::Wrong)
}

/// Its errors as text, where it cannot be parsed.
fn lay((path, before): (PathBuf, String)) -> Result<Laid, String> {
    let name = path.display().to_string();
    match printer::format(&before) {
        Ok(after) => Ok(Laid { path, before, after }),
        Err(found) => {
            let mut sources = Sources::default();
            sources.add(if name == "-" { "input".to_string() } else { name }, before);
            Err(render::ansi(&found, &sources))
        }
    }
}

fn files(n: usize) -> String {
    if n == 1 { "1 file".to_string() } else { format!("{n} files") }
}
