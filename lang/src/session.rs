//! The session: the cells so far, as one growing program, and what each new cell shows.
//!
//! Enters: texts of cells. Leaves: reports, diagnostics, completions. Pure: the clock, the threads and the interrupt
//! are the [`Host`]'s.
//!
//! A cell is executed in three steps: parse; apply what it defines and type what that touches; execute its commands in
//! order. A cell with errors, or one that is interrupted, leaves the session as it was before it.
//!
//! Each command is a function in a file of its own below `session/`. It takes the typed program of its target, what
//! the author wrote, and a [`Context`]; it returns its report, or a [`Stop`].

mod beside;
pub mod check;
mod command;
mod completion;
mod conform;
mod define;
mod exports;
mod files;
pub mod find;
pub mod grade;
pub mod graph;
mod hand;
mod help;
mod inspection;
mod interact;
mod look;
mod magic;
mod members;
pub mod mutate;
mod onward;
mod outcome;
pub mod refine;
pub mod relax;
mod rust;
mod save;
pub mod scenario;
pub mod simulate;
pub mod sweep;
pub mod trace;
mod unmet;
mod variants;

pub mod because;
pub mod value;

pub use exports::ChecksAsTla;
pub use outcome::{
    CellRef, Completeness, Completion, CompletionItem, Failure, Host, Outcome, Output, Unread,
};

pub use crate::model::run::native::Execution;
pub use conform::{Comparison, Refused, Told, conforms};
pub use variants::Variants;

use crate::analysis::{Definitions, Growing};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::engine::Path;
use crate::engine::halt;
use crate::model::Model;
use crate::report::panel::Panel;
use crate::report::{DefinedReport, Report, SimulationReport};
use crate::span::{SourceId, Sources, Span};
use crate::syntax::tree::{Cell, Command, Item, Name, Target};
use crate::syntax::{self, tree::CommandKind};
use beside::Lately;
use files::Used;
use hand::ByHand;
use save::Kept;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A cell longer than this is refused before anything looks at it.
pub const LONGEST_CELL: usize = syntax::MAX_BYTES;

/// The program so far. A clone shares what it can, so that keeping one before each cell costs little.
#[derive(Clone)]
pub struct Session {
    /// Name and text of the mappings that `use` knows.
    library: Arc<Vec<(String, String)>>,
    sources: Sources,
    definitions: Definitions,
    /// The system named last, in which expressions are evaluated.
    subject: Option<Target>,
    /// Each system as it was named last: with which values of parameters it is known to Rust.
    named: BTreeMap<String, Target>,
    /// The last run that was shown of that system.
    run: Option<Along>,
    /// What was started last.
    started: Option<Target>,
    /// The run of it that is taken by hand.
    hand: Option<Arc<ByHand>>,
    /// The last run that a command found, to be saved.
    kept: Option<Arc<Kept>>,
    /// The runs that were shown last, to be compared.
    lately: Lately,
    /// A command came before that may show a run.
    searched: bool,
    /// The last simulation.
    simulated: Option<Arc<Measured>>,
    /// The files that are used.
    files: Vec<Arc<Used>>,
    /// Cells executed, for those that have no id of their own.
    executed: u64,
}

/// What a simulation found of a system, for as long as it is written so.
struct Measured {
    report: SimulationReport,
    /// Everything that its definition is made of.
    words: String,
}

/// What expressions are evaluated along.
#[derive(Clone)]
enum Along {
    /// What a command found.
    Found(Arc<Run>),
    /// What is taken by hand.
    Hand(Arc<ByHand>),
}

impl Along {
    fn run(&self) -> Arc<Run> {
        match self {
            Along::Found(run) => run.clone(),
            Along::Hand(hand) => Arc::new(hand.run()),
        }
    }
}

/// A run that was shown, along which expressions are evaluated and of which single steps are looked at.
pub struct Run {
    /// As it was when the run was made: states are packed as this model packs them.
    pub model: Arc<Model>,
    /// Whole, also where its trace has no middle.
    pub path: Path,
}

/// What a command sees of the session, and what it may leave there.
pub struct Context<'a> {
    /// What the session needs of the world.
    pub host: &'a dyn Host,
    /// All texts, the present cell's included.
    pub sources: &'a Sources,
    /// Warnings to show after the cell.
    pub warnings: Vec<Diagnostic>,
    /// The run that the command shows.
    pub run: Option<Run>,
    /// The run by hand as the command leaves it.
    hand: Option<Arc<ByHand>>,
    /// The run that the command found, to be saved.
    kept: Option<Arc<Kept>>,
    /// What the command simulated.
    simulated: Option<Arc<Measured>>,
    /// The next command of the cell takes another step by hand.
    goes_on: bool,
}

