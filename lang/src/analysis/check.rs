//! The checker's state: the program being built, the names in scope, what the present place allows, and what is wrong.
//!
//! Enters: a program, partly built. Leaves: the same with more in it, and diagnostics. Expressions with a reported
//! error have the type `Type::Error`, which fits everything, so that one mistake is reported once.

use super::names::{Meaning, Names};
use super::program::{
    DefId, EnumId, Expr, ExprKind, Local, LocalId, NodeFieldId, NodeId, Program, StateId, Type, TypeId,
};
use super::sought::Sought;
use super::types::{self, Size};
use crate::diag::codes::analysis as codes;
use crate::diag::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::tree;
use rustc_hash::FxHashSet;

pub(super) struct Checker<'p> {
    pub program: &'p mut Program,
    pub names: Names,
    pub locals: Vec<Binding>,
    pub context: Context,
    pub diagnostics: Vec<Diagnostic>,
    /// Names of the same concept that are in scope elsewhere in it.
    pub bound_elsewhere: Vec<Local>,
    /// What has been used since it was last taken.
    pub used: Used,
    /// What each checked `def` uses.
    pub defs: Vec<Used>,
    /// How deep blocks, forms and types nest at present.
    pub nesting: u32,
    /// The enum of the variants in the constant at hand.
    pub wanted: Option<EnumId>,
    /// A parameter has been used by a constant since this was last cleared.
    pub from_params: bool,
    /// Ranges that depend on parameters. Only looked up.
    pub flexible: FxHashSet<TypeId>,
    /// Where parameters have other values than by themselves, and which.
    pub set: Vec<(Span, String)>,
    sizes: Vec<Size>,
    /// The name of which is asked what is around it.
    pub sought: Option<Box<Sought>>,
}

/// A name bound by a binder, parameter, `let`, message field or `observe`.
pub(super) struct Binding {
    pub name: String,
    pub span: Span,
    pub kind: ExprKind,
    pub ty: TypeId,
}

/// What an expression may use where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    /// `a guard`, `an invariant`: for messages.
    pub place: &'static str,
    pub state: bool,
    pub ghosts: bool,
    pub old: bool,
    pub quiescent: bool,
    /// Inside `old(…)`.
    pub before: bool,
}

/// Two operands as one type.
pub(super) struct Unified {
    pub a: Expr,
    pub b: Expr,
    pub ty: TypeId,
}

impl Context {
    pub(super) const CONSTANT: Context = Context {
        place: "an initial value",
        state: false,
        ghosts: false,
        old: false,
        quiescent: false,
        before: false,
    };
    pub(super) const PARAMETER: Context = Context { place: "a parameter", ..Context::CONSTANT };
    pub(super) const GUARD: Context = Context { place: "a guard", state: true, ..Context::CONSTANT };
    pub(super) const VIEW: Context = Context { place: "a view", ..Context::GUARD };
    pub(super) const EFFECT: Context = Context { place: "an effect", ..Context::GUARD };
    pub(super) const BOUND: Context = Context { place: "a bound", ..Context::GUARD };
    pub(super) const INIT: Context = Context { place: "an initial condition", ..Context::GUARD };
    pub(super) const WRITE: Context = Context { place: "a write clause", ..Context::GUARD };
    pub(super) const CLAUSE: Context = Context { place: "a clause", ghosts: true, ..Context::GUARD };
    pub(super) const INVARIANT: Context =
        Context { place: "an invariant", ghosts: true, old: true, quiescent: true, ..Context::GUARD };
    /// Conditions and expressions of commands.
    pub(super) const COMMAND: Context = Context { place: "a condition", ..Context::INVARIANT };
    /// Whatever the callers of a definition allow.
    pub(super) const DEF: Context = Context { place: "a definition", ..Context::INVARIANT };
}

/// What was read, for the checks that come later.
#[derive(Debug, Clone, Default)]
pub(super) struct Used {
    pub ghosts: Vec<(String, Span)>,
    pub state: Option<Span>,
    pub old: Option<Span>,
    pub quiescent: Option<Span>,
}

