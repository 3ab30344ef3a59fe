//! Cells: compiled and run one after the other, with the variables of those before.
//!
//! Enters: the text of a cell. Leaves: what it prints and shows, as it happens; why it failed.

use crate::processes::{self, Stop};
use crate::protocol::{Cell, CompilerError, Fault, Phase, Place, Tell};
use crate::screen::Screen;
use evcxr::{CommandContext, CompilationError, Error, EvalOutputs};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often what was printed is shown.
const SHOW: Duration = Duration::from_millis(20);
/// How often it is looked what takes so long.
const LOOK: Duration = Duration::from_millis(500);
/// Standard error comes through a thread that may be late by so much.
const LATE: Duration = Duration::from_millis(15);
/// What stands before the status of a process that is gone.
const STATUS: &str = "Subprocess terminated with status: ";
/// The systems' nodes are enums, and `queue: Queue`, of which there is one, is no mistake.
const NAMES: &str = "#![allow(bindings_with_variant_name)]";
/// How the words of a crash are cut.
const LONGEST: usize = 2000;

/// The cells of one notebook.
pub(crate) struct Cells {
    context: CommandContext,
    screen: Mutex<Screen>,
    /// The types that are in effect.
    before: Option<String>,
}

impl Cells {
    /// Finds the compiler, and compiles a first line with it.
    pub(crate) fn start() -> Result<Cells, Fault> {
        let (context, outputs) = CommandContext::new().map_err(|error| {
            let words = error.to_string();
            if words.contains("Cannot find `") { Fault::NoToolchain(words) } else { Fault::Refused(words) }
        })?;
        let screen = Mutex::new(Screen::new(outputs.stdout, outputs.stderr));
        Ok(Cells { context, screen, before: None })
    }

    /// Runs a cell. `stop` is set as long as it can be stopped.
    pub(crate) fn run(&mut self, cell: &Cell, stop: &Mutex<Option<Stop>>) -> Result<(), Fault> {
        let present = Stop::new(self.context.process_handle());
        *lock(stop) = Some(present.clone());
        let ended = self.attempt(cell, &present);
        present.end();
        *lock(stop) = None;
        if present.was_asked() {
            self.begin_anew(&ended);
            return Err(Fault::Interrupted);
        }
        ended
    }

    /// After an interrupt: the process in which cells run is a new one, whatever was ended. It was killed, and code that finds it
    /// gone makes its variables be forgotten; `:restart` makes it new and keeps them in mind (evcxr 0.22), so that the next
    /// cell would look for them and crash.
    fn begin_anew(&mut self, ended: &Result<(), Fault>) {
        if !matches!(ended, Err(Fault::Crashed(_))) {
            let _gone = self.context.execute("();");
        }
    }

    fn attempt(&mut self, cell: &Cell, stop: &Stop) -> Result<(), Fault> {
        let process = lock(&self.context.process_handle()).id();
        lock(&self.screen).begin(process);
        let before = cell.before.as_ref().filter(|before| self.before.as_ref() != Some(before));
        let before_it = before.map_or(String::new(), |before| format!("{before}\n{NAMES}"));
        let code = format!("{before_it}{}", cell.code);
        if stop.was_asked() {
            return Err(Fault::Interrupted);
        }
        let known = self.variables();
        let lines = before_it.matches('\n').count();
        let outputs = self.execute(&code).map_err(|fault| above(fault, lines))?;
        let cleared = cell.code.lines().any(|line| line.trim() == ":clear");
        self.before = before.cloned().or(self.before.take()).filter(|_| !cleared);
        // Of a panic itself nothing is told: it leaves neither a value nor new variables, but words.
        let nothing = outputs.is_empty() && self.variables() == known;
        if let Some((place, words)) = lock(&self.screen).panic().filter(|_| nothing) {
            return Err(Fault::Panicked { line: self.line(place, &cell.code), words });
        }
        if !outputs.is_empty() {
            crate::tell(&Tell::Shown(outputs.content_by_mime_type.into_iter().collect()));
        }
        Ok(())
    }

    fn variables(&self) -> Vec<(String, String)> {
        let pair = |(name, of): (&str, &str)| (name.to_string(), of.to_string());
        let mut found: Vec<_> = self.context.variables_and_types().map(pair).collect();
        found.sort();
        found
    }

    /// Compiles and runs; what is printed meanwhile is shown meanwhile.
    fn execute(&mut self, code: &str) -> Result<EvalOutputs, Fault> {
        let over = AtomicBool::new(false);
        let (screen, context) = (&self.screen, &mut self.context);
        let result = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut looked = Instant::now();
                while !over.load(Ordering::SeqCst) {
                    lock(screen).pump();
                    if looked.elapsed() >= LOOK {
                        looked = Instant::now();
                        let phase = if processes::compiles() { Phase::Compiling } else { Phase::Running };
                        crate::tell(&Tell::Working(phase));
                    }
                    std::thread::sleep(SHOW);
                }
            });
            let result = context.execute(code);
            over.store(true, Ordering::SeqCst);
            result
        });
        let mut screen = lock(&self.screen);
        loop {
            while screen.pump() {}
            std::thread::sleep(LATE);
            if !screen.pump() {
                break;
            }
        }
        screen.end();
        drop(screen);
        result.map_err(|error| fault(error))
    }

    /// The line of the cell that a panic names, by the text of the line in the file that was compiled.
    fn line(&self, place: &str, code: &str) -> Option<usize> {
        let at = place.rsplit("src/lib.rs:").next()?.split(':').next()?.parse::<usize>().ok()?;
        let source = self.context.last_source().ok()?;
        let text = source.lines().nth(at.checked_sub(1)?)?.trim();
        let mut lines = code.lines().enumerate().filter(|(_, line)| line.trim() == text);
        let line = lines.next()?.0 + 1;
        lines.next().is_none().then_some(line)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn fault(error: Error) -> Fault {
    match error {
        Error::CompilationErrors(errors) => {
            let errors: Vec<CompilerError> =
                errors.iter().filter(|e| !matches!(e.level(), "warning" | "note")).map(told).collect();
            if errors.is_empty() {
                Fault::Refused("the compiler failed".into())
            } else {
                Fault::Compiler(errors)
            }
        }
        Error::SubprocessTerminated(words) => {
            let status = words.rsplit_once(STATUS).map_or(words.as_str(), |(_, status)| status);
            Fault::Crashed(cut(status))
        }
        Error::Message(words) => Fault::Refused(cut(&words)),
        lost @ Error::TypeRedefinedVariablesLost(_) => Fault::Refused(lost.to_string()),
    }
}

fn told(error: &CompilationError) -> CompilerError {
    let place = error.primary_spanned_message();
    CompilerError {
        code: error.code().map(str::to_string),
        message: error.message(),
        place: place.and_then(|at| at.span).map(|span| Place {
            line: span.start_line,
            column: span.start_column,
            end_line: span.end_line,
            end_column: span.end_column,
        }),
        label: place.map(|at| at.label.clone()).filter(|label| !label.is_empty()),
        help: error.help().into_iter().next().or_else(|| error.evcxr_extra_hint().map(str::to_string)),
    }
}

/// Places in a cell that had so many lines before it.
fn above(fault: Fault, lines: usize) -> Fault {
    let Fault::Compiler(mut errors) = fault else { return fault };
    for place in errors.iter_mut().filter_map(|error| error.place.as_mut()) {
        place.line = place.line.saturating_sub(lines).max(1);
        place.end_line = place.end_line.saturating_sub(lines).max(1);
    }
    Fault::Compiler(errors)
}

fn cut(words: &str) -> String {
    words.chars().take(LONGEST).collect()
}
