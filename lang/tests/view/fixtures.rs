//! Reports written by hand, as the engine would give them, for the tests of views.

use reconverge_lang::concepts::{ConceptKind, Divergence, ExpectedVerdict, Fault, StepKind, Topic};
use reconverge_lang::report::profile::{Profile, ProfiledStep, ProfiledVariable};
use reconverge_lang::report::*;
use reconverge_lang::span::{Sources, Span};
use reconverge_lang::syntax::tree::{self, Name};
use reconverge_lang::value::Value;

#[path = "mappings.rs"]
mod mappings;

pub use mappings::*;

pub fn name(text: &str) -> Value {
    Value::Name(text.into())
}

pub fn entry(epoch: i64, value: &str) -> Value {
    Value::Record("Entry".into(), vec![("epoch".into(), Value::Int(epoch)), ("value".into(), name(value))])
}

pub fn list(items: &[Value]) -> Value {
    Value::List(items.to_vec())
}

pub fn set(items: &[&str]) -> Value {
    Value::Set(items.iter().map(|i| name(i)).collect())
}

/// Builds a trace step by step.
pub struct Run {
    pub trace: Trace,
}

impl Run {
    pub fn new(lanes: &[&str]) -> Run {
        let lanes = lanes.iter().map(|l| l.to_string()).collect();
        Run {
            trace: Trace {
                chosen: Vec::new(),
                any_state: false,
                besides: Vec::new(),
                no_value: None,
                lanes,
                init: Vec::new(),
                unsaid: Vec::new(),
                steps: Vec::new(),
                loop_start: None,
                broken: None,
                faults: Vec::new(),
                last: Vec::new(),
                onward: Vec::new(),
                possible: Vec::new(),
                above: false,
            },
        }
    }

    pub fn init(mut self, path: &str, value: Value) -> Run {
        self.trace.init.push((path.into(), value));
        self
    }

    pub fn lane(&self, name: &str) -> usize {
        self.trace.lanes.iter().position(|l| l == name).unwrap_or(0)
    }

    pub fn step(mut self, kind: StepKind, lane: &str, label: &str) -> Run {
        let lane = self.lane(lane);
        self.trace.steps.push(TraceStep {
            label: label.into(),
            folded: 0,
            kind,
            lane,
            changes: Vec::new(),
            drawn: Vec::new(),
            sent: Vec::new(),
            received: None,
            counterpart: None,
            by: None,
            span: None,
            sides: Vec::new(),
            one_way: false,
        });
        self
    }

    fn last(&mut self) -> &mut TraceStep {
        self.trace.steps.last_mut().expect("a step")
    }

    pub fn change(mut self, path: &str, before: Value, after: Value) -> Run {
        let node = path.split('.').next().unwrap_or(path);
        let lane = self.trace.lanes.iter().position(|l| l == node);
        self.last().changes.push(Change { path: path.into(), lane, before, after });
        self
    }

    pub fn send(mut self, message: &str, from: &str, to: &str) -> Run {
        let (from, to) = (self.lane(from), self.lane(to));
        self.last().sent.push(Sent { message: message.into(), from, to });
        self
    }

    pub fn receives(mut self, number: usize) -> Run {
        self.last().received = Some(number);
        self
    }

    pub fn sides(mut self, sides: &[&[&str]]) -> Run {
        let sides = sides.iter().map(|s| s.iter().map(|n| self.lane(n)).collect()).collect();
        self.last().sides = sides;
        self
    }

    pub fn broken(mut self, step: Option<usize>, expression: &str, values: &[(&str, Value)]) -> Run {
        let values = values.iter().map(|(p, v)| (p.to_string(), v.clone())).collect();
        self.trace.broken = Some(Broken { step, expression: expression.into(), values });
        self
    }

    pub fn faults(mut self, faults: &[(Fault, u32)]) -> Run {
        self.trace.faults = faults.to_vec();
        self
    }

    pub fn loops(mut self, start: usize) -> Run {
        self.trace.loop_start = Some(start);
        self
    }

