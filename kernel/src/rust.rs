//! Rust cells: `%%rust`, run by `reconverge-rust`, a program of its own that is not part of the kernel.
//!
//! Enters: the text of a cell, the flag of an interrupt. Leaves: what it prints and shows as it happens, or why it
//! failed. Whatever happens to that program, the kernel and its session go on.

mod failures;
mod imports;
mod library;
mod process;
mod protocol;

use crate::cells::RUST;
use crate::jobs::Said;
use crate::wire::{Bundle, Failed, StreamName};
use failures::{Cells, lost, unstarted};
use imports::Imports;
use process::{Process, Word};
use protocol::{Ask, Cell, Fault, Phase, Tell};
use reconverge_lang::export::rust::{DIFFERS, Library};
use reconverge_lang::session::{Comparison, Refused, Told};
use reconverge_lang::span::Sources;
use reconverge_outputs::display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a cell names where it speaks of the session's systems.
const TYPES: &str = "reconverge::";
/// Bytes of a value that are shown.
const MOST: usize = 2 << 20;
/// How often an interrupt is looked for.
const TICK: Duration = Duration::from_millis(20);
/// What takes longer is told of.
const SOON: Duration = Duration::from_millis(700);
/// How often it is told of.
const AGAIN: Duration = Duration::from_millis(500);
/// How often an interrupted cell is asked to stop.
const ASK: Duration = Duration::from_millis(100);
/// How long an interrupted cell may take to say so, before the program is ended with all that it knows.
const PATIENCE: Duration = Duration::from_secs(3);

/// The Rust of a cell: what stands before it is left empty, so that lines and columns count as in the cell.
fn body(code: &str) -> String {
    let start = code.len() - code.trim_start().len();
    let before = &code[..start];
    let rest = &code[start + RUST.len()..];
    let (first, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    let indent = before.rsplit('\n').next().unwrap_or_default().chars().count() + RUST.len();
    // A line of blanks would be none of commands, which may follow.
    let first = if first.trim().is_empty() { String::new() } else { " ".repeat(indent) + first };
    format!("{}{first}\n{rest}", "\n".repeat(before.matches('\n').count()))
}

/// A cell with what tells of it.
pub(crate) struct RustCell<'c> {
    /// What people call it.
    pub name: &'c str,
    pub code: &'c str,
    /// Set to stop it.
    pub cancel: &'c AtomicBool,
    /// The texts of the session, into which errors are placed beside the cell.
    pub sources: &'c Sources,
    /// The systems of the session.
    pub types: &'c dyn Fn() -> Library,
    /// What that crate reads: what was shown last.
    pub run: &'c dyn Fn() -> String,
    /// In place of a cell in Rust, what compares code, or why there is nothing to compare.
    pub conform: Option<&'c dyn Fn() -> Result<Comparison, Refused>>,
}

/// The Rust of one notebook: nothing, until a cell asks for it.
#[derive(Default)]
pub(crate) struct Rust {
    process: Option<Process>,
    /// Types are read and written by serde: a cell has asked for it.
    serde: bool,
    imports: Imports,
    /// What was said of types that cells still have as they were.
    stale: String,
    /// Every cell that was asked for, by its number: what people call it, its text.
    cells: Vec<(String, String)>,
}

impl Rust {
    /// Runs a cell to its end. `say` is called with what happens meanwhile.
    pub(crate) fn run(&mut self, cell: &RustCell<'_>, say: &dyn Fn(Said)) -> Result<(), Failed> {
        let mut progress = Progress::begin(say, self.process.is_none());
        if self.process.is_none() {
            self.process = Some(Process::start().map_err(unstarted)?);
        }
        let Some(process) = &mut self.process else { return Ok(()) };
        let comparison = cell.conform.map(|conform| conform()).transpose().map_err(failures::not_compared)?;
        self.serde |= cell.code.contains("serde");
        let library = (cell.types)();
        let imports = Imports::of(cell.code);
        if let Some(words) = self.imports.refused(&imports, &library) {
            return Err(failures::names_taken(&words));
        }
        self.cells.push((cell.name.to_string(), cell.code.to_string()));
        let number = self.cells.len() - 1;
        let prepared = prepared(process, (cell, number), comparison.as_ref(), &library, self.serde);
        let ask = prepared.map_err(|error| failures::no_types(&error))?;
        if comparison.is_none() && !cell.code.contains(TYPES) {
            let words = process
                .present()
                .map_or(String::new(), |present| library::stale(present, &library, &self.imports.named));
            if !words.is_empty() && words != self.stale {
                say(Said::Printed { stream: StreamName::Stderr, text: words.clone() });
            }
            self.stale = words;
        }
        let cells = (cell, &self.cells[..]);
        let ended = converse(process, cells, &ask, comparison.as_ref(), &mut progress);
        let is_before_it_ran = matches!(&ended, Err(End::Failed(fault)) if fault.is_before_it_ran());
        process.settle(!is_before_it_ran);
        let ended = match (ended, &comparison) {
            (Err(End::Failed(Fault::Crashed(status))), Some(comparison)) => {
                fate(process, cells, (&ask, &status), comparison, &mut progress)
            }
            (ended, _) => ended,
        };
        self.ended(ended, cell, comparison.as_ref(), (&library, imports))
    }

