//! Systems that differ in one thing: weaker systems are those that somebody would write by hand, nothing depends on
//! threads or on the form of the code, and an interrupt leaves what was done.

use reconverge_lang::analysis::program::Program;
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::engine::{Observer, Progress, Spill, SpillFailed};
use reconverge_lang::report::Report;
use reconverge_lang::report::variants::{Brief, Group, MutationReport, Noticed, SweepReport};
use reconverge_lang::session::{CellRef, Execution, Host, Outcome, Session, Variants};
use reconverge_lang::span::SourceId;
use reconverge_lang::syntax;
use reconverge_lang::syntax::tree::{Item, Target};
use reconverge_lang::variants::Variant;
use reconverge_lang::variants::weaken::{Asked, weakened, weaker};
use reconverge_lang::view;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

struct Machine {
    threads: usize,
    execution: Execution,
    /// Cancels when so many systems are done.
    until: usize,
    done: AtomicUsize,
    /// How many stores were asked for.
    stores: AtomicUsize,
}

impl Machine {
    fn new(threads: usize, execution: Execution) -> Machine {
        Machine {
            threads,
            execution,
            until: usize::MAX,
            done: AtomicUsize::new(0),
            stores: AtomicUsize::new(0),
        }
    }
}

impl Observer for Machine {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.until
    }
}

impl Host for Machine {
    fn threads(&self) -> usize {
        self.threads
    }

    fn execution(&self) -> Execution {
        self.execution
    }

    fn compared(&self, variants: &Variants) {
        self.done.fetch_max(variants.done, Ordering::Relaxed);
    }

    fn spill(&self) -> Option<Result<Arc<dyn Spill>, String>> {
        self.stores.fetch_add(1, Ordering::Relaxed);
        Some(Ok(Arc::new(Store::default())))
    }
}

/// A disk of bytes.
#[derive(Default)]
struct Store(Mutex<Vec<u8>>);

impl Spill for Store {
    fn write(&self, bytes: &[u8]) -> Result<u64, SpillFailed> {
        let mut all = self.0.lock().expect("not poisoned");
        all.extend_from_slice(bytes);
        Ok((all.len() - bytes.len()) as u64)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), SpillFailed> {
        let all = self.0.lock().expect("not poisoned");
        into.copy_from_slice(&all[offset as usize..offset as usize + into.len()]);
        Ok(())
    }
}

fn reports(code: &str, host: &Machine) -> (Vec<Report>, Outcome, String) {
    let mut session = Session::new(Vec::new());
    let (mut reports, mut shown) = (Vec::new(), String::new());
    let cell = CellRef { id: None, name: "cell 1".into() };
    let outcome = session.execute(cell, code, host, &mut |output| {
        shown += &view::text(&output.report, &output.sources);
        shown += &view::html(&output.report, &output.sources);
        shown += &view::svg(&output.report, view::Theme::Dark).unwrap_or_default();
        reports.push(output.report);
    });
    (reports, outcome, shown)
}

#[track_caller]
fn mutation(code: &str, host: &Machine) -> MutationReport {
    let (reports, outcome, _) = reports(code, host);
    let found = reports.into_iter().find_map(|r| if let Report::Mutation(m) = r { Some(*m) } else { None });
    found.unwrap_or_else(|| panic!("{outcome:?}"))
}

const STORE: &str = "system Store {
  param copies = 2
  node Replica[copies] { durable value: 0..2 = 0  volatile ready: bool = true }
  node Writer { volatile wrote: 0..2 = 0 }
  message Put { value: 0..2 }
  link puts: Put from Writer to Replica ordered capacity 2
  def takes(r: Replica, v: 0..2): bool = r.ready and v > r.value
  invariant forward: monotonicity { monotonic r.value for r in Replica }
  invariant behind: safety { all r in Replica: r.value <= writer.wrote or not takes(r, 2) or r.value == 0 }
  invariant arrives: convergence { eventually (some r in Replica: r.value > 0) or writer.wrote == 0 }
  action write at w in Writer when w.wrote < 2 {
    w.wrote += 1
    for r in Replica where r.ready { send Put { value: w.wrote } to r }
  }
  on Put from w at r when takes(r, value) { r.value := value }
  on Put from w at r when not takes(r, value) { }
  reconciler warm: control_loop {
    drift some r in Replica: not r.ready
    act at r in Replica when not r.ready { r.ready := true }
  }
  action cool at r in Replica when r.ready and r.value < 1 { r.ready := false }
}
";

