//! A text that is nearly a program, from one that is.
//!
//! Enters: a text and a number. Leaves: another text, always the same from the same two. Words are left out, doubled,
//! exchanged; lines moved; and what follows a word in one program put behind the same word in another, up to the end of
//! its line or block: most of the time that is what the grammar wants there.

use super::seeds::seeds;
use super::{BREAK, Dice};
use reconverge_lang::words::Kw;

/// A text made from another by a few changes.
pub fn mutate(text: &str, seed: u64, longest: usize) -> String {
    let mut dice = Dice::new(seed);
    let mut text = text.to_string();
    // Now and then something else, so that nothing needs to be there to begin with.
    if text.len() < 20 || dice.roll(50) == 0 {
        text = dice.one_of(seeds()).cloned().unwrap_or_default();
        if dice.roll(4) > 0 {
            return cut(&text, longest);
        }
    }
    for _ in 0..1 + dice.roll(3) {
        if !text.trim().is_empty() {
            text = changed(&text, &mut dice);
        }
    }
    cut(&text, longest)
}

fn cut(text: &str, longest: usize) -> String {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_string()
}

fn changed(text: &str, dice: &mut Dice) -> String {
    match dice.roll(12) {
        0 | 1 => words(text, dice),
        2 => name(text, dice),
        3 => number(text, dice),
        4 | 5 => lines(text, dice),
        6 => format!("{text}{BREAK}{}", command(text, dice)),
        7..=8 => transplant(text, dice, Piece::Block),
        _ => transplant(text, dice, Piece::Tail),
    }
}

// ---- words ----

/// Words, numbers and single marks, each with the white space after it.
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

/// What stands nowhere, or in places only that few think of.
const STRANGE: [&str; 24] = [
    "{", "}", "(", ")", "[", "]", "\"", "///", "// x\n", "=", ":=", "é", "🦀", "\u{0}", "'", "9x", "..", "?",
    "->", "\\", "%", "none", "\r\n", ";",
];

fn word(dice: &mut Dice) -> String {
    let keyword = dice.one_of(&Kw::ALL).map_or("", |kw| kw.word());
    let strange = dice.one_of(&STRANGE).copied().unwrap_or_default();
    format!("{} ", if dice.roll(3) == 0 { strange } else { keyword })
}

fn words(text: &str, dice: &mut Dice) -> String {
    let mut pieces = pieces(text);
    let (i, j) = (dice.roll(pieces.len()), dice.roll(pieces.len()));
    let new = word(dice);
    match dice.roll(6) {
        0 => pieces.swap(i, j),
        1 => drop(pieces.remove(i)),
        2 => pieces.insert(i, pieces[j]),
        3 => pieces[i] = &new,
        4 => pieces.insert(i, &new),
        _ => drop(pieces.drain(i..(i + 1 + dice.roll(8)).min(pieces.len()))),
    }
    pieces.concat()
}

fn is_name(piece: &str) -> bool {
    piece.starts_with(|c: char| c.is_alphabetic())
}

/// One name in place of another, once.
fn name(text: &str, dice: &mut Dice) -> String {
    let mut pieces = pieces(text);
    let names: Vec<usize> = (0..pieces.len()).filter(|i| is_name(pieces[*i])).collect();
    let (Some(at), Some(from)) = (dice.one_of(&names).copied(), dice.one_of(&names).copied()) else {
        return text.to_string();
    };
    pieces[at] = pieces[from];
    pieces.concat()
}

/// Numbers at which something may change.
const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "2",
    "3",
    "5",
    "-1",
    "31",
    "32",
    "63",
    "64",
    "65",
    "255",
    "1_000",
    "99_999",
    "9223372036854775807",
    "-9223372036854775808",
];

