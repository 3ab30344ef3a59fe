//! Simulations: the same for any number of threads and in both forms; times as mathematics has them; what breaks can
//! break; interrupts.

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::simulation::{Sampled, SimulationReport};
use reconverge_lang::report::{Report, Verdict};
use reconverge_lang::session::{CellRef, Execution, Host, Outcome, Session};
use reconverge_lang::{simulate, view};
use std::sync::atomic::{AtomicU64, Ordering};

struct Machine {
    threads: usize,
    execution: Execution,
    /// Cancels when so many runs are done.
    until: u64,
    done: AtomicU64,
}

impl Machine {
    fn new(threads: usize, execution: Execution) -> Machine {
        Machine { threads, execution, until: u64::MAX, done: AtomicU64::new(0) }
    }
}

impl Observer for Machine {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.until
    }
}

impl Host for Machine {
    fn threads(&self) -> usize {
        self.threads
    }

    fn execution(&self) -> Execution {
        self.execution
    }

    fn simulated(&self, progress: &simulate::Progress) {
        self.done.fetch_max(progress.runs_done, Ordering::Relaxed);
    }
}

fn reports(code: &str, host: &Machine) -> (Vec<Report>, Outcome, String) {
    let mut session = Session::new(Vec::new());
    let (mut reports, mut shown) = (Vec::new(), String::new());
    let cell = CellRef { id: None, name: "cell 1".into() };
    let outcome = session.execute(cell, code, host, &mut |output| {
        shown += &view::text(&output.report, &output.sources);
        shown += &view::html(&output.report, &output.sources);
        reports.push(output.report);
    });
    (reports, outcome, shown)
}

#[track_caller]
fn simulation(code: &str, host: &Machine) -> SimulationReport {
    let (reports, outcome, _) = reports(code, host);
    let found = reports.into_iter().find_map(|r| if let Report::Simulation(s) = r { Some(*s) } else { None });
    found.unwrap_or_else(|| panic!("{outcome:?}"))
}

const THERMOSTAT: &str = "system T {
  state broken: bool = false
  action break_it when not broken { broken := true }
  reconciler mend: control_loop { every 10s  drift broken  act when broken { broken := false } }
}
";

/// Everything at once.
const BUSY: &str = "system Busy {
  node P[3] { durable n: 0..2 = 0  volatile warm: bool = false }
  message Ping { n: 0..2 }
  link wire: Ping between P, P ordered lossy duplicating latency 1ms..20ms
  action flip at p in P { choose m in 0..2 where m != p.n { p.n := m } }
  action ping at p in P { choose q in P where q != p { send Ping { n: p.n } to q } }
  on Ping at p in P when p.warm or n == 0 { p.warm := true  p.n := n }
  on restart at p in P { choose m in 0..1 { p.n := m } }
  invariant calm: safety { (count p in P where p.n == 2) < 3 }
  reconciler warm_up: control_loop { every 100ms  drift some p in P: p.up and not p.warm  at p in P when not p.warm { p.warm := true } }
}
simulate Busy for 20s, runs 40, seed 11 {
  faults { crash every 20s of P, restart after 500ms..1s, pause every 30s for 200ms..2s, partition every 30s one way for 5s, lose 5%, duplicate 5%, reorder 5%, skew 20ms }
  rate ping 3/s
}
";

#[test]
fn the_same_bytes_for_any_threads_and_in_both_forms() {
    let one = reports(BUSY, &Machine::new(1, Execution::Portable)).2;
    assert!(one.contains("calm"), "{one}");
    for (threads, execution) in [(1, Execution::Native), (2, Execution::Native), (4, Execution::Automatic)] {
        assert!(
            reports(BUSY, &Machine::new(threads, execution)).2 == one,
            "{threads} threads, {execution:?}"
        );
    }
    let other = BUSY.replace("seed 11", "seed 12");
    assert!(reports(&other, &Machine::new(2, Execution::Automatic)).2 != one, "the seed makes no difference");
}

