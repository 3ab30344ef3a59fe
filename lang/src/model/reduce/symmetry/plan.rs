//! Plans: where in a packed state members of groups are, as indices and as stored values.
//!
//! Enters: layout, shapes, groups. Leaves: [`Slots`] for each variable that a permutation changes, which groups are
//! coupled (stored somewhere, or indexing something together), and the columns of bits of each member of the others.

use super::{Form, Group, group_of};
use crate::analysis::program::{ActionKind, MessageId, NodeId, Program, Type, TypeId};
use crate::model::form::layout::{Ends, Flag, Layout, LinkPlace, PairList, Variable};
use crate::model::form::shape::{Kind, ListShape, Shapes, Size};

/// A member in an index: of which group, which, and by how much a greater one makes the index greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digit {
    pub group: usize,
    pub member: u32,
    pub stride: u32,
}

/// Digits by rank.
pub(super) type Digits = Vec<Vec<Digit>>;

/// Equally shaped places, indexed by members.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    /// Bit offsets.
    pub places: Vec<u32>,
    pub digits: Digits,
    pub inner: Box<Piece>,
}

/// A packed value or part of one.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub size: Size,
    pub part: Part,
    /// A set, map or list of members is somewhere inside.
    pub nested: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    /// No members inside.
    Plain,
    /// A member: codes from `levels` on; those below are nones of options around it.
    Value {
        group: usize,
        levels: u32,
    },
    /// Bit 0 says whether it is there.
    Option {
        payload: u32,
        inner: Box<Piece>,
    },
    Record(Vec<(u32, Piece)>),
    /// Bits by rank.
    Set(Digits),
    Map(Slots),
    List {
        list: ListShape,
        bag: bool,
        inner: Box<Piece>,
    },
    Envelope(Envelope),
}

/// A member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub group: usize,
    pub member: u32,
}

/// A message in flight.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    /// Bits of each end, where ends are stored (receiver, then sender), else 0.
    pub end_bits: u32,
    /// By index of a participant: the member it is.
    pub ends: Vec<Option<Member>>,
    pub tag_bits: u32,
    pub payload: u32,
    pub messages: Vec<Piece>,
}

impl Slots {
    /// The groups that index it or are inside, each once.
    pub(super) fn groups(&self) -> Vec<usize> {
        let mut found: Vec<usize> = self.digits.iter().flatten().map(|d| d.group).collect();
        self.inner.groups(&mut found);
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Piece {
    fn plain(size: Size) -> Piece {
        Piece { size, part: Part::Plain, nested: false }
    }

    fn is_plain(&self) -> bool {
        matches!(self.part, Part::Plain)
    }

    fn groups(&self, found: &mut Vec<usize>) {
        match &self.part {
            Part::Plain => {}
            Part::Value { group, .. } => found.push(*group),
            Part::Option { inner, .. } | Part::List { inner, .. } => inner.groups(found),
            Part::Record(fields) => fields.iter().for_each(|(_, piece)| piece.groups(found)),
            Part::Set(digits) => found.extend(digits.iter().flatten().map(|d| d.group)),
            Part::Map(slots) => found.extend(slots.groups()),
            Part::Envelope(envelope) => {
                found.extend(envelope.ends.iter().flatten().map(|end| end.group));
                envelope.messages.iter().for_each(|piece| piece.groups(found));
            }
        }
    }
}

/// The variables in which members are. Errors: groups inside something whose ranks do not follow from theirs.
pub(super) fn slots(form: Form<'_>, groups: &[Group]) -> Result<Vec<Slots>, Vec<usize>> {
    let Form { program, layout, shapes } = form;
    let mut maker = Maker { program, layout, shapes: shapes.clone(), groups, made: Vec::new() };
    maker.declared()?;
    maker.hidden();
    maker.links()?;
    maker.observed()?;
    maker.made.retain(|slots| !slots.groups().is_empty());
    Ok(maker.made)
}

struct Maker<'a> {
    program: &'a Program,
    layout: &'a Layout,
    shapes: Shapes,
    groups: &'a [Group],
    made: Vec<Slots>,
}

impl Maker<'_> {
    fn add(&mut self, places: Vec<u32>, digits: Digits, inner: Piece) {
        self.made.push(Slots { places, digits, inner: Box::new(inner) });
    }

    /// The digit of a member; none where it stays where it is.
    fn digit(&self, group: Option<usize>, member: u32, stride: u32) -> Option<Digit> {
        let group = group.filter(|g| self.groups[*g].members.contains(&member))?;
        Some(Digit { group, member, stride })
    }

    fn by_node(&self, kind: NodeId, members: std::ops::Range<u32>) -> Digits {
        let group = group_of(self.groups, &Type::Node(kind));
        members.map(|m| self.digit(group, m, 1).into_iter().collect()).collect()
    }

