//! What one pair of a `conform` costs: a function called on every input of a definition, and what it gives beside what the
//! mapping says; and how much of it the function takes itself, called in the same run on inputs that are there. Needs rustc, as
//! Rust cells do.

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
  def union(a: set<Paint>, b: set<Paint>): set<Paint> = a + b
  def count(m: map<Paint -> 0..3>, c: Paint): map<Paint -> 0..3> = { p -> if p == c then 3 else m[p] for p in Paint }
  def merge(a: map<0..2 -> 0..3>, b: map<0..2 -> 0..3>): map<0..2 -> 0..3> = { p -> if a[p] < b[p] then b[p] else a[p] for p in 0..2 }
  def newest(a: map<Paint -> 0..3>, b: map<Paint -> 0..3>): map<Paint -> 0..3> = { p -> if a[p] < b[p] then b[p] else a[p] for p in Paint }
}";

/// A definition and the same in Rust.
struct Case {
    name: &'static str,
    types: [&'static str; 2],
    result: &'static str,
    /// Of `a` and `b`.
    body: &'static str,
}

const SET: &str = "std::collections::BTreeSet<Paint>";
const COUNTER: &str = "std::collections::BTreeMap<i64, i64>";
const MAP: &str = "std::collections::BTreeMap<Paint, i64>";
const CASES: [Case; 7] = [
    Case { name: "join", types: ["i64", "i64"], result: "i64", body: "a.max(b)" },
    Case {
        name: "newer",
        types: ["Entry", "Entry"],
        result: "Entry",
        body: "if a.term < b.term { b } else { a }",
    },
    Case { name: "paint", types: [SET, "Paint"], result: SET, body: "let mut s = a; s.insert(b); s" },
    Case { name: "union", types: [SET, SET], result: SET, body: "let mut s = a; s.extend(b); s" },
    Case { name: "count", types: [MAP, "Paint"], result: MAP, body: "let mut m = a; m.insert(b, 3); m" },
    // That of a counter with three replicas.
    Case {
        name: "merge",
        types: [COUNTER, COUNTER],
        result: COUNTER,
        body: "let mut m = a; for (x, y) in m.values_mut().zip(b.values()) { *x = (*x).max(*y); } m",
    },
    Case {
        name: "newest",
        types: [MAP, MAP],
        result: MAP,
        body: "let mut m = a; for (x, y) in m.values_mut().zip(b.values()) { *x = (*x).max(*y); } m",
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
    table.set_header(["definition", "inputs", "ns a pair", "of it the user's own function", "and ours"]);
    for case in &CASES {
        let asked = format!("conform {0} of Pairs with {0}", case.name);
        let Ok(comparison) = session.conform("bench", &asked, &|| false) else { panic!("{asked}") };
        let printed = measured(case, &session.rust().text(false, &|_| 1), &comparison);
        let numbers: Vec<&str> = printed.split_whitespace().collect();
        table.add_row([&[case.name][..], &numbers].concat());
    }
    println!("{table}");
    println!(
        "A pair: to make an input, to call, to compare and to say what is called. The function's own: it is called on inputs \
         that are there, and what it gives is dropped."
    );
}

/// The program that a cell would compile, with a loop that measures in the place of the one that ends where they differ.
fn measured(case: &Case, library: &str, comparison: &Comparison) -> String {
    let Case { name, types: [one, two], result, body } = case;
    let judge = comparison.text.split("fn judge").nth(1).expect("what compares one input");
    let taken = judge.lines().nth(2).expect("how an input is taken");
    let main = format!(
        "use pairs::reconverge_conform::*;
         pub use reconverge::Pairs::*;
         fn {name}(a: {one}, b: {two}) -> {result} {{ {body} }}
         fn fastest(round: impl FnMut() -> u128) -> f64 {{ std::iter::repeat_with(round).take({ROUNDS}).min().unwrap() as f64 }}
         fn main() {{
           let (cases, now) = (cases(), Now::new());
           let paired = fastest(|| {{
             let mut inputs = inputs();
             let began = std::time::Instant::now();
             for (i, case) in cases.iter().enumerate() {{
               now.begin(i);
               assert!(judge(&{name}, case, &mut inputs).is_none());
             }}
             began.elapsed().as_nanos()
           }});
           let mut inputs = inputs();
           let given: Vec<({one}, {two})> = cases.iter().map(|case| {{ let inputs = &mut inputs; let w = &mut &case[0][..]; {taken} (a0, a1) }}).collect();
           let own = fastest(|| given.chunks(64).map(|some| {{
             let some = std::hint::black_box(some.to_vec());
             let began = std::time::Instant::now();
             for (a, b) in some {{ std::hint::black_box({name}(a, b)); }}
             began.elapsed().as_nanos()
           }}).sum());
           let of = |nanoseconds: f64| nanoseconds / cases.len() as f64;
           println!(\"{{}} {{:.1}} {{:.1}} {{:.1}}\", cases.len(), of(paired), of(own), of(paired - own));
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
            .flat_map(|line| ["\n", line])
            .collect::<String>()
            .replace("\nfn ", "\npub fn ")
            .replace("    fn new()", "    pub fn new()")
            .replace("    fn take(", "    pub fn take(")
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
