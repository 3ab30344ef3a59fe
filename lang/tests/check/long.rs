//! Long runs are told by their ends, and what runs for ever within one expression ends when the host says so.

use super::support::{check, execute_with, find, trace};
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::hand::Did;
use reconverge_lang::report::{AlongTrace, HandReport, Report};
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
    assert!(
        steps[1..].iter().all(|(_, grew)| *grew == Some(Value::Int(1))),
        "old is the state before, everywhere"
    );
    let AlongTrace::Steps(along) = &values.values else { panic!("along the run") };
    assert_eq!(along.len(), values.numbers.len());
    for (number, (_, value)) in values.numbers.iter().zip(along) {
        assert_eq!(*value, Some(Value::Int(*number as i64)));
    }
}

/// Executes one cell after the other; the reports, and the errors of those that fail.
fn cells(codes: &[&str]) -> (Vec<Report>, Vec<String>) {
    let mut session = Session::new(Vec::new());
    let (mut shown, mut errors) = (Vec::new(), Vec::new());
    for code in codes {
        let cell = CellRef { id: None, name: "cell".into() };
        let outcome = session.execute(cell, code, &Still::default(), &mut |output| shown.push(output.report));
        if let Outcome::Failed(failure) = outcome {
            errors.extend(failure.diagnostics.iter().map(|d| format!("{} {}", d.code, d.message)));
        }
    }
    (shown, errors)
}

/// Every command that shows a run keeps it whole: each of its steps can be looked at by its number.
#[test]
fn the_middle_of_a_long_run_is_looked_at_by_number() {
    let violated = "system Low { state x: 0..6000 = 0 action up when x < 6000 { x += 1 }
      invariant low: safety { x < 6000 } }";
    let to = |n: u32| format!("{n}");
    for (codes, length) in [
        (vec![format!("{UP} check Up")], 6000),
        (vec![format!("{UP} find Up {{ x == 5000 }}")], 5000),
        (vec![format!("{violated} check Low")], 6000),
        (vec![format!("{UP} scenario \"far\" on Up {{ run up until x == 5500 }}")], 5500),
        (vec![format!("{violated} simulate Low for 100000s, runs 1, seed 1")], 6000),
        (vec![format!("{UP} simulate Up for 100000s, runs 1, seed 1")], 6000),
    ] {
        let show = [2345, length, 0].map(|n| format!("show {}", to(n)));
        let all: Vec<&str> = codes.iter().chain(&show).map(String::as_str).collect();
        let (reports, errors) = cells(&all);
        assert!(errors.iter().all(|error| !error.starts_with("E0547")), "{codes:?}: {errors:?}");
        let looked: Vec<_> =
            reports.iter().filter_map(|r| if let Report::Hand(h) = r { Some(h) } else { None }).collect();
        let [middle, end, beginning] = looked[..] else { panic!("{codes:?}: {errors:?}") };
        assert!(matches!(middle.did, Did::Looked { of } if of == length as usize), "{codes:?}");
        let state = |hand: &HandReport| hand.state.clone();
        assert_eq!(state(middle), [("x".to_string(), Value::Int(2345))], "{codes:?}");
        assert_eq!(state(end), [("x".to_string(), Value::Int(i64::from(length)))], "{codes:?}");
        assert_eq!(state(beginning), [("x".to_string(), Value::Int(0))], "{codes:?}");
        assert_eq!(middle.changed, ["x"]);
        let run = middle.run.as_ref().unwrap();
        let told: Vec<(usize, usize)> = run.numbers().zip(run.steps.iter().map(|step| step.folded)).collect();
        let near: Vec<(usize, usize)> = (2340..=2349).map(|number| (number + 1, 0)).collect();
        let length = length as usize;
        assert_eq!(
            told,
            [vec![(2340, 2340)], near[..10].to_vec(), vec![(length, length - 2350)]].concat(),
            "{codes:?}"
        );
        let text = view::text(&Report::Hand((*middle).clone()), &reconverge_lang::span::Sources::default());
        assert!(text.contains("\n2345  do up\n       x: 2344 → 2345\n"), "{text}");
        assert!(text.contains("// 2340 steps, 1 to 2340, are not told one by one"), "{text}");
    }
}

/// On the round, before it, and over its beginning.
#[test]
fn a_long_round_is_looked_at_by_number() {
    let code = "system Round { state x: 0..9999 = 0
        fair action go { x := if x == 9999 then 5000 else x + 1 }
        invariant settles: convergence { eventually always x == 4000 } }
      check Round";
    for (at, turn) in [(3000, 12), (5000, 6), (5001, 5), (7000, 1), (9999, 1)] {
        let (reports, errors) = cells(&[code, &format!("show {at}")]);
        let Some(Report::Hand(hand)) = reports.last() else { panic!("{errors:?}") };
        assert_eq!(hand.state, [("x".to_string(), Value::Int(at))]);
        let run = hand.run.as_ref().unwrap();
        assert_eq!((run.length(), run.loop_start), (10000, Some(turn)), "{at}");
        assert_eq!(run.number(turn - 1), 5000, "{at}: the steps before the round are told apart from it");
    }
}

#[test]
fn a_number_outside_of_the_run_says_which_there_are() {
    let (_, errors) =
        cells(&["show 3", &format!("{UP} find Up {{ x == 5000 }}"), "show 5001", "show 1000000000"]);
    assert_eq!(
        errors,
        [
            "E0547 no run was shown yet",
            "E0547 the run that was shown last has 5000 steps, and none with the number 5001",
            "E0547 the run that was shown last has 5000 steps, and none with the number 1000000000",
        ]
    );
}

/// What expressions are evaluated along is the run in the picture, also where its last step has no value.
#[test]
fn the_run_that_is_kept_is_the_one_that_is_shown() {
    let code = "system Two { state x: 0..3 = 0 state y: 0..9 = 0
        action x_up when y == 0 { x += 1 } action y_up when y < 9 { y += 1 } }";
    for command in ["check Two", "find Two { y == 9 and x == 3 }", "simulate Two for 100s, runs 20, seed 1"] {
        let (reports, _) = cells(&[&format!("{code} {command}"), "x"]);
        let Some(Report::Value(value)) = reports.last() else { panic!("{command}") };
        let AlongTrace::Steps(steps) = &value.values else { panic!("{command}: not along the run") };
        let last = steps.last().and_then(|(_, value)| value.clone());
        assert_eq!(last, Some(Value::Int(3)), "{command}: x is 3 before the step that has no value");
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
