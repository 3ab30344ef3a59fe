//! The table of words, and the files that repeat it: none of them is written by hand.
//!
//! Enters: `lang/src/words.rs`, the grammar, the files of Pygments, CodeMirror and VS Code, the manual. Leaves: failures that show
//! the difference. `RECONVERGE_BLESS=1` writes the files anew, but not the grammar.

use reconverge_lang::concepts::{ConceptKind, ConceptType};
use reconverge_lang::words::{Colour, Kw, Place, at, coloured};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Colours that tools know which see words alone: soft words are names more often.
const SHOWN: [Colour; Colour::ALL.len() - 1] =
    [Colour::Declaration, Colour::Command, Colour::Constant, Colour::Operator, Colour::Type, Colour::Keyword];

/// What stands in a file of the repository must be what `written` makes of it.
#[track_caller]
fn holds(file: &str, written: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(file);
    let bless = std::env::var_os("RECONVERGE_BLESS").is_some();
    let _alone = bless.then(|| crate::REWRITING.lock().unwrap());
    let found = fs::read_to_string(&path).unwrap();
    let expected = written(&found);
    if bless {
        return fs::write(&path, expected).unwrap();
    }
    let (found, expected): (Vec<&str>, Vec<&str>) = (found.lines().collect(), expected.lines().collect());
    let at = (0..).find(|i| found.get(*i) != expected.get(*i) || *i >= expected.len()).unwrap();
    assert!(
        found.len() == expected.len() && at == expected.len(),
        "{file}:{}: expected {:?}, found {:?} (RECONVERGE_BLESS=1 writes it anew)",
        at + 1,
        expected.get(at),
        found.get(at)
    );
}

/// A text with what stands between two marks replaced.
fn between(text: &str, marks: [&str; 2], block: &str) -> String {
    let [begin, end] = marks;
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("there is no {begin}"));
    let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("there is no {end}"));
    format!("{before}{begin}{block}{end}{after}")
}

#[test]
fn the_grammar_knows_every_keyword() {
    let grammar = include_str!("../../lang/src/syntax/grammar.lalrpop");
    let terminals: BTreeSet<(String, String)> = grammar
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" => Tok::Kw(Kw::"))
        .map(|(terminal, keyword)| (terminal.to_string(), keyword.trim_end_matches("),").to_string()))
        .collect();
    let keywords: BTreeSet<(String, String)> =
        Kw::ALL.into_iter().map(|kw| (kw.terminal().to_string(), format!("{kw:?}"))).collect();
    let wrong: Vec<_> = terminals.symmetric_difference(&keywords).collect();
    assert!(wrong.is_empty(), "the grammar's terminals are the table's: {wrong:?}");
}

#[test]
fn pygments_knows_the_words() {
    let groups = SHOWN.map(|colour| format!("  \"{}\": {:?}", colour.word(), coloured(colour)));
    holds("install/python/reconverge_jupyter/words.json", |_| format!("{{\n{}\n}}\n", groups.join(",\n")));
}

#[test]
fn codemirror_knows_the_words() {
    let groups = SHOWN.map(|colour| format!("    {}: \"{}\",\n", colour.word(), coloured(colour).join(" ")));
    let block = format!("\n  const words = {{\n{}  }};\n  ", groups.concat());
    let marks = ["// words: written by the tests from the table of the language", "// words: end"];
    holds("install/python/labextension/static/remoteEntry.js", |text| between(text, marks, &block));
}

#[test]
fn editors_know_the_words() {
    let scope = |colour: Colour| match colour {
        Colour::Declaration => "storage.type.declaration",
        Colour::Command => "keyword.control.command",
        Colour::Constant => "constant.language",
        Colour::Operator => "keyword.operator.word",
        Colour::Type => "support.type",
        Colour::Keyword | Colour::Soft => "keyword.other",
    };
    let line = |colour| {
        let name = format!("    {{ \"name\": \"{}.reconverge\", \"match\": ", scope(colour));
        let words = format!("{name}\"\\\\b({})\\\\b\" }},", coloured(colour).join("|"));
        (name, words)
    };
    let lines = SHOWN.map(line);
    let anew =
        |old: &str| lines.iter().find(|(name, _)| old.starts_with(name.as_str())).map(|(_, words)| words);
    holds("install/vscode/syntaxes/reconverge.tmLanguage.json", |text| {
        let known = text.lines().filter(|line| anew(line).is_some()).count();
        assert_eq!(known, SHOWN.len(), "a line for each colour");
        text.lines().map(|line| format!("{}\n", anew(line).map_or(line, String::as_str))).collect()
    });
}

#[test]
fn the_manual_lists_the_types_of_concepts() {
    let row = |kind: ConceptKind| {
        let types: Vec<String> = ConceptType::of(kind).iter().map(|ty| format!("`{}`", ty.word())).collect();
        format!("| `{}` | {} | {} |\n", kind.word(), types.join(" "), kind.question())
    };
    let rows = ConceptKind::ALL.map(row).concat();
    let block = format!("\n\n| concept | types | its mental check |\n|---|---|---|\n{rows}\n");
    let marks =
        ["<!-- types: written by the tests from the table of the language -->", "<!-- types: end -->"];
    holds("lang/REFERENCE.md", |text| between(text, marks, &block));
}

#[test]
fn the_manual_lists_the_words() {
    let escaped = |help: &str| help.replace('|', "\\|").replace('<', "&lt;");
    let mut block = "\n".to_string();
    for place in Place::ALL {
        block.push_str(&format!("\n**Words {}**\n\n| word | meaning |\n|---|---|\n", place.word()));
        for word in at(place) {
            block.push_str(&format!("| `{}` | {} |\n", word.text, escaped(word.help)));
        }
    }
    block.push('\n');
    let marks =
        ["<!-- words: written by the tests from the table of the language -->", "<!-- words: end -->"];
    holds("lang/REFERENCE.md", |text| between(text, marks, &block));
}
