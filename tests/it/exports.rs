//! Results for other tools, read back as those read them.
//!
//! Enters: programs. Leaves: failures.

use crate::frontend::binary;
use reconverge_lang::export::{ShownRun, itf};
use reconverge_lang::report::Trace;
use reconverge_lang::value::Value as Of;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Messages that arrive, one that is lost, one that is still under way; values of every shape; words that need care.
const POST: &str = r##"system Post {
  type N = 0..3
  record Stamp { n: N, by: Office }
  message Letter { n: N }
  node Office[2] { durable got: set<N> = {}  durable last: N? = none }
  state stamps: map<Office -> N> = { Office -> 0 }
  state order: list<Stamp, 2> = []
  state kept: bag<N, 2> = {}
  link post: Letter between Office, Office lossy
  action post(to: Office) at a in Office when a != to and stamps[a] < 2 {
    stamps[a] += 1
    send Letter { n: stamps[a] } to to
  }
  on Letter at o in Office when len(order) < 2 {
    o.got.add(n)
    o.last := n
    order.push(Stamp { n: n, by: o })
    kept.add(1)
  }
  invariant never_two: safety "Nobody gets two; nothing is <here> # 100 %" {
    all o in Office: len(o.got) < 2
  }
  resolution again: retry "Sent \"twice\"" { handles never_two }
}
check Post { faults { lose 1 } }
scenario "lost; \"one\" <#>" on Post {
  do post(office2) at office1
  lose Letter { n: 1 } from office1 to office2
  do post(office1) at office2
  do post(office2) at office1
  deliver Letter { n: 1 } from office2 to office1
}
diagram Post
"##;

/// A run that goes round for ever.
const ROUND: &str = "system Round {
  state x: 0..2 = 0
  fair action turn when x > 0 { x := 3 - x }
  fair action leave when x == 0 { x := 1 }
  invariant back: convergence { eventually always x == 0 }
}
check Round
";

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("reconverge-exports-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn reconverge(arguments: &[&str], path: &Path) -> Output {
    Command::new(binary()).args(arguments).arg(path).output().unwrap()
}

/// What is exported of a program, by the name of the file.
fn exported(name: &str, program: &str, format: &str) -> BTreeMap<String, String> {
    let folder = folder(&format!("{name}-{format}"));
    let (file, out) = (folder.join("lesson.rcv"), folder.join("out"));
    std::fs::write(&file, program).unwrap();
    let ran = reconverge(&["export", "--to", format, "--out", out.to_str().unwrap()], &file);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let named = |path: PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), text(&path));
    let files = std::fs::read_dir(&out).unwrap().map(|entry| named(entry.unwrap().path())).collect();
    std::fs::remove_dir_all(folder).unwrap();
    files
}

#[test]
fn itf_has_every_variable_in_every_state() {
    let files = exported("itf", POST, "itf");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["Post-lost_one-scenario.itf.json", "Post-never_two-violated.itf.json"]);
    let trace: Value = serde_json::from_str(&files["Post-never_two-violated.itf.json"]).unwrap();
    let vars: Vec<&str> = trace["vars"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let states = trace["states"].as_array().unwrap();
    assert_eq!((states.len(), trace["#meta"]["format"].as_str()), (5, Some("ITF")));
    for (index, state) in states.iter().enumerate() {
        assert_eq!(state["#meta"]["index"], json!(index));
        assert!(vars.iter().all(|var| !state[*var].is_null()), "{state}");
        assert_eq!(state.as_object().unwrap().len(), vars.len() + 1);
    }
    assert_eq!(states[3]["#meta"]["line"], "deliver Letter { n: 1 } from office1 to office2");
    let last = &states[4];
    assert_eq!(last["stamps"], json!({ "#map": [["office1", 2], ["office2", 0]] }));
    assert_eq!(last["order"], json!([{ "n": 1, "by": "office2" }, { "n": 2, "by": "office2" }]));
    assert_eq!(last["kept"], json!({ "#map": [[1, 2]] }));
    assert_eq!(last["office2.got"], json!({ "#set": [1, 2] }));
    assert_eq!(last["office2.last"], json!(2));
    assert_eq!(last["office1.last"], json!({ "tag": "None", "value": { "#tup": [] } }));
    assert_eq!(trace.get("loop"), None);
}