/// Each of the systems has a file of its own, and what comes out is the same.
#[test]
fn what_waits_may_go_to_disk() {
    for asked in ["sweep copies in 1..2 of Store", "mutate Store", "why forward of Store", "relax Store"] {
        let (plain, disk) = (Machine::new(2, Execution::Automatic), Machine::new(2, Execution::Automatic));
        let (.., without) = reports(&format!("{STORE}{asked}"), &plain);
        let (.., with) = reports(&format!("{STORE}{asked} {{ spill }}"), &disk);
        assert_eq!(with, without, "{asked}");
        assert_eq!(plain.stores.into_inner(), 0, "{asked}");
        assert!(disk.stores.into_inner() >= 2, "{asked}");
    }
}

/// A part made weaker, and the same written by hand.
const BY_HAND: [(&str, &str, &str, &str); 9] = [
    ("without `w.wrote < 2`", "write", " when w.wrote < 2 {", " when true {"),
    ("without `w.wrote += 1`", "write", "    w.wrote += 1\n", ""),
    ("without `r.ready`", "write", "for r in Replica where r.ready {", "for r in Replica where true {"),
    ("without `r.value := value`", "on Put", "{ r.value := value }", "{ }"),
    ("without `r.value < 1`", "cool", " and r.value < 1 {", " {"),
    ("`r.value < 1` lets one more through", "cool", "r.value < 1 {", "r.value <= 1 {"),
    ("without `takes(r, value)`", "on Put", "when takes(r, value) {", "when true {"),
    (
        "without the reconciler `warm`",
        "warm",
        "act at r in Replica when not r.ready",
        "act at r in Replica when false",
    ),
    ("without `r.ready`", "cool", "when r.ready and r.value < 1", "when r.value < 1"),
];

#[test]
fn a_weaker_system_is_the_one_that_is_written_by_hand() {
    let host = Machine::new(2, Execution::Automatic);
    let report = mutation(&format!("{STORE}mutate Store"), &host);
    for (words, of, written, weaker) in BY_HAND {
        let found = report.weaker.iter().find(|w| w.words == words && w.of == of);
        let found = found.unwrap_or_else(|| panic!("{words} [{of}]: {:#?}", report.weaker));
        assert!(STORE.contains(written), "{written}");
        let code = STORE.replacen(written, weaker, 1) + "check Store";
        let (reports, outcome, _) = reports(&code, &host);
        let [Report::Check(check)] = reports.as_slice() else { panic!("{words}: {outcome:?}") };
        assert_eq!(found.states, Some(check.coverage.states_distinct), "{words} [{of}]");
    }
}

/// A definition is weaker for steps alone: written by hand it takes two names.
#[test]
fn members_mean_what_they_said() {
    let host = Machine::new(1, Execution::Automatic);
    let report = mutation(&format!("{STORE}mutate Store"), &host);
    let found = report.weaker.iter().find(|w| w.words == "without `r.ready`" && w.of == "def takes");
    let found = found.expect("the definition is used by steps");
    let two = STORE
        .replace("when takes(r, value)", "when weaker(r, value)")
        .replace("when not takes(r, value)", "when not weaker(r, value)")
        .replace(
            "  invariant forward",
            "  def weaker(r: Replica, v: 0..2): bool = v > r.value\n  invariant forward",
        );
    let (reports, outcome, _) = reports(&(two + "check Store"), &host);
    let [Report::Check(check)] = reports.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(found.states, Some(check.coverage.states_distinct));
}

