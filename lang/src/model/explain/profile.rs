//! What a state is made of, by declared variable, and which values of it came up.
//!
//! Enters: a model, states one by one. Leaves: for each variable its bits, how many values it took, how long its lists
//! became; how long each instance takes on some states, by the caller's clock.

use crate::analysis::program::Type;
use crate::concepts::Fault;
use crate::engine::machine::{Machine, Word};
use crate::model::Model;
use crate::model::form::layout::VariableKind;
use crate::model::form::shape::{Kind, ListShape, Size, bits_for, mask, pack};
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::Duration;

/// More different values of a variable than this are not counted.
const MOST_VALUES: usize = 4096;

/// More entries of all sets of states-without-a-variable than this are not kept.
const MOST_WITHOUT: u64 = 4 << 20;

/// Variables that one name stands for.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// `epoch`, `Broker.log`, `messages in flight on replication`
    pub name: String,
    /// Its type, where it is declared.
    pub ty: Option<String>,
    pub ghost: bool,
    /// Hidden ones are not the author's to change.
    pub declared: bool,
    /// Indices into the variables of the layout.
    members: Vec<usize>,
    /// Where it is a list, a bag or a link.
    list: Option<ListShape>,
    /// Where it is a number: its bounds.
    range: Option<(i64, i64)>,
}

/// A smaller type that every state would fit into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Smaller {
    /// The type as it is, and as it could be.
    pub now: String,
    pub then: String,
    /// Of all members together.
    pub bits_saved: u32,
    pub words: u32,
}

impl Group {
    pub(crate) fn members(&self) -> u32 {
        self.members.len() as u32
    }
}

/// What a state is made of, in the order of declarations, hidden variables last.
pub(crate) fn groups(model: &Model) -> Vec<Group> {
    let mut keys: FxHashMap<String, usize> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for (index, variable) in model.layout.variables.iter().enumerate() {
        let name = name(model, variable.kind);
        let at = *keys.entry(name.clone()).or_insert(groups.len());
        if at == groups.len() {
            groups.push(group(model, index, name));
        }
        groups[at].members.push(index);
    }
    groups
}

fn name(model: &Model, kind: VariableKind) -> String {
    let program = &model.program;
    let link = |link: crate::analysis::program::LinkId| {
        format!("messages in flight on {}", program.links[link.index()].name)
    };
    match kind {
        VariableKind::State(s) => program.states[s.index()].name.clone(),
        VariableKind::Field(f, _) => {
            let field = &program.node_fields[f.index()];
            format!("{}.{}", program.nodes[field.node.index()].name, field.name)
        }
        VariableKind::Up(_) => "which nodes are up".into(),
        VariableKind::Paused(_) => "which nodes are paused".into(),
        VariableKind::Side(_) | VariableKind::Wall => "sides of a partition".into(),
        VariableKind::Spent(_, fault) => {
            let fault = match fault {
                Fault::Crash => "crashes",
                Fault::Wipe => "wiped nodes",
                Fault::Restart => "restarts",
                Fault::Pause => "pauses",
                Fault::Resume => "resumed nodes",
                Fault::Lose => "lost messages",
                Fault::Duplicate => "duplicated messages",
                Fault::Reorder => "reordered messages",
                Fault::Skew => "missed ticks",
                Fault::Stale => "stale views",
                Fault::Partition => "partitions",
            };
            format!("{fault} so far")
        }
        VariableKind::Link(l) | VariableKind::Pair(l, ..) => link(l),
        VariableKind::HasObserved(r, _) | VariableKind::Observed(r, ..) => {
            format!("what {} has observed", program.reconcilers[r].header.name)
        }
    }
}

