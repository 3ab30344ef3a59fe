//! The options of a simulation, typed: how long, how many runs, how often what happens.
//!
//! Enters: the command as written. Leaves: an [`Asked`], or what is wrong with it.

use super::has_ticks;
use crate::analysis;
use crate::analysis::program::{ActionId, ActionKind, Program};
use crate::concepts::{ExpectedVerdict, Fault};
use crate::diag::codes::{check, simulation as codes};
use crate::diag::{Code, Diagnostic};
use crate::session::Host;
use crate::session::check::options::{Setup, kind_of, setup};
use crate::simulate::actors::{looks_at, looks_in_time};
use crate::simulate::plan::{Happens, How, LASTS, LATENCY, Plan, SECOND, Span as Time};
use crate::span::Span;
use crate::syntax::tree::{self, Between, CheckOption, CheckOptionKind, Duration, Expr, Often, Rate};

/// A simulation as written.
#[derive(Debug, Clone, Copy)]
pub struct Command<'t> {
    /// Of each run.
    pub time: &'t Duration,
    /// How many; [`RUNS`] where nothing is said.
    pub runs: Option<&'t Expr>,
    /// 1 where nothing is said.
    pub seed: Option<&'t Expr>,
    /// In the order written.
    pub options: &'t [CheckOption],
}

/// A simulation, typed.
#[derive(Debug)]
pub(super) struct Asked {
    /// What is to be done.
    pub plan: Plan,
    /// Members, expectations, how the model is built.
    pub setup: Setup,
    /// Whether something was said of the time of messages.
    pub says_latency: bool,
    /// Whether something was said of ticks.
    pub says_ticks: bool,
}

/// Runs, where nothing is said.
const RUNS: u64 = 1000;
/// Millionths of a whole.
const WHOLE: u64 = 1_000_000;

/// Types the command. Errors: all that is wrong with it.
pub(super) fn asked(
    program: &mut Program,
    command: Command<'_>,
    host: &dyn Host,
) -> Result<Asked, Vec<Diagnostic>> {
    let passed = |kind: &CheckOptionKind| {
        matches!(
            kind,
            CheckOptionKind::Only(_)
                | CheckOptionKind::Threads(_)
                | CheckOptionKind::FromAnyState
                | CheckOptionKind::Expect(_)
                | CheckOptionKind::ExpectFind(_)
                | CheckOptionKind::Error
        )
    };
    let (shared, own): (Vec<CheckOption>, Vec<CheckOption>) =
        command.options.iter().cloned().partition(|option| passed(&option.kind));
    let (setup, mut errors) = match setup(program, &shared, host).and_then(|s| s.without_answer().map(|()| s))
    {
        Ok(setup) => (Some(setup), Vec::new()),
        Err(found) => (None, found),
    };
    let plan = Plan {
        length: micros(command.time),
        runs: RUNS,
        seed: 1,
        threads: setup.as_ref().map_or(1, |setup| setup.limits.threads),
        rates: Vec::new(),
        latency: LATENCY,
        tick: SECOND,
        faults: Vec::new(),
    };
    let mut reader = Reader {
        program,
        plan,
        says_latency: false,
        says_ticks: false,
        pause_lasts: false,
        never_resumes: None,
        errors: Vec::new(),
    };
    reader.length(command);
    own.iter().for_each(|option| reader.option(option));
    setup.iter().flat_map(|setup| &setup.expected).for_each(|expected| reader.expected(expected));
    let Reader { plan, says_latency, says_ticks, errors: more, .. } = reader;
    errors.extend(more);
    match setup {
        Some(setup) if errors.is_empty() => Ok(Asked { plan, setup, says_latency, says_ticks }),
        _ => Err(errors),
    }
}

fn micros(time: &Duration) -> u64 {
    time.nanos / 1000
}

