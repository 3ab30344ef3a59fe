//! A folder in which explorations are kept, so that they go on after an interruption.
//!
//! Enters: bytes by name. Leaves: files that are whole or not there, whatever happens while they are written; the same bytes
//! again. A file `run.json` says what the folder is of: only the same texts and the same version go on from it.

use reconverge_lang::engine::{CheckpointFailed, Checkpoints};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

const RUN: &str = "run.json";
/// What files are called that belong to it, and those that are not whole yet.
const KEPT: &str = "kept";
const UNFINISHED: &str = "unfinished";

/// What a folder is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    version: String,
    /// Of all cells, in hexadecimal.
    texts: String,
}

/// Why a folder cannot be used, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

/// The explorations of one run.
pub struct Folder {
    path: PathBuf,
    every: Duration,
    /// When the last checkpoint was taken.
    last: Mutex<Instant>,
    next: AtomicUsize,
    done: AtomicUsize,
    /// Its user knows that it cannot be written.
    told: AtomicBool,
    tell: fn(&str),
}

impl Folder {
    /// Begins, or goes on: with how long ago that was kept from which it goes on, if anything was. `first`: of the processes
    /// that share the folder, the one that begins it. Errors: something else is in it; it cannot be written.
    pub fn open(
        path: &Path,
        (texts, every): (&[u8], Duration),
        (resume, first): (bool, bool),
        tell: fn(&str),
    ) -> Result<(Arc<Folder>, Option<Duration>), Unusable> {
        let cannot =
            |e: std::io::Error| Unusable(format!("cannot use {} for checkpoints: {e}", path.display()));
        let run = Run { version: env!("CARGO_PKG_VERSION").to_string(), texts: hex::encode(texts) };
        let folder = Folder {
            path: path.to_path_buf(),
            every,
            last: Mutex::new(Instant::now()),
            next: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            told: AtomicBool::new(false),
            tell,
        };
        fs::create_dir_all(path).map_err(cannot)?;
        let known = match fs::read(path.join(RUN)) {
            Ok(bytes) => Some(serde_json::from_slice::<Run>(&bytes).map_err(|e| cannot(e.into()))?),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(cannot(e)),
        };
        let place = path.display();
        match known {
            None if !first => {
                return Err(Unusable(format!(
                    "process 0 keeps its checkpoints in another {place}: all processes need one folder that they share"
                )));
            }
            None => {
                let text = serde_json::to_vec(&run).map_err(|e| cannot(e.into()))?;
                folder.replace(RUN, &text).map_err(cannot)?;
            }
            Some(known) if known != run => {
                let what = if known.version == run.version { "of other texts" } else { "of another version" };
                return Err(Unusable(format!(
                    "the checkpoint in {place} is {what}: name another folder, or remove it"
                )));
            }
            Some(_) if first && !resume => {
                return Err(Unusable(format!(
                    "{place} has a checkpoint of this run already: go on from it with --resume, or remove it"
                )));
            }
            Some(_) => {}
        }
        let ago = folder.kept().filter_map(|file| file.metadata().ok()?.modified().ok()).max();
        let ago = ago.map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
        Ok((Arc::new(folder), ago.filter(|_| resume)))
    }

    /// The place of the next exploration.
    pub(super) fn next(self: &Arc<Self>) -> Arc<dyn Checkpoints> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Arc::new(Place { folder: self.clone(), number, done: AtomicBool::new(false) })
    }

    /// After the run. Where every exploration came to its end nobody will go on: what was kept goes, by the process that
    /// began it.
    pub fn end(&self, first: bool) {
        let all = self.done.load(Ordering::Relaxed) == self.next.load(Ordering::Relaxed);
        if !first || !all {
            return;
        }
        self.kept().for_each(|file| drop(fs::remove_file(file.path())));
        drop(fs::remove_file(self.path.join(RUN)));
        // Not where something else is in it.
        drop(fs::remove_dir(&self.path));
    }

    fn kept(&self) -> impl Iterator<Item = fs::DirEntry> {
        let all = fs::read_dir(&self.path).into_iter().flatten().flatten();
        all.filter(|file| file.path().extension().is_some_and(|e| e == KEPT || e == UNFINISHED))
    }

    /// A name stands for the old bytes until the new ones are on the disk.
    fn replace(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let new = self.path.join(format!("{name}.{UNFINISHED}"));
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, self.path.join(name))?;
        // So that the name is on the disk as well, where the system has that.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }
}

/// One exploration of a run.
struct Place {
    folder: Arc<Folder>,
    number: usize,
    done: AtomicBool,
}

impl Place {
    fn name(&self, name: &str) -> String {
        format!("{}-{name}.{KEPT}", self.number)
    }
}

impl Checkpoints for Place {
    fn is_due(&self) -> bool {
        let mut last = self.folder.last.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.elapsed() >= self.folder.every;
        if due {
            *last = Instant::now();
        }
        due
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CheckpointFailed> {
        let folder = &self.folder;
        folder.replace(&self.name(name), bytes).map_err(|e| {
            let words = format!("no checkpoint could be written to {}: {e}", folder.path.display());
            if !folder.told.swap(true, Ordering::Relaxed) {
                (folder.tell)(&format!("{words}; the run goes on"));
            }
            CheckpointFailed(words)
        })
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, CheckpointFailed> {
        let path = self.folder.path.join(self.name(name));
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(CheckpointFailed(format!("{}: {e}", path.display()))),
        }
    }

    fn done(&self) {
        if !self.done.swap(true, Ordering::Relaxed) {
            self.folder.done.fetch_add(1, Ordering::Relaxed);
        }
    }
}
