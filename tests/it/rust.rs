//! Mappings as Rust: what is written compiles, and is what the mapping says.
//!
//! Enters: every bundled mapping, and a system with a value of each kind. Leaves: failures.

use reconverge_kernel::hosts::Machine;
use reconverge_kernel::jobs::Rate;
use reconverge_kernel::library;
use reconverge_lang::session::{CellRef, Outcome, Output, Session};
use std::path::PathBuf;
use std::process::Command;

const EVERYTHING: &str = r#"system Everything "One value of each kind" {
  enum Colour { red, green, mut }
  record Entry { term: 1..2, colour: Colour }
  node Replica[2] {
    durable log: list<Entry, 3> = []
    volatile seen: Colour? = none
  }
  node Keeper { durable of: map<Colour -> bool> }
  message Fetch { at: 0..3 }
  link fetches: Fetch from Replica to Keeper
  state n: -1..2 = -1
  state colours: set<Colour> = {}
  state leader: Replica = replica1
  action paint(c: Colour) at r in Replica when n < 2 {
    n += 1
    colours := colours + {c}
    r.log := r.log + [Entry { term: 1, colour: c }]
    r.seen := c
    leader := r
  }
  invariant few: safety "Two are never painted." { n < 1 }
}
check Everything"#;

fn executed(session: &mut Session, code: &str) -> Option<Output> {
    let host = Machine::new(std::sync::Arc::default(), |_: Rate| {});
    let mut last = None;
    let cell = CellRef { id: None, name: "cell".into() };
    let outcome = session.execute(cell, code, &host, &mut |output| last = Some(output));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}\n{code}");
    last
}

/// Compiles a crate in a folder of its own, as a library or a program; what was made.
fn compiled(name: &str, text: &str, kind: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("reconverge-as-rust-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("lib.rs"), text).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let made = folder.join("made");
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-name", "made", "--crate-type", kind, "-o"]);
    if kind == "lib" {
        command.arg(&made).args(["--emit", "metadata"]);
    } else {
        command.arg(&made);
    }
    let output = command.arg(folder.join("lib.rs")).output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    made
}

#[test]
fn every_bundled_mapping_is_a_module_that_compiles() {
    let names: Vec<String> = library::mappings().into_iter().map(|(name, _)| name).collect();
    let mut session = Session::new(library::mappings());
    for name in &names {
        executed(&mut session, &format!("use {name}"));
    }
    let text = session.rust(None, "null", false);
    assert!(text.matches("pub mod ").count() >= names.len(), "{text}");
    compiled("mappings", &text, "lib");
}

#[test]
fn a_run_is_a_value_of_the_types_of_its_system() {
    let mut session = Session::new(Vec::new());
    let last = executed(&mut session, EVERYTHING).unwrap();
    let text = session.rust(Some(&last), "{}", false);
    let main = r#"
use Everything::*;
fn main() {
  let run = trace();
  assert_eq!((run.of.as_str(), run.shows.as_str(), run.loop_start), ("few", "violated", None));
  assert_eq!((run.first.n, run.first.leader, run.first.Keeper[0].of[&Colour::red]), (-1, Replica::replica1, false));
  assert_eq!(run.steps.len(), 2);
  assert_eq!(run.steps[0].line, "do paint(red) at replica1");
  let state = &run.steps[1].state;
  assert_eq!(state.n, 1);
  assert_eq!(state[Replica::replica1].seen, Some(Colour::red));
  assert_eq!(state[Replica::replica1].log[0], Entry { term: 1, colour: Colour::red });
  assert!(state.colours.contains(&Colour::red));
  assert_eq!(Colour::ALL, [Colour::red, Colour::green, Colour::mut_]);
  let _ = (Action::paint { c: Colour::green, r: Replica::replica2 }, Message::Fetch(Fetch { at: 3 }));
  assert_eq!(REPORT, "{}");
}
"#;
    let program = compiled("run", &(text + main), "bin");
    let ran = Command::new(program).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
