"""`conform` under a real Jupyter client: code in Rust cells beside the mapping."""

import json
import time

import pytest
from rust_cells_support import CONSUMER, JOINS, NESTS, PATIENCE, Cell, connected, ok, rust, worker


@pytest.fixture(scope="module")
def client():
    yield from connected()


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
    assert words.startswith(said) and words[len(said) :].split("; as a cell")[0].endswith(":2), at input 8 of 16"), (
        words
    )
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
        (
            "overflows",
            "SIGSEGV: a segmentation fault, or recursion without an end",
            "input 16 of 16",
            "overflows(3, 3)",
        ),
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
