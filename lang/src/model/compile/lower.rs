//! Lowering: typed expressions and statements to flat code.
//!
//! Enters: a program, its layout, one piece at a time (a guard, an effect, a property) with what is known in it.
//! Leaves: operations in a [`Builder`], sites of traps.
//! The idea: partial evaluation. What is constant (the parameters of an instance, the elements of a constant set) is
//! computed here, so that offsets into the state become constants and statically false instances disappear.

use super::builder::Builder;
use super::meetings::Meeting;
use crate::analysis::program::{LocalId, Program, Type, TypeId, Types};

use crate::diag::Diagnostic;
use crate::diag::codes::model as codes;
use crate::model::form::code::{Op, Slot};
use crate::model::form::frame::Region;
use crate::model::form::instance::ChoiceNote;
use crate::model::form::layout::Layout;
use crate::model::form::shape::{Kind, Shape, Shapes, TooWide, mask};
use crate::model::form::trap::{Around, Held, QUIET, TrapKind, TrapSite};
use crate::obligations::property::Property;
use crate::span::Span;
use rustc_hash::FxHashMap;
use std::sync::Arc;

mod binary;
pub(crate) mod branch;
mod collection;
mod convert;
pub(crate) mod expression;
pub(crate) mod iterate;
pub(crate) mod link;
mod place;
pub(crate) mod statement;

/// What cannot be lowered, as a diagnostic.
pub(crate) type Low<T> = Result<T, Box<Diagnostic>>;

/// A value while code is being made. The type is known beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Val {
    /// A narrow value: an integer as it is, everything else packed.
    Const(u64),
    /// The same in a slot.
    Slot(Slot),
    /// Packed in memory: a variable or part of one, or a wide value in registers.
    Mem(Addr),
}

/// Bit `offset + f[dynamic]` after slot `base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Addr {
    pub base: Slot,
    pub offset: u32,
    pub dynamic: Option<Slot>,
    /// Of a dynamic address: it lies before this bit after `base`, whatever the slot says.
    pub limit: u32,
}

impl Addr {
    pub(crate) fn of(base: Slot) -> Addr {
        Addr { base, offset: 0, dynamic: None, limit: 0 }
    }

    pub(crate) fn plus(self, bits: u32) -> Addr {
        Addr { offset: self.offset + bits, ..self }
    }

    /// The slot, of a static address.
    pub(crate) fn word(self) -> Slot {
        self.base.plus(self.offset / 64)
    }

    /// Words from `base` on in which a dynamic address lies.
    fn extent(self) -> u32 {
        self.limit.div_ceil(64)
    }
}

/// A variable or a part of one: where it lies, and its type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed {
    pub at: Addr,
    pub ty: TypeId,
}

impl Typed {
    /// A part, at a bit offset.
    pub(crate) fn part(self, offset: u32, ty: TypeId) -> Typed {
        Typed { at: self.at.plus(offset), ty }
    }
}

/// A part of a composite value: its bit offset, and what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub offset: u32,
    pub value: Val,
    pub ty: TypeId,
}

/// What is known of the step that is being lowered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    /// The reconciler's instance: index of its `at` member.
    pub instance: u32,
    /// What has no value is not told: it is inside an attempt.
    pub quiet: bool,
    /// Sends do nothing (a repeated delivery is judged by what else it does).
    pub silent: bool,
    /// Bindings of `choose`, in order of their note bits.
    pub choices: Vec<ChoiceNote>,
    /// Position of the block's `Instance` and number of the first label behind it, until the guards are done.
    pub block: Option<(usize, usize)>,
    /// Where to go when this way does not exist, as long as nothing was chosen.
    pub fail: Option<crate::model::form::code::Target>,
}

