//! What is executed: packed layout, compiled guards and effects, faults, properties.
//!
//! Enters: a program, its properties, what may go wrong. Leaves: a [`Model`], which the engine explores as a
//! `Machine` and which explains its states and steps for people.

use crate::analysis::program::{ActionId, Program, Type};
use crate::analysis::symmetry::Interchangeable;
use crate::diag::Diagnostic;
use crate::diag::codes::model as codes;
use crate::engine::machine::{InstanceInfo, Judged, Trap};
use code::{Code, Op, Slot};
use instance::Instance;
use judge::{Checked, CheckedProbe, Entry, Replay};
use layout::Layout;
use lower::Lower;
use native::{Compiled, Execution};
use property::{FaultBudget, Property};
use rustc_hash::FxHashMap;
use settle::Settled;
use shape::{MAX_BITS, Shapes};
use std::sync::Arc;
use symmetry::Symmetry;
use trap::TrapSite;

mod bound;
mod builder;
pub mod code;
pub mod decode;
pub mod describe;
mod domain;
pub mod evaluate;
mod fault;
mod frame;
mod fuse;
mod independence;
mod init;
pub mod instance;
mod interpret;
mod judge;
pub mod layout;
mod lower;
pub mod machine;
mod memory;
mod names;
pub mod native;
pub mod obligations;
pub mod profile;
pub mod property;
pub mod settle;
pub mod shape;
pub mod symmetry;
mod touch;
pub mod trap;

/// How a program is to be executed.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    pub faults: FaultBudget,
    /// Start from every type-correct state instead of `init`: every declared variable takes every value of its type;
    /// ghosts keep their initial values, nodes are up, links are empty and nothing is observed yet.
    pub from_any_state: bool,
    /// Portable or machine code: the same results.
    pub execution: Execution,
    /// Every state is explored, not one of each orbit.
    pub symmetry_off: bool,
}

/// A program ready to run.
#[derive(Debug)]
pub struct Model {
    program: Arc<Program>,
    properties: Vec<Property>,
    options: BuildOptions,
    layout: Layout,
    shapes: Shapes,
    code: Code,
    instances: Vec<Instance>,
    infos: Vec<InstanceInfo>,
    initial: usize,
    bounds: Vec<Entry>,
    judged: Vec<Judged>,
    checked: Vec<Checked>,
    /// Property and number of its probe, in the order of the machine's probes.
    probe_owners: Vec<(usize, usize)>,
    probes: Vec<CheckedProbe>,
    replays: FxHashMap<(ActionId, u32), Replay>,
    settled: Vec<Option<Settled>>,
    traps: Vec<TrapSite>,
    /// Start and result of every piece of code with one result.
    pieces: Vec<(usize, Slot)>,
    native: Compiled,
    /// What is interchangeable and what is not, and what is made of it.
    kinds: Vec<Interchangeable>,
    symmetry: Option<Symmetry>,
}

impl Model {
    /// Compiles a program. Errors: sizes (`E06xx`), what cannot be executed yet (`E08xx`).
    pub fn build(
        program: &Program,
        properties: Vec<Property>,
        options: &BuildOptions,
    ) -> Result<Model, Vec<Diagnostic>> {
        if !program.not_executable.is_empty() {
            return Err(program.not_executable.clone());
        }
        Self::compile(program, properties, options).map_err(|error| vec![*error])
    }

