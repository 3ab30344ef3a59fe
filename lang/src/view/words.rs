//! The words that text, HTML and pictures share: verdicts, counts, subjects.
//!
//! Enters: parts of reports. Leaves: short strings. A verdict is told apart by its mark and its word, never by colour alone.

use super::heading::Mark;
use crate::concepts::{ConceptKind, EVERY_STATE, EVERY_STEP, Fault, StepKind};
use crate::report::beside::BesideReport;
pub use crate::report::count;
use crate::report::further::{Further, FurtherRun};
use crate::report::hand::{Did, Group, HandReport, How, Next, Wrong};
use crate::report::{
    Answer, Broken, Budget, Change, CheckReport, Coverage, DiagramReport, Finding, Partitions, Report,
    ScenarioReport, Standing, Subject, Trace, TraceStep, Verdict,
};
use crate::value::Value;

/// How something stands, for the colour of a chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    /// Good as far as it goes.
    Qualified,
    Bad,
    Unknown,
}

/// Mark, word and tone of a verdict.
pub(super) fn verdict(verdict: &Verdict) -> (&'static str, &'static str, Tone) {
    match verdict {
        Verdict::Holds { .. } => ("✓", "holds", Tone::Good),
        Verdict::HoldsWithinBound { .. } => ("≤", "holds within bound", Tone::Qualified),
        Verdict::Vacuous { .. } => ("∅", "vacuous", Tone::Qualified),
        Verdict::Violated { .. } => ("✗", "violated", Tone::Bad),
        Verdict::Witnessed { .. } => ("✓", "found", Tone::Good),
        Verdict::Incomplete { .. } => ("…", "incomplete", Tone::Qualified),
        Verdict::Failed { .. } => ("!", "failed", Tone::Bad),
        Verdict::NotChecked { .. } => ("–", "not checked", Tone::Unknown),
    }
}

/// Mark, word and tone of an answer in the audit.
pub(super) fn standing(standing: Standing) -> (&'static str, &'static str, Tone) {
    match standing {
        Standing::Unanswered => ("?", "unanswered", Tone::Bad),
        Standing::Undecided => ("…", "undecided", Tone::Qualified),
        Standing::Stated => ("–", "stated", Tone::Unknown),
        Standing::Checked => ("✓", "checked", Tone::Good),
        Standing::Broken => ("✗", "broken", Tone::Bad),
    }
}

/// What stands behind a verdict, in one line; empty where the word says it all.
pub(super) fn reason(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds { note } => note.clone().unwrap_or_default(),
        Verdict::HoldsWithinBound { bound, cut } => format!("within {bound}: {} cut", plural(*cut, "state")),
        Verdict::Vacuous { why } | Verdict::Incomplete { why } | Verdict::NotChecked { why } => why.clone(),
        Verdict::Violated { why, kind, trace } => {
            let kind = kind.map(|kind| format!("{} ", kind.word())).unwrap_or_default();
            format!("{kind}{}: {why}", place(trace))
        }
        Verdict::Witnessed { trace } => trace_size(trace),
        Verdict::Failed { why, help: Some(help), code, .. } => format!("{code}: {why} ({help})"),
        Verdict::Failed { why, help: None, code, .. } => format!("{code}: {why}"),
    }
}

/// The trace that a verdict carries.
pub(super) fn trace_of(verdict: &Verdict) -> Option<&Trace> {
    verdict.trace()
}

/// What stands above a trace in words: `in 3 steps: x is 0`, where the trace does not end with the reason.
pub(super) fn above(verdict: &Verdict) -> String {
    let Some(trace) = trace_of(verdict) else { return reason(verdict) };
    // The mark in the trace says it.
    let told = matches!(verdict, Verdict::Failed { .. })
        || matches!(verdict, Verdict::Violated { why, .. } if is_expression(why, trace));
    if told { place(trace) } else { reason(verdict) }
}

/// Whether a reason is no more than that the expression is false.
fn is_expression(why: &str, trace: &Trace) -> bool {
    trace.broken.as_ref().is_some_and(|broken| *why == format!("`{}` is false", broken.expression))
}

/// `in 3 steps with 1 crash`
fn place(trace: &Trace) -> String {
    match trace.length() {
        0 => "in the initial state".to_string(),
        _ => format!("in {}", trace_size(trace)),
    }
}

