//! What a name is for, by where it stands in the tree.
//!
//! Enters: a tree with the cursor in it, or a tree and the place of a name. Leaves: [`Sight`]. What a name in an
//! expression of a member can be, analysis knows; of a command's, the command says which value it takes.

use super::CURSOR;
use crate::concepts::ConceptKind;
use crate::span::Span;
use crate::syntax::tree::*;

/// A name, and what is around it.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    pub role: Role,
    pub inside: In,
}

/// What a name stands in.
#[derive(Debug, Clone)]
pub(crate) enum In {
    Nothing,
    /// A member of a system, with the head of that system.
    System(Box<Item>),
    Command(Box<CommandKind>),
}

/// What a name is for.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    /// It is a new one.
    Own,
    /// An operand in a member.
    Value,
    /// What a statement changes.
    Place,
    Type,
    System,
    /// The parameter of a system, and those that are given already.
    Parameter {
        system: String,
        given: Vec<String>,
    },
    /// Behind `use`.
    Mapping,
    Message,
    /// What a handler takes: a message, or `restart`.
    Handled,
    NodeKind,
    ConceptType {
        kind: ConceptKind,
        given: Vec<String>,
    },
    Scope,
    /// An order or invariant.
    Threatened {
        given: Vec<String>,
    },
    /// Whatever can be a step: an action, a resolution or reconciler, a message that is taken.
    Step {
        given: Vec<String>,
    },
    Merge,
    /// State, fields and messages that are known at once.
    Known {
        of: Option<String>,
    },
    /// Of a record or message.
    Field {
        of: String,
        given: Vec<String>,
    },
    /// Of a node, given by a name that stands for it.
    FieldOfKind {
        kind: String,
    },
    Member {
        given: Vec<String>,
    },
    /// Of the specification.
    Variable {
        given: Vec<String>,
    },
    Rated,
    Fault {
        given: Vec<String>,
    },
    Area,
    Swept {
        given: Vec<String>,
    },
    Order,
    /// An action, resolution or reconciler.
    Done {
        given: Vec<String>,
    },
    /// What a step chooses.
    Choice {
        step: String,
    },
    /// An expression of a command, and what it is to be.
    Operand(Box<(Expr, Wanted)>),
    /// Behind `run until`: or `quiet`.
    Until(Box<Expr>),
    /// Behind a `?`.
    Asked,
}

/// What an expression of a command is to be.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    Anything,
    Condition,
    Number,
    Node,
    /// An argument of an action, by its position.
    Argument {
        step: String,
        at: usize,
    },
    /// Where a step runs.
    Runner {
        step: String,
    },
    Sender {
        message: String,
    },
    Receiver {
        message: String,
    },
    FieldOf {
        message: String,
        field: String,
    },
    Parameter {
        system: String,
        name: String,
    },
    Mapped {
        variable: String,
    },
}

/// What the cursor is for.
pub(super) fn of(cell: &Cell) -> Option<Sight> {
    Finder { at: None, behind: None }.cell(cell)
}

/// What the longest operand that ends at a byte is for.
pub(super) fn before(cell: &Cell, end: u32) -> Option<Sight> {
    Finder { at: None, behind: Some(end) }.cell(cell)
}

/// What the name at a place is for.
pub(crate) fn of_name(cell: &Cell, at: Span) -> Option<Sight> {
    Finder { at: Some(at), behind: None }.cell(cell)
}

/// Tells the name that is sought from others.
struct Finder {
    at: Option<Span>,
    /// Where the operand ends that is sought in place of a name.
    behind: Option<u32>,
}

fn texts<'n>(names: impl IntoIterator<Item = &'n Name>) -> Vec<String> {
    names.into_iter().filter(|n| n.text != CURSOR).map(|n| n.text.clone()).collect()
}

impl Finder {
    fn is(&self, name: &Name) -> bool {
        self.behind.is_none() && self.at.map_or(name.text == CURSOR, |at| name.span == at)
    }

    fn one(&self, name: &Name, role: impl FnOnce() -> Role) -> Option<Role> {
        self.is(name).then(role)
    }

