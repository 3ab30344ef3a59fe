//! `mutate` and `why`: what a system's members depend on.
//!
//! Enters: a typed program and the options of a check. Leaves: for each part that could be weaker, which members notice;
//! the source line by line. `why` asks it of one member.

use super::check::{self, options};
use super::relax::shortest;
use super::variants::each;
use super::{Context, Host, Stop};
use crate::analysis::program::{Fairness, Header, Program};
use crate::analysis::walk::Mentions;
use crate::analysis::{Definitions, Loosened, Looser, analyse, loosened};
use crate::concepts::ConceptKind;
use crate::diag::Diagnostic;
use crate::diag::codes::check as codes;
use crate::engine::{Limits, SpillTo, halt};
use crate::report::variants::{AskedOf, Brief, Came, MutationReport, Noticed, Together, Weaker};
use crate::report::{BUILT_IN, Coverage, Finding, Verdict};
use crate::span::{Sources, Span};
use crate::syntax::tree::{CheckOption, CheckOptionKind, Name, Target};
use crate::variants::weaken::{Asked, timed, weakened, weaker};
use crate::variants::{Variant, Weakening};
use lines::lines;
use options::Setup;
use together::{Tried, together};

mod lines;
mod together;

/// A weaker system may have so many times the states where no number is asked for; beyond, it is not looked at to the end.
const TIMES: u64 = 20;
/// And at least so many.
const AT_LEAST: u64 = 20_000;

/// Why a part stays as it is.
const TIMED: &str =
    "time goes by what it says: apart from its deadline, weaken it by hand, in a system made `from` this one";

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Command<'t> {
    /// `why` asks of one member.
    pub member: Option<&'t Name>,
    /// Those of a check.
    pub options: &'t [CheckOption],
}

/// What is wrong with the command, without exploring anything.
pub fn problems(program: &mut Program, command: Command<'_>, host: &dyn Host) -> Vec<Diagnostic> {
    setup(program, command, host).err().unwrap_or_default()
}

fn setup(program: &mut Program, command: Command<'_>, host: &dyn Host) -> Result<Setup, Vec<Diagnostic>> {
    let mut setup = options::setup(program, command.options, host)?;
    setup.only_explores(if command.member.is_some() { "a `why`" } else { "a `mutate`" })?;
    let Some(member) = command.member else { return Ok(setup) };
    if let Some(only) = command.options.iter().find(|o| matches!(o.kind, CheckOptionKind::Only(_))) {
        let d = Diagnostic::error(codes::NOT_A_CHECK, only.span, "a `why` asks of one member");
        return Err(vec![d.help("leave `only` out, or write `mutate SYSTEM { only A, B }`")]);
    }
    let names: Vec<&str> = ConceptKind::ALL.iter().flat_map(|kind| names(program, *kind)).collect();
    if !names.contains(&member.text.as_str()) {
        let words = format!("{} has no member `{}`", program.name, member.text);
        let d = Diagnostic::error(codes::UNKNOWN_MEMBER, member.span, words);
        let known = format!("known: {}", names.join(", "));
        return Err(vec![d.meant_among(&member.text, names.iter().copied(), known)]);
    }
    setup.only = vec![member.text.clone()];
    Ok(setup)
}

fn names(program: &Program, concept: ConceptKind) -> Vec<&str> {
    let all = match concept {
        ConceptKind::Order => program.orders.len(),
        ConceptKind::Invariant => program.invariants.len(),
        ConceptKind::Resolution => program.resolutions.len(),
        ConceptKind::Reconciler => program.reconcilers.len(),
    };
    (0..all).map(|index| program.header(concept, index).name.as_str()).collect()
}

/// What became of one weaker system.
struct Found {
    noticed: Noticed,
    states: Option<u64>,
    /// Where `why` asks: the member that is broken, with its run.
    run: Option<Finding>,
}

