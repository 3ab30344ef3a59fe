//! Mappings as Rust: what is written compiles, and is what the mapping says.
//!
//! Enters: every bundled mapping, and a system with a value of each kind. Leaves: failures.

use reconverge_kernel::hosts::Machine;
use reconverge_kernel::jobs::Rate;
use reconverge_kernel::library;
use reconverge_lang::diag;
use reconverge_lang::export::rust::{DIFFERS, LAST};
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, Comparison, Outcome, Output, Refused, Session, Told, conforms};
use reconverge_lang::view;
use std::path::{Path, PathBuf};
use std::process::Command;

const EVERYTHING: &str = r#"system Everything "One value of each kind" {
  enum Colour { red, green, mut }
  record Entry { term: 1..2, colour: Colour }
  node Replica[2] {
    durable log: list<Entry, 3> = []
    volatile seen: Colour? = none
  }
  node Keeper { durable of: map<Colour -> bool> }
  message Fetch { at: 0..3 }
  link fetches: Fetch from Replica to Keeper
  state n: -1..2 = -1
  state colours: set<Colour> = {}
  state leader: Replica = replica1
  action paint(c: Colour) at r in Replica when n < 2 {
    n += 1
    colours := colours + {c}
    r.log := r.log + [Entry { term: 1, colour: c }]
    r.seen := c
    leader := r
  }
  invariant few: safety "Two are never painted." { n < 1 }
}
check Everything"#;

fn executed(session: &mut Session, code: &str) -> Option<Output> {
    let host = Machine::new(std::sync::Arc::default(), |_: Rate| {});
    let mut last = None;
    let cell = CellRef { id: None, name: "cell".into() };
    let outcome = session.execute(cell, code, &host, &mut |output| last = Some(output));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}\n{code}");
    last
}

/// The crate of the session's systems, each as it is for the first time.
fn crate_text(session: &Session) -> String {
    session.rust().text(false, &|_| 1)
}

/// Compiles a crate in a folder of its own, as a library or a program; what was made.
fn compiled(name: &str, text: &str, kind: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("reconverge-as-rust-{name}-{}", std::process::id())).join("crate");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("lib.rs"), text).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let made = folder.join("made");
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-name", "made", "--crate-type", kind, "-o"]);
    if kind == "lib" {
        command.arg(&made).args(["--emit", "metadata"]);
    } else {
        command.arg(&made);
    }
    command.env("CARGO_MANIFEST_DIR", &folder);
    let output = command.arg(folder.join("lib.rs")).output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    made
}

#[test]
fn every_bundled_mapping_is_a_module_that_compiles() {
    let names: Vec<String> = library::mappings().into_iter().map(|(name, _)| name).collect();
    let mut session = Session::new(library::mappings());
    for name in &names {
        executed(&mut session, &format!("use {name}"));
    }
    let text = crate_text(&session);
    assert!(text.matches("pub mod ").count() >= names.len(), "{text}");
    compiled("mappings", &text, "lib");
}

#[test]
fn types_are_told_apart_by_the_edition_of_their_system() {
    let mut session = Session::new(Vec::new());
    executed(
        &mut session,
        "system One { enum of_2 { a, b } state x: of_2 = a } system Two { state y: 0..1 = 0 }",
    );
    let before = session.rust();
    executed(&mut session, "system One { enum of_2 { a, b } state x: of_2 = b state z: bool = true }");
    executed(&mut session, "system Three { state y: 0..1 = 0 }");
    let now = session.rust();
    let same = |name: &str| {
        before.systems.iter().find(|s| s.name == name) == now.systems.iter().find(|s| s.name == name)
    };
    assert_eq!((same("One"), same("Two"), same("Three")), (false, true, false));
    let text = now.text(false, &|system| if system.name == "One" { 2 } else { 1 });
    // What a mapping calls a type is no name of ours; what cells name has no number.
    let main = r#"
fn main() {
  assert!(std::any::type_name::<One::State>().ends_with("::One::of_2_::State"));
  assert!(std::any::type_name::<Two::State>().ends_with("::Two::of_1::State"));
  let _ = (One::State { x: One::of_2::a, z: true, others: Default::default() }, Three::State { y: 0, others: Default::default() });
}
"#;
    let program = compiled("editions", &(text + main), "bin");
    assert!(Command::new(&program).status().unwrap().success());
    let text = now.text(true, &|_| 1);
    assert!(text.contains("Hash, serde::Serialize, serde::Deserialize)]") && !text.contains("/*serde*/"));
}

