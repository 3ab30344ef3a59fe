//! A simulation as rows of words, and the geometry of its picture: how long repair takes, and what drifts when.
//!
//! Enters: the report of a simulation. Leaves: rows of its tables; for each reconciler a histogram of the time to repair
//! on a logarithmic scale and, below it, the share of the runs in which something drifts over the time of a run.

use super::measure::{Face, elide};
use super::palette::Ink;
use super::timeline::{Anchor, Rect, Words};
use super::words::{Tone, count, plural, subject};
use crate::report::SimulationReport;
use crate::report::simulation::{BrokenOn, Repair, Sampled, SimulatedMember, Spread, Taken, time};

const PAD: f64 = 16.0;
const WIDTH: f64 = 760.0;
/// Between the two plots of a reconciler.
const GAP: f64 = 44.0;
const PLOT: f64 = 96.0;
/// Pictures show so many reconcilers; the table has all.
const MOST: usize = 6;

/// The head of the table of repairs.
pub const REPAIRS: [&str; 9] =
    ["reconciler", "every", "looked", "acted", "drifts", "half", "90 %", "99 %", "longest"];

/// The head of the table of what happened.
pub const TAKEN: [&str; 4] = ["", "name", "times", "a second"];

/// What was run: how long, how often, from which seed, and what went wrong.
pub fn asked(report: &SimulationReport) -> String {
    let faults = match report.faults.is_empty() {
        true => "no faults".to_string(),
        false => format!("faults: {}", report.faults.join(", ")),
    };
    format!("{} of {} · seed {} · {faults}", plural(report.runs, "run"), time(report.length), report.seed)
}

/// How much happened.
pub fn size(report: &SimulationReport) -> String {
    format!(
        "{}: {}, {} among them; {} sent",
        plural(report.events, "event"),
        plural(report.steps, "step"),
        plural(report.faults_taken, "fault"),
        plural(report.messages, "message")
    )
}

/// `1 of 5 broken`
pub fn tally(report: &SimulationReport) -> String {
    let all = report.members.len();
    let of = |wanted: &dyn Fn(&Sampled) -> bool| report.members.iter().filter(|m| wanted(&m.outcome)).count();
    let broken = of(&|outcome| matches!(outcome, Sampled::Broken(_)));
    let unwatched = of(&|outcome| matches!(outcome, Sampled::Unwatched { .. }));
    let watched = all - unwatched;
    let told = match broken {
        0 if watched == 0 => "nothing was watched".to_string(),
        0 if all == 1 => "not broken on these runs".to_string(),
        0 if watched == 1 => "the one that was watched is not broken on these runs".to_string(),
        _ if all == 1 => "broken".to_string(),
        _ if watched == 1 => "the one that was watched is broken".to_string(),
        0 => format!("none of {watched} broken on these runs"),
        _ => format!("{broken} of {watched} broken"),
    };
    if unwatched > 0 && watched > 0 { format!("{told}, {unwatched} not watched") } else { told }
}

/// Mark, word and tone of what was found of a member.
pub(super) fn outcome(outcome: &Sampled) -> (&'static str, &'static str, Tone) {
    match outcome {
        Sampled::Broken(_) => ("✗", "broken", Tone::Bad),
        Sampled::Unbroken { .. } => ("·", "not broken", Tone::Qualified),
        Sampled::Unwatched { .. } => ("–", "not watched", Tone::Unknown),
    }
}

/// On how many runs, in words.
pub fn runs(member: &SimulatedMember, all: u64) -> String {
    match &member.outcome {
        Sampled::Broken(broken) => {
            let (low, high) = broken.interval;
            format!(
                "in {}: {} ({} to {})",
                among(broken.runs, all),
                percent(broken.share),
                percent(low),
                percent(high)
            )
        }
        Sampled::Unbroken { at_most, .. } => {
            let none = if all == 1 {
                "not in the only run".to_string()
            } else {
                format!("in none of {} runs", count(all))
            };
            format!("{none}: fewer than {}", percent(*at_most))
        }
        Sampled::Unwatched { why } => why.clone(),
    }
}

/// `2 of 20 runs`
fn among(some: u64, all: u64) -> String {
    if all == 1 { "the only run".to_string() } else { format!("{} of {} runs", count(some), count(all)) }
}

