//! Reports on systems that differ in one thing: the values of a parameter, a part that is weaker, or all but their
//! members.
//!
//! Enters: what `session` found of each. Leaves: data, to `view` and as JSON. No runs: each line says how to get one.

use super::{Coverage, Expectation, Finding, Subject, Verdict};
use crate::concepts::ConceptKind;
use crate::span::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// A verdict without its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// In every state, or on every fair run.
    Holds,
    /// As far as the author's bound.
    HoldsWithinBound,
    /// It says nothing.
    Vacuous,
    /// There is a run that breaks it.
    Violated,
    /// A step, or what it asks, has no value.
    Failed,
    /// A cap or an interrupt came first.
    Incomplete,
    /// Only stated, or the system could not be explored.
    NotChecked,
}

impl Came {
    /// Whether a run shows it to be wrong.
    pub fn is_bad(self) -> bool {
        matches!(self, Came::Violated | Came::Failed)
    }

    /// Whether it is so in all that was to be looked at.
    pub fn is_good(self) -> bool {
        matches!(self, Came::Holds | Came::HoldsWithinBound)
    }

    /// Whether something can break it: also what says nothing as the system is written.
    pub fn can_break(self) -> bool {
        self.is_good() || self == Came::Vacuous
    }
}

/// What was found of a member, in a word and a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Brief {
    /// Its name.
    pub member: String,
    /// The verdict.
    pub verdict: Came,
    /// Of the run that shows it to be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
}

impl From<&Finding> for Brief {
    fn from(finding: &Finding) -> Brief {
        let (verdict, steps) = match &finding.verdict {
            Verdict::Holds { .. } | Verdict::Witnessed { .. } => (Came::Holds, None),
            Verdict::HoldsWithinBound { .. } => (Came::HoldsWithinBound, None),
            Verdict::Vacuous { .. } => (Came::Vacuous, None),
            Verdict::Violated { trace, .. } => (Came::Violated, Some(trace.length())),
            Verdict::Failed { trace, .. } => (Came::Failed, trace.as_ref().map(|trace| trace.length())),
            Verdict::Incomplete { .. } => (Came::Incomplete, None),
            Verdict::NotChecked { .. } => (Came::NotChecked, None),
        };
        Brief { member: finding.name.clone(), verdict, steps }
    }
}

/// What a `sweep` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SweepReport {
    /// The system, its parameters and what may go wrong, as far as these are the same at every point, and those that are
    /// swept.
    pub subject: Subject,
    /// What may go wrong depends on the point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub faults_differ: bool,
    /// The same of the first point at which something is broken, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<Box<Subject>>,
    /// One or two.
    pub params: Vec<SweptParam>,
    /// Names and types of the members, in the order of their declaration.
    pub members: Vec<SweptMember>,
    /// The last parameter changes fastest.
    pub points: Vec<Point>,
    /// Why not every point was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// A parameter that is swept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SweptParam {
    /// Its name.
    pub name: String,
    /// As they are typed, in order.
    pub values: Vec<String>,
}

/// A member that is judged at each point.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SweptMember {
    /// Which of the four it is.
    pub concept: ConceptKind,
    /// Its name.
    pub name: String,
    /// Its types, as they are written.
    pub types: Vec<String>,
    /// Where the verdict changes.
    pub flips: Flips,
}

/// Where a verdict changes from value to value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "flips")]
pub enum Flips {
    /// The same at every point.
    Never {
        /// Everywhere.
        verdict: Came,
    },
    /// It is broken at some points: once it is, it stays so as each parameter goes on in one direction.
    Once {
        /// The first points at which it is broken, as they are typed: `n = 3`; the greatest where small values are
        /// worse.
        broken_from: Vec<String>,
        /// In the order of the parameters: where it gets worse.
        worse: Vec<Towards>,
    },
    /// Broken nowhere, though not the same everywhere.
    NeverBroken,
    /// Broken here and there, or not decided at some points.
    Unordered {
        /// The points at which it is broken.
        broken_at: Vec<String>,
        /// Some points are not decided.
        open: bool,
    },
    /// Not decided at some points, and not broken at the others.
    Open,
}

/// A direction in which things get worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Towards {
    /// Large values break it.
    Larger,
    /// Small values break it.
    Smaller,
    /// The values are names, without an order: it is so of each by itself.
    Same,
}

