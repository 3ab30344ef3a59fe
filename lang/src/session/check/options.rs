//! The options of a check, typed: what may go wrong, how far to go, what is expected.
//!
//! Enters: options as written. Leaves: a [`Setup`], or what is wrong with them.

use crate::analysis;
use crate::analysis::program::{Header, Program};
use crate::concepts::{Allowance, ExpectedVerdict, Fault};
use crate::diag::Diagnostic;
use crate::diag::codes::check as codes;
use crate::engine::{Limits, SpillTo};
use crate::mapping;
use crate::model::BuildOptions;
use crate::report::{Budget, Subject};
use crate::session::Host;
use crate::span::Span;
use crate::syntax::tree::{self, Answer, CheckOption, CheckOptionKind, Expectation, Expr, Name, Often};

/// What a check is to do.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What the model is built with.
    pub build: BuildOptions,
    /// Threads: as many as the host has, unless said.
    pub limits: Limits,
    /// Names of the members to check; empty: all.
    pub only: Vec<String>,
    /// Where to show where states, bits and time go: the place of the word.
    pub profile: Option<Span>,
    /// How many runs that break something are to be shown, and where that is written.
    pub traces: Option<(u64, Span)>,
    /// In the order in which they are written.
    pub expected: Vec<Expectation>,
    /// What is expected of a search, and where that is written.
    pub answer: Option<(Answer, Span)>,
}

impl Setup {
    /// For commands that have no profile and show no further runs. Errors: one was asked for.
    pub fn without_profile(&self) -> Result<(), Vec<Diagnostic>> {
        if let Some((number, span)) = self.traces {
            let error = Diagnostic::error(codes::NOT_A_CHECK, span, "only a check shows further runs");
            return Err(vec![error.help(format!("write `check SYSTEM {{ traces {number} }}`"))]);
        }
        let Some(span) = self.profile else { return Ok(()) };
        let error = Diagnostic::error(codes::NOT_A_CHECK, span, "only a check has a profile");
        Err(vec![error.help("write `check SYSTEM profile`")])
    }

    /// For commands that search for nothing. Errors: an answer is expected.
    pub fn without_answer(&self) -> Result<(), Vec<Diagnostic>> {
        let Some((answer, span)) = self.answer else { return Ok(()) };
        let error = Diagnostic::error(codes::NOT_A_CHECK, span, format!("`{answer}` is of a search"));
        Err(vec![error.help(format!("write `find SYSTEM {{ P }} {answer}`"))])
    }

    /// For commands that explore several systems. Errors: what is of one check alone.
    pub fn only_explores(&self, what: &str) -> Result<(), Vec<Diagnostic>> {
        self.only_asks(what, |_| false)
    }

    /// The same where the reader may be asked first: `expect ___`. Errors: what is of one check alone.
    pub fn only_explores_and_asks(&self, what: &str) -> Result<(), Vec<Diagnostic>> {
        self.only_asks(what, |e| e.verdict == ExpectedVerdict::Asked && e.names.is_empty())
    }

    fn only_asks(&self, what: &str, may: impl Fn(&Expectation) -> bool) -> Result<(), Vec<Diagnostic>> {
        self.without_profile().and_then(|()| self.without_answer())?;
        let Some(first) = self.expected.iter().find(|e| !may(e)) else { return Ok(()) };
        let words = format!("{what} judges many systems, and expects nothing of any");
        let error = Diagnostic::error(codes::NOT_A_CHECK, first.span, words);
        Err(vec![error.help("leave it out; `check SYSTEM { … }` has expectations")])
    }

    /// For the checklist. Errors: what is of a check alone.
    pub fn only_answers(&self) -> Result<(), Vec<Diagnostic>> {
        self.without_profile().and_then(|()| self.without_answer())?;
        let asks = |e: &&Expectation| e.verdict == ExpectedVerdict::Asked && e.names.is_empty();
        let Some(first) = self.expected.iter().find(|e| !asks(e)) else { return Ok(()) };
        let words = "an audit answers questions, and expects no verdict";
        let error = Diagnostic::error(codes::NOT_A_CHECK, first.span, words);
        Err(vec![error.help("leave it out; `check SYSTEM { … }` has expectations")])
    }

    /// For commands that draw. Errors: what is of a check alone.
    pub fn only_draws(&self) -> Result<(), Vec<Diagnostic>> {
        self.without_profile().and_then(|()| self.without_answer())?;
        let Some(first) = self.expected.first() else { return Ok(()) };
        let error =
            Diagnostic::error(codes::NOT_A_CHECK, first.span, "a graph shows states and judges nothing");
        Err(vec![error.help("leave it out; `check SYSTEM { … }` has expectations")])
    }

