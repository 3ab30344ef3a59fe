"""Rust cells under a real Jupyter client: what they show, and everything that can go wrong in them."""

import json
import os
import shutil
import time

import nbformat
import pytest
from browser_support import ROOT
from nbclient import NotebookClient
from rust_cells_support import JOINS, KERNEL, PATIENCE, SYSTEM, Cell, connected, fresh, ok, rust, stop


@pytest.fixture(scope="module")
def client():
    yield from connected()


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
    flushed = 'use std::io::Write; print!("half "); std::io::stdout().flush().unwrap();'
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
    assert (
        client.execute_interactive(f"%%rust\n{waits}", timeout=PATIENCE, output_hook=shown)["content"]["status"] == "ok"
    )
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
        cell = ok(
            other, "let paint = reconverge::Joins::Paint::red;\n(own.n, held.of.steps.len(), boxed.len(), copied.0)"
        )
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
        assert (
            Cell(other, SYSTEM.replace("state x", "state w: 0..3 = 0 state x").replace("red,", "blue, red,")).status
            == "ok"
        )
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
        assert cell.printed("stderr").startswith("`Joins` was defined anew") and "lost: `paint`\n" in cell.printed(
            "stderr"
        )
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
        matches = 'fn NAME(of: Colour) -> u8 {\n    // é\n    let _ = "é"; match of { Colour::red => 0, Colour::green => 1 }\n}'
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
    ok(client, 'fn leader(of: Option<u32>) -> u32 {\n  of.expect("there is a leader")\n}')
    place = (
        rust(client, "let x: u32 = leader(Some(1));\nleader(None)").failed("RustPanic").split(": there is a leader")[0]
    )
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
    ok(
        client,
        'fn odd() { use std::io::Write; std::io::stdout().write_all(b"\\xff odd\\n").unwrap(); std::io::stderr().write_all(b"\\xff odd\\n").unwrap(); }',
    )
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
    assert (
        Cell(client, "conform join of Joins with right")
        .printed()
        .endswith("right does what `join` of Joins says: all 16 inputs\n")
    )
    assert "wrong gives" in Cell(client, "conform join of Joins with wrong").failed("Differs")


def test_there_is_nothing_to_be_read(client):
    reads = (
        "let mut line: String = String::new();\nlet read: usize = std::io::stdin().read_line(&mut line).unwrap();\nread"
    )
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
