//! TLA+: a module and a configuration for TLC, so that anyone can have an answer checked by a tool that shares no code
//! with this one.
//!
//! Enters: a typed program, what may go wrong, the obligations. Leaves: a module whose distinct states are those of the
//! program, one for one, with every obligation on single states as an invariant; or the constructs that it cannot say,
//! each with its place.
//!
//! The state is one record inside a step: every action is an operator from it to the set of states that it may lead to
//! (empty: not enabled), so that statements which follow each other read as `LET`s that follow each other. A node is a
//! string, an option a sequence of at most one value, a bag a function from its elements to how many there are. Variables
//! out of range and links that are full break `TypeOK`, where here a step has no value; parameters and results of
//! definitions are not held to their types.

use crate::analysis::program::{
    ActionId, ActionKind, Header, Link, LocalId, NodeField, NodeId, Program, State, Timekeeper, TypeId,
};
use crate::concepts::{ConceptKind, Fault, FaultBudget};
use crate::diag::Diagnostic;
use crate::diag::codes::session::NOT_IN_TLA;
use crate::obligations::property::{Property, PropertyKind};
use crate::span::Span;
use crate::syntax::tree::{CheckOption, CheckOptionKind};

mod expression;
mod faults;
mod initial;
mod library;
mod names;
mod statement;
mod step;
mod types;

use names::Names;

/// What TLC reads.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The name of the module, which is that of its file.
    pub name: String,
    /// The module.
    pub module: String,
    /// The configuration.
    pub configuration: String,
    /// The distinct states that TLC must find, where they were counted.
    pub states: Option<u64>,
}

/// What is said in another language.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What the module is called: of [`free_name`].
    pub name: &'a str,
    /// As analysis leaves it: without what obligations add.
    pub program: &'a Program,
    /// The same with what obligations add.
    pub judged: &'a Program,
    /// What may go wrong.
    pub faults: &'a FaultBudget,
    /// Runs begin in every state: not to be said.
    pub from_any_state: bool,
    /// As they are written: where what concerns them stands.
    pub options: &'a [CheckOption],
    /// Of `judged`. Of single states those are exported that speak of nothing that obligations add; all others are named.
    pub properties: &'a [Property],
    /// The distinct states that were found.
    pub states: Counted,
    /// What the check ends at, as written: the module has nothing of it.
    pub caps: &'a [String],
}

/// What is known of how many distinct states there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// All of them.
    All(u64),
    /// A step has no value: what it would lead to is no state here, and one that breaks `TypeOK` there.
    NoValue,
    /// A cap or an interrupt came first.
    Cut,
}

impl Counted {
    /// `None`: they were not counted to the end.
    pub fn all(self) -> Option<u64> {
        match self {
            Counted::All(states) => Some(states),
            Counted::NoValue | Counted::Cut => None,
        }
    }
}

/// The module and its configuration.
///
/// # Errors
/// `E0901` for everything that the module cannot say, each with its place.
pub fn exported(asked: Asked<'_>) -> Result<Exported, Vec<Diagnostic>> {
    let mut writer = Writer::new(asked);
    let module = writer.module();
    if !writer.refused.is_empty() {
        return Err(writer.refused);
    }
    let mut configuration = String::from("INIT Init\nNEXT Next\nCHECK_DEADLOCK FALSE\nINVARIANT TypeOK\n");
    configuration.extend(writer.invariants.iter().map(|name| format!("INVARIANT {name}\n")));
    Ok(Exported { name: writer.names.module.clone(), module, configuration, states: asked.states.all() })
}

/// A `check A refines B`, which would take two modules and a mapping between them.
pub fn no_refinement(specification: Span) -> Diagnostic {
    let words = "TLA+ export does not know `refines`: a module has one system";
    Diagnostic::error(NOT_IN_TLA, specification, words)
        .label("cannot be exported")
        .help("export a `check` of each system by itself")
}

/// A name for a module that TLA+ takes, and that is none of the others.
pub fn free_name(wanted: &str, others: &[String]) -> String {
    names::module(wanted, others)
}

/// Writes a module.
struct Writer<'a> {
    asked: Asked<'a>,
    program: &'a Program,
    names: Names,
    /// Numbers of helping names.
    fresh: usize,
    refused: Vec<Diagnostic>,
    /// Where something that was refused stands: what nobody wrote there follows from it.
    causes: Vec<Span>,
    /// Names of the operators that TLC is to check.
    invariants: Vec<String>,
    /// What is refused is a property, which is only left out.
    leaving_out: Option<String>,
}

