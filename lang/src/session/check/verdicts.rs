//! From the outcome of a property to a verdict.
//!
//! Enters: what the engine found, and the property. Leaves: the verdict in words, with its trace.

use super::Explored;
use super::unused::called;
use crate::analysis::program::{Expr, STALE};
use crate::concepts::{ConceptKind, Divergence, StepKind};
use crate::diag::Diagnostic;
use crate::diag::codes::check::INTERNAL;
use crate::engine::{Kind, Length, Outcome, Path, Rounds, Stop, Trapped, Violation, Why};
use crate::model::explain::BrokenLaw;
use crate::model::settle::Settled;
use crate::obligations::property::{Probe, ProbeCondition, Property, PropertyKind, Worlds};
use crate::report::{Broken, Trace, Verdict};
use crate::session::trace::{at_step, describe, gaps, left_in_flight, text, told_at, trace, trapped, values};
use crate::value::Value;

/// An option that is named in a help is no longer than this, in bytes.
const LONGEST_OPTION: usize = 40;

/// A value on the run that is another in the world where something else is so.
struct Differing {
    name: String,
    here: Value,
    there: Value,
    had: &'static str,
}

impl Differing {
    fn words(&self) -> String {
        let Differing { name, here, there, had } = self;
        format!("{name} is {here}, and would be {there} {had}")
    }
}