    pub fn done(mut self) -> Trace {
        let mut last = self.trace.init.clone();
        for step in &self.trace.steps {
            for change in &step.changes {
                match last.iter_mut().find(|(p, _)| *p == change.path) {
                    Some((_, value)) => *value = change.after.clone(),
                    None => last.push((change.path.clone(), change.after.clone())),
                }
            }
        }
        self.trace.last = last;
        self.trace
    }
}

pub fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add(
        "cell 2",
        "system Kafka {\n  order partition_log: leader, append\n  invariant acked_survives: safety\n}\n",
    );
    sources
}

pub fn span() -> Span {
    Span::new(Default::default(), 17, 36)
}

pub fn subject(system: &str, params: &[(&str, i64)], faults: &[(Fault, u32)]) -> Subject {
    Subject {
        refines: None,
        system: system.into(),
        docs: Some(format!("{system}: a mapping of the course.")),
        params: params.iter().map(|(n, v)| (n.to_string(), Value::Int(*v))).collect(),
        faults: faults.iter().map(|(fault, times)| budget(*fault, *times)).collect(),
        from_any_state: false,
    }
}

fn budget(fault: Fault, times: u32) -> Budget {
    Budget { fault, times, of: None, one_way: false, lasting: false }
}

pub fn coverage() -> Coverage {
    Coverage { states_generated: 5310, states_distinct: 1204, depth: 14, ..Coverage::default() }
}

pub fn finding(
    concept: ConceptKind,
    name: &str,
    types: &[&str],
    sentence: &str,
    verdict: Verdict,
) -> Finding {
    Finding {
        concept,
        name: name.into(),
        types: types.iter().map(|t| t.to_string()).collect(),
        sentence: (!sentence.is_empty()).then(|| sentence.to_string()),
        span: span(),
        verdict,
        obligations: Vec::new(),
    }
}

pub fn holds() -> Verdict {
    Verdict::Holds { note: None }
}

pub fn violated(why: &str, kind: Option<Divergence>, trace: Trace) -> Verdict {
    Verdict::Violated { why: why.into(), kind, trace: Box::new(trace) }
}

/// KAFKA before KIP-101: a restarted follower truncates to its own high watermark.
pub fn truncation() -> Trace {
    let (e, none) = (entry(0, "a"), Value::None);
    let log = |n: usize| list(&vec![e.clone(); n]);
    Run::new(&["broker1", "broker2", "system"])
        .init("broker1.log", log(0))
        .init("broker1.hw", Value::Int(0))
        .init("broker1.leads", Value::Int(0))
        .init("broker2.log", log(0))
        .init("broker2.hw", Value::Int(0))
        .init("broker2.leads", none.clone())
        .init("leader", name("broker1"))
        .init("epoch", Value::Int(0))
        .init("acked", Value::Set(vec![]))
        .step(StepKind::Action, "broker1", "produce(a) at broker1")
        .change("broker1.log", log(0), log(1))
        .step(StepKind::Action, "broker2", "fetch at broker2")
        .send("Fetch { offset: 0 }", "broker2", "broker1")
        .step(StepKind::Deliver, "broker1", "deliver Fetch { offset: 0 } from broker2 to broker1")
        .send("Answer { entries: [Entry { epoch: 0, value: a }], hw: 0 }", "broker1", "broker2")
        .receives(0)
        .step(
            StepKind::Deliver,
            "broker2",
            "deliver Answer { entries: [Entry { epoch: 0, value: a }], hw: 0 } from broker1 to broker2",
        )
        .receives(1)
        .change("broker2.log", log(0), log(1))
        .step(StepKind::Action, "broker2", "fetch at broker2")
        .send("Fetch { offset: 1 }", "broker2", "broker1")
        .step(StepKind::Deliver, "broker1", "deliver Fetch { offset: 1 } from broker2 to broker1")
        .receives(2)
        .send("Answer { entries: [], hw: 1 }", "broker1", "broker2")
        .change("broker1.hw", Value::Int(0), Value::Int(1))
        .change("acked", Value::Set(vec![]), Value::Set(vec![e.clone()]))
        .step(StepKind::Fault(Fault::Crash), "broker2", "crash broker2")
        .change("broker2.up", Value::Bool(true), Value::Bool(false))
        .step(StepKind::Fault(Fault::Restart), "broker2", "restart broker2")
        .change("broker2.up", Value::Bool(false), Value::Bool(true))
        .step(StepKind::Resolution, "broker2", "truncate at broker2")
        .change("broker2.log", log(1), log(0))
        .step(StepKind::Fault(Fault::Crash), "broker1", "crash broker1")
        .change("broker1.up", Value::Bool(true), Value::Bool(false))
        .change("broker1.leads", Value::Int(0), none.clone())
        .step(StepKind::Reconciler, "system", "controller")
        .change("leader", name("broker1"), name("broker2"))
        .change("epoch", Value::Int(0), Value::Int(1))
        .change("broker2.leads", none, Value::Int(1))
        .broken(
            Some(10),
            "leader != none implies all e in acked: e in leader.log",
            &[
                ("leader", name("broker2")),
                ("acked", Value::Set(vec![e.clone()])),
                ("leader.log", list(&[])),
                ("e", e),
            ],
        )
        .faults(&[(Fault::Crash, 2)])
        .done()
}