impl<'p> Checker<'p> {
    pub(super) fn new(program: &'p mut Program) -> Self {
        let names = Names::of(program);
        let defs = vec![Used::default(); program.defs.len()];
        Checker {
            program,
            names,
            locals: Vec::new(),
            context: Context::CONSTANT,
            diagnostics: Vec::new(),
            bound_elsewhere: Vec::new(),
            used: Used::default(),
            defs,
            nesting: 0,
            wanted: None,
            from_params: false,
            flexible: FxHashSet::default(),
            set: Vec::new(),
            sizes: Vec::new(),
            sought: None,
        }
    }

    // ---- reporting ----

    pub(super) fn report(&mut self, d: Diagnostic) {
        self.diagnostics.push(d);
    }

    pub(super) fn error(&mut self, code: Code, span: Span, words: impl Into<String>) {
        self.report(Diagnostic::error(code, span, words));
    }

    /// Reports and stands in for the expression.
    pub(super) fn wrong(&mut self, d: Diagnostic) -> Expr {
        let span = d.span;
        self.report(d);
        self.broken(span)
    }

    pub(super) fn broken(&mut self, span: Span) -> Expr {
        Expr { kind: ExprKind::Error, ty: self.error_type(), span }
    }

    pub(super) fn type_name(&self, ty: TypeId) -> String {
        self.program.types.name(ty, self.program)
    }

    /// A type in words, for what was found: `set<Broker>`, `the integer 1`.
    pub(super) fn found(&self, ty: TypeId) -> String {
        match self.bounds(ty) {
            Some((lo, hi)) if lo == hi => format!("the integer {lo}"),
            _ => self.type_name(ty),
        }
    }

    /// `expected X, found Y`, unless one of them has been reported already.
    pub(super) fn mismatch(&mut self, span: Span, expected: &str, found: TypeId) -> Expr {
        if self.program.types.is_error(found) {
            return self.broken(span);
        }
        let found = self.found(found);
        self.wrong(
            Diagnostic::error(codes::MISMATCH, span, format!("expected {expected}, found {found}"))
                .label(format!("this is {found}")),
        )
    }

    /// The same for a type: where only an option deep inside differs, that is said. `items`: it is of elements that are
    /// written out.
    fn mismatch_with(
        &mut self,
        span: Span,
        (expected, note): (TypeId, &str),
        found: TypeId,
        items: bool,
    ) -> Expr {
        let before = self.diagnostics.len();
        let name = format!("{}{note}", self.found(expected));
        let broken = self.mismatch(span, &name, found);
        let (plain, other) = (self.program.types.plain(expected), self.program.types.plain(found));
        if self.program.types.fits(plain, other)
            && let Some(d) = self.diagnostics.get_mut(before)
        {
            // Whichever has no option inside is the one that is declared otherwise.
            let (word, to) = match expected == plain {
                true => ("what takes it", found),
                false if note == OTHER_BRANCH => ("what takes both", expected),
                false => ("it", expected),
            };
            let there = if items { what_is_there(self.program, to) } else { String::new() };
            let to = self.program.types.name(to, self.program);
            d.help = Some(format!(
                "a `T` stands for a `T?` by itself, and not inside: {there}declare {word} as `{to}`"
            ));
        }
        broken
    }

    /// One level deeper in blocks, forms or types; false (reported) where that is too deep.
    pub(super) fn descend(&mut self, span: Span) -> bool {
        if self.nesting >= tree::MAX_DEPTH {
            self.error(codes::TOO_DEEP, span, format!("nested more than {} levels deep", tree::MAX_DEPTH));
            return false;
        }
        self.nesting += 1;
        true
    }

    // ---- types ----

    pub(super) fn ty(&mut self, ty: Type) -> TypeId {
        self.program.types.intern(ty)
    }

    pub(super) fn bool_type(&mut self) -> TypeId {
        self.ty(Type::Bool)
    }

    pub(super) fn int_type(&mut self, lo: i64, hi: i64) -> TypeId {
        self.ty(Type::Int { lo: lo.min(hi), hi: hi.max(lo) })
    }

