//! Rust cells: `%%rust`, run by `reconverge-rust`, a program of its own that is not part of the kernel.
//!
//! Enters: the text of a cell, the flag of an interrupt. Leaves: what it prints and shows as it happens, or why it
//! failed. Whatever happens to that program, the kernel and its session go on.

mod failures;
mod imports;
mod process;
mod protocol;

use crate::cells::{Conform, RUST};
use crate::jobs::Said;
use crate::wire::{Bundle, Failed};
use failures::{lost, unstarted};
use imports::Imports;
use process::{Process, Word};
use protocol::{Ask, Cell, Phase, Tell};
use reconverge_lang::export::rust::DIFFERS;
use reconverge_lang::session::{Comparison, Told};
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

/// The Rust of a cell, its first line left empty, so that lines count as in the cell.
fn body(code: &str) -> String {
    let start = code.len() - code.trim_start().len();
    let rest = code[start + RUST.len()..].split_once('\n').map_or("", |(_, rest)| rest);
    let lines = code[..start].matches('\n').count() + 1;
    format!("{}{rest}", "\n".repeat(lines))
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
    /// The systems of the session as a crate, which depends on serde or does not.
    pub types: &'c dyn Fn(bool) -> String,
    /// In place of a cell in Rust, what is compared: with the crate that compares, or why there is none.
    pub conform: Option<(Conform<'c>, &'c dyn Fn(&Conform<'c>) -> Result<Comparison, String>)>,
}

/// The Rust of one notebook: nothing, until a cell asks for it.
#[derive(Default)]
pub(crate) struct Rust {
    process: Option<Process>,
    /// Types are read and written by serde: a cell has asked for it.
    serde: bool,
    imports: Imports,
}

impl Rust {
    /// Runs a cell to its end. `say` is called with what happens meanwhile.
    pub(crate) fn run(&mut self, cell: &RustCell<'_>, say: &dyn Fn(Said)) -> Result<(), Failed> {
        let mut progress = Progress::begin(say);
        if self.process.is_none() {
            self.process = Some(Process::start().map_err(unstarted)?);
        }
        let Some(process) = &mut self.process else { return Ok(()) };
        self.serde |= cell.code.contains("serde");
        let library = (cell.types)(self.serde);
        let imports = Imports::of(cell.code);
        if let Some(words) = self.imports.refused(&imports, &library) {
            return Err(failures::names_taken(&words));
        }
        let types = |process: &mut Process| {
            process.types(&library, self.serde).map_err(|error| failures::no_types(&error))
        };
        let mut comparison = None;
        let ask = if let Some((conform, ready)) = &cell.conform {
            let ready = ready(conform).map_err(|words| failures::not_compared(&words))?;
            let types = types(process)?;
            let before = process.conform(&ready.text).map_err(|error| failures::no_types(&error))?;
            let code = ready.call.clone();
            comparison = Some(ready);
            Ask::Execute(Cell { code, before: Some(format!("{types}\n{before}")) })
        } else {
            let before = cell.code.contains(TYPES).then(|| types(process)).transpose()?;
            Ask::Execute(Cell { code: body(cell.code), before })
        };
        process.tell(&ask);
        match converse(process, cell, comparison.as_ref(), &mut progress) {
            Ok(()) => {
                self.imports.add(cell.code, imports);
                Ok(())
            }
            Err(End::Differs(words)) => Err(failures::differs(&words)),
            Err(End::Failed(fault)) => {
                if process.is_gone() {
                    self.forget();
                }
                Err(failures::failed(fault, cell))
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
        self.imports = Imports::default();
        self.process.take()
    }
}

/// Why a cell does not come to its end.
enum End {
    /// It says so itself.
    Failed(protocol::Fault),
    /// The program is gone.
    Gone,
    /// It did not answer an interrupt.
    Ended,
    /// It came to its end, and code does something else than the mapping.
    Differs(String),
}

/// Until the cell is over.
fn converse(
    process: &mut Process,
    cell: &RustCell<'_>,
    comparison: Option<&Comparison>,
    progress: &mut Progress<'_>,
) -> Result<(), End> {
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
                    protocol::Stream::Stdout => crate::wire::StreamName::Stdout,
                    protocol::Stream::Stderr => crate::wire::StreamName::Stderr,
                };
                (progress.say)(Said::Printed { stream, text });
            }
            Word::Said(Tell::Shown(data)) => {
                progress.shown = true;
                let told = data.get(DIFFERS).zip(comparison);
                match told.and_then(|(told, comparison)| comparison.told(told, cell.sources)) {
                    Some(Told::Same(words)) => {
                        let (stream, text) = (crate::wire::StreamName::Stdout, words + "\n");
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
    fn begin(say: &'s dyn Fn(Said)) -> Progress<'s> {
        Progress { say, phase: Working::Starting, began: Instant::now(), told: None, shown: false }
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
        (self.say)(Said::Working(format!("{what}, {} s", elapsed.as_secs())));
    }
}