pub(crate) struct Lower<'a> {
    pub program: &'a Program,
    pub layout: &'a Layout,
    pub properties: &'a [Property],
    pub shapes: Shapes,
    pub b: Builder,
    pub traps: Vec<TrapSite>,
    pub locals: FxHashMap<LocalId, Val>,
    /// Which state variables are read from.
    pub here: Region,
    pub context: Context,
    /// The calls of this definition show their operands.
    pub meeting: Option<Meeting>,
    /// A `quiescent` was lowered.
    pub asks_quiescence: bool,
    /// Where the piece being lowered stands: of errors and traps.
    pub span: Span,
    /// Nesting of calls.
    depth: u32,
    /// Where the value that is lowered will be stored, for traps.
    subject: Option<Held>,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(
        program: &'a Program,
        layout: &'a Layout,
        properties: &'a [Property],
        shapes: Shapes,
    ) -> Self {
        Lower {
            program,
            layout,
            properties,
            shapes,
            b: Builder::new(layout.map()),
            traps: Vec::new(),
            locals: FxHashMap::default(),
            here: Region::After,
            context: Context::default(),
            meeting: None,
            asks_quiescence: false,
            span: program.span,
            depth: 0,
            subject: None,
        }
    }

    pub(crate) fn shape(&mut self, ty: TypeId) -> Low<Arc<Shape>> {
        let span = self.span;
        self.shapes.of(ty).map_err(|wide| Box::new(too_wide(self.program, &self.shapes, span, &wide)))
    }

    /// Registers a site of a trap at the current place.
    pub(crate) fn site(&mut self, kind: TrapKind) -> u32 {
        if self.context.quiet {
            return QUIET;
        }
        let site = TrapSite { span: self.span, kind };
        if let Some(i) = self.traps.iter().position(|t| *t == site) {
            return i as u32;
        }
        self.traps.push(site);
        self.traps.len() as u32 - 1
    }

    /// A trap that happens wherever the code comes here.
    pub(crate) fn trap(&mut self, kind: TrapKind, a: Slot, b: Slot) {
        let site = self.site(kind);
        self.b.op(Op::Trap { site, a, b });
    }

    /// Lowers with a name for what is being assigned to, in traps.
    pub(crate) fn named<T>(&mut self, name: &str, f: impl FnOnce(&mut Self) -> Low<T>) -> Low<T> {
        self.held(Held::whole(name.to_string()), f)
    }

    /// Lowers a part of a value of that type.
    pub(crate) fn of_part<T>(&mut self, whole: TypeId, f: impl FnOnce(&mut Self) -> Low<T>) -> Low<T> {
        match self.subject.clone() {
            Some(subject) => {
                let subject = subject.inside(around(&self.shapes.types, self.program, whole));
                self.held(subject, f)
            }
            None => f(self),
        }
    }

    /// Lowers what is stored there.
    pub(crate) fn held<T>(&mut self, subject: Held, f: impl FnOnce(&mut Self) -> Low<T>) -> Low<T> {
        let outer = self.subject.replace(subject);
        let result = f(self);
        self.subject = outer;
        result
    }

    pub(crate) fn check_size(&self) -> Low<()> {
        if self.b.overflowed() {
            let words = "this model is too large to be compiled";
            let error = Diagnostic::error(codes::TOO_MUCH_CODE, self.span, words)
                .label("too much code by here")
                .help("use fewer nodes, smaller types or fewer parameters");
            return Err(Box::new(error));
        }
        Ok(())
    }

    // ---- values ----

    /// The first address of the current state's bit `bit`.
    pub(crate) fn variable(&self, bit: u32) -> Addr {
        Addr::of(self.b.map.region(self.here)).plus(bit)
    }

    /// A fresh place for a value of a type.
    pub(crate) fn temporary(&mut self, shape: &Shape) -> Addr {
        Addr::of(self.b.registers_run(shape.words))
    }

    /// A fresh place, all zero.
    pub(crate) fn zeroed(&mut self, shape: &Shape) -> Addr {
        let addr = self.temporary(shape);
        self.zero(addr.base, shape.words);
        addr
    }

    fn zero(&mut self, dst: Slot, words: u32) {
        if words == 1 {
            let src = self.b.constant(0);
            return self.b.op(Op::Move { dst, src });
        }
        self.b.op(Op::Zero { dst, words });
    }

    /// A narrow value at an address, packed.
    fn load_code(&mut self, addr: Addr, width: u32) -> Val {
        if width == 0 {
            return Val::Const(0);
        }
        if addr.dynamic.is_none() && addr.base.is_constant() {
            let word = self.b.constant_value(addr.word()).unwrap_or(0);
            return Val::Const(word >> (addr.offset % 64) & mask(width));
        }
        let dst = self.b.register();
        let width = width as u8;
        match addr.dynamic {
            None => {
                let shift = (addr.offset % 64) as u8;
                self.b.op(Op::Load { dst, src: addr.word(), shift, width });
            }
            Some(by) => {
                let extent = addr.extent();
                self.b.op(Op::LoadAt { dst, addr: by, base: addr.base, offset: addr.offset, extent, width });
            }
        }
        Val::Slot(dst)
    }

    /// A packed scalar as an integer (adds what its type starts from).
    pub(crate) fn decode(&mut self, code: Val, shape: &Shape) -> Val {
        match shape.kind {
            Kind::Scalar { lo } if lo != 0 => self.add_const(code, lo),
            _ => code,
        }
    }

    /// The reverse.
    pub(crate) fn encode(&mut self, value: Val, shape: &Shape) -> Val {
        match shape.kind {
            Kind::Scalar { lo } if lo != 0 => self.add_const(value, lo.wrapping_neg()),
            _ => value,
        }
    }

    pub(crate) fn add_const(&mut self, value: Val, by: i64) -> Val {
        match value {
            _ if by == 0 => value,
            Val::Const(c) => Val::Const(c.wrapping_add(by as u64)),
            Val::Slot(a) => {
                let (dst, b) = (self.b.register(), self.b.constant(by as u64));
                self.b.op(Op::Add { dst, a, b });
                Val::Slot(dst)
            }
            Val::Mem(_) => value,
        }
    }

    /// A narrow value out of memory, if it is there.
    pub(crate) fn narrow(&mut self, value: Val, shape: &Shape) -> Val {
        match value {
            Val::Mem(addr) if shape.narrow => {
                let code = self.load_code(addr, shape.bits);
                self.decode(code, shape)
            }
            value => value,
        }
    }

    /// The slot of a value: of an integer as it is, of everything else packed; of a wide value the first of its slots.
    pub(crate) fn slot(&mut self, value: Val, shape: &Shape) -> Slot {
        match self.narrow(value, shape) {
            Val::Const(c) => self.b.constant(c),
            Val::Slot(slot) => slot,
            Val::Mem(addr) if addr.dynamic.is_none() => addr.word(),
            Val::Mem(at) => {
                let (dst, words) = (self.b.registers_run(shape.words), shape.words);
                let (Addr { base, offset, .. }, extent) = (at, at.extent());
                let addr = at.dynamic.unwrap_or(base);
                self.b.op(Op::CopyFrom { dst, addr, base, offset, extent, words });
                dst
            }
        }
    }

    /// A narrow value packed, constant or in a slot.
    pub(crate) fn code(&mut self, value: Val, shape: &Shape) -> Val {
        match value {
            Val::Mem(addr) => self.load_code(addr, shape.bits),
            value => self.encode(value, shape),
        }
    }

    /// The slot of a packed value; of a wide value the first of its slots.
    pub(crate) fn code_slot(&mut self, value: Val, shape: &Shape) -> Slot {
        if !shape.narrow {
            return self.slot(value, shape);
        }
        match self.code(value, shape) {
            Val::Const(c) => self.b.constant(c),
            Val::Slot(slot) => slot,
            Val::Mem(addr) => addr.word(),
        }
    }

    /// A copy that later effects do not change.
    pub(crate) fn force(&mut self, value: Val, shape: &Shape) -> Val {
        match value {
            Val::Mem(_) if shape.narrow => self.narrow(value, shape),
            Val::Mem(addr) if !addr.base.is_constant() => {
                let copy = self.temporary(shape);
                self.write(copy, value, shape);
                Val::Mem(copy)
            }
            value => value,
        }
    }

    /// A packed value in registers of its own, to be changed in place.
    pub(crate) fn copy(&mut self, value: Val, shape: &Shape) -> Slot {
        let place = self.temporary(shape);
        if shape.narrow {
            let src = self.code_slot(value, shape);
            self.b.op(Op::Move { dst: place.base, src });
        } else {
            self.write(place, value, shape);
        }
        place.base
    }

    /// What a packed value in a slot is as a value.
    pub(crate) fn packed(&mut self, slot: Slot, shape: &Shape) -> Val {
        if !shape.narrow {
            return Val::Mem(Addr::of(slot));
        }
        self.decode(Val::Slot(slot), shape)
    }

    /// Puts a value of a type into a place of that type.
    pub(crate) fn write(&mut self, to: Addr, value: Val, shape: &Shape) {
        if shape.narrow {
            let code = self.code(value, shape);
            return self.write_code(to, code, shape.bits);
        }
        let src = match value {
            Val::Mem(at @ Addr { base, offset, dynamic: Some(addr), .. }) if to.dynamic.is_none() => {
                let (dst, words, extent) = (to.word(), shape.words, at.extent());
                return self.b.op(Op::CopyFrom { dst, addr, base, offset, extent, words });
            }
            value => self.slot(value, shape),
        };
        match to.dynamic {
            None if to.word() == src => {}
            None => self.b.op(Op::Copy { dst: to.word(), src, words: shape.words }),
            Some(addr) => {
                let (Addr { base, offset, .. }, extent, words) = (to, to.extent(), shape.words);
                self.b.op(Op::CopyTo { src, addr, base, offset, extent, words });
            }
        }
    }

    /// Puts a packed narrow value of `width` bits into a place.
    pub(crate) fn write_code(&mut self, to: Addr, code: Val, width: u32) {
        if width == 0 {
            return;
        }
        let shift = to.offset % 64;
        let src = match (code, to.dynamic) {
            (Val::Const(c), None) => {
                let field = mask(width) << shift;
                return self.b.set_bits(to.word(), field, c << shift & field);
            }
            (Val::Const(c), _) => self.b.constant(c),
            (Val::Slot(slot), _) => slot,
            (Val::Mem(addr), _) => addr.word(),
        };
        match to.dynamic {
            None => self.b.op(Op::Store { dst: to.word(), src, shift: shift as u8, width: width as u8 }),
            Some(addr) => {
                let width = width as u8;
                let (Addr { base, offset, .. }, extent) = (to, to.extent());
                self.b.op(Op::StoreAt { src, addr, base, offset, extent, width });
            }
        }
    }

    /// Composes a packed value from its parts; `header` are bits of the first word.
    pub(crate) fn compose(&mut self, shape: &Shape, header: u64, parts: &[Part]) -> Low<Val> {
        let mut constant = header;
        let mut rest = Vec::new();
        for &Part { offset, value, ty } in parts {
            let part = self.shape(ty)?;
            match value {
                Val::Const(_) if shape.narrow => {
                    let Val::Const(code) = self.encode(value, &part) else { continue };
                    constant |= code.checked_shl(offset).unwrap_or(0);
                }
                value => rest.push((offset, value, part)),
            }
        }
        if shape.narrow && rest.is_empty() {
            return Ok(Val::Const(constant));
        }
        let place = self.temporary(shape);
        if shape.words > 1 {
            self.zero(place.base, shape.words);
        }
        let src = self.b.constant(constant);
        self.b.op(Op::Move { dst: place.base, src });
        for (offset, value, part) in rest {
            self.write(place.plus(offset), value, &part);
        }
        Ok(if shape.narrow { Val::Slot(place.base) } else { Val::Mem(place) })
    }

    /// A part of a composite value, at a constant bit offset.
    pub(crate) fn part(&mut self, whole: Val, whole_shape: &Shape, offset: u32, part: &Shape) -> Val {
        match whole {
            Val::Const(c) => {
                let code = c.checked_shr(offset).unwrap_or(0) & mask(part.bits);
                self.decode(Val::Const(code), part)
            }
            Val::Slot(slot) => {
                debug_assert!(whole_shape.narrow);
                Val::Mem(Addr::of(slot).plus(offset))
            }
            Val::Mem(addr) => Val::Mem(addr.plus(offset)),
        }
    }

    /// A part at a bit offset that is in a slot, somewhere in the `bits` bits of the whole.
    pub(crate) fn part_at(&mut self, whole: Val, by: Slot, bits: u32) -> Val {
        let addr = match whole {
            Val::Const(c) => Addr::of(self.b.constant(c)),
            Val::Slot(slot) => Addr::of(slot),
            Val::Mem(addr) => addr,
        };
        let limit = if addr.dynamic.is_some() { addr.limit } else { addr.offset + bits };
        let dynamic = match addr.dynamic {
            None => by,
            Some(first) => {
                let dst = self.b.register();
                self.b.op(Op::Add { dst, a: first, b: by });
                dst
            }
        };
        Val::Mem(Addr { dynamic: Some(dynamic), limit, ..addr })
    }
}

