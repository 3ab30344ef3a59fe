//! `reconverge export`: the runs and pictures of a program in the formats of other tools.
//!
//! Enters: a file, a format. Leaves: one document on standard output, or each in a file of its own.

use super::output::to_stdout;
use super::runner::{self, Event, RanFile, Settings};
use super::{Trouble, Verdict, programs, run};
use clap::{Args, ValueEnum};
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::diag::codes::session::EXPECTATION;
use reconverge_lang::export::{ShownRun, dot, itf, mermaid, runs, shiviz};
use reconverge_lang::report::Report;
use std::path::PathBuf;

#[derive(Args)]
#[command(after_help = "\
Examples:
  reconverge export lesson.rcv --to mermaid --of low    the run that breaks `low`, as text
  reconverge export lesson.rcv --to itf --out traces    every run, in a file each")]
pub(super) struct ExportArguments {
    /// FILE.rcv, FILE.ipynb, or - for standard input
    #[arg(value_name = "FILE")]
    program: PathBuf,
    /// The format
    #[arg(long, value_enum)]
    to: Format,
    /// Only what is of this member, scenario or system
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// Write each document into this folder, instead of printing the only one
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Runs as the trace JSON of Apalache and Quint
    Itf,
    /// Runs as Mermaid's sequence diagrams
    Mermaid,
    /// Runs and loops of the four concepts as Graphviz' graphs
    Dot,
    /// Runs as logs with vector clocks
    Shiviz,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Itf => "itf.json",
            Format::Mermaid => "mmd",
            Format::Dot => "dot",
            Format::Shiviz => "log",
        }
    }

    fn of_run(self, run: &ShownRun<'_>) -> Result<String, Trouble> {
        Ok(match self {
            Format::Itf => format!("{}\n", serde_json::to_string_pretty(&itf::document(run))?),
            Format::Mermaid => mermaid::diagram(run),
            Format::Dot => dot::run(run),
            Format::Shiviz => shiviz::log(run),
        })
    }
}

/// What is written.
struct Document {
    /// `Counter-low-violated`
    name: String,
    /// What `--of` can say for it.
    of: String,
    system: String,
    text: String,
}

pub(super) fn export(arguments: &ExportArguments) -> Result<Verdict, Trouble> {
    let programs =
        programs::read(std::slice::from_ref(&arguments.program), arguments.settings.files.as_deref())?;
    let ran = runner::run(programs, &arguments.settings, |event| {
        if let Event::Ends { ran, .. } = event {
            run::print_diagnostics(ran);
        }
    })?;
    let mut documents = Vec::new();
    for output in ran.iter().flat_map(|file| &file.cells).flat_map(|ran| &ran.outputs) {
        add(arguments.to, &output.report, &mut documents)?;
    }
    put(arguments, documents)?;
    let in_the_text = |d: &Diagnostic| d.is_error() && d.code != EXPECTATION;
    let wrong = |file: &RanFile| file.cells.iter().any(|ran| ran.diagnostics().iter().any(in_the_text));
    Ok(if ran.iter().any(wrong) { Verdict::Wrong } else { Verdict::AsExpected })
}

fn add(format: Format, report: &Report, documents: &mut Vec<Document>) -> Result<(), Trouble> {
    for run in runs(report) {
        let text = format.of_run(&run)?;
        let of =
            if run.of == run.shows { &[run.system, run.of][..] } else { &[run.system, run.of, run.shows] };
        let name = file_name(of);
        documents.push(Document { name, of: run.of.to_string(), system: run.system.to_string(), text });
    }
    if let (Format::Dot, Report::Diagram(diagram)) = (format, report) {
        let system = diagram.subject.system.clone();
        let name = file_name(&[&system, "loop"]);
        documents.push(Document { name, of: "loop".to_string(), system, text: dot::diagram(diagram) });
    }
    Ok(())
}

/// Prints the only one, or writes all.
fn put(arguments: &ExportArguments, mut documents: Vec<Document>) -> Result<(), Trouble> {
    let wanted = |d: &Document| arguments.of.as_ref().is_none_or(|of| *of == d.of || *of == d.system);
    let all: Vec<String> = documents.iter().map(|d| d.of.clone()).collect();
    documents.retain(wanted);
    if documents.is_empty() {
        let others = if all.is_empty() { String::new() } else { format!("; there are {}", all.join(", ")) };
        let of = arguments.of.as_ref().map_or(String::new(), |of| format!(" of {of}"));
        return Err(Trouble(format!("{} shows nothing{of} to export{others}", arguments.program.display())));
    }
    let Some(folder) = &arguments.out else {
        let [only] = documents.as_slice() else {
            let names: Vec<&str> = documents.iter().map(|d| d.of.as_str()).collect();
            let words = format!("there are several: {}; say --of NAME or --out FOLDER", names.join(", "));
            return Err(Trouble(words));
        };
        to_stdout(&only.text);
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .map_err(|e| Trouble(format!("cannot create {}: {e}", folder.display())))?;
    let mut names: Vec<String> = Vec::new();
    for document in &documents {
        let same = names.iter().filter(|name| **name == document.name).count();
        let number = if same > 0 { format!("-{}", same + 1) } else { String::new() };
        let path = folder.join(format!("{}{number}.{}", document.name, arguments.to.extension()));
        run::write(&path, &document.text)?;
        to_stdout(&format!("{}\n", path.display()));
        names.push(document.name.clone());
    }
    Ok(())
}

/// Words that are a file's name everywhere.
fn file_name(parts: &[&str]) -> String {
    let word = |part: &&str| {
        let letters = |c: char| if c.is_alphanumeric() || c == '_' { c } else { ' ' };
        let words: String = part.chars().map(letters).collect();
        words.split_whitespace().take(8).collect::<Vec<_>>().join("_")
    };
    parts.iter().map(word).collect::<Vec<_>>().join("-")
}
