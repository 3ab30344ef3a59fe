//! Words of the language as names of an author: they mean what was declared, or it is an error.

use crate::support::Notebook;
use reconverge_lang::session::Outcome;
use reconverge_lang::words::{self, Place};
use std::collections::BTreeSet;

/// Programs in which `NAME` is declared and used. Each cell succeeds just where the declaration is what is meant.
const MEANT: [&str; 24] = [
    "system S { state NAME: 0..3 = 1  action a when NAME == 3 { NAME := 2 }  invariant i: safety { NAME == 1 } }
     check S { expect holds i }",
    "system S { ghost NAME: 0..3 = 1  state x: 0..1 = 0  action a { x := 1  NAME := 1 }
       invariant i: safety { NAME == 1 and old(NAME) == 1 } }
     check S { expect holds i }",
    "system S { param NAME = 2  state y: 0..3 = NAME  action a when y == 0 { y := 1 }  invariant i: safety { y == 2 } }
     check S { expect holds i }",
    "system S { enum E { other, NAME }  state y: E = NAME  action a when y == other { y := NAME }
       invariant i: safety { y != other } }
     check S { expect holds i }",
    "system S { node KIND { v: 0..1 = 1 }  state y: KIND? = NAME  action a when y == none { NAME.v := 0 }
       invariant i: safety { y == NAME and NAME.v == 1 } }
     check S { expect holds i }",
    "system S { state x: 0..1 = 0  action a { x := 1 }  def NAME(p: 0..3): 0..9 = 7
       invariant i: safety { NAME(1) == 7 or x > 1 } }
     check S { expect holds i }",
    "system S { state x: 0..1 = 0  action a { x := 1 }  def NAME(p: 0..3, q: 0..3): 0..9 = 7
       invariant i: safety { NAME(1, 2) == 7 or x > 1 } }
     check S { expect holds i }",
    "system S { record R { NAME: 0..3 }  state r: R = R { NAME: 2 }  action a when r.NAME == 0 { r.NAME := 1 }
       invariant i: safety { r.NAME == 2 } }
     check S { expect holds i }",
    "system S { node N { NAME: 0..3 = 2 }  action a at m in N when m.NAME == 0 { m.NAME := 1 }
       invariant i: safety { n.NAME == 2 } }
     check S { expect holds i }",
    "system S { enum NAME { aa, bb }  state y: NAME = bb  action a when y == aa { y := bb }
       invariant i: safety { y == bb } }
     check S { expect holds i }",
    "system S { record NAME { f: 0..3 }  state y: NAME = NAME { f: 2 }  action a when y.f == 0 { y.f := 1 }
       invariant i: safety { y.f == 2 } }
     check S { expect holds i }",
    "system S { type NAME = 2..3  state y: NAME = 2  action a when y == 3 { y := 2 }  invariant i: safety { y == 2 } }
     check S { expect holds i }",
    "system S { state x: 0..2 = 0  action NAME when x == 0 { x := 1 } }
     scenario \"s\" on S { do NAME  expect x == 1 }",
    "system S { state x: 0..2 = 0  action NAME when x < 2 { x += 1 } }
     scenario \"s\" on S {
       do NAME
       expect x == 1
       do NAME
     }",
    "system S { node N { x: 0..2 = 0 }  action NAME at m in N when m.x == 0 { m.x := 1 } }
     scenario \"s\" on S { do NAME at n  expect n.x == 1 and n.up }",
    "system S { state x: 0..2 = 0  action NAME(p: 1..2) when x == 0 { x := p } }
     scenario \"s\" on S { do NAME(2)  expect x == 2 }",
    "system S { state x: 0..2 = 0  fair action NAME when x < 2 { x += 1 } }
     scenario \"s\" on S { run NAME until x == 1  expect x == 1  run NAME 1 times  expect x == 2 }",
    "system S { node A {}  node B { got: bool = false }  message NAME {}  link l: NAME from A to B
       action go at p in A when not b.got and in_flight(NAME) == 0 { send NAME {} to b }
       on NAME from p at q { q.got := true } }
     scenario \"s\" on S { do go  expect in_flight(NAME) == 1  deliver NAME from a to b  expect b.got }",
    "system S { state x: 0..2 = 0  action a when x < 2 { x += 1 }  invariant NAME: safety { x < 1 } }
     check S { only NAME  expect violated NAME }
     scenario \"s\" on S { do a  expect violated NAME }",
    "system S { state x: 0..2 = 0  action a when x < 2 { x += 1 }
       invariant i: safety { all NAME in 1..2: NAME >= 1 and NAME <= 2 and x <= 2 } }
     check S { expect holds i }",
    "system S { state x: 0..2 = 0  action a when x < 2 { x += 1 }
       invariant i: safety { let NAME = x + 1 in NAME > x } }
     check S { expect holds i }",
    "system S { state x: 0..2 = 0  action a { choose NAME in 1..2 { x := NAME } } }
     scenario \"s\" on S { do a with NAME = 2  expect x == 2 }",
    "system S { state NAME: bool = false  state x: 0..3 = 0
       fair action a when x < 3 { x += 1  NAME := x == 1 } }
     scenario \"s\" on S { run until NAME  expect x == 1 }",
    "system NAME { state x: 0..2 = 0  action a when x < 2 { x += 1 }  invariant i: safety { x <= 2 } }
     check NAME { expect holds i }",
];

/// What is declared is false: each cell fails.
const FALSE: [&str; 2] = [
    "system S { state NAME: bool = false  state x: 0..1 = 0  action a { x := 1 } }
     scenario \"s\" on S { do a  expect NAME }",
    "system S { state NAME: bool = false  state x: 0..1 = 0  action a { x := 1 } }
     scenario \"s\" on S {
       do a
       expect NAME
       do a
     }",
];

fn with(program: &str, name: &str) -> String {
    let mut kind = name.to_string();
    kind[..1].make_ascii_uppercase();
    program.replace("NAME", name).replace("KIND", &kind)
}

/// The codes of what is wrong with a cell, but for expectations that are not met.
fn refused(program: &str) -> (bool, Vec<&'static str>) {
    match Notebook::new().run(program).outcome {
        Outcome::Failed(failure) => {
            let errors = failure.diagnostics.iter().filter(|d| d.is_error());
            (true, errors.map(|d| d.code.0.code).filter(|code| *code != "E0510").collect())
        }
        _ => (false, Vec::new()),
    }
}

#[test]
fn a_declared_name_wins_against_a_word_of_the_language_or_is_refused() {
    let all: BTreeSet<&str> = Place::ALL.into_iter().flat_map(words::at).map(|word| word.text).collect();
    let names =
        all.into_iter().chain(["quiet", "up", "system", "clause", "with", "enabled", "violated", "holds"]);
    let mut silent = Vec::new();
    for name in names.filter(|name| !name.contains(' ')) {
        for program in MEANT.map(|program| with(program, name)) {
            let (fails, errors) = refused(&program);
            if fails && errors.is_empty() {
                silent.push(program);
            }
        }
        for program in FALSE.map(|program| with(program, name)) {
            if !refused(&program).0 {
                silent.push(program);
            }
        }
    }
    assert!(silent.is_empty(), "{} lose in silence:\n{}", silent.len(), silent.join("\n\n"));
}

#[test]
fn an_ordinary_name_is_taken_everywhere() {
    for program in MEANT.map(|program| with(program, "ordinary")) {
        let (fails, errors) = refused(&program);
        assert!(!fails, "{errors:?}: {program}");
    }
    for program in FALSE.map(|program| with(program, "ordinary")) {
        assert_eq!(refused(&program), (true, Vec::new()), "{program}");
    }
}
