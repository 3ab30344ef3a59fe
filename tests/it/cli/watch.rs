//! `reconverge watch`: what is said of each save.
//!
//! Enters: files that change while they are watched. Leaves: failures.

use super::{COUNTER, command, folder, line_with, piped};
use std::io::BufRead;
use std::process::{Command, Stdio};

#[test]
fn watch_says_which_verdicts_are_new() {
    let folder = folder("watch");
    let file = folder.join("lesson.rcv");
    std::fs::write(folder.join("part.rcv"), "system Part { state y: 0..1 = 0 }").unwrap();
    let lesson = |more: &str| format!("use \"part.rcv\"\n{COUNTER}{more}check Counter");
    std::fs::write(&file, lesson("")).unwrap();
    let mut child =
        command(&["watch"]).arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let mut err = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
    line_with(&mut err, "not as expected: low: violated");
    assert_eq!(line_with(&mut err, "watching"), "watching 2 files");
    std::fs::write(&file, lesson("").replace("x < 3 }\n}", "x < 4 }\n  invariant new: safety { x > 0 }\n}"))
        .unwrap();
    let changed = line_with(&mut out, "changed: ");
    assert!(
        changed.contains("check Counter: low: violated, `x < 3` is false → as it should be"),
        "{changed}"
    );
    assert!(line_with(&mut out, "new: ").contains("new: check Counter: new: violated"));
    line_with(&mut err, "watching");
    // A file that is used counts, too.
    std::fs::write(folder.join("part.rcv"), "system Part { state z: 0..1 = 0 }").unwrap();
    assert_eq!(line_with(&mut out, "has changed"), "no verdict has changed");
    line_with(&mut err, "watching");
    std::fs::write(&file, "system {").unwrap();
    line_with(&mut err, "lesson.rcv:1:");
    assert!(line_with(&mut out, "not judged: ").contains("low"));
    assert!(line_with(&mut out, "not judged: ").contains("new"));
    line_with(&mut err, "watching");
    std::fs::write(&file, "system {{").unwrap();
    assert_eq!(line_with(&mut out, ""), "no verdict has changed", "told once");
    line_with(&mut err, "watching");
    // Held against what it was before the text could not be read.
    std::fs::write(&file, lesson("")).unwrap();
    assert!(line_with(&mut out, "changed: ").contains("low: as it should be → violated"));
    assert!(line_with(&mut out, "gone: ").contains("check Counter: new: "));
    line_with(&mut err, "watching");
    // A file that is gone is told once, and looked for.
    std::fs::remove_file(&file).unwrap();
    let gone = line_with(&mut err, "reconverge: ");
    assert!(gone.contains("lesson.rcv"), "{gone}");
    assert_eq!(line_with(&mut err, ""), "watching 1 file", "told once");
    assert_eq!(line_with(&mut out, "deleted"), format!("deleted: {}", file.display()));
    std::fs::write(&file, lesson("")).unwrap();
    assert_eq!(line_with(&mut out, "back"), format!("back: {}", file.display()));
    assert!(line_with(&mut err, "").starts_with("not as expected: low: violated"));
    line_with(&mut err, "watching");
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(child.wait().unwrap().code(), Some(1), "how the last run went");
    assert_eq!(piped(&["watch", "-"], "").status.code(), Some(2));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn watch_judges_those_that_use_what_is_gone() {
    let folder = folder("watch-gone");
    let (part, user) = (folder.join("part.rcv"), folder.join("user.rcv"));
    std::fs::write(&part, COUNTER).unwrap();
    std::fs::write(&user, "use \"part.rcv\"\ncheck Counter { expect violated low }").unwrap();
    let mut watch = command(&["watch"]);
    watch.arg(&part).arg(&user).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = watch.spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let mut err = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
    line_with(&mut err, "all as expected");
    line_with(&mut err, "watching 2 files");
    std::fs::remove_file(&part).unwrap();
    assert_eq!(line_with(&mut out, "deleted"), format!("deleted: {}", part.display()));
    assert!(line_with(&mut out, "not judged: ").contains("low"));
    line_with(&mut err, "not as expected: ");
    line_with(&mut err, "watching 1 file");
    std::fs::write(&part, COUNTER.replace("x < 3 }", "x < 4 }")).unwrap();
    assert_eq!(line_with(&mut out, "back"), format!("back: {}", part.display()));
    line_with(&mut out, "changed: check Counter: low: ");
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}
