//! Random typed expressions and statements over a fixed set of types, narrow and wide.

use reconverge_lang::analysis::program::*;
use reconverge_lang::span::Span;
use reconverge_lang::value::Value;

pub const VARIABLES: usize = 16;
const DEFINITIONS: usize = 8;

/// Types of which a value of one may stand where another is wanted, by their place in [`Generator::types`].
const FAMILIES: [&[usize]; 4] = [&[1, 4, 13, 19, 22], &[7, 14, 20], &[10, 15, 21], &[11, 23]];

pub struct Generator {
    seed: u64,
    /// Locals in scope, with their types.
    scope: Vec<(LocalId, TypeId)>,
    pub types: Vec<TypeId>,
}

fn expr(kind: ExprKind, ty: TypeId) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

/// A value as an expression.
pub fn literal(program: &Program, value: &Value, ty: TypeId) -> Expr {
    let kind = match (value, program.types.get(ty).clone()) {
        (Value::Bool(b), _) => ExprKind::Bool(*b),
        (Value::Int(i), Type::Int { .. }) => ExprKind::Int(*i),
        (Value::Name(n), Type::Enum(_)) => ExprKind::Member((n.as_bytes()[0] - b'a') as u32),
        (Value::Name(n), Type::Node(_)) => ExprKind::Member((n.as_bytes()[1] - b'1') as u32),
        (Value::None, _) => ExprKind::None,
        (value, Type::Option(inner)) => ExprKind::Some(Box::new(literal(program, value, inner))),
        (Value::Record(_, fields), Type::Record(r)) => {
            let types = program.records[r.index()].fields.iter().map(|f| f.1);
            ExprKind::Record(r, fields.iter().zip(types).map(|((_, v), t)| literal(program, v, t)).collect())
        }
        (Value::Set(items), Type::Set(e)) => {
            ExprKind::Set(items.iter().map(|v| literal(program, v, e)).collect())
        }
        (Value::List(items), Type::List { element, .. }) => {
            ExprKind::List(items.iter().map(|v| literal(program, v, element)).collect())
        }
        (Value::Map(entries), Type::Map { value, .. }) => {
            ExprKind::Map(entries.iter().map(|(_, v)| literal(program, v, value)).collect())
        }
        (value, ty) => panic!("no literal for {value} of {ty:?}"),
    };
    expr(kind, ty)
}