    /// One of several, told which others are there.
    fn among(&self, names: &[Name], role: impl FnOnce(Vec<String>) -> Role) -> Option<Role> {
        names.iter().any(|n| self.is(n)).then(|| role(texts(names.iter().filter(|n| !self.is(n)))))
    }

    fn cell(&self, cell: &Cell) -> Option<Sight> {
        cell.items.iter().find_map(|item| self.item(item))
    }

    fn item(&self, item: &Item) -> Option<Sight> {
        let system = |role| Sight { role, inside: In::System(Box::new(item.clone())) };
        match item {
            Item::System(s) => {
                let base = || s.base.as_ref().and_then(|base| self.target(base));
                let head = self.one(&s.name, || Role::Own).or_else(base);
                let head = head.map(|role| Sight { role, inside: In::Nothing });
                head.or_else(|| s.members.iter().find_map(|m| self.member(m)).map(system))
            }
            Item::Extend(e) => {
                let head = self.one(&e.name, || Role::System).map(|role| Sight { role, inside: In::Nothing });
                head.or_else(|| e.members.iter().find_map(|m| self.member(m)).map(system))
            }
            Item::Use(name) => {
                self.one(name, || Role::Mapping).map(|role| Sight { role, inside: In::Nothing })
            }
            Item::UseFile(_) => None,
            Item::Command(command) => {
                let role = self.command(&command.kind)?;
                Some(Sight { role, inside: In::Command(Box::new(command.kind.clone())) })
            }
        }
    }

    // ---- members ----

    fn member(&self, member: &Member) -> Option<Role> {
        use MemberKind as M;
        let own = |name: &Name| self.one(name, || Role::Own);
        match &member.kind {
            M::Param { name, ty, value, range } => own(name)
                .or_else(|| ty.as_ref().and_then(|ty| self.ty(ty)))
                .or_else(|| self.value(value))
                .or_else(|| range.as_ref().and_then(|(lo, hi)| self.value(lo).or_else(|| self.value(hi)))),
            M::Enum { name, variants, .. } => own(name).or_else(|| variants.iter().find_map(own)),
            M::Alias { name, ty } => own(name).or_else(|| self.ty(ty)),
            M::Record { name, fields } | M::Message { name, fields } => {
                own(name).or_else(|| fields.iter().find_map(|f| own(&f.name).or_else(|| self.ty(&f.ty))))
            }
            M::Node { name, count, fields, .. } => own(name)
                .or_else(|| count.as_ref().and_then(|c| self.value(c)))
                .or_else(|| fields.iter().find_map(|f| self.variable(&f.name, &f.ty, f.init.as_ref()))),
            M::State { name, ty, init, .. } => self.variable(name, ty, init.as_ref()),
            M::Link(link) => self.link(link),
            M::Concept(concept) => self.concept(concept),
            M::Action(a) => own(&a.name)
                .or_else(|| self.params(&a.params))
                .or_else(|| a.at.as_ref().and_then(|at| self.place(at)))
                .or_else(|| self.maybe(&a.when))
                .or_else(|| self.maybe(&a.within))
                .or_else(|| self.block(&a.body)),
            M::Handler(handler) => self.handler(handler),
            M::Recovery(r) => self
                .one(&r.word, || Role::Handled)
                .or_else(|| self.place(&r.at))
                .or_else(|| self.maybe(&r.when))
                .or_else(|| self.block(&r.body)),
            M::Def { name, params, ty, body } => own(name)
                .or_else(|| self.params(params))
                .or_else(|| ty.as_ref().and_then(|ty| self.ty(ty)))
                .or_else(|| self.value(body)),
            M::Init(e) | M::Bound(e) => self.value(e),
            M::Knows { what, .. } => what.iter().find_map(|known| {
                let field = known.field.as_ref().filter(|field| self.is(field));
                let of = || Role::Known { of: Some(known.name.text.clone()) };
                self.one(&known.name, || Role::Known { of: None }).or_else(|| field.map(|_| of()))
            }),
            M::Error => None,
        }
    }

    fn maybe(&self, e: &Option<Expr>) -> Option<Role> {
        e.as_ref().and_then(|e| self.value(e))
    }

