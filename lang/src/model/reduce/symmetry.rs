//! Symmetry reduction: one state of each orbit stands for all of them.
//!
//! Enters: a program and its layout, the interchangeable members that the analysis found. Leaves: a [`Symmetry`], which
//! brings a state to the representative of its orbit and counts the orbit.
//! The group is every combination of permutations of the interchangeable members of each type. What a permutation does
//! to a packed state is a [`plan`]: moving slots (fields of nodes, values of maps, bits of sets) and renaming stored
//! members. Types that only ever index are brought into order by sorting their columns of bits ([`columns`]); for the
//! others the least of the renamings that a signature leaves open is taken ([`coupled`]). Both are exact, so that the
//! orbits' sizes add up to the number of states that there would have been.

use crate::analysis::program::{Expr, NodeId, Program, Type, TypeId};
use crate::analysis::symmetry::{Apart, Interchangeable, Of, interchangeable};
use crate::concepts::Fault;
use crate::engine::machine::{Judged, Word};
use crate::model::BuildOptions;
use crate::model::form::checked::judged;
use crate::model::form::layout::Layout;
use crate::model::form::shape::Shapes;
use crate::obligations::property::{ProbeCondition, Property, PropertyKind};
use crate::span::Span;
use columns::Columns;
use coupled::Coupled;
pub(crate) use coupled::Scratch;
use plan::{Plan, Slots};

mod columns;
mod coupled;
mod plan;
mod relabel;

/// More permutations than this are not used, so that orbits can be added up.
const MOST: u64 = 1 << 34;
/// Of types whose members are stored, which are tried one by one where signatures do not tell members apart.
const MOST_TRIED: u64 = 5040;

/// Fewer permutations than this of stored members cost more time than they save, so that they are used where the author
/// asks for it alone.
const WORTH: u64 = 6;

/// Interchangeable members of a type, at least two.
#[derive(Debug, Clone)]
pub struct Group {
    pub of: Of,
    /// Of the node kind or enum.
    pub name: String,
    /// How many members the type has.
    pub count: u32,
    /// Ascending.
    pub members: Vec<u32>,
    /// The author says that it is symmetric.
    pub declared: bool,
}

impl Group {
    /// `Rm (7! = 5,040)`, `4 of 5 Broker (4! = 24)`
    pub fn words(&self) -> String {
        let n = self.members.len();
        let order = grouped(factorial(n as u64));
        let of = if n as u32 == self.count { String::new() } else { format!("{n} of {} ", self.count) };
        format!("{of}{} ({n}! = {order})", self.name)
    }
}

/// The parts of the compiled form that symmetry is made of.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Form<'a> {
    pub program: &'a Program,
    pub layout: &'a Layout,
    pub shapes: &'a Shapes,
}

/// What may be exchanged in a model.
#[derive(Debug)]
pub struct Symmetry {
    pub groups: Vec<Group>,
    sorted: Vec<Columns>,
    coupled: Option<Coupled>,
}

impl Symmetry {
    /// The symmetry of a model, if it has any.
    fn new(form: Form<'_>, kinds: &mut [Interchangeable]) -> Option<Symmetry> {
        let program = form.program;
        let mut groups: Vec<Group> = kinds.iter().filter_map(|kind| group(program, kind)).collect();
        shrink(&mut groups, &|_| true, MOST);
        loop {
            groups.retain(|g| g.members.len() > 1);
            if groups.is_empty() {
                return None;
            }
            let slots = match plan::slots(form, &groups) {
                Ok(slots) => slots,
                // Members inside something whose ranks do not follow from theirs: left out.
                Err(unknown) => {
                    for kind in kinds.iter_mut().filter(|k| unknown.iter().any(|g| groups[*g].of == k.of)) {
                        let span = span_of(program, kind.of);
                        let words = "sets, lists or maps of these are elements or keys themselves";
                        kind.fix_all(|| Apart { span, words: words.to_string() });
                    }
                    groups = without(groups, &unknown);
                    continue;
                }
            };
            let plan = Plan::new(slots, &groups);
            let unused = plan.unused();
            if !unused.is_empty() {
                groups = without(groups, &unused);
                continue;
            }
            let costly: Vec<usize> = (0..groups.len()).filter(|g| plan.coupled[*g]).collect();
            let asked = costly.iter().any(|g| groups[*g].declared);
            if !costly.is_empty() && !asked && order(&groups, &|g| plan.coupled[g]) < WORTH {
                groups = without(groups, &costly);
                continue;
            }
            let before = order(&groups, &|_| true);
            shrink(&mut groups, &|g| plan.coupled[g], MOST_TRIED);
            if order(&groups, &|_| true) == before {
                return Some(Self::of(groups, plan));
            }
        }
    }

