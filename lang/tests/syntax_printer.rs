//! The printer: what it prints parses to the same tree, and printing again changes nothing.

use reading::{parsed, prints};
use reconverge_lang::syntax::printer::{format, print};

#[path = "support/reading.rs"]
#[allow(dead_code)]
mod reading;

const KAFKA: &str = include_str!("data/kafka.rcv");
const COMMANDS: &str = include_str!("data/commands.rcv");
const CONSTRUCTS: &str = include_str!("data/constructs.rcv");

/// The expression `text`, printed.
#[track_caller]
fn check_expr(text: &str, expected: &str) {
    prints(text);
    assert_eq!(print(&parsed(text)).trim_end(), expected);
}

#[test]
fn examples_survive() {
    prints(KAFKA);
    prints(COMMANDS);
    prints(CONSTRUCTS);
}

#[test]
fn parentheses_only_where_needed() {
    check_expr("((a + b)) * (c)", "(a + b) * c");
    check_expr("a - (b - c) - d", "a - (b - c) - d");
    check_expr("(a - b) - c", "a - b - c");
    check_expr("(a implies b) implies c", "(a implies b) implies c");
    check_expr("a implies (b implies c)", "a implies b implies c");
    check_expr("not (a and b)", "not (a and b)");
    check_expr("not (a == b)", "not a == b");
    check_expr("(not a) == b", "(not a) == b");
    check_expr("-(a + b)", "(-(a + b))");
    check_expr("x - -y", "x - -y");
    check_expr("(all x in S: P) and Q", "(all x in S: P) and Q");
    check_expr("Q and (all x in S: P)", "Q and all x in S: P");
    check_expr("Q and (all x in S: P) and R", "Q and (all x in S: P) and R");
    check_expr("(if a then b else c) + 1", "(if a then b else c) + 1");
    check_expr("1 + (if a then b else c)", "1 + if a then b else c");
    check_expr("not (some x in S: P)", "not some x in S: P");
    check_expr("(count x in S where P) > 1", "(count x in S where P) > 1");
    check_expr("1 < (count x in S where P)", "1 < count x in S where P");
    check_expr("(a + b).c", "(a + b).c");
    check_expr("(a..b)", "a..b");
    check_expr("x in (a..b)", "x in a..b");
    check_expr("l[a..b + 1][0]", "l[a..b + 1][0]");
    check_expr("l[(if a then 0 else 1)]", "l[if a then 0 else 1]");
    check_expr("let x = (a in S) in x", "let x = (a in S) in x");
    check_expr("let x = (let y = 1 in y) in x", "let x = let y = 1 in y in x");
    check_expr("all x in S where (count y in T: Q) > 1: P", "all x in S where (count y in T: Q) > 1: P");
    check_expr("(first x in S by e) == none", "(first x in S by e) == none");
    check_expr("first x in S where (first y in T) by e", "first x in S where (first y in T) by e");
    check_expr("first x in S where (first y in T by e)", "first x in S where (first y in T by e)");
    check_expr("first x in S by (first y in T by e)", "first x in S by first y in T by e");
    check_expr(
        "first x in S where (all y in T: (first z in U))",
        "first x in S where (all y in T: first z in U)",
    );
    check_expr(
        "{ k -> (if a then b else c) for k in S where P }",
        "{ k -> if a then b else c for k in S where P }",
    );
    check_expr("in_flight(M where P) + in_flight(M)", "in_flight(M where P) + in_flight(M)");
    check_expr(
        "in_flight(M from (a) to b.c where (all x in S: P))",
        "in_flight(M from a to b.c where all x in S: P)",
    );
    check_expr("in_flight(M to b)", "in_flight(M to b)");
    check_expr("all x in (if a then S else T): P", "all x in (if a then S else T): P");
    check_expr("(start)", "(start)");
}

