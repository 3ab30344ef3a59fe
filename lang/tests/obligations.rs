//! Every type is an obligation: tiny systems that break or keep it, and what a check finds, in `obligations/*.md`.
//!
//! A case is a system with a `check`, and the verdicts on each obligation; how cases are written is in `support/cases.rs`.

#[path = "support/cases.rs"]
mod cases;

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
use reconverge_lang::syntax::tree::{CheckOption, CheckOptionKind, CommandKind, Item, Often, Target};
use std::fmt::Write;

#[test]
fn orders() {
    cases::check("obligations/orders.md", &verdicts);
}

#[test]
fn resolutions() {
    cases::check("obligations/resolutions.md", &verdicts);
}

#[test]
fn reconcilers() {
    cases::check("obligations/reconcilers.md", &verdicts);
}

#[test]
fn invariants() {
    cases::check("obligations/invariants.md", &verdicts);
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
            let amount = match &fault.often {
                Some(Often::Times(e)) => analysis::constant(program, e).0.unwrap_or(1) as u32,
                _ => 1,
            };
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
        Kind::Apart { .. } => "apart",
        Kind::Owing(_) => "owed",
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