/// A node that goes down, messages in a queue, and one that is doubled.
const TOLD: &str = "system Told {
  node N[2] { durable d: 0..2 = 0 }
  message M { n: 1..2 }
  message P
  link net: M from N to N ordered capacity 2
  link loose: P from N to N lossy duplicating
  action tell at n in N when n.d < 2 and in_flight(M) + in_flight(P) < 2 { n.d += 1  for o in N where o != n { send M { n: n.d } to o  send P to o } }
  on M at o in N { o.d := 2 }
  on P at o in N { }
  invariant i: safety { n1.up or n2.d < 2 }
}
check Told { faults { crash 1, duplicate 1, partition 1 } }
scenario \"two\" on Told { do tell at n1  duplicate P  partition {n1} | {n2}  crash n2  heal  restart n2  deliver M  deliver P }
";

#[test]
fn itf_has_what_is_up_and_what_is_under_way() {
    let files = exported("told", TOLD, "itf");
    assert_eq!(files.len(), 2, "{:?}", files.keys());
    for text in files.values() {
        let trace: Value = serde_json::from_str(text).unwrap();
        let mut vars: Vec<&str> =
            trace["vars"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        vars.push("#meta");
        vars.sort_unstable();
        for state in trace["states"].as_array().unwrap() {
            let known: Vec<&str> = state.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(known, vars);
        }
        assert!(
            vars.contains(&"n1.up") && vars.contains(&"loose") && vars.contains(&"net(n1 -> n2)"),
            "{vars:?}"
        );
    }
    let trace: Value = serde_json::from_str(&files["Told-two-scenario.itf.json"]).unwrap();
    let along = |var: &str| {
        trace["states"].as_array().unwrap().iter().map(|state| state[var].to_string()).collect::<Vec<_>>()
    };
    let (some, none) = (r#"["M { n: 1 } from n1 to n2"]"#, "[]");
    assert_eq!(along("net(n1 -> n2)"), [none, some, some, some, some, some, some, none, none]);
    let times = |n: u32| format!(r##"{{"#map":[["P from n1 to n2",{n}]]}}"##);
    let (empty, one, two) = (r##"{"#map":[]}"##.to_string(), times(1), times(2));
    assert_eq!(along("loose"), [&empty, &one, &two, &two, &two, &two, &two, &two, &one].map(String::clone));
    assert_eq!(along("n2.up"), ["true", "true", "true", "true", "false", "false", "true", "true", "true"]);
}

#[test]
fn runs_of_which_not_every_step_is_told_are_exported_as_they_are_told() {
    let long = "system L { state x: 0..3000 = 0  action up when x < 3000 { x += 1 }  invariant i: safety { x < 2600 } }\ncheck L";
    let files = exported("long", long, "itf");
    let trace: Value = serde_json::from_str(&files["L-i-violated.itf.json"]).unwrap();
    let states = trace["states"].as_array().unwrap();
    assert_eq!((states.len(), &states[500]["x"], &states[501]["x"]), (1002, &json!(500), &json!(2100)));
    assert_eq!(states.last().unwrap()["x"], json!(2600));
    for format in ["mermaid", "shiviz", "dot"] {
        assert_eq!(exported("long", long, format).len(), 1, "{format}");
    }
}

#[test]
fn itf_of_a_lasso_says_where_it_goes_back_to() {
    let files = exported("lasso", ROUND, "itf");
    let trace: Value = serde_json::from_str(&files["Round-back-violated.itf.json"]).unwrap();
    let states = trace["states"].as_array().unwrap();
    let back = &states[usize::try_from(trace["loop"].as_u64().unwrap()).unwrap()];
    assert_eq!(back["x"], states.last().unwrap()["x"], "{trace}");
    assert!(states.len() >= 3);
}

/// A step without a value leads nowhere.
#[test]
fn a_step_that_has_no_value_is_no_state_of_itf() {
    let grows =
        "system G { state x: 0..3 = 0  action up { x += 2 }  invariant i: safety { x < 9 } }\ncheck G";
    let files = exported("grows", grows, "itf");
    let (name, text) = files.iter().next().unwrap();
    assert!(files.len() == 1 && name.ends_with("-failed.itf.json"), "{name}");
    let trace: Value = serde_json::from_str(text).unwrap();
    let states = trace["states"].as_array().unwrap();
    assert_eq!(states.iter().map(|state| &state["x"]).collect::<Vec<_>>(), [&json!(0), &json!(2)]);
    assert_eq!(trace["#meta"]["failed-step"], "do up");
    assert!(trace["#meta"]["failure"].as_str().unwrap().contains("4"), "{}", trace["#meta"]);
    for format in ["mermaid", "dot", "shiviz"] {
        let files = exported("grows", grows, format);
        assert!(files.values().next().unwrap().contains("up: not taken, x would become 4"), "{files:?}");
    }
}

/// What holds by several guards and statements, and by an order.
const GUARDED: &str = "system Two {
  node C[2] { volatile known: 0..2 = 0 }
  state ver: 0..2 = 0
  state done: 0..3 = 0
  order swap: compare_and_set { scope r  value ver  version ver  write put expects c.known }
  action read at c in C { c.known := ver }
  action put at c in C when ver < 2 and c.known == ver { ver += 1  done += 1 }
  action off when done > 0 and ver > 2 { done := 3 }
  action out when done == 3 and ver == 1 { ver := 0 }
  invariant never: safety { done < 3 and done == ver }
}
";

#[test]
fn runs_of_weaker_systems_are_told_apart_by_what_is_weaker() {
    let files = exported("weaker", &format!("{GUARDED}why never of Two\nrelax Two"), "itf");
    let names: Vec<&str> = files.keys().map(|name| name.trim_end_matches(".itf.json")).collect();
    let weaker = [
        "never-ver_above_2_lets_one_more_through",
        "never-without_done_is_3",
        "never-without_done_plus_1",
        "never-without_ver_above_2",
        "never-without_ver_plus_1",
        "swap-swap_what_is_there_is_not_compared_with",
    ];
    assert_eq!(names, weaker.map(|name| format!("Two-{name}-violated")));
    let named = |name: &str| files.iter().find(|(file, _)| file.contains(name)).unwrap().1;
    let told: Value = serde_json::from_str(named("without_ver_above_2")).unwrap();
    assert_eq!(told["#meta"]["description"], "Two: never (violated, without `ver > 2`)");
    let file = folder("weaker-of").join("two.rcv");
    std::fs::write(&file, format!("{GUARDED}why never of Two")).unwrap();
    let of = |of: &str| reconverge(&["export", "--to", "mermaid", "--of", of], &file);
    assert_eq!(of("never-without_ver_above_2").status.code(), Some(0));
    let several = of("never");
    let words = String::from_utf8_lossy(&several.stderr).into_owned();
    assert!(several.status.code() == Some(2) && words.contains("never-without_ver_above_2"), "{words}");
    std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
}

#[test]
fn itf_writes_large_numbers_and_unlike_lists_as_they_are() {
    let large = (1_i64 << 53) - 1;
    let unlike = Of::Record("".into(), vec![("0".into(), Of::Int(1)), ("1".into(), Of::Name("a".into()))]);
    let init = [("a", Of::Int(large)), ("b", Of::Int(-large - 1)), ("c", Of::Int(i64::MIN)), ("d", unlike)];
    let init = init.map(|(path, value)| (path.to_string(), value)).to_vec();
    let trace = Trace { init, ..Trace::default() };
    let run = ShownRun { system: "S", of: "i", shows: "violated", weaker: None, trace: &trace };
    let written = serde_json::to_value(itf::document(&run)).unwrap();
    let state = &written["states"][0];
    assert_eq!(state["a"], json!(large));
    assert_eq!(state["b"], json!({ "#bigint": "-9007199254740992" }));
    assert_eq!(state["c"], json!({ "#bigint": "-9223372036854775808" }));
    assert_eq!(state["d"], json!({ "#tup": [1, "a"] }));
}

/// What Mermaid makes of an escaped text.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('#') {
        let (code, after) = after.split_once(';').expect("an entity ends with `;`");
        out.push_str(before);
        out.push(char::from_u32(code.parse().unwrap()).unwrap());
        rest = after;
    }
    assert!(!rest.contains(';'), "`;` ends a statement: {text}");
    out + rest
}

#[test]
fn mermaid_draws_what_arrives_and_what_is_lost() {
    let files = exported("mermaid", POST, "mermaid");
    let text = &files["Post-lost_one-scenario.mmd"];
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    let mut lanes = Vec::new();
    let mut arrows = Vec::new();
    let mut notes = Vec::new();
    for line in lines {
        let line = line.trim_start();
        if let Some(lane) = line.strip_prefix("participant ") {
            let (id, name) = lane.split_once(" as ").unwrap();
            assert_eq!(id, format!("L{}", lanes.len()));
            lanes.push(name.to_string());
        } else if let Some(note) = line.strip_prefix("Note over ") {
            let (over, text) = note.split_once(": ").unwrap();
            assert!(over.split(',').all(|id| id[1..].parse::<usize>().unwrap() < lanes.len()), "{line}");
            notes.push(unescaped(text));
        } else if !line.starts_with("%%") {
            let (ends, message) = line.split_once(": ").unwrap();
            arrows.push(format!("{ends} {}", unescaped(message)));
        }
    }
    assert_eq!(lanes, ["office1", "office2", "system"]);
    assert_eq!(arrows, ["L0--xL1 Letter { n: 1 }", "L1->>L0 Letter { n: 1 }"]);
    assert!(notes.contains(&"stamps = {office1 -> 2, office2 -> 1}".to_string()), "{notes:?}");
    assert_eq!(notes.last().map(String::as_str), Some("still under way: Letter { n: 2 }"));
    let round = &exported("round", ROUND, "mermaid")["Round-back-violated.mmd"];
    assert_eq!((round.matches("  loop ").count(), round.matches("  end\n").count()), (1, 1), "{round}");
}

#[test]
fn a_state_graph_has_every_state_and_step() {
    let program = "system Lamp {
  node Switch[1] { volatile on: bool = false }
  state broken: bool = false
  invariant whole: safety { not broken }
  action press at s in Switch { s.on := not s.on }
  action burst when (some s in Switch: s.on) and not broken { broken := true }
}
graph Lamp { faults { crash 1 } }
check Lamp { traces 5  faults { crash 1 }  expect violated whole }";
    let dot = &exported("graph", program, "dot")["Lamp-graph.dot"];
    let charts = exported("graph", program, "mermaid");
    let chart = &charts["Lamp-graph.mmd"];
    let nodes = |text: &str, ends: &str| text.lines().filter(|line| line.contains(ends)).count();
    assert_eq!(nodes(dot, " [label=\"s"), nodes(chart, "[\"s"), "{dot}\n{chart}");
    assert_eq!(nodes(dot, " -> s"), nodes(chart, "|\""), "{dot}\n{chart}");
    assert!(dot.contains("label=\"crash switch1\", style=dashed"), "{dot}");
    assert!(dot.contains("s1 -> s2 [label=\"do press at switch1\", style=bold, color=red]"), "{dot}");
    assert!(chart.contains("s1 ==>|\"do press at switch1\"| s2"), "{chart}");
    assert!(chart.contains("✗ whole broken"), "{chart}");
}

