//! `relax`: which members need which order.
//!
//! Enters: a typed program, the name of an order or an ordered link, the options of a check. Leaves: for each way in
//! which an order can be looser, who notices, with the shortest run.

use super::check::{self, options};
use super::mutate::Before;
use super::variants::each;
use super::{Context, Host, Stop};
use crate::analysis::program::Program;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::variants::{Brief, LooserOrder, Noticed, RelaxReport};
use crate::report::{BUILT_IN, Finding, Trace};
use crate::syntax::tree::{CheckOption, Name};
use crate::variants::relax::{Loosening, Looser, left, looser, names};
use options::Setup;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Command<'t> {
    /// One order or link; `None`: each of them.
    pub order: Option<&'t Name>,
    /// Those of a check.
    pub options: &'t [CheckOption],
}

/// What is wrong with the command, without exploring anything.
pub fn problems(program: &mut Program, command: Command<'_>, host: &dyn Host) -> Vec<Diagnostic> {
    setup(program, command, host).err().unwrap_or_default()
}

fn setup(program: &mut Program, command: Command<'_>, host: &dyn Host) -> Result<Setup, Vec<Diagnostic>> {
    let setup = options::setup(program, command.options, host)?;
    setup.only_explores("a `relax`")?;
    let Some(order) = command.order else { return Ok(setup) };
    let known = names(program);
    if known.contains(&order.text.as_str()) {
        return Ok(setup);
    }
    let words = format!("{} has no order and no ordered link `{}`", program.name, order.text);
    let told = match known.is_empty() {
        true => "it has none: `order NAME: append { … }`, `link … ordered`".to_string(),
        false => format!("known: {}", known.join(", ")),
    };
    let d = Diagnostic::error(codes::RELAXED, order.span, words);
    Err(vec![d.meant_among(&order.text, known.iter().copied(), told)])
}

/// What became of one looser system.
struct Found {
    noticed: Noticed,
    states: Option<u64>,
    /// The member with the shortest run.
    run: Option<Finding>,
}

/// `relax [ORDER of] TARGET [{ option… }]`
pub fn relax(
    program: &Program,
    command: Command<'_>,
    context: &mut Context<'_>,
) -> Result<RelaxReport, Stop> {
    let mut program = program.clone();
    let setup = setup(&mut program, command, context.host).map_err(Stop::Diagnostics)?;
    let (findings, coverage) = check::found(&program, &setup, context)?;
    let before = Before::of((&program, &setup), (&findings, coverage), context)?;
    let all = looser(&program, command.order.map(|order| order.text.as_str()));
    let sources = context.sources;
    let written = program.clone();
    let judge = |number: usize, host: &dyn Host| {
        let program = match &all[number].program {
            Ok(program) => program,
            Err(why) => {
                return Found { noticed: Noticed::Unknown { why: why.clone() }, states: None, run: None };
            }
        };
        match before.explore(program, None, &setup, (host, sources)) {
            Ok((findings, coverage)) => Found {
                noticed: decided(before.noticed(&findings, &coverage), || {
                    left(&written, program, &all[number]).map(|span| sources.describe(span))
                }),
                states: Some(coverage.states_distinct),
                run: shortest(findings, |_| true),
            },
            Err(why) => Found { noticed: Noticed::Unknown { why }, states: None, run: None },
        }
    };
    let found = each(context.host, all.len(), &judge);
    let done = found.iter().filter(|one| one.is_some()).count();
    let mut orders: Vec<LooserOrder> = Vec::new();
    for (looser, one) in all.iter().zip(found) {
        let Some(Found { noticed, states, run }) = one else { continue };
        let shown = |run: &Finding| {
            let same = orders.iter().filter(|other| other.order == looser.order);
            same.filter_map(|other| other.run.as_ref()).any(|other| is_same(other, run))
        };
        let run = run.filter(|run| !shown(run));
        orders.push(LooserOrder {
            order: looser.order.clone(),
            words: words(looser),
            span: looser.span,
            place: sources.describe(looser.span),
            loosened: looser.program.is_ok(),
            apart: matches!(looser.loosening, Loosening::SwappedApart { .. }),
            noticed,
            states,
            run,
        });
    }
    let incomplete = before.incomplete((done, all.len()));
    Ok(RelaxReport {
        subject: options::subject(&program, &setup.build),
        coverage: before.coverage,
        judged: before.good,
        left_out: before.left_out,
        orders,
        incomplete,
    })
}

/// That nothing depends on an order is known only where all that asks for it was taken out. `left`: what was not.
fn decided(noticed: Noticed, left: impl FnOnce() -> Option<String>) -> Noticed {
    match noticed {
        Noticed::Unnoticed { .. } | Noticed::Superfluous => match left() {
            Some(place) => {
                let why = format!("nobody notices, but {place} still asks: weaken that by hand to be sure");
                Noticed::Unknown { why }
            }
            None => noticed,
        },
        other => other,
    }
}

/// Whether a member is broken by the same steps.
fn is_same(a: &Finding, b: &Finding) -> bool {
    let lines = |finding: &Finding| finding.verdict.trace().map(Trace::lines);
    a.name == b.name && lines(a) == lines(b)
}

/// What is broken first, among some members.
pub(super) fn shortest(findings: Vec<Finding>, wanted: impl Fn(&Finding) -> bool) -> Option<Finding> {
    let bad = findings.into_iter().filter(wanted).filter_map(|finding| {
        let Brief { verdict, steps, .. } = Brief::from(&finding);
        let built_in = finding.types.iter().any(|ty| ty == BUILT_IN);
        verdict.is_bad().then_some((built_in, steps, finding))
    });
    bad.min_by_key(|(built_in, steps, _)| (*built_in, *steps)).map(|(.., finding)| finding)
}

fn words(looser: &Looser) -> String {
    let words = match &looser.loosening {
        Loosening::SwappedApart { field } => {
            return format!("two neighbours that differ in `{field}` may change places");
        }
        Loosening::Swapped => "two neighbours that are not agreed yet may change places",
        Loosening::Deposed => "who was entitled to write once may go on writing",
        Loosening::NotCompared => "what is there is not compared with what is expected",
        Loosening::Older => "who reads may see the version before",
        Loosening::Overtaking => "messages overtake each other",
    };
    words.to_string()
}
