//! What is so from the start.
//!
//! Enters: a property, the initial states. Leaves: whether it has come true before any step.

use crate::engine::machine::Machine;
use crate::model::Model;
use crate::model::form::checked::Checked;

impl Model {
    /// Whether every initial state is what a property that is made of parts asks for.
    pub fn begins_at(&self, property: usize) -> bool {
        let Checked::Parts(parts) = &self.checked[property] else { return false };
        let (mut scratch, mut other) = (self.scratch(), self.scratch());
        let mut all = true;
        self.initial(&mut scratch, &mut |state| {
            all &= state
                .is_ok_and(|state| parts.iter().all(|e| self.on_state(&mut other, *e, state) == Ok(true)));
            all
        });
        all
    }
}
