//! Expressions as cells.

use crate::support::{COUNTER, Notebook};
use reconverge_lang::report::{AlongTrace, Report};
use reconverge_lang::value::Value;

/// The value of an expression, or its values along the run.
#[track_caller]
fn values(n: &mut Notebook, code: &str) -> Vec<String> {
    match &n.ok(code).reports[..] {
        [Report::Value(report)] => match &report.values {
            AlongTrace::Once(value) => vec![value.to_string()],
            AlongTrace::Steps(steps) => {
                let text = |v: &Option<Value>| v.as_ref().map_or("no value".to_owned(), Value::to_string);
                steps.iter().map(|(_, v)| text(v)).collect()
            }
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_system_there_is_arithmetic() {
    let mut n = Notebook::new();
    assert_eq!(values(&mut n, "6 * 7"), ["42"]);
    assert_eq!(values(&mut n, "{ 3, 1 } + { 2 }"), ["{1, 2, 3}"]);
    assert_eq!(values(&mut n, "all x in 1..3: x > 0"), ["true"]);
    assert_eq!(n.run("leader").codes(), ["E0201"]);
}

#[test]
fn in_a_system_they_are_about_its_initial_state() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    assert_eq!(values(&mut n, "x"), ["0"]);
    assert_eq!(values(&mut n, "worker1.load + 1"), ["2"]);
    assert_eq!(values(&mut n, "count w in Worker where w.up"), ["2"]);
}

#[test]
fn after_a_trace_they_are_evaluated_along_it() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    n.ok("check Counter { expect violated low }");
    assert_eq!(values(&mut n, "x"), ["0", "1", "3"]);
    assert_eq!(values(&mut n, "x - old(x)"), ["0", "1", "2"]);
    assert_eq!(values(&mut n, "1 + 1"), ["2"], "no state, one value");
    n.ok("find Counter { x == 2 }");
    assert_eq!(values(&mut n, "x"), ["0", "2"]);
    n.ok("extend Counter { invariant more: safety { x >= 0 } }");
    assert_eq!(values(&mut n, "x"), ["0"], "the run was of another program");
}

#[test]
fn what_has_no_value_says_why() {
    let mut n = Notebook::new();
    n.ok("system A { node B[2] { y: 0..1 = 0 }\nstate leader: B? = none\nstate log: list<0..1, 2> = [] }");
    for (code, words) in [("leader.y", "none"), ("first(log)", "initial state"), ("log[1]", "initial state")]
    {
        let ran = n.run(code);
        assert_eq!(ran.codes(), ["E0504"], "{code}");
        assert!(ran.message().contains(words), "{}", ran.message());
    }
}

#[test]
fn along_a_run_it_may_have_a_value_in_some_states() {
    let mut n = Notebook::new();
    n.ok("system A { state log: list<0..1, 2> = [] action more when len(log) < 2 { log.push(1) } }");
    n.ok("find A { len(log) == 2 }");
    assert_eq!(values(&mut n, "log[0]"), ["no value", "1", "1"]);
    assert_eq!(values(&mut n, "log[1]"), ["no value", "no value", "1"]);
    assert_eq!(n.run("log[2]").codes(), ["E0504"], "it has none in any");
}

#[test]
fn the_last_thing_of_a_cell_is_its_result() {
    let mut n = Notebook::new();
    n.ok(COUNTER);
    assert_eq!(n.ok("x\nx + 1\nx + 2").texts, ["0", "1", "2"]);
}

#[test]
fn a_record_in_a_map_or_a_list_shows_what_changed_of_it() {
    let mut n = Notebook::new();
    let ran = n
        .ok("system Jobs {
               type K = 0..1
               record Job { owner: 0..2, tries: 0..3 }
               state table: map<K -> Job> = { K -> Job { owner: 0, tries: 0 } }
               state queue: list<Job, 2> = [Job { owner: 1, tries: 0 }]
               state seen: map<K -> bool> = { K -> false }
               action take(k: K) when table[k].tries == 0 { table[k].tries := 1  queue[0].owner := 2  seen[k] := true }
               invariant idle: safety { table[1].tries == 0 }
             }
             check Jobs { expect violated idle }");
    let text = ran.text();
    assert!(text.contains("table[1].tries: 0 → 1"), "{text}");
    assert!(text.contains("queue[0].owner: 1 → 2"), "{text}");
    assert!(text.contains("seen: {0 -> false, 1 -> false} → {0 -> false, 1 -> true}"), "{text}");
    assert!(!text.contains("Job { owner"), "{text}");
}

#[test]
fn observing_none_is_a_change() {
    let mut n = Notebook::new();
    let ran = n.ok("system Looks {
               state pod: 0..1? = none
               reconciler run: observe_act {
                 observe seen = pod
                 drift pod == none
                 act when seen == none { pod := 1 }
               }
               invariant never: safety { pod == none }
             }
             check Looks { expect violated never }");
    let text = ran.text();
    assert!(text.contains("run observed seen: not observed → none"), "{text}");
    assert!(text.contains("run observed seen: none → not observed"), "{text}");
}
