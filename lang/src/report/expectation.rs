//! What an author expects of a check, and whether it came so.
//!
//! Enters: an expectation as parsed, and the findings of the check. Leaves: met or not, with what was found instead.

use super::variants::{Brief, Came, Noticed};
use super::{BUILT_IN, CheckReport, Coverage, Finding, HAS_VALUES, Report, Standing, Verdict};
use crate::concepts::ExpectedVerdict;
use crate::span::Span;
use crate::syntax::tree;
use schemars::JsonSchema;
use serde::Serialize;

/// An expectation, judged.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Expectation {
    /// As it is written.
    #[serde(skip)]
    pub written: tree::Expectation,
    /// `expect violated acked_survives`
    pub words: String,
    /// Whether that is what was found.
    pub met: bool,
    /// `expect ___`: the reader is asked, and nothing is met or missed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
    /// What was found instead; where the reader is asked, the answer.
    pub found: String,
    /// Where it stands.
    pub span: Span,
}

impl Expectation {
    /// Judges what was asked by what was found of each member.
    pub fn judged(written: tree::Expectation, findings: &[Finding]) -> Expectation {
        if written.verdict == ExpectedVerdict::Asked {
            let answer = answer(&written, findings);
            return Expectation::of_the_reader(written, answer);
        }
        let found = instead(&written, findings);
        Expectation::found(written, &found)
    }

    /// A question to the reader, with its answer.
    pub fn of_the_reader(written: tree::Expectation, answer: String) -> Expectation {
        Expectation { asked: true, met: false, found: answer, ..Expectation::found(written, &[]) }
    }

    /// Whether it is neither met nor a question.
    pub fn is_missed(&self) -> bool {
        !self.met && !self.asked
    }

    /// Judges what was asked of random runs: `broken` says of a member that it was, or what came instead; `trapped`, how
    /// many runs ended at a step without a value.
    pub fn sampled(
        written: tree::Expectation,
        broken: &dyn Fn(&str) -> Option<Result<(), String>>,
        trapped: u64,
    ) -> Expectation {
        if written.verdict == ExpectedVerdict::Failed {
            let valued = (trapped == 0).then(|| "every step had a value".to_string());
            return Expectation::found(written, &Vec::from_iter(valued));
        }
        let otherwise = written.names.iter().filter_map(|name| {
            let instead = broken(&name.text).unwrap_or(Err("left out by `only`".to_string())).err()?;
            Some(format!("{}: {instead}", name.text))
        });
        let found: Vec<String> = otherwise.collect();
        Expectation::found(written, &found)
    }

    /// `otherwise`: what came instead, member by member; met where nothing did.
    fn found(written: tree::Expectation, otherwise: &[String]) -> Expectation {
        Expectation {
            words: written.to_string(),
            met: otherwise.is_empty(),
            asked: false,
            found: otherwise.join("; "),
            span: written.span,
            written,
        }
    }

    /// Whether it asked for what is wrong with a member.
    fn asks_for(&self, finding: &Finding) -> bool {
        use ExpectedVerdict::{Asked, Diverges, Failed, Holds, Vacuous, Violated};
        let wrong = match self.written.verdict {
            Asked if self.written.names.is_empty() => return true,
            Asked => true,
            Failed if self.written.names.is_empty() => return is_built_in(finding),
            Violated | Diverges(_) | Vacuous | Failed => true,
            Holds => false,
        };
        wrong && self.written.names.iter().any(|name| name.text == finding.name)
    }

    /// A member that it asks for came as it says, whatever the others did.
    fn is_so(&self, finding: &Finding) -> bool {
        came(self.written.verdict, finding)
    }

    /// It asked for a step without a value, and there is one: what follows it is unknown.
    fn excuses_the_rest(&self) -> bool {
        self.met && self.written.verdict == ExpectedVerdict::Failed && self.written.names.is_empty()
    }
}

/// `expect found`, `expect not found`: what an author expects of a search, judged.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExpectedFind {
    /// `expect not found`
    pub words: String,
    /// Whether that is what came out.
    pub met: bool,
    /// `expect ___`: the reader is asked, and nothing is met or missed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
    /// What came out.
    pub found: String,
    /// Where it stands.
    pub span: Span,
}

impl ExpectedFind {
    /// Whether it is neither met nor a question.
    pub fn is_missed(&self) -> bool {
        !self.met && !self.asked
    }
}

