//! The audit, the tables and the loop of programs that are only stated: ten lines are a legal mapping.

use reconverge_lang::analysis::program::{Header, Invariant, Order, Program, Reconciler, Resolution};
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::concepts::{ConceptKind, ConceptType};
use reconverge_lang::mapping::{Evidence, assumptions, audit, compare, concept_named, diagram};
use reconverge_lang::report::{AuditReport, Standing};
use reconverge_lang::span::{Sources, Span};
use reconverge_lang::syntax;
use reconverge_lang::syntax::tree::{CommandKind, Item};

fn header(concept: ConceptKind, name: &str, ty: &str, sentence: &str) -> Header {
    Header {
        concept,
        name: name.to_string(),
        types: vec![ConceptType::named(concept, ty).unwrap()],
        sentence: Some(sentence.to_string()),
        docs: None,
        span: Span::default(),
        system: "Kafka".to_string(),
    }
}

/// The Kafka rows of the seed, as headers and sentences.
fn stated() -> Program {
    let mut program = Program { name: "Kafka".to_string(), ..Program::default() };
    program.orders.push(Order {
        header: header(
            ConceptKind::Order,
            "partition_log",
            "append",
            "The partition leader assigns offsets.",
        ),
        scope: Some("partition".to_string()),
        by: None,
        epoch: None,
        views: None,
        value: None,
        version: None,
        more: Vec::new(),
        writes: Vec::new(),
    });
    program.invariants.push(Invariant {
        header: header(ConceptKind::Invariant, "one_leader", "cardinality", "One leader per partition."),
        forms: Vec::new(),
    });
    program.resolutions.push(Resolution {
        header: header(ConceptKind::Resolution, "retry_fetch", "retry", "Followers fetch again."),
        handles: vec![("one_leader".to_string(), Span::default())],
        actions: Vec::new(),
        attempts: None,
        backoff: None,
        merge: None,
        protects: None,
        since: Vec::new(),
        undoes: Vec::new(),
        key: Vec::new(),
        restores: None,
        token: None,
        writes: Vec::new(),
    });
    program.reconcilers.push(Reconciler {
        header: header(ConceptKind::Reconciler, "controller", "control_loop", "Elects leaders."),
        every: Some(1_500_000_000),
        every_ticks: None,
        drift: None,
        desired: None,
        actual: None,
        atomic: false,
        observed: Vec::new(),
        actions: Vec::new(),
    });
    program
}

fn standings(report: &AuditReport) -> Vec<Standing> {
    report.questions.iter().map(|q| q.standing).collect()
}

#[test]
fn a_stated_mapping_is_stated_and_nothing_more() {
    let report = audit(&stated(), Evidence::default(), &Sources::default());
    assert_eq!(report.questions.len(), 8);
    assert_eq!(standings(&report), vec![Standing::Stated; 8]);
    assert_eq!(report.open, Vec::<String>::new());
    assert_eq!(
        report.questions[0].answers[0].words,
        "`partition_log` orders per partition (append). The partition leader assigns offsets."
    );
    assert_eq!(report.questions[7].answers[0].words, "`controller` runs every 1s 500ms.");
}

#[test]
fn what_nobody_answers_is_the_bug() {
    let mut program = stated();
    program.orders[0].scope = None;
    program.resolutions[0].handles.clear();
    program.reconcilers.clear();
    let report = audit(&program, Evidence::default(), &Sources::default());
    use Standing::{Stated, Unanswered};
    assert_eq!(
        standings(&report),
        [Unanswered, Stated, Stated, Stated, Unanswered, Stated, Unanswered, Unanswered]
    );
    assert_eq!(
        report.open,
        [
            "What scope is ordered? `partition_log` names no scope: add `scope …`, the smallest that agrees on order.",
            "What action is taken? Nothing handles a violation of `one_leader`: add `handles one_leader` to a resolution.",
            "What action is taken? `retry_fetch` does not say what it handles: add `handles NAME`.",
            "Who detects drift? No reconciler is declared: write `reconciler NAME: control_loop { drift … }`.",
            "How often is repair attempted? Never: no reconciler is declared.",
        ]
    );
}

