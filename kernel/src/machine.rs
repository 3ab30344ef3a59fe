//! What the machine has for one exploration: memory that may be taken, a clock, a temporary file.
//!
//! Enters: nothing. Leaves: bytes, a time, a store; what is not known is `None`, and a default takes its place.

use reconverge_lang::engine::{Spill, SpillFailed};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Less than this is never the cap: a machine that is short of memory for a moment still answers.
const LEAST: u64 = 256 << 20;

/// Bytes that an exploration may take: half of what is free, because a table that grows is there twice for a moment and
/// others want memory, too. `None` where the system does not say.
pub fn memory() -> Option<u64> {
    let free = [available(), in_group()].into_iter().flatten().min()?;
    Some((free / 2).max(LEAST))
}

/// Memory that the system could give without swapping.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// What is left of the least limit of the control groups around this process: a container's memory ends there, whatever
/// the machine has.
fn in_group() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let unified = text.lines().find_map(|line| line.strip_prefix("0::"));
    let old = text.lines().find_map(|line| line.split_once(":memory:").map(|(_, path)| path));
    let unified = unified.and_then(|path| left_in("/sys/fs/cgroup", path, ("memory.max", "memory.current")));
    let old = old.and_then(|path| {
        left_in("/sys/fs/cgroup/memory", path, ("memory.limit_in_bytes", "memory.usage_in_bytes"))
    });
    [unified, old].into_iter().flatten().min()
}

/// The least of what is left in a group and in those around it. Inside a container the path may be the host's; then the
/// root is the container's own group.
fn left_in(root: &str, path: &str, (limit, used): (&str, &str)) -> Option<u64> {
    let number = |file: PathBuf| std::fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let own = Path::new(root).join(path.trim_start_matches('/'));
    let groups = own.ancestors().take_while(|group| group.starts_with(root));
    let left = |group: &Path| Some(number(group.join(limit))?.saturating_sub(number(group.join(used))?));
    groups.filter_map(left).min()
}

/// Time since the first question.
pub fn clock() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}

/// A temporary file that goes when the exploration ends, whichever way.
pub fn spill() -> Result<Arc<dyn Spill>, String> {
    let store = Store::new(&std::env::temp_dir()).map_err(|e| e.to_string())?;
    Ok(Arc::new(store))
}

struct Store {
    /// The file, and how long it is.
    file: Mutex<(File, u64)>,
    /// Where a file in use cannot be unlinked, it goes with the store.
    named: Option<PathBuf>,
}

impl Store {
    fn new(folder: &Path) -> std::io::Result<Store> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("reconverge-{}-{number}.spill", std::process::id()));
            match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                // Another process of that number may have left it.
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
                Ok(file) => {
                    let named = std::fs::remove_file(&path).err().map(|_| path);
                    return Ok(Store { file: Mutex::new((file, 0)), named });
                }
            }
        }
    }
}

impl Spill for Store {
    fn write(&self, bytes: &[u8]) -> Result<u64, SpillFailed> {
        let mut guard = self.file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (file, length) = &mut *guard;
        let at = *length;
        file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(bytes)).map_err(failed)?;
        *length += bytes.len() as u64;
        Ok(at)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), SpillFailed> {
        let mut guard = self.file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let file = &mut guard.0;
        file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(into)).map_err(failed)
    }
}

fn failed(error: std::io::Error) -> SpillFailed {
    SpillFailed(error.to_string())
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(path) = &self.named {
            // It is the system's to clean up where even that fails.
            let _gone = std::fs::remove_file(path);
        }
    }
}