    fn of(groups: Vec<Group>, plan: Plan) -> Symmetry {
        let Plan { slots, coupled, columns } = plan;
        let easy = columns.into_iter().zip(&coupled).filter(|(_, coupled)| !**coupled);
        let sorted = easy.map(|(cells, _)| Columns::new(&cells)).collect();
        let is_coupled = coupled.iter().any(|c| *c);
        let coupled = is_coupled.then(|| Coupled::new(&groups, &coupled, relevant(slots, &coupled)));
        Symmetry { groups, sorted, coupled }
    }

    pub(in crate::model) fn scratch(&self) -> Scratch {
        self.coupled.as_ref().map(Coupled::scratch).unwrap_or_default()
    }

    /// Makes a state the representative of its orbit; returns the size of the orbit.
    #[inline]
    pub(in crate::model) fn canonical(&self, scratch: &mut Scratch, state: &mut [Word]) -> u64 {
        let mut orbit = 1;
        for columns in &self.sorted {
            orbit *= columns.sort(state);
        }
        match &self.coupled {
            Some(coupled) => orbit * coupled.canonical(scratch, state),
            None => orbit,
        }
    }
}

/// What is interchangeable in a model, and the symmetry that is made of it: none where that is switched off, or where
/// something is judged on runs without end.
pub(in crate::model) fn of(
    form: Form<'_>,
    properties: &[Property],
    judgements: &[Judged],
    options: &BuildOptions,
) -> (Vec<Interchangeable>, Option<Symmetry>) {
    let mut kinds = kinds(form.program, properties, options);
    let open = properties.iter().zip(judgements).filter(|(_, judged)| **judged != Judged::Settled);
    open.for_each(|(property, _)| merged(form.program, property, &mut kinds));
    let lasting = properties.iter().any(|p| is_lasting(judged(p)));
    let symmetry = (!options.symmetry_off && !lasting).then(|| Symmetry::new(form, &mut kinds)).flatten();
    (kinds, symmetry)
}

/// What meets in a state is told, and as far as there is too much of it tried in the order of the values.
fn merged(program: &Program, property: &Property, kinds: &mut [Interchangeable]) {
    let PropertyKind::MergeLaws(def) = &property.kind else { return };
    let def = &program.defs[def.index()];
    for kind in kinds.iter_mut() {
        if def.params.iter().any(|p| contains(program, program.locals[p.index()].ty, kind.of)) {
            let words = "these are in what is merged, which is counted".to_string();
            kind.fix_all(|| Apart { span: def.span, words });
        }
    }
}

/// Whether values of a type have members of a kind in them.
fn contains(program: &Program, ty: TypeId, of: Of) -> bool {
    let inside = |ty: &TypeId| contains(program, *ty, of);
    match program.types.get(ty) {
        Type::Node(n) => of == Of::Node(*n),
        Type::Enum(e) => of == Of::Enum(*e),
        Type::Bool | Type::Int { .. } | Type::Error => false,
        Type::Option(inner) | Type::Set(inner) => inside(inner),
        Type::List { element, .. } | Type::Bag { element, .. } => inside(element),
        Type::Map { key, value } => inside(key) || inside(value),
        Type::Record(record) => program.records[record.index()].fields.iter().any(|(_, ty)| inside(ty)),
    }
}

/// Judged on runs without end, whose fairness tells one node's steps from another's, as an order of steps does.
fn is_lasting(judged: Judged) -> bool {
    match judged {
        Judged::Converges(_) | Judged::LeadsTo(_) | Judged::Eventually | Judged::Repairs => true,
        // Its loops are looked at state by state, whoever stands for whom.
        Judged::State | Judged::Step | Judged::Returns | Judged::Refines | Judged::Settled => false,
    }
}