    pub(super) fn error_type(&mut self) -> TypeId {
        self.ty(Type::Error)
    }

    pub(super) fn node_type(&mut self, node: Option<NodeId>) -> TypeId {
        self.ty(node.map_or(Type::Error, Type::Node))
    }

    pub(super) fn get(&self, ty: TypeId) -> Type {
        self.program.types.get(ty).clone()
    }

    pub(super) fn is_error(&self, ty: TypeId) -> bool {
        self.program.types.is_error(ty)
    }

    pub(super) fn size(&mut self, ty: TypeId) -> Size {
        types::extend_sizes(&mut self.sizes, self.program);
        self.sizes[ty.index()]
    }

    /// `set<element>`, where its domain is small enough.
    pub(super) fn set_type(&mut self, element: TypeId, span: Span) -> TypeId {
        if self.is_error(element) || !self.small(element, "a set of", span) {
            return self.error_type();
        }
        self.ty(Type::Set(element))
    }

    /// Whether a type has few enough values for one bit or entry each; reported otherwise.
    pub(super) fn small(&mut self, ty: TypeId, what: &str, span: Span) -> bool {
        let values = self.size(ty).values;
        if values <= types::MAX_DOMAIN {
            return true;
        }
        let name = self.type_name(ty);
        let d = Diagnostic::error(
            codes::TOO_LARGE,
            span,
            format!("{what} {name} is too large: {} values, at most {}", count(values), types::MAX_DOMAIN),
        );
        self.report(d.help("make the element's type smaller: shorter lists, narrower ranges, fewer fields"));
        false
    }

    // ---- expressions ----

    pub(super) fn bool_expr(&mut self, kind: ExprKind, span: Span) -> Expr {
        Expr { kind, ty: self.bool_type(), span }
    }

    pub(super) fn int_expr(&mut self, kind: ExprKind, lo: i64, hi: i64, span: Span) -> Expr {
        Expr { kind, ty: self.int_type(lo, hi), span }
    }

    /// The bounds of an integer expression, options opened.
    pub(super) fn bounds(&self, ty: TypeId) -> Option<(i64, i64)> {
        match self.program.types.get(ty) {
            Type::Int { lo, hi } => Some((*lo, *hi)),
            _ => None,
        }
    }

    /// The value in an option; other expressions as they are.
    pub(super) fn opened(&mut self, e: Expr) -> Expr {
        match self.get(e.ty) {
            Type::Option(inner) => {
                let span = e.span;
                Expr { kind: ExprKind::Unwrap(Box::new(e)), ty: inner, span }
            }
            _ => e,
        }
    }

    /// The value as an option.
    pub(super) fn lifted(&mut self, e: Expr) -> Expr {
        if matches!(self.get(e.ty), Type::Option(_) | Type::Error) {
            return e;
        }
        let (ty, span) = (self.ty(Type::Option(e.ty)), e.span);
        Expr { kind: ExprKind::Some(Box::new(e)), ty, span }
    }

    /// Makes a value stand where `expected` is needed: as it is, lifted, or opened.
    pub(super) fn coerce(&mut self, e: Expr, expected: TypeId) -> Expr {
        if self.program.types.fits(expected, e.ty) {
            return self.in_range(e, expected);
        }
        if let Type::Option(inner) = self.get(expected)
            && self.program.types.fits(inner, e.ty)
        {
            let e = self.in_range(e, inner);
            return self.lifted(e);
        }
        if let Type::Option(inner) = self.get(e.ty)
            && self.program.types.fits(expected, inner)
        {
            return self.opened(e);
        }
        let before = self.diagnostics.len();
        let broken = self.mismatch_with(e.span, (expected, ""), e.ty, has_items(&e));
        if let (ExprKind::TypeSet(of), Type::Node(kind)) = (&e.kind, self.get(expected))
            && *of == expected
            && let Some(d) = self.diagnostics.get_mut(before)
        {
            let node = &self.program.nodes[kind.index()];
            d.help = Some(format!("{} is all of them; one is `{}`", node.name, node.member(0)));
        }
        broken
    }