#[test]
fn a_run_is_a_value_of_the_types_of_its_system() {
    let mut session = Session::new(Vec::new());
    let last = executed(&mut session, EVERYTHING).unwrap();
    let text = crate_text(&session);
    let main = r#"
use Everything::*;
fn main() {
  let run = trace();
  assert_eq!((run.of.as_str(), run.shows.as_str(), run.loop_start), ("few", "violated", None));
  assert_eq!((run.first.n, run.first.leader, run.first.Keeper[0].of[&Colour::red]), (-1, Replica::replica1, false));
  assert_eq!(run.steps.len(), 2);
  assert_eq!(run.steps[0].line, "do paint(red) at replica1");
  let state = &run.steps[1].state;
  assert_eq!(state.n, 1);
  assert_eq!(state[Replica::replica1].seen, Some(Colour::red));
  assert_eq!(state[Replica::replica1].log[0], Entry { term: 1, colour: Colour::red });
  assert!(state.colours.contains(&Colour::red));
  assert_eq!(Colour::ALL, [Colour::red, Colour::green, Colour::mut_]);
  let _ = (Action::paint { c: Colour::green, r: Replica::replica2 }, Message::Fetch(Fetch { at: 3 }));
  assert_eq!(report(), "{}");
}
"#;
    let program = compiled("run", &(text + main), "bin");
    let file = program.parent().unwrap().with_file_name(LAST);
    let said = |run: &str| {
        std::fs::write(&file, run).unwrap();
        String::from_utf8_lossy(&Command::new(&program).output().unwrap().stderr).into_owned()
    };
    assert_eq!(said(&session.rust_run(Some(&last), "{}")), "");
    assert!(said("").contains("no run of Everything was shown yet"));
    assert!(said("null\nOther\n").contains("the run that was shown last is one of Other, not of Everything"));
    // Other types than those with which it was compiled.
    executed(&mut session, &EVERYTHING.replace("red, green", "green, red"));
    assert!(said(&session.rust_run(Some(&last), "{}")).contains("Everything was defined anew since"));
}

/// A consumer, for these tests and for those of a real kernel.
const CONSUMER: &str = include_str!("../rust/consumer.rcv");

/// It in Rust: `seen` is what it does where an id was seen.
fn consumer(seen: &str) -> String {
    include_str!("../rust/consumer.cell").replace("NEW", seen)
}

/// What a cell compares.
fn compares(session: &mut Session, cell: &str) -> Result<Comparison, Refused> {
    session.conform("cell", cell, &|| false)
}

/// Why it compares nothing, in words.
fn refused(session: &mut Session, cell: &str) -> String {
    match compares(session, cell) {
        Err(Refused::Placed(failure)) => diag::render::plain(&failure.diagnostics, &failure.sources),
        Err(Refused::Nothing(words)) => words,
        Err(Refused::Interrupted) => "interrupted".to_string(),
        Ok(_) => panic!("{cell} is compared"),
    }
}

