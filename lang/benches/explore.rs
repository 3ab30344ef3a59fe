//! What the engine costs apart from the model: two-phase commit, packed by hand into one word, explored with one thread
//! and with two. `cargo bench -p reconverge-lang --bench explore -- [MANAGERS] [THREADS]`

#![allow(clippy::print_stdout)]

use reconverge_lang::engine::machine::{
    InstanceInfo, Joint, Judged, Machine, Step, StepClass, Strength, Successor, Trap, Word,
};
use reconverge_lang::engine::{Limits, Outcome, Unobserved, explore};
use std::time::Instant;

/// From the low end: 2 bits for each manager (working, prepared, committed, aborted), 2 for the transaction manager, 1 for
/// each manager it knows is prepared, 1 for each `Prepared` message, `Commit`, `Abort`.
struct TwoPhase {
    n: u32,
    instances: Vec<InstanceInfo>,
}

impl TwoPhase {
    fn new(n: u32) -> Self {
        let client = InstanceInfo {
            class: StepClass::Client,
            strength: Strength::Unfair,
            reconciler: None,
            joint: Joint::Alone,
        };
        TwoPhase { n, instances: vec![client; 2 + 5 * n as usize] }
    }
}

impl Machine for TwoPhase {
    type Scratch = ();

    fn words(&self) -> usize {
        1
    }

    fn scratch(&self) {}

    fn initial(&self, (): &mut (), visit: &mut dyn FnMut(Result<&[Word], Trap>) -> bool) {
        let _ = visit(Ok(&[0]));
    }

    #[inline]
    fn expand<F>(&self, (): &mut (), state: &[Word], mut visit: F)
    where
        F: FnMut(u32, Result<Successor<'_>, Trap>),
    {
        let (n, s) = (self.n, state[0]);
        let mut out = |instance: u32, state: Word| {
            visit(instance, Ok(Successor { instance, fair_key: 0, state: &[state] }))
        };
        let (known, sent) = (2 * n + 2, 3 * n + 2);
        let (commit, abort) = (1 << (sent + n), 2 << (sent + n));
        let all = ((1 << n) - 1) << known;
        let undecided = s >> (2 * n) & 3 == 0;
        if undecided && s & all == all {
            out(0, s | 1 << (2 * n) | commit);
        }
        if undecided {
            out(1, s | 2 << (2 * n) | abort);
        }
        for rm in 0..n {
            let (mine, first) = (s >> (2 * rm) & 3, 2 + 5 * rm);
            if undecided && s >> (sent + rm) & 1 == 1 {
                out(first, s | 1 << (known + rm));
            }
            if mine == 0 {
                out(first + 1, s | 1 << (2 * rm) | 1 << (sent + rm));
                out(first + 2, s | 3 << (2 * rm));
            }
            if s & commit != 0 {
                out(first + 3, s & !(3 << (2 * rm)) | 2 << (2 * rm));
            }
            if s & abort != 0 {
                out(first + 4, s | 3 << (2 * rm));
            }
        }
    }

    fn instances(&self) -> &[InstanceInfo] {
        &self.instances
    }

    fn faults_used(&self, _: &[Word]) -> u32 {
        0
    }

    fn within_bounds(&self, (): &mut (), _: &[Word]) -> Result<bool, Trap> {
        Ok(true)
    }

    fn properties(&self) -> &[Judged] {
        &[Judged::State]
    }

    fn state_holds(&self, (): &mut (), _: usize, state: &[Word]) -> Result<bool, Trap> {
        let managers = state[0] & ((1 << (2 * self.n)) - 1);
        let (high, low) = (managers >> 1 & 0x5555_5555_5555_5555, managers & 0x5555_5555_5555_5555);
        Ok(high & !low == 0 || high & low == 0)
    }

    fn step_holds(&self, (): &mut (), _: usize, _: Step<'_>) -> Result<bool, Trap> {
        Ok(true)
    }

    fn part_holds(&self, (): &mut (), _: usize, _: usize, _: &[Word]) -> Result<bool, Trap> {
        Ok(true)
    }

    fn probes(&self) -> usize {
        0
    }

    fn probe(&self, (): &mut (), _: &[Word], _: Option<Step<'_>>, _: &mut [bool]) {}
}

fn main() {
    let mut numbers = std::env::args().filter_map(|a| a.parse::<u32>().ok());
    let managers = numbers.next().unwrap_or(9);
    let only = numbers.next();
    let machine = TwoPhase::new(managers);
    for threads in [1, 2].into_iter().filter(|t| only.is_none_or(|o| o == *t)) {
        let limits = Limits { threads: threads as usize, ..Limits::default() };
        let start = Instant::now();
        let found = explore(&machine, &limits, &Unobserved);
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(found.outcomes, [Outcome::Holds]);
        let (distinct, generated) = (found.states_distinct as f64, found.states_generated as f64);
        println!(
            "2pc-{managers}, {threads} thread(s): {distinct} distinct, {generated} generated, depth {}: {seconds:.2} s, \
             {:.1} ns per generated state, {:.1} bytes per distinct state",
            found.depth,
            1e9 * seconds / generated,
            found.bytes as f64 / distinct,
        );
    }
}