/// One finding for each kind of verdict.
pub fn kafka_check() -> Report {
    let mut findings = kafka_properties();
    findings.extend(kafka_moves());
    let obligation =
        |words: &str, verdict: Verdict| Obligation { words: words.into(), topic: Topic::Other, verdict };
    findings[0].obligations = vec![
        obligation("any two views are comparable (one is a prefix of the other)", holds()),
        obligation("no step rewrites an agreed prefix", holds()),
        obligation(
            "at most one entitled writer at a time per partition",
            Verdict::Vacuous { why: "no epoch had a writer".into() },
        ),
    ];
    Report::Check(Box::new(CheckReport {
        subject: subject("Kafka", &[("brokers", 2), ("epochs", 2)], &[(Fault::Crash, 2)]),
        coverage: coverage(),
        findings,
        sample: None,
        unused: vec![Unused {
            what: "action".into(),
            name: "consume".into(),
            why: "its guard was never true".into(),
        }],
        expectations: vec![
            expectation(ExpectedVerdict::Violated, "acked_survives", true, "violated"),
            expectation(ExpectedVerdict::Holds, "one_leader", false, "vacuous"),
        ],
        further: None,
        profile: None,
    }))
}

fn expectation(verdict: ExpectedVerdict, name: &str, met: bool, found: &str) -> Expectation {
    let names = vec![Name { text: name.into(), span: span() }];
    let written = tree::Expectation { verdict, verdict_span: span(), names, span: span() };
    Expectation { words: written.to_string(), met, asked: false, found: found.into(), span: span(), written }
}

fn kafka_properties() -> Vec<Finding> {
    vec![
        finding(
            ConceptKind::Order,
            "partition_log",
            &["leader", "append"],
            "The leader of a partition assigns each record its offset.",
            holds(),
        ),
        finding(
            ConceptKind::Invariant,
            "one_leader",
            &["cardinality"],
            "One leader per partition and epoch",
            holds(),
        ),
        finding(
            ConceptKind::Invariant,
            "committed_forward",
            &["monotonicity"],
            "Committed offsets only move forward",
            Verdict::Vacuous { why: "broker.hw never changed".into() },
        ),
        finding(
            ConceptKind::Invariant,
            "acked_survives",
            &["safety"],
            "An acknowledged record is never lost",
            violated("a record that was acknowledged is not in the leader's log", None, truncation()),
        ),
    ]
}

