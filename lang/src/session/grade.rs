//! `grade`: what somebody says of a system, held against a right mapping and wrong ones.
//!
//! Enters: the definitions and the command. Leaves: a report with the verdict of each order and invariant that the first
//! system declares itself, on every other.

use super::check::{self, options};
use super::variants::each;
use super::{Context, Host, Stop};
use crate::analysis::program::Program;
use crate::analysis::{self, Definitions};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::variants::{Brief, Came, GradeReport, Graded};
use crate::report::{Expectation, Finding, Subject};
use crate::span::Sources;
use crate::syntax::tree::{CheckOption, CheckOptionKind, Target};

/// What a `grade` says.
#[derive(Debug, Clone, Copy)]
pub struct Command<'t> {
    /// The system whose members are graded.
    pub target: &'t Target,
    /// The right mapping, then wrong ones.
    pub against: &'t [Target],
    /// Those of a check.
    pub options: &'t [CheckOption],
}

/// What is wrong with the command, without exploring anything.
pub fn problems(definitions: &Definitions, command: Command<'_>, host: &dyn Host) -> Vec<Diagnostic> {
    let asked = match asked(definitions, command) {
        Ok(asked) => asked,
        Err(found) => return found,
    };
    // What does not fit a mapping is part of the answer, but the right one is to be there.
    let mut first = asked.programs.into_iter().next().and_then(Result::ok);
    first
        .as_mut()
        .map_or(Vec::new(), |program| setup(program, command, &asked.members, host).err().unwrap_or_default())
}

struct Asked {
    /// Names of the members.
    members: Vec<String>,
    /// Each mapping with them; else why they do not fit it.
    programs: Vec<Result<Program, String>>,
}

fn asked(definitions: &Definitions, command: Command<'_>) -> Result<Asked, Vec<Diagnostic>> {
    let Command { target, against, .. } = command;
    let unknown = |target: &Target| analysis::analyse(definitions, target).1;
    if definitions.get(&target.name.text).is_none() {
        return Err(unknown(target));
    }
    if let Some(first) = target.args.first() {
        let words = format!("{} is not executed: what it says is judged of the mappings", target.name.text);
        let d = Diagnostic::error(codes::GRADED, first.0.span, words);
        return Err(vec![d.help("leave the arguments out, or give them to a mapping")]);
    }
    let members = definitions.declared(&target.name.text);
    if members.is_empty() {
        let words = format!("{} declares no order and no invariant itself", target.name.text);
        let d = Diagnostic::error(codes::GRADED, target.name.span, words);
        let help = "write `extend SYSTEM { invariant NAME: safety { P } }`; what it inherits is not graded";
        return Err(vec![d.help(help)]);
    }
    let mut programs = Vec::new();
    for mapping in against {
        let found: Vec<Diagnostic> = unknown(mapping).into_iter().filter(Diagnostic::is_error).collect();
        if !found.is_empty() {
            return Err(found);
        }
        let lent = definitions.lent(&target.name.text, &mapping.name);
        let (program, found) = analysis::analyse(&lent, mapping);
        let error = found.into_iter().find(Diagnostic::is_error);
        programs.push(match (program, error) {
            (Some(program), None) => Ok(program),
            (_, error) => Err(error.map_or(String::new(), |d| d.message)),
        });
    }
    Ok(Asked { members, programs })
}

fn setup(
    program: &mut Program,
    command: Command<'_>,
    members: &[String],
    host: &dyn Host,
) -> Result<options::Setup, Vec<Diagnostic>> {
    let mut setup = options::setup(program, command.options, host)?;
    setup.only_explores_and_asks("a `grade`")?;
    if let Some(only) = command.options.iter().find(|o| matches!(o.kind, CheckOptionKind::Only(_))) {
        let words = format!("a `grade` judges what {} declares itself", command.target.name.text);
        return Err(vec![Diagnostic::error(codes::GRADED, only.span, words).help("leave `only` out")]);
    }
    setup.only = members.to_vec();
    Ok(setup)
}

