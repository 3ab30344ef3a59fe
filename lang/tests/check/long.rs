//! Long runs are told by their ends, and what runs for ever within one expression ends when the host says so.

use super::support::{check, execute_with, find, trace};
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::{AlongTrace, Report};
use reconverge_lang::session::{CellRef, Host, Outcome, Session};
use reconverge_lang::value::Value;
use reconverge_lang::view;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const UP: &str = "system Up { state x: 0..6000 = 0 action up { x += 1 } }";

#[test]
fn a_long_run_is_told_by_its_ends() {
    let report = check(&format!("{UP} check Up"));
    let run = trace(&report.findings.last().unwrap().verdict);
    assert_eq!(run.length(), 6001);
    assert_eq!(run.steps.len(), 500 + 1 + 500 + 1, "the ends, what is between, and the step without a value");
    let middle = &run.steps[500];
    assert_eq!(middle.folded, 5000);
    assert_eq!((&middle.changes[0].before, &middle.changes[0].after), (&Value::Int(500), &Value::Int(5500)));
    assert_eq!(run.number(499), 500);
    assert_eq!(run.number(500), 5500);
    assert_eq!(run.number(501), 5501);
    assert_eq!(run.broken.as_ref().and_then(|broken| broken.step), Some(1001));
    let text = view::text(&Report::Check(Box::new(report)), &reconverge_lang::span::Sources::default());
    assert!(text.contains("in 6,001 steps"), "{}", &text[..400]);
    assert!(text.contains("\n501  do up\n") || text.contains("\n500  do up\n"), "the head");
    assert!(text.contains("\n  ⋮  // 5000 steps, 501 to 5500, are not told one by one\n"), "the middle");
    assert!(text.contains("\n5501  do up\n       x: 5500 → 5501\n"), "the tail has the numbers of the run");
}

#[test]
fn a_long_round_is_told_by_its_ends_too() {
    let code = "system Round { state x: 0..4999 = 0
        fair action go { x := if x == 4999 then 0 else x + 1 }
        invariant settles: convergence { eventually always x == 4000 } }
      check Round";
    let report = check(code);
    let run = trace(&report.findings[0].verdict);
    assert_eq!(run.length(), 5000, "{:?}", run.steps.len());
    assert!(run.steps.len() < 1100);
    assert_eq!(run.loop_start, Some(0));
}

#[test]
fn a_goal_far_away_is_reached_where_it_is_said_to_be() {
    let report = find(&format!("{UP} find Up {{ x == 5000 }}"));
    let run = trace(&report.verdict);
    let broken = run.broken.as_ref().unwrap();
    assert_eq!(run.number(broken.step.unwrap()), 5000);
}

#[test]
fn a_long_run_is_not_offered_as_a_scenario_that_is_another() {
    let (reports, outcome) =
        execute_with(&format!("{UP} check Up save trace as scenario"), &Still::default());
    assert!(!reports.iter().any(|report| matches!(report, Report::Saved(_))));
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.diagnostics[0].code.to_string(), "E0518");
    assert!(failure.diagnostics[0].message.contains("6001 steps"), "{}", failure.diagnostics[0].message);
}

#[test]
fn values_along_a_long_run_have_the_numbers_of_its_steps() {
    let mut session = Session::new(Vec::new());
    let mut shown = Vec::new();
    for code in [&format!("{UP} find Up {{ x == 5000 }}"), "x - old(x)", "x"] {
        let cell = CellRef { id: None, name: "cell".into() };
        session.execute(cell, code, &Still::default(), &mut |output| shown.push(output.report));
    }
    let [.., Report::Value(steps), Report::Value(values)] = &shown[..] else { panic!("two values") };
    let AlongTrace::Steps(steps) = &steps.values else { panic!("along the run") };
    assert!(steps[1..].iter().all(|(_, grew)| *grew == Value::Int(1)), "old is the state before, everywhere");
    let AlongTrace::Steps(along) = &values.values else { panic!("along the run") };
    assert_eq!(along.len(), values.numbers.len());
    for (number, (_, value)) in values.numbers.iter().zip(along) {
        assert_eq!(*value, Value::Int(*number as i64));
    }
}

/// A host that has stopped everything from the beginning, or nothing.
#[derive(Default)]
struct Still(Arc<AtomicBool>);

impl Observer for Still {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Still {
    fn threads(&self) -> usize {
        2
    }

    fn execution(&self) -> reconverge_lang::session::Execution {
        reconverge_lang::session::Execution::Native
    }

    fn halt(&self) -> Option<Arc<AtomicBool>> {
        Some(self.0.clone())
    }
}

#[test]
fn loops_end_where_the_host_says_so() {
    let deep = "(count a in 0..4000 where (count b in 0..4000 where (count c in 0..4000 where a == b and b == c) == 1) == 1)";
    let halted = Still(Arc::new(AtomicBool::new(true)));
    for code in [
        deep.to_string(),
        format!("system Guard {{ state x: 0..1 = 0 action g when {deep} == 4000 {{ x := 1 }} }} check Guard"),
        format!(
            "system Law {{ state x: 0..1 = 0 action g {{ x := 1 - x }} invariant i: safety {{ {deep} == 1 }} }} check Law"
        ),
        "system Body { state x: 0..1 = 0
           action g { for a in 0..4000 { for b in 0..4000 { for c in 0..4000 { x := 1 - x } } } } }
         check Body"
            .to_string(),
    ] {
        let (reports, outcome) = execute_with(&code, &halted);
        assert!(matches!(outcome, Outcome::Interrupted), "{code}: {outcome:?}");
        assert!(
            !reports.iter().any(|report| matches!(report, Report::Check(_) | Report::Value(_))),
            "{code}"
        );
    }
    // What ends by itself does.
    let (_, outcome) = execute_with("1 + 1", &halted);
    assert!(matches!(outcome, Outcome::Done { .. }));
}