impl CheckReport {
    /// The finding whose run is drawn: what is violated before what has no value, what was expected before what was not,
    /// and of these the one with the shortest run.
    pub fn pictured(&self) -> Option<usize> {
        let expected = |finding: &Finding| self.expectations.iter().any(|e| e.asks_for(finding));
        let run = |(i, finding): (usize, &Finding)| {
            let (rank, trace) = match &finding.verdict {
                Verdict::Violated { trace, .. } => (0, Some(trace)),
                Verdict::Failed { trace, .. } => (1, trace.as_ref()),
                Verdict::Holds { .. }
                | Verdict::HoldsWithinBound { .. }
                | Verdict::Vacuous { .. }
                | Verdict::Witnessed { .. }
                | Verdict::Incomplete { .. }
                | Verdict::NotChecked { .. } => return None,
            };
            Some((rank, !expected(finding), trace?.length(), i))
        };
        self.findings.iter().enumerate().filter_map(run).min().map(|(.., i)| i)
    }

    /// Whether what is wrong with a member was expected: then it is settled, whatever is open besides.
    pub fn expects(&self, finding: &Finding) -> bool {
        self.expectations.iter().any(|e| e.asks_for(finding) && e.is_so(finding))
    }

    /// Why it was not looked at to the end, where no member tells: there is none, or none was decided by it.
    pub fn undecided(&self) -> Option<&str> {
        let told = self.findings.iter().any(|finding| finding.wrong().is_some());
        self.coverage.incomplete.as_deref().filter(|_| !told)
    }

    /// What is wrong, or was not looked at to the end, although no expectation asked for it.
    pub fn unexpected(&self) -> impl Iterator<Item = &Finding> {
        let wrong = |f: &&Finding| f.wrong().is_some();
        let whole = self.coverage.incomplete.is_none();
        let unknown = whole && self.expectations.iter().any(Expectation::excuses_the_rest);
        let told = move |f: &Finding| unknown && matches!(f.verdict, Verdict::Incomplete { .. });
        self.findings.iter().filter(wrong).filter(move |f| !told(f) && !self.expects(f))
    }
}

impl Coverage {
    /// That a fault was allowed which changes nothing, in a line: whoever reads the verdicts takes them for more.
    pub fn idle(&self) -> Option<String> {
        let idle = self.partitions.as_ref().is_some_and(|partitions| partitions.idle);
        idle.then(|| "partition: changes nothing here".to_string())
    }
}

impl Report {
    /// What an author expects of it, verdict by verdict.
    pub fn expectations(&self) -> &[Expectation] {
        if let Report::Check(check) = self {
            return &check.expectations;
        }
        if let Report::Simulation(simulation) = self { &simulation.expectations } else { &[] }
    }

    /// Whether all is as stated or expected: of the exit code.
    pub fn as_expected(&self) -> bool {
        self.amiss().is_none()
    }

    /// What is only stated, or holds within the author's bound, in a line; `None`: nothing, or there is nothing of the kind.
    pub fn open(&self) -> Option<String> {
        let cut = |command: &str, coverage: &Coverage| {
            (coverage.states_cut > 0)
                .then(|| format!("{command}: within the bound {} only", coverage.bounds.join(", ")))
        };
        let said = |member: &str, came: Came| match came {
            Came::HoldsWithinBound => Some(format!("{member}: holds within the bound")),
            Came::NotChecked => Some(format!("{member}: not checked")),
            Came::Holds | Came::Vacuous | Came::Violated | Came::Failed | Came::Incomplete => None,
        };
        let briefs = |all: &[Brief]| all.iter().find_map(|brief| said(&brief.member, brief.verdict));
        if let Some(question) = self.questions().first() {
            return Some(format!("`{}` asks, and is not answered", question.words));
        }
        match self {
            Report::Check(check) => check
                .findings
                .iter()
                .filter(|f| !check.expects(f))
                .find_map(|f| Some(format!("{}: {}", f.name, verdict_words(f.open()?))))
                .or_else(|| cut("check", &check.coverage).filter(|_| check.findings.is_empty()))
                .or(check.coverage.idle()),
            Report::Find(find) => {
                let open = matches!(find.verdict, Verdict::HoldsWithinBound { .. });
                open.then(|| format!("find {}: {}", find.goal, found_words(&find.verdict)))
                    .or(find.coverage.idle())
            }
            Report::Sweep(sweep) => sweep.points.iter().find_map(|point| briefs(&point.verdicts)),
            Report::Grade(grade) => grade.against.iter().find_map(|graded| briefs(&graded.verdicts)),
            Report::Mutation(mutation) => {
                let open = undecided(mutation.weaker.iter().map(|weaker| &weaker.noticed));
                let command = mutation.command();
                cut(&command, &mutation.coverage).or(open.map(|open| format!("{command}: {open}")))
            }
            Report::Relax(relax) => {
                let loosened = relax.orders.iter().filter(|order| order.loosened);
                let open = undecided(loosened.map(|order| &order.noticed));
                let untried = relax.orders.iter().find(|order| !order.loosened);
                let untried = || Some(format!("relax: {} was not loosened", untried?.order));
                let open = open.map(|open| format!("relax: {open}"));
                cut("relax", &relax.coverage).or(open).or_else(untried)
            }
            Report::Graph(graph) => cut("graph", &graph.coverage),
            Report::Audit(audit) => {
                let empty = audit.vacuous.first().map(|name| format!("audit: {name} holds, but vacuously"));
                audit.coverage.as_ref().and_then(|coverage| cut("audit", coverage)).or(empty)
            }
            Report::Scenario(_)
            | Report::Simulation(_)
            | Report::Compare(_)
            | Report::Diagram(_)
            | Report::Hand(_)
            | Report::Conform(_)
            | Report::Saved(_)
            | Report::Beside(_)
            | Report::Value(_)
            | Report::Inspection(_)
            | Report::Defined(_) => None,
        }
    }