    fn params(&self, params: &[ParamDecl]) -> Option<Role> {
        params.iter().find_map(|p| self.one(&p.name, || Role::Own).or_else(|| self.ty(&p.ty)))
    }

    fn variable(&self, name: &Name, ty: &TypeExpr, init: Option<&Init>) -> Option<Role> {
        let init = || match init? {
            Init::Value(e) | Init::View { of: e, .. } => self.value(e),
            Init::Any { binder, set, filter, .. } => binder
                .as_ref()
                .and_then(|b| self.one(b, || Role::Own))
                .or_else(|| self.maybe(set))
                .or_else(|| self.maybe(filter)),
        };
        self.one(name, || Role::Own).or_else(|| self.ty(ty)).or_else(init)
    }

    fn ty(&self, ty: &TypeExpr) -> Option<Role> {
        match &ty.kind {
            TypeExprKind::Name(name) => {
                let name = Name { text: name.clone(), span: ty.span };
                self.one(&name, || Role::Type)
            }
            TypeExprKind::Range(lo, hi) => self.value(lo).or_else(|| self.value(hi)),
            TypeExprKind::Option(inner) | TypeExprKind::Set(inner) => self.ty(inner),
            TypeExprKind::List(inner, max) | TypeExprKind::Bag(inner, max) => {
                self.ty(inner).or_else(|| self.value(max))
            }
            TypeExprKind::Map(key, value) => self.ty(key).or_else(|| self.ty(value)),
            TypeExprKind::Error => None,
        }
    }

    fn link(&self, link: &Link) -> Option<Role> {
        let ends = std::iter::once(&link.from).chain(&link.to);
        self.one(&link.name, || Role::Own)
            .or_else(|| self.among(&link.messages, |_| Role::Message))
            .or_else(|| ends.into_iter().find_map(|end| self.one(end, || Role::NodeKind)))
            .or_else(|| self.maybe(&link.capacity))
    }

    /// `NAME in SET`
    fn place(&self, place: &Place) -> Option<Role> {
        self.one(&place.name, || Role::Own).or_else(|| self.maybe(&place.set))
    }

    fn handler(&self, h: &Handler) -> Option<Role> {
        self.one(&h.message, || Role::Handled)
            .or_else(|| h.from.as_ref().and_then(|from| self.place(from)))
            .or_else(|| self.place(&h.at))
            .or_else(|| self.maybe(&h.when))
            .or_else(|| self.block(&h.body))
    }

    fn concept(&self, c: &Concept) -> Option<Role> {
        self.one(&c.name, || Role::Own)
            .or_else(|| self.among(&c.types, |given| Role::ConceptType { kind: c.kind, given }))
            .or_else(|| c.clauses.iter().find_map(|clause| self.clause(&clause.kind)))
    }

    fn clause(&self, clause: &ClauseKind) -> Option<Role> {
        use ClauseKind as C;
        let step = |name: &Name| self.one(name, || Role::Step { given: Vec::new() });
        match clause {
            C::Scope(text) => {
                let name = Name { text: text.value.clone(), span: text.span };
                self.one(&name, || Role::Scope)
            }
            C::By(binder) => self.binder(binder),
            C::Views { value, binder } | C::Token { value, binder } => {
                self.value(value).or_else(|| binder.as_ref().and_then(|b| self.binder(b)))
            }
            C::Write { action, value, .. } => step(action).or_else(|| self.value(value)),
            C::Form(form) => self.form(form),
            C::Handles(names) => self.among(names, |given| Role::Threatened { given }),
            C::Act { at, when, within, body } => at
                .as_ref()
                .and_then(|at| self.place(at))
                .or_else(|| self.maybe(when))
                .or_else(|| self.maybe(within))
                .or_else(|| self.block(body)),
            C::On(handler) => self.handler(handler),
            C::Attempts { value, limit } => self.value(value).or_else(|| self.value(limit)),
            C::Merge(name) => self.one(name, || Role::Merge),
            C::Since(name) | C::Undoes(name) => step(name),
            C::Observe { name, value } => self.one(name, || Role::Own).or_else(|| self.value(value)),
            C::Epoch(e)
            | C::Value(e)
            | C::Version(e)
            | C::Protects(e)
            | C::Key(e)
            | C::Restores(e)
            | C::EveryTicks(e)
            | C::Drift(e)
            | C::Desired(e)
            | C::Actual(e) => self.value(e),
            C::Backoff(_) | C::Every(_) | C::Atomic | C::Error => None,
        }
    }