#[test]
fn an_empty_system_answers_nothing() {
    let program = Program { name: "Nothing".to_string(), ..Program::default() };
    let report = audit(&program, Evidence::default(), &Sources::default());
    assert_eq!(standings(&report), vec![Standing::Unanswered; 8]);
    assert_eq!(report.open.len(), 8);
}

#[test]
fn tables_are_those_of_the_seed() {
    let kafka = stated();
    let raft = Program { name: "Raft".to_string(), ..Program::default() };
    let report = compare(&[&kafka, &raft], None);
    let titles: Vec<&str> = report.tables.iter().map(|t| t.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Ordering — where agreement is created",
            "Invariants — what must never be broken",
            "Resolution — how violations are handled",
            "Reconciliation — who keeps fixing things",
        ]
    );
    assert_eq!(
        report.tables[0].rows,
        [
            ["Kafka", "The partition leader assigns offsets", "per partition", "log append"],
            ["Raft", "nothing stated", "—", "—"],
        ]
    );
    for table in &report.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.title);
    }
    let one = compare(&[&kafka, &raft], concept_named("resolution"));
    assert_eq!(one.tables.len(), 1);
    assert_eq!(one.tables[0].check, "When invariants are threatened, what safe move is allowed?");
}

#[test]
fn one_system_is_walked_through() {
    let report = compare(&[&stated()], None);
    assert_eq!(report.tables.len(), 5);
    assert_eq!(report.tables[0].rows[0], ["Ordering", "The partition leader assigns offsets"]);
}

#[test]
fn the_loop_says_what_is_executable_and_what_handles_what() {
    let report = diagram(&stated());
    assert_eq!(report.handles, [("retry_fetch".to_string(), "one_leader".to_string())]);
    assert!(!report.orders[0].executable && !report.reconcilers[0].executable);
}

/// The program of the one system of a text that ends with a `diagram` of it.
fn program(text: &str) -> Program {
    let (cell, errors) = syntax::parse(Sources::default().add("case", text), text);
    assert!(errors.is_empty(), "{errors:#?}");
    let mut definitions = Definitions::default();
    analysis::define(&mut definitions, "case", &cell.items);
    let target = cell.items.iter().find_map(|item| match item {
        Item::Command(command) => match &command.kind {
            CommandKind::Diagram { target } => Some(target),
            _ => None,
        },
        _ => None,
    });
    let (program, errors) = analysis::analyse(&definitions, target.expect("a diagram"));
    program.unwrap_or_else(|| panic!("{errors:#?}"))
}

/// Last write wins, with or without an order that says so.
fn last_write_wins(order: &str) -> Program {
    program(&format!(
        "system Wins {{
          node Replica[2] {{ clock: 0..2  value: 0..1 }}
          message Put {{ stamp: 0..2, value: 0..1 }}
          link net: Put between Replica, Replica unordered
          {order}
          action write(v: 0..1) at r in Replica when r.clock < 2 {{
            r.clock += 1
            send Put {{ stamp: r.clock, value: v }} to replica1
          }}
          on Put from f at t {{ if stamp > t.clock {{ t.clock := stamp  t.value := value }} }}
        }}
        diagram Wins"
    ))
}

#[test]
fn clocks_that_are_compared_without_an_order_are_assumed() {
    let program = last_write_wins("");
    let found = assumptions(&program);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].left.as_str(), found[0].right.as_str()), ("Replica.clock", "Replica.clock"));
    assert_eq!(found[0].place, "on Put");
    let mut sources = Sources::default();
    sources.add("case", " ".repeat(2000));
    let report = audit(&program, Evidence::default(), &sources);
    assert_eq!(report.questions[1].standing, Standing::Unanswered);
}

#[test]
fn an_order_over_the_clocks_covers_the_comparison() {
    let order = "order writes: versioned { scope key  views r.value for r in Replica  version r.clock }";
    assert_eq!(assumptions(&last_write_wins(order)), []);
}

#[test]
fn what_a_node_compares_with_itself_assumes_nothing() {
    let program = program(
        "system Own {
          node Log[2] { entries: list<0..1, 2>  committed: 0..2 }
          action commit at l in Log when l.committed < len(l.entries) { l.committed += 1 }
        }
        diagram Own",
    );
    assert_eq!(assumptions(&program), []);
}
