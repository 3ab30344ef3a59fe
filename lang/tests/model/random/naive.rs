//! An evaluator as simple as can be: values in, values out, nothing packed.

use reconverge_lang::analysis::program::*;
use reconverge_lang::value::Value;
use std::collections::{BTreeSet, HashMap};

/// Values of the variables: states in order, then each field of each member, field by field. Where messages and crashes
/// matter there follow, as [`Places`] says, which nodes are up, what is in flight and what the step chose.
pub type State = Vec<Value>;

/// Where the parts of a state are.
pub struct Places<'p>(pub &'p Program);

impl Places<'_> {
    pub fn field(&self, field: NodeFieldId, member: usize) -> usize {
        let count = |f: &NodeField| self.0.nodes[f.node.index()].count as usize;
        let earlier = self.0.node_fields[..field.index()].iter().map(count).sum::<usize>();
        self.0.states.len() + earlier + member
    }

    pub fn up(&self, node: NodeId, member: usize) -> usize {
        let earlier = self.0.nodes[..node.index()].iter().map(|n| n.count as usize).sum::<usize>();
        self.field(NodeFieldId(self.0.node_fields.len() as u32), 0) + earlier + member
    }

    /// A list of records, each the message with `from` and `to` before its fields.
    pub fn in_flight(&self) -> usize {
        self.up(NodeId(self.0.nodes.len() as u32), 0)
    }

    /// A list of what `choose` took, each a pair of local and value.
    pub fn chosen(&self) -> usize {
        self.in_flight() + 1
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trap;
type Result<T> = std::result::Result<T, Trap>;

/// The values in the order in which the model decodes variables: member by member.
pub fn by_variable(p: &Program, state: &State) -> State {
    let (n, fields) = (p.states.len(), p.node_fields.len());
    let mut all = state[..n].to_vec();
    for member in 0..p.nodes[0].count as usize {
        all.extend((0..fields).map(|field| state[n + 2 * field + member].clone()));
    }
    all
}

/// All values of a small type, in canonical order.
pub fn all_values(p: &Program, ty: TypeId) -> Vec<Value> {
    match p.types.get(ty) {
        Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Type::Int { lo, hi } => (*lo..=*hi).map(Value::Int).collect(),
        Type::Enum(e) => p.enums[e.index()].variants.iter().map(|n| Value::Name(n.as_str().into())).collect(),
        Type::Node(n) => {
            let node = &p.nodes[n.index()];
            (0..node.count).map(|i| Value::Name(node.member(i).into())).collect()
        }
        Type::Option(inner) => [vec![Value::None], all_values(p, *inner)].concat(),
        Type::Record(r) => {
            let record = &p.records[r.index()];
            let mut all = vec![Vec::new()];
            for (name, ty) in &record.fields {
                let values = all_values(p, *ty);
                let longer = |known: &Vec<_>, v: &Value| {
                    [known.clone(), vec![(name.as_str().into(), v.clone())]].concat()
                };
                all = all.iter().flat_map(|k| values.iter().map(move |v| longer(k, v))).collect();
            }
            all.into_iter().map(|fields| Value::Record(record.name.as_str().into(), fields)).collect()
        }
        ty => panic!("{ty:?} is not small"),
    }
}

pub struct Naive<'p> {
    p: &'p Program,
    state: State,
    /// Before the step, for `old`.
    pub before: Option<State>,
    pub locals: HashMap<LocalId, Value>,
    /// What choices take, in a step that is taken once more: guards are not asked then.
    pub again: Option<Vec<(LocalId, Value)>>,
    /// A definition, and the operands that it was called with.
    pub called: Option<(DefId, Vec<Vec<Value>>)>,
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(i) => *i,
        value => panic!("{value} is not a number"),
    }
}

fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Set(items) | Value::List(items) => items,
        value => panic!("{value} has no elements"),
    }
}

