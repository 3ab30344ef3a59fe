//! Completion, inspection, and whether a text is complete.

use crate::support::{COUNTER, Notebook};
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, Completeness, Completion, Outcome};

/// Completes at the `|` of a text, after a cell with the counter.
#[track_caller]
fn complete(text: &str) -> (Completion, Vec<String>) {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    let cursor = text.find('|').expect("a cursor");
    let completion = n.session.complete(&text.replacen('|', "", 1), cursor);
    let texts = completion.items.iter().map(|i| i.text.clone()).collect();
    (completion, texts)
}

#[track_caller]
fn offers(text: &str, wanted: &[&str]) {
    let (_, found) = complete(text);
    for w in wanted {
        assert!(found.iter().any(|f| f == w), "{text} offers {w}: {found:?}");
    }
}

#[track_caller]
fn only(text: &str, wanted: &[&str]) {
    assert_eq!(complete(text).1, wanted, "{text}");
}

#[test]
fn words_by_place() {
    offers("|", &["check", "system", "use", "Counter", "x"]);
    only("che|", &["check"]);
    only("syst|", &["system"]);
    only("use |", &["counter", "pair"]);
    only("system A { fair action a when x < 1 within 2 |", &["ticks"]);
    only("system A { reconciler r: periodic { every 3 t|", &["ticks"]);
    offers("find Counter { x > 1 } within 3 |", &["steps", "faults"]);
    offers("system A { fair action a when x < 1 wi|", &["within"]);
    only("use cou|", &["counter"]);
    only("check |", &["Counter"]);
    only("check cou|", &["Counter"]);
    only("compare Counter, |", &[]);
    only("scenario \"a b\" on |", &["Counter"]);
    only("system B from |", &["Counter"]);
    offers("system A { |", &["order", "invariant", "resolution", "reconciler", "node", "state", "action"]);
    offers("system A { recon|", &["reconciler"]);
    only("system A { order log: |", &["leader", "append", "compare_and_set", "versioned"]);
    only("system A { order log: leader, app|", &["append"]);
    only("system A { invariant i: card|", &["cardinality"]);
    only("system A { resolution r: f|", &["fence"]);
    only("system A { reconciler r: con|", &["control_loop"]);
    offers("system A { order log: append { |", &["scope", "views"]);
    offers("system A { invariant i: safety { |", &["immutable", "all"]);
    offers("system A { reconciler r: worker { |", &["every", "drift", "act"]);
    offers("system A { action a { |", &["choose", "send", "if"]);
    offers("check Counter { |", &["faults", "only", "expect", "depth"]);
    offers("check Counter { faults { |", &["crash", "partition"]);
    offers("scenario \"s\" on Counter { |", &["do", "deliver", "run", "expect"]);
    offers("find Counter { |", &["x", "worker2"]);
}

#[test]
fn names_by_place() {
    offers("worker1.|", &["load", "up"]);
    offers("check Counter { only |", &["low"]);
    offers("extend Counter { invariant i: safety { |", &["x", "worker1"]);
    offers("system A { enum Colour { red, green } state s: Colour = r|", &["red"]);
    offers("system A { state some_name: bool invariant i: safety { some_|", &["some_name"]);
    only("extend Counter { action a { worker1.lo|", &["load"]);
    let (completion, _) = complete("check Coun|ter");
    assert_eq!((completion.start, completion.end), (6, 10));
    let (_, inside_words) = complete("// che|");
    assert!(inside_words.is_empty());
    assert!(complete("system A \"che|").1.is_empty());
    assert!(complete("12|").1.is_empty());
}

#[test]
fn completion_never_panics() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    let text = "// é😀\nsystem A { order x: leader \"ä\" { by b in B where b.é } } check Counter { faults {";
    for cursor in 0..text.len() + 3 {
        n.session.complete(text, cursor);
        n.session.inspect(text, cursor);
        let mut end = cursor.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        n.session.complete(&text[..end], end);
        n.session.is_complete(&text[..end]);
    }
}

