//! Statements: what a state becomes.
//!
//! Enters: statements, and what the state before them is called. Leaves: an expression whose value is the set of states
//! that they may lead to, or the one state, where they leave no choice.

use super::Writer;
use crate::analysis::program::{
    Expr, LocalId, MessageId, Method, PathStep, Place, PlaceRoot, Stmt, StmtKind, Type,
};

/// What stands behind a list of statements, in terms of the state that they lead to.
type Rest<'r, 'w, 'a> = &'r mut dyn FnMut(&mut Writer<'a>, &str) -> String;

/// Whether statements lead to one state and no other.
fn is_one_way(statements: &[Stmt]) -> bool {
    statements.iter().all(|statement| match &statement.kind {
        StmtKind::Assign { .. } | StmtKind::Mutate { .. } | StmtKind::Let { .. } | StmtKind::Send { .. } => {
            true
        }
        StmtKind::If { then, otherwise, .. } => is_one_way(then) && is_one_way(otherwise),
        StmtKind::For { body, .. } => is_one_way(body),
        StmtKind::Choose { .. }
        | StmtKind::Require(_)
        | StmtKind::Fork { .. }
        | StmtKind::Retake { .. }
        | StmtKind::Take { .. }
        | StmtKind::Refill { .. }
        | StmtKind::Attempt { .. } => false,
    })
}

impl<'a> Writer<'a> {
    /// The set of states to which statements lead from `s`.
    pub(super) fn states_after(&mut self, statements: &[Stmt], s: &str) -> String {
        self.statements(statements, s, &mut |_, s| format!("{{{s}}}"))
    }

    /// The one state.
    fn state_after(&mut self, statements: &[Stmt], s: &str) -> String {
        self.statements(statements, s, &mut |_, s| s.to_string())
    }

    pub(super) fn statements(&mut self, list: &[Stmt], s: &str, rest: Rest<'_, '_, 'a>) -> String {
        let Some((first, others)) = list.split_first() else { return rest(self, s) };
        let mut then = |writer: &mut Writer<'a>, s: &str| writer.statements(others, s, &mut *rest);
        match &first.kind {
            StmtKind::Assign { place, value } => {
                let value = self.expression(value, s);
                let changed = self.changed(place, &value, s);
                self.bound(&changed, &mut then)
            }
            StmtKind::Mutate { place, op, value } => {
                let value = self.mutated(place, *op, value.as_ref(), s);
                let changed = self.changed(place, &value, s);
                self.bound(&changed, &mut then)
            }
            StmtKind::Send { message, fields, from, to, .. } => {
                let ends = (from, to);
                let changed = self.sent(*message, fields, ends, s);
                self.bound(&changed, &mut then)
            }
            StmtKind::Let { local, value } => {
                let (name, value) = (self.names.local(*local), self.expression(value, s));
                format!("LET {name} == {value} IN {}", then(self, s))
            }
            StmtKind::Require(condition) => {
                let condition = self.expression(condition, s);
                format!("IF {condition} THEN {} ELSE {{}}", then(self, s))
            }
            StmtKind::If { condition, then: yes, otherwise } => {
                let condition = self.expression(condition, s);
                if is_one_way(yes) && is_one_way(otherwise) {
                    let (yes, no) = (self.state_after(yes, s), self.state_after(otherwise, s));
                    return self.bound(&format!("IF {condition} THEN {yes} ELSE {no}"), &mut then);
                }
                let (yes, no) = (self.states_after(yes, s), self.states_after(otherwise, s));
                let (t, after) = self.named(&mut then);
                format!("UNION {{{after} : {t} \\in IF {condition} THEN {yes} ELSE {no}}}")
            }
            StmtKind::Choose { binder, body } => {
                let (set, local) = (self.elements(binder, s), self.names.local(binder.local));
                let inner = self.statements(body, s, &mut then);
                format!("UNION {{{inner} : {local} \\in {set}}}")
            }
            StmtKind::For { .. } => self.each(first, s, &mut then),
            StmtKind::Fork { .. }
            | StmtKind::Retake { .. }
            | StmtKind::Take { .. }
            | StmtKind::Refill { .. }
            | StmtKind::Attempt { .. } => self.refuse(first.span, "what obligations do beside a step"),
        }
    }

    /// Gives a state a name in what follows.
    fn bound(&mut self, state: &str, then: Rest<'_, '_, 'a>) -> String {
        let (t, after) = self.named(then);
        format!("LET {t} == {state} IN {after}")
    }

    /// A new name for a state, and what follows in terms of it.
    fn named(&mut self, then: Rest<'_, '_, 'a>) -> (String, String) {
        let t = self.fresh("s");
        let after = then(self, &t);
        (t, after)
    }

    /// A loop, as an operator that calls itself with the elements that are left.
    fn each(&mut self, statement: &Stmt, s: &str, then: Rest<'_, '_, 'a>) -> String {
        let StmtKind::For { binder, body } = &statement.kind else { return String::new() };
        let all = self.in_order(&binder.set, s);
        let local = self.names.local(binder.local);
        let (each, inside, left) = (self.fresh("Each"), self.fresh("s"), self.fresh("q"));
        let filter = binder.filter.as_ref().map_or("TRUE".to_string(), |f| self.expression(f, &inside));
        let head = format!("LET RECURSIVE {each}(_, _) {each}({inside}, {left}) ==");
        if is_one_way(body) {
            let body = self.state_after(body, &inside);
            let once = format!("IF {filter} THEN {body} ELSE {inside}");
            let (t, after) = self.named(then);
            return format!(
                "{head} IF {left} = <<>> THEN {inside} ELSE LET {local} == Head({left}) IN \
                 {each}({once}, Tail({left})) IN LET {t} == {each}({s}, {all}) IN {after}"
            );
        }
        let (body, turn) = (self.states_after(body, &inside), self.fresh("s"));
        let (t, after) = self.named(then);
        format!(
            "{head} IF {left} = <<>> THEN {{{inside}}} ELSE LET {local} == Head({left}) IN \
             UNION {{{each}({turn}, Tail({left})) : {turn} \\in IF {filter} THEN {body} ELSE {{{inside}}}}} \
             IN UNION {{{after} : {t} \\in {each}({s}, {all})}}"
        )
    }

    /// The way to a place, as `EXCEPT` and as an expression want it.
    fn way(&mut self, place: &Place, s: &str) -> String {
        let mut way = match &place.root {
            PlaceRoot::State(id) => match self.names.states.get(id.index()) {
                Some(name) => name.clone(),
                None => self.refuse(place.span, "what obligations remember"),
            },
            PlaceRoot::NodeField { node, field } => {
                let node = self.expression(node, s);
                match self.names.fields.get(field.index()) {
                    Some(name) => format!("{name}[{node}]"),
                    None => self.refuse(place.span, "what obligations remember"),
                }
            }
        };
        let program = self.program;
        let mut ty = match &place.root {
            PlaceRoot::State(id) => program.states.get(id.index()).map(|state| state.ty),
            PlaceRoot::NodeField { field, .. } => {
                program.node_fields.get(field.index()).map(|field| field.ty)
            }
        };
        for step in &place.path {
            match step {
                PathStep::Field(index) => {
                    let Some(Type::Record(id)) = ty.map(|ty| program.types.get(ty)) else {
                        return self.refuse(place.span, "a part of this value");
                    };
                    let (name, inner) = &program.records[id.index()].fields[*index as usize];
                    way += &format!(".{name}");
                    ty = Some(*inner);
                }
                PathStep::Index { container, index } => {
                    let index = self.expression(index, s);
                    match program.types.get(*container) {
                        Type::List { element, .. } => {
                            way += &format!("[{index} + 1]");
                            ty = Some(*element);
                        }
                        Type::Map { value, .. } => {
                            way += &format!("[{index}]");
                            ty = Some(*value);
                        }
                        _ => return self.refuse(place.span, "a part of this value"),
                    }
                }
            }
        }
        way
    }

    /// The state with another value at a place.
    fn changed(&mut self, place: &Place, value: &str, s: &str) -> String {
        let way = self.way(place, s);
        format!("[{s} EXCEPT !.{way} = {value}]")
    }

    /// A collection with one element more or less.
    fn mutated(&mut self, place: &Place, op: Method, value: Option<&Expr>, s: &str) -> String {
        let now = format!("{s}.{}", self.way(place, s));
        let value = value.map(|value| self.expression(value, s)).unwrap_or_default();
        let bag = matches!(self.program.types.get(place.ty), Type::Bag { .. });
        match op {
            Method::Push => format!("Append({now}, {value})"),
            Method::Pop => format!("Tail({now})"),
            Method::Add if bag => format!("BagAdd({now}, {value})"),
            Method::Add => format!("({now} \\cup {{{value}}})"),
            Method::Remove if bag => format!("BagRemove({now}, {value})"),
            Method::Remove => format!("({now} \\ {{{value}}})"),
            Method::Clear => self.first_value(place.ty, place.span),
        }
    }

    /// The state with a message more under way.
    fn sent(&mut self, message: MessageId, fields: &[Expr], (from, to): (&Expr, &Expr), s: &str) -> String {
        let program = self.program;
        let declared = &program.messages[message.index()];
        let Some(link) = declared.link else { return s.to_string() };
        let (from, mut receiver) = (self.expression(from, s), self.expression(to, s));
        if matches!(program.types.get(to.ty), Type::Option(_)) {
            receiver += "[1]";
        }
        let mut parts = vec![
            format!("message |-> \"{}\"", declared.name),
            format!("from |-> {from}"),
            format!("to |-> {receiver}"),
        ];
        let record = &program.records[declared.record.index()];
        for ((name, _), value) in record.fields.iter().zip(fields) {
            parts.push(format!("{} |-> {}", part(&declared.name, name), self.expression(value, s)));
        }
        let envelope = format!("[{}]", parts.join(", "));
        let queue = &self.names.links[link.index()];
        if self.link(link.index()).ordered {
            return format!("[{s} EXCEPT !.{queue}[<<{from}, {receiver}>>] = Append(@, {envelope})]");
        }
        format!("[{s} EXCEPT !.{queue} = BagAdd(@, {envelope})]")
    }

    /// An expression in which the fields of a message have their names.
    pub(super) fn with_fields(&self, message: MessageId, fields: &[LocalId], e: &str, inner: &str) -> String {
        let declared = &self.program.messages[message.index()];
        let record = &self.program.records[declared.record.index()];
        let lets: String = (record.fields.iter().zip(fields))
            .map(|((name, _), local)| {
                format!("LET {} == {e}.{} IN ", self.names.local(*local), part(&declared.name, name))
            })
            .collect();
        format!("({lets}{inner})")
    }
}

/// Fields of different messages are told apart, so that values of different types never meet.
pub(super) fn part(message: &str, field: &str) -> String {
    format!("{message}_{field}")
}
