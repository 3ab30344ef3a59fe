//! Every type is an obligation: tiny systems that break or keep it, and what a check finds, in `obligations/*.md`.
//!
//! A case is a heading, a block ```` ```rcv ```` with a system and a `check`, and a block ```` ```text ```` with the
//! verdicts. Run with `UPDATE=1` to rewrite the verdicts, and review the difference as behaviour.

use reconverge_lang::analysis::program::{Header, Program};
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::concepts::{ConceptKind, ConceptType, Fault, FaultBudget};
use reconverge_lang::engine::{self, Kind, Limits, Outcome, Unobserved, Violation};
use reconverge_lang::model::settle::Settled;
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::obligations;
use reconverge_lang::obligations::property::{Property, PropertyKind};
use reconverge_lang::span::Sources;
use reconverge_lang::syntax;
use reconverge_lang::syntax::tree::{CheckOption, CheckOptionKind, CommandKind, Item, Target};
use std::fmt::Write;

#[test]
fn orders() {
    check("orders.md");
}

#[test]
fn resolutions() {
    check("resolutions.md");
}

#[test]
fn reconcilers() {
    check("reconcilers.md");
}

#[test]
fn invariants() {
    check("invariants.md");
}

/// A member of any type yields an obligation even where nothing was written that could be checked: it says what is
/// missing.
#[test]
fn every_type_is_an_obligation() {
    for kind in ConceptKind::ALL {
        for ty in ConceptType::of(kind) {
            let text = format!("system A {{ {} it: {} \"It is so.\" }}", kind.word(), ty.word());
            let mut sources = Sources::default();
            let (cell, _) = syntax::parse(sources.add("cell".to_string(), text.clone()), &text);
            let mut definitions = Definitions::default();
            definitions.apply("cell", &cell.items);
            let Item::System(system) = &cell.items[0] else { panic!("{text}") };
            let target = Target { name: system.name.clone(), args: Vec::new(), span: system.span };
            let mut program = analysis::analyse(&definitions, &target).0.expect(&text);
            let properties = obligations::obligations(&mut program);
            let says = |p: &Property| matches!(&p.kind, PropertyKind::NotChecked(why) if !why.is_empty());
            assert!(!properties.is_empty() && properties.iter().all(says), "{text}");
        }
    }
}

#[track_caller]
fn check(file: &str) {
    let path = format!("{}/tests/obligations/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the file of cases is beside the test");
    let found = rewritten(&text);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, found).expect("the file of cases can be written");
        return;
    }
    for (expected, found) in sections(&text).zip(sections(&found)) {
        assert!(expected == found, "{file}: expected\n{expected}\nfound\n{found}");
    }
    assert_eq!(sections(&text).count(), sections(&found).count(), "{file}: cases");
}

fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n## ")
}

