//! The JSON schema of results: every report of the suite keeps to it.
//!
//! Enters: the suite, `reconverge schema`. Leaves: failures that name the report and what the schema says of it.

use super::{WAYS, cells, files};
use crate::frontend::binary;
use jsonschema::Validator;
use reconverge_lang::span::SourceId;
use reconverge_lang::view;
use serde_json::{Map, Value, json};
use std::process::Command;

/// Of one kind of what is written.
fn validator(of: &str) -> Validator {
    let printed = Command::new(binary()).arg("schema").output().unwrap();
    let mut schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(schema["version"], 2);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    schema.as_object_mut().unwrap().remove("anyOf");
    schema["$ref"] = json!(format!("#/$defs/{of}"));
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Visits every span of a report: nothing else in it has these fields.
fn spans(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| spans(item, visit)),
        Value::Object(fields) if ["source", "start", "end"].iter().all(|name| fields.contains_key(*name)) => {
            visit(fields);
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| spans(field, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_report_keeps_to_the_schema() {
    let validator = validator("Told");
    let mut kinds = std::collections::BTreeSet::new();
    let mut wrong = Vec::new();
    for path in files() {
        cells(&path, &WAYS[0], &mut |session, code, reports| {
            for report in reports {
                let mut value = serde_json::to_value(view::told(report, session.sources())).unwrap();
                spans(&mut value, &mut |span| {
                    let number = |name: &str| span[name].as_u64().unwrap() as u32;
                    let at = session.sources().position(SourceId(number("source")), number("start"));
                    span.extend([("name".to_string(), json!("a")), ("line".to_string(), json!(at.line))]);
                    span.insert("column".to_string(), json!(at.column));
                });
                kinds.insert(value["report"].as_str().unwrap().to_string());
                if let Some(error) = validator.iter_errors(&value).next() {
                    wrong.push(format!("{}: {code}\n{}: {error}", path.display(), error.instance_path()));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{} reports do not: {}", wrong.len(), wrong[0]);
    let missing: Vec<&str> =
        ["check", "scenario", "find", "simulation", "sweep", "mutation", "relax", "grade", "graph"]
            .into_iter()
            .filter(|kind| !kinds.contains(*kind))
            .collect();
    assert!(missing.is_empty(), "no report of these kinds was looked at: {missing:?}");
}

#[test]
fn what_is_written_keeps_to_the_schema_and_what_is_not_does_not() {
    let folder = std::env::temp_dir().join(format!("reconverge-schema-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("lesson.rcv");
    std::fs::write(&file, "system A {\n  state x: 0..1 = 0\n  invariant i: safety { x == 0 }\n}\ncheck A\ny")
        .unwrap();
    let run = |option: &str| {
        let ran = Command::new(binary()).args(["run", option]).arg(&file).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    let whole: Value = serde_json::from_str(&run("--json")).unwrap();
    let results = validator("Results");
    assert!(results.is_valid(&whole), "{whole}");
    for gone in ["version", "as_expected", "cells"] {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(gone);
        assert!(!results.is_valid(&less), "without {gone}");
    }
    let mut other = whole.clone();
    other["cells"][0]["diagnostics"][0]["place"]["line"] = json!("one");
    assert!(!results.is_valid(&other));
    let lines = run("--json-lines");
    let line = |kind: &str, text: &str| validator(kind).is_valid(&serde_json::from_str(text).unwrap());
    let lines: Vec<&str> = lines.lines().collect();
    assert!(line("DiagnosticLine", lines[0]), "{}", lines[0]);
    assert!(line("End", lines[1]) && lines.len() == 2, "{lines:?}");
    std::fs::write(&file, "system A {\n  state x: 0..1 = 0\n  invariant i: safety { x == 0 }\n}\ncheck A")
        .unwrap();
    let lines = run("--json-lines");
    let first = lines.lines().next().unwrap();
    assert!(line("ReportLine", first) && !line("End", first), "{first}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// One cell for each kind of report that has spans, most of them broken so that there are runs.
const KINDS: &str = "system A {
  param n = 2
  node N[2] { durable v: 0..n = 0 }
  message M { v: 0..n }
  link net: M from N to N ordered
  order o: versioned { value n1.v  version n1.v }
  action set at a in N when a.v < n and in_flight(M) == 0 { a.v += 1  send M { v: a.v } to n2 }
  on M from a at b { b.v := v }
  invariant i: safety \"small\" { all a in N: a.v < 2 }
  invariant j: safety { n2.v <= n }
}
system B from A {}
check A { faults { crash 1 } traces 2 expect violated i }
find A { n1.v == 1 }
simulate A for 10s
sweep n in 1..2 of A
mutate A { only j }
why j of A
relax A { only j }
graph A(n = 1)
audit A
compare A, B
grade A against B
scenario \"s\" on A { do set at n1  deliver M { v: 1 } from n1 to n2 }
diagram A
?A
";

#[test]
fn the_spans_of_every_command_have_name_line_and_column() {
    let folder = std::env::temp_dir().join(format!("reconverge-spans-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("kinds.rcv");
    std::fs::write(&file, KINDS).unwrap();
    let ran = Command::new(binary()).args(["run", "--json"]).arg(&file).output().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    let mut whole: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let results = validator("Results");
    let reports = whole["cells"][0]["reports"].as_array().unwrap().len();
    assert!(reports >= 12, "{}", whole["cells"][0]["error"]);
    if let Some(error) = results.iter_errors(&whole).next() {
        panic!("{}: {error}", error.instance_path());
    }
    let mut all = 0;
    spans(&mut whole, &mut |span| {
        all += 1;
        assert!(span["line"].as_u64() > Some(0) && span["column"].as_u64() > Some(0), "{span:?}");
        assert_eq!(span["name"], "kinds.rcv");
    });
    assert!(all > 30, "{all} spans");
    for field in ["name", "line", "column"] {
        for number in [0, all / 2, all - 1] {
            let (mut less, mut at) = (whole.clone(), 0);
            spans(&mut less, &mut |span| {
                if at == number {
                    span.remove(field);
                }
                at += 1;
            });
            assert!(!results.is_valid(&less), "without {field} in span {number}");
        }
    }
}
