//! Tidiness, as plain tests: headers, budgets, layers, docs that point at things that exist.
//!
//! Enters: the files of this repository. Leaves: failures that name the file and the rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

const FILE_LINES: usize = 800;
const FUNCTION_LINES: usize = 70;

/// Functions that may be longer: file, name, lines, why.
const LONGER: &[(&str, &str, usize, &str)] = &[(
    "lang/src/model/run/interpret.rs",
    "run",
    90,
    "the dispatch loop is one match, and calls would cost at every operation",
)];

/// Which rooms of `lang` a room may import. What is not listed may import nothing of ours.
const LAYERS: &[(&str, &[&str])] = &[
    ("span", &[]),
    ("value", &[]),
    ("diag", &["span"]),
    ("syntax", &["span", "diag"]),
    ("analysis", &["span", "diag", "syntax"]),
    ("engine", &[]),
    ("obligations", &["span", "syntax", "analysis"]),
    // `report` for the kinds of steps alone: it is data, and knows nothing of models.
    ("model", &["span", "diag", "syntax", "analysis", "obligations", "engine", "value", "report"]),
    ("report", &["span", "syntax", "value"]),
    // `obligations` for their words alone, by which the audit finds its evidence.
    ("mapping", &["span", "diag", "syntax", "analysis", "obligations", "value", "report"]),
    ("view", &["span", "diag", "syntax", "value", "report"]),
    (
        "session",
        &[
            "span",
            "diag",
            "syntax",
            "analysis",
            "obligations",
            "engine",
            "model",
            "value",
            "report",
            "mapping",
            "view",
        ],
    ),
];

/// Which rooms of `lang/src/model/` a room of it may import.
const MODEL_LAYERS: &[(&str, &[&str])] = &[
    ("form", &[]),
    ("compile", &["form"]),
    ("reduce", &["form"]),
    ("run", &["form", "reduce"]),
    ("explain", &["form", "run"]),
    ("evaluate", &["form", "compile", "run", "explain"]),
    ("settle", &["form", "compile", "run", "explain"]),
    ("build", &["form", "compile", "reduce", "run", "settle"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(root().join(folder))
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .filter(|p| !relative(p).contains("target/"))
        .collect();
    found.sort();
    found
}

fn rust_files() -> Vec<PathBuf> {
    ["lang", "kernel", "tests"].into_iter().flat_map(|folder| files(folder, "rs")).collect()
}

#[track_caller]
fn none(rule: &str, offenders: Vec<String>) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

#[test]
fn every_file_says_what_it_is() {
    let offenders = rust_files()
        .iter()
        .filter(|p| !fs::read_to_string(p).unwrap().starts_with("//!"))
        .map(|p| relative(p))
        .collect();
    none("each Rust file starts with a //! header", offenders);
}

#[test]
fn files_keep_their_budget() {
    let offenders = rust_files()
        .iter()
        .map(|p| (relative(p), fs::read_to_string(p).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES)
        .map(|(p, lines)| format!("{p}: {lines} lines"))
        .collect();
    none("no file is longer than 800 lines", offenders);
}

struct Functions<'a> {
    file: &'a str,
    long: Vec<String>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, block: &syn::Block) {
        let start = name.span().start().line;
        let lines = block.brace_token.span.close().end().line - start + 1;
        let allowed = LONGER
            .iter()
            .find(|(file, f, ..)| *file == self.file && name == f)
            .map_or(FUNCTION_LINES, |l| l.2);
        if lines > allowed {
            self.long.push(format!("{}:{start} {name}: {lines} lines", self.file));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.measure(&f.sig.ident, &f.block);
        visit::visit_item_fn(self, f);
    }

    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        self.measure(&f.sig.ident, &f.block);
        visit::visit_impl_item_fn(self, f);
    }
}

#[test]
fn functions_keep_their_budget() {
    let mut long = Vec::new();
    for path in rust_files() {
        let file = relative(&path);
        let tree =
            syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{file}: {e}"));
        let mut functions = Functions { file: &file, long: Vec::new() };
        functions.visit_file(&tree);
        long.append(&mut functions.long);
    }
    none("no function is longer than 70 lines", long);
}

/// Imports of the files below `folder` that the layers do not allow; `prefix` is how a room of it is named in code.
fn against_layers(folder: &str, prefix: &str, layers: &[(&str, &[&str])]) -> Vec<String> {
    let mut offenders = Vec::new();
    for path in files(folder, "rs") {
        let file = relative(&path);
        let room = file[folder.len() + 1..].split(['/', '.']).next().unwrap().to_string();
        if room == "lib" {
            continue;
        }
        let Some((_, allowed)) = layers.iter().find(|(name, _)| *name == room) else {
            offenders.push(format!("{file}: the room `{room}` is not in the list of layers"));
            continue;
        };
        let text = fs::read_to_string(&path).unwrap();
        let imported: BTreeSet<String> = text
            .match_indices(prefix)
            .filter(|(i, _)| !text[..*i].ends_with('$'))
            .filter(|(i, _)| !text[..*i].rsplit('\n').next().unwrap().trim_start().starts_with("//"))
            .map(|(i, m)| {
                text[i + m.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
            })
            .filter(|name: &String| layers.iter().any(|(room, _)| room == name))
            .collect();
        for other in imported {
            if other != room && !allowed.contains(&other.as_str()) {
                offenders.push(format!("{file}: `{room}` must not import `{other}`"));
            }
        }
    }
    offenders
}

#[test]
fn data_flows_one_way() {
    none("imports follow the layers", against_layers("lang/src", "crate::", LAYERS));
    let inside = against_layers("lang/src/model", "crate::model::", MODEL_LAYERS);
    none("imports inside the model follow its layers", inside);
}

#[test]
fn no_unfinished_marks_and_no_mod_rs() {
    let marks = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X"), concat!("HA", "CK")];
    let mut offenders = Vec::new();
    for path in rust_files() {
        let file = relative(&path);
        if file.ends_with("/mod.rs") {
            offenders.push(format!("{file}: foo.rs stands beside foo/, never mod.rs"));
        }
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                offenders.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none("nothing is marked as unfinished", offenders);
}

/// The backquoted words of a Markdown text outside fenced blocks.
fn quoted(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_string));
        }
    }
    found
}

#[test]
fn architecture_names_what_exists() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let code: String = rust_files().iter().map(|p| fs::read_to_string(p).unwrap()).collect();
    let mut checked = 0;
    let mut offenders = Vec::new();
    for name in quoted(&text) {
        let path_like =
            name.contains('/') || [".rs", ".md", ".toml", ".json"].iter().any(|e| name.ends_with(e));
        let exists = if path_like {
            root().join(name.trim_end_matches('/')).exists()
        } else {
            let symbol = name.rsplit("::").next().unwrap().trim_end_matches("()");
            code.contains(symbol)
        };
        checked += 1;
        if !exists {
            offenders.push(name);
        }
    }
    assert!(checked > 20, "ARCHITECTURE.md names only {checked} things: is it still a map?");
    none("every path and symbol that ARCHITECTURE.md names exists", offenders);
}

#[test]
fn each_dependency_has_a_reason() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = text.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let lines: Vec<&str> = section.lines().filter(|l| !l.trim().is_empty()).collect();
    let offenders = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
        .filter(|(i, _)| *i == 0 || !lines[i - 1].starts_with('#'))
        .map(|(_, line)| line.to_string())
        .collect();
    none("each dependency stands under a one-line reason", offenders);
}
