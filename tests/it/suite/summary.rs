//! Answers in short: what must not change unnoticed, in a form that people read and review.
//!
//! Enters: the reports and the outcome of a cell. Leaves: text, a line for each verdict, step and diagnostic.

use super::compared;
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::report::beside::{BesideReport, Taken};
use reconverge_lang::report::graph::{GraphReport, Shows};
use reconverge_lang::report::hand::{Did, HandReport};
use reconverge_lang::report::simulation::{Sampled, SimulationReport, Spread};
use reconverge_lang::report::{
    AlongTrace, AuditReport, CheckReport, Coverage, Expectation, FindReport, Finding, LineOutcome, PassedBy,
    Report, ScenarioReport, Standing, Subject, Trace, Verdict,
};
use reconverge_lang::session::Outcome;
use reconverge_lang::span::Sources;
use reconverge_lang::view::{self, fewer, graph as words};
use reconverge_tests::typed::trace_of;
use std::fmt::Write;

/// `code`: the cell's text, for the places of diagnostics.
pub(super) fn summary(code: &str, reports: &[Report], outcome: &Outcome) -> String {
    let mut out = String::new();
    for report in reports {
        match report {
            Report::Check(check) => self::check(&mut out, check),
            Report::Scenario(scenario) => self::scenario(&mut out, scenario),
            Report::Find(find) => self::find(&mut out, find),
            Report::Simulation(simulation) => self::simulation(&mut out, simulation),
            Report::Sweep(sweep) => compared::sweep(&mut out, sweep),
            Report::Mutation(mutation) => compared::mutation(&mut out, mutation),
            Report::Relax(relax) => compared::relax(&mut out, relax),
            Report::Grade(grade) => compared::grade(&mut out, grade),
            Report::Graph(graph) => self::graph(&mut out, graph),
            Report::Audit(audit) => self::audit(&mut out, audit),
            Report::Value(value) => match &value.values {
                AlongTrace::Once(v) => line(&mut out, 0, format!("{} = {v}", value.expression)),
                AlongTrace::Steps(steps) => {
                    line(&mut out, 0, format!("{}:", value.expression));
                    for (step, v) in steps {
                        let v = v.as_ref().map_or("no value".to_string(), ToString::to_string);
                        line(&mut out, 1, format!("{v}  after {step}"));
                    }
                }
            },
            Report::Hand(hand) => self::hand(&mut out, hand),
            Report::Beside(beside) => self::beside(&mut out, beside),
            Report::Conform(conform) => line(&mut out, 0, &conform.why),
            Report::Saved(saved) => {
                saved.code.lines().for_each(|code| line(&mut out, 0, code));
                line(&mut out, 0, format!("// {}", saved.comes_out));
            }
            Report::Compare(compare) => line(&mut out, 0, format!("compare {}", compare.systems.join(", "))),
            Report::Inspection(found) => {
                view::inspection::plain(found).lines().for_each(|words| line(&mut out, 0, words));
            }
            Report::Diagram(diagram) => line(&mut out, 0, format!("diagram {}", diagram.subject.system)),
            Report::Defined(defined) => {
                for stale in &defined.stale {
                    line(&mut out, 0, format!("stale: {stale}"));
                }
            }
        }
    }
    match outcome {
        Outcome::Done { warnings } => diagnostics(&mut out, code, warnings),
        Outcome::Failed(failure) => diagnostics(&mut out, code, &failure.diagnostics),
        Outcome::Interrupted => line(&mut out, 0, "interrupted"),
    }
    out
}

pub(super) fn line(out: &mut String, indent: usize, words: impl AsRef<str>) {
    writeln!(out, "{}{}", "  ".repeat(indent), words.as_ref()).unwrap();
}

/// `E0201 2:12 unknown name …`
fn diagnostics(out: &mut String, code: &str, diagnostics: &[Diagnostic]) {
    let mut sources = Sources::default();
    let cell = sources.add("cell", code);
    for d in diagnostics {
        let p = sources.position(cell, d.span.start);
        line(out, 0, format!("{} {}:{} {}", d.code, p.line, p.column, d.message));
        if let Some(help) = &d.help {
            line(out, 1, format!("help: {help}"));
        }
    }
}

