//! How commands end: what the exit code, the last line, JSON and JUnit say of one run is the same.
//!
//! Enters: programs. Leaves: the ends of `reconverge run`.

use crate::cli::piped;
use crate::frontend::binary;
use serde_json::Value;
use std::process::{Command, Output, Stdio};

fn last(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_string()
}

/// The last line of a run that ends with 1.
fn why(program: &str) -> String {
    let ran = piped(&["run", "-"], program);
    assert_eq!(ran.status.code(), Some(1), "{program}\n{}", String::from_utf8_lossy(&ran.stdout));
    last(&ran)
}

const COUNTER: &str = "system A { state x: 0..3 = 0 action u when x < 3 { x += 1 } invariant i: safety { x < 3 } invariant j: safety { x < 4 } }\n";

#[test]
fn what_was_not_looked_at_to_the_end_is_no_success_without_members() {
    let empty = "system A { state x: 0..3 = 0 action u { x += 1 } }\n";
    let cut = format!("{empty}check A {{ depth <= 1 }}");
    assert_eq!(why(&cut), "not as expected: check A: incomplete: limit of 1 steps");
    let json: Value = serde_json::from_slice(&piped(&["run", "--json", "-"], &cut).stdout).unwrap();
    assert_eq!(json["as_expected"], false);
    let github = piped(&["run", "--github", "-"], &cut);
    assert!(String::from_utf8_lossy(&github.stdout).contains("::error"), "{github:?}");
    // What is only stated tells nothing of it either.
    let stated =
        "system B { state x: 0..3 = 0 action u when x < 3 { x += 1 } invariant i: safety \"It is fine.\" }\n";
    assert!(why(&format!("{stated}check B {{ depth <= 1 }}")).contains("check B: incomplete"));
    assert_eq!(piped(&["run", "-"], &format!("{stated}check B")).status.code(), Some(0));
    // What was expected settles it.
    let settled = format!("{COUNTER}check A {{ only i  depth <= 3  expect violated i }}");
    assert_eq!(piped(&["run", "-"], &settled).status.code(), Some(0));
    // A mutate of nothing asks nothing.
    let nobody = "system C { state x: 0..3 = 0 action u when x < 3 { x += 1 } }\nmutate C";
    assert_eq!(why(nobody), "not as expected: mutate: there is no member, so that nothing was asked");
}

#[test]
fn one_command_is_counted_once() {
    for command in [
        "check A { expect violated j }",
        "check A { expect holds }",
        "find A { x == 2 } { expect not found }",
        "scenario \"s\" on A { do u  expect x == 2 }",
        "simulate A for 10s, runs 5, seed 1 { rate u 5/s  expect violated j }",
    ] {
        let said = why(&format!("{COUNTER}{command}"));
        assert!(said.starts_with("not as expected: ") && !said.contains("more command"), "{command}: {said}");
    }
    let two = why(&format!("{COUNTER}check A {{ expect violated j }}\ncheck A {{ expect violated j }}"));
    assert!(two.ends_with("; 1 more command is not as expected"), "{two}");
}

