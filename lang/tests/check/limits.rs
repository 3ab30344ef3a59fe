//! Caps on a check: what was covered is said, and nothing that was cut short reads as holding.

use crate::support::{Quiet, check, errors, execute, execute_with, finding, views, word};
use reconverge_lang::engine::{Observer, Progress, Spill, SpillFailed};
use reconverge_lang::report::Report;
use reconverge_lang::session::{Host, Outcome};
use std::sync::{Arc, Mutex};

/// A million states, at most 1,998 steps deep.
fn counters(command: &str) -> String {
    format!(
        "system Counters {{
           state a: 0..999 = 0  state b: 0..999 = 0
           invariant i: safety {{ a >= 0 }}
           action x() when a < 999 {{ a += 1 }}
           action y() when b < 999 {{ b += 1 }}
         }}
         {command}"
    )
}

#[test]
fn each_cap_ends_the_search_and_says_what_was_covered() {
    for (cap, words) in [
        ("states <= 5_000", "limit of 5000 states"),
        ("memory <= 1", "limit of 1 MiB"),
        ("depth <= 20", "limit of 20 steps"),
    ] {
        let report = check(&counters(&format!("check Counters {{ {cap} }}")));
        let coverage = &report.coverage;
        assert_eq!(word(&finding(&report, "i").verdict), "incomplete", "{cap}");
        assert_eq!(coverage.incomplete.as_deref(), Some(words));
        assert!(coverage.states_left > 0, "{cap}: {coverage:?}");
        let text = views(&counters(&format!("check Counters {{ {cap} }}")));
        assert!(text.contains(&format!("incomplete: {words}, ")) && text.contains("not expanded"), "{text}");
    }
}

#[test]
fn the_depth_is_that_of_the_deepest_state_wherever_a_cap_bites() {
    for cap in [100, 280, 310, 1_000, 5_000] {
        let report = check(&counters(&format!("check Counters {{ reductions off  states <= {cap} }}")));
        // So many states are fewer steps away: 1 + 2 + 3 + …
        let nearer = |steps: u64| steps * (steps + 1) / 2;
        let deepest = (0..).take_while(|steps| nearer(*steps) < report.coverage.states_distinct).last();
        assert_eq!(deepest, Some(u64::from(report.coverage.depth)), "{cap}");
    }
}

#[test]
fn caps_bite_at_the_same_state_for_any_number_of_threads() {
    for cap in ["states <= 20_000", "memory <= 2", "depth <= 100"] {
        let of = |threads: u32| {
            let report = check(&counters(&format!("check Counters {{ threads {threads}  {cap} }}")));
            let c = report.coverage;
            (c.states_distinct, c.states_generated, c.depth, c.states_left, c.incomplete)
        };
        assert_eq!((of(2), of(4)), (of(1), of(1)), "{cap}");
    }
}

/// A host with a store in memory, and little memory.
struct Small(Quiet, Option<Result<Arc<dyn Spill>, String>>);

impl Observer for Small {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl Host for Small {
    fn threads(&self) -> usize {
        1
    }

    fn memory(&self) -> Option<u64> {
        Some(1 << 20)
    }

    fn spill(&self) -> Option<Result<Arc<dyn Spill>, String>> {
        self.1.clone()
    }
}

#[derive(Default)]
struct Store(Mutex<Vec<u8>>);

impl Spill for Store {
    fn write(&self, bytes: &[u8]) -> Result<u64, SpillFailed> {
        let mut all = self.0.lock().unwrap();
        all.extend_from_slice(bytes);
        Ok((all.len() - bytes.len()) as u64)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), SpillFailed> {
        let all = self.0.lock().unwrap();
        let from = all.get(offset as usize..offset as usize + into.len());
        into.copy_from_slice(from.ok_or(SpillFailed("beyond the end".into()))?);
        Ok(())
    }
}

fn only_check(reports: Vec<Report>) -> reconverge_lang::report::CheckReport {
    let found = reports.into_iter().find_map(|r| if let Report::Check(c) = r { Some(*c) } else { None });
    found.expect("a report")
}

#[test]
fn without_a_cap_the_host_says_how_much_memory_there_is() {
    let host = Small(Quiet::default(), None);
    let (reports, _) = execute_with(&counters("check Counters"), &host);
    let report = only_check(reports);
    assert!(report.coverage.incomplete.is_some(), "{:?}", report.coverage);
    assert_eq!(word(&finding(&report, "i").verdict), "incomplete");
    // What the author says counts for more.
    let (reports, _) = execute_with(&counters("check Counters { memory <= 1_000 }"), &host);
    assert_eq!(only_check(reports).coverage.incomplete, None);
}

#[test]
fn spilling_needs_somewhere_to_spill_to() {
    assert_eq!(errors(&counters("check Counters { spill }")), ["E0527"]);
    let host = Small(Quiet::default(), Some(Err("the disk is full".into())));
    let (_, outcome) = execute_with(&counters("check Counters { spill }"), &host);
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert!(failure.diagnostics[0].message.contains("the disk is full"), "{failure:?}");
    let host = Small(Quiet::default(), Some(Ok(Arc::new(Store::default()))));
    let (reports, _) = execute_with(&counters("check Counters { spill  states <= 5_000 }"), &host);
    assert!(only_check(reports).coverage.states_distinct >= 5_000);
}

#[test]
fn other_commands_have_no_profile() {
    assert_eq!(errors(&counters("audit Counters { profile }")), ["E0528"]);
    assert_eq!(errors(&counters("find Counters { a == 3 } { profile }")), ["E0528"]);
    assert_eq!(errors(&format!("%profile\n{}", counters("audit Counters"))), ["E0501"]);
    assert_eq!(errors("%profiles check Counters"), ["E0501"]);
    assert_eq!(execute("%profile").0.len(), 0);
}