/// The finding whose trace is the picture of a check.
pub(super) fn pictured(check: &CheckReport) -> Option<(usize, &Finding, &Trace)> {
    let index = check.pictured()?;
    let finding = &check.findings[index];
    Some((index, finding, trace_of(&finding.verdict)?))
}

/// The obligations behind a verdict: mark, word of their own verdict, and words. What the verdict itself says is left out.
pub(super) fn obligations(finding: &Finding) -> Vec<(&'static str, &'static str, String)> {
    let alone = finding.obligations.len() == 1;
    let of_all = verdict(&finding.verdict).1;
    let mut told = Vec::new();
    for obligation in &finding.obligations {
        let (mark, word, _) = verdict(&obligation.verdict);
        let plain = matches!(obligation.words.as_str(), EVERY_STATE | EVERY_STEP);
        let holds = matches!(obligation.verdict, Verdict::Holds { .. });
        let same = matches!(&finding.verdict, Verdict::Failed { why, .. } if *why == obligation.words);
        if same || plain && alone && !holds {
            continue;
        }
        let not = if plain && matches!(obligation.verdict, Verdict::Violated { .. }) { "not " } else { "" };
        let note = match reason(&obligation.verdict) {
            reason if word == of_all || reason.is_empty() => String::new(),
            reason => format!(" ({word}: {reason})"),
        };
        told.push((mark, word, format!("{not}{}{note}", obligation.words)));
    }
    told
}

/// `invariant: safety`
pub(super) fn kind_and_types(kind: ConceptKind, types: &[String]) -> String {
    if types.is_empty() { kind.word().to_string() } else { format!("{}: {}", kind.word(), types.join(", ")) }
}

/// `Kafka(brokers = 2, epochs = 2)`
pub fn subject(subject: &Subject) -> String {
    let params: Vec<String> =
        subject.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
    let refines =
        subject.refines.as_ref().map_or(String::new(), |other| format!(" refines {}", self::subject(other)));
    format!("{}{params}{refines}", subject.system)
}

/// `with at most 1 crash, 2 lose`, or `without faults`.
pub(super) fn budgets(subject: &Subject) -> String {
    let used: Vec<String> = subject
        .faults
        .iter()
        .map(|budget| {
            let Budget { fault, times, of, one_way, lasting } = budget;
            let of = of.as_ref().map_or(String::new(), |kind| format!(" of {kind}"));
            let one_way = if *one_way { " one way" } else { "" };
            let lasting = if *lasting { " lasting" } else { "" };
            let what = format!("{}{of}{one_way}{lasting}", fault.word());
            if *times == 0 { format!("no {what}") } else { format!("{what} ≤ {times}") }
        })
        .collect();
    let used = if used.is_empty() { "no faults".to_string() } else { format!("faults: {}", used.join(", ")) };
    if subject.from_any_state { format!("{used} · from any state") } else { used }
}

/// What an audit found that stands so, with the question that it answers.
pub(super) fn standing_so(audit: &crate::report::AuditReport, standing: Standing) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for question in &audit.questions {
        let answers = question.answers.iter().filter(|a| a.standing == standing);
        found.extend(answers.map(|a| (question.question.as_str(), a.words.as_str())));
    }
    found
}

/// `6 steps with 1 crash`
pub(super) fn trace_size(trace: &Trace) -> String {
    let faults = faults_used(trace);
    let faults = if faults.is_empty() { String::new() } else { format!(" with {faults}") };
    format!("{}{faults}", plural(trace.length() as u64, "step"))
}

/// How a run differs from the one above it: `it ends with crash r1, and it uses other faults`
pub(super) fn differs(run: &FurtherRun) -> String {
    let ends = run.ends_with.as_ref().map(|step| format!("it ends with `{step}`"));
    let faults = run.other_faults.then(|| match faults_used(&run.trace) {
        faults if faults.is_empty() => "it uses no fault".to_string(),
        _ => "it uses other faults".to_string(),
    });
    ends.into_iter().chain(faults).collect::<Vec<_>>().join(", and ")
}