impl<'a> Context<'a> {
    fn new(host: &'a dyn Host, sources: &'a Sources) -> Context<'a> {
        Context {
            host,
            sources,
            warnings: Vec::new(),
            run: None,
            hand: None,
            kept: None,
            simulated: None,
            goes_on: false,
        }
    }
}

/// Why a command has no report.
#[derive(Debug)]
pub enum Stop {
    /// What is wrong with what the author wrote (at least one error).
    Diagnostics(Vec<Diagnostic>),
    /// What is not done, and ends the cell: what it did before stays.
    Refused(Vec<Diagnostic>),
    /// The host asked to stop.
    Interrupted,
}

impl Session {
    /// `library`: name and text of each mapping that `use NAME` brings in.
    pub fn new(library: Vec<(String, String)>) -> Session {
        Session {
            library: Arc::new(library),
            sources: Sources::default(),
            definitions: Definitions::default(),
            subject: None,
            named: BTreeMap::new(),
            run: None,
            started: None,
            hand: None,
            kept: None,
            lately: Lately::default(),
            searched: false,
            simulated: None,
            files: Vec::new(),
            executed: 0,
        }
    }

    /// The texts that spans of diagnostics and reports point into.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Executes a cell; `show` is called with each output as soon as it is there.
    pub fn execute(
        &mut self,
        cell: CellRef,
        code: &str,
        host: &dyn Host,
        show: &mut dyn FnMut(Output),
    ) -> Outcome {
        let before = self.clone();
        let mut warnings = Vec::new();
        let attempt = || self.attempt(cell, code, host, show, &mut warnings);
        match halt::catch(host.halt(), attempt).unwrap_or(Err(Stop::Interrupted)) {
            Ok(unmet) if unmet.is_empty() => Outcome::Done { warnings },
            Ok(unmet) => Outcome::Failed(self.failure(unmet)),
            Err(stop) => {
                // Texts stay: the diagnostics point into them.
                let sources = std::mem::take(&mut self.sources);
                *self = Session { sources, executed: self.executed, ..before };
                match stop {
                    Stop::Diagnostics(found) | Stop::Refused(found) => Outcome::Failed(self.failure(found)),
                    Stop::Interrupted => Outcome::Interrupted,
                }
            }
        }
    }

    /// Applies what a cell defines and types its commands' targets, and executes nothing. A cell with errors changes
    /// nothing.
    pub fn define(&mut self, cell: CellRef, code: &str, host: &dyn Host) -> Vec<Diagnostic> {
        let before = self.clone();
        let mut found = Vec::new();
        let prepared = self.prepare(cell, code, host, &mut found);
        match prepared {
            Ok(prepared) => found.extend(self.untyped_commands(&prepared.key, &prepared.cell)),
            Err(more) => found.extend(more),
        }
        if found.iter().any(Diagnostic::is_error) {
            let sources = std::mem::take(&mut self.sources);
            *self = Session { sources, executed: self.executed, ..before };
        }
        found
    }

