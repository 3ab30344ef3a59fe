//! Four models at two sizes, each in our language, by hand, in Stateright and (where installed) in Spin, in one run on
//! one machine; then the time from a cell to its answer. Prints ratios: seconds differ from machine to machine. With
//! `--conform`, instead, what a comparison with code in Rust costs.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml -- [--large] [--only NAME] [--threads N] [--conform]`

mod conform;
mod models;
mod ours;
mod rust_checker;
mod spin;
mod yardstick;

use clap::Parser;
use comfy_table::Table;
use reconverge_lang::model::run::native::Execution;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use yardstick::Counts;

#[derive(Parser)]
struct Options {
    /// The large sizes (millions of states) instead of the small ones.
    #[arg(long)]
    large: bool,
    /// Only models whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Threads of the second run of our engine.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// What a pair of `conform` costs, instead.
    #[arg(long)]
    conform: bool,
}

struct Case {
    name: &'static str,
    system: &'static str,
    text: &'static str,
    params: Vec<(&'static str, i64)>,
    by_hand: Box<dyn Fn() -> Counts>,
    stateright: Box<dyn Fn() -> Counts>,
    spin: spin::Source,
}

fn cases(large: bool) -> Vec<Case> {
    let pick = |small: u32, big: u32| if large { big } else { small };
    let (managers, ballots, capacity, entries) = (pick(7, 9), pick(3, 4), pick(12, 17), pick(2, 3));
    vec![
        Case {
            name: "two-phase commit",
            system: "TwoPhase",
            text: include_str!("../models/two_phase.rcv"),
            params: vec![("managers", managers.into())],
            by_hand: Box::new(move || yardstick::explore(&models::two_phase::TwoPhase { managers })),
            stateright: Box::new(move || {
                rust_checker::explore(rust_checker::TwoPhase { managers: managers as usize }, 1)
            }),
            spin: spin::Source {
                text: include_str!("../models/two_phase.pml"),
                define: ("N", managers),
                depth: 1_000_000,
            },
        },
        Case {
            name: "single-decree Paxos",
            system: "Paxos",
            text: include_str!("../models/paxos.rcv"),
            params: vec![("ballots", ballots.into())],
            by_hand: Box::new(move || yardstick::explore(&models::paxos::Paxos { ballots })),
            stateright: Box::new(move || {
                rust_checker::explore(rust_checker::Paxos { ballots: ballots as u8 }, 1)
            }),
            spin: spin::Source {
                text: include_str!("../models/paxos.pml"),
                define: ("B", ballots),
                depth: 1_000_000,
            },
        },
        Case {
            name: "bounded buffer",
            system: "Buffer",
            text: include_str!("../models/buffer.rcv"),
            params: vec![("capacity", capacity.into())],
            by_hand: Box::new(move || yardstick::explore(&models::buffer::Buffer { capacity })),
            stateright: Box::new(move || {
                rust_checker::explore(rust_checker::Buffer { capacity: capacity as usize }, 1)
            }),
            spin: spin::Source {
                text: include_str!("../models/buffer.pml"),
                define: ("K", capacity),
                depth: 10_000_000,
            },
        },
        Case {
            name: "leader/follower replication",
            system: "Replication",
            text: include_str!("../models/replication.rcv"),
            params: vec![("followers", 3), ("entries", entries.into())],
            by_hand: Box::new(move || {
                yardstick::explore(&models::replication::Replication { followers: 3, entries })
            }),
            stateright: Box::new(move || {
                rust_checker::explore(rust_checker::Replication { followers: 3, entries: entries as u8 }, 1)
            }),
            spin: spin::Source {
                text: include_str!("../models/replication.pml"),
                define: ("E", entries),
                depth: 1_000_000,
            },
        },
    ]
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}

fn main() {
    let options = Options::parse();
    if options.conform {
        return conform::conform();
    }
    let mut table = Table::new();
    table.set_header([
        "model",
        "distinct",
        "generated",
        "ours s",
        "ns/gen",
        "build ms",
        "portable",
        "B/state",
        "by hand",
        "Stateright",
        "Spin",
        "threads",
        "orbits alone",
    ]);
    for case in cases(options.large).iter().filter(|c| c.name.contains(&options.only)) {
        let (by_hand, hand) = timed(&case.by_hand);
        let build = |form| ours::model(case.text, case.system, &case.params, form);
        let ((portable, ..), slow) = timed(|| ours::explore(&build((Execution::Portable, false)), 1));
        let (model, building) = timed(|| build((Execution::Automatic, false)));
        let ((counts, bytes, _), one) = timed(|| ours::explore(&model, 1));
        let ((again, ..), many) = timed(|| ours::explore(&model, options.threads));
        let ((whole, _, explored), orbits) = timed(|| ours::explore(&build((Execution::Automatic, true)), 1));
        let (theirs, stateright) = timed(&case.stateright);
        let spin = spin::explore(&case.spin);
        for (other, name) in [
            (by_hand, "by hand"),
            (portable, "portable"),
            (again, "threads"),
            (theirs, "Stateright"),
            (whole, "orbits"),
        ] {
            assert_eq!(counts, other, "{}: {name}", case.name);
        }
        if let Some((states, _)) = spin {
            assert_eq!(counts.distinct, states, "{}: Spin", case.name);
        }
        let ratio = |other: Duration| format!("{:.2} x", other.as_secs_f64() / one.as_secs_f64());
        table.add_row([
            case.name.to_string(),
            counts.distinct.to_string(),
            counts.generated.to_string(),
            format!("{:.2}", one.as_secs_f64()),
            format!("{:.1}", one.as_nanos() as f64 / counts.generated as f64),
            format!("{:.1}", building.as_secs_f64() * 1e3),
            ratio(slow),
            format!("{bytes:.0}"),
            ratio(hand),
            ratio(stateright),
            spin.map_or("not installed".to_string(), |(_, time)| ratio(time)),
            format!("{:.2} x with {}", one.as_secs_f64() / many.as_secs_f64(), options.threads),
            format!(
                "{:.0} x fewer, {:.1} ms",
                counts.distinct as f64 / explored as f64,
                orbits.as_secs_f64() * 1e3
            ),
        ]);
    }
    println!("{table}");
    println!("A ratio of 4 x reads: takes 4 times as long as ours with one thread, in this run.");
    startup();
}

/// From a cell to its answer through the kernel, where `install/start` has made an environment for it.
fn startup() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = root.join(".venv/bin/python");
    let measured = Command::new(python).arg(root.join("benches/startup.py")).status();
    if !measured.is_ok_and(|status| status.success()) {
        println!("From a cell to its answer: not measured, for install/start has not been run here.");
    }
}