/// One choice of values.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Point {
    /// As they are typed, in the order of the parameters.
    pub values: Vec<String>,
    /// In the order of the members; a step without a value is a last one.
    pub verdicts: Vec<Brief>,
    /// How far it was explored; `None`: it was not.
    pub states: Option<u64>,
    /// Why it was not explored, or not to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What `mutate` and `why` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MutationReport {
    /// The system as it is written.
    pub subject: Subject,
    /// The member that `why` asks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedOf>,
    /// Of the system as it is written.
    pub coverage: Coverage,
    /// The members that hold, vacuously too, of which it is asked what they depend on.
    pub judged: Vec<String>,
    /// The others, and why they are left out.
    pub left_out: Vec<(String, String)>,
    /// In the order of the source.
    pub weaker: Vec<Weaker>,
    /// Of `why`: what became of those together that are not needed one by one; `None`: there are no two of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together: Option<Together>,
    /// The source, where something was made weaker.
    pub lines: Vec<SourceLine>,
    /// How many there are, also of those that were not looked at.
    pub all: usize,
    /// Why not all of them were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// Parts that are not needed one by one, several of them weaker at once.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Together {
    /// Numbers in `weaker` of parts that can all be weaker at once: those that only let more happen.
    pub spare: Vec<usize>,
    /// Numbers of parts each of which can be weaker beside all of these: without them something else happens, or less, and two of
    /// them were not tried together.
    pub beside: Vec<usize>,
    /// Some of them at once were not tried, and may break it: runs without end are judged, on which what lets more happen may mend.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub some_untried: bool,
    /// Parts that stand in for each other.
    pub groups: Vec<Group>,
    /// Numbers of the others: whether they can be weaker beside all that are spare was not found out.
    pub open: Vec<usize>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// Parts of which one has to stay: the member holds with any one of them weaker, and does not with all of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Group {
    /// Numbers in `weaker`, the last of a part that is not spare.
    pub parts: Vec<usize>,
    /// What came of it.
    pub noticed: Noticed,
    /// The shortest run that breaks it.
    pub run: Option<Box<Finding>>,
}

/// A member that is asked of.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AskedOf {
    /// Which of the four it is.
    pub concept: ConceptKind,
    /// Its name.
    pub name: String,
    /// What it says in words.
    pub sentence: Option<String>,
    /// What was found of it as the system is written.
    pub verdict: Brief,
    /// Definitions by which it is said, and by which steps go: they are weaker for steps alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said_by: Vec<String>,
}

/// The system with one part weaker.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Weaker {
    /// `without l.epoch == e`
    pub words: String,
    /// It is a comparison that lets one more through, and not gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub boundary: bool,
    /// What the part belongs to: `def serves`.
    pub of: String,
    /// Where it stands.
    pub span: Span,
    /// `kafka.rcv:178:62`
    pub place: String,
    /// What came of it.
    pub noticed: Noticed,
    /// How many states it has; `None`: they were not counted.
    pub states: Option<u64>,
    /// Of `why`: the member without it, broken by the shortest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Box<Finding>>,
}

/// Whether anybody notices that a part is weaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "noticed")]
pub enum Noticed {
    /// Members that do not hold without it.
    By {
        /// With the length of the shortest run.
        members: Vec<Brief>,
    },
    /// Members say nothing any more: what they speak of does not happen.
    Emptied {
        /// Those.
        members: Vec<Brief>,
    },
    /// A step has no value, or a variable no room for it: what it keeps is the types, and no member.
    NoValue {
        /// Of the shortest run to such a step.
        steps: usize,
    },
    /// No member notices.
    Unnoticed {
        /// There are as many states and steps as before, which need not be the same; else other things can happen.
        as_many: bool,
    },
    /// The same states and steps as before: it is superfluous here.
    Superfluous,
    /// It was not looked at to the end.
    Unknown {
        /// Why.
        why: String,
    },
}

/// A line of the source.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SourceLine {
    /// The cell or file.
    pub source: String,
    /// From 1.
    pub line: u32,
    /// As written.
    pub text: String,
    /// What depends on it; `None`: nothing on it was made weaker.
    pub depends: Option<Depends>,
}

/// What depends on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Depends {
    /// Members that notice some part of it.
    pub members: Vec<String>,
    /// Parts of it without which a step has no value.
    pub values: usize,
    /// Parts of it that nobody notices, though other things happen without them: untested.
    pub unnoticed: usize,
    /// Parts of it without which the states and steps are the same.
    pub superfluous: usize,
    /// Parts of it that were not looked at to the end.
    pub unknown: usize,
    /// All parts of it that were made weaker.
    pub parts: usize,
}