    fn form(&self, form: &Form) -> Option<Role> {
        use FormKind as F;
        let binder = |b: &Option<Binder>| b.as_ref().and_then(|b| self.binder(b));
        match &form.kind {
            F::For(b, inner) => self.binder(b).or_else(|| self.form(inner)),
            F::OnceClientsStop(inner) => self.form(inner),
            F::Cardinality { number, binder, .. } => self.value(number).or_else(|| self.binder(binder)),
            F::Monotonic { value, strictly, binder: b } => self
                .value(value)
                .or_else(|| self.among(strictly.as_ref()?, |given| Role::Step { given }))
                .or_else(|| binder(b)),
            F::Unique { value, binder } => self.value(value).or_else(|| self.binder(binder)),
            F::Ownership { each, owner, takes } => {
                let taken = |t: &Taking| {
                    let step = self.one(&t.name, || Role::Step { given: Vec::new() });
                    step.or_else(|| t.args.iter().find_map(|e| self.value(e)))
                };
                self.binder(each).or_else(|| self.binder(owner)).or_else(|| takes.iter().find_map(taken))
            }
            F::Immutable { value, binder: b } => self.value(value).or_else(|| binder(b)),
            F::LeadsTo(p, q) => self.value(p).or_else(|| self.value(q)),
            F::Eventually(e)
            | F::AlwaysEventually(e)
            | F::EventuallyAlways(e)
            | F::Stable(e)
            | F::Always(e) => self.value(e),
        }
    }

    // ---- statements ----

    fn block(&self, block: &Block) -> Option<Role> {
        block.stmts.iter().find_map(|stmt| self.stmt(stmt))
    }

    fn stmt(&self, stmt: &Stmt) -> Option<Role> {
        match &stmt.kind {
            StmtKind::Assign { place, value, .. } => self.changed(place).or_else(|| self.value(value)),
            StmtKind::Mutate { place, method, args } => self
                .changed(place)
                .or_else(|| self.one(method, || Role::Place))
                .or_else(|| args.iter().find_map(|e| self.value(e))),
            StmtKind::If { condition, then, otherwise } => self
                .value(condition)
                .or_else(|| self.block(then))
                .or_else(|| otherwise.as_ref().and_then(|b| self.block(b))),
            StmtKind::For { binder, body } | StmtKind::Choose { binder, body } => {
                self.binder(binder).or_else(|| self.block(body))
            }
            StmtKind::Let { name, value } => self.one(name, || Role::Own).or_else(|| self.value(value)),
            StmtKind::Send { message, fields, to } => self
                .one(message, || Role::Message)
                .or_else(|| self.fields(&message.text, fields))
                .or_else(|| self.value(to)),
            StmtKind::Require(e) => self.value(e),
            StmtKind::Error => None,
        }
    }

    /// What is assigned; an index in it is a value.
    fn changed(&self, e: &Expr) -> Option<Role> {
        match &e.kind {
            ExprKind::Index(of, index) => self.changed(of).or_else(|| self.value(index)),
            ExprKind::Field(of, name) => self.changed(of).or_else(|| self.one(name, || Role::Place)),
            ExprKind::Name(_) => self.value(e).map(|_| Role::Place),
            _ => self.value(e),
        }
    }

    fn fields(&self, of: &str, fields: &[(Name, Expr)]) -> Option<Role> {
        let given = || texts(fields.iter().map(|(name, _)| name).filter(|n| !self.is(n)));
        let name = fields.iter().any(|(name, _)| self.is(name));
        let field = name.then(|| Role::Field { of: of.to_owned(), given: given() });
        field.or_else(|| fields.iter().find_map(|(_, e)| self.value(e)))
    }