#[test]
fn inspection_knows_names_and_words() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    let inspect = |text: &str| {
        let cursor = text.find('|').expect("a cursor");
        n.session.inspect(&text.replacen('|', "", 1), cursor)
    };
    let x = inspect("x| + 1").unwrap();
    assert_eq!((x.signature.as_str(), x.docs.as_deref()), ("state x: 0..3", Some("How far it has come.")));
    assert!(x.place.unwrap().to_string().starts_with("cell 1:3:"));
    assert_eq!(inspect("check Cou|nter").unwrap().signature, "system Counter");
    let low = inspect("check Counter { only lo|w }").unwrap();
    assert_eq!(low.signature, "invariant low: safety");
    assert_eq!(low.docs.as_deref(), Some("It stays below three."));
    assert_eq!(inspect("worker1.lo|ad").unwrap().signature, "field load: durable 0..3");
    assert_eq!(inspect("u|p").unwrap().signature, "action up(by: 1..2)");
    assert!(inspect("recon|ciler").unwrap().docs.unwrap().contains("push the system back"));
    assert_eq!(inspect("use coun|ter").unwrap().signature, "mapping counter");
    assert_eq!(inspect("?E02|01").unwrap().signature, "E0201: unknown name");
    assert!(inspect("nowhere|").is_none());
    assert!(inspect("1 + |").is_none());
}

#[test]
fn asking_and_pointing_show_the_same() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    for name in ["Counter", "low", "x", "up", "load", "Worker", "versioned", "check", "counter", "E0201"] {
        let pointed = n.session.inspect(&format!("?{name}"), 2).unwrap_or_else(|| panic!("{name} is known"));
        // A bare name that has no value is shown as if it were asked about.
        let bare = matches!(name, "Counter" | "low").then(|| name.to_owned());
        for asked in [format!("?{name}"), format!("{name}?")].into_iter().chain(bare) {
            let ran = n.ok(&asked);
            let [Report::Inspection(shown)] = ran.reports.as_slice() else { panic!("{asked}: one report") };
            assert_eq!(**shown, pointed, "{asked}");
        }
    }
}

#[test]
fn it_is_asked_for_as_in_other_notebooks() {
    let mut n = Notebook::new();
    assert!(n.ok("?COUNTER").texts[0].starts_with("mapping counter"), "it is not brought in yet");
    n.ok(COUNTER);
    n.ok("system Other from Counter { }");
    for asked in ["? Counter", "Counter ?", "Counter??", "??Counter", " Counter? "] {
        assert!(n.ok(asked).texts[0].starts_with("system Counter"), "{asked}");
    }
    for asked in ["?Other.low", "Other.low?", "? Other.low"] {
        assert!(n.ok(asked).texts[0].contains("check Other { only low }"), "{asked}");
    }
    let low = &n.ok("?low").texts[0];
    assert!(low.contains("?Counter.low") != low.contains("?Other.low"), "the other is named: {low}");
    for asked in ["?%interact", "%interact?", "%profile ?"] {
        assert!(n.ok(asked).texts[0].starts_with('%'), "{asked}");
    }
    assert_eq!(n.run("nowhere ?").codes(), ["E0201"]);
    assert_eq!(n.run("Counter.?").codes(), ["E0101"], "a name that is not there yet");
    let late = n.run("use counter\n%interact check Counter");
    assert!(late.message().contains("does not stand first"), "{}", late.message());
}

#[test]
fn a_mapping_is_about_the_system_of_its_name() {
    let text = "system Before { state x: 0..2 = 0 invariant low: safety { x < 2 } }
        system LongLog from Before { } system After from LongLog { }";
    let mut n = Notebook::of(&[("long_log", text)]);
    n.ok("use long_log");
    assert!(n.ok("?low").texts[0].contains("check LongLog { only low }"));
}