/// What a comparison prints, and how it ends: as a cell would run it, without the program that runs cells.
fn ran(name: &str, session: &Session, comparison: &Comparison, cell: &str) -> (bool, String) {
    let folder = std::env::temp_dir().join(format!("reconverge-compared-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let program =
        linked(&folder, session, comparison, &format!("{cell}\nfn main() {{ {} }}\n", comparison.call.text));
    let output = Command::new(program).output().unwrap();
    let all =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(&folder).unwrap();
    // Between marks stands where a panic began, in a file that was compiled: what runs cells puts the cell there.
    let all: String = all.split('\u{1}').step_by(2).collect();
    (output.status.success() && all.contains("\nsame "), all)
}

/// Compiles a program with the crates that a cell has.
fn linked(folder: &Path, session: &Session, comparison: &Comparison, main: &str) -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    for (made, text, kind) in [
        ("reconverge", crate_text(session).as_str(), "lib"),
        ("reconverge_conform", comparison.text.as_str(), "lib"),
        ("main", main, "bin"),
    ] {
        let path = folder.join(format!("{made}.rs"));
        std::fs::write(&path, text).unwrap();
        let mut command = Command::new(&rustc);
        let fixed = ["--edition", "2024", "--cap-lints", "allow", "--crate-type", kind, "--crate-name", made];
        command.args(fixed).env("CARGO_MANIFEST_DIR", folder);
        command.arg("--out-dir").arg(folder).arg("-L").arg(folder);
        for crate_name in ["reconverge", "reconverge_conform"].into_iter().filter(|known| *known != made) {
            let library = folder.join(format!("lib{crate_name}.rlib"));
            if library.exists() {
                command.arg("--extern").arg(format!("{crate_name}={}", library.display()));
            }
        }
        let output = command.arg(&path).output().unwrap();
        assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    }
    folder.join("main")
}

const NEW_IDS: &str = "!self.seen.contains(&m.id)";
const LAST_ID: &str = "self.seen.last() != Some(&m.id)";

#[test]
fn a_step_is_compared_on_every_input_that_is_reached() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, CONSUMER);
    let step = compares(&mut session, "conform on Deliver of Consumer with deliver").unwrap();
    let cell = |body: &str| {
        format!(
            "use reconverge::Consumer::*;\nfn deliver(state: &mut State, at: Worker, _: Queue, m: Deliver) -> Sent {{ {body} }}"
        )
    };
    let right = "let w = &mut state.Worker[at as usize]; if w.seen.insert(m.id) { w.effects += 1; } Ack { id: m.id }.to(Queue::queue)";
    let (good, said) = ran("right", &session, &step, &cell(right));
    assert!(good && said.contains("deliver does what `on Deliver` of Consumer says: all "), "{said}");
    let planted = right.replace("w.seen.insert(m.id)", "w.seen.insert(m.id) || m.id == Id::b");
    let (good, said) = ran("planted", &session, &step, &cell(&planted));
    let words = "deliver makes worker.effects 2, `on Deliver` of Consumer makes it 1, at input";
    assert!(!good && said.contains(words), "{said}");
    assert!(
        said.contains("let sent = deliver(&mut state, Worker::worker, Queue::queue, Deliver { id: Id::b });")
    );
    let silent = right.replace("id: m.id", "id: Id::a");
    let (good, said) = ran("silent", &session, &step, &cell(&silent));
    assert!(!good && said.contains("deliver sends Sent { message: Ack(Ack { id: a })"), "{said}");
    let panics = format!("assert!(state.Worker[0].effects < 2); {right}");
    let (good, said) = ran("panics", &session, &step, &cell(&panics));
    assert!(
        !good && said.contains("deliver panics: assertion failed: state.Worker[0].effects < 2, at input"),
        "{said}"
    );
    // Whichever of its choices is made is right.
    let ack = compares(&mut session, "conform on Ack of Consumer { faults { crash 1 } } with ack").unwrap();
    let cell = "use reconverge::Consumer::*;\nfn ack(state: &mut State, at: Queue, _: Worker, m: Ack) { state.Queue[at as usize].left.remove(&m.id); }";
    let (good, said) = ran("ack", &session, &ack, cell);
    assert!(good, "{said}");
    let said = refused(&mut session, "conform count of Consumer with f");
    assert_eq!(said, "`count` reads who is up or what is under way, which is not in `State`");
    assert!(refused(&mut session, "conform counts of Consumer with f").contains("did you mean `count`?"));
}

