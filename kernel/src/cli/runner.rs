//! Programs from top to bottom, without a front end.
//!
//! Enters: programs and the machine's settings. Leaves: what their cells did, and, as it happens, what they show.

use super::Trouble;
use super::notebook::Cell;
use super::output;
use super::programs::Program;
use super::shared::Shared;
use crate::hosts::{Machine, STACK};
use crate::jobs::Rate;
use crate::library;
use clap::{Args, ValueEnum};
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::diag::codes::session::EXPECTATION;
use reconverge_lang::engine::shared::Peers;
use reconverge_lang::export::Strictness;
use reconverge_lang::session::{Execution, Outcome, Output, Session};
use reconverge_lang::span::Sources;
use reconverge_outputs::display;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Args, Clone)]
pub(super) struct Settings {
    /// Threads for explorations (default: all)
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Files that `use` may read lie below this folder (default: that of FILE)
    #[arg(long, value_name = "FOLDER")]
    pub files: Option<PathBuf>,
    /// How models run: the answers are the same, the time is not
    #[arg(long, value_enum, default_value_t)]
    execution: Form,
    /// Of `run` alone.
    #[arg(skip)]
    pub shared: Shared,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Form {
    /// Portable at first, machine code where that pays
    #[default]
    Automatic,
    /// Never machine code
    Portable,
    /// Machine code from the first state on
    Native,
}

/// What a file did.
pub(super) struct RanFile {
    pub path: PathBuf,
    pub cells: Vec<Ran>,
}

/// What one cell did.
pub(super) struct Ran {
    pub name: String,
    pub code: String,
    pub outputs: Vec<Output>,
    pub warnings: Vec<Diagnostic>,
    pub failed: Option<FailedCell>,
    pub sources: Sources,
}

/// Why a cell did not come to its end as it should.
pub(super) enum FailedCell {
    /// At least one error.
    Diagnostics(Vec<Diagnostic>),
    Interrupted,
}

/// What happens while programs run.
pub(super) enum Event<'e> {
    Begins { path: &'e Path },
    Shows { path: &'e Path, cell: &'e str, several: bool, first: bool, output: &'e Output },
    Ends { path: &'e Path, ran: &'e Ran },
}

impl Ran {
    /// Errors, and the warnings beside them.
    pub(super) fn diagnostics(&self) -> &[Diagnostic] {
        match &self.failed {
            Some(FailedCell::Diagnostics(found)) => found,
            Some(FailedCell::Interrupted) | None => &[],
        }
    }

    /// Why the exit code is not 0: of each command that is amiss.
    pub(super) fn amiss(&self, strictness: Strictness) -> Vec<String> {
        let shown = self.outputs.iter().filter_map(|output| strictness.amiss(&output.report));
        let mut amiss: Vec<String> = shown.collect();
        amiss.extend(match &self.failed {
            // What was expected in vain is amiss in its report.
            Some(FailedCell::Diagnostics(found))
                if !amiss.is_empty() && found.iter().all(|d| !d.is_error() || d.code == EXPECTATION) =>
            {
                None
            }
            Some(FailedCell::Diagnostics(found)) => {
                let error = found.iter().find(|d| d.is_error());
                error.map(|d| d.message.clone()).or(Some("a cell fails".to_string()))
            }
            Some(FailedCell::Interrupted) => Some("interrupted".to_string()),
            None => None,
        });
        amiss
    }
}

impl RanFile {
    /// Why the exit code is not 0.
    pub(super) fn amiss(&self, strictness: Strictness) -> Option<String> {
        let mut all = self.cells.iter().flat_map(|ran| ran.amiss(strictness));
        let first = all.next()?;
        Some(match all.count() {
            0 => first,
            1 => format!("{first}; 1 more command is not as expected"),
            more => format!("{first}; {more} more commands are not as expected"),
        })
    }
}

/// Why the exit code is not 0: what is amiss in the first file, and how many others there are.
pub(super) fn amiss(ran: &[RanFile], strictness: Strictness) -> Option<String> {
    let mut all = ran.iter().filter_map(|file| Some((file, file.amiss(strictness)?)));
    let (file, why) = all.next()?;
    let more = match all.count() {
        0 => String::new(),
        1 => " (and in 1 more file)".to_string(),
        more => format!(" (and in {more} more files)"),
    };
    let place = if ran.len() > 1 { format!("{}: ", file.path.display()) } else { String::new() };
    Some(format!("{place}{why}{more}"))
}

/// Set by Ctrl-C.
#[derive(Clone, Default)]
pub(super) struct Interrupts {
    /// At once: explorations end with what they found.
    cancel: Arc<AtomicBool>,
    /// A little later: what does not look at `cancel` ends on the spot.
    halt: Arc<AtomicBool>,
}

/// How long what was interrupted has to end with what it found.
const PATIENCE: Duration = Duration::from_secs(2);

impl Interrupts {
    pub(super) fn came(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// Ctrl-C stops what runs, a second one the command. Asked for once by each command.
pub(super) fn interrupts() -> Result<Interrupts, Trouble> {
    let interrupts = Interrupts::default();
    flag::register_conditional_shutdown(SIGINT, 130, interrupts.cancel.clone())?;
    flag::register(SIGINT, interrupts.cancel.clone())?;
    let (mut signals, halt) = (Signals::new([SIGINT])?, interrupts.halt.clone());
    std::thread::spawn(move || {
        for _ in signals.forever() {
            std::thread::sleep(PATIENCE);
            halt.store(true, Ordering::Relaxed);
        }
    });
    Ok(interrupts)
}

/// Runs all of them, each for itself.
pub(super) fn run(
    programs: Vec<Program>,
    settings: &Settings,
    interrupts: &Interrupts,
    mut tell: impl FnMut(Event<'_>) + Send + 'static,
) -> Result<Vec<RanFile>, Trouble> {
    let (settings, interrupts) = (settings.clone(), interrupts.clone());
    on_large_stack(move || {
        let mut host = terminal(Some(&settings), &interrupts);
        let texts =
            || programs.iter().flat_map(|program| program.cells.iter().map(|cell| cell.code.as_str()));
        // The first process has begun the folder when the others have met it.
        let first = settings.shared.is_first();
        let begun = if first { settings.shared.checkpoints(texts())? } else { None };
        let cluster = settings.shared.meet(host.threads, texts())?;
        host.checkpoints = if first { begun } else { settings.shared.checkpoints(texts())? };
        host.peers = cluster.map(|cluster| Arc::new(cluster) as Arc<dyn Peers + Send>);
        let mut ran = Vec::new();
        for Program { path, cells, files } in programs {
            host.files = files;
            tell(Event::Begins { path: &path });
            let mut session = Session::new(library::mappings());
            let several = cells.len() > 1;
            let cells = cells.into_iter().map(|cell| {
                let ran = run_cell(&mut session, &host, cell, |cell, first, output| {
                    tell(Event::Shows { path: &path, cell, several, first, output });
                });
                tell(Event::Ends { path: &path, ran: &ran });
                ran
            });
            let cells = cells.collect();
            ran.push(RanFile { path, cells });
        }
        // When all others are done as well.
        host.peers = None;
        if let Some(folder) = host.checkpoints.take().filter(|_| !interrupts.came()) {
            folder.end(first);
        }
        Ok(ran)
    })
}

fn run_cell(
    session: &mut Session,
    host: &Terminal,
    cell: Cell,
    mut shows: impl FnMut(&str, bool, &Output),
) -> Ran {
    let name = cell.cell.name.clone();
    let mut outputs: Vec<Output> = Vec::new();
    let outcome = session.execute(cell.cell, &cell.code, host, &mut |output: Output| {
        clear_line(host);
        shows(&name, outputs.is_empty(), &output);
        outputs.push(output);
    });
    clear_line(host);
    let (warnings, failed) = match outcome {
        Outcome::Done { warnings } => (warnings, None),
        Outcome::Failed(failure) => (Vec::new(), Some(FailedCell::Diagnostics(failure.diagnostics))),
        Outcome::Interrupted => (Vec::new(), Some(FailedCell::Interrupted)),
    };
    Ran { name, code: cell.code, outputs, warnings, failed, sources: session.sources().clone() }
}

/// The language recurses over trees that are at most 200 levels deep; the main thread's stack may be small.
pub(super) fn on_large_stack<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    thread.join().unwrap_or_else(|_| Err(Trouble("this is a fault of Reconverge, not of the program".into())))
}

/// Tells of progress on standard error.
pub(super) type Terminal = Machine<fn(Rate)>;

/// The machine as the settings want it.
pub(super) fn terminal(settings: Option<&Settings>, interrupts: &Interrupts) -> Terminal {
    let mut host = Terminal::new(interrupts.cancel.clone(), show_progress);
    host.halt = interrupts.halt.clone();
    if let Some(threads) = settings.and_then(|s| s.threads) {
        host.threads = threads.max(1);
    }
    host.execution = match settings.map_or(Form::Automatic, |s| s.execution) {
        Form::Automatic => Execution::Automatic,
        Form::Portable => Execution::Portable,
        Form::Native => Execution::Native,
    };
    host
}

/// One line that is written again and again, which is for people alone.
fn show_progress(rate: Rate) {
    let (words, _) = display::progress_words(&rate);
    output::progress(&words);
}

fn clear_line(host: &Terminal) {
    if host.end_progress() {
        output::progress("");
    }
}
