//! The session as a crate of Rust, for cells in that language.
//!
//! Enters: what was shown last. Leaves: its systems as Rust, and the text of the file in which that is.

use super::{Output, Session};
use crate::analysis;
use crate::analysis::program::Program;
use crate::export::runs;
use crate::export::rust::{Library, last_run};
use crate::span::Span;
use crate::syntax::tree::{Name, Target};

impl Session {
    /// Every system that can be typed, with the parameters with which it was named last.
    pub fn rust(&self) -> Library {
        let programs: Vec<Program> =
            self.definitions.names().filter_map(|name| self.known_to_rust(name)).collect();
        Library::of(&programs)
    }

    /// What that crate reads: what was shown last, and the same as JSON.
    pub fn rust_run(&self, last: Option<&Output>, report: &str) -> String {
        let shown = last.map(|output| runs(&output.report)).unwrap_or_default();
        let run = shown.first();
        let program = run.and_then(|run| self.known_to_rust(run.system));
        last_run(report, program.as_ref().zip(run))
    }

    fn known_to_rust(&self, name: &str) -> Option<Program> {
        let plain = Target {
            name: Name { text: name.to_string(), span: Span::default() },
            args: Vec::new(),
            span: Span::default(),
        };
        let program = |target: &Target| analysis::analyse(&self.definitions, target).0;
        self.named.get(name).and_then(program).or_else(|| program(&plain))
    }
}