#[test]
fn a_system_is_replayed_on_code_and_the_shortest_run_that_differs_is_shown() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, CONSUMER);
    let system = compares(&mut session, "conform system Consumer with Mine").unwrap();
    let (good, said) = ran("system", &session, &system, &consumer(NEW_IDS));
    // The code acknowledges in one of two ways, which the mapping leaves open.
    assert!(good && said.contains("Mine does what Consumer does: all runs of up to "), "{said}");
    assert!(said.contains("Not compared, for `view` leaves it as it is: worker.busy"), "{said}");
    let (good, said) = ran("planted-system", &session, &system, &consumer(LAST_ID));
    assert!(!good, "{said}");
    let told = told(&said);
    let Some(Told::Differs(Some(output), words)) = system.told(told, session.sources()) else {
        panic!("{told}")
    };
    let Report::Conform(report) = &output.report else { panic!("{words}") };
    assert_eq!(report.differing.len(), 1, "{words}");
    assert_eq!(report.differing[0].0, "worker.effects");
    assert_eq!((report.model.length(), report.shown.length()), (8, 8), "{words}");
    assert!(
        words.contains("Mine makes worker.effects 3, Consumer makes it 2, in step 8, deliver Deliver"),
        "{words}"
    );
    assert!(words.contains("code.push(Id::a, Queue::queue);"), "{words}");
    let text = view::text(&output.report, &output.sources);
    assert!(text.contains("worker.effects") && text.contains("they differ here"), "{text}");
    let html = view::html(&output.report, &output.sources);
    assert!(html.matches("rcv-run").count() >= 2, "{html}");
    let (_, said) = ran(
        "silent-system",
        &session,
        &system,
        &consumer(NEW_IDS).replace("vec![Ack { id: m.id }.to(Queue::queue)]", "Vec::new()"),
    );
    assert!(said.contains("words Mine sends nothing, Consumer sends Sent"), "{said}");
    let (_, said) = ran(
        "panicking-system",
        &session,
        &system,
        &consumer(NEW_IDS).replace("self.turn += 1;", "panic!();"),
    );
    assert!(said.contains("words Mine panics: explicit panic, in step 3, deliver Ack"), "{said}");
    let nothing = consumer(NEW_IDS).replace("state.", "let mut state = state.clone(); state.");
    let nothing = nothing.replace("-> Sent { Deliver { id: i }.to(Worker::worker) }", "{}");
    let (_, said) = ran("silent-view", &session, &system, &nothing);
    assert!(said.contains("sends nothing"), "{said}");
}

#[test]
fn what_an_ordered_link_carries_keeps_its_order() {
    let mut session = Session::new(Vec::new());
    let system = |ordered: &str| {
        format!(
            "system Pair {{ node A {{ volatile sent: bool = false }} node B {{}} message M {{ v: 1..2 }}\n  \
             link l: M from A to B {ordered} capacity 2\n  \
             action two at x in A when not x.sent {{ x.sent := true  send M {{ v: 1 }} to b  send M {{ v: 2 }} to b }}\n  \
             on M at y in B {{}} }}"
        )
    };
    let code = "use reconverge::Pair::*;\nfn two(state: &mut State, x: A) -> Vec<Sent> { state[x].sent = true; \
                vec![M { v: 2 }.to(B::b), M { v: 1 }.to(B::b)] }";
    for (ordered, right) in [("unordered", true), ("ordered", false)] {
        executed(&mut session, &system(ordered));
        let step = compares(&mut session, "conform two of Pair with two").unwrap();
        let (good, said) = ran(ordered, &session, &step, code);
        assert_eq!(good, right, "{said}");
    }
}

#[test]
fn what_is_left_out_of_a_large_system_is_said() {
    let mut session = Session::new(Vec::new());
    let large = "system Large { state a: 0..99 = 0 state b: 0..99 = 0\n  \
                 action left when a < 99 { a += 1 }\n  action right when b < 99 { b += 1 } }";
    executed(&mut session, large);
    let code = "use reconverge::Large::*;\nstruct Mine { a: i64, b: i64 }\nimpl Mine {\n  \
                fn new(_: &State) -> Mine { Mine { a: 0, b: 0 } }\n  fn left(&mut self) { self.a += 1 }\n  \
                fn right(&mut self) { self.b += 1 }\n  \
                fn view(&self, state: &mut State) { state.a = self.a; state.b = self.b; }\n}";
    let system = compares(&mut session, "conform system Large with Mine").unwrap();
    let (good, said) = ran("large", &session, &system, code);
    // Two steps in each of them.
    let words = "every step out of the 2000 nearest states (4000), 200 runs at random";
    assert!(good && said.contains(words), "{said}");
    let step = compares(&mut session, "conform left of Large with left").unwrap();
    let (good, said) =
        ran("large-step", &session, &step, "use reconverge::Large::*;\nfn left(s: &mut State) { s.a += 1 }");
    assert!(good && said.contains(" inputs, in the first 5000 states and on 200 runs at random"), "{said}");
}