/// What breaks at a random moment is mended at the next look.
#[test]
fn times_to_repair_are_those_of_mathematics() {
    let code = format!("{THERMOSTAT}simulate T for 1h, runs 200 {{ rate break_it 2/m }}");
    let report = simulation(&code, &Machine::new(2, Execution::Automatic));
    let repair = &report.repairs[0];
    let spread = &repair.repaired;
    assert!(spread.count > 15_000, "{spread:?}");
    // After a look it breaks in `t` seconds, exponentially distributed with a mean of 30; `t` modulo 10 has the
    // distribution function (1 - e^(-x/30)) / (1 - e^(-1/3)), and what is left of the period is the time to repair.
    let (mean, period) = (30.0f64, 10.0f64);
    let whole = 1.0 - (-period / mean).exp();
    for (found, share) in [(spread.p50, 0.5), (spread.p90, 0.9), (spread.p99, 0.99)] {
        let (seconds, expected) = (found as f64 / 1e6, period + mean * (1.0 - (1.0 - share) * whole).ln());
        assert!((seconds - expected).abs() < 0.12, "{seconds} s, expected {expected} s");
    }
    assert!(spread.worst <= 10_010_000, "{spread:?}");
    let repaired = period - (mean - period * (1.0 - whole) / whole);
    assert!((repair.share - repaired / (mean + repaired)).abs() < 0.003, "{}", repair.share);
    assert_eq!(repair.looks, 200 * 360);
    assert_eq!(spread.count, repair.acts);
}

/// A crash every ten seconds on average, each for two seconds: down a sixth of the time; so many crashes.
#[test]
fn faults_come_as_often_as_they_should() {
    let code = "system C { node N { durable x: 0..1 = 0 } reconciler up: control_loop { every 1s drift not n.up act when false { n.x := 0 } } }
simulate C for 1000s, runs 100 { faults { crash every 10s, restart after 1s..3s } }";
    let report = simulation(code, &Machine::new(2, Execution::Automatic));
    let share = report.repairs[0].share;
    assert!((share - 2.0 / 12.0).abs() < 0.01, "{share}");
    let crashes = report.taken.iter().find(|taken| taken.name == "crash").expect("it is there");
    assert!((crashes.per_second - 1.0 / 12.0).abs() < 0.005, "{crashes:?}");
}

/// Whatever breaks on a run breaks in a check that allows as many faults, in no more steps.
#[test]
fn what_breaks_can_break() {
    let report = simulation(BUSY, &Machine::new(2, Execution::Automatic));
    let Sampled::Broken(broken) = &report.members[0].outcome else { panic!("{:?}", report.members) };
    assert!(broken.runs > 0 && broken.runs <= 40);
    assert!(broken.interval.0 <= broken.share && broken.share <= broken.interval.1);
    assert!(broken.trace.length() as u64 <= broken.found.steps);
    assert!(broken.trace.faults.iter().map(|(_, n)| u64::from(*n)).sum::<u64>() <= broken.found.faults);
    let system = BUSY.split_once("simulate").expect("a simulation").0;
    let search = format!("{system}find Busy {{ (count p in P where p.n == 2) == 3 }}");
    let (reports, ..) = reports(&search, &Machine::new(2, Execution::Automatic));
    let Some(Report::Find(found)) = reports.last() else { panic!("{reports:?}") };
    let Verdict::Witnessed { trace } = &found.verdict else { panic!("{:?}", found.verdict) };
    // The exhaustive search is the last word; the run that is shown has no fault and little more than it needs.
    assert!(broken.trace.faults.is_empty(), "{:?}", broken.trace.faults);
    assert!(
        (trace.length()..=2 * trace.length()).contains(&broken.trace.length()),
        "{}",
        broken.trace.length()
    );
}

#[test]
fn an_interrupt_leaves_the_runs_that_were_done() {
    let code = format!("{THERMOSTAT}simulate T for 1h, runs 1000000 {{ rate break_it 2/m }}");
    let host = Machine { until: 5, ..Machine::new(2, Execution::Automatic) };
    let (reports, outcome, _) = reports(&code, &host);
    assert!(matches!(outcome, Outcome::Interrupted), "{outcome:?}");
    let Some(Report::Simulation(report)) = reports.last() else { panic!("{reports:?}") };
    assert!(report.runs >= 5 && report.runs < 1_000_000, "{}", report.runs);
    assert!(
        report.incomplete.as_ref().is_some_and(|why| why.contains("interrupted")),
        "{:?}",
        report.incomplete
    );
}