/// `mutate TARGET [{ option… }]`, `why MEMBER of TARGET [{ option… }]`
pub fn mutate(
    definitions: &Definitions,
    target: &Target,
    command: Command<'_>,
    context: &mut Context<'_>,
) -> Result<MutationReport, Stop> {
    let mut program = super::command::program(definitions, target, context)?;
    let setup = setup(&mut program, command, context.host).map_err(Stop::Diagnostics)?;
    let (findings, coverage) = check::found(&program, &setup, context)?;
    let mut before = Before::of((&program, &setup), (&findings, coverage), context)?;
    let asked = command.member.and_then(|member| asked_of(&program, &findings, member));
    let fairness = has_lasting(&program, &before.good);
    let faults = &setup.build.faults;
    let variants = match before.good.is_empty() {
        true => Vec::new(),
        false => weaker(&program, Asked { faults, fairness })
            .chain(looser(definitions, target, command, context.host))
            .inspect(|_| halt::look())
            .take_while(|_| !context.host.cancelled())
            .collect(),
    };
    if context.host.cancelled() {
        return Err(Stop::Interrupted);
    }
    let sources = context.sources;
    let judge =
        |number: usize, host: &dyn Host| before.judge(&program, &variants[number], &setup, (host, sources));
    let (found, all) = (each(context.host, variants.len(), &judge), variants.len());
    let done = found.iter().filter(|one| one.is_some()).count();
    let mut told: Vec<(&Variant, Weaker)> = Vec::new();
    for (variant, one) in variants.iter().zip(found) {
        let Some(found) = one else { continue };
        told.push((variant, weaker_form(variant, found, command, sources)));
    }
    told.sort_by_key(|(_, weaker)| (weaker.span.source, weaker.span.start));
    let (variants, weaker): (Vec<&Variant>, Vec<Weaker>) = told.into_iter().unzip();
    let incomplete = before.incomplete((done, all));
    let timed = timed(&program).into_iter();
    before.left_out.extend(timed.map(|name| (name.to_string(), TIMED.to_string())));
    let mut report = MutationReport {
        subject: options::subject(&program, &setup.build),
        asked,
        lines: lines(&program, &weaker, sources),
        judged: before.good.clone(),
        left_out: before.left_out.clone(),
        coverage: before.coverage.clone(),
        weaker,
        together: None,
        all,
        incomplete,
    };
    if command.member.is_some() && done == all {
        let several =
            Several { program: &program, asked: Asked { faults, fairness }, definitions, target, command };
        let host = context.host;
        let judge = |numbers: &[usize]| {
            let parts: Vec<&Variant> = numbers.iter().map(|number| variants[*number]).collect();
            before.tried(&several, &parts, &setup, (host, sources))
        };
        let (adding, others): (Vec<usize>, Vec<usize>) =
            report.unneeded().into_iter().partition(|number| variants[*number].only_adds());
        report.together = together(&adding, &others, &judge)
            .map(|together| Together { some_untried: fairness && together.spare.len() > 2, ..together });
    }
    Ok(report)
}

fn weaker_form(variant: &Variant, found: Found, command: Command<'_>, sources: &Sources) -> Weaker {
    let Found { noticed, states, run } = found;
    Weaker {
        run: run.filter(|_| command.member.is_some()).map(Box::new),
        words: words(variant, sources),
        boundary: variant.weakening == Weakening::Boundary,
        of: variant.of.clone(),
        span: variant.span,
        place: sources.describe(variant.span),
        noticed,
        states,
    }
}

/// A system of which several parts can be weaker at once.
struct Several<'s> {
    program: &'s Program,
    asked: Asked<'s>,
    definitions: &'s Definitions,
    target: &'s Target,
    command: Command<'s>,
}

impl Several<'_> {
    /// `None`: without all of these words it is no system.
    fn program(&self, parts: &[&Variant], host: &dyn Host) -> Option<Program> {
        let name = &self.target.name;
        let mut definitions: Option<Definitions> = None;
        for part in parts {
            let Weakening::Looser(looser) = part.weakening else { continue };
            let all = loosened(definitions.as_ref().unwrap_or(self.definitions), name);
            let mut all = all.into_iter();
            definitions = Some(all.find(|one| one.looser == looser && one.span == part.span)?.definitions);
        }
        let analysed = definitions.map(|definitions| analysed(&definitions, self.target, self.command, host));
        let program = match &analysed {
            Some(program) => program.as_ref()?,
            None => self.program,
        };
        Some(weakened(program, self.asked, parts))
    }
}

fn asked_of(program: &Program, findings: &[Finding], member: &Name) -> Option<AskedOf> {
    let finding = findings.iter().find(|finding| finding.name == member.text)?;
    Some(AskedOf {
        concept: finding.concept,
        name: finding.name.clone(),
        sentence: finding.sentence.clone(),
        verdict: Brief::from(finding),
        said_by: said_by(program, member),
    })
}

