//! Runs that are killed and go on from what was kept: the report of one that never was, on as many processes as you like.
//!
//! Enters: programs, moments. Leaves: failures.

use crate::distributed::{COUNTERS, Hosts, alone, notebook, same, words};
use crate::frontend::binary;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Two explorations: 27,000 states at most 87 steps deep; and some with faults, of which all are judged together.
fn program(hosts: &Hosts) -> PathBuf {
    let program = hosts.path("program.rcv");
    let second = "system Backup {
  node Disk { durable file: 0..100 = 0 }
  state written: 0..100 = 0
  action write when written < 100 { written += 1 }
  reconciler copy: control_loop { at d in Disk when d.file < written { d.file += 1 } }
  invariant copied: convergence { once clients stop: eventually all d in Disk: d.file == written }
}
check Backup { faults { crash 1 } }
";
    fs::write(&program, COUNTERS.replace("249", "29").replace("747", "87") + second).unwrap();
    program
}

/// The parts that are kept of all explorations.
fn parts(folder: &Path) -> usize {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = all.map(|file| file.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains("-whole-") && name.ends_with("-0.kept")).count()
}

/// Kills one of them as soon as so many parts are kept (or it is over), and leaves what all said.
fn killed(mut all: Vec<Child>, which: usize, kept: &Path, after: usize) -> Vec<Output> {
    while parts(kept) < after && all[which].try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    all[which].kill().unwrap();
    all.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
}

fn run(program: &Path, kept: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .arg("run")
        .arg(program)
        .arg("--checkpoint")
        .arg(kept)
        .args(["--checkpoint-every", "0"])
        .args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What was kept is of no use any more.
#[track_caller]
fn is_gone(kept: &Path) {
    assert!(!kept.exists(), "{:?}", fs::read_dir(kept).map(|all| all.flatten().collect::<Vec<_>>()));
}

#[test]
fn a_run_goes_on_from_its_checkpoint() {
    let hosts = Hosts::new("resumed", 1);
    let (program, kept) = (program(&hosts), hosts.path("kept"));
    let expected = alone(&program);
    assert!(words(&expected.stdout).contains("violated"));
    for after in [1, 3, 20, 60] {
        killed(vec![run(&program, &kept, &[]).spawn().unwrap()], 0, &kept, after);
        // And once more on the way.
        killed(vec![run(&program, &kept, &["--resume"]).spawn().unwrap()], 0, &kept, after + 20);
        let found = run(&program, &kept, &["--resume"]).output().unwrap();
        same(&[found], &expected);
        is_gone(&kept);
    }
    let found = run(&program, &kept, &["--resume"]).output().unwrap();
    assert!(words(&found.stderr).contains("begins anew"), "{}", words(&found.stderr));
    same(&[found], &expected);
    is_gone(&kept);
}

/// Every kind of member, and what is learnt beside the search (with which values merges were tried, say).
#[test]
fn the_suite_goes_on_from_its_checkpoints() {
    let hosts = Hosts::new("suite-resumed", 2);
    for (at, file) in ["merges", "undone", "attempts", "repair", "views", "time"].into_iter().enumerate() {
        let (program, kept) = (notebook(&hosts.folder, file), hosts.path(file));
        let expected = alone(&program);
        for after in [3 + at, 60] {
            killed(vec![run(&program, &kept, &["--resume"]).spawn().unwrap()], 0, &kept, after);
        }
        let more = ["--checkpoint", kept.to_str().unwrap(), "--resume"];
        match at % 2 {
            0 => same(&hosts.run_with(&program, 1, &more), &expected),
            _ => same(&[run(&program, &kept, &["--resume"]).output().unwrap()], &expected),
        }
    }
}

#[test]
fn ten_times_a_process_is_killed_and_others_go_on() {
    let hosts = Hosts::new("killed-and-resumed", 3);
    let (program, kept) = (program(&hosts), hosts.path("kept"));
    let folder = kept.to_str().unwrap();
    let expected = alone(&program);
    for (at, after) in [1, 2, 4, 7, 12, 18, 27, 38, 52, 70].into_iter().enumerate() {
        let more = ["--checkpoint", folder, "--checkpoint-every", "0"];
        let start = |process| hosts.command(process, &program, 1).args(more).spawn().unwrap();
        let which = at % 3;
        let all = killed((0..3).map(start).collect(), which, &kept, after);
        for (process, other) in all.iter().enumerate().filter(|(process, _)| *process != which) {
            let (out, err) = (words(&other.stdout), words(&other.stderr));
            assert_eq!(other.status.code(), Some(1), "process {process}: {out}{err}");
            assert!(!err.contains("panicked"), "{err}");
            // On a busy machine it may have come to its end before.
            assert!(!(out.contains("has ended") && out.contains("holds")), "{out}{err}");
        }
        let more = ["--checkpoint", folder, "--checkpoint-every", "3600", "--resume"];
        match at % 3 {
            0 => same(&[run(&program, &kept, &["--resume"]).output().unwrap()], &expected),
            1 => same(&Hosts::new(&format!("two-{at}"), 2).run_with(&program, 1, &more), &expected),
            _ => same(&Hosts::new(&format!("four-{at}"), 2).run_with(&program, 2, &more), &expected),
        }
        is_gone(&kept);
    }
}

#[test]
fn what_is_kept_is_of_one_run() {
    let hosts = Hosts::new("kept", 2);
    let (program, kept) = (program(&hosts), hosts.path("kept"));
    let refused = |command: &mut Command, why: &str| {
        let found = command.output().unwrap();
        assert_eq!(found.status.code(), Some(2), "{}", words(&found.stderr));
        assert!(found.stdout.is_empty() && words(&found.stderr).contains(why), "{}", words(&found.stderr));
    };
    killed(vec![run(&program, &kept, &[]).spawn().unwrap()], 0, &kept, 2);
    refused(&mut run(&program, &kept, &[]), "go on from it with --resume, or remove it");
    let other = hosts.path("other.rcv");
    fs::write(&other, COUNTERS).unwrap();
    refused(&mut run(&other, &kept, &["--resume"]), "is of other texts");
    refused(Command::new(binary()).arg("run").arg(&program).arg("--resume"), "--checkpoint");
    fs::write(hosts.path("file"), "").unwrap();
    refused(&mut run(&program, &hosts.path("file"), &[]), "cannot use");
    // What is damaged is said, and nothing of it is judged.
    fs::write(kept.join("0-whole.kept"), "damaged").unwrap();
    let found = run(&program, &kept, &["--resume"]).output().unwrap();
    let out = words(&found.stdout);
    assert_eq!(found.status.code(), Some(1), "{out}");
    assert!(out.contains("its checkpoint cannot be read"), "{out}");
    assert!(kept.exists(), "it is for its owner to remove it");
}