/// How many runs there are, where that is fewer than were asked for.
pub fn fewer(further: &Further) -> Option<String> {
    let Further { asked, found, incomplete, one_each, .. } = further;
    // Where nothing is broken, the verdicts say it.
    if found >= asked || *found == 0 && incomplete.is_none() {
        return None;
    }
    let found = format!("{found} of {}", plural(*asked, "run"));
    Some(match incomplete {
        None if !one_each.is_empty() => {
            format!(
                "{found}: of {}, which is judged on runs without end, one is looked for",
                one_each.join(", ")
            )
        }
        Some(why) => format!("{found}: not all were looked at ({why})"),
        None => format!("{found}: no other differs in the member broken, the last step or the faults used"),
    })
}

/// `1 crash, 2 lost messages`; empty where the run needs no fault.
pub(super) fn faults_used(trace: &Trace) -> String {
    let used: Vec<String> =
        trace.faults.iter().filter(|(_, n)| *n > 0).map(|(kind, n)| fault(*kind, *n)).collect();
    used.join(", ")
}

/// `2 crashes`, `1 lost message`
fn fault(kind: Fault, n: u32) -> String {
    let counted = |noun| plural(u64::from(n), noun);
    match kind {
        Fault::Crash if n == 1 => counted("crash"),
        Fault::Crash => format!("{n} crashes"),
        Fault::Wipe => counted("wiped node"),
        Fault::Restart => counted("restart"),
        Fault::Pause => counted("pause"),
        Fault::Resume => counted("resumed node"),
        Fault::Lose => counted("lost message"),
        Fault::Duplicate => counted("duplicated message"),
        Fault::Reorder => format!("{} out of order", counted("message")),
        Fault::Skew => counted("missed tick"),
        Fault::Stale => counted("stale read"),
        Fault::Partition => counted("partition"),
    }
}

/// A value, where there is one.
pub(super) fn value(value: Option<&Value>) -> String {
    value.map_or("no value".to_owned(), ToString::to_string)
}

/// How far an exploration went: `1,204 distinct states of 5,310 generated, depth 14`, and what was left out.
pub(super) fn coverage(coverage: &Coverage) -> Vec<String> {
    let mut lines = vec![format!(
        "{} ({} generated), depth {}",
        plural(coverage.states_distinct, "distinct state"),
        count(coverage.states_generated),
        coverage.depth
    )];
    if coverage.states_watching > 0 {
        lines.push(format!("and {} that watch single runs", plural(coverage.states_watching, "state")));
    }
    if coverage.states_cut > 0 || !coverage.bounds.is_empty() {
        let bounds =
            if coverage.bounds.is_empty() { "the bounds".to_string() } else { coverage.bounds.join(" and ") };
        lines.push(format!("cut by bound {bounds}: {}", plural(coverage.states_cut, "state")));
    }
    let left = plural(coverage.states_left, "state");
    match &coverage.incomplete {
        Some(why) if coverage.states_left == 0 => lines.push(format!("incomplete: {why}")),
        Some(why) => lines.push(format!("incomplete: {why}, {left} not expanded")),
        None if coverage.states_left > 0 => {
            lines.push(format!("stopped at the first answer: {left} not expanded"));
        }
        None => {}
    }
    if coverage.collision_probability > 1e-6 {
        lines.push(format!(
            "chance that two states were taken for one: < {:.0e}",
            coverage.collision_probability
        ));
    }
    if !coverage.reductions.is_empty() {
        lines.push(format!("made smaller by {}", coverage.reductions.join(", ")));
    }
    lines
}

/// That partitions change nothing, where it is so.
pub(super) fn idle(coverage: &Coverage) -> Option<&'static str> {
    let idle = coverage.partitions.as_ref().is_some_and(|partitions| partitions.idle);
    idle.then_some(Partitions::IDLE)
}

/// What partitions do not stop: each step with its kind of node, and what it touches of others.
pub(super) fn passed_by(coverage: &Coverage) -> Vec<(String, String)> {
    let all = coverage.partitions.iter().flat_map(|partitions| &partitions.passed_by);
    all.map(|passed| (passed.to_string(), passed.touches.join(", "))).collect()
}

