//! The process `reconverge-rust`: found, started, spoken to, ended.
//!
//! Enters: what to ask. Leaves: what it says, and whether it is still there.

use super::protocol::{Ask, Tell};
use reconverge_lang::export::rust::LAST;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::VecDeque;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Names the program, where it is somewhere else.
pub(super) const VARIABLE: &str = "RECONVERGE_RUST";
const PROGRAM: &str = "reconverge-rust";
/// The manifest of a crate. Each that is written has a version of its own: what compared a function before still depends on
/// the types of then, and two of one version are not told apart.
fn manifest(name: &str, number: u32) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.{number}\"\nedition = \"2024\"\n\n[dependencies]\n"
    )
}

/// In the folder of what compares, the file in which it says what it calls.
const NOW: &str = "now";
const SERDE: &str = "serde = { version = \"1\", features = [\"derive\"] }\n";
/// So many lines of what the program says for people are kept.
const LINES: usize = 30;

/// Why there is no such process.
pub(super) enum Unstarted {
    /// The optional part is not here.
    Missing,
    /// This program, which is named, cannot be started: why.
    Otherwise(PathBuf, std::io::Error),
}

/// What came.
pub(super) enum Word {
    Said(Tell),
    /// In this time.
    Nothing,
    Gone,
}

/// A process, and what it has said.
pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    words: Receiver<Tell>,
    notes: Arc<Mutex<Notes>>,
    /// Where it compiles.
    folder: PathBuf,
    /// The text of the session's types as they were written last, and how often they were.
    types: String,
    written: u32,
    /// What was shown last, as it was written.
    last_run: String,
    /// How often a function was compared.
    compared: u32,
}

/// What a comparison called as it was ended.
pub(super) struct Called {
    /// It did not come back in so many; 0: it ended the process itself.
    pub seconds: u64,
    /// What that is for the code that compares.
    pub numbers: Vec<i64>,
}

/// What it writes for people.
#[derive(Default)]
struct Notes {
    lines: VecDeque<String>,
    /// The crate that is compiled now.
    compiles: Option<String>,
}

impl Process {
    /// Starts it. That it is ready, it says itself.
    pub(super) fn start() -> Result<Process, Unstarted> {
        let program = program().ok_or(Unstarted::Missing)?;
        Process::of(&program).map_err(|error| Unstarted::Otherwise(program, error))
    }