    fn binder(&self, b: &Binder) -> Option<Role> {
        self.one(&b.name, || Role::Own).or_else(|| self.value(&b.set)).or_else(|| self.maybe(&b.filter))
    }

    /// In an expression.
    fn value(&self, e: &Expr) -> Option<Role> {
        if self.behind == Some(e.span.end) {
            return Some(Role::Value);
        }
        let all = |list: &[Expr]| list.iter().find_map(|e| self.value(e));
        match &e.kind {
            ExprKind::Name(text) => {
                let name = Name { text: text.clone(), span: e.span };
                self.one(&name, || Role::Value)
            }
            ExprKind::Field(of, name) => self.value(of).or_else(|| self.one(name, || Role::Value)),
            ExprKind::Call(name, args) => {
                let message = name.text == crate::words::Question::InFlight.word();
                let found = all(args).map(|role| match role {
                    Role::Value if message => Role::Message,
                    role => role,
                });
                self.one(name, || Role::Value).or(found)
            }
            ExprKind::InFlight(_, flight) => {
                let parts = || flight.parts().find_map(|e| self.value(e));
                self.one(&flight.message, || Role::Message).or_else(parts)
            }
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Range(a, b) => {
                self.value(a).or_else(|| self.value(b))
            }
            ExprKind::Slice(a, from, to) => self
                .value(a)
                .or_else(|| from.as_deref().and_then(|e| self.value(e)))
                .or_else(|| to.as_deref().and_then(|e| self.value(e))),
            ExprKind::Unary(_, a) | ExprKind::Old(a) => self.value(a),
            ExprKind::If(a, b, c) => self.value(a).or_else(|| self.value(b)).or_else(|| self.value(c)),
            ExprKind::Let(name, a, b) => {
                self.one(name, || Role::Own).or_else(|| self.value(a)).or_else(|| self.value(b))
            }
            ExprKind::Quantified(_, binder, body) => {
                self.binder(binder).or_else(|| body.as_deref().and_then(|e| self.value(e)))
            }
            ExprKind::SetOf(body, binder) | ExprKind::ListOf(body, binder) => {
                self.binder(binder).or_else(|| self.value(body))
            }
            ExprKind::MapOf(k, v, binder) => {
                self.binder(binder).or_else(|| self.value(k)).or_else(|| self.value(v))
            }
            ExprKind::Set(list) | ExprKind::List(list) => all(list),
            ExprKind::Map(pairs) => pairs.iter().find_map(|(k, v)| self.value(k).or_else(|| self.value(v))),
            ExprKind::Record(name, fields) => {
                self.one(name, || Role::Value).or_else(|| self.fields(&name.text, fields))
            }
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::None | ExprKind::Quiescent | ExprKind::Error => {
                None
            }
        }
    }

    // ---- commands ----

