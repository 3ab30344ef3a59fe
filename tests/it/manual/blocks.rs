//! The parts of pages that come from the tables of the language and from the program.
//!
//! Enters: what a mark asks for. Leaves: Markdown.

use super::markdown::{code, help, prose};
use crate::frontend::binary;
use reconverge_lang::concepts::{ConceptKind, ConceptType};
use reconverge_lang::diag::codes;
use reconverge_lang::words::{Kw, Place, Word, at, foreign_words};
use std::collections::BTreeMap;
use std::process::Command;

/// What stands after `<!-- manual: ASKED -->`.
pub(super) fn block(asked: &str, page: &str) -> String {
    let words: Vec<&str> = asked.split(' ').collect();
    match words[..] {
        ["command", word] => command(word, page),
        ["type", kind, word] => concept_type(kind, word, page),
        ["concepts"] => concepts(),
        ["types", kind] => types(concept(kind)),
        ["clauses", kind] => table(clauses(concept(kind))),
        ["members"] => table(Place::Member),
        ["faults"] => table(Place::Fault),
        ["options", word] => options(word),
        ["refused", word] => refused(word, page),
        ["option", ref words @ ..] => some_options(words),
        ["commands"] => commands(),
        ["codes"] => all_codes(),
        ["words"] => all_words(),
        ["foreign"] => foreign(),
        ["terminal"] => terminal(),
        _ => panic!("{page}: nothing is known of `{asked}`"),
    }
}

fn concept(word: &str) -> ConceptKind {
    ConceptKind::ALL.into_iter().find(|kind| kind.word() == word).expect("a concept")
}

fn clauses(kind: ConceptKind) -> Place {
    match kind {
        ConceptKind::Order => Place::Order,
        ConceptKind::Invariant => Place::Invariant,
        ConceptKind::Resolution => Place::Resolution,
        ConceptKind::Reconciler => Place::Reconciler,
    }
}

fn command(word: &str, page: &str) -> String {
    let found = commands_with_pages().into_iter().find(|w| w.text == word);
    let found = found.unwrap_or_else(|| panic!("{page} is about {word}, which is no command (any more)"));
    format!("> {}\n", help(found.help))
}

fn concept_type(kind: &str, word: &str, page: &str) -> String {
    let found = ConceptType::named(concept(kind), word);
    let found =
        found.unwrap_or_else(|| panic!("{page} is about {word}, which is no type of {kind} (any more)"));
    format!("> `{kind} NAME: {word}`: {}\n", sentence(found.help()))
}

fn concepts() -> String {
    let row = |kind: ConceptKind| {
        let name = kind.word();
        let link = |ty: &ConceptType| format!("[{0}]({name}/{0}.md)", ty.word());
        let types: Vec<String> = ConceptType::of(kind).iter().map(link).collect();
        format!("| [{name}]({name}/index.md) | {} | {} |\n", kind.question(), types.join(" "))
    };
    let rows = ConceptKind::ALL.map(row).concat();
    format!("\n| concept | its question | its types |\n|---|---|---|\n{rows}\n")
}

fn types(kind: ConceptKind) -> String {
    let row = |ty: &ConceptType| format!("| [`{0}`]({0}.md) | {1} |\n", ty.word(), sentence(ty.help()));
    let rows: String = ConceptType::of(kind).iter().map(row).collect();
    format!("\n| type | what it obliges to |\n|---|---|\n{rows}\n")
}

/// A help without the word before its colon.
fn sentence(text: &str) -> String {
    prose(super::markdown::form(text).1)
}

fn table(place: Place) -> String {
    rows(&at(place))
}

fn rows(words: &[Word]) -> String {
    let rows: String = words.iter().map(row).collect();
    format!("\n| word | meaning |\n|---|---|\n{rows}\n")
}

fn row(word: &Word) -> String {
    format!("| `{}` | {} |\n", word.text, help(word.help))
}

/// What may stand in the braces of a command.
fn options(word: &str) -> String {
    let command = Kw::ALL.into_iter().find(|kw| kw.word() == word && kw.help_at(Place::Top).is_some());
    let places = command.expect("a command").opens().unwrap_or_default();
    let mut out = String::new();
    for place in
        places.iter().filter(|place| !matches!(place, Place::Expression | Place::Member | Place::Detail))
    {
        out.push_str(&table(*place));
        if *place == Place::Option {
            out.push_str("\nIn `faults { … }`:\n");
            out.push_str(&table(Place::Fault));
        }
    }
    out
}

/// Which options of a check a command does not take, by trying each.
fn refused(word: &str, page: &str) -> String {
    let (before, after) = match word {
        "why" => ("why i of T { ", " }"),
        "sweep" => ("sweep n in 0..1 of T { ", " }"),
        "grade" => ("grade T against T { ", " }"),
        "find" => ("find T { x == 1 } { ", " }"),
        "refines" => ("check T refines T { ", " }"),
        "mutate" | "relax" | "graph" | "audit" => (word, ""),
        _ => panic!("{page}: how {word} takes options is not known here"),
    };
    let takes = |option: &str| {
        let asked = match after {
            "" => format!("{before} T {{ {option} }}"),
            _ => format!("{before}{option}{after}"),
        };
        let system = "system T { param n = 1 state x: 0..1 = 0 action a when x < n { x := 1 } invariant i: safety { x < 2 } }";
        let output = crate::cli::piped(&["check", "-"], &format!("{system}\n{asked}\n"));
        output.status.success()
    };
    // One that is there is taken.
    assert!(takes("faults { crash 1 }"), "{page}: {before}");
    let only = if word == "refines" { "only T" } else { "only i" };
    let mut out: Vec<&str> = ["profile", "traces 2", only].into_iter().filter(|o| !takes(o)).collect();
    if !takes("expect holds") {
        out.push("expect holds");
    }
    let names: Vec<String> = out.iter().map(|option| code(option.split(' ').next().unwrap())).collect();
    let but = match names.as_slice() {
        [] => String::new(),
        [one] => format!(", but for {one}"),
        [all @ .., last] => format!(", but for {} and {last}", all.join(", ")),
    };
    let answers = ["expect ___", "expect found", "expect not found"].into_iter().filter(|o| takes(o));
    let answers: Vec<String> = answers.map(code).collect();
    let still = match answers.as_slice() {
        _ if !out.contains(&"expect holds") => String::new(),
        [] => String::new(),
        [one] => format!("; only {one} is taken"),
        [all @ .., last] => format!("; only {} and {last} are taken", all.join(", ")),
    };
    format!("Those of a [check](check.md){but}{still}.\n")
}

