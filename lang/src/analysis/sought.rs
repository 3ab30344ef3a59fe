//! A name that is being typed or pointed at: what is in scope there, and what is needed.
//!
//! Enters: a system or an expression of a command, and the place of a name. Leaves: [`Scene`]. The checker itself notes
//! it where it comes by; errors around it do not matter, as they have the type that fits everything.

use super::check::{Checker, Context};
use super::program::{Builtin, EnumId, ExprKind, NodeId, Program, Type, TypeId};
use super::{Definitions, analyser};
use crate::span::Span;
use crate::syntax::tree::{self, ExprKind as Tree, Name, Target};

/// Which name, and where.
#[derive(Debug, Clone)]
pub(crate) struct Pointer {
    pub name: String,
    pub at: Span,
    /// The types of the expressions that end here are noted, too.
    pub behind: Option<Span>,
}

/// What surrounds a name.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// From the outermost to the innermost.
    pub locals: Vec<Bound>,
    pub needed: Needed,
    pub owner: Owner,
    /// What may be read there.
    pub state: bool,
    pub ghosts: bool,
    pub old: bool,
    pub quiescent: bool,
}

/// A name that is bound.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub name: String,
    pub ty: TypeId,
    pub span: Span,
}

/// What stands before the dot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Owner {
    /// There is no dot.
    Nobody,
    Value(TypeId),
    Variants(EnumId),
}

/// What is needed at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Needed {
    Anything,
    Value(TypeId),
    /// Whether something is so.
    Condition,
    Integer,
    /// Of anything, to go through.
    Set,
    SetOf(TypeId),
    /// Of one kind.
    Nodes,
    Node,
    /// What a function takes.
    Argument(Builtin),
}

/// What is found while a system is typed.
#[derive(Debug)]
pub(super) struct Sought {
    pointer: Pointer,
    scene: Option<Scene>,
    behind: Vec<TypeId>,
}

/// What is known of a place.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub program: Program,
    pub scene: Option<Scene>,
    /// Types of the expressions that end before it.
    pub behind: Vec<TypeId>,
}

/// What the expression of a command is to be.
pub(crate) enum Demand {
    Anything,
    Condition,
    Integer,
    Value(TypeId),
    Node,
    NodeOf(Vec<NodeId>),
}

/// A system, errors and all, and what is around a name in it.
pub(crate) fn in_system(
    definitions: &Definitions,
    target: &Target,
    pointer: Option<Pointer>,
) -> Option<Seen> {
    let definition = definitions.get(&target.name.text)?;
    let sought = pointer.map(|pointer| Box::new(Sought { pointer, scene: None, behind: Vec::new() }));
    let (program, sought) = analyser::seek(definition, target, sought);
    let (scene, behind) = sought.map_or((None, Vec::new()), |s| (s.scene, s.behind));
    Some(Seen { program, scene, behind })
}

/// What is around a name in an expression of a command.
pub(crate) fn in_command(mut program: Program, e: &tree::Expr, demand: Demand, pointer: Pointer) -> Seen {
    let mut checker = Checker::new(&mut program);
    checker.context = Context::COMMAND;
    checker.sought = Some(Box::new(Sought { pointer, scene: None, behind: Vec::new() }));
    match demand {
        Demand::Anything => checker.infer(e, None),
        Demand::Condition => checker.condition(e),
        Demand::Integer => checker.integer(e),
        Demand::Value(ty) => checker.check(e, ty),
        Demand::NodeOf(kinds) if kinds.len() == 1 => {
            let ty = checker.ty(Type::Node(kinds[0]));
            checker.check(e, ty)
        }
        Demand::Node | Demand::NodeOf(_) => {
            checker.seek(e, Needed::Node);
            checker.infer(e, None)
        }
    };
    let (scene, behind) = checker.sought.take().map_or((None, Vec::new()), |s| (s.scene, s.behind));
    Seen { program, scene, behind }
}

