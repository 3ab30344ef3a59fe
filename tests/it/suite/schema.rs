//! The JSON schema of results: every report of the suite keeps to it.
//!
//! Enters: the suite, `reconverge schema`. Leaves: failures that name the report and what the schema says of it.

use super::{WAYS, cells, files};
use crate::frontend::binary;
use jsonschema::Validator;
use reconverge_lang::view;
use serde_json::{Value, json};
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

#[test]
fn every_report_keeps_to_the_schema() {
    let validator = validator("Told");
    let mut kinds = std::collections::BTreeSet::new();
    let mut wrong = Vec::new();
    for path in files() {
        cells(&path, &WAYS[0], &mut |session, code, reports| {
            for report in reports {
                let value = serde_json::to_value(view::told(report, session.sources())).unwrap();
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
