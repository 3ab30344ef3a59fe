//! `sweep`: the same check for each value of a parameter, or of two.
//!
//! Enters: the definitions and the command. Leaves: a report with the verdict of each member at each point, and where it
//! flips.

use super::check::{self, options};
use super::variants::each;
use super::{Context, Host, Stop};
use crate::analysis::program::Program;
use crate::analysis::{self, Definitions};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::variants::{Brief, Came, Flips, Point, SweepReport, SweptMember, SweptParam, Towards};
use crate::report::{BUILT_IN, Finding, Subject};
use crate::span::{Sources, Span};
use crate::syntax::tree::{CheckOption, Expr, ExprKind, Name, Swept, Target};
use crate::value::Value;

/// More points than these nobody looks at.
const MOST: usize = 400;

/// Why a point was not looked at, where an interrupt came first.
const INTERRUPTED: &str = "interrupted";

/// What a `sweep` says.
#[derive(Debug, Clone, Copy)]
pub struct Command<'t> {
    /// One parameter or two.
    pub swept: &'t [Swept],
    /// The system.
    pub target: &'t Target,
    /// Those of a check.
    pub options: &'t [CheckOption],
}

/// A value of a parameter, as it is given to the system.
#[derive(Clone)]
struct Chosen {
    expression: Expr,
    words: String,
}

/// What is wrong with the command, without exploring anything.
pub fn problems(
    definitions: &Definitions,
    command: Command<'_>,
    sources: &Sources,
    host: &dyn Host,
) -> Vec<Diagnostic> {
    match points(definitions, command, sources) {
        Ok((_, programs)) => {
            let mut first = programs.into_iter().next().map(|(_, program)| program);
            first.as_mut().map_or(Vec::new(), |p| setup(p, command, host).err().unwrap_or_default())
        }
        Err(found) => found,
    }
}

fn setup(
    program: &mut Program,
    command: Command<'_>,
    host: &dyn Host,
) -> Result<options::Setup, Vec<Diagnostic>> {
    let setup = options::setup(program, command.options, host)?;
    setup.only_explores("a sweep")?;
    Ok(setup)
}

type Programs = Vec<(Vec<String>, Program)>;

/// The typed system at each point, the last parameter changing fastest.
fn points(
    definitions: &Definitions,
    command: Command<'_>,
    sources: &Sources,
) -> Result<(Vec<SweptParam>, Programs), Vec<Diagnostic>> {
    let Command { swept, target, .. } = command;
    let (plain, found) = analysis::analyse(definitions, target);
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    let Some(mut plain) = plain.filter(|_| errors.is_empty()) else { return Err(errors) };
    if let [_, _, third, ..] = swept {
        let d = Diagnostic::error(codes::SWEPT, third.param.span, "at most two parameters are swept at once");
        return Err(vec![d.help("give the others a value: `of SYSTEM(n = 2)`")]);
    }
    if let [first, second] = swept
        && first.param.text == second.param.text
    {
        let words = format!("`{}` is swept twice", second.param.text);
        return Err(vec![
            Diagnostic::error(codes::SWEPT, second.param.span, words).help("leave one of them out"),
        ]);
    }
    let (mut every, mut all): (Vec<(&Name, Vec<Chosen>)>, usize) = (Vec::new(), 1);
    for one in swept {
        known(&plain, target, &one.param)?;
        let (values, number) = values(&mut plain, one, sources)?;
        all = all.saturating_mul(number);
        every.push((&one.param, values));
    }
    if all == 0 || all > MOST {
        let span = swept[0].values.span.to(swept[swept.len() - 1].values.span);
        let words = format!("expected 1 to {MOST} points, found {all}");
        return Err(vec![
            Diagnostic::error(codes::SWEPT, span, words).help("a range is `LO..HI`, both ends included"),
        ]);
    }
    let mut programs = Vec::new();
    for number in 0..all {
        let (mut rest, mut chosen) = (number, Vec::new());
        for (param, values) in every.iter().rev() {
            chosen.push((*param, &values[rest % values.len()]));
            rest /= values.len();
        }
        chosen.reverse();
        let mut at = target.clone();
        at.args.extend(chosen.iter().map(|(name, value)| ((*name).clone(), value.expression.clone())));
        let (program, found) = analysis::analyse(definitions, &at);
        let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
        let Some(program) = program.filter(|_| errors.is_empty()) else { return Err(errors) };
        programs.push((chosen.iter().map(|(_, value)| value.words.clone()).collect(), program));
    }
    let params = every.into_iter().map(|(name, values)| SweptParam {
        name: name.text.clone(),
        values: values.into_iter().map(|value| value.words).collect(),
    });
    Ok((params.collect(), programs))
}