fn kafka_moves() -> Vec<Finding> {
    vec![
        finding(
            ConceptKind::Resolution,
            "truncate",
            &["repair"],
            "A follower cuts its log back to its own high watermark.",
            Verdict::HoldsWithinBound { bound: "len(acked) <= 2".into(), cut: 1204 },
        ),
        finding(
            ConceptKind::Reconciler,
            "controller",
            &["control_loop"],
            "Elects a new leader from the in-sync replicas.",
            Verdict::Incomplete { why: "cap of 1,000,000 states".into() },
        ),
        finding(
            ConceptKind::Resolution,
            "retry_fetch",
            &["retry"],
            "",
            Verdict::NotChecked { why: "only stated: no body".into() },
        ),
        finding(
            ConceptKind::Invariant,
            "offsets_in_range",
            &["safety"],
            "",
            Verdict::Failed {
                why: "the index 2 is outside the list".into(),
                help: None,
                code: "E0703".into(),
                span: span(),
                trace: Some(Box::new(short())),
            },
        ),
    ]
}

/// A check that finds nothing wrong, cut by a bound, with a sample run.
pub fn passing_check() -> Report {
    let bounded = || Verdict::HoldsWithinBound { bound: "epoch <= 3".into(), cut: 204 };
    Report::Check(Box::new(CheckReport {
        subject: subject("Kafka", &[("brokers", 3)], &[(Fault::Crash, 2), (Fault::Lose, 1)]),
        coverage: Coverage { states_cut: 204, bounds: vec!["epoch <= 3".into()], ..coverage() },
        findings: vec![
            finding(ConceptKind::Invariant, "acked_survives", &["safety"], "Nothing is lost.", bounded()),
            finding(ConceptKind::Reconciler, "controller", &["control_loop"], "Elects a leader.", bounded()),
        ],
        sample: Some(partition()),
        unused: Vec::new(),
        expectations: Vec::new(),
        further: None,
        profile: None,
    }))
}

/// Two steps, one change each.
pub fn short() -> Trace {
    Run::new(&["broker1", "broker2", "system"])
        .step(StepKind::Action, "broker1", "produce(a) at broker1")
        .change("broker1.log", list(&[]), list(&[entry(0, "a")]))
        .step(StepKind::Action, "broker1", "read(2) at broker1")
        .broken(Some(1), "b.log[2]", &[])
        .done()
}

/// Kubernetes: expectations that never expire lose convergence.
pub fn stuck() -> Report {
    let trace = Run::new(&["controller", "apiserver", "system"])
        .init("desired", Value::Int(2))
        .step(StepKind::Reconciler, "controller", "replicaset observes pods = {}")
        .change("controller.seen", Value::None, set(&[]))
        .step(StepKind::Reconciler, "controller", "replicaset creates pod1")
        .change("controller.expects", Value::Int(0), Value::Int(1))
        .send("Create { pod: pod1 }", "controller", "apiserver")
        .step(StepKind::Deliver, "apiserver", "deliver Create { pod: pod1 } from controller to apiserver")
        .receives(0)
        .change("apiserver.pods", set(&[]), set(&["pod1"]))
        .send("Added { pod: pod1 }", "apiserver", "controller")
        .step(StepKind::Fault(Fault::Crash), "controller", "crash controller")
        .change("controller.up", Value::Bool(true), Value::Bool(false))
        .step(StepKind::Fault(Fault::Restart), "controller", "restart controller")
        .change("controller.up", Value::Bool(false), Value::Bool(true))
        .step(StepKind::Action, "apiserver", "pod_dies(pod1) at apiserver")
        .change("apiserver.pods", set(&["pod1"]), set(&[]))
        .step(StepKind::Stutter, "system", "nothing can happen any more")
        .loops(6)
        .broken(
            Some(6),
            "len(apiserver.pods) == desired",
            &[("len(apiserver.pods)", Value::Int(0)), ("desired", Value::Int(2))],
        )
        .faults(&[(Fault::Crash, 1)])
        .done();
    check_of(
        "Kubernetes",
        "replicaset",
        Divergence::Stuck,
        "no step is enabled, and the goal is not reached",
        trace,
    )
}

