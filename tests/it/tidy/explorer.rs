//! The modules of the explorer: headers, length, imports against no arrow, and nobody who carries them leaves one out.
//!
//! Enters: `kernel/explorer/*.js`, and the lists that join and ship them. Leaves: failures that name the module.

use super::{FILE_LINES, files, none, relative, root};
use std::fs;

/// Each imports only those before it; the last is for JupyterLab alone.
fn order() -> Vec<String> {
    let build = fs::read_to_string(root().join("kernel/build.rs")).unwrap();
    let list = build.split("const EXPLORER").nth(1).unwrap().split_once("] =").unwrap().1;
    let list = list.split(';').next().unwrap();
    let mut names: Vec<String> = list.split('"').skip(1).step_by(2).map(str::to_string).collect();
    names.push("lab".to_string());
    names
}

#[test]
fn modules_say_what_they_are_and_import_what_is_above_them() {
    let order = order();
    let mut offenders = Vec::new();
    let mut found = Vec::new();
    for path in files("kernel/explorer", "js").iter().filter(|p| !relative(p).contains("node_modules")) {
        let (file, text) = (relative(path), fs::read_to_string(path).unwrap());
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let at = order.iter().position(|known| *known == name);
        if !text.starts_with("// ") || !text.contains("// Enters: ") {
            offenders.push(format!("{file} has no header"));
        }
        if text.lines().count() > FILE_LINES {
            offenders.push(format!("{file} is longer than {FILE_LINES} lines"));
        }
        for line in text.lines().filter(|line| line.starts_with("import")) {
            let from = line.split("from \"./").nth(1).and_then(|rest| rest.split(".js\";").next());
            let above = from.and_then(|from| order.iter().position(|known| known == from)) < at;
            if from.is_none() || !above {
                offenders.push(format!("{file}: `{line}` is not one line, or against the order"));
            }
        }
        found.push(name);
    }
    none("modules of the explorer", offenders);
    let mut sorted = order;
    sorted.sort();
    assert_eq!(found, sorted, "the modules, and those that kernel/build.rs joins");
}

/// Joined, they are one script: what two of them declare is declared twice. JupyterLab's own is not among them.
#[test]
fn modules_share_no_name() {
    let mut known = std::collections::BTreeMap::new();
    let mut offenders = Vec::new();
    let joined = |p: &&std::path::PathBuf| !relative(p).contains("node_modules") && !p.ends_with("lab.js");
    for path in files("kernel/explorer", "js").iter().filter(joined) {
        for line in fs::read_to_string(path).unwrap().lines() {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let line = line.strip_prefix("async ").unwrap_or(line);
            let declares =
                ["function ", "const ", "let ", "class "].iter().find_map(|word| line.strip_prefix(word));
            let Some(rest) = declares else { continue };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if let Some(other) = known.insert(name.clone(), relative(path)).filter(|_| !name.is_empty()) {
                offenders.push(format!("{name}: in {other} and {}", relative(path)));
            }
        }
    }
    none("names of the explorer's modules", offenders);
}
