//! Laws of merges in words.
//!
//! Enters: values that break a law, what a merge was tried with. Leaves: sentences.

use super::decode::Decoder;
use crate::engine::machine::{Machine, Trap, Word};
use crate::model::Model;
use crate::model::form::checked::Checked;
use crate::model::run::laws::{Broken, Packed};
use crate::value::Value;

impl Broken {
    /// `not idempotent: join(1, 1) is 2`
    pub(crate) fn words(
        &self,
        name: &str,
        show: &dyn Fn(&Packed) -> Value,
        trap: &dyn Fn(Trap) -> String,
    ) -> String {
        let call = |a: &Packed, b: &Packed| format!("{name}({}, {})", show(a), show(b));
        match self {
            Broken::NoValue { of: [a, b], trap: found } => {
                format!("{} has no value: {}", call(a, b), trap(*found))
            }
            Broken::NotIdempotent { of, found } => {
                format!("not idempotent: {} is {}", call(of, of), show(found))
            }
            Broken::NotCommutative { of: [a, b], found: [one, other] } => {
                format!("not commutative: {} is {}, {} is {}", call(a, b), show(one), call(b, a), show(other))
            }
            Broken::NotAssociative { of: [a, b, c], found: [left, right] } => format!(
                "not associative: {name}({}, {}) is {}, {name}({}, {}) is {}",
                call(a, b),
                show(c),
                show(left),
                show(a),
                call(b, c),
                show(right)
            ),
        }
    }
}

impl Model {
    /// The law that what meets in a state breaks.
    pub fn broken_law(&self, property: usize, state: &[Word]) -> Option<String> {
        let Checked::Merge(merge) = &self.checked[property] else { return None };
        let broken = self.try_laws(&mut self.scratch(), (property, merge), state).err()?;
        let decoder = Decoder { program: &self.program, shapes: &self.shapes };
        let show = |value: &Packed| decoder.packed(value, 0, merge.applied.ty);
        let name = &self.program.defs[merge.applied.def.index()].name;
        Some(broken.words(name, &show, &|trap| self.trap(trap).message))
    }

    /// What a merge was tried with, where that is not all that there is.
    pub fn tried_with(&self, property: usize) -> Option<String> {
        let Checked::Merge(merge) = &self.checked[property] else { return None };
        let met = self.met.lock().ok()?;
        let count = met.values.iter().filter(|(of, _)| *of == property).count();
        let sample = if met.sampled { "a sample of " } else { "" };
        let whole = &merge.whole;
        Some(format!("tried with {sample}the {count} values that meet and what comes of them; {whole}"))
    }
}