impl MutationReport {
    /// By part: the numbers of its weaker forms. A comparison that lets one more through is the one that is gone.
    pub fn parts(&self) -> Vec<Vec<usize>> {
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for (number, weaker) in self.weaker.iter().enumerate() {
            let is_of = |part: &Vec<usize>| {
                let whole = &self.weaker[part[0]];
                weaker.boundary && !whole.boundary && whole.span == weaker.span && whole.of == weaker.of
            };
            match parts.iter_mut().find(|part| is_of(part)) {
                Some(part) => part.push(number),
                None => parts.push(vec![number]),
            }
        }
        parts
    }

    /// Of parts that are not needed in any form, their weakest.
    pub fn unneeded(&self) -> Vec<usize> {
        let is_spare =
            |n: &usize| matches!(self.weaker[*n].noticed, Noticed::Unnoticed { .. } | Noticed::Superfluous);
        self.parts().into_iter().filter(|part| part.iter().all(is_spare)).map(|part| part[0]).collect()
    }
}

/// What a `relax` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RelaxReport {
    /// The system as it is written.
    pub subject: Subject,
    /// Of the system as it is written.
    pub coverage: Coverage,
    /// The members that hold, of which it is asked what they depend on.
    pub judged: Vec<String>,
    /// The others, and why they are left out.
    pub left_out: Vec<(String, String)>,
    /// One for each way in which an order can be looser.
    pub orders: Vec<LooserOrder>,
    /// Why not all of them were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// The system in which one order is not kept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LooserOrder {
    /// The order or the link.
    pub order: String,
    /// `two neighbours that are not agreed yet may change places`
    pub words: String,
    /// Where its name stands.
    pub span: Span,
    /// `kafka.rcv:56:9`
    pub place: String,
    /// Whether it could be loosened at all.
    pub loosened: bool,
    /// Of entries that differ in one field alone, which tells whether an order for each value of that is enough.
    pub apart: bool,
    /// Who needs it.
    pub noticed: Noticed,
    /// How many states there are then; `None`: they were not counted.
    pub states: Option<u64>,
    /// What is broken in the fewest steps, with the run; not where that is the run of the same order above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Finding>,
}

impl RelaxReport {
    /// Orders that somebody needs, of which it was not tried whether one of a smaller scope would do.
    pub fn scopes_untried(&self) -> Vec<&str> {
        let needed = |order: &&LooserOrder| {
            order.loosened
                && !order.apart
                && match order.noticed {
                    Noticed::By { .. } | Noticed::Emptied { .. } | Noticed::NoValue { .. } => true,
                    Noticed::Unnoticed { .. } | Noticed::Superfluous | Noticed::Unknown { .. } => false,
                }
        };
        let tried = |name: &str| self.orders.iter().any(|order| order.apart && order.order == name);
        let mut all: Vec<&str> =
            self.orders.iter().filter(needed).map(|order| order.order.as_str()).collect();
        all.retain(|name| !tried(name));
        all.dedup();
        all
    }

    /// What was not looked at, in a line.
    pub fn amiss(&self) -> Option<String> {
        let incomplete = self.incomplete.as_ref().map(|why| format!("relax: {why}"));
        incomplete.or_else(|| self.judged.is_empty().then(|| nobody("relax", &self.left_out)))
    }
}

