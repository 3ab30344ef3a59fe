//! Names and words that may stand where a value is needed, or where something is assigned.
//!
//! Enters: a program and what is in scope at the place. Leaves: names by how well they fit, with their types.

use super::proposals::{Proposals, Rank};
use super::types::{Fit, fit, is_condition};
use crate::analysis::program::{Method, Program, Type, TypeId};
use crate::analysis::sought::{Needed, Owner, Scene};
use crate::analysis::walk::Mentions;
use crate::words::{self, Builtin, Kw, Place, Question, TypeWord};

/// What may stand where a value is needed. `words`: keywords that may begin it.
pub(super) fn offer(program: &mut Program, scene: &Scene, words: &[Kw], found: &mut Proposals) {
    match scene.owner {
        Owner::Value(ty) => fields(program, scene, ty, found),
        Owner::Variants(id) => {
            let e = &program.enums[id.index()];
            for variant in &e.variants {
                found.add(Rank::Fits, variant, "variant", Some(e.name.clone()));
            }
        }
        Owner::Nobody => {
            Names { program, scene, found }.all();
            operands(program, scene, words, found);
        }
    }
}

/// What a statement may change.
pub(super) fn places(program: &mut Program, scene: &Scene, found: &mut Proposals) {
    if let Owner::Value(ty) = scene.owner {
        return parts(program, ty, found);
    }
    let name = |program: &Program, ty: TypeId| Some(program.types.name(ty, program));
    let nodes = scene.locals.iter().rev().filter(|l| matches!(program.types.get(l.ty), Type::Node(_)));
    for local in nodes {
        found.add(Rank::Fits, &local.name, "local", name(program, local.ty));
    }
    for state in program.states.iter().filter(|s| is_word(&s.name)) {
        let kind = if state.ghost { "ghost" } else { "state" };
        found.add(Rank::Fits, &state.name, kind, name(program, state.ty));
    }
    for node in program.nodes.iter().filter(|n| !n.fields.is_empty()) {
        for i in 0..node.count {
            found.add(Rank::Leads, node.member(i), "member", Some(node.name.clone()));
        }
    }
}

/// Names that are made behind the scenes have blanks in them.
fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// What may be changed behind a dot: fields, or what a collection can do.
fn parts(program: &mut Program, ty: TypeId, found: &mut Proposals) {
    match program.types.get(ty).clone() {
        Type::Node(id) => {
            for id in program.nodes[id.index()].fields.clone() {
                let field = &program.node_fields[id.index()];
                if is_word(&field.name) && !program.views.iter().any(|view| view.field == id) {
                    let detail = program.types.name(field.ty, program);
                    found.add(Rank::Fits, &field.name, "field", Some(detail));
                }
            }
        }
        Type::Record(id) => {
            for (name, ty) in &program.records[id.index()].fields {
                found.add(Rank::Fits, name, "field", Some(program.types.name(*ty, program)));
            }
        }
        ty @ (Type::List { .. } | Type::Set(_) | Type::Bag { .. }) => {
            let list = matches!(ty, Type::List { .. });
            let has = |m: &Method| match m {
                Method::Push | Method::Pop => list,
                Method::Add | Method::Remove => !list,
                Method::Clear => true,
            };
            for method in Method::ALL.into_iter().filter(has) {
                found.add(Rank::Fits, method.word(), "method", Some(method.help().to_owned()));
            }
        }
        _ => {}
    }
}

/// What is read behind a dot.
fn fields(program: &mut Program, scene: &Scene, ty: TypeId, found: &mut Proposals) {
    let inner = program.types.inner(ty);
    let mut all: Vec<(String, TypeId)> = Vec::new();
    match program.types.get(inner).clone() {
        Type::Node(id) => {
            for id in &program.nodes[id.index()].fields {
                let field = &program.node_fields[id.index()];
                if is_word(&field.name) && (scene.ghosts || !field.ghost) {
                    all.push((field.name.clone(), field.ty));
                }
            }
            all.push(("up".to_owned(), program.types.intern(Type::Bool)));
        }
        Type::Record(id) => all.extend(program.records[id.index()].fields.iter().cloned()),
        _ => {}
    }
    let condition = is_condition(program, scene.needed);
    for (name, ty) in all {
        let rank = match fit(program, scene.needed, ty) {
            _ if condition => Rank::Fits,
            Fit::Directly => Rank::Fits,
            Fit::Leads => Rank::Leads,
            Fit::No => Rank::May,
        };
        found.add(rank, name, "field", Some(program.types.name(ty, program)));
    }
}

