//! The checks of a cell, for tools that explore by themselves.
//!
//! Enters: a cell. Leaves: for each `check` in it a TLA+ module with the states that it must have, or why not.

use super::check::{self, options};
use super::{CellRef, Context, Host, Session, Stop, command};
use crate::analysis::Growing;
use crate::analysis::program::Program;
use crate::diag::Diagnostic;
use crate::engine::Limits;
use crate::export::tla::{self, Asked, Counted};
use crate::obligations::{self, Crashed, Wanted, Watch};
use crate::span::Sources;
use crate::syntax::tree::{CheckOption, CheckOptionKind, CommandKind, Item};

/// The checks of a cell as TLA+.
#[derive(Debug, Clone, Default)]
pub struct ChecksAsTla {
    /// Those that TLA+ can say.
    pub exported: Vec<tla::Exported>,
    /// What it cannot say of the others.
    pub refused: Vec<Diagnostic>,
}

impl Session {
    /// Applies what a cell defines, and writes every `check` in it as TLA+; other commands are passed over. Each is
    /// explored, to say how many distinct states there are. `named`: the modules so far, which those of this cell join.
    ///
    /// # Errors
    /// What is wrong with the cell or a check; nothing has changed in the session then.
    pub fn tla(
        &mut self,
        cell: CellRef,
        code: &str,
        host: &dyn Host,
        named: &mut Vec<String>,
    ) -> Result<ChecksAsTla, Vec<Diagnostic>> {
        let before = self.clone();
        let exported = self.checks_as_tla(cell, code, host, named);
        if exported.is_err() {
            let sources = std::mem::take(&mut self.sources);
            *self = Session { sources, executed: self.executed, ..before };
        }
        exported
    }

    fn checks_as_tla(
        &mut self,
        cell: CellRef,
        code: &str,
        host: &dyn Host,
        named: &mut Vec<String>,
    ) -> Result<ChecksAsTla, Vec<Diagnostic>> {
        let prepared = self.prepare(cell, code, host, &mut Vec::new())?;
        let items = &prepared.cell.items;
        let mut growing = Growing::new(self.definitions.clone(), &prepared.key, items);
        let mut all = ChecksAsTla::default();
        for (index, item) in items.iter().enumerate() {
            let Item::Command(written) = item else { continue };
            if let CommandKind::Refine { specification, .. } = &written.kind {
                all.refused.push(tla::no_refinement(specification.span));
            }
            let CommandKind::Check { target, options } = &written.kind else { continue };
            let definitions = growing.at(index);
            let sources = self.sources.clone();
            let mut context = Context::new(host, &sources);
            let mut program = command::program(definitions, target, &mut context).map_err(diagnostics)?;
            let setup = options::setup(&mut program, options, host)?;
            let states = counted(&program, &setup, &mut context).map_err(diagnostics)?;
            let mut judged = program.clone();
            let crashed = Crashed::of(&setup.build.faults);
            let wanted = Wanted { members: &setup.only, watch: Watch::Runs, crashed };
            let properties = obligations::wanted(&mut judged, wanted);
            let name = tla::free_name(&program.name, named);
            named.push(name.clone());
            let exported = tla::exported(Asked {
                name: &name,
                program: &program,
                judged: &judged,
                faults: &setup.build.faults,
                from_any_state: setup.build.from_any_state,
                options,
                properties: &properties,
                states,
                caps: &caps(options, &sources),
            });
            match exported {
                Ok(exported) => all.exported.push(exported),
                Err(found) => all.refused.extend(found),
            }
        }
        Ok(all)
    }
}

/// What the check ends at, as written.
fn caps(options: &[CheckOption], sources: &Sources) -> Vec<String> {
    let caps = options.iter().filter(|option| matches!(option.kind, CheckOptionKind::Limit { .. }));
    caps.map(|option| sources.text(option.span).to_string()).collect()
}

/// How many distinct states there are.
fn counted(program: &Program, setup: &options::Setup, context: &mut Context<'_>) -> Result<Counted, Stop> {
    // Of orders of steps that lead to the same, all: every state is counted.
    let limits = Limits { reduce_after: None, ..setup.limits.clone() };
    let explored = check::explored(program, Vec::new(), (&setup.build, &limits), context)?;
    let found = &explored.exploration;
    Ok(match (found.traps.is_empty(), found.stopped.is_none()) {
        (false, _) => Counted::NoValue,
        (true, true) => Counted::All(found.states_distinct),
        (true, false) => Counted::Cut,
    })
}

fn diagnostics(stop: Stop) -> Vec<Diagnostic> {
    match stop {
        Stop::Diagnostics(found) | Stop::Refused(found) => found,
        Stop::Interrupted => Vec::new(),
    }
}
