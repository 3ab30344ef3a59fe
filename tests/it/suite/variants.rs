//! The same verdict for the same mapping in other words: a clause split in two by a guard and its contrary, members under
//! other names, an actor that has nothing to do with it.
//!
//! Enters: the suite's files about obligations. Leaves: failures that show the variant whose verdicts differ.

use super::WAYS;
use reconverge_lang::report::{Report, Verdict};
use reconverge_lang::session::{CellRef, Outcome, Session};
use reconverge_lang::span::{SourceId, Span};
use reconverge_lang::syntax::tree::{
    BinaryOp, Cell, ClauseKind, Expr, ExprKind, Handler, Init, Item, Member, MemberKind, System, UnaryOp,
};
use reconverge_lang::syntax::{parse, printer};
use reconverge_tests::literate::{Piece, pieces};
use std::fs;
use std::path::Path;

const FILES: [&str; 7] =
    ["attempts.md", "fences.md", "judged.md", "merges.md", "orders.md", "repair.md", "undone.md"];

/// The verdict on each member of each check, in order.
fn verdicts(session: &mut Session, code: &str) -> Vec<String> {
    let mut all = Vec::new();
    let cell = CellRef { id: None, name: "cell 1".into() };
    let outcome = session.execute(cell, code, &WAYS[0], &mut |output| {
        if let Report::Check(check) = output.report {
            all.extend(check.findings.iter().map(|f| word(&f.verdict).to_string()));
        }
    });
    if let (Outcome::Failed(failure), true) = (outcome, all.is_empty()) {
        all.extend(failure.diagnostics.iter().map(|d| d.code.to_string()));
    }
    all
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds { .. } => "holds",
        Verdict::HoldsWithinBound { .. } => "holds within bound",
        Verdict::Vacuous { .. } => "vacuous",
        Verdict::Violated { .. } => "violated",
        Verdict::Witnessed { .. } => "witnessed",
        Verdict::Incomplete { .. } => "incomplete",
        Verdict::Failed { .. } => "failed",
        Verdict::NotChecked { .. } => "not checked",
    }
}

