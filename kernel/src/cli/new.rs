//! `reconverge new`: a folder to begin with, in which everything works.
//!
//! Enters: what it is for, a name. Leaves: files, each named on standard output. What is there already stays as it is.

use super::output::to_stdout;
use super::{Trouble, Verdict, run};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const MAPPING: &str = include_str!("new/mapping.rcv");

#[derive(Args)]
#[command(after_help = "\
Examples:
  reconverge new mapping order-book     order-book/: a system by the four questions, its tests, a file for CI
  reconverge new course lessons         lessons/: a first notebook with an exercise that is judged, a file for CI")]
pub(super) struct NewArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A system of one's own, with its tests
    Mapping {
        /// The folder; what it is called names the system
        folder: PathBuf,
    },
    /// Notebooks for students
    Course {
        /// The folder
        folder: PathBuf,
    },
}

/// A file, by its path in the folder.
struct File {
    path: String,
    text: String,
}

pub(super) fn new(arguments: &NewArguments) -> Result<Verdict, Trouble> {
    let (folder, files) = match &arguments.what {
        What::Mapping { folder } => (folder, mapping(&Names::of(folder)?)),
        What::Course { folder } => (folder, course(folder)?),
    };
    if folder.exists() {
        return Err(Trouble(format!("{} is there already: say another name", folder.display())));
    }
    for File { path, text } in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .map_err(|e| Trouble(format!("cannot create {}: {e}", parent.display())))?;
        run::write(&path, &text)?;
        to_stdout(&format!("{}\n", path.display()));
    }
    Ok(Verdict::AsExpected)
}

fn mapping(names: &Names) -> Vec<File> {
    vec![
        names.file(&names.file, MAPPING),
        names.file("test.rcv", include_str!("new/test.rcv")),
        names.file("README.md", include_str!("new/mapping.md")),
        names.file(".github/workflows/check.yml", include_str!("new/mapping.yml")),
    ]
}

fn course(folder: &Path) -> Result<Vec<File>, Trouble> {
    // The lesson has the system in a cell, so that what is handed out needs nothing beside it.
    let system = MAPPING.split_once("///").map_or(MAPPING, |(_, rest)| rest);
    // What its exercise asks for stands nowhere in it.
    let system = system.replace("(w: Writer) = w.read == store.version", "(w: Writer) = true");
    let system = serde_json::to_string(&format!("///{}", system.trim_end()))?;
    let lesson = include_str!("new/first.ipynb").replace("\"MAPPING\"", &system);
    let names = Names { folder: called(folder), file: "shop.rcv".to_string(), system: "Shop".to_string() };
    Ok(vec![
        names.file("01-first.ipynb", &lesson),
        names.file("README.md", include_str!("new/course.md")),
        names.file(".github/workflows/check.yml", include_str!("new/course.yml")),
    ])
}

fn called(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What a folder is called, and what is named after it.
struct Names {
    /// `order-book`
    folder: String,
    /// `order-book.rcv`
    file: String,
    /// `OrderBook`
    system: String,
}

impl Names {
    /// Errors: there is no name in it that a system can have.
    fn of(folder: &Path) -> Result<Names, Trouble> {
        let name = called(folder);
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        let system: String = words.map(capital).collect();
        if !system.starts_with(|c: char| c.is_ascii_uppercase()) || system == "Test" {
            let words = format!(
                "no system can be called after `{name}`: say a name that begins with a letter, such as order-book"
            );
            return Err(Trouble(words));
        }
        Ok(Names { file: format!("{name}.rcv"), folder: name, system })
    }

    fn file(&self, path: &str, template: &str) -> File {
        let words = [
            ("REPOSITORY", REPOSITORY),
            ("SYSTEM", &self.system),
            ("FILE", &self.file),
            ("NAME", &self.folder),
        ];
        let text = words.iter().fold(template.to_string(), |text, (mark, word)| text.replace(mark, word));
        File { path: path.to_string(), text }
    }
}