/// What is worth telling of a member, line by line.
pub fn lines(member: &SimulatedMember) -> Vec<String> {
    let mut lines = Vec::new();
    match &member.outcome {
        Sampled::Broken(broken) => {
            if broken.words != broken.why && !member.types.iter().any(|ty| ty == crate::report::BUILT_IN) {
                lines.push(format!("not kept: {}", broken.words));
            }
            lines.push(broken.why.clone());
            lines.push(when(broken));
        }
        Sampled::Unbroken { words, .. } => {
            let some = member.unwatched > 0;
            if some {
                lines.push(format!("watched: {}", words.join("; ")));
            }
        }
        Sampled::Unwatched { .. } => {}
    }
    if member.unwatched > 0 && !matches!(member.outcome, Sampled::Unwatched { .. }) {
        let rest = plural(member.unwatched as u64, "obligation");
        lines.push(format!("{rest} of {} not watched: `check` judges whole runs", member.obligations));
    }
    lines
}

fn when(broken: &BrokenOn) -> String {
    format!("first after {}, on half of those runs by {}", time(broken.first), time(broken.median))
}

/// Where the run that is shown comes from.
pub fn origin(broken: &BrokenOn) -> String {
    let found = &broken.found;
    let shown = plural(broken.trace.length() as u64, "step");
    let how = if broken.shortest { ": no run with as few faults is shorter" } else { "" };
    format!(
        "as in run {} at {} after {} with {}, made as short as {shown}{how}",
        count(found.run),
        time(found.time),
        plural(found.steps, "step"),
        plural(found.faults, "fault")
    )
}

/// A row of the table of repairs.
pub fn repair(repair: &Repair) -> [String; 9] {
    let Spread { count: ended, p50, p90, p99, worst, .. } = repair.repaired;
    let of = |value: u64| if ended == 0 { "–".to_string() } else { time(value) };
    let drifts = match repair.open {
        0 => count(ended),
        open => format!("{} + {} open", count(ended), count(open)),
    };
    let longest = match repair.longest_open > worst {
        true => format!("> {}", time(repair.longest_open)),
        false => of(worst),
    };
    [
        repair.name.clone(),
        repair.every.clone(),
        count(repair.looks),
        count(repair.acts),
        drifts,
        of(p50),
        of(p90),
        of(p99),
        longest,
    ]
}

/// How much of the time something drifts.
pub fn drifting(repair: &Repair) -> String {
    format!("{}: drifts {} of the time", repair.name, percent(repair.share))
}

/// A row of the table of what happened.
pub fn taken(taken: &Taken) -> [String; 4] {
    let rate = match taken.per_second {
        rate if rate >= 100.0 => count(rate.round() as u64),
        rate if rate >= 1.0 => format!("{rate:.1}"),
        rate if rate > 0.0 => format!("{rate:.3}"),
        _ => "–".to_string(),
    };
    [taken.what.clone(), taken.name.clone(), count(taken.times), rate]
}

/// A share as a percentage with two digits or so.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_string(),
        percent if percent >= 99.95 && share < 1.0 => "> 99.9 %".to_string(),
        // What is short of all never reads as all.
        percent if percent >= 99.0 && share < 1.0 => format!("{percent:.1} %"),
        percent if percent >= 10.0 => format!("{percent:.0} %"),
        percent if percent >= 1.0 => format!("{percent:.1} %"),
        percent if percent >= 0.01 => format!("{percent:.2} %"),
        _ => "< 0.01 %".to_string(),
    }
}

// ---- the picture ----

/// A laid-out picture: everything in absolute pixels.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Of the document.
    pub title: String,
    /// Of the card.
    pub width: f64,
    /// Of the card.
    pub height: f64,
    /// Grounds of plots.
    pub grounds: Vec<Rect>,
    /// Bars of histograms.
    pub bars: Vec<Rect>,
    /// Outlines of areas, the ends on their ground.
    pub areas: Vec<Vec<(f64, f64)>>,
    /// Marks of percentiles: from and to.
    pub marks: Vec<((f64, f64), (f64, f64))>,
    /// What is read.
    pub words: Vec<Words>,
}

/// Lays out the plots; `None`: there is nothing that drifts.
pub fn layout(report: &SimulationReport) -> Option<Layout> {
    let shown = report.repairs.iter().filter(|r| r.repaired.count > 0 || r.open > 0).take(MOST);
    let shown: Vec<&Repair> = shown.collect();
    if shown.is_empty() {
        return None;
    }
    let head = "how long repair takes, and what drifts when";
    let title = format!("{}: {head}", subject(&report.subject));
    let mut layout = Layout { title, width: WIDTH, ..Layout::default() };
    layout.words.push(Words::line(PAD, PAD + 15.0, 15.0, head, Face::SansBold, Ink::Text));
    let under = format!("{} · {}", subject(&report.subject), asked(report));
    let under = elide(&under, Face::Sans, 12.0, WIDTH - 2.0 * PAD);
    layout.words.push(Words::line(PAD, PAD + 35.0, 12.0, &under, Face::Sans, Ink::Muted));
    let mut top = PAD + 54.0;
    for repair in shown {
        let name = elide(&repair.name, Face::MonoBold, 12.0, WIDTH - 2.0 * PAD);
        layout.words.push(Words::line(PAD, top + 12.0, 12.0, &name, Face::MonoBold, Ink::Reconciler));
        let half = (WIDTH - 2.0 * PAD - GAP) / 2.0;
        let left = Rect::new(PAD, top + 36.0, PAD + half, top + 36.0 + PLOT);
        let right = Rect::new(PAD + half + GAP, left.top, WIDTH - PAD, left.bottom);
        histogram(&mut layout, repair, &left);
        over_time(&mut layout, (report, repair), &right);
        top = left.bottom + 40.0;
    }
    layout.height = top + PAD - 16.0;
    Some(layout)
}

