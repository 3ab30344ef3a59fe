//! `reconverge export`: the runs and pictures of a program in the formats of other tools; notebooks as course material.
//!
//! Enters: a file, a format. Leaves: one document on standard output, or each in a file of its own.

use super::output::{to_stderr, to_stdout};
use super::programs::Program;
use super::runner::{self, Event, RanFile, Settings};
use super::{Trouble, Verdict, course, programs, run};
use crate::library;
use clap::{Args, ValueEnum};
use reconverge_lang::diag::codes::session::EXPECTATION;
use reconverge_lang::diag::{Diagnostic, render};
use reconverge_lang::export::{ShownRun, dot, itf, mermaid, runs, shiviz, tla};
use reconverge_lang::report::Report;
use reconverge_lang::session::Session;
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Args)]
#[command(after_help = "\
Examples:
  reconverge export lesson.rcv --to mermaid --of low    the run that breaks `low`, as text
  reconverge export lesson.rcv --to itf --out traces    every run, in a file each
  reconverge export lesson.rcv --to tla --out tla       every check, for TLC
  reconverge export lesson.ipynb --to html              one page that needs nothing else
  reconverge export lesson.ipynb --to html --live       the same, and its cells can be changed and run in it
  reconverge export lesson.ipynb --to student --out out the copy for students, and the key
  reconverge export notebooks --to site --out site      every notebook and mapping, with the manual
  reconverge export notebooks --to scorm                every notebook as a lesson, for a learning management system

html, slides, pdf, site, scorm, cc, student, key and ipynb execute the notebook first, with this kernel, and write files:
into the working directory, or --out. They are made by Python's nbconvert, in the environment that this is installed in.")]
pub(super) struct ExportArguments {
    /// FILE.rcv, FILE.ipynb, or - for standard input; for course material a notebook or a folder of them
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
    /// Course material: seconds that a cell may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u32,
    /// Course material: use the outputs that the notebook has, instead of executing it
    #[arg(long)]
    stored: bool,
    /// Course material: with solutions open, and with what is for teachers
    #[arg(long)]
    instructor: bool,
    /// html, site, scorm and cc: cells can be changed and run in the page, without a kernel and without a network
    #[arg(long)]
    live: bool,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Runs as the trace JSON of Apalache and Quint
    Itf,
    /// Runs as Mermaid's sequence diagrams, state graphs as its flow charts
    Mermaid,
    /// Runs, state graphs and loops of the four concepts as Graphviz' graphs
    Dot,
    /// Runs as logs with vector clocks
    Shiviz,
    /// Every `check` as a TLA+ module, with a configuration for TLC
    Tla,
    /// Notebooks as pages, each in one file that is read without a network
    Html,
    /// Notebooks as slides, each in one file
    Slides,
    /// Notebooks as tagged PDF (needs Chromium)
    Pdf,
    /// Notebooks, mappings and the manual as a site with a search (needs zensical)
    Site,
    /// Notebooks as a package of SCORM 1.2: each is a lesson, which tells that it was read
    Scorm,
    /// Notebooks as a Common Cartridge 1.1: each is a file of a course
    Cc,
    /// Copies for students, and their keys, after both were tried
    Student,
    /// Only the keys
    Key,
    /// Notebooks, executed
    Ipynb,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Itf => "itf.json",
            Format::Mermaid => "mmd",
            Format::Dot => "dot",
            Format::Shiviz => "log",
            Format::Tla => "tla",
            Format::Html | Format::Slides => "html",
            Format::Pdf => "pdf",
            Format::Scorm => "zip",
            Format::Cc => "imscc",
            Format::Site | Format::Student | Format::Key | Format::Ipynb => "ipynb",
        }
    }

    /// What Python makes of notebooks, by the name that it knows.
    fn of_course(self) -> Option<&'static str> {
        match self {
            Format::Html => Some("html"),
            Format::Slides => Some("slides"),
            Format::Pdf => Some("pdf"),
            Format::Site => Some("site"),
            Format::Scorm => Some("scorm"),
            Format::Cc => Some("cc"),
            Format::Student => Some("student"),
            Format::Key => Some("key"),
            Format::Ipynb => Some("ipynb"),
            Format::Itf | Format::Mermaid | Format::Dot | Format::Shiviz | Format::Tla => None,
        }
    }

    fn of_run(self, run: &ShownRun<'_>) -> Result<String, Trouble> {
        Ok(match self {
            Format::Itf => format!("{}\n", serde_json::to_string_pretty(&itf::document(run))?),
            Format::Mermaid => mermaid::diagram(run),
            Format::Dot => dot::run(run),
            Format::Shiviz => shiviz::log(run),
            // They are no runs.
            _ => String::new(),
        })
    }
}

