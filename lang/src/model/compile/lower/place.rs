//! Places that are assigned to.
//!
//! Enters: places and values. Leaves: stores into the state after the step.

use super::{Addr, Low, Lower, Typed, Val, around};
use crate::analysis::program::{Expr, ExprKind, Method, PathStep, Place, PlaceRoot, Type, TypeId};
use crate::model::form::code::{Op, Slot};
use crate::model::form::shape::{Kind, Shape};
use crate::model::form::trap::{Held, TrapKind};

impl Lower<'_> {
    pub(crate) fn assign(&mut self, place: &Place, value: &Expr) -> Low<()> {
        let held = self.place_held(place);
        let value = self.held(held, |l| l.expression_as(value, place.ty))?;
        let to = self.place(place)?;
        let shape = self.shape(place.ty)?;
        self.write(to, value, &shape);
        Ok(())
    }

    fn place(&mut self, place: &Place) -> Low<Addr> {
        let (mut whole, mut ty) = match &place.root {
            PlaceRoot::State(s) => {
                let state = &self.program.states[s.index()];
                (Val::Mem(self.variable(self.layout.states[s.index()])), state.ty)
            }
            PlaceRoot::NodeField { node, field } => {
                let member = self.expression(node)?;
                let bits = self.layout.fields[field.index()].clone();
                (self.one_of(member, &bits)?, self.program.node_fields[field.index()].ty)
            }
        };
        for step in &place.path {
            (whole, ty) = self.step_into(whole, ty, step)?;
        }
        match whole {
            Val::Mem(addr) => Ok(addr),
            // Parts of variables are always in memory.
            Val::Slot(slot) => Ok(Addr::of(slot)),
            Val::Const(c) => Ok(Addr::of(self.b.constant(c))),
        }
    }

    fn step_into(&mut self, whole: Val, ty: TypeId, step: &PathStep) -> Low<(Val, TypeId)> {
        let shape = self.shape(ty)?;
        match (step, &shape.kind) {
            (PathStep::Field(i), Kind::Record { fields }) => {
                let (field, offset) = fields[*i as usize];
                let part = self.shape(field)?;
                Ok((self.part(whole, &shape, offset, &part), field))
            }
            // A field of an option of a record is there only where the option has a value.
            (PathStep::Field(_), Kind::Option { inner, .. }) => {
                let inner = *inner;
                let value = self.unwrap(whole, ty, None)?;
                self.step_into(value, inner, step)
            }
            (PathStep::Index { index, .. }, Kind::List { element, .. }) => {
                Ok((self.element(whole, ty, index)?, *element))
            }
            (PathStep::Index { index, .. }, Kind::Map { value, .. }) => {
                Ok((self.element(whole, ty, index)?, *value))
            }
            _ => Ok((whole, ty)),
        }
    }

    pub(crate) fn mutate(&mut self, place: &Place, op: Method, value: Option<&Expr>) -> Low<()> {
        let held = self.place_held(place);
        self.held(held, |l| l.mutate_named(place, op, value))
    }

    fn mutate_named(&mut self, place: &Place, op: Method, value: Option<&Expr>) -> Low<()> {
        let shape = self.shape(place.ty)?;
        if op == Method::Clear {
            let (to, empty) = (self.place(place)?, self.empty(place.ty)?);
            self.write(to, empty, &shape);
            return Ok(());
        }
        let element = match shape.kind {
            Kind::Set { element, .. } | Kind::List { element, .. } => element,
            _ => return Ok(()),
        };
        let value = match value {
            Some(e)
                if matches!((&shape.kind, &e.kind), (Kind::Set { .. }, ExprKind::Record(..)))
                    && e.ty == element =>
            {
                let rank = self.of_part(place.ty, |l| l.rank_of(e, element))?;
                let to = self.place(place)?;
                return self.change_bit(Typed { at: to, ty: place.ty }, op, rank);
            }
            Some(e) if op == Method::Remove => {
                let value = self.expression(e)?;
                let to = self.place(place)?;
                // A value outside the element type is not in the collection.
                let outside = self.b.label();
                let value = self.convert(value, e.ty, element, Some(outside))?;
                let part = self.shape(element)?;
                let value = self.force(value, &part);
                let result = self.mutate_at(Typed { at: to, ty: place.ty }, op, value, element);
                self.b.bind(outside);
                return result;
            }
            Some(e) => {
                let value = self.of_part(place.ty, |l| l.expression_as(e, element))?;
                let part = self.shape(element)?;
                self.force(value, &part)
            }
            None => Val::Const(0),
        };
        let to = self.place(place)?;
        self.mutate_at(Typed { at: to, ty: place.ty }, op, value, element)
    }

    /// Changes a collection.
    fn mutate_at(&mut self, to: Typed, op: Method, value: Val, element: TypeId) -> Low<()> {
        let shape = self.shape(to.ty)?;
        let Kind::List { list, bag, .. } = shape.kind else {
            let rank = self.rank(value, element)?;
            return self.change_bit(to, op, rank);
        };
        let part = self.shape(element)?;
        let holder = self.copy(Val::Mem(to.at), &shape);
        match op {
            Method::Push | Method::Add => {
                let src = self.code_slot(value, &part);
                let kind = TrapKind::Full { what: self.holder_name(bag), max: list.array.count };
                self.push(holder, src, list, bag, kind);
            }
            Method::Pop => self.pop(holder, &shape, list),
            _ => {
                let (src, index) = (self.code_slot(value, &part), self.b.register());
                let (id, zero, end) = (self.b.list(list), self.b.constant(0), self.b.label());
                self.b.op(Op::ListFind { dst: index, list: holder, src, shape: id });
                self.b.op(Op::JumpLt { a: index, b: zero, to: end });
                self.b.op(Op::ListRemove { list: holder, index, shape: id });
                self.b.bind(end);
            }
        }
        self.put_back(to.at, holder, &shape);
        Ok(())
    }

    /// Adds the element of a rank to a set, or removes it.
    fn change_bit(&mut self, to: Typed, op: Method, rank: Val) -> Low<()> {
        let shape = self.shape(to.ty)?;
        let add = op == Method::Add;
        if let (None, Val::Const(rank)) = (to.at.dynamic, rank) {
            self.write_code(to.at.plus(rank as u32), Val::Const(add as u64), 1);
            return Ok(());
        }
        let holder = self.copy(Val::Mem(to.at), &shape);
        let (index, words) = (self.number_slot(rank), shape.words);
        self.b.op(match add {
            true => Op::SetBit { set: holder, index, words },
            false => Op::ClearBit { set: holder, index, words },
        });
        self.put_back(to.at, holder, &shape);
        Ok(())
    }

    fn put_back(&mut self, to: Addr, holder: Slot, shape: &Shape) {
        let changed = if shape.narrow { Val::Slot(holder) } else { Val::Mem(Addr::of(holder)) };
        self.write(to, changed, shape);
    }

    fn pop(
        &mut self,
        holder: crate::model::form::code::Slot,
        shape: &crate::model::form::shape::Shape,
        list: crate::model::form::shape::ListShape,
    ) {
        let length = self.length(Val::Mem(Addr::of(holder)), shape);
        let (length, zero, some) = (self.number_slot(length), self.b.constant(0), self.b.label());
        self.b.op(Op::JumpLt { a: zero, b: length, to: some });
        self.trap(TrapKind::Empty { what: "pop" }, zero, zero);
        self.b.bind(some);
        let id = self.b.list(list);
        self.b.op(Op::ListRemove { list: holder, index: zero, shape: id });
    }

    /// What to call a place in a message: the variable, the fields and the indices on the way; with what is declared.
    fn place_held(&self, place: &Place) -> Held {
        let types = &self.program.types;
        let (mut held, mut ty) = match &place.root {
            PlaceRoot::State(s) => {
                let state = &self.program.states[s.index()];
                (Held::whole(state.name.clone()), state.ty)
            }
            PlaceRoot::NodeField { field, .. } => {
                let field = &self.program.node_fields[field.index()];
                (Held::whole(field.name.clone()), field.ty)
            }
        };
        for step in &place.path {
            if let Type::Option(inner) = types.get(ty) {
                held = held.inside(around(types, self.program, ty));
                ty = *inner;
            }
            match (step, types.get(ty)) {
                (PathStep::Field(i), Type::Record(id)) => {
                    let record = &self.program.records[id.index()];
                    let (field, inner) = &record.fields[*i as usize];
                    held = held.field(field, &record.name);
                    ty = *inner;
                }
                (
                    PathStep::Index { index, .. },
                    Type::Map { value: inner, .. } | Type::List { element: inner, .. },
                ) => {
                    held = held.at(&self.index_name(index), around(types, self.program, ty));
                    ty = *inner;
                }
                _ => {}
            }
        }
        held
    }

    /// An index as it is written, where it is a name or a number.
    fn index_name(&self, index: &Expr) -> String {
        match (&index.kind, self.program.types.get(index.ty)) {
            (ExprKind::Int(n), _) => n.to_string(),
            (ExprKind::Member(i), Type::Enum(id)) => {
                self.program.enums[id.index()].variants[*i as usize].clone()
            }
            (ExprKind::Member(i), Type::Node(id)) => self.program.nodes[id.index()].member(*i),
            (ExprKind::Local(local), _) => self.program.locals[local.index()].name.clone(),
            _ => "…".to_string(),
        }
    }
}
