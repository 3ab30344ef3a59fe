//! Text of a simulation.
//!
//! Enters: its report. Leaves: tables, and the run of what broke.

use super::{expectations, table, trace};
use crate::report::SimulationReport;
use crate::report::simulation::Sampled;
use crate::span::Sources;
use crate::view::{heading, simulation as rows, words};

pub(super) fn simulation(report: &SimulationReport, sources: &Sources) -> String {
    let mut out = format!(
        "simulate {} · {}\n{}\n",
        words::subject(&report.subject),
        rows::asked(report),
        rows::tally(report)
    );
    let members: Vec<Vec<String>> = report
        .members
        .iter()
        .map(|member| {
            let (mark, word, _) = rows::outcome(&member.outcome);
            let name = format!("{}\n{}", member.name, words::kind_and_types(member.concept, &member.types));
            let mut lines: Vec<String> = member.sentence.iter().cloned().collect();
            lines.push(rows::runs(member, report.runs));
            lines.extend(rows::lines(member));
            vec![format!("{mark} {word}"), name, lines.join("\n")]
        })
        .collect();
    if !members.is_empty() {
        out += &table(&["", "member", "on these runs (95 % confidence)"], &members);
    }
    if !report.repairs.is_empty() {
        let repairs: Vec<Vec<String>> = report.repairs.iter().map(|r| rows::repair(r).to_vec()).collect();
        out += &format!("\n{}", table(&rows::REPAIRS, &repairs));
        out.extend(report.repairs.iter().map(|r| format!("{}\n", rows::drifting(r))));
    }
    let taken = report.taken.iter().filter(|t| t.times > 0);
    let taken: Vec<Vec<String>> = taken.map(|t| rows::taken(t).to_vec()).collect();
    if !taken.is_empty() {
        out += &format!("\n{}", table(&rows::TAKEN, &taken));
    }
    let never: Vec<&str> = report.taken.iter().filter(|t| t.times == 0).map(|t| t.name.as_str()).collect();
    if !never.is_empty() {
        out += &format!("never happened: {}\n", never.join(", "));
    }
    out += &format!("{}\n", rows::size(report));
    out.extend(report.notes.iter().map(|note| format!("{note}\n")));
    if !report.assumed.is_empty() {
        out += &format!("assumed: {}\n", report.assumed.join(", "));
    }
    if let Some(why) = &report.incomplete {
        out += &format!("incomplete: {why}\n");
    }
    for member in &report.members {
        if let Sampled::Broken(broken) = &member.outcome
            && broken.shown().is_some()
        {
            let heading = heading::of_simulated(&report.subject, member, broken);
            out += &format!("\n{}, {}\n", member.name, rows::origin(broken));
            out += &trace(&broken.trace, &heading.mark);
        }
    }
    out + &expectations(&report.expectations, sources)
}
