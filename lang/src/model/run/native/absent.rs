//! No machine code: there is no code generator for this kind of machine.
//!
//! Enters: nothing. Leaves: what stands in its place, of which there is never any.

use crate::engine::machine::{Successor, Trap};
use crate::model::form::code::{Code, Slot};
use crate::model::form::frame::FrameMap;

/// Where the parts of a model's code are.
#[derive(Debug)]
pub struct Parts {
    pub starts: Vec<usize>,
    pub end: usize,
    pub pieces: Vec<(usize, Slot)>,
}

/// Never there.
#[derive(Debug)]
pub enum Native {}

impl Native {
    pub fn compile(_: &Code, _: FrameMap, parts: &Parts) -> Option<Native> {
        let Parts { starts: _, end: _, pieces: _ } = parts;
        None
    }

    pub fn size(&self) -> (usize, usize) {
        match *self {}
    }

    pub fn expand<F: FnMut(u32, Result<Successor<'_>, Trap>)>(
        &self,
        _: (&Code, FrameMap),
        _: &mut [u64],
        _: &mut Vec<u64>,
        _: &mut F,
    ) {
        match *self {}
    }

    pub fn judge(&self, _: (&Code, FrameMap), _: &mut [u64], _: usize) -> Option<Result<bool, Trap>> {
        match *self {}
    }
}