    /// For commands that judge nothing. Errors: a verdict is expected.
    pub fn without_verdicts(&self) -> Result<(), Vec<Diagnostic>> {
        let asks = |e: &&Expectation| e.verdict == ExpectedVerdict::Asked && e.names.is_empty();
        let Some(first) = self.expected.iter().find(|e| !asks(e)) else { return Ok(()) };
        let error = Diagnostic::error(codes::NOT_A_CHECK, first.span, "a search has no verdicts");
        Err(vec![error.help("write `expect found` or `expect not found`; a `check` has verdicts")])
    }
}

/// Every member of a program: orders, invariants, resolutions, reconcilers, each in declaration order.
fn headers(program: &Program) -> impl Iterator<Item = &Header> {
    let orders = program.orders.iter().map(|m| &m.header);
    let invariants = program.invariants.iter().map(|m| &m.header);
    let resolutions = program.resolutions.iter().map(|m| &m.header);
    let reconcilers = program.reconcilers.iter().map(|m| &m.header);
    orders.chain(invariants).chain(resolutions).chain(reconcilers)
}

/// The system with its parameters and what may go wrong in it.
pub fn subject(program: &Program, build: &BuildOptions) -> Subject {
    let budget = |entry: &Allowance| Budget {
        fault: entry.fault,
        times: entry.times,
        of: entry.of.map(|kind| program.nodes[kind as usize].name.clone()),
        one_way: entry.one_way,
        lasting: entry.lasting,
    };
    let faults = build.faults.said().map(|(_, entry)| budget(entry)).collect();
    Subject { from_any_state: build.from_any_state, ..mapping::subject(program, faults) }
}

/// Types the options against a program. Errors: everything that is wrong with them.
pub fn setup(
    program: &mut Program,
    options: &[CheckOption],
    host: &dyn Host,
) -> Result<Setup, Vec<Diagnostic>> {
    setup_beside(program, options, host, None)
}

/// The same where something else is judged besides members, by this name.
pub fn setup_beside(
    program: &mut Program,
    options: &[CheckOption],
    host: &dyn Host,
    beside: Option<&str>,
) -> Result<Setup, Vec<Diagnostic>> {
    let mut reader = Reader {
        program,
        setup: Setup {
            build: BuildOptions {
                execution: host.execution(),
                symmetry_off: !host.reductions(),
                ..BuildOptions::default()
            },
            limits: limits(host),
            only: Vec::new(),
            profile: None,
            traces: None,
            expected: Vec::new(),
            answer: None,
        },
        host,
        beside,
        errors: Vec::new(),
    };
    reader.said_once(options);
    options.iter().for_each(|option| reader.option(option));
    reader.left_out();
    if reader.errors.is_empty() { Ok(reader.setup) } else { Err(reader.errors) }
}

/// What the host has, and no more.
fn limits(host: &dyn Host) -> Limits {
    let known = Limits::default();
    let reduce_after = known.reduce_after.filter(|_| host.reductions());
    Limits { threads: host.threads(), memory: host.memory().or(known.memory), reduce_after, ..known }
}