    fn declared(&mut self) -> Result<(), Vec<usize>> {
        for (state, bit) in self.program.states.iter().zip(&self.layout.states) {
            let inner = self.piece(state.ty)?;
            self.add(vec![*bit], vec![Vec::new()], inner);
        }
        for (field, bits) in self.program.node_fields.iter().zip(&self.layout.fields) {
            let inner = self.piece(field.ty)?;
            self.add(bits.clone(), self.by_node(field.node, 0..bits.len() as u32), inner);
        }
        Ok(())
    }

    /// Which nodes are up, paused, and on which side of a partition: the first node of all has no bit for that.
    fn hidden(&mut self) {
        for (k, node) in self.program.nodes.iter().enumerate() {
            let kind = NodeId(k as u32);
            for flag in Flag::ALL {
                let bit = |m: u32| {
                    let of = |v: &&Variable| v.kind.flag() == Some((flag, self.layout.node(kind, m)));
                    self.layout.variables.iter().find(of).map(|v| v.bit)
                };
                let Some(first) = (0..node.count).find(|m| bit(*m).is_some()) else { continue };
                let bits: Vec<u32> = (0..node.count).filter_map(bit).collect();
                let digits = self.by_node(kind, first..node.count);
                if digits.len() == bits.len() {
                    self.add(bits, digits, Piece::plain(Size::narrow(1)));
                }
            }
        }
    }

    fn links(&mut self) -> Result<(), Vec<usize>> {
        let layout = self.layout;
        for (link, declared) in layout.links.iter().zip(&self.program.links) {
            let end = |number: &u32| {
                let (kind, member) = layout.member(*number);
                let group = group_of(self.groups, &Type::Node(kind));
                self.digit(group, member, 1).map(|d| Member { group: d.group, member: d.member })
            };
            let ends: Vec<_> = link.participants.iter().map(end).collect();
            let mut messages = Vec::new();
            for message in &declared.messages {
                messages.push(self.message(*message)?);
            }
            let (ordered, part) = (declared.ordered, messages.iter().all(Piece::is_plain));
            let envelope = Envelope {
                end_bits: if ordered { 0 } else { link.endpoint_bits },
                ends: if ordered { Vec::new() } else { ends },
                tag_bits: link.tag_bits,
                payload: link.payload,
                messages,
            };
            let plain = part && envelope.ends.iter().all(Option::is_none);
            let part = if plain { Part::Plain } else { Part::Envelope(envelope) };
            let inner = Piece { size: link.envelope, part, nested: false };
            let list = self.list(link.list, !ordered, inner);
            match &link.place {
                LinkPlace::Bag(bit) => self.add(vec![*bit], vec![Vec::new()], list),
                LinkPlace::Pairs(pairs) => {
                    let digits = self.by_pair(pairs);
                    self.add(pairs.iter().map(|p| p.bit).collect(), digits, list);
                }
            }
        }
        Ok(())
    }

    /// Pairs are in the order of senders, then of receivers.
    fn by_pair(&self, pairs: &[PairList]) -> Digits {
        let of = |node: u32, stride: u32| {
            let (kind, member) = self.layout.member(node);
            self.digit(group_of(self.groups, &Type::Node(kind)), member, stride)
        };
        let digits = |&PairList { ends: Ends { from, to }, .. }: &PairList| {
            let receivers = self.program.nodes[self.layout.member(to).0.index()].count;
            of(from, receivers).into_iter().chain(of(to, 1)).collect()
        };
        pairs.iter().map(digits).collect()
    }

    fn message(&mut self, message: MessageId) -> Result<Piece, Vec<usize>> {
        let record = self.program.messages[message.index()].record;
        let ty = self.shapes.types.intern(Type::Record(record));
        self.piece(ty)
    }

    /// By reconciler, by instance: whether it remembers something, and what.
    fn observed(&mut self) -> Result<(), Vec<usize>> {
        for (r, instances) in self.layout.observed.iter().enumerate() {
            let reconciler = &self.program.reconcilers[r];
            let digits = match self.observer(r) {
                Some(kind) => self.by_node(kind, 0..instances.len() as u32),
                None => vec![Vec::new(); instances.len()],
            };
            let flags = instances.iter().map(|i| i.flag).collect();
            self.add(flags, digits.clone(), Piece::plain(Size::narrow(1)));
            for (i, (_, ty)) in reconciler.observed.iter().enumerate() {
                let inner = self.piece(*ty)?;
                let places = instances.iter().filter_map(|known| known.values.get(i).copied()).collect();
                self.add(places, digits.clone(), inner);
            }
        }
        Ok(())
    }