    /// A literal that never fits is an error here and now (unless the range depends on parameters: then the place may
    /// never be reached with these, and a step that reaches it says so).
    fn in_range(&mut self, e: Expr, expected: TypeId) -> Expr {
        if let (ExprKind::Int(n), Some((lo, hi))) = (&e.kind, self.bounds(expected))
            && !(lo..=hi).contains(n)
            && !self.flexible.contains(&expected)
        {
            let words = format!("{n} is outside {lo}..{hi}");
            let d = Diagnostic::error(codes::OUT_OF_RANGE, e.span, words);
            return self.wrong(d.help(format!("widen the range, or use a value in {lo}..{hi}")));
        }
        e
    }

    /// Both operands as one type, one of them lifted where the other is an option.
    /// `None`: they do not fit, and that has been reported at `b` (`expected A` and what `note` adds).
    pub(super) fn unified(&mut self, a: Expr, b: Expr, note: &str) -> Option<Unified> {
        let Some(ty) = self.program.types.join(a.ty, b.ty, true) else {
            self.mismatch_with(b.span, (a.ty, note), b.ty, has_items(&a) || has_items(&b));
            return None;
        };
        if !matches!(self.get(ty), Type::Option(_)) {
            return Some(Unified { a, b, ty });
        }
        Some(Unified { a: self.lifted(a), b: self.lifted(b), ty })
    }

    // ---- locals ----

    pub(super) fn new_local(&mut self, name: &str, ty: TypeId, span: Span) -> LocalId {
        self.program.locals.push(Local { name: name.to_owned(), ty, span });
        LocalId(self.program.locals.len() as u32 - 1)
    }

    /// A new local, in scope until the caller truncates `locals`.
    pub(super) fn bind(&mut self, name: &tree::Name, ty: TypeId) -> LocalId {
        let local = self.new_local(&name.text, ty, name.span);
        self.bind_as(name, ExprKind::Local(local), ty);
        local
    }

    pub(super) fn bind_as(&mut self, name: &tree::Name, kind: ExprKind, ty: TypeId) {
        self.locals.push(Binding { name: name.text.clone(), span: name.span, kind, ty });
    }

    /// A local that is in scope already.
    pub(super) fn rebind(&mut self, local: LocalId) {
        let l = self.program.locals[local.index()].clone();
        self.locals.push(Binding { name: l.name, span: l.span, kind: ExprKind::Local(local), ty: l.ty });
    }

    pub(super) fn local_expr(&self, local: LocalId, span: Span) -> Expr {
        Expr { kind: ExprKind::Local(local), ty: self.program.locals[local.index()].ty, span }
    }

