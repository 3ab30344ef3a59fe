//! Names that TLA+ takes: each thing has its own, near to what it is called here.
//!
//! Enters: a program. Leaves: names without clashes, with each other or with the words of TLA+.

use crate::analysis::program::{LocalId, Program};
use crate::concepts::{Allowance, Fault, FaultBudget};
use std::collections::BTreeSet;

/// Words of TLA+, of the modules that are used, and of what every module here defines.
const TAKEN: &str = "ACTION ASSUME ASSUMPTION AXIOM BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE \
    ENABLED EXCEPT EXTENDS HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED OTHER PICK PROOF \
    PROPOSITION PROVE QED RECURSIVE SF_ STATE SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM UNCHANGED UNION USE VARIABLE \
    VARIABLES WF_ WITH WITNESS TRUE FALSE BOOLEAN STRING Nat Int Real Infinity Seq Len Append Head Tail SubSeq SelectSeq \
    Cardinality IsFiniteSet Print PrintT Assert JavaTime TLCGet TLCSet Permutations SortSeq RandomElement Any ToString \
    TLCEval RangeOf IsPrefixOf CommonPrefixOf SliceOf MinOf MaxOf AbsOf RemainderOf RankIn SumOver InOrderOf BagAdd BagRemove \
    BagSize BagOf Now Becomes Init Next TypeOK Bound s t n m f S q b e x y i r from to rank v a";

/// What everything is called.
pub(super) struct Names {
    used: BTreeSet<String>,
    pub(super) module: String,
    pub(super) states: Vec<String>,
    /// By field: `Broker_log`.
    pub(super) fields: Vec<String>,
    pub(super) links: Vec<String>,
    /// By kind of node: which of them are up; `None`: they never go down.
    pub(super) up: Vec<Option<String>>,
    /// By place in the budget: how often it happened; `None`: that is not counted.
    pub(super) spent: Vec<Option<String>>,
    pub(super) enums: Vec<String>,
    pub(super) nodes: Vec<String>,
    pub(super) defs: Vec<String>,
    pub(super) actions: Vec<String>,
    locals: Vec<String>,
}

/// The name of a module.
pub(super) fn module(wanted: &str, others: &[String]) -> String {
    let mut names = Names::empty();
    names.used.extend(others.iter().cloned());
    names.claim(wanted)
}

impl Names {
    /// Nothing but what is taken has a name.
    fn empty() -> Names {
        Names {
            used: TAKEN.split_whitespace().map(str::to_string).collect(),
            module: String::new(),
            states: Vec::new(),
            fields: Vec::new(),
            links: Vec::new(),
            up: Vec::new(),
            spent: Vec::new(),
            enums: Vec::new(),
            nodes: Vec::new(),
            defs: Vec::new(),
            actions: Vec::new(),
            locals: Vec::new(),
        }
    }

    pub(super) fn of(module: &str, program: &Program, faults: &FaultBudget) -> Names {
        let mut names = Names::empty();
        names.module = names.claim(module);
        names.nodes = program.nodes.iter().map(|n| names.claim(&n.name)).collect();
        names.enums = program.enums.iter().map(|e| names.claim(&e.name)).collect();
        let orders: Vec<String> = names.nodes.iter().chain(&names.enums).map(|name| order(name)).collect();
        names.used.extend(orders);
        names.states = program.states.iter().map(|s| names.claim(&s.name)).collect();
        let field = |f: &crate::analysis::program::NodeField| {
            format!("{}_{}", program.nodes[f.node.index()].name, f.name)
        };
        names.fields = program.node_fields.iter().map(|f| names.claim(&field(f))).collect();
        names.links = program.links.iter().map(|l| names.claim(&l.name)).collect();
        let goes_down = |kind: usize| {
            [Fault::Crash, Fault::Wipe]
                .iter()
                .any(|fault| faults.of_node(*fault, kind as u32).is_some_and(|(_, entry)| entry.times > 0))
        };
        names.up = (program.nodes.iter().enumerate())
            .map(|(kind, n)| goes_down(kind).then(|| names.claim(&format!("{}_up", n.name))))
            .collect();
        let counted = |entry: &Allowance| entry.times > 0 && entry.times != Allowance::ALWAYS;
        names.spent = faults
            .said()
            .map(|(_, entry)| counted(entry).then(|| names.claim(&format!("spent_{}", entry.fault.word()))))
            .collect();
        names.defs = program.defs.iter().map(|d| names.claim(&d.name)).collect();
        names.actions = program.actions.iter().map(|a| names.claim(&a.name)).collect();
        names.locals = program.locals.iter().map(|l| names.claim(&l.name)).collect();
        names
    }

    /// The name, or one like it that is free.
    fn claim(&mut self, wanted: &str) -> String {
        let letters = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
        let mut name: String = wanted.chars().map(letters).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            name.insert(0, 'x');
        }
        // `WF_` and `SF_` begin something else.
        if name.starts_with("WF_") || name.starts_with("SF_") {
            name.insert(0, 'x');
        }
        let mut free = name.clone();
        let mut number = 1;
        while !self.used.insert(free.clone()) {
            number += 1;
            free = format!("{name}_{number}");
        }
        free
    }

    pub(super) fn fresh(&mut self, word: &str, number: usize) -> String {
        self.claim(&format!("{word}{number}"))
    }

    pub(super) fn member(&mut self, name: &str) -> String {
        self.claim(name)
    }

    pub(super) fn local(&self, id: LocalId) -> String {
        // Locals that obligations add stand behind those of the program.
        self.locals.get(id.index()).cloned().unwrap_or_else(|| format!("local_{}", id.0))
    }

    pub(super) fn enum_order(&self, index: usize) -> String {
        order(&self.enums[index])
    }

    pub(super) fn node_order(&self, index: usize) -> String {
        order(&self.nodes[index])
    }

    /// Every variable of the module, in order.
    pub(super) fn variables(&self) -> Vec<String> {
        let declared = self.states.iter().chain(&self.fields).chain(&self.links);
        declared.chain(self.up.iter().flatten()).chain(self.spent.iter().flatten()).cloned().collect()
    }
}

/// The members of a set of strings as a sequence.
fn order(name: &str) -> String {
    format!("{name}_in_order")
}