fn set(items: impl IntoIterator<Item = Value>) -> Value {
    Value::Set(items.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
}

impl<'p> Naive<'p> {
    pub fn new(p: &'p Program, state: &State) -> Self {
        Naive { p, state: state.clone(), before: None, locals: HashMap::new(), again: None, called: None }
    }

    /// The value, where it is one of the type, in any depth.
    fn fit(&self, value: Value, ty: TypeId) -> Result<Value> {
        let fits = |(value, ty): (&Value, TypeId)| self.fit(value.clone(), ty).map(drop);
        match (self.p.types.get(ty), &value) {
            (Type::Int { lo, hi }, Value::Int(i)) if i < lo || i > hi => return Err(Trap),
            (Type::Int { .. }, Value::Int(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Enum(_) | Type::Node(_), Value::Name(_))
            | (Type::Option(_), Value::None) => {}
            (Type::Option(inner), _) => fits((&value, *inner))?,
            // An option stands for its value where one is wanted.
            (_, Value::None) => return Err(Trap),
            (Type::List { max, .. }, Value::List(items)) if items.len() > *max as usize => return Err(Trap),
            (Type::List { element, .. }, Value::List(items)) | (Type::Set(element), Value::Set(items)) => {
                items.iter().map(|item| (item, *element)).try_for_each(fits)?
            }
            (Type::Record(r), Value::Record(_, fields)) => {
                let types = self.p.records[r.index()].fields.iter().map(|f| f.1);
                fields.iter().map(|f| &f.1).zip(types).try_for_each(fits)?
            }
            (Type::Map { key, value: ty }, Value::Map(entries)) => {
                entries.iter().map(|(k, _)| (k, *key)).try_for_each(fits)?;
                entries.iter().map(|(_, v)| (v, *ty)).try_for_each(fits)?
            }
            (ty, value) => panic!("{value} can never be of {ty:?}"),
        }
        Ok(value)
    }

    /// A call: arguments and result are values of the declared types.
    fn call(&mut self, id: DefId, args: &[Expr]) -> Result<Value> {
        let def = &self.p.defs[id.index()];
        let (mut bound, mut operands) = (HashMap::new(), Vec::new());
        for (param, arg) in def.params.iter().zip(args) {
            let value = self.eval(arg)?;
            let value = self.fit(value, self.p.locals[param.index()].ty)?;
            operands.push(value.clone());
            bound.insert(*param, value);
        }
        if let Some((watched, calls)) = &mut self.called
            && *watched == id
        {
            calls.push(operands);
        }
        let ours = std::mem::replace(&mut self.locals, bound);
        let result = self.eval(&def.body).and_then(|value| self.fit(value, def.ty));
        self.locals = ours;
        result
    }

    pub fn truth(&mut self, e: &Expr) -> Result<bool> {
        Ok(self.eval(e)? == Value::Bool(true))
    }

    fn number(&mut self, e: &Expr) -> Result<i64> {
        Ok(int(&self.eval(e)?))
    }

    fn all(&mut self, items: &[Expr]) -> Result<Vec<Value>> {
        items.iter().map(|e| self.eval(e)).collect()
    }

    /// Runs `f` for each element that the filter lets through, until it returns false.
    fn each(&mut self, b: &Binder, mut f: impl FnMut(&mut Self) -> Result<bool>) -> Result<()> {
        for item in items(self.eval(&b.set)?) {
            let item = self.fit(item, self.p.locals[b.local.index()].ty)?;
            self.locals.insert(b.local, item);
            if let Some(filter) = &b.filter
                && !self.truth(filter)?
            {
                continue;
            }
            if !f(self)? {
                break;
            }
        }
        Ok(())
    }

    fn collect(&mut self, b: &Binder, body: &Expr) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        self.each(b, |n| {
            values.push(n.eval(body)?);
            Ok(true)
        })?;
        Ok(values)
    }

    pub fn eval(&mut self, e: &Expr) -> Result<Value> {
        let value = match &e.kind {
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Int(i) => Value::Int(*i),
            ExprKind::Member(m) => all_values(self.p, e.ty)[*m as usize].clone(),
            ExprKind::None => Value::None,
            ExprKind::Some(x) => {
                let value = self.eval(x)?;
                match self.p.types.get(e.ty) {
                    Type::Option(inner) => self.fit(value, *inner)?,
                    ty => panic!("some value is no {ty:?}"),
                }
            }
            ExprKind::Unwrap(x) => match self.eval(x)? {
                Value::None => return Err(Trap),
                value => value,
            },
            ExprKind::Local(l) => self.locals[l].clone(),
            ExprKind::State(s) => self.state[s.index()].clone(),
            ExprKind::NodeField { node, field } => {
                let at = self.field(node, *field)?;
                self.state[at].clone()
            }
            ExprKind::Field(x, i) => match self.eval(x)? {
                Value::Record(_, fields) => fields[*i as usize].1.clone(),
                value => panic!("{value} has no fields"),
            },
            ExprKind::Index(x, i) => {
                let (whole, i) = (self.eval(x)?, self.eval(i)?);
                let i = match self.p.types.get(x.ty) {
                    Type::Map { key, .. } => self.fit(i, *key)?,
                    _ => i,
                };
                part(&whole, &i)?.clone()
            }
            ExprKind::Slice(x, a, b) => {
                let list = items(self.eval(x)?);
                let n = list.len() as i64;
                let from = a.as_ref().map_or(Ok(0), |a| self.number(a))?.clamp(0, n);
                let to = b.as_ref().map_or(Ok(n), |b| self.number(b))?.clamp(from, n);
                Value::List(list[from as usize..to as usize].to_vec())
            }
            ExprKind::Not(x) => Value::Bool(!self.truth(x)?),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b)?,
            ExprKind::If(c, a, b) => {
                if self.truth(c)? {
                    self.eval(a)?
                } else {
                    self.eval(b)?
                }
            }
            ExprKind::Let(l, v, body) => {
                let value = self.eval(v)?;
                let value = self.fit(value, self.p.locals[l.index()].ty)?;
                self.locals.insert(*l, value);
                self.eval(body)?
            }
            ExprKind::All(b, _)
            | ExprKind::Any(b, _)
            | ExprKind::Count(b)
            | ExprKind::Sum(b, _)
            | ExprKind::Min(b, _)
            | ExprKind::Max(b, _)
            | ExprKind::SetOf(b, _)
            | ExprKind::ListOf(b, _) => self.over(e, b)?,
            _ => self.built(e)?,
        };
        self.fit(value, e.ty)
    }

    /// What is built from parts.
    fn built(&mut self, e: &Expr) -> Result<Value> {
        Ok(match &e.kind {
            ExprKind::Set(x) => set(self.all(x)?),
            ExprKind::List(x) => Value::List(self.all(x)?),
            ExprKind::Map(x) => {
                let Type::Map { key, .. } = self.p.types.get(e.ty) else { panic!("not a map") };
                Value::Map(all_values(self.p, *key).into_iter().zip(self.all(x)?).collect())
            }
            ExprKind::MapFill(x) => {
                let Type::Map { key, .. } = self.p.types.get(e.ty) else { panic!("not a map") };
                let value = self.eval(x)?;
                Value::Map(all_values(self.p, *key).into_iter().map(|k| (k, value.clone())).collect())
            }
            ExprKind::Record(r, x) => {
                let record = &self.p.records[r.index()];
                let fields = record.fields.iter().map(|f| f.0.as_str().into()).zip(self.all(x)?);
                Value::Record(record.name.as_str().into(), fields.collect())
            }
            ExprKind::TypeSet(ty) => Value::Set(all_values(self.p, *ty)),
            ExprKind::Range(a, b) => {
                Value::Set((self.number(a)?..=self.number(b)?).map(Value::Int).collect())
            }
            ExprKind::Old(x) => {
                let before = self.before.clone().expect("a step");
                let after = std::mem::replace(&mut self.state, before);
                let value = self.eval(x);
                self.state = after;
                value?
            }
            ExprKind::Up(node) => {
                let at = self.member(node)?;
                let Type::Node(kind) = self.p.types.get(node.ty) else { panic!("no node") };
                self.state[Places(self.p).up(*kind, at)].clone()
            }
            ExprKind::InFlight(message) => {
                let name = &self.p.messages[message.index()].name;
                let sent = items(self.state[Places(self.p).in_flight()].clone());
                let same = |m: &&Value| matches!(m, Value::Record(n, _) if **n == **name);
                Value::Int(sent.iter().filter(same).count() as i64)
            }
            ExprKind::First(b, _) | ExprKind::MapOf(b, _) => self.over(e, b)?,
            ExprKind::InFlightWhere(flight) => Value::Int(self.in_flight_where(flight)?),
            ExprKind::Builtin(Builtin::Index, x) => Value::Int(self.member(&x[0])? as i64),
            ExprKind::Builtin(builtin, x) => self.builtin(*builtin, x)?,
            ExprKind::Call(def, args) => self.call(*def, args)?,
            kind => panic!("not generated: {kind:?}"),
        })
    }

    fn in_flight_where(&mut self, flight: &Flight) -> Result<i64> {
        let mut end = |node: &Option<Box<Expr>>| node.as_ref().map(|node| self.eval(node)).transpose();
        let ends = [end(&flight.from)?, end(&flight.to)?];
        let name = &self.p.messages[flight.message.index()].name;
        let mut count = 0;
        for message in items(self.state[Places(self.p).in_flight()].clone()) {
            let Value::Record(kind, fields) = message else { panic!("no message") };
            let between =
                ends.iter().zip(&fields).all(|(end, (_, is))| end.as_ref().is_none_or(|end| end == is));
            if *kind != **name || !between {
                continue;
            }
            self.locals.extend(flight.fields.iter().copied().zip(fields[2..].iter().map(|f| f.1.clone())));
            let passes = flight.filter.as_ref().map_or(Ok(true), |filter| self.truth(filter))?;
            count += i64::from(passes);
        }
        Ok(count)
    }

    /// What is computed over the elements of a binder.
    fn over(&mut self, e: &Expr, b: &Binder) -> Result<Value> {
        Ok(match &e.kind {
            ExprKind::All(_, body) | ExprKind::Any(_, body) => {
                let all = matches!(e.kind, ExprKind::All(..));
                let mut result = all;
                self.each(b, |n| {
                    result = n.truth(body)?;
                    Ok(result == all)
                })?;
                Value::Bool(result)
            }
            ExprKind::Count(_) => {
                let mut count = 0;
                self.each(b, |_| {
                    count += 1;
                    Ok(true)
                })?;
                Value::Int(count)
            }
            ExprKind::Sum(_, x) => Value::Int(self.collect(b, x)?.iter().map(int).sum()),
            ExprKind::Min(_, x) => self.collect(b, x)?.into_iter().min().ok_or(Trap)?,
            ExprKind::Max(_, x) => self.collect(b, x)?.into_iter().max().ok_or(Trap)?,
            ExprKind::First(_, key) => {
                let (mut all, is_keyed): (Vec<(i64, Value)>, bool) = (Vec::new(), key.is_some());
                self.each(b, |n| {
                    let key = key.as_ref().map_or(Ok(0), |key| n.number(key));
                    all.push((key?, n.locals[&b.local].clone()));
                    Ok(is_keyed)
                })?;
                let least = all.iter().map(|(key, _)| *key).min();
                all.into_iter().find(|(key, _)| Some(*key) == least).map_or(Value::None, |(_, value)| value)
            }
            ExprKind::MapOf(_, x) => {
                let mut entries = Vec::new();
                self.each(b, |n| {
                    entries.push((n.locals[&b.local].clone(), n.eval(x)?));
                    Ok(true)
                })?;
                Value::Map(entries)
            }
            ExprKind::SetOf(_, x) => set(self.collect(b, x)?),
            ExprKind::ListOf(_, x) => Value::List(self.collect(b, x)?),
            kind => panic!("not generated: {kind:?}"),
        })
    }

    fn member(&mut self, node: &Expr) -> Result<usize> {
        let member = self.eval(node)?;
        Ok(all_values(self.p, node.ty).iter().position(|n| *n == member).expect("a member"))
    }

    fn field(&mut self, node: &Expr, field: NodeFieldId) -> Result<usize> {
        let index = self.member(node)?;
        Ok(Places(self.p).field(field, index))
    }

    fn binary(&mut self, op: BinaryOp, a: &Expr, b: &Expr) -> Result<Value> {
        use BinaryOp::*;
        match op {
            And => return Ok(Value::Bool(self.truth(a)? && self.truth(b)?)),
            Or => return Ok(Value::Bool(self.truth(a)? || self.truth(b)?)),
            Implies => return Ok(Value::Bool(!self.truth(a)? || self.truth(b)?)),
            _ => {}
        }
        let (x, y) = (self.eval(a)?, self.eval(b)?);
        Ok(match op {
            Equal => Value::Bool(x == y),
            NotEqual => Value::Bool(x != y),
            Less => Value::Bool(int(&x) < int(&y)),
            LessEqual => Value::Bool(int(&x) <= int(&y)),
            Greater => Value::Bool(int(&x) > int(&y)),
            GreaterEqual => Value::Bool(int(&x) >= int(&y)),
            In => Value::Bool(items(y).contains(&x)),
            Add => Value::Int(int(&x) + int(&y)),
            Subtract => Value::Int(int(&x) - int(&y)),
            Multiply => Value::Int(int(&x) * int(&y)),
            Divide | Remainder => {
                let (x, y) = (int(&x) as f64, int(&y) as f64);
                if y == 0.0 {
                    return Err(Trap);
                }
                let quotient = (x / y).floor();
                Value::Int(if op == Divide { quotient } else { x - quotient * y } as i64)
            }
            Union => set(items(x).into_iter().chain(items(y))),
            Difference => {
                let out = items(y);
                set(items(x).into_iter().filter(|v| !out.contains(v)))
            }
            Intersect => {
                let kept = items(y);
                set(items(x).into_iter().filter(|v| kept.contains(v)))
            }
            Concat => Value::List([items(x), items(y)].concat()),
            Subset => {
                let all = items(y);
                Value::Bool(items(x).iter().all(|v| all.contains(v)))
            }
            op => panic!("not generated: {op:?}"),
        })
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Expr]) -> Result<Value> {
        let args = self.all(args)?;
        let lists = || (items(args[0].clone()), items(args[1].clone()));
        Ok(match builtin {
            Builtin::Len => Value::Int(items(args[0].clone()).len() as i64),
            Builtin::Abs => Value::Int(int(&args[0]).abs()),
            Builtin::Min => args.iter().min().expect("two").clone(),
            Builtin::Max => args.iter().max().expect("two").clone(),
            Builtin::IsPrefix => Value::Bool(lists().1.starts_with(&lists().0)),
            Builtin::Comparable => {
                let (a, b) = lists();
                Value::Bool(a.starts_with(&b) || b.starts_with(&a))
            }
            Builtin::CommonPrefix => {
                let (a, b) = lists();
                Value::List(a.into_iter().zip(b).take_while(|(x, y)| x == y).map(|(x, _)| x).collect())
            }
            Builtin::Elements => set(items(args[0].clone())),
            builtin => panic!("not generated: {builtin:?}"),
        })
    }

    // ---- statements ----

    /// The states after each way of taking an action, in order: none where a guard is false.
    pub fn step(&mut self, guards: &[Expr], body: &[Stmt]) -> Vec<Result<State>> {
        for guard in guards {
            match self.truth(guard) {
                Ok(true) => {}
                Ok(false) => return Vec::new(),
                Err(trap) => return vec![Err(trap)],
            }
        }
        let start = self.state.clone();
        self.run(body, start)
    }

    fn run(&mut self, body: &[Stmt], state: State) -> Vec<Result<State>> {
        let Some((first, rest)) = body.split_first() else { return vec![Ok(state)] };
        let locals = self.locals.clone();
        let mut all = Vec::new();
        for way in self.ways(first, state) {
            match way {
                Ok((state, local)) => {
                    self.locals = locals.clone();
                    self.locals.extend(local);
                    all.extend(self.run(rest, state));
                }
                Err(trap) => all.push(Err(trap)),
            }
        }
        self.locals = locals;
        all
    }

    /// Each way of one statement, with the local that it binds for what follows.
    fn ways(&mut self, stmt: &Stmt, state: State) -> Vec<Result<(State, Option<(LocalId, Value)>)>> {
        self.state = state.clone();
        if let StmtKind::Let { local, value } = &stmt.kind {
            let ty = self.p.locals[local.index()].ty;
            let value = self.eval(value).and_then(|v| self.fit(v, ty));
            return vec![value.map(|v| (state, Some((*local, v))))];
        }
        let plain = |ways: Vec<Result<State>>| ways.into_iter().map(|w| w.map(|s| (s, None))).collect();
        let result: Result<Vec<Result<State>>> = (|| {
            Ok(match &stmt.kind {
                StmtKind::Assign { place, value } => {
                    let value = self.eval(value)?;
                    let value = self.fit(value, place.ty)?;
                    self.change(place, |_, old| {
                        *old = value.clone();
                        Ok(())
                    })?;
                    vec![Ok(self.state.clone())]
                }
                StmtKind::Mutate { place, op, value } => {
                    let mut value = value.as_ref().map(|v| self.eval(v)).transpose()?;
                    if let (Type::Set(e) | Type::List { element: e, .. }, false) =
                        (self.p.types.get(place.ty), *op == Method::Remove)
                    {
                        value = value.map(|v| self.fit(v, *e)).transpose()?;
                    }
                    self.change(place, |max, old| mutate(old, *op, value.clone(), max))?;
                    vec![Ok(self.state.clone())]
                }
                StmtKind::If { condition, then, otherwise } => {
                    let body = if self.truth(condition)? { then } else { otherwise };
                    self.run(body, state.clone())
                }
                StmtKind::For { binder, body } => self.one_by_one(binder, body, &state)?,
                StmtKind::Choose { binder, body } => self.choose(binder, body, &state)?,
                StmtKind::Send { message, link, fields, from, to } => {
                    self.send(*message, *link, (from, to), fields)?;
                    vec![Ok(self.state.clone())]
                }
                StmtKind::Require(condition) => {
                    if self.again.is_some() || self.truth(condition)? {
                        vec![Ok(state.clone())]
                    } else {
                        Vec::new()
                    }
                }
                kind => panic!("not generated: {kind:?}"),
            })
        })();
        match result {
            Ok(ways) => plain(ways),
            Err(trap) => vec![Err(trap)],
        }
    }

    fn send(
        &mut self,
        message: MessageId,
        link: LinkId,
        (from, to): (&Expr, &Expr),
        fields: &[Expr],
    ) -> Result<()> {
        let known = &self.p.messages[message.index()];
        let mut sent = vec![("from".into(), self.eval(from)?), ("to".into(), self.eval(to)?)];
        for (field, (name, ty)) in fields.iter().zip(&self.p.records[known.record.index()].fields) {
            let value = self.eval(field)?;
            sent.push((name.as_str().into(), self.fit(value, *ty)?));
        }
        let at = Places(self.p).in_flight();
        let mut all = items(self.state[at].clone());
        all.push(Value::Record(known.name.as_str().into(), sent));
        let link = &self.p.links[link.index()];
        let on_link = |m: &&Value| {
            let of =
                |id: &MessageId| matches!(m, Value::Record(n, _) if **n == *self.p.messages[id.index()].name);
            link.messages.iter().any(of)
        };
        if all.iter().filter(on_link).count() > link.capacity as usize {
            return Err(Trap);
        }
        all.sort();
        self.state[at] = Value::List(all);
        Ok(())
    }

    /// What a step chose is part of where it leads, as long as it goes.
    fn chose(&self, local: LocalId, value: &Value, state: &mut State) {
        if let Some(Value::List(chosen)) = state.get_mut(Places(self.p).chosen()) {
            chosen.push(Value::List(vec![Value::Int(i64::from(local.0)), value.clone()]));
        }
    }

    /// For each element, the filter asked when its turn comes.
    fn one_by_one(&mut self, binder: &Binder, body: &[Stmt], state: &State) -> Result<Vec<Result<State>>> {
        let mut ways = vec![Ok(state.clone())];
        for item in items(self.eval(&binder.set)?) {
            let item = self.fit(item, self.p.locals[binder.local.index()].ty)?;
            let mut next = Vec::new();
            for way in ways {
                let Ok(state) = way else {
                    next.push(way);
                    continue;
                };
                self.locals.insert(binder.local, item.clone());
                self.state = state.clone();
                match binder.filter.as_ref().map_or(Ok(true), |f| self.truth(f)) {
                    Ok(true) => next.extend(self.run(body, state)),
                    Ok(false) => next.push(Ok(state)),
                    Err(trap) => next.push(Err(trap)),
                }
            }
            ways = next;
        }
        Ok(ways)
    }

    fn choose(&mut self, binder: &Binder, body: &[Stmt], state: &State) -> Result<Vec<Result<State>>> {
        let mut ways = Vec::new();
        if let Some(again) = &self.again {
            let made: Vec<Value> =
                again.iter().filter(|(l, _)| *l == binder.local).map(|(_, v)| v.clone()).collect();
            let [value] = made.as_slice() else { return Err(Trap) };
            self.locals.insert(binder.local, value.clone());
            return Ok(self.run(body, state.clone()));
        }
        let unique: BTreeSet<_> = items(self.eval(&binder.set)?).into_iter().collect();
        for item in unique {
            self.state = state.clone();
            let item = match self.fit(item, self.p.locals[binder.local.index()].ty) {
                Ok(item) => item,
                Err(trap) => {
                    ways.push(Err(trap));
                    continue;
                }
            };
            self.locals.insert(binder.local, item);
            match binder.filter.as_ref().map_or(Ok(true), |f| self.truth(f)) {
                Ok(true) => {
                    let mut state = state.clone();
                    let value = self.locals[&binder.local].clone();
                    self.chose(binder.local, &value, &mut state);
                    ways.extend(self.run(body, state))
                }
                Ok(false) => {}
                Err(trap) => ways.push(Err(trap)),
            }
        }
        Ok(ways)
    }

    /// Changes the value at a place; `f` also takes the greatest length of its type.
    fn change(&mut self, place: &Place, f: impl Fn(usize, &mut Value) -> Result<()>) -> Result<()> {
        let at = match &place.root {
            PlaceRoot::State(s) => s.index(),
            PlaceRoot::NodeField { node, field } => self.field(node, *field)?,
        };
        let mut path = Vec::new();
        for step in &place.path {
            path.push(match step {
                PathStep::Field(i) => Err(*i as usize),
                PathStep::Index { container, index } => {
                    let index = self.eval(index)?;
                    Ok(match self.p.types.get(*container) {
                        Type::Map { key, .. } => self.fit(index, *key)?,
                        _ => index,
                    })
                }
            });
        }
        let mut old = &mut self.state[at];
        for step in path {
            old = match (step, old) {
                (Err(field), Value::Record(_, fields)) => &mut fields[field].1,
                (Ok(Value::Int(i)), Value::List(list)) => list.get_mut(i as usize).ok_or(Trap)?,
                (Ok(key), Value::Map(entries)) => {
                    &mut entries.iter_mut().find(|(k, _)| *k == key).expect("total").1
                }
                _ => panic!("no such place"),
            };
        }
        let max = match self.p.types.get(place.ty) {
            Type::List { max, .. } => *max as usize,
            _ => usize::MAX,
        };
        f(max, old)
    }
}

fn part<'v>(whole: &'v Value, index: &Value) -> Result<&'v Value> {
    match whole {
        Value::List(list) => list.get(usize::try_from(int(index)).map_err(|_| Trap)?).ok_or(Trap),
        Value::Map(entries) => Ok(&entries.iter().find(|(k, _)| k == index).expect("total").1),
        value => panic!("{value} has no parts"),
    }
}

fn mutate(old: &mut Value, op: Method, value: Option<Value>, max: usize) -> Result<()> {
    match (old, op) {
        (Value::Set(items), Method::Add) => {
            items.extend(value);
            items.sort();
            items.dedup();
        }
        (Value::Set(items), Method::Remove) => items.retain(|v| Some(v) != value.as_ref()),
        (Value::Set(items) | Value::List(items), Method::Clear) => items.clear(),
        (Value::List(items), Method::Push) => {
            items.extend(value);
            if items.len() > max {
                return Err(Trap);
            }
        }
        (Value::List(items), Method::Pop) if items.is_empty() => return Err(Trap),
        (Value::List(items), Method::Pop) => drop(items.remove(0)),
        (value, op) => panic!("not generated: {op:?} on {value}"),
    }
    Ok(())
}
