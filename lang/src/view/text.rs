//! Reports as plain text.
//!
//! Enters: reports and sources. Leaves: text for terminals and `text/plain`: tables, and traces as numbered steps that
//! name only what changed.

use super::heading::{self, Mark};
use super::{inspection, profile as rows, words};
use crate::concepts::{ConceptKind, StepKind};
use crate::report::further::Further;
use crate::report::panel::{Knob, Panel};
use crate::report::profile::Profile;
use crate::report::question::Question;
use crate::report::{
    AlongTrace, AuditReport, CheckReport, CompareReport, Coverage, DefinedReport, DiagramMember,
    DiagramReport, Expectation, FindReport, Finding, LineOutcome, Partitions, Report, ScenarioReport,
    Standing, Subject, Trace, ValueReport, Verdict,
};
use crate::span::Sources;
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

mod beside;
mod conform;
mod graph;
mod hand;
mod simulation;
mod variants;

/// Columns of a terminal that is not narrow.
const WIDTH: u16 = 100;

pub(super) fn report(report: &Report, sources: &Sources) -> String {
    let questions = report.questions();
    if let Some(subject) = words::asked(report).filter(|_| !questions.is_empty()) {
        return asked(&subject, &questions);
    }
    let text = match report {
        Report::Check(check) => self::check(check, sources),
        Report::Scenario(scenario) => self::scenario(scenario),
        Report::Find(find) => self::find(find),
        Report::Simulation(report) => simulation::simulation(report, sources),
        Report::Sweep(sweep) => variants::sweep(sweep),
        Report::Mutation(mutation) => variants::mutation(mutation),
        Report::Relax(relax) => variants::relax(relax),
        Report::Grade(grade) => variants::grade(grade),
        Report::Graph(graph) => self::graph::graph(graph),
        Report::Audit(audit) => self::audit(audit),
        Report::Compare(compare) => self::compare(compare),
        Report::Diagram(diagram) => self::diagram(diagram),
        Report::Hand(hand) => hand::hand(hand),
        Report::Beside(beside) => beside::beside(beside),
        Report::Conform(conform) => self::conform::conform(conform),
        Report::Saved(saved) => hand::saved(saved),
        Report::Value(value) => self::value(value),
        Report::Inspection(found) => inspection::plain(found),
        Report::Defined(defined) => self::defined(defined),
    };
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_string()
}

/// Questions to the reader, and none of the answers.
fn asked(what: &str, questions: &[Question<'_>]) -> String {
    let asks = questions.iter().map(|q| format!("? {}\n", q.words));
    let mut how: Vec<&str> = questions.iter().map(|q| q.answer.how()).collect();
    how.dedup();
    format!("{what}\n{}Your answer first: {}.", asks.collect::<String>(), how.join("; "))
}

/// A line under the head, none between rows: first cells tell the rows apart.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table as wide as it needs to be, at most [`WIDTH`].
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(head.to_vec());
    for row in rows {
        table.add_row(row.clone());
    }
    format!("{table}\n")
}

