//! Mappings as Rust: what is written compiles, and is what the mapping says.
//!
//! Enters: every bundled mapping, and a system with a value of each kind. Leaves: failures.

use reconverge_kernel::hosts::Machine;
use reconverge_kernel::jobs::Rate;
use reconverge_kernel::library;
use reconverge_lang::export::rust::DIFFERS;
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, Compared, Comparison, Outcome, Output, Session, Told};
use reconverge_lang::view;
use std::path::PathBuf;
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

/// Compiles a crate in a folder of its own, as a library or a program; what was made.
fn compiled(name: &str, text: &str, kind: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("reconverge-as-rust-{name}-{}", std::process::id()));
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
    let text = session.rust(None, "null", false, None);
    assert!(text.matches("pub mod ").count() >= names.len(), "{text}");
    compiled("mappings", &text, "lib");
}

#[test]
fn a_run_is_a_value_of_the_types_of_its_system() {
    let mut session = Session::new(Vec::new());
    let last = executed(&mut session, EVERYTHING).unwrap();
    let text = session.rust(Some(&last), "{}", false, None);
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
  assert_eq!(REPORT, "{}");
}
"#;
    let program = compiled("run", &(text + main), "bin");
    let ran = Command::new(program).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

const CONSUMER: &str = r#"system Consumer "Delivered at least once, done once." {
  enum Id { a, b }
  node Queue { durable left: set<Id> = {a, b} }
  node Worker {
    durable seen: set<Id> = {}
    durable effects: 0..4 = 0
    volatile busy: bool = false
  }
  message Deliver { id: Id }
  message Ack { id: Id }
  link work: Deliver from Queue to Worker
  link acks: Ack from Worker to Queue
  ghost acked: set<Id> = {}
  action push(i: Id) at q in Queue when i in q.left and in_flight(Deliver) + in_flight(Ack) == 0 {
    send Deliver { id: i } to worker
  }
  on Deliver at w in Worker {
    if id not in w.seen {
      w.seen.add(id)
      w.effects += 1
    }
    send Ack { id: id } to queue
  }
  on Ack at q in Queue when in_flight(Ack) == 1 {
    choose gone in {false, true} { if gone { q.left.remove(id) } }
    acked.add(id)
  }
  action count(up: bool) at w in Worker when w.effects > 0 { w.busy := in_flight(Ack) > 0 and up }
}"#;

/// The worker in Rust: `seen` is what it does where an id was seen.
fn consumer(seen: &str) -> String {
    format!(
        r#"
use reconverge::Consumer::*;
use std::collections::BTreeSet;
#[derive(Clone)]
struct Mine {{ left: BTreeSet<Id>, seen: Vec<Id>, effects: i64, turn: usize }}
impl Mine {{
  fn new(first: &State) -> Mine {{ Mine {{ left: first.Queue[0].left.clone(), seen: Vec::new(), effects: 0, turn: 0 }} }}
  fn push(&mut self, i: Id, _at: Queue) -> Sent {{ Deliver {{ id: i }}.to(Worker::worker) }}
  fn on_deliver(&mut self, _at: Worker, _from: Queue, m: Deliver) -> Vec<Sent> {{
    if {seen} {{ self.seen.push(m.id); self.effects += 1; }}
    vec![Ack {{ id: m.id }}.to(Queue::queue)]
  }}
  fn on_ack(&mut self, _at: Queue, _from: Worker, m: Ack) {{
    self.turn += 1;
    if self.turn % 2 == 0 {{ self.left.remove(&m.id); }}
  }}
  fn count(&mut self, _up: bool, _at: Worker) {{}}
  fn crash(&mut self, _at: Node) {{}}
  fn view(&self, state: &mut State) {{
    state.Queue[0].left = self.left.clone();
    state.Worker[0].seen = self.seen.iter().copied().collect();
    state.Worker[0].effects = self.effects;
  }}
}}
"#
    )
}

fn compares(session: &Session, asked: Compared<'_>, target: &str, code: &str) -> Result<Comparison, String> {
    session.conform(asked, (target, code), &|| false)
}

