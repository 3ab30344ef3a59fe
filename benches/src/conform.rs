//! What one pair of a `conform` costs: a function called on every input of a definition, and what it gives beside what the
//! mapping says; and the calls alone, in a loop in the same run. Needs rustc, as Rust cells do.

use comfy_table::Table;
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::session::{CellRef, Comparison, Host, Outcome, Session, Unread};
use std::path::Path;
use std::process::Command;

const MAPPING: &str = "system Pairs {
  enum Paint { red, green, blue, black, white, grey, pink, teal }
  record Entry { term: 1..25, of: Paint?, up: bool }
  def join(a: 0..99, b: 0..199): 0..199 = if a > b then a else b
  def newer(a: Entry, b: Entry): Entry = if a.term < b.term then b else a
  def paint(s: set<Paint>, c: Paint): set<Paint> = s + {c}
}";

/// A definition and the same in Rust.
struct Case {
    name: &'static str,
    types: [&'static str; 2],
    result: &'static str,
    /// Of `a` and `b`.
    body: &'static str,
    /// What is called is given away: how each is copied before.
    copies: [&'static str; 2],
}

const CASES: [Case; 3] = [
    Case { name: "join", types: ["i64", "i64"], result: "i64", body: "a.max(b)", copies: ["*a", "*b"] },
    Case {
        name: "newer",
        types: ["Entry", "Entry"],
        result: "Entry",
        body: "if a.term < b.term { b } else { a }",
        copies: ["a.clone()", "b.clone()"],
    },
    Case {
        name: "paint",
        types: ["std::collections::BTreeSet<Paint>", "Paint"],
        result: "std::collections::BTreeSet<Paint>",
        body: "{ let mut s = a; s.insert(b); s }",
        copies: ["a.clone()", "*b"],
    },
];

/// The fastest of so many rounds counts.
const ROUNDS: usize = 50;

struct Alone;

impl Observer for Alone {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Alone {
    fn threads(&self) -> usize {
        1
    }

    fn read(&self, _: &str) -> Result<String, Unread> {
        Err(Unread::Missing)
    }
}

/// Prints the table.
pub fn conform() {
    let mut session = Session::new(Vec::new());
    let cell = CellRef { id: None, name: "bench".into() };
    let done = session.execute(cell, MAPPING, &Alone, &mut |_| {});
    assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
    let mut table = Table::new();
    table.set_header(["definition", "inputs", "ns a pair", "ns a call alone"]);
    for case in &CASES {
        let asked = format!("conform {0} of Pairs with {0}", case.name);
        let Ok(comparison) = session.conform("bench", &asked, &|| false) else { panic!("{asked}") };
        let printed = measured(case, &session.rust().text(false, &|_| 1), &comparison);
        let numbers: Vec<&str> = printed.split_whitespace().collect();
        table.add_row([&[case.name][..], &numbers].concat());
    }
    println!("{table}");
    println!(
        "To read an input, to call, to compare and to say what is called, beside the same calls in a loop."
    );
}

/// The program that a cell would compile, with a loop that measures in the place of the one that ends where they differ.
fn measured(case: &Case, library: &str, comparison: &Comparison) -> String {
    let Case { name, types: [one, two], result, body, copies: [a, b] } = case;
    let judge = comparison.text.split("fn judge").nth(1).expect("what compares one input");
    let read = judge.lines().nth(2).expect("how an input is read");
    let main = format!(
        "use pairs::reconverge_conform::*;
         pub use reconverge::Pairs::*;
         fn {name}(a: {one}, b: {two}) -> {result} {{ {body} }}
         fn fastest(mut round: impl FnMut()) -> u128 {{
           (0..{ROUNDS}).map(|_| {{ let began = std::time::Instant::now(); round(); began.elapsed().as_nanos() }}).min().unwrap()
         }}
         fn main() {{
           let (cases, now, mut row) = (cases(), Now::new(), Vec::new());
           let paired = fastest(|| for (i, case) in cases.iter().enumerate() {{
             now.begin(i);
             assert!(judge(&{name}, case, &mut row).is_none());
           }});
           let inputs: Vec<({one}, {two})> = cases.iter().map(|case| {{ let w = &mut &case[0][..]; {read} (a0, a1) }}).collect();
           let alone = fastest(|| for (a, b) in std::hint::black_box(&inputs) {{ std::hint::black_box({name}({a}, {b})); }});
           let of = |nanoseconds: u128| nanoseconds as f64 / cases.len() as f64;
           println!(\"{{}} {{:.1}} {{:.1}}\", cases.len(), of(paired), of(alone));
         }}"
    );
    // One crate: what a cell keeps in two would hide what is measured.
    let inner = |text: &str| {
        text.replace("//!", "//")
            .replace("#![allow", "#[allow")
            .replace("::reconverge::", "crate::reconverge::")
    };
    let text = format!(
        "#![allow(warnings)]
         mod reconverge {{ {} }}
         mod pairs {{ pub mod reconverge_conform {{ {} }} }}
         {}",
        library.lines().skip(2).collect::<Vec<_>>().join("\n"),
        inner(&comparison.text)
            .lines()
            .skip(2)
            .collect::<Vec<_>>()
            .join("\n")
            .replace("\nfn ", "\npub fn ")
            .replace("    fn new()", "    pub fn new()")
            .replace("    fn begin(", "    pub fn begin("),
        main
    );
    let folder = std::env::temp_dir().join(format!("reconverge-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (source, program) = (folder.join("main.rs"), folder.join("main"));
    std::fs::write(&source, text).expect("a file");
    // As cells are compiled.
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
    let compiled =
        rustc.args(["--edition", "2024", "-C", "opt-level=2", "-o"]).arg(&program).arg(&source).status();
    assert!(compiled.is_ok_and(|status| status.success()), "{}", source.display());
    let ran = Command::new(Path::new(&program)).output().expect("a program");
    std::fs::remove_dir_all(&folder).expect("a folder");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("numbers")
}