/// Errors: no such parameter, or one that has a value.
fn known(program: &Program, target: &Target, param: &Name) -> Result<(), Vec<Diagnostic>> {
    let names: Vec<&str> = program.params.iter().map(|p| p.name.as_str()).collect();
    if !names.contains(&param.text.as_str()) {
        let words = format!("{} has no parameter `{}`", program.name, param.text);
        let known = match names.is_empty() {
            true => "it has none: write `param n = 2` in it".to_string(),
            false => format!("known: {}", names.join(", ")),
        };
        let d = Diagnostic::error(codes::SWEPT, param.span, words);
        return Err(vec![d.meant_among(&param.text, names.iter().copied(), known)]);
    }
    let given = target.args.iter().find(|(name, _)| name.text == param.text);
    given.map_or(Ok(()), |(name, _)| {
        let words = format!("`{}` is swept, and has a value", param.text);
        let d = Diagnostic::error(codes::SWEPT, name.span, words).related(param.span, "swept here");
        Err(vec![d.help("leave it out of the parentheses")])
    })
}

/// Those of a range of numbers, or of a set that is written out, and how many they are: of a long range not all.
fn values(
    program: &mut Program,
    swept: &Swept,
    sources: &Sources,
) -> Result<(Vec<Chosen>, usize), Vec<Diagnostic>> {
    let words = |span: Span| sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
    match &swept.values.kind {
        ExprKind::Range(low, high) => {
            let (low, high) = (number(program, low)?, number(program, high)?);
            let span = swept.values.span;
            // Long ranges are refused by the number of their points.
            let number = high.saturating_sub(low).saturating_add(1).max(0);
            let numbers = (low..=high).take(MOST + 1);
            let chosen = |n: i64| Chosen {
                expression: Expr { kind: ExprKind::Int(n), span, depth: 0 },
                words: n.to_string(),
            };
            Ok((numbers.map(chosen).collect(), usize::try_from(number).unwrap_or(usize::MAX)))
        }
        ExprKind::Set(items) => {
            let chosen = |e: &Expr| Chosen { expression: e.clone(), words: words(e.span) };
            let mut all: Vec<Chosen> = Vec::new();
            for item in items.iter().map(chosen) {
                // A value that is written twice is one value.
                if all.iter().all(|known| known.words != item.words) {
                    all.push(item);
                }
            }
            let number = all.len();
            Ok((all, number))
        }
        // A set by its name: a type, `bool`.
        ExprKind::Name(_) => {
            let (found, errors) = analysis::elements(program, &swept.values);
            let errors: Vec<Diagnostic> = errors.into_iter().filter(Diagnostic::is_error).collect();
            match found.filter(|_| errors.is_empty()) {
                Some(found) => {
                    let found = found.iter().filter_map(|value| chosen(value, swept.values.span));
                    let found: Vec<Chosen> = found.collect();
                    let number = found.len();
                    Ok((found, number))
                }
                None if errors.is_empty() => Err(vec![no_values(swept)]),
                None => Err(errors),
            }
        }
        _ => Err(vec![no_values(swept)]),
    }
}

fn no_values(swept: &Swept) -> Diagnostic {
    let message = format!("expected the values of `{}`, found an expression", swept.param.text);
    let d = Diagnostic::error(codes::SWEPT, swept.values.span, message);
    d.help(format!("write a range or a set: `{0} in 1..5`, `{0} in {{1, 4}}`", swept.param.text))
}

/// A value of a domain that has a name, as it is written.
fn chosen(value: &Value, span: Span) -> Option<Chosen> {
    let kind = match value {
        Value::Bool(b) => ExprKind::Bool(*b),
        Value::Int(n) => ExprKind::Int(*n),
        Value::Name(name) => ExprKind::Name(name.to_string()),
        _ => return None,
    };
    Some(Chosen { expression: Expr { kind, span, depth: 0 }, words: value.to_string() })
}

