//! Robustness of the parser: no text makes it panic, hang or point outside of the text.

use reading::survives;
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::syntax;
use std::collections::BTreeSet;

#[path = "support/offers.rs"]
#[allow(dead_code)]
mod offers;
#[path = "support/reading.rs"]
#[allow(dead_code)]
mod reading;

const KAFKA: &str = include_str!("data/kafka.rcv");
const COMMANDS: &str = include_str!("data/commands.rcv");

/// Words, numbers and single marks, with the white space after them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if word(c) { rest.find(|c| !word(c)).unwrap_or(rest.len()) } else { c.len_utf8() };
        let space = rest[end..].find(|c: char| !c.is_whitespace()).map_or(rest.len(), |n| end + n);
        let (piece, after) = rest.split_at(space.max(end));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// A small deterministic generator (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

#[test]
fn every_truncation() {
    for text in [KAFKA, COMMANDS] {
        for (i, _) in text.char_indices() {
            survives(&text[..i]);
            if i % 7 == 0 {
                survives(&text[i..]);
            }
        }
    }
}

#[test]
fn every_missing_and_doubled_token() {
    for text in [KAFKA, COMMANDS] {
        let pieces = pieces(text);
        for i in 0..pieces.len() {
            let without: String = pieces[..i].iter().chain(&pieces[i + 1..]).copied().collect();
            survives(&without);
            let doubled: String = pieces[..=i].iter().chain(&pieces[i..]).copied().collect();
            survives(&doubled);
        }
    }
}

#[test]
fn random_mutations() {
    let strange = [
        "{", "}", "(", "]", "\"", "///", "//", "=", ":=", "é", "🦀", "\u{0}", "'", "9x", "if", "for", "not",
        "<",
    ];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut helps = BTreeSet::new();
    for round in 0..1500 {
        let text = if round % 2 == 0 { KAFKA } else { COMMANDS };
        let mut pieces = pieces(text);
        for _ in 0..1 + dice.roll(6) {
            let (i, j) = (dice.roll(pieces.len()), dice.roll(pieces.len()));
            match dice.roll(5) {
                0 => pieces.swap(i, j),
                1 => {
                    pieces.remove(i);
                }
                2 => pieces.insert(i, pieces[j]),
                3 => pieces[i] = strange[dice.roll(strange.len())],
                _ => pieces.insert(i, strange[dice.roll(strange.len())]),
            }
        }
        helps.extend(survives(&pieces.concat()).into_iter().filter_map(|d| d.help));
    }
    helps.retain(|help| !offers::quoted(help).all(offers::is_fragment));
    assert!(helps.is_empty(), "helps that quote no piece of a program: {helps:#?}");
}

#[test]
fn nothing_but_noise() {
    let mut dice = Dice(7);
    let words = [
        "system", "A", "{", "}", "(", ")", "[", "]", ":", ",", "when", "at", "x", "in", "3", "not", "let",
        "=",
    ];
    for _ in 0..2000 {
        let text: Vec<&str> = (0..dice.roll(40)).map(|_| words[dice.roll(words.len())]).collect();
        survives(&text.join(" "));
    }
}

#[test]
fn deep_nesting_is_an_error_not_an_overflow() {
    let deep = |open: &str, middle: &str, close: &str| {
        let text = format!("{}{middle}{}", open.repeat(100_000), close.repeat(100_000));
        survives(&text)
    };
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{", "1", "}"),
        ("not ", "true", ""),
        ("-", "1", ""),
        ("1 + ", "1", ""),
        ("a implies ", "b", ""),
        ("if a then b else ", "c", ""),
        ("all x in S: ", "c", ""),
        ("let x = 1 in ", "x", ""),
        ("f(", "1", ")"),
        ("system A { action a { if a { ", "", ""),
        ("x", ".y", ""),
    ] {
        let found = deep(open, middle, close);
        assert!(found.iter().any(Diagnostic::is_error) || open == "x", "{open}");
    }
    for text in [
        format!("x{}", ".y".repeat(50_000)),
        format!("x{}", "[1]".repeat(50_000)),
        format!("system A {{ state x: {}T{} }}", "set<".repeat(60_000), ">".repeat(60_000)),
        format!("system A {{ state x: T{} }}", "?".repeat(100_000)),
        format!("system A {{ invariant x: safety {{ {} a }} }}", "for x in S: ".repeat(30_000)),
        format!("system A {{ action a {{ if a {{}} {} }} }}", "else if b {}".repeat(30_000)),
    ] {
        assert!(survives(&text).iter().any(Diagnostic::is_error), "{}", &text[..40]);
    }
}

#[test]
fn a_huge_cell_is_refused_at_once() {
    let text = "state x: bool\n".repeat(1_500_000);
    let found = survives(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code.0.code, "E0111");
    let text = "a ".repeat(300_000);
    assert_eq!(survives(&text)[0].code.0.code, "E0111");
}

#[test]
fn many_errors_are_counted() {
    let text = format!("system A {{\n{}}}", "  state x:\n".repeat(500));
    let found = survives(&text);
    assert_eq!(found.len(), syntax::MAX_ERRORS + 1);
    assert_eq!(found.last().map(|d| d.code.0.code), Some("E0112"));
}
