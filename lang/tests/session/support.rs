//! Cells executed one after the other.
//!
//! Enters: texts. Leaves: what they show, as text, and how they end.

use reconverge_lang::diag::render;
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, Failure, Host, Outcome, Session};
use reconverge_lang::view;
use std::sync::atomic::{AtomicBool, Ordering};

/// A counter that goes up to 3 and an invariant that fails at 3.
pub const COUNTER: &str = "system Counter {
  /// How far it has come.
  state x: 0..3 = 0
  node Worker[2] { durable load: 0..3 = 1 }
  action up(by: 1..2) when x + by <= 3 { x += by }
  invariant low: safety \"It stays below three.\" { x < 3 }
}";

/// More states than any test explores.
pub const ENDLESS: &str = "system Endless {
  state a: 0..60000 = 0
  state b: 0..60000 = 0
  action up when a < 60000 { a += 1 }
  action over when b < 60000 { b += 1 }
}";

/// One thread; interrupted as soon as something was explored, where asked.
#[derive(Default)]
pub struct Plain {
    interrupt: bool,
    seen: AtomicBool,
}

impl Observer for Plain {
    fn progress(&self, progress: &Progress) {
        self.seen.store(progress.generated > 0, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.interrupt && self.seen.load(Ordering::Relaxed)
    }
}

impl Host for Plain {
    fn threads(&self) -> usize {
        1
    }
}

pub struct Notebook {
    pub session: Session,
    number: u32,
}

/// What a cell did.
pub struct Ran {
    pub reports: Vec<Report>,
    pub texts: Vec<String>,
    pub outcome: Outcome,
}

impl Ran {
    #[track_caller]
    pub fn text(&self) -> &str {
        assert_eq!(self.texts.len(), 1, "one output");
        &self.texts[0]
    }

    #[track_caller]
    pub fn failure(&self) -> &Failure {
        match &self.outcome {
            Outcome::Failed(failure) => failure,
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    /// The first diagnostic, and where it is.
    #[track_caller]
    pub fn message(&self) -> String {
        let failure = self.failure();
        let first = &failure.diagnostics[0];
        format!("{}: {}", failure.sources.describe(first.span), first.message)
    }

    /// The codes of all errors, where there are some.
    pub fn codes_or_none(&self) -> Vec<&'static str> {
        match &self.outcome {
            Outcome::Failed(_) => self.codes(),
            _ => Vec::new(),
        }
    }

    /// The codes of all errors.
    #[track_caller]
    pub fn codes(&self) -> Vec<&'static str> {
        self.failure().diagnostics.iter().filter(|d| d.is_error()).map(|d| d.code.0.code).collect()
    }
}

impl Notebook {
    pub fn new() -> Notebook {
        let counter = format!("//! A counter.\n{COUNTER}\ncheck Counter");
        Notebook::of(&[("counter", &counter), ("pair", "system Left { } system Right { }")])
    }

    /// With a library of its own: names and texts.
    pub fn of(library: &[(&str, &str)]) -> Notebook {
        let library = library.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
        Notebook { session: Session::new(library), number: 0 }
    }

    pub fn run(&mut self, code: &str) -> Ran {
        self.run_as(None, code, &Plain::default())
    }

    /// A cell with an id: running it again replaces what it gave.
    pub fn run_cell(&mut self, id: &str, code: &str) -> Ran {
        self.run_as(Some(id), code, &Plain::default())
    }

    pub fn interrupt(&mut self, code: &str) -> Ran {
        self.run_as(None, code, &Plain { interrupt: true, ..Plain::default() })
    }

    fn run_as(&mut self, id: Option<&str>, code: &str, host: &dyn Host) -> Ran {
        self.number += 1;
        let cell = CellRef { id: id.map(str::to_owned), name: format!("cell {}", self.number) };
        let (mut reports, mut texts) = (Vec::new(), Vec::new());
        let outcome = self.session.execute(cell, code, host, &mut |output| {
            texts.push(view::text(&output.report, &output.sources));
            reports.push(output.report);
        });
        Ran { reports, texts, outcome }
    }

    /// A cell that must succeed.
    #[track_caller]
    pub fn ok(&mut self, code: &str) -> Ran {
        let ran = self.run(code);
        if let Outcome::Failed(failure) = &ran.outcome {
            panic!("{code}\n{}", render::plain(&failure.diagnostics, &failure.sources));
        }
        ran
    }
}
