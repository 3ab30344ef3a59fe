//! The files that programs may use: those below one folder.
//!
//! Enters: a path as it stands in a program. Leaves: text, or why there is none. What lies outside is not looked at, also
//! where a link leads there.

use reconverge_lang::session::{LONGEST_CELL, Unread};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use walkdir::WalkDir;

/// Names a folder whose files notebooks may use.
const VARIABLE: &str = "RECONVERGE_FILES";

/// Where paths begin, and the folder below which files may be read.
#[derive(Debug, Clone)]
pub struct Files {
    from: PathBuf,
    below: PathBuf,
}

/// Folders are looked into so deep, and so many entries of them are looked at.
const DEEPEST: usize = 4;
const MOST_ENTRIES: usize = 2_000;

impl Files {
    /// Of a notebook: its folder is the kernel's, unless the environment allows another.
    pub fn of_kernel() -> Files {
        let here = Path::new(".");
        let allowed = std::env::var_os(VARIABLE).map(PathBuf::from);
        Files::new(here, allowed.as_deref()).unwrap_or_else(|e| {
            log::warn!("{VARIABLE} is no folder: {e}");
            Files { from: here.into(), below: here.into() }
        })
    }

    /// Of a file in the folder `from`. Errors: one of the folders is none.
    pub fn new(from: &Path, allowed: Option<&Path>) -> std::io::Result<Files> {
        let from = fs::canonicalize(from)?;
        let below = allowed.map(fs::canonicalize).transpose()?.unwrap_or_else(|| from.clone());
        Ok(Files { from, below })
    }

    /// The programs that may be used from here, by their paths with `/`: the first of those below its folder, by name.
    /// What begins with a dot is left out.
    pub fn programs(&self) -> Vec<String> {
        let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
        let walk = WalkDir::new(&self.from).max_depth(DEEPEST).sort_by_file_name().into_iter();
        let all = walk.filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
        let mut found = Vec::new();
        for entry in all.take(MOST_ENTRIES).flatten() {
            if entry.file_type().is_file()
                && entry.path().extension().is_some_and(|e| e == "rcv")
                && let Ok(path) = entry.path().strip_prefix(&self.from)
            {
                let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
                found.push(parts.join("/"));
            }
        }
        found
    }

    pub(super) fn read(&self, path: &str) -> Result<String, Unread> {
        let full = lexical(&self.from.join(path));
        if !full.starts_with(&self.below) {
            return Err(Unread::Outside);
        }
        let real = fs::canonicalize(&full).map_err(unread)?;
        if !real.starts_with(&self.below) {
            return Err(Unread::Outside);
        }
        let known = fs::metadata(&real).map_err(unread)?;
        if !known.is_file() {
            return Err(Unread::Otherwise("it is no file".to_string()));
        }
        if known.len() > LONGEST_CELL as u64 {
            return Err(Unread::TooLong(known.len()));
        }
        let mut bytes = Vec::new();
        // It may grow while it is read.
        let most = LONGEST_CELL as u64 + 1;
        File::open(&real).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(unread)?;
        let text = String::from_utf8(bytes).map_err(|e| Unread::NotText(e.utf8_error().valid_up_to()))?;
        Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
    }
}

fn unread(error: std::io::Error) -> Unread {
    match error.kind() {
        ErrorKind::NotFound => Unread::Missing,
        _ => Unread::Otherwise(error.to_string()),
    }
}

/// Without `.` and `..`, as far as names tell.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            _ => plain.push(part),
        }
    }
    plain
}
