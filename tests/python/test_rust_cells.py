"""Rust cells under a real Jupyter client: what they show, and everything that can go wrong in them."""

import json
import os
import shutil
import time

import nbformat
import pytest
from browser_support import ROOT
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

KERNEL = "reconverge"
# Seconds, longer than anything here takes on the slowest machine: what is not there by then never comes.
PATIENCE = 240
SYSTEM = """system Small {
  enum Colour { red, green }
  state x: 0..3 = 0
  action up when x < 3 { x += 1 }
  invariant low: safety "It stays low." { x <= 2 }
}"""


JOINS = """system Joins {
  enum Paint { red, green, mut }
  record Entry { term: 1..2, of: Paint? }
  state x: 0..3 = 0
  def join(a: 0..3, b: 0..3): 0..3 = if a > b then a else b
  def one(s: set<Paint>): set<Paint> = s
  def two(l: list<Entry, 2>, b: bool): list<Entry, 2> = l
  def three(b: bool, m: map<Paint -> 0..2>): map<Paint -> 0..2> = m
  def many(a: 0..999, b: 0..999): 0..999 = a
  def reads(a: 0..3): bool = a == x
  resolution merged: merge "The greater stays" { merge join }
}"""


# Members of sets and keys of maps are collections themselves: their order in Rust is the derived one.
NESTS = """system Nests {
  enum Mark { late, early }
  def both(s: set<set<Mark>>, b: set<set<0..1>>): set<set<Mark>> = s
  def lists(s: set<list<Mark, 2>>): set<list<Mark, 2>> = s
  def bag(a: list<Mark, 2>, b: list<Mark, 2>): bag<list<Mark, 2>, 2> = {a, b}
}"""


# A consumer and its code, for these tests and for those of the text that is written (tests/it/rust.rs).
CONSUMER = (ROOT / "tests/rust/consumer.rcv").read_text(encoding="utf-8")


def worker(new):
    """The consumer in Rust; `new`: what tells an id that it has not seen."""
    return (ROOT / "tests/rust/consumer.cell").read_text(encoding="utf-8").replace("NEW", new)


class Cell:
    """What came of one cell."""

    def __init__(self, client, code):
        self.messages = []
        reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=self.messages.append)
        self.content = reply["content"]
        self.status = self.content["status"]

    def of(self, kind):
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def printed(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    def value(self, mime="text/plain"):
        (result,) = self.of("execute_result")
        return result["data"][mime]

    def failed(self, ename):
        assert self.status == "error", self.content
        assert self.content["ename"] == ename, self.content
        return self.content["evalue"]


def fresh(**env):
    return start_new_kernel(kernel_name=KERNEL, env={**os.environ, **env})


def stop(manager, client):
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def client():
    manager, client = fresh()
    first = Cell(client, "%%rust\n6 * 7")
    if first.content.get("ename") == "NoRustCells":
        stop(manager, client)
        if os.environ.get("RECONVERGE_NEED_RUST_CELLS") == "1":
            pytest.fail(first.content["evalue"])
        pytest.skip("reconverge-rust is not built: install/rust-cells")
    assert first.value() == "42"
    # Interrupts are sent to the process of this one kernel.
    client.manager = manager
    yield client
    stop(manager, client)


def rust(client, code):
    return Cell(client, f"%%rust\n{code}")


def ok(client, code):
    cell = rust(client, code)
    assert cell.status == "ok", cell.content
    return cell


def test_cells_print_and_share_variables(client):
    ok(client, "let mut names: Vec<String> = Vec::new();\nfn twice(n: u32) -> u32 { 2 * n }")
    ok(client, 'names.push("one".to_string());\nprintln!("{}", twice(21)); eprintln!("aside");')
    third = ok(client, "names.len() + twice(1) as usize")
    assert third.value() == "3"
    second = ok(client, 'print!("no end"); println!("{names:?}")')
    assert second.printed() == 'no end["one"]\n'
    assert ok(client, 'eprintln!("aside")').printed("stderr") == "aside\n"
    # The language goes on beside it.
    assert Cell(client, "1 + 1").value() == "2"


def test_rich_outputs(client):
    html = ok(client, 'println!("EVCXR_BEGIN_CONTENT text/html\\n<b>bold</b>\\nEVCXR_END_CONTENT");')
    assert html.value("text/html") == "<b>bold</b>"
    shown = """#[derive(Debug)] struct Table { rows: u8 }
impl Table { fn evcxr_display(&self) {
  println!("EVCXR_BEGIN_CONTENT text/html\\n<table>{}</table>\\nEVCXR_END_CONTENT", self.rows);
  println!("EVCXR_BEGIN_CONTENT application/json\\n{{\\"rows\\": {}}}\\nEVCXR_END_CONTENT", self.rows);
} }
Table { rows: 3 }"""
    table = ok(client, shown)
    assert table.value("text/html") == "<table>3</table>"
    assert table.value("application/json") == {"rows": 3}


def test_an_error_of_the_compiler_is_placed_in_the_cell(client):
    wrong = rust(client, 'let fine: u8 = 1;\n  let wrong: u8 = "no";')
    words = wrong.failed("E0550")
    # The magic is the first line.
    assert words.split(":")[1:3] == ["3", "19"], words
    assert "mismatched types (rustc E0308)" in words
    assert any("let wrong: u8" in line for line in wrong.content["traceback"])
    assert "E0599" in rust(client, "5u8.nothing()").failed("E0550")
    (shown,) = Cell(client, "?E0550").of("display_data")
    assert "rustc --explain" in shown["data"]["text/plain"]


def test_what_is_flushed_without_an_end_of_line_is_shown_and_the_cell_ends(client):
    flushed = "use std::io::Write; print!(\"half \"); std::io::stdout().flush().unwrap();"
    cell = ok(client, flushed)
    assert cell.printed() == "half "
    # What is printed before the process ends itself is there.
    crashed = rust(client, flushed + " std::process::abort();")
    crashed.failed("RustCrash")
    assert crashed.printed() == "half "


def test_what_is_printed_without_an_end_of_line_is_shown_with_its_cell(client):
    assert ok(client, 'print!("one");').printed() == "one"
    valued = ok(client, 'print!("two ");\n5')
    assert (valued.printed(), valued.value()) == ("two ", "5")
    # Attributes of the whole come before all that is added.
    assert ok(client, '#![allow(dead_code)]\n//! All.\nprint!("three");').printed() == "three"
    assert "4:14" in rust(client, '#![allow(dead_code)]\n// Once.\nlet x: i32 = "a";').failed("E0550")
    panics = rust(client, 'print!("four");\npanic!("no")')
    assert "no" in panics.failed("RustPanic") and panics.printed() == "four"
    assert ok(client, ':help\nprint!("five");').printed().endswith("five")


def test_what_is_flushed_is_shown_before_its_cell_ends(client, tmp_path):
    seen = tmp_path / "seen"
    waits = f"""use std::io::Write;
print!("half ");
std::io::stdout().flush().unwrap();
while !std::path::Path::new({json.dumps(str(seen))}).exists() {{ std::thread::sleep(std::time::Duration::from_millis(20)); }}
println!("whole");"""
    printed = []

    def shown(message):
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])
            seen.touch()

    # It ends only once what it flushed has come.
    assert client.execute_interactive(f"%%rust\n{waits}", timeout=PATIENCE, output_hook=shown)["content"]["status"] == "ok"
    assert "".join(printed) == "half whole\n"