impl<'a> Writer<'a> {
    fn new(asked: Asked<'a>) -> Writer<'a> {
        let names = Names::of(asked.name, asked.program, asked.faults);
        Writer {
            program: asked.program,
            asked,
            names,
            fresh: 0,
            refused: Vec::new(),
            causes: Vec::new(),
            invariants: Vec::new(),
            leaving_out: None,
        }
    }

    /// A construct that cannot be said; what is written in its place is never read.
    fn refuse(&mut self, span: Span, construct: &str) -> String {
        if self.leaving_out.is_some() {
            self.leaving_out = Some(construct.to_string());
            return "FALSE".to_string();
        }
        let words = format!("TLA+ export does not know {construct}");
        // Once for each construct: its first place; and once for each cause.
        let known = self.refused.iter().any(|known| known.message == words);
        if !known && !self.causes.iter().any(|cause| cause.contains(span)) {
            let help = "leave it out of the system or of the `check`, or export another `check`";
            self.refused
                .push(Diagnostic::error(NOT_IN_TLA, span, words).label("cannot be exported").help(help));
        }
        "FALSE".to_string()
    }

    fn fresh(&mut self, word: &str) -> String {
        self.fresh += 1;
        self.names.fresh(word, self.fresh)
    }

    fn module(&mut self) -> String {
        self.refuse_the_rest();
        let mut out = self.head();
        out += &self.sets();
        out += &self.variables();
        out += &self.definitions();
        let types = self.type_ok();
        let initial = self.initial();
        let steps = self.steps();
        out += &steps;
        out += &types;
        out += &initial;
        out += &self.judged();
        let width = 78;
        out + &"=".repeat(width) + "\n"
    }

    /// Where an option of the check stands; the system, where it is not written there.
    fn place(&self, is_it: impl Fn(&CheckOptionKind) -> bool) -> Span {
        let written = self.asked.options.iter().find(|option| is_it(&option.kind));
        written.map_or(self.program.span, |option| option.span)
    }

    /// Where a fault is allowed.
    fn fault(&self, word: &str) -> Span {
        let all = self.asked.options.iter().filter_map(|option| match &option.kind {
            CheckOptionKind::Faults(all) => Some(all),
            _ => None,
        });
        let written = all.flatten().find(|fault| fault.name.text == word);
        written.map_or(self.program.span, |fault| fault.name.span)
    }

    /// What concerns the whole system.
    fn refuse_the_rest(&mut self) {
        let program = self.program;
        if self.asked.from_any_state {
            self.refuse(self.place(|o| matches!(o, CheckOptionKind::FromAnyState)), "`from any state`");
        }
        for view in &program.views {
            let span = program.node_fields[view.field.index()].span;
            self.refuse(span, "views that lag");
            self.causes.extend([span, view.of.span]);
        }
        let clocks = program.states.iter().map(|s| (s.time, s.span));
        let clocks = clocks.chain(program.node_fields.iter().map(|f| (f.time, f.span)));
        for (time, span) in clocks {
            match time {
                Some(Timekeeper::Clock) => self.refuse(span, "clocks"),
                Some(Timekeeper::Timer) => self.refuse(span, "`every` and `within` in ticks"),
                Some(Timekeeper::View) | None => String::new(),
            };
        }
        for (_, entry) in self.asked.faults.allowed() {
            if let Fault::Pause
            | Fault::Resume
            | Fault::Reorder
            | Fault::Skew
            | Fault::Stale
            | Fault::Partition = entry.fault
            {
                // A pause has an end.
                let fault = if entry.fault == Fault::Resume { Fault::Pause } else { entry.fault };
                let word = fault.word();
                self.refuse(self.fault(word), &format!("the fault `{word}`"));
            }
        }
        for action in &program.actions {
            match action.kind {
                ActionKind::ReconcilerObserve { .. } => {
                    self.refuse(action.span, "a reconciler that observes in one step and acts in another");
                }
                // Clocks, timers and views have been refused, which these follow from.
                ActionKind::ReconcilerLook(_)
                | ActionKind::Tick
                | ActionKind::Sync(_)
                | ActionKind::Client
                | ActionKind::Handler { .. }
                | ActionKind::Resolution(_)
                | ActionKind::ReconcilerAct(_)
                | ActionKind::Restart(_) => {}
            }
        }
    }

    fn head(&self) -> String {
        let program = self.program;
        let title = format!(" MODULE {} ", self.names.module);
        let dashes = "-".repeat(78_usize.saturating_sub(title.len()) / 2);
        let mut out = format!("{dashes}{title}{dashes}\n");
        out += &format!("\\* The system {} of Reconverge.\n", program.name);
        if let Some(sentence) = &program.sentence {
            out += &format!("\\* {}\n", one_line(sentence));
        }
        for param in &program.params {
            let value = Writer::new(self.asked).expression(&param.value, "");
            out += &format!("\\* {} = {}\n", param.name, one_line(&value));
        }
        for (_, entry) in self.asked.faults.said() {
            out += &format!("\\* {} at most {} times\n", entry.fault.word(), entry.times);
        }
        out += &self.count();
        out + "EXTENDS Integers, Sequences, FiniteSets, TLC\n\n" + library::LIBRARY + "\n"
    }

    /// How many states TLC must find, or why that is not known.
    fn count(&self) -> String {
        let mut out = match self.asked.states {
            Counted::All(states) => {
                return format!("\\* TLC finds {states} distinct states, or one of us is wrong.\n");
            }
            Counted::NoValue => "\\* A step has no value, so that its states were not counted: TLC takes that step, and TypeOK is\n\
                 \\* violated. Run it without -continue, which may go on for ever from there.\n"
                .to_string(),
            Counted::Cut => "\\* Its states were not counted to the end.\n".to_string(),
        };
        if !self.asked.caps.is_empty() {
            let caps = one_line(&self.asked.caps.join(", "));
            out += &format!(
                "\\* The check ends at {caps}, of which this module has nothing: TLC explores all states.\n"
            );
        }
        out
    }

    /// Enums and kinds of nodes as sets of strings.
    fn sets(&self) -> String {
        let strings =
            |all: Vec<String>| all.iter().map(|v| format!("\"{v}\"")).collect::<Vec<_>>().join(", ");
        let mut out = String::new();
        for (index, e) in self.program.enums.iter().enumerate() {
            let all = strings(e.variants.clone());
            out += &format!("{} == <<{all}>>\n", self.names.enum_order(index));
            out += &format!("{} == {{{all}}}\n", self.names.enums[index]);
        }
        for (index, node) in self.program.nodes.iter().enumerate() {
            let all = strings((0..node.count).map(|member| node.member(member)).collect());
            out += &format!("{} == <<{all}>>\n", self.names.node_order(index));
            out += &format!("{} == {{{all}}}\n", self.names.nodes[index]);
        }
        out + "\n"
    }

    fn variables(&self) -> String {
        let all = self.names.variables();
        let record: Vec<String> = all.iter().map(|name| format!("{name} |-> {name}")).collect();
        let next: Vec<String> = all.iter().map(|name| format!("/\\ {name}' = t.{name}")).collect();
        format!(
            "VARIABLES {}\n\nNow == [{}]\n\nBecomes(t) ==\n  {}\n\n",
            all.join(", "),
            record.join(", "),
            next.join("\n  ")
        )
    }

    fn definitions(&mut self) -> String {
        let program = self.program;
        let mut out = String::new();
        // A definition may use those that stand behind it.
        let head = |names: &Names, index: usize, params: &[LocalId]| {
            let params: Vec<String> = params.iter().map(|p| names.local(*p)).collect();
            let params = std::iter::once("s".to_string()).chain(params).collect::<Vec<_>>().join(", ");
            format!("{}({params})", names.defs[index])
        };
        for (index, def) in program.defs.iter().enumerate() {
            let places = vec!["_"; def.params.len() + 1].join(", ");
            out += &format!("RECURSIVE {}({places})\n", self.names.defs[index]);
        }
        for (index, def) in program.defs.iter().enumerate() {
            let body = self.expression(&def.body, "s");
            out += &format!("{} ==\n  {body}\n", head(&self.names, index, &def.params));
        }
        out + "\n"
    }

    /// Obligations on single states as invariants, the others by name.
    fn judged(&mut self) -> String {
        // What is judged may be of types that the program has not; what it remembers has no name here.
        self.program = self.asked.judged;
        let mut out = String::new();
        let mut known = Vec::new();
        for property in self.asked.properties {
            let header = header(self.program, property);
            let mut name = self.names.member(&header.name);
            let told = |why: &str| {
                format!("\\* not exported: {}, {}: {why}\n", header.name, one_line(&property.words))
            };
            if property.watched_by.is_some() {
                out += &told("it is judged along whole runs");
                continue;
            }
            let PropertyKind::State(condition) = &property.kind else {
                out += &told("it is not about single states");
                continue;
            };
            self.leaving_out = Some(String::new());
            let written = self.expression(condition, "Now");
            let refused = self.leaving_out.take().filter(|why| !why.is_empty());
            if let Some(why) = refused {
                out += &told(&format!("TLA+ export does not know {why}"));
                continue;
            }
            let same = known.iter().filter(|other| **other == header.name).count();
            if same > 0 {
                name = format!("{name}_{}", same + 1);
            }
            known.push(header.name.clone());
            out += &format!("\\* {}\n{name} ==\n  {written}\n", one_line(&property.words));
            self.invariants.push(name);
        }
        out
    }

    fn state_of(&self, index: usize) -> &'a State {
        &self.program.states[index]
    }

    fn fields_of(&self, kind: NodeId) -> impl Iterator<Item = (usize, &'a NodeField)> + use<'a> {
        let program = self.program;
        program.nodes[kind.index()].fields.iter().map(|id| (id.index(), &program.node_fields[id.index()]))
    }

    fn link(&self, index: usize) -> &'a Link {
        &self.program.links[index]
    }

    fn recovery(&self, kind: usize) -> Option<ActionId> {
        self.program.recovery(NodeId(kind as u32))
    }

    /// Whether nodes of a kind may go down.
    fn goes_down(&self, kind: usize) -> bool {
        let pays =
            |fault| self.asked.faults.of_node(fault, kind as u32).is_some_and(|(_, entry)| entry.times > 0);
        pays(Fault::Crash) || pays(Fault::Wipe)
    }

    fn type_of(&self, local: LocalId) -> TypeId {
        self.program.locals[local.index()].ty
    }
}

fn header<'p>(program: &'p Program, property: &Property) -> &'p Header {
    let concept: ConceptKind = property.concept;
    program.header(concept, property.member)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