/// `TwoPhase(rms = 3), crash 1`
fn subject(subject: &Subject) -> String {
    let mut words = subject.system.clone();
    if !subject.params.is_empty() {
        let params: Vec<String> =
            subject.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        write!(words, "({})", params.join(", ")).unwrap();
    }
    if let Some(other) = &subject.refines {
        write!(words, " refines {}", self::subject(other)).unwrap();
    }
    for budget in &subject.faults {
        write!(words, ", {budget}").unwrap();
    }
    words
}

fn coverage(out: &mut String, coverage: &Coverage) {
    let Coverage { states_generated, states_distinct, depth, states_left, states_cut, .. } = coverage;
    let mut words = format!("{states_distinct} distinct, {states_generated} generated, depth {depth}");
    if *states_cut > 0 {
        write!(words, ", {states_cut} cut").unwrap();
    }
    if let Some(why) = &coverage.incomplete {
        write!(words, ", {states_left} left: {why}").unwrap();
    }
    line(out, 1, words);
    for reduction in &coverage.reductions {
        line(out, 1, format!("made smaller by {reduction}"));
    }
    let Some(partitions) = &coverage.partitions else { return };
    if partitions.idle {
        line(out, 1, "partitions change nothing");
    }
    for PassedBy { step, at, touches } in &partitions.passed_by {
        let at = at.as_ref().map_or(String::new(), |at| format!(" at {at}"));
        line(out, 1, format!("partitions do not stop {step}{at}: {}", touches.join(", ")));
    }
}

/// Every state and step on a line that begins with the number of the state.
fn graph(out: &mut String, graph: &GraphReport) {
    line(out, 0, format!("graph {}", subject(&graph.subject)));
    coverage(out, &graph.coverage);
    if graph.shows != Shows::Everything {
        line(out, 1, words::shows(graph));
    }
    for broken in words::broken(graph) {
        line(out, 1, broken);
    }
    if let Some(why) = &graph.no_value {
        line(out, 1, format!("no value: {why}"));
    }
    let number = |n: usize| format!("{n}.");
    for node in &graph.nodes {
        let remarks =
            words::remarks(graph, node).into_iter().map(|remark| format!("{} {}", remark.mark, remark.words));
        let words =
            [words::times(node), words::values(words::differs(graph, node))].into_iter().chain(remarks);
        let words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
        line(out, 1, format!("{} {}", number(node.number), words.join(" ")).trim_end());
        for edge in graph.edges.iter().filter(|edge| edge.from == node.number) {
            let bold = if edge.on_run { ", on the run" } else { "" };
            for step in &edge.steps {
                let step = words::arrow(edge, &words::step(step));
                line(out, 2, format!("{} {step} s{}{bold}", number(node.number), edge.to));
            }
        }
    }
}

fn check(out: &mut String, check: &CheckReport) {
    line(out, 0, format!("check {}", subject(&check.subject)));
    coverage(out, &check.coverage);
    for finding in &check.findings {
        self::finding(out, finding);
    }
    if let Some(further) = &check.further {
        line(out, 1, format!("{} of {} runs", further.found, further.asked));
        for run in &further.runs {
            let faults = if run.other_faults { ", other faults" } else { "" };
            // Which of several nodes takes the step is not told without its run.
            let ends = if run.ends_with.is_some() { ", another last step" } else { "" };
            line(
                out,
                1,
                format!("{} in {} steps{ends}{faults}: {}", run.member, run.trace.length(), run.why),
            );
            trace_lines(out, &run.trace);
        }
        if let Some(fewer) = fewer(further) {
            line(out, 1, fewer);
        }
    }
    for unused in &check.unused {
        line(out, 1, format!("unused {} {}: {}", unused.what, unused.name, unused.why));
    }
    for expectation in &check.expectations {
        line(out, 1, expected(expectation));
    }
}

fn expected(expectation: &Expectation) -> String {
    let words = &expectation.words;
    match expectation {
        Expectation { asked: true, found, .. } => format!("{words}: asked, and it is: {found}"),
        Expectation { met: true, .. } => format!("{words}: met"),
        Expectation { .. } => format!("{words}: not met"),
    }
}

