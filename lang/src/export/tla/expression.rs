//! Expressions.
//!
//! Enters: typed expressions, and what the state is called where they stand (empty: variables are called by their names
//! alone). Leaves: expressions in TLA+, in brackets where they need them.

use super::Writer;
use crate::analysis::program::{BinaryOp, Binder, Builtin, Expr, ExprKind, Flight, MessageId, Type, TypeId};

impl Writer<'_> {
    pub(super) fn variable(&self, name: &str, s: &str) -> String {
        if s.is_empty() { name.to_string() } else { format!("{s}.{name}") }
    }

    pub(super) fn expression(&mut self, e: &Expr, s: &str) -> String {
        match &e.kind {
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Member(_) | ExprKind::None => self.constant(e),
            ExprKind::Some(inner) => format!("<<{}>>", self.expression(inner, s)),
            ExprKind::Unwrap(inner) => format!("{}[1]", self.expression(inner, s)),
            ExprKind::Local(id) => self.names.local(*id),
            ExprKind::State(_) | ExprKind::NodeField { .. } | ExprKind::Up(_) | ExprKind::Paused(_) => {
                self.of_state(e, s)
            }
            ExprKind::Field(of, index) => {
                format!("{}.{}", self.expression(of, s), self.field_name(of.ty, *index))
            }
            ExprKind::Index(of, index) => {
                let (text, index) = (self.expression(of, s), self.expression(index, s));
                match self.program.types.get(of.ty) {
                    Type::List { .. } => format!("{text}[{index} + 1]"),
                    _ => format!("{text}[{index}]"),
                }
            }
            ExprKind::Slice(of, from, to) => self.slice(of, (from.as_deref(), to.as_deref()), s),
            ExprKind::Not(inner) => format!("(~{})", self.expression(inner, s)),
            ExprKind::Negate(inner) => format!("(-{})", self.expression(inner, s)),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, s),
            ExprKind::If(condition, then, otherwise) => {
                let parts = [condition, then, otherwise].map(|e| self.expression(e, s));
                format!("(IF {} THEN {} ELSE {})", parts[0], parts[1], parts[2])
            }
            ExprKind::Let(local, value, body) => {
                let (name, value) = (self.names.local(*local), self.expression(value, s));
                format!("(LET {name} == {value} IN {})", self.expression(body, s))
            }
            ExprKind::All(..)
            | ExprKind::Any(..)
            | ExprKind::Count(_)
            | ExprKind::Sum(..)
            | ExprKind::Min(..)
            | ExprKind::Max(..)
            | ExprKind::First(..)
            | ExprKind::MapOf(..)
            | ExprKind::SetOf(..)
            | ExprKind::ListOf(..) => self.over(e, s),
            ExprKind::Set(..)
            | ExprKind::List(..)
            | ExprKind::Map(..)
            | ExprKind::MapFill(..)
            | ExprKind::Record(..)
            | ExprKind::TypeSet(_)
            | ExprKind::Range(..) => self.made(e, s),
            ExprKind::Call(def, arguments) => {
                let all: Vec<String> = arguments.iter().map(|e| self.expression(e, s)).collect();
                // A definition sees the state as a record.
                let state = if s.is_empty() { "Now" } else { s }.to_string();
                let all: Vec<String> = std::iter::once(state).chain(all).collect();
                match self.names.defs.get(def.index()) {
                    Some(name) => format!("{name}({})", all.join(", ")),
                    None => self.refuse(e.span, "what obligations ask"),
                }
            }
            ExprKind::Builtin(builtin, arguments) => self.builtin(*builtin, arguments, s),
            ExprKind::InFlight(message) => self.in_flight(*message, None, s),
            ExprKind::InFlightWhere(flight) => self.in_flight(flight.message, Some(flight), s),
            ExprKind::Old(_)
            | ExprKind::Quiescent
            | ExprKind::Observed { .. }
            | ExprKind::Pending { .. }
            | ExprKind::Within(..)
            | ExprKind::SomeMessage(..)
            | ExprKind::Error => self.not_of_a_state(e),
        }
    }

    /// What is read of a state.
    fn of_state(&mut self, e: &Expr, s: &str) -> String {
        match &e.kind {
            ExprKind::State(id) => match self.names.states.get(id.index()) {
                Some(name) => self.variable(name, s),
                None => self.refuse(e.span, "what obligations remember"),
            },
            ExprKind::NodeField { node, field } => {
                let node = self.expression(node, s);
                match self.names.fields.get(field.index()) {
                    Some(name) => format!("{}[{node}]", self.variable(name, s)),
                    None => self.refuse(e.span, "what obligations remember"),
                }
            }
            ExprKind::Up(node) => self.is_up(node, s),
            ExprKind::Paused(_) => "FALSE".to_string(),
            _ => self.refuse(e.span, "this expression"),
        }
    }

    fn slice(&mut self, of: &Expr, (from, to): (Option<&Expr>, Option<&Expr>), s: &str) -> String {
        let text = self.expression(of, s);
        let from = from.map_or("0".to_string(), |e| self.expression(e, s));
        let to = to.map_or(format!("Len({text})"), |e| self.expression(e, s));
        format!("SliceOf({text}, {from}, {to})")
    }

    /// What no function of a state is.
    fn not_of_a_state(&mut self, e: &Expr) -> String {
        let construct = match &e.kind {
            ExprKind::Old(_) => "`old`",
            ExprKind::Quiescent => "`quiescent`",
            ExprKind::Observed { .. } | ExprKind::Pending { .. } => "what a reconciler has observed",
            _ => "what obligations ask of messages",
        };
        self.refuse(e.span, construct)
    }

    fn constant(&mut self, e: &Expr) -> String {
        let program = self.program;
        let member = match e.kind {
            ExprKind::Bool(value) => return if value { "TRUE" } else { "FALSE" }.to_string(),
            ExprKind::Int(n) if n < 0 => return format!("({n})"),
            ExprKind::Int(n) => return n.to_string(),
            ExprKind::Member(member) => member,
            _ => return "<<>>".to_string(),
        };
        match program.types.get(e.ty) {
            Type::Enum(id) => format!("\"{}\"", program.enums[id.index()].variants[member as usize]),
            Type::Node(id) => format!("\"{}\"", program.nodes[id.index()].member(member)),
            _ => self.refuse(e.span, "a constant of this type"),
        }
    }

    fn is_up(&mut self, node: &Expr, s: &str) -> String {
        let text = self.expression(node, s);
        match *self.program.types.get(node.ty) {
            Type::Node(kind) => self.up(&text, kind.index(), s),
            _ => self.refuse(node.span, "`up` of several kinds of node"),
        }
    }

    pub(super) fn up(&self, node: &str, kind: usize, s: &str) -> String {
        match &self.names.up[kind] {
            Some(name) => format!("{}[{node}]", self.variable(name, s)),
            None => "TRUE".to_string(),
        }
    }

    fn field_name(&self, ty: TypeId, index: u32) -> String {
        match self.program.types.get(ty) {
            Type::Record(id) => self.program.records[id.index()].fields[index as usize].0.clone(),
            _ => String::new(),
        }
    }

    fn binary(&mut self, op: BinaryOp, a: &Expr, b: &Expr, s: &str) -> String {
        let left = self.expression(a, s);
        let right = if op == BinaryOp::In { self.as_set(b, s) } else { self.expression(b, s) };
        let sign = match op {
            BinaryOp::Or => "\\/",
            BinaryOp::And => "/\\",
            BinaryOp::Implies => "=>",
            BinaryOp::Equal => "=",
            BinaryOp::NotEqual => "#",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::In => "\\in",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "\\div",
            BinaryOp::Remainder => return format!("RemainderOf({left}, {right})"),
            BinaryOp::Union => "\\cup",
            BinaryOp::Difference => "\\",
            BinaryOp::Intersect => "\\cap",
            BinaryOp::Concat => "\\o",
            BinaryOp::Subset => "\\subseteq",
        };
        format!("({left} {sign} {right})")
    }

    /// The elements of a binder that count, as a set.
    pub(super) fn elements(&mut self, binder: &Binder, s: &str) -> String {
        let (set, local) = (self.as_set(&binder.set, s), self.names.local(binder.local));
        match &binder.filter {
            Some(filter) => format!("{{{local} \\in {set} : {}}}", self.expression(filter, s)),
            None => set,
        }
    }

    /// What goes through the elements of a collection.
    fn over(&mut self, e: &Expr, s: &str) -> String {
        match &e.kind {
            ExprKind::All(binder, body) => self.quantified("\\A", binder, body, s),
            ExprKind::Any(binder, body) => self.quantified("\\E", binder, body, s),
            ExprKind::Min(binder, value) => format!("MinOf({})", self.values(binder, value, s)),
            ExprKind::Max(binder, value) => format!("MaxOf({})", self.values(binder, value, s)),
            ExprKind::SetOf(binder, value) => self.values(binder, value, s),
            ExprKind::Count(binder) => self.total(binder, None, s),
            ExprKind::Sum(binder, value) => self.total(binder, Some(value), s),
            ExprKind::First(binder, key) => self.first(binder, key.as_deref(), s),
            ExprKind::MapOf(binder, value) => {
                let (keys, local) = (self.as_set(&binder.set, s), self.names.local(binder.local));
                format!("[{local} \\in {keys} |-> {}]", self.expression(value, s))
            }
            ExprKind::ListOf(binder, value) => {
                let all = self.in_order(&binder.set, s);
                let (q, i, local) = (self.fresh("q"), self.fresh("i"), self.names.local(binder.local));
                let value = self.expression(value, s);
                let kept = match &binder.filter {
                    Some(filter) => {
                        format!("SelectSeq({all}, LAMBDA {local} : {})", self.expression(filter, s))
                    }
                    None => all,
                };
                format!("(LET {q} == {kept} IN [{i} \\in DOMAIN {q} |-> LET {local} == {q}[{i}] IN {value}])")
            }
            _ => self.refuse(e.span, "this expression"),
        }
    }

    fn quantified(&mut self, sign: &str, binder: &Binder, body: &Expr, s: &str) -> String {
        let (set, local) = (self.elements(binder, s), self.names.local(binder.local));
        format!("({sign} {local} \\in {set} : {})", self.expression(body, s))
    }

    fn values(&mut self, binder: &Binder, value: &Expr, s: &str) -> String {
        let (set, local) = (self.elements(binder, s), self.names.local(binder.local));
        format!("{{{} : {local} \\in {set}}}", self.expression(value, s))
    }

    /// A count or a sum; of a list each position counts.
    fn total(&mut self, binder: &Binder, value: Option<&Expr>, s: &str) -> String {
        let local = self.names.local(binder.local);
        match self.program.types.get(binder.set.ty) {
            Type::Bag { .. } => self.refuse(binder.span, "counting in a bag"),
            Type::List { .. } => {
                let (list, i) = (self.expression(&binder.set, s), self.fresh("i"));
                let filter = binder.filter.as_ref().map_or("TRUE".to_string(), |f| self.expression(f, s));
                let here = format!("{{{i} \\in DOMAIN {list} : LET {local} == {list}[{i}] IN {filter}}}");
                match value {
                    None => format!("Cardinality({here})"),
                    Some(value) => {
                        let value = self.expression(value, s);
                        format!(
                            "SumOver([{i} \\in {here} |-> LET {local} == {list}[{i}] IN {value}], {here})"
                        )
                    }
                }
            }
            _ => {
                let set = self.elements(binder, s);
                match value {
                    None => format!("Cardinality({set})"),
                    Some(value) => {
                        let value = self.expression(value, s);
                        format!("SumOver([{local} \\in {set} |-> {value}], {set})")
                    }
                }
            }
        }
    }

    /// The element with the least key, of those the first.
    fn first(&mut self, binder: &Binder, key: Option<&Expr>, s: &str) -> String {
        if matches!(self.program.types.get(binder.set.ty), Type::List { .. } | Type::Bag { .. }) {
            return self.refuse(binder.span, "the first of a list or bag");
        }
        let (set, element) = (self.elements(binder, s), self.element(&binder.set));
        let (local, other, all) = (self.names.local(binder.local), self.fresh("y"), self.fresh("S"));
        let rank = self.rank(&local, element, binder.span);
        let (keys, ranks) = (self.fresh("k"), self.fresh("r"));
        let key = key.map_or("0".to_string(), |key| self.expression(key, s));
        format!(
            "(LET {all} == {set} IN LET {keys} == [{local} \\in {all} |-> {key}] IN \
             LET {ranks} == [{local} \\in {all} |-> {rank}] IN IF {all} = {{}} THEN <<>> ELSE \
             <<CHOOSE {local} \\in {all} : \\A {other} \\in {all} : {keys}[{local}] < {keys}[{other}] \\/ \
             ({keys}[{local}] = {keys}[{other}] /\\ {ranks}[{local}] <= {ranks}[{other}])>>)"
        )
    }

    /// Values that are made of others.
    fn made(&mut self, e: &Expr, s: &str) -> String {
        let program = self.program;
        let all = |writer: &mut Self, list: &[Expr]| {
            list.iter().map(|e| writer.expression(e, s)).collect::<Vec<_>>().join(", ")
        };
        match &e.kind {
            ExprKind::Set(list) => format!("{{{}}}", all(self, list)),
            ExprKind::List(list) => {
                let list = all(self, list);
                if matches!(program.types.get(e.ty), Type::Bag { .. }) {
                    format!("BagOf(<<{list}>>)")
                } else {
                    format!("<<{list}>>")
                }
            }
            ExprKind::Map(values) => {
                let Type::Map { key, .. } = *program.types.get(e.ty) else {
                    return self.refuse(e.span, "a map of this type");
                };
                let keys = self.members(key, e.span);
                let pairs: Vec<String> = keys
                    .iter()
                    .zip(values)
                    .map(|(k, v)| format!("({k} :> {})", self.expression(v, s)))
                    .collect();
                format!("({})", pairs.join(" @@ "))
            }
            ExprKind::MapFill(value) => {
                let Type::Map { key, .. } = *program.types.get(e.ty) else {
                    return self.refuse(e.span, "a map of this type");
                };
                let (keys, k) = (self.domain(key, e.span), self.fresh("k"));
                format!("[{k} \\in {keys} |-> {}]", self.expression(value, s))
            }
            ExprKind::Record(id, values) => {
                let record = &program.records[id.index()];
                if record.fields.is_empty() {
                    return format!("\"{}\"", record.name);
                }
                let fields: Vec<String> = (record.fields.iter().zip(values))
                    .map(|((name, _), value)| format!("{name} |-> {}", self.expression(value, s)))
                    .collect();
                format!("[{}]", fields.join(", "))
            }
            ExprKind::TypeSet(ty) => self.domain(*ty, e.span),
            ExprKind::Range(lo, hi) => format!("({}..{})", self.expression(lo, s), self.expression(hi, s)),
            _ => self.refuse(e.span, "this expression"),
        }
    }

    fn builtin(&mut self, builtin: Builtin, arguments: &[Expr], s: &str) -> String {
        let all: Vec<String> = arguments.iter().map(|e| self.expression(e, s)).collect();
        let ty = self.program.types.get(arguments[0].ty).clone();
        match (builtin, all.as_slice()) {
            (Builtin::Len, [a]) => match ty {
                Type::Set(_) => format!("Cardinality({a})"),
                Type::Bag { .. } => format!("BagSize({a})"),
                _ => format!("Len({a})"),
            },
            (Builtin::IsPrefix, [a, b]) => format!("IsPrefixOf({a}, {b})"),
            (Builtin::CommonPrefix, [a, b]) => format!("CommonPrefixOf({a}, {b})"),
            (Builtin::Comparable, [a, b]) => format!("(IsPrefixOf({a}, {b}) \\/ IsPrefixOf({b}, {a}))"),
            (Builtin::First, [a]) => format!("Head({a})"),
            (Builtin::Last, [a]) => format!("{a}[Len({a})]"),
            (Builtin::Indices, [a]) => format!("(0..(Len({a}) - 1))"),
            (Builtin::Min, [a, b]) => format!("MinOf({{{a}, {b}}})"),
            (Builtin::Max, [a, b]) => format!("MaxOf({{{a}, {b}}})"),
            (Builtin::Abs, [a]) => format!("AbsOf({a})"),
            (Builtin::Elements, [_]) => self.as_set(&arguments[0], s),
            (Builtin::Reachable, _) => "TRUE".to_string(),
            (Builtin::Majority, [a]) => {
                let element = self.element(&arguments[0]);
                let all = self.domain(element, arguments[0].span);
                format!("(2 * Cardinality({a}) > Cardinality({all}))")
            }
            (Builtin::Index, [a]) => self.rank(a, arguments[0].ty, arguments[0].span),
            _ => self.refuse(arguments[0].span, "this function"),
        }
    }

    /// How many messages are under way.
    fn in_flight(&mut self, message: MessageId, flight: Option<&Flight>, s: &str) -> String {
        let program = self.program;
        let declared = &program.messages[message.index()];
        let Some(link) = declared.link else { return "0".to_string() };
        if link.index() >= self.names.links.len() {
            return self.refuse(declared.span, "what obligations remember");
        }
        let e = self.fresh("e");
        let mut conditions = vec![format!("{e}.message = \"{}\"", declared.name)];
        if let Some(flight) = flight {
            for (end, node) in [("from", &flight.from), ("to", &flight.to)] {
                if let Some(node) = node {
                    conditions.push(format!("{e}.{end} = {}", self.expression(node, s)));
                }
            }
            if let Some(filter) = &flight.filter {
                let filter = self.expression(filter, s);
                conditions.push(self.with_fields(message, &flight.fields, &e, &filter));
            }
        }
        let holds = conditions.join(" /\\ ");
        let queue = self.variable(&self.names.links[link.index()], s);
        if self.link(link.index()).ordered {
            let (p, i) = (self.fresh("p"), self.fresh("i"));
            return format!(
                "SumOver([{p} \\in DOMAIN {queue} |-> Cardinality({{{i} \\in DOMAIN {queue}[{p}] : \
                 LET {e} == {queue}[{p}][{i}] IN {holds}}})], DOMAIN {queue})"
            );
        }
        format!("SumOver({queue}, {{{e} \\in DOMAIN {queue} : {holds}}})")
    }
}