#[test]
fn a_cell_that_sets_a_parameter_of_nobody_is_told() {
    let mut n = Notebook::new();
    n.ok("system A { param size = 2 state x: 0..size = 0 }");
    let warned = |n: &mut Notebook, code: &str| {
        let cell = CellRef { id: Some("set".into()), name: "cell".into() };
        match n.session.execute(cell, code, &crate::support::Plain::default(), &mut |_| {}) {
            Outcome::Done { warnings } => warnings.iter().map(|d| d.message.clone()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    for _ in 0..2 {
        assert!(warned(&mut n, "extend A { param size = 3 }").is_empty());
    }
    for _ in 0..2 {
        let words = warned(&mut n, "extend A { param siez = 3 }");
        assert_eq!(words, ["A had no parameter `siez`: this is a new one"]);
    }
    assert!(warned(&mut n, "extend A { param more = 3 state y: 0..more = 0 }").is_empty());
}

/// Two kinds of nodes have a `load`, and a message hides a state.
const TWO: &str = "system Two {
  node A { load: 0..1 = 0 }
  /// The other.
  node B { /// Whether it is full.
    load: bool = false }
  enum Mode { on_it, off_it }
  state mode: Mode = on_it
  message M { mode: 0..1 }
  link wire: M from A to B
  action go at a in A when a.load == 0 { a.load := 1  send M { mode: 1 } to b }
  on M from a at b in B when b.load == false { b.load := mode == 1 }
  invariant fits: safety \"They fit.\" { all x in B: x.load implies mode == on_it }
}";

#[test]
fn a_name_is_what_it_is_in_its_scope() {
    let session = Notebook::new().session;
    let inspect = |before: &str, name: &str| {
        let at = TWO.find(before).unwrap_or_else(|| panic!("{before}")) + before.len();
        let found = session.inspect(TWO, at + 1).unwrap_or_else(|| panic!("{name} is known"));
        (found.signature, found.docs.unwrap_or_default())
    };
    let signature = |before: &str, name: &str| inspect(before, name).0;
    assert_eq!(signature("when a.", "load"), "field load: durable 0..1");
    assert_eq!(inspect("when b.", "load"), ("field load: durable bool".into(), "Whether it is full.".into()));
    assert_eq!(signature("all x in B: x.", "load"), "field load: durable bool");
    assert_eq!(signature("all x in B: ", "x"), "local x: B");
    assert_eq!(signature("b.load := ", "mode"), "local mode: 0..1");
    assert_eq!(signature("implies ", "mode"), "state mode: Mode");
    assert_eq!(signature("send M { ", "mode"), "field mode: 0..1");
    assert_eq!(signature("send ", "M"), "message M: { mode: 0..1 }");
    assert_eq!(signature("x.load implies mode == ", "on_it"), "variant on_it: Mode");
    assert_eq!(inspect("invariant ", "fits").1, "They fit.");
}

#[test]
fn texts_are_complete_or_not() {
    let n = Notebook::new();
    let is = |text: &str| n.session.is_complete(text);
    let open = |indent: &str| Completeness::Incomplete { indent: indent.to_string() };
    assert_eq!(is(""), Completeness::Complete);
    assert_eq!(is(COUNTER), Completeness::Complete);
    assert_eq!(is("check Counter"), Completeness::Complete);
    assert_eq!(is("system A {"), open("  "));
    assert_eq!(is("system A {\n  order x: append {"), open("    "));
    assert_eq!(is("f(1,"), open("  "));
    assert_eq!(is("check"), open(""));
    assert_eq!(is("system A { } }"), Completeness::Invalid);
    assert_eq!(is("system A { // } \n"), open("  "));
}

#[test]
fn files_are_proposed_behind_the_quote_of_use() {
    let n = Notebook::new();
    let files = || vec!["lease.rcv".to_string(), "parts/node.rcv".to_string()];
    let offers = |text: &str, cursor: usize| {
        let found = n.session.complete_among(text, cursor, &files);
        let items: Vec<String> = found.items.into_iter().map(|item| item.text).collect();
        (items, found.start..found.end)
    };
    let all = ["\"lease.rcv\"", "\"parts/node.rcv\""];
    let (items, range) = offers("use \"", 5);
    assert_eq!((&items[..2], range), (&all.map(str::to_string)[..], 4..5));
    let (items, range) = offers("check A\nuse \"par\"\ncheck B", 16);
    assert_eq!((items, range), (vec![all[1].to_string()], 12..17));
    assert!(offers("scenario \"", 10).0.is_empty());
    assert!(offers("use \"lease.rcv\"", 15).0.is_empty(), "behind the quotes");
}

/// What `reconverge check` says of commands that are about what came before them.
#[test]
fn commands_about_what_came_before_are_checked_without_being_executed() {
    let says = |cells: &[&str]| {
        let mut n = Notebook::new();
        let cell = |i: usize| CellRef { id: None, name: format!("cell {i}") };
        let found: Vec<_> = cells
            .iter()
            .enumerate()
            .flat_map(|(i, code)| n.session.define(cell(i), code, &crate::support::Plain::default()))
            .collect();
        found.iter().filter(|d| d.is_error()).map(|d| d.code.0.code).collect::<Vec<_>>()
    };
    let system = "system A { state x: 0..1 = 0  action go { x := 1 } }";
    assert_eq!(says(&[system, "?zz"]), ["E0201"]);
    assert!(says(&[system, "?A\n?go"]).is_empty());
    assert_eq!(says(&[system, "save trace as scenario"]), ["E0518"]);
    assert!(says(&[system, "check A", "save trace as scenario"]).is_empty());
    assert_eq!(says(&[system, "check A\nsave as scenario"]), ["E0514"]);
    assert!(says(&[system, "start A\ndo go\nsave as scenario"]).is_empty());
}