    /// Expectations that are not met, in order; `Err`: the cell changes nothing.
    fn attempt(
        &mut self,
        cell: CellRef,
        code: &str,
        host: &dyn Host,
        show: &mut dyn FnMut(Output),
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Vec<Diagnostic>, Stop> {
        if let Some(asked) = help::asked(code) {
            let source = self.sources.add(cell.name, code);
            let span = Span::new(source, asked.at, asked.at + asked.name.len());
            let name = Name { text: asked.name.to_owned(), span };
            let report = Report::Inspection(Box::new(inspection::asked(self, asked.of, &name)?));
            let start = code.len() - code.trim_start().len();
            let command = Some(Span::new(source, start, start + code.trim().len()));
            show(Output { report, sources: self.sources.clone(), command, is_result: true });
            return Ok(Vec::new());
        }
        let prepared = self.prepare(cell, code, host, warnings).map_err(Stop::Diagnostics)?;
        let items = &prepared.cell.items;
        let commands = items.iter().filter(|i| matches!(i, Item::Command(_))).count();
        if commands > 1 {
            let doomed = self.doomed(&prepared.key, &prepared.cell);
            if !doomed.is_empty() {
                return Err(Stop::Diagnostics(doomed));
            }
        }
        let changed = !prepared.defined.systems.is_empty() || !prepared.defined.stale.is_empty();
        if commands == 0 && changed || !prepared.defined.stale.is_empty() {
            let report = Report::Defined(prepared.defined);
            show(Output { report, sources: self.sources.clone(), command: None, is_result: false });
        }
        let mut unmet = Vec::new();
        let mut growing = Growing::new(self.definitions.clone(), &prepared.key, items);
        for (index, item) in items.iter().enumerate() {
            self.pass(item);
            let Item::Command(command) = item else { continue };
            let definitions = growing.at(index);
            let mut context = Context::new(host, &self.sources);
            context.goes_on = items.get(index + 1).is_some_and(takes_a_step);
            let report = match command::execute(self, definitions, command, &mut context) {
                Err(Stop::Refused(found)) => {
                    unmet.extend(found);
                    return Ok(unmet);
                }
                report => report?,
            };
            let Context { warnings: more, run, hand, kept, simulated, .. } = context;
            // Defining the system may have said it.
            let said = |d: &Diagnostic| warnings.iter().any(|w| (w.code, w.span) == (d.code, d.span));
            let more: Vec<Diagnostic> = more.into_iter().filter(|d| !said(d)).collect();
            warnings.extend(more);
            self.hand = hand.or(self.hand.take());
            self.kept = kept.or(self.kept.take());
            self.simulated = simulated.or(self.simulated.take());
            self.lately.keep(&report);
            self.remember(command, run);
            unmet.extend(unmet::unmet(&report));
            let is_result = index + 1 == items.len() && matches!(command.kind, CommandKind::Expression(_));
            let command = Some(command.span);
            show(Output { report, sources: self.sources.clone(), command, is_result });
            // What was found until then is shown; the cell counts as not executed.
            if host.cancelled() {
                return Err(Stop::Interrupted);
            }
        }
        Ok(unmet)
    }

    /// Parses a cell and applies what it defines. Warnings go to `warnings`.
    fn prepare(
        &mut self,
        cell: CellRef,
        code: &str,
        host: &dyn Host,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Prepared, Vec<Diagnostic>> {
        self.executed += 1;
        let key = cell.id.unwrap_or_else(|| format!("#{}", self.executed));
        let source = if code.len() > LONGEST_CELL {
            let shown = code.chars().take(200).collect::<String>();
            let source = self.sources.add(cell.name, shown);
            return Err(vec![too_long(source, code.len())]);
        } else {
            self.sources.add(cell.name, code)
        };
        let magic = magic::magic(source, code)?;
        let (mut tree, mut found) = syntax::parse(source, magic.as_ref().map_or(code, |m| &m.rest));
        if let Some(magic) = &magic {
            found.extend(magic.apply(&mut tree));
        }
        if found.iter().any(Diagnostic::is_error) {
            magic::late(code, &mut found);
            return Err(found);
        }
        warnings.extend(found);
        let defined = self.apply(&key, &tree, host, warnings)?;
        warnings.extend(self.changed_files(host));
        let at = |index: usize| self.definitions_at(&key, &tree.items, index);
        let panel = magic.map_or(Ok(None), |magic| magic.panel(code, &tree, at))?;
        Ok(Prepared { key, cell: tree, defined, panel })
    }

    /// The definitions as they are where the command at an index stands: what follows it in the cell does not count yet.
    fn definitions_at(&self, key: &str, items: &[Item], index: usize) -> Definitions {
        Growing::new(self.definitions.clone(), key, items).at(index).clone()
    }

    /// The system that a command names becomes the subject; what it showed becomes the run.
    fn remember(&mut self, command: &Command, run: Option<Run>) {
        if let CommandKind::Start { target, .. } = &command.kind {
            self.started = Some(target.clone());
        }
        if command::is_by_hand(&command.kind) {
            self.subject = self.started.clone().or(self.subject.take());
            self.run = self.hand.clone().map(Along::Hand);
            return;
        }
        self.searched |= command::shows_runs(&command.kind);
        let Some(target) = command::target(&command.kind) else { return };
        let same = self.subject.as_ref().is_some_and(|s| s.name.text == target.name.text);
        if let Some(run) = run {
            self.run = Some(Along::Found(Arc::new(run)));
        } else if !same || command::explores(&command.kind) {
            self.run = None;
        }
        self.named.insert(target.name.text.clone(), target.clone());
        self.subject = Some(target.clone());
    }

    fn failure(&self, diagnostics: Vec<Diagnostic>) -> Failure {
        Failure { diagnostics, sources: self.sources.clone() }
    }
}

/// A cell that was parsed, with its definitions applied.
struct Prepared {
    /// By which the cell replaces what it gave before.
    key: String,
    cell: Cell,
    defined: DefinedReport,
    /// What a reader may move.
    panel: Option<Panel>,
}

fn takes_a_step(item: &Item) -> bool {
    matches!(item, Item::Command(command) if matches!(command.kind, CommandKind::Do(_)))
}

fn too_long(source: SourceId, length: usize) -> Diagnostic {
    let words = format!("this cell has {length} bytes of text, at most {LONGEST_CELL} are taken");
    Diagnostic::error(codes::TOO_LONG, Span::new(source, 0, 0), words)
        .help("split it into several cells, each with an `extend`")
}
