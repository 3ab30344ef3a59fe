//! The parts of a simulation in words: rates, what was assumed, how long repair takes, what happened how often.
//!
//! Enters: plans and sums. Leaves: parts of the report.

use super::{Teller, has_ticks};
use crate::analysis::program::{ActionKind, Program};
use crate::concepts::Fault;
use crate::model::form::instance::action_of;
use crate::report::simulation::{Bar, Repair, Spread, Taken};
use crate::session::check::called;
use crate::simulate::actors::looks_in_time;
use crate::simulate::measure::{Drifts, Times};
use crate::simulate::plan::{Happens, How, LATENCY, RESTART, SECOND, Span};

/// A time as it is typed, in the largest unit that gives a whole number.
pub(super) fn time(micros: u64) -> String {
    let units = [(3600 * SECOND, "h"), (60 * SECOND, "m"), (SECOND, "s"), (1000, "ms")];
    let whole = |unit: u64| micros >= unit && micros.is_multiple_of(unit);
    match units.into_iter().find(|(unit, _)| whole(*unit)) {
        Some((unit, name)) => format!("{}{name}", micros / unit),
        None => format!("{micros}us"),
    }
}

fn between(span: Span) -> String {
    match span.least == span.most {
        true => time(span.least),
        false => format!("{}..{}", time(span.least), time(span.most)),
    }
}

fn share(millionths: u64) -> String {
    crate::syntax::tree::percent(millionths)
}

/// What goes wrong, as it is typed.
pub(super) fn happens(happens: &Happens, program: &Program) -> String {
    let how = match happens.how {
        How::Every(mean) => format!(" every {}", time(mean)),
        How::Share(millionths) => format!(" {}", share(millionths)),
        How::After(span) => format!(" after {}", between(span)),
        How::By(most) => format!(" {}", time(most)),
        How::Never => " 0".to_string(),
    };
    let of = happens.of.map_or(String::new(), |kind| format!(" of {}", program.nodes[kind as usize].name));
    let one_way = if happens.one_way { " one way" } else { "" };
    let lasts = match (happens.fault, happens.lasts) {
        (Fault::Partition, None) => " lasting".to_string(),
        (_, Some(span)) => format!(" for {}", between(span)),
        (_, None) => String::new(),
    };
    format!("{}{how}{of}{one_way}{lasts}", happens.fault.word())
}