    fn compile(
        program: &Program,
        properties: Vec<Property>,
        options: &BuildOptions,
    ) -> Result<Model, Box<Diagnostic>> {
        let mut shapes = Shapes::new(program);
        let layout = layout::layout(program, &mut shapes, &options.faults, &properties)
            .map_err(|wide| Box::new(lower::too_wide(program, &shapes, program.span, &wide)))?;
        if layout.words > MAX_BITS / 64 {
            return Err(Box::new(too_large(program, &layout)));
        }
        let mut lower = Lower::new(program, &layout, &properties, shapes);
        let mut instances = instance::instances(&mut lower, &options.faults)?;
        let initial = init::initial(&mut lower, options.from_any_state)?;
        let mut bounds = Vec::new();
        for bound in &program.bounds {
            bounds.push(judge::condition(&mut lower, bound)?);
        }
        let mut checked = Vec::new();
        for index in 0..properties.len() {
            checked.push(judge::property(&mut lower, index, &instances)?);
        }
        let (mut probes, mut probe_owners) = (Vec::new(), Vec::new());
        for (p, property) in properties.iter().enumerate() {
            for (i, probe) in property.probes.iter().enumerate() {
                probe_owners.push((p, i));
                probes.push(judge::probe(&mut lower, probe, &instances)?);
            }
        }
        let wanted = wanted_replays(&checked, instances.len());
        let mut replays = judge::replays(&mut lower, &instances, &wanted)?;
        let Lower { b, traps, mut shapes, .. } = lower;
        shape_all(program, &mut shapes);
        let mut settled = Vec::new();
        for property in &properties {
            settled.push(settle::settle(program, &shapes, property)?);
        }
        let code = b.finish();
        let pieces = resolve(&code, &mut instances, &mut replays, &mut bounds, &mut checked, &mut probes);
        let (kinds, symmetry) = symmetry::of((program, &layout, &shapes), &properties, options);
        Ok(Model {
            program: Arc::new(program.clone()),
            kinds,
            symmetry,
            options: options.clone(),
            shapes,
            initial,
            bounds,
            judged: properties.iter().map(judge::judged).collect(),
            infos: instances.iter().map(|i| i.info).collect(),
            checked,
            probe_owners,
            probes,
            replays,
            settled,
            traps,
            instances,
            code,
            layout,
            properties,
            pieces,
            native: Compiled::default(),
        })
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    pub fn property_list(&self) -> &[Property] {
        &self.properties
    }

    /// The verdict on a property that needs no states (merge laws, not checked); `None`: the engine judges it.
    pub fn settled(&self, property: usize) -> Option<&Settled> {
        self.settled[property].as_ref()
    }

    pub fn options(&self) -> &BuildOptions {
        &self.options
    }

    /// What is interchangeable in it, and so explored once.
    pub fn symmetry(&self) -> Option<&Symmetry> {
        self.symmetry.as_ref()
    }

    /// The types with several members, and which of them are interchangeable.
    pub fn kinds(&self) -> &[Interchangeable] {
        &self.kinds
    }

    /// Property and number of its probe, by the machine's number of the probe.
    pub fn probe_owner(&self, probe: usize) -> (usize, usize) {
        self.probe_owners[probe]
    }

    /// What is known of each instance, beside what the engine needs.
    pub fn instance_list(&self) -> &[Instance] {
        &self.instances
    }

    /// A trap in words.
    pub fn trap(&self, trap: Trap) -> Diagnostic {
        self.traps[trap.site as usize].diagnostic(trap)
    }

    /// Bits of a state, hidden variables included.
    pub fn state_bits(&self) -> u32 {
        self.layout.variables.iter().map(|v| v.size.0).sum()
    }

    /// Words that a state takes.
    pub fn state_words(&self) -> u32 {
        self.layout.words
    }

    /// The compiled code, for measuring.
    pub fn operations(&self) -> &[Op] {
        &self.code.ops
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
    let widest = layout.variables.iter().max_by_key(|v| v.size.0);
    let span = match widest.map(|v| v.kind) {
        Some(layout::VariableKind::State(s)) => program.states[s.index()].span,
        Some(layout::VariableKind::Field(f, _)) => program.node_fields[f.index()].span,
        Some(layout::VariableKind::Link(l) | layout::VariableKind::Pair(l, ..)) => {
            program.links[l.index()].span
        }
        _ => program.span,
    };
    let message = format!("expected a state of at most {MAX_BITS} bits, found {}", 64 * layout.words);
    Diagnostic::error(codes::STATE_TOO_LARGE, span, message)
        .label(format!("the largest variable: {} bits", widest.map_or(0, |v| v.size.0)))
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
            Checked::State(e) | Checked::Step(e) | Checked::Undoes { same: e, .. } => entry(e),
            Checked::StepOf(entries) => entries.values_mut().for_each(&mut entry),
            Checked::Parts(parts) => parts.iter_mut().for_each(&mut entry),
            Checked::Idempotent { .. } | Checked::Settled => {}
        }
    }
    for probe in probes {
        if let CheckedProbe::State(e) | CheckedProbe::Step(e) = probe {
            entry(e);
        }
    }
    pieces
}