    /// What is not as stated or expected, in a line.
    pub fn amiss(&self) -> Option<String> {
        let missed = || self.expectations().iter().find(|e| e.is_missed());
        let missed = || missed().map(|e| format!("`{}` is not met", e.words));
        self.found_amiss().or_else(missed)
    }

    /// The same of what was found, whatever is expected and did not come.
    pub fn found_amiss(&self) -> Option<String> {
        match self {
            Report::Check(check) => {
                let mut all = check.unexpected();
                let Some(first) = all.next() else {
                    let why = check.undecided()?;
                    return Some(format!("check {}: incomplete: {why}", check.subject.system));
                };
                let more = match all.count() {
                    0 => String::new(),
                    more => format!(" (and {more} more)"),
                };
                Some(format!(
                    "{}: {}{more}",
                    first.name,
                    verdict_words(first.wrong().unwrap_or(&first.verdict))
                ))
            }
            Report::Find(find) => {
                if let Some(expected) = &find.expected {
                    return expected.is_missed().then(|| format!("find {}: {}", find.goal, expected.found));
                }
                let bad = matches!(find.verdict, Verdict::Failed { .. } | Verdict::Incomplete { .. });
                bad.then(|| format!("find {}: {}", find.goal, verdict_words(&find.verdict)))
            }
            Report::Simulation(simulation) => simulation.amiss(),
            Report::Sweep(sweep) => sweep.amiss(),
            Report::Mutation(mutation) => mutation.amiss(),
            Report::Relax(relax) => relax.amiss(),
            Report::Grade(grade) => grade.amiss(),
            Report::Graph(graph) => graph.amiss(),
            Report::Conform(conform) => Some(conform.why.clone()),
            Report::Scenario(scenario) if scenario.ways_failed > 0 => {
                Some(format!("scenario \"{}\" fails", scenario.title))
            }
            Report::Scenario(scenario) if scenario.ways_passed == 0 || scenario.incomplete.is_some() => {
                Some(format!("scenario \"{}\" was not tried in every way", scenario.title))
            }
            Report::Audit(audit) => {
                let mut answers = audit.questions.iter().flat_map(|q| &q.answers);
                let broken = answers.find(|a| a.standing == Standing::Broken).map(|a| a.words.clone());
                let coverage = audit.coverage.as_ref().and_then(|coverage| coverage.incomplete.as_ref());
                let why = broken.or(coverage.map(|why| format!("incomplete: {why}")))?;
                Some(format!("audit {}: {why}", audit.subject.system))
            }
            Report::Scenario(_)
            | Report::Compare(_)
            | Report::Diagram(_)
            | Report::Hand(_)
            | Report::Saved(_)
            | Report::Beside(_)
            | Report::Value(_)
            | Report::Inspection(_)
            | Report::Defined(_) => None,
        }
    }
}

impl Finding {
    /// What is wrong with a member, or was not looked at to the end: also in one obligation beside another that is not
    /// checked, or holds within the bound.
    pub fn wrong(&self) -> Option<&Verdict> {
        self.first(Verdict::is_wrong)
    }

    /// What of it is only stated, or holds within the author's bound.
    pub fn open(&self) -> Option<&Verdict> {
        self.first(Verdict::is_open)
    }