/// Orders that are not kept, and the same written by hand.
#[test]
fn a_looser_system_is_the_one_that_is_written_by_hand() {
    let host = Machine::new(2, Execution::Automatic);
    for (system, looser) in LOOSER {
        let (reports, outcome, _) = reports(&format!("{system}relax S"), &host);
        let [Report::Relax(relax)] = reports.as_slice() else { panic!("{outcome:?}") };
        let [one] = relax.orders.as_slice() else { panic!("{:?}", relax.orders) };
        // What is not judged adds no ghosts.
        let check = format!("{looser}check S {{ only {} }}", relax.judged.join(", "));
        let (reports, outcome, _) = self::reports(&check, &host);
        let [Report::Check(check)] = reports.as_slice() else { panic!("{outcome:?}") };
        assert_eq!(one.states, Some(check.coverage.states_distinct), "{system}");
        let steps = one.run.as_ref().map(|finding| Brief::from(finding).steps);
        let by_hand = check.findings.iter().find(|f| Some(&f.name) == one.run.as_ref().map(|run| &run.name));
        assert_eq!(steps, by_hand.map(|finding| Brief::from(finding).steps), "{system}");
    }
}

/// A system, and the same without its order.
const LOOSER: [(&str, &str); 3] = [
    (
        "system S {
  node A { volatile sent: 0..3 = 0 }
  node B[2] { volatile last: 0..3 = 0 }
  message M { n: 0..3 }
  link l: M from A to B ordered capacity 2
  invariant forward: monotonicity { monotonic b.last for b in B }
  action emit(b: B) at a in A when a.sent < 3 and in_flight(M to b) < 2 { a.sent += 1  send M { n: a.sent } to b }
  on M from a at b { b.last := n }
}
",
        "system S {
  node A { volatile sent: 0..3 = 0 }
  node B[2] { volatile last: 0..3 = 0 }
  message M { n: 0..3 }
  link l: M from A to B unordered capacity 4
  invariant forward: monotonicity { monotonic b.last for b in B }
  action emit(b: B) at a in A when a.sent < 3 and in_flight(M to b) < 2 { a.sent += 1  send M { n: a.sent } to b }
  on M from a at b { b.last := n }
}
",
    ),
    (
        "system S {
  node R[2] { durable log: list<1..2, 2>  durable hw: 0..2 = 0 }
  order entries: append { views r.log[..r.hw] for r in R }
  invariant same: safety { len(r1log()) < 2 or r1log()[0] == 1 }
  def r1log(): list<1..2, 2> = r1.log
  action write(e: 1..2) at r in R when len(r.log) < 2 and (len(r.log) == 1 or e == 1) { r.log.push(e) }
  action commit at r in R when r.hw < len(r.log) { r.hw += 1 }
}
",
        "system S {
  node R[2] { durable log: list<1..2, 2>  durable hw: 0..2 = 0 }
  order entries: append { views r.log[..r.hw] for r in R }
  invariant same: safety { len(r1log()) < 2 or r1log()[0] == 1 }
  def r1log(): list<1..2, 2> = r1.log
  action write(e: 1..2) at r in R when len(r.log) < 2 and (len(r.log) == 1 or e == 1) { r.log.push(e) }
  action commit at r in R when r.hw < len(r.log) { r.hw += 1 }
  action swap(r: R) when r.hw == 0 and len(r.log) == 2 and r.log[0] != r.log[1] { r.log := [r.log[1], r.log[0]] }
}
",
    ),
    (
        "system S {
  node Reader[2] { volatile known: 0..2 = 0 }
  state now: 0..2 = 0
  order config: versioned { value now  version now }
  invariant forward: monotonicity { monotonic r.known for r in Reader }
  action change when now < 2 { now += 1 }
  action read at r in Reader { r.known := now }
}
",
        "system S {
  node Reader[2] { volatile known: 0..2 = 0 }
  state now: 0..2 = 0
  state earlier: 0..2 = 0
  order config: versioned { value now  version now }
  invariant forward: monotonicity { monotonic r.known for r in Reader }
  action change when now < 2 { earlier := now  now += 1 }
  action read at r in Reader { r.known := now }
  action read_late at r in Reader { r.known := earlier }
}
",
    ),
];

