//! Puts a model together: from a program to all the parts of the compiled form.
//!
//! Enters: a program, its properties, what may go wrong. Leaves: a [`Model`], or what is too large for one.

use super::compile::lower::{self, Lower};
use super::compile::{init, instances, judge, layout};
use super::form::checked::{Checked, CheckedProbe, ComparedBy, Entry, Replay, judged};
use super::form::code::{Code, Slot};
use super::form::instance::Instance;
use super::form::layout::{Layout, VariableKind, Watching};
use super::form::shape::{MAX_BITS, Shapes};
use super::reduce::symmetry;
use super::run::native::{Executable, Parts};
use super::settle::{Settled, Settler};
use super::{BuildOptions, Model};
use crate::analysis::program::{ActionId, Program, Type};
use crate::diag::Diagnostic;
use crate::diag::codes::model as codes;
use crate::engine::machine::Judged;
use crate::obligations::property::Property;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A model of a program. Errors: sizes (`E06xx`), what cannot be executed yet (`E08xx`).
pub(super) fn build(
    program: &Program,
    properties: Vec<Property>,
    options: &BuildOptions,
) -> Result<Model, Box<Diagnostic>> {
    let mut shapes = Shapes::new(program);
    let layout = layout::layout(program, &mut shapes, &options.faults)
        .map_err(|wide| Box::new(lower::too_wide(program, &shapes, program.span, &wide)))?;
    if layout.words > MAX_BITS / 64 {
        return Err(Box::new(too_large(program, &layout)));
    }
    let mut lower = Lower::new(program, &layout, &properties, shapes);
    let mut instances = instances::instances(&mut lower, &options.faults)?;
    let initial = init::initial(&mut lower, options.from_any_state)?;
    let bounds = program.bounds.iter().map(|bound| judge::condition(&mut lower, bound));
    let mut bounds = bounds.collect::<Result<Vec<_>, _>>()?;
    let mut checked = Vec::new();
    for index in 0..properties.len() {
        checked.push(judge::property(&mut lower, index, &instances, &options.faults)?);
    }
    let (mut probes, mut probe_owners) = (Vec::new(), Vec::new());
    for (p, property) in properties.iter().enumerate() {
        for (i, probe) in property.watched_for().enumerate() {
            probe_owners.push((p, i));
            probes.push(judge::probe(&mut lower, p, probe, &instances)?);
        }
    }
    let wanted = wanted_replays(&checked, instances.len());
    let mut replays = judge::replays(&mut lower, &instances, &wanted)?;
    let Lower { b, traps, mut shapes, .. } = lower;
    shape_all(program, &mut shapes);
    let code = b.finish();
    let parts = Parts {
        starts: instances.iter().map(|i| i.entry).collect(),
        // The `Return` after the last block; the block of initial states follows.
        end: initial - 1,
        pieces: resolve(&code, &mut instances, &mut replays, &mut bounds, &mut checked, &mut probes),
    };
    let watching = program.watching.map(|state| Watching::of(&layout, state));
    let executable = Executable::new(code, parts, options.execution);
    let settler = Settler { program, shapes: &shapes, traps: &traps, executable: &executable };
    let settled = settler.all(&properties, &mut checked);
    let judged: Vec<_> = properties.iter().zip(&settled).map(judgement).collect();
    let form = symmetry::Form { program, layout: &layout, shapes: &shapes };
    let (kinds, symmetry) = symmetry::of(form, &properties, &judged, options);
    Ok(Model {
        program: Arc::new(program.clone()),
        watching,
        specification: None,
        kinds,
        symmetry,
        options: options.clone(),
        shapes,
        initial,
        bounds,
        judged,
        met: std::sync::Mutex::default(),
        infos: instances.iter().map(|i| i.info).collect(),
        checked,
        probe_owners,
        probes,
        replays,
        settled,
        traps,
        instances,
        executable,
        layout,
        properties,
    })
}

fn judgement((property, settled): (&Property, &Option<Settled>)) -> Judged {
    match settled {
        Some(_) => Judged::Settled,
        None => judged(property),
    }
}

