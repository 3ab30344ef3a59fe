//! What a command is to look at: files, and folders of them.
//!
//! Enters: paths as they are typed. Leaves: programs with their cells, in an order that does not depend on the machine.

use super::Trouble;
use super::notebook::{self, Cell};
use crate::hosts::Files;
use reconverge_lang::span::Sources;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A file with what it may use.
pub(super) struct Program {
    /// As it was typed, or below the folder that was.
    pub path: PathBuf,
    pub cells: Vec<Cell>,
    pub files: Files,
}

/// The paths of all programs: a folder stands for every `.rcv` and `.ipynb` below it, by name.
pub(super) fn paths(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, Trouble> {
    let mut paths = Vec::new();
    for argument in arguments {
        if argument.is_dir() {
            let found = below(argument)?;
            if found.is_empty() {
                return Err(Trouble(format!("there is no .rcv and no .ipynb below {}", argument.display())));
            }
            paths.extend(found);
        } else {
            paths.push(argument.clone());
        }
    }
    Ok(paths)
}

/// Reads all programs before the first is looked at.
pub(super) fn read(arguments: &[PathBuf], allowed: Option<&Path>) -> Result<Vec<Program>, Trouble> {
    let program = |path: PathBuf| {
        let cells = notebook::read(&path)?;
        Ok(Program { files: files(&path, allowed)?, path, cells })
    };
    paths(arguments)?.into_iter().map(program).collect()
}

/// The texts of a program, for diagnostics: of one of several each is told by the path of its file.
pub(super) fn placed(sources: &Sources, path: Option<&Path>) -> Sources {
    let Some(path) = path else { return sources.clone() };
    let file = path.file_name().map(|name| name.to_string_lossy());
    sources.renamed(|name| {
        let own = file.as_ref().is_some_and(|file| file == name);
        let cell = name.starts_with("cell ");
        cell.then(|| format!("{}: {name}", path.display())).or(own.then(|| path.display().to_string()))
    })
}

/// Without those that begin with a dot: front ends keep copies there.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    let mut found = Vec::new();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name())) {
        let path = entry?.into_path();
        if path.is_file() && path.extension().is_some_and(|e| e == "rcv" || e == "ipynb") {
            found.push(path);
        }
    }
    Ok(found)
}

/// What a program in a file may use.
fn files(file: &Path, allowed: Option<&Path>) -> Result<Files, Trouble> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Files::new(folder, allowed).map_err(|e| Trouble(format!("--files: {e}")))
}