/// The diagnostic for a type that does not fit: at the declaration that has it, else at `span`.
pub(crate) fn too_wide(program: &Program, shapes: &Shapes, span: Span, wide: &TooWide) -> Diagnostic {
    let declared = (program.states.iter().map(|s| (s.ty, s.span)))
        .chain(program.node_fields.iter().map(|f| (f.ty, f.span)))
        .find(|(ty, _)| *ty == wide.ty);
    let name = crate::model::form::names::type_name(program, &shapes.types, wide.ty);
    let message = format!("{name} is too wide: {}", wide.why);
    Diagnostic::error(codes::TOO_WIDE, declared.map_or(span, |d| d.1), message)
        .label("too many values")
        .help("use a smaller range, fewer elements or fewer nodes: a small model finds the same bugs")
}

/// The type of a container without that of its parts.
pub(crate) fn around(types: &Types, program: &Program, whole: TypeId) -> Around {
    let (before, after, part) = match types.get(whole) {
        Type::Set(_) => ("set<".to_string(), ">".to_string(), Some("an element of")),
        Type::List { max, .. } => ("list<".to_string(), format!(", {max}>"), Some("an element of")),
        Type::Bag { max, .. } => ("bag<".to_string(), format!(", {max}>"), Some("an element of")),
        Type::Map { key, .. } => {
            (format!("map<{} -> ", types.name(*key, program)), ">".to_string(), Some("a value of"))
        }
        Type::Option(_) => (String::new(), "?".to_string(), None),
        _ => return Around::default(),
    };
    Around { before, after, part }
}