/// The definitions that a member uses, and steps too.
fn said_by(program: &Program, member: &Name) -> Vec<String> {
    let mut alone = program.clone();
    let is_it = |header: &Header| header.name == member.text;
    alone.orders.retain(|order| is_it(&order.header));
    alone.invariants.retain(|invariant| is_it(&invariant.header));
    alone.resolutions.retain(|resolution| is_it(&resolution.header));
    alone.reconcilers.retain(|reconciler| is_it(&reconciler.header));
    let (mut said, mut done) = (Mentions::default(), Mentions::default());
    alone.concept_expressions(&mut |e| said.read(program, e));
    for action in &program.actions {
        action.guards.iter().for_each(|guard| done.read(program, guard));
        action.body.iter().for_each(|stmt| stmt.walk(&mut |s| s.parts(&mut |e| done.read(program, e))));
    }
    said.defs.retain(|def| done.defs.contains(def));
    said.defs.iter().map(|def| program.defs[def.index()].name.clone()).collect()
}

/// Those that have to be analysed anew. What cannot be left out by itself is no system: it stays.
fn looser(
    definitions: &Definitions,
    target: &Target,
    command: Command<'_>,
    host: &dyn Host,
) -> impl Iterator<Item = Variant> {
    let all = loosened(definitions, &target.name).into_iter();
    all.filter_map(move |Loosened { looser, span, of, definitions }| {
        let program = analysed(&definitions, target, command, host)?;
        let weakening = Weakening::Looser(looser);
        Some(Variant { weakening, span, of, adds: false, without: None, program })
    })
}

/// The system of other definitions, with the options of the command.
fn analysed(
    definitions: &Definitions,
    target: &Target,
    command: Command<'_>,
    host: &dyn Host,
) -> Option<Program> {
    let (program, found) = analyse(definitions, target);
    let mut program = program.filter(|_| !found.iter().any(Diagnostic::is_error))?;
    options::setup(&mut program, command.options, host).ok()?;
    Some(program)
}

/// Whether runs without end are judged of one of these.
fn has_lasting(program: &Program, members: &[String]) -> bool {
    let mut copy = program.clone();
    let wanted = crate::obligations::Wanted { members, ..Default::default() };
    crate::obligations::wanted(&mut copy, wanted).iter().any(|property| property.kind.is_lasting())
}

/// The system as it is written.
pub(super) struct Before {
    /// Members that hold, vacuously too, or of which a part does while another is not checked.
    pub good: Vec<String>,
    /// Those of which a part is not checked, and how many of their obligations are.
    partly: Vec<(String, usize)>,
    /// Those that say nothing as the system is written.
    empty: Vec<String>,
    /// The others, and why they are not asked of.
    pub left_out: Vec<(String, String)>,
    pub coverage: Coverage,
    /// A step without a value is nothing new.
    traps: bool,
    /// Of the system as it is written, where the members that hold are judged.
    size: Size,
}

/// How much there is, for comparison: what is judged besides adds to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    states: u64,
    steps: u64,
}

impl Size {
    fn of(coverage: &Coverage) -> Size {
        Size { states: coverage.states_distinct, steps: coverage.states_generated }
    }
}

impl Before {
    pub(super) fn of(
        (program, setup): (&Program, &Setup),
        (findings, coverage): (&[Finding], Coverage),
        context: &mut Context<'_>,
    ) -> Result<Before, Stop> {
        let (mut good, mut partly, mut empty) = (Vec::new(), Vec::new(), Vec::new());
        let (mut left_out, mut traps) = (Vec::new(), false);
        for finding in findings {
            let brief = Brief::from(finding);
            if finding.types.iter().any(|ty| ty == BUILT_IN) {
                traps = true;
                left_out.push((brief.member, crate::report::verdict_words(&finding.verdict)));
                continue;
            }
            let checked = finding.checked();
            let in_part = (1..finding.obligations.len()).contains(&checked);
            if in_part {
                partly.push((brief.member.clone(), checked));
            }
            if brief.verdict == Came::Vacuous {
                empty.push(brief.member.clone());
            }
            let told = if let (true, Verdict::NotChecked { why }) = (in_part, &finding.verdict) {
                format!("in part: {why}")
            } else {
                crate::report::verdict_words(&finding.verdict)
            };
            if !brief.verdict.can_break() {
                left_out.push((brief.member.clone(), told));
            }
            if brief.verdict.can_break() || brief.verdict == Came::NotChecked && in_part {
                good.push(brief.member);
            }
        }
        let mut size = Size::of(&coverage);
        if !left_out.is_empty() && !good.is_empty() {
            let setup = Setup { only: good.clone(), ..setup.clone() };
            size = Size::of(&check::found(program, &setup, context)?.1);
        }
        Ok(Before { good, partly, empty, left_out, coverage, traps, size })
    }

