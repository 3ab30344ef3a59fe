//! The processes below this one: those that compile, and the one in which cells run.
//!
//! Enters: the table of processes of this machine. Leaves: which are ours, and their end.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often it is looked whether another compiler was started.
const AGAIN: Duration = Duration::from_millis(20);

/// How the cell that runs is stopped, from another thread.
#[derive(Clone)]
pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    runs: Arc<Mutex<Child>>,
}

impl Stop {
    /// `runs`: the process in which cells run.
    pub(crate) fn new(runs: Arc<Mutex<Child>>) -> Stop {
        Stop { asked: Arc::default(), over: Arc::default(), runs }
    }

    /// Ends the process that runs the cell, and every compiler, until the cell says that it is over.
    pub(crate) fn ask(&self) {
        if self.asked.swap(true, Ordering::SeqCst) {
            return;
        }
        let stop = self.clone();
        std::thread::spawn(move || {
            // The lock is held for a moment by whoever starts that process anew.
            let _gone = stop.runs.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).kill();
            while !stop.over.load(Ordering::SeqCst) {
                end_children(Which::Compilers);
                std::thread::sleep(AGAIN);
            }
        });
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// The cell is over: what is started from now on goes on.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

/// Which processes below this one.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Which {
    All,
    /// Not the one in which cells run, which is this program too.
    Compilers,
}

/// Whether a compiler works for us.
pub(crate) fn compiles() -> bool {
    let me = std::process::id();
    processes().values().any(|process| process.parent == me && !process.is_ours)
}

/// Ends processes below this one.
pub(crate) fn end_children(which: Which) {
    let processes = processes();
    let me = std::process::id();
    let ends = |pid: u32| {
        let mut at = pid;
        while let Some(process) = processes.get(&at) {
            if process.parent == me {
                return which == Which::All || !process.is_ours;
            }
            at = process.parent;
        }
        false
    };
    for pid in processes.keys().copied().filter(|pid| ends(*pid)) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _gone = kill_process(pid, Signal::KILL);
        }
    }
}

struct Process {
    parent: u32,
    /// It runs this program.
    is_ours: bool,
}

fn is_ours(name: &str) -> bool {
    name.rsplit('/').next() == Some(env!("CARGO_BIN_NAME"))
}

/// Every process of this machine, by its number.
fn processes() -> BTreeMap<u32, Process> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return listed() };
    let mut found = BTreeMap::new();
    for entry in folder.filter_map(Result::ok) {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(status) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // `PID (NAME) STATE PARENT …`: the name may have any characters.
        let process = status.rsplit_once(')').and_then(|(before, behind)| {
            let parent = behind.split_whitespace().nth(1)?.parse().ok()?;
            let name = before.split_once('(')?.1;
            Some(Process { parent, is_ours: is_ours(name) })
        });
        found.extend(process.map(|process| (pid, process)));
    }
    if found.is_empty() { listed() } else { found }
}

/// The same where there is no `/proc`.
fn listed() -> BTreeMap<u32, Process> {
    let asked = Command::new("ps").args(["-A", "-o", "pid=,ppid=,comm="]).output();
    let text = asked.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let process = |line: &str| {
        let mut words = line.split_whitespace();
        let (pid, parent) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let name = words.next()?;
        // Not the one that lists them.
        (!name.ends_with("ps")).then_some((pid, Process { parent, is_ours: is_ours(name) }))
    };
    text.lines().filter_map(process).collect()
}
