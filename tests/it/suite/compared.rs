//! Answers in short of `sweep`, `mutate`, `why`, `relax` and `grade`.
//!
//! Enters: their reports. Leaves: text, a line for each point, part or mapping.

use super::summary::line;
use reconverge_lang::report::variants::{
    Brief, GradeReport, MutationReport, Noticed, RelaxReport, SweepReport,
};
use reconverge_lang::view::variants as rows;

pub(super) fn sweep(out: &mut String, report: &SweepReport) {
    line(out, 0, format!("sweep {} of {}", rows::swept(report), rows::swept_subject(report)));
    for point in &report.points {
        let verdicts = report.members.iter().zip(&point.verdicts);
        let verdicts: Vec<String> =
            verdicts.map(|(m, brief)| format!("{} {}", m.name, rows::short(brief))).collect();
        let states = point.states.map_or("not explored".to_string(), |n| format!("{n} states"));
        let why = point.why.as_ref().map_or(String::new(), |why| format!(" ({why})"));
        line(out, 1, format!("{}: {}; {states}{why}", point.values.join(", "), verdicts.join(", ")));
    }
    for member in &report.members {
        line(out, 1, format!("{}: {}", member.name, rows::flips(&report.params, &member.flips)));
    }
    if let Some(see) = rows::to_see(report) {
        line(out, 1, format!("see: {see}"));
    }
}

pub(super) fn mutation(out: &mut String, report: &MutationReport) {
    let of = report.asked.as_ref().map_or(String::new(), |asked| format!(" of {}", asked.name));
    line(out, 0, format!("weaker {}{of}, {} states", report.subject.system, report.coverage.states_distinct));
    rows::because(report).iter().for_each(|because| line(out, 1, because));
    let all = |members: &[Brief]| members.iter().map(rows::noticing).collect::<Vec<_>>().join(", ");
    for weaker in &report.weaker {
        let noticed = match &weaker.noticed {
            Noticed::By { members } => all(members),
            Noticed::Emptied { members } => format!("empty: {}", all(members)),
            Noticed::NoValue { steps } => format!("no value in {steps} steps"),
            Noticed::Unnoticed { as_many } => {
                let as_many = if *as_many { "as many" } else { "other" };
                format!("unnoticed, {as_many} states: {}", weaker.states.unwrap_or(0))
            }
            Noticed::Superfluous => "superfluous".to_string(),
            Noticed::Unknown { why } => format!("not decided: {why}"),
        };
        line(out, 1, format!("{} [{}]: {noticed}", weaker.words, weaker.of));
    }
    for (name, why) in &report.left_out {
        line(out, 1, format!("left out: {name}, {why}"));
    }
}

pub(super) fn relax(out: &mut String, report: &RelaxReport) {
    line(out, 0, format!("looser {}, {} states", report.subject.system, report.coverage.states_distinct));
    let all = |members: &[Brief]| members.iter().map(rows::noticing).collect::<Vec<_>>().join(", ");
    for looser in &report.orders {
        let noticed = match &looser.noticed {
            Noticed::By { members } => all(members),
            Noticed::Emptied { members } => format!("empty: {}", all(members)),
            Noticed::NoValue { steps } => format!("no value in {steps} steps"),
            Noticed::Unnoticed { .. } | Noticed::Superfluous => {
                format!("nothing depends on it, {} states", looser.states.unwrap_or(0))
            }
            Noticed::Unknown { why } if looser.loosened => format!("not decided: {why}"),
            Noticed::Unknown { why } => format!("not loosened: {why}"),
        };
        line(out, 1, format!("{}, {}: {noticed}", looser.order, looser.words));
        let Some((_, finding, trace)) = rows::run(looser) else { continue };
        line(out, 2, format!("{}:", finding.name));
        for (i, step) in trace.steps.iter().enumerate() {
            line(out, 3, format!("{}. {}", i + 1, step.label));
        }
    }
    for (name, why) in &report.left_out {
        line(out, 1, format!("left out: {name}, {why}"));
    }
}

pub(super) fn grade(out: &mut String, report: &GradeReport) {
    line(out, 0, format!("grade {}: {}", report.subject.system, rows::grade_tally(report)));
    for graded in &report.against {
        let kind = if graded.right { "right" } else { "wrong" };
        let verdicts: Vec<String> =
            graded.verdicts.iter().map(|brief| format!("{} {}", brief.member, rows::short(brief))).collect();
        let why = graded.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
        line(out, 1, format!("{kind} {}: {}{why}", graded.system, verdicts.join(", ")));
    }
    report.incomplete.iter().for_each(|why| line(out, 1, format!("incomplete: {why}")));
    for asked in &report.asked {
        line(out, 1, format!("{}: asked", asked.words));
    }
}
