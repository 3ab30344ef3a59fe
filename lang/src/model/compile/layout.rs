//! Lays out a model: bit offsets for each variable of the state, the hidden ones included.
//!
//! Enters: a program, its shapes, the budget of faults. Leaves: a [`Layout`]. What a budget
//! rules out takes no bits.

use crate::analysis::program::{ActionKind, Link, LinkId, LocalId, NodeId, Program, StateId, Type, TypeId};
use crate::concepts::{Allowance, Fault, FaultBudget};
use crate::model::form::instance::Wall;
use crate::model::form::layout::{
    Counter, Ends, Layout, LinkLayout, LinkPlace, Observation, PairList, Variable, VariableKind,
};
use crate::model::form::shape::{ListShape, Shapes, Size, TooWide, bits_for, pack};

/// Lays out a model.
pub(crate) fn layout(
    program: &Program,
    shapes: &mut Shapes,
    faults: &FaultBudget,
) -> Result<Layout, TooWide> {
    let mut maker = Maker { program, shapes, faults, layout: Layout::default() };
    maker.nodes();
    maker.declared()?;
    maker.faults();
    maker.links()?;
    maker.observed()?;
    Ok(maker.place())
}

struct Maker<'a> {
    program: &'a Program,
    shapes: &'a mut Shapes,
    faults: &'a FaultBudget,
    layout: Layout,
}

