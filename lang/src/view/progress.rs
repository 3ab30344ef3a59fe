//! How far an exploration is, in one line.
//!
//! Enters: counts and the time that the caller measured. Leaves: text and HTML.

use super::words::{count, plural};
use maud::html;
use std::time::Duration;

/// Counts of a running exploration.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// Steps taken so far.
    pub generated: u64,
    /// Distinct states so far.
    pub distinct: u64,
    /// Steps of the states that are expanded.
    pub depth: u32,
    /// States found and not yet expanded.
    pub frontier: u64,
    /// By the caller's clock; zero where it has none.
    pub elapsed: Duration,
}

/// Text and HTML; no rate before there is one to tell.
pub(super) fn line(progress: &Progress) -> (String, String) {
    let seconds = progress.elapsed.as_secs_f64();
    let mut parts =
        vec![plural(progress.distinct, "distinct state"), format!("{} generated", count(progress.generated))];
    if seconds >= 0.1 && progress.generated > 0 {
        parts.push(format!("{} states/s", count(rounded(progress.generated as f64 / seconds))));
    }
    parts.push(format!("depth {}", progress.depth));
    parts.push(format!("frontier {}", count(progress.frontier)));
    if seconds >= 1.0 {
        parts.push(format!("{} s", progress.elapsed.as_secs()));
    }
    let text = format!("exploring: {}", parts.join(" · "));
    let markup = html! {
        div class="rcv" style="font-variant-numeric:tabular-nums" {
            strong { "exploring" } " " (parts.join(" · "))
        }
    };
    (text, markup.into_string())
}

/// Two significant digits are enough for a rate, and do not flicker.
fn rounded(rate: f64) -> u64 {
    let rate = rate.clamp(0.0, 1e15) as u64;
    let unit = 10u64.pow(rate.max(1).ilog10().saturating_sub(1));
    rate / unit * unit
}
