//! Links: sending, delivering, what is in flight.
//!
//! Enters: sends, and the slots of links from which messages are delivered. Leaves: operations on the hidden variables
//! that hold the messages.
//! An envelope on an unordered link is receiver, sender, kind of message, fields, from the lowest bit up; on an ordered
//! one the pair of nodes has a list of its own, so the envelope is the kind and the fields.

use super::expression::index_shape;
use super::{Addr, Low, Lower, Part, Val};
use crate::analysis::program::{
    ActionId, ActionKind, Expr, ExprKind, Flight, LinkId, LocalId, MessageId, NodeId, Type,
};
use crate::model::compile::instances::bind_envelope;
use crate::model::form::code::{Op, Slot, Target};
use crate::model::form::frame::Region;
use crate::model::form::layout::{Ends, LinkLayout, LinkPlace, PairList};
use crate::model::form::shape::{ArrayShape, Kind, ListShape, Shape};
use crate::model::form::trap::TrapKind;

/// A message that is looked at: where its envelope lies, and who sent it to whom where that is known from the place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope {
    pub link: LinkId,
    pub at: Addr,
    /// Of a message on an ordered link.
    pub ends: Option<Ends>,
}

/// A part of an envelope.
struct Bits {
    offset: u32,
    value: Val,
    width: u32,
}

/// Sender and receiver of a message, as expressions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndsOf<'e> {
    pub from: &'e Expr,
    pub to: &'e Expr,
}

/// Where a list of messages lies, and between which nodes where that is known from the place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListPlace {
    pub at: Addr,
    pub ends: Option<Ends>,
}

