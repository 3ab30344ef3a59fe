//! What is counted on random runs: sums and histograms, which come out the same in whatever order runs are added.
//!
//! Enters: what happens on a run, as it happens. Leaves: [`Measure`].

use hdrhistogram::Histogram;

/// Columns of what is plotted over the time of a run.
pub const COLUMNS: usize = 60;

/// Times in microseconds: to three digits, but for the shortest and the longest.
#[derive(Debug, Clone)]
pub struct Times {
    all: Histogram<u64>,
    shortest: u64,
    longest: u64,
}

impl Default for Times {
    fn default() -> Self {
        // Three digits, and as long as need be: both are in the range of the constructor.
        let all = Histogram::new(3).unwrap_or_else(|_| unreachable!("three digits are allowed"));
        Times { all, shortest: u64::MAX, longest: 0 }
    }
}

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: u64) {
        // It grows as it needs to.
        let _ = self.all.record(time);
        self.shortest = self.shortest.min(time);
        self.longest = self.longest.max(time);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.all.len()
    }

    /// The time that so many of a hundred do not exceed; 0 where there is none.
    pub fn percentile(&self, percent: f64) -> u64 {
        if self.all.is_empty() { 0 } else { self.all.value_at_percentile(percent).min(self.longest) }
    }

    /// The longest.
    pub fn longest(&self) -> u64 {
        self.longest
    }

    /// The shortest; 0 where there is none.
    pub fn shortest(&self) -> u64 {
        if self.all.is_empty() { 0 } else { self.shortest }
    }

    /// How many lie from `from` (included) to `to` (not included).
    pub fn between(&self, from: u64, to: u64) -> u64 {
        let recorded = self.all.iter_recorded();
        let inside = recorded
            .map(|found| (found.value_iterated_to().min(self.longest), found.count_since_last_iteration()));
        inside.filter(|(value, _)| (from..to).contains(value)).map(|(_, count)| count).sum()
    }

    fn merge(&mut self, other: &Times) {
        // Both grow as they need to.
        let _ = self.all.add(&other.all);
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
    }
}

/// A run on which something broke, and how far it went until then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct First {
    /// Faults up to there.
    pub faults: u64,
    /// Steps up to there, faults included.
    pub steps: u64,
    /// Which run, from 0.
    pub run: u64,
    /// When.
    pub time: u64,
}

/// How often something was broken.
#[derive(Debug, Clone, Default)]
pub struct Breaks {
    /// Runs on which it was.
    pub runs: u64,
    /// When it was so first, run by run.
    pub times: Times,
    /// The run with the fewest faults and then the fewest steps until then.
    pub least: Option<First>,
}

impl Breaks {
    pub(super) fn add(&mut self, first: First) {
        self.runs += 1;
        self.times.add(first.time);
        self.least = Some(self.least.map_or(first, |known| known.min(first)));
    }

    fn merge(&mut self, other: &Breaks) {
        self.runs += other.runs;
        self.times.merge(&other.times);
        self.least = [self.least, other.least].into_iter().flatten().min();
    }
}

/// What became of a drift.
#[derive(Debug, Clone)]
pub struct Drifts {
    /// How long each took that ended.
    pub repairs: Times,
    /// Those that the end of the run came before.
    pub open: u64,
    /// The longest of those.
    pub longest_open: u64,
    /// Altogether, open ones included.
    pub time: u64,
    /// The same, by when in a run.
    pub columns: [u64; COLUMNS],
    /// How often the reconciler looked, and how often it found something to do.
    pub looks: u64,
    /// See `looks`.
    pub acts: u64,
}

impl Default for Drifts {
    fn default() -> Self {
        Drifts {
            repairs: Times::default(),
            open: 0,
            longest_open: 0,
            time: 0,
            columns: [0; COLUMNS],
            looks: 0,
            acts: 0,
        }
    }
}

impl Drifts {
    /// A drift from `from` to `to` on a run of a length.
    pub(super) fn add(&mut self, from: u64, to: u64, (ended, length): (bool, u64)) {
        let time = to - from;
        match ended {
            true => self.repairs.add(time),
            false => {
                self.open += 1;
                self.longest_open = self.longest_open.max(time);
            }
        }
        self.time += time;
        let edge = |column: usize| (u128::from(length) * column as u128 / COLUMNS as u128) as u64;
        for (column, spent) in self.columns.iter_mut().enumerate() {
            let (first, last) = (edge(column).max(from), edge(column + 1).min(to));
            *spent += last.saturating_sub(first);
        }
    }

    fn merge(&mut self, other: &Drifts) {
        self.repairs.merge(&other.repairs);
        self.open += other.open;
        self.longest_open = self.longest_open.max(other.longest_open);
        self.time += other.time;
        self.columns.iter_mut().zip(other.columns).for_each(|(sum, more)| *sum += more);
        self.looks += other.looks;
        self.acts += other.acts;
    }
}

/// What was counted on some runs.
#[derive(Debug, Clone, Default)]
pub struct Measure {
    /// Runs that were taken to their end.
    pub runs: u64,
    /// Whatever the virtual clock stopped at: steps, and moments at which nothing could be done.
    pub events: u64,
    /// Steps that were taken.
    pub steps: u64,
    /// Of those, faults.
    pub faults: u64,
    /// Steps by instance.
    pub taken: Vec<u64>,
    /// By property: of what is judged at each moment.
    pub broken: Vec<Breaks>,
    /// Steps or conditions without a value, which end a run.
    pub trapped: Breaks,
    /// By reconciler, where it says what drift is.
    pub drifts: Vec<Drifts>,
    /// Messages that were sent, without the copies that faults made of them.
    pub sent: u64,
    /// Ways that were not gone because a bound cuts there.
    pub cut: u64,
    /// Ticks that waited for something that had to be done before, and was not.
    pub late_ticks: u64,
    /// Ticks that clocks should have missed, and did not, because at most one node misses a tick.
    pub unmissed: u64,
}

impl Measure {
    pub(super) fn new(instances: usize, properties: usize, reconcilers: usize) -> Measure {
        Measure {
            taken: vec![0; instances],
            broken: vec![Breaks::default(); properties],
            drifts: vec![Drifts::default(); reconcilers],
            ..Measure::default()
        }
    }

    pub(super) fn merge(&mut self, other: &Measure) {
        self.runs += other.runs;
        self.events += other.events;
        self.steps += other.steps;
        self.faults += other.faults;
        self.sent += other.sent;
        self.cut += other.cut;
        self.late_ticks += other.late_ticks;
        self.unmissed += other.unmissed;
        self.taken.iter_mut().zip(&other.taken).for_each(|(sum, more)| *sum += more);
        self.broken.iter_mut().zip(&other.broken).for_each(|(sum, more)| sum.merge(more));
        self.drifts.iter_mut().zip(&other.drifts).for_each(|(sum, more)| sum.merge(more));
        self.trapped.merge(&other.trapped);
    }
}