    fn first(&self, is_meant: impl Fn(&Verdict) -> bool) -> Option<&Verdict> {
        let obligations = self.obligations.iter().map(|o| &o.verdict);
        std::iter::once(&self.verdict).chain(obligations).find(|verdict| is_meant(verdict))
    }
}

/// How many were not looked at to the end.
fn undecided<'n>(noticed: impl Iterator<Item = &'n Noticed>) -> Option<String> {
    match noticed.filter(|noticed| matches!(noticed, Noticed::Unknown { .. })).count() {
        0 => None,
        1 => Some("1 part is not decided".to_string()),
        open => Some(format!("{open} parts are not decided")),
    }
}

/// What is true of the members that it is about: in the words that are to be written.
fn answer(asked: &tree::Expectation, findings: &[Finding]) -> String {
    let about = |f: &&Finding| asked.names.is_empty() || asked.names.iter().any(|name| name.text == f.name);
    let otherwise = |f: &&Finding| !came(ExpectedVerdict::Holds, f);
    let said = |f: &Finding| format!("{}: {}", f.name, verdict_words(f.wrong().unwrap_or(&f.verdict)));
    let told: Vec<String> = findings.iter().filter(about).filter(otherwise).map(said).collect();
    if told.is_empty() { "holds".to_string() } else { told.join("; ") }
}

/// What came otherwise: empty where all came so.
fn instead(asked: &tree::Expectation, findings: &[Finding]) -> Vec<String> {
    let said = |finding: &Finding| format!("{}: {}", finding.name, verdict_words(&finding.verdict));
    let otherwise = |finding: &&Finding| !came(asked.verdict, finding);
    if asked.verdict == ExpectedVerdict::Failed && asked.names.is_empty() {
        let valued = !findings.iter().any(is_built_in);
        return valued.then(|| HAS_VALUES.to_string()).into_iter().collect();
    }
    if asked.names.is_empty() {
        let nothing = findings.is_empty().then(|| "nothing was judged".to_string());
        return findings.iter().filter(otherwise).map(said).chain(nothing).collect();
    }
    let mut found = Vec::new();
    for name in &asked.names {
        let mut members = findings.iter().filter(|f| f.name == name.text).peekable();
        if members.peek().is_none() {
            found.push(format!("{}: left out by `only`", name.text));
        }
        found.extend(members.filter(otherwise).map(said));
    }
    found
}

/// It is about steps and bounds without a value.
fn is_built_in(finding: &Finding) -> bool {
    finding.types.iter().any(|ty| ty == BUILT_IN)
}

/// Whether a member has the verdict: for what is wrong, in any of its obligations.
fn came(expected: ExpectedVerdict, finding: &Finding) -> bool {
    let any = |wanted: &dyn Fn(&Verdict) -> bool| {
        wanted(&finding.verdict) || finding.obligations.iter().any(|o| wanted(&o.verdict))
    };
    match expected {
        ExpectedVerdict::Holds => {
            matches!(finding.verdict, Verdict::Holds { .. } | Verdict::HoldsWithinBound { .. })
                && finding.wrong().is_none()
        }
        ExpectedVerdict::Violated => any(&|v| matches!(v, Verdict::Violated { .. })),
        ExpectedVerdict::Diverges(way) => {
            any(&|v| matches!(v, Verdict::Violated { kind: Some(kind), .. } if *kind == way))
        }
        ExpectedVerdict::Failed => any(&|v| matches!(v, Verdict::Failed { .. })),
        ExpectedVerdict::Vacuous => any(&|v| matches!(v, Verdict::Vacuous { .. })),
        // Whatever comes is the answer.
        ExpectedVerdict::Asked => true,
    }
}

/// What came of a search, in words.
fn found_words(verdict: &Verdict) -> String {
    if let Verdict::HoldsWithinBound { bound, .. } = verdict {
        return format!("not found within the bound {bound}");
    }
    verdict_words(verdict)
}

/// What came out, in words.
pub(crate) fn verdict_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds { .. } => "holds".to_string(),
        Verdict::HoldsWithinBound { bound, .. } => format!("holds within the bound {bound}"),
        Verdict::Vacuous { why } => format!("holds, but vacuously: {why}"),
        Verdict::Violated { kind: Some(kind), .. } => kind.word().to_string(),
        Verdict::Violated { why, .. } => format!("violated, {why}"),
        Verdict::Witnessed { .. } => "found".to_string(),
        Verdict::Incomplete { why } => format!("incomplete, {why}"),
        Verdict::Failed { why, code, .. } => format!("failed, {code}: {why}"),
        Verdict::NotChecked { why } => format!("not checked, {why}"),
    }
}