#[test]
fn shiviz_knows_who_knew_of_what() {
    let files = exported("shiviz", POST, "shiviz");
    let log = &files["Post-lost_one-scenario.log"];
    let lines: Vec<&str> = log.lines().collect();
    let events: Vec<(&str, &str, BTreeMap<String, u64>)> = lines
        .chunks(2)
        .map(|event| {
            let (host, clock) = event[1].split_once(' ').unwrap();
            (event[0], host, serde_json::from_str(clock).unwrap())
        })
        .collect();
    let mut own: BTreeMap<&str, u64> = BTreeMap::new();
    for (event, host, clock) in &events {
        let count = own.entry(host).or_default();
        *count += 1;
        assert_eq!(clock[*host], *count, "{event}: a clock grows with each step of its host");
    }
    let (event, host, clock) = &events[4];
    assert_eq!((*event, *host), ("deliver Letter { n: 1 } from office2 to office1", "office1"));
    assert_eq!(clock["office2"], 2, "it knows of the sending");
    let (event, host, clock) = &events[2];
    assert_eq!(
        (*event, *host, clock.len()),
        ("post(office1) at office2", "office2", 1),
        "it knows of nobody"
    );
}

#[test]
fn one_document_is_printed_and_of_several_it_is_asked_which() {
    let folder = folder("which");
    let file = folder.join("lesson.rcv");
    std::fs::write(&file, POST).unwrap();
    let ran = reconverge(&["export", "--to", "itf"], &file);
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(said.contains("never_two, lost; \"one\" <#>; say --of NAME or --out FOLDER"), "{said}");
    let ran = reconverge(&["export", "--to", "itf", "--of", "never_two"], &file);
    assert!(serde_json::from_slice::<Value>(&ran.stdout).is_ok() && ran.status.success());
    let ran = reconverge(&["export", "--to", "dot", "--of", "nobody"], &file);
    assert_eq!(ran.status.code(), Some(2));
    std::fs::write(&file, "system A { state x: bool = y }").unwrap();
    assert_eq!(reconverge(&["export", "--to", "dot"], &file).status.code(), Some(2), "nothing to export");
    std::fs::write(&file, format!("{ROUND}check Nowhere")).unwrap();
    let tla = reconverge(&["export", "--to", "tla"], &file);
    assert_eq!(
        (tla.status.code(), tla.stdout.is_empty()),
        (Some(1), true),
        "a cell with an error has no checks"
    );
    std::fs::write(&file, ROUND).unwrap();
    let tla = String::from_utf8(reconverge(&["export", "--to", "tla"], &file).stdout).unwrap();
    assert!(
        tla.starts_with("---") && tla.contains("MODULE Round") && tla.contains("TLC finds 3 distinct"),
        "{tla}"
    );
    assert!(tla.contains("INIT Init\nNEXT Next\n"), "the configuration stands behind the module");
    std::fs::remove_dir_all(folder).unwrap();
}
