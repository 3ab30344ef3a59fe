//! `reconverge format`: a program in the standard layout.
//!
//! Enters: a `.rcv` file. Leaves: the same program on standard output, or in the file itself.

use super::output::{to_stderr, to_stdout};
use super::run::on_large_stack;
use super::{Trouble, Verdict, notebook};
use clap::Args;
use reconverge_lang::diag::render;
use reconverge_lang::span::Sources;
use reconverge_lang::syntax::printer;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct FormatArguments {
    /// FILE.rcv, or - for standard input
    file: PathBuf,
    /// Write the file instead of printing it
    #[arg(long)]
    write: bool,
}

pub(super) fn format(arguments: &FormatArguments) -> Result<Verdict, Trouble> {
    if arguments.file.extension().is_some_and(|e| e == "ipynb") {
        return Err(Trouble("notebooks cannot be formatted, only .rcv files".into()));
    }
    let cells = notebook::read(&arguments.file)?;
    let formatted = on_large_stack(move || {
        let mut sources = Sources::default();
        let mut out = String::new();
        for cell in cells {
            sources.add(cell.cell.name, cell.code.as_str());
            match printer::format(&cell.code) {
                Ok(text) => out.push_str(&text),
                Err(found) => return Ok(Err(render::ansi(&found, &sources))),
            }
        }
        Ok(Ok(out))
    })?;
    match formatted {
        Err(words) => {
            to_stderr(&words);
            return Ok(Verdict::Wrong);
        }
        Ok(text) if arguments.write => std::fs::write(&arguments.file, text)
            .map_err(|e| Trouble(format!("cannot write {}: {e}", arguments.file.display())))?,
        Ok(text) => to_stdout(&text),
    }
    Ok(Verdict::AsExpected)
}