/// `1 of 8 violated`, `all 8 hold`: one line over all findings.
pub(super) fn tally(findings: &[Finding]) -> String {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for finding in findings {
        let word = verdict(&finding.verdict).1;
        match counts.iter_mut().find(|(w, _)| *w == word) {
            Some((_, n)) => *n += 1,
            None => counts.push((word, 1)),
        }
    }
    let bad = |word: &str| matches!(word, "violated" | "failed");
    counts.sort_by_key(|(word, _)| !bad(word));
    match counts.as_slice() {
        [] => "nothing to check".to_string(),
        [(word, 2)] => format!("both {}", word.replace("holds", "hold")),
        [(word, n)] if *n > 1 => format!("all {n} {}", word.replace("holds", "hold")),
        _ => counts.iter().map(|(word, n)| format!("{n} {}", agree(word, *n))).collect::<Vec<_>>().join(", "),
    }
}

fn agree(word: &str, n: usize) -> String {
    if n == 1 { word.to_string() } else { word.replace("holds", "hold") }
}

/// `acked_survives is violated after step 6`
pub(super) fn broken(mark: &Mark, broken: &Broken, trace: &Trace) -> String {
    let place = match broken.step.map(|step| trace.taken(step + 1)) {
        Some(0) => "in the initial state".to_string(),
        Some(steps) => format!("after step {steps}"),
        None => "in the initial state".to_string(),
    };
    match mark {
        Mark::False => format!("false {place}"),
        Mark::Breaks(name) => format!("{name} is violated {place}"),
        Mark::Misses(name) => format!("{name} has not reached its goal {place}"),
        Mark::Reaches(_) => format!("reached {place}"),
        Mark::Traps(why) => why.clone(),
        Mark::Differs => "they differ here".to_string(),
    }
}

/// What a trace says of its initial state, as lines: those of a scenario where another initial state is otherwise, and,
/// where `all` is asked for, the rest.
pub(super) fn initial(trace: &Trace, all: bool) -> Vec<String> {
    let is_chosen = |path: &str| trace.chosen.iter().any(|(known, _)| known == path);
    let said = if all { &trace.init } else { &trace.chosen };
    let chosen = said.iter().filter(|(path, _)| is_chosen(path));
    let rest = said.iter().filter(|(path, _)| !is_chosen(path));
    let line = |(path, value): &(String, Value)| format!("init {path} == {value}");
    let chosen = trace.any_state.then(|| "from any state".to_string()).into_iter().chain(chosen.map(line));
    // As in the first state of other runs.
    let usual = |value: &Value| matches!(value, Value::Int(0) | Value::Bool(false) | Value::None);
    let besides = trace.besides.iter().filter(|(_, value)| !usual(value));
    let besides = besides.map(|(path, value)| format!("  {path} = {value} (no `init` can say it)"));
    chosen.chain(rest.map(|(path, value)| format!("  {path} = {value}"))).chain(besides).collect()
}

/// What a step changed, but for what its name says: a crash takes a node down.
pub(super) fn changes(step: &TraceStep) -> impl Iterator<Item = &Change> {
    let told = matches!(step.kind, StepKind::Fault(fault) if fault.strikes_node());
    step.changes.iter().filter(move |c| !(told && (c.path.ends_with(".up") || c.path.ends_with(" paused"))))
}

/// What a step sent, equal messages together: the message and the lanes it goes to.
pub(super) fn sent<'a>(step: &'a TraceStep, lanes: &'a [String]) -> Vec<(&'a str, String)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for sent in &step.sent {
        let to = lanes.get(sent.to).map_or("?", String::as_str);
        match all.iter_mut().find(|(message, _)| *message == sent.message) {
            Some((_, receivers)) => receivers.push(to),
            None => all.push((&sent.message, vec![to])),
        }
    }
    all.into_iter().map(|(message, receivers)| (message, receivers.join(", "))).collect()
}

/// Who takes a message, where a resolution does: `by resolution fence, which changes nothing`
pub(super) fn taken(step: &TraceStep) -> Option<String> {
    let by = step.by.as_ref()?;
    let idle = if step.changes.is_empty() && step.sent.is_empty() { ", which changes nothing" } else { "" };
    Some(format!("by resolution {by}{idle}"))
}

/// `broker1.log: [] → [a]`
pub(super) fn change(change: &Change) -> String {
    format!("{}: {} → {}", change.path, change.before, change.after)
}