    /// `written`: the system as it is written.
    fn judge(
        &self,
        written: &Program,
        variant: &Variant,
        setup: &Setup,
        (host, sources): (&dyn Host, &Sources),
    ) -> Found {
        match self.explore(&variant.program, variant.without.as_ref(), setup, (host, sources)) {
            Ok((findings, coverage)) => {
                let mut noticed = self.noticed(&findings, &coverage);
                if let Noticed::Unnoticed { as_many } = &mut noticed {
                    // Without one of its members the system itself has another size.
                    let written = variant
                        .without
                        .as_ref()
                        .and_then(|gone| self.explore(written, Some(gone), setup, (host, sources)).ok());
                    let size = written.map_or(self.size, |(_, coverage)| Size::of(&coverage));
                    *as_many = Size::of(&coverage) == size;
                }
                if noticed == (Noticed::Unnoticed { as_many: true }) && variant.is_monotonic() {
                    noticed = Noticed::Superfluous;
                }
                let run = matches!(noticed, Noticed::By { .. })
                    .then(|| shortest(findings, |finding| self.good.contains(&finding.name)));
                Found { noticed, states: Some(coverage.states_distinct), run: run.flatten() }
            }
            Err(why) => Found { noticed: Noticed::Unknown { why }, states: None, run: None },
        }
    }

    /// With several parts weaker at once; `None`: interrupted.
    fn tried(
        &self,
        several: &Several<'_>,
        parts: &[&Variant],
        setup: &Setup,
        (host, sources): (&dyn Host, &Sources),
    ) -> Option<Tried> {
        let unknown = |why: String| Some(Tried { noticed: Noticed::Unknown { why }, run: None });
        let Some(program) = several.program(parts, host) else {
            return unknown("without all of these words at once it is no system".to_string());
        };
        let explored = self.explore(&program, None, setup, (host, sources));
        if host.cancelled() {
            return None;
        }
        match explored {
            Ok((findings, coverage)) => {
                let noticed = self.noticed(&findings, &coverage);
                let run = shortest(findings, |finding| self.good.contains(&finding.name));
                Some(Tried { run: run.filter(|_| matches!(noticed, Noticed::By { .. })), noticed })
            }
            Err(why) => unknown(why),
        }
    }

    /// Explores a weaker system, as far as it is not very much larger. Errors: why it was not.
    pub(super) fn explore(
        &self,
        program: &Program,
        without: Option<&String>,
        setup: &Setup,
        (host, sources): (&dyn Host, &Sources),
    ) -> Result<(Vec<Finding>, Coverage), String> {
        let most = self.coverage.states_distinct.saturating_mul(TIMES).max(AT_LEAST);
        let states = setup.limits.states.unwrap_or(most);
        // Each exploration has a file of its own.
        let spill = setup.limits.spill.as_ref().and_then(|_| host.spill()?.ok()).map(SpillTo);
        let limits = Limits { threads: 1, states: Some(states), spill, ..setup.limits.clone() };
        let only = self.good.iter().filter(|name| without != Some(*name));
        let only: Vec<String> = only.cloned().collect();
        if only.is_empty() {
            let nobody = self.good.is_empty();
            let why = if nobody { "no member holds" } else { "it is the only member that is asked of" };
            return Err(why.to_string());
        }
        let setup = Setup { limits, only, ..setup.clone() };
        match check::found(program, &setup, &mut Context::new(host, sources)) {
            Ok(found) => Ok(found),
            Err(Stop::Diagnostics(found) | Stop::Refused(found)) => {
                Err(found.into_iter().next().map(|d| d.message).unwrap_or_default())
            }
            Err(Stop::Interrupted) => Err("interrupted".to_string()),
        }
    }