fn group(model: &Model, index: usize, name: String) -> Group {
    let (program, variable) = (&model.program, &model.layout.variables[index]);
    let ghost = match variable.kind {
        VariableKind::State(s) => program.states[s.index()].ghost,
        VariableKind::Field(f, _) => program.node_fields[f.index()].ghost,
        VariableKind::Up(_)
        | VariableKind::Side(_)
        | VariableKind::Paused(_)
        | VariableKind::Wall
        | VariableKind::Spent(..)
        | VariableKind::Link(_)
        | VariableKind::Pair(..)
        | VariableKind::HasObserved(..)
        | VariableKind::Observed(..) => false,
    };
    let declared = matches!(variable.kind, VariableKind::State(_) | VariableKind::Field(..));
    let ty = variable.ty.filter(|_| declared);
    let shape = ty.and_then(|ty| model.shapes.known(ty));
    let typed = match shape.map(|s| &s.kind) {
        Some(Kind::List { list, .. }) => Some(*list),
        _ => None,
    };
    let list = match variable.kind {
        VariableKind::Link(l) | VariableKind::Pair(l, ..) => Some(model.layout.links[l.index()].list),
        _ => typed,
    };
    let range = ty.and_then(|ty| match model.shapes.get(ty) {
        Type::Int { lo, hi } => Some((*lo, *hi)),
        _ => None,
    });
    let ty = ty.map(|ty| crate::model::form::names::type_name(program, &model.shapes.types, ty));
    Group { name, ty, ghost, declared, members: Vec::new(), list, range }
}

/// The values that came up.
pub(crate) struct Values<'m> {
    model: &'m Model,
    pub groups: Vec<Group>,
    seen: Vec<Seen>,
}

struct Seen {
    /// `None`: too many.
    values: Option<FxHashSet<u64>>,
    /// States with the bits of this group taken out; `None`: too many.
    without: Option<FxHashSet<u64>>,
    /// For each word, the bits of this group.
    mask: Vec<u64>,
    longest: u64,
    least: u64,
    greatest: u64,
}

impl<'m> Values<'m> {
    /// `states`: how many will be shown. Where one state stands for those that differ from it by a renaming, the values
    /// of all are not to be had from it: they are not counted.
    pub(crate) fn new(model: &'m Model, states: u64) -> Self {
        let groups = groups(model);
        let counted = !model.symmetric();
        let few = counted && states.saturating_mul(groups.len() as u64) <= MOST_WITHOUT;
        let seen = groups.iter().map(|group| Seen {
            values: counted.then(FxHashSet::default),
            without: few.then(FxHashSet::default),
            mask: bits_of(model, group),
            longest: 0,
            least: u64::MAX,
            greatest: 0,
        });
        let seen = seen.collect();
        Values { model, groups, seen }
    }

    /// Takes in a state that was not shown before.
    pub(crate) fn see(&mut self, state: &[Word]) {
        for (group, seen) in self.groups.iter().zip(&mut self.seen) {
            for member in &group.members {
                let variable = &self.model.layout.variables[*member];
                let (first, shift) = (variable.bit as usize / 64, variable.bit % 64);
                let code = match variable.size {
                    Size { bits: 0, words: 0 } => 0,
                    Size { bits, words: 0 } => state[first] >> shift & mask(bits),
                    Size { words, .. } => hash(state[first..first + words as usize].iter().copied()),
                };
                if let Some(list) = &group.list {
                    // A list of words begins with its length, too; one of no bits is empty.
                    let length = state.get(first).map_or(0, |word| word >> shift & mask(list.length));
                    seen.longest = seen.longest.max(length);
                }
                (seen.least, seen.greatest) = (seen.least.min(code), seen.greatest.max(code));
                if let Some(values) = &mut seen.values {
                    values.insert(code);
                }
            }
            if seen.values.as_ref().is_some_and(|values| values.len() > MOST_VALUES) {
                seen.values = None;
            }
            if let Some(without) = &mut seen.without {
                without.insert(hash(state.iter().zip(&seen.mask).map(|(word, bits)| word & !bits)));
            }
        }
    }

    /// Bits of all members of a group.
    pub(crate) fn bits(&self, group: usize) -> u32 {
        let size = |member: &usize| self.model.layout.variables[*member].size.bits;
        self.groups[group].members.iter().map(size).sum()
    }