/// Runs what a cell compares until its process ends, and asks then what it was that ended it.
fn fate(name: &str, session: &Session, comparison: &Comparison, cell: &str) -> String {
    let folder = std::env::temp_dir().join(format!("reconverge-ended-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let call = &comparison.call.text;
    let main = format!(
        "{cell}\nfn main() {{ if let Some(of) = std::env::args().nth(1) {{ \
         let of: Vec<usize> = of.split(' ').map(|n| n.parse().unwrap()).collect(); \
         return reconverge_conform::fate({name:?}, \"ends\", &of); }} {call} }}"
    );
    let program = linked(&folder, session, comparison, &main);
    let ended = Command::new(&program).output().unwrap();
    assert!(!ended.status.success(), "{ended:?}");
    let told = std::fs::read(folder.join("now")).unwrap();
    let number = |at: usize| i64::from_ne_bytes(told[8 * at..8 * at + 8].try_into().unwrap());
    assert_eq!(number(1), 0);
    let of: Vec<String> = (0..number(2)).map(|i| number(3 + i as usize).to_string()).collect();
    let said = Command::new(&program).arg(of.join(" ")).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    String::from_utf8(said.stdout).unwrap()
}

/// What the comparison told, as it comes in a cell.
fn told(said: &str) -> &str {
    let (begin, end) = (format!("EVCXR_BEGIN_CONTENT {DIFFERS}\n"), "\nEVCXR_END_CONTENT");
    said.split(&begin).nth(1).unwrap().split(end).next().unwrap()
}

const DEFINITIONS: &str = "system Joins { param n = 2  enum State { idle, busy }  node Replica[n] { durable x: 0..3 = 0 }\n  \
    def join(a: 0..3, b: 0..3): 0..3 = if a > b then a else b\n  def zero(): 0..3 = 2\n  \
    def front(l: list<State, 2>, r: Replica): State? = if len(l) == 0 then none else l[0]\n  \
    action pick when true { choose r in Replica where r.x == 0 { r.x := 3 } } }";

#[test]
fn steps_without_a_value_are_counted() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, "system Full { state x: 0..2 = 0  action up { x += 1 } }");
    let system = compares(&mut session, "conform system Full with Mine").unwrap();
    let cell = "use reconverge::Full::*;\nstruct Mine { x: i64 }\nimpl Mine {\n  \
        fn new(first: &State) -> Mine { Mine { x: first.x } }\n  fn up(&mut self) { self.x += 1 }\n  \
        fn view(&self, state: &mut State) { state.x = self.x; }\n}";
    let (good, said) = ran("unvalued", &session, &system, cell);
    assert!(good && said.contains("every step (2) but 1 that has no value"), "{said}");
}

/// Too many inputs for all of them: those are among them in which mistakes are.
#[test]
fn where_not_all_inputs_are_tried_small_ones_and_ends_are() {
    let mut session = Session::new(Vec::new());
    let code = "system Sizes { state x: bool = false\n  record Pair { a: 0..99, b: 0..99 }\n  \
        def set(x: set<0..19>): 0..20 = len(x)\n  def list(x: list<0..99, 5>): 0..5 = len(x)\n  \
        def map(x: map<0..9 -> 0..9>): 0..9 = x[3]\n  def pair(x: Pair, y: Pair): 0..99 = x.a\n  \
        def ends(a: 0..99999, b: 0..99999): 0..99999 = a\n }";
    executed(&mut session, code);
    let set = "std::collections::BTreeSet<i64>";
    for (name, function) in [
        ("set", format!("fn set(x: {set}) -> i64 {{ if x.len() == 1 {{ 0 }} else {{ x.len() as i64 }} }}")),
        ("set", format!("fn set(x: {set}) -> i64 {{ if x.len() == 19 {{ 0 }} else {{ x.len() as i64 }} }}")),
        ("list", "fn list(x: Vec<i64>) -> i64 { if x.len() == 2 { 0 } else { x.len() as i64 } }".into()),
        ("map", "fn map(x: std::collections::BTreeMap<i64, i64>) -> i64 { if x.values().all(|v| *v == 5) { 0 } else { x[&3] } }".into()),
        ("pair", "fn pair(x: Pair, y: Pair) -> i64 { if x == y { 99 - x.a } else { x.a } }".into()),
        ("ends", "fn ends(a: i64, b: i64) -> i64 { if a == b { 7 } else { a } }".into()),
        ("ends", "fn ends(a: i64, b: i64) -> i64 { if b == 99_999 && a == 0 { 7 } else { a } }".into()),
    ] {
        let asked = compares(&mut session, &format!("conform {name} of Sizes with {name}")).unwrap();
        let (good, said) = ran(&format!("sizes-{name}"), &session, &asked, &format!("use reconverge::Sizes::*;\n{function}"));
        assert!(!good && said.contains(" gives "), "{function}: {said}");
    }
}