/// What the analysis and the model's own variables leave interchangeable.
fn kinds(program: &Program, properties: &[Property], options: &BuildOptions) -> Vec<Interchangeable> {
    let mut judged = Vec::new();
    properties.iter().for_each(|p| expressions(p, &mut judged));
    let mut kinds = interchangeable(program, &judged);
    // The first node of all is always on side 0 of a partition, which has no bit for it.
    let first = program.nodes.iter().position(|n| n.count > 0);
    if let (true, Some(first)) = (options.faults.allows(Fault::Partition), first) {
        let node = &program.nodes[first];
        for kind in kinds.iter_mut().filter(|k| k.of == Of::Node(NodeId(first as u32))) {
            let words = format!("{} stands for the first side of a partition", node.member(0));
            kind.fix(0, || Apart { span: node.span, words });
        }
    }
    kinds
}

/// Everything of a property that is executed.
fn expressions<'p>(property: &'p Property, found: &mut Vec<&'p Expr>) {
    match &property.kind {
        PropertyKind::State(e)
        | PropertyKind::Step(e)
        | PropertyKind::Converges(e, _)
        | PropertyKind::Eventually(e) => found.push(e),
        PropertyKind::LeadsTo(from, to, _) => found.extend([from, to]),
        PropertyKind::Returns { holds, apart, would_be } => {
            found.extend([holds, apart]);
            found.extend(would_be.value());
        }
        PropertyKind::Repairs { protected, handled, .. } => {
            found.push(handled);
            found.extend(protected.value());
        }
        PropertyKind::StepOf(each) => found.extend(each.iter().map(|(_, e)| e)),
        PropertyKind::Refines(values) => found.extend(values),
        PropertyKind::Idempotent { .. } | PropertyKind::MergeLaws(_) | PropertyKind::NotChecked(_) => {}
    }
    for probe in property.watched_for() {
        match &probe.condition {
            ProbeCondition::State(e) | ProbeCondition::Step(e) => found.push(e),
            ProbeCondition::StepOf(each) => found.extend(each.iter().map(|(_, e)| e)),
            ProbeCondition::Taken(_) | ProbeCondition::Meets(_) => {}
        }
    }
}

fn span_of(program: &Program, of: Of) -> Span {
    match of {
        Of::Node(n) => program.nodes[n.index()].span,
        Of::Enum(e) => program.enums[e.index()].span,
    }
}

fn group(program: &Program, kind: &Interchangeable) -> Option<Group> {
    let name = kind.name(program).to_string();
    let declared = kind.declared(program);
    let group = Group { of: kind.of, name, count: kind.count, members: kind.members.clone(), declared };
    (group.members.len() > 1).then_some(group)
}

/// The groups but some.
fn without(groups: Vec<Group>, some: &[usize]) -> Vec<Group> {
    groups.into_iter().enumerate().filter(|(g, _)| !some.contains(g)).map(|(_, group)| group).collect()
}

/// The slots in which members of coupled groups are.
fn relevant(slots: Vec<Slots>, coupled: &[bool]) -> Vec<Slots> {
    slots.into_iter().filter(|s| s.groups().into_iter().any(|g| coupled[g])).collect()
}

/// Number of permutations of some of the groups.
fn order(groups: &[Group], of: &dyn Fn(usize) -> bool) -> u64 {
    let some = groups.iter().enumerate().filter(|(g, _)| of(*g));
    some.fold(1u64, |product, (_, g)| product.saturating_mul(factorial(g.members.len() as u64)))
}

/// Leaves members out, the last of the largest group first, until there are at most `most` permutations.
fn shrink(groups: &mut [Group], of: &dyn Fn(usize) -> bool, most: u64) {
    while order(groups, of) > most {
        let some = groups.iter_mut().enumerate().filter(|(g, _)| of(*g)).map(|(_, group)| group);
        let Some(largest) = some.max_by_key(|group| group.members.len()) else { return };
        largest.members.pop();
    }
}

fn factorial(n: u64) -> u64 {
    (1..=n).fold(1, u64::saturating_mul)
}

/// `5,040`
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// The group whose members are the values of a type, by position.
fn group_of(groups: &[Group], ty: &Type) -> Option<usize> {
    let of = match ty {
        Type::Node(n) => Of::Node(*n),
        Type::Enum(e) => Of::Enum(*e),
        _ => return None,
    };
    groups.iter().position(|g| g.of == of)
}
