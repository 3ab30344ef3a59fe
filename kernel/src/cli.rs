//! The command line: `reconverge new | run | watch | check | format | export | grade | schema | explain | kernel | lsp | install`.
//!
//! Enters: arguments. Leaves: an exit code: 0 all as expected, 1 something is violated, incomplete or wrong in the program, 2 the
//! command itself cannot be carried out (usage, files, ports).

mod check;
mod course;
mod explain;
mod export;
mod format;
mod install;
mod lsp;
mod new;
mod notebook;
mod output;
mod page;
mod programs;
mod reported;
mod results;
mod run;
mod runner;
mod shared;
mod watch;

use crate::connection::Connection;
use crate::{library, sockets};
use clap::{Parser, Subcommand};
use reconverge_lang::session::Session;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  reconverge install --user                 make the kernel known to Jupyter
  reconverge new mapping order-book         a folder to begin with: a system, its tests, a file for CI
  reconverge run notebooks/01-kafka.ipynb   run a notebook, print every result
  reconverge run lesson.rcv --html out.html run a file, write its results as a page
  echo 'use kafka check Kafka { faults { crash 1 } }' | reconverge run -
  reconverge run --strict mappings          every file below a folder, and nothing may be left open
  reconverge watch lesson.rcv               again at each save, with the verdicts that are new
  reconverge check lesson.rcv               errors and warnings only, nothing is explored
  reconverge export lesson.rcv --to mermaid the run that it shows, as a sequence diagram
  reconverge export lesson.ipynb --to html  a notebook as one page; also slides, pdf, site, scorm, student
  reconverge grade handed-in --against key  what students handed in, with partial credit
  reconverge explain E0201                  what a diagnostic means

Exit codes: 0 all as expected; 1 something is violated that no `expect` asked for, an expectation is not met,
or the program has an error (with --strict, also what is not checked, holds within its bound, or has partitions that change nothing); 2 the command cannot be carried out.
What a sweep, mutate, why, relax or graph finds is its answer, and not amiss; what it leaves undecided is.";

#[derive(Parser)]
#[command(name = "reconverge", version, about = "Understand distributed systems: orders, invariants, resolutions, reconcilers.", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: output::Colours,
}

#[derive(Subcommand)]
enum Command {
    /// Make a folder to begin with, in which everything works: a mapping, or a course
    New(new::NewArguments),
    /// Run a file or notebook from top to bottom and print what it shows
    Run(run::RunArguments),
    /// Run files again each time they are saved, and say which verdicts are new
    Watch(watch::WatchArguments),
    /// Report errors and warnings without exploring anything
    Check(check::CheckArguments),
    /// Print or write files in the standard layout, or name those that are not
    Format(format::FormatArguments),
    /// Write what a file shows in the format of another tool, or a notebook as course material
    Export(export::ExportArguments),
    /// Grade notebooks that students handed in
    Grade(course::GradeArguments),
    /// Print the JSON schema of `run --json` and `run --json-lines`
    Schema,
    /// Explain a diagnostic code, such as E0201; without one, list all
    Explain { code: Option<String> },
    /// Serve a Jupyter front end (started by Jupyter)
    Kernel {
        /// The file in which the front end says where to listen
        connection_file: PathBuf,
        /// What front ends add of their own, such as `jupyter run FILE`
        #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Serve an editor: diagnostics, completion, help, outline, layout (started by the editor)
    Lsp,
    /// Make the kernel known to Jupyter
    Install(install::InstallArguments),
}

/// Something that keeps a command from being carried out, in words.
#[derive(Debug)]
pub struct Trouble(String);

impl<E: std::error::Error> From<E> for Trouble {
    fn from(error: E) -> Trouble {
        Trouble(error.to_string())
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0.
    AsExpected,
    /// Exit code 1.
    Wrong,
    /// Exit code 2, where another program has said why.
    NotCarriedOut,
}

/// Does what the arguments of this process say.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return unusable(&error),
    };
    arguments.color.choose();
    let result = match arguments.command {
        Command::New(arguments) => new::new(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Watch(arguments) => watch::watch(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Format(arguments) => format::format(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Grade(arguments) => course::grade(&arguments),
        Command::Schema => schema(),
        Command::Explain { code } => explain::explain(code.as_deref()),
        Command::Kernel { connection_file, .. } => kernel(&connection_file),
        Command::Lsp => lsp::serve(),
        Command::Install(arguments) => install::install(&arguments),
    };
    let unwritten = output::unwritten().map(|why| Trouble(format!("cannot write standard output: {why}")));
    match unwritten.map_or(result, Err) {
        Ok(Verdict::AsExpected) => ExitCode::SUCCESS,
        Ok(Verdict::Wrong) => ExitCode::from(1),
        Ok(Verdict::NotCarriedOut) => ExitCode::from(2),
        Err(Trouble(words)) => {
            output::to_stderr(&format!("reconverge: {words}\n"));
            ExitCode::from(2)
        }
    }
}

/// Usage errors leave with 2 and their reason as the last line, `--help` and `--version` with 0.
fn unusable(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    let (styled, plain) = (error.render(), error.render().to_string());
    output::to_stderr(&styled.ansi().to_string());
    // What is missing stands below, a line each.
    let mut told = plain.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
    let why = told.next().unwrap_or("the arguments are not understood").trim_start_matches("error: ");
    let why = [why].into_iter().chain(told).collect::<Vec<_>>();
    output::to_stderr(&format!("reconverge: {}\n", why.join(" ").trim_end_matches(':')));
    ExitCode::from(2)
}

fn schema() -> Result<Verdict, Trouble> {
    output::to_stdout(&format!("{}\n", serde_json::to_string_pretty(&results::schema())?));
    Ok(Verdict::AsExpected)
}

fn kernel(file: &std::path::Path) -> Result<Verdict, Trouble> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let text =
        std::fs::read_to_string(file).map_err(|e| Trouble(format!("cannot read {}: {e}", file.display())))?;
    let connection = Connection::parse(&text)?;
    let parent = std::env::var("JPY_PARENT_PID").ok().and_then(|pid| pid.parse().ok());
    sockets::serve(&connection, Session::new(library::mappings()), parent)?;
    Ok(Verdict::AsExpected)
}
