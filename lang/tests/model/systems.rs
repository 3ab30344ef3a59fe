//! Every system of a file of this repository, as it stands after the cell that defines it.
//!
//! Enters: a path, or a text. Leaves: typed programs with all that is judged of them.

use reconverge_lang::analysis::program::Program;
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::obligations;
use reconverge_lang::obligations::property::Property;
use reconverge_lang::span::{SourceId, Span};
use reconverge_lang::syntax;
use reconverge_lang::syntax::tree::{Item, Name, Target};
use std::path::Path;

/// A program and its properties.
pub struct System {
    pub program: Program,
    pub properties: Vec<Property>,
}

/// Of a file below the root of the repository: the cells of a Markdown file, or the whole of another.
pub fn systems(path: &str) -> Vec<System> {
    let text = read(path);
    let cells: Vec<&str> = match path.ends_with(".md") {
        true => text.split("\n```reconverge\n").skip(1).filter_map(|b| b.split("\n```").next()).collect(),
        false => vec![&text],
    };
    systems_of(&cells)
}

/// Of cells, with the defaults of their parameters.
pub fn systems_of(cells: &[&str]) -> Vec<System> {
    let (mut definitions, mut systems) = (Definitions::default(), Vec::new());
    for (number, cell) in cells.iter().enumerate() {
        let names = define(&mut definitions, cell, &number.to_string());
        systems.extend(names.into_iter().filter_map(|name| system(&definitions, name)));
    }
    systems
}

/// Each fault once.
pub fn every_fault() -> FaultBudget {
    FaultBudget::from(Fault::ALL.map(|fault| (fault, 1)))
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder above");
    std::fs::read_to_string(root.join(path)).expect("it is there")
}

/// Defines what a cell defines and uses; returns the names of its systems.
fn define(definitions: &mut Definitions, text: &str, key: &str) -> Vec<String> {
    let (cell, _) = syntax::parse(SourceId(0), text);
    let mut names = Vec::new();
    for item in &cell.items {
        match item {
            Item::Use(name) => {
                let used = read(&format!("notebooks/mappings/{}.rcv", name.text));
                names.extend(define(definitions, &used, &name.text));
            }
            Item::System(system) => names.push(system.name.text.clone()),
            Item::Extend(extended) => names.push(extended.name.text.clone()),
            Item::UseFile(_) | Item::Command(_) => {}
        }
    }
    analysis::define(definitions, key, &cell.items);
    names
}

fn system(definitions: &Definitions, name: String) -> Option<System> {
    let span = Span::default();
    let target = Target { name: Name { text: name, span }, args: Vec::new(), span };
    let mut program = analysis::analyse(definitions, &target).0?;
    let mut properties = obligations::obligations(&mut program);
    properties.extend(obligations::repetitions(&program));
    Some(System { program, properties })
}
