//! One run on several processes: the report of one process to the last byte, whoever else is at the port; and what is left
//! where a process ends.
//!
//! Enters: programs, hosts files, strangers. Leaves: failures.

use crate::frontend::binary;
use reconverge_tests::literate::{Piece, pieces};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

const SECRET: &str = "a secret of this test that nobody guesses";

/// Some processes on this machine, each with its port.
pub(crate) struct Hosts {
    pub(crate) folder: PathBuf,
    ports: Vec<u16>,
}

impl Hosts {
    pub(crate) fn new(name: &str, processes: usize) -> Hosts {
        let folder = std::env::temp_dir().join(format!("reconverge-hosts-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        // All at once, so that no two are the same.
        let free: Vec<TcpListener> =
            (0..processes).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = free.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        let lines: String = ports.iter().map(|port| format!("127.0.0.1:{port}\n")).collect();
        fs::write(folder.join("hosts.txt"), format!("# of a test\n\n{lines}")).unwrap();
        fs::write(folder.join("secret"), format!("{SECRET}\n")).unwrap();
        Hosts { folder, ports }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn command(&self, process: usize, program: &Path, threads: usize) -> Command {
        let mut command = Command::new(binary());
        command.arg("run").arg(program);
        command.arg("--hosts").arg(self.path("hosts.txt")).arg("--secret-file").arg(self.path("secret"));
        command.args(["--process", &process.to_string(), "--threads", &threads.to_string()]);
        command.env_remove("RECONVERGE_SECRET").stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// All of them, to their end.
    fn run(&self, program: &Path, threads: usize) -> Vec<Output> {
        self.run_with(program, threads, &[])
    }

    /// The same with further arguments.
    pub(crate) fn run_with(&self, program: &Path, threads: usize, more: &[&str]) -> Vec<Output> {
        let start = |process| self.command(process, program, threads).args(more).spawn().unwrap();
        let all: Vec<Child> = (0..self.ports.len()).map(start).collect();
        all.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What one process alone says.
pub(crate) fn alone(program: &Path) -> Output {
    Command::new(binary()).arg("run").arg(program).stdin(Stdio::null()).output().unwrap()
}

/// The cells of files of the suite, as one notebook for each.
pub(crate) fn notebook(folder: &Path, name: &str) -> PathBuf {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite").join(format!("{name}.md"));
    let text = fs::read_to_string(suite).unwrap();
    let cells = pieces(&text).into_iter().filter_map(|piece| match piece {
        Piece::Cell(source) => Some(json!({
            "cell_type": "code", "metadata": {}, "execution_count": null, "outputs": [], "source": source
        })),
        Piece::Prose(_) | Piece::Expect(_) => None,
    });
    let cells: Vec<_> = cells.collect();
    assert!(!cells.is_empty(), "{name}");
    let notebook = json!({ "cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4 });
    let path = folder.join(format!("{name}.ipynb"));
    fs::write(&path, notebook.to_string()).unwrap();
    path
}

/// Files of the suite with some eighty systems: counts that are published, every type of concept, watched runs, faults,
/// searches, refinements.
const FILES: &[&str] =
    &["counts", "invariants", "merges", "orders", "reconcilers", "refine", "repair", "traces", "undone"];

#[track_caller]
pub(crate) fn same(found: &[Output], expected: &Output) {
    let [first, others @ ..] = found else { panic!("no process") };
    assert_eq!(words(&first.stdout), words(&expected.stdout), "{}", words(&first.stderr));
    assert_eq!(first.status.code(), expected.status.code());
    for other in others {
        assert_eq!(other.status.code(), expected.status.code(), "{}", words(&other.stderr));
        assert_eq!(words(&other.stdout), "", "process 0 alone prints");
    }
}

#[test]
fn reports_are_those_of_one_process() {
    let (two, four) = (Hosts::new("two", 2), Hosts::new("four", 4));
    for (at, file) in FILES.iter().enumerate() {
        let program = notebook(&two.folder, file);
        let expected = alone(&program);
        assert!(!expected.stdout.is_empty());
        match at % 2 {
            0 => same(&two.run(&program, 2), &expected),
            _ => same(&four.run(&program, 1), &expected),
        }
    }
}

/// Reads what a process tells until a line begins so.
fn until(child: &mut Child, begins: &str) -> BufReader<ChildStderr> {
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with(begins) {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "{begins}");
    }
    told
}

/// Fifteen million states, at most 747 steps deep, and one that is wrong at the far end.
pub(crate) const COUNTERS: &str = "system Counters {
  state a: 0..249 = 0  state b: 0..249 = 0  state c: 0..249 = 0
  invariant low: safety { a + b + c < 747 }
  action a_up when a < 249 { a += 1 }
  action b_up when b < 249 { b += 1 }
  action c_up when c < 249 { c += 1 }
}
check Counters { reductions off }
";

#[test]
fn a_process_that_is_killed_leaves_what_was_covered() {
    for place in 0..3 {
        let hosts = Hosts::new(&format!("killed-{place}"), 3);
        let (program, small) = (hosts.path("counters.rcv"), hosts.path("small.rcv"));
        fs::write(&program, COUNTERS).unwrap();
        fs::write(&small, COUNTERS.replace("249", "49")).unwrap();
        let mut all: Vec<Child> =
            (0..3).map(|process| hosts.command(process, &program, 1).spawn().unwrap()).collect();
        let killed = 1 + place % 2;
        let mut told: Vec<_> = all.iter_mut().map(|child| until(child, "met ")).collect();
        // Each time a little later: after as many runs of something else.
        (0..place).for_each(|_| drop(alone(&small)));
        all[killed].kill().unwrap();
        let all: Vec<Output> = all.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let first = &all[0];
        let (out, mut err) = (words(&first.stdout), String::new());
        told[0].read_to_string(&mut err).unwrap();
        assert_eq!(first.status.code(), Some(1), "{out}{err}");
        assert!(out.contains(&format!("process {killed} has ended")), "{out}{err}");
        assert!(out.contains("incomplete") && !out.contains("holds"), "{out}");
        assert_eq!(all[3 - killed].status.code(), Some(1));
        assert!(!err.contains("panicked"), "{err}");
    }
}

#[test]
fn who_ends_before_all_have_met_ends_it_for_all() {
    let hosts = Hosts::new("early", 4);
    let program = hosts.path("counters.rcv");
    fs::write(&program, COUNTERS).unwrap();
    // The last never comes.
    let mut all: Vec<Child> = (0..3)
        .map(|process| hosts.command(process, &program, 1).args(["--wait", "600"]).spawn().unwrap())
        .collect();
    let mut told: Vec<_> = all.iter_mut().map(|child| until(child, "waiting for process 3")).collect();
    all[2].kill().unwrap();
    for (child, told) in all.iter_mut().zip(&mut told).take(2) {
        assert_eq!(child.wait().unwrap().code(), Some(2));
        let mut err = String::new();
        told.read_to_string(&mut err).unwrap();
        assert!(err.contains("process 2 (") && err.contains("ended before all had met"), "{err}");
    }
}

#[test]
fn a_stranger_at_the_port_changes_nothing() {
    let hosts = Hosts::new("stranger", 2);
    let program = notebook(&hosts.folder, "orders");
    let expected = alone(&program);
    let mut first = hosts.command(0, &program, 1).spawn().unwrap();
    let told = until(&mut first, "waiting for");
    let connect = || TcpStream::connect(("127.0.0.1", hosts.ports[0])).unwrap();
    // One says nothing, one as much as it may, one what its like would be told, back to it.
    let silent = connect();
    let mut garbage = connect();
    let _ = garbage.write_all(&[0xa5; 4096]);
    let mut echo = connect();
    let mut greeting = [0; 44];
    echo.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting[..12], b"reconverge/1");
    echo.write_all(&greeting.repeat(3)).unwrap();
    let mut rest = Vec::new();
    let _ = echo.read_to_end(&mut rest);
    assert!(rest.is_empty(), "a stranger is told nothing");
    // Nobody else's address is listened on.
    assert!(TcpStream::connect(("127.0.0.2", hosts.ports[0])).is_err() || !cfg!(target_os = "linux"));
    let second = hosts.command(1, &program, 1).spawn().unwrap();
    let found = [first, second].map(|child| child.wait_with_output().unwrap());
    same(&found, &expected);
    drop((silent, told));
}

/// Runs two processes of which the second is told something else, and returns what both say.
fn at_odds(name: &str, change: impl Fn(&Hosts, &mut Command)) -> [String; 2] {
    let hosts = Hosts::new(name, 2);
    let program = hosts.path("counters.rcv");
    fs::write(&program, COUNTERS).unwrap();
    fs::write(hosts.path("other.rcv"), COUNTERS.replace("747", "746")).unwrap();
    fs::write(hosts.path("other-secret"), "another secret that nobody guesses").unwrap();
    let mut first = hosts.command(0, &program, 1);
    let mut second = Command::new(binary());
    change(&hosts, &mut second);
    first.args(["--wait", "3"]);
    second.args(["--process", "1", "--wait", "3"]).arg("--hosts").arg(hosts.path("hosts.txt"));
    second.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let both = [first.spawn().unwrap(), second.spawn().unwrap()];
    both.map(|child| {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", words(&output.stderr));
        assert!(output.stdout.is_empty());
        words(&output.stderr)
    })
}

#[test]
fn who_does_not_fit_is_told_what_to_do() {
    let [first, second] = at_odds("secret", |hosts, command| {
        command.arg("run").arg(hosts.path("counters.rcv")).args(["--threads", "1"]);
        command.arg("--secret-file").arg(hosts.path("other-secret"));
    });
    assert!(second.contains("has another secret"), "{second}");
    assert!(first.contains("did not come within 3 s") && first.contains("the secret"), "{first}");
    let [first, second] = at_odds("threads", |hosts, command| {
        command.arg("run").arg(hosts.path("counters.rcv")).args(["--threads", "2"]);
        command.arg("--secret-file").arg(hosts.path("secret"));
    });
    for words in [first, second] {
        assert!(words.contains("start all with `--threads 1`"), "{words}");
    }
    let [first, second] = at_odds("texts", |hosts, command| {
        command.arg("run").arg(hosts.path("other.rcv")).args(["--threads", "1"]);
        command.arg("--secret-file").arg(hosts.path("secret"));
    });
    for words in [first, second] {
        assert!(words.contains("another text to run"), "{words}");
    }
}

#[test]
fn what_is_missing_is_said_before_anybody_is_met() {
    let hosts = Hosts::new("missing", 1);
    let program = hosts.path("counters.rcv");
    fs::write(&program, COUNTERS).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(binary());
        command.arg("run").arg(&program).arg("--hosts").arg(hosts.path("hosts.txt"));
        let output = command.args(arguments).env_remove("RECONVERGE_SECRET").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        words(&output.stderr)
    };
    assert!(run(&["--process", "0"]).contains("--secret-file"));
    let secret = hosts.path("secret");
    let secret = secret.to_str().unwrap();
    assert!(run(&["--process", "1", "--secret-file", secret]).contains("names processes 0 to 0"));
    fs::write(hosts.path("secret"), "short").unwrap();
    assert!(run(&["--process", "0", "--secret-file", secret]).contains("has 5 bytes and needs 16"));
    fs::write(hosts.path("secret"), SECRET).unwrap();
    fs::write(hosts.path("hosts.txt"), "127.0.0.1\n").unwrap();
    assert!(run(&["--process", "0", "--secret-file", secret]).contains("expected HOST:PORT"));
}
