//! Reports on mappings without a run, written by hand: diagrams, audits, comparisons, values, definitions.

use super::{coverage, entry, list, set, span, subject};
use reconverge_lang::concepts::Fault;
use reconverge_lang::report::*;

fn member(name: &str, types: &[&str], sentence: &str, executable: bool) -> DiagramMember {
    DiagramMember {
        name: name.into(),
        types: types.iter().map(|t| t.to_string()).collect(),
        sentence: (!sentence.is_empty()).then(|| sentence.to_string()),
        executable,
    }
}

pub fn kafka_diagram() -> DiagramReport {
    DiagramReport {
        subject: Subject {
            refines: None,
            docs: Some(
                "Apache Kafka: one partition, replicated to a few brokers and led by one of them.".into(),
            ),
            ..subject("Kafka", &[("brokers", 3), ("epochs", 2)], &[])
        },
        orders: vec![
            member(
                "partition_log",
                &["leader", "append"],
                "The leader of a partition assigns each record its offset.",
                true,
            ),
            member("metadata_log", &["append"], "The controller's decisions, one after the other.", false),
        ],
        invariants: vec![
            member("one_leader", &["cardinality"], "One leader per partition and epoch", true),
            member("committed_forward", &["monotonicity"], "Committed offsets only move forward", true),
            member("acked_survives", &["safety"], "An acknowledged record is never lost", true),
        ],
        resolutions: vec![
            member("retry_fetch", &["retry"], "A follower asks again when no answer comes.", false),
            member(
                "truncate",
                &["repair"],
                "A follower cuts its log back to where it agrees with the leader.",
                true,
            ),
            member(
                "fence_epoch",
                &["fence", "reject"],
                "A request with an older leader epoch is refused.",
                true,
            ),
        ],
        reconcilers: vec![
            member("controller", &["control_loop"], "Elects a new leader from the in-sync replicas.", true),
            member("isr_manager", &["periodic"], "Shrinks and grows the set of in-sync replicas.", true),
            member("replication", &["worker"], "", false),
            member(
                "rebalance",
                &["observe_act"],
                "Gives the partitions of a lost consumer to others.",
                false,
            ),
        ],
        handles: vec![
            ("truncate".into(), "partition_log".into()),
            ("truncate".into(), "acked_survives".into()),
            ("fence_epoch".into(), "one_leader".into()),
            ("retry_fetch".into(), "delayed_answer".into()),
        ],
    }
}

/// Ten lines: headers and sentences, nothing to run.
pub fn small_diagram() -> DiagramReport {
    DiagramReport {
        subject: Subject {
            refines: None,
            system: "Payments".into(),
            docs: None,
            params: vec![],
            faults: vec![],
            from_any_state: false,
        },
        orders: vec![member("request_log", &["versioned"], "", false)],
        invariants: vec![member("charged_once", &["uniqueness"], "Nobody is charged twice.", false)],
        resolutions: vec![],
        reconcilers: vec![],
        handles: vec![],
    }
}

fn answer(member: &str, words: &str, standing: Standing) -> Answer {
    Answer {
        member: (!member.is_empty()).then(|| member.to_string()),
        words: words.into(),
        standing,
        span: Some(span()),
        place: Some("cell 2:14:3".into()),
    }
}

const QUESTIONS: [(&str, &str); 8] = [
    ("ordering", "What scope is ordered?"),
    ("ordering", "Is ordering being violated or assumed?"),
    ("invariants", "Which invariant is broken?"),
    ("invariants", "Is it actually defined?"),
    ("resolution", "What action is taken?"),
    ("resolution", "Is it idempotent?"),
    ("reconciliation", "Who detects drift?"),
    ("reconciliation", "How often is repair attempted?"),
];

fn questions(answers: Vec<(Standing, Vec<Answer>)>) -> Vec<Question> {
    let question = |((concept, question), (standing, answers)): (&(&str, &str), (Standing, Vec<Answer>))| {
        Question { concept: concept.to_string(), question: question.to_string(), standing, answers }
    };
    QUESTIONS.iter().zip(answers).map(question).collect()
}