struct Reader<'p> {
    program: &'p mut Program,
    setup: Setup,
    host: &'p dyn Host,
    beside: Option<&'p str>,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn option(&mut self, option: &CheckOption) {
        match &option.kind {
            CheckOptionKind::Faults(faults) => faults.iter().for_each(|fault| self.fault(fault)),
            CheckOptionKind::Only(names) => {
                let names = self.members(names);
                self.setup.only.extend(names);
            }
            CheckOptionKind::Limit { what, value } => self.limit(what, value),
            CheckOptionKind::FromAnyState => {
                self.setup.build.from_any_state = true;
                self.program.init.clear();
            }
            // `symmetry off`, or all reductions.
            CheckOptionKind::Off(what) => {
                self.setup.build.symmetry_off = true;
                if what.text == "reductions" {
                    self.setup.limits.reduce_after = None;
                }
            }
            CheckOptionKind::Threads(number) => self.threads(number),
            CheckOptionKind::Traces(number) => self.traces(number),
            CheckOptionKind::Spill => self.spill(option.span),
            CheckOptionKind::Rate(_) | CheckOptionKind::Latency(_) | CheckOptionKind::Ticks(_) => {
                let message = "a check looks at every order of steps and knows no time";
                let d = Diagnostic::error(codes::RATE, option.span, message);
                self.errors
                    .push(d.help("leave it out; `simulate SYSTEM for 60s { … }` has rates and latencies"));
            }
            CheckOptionKind::Map(_) => {
                let words = "what stands for what is said where a system refines another";
                let d = Diagnostic::error(codes::NOT_A_CHECK, option.span, words);
                self.errors.push(d.help("write `check SYSTEM refines SPECIFICATION { map x = EXPR }`"));
            }
            CheckOptionKind::Profile => self.setup.profile = Some(option.span),
            CheckOptionKind::Expect(expectation) => self.expect(expectation),
            CheckOptionKind::ExpectFind(answer) => self.setup.answer = Some((*answer, option.span)),
            CheckOptionKind::Error => {}
        }
    }

    /// Of two limits only one could count.
    fn said_once(&mut self, options: &[CheckOption]) {
        let mut said: Vec<&Name> = Vec::new();
        for option in options {
            let CheckOptionKind::Limit { what: name, .. } = &option.kind else { continue };
            match said.iter().find(|known| known.text == name.text) {
                Some(first) => {
                    let words = format!("`{}` is said twice", name.text);
                    let d = Diagnostic::error(codes::TWICE, name.span, words);
                    self.errors.push(d.related(first.span, "here first").help("leave one of them out"));
                }
                None => said.push(name),
            }
        }
    }

    fn threads(&mut self, number: &Expr) {
        let Some(threads) = self.count(number) else { return };
        if threads == 0 {
            let d = Diagnostic::error(codes::NEGATIVE, number.span, "no thread explores nothing");
            self.errors.push(d.write("1"));
        }
        self.setup.limits.threads = (threads as usize).clamp(1, 64);
    }

    fn traces(&mut self, number: &Expr) {
        let Some(traces) = self.count(number) else { return };
        if traces == 0 {
            let d = Diagnostic::error(codes::NEGATIVE, number.span, "expected a number from 1, found 0");
            self.errors
                .push(d.help("leave it out: the shortest run of each member is always shown").write("1"));
        }
        if let Some((_, first)) = self.setup.traces {
            let d = Diagnostic::error(codes::TWICE, number.span, "`traces` is said twice");
            self.errors.push(d.related(first, "here first").help("leave one of them out"));
        }
        self.setup.traces = Some((traces, number.span));
    }

    /// A number from 0.
    fn count(&mut self, e: &Expr) -> Option<u64> {
        let (value, diagnostics) = analysis::constant(self.program, e);
        self.errors.extend(diagnostics.into_iter().filter(Diagnostic::is_error));
        let value = value?;
        if value < 0 {
            let message = format!("expected a number from 0, found {value}");
            self.errors.push(Diagnostic::error(codes::NEGATIVE, e.span, message));
        }
        u64::try_from(value).ok()
    }

    fn fault(&mut self, fault: &tree::Fault) {
        let Name { text, span } = &fault.name;
        let Some(known) = Fault::named(text) else {
            let message = format!("expected a fault, found `{text}`");
            let d = Diagnostic::error(codes::UNKNOWN_FAULT, *span, message);
            self.errors.push(among(d, text, &Fault::ALL.map(Fault::word)));
            return;
        };
        let amount = match &fault.often {
            Some(Often::Times(amount)) if fault.lasts.is_none() => self.count(amount),
            None if fault.lasts.is_none() => Some(1),
            _ => {
                let message = format!("expected how often {text} may happen, found a rate");
                let help = format!("write `{text} 1`; rates belong to `simulate`");
                self.errors.push(Diagnostic::error(codes::RATE, *span, message).help(help));
                return;
            }
        };
        let Some(amount) = amount else { return };
        let times = u32::try_from(amount).unwrap_or(u32::MAX).min(Allowance::ALWAYS - 1);
        let (one_way, lasting) = (fault.one_way, fault.lasting);
        let entry = Allowance {
            of: None,
            one_way: one_way.is_some(),
            lasting: lasting.is_some(),
            ..Allowance::new(known, times)
        };
        if let (Some(span), true) = (one_way.or(lasting), known != Fault::Partition) {
            let message = format!("expected how often {text} may happen, found what is said of partitions");
            let help = format!("write `{text} {times}`; `one way` and `lasting` go with `partition`");
            self.errors.push(Diagnostic::error(codes::MANNER, span, message).help(help));
            return;
        }
        match kind_of(self.program, known, fault.of.as_ref()) {
            Ok(of) => self.budget(Allowance { of, ..entry }, *span),
            Err(d) => self.errors.push(*d),
        }
    }

    /// Nothing is paid for twice.
    fn budget(&mut self, entry: Allowance, span: Span) {
        let faults = &mut self.setup.build.faults;
        if faults.said().any(|(_, known)| known.overlaps(&entry)) {
            let word = entry.fault.word();
            let message = format!("how often {word} may happen is said twice");
            let help = if entry.fault == Fault::Partition {
                "once for partitions of both directions, once for `one way`".to_string()
            } else if entry.fault.strikes_node() {
                format!("once for all nodes, or once for each kind: `{word} 1 of NODE`")
            } else {
                "say it once".to_string()
            };
            self.errors.push(Diagnostic::error(codes::TWO_BUDGETS, span, message).help(help));
            return;
        }
        faults.add(entry);
    }

    fn limit(&mut self, what: &Name, value: &Expr) {
        let Some(value) = self.count(value) else { return };
        let limits = &mut self.setup.limits;
        match what.text.as_str() {
            "depth" => limits.depth = Some(u32::try_from(value).unwrap_or(u32::MAX)),
            "states" => limits.states = Some(value),
            // The grammar has no other.
            _ => limits.memory = Some(value.saturating_mul(1 << 20)),
        }
    }

    fn spill(&mut self, span: Span) {
        if self.setup.limits.spill.is_some() {
            return;
        }
        let message = match self.host.spill() {
            Some(Ok(store)) => {
                self.setup.limits.spill = Some(SpillTo(store));
                return;
            }
            Some(Err(why)) => format!("there is no temporary file to spill to: {why}"),
            None => "there is no disk to spill to here".to_string(),
        };
        let help = "leave `spill` out, or allow more memory with `memory <= MIB`";
        self.errors.push(Diagnostic::error(codes::NO_SPILL, span, message).help(help));
    }

    fn expect(&mut self, expectation: &Expectation) {
        let Expectation { verdict, verdict_span, names, .. } = expectation;
        let named =
            !matches!(verdict, ExpectedVerdict::Holds | ExpectedVerdict::Failed | ExpectedVerdict::Asked);
        if names.is_empty() && named {
            let message = format!("expected the name of what is {}, found nothing", verdict.word());
            self.errors.push(Diagnostic::error(codes::NO_NAMES, *verdict_span, message));
            return;
        }
        self.members(names);
        self.setup.expected.push(expectation.clone());
    }

    /// What is expected of a member that is not judged.
    fn left_out(&mut self) {
        let Setup { only, expected, .. } = &self.setup;
        if only.is_empty() || self.beside.is_some() {
            return;
        }
        let names = expected.iter().flat_map(|expectation| &expectation.names);
        let out = names.filter(|name| !only.contains(&name.text));
        let told = out.map(|name| {
            let words = format!("`{}` is left out by `only`", name.text);
            let all = format!("{}, {}", only.join(", "), name.text);
            let d = Diagnostic::error(codes::UNKNOWN_MEMBER, name.span, words);
            d.help(format!("name it there, `only {all}`, or expect it in another check"))
        });
        let told: Vec<Diagnostic> = told.collect();
        // What there is no such member of has been told.
        let known = self.errors.iter().map(|d| d.span).collect::<Vec<_>>();
        self.errors.extend(told.into_iter().filter(|d| !known.contains(&d.span)));
    }

    fn members(&mut self, names: &[Name]) -> Vec<String> {
        let headers = headers(self.program).map(|header| header.name.as_str());
        let known: Vec<&str> = match self.beside {
            Some(beside) => vec![beside],
            None => headers.collect(),
        };
        for name in names.iter().filter(|name| !known.contains(&name.text.as_str())) {
            let message = format!("{} has no member `{}`", self.program.name, name.text);
            let d = Diagnostic::error(codes::UNKNOWN_MEMBER, name.span, message);
            self.errors.push(among(d, &name.text, &known));
        }
        names.iter().map(|name| name.text.clone()).collect()
    }
}

