//! Tidiness, as plain tests: headers, budgets, layers, docs that point at things that exist.
//!
//! Enters: the files of this repository. Leaves: failures that name the file and the rule.

mod explorer;
mod kinds;

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

const FILE_LINES: usize = 800;
const FUNCTION_LINES: usize = 70;

/// Functions that may be longer: file, name, lines, why.
const LONGER: &[(&str, &str, usize, &str)] = &[(
    "lang/src/model/run/interpret.rs",
    "dispatch",
    95,
    "the dispatch loop is one match, and calls would cost at every operation",
)];

/// Which rooms of `lang` a room may import. What is not listed may import nothing of ours.
const LAYERS: &[(&str, &[&str])] = &[
    ("concepts", &[]),
    ("span", &[]),
    ("value", &[]),
    ("words", &["concepts"]),
    ("diag", &["span"]),
    ("syntax", &["concepts", "span", "diag", "words"]),
    ("analysis", &["concepts", "span", "diag", "syntax", "words", "value"]),
    ("engine", &[]),
    ("obligations", &["concepts", "span", "syntax", "analysis"]),
    ("model", &["concepts", "span", "diag", "syntax", "analysis", "obligations", "engine", "value"]),
    ("simulate", &["concepts", "diag", "analysis", "obligations", "engine", "model"]),
    ("variants", &["concepts", "span", "analysis"]),
    ("report", &["concepts", "span", "syntax", "value"]),
    ("mapping", &["concepts", "span", "diag", "syntax", "analysis", "value", "report"]),
    ("view", &["concepts", "span", "diag", "syntax", "value", "report"]),
    (
        "export",
        &[
            "concepts",
            "span",
            "diag",
            "syntax",
            "analysis",
            "obligations",
            "value",
            "report",
            "view",
            "words",
        ],
    ),
    (
        "session",
        &[
            "concepts",
            "span",
            "diag",
            "syntax",
            "analysis",
            "obligations",
            "engine",
            "model",
            "simulate",
            "variants",
            "value",
            "report",
            "mapping",
            "export",
            "view",
            "words",
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

/// Which rooms of `kernel` a room of it may import.
const KERNEL_LAYERS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("connection", &[]),
    ("jobs", &["wire"]),
    ("cells", &[]),
    ("server", &["wire", "jobs", "cells"]),
    ("distributed", &[]),
    ("hosts", &["jobs"]),
    ("rust", &["wire", "jobs", "cells"]),
    ("worker", &["wire", "jobs", "cells", "hosts", "rust"]),
    ("sockets", &["connection", "wire", "jobs", "server", "worker"]),
    ("lsp", &["jobs", "hosts"]),
    ("cli", &["connection", "wire", "jobs", "distributed", "hosts", "lsp", "sockets"]),
];

/// Rooms of `kernel` that need no world to be run.
const PURE: &[&str] = &["wire", "connection", "jobs", "cells", "server"];

/// Words that lead to the world: threads, sockets, files, clocks, the process.
const WORLD: &[&str] =
    &["thread", "mpsc", "net", "fs", "io", "env", "process", "Instant", "SystemTime", "jiff", "signal_hook"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
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

/// A file of a crate: the path of its module from the root of the crate, and its text as tokens.
struct Source {
    file: String,
    module: Vec<String>,
    tokens: TokenStream,
}

fn sources(folder: &str) -> Vec<Source> {
    let source = |path: &PathBuf| {
        let file = relative(path);
        let module = file.split_once("/src/").unwrap().1.trim_end_matches(".rs").split('/');
        let module = module.map(str::to_string).collect();
        Source { module, tokens: fs::read_to_string(path).unwrap().parse().unwrap(), file }
    };
    let mut found: Vec<Source> = files(folder, "rs").iter().map(source).collect();
    found.retain(|source| !matches!(source.module[0].as_str(), "lib" | "main"));
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

/// What a file names of its own crate, as paths from the root: in imports, in expressions, in what macros are given.
fn paths(tokens: TokenStream, module: &[String]) -> BTreeSet<Vec<String>> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = BTreeSet::new();
    for (i, tree) in trees.iter().enumerate() {
        if let TokenTree::Group(group) = tree {
            found.extend(paths(group.stream(), module));
        }
        // After `::` a path goes on; `$crate` belongs to whoever calls the macro.
        let begins =
            i == 0 || !matches!(&trees[i - 1], TokenTree::Punct(p) if matches!(p.as_char(), ':' | '$'));
        if let Some((start, rest)) = start(&trees[i..], module).filter(|_| begins) {
            found.extend(expand(rest).into_iter().map(|path| [start.clone(), path].concat()));
        }
    }
    found
}

/// Where a path starts that begins with `crate::` or `super::`, and what follows.
fn start<'a>(trees: &'a [TokenTree], module: &[String]) -> Option<(Vec<String>, &'a [TokenTree])> {
    if let Some((_, rest)) = step(trees).filter(|(word, _)| word == "crate") {
        return Some((Vec::new(), rest));
    }
    let (mut start, mut rest) = (module.to_vec(), trees);
    while let Some((_, after)) = step(rest).filter(|(word, _)| word == "super") {
        start.pop();
        rest = after;
    }
    (rest.len() < trees.len()).then_some((start, rest))
}

/// `word::` and what follows.
fn step(trees: &[TokenTree]) -> Option<(String, &[TokenTree])> {
    match trees {
        [TokenTree::Ident(word), TokenTree::Punct(a), TokenTree::Punct(b), rest @ ..] => {
            (a.as_char() == ':' && b.as_char() == ':').then(|| (word.to_string(), rest))
        }
        _ => None,
    }
}

/// All paths that a path with lists in it stands for.
fn expand(trees: &[TokenTree]) -> Vec<Vec<String>> {
    if let Some((word, rest)) = step(trees) {
        return expand(rest).into_iter().map(|path| [vec![word.clone()], path].concat()).collect();
    }
    match trees.first() {
        Some(TokenTree::Ident(last)) => vec![vec![last.to_string()]],
        Some(TokenTree::Group(several)) => {
            let several: Vec<TokenTree> = several.stream().into_iter().collect();
            let comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(p) if p.as_char() == ',');
            several.split(comma).flat_map(expand).collect()
        }
        // `*`, or nothing after the last comma.
        _ => vec![Vec::new()],
    }
}

/// Imports of the files below `folder` that the layers of its rooms do not allow.
fn against_layers(folder: &str, layers: &[(&str, &[&str])]) -> Vec<String> {
    let mut offenders = Vec::new();
    let house: Vec<String> = folder.split('/').skip(2).map(str::to_string).collect();
    for Source { file, module, tokens } in sources(folder) {
        let room = &module[house.len()];
        let Some((_, allowed)) = layers.iter().find(|(name, _)| name == room) else {
            offenders.push(format!("{file}: the room `{room}` is not in the list of layers"));
            continue;
        };
        let named = paths(tokens, &module);
        let others: BTreeSet<&str> = named
            .iter()
            .filter_map(|path| path.strip_prefix(&house[..])?.first())
            .map(String::as_str)
            .collect();
        for (other, _) in layers.iter().filter(|(name, _)| others.contains(name)) {
            if other != room && !allowed.contains(other) {
                offenders.push(format!("{file}: `{room}` must not import `{other}`"));
            }
        }
    }
    offenders
}

#[test]
fn data_flows_one_way() {
    let mut offenders = against_layers("lang/src", LAYERS);
    offenders.extend(against_layers("lang/src/model", MODEL_LAYERS));
    offenders.extend(against_layers("kernel/src", KERNEL_LAYERS));
    none("imports follow the layers", offenders);
}

#[test]
fn imports_are_seen_however_they_are_written() {
    let named = |text: &str| -> Vec<String> {
        let module = ["a", "b"].map(String::from);
        paths(text.parse().unwrap(), &module).into_iter().map(|path| path.join("::")).collect()
    };
    assert_eq!(named("use crate::{c, d::{e, f as g}, h::*};"), ["c", "d::e", "d::f", "h"]);
    assert_eq!(named("use super::c; use super::super::{d, e};"), ["a::c", "d", "e"]);
    assert_eq!(named("fn f() { vec![crate::c::D::new()]; }"), ["c::D::new"]);
    assert_eq!(named("// crate::c\nmacro_rules! m { () => { $crate::d }; }"), [""; 0]);
}

/// Identifiers of a file, those of macros that are called left out.
fn identifiers(tokens: TokenStream) -> BTreeSet<String> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let is_call = |i: usize| matches!(trees.get(i + 1), Some(TokenTree::Punct(p)) if p.as_char() == '!');
    let mut found = BTreeSet::new();
    for (i, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => found.extend(identifiers(group.stream())),
            TokenTree::Ident(ident) if !is_call(i) => drop(found.insert(ident.to_string())),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

#[test]
fn no_test_depends_on_how_fast_the_machine_is() {
    let tests = ["tests/it", "lang/tests"].into_iter().flat_map(|folder| files(folder, "rs"));
    let words = |path: &Path| identifiers(fs::read_to_string(path).unwrap().parse().unwrap());
    let offenders = tests
        .filter(|path| {
            words(path).iter().any(|word| ["sleep", "Instant", "SystemTime"].contains(&word.as_str()))
        })
        .map(|path| relative(&path))
        .collect();
    none("tests wait for what happens, and not for a time", offenders);
}

#[test]
fn the_kernels_server_needs_no_world() {
    let mut offenders = Vec::new();
    for Source { file, module, tokens } in sources("kernel/src") {
        let (room, words) = (module[0].as_str(), identifiers(tokens));
        if room != "sockets" && words.contains("zmq") {
            offenders.push(format!("{file}: only `sockets` names zmq"));
        }
        if PURE.contains(&room) {
            let found = WORLD.iter().filter(|word| words.contains(**word));
            offenders.extend(found.map(|word| format!("{file}: `{room}` must not name `{word}`")));
        }
    }
    for Source { file, tokens, .. } in
        sources("kernel/outputs/src").into_iter().chain(sources("kernel/web/src"))
    {
        let words = identifiers(tokens);
        let found = WORLD.iter().filter(|word| words.contains(**word));
        offenders.extend(found.map(|word| format!("{file} must not name `{word}`")));
    }
    none("what the kernel says depends on events alone", offenders);
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

/// The files in which the compiler lets something unsafe be written.
const UNSAFE: &[&str] = &[
    "lang/src/engine/store/seen.rs",
    "lang/src/engine/store/table.rs",
    "lang/src/model/run/native.rs",
    "kernel/web/src/door.rs",
];

#[test]
fn unsafe_code_stays_where_it_is() {
    let lets = |p: &PathBuf| fs::read_to_string(p).unwrap().contains("unsafe_code");
    let rooms = ["lang/src", "kernel/src", "kernel/outputs/src", "kernel/web/src"];
    let ours = rooms.into_iter().flat_map(|folder| files(folder, "rs"));
    let found: Vec<String> = ours.filter(lets).map(|p| relative(&p)).collect();
    assert_eq!(found, UNSAFE, "files that let unsafe code be written");
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
