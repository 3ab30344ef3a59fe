//! State graphs and further runs: nothing depends on threads or on the form of the code, what was not looked at is said,
//! and what is drawn can be read.

use super::support::{ENDLESS, Notebook};
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::graph::Shows;
use reconverge_lang::report::{GraphReport, Report};
use reconverge_lang::session::{CellRef, Execution, Host, Session};
use reconverge_lang::span::Sources;
use reconverge_lang::view::{self, Theme, graph};
use std::collections::BTreeSet;

const LEASE: &str = "system Lease {
  param clients = 2
  node Client[clients] { volatile inside: bool = false }
  state holder: Client? = none
  state written: 0..2 = 0
  invariant alone: cardinality { at most 1 c in Client where c.inside }
  invariant forward: monotonicity { monotonic written }
  reconciler free: control_loop { every 1s  drift holder != none  when holder != none { holder := none } }
  action take at c in Client when holder == none { holder := c }
  action enter at c in Client when holder == c and not c.inside { c.inside := true }
  action write at c in Client when c.inside and written < 2 { written += 1 }
  action sneak at c in Client when written == 2 and not c.inside { c.inside := true }
  action undo when written == 2 { written := 1 }
  action leave at c in Client when c.inside { c.inside := false }
}
";

struct Machine(usize, Execution);

impl Observer for Machine {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Machine {
    fn threads(&self) -> usize {
        self.0
    }

