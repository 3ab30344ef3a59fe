//! The session as a crate of Rust, for cells in that language.
//!
//! Enters: what was shown last. Leaves: the text of `lib.rs`.

use super::{Output, Session};
use crate::analysis;
use crate::export::runs;
use crate::export::rust::{Asked, library};
use crate::span::Span;
use crate::syntax::tree::{Name, Target};

impl Session {
    /// Every system that can be typed, with its parameters as they are by default, and that of which expressions speak as it
    /// was named. `last`: what was shown last, `report`: the same as JSON. `serde`: whether the crate depends on it.
    pub fn rust(&self, last: Option<&Output>, report: &str, serde: bool) -> String {
        let plain = |name: &str| {
            let name = Name { text: name.to_string(), span: Span::default() };
            Target { name, args: Vec::new(), span: Span::default() }
        };
        let targets = self.definitions.names().map(|name| {
            let subject = self.subject.as_ref().filter(|subject| subject.name.text == name);
            subject.cloned().unwrap_or_else(|| plain(name))
        });
        let programs: Vec<_> =
            targets.filter_map(|target| analysis::analyse(&self.definitions, &target).0).collect();
        let shown = last.map(|output| runs(&output.report)).unwrap_or_default();
        library(Asked { programs: &programs, last: shown.first(), report, serde })
    }
}