/// Those options that a page names.
fn some_options(words: &[&str]) -> String {
    let all = at(Place::Option);
    let named = |word: &&str| *all.iter().find(|option| option.text == *word).expect("an option");
    rows(&words.iter().map(named).collect::<Vec<_>>())
}

/// Commands, and what stands behind one and has a page as they have.
pub(super) fn commands_with_pages() -> Vec<Word> {
    [at(Place::Top), at(Place::Behind)].concat()
}

fn commands() -> String {
    let row = |w: &Word| format!("| [`{0}`]({0}.md) | {1} |\n", w.text, sentence(w.help));
    let rows: String = commands_with_pages().iter().map(row).collect();
    format!("\n| command | what it does |\n|---|---|\n{rows}\n")
}

fn all_codes() -> String {
    let group = |code: &str| match &code[..3] {
        "E01" => "Reading the text",
        "E02" => "Names",
        "E03" => "Types",
        "E04" => "Concepts",
        "E05" => "Commands, scenarios, files, simulations",
        "E06" => "Sizes",
        "E07" => "Values that are missing, in a run",
        "E09" => "Formats of others",
        _ => panic!("{code}: codes of this kind have no heading yet"),
    };
    let mut groups: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for code in codes::all() {
        groups.entry(&code.0.code[..3]).or_default().push((code.0.code, code.0.title));
    }
    let mut out = String::new();
    for codes in groups.values_mut() {
        codes.sort();
        out.push_str(&format!("\n## {}\n\n| code | what is wrong |\n|---|---|\n", group(codes[0].0)));
        for (code, title) in codes {
            out.push_str(&format!("| [{code}]({code}.md) | {} |\n", prose(title)));
        }
    }
    out.push('\n');
    out
}

/// Every word in the order of letters, with what it means at each place.
fn all_words() -> String {
    let mut words: BTreeMap<&str, Vec<(Place, &str)>> = BTreeMap::new();
    for place in Place::ALL {
        for word in at(place) {
            words.entry(word.text).or_default().push((place, word.help));
        }
    }
    let mut out = "\n| word | where | meaning |\n|---|---|---|\n".to_string();
    for (word, meanings) in words {
        for (index, (place, text)) in meanings.into_iter().enumerate() {
            let name = if index == 0 { link(word, place) } else { String::new() };
            out.push_str(&format!("| {name} | {} | {} |\n", prose(place.word()), help(text)));
        }
    }
    out.push('\n');
    out
}

/// A word, which leads to its page where it has one.
fn link(word: &str, place: Place) -> String {
    let kind = ConceptKind::ALL.into_iter().find(|kind| Place::of_types(*kind) == place);
    let page = match kind {
        Some(kind) => format!("concepts/{}/{word}.md", kind.word()),
        None if matches!(place, Place::Top | Place::Behind) => format!("commands/{word}.md"),
        None if ConceptKind::ALL.iter().any(|kind| kind.word() == word) => {
            format!("concepts/{word}/index.md")
        }
        None => return code(word),
    };
    format!("[{}]({page})", code(word))
}

/// Words of other languages, and what is written here.
fn foreign() -> String {
    let mut out = String::new();
    for place in Place::ALL {
        let entries: Vec<_> = foreign_words().filter(|(at, _)| *at == place).collect();
        if entries.is_empty() {
            continue;
        }
        let head = "| written elsewhere | written here | |\n|---|---|---|\n";
        out.push_str(&format!("\n**{}**\n\n{head}", prose(&capital(place.word()))));
        for (_, entry) in entries {
            let words: Vec<String> = entry.spellings().iter().map(|word| code(word)).collect();
            let here = entry.here.replace("$*", "a, b").replace("$0", "a").replace("$1", "b");
            let here = if here.is_empty() { String::new() } else { code(&here) };
            out.push_str(&format!("| {} | {here} | {} |\n", words.join(" "), prose(entry.why)));
        }
    }
    out.push('\n');
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What the program says of itself, and of each of its commands.
fn terminal() -> String {
    let said = |arguments: &[&str]| {
        let output = Command::new(binary()).args(arguments).env("NO_COLOR", "1").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.trim_end().lines().map(|line| format!("{}\n", line.trim_end()));
        lines.collect::<String>()
    };
    let all = said(&["--help"]);
    let listed = all.split("Commands:\n").nth(1).expect("a list of commands").split("\n\n").next().unwrap();
    let names =
        listed.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let mut out = format!("\n```text\n{all}```\n");
    for name in names {
        out.push_str(&format!("\n## `reconverge {name}`\n\n```text\n{}```\n", said(&[name, "--help"])));
    }
    out.push('\n');
    out
}