impl Checker<'_> {
    /// Whether it is the name that is sought.
    pub(super) fn is_sought(&self, name: &str, span: Span) -> bool {
        self.sought.as_ref().is_some_and(|s| s.pointer.name == name && s.pointer.at == span)
    }

    /// Notes what is needed where an expression is the name that is sought.
    pub(super) fn seek(&mut self, e: &tree::Expr, needed: Needed) {
        match &e.kind {
            Tree::Name(name) if self.is_sought(name, e.span) => self.note(needed, Owner::Nobody),
            Tree::Field(of, name) if self.is_sought(&name.text, name.span) => {
                let owner = self.owner(of);
                self.note(needed, owner);
            }
            _ => {}
        }
    }

    /// The same where only what is known beforehand may stand.
    pub(super) fn seek_constant(&mut self, e: &tree::Expr, needed: Needed) {
        if self.sought.is_some() {
            self.within(Context::PARAMETER, |c| c.seek(e, needed));
        }
    }

    /// Whether an expression is the name that is sought, or a field of that name.
    pub(super) fn points_at(&self, e: &tree::Expr) -> bool {
        match &e.kind {
            Tree::Name(name) => self.is_sought(name, e.span),
            Tree::Field(_, name) => self.is_sought(&name.text, name.span),
            _ => false,
        }
    }

    /// Before an expression is typed.
    pub(super) fn look(&mut self, e: &tree::Expr, hint: Option<TypeId>) {
        let needed = hint.map_or(Needed::Anything, Needed::Value);
        match &e.kind {
            Tree::Name(name) if self.is_sought(name, e.span) => self.note(needed, Owner::Nobody),
            Tree::Call(name, _) | Tree::Record(name, _) if self.is_sought(&name.text, name.span) => {
                self.note(needed, Owner::Nobody);
            }
            Tree::Field(of, name) if self.is_sought(&name.text, name.span) => {
                let owner = self.owner(of);
                self.note(needed, owner);
            }
            // What nobody is called is not typed any further.
            Tree::Field(of, _) => self.seek(of, Needed::Anything),
            _ => {}
        }
    }

    /// After it was typed.
    pub(super) fn passed(&mut self, span: Span, ty: TypeId) {
        if let Some(sought) = &mut self.sought
            && let Some(behind) = sought.pointer.behind
            && (behind.source, behind.end) == (span.source, span.end)
            && !sought.behind.contains(&ty)
        {
            sought.behind.push(ty);
        }
    }

    fn owner(&mut self, of: &tree::Expr) -> Owner {
        let known = self.diagnostics.len();
        if let Tree::Name(name) = &of.kind
            && !self.locals.iter().any(|l| l.name == *name)
            && let Some(Type::Enum(id)) = self.meaning_of_type(name).map(|ty| self.get(ty))
        {
            return Owner::Variants(id);
        }
        let of = self.infer(of, None);
        let of = self.opened(of);
        self.diagnostics.truncate(known);
        match of.kind {
            ExprKind::TypeSet(_) => Owner::Value(self.error_type()),
            _ => Owner::Value(of.ty),
        }
    }

    /// What is assigned or changed: also where it is no place.
    pub(super) fn look_at_place(&mut self, place: &tree::Expr, method: Option<&Name>) {
        if self.sought.is_none() {
            return;
        }
        let (known, ghosts) = (self.diagnostics.len(), self.used.ghosts.len());
        if let Some(method) = method.filter(|m| self.is_sought(&m.text, m.span)) {
            let owner = self.owner(place);
            debug_assert!(!method.text.is_empty());
            self.note(Needed::Anything, owner);
        }
        self.infer(place, None);
        self.diagnostics.truncate(known);
        self.used.ghosts.truncate(ghosts);
    }

    /// Arguments of a call that has too few or too many of them.
    pub(super) fn look_at_arguments(&mut self, args: &[tree::Expr], types: &[TypeId]) {
        if self.sought.is_none() {
            return;
        }
        let known = self.diagnostics.len();
        for (i, arg) in args.iter().enumerate() {
            self.infer(arg, types.get(i).copied());
        }
        self.diagnostics.truncate(known);
    }

    /// Of several times that it is typed the first counts, unless a later one knows more.
    fn note(&mut self, needed: Needed, owner: Owner) {
        let locals =
            self.locals.iter().map(|l| Bound { name: l.name.clone(), ty: l.ty, span: l.span }).collect();
        let Context { state, ghosts, old, quiescent, .. } = self.context;
        let Some(sought) = &mut self.sought else { return };
        match &mut sought.scene {
            Some(scene) if scene.needed == Needed::Anything => scene.needed = needed,
            Some(_) => {}
            None => sought.scene = Some(Scene { locals, needed, owner, state, ghosts, old, quiescent }),
        }
    }
}