fn finding(out: &mut String, finding: &Finding) {
    line(out, 1, format!("{}: {}", finding.name, verdict(&finding.verdict)));
    if let Some(trace) = trace_of(&finding.verdict) {
        trace_lines(out, trace);
    }
    // The obligations behind a verdict that has neither a run nor a reason to show.
    if trace_of(&finding.verdict).is_some() || matches!(finding.verdict, Verdict::NotChecked { .. }) {
        return;
    }
    for obligation in &finding.obligations {
        if !matches!(obligation.verdict, Verdict::Holds { .. }) {
            line(out, 2, format!("{}: {}", obligation.words, verdict(&obligation.verdict)));
        }
    }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds { note: None } => "holds".to_string(),
        Verdict::Holds { note: Some(note) } => format!("holds ({note})"),
        Verdict::HoldsWithinBound { bound, cut } => format!("holds within bound {bound}, {cut} cut"),
        Verdict::Vacuous { why } => format!("holds, but vacuously: {why}"),
        Verdict::Violated { why, kind, trace } => {
            let kind = kind.map(|k| format!("{}, ", k.word())).unwrap_or_default();
            format!("violated: {kind}{}{why}", length(trace))
        }
        Verdict::Witnessed { trace } => format!("found: {}", length(trace).trim_end_matches(", ")),
        Verdict::Incomplete { why } => format!("incomplete: {why}"),
        Verdict::Failed { why, help, code, .. } => {
            let help = help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("failed: {code} {why}{help}")
        }
        Verdict::NotChecked { why } => format!("not checked: {why}"),
    }
}

/// `7 steps, 1 crash, `
fn length(trace: &Trace) -> String {
    let steps = trace.length();
    let mut words = format!("{steps} step{}, ", if steps == 1 { "" } else { "s" });
    for (fault, number) in &trace.faults {
        write!(words, "{number} {}, ", fault.word()).unwrap();
    }
    words
}

fn trace_lines(out: &mut String, trace: &Trace) {
    for (index, step) in trace.steps.iter().enumerate() {
        let loops = if trace.loop_start == Some(index) { "loop: " } else { "" };
        line(out, 2, format!("{}. {loops}{}", index + 1, step.label));
    }
    if let Some(broken) = &trace.broken {
        let values: Vec<String> =
            broken.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        line(out, 2, format!("broken: {}", values.join(", ")));
    }
}

fn find(out: &mut String, find: &FindReport) {
    line(out, 0, format!("find {} {{ {} }}", subject(&find.subject), find.goal));
    line(out, 1, verdict(&find.verdict));
    if let Some(trace) = trace_of(&find.verdict) {
        trace_lines(out, trace);
    }
}

/// What broke on how many runs, with its run; how long repair takes, to the digit.
fn simulation(out: &mut String, report: &SimulationReport) {
    let faults: Vec<String> = report.faults.iter().map(|fault| format!(", {fault}")).collect();
    let runs = format!("{} runs of {} us", report.runs, report.length);
    line(out, 0, format!("simulate {}, {runs}{}", subject(&report.subject), faults.concat()));
    line(out, 1, format!("{} events, {} steps, {} faults", report.events, report.steps, report.faults_taken));
    for member in &report.members {
        match &member.outcome {
            Sampled::Broken(broken) => {
                let short = if broken.shortest { "shortest" } else { "shortened" };
                let words =
                    format!("broken on {} runs: {}{}", broken.runs, length(&broken.trace), broken.why);
                line(out, 1, format!("{}: {words} ({short})", member.name));
                trace_lines(out, &broken.trace);
            }
            Sampled::Unbroken { .. } => line(out, 1, format!("{}: not broken", member.name)),
            Sampled::Unwatched { why } => line(out, 1, format!("{}: not watched: {why}", member.name)),
        }
    }
    for repair in &report.repairs {
        let Spread { count, p50, p90, p99, worst, .. } = repair.repaired;
        let times = format!("{count} drifts, p50 {p50}, p90 {p90}, p99 {p99}, worst {worst} us");
        line(out, 1, format!("{} every {}: {times}, {} open", repair.name, repair.every, repair.open));
    }
    report.notes.iter().for_each(|note| line(out, 1, format!("note: {note}")));
    report.assumed.iter().for_each(|what| line(out, 1, format!("assumed: {what}")));
    report.incomplete.iter().for_each(|why| line(out, 1, format!("incomplete: {why}")));
    for expectation in &report.expectations {
        line(out, 1, expected(expectation));
    }
}

fn scenario(out: &mut String, scenario: &ScenarioReport) {
    let ScenarioReport { title, ways_passed, ways_failed, .. } = scenario;
    line(out, 0, format!("scenario {title:?}: {ways_passed} ways passed, {ways_failed} failed"));
    for result in &scenario.lines {
        match &result.outcome {
            LineOutcome::Passed { .. } => {}
            LineOutcome::Failed { why, .. } => line(out, 1, format!("failed: {}: {why}", result.text)),
            LineOutcome::Asked { answers, .. } => {
                line(out, 1, format!("asked: {}: {answers:?}", result.text))
            }
            LineOutcome::NotReached => line(out, 1, format!("not reached: {}", result.text)),
        }
    }
}

