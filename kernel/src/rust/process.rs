//! The process `reconverge-rust`: found, started, spoken to, ended.
//!
//! Enters: what to ask. Leaves: what it says, and whether it is still there.

use super::library::{Editions, anew};
use super::protocol::{Ask, Compares, Tell, Types};
use reconverge_lang::export::rust::{LAST, Library};
use rustix::process::{Pid, Signal, kill_process_group};
use std::cell::RefCell;
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
/// The crate of the systems, and that of what compares code with them. They stay the same ones, whatever text they have: with a
/// crate more, or with one of another version, the compiler takes all types of cells for other ones, and evcxr's variables of
/// them are lost.
const SYSTEMS: &str = "reconverge";
const CONFORM: &str = "reconverge_conform";

/// The manifest of a crate, which names its text by a number.
fn manifest(name: &str, number: usize, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [lib]\npath = \"src/{number}.rs\"\n\n[dependencies]\n{dependencies}"
    )
}

/// In the folder of what compares, the file in which it says what it calls.
const NOW: &str = "now";
const MANIFEST: &str = "Cargo.toml";
/// No types have this number.
const NEVER: usize = 0;
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
    editions: Editions,
    /// What cells have, and what they are about to have.
    present: Option<Present>,
    next: Option<Present>,
    /// So many texts were written.
    written: usize,
    /// What was shown last, as it was written.
    last_run: String,
    /// The types that what compares was written for; `None`: it has not been written yet.
    compared: Option<usize>,
}

/// The types that cells have.
#[derive(Clone)]
struct Present {
    library: Library,
    serde: bool,
    /// Of their text.
    number: usize,
    types: Types,
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
            editions: Editions::default(),
            present: None,
            next: None,
            written: 0,
            last_run: String::new(),
            compared: None,
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

    /// Writes the session's types as the text of their crate, where they are other ones, and says how cells come to have them.
    pub(super) fn types(&mut self, library: &Library, serde: bool) -> std::io::Result<Types> {
        let present = self.present.as_ref();
        let same = present.filter(|present| present.library == *library && present.serde == serde);
        let next = match same {
            Some(same) => same.clone(),
            None => {
                let editions = RefCell::new(&mut self.editions);
                let text = library.text(serde, &|system| editions.borrow_mut().of(system));
                let anew = present.map_or(Vec::new(), |present| anew(&present.library, library));
                let number = self.write(SYSTEMS, &text)?;
                let manifest = manifest(SYSTEMS, number, if serde { SERDE } else { "" });
                let types = Types {
                    lines: self.lines(number),
                    manifest: self.folder.join(SYSTEMS).join(MANIFEST),
                    text: manifest,
                    anew,
                };
                Present { library: library.clone(), serde, number, types }
            }
        };
        let types = next.types.clone();
        self.next = Some(next);
        self.keep()?;
        Ok(types)
    }

    /// Of what was compared the text goes once types are other ones: it is of the types of then.
    pub(super) fn keep(&mut self) -> std::io::Result<()> {
        let number = self.next.as_ref().or(self.present.as_ref()).map_or(NEVER, |present| present.number);
        if self.compared.is_some_and(|of| of == NEVER || of == number) {
            return Ok(());
        }
        let without = self.compares("")?;
        self.compared = Some(NEVER);
        std::fs::write(without.manifest, without.text)
    }

    /// The types that cells are about to have: whether they came to have them.
    pub(super) fn settle(&mut self, have: bool) {
        let next = self.next.take();
        if have && next.is_some() {
            self.present = next;
        }
    }

    /// Writes what compares code with the mapping, as the text of its crate, and says how the cell comes to have it.
    pub(super) fn conform(&mut self, text: &str) -> std::io::Result<Compares> {
        let compares = self.compares(text)?;
        self.compared = Some(self.next.as_ref().map_or(NEVER, |next| next.number));
        Ok(compares)
    }

    fn compares(&mut self, text: &str) -> std::io::Result<Compares> {
        let dependencies = format!("{SYSTEMS} = {{ path = \"../{SYSTEMS}\" }}\n");
        let [without, number] = [self.write(CONFORM, "")?, self.write(CONFORM, text)?];
        let [without, text] = [without, number].map(|number| manifest(CONFORM, number, &dependencies));
        Ok(Compares { manifest: self.folder.join(CONFORM).join(MANIFEST), text, without })
    }

    /// Writes one more text of a crate, beside those that it had; its number.
    fn write(&mut self, name: &str, text: &str) -> std::io::Result<usize> {
        self.written += 1;
        let folder = self.folder.join(name).join("src");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{}.rs", self.written)), text)?;
        Ok(self.written)
    }

    /// How cells depend on both crates. What finds the types of variables reads all anew where these lines are other ones: for
    /// that there is a number in them.
    fn lines(&self, number: usize) -> String {
        let line = |name: &str| {
            let folder = self.folder.join(name).display().to_string();
            format!(":dep {name} = {{ path = {folder:?} }}")
        };
        format!("{} # {number}\n{}", line(SYSTEMS), line(CONFORM))
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

    /// The systems as cells have them; `None`: no cell has run.
    pub(super) fn present(&self) -> Option<&Library> {
        self.present.as_ref().map(|present| &present.library)
    }

    /// What the last comparison called when it was ended; `None`: nothing yet.
    pub(super) fn called(&self) -> Option<Called> {
        let bytes = std::fs::read(self.folder.join(CONFORM).join(NOW)).ok()?;
        let (numbers, _) = bytes.as_chunks::<8>();
        let number = |at: usize| numbers.get(at).map(|bytes| i64::from_ne_bytes(*bytes));
        let count = usize::try_from(number(2)?).ok()?;
        let seconds = u64::try_from(number(1)?).ok()?;
        let numbers = (0..count).map(|at| number(3 + at)).collect::<Option<Vec<i64>>>()?;
        (count > 0).then_some(Called { seconds, numbers })
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