const BELT: &str = "system Belt {
  node C[3] { volatile inside: bool = false  volatile seen: bool = false }
  state free: bool = true
  state n: 0..3 = 0
  action enter at c in C when free and n == 0 and n < 1 { free := false  n := 1  c.inside := true }
  action leave at c in C when c.inside { c.inside := false  n := 0  free := true }
  action look at c in C when not c.inside and n <= 1 { c.seen := true }
  invariant alone: cardinality { at most 1 c in C where c.inside }
}
";

const BELT_BY_HAND: [(&str, &str, &str); 4] = [
    ("without `free`", "when free and", "when true and"),
    ("without `n == 0`", "and n == 0", "and true"),
    ("without `n < 1`", "and n < 1 {", "and true {"),
    ("without `n := 1`", "n := 1  ", ""),
];

/// Each group is the one that breaks what is written by hand, and with a part of it nothing is broken.
#[test]
fn parts_that_stand_in_for_each_other_are_named() {
    let host = Machine::new(2, Execution::Automatic);
    let report = mutation(&format!("{BELT}why alone of Belt"), &host);
    let together = report.together.as_ref().expect("parts that are not needed one by one");
    assert!(together.open.is_empty() && together.incomplete.is_none(), "{together:?}");
    let words = |group: &Group| -> Vec<String> {
        group.parts.iter().map(|number| report.weaker[*number].words.clone()).collect()
    };
    let groups: Vec<Vec<String>> = together.groups.iter().map(words).collect();
    assert_eq!(
        groups,
        [
            vec!["without `free`", "without `n == 0`", "without `n < 1`"],
            vec!["without `free`", "without `n := 1`"]
        ]
    );
    let verdict = |parts: &[&str]| {
        let code = parts.iter().fold(BELT.to_string(), |code, words| {
            let (_, written, weaker) = BELT_BY_HAND.into_iter().find(|(known, ..)| known == words).unwrap();
            assert!(code.contains(written), "{written}");
            code.replacen(written, weaker, 1)
        });
        let (reports, outcome, _) = reports(&(code + "check Belt"), &host);
        let [Report::Check(check)] = reports.as_slice() else { panic!("{outcome:?}") };
        Brief::from(&check.findings[0]).steps
    };
    for (group, found) in groups.iter().zip(&together.groups) {
        let all: Vec<&str> = group.iter().map(String::as_str).collect();
        let Noticed::By { members } = &found.noticed else { panic!("{found:?}") };
        assert_eq!(verdict(&all), members[0].steps, "{all:?}");
        assert!(verdict(&all).is_some());
        for left in 0..all.len() {
            let some: Vec<&str> =
                all.iter().enumerate().filter(|(i, _)| *i != left).map(|(_, w)| *w).collect();
            assert_eq!(verdict(&some), None, "{some:?}");
        }
    }
    // A comparison that lets one more through is no other part.
    assert_eq!(report.parts().len() + 2, report.weaker.len());
}

/// What takes something away hides no group of those that let more happen.
#[test]
fn a_statement_that_is_gone_hides_no_group() {
    let host = Machine::new(1, Execution::Automatic);
    let code = "system Tiny {\n  state s: bool = false  state t: bool = false  state bad: bool = false\n  \
        action go when s and t { bad := true }\n  invariant fine: safety { not bad }\n}\nwhy fine of Tiny";
    let report = mutation(code, &host);
    let together = report.together.as_ref().expect("parts that are not needed one by one");
    let words = |number: &usize| report.weaker[*number].words.as_str();
    let groups: Vec<Vec<&str>> =
        together.groups.iter().map(|group| group.parts.iter().map(words).collect()).collect();
    assert_eq!(groups, [["without `s`", "without `t`"]]);
    assert_eq!(together.beside.iter().map(words).collect::<Vec<_>>(), ["without `bad := true`"]);
    assert!(together.spare.len() == 1 && together.open.is_empty(), "{together:?}");
}

