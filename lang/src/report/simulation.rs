//! What a simulation found.
//!
//! Enters: nothing (data only). Leaves: the report of `simulate`. All times are in microseconds of the virtual clock,
//! all shares from 0 to 1. Nothing here says that something holds: random runs show what breaks, and how seldom it can
//! be what did not break on any.

use super::{BUILT_IN, Expectation, Subject, Trace, count};
use crate::concepts::{ConceptKind, ExpectedVerdict};
use crate::span::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// Of `simulate`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SimulationReport {
    /// What was run. The faults are told as rates, below.
    pub subject: Subject,
    /// Of each run.
    pub length: u64,
    /// Runs that came to their end.
    pub runs: u64,
    /// Runs that were asked for.
    pub asked: u64,
    /// What tells these runs from others.
    pub seed: u64,
    /// What went wrong and how often, as it is typed: `crash every 10s`, `lose 1%`.
    pub faults: Vec<String>,
    /// What nothing was said of, and what was taken instead.
    pub assumed: Vec<String>,
    /// Why there are fewer runs than were asked for, or why some states were left out.
    pub incomplete: Option<String>,
    /// Whatever the virtual clock stopped at: steps, and moments at which nothing could be done.
    pub events: u64,
    /// Steps that were taken, faults included.
    pub steps: u64,
    /// Faults among them.
    pub faults_taken: u64,
    /// Messages that were sent; copies that faults made of them are not counted.
    pub messages: u64,
    /// What was worth telling besides.
    pub notes: Vec<String>,
    /// Orders, invariants, resolutions and reconcilers, in declaration order; behind them that every step has a value.
    pub members: Vec<SimulatedMember>,
    /// Those that say what drift is.
    pub repairs: Vec<Repair>,
    /// How often what happened, most often first.
    pub taken: Vec<Taken>,
    /// What `expect …` asked for and whether it came so.
    pub expectations: Vec<Expectation>,
}

/// What was found of one member.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SimulatedMember {
    /// Which of the four it is.
    pub concept: ConceptKind,
    /// Its name.
    pub name: String,
    /// Its types, as they are written.
    pub types: Vec<String>,
    /// What it says in words.
    pub sentence: Option<String>,
    /// Where its name stands.
    pub span: Span,
    /// What was watched of it; of several obligations the one that was broken on the most runs.
    pub outcome: Sampled,
    /// How many of its obligations were not watched: whole runs and ends of repair are for `check`.
    pub unwatched: usize,
    /// How many there are.
    pub obligations: usize,
}

/// What random runs showed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "sampled")]
pub enum Sampled {
    /// Broken on some runs.
    Broken(Box<BrokenOn>),
    /// On none.
    Unbroken {
        /// What was watched, in words, where that is not the whole member.
        words: Vec<String>,
        /// With a confidence of 95 %, no larger share of all runs breaks it.
        at_most: f64,
    },
    /// Nothing of it can be seen on one run from moment to moment.
    Unwatched {
        /// Why.
        why: String,
    },
}

/// How often something was broken, and how.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BrokenOn {
    /// What was broken, in words.
    pub words: String,
    /// Runs on which it was.
    pub runs: u64,
    /// Of all runs.
    pub share: f64,
    /// The interval in which the share of all runs lies, with a confidence of 95 %.
    pub interval: (f64, f64),
    /// The earliest moment at which it was.
    pub first: u64,
    /// By when it was on half of the runs on which it was.
    pub median: u64,
    /// Of the run that is shown: as it happened.
    pub found: FoundOn,
    /// Why, in a few words.
    pub why: String,
    /// The run, without what is not needed to break it.
    pub trace: Trace,
    /// The exhaustive search found none with fewer faults, and of those none that is shorter.
    pub shortest: bool,
}

impl BrokenOn {
    /// The run, unless an interrupt came before it was made short.
    pub fn shown(&self) -> Option<&Trace> {
        (!self.trace.lanes.is_empty()).then_some(&self.trace)
    }
}

/// A run as it happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FoundOn {
    /// Which, from 1.
    pub run: u64,
    /// When it broke.
    pub time: u64,
    /// Steps until then, faults included.
    pub steps: u64,
    /// Faults until then.
    pub faults: u64,
}

/// How long a reconciler takes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Repair {
    /// Its name.
    pub name: String,
    /// From one look to the next, as it is typed; `1s (assumed)`.
    pub every: String,
    /// How often it looked.
    pub looks: u64,
    /// How often it found something to do.
    pub acts: u64,
    /// Times at which something drifted, by how long it took to be as it should.
    pub repaired: Spread,
    /// Drifts that the end of the run came before.
    pub open: u64,
    /// The longest of those.
    pub longest_open: u64,
    /// Of all time, something drifted.
    pub share: f64,
    /// The same by when in a run: column by column, from its beginning to its end.
    pub over_time: Vec<f64>,
}

