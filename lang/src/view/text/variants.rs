//! Text of systems that differ in one thing.
//!
//! Enters: reports of `sweep`, `mutate`, `why` and `grade`. Leaves: tables.

use super::table;
use crate::report::variants::{GradeReport, MutationReport, RelaxReport, SourceLine, SweepReport, Weaker};
use crate::view::{heading, variants as rows, words};

pub(super) fn sweep(report: &SweepReport) -> String {
    let mut out = format!(
        "sweep {} of {} · {}\n",
        rows::swept(report),
        rows::swept_subject(report),
        rows::swept_budgets(report)
    );
    for (title, head, rows) in rows::tables(report) {
        if !title.is_empty() {
            out += &format!("\n{title}\n");
        }
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        out += &table(&head, &rows);
    }
    for member in &report.members {
        out += &format!("{}: {}\n", member.name, rows::flips(&report.params, &member.flips));
    }
    let open = report.points.iter().filter_map(|point| Some((point, point.why.as_ref()?)));
    out.extend(open.map(|(point, why)| format!("at {}: {why}\n", point.values.join(", "))));
    out.extend(report.incomplete.iter().map(|why| format!("incomplete: {why}\n")));
    out.extend(rows::to_see(report).map(|line| format!("a run that breaks it: {line}\n")));
    out
}

pub(super) fn mutation(report: &MutationReport) -> String {
    let what = match &report.asked {
        Some(asked) => format!("why {} of", asked.name),
        None => "mutate".to_string(),
    };
    let mut out = super::title(&what, &report.subject, &rows::noticed_tally(report));
    out.extend(rows::because(report).iter().map(|line| format!("{line}\n")));
    let place = |weaker: &Weaker| format!("{} ({})", weaker.of, weaker.place);
    let weaker: Vec<Vec<String>> = match report.asked {
        // The question is what it depends on.
        Some(_) => {
            let row = |needed: rows::Needed<'_>| {
                let mut lines: Vec<String> = Vec::new();
                for (i, form) in needed.forms.iter().enumerate() {
                    lines.push(form.words.clone());
                    if needed.forms.get(i + 1).is_none_or(|next| place(next) != place(form)) {
                        lines.push(place(form));
                    }
                }
                let (mark, word, _) = needed.mark;
                vec![format!("{mark} {word}"), lines.join("\n"), needed.who.join("\n")]
            };
            rows::dependencies(report).into_iter().map(row).collect()
        }
        None => {
            let row = |weaker: &Weaker| {
                let (mark, word, _, who) = rows::noticed(&weaker.noticed);
                vec![format!("{mark} {word}"), format!("{}\n{}", weaker.words, place(weaker)), who]
            };
            report.weaker.iter().map(row).collect()
        }
    };
    if !weaker.is_empty() {
        out += &table(&["", "weaker", "who notices"], &weaker);
    }
    for (name, why) in &report.left_out {
        out += &format!("left out: {name}, {why}\n");
    }
    out.extend(words::coverage(&report.coverage).iter().map(|line| format!("{line}\n")));
    out.extend(report.incomplete.iter().map(|why| format!("incomplete: {why}\n")));
    if report.asked.is_none() {
        out += &source(&report.lines);
    }
    // One run is enough on a terminal: the others are as long as the table says.
    for run in rows::runs(report).into_iter().take(1) {
        let heading = heading::of_weaker(&report.subject, &run);
        out += &format!("\n{}, {}\n", heading.title, words::above(&run.finding.verdict));
        out += &super::trace(run.trace, &heading.mark);
    }
    out
}

/// The source with a mark before each line that was made weaker.
fn source(lines: &[SourceLine]) -> String {
    let mut out = String::new();
    let mut before: Option<&SourceLine> = None;
    for line in lines {
        let near = before.is_some_and(|b| b.source == line.source && b.line + 1 == line.line);
        if before.is_none_or(|b| b.source != line.source) {
            out += &format!("\n{}\n", line.source);
        } else if !near {
            out += "       ⋮\n";
        }
        let (mark, who) = match &line.depends {
            None => (" ", String::new()),
            Some(depends) if !depends.members.is_empty() => ("│", depends.members.join(", ")),
            Some(depends) if depends.values > 0 => ("│", "keeps values in their types".to_string()),
            Some(depends) if depends.unknown > 0 => ("…", "not decided".to_string()),
            Some(depends) if depends.unnoticed > 0 => ("?", "nobody notices".to_string()),
            Some(_) => ("=", "superfluous by itself: the same states and steps without it".to_string()),
        };
        let who = if who.is_empty() { String::new() } else { format!("   ← {who}") };
        out += &format!("{:>5} {mark} {}{who}\n", line.line, line.text);
        before = Some(line);
    }
    out
}

pub(super) fn relax(report: &RelaxReport) -> String {
    let mut out = super::title("relax", &report.subject, "which members need which order");
    let rows: Vec<Vec<String>> = report
        .orders
        .iter()
        .map(|looser| {
            let (mark, word, _, who) = rows::needed(looser);
            vec![format!("{mark} {word}"), format!("{}\n{}", looser.order, looser.words), who]
        })
        .collect();
    if rows.is_empty() {
        // Where an interrupt came first, that is said below.
        out += if report.incomplete.is_none() { "there is no order to relax\n" } else { "" };
    } else {
        out += &table(&["", "without the order", "who notices"], &rows);
    }
    out.extend(rows::untried(report).map(|words| format!("{words}\n")));
    for (name, why) in &report.left_out {
        out += &format!("left out: {name}, {why}\n");
    }
    out.extend(words::coverage(&report.coverage).iter().map(|line| format!("{line}\n")));
    out.extend(report.incomplete.iter().map(|why| format!("incomplete: {why}\n")));
    for looser in &report.orders {
        let Some(finding) = &looser.run else { continue };
        let Some(trace) = words::trace_of(&finding.verdict) else { continue };
        let heading = heading::of_looser(&report.subject, looser, finding, trace);
        out += &format!("\n{}, {}\n", heading.title, words::above(&finding.verdict));
        out += &super::trace(trace, &heading.mark);
    }
    out
}

pub(super) fn grade(report: &GradeReport) -> String {
    let mut out = super::title("grade", &report.subject, &rows::grade_tally(report));
    let rows: Vec<Vec<String>> = report
        .against
        .iter()
        .map(|graded| {
            let (mark, word, _) = rows::graded(graded);
            let kind = if graded.right { "right" } else { "wrong" };
            let mut row = vec![format!("{mark} {word}"), format!("{}\n{kind}", graded.system)];
            let short = |member: &String| {
                graded
                    .verdicts
                    .iter()
                    .find(|brief| brief.member == *member)
                    .map_or("–".to_string(), rows::short)
            };
            row.extend(report.members.iter().map(short));
            row.push(graded.why.clone().unwrap_or_default());
            row
        })
        .collect();
    let mut head = vec!["", "mapping"];
    head.extend(report.members.iter().map(String::as_str));
    head.push("");
    out += &table(&head, &rows);
    out.extend(report.incomplete.iter().map(|why| format!("incomplete: {why}\n")));
    out
}
