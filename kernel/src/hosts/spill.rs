//! A temporary file for states that memory has no room for.
//!
//! Enters: bytes. Leaves: where they are, and the same bytes again.

use reconverge_lang::engine::{Spill, SpillFailed};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A temporary file that nobody else sees and that goes when the exploration ends, whichever way. Errors: why there is
/// none, in words.
pub(super) fn store() -> Result<Arc<dyn Spill>, String> {
    let file = unnamed(&std::env::temp_dir()).map_err(|e| e.to_string())?;
    Ok(Arc::new(Store(Mutex::new(Appended { file, length: 0 }))))
}

struct Store(Mutex<Appended>);

struct Appended {
    file: File,
    length: u64,
}

/// A file without a name goes with its last handle.
fn unnamed(folder: &Path) -> std::io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("reconverge-{}-{number}.spill", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            // Another process of that number may have left it.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
        }
    }
}

impl Spill for Store {
    fn write(&self, bytes: &[u8]) -> Result<u64, SpillFailed> {
        let mut store = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let at = store.length;
        store.file.seek(SeekFrom::Start(at)).and_then(|_| store.file.write_all(bytes)).map_err(failed)?;
        store.length += bytes.len() as u64;
        Ok(at)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), SpillFailed> {
        let mut store = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        store.file.seek(SeekFrom::Start(offset)).and_then(|_| store.file.read_exact(into)).map_err(failed)
    }
}

fn failed(error: std::io::Error) -> SpillFailed {
    SpillFailed(error.to_string())
}