#[test]
fn what_ends_the_process_is_named_with_its_input() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, DEFINITIONS);
    let join = compares(&mut session, "conform join of Joins with join").unwrap();
    for (name, ends) in [
        ("abort", "std::process::abort()"),
        ("exit", "std::process::exit(1)"),
        (
            "overflow",
            "{ fn deep(n: u64) -> u64 { if n == 0 { 0 } else { 1 + std::hint::black_box(deep(n + 1)) } } deep(1); }",
        ),
        ("drop", "{ struct D; impl Drop for D { fn drop(&mut self) { panic!() } } let _d = D; panic!() }"),
    ] {
        let cell = format!("fn join(a: i64, b: i64) -> i64 {{ if (a, b) == (2, 1) {{ {ends}; }} a.max(b) }}");
        let said = fate(name, &session, &join, &cell);
        let words = format!(
            "words {name} ends, at input 7 of 16; as a cell:\n%%rust\n{{\n    use reconverge::Joins::*;\n    {name}(2, 1)\n}}"
        );
        assert_eq!(told(&said), words);
    }
    executed(&mut session, CONSUMER);
    let system = compares(&mut session, "conform system Consumer with Mine").unwrap();
    let cell = consumer(NEW_IDS)
        .replace("self.turn += 1;", "self.turn += 1; if self.turn == 2 { std::process::abort() }");
    let said = fate("Mine", &session, &system, &cell);
    let Some(Told::Differs(Some(output), words)) = system.told(told(&said), session.sources()) else {
        panic!("{said}")
    };
    assert!(words.contains("Mine ends, in step 6, deliver Ack"), "{words}");
    let Report::Conform(report) = &output.report else { panic!("{words}") };
    assert_eq!(report.model.length(), 6);
}

#[test]
fn what_is_no_state_is_a_difference() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, CONSUMER);
    let step = compares(&mut session, "conform on Deliver of Consumer with deliver").unwrap();
    let cell = "use reconverge::Consumer::*;\nfn deliver(state: &mut State, at: Worker, from: Queue, m: Deliver) { state.Queue.clear(); }";
    let (good, said) = ran("no-state", &session, &step, cell);
    assert!(
        !good
            && said.contains("words deliver leaves 0 in `state.Queue`, where Consumer has 1, at input 1 of"),
        "{said}"
    );
    let system = compares(&mut session, "conform system Consumer with Mine").unwrap();
    let cell = consumer(NEW_IDS).replace(
        "state.Worker[0].effects =",
        "state.Worker.push(state.Worker[0].clone()); state.Worker[0].effects =",
    );
    let (good, said) = ran("no-view", &session, &system, &cell);
    let words = "words Mine leaves 2 in `state.Worker`, where Consumer has 1, in `view`, at its beginning";
    assert!(!good && said.contains(words), "{said}");
    // What code holds may panic as it goes.
    let cell = consumer(NEW_IDS) + "impl Drop for Mine { fn drop(&mut self) { assert!(self.effects < 1) } }";
    let (good, said) = ran("no-drop", &session, &system, &cell);
    assert!(
        !good
            && said.contains(
                "words Mine panics as what it made is dropped: assertion failed: self.effects < 1, in step 2"
            ),
        "{said}"
    );
}

#[test]
fn what_is_needed_is_said_as_rust_that_compiles() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, CONSUMER);
    let system = compares(&mut session, "conform system Consumer { faults { crash 1 } } with Mine").unwrap();
    let mut needs: Vec<_> = system.call.needs.iter().map(|need| need.signature.as_str()).collect();
    needs.dedup();
    assert_eq!(
        needs,
        [
            "fn new(first: &State) -> Self",
            "fn push(&mut self, i: Id, q: Queue) -> Vec<Sent>",
            "fn on_deliver(&mut self, at: Worker, from: Queue, message: Deliver) -> Vec<Sent>",
            "fn on_ack(&mut self, at: Queue, from: Worker, message: Ack)",
            "fn count(&mut self, up: bool, w: Worker)",
            "fn crash(&mut self, node: Node)",
            "fn restart(&mut self, node: Node)",
            "fn view(&self, state: &mut State)",
        ]
    );
    let methods: String = needs.iter().map(|need| format!("{need} {{ todo!() }}\n")).collect();
    let (_, said) = ran(
        "pasted",
        &session,
        &system,
        &format!("use reconverge::Consumer::*;\nstruct Mine;\nimpl Mine {{ {methods} }}"),
    );
    assert!(said.contains("words Mine panics: not yet implemented, at its beginning"), "{said}");
    // Each line of the call that can be wrong says what it needs.
    for need in &system.call.needs {
        let line = system.call.text.lines().nth(need.line - 1).unwrap();
        assert!(
            line.contains(&need.name)
                || ["made", "let () = shown;"].contains(&line)
                || line.contains("::list(sent)"),
            "{line}"
        );
    }
    executed(&mut session, DEFINITIONS);
    let front = compares(&mut session, "conform front of Joins with lib::front::<u8>").unwrap();
    assert_eq!(front.call.needs[0].signature, "fn front(l: Vec<State>, r: Replica) -> Option<State>");
    let pick = compares(&mut session, "conform pick of Joins with pick").unwrap();
    assert_eq!(pick.call.needs[0].signature, "fn pick(state: &mut State_)");
}