/// Two runs, a line for each row.
fn beside(out: &mut String, beside: &BesideReport) {
    let titles = beside.runs.each_ref().map(|run| format!("{} ({})", run.title, run.subtitle));
    line(out, 0, format!("compare traces: {}", titles.join(" | ")));
    for row in &beside.rows {
        let side = |taken: &Option<Taken>| {
            taken.as_ref().map_or("-".to_string(), |taken| {
                let mark = taken.mark.iter().map(|mark| format!(" [{mark}]"));
                format!("{} {}{}", taken.number, taken.line, mark.collect::<String>())
            })
        };
        let sides = row.taken.each_ref().map(side);
        line(out, 1, if sides[0] == sides[1] { format!("= {}", sides[0]) } else { sides.join(" | ") });
        for differ in &row.differ {
            line(out, 2, format!("{}: {} | {}", differ.path, differ.values[0], differ.values[1]));
        }
        if !row.alike.is_empty() {
            line(out, 2, format!("equal again: {}", row.alike.join(", ")));
        }
    }
    if !beside.alone.is_empty() {
        line(out, 1, format!("only in one: {}", beside.alone.join(", ")));
    }
}

/// Where a run by hand stands, and all that can be typed.
fn hand(out: &mut String, hand: &HandReport) {
    match &hand.did {
        Did::Started => line(out, 0, format!("start {}", subject(&hand.subject))),
        Did::Took { step } => {
            line(out, 0, step.command());
            for change in &step.changes {
                line(out, 1, format!("{}: {} -> {}", change.path, change.before, change.after));
            }
        }
        Did::Undid { lines } => line(out, 0, format!("undone: {}", lines.join("; "))),
        Did::Shown => {
            let run = hand.run.iter().flat_map(|run| &run.steps).map(|step| step.command());
            line(out, 0, format!("shown: {}", run.collect::<Vec<_>>().join("; ")));
        }
        Did::Asked => line(out, 0, "enabled"),
        Did::Looked { of } => {
            let run = hand.run.iter().flat_map(|run| run.steps.iter().zip(run.numbers()));
            let near = run.map(|(step, number)| format!("{number} {}", step.label));
            line(out, 0, format!("step {} of {of}: {}", hand.steps, near.collect::<Vec<_>>().join("; ")));
        }
    }
    if !matches!(hand.did, Did::Took { .. } | Did::Asked) {
        let state = hand.state.iter().map(|(path, value)| format!("{path} = {value}"));
        line(out, 1, format!("state: {}", state.collect::<Vec<_>>().join(", ")));
    }
    for wrong in &hand.wrong {
        let values = wrong.values.iter().map(|(path, value)| format!(", {path} = {value}"));
        line(out, 1, format!("{}: {:?}{}", wrong.name, wrong.how, values.collect::<String>()));
    }
    for (name, steps) in &hand.earlier {
        line(out, 1, format!("{name}: earlier, at step {steps}"));
    }
    hand.notes.iter().for_each(|note| line(out, 1, format!("note: {note}")));
    for group in &hand.next.groups {
        let steps = group.steps.iter().map(|step| match &step.note {
            Some(note) => format!("{} ({note})", step.line),
            None => step.line.clone(),
        });
        let more = if group.more > 0 { format!(" and {} more", group.more) } else { String::new() };
        line(out, 1, format!("{}: {}{more}", group.title, steps.collect::<Vec<_>>().join("; ")));
    }
}

fn audit(out: &mut String, audit: &AuditReport) {
    line(out, 0, format!("audit {}", subject(&audit.subject)));
    for question in &audit.questions {
        line(out, 1, format!("{} {}: {}", question.concept, question.question, standing(question.standing)));
        for answer in &question.answers {
            let member = answer.member.as_ref().map(|m| format!("{m}: ")).unwrap_or_default();
            line(out, 2, format!("{}: {member}{}", standing(answer.standing), answer.words));
        }
    }
    for open in &audit.open {
        line(out, 1, format!("open: {open}"));
    }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Unanswered => "unanswered",
        Standing::Undecided => "undecided",
        Standing::Stated => "stated",
        Standing::Checked => "checked",
        Standing::Broken => "broken",
    }
}
