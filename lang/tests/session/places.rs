//! Completion at places that are written down: `tests/completion/places.txt`.

use crate::support::{Notebook, Plain};
use reconverge_lang::session::{CellRef, Outcome, Session};
use reconverge_lang::syntax::{TokenClass, tokens};

const PLACES: &str = include_str!("../../../tests/completion/places.txt");
const CURSOR: char = '‸';

/// A place, and what is demanded there.
struct Place<'t> {
    title: &'t str,
    code: String,
    demands: Vec<(&'t str, Vec<&'t str>)>,
}

/// What was executed before, and the places.
fn read() -> (Vec<String>, Vec<Place<'static>>) {
    let mut parts = PLACES.split("\n# ");
    let head = parts.next().unwrap_or_default();
    let session = head.split("## session\n").nth(1).expect("what was executed before");
    let cells = session.split("---").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty());
    let place = |part: &'static str| {
        let (title, rest) = part.split_once('\n').expect("a title");
        let lines = rest.lines().filter(|line| !line.is_empty());
        let (code, demands): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with(' '));
        let code: Vec<&str> = code.into_iter().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
        let names = |list: &'static str| list.split(',').map(str::trim).filter(|name| !name.is_empty());
        let demand = |line: &'static str| {
            let (word, list) = line.split_once(' ').unwrap_or((line, ""));
            // A brace is the beginning of a snippet, which is one proposal.
            (word, if list.contains('{') { vec![list] } else { names(list).collect() })
        };
        Place { title, code: code.join("\n"), demands: demands.into_iter().map(demand).collect() }
    };
    (cells.collect(), parts.map(place).collect())
}

/// The session in which all places stand.
fn session(cells: &[String]) -> Session {
    let library = ["kafka", "pair"].map(|name| (name.to_owned(), format!("// {name}\nsystem X {{ }}")));
    let mut session = Session::new(library.to_vec());
    for (i, cell) in cells.iter().enumerate() {
        let name = CellRef { id: None, name: format!("cell {i}") };
        let outcome = session.execute(name, cell, &Plain::default(), &mut |_| {});
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    }
    session
}

/// What is wrong with the proposals at a place.
fn wrong(session: &Session, place: &Place<'_>) -> Option<String> {
    let cursor = place.code.find(CURSOR).expect("a cursor");
    let completion = session.complete(&place.code.replacen(CURSOR, "", 1), cursor);
    let found: Vec<&str> = completion.items.iter().map(|item| item.text.as_str()).collect();
    let mut said = Vec::new();
    for (word, names) in &place.demands {
        let missing: Vec<&&str> = names.iter().filter(|name| !found.contains(name)).collect();
        match *word {
            "first" if !found.starts_with(names) => said.push(format!("not first: {names:?}")),
            "only" if found != *names => said.push(format!("not only: {names:?}")),
            "has" if !missing.is_empty() => said.push(format!("missing: {missing:?}")),
            "not" if missing.len() < names.len() => {
                let there: Vec<&&str> = names.iter().filter(|name| found.contains(name)).collect();
                said.push(format!("unwanted: {there:?}"));
            }
            "first" | "only" | "has" | "not" => {}
            _ => said.push(format!("no demand: {word}")),
        }
    }
    (!said.is_empty()).then(|| format!("{}: {}\n    of {found:?}", place.title, said.join("; ")))
}

#[test]
fn every_written_place() {
    let (cells, places) = read();
    let session = session(&cells);
    let found: Vec<String> = places.iter().filter_map(|place| wrong(&session, place)).collect();
    let right = places.len() - found.len();
    assert!(found.is_empty(), "{right} of {} places are right\n{}", places.len(), found.join("\n"));
}

/// Whatever is proposed can be looked at with nothing executed before.
#[test]
fn no_place_needs_a_session() {
    let (_, places) = read();
    let alone = Notebook::new().session;
    for place in places {
        let cursor = place.code.find(CURSOR).expect("a cursor");
        let code = place.code.replacen(CURSOR, "", 1);
        let completion = alone.complete(&code, cursor);
        assert!(completion.start <= cursor && completion.end >= cursor, "{}", place.title);
        alone.inspect(&code, cursor);
    }
}

/// In mappings that are right, each word is among what is proposed where it is taken out, unless nothing is: then it is new.
#[test]
fn what_was_written_is_proposed() {
    const APART: usize = 23;
    let texts = [
        include_str!("../../../notebooks/mappings/kafka.rcv"),
        include_str!("../../../notebooks/mappings/pattern_lease.rcv"),
        include_str!("../../../notebooks/mappings/pattern_retry.rcv"),
        include_str!("../../../notebooks/mappings/pattern_anti_entropy.rcv"),
        include_str!("../../../notebooks/mappings/pattern_control_loop.rcv"),
        include_str!("../../../notebooks/mappings/pattern_leader.rcv"),
        include_str!("../../../notebooks/mappings/pattern_ownership.rcv"),
        include_str!("../../../notebooks/mappings/crdts.rcv"),
    ];
    let session = Session::new(Vec::new());
    let (mut missing, mut asked) = (Vec::new(), 0);
    for text in texts {
        let words = tokens(text).into_iter().filter(|(range, class)| {
            let word = text[range.clone()].starts_with(|c: char| c.is_alphabetic());
            word && !matches!(class, TokenClass::Comment | TokenClass::Doc | TokenClass::String)
        });
        for (range, _) in words.step_by(APART) {
            let word = &text[range.clone()];
            let code = format!("{}{}", &text[..range.start], &text[range.end..]);
            let found = session.complete(&code, range.start).items;
            asked += 1;
            let there =
                found.iter().any(|item| item.text == word || item.text.starts_with(&format!("{word} ")));
            if !there && !found.is_empty() {
                let line = text[..range.start].lines().count();
                let before = text[..range.start].lines().next_back().unwrap_or_default();
                let first: Vec<&str> = found.iter().take(8).map(|item| item.text.as_str()).collect();
                missing.push(format!("{line}: {before}‸{word}: {first:?}"));
            }
        }
    }
    assert!(asked > 100, "{asked} words");
    assert!(missing.is_empty(), "{} of {asked} are not proposed\n{}", missing.len(), missing.join("\n"));
}
