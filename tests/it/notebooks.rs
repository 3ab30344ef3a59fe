//! The bundled notebooks and mappings as texts: valid, runnable in a fresh session, quoting what is really there, and each
//! notebook with all the parts of a lesson. (What they show, and that exercises are failed and passed, is tested through
//! the real kernel in `tests/python`.)
//!
//! Enters: `notebooks/`. Leaves: failures that name the file and the cell.

use reconverge_lang::analysis::program::Program;
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::concepts::ConceptKind;
use reconverge_lang::diag::render;
use reconverge_lang::obligations;
use reconverge_lang::obligations::property::{Property, PropertyKind};
use reconverge_lang::span::Sources;
use reconverge_lang::syntax::{self, tree};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == extension));
    files.sort();
    assert!(!files.is_empty(), "no .{extension}");
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().to_string()
}

/// Every mapping: no error and no warning, in the file or in any of its systems.
#[test]
fn mappings_are_clean() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for path in files("notebooks/mappings", "rcv") {
        let text = fs::read_to_string(&path).unwrap();
        let mut sources = Sources::default();
        let id = sources.add(name(&path), text.clone());
        let (cell, mut found) = syntax::parse(id, &text);
        let mut definitions = Definitions::default();
        found.extend(definitions.apply(&name(&path), &cell.items).diagnostics);
        for item in &cell.items {
            // A mapping may hold its checks: who uses it takes the systems alone.
            let tree::Item::System(system) = item else { continue };
            // A notebook may use several mappings.
            let other = known.insert(system.name.text.clone(), name(&path));
            assert_eq!(other, None, "{} stands in {} too", system.name.text, name(&path));
            assert!(system.docs.is_some(), "{}: {} has no `///` above it", name(&path), system.name.text);
            let target = tree::Target { name: system.name.clone(), args: Vec::new(), span: system.name.span };
            let (program, diagnostics) = analysis::analyse(&definitions, &target);
            found.extend(diagnostics);
            assert!(
                program.is_some(),
                "{}: {}\n{}",
                name(&path),
                system.name.text,
                render::plain(&found, &sources)
            );
        }
        assert!(found.is_empty(), "{}", render::plain(&found, &sources));
    }
}

/// Every order, invariant, resolution and reconciler yields an obligation that is judged, or one that says why not.
#[test]
fn no_member_is_passed_over() {
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for path in files("notebooks/mappings", "rcv") {
        texts.push((name(&path), vec![fs::read_to_string(&path).unwrap()]));
    }
    for path in files("notebooks", "ipynb") {
        let notebook = notebook(&path);
        let cells = notebook["cells"].as_array().unwrap().iter().filter(|c| c["cell_type"] == "code");
        texts.push((name(&path), cells.map(source).collect()));
    }
    let (mut members, mut sources) = (0, Sources::default());
    for (file, cells) in &texts {
        let mut definitions = Definitions::default();
        for cell in cells {
            let (cell, _) = syntax::parse(sources.add(file.clone(), cell.clone()), cell);
            definitions.apply(file, &cell.items);
            for item in &cell.items {
                let tree::Item::System(system) = item else { continue };
                let target =
                    tree::Target { name: system.name.clone(), args: Vec::new(), span: system.name.span };
                let Some(mut program) = analysis::analyse(&definitions, &target).0 else { continue };
                let properties = obligations::obligations(&mut program);
                for (kind, number, member) in headers(&program) {
                    let mut own = properties.iter().filter(|p| (p.concept, p.member) == (kind, number));
                    let says =
                        |p: &Property| !matches!(&p.kind, PropertyKind::NotChecked(why) if why.is_empty());
                    assert!(own.next().is_some_and(says) && own.all(says), "{file}: {member}");
                    members += 1;
                }
            }
        }
    }
    assert!(members > 20, "{members} members");
}

/// Every member: its concept, its index within it, its name.
fn headers(program: &Program) -> Vec<(ConceptKind, usize, String)> {
    let orders = program.orders.iter().map(|m| &m.header).enumerate();
    let invariants = program.invariants.iter().map(|m| &m.header).enumerate();
    let resolutions = program.resolutions.iter().map(|m| &m.header).enumerate();
    let reconcilers = program.reconcilers.iter().map(|m| &m.header).enumerate();
    let all = orders.chain(invariants).chain(resolutions).chain(reconcilers);
    all.map(|(number, header)| (header.concept, number, header.name.clone())).collect()
}