/// The text with what is found now in its `text` blocks.
fn rewritten(text: &str) -> String {
    let (mut out, mut cell, mut within) = (String::new(), String::new(), "");
    for line in text.lines() {
        match (within, line) {
            ("", "```rcv") => {
                within = "rcv";
                cell.clear();
            }
            ("", "```text") => {
                within = "text";
                out.push_str("```text\n");
                out.push_str(&verdicts(&cell));
                continue;
            }
            ("rcv" | "text", "```") => within = "",
            ("rcv", line) => {
                cell.push_str(line);
                cell.push('\n');
            }
            _ => {}
        }
        if within != "text" {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// What the check of a cell finds, one line for each obligation.
fn verdicts(text: &str) -> String {
    let mut sources = Sources::default();
    let (cell, mut diagnostics) = syntax::parse(sources.add("case", text), text);
    let mut definitions = Definitions::default();
    diagnostics.extend(analysis::define(&mut definitions, "case", &cell.items).diagnostics);
    let mut out = String::new();
    for item in &cell.items {
        let Item::Command(command) = item else { continue };
        let CommandKind::Check { target, options } = &command.kind else { continue };
        let (program, found) = analysis::analyse(&definitions, target);
        diagnostics.extend(found);
        if let Some(mut program) = program {
            let faults = budget(&mut program, options);
            explored(program, faults, &mut out);
        }
    }
    for d in diagnostics.iter().filter(|d| d.is_error()) {
        let _ = writeln!(out, "{} {} at {}", d.code, d.message, sources.describe(d.span));
    }
    out
}

fn budget(program: &mut Program, options: &[CheckOption]) -> FaultBudget {
    let mut budget = FaultBudget::default();
    for option in options {
        let CheckOptionKind::Faults(faults) = &option.kind else { continue };
        for fault in faults {
            let amount =
                fault.amount.as_ref().and_then(|e| analysis::constant(program, e).0).unwrap_or(1) as u32;
            budget.set(Fault::named(&fault.name.text).unwrap(), amount);
        }
    }
    budget
}

fn explored(mut program: Program, faults: FaultBudget, out: &mut String) {
    let properties = obligations::obligations(&mut program);
    let options = BuildOptions { faults, ..BuildOptions::default() };
    let model = match Model::build(&program, properties.clone(), &options) {
        Ok(model) => model,
        Err(diagnostics) => {
            for d in diagnostics {
                let _ = writeln!(out, "{} {}", d.code, d.message);
            }
            return;
        }
    };
    let limits = Limits { states: Some(100_000), ..Limits::default() };
    let found = engine::explore(&model, &limits, &Unobserved);
    for trap in &found.traps {
        let _ = writeln!(out, "trap: {}", model.trap(trap.trap).message);
    }
    let mut last = None;
    for (index, property) in properties.iter().enumerate() {
        let member = header(&program, property);
        if last != Some((property.concept, property.member)) {
            let concept = format!("{:?}", property.concept).to_lowercase();
            let _ = writeln!(out, "{concept} {}", member.name);
            last = Some((property.concept, property.member));
        }
        let _ = writeln!(
            out,
            "  {}: {}",
            property.words,
            outcome(&model, &found.outcomes[index], index, property)
        );
        for (probe, seen) in found.probes.iter().enumerate() {
            let (owner, number) = model.probe_owner(probe);
            if owner == index
                && !seen
                && let Some(probe) = property.probes.get(number)
            {
                let _ = writeln!(out, "    vacuous: {}", probe.words);
            }
        }
    }
}

fn header<'a>(program: &'a Program, property: &Property) -> &'a Header {
    match property.concept {
        ConceptKind::Order => &program.orders[property.member].header,
        ConceptKind::Invariant => &program.invariants[property.member].header,
        ConceptKind::Resolution => &program.resolutions[property.member].header,
        ConceptKind::Reconciler => &program.reconcilers[property.member].header,
    }
}

fn outcome(model: &Model, outcome: &Outcome, index: usize, property: &Property) -> String {
    match model.settled(index) {
        Some(Settled::Holds(with)) => return format!("holds: {with}"),
        Some(Settled::NotChecked(why)) => return format!("not checked: {why}"),
        None => {}
    }
    match (outcome, &property.kind) {
        (_, PropertyKind::NotChecked(why)) => format!("not checked: {why}"),
        (Outcome::Holds, _) => "holds".to_string(),
        (Outcome::Violated(violation), _) => violated(violation),
        (Outcome::Trapped(trapped), _) => format!("failed: {}", model.trap(trapped.trap).message),
        (other, _) => format!("{other:?}"),
    }
}

fn violated(violation: &Violation) -> String {
    let how = match violation.kind {
        Kind::State | Kind::Step => "violated",
        Kind::Stuck => "stuck",
        Kind::Unreachable => "unreachable",
        Kind::Flapping { .. } => "flapping",
        Kind::Livelock => "livelock",
        Kind::Endless => "endless",
        Kind::Order => "depends on the order",
        Kind::Broken => "broken",
    };
    let steps = violation.path.steps.len();
    match violation.path.loop_start {
        Some(start) if start < steps => format!("{how} in {steps} steps, from step {start} for ever"),
        _ => format!("{how} in {steps} steps"),
    }
}
