//! Cells: compiled and run one after the other, with the variables of those before.
//!
//! Enters: the text of a cell. Leaves: what it prints and shows, as it happens; why it failed.

use crate::past::{Past, reads};
use crate::processes::{self, Stop};
use crate::protocol::{AT, Anew, Cell, CompilerError, Fault, Phase, Place, Tell, Types};
use crate::screen::{Ended, Screen};
use evcxr::{CommandContext, CompilationError, Error, EvalOutputs};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often what was printed is shown.
const SHOW: Duration = Duration::from_millis(20);
/// How often it is looked what takes so long.
const LOOK: Duration = Duration::from_millis(500);
/// Standard error comes through a thread that may be late by so much.
const LATE: Duration = Duration::from_millis(15);
/// And what a panic says, on a busy machine, by so much.
const LATEST: Duration = Duration::from_secs(2);
/// What a loop comes to, which nobody asks to see.
const NOTHING: &str = "()";
/// What stands before the status of a process that is gone.
const STATUS: &str = "Subprocess terminated with status: ";
/// How a process ended that evcxr ends by an abort once it has said so, or that had no stack left to say so.
const FAULT: &str = "SIGSEGV: a segmentation fault, or recursion without an end";
/// The systems' nodes are enums, and `queue: Queue`, of which there is one, is no mistake.
const NAMES: &str = "#![allow(bindings_with_variant_name)]";
/// A statement whose value is dropped as the cell ends, however it does: between its beginning and its end what is printed is
/// the cell's, all of it is shown, and there is nothing to be read.
const WITHIN: &str = "let _ = &::reconverge::cell_();\n";
const UNTYPED: &str = "Couldn't automatically determine type of a variable of this cell, or it is a closure.\n\
                       Please give it an explicit type.";
/// How the words of a crash are cut.
const LONGEST: usize = 2000;

/// The cells of one notebook.
pub(crate) struct Cells {
    context: CommandContext,
    screen: Mutex<Screen>,
    /// The types that are in effect.
    types: Option<Types>,
    /// That cells depend on them was said, since all was forgotten last.
    is_said: bool,
    past: Past,
}

/// A cell with what it depends on, as evcxr is given it: commands, then Rust.
struct Text {
    code: String,
    /// So many lines of commands, and of what is not Rust.
    commands: usize,
    /// So many lines were added behind them.
    added: usize,
    /// So many lines of attributes of the whole follow, and then one that was added, where statements can be.
    attributes: Option<usize>,
    /// It forgets all that was.
    clears: bool,
}

impl Text {
    /// `types`: what it depends on; `is_new`: evcxr does not know it yet.
    fn of(cell: &str, types: Option<&Types>, is_new: bool) -> Text {
        let all: Vec<&str> = cell.split_inclusive('\n').collect();
        let commands = all.iter().position(|line| !is_no_rust(line)).unwrap_or(all.len());
        let (head, rest) = all.split_at(commands);
        let clears = head.iter().any(|line| line.trim() == ":clear");
        let types = types.filter(|_| is_new || clears && !rest.is_empty());
        let added = types.map_or(String::new(), |types| format!("{}\n{NAMES}\n", types.lines));
        let mut code = head.concat();
        if !code.ends_with('\n') && !added.is_empty() {
            code.push('\n');
        }
        code += &added;
        let attributes = attributes(rest);
        let (before, after) = rest.split_at(attributes.unwrap_or(0));
        let flush = if attributes.is_some() { WITHIN } else { "" };
        let code = code + &before.concat() + flush + &after.concat();
        Text { code, commands, added: added.matches('\n').count(), attributes, clears }
    }

    /// The line of the cell.
    fn line(&self, line: usize) -> usize {
        let flush = self.attributes.map(|lines| self.commands + self.added + lines);
        let line = if flush.is_some_and(|flush| line > flush) { line - 1 } else { line };
        if line > self.commands { line.saturating_sub(self.added).max(self.commands) } else { line }.max(1)
    }
}

/// Whether a line before the first of Rust is none itself: what evcxr takes for a command, or passes over.
pub(crate) fn is_no_rust(line: &str) -> bool {
    line.starts_with('!')
        || line.trim_start_matches(' ').starts_with(':')
        || line.starts_with("//")
        || line.trim().is_empty()
}

/// How many lines stand before the first of which a statement can stand; `None`: none can.
fn attributes(lines: &[&str]) -> Option<usize> {
    let is_attribute = |line: &str| line.starts_with("#![") || line.starts_with("//!");
    let is_before = |line: &str| line.is_empty() || line.starts_with("//") || is_attribute(line);
    let first = lines.iter().position(|line| !is_before(line.trim()))?;
    let last = lines[..first].iter().rposition(|line| is_attribute(line.trim()));
    let is_whole =
        last.is_none_or(|last| lines[last].trim().starts_with("//") || lines[last].trim().ends_with(']'));
    is_whole.then_some(last.map_or(0, |last| last + 1))
}