/// What may be moved in a cell, where nothing can be moved.
pub(super) fn panel(panel: &Panel) -> String {
    let row = |knob: &Knob| {
        let (name, kind) = (knob.name.clone(), knob.kind.word().to_owned());
        vec![name, kind, knob.values.word(knob.at), knob.values.words()]
    };
    let rows: Vec<Vec<String>> = panel.knobs.iter().map(row).collect();
    let text = format!("{}{}", table(&super::PANEL_HEAD, &rows), super::PANEL_FOOT.replace('`', ""));
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn title(command: &str, subject: &Subject, rest: &str) -> String {
    format!("{command} {} · {}\n{rest}\n", words::subject(subject), words::budgets(subject))
}

fn check(check: &CheckReport, sources: &Sources) -> String {
    let mut out = title("check", &check.subject, &words::tally(&check.findings));
    if !check.findings.is_empty() {
        let rows: Vec<Vec<String>> = check.findings.iter().map(finding_row).collect();
        out += &table(&["verdict", "member", "what was checked"], &rows);
    }
    for line in words::coverage(&check.coverage) {
        out += &format!("{line}\n");
    }
    for finding in &check.findings {
        if let Some(trace) = words::trace_of(&finding.verdict) {
            out += &format!("\n{}, {}\n", finding.name, words::above(&finding.verdict));
            out += &self::trace(trace, &heading::of_finding(&check.subject, finding, trace).mark);
        }
    }
    out += &check.further.as_ref().map_or(String::new(), |further| self::further(&check.subject, further));
    out += &expectations(&check.expectations, sources);
    out += &partitions(&check.coverage);
    if !check.unused.is_empty() {
        out += "\nnever happened in what was explored:\n";
    }
    for unused in &check.unused {
        let why = if unused.why.is_empty() { String::new() } else { format!(": {}", unused.why) };
        out += &format!("  {} {}{why}\n", unused.what, unused.name);
    }
    if let Some(profile) = &check.profile {
        out += &self::profile(profile);
    }
    if let Some(sample) = &check.sample {
        out += &format!(
            "\na sample run ({}):\n{}",
            words::trace_size(sample),
            self::trace(sample, &Mark::False)
        );
    }
    out
}

/// What partitions come to, below an empty line; nothing where there are none.
fn partitions(coverage: &Coverage) -> String {
    let mut out = words::idle(coverage).map_or(String::new(), |idle| format!("\n{idle}\n"));
    let passed = words::passed_by(coverage);
    if !passed.is_empty() {
        out += &format!("\n{}:\n", Partitions::PASSED_BY);
    }
    out.extend(passed.iter().map(|(step, touches)| format!("  {step}: {touches}\n")));
    out
}

/// More runs that break something.
fn further(subject: &Subject, further: &Further) -> String {
    let mut out = String::new();
    for run in &further.runs {
        let size = words::trace_size(&run.trace);
        out += &format!("\n{} in another way, in {size}: {}\n", run.member, words::differs(run));
        out += &self::trace(&run.trace, &heading::of_further(subject, run).mark);
    }
    out += &words::fewer(further).map_or(String::new(), |fewer| format!("\n{fewer}\n"));
    out
}

/// What was expected, below an empty line; nothing where nothing was.
fn expectations(all: &[Expectation], sources: &Sources) -> String {
    let mut out = String::new();
    if !all.is_empty() {
        out += "\n";
    }
    for expectation in all {
        let mark = if expectation.met { "✓" } else { "✗" };
        let found =
            if expectation.found.is_empty() { String::new() } else { format!(" — {}", expectation.found) };
        let place = if expectation.met {
            String::new()
        } else {
            format!(" ({})", sources.describe(expectation.span))
        };
        out += &format!("{mark} {}{found}{place}\n", expectation.words);
    }
    out
}

fn profile(profile: &Profile) -> String {
    let steps: Vec<Vec<String>> = profile.steps.iter().map(|s| rows::step(s).to_vec()).collect();
    let variables = profile.variables.iter().map(|v| rows::variable(v, profile.bits).to_vec());
    let variables: Vec<Vec<String>> = variables.collect();
    let mut out = format!("\nprofile {}\n", rows::basis(profile));
    out += &table(&rows::STEPS, &steps);
    out += &format!("\n{}\n{}", rows::size(profile), table(&rows::VARIABLES, &variables));
    out.extend(profile.advice.iter().map(|advice| format!("→ {advice}\n")));
    out
}

fn finding_row(finding: &Finding) -> Vec<String> {
    let (mark, word, _) = words::verdict(&finding.verdict);
    let mut lines: Vec<String> = Vec::new();
    let reason = words::reason(&finding.verdict);
    match (&finding.sentence, reason.is_empty()) {
        (Some(sentence), true) => lines.push(sentence.clone()),
        (Some(sentence), false) => lines.extend([sentence.clone(), reason]),
        (None, false) => lines.push(reason),
        (None, true) => {}
    }
    let obligations = words::obligations(finding).into_iter();
    lines.extend(obligations.map(|(mark, _, words)| format!("{mark} {words}")));
    let member = format!("{}\n{}", finding.name, words::kind_and_types(finding.concept, &finding.types));
    vec![format!("{mark} {word}"), member, lines.join("\n")]
}

/// Numbered steps with what changed; the initial state only where nothing follows it.
pub(super) fn trace(trace: &Trace, mark: &Mark) -> String {
    let mut out = String::new();
    let symbol = mark.symbol();
    let broken = |step: Option<usize>| {
        let broken = trace.broken.as_ref().filter(|b| b.step == step)?;
        let values: Vec<String> = broken.values.iter().map(|(p, v)| format!("\n        {p} = {v}")).collect();
        Some(format!(
            "    {symbol} {}: {}{}\n",
            words::broken(mark, broken, trace),
            broken.expression,
            values.concat()
        ))
    };
    let all = trace.length() == 0 || trace.broken.as_ref().is_some_and(|b| b.step.is_none());
    if all || !trace.chosen.is_empty() {
        out += "  0  initial state\n";
        out.extend(words::initial(trace, all).iter().map(|line| format!("     {line}\n")));
    }
    out += &broken(None).unwrap_or_default();
    for ((index, step), number) in trace.steps.iter().enumerate().zip(trace.numbers()) {
        if trace.loop_start == Some(index) && step.kind != StepKind::Stutter {
            out += "  ┌─ from here on for ever:\n";
        }
        // The end of a run is no step of it.
        let number = if step.kind == StepKind::Stutter {
            "–".to_string()
        } else if step.folded > 0 {
            "⋮".to_string()
        } else {
            number.to_string()
        };
        let line =
            if step.label.is_empty() { "nothing can happen any more".to_string() } else { step.line() };
        out += &format!("{number:>3}  {line}\n");
        out.extend(
            words::sent(step, &trace.lanes).into_iter().map(|(m, to)| format!("       sends {m} to {to}\n")),
        );
        out.extend(words::changes(step).map(|change| format!("       {}\n", words::change(change))));
        out.extend(words::taken(step).map(|by| format!("       {by}\n")));
        out.extend(step.counterpart.iter().map(|is| format!("       {is}\n")));
        out += &broken(Some(index)).unwrap_or_default();
    }
    if let Some(start) = trace.loop_start
        && trace.steps.get(start).is_some_and(|s| s.kind != StepKind::Stutter)
    {
        out += &format!("  └─ and again from step {}\n", trace.number(start));
    }
    out
}

fn scenario(scenario: &ScenarioReport) -> String {
    let ways = words::ways(scenario);
    let mut out = title(&format!("scenario \"{}\" on", scenario.title), &scenario.subject, &ways);
    for line in &scenario.lines {
        let indented = |values: &[(String, crate::value::Value)]| -> String {
            words::telling(values).map(|(what, value)| format!("      {what} = {value}\n")).collect()
        };
        out += &match &line.outcome {
            LineOutcome::Passed { ways, values } => {
                let ways =
                    if *ways > 1 { format!("   ({})", words::ways_counted(*ways)) } else { String::new() };
                format!("  ✓ {}{ways}\n{}", line.text, indented(values))
            }
            LineOutcome::Failed { passed, failed, why, values } => {
                let ways = words::mixed(*passed, *failed);
                format!("  ✗ {}\n      {why}{ways}\n{}", line.text, indented(values))
            }
            LineOutcome::Asked { answers, .. } => {
                format!("  ? {}\n      {}\n", line.text, words::answers(answers))
            }
            LineOutcome::NotReached => format!("  – {}   (not reached)\n", line.text),
        };
    }
    if let Some(why) = &scenario.incomplete {
        out += &format!("not every way was tried: {why}\n");
    }
    if let Some(trace) = &scenario.trace {
        out += &format!("\n{}", self::trace(trace, &heading::of_scenario(scenario, trace).mark));
    }
    out
}

fn find(find: &FindReport) -> String {
    let within =
        find.within.map(|n| format!(" within {}", words::plural(u64::from(n), "step"))).unwrap_or_default();
    let mut out = title("find", &find.subject, &format!("{}{within}", find.goal));
    let (mark, word) = match &find.verdict {
        Verdict::Holds { .. } => ("∅", "never reached"),
        Verdict::HoldsWithinBound { .. } => ("≤", "not reached within bound"),
        verdict @ (Verdict::Witnessed { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Violated { .. }
        | Verdict::Incomplete { .. }
        | Verdict::Failed { .. }
        | Verdict::NotChecked { .. }) => {
            let (mark, word, _) = words::verdict(verdict);
            (mark, word)
        }
    };
    let reason = words::reason(&find.verdict);
    out += &if reason.is_empty() { format!("{mark} {word}\n") } else { format!("{mark} {word}: {reason}\n") };
    for line in words::coverage(&find.coverage) {
        out += &format!("{line}\n");
    }
    out += partitions(&find.coverage).trim_start();
    if let Some(expected) = &find.expected {
        let mark = if expected.met { "✓" } else { "✗" };
        let found = if expected.met { String::new() } else { format!(" — {}", expected.found) };
        out += &format!("{mark} {}{found}\n", expected.words);
    }
    if let Some(trace) = words::trace_of(&find.verdict) {
        out += &format!("\n{}", self::trace(trace, &heading::of_find(find, trace).mark));
    }
    out
}

fn audit(audit: &AuditReport) -> String {
    let mut out = format!("audit {} · {}\n", words::subject(&audit.subject), words::budgets(&audit.subject));
    let mut last = "";
    for question in &audit.questions {
        if question.concept != last {
            out += &format!("\n{}\n", question.concept.to_uppercase());
            last = &question.concept;
        }
        let (mark, word, _) = words::standing(question.standing);
        out += &format!("  {mark} {word:<10}  {}\n", question.question);
        for answer in &question.answers {
            let (mark, ..) = words::standing(answer.standing);
            let member = words::unnamed(answer).map(|m| format!("{m}: ")).unwrap_or_default();
            let place = answer.place.as_ref().map(|p| format!(" ({p})")).unwrap_or_default();
            out += &format!("      {mark} {member}{}{place}\n", answer.words);
        }
    }
    out += "\n";
    if let Some(coverage) = &audit.coverage {
        out += &format!("{}\n", words::coverage(coverage).join("\n"));
        out += partitions(coverage).trim_start();
    }
    let broken = words::standing_so(audit, Standing::Broken);
    if !broken.is_empty() {
        out += "What is broken:\n";
        out.extend(broken.iter().map(|(question, words)| format!("  ✗ {question} {words}\n")));
    }
    let undecided = words::standing_so(audit, Standing::Undecided);
    if !undecided.is_empty() {
        out += "What is not decided:\n";
        out.extend(undecided.iter().map(|(question, words)| format!("  … {question} {words}\n")));
    }
    if audit.open.is_empty() {
        let whole = broken.is_empty() && undecided.is_empty();
        return out + if whole { "Every question has an answer." } else { "" };
    }
    out += "If you can't answer one, that's the bug:\n";
    out.extend(audit.open.iter().map(|open| format!("  ? {open}\n")));
    out
}

fn compare(compare: &CompareReport) -> String {
    let mut out = format!("{}\n", compare.systems.join(", "));
    for part in &compare.tables {
        let head: Vec<&str> = part.columns.iter().map(String::as_str).collect();
        let mut rows = part.rows.clone();
        for i in (1..rows.len()).rev() {
            if part.rows[i].first() == part.rows[i - 1].first()
                && let Some(first) = rows[i].first_mut()
            {
                first.clear();
            }
        }
        out += &format!("\n{}\n{}\n{}", part.title, part.check, table(&head, &rows));
    }
    out
}

fn diagram(diagram: &DiagramReport) -> String {
    let mut out = format!("{}\n", words::subject(&diagram.subject));
    if let Some(docs) = &diagram.subject.docs {
        out += &format!("{docs}\n");
    }
    out += "\nOrdering → Invariants → Resolution\n   ↑                         ↓\n   └── Reconciliation loop ──┘\n\n";
    out + &members(diagram)
}

fn members(diagram: &DiagramReport) -> String {
    let lists = [&diagram.orders, &diagram.invariants, &diagram.resolutions, &diagram.reconcilers];
    let mut rows = Vec::new();
    for (concept, members) in ConceptKind::ALL.into_iter().zip(lists) {
        if members.is_empty() {
            rows.push(vec![concept.title().to_string(), String::new(), "nothing said yet".to_string()]);
        }
        for (i, member) in members.iter().enumerate() {
            let concept = if i == 0 { concept.title().to_string() } else { String::new() };
            rows.push(member_row(concept, member, diagram));
        }
    }
    table(&["concept", "member", "sentence"], &rows)
}

fn member_row(concept: String, member: &DiagramMember, diagram: &DiagramReport) -> Vec<String> {
    let handles: Vec<&str> =
        diagram.handles.iter().filter(|(r, _)| *r == member.name).map(|(_, what)| what.as_str()).collect();
    let mut sentence = member.sentence.clone().unwrap_or_default();
    if !handles.is_empty() {
        sentence += &format!("\nhandles {}", handles.join(", "));
    }
    if !member.executable {
        sentence += "\n(only stated)";
    }
    let name = if member.types.is_empty() {
        member.name.clone()
    } else {
        format!("{}\n{}", member.name, member.types.join(", "))
    };
    vec![concept, name, sentence.trim_start().to_string()]
}

fn value(value: &ValueReport) -> String {
    match &value.values {
        AlongTrace::Once(once) => once.to_string(),
        AlongTrace::Steps(steps) => {
            let row = |(i, (label, now)): (usize, &(String, Option<crate::value::Value>))| {
                vec![
                    value.numbers.get(i).unwrap_or(&i).to_string(),
                    label.clone(),
                    words::value(now.as_ref()),
                ]
            };
            let rows: Vec<Vec<String>> = steps.iter().enumerate().map(row).collect();
            table(&["", "after", &value.expression], &rows)
        }
    }
}

fn defined(defined: &DefinedReport) -> String {
    let mut out = String::new();
    for system in &defined.systems {
        let size = system.size.map(|s| format!(" · {}", words::size(s))).unwrap_or_default();
        out += &format!("{} {}: {}{size}\n", system.name, system.verb, words::members(&system.diagram));
    }
    out.extend(defined.stale.iter().map(|stale| format!("! stale: {stale}\n")));
    out
}
