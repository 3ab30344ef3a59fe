//! The command line: `reconverge run | check | format | explain | kernel | install`.
//!
//! Enters: arguments. Leaves: an exit code: 0 all as expected, 1 something is violated, incomplete or wrong in the program, 2 the
//! command itself cannot be carried out (usage, files, ports).

mod explain;
mod format;
mod install;
mod notebook;
mod output;
mod page;
mod run;

use crate::connection::Connection;
use crate::{library, sockets};
use clap::{Parser, Subcommand};
use reconverge_lang::session::Session;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  reconverge install --user                 make the kernel known to Jupyter
  reconverge run notebooks/01-kafka.ipynb   run a notebook, print every result
  reconverge run lesson.rcv --html out.html run a file, write its results as a page
  echo 'use kafka check Kafka' | reconverge run -
  reconverge check lesson.rcv               errors and warnings only, nothing is explored
  reconverge explain E0201                  what a diagnostic means

Exit codes: 0 all as expected; 1 something is violated that no `expect` asked for, an expectation is not met,
or the program has an error; 2 the command cannot be carried out.";

#[derive(Parser)]
#[command(name = "reconverge", version, about = "Understand distributed systems: orders, invariants, resolutions, reconcilers.", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a file or notebook from top to bottom and print what it shows
    Run(run::RunArguments),
    /// Report errors and warnings without exploring anything
    Check {
        /// FILE.rcv, FILE.ipynb, or - for standard input
        file: PathBuf,
        /// Print diagnostics as JSON
        #[arg(long)]
        json: bool,
        /// Files that `use` may read lie below this folder (default: that of FILE)
        #[arg(long, value_name = "FOLDER")]
        files: Option<PathBuf>,
    },
    /// Print a file in the standard layout
    Format(format::FormatArguments),
    /// Explain a diagnostic code, such as E0201; without one, list all
    Explain { code: Option<String> },
    /// Serve a Jupyter front end (started by Jupyter)
    Kernel {
        /// The file in which the front end says where to listen
        connection_file: PathBuf,
    },
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
}

/// Does what the arguments of this process say.
pub fn main() -> ExitCode {
    // Usage errors leave with 2, `--help` and `--version` with 0.
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check { file, json, files } => run::check(&file, files.as_deref(), json),
        Command::Format(arguments) => format::format(&arguments),
        Command::Explain { code } => explain::explain(code.as_deref()),
        Command::Kernel { connection_file } => kernel(&connection_file),
        Command::Install(arguments) => install::install(&arguments),
    };
    match result {
        Ok(Verdict::AsExpected) => ExitCode::SUCCESS,
        Ok(Verdict::Wrong) => ExitCode::from(1),
        Err(Trouble(words)) => {
            output::to_stderr(&format!("reconverge: {words}\n"));
            ExitCode::from(2)
        }
    }
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
