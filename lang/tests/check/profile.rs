//! Profiles: every state has one finder, every bit one owner, and a check that was not profiled is the same check.

use crate::support::{Quiet, check, execute_with, views};
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::profile::Profile;
use reconverge_lang::report::{CheckReport, Report};
use reconverge_lang::session::Host;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const PINGS: &str = "system Pings {
    enum Phase { idle, waiting, done }
    node Client[2] { durable phase: Phase = idle  volatile tries: 0..7 = 0 }
    node Server { durable log: list<0..3, 6> = [] }
    state never: 0..100 = 7
    ghost served: set<0..3> = {}
    message Ping { n: 0..3 }
    message Pong { n: 0..3 }
    link calls: Ping, Pong between Client, Server unordered lossy capacity 2
    action call(n: 0..1) at c in Client when c.phase == idle { c.phase := waiting  send Ping { n: n } to server }
    action look at c in Client when c.phase != idle { c.tries := 0 }
    on Ping from c at s in Server when len(s.log) < 3 { s.log.push(n)  served.add(n)  send Pong { n: n } to c }
    on Pong from s at c in Client { c.phase := done }
    invariant known: safety { all n in served: n in server.log }
}
";

fn profile(report: &CheckReport) -> &Profile {
    report.profile.as_ref().expect("a profile")
}

#[test]
fn every_state_has_one_finder_and_every_bit_one_owner() {
    for options in ["", "faults { crash 1, lose 1 }", "faults { lose 2 } depth <= 4", "states <= 100"] {
        let report = check(&format!("{PINGS} check Pings profile {{ {options} }}"));
        let plain = check(&format!("{PINGS} check Pings {{ {options} }}"));
        let (coverage, profile) = (&report.coverage, profile(&report));
        assert_eq!(format!("{coverage:?}"), format!("{:?}", plain.coverage), "{options}");
        assert!(plain.profile.is_none());
        let found: u64 = profile.steps.iter().map(|s| s.distinct).sum();
        assert_eq!(found + profile.initial, profile.states, "{options}");
        assert_eq!(profile.states, coverage.states_distinct, "{options}");
        let taken: u64 = profile.steps.iter().map(|s| s.generated).sum();
        assert_eq!(taken + 1, coverage.states_generated, "{options}");
        assert_eq!(profile.variables.iter().map(|v| v.bits).sum::<u32>(), profile.bits, "{options}");
        assert!(profile.bits <= 64 * profile.words);
        assert_eq!(profile.sampled, 0, "this host has no clock");
    }
}

#[test]
fn rows_have_the_names_of_the_program() {
    let report = check(&format!("{PINGS} check Pings profile {{ faults {{ lose 1 }} symmetry off }}"));
    let profile = profile(&report);
    let steps: Vec<_> = profile.steps.iter().map(|s| format!("{} {}", s.what, s.name)).collect();
    assert_eq!(steps, ["action call", "action look", "handler on Ping", "handler on Pong", "fault lose"]);
    let variables: Vec<_> = profile.variables.iter().map(|v| (v.name.as_str(), v.members, v.ghost)).collect();
    let expected = [
        ("never", 1, false),
        ("served", 1, true),
        ("Client.phase", 2, false),
        ("Client.tries", 2, false),
        ("Server.log", 1, false),
        ("lost messages so far", 1, false),
        ("messages in flight on calls", 1, false),
    ];
    assert_eq!(variables, expected);
    let values: Vec<_> = profile.variables.iter().take(4).map(|v| v.values).collect();
    assert_eq!(values, [Some(1), Some(4), Some(3), Some(1)]);
}

#[test]
fn advice_is_given_only_where_it_is_true() {
    let report = check(&format!("{PINGS} check Pings profile {{ symmetry off }}"));
    let advice = profile(&report).advice.join("\n");
    assert!(
        advice.contains("`never` never changes") && advice.contains("`Client.tries` never changes"),
        "{advice}"
    );
    let log = "`Server.log` takes 15 of 52 bits as `list<0..3, 6>`; `list<0..3, 2>` would hold all that came up in 9 fewer";
    assert!(advice.contains(log) && advice.contains("all 96 steps of look change nothing"), "{advice}");
    // What was not seen in a part says nothing about the whole.
    let report = check(&format!("{PINGS} check Pings profile {{ states <= 20 }}"));
    assert_eq!(profile(&report).advice, [] as [String; 0]);
    let full =
        "system Full { state a: 0..3 = 0 action x() { a := if a < 3 then a + 1 else 0 } } check Full profile";
    assert_eq!(profile(&check(full)).advice, [] as [String; 0]);
    let idle = "system Idle { state a: 0..1 = 0  action x(n: 0..9) { a := 1 } } check Idle profile";
    let advice = profile(&check(idle)).advice.join("\n");
    assert!(!advice.contains("10 of the 20 steps of x change nothing"), "half is not most: {advice}");
}

#[test]
fn the_magic_means_the_clause() {
    for cell in
        ["%profile\ncheck Pings", "%profile check Pings", "check Pings profile", "check Pings { profile }"]
    {
        let mut session = reconverge_lang::session::Session::new(Vec::new());
        let name = |name: &str| reconverge_lang::session::CellRef { id: None, name: name.into() };
        session.execute(name("cell 1"), PINGS, &Quiet::default(), &mut |_| ());
        let mut reports = Vec::new();
        session.execute(name("cell 2"), cell, &Quiet::default(), &mut |output| reports.push(output.report));
        let Some(Report::Check(report)) = reports.first() else { panic!("{cell}: {reports:?}") };
        assert!(report.profile.is_some(), "{cell}");
        assert_eq!(session.is_complete(cell), reconverge_lang::session::Completeness::Complete);
    }
}

/// Each look at the clock takes a microsecond.
struct Clocked(Quiet, AtomicU64);

impl Observer for Clocked {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl Host for Clocked {
    fn threads(&self) -> usize {
        1
    }

    fn clock(&self) -> Option<Duration> {
        Some(Duration::from_micros(self.1.fetch_add(1, Ordering::Relaxed)))
    }
}

#[test]
fn shares_of_time_add_up() {
    let host = Clocked(Quiet::default(), AtomicU64::new(0));
    let (reports, _) =
        execute_with(&format!("{PINGS} check Pings profile {{ faults {{ crash 1 }} }}"), &host);
    let Some(Report::Check(report)) = reports.iter().find(|r| matches!(r, Report::Check(_))) else {
        panic!("{reports:?}")
    };
    let profile = profile(report);
    assert!(profile.sampled > 0);
    let all: f64 = profile.steps.iter().filter_map(|s| s.time).sum();
    assert!((all - 1.0).abs() < 1e-9, "{all}");
}

#[test]
fn text_and_html_show_it() {
    let text = views(&format!("{PINGS} check Pings profile {{ symmetry off }}"));
    for part in ["on Ping", "Server.log", "a state: ", "states without it", "→ `never` never changes"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}