/// What a comparison prints, and how it ends: as a cell would run it, without the program that runs cells.
fn ran(name: &str, session: &Session, comparison: &Comparison, target: &str, cell: &str) -> (bool, String) {
    let folder = std::env::temp_dir().join(format!("reconverge-compared-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let types = session.rust(None, "null", false, Some(target));
    let main = format!("{cell}\nfn main() {{ {} }}\n", comparison.call);
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    for (made, text, kind) in [
        ("reconverge", types, "lib"),
        ("reconverge_conform", comparison.text.clone(), "lib"),
        ("main", main, "bin"),
    ] {
        let path = folder.join(format!("{made}.rs"));
        std::fs::write(&path, &text).unwrap();
        let mut command = Command::new(&rustc);
        command.args([
            "--edition",
            "2024",
            "--cap-lints",
            "allow",
            "--crate-name",
            made,
            "--crate-type",
            kind,
        ]);
        command.arg("--out-dir").arg(&folder).arg("-L").arg(&folder);
        for crate_name in ["reconverge", "reconverge_conform"].into_iter().filter(|known| *known != made) {
            let library = folder.join(format!("lib{crate_name}.rlib"));
            if library.exists() {
                command.arg("--extern").arg(format!("{crate_name}={}", library.display()));
            }
        }
        let output = command.arg(&path).output().unwrap();
        assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    }
    let output = Command::new(folder.join("main")).output().unwrap();
    let all =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(&folder).unwrap();
    (output.status.success() && all.contains("\nsame "), all)
}

const NEW_IDS: &str = "!self.seen.contains(&m.id)";
const LAST_ID: &str = "self.seen.last() != Some(&m.id)";

#[test]
fn a_step_is_compared_on_every_input_that_is_reached() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, CONSUMER);
    let step = compares(&session, Compared::Member("on Deliver"), "Consumer", "deliver").unwrap();
    let cell = |body: &str| {
        format!(
            "use reconverge::Consumer::*;\nfn deliver(state: &mut State, at: Worker, _: Queue, m: Deliver) -> Sent {{ {body} }}"
        )
    };
    let right = "let w = &mut state.Worker[at as usize]; if w.seen.insert(m.id) { w.effects += 1; } Ack { id: m.id }.to(Queue::queue)";
    let (good, said) = ran("right", &session, &step, "Consumer", &cell(right));
    assert!(good && said.contains("deliver does what `on Deliver` of Consumer says: all "), "{said}");
    let planted = right.replace("w.seen.insert(m.id)", "w.seen.insert(m.id) || m.id == Id::b");
    let (good, said) = ran("planted", &session, &step, "Consumer", &cell(&planted));
    let words = "deliver makes worker.effects 2, `on Deliver` of Consumer makes it 1, at input";
    assert!(!good && said.contains(words), "{said}");
    assert!(
        said.contains("let sent = deliver(&mut state, Worker::worker, Queue::queue, Deliver { id: Id::b });")
    );
    let silent = right.replace("id: m.id", "id: Id::a");
    let (good, said) = ran("silent", &session, &step, "Consumer", &cell(&silent));
    assert!(!good && said.contains("deliver sends Sent { message: Ack(Ack { id: a })"), "{said}");
    let panics = format!("assert!(state.Worker[0].effects < 2); {right}");
    let (good, said) = ran("panics", &session, &step, "Consumer", &cell(&panics));
    assert!(!good && said.contains("deliver panics, at input"), "{said}");
    // Whichever of its choices is made is right.
    let ack =
        compares(&session, Compared::Member("on Ack"), "Consumer { faults { crash 1 } }", "ack").unwrap();
    let cell = "use reconverge::Consumer::*;\nfn ack(state: &mut State, at: Queue, _: Worker, m: Ack) { state.Queue[at as usize].left.remove(&m.id); }";
    let (good, said) = ran("ack", &session, &ack, "Consumer", cell);
    assert!(good, "{said}");
    let said = |name| compares(&session, Compared::Member(name), "Consumer", "f").err().unwrap();
    assert_eq!(said("count"), "`count` reads who is up or what is under way, which is not in `State`");
    assert!(said("counts").contains("did you mean `count`?"));
}

#[test]
fn a_system_is_replayed_on_code_and_the_shortest_run_that_differs_is_shown() {
    let mut session = Session::new(Vec::new());
    executed(&mut session, CONSUMER);
    let system = compares(&session, Compared::System, "Consumer", "Mine").unwrap();
    let (good, said) = ran("system", &session, &system, "Consumer", &consumer(NEW_IDS));
    // The code acknowledges in one of two ways, which the mapping leaves open.
    assert!(good && said.contains("Mine does what Consumer does: all runs of up to "), "{said}");
    assert!(said.contains("Not compared, for `view` leaves it as it is: worker.busy"), "{said}");
    let (good, said) = ran("planted-system", &session, &system, "Consumer", &consumer(LAST_ID));
    assert!(!good, "{said}");
    let (begin, end) = (format!("EVCXR_BEGIN_CONTENT {DIFFERS}\n"), "\nEVCXR_END_CONTENT");
    let told = said.split(&begin).nth(1).unwrap().split(end).next().unwrap();
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
        "Consumer",
        &consumer(NEW_IDS).replace("vec![Ack { id: m.id }.to(Queue::queue)]", "Vec::new()"),
    );
    assert!(said.contains("words Mine sends nothing, Consumer sends Sent"), "{said}");
    let (_, said) = ran(
        "panicking-system",
        &session,
        &system,
        "Consumer",
        &consumer(NEW_IDS).replace("self.turn += 1;", "panic!();"),
    );
    assert!(said.contains("words Mine panics, in step 3, deliver Ack"), "{said}");
    let nothing = consumer(NEW_IDS).replace("state.", "let mut state = state.clone(); state.");
    let nothing = nothing.replace("-> Sent { Deliver { id: i }.to(Worker::worker) }", "{}");
    let (_, said) = ran("silent-view", &session, &system, "Consumer", &nothing);
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
        let step = compares(&session, Compared::Member("two"), "Pair", "two").unwrap();
        let (good, said) = ran(ordered, &session, &step, "Pair", code);
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
    let system = compares(&session, Compared::System, "Large", "Mine").unwrap();
    let (good, said) = ran("large", &session, &system, "Large", code);
    // Two steps in each of them.
    let words = "every step out of the 2000 nearest states (4000), 200 runs at random";
    assert!(good && said.contains(words), "{said}");
    let step = compares(&session, Compared::Member("left"), "Large", "left").unwrap();
    let (good, said) = ran(
        "large-step",
        &session,
        &step,
        "Large",
        "use reconverge::Large::*;\nfn left(s: &mut State) { s.a += 1 }",
    );
    assert!(good && said.contains(" inputs, in the first 5000 states and on 200 runs at random"), "{said}");
}