impl Explored<'_> {
    /// The verdict on a property, by its index in the model.
    pub fn verdict(&self, property: usize) -> Verdict {
        let doubt = self.doubt(property);
        match &self.exploration.outcomes[property] {
            Outcome::Holds | Outcome::HoldsWithinBound if doubt.is_some() => {
                Verdict::NotChecked { why: doubt.unwrap_or_default() }
            }
            Outcome::Holds => match self.vacuous(property) {
                Some(why) => Verdict::Vacuous { why },
                None => Verdict::Holds { note: self.note(property) },
            },
            Outcome::HoldsWithinBound => match self.vacuous(property) {
                Some(why) => Verdict::Vacuous { why: format!("{why} within the bound") },
                None => {
                    let bound = self.bounds().join(" and ");
                    Verdict::HoldsWithinBound { bound, cut: self.exploration.states_cut }
                }
            },
            Outcome::Violated(violation) => self.violated(property, violation),
            Outcome::Trapped(trapped) => self.failed(trapped),
            Outcome::Incomplete(why) => Verdict::Incomplete { why: self.why(*why) },
            Outcome::Settled => self.settled(property),
            Outcome::Inconsistent(why) => Verdict::Failed {
                why: format!("the engine contradicts itself: {why}"),
                help: None,
                code: INTERNAL.to_string(),
                span: self.model.property_list()[property].span,
                trace: None,
            },
        }
    }

    /// What is worth knowing of a property that holds.
    fn note(&self, property: usize) -> Option<String> {
        let length = self.exploration.lengths[property].and_then(length);
        let known = length.or_else(|| self.model.tried_with(property));
        let told: Vec<String> = known.into_iter().chain(self.noted(property)).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    fn settled(&self, property: usize) -> Verdict {
        match self.model.settled(property) {
            Some(Settled::Holds(note)) => match (self.vacuous(property), self.exploration.stopped) {
                (None, _) => Verdict::Holds { note: Some(note.clone()) },
                (Some(_), Some(reason)) => Verdict::Incomplete { why: stop(reason) },
                (Some(why), None) => Verdict::Vacuous { why },
            },
            Some(Settled::NotChecked(why)) => Verdict::NotChecked { why: why.clone() },
            None => Verdict::NotChecked { why: "not decided".to_string() },
        }
    }

    /// What shows that a property that holds says nothing.
    fn vacuous(&self, property: usize) -> Option<String> {
        let known = &self.model.property_list()[property];
        let unseen = self.seen(property).take(known.probes.len()).position(|seen| !seen);
        match unseen {
            Some(unseen) => Some(known.probes[unseen].words.clone()),
            None if matches!(known.kind, PropertyKind::Eventually(_)) => self
                .model
                .begins_at(property)
                .then(|| "it was true from the start, so nothing had to come".into()),
            None => None,
        }
    }

    /// Why nothing can be said of a property of which nothing broken was found.
    fn doubt(&self, property: usize) -> Option<String> {
        let known = &self.model.property_list()[property];
        let seen = self.seen(property).skip(known.probes.len() + known.notes.len());
        known.doubts.iter().zip(seen).find(|(_, seen)| *seen).map(|(doubt, _)| doubt.words.clone())
    }

    /// Whether each probe of a property, then each note, then each doubt, was true somewhere.
    fn seen(&self, property: usize) -> impl Iterator<Item = bool> {
        let all = self.exploration.probes.iter().enumerate();
        all.filter(move |(probe, _)| self.model.probe_owner(*probe).0 == property).map(|(_, seen)| *seen)
    }

    /// What is worth telling of a property, whatever the verdict, with the steps that it is told of.
    fn noted(&self, property: usize) -> Option<String> {
        let known = &self.model.property_list()[property];
        let seen = self.seen(property).skip(known.probes.len());
        let told: Vec<&Probe> =
            known.notes.iter().zip(seen).filter(|(_, seen)| *seen).map(|(note, _)| note).collect();
        let steps = told.iter().flat_map(|note| match &note.condition {
            ProbeCondition::StepOf(each) => {
                each.iter().map(|(id, _)| called(&self.model, self.sources, *id).1).collect()
            }
            _ => Vec::new(),
        });
        let steps: Vec<String> = steps.collect();
        told.first().map(|note| match steps.is_empty() {
            true => note.words.clone(),
            false => format!("{}: {}", note.words, steps.join(", ")),
        })
    }

    /// What to test, where an option has no value: the option as it is written.
    fn named(&self, d: &Diagnostic) -> Option<String> {
        let text = self.sources.text(d.span);
        let short = text.len() <= LONGEST_OPTION && !text.contains('\n');
        let option = (d.code == crate::diag::codes::model::NO_VALUE && short).then(|| {
            let bare = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'));
            if bare { text.to_string() } else { format!("({text})") }
        })?;
        Some(format!("test it first: `{option} != none and …`"))
    }

    /// A step or a property that has no value.
    pub fn failed(&self, found: &Trapped) -> Verdict {
        let diagnostic = self.model.trap(found.trap);
        let tested = self.named(&diagnostic);
        let initial = found.path.init.is_empty().then(|| self.model.initial_help(found.trap)).flatten();
        Verdict::Failed {
            why: diagnostic.message,
            help: match initial {
                Some(_) if !self.model.program().params.is_empty() => {
                    Some("it is an initial value: make it of the parameters that its range is made of".into())
                }
                Some(words) => Some(words),
                None => tested.or(diagnostic.help),
            },
            code: diagnostic.code.to_string(),
            span: diagnostic.span,
            trace: Some(Box::new(trapped(&self.model, self.sources, found))),
        }
    }

    /// Of a run that breaks it.
    pub(super) fn violated(&self, property: usize, violation: &Violation) -> Verdict {
        let Violation { path, kind, .. } = violation;
        let kind = match kind {
            Kind::State
            | Kind::Step
            | Kind::Apart { .. }
            | Kind::Endless
            | Kind::Order
            | Kind::Owing(_)
            | Kind::Broken => None,
            Kind::Unreachable => Some(Divergence::Unreachable),
            Kind::Stuck => Some(Divergence::Stuck),
            Kind::Livelock => Some(Divergence::Livelock),
            Kind::Flapping { .. } => Some(Divergence::Flapping),
        };
        let mut trace = trace(&self.model, path);
        self.beside(property, path, &mut trace);
        trace.broken = Some(self.broken(property, violation, &trace));
        let mut why = self.reason(property, violation, &trace);
        if let Some(noted) = self.noted(property) {
            why = format!("{why}; {noted}");
        }
        if let Some(doubt) = self.doubt(property) {
            why = format!("{why}; {doubt}");
        }
        if let Some(otherwise) = &self.model.property_list()[property].otherwise {
            why = format!("{why}; {otherwise}");
        }
        Verdict::Violated { why, kind, trace: Box::new(trace) }
    }

    fn reason(&self, property: usize, violation: &Violation, trace: &Trace) -> String {
        let Violation { path, kind, other } = violation;
        let last = trace.steps.last().map_or("the step", |step| &step.label);
        let length = path.steps.len() - path.loop_start.unwrap_or(0);
        let again = format!(
            "{} that can go round for ever",
            if length == 1 { "a step".into() } else { format!("{length} steps") }
        );
        let law = (*kind == Kind::State).then(|| self.law(property, path)).flatten();
        let worlds = match kind {
            Kind::State | Kind::Apart { .. } => self.worlds(property, path),
            _ => None,
        };
        match (kind, path.steps.len()) {
            (Kind::State, _) if law.is_some() => law.map_or(String::new(), |law| law.why),
            (Kind::State, _) if worlds.is_some() => worlds.map_or(String::new(), |worlds| worlds.words()),
            (Kind::Apart { leaves }, _) => {
                let round = if length == 0 { "nothing happens any more".to_string() } else { again };
                let apart = worlds.map_or_else(|| "what is protected differs".to_string(), |w| w.words());
                let fails = if *leaves { "staying at" } else { "coming to" };
                format!("{round} without {fails} what would be: {apart}")
            }
            (Kind::State, steps) => self.false_at(property, (steps > 0).then_some(last)),
            (Kind::Step, _) => match self.model.property_list()[property].kind {
                PropertyKind::Idempotent { .. } => format!("{last} once more changes something again"),
                PropertyKind::Refines(_) => self.no_step(property, path, last),
                PropertyKind::State(_)
                | PropertyKind::Returns { .. }
                | PropertyKind::Step(_)
                | PropertyKind::StepOf(_)
                | PropertyKind::MergeLaws(_)
                | PropertyKind::Converges(..)
                | PropertyKind::LeadsTo(..)
                | PropertyKind::Eventually(_)
                | PropertyKind::Repairs { .. }
                | PropertyKind::NotChecked(_) => format!("broken by {last}"),
            },
            (Kind::Stuck, _) => format!("{last}, and the goal is not reached"),
            (Kind::Unreachable, _) => format!("{again}, and no way from there leads to the goal"),
            (Kind::Livelock, _) => {
                let told = format!("{again} without coming to the goal, though a way leads there");
                self.chosen_alike(path, trace).map_or(told.clone(), |chosen| format!("{told}; {chosen}"))
            }
            (Kind::Flapping { .. }, _) => format!("{again} without staying at the goal"),
            (Kind::Endless, _) => format!("its steps never end: {again}"),
            (Kind::Order, _) => match other {
                Some(other) => self.two_orders(path, other, trace),
                None => "the end depends on which goes first".to_string(),
            },
            (Kind::Owing(obligation), _) => self.owed(property, *obligation, (path, &again)),
            (Kind::Broken, 0) => "nothing repairs what it handles, which is false initially".to_string(),
            (Kind::Broken, _) => "it ends where what it handles is still broken".to_string(),
        }
    }

    /// A step that goes round and chooses the same each time: no fairness asks it to choose otherwise.
    fn chosen_alike(&self, path: &Path, trace: &Trace) -> Option<String> {
        if !gaps(path).is_empty() {
            return None;
        }
        let round = path.steps.iter().zip(&trace.steps).skip(path.loop_start?);
        let chooses = |instance: u32| {
            let notes = &self.model.instance_list()[instance as usize].choices;
            notes.iter().any(|note| note.name != STALE)
        };
        let (step, shown) = round.clone().find(|(step, _)| chooses(step.instance))?;
        let mut others = round.filter(|(other, _)| other.instance == step.instance);
        let alike = others.all(|(other, _)| other.choice == step.choice);
        alike.then(|| format!("fair is a step at its node, and not each of its choices: `{}`", shown.line()))
    }

    /// What is false at the end of a run, as the author wrote it where that is short; else what made it so.
    fn false_at(&self, property: usize, last: Option<&str>) -> String {
        const SHORT: usize = 80;
        let known = &self.model.property_list()[property];
        let written = self.expression(known);
        match last {
            _ if known.concept == ConceptKind::Invariant && written.chars().count() <= SHORT => {
                format!("`{written}` is false")
            }
            Some(last) => format!("broken by {last}"),
            None => "it is false".to_string(),
        }
    }

    /// Which steps may go first, and the first variable that then differs at the end.
    fn two_orders(&self, path: &Path, other: &Path, shown: &Trace) -> String {
        let beside = trace(&self.model, other);
        let at = path.steps.iter().zip(&other.steps).take_while(|(a, b)| a == b).count();
        let first = |trace: &Trace, path: &Path| {
            trace.steps.get(told_at(path, at)).map_or(String::new(), |step| step.label.clone())
        };
        let differs = shown
            .last
            .iter()
            .find(|(name, value)| beside.last.iter().any(|(other, theirs)| other == name && theirs != value));
        let ends = |trace: &Trace| {
            let value = differs.and_then(|(name, _)| trace.last.iter().find(|(other, _)| other == name));
            value.map_or("otherwise".to_string(), |(name, value)| format!("with {name} = {value}"))
        };
        format!(
            "the end depends on which goes first: after {} it ends {}, after {} {}",
            first(shown, path),
            ends(shown),
            first(&beside, other),
            ends(&beside)
        )
    }

    /// The first part that differs between what is at the end of a path and what would be.
    fn worlds(&self, property: usize, path: &Path) -> Option<Differing> {
        let state = path.steps.last().map_or(&*path.init, |step| &*step.state);
        let program = self.model.program();
        let value = |e: &Expr| {
            let compiled = self.model.compile_expr(program, e).ok()?;
            self.model.eval(program, &compiled, None, state).ok()
        };
        self.model.property_list()[property].worlds.iter().find_map(|worlds| {
            let Worlds { name, is, would_be, had } = worlds;
            let (here, there) = (value(is)?, value(would_be)?);
            let name = name.clone().unwrap_or_else(|| text(self.sources, is.span));
            (here != there).then_some(Differing { name, here, there, had })
        })
    }

    /// The law of a merge that what meets at the end of a path breaks.
    fn law(&self, property: usize, path: &Path) -> Option<BrokenLaw> {
        let end = path.steps.last().map_or(&path.init, |step| &step.state);
        self.model.broken_law(property, end)
    }

    /// Where the property turned false, and the values that made it so.
    fn broken(&self, property: usize, violation: &Violation, trace: &Trace) -> Broken {
        let known = &self.model.property_list()[property];
        let path = &violation.path;
        let at = match violation.kind {
            Kind::Flapping { left } => left + 1,
            _ => path.loop_start.unwrap_or(path.steps.len()),
        };
        let stutters = trace.steps.last().is_some_and(|step| step.kind == StepKind::Stutter);
        let told = || at.checked_sub(1).map(|step| told_at(path, step));
        let step = if stutters { Some(trace.steps.len() - 1) } else { told() };
        let condition = self.condition(property, violation);
        let state = match at {
            0 => &*path.init,
            at => &*path.steps[at - 1].state,
        };
        let before = at.checked_sub(1).filter(|_| violation.kind == Kind::Step).map(|i| path.before(i));
        let apart =
            matches!(violation.kind, Kind::State | Kind::Apart { .. }).then(|| self.worlds(property, path));
        let mut values = match apart.flatten() {
            Some(Differing { name, here, .. }) => vec![(name, here)],
            None => condition.map_or(Vec::new(), |c| values(&self.model, self.sources, &c, before, state)),
        };
        values.extend(self.law(property, path).into_iter().flat_map(|law| law.values));
        if stutters {
            values.extend(left_in_flight(&self.model, state));
        }
        Broken { step, expression: self.expression(known), values }
    }

    /// The broken expression as written; of a reconciler, what drift is; of what follows from a type, what that demands of
    /// the words of the author.
    fn expression(&self, property: &Property) -> String {
        let written = text(self.sources, property.span);
        match (property.concept, &property.kind) {
            (ConceptKind::Invariant, _) => return written,
            // The run is made of its clauses.
            (ConceptKind::Resolution, PropertyKind::Repairs { .. }) => return property.words.clone(),
            (ConceptKind::Order | ConceptKind::Resolution, _) => {
                let program = self.model.program();
                // The name of the message or function: the words speak of it.
                let named = program.messages.iter().any(|m| m.name == written)
                    || program.defs.iter().any(|d| d.name == written);
                let more = if named { String::new() } else { format!(": {written}") };
                return format!("{}{more}", property.words);
            }
            (ConceptKind::Reconciler, _) => {}
        }
        let reconciler = &self.model.program().reconcilers[property.member];
        match (&reconciler.desired, &reconciler.actual) {
            (Some(desired), Some(actual)) => {
                format!("drift {} != {}", text(self.sources, desired.span), text(self.sources, actual.span))
            }
            _ => format!("drift {}", text(self.sources, property.span)),
        }
    }

    /// What is false at the end of a path (for a lasso, where its loop begins), without locals.
    fn condition(&self, property: usize, Violation { path, kind, .. }: &Violation) -> Option<Expr> {
        match &self.model.property_list()[property].kind {
            PropertyKind::State(e)
            | PropertyKind::Returns { holds: e, .. }
            | PropertyKind::Step(e)
            | PropertyKind::Converges(e, _)
            | PropertyKind::LeadsTo(_, e, _)
            | PropertyKind::Eventually(e) => Some(e.clone()),
            PropertyKind::StepOf(each) => {
                let last = path.steps.last()?;
                let before = path.before(path.steps.len() - 1);
                let step = describe(&self.model, before, (last.instance, last.choice), &last.state);
                let (action, e) = each.iter().find(|(action, _)| Some(*action) == step.action)?;
                at_step(&self.model, e, *action, &step)
            }
            PropertyKind::Repairs { handled, .. } => (*kind == Kind::Broken).then(|| handled.clone()),
            PropertyKind::Idempotent { .. }
            | PropertyKind::MergeLaws(_)
            | PropertyKind::Refines(_)
            | PropertyKind::NotChecked(_) => None,
        }
    }

    fn why(&self, why: Why) -> String {
        match why {
            Why::Stopped(reason) => stop(reason),
            Why::Cut => format!("states beyond the bound {} were not explored", self.bounds().join(" and ")),
            // Which step that is stands first among the findings.
            Why::Trapped => "a step has no value, so that what follows it is unknown".to_string(),
        }
    }
}

