//! No machine code: there is no code generator for this kind of machine.
//!
//! Enters: nothing. Leaves: what stands in its place, of which there is never any.

use super::Parts;
use crate::engine::machine::{Successor, Trap};
use crate::model::form::code::Code;
use crate::model::form::frame::Frame;
use std::sync::Arc;

/// Never there.
#[derive(Debug)]
pub(in crate::model) enum Native {}

pub(super) fn compile(_: &Arc<Code>, _: &Parts) -> Option<Native> {
    None
}

impl Native {
    pub(in crate::model) fn size(&self) -> (usize, usize) {
        match *self {}
    }

    pub(in crate::model) fn expand<F: FnMut(u32, Result<Successor<'_>, Trap>)>(
        &self,
        _: &mut Frame,
        _: &mut Vec<u64>,
        _: &mut F,
    ) {
        match *self {}
    }

    pub(in crate::model) fn judge(&self, _: &mut Frame, _: usize) -> Option<Result<bool, Trap>> {
        match *self {}
    }
}
