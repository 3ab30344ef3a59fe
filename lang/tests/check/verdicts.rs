//! Each verdict, from source text.

use super::support::{check, finding, labels, trace, verdicts, word};
use reconverge_lang::concepts::{Fault, StepKind};
use reconverge_lang::report::Verdict;
use reconverge_lang::value::Value;

/// A counter that clients move up; the goal of its reconciler is 0.
const COUNTER: &str = "
system Counter {
  param top = 3
  state n: 0..top = 0
  invariant small: safety { n < 3 }
  invariant up: monotonicity { monotonic n }
  action more() when n < top { n += 1 }
";

fn counter(members: &str, options: &str) -> String {
    format!("{COUNTER}\n{members}\n}}\ncheck Counter {options}")
}

#[test]
fn a_violation_has_the_shortest_run_and_the_values_that_made_it_false() {
    let report = check(&counter("", ""));
    let small = finding(&report, "small");
    let trace = trace(&small.verdict);
    assert_eq!(labels(trace), ["more", "more", "more"]);
    assert_eq!(trace.steps[2].changes[0].after, Value::Int(3));
    let broken = trace.broken.as_ref().unwrap();
    assert_eq!((broken.step, broken.expression.as_str()), (Some(2), "n < 3"));
    assert_eq!(broken.values, [("n".to_string(), Value::Int(3))]);
    assert_eq!(word(&finding(&report, "up").verdict), "holds");
    assert_eq!((report.coverage.states_distinct, report.coverage.depth), (4, 3));
    assert!(report.sample.is_none());
}

#[test]
fn a_passing_check_shows_a_run_and_what_never_happened() {
    let report = check(&counter("action never() when n > 5 { n := 0 }", "{ only up faults { lose 1 } }"));
    assert_eq!(verdicts(&report), [("up".to_string(), "holds".to_string())]);
    assert_eq!(report.sample.as_ref().map(|t| t.steps.len()), Some(1));
    let unused: Vec<_> = report.unused.iter().map(|u| (u.what.as_str(), u.name.as_str())).collect();
    assert_eq!(unused, [("action", "never"), ("fault", "lose")]);
    let said: Vec<_> = report.subject.faults.iter().map(|budget| (budget.fault, budget.times)).collect();
    assert_eq!(said, [(Fault::Lose, 1)]);
    assert_eq!(report.subject.params, [("top".to_string(), reconverge_lang::value::Value::Int(3))]);
}

#[test]
fn a_bounded_answer_says_so() {
    let report = check(&counter("bound n < 2", ""));
    assert_eq!(word(&finding(&report, "small").verdict), "holds within bound, 1 cut");
    assert_eq!(report.coverage.bounds, ["n < 2"]);
}

#[test]
fn a_cap_gives_incomplete_but_a_violation_before_it_counts() {
    let report = check(&counter("", "{ depth <= 2 }"));
    assert_eq!(word(&finding(&report, "small").verdict), "incomplete");
    assert_eq!(report.coverage.incomplete.as_deref(), Some("limit of 2 steps"));
    let report = check(&counter("", "{ depth <= 3 }"));
    assert_eq!(word(&finding(&report, "small").verdict), "violated");
    assert_eq!(word(&finding(&report, "up").verdict), "incomplete");
}

#[test]
fn a_step_without_a_value_is_a_finding_and_nothing_holds() {
    let report = check(&counter("action burst() when n > 0 { n += 2 }", ""));
    let first = &report.findings[0];
    assert_eq!(word(&first.verdict), "failed E0701");
    let trace = trace(&first.verdict);
    assert_eq!(labels(trace), ["more", "more", "burst"]);
    assert_eq!(trace.broken.as_ref().unwrap().step, Some(2));
    assert_eq!(word(&finding(&report, "up").verdict), "incomplete");
    // n = 3 is reached by `more` all the same.
    assert_eq!(word(&finding(&report, "small").verdict), "violated");
}

#[test]
fn a_property_without_a_value_fails_alone() {
    let report = check(&counter("invariant half: safety { 6 / (2 - n) != 7 }", ""));
    let half = finding(&report, "half");
    assert_eq!(word(&half.verdict), "failed E0706");
    assert_eq!(labels(trace(&half.verdict)), ["more", "more"]);
    assert_eq!(word(&finding(&report, "up").verdict), "holds");
}

#[test]
fn vacuous_and_not_checked_never_read_as_holding() {
    let members = "
      invariant far: safety { n > 5 implies n > 6 }
      invariant only_words: safety \"All is well.\"
      order log: append \"Somewhere.\" { scope thing }";
    let report = check(&counter(members, "{ only far, only_words, log }"));
    let expected = [("log", "not checked"), ("far", "vacuous"), ("only_words", "not checked")];
    assert_eq!(verdicts(&report), expected.map(|(a, b)| (a.to_string(), b.to_string())));
}

#[test]
fn stuck_unreachable_and_flapping() {
    let reconciler = |act: &str| {
        counter(&format!("reconciler back: control_loop {{ drift n != 0 {act} }}"), "{ only back }")
    };
    let of = |act: &str| {
        let report = check(&reconciler(act));
        let back = finding(&report, "back");
        (word(&back.verdict), trace(&back.verdict).clone())
    };
    let (verdict, run) = of("act when n == 1 { n := 0 }");
    assert_eq!(verdict, "stuck");
    assert_eq!(labels(&run), ["more", "more", "nothing has to happen any more"]);
    assert_eq!((run.loop_start, run.steps[2].kind), (Some(2), StepKind::Stutter));
    assert_eq!(run.broken.as_ref().unwrap().expression, "drift n != 0");
    let (verdict, run) = of("act when n > 0 { n := if n == 3 then 2 else 3 }");
    assert_eq!(verdict, "unreachable");
    assert!(run.loop_start.is_some());
    let two = "reconciler back: control_loop { drift n != 0 act { n -= 1 } }
               reconciler away: control_loop { drift n == 0 act { n := 1 } }";
    let report = check(&counter(two, "{ only back }"));
    let back = finding(&report, "back");
    assert_eq!(
        (word(&back.verdict).as_str(), labels(trace(&back.verdict))),
        ("flapping", vec!["away", "back"])
    );
    let run = trace(&back.verdict);
    // The goal, which is true initially, is left by the first step.
    assert_eq!((run.loop_start, run.broken.as_ref().unwrap().step), (Some(0), Some(0)));
}

#[test]
fn convergence_says_how_long_repair_takes() {
    let report = check(&counter(
        "reconciler back: control_loop { drift n != 0 act when n > 0 { n -= 1 } }",
        "{ only back }",
    ));
    let Verdict::Holds { note: Some(note) } = &finding(&report, "back").verdict else {
        panic!("{:?}", report.findings)
    };
    assert_eq!(note, "at worst 3 reconciler steps to the goal, at most 2 from half of the states");
}

#[test]
fn convergence_is_claimed_within_the_bound() {
    let back = "reconciler back: control_loop { drift n != 0 act when n > 0 { n -= 1 } }";
    let report = check(&counter(&format!("{back} bound n < 2"), "{ only back }"));
    assert!(word(&finding(&report, "back").verdict).starts_with("holds within bound"));
}

#[test]
fn merge_laws_are_settled_where_two_values_meet() {
    let merge = |body: &str, act: &str| {
        let code = format!(
            "system M {{ state n: 0..3 = 0  state m: 0..3 = 0 def join(a: 0..3, b: 0..3): 0..3 = {body}
             action write when m < 3 {{ m += 1 }}
             resolution gossip: merge {{ merge join  act {{ {act} }} }} }}\ncheck M"
        );
        word(&finding(&check(&code), "gossip").verdict)
    };
    assert_eq!(merge("max(a, b)", "n := join(n, m)"), "holds");
    assert_eq!(merge("a", "n := join(n, m)"), "violated");
    assert_eq!(merge("max(a, b)", "n := m"), "vacuous");
    assert_eq!(merge("max(a, b)", "n := join(n, n)"), "vacuous");
}