/// Auto-heal: an instance boots longer than the healer waits.
pub fn flapping() -> Report {
    let trace = Run::new(&["instance1", "system"])
        .step(StepKind::Action, "instance1", "boot at instance1")
        .change("instance1.phase", name("off"), name("booting"))
        .step(StepKind::Action, "instance1", "tick at instance1")
        .change("instance1.age", Value::Int(0), Value::Int(1))
        .step(StepKind::Reconciler, "system", "healer replaces instance1")
        .change("instance1.phase", name("booting"), name("off"))
        .change("instance1.age", Value::Int(1), Value::Int(0))
        .step(StepKind::Action, "instance1", "boot at instance1")
        .change("instance1.phase", name("off"), name("booting"))
        .loops(1)
        .broken(Some(3), "instance1.phase == healthy", &[("instance1.phase", name("booting"))])
        .done();
    check_of("AutoHeal", "healer", Divergence::Flapping, "a fair cycle that never reaches the goal", trace)
}

pub fn check_of(system: &str, member: &str, kind: Divergence, why: &str, trace: Trace) -> Report {
    let verdict = violated(why, Some(kind), trace);
    Report::Check(Box::new(CheckReport {
        subject: subject(system, &[("replicas", 2)], &[(Fault::Crash, 1)]),
        coverage: coverage(),
        findings: vec![finding(
            ConceptKind::Reconciler,
            member,
            &["control_loop"],
            "Creates what is missing.",
            verdict,
        )],
        sample: None,
        unused: Vec::new(),
        expectations: Vec::new(),
        further: None,
        profile: None,
    }))
}

/// A partition that separates nodes that are not neighbours; lost, duplicated, late and unanswered messages.
pub fn partition() -> Trace {
    let vote = |n: i64| format!("RequestVote {{ term: {n} }}");
    Run::new(&["server1", "server2", "server3", "server4", "system"])
        .init("server4.up", Value::Bool(false))
        .step(StepKind::Action, "server1", "timeout at server1")
        .change("server1.term", Value::Int(0), Value::Int(1))
        .change("server1.role", name("follower"), name("candidate"))
        .send(&vote(1), "server1", "server2")
        .send(&vote(1), "server1", "server3")
        .send(&vote(1), "server1", "server4")
        .step(
            StepKind::Fault(Fault::Partition),
            "system",
            "partition {server1, server3} | {server2, server4}",
        )
        .sides(&[&["server1", "server3"], &["server2", "server4"]])
        .step(StepKind::Fault(Fault::Lose), "server2", "lose RequestVote { term: 1 } from server1 to server2")
        .receives(0)
        .step(
            StepKind::Fault(Fault::Duplicate),
            "server3",
            "duplicate RequestVote { term: 1 } from server1 to server3",
        )
        .receives(1)
        .step(StepKind::Deliver, "server3", "deliver RequestVote { term: 1 } from server1 to server3")
        .receives(1)
        .change("server3.voted", Value::None, name("server1"))
        .send("Vote { term: 1, granted: true }", "server3", "server1")
        .step(StepKind::Deliver, "server3", "deliver RequestVote { term: 1 } from server1 to server3")
        .receives(1)
        .send("Vote { term: 1, granted: true }", "server3", "server1")
        .step(StepKind::Heal, "system", "heal")
        .step(StepKind::Deliver, "server1", "deliver Vote { term: 1, granted: true } from server3 to server1")
        .receives(3)
        .change("server1.votes", set(&["server1"]), set(&["server1", "server3"]))
        .step(StepKind::Fault(Fault::Restart), "server4", "restart server4")
        .change("server4.up", Value::Bool(false), Value::Bool(true))
        .step(
            StepKind::Fault(Fault::Partition),
            "system",
            "partition {server1, server2} | {server3, server4}",
        )
        .sides(&[&["server1", "server2"], &["server3", "server4"]])
        .step(StepKind::Action, "server1", "remind_myself at server1")
        .send("Tick", "server1", "server1")
        .step(StepKind::Deliver, "server1", "deliver Tick from server1 to server1")
        .receives(5)
        .faults(&[(Fault::Partition, 2), (Fault::Lose, 1), (Fault::Duplicate, 1)])
        .done()
}

