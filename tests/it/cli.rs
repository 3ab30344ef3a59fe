//! The command line: exit codes, formats, files of all kinds, installation.
//!
//! Enters: programs and arguments. Leaves: failures.

use crate::frontend::binary;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const COUNTER: &str = "system Counter {
  state x: 0..3 = 0
  action up when x < 3 { x += 1 }
  invariant low: safety { x < 3 }
}
";

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("reconverge-cli-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs the command with a text on standard input.
fn piped(arguments: &[&str], input: &str) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn ends(input: &str, code: i32) -> Output {
    let output = piped(&["run", "-"], input);
    assert_eq!(output.status.code(), Some(code), "{}{}", out(&output), err(&output));
    output
}

#[test]
fn exit_codes_say_how_it_went() {
    assert_eq!(out(&ends("6 * 7", 0)).trim(), "42");
    ends(COUNTER, 0);
    let broken = ends(&format!("{COUNTER}check Counter"), 1);
    assert!(out(&broken).contains("low"));
    assert_eq!(err(&broken).lines().count(), 1, "why it is not 0: {}", err(&broken));
    assert!(err(&broken).starts_with("not as expected: low: violated"), "{}", err(&broken));
    let vacuous = "system V { state x: 0..1 = 0  order o: versioned { scope x value x version x } }\ncheck V";
    ends(vacuous, 1);
    ends(&format!("{vacuous} {{ expect vacuous o }}"), 0);
    ends(&format!("{COUNTER}check Counter {{ expect violated low }}"), 0);
    ends(&format!("{COUNTER}check Counter {{ expect holds low }}"), 1);
    // What was not looked at to the end is not as stated.
    ends(&format!("{COUNTER}check Counter {{ depth <= 1 }}"), 1);
    ends(&format!("{COUNTER}find Counter {{ x == 2 }}"), 0);
    ends(&format!("{COUNTER}find Counter {{ x == 9 }} {{ states <= 1 }}"), 1);
    ends("system A { state x: 0..2 = 0  action inc { x += 1 } }\nfind A { x == 3 }", 1);
    ends(&format!("{COUNTER}audit Counter"), 1);
    let nowhere = "system B { type D = 0..9  node N[5] { x: D = 0 }\n  fair action a at n in N when n.x < 9 { n.x += 1 } }\n\
                   scenario \"s\" on B { run until quiet  expect n1.x == 0 }";
    assert!(err(&ends(nowhere, 1)).contains("is false"));
    let wrong = ends("check Nowhere", 1);
    assert!(err(&wrong).contains("input:1:7"), "{}", err(&wrong));
    assert!(!err(&wrong).contains('\u{1b}'), "no colours in a pipe");
    assert_eq!(command(&["run", "/no/such/file.rcv"]).output().unwrap().status.code(), Some(2));
    assert_eq!(command(&["frobnicate"]).output().unwrap().status.code(), Some(2));
    assert_eq!(command(&[]).output().unwrap().status.code(), Some(2));
    assert_eq!(command(&["--help"]).output().unwrap().status.code(), Some(0));
}

#[test]
fn help_shows_the_way() {
    let help = out(&command(&["--help"]).output().unwrap());
    for words in ["run", "check", "format", "explain", "kernel", "install", "Examples:", "Exit codes:"] {
        assert!(help.contains(words), "{words}");
    }
}

#[test]
fn results_as_json_and_as_a_page() {
    let folder = folder("formats");
    let page = folder.join("out.html");
    let input = format!("{COUNTER}check Counter");
    let output = piped(&["run", "-", "--json", "--html", page.to_str().unwrap()], &input);
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(json["as_expected"], false);
    assert_eq!(json["cells"][0]["reports"][0]["report"], "check");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.contains("low") && !html.contains("http://"));
    let again = piped(&["run", "-", "--json"], &input);
    assert_eq!(out(&again), out(&output), "the same run gives the same bytes");
    std::fs::remove_dir_all(folder).unwrap();
}

#[track_caller]
fn run_file(path: &Path, content: &str, code: i32) -> Output {
    std::fs::write(path, content).unwrap();
    let output = command(&["run"]).arg(path).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}{}", out(&output), err(&output));
    output
}