    /// Does something in a context, and goes back to the present one.
    pub(super) fn within<T>(&mut self, context: Context, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.context, context);
        let result = act(self);
        self.context = before;
        result
    }

    // ---- permitted reads ----

    pub(super) fn read_state(&mut self, id: StateId, span: Span) -> Expr {
        let state = &self.program.states[id.index()];
        let (ty, ghost, name) = (state.ty, state.ghost, state.name.clone());
        self.reads(&name, ghost, span);
        Expr { kind: ExprKind::State(id), ty, span }
    }

    pub(super) fn read_field(&mut self, node: Expr, id: NodeFieldId, span: Span) -> Expr {
        let field = &self.program.node_fields[id.index()];
        let (ty, ghost, name) = (field.ty, field.ghost, field.name.clone());
        self.reads(&name, ghost, span);
        Expr { kind: ExprKind::NodeField { node: Box::new(node), field: id }, ty, span }
    }

    pub(super) fn reads(&mut self, name: &str, ghost: bool, span: Span) {
        self.used.state.get_or_insert(span);
        if !self.context.state {
            let words = format!("`{name}` has no value yet where {} is computed", self.context.place);
            let d = Diagnostic::error(codes::NOT_CONSTANT, span, words);
            self.report(if self.context.place == Context::PARAMETER.place {
                d.help("a parameter is a constant")
            } else {
                d.help("initial values are constants; relate variables with `= any` and a member `init EXPR`")
            });
        } else if ghost {
            self.used.ghosts.push((name.to_owned(), span));
            if !self.context.ghosts {
                self.ghost_read(name, span);
            }
        }
    }

    pub(super) fn ghost_read(&mut self, name: &str, span: Span) {
        let words = format!("`{name}` is a ghost: {} may not read it", self.context.place);
        let d = Diagnostic::error(codes::GHOST_READ, span, words).label("a ghost only watches");
        self.report(d.help("ghosts are read in properties and when assigning other ghosts; use `state` if behaviour depends on it"));
    }

    pub(super) fn use_old(&mut self, span: Span) {
        self.used.old.get_or_insert(span);
        if !self.context.old {
            let words = format!("`old` has no meaning in {}", self.context.place);
            let d = Diagnostic::error(codes::OLD_HERE, span, words);
            self.report(d.help(
                "`old` compares a step's two states: use it in an invariant, and not in another `old`",
            ));
        }
    }

    pub(super) fn use_quiescent(&mut self, span: Span) {
        self.used.quiescent.get_or_insert(span);
        if !self.context.quiescent {
            if self.context.before {
                let words =
                    "whether something can happen is known of the state after a step, not of the one before";
                let d = Diagnostic::error(codes::QUIESCENT_HERE, span, words);
                self.report(
                    d.help("leave `old` out; what was possible before the step can be kept in a `ghost`"),
                );
                return;
            }
            let words = format!("`quiescent` has no meaning in {}", self.context.place);
            let d = Diagnostic::error(codes::QUIESCENT_HERE, span, words);
            self.report(d.help("no participant can see that nothing is left to do: use it in properties"));
        }
    }

    /// A call uses what the definition uses.
    pub(super) fn use_def(&mut self, id: DefId, span: Span) {
        let Some(used) = self.defs.get(id.index()).cloned() else { return };
        let name = self.program.defs[id.index()].name.clone();
        if used.state.is_some() && !self.context.state {
            self.reads(&format!("{name}(…)"), false, span);
        } else if let Some((ghost, _)) = used.ghosts.first() {
            self.reads(&format!("{ghost}` in `{name}"), true, span);
        } else if used.state.is_some() {
            self.used.state.get_or_insert(span);
        }
        if used.old.is_some() {
            self.use_old(span);
        }
        if used.quiescent.is_some() {
            self.use_quiescent(span);
        }
    }

    // ---- looking names up ----

    pub(super) fn node_field(&self, node: NodeId, name: &str) -> Option<NodeFieldId> {
        let fields = &self.program.nodes[node.index()].fields;
        fields.iter().copied().find(|f| self.program.node_fields[f.index()].name == name)
    }

    pub(super) fn meaning_of_type(&self, name: &str) -> Option<TypeId> {
        self.names.values(name).iter().find_map(|(m, _)| match m {
            Meaning::Type(ty) => Some(*ty),
            _ => None,
        })
    }
}

/// A number for people: `4,096`, or `more than 10^18`.
pub(super) fn count(n: u128) -> String {
    if n > 1_000_000_000_000_000_000 {
        return "more than 10^18".into();
    }
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// What is told of the second branch of an `if`.
pub(super) const OTHER_BRANCH: &str = ", as in the other branch";

/// Whether it is a list or set of elements that are written out, in some branch.
fn has_items(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::List(items) | ExprKind::Set(items) => !items.is_empty(),
        ExprKind::If(_, a, b) => has_items(a) || has_items(b),
        _ => false,
    }
}

/// How a list or set of what may be missing is written with what is there alone.
fn what_is_there(program: &Program, ty: TypeId) -> String {
    let (element, [open, close]) = match program.types.get(ty) {
        Type::List { element, .. } => (*element, ["[", "]"]),
        Type::Set(element) => (*element, ["{", "}"]),
        _ => return String::new(),
    };
    let Type::Option(inner) = program.types.get(element) else { return String::new() };
    let inner = program.types.name(*inner, program);
    format!("for what is there write `{open}x for x in {inner} where x == VALUE{close}`, or ")
}