    /// The kind of node at which a reconciler observes.
    fn observer(&self, reconciler: usize) -> Option<NodeId> {
        let actions = self.program.reconcilers[reconciler].actions.iter();
        let actions = actions.map(|id| &self.program.actions[id.index()]);
        let mut found = None;
        for action in actions.filter(|a| matches!(a.kind, ActionKind::ReconcilerObserve { .. })) {
            found =
                action.at.and_then(|at| match self.program.types.get(self.program.locals[at.index()].ty) {
                    Type::Node(kind) => Some(*kind),
                    _ => None,
                });
        }
        found
    }

    // ---- types ----

    fn list(&self, list: ListShape, bag: bool, inner: Piece) -> Piece {
        if inner.is_plain() {
            return Piece::plain(list.size());
        }
        Piece { size: list.size(), part: Part::List { list, bag, inner: Box::new(inner) }, nested: true }
    }

    /// How a permutation changes the values of a type.
    fn piece(&mut self, ty: TypeId) -> Result<Piece, Vec<usize>> {
        let Ok(shape) = self.shapes.of(ty) else { return Err(self.mentions(ty)) };
        let size = shape.size();
        if self.mentions(ty).is_empty() {
            return Ok(Piece::plain(size));
        }
        let mut nested = false;
        let part = match &shape.kind {
            Kind::Scalar { .. } => match group_of(self.groups, self.shapes.get(ty)) {
                Some(group) => Part::Value { group, levels: 0 },
                None => Part::Plain,
            },
            Kind::Option { inner, dense, payload } => {
                let piece = self.piece(*inner)?;
                nested = piece.nested;
                match piece.part {
                    Part::Value { group, levels } if *dense => Part::Value { group, levels: levels + 1 },
                    _ => Part::Option { payload: *payload, inner: Box::new(piece) },
                }
            }
            Kind::Record { fields } => {
                let mut pieces = Vec::new();
                for (field, offset) in fields {
                    pieces.push((*offset, self.piece(*field)?));
                }
                nested = pieces.iter().any(|(_, piece)| piece.nested);
                Part::Record(pieces)
            }
            Kind::Set { element, .. } => {
                nested = true;
                Part::Set(self.digits(*element)?)
            }
            Kind::List { element, list, bag } => {
                let inner = self.piece(*element)?;
                return Ok(self.list(*list, *bag, inner));
            }
            Kind::Map { key, value, array } => {
                nested = true;
                let (digits, inner) = (self.digits(*key)?, self.piece(*value)?);
                let places = (0..array.count).map(|rank| array.offset(rank)).collect();
                Part::Map(Slots { places, digits, inner: Box::new(inner) })
            }
        };
        Ok(Piece { size, part, nested })
    }

    /// The members in each rank of a type: the rank grows with each by its stride.
    fn digits(&mut self, ty: TypeId) -> Result<Digits, Vec<usize>> {
        let mentioned = self.mentions(ty);
        let Some(shape) = self.shapes.of(ty).ok().filter(|s| s.ranks.is_some()) else {
            return Err(mentioned);
        };
        let ranks = shape.ranks.unwrap_or(0) as usize;
        if mentioned.is_empty() {
            return Ok(vec![Vec::new(); ranks]);
        }
        let found: Digits = match &shape.kind {
            Kind::Scalar { .. } => {
                let group = group_of(self.groups, self.shapes.get(ty));
                (0..ranks as u32).map(|m| self.digit(group, m, 1).into_iter().collect()).collect()
            }
            Kind::Option { inner, .. } => std::iter::once(Vec::new()).chain(self.digits(*inner)?).collect(),
            Kind::Record { fields } => {
                let mut all: Digits = vec![Vec::new()];
                for (field, _) in fields {
                    let mine = self.digits(*field)?;
                    let scaled = |d: &Digit| Digit { stride: d.stride * mine.len() as u32, ..*d };
                    all = (all.iter())
                        .flat_map(|a| {
                            mine.iter().map(move |m| a.iter().map(scaled).chain(m.iter().copied()).collect())
                        })
                        .collect();
                }
                all
            }
            // Ranked by their packed codes, which are not sums.
            Kind::Set { .. } | Kind::List { .. } | Kind::Map { .. } => return Err(mentioned),
        };
        if found.len() == ranks { Ok(found) } else { Err(mentioned) }
    }

