//! Options, expectations, `find` and `audit`, from source text.

use super::support::{Quiet, check, errors, execute, execute_with, find, labels, trace, views, word};
use reconverge_lang::concepts::Fault;
use reconverge_lang::diag::codes;
use reconverge_lang::report::Report;
use reconverge_lang::session::Outcome;
use std::sync::atomic::AtomicBool;

/// Workers send each other jobs.
fn workers(command: &str) -> String {
    format!(
        "system Workers {{
           node Worker[2] {{ volatile busy: bool = false }}
           message Job {{ n: 0..1 }}
           link jobs: Job between Worker, Worker unordered lossy
           invariant one_busy: cardinality {{ at most 1 w in Worker where w.busy }}
           invariant all_up: safety {{ all w in Worker: w.up }}
           action give(n: 0..1) at w in Worker when in_flight(Job) == 0 {{
             for other in Worker where other != w {{ send Job {{ n: n }} to other }}
           }}
           on Job from f at w {{ w.busy := true }}
         }}
         {command}"
    )
}

#[test]
fn messages_are_matched_and_faults_counted() {
    let report = check(&workers("check Workers { faults { crash 1 } }"));
    let one_busy = report.findings.iter().find(|f| f.name == "one_busy").unwrap();
    let run = trace(&one_busy.verdict);
    assert_eq!(
        labels(run),
        [
            "give(0) at worker1",
            "deliver Job { n: 0 } from worker1 to worker2",
            "give(0) at worker2",
            "deliver Job { n: 0 } from worker2 to worker1",
        ]
    );
    assert_eq!(run.steps[1].received, Some(0));
    assert_eq!(run.steps[3].received, Some(1));
    assert_eq!((run.steps[0].sent[0].from, run.steps[0].sent[0].to), (0, 1));
    assert!(run.faults.is_empty());
    let all_up = report.findings.iter().find(|f| f.name == "all_up").unwrap();
    let run = trace(&all_up.verdict);
    assert_eq!(labels(run), ["crash worker1"]);
    assert_eq!(run.faults, [(Fault::Crash, 1)]);
}

#[test]
fn every_view_of_every_report() {
    let text = views(&workers("check Workers { faults { crash 1, lose 1 } }"));
    assert!(text.contains("one_busy") && text.contains("crash worker1"), "{text}");
    assert!(views(&workers("find Workers { worker2.busy }")).contains("deliver Job"));
    assert!(views(&workers("audit Workers { faults { crash 1 } }")).contains("one_busy"));
}

#[test]
fn expectations_met_and_unmet() {
    let (_, outcome) = execute(&workers("check Workers { expect violated one_busy }"));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let report = check(&workers("check Workers { expect holds expect holds all_up expect violated all_up }"));
    let found: Vec<_> = report.expectations.iter().map(|e| (e.words.as_str(), e.met)).collect();
    let expected =
        [("expect holds", false), ("expect holds all_up", true), ("expect violated all_up", false)];
    assert_eq!(found, expected);
    assert_eq!(
        report.expectations[0].found,
        "one_busy: violated, `at most 1 w in Worker where w.busy` is false"
    );
    assert_eq!(report.expectations[2].found, "all_up: holds");
    let (_, outcome) = execute(&workers("check Workers { expect holds }"));
    assert!(matches!(outcome, Outcome::Failed(_)));
}

#[test]
fn what_says_nothing_is_not_expected_to_hold() {
    let found = |checked: &str| {
        let system = "system S { state x: 0..2 = 0
           invariant stated: safety \"only a sentence\"
           invariant empty: safety { x > 5 implies x == 0 } }";
        check(&format!("{system} system Bare {{ state x: 0..1 = 0 }} check {checked}")).expectations[0]
            .found
            .clone()
    };
    assert!(found("S { only stated  expect holds }").starts_with("stated: not checked"));
    assert!(found("S { only empty  expect holds }").starts_with("empty: holds, but vacuously"));
    assert_eq!(found("Bare { expect holds }"), "nothing was judged");
}

#[test]
fn neither_a_comment_nor_a_verdicts_name_is_expected() {
    let report = check(
        "system S {
           state x: 0..2 = 0
           action inc when x < 2 { x += 1 }
           invariant bad: safety { x < 2 }
           invariant worse: safety { x < 1 }
           invariant violated: safety { x < 1 }
         }
         check S {
           expect violated bad, // worse is not expected
             bad
         }",
    );
    assert_eq!(report.expectations[0].words, "expect violated bad, bad");
    assert!(report.expectations[0].met);
    assert_eq!(report.unexpected().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["worse", "violated"]);
}

#[test]
fn wrong_options_are_all_named() {
    assert_eq!(errors(&workers("check Workers { only one_bussy }")), ["E0520"]);
    assert_eq!(errors(&workers("check Workers { faults { crush 1 } }")), ["E0521"]);
    assert_eq!(errors(&workers("check Workers { expect violated }")), ["E0526"]);
}

#[test]
fn find_gives_the_shortest_run_or_says_that_there_is_none() {
    let report = find(&workers("find Workers { worker1.busy and in_flight(Job) == 0 }"));
    assert_eq!(labels(trace(&report.verdict)).len(), 2);
    assert!(report.coverage.states_left > 0);
    let report = find(&workers("find Workers { worker1.busy } within 1 steps"));
    assert_eq!((word(&report.verdict).as_str(), report.within), ("incomplete", Some(1)));
    let report = find(&workers("find Workers { not worker1.up }"));
    assert_eq!(word(&report.verdict), "holds");
    let report = find(&workers("find Workers { not worker1.up } faults { crash 1 }"));
    assert_eq!(labels(trace(&report.verdict)), ["crash worker1"]);
    assert_eq!(errors(&workers("find Workers { worker9.busy }")), ["E0201"]);
}

#[test]
fn an_interrupt_shows_what_was_covered_and_changes_nothing() {
    let host = Quiet { cancel: AtomicBool::new(true) };
    let code = "system Big { state a: 0..999 = 0 state b: 0..999 = 0
        invariant i: safety { a >= 0 } action x() when a < 999 { a += 1 } action y() when b < 999 { b += 1 } }
        check Big";
    let (reports, outcome) = execute_with(code, &host);
    assert!(matches!(outcome, Outcome::Interrupted), "{outcome:?}");
    let Some(Report::Check(report)) = reports.last() else { panic!("{reports:?}") };
    assert_eq!(report.coverage.incomplete.as_deref(), Some("interrupted"));
    assert_eq!(word(&report.findings[0].verdict), "incomplete");
}

#[test]
fn every_code_of_checks_has_an_example_that_triggers_it() {
    let mut wrong = Vec::new();
    for code in codes::check::CHECK.iter().filter(|c| !c.0.example.is_empty()) {
        let found = errors(code.0.example);
        if found != [code.to_string()] {
            wrong.push(format!("{code}: {} gives {found:?}", code.0.example));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_is_named_where_faults_are_explained() {
    for fault in Fault::ALL {
        assert!(codes::check::UNKNOWN_FAULT.0.explanation.contains(fault.word()), "{}", fault.word());
    }
}
