//! The profile of a check as rows of words and as bars.
//!
//! Enters: a profile. Leaves: the rows of its two tables, and the geometry of its picture: one bar for each action, as
//! long as the steps that it took, dark as far as those that found a state first; beside it its share of the time.

use super::measure::{Face, elide, width};
use super::palette::Ink;
use super::timeline::{Anchor, Rect, Words};
use super::words::{count, plural, subject};
use crate::report::Subject;
use crate::report::profile::{Profile, ProfiledStep, ProfiledVariable};

const PAD: f64 = 16.0;
const WIDTH: f64 = 760.0;
const ROW: f64 = 24.0;
const BAR: f64 = 14.0;
/// Names are cut to this.
const NAMES: f64 = 230.0;
/// Room for the numbers behind the longest bar.
const NUMBERS: f64 = 210.0;
/// The picture shows so many bars; the table has all.
const MOST: usize = 24;

/// The head of the table of steps.
pub const STEPS: [&str; 6] = ["", "name", "steps", "new states", "new of steps", "time"];

/// The head of the table of variables.
pub const VARIABLES: [&str; 5] = ["variable", "type", "bits", "values", "states without it"];

/// A row of the table of steps.
pub fn step(step: &ProfiledStep) -> [String; 6] {
    [
        step.what.clone(),
        step.name.clone(),
        count(step.generated),
        count(step.distinct),
        share(step.distinct as f64 / step.generated.max(1) as f64),
        step.time.map(share).unwrap_or_default(),
    ]
}

/// A row of the table of variables.
pub fn variable(variable: &ProfiledVariable, all: u32) -> [String; 5] {
    let members = if variable.members > 1 { format!(" × {}", variable.members) } else { String::new() };
    let ghost = if variable.ghost { " (ghost)" } else { "" };
    [
        format!("{}{members}{ghost}", variable.name),
        variable.ty.clone().unwrap_or_default(),
        format!("{} of {all}", variable.bits),
        variable.values.map_or("–".to_string(), count),
        variable.without.map_or(String::new(), count),
    ]
}

/// Bits, words and bytes of a state.
pub fn size(profile: &Profile) -> String {
    format!(
        "a state: {} in {}; {:.0} bytes held for each distinct state",
        plural(u64::from(profile.bits), "bit"),
        plural(u64::from(profile.words), "word"),
        profile.bytes_per_state
    )
}

/// What the tables rest on.
pub fn basis(profile: &Profile) -> String {
    let initial = plural(profile.initial, "initial state");
    let time = match profile.sampled {
        0 => "no clock, so no time".to_string(),
        n => format!("time: shares measured on {}", plural(n, "state")),
    };
    format!("of {}, {initial}; {time}", plural(profile.states, "state"))
}

fn share(part: f64) -> String {
    let percent = 100.0 * part;
    if percent > 0.0 && percent < 1.0 { "< 1 %".to_string() } else { format!("{percent:.0} %") }
}

/// The picture, in pixels.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
    /// What a screen reader is told.
    pub title: String,
    /// All steps, and on top of them those that found a state first.
    pub bars: Vec<(Rect, Rect)>,
    /// All texts.
    pub words: Vec<Words>,
}

/// Lays out a profile.
pub fn layout(of: &Subject, profile: &Profile) -> Layout {
    let title = format!("where the states of {} come from", subject(of));
    let mut shown: Vec<&ProfiledStep> = profile.steps.iter().filter(|s| s.generated > 0).collect();
    shown.sort_by_key(|step| std::cmp::Reverse(step.generated));
    shown.truncate(MOST);
    let names = shown.iter().map(|s| width(&s.name, Face::Mono, 12.0)).fold(60.0, f64::max).min(NAMES);
    let left = PAD + names + 10.0;
    let room = WIDTH - left - PAD - NUMBERS;
    let most = shown.iter().map(|s| s.generated).max().unwrap_or(1) as f64;
    let mut layout = Layout { width: WIDTH, title: title.clone(), ..Layout::default() };
    let mut y = PAD + 12.0;
    let title = elide(&title, Face::SansBold, 14.0, WIDTH - 2.0 * PAD);
    layout.words.push(Words::line(PAD, y, 14.0, &title, Face::SansBold, Ink::Text));
    y += 18.0;
    let legend = "bar: steps taken; blue: states found first";
    layout.words.push(Words::line(PAD, y, 11.0, legend, Face::Sans, Ink::Muted));
    y += 10.0;
    for step in shown {
        let (top, base) = (y + (ROW - BAR) / 2.0, y + ROW / 2.0 + 4.0);
        let bar = |n: u64| {
            let long = (room * n as f64 / most).max(if n > 0 { 1.0 } else { 0.0 });
            Rect { left, top, right: left + long, bottom: top + BAR }
        };
        let name = elide(&step.name, Face::Mono, 12.0, names);
        let mut words = Words::line(left - 8.0, base, 12.0, &name, Face::Mono, Ink::Text);
        words.anchor = Anchor::End;
        words.full = (name != step.name).then(|| step.name.clone());
        layout.words.push(words);
        let time = step.time.map(|t| format!(" · {} time", share(t))).unwrap_or_default();
        let numbers = format!("{} / {}{time}", count(step.generated), count(step.distinct));
        let numbers = elide(&numbers, Face::Sans, 11.0, WIDTH - PAD - bar(step.generated).right - 6.0);
        let x = bar(step.generated).right + 6.0;
        layout.words.push(Words::line(x, base, 11.0, &numbers, Face::Sans, Ink::Muted));
        layout.bars.push((bar(step.generated), bar(step.distinct)));
        y += ROW;
    }
    layout.height = y + PAD - 4.0;
    layout
}

/// The bars in words: the description of the picture.
pub fn describe(profile: &Profile) -> String {
    let one = |s: &ProfiledStep| {
        format!("{}: {} steps, {} new states", s.name, count(s.generated), count(s.distinct))
    };
    let all: Vec<String> = profile.steps.iter().filter(|s| s.generated > 0).take(MOST).map(one).collect();
    format!("Bars: {}.", all.join("; "))
}