/// A random expression with every part in parentheses.
fn random(dice: &mut u64, depth: u32) -> String {
    let mut roll = |sides: u64| {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        *dice % sides
    };
    let kind = if depth == 0 { roll(4) } else { roll(30) };
    let operators = [
        "+", "-", "*", "/", "%", "&", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or",
        "implies",
    ];
    let operator = operators[roll(operators.len() as u64) as usize];
    let mut part = || std::format!("({})", random(dice, depth.saturating_sub(1)));
    match kind {
        0 => "1".to_string(),
        1 => "x".to_string(),
        2 => "value".to_string(),
        3 => "none".to_string(),
        4 => std::format!("not {}", part()),
        5 => std::format!("-{}", part()),
        6 => std::format!("all y in {} where {}: {}", part(), part(), part()),
        7 => std::format!("count y in {} where {}", part(), part()),
        8 => std::format!("count y in {}: {}", part(), part()),
        9 => std::format!("if {} then {} else {}", part(), part(), part()),
        10 => std::format!("let y = {} in {}", part(), part()),
        11 => std::format!("{}.field", part()),
        12 => std::format!("{}[{}]", part(), part()),
        13 => std::format!("{}[{}..]", part(), part()),
        14 => std::format!("{{{}, {}}}", part(), part()),
        15 => std::format!("[{} for y in {}]", part(), part()),
        16 => std::format!("Entry {{ a: {}, b: {} }}", part(), part()),
        17 => std::format!("f({}, {})", part(), part()),
        18 => std::format!("{{ {} -> {} }}", part(), part()),
        19 => std::format!("first y in {} where {}", part(), part()),
        20 => std::format!("first y in {} where {} by {}", part(), part(), part()),
        21 => std::format!("first y in {} by {}", part(), part()),
        22 => std::format!("{{ y -> {} for y in {} where {} }}", part(), part(), part()),
        23 => std::format!("in_flight(M from {} to {} where {})", part(), part(), part()),
        _ => std::format!("{} {operator} {}", part(), part()),
    }
}

#[test]
fn random_expressions_survive() {
    let mut dice = 0x2545_F491_4F6C_DD1D;
    for round in 0..1000 {
        let e = random(&mut dice, 1 + round % 5);
        prints(&e);
        prints(&std::format!(
            "system A {{ invariant i: safety {{ {e}\n{e} }} action a when {e} {{ x := {e} }} }}"
        ));
    }
}

#[test]
fn every_mapping_survives() {
    for folder in ["../notebooks/mappings", "../benches/models"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(&folder).expect("the folder of mappings") {
            let path = entry.expect("an entry of the folder").path();
            if path.extension().is_some_and(|e| e == "rcv") {
                prints(&std::fs::read_to_string(&path).expect("a readable mapping"));
            }
        }
    }
}

#[test]
fn comments_and_blank_lines_stay() {
    let text = "\
// what this is
/// documented
system A { // of the system
  // of x
  state x: bool   // after x


  // of y, and a long condition that has to be broken somewhere because it does not fit on one line of the page
  state y: bool = first_condition and second_condition or third_condition implies fourth_condition and fifth_one
  action a when x {
    // alone in the block
  }
  action b { x := y // inside
  }
  action c { if x { y := x; x := y } else { y := y } }
  record R { a: bool // first
    b: bool }
  // at the end
}
// last
";
    let expected = "\
// what this is
/// documented
system A {  // of the system
  // of x
  state x: bool  // after x

  // of y, and a long condition that has to be broken somewhere because it does not fit on one line of the page
  state y: bool = first_condition and second_condition or third_condition
      implies fourth_condition and fifth_one
  action a when x {
    // alone in the block
  }
  action b {
    x := y  // inside
  }
  action c {
    if x {
      y := x
      x := y
    } else {
      y := y
    }
  }
  record R {
    a: bool  // first
    b: bool
  }
  // at the end
}
// last
";
    assert_eq!(format(text).expect("no errors"), expected);
    prints(text);
}

#[test]
fn what_documents_stays_wherever_it_stands() {
    let text = "/// why\nuse kafka\n\n/// s\n/// t\nsystem A {\n  /// f\n  state x: 0..1 = 0  /// trailing\n\n  \
                action go when x == 0 {\n    /// inside\n    x := 1\n    /// last\n  }\n  /// none\n}\n/// c\ncheck \
                A\n/// end\n";
    assert_eq!(format(text).expect("no errors"), text);
    let tight = "///a\nsystem A {  ///b\n  state x: bool\n}\n";
    assert_eq!(format(tight).expect("no errors"), "/// a\nsystem A {  /// b\n  state x: bool\n}\n");
}