/// `steps` steps of three nodes that gossip, with values that grow.
pub fn long(steps: usize) -> Trace {
    let nodes = ["node1", "node2", "node3"];
    let mut run = Run::new(&["node1", "node2", "node3", "system"]);
    let mut sent = 0;
    for i in 0..steps {
        let (from, to) = (nodes[i / 2 % 3], nodes[(i / 2 + 1) % 3]);
        if i % 2 == 0 {
            run = run.step(StepKind::Action, from, &format!("gossip at {from}")).send(
                &format!("Counts {{ round: {} }}", i / 2),
                from,
                to,
            );
            sent += 1;
        } else {
            let items: Vec<Value> = (0..(i as i64) % 9).map(Value::Int).collect();
            let before: Vec<Value> = items.iter().skip(1).cloned().collect();
            run = run
                .step(
                    StepKind::Deliver,
                    to,
                    &format!("deliver Counts {{ round: {} }} from {from} to {to}", i / 2),
                )
                .receives(sent - 1)
                .change(&format!("{to}.seen"), list(&before), list(&items));
        }
    }
    run.broken(Some(steps - 1), "sum n in Node: len(n.seen) <= 12", &[("sum", Value::Int(13))]).done()
}

pub fn scenario() -> Report {
    let line = |text: &str, outcome: LineOutcome| LineResult { text: text.into(), span: span(), outcome };
    let passed = |ways: u64| LineOutcome::Passed { ways, values: Vec::new() };
    Report::Scenario(Box::new(ScenarioReport {
        subject: subject("Kafka", &[("brokers", 2)], &[]),
        title: "stale leader".into(),
        lines: vec![
            line("do produce(a) at broker1", passed(1)),
            line("deliver Fetch from broker2", passed(2)),
            line("crash broker1", passed(2)),
            line("run controller until quiet", passed(2)),
            line(
                "expect leader == broker2",
                LineOutcome::Passed { ways: 2, values: vec![("leader".into(), name("broker2"))] },
            ),
            line(
                "expect len(broker2.log) == 1",
                LineOutcome::Failed {
                    passed: 1,
                    failed: 1,
                    why: "the two sides differ".into(),
                    values: vec![("len(broker2.log)".into(), Value::Int(0)), ("1".into(), Value::Int(1))],
                },
            ),
            line("expect violated one_leader", LineOutcome::NotReached),
        ],
        ways_passed: 1,
        ways_failed: 1,
        incomplete: None,
        trace: Some(truncation()),
    }))
}

pub fn partition_scenario() -> Report {
    Report::Scenario(Box::new(ScenarioReport {
        subject: subject(
            "Raft",
            &[("servers", 4)],
            &[(Fault::Partition, 2), (Fault::Lose, 1), (Fault::Duplicate, 1)],
        ),
        title: "an election across a partition".into(),
        lines: Vec::new(),
        ways_passed: 1,
        ways_failed: 0,
        incomplete: None,
        trace: Some(partition()),
    }))
}

pub fn find(steps: usize) -> Report {
    found(long(steps))
}

/// What is found is a run.
pub fn found(trace: Trace) -> Report {
    Report::Find(Box::new(FindReport {
        expected: None,
        subject: subject("Gossip", &[("nodes", 3)], &[]),
        goal: "sum n in Node: len(n.seen) > 12".into(),
        within: Some(trace.steps.len() as u32),
        coverage: coverage(),
        verdict: Verdict::Witnessed { trace: Box::new(trace) },
    }))
}

/// Nodes that take turns: each sends a message that never arrives, then takes eleven steps alone.
pub fn alone(steps: usize) -> Trace {
    let nodes = ["node1", "node2", "node3"];
    let mut run = Run::new(&["node1", "node2", "node3", "system"]);
    for i in 0..steps {
        let node = nodes[i / 12 % 3];
        run = match i % 12 {
            0 => run.step(StepKind::Action, node, &format!("ask at {node}")).send(
                "Ask",
                node,
                nodes[(i / 12 + 1) % 3],
            ),
            n => run.step(StepKind::Action, node, &format!("count at {node}")).change(
                &format!("{node}.n"),
                Value::Int(n as i64 - 1),
                Value::Int(n as i64),
            ),
        };
    }
    run.done()
}