    /// What is left, and what is said.
    fn ended(
        &mut self,
        ended: Result<(), End>,
        cell: &RustCell<'_>,
        comparison: Option<&Comparison>,
        (library, imports): (&Library, Imports),
    ) -> Result<(), Failed> {
        // What panics is compiled, and its imports stay.
        if matches!(ended, Ok(()) | Err(End::Failed(Fault::Panicked { .. } | Fault::Returned { .. }))) {
            self.imports.add(cell.code, imports);
        }
        match ended {
            Ok(()) => Ok(()),
            Err(End::Differs(words)) => Err(failures::differs(&words)),
            Err(End::Failed(fault)) => {
                if self.process.as_mut().is_some_and(Process::is_gone) {
                    self.forget();
                }
                Err(failures::failed(fault, (cell, &self.cells), comparison, library))
            }
            Err(End::Gone) => {
                let words = self.forget().map(Process::last_words).unwrap_or_default();
                Err(lost(&words))
            }
            Err(End::Ended) => {
                if let Some(process) = self.forget() {
                    process.end();
                }
                Err(failures::all_lost())
            }
        }
    }

    /// The process goes with all that it knows.
    fn forget(&mut self) -> Option<Process> {
        *self = Rust { serde: self.serde, process: self.process.take(), ..Rust::default() };
        self.process.take()
    }
}