fn number(program: &mut Program, e: &Expr) -> Result<i64, Vec<Diagnostic>> {
    let (value, found) = analysis::constant(program, e);
    value.ok_or_else(|| found.into_iter().filter(Diagnostic::is_error).collect())
}

/// `sweep PARAM in VALUES of TARGET [{ option… }]`
pub fn sweep(
    definitions: &Definitions,
    command: Command<'_>,
    context: &mut Context<'_>,
) -> Result<SweepReport, Stop> {
    let (params, mut programs) = points(definitions, command, context.sources).map_err(Stop::Diagnostics)?;
    let setup = setup(&mut programs[0].1, command, context.host).map_err(Stop::Diagnostics)?;
    let first = options::subject(&programs[0].1, &setup.build);
    let subjects: Vec<Option<Subject>> =
        programs.iter().map(|(_, program)| subject(program, command, context.host)).collect();
    let sources = context.sources;
    let judge = |number: usize, host: &dyn Host| {
        let mut program = programs[number].1.clone();
        let setup = self::setup(&mut program, command, host).map_err(Stop::Diagnostics)?;
        check::found(&program, &setup, &mut Context::new(host, sources))
    };
    let all = each(context.host, programs.len(), &judge);
    let (mut members, mut found): (Vec<SweptMember>, Vec<Point>) = (Vec::new(), Vec::new());
    let mut done = 0;
    for ((values, _), came) in programs.iter().zip(all) {
        let values = values.clone();
        done += usize::from(came.is_some());
        found.push(match came {
            // An interrupt came first.
            None => Point { values, verdicts: Vec::new(), states: None, why: Some(INTERRUPTED.to_string()) },
            Some(Ok((findings, coverage))) => {
                findings.iter().for_each(|finding| note(&mut members, finding));
                let verdicts = findings.iter().map(Brief::from).collect();
                Point { values, verdicts, states: Some(coverage.states_distinct), why: coverage.incomplete }
            }
            Some(Err(Stop::Interrupted)) => return Err(Stop::Interrupted),
            Some(Err(Stop::Diagnostics(found) | Stop::Refused(found))) => {
                let why = found.into_iter().find(Diagnostic::is_error).map(|d| d.message);
                Point { values, verdicts: Vec::new(), states: None, why }
            }
        });
    }
    members.sort_by_key(|member| is_built_in(&member.types));
    for point in &mut found {
        let verdict = |member: &SweptMember| {
            let known = point.verdicts.iter().find(|brief| brief.member == member.name).cloned();
            // It is told of where it is broken alone.
            let verdict = match (is_built_in(&member.types), point.states, &point.why) {
                (true, Some(_), None) => Came::Holds,
                (true, Some(_), Some(_)) => Came::Incomplete,
                (_, None, Some(why)) if why == INTERRUPTED => Came::Incomplete,
                (_, None, _) | (false, ..) => Came::NotChecked,
            };
            known.unwrap_or(Brief { member: member.name.clone(), verdict, steps: None })
        };
        point.verdicts = members.iter().map(verdict).collect();
    }
    for (index, member) in members.iter_mut().enumerate() {
        member.flips = flips(&params, &found, index);
    }
    let incomplete =
        (done < programs.len()).then(|| format!("interrupted after {done} of {} points", programs.len()));
    let is_bad = |point: &Point| point.verdicts.iter().any(|brief| brief.verdict.is_bad());
    let broken = found.iter().position(is_bad).and_then(|at| subjects[at].clone()).map(Box::new);
    let (subject, faults_differ) = in_common(first, &subjects, &params);
    Ok(SweepReport { subject, faults_differ, broken, params, members, points: found, incomplete })
}

/// What a point is about; `None`: it has an error of its own.
fn subject(program: &Program, command: Command<'_>, host: &dyn Host) -> Option<Subject> {
    let mut program = program.clone();
    let setup = setup(&mut program, command, host).ok()?;
    Some(options::subject(&program, &setup.build))
}

/// What all points have in common, besides what is swept; and whether something else may go wrong at one than at another.
fn in_common(first: Subject, subjects: &[Option<Subject>], params: &[SweptParam]) -> (Subject, bool) {
    let all = || subjects.iter().flatten();
    let mut common = first;
    let is_swept = |name: &String| params.iter().any(|param| param.name == *name);
    common.params.retain(|pair| is_swept(&pair.0) || all().all(|subject| subject.params.contains(pair)));
    let before = common.faults.clone();
    let faults_differ = all().any(|subject| subject.faults != before);
    common.faults.retain(|budget| all().all(|subject| subject.faults.contains(budget)));
    (common, faults_differ)
}