/// A step after which everything is as before.
pub(super) fn is_idle(step: &TraceStep) -> bool {
    let acts = matches!(step.kind, StepKind::Action | StepKind::Resolution | StepKind::Reconciler);
    acts && step.changes.is_empty() && step.sent.is_empty()
}

/// Where a run by hand stands: `do: step 2 of Register(writes = 2) · faults: crash ≤ 1`
pub(super) fn hand_title(hand: &HandReport) -> String {
    let subject = subject(&hand.subject);
    let of = match hand.steps {
        0 => format!("{subject}, at its beginning"),
        steps => format!("step {} of {subject}", count(steps as u64)),
    };
    let words = match &hand.did {
        Did::Started => format!("start {subject}"),
        Did::Took { .. } => of,
        Did::Undid { .. } => format!("undo · {of}"),
        Did::Shown => format!("show · {of}"),
        Did::Asked => format!("enabled · {of}"),
        Did::Looked { of } => {
            let step = if hand.steps == 0 {
                "the beginning".to_string()
            } else {
                format!("step {}", count(hand.steps as u64))
            };
            format!("{step} of the {} of {subject}", plural(*of as u64, "step"))
        }
    };
    format!("{words} · {}", budgets(&hand.subject))
}

/// `3 steps in common, 2 and 1 of their own`
pub(super) fn in_common(report: &BesideReport) -> String {
    let own = |side: usize| {
        let rows = report.rows.iter().filter(|row| !row.is_shared());
        rows.filter(|row| row.taken[side].is_some()).count()
    };
    // The beginning is no step.
    let shared = report.rows.iter().filter(|row| row.is_shared()).count() - 1;
    match (own(0), own(1)) {
        (0, 0) => format!("the same {}", plural(shared as u64, "step")),
        (one, other) => {
            format!("{} in common, {one} and {other} of their own", plural(shared as u64, "step"))
        }
    }
}

/// Which variables cannot be compared.
pub(super) fn alone(report: &BesideReport) -> Option<String> {
    (!report.alone.is_empty()).then(|| format!("only one of them has: {}", report.alone.join(", ")))
}

/// `known is false`
pub(super) fn wrong(wrong: &Wrong) -> String {
    match &wrong.how {
        How::False => format!("{} is false", wrong.name),
        How::ByStep => format!("{} is broken by this step", wrong.name),
        How::NoValue(why) => format!("{} has no value, {why}", wrong.name),
    }
}

/// `known was false after step 2`
pub(super) fn earlier((name, steps): &(String, usize)) -> String {
    match steps {
        0 => format!("{name} was false at the beginning"),
        steps => format!("{name} was broken at step {steps}"),
    }
}

/// `4 steps can be taken`
pub(super) fn can_be_done(next: &Next) -> String {
    let more = if next.cut { "more than " } else { "" };
    format!("{more}{} can be taken", plural(next.count() as u64, "step"))
}

/// `faults (crash: 1 left)`
pub(super) fn group(group: &Group, next: &Next) -> String {
    let faults = group.steps.iter().any(|step| matches!(step.kind, StepKind::Fault(f) if !f.is_recovery()));
    let left: Vec<String> =
        next.left.iter().map(|(fault, n)| format!("{}: {n} left", fault.word())).collect();
    if faults && !left.is_empty() {
        format!("{} ({})", group.title, left.join(", "))
    } else {
        group.title.clone()
    }
}