/// What a `grade` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GradeReport {
    /// The system whose members are graded.
    pub subject: Subject,
    /// Their names.
    pub members: Vec<String>,
    /// The right one first.
    pub against: Vec<Graded>,
    /// `expect ___`: the reader is asked first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Expectation>,
    /// Why not all of them were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// A mapping against which members are graded.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Graded {
    /// `Kafka(brokers = 2)`
    pub system: String,
    /// The members are to hold there; else some are to be broken.
    pub right: bool,
    /// What was found of the members.
    pub verdicts: Vec<Brief>,
    /// Whether it came as it should.
    pub passed: bool,
    /// Why it did not, or was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl SweepReport {
    /// What is not answered, in a line: points that are not decided, and members that say nothing at any point.
    pub fn amiss(&self) -> Option<String> {
        let all = self.points.len();
        let count = |is: &dyn Fn(&Point) -> bool| self.points.iter().filter(|point| is(point)).count();
        let came = |point: &Point, wanted: Came| point.verdicts.iter().any(|brief| brief.verdict == wanted);
        // What is broken is decided, however far the rest was explored.
        let is_decided = |point: &Point| {
            !point.verdicts.is_empty() && point.verdicts.iter().all(|brief| brief.verdict.is_bad())
        };
        let open = count(&|point| point.why.is_some() && !is_decided(point));
        let failed = count(&|point| came(point, Came::Failed));
        let cut = count(&|point| came(point, Came::Incomplete));
        let nothing = Flips::Never { verdict: Came::Vacuous };
        let empty = self.members.iter().find(|member| member.flips == nothing);
        let told = match (open, failed, cut) {
            (0, 0, 0) => empty.map(|member| format!("{} is vacuous at every point", member.name)),
            (0, 0, cut) => Some(format!("{cut} of {all} points not decided")),
            (0, failed, _) => Some(format!("something has no value at {failed} of {all} points")),
            (open, ..) => Some(format!("{open} of {all} points not decided")),
        };
        Some(format!("sweep: {}", self.incomplete.clone().or(told)?))
    }
}

impl MutationReport {
    /// What was asked: `why fresh`, `mutate`.
    pub fn command(&self) -> String {
        self.asked.as_ref().map_or("mutate".to_string(), |asked| format!("why {}", asked.name))
    }

    /// What is not answered, in a line.
    pub fn amiss(&self) -> Option<String> {
        let command = self.command();
        let (nobody_holds, bad) = match self.asked.as_ref().map(|asked| asked.verdict.verdict) {
            None => (self.judged.is_empty(), None),
            Some(Came::Holds | Came::HoldsWithinBound) => (false, None),
            Some(Came::Violated | Came::Failed) => (false, Some("it does not hold")),
            Some(Came::Vacuous) => (false, Some("it says nothing")),
            Some(Came::Incomplete) => (false, Some("it is not decided")),
            Some(Came::NotChecked) => (false, Some("it is not checked")),
        };
        let incomplete = self.incomplete.as_ref().map(|why| format!("{command}: {why}"));
        bad.map(|bad| format!("{command}: {bad}"))
            .or(incomplete)
            .or_else(|| nobody_holds.then(|| nobody(&command, &self.left_out)))
    }
}

/// Nothing was asked, because no member holds as the system is written.
fn nobody(command: &str, left_out: &[(String, String)]) -> String {
    match left_out.first() {
        Some((name, why)) => {
            format!("{command}: no member holds, so that nothing was asked: {name}: {why}")
        }
        None => format!("{command}: there is no member, so that nothing was asked"),
    }
}

impl Graded {
    /// Whether it was not looked at to the end, and nothing was found until then.
    pub fn is_open(&self) -> bool {
        let open = self.verdicts.iter().any(|b| matches!(b.verdict, Came::Incomplete | Came::NotChecked));
        open && !self.verdicts.iter().any(|b| b.verdict.is_bad() || b.verdict == Came::Vacuous)
    }
}

impl Graded {
    /// Whether some of it holds as far as the author's bound alone.
    pub fn within_bound(&self) -> bool {
        self.verdicts.iter().any(|brief| brief.verdict == Came::HoldsWithinBound)
    }
}

impl GradeReport {
    /// Whether it holds on the right one, and how many of the wrong ones it catches.
    pub fn caught(&self) -> (bool, usize, usize) {
        let right = self.against.iter().any(|graded| graded.right && graded.passed);
        let wrong = self.against.iter().filter(|graded| !graded.right);
        (right, wrong.clone().filter(|graded| graded.passed).count(), wrong.count())
    }

    /// Whether all that is missing on the right one is that some members say nothing there.
    pub fn says_nothing(&self) -> bool {
        let mut right = self.against.iter().filter(|graded| graded.right).flat_map(|graded| &graded.verdicts);
        right.clone().any(|brief| brief.verdict == Came::Vacuous)
            && right.all(|brief| brief.verdict.can_break())
    }

    /// What did not come as it should, in a line.
    pub fn amiss(&self) -> Option<String> {
        let failed = self.against.iter().find(|graded| !graded.passed && self.asked.is_empty());
        let why =
            |failed: &Graded| format!("grade: {}: {}", failed.system, failed.why.clone().unwrap_or_default());
        failed.map(why).or(self.incomplete.as_ref().map(|why| format!("grade: {why}")))
    }
}