    fn of(program: &Path) -> std::io::Result<Process> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("reconverge-rust-{}-{number}", std::process::id()));
        let mut command = Command::new(program);
        command.env("EVCXR_TMPDIR", &folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        // A group of its own: Ctrl-C is for the kernel, and one signal ends all that it started.
        command.stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let gone = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let stdin = child.stdin.take().ok_or_else(gone)?;
        let stdout = child.stdout.take().ok_or_else(gone)?;
        let stderr = child.stderr.take().ok_or_else(gone)?;
        let notes: Arc<Mutex<Notes>> = Arc::default();
        Ok(Process {
            words: listen(stdout)?,
            notes: note(stderr, notes)?,
            child,
            stdin,
            folder,
            types: String::new(),
            written: 0,
            last_run: String::new(),
            compared: 0,
        })
    }

    /// A process that is gone shows it when its answer is waited for.
    pub(super) fn tell(&mut self, ask: &Ask) {
        if matches!(ask, Ask::Execute(_)) {
            lock(&self.notes).compiles = None;
        }
        // Plain data is always JSON.
        let mut line = serde_json::to_vec(ask).unwrap_or_default();
        line.push(b'\n');
        let _gone = self.stdin.write_all(&line).and_then(|()| self.stdin.flush());
    }

    /// Writes the session's types as a crate, in a folder of its own for each text, and says how a cell depends on it.
    pub(super) fn types(&mut self, text: &str, serde: bool) -> std::io::Result<String> {
        if self.written == 0 || self.types != text {
            self.written += 1;
            let folder = self.crate_folder();
            std::fs::create_dir_all(folder.join("src"))?;
            let serde = if serde { SERDE } else { "" };
            std::fs::write(folder.join("Cargo.toml"), manifest("reconverge", self.written) + serde)?;
            std::fs::write(folder.join("src/lib.rs"), text)?;
            self.types = text.to_string();
        }
        Ok(format!(":dep reconverge = {{ path = {:?} }}", self.crate_folder().display().to_string()))
    }

    /// Writes what compares a function with a definition, in a folder of its own, and says how a cell depends on it.
    pub(super) fn conform(&mut self, text: &str) -> std::io::Result<String> {
        self.compared += 1;
        let folder = self.folder.join(format!("conform-{}", self.compared));
        std::fs::create_dir_all(folder.join("src"))?;
        let types = self.crate_folder().display().to_string();
        let manifest = manifest("reconverge_conform", self.compared);
        let manifest = format!("{manifest}reconverge = {{ path = {types:?} }}\n");
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        std::fs::write(folder.join("src/lib.rs"), text)?;
        Ok(format!(":dep reconverge_conform = {{ path = {:?} }}", folder.display().to_string()))
    }

    /// Writes what was shown last, where the crate of the session's types reads it.
    pub(super) fn last_run(&mut self, text: &str) -> std::io::Result<()> {
        if self.last_run != text {
            std::fs::create_dir_all(&self.folder)?;
            std::fs::write(self.folder.join(LAST), text)?;
            self.last_run = text.to_string();
        }
        Ok(())
    }

    /// The types that cells have; empty: none yet.
    pub(super) fn written(&self) -> &str {
        &self.types
    }

    /// What the last comparison called when it was ended; `None`: nothing yet.
    pub(super) fn called(&self) -> Option<Called> {
        let bytes = std::fs::read(self.folder.join(format!("conform-{}", self.compared)).join(NOW)).ok()?;
        let (numbers, _) = bytes.as_chunks::<8>();
        let number = |at: usize| numbers.get(at).map(|bytes| i64::from_ne_bytes(*bytes));
        let count = usize::try_from(number(2)?).ok()?;
        let seconds = u64::try_from(number(1)?).ok()?;
        let numbers = (0..count).map(|at| number(3 + at)).collect::<Option<Vec<i64>>>()?;
        (count > 0).then_some(Called { seconds, numbers })
    }

    fn crate_folder(&self) -> PathBuf {
        self.folder.join(format!("systems-{}", self.written))
    }

    pub(super) fn next(&self, patience: Duration) -> Word {
        match self.words.recv_timeout(patience) {
            Ok(word) => Word::Said(word),
            Err(RecvTimeoutError::Timeout) => Word::Nothing,
            Err(RecvTimeoutError::Disconnected) => Word::Gone,
        }
    }

    /// The crate that is compiled now.
    pub(super) fn compiles(&self) -> Option<String> {
        lock(&self.notes).compiles.clone()
    }

    /// Whether it ends or has ended, after it said that it cannot go on.
    pub(super) fn is_gone(&mut self) -> bool {
        matches!(self.words.recv_timeout(Duration::from_millis(200)), Err(RecvTimeoutError::Disconnected))
    }

    /// Ends it and all that it started, at once.
    pub(super) fn end(mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _gone = kill_process_group(group, Signal::KILL);
        }
        let _gone = self.child.wait();
        let _gone = std::fs::remove_dir_all(&self.folder);
    }

    /// What it said last, of a process that is gone: how it ended, then lines for people.
    pub(super) fn last_words(mut self) -> String {
        let status = self.child.wait().map_or(String::new(), |status| status.to_string());
        let lines = lock(&self.notes).lines.iter().cloned().collect::<Vec<_>>().join("\n");
        self.end();
        if lines.is_empty() { status } else { format!("{status}\n{lines}") }
    }
}

fn listen(stdout: impl Read + Send + 'static) -> std::io::Result<Receiver<Tell>> {
    let (sender, words) = channel();
    std::thread::Builder::new().name("rust cells".into()).spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(word) => {
                    if sender.send(word).is_err() {
                        return;
                    }
                }
                Err(error) => log::warn!("reconverge-rust says what is not understood: {error}"),
            }
        }
    })?;
    Ok(words)
}

/// Keeps the last lines, and which crate is compiled.
fn note(stderr: impl Read + Send + 'static, notes: Arc<Mutex<Notes>>) -> std::io::Result<Arc<Mutex<Notes>>> {
    let kept = notes.clone();
    std::thread::Builder::new().name("rust notes".into()).spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut notes = lock(&kept);
            if let Some(name) = line.trim_start().strip_prefix("Compiling ") {
                notes.compiles = name.split_whitespace().next().map(str::to_string);
                continue;
            }
            if notes.lines.len() == LINES {
                notes.lines.pop_front();
            }
            notes.lines.push_back(line);
        }
    })?;
    Ok(notes)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Where the program is: named by a variable, beside the kernel, or on the path.
fn program() -> Option<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return Some(named.into()).filter(|path: &PathBuf| path.is_file());
    }
    let beside = env::current_exe().ok().map(|kernel| kernel.with_file_name(PROGRAM));
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join(PROGRAM));
    beside.into_iter().chain(on_path).find(|program| program.is_file())
}