pub const HOSTILE: &str = "<b>&\"'</b><script>alert(1)</script>";

/// Names and values that try to be markup, lanes out of range, messages from nowhere.
pub fn hostile() -> Report {
    let trace = Run::new(&[HOSTILE, "a-node-with-a-very-long-name-that-does-not-fit-its-lane", "system"])
        .init(HOSTILE, name(HOSTILE))
        .step(StepKind::Action, HOSTILE, HOSTILE)
        .change(HOSTILE, name(HOSTILE), name(&HOSTILE.repeat(20)))
        .send(HOSTILE, HOSTILE, "system")
        .step(StepKind::Deliver, "system", "")
        .receives(99)
        .step(StepKind::Fault(Fault::Lose), "system", "a\u{0}control\u{1b}character")
        .receives(0)
        .broken(Some(77), HOSTILE, &[(HOSTILE, name(HOSTILE))])
        .loops(50)
        .done();
    let mut trace = trace;
    trace.steps[1].lane = 9;
    trace.steps[1].sent.push(Sent { message: "Lost { in: space }".into(), from: 12, to: 44 });
    check_of(HOSTILE, HOSTILE, Divergence::Flapping, HOSTILE, trace)
}

/// Everything, by name.
pub fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("kafka-check", kafka_check()),
        ("passing-check", passing_check()),
        ("profiled-check", profiled_check()),
        ("stuck", stuck()),
        ("flapping", flapping()),
        ("scenario", scenario()),
        ("partition", partition_scenario()),
        ("find-40", find(40)),
        ("find-120", find(120)),
        ("audit-full", full_audit()),
        ("audit-small", small_audit()),
        ("compare", compare()),
        ("diagram-kafka", Report::Diagram(kafka_diagram())),
        ("diagram-small", Report::Diagram(small_diagram())),
        ("value-along", value_along()),
        ("value-once", value_once()),
        ("defined", defined()),
        ("hostile", hostile()),
    ]
}

/// A check with a profile: long names, a step that took nothing, no time where there was no clock.
pub fn profiled_check() -> Report {
    let Report::Check(mut check) = passing_check() else { return passing_check() };
    let step = |what: &str, name: &str, numbers: [u64; 3], time| ProfiledStep {
        what: what.into(),
        name: name.into(),
        generated: numbers[0],
        changing: numbers[1],
        distinct: numbers[2],
        time,
    };
    let variable = |name: &str, ty: Option<&str>, members, bits, values, without| ProfiledVariable {
        name: name.into(),
        ty: ty.map(str::to_string),
        ghost: name == "acked",
        members,
        bits,
        values,
        without,
    };
    check.profile = Some(Profile {
        steps: vec![
            step("action", "produce", [48_204, 48_204, 9_310], Some(0.31)),
            step(
                "handler",
                "Fetch when leader != none and leader.up and not (f in isr)",
                [180_311, 96_020, 21_000],
                Some(0.62),
            ),
            step("reconciler", "controller", [0, 0, 0], Some(0.004)),
            step("fault", "crash", [12, 12, 1], None),
        ],
        initial: 1,
        states: 30_312,
        sampled: 2_048,
        variables: vec![
            variable("Broker.log", Some("list<Entry, 4>"), 3, 57, Some(34), Some(10_104)),
            variable("acked", Some("set<Entry>"), 1, 6, Some(40), None),
            variable("messages in flight on replication", None, 1, 64, None, None),
        ],
        bits: 127,
        words: 3,
        bytes_per_state: 31.4,
        advice: vec!["`Broker.log` takes 57 of 127 bits & <more>".into()],
    });
    Report::Check(check)
}