fn number(text: &str, dice: &mut Dice) -> String {
    let mut pieces = pieces(text);
    let numbers: Vec<usize> =
        (0..pieces.len()).filter(|i| pieces[*i].starts_with(|c: char| c.is_ascii_digit())).collect();
    let Some(at) = dice.one_of(&numbers).copied() else { return text.to_string() };
    // Small numbers most of the time: large ones make large models.
    let few = if dice.roll(4) == 0 { NUMBERS.len() } else { 5 };
    let new = format!("{} ", NUMBERS[dice.roll(few)]);
    pieces[at] = &new;
    pieces.concat()
}

// ---- lines ----

fn lines(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (i, j) = (dice.roll(lines.len()), dice.roll(lines.len()));
    match dice.roll(4) {
        0 => drop(lines.remove(i)),
        1 => lines.insert(i, lines[j]),
        2 => lines.swap(i, j),
        _ => {
            let other = dice.one_of(seeds()).map_or("", String::as_str);
            let others: Vec<&str> = other.split_inclusive('\n').collect();
            lines.insert(i, dice.one_of(&others).copied().unwrap_or_default());
        }
    }
    lines.concat()
}

/// A command of another program, about a system of this one.
fn command(text: &str, dice: &mut Dice) -> String {
    const COMMANDS: [&str; 16] = [
        "check @",
        "check @ { from any state }",
        "check @ { faults { crash 1 } }",
        "check @ { faults { crash 1, lose 1, duplicate 1, reorder 1, partition 1 } }",
        "check @ { faults { pause 1, skew 1, stale 1, wipe 1 } }",
        "check @ { symmetry off }",
        "check @ { depth <= 3 }",
        "audit @",
        "diagram @",
        "compare @, @",
        "find @ { true } within 2 steps",
        "scenario \"s\" on @ { run until true }",
        "start @\nenabled\nsave as scenario",
        "save trace as scenario",
        "simulate @",
        "show",
    ];
    let after = |piece: &[&str]| (piece[0].trim() == "system").then(|| piece[1].trim().to_string());
    let systems: Vec<String> = pieces(text).windows(2).filter_map(after).collect();
    let system = dice.one_of(&systems).map_or("A", String::as_str);
    dice.one_of(&COMMANDS).map_or(String::new(), |command| command.replace('@', system))
}

// ---- from one program to another ----

/// What is cut out and put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// From an opening bracket to the one that closes it.
    Block,
    /// From behind a word to the end of the line.
    Tail,
}

/// A piece, and the word that it follows.
struct Part<'t> {
    after: &'t str,
    range: std::ops::Range<usize>,
}

fn parts(text: &str, what: Piece) -> Vec<Part<'_>> {
    let (mut parts, mut open, mut at, mut before) = (Vec::new(), Vec::new(), 0, "");
    for piece in pieces(text) {
        let (mark, end) = (piece.trim_end(), at + piece.len());
        match (what, mark) {
            (Piece::Block, "{" | "(" | "[") => open.push((before, at)),
            (Piece::Block, "}" | ")" | "]") => {
                let opened = open.pop();
                parts.extend(opened.map(|(after, start)| Part { after, range: start..at + mark.len() }));
            }
            (Piece::Tail, _) if !piece.contains('\n') => {
                let line = text[end..].find('\n').map_or(text.len(), |n| end + n);
                parts.push(Part { after: mark, range: end..line });
            }
            _ => {}
        }
        before = mark;
        at = end;
    }
    parts
}

/// A piece in place of another that follows the same word: of this text, or of another.
fn transplant(text: &str, dice: &mut Dice, what: Piece) -> String {
    let own = dice.roll(2) == 0;
    let other = if own { text } else { dice.one_of(seeds()).map_or("", String::as_str) };
    let (here, there) = (parts(text, what), parts(other, what));
    let Some(place) = dice.one_of(&here) else { return text.to_string() };
    let fitting: Vec<&Part<'_>> = there.iter().filter(|part| part.after == place.after).collect();
    let Some(part) = dice.one_of(&fitting) else { return text.to_string() };
    format!("{}{}{}", &text[..place.range.start], &other[part.range.clone()], &text[place.range.end..])
}
