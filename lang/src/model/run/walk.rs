//! One run of a model, step by step: what a simulation needs beside the door to the search.
//!
//! Enters: a packed state, the number of an instance. Leaves: the states that this one instance leads to; the messages
//! in flight, list by list.

use super::machine::{Chosen, Scratch};
use crate::engine::machine::{Machine, Step, Trap, Word};
use crate::model::Model;
use crate::model::form::frame::Region;
use crate::model::form::instance::LinkSlot;
use crate::model::form::layout::LinkPlace;
use crate::model::form::shape::{ListShape, mask};

/// Where the messages of a link lie, or those from one node to another where it is ordered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    /// The link, by its index.
    pub link: u32,
    /// Index of the list among the link's.
    pub list: u32,
    /// First in, first out.
    pub ordered: bool,
    first_bit: u32,
    shape: ListShape,
}

impl Queue {
    /// Messages in it.
    pub(crate) fn length(&self, state: &[Word]) -> u32 {
        let (word, bit) = (self.first_bit as usize / 64, self.first_bit % 64);
        match self.shape.length {
            0 => 0,
            width => ((state[word] >> bit) & mask(width)) as u32,
        }
    }

    /// Whether two states differ in it. May say so of states that differ beside it.
    pub(crate) fn differs(&self, before: &[Word], after: &[Word]) -> bool {
        let (first, last) = (self.first_bit, self.first_bit + self.shape.size().room().max(1) - 1);
        let words = first as usize / 64..=last as usize / 64;
        before[words.clone()] != after[words]
    }

    /// The place of a message in it.
    pub(crate) fn slot(&self, position: u32) -> LinkSlot {
        LinkSlot { link: crate::analysis::program::LinkId(self.link), list: self.list, position }
    }
}

impl Model {
    /// Every way of one instance out of a state, in the order of [`Machine::expand`], as long as `visit` returns true.
    pub(crate) fn ways_of(
        &self,
        scratch: &mut Scratch,
        state: &[Word],
        instance: u32,
        mut visit: impl FnMut(Result<&[Word], Trap>) -> bool,
    ) {
        let words = self.words();
        self.put(&mut scratch.frame, Region::Before, state);
        let entry = self.instances[instance as usize].entry;
        self.run_one(&mut scratch.frame, Some(instance), entry, |result| {
            visit(result.map(|frame| &frame[words..2 * words]))
        });
    }

    /// Makes machine code for what is judged, where there is any: for runs that go on for long.
    pub(crate) fn hurry(&self) {
        self.executable.hurry();
    }

    /// The kind of a node, by its index in the program.
    pub(crate) fn kind_of_node(&self, node: u32) -> u32 {
        self.layout.member(node).0.0
    }

    /// What a step chose.
    pub(crate) fn chosen_at(&self, scratch: &mut Scratch, step: Step<'_>) -> Vec<Chosen> {
        self.choices_of(&mut scratch.other, step)
    }

    /// The first way of an instance that chooses just this, counted from 0.
    pub(crate) fn way_that_chooses(
        &self,
        scratch: &mut Scratch,
        (state, instance): (&[Word], u32),
        wanted: &[Chosen],
    ) -> Option<u32> {
        let (mut number, mut found) = (0, None);
        self.each_choice(&mut scratch.other, state, instance, &mut |chosen| {
            found = (chosen == wanted).then_some(number);
            number += 1;
            found.is_none()
        });
        found
    }

    /// The number of a node among all: of its kind, by that one's index in the program, and its number there.
    pub(crate) fn number_of_node(&self, kind: u32, member: u32) -> u32 {
        self.layout.node(crate::analysis::program::NodeId(kind), member)
    }

    /// Whether a node is up, and not paused.
    pub(crate) fn is_running(&self, state: &[Word], node: u32) -> bool {
        let paused = self.layout.paused[node as usize];
        self.is_up(state, node) && paused.is_none_or(|bit| state[bit as usize / 64] >> (bit % 64) & 1 == 0)
    }

    /// Whether a node is up.
    pub(crate) fn is_up(&self, state: &[Word], node: u32) -> bool {
        let up = self.layout.up[node as usize];
        up.is_none_or(|bit| state[bit as usize / 64] >> (bit % 64) & 1 != 0)
    }

    /// The states that a run may begin in, at most `most` of them, in the order of the search.
    pub(crate) fn beginnings(&self, scratch: &mut Scratch, most: usize) -> Result<Vec<Box<[Word]>>, Trap> {
        let (mut found, mut trapped) = (Vec::new(), None);
        self.initial(scratch, &mut |result| {
            match result {
                Ok(state) => found.push(state.into()),
                Err(trap) => trapped = Some(trap),
            }
            trapped.is_none() && found.len() < most
        });
        trapped.map_or(Ok(found), Err)
    }

    /// All lists of messages, link by link; those that no author declared are left out.
    pub(crate) fn queues(&self) -> Vec<Queue> {
        let declared = self.program.links.iter().zip(&self.layout.links).enumerate();
        let lists = declared.filter(|(_, (link, _))| !link.shadow).flat_map(|(index, (link, layout))| {
            let first_bits: Vec<u32> = match &layout.place {
                LinkPlace::Bag(bit) => vec![*bit],
                LinkPlace::Pairs(pairs) => pairs.iter().map(|pair| pair.bit).collect(),
            };
            first_bits.into_iter().enumerate().map(move |(list, first_bit)| Queue {
                link: index as u32,
                list: list as u32,
                ordered: link.ordered,
                first_bit,
                shape: layout.list,
            })
        });
        lists.collect()
    }
}
