//! Laws of merges in words.
//!
//! Enters: values that break a law, what a merge was tried with. Leaves: sentences.

use super::decode::Decoder;
use crate::analysis::program::{Def, Program};
use crate::engine::machine::{Machine, Trap, Word};
use crate::model::Model;
use crate::model::form::checked::Checked;
use crate::model::run::laws::{Broken, MOST, Packed};
use crate::value::Value;
use std::slice;

/// The longest sentence that is read in one go, in characters.
const SHORT: usize = 100;

/// A law that a merge breaks.
pub struct BrokenLaw {
    /// `not idempotent: join(1, 1) is 2`
    pub sentence: String,
    /// The same where the values stand below; long ones are called by their names.
    pub why: String,
    /// The arguments under the names of the parameters, then each call of them with its result.
    pub values: Vec<(String, Value)>,
}

/// The calls that a law compares, of arguments as they are to be written.
type Calls = fn(&dyn Fn(&str, &str) -> String, &[String]) -> Vec<String>;

impl Broken {
    pub(crate) fn told(
        &self,
        program: &Program,
        def: &Def,
        show: &dyn Fn(&Packed) -> Value,
        trap: &dyn Fn(Trap) -> String,
    ) -> BrokenLaw {
        let (law, of, found, calls): (_, &[Packed], &[Packed], Calls) = match self {
            Broken::NoValue { of, .. } => ("no value", of, &[], |call, of| vec![call(&of[0], &of[1])]),
            Broken::NotIdempotent { of, found } => {
                ("not idempotent", slice::from_ref(of), slice::from_ref(found), |call, of| {
                    vec![call(&of[0], &of[0])]
                })
            }
            Broken::NotCommutative { of, found } => {
                ("not commutative", of, found, |call, of| vec![call(&of[0], &of[1]), call(&of[1], &of[0])])
            }
            Broken::NotAssociative { of, found } => ("not associative", of, found, |call, of| {
                vec![call(&call(&of[0], &of[1]), &of[2]), call(&of[0], &call(&of[1], &of[2]))]
            }),
        };
        let name = &def.name;
        let params: Vec<String> =
            def.params.iter().map(|local| program.locals[local.index()].name.clone()).collect();
        let call = |a: &str, b: &str| format!("{name}({a}, {b})");
        // The parameters by their names; a third value has one that neither has.
        let third = ["c", "d", "e"].map(str::to_string).into_iter().filter(|name| !params.contains(name));
        let named: Vec<String> = params.iter().cloned().chain(third).take(of.len()).collect();
        let shown: Vec<String> = of.iter().map(|value| show(value).to_string()).collect();
        let sentence = |of: &[String]| match self {
            Broken::NoValue { trap: found, .. } => {
                format!("{} has no value: {}", calls(&call, of)[0], trap(*found))
            }
            _ => {
                let told = calls(&call, of)
                    .into_iter()
                    .zip(found)
                    .map(|(call, found)| format!("{call} is {}", show(found)));
                format!("{law}: {}", told.collect::<Vec<_>>().join(", "))
            }
        };
        let whole = sentence(&shown);
        let differ = || match self {
            Broken::NoValue { .. } => sentence(&named),
            Broken::NotIdempotent { .. } => format!("{law}: {} is not {}", calls(&call, &named)[0], named[0]),
            Broken::NotCommutative { .. } | Broken::NotAssociative { .. } => {
                format!("{law}: {} differ", calls(&call, &named).join(" and "))
            }
        };
        let why = if whole.chars().count() <= SHORT { whole.clone() } else { differ() };
        let results = calls(&call, &named).into_iter().zip(found.iter().map(show));
        BrokenLaw {
            sentence: whole,
            why,
            values: named.iter().cloned().zip(of.iter().map(show)).chain(results).collect(),
        }
    }
}

impl Model {
    /// The law that what meets in a state breaks.
    pub fn broken_law(&self, property: usize, state: &[Word]) -> Option<BrokenLaw> {
        let Checked::Merge(merge) = &self.checked[property] else { return None };
        let broken = self.try_laws(&mut self.scratch(), property, merge, state).err()?;
        let decoder = Decoder { program: &self.program, shapes: &self.shapes };
        let show = |value: &Packed| decoder.packed(value, 0, merge.applied.ty);
        let def = &self.program.defs[merge.applied.def.index()];
        Some(broken.told(&self.program, def, &show, &|trap| self.trap(trap).message))
    }

    /// What a merge was tried with, where that is not all that there is.
    pub fn tried_with(&self, property: usize) -> Option<String> {
        let Checked::Merge(merge) = &self.checked[property] else { return None };
        let met = self.met.lock().ok()?;
        let count = met.values.iter().filter(|(of, _)| *of == property).count();
        let whole = &merge.whole;
        let tried = format!("tried with the {count} values that meet and what comes of them");
        Some(match met.sampled {
            false => format!("{tried}; {whole}"),
            true => format!(
                "{tried}, a sample: of each state the first {MOST}, the same in every run, where more would come; {whole}"
            ),
        })
    }
}