/// Everything that may be shown has a shape: all declared types and their parts.
fn shape_all(program: &Program, shapes: &mut Shapes) {
    let declared = (program.states.iter().map(|s| s.ty))
        .chain(program.node_fields.iter().map(|f| f.ty))
        .chain(program.locals.iter().map(|l| l.ty))
        .chain(program.messages.iter().map(|m| shapes.types.intern(Type::Record(m.record))));
    for ty in declared.collect::<Vec<_>>() {
        // A type that is too wide for a value is never shown as one.
        let _ = shapes.of(ty);
    }
}

fn too_large(program: &Program, layout: &Layout) -> Diagnostic {
    let widest = layout.variables.iter().max_by_key(|v| v.size.bits);
    let span = match widest.map(|v| v.kind) {
        Some(VariableKind::State(s)) => program.states[s.index()].span,
        Some(VariableKind::Field(f, _)) => program.node_fields[f.index()].span,
        Some(VariableKind::Link(l) | VariableKind::Pair(l, ..)) => program.links[l.index()].span,
        Some(
            VariableKind::Up(_)
            | VariableKind::Side(_)
            | VariableKind::Paused(_)
            | VariableKind::Wall
            | VariableKind::Spent(..)
            | VariableKind::HasObserved(..)
            | VariableKind::Observed(..),
        )
        | None => program.span,
    };
    let message = format!("expected a state of at most {MAX_BITS} bits, found {}", 64 * layout.words);
    Diagnostic::error(codes::STATE_TOO_LARGE, span, message)
        .label(format!("the largest variable: {} bits", widest.map_or(0, |v| v.size.bits)))
        .help("use smaller types, fewer nodes or a smaller capacity")
}

fn wanted_replays(checked: &[Checked], count: usize) -> Vec<bool> {
    let mut wanted = vec![false; count];
    for property in checked {
        if let Checked::Idempotent { instances, .. } = property {
            wanted.iter_mut().zip(instances).for_each(|(w, i)| *w |= i);
        }
    }
    wanted
}

/// Registers and constants have their places only when all code is made. Returns the pieces with one result.
fn resolve(
    code: &Code,
    instances: &mut [Instance],
    replays: &mut FxHashMap<(ActionId, u32), Replay>,
    bounds: &mut [Entry],
    checked: &mut [Checked],
    probes: &mut [CheckedProbe],
) -> Vec<(usize, Slot)> {
    let mut pieces = Vec::new();
    let mut entry = |e: &mut Entry| {
        e.result = code.resolve(e.result);
        e.number = pieces.len();
        pieces.push((e.start, e.result));
    };
    for choice in instances.iter_mut().flat_map(|i| &mut i.choices) {
        choice.slot = code.resolve(choice.slot);
    }
    for choice in replays.values_mut().flat_map(|r| &mut r.choices) {
        choice.slot = code.resolve(choice.slot);
    }
    bounds.iter_mut().for_each(&mut entry);
    for property in checked {
        match property {
            Checked::State(e) | Checked::Step(e) => entry(e),
            Checked::Returns { holds, apart, would_be } => {
                [holds, apart].into_iter().for_each(&mut entry);
                if let ComparedBy::Code(value) = would_be {
                    value.entry.result = code.resolve(value.entry.result);
                }
            }
            Checked::StepOf(entries) => entries.values_mut().for_each(&mut entry),
            Checked::Parts(parts) => parts.iter_mut().for_each(&mut entry),
            Checked::Merge(merge) => {
                let applied = &mut merge.applied;
                let slots = [&mut applied.result, &mut merge.flag].into_iter();
                let slots = slots.chain(&mut applied.operands).chain(&mut merge.operands);
                slots.for_each(|slot| *slot = code.resolve(*slot));
            }
            Checked::Repairs { protected, handled, .. } => {
                entry(handled);
                if let ComparedBy::Code(value) = protected {
                    value.entry.result = code.resolve(value.entry.result);
                }
            }
            Checked::Refines(values) => {
                values.iter_mut().for_each(|value| value.entry.result = code.resolve(value.entry.result));
            }
            Checked::Idempotent { .. } | Checked::Settled => {}
        }
    }
    for probe in probes {
        match probe {
            CheckedProbe::State(e) | CheckedProbe::Step(e) => entry(e),
            CheckedProbe::StepOf(entries) => entries.values_mut().for_each(&mut entry),
            CheckedProbe::Taken(_) | CheckedProbe::Meets(_) => {}
        }
    }
    pieces
}
