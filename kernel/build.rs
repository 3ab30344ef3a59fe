//! Writes what is compiled into the binary: the explorer (`kernel/explorer/*.js`) as one module for pages, which have no other
//! files to import from.

use std::path::PathBuf;
use std::{env, fs, io};

/// The modules of the explorer, each after those that it imports.
const EXPLORER: [&str; 11] =
    ["dom", "run", "beside", "lanes", "story", "state", "details", "style", "explorer", "graph", "page"];

/// One text of all modules: what they import is above them, and the last line begins.
fn main() -> io::Result<()> {
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