impl Cells {
    /// Finds the compiler, and compiles a first line with it.
    pub(crate) fn start() -> Result<Cells, Fault> {
        let (context, outputs) = CommandContext::new().map_err(|error| {
            let words = error.to_string();
            if words.contains("Cannot find `") { Fault::NoToolchain(words) } else { Fault::Refused(words) }
        })?;
        let screen = Mutex::new(Screen::new(outputs.stdout, outputs.stderr));
        Ok(Cells { context, screen, types: None, is_said: false, past: Past::default() })
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
        if stop.was_asked() {
            return Err(Fault::Interrupted);
        }
        let before = self.types.clone();
        let change =
            cell.types.as_ref().filter(|types| before.as_ref().is_none_or(|known| known.text != types.text));
        let text = Text::of(&cell.code, change.or(before.as_ref()), change.is_some() || !self.is_said);
        write_compares(cell, true)?;
        let ended = match change {
            Some(types) => self.take(types, (cell, &text)),
            None => Ok(()),
        };
        let ended = ended.and_then(|()| {
            if stop.was_asked() {
                return Err(Fault::Interrupted);
            }
            let known = self.variables();
            let outputs = self.executed(&text.code).map_err(|error| self.fault(error, cell, &text))?;
            Ok((known, outputs))
        });
        let is_as_before = !stop.was_asked() && ended.as_ref().is_err_and(Fault::is_before_it_ran);
        match change {
            Some(_) if is_as_before => before.iter().try_for_each(write)?,
            Some(types) => {
                write(types)?;
                self.types = Some(types.clone());
            }
            None => {}
        }
        let (known, outputs) = ended?;
        self.is_said = text.added > 0 || self.is_said && !text.clears;
        if text.clears {
            self.past.clear();
        }
        self.past.add(cell.number, &cell.code);
        self.whole(&known, cell)?;
        let nothing = |text: &String| text == NOTHING;
        let is_nothing = outputs.content_by_mime_type.values().all(nothing);
        if !is_nothing {
            let placed = |(mime, text): (String, String)| (mime, self.placed(text, cell));
            crate::tell(&Tell::Shown(outputs.content_by_mime_type.into_iter().map(placed).collect()));
        }
        Ok(())
    }

    /// Whether the cell has come to its end by its last statement. `before`: the variables that there were.
    fn whole(&self, before: &[(String, String)], cell: &Cell) -> Result<(), Fault> {
        let now = self.variables();
        let gone = before.iter().filter(|(name, _)| now.iter().all(|(known, _)| known != name));
        let lost: Vec<String> = gone.map(|(name, _)| name.clone()).collect();
        let screen = lock(&self.screen);
        match screen.ended() {
            (Ended::Whole, _) => Ok(()),
            (Ended::Returned, words) => Err(Fault::Returned { words: words.to_string(), lost }),
            (Ended::Panicked, _) => {
                let (place, words) = screen.panic().unwrap_or_default();
                Err(Fault::Panicked { place: self.panicked(place, cell), words, lost })
            }
        }
    }

    /// Puts other types into effect. Variables that hold something of those that were are forgotten before: the compiler does
    /// not tell a type of cells from the same one with other types in it. Where the cell does not compile, they stay.
    fn take(&mut self, types: &Types, (cell, text): (&Cell, &Text)) -> Result<(), Fault> {
        let variables = self.variables();
        let holding = |anew: &Anew| (anew.system.clone(), self.past.holding(anew, &variables));
        let holding: Vec<(String, Vec<String>)> = types.anew.iter().map(holding).collect();
        let mut holding: Vec<_> = holding.into_iter().filter(|(_, names)| !names.is_empty()).collect();
        write(types)?;
        let before = self.types.clone().filter(|_| !holding.is_empty() && !text.clears);
        let Some(before) = before else { return Ok(()) };
        let errors = self
            .working(|context| context.check(&text.code))
            .map_err(|error| self.fault(error, cell, text))?;
        let errors: Vec<CompilationError> =
            errors.into_iter().filter(|e| e.level() == "error" && e.is_from_user_code()).collect();
        if !errors.is_empty() {
            return Err(self.fault(Error::CompilationErrors(errors), cell, text));
        }
        let names: BTreeSet<&String> = holding.iter().flat_map(|(_, names)| names).collect();
        if let Some(name) = reads(&cell.code, &names) {
            return Err(Fault::Refused(format!(
                "`{name}` holds types as they were before a system was defined anew: a cell that names `reconverge::` takes the \
                 new ones, and has `{name}` no more. Make it anew here, or read it in a cell that does not name `reconverge::`"
            )));
        }
        write(&before)?;
        write_compares(cell, false)?;
        // A variable that is moved is one no more; as it was, it may be one that is copied.
        let forget = |name: &String| format!("let {name}: String = String::new(); drop({name});\n");
        let forgotten = self.executed(&names.into_iter().map(forget).collect::<String>());
        if forgotten.is_err() {
            // With the process that has them all go.
            let _gone = lock(&self.context.process_handle()).kill();
            let _gone = self.context.execute("();");
            lock(&self.screen).begin(lock(&self.context.process_handle()).id());
            holding.truncate(1);
            holding
                .iter_mut()
                .for_each(|(_, names)| *names = variables.iter().map(|(name, _)| name.clone()).collect());
        }
        crate::tell(&Tell::Lost(holding));
        write_compares(cell, true)?;
        write(types)
    }