#[test]
fn notebooks_are_run_cell_by_cell() {
    let folder = folder("notebooks");
    let file = folder.join("a lesson.ipynb");
    let notebook = |language: &str, cells: Value| {
        json!({ "nbformat": 4, "nbformat_minor": 5, "metadata": { "kernelspec": { "name": "k", "language": language } },
            "cells": cells })
        .to_string()
    };
    let code = |source: Value| json!({ "cell_type": "code", "id": "i", "metadata": {}, "outputs": [], "source": source });
    let cells = json!([
        { "cell_type": "markdown", "metadata": {}, "source": "# not code" },
        code(json!(["system A {\n", "  state x: 0..1 = 1\n", "}"])),
        { "cell_type": "code", "source": "x + 1" },
    ]);
    let good = run_file(&file, &notebook("reconverge", cells), 0);
    assert!(out(&good).contains("cell 2") && out(&good).contains('2'), "{}", out(&good));
    let failed = run_file(&file, &notebook("reconverge", json!([code(json!("1")), code(json!("y"))])), 1);
    assert!(err(&failed).contains("cell 2:1:1"), "{}", err(&failed));
    assert!(err(&run_file(&file, &notebook("python", json!([])), 2)).contains("python"));
    assert!(err(&run_file(&file, "{", 2)).contains("not a notebook"));
    assert!(err(&run_file(&file, "{\"worksheets\": []}", 2)).contains("nbformat 4"));
    let magic = run_file(&file, &notebook("reconverge", json!([code(json!("%%time\nx"))])), 1);
    assert!(err(&magic).contains("E0501"), "{}", err(&magic));
    std::fs::write(&file, [0xFF, 0xFE]).unwrap();
    assert_eq!(command(&["run"]).arg(&file).output().unwrap().status.code(), Some(2));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn check_reports_without_exploring() {
    let good = piped(&["check", "-"], &format!("{COUNTER}check Counter"));
    assert_eq!((good.status.code(), out(&good).trim()), (Some(0), "0 errors and 0 warnings"));
    let bad = piped(&["check", "-"], "system A { state x: bool = y }\nsystem B { state z: bool = q }");
    assert_eq!(bad.status.code(), Some(1));
    assert!(out(&bad).contains("2 errors"), "{}", out(&bad));
    let commands = "check Counter { only lwo }\ncheck Counter { faults { kill 1 } }\nfind Counter { m == 1 }";
    let typed = piped(&["check", "-"], &format!("{COUNTER}{commands}"));
    for name in ["lwo", "kill", "`m`"] {
        assert!(out(&typed).contains(name), "{name}: {}", out(&typed));
    }
    let json = piped(&["check", "-", "--json"], "check Nowhere");
    let found: Value = serde_json::from_str(&out(&json)).unwrap();
    assert_eq!(found[0]["place"], json!({ "source": "input", "line": 1, "column": 7 }));
}

#[test]
fn bundled_mappings_are_known_and_sound() {
    let mappings = reconverge_kernel::library::mappings();
    assert!(mappings.iter().any(|(name, _)| name == "kafka"));
    for (name, text) in mappings {
        let checked = piped(&["check", "-"], &text);
        assert_eq!(checked.status.code(), Some(0), "{name}: {}", out(&checked));
        ends(&format!("use {name}"), 0);
    }
}

#[test]
fn explain_and_format() {
    let explained = out(&command(&["explain", "e0502"]).output().unwrap());
    assert!(explained.starts_with("E0502: ") && explained.contains("use "), "{explained}");
    assert!(out(&command(&["explain"]).output().unwrap()).lines().count() > 20);
    let unknown = command(&["explain", "E0503x"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    let formatted = piped(&["format", "-"], "system  A{state x:bool=true}");
    assert_eq!(out(&formatted), "system A {\n  state x: bool = true\n}\n");
    let comment = piped(&["format", "-"], "system A { } // why");
    assert!(out(&comment).contains("// why"), "a comment is never lost: {}", out(&comment));
    assert_eq!(piped(&["format", "-"], "system {").status.code(), Some(1));
}

#[test]
fn install_writes_a_kernelspec() {
    let folder = folder("install");
    let install = |arguments: &[&str]| {
        let mut command = command(&["install"]);
        command
            .args(arguments)
            .env("JUPYTER_DATA_DIR", folder.join("data"))
            .env("VIRTUAL_ENV", folder.join("venv"));
        command.output().unwrap()
    };
    let prefix = folder.join("a prefix");
    assert!(install(&["--prefix", prefix.to_str().unwrap()]).status.success());
    assert!(install(&["--user", "--name", "rcv-dev"]).status.success());
    assert!(install(&["--sys-prefix"]).status.success());
    for (place, name) in [
        (prefix.join("share/jupyter"), "reconverge"),
        (folder.join("data"), "rcv-dev"),
        (folder.join("venv/share/jupyter"), "reconverge"),
    ] {
        let spec = place.join("kernels").join(name);
        let json: Value = serde_json::from_slice(&std::fs::read(spec.join("kernel.json")).unwrap()).unwrap();
        assert_eq!(json["language"], "reconverge");
        assert_eq!(json["interrupt_mode"], "message");
        assert_eq!(json["argv"][1], "kernel");
        assert_eq!(json["argv"][2], "{connection_file}");
        assert!(Path::new(json["argv"][0].as_str().unwrap()).is_absolute());
        assert!(std::fs::read(spec.join("logo-64x64.png")).unwrap().starts_with(b"\x89PNG"));
        assert!(std::fs::read_to_string(spec.join("logo-svg.svg")).unwrap().starts_with("<svg"));
    }
    for name in ["", "a b", "../x", ".hidden"] {
        assert_eq!(install(&["--name", name]).status.code(), Some(2), "{name:?}");
    }
    assert_eq!(install(&["--user", "--sys-prefix"]).status.code(), Some(2));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn files_are_used_below_the_folder_and_nowhere_else() {
    let folder = folder("files");
    let below = folder.join("lessons");
    std::fs::create_dir_all(below.join("parts")).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write("shared.rcv", b"system Shared { state x: 0..1 = 0 }");
    write("lessons/parts/counter.rcv", format!("\u{feff}{COUNTER}").as_bytes());
    write("lessons/large.rcv", &vec![b' '; (4 << 20) + 1]);
    write("lessons/latin.rcv", b"// \xe9");
    write("lessons/wrong.rcv", b"system Wrong {\n  state x: 0..1 = 7\n}");
    let run = |code: &str, more: &[&str]| {
        let file = below.join("lesson.rcv");
        std::fs::write(&file, code).unwrap();
        let arguments = [&["run", file.to_str().unwrap()], more].concat();
        let ran = command(&arguments).output().unwrap();
        let check = command(&[&["check"], &arguments[1..]].concat()).output().unwrap();
        assert_eq!(ran.status.code(), check.status.code(), "{code}: {}", out(&check));
        (ran.status.code(), format!("{}{}", out(&ran), err(&ran)))
    };
    let used = run("use \"parts/counter.rcv\"\ncheck Counter { expect violated low }", &[]);
    assert_eq!(used.0, Some(0), "{}", used.1);
    for (code, more, words) in [
        ("use \"gone.rcv\"", &[][..], "E0530"),
        ("use \"../shared.rcv\"", &[], "E0531"),
        ("use \"/etc/hostname\"", &[], "E0531"),
        ("use \"parts/../../shared.rcv\"", &[], "E0531"),
        ("use \"large.rcv\"", &[], "E0532"),
        ("use \"latin.rcv\"", &[], "byte 4"),
        ("use \"parts\"", &[], "E0532"),
        ("use \"lesson.rcv\"", &[], "E0533"),
        ("use \"wrong.rcv\"", &[], "wrong.rcv:2:19"),
    ] {
        let (status, said) = run(code, more);
        assert_eq!(status, Some(1), "{code}: {said}");
        assert!(said.contains(words), "{code}: {said}");
    }
    let allowed = ["--files", folder.to_str().unwrap()];
    assert_eq!(run("use \"../shared.rcv\"\nx", &allowed).0, Some(0));
    assert_eq!(run("1", &["--files", below.join("gone").to_str().unwrap()]).0, Some(2));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.join("shared.rcv"), below.join("link.rcv")).unwrap();
        assert!(run("use \"link.rcv\"", &[]).1.contains("E0531"), "a link leads outside");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
