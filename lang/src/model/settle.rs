//! Verdicts that need no states: the laws of merge functions, over their whole finite domain.
//!
//! Enters: a definition with two parameters. Leaves: whether it is commutative, associative and idempotent, or why what
//! meets in states has to be looked at.

use crate::analysis::program::{Builtin, DefId, Expr, ExprKind, Program};
use crate::model::explain::decode::Decoder;
use crate::model::form::checked::{Checked, Merge};
use crate::model::form::domain;
use crate::model::form::shape::Shapes;
use crate::model::form::trap::TrapSite;
use crate::model::run::laws::{Function, Packed};
use crate::model::run::native::Executable;
use crate::obligations::property::{Property, PropertyKind};

/// A domain with more values than this is not tried out (the laws need every three of them).
const MAX_VALUES: usize = 400;

/// A verdict that was reached while the model was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// With what was tried.
    Holds(String),
    /// Why not.
    NotChecked(String),
}

/// What judges without states.
pub(in crate::model) struct Settler<'a> {
    pub program: &'a Program,
    pub shapes: &'a Shapes,
    pub traps: &'a [TrapSite],
    pub executable: &'a Executable,
}

impl Settler<'_> {
    pub(in crate::model) fn all(
        &self,
        properties: &[Property],
        checked: &mut [Checked],
    ) -> Vec<Option<Settled>> {
        properties.iter().zip(checked).map(|(property, checked)| self.settle(property, checked)).collect()
    }

    /// The verdict on a property that needs no states. Of a merge that needs some it notes why.
    fn settle(&self, property: &Property, checked: &mut Checked) -> Option<Settled> {
        match (&property.kind, checked) {
            (PropertyKind::NotChecked(why), _) => Some(Settled::NotChecked(why.clone())),
            (PropertyKind::MergeLaws(def), Checked::Merge(merge)) => match self.over_all(*def, merge) {
                Ok(settled) => Some(settled),
                Err(why) => {
                    merge.whole = why;
                    None
                }
            },
            (
                PropertyKind::MergeLaws(_)
                | PropertyKind::State(_)
                | PropertyKind::Returns { .. }
                | PropertyKind::Step(_)
                | PropertyKind::StepOf(_)
                | PropertyKind::Idempotent { .. }
                | PropertyKind::Converges(..)
                | PropertyKind::LeadsTo(..)
                | PropertyKind::Eventually(_)
                | PropertyKind::Repairs { .. }
                | PropertyKind::Refines(_),
                _,
            ) => None,
        }
    }

    /// `Err`: why not.
    fn over_all(&self, id: DefId, merge: &Merge) -> Result<Settled, String> {
        let Settler { program, executable, traps, .. } = *self;
        let def = &program.defs[id.index()];
        if def.params.len() != 2 {
            return Ok(Settled::NotChecked(format!("{} does not take two values", def.name)));
        }
        if reads_state(program, &def.body) {
            let words = format!("{} depends on the state, so it is not one function", def.name);
            return Ok(Settled::NotChecked(words));
        }
        let mut shapes = self.shapes.clone();
        let ty = merge.applied.ty;
        let Some(codes) = domain::codes(&mut shapes, ty, MAX_VALUES) else {
            return Err(format!("{} takes more than {MAX_VALUES} values", def.name));
        };
        let codes: Vec<Packed> = codes.into_iter().map(|code| vec![code]).collect();
        let mut frame = executable.frame();
        let mut function = Function { executable, applied: &merge.applied, frame: &mut frame };
        match function.laws(&codes) {
            Ok(()) => Ok(Settled::Holds(format!("tried with every three of {} values", codes.len()))),
            Err(broken) => {
                let decoder = Decoder { program, shapes: &shapes };
                let show = |value: &Packed| decoder.packed(value, 0, ty);
                let trap =
                    |trap: crate::engine::machine::Trap| traps[trap.site as usize].diagnostic(trap).message;
                Err(format!("of all values it is {}", broken.told(program, def, &show, &trap).sentence))
            }
        }
    }
}

fn reads_state(program: &Program, e: &Expr) -> bool {
    use ExprKind::{
        Call, InFlight, InFlightWhere, NodeField, Observed, Paused, Pending, Quiescent, SomeMessage, State,
        Up, Within,
    };
    let mut found = matches!(
        e.kind,
        State(_)
            | NodeField { .. }
            | Up(_)
            | Paused(_)
            | Quiescent
            | Observed { .. }
            | Pending { .. }
            | InFlight(_)
            | InFlightWhere(_)
            | Within(..)
            | SomeMessage(..)
    ) || matches!(e.kind, ExprKind::Builtin(Builtin::Reachable, _));
    if let Call(def, _) = &e.kind {
        found |= reads_state(program, &program.defs[def.index()].body);
    }
    e.parts(&mut |part| found |= reads_state(program, part));
    found
}