/// What is written.
struct Document {
    /// `Counter-low-violated`
    name: String,
    /// What `--of` can say for it alone.
    of: String,
    /// And for it and the others of the same.
    member: String,
    system: String,
    text: String,
    /// What belongs to it, with the extension of its file.
    beside: Option<(&'static str, String)>,
}

pub(super) fn export(arguments: &ExportArguments) -> Result<Verdict, Trouble> {
    if let Some(format) = arguments.to.of_course() {
        return material(format, arguments);
    }
    let programs =
        programs::read(std::slice::from_ref(&arguments.program), arguments.settings.files.as_deref())?;
    if arguments.to == Format::Tla {
        return tla(arguments, programs);
    }
    let several = programs.len() > 1;
    let ran = runner::run(programs, &arguments.settings, &runner::interrupts()?, move |event| {
        if let Event::Ends { path, ran } = event {
            run::print_diagnostics(ran, several.then_some(path));
        }
    })?;
    let mut documents = Vec::new();
    for output in ran.iter().flat_map(|file| &file.cells).flat_map(|ran| &ran.outputs) {
        add(arguments.to, &output.report, &mut documents)?;
    }
    put(arguments, documents)?;
    let in_the_text = |d: &Diagnostic| d.is_error() && d.code != EXPECTATION;
    let wrong = |file: &RanFile| file.cells.iter().any(|ran| ran.diagnostics().iter().any(in_the_text));
    if !ran.iter().any(wrong) {
        return Ok(Verdict::AsExpected);
    }
    to_stderr("not as expected: the program has errors\n");
    Ok(Verdict::Wrong)
}

/// Notebooks as course material.
fn material(format: &str, arguments: &ExportArguments) -> Result<Verdict, Trouble> {
    if arguments.of.is_some() {
        return Err(Trouble(format!("--of chooses among runs and pictures: not for --to {format}")));
    }
    let mut words: Vec<OsString> = ["export", "--to", format].map(OsString::from).into();
    if let Some(out) = &arguments.out {
        words.extend(["--out".into(), out.into()]);
    }
    words.extend(["--timeout".into(), arguments.timeout.to_string().into()]);
    let options =
        [(arguments.stored, "--stored"), (arguments.instructor, "--instructor"), (arguments.live, "--live")];
    for (given, option) in options {
        if given {
            words.push(option.into());
        }
    }
    words.extend(["--".into(), (&arguments.program).into()]);
    course::python(&words)
}

/// Every check of a program that TLA+ can say; what it cannot say of the others is told.
fn tla(arguments: &ExportArguments, programs: Vec<Program>) -> Result<Verdict, Trouble> {
    let (settings, interrupts) = (arguments.settings.clone(), runner::interrupts()?);
    let (documents, refused) = runner::on_large_stack(move || {
        let mut host = runner::terminal(Some(&settings), &interrupts);
        let (mut documents, mut named, mut refused) = (Vec::new(), Vec::new(), String::new());
        let several = programs.len() > 1;
        for Program { path, cells, files } in programs {
            host.files = files;
            let mut session = Session::new(library::mappings());
            for cell in cells {
                let checks = session.tla(cell.cell, &cell.code, &host, &mut named);
                let found = match checks {
                    Ok(checks) => {
                        documents.extend(checks.exported.into_iter().map(Document::of_tla));
                        checks.refused
                    }
                    Err(found) => found,
                };
                let path = several.then_some(path.as_path());
                refused += &render::ansi(&found, &programs::placed(session.sources(), path));
            }
        }
        Ok((documents, refused))
    })?;
    to_stderr(&refused);
    if !documents.is_empty() || refused.is_empty() {
        put(arguments, documents)?;
    }
    if refused.is_empty() {
        return Ok(Verdict::AsExpected);
    }
    to_stderr("not as expected: not every check can be exported\n");
    Ok(Verdict::Wrong)
}

impl Document {
    /// What stands behind the end of a module is not read: there is room for the configuration.
    fn of_tla(exported: tla::Exported) -> Document {
        let tla::Exported { name, module, configuration, .. } = exported;
        Document {
            of: name.clone(),
            member: name.clone(),
            system: name.clone(),
            text: format!("{module}\n{name}.cfg:\n{configuration}"),
            beside: Some(("cfg", configuration)),
            name,
        }
    }
}

fn add(format: Format, report: &Report, documents: &mut Vec<Document>) -> Result<(), Trouble> {
    for run in runs(report) {
        let text = format.of_run(&run)?;
        let weaker = run.weaker.as_deref().map(readable);
        let member = run.of.to_string();
        let of =
            weaker.as_ref().map_or(member.clone(), |weaker| format!("{member}-{}", file_name(&[weaker])));
        let shows = Some(run.shows).filter(|shows| *shows != run.of);
        let parts = [Some(run.system), Some(run.of), weaker.as_deref(), shows];
        let name = file_name(&parts.into_iter().flatten().collect::<Vec<_>>());
        let system = run.system.to_string();
        documents.push(Document { name, of, member, system, text, beside: None });
    }
    let picture = match (format, report) {
        (Format::Dot, Report::Diagram(diagram)) => Some(("loop", &diagram.subject, dot::diagram(diagram))),
        (Format::Dot, Report::Graph(graph)) => Some(("graph", &graph.subject, dot::graph(graph))),
        (Format::Mermaid, Report::Graph(graph)) => Some(("graph", &graph.subject, mermaid::graph(graph))),
        _ => None,
    };
    if let Some((of, subject, text)) = picture {
        let (name, system) = (file_name(&[&subject.system, of]), subject.system.clone());
        let of = of.to_string();
        documents.push(Document { name, member: of.clone(), of, system, text, beside: None });
    }
    Ok(())
}

/// Prints the only one, or writes all.
fn put(arguments: &ExportArguments, mut documents: Vec<Document>) -> Result<(), Trouble> {
    // Several runs may be of one member: each has a name by which it is asked for.
    let names: Vec<String> = documents.iter().map(|document| document.of.clone()).collect();
    for (at, document) in documents.iter_mut().enumerate() {
        match names[..at].iter().filter(|name| **name == document.of).count() {
            0 => {}
            same => document.of = format!("{}-{}", document.of, same + 1),
        }
    }
    let is_it = |of: &String| documents.iter().any(|d| *of == d.of);
    let one = arguments.of.as_ref().is_some_and(is_it);
    let wanted = |d: &Document| match &arguments.of {
        Some(of) if one => *of == d.of,
        Some(of) => *of == d.member || *of == d.system,
        None => true,
    };
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
        if let Some((extension, text)) = &document.beside {
            run::write(&path.with_extension(extension), text)?;
        }
        names.push(document.name.clone());
    }
    Ok(())
}

/// What is weaker, in words alone: signs that tell two conditions apart are none of a file's name.
fn readable(weaker: &str) -> String {
    const SIGNS: [(&str, &str); 9] = [
        (":=", " becomes "),
        ("+=", " plus "),
        ("-=", " minus "),
        ("==", " is "),
        ("!=", " is not "),
        ("<=", " at most "),
        (">=", " at least "),
        (" < ", " below "),
        (" > ", " above "),
    ];
    SIGNS.iter().fold(weaker.to_string(), |words, (sign, word)| words.replace(sign, word))
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
