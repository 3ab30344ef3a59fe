//! `reconverge format`: a program in the standard layout.
//!
//! Enters: a `.rcv` file. Leaves: the same program on standard output, or in the file itself.

use super::output::{to_stderr, to_stdout};
use super::run::on_large_stack;
use super::{Trouble, Verdict, notebook};
use clap::Args;
use reconverge_lang::diag::{Diagnostic, render};
use reconverge_lang::span::Sources;
use reconverge_lang::syntax::{parse, printer};
use std::path::PathBuf;

#[derive(Args)]
pub struct FormatArguments {
    /// FILE.rcv, or - for standard input
    file: PathBuf,
    /// Write the file instead of printing it
    #[arg(long)]
    write: bool,
}

pub fn format(arguments: &FormatArguments) -> Result<Verdict, Trouble> {
    if arguments.file.extension().is_some_and(|e| e == "ipynb") {
        return Err(Trouble("notebooks cannot be formatted, only .rcv files".into()));
    }
    let cells = notebook::read(&arguments.file)?;
    let formatted = on_large_stack(move || {
        let mut sources = Sources::default();
        let mut out = String::new();
        for cell in cells {
            if let Some(line) = comment(&cell.code) {
                return Err(Trouble(format!(
                    "line {line} has a `//` comment, which the standard layout cannot keep yet; `///` comments are kept"
                )));
            }
            let id = sources.add(cell.cell.name, cell.code.as_str());
            let (tree, found) = parse(id, &cell.code);
            if found.iter().any(Diagnostic::is_error) {
                return Ok(Err(render::ansi(&found, &sources)));
            }
            out.push_str(&printer::print(&tree));
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

/// The 1-based line of the first comment that is not a doc comment.
fn comment(code: &str) -> Option<usize> {
    code.lines()
        .position(|line| {
            let mut in_text = false;
            let mut before = '\0';
            line.char_indices().any(|(at, c)| {
                in_text ^= c == '"' && before != '\\';
                before = c;
                !in_text && line[at..].starts_with("//") && !line.trim_start().starts_with("///")
            })
        })
        .map(|index| index + 1)
}