    /// Why not everything was looked at. `done`: of how many.
    pub(super) fn incomplete(&self, (done, all): (usize, usize)) -> Option<String> {
        match (&self.coverage.incomplete, done < all) {
            (Some(why), _) => Some(format!("the system as it is written was not explored to the end: {why}")),
            (None, true) => Some(format!("interrupted after {done} of {all}")),
            (None, false) => None,
        }
    }

    pub(super) fn noticed(&self, findings: &[Finding], coverage: &Coverage) -> Noticed {
        let briefs = findings.iter().filter(|f| !f.types.iter().any(|ty| ty == BUILT_IN));
        let briefs: Vec<Brief> = briefs.map(Brief::from).collect();
        let of = |wanted: &dyn Fn(Came) -> bool| -> Vec<Brief> {
            briefs.iter().filter(|brief| wanted(brief.verdict)).cloned().collect()
        };
        let (bad, mut empty) = (of(&Came::is_bad), of(&|came| came == Came::Vacuous));
        empty.retain(|brief| !self.empty.contains(&brief.member));
        let mut open = of(&|came| matches!(came, Came::Incomplete | Came::NotChecked));
        // What is checked of it as it is written still is.
        let is_as_before = |brief: &Brief| {
            let known = self.partly.iter().find(|(name, _)| *name == brief.member);
            let now = findings.iter().find(|finding| finding.name == brief.member);
            known.zip(now).is_some_and(|((_, before), now)| now.checked() >= *before)
        };
        open.retain(|brief| brief.verdict != Came::NotChecked || !is_as_before(brief));
        let no_value = findings.iter().find(|f| !self.traps && f.types.iter().any(|ty| ty == BUILT_IN));
        if !bad.is_empty() {
            Noticed::By { members: bad }
        } else if let Some(finding) = no_value {
            Noticed::NoValue { steps: Brief::from(finding).steps.unwrap_or(0) }
        } else if let Some(why) = &coverage.incomplete {
            Noticed::Unknown { why: why.clone() }
        } else if !open.is_empty() {
            Noticed::Unknown { why: format!("{} could not be judged", open[0].member) }
        } else if !empty.is_empty() {
            Noticed::Emptied { members: empty }
        } else {
            Noticed::Unnoticed { as_many: Size::of(coverage) == self.size }
        }
    }
}

/// What is weaker, in a few words.
fn words(variant: &Variant, sources: &Sources) -> String {
    let Variant { weakening, span, of, .. } = variant;
    let part = part(sources, *span);
    match weakening {
        Weakening::Condition => format!("without `{part}`"),
        Weakening::Drift => format!("`{of}` acts also where it sees no drift"),
        Weakening::Never => format!("`{part}` is never so"),
        Weakening::Boundary => format!("`{part}` lets one more through"),
        Weakening::Statement => format!("without `{part}`"),
        Weakening::Volatile => format!("`{part}` is volatile"),
        Weakening::Handler => format!("nobody takes it: `{of}` is gone"),
        Weakening::Resolution => format!("without the resolution `{of}`"),
        Weakening::Reconciler => format!("without the reconciler `{of}`"),
        Weakening::Unordered => format!("messages in `{of}` overtake each other"),
        Weakening::Lossy => format!("messages in `{of}` may be lost"),
        Weakening::Duplicating => format!("messages in `{of}` may come twice"),
        Weakening::Looser(Looser::Atomic) => {
            "without `atomic`: it observes in one step and acts in another".to_string()
        }
        Weakening::Looser(Looser::Fresh) => format!("`{part}` may begin with the version before"),
        Weakening::Looser(Looser::Within) => {
            format!("without `within {part} ticks`: it need not come in time")
        }
        Weakening::Looser(Looser::EveryTicks) => format!("without `{part}`: it may look at any time"),
        Weakening::Fairness(Fairness::Weak) => format!("`{of}` is weakly fair"),
        Weakening::Fairness(Fairness::Unfair | Fairness::Strong) => format!("`{of}` need not happen"),
    }
}

/// The text of a part, on one line and not too long.
fn part(sources: &Sources, span: Span) -> String {
    const MOST: usize = 70;
    let text = sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