impl Repair {
    /// `200 runs of 10 min: looked 18,000 times and acted 4,997; half of 4,997 drifts ended within 5.35 s, 99 % within 9.93 s.`
    pub fn summary(&self, of: &SimulationReport) -> String {
        let Spread { count: ended, p50, p99, .. } = self.repaired;
        let runs = format!("{} runs of {}", count(of.runs), time(of.length));
        let looked = format!("looked {} times and acted {}", count(self.looks), count(self.acts));
        let open = match self.open {
            0 => String::new(),
            open => format!("; {} were open at the end", count(open)),
        };
        let times = match ended {
            0 => "no drift ended".to_string(),
            _ => format!(
                "half of {} drifts ended within {}, 99 % within {}",
                count(ended),
                time(p50),
                time(p99)
            ),
        };
        format!("{runs}: {looked}; {times}{open}.")
    }
}

/// A time for people: three digits, in the unit that suits them.
pub fn time(micros: u64) -> String {
    let unit = |unit: f64, name: &str| {
        let value = micros as f64 / unit;
        let digits = match value {
            value if value >= 99.95 => 0,
            value if value >= 9.995 => 1,
            _ => 2,
        };
        let text = format!("{value:.digits$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        format!("{text} {name}")
    };
    match micros {
        0 => "0 s".to_string(),
        1..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => unit(1e3, "ms"),
        1_000_000..120_000_000 => unit(1e6, "s"),
        120_000_000..7_200_000_000 => unit(60e6, "min"),
        _ => unit(3600e6, "h"),
    }
}

/// Many times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Half of them take no longer.
    pub p50: u64,
    /// Nine of ten.
    pub p90: u64,
    /// Ninety-nine of a hundred.
    pub p99: u64,
    /// All of them.
    pub worst: u64,
    /// How many from one time (included) to another, in steps of 1, 2, 5, 10, …; the first and the last are not 0.
    pub bars: Vec<Bar>,
}

/// A bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bar {
    /// Included.
    pub from: u64,
    /// Not included.
    pub to: u64,
    /// How many.
    pub count: u64,
}

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Taken {
    /// `action`, `handler`, `resolution`, `reconciler`, `fault`
    pub what: String,
    /// Its name.
    pub name: String,
    /// All in all.
    pub times: u64,
    /// In a second, on average.
    pub per_second: f64,
}

impl SimulationReport {
    /// The member whose run is drawn: of those that were broken one that was expected to be last, then the one with the
    /// fewest faults and the fewest steps.
    pub fn pictured(&self) -> Option<(&SimulatedMember, &BrokenOn)> {
        let broken = self.members.iter().filter_map(|member| match &member.outcome {
            Sampled::Broken(broken) => broken.shown().map(|_| (member, &**broken)),
            Sampled::Unbroken { .. } | Sampled::Unwatched { .. } => None,
        });
        let faults = |broken: &BrokenOn| broken.trace.faults.iter().map(|(_, n)| *n).sum::<u32>();
        broken.min_by_key(|(_, broken)| (faults(broken), broken.trace.length()))
    }

    /// What is not as expected, in a line: what broke, runs that are missing.
    pub fn amiss(&self) -> Option<String> {
        let mut all = self.unexpected();
        if let Some(first) = all.next() {
            let more = match all.count() {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            let runs = match &first.outcome {
                Sampled::Broken(broken) => broken.runs,
                Sampled::Unbroken { .. } | Sampled::Unwatched { .. } => 0,
            };
            return Some(format!("{}: broken in {runs} of {} runs{more}", first.name, self.runs));
        }
        self.incomplete.as_ref().map(|why| format!("simulate {}: {why}", self.subject.system))
    }

    /// Members that were broken although nobody expected it, and expectations aside.
    pub fn unexpected(&self) -> impl Iterator<Item = &SimulatedMember> {
        let trapped = |member: &SimulatedMember| member.types.iter().any(|ty| ty == BUILT_IN);
        let asks = move |e: &Expectation, member: &SimulatedMember| match e.written.verdict {
            ExpectedVerdict::Failed => trapped(member),
            ExpectedVerdict::Asked if e.written.names.is_empty() => true,
            ExpectedVerdict::Asked
            | ExpectedVerdict::Violated
            | ExpectedVerdict::Holds
            | ExpectedVerdict::Diverges(_)
            | ExpectedVerdict::Vacuous => e.written.names.iter().any(|name| name.text == member.name),
        };
        let expected = move |member: &SimulatedMember| {
            self.expectations.iter().any(|e| (e.met || e.asked) && asks(e, member))
        };
        self.members.iter().filter(move |m| matches!(m.outcome, Sampled::Broken(_)) && !expected(m))
    }
}