/// What is asked of the program, after what the cell reads was written.
fn prepared(
    process: &mut Process,
    (cell, number): (&RustCell<'_>, usize),
    comparison: Option<&Comparison>,
    library: &Library,
    serde: bool,
) -> std::io::Result<Cell> {
    process.last_run(&(cell.run)())?;
    let Some(comparison) = comparison else {
        let types = if cell.code.contains(TYPES) {
            Some(process.types(library, serde)?)
        } else if process.present().is_none() {
            Some(process.types(&Library::default(), serde)?)
        } else {
            process.keep()?;
            None
        };
        return Ok(Cell { number, code: body(cell.code), types, compares: None });
    };
    let types = Some(process.types(library, serde)?);
    let compares = Some(process.conform(&comparison.text)?);
    Ok(Cell { number, code: comparison.call.text.clone(), types, compares })
}

/// What a comparison came to whose process was ended by what it called: what that was stands in a file, and the code that
/// compares, which is still there, says it.
fn fate(
    process: &mut Process,
    cells: Cells<'_>,
    (ask, status): (&Cell, &str),
    comparison: &Comparison,
    progress: &mut Progress<'_>,
) -> Result<(), End> {
    let crashed = || Err(End::Failed(Fault::Crashed(status.to_string())));
    let Some(called) = process.called() else { return crashed() };
    let lost = "variables of Rust cells are lost";
    let happened = match called.seconds {
        0 => format!("ends the process that runs Rust ({status}; {lost})"),
        seconds => format!("does not come back within {seconds} s (its process was ended: {lost})"),
    };
    let code = &comparison.code;
    let code = format!("\nreconverge_conform::fate({code:?}, {happened:?}, &{:?});", called.numbers);
    let ask = Cell { code, ..ask.clone() };
    match converse(process, cells, &ask, Some(comparison), progress) {
        Ok(()) => crashed(),
        ended @ Err(_) => ended,
    }
}

/// Why a cell does not come to its end.
enum End {
    /// It says so itself.
    Failed(Fault),
    /// The program is gone.
    Gone,
    /// It did not answer an interrupt.
    Ended,
    /// It came to its end, and code does something else than the mapping.
    Differs(String),
}

/// Runs a cell until it is over.
fn converse(
    process: &mut Process,
    (cell, cells): Cells<'_>,
    ask: &Cell,
    comparison: Option<&Comparison>,
    progress: &mut Progress<'_>,
) -> Result<(), End> {
    process.tell(&Ask::Execute(ask.clone()));
    let mut differs: Option<String> = None;
    let mut interrupted: Option<Instant> = None;
    let mut asked: Option<Instant> = None;
    loop {
        match process.next(TICK) {
            Word::Said(Tell::Ready) => progress.phase = Working::Phase(Phase::Compiling),
            Word::Said(Tell::Working(phase)) => progress.phase = Working::Phase(phase),
            Word::Said(Tell::Printed { stream, text }) => {
                progress.shown = true;
                let stream = match stream {
                    protocol::Stream::Stdout => StreamName::Stdout,
                    protocol::Stream::Stderr => StreamName::Stderr,
                };
                (progress.say)(Said::Printed { stream, text });
            }
            Word::Said(Tell::Shown(data)) => {
                progress.shown = true;
                let told = data.get(DIFFERS).zip(comparison);
                match told.and_then(|(told, comparison)| {
                    comparison.told(&failures::placed(told, cells), cell.sources)
                }) {
                    Some(Told::Same(words)) => {
                        let (stream, text) = (StreamName::Stdout, words + "\n");
                        (progress.say)(Said::Printed { stream, text });
                    }
                    Some(Told::Differs(output, words)) => {
                        differs = Some(words);
                        if let Some(output) = output {
                            (progress.say)(Said::Shown(display::output(&output)));
                        }
                    }
                    None => (progress.say)(Said::Shown(bundle(data))),
                }
            }
            Word::Said(Tell::Lost(lost)) => {
                let text = lost.iter().map(failures::variables_lost).collect();
                (progress.say)(Said::Printed { stream: StreamName::Stderr, text });
            }
            Word::Said(Tell::Done) => return differs.map_or(Ok(()), |words| Err(End::Differs(words))),
            Word::Said(Tell::Failed(fault)) => return Err(End::Failed(fault)),
            Word::Nothing => {}
            Word::Gone => return Err(End::Gone),
        }
        if cell.cancel.load(Ordering::Relaxed) {
            let since = *interrupted.get_or_insert_with(Instant::now);
            if since.elapsed() > PATIENCE {
                return Err(End::Ended);
            }
            // Again and again: a cell that has not begun cannot be stopped yet.
            if asked.is_none_or(|asked| asked.elapsed() > ASK) {
                asked = Some(Instant::now());
                process.tell(&Ask::Interrupt);
            }
        }
        progress.tell(process);
    }
}

/// What is shown of a long text; notebooks grow slow on more.
fn shortened(mut text: String) -> String {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let more = text.len() - end;
    if more > 0 {
        text.truncate(end);
        text.push_str(&format!("\n… {:.1} MB more are left out", more as f64 / f64::from(1 << 20)));
    }
    text
}

/// By MIME type, JSON as itself.
fn bundle(data: std::collections::BTreeMap<String, String>) -> Bundle {
    let mut bundle = Bundle::default();
    for (mime, text) in data {
        let json = mime.ends_with("json").then(|| serde_json::from_str(&text).ok()).flatten();
        let text = if mime == "text/plain" { shortened(text) } else { text };
        bundle.data.insert(mime, json.unwrap_or(text.into()));
    }
    bundle
}

/// What takes long.
enum Working {
    Starting,
    Phase(Phase),
}

/// Tells what takes so long, until something is shown.
struct Progress<'s> {
    say: &'s dyn Fn(Said),
    phase: Working,
    began: Instant,
    told: Option<Instant>,
    shown: bool,
}

impl<'s> Progress<'s> {
    fn begin(say: &'s dyn Fn(Said), starts: bool) -> Progress<'s> {
        let phase = if starts { Working::Starting } else { Working::Phase(Phase::Compiling) };
        Progress { say, phase, began: Instant::now(), told: None, shown: false }
    }

    fn tell(&mut self, process: &Process) {
        let elapsed = self.began.elapsed();
        if self.shown || elapsed < SOON || self.told.is_some_and(|told| told.elapsed() < AGAIN) {
            return;
        }
        self.told = Some(Instant::now());
        let what = match (&self.phase, process.compiles()) {
            (Working::Starting, _) => "Rust starts".to_string(),
            (Working::Phase(Phase::Compiling), Some(name)) => format!("Rust is compiled: {name}"),
            (Working::Phase(Phase::Compiling), None) => "Rust is compiled".to_string(),
            (Working::Phase(Phase::Running), _) => "Rust runs".to_string(),
        };
        // What ends a line in a terminal, where nothing is taken back.
        (self.say)(Said::Working(format!("{what}, {} s\n", elapsed.as_secs())));
    }
}