impl Lower<'_> {
    /// Where such a message lies, and its envelope. `None`: the link does not connect these nodes.
    fn posted(
        &mut self,
        message: MessageId,
        link: LinkId,
        fields: &[Expr],
        ends: EndsOf<'_>,
    ) -> Low<Option<(Addr, Slot)>> {
        let layout = self.layout;
        let link_layout = &layout.links[link.index()];
        let sender = self.participant(link_layout, ends.from)?;
        let receiver = self.participant(link_layout, ends.to)?;
        let payload = self.payload(message, fields)?;
        let declared = &self.program.links[link.index()];
        let tag = declared.messages.iter().position(|m| *m == message).unwrap_or(0) as u64;
        let ty = self.shapes.types.intern(Type::Record(self.program.messages[message.index()].record));
        let payload_shape = self.shape(ty)?;
        let e = link_layout.endpoint_bits;
        let mut parts = vec![Bits { offset: link_layout.payload, value: payload, width: payload_shape.bits }];
        let mut header = tag;
        if !declared.ordered {
            header = tag << (2 * e);
            parts.push(Bits { offset: 0, value: receiver, width: e });
            parts.push(Bits { offset: e, value: sender, width: e });
        }
        let envelope = self.compose_envelope(link_layout, header, &parts, &payload_shape);
        Ok(match &link_layout.place {
            LinkPlace::Bag(bit) => Some((self.variable(*bit), envelope)),
            // Types say which ends may meet, so there is always a pair.
            LinkPlace::Pairs(pairs) => {
                self.pair(link_layout, pairs, sender, receiver).map(|place| (place, envelope))
            }
        })
    }

    pub(crate) fn send(
        &mut self,
        message: MessageId,
        link: LinkId,
        fields: &[Expr],
        ends: EndsOf<'_>,
    ) -> Low<()> {
        let Some((place, envelope)) = self.posted(message, link, fields, ends)? else { return Ok(()) };
        let declared = &self.program.links[link.index()];
        let full = TrapKind::LinkFull {
            link: declared.name.clone(),
            messages: self.guarded(link, message, ends),
            capacity: declared.capacity,
            stated: declared.capacity_stated,
        };
        let list = self.layout.links[link.index()].list;
        self.change_list(place, list, |l, at| l.push(at, envelope, list, !declared.ordered, full));
        Ok(())
    }

    /// What a guard counts, so that the link has room: of an ordered link, what goes to and fro between two nodes only.
    fn guarded(&self, link: LinkId, message: MessageId, ends: EndsOf<'_>) -> String {
        let declared = &self.program.links[link.index()];
        let name = |end: &Expr| match (&end.kind, self.program.types.get(end.ty)) {
            (ExprKind::Local(local), _) => {
                Some(self.program.locals[local.index()].name.clone()).filter(|name| !name.is_empty())
            }
            (ExprKind::Member(i), Type::Node(id)) => Some(self.program.nodes[id.index()].member(*i)),
            _ => None,
        };
        let name = |end: &Expr| name(end).unwrap_or("NODE".to_string());
        let between = match declared.ordered {
            true => format!(" from {} to {}", name(ends.from), name(ends.to)),
            false => String::new(),
        };
        // The message that is sent comes first.
        let others = declared.messages.iter().filter(|other| **other != message);
        let all = std::iter::once(&message).chain(others);
        let counts = all.map(|m| format!("in_flight({}{between})", self.program.messages[m.index()].name));
        counts.collect::<Vec<_>>().join(" + ")
    }

    /// One such message leaves the link, and the statements follow; where there is none, nothing does.
    pub(crate) fn take(
        &mut self,
        message: MessageId,
        link: LinkId,
        fields: &[Expr],
        ends: EndsOf<'_>,
        then: &[crate::analysis::program::Stmt],
    ) -> Low<()> {
        let Some((place, src)) = self.posted(message, link, fields, ends)? else { return Ok(()) };
        let list = self.layout.links[link.index()].list;
        let shape = self.b.list(list);
        let holder = self.copy(Val::Mem(place), &list_shape(list));
        let (index, zero, none) = (self.b.register(), self.b.constant(0), self.b.label());
        self.b.op(Op::ListFind { dst: index, list: holder, src, shape });
        self.b.op(Op::JumpLt { a: index, b: zero, to: none });
        self.change_list(place, list, |l, list| l.b.op(Op::ListRemove { list, index, shape }));
        self.statements(then)?;
        self.b.bind(none);
        Ok(())
    }

    /// The link holds what another of the same form held before the step, or nothing.
    pub(crate) fn refill(&mut self, link: LinkId, from: Option<LinkId>) {
        let list = self.layout.links[link.index()].list;
        let shape = list_shape(list);
        let places = self.link_lists(link);
        let here = std::mem::replace(&mut self.here, Region::Before);
        let sources = from.map(|from| self.link_lists(from));
        self.here = here;
        for (i, place) in places.into_iter().enumerate() {
            match &sources {
                Some(sources) => self.write(place.at, Val::Mem(sources[i].at), &shape),
                None if shape.narrow => self.write_code(place.at, Val::Const(0), shape.bits),
                None => self.b.op(Op::Zero { dst: place.at.word(), words: shape.words }),
            }
        }
    }

    /// Whether every message in one link is in another of the same form, as often.
    pub(crate) fn within(&mut self, one: LinkId, other: LinkId) -> Low<Val> {
        let list = self.layout.links[one.index()].list;
        let element = element_shape(list.array);
        let (result, yes, zero) = (self.b.register(), self.b.constant(1), self.b.constant(0));
        let (no, end) = (self.b.label(), self.b.label());
        for (a, b) in self.link_lists(one).into_iter().zip(self.link_lists(other)) {
            let (a, b, done) = (a.at, b.at, self.b.label());
            for i in 0..list.array.count {
                self.needs_element(a, list, i, done);
                let wanted = Val::Mem(self.list_element(a, list, i));
                let mut counts = Vec::new();
                for place in [a, b] {
                    let (count, last) = (self.b.register(), self.b.label());
                    self.b.op(Op::Move { dst: count, src: zero });
                    for j in 0..list.array.count {
                        let next = self.b.label();
                        self.needs_element(place, list, j, last);
                        let found = Val::Mem(self.list_element(place, list, j));
                        self.equal_values(found, wanted, &element, false, next)?;
                        self.b.op(Op::Add { dst: count, a: count, b: yes });
                        self.b.bind(next);
                    }
                    self.b.bind(last);
                    counts.push(count);
                }
                self.b.op(Op::JumpLt { a: counts[1], b: counts[0], to: no });
            }
            self.b.bind(done);
        }
        self.b.op(Op::Move { dst: result, src: yes });
        self.b.jump(end);
        self.b.bind(no);
        self.b.op(Op::Move { dst: result, src: zero });
        self.b.bind(end);
        Ok(Val::Slot(result))
    }

    fn compose_envelope(&mut self, link: &LinkLayout, header: u64, parts: &[Bits], payload: &Shape) -> Slot {
        let words = link.envelope.words.max(1);
        let place = Addr::of(self.b.registers_run(words));
        if words > 1 {
            self.b.op(Op::Zero { dst: place.base, words });
        }
        let constant = parts.iter().fold(header, |sum, part| match part.value {
            Val::Const(c) if part.width > 0 && part.offset < 64 => sum | c << part.offset,
            _ => sum,
        });
        let src = self.b.constant(constant);
        self.b.op(Op::Move { dst: place.base, src });
        for &Bits { offset, value, width } in parts {
            match value {
                Val::Const(_) if offset < 64 => {}
                Val::Mem(_) if !payload.narrow => self.write(place.plus(offset), value, payload),
                value => self.write_code(place.plus(offset), value, width),
            }
        }
        place.base
    }

    /// The fields of a message, packed.
    fn payload(&mut self, message: MessageId, fields: &[Expr]) -> Low<Val> {
        let record = self.program.messages[message.index()].record;
        let ty = self.shapes.types.intern(Type::Record(record));
        let shape = self.shape(ty)?;
        let Kind::Record { fields: places } = &shape.kind else { return self.empty(ty) };
        let mut parts = Vec::new();
        for ((field, offset), e) in places.iter().zip(fields) {
            parts.push(Part { offset: *offset, value: self.expression_as(e, *field)?, ty: *field });
        }
        let value = self.compose(&shape, 0, &parts)?;
        Ok(if shape.narrow { self.code(value, &shape) } else { value })
    }

    /// The index of a node among those that the link connects.
    fn participant(&mut self, link: &LinkLayout, node: &Expr) -> Low<Val> {
        let value = self.expression(node)?;
        let (value, ty) = match *self.shapes.get(node.ty) {
            Type::Option(inner) => (self.unwrap(value, node.ty, None)?, inner),
            _ => (value, node.ty),
        };
        let shape = self.shape(ty)?;
        let value = self.narrow(value, &shape);
        let Type::Node(kind) = *self.shapes.get(ty) else { return Ok(value) };
        Ok(self.add_const(value, self.first_participant(link, kind)))
    }

    /// Index of a kind's first member among the participants.
    pub(crate) fn first_participant(&self, link: &LinkLayout, kind: NodeId) -> i64 {
        let number = self.layout.node(kind, 0);
        link.participants.iter().position(|p| *p == number).unwrap_or(0) as i64
    }

    fn pair(&mut self, link: &LinkLayout, pairs: &[PairList], from: Val, to: Val) -> Option<Addr> {
        let count = link.participants.len() as u64;
        let place = |from: u64, to: u64| {
            let (from, to) = (link.participants.get(from as usize)?, link.participants.get(to as usize)?);
            let ends = Ends { from: *from, to: *to };
            pairs.iter().find(|p| p.ends == ends).map(|p| p.bit)
        };
        if let (Val::Const(from), Val::Const(to)) = (from, to) {
            return Some(self.variable(place(from, to)?));
        }
        // Pairs that the link does not have are never sent along: types say which ends may meet, except that a link
        // between two kinds does not connect members of one kind, which the analysis refuses.
        let all = (0..count).flat_map(|f| (0..count).map(move |t| (f, t)));
        let bits: Vec<u32> = all.map(|(f, t)| place(f, t).unwrap_or(0)).collect();
        let (a, b, product) = (self.number_slot(from), self.b.constant(count), self.b.register());
        self.b.op(Op::Mul { dst: product, a, b });
        let (b, index) = (self.number_slot(to), self.b.register());
        self.b.op(Op::Add { dst: index, a: product, b });
        let by = self.table_offset(index, &bits);
        Some(Addr { dynamic: Some(by), limit: 64 * self.layout.words, ..self.variable(0) })
    }

    /// Changes a list that is a hidden variable: in place where it is wide and the place is known.
    pub(crate) fn change_list(&mut self, place: Addr, list: ListShape, change: impl FnOnce(&mut Self, Slot)) {
        let shape = list_shape(list);
        if !shape.narrow && place.dynamic.is_none() {
            return change(self, place.word());
        }
        let holder = self.copy(Val::Mem(place), &shape);
        change(self, holder);
        let value = if shape.narrow { Val::Slot(holder) } else { Val::Mem(Addr::of(holder)) };
        self.write(place, value, &shape);
    }

    /// The places of a link's lists: one for an unordered link, one for each pair of an ordered one.
    pub(crate) fn link_lists(&self, link: LinkId) -> Vec<ListPlace> {
        match &self.layout.links[link.index()].place {
            LinkPlace::Bag(bit) => vec![ListPlace { at: self.variable(*bit), ends: None }],
            LinkPlace::Pairs(pairs) => {
                let list = |pair: &PairList| ListPlace { at: self.variable(pair.bit), ends: Some(pair.ends) };
                pairs.iter().map(list).collect()
            }
        }
    }

    /// Goes on only where the list at `place` has an element `index`.
    pub(crate) fn needs_element(&mut self, place: Addr, list: ListShape, index: u32, no: Target) {
        let shape = list_shape(list);
        let length = self.length(Val::Mem(place), &shape);
        let (a, b) = (self.number_slot(length), self.b.constant(index as u64));
        self.b.op(Op::JumpLe { a, b, to: no });
    }

    /// The place of an element in a list.
    pub(crate) fn list_element(&self, place: Addr, list: ListShape, index: u32) -> Addr {
        place.plus(list.array.offset(index))
    }

    /// Goes on only where the element differs from the one before it (equal messages are one delivery).
    pub(crate) fn needs_new_element(
        &mut self,
        place: Addr,
        list: ListShape,
        index: u32,
        no: Target,
    ) -> Low<()> {
        let element = element_shape(list.array);
        let one = Val::Mem(self.list_element(place, list, index));
        let other = Val::Mem(self.list_element(place, list, index - 1));
        self.equal_values(one, other, &element, true, no)?;
        Ok(())
    }

    /// Goes on only where the envelope holds this kind of message.
    pub(crate) fn needs_message(&mut self, envelope: Envelope, message: MessageId, no: Target) -> Low<()> {
        let link = &self.layout.links[envelope.link.index()];
        let ordered = self.program.links[envelope.link.index()].ordered;
        let tag = self.program.links[envelope.link.index()].messages.iter().position(|m| *m == message);
        let shape = bits_shape(link.tag_bits);
        let at = envelope.at.plus(if ordered { 0 } else { 2 * link.endpoint_bits });
        let tag = Val::Const(tag.unwrap_or(0) as u64);
        self.equal_values(Val::Mem(at), tag, &shape, false, no)?;
        Ok(())
    }

    /// Sender (`0`) or receiver (`1`) as a member of a kind; jumps to `no` where it is of another kind.
    pub(crate) fn end_of_envelope(
        &mut self,
        envelope: Envelope,
        end: usize,
        kind: NodeId,
        no: Target,
    ) -> Val {
        let link = &self.layout.links[envelope.link.index()];
        let count = self.program.nodes[kind.index()].count as i64;
        if let Some(Ends { from, to }) = envelope.ends {
            let (actual, member) = self.layout.member(if end == 0 { from } else { to });
            if actual != kind {
                self.b.jump(no);
            }
            return Val::Const(member as u64);
        }
        let shape = bits_shape(link.endpoint_bits);
        let at = envelope.at.plus(if end == 0 { link.endpoint_bits } else { 0 });
        let index = self.narrow(Val::Mem(at), &shape);
        let member = self.add_const(index, -self.first_participant(link, kind));
        if link.participants.len() as i64 > count {
            let (a, zero, count) =
                (self.number_slot(member), self.b.constant(0), self.b.constant(count as u64));
            self.b.op(Op::JumpLt { a, b: zero, to: no });
            self.b.op(Op::JumpLe { a: count, b: a, to: no });
        }
        member
    }

    /// The fields of the message in an envelope, in memory.
    pub(crate) fn envelope_payload(&self, envelope: Envelope) -> Addr {
        envelope.at.plus(self.layout.links[envelope.link.index()].payload)
    }

    /// The identity of the delivered message becomes the step's key.
    pub(crate) fn key(&mut self, envelope: Envelope, salt: u32) {
        let link = &self.layout.links[envelope.link.index()];
        let element = element_shape(link.list.array);
        let src = self.slot(Val::Mem(envelope.at), &element);
        self.b.op(Op::Key { src, words: element.words, salt });
    }

    /// Number of messages of a kind in flight.
    pub(crate) fn in_flight(&mut self, message: MessageId) -> Low<Val> {
        let Some(link) = self.program.messages[message.index()].link else { return Ok(Val::Const(0)) };
        let (total, one, zero) = (self.b.register(), self.b.constant(1), self.b.constant(0));
        self.b.op(Op::Move { dst: total, src: zero });
        self.each_in_flight(link, message, &mut |l, _, _| {
            l.b.op(Op::Add { dst: total, a: total, b: one });
            Ok(())
        })?;
        Ok(Val::Slot(total))
    }

    /// Runs `body` for each message of a kind in flight; the target goes on with the next one.
    fn each_in_flight(
        &mut self,
        link: LinkId,
        message: MessageId,
        body: &mut dyn FnMut(&mut Self, Envelope, Target) -> Low<()>,
    ) -> Low<()> {
        let list = self.layout.links[link.index()].list;
        for ListPlace { at: place, ends } in self.link_lists(link) {
            let done = self.b.label();
            for index in 0..list.array.count {
                let next = self.b.label();
                self.needs_element(place, list, index, done);
                let envelope = Envelope { link, at: self.list_element(place, list, index), ends };
                self.needs_message(envelope, message, next)?;
                body(self, envelope, next)?;
                self.b.bind(next);
            }
            self.b.bind(done);
        }
        Ok(())
    }

    /// Number of messages of a kind in flight between the nodes that are given for which the filter holds.
    pub(crate) fn in_flight_where(&mut self, flight: &Flight) -> Low<Val> {
        let mut ends = Vec::new();
        for (end, node) in [&flight.from, &flight.to].into_iter().enumerate() {
            let Some(node) = node else { continue };
            let (value, shape) = (self.expression(node)?, self.shape(node.ty)?);
            let Type::Node(kind) = *self.shapes.get(node.ty) else { continue };
            ends.push((end, kind, self.narrow(value, &shape)));
        }
        let Some(link) = self.program.messages[flight.message.index()].link else { return Ok(Val::Const(0)) };
        let (total, one, zero) = (self.b.register(), self.b.constant(1), self.b.constant(0));
        self.b.op(Op::Move { dst: total, src: zero });
        let outer = self.locals.clone();
        self.each_in_flight(link, flight.message, &mut |l, envelope, next| {
            for (end, kind, wanted) in &ends {
                let member = l.end_of_envelope(envelope, *end, *kind, next);
                let (a, b) = (l.number_slot(member), l.number_slot(*wanted));
                l.b.op(Op::JumpNe { a, b, to: next });
            }
            l.bind_fields(flight.message, &flight.fields, envelope)?;
            if let Some(filter) = &flight.filter {
                l.branch(filter, false, next)?;
            }
            l.b.op(Op::Add { dst: total, a: total, b: one });
            Ok(())
        })?;
        self.locals = outer;
        Ok(Val::Slot(total))
    }

    /// The fields of a message are what its envelope holds.
    pub(crate) fn bind_fields(
        &mut self,
        message: MessageId,
        fields: &[LocalId],
        envelope: Envelope,
    ) -> Low<()> {
        let record = self.program.messages[message.index()].record;
        let ty = self.shapes.types.intern(Type::Record(record));
        let shape = self.shape(ty)?;
        let Kind::Record { fields: places } = &shape.kind else { return Ok(()) };
        let payload = Val::Mem(self.envelope_payload(envelope));
        for ((_, offset), local) in places.iter().zip(fields) {
            let part = self.local_type(*local);
            let part = self.shape(part)?;
            let value = self.part(payload, &shape, *offset, &part);
            self.locals.insert(*local, value);
        }
        Ok(())
    }

    /// Whether some message in flight that a handler is for satisfies a condition in the handler's locals.
    pub(crate) fn some_message(&mut self, handler: ActionId, condition: &Expr) -> Low<Val> {
        let ActionKind::Handler { message, .. } = self.program.actions[handler.index()].kind else {
            return Ok(Val::Const(0));
        };
        let Some(link) = self.program.messages[message.index()].link else { return Ok(Val::Const(0)) };
        let (found, one, zero) = (self.b.register(), self.b.constant(1), self.b.constant(0));
        self.b.op(Op::Move { dst: found, src: zero });
        let outer = self.locals.clone();
        let end = self.b.label();
        self.each_in_flight(link, message, &mut |l, envelope, next| {
            if bind_envelope(l, handler, envelope, next)? {
                l.branch(condition, false, next)?;
                l.b.op(Op::Move { dst: found, src: one });
                l.b.jump(end);
            }
            Ok(())
        })?;
        self.b.bind(end);
        self.locals = outer;
        Ok(Val::Slot(found))
    }
}

fn bits_shape(bits: u32) -> Shape {
    Shape { bits, ..index_shape(2) }
}

/// The shape of a list of envelopes, as far as copying and its length go.
pub(crate) fn list_shape(list: ListShape) -> Shape {
    let bits = list.array.bits();
    let narrow = list.narrow();
    Shape {
        kind: Kind::List { element: crate::analysis::program::TypeId(0), list, bag: true },
        bits: if narrow { bits } else { 64 * list.words },
        words: if narrow { 1 } else { list.words },
        narrow,
        ranks: None,
        flat: narrow,
    }
}

/// The shape of an envelope, as far as copying and comparing go.
pub(crate) fn element_shape(array: ArrayShape) -> Shape {
    let words = array.element_slots();
    let narrow = array.element_words == 0;
    Shape { bits: array.width, words, narrow, ..index_shape(2) }
}
