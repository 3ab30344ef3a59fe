//! Stepping by hand as plain text: each line that begins with `do` can be typed.
//!
//! Enters: a report. Leaves: text.

use super::{table, trace, words};
use crate::report::hand::{Did, HandReport, Next, Possible, Wrong};
use crate::report::{SavedReport, TraceStep};
use crate::view::heading::Mark;
use crate::view::state::{Shown, tables};

/// So many steps are listed after each step; `enabled` lists all.
const MOST: usize = 12;

pub(super) fn hand(report: &HandReport) -> String {
    let mut out = format!("{}\n", words::hand_title(report));
    match &report.did {
        Did::Took { step } => out += &taken(step, &report.lanes),
        Did::Undid { lines } => {
            out += "taken back:\n";
            out.extend(lines.iter().map(|line| format!("  {line}\n")));
            out += &state(report);
        }
        Did::Started => out += &state(report),
        Did::Shown => {
            if let Some(run) = &report.run {
                out += "the run so far:\n";
                out.extend(run.steps.iter().map(|step| format!("  {}\n", step.command())));
            }
            out += &state(report);
        }
        Did::Asked => {}
        Did::Looked { .. } => {
            if let Some(run) = &report.run {
                out += &trace(run, &Mark::False);
            }
            return format!("{out}the state then:\n{}", state(report));
        }
    }
    out.extend(report.wrong.iter().map(wrong));
    out.extend(report.earlier.iter().map(|e| format!("✗ {}\n", words::earlier(e))));
    out.extend(report.notes.iter().map(|note| format!("! {note}\n")));
    out + &next(&report.next, matches!(report.did, Did::Asked))
}

fn taken(step: &TraceStep, lanes: &[String]) -> String {
    let mut out = format!("{}\n", step.command());
    out.extend(words::sent(step, lanes).into_iter().map(|(m, to)| format!("     sends {m} to {to}\n")));
    out.extend(words::changes(step).map(|change| format!("     {}\n", words::change(change))));
    if words::is_idle(step) {
        out += "     changes nothing\n";
    }
    out
}

fn wrong(wrong: &Wrong) -> String {
    let values: Vec<String> = wrong.values.iter().map(|(p, v)| format!("\n        {p} = {v}")).collect();
    format!("✗ {}: {}{}\n", words::wrong(wrong), wrong.expression, values.concat())
}

fn state(report: &HandReport) -> String {
    let tables = tables(report);
    let mut out = String::new();
    let show = |shown: &Shown<'_>| format!("{}{}", shown.value, if shown.changed { " *" } else { "" });
    for kind in &tables.kinds {
        let head: Vec<&str> = std::iter::once("").chain(kind.nodes.iter().copied()).collect();
        let row = |(name, values): &(&str, Vec<Option<Shown<'_>>>)| {
            let values = values.iter().map(|value| value.as_ref().map(show).unwrap_or_default());
            std::iter::once(name.to_string()).chain(values).collect()
        };
        out += &table(&head, &kind.fields.iter().map(row).collect::<Vec<_>>());
    }
    let row = |(name, shown): &(&str, Shown<'_>)| vec![name.to_string(), show(shown)];
    if !tables.rest.is_empty() {
        out += &table(&["", "value"], &tables.rest.iter().map(row).collect::<Vec<_>>());
    }
    if tables.tells_changes() {
        out += "* changed by the last step\n";
    }
    out
}

fn possible(step: &Possible) -> String {
    let note = step.note.as_ref().map(|note| format!("   // {note}")).unwrap_or_default();
    format!("  {}{note}\n", step.line)
}

fn next(next: &Next, all: bool) -> String {
    let count = next.count();
    if count == 0 {
        return "nothing can be done".to_string();
    }
    if !all {
        let mut out = format!("{}:\n", words::can_be_done(next));
        out.extend(next.listed().take(MOST).map(possible));
        if count > MOST {
            out += &format!("  … and {} more: `enabled` lists them\n", words::count((count - MOST) as u64));
        }
        return out;
    }
    let mut out = String::new();
    for group in &next.groups {
        out += &format!("{}\n", words::group(group, next));
        out.extend(group.steps.iter().map(possible));
        if group.more > 0 {
            out += &format!("  … and {} more\n", words::count(group.more as u64));
        }
    }
    out
}

/// A cell that can be executed as it is printed.
pub(super) fn saved(saved: &SavedReport) -> String {
    format!("{}// {}\n", saved.code, saved.comes_out.replace('\n', " "))
}
