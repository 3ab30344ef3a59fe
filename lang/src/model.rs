//! What is executed: packed layout, compiled guards and effects, faults, properties.
//!
//! Enters: a program, its properties, what may go wrong. Leaves: a [`Model`], which the engine explores as a
//! `Machine` and which explains its states and steps for people.

use crate::analysis::program::{ActionId, Program};
use crate::analysis::symmetry::Interchangeable;
use crate::concepts::FaultBudget;
use crate::diag::Diagnostic;
use crate::engine::machine::{InstanceInfo, Judged, Trap};
use crate::obligations::property::Property;
use form::checked::{Checked, CheckedProbe, Entry, Replay};
use form::code::Code;
use form::instance::Instance;
use form::layout::{Layout, Watching};
use form::shape::Shapes;
use form::trap::TrapSite;
use reduce::symmetry::Symmetry;
use run::laws::Met;
use run::native::{Executable, Execution};
use run::specification::Specification;
use rustc_hash::{FxHashMap, FxHasher};
use settle::Settled;
use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

mod build;
mod compile;
pub mod evaluate;
pub mod explain;
pub mod form;
pub mod reduce;
pub mod run;
pub mod settle;

/// How a program is to be executed.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// What may go wrong on one run, and how often.
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
    executable: Executable,
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
    /// What merges were tried with so far.
    met: Mutex<Met>,
    traps: Vec<TrapSite>,
    /// Where monitors watch runs.
    watching: Option<Watching>,
    /// What refinements are judged by.
    specification: Option<Arc<Specification>>,
    /// What is interchangeable and what is not, and what is made of it.
    kinds: Vec<Interchangeable>,
    symmetry: Option<Symmetry>,
}

impl Model {
    /// Compiles a program. Errors: sizes (`E06xx`).
    pub fn build(
        program: &Program,
        properties: Vec<Property>,
        options: &BuildOptions,
    ) -> Result<Model, Vec<Diagnostic>> {
        build::build(program, properties, options).map_err(|error| vec![*error])
    }

    /// What it was made of.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What it is judged by, in order.
    pub fn property_list(&self) -> &[Property] {
        &self.properties
    }

    /// The verdict on a property that needs no states (merge laws, not checked); `None`: the engine judges it.
    pub fn settled(&self, property: usize) -> Option<&Settled> {
        self.settled[property].as_ref()
    }

    /// Differs between models that are not equal, however they come to run; the same in every process of one build.
    pub fn identity(&self) -> u64 {
        struct Hashed(FxHasher);
        impl Write for Hashed {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                text.hash(&mut self.0);
                Ok(())
            }
        }
        let BuildOptions { faults, from_any_state, execution: _, symmetry_off } = &self.options;
        let Model { program, properties, layout, instances, .. } = self;
        let mut hashed = Hashed(FxHasher::default());
        let parts = (program, properties, layout, instances, faults, from_any_state, symmetry_off);
        // Writing to it never fails.
        let _ = write!(hashed, "{parts:?}");
        hashed.0.finish()
    }

    /// How it was built.
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

    fn code(&self) -> &Code {
        self.executable.code()
    }

    /// Says what refinements are judged by.
    pub(crate) fn refine(&mut self, specification: Arc<Specification>) {
        self.specification = Some(specification);
    }

    /// What the property of a refinement is judged by.
    pub(crate) fn specification(&self, property: usize) -> Option<&Specification> {
        let refines = matches!(self.checked[property], Checked::Refines(_));
        self.specification.as_deref().filter(|_| refines)
    }

    /// What is known of each instance, beside what the engine needs.
    pub fn instance_list(&self) -> &[Instance] {
        &self.instances
    }

    /// A trap in words.
    pub fn trap(&self, trap: Trap) -> Diagnostic {
        self.traps[trap.site as usize].diagnostic(trap)
    }

    /// What to do about a trap before the first state, where that is known.
    pub fn initial_help(&self, trap: Trap) -> Option<String> {
        self.traps[trap.site as usize].initial_help(trap)
    }

    /// Bits of a state, hidden variables included.
    pub fn state_bits(&self) -> u32 {
        self.layout.variables.iter().map(|v| v.size.bits).sum()
    }

    /// Words that a state takes.
    pub fn state_words(&self) -> u32 {
        self.layout.words
    }
}