/// `grade TARGET against RIGHT, WRONG, … [{ option… }]`
pub fn grade(
    definitions: &Definitions,
    command: Command<'_>,
    context: &mut Context<'_>,
) -> Result<GradeReport, Stop> {
    let Asked { members, programs } = asked(definitions, command).map_err(Stop::Diagnostics)?;
    let sources: &Sources = context.sources;
    let judge = |number: usize, host: &dyn Host| -> Result<(Vec<Finding>, Subject), Stop> {
        let mut program = match &programs[number] {
            Ok(program) => program.clone(),
            Err(why) => {
                let d = Diagnostic::error(codes::GRADED, command.against[number].span, why.clone());
                return Err(Stop::Refused(vec![d]));
            }
        };
        let setup = setup(&mut program, command, &members, host).map_err(Stop::Diagnostics)?;
        let subject = options::subject(&program, &setup.build);
        let (findings, _) = check::found(&program, &setup, &mut Context::new(host, sources))?;
        Ok((findings, subject))
    };
    let (mut against, mut subject) = (Vec::new(), None);
    // What the right mapping breaks as well tells it from none.
    let mut broken: Vec<String> = Vec::new();
    for (number, came) in each(context.host, programs.len(), &judge).into_iter().enumerate() {
        let system = sources.text(command.against[number].span).to_string();
        against.push(match came {
            None | Some(Err(Stop::Interrupted)) => continue,
            Some(Ok((findings, of))) => {
                subject.get_or_insert(of);
                let graded = graded(system, (number == 0, &broken), &findings);
                if number == 0 {
                    let bad = graded.verdicts.iter().filter(|brief| brief.verdict.is_bad());
                    broken = bad.map(|brief| brief.member.clone()).collect();
                }
                graded
            }
            Some(Err(Stop::Diagnostics(found))) => return Err(Stop::Diagnostics(found)),
            Some(Err(Stop::Refused(found))) => {
                let why = found.into_iter().next().map(|d| format!("does not fit it: {}", d.message));
                Graded { system, right: number == 0, verdicts: Vec::new(), passed: false, why }
            }
        });
    }
    let (faults, from_any_state) = subject.map_or((Vec::new(), false), |s| (s.faults, s.from_any_state));
    let (system, params) = (command.target.name.text.clone(), Vec::new());
    let done = against.len();
    if done == 0 {
        return Err(Stop::Interrupted);
    }
    let incomplete =
        (done < programs.len()).then(|| format!("interrupted after {done} of {}", programs.len()));
    let questions = command.options.iter().filter_map(|option| match &option.kind {
        CheckOptionKind::Expect(written) => Some(Expectation::of_the_reader(written.clone(), String::new())),
        _ => None,
    });
    Ok(GradeReport {
        asked: questions.collect(),
        incomplete,
        subject: Subject { system, docs: None, params, faults, from_any_state, refines: None },
        members,
        against,
    })
}

/// On the right mapping all hold; on a wrong one some is broken that the right one does not break.
fn graded(system: String, (right, broken): (bool, &[String]), findings: &[Finding]) -> Graded {
    let own = findings.iter().filter(|f| !f.types.iter().any(|ty| ty == crate::report::BUILT_IN));
    let verdicts: Vec<Brief> = own.map(Brief::from).collect();
    let bad = |brief: &&Brief| !brief.verdict.is_good();
    let wrong = verdicts.iter().filter(|brief| brief.verdict.is_bad());
    let caught = wrong.clone().any(|brief| !broken.contains(&brief.member));
    let anyway = wrong.map(|brief| brief.member.as_str()).next();
    let why = match right {
        true => verdicts.iter().find(bad).map(|brief| match brief.verdict {
            Came::Vacuous => format!("{} says nothing of the right mapping", brief.member),
            Came::Violated | Came::Failed => format!("{} is broken by the right mapping", brief.member),
            Came::NotChecked => format!("{} is not checked", brief.member),
            Came::Holds | Came::HoldsWithinBound | Came::Incomplete => {
                format!("{} could not be judged", brief.member)
            }
        }),
        false if caught => None,
        false => Some(match (undecided(findings, &verdicts), anyway) {
            (Some(why), _) => format!("not decided: {why}"),
            (None, Some(member)) => {
                format!("{member} is broken by the right mapping as well, and catches nothing")
            }
            (None, None) => "nothing is broken by this wrong mapping".to_string(),
        }),
    };
    Graded { system, right, passed: why.is_none(), why, verdicts }
}

/// Why a member that is not broken may be, nevertheless.
fn undecided(findings: &[Finding], verdicts: &[Brief]) -> Option<String> {
    let of = |wanted: Came| verdicts.iter().find(|brief| brief.verdict == wanted);
    let trapped = findings.len() > verdicts.len();
    match (of(Came::Incomplete), of(Came::NotChecked)) {
        (Some(_), _) if trapped => Some("a step of this mapping has no value".to_string()),
        (Some(_), _) => Some("it was not looked at to the end".to_string()),
        (None, Some(brief)) => Some(format!("{} is not checked", brief.member)),
        (None, None) => None,
    }
}