    /// Different values of any member.
    pub(crate) fn values(&self, group: usize) -> Option<u64> {
        self.seen[group].values.as_ref().map(|values| values.len() as u64)
    }

    /// Distinct states if the group were not there.
    pub(crate) fn without(&self, group: usize) -> Option<u64> {
        self.seen[group].without.as_ref().map(|states| states.len() as u64)
    }

    /// A smaller type into which all that came up would fit, for lists, bags and numbers that are declared as such.
    pub(crate) fn smaller(&self, group: usize) -> Option<Smaller> {
        let (known, seen) = (&self.groups[group], &self.seen[group]);
        let (then, size) = match (known.list, known.range) {
            (Some(list), _) if known.declared && seen.longest < u64::from(list.array.count) => {
                let length = seen.longest.max(1) as u32;
                // A type is written with its greatest length last.
                let open = known.ty.as_ref()?.rsplit_once(", ")?.0;
                let then = format!("{open}, {length}>");
                (then, ListShape::new(list.array.element(), length).size())
            }
            (None, Some((lo, hi))) if seen.least <= seen.greatest => {
                let (least, greatest) = (lo + seen.least as i64, lo + seen.greatest as i64);
                if (least, greatest) == (lo, hi) || least == greatest {
                    return None;
                }
                let bits = bits_for((greatest - least) as u128 + 1);
                (format!("{least}..{greatest}"), Size::narrow(bits))
            }
            _ => return None,
        };
        let now = self.bits(group);
        let bits_saved =
            now.checked_sub(size.bits * known.members.len() as u32).filter(|saved| *saved > 0)?;
        let sizes = self.model.layout.variables.iter().enumerate();
        let sizes = sizes.map(|(i, v)| if known.members.contains(&i) { size } else { v.size });
        let words = pack(sizes).1.div_ceil(64).max(1);
        Some(Smaller { now: known.ty.clone().unwrap_or_default(), then, bits_saved, words })
    }
}

/// For each word of a state, the bits of a group.
fn bits_of(model: &Model, group: &Group) -> Vec<u64> {
    let mut bits = vec![0; model.layout.words as usize];
    for member in &group.members {
        let variable = &model.layout.variables[*member];
        let first = variable.bit as usize / 64;
        match variable.size {
            Size { bits: 0, words: 0 } => {}
            Size { bits: width, words: 0 } => bits[first] |= mask(width) << (variable.bit % 64),
            Size { words, .. } => bits[first..first + words as usize].fill(u64::MAX),
        }
    }
    bits
}

fn hash(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0x243f_6a88_85a3_08d3, |hash, word| {
        let product = u128::from(hash ^ word) * u128::from(0x9e37_79b9_7f4a_7c15u64);
        (product as u64) ^ ((product >> 64) as u64)
    })
}

impl Model {
    /// How long each instance takes on all of some states, its guard included: the least of three times, so that what
    /// else the machine does counts for little. `None`: `cancelled`.
    pub fn timed(
        &self,
        states: &[Vec<Word>],
        clock: &dyn Fn() -> Duration,
        cancelled: &dyn Fn() -> bool,
    ) -> Option<Vec<Duration>> {
        let mut frame = self.executable.frame();
        let mut least = vec![Duration::MAX; self.instances.len()];
        let mut successors = 0u64;
        for _ in 0..3 {
            for (id, instance) in self.instances.iter().enumerate() {
                let began = clock();
                for state in states {
                    frame[..state.len()].copy_from_slice(state);
                    self.run_one(&mut frame, Some(id as u32), instance.entry, |result| {
                        successors = successors.wrapping_add(result.map_or(0, |frame| frame[state.len()]));
                        true
                    });
                }
                least[id] = least[id].min(clock().saturating_sub(began));
                if cancelled() {
                    return None;
                }
            }
        }
        std::hint::black_box(successors);
        Some(least)
    }
}