    fn execution(&self) -> Execution {
        self.1
    }
}

/// Everything that is shown of a cell, in every way.
fn shown(code: &str, host: &Machine) -> String {
    let mut all = String::new();
    let cell = CellRef { id: None, name: "cell 1".into() };
    Session::new(Vec::new()).execute(cell, code, host, &mut |output| {
        all += &view::text(&output.report, &output.sources);
        all += &view::html(&output.report, &output.sources);
        all += &view::svg(&output.report, Theme::Dark).unwrap_or_default();
        all += &format!("{:?}", output.report);
    });
    all
}

fn graphed(code: &str) -> GraphReport {
    let mut ran = Notebook::new().run(code);
    match ran.reports.pop() {
        Some(Report::Graph(graph)) => *graph,
        other => panic!("{other:?}: {:?}", ran.outcome),
    }
}

#[test]
fn threads_and_forms_give_the_same_bytes() {
    let code = format!(
        "{LEASE}graph Lease\ngraph Lease {{ faults {{ crash 1 }} }}\ngraph Lease(clients = 4) {{ symmetry off }}\n\
         check Lease {{ traces 9 faults {{ crash 2 }} }}"
    );
    let first = shown(&code, &Machine(1, Execution::Portable));
    assert!(first.contains("in another way") && first.contains("nearest to it"), "{first}");
    for (threads, execution) in [(1, Execution::Native), (2, Execution::Portable), (4, Execution::Native)] {
        let again = shown(&code, &Machine(threads, execution));
        assert!(first == again, "{threads} threads, {execution:?}");
    }
}

#[test]
fn what_is_drawn_is_what_a_check_finds() {
    for (faults, clients) in [("", 1), ("faults { crash 1 }", 1), ("", 2), ("symmetry off", 2)] {
        let graph = graphed(&format!("{LEASE}graph Lease(clients = {clients}) {{ {faults} }}"));
        let check = format!("{LEASE}check Lease(clients = {clients}) {{ {faults} }}");
        let Some(Report::Check(check)) = Notebook::new().run(&check).reports.pop() else {
            panic!("{faults}")
        };
        assert_eq!(graph.coverage.states_distinct, check.coverage.states_distinct, "{faults} {clients}");
        assert_eq!(graph.coverage.depth, check.coverage.depth, "{faults} {clients}");
        if graph.shows == Shows::Everything {
            let all: u64 = graph.nodes.iter().map(|node| node.stands_for).sum();
            assert_eq!(all, check.coverage.states_distinct, "{faults} {clients}");
            let states: BTreeSet<_> = graph.nodes.iter().map(|node| format!("{:?}", node.state)).collect();
            assert_eq!(states.len(), graph.nodes.len(), "two states look alike: {faults} {clients}");
        }
        let broken: BTreeSet<&str> = graph.broken.iter().map(|member| member.name.as_str()).collect();
        let found = check.findings.iter().filter(|f| f.verdict_is_bad());
        assert_eq!(broken, found.map(|f| f.name.as_str()).collect(), "{faults} {clients}");
    }
}

trait Bad {
    fn verdict_is_bad(&self) -> bool;
}

impl Bad for reconverge_lang::report::Finding {
    fn verdict_is_bad(&self) -> bool {
        matches!(self.verdict, reconverge_lang::report::Verdict::Violated { .. })
    }
}

#[test]
fn the_run_that_is_drawn_is_one() {
    let graph = graphed(&format!("{LEASE}graph Lease {{ symmetry off }}"));
    let run: Vec<_> = graph.edges.iter().filter(|edge| edge.on_run).collect();
    let shortest = graph.broken.iter().find(|member| member.drawn).expect("one is drawn");
    assert_eq!(run.len(), shortest.steps, "{run:?}");
    let mut at = graph.nodes.iter().find(|node| node.initial && node.on_run).expect("it begins").number;
    for _ in 0..run.len() {
        at = run.iter().find(|edge| edge.from == at).expect("it goes on").to;
    }
    assert!(graph.edges.iter().any(|edge| edge.steps.iter().any(|step| step.breaks == ["forward"])));
    assert!(graph.nodes[at - 1].breaks.contains(&shortest.name) || shortest.name == "forward", "{at}");
}

#[test]
fn what_was_not_looked_at_is_said() {
    let capped = graphed(&format!("{ENDLESS}\ngraph Endless {{ states <= 100 }}"));
    assert!(capped.amiss().is_some_and(|why| why.contains("incomplete: limit of 100 states")));
    assert_eq!(capped.shows, Shows::Beginning);
    let interrupted = Notebook::new().interrupt(&format!("{ENDLESS}\ngraph Endless"));
    let Some(Report::Graph(graph)) = interrupted.reports.first() else { panic!("{:?}", interrupted.outcome) };
    assert_eq!(graph.coverage.incomplete.as_deref(), Some("interrupted"));
    assert!(!graph.nodes.is_empty() && graph.of > graph.nodes.len() as u64);
    let deep = graphed(&format!("{ENDLESS}\ngraph Endless {{ depth <= 2 }}"));
    assert_eq!(deep.nodes.iter().filter(|node| node.unexpanded).count(), 3, "{:?}", deep.nodes);
    assert!(deep.nodes.iter().all(|node| !node.stuck));
    let ran = Notebook::new().interrupt(&format!(
        "{ENDLESS}\nextend Endless {{ invariant i: safety {{ a != 1 or b != 1 }} }}\ncheck Endless {{ traces 4 }}"
    ));
    let Some(Report::Check(check)) = ran.reports.first() else { panic!("{:?}", ran.outcome) };
    let further = check.further.as_ref().expect("it was asked for");
    assert!(further.found < 4 && further.incomplete.as_deref() == Some("interrupted"), "{further:?}");
}

/// What stands in a data URI, in an attribute.
fn unescaped(uri: &str) -> String {
    let uri = uri.replace("&amp;", "&").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let hex = String::from_utf8(vec![*high, *low]).expect("digits");
                bytes.push(u8::from_str_radix(&hex, 16).expect("digits"));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Boxes do not overlap, words stay inside of them, and each edge begins and ends at its boxes.
#[test]
fn pictures_can_be_read() {
    for options in ["", "faults { crash 1 }", "symmetry off", "faults { crash 2 } symmetry off"] {
        for clients in [1, 2, 3] {
            let name = format!("{clients} {options}");
            let report = graphed(&format!("{LEASE}graph Lease(clients = {clients}) {{ {options} }}"));
            let picture = graph::layout(&report);
            let report_of = || Report::Graph(Box::new(report.clone()));
            let html = view::html(&report_of(), &Sources::default());
            let source =
                html.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a picture");
            let embedded = unescaped(source.split_once(',').expect("a data URI").1);
            roxmltree::Document::parse(&embedded).unwrap_or_else(|e| panic!("{name}: {e}"));
            for theme in [Theme::Light, Theme::Dark] {
                let svg = view::svg(&report_of(), theme).expect("a picture");
                roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
            }
            for (i, node) in picture.nodes.iter().enumerate() {
                let inside = |x: f64, y: f64| 0.0 < x && x < picture.width && 0.0 < y && y < picture.height;
                assert!(inside(node.place.left, node.place.top), "{name}");
                assert!(inside(node.place.right, node.place.bottom), "{name}");
                for other in &picture.nodes[..i] {
                    assert!(!node.place.overlaps(&other.place), "{name}: {} on {}", node.full, other.full);
                }
            }
            for words in &picture.words {
                let bounds = words.bounds();
                assert!(bounds.left > 0.0 && bounds.right < picture.width, "{name}: {}", words.text());
                assert!(bounds.top > 0.0 && bounds.bottom < picture.height, "{name}: {}", words.text());
            }
            for (edge, curve) in report.edges.iter().zip(&picture.edges) {
                let touches = |(x, y): (f64, f64), number: usize| {
                    let place = picture.nodes[number - 1].place;
                    let near = |least: f64, at: f64, most: f64| least - 1.0 <= at && at <= most + 1.0;
                    near(place.left, x, place.right) && near(place.top, y, place.bottom)
                };
                let (first, last) = (curve.points[0], curve.points[curve.points.len() - 1]);
                assert!(touches(first, edge.from) && touches(last, edge.to), "{name}: {edge:?} {curve:?}");
                assert_eq!(curve.dashed, edge.faults, "{name}");
            }
        }
    }
}