pub fn full_audit() -> Report {
    use Standing::{Broken, Checked, Stated};
    let answers = vec![
        (Checked, vec![answer("partition_log", "partition: the leader's log, epoch by epoch", Checked)]),
        (Checked, vec![answer("", "no guard compares positions that no order covers", Checked)]),
        (
            Broken,
            vec![
                answer("acked_survives", "violated in 11 steps with 2 crashes", Broken),
                answer("one_leader", "holds in 1,204 states", Checked),
            ],
        ),
        (Checked, vec![answer("", "every invariant has a body and is not vacuous", Checked)]),
        (
            Stated,
            vec![
                answer("truncate", "cuts the log back; handles acked_survives", Checked),
                answer("retry_fetch", "asks again: no body yet", Stated),
            ],
        ),
        (
            Checked,
            vec![answer("truncate", "applied twice is once, in 312 states where it is enabled", Checked)],
        ),
        (Checked, vec![answer("controller", "sees leader == none or not leader.up", Checked)]),
        (Checked, vec![answer("controller", "every 1s; at worst 2 rounds, 1 in the middle", Checked)]),
    ];
    Report::Audit(Box::new(AuditReport {
        subject: subject("Kafka", &[("brokers", 2)], &[(Fault::Crash, 2)]),
        coverage: Some(coverage()),
        questions: questions(answers),
        open: vec![],
        vacuous: vec![],
    }))
}

pub fn small_audit() -> Report {
    use Standing::{Stated, Unanswered};
    let answers = vec![
        (Stated, vec![answer("request_log", "one account", Stated)]),
        (Unanswered, vec![]),
        (Unanswered, vec![]),
        (Stated, vec![answer("charged_once", "a sentence, no body", Stated)]),
        (Unanswered, vec![]),
        (Unanswered, vec![]),
        (Unanswered, vec![]),
        (Unanswered, vec![]),
    ];
    Report::Audit(Box::new(AuditReport {
        subject: Subject {
            refines: None,
            system: "Payments".into(),
            docs: None,
            params: vec![],
            faults: vec![],
            from_any_state: false,
        },
        coverage: None,
        questions: questions(answers),
        open: vec![
            "No resolution handles charged_once: what safe move is allowed?".into(),
            "Nothing detects drift: what runs forever to push the system back to correctness?".into(),
        ],
        vacuous: vec![],
    }))
}

pub fn compare() -> Report {
    let table = |title: &str, check: &str, columns: &[&str], rows: &[&[&str]]| CompareTable {
        title: title.into(),
        check: check.into(),
        columns: columns.iter().map(|c| c.to_string()).collect(),
        rows: rows.iter().map(|r| r.iter().map(|c| c.to_string()).collect()).collect(),
    };
    Report::Compare(CompareReport {
        systems: vec!["Kafka".into(), "Raft".into(), "Kubernetes".into()],
        tables: vec![
            table(
                "Ordering — where agreement is created",
                "What is the smallest scope that agrees on order?",
                &["System", "Order", "Types", "What is ordered"],
                &[
                    &[
                        "Kafka",
                        "partition_log",
                        "leader, append",
                        "The leader of a partition assigns each record its offset.",
                    ],
                    &["Raft", "leader_log", "leader, append", "The leader of a term appends log entries."],
                    &[
                        "Kubernetes",
                        "revisions",
                        "compare_and_set, versioned",
                        "etcd gives each object a resource version.",
                    ],
                ],
            ),
            table(
                "Invariants — what must never be broken",
                "If everything goes wrong, what must still be true?",
                &["System", "Invariant", "Types", "Sentence"],
                &[
                    &["Kafka", "one_leader", "cardinality", "One leader per partition and epoch"],
                    &["Kafka", "committed_forward", "monotonicity", "Committed offsets only move forward"],
                    &["Raft", "single_leader", "cardinality", "At most one leader per term"],
                    &["Kubernetes", "one_owner", "ownership", "At most one owner for each object"],
                ],
            ),
        ],
    })
}

pub fn value_along() -> Report {
    Report::Value(ValueReport {
        numbers: Vec::new(),
        expression: "leader.log".into(),
        system: Some("Kafka".into()),
        values: AlongTrace::Steps(vec![
            ("initial state".into(), Some(list(&[]))),
            ("produce(a) at broker1".into(), Some(list(&[entry(0, "a")]))),
            ("fetch at broker2".into(), Some(list(&[entry(0, "a")]))),
            ("crash broker1".into(), Some(list(&[entry(0, "a")]))),
            ("controller".into(), Some(list(&[]))),
        ]),
    })
}

pub fn value_once() -> Report {
    Report::Value(ValueReport {
        numbers: Vec::new(),
        expression: "isr".into(),
        system: None,
        values: AlongTrace::Once(set(&["broker1", "broker2"])),
    })
}

pub fn defined() -> Report {
    Report::Defined(DefinedReport {
        systems: vec![DefinedSystem {
            name: "Kafka".into(),
            verb: "defined".into(),
            diagram: kafka_diagram(),
            size: Some((3, 42, 17)),
        }],
        stale: vec!["Kafka_fixed: `truncate` has no clause `handles` any more".into()],
    })
}