fn notebook(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn source(cell: &Value) -> String {
    match &cell["source"] {
        Value::String(text) => text.clone(),
        lines => lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect(),
    }
}

#[test]
fn notebooks_are_valid_and_name_the_kernel() {
    for path in files("notebooks", "ipynb") {
        let notebook = notebook(&path);
        assert_eq!(
            (&notebook["nbformat"], &notebook["nbformat_minor"]),
            (&4.into(), &5.into()),
            "{}",
            name(&path)
        );
        assert_eq!(notebook["metadata"]["kernelspec"]["name"], "reconverge", "{}", name(&path));
        let mut ids = BTreeSet::new();
        for cell in notebook["cells"].as_array().unwrap() {
            let id = cell["id"].as_str().unwrap_or_default().to_string();
            let well_formed = !id.is_empty()
                && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(well_formed, "{}: cell id {id:?} is not words joined by dashes", name(&path));
            assert!(ids.insert(id.clone()), "{}: cell id {id} twice", name(&path));
            assert!(!source(cell).trim().is_empty(), "{}: cell {id} is empty", name(&path));
        }
    }
}

/// Every cell parses; what the prose quotes in a `reconverge` block stands, line for line, in a mapping or a cell.
#[test]
fn notebooks_quote_what_is_there() {
    let mappings: String =
        files("notebooks/mappings", "rcv").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for path in files("notebooks", "ipynb") {
        let notebook = notebook(&path);
        let (code, prose): (Vec<&Value>, Vec<&Value>) =
            notebook["cells"].as_array().unwrap().iter().partition(|c| c["cell_type"] == "code");
        let mut lines: BTreeSet<String> = mappings.lines().map(squeezed).collect();
        for cell in code {
            let text = source(cell);
            parses(&place(&path, cell), &text);
            lines.extend(text.lines().map(squeezed));
        }
        for cell in prose {
            for block in source(cell).split("```reconverge\n").skip(1) {
                for line in block.split("```").next().unwrap_or_default().lines().map(squeezed) {
                    let known = line.is_empty() || lines.contains(&line);
                    assert!(known, "{}: neither in a mapping nor in a cell: {line}", place(&path, cell));
                }
            }
        }
    }
}

fn place(path: &Path, cell: &Value) -> String {
    format!("{}, cell {}", name(path), cell["id"])
}

fn parses(place: &str, text: &str) {
    let mut sources = Sources::default();
    let id = sources.add(place.to_string(), text.to_string());
    let (_, diagnostics) = syntax::parse(id, text);
    assert!(diagnostics.is_empty(), "{}", render::plain(&diagnostics, &sources));
}

/// Goals, prerequisites and duration at the top; a recap and the checklist; a place in the list that says in which order
/// they are read; and links that lead somewhere.
#[test]
fn notebooks_have_the_parts_of_a_lesson() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("notebooks");
    let list = fs::read_to_string(folder.join("README.md")).unwrap();
    for path in files("notebooks", "ipynb") {
        let name = name(&path);
        assert!(list.contains(&format!("]({name})")), "README.md does not list {name}");
        let notebook = notebook(&path);
        assert!(notebook["metadata"]["title"].is_string(), "{name}: no title");
        let cells = notebook["cells"].as_array().unwrap();
        let texts: Vec<String> = cells.iter().filter(|c| c["cell_type"] == "markdown").map(source).collect();
        for part in ["**Goals**", "**Prerequisites**", "**Duration**", "minutes"] {
            assert!(texts[0].contains(part), "{name}: the first cell has no {part}");
        }
        let mut headings = texts.iter().flat_map(|t| t.lines()).filter(|line| line.starts_with('#'));
        for part in ["Recap", "The checklist"] {
            let found = headings.clone().any(|line| line.trim_start_matches('#').trim() == part);
            assert!(found, "{name}: no heading “{part}”");
        }
        assert!(headings.next().is_some_and(|first| first.starts_with("# ")), "{name}: begins with no title");
        for link in texts.iter().flat_map(|text| text.split("](").skip(1)) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.is_empty();
            assert!(elsewhere || folder.join(target).exists(), "{name}: a link leads nowhere: {target}");
        }
    }
}

/// Each cell has its place in the slides; hints and solutions are folded, and a student copy can leave them out.
#[test]
fn notebooks_can_be_shown_and_handed_out() {
    const SLIDES: [&str; 5] = ["slide", "subslide", "fragment", "skip", "notes"];
    const TAGS: [&str; 6] =
        ["prediction", "hint", "solution", "instructor", "raises-exception", "gives-solution"];
    for path in files("notebooks", "ipynb") {
        for cell in notebook(&path)["cells"].as_array().unwrap() {
            let (place, text) = (place(&path, cell), source(cell));
            let slide = cell["metadata"]["slideshow"]["slide_type"].as_str().unwrap_or_default();
            assert!(SLIDES.contains(&slide), "{place}: slide type {slide:?}");
            let tags = cell["metadata"]["tags"].as_array().cloned().unwrap_or_default();
            for tag in &tags {
                assert!(TAGS.contains(&tag.as_str().unwrap()), "{place}: tag {tag}");
            }
            let has = |tag: &str| tags.iter().any(|t| t == tag);
            let folded = text.starts_with("<details><summary>") && text.ends_with("</details>");
            assert_eq!(has("hint") || has("solution"), folded, "{place}: folded, or tagged, but not both");
            assert!(
                !has("prediction") || cell["cell_type"] == "code",
                "{place}: what is predicted is a cell's"
            );
            assert_eq!(has("instructor"), slide == "notes", "{place}: notes are the teacher's");
            if cell["metadata"]["nbgrader"]["solution"] == true {
                parses(&place, &handed_out(&text));
            }
        }
    }
}

/// Who is asked before a cell runs does not see what comes out of it.
#[test]
fn what_is_asked_before_it_runs_is_a_prediction() {
    for path in files("notebooks", "ipynb") {
        let mut asked = false;
        for cell in notebook(&path)["cells"].as_array().unwrap() {
            if cell["cell_type"] != "code" {
                asked |= source(cell).contains("**Before you run");
                continue;
            }
            let tags = cell["metadata"]["tags"].as_array();
            let tagged = tags.is_some_and(|tags| tags.iter().any(|tag| tag == "prediction"));
            assert!(
                tagged || !asked,
                "{}: asked for before it runs, and no `prediction`",
                place(&path, cell)
            );
            asked = false;
        }
    }
}

/// An exercise as a student gets it.
fn handed_out(exercise: &str) -> String {
    let (before, rest) = exercise.split_once("// BEGIN SOLUTION").expect("where the solution begins");
    let (_, after) = rest.split_once("// END SOLUTION").expect("where the solution ends");
    before.to_string() + after
}

/// With one space between words.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