/// The enum, the records and the node kind.
fn declare(
    p: &mut Program,
    (small, letter, list, digits): (TypeId, TypeId, TypeId, TypeId),
    (bool_, many): (TypeId, TypeId),
) {
    let span = Span::default();
    p.enums.push(Enum {
        name: "Letter".into(),
        symmetric: false,
        variants: vec!["a".into(), "b".into(), "c".into()],
        docs: None,
        span,
    });
    let record =
        |name: &str, fields: Vec<(String, TypeId)>| Record { name: name.into(), fields, docs: None, span };
    p.records.push(record("Pair", vec![("n".into(), small), ("l".into(), letter)]));
    let fields = vec![("many".into(), many), ("ok".into(), bool_), ("log".into(), list), ("n".into(), small)];
    p.records.push(record("Wide", fields));
    p.nodes.push(Node {
        name: "N".into(),
        count: 3,
        single: false,
        symmetric: false,
        fields: vec![NodeFieldId(0), NodeFieldId(1), NodeFieldId(2)],
        docs: None,
        span,
    });
    p.nodes[0].count = 2;
    for (i, ty) in [small, digits, many].into_iter().enumerate() {
        p.node_fields.push(NodeField {
            node: NodeId(0),
            name: format!("f{i}"),
            ty,
            volatile: false,
            ghost: false,
            time: None,
            init: Init::Default,
            docs: None,
            span,
        });
    }
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Generator { seed: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, scope: Vec::new(), types: Vec::new() }
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 11) % n
    }

    pub fn program(&mut self) -> Program {
        let mut p = Program { name: "Random".into(), ..Program::default() };
        let mut ty = |t: Type| p.types.intern(t);
        let bool_ = ty(Type::Bool);
        let small = ty(Type::Int { lo: -1, hi: 3 });
        let letter = ty(Type::Enum(EnumId(0)));
        let node = ty(Type::Node(NodeId(0)));
        let maybe = ty(Type::Option(small));
        let pair = ty(Type::Record(RecordId(0)));
        let maybe_pair = ty(Type::Option(pair));
        let numbers = ty(Type::Set(small));
        let pairs = ty(Type::Set(pair));
        let list = ty(Type::List { element: pair, max: 3 });
        let digits = ty(Type::List { element: small, max: 4 });
        let by_letter = ty(Type::Map { key: letter, value: small });
        let nodes = ty(Type::Set(node));
        let hundred = ty(Type::Int { lo: 0, hi: 99 });
        let many = ty(Type::Set(hundred));
        let long = ty(Type::List { element: hundred, max: 20 });
        let wide = ty(Type::Record(RecordId(1)));
        let wides = ty(Type::List { element: wide, max: 2 });
        let by_pair = ty(Type::Map { key: pair, value: digits });
        let tiny = ty(Type::Int { lo: 0, hi: 1 });
        let tinies = ty(Type::Set(tiny));
        let bits = ty(Type::List { element: tiny, max: 2 });
        let maybe_tiny = ty(Type::Option(tiny));
        let tiny_by_letter = ty(Type::Map { key: letter, value: tiny });
        self.types = vec![
            bool_,
            small,
            letter,
            node,
            maybe,
            pair,
            maybe_pair,
            numbers,
            pairs,
            list,
            digits,
            by_letter,
            nodes,
            hundred,
            many,
            long,
            wide,
            wides,
            by_pair,
            tiny,
            tinies,
            bits,
            maybe_tiny,
            tiny_by_letter,
        ];
        declare(&mut p, (small, letter, list, digits), (bool_, many));
        self.variables(&mut p);
        assert_eq!(p.states.len(), VARIABLES);
        for _ in 0..DEFINITIONS {
            self.definition(&mut p);
        }
        p
    }

    /// A variable of each type but a few.
    fn variables(&mut self, p: &mut Program) {
        let places = (0..13).chain([14, 16, 17]);
        for (i, place) in places.enumerate() {
            p.states.push(State {
                name: format!("v{i}"),
                ty: self.types[place],
                ghost: false,
                time: None,
                init: Init::Default,
                docs: None,
                span: Span::default(),
            });
        }
    }

    /// A definition whose body has more values than its declared result, more often than not.
    fn definition(&mut self, p: &mut Program) {
        let types: Vec<_> = (0..1 + self.below(2)).map(|_| self.any_type()).collect();
        let params: Vec<_> = types.iter().map(|ty| self.local(p, *ty)).collect();
        self.scope = params.iter().copied().zip(types).collect();
        let family = FAMILIES[self.below(FAMILIES.len() as u64) as usize];
        let ty = self.one_of(family);
        let body = self.loose(p, ty, 2);
        self.scope.clear();
        let name = format!("f{}", p.defs.len());
        p.defs.push(Def { name, params, ty, body, docs: None, span: Span::default() });
    }

    /// An expression of the type, or of one whose values may stand for it.
    fn loose(&mut self, p: &mut Program, ty: TypeId, depth: u32) -> Expr {
        let family = FAMILIES.iter().find(|f| f.iter().any(|i| self.types[*i] == ty));
        match family {
            Some(family) if self.below(3) == 0 => {
                let other = self.one_of(family);
                self.expression(p, other, depth)
            }
            _ => self.expression(p, ty, depth),
        }
    }

    /// An element that is written out: the type of the whole has its values.
    fn item(&mut self, p: &mut Program, ty: TypeId, depth: u32) -> Expr {
        let tiny = self.types[19];
        let wider = [self.types[1], self.types[4], self.types[13], self.types[22]];
        let narrow = wider.contains(&ty) && self.below(2) == 0;
        self.expression(p, if narrow { tiny } else { ty }, depth)
    }

    fn loosely(&mut self, p: &mut Program, ty: TypeId, depth: u32) -> Box<Expr> {
        Box::new(self.loose(p, ty, depth))
    }

    /// A call of a definition that has the type, if there is one.
    fn call(&mut self, p: &mut Program, ty: TypeId, d: u32) -> Option<ExprKind> {
        let of_type: Vec<_> = (0..p.defs.len()).filter(|i| p.defs[*i].ty == ty).collect();
        let def = *of_type.get(self.below(of_type.len().max(1) as u64) as usize)?;
        let params: Vec<_> = p.defs[def].params.iter().map(|l| p.locals[l.index()].ty).collect();
        let args = params.into_iter().map(|ty| self.loose(p, ty, d)).collect();
        Some(ExprKind::Call(DefId(def as u32), args))
    }

    pub fn value(&mut self, p: &Program, ty: TypeId) -> Value {
        match p.types.get(ty).clone() {
            Type::Bool => Value::Bool(self.below(2) == 0),
            Type::Int { lo, hi } => Value::Int(lo + self.below((hi - lo + 1) as u64) as i64),
            Type::Enum(_) => Value::Name(["a", "b", "c"][self.below(3) as usize].into()),
            Type::Node(_) => Value::Name(["n1", "n2"][self.below(2) as usize].into()),
            Type::Option(inner) => {
                if self.below(3) == 0 {
                    Value::None
                } else {
                    self.value(p, inner)
                }
            }
            Type::Record(r) => {
                let record = p.records[r.index()].clone();
                let fields = record.fields.iter().map(|(n, t)| (n.as_str().into(), self.value(p, *t)));
                Value::Record(record.name.as_str().into(), fields.collect())
            }
            Type::Set(e) => {
                let mut items: Vec<_> = (0..self.below(5)).map(|_| self.value(p, e)).collect();
                items.sort();
                items.dedup();
                Value::Set(items)
            }
            Type::List { element, max } => {
                let length = self.below(max as u64 + 1);
                Value::List((0..length).map(|_| self.value(p, element)).collect())
            }
            Type::Map { key, value } => {
                let keys = super::naive::all_values(p, key);
                Value::Map(keys.into_iter().map(|k| (k, self.value(p, value))).collect())
            }
            _ => Value::None,
        }
    }

    fn any_type(&mut self) -> TypeId {
        let index = self.below(self.types.len() as u64);
        self.types[index as usize]
    }

    fn one_of(&mut self, types: &[usize]) -> TypeId {
        let index = self.below(types.len() as u64);
        self.types[types[index as usize]]
    }

    pub fn any_expression(&mut self, p: &mut Program, depth: u32) -> Expr {
        let ty = self.any_type();
        self.expression(p, ty, depth)
    }

    fn local(&mut self, p: &mut Program, ty: TypeId) -> LocalId {
        let id = LocalId(p.locals.len() as u32);
        p.locals.push(Local { name: format!("x{}", id.0), ty, span: Span::default() });
        id
    }

    /// A variable, local or literal of the type.
    fn leaf(&mut self, p: &mut Program, ty: TypeId) -> Expr {
        let locals: Vec<_> = self.scope.iter().filter(|l| l.1 == ty).map(|l| l.0).collect();
        if !locals.is_empty() && self.below(2) == 0 {
            return expr(ExprKind::Local(locals[self.below(locals.len() as u64) as usize]), ty);
        }
        let states: Vec<_> = (0..p.states.len()).filter(|i| p.states[*i].ty == ty).collect();
        if !states.is_empty() && self.below(4) != 0 {
            return expr(
                ExprKind::State(StateId(states[self.below(states.len() as u64) as usize] as u32)),
                ty,
            );
        }
        if let Some(field) = p.node_fields.iter().position(|f| f.ty == ty) {
            let node = Box::new(self.leaf(p, self.types[3]));
            return expr(ExprKind::NodeField { node, field: NodeFieldId(field as u32) }, ty);
        }
        let value = self.value(p, ty);
        literal(p, &value, ty)
    }

    fn boxed(&mut self, p: &mut Program, ty: TypeId, depth: u32) -> Box<Expr> {
        Box::new(self.expression(p, ty, depth))
    }

    /// A binder over a random set or list, and what is bound (to be taken out of scope again).
    pub fn binder(&mut self, p: &mut Program, depth: u32) -> Binder {
        if self.below(8) == 0 {
            return self.over_bools(p, depth);
        }
        let sources = [7, 8, 12, 14, 9, 10];
        let ty = self.one_of(&sources);
        let element = match *p.types.get(ty) {
            Type::Set(e) | Type::List { element: e, .. } => e,
            _ => ty,
        };
        let set = match self.below(4) {
            0 if matches!(p.types.get(ty), Type::Set(e) if *e != self.types[13]) => {
                Box::new(expr(ExprKind::TypeSet(element), ty))
            }
            _ => self.boxed(p, ty, depth),
        };
        let local = self.local(p, element);
        self.scope.push((local, element));
        let filter = (self.below(2) == 0).then(|| self.boxed(p, self.types[0], depth));
        Binder { local, set, filter, span: Span::default() }
    }

    /// `x in bool`
    fn over_bools(&mut self, p: &mut Program, depth: u32) -> Binder {
        let bool_ = self.types[0];
        let set = Box::new(expr(ExprKind::TypeSet(bool_), p.types.intern(Type::Set(bool_))));
        let local = self.local(p, bool_);
        self.scope.push((local, bool_));
        let filter = (self.below(2) == 0).then(|| self.boxed(p, bool_, depth));
        Binder { local, set, filter, span: Span::default() }
    }

    /// `first x in S where P by e`
    fn first(&mut self, p: &mut Program, element: TypeId, d: u32) -> ExprKind {
        let ty = p.types.intern(Type::Set(element));
        let set = self.boxed(p, ty, d.min(1));
        let local = self.local(p, element);
        self.scope.push((local, element));
        let filter = (self.below(2) == 0).then(|| self.boxed(p, self.types[0], d.min(1)));
        let key = (self.below(3) > 0).then(|| Box::new(self.number(p, d.min(1))));
        self.scope.pop();
        ExprKind::First(Binder { local, set, filter, span: Span::default() }, key)
    }

    /// `{ k -> e for k in K }`
    fn map_of(&mut self, p: &mut Program, (key, value): (TypeId, TypeId), d: u32) -> ExprKind {
        let ty = p.types.intern(Type::Set(key));
        let set = Box::new(expr(ExprKind::TypeSet(key), ty));
        let local = self.local(p, key);
        self.scope.push((local, key));
        let body = self.loosely(p, value, d);
        self.scope.pop();
        ExprKind::MapOf(Binder { local, set, filter: None, span: Span::default() }, body)
    }

    pub fn expression(&mut self, p: &mut Program, ty: TypeId, depth: u32) -> Expr {
        if depth == 0 {
            return self.leaf(p, ty);
        }
        let d = depth - 1;
        let kind = match self.below(12) {
            0 => {
                ExprKind::If(self.boxed(p, self.types[0], d), self.loosely(p, ty, d), self.loosely(p, ty, d))
            }
            1 => {
                let bound = self.any_type();
                let value = self.loosely(p, bound, d);
                let local = self.local(p, bound);
                self.scope.push((local, bound));
                let body = self.boxed(p, ty, d);
                self.scope.pop();
                ExprKind::Let(local, value, body)
            }
            2 if ty == self.types[1] => ExprKind::Field(self.boxed(p, self.types[5], d), 0),
            2 if ty == self.types[2] => ExprKind::Field(self.boxed(p, self.types[5], d), 1),
            2 if ty == self.types[9] => ExprKind::Field(self.boxed(p, self.types[16], d), 2),
            2 if ty == self.types[14] => ExprKind::Field(self.boxed(p, self.types[16], d), 0),
            3 if ty == self.types[1] => self.index(p, d),
            3 if ty == self.types[5] => {
                ExprKind::Index(self.boxed(p, self.types[9], d), self.boxed(p, self.types[1], d))
            }
            3 if ty == self.types[16] => {
                ExprKind::Index(self.boxed(p, self.types[17], d), self.boxed(p, self.types[1], d))
            }
            3 if ty == self.types[10] => {
                ExprKind::Index(self.boxed(p, self.types[18], d), self.boxed(p, self.types[5], d))
            }
            4 if ty == self.types[1] => ExprKind::Unwrap(self.boxed(p, self.types[4], d)),
            4 if ty == self.types[5] => ExprKind::Unwrap(self.boxed(p, self.types[6], d)),
            5 if ty == self.types[1] => return self.small_number(p, d),
            6 | 7 if depth > 1 => match self.call(p, ty, d) {
                Some(call) => call,
                None => return self.by_type(p, ty, d),
            },
            _ => return self.by_type(p, ty, d),
        };
        expr(kind, ty)
    }

    fn index(&mut self, p: &mut Program, d: u32) -> ExprKind {
        match self.below(2) {
            0 => ExprKind::Index(self.boxed(p, self.types[10], d), self.boxed(p, self.types[1], d)),
            _ => ExprKind::Index(self.boxed(p, self.types[11], d), self.boxed(p, self.types[2], d)),
        }
    }

    /// A number of the small type: min and max keep it inside; a `let` brings it back from arithmetic (and may trap).
    fn small_number(&mut self, p: &mut Program, d: u32) -> Expr {
        let ty = self.types[1];
        if self.below(2) == 0 {
            let which = if self.below(2) == 0 { Builtin::Min } else { Builtin::Max };
            let args = vec![self.expression(p, ty, d), self.expression(p, ty, d)];
            return expr(ExprKind::Builtin(which, args), ty);
        }
        let value = Box::new(self.number(p, d));
        let local = self.local(p, ty);
        expr(ExprKind::Let(local, value, Box::new(expr(ExprKind::Local(local), ty))), ty)
    }

    /// A number of any size.
    fn number(&mut self, p: &mut Program, d: u32) -> Expr {
        let small = self.types[1];
        let any = p.types.intern(Type::Int { lo: -1000, hi: 1000 });
        let kind = match self.below(10) {
            9 => {
                let member = self.one_of(&[2, 3]);
                ExprKind::Builtin(Builtin::Index, vec![self.expression(p, member, d)])
            }
            0 => ExprKind::Binary(BinaryOp::Add, self.boxed(p, small, d), self.boxed(p, small, d)),
            1 => ExprKind::Binary(BinaryOp::Subtract, self.boxed(p, small, d), self.boxed(p, small, d)),
            2 => ExprKind::Binary(BinaryOp::Multiply, self.boxed(p, small, d), self.boxed(p, small, d)),
            3 => ExprKind::Binary(BinaryOp::Divide, self.boxed(p, small, d), self.boxed(p, small, d)),
            4 => ExprKind::Binary(BinaryOp::Remainder, self.boxed(p, small, d), self.boxed(p, small, d)),
            5 => {
                let holder = self.one_of(&[7, 8, 9, 10]);
                ExprKind::Builtin(Builtin::Len, vec![self.expression(p, holder, d)])
            }
            6 => {
                let binder = self.binder(p, d.min(1));
                self.scope.pop();
                ExprKind::Count(binder)
            }
            _ => {
                let binder = self.binder(p, d.min(1));
                let body = self.boxed(p, small, d.min(1));
                self.scope.pop();
                match self.below(3) {
                    0 => ExprKind::Sum(binder, body),
                    1 => ExprKind::Min(binder, body),
                    _ => ExprKind::Max(binder, body),
                }
            }
        };
        expr(kind, any)
    }

    fn by_type(&mut self, p: &mut Program, ty: TypeId, d: u32) -> Expr {
        let kind = match p.types.get(ty).clone() {
            Type::Bool => return self.condition(p, d),
            Type::Option(inner) if [self.types[1], self.types[5]].contains(&inner) && self.below(3) == 0 => {
                self.first(p, inner, d)
            }
            Type::Option(inner) if self.below(3) > 0 => ExprKind::Some(self.loosely(p, inner, d)),
            Type::Record(r) => {
                let types: Vec<_> = p.records[r.index()].fields.iter().map(|f| f.1).collect();
                ExprKind::Record(r, types.into_iter().map(|t| self.loose(p, t, d)).collect())
            }
            Type::Set(e) => match self.below(4) {
                0 => ExprKind::Set((0..self.below(3)).map(|_| self.item(p, e, d)).collect()),
                1 => {
                    let binder = self.binder(p, d.min(1));
                    let body = self.loosely(p, e, d.min(2));
                    self.scope.pop();
                    ExprKind::SetOf(binder, body)
                }
                2 if e == self.types[5] => {
                    ExprKind::Builtin(Builtin::Elements, vec![self.expression(p, self.types[9], d)])
                }
                2 if e == self.types[1] => {
                    let lo = self.boxed(p, self.types[1], d);
                    ExprKind::Range(lo, self.boxed(p, self.types[1], d))
                }
                _ => {
                    let ops = [BinaryOp::Union, BinaryOp::Difference, BinaryOp::Intersect];
                    let op = ops[self.below(3) as usize];
                    ExprKind::Binary(op, self.loosely(p, ty, d), self.loosely(p, ty, d))
                }
            },
            Type::List { element, .. } => match self.below(5) {
                0 => ExprKind::List((0..self.below(3)).map(|_| self.item(p, element, d)).collect()),
                1 => {
                    let number = self.types[1];
                    let from = (self.below(2) == 0).then(|| self.boxed(p, number, d));
                    let to = (self.below(2) == 0).then(|| self.boxed(p, number, d));
                    ExprKind::Slice(self.loosely(p, ty, d), from, to)
                }
                2 => ExprKind::Binary(BinaryOp::Concat, self.loosely(p, ty, d), self.loosely(p, ty, d)),
                3 => {
                    let args = vec![self.expression(p, ty, d), self.expression(p, ty, d)];
                    ExprKind::Builtin(Builtin::CommonPrefix, args)
                }
                _ => {
                    let binder = self.binder(p, d.min(1));
                    let body = self.loosely(p, element, d.min(1));
                    self.scope.pop();
                    ExprKind::ListOf(binder, body)
                }
            },
            Type::Map { key, value } if self.below(3) == 0 => self.map_of(p, (key, value), d),
            Type::Map { value, .. } if self.below(2) == 0 => ExprKind::MapFill(self.loosely(p, value, d)),
            _ => return self.leaf(p, ty),
        };
        expr(kind, ty)
    }

    fn condition(&mut self, p: &mut Program, d: u32) -> Expr {
        let bool_ = self.types[0];
        let small = self.types[1];
        let kind = match self.below(12) {
            0 => ExprKind::Not(self.boxed(p, bool_, d)),
            1..=3 => {
                let op = [BinaryOp::And, BinaryOp::Or, BinaryOp::Implies][self.below(3) as usize];
                ExprKind::Binary(op, self.boxed(p, bool_, d), self.boxed(p, bool_, d))
            }
            4 => {
                let ops = [BinaryOp::Less, BinaryOp::LessEqual, BinaryOp::Greater, BinaryOp::GreaterEqual];
                let op = ops[self.below(4) as usize];
                let left = Box::new(self.number(p, d));
                ExprKind::Binary(op, left, self.boxed(p, small, d))
            }
            5 | 6 => {
                let ty = self.any_type();
                let op = if self.below(2) == 0 { BinaryOp::Equal } else { BinaryOp::NotEqual };
                ExprKind::Binary(op, self.loosely(p, ty, d), self.loosely(p, ty, d))
            }
            7 => {
                let (holder, element) =
                    [(7, 1), (8, 5), (12, 3), (14, 13), (9, 5), (10, 1)][self.below(6) as usize];
                let element = if element == 1 && self.below(2) == 0 {
                    Box::new(self.number(p, d))
                } else {
                    self.loosely(p, self.types[element], d)
                };
                ExprKind::Binary(BinaryOp::In, element, self.boxed(p, self.types[holder], d))
            }
            8 => {
                let ty = self.one_of(&[7, 8, 12, 14]);
                ExprKind::Binary(BinaryOp::Subset, self.boxed(p, ty, d), self.boxed(p, ty, d))
            }
            9 => {
                let ty = self.one_of(&[9, 10, 15, 17]);
                let which = if self.below(2) == 0 { Builtin::IsPrefix } else { Builtin::Comparable };
                ExprKind::Builtin(which, vec![self.expression(p, ty, d), self.expression(p, ty, d)])
            }
            _ => {
                let binder = self.binder(p, d.min(1));
                let body = self.boxed(p, bool_, d.min(2));
                self.scope.pop();
                if self.below(2) == 0 { ExprKind::All(binder, body) } else { ExprKind::Any(binder, body) }
            }
        };
        expr(kind, bool_)
    }

    // ---- statements ----

    pub fn statements(&mut self, p: &mut Program, count: u64, depth: u32) -> Vec<Stmt> {
        let scope = self.scope.len();
        let body = (0..1 + self.below(count)).map(|_| self.statement(p, depth)).collect();
        self.scope.truncate(scope);
        body
    }

    /// Up to two guards; some are false whatever the state.
    pub fn guards(&mut self, p: &mut Program) -> Vec<Expr> {
        let bool_ = self.types[0];
        let mut guard = |g: &mut Self| {
            let condition = g.expression(p, bool_, 2);
            match g.below(8) {
                0 => {
                    let never = Box::new(expr(ExprKind::Bool(false), bool_));
                    expr(ExprKind::Binary(BinaryOp::And, Box::new(condition), never), bool_)
                }
                1 => condition,
                _ => {
                    let always = Box::new(expr(ExprKind::Bool(true), bool_));
                    expr(ExprKind::Binary(BinaryOp::Or, Box::new(condition), always), bool_)
                }
            }
        };
        (0..self.below(2)).map(|_| guard(self)).collect()
    }

    fn place(&mut self, p: &mut Program) -> Place {
        let span = Span::default();
        if self.below(3) == 0 {
            let field = self.below(p.node_fields.len() as u64) as usize;
            let node = Box::new(self.leaf(p, self.types[3]));
            let root = PlaceRoot::NodeField { node, field: NodeFieldId(field as u32) };
            return Place { root, path: Vec::new(), ty: p.node_fields[field].ty, span };
        }
        let state = self.below(VARIABLES as u64) as usize;
        let (mut ty, mut path) = (p.states[state].ty, Vec::new());
        while self.below(2) == 0 {
            let step = match p.types.get(ty).clone() {
                Type::Record(r) => {
                    let field = self.below(p.records[r.index()].fields.len() as u64);
                    let container = p.records[r.index()].fields[field as usize].1;
                    (PathStep::Field(field as u32), container)
                }
                Type::List { element, .. } => {
                    let index = self.expression(p, self.types[1], 1);
                    (PathStep::Index { container: ty, index }, element)
                }
                Type::Map { key, value } => {
                    let index = self.expression(p, key, 1);
                    (PathStep::Index { container: ty, index }, value)
                }
                _ => break,
            };
            path.push(step.0);
            ty = step.1;
        }
        Place { root: PlaceRoot::State(StateId(state as u32)), path, ty, span }
    }

    fn statement(&mut self, p: &mut Program, depth: u32) -> Stmt {
        let kind = match self.below(if depth == 0 { 5 } else { 10 }) {
            0..=2 => {
                let place = self.place(p);
                let value = if place.ty == self.types[1] && self.below(2) == 0 {
                    self.number(p, 1)
                } else {
                    self.loose(p, place.ty, 2)
                };
                StmtKind::Assign { place, value }
            }
            3 | 4 => {
                let place = self.place(p);
                let (ops, element) = match p.types.get(place.ty).clone() {
                    Type::Set(e) => (vec![Method::Add, Method::Remove, Method::Clear], e),
                    Type::List { element, .. } => (vec![Method::Push, Method::Pop, Method::Clear], element),
                    _ => {
                        let value = self.expression(p, place.ty, 2);
                        return Stmt { kind: StmtKind::Assign { place, value }, span: Span::default() };
                    }
                };
                let op = ops[self.below(3) as usize];
                let needs = !matches!(op, Method::Pop | Method::Clear);
                let value = needs.then(|| self.loose(p, element, 2));
                StmtKind::Mutate { place, op, value }
            }
            5 => StmtKind::If {
                condition: self.expression(p, self.types[0], 2),
                then: self.statements(p, 2, depth - 1),
                otherwise: if self.below(2) == 0 { self.statements(p, 2, depth - 1) } else { Vec::new() },
            },
            6 => {
                let ty = self.any_type();
                let value = self.loose(p, ty, 2);
                let local = self.local(p, ty);
                self.scope.push((local, ty));
                StmtKind::Let { local, value }
            }
            7 => StmtKind::Require(self.expression(p, self.types[0], 2)),
            8 => {
                let scope = self.scope.len();
                // A loop that chooses runs over a small set.
                let small = expr(ExprKind::State(StateId(12)), self.types[12]);
                let local = self.local(p, self.types[3]);
                self.scope.push((local, self.types[3]));
                let binder = Binder { local, set: Box::new(small), filter: None, span: Span::default() };
                let body = self.statements(p, 2, depth - 1);
                self.scope.truncate(scope);
                StmtKind::For { binder, body }
            }
            _ => {
                let scope = self.scope.len();
                let binder = self.binder(p, 1);
                let body = self.statements(p, 2, depth - 1);
                self.scope.truncate(scope);
                StmtKind::Choose { binder, body }
            }
        };
        Stmt { kind, span: Span::default() }
    }
}
