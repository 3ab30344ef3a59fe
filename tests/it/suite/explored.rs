//! What the explorer is told of runs: every picture has its run, what was taken was possible, and each run is played again.
//!
//! Enters: the suite. Leaves: failures that name the cell and the run.

use super::{Quiet, WAYS, cells, files};
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, Outcome, Session};
use reconverge_lang::view;
use serde_json::Value;

#[test]
fn every_picture_of_a_run_has_its_run() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in files() {
        cells(&path, &WAYS[0], &mut |session, code, reports| {
            for report in reports {
                let told = serde_json::to_value(view::told(report, session.sources())).unwrap();
                let runs = told["drawn"].as_array().cloned().unwrap_or_default();
                let pictures = view::html(report, session.sources()).matches("rcv-run").count();
                if pictures != runs.len() {
                    wrong.push(format!("{code}: {pictures} pictures, {} runs", runs.len()));
                }
                seen += runs.len();
                let amiss = runs.iter().filter_map(|run| amiss(&told, run));
                wrong.extend(amiss.map(|why| format!("{}: {code}\n{why}", path.display())));
            }
        });
    }
    assert!(wrong.is_empty(), "{} are wrong, the first: {}", wrong.len(), wrong[0]);
    assert!(seen > 100, "only {seen} runs");
}

/// What is wrong with a run that the explorer is told of.
fn amiss(told: &Value, run: &Value) -> Option<String> {
    let title = run["title"].as_str().unwrap();
    let Some(trace) = told.pointer(run["at"].as_str().unwrap()) else {
        return Some(format!("{title}: nothing stands at {}", run["at"]));
    };
    let steps = trace["steps"].as_array().unwrap();
    for (onward, step) in trace["onward"].as_array().into_iter().flatten().zip(steps) {
        // Several steps that are told as one are no line that can be typed.
        if step.get("folded").is_some() {
            continue;
        }
        let line = format!("do {}", step["label"].as_str().unwrap());
        let listed = onward["steps"].as_array().unwrap().iter();
        let mut lines = listed.map(|i| &trace["possible"][i.as_u64().unwrap() as usize]["line"]);
        if onward.get("more").is_none() && !lines.any(|known| *known == line) {
            return Some(format!("{title}: `{line}` was taken and is not among what is possible"));
        }
    }
    let pieces = told["pieces"].as_array().cloned().unwrap_or_default();
    let has =
        |span: &Value| pieces.iter().any(|p| (&p["of"], &p["start"]) == (&span["source"], &span["start"]));
    let lost = steps.iter().filter_map(|step| step.get("span")).find(|span| !has(span));
    lost.map(|span| format!("{title}: the source at {span} is missing"))
}

#[test]
fn a_run_that_can_be_begun_by_hand_is_taken_to_its_end() {
    let (mut played, mut wrong) = (0, Vec::new());
    for path in files() {
        cells(&path, &WAYS[0], &mut |session, code, reports| {
            for report in reports {
                let told = serde_json::to_value(view::told(report, session.sources())).unwrap();
                for run in told["drawn"].as_array().into_iter().flatten() {
                    let Some(start) = run.get("start").and_then(Value::as_str) else { continue };
                    let trace = told.pointer(run["at"].as_str().unwrap()).unwrap();
                    // Its last step has no value, and cannot be taken.
                    if trace.get("no_value").is_some() || !trace["init"].is_array() {
                        continue;
                    }
                    played += 1;
                    if let Err(why) = taken(session, start, &trace["steps"]) {
                        wrong.push(format!("{}: {code}\n{start}: {why}", path.display()));
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{} of {played} are not, the first: {}", wrong.len(), wrong[0]);
    assert!(played > 100, "only {played} runs");
}

/// Takes the steps of a run by hand. Errors: why that cannot be done.
fn taken(session: &Session, start: &str, steps: &Value) -> Result<(), String> {
    let steps: Vec<&str> = steps.as_array().unwrap().iter().map(|s| s["label"].as_str().unwrap()).collect();
    let lines: Vec<String> = steps.iter().map(|label| format!("do {label}")).collect();
    let cell = CellRef { id: None, name: "played".into() };
    let mut last = None;
    let text = format!("{start}\n{}", lines.join("\n"));
    match session.clone().execute(cell, &text, &Quiet::new(), &mut |output| last = Some(output.report)) {
        Outcome::Done { .. } => {}
        Outcome::Failed(failure) => return Err(failure.diagnostics[0].message.clone()),
        Outcome::Interrupted => return Err("interrupted".into()),
    }
    match last {
        Some(Report::Hand(hand)) if hand.steps == steps.len() => Ok(()),
        _ => Err("it did not come to its end".into()),
    }
}
