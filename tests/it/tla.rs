//! TLA+: what TLC finds of systems of the suite, beside what is found here.
//!
//! Enters: cells of the suite, exported. Leaves: failures. TLC runs where `tlc` is on the path, or where
//! `RECONVERGE_TLA2TOOLS` names its `tla2tools.jar`; where there is neither, its part is skipped, and the counts that it
//! gave are held against ours.

use crate::suite::Quiet;
use reconverge_lang::export::tla::Exported;
use reconverge_lang::session::{CellRef, ChecksAsTla, Session};
use reconverge_tests::literate::{Piece, pieces};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// File of the suite, module, the distinct states that TLC found (TLC built from its public sources of November 2026), and the
/// invariants that it found violated.
const FOUND: &[(&str, &str, u64, &[&str])] = &[
    ("counts.md", "Allocator_2", 400, &[]),
    ("counts.md", "DieHard", 16, &["never_four"]),
    ("counts.md", "Philosophers_4", 67, &[]),
    ("counts.md", "TokenRing_2", 256, &[]),
    ("counts.md", "TransactionCommit_4", 274, &[]),
    ("counts.md", "TwoPhase_2", 1568, &[]),
    ("expressions.md", "Domains", 170, &["never"]),
    ("expressions.md", "Lax", 48, &["never"]),
    ("expressions.md", "Maps", 216, &["rare"]),
    ("expressions.md", "Queue", 133, &[]),
    ("expressions.md", "Requests", 320, &["never_full"]),
    ("expressions.md", "Store_2", 48, &["never"]),
    ("fences.md", "FenceStore", 147, &[]),
    ("judged.md", "RightEtag", 703, &[]),
    ("judged.md", "RightLags", 772, &[]),
    ("judged.md", "RightOnDisk", 735, &[]),
    ("links.md", "Group", 64, &[]),
    ("links.md", "Ordered", 51, &[]),
    ("links.md", "Twice_2", 17, &["both"]),
    ("merges.md", "MergeGossip", 496, &[]),
    ("merges.md", "MergeLonger", 1585, &[]),
    ("orders.md", "CasMessages", 2059, &[]),
    ("orders.md", "LeaderByMessage", 163, &[]),
    ("orders.md", "LeaderCrashes", 149, &[]),
    ("orders.md", "Recovers", 1035, &[]),
    ("orders.md", "ThroughProxy", 853, &[]),
    ("orders.md", "VersionedCopyKnows_2", 2416, &["o_2"]),
    ("orders.md", "VersionedForgets", 100, &[]),
    ("orders.md", "WaitsAtProxy", 370, &[]),
    ("recovery.md", "Logs", 478, &["log"]),
    ("repair.md", "Records", 49, &[]),
    ("typed.md", "Values", 960, &["i_2", "j"]),
    ("undone.md", "Undo", 157, &[]),
];

/// Everything is called as something of TLA+ is.
const NAMES: &str = "system Next {
  enum Nat { Seq, Int }
  record Append { x: 0..2, Len: Nat }
  node Head[2] { durable Tail: Append = Append { x: 0, Len: Seq }  volatile UNION: Nat? = none }
  state s: 0..2 = 0
  state Init: map<Head -> Nat> = { Head -> Int }
  action CHOOSE(t: Nat) at n in Head when s < 2 {
    s += 1
    n.Tail.x := s
    n.Tail.Len := t
    n.UNION := t
    Init[n] := t
  }
  action IF at LET in Head { LET.UNION := none }
  invariant IN: safety { all x in Head: x.Tail.x <= s and Init[x] in { Seq, Int } }
  invariant WF_x: safety { all n in Head: n.Tail.x == 0 or s > 1 }
}
check Next { faults { crash 1 } }";

fn exported(code: &str) -> (ChecksAsTla, Session) {
    let mut session = Session::new(reconverge_kernel::library::mappings());
    let cell = CellRef { id: None, name: "cell 1".into() };
    let checks = session.tla(cell, code, &Quiet::new(), &mut Vec::new());
    (checks.unwrap_or_else(|found| panic!("{code}\n{found:?}")), session)
}

/// The cell of a file in which a module is the check of a system that the cell defines.
fn module(file: &str, name: &str) -> Exported {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite").join(file);
    let system = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
    let text = std::fs::read_to_string(path).unwrap();
    let defines = |code: &String| {
        [name, system].iter().any(|s| code.contains(&format!("system {s} ")) && code.contains("\ncheck "))
    };
    let cells = pieces(&text).into_iter().filter_map(|piece| match piece {
        Piece::Cell(code) => Some(code),
        Piece::Prose(_) | Piece::Expect(_) => None,
    });
    let mut cells = cells;
    let cell = cells.find(defines).unwrap_or_else(|| panic!("{file} has no {name}"));
    let found = exported(&cell).0.exported.into_iter().find(|module| module.name == name);
    found.unwrap_or_else(|| panic!("{file}: {name} is not exported"))
}

/// How TLC is started; `None`: it is not here.
fn tlc() -> Option<Vec<String>> {
    if let Some(jar) = std::env::var_os("RECONVERGE_TLA2TOOLS") {
        let jar = jar.to_string_lossy().into_owned();
        return Some(["java", "-cp", &jar, "tlc2.TLC"].map(str::to_string).to_vec());
    }
    let path = std::env::var_os("PATH")?;
    let here = std::env::split_paths(&path).map(|folder| folder.join("tlc")).find(|file| file.is_file())?;
    Some(vec![here.to_string_lossy().into_owned()])
}