    fn command(&self, kind: &CommandKind) -> Option<Role> {
        use CommandKind as K;
        match kind {
            K::Check { target, options }
            | K::Audit { target, options }
            | K::Graph { target, options }
            | K::Mutate { target, options } => self.target(target).or_else(|| self.options(options)),
            K::Refine { target, specification, options } => {
                self.target(target).or_else(|| self.target(specification)).or_else(|| self.options(options))
            }
            K::Scenario { target, lines, .. } | K::Start { target, lines } => {
                self.target(target).or_else(|| lines.iter().find_map(|line| self.line(&line.kind)))
            }
            K::Find { target, goal, within, options } => self
                .target(target)
                .or_else(|| self.asked(goal, Wanted::Condition))
                .or_else(|| within.as_ref().and_then(|e| self.asked(e, Wanted::Number)))
                .or_else(|| self.options(options)),
            K::Compare { targets, by } => {
                let area = by.as_ref().and_then(|by| self.one(by, || Role::Area));
                targets.iter().find_map(|t| self.target(t)).or(area)
            }
            K::Diagram { target } => self.target(target),
            K::Do(line) => self.line(&line.kind),
            K::Simulate { target, runs, seed, options, .. } => {
                let numbers = runs.iter().chain(seed).find_map(|e| self.asked(e, Wanted::Number));
                self.target(target).or(numbers).or_else(|| self.options(options))
            }
            K::Sweep { swept, target, options } => {
                let given = || texts(swept.iter().map(|s| &s.param).filter(|n| !self.is(n)));
                let one = |s: &Swept| {
                    let param = self.one(&s.param, || Role::Swept { given: given() });
                    let (system, name) = (target.name.text.clone(), s.param.text.clone());
                    param.or_else(|| self.asked(&s.values, Wanted::Parameter { system, name }))
                };
                let param = swept.iter().find_map(one);
                param.or_else(|| self.target(target)).or_else(|| self.options(options))
            }
            K::Relax { order, target, options } => {
                let named = order.as_ref().and_then(|order| self.one(order, || Role::Order));
                // Without an order, what stands first may become one.
                let first = || order.is_none().then(|| self.one(&target.name, || Role::Order)).flatten();
                named.or_else(first).or_else(|| self.target(target)).or_else(|| self.options(options))
            }
            K::Why { member, target, options } => self
                .one(member, || Role::Member { given: Vec::new() })
                .or_else(|| self.target(target))
                .or_else(|| self.options(options)),
            K::Grade { target, against, options } => self
                .target(target)
                .or_else(|| against.iter().find_map(|t| self.target(t)))
                .or_else(|| self.options(options)),
            K::Expression(e) => self.asked(e, Wanted::Anything),
            K::Ask(name) => self.one(name, || Role::Asked),
            K::Beside | K::Enabled | K::Undo { .. } | K::Show { .. } | K::Save { .. } | K::Error => None,
        }
    }

    /// An expression of a command; a name in it that is no value has a role of its own.
    fn asked(&self, e: &Expr, wanted: Wanted) -> Option<Role> {
        self.value(e).map(|role| match role {
            Role::Value => Role::Operand(Box::new((e.clone(), wanted))),
            role => role,
        })
    }

    fn target(&self, target: &Target) -> Option<Role> {
        let given = || texts(target.args.iter().map(|(name, _)| name).filter(|n| !self.is(n)));
        let system = target.name.text.clone();
        if target.args.iter().any(|(name, _)| self.is(name)) {
            return Some(Role::Parameter { system, given: given() });
        }
        let value = |(name, e): &(Name, Expr)| {
            let wanted = Wanted::Parameter { system: target.name.text.clone(), name: name.text.clone() };
            self.asked(e, wanted)
        };
        self.one(&target.name, || Role::System).or_else(|| target.args.iter().find_map(value))
    }

    fn options(&self, options: &[CheckOption]) -> Option<Role> {
        options.iter().find_map(|option| self.option(&option.kind, options))
    }

    fn option(&self, option: &CheckOptionKind, all: &[CheckOption]) -> Option<Role> {
        use CheckOptionKind as O;
        match option {
            O::Faults(faults) => self.faults(faults),
            O::Only(names) => self.among(names, |given| Role::Member { given }),
            O::Limit { value, .. } => self.asked(value, Wanted::Number),
            O::Traces(e) | O::Threads(e) => self.asked(e, Wanted::Number),
            O::Map(mapped) => {
                let given = all.iter().filter_map(|o| match &o.kind {
                    O::Map(m) => Some(&m.variable),
                    _ => None,
                });
                let given = texts(given.filter(|n| !self.is(n)));
                let node = mapped.node.as_ref();
                let variable = self.one(&mapped.variable, || match node {
                    Some(node) => Role::FieldOfKind { kind: node.kind.text.clone() },
                    None => Role::Variable { given },
                });
                let of = node.and_then(|node| {
                    let own =
                        self.one(&node.name, || Role::Own).or_else(|| self.one(&node.written, || Role::Own));
                    own.or_else(|| self.one(&node.kind, || Role::NodeKind))
                });
                let wanted = Wanted::Mapped { variable: mapped.variable.text.clone() };
                variable.or(of).or_else(|| self.asked(&mapped.value, wanted))
            }
            O::Rate(rate) => {
                self.one(&rate.action, || Role::Rated).or_else(|| self.asked(&rate.times, Wanted::Number))
            }
            O::Expect(e) => self.among(&e.names, |given| Role::Member { given }),
            O::FromAnyState
            | O::Off(_)
            | O::Spill
            | O::Latency(_)
            | O::Ticks(_)
            | O::Profile
            | O::ExpectFind(_)
            | O::Error => None,
        }
    }

