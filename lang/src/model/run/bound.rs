//! The parameters of a step: what its instance's locals are bound to.
//!
//! Enters: a state and an instance. Leaves: names, types and packed values.

use crate::analysis::program::{ActionKind, LocalId, Type, TypeId};
use crate::engine::machine::Word;
use crate::model::Model;
use crate::model::form::instance::{InstanceKind, LinkSlot};
use crate::model::form::layout::{Ends, LinkPlace};
use crate::model::form::shape::{Kind, mask};

impl Model {
    /// Parameters, `at`, sender and message fields of an instance that is enabled in a state; an integer as it is,
    /// everything else packed.
    pub(in crate::model) fn bindings(&self, state: &[Word], instance: u32) -> Vec<(LocalId, Vec<u64>)> {
        match &self.instances[instance as usize].kind {
            InstanceKind::Act { bound, .. } => bound.iter().map(|(l, v)| (*l, vec![*v])).collect(),
            InstanceKind::Deliver { action, slot } => {
                let action = &self.program.actions[action.index()];
                let ActionKind::Handler { message, from, fields, .. } = &action.kind else {
                    return Vec::new();
                };
                let Ends { from: sender, to: receiver } = self.ends(state, *slot);
                let mut bound = Vec::new();
                for (local, node) in [(*from, sender), (action.at, receiver)] {
                    let member = self.layout.member(node).1;
                    bound.extend(local.map(|l| (l, vec![member as u64])));
                }
                let record = self.program.messages[message.index()].record;
                let values = self.message_fields(state, *slot, record);
                bound.extend(fields.iter().copied().zip(values));
                bound
            }
            InstanceKind::Restart(action, node) => {
                let at = self.program.actions[action.index()].at;
                at.map(|at| (at, vec![u64::from(self.layout.member(*node).1)])).into_iter().collect()
            }
            InstanceKind::Node(..)
            | InstanceKind::Lose(_)
            | InstanceKind::Duplicate(_)
            | InstanceKind::Partition(..)
            | InstanceKind::Heal => Vec::new(),
        }
    }

    /// Numbers of sender and receiver of a message in a link.
    pub(in crate::model) fn ends(&self, state: &[Word], slot: LinkSlot) -> Ends {
        let link = &self.layout.links[slot.link.index()];
        if let LinkPlace::Pairs(pairs) = &link.place {
            return pairs[slot.list as usize].ends;
        }
        let header = self.envelope(state, slot)[0];
        let end = |shift: u32| {
            let index = header.checked_shr(shift).unwrap_or(0) & mask(link.endpoint_bits);
            link.participants.get(index as usize).copied().unwrap_or(0)
        };
        Ends { from: end(link.endpoint_bits), to: end(0) }
    }

    /// The packed values of a message's fields, integers as they are.
    fn message_fields(
        &self,
        state: &[Word],
        slot: LinkSlot,
        record: crate::analysis::program::RecordId,
    ) -> Vec<Vec<u64>> {
        let envelope = self.envelope(state, slot);
        let payload = self.layout.links[slot.link.index()].payload;
        let Some(ty) = self.shapes.types.find(&Type::Record(record)) else { return Vec::new() };
        let Some(shape) = self.shapes.known(ty) else { return Vec::new() };
        let Kind::Record { fields } = &shape.kind else { return Vec::new() };
        fields.iter().map(|(ty, offset)| self.value_at(&envelope, payload + offset, *ty)).collect()
    }

    /// The value of a type at a bit of some words: an integer as it is, everything else packed.
    pub(in crate::model) fn value_at(&self, words: &[u64], bit: u32, ty: TypeId) -> Vec<u64> {
        let Some(shape) = self.shapes.known(ty) else { return vec![0] };
        let at = bit as usize / 64;
        if !shape.narrow {
            return words[at..at + shape.words as usize].to_vec();
        }
        let code = match shape.bits {
            0 => 0,
            bits => words[at] >> (bit % 64) & mask(bits),
        };
        match shape.kind {
            Kind::Scalar { lo } => vec![code.wrapping_add(lo as u64)],
            _ => vec![code],
        }
    }
}