/// Distinct states, and the invariants that are violated.
fn what_tlc_finds(tlc: &[String], module: &Exported) -> (Option<u64>, Vec<String>, String) {
    let folder: PathBuf =
        std::env::temp_dir().join(format!("reconverge-tla-{}-{}", module.name, std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{}.tla", module.name)), &module.module).unwrap();
    std::fs::write(folder.join(format!("{}.cfg", module.name)), &module.configuration).unwrap();
    let ran = Command::new(&tlc[0])
        .args(&tlc[1..])
        .args(["-continue", "-workers", "1", &module.name])
        .current_dir(&folder)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let distinct = said.lines().rev().find_map(|line| {
        let (counts, _) = line.split_once(" distinct states found")?;
        counts.rsplit(' ').next()?.parse().ok()
    });
    let mut violated: Vec<String> = said
        .lines()
        .filter_map(|line| Some(line.split_once("Invariant ")?.1.split_once(" is violated")?.0.to_string()))
        .collect();
    violated.sort();
    violated.dedup();
    (distinct, violated, said)
}

#[test]
fn tlc_finds_the_same_states() {
    let mut all: Vec<(Exported, u64, &[&str])> =
        FOUND.iter().map(|(file, name, states, broken)| (module(file, name), *states, *broken)).collect();
    let named = exported(NAMES).0.exported.remove(0);
    assert_eq!(named.name, "Next_2", "the module's name is TLA+'s own");
    all.push((named, 156, &["xWF_x"]));
    let systems: std::collections::BTreeSet<&str> =
        all.iter().map(|(module, ..)| module.name.split('_').next().unwrap()).collect();
    assert!(systems.len() >= 20, "{} systems", systems.len());
    for (module, states, _) in &all {
        assert_eq!(module.states, Some(*states), "{}: what TLC found, and what is found here", module.name);
        assert!(module.module.contains(&format!("TLC finds {states} distinct states")));
    }
    let Some(tlc) = tlc() else {
        writeln!(std::io::stderr(), "skipped: neither `tlc` nor RECONVERGE_TLA2TOOLS is here").unwrap();
        return;
    };
    for (module, states, broken) in &all {
        let (distinct, violated, said) = what_tlc_finds(&tlc, module);
        assert_eq!(distinct, Some(*states), "{}: {said}\n{}", module.name, module.module);
        let broken: Vec<String> = broken.iter().map(|name| (*name).to_string()).collect();
        assert_eq!(violated, broken, "{}: {said}", module.name);
    }
}

#[test]
fn the_head_says_why_states_were_not_counted() {
    let head = |up: &str, options: &str| {
        let system = format!("system A {{\n  state x: 0..4 = 0\n  action up {up}{{ x += 1 }}\n}}\n");
        let (checks, _) = exported(&format!("{system}check A {options}"));
        let module = checks.exported.into_iter().next().unwrap().module;
        module.split_once("EXTENDS").unwrap().0.to_string()
    };
    let whole = head("when x < 4 ", "");
    assert!(whole.contains("TLC finds 5 distinct states") && !whole.contains("ends at"), "{whole}");
    let capped = head("when x < 4 ", "{ depth <= 2 }");
    assert!(capped.contains("The check ends at depth <= 2"), "{capped}");
    let trapped = head("", "");
    assert!(trapped.contains("A step has no value") && trapped.contains("without -continue"), "{trapped}");
}

#[test]
fn what_tla_cannot_say_is_refused_by_name() {
    let refused = |code: &str| {
        let (checks, session) = exported(code);
        assert!(checks.exported.is_empty(), "{code}");
        let found = checks.refused.into_iter().map(|d| {
            assert_eq!(d.code.0.code, "E0901");
            format!("{}: {}", session.sources().describe(d.span), d.message)
        });
        found.collect::<Vec<_>>()
    };
    let clock = "system A {\n  node N { clock age: 0..2 }\n  action go at n in N { n.age := 0 }\n}\ncheck A";
    assert_eq!(refused(clock)[0], "cell 1:2:18: TLA+ export does not know clocks");
    let pause = "system A {\n  node N[2] { x: 0..1 = 0 }\n  action go at n in N { n.x := 1 }\n}\ncheck A { faults { pause 1 } }";
    assert_eq!(refused(pause), ["cell 1:5:20: TLA+ export does not know the fault `pause`"]);
    let made = "system A {\n  record R { n: 0..1 }\n  state r: set<R> = R\n  state x: 0..9 = 0\n  action go when x == 0 { for e in r { x += e.n } }\n}\ncheck A";
    assert_eq!(
        refused(made),
        ["cell 1:5:36: TLA+ export does not know the order of values that are made of others"]
    );
    // One check is not in the way of another.
    let both = format!("{pause}\ncheck A");
    let (checks, _) = exported(&both);
    assert_eq!((checks.exported.len(), checks.refused.len()), (1, 1));
    // What compares two systems is said of neither.
    let refines = format!(
        "{pause}\nsystem B {{ state x: 0..1 = 0  action go {{ x := 1 }} }}\ncheck B\ncheck B refines B"
    );
    let (checks, session) = exported(&refines.replace("\ncheck A { faults { pause 1 } }", ""));
    assert_eq!((checks.exported.len(), checks.refused.len()), (1, 1));
    assert_eq!(
        format!("{}: {}", session.sources().describe(checks.refused[0].span), checks.refused[0].message),
        "cell 1:7:17: TLA+ export does not know `refines`: a module has one system"
    );
    // A member that is not about single states is named in the module.
    let (checks, _) =
        exported("system A {\n  state x: 0..1 = 0\n  invariant i: safety \"only said\"\n}\ncheck A");
    assert!(checks.exported[0].module.contains("\\* not exported: i, "), "{}", checks.exported[0].module);
}
