//! How far an exploration, a comparison or a simulation is, in one line.
//!
//! Enters: counts and the time that the caller measured. Leaves: text and HTML.

use super::words::{count, plural};
use maud::html;
use std::time::Duration;

const MEGABYTE: u64 = 1 << 20;

/// What a search may reach at the most; `None`: there is no such cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// Distinct states.
    pub states: Option<u64>,
    /// Steps.
    pub depth: Option<u32>,
    /// Bytes.
    pub bytes: Option<u64>,
}

/// Counts of what is under way. `elapsed`: by the caller's clock; zero where it has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// An exploration.
    Explored {
        /// Steps taken so far.
        generated: u64,
        /// Distinct states so far.
        distinct: u64,
        /// Steps of the states that are expanded.
        depth: u32,
        /// Faults on the way to them.
        faults: u32,
        /// States found and not yet expanded.
        frontier: u64,
        /// Of what is kept.
        bytes: u64,
        /// How far it may go.
        caps: Caps,
        /// Since it began.
        elapsed: Duration,
    },
    /// Several systems, one after the other.
    Compared {
        /// Those that came to an end.
        done: u64,
        /// All.
        all: u64,
        /// Steps taken so far, in all of them.
        generated: u64,
        /// Since it began.
        elapsed: Duration,
    },
    /// A simulation.
    Simulated {
        /// So far.
        events: u64,
        /// That came to their end.
        runs_done: u64,
        /// All that are to be taken.
        runs: u64,
        /// Since it began.
        elapsed: Duration,
    },
}

/// Text and HTML; no rate before there is one to tell.
pub(super) fn line(progress: &Progress) -> (String, String) {
    let (verb, parts) = match *progress {
        Progress::Explored { generated, distinct, depth, faults, frontier, bytes, caps, elapsed } => {
            // Every state is known: what goes on is asked of whole runs.
            let explored = frontier == 0 && distinct > 0;
            let mut parts =
                vec![plural(distinct, "distinct state"), format!("{} generated", count(generated))];
            let rate = rate(generated, elapsed).filter(|_| !explored);
            parts.extend(rate.map(|rate| format!("{rate} states/s")));
            let after =
                if faults > 0 { format!(" after {}", plural(faults.into(), "fault")) } else { String::new() };
            parts.push(format!("depth {depth}{after}"));
            if !explored {
                parts.push(format!("frontier {}", count(frontier)));
            }
            if bytes >= MEGABYTE {
                parts.push(format!("{} MB", count(bytes / MEGABYTE)));
            }
            parts.extend(reached(distinct, depth, bytes, caps));
            parts.extend(seconds(elapsed));
            (if explored { "judging runs" } else { "exploring" }, parts)
        }
        Progress::Compared { done, all, generated, elapsed } => {
            let mut parts = vec![
                format!("{} of {}", count(done), plural(all, "system")),
                format!("{} generated", count(generated)),
            ];
            parts.extend(rate(generated, elapsed).map(|rate| format!("{rate} states/s")));
            parts.extend(seconds(elapsed));
            ("comparing", parts)
        }
        Progress::Simulated { events, runs_done, runs, elapsed } => {
            let mut parts =
                vec![format!("{} of {}", count(runs_done), plural(runs, "run")), plural(events, "event")];
            parts.extend(rate(events, elapsed).map(|rate| format!("{rate} events/s")));
            parts.extend(seconds(elapsed));
            ("simulating", parts)
        }
    };
    let text = format!("{verb}: {}", parts.join(" · "));
    let markup = html! {
        div class="rcv" style="font-variant-numeric:tabular-nums" {
            strong { (verb) } " " (parts.join(" · "))
        }
    };
    (text, markup.into_string())
}

/// Of the cap that is the nearest, how much is used up. How many states there are nobody knows before the end; how many
/// there may be is known where the author or the machine says so.
fn reached(distinct: u64, depth: u32, bytes: u64, caps: Caps) -> Option<String> {
    let share = |used: u64, cap: u64| (used.saturating_mul(100) / cap.max(1)).min(100);
    let states = caps.states.map(|cap| (share(distinct, cap), plural(cap, "state")));
    let steps = caps.depth.map(|cap| (share(depth.into(), cap.into()), plural(cap.into(), "step")));
    let memory = caps.bytes.map(|cap| (share(bytes, cap), format!("{} MB", count(cap / MEGABYTE))));
    let nearest = [states, steps, memory].into_iter().flatten().max_by_key(|(share, _)| *share);
    nearest
        .filter(|(share, _)| *share > 0)
        .map(|(share, cap)| format!("{share} % of the {cap} that it may take"))
}

/// What was done in a second, once there is something to tell.
fn rate(done: u64, elapsed: Duration) -> Option<String> {
    let seconds = elapsed.as_secs_f64();
    (seconds >= 0.1 && done > 0).then(|| count(rounded(done as f64 / seconds)))
}

fn seconds(elapsed: Duration) -> Option<String> {
    (elapsed.as_secs() >= 1).then(|| format!("{} s", elapsed.as_secs()))
}

/// Two significant digits are enough for a rate, and do not flicker.
fn rounded(rate: f64) -> u64 {
    let rate = rate.clamp(0.0, 1e15) as u64;
    let unit = 10u64.pow(rate.max(1).ilog10().saturating_sub(1));
    rate / unit * unit
}