struct Reader<'p> {
    program: &'p mut Program,
    plan: Plan,
    says_latency: bool,
    says_ticks: bool,
    /// It was said for how long nodes are paused.
    pause_lasts: bool,
    /// Where it was said that nodes never resume.
    never_resumes: Option<Span>,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn error(&mut self, code: Code, span: Span, words: impl Into<String>, help: impl Into<String>) {
        self.errors.push(Diagnostic::error(code, span, words.into()).help(help.into()));
    }

    fn length(&mut self, command: Command<'_>) {
        self.some_time(command.time);
        if let Some(runs) = command.runs {
            match self.number(runs) {
                Some(0) => self.error(codes::NOTHING, runs.span, "no run shows nothing", "write `runs 1000`"),
                Some(runs) => self.plan.runs = runs,
                None => {}
            }
        }
        if let Some(seed) = command.seed.and_then(|seed| self.number(seed)) {
            self.plan.seed = seed;
        }
    }

    /// A time of at least a microsecond.
    fn some_time(&mut self, time: &Duration) -> u64 {
        if micros(time) == 0 {
            let words = "expected some time, found less than a microsecond";
            self.error(
                codes::NOTHING,
                time.span,
                words,
                "the virtual clock counts microseconds: `1us`, `5ms`, `60s`",
            );
        }
        micros(time)
    }

    fn between(&mut self, time: &Between) -> Time {
        let (least, most) = (micros(&time.least), micros(&time.most));
        if least > most {
            let span = time.least.span.to(time.most.span);
            self.error(
                codes::NOTHING,
                span,
                "the least time is above the greatest",
                "write the lesser one first",
            );
        }
        Time::new(least.min(most), most)
    }

    /// A number from 0.
    fn number(&mut self, e: &Expr) -> Option<u64> {
        let (value, found) = analysis::constant(self.program, e);
        self.errors.extend(found.into_iter().filter(Diagnostic::is_error));
        let value = value?;
        if value < 0 {
            let message = format!("expected a number from 0, found {value}");
            self.errors.push(Diagnostic::error(check::NEGATIVE, e.span, message));
        }
        u64::try_from(value).ok()
    }

    fn option(&mut self, option: &CheckOption) {
        match &option.kind {
            CheckOptionKind::Faults(faults) => faults.iter().for_each(|fault| self.fault(fault)),
            CheckOptionKind::Rate(rate) => self.rate(rate),
            CheckOptionKind::Latency(time) => {
                self.plan.latency = self.between(time);
                self.says_latency = true;
            }
            CheckOptionKind::Ticks(time) => {
                self.plan.tick = self.some_time(time);
                self.says_ticks = true;
            }
            CheckOptionKind::Limit { .. }
            | CheckOptionKind::Off(_)
            | CheckOptionKind::Map(_)
            | CheckOptionKind::Spill
            | CheckOptionKind::Traces(_)
            | CheckOptionKind::Profile => {
                let words = "a simulation takes random runs, and does not look at every state";
                self.error(
                    codes::NOT_OF_RUNS,
                    option.span,
                    words,
                    "leave it out, or write `check SYSTEM { … }`",
                );
            }
            CheckOptionKind::Only(_)
            | CheckOptionKind::Threads(_)
            | CheckOptionKind::FromAnyState
            | CheckOptionKind::Expect(_)
            | CheckOptionKind::ExpectFind(_)
            | CheckOptionKind::Error => {}
        }
    }

    fn expected(&mut self, expected: &tree::Expectation) {
        let trapped = expected.verdict == ExpectedVerdict::Failed && expected.names.is_empty();
        let shown = matches!(expected.verdict, ExpectedVerdict::Violated | ExpectedVerdict::Asked);
        if !shown && !trapped {
            let words = format!(
                "random runs cannot show that something is {}",
                match expected.verdict {
                    ExpectedVerdict::Holds => "always so",
                    verdict => verdict.word(),
                }
            );
            self.error(
                codes::NO_PROOF,
                expected.verdict_span,
                words,
                "write `expect violated NAME`, for a step without a value `expect failed`, or use `check`",
            );
        }
    }

    fn rate(&mut self, rate: &Rate) {
        let unit = match rate.unit.text.as_str() {
            "s" => SECOND,
            "m" | "min" => 60 * SECOND,
            "h" => 3600 * SECOND,
            other => {
                let words = format!("expected a second, a minute or an hour, found `{other}`");
                let d = Diagnostic::error(codes::UNIT, rate.unit.span, words);
                self.errors.push(d.meant_among(other, ["s", "m", "h"], "write `5/s`, `30/m` or `1/h`"));
                return;
            }
        };
        let Some(times) = self.number(&rate.times) else { return };
        let name = rate.action.text.as_str();
        let is_client = |kind: &ActionKind| matches!(kind, ActionKind::Client);
        let all: Vec<ActionId> = (0..self.program.actions.len() as u32).map(ActionId).collect();
        let those: Vec<ActionId> = all
            .into_iter()
            .filter(|id| {
                let action = &self.program.actions[id.index()];
                action.name == name && is_client(&action.kind)
            })
            .collect();
        if those.is_empty() {
            let mut known: Vec<&str> =
                self.program.actions.iter().filter(|a| is_client(&a.kind)).map(|a| a.name.as_str()).collect();
            known.dedup();
            let words = format!("expected an action, found `{name}`");
            let d = Diagnostic::error(codes::RATE_OF, rate.action.span, words);
            let help = match known.is_empty() {
                true => "the system has no actions; reconcilers have `every`".to_string(),
                false => {
                    format!("actions: {}; reconcilers have `every`, resolutions `backoff`", known.join(", "))
                }
            };
            self.errors.push(d.meant_among(name, known.iter().copied(), help));
            return;
        }
        let urgent = |id: &ActionId| self.program.actions[id.index()].within;
        if let Some(ticks) = those.iter().map(urgent).collect::<Option<Vec<_>>>() {
            let ticks = ticks.first().copied().unwrap_or_default();
            let words = format!("`{name}` happens within {ticks} ticks of being possible, and has no rate");
            let help = format!("leave the rate out, or take `within {ticks} ticks` from the action");
            self.error(codes::RATE_OF, rate.action.span, words, help);
            return;
        }
        if those.iter().any(|id| self.plan.rates.iter().any(|(known, _)| known == id)) {
            let words = format!("how often `{name}` happens is said twice");
            self.error(check::TWICE, rate.action.span, words, "leave one of them out");
        }
        // Never is so seldom that no run is long enough.
        let mean = if times == 0 { f64::INFINITY } else { unit as f64 / times as f64 };
        self.plan.rates.extend(those.into_iter().map(|id| (id, mean)));
    }

    fn fault(&mut self, fault: &tree::Fault) {
        let name = &fault.name;
        let Some(known) = Fault::named(&name.text) else {
            let words = format!("expected a fault, found `{}`", name.text);
            let d = Diagnostic::error(check::UNKNOWN_FAULT, name.span, words);
            let help = format!("known: {}", Fault::ALL.map(Fault::word).join(", "));
            self.errors.push(d.meant_among(&name.text, Fault::ALL.map(Fault::word), help));
            return;
        };
        let of = match kind_of(self.program, known, fault.of.as_ref()) {
            Ok(of) => of,
            Err(d) => {
                self.errors.push(*d);
                return;
            }
        };
        let Some(how) = self.how(known, fault) else {
            let words = format!("expected how often {} happens in time", known.word());
            let help = format!("write `{}`; `{} 1` is for `check`", form(known), known.word());
            self.error(codes::FORM, name.span, words, help);
            return;
        };
        let lasts = match (&fault.lasts, fault.lasting.is_none() && manner(known) == Manner::ForSomeTime) {
            (Some(time), true) => Some(self.between(time)),
            (None, true) => Some(LASTS),
            (_, false) => None,
        };
        let one_way = fault.one_way.is_some();
        if let Some(span) = fault.one_way.or(fault.lasting).filter(|_| known != Fault::Partition) {
            let help = format!("write `{}`; `one way` and `lasting` go with `partition`", form(known));
            self.error(check::MANNER, span, "only partitions have that", help);
        }
        if let (Some(lasting), Some(_)) = (fault.lasting, &fault.lasts) {
            let help = format!("write `{}`, or leave out for how long", form(known));
            self.error(check::MANNER, lasting, "what is `lasting` never ends, and lasts for no time", help);
        }
        self.keeps_time(known, how, of, name.span);
        self.resumes(known, how, fault);
        let meets = |other: &Happens| {
            other.fault == known
                && other.one_way == one_way
                && (other.of == of || other.of.is_none() || of.is_none())
        };
        if self.plan.faults.iter().any(meets) {
            let words = format!("how often {} happens is said twice", known.word());
            self.error(check::TWO_BUDGETS, name.span, words, "leave one of them out");
            return;
        }
        self.plan.faults.push(Happens { fault: known, of, one_way, how, lasts });
    }

    /// A pause that lasts for some time ends, whatever is said of resuming.
    fn resumes(&mut self, known: Fault, how: How, fault: &tree::Fault) {
        self.pause_lasts |= known == Fault::Pause && fault.lasts.is_some();
        if known == Fault::Resume && how == How::Never {
            self.never_resumes = Some(fault.name.span);
        }
        if let (true, Some(span)) = (self.pause_lasts, self.never_resumes) {
            let words = "a pause that lasts `for` some time ends by resuming";
            self.error(check::MANNER, span, words, "leave `resume 0` out, or for how long pauses last");
        }
    }

    /// What goes by time finds something that counts it, and what goes by ticks as well.
    fn keeps_time(&mut self, known: Fault, how: How, of: Option<u32>, span: Span) {
        let program = &*self.program;
        let (timed, ticks) = (
            program.reconcilers.iter().any(|reconciler| {
                let here = of.is_none() || looks_at(program, reconciler) == of;
                looks_in_time(program, reconciler) && here
            }),
            has_ticks(program),
        );
        let (words, help) = match how {
            How::By(_) if !timed && ticks => (
                "time goes by in ticks here, and a tick is not early or late: a clock misses it",
                "write `skew 1%`, so many of a hundred ticks",
            ),
            How::By(_) if !timed => ("nothing looks every so often here", "leave it out"),
            How::Share(_) if known == Fault::Skew && !ticks && timed => {
                ("nothing counts ticks here", "write `skew 50ms`, by how much looks are early or late")
            }
            How::Share(_) if known == Fault::Skew && !ticks => ("nothing counts ticks here", "leave it out"),
            How::By(_) | How::Share(_) | How::Every(_) | How::After(_) | How::Never => return,
        };
        self.error(codes::FORM, span, words, help);
    }

    /// How often, in the form that the fault has; `None`: in another.
    fn how(&mut self, known: Fault, fault: &tree::Fault) -> Option<How> {
        let (manner, often) = (manner(known), fault.often.as_ref()?);
        if fault.lasts.is_some() && manner != Manner::ForSomeTime {
            return None;
        }
        Some(match (manner, often) {
            (Manner::Once | Manner::ForSomeTime, Often::Every(time)) => How::Every(self.some_time(time)),
            (Manner::Share | Manner::Clock, Often::Share(share)) => {
                if share.millionths > WHOLE {
                    let help = format!("write at most `{} 100%`", known.word());
                    self.error(codes::NOTHING, share.span, "more than all of them", help);
                }
                How::Share(share.millionths.min(WHOLE))
            }
            (Manner::Clock, Often::By(time)) => How::By(self.some_time(time)),
            (Manner::Mends, Often::After(time)) if known == Fault::Restart => How::After(self.between(time)),
            (Manner::Mends, Often::Times(number)) if self.number(number)? == 0 => How::Never,
            (_, Often::Times(_) | Often::Every(_) | Often::Share(_) | Often::After(_) | Often::By(_)) => {
                return None;
            }
        })
    }
}