fn label(layout: &mut Layout, (x, y): (f64, f64), text: &str, anchor: Anchor) {
    layout.words.push(Words { anchor, ..Words::line(x, y, 11.0, text, Face::Sans, Ink::Muted) });
}

/// How long it took, bar by bar.
fn histogram(layout: &mut Layout, repair: &Repair, ground: &Rect) {
    let Spread { count: ended, p50, p90, p99, bars, .. } = &repair.repaired;
    let told = match ended {
        0 => "no drift ended".to_string(),
        ended => format!("time to repair of {}", plural(*ended, "drift")),
    };
    label(layout, (ground.left, ground.top - 6.0), &told, Anchor::Start);
    layout.grounds.push(*ground);
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let wide = ground.width() / bars.len() as f64;
    for (i, bar) in bars.iter().enumerate() {
        let left = ground.left + wide * i as f64;
        let height =
            (bar.count as f64 / most as f64 * (PLOT - 20.0)).max(if bar.count > 0 { 1.0 } else { 0.0 });
        let gap = (wide * 0.08).min(2.0);
        layout.bars.push(Rect::new(left + gap, ground.bottom - height, left + wide - gap, ground.bottom));
    }
    // Where a time stands among bars that need not be alike: by its share of the bar that it lies in.
    let place = |value: u64| {
        let index = bars.iter().position(|bar| value < bar.to).unwrap_or(bars.len() - 1);
        let bar = bars[index];
        let inside = (value.saturating_sub(bar.from)) as f64 / (bar.to - bar.from).max(1) as f64;
        ground.left + wide * (index as f64 + inside.min(1.0))
    };
    let told = format!("half {} · 90 % {} · 99 % {}", time(*p50), time(*p90), time(*p99));
    layout.words.push(Words::line(ground.left + 6.0, ground.top + 12.0, 10.5, &told, Face::Sans, Ink::Text));
    for value in [*p50, *p90, *p99] {
        let x = place(value);
        layout.marks.push(((x, ground.top + 18.0), (x, ground.bottom)));
    }
    let (first, last) = (bars[0].from, bars[bars.len() - 1].to);
    label(layout, (ground.left, ground.bottom + 15.0), &time(first), Anchor::Start);
    label(layout, (ground.right, ground.bottom + 15.0), &time(last), Anchor::End);
}

/// The share of runs that drift, column by column.
fn over_time(layout: &mut Layout, (report, repair): (&SimulationReport, &Repair), ground: &Rect) {
    let most = repair.over_time.iter().copied().fold(0.0, f64::max);
    let told = format!("drifts {} of the time; at most {} at once", percent(repair.share), percent(most));
    label(layout, (ground.left, ground.top - 6.0), &told, Anchor::Start);
    layout.grounds.push(*ground);
    let scale = if most > 0.0 { (PLOT - 6.0) / most } else { 0.0 };
    let wide = ground.width() / repair.over_time.len().max(1) as f64;
    let mut points = vec![(ground.left, ground.bottom)];
    for (i, share) in repair.over_time.iter().enumerate() {
        let (left, y) = (ground.left + wide * i as f64, ground.bottom - share * scale);
        points.extend([(left, y), (left + wide, y)]);
    }
    points.push((ground.right, ground.bottom));
    layout.areas.push(points);
    label(layout, (ground.left, ground.bottom + 15.0), "begin", Anchor::Start);
    label(layout, (ground.right, ground.bottom + 15.0), &time(report.length), Anchor::End);
}

/// The plots in words: the description of the picture.
pub fn describe(report: &SimulationReport) -> String {
    let one = |r: &Repair| {
        let Spread { p50, p90, p99, worst, count, .. } = r.repaired;
        let times = match count {
            0 => "no drift ended".to_string(),
            _ => format!(
                "half within {}, 90 % within {}, 99 % within {}, longest {}",
                time(p50),
                time(p90),
                time(p99),
                time(worst)
            ),
        };
        format!("{}: {times}; drifts {} of the time", r.name, percent(r.share))
    };
    report.repairs.iter().map(one).collect::<Vec<_>>().join(". ")
}
