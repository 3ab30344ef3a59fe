//! Running cells through parser and analysis, and comparing what they say.

use reconverge_lang::analysis::program::Program;
use reconverge_lang::analysis::{Defined, Definitions, analyse, define};
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::span::{SourceId, Sources};
use reconverge_lang::syntax::parse;
use reconverge_lang::syntax::tree::{Name, Target};

/// Cells so far, as a notebook has them.
#[derive(Default)]
pub struct Notebook {
    pub sources: Sources,
    pub definitions: Definitions,
}

impl Notebook {
    /// Runs a cell; syntax errors panic.
    #[track_caller]
    pub fn run(&mut self, cell: &str, text: &str) -> Defined {
        let source = self.sources.add(cell, text);
        let (tree, diagnostics) = parse(source, text);
        assert!(diagnostics.is_empty(), "syntax: {}", show(&diagnostics, &self.sources).join("\n"));
        define(&mut self.definitions, cell, &tree.items)
    }

    /// Runs a cell and compares its diagnostics.
    #[track_caller]
    pub fn expect(&mut self, cell: &str, text: &str, expected: &[&str]) -> Defined {
        let defined = self.run(cell, text);
        assert_eq!(show(&defined.diagnostics, &self.sources), expected, "in {text}");
        defined
    }

    /// The program of a system at its defaults.
    #[track_caller]
    pub fn program(&self, name: &str) -> Program {
        let (program, diagnostics) = analyse(&self.definitions, &target(name));
        program.unwrap_or_else(|| panic!("{}", show(&diagnostics, &self.sources).join("\n")))
    }
}

pub fn target(name: &str) -> Target {
    Target {
        name: Name { text: name.into(), span: Default::default() },
        args: Vec::new(),
        span: Default::default(),
    }
}

/// One line for each: code, line and column, message, and the help after `|`.
pub fn show(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<String> {
    assert_eq!(crate::offers::wrong(diagnostics, sources), Vec::<String>::new());
    diagnostics
        .iter()
        .map(|d| {
            let p = sources.position(d.span.source, d.span.start);
            let help = d.help.as_ref().map(|h| format!(" | {h}")).unwrap_or_default();
            format!("{} {}:{} {}{help}", d.code, p.line, p.column, d.message)
        })
        .collect()
}

/// What a cell says, each as code, position, message and help.
#[track_caller]
pub fn check(text: &str, expected: &[&str]) {
    Notebook::default().expect("1", text, expected);
}

/// The program of the only system of a cell without diagnostics.
#[track_caller]
pub fn program(text: &str) -> Program {
    let mut notebook = Notebook::default();
    let defined = notebook.expect("1", text, &[]);
    let name = defined.systems[0].0.clone();
    notebook.program(&name)
}

/// As [`check`], with the text inside `system A { … }`.
#[track_caller]
pub fn body(text: &str, expected: &[&str]) {
    check(&format!("system A {{ {text} }}"), expected);
}

#[allow(dead_code)]
pub const FIRST: SourceId = SourceId(0);
