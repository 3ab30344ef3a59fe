//! The example of the language's design, and the example of every code.

use super::support::{Notebook, check, show};
use reconverge_lang::analysis::define;
use reconverge_lang::analysis::program::ExprKind;
use reconverge_lang::diag::codes;
use reconverge_lang::syntax::parse;

const KAFKA: &str = include_str!("../data/kafka.rcv");

#[test]
fn the_example_of_the_design_is_clean() {
    let mut notebook = Notebook::default();
    let unhandled =
        "E0215 21:11 nobody handles Answer: it stays in flight for ever | add `on Answer from f at b { … }`";
    notebook.expect("1", KAFKA, &[unhandled]);
    let kafka = notebook.program("Kafka");
    let names: Vec<&str> = kafka.actions.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["produce", "on Fetch", "truncate", "controller"]);
    assert_eq!(kafka.orders[0].header.type_words(), "leader, append");
    let values: Vec<_> = kafka.params.iter().map(|p| p.value.kind.clone()).collect();
    assert_eq!(values, [ExprKind::Int(3), ExprKind::Int(2)]);
    assert_eq!(kafka.nodes[0].member(2), "broker3");
}

#[test]
fn every_code_has_an_example_that_triggers_it() {
    let mut wrong = Vec::new();
    for code in codes::all().filter(|c| ["E02", "E03", "E04"].contains(&&c.0.code[..3])) {
        let mut notebook = Notebook::default();
        let source = notebook.sources.add("1", code.0.example);
        let (cell, mut found) = parse(source, code.0.example);
        found.extend(define(&mut notebook.definitions, "1", &cell.items).diagnostics);
        let said = show(&found, &notebook.sources);
        if said.len() != 1 || found[0].code != code {
            wrong.push(format!("{code}: {}\n  gives {said:#?}", code.0.example));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ten_stated_lines_are_a_mapping() {
    check(
        r#"/// Apache Kafka, as the tables have it.
system Kafka "A log, led and copied" {
  order partition_log: leader, append "Records within a partition" { scope partition }
  invariant one_leader: cardinality "One leader per partition"
  invariant committed_forward: monotonicity "Committed offsets only move forward"
  resolution refetch: retry "Retry the fetch" { handles partition_log }
  resolution truncate: repair "Truncate the log" { handles committed_forward, partition_log }
  reconciler controller: control_loop "Elects leaders" { every 1s }
  reconciler isr_manager: worker "Shrinks and grows the ISR"
}"#,
        &[],
    );
}
