//! Nothing panics: mutilated programs, deep ones, wide ones.

use super::support::Notebook;
use reconverge_lang::analysis::{analyse, define};
use reconverge_lang::syntax::parse;

const KAFKA: &str = include_str!("../data/kafka.rcv");

/// Parses and analyses a text, whatever it is.
fn survive(text: &str) -> usize {
    let mut n = Notebook::default();
    let source = n.sources.add("1", text);
    let (cell, mut found) = parse(source, text);
    found.extend(define(&mut n.definitions, "1", &cell.items).diagnostics);
    for name in n.definitions.names().map(str::to_owned).collect::<Vec<_>>() {
        let _ = analyse(&n.definitions, &super::support::target(&name));
    }
    found.len()
}

#[test]
fn programs_with_a_word_missing_or_replaced() {
    let words: Vec<(usize, &str)> = KAFKA
        .split_inclusive(|c: char| !c.is_alphanumeric() && c != '_')
        .scan(0, |at, w| {
            let start = *at;
            *at += w.len();
            Some((start, w))
        })
        .collect();
    for (start, word) in words.iter().filter(|(_, w)| !w.trim().is_empty()) {
        let (before, after) = (&KAFKA[..*start], &KAFKA[start + word.len()..]);
        survive(&format!("{before}{after}"));
        survive(&format!("{before} leader {after}"));
    }
}

#[test]
fn every_pair_of_words_swapped_in_expressions() {
    let atoms = [
        "leader", "isr", "b", "Broker", "none", "{}", "1", "Entry", "acked", "epoch", "a", "broker1",
        "Fetch", "len",
    ];
    let shapes = [
        "X == Y",
        "X in Y",
        "X + Y",
        "X.log",
        "X[Y]",
        "all x in X: x == Y",
        "f(X, Y)",
        "{X, Y}",
        "{X -> Y}",
        "[X for q in Y]",
        "len(X)",
        "X & Y",
        "if X then Y else X",
        "old(X) < Y",
        "X[Y..]",
        "min x in X: Y",
        "let q = X in q == Y",
    ];
    for shape in shapes {
        for x in atoms {
            for y in atoms {
                let e = shape.replace('X', x).replace('Y', y);
                let text = KAFKA
                    .replace("b.leads != none and len(b.log) < 2", &e)
                    .replace("leader != none implies all e in acked: e in leader.log", &e);
                survive(&text);
            }
        }
    }
}

#[test]
fn long_chains_do_not_exhaust_the_stack() {
    let mut text = String::from("system A { ");
    for i in 0..3000 {
        text.push_str(&format!("def f{i}() = f{}() type T{i} = T{} param p{i} = p{} ", i + 1, i + 1, i + 1));
    }
    text.push_str("def f3000() = true type T3000 = bool param p3000 = 1 }");
    assert!(survive(&text) > 0);
    let mut systems = String::new();
    for i in 0..500 {
        systems.push_str(&format!("system S{i} from S{} {{ }} ", i + 1));
    }
    systems.push_str("system S500 { state x: bool }");
    assert_eq!(survive(&systems), 0);
}

#[test]
fn deep_nesting_is_refused_or_handled() {
    for depth in [10, 150, 190] {
        let e = format!("{}x{}", "not (".repeat(depth / 2), ")".repeat(depth / 2));
        survive(&format!("system A {{ state x: bool action a when {e} {{ x := true }} }}"));
        let block = format!("{}x := true {}", "if x { ".repeat(depth), "}".repeat(depth));
        survive(&format!("system A {{ state x: bool action a {{ {block} }} }}"));
        let set = format!("{}x{}", "{".repeat(depth), "}".repeat(depth));
        survive(&format!("system A {{ state x: bool invariant i: safety {{ {set} == {set} }} }}"));
        let list = format!("{}x{}", "[".repeat(depth), "]".repeat(depth));
        survive(&format!("system A {{ state x: bool invariant i: safety {{ {list} == {list} }} }}"));
        let option = format!("state x: bool{}", "?".repeat(depth));
        survive(&format!("system A {{ {option} }}"));
        let alls = format!("{}x", "all y in {x}: ".repeat(depth));
        survive(&format!("system A {{ state x: bool invariant i: safety {{ {alls} }} }}"));
        let ifs = format!("{} {{ x := true }}", "if x { } else ".repeat(depth).trim_end());
        survive(&format!("system A {{ state x: bool action a {{ {ifs} }} }}"));
        let fors = format!("{}x", "for y in {x}: ".repeat(depth));
        survive(&format!("system A {{ state x: bool invariant i: safety {{ {fors} }} }}"));
    }
}
