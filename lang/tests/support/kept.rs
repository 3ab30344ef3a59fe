//! A store of checkpoints in memory.

use reconverge_lang::engine::{CheckpointFailed, Checkpoints};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub type Files = BTreeMap<String, Vec<u8>>;

/// Files in memory, of which so many can be written: as if the process had been killed then.
pub struct Kept {
    files: Mutex<Files>,
    pub room: AtomicU64,
    pub asked: AtomicU64,
}

impl Kept {
    pub fn new(files: Files, room: u64) -> Arc<Kept> {
        Arc::new(Kept { files: Mutex::new(files), room: AtomicU64::new(room), asked: AtomicU64::new(0) })
    }

    pub fn files(&self) -> Files {
        self.files.lock().unwrap().clone()
    }
}

impl Checkpoints for Kept {
    fn is_due(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CheckpointFailed> {
        let take = |room: u64| room.checked_sub(1);
        let fits = self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        if !fits {
            return Err(CheckpointFailed("no room".into()));
        }
        self.files.lock().unwrap().insert(name.to_string(), bytes.to_vec());
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, CheckpointFailed> {
        Ok(self.files.lock().unwrap().get(name).cloned())
    }

    fn done(&self) {}
}