/// A table, its last line and what other tools are told name one verdict.
#[test]
fn a_member_has_one_verdict() {
    let program = "use kubernetes check Kubernetes { only retry_on_conflict }";
    let folder = std::env::temp_dir().join(format!("reconverge-verdict-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let junit = folder.join("out.xml");
    let ran = piped(&["run", "--json", "--junit", junit.to_str().unwrap(), "-"], program);
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let verdict = &json["cells"][0]["reports"][0]["findings"][0]["verdict"]["verdict"];
    assert_eq!(verdict, "vacuous");
    let told =
        "retry_on_conflict: holds, but vacuously: in part: nothing that had taken effect ever came again";
    assert_eq!(json["why"], told);
    assert_eq!(last(&ran), format!("not as expected: {told}"));
    let text = std::fs::read_to_string(&junit).unwrap();
    assert!(text.contains("holds, but vacuously: in part"), "{text}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Takes away one key after the other, here and a few levels below, and tells where that is no other document.
fn without_each(value: &Value, depth: usize, visit: &mut dyn FnMut(&str, &Value)) {
    let Value::Object(fields) = value else { return };
    for (name, inner) in fields {
        let mut less = fields.clone();
        less.remove(name);
        visit(name, &Value::Object(less));
        let first = if let Value::Array(items) = inner { items.first() } else { Some(inner) };
        let Some(first) = first.filter(|_| depth > 0) else { continue };
        without_each(first, depth - 1, &mut |path, less| {
            let less = if inner.is_array() { Value::Array(vec![less.clone()]) } else { less.clone() };
            let mut all = fields.clone();
            all.insert(name.clone(), less);
            visit(&format!("{name}.{path}"), &Value::Object(all));
        });
    }
}

/// The schema as it is printed, whole: what is none of the documents is refused.
#[test]
fn the_printed_schema_refuses_what_is_not_written() {
    let schema: Value = serde_json::from_slice(&piped(&["schema"], "").stdout).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let whole: Value =
        serde_json::from_slice(&piped(&["run", "--json", "-"], &format!("{COUNTER}check A")).stdout).unwrap();
    assert!(validator.is_valid(&whole));
    let mut nonsense = whole.clone();
    nonsense["cells"] = "nonsense".into();
    assert!(!validator.is_valid(&nonsense));
    let (mut refused, mut taken) = (0, Vec::new());
    without_each(&whole, 6, &mut |path, less| match validator.is_valid(less) {
        true => taken.push(path.to_string()),
        false => refused += 1,
    });
    // What need not be there, and nothing else; without cells it is the last one of those lines.
    taken.sort();
    taken.dedup();
    let optional = [
        "cells",
        "cells.reports.drawn",
        "cells.reports.drawn.expect",
        "cells.reports.drawn.note",
        "cells.reports.drawn.start",
        "cells.reports.findings.verdict.trace",
        "cells.reports.findings.verdict.trace.onward",
        "cells.reports.findings.verdict.trace.possible",
        "cells.reports.findings.verdict.trace.steps.span",
        "cells.reports.pieces",
    ];
    let needed: Vec<_> = taken.iter().filter(|path| !optional.contains(&path.as_str())).collect();
    assert!(needed.is_empty() && refused > 40, "{refused} refused, {needed:?} not");
    let lines = piped(&["run", "--json-lines", "-"], &format!("{COUNTER}check A"));
    for line in String::from_utf8(lines.stdout).unwrap().lines() {
        assert!(validator.is_valid(&serde_json::from_str(line).unwrap()), "{line}");
    }
}

/// What could not be written is told; who stops reading is not.
#[cfg(target_os = "linux")]
#[test]
fn standard_output_that_cannot_be_written_is_told() {
    let folder = std::env::temp_dir().join(format!("reconverge-full-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("ok.rcv");
    std::fs::write(&file, "system A { state x: 0..1 = 0 }\ncheck A").unwrap();
    let file = file.to_str().unwrap();
    let calls = [
        &["run", file][..],
        &["run", "--json", file],
        &["run", "--json-lines", file],
        &["format", file],
        &["schema"],
    ];
    for arguments in calls {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran =
            Command::new(binary()).args(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}");
        assert!(last(&ran).starts_with("reconverge: cannot write standard output: "), "{}", last(&ran));
        let mut child = Command::new(binary())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let closed = child.wait_with_output().unwrap();
        assert_eq!((closed.status.code(), last(&closed)), (Some(0), String::new()), "{arguments:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// The last line says all that is missing.
#[test]
fn usage_is_told_in_the_last_line() {
    let said = |arguments: &[&str]| last(&piped(arguments, ""));
    let missing = "reconverge: the following required arguments were not provided:";
    assert_eq!(said(&["run"]), format!("{missing} <FILE>..."));
    assert_eq!(said(&["grade"]), format!("{missing} --against <KEY> <SUBMISSIONS>"));
    assert_eq!(said(&["run", "--colr", "x"]), "reconverge: unexpected argument '--colr' found");
}

/// What `--help` pipes into the command ends well.
#[test]
fn the_example_of_help_works() {
    let help = String::from_utf8(piped(&["--help"], "").stdout).unwrap();
    let piped_in = help.lines().filter_map(|line| line.trim().strip_prefix("echo '")?.split_once('\''));
    let programs: Vec<&str> = piped_in.map(|(program, _)| program).collect();
    assert!(!programs.is_empty(), "{help}");
    for program in programs {
        let ran = piped(&["run", "-"], program);
        assert_eq!((ran.status.code(), last(&ran)), (Some(0), String::new()), "{program}");
    }
}

/// Its cells below each other, as it says, are a file.
#[test]
fn the_tutorial_is_a_file() {
    let tutorial = include_str!("../../manual/pages/tutorial.md");
    let blocks = tutorial.split("```reconverge\n").skip(1).filter_map(|rest| rest.split("```").next());
    let (systems, others): (Vec<&str>, Vec<&str>) = blocks.partition(|block| block.starts_with("system"));
    let file = format!("{}\n{}", systems.last().unwrap(), others.join("\n"));
    let ran = piped(&["run", "-"], &file);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.starts_with("not as expected: ") && !said.contains("error["), "{said}");
}

/// Thousands of small systems with a command behind each: what comes before one is not gone through again.
#[test]
fn many_systems_are_taken_one_by_one() {
    let one =
        |i| format!("system S{i} {{ state x: 0..1 = 0 invariant i: safety {{ x <= 1 }} }}\ncheck S{i}\n");
    let program: String = (0..3000).map(one).collect();
    assert_eq!(piped(&["check", "-"], &program).status.code(), Some(0));
}

/// What stands below a command does not count for it, however what is above was put together.
#[test]
fn a_command_knows_what_stands_above_it() {
    let program = "system A { param n = 1 state x: 0..9 = 0 action up when x < n { x += 1 } }
        check A
        extend A { param n = 2 }
        check A
        system B from A(n = 3) { }
        check B
        extend A { state y: 0..1 = 0 action other { y := 1 - y } }
        check A
        check B
        system C from B { param n = 5 }
        extend B { action up when x < n { x += 2 } }
        check C
        check B";
    let ran = piped(&["run", "--json", "-"], program);
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let reports = json["cells"][0]["reports"].as_array().unwrap();
    let states: Vec<u64> = reports.iter().filter_map(|r| r["coverage"]["states_distinct"].as_u64()).collect();
    assert_eq!(states, [2, 3, 4, 6, 8, 8, 6], "{json}");
}

/// What follows from a cause is not refused beside it.
#[test]
fn tla_refuses_a_cause_once() {
    let causes = [
        ("state t: bool = false node N { volatile v: bool = view of t }", "views that lag"),
        (
            "node N { durable d: bool = false } fair action go at n in N when not n.d within 2 ticks { n.d := true }",
            "`every` and `within` in ticks",
        ),
    ];
    for (members, cause) in causes {
        let program = format!("system A {{ {members} invariant i: safety {{ true }} }}\ncheck A");
        let ran = piped(&["export", "-", "--to", "tla"], &program);
        let said = String::from_utf8_lossy(&ran.stderr);
        let refused: Vec<&str> = said.lines().filter(|line| line.starts_with("error[E0901]")).collect();
        assert_eq!(refused, [format!("error[E0901]: TLA+ export does not know {cause}")], "{said}");
    }
}

#[test]
fn what_is_said_is_short() {
    let name = "x".repeat(1 << 20);
    let long = piped(&["run", "-"], &format!("system A {{ }}\ncheck {name}"));
    assert!(long.status.code() == Some(1) && long.stderr.len() < 20_000, "{}", long.stderr.len());
    let specification = "system S { node C[3] { low: 0..1 = 0 high: 0..1 = 0 } }\nsystem A { node C[3] { low: 0..1 = 0 high: 0..1 = 0 } }";
    let mapped = piped(&["run", "-"], &format!("{specification}\ncheck A refines S {{ map nothing = 1 }}"));
    let said = String::from_utf8_lossy(&mapped.stderr);
    assert_eq!(said.matches("x.low for x in C").count(), 1, "{said}");
}

/// A run of a simulation is told from one of a check.
#[test]
fn exported_runs_say_where_they_come_from() {
    let folder = std::env::temp_dir().join(format!("reconverge-simulated-{}", std::process::id()));
    let program = format!("{COUNTER}check A\nsimulate A for 10s, runs 5, seed 1 {{ rate u 5/s }}");
    let ran = piped(&["export", "-", "--to", "itf", "--out", folder.to_str().unwrap()], &program);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let names = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["A-i-simulated.itf.json", "A-i-violated.itf.json"]);
    std::fs::remove_dir_all(folder).unwrap();
}
