//! Course material and grades: what the Python package beside the kernel makes of notebooks.
//!
//! Enters: arguments. Leaves: a Python process, its exit code, or the one command that brings what is missing. The tools are
//! Python's (nbconvert and what stands on it); this finds the environment and tells it which kernel to execute with.

use super::{Trouble, Verdict};
use clap::Args;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Args)]
#[command(after_help = "\
Examples:
  reconverge grade submissions --against key/05-resolution.ipynb
  reconverge grade submissions --against key --json grades.json --csv grades.csv --junit grades.xml

SUBMISSIONS holds STUDENT.ipynb, STUDENT/NOTEBOOK.ipynb or, as nbgrader has it, STUDENT/ASSIGNMENT/NOTEBOOK.ipynb.
Exit codes: 0 every submission was graded, whatever it earned; 1 some could not be read or is not there; 2 usage, or the key does not pass.")]
pub(super) struct GradeArguments {
    /// Notebooks that were handed in: a file, or a folder of them
    submissions: PathBuf,
    /// The key that `export --to student` wrote, or a folder of keys
    #[arg(long, value_name = "KEY")]
    against: PathBuf,
    /// Write the report as JSON
    #[arg(long, value_name = "OUT.json")]
    json: Option<PathBuf>,
    /// Write a line for each submission and exercise
    #[arg(long, value_name = "OUT.csv")]
    csv: Option<PathBuf>,
    /// Write a test case for each submission and exercise
    #[arg(long, value_name = "OUT.xml")]
    junit: Option<PathBuf>,
    /// Seconds that a cell may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u32,
    /// Megabytes that a submission may use
    #[arg(long, value_name = "MB", default_value_t = 2048)]
    memory: u32,
}

pub(super) fn grade(arguments: &GradeArguments) -> Result<Verdict, Trouble> {
    let mut words: Vec<OsString> = vec!["grade".into(), (&arguments.submissions).into()];
    words.extend(["--against".into(), (&arguments.against).into()]);
    let files = [("--json", &arguments.json), ("--csv", &arguments.csv), ("--junit", &arguments.junit)];
    for (option, path) in files {
        if let Some(path) = path {
            words.extend([option.into(), path.into()]);
        }
    }
    words.extend(["--timeout".into(), arguments.timeout.to_string().into()]);
    words.extend(["--memory".into(), arguments.memory.to_string().into()]);
    python(&words)
}

/// Executes `python -m reconverge_jupyter.course WORDS`, which says itself what is amiss.
pub(super) fn python(words: &[OsString]) -> Result<Verdict, Trouble> {
    let kernel = env::current_exe()?;
    let candidates = pythons(&kernel);
    let Some(python) = candidates.iter().find(|python| has_package(python)) else {
        return Err(missing(&kernel, &candidates));
    };
    let status = Command::new(python)
        .args(["-m", "reconverge_jupyter.course"])
        .args(words)
        .env("RECONVERGE_KERNEL", &kernel)
        .status()
        .map_err(|e| Trouble(format!("cannot start {}: {e}", python.display())))?;
    match status.code() {
        Some(0) => Ok(Verdict::AsExpected),
        Some(1) => Ok(Verdict::Wrong),
        Some(2) => Ok(Verdict::NotCarriedOut),
        _ => Err(Trouble("Python ended before it was done".into())),
    }
}

/// Where the package may be: the active environment, the one that this program lies in or beside, that of `python3`.
fn pythons(kernel: &Path) -> Vec<PathBuf> {
    let active =
        ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(env::var_os).filter(|v| !v.is_empty());
    let mut found: Vec<PathBuf> = active.map(|prefix| PathBuf::from(prefix).join("bin/python")).collect();
    for folder in kernel.ancestors().skip(1) {
        found.extend([folder.join("python"), folder.join(".venv/bin/python")]);
    }
    found.retain(|python| python.is_file());
    found.push("python3".into());
    found
}

fn has_package(python: &Path) -> bool {
    const ASK: &str = "import sys, importlib.util as u; \
        sys.exit(not all(map(u.find_spec, ('reconverge_jupyter.course', 'latex2mathml', 'nbconvert', 'nbclient'))))";
    let asked = Command::new(python).args(["-c", ASK]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Says what is missing, and the command that adds it to the first environment that was looked at.
fn missing(kernel: &Path, looked: &[PathBuf]) -> Trouble {
    let source = kernel.ancestors().find(|folder| folder.join("install/wheel").is_file());
    let (first, found) = source.map_or((String::new(), String::new()), |folder| {
        let folder = folder.display();
        (format!("{folder}/install/wheel && "), format!("--find-links {folder}/target/wheels "))
    });
    let names: Vec<String> = looked.iter().map(|python| python.display().to_string()).collect();
    Trouble(format!(
        "this is done by Python's nbconvert and the package reconverge, which {} not have; add them with\n  {first}{} -m pip install {found}'reconverge[course]'",
        if let [only] = names.as_slice() {
            format!("{only} does")
        } else {
            format!("{} do", names.join(" and "))
        },
        names[0],
    ))
}