fn is_built_in(types: &[String]) -> bool {
    types.iter().any(|ty| ty == BUILT_IN)
}

fn note(members: &mut Vec<SweptMember>, finding: &Finding) {
    if members.iter().all(|known| known.name != finding.name) {
        members.push(SweptMember {
            concept: finding.concept,
            name: finding.name.clone(),
            types: finding.types.clone(),
            flips: Flips::Open,
        });
    }
}

/// The ways in which values can get worse, for one parameter or two; all growing and all shrinking come first. Names have
/// no order.
fn directions(params: &[SweptParam]) -> Vec<Vec<Towards>> {
    use Towards::{Larger, Same, Smaller};
    let is_ordered = |param: &SweptParam| param.values.iter().all(|value| value.parse::<i64>().is_ok());
    let ordered: Vec<bool> = params.iter().map(is_ordered).collect();
    match ordered[..] {
        [true] => vec![vec![Larger], vec![Smaller]],
        [true, true] => {
            vec![vec![Larger, Larger], vec![Smaller, Smaller], vec![Larger, Smaller], vec![Smaller, Larger]]
        }
        [true, false] => vec![vec![Larger, Same], vec![Smaller, Same]],
        [false, true] => vec![vec![Same, Larger], vec![Same, Smaller]],
        _ => Vec::new(),
    }
}

/// Where the verdict on a member changes. Values are in the order of their ranks.
fn flips(params: &[SweptParam], points: &[Point], member: usize) -> Flips {
    let came: Vec<Came> = points.iter().map(|point| point.verdicts[member].verdict).collect();
    let Some(first) = came.first() else { return Flips::Open };
    if came.iter().all(|other| other == first) {
        return Flips::Never { verdict: *first };
    }
    let bad: Vec<usize> = (0..came.len()).filter(|point| came[*point].is_bad()).collect();
    // What is only stated is not open: it never comes to be decided.
    let unexplored = points.iter().any(|point| point.states.is_none());
    let open = unexplored || came.contains(&Came::Incomplete);
    if bad.is_empty() {
        return if open { Flips::Open } else { Flips::NeverBroken };
    }
    let position = |point: usize| -> Vec<usize> {
        params.iter().zip(&points[point].values).map(|(param, value)| rank(&param.values, value)).collect()
    };
    // By the direction of each parameter in which things get worse.
    let reaches = |towards: &[Towards], a: usize, b: usize| {
        let pairs = position(a).into_iter().zip(position(b)).zip(towards);
        pairs.into_iter().all(|((a, b), towards)| match towards {
            Towards::Larger => a <= b,
            Towards::Smaller => b <= a,
            Towards::Same => a == b,
        })
    };
    let grows = |towards: &[Towards]| {
        bad.iter().all(|a| (0..points.len()).all(|b| !reaches(towards, *a, b) || came[b].is_bad()))
    };
    let written = |point: &usize| at(params, &points[*point].values);
    let ends = |towards: &[Towards]| -> Vec<String> {
        let first = |point: &&usize| !bad.iter().any(|a| a != *point && reaches(towards, *a, **point));
        bad.iter().filter(first).map(written).collect()
    };
    let grown = directions(params).into_iter().find(|towards| !open && grows(towards));
    match grown {
        Some(worse) => Flips::Once { broken_from: ends(&worse), worse },
        None => Flips::Unordered { broken_at: bad.iter().map(written).collect(), open },
    }
}

/// How many values are smaller; those that are no numbers are in the order in which they are written.
fn rank(values: &[String], value: &String) -> usize {
    let numbers: Option<Vec<i64>> = values.iter().map(|text| text.parse().ok()).collect();
    match (numbers, value.parse::<i64>()) {
        (Some(numbers), Ok(value)) => numbers.iter().filter(|number| **number < value).count(),
        _ => values.iter().position(|known| known == value).unwrap_or(0),
    }
}

/// `n = 3, m = 1`
fn at(params: &[SweptParam], values: &[String]) -> String {
    let pairs = params.iter().zip(values).map(|(param, value)| format!("{} = {value}", param.name));
    pairs.collect::<Vec<_>>().join(", ")
}
