//! The page as the host of a session: one thread, a clock, the files that came with it.
//!
//! Enters: cells. Leaves: what they show, how far they are, how they ended.

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::session::{CellRef, Host, Outcome, Output, Session, Unread, Variants};
use reconverge_lang::simulate;
use reconverge_outputs::bundle::{Bundle, Failed};
use reconverge_outputs::display::{self, Rate, Work};
use reconverge_outputs::library;
use reconverge_outputs::pace::Pace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Bytes that an exploration may take. A page's memory ends at four times that, and a table that grows is there twice.
const MEMORY: u64 = 1 << 30;

/// A cell to run.
#[derive(Debug, Deserialize)]
pub struct Cell {
    /// By which running it again replaces what it gave before.
    pub id: Option<String>,
    /// What people call it: `cell 3`.
    pub name: String,
    /// Its text.
    pub code: String,
}

/// What a cell tells.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Told {
    /// It shows something.
    Shown {
        /// As MIME bundle.
        bundle: Bundle,
        /// Whether it is the value of the cell.
        is_result: bool,
    },
    /// It takes a while.
    Progress {
        /// How far it is.
        bundle: Bundle,
    },
    /// All of it ran: the last that it tells.
    Done {
        /// As one output; `None`: there are none.
        warnings: Option<Bundle>,
    },
    /// It ended with an error: the last that it tells.
    Failed(Failed),
}

/// What there is around a page.
pub trait World: Sync {
    /// Since some fixed moment.
    fn now(&self) -> Duration;

    /// Shows it to the reader.
    fn tell(&self, told: &Told);
}

/// A session of cells.
pub struct Page {
    session: Session,
    files: BTreeMap<String, String>,
}

impl Page {
    /// `files`: what `use "…"` may read, by path from the folder of the notebook.
    pub fn new(files: BTreeMap<String, String>) -> Page {
        Page { session: Session::new(library::mappings()), files }
    }

    /// Runs a cell to its end.
    pub fn run(&mut self, cell: Cell, world: &dyn World) {
        let host = Around { world, files: &self.files, pace: Pace::default() };
        let mut show = |output: Output| {
            host.pace.end();
            world.tell(&Told::Shown { bundle: display::output(&output), is_result: output.is_result });
        };
        let at = CellRef { id: cell.id, name: cell.name };
        world.tell(&match self.session.execute(at, &cell.code, &host, &mut show) {
            Outcome::Done { warnings } => {
                Told::Done { warnings: display::warnings(&warnings, self.session.sources()) }
            }
            Outcome::Failed(failure) => Told::Failed(failure.into()),
            Outcome::Interrupted => Told::Failed(display::interrupted()),
        });
    }
}

struct Around<'p> {
    world: &'p dyn World,
    files: &'p BTreeMap<String, String>,
    pace: Pace,
}

impl Around<'_> {
    fn progress(&self, counted: u64, work: Work) {
        if let Some(elapsed) = self.pace.due(self.world.now(), counted) {
            self.world.tell(&Told::Progress { bundle: display::progress(&Rate { work, elapsed }) });
        }
    }
}

impl Observer for Around<'_> {
    fn progress(&self, progress: &Progress) {
        self.progress(progress.generated, Work::Explored(*progress));
    }

    /// Who stops a page's cell ends its worker, for that hears nothing meanwhile.
    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Around<'_> {
    fn threads(&self) -> usize {
        1
    }

    fn simulated(&self, progress: &simulate::Progress) {
        self.progress(progress.events, Work::Simulated(*progress));
    }

    fn compared(&self, variants: &Variants) {
        self.progress(variants.generated, Work::Compared(*variants));
    }

    fn memory(&self) -> Option<u64> {
        Some(MEMORY)
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.world.now())
    }

    fn read(&self, path: &str) -> Result<String, Unread> {
        let none = || Unread::Otherwise("a page has only the files that its notebook used".to_string());
        self.files.get(path).cloned().ok_or_else(none)
    }
}