    fn faults(&self, faults: &[Fault]) -> Option<Role> {
        faults.iter().find_map(|fault| {
            let given = || texts(faults.iter().map(|f| &f.name).filter(|n| !self.is(n)));
            let of = fault.of.as_ref().and_then(|of| self.one(of, || Role::NodeKind));
            let often = || match &fault.often {
                Some(Often::Times(e)) => self.asked(e, Wanted::Number),
                _ => None,
            };
            self.one(&fault.name, || Role::Fault { given: given() }).or(of).or_else(often)
        })
    }

    fn line(&self, line: &LineKind) -> Option<Role> {
        use LineKind as L;
        match line {
            L::Init(e) | L::Expect(e) => self.asked(e, Wanted::Condition),
            L::Do { name, args, at, choices, .. } => {
                let step = || name.text.clone();
                let arg = |(i, e): (usize, &Expr)| self.asked(e, Wanted::Argument { step: step(), at: i });
                self.one(name, || Role::Done { given: Vec::new() })
                    .or_else(|| args.iter().enumerate().find_map(arg))
                    .or_else(|| at.as_ref().and_then(|at| self.asked(at, Wanted::Runner { step: step() })))
                    .or_else(|| self.choices(&name.text, choices))
            }
            L::Deliver(envelope, choices) | L::Reorder(envelope, choices) => {
                self.envelope(envelope).or_else(|| self.choices(&envelope.message.text, choices))
            }
            L::Lose(envelope, choices) | L::Duplicate(envelope, choices) => {
                self.envelope(envelope).or_else(|| self.choices("", choices))
            }
            L::Node(_, e, choices) => {
                self.asked(e, Wanted::Node).or_else(|| self.choices("restart", choices))
            }
            L::Partition { sides, .. } => sides.iter().flatten().find_map(|e| self.asked(e, Wanted::Node)),
            L::Run { names, until } => {
                let until = || match until {
                    RunUntil::Condition(e) => self.value(e).map(|role| match role {
                        Role::Value => Role::Until(Box::new(e.clone())),
                        role => role,
                    }),
                    RunUntil::Times(Some(e)) => self.asked(e, Wanted::Number),
                    RunUntil::Quiet | RunUntil::Times(None) => None,
                };
                self.among(names, |given| Role::Done { given }).or_else(until)
            }
            L::ExpectVerdict(e) => self.among(&e.names, |given| Role::Member { given }),
            L::ExpectStep { line, .. } => self.line(&line.kind),
            L::Faults(faults) => self.faults(faults),
            L::FromAnyState | L::Heal | L::Error => None,
        }
    }

    fn choices(&self, step: &str, choices: &[(Name, Expr)]) -> Option<Role> {
        let one = |(name, e): &(Name, Expr)| {
            let choice = self.one(name, || Role::Choice { step: step.to_owned() });
            choice.or_else(|| self.asked(e, Wanted::Anything))
        };
        choices.iter().find_map(one)
    }

    fn envelope(&self, e: &Envelope) -> Option<Role> {
        let message = || e.message.text.clone();
        if e.fields.iter().any(|(name, _)| self.is(name)) {
            return self.fields(&e.message.text, &e.fields);
        }
        let field = |(name, e): &(Name, Expr)| {
            self.asked(e, Wanted::FieldOf { message: message(), field: name.text.clone() })
        };
        let (from, to) = (Wanted::Sender { message: message() }, Wanted::Receiver { message: message() });
        self.one(&e.message, || Role::Message)
            .or_else(|| e.fields.iter().find_map(field))
            .or_else(|| e.from.as_ref().and_then(|from_| self.asked(from_, from)))
            .or_else(|| e.to.as_ref().and_then(|to_| self.asked(to_, to)))
    }
}