/// Adds the names of a program.
struct Names<'a> {
    program: &'a mut Program,
    scene: &'a Scene,
    found: &'a mut Proposals,
}

impl Names<'_> {
    fn all(mut self) {
        let scene = self.scene;
        if self.optional() {
            self.found.add(Rank::Fits, Kw::Nothing.word(), "keyword", None);
        }
        for local in scene.locals.iter().rev() {
            self.value(&local.name, local.ty, "local");
        }
        self.variants();
        let node = match scene.needed {
            Needed::Value(ty) => {
                matches!(self.program.types.get(self.program.types.inner(ty)), Type::Node(_))
            }
            needed => needed == Needed::Node,
        };
        if node {
            self.members();
        }
        if scene.state {
            for state in self.program.states.clone() {
                if is_word(&state.name) && (scene.ghosts || !state.ghost) {
                    self.value(&state.name, state.ty, if state.ghost { "ghost" } else { "state" });
                }
            }
        }
        for param in self.program.params.clone() {
            self.value(&param.name, param.value.ty, "param");
        }
        if !node {
            self.members();
        }
        self.records();
        self.types();
        self.functions();
    }

    fn value(&mut self, name: &str, ty: TypeId, kind: &'static str) {
        let rank = match fit(self.program, self.scene.needed, ty) {
            Fit::Directly => Rank::Fits,
            Fit::Leads if kind != "variant" && (self.scene.state || kind == "local") => Rank::Leads,
            Fit::Leads | Fit::No => return,
        };
        self.found.add(rank, name, kind, Some(self.program.types.name(ty, self.program)));
    }

    fn optional(&self) -> bool {
        matches!(self.scene.needed, Needed::Value(ty) if matches!(self.program.types.get(ty), Type::Option(_)))
    }

    fn variants(&mut self) {
        if matches!(self.scene.needed, Needed::Argument(_)) {
            return;
        }
        for (i, e) in self.program.enums.clone().into_iter().enumerate() {
            let id = crate::analysis::program::EnumId(i as u32);
            let ty = self.program.types.intern(Type::Enum(id));
            for variant in &e.variants {
                match self.scene.needed {
                    Needed::Anything => {
                        self.found.add(Rank::Seldom, variant, "variant", Some(e.name.clone()))
                    }
                    _ => self.value(variant, ty, "variant"),
                }
            }
        }
    }

    fn members(&mut self) {
        for (i, node) in self.program.nodes.clone().into_iter().enumerate() {
            let ty = self.program.types.intern(Type::Node(crate::analysis::program::NodeId(i as u32)));
            for m in 0..node.count {
                self.value(&node.member(m), ty, "member");
            }
        }
    }

    /// Records, where one is needed.
    fn records(&mut self) {
        let Needed::Value(wanted) = self.scene.needed else { return };
        let wanted = self.program.types.inner(wanted);
        let Type::Record(_) = self.program.types.get(wanted).clone() else { return };
        for ty in self.program.type_names.clone() {
            if ty.ty == wanted {
                self.found.add(Rank::Fits, ty.name, "type", None);
            }
        }
    }

    /// Types as the sets of their values: kinds of nodes first.
    fn types(&mut self) {
        let (nodes, others): (Vec<_>, Vec<_>) = self
            .program
            .type_names
            .clone()
            .into_iter()
            .partition(|t| matches!(self.program.types.get(t.ty), Type::Node(_)));
        for ty in nodes.into_iter().chain(others) {
            if matches!(self.program.types.get(ty.ty), Type::Error) {
                continue;
            }
            let set = self.program.types.intern(Type::Set(ty.ty));
            let kind = if matches!(self.program.types.get(ty.ty), Type::Node(_)) { "node" } else { "type" };
            match (self.scene.needed, fit(self.program, self.scene.needed, set)) {
                (Needed::Anything, _) => self.found.add(Rank::May, ty.name, kind, None),
                (Needed::Argument(_), Fit::Directly) => self.found.add(Rank::May, ty.name, kind, None),
                (_, Fit::Directly) => self.found.add(Rank::Fits, ty.name, kind, None),
                _ => {}
            }
        }
        if self.scene.needed == Needed::Set {
            self.found.add(Rank::Seldom, TypeWord::Bool.word(), "type", None);
        }
    }

    fn functions(&mut self) {
        let defs = self.program.defs.clone();
        for def in &defs {
            let rank = match fit(self.program, self.scene.needed, def.ty) {
                Fit::Directly if self.scene.needed == Needed::Anything => Rank::May,
                Fit::Directly => Rank::Gives,
                Fit::Leads => Rank::May,
                Fit::No => continue,
            };
            let reads = Mentions::of(self.program, &def.body);
            if self.scene.state || reads.states.is_empty() && reads.node_fields.is_empty() {
                self.found.add(rank, &def.name, "def", Some(self.program.types.name(def.ty, self.program)));
            }
        }
    }
}