def test_a_dependency_by_its_path(client, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "neighbour"\nversion = "0.1.0"\nedition = "2021"\n')
    (tmp_path / "src/lib.rs").write_text("pub fn next(n: u8) -> u8 { n + 1 }\n")
    ok(client, "#[derive(Debug)] struct Mine(u8);\nlet (mine, plain): (Mine, u8) = (Mine(3), 4);")
    cell = ok(client, f':dep neighbour = {{ path = "{tmp_path}" }}\nneighbour::next(plain)')
    assert cell.value() == "5"
    # With another crate the types of cells are other ones to the compiler.
    assert cell.printed("stderr") == "The type of the variable mine was redefined, so was lost.\n"


def test_the_systems_of_the_session_are_types_and_the_last_run_a_value(client):
    assert Cell(client, SYSTEM).status == "ok"
    assert Cell(client, "check Small").status == "ok"
    cell = ok(
        client,
        "use reconverge::Small::*;\nlet run: Trace = trace();\n(run.of.clone(), run.steps.last().unwrap().state.x)",
    )
    assert cell.value() == '("low", 3)'
    ok(client, "let step: Action = Action::up;\nfn next(s: &State) -> State { State { x: s.x + 1, ..s.clone() } }")
    assert ok(client, "(next(&run.first).x, Colour::ALL.len())").value() == "(1, 2)"
    report = ok(client, "reconverge::report()").value()
    assert "low" in json.loads(json.loads(report))["findings"][-1]["name"]
    # Another run, and variables stay.
    assert Cell(client, "find Small { x == 2 }").status == "ok"
    cell = ok(client, "(run.steps.len(), reconverge::Small::trace().steps.len())")
    assert (cell.value(), cell.printed("stderr")) == ("(3, 2)", "")
    # Defined anew: cells that do not ask for them have the old types, which is said once.
    assert Cell(client, SYSTEM.replace("red, green", "red, green, blue")).status == "ok"
    cell = ok(client, "(run.steps.len(), Colour::ALL.len())")
    assert cell.value() == "(3, 2)"
    assert "Rust cells still have `Small` as it was before" in cell.printed("stderr")
    assert ok(client, "run.steps.len()").printed("stderr") == ""
    assert "Small was defined anew since" in rust(client, "trace().steps.len()").failed("RustPanic")
    cell = ok(client, "reconverge::Small::Colour::ALL.len()")
    assert cell.value() == "3"
    assert cell.printed("stderr") == (
        "`Small` was defined anew or has other parameters: variables that held its types of before are lost: "
        "`run`, `step`\n"
    )
    words = rust(client, "let run: u8 = 1;\nuse reconverge::Smal;").failed("E0550")
    assert words.split(":")[1:3] == ["3", "17"] and "no system `Smal` in this notebook" in words
    # Of a kind that has one member, that member is no pattern.
    assert (
        Cell(client, "system Single { node Queue { durable n: 0..1 = 0 } action a at q in Queue { q.n := 1 } }").status
        == "ok"
    )
    ok(client, ":clear")
    ok(client, "use reconverge::Single::*;\nfn a(state: &mut State, queue: Queue) { state[queue].n = 1 }")
    assert "a does what `a` of Single says: all 2 inputs" in Cell(client, "conform a of Single with a").printed()


def test_a_variable_whose_type_is_not_to_be_found_is_asked_for_it(client):
    # With a warning beside it.
    ok(client, "#[derive(Clone)] struct Noted { n: u8 }")
    words = rust(client, "fn unused() { let x = 1; }\nlet untyped = |a: u8| a;").failed("RustRefused")
    assert "Please give it an explicit type" in words or "closure" in words, words


def test_a_new_system_takes_no_variable_and_one_defined_anew_its_own():
    manager, other = fresh()
    try:
        ok(other, "#[derive(Debug)]\nstruct Own { n: u8 }\nlet own = Own { n: 7 };")
        assert Cell(other, SYSTEM).status == "ok"
        assert Cell(other, "check Small").status == "ok"
        cell = ok(
            other,
            """use reconverge::Small::*;
let run = trace();
type Short = Trace;
struct Held { of: Short }
let held = Held { of: trace() };
let boxed: Vec<Box<(u8, Held)>> = vec![];
#[derive(Clone, Copy)] struct Copied(Colour);
let copied = Copied(Colour::red);
trait Kind { type Of; }
struct Small0; impl Kind for Small0 { type Of = Colour; }
struct Behind { of: <Small0 as Kind>::Of }
let behind = Behind { of: Colour::red };
macro_rules! made { ($name:ident) => { struct $name { of: Colour } } }
mod inner { pub struct Made { pub of: Vec<super::State> } }
let made = inner::Made { of: Vec::new() };
let calls: Box<dyn Fn(&State) -> i64> = Box::new(|s| s.x);
struct Counts { n: u8 }
impl Counts { fn of(run: &Trace) -> Counts { Counts { n: run.steps.len() as u8 } } }
let counts = Counts::of(&run);
let steps: usize = run.steps.len();""",
        )
        assert cell.printed("stderr") == ""
        # One more system, a comparison, the same text once more: nothing is lost, and nothing said.
        assert Cell(other, JOINS).status == "ok"
        cell = ok(other, "let paint = reconverge::Joins::Paint::red;\n(own.n, held.of.steps.len(), boxed.len(), copied.0)")
        assert (cell.value(), cell.printed("stderr")) == ("(7, 3, 0, red)", "")
        assert Cell(other, "conform join of Joins with i64::max").status == "ok"
        assert Cell(other, SYSTEM.replace("red, green", "blue, red, green")).status == "ok"
        assert Cell(other, SYSTEM).status == "ok"
        cell = ok(other, "(own.n, run.steps.len(), calls(&run.first), paint, reconverge::Small::Colour::ALL.len())")
        assert (cell.value(), cell.printed("stderr")) == ("(7, 3, 0, red, 2)", "")
        # Parameters of one that Rust cells never named are nothing to them.
        assert Cell(other, "system Other { param n = 2 node R[n] {} state x: 0..1 = 0 }").status == "ok"
        ok(other, "reconverge::report().len() > 0")
        assert Cell(other, "check Other(n = 3)").status == "ok"
        assert ok(other, "own.n").printed("stderr") == ""
        # Defined anew, with types that are laid out otherwise: what held them goes, and nothing else.
        assert Cell(other, SYSTEM.replace("state x", "state w: 0..3 = 0 state x").replace("red,", "blue, red,")).status == "ok"
        # What reads one of them takes nothing away: it does not compile.
        refused = rust(other, "reconverge::Small::Colour::ALL.len() + run.steps.len()").failed("RustRefused")
        assert refused.startswith("`run` holds types as they were before a system was defined anew"), refused
        assert ok(other, "run.steps.len()").value() == "3"
        cell = ok(other, "(own.n, steps, counts.n, paint, reconverge::Small::Colour::ALL.len())")
        assert cell.value() == "(7, 3, 3, red, 3)"
        assert cell.printed("stderr") == (
            "`Small` was defined anew or has other parameters: variables that held its types of before are lost: "
            "`behind`, `boxed`, `calls`, `copied`, `held`, `made`, `run`\n"
        )
        assert "E0425" in rust(other, "copied.0").failed("E0550")
        # A comparison has the types of now; what was compared before is of the types of then.
        assert Cell(other, JOINS.replace("green, mut", "green, blue, mut")).status == "ok"
        cell = Cell(other, "conform one of Joins with std::convert::identity")
        assert cell.printed() == "std::convert::identity does what `one` of Joins says: all 16 inputs\n"
        assert cell.printed("stderr").startswith("`Joins` was defined anew") and "lost: `paint`\n" in cell.printed("stderr")
        assert Cell(other, JOINS).status == "ok"
        assert ok(other, "(own.n, steps, reconverge::Joins::Paint::ALL.len())").value() == "(7, 3, 3)"
        assert Cell(other, "check Small").status == "ok"
        assert ok(other, "let held = Held { of: trace() };\n(held.of.first.w, own.n)").value() == "(0, 7)"
    finally:
        stop(manager, other)


def test_a_variable_that_cannot_be_forgotten_takes_all_with_it():
    manager, other = fresh()
    try:
        assert Cell(other, SYSTEM).status == "ok"
        bomb = "struct Bomb { of: Colour }\nimpl Drop for Bomb { fn drop(&mut self) { panic!() } }"
        ok(other, f"use reconverge::Small::*;\n{bomb}\nlet bomb = Bomb {{ of: Colour::red }};\nlet kept: u8 = 1;")
        assert Cell(other, SYSTEM.replace("red, green", "blue, red, green")).status == "ok"
        cell = ok(other, "reconverge::Small::Colour::ALL.len()")
        assert cell.value() == "3" and "are lost: `bomb`, `kept`\n" in cell.printed("stderr")
        rust(other, "kept").failed("E0550")
        assert "panicked" not in ok(other, "let again: u8 = 2;\nagain").printed("stderr")
        assert "index is 7" in rust(other, "let none: Vec<u8> = vec![];\nnone[7]").failed("RustPanic")
    finally:
        stop(manager, other)


def test_what_no_longer_compiles_is_placed_in_the_cell_where_it_stands():
    manager, other = fresh()
    try:
        assert Cell(other, SYSTEM).status == "ok"
        ok(other, "use reconverge::Small::{Colour, State as At};\nlet kept = Colour::red;")
        # Not the last one, and another function of the same lines.
        matches = "fn NAME(of: Colour) -> u8 {\n    // é\n    let _ = \"é\"; match of { Colour::red => 0, Colour::green => 1 }\n}"
        ok(other, "fn before() {}\n" + matches.replace("NAME", "number"))
        cell = ok(other, "\n  " + matches.replace("NAME", "number") + "\nfn after() {}")
        number = cell.content["execution_count"]
        ok(other, "number(kept)")
        blue = SYSTEM.replace("green }", "green, blue }")
        assert Cell(other, blue).status == "ok"
        failed = rust(other, "reconverge::Small::Colour::ALL.len()")
        words = failed.failed("E0550")
        assert words.startswith(f"cell {number}:5:24: non-exhaustive patterns: "), words
        told = "\n".join(failed.content["traceback"])
        assert "match of { Colour::red => 0" in told
        assert f"cell {number} ran before, and what it defines no longer compiles: run it again" in told
        # A comparison has the types of now, too.
        words = Cell(other, "conform low of Small with number").failed("E0552")
        # Nothing was lost by it, and cells go on with the types of before.
        assert ok(other, "(number(kept), Colour::ALL.len())").value() == "(0, 2)"
        again = "use reconverge::Small;\n" + matches.replace("NAME", "number").replace("1 }", "1, Colour::blue => 2 }")
        cell = ok(other, again)
        assert "are lost: `kept`" in cell.printed("stderr")
        assert ok(other, "number(Colour::blue)").value() == "2"
        # What is imported is there no more.
        ok(other, ":clear")
        cell = ok(other, "use reconverge::Small::{\n    trace,\n    Colour as Of,\n};\nfn paint(of: Of) {}")
        number = cell.content["execution_count"]
        assert Cell(other, blue.replace("enum Colour", "enum Tint")).status == "ok"
        words = rust(other, "use reconverge::Small::Tint;").failed("E0550")
        assert words.startswith(f"cell {number}:4:5: unresolved import `reconverge::Small::Colour`"), words
        # Of the cell itself, where the compiler sees what is put around it.
        assert ok(other, ":clear\n:opt 1\nreconverge::Small::Tint::ALL.len()").value() == "Optimization: 1\n3"
        words = rust(other, "use reconverge::Small::Tint;\nuse reconverge::Small::{State, Nobody};").failed("E0550")
        assert words.split(":")[1:3] == ["3", "32"], words
        words = rust(other, "struct Unshown;\nlet a: u8 = 1;\nUnshown").failed("E0550")
        assert words.split(":")[1:3] == ["4", "1"], words
    finally:
        stop(manager, other)


def test_a_run_is_asked_for_before_there_is_one():
    manager, other = fresh()
    try:
        assert Cell(other, SYSTEM).status == "ok"
        words = rust(other, "reconverge::Small::trace().steps.len()").failed("RustPanic")
        assert "no run of Small was shown yet" in words
        assert ok(other, "reconverge::report()").value() == '"null"'
    finally:
        stop(manager, other)


def test_conform_finds_where_a_function_is_no_definition(client):
    assert Cell(client, JOINS).status == "ok"
    ok(client, "fn right(a: i64, b: i64) -> i64 { a.max(b) }")
    for member in ("join", "merged"):
        assert Cell(client, f"conform {member} of Joins with right").printed() == (
            "right does what `join` of Joins says: all 16 inputs\n"
        )
    ok(client, "fn planted(a: i64, b: i64) -> i64 { if a == 2 && b == 3 { a } else { a.max(b) } }")
    words = Cell(client, "conform join of Joins with planted").failed("Differs")
    assert "planted gives 2, `join` of Joins is 3, at input 15 of 16" in words
    again = words.split("as a cell:\n")[1]
    assert again == "%%rust\n{\n    use reconverge::Joins::*;\n    planted(2, 3)\n}"
    assert Cell(client, again).value() == "2"
    ok(client, "fn outside(a: i64, b: i64) -> i64 { a.max(b) + 1 }")
    assert "outside gives 1, `join` of Joins is 0" in Cell(client, "conform join of Joins with outside").failed(
        "Differs"
    )
    ok(client, "fn panics(a: i64, b: i64) -> i64 { assert!(a + b < 4); a.max(b) }")
    words = Cell(client, "conform join of Joins with panics").failed("Differs")
    said = "panics panics: assertion failed: a + b < 4 (cell "
    assert words.startswith(said) and words[len(said) :].split("; as a cell")[0].endswith(":2), at input 8 of 16"), words
    words = Cell(client, "conform join of Joins with nowhere").failed("E0550")
    assert words.split(":")[1:3] == ["1", "28"] and "rustc E0425" in words
    unfit = Cell(client, "conform join of Joins with u64::max")
    words = unfit.failed("E0550")
    assert words.split(":")[1:3] == ["1", "28"] and "`max` does not fit `join` of Joins" in words
    assert any("expected `fn max(a: i64, b: i64) -> i64`" in line for line in unfit.content["traceback"])
    # Comments, two lines, parameters of types.
    ok(client, "mod lib { pub fn greater<T: Ord>(a: T, b: T) -> T { a.max(b) } }")
    cell = Cell(client, "// which is greater\nconform join of Joins\n  with lib::greater::<i64> // for all")
    assert cell.printed() == "lib::greater::<i64> does what `join` of Joins says: all 16 inputs\n", cell.content
    assert "such as `my_join`" in Cell(client, "conform join of Joins with |a, b| a").failed("E0552")
    assert "expected `,`, found `lose`" in Cell(
        client, "conform join of Joins { faults { crash 1 lose 1 } } with right"
    ).failed("E0101")


def test_conform_knows_every_type_and_samples_what_is_large(client):
    ok(client, ":clear")
    ok(
        client,
        """use std::collections::{BTreeMap, BTreeSet};
use reconverge::Joins::*;
fn one(s: BTreeSet<Paint>) -> BTreeSet<Paint> { s }
fn two(l: Vec<Entry>, _: bool) -> Vec<Entry> { l }
fn three(_: bool, m: BTreeMap<Paint, i64>) -> BTreeMap<Paint, i64> { m }
fn many(a: i64, b: i64) -> i64 { if b == 999 && a == 999 { 0 } else { a } }
fn reversed(mut l: Vec<Entry>, _: bool) -> Vec<Entry> { l.reverse(); l }""",
    )
    for name, inputs in (("one", 8), ("two", 146), ("three", 54)):
        cell = Cell(client, f"conform {name} of Joins with {name}")
        assert cell.printed() == f"{name} does what `{name}` of Joins says: all {inputs} inputs\n", cell.content
    words = Cell(client, "conform two of Joins with reversed").failed("Differs")
    again = words.split("as a cell:\n")[1]
    assert "vec![Entry { term: " in again and ("of: Some(Paint::" in again or "of: None" in again)
    assert Cell(client, again).status == "ok"
    # The last input of all is among those that are looked at.
    assert "many gives 0, `many` of Joins is 999" in Cell(client, "conform many of Joins with many").failed("Differs")
    assert "reads the state" in Cell(client, "conform reads of Joins with one").failed("NothingToCompare")
    misspelt = Cell(client, "conform joins of Joins with one")
    assert "no definition or step `joins` in Joins" in misspelt.failed("E0552")
    assert any("did you mean `join`?" in line for line in misspelt.content["traceback"])
    assert "Jois" in Cell(client, "conform join of Jois with one").failed("E0203")


def test_conform_knows_collections_in_collections(client):
    assert Cell(client, NESTS).status == "ok"
    ok(client, ":clear")
    ok(
        client,
        """use std::collections::BTreeSet;
use reconverge::Nests::*;
fn both(s: BTreeSet<BTreeSet<Mark>>, _: BTreeSet<BTreeSet<i64>>) -> BTreeSet<BTreeSet<Mark>> { s }
fn lists(s: BTreeSet<Vec<Mark>>) -> BTreeSet<Vec<Mark>> { s }
fn bag(a: Vec<Mark>, b: Vec<Mark>) -> Vec<Vec<Mark>> { vec![b, a] }""",
    )
    for name, inputs in (("both", 256), ("lists", 128), ("bag", 49)):
        cell = Cell(client, f"conform {name} of Nests with {name}")
        assert cell.printed() == f"{name} does what `{name}` of Nests says: all {inputs} inputs\n", cell.content


def test_conform_says_what_it_does_not_compare(client):
    mapping = """system Half {
  node N { durable on: 0..1? = none  durable k: 0..3 = 0  clock c: 0..1 = 0 }
  action set at n in N when n.on == none { n.on := 1 }
  action up at n in N when n.k < 3 { n.k += 1  n.c := 0 }
  action reset at n in N { n.c := 0 }
  def quotient(a: 0..3, b: 0..3): 0..3 = a / b
}"""
    assert Cell(client, mapping).status == "ok"
    ok(client, ":clear")
    ok(
        client,
        """use reconverge::Half;
fn up(s: &mut Half::State, _: Half::N) { s.N[0].k += 1; }
fn quotient(a: i64, b: i64) -> i64 { a / b }
struct Late { on: std::option::Option<i64>, k: i64 }
impl Late {
    fn new(_: &Half::State) -> Self { Late { on: None, k: 0 } }
    fn tick(&mut self) {}
    fn reset(&mut self, _: Half::N) {}
    fn set(&mut self, _: Half::N) { if self.k < 2 { self.on = Some(1); } }
    fn up(&mut self, _: Half::N) { self.k += 1; }
    fn view(&self, s: &mut Half::State) {
        if let Some(on) = self.on { s.N[0].on = Some(on); }
        s.N[0].k = self.k;
    }
}""",
    )
    # What it sets in some states alone has the value of the beginning in the others.
    words = Cell(client, "conform system Half with Late").failed("Differs")
    assert words.startswith("Late makes n.on None, Half makes it Some(1), in step 3, set at n"), words
    assert Cell(client, "conform up of Half with up").printed() == (
        "up does what `up` of Half says: all 6 inputs in 16 states; not `c`, which is not in `State`\n"
    )
    assert "`reset` sets `c` alone" in Cell(client, "conform reset of Half with up").failed("NothingToCompare")
    assert Cell(client, "conform quotient of Half with quotient").printed() == (
        "quotient does what `quotient` of Half says: all 16 inputs (4 of them have no value there)\n"
    )


def test_conform_names_the_input_of_an_endless_loop(client):
    assert Cell(client, JOINS).status == "ok"
    ok(client, "fn loops(a: i64, b: i64) -> i64 { while a == 1 { std::hint::black_box(b); } a.max(b) }")
    words = Cell(client, "conform join of Joins with loops").failed("Differs")
    assert words == (
        "loops does not come back within 10 s (its process was ended: variables of Rust cells are lost), at input 2 of 16; "
        "as a cell:\n%%rust\n{\n    use reconverge::Joins::*;\n    loops(1, 0)\n}"
    )
    assert Cell(client, "1 + 1").value() == "2"


def test_conform_names_the_input_that_ends_the_process(client):
    assert Cell(client, JOINS).status == "ok"
    ok(
        client,
        """fn aborts(a: i64, b: i64) -> i64 { if a == 3 { std::process::abort() } a.max(b) }
fn exits(a: i64, b: i64) -> i64 { if b == 1 { std::process::exit(7) } a.max(b) }
fn deep(n: i64) -> i64 { if n == 0 { 0 } else { 1 + std::hint::black_box(deep(n + 1)) } }
fn overflows(a: i64, b: i64) -> i64 { if a + b == 6 { deep(1) } else { a.max(b) } }""",
    )
    for name, how, place, call in (
        ("aborts", "signal: 6 (SIGABRT)", "input 4 of 16", "aborts(3, 0)"),
        ("exits", "exit status: 7", "input 5 of 16", "exits(0, 1)"),
        ("overflows", "SIGSEGV: a segmentation fault, or recursion without an end", "input 16 of 16", "overflows(3, 3)"),
    ):
        words = Cell(client, f"conform join of Joins with {name}").failed("Differs")
        assert words.startswith(f"{name} ends the process that runs Rust ({how}"), words
        assert f"; variables of Rust cells are lost), at {place}" in words, words
        assert words.endswith(f"    use reconverge::Joins::*;\n    {call}\n}}")
    assert "SIGSEGV" in Cell(client, words.split("as a cell:\n")[1]).failed("RustCrash")
    assert Cell(client, "conform join of Joins with i64::max").status == "ok"


def test_conform_is_interrupted_while_it_looks_for_inputs(client):
    large = "system Slow { state a: 0..999 = 0 state b: 0..999 = 0 action left when a < 999 { a += 1 } action right when b < 999 { b += 1 } }"
    assert Cell(client, large).status == "ok"
    ok(client, "use reconverge::Slow;\nlet kept: u8 = 3;")
    message = client.execute("conform system Slow with Nobody")
    time.sleep(0.02)
    client.manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == message
    assert reply["content"]["ename"] == "Interrupted", reply["content"]


def test_conform_of_a_step_finds_the_input_on_which_a_function_does_something_else(client):
    assert Cell(client, CONSUMER).status == "ok"
    body = """let w = &mut state.Worker[at as usize];
if w.seen.insert(m.id) { w.effects += 1; }
Ack { id: m.id }.to(Queue::queue)"""
    # Every system has a `State`, and all cells share their names.
    ok(client, ":clear")
    ok(client, "use reconverge::Joins::*;")
    words = rust(client, "use reconverge::Consumer::*;").failed("NamesTaken")
    assert "`use reconverge::Consumer::*` brings in `State`, and so does `use reconverge::Joins::*`" in words
    ok(client, "use reconverge::Consumer;\nfn effects(s: &Consumer::State) -> i64 { s.Worker[0].effects }")
    ok(client, ":clear")
    function = (
        "use reconverge::Consumer::*;\nfn NAME(state: &mut State, at: Worker, _: Queue, m: Deliver) -> Sent { BODY }"
    )
    ok(client, function.replace("NAME", "right").replace("BODY", body))
    said = Cell(client, "conform on Deliver of Consumer with right").printed()
    assert said.startswith("right does what `on Deliver` of Consumer says: all "), said
    ok(
        client,
        function.replace("NAME", "wrong").replace(
            "BODY", body.replace("if w.seen.insert(m.id)", "w.seen.insert(m.id);")
        ),
    )
    words = Cell(client, "conform on Deliver of Consumer { faults { lose 1 } } with wrong").failed("Differs")
    assert "wrong makes worker.effects 2, `on Deliver` of Consumer makes it 1, at input" in words
    again = Cell(client, words.split("as a cell:\n")[1])
    assert "effects: 2" in again.value()
    ok(
        client,
        "fn ack(state: &mut State, q: Queue, _: Worker, m: Ack) { while state.Queue[q as usize].left.len() > 1 {} }",
    )
    words = Cell(client, "conform on Ack of Consumer with ack").failed("Differs")
    assert "ack does not come back within 10 s" in words and "ack(&mut state, Queue::queue, Worker::worker" in words
    ok(client, "fn clears(state: &mut State, q: Queue, _: Worker, m: Ack) { state.Queue.clear() }")
    words = Cell(client, "conform on Ack of Consumer with clears").failed("Differs")
    assert words.startswith("clears leaves 0 in `state.Queue`, where Consumer has 1, at input 1 of "), words
    ok(client, "fn sends(state: &mut State, q: Queue, _: Worker, m: Ack) -> i64 { 1 }")
    words = Cell(client, "conform on Ack of Consumer with sends").failed("E0550")
    assert "a step gives back nothing, `Sent`, `Option<Sent>` or `Vec<Sent>`, found `i64`" in words


def test_conform_of_a_system_draws_the_shortest_run_on_which_code_does_something_else(client):
    assert Cell(client, CONSUMER).status == "ok"
    ok(client, worker("!self.seen.contains(&m.id)"))
    said = Cell(client, "conform system Consumer { faults { lose 1 } } with Mine").printed()
    # The code removes an id at every second acknowledgement, which the mapping leaves open.
    assert said == (
        "Mine does what Consumer does: all runs of up to 9 steps (24401), every step (358 of 524: elsewhere the code chose "
        "otherwise), 200 runs at random\nNot compared, for `view` leaves it as it is: worker.busy\n"
    ), said
    # It remembers the last id alone, and an id comes again behind another.
    ok(client, worker("self.seen.last() != Some(&m.id)"))
    cell = Cell(client, "conform system Consumer { faults { lose 1 } } with Mine")
    words = cell.failed("Differs")
    assert "Mine makes worker.effects 3, Consumer makes it 2, in step 8, deliver Deliver" in words, words
    (shown,) = [c["data"] for c in cell.of("execute_result")]
    assert "worker.effects" in shown["text/plain"] and shown["text/html"].count("rcv-run") == 2
    drawn = json.loads(shown["application/vnd.reconverge+json"]["drawn"].translate(str.maketrans('`"', '"`')))
    assert [run["beside"] for run in drawn["runs"]] == [1, 0]
    again = Cell(client, words.split("as a cell:\n")[1])
    assert "effects: 3" in again.value()
    ok(client, worker("true").replace("fn on_ack", "fn on_other").replace("fn count", "fn counts"))
    lacks = Cell(client, "conform system Consumer with Mine")
    words = lacks.failed("E0550")
    assert words.split(":")[1:3] == ["1", "30"] and words.endswith("`Mine` has no `on_ack`, `count`"), words
    for needed in (
        "fn on_ack(&mut self, at: Queue, from: Worker, message: Ack)",
        "fn count(&mut self, up: bool, w: Worker)",
    ):
        assert any(needed in line for line in lacks.content["traceback"]), needed


def test_the_lesson_gives_what_is_stored_in_it(client):
    assert client
    path = ROOT / "notebooks/rust/your-own-code.ipynb"
    stored, made = (nbformat.read(path, as_version=4) for _ in range(2))
    NotebookClient(
        made,
        kernel_name=KERNEL,
        timeout=PATIENCE,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    differing = [
        one.id for one, two in zip(stored.cells, made.cells, strict=True) if one.get("outputs") != two.get("outputs")
    ]
    assert differing == [], f"store them anew: install/walkthrough.py {path}"
    failed = [cell.id for cell in stored.cells if any(o.output_type == "error" for o in cell.get("outputs", []))]
    assert failed == ["conform-compact", "conform-loss"]


def test_a_panic_is_an_error_and_keeps_variables(client):
    ok(client, "let kept: u32 = 17;")
    words = rust(client, "let list: Vec<u32> = Vec::new();\nlist[kept as usize]").failed("RustPanic")
    assert ":3: index out of bounds: the len is 0 but the index is 17" in words
    assert "variables from before are still there" in words
    assert ok(client, "kept").value() == "17"
    # One that is caught is none.
    caught = 'let is_err: bool = std::panic::catch_unwind(|| panic!("inside")).is_err();\nis_err'
    assert ok(client, caught).value() == "true"
    # In a function of an earlier cell it is placed there.
    ok(client, "fn leader(of: Option<u32>) -> u32 {\n  of.expect(\"there is a leader\")\n}")
    place = rust(client, "let x: u32 = leader(Some(1));\nleader(None)").failed("RustPanic").split(": there is a leader")[0]
    again = rust(client, "leader(None)").failed("RustPanic").split(": there is a leader")[0]
    assert place == again and place.endswith(":3"), place


def test_a_cell_that_does_not_come_to_its_end_is_an_error_whatever_it_takes_with_it(client):
    ok(client, "let moved: Vec<i64> = vec![1, 2, 3];\nlet anew: i64 = 1;\nlet stays: i64 = 2;")
    words = rust(client, "for x in moved { assert!(x < 3); }").failed("RustPanic")
    assert ":2: assertion failed: x < 3" in words and words.endswith("but for what it took with it: `moved`"), words
    words = rust(client, 'let anew: i64 = "x".parse::<i64>().unwrap();').failed("RustPanic")
    assert "InvalidDigit" in words and words.endswith("`anew`"), words
    words = rust(client, 'let other: i64 = "z".parse::<i64>()?;').failed("RustError")
    assert words.startswith("invalid digit found in string\n") and words.endswith("still there"), words
    assert ok(client, "stays").value() == "2"


def test_what_a_cell_prints_is_never_taken_for_anything_else(client):
    ok(client, "fn odd() { use std::io::Write; std::io::stdout().write_all(b\"\\xff odd\\n\").unwrap(); std::io::stderr().write_all(b\"\\xff odd\\n\").unwrap(); }")
    odd = ok(client, "odd();\n42")
    assert (odd.printed(), odd.printed("stderr"), odd.value()) == ("\ufffd odd\n", "\ufffd odd\n", "42")
    marks = ["EVCXR_EXECUTION_COMPLETE", "EVCXR_PANIC_NOTIFICATION"]
    cell = ok(client, "".join(f'println!("{mark}"); print!("{mark}\\n");\n' for mark in marks) + "43")
    assert cell.printed() == "".join(f"{mark}\n{mark}\n" for mark in marks)
    assert cell.value() == "43"
    # A value that is begun and not ended ends with its cell.
    begun = ok(client, 'println!("EVCXR_BEGIN_CONTENT text/html\\n<b>x</b>");')
    assert begun.value("text/html") == "<b>x</b>"
    assert ok(client, "44").value() == "44"
    assert Cell(client, JOINS).status == "ok"
    ok(client, "fn right(a: i64, b: i64) -> i64 { odd(); a.max(b) }\nfn wrong(a: i64, b: i64) -> i64 { a.min(b) }")
    assert Cell(client, "conform join of Joins with right").printed().endswith("right does what `join` of Joins says: all 16 inputs\n")
    assert "wrong gives" in Cell(client, "conform join of Joins with wrong").failed("Differs")


def test_there_is_nothing_to_be_read(client):
    reads = "let mut line: String = String::new();\nlet read: usize = std::io::stdin().read_line(&mut line).unwrap();\nread"
    assert ok(client, reads).value() == "0"
    assert ok(client, "read + 1").value() == "1"


def test_code_may_begin_behind_the_magic(client):
    assert Cell(client, "%%rust 40 +\n2").value() == "42"
    words = Cell(client, "%%rust  nowhere").failed("E0550")
    assert words.split(":")[1:3] == ["1", "9"], words


def test_an_abort_loses_variables_and_says_so(client):
    ok(client, "let gone: u32 = 1;\nfn stays() -> u32 { 5 }")
    words = rust(client, 'println!("before"); std::process::abort()').failed("RustCrash")
    assert "SIGABRT" in words and "variables of Rust cells are lost" in words
    assert "gone" in rust(client, "gone").failed("E0550")
    assert ok(client, "stays()").value() == "5"
    fault = rust(client, "unsafe { std::ptr::write_volatile(8 as *mut u8, 1) }")
    assert "(SIGSEGV: a segmentation fault" in fault.failed("RustCrash")
    # The backtrace leads through the insides of what runs cells.
    assert fault.printed("stderr").strip() == "Segmentation fault."
    assert Cell(client, "1 + 1").value() == "2"


def interrupted(client, code, until):
    """Interrupts a cell once `until` says so of a message, with questions answered meanwhile; seconds until the reply."""
    message = client.execute(code)
    while not until(client.get_iopub_msg(timeout=PATIENCE)):
        pass
    client.is_complete("check Small {")
    assert client.get_shell_msg(timeout=PATIENCE)["content"]["status"] == "incomplete"
    client.kernel_info()
    assert client.get_shell_msg(timeout=PATIENCE)["msg_type"] == "kernel_info_reply"
    client.complete("chec")
    assert "check" in client.get_shell_msg(timeout=PATIENCE)["content"]["matches"]
    since = time.monotonic()
    client.manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == message
    assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "Interrupted")
    assert "variables of Rust cells are lost" in reply["content"]["evalue"]
    return time.monotonic() - since


def test_an_endless_loop_is_interrupted(client):
    ok(client, "let gone: u32 = 1;\nfn stays() -> u32 { 5 }")
    loop = '%%rust\nprintln!("runs");\nlet mut n = 0u64;\nloop { n = std::hint::black_box(n + 1) }'
    runs = lambda m: m["msg_type"] == "stream" and "runs" in m["content"]["text"]  # noqa: E731
    took = interrupted(client, loop, runs)
    assert took < 60, took
    assert ok(client, "stays()").value() == "5"
    rust(client, "gone").failed("E0550")


def test_the_compiler_is_interrupted(client, tmp_path):
    ok(client, "let gone: u32 = 1;")
    # A constant that takes the compiler for ever.
    endless = "%%rust\n#[allow(long_running_const_eval)]\nconst N: u64 = { let mut n = 0; loop { n += 1; if n == 0 { break n } } };\nN"
    works = lambda m: m["msg_type"] == "display_data" and "compiled" in m["content"]["data"]["text/plain"]  # noqa: E731
    interrupted(client, endless, works)
    assert ok(client, "1 + 1").value() == "2"
    rust(client, "gone").failed("E0550")


def test_progress_goes_when_the_answer_comes(client):
    slow = ok(client, "std::thread::sleep(std::time::Duration::from_millis(1500)); 5")
    assert slow.value() == "5"
    last = [m["msg_type"] for m in slow.messages if m["msg_type"] in ("display_data", "clear_output", "execute_result")]
    assert last[-2:] == ["clear_output", "execute_result"], last


def test_a_loop_is_no_value(client):
    assert ok(client, "for _ in 0..2 {}").of("execute_result") == []


def test_a_hundred_megabytes_are_cut_with_a_word(client):
    line = "x" * 9_999
    many = ok(client, f'for _ in 0..10_486 {{ println!("{line}"); }}')
    assert 1 << 20 < len(many.printed()) <= (2 << 20) + 1
    assert "98.0 MB more were printed and are left out" in many.printed("stderr")
    assert len(many.of("stream")) < 100
    one = ok(client, 'println!("{}", "y".repeat(100 << 20));')
    assert len(one.printed()) <= (2 << 20) + 1
    assert "98.0 MB more" in one.printed("stderr")
    assert ok(client, "1 + 1").value() == "2"


def test_without_the_program_the_command_is_named():
    manager, client = fresh(RECONVERGE_RUST="/nowhere/reconverge-rust")
    try:
        words = rust(client, "1").failed("NoRustCells")
        assert "`install/rust-cells`" in words
        assert Cell(client, SYSTEM).status == "ok"
    finally:
        stop(manager, client)


def test_without_a_toolchain_the_message_says_so(client, tmp_path):
    # A path with the shell alone, and no home in which there could be one.
    (tmp_path / "sh").symlink_to(shutil.which("sh"))
    manager, other = fresh(PATH=str(tmp_path), HOME=str(tmp_path))
    try:
        words = rust(other, "1").failed("NoRustToolchain")
        assert "https://rustup.rs" in words
        assert Cell(other, SYSTEM).status == "ok"
        rust(other, "1").failed("NoRustToolchain")
    finally:
        stop(manager, other)


def test_a_kernel_that_ends_leaves_nothing_behind(client):
    manager, other = fresh()
    pid = json.loads(ok(other, "std::process::id()").value())
    running = lambda: os.path.exists(f"/proc/{pid}") or not os.path.isdir("/proc/self")  # noqa: E731
    other.execute("%%rust\nloop {}")
    assert running()
    stop(manager, other)
    deadline = time.monotonic() + PATIENCE
    while running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running()
