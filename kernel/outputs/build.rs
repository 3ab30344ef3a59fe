//! Writes the table of bundled mappings, every `notebooks/mappings/*.rcv`, which is compiled in. Pages carry no more of them
//! than what `use` brings, so that the engine stays small.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let folder = PathBuf::from(manifest).join("../../notebooks/mappings");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "rcv") {
                files.push(path.canonicalize()?);
            }
        }
    }
    files.sort();
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let pages = env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm");
    let mut table = String::from("&[\n");
    for path in files {
        let path = if pages { lean(&path, &out)? } else { path };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Writing to a string does not fail.
        let _ = writeln!(table, "({stem:?}, include_str!({:?})),", path.display().to_string());
    }
    table.push(']');
    fs::write(out.join("mappings.rs"), table)
}

/// A copy without what `use` leaves: comments between systems, whose lines stay so that places do, and what follows the last
/// system.
fn lean(path: &Path, out: &Path) -> io::Result<PathBuf> {
    let text = fs::read_to_string(path)?;
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().rposition(|line| line.starts_with("system ")).unwrap_or_default();
    let empty = |line: &str| line.starts_with("system ") && line.ends_with("{}");
    let ends = lines[last..].iter().position(|line| *line == "}" || empty(line));
    let end = ends.map_or(lines.len(), |ends| last + ends + 1);
    let kept = lines[..end].iter().map(|line| match line.starts_with("//") && !line.starts_with("///") {
        true => "\n".to_string(),
        false => format!("{line}\n"),
    });
    let copy = out.join(path.file_name().unwrap_or_default());
    fs::write(&copy, kept.collect::<String>())?;
    Ok(copy)
}