impl Teller<'_> {
    /// What nothing was said of.
    pub(super) fn assumed(&self, program: &Program) -> Vec<String> {
        let plan = &self.asked.plan;
        let mut assumed = Vec::new();
        let mut actions: Vec<&str> = Vec::new();
        for (index, action) in program.actions.iter().enumerate() {
            let given = plan.rates.iter().any(|(id, _)| id.index() == index);
            let free = matches!(action.kind, ActionKind::Client) && action.within.is_none() && !given;
            if free && !actions.contains(&action.name.as_str()) {
                actions.push(&action.name);
            }
        }
        assumed.extend(actions.into_iter().map(|name| format!("`rate {name} 1/s`")));
        let reacts = |kind: &ActionKind| match kind {
            ActionKind::Resolution(member) => program.resolutions[*member].backoff.flatten().is_none(),
            ActionKind::ReconcilerAct(member) => !program.reconcilers[*member].observed.is_empty(),
            ActionKind::Sync(_) => true,
            ActionKind::Client
            | ActionKind::Handler { .. }
            | ActionKind::ReconcilerObserve { .. }
            | ActionKind::ReconcilerLook(_)
            | ActionKind::Restart(_)
            | ActionKind::Tick => false,
        };
        let silent = program.links.iter().any(|link| link.latency.is_none() && !link.shadow)
            || program.actions.iter().any(|action| reacts(&action.kind));
        if silent && !self.asked.says_latency {
            assumed.push(format!("`latency {}`", between(LATENCY)));
        }
        let periodic = program.reconcilers.iter();
        let periodic = periodic.filter(|r| looks_in_time(program, r) && r.every.is_none());
        assumed.extend(periodic.map(|r| format!("{}: `every 1s`", r.header.name)));
        let said = |fault| plan.faults.iter().any(|happens| happens.fault == fault);
        if (said(Fault::Crash) || said(Fault::Wipe)) && !said(Fault::Restart) {
            assumed.push(format!("`restart after {}`", between(RESTART)));
        }
        if has_ticks(program) && !self.asked.says_ticks {
            assumed.push("`ticks 1s`".to_string());
        }
        assumed
    }

    /// Each reconciler that says what drift is.
    pub(super) fn repairs(&self) -> Vec<Repair> {
        let program = self.found.model.program();
        let drifts = program.reconcilers.iter().zip(&self.found.measure.drifts);
        let wanted = drifts.filter(|(r, _)| {
            let only = &self.asked.setup.only;
            r.drift.is_some() && (only.is_empty() || only.contains(&r.header.name))
        });
        let told = wanted.map(|(reconciler, drifts)| {
            let every = match (reconciler.every_ticks, reconciler.every) {
                (Some(1), _) => "tick".to_string(),
                (Some(ticks), _) => format!("{ticks} ticks"),
                (None, Some(nanos)) => time(nanos / 1000),
                (None, None) if looks_in_time(program, reconciler) => "1s (assumed)".to_string(),
                (None, None) => "change".to_string(),
            };
            self.repair(&reconciler.header.name, every, drifts)
        });
        told.collect()
    }

    fn repair(&self, name: &str, every: String, drifts: &Drifts) -> Repair {
        let runs = self.found.measure.runs;
        let length = self.asked.plan.length;
        let of = |time: u64, whole: f64| if whole > 0.0 { time as f64 / whole } else { 0.0 };
        let columns = drifts.columns.len() as u64;
        let over_time = drifts.columns.iter().enumerate().map(|(i, time)| {
            let edge = |column: u64| length * column / columns;
            of(*time, (edge(i as u64 + 1) - edge(i as u64)) as f64 * runs as f64)
        });
        Repair {
            name: name.to_string(),
            every,
            looks: drifts.looks,
            acts: drifts.acts,
            repaired: spread(&drifts.repairs),
            open: drifts.open,
            longest_open: drifts.longest_open,
            share: of(drifts.time, length as f64 * runs as f64),
            over_time: over_time.collect(),
        }
    }

    /// How often what happened, most often first.
    pub(super) fn taken(&self) -> Vec<Taken> {
        let measure = &self.found.measure;
        let seconds = measure.runs as f64 * self.asked.plan.length as f64 / SECOND as f64;
        let mut taken: Vec<Taken> = Vec::new();
        for (instance, times) in self.found.model.instance_list().iter().zip(&measure.taken) {
            let (what, name) = match (instance.fault(), action_of(&instance.kind)) {
                (Some(fault), _) => ("fault", fault.word().to_string()),
                (None, Some(id)) => called(&self.found.model, self.sources, id),
                (None, None) => ("fault", "heal".to_string()),
            };
            match taken.iter_mut().find(|known| known.what == what && known.name == name) {
                Some(known) => known.times += times,
                None => taken.push(Taken { what: what.to_string(), name, times: *times, per_second: 0.0 }),
            }
        }
        for known in &mut taken {
            known.per_second = if seconds > 0.0 { known.times as f64 / seconds } else { 0.0 };
        }
        taken.sort_by_key(|known| std::cmp::Reverse(known.times));
        taken
    }
}

fn spread(times: &Times) -> Spread {
    if times.count() == 0 {
        return Spread::default();
    }
    let [p50, p90, p99] = [50.0, 90.0, 99.0].map(|percent| times.percentile(percent));
    Spread { count: times.count(), p50, p90, p99, worst: times.longest(), bars: bars(times) }
}

/// Where times are much alike, so many bars of one width; else bars that grow.
const BARS: u64 = 20;

/// In equal steps where the longest time is not many times the middle one, else in steps of 1, 2, 5, 10.
fn bars(times: &Times) -> Vec<Bar> {
    let edges: Vec<u64> = if times.longest() <= 8 * times.percentile(50.0) {
        let step = round_step(times.longest().div_ceil(BARS));
        (0..=times.longest() / step + 1).map(|i| i * step).collect()
    } else {
        let grow = (0..16u32).flat_map(|power| [1, 2, 5].map(|first| first * 10u64.pow(power)));
        std::iter::once(0).chain(grow).collect()
    };
    let mut bars: Vec<Bar> = edges
        .windows(2)
        .map(|pair| Bar { from: pair[0], to: pair[1], count: times.between(pair[0], pair[1]) })
        .collect();
    let last = bars.iter().rposition(|bar| bar.count > 0).map_or(0, |i| i + 1);
    bars.truncate(last);
    let first = bars.iter().position(|bar| bar.count > 0).unwrap_or(0);
    bars.split_off(first)
}

/// The next of 1, 2, 5, 10, … that is not less.
fn round_step(least: u64) -> u64 {
    let power = 10u64.pow(least.max(1).ilog10());
    [1, 2, 5, 10].map(|first| first * power).into_iter().find(|step| *step >= least).unwrap_or(power * 10)
}