/// Words and functions of the language.
fn operands(program: &mut Program, scene: &Scene, words: &[Kw], found: &mut Proposals) {
    let inner = match scene.needed {
        Needed::Value(ty) => Some(program.types.get(program.types.inner(ty)).clone()),
        Needed::Condition => Some(Type::Bool),
        _ => None,
    };
    let condition = matches!(inner, Some(Type::Bool));
    let number = scene.needed == Needed::Integer || matches!(inner, Some(Type::Int { .. }));
    let anything = scene.needed == Needed::Anything;
    let help = |kw: Kw| kw.help_at(Place::Expression).map(str::to_owned);
    // A value may well be one of the two; a condition that always holds is none.
    let value = condition && scene.needed != Needed::Condition;
    let constant = if value || condition && !scene.state { Rank::Fits } else { Rank::Seldom };
    if condition || anything {
        for kw in [Kw::False, Kw::True] {
            found.add(constant, kw.word(), "keyword", None);
        }
    }
    let mut word = |kw: Kw, rank: Rank| {
        if words.contains(&kw) {
            found.add(rank, kw.word(), "keyword", help(kw));
        }
    };
    let states = if scene.state { Rank::Likely } else { Rank::Seldom };
    if condition || anything {
        [Kw::All, Kw::Exists, Kw::Not]
            .into_iter()
            .for_each(|kw| word(kw, if anything { Rank::May } else { states }));
    }
    if condition || number || anything {
        let rank = if number { Rank::Gives } else { Rank::May };
        [Kw::Count, Kw::Sum, Kw::Min, Kw::Max].into_iter().for_each(|kw| word(kw, rank));
    }
    if !number {
        word(Kw::First, Rank::Seldom);
    }
    [Kw::If, Kw::LetExpr].into_iter().for_each(|kw| word(kw, Rank::Seldom));
    if anything {
        word(Kw::Nothing, Rank::Seldom);
    }
    functions(scene, (condition, number, anything), inner, found);
}

fn functions(
    scene: &Scene,
    (condition, number, anything): (bool, bool, bool),
    inner: Option<Type>,
    found: &mut Proposals,
) {
    use Builtin::*;
    for function in Builtin::ALL {
        let gives = match function {
            Len | Min | Max | Abs | Index => number,
            IsPrefix | Comparable | Reachable | Majority => condition,
            CommonPrefix => matches!(inner, Some(Type::List { .. })),
            Indices | Elements => {
                matches!(inner, Some(Type::Set(_))) || matches!(scene.needed, Needed::Set | Needed::SetOf(_))
            }
            First | Last => false,
        };
        let compared = condition && matches!(function, Len | Min | Max | Abs | Index);
        let element =
            matches!(function, First | Last) && !matches!(scene.needed, Needed::Set | Needed::Nodes);
        let rank = match gives {
            true => Rank::Gives,
            false if anything || compared || element => Rank::Seldom,
            false => continue,
        };
        found.add(rank, function.word(), "function", Some(function.help().to_owned()));
    }
    for question in Question::ALL {
        let may = match question {
            Question::Old => scene.old,
            Question::Quiescent => scene.quiescent && (condition || anything),
            Question::InFlight => scene.state && (condition || number || anything),
        };
        if may {
            found.add(Rank::May, question.word(), question.kind(), Some(question.help().to_owned()));
        }
    }
}

/// The names of types.
pub(super) fn type_names(program: &Program, found: &mut Proposals) {
    found.add(Rank::Fits, TypeWord::Bool.word(), "type", Some(TypeWord::Bool.help().to_owned()));
    for ty in &program.type_names {
        let node = matches!(program.types.get(ty.ty), Type::Node(_));
        let detail = program.types.name(ty.ty, program);
        found.add(Rank::Fits, &ty.name, if node { "node" } else { "type" }, Some(detail));
    }
    for word in words::at(Place::Type).into_iter().filter(|w| TypeWord::named(w.text).is_some()) {
        found.add(Rank::May, word.text, "type", Some(word.help.to_owned()));
    }
}