impl Maker<'_> {
    fn nodes(&mut self) {
        for node in &self.program.nodes {
            self.layout.node_base.push(self.layout.nodes);
            self.layout.nodes += node.count;
        }
    }

    fn add(&mut self, kind: VariableKind, ty: Option<TypeId>, size: Size) {
        self.layout.variables.push(Variable { kind, ty, bit: 0, size });
    }

    fn typed(&mut self, kind: VariableKind, ty: TypeId) -> Result<(), TooWide> {
        let size = self.shapes.of(ty)?.size();
        self.add(kind, Some(ty), size);
        Ok(())
    }

    fn declared(&mut self) -> Result<(), TooWide> {
        for (i, state) in self.program.states.iter().enumerate() {
            self.typed(VariableKind::State(StateId(i as u32)), state.ty)?;
        }
        for node in &self.program.nodes {
            for member in 0..node.count {
                for field in &node.fields {
                    let ty = self.program.node_fields[field.index()].ty;
                    self.typed(VariableKind::Field(*field, member), ty)?;
                }
            }
        }
        Ok(())
    }

    fn faults(&mut self) {
        let faults = self.faults;
        let nodes = 0..self.layout.nodes;
        let struck = |maker: &Self, node: u32, by: Fault| {
            let (kind, _) = maker.layout.member(node);
            faults.of_node(by, kind.0).is_some_and(|(_, entry)| entry.times > 0)
        };
        for node in nodes.clone() {
            if struck(self, node, Fault::Crash) || struck(self, node, Fault::Wipe) {
                self.hidden(VariableKind::Up(node));
            }
        }
        for node in nodes {
            if struck(self, node, Fault::Pause) {
                self.hidden(VariableKind::Paused(node));
            }
        }
        if faults.allows(Fault::Partition) {
            (1..self.layout.nodes).for_each(|n| self.hidden(VariableKind::Side(n)));
            if self.layout.nodes > 1 && faults.of(Fault::Partition).any(|(_, entry)| entry.one_way) {
                self.add(VariableKind::Wall, None, Size::narrow(Wall::BITS));
            }
        }
        for (place, entry) in faults.allowed().filter(|(_, entry)| entry.times != Allowance::ALWAYS) {
            let kind = VariableKind::Spent(place as u32, entry.fault);
            self.add(kind, None, Size::narrow(bits_for(u128::from(entry.times) + 1)));
        }
    }

    /// One bit that is no declared variable.
    fn hidden(&mut self, kind: VariableKind) {
        self.add(kind, None, Size::narrow(1));
    }

    fn links(&mut self) -> Result<(), TooWide> {
        for (i, link) in self.program.links.iter().enumerate() {
            let id = LinkId(i as u32);
            let mut participants = self.members(link.from);
            for to in link.to.iter().filter(|to| **to != link.from) {
                participants.extend(self.members(*to));
            }
            let mut payload = Size::default();
            for message in &link.messages {
                let record = self.program.messages[message.index()].record;
                let ty = self.shapes.types.intern(Type::Record(record));
                let size = self.shapes.of(ty)?.size();
                payload = Size { bits: payload.bits.max(size.bits), words: payload.words.max(size.words) };
            }
            let tag_bits = bits_for(link.messages.len() as u128);
            let endpoint_bits = bits_for(participants.len() as u128);
            let header_bits = if link.ordered { tag_bits } else { tag_bits + 2 * endpoint_bits };
            let narrow = payload.words == 0 && header_bits + payload.bits <= 64;
            let (at, envelope) = match narrow {
                true => (header_bits, Size::narrow(header_bits + payload.bits)),
                false => (64, Size::wide(1 + payload.words.max(1))),
            };
            let list = ListShape::new(envelope, link.capacity);
            let size = list.size();
            let mut pairs = Vec::new();
            if link.ordered {
                pairs = self.pairs(link);
                for pair in &pairs {
                    self.add(VariableKind::Pair(id, pair.ends), None, size);
                }
            } else {
                self.add(VariableKind::Link(id), None, size);
            }
            self.layout.links.push(LinkLayout {
                participants,
                endpoint_bits,
                tag_bits,
                payload: at,
                envelope,
                list,
                place: if link.ordered { LinkPlace::Pairs(pairs) } else { LinkPlace::Bag(0) },
            });
        }
        Ok(())
    }

    fn members(&self, kind: NodeId) -> Vec<u32> {
        (0..self.program.nodes[kind.index()].count).map(|m| self.layout.node(kind, m)).collect()
    }

    /// Way by way, in the order of senders, then of receivers; their bits are not known yet.
    fn pairs(&self, link: &Link) -> Vec<PairList> {
        let mut pairs = Vec::new();
        for (senders, receivers) in link.ways() {
            for from in self.members(senders) {
                let list = |to| PairList { ends: Ends { from, to }, bit: 0 };
                pairs.extend(self.members(receivers).into_iter().map(list));
            }
        }
        pairs
    }

    /// Reconcilers that observe in a step of its own remember what they saw.
    fn observed(&mut self) -> Result<(), TooWide> {
        for (r, reconciler) in self.program.reconcilers.iter().enumerate() {
            let mut instances = 0;
            for id in &reconciler.actions {
                let action = &self.program.actions[id.index()];
                if matches!(action.kind, ActionKind::ReconcilerObserve { .. }) {
                    instances = action.at.map_or(1, |at| self.count_at(at));
                }
            }
            for instance in 0..instances {
                self.hidden(VariableKind::HasObserved(r, instance));
                for (i, (_, ty)) in reconciler.observed.iter().enumerate() {
                    self.typed(VariableKind::Observed(r, instance, i), *ty)?;
                }
            }
        }
        Ok(())
    }

    fn count_at(&self, at: LocalId) -> u32 {
        match self.program.types.get(self.program.locals[at.index()].ty) {
            Type::Node(n) => self.program.nodes[n.index()].count,
            _ => 1,
        }
    }

    fn place(mut self) -> Layout {
        let (bits, total) = pack(self.layout.variables.iter().map(|v| v.size));
        let layout = &mut self.layout;
        layout.words = total.div_ceil(64).max(1);
        layout.states = vec![0; self.program.states.len()];
        layout.fields = (self.program.node_fields.iter())
            .map(|f| vec![0; self.program.nodes[f.node.index()].count as usize])
            .collect();
        layout.up = vec![None; layout.nodes as usize];
        layout.side = vec![None; layout.nodes as usize];
        layout.paused = vec![None; layout.nodes as usize];
        layout.spent = vec![None; self.faults.said().count()];
        layout.observed = vec![Vec::new(); self.program.reconcilers.len()];
        for (variable, bit) in layout.variables.iter_mut().zip(bits) {
            variable.bit = bit;
            match variable.kind {
                VariableKind::State(s) => layout.states[s.index()] = bit,
                VariableKind::Field(f, member) => layout.fields[f.index()][member as usize] = bit,
                VariableKind::Up(node) => layout.up[node as usize] = Some(bit),
                VariableKind::Side(node) => layout.side[node as usize] = Some(bit),
                VariableKind::Paused(node) => layout.paused[node as usize] = Some(bit),
                VariableKind::Wall => layout.wall = Some(bit),
                VariableKind::Spent(entry, _) => {
                    layout.spent[entry as usize] = Some(Counter { bit, width: variable.size.bits });
                }
                VariableKind::Link(link) => layout.links[link.index()].place = LinkPlace::Bag(bit),
                VariableKind::Pair(link, ends) => {
                    if let LinkPlace::Pairs(pairs) = &mut layout.links[link.index()].place {
                        let pair = pairs.iter_mut().find(|p| p.ends == ends);
                        pair.into_iter().for_each(|p| p.bit = bit);
                    }
                }
                VariableKind::HasObserved(r, _) => {
                    layout.observed[r].push(Observation { flag: bit, values: Vec::new() });
                }
                VariableKind::Observed(r, instance, _) => {
                    layout.observed[r][instance as usize].values.push(bit);
                }
            }
        }
        self.layout
    }
}