/// `1 step`, `2 steps`, `1,204 steps`
pub(super) fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// `1 order, 3 invariants, 2 resolutions, 1 reconciler`; a concept without members is named, since that is the gap.
pub(super) fn members(diagram: &DiagramReport) -> String {
    let counts = [
        (diagram.orders.len(), "order"),
        (diagram.invariants.len(), "invariant"),
        (diagram.resolutions.len(), "resolution"),
        (diagram.reconcilers.len(), "reconciler"),
    ];
    let part = |(n, noun): (usize, &str)| if n == 0 { format!("no {noun}") } else { plural(n as u64, noun) };
    counts.into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// `3 nodes, 42 bits of state, 17 action instances`
pub(super) fn size((nodes, bits, actions): (u32, u32, u32)) -> String {
    format!(
        "{}, {} of state, {}",
        plural(u64::from(nodes), "node"),
        plural(u64::from(bits), "bit"),
        plural(u64::from(actions), "action instance")
    )
}

/// Where counting has ended.
const MANY: &str = "more ways than can be counted";

/// `3 ways`
pub(super) fn ways_counted(ways: u64) -> String {
    if ways == u64::MAX { MANY.to_string() } else { plural(ways, "way") }
}

/// How the ways of a scenario came out.
pub(super) fn ways(scenario: &ScenarioReport) -> String {
    let all = scenario.incomplete.is_none();
    match (scenario.ways_passed, scenario.ways_failed) {
        (0, 0) => "no way to run it".to_string(),
        (u64::MAX, 0) => format!("all pass, {MANY}"),
        (0, u64::MAX) => format!("all fail, {MANY}"),
        (u64::MAX, _) | (_, u64::MAX) => format!("some pass and some fail, {MANY}"),
        (1, 0) if all => "the run passes".to_string(),
        (0, 1) if all => "the run fails".to_string(),
        (passed, 0) if all => format!("all {} ways pass", count(passed)),
        (0, failed) if all => format!("all {} ways fail", count(failed)),
        (passed, 0) => format!("{} were followed, and pass; there are more", plural(passed, "way")),
        (0, failed) => format!("{} were followed, and fail; there are more", plural(failed, "way")),
        (passed, failed) => {
            let passes = if passed == 1 { "passes" } else { "pass" };
            let fails = if failed == 1 { "fails" } else { "fail" };
            format!("{} {passes}, {} {fails}", plural(passed, "way"), count(failed))
        }
    }
}

/// After the reason why a line fails: in how many ways, where it passes in others.
pub(super) fn mixed(passed: u64, failed: u64) -> String {
    match passed.saturating_add(failed) {
        _ if passed == 0 => String::new(),
        u64::MAX => format!(" (in some of {MANY})"),
        all => format!(" (in {} of {} ways)", count(failed), count(all)),
    }
}

/// Values that say something: not that `1` is 1.
pub(super) fn telling(values: &[(String, Value)]) -> impl Iterator<Item = &(String, Value)> {
    values.iter().filter(|(what, value)| *what != value.to_string())
}

/// Text without control characters: neither XML nor a terminal takes them as text. Each becomes `\u{fffd}`.
pub(super) fn clean(text: &str) -> String {
    let legal =
        |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().map(|c| if legal(c) { c } else { '\u{fffd}' }).collect()
}

/// The member of an answer whose words do not name it already.
pub(super) fn unnamed(answer: &Answer) -> Option<&str> {
    answer.member.as_deref().filter(|member| !answer.words.contains(&format!("`{member}`")))
}

/// The first paragraph of a doc comment, without backticks: what a picture has room for.
pub(super) fn first_paragraph(docs: &str) -> String {
    let first = docs.trim().split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "")
}

/// The command of a report that may ask the reader something, with its subject: `check Kafka(brokers = 2), crash 1`.
pub fn asked(report: &Report) -> Option<String> {
    let told = |command: &str, of: &Subject| format!("{command} {} · {}", subject(of), budgets(of));
    match report {
        Report::Check(check) => Some(told("check", &check.subject)),
        Report::Simulation(simulation) => Some(told("simulate", &simulation.subject)),
        Report::Grade(grade) => Some(told("grade", &grade.subject)),
        Report::Find(find) => Some(format!("{}\n{}", told("find", &find.subject), find.goal)),
        Report::Scenario(scenario) => {
            Some(told(&format!("scenario \"{}\" on", scenario.title), &scenario.subject))
        }
        Report::Sweep(_)
        | Report::Mutation(_)
        | Report::Relax(_)
        | Report::Graph(_)
        | Report::Audit(_)
        | Report::Compare(_)
        | Report::Diagram(_)
        | Report::Hand(_)
        | Report::Conform(_)
        | Report::Saved(_)
        | Report::Beside(_)
        | Report::Value(_)
        | Report::Inspection(_)
        | Report::Defined(_) => None,
    }
}

/// What is to be written in place of a blank: `3`, or `2 in 1 way, 3 in 2 ways`.
pub(super) fn answers(answers: &[(String, u64)]) -> String {
    if let [(only, _)] = answers {
        return only.clone();
    }
    let each: Vec<String> =
        answers.iter().map(|(is, ways)| format!("{is} in {}", ways_counted(*ways))).collect();
    each.join("; ")
}