#[test]
fn a_cell_that_compares_is_read_as_people_write_it() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, DEFINITIONS);
    for cell in [
        "conform join of Joins with max",
        "// which is greater\nconform join of Joins with max // ours",
        "\n  conform   join of\n    Joins (n = 3)\n  with\tmax  \n",
        "conform zero of Joins with lib::<u8>::zero::<[u8; 2], &'static str>",
        "conform pick of Joins { faults { crash 1, lose 1 } } with pick",
        "conform system Joins with Store<u8>",
    ] {
        assert!(conforms(cell), "{cell}");
        assert!(compares(&mut session, cell).is_ok(), "{cell}: {}", refused(&mut session, cell));
    }
    for cell in ["conform", "conform == 1", "conform in {1}", "check conform of A with b", "let conform"] {
        assert!(!conforms(cell), "{cell}");
    }
    for (cell, place, words) in [
        ("conform join of Joins with |a, b| a", "1:28", "expected a path in Rust such as `my_join`"),
        ("conform join of Joins", "1:1", "expected `with` and a path in Rust"),
        ("conform join with max", "1:9", "expected a name, `of` and a system"),
        (
            "conform join of Joins with a\nconform join of Joins with b",
            "1:1",
            "expected one `conform`, found several",
        ),
        ("conform join of Jons with max", "1:17", "did you mean `Joins`?"),
        ("conform joins of Joins with max", "1:9", "did you mean `join`?"),
        ("conform pick of Joins { faults { crash 1 lose 1 } } with pick", "1:42", "`,`"),
        ("conform pick of Joins(m = 3) with pick", "1:23", "`m`"),
    ] {
        let said = refused(&mut session, cell);
        assert!(said.contains(&format!("--> cell:{place}")) && said.contains(words), "{cell}: {said}");
    }
    let stopped = session.conform("cell", "conform join of Joins with max", &|| true);
    assert!(matches!(stopped, Err(Refused::Interrupted)));
}

#[test]
fn a_cell_that_is_printed_runs_as_it_is_printed() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, DEFINITIONS);
    let plain = crate_text(&session);
    assert!(plain.contains("pub enum Replica { replica1, replica2 }"));
    compares(&mut session, "conform pick of Joins(n = 3) with pick").unwrap();
    assert!(crate_text(&session).contains("pub enum Replica { replica1, replica2, replica3 }"));
    // What is named later, and what is defined anew, is that.
    executed(&mut session, "check Joins(n = 1)");
    assert!(
        crate_text(&session).contains("pub enum Replica { replica }")
            || crate_text(&session).contains("pub enum Replica { replica1 }")
    );
    executed(&mut session, DEFINITIONS);
    assert_eq!(crate_text(&session), plain);
    let zero = compares(&mut session, "conform zero of Joins with zero").unwrap();
    let (good, said) = ran("zero", &session, &zero, "fn zero() -> i64 { 2 }");
    assert!(
        good && said.contains("zero does what `zero` of Joins says: the one input that it has"),
        "{said}"
    );
    let pick = compares(&mut session, "conform pick of Joins with pick").unwrap();
    let both =
        "use reconverge::Joins::*;\nfn pick(state: &mut State_) { for r in &mut state.Replica { r.x = 3 } }";
    let (good, said) = ran("both", &session, &pick, both);
    assert!(!good && said.contains("(or the other)"), "{said}");
}