    fn variables(&self) -> Vec<(String, String)> {
        let pair = |(name, of): (&str, &str)| (name.to_string(), of.to_string());
        let mut found: Vec<_> = self.context.variables_and_types().map(pair).collect();
        found.sort();
        found
    }

    /// Compiles and runs; what is printed meanwhile is shown meanwhile.
    fn executed(&mut self, code: &str) -> Result<EvalOutputs, Error> {
        let result = self.working(|context| context.execute(code));
        let mut screen = lock(&self.screen);
        let began = Instant::now();
        loop {
            while screen.pump() {}
            std::thread::sleep(LATE);
            let is_late = screen.waits() && began.elapsed() < LATEST;
            if !(screen.pump() || is_late) {
                break;
            }
        }
        screen.end();
        result
    }

    /// While this works, it is told that it does, and what is printed.
    fn working<R>(&mut self, work: impl FnOnce(&mut CommandContext) -> R) -> R {
        let over = AtomicBool::new(false);
        let (screen, context) = (&self.screen, &mut self.context);
        std::thread::scope(|scope| {
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
            let result = work(context);
            over.store(true, Ordering::SeqCst);
            result
        })
    }

    /// Why a cell failed.
    fn fault(&self, error: Error, cell: &Cell, text: &Text) -> Fault {
        match error {
            Error::CompilationErrors(errors) => {
                let errors = errors.iter().filter(|e| !matches!(e.level(), "warning" | "note"));
                let mut errors: Vec<CompilerError> =
                    errors.map(|error| self.told(error, cell, text)).collect();
                // In what is compiled items have no order.
                errors.sort_by_key(|error| {
                    error.place.map_or((usize::MAX, 0, 0), |at| (at.cell, at.line, at.column))
                });
                if errors.is_empty() {
                    // What evcxr wanted to say is behind the warnings that it found instead.
                    Fault::Refused(UNTYPED.into())
                } else {
                    Fault::Compiler(errors)
                }
            }
            Error::SubprocessTerminated(words) => {
                let status = words.rsplit_once(STATUS).map_or(words.as_str(), |(_, status)| status);
                let is_fault = lock(&self.screen).is_fault() || status.contains("SIGSEGV");
                Fault::Crashed(if is_fault { FAULT.to_string() } else { cut(status) })
            }
            Error::Message(words) => Fault::Refused(cut(&words)),
            lost @ Error::TypeRedefinedVariablesLost(_) => Fault::Refused(lost.to_string()),
        }
    }

    fn told(&self, error: &CompilationError, cell: &Cell, text: &Text) -> CompilerError {
        let said = error.primary_spanned_message();
        let line = |line: usize| text.line(line);
        let here = said.and_then(|at| at.span).map(|span| Place {
            cell: cell.number,
            line: line(span.start_line),
            column: span.start_column,
            end_line: line(span.end_line),
            end_column: span.end_column,
        });
        let elsewhere = || {
            let source = self.context.last_source().ok()?;
            self.past.place(&source, &error.json, (cell.number, &cell.code))
        };
        CompilerError {
            code: error.code().map(str::to_string),
            message: error.message(),
            place: here.or_else(elsewhere),
            label: said.map(|at| at.label.clone()).filter(|label| !label.is_empty()),
            help: error.help().into_iter().next().or_else(|| error.evcxr_extra_hint().map(str::to_string)),
        }
    }

    /// Where a panic began, of a place as Rust tells it.
    fn panicked(&self, place: &str, cell: &Cell) -> Option<Place> {
        let source = self.context.last_source().ok()?;
        self.past.panicked(&source, place, (cell.number, &cell.code))
    }

    /// What compares code names where it panicked: of that the place in a cell, as JSON.
    fn placed(&self, text: String, cell: &Cell) -> String {
        let parts: Vec<&str> = text.splitn(3, AT).collect();
        let &[before, place, after] = &parts[..] else { return text };
        let place = self.panicked(place, cell).and_then(|place| serde_json::to_string(&place).ok());
        format!("{before}{AT}{}{AT}{after}", place.unwrap_or_default())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Puts types into effect: cargo reads which text they have with the next cell.
fn write(types: &Types) -> Result<(), Fault> {
    put(&types.manifest, &types.text)
}

/// The same of what a cell compares code with, which goes with the types that it takes alone.
fn write_compares(cell: &Cell, is_there: bool) -> Result<(), Fault> {
    let compares = cell.compares.as_ref();
    compares.map_or(Ok(()), |c| put(&c.manifest, if is_there { &c.text } else { &c.without }))
}

fn put(path: &Path, text: &str) -> Result<(), Fault> {
    std::fs::write(path, text).map_err(|error| Fault::Refused(error.to_string()))
}

fn cut(words: &str) -> String {
    words.chars().take(LONGEST).collect()
}
