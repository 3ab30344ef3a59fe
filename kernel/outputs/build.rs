//! Writes the table of bundled mappings, every `notebooks/mappings/*.rcv`, which is compiled in.

use std::fmt::Write;
use std::path::PathBuf;
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
    let mut table = String::from("&[\n");
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Writing to a string does not fail.
        let _ = writeln!(table, "({stem:?}, include_str!({:?})),", path.display().to_string());
    }
    table.push(']');
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("mappings.rs"), table)
}
