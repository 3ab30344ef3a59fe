//! The command line: exit codes, formats, files of all kinds, installation.
//!
//! Enters: programs and arguments. Leaves: failures.

#[cfg(unix)]
mod watch;

use crate::frontend::binary;
use serde_json::{Value, json};
use std::io::{BufRead, Write};
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
pub(crate) fn piped(arguments: &[&str], input: &str) -> Output {
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
    for words in [
        "run",
        "watch",
        "check",
        "format",
        "export",
        "grade",
        "schema",
        "explain",
        "kernel",
        "install",
        "Examples:",
        "Exit codes:",
        "--color",
    ] {
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
    assert_eq!(json["why"].as_str().map(|why| why.starts_with("low: violated")), Some(true));
    let at = &json["cells"][0]["reports"][0]["findings"][0]["span"];
    assert_eq!((&at["name"], &at["line"], &at["column"]), (&json!("input"), &json!(4), &json!(13)));
    assert_eq!(json["cells"][0]["reports"][0]["report"], "check");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.contains("low") && !html.contains("http://"));
    let at = |words: &str| html.find(words).unwrap_or_else(|| panic!("{words}: {html}"));
    assert!(
        at("not as expected: low: violated") < at("check Counter") && at("violated") < at("<summary>source")
    );
    assert!(
        html.contains("<span class=\"keyword\">action</span>")
            && html.contains("<span class=\"type\">safety</span>")
    );
    let source = html.split("<pre class=\"code\">").nth(1).unwrap().split("</pre>").next().unwrap();
    let plain: String =
        source.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
    assert_eq!(plain.replace("&lt;", "<").replace("&gt;", ">"), input, "nothing but colours is added");
    let again = piped(&["run", "-", "--json"], &input);
    assert_eq!(out(&again), out(&output), "the same run gives the same bytes");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Two files and a folder: what holds, what is broken, what is only stated.
fn several(name: &str) -> (PathBuf, [PathBuf; 3]) {
    let folder = folder(name);
    let deep = folder.join("deep, 100%");
    std::fs::create_dir_all(deep.join(".hidden")).unwrap();
    let files = [folder.join("broken.rcv"), folder.join("open.rcv"), deep.join("wrong.rcv")];
    std::fs::write(&files[0], format!("{COUNTER}check Counter\ncheck Counter {{ expect violated low }}"))
        .unwrap();
    let open = "system Open {\n  state x: 0..5 = 0\n  action up when x < 5 { x += 1 }\n  \
                invariant said: safety \"only said\"\n  invariant small: safety { x < 9 }\n}\n";
    std::fs::write(
        &files[1],
        format!(
            "{open}system Bounded from Open {{ bound x < 3 }}\ncheck Open\ncheck Bounded {{ only small }}"
        ),
    )
    .unwrap();
    std::fs::write(&files[2], "check Nowhere").unwrap();
    std::fs::write(deep.join(".hidden/copy.rcv"), "not read").unwrap();
    std::fs::write(deep.join("notes.md"), "not read").unwrap();
    (folder, files)
}

fn run_all(arguments: &[&str], paths: &[&Path]) -> Output {
    command(&[&["run"], arguments].concat()).args(paths).output().unwrap()
}

#[test]
fn strict_leaves_nothing_open() {
    let (folder, [_, open, _]) = several("strict");
    assert_eq!(run_all(&[], &[&open]).status.code(), Some(0));
    let strict = run_all(&["--strict"], &[&open]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(err(&strict).starts_with("not as expected: said: not checked"), "{}", err(&strict));
    let text = std::fs::read_to_string(&open).unwrap();
    std::fs::write(&open, text.replace("check Open\n", "\n")).unwrap();
    assert_eq!(run_all(&[], &[&open]).status.code(), Some(0));
    let strict = run_all(&["--strict"], &[&open]);
    assert!(
        err(&strict).starts_with("not as expected: small: holds within the bound x < 3"),
        "{}",
        err(&strict)
    );
    std::fs::remove_dir_all(folder).unwrap();
}

/// `question`, beside a system: exit codes with and without `--strict`, and what the last line says.
#[track_caller]
fn asked(question: &str, codes: [i32; 2], why: &str) {
    let system = "system Q {
  param n = 1
  state x: 0..9 = 0
  state seen: 0..9 = 0
  action up when x < n { x += 1 }
  action look { seen := x }
  invariant low: safety { x < 3 }
  invariant late: safety { x > 3 implies seen < 9 }
  order reg: versioned { value x version x }
  order cell: compare_and_set { value x version x }
}
";
    for (arguments, code) in [&["run", "-"][..], &["run", "--strict", "-"]].into_iter().zip(codes) {
        let ran = piped(arguments, &format!("{system}{question}"));
        assert_eq!(ran.status.code(), Some(code), "{question}\n{}{}", out(&ran), err(&ran));
        let last = err(&ran).lines().last().unwrap_or_default().to_string();
        let said = if code == 0 { String::new() } else { format!("not as expected: {why}") };
        assert!(last.starts_with(&said) && (code == 1 || !last.starts_with("not")), "{question}\n{last}");
    }
}

#[test]
fn what_a_question_finds_is_its_answer_and_what_it_leaves_open_is_not() {
    // Broken at some points, or at all of them: that is what was asked.
    asked("sweep n in 1..4 of Q { only low }", [0, 0], "");
    asked("sweep n in 5..6 of Q { only low }", [0, 0], "");
    asked("sweep n in 1..5 of Q { only late }", [0, 0], "");
    asked("sweep n in 1..3 of Q { only late }", [1, 1], "sweep: late is vacuous at every point");
    asked("sweep n in 1..4 of Q { states <= 2 }", [1, 1], "sweep: 4 of 4 points not decided");
    asked("sweep n in 8..10 of Q { only low }", [1, 1], "sweep: something has no value at 1 of 3 points");
    asked("mutate Q { only low }", [0, 0], "");
    asked("mutate Q(n = 5) { only low }", [1, 1], "mutate: no member holds");
    asked(
        "mutate Q { only low  states <= 2 }",
        [1, 1],
        "mutate: the system as it is written was not explored",
    );
    asked("mutate Q { only low  depth <= 3 }", [0, 1], "mutate: ");
    asked("why low of Q", [0, 0], "");
    asked("why low of Q(n = 5)", [1, 1], "why low: it does not hold");
    asked("why late of Q", [1, 1], "why late: it says nothing");
    asked("why cell of Q", [1, 1], "why cell: it is not checked");
    asked("why low of Q { states <= 2 }", [1, 1], "why low: it is not decided");
    asked("why low of Q { depth <= 3 }", [0, 1], "why low: ");
    asked("relax reg of Q { only low }", [0, 0], "");
    asked("relax cell of Q { only low }", [0, 1], "relax: cell was not loosened");
    asked("relax Q { only low  states <= 2 }", [1, 1], "relax: the system as it is written was not explored");
    asked("graph Q(n = 5)", [0, 0], "");
    asked("graph Q(n = 5) { states <= 2 }", [1, 1], "graph Q: incomplete");
}

/// Verdicts with a fault that does nothing read better than they are.
#[test]
fn partitions_that_change_nothing_are_left_open() {
    let system = "system S { node N[2] { x: 0..1 = 0 } action up at n { n.x := 1 } invariant low: safety { all n in N: n.x < 2 } }";
    for question in ["check S { faults { partition 1 } }", "find S { n1.x == 1 } faults { partition 1 }"] {
        for (arguments, code) in [&["run", "-"][..], &["run", "--strict", "-"]].into_iter().zip([0, 1]) {
            let ran = piped(arguments, &format!("{system}\n{question}"));
            assert_eq!(ran.status.code(), Some(code), "{question}\n{}{}", out(&ran), err(&ran));
            assert!(out(&ran).contains("partitions change nothing here"), "{}", out(&ran));
            let said = err(&ran).contains("not as expected: partition: changes nothing here");
            assert_eq!(said, code == 1, "{}", err(&ran));
        }
    }
}

#[test]
fn files_of_one_name_are_told_apart_where_they_are_wrong() {
    let folder = folder("alike");
    for name in ["one", "two"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        std::fs::write(folder.join(name).join("a.rcv"), "system A { invariant x: safety { y == 1 } }")
            .unwrap();
    }
    let places = |name: &str| format!("--> {}:1:34", folder.join(name).join("a.rcv").display());
    for ran in [run_all(&[], &[&folder]), command(&["check"]).arg(&folder).output().unwrap()] {
        let said = format!("{}{}", out(&ran), err(&ran));
        assert!(said.contains(&places("one")) && said.contains(&places("two")), "{said}");
    }
    let alone = run_all(&[], &[&folder.join("one").join("a.rcv")]);
    assert!(err(&alone).contains(" --> a.rcv:1:34"), "{}", err(&alone));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_question_is_open_and_no_failure() {
    let system =
        "system A { state n: 0..2 = 0  action up when n < 2 { n += 1 }  invariant low: safety { n < 2 } }";
    let asked =
        format!("{system}\ncheck A {{ expect ___ }}\nscenario \"s\" on A {{ do up  expect n == ___ }}");
    let said = ends(&asked, 0);
    assert!(out(&said).contains("? expect ___\nYour answer first: write `holds`"), "{}", out(&said));
    // Nothing that would answer it.
    assert!(!out(&said).contains("violated\n") && !out(&said).contains("✗"), "{}", out(&said));
    assert!(!out(&said).contains("n = 1"), "{}", out(&said));
    let strict = piped(&["run", "--strict", "-"], &asked);
    assert_eq!(strict.status.code(), Some(1));
    let why = "not as expected: `expect ___` asks, and is not answered";
    assert!(err(&strict).contains(why), "{}", err(&strict));
    let json = piped(&["run", "--json", "-"], &asked);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let expectation = &json["cells"][0]["reports"][0]["expectations"][0];
    assert_eq!((&expectation["asked"], &expectation["met"]), (&true.into(), &false.into()), "{json}");
}

#[test]
fn an_audit_that_was_cut_short_is_no_success() {
    let system =
        "system A { state n: 0..2 = 0  action up when n < 2 { n += 1 }  invariant low: safety { n < 3 } }";
    let cut = ends(&format!("{system}\naudit A {{ depth <= 1 }}"), 1);
    assert!(err(&cut).starts_with("not as expected: audit A: incomplete"), "{}", err(&cut));
    ends(&format!("{system}\naudit A"), 0);
}

#[test]
fn files_and_folders_are_run_each_for_itself() {
    let (folder, files) = several("several");
    let ran = run_all(&[], &[&files[1], &folder]);
    assert_eq!(ran.status.code(), Some(1));
    let headings: Vec<String> =
        out(&ran).lines().filter(|l| l.starts_with("══")).map(str::to_owned).collect();
    let heading = |file: &PathBuf| format!("══ {} ══", file.display());
    assert_eq!(headings, [&files[1], &files[0], &files[2], &files[1]].map(heading));
    let why = err(&ran).lines().last().unwrap().to_string();
    assert!(why.starts_with(&format!("not as expected: {}: low: violated", files[0].display())), "{why}");
    assert!(why.ends_with("(and in 1 more file)"), "{why}");
    let json: Value = serde_json::from_str(&out(&run_all(&["--json"], &[&folder]))).unwrap();
    let named: Vec<&str> =
        json["cells"].as_array().unwrap().iter().map(|c| c["file"].as_str().unwrap()).collect();
    assert_eq!(named, [&files[0], &files[2], &files[1]].map(|f| f.to_str().unwrap()));
    assert_eq!(
        run_all(&[], &[&folder.join("deep, 100%/.hidden")]).status.code(),
        Some(1),
        "asked for by name"
    );
    let checked = command(&["check"]).arg(&folder).output().unwrap();
    assert_eq!(
        (checked.status.code(), out(&checked).lines().last()),
        (Some(1), Some("1 error and 0 warnings"))
    );
    std::fs::create_dir(folder.join("empty")).unwrap();
    let empty = run_all(&[], &[&folder.join("empty")]);
    assert_eq!(empty.status.code(), Some(2), "{}", err(&empty));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn lines_of_json_come_as_they_are_found() {
    let (folder, files) = several("lines");
    let ran = out(&run_all(&["--json-lines"], &[&files[0], &files[2]]));
    let lines: Vec<Value> = ran.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<bool> = lines.iter().map(|line| line["report"].is_object()).collect();
    assert_eq!(kinds, [true, true, false, false]);
    assert_eq!(lines[2]["diagnostic"]["place"], json!({ "source": "wrong.rcv", "line": 1, "column": 7 }));
    assert_eq!(lines[3]["as_expected"], false);
    assert!(lines.iter().all(|line| line["version"] == 2));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn junit_has_a_suite_for_each_file_and_a_case_for_each_member() {
    let (folder, files) = several("junit");
    let xml = folder.join("out.xml");
    let run = |arguments: &[&str]| {
        run_all(
            &[&["--junit", xml.to_str().unwrap()], arguments].concat(),
            &files.each_ref().map(PathBuf::as_path),
        );
        std::fs::read_to_string(&xml).unwrap()
    };
    let text = run(&[]);
    assert_eq!(run(&[]), text, "the same run gives the same bytes");
    let document = roxmltree::Document::parse(&text).unwrap();
    let suites: Vec<_> = document.root_element().children().filter(|n| n.has_tag_name("testsuite")).collect();
    assert_eq!(suites.len(), 3);
    let cases = |suite: usize| {
        let cases = suites[suite].children().filter(|n| n.has_tag_name("testcase"));
        let state = |case: roxmltree::Node| {
            case.children()
                .find(|n| n.is_element())
                .map_or("passed".to_string(), |n| n.tag_name().name().to_string())
        };
        cases.map(|c| (c.attribute("name").unwrap().to_string(), state(c))).collect::<Vec<_>>()
    };
    let pairs =
        |all: &[(&str, &str)]| all.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
    let expected = [("low", "failure"), ("low (2)", "system-out"), ("expect violated low", "passed")];
    assert_eq!(cases(0), pairs(&expected), "what is expected is no failure");
    assert_eq!(cases(1), pairs(&[("said", "skipped"), ("small", "passed"), ("small", "system-out")]));
    assert_eq!(cases(2), pairs(&[("wrong.rcv:1:7", "error")]));
    let failure = document.descendants().find(|n| n.has_tag_name("failure")).unwrap();
    assert_eq!(failure.attribute("message"), Some("violated, `x < 3` is false"));
    assert!(failure.text().unwrap().contains("  3  do up\n       x: 2 → 3\n"), "the run as text");
    assert_eq!(suites[0].attribute("failures"), Some("1"));
    let strict = run(&["--strict"]);
    let document = roxmltree::Document::parse(&strict).unwrap();
    assert_eq!(document.root_element().attribute("failures"), Some("3"), "{strict}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn github_is_told_file_line_and_column() {
    let (folder, files) = several("github");
    let ran = out(&run_all(&["--github"], &[&files[0], &files[2]]));
    let said: Vec<&str> = ran.lines().filter(|line| line.starts_with("::")).collect();
    let place = |file: &PathBuf| file.display().to_string().replace('%', "%25").replace(',', "%2C");
    let violated =
        format!("::error file={},line=4,col=13,title=low::check Counter: violated", place(&files[0]));
    assert!(said[0].starts_with(&violated), "{said:?}");
    assert!(said[0].contains("is false%0A  1  do up%0A"), "the run, escaped: {}", said[0]);
    let unknown = format!("::error file={},line=1,col=7,title=E", place(&files[2]));
    assert!(said[1].starts_with(&unknown) && place(&files[2]).contains("deep%2C 100%25"), "{said:?}");
    assert_eq!(said.len(), 2, "what is expected is not told: {said:?}");
    assert!(out(&run_all(&["--github"], &[&files[1]])).lines().all(|line| !line.starts_with("::")));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn github_is_told_where_the_command_is_written() {
    let folder = folder("github-commands");
    let file = folder.join("all.rcv");
    let system = "system A {\n  node N[2] { x: 0..1 = 0 }\n  action go at n in N when n.x < 1 { n.x += 1 }\n  \
                  invariant i: safety { all n in N: n.x < 2 }\n}\n";
    let commands = "check A { faults { partition 1 } }\nmutate A { depth <= 1 }\nwhy i of A { depth <= 1 }\n\
                    graph A { depth <= 1 }\ngrade A against A, A\n";
    std::fs::write(&file, format!("{system}{commands}")).unwrap();
    let ran = out(&run_all(&["--github", "--strict"], &[&file]));
    let said: Vec<&str> = ran.lines().filter(|line| line.starts_with("::error")).collect();
    for line in 6..=10 {
        assert!(said.iter().any(|s| s.contains(&format!(",line={line},col=1,"))), "{line}: {said:#?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_run_without_a_value_ends_as_it_does_in_a_terminal() {
    let folder = folder("no-value");
    let file = folder.join("over.rcv");
    let system =
        "system Over {\n  state x: 0..4 = 0\n  action up { x += 2 }\n  invariant i: safety { x < 9 }\n}\n";
    std::fs::write(&file, format!("{system}check Over")).unwrap();
    let junit = folder.join("all.xml");
    let ran = run_all(&["--github", "--junit", junit.to_str().unwrap()], &[&file]);
    let (github, junit) = (out(&ran), std::fs::read_to_string(&junit).unwrap());
    let told = "! x would become 6, its type is 0..4";
    let github = github.lines().find(|line| line.starts_with("::error")).unwrap();
    for said in [github, &junit] {
        assert!(said.contains(told) && !said.contains("false after step"), "{said}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn colours_come_where_they_are_asked_for() {
    let coloured = |arguments: &[&str], variable: Option<&str>| {
        let mut command = command(&[arguments, &["check", "-"]].concat());
        variable.iter().for_each(|variable| {
            command.env(variable, "1");
        });
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"check Nowhere").unwrap();
        out(&child.wait_with_output().unwrap()).contains('\u{1b}')
    };
    assert!(!coloured(&[], None), "not in a pipe");
    assert!(coloured(&["--color", "always"], None));
    assert!(coloured(&["--color=always"], Some("NO_COLOR")), "what is typed counts more");
    assert!(coloured(&[], Some("CLICOLOR_FORCE")));
    assert!(!coloured(&["--color", "never"], Some("CLICOLOR_FORCE")));
    let input = format!("{COUNTER}check Counter");
    let with = out(&piped(&["run", "-", "--color", "always"], &input));
    assert!(with.contains(" \u{1b}[1;31m✗ violated\u{1b}[0m   low"), "{with}");
    let mut plain = with;
    for code in ["\u{1b}[1;31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[2m", "\u{1b}[0m"] {
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, out(&piped(&["run", "-"], &input)), "nothing but colours is added");
}

/// Lines until one has the words, which is returned.
fn line_with(lines: &mut impl Iterator<Item = std::io::Result<String>>, words: &str) -> String {
    lines
        .map(Result::unwrap)
        .find(|line| line.contains(words))
        .unwrap_or_else(|| panic!("{words} never came"))
}

/// One expression, one guard: nothing outside of them looks at an interrupt, and each goes on for hours.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_what_never_looks_up() {
    let count = "count a in 0..4000 where (count b in 0..4000 where (count c in 0..4000 where a == b and b == c) == 1) == 1";
    let guard =
        format!("system Guard {{ state x: 0..1 = 0 action g when ({count}) == 1 {{ x := 1 }} }} check Guard");
    for (program, form) in [(count, "automatic"), (&guard, "portable"), (&guard, "native")] {
        let mut child = command(&["run", "-", "--execution", form])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(format!("6 * 7\n{program}").as_bytes()).unwrap();
        let mut out = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        line_with(&mut out, "42");
        let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupted.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{program}: {}", err(&output));
        assert!(err(&output).contains("interrupted"), "{}", err(&output));
    }
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
    let folder = folder("format");
    let (good, bad) = (folder.join("good.rcv"), folder.join("deep/bad.rcv"));
    std::fs::create_dir_all(bad.parent().unwrap()).unwrap();
    std::fs::write(&good, "system A {\n  state x: bool = true\n}\n").unwrap();
    std::fs::write(&bad, "system  B{state x:bool=true}").unwrap();
    let format = |option: &str| command(&["format", option]).arg(&folder).output().unwrap();
    let checked = format("--check");
    assert_eq!((checked.status.code(), out(&checked)), (Some(1), format!("{}\n", bad.display())));
    assert!(err(&checked).starts_with("not as expected: 1 file not in the standard layout"));
    assert_eq!(format("--write").status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&bad).unwrap(), "system B {\n  state x: bool = true\n}\n");
    assert_eq!(format("--check").status.code(), Some(0));
    std::fs::write(&bad, "system {").unwrap();
    let broken = format("--write");
    assert_eq!(broken.status.code(), Some(1));
    assert!(err(&broken).contains("bad.rcv:1:") && err(&broken).contains("1 file cannot be parsed"));
    assert_eq!(command(&["format"]).arg(&folder).output().unwrap().status.code(), Some(2), "which to print?");
    std::fs::remove_dir_all(folder).unwrap();
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

#[test]
fn a_new_mapping_works_and_its_tests_notice() {
    let folder = folder("new");
    let made = folder.join("order-book");
    let path = made.to_str().unwrap();
    let output = command(&["new", "mapping", path]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(out(&output).lines().count(), 4);
    let run = || command(&["run", "--strict", path]).output().unwrap();
    let ran = run();
    assert_eq!(ran.status.code(), Some(0), "{}{}", out(&ran), err(&ran));
    assert!(out(&ran).contains("check OrderBook"), "{}", out(&ran));
    let laid_out = command(&["format", "--check", path]).output().unwrap();
    assert_eq!(laid_out.status.code(), Some(0), "{}", err(&laid_out));
    // Whoever leaves the comparison out of the mapping is told.
    let mapping = made.join("order-book.rcv");
    let text = std::fs::read_to_string(&mapping).unwrap();
    let blind = text.replace("= w.read == store.version", "= true");
    assert_ne!(text, blind);
    std::fs::write(&mapping, blind).unwrap();
    assert_eq!(run().status.code(), Some(1));
    // What is there already stays as it is.
    let again = command(&["new", "mapping", path]).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("is there already"), "{}", err(&again));
    let unnamed = command(&["new", "mapping", folder.join("7").to_str().unwrap()]).output().unwrap();
    assert_eq!(unnamed.status.code(), Some(2), "{}", err(&unnamed));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[cfg(unix)]
#[test]
fn what_the_readme_types_works() {
    let readme = include_str!("../../README.md");
    let blocks =
        readme.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let lines: Vec<&str> = blocks.flat_map(str::lines).map(|l| l.split('#').next().unwrap().trim()).collect();
    let mut at = folder("readme");
    let mut ran = 0;
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["cd", folder] => at = at.join(folder),
            ["reconverge", ref arguments @ ..] => {
                ran += 1;
                let mut command = command(arguments);
                command.current_dir(&at).stdout(Stdio::piped()).stderr(Stdio::piped());
                let mut child = command.spawn().unwrap();
                if arguments[0] == "watch" {
                    line_with(&mut std::io::BufReader::new(child.stderr.take().unwrap()).lines(), "watching");
                    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
                    assert!(interrupted.unwrap().success());
                }
                let output = child.wait_with_output().unwrap();
                assert_eq!(output.status.code(), Some(0), "{line}: {}{}", out(&output), err(&output));
            }
            // The scripts have tests of their own; the rest is of Git.
            [script, ..] => assert!(
                script == "git"
                    || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(script).is_file(),
                "{line}"
            ),
            [] => {}
        }
    }
    assert!(ran >= 4, "{ran}");
    assert!(at.join("out.html").is_file() && at.join("out.xml").is_file());
    std::fs::remove_dir_all(folder("readme")).unwrap();
}