/// What is said of a fault in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// How far apart.
    Once,
    /// How far apart, and how long it lasts.
    ForSomeTime,
    /// How many of all messages.
    Share,
    /// How many of all ticks, or how early or late.
    Clock,
    /// How long after what it mends.
    Mends,
}

fn manner(fault: Fault) -> Manner {
    match fault {
        Fault::Crash | Fault::Wipe | Fault::Stale => Manner::Once,
        Fault::Pause | Fault::Partition => Manner::ForSomeTime,
        Fault::Lose | Fault::Duplicate | Fault::Reorder => Manner::Share,
        Fault::Skew => Manner::Clock,
        Fault::Restart | Fault::Resume => Manner::Mends,
    }
}

/// How a fault is written in a simulation.
fn form(fault: Fault) -> &'static str {
    match fault {
        Fault::Crash => "crash every 10s",
        Fault::Wipe => "wipe every 60s",
        Fault::Restart => "restart after 1s..5s",
        Fault::Pause => "pause every 30s for 200ms..2s",
        Fault::Resume => "resume 0",
        Fault::Lose => "lose 1%",
        Fault::Duplicate => "duplicate 1%",
        Fault::Reorder => "reorder 1%",
        Fault::Skew => "skew 50ms",
        Fault::Stale => "stale every 10s",
        Fault::Partition => "partition every 60s for 5s",
    }
}