/// What could not be taken out is no proof that nothing depends on it.
#[test]
fn an_order_that_is_asked_for_in_another_way_is_not_called_unneeded() {
    let host = Machine::new(1, Execution::Automatic);
    let noticed = |code: &str| {
        let (reports, outcome, _) = reports(&format!("{code}relax S"), &host);
        let [Report::Relax(relax)] = reports.as_slice() else { panic!("{outcome:?}") };
        relax.orders[0].noticed.clone()
    };
    let compares = |condition: &str| {
        format!(
            "system S {{ node C[2] {{ volatile known: 0..2 = 0 }} state ver: 0..2 = 0  \
             order swap: compare_and_set {{ scope r  value ver  version ver  write put expects c.known }}\n\
             action read at c in C {{ c.known := ver }}  {condition} }}\n"
        )
    };
    for condition in [
        "action put at c in C when ver < 2 and c.known == ver { ver += 1 }",
        "action put at c in C when ver < 2 and c.known == ver { require c.known >= ver  ver += 1 }",
        "action put at c in C when ver < 2 { if c.known != ver { } else { ver += 1 } }",
        "action put at c in C when ver < 2 and not (c.known != ver) { ver += 1 }",
        "def mine(k: 0..2): bool = not (k != ver)  action put at c in C when ver < 2 and mine(c.known) { ver += 1 }",
        "action put at c in C when ver < 2 and c.known in {ver} { ver += 1 }",
        "action put at c in C when ver < 2 and not (c.known not in {ver}) { ver += 1 }",
        "action put at c in C when ver < 2 and c.known in ver..ver { ver += 1 }",
        "action put at c in C when ver < 2 and (some k in {c.known}: k == ver) { ver += 1 }",
        "action put at c in C when ver < 2 and (all k in {ver}: k == c.known) { ver += 1 }",
        "action put at c in C when ver < 2 and (let k = ver in k == c.known) { ver += 1 }",
    ] {
        let found = noticed(&compares(condition));
        assert!(matches!(found, Noticed::By { .. }), "{condition}: {found:?}");
    }
    let named =
        "action put at c in C when ver < 2 and c.known == ver { let k = ver  if k == c.known { ver += 1 } }";
    let found = noticed(&compares(named));
    assert!(matches!(&found, Noticed::Unknown { why } if why.contains("still asks")), "{found:?}");
    for unseen in ["(some k in 0..2: k == ver and k == c.known)", "ver - c.known == 0"] {
        let found =
            noticed(&compares(&format!("action put at c in C when ver < 2 and {unseen} {{ ver += 1 }}")));
        assert!(matches!(&found, Noticed::Unknown { .. }), "{unseen}: {found:?}");
    }
    let leads = "system S { node B[2] { volatile leading: bool = false } state log: list<B, 2> = []\n\
        order who: leader { scope p  by b in B where b.leading  views log for b in B }\n\
        action elect at b in B when all x in B: not x.leading { b.leading := true }\n\
        action resign at b in B when b.leading { b.leading := false }\n\
        action write at b in B when len(log) < 2 { if not b.leading { } else { log.push(b) } } }\n";
    let found = noticed(leads);
    assert!(matches!(&found, Noticed::Unknown { why } if why.contains("still asks")), "{found:?}");
}