    /// The groups that values of a type contain.
    fn mentions(&self, ty: TypeId) -> Vec<usize> {
        let mut found: Vec<usize> = match self.shapes.get(ty) {
            Type::Bool | Type::Int { .. } | Type::Error => Vec::new(),
            known @ (Type::Enum(_) | Type::Node(_)) => group_of(self.groups, known).into_iter().collect(),
            Type::Option(inner) | Type::Set(inner) => self.mentions(*inner),
            Type::List { element, .. } | Type::Bag { element, .. } => self.mentions(*element),
            Type::Map { key, value } => [*key, *value].iter().flat_map(|t| self.mentions(*t)).collect(),
            Type::Record(r) => self.shapes.fields(r.index()).iter().flat_map(|t| self.mentions(*t)).collect(),
        };
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Something that moves as a whole. In the order of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub bit: u32,
    pub width: u32,
}

/// The slots, which groups are coupled, and the cells of each member of each group, in one order for all members.
#[derive(Debug)]
pub(super) struct Plan {
    pub slots: Vec<Slots>,
    pub coupled: Vec<bool>,
    pub columns: Vec<Vec<Vec<Cell>>>,
}

/// Whose cells they are: a group, and the position among its members.
#[derive(Debug, Clone, Copy)]
struct Owner {
    group: usize,
    position: usize,
}

/// Where something lies, and whose it is.
#[derive(Debug, Clone, Copy)]
struct Place {
    bit: u32,
    owner: Option<Owner>,
}

impl Place {
    fn plus(self, bits: u32) -> Place {
        Place { bit: self.bit + bits, ..self }
    }
}

impl Plan {
    pub(super) fn new(slots: Vec<Slots>, groups: &[Group]) -> Plan {
        let columns = groups.iter().map(|g| vec![Vec::new(); g.members.len()]).collect();
        let mut plan = Plan { slots: Vec::new(), coupled: vec![false; groups.len()], columns };
        slots.iter().for_each(|slots| plan.visit_slots(slots, Place { bit: 0, owner: None }, groups));
        plan.slots = slots;
        plan
    }

    /// Groups of which no state knows a member.
    pub(super) fn unused(&self) -> Vec<usize> {
        let empty = |g: usize| self.columns[g].iter().all(Vec::is_empty);
        (0..self.columns.len()).filter(|g| !self.coupled[*g] && empty(*g)).collect()
    }

    fn couple(&mut self, groups: impl IntoIterator<Item = usize>) {
        groups.into_iter().for_each(|g| self.coupled[g] = true);
    }

    fn couple_all(&mut self, piece: &Piece, owner: Option<Owner>) {
        let mut found: Vec<usize> = owner.map(|owner| owner.group).into_iter().collect();
        piece.groups(&mut found);
        self.couple(found);
    }

    /// `width` bits that move with their owner.
    fn cell(&mut self, Place { bit, owner }: Place, width: u32) {
        if let (Some(Owner { group, position }), true) = (owner, width > 0) {
            self.columns[group][position].push(Cell { bit, width });
        }
    }

    /// Who owns what has these digits; an error where two do.
    fn owner(owner: Option<Owner>, digits: &[Digit], groups: &[Group]) -> Result<Option<Owner>, ()> {
        let own = |d: &Digit| {
            let position = groups[d.group].members.binary_search(&d.member);
            position.ok().map(|position| Owner { group: d.group, position })
        };
        match (owner, digits) {
            (owner, []) => Ok(owner),
            (None, [digit]) => Ok(own(digit)),
            _ => Err(()),
        }
    }

    fn visit_slots(&mut self, slots: &Slots, at: Place, groups: &[Group]) {
        for (place, digits) in slots.places.iter().zip(&slots.digits) {
            match Self::owner(at.owner, digits, groups) {
                Ok(owner) => self.visit(&slots.inner, Place { bit: at.bit + place, owner }, groups),
                Err(()) => {
                    self.couple(digits.iter().map(|d| d.group));
                    self.couple_all(&slots.inner, at.owner);
                }
            }
        }
    }

    fn visit(&mut self, piece: &Piece, at: Place, groups: &[Group]) {
        match &piece.part {
            Part::Plain if piece.size.words == 0 => self.cell(at, piece.size.bits),
            Part::Plain => (0..piece.size.words).for_each(|w| self.cell(at.plus(64 * w), 64)),
            Part::Value { .. } | Part::Envelope(_) | Part::List { bag: true, .. } => {
                self.couple_all(piece, at.owner);
            }
            Part::Option { payload, inner } => {
                self.cell(at, 1);
                self.visit(inner, at.plus(*payload), groups);
            }
            Part::Record(fields) => {
                for (offset, piece) in fields {
                    self.visit(piece, at.plus(*offset), groups);
                }
            }
            Part::Set(digits) => {
                for (rank, digits) in digits.iter().enumerate() {
                    match Self::owner(at.owner, digits, groups) {
                        Ok(owner) => self.cell(Place { bit: at.bit + rank as u32, owner }, 1),
                        Err(()) => {
                            self.couple(digits.iter().map(|d| d.group).chain(at.owner.map(|o| o.group)));
                        }
                    }
                }
            }
            Part::Map(slots) => self.visit_slots(slots, at, groups),
            Part::List { list, inner, .. } => {
                self.cell(at, list.length);
                for i in 0..list.array.count {
                    self.visit(inner, at.plus(list.array.offset(i)), groups);
                }
            }
        }
    }
}
