//! Writes what is compiled into the binary: the table of bundled mappings (every `notebooks/mappings/*.rcv`), and the explorer
//! (`kernel/explorer/*.js`) as one module for pages, which have no other files to import from.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs, io};

/// The modules of the explorer, each after those that it imports.
const EXPLORER: [&str; 10] =
    ["dom", "run", "beside", "lanes", "story", "state", "details", "style", "explorer", "page"];

fn main() -> io::Result<()> {
    mappings()?;
    explorer()
}

/// One text of all modules: what they import is above them, and the last line begins.
fn explorer() -> io::Result<()> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("explorer");
    let mut module = String::new();
    for name in EXPLORER {
        let path = folder.join(name).with_extension("js");
        println!("cargo::rerun-if-changed={}", path.display());
        for line in fs::read_to_string(path)?.lines() {
            if !line.starts_with("import ") {
                module.push_str(line.strip_prefix("export ").unwrap_or(line));
                module.push('\n');
            }
        }
    }
    module.push_str("start();\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("explorer.js"), module)
}

fn mappings() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let folder = PathBuf::from(manifest).join("../notebooks/mappings");
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