/// Every system of a text.
fn programs(text: &str) -> Vec<Program> {
    let (cell, errors) = syntax::parse(SourceId(0), text);
    assert!(errors.is_empty(), "{errors:#?}");
    let mut definitions = Definitions::default();
    assert!(!analysis::define(&mut definitions, "1", &cell.items).is_error());
    let systems = cell.items.iter().filter_map(|item| match item {
        Item::System(system) => Some(system.name.clone()),
        _ => None,
    });
    let made = systems.filter_map(|name| {
        let target = Target { span: name.span, name, args: Vec::new() };
        analysis::analyse(&definitions, &target).0
    });
    made.collect()
}

/// Weakened as one of several a part is what it is by itself.
#[test]
fn several_parts_are_weakened_as_each_is() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/mappings");
    let (mut compared, mut twice) = (0, 0);
    for name in ["kafka", "raft", "kubernetes", "queues", "sql", "apis", "crdts"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.rcv"))).unwrap();
        for program in programs(&text) {
            let faults = FaultBudget::from([(Fault::Crash, 1), (Fault::Lose, 1), (Fault::Duplicate, 1)]);
            let asked = Asked { faults: &faults, fairness: true };
            let all: Vec<Variant> = weaker(&program, asked).collect();
            for one in &all {
                let same = all.iter().filter(|v| v.weakening == one.weakening && v.span == one.span).count();
                if same > 1 {
                    // What a mapping says once and means twice is weaker in both places.
                    twice += 1;
                    continue;
                }
                let several = weakened(&program, asked, &[one]);
                assert_eq!(
                    format!("{several:?}"),
                    format!("{:?}", one.program),
                    "{name}: {:?} {}",
                    one.weakening,
                    one.of
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 500 && twice < compared, "{compared} compared, {twice} in several places");
}

#[test]
fn threads_and_forms_give_the_same_bytes() {
    let code = format!(
        "{STORE}mutate Store {{ faults {{ crash 1 of Replica, lose 1 }} }}\nwhy forward of Store\n\
         {BELT}why alone of Belt\nsweep copies in 1..2 of Store {{ faults {{ crash 1 }} }}\nrelax Store"
    );
    let (_, _, first) = reports(&code, &Machine::new(1, Execution::Portable));
    assert!(first.contains("forward") && first.contains("copies"), "{first}");
    for (threads, execution) in [(2, Execution::Portable), (4, Execution::Native), (3, Execution::Automatic)]
    {
        let (_, _, again) = reports(&code, &Machine::new(threads, execution));
        assert!(first == again, "{threads} threads, {execution:?}");
    }
}

#[test]
fn an_interrupt_leaves_what_was_done() {
    let host = Machine { until: 3, ..Machine::new(2, Execution::Automatic) };
    let (reports, outcome, _) = reports(&format!("{STORE}mutate Store"), &host);
    assert!(matches!(outcome, Outcome::Interrupted), "{outcome:?}");
    let Some(Report::Mutation(report)) = reports.last() else { panic!("{reports:?}") };
    assert!(report.weaker.len() >= 2 && report.weaker.len() < report.all, "{}", report.weaker.len());
    assert!(report.incomplete.as_ref().is_some_and(|why| why.contains("interrupted")), "{report:?}");
}

#[test]
fn a_sweep_is_its_checks() {
    let host = Machine::new(2, Execution::Automatic);
    let (reports, outcome, _) = reports(&format!("{STORE}sweep copies in 1..3 of Store"), &host);
    let [Report::Sweep(sweep)] = reports.as_slice() else { panic!("{outcome:?}") };
    let SweepReport { points, .. } = &**sweep;
    for point in points {
        let check = format!("{STORE}check Store(copies = {})", point.values[0]);
        let (reports, outcome, _) = self::reports(&check, &host);
        let [Report::Check(check)] = reports.as_slice() else { panic!("{outcome:?}") };
        assert_eq!(point.states, Some(check.coverage.states_distinct), "{}", point.values[0]);
        for (brief, finding) in point.verdicts.iter().zip(&check.findings) {
            assert_eq!(*brief, finding.into(), "{}", point.values[0]);
        }
    }
}
