//! How much memory an exploration may take.
//!
//! Enters: what the system says of itself (Linux alone does). Leaves: bytes; `None` where they are not known.

use std::path::{Path, PathBuf};

/// Less than this is never the cap: a machine that is short of memory for a moment still answers.
const LEAST: u64 = 256 << 20;

/// Bytes that an exploration may take: half of what is free, because a table that grows is there twice for a moment and
/// others want memory, too. `None` where the system does not say.
pub(super) fn allowed() -> Option<u64> {
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
    let unified = unified.and_then(|path| left_in("/sys/fs/cgroup", path, "memory.max", "memory.current"));
    let old = old.and_then(|path| {
        left_in("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes")
    });
    [unified, old].into_iter().flatten().min()
}

/// The least of what is left in a group and in those around it. Inside a container the path may be the host's; then the
/// root is the container's own group.
fn left_in(root: &str, path: &str, limit: &str, used: &str) -> Option<u64> {
    let number = |file: PathBuf| std::fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let own = Path::new(root).join(path.trim_start_matches('/'));
    let groups = own.ancestors().take_while(|group| group.starts_with(root));
    let left = |group: &Path| Some(number(group.join(limit))?.saturating_sub(number(group.join(used))?));
    groups.filter_map(left).min()
}