/// Every cell of every file as it is and changed: the verdicts must be the same.
fn all_agree(what: &str, change: &dyn Fn(&Cell, &Original<'_>) -> String) {
    let (mut judged, mut changed, mut wrong) = (0, 0, Vec::new());
    for file in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite").join(file);
        let text = fs::read_to_string(path).unwrap();
        let (mut one, mut other) = (Session::new(Vec::new()), Session::new(Vec::new()));
        let members = members(&text);
        for piece in pieces(&text) {
            let Piece::Cell(code) = piece else { continue };
            let (cell, errors) = parse(SourceId(0), &code);
            let original = Original { code: &code, members: &members };
            let varied = if errors.is_empty() { change(&cell, &original) } else { code.clone() };
            let (wanted, found) = (verdicts(&mut one, &code), verdicts(&mut other, &varied));
            judged += wanted.len();
            changed += u32::from(varied != printer::print(&cell) && varied != code);
            if wanted != found {
                wrong.push(format!("{file}, {what}: {wanted:?} became {found:?}\n{varied}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 200 && changed > 60, "{what}: {judged} verdicts, {changed} cells changed");
}

/// What a cell is changed from.
struct Original<'c> {
    code: &'c str,
    /// The names of the members of all mappings of the file.
    members: &'c [String],
}

fn members(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in pieces(text) {
        let Piece::Cell(code) = piece else { continue };
        let (mut cell, _) = parse(SourceId(0), &code);
        for member in systems(&mut cell).flat_map(|system| system.members.clone()) {
            if let MemberKind::Concept(concept) = member.kind {
                names.push(concept.name.text);
            }
        }
    }
    names
}

fn systems(cell: &mut Cell) -> impl Iterator<Item = &mut System> {
    cell.items.iter_mut().filter_map(|item| match item {
        Item::System(system) => Some(system),
        Item::Extend(_) | Item::Use(_) | Item::UseFile(_) | Item::Command(_) => None,
    })
}

// ---- a clause in two ----

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default(), depth: 0 }
}

/// A condition that some states satisfy: that a variable has the value that it begins with. Of the node `at`, of a kind,
/// or of the system.
fn condition(system: &System, at: Option<(&str, &str)>) -> Option<Expr> {
    let equal = |left: ExprKind, right: &Expr| {
        let sides = (Box::new(expr(left)), Box::new(right.clone()));
        Some(expr(ExprKind::Binary(BinaryOp::Equal, sides.0, sides.1)))
    };
    for member in &system.members {
        match (&member.kind, at) {
            (MemberKind::Node { name: kind, fields, .. }, Some((node, wanted))) if kind.text == wanted => {
                for field in fields {
                    if let Some(Init::Value(first)) = &field.init {
                        let node = Box::new(expr(ExprKind::Name(node.into())));
                        return equal(ExprKind::Field(node, field.name.clone()), first);
                    }
                }
            }
            (MemberKind::State { name, init: Some(Init::Value(first)), .. }, None) => {
                return equal(ExprKind::Name(name.text.clone()), first);
            }
            _ => {}
        }
    }
    None
}

/// The guard of a clause with the condition, and with its contrary.
fn halves(when: &Option<Expr>, condition: Expr) -> [Option<Expr>; 2] {
    let contrary = expr(ExprKind::Unary(UnaryOp::Not, Box::new(condition.clone())));
    [condition, contrary].map(|half| match when {
        // The guard comes first: the condition may have no value without it.
        Some(when) => Some(expr(ExprKind::Binary(BinaryOp::And, Box::new(when.clone()), Box::new(half)))),
        None => Some(half),
    })
}

fn split_handler(handler: &Handler, condition: Expr) -> Vec<Handler> {
    let halves = halves(&handler.when, condition).into_iter();
    halves.map(|when| Handler { when, ..handler.clone() }).collect()
}

/// The kind that a set is all nodes of.
fn kind(set: &Option<Expr>) -> Option<&str> {
    match set {
        Some(Expr { kind: ExprKind::Name(kind), .. }) => Some(kind),
        _ => None,
    }
}

fn split(cell: &Cell, _: &Original<'_>) -> String {
    let mut cell = cell.clone();
    for system in systems(&mut cell) {
        let known = system.clone();
        for member in &mut system.members {
            let MemberKind::Concept(concept) = &mut member.kind else { continue };
            let mut clauses = Vec::new();
            for clause in &concept.clauses {
                let halves: Vec<ClauseKind> = match &clause.kind {
                    ClauseKind::Act { at, when, within, body } => {
                        let node = at.as_ref().and_then(|at| Some((at.name.text.as_str(), kind(&at.set)?)));
                        let found = condition(&known, node).or_else(|| condition(&known, None));
                        // Each half would have a deadline of its own.
                        let both = found.filter(|_| within.is_none()).map(|found| halves(when, found));
                        let act =
                            |when| ClauseKind::Act { at: at.clone(), when, within: None, body: body.clone() };
                        both.into_iter().flatten().map(act).collect()
                    }
                    ClauseKind::On(handler) => {
                        let found = condition(&known, None);
                        let both = found.map(|found| split_handler(handler, found));
                        both.into_iter().flatten().map(ClauseKind::On).collect()
                    }
                    _ => Vec::new(),
                };
                let mut one = clause.clone();
                if halves.is_empty() {
                    clauses.push(one.clone());
                }
                for half in halves {
                    one.kind = half;
                    clauses.push(one.clone());
                }
            }
            concept.clauses = clauses;
        }
        split_handlers(system, &known);
    }
    printer::print(&cell)
}

/// The handlers outside of resolutions.
fn split_handlers(system: &mut System, known: &System) {
    let mut members: Vec<Member> = Vec::new();
    for member in &system.members {
        match (&member.kind, condition(known, None)) {
            (MemberKind::Handler(handler), Some(found)) => {
                for half in split_handler(handler, found) {
                    members.push(Member { kind: MemberKind::Handler(half), ..member.clone() });
                }
            }
            _ => members.push(member.clone()),
        }
    }
    system.members = members;
}

#[test]
fn a_clause_in_two() {
    all_agree("clauses split by a guard", &split);
}

// ---- other names ----

/// Every word that is the name of a member of the mapping, wherever it stands.
fn renamed(_: &Cell, original: &Original<'_>) -> String {
    let mut all = String::new();
    let mut word = String::new();
    for c in original.code.chars().chain(['\n']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let known = original.members.contains(&word);
        all.push_str(&word);
        if known {
            all.push_str("_of_another_name");
        }
        word.clear();
        all.push(c);
    }
    all
}

#[test]
fn members_under_other_names() {
    all_agree("members renamed", &renamed);
}

// ---- somebody else ----

const BYSTANDER: &str = "system S {
  node Bystander { seen: bool = false }
  action stroll at somebody in Bystander { somebody.seen := not somebody.seen }
}";

/// Time goes by, and a cache is kept up, beside what is judged.
const TIMED: &str = "system S {
  state bell: bool = false
  node Bystander { clock idle: 0..1 = 0  durable heard: bool = view of bell }
  action ring when not bell { bell := true }
  action doze at somebody in Bystander when somebody.idle == 1 within 1 ticks { somebody.idle := 0 }
}";

fn beside(cell: &Cell, original: &Original<'_>) -> String {
    with(BYSTANDER, cell, original)
}

fn with(text: &str, cell: &Cell, original: &Original<'_>) -> String {
    let (somebody, errors) = parse(SourceId(0), text);
    assert!(errors.is_empty(), "{errors:?}");
    let mut somebody = somebody;
    let members: Vec<Member> = systems(&mut somebody).flat_map(|s| s.members.clone()).collect();
    let mut cell = cell.clone();
    // Every step must raise it: the stranger's as well. What is called `tick` already is not time.
    let taken = text.contains("clock") && original.code.contains("action tick");
    if taken || original.code.contains("strictly") {
        return printer::print(&cell);
    }
    for system in systems(&mut cell).filter(|system| system.base.is_none()) {
        system.members.extend(members.clone());
    }
    printer::print(&cell)
}

#[test]
fn an_actor_that_has_nothing_to_do_with_it() {
    all_agree("a bystander added", &beside);
}

#[test]
fn time_that_has_nothing_to_do_with_it() {
    all_agree("time and a view added", &|cell, original| with(TIMED, cell, original));
}

// ---- what the names promise ----

#[test]
fn right_mappings_hold_and_wrong_ones_do_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/judged.md");
    let (mut right, mut wrong) = (0, 0);
    for piece in pieces(&fs::read_to_string(path).unwrap()) {
        let Piece::Cell(code) = piece else { continue };
        let found = verdicts(&mut Session::new(Vec::new()), &code);
        let promised = if code.contains("system Right") { "holds" } else { "violated" };
        right += u32::from(promised == "holds");
        wrong += u32::from(promised == "violated");
        let kept = match promised {
            "holds" => !found.is_empty() && found.iter().all(|verdict| verdict == "holds"),
            _ => found.iter().any(|verdict| verdict == "violated"),
        };
        assert!(kept, "{found:?} of\n{code}");
    }
    assert!(right > 15 && wrong > 35, "{right} right, {wrong} wrong");
}
