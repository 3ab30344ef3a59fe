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
            let mut child = stop.runs.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let (runs, _gone) = (child.id(), child.kill());
            drop(child);
            while !stop.over.load(Ordering::SeqCst) {
                end_children(Some(runs));
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

/// Whether a compiler works for us. `runs`: the process in which cells run, which is none.
pub(crate) fn compiles(runs: u32) -> bool {
    let me = std::process::id();
    parents().iter().any(|(pid, parent)| *parent == me && *pid != runs)
}

/// Ends all processes below this one but `spared`, and those below it.
pub(crate) fn end_children(spared: Option<u32>) {
    let parents = parents();
    let me = std::process::id();
    let is_ours = |pid: u32| {
        let mut at = pid;
        while let Some(parent) = parents.get(&at).copied() {
            if Some(at) == spared {
                return false;
            }
            if parent == me {
                return true;
            }
            at = parent;
        }
        false
    };
    for pid in parents.keys().copied().filter(|pid| is_ours(*pid)) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _gone = kill_process(pid, Signal::KILL);
        }
    }
}

/// The parent of every process of this machine.
fn parents() -> BTreeMap<u32, u32> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return listed() };
    let mut found = BTreeMap::new();
    for entry in folder.filter_map(Result::ok) {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(status) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name of the program stands in parentheses and may have any characters.
        let parent = status.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        found.extend(parent.map(|parent| (pid, parent)));
    }
    if found.is_empty() { listed() } else { found }
}

/// The same where there is no `/proc`.
fn listed() -> BTreeMap<u32, u32> {
    let me = std::process::id();
    let asked = Command::new("ps").args(["-A", "-o", "pid=,ppid=,comm="]).output();
    let text = asked.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let pair = |line: &str| {
        let mut words = line.split_whitespace();
        let pair = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let asked_itself = pair.1 == me && words.next().is_some_and(|name| name.ends_with("ps"));
        (!asked_itself).then_some(pair)
    };
    text.lines().filter_map(pair).collect()
}