/// The only kind of node that a fault may happen to, by its index; `None`: it may happen to all.
pub fn kind_of(program: &Program, known: Fault, of: Option<&Name>) -> Result<Option<u32>, Box<Diagnostic>> {
    let Some(Name { text, span }) = of else { return Ok(None) };
    if !known.strikes_node() {
        let message = format!("{} happens to no node, so that there are none of {text}", known.word());
        let nodes: Vec<&str> = Fault::ALL.into_iter().filter(|f| f.strikes_node()).map(Fault::word).collect();
        let help = format!("leave out `of {text}`; it goes with {}", nodes.join(", "));
        return Err(Box::new(Diagnostic::error(codes::MANNER, *span, message).help(help)));
    }
    let kinds: Vec<&str> = program.nodes.iter().map(|node| node.name.as_str()).collect();
    if let Some(kind) = kinds.iter().position(|name| name == text) {
        return Ok(Some(kind as u32));
    }
    let d = Diagnostic::error(codes::MANNER, *span, format!("expected a kind of node, found `{text}`"));
    Err(Box::new(among(d, text, &kinds)))
}

fn among(d: Diagnostic, found: &str, known: &[&str]) -> Diagnostic {
    let words = match known.is_empty() {
        true => "it has no members".to_string(),
        false => format!("known: {}", known.join(", ")),
    };
    d.meant_among(found, known.iter().copied(), words)
}