/// The cap that was met, or the interrupt.
pub(super) fn stop(stop: Stop) -> String {
    match stop {
        Stop::Depth(depth) => format!("limit of {depth} steps"),
        Stop::States(states) => format!("limit of {states} states"),
        Stop::Memory(bytes) => format!("limit of {} MiB", bytes >> 20),
        Stop::Interrupted => "interrupted".to_string(),
        Stop::Lost => "the temporary file for states could not be read or written".to_string(),
        Stop::Decided => "stopped at the first answer".to_string(),
        Stop::Reducible => "partial order would make it smaller".to_string(),
        Stop::Gone(process) => format!("process {process} has ended"),
        Stop::Differs => "the processes were given different files".to_string(),
        Stop::Unresumed => "its checkpoint cannot be read, or is of another system".to_string(),
    }
}

fn length(length: Length) -> Option<String> {
    match length {
        Length::Rounds(taken) => rounds(taken),
        Length::Steps(Some(0)) => None,
        Length::Steps(Some(1)) => Some("at most 1 step".to_string()),
        Length::Steps(Some(most)) => Some(format!("at most {most} steps")),
        Length::Steps(None) => Some("it may take any number of steps".to_string()),
    }
}

fn rounds(rounds: Rounds) -> Option<String> {
    let Rounds { worst, at_least, median } = rounds;
    let steps =
        |n: u32| if n == 1 { "1 reconciler step".to_string() } else { format!("{n} reconciler steps") };
    let half = |worst: u32| match median {
        _ if median >= worst => String::new(),
        0 => ", none from half of the states".to_string(),
        median => format!(", at most {median} from half of the states"),
    };
    match worst {
        Some(0) => None,
        Some(worst) => Some(format!("at worst {} to the goal{}", steps(worst), half(worst))),
        None => Some(format!(
            "the way to the goal has no greatest length; the shortest takes at worst {}{}",
            steps(at_least),
            half(at_least)
        )),
    }
}
